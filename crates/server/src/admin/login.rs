//! Logging in and out, the one-time set-up, and one's own password.
//!
//! Kept here: an unknown name costs the same and gets the same answer as a wrong password; an attempt is
//! charged before the hash runs; a changed password ends the user's other sessions; the set-up token works
//! only while there is no user. Deliberately not here: hashing (`password`), delays (`backoff`).

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use tenure_api::{Login, LoginAnswer, PasswordChange, Problem, Role, Setup};
use tenure_leasing::{Command, PropertyValue, User, UserChange};

use crate::access::{LOCAL, LoggedIn};
use crate::answer::json;
use crate::app::{App, state_roles, wire_roles};
use crate::backoff::Attempt;
use crate::body::Json;
use crate::problem::{Code, Refused};

/// Shortest password in characters.
pub(crate) const PASSWORD_MIN: usize = 10;
/// How long a session lasts where the state does not say.
const SESSION_LASTS: Duration = Duration::from_secs(12 * 3600);
/// Longest password in bytes.
const PASSWORD_MAX: usize = 1024;

/// Where a request came from: the peer's address without its port.
pub(crate) struct Source(String);

impl<S: Send + Sync> FromRequestParts<S> for Source {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(peer.map_or_else(|| "unknown".to_owned(), |peer| peer.0.ip().to_string())))
    }
}

/// Log in with name and password.
#[utoipa::path(
    post, path = "/api/v1/login", tag = "login", operation_id = "login",
    request_body = Login,
    responses(
        (status = 200, description = "A bearer token", body = LoginAnswer),
        (status = 401, description = "Name or password is wrong", body = Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Wait as long as `Retry-After` says", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn login(
    State(app): State<App>,
    Source(source): Source,
    Json(request): Json<Login>,
) -> Result<Response, Refused> {
    let wrong = "Name or password is wrong.";
    let user = proven(&app, &request.name, &source, request.password, wrong).await?;
    session(&app, &user.name, wire_roles(&user.roles), StatusCode::OK).await
}

/// End this session.
#[utoipa::path(
    post, path = "/api/v1/logout", tag = "login", operation_id = "logout",
    responses((status = 204, description = "The token works no more")),
    security(("bearer" = [])),
)]
pub(crate) async fn logout(State(app): State<App>, me: LoggedIn) -> Response {
    if let Some(token) = &me.session {
        app.sessions.close(token);
    }
    StatusCode::NO_CONTENT.into_response()
}

/// Make the first administrator, once, with the token of the server's console.
#[utoipa::path(
    post, path = "/api/v1/setup", tag = "login", operation_id = "set_up",
    request_body = Setup,
    responses(
        (status = 201, description = "The administrator, logged in", body = LoginAnswer),
        (status = 403, description = "The token is wrong or was used", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn setup(
    State(app): State<App>,
    Source(source): Source,
    Json(request): Json<Setup>,
) -> Result<Response, Refused> {
    let closed =
        || Code::SetupClosed.says("The set-up token is wrong, or there is a user already.");
    let attempt = charged(&app, "set-up", &source)?;
    let fits = app.setup_token.as_ref().is_some_and(|secret| secret.matches(&request.token));
    let users = app.query(|leasing, _| leasing.users().len()).await?;
    if !fits || users > 0 {
        return Err(closed());
    }
    app.backoff.succeeded(attempt);
    let password_hash = hash(&app, request.password).await?;
    let roles = vec![Role::Admin];
    let command = Command::CreateUser {
        by: "set-up".to_owned(),
        name: request.name.clone(),
        password_hash,
        roles: state_roles(&roles),
    };
    app.submit(command, None).await?;
    if let Some(done) = &app.setup_done {
        done();
    }
    session(&app, &request.name, roles, StatusCode::CREATED).await
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
    Source(source): Source,
    Json(request): Json<PasswordChange>,
) -> Result<Response, Refused> {
    if me.session.is_none() {
        return Err(Code::MissingRole.says(format!("`{LOCAL}` is not a user and has no password.")));
    }
    proven(&app, &me.name, &source, request.current, "The current password is wrong.").await?;
    let change = UserChange { password_hash: Some(hash(&app, request.new).await?), roles: None };
    let command = Command::ChangeUser { by: me.name.clone(), name: me.name.clone(), change };
    app.submit(command, None).await?;
    app.sessions.close_all(&me.name);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Charges an attempt on account and source, before anything is looked at.
///
/// # Errors
/// One of them has to wait.
fn charged(app: &App, account: &str, source: &str) -> Result<Attempt, Refused> {
    app.backoff.begin(account, source, app.uptime.elapsed()).map_err(|wait| {
        Code::TooManyAttempts
            .says("Too many wrong attempts. Wait as long as Retry-After says, then try again.")
            .retry_after(wait.as_secs() + 1)
    })
}

/// The user whose password this is.
///
/// # Errors
/// `wrong`, alike for an unknown name and a wrong password.
async fn proven(
    app: &App,
    name: &str,
    source: &str,
    password: String,
    wrong: &str,
) -> Result<User, Refused> {
    let attempt = charged(app, name, source)?;
    let asked = name.to_owned();
    let user = app.query(move |leasing, _| leasing.user(&asked).cloned()).await?;
    let stored = user.as_ref().map(|user| user.password_hash.clone());
    let right = app.passwords.verify(password, stored).await.map_err(|_| bug())?;
    let Some(user) = user.filter(|_| right) else {
        app.metrics.login_failed();
        return Err(Code::LoginFailed.says(wrong));
    };
    app.backoff.succeeded(attempt);
    Ok(user)
}

/// Hashes a new password that is long enough.
pub(crate) async fn hash(app: &App, password: String) -> Result<String, Refused> {
    if password.chars().count() < PASSWORD_MIN || password.len() > PASSWORD_MAX {
        return Err(Code::BadValue.says(format!(
            "A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters. Length beats symbols."
        )));
    }
    app.passwords.hash(password).await.map_err(|_| bug())
}

async fn session(
    app: &App,
    name: &str,
    roles: Vec<Role>,
    status: StatusCode,
) -> Result<Response, Refused> {
    let property = app.query(|leasing, _| leasing.property("security.token-seconds")).await?;
    let lasts = match property.map(|row| row.value) {
        Some(PropertyValue::Number(seconds)) => Duration::from_secs(seconds),
        _ => SESSION_LASTS,
    };
    let token = app.sessions.open(name, app.uptime.elapsed(), lasts).ok_or_else(bug)?;
    let expires_at = app.wall().plus(lasts);
    Ok(json(status, &LoginAnswer { token, expires_at, name: name.to_owned(), roles }))
}

fn bug() -> Refused {
    Code::Internal.says("The system could not do its part. The server's log names the cause.")
}
