//! Logging in and out, the one-time set-up, and one's own password: the routes.
//!
//! Deliberately not here: how passwords, delays and sessions are dealt with (the shells' own floor).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tenure_api::office::{OfficeLogin, OfficeRole};
use tenure_api::{Login, PasswordChange, Problem, Setup, SetupState};
use tenure_shell::access::LoggedIn;
use tenure_shell::answer::json;
use tenure_shell::body::Json;
use tenure_shell::extract::{NoQuery, Query};
use tenure_shell::login::{Opened, Source, change_password, log_in, log_out, set_up, set_up_state};
use tenure_shell::problem::Refused;

use crate::app::App;

/// Log in with name and password.
#[utoipa::path(
    post, path = "/api/v1/login", tag = "login", operation_id = "login",
    request_body = Login,
    responses(
        (status = 200, description = "A bearer token", body = OfficeLogin),
        (status = 401, description = "Name or password is wrong", body = Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Wait as long as `Retry-After` says", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn login(
    State(app): State<App>,
    source: Source,
    Json(request): Json<Login>,
) -> Result<Response, Refused> {
    let opened = log_in(&app, &source, request).await?;
    Ok(logged_in(StatusCode::OK, opened))
}

/// End this session.
#[utoipa::path(
    post, path = "/api/v1/logout", tag = "login", operation_id = "logout",
    responses((status = 204, description = "The token works no more")),
    security(("bearer" = [])),
)]
pub(crate) async fn logout(State(app): State<App>, me: LoggedIn) -> Response {
    log_out(&app.edge, &me);
    StatusCode::NO_CONTENT.into_response()
}

/// Whether the first administrator is still to be made.
#[utoipa::path(
    get, path = "/api/v1/setup", tag = "login", operation_id = "show_set_up",
    responses((status = 200, description = "Whether there is no user yet", body = SetupState)),
)]
pub(crate) async fn setup_state(
    State(app): State<App>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    Ok(json(StatusCode::OK, &set_up_state(&app).await?))
}

/// Make the first administrator, once, with the token of the office's console.
#[utoipa::path(
    post, path = "/api/v1/setup", tag = "login", operation_id = "set_up",
    request_body = Setup,
    responses(
        (status = 201, description = "The administrator, logged in", body = OfficeLogin),
        (status = 403, description = "The token is wrong or was used", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn setup(
    State(app): State<App>,
    source: Source,
    Json(request): Json<Setup>,
) -> Result<Response, Refused> {
    let opened = set_up(&app, &source, request).await?;
    Ok(logged_in(StatusCode::CREATED, opened))
}

/// Change one's own password; ends one's other sessions.
#[utoipa::path(
    post, path = "/api/v1/password", tag = "login", operation_id = "change_own_password",
    request_body = PasswordChange,
    responses(
        (status = 204, description = "Changed; log in again"),
        (status = 401, description = "The current password is wrong", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn password(
    State(app): State<App>,
    me: LoggedIn,
    source: Source,
    Json(request): Json<PasswordChange>,
) -> Result<Response, Refused> {
    change_password(&app, me, &source, request).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn logged_in(status: StatusCode, opened: Opened<OfficeRole>) -> Response {
    let Opened { token, expires_at, name, roles } = opened;
    json(status, &OfficeLogin { token, expires_at, name, roles })
}
