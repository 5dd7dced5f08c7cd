//! Webhooks over HTTP: who is told of which changes, and what became of the messages.
//!
//! Kept here: a secret is shown when a webhook is made or its secret is changed, and never again. Deliberately not here:
//! sending (`hook_job`), which addresses are allowed (issuing, and the connection).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tenure_api::office::{
    Delivery, OfficeQuery, Webhook, WebhookChange, WebhookRequest, WebhookSecret,
};
use tenure_api::{Page, Problem};
use tenure_issuing::office::{Command, Event, HookNo, WebhookCommand};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::list::page;
use tenure_shell::problem::{Code, Refused};

use crate::access::Admin;
use crate::app::App;
use crate::listing::only;
use crate::names::shown;
use crate::order::{LightOrder, Nothing, Order};
use crate::rows::webhook::{ended_row, parse, row, waiting_row};

/// All webhooks.
#[utoipa::path(
    get, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "list_webhooks", params(OfficeQuery),
    responses((status = 200, description = "A page of webhooks", body = Page<Webhook>)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Admin>,
    Query(query): Query<OfficeQuery>,
) -> Result<Response, Refused> {
    only(&query, &[])?;
    let rows = app
        .query(|office, _| office.hooks().all().map(|one| row(office, one)).collect::<Vec<_>>())
        .await?;
    fn of(row: &Webhook) -> Vec<&str> {
        vec![row.id.as_str(), row.url.as_str(), row.description.as_str()]
    }
    Ok(json(StatusCode::OK, &page(rows, &query.list(), &[], of)?))
}

/// One webhook.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "show_webhook",
    params(("id" = String, Path, description = "Its ID")),
    responses((status = 200, description = "The webhook", body = Webhook)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn detail(
    State(app): State<App>,
    _permit: Permit<Admin>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let (hook, _) = find(&app, read(&id)?).await?;
    Ok(json(StatusCode::OK, &hook))
}

/// Make a webhook; the answer shows its secret, this once.
#[utoipa::path(
    post, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "create_webhook",
    request_body = WebhookRequest,
    responses(
        (status = 201, description = "The webhook and its secret", body = WebhookSecret),
        (status = 422, description = "The address is not one that is sent to", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    order: Order<Admin, WebhookRequest>,
) -> Result<Response, Refused> {
    let WebhookRequest { url, events, description } = order.asked;
    let command = WebhookCommand::Create { by: order.by, url, events, description };
    let outcome = app.submit(Command::Webhook(command), order.idempotency).await?;
    let made = outcome.events.iter().find_map(|event| match event {
        Event::HookSet(set) => Some(set.hook.no),
        _ => None,
    });
    let no = made.ok_or_else(|| Code::Internal.says("No webhook was made."))?;
    with_secret(&app, StatusCode::CREATED, no).await
}

/// Change a webhook: what is left out stays.
#[utoipa::path(
    patch, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "change_webhook",
    params(("id" = String, Path, description = "Its ID")), request_body = WebhookChange,
    responses((status = 200, description = "The webhook", body = Webhook)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn change(
    State(app): State<App>,
    Path(id): Path<String>,
    order: Order<Admin, WebhookChange>,
) -> Result<Response, Refused> {
    let no = read(&id)?;
    let WebhookChange { url, events, enabled, description } = order.asked;
    let command = WebhookCommand::Change {
        by: order.by,
        no,
        url,
        events,
        description,
        enabled,
        new_secret: false,
    };
    app.submit(Command::Webhook(command), order.idempotency).await?;
    let (hook, _) = find(&app, no).await?;
    Ok(json(StatusCode::OK, &hook))
}

/// Delete a webhook and what waits for it.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "delete_webhook",
    params(("id" = String, Path, description = "Its ID")),
    responses((status = 204, description = "Deleted")),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    permit: Permit<Admin>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let command = WebhookCommand::Delete { by: permit.by(), no: read(&id)? };
    app.submit(Command::Webhook(command), None).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Give a webhook another secret; the answer shows it, this once. The old one is no longer used.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/secret", tag = "webhooks", operation_id = "rotate_webhook_secret",
    params(("id" = String, Path, description = "Its ID")),
    responses((status = 200, description = "The webhook and its secret", body = WebhookSecret)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn rotate(
    State(app): State<App>,
    Path(id): Path<String>,
    LightOrder(order): LightOrder<Admin, Nothing>,
) -> Result<Response, Refused> {
    let no = read(&id)?;
    let command = WebhookCommand::Change {
        by: order.by,
        no,
        url: None,
        events: None,
        description: None,
        enabled: None,
        new_secret: true,
    };
    app.submit(Command::Webhook(command), order.idempotency).await?;
    with_secret(&app, StatusCode::OK, no).await
}

/// Send the message `webhook.test` to see whether it arrives.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/test", tag = "webhooks", operation_id = "test_webhook",
    params(("id" = String, Path, description = "Its ID")),
    responses((status = 202, description = "The message", body = Delivery)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn test(
    State(app): State<App>,
    Path(id): Path<String>,
    LightOrder(order): LightOrder<Admin, Nothing>,
) -> Result<Response, Refused> {
    let no = read(&id)?;
    let command = WebhookCommand::Test { by: order.by, no };
    app.submit(Command::Webhook(command), order.idempotency).await?;
    let newest = app
        .query(move |office, _| {
            let hooks = office.hooks();
            let waiting = hooks.waiting(no).last().map(waiting_row);
            waiting.or_else(|| hooks.ended().find(|one| one.hook == no).map(ended_row))
        })
        .await?;
    let newest =
        newest.ok_or_else(|| Code::BadValue.says("The webhook is off: nothing is sent to it."))?;
    Ok(json(StatusCode::ACCEPTED, &newest))
}

/// Messages of a webhook: those that wait, oldest first, then those that ended, newest first.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/deliveries", tag = "webhooks", operation_id = "list_deliveries",
    params(("id" = String, Path, description = "Its ID"), OfficeQuery),
    responses((status = 200, description = "A page of messages", body = Page<Delivery>)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn deliveries(
    State(app): State<App>,
    _permit: Permit<Admin>,
    Path(id): Path<String>,
    Query(query): Query<OfficeQuery>,
) -> Result<Response, Refused> {
    only(&query, &[])?;
    let no = read(&id)?;
    find(&app, no).await?;
    let rows = app
        .query(move |office, _| {
            let hooks = office.hooks();
            let ended = hooks.ended().filter(|one| one.hook == no).map(ended_row);
            hooks.waiting(no).map(waiting_row).chain(ended).collect::<Vec<_>>()
        })
        .await?;
    fn of(row: &Delivery) -> Vec<&str> {
        vec![row.id.as_str(), row.event.as_str()]
    }
    Ok(json(StatusCode::OK, &page(rows, &query.list(), &[], of)?))
}

fn read(id: &str) -> Result<HookNo, Refused> {
    parse(id).ok_or_else(|| {
        Code::NotFound.says(format!("`{}` is no webhook such as W-0000001.", shown(id)))
    })
}

/// A webhook and the generation of its secret.
async fn find(app: &App, no: HookNo) -> Result<(Webhook, u32), Refused> {
    let found = app
        .query(move |office, _| {
            office.hooks().get(no).map(|hook| (row(office, hook), hook.secret_generation))
        })
        .await?;
    found.ok_or_else(|| Code::NotFound.says("There is no such webhook."))
}

async fn with_secret(app: &App, status: StatusCode, no: HookNo) -> Result<Response, Refused> {
    let (webhook, generation) = find(app, no).await?;
    let secret = app.hook_secrets.text(no, generation);
    Ok(json(status, &WebhookSecret { webhook, secret }))
}
