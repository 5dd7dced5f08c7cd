//! Users of the admin plane: list, make, change, delete.
//!
//! Kept here: password hashes never leave the state; a change of roles or password ends the user's sessions.
//! Deliberately not here: who must remain an administrator (the leasing floor refuses to lose the last one).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tenure_api::{ListQuery, Page, PageQuery, Problem, User, UserChange, UserRequest};
use tenure_leasing::Command;
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::body::Json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::list::{Sorter, page};
use tenure_shell::login::hash;
use tenure_shell::problem::Refused;

use crate::access::Admin;
use crate::app::{App, state_roles, wire_roles};
use crate::refusal::refused;

/// All users.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "users", operation_id = "list_users", params(PageQuery),
    responses((status = 200, description = "A page of users", body = Page<User>)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Admin>,
    Query(query): Query<PageQuery>,
) -> Result<Response, Refused> {
    let query = ListQuery::from(query);
    let rows = app.query(|leasing, _| leasing.users().map(wire_user).collect::<Vec<_>>()).await?;
    const SORTERS: &[Sorter<User>] = &[("name", |row| row.name.as_str().into())];
    Ok(json(StatusCode::OK, &page(rows, &query, SORTERS, |row| vec![row.name.as_str()])?))
}

/// Make a user.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "users", operation_id = "create_user",
    request_body = UserRequest,
    responses(
        (status = 201, description = "The user", body = User),
        (status = 409, description = "The name is taken", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    permit: Permit<Admin>,
    Json(request): Json<UserRequest>,
) -> Result<Response, Refused> {
    let password_hash = hash(&app.edge, request.password).await?;
    let command = Command::CreateUser {
        by: permit.by(),
        name: request.name.clone(),
        password_hash,
        roles: state_roles(&request.roles),
    };
    app.submit(command, None).await?;
    shown(&app, StatusCode::CREATED, request.name).await
}

/// Change a user's roles or password.
#[utoipa::path(
    patch, path = "/api/v1/users/{name}", tag = "users", operation_id = "change_user",
    params(("name" = String, Path, description = "Login name")),
    request_body = UserChange,
    responses((status = 200, description = "The user", body = User)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn change(
    State(app): State<App>,
    permit: Permit<Admin>,
    Path(name): Path<String>,
    Json(request): Json<UserChange>,
) -> Result<Response, Refused> {
    let password_hash = match request.password {
        Some(password) => Some(hash(&app.edge, password).await?),
        None => None,
    };
    let roles = request.roles.as_deref().map(state_roles);
    let change = tenure_leasing::UserChange { password_hash, roles };
    app.submit(Command::ChangeUser { by: permit.by(), name: name.clone(), change }, None).await?;
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
    app.submit(Command::DeleteUser { by: permit.by(), name: name.clone() }, None).await?;
    app.edge.sessions.close_all(&name);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn shown(app: &App, status: StatusCode, name: String) -> Result<Response, Refused> {
    let lookup = name.clone();
    let user = app.query(move |leasing, _| leasing.user(&lookup).map(wire_user)).await?;
    let user = user.ok_or_else(|| refused(tenure_leasing::Refusal::UserUnknown { name }))?;
    Ok(json(status, &user))
}

fn wire_user(user: &tenure_leasing::User) -> User {
    User {
        name: user.name.clone(),
        roles: wire_roles(&user.roles),
        created_at: user.created,
        changed_at: (user.changed != user.created).then_some(user.changed),
    }
}
