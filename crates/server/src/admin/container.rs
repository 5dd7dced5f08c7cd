//! The server's container over HTTP: what it holds, its context, updates, receipts.
//!
//! Kept here: what is downloaded is a file with a name. Deliberately not here: making and applying the documents
//! (ferry), whether an update fits (container).

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use tenure_api::{
    ContainerAnswer, FeatureListQuery, ItemRow, ListQuery, Page, Problem, UpdateAnswer,
};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::body::File;
use tenure_shell::extract::{NoQuery, Query};
use tenure_shell::list::{Sorter, page};
use tenure_shell::problem::Refused;

use crate::access::{Offline, Read};
use crate::app::App;
use crate::ferry;
use crate::row::item_row;

/// Identity, sequence and standing of the container.
#[utoipa::path(
    get, path = "/api/v1/container", tag = "container", operation_id = "show_container",
    responses((status = 200, description = "The container", body = ContainerAnswer)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn show(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let answer = app
        .query(|leasing, _| {
            let container = leasing.container();
            ContainerAnswer {
                id: container.id(),
                serial: container.id().serial(),
                name: container.name().to_owned(),
                generation: container.generation(),
                sequence: container.sequence(),
                history_hash: container.history_hash(),
                keyset_version: container.keyset_version(),
                revocation_sequence: container.revocation_sequence(),
                items: u32::try_from(container.items().len()).unwrap_or(u32::MAX),
                time_high_water: container.clock().high_water(),
                certified: container.certificate().is_some(),
            }
        })
        .await?;
    Ok(json(StatusCode::OK, &answer))
}

/// The items of the container with all their terms.
#[utoipa::path(
    get, path = "/api/v1/container/items", tag = "container", operation_id = "list_items", params(FeatureListQuery),
    responses((status = 200, description = "A page of items", body = Page<ItemRow>)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn items(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(query): Query<FeatureListQuery>,
) -> Result<Response, Refused> {
    let query = ListQuery::from(query);
    let rows = app.query(|leasing, now| leasing.item_rows(now)).await?;
    let wanted = query.feature.as_deref();
    let rows = rows.into_iter().filter(|row| wanted.is_none_or(|name| *name == row.item.feature));
    let rows: Vec<ItemRow> = rows.map(item_row).collect();
    const SORTERS: &[Sorter<ItemRow>] = &[
        ("id", |row| row.id.as_str().into()),
        ("feature", |row| row.feature.as_str().into()),
        ("version", |row| row.version.into()),
        ("count", |row| row.count.into()),
        ("used", |row| row.used.into()),
        ("start", |row| row.start.into()),
        ("expiry", |row| row.expiry.into()),
    ];
    let page = page(rows, &query, SORTERS, |row| vec![row.id.as_str(), row.feature.as_str()])?;
    Ok(json(StatusCode::OK, &page))
}

/// The context: what the publisher needs to make an update. A file to send.
#[utoipa::path(
    get, path = "/api/v1/container/context", tag = "container", operation_id = "download_context",
    responses((status = 200, description = "The armored document", body = String, content_type = "text/plain")),
    security(("bearer" = ["offline"])),
)]
pub(crate) async fn context(
    State(app): State<App>,
    _permit: Permit<Offline>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    Ok(file(ferry::context(&app).await?, "context.tnr"))
}

/// The receipt: proof of what was applied. A file to send back.
#[utoipa::path(
    get, path = "/api/v1/container/receipt", tag = "container", operation_id = "download_receipt",
    responses((status = 200, description = "The armored document", body = String, content_type = "text/plain")),
    security(("bearer" = ["offline"])),
)]
pub(crate) async fn receipt(
    State(app): State<App>,
    _permit: Permit<Offline>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    Ok(file(ferry::receipt(&app).await?, "receipt.tnr"))
}

/// Apply an update file: its bytes, armored or not.
#[utoipa::path(
    post, path = "/api/v1/container/update", tag = "container", operation_id = "apply_update",
    request_body(content = String, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "Applied, or was before", body = UpdateAnswer),
        (status = 409, description = "For another container, or out of order", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "Not an update that can be trusted", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["offline"])),
)]
pub(crate) async fn update(
    State(app): State<App>,
    _permit: Permit<Offline>,
    File(bytes): File,
) -> Result<Response, Refused> {
    Ok(json(StatusCode::OK, &ferry::apply(&app, &bytes).await?))
}

/// A text as a file with a name.
pub(super) fn file(text: String, name: &'static str) -> Response {
    let mut response = (StatusCode::OK, text).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(axum::http::header::CONTENT_DISPOSITION, disposition);
    }
    response
}
