//! Users of the office: list, make, change, delete.
//!
//! Kept here: password hashes never leave the state; a change of roles or password ends the user's sessions.
//! Deliberately not here: who must remain an administrator (the office refuses to lose the last one).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tenure_api::office::{OfficeUser, OfficeUserChange, OfficeUserRequest};
use tenure_api::{ListQuery, Page, Problem};
use tenure_issuing::office::{Command, PeopleCommand, User, UserChange};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::body::Json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::list::{Sorter, page};
use tenure_shell::login::hash;
use tenure_shell::problem::{Code, Refused};

use crate::access::{Admin, state_roles, wire_roles};
use crate::app::App;

/// All users.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "users", operation_id = "list_users", params(ListQuery),
    responses((status = 200, description = "A page of users", body = Page<OfficeUser>)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Admin>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Refused> {
    let rows =
        app.query(|office, _| office.people().all().map(wire_user).collect::<Vec<_>>()).await?;
    const SORTERS: &[Sorter<OfficeUser>] = &[("name", |row| row.name.as_str().into())];
    Ok(json(StatusCode::OK, &page(rows, &query, SORTERS, |row| vec![row.name.as_str()])?))
}

/// Make a user.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "users", operation_id = "create_user",
    request_body = OfficeUserRequest,
    responses(
        (status = 201, description = "The user", body = OfficeUser),
        (status = 409, description = "The name is taken", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    permit: Permit<Admin>,
    Json(request): Json<OfficeUserRequest>,
) -> Result<Response, Refused> {
    let password_hash = hash(&app.edge, request.password).await?;
    let command = PeopleCommand::Create {
        by: permit.by(),
        name: request.name.clone(),
        password_hash,
        roles: state_roles(&request.roles),
        daily_quota: request.daily_quota,
    };
    app.submit(Command::People(command), None).await?;
    shown(&app, StatusCode::CREATED, request.name).await
}

/// Change a user's roles, password or quota.
#[utoipa::path(
    patch, path = "/api/v1/users/{name}", tag = "users", operation_id = "change_user",
    params(("name" = String, Path, description = "Login name")),
    request_body = OfficeUserChange,
    responses((status = 200, description = "The user", body = OfficeUser)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn change(
    State(app): State<App>,
    permit: Permit<Admin>,
    Path(name): Path<String>,
    Json(request): Json<OfficeUserChange>,
) -> Result<Response, Refused> {
    let password_hash = match request.password {
        Some(password) => Some(hash(&app.edge, password).await?),
        None => None,
    };
    let change = UserChange {
        password_hash,
        roles: request.roles.as_deref().map(state_roles),
        daily_quota: request.daily_quota,
    };
    let command = PeopleCommand::Change { by: permit.by(), name: name.clone(), change };
    app.submit(Command::People(command), None).await?;
    app.edge.sessions.close_all(&name);
    shown(&app, StatusCode::OK, name).await
}

/// Delete a user.
#[utoipa::path(
    delete, path = "/api/v1/users/{name}", tag = "users", operation_id = "delete_user",
    params(("name" = String, Path, description = "Login name")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "The last administrator stays", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    permit: Permit<Admin>,
    Path(name): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let command = PeopleCommand::Delete { by: permit.by(), name: name.clone() };
    app.submit(Command::People(command), None).await?;
    app.edge.sessions.close_all(&name);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn shown(app: &App, status: StatusCode, name: String) -> Result<Response, Refused> {
    let lookup = name.clone();
    let user = app.query(move |office, _| office.people().get(&lookup).map(wire_user)).await?;
    let user = user.ok_or_else(|| Code::NotFound.says(format!("There is no user `{name}`.")))?;
    Ok(json(status, &user))
}

fn wire_user(user: &User) -> OfficeUser {
    OfficeUser {
        name: user.name.clone(),
        roles: wire_roles(&user.roles),
        daily_quota: user.daily_quota,
        created_at: user.made,
        changed_at: (user.changed != user.made).then_some(user.changed),
    }
}
