//! Host keys over HTTP: issuing them, what they count, their license files.
//!
//! Kept here: ids and salts are fresh chance; an order that needs a second person is answered 202 with the question; a
//! license file is signed when it is fetched, from the books of then, and holds all that proves it.
//! Deliberately not here: what may be issued (issuing), checks by applications (`hosts`).

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use tenure_api::office::host_key::HOST_KEY_MEDIA_TYPE;
use tenure_api::office::{
    ApprovalRow, HostGroup, HostGroupChange, HostKeyRequest, HostKeyRow, HostsRequest, OfficeQuery,
    Reason,
};
use tenure_api::{Page, Problem};
use tenure_document::{Bytes, Envelope, HostKey, HostKeyId, HostName, armor, summarize};
use tenure_issuing::office::{
    Command, Event, HostGroupId, HostKeyCommand, HostKeyFilter, HostKeyMade, HostKeyOrder,
    HostKeyState,
};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::outside::random;
use tenure_shell::problem::{Code, Refused};

use crate::access::{Fulfil, Keys, Support, Viewer};
use crate::app::App;
use crate::hosts::check::papers_of;
use crate::listing::{only, paged, part, state};
use crate::names::{activation_id, customer};
use crate::order::{LightOrder, Order};
use crate::refusal::{no_key, refused};
use crate::rows::host_key::{change as terms_change, group as group_row, hosts, row, terms};
use crate::staff::waiting::{Decided, decided};

/// Host keys, newest group first; `q` looks into hosts, keys, groups, products, customers and notes.
#[utoipa::path(
    get, path = "/api/v1/host-keys", tag = "host-keys", operation_id = "list_host_keys", params(OfficeQuery),
    responses((status = 200, description = "A page of host keys", body = Page<HostKeyRow>)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Query(query): Query<OfficeQuery>,
) -> Result<Response, Refused> {
    only(&query, &["customer", "product", "state"])?;
    let filter = HostKeyFilter {
        customer: query.customer.as_deref().map(customer).transpose()?,
        product: query.product.clone(),
        state: state(&query, &HostKeyState::ALL, HostKeyState::code)?,
        text: query.q.clone(),
    };
    let page = app
        .query(move |office, now| {
            let listing = office.host_key_rows(&filter, part(&query), now.at);
            paged(listing, &query, |(group, key)| row(office, group, key, now.at))
        })
        .await?;
    Ok(json(StatusCode::OK, &page))
}

/// One host key.
#[utoipa::path(
    get, path = "/api/v1/host-keys/{id}", tag = "host-keys", operation_id = "show_host_key",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The key", body = HostKeyRow)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn detail(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    key_shown(&app, key_id(&id)?).await
}

/// Issue a group of host keys, one for each host.
#[utoipa::path(
    post, path = "/api/v1/host-keys", tag = "host-keys", operation_id = "issue_host_keys",
    request_body = HostKeyRequest,
    responses(
        (status = 201, description = "The group with its keys", body = HostGroup),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
        (status = 422, description = "A member can't be taken", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn issue(
    State(app): State<App>,
    order: Order<Fulfil, HostKeyRequest>,
) -> Result<Response, Refused> {
    let asked = order.asked;
    let by = order.by.clone();
    let command = HostKeyCommand::Issue(HostKeyOrder {
        by: order.by,
        customer: asked.customer.as_deref().map(customer).transpose()?,
        entitlement: asked.activation_id.as_deref().map(activation_id).transpose()?,
        terms: terms(&asked)?,
        salt: Bytes(chance()?.to_vec()),
        keys: made(hosts(&asked.hosts)?)?,
        product: asked.product,
        notes: asked.notes,
        own: order.idempotency.is_some(),
    });
    match decided(&app, by, Command::HostKey(command), order.idempotency).await? {
        Decided::Waits(answer) => Ok(answer),
        Decided::Done(outcome) => {
            let made = outcome.events.iter().find_map(|event| match event {
                Event::HostKeysIssued(issued) => Some(issued.group),
                _ => None,
            });
            let group = made.ok_or_else(|| Code::Internal.says("No keys were made."))?;
            group_shown(&app, StatusCode::CREATED, group).await
        }
    }
}

/// Take a host key back: the next check is answered no. It can't be undone; make another key instead.
#[utoipa::path(
    post, path = "/api/v1/host-keys/{id}/revoke", tag = "host-keys", operation_id = "revoke_host_key",
    params(("id" = String, Path, description = "Its id")),
    request_body = Reason,
    responses((status = 200, description = "The key", body = HostKeyRow)),
    security(("bearer" = ["keys"])),
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    Path(id): Path<String>,
    LightOrder(order): LightOrder<Keys, Reason>,
) -> Result<Response, Refused> {
    let key = key_id(&id)?;
    let command = HostKeyCommand::Revoke { by: order.by, key, reason: order.asked.reason };
    app.submit(Command::HostKey(command), order.idempotency).await?;
    key_shown(&app, key).await
}

/// The license file of a host key: a text file for the license folder of the application.
#[utoipa::path(
    get, path = "/api/v1/host-keys/{id}/file", tag = "host-keys", operation_id = "host_key_file",
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The file", body = String, content_type = "text/plain"),
        (status = 503, description = "No publisher key is here that may sign it", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["support"])),
)]
pub(crate) async fn file(
    State(app): State<App>,
    _permit: Permit<Support>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let id = key_id(&id)?;
    let url = app.check_url.clone();
    let now = app.edge.wall();
    let key = app.query(move |office, _| office.host_key_document(id, url.as_deref(), now)).await?;
    let key = key.map_err(refused)?;
    let name = format!("attachment; filename=\"{}\"", key.host.file_name());
    let mut response = license_file(&app, key).await?.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(HOST_KEY_MEDIA_TYPE));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// Host keys whose users are counted together.
#[utoipa::path(
    get, path = "/api/v1/host-groups/{group}", tag = "host-keys", operation_id = "show_host_group",
    params(("group" = String, Path, description = "Its number")),
    responses((status = 200, description = "The group with its keys", body = HostGroup)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn group(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Path(group): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    group_shown(&app, StatusCode::OK, group_id(&group)?).await
}

/// Change the terms of a group: renew it, allow more users. Checks know it at once, files when they are fetched again.
#[utoipa::path(
    patch, path = "/api/v1/host-groups/{group}", tag = "host-keys", operation_id = "change_host_group",
    params(("group" = String, Path, description = "Its number")),
    request_body = HostGroupChange,
    responses(
        (status = 200, description = "The group", body = HostGroup),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn change(
    State(app): State<App>,
    Path(group): Path<String>,
    order: Order<Fulfil, HostGroupChange>,
) -> Result<Response, Refused> {
    let group = group_id(&group)?;
    let change = terms_change(order.asked)?;
    let by = order.by.clone();
    let command = Command::HostKey(HostKeyCommand::Change { by: order.by, group, change });
    match decided(&app, by, command, order.idempotency).await? {
        Decided::Waits(answer) => Ok(answer),
        Decided::Done(_) => group_shown(&app, StatusCode::OK, group).await,
    }
}

/// Make keys for more hosts of a group.
#[utoipa::path(
    post, path = "/api/v1/host-groups/{group}/hosts", tag = "host-keys", operation_id = "add_hosts",
    params(("group" = String, Path, description = "Its number")),
    request_body = HostsRequest,
    responses(
        (status = 201, description = "The group", body = HostGroup),
        (status = 409, description = "A host has a key already", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn add(
    State(app): State<App>,
    Path(group): Path<String>,
    order: Order<Fulfil, HostsRequest>,
) -> Result<Response, Refused> {
    let group = group_id(&group)?;
    let keys = made(hosts(&order.asked.hosts)?)?;
    let command = HostKeyCommand::Add { by: order.by, group, keys };
    app.submit(Command::HostKey(command), order.idempotency).await?;
    group_shown(&app, StatusCode::CREATED, group).await
}

/// Key sets and all that proves the key stand behind it in its file.
async fn license_file(app: &App, key: HostKey) -> Result<String, Refused> {
    let papers = papers_of(app).await?;
    let (keyring, now) = (app.keyring(), app.edge.wall());
    let text = move || {
        let envelope = keyring.host_key(&key, now).map_err(no_key)?;
        let mut text = armor(&envelope, &summarize(&envelope));
        let rest = papers.keysets.iter().chain(&papers.revocation).chain(&papers.certificate);
        for document in rest {
            // Our own documents; one that could not be read would be one too many in the file.
            if let Ok(envelope) = Envelope::parse(document.as_bytes()) {
                text.push('\n');
                text.push_str(&armor(&envelope, &summarize(&envelope)));
            }
        }
        Ok(text)
    };
    app.beside(text).await?
}

async fn key_shown(app: &App, id: HostKeyId) -> Result<Response, Refused> {
    let found = app.query(move |office, now| {
        let keys = office.host_keys();
        let key = keys.key(id)?;
        Some(row(office, keys.group_of(key)?, key, now.at))
    });
    match found.await? {
        Some(row) => Ok(json(StatusCode::OK, &row)),
        None => Err(Code::NotFound.says(format!("There is no host key {id}."))),
    }
}

async fn group_shown(app: &App, status: StatusCode, id: HostGroupId) -> Result<Response, Refused> {
    let found = app
        .query(move |office, now| {
            office.host_keys().group(id).map(|one| group_row(office, one, now.at))
        })
        .await?;
    match found {
        Some(row) => Ok(json(status, &row)),
        None => Err(Code::NotFound.says(format!("There are no host keys {id}."))),
    }
}

fn key_id(text: &str) -> Result<HostKeyId, Refused> {
    text.parse().map_err(|error| Code::BadValue.says(format!("{error}.")))
}

fn group_id(text: &str) -> Result<HostGroupId, Refused> {
    text.parse().map_err(|error| Code::BadValue.says(format!("{error}.")))
}

/// A key with a fresh id for each host.
fn made(hosts: Vec<HostName>) -> Result<Vec<HostKeyMade>, Refused> {
    hosts.into_iter().map(|host| Ok(HostKeyMade { id: HostKeyId(chance()?), host })).collect()
}

fn chance() -> Result<[u8; 16], Refused> {
    let bytes = random().ok_or_else(|| {
        Code::Internal.says("The operating system gives no random bytes for a key's id.")
    })?;
    let mut half = [0; 16];
    half.copy_from_slice(&bytes[..16]);
    Ok(half)
}
