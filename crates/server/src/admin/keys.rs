//! Client keys: list, upload, revoke.
//!
//! Kept here: what is uploaded is a public key of a known kind or a problem. Deliberately not here: which
//! requests must be signed (a property of the leasing floor).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tenure_api::{ClientKey, ClientKeyRequest, ListQuery, Page, PageQuery, Problem};
use tenure_document::KeyId;
use tenure_leasing::Command;
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::body::Json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::list::{Sorter, page};
use tenure_shell::problem::{Code, Refused};

use crate::access::Admin;
use crate::app::App;
use crate::client_key::read;
use crate::refusal::refused;

/// Longest name of a key.
const NAME_MAX: usize = 256;

/// All client keys, revoked ones too.
#[utoipa::path(
    get, path = "/api/v1/client-keys", tag = "client keys", operation_id = "list_client_keys", params(PageQuery),
    responses((status = 200, description = "A page of keys", body = Page<ClientKey>)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Admin>,
    Query(query): Query<PageQuery>,
) -> Result<Response, Refused> {
    let query = ListQuery::from(query);
    let rows =
        app.query(|leasing, _| leasing.client_keys().map(wire_key).collect::<Vec<_>>()).await?;
    const SORTERS: &[Sorter<ClientKey>] = &[
        ("name", |row| row.name.as_str().into()),
        ("added_at", |row| row.added_at.into()),
        ("algorithm", |row| row.algorithm.as_str().into()),
    ];
    let page = page(rows, &query, SORTERS, |row| vec![row.name.as_str(), row.id.as_str()])?;
    Ok(json(StatusCode::OK, &page))
}

/// Upload a client's public key, PEM or DER in base64.
#[utoipa::path(
    post, path = "/api/v1/client-keys", tag = "client keys", operation_id = "add_client_key",
    request_body = ClientKeyRequest,
    responses(
        (status = 201, description = "The key", body = ClientKey),
        (status = 409, description = "It is there already", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn add(
    State(app): State<App>,
    permit: Permit<Admin>,
    Json(request): Json<ClientKeyRequest>,
) -> Result<Response, Refused> {
    if request.name.is_empty()
        || request.name.len() > NAME_MAX
        || request.name.contains(char::is_control)
    {
        return Err(
            Code::BadValue.says(format!("`name` has 1 to {NAME_MAX} printable characters."))
        );
    }
    let key = read(request.name, &request.key, app.wall())
        .map_err(|refusal| Code::BadValue.says(format!("`key`: {refusal}.")))?;
    let id = key.id;
    app.submit(Command::AddClientKey { by: permit.by(), key }, None).await?;
    let added = app.query(move |leasing, _| leasing.client_key(id).map(wire_key)).await?;
    let added = added.ok_or_else(|| refused(tenure_leasing::Refusal::ClientKeyUnknown { id }))?;
    Ok(json(StatusCode::CREATED, &added))
}

/// Revoke a client key: its signatures are refused from now on.
#[utoipa::path(
    delete, path = "/api/v1/client-keys/{id}", tag = "client keys", operation_id = "revoke_client_key",
    params(("id" = String, Path, description = "Key ID")),
    responses((status = 204, description = "Revoked")),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    permit: Permit<Admin>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let id: KeyId =
        id.parse().map_err(|_| Code::NotFound.says("A key ID has 43 base64url characters."))?;
    app.submit(Command::RevokeClientKey { by: permit.by(), id }, None).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn wire_key(key: &tenure_leasing::ClientKey) -> ClientKey {
    ClientKey {
        id: key.id.to_string(),
        name: key.name.clone(),
        algorithm: key.algorithm.clone(),
        added_at: key.added,
        revoked_at: key.revoked,
    }
}
