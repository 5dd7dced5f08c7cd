//! Entitlements over HTTP: what was bought, by which orders, and whether it may be used.
//!
//! Kept here: an order that needs a second person is answered 202 with the question; activation IDs are made of fresh
//! chance unless they are brought. Deliberately not here: single lines (`lines`), what may be ordered (issuing).

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{
    ApprovalRow, Entitlement, EntitlementChange, EntitlementRequest, EntitlementRow, OfficeQuery,
    OrderRequest, Reason,
};
use tenure_api::{Page, Problem};
use tenure_document::{ActivationId, Version};
use tenure_issuing::office::{
    self as books, Command, EntitlementCommand, EntitlementFilter, EntitlementState, Event,
    OrderAsked,
};
use tenure_ledger::Idempotency;
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::outside::random;
use tenure_shell::problem::{Code, Refused};

use crate::access::{Fulfil, Viewer};
use crate::app::App;
use crate::listing::{only, paged, part, state};
use crate::names::{activation_id, customer, product};
use crate::order::{LightOrder, Order};
use crate::rows::entitlement::{detail as wire_detail, lines, row};
use crate::staff::waiting::{Decided, decided};

const DAY: Duration = Duration::from_secs(86_400);
/// Most days that an end may be ahead.
const DAYS_MAX: u32 = 36_500;

/// Entitlements, newest first; `q` looks into activation IDs, customers, orders, products and notes.
#[utoipa::path(
    get, path = "/api/v1/entitlements", tag = "entitlements", operation_id = "list_entitlements",
    params(OfficeQuery),
    responses((status = 200, description = "A page of entitlements", body = Page<EntitlementRow>)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Query(query): Query<OfficeQuery>,
) -> Result<Response, Refused> {
    only(&query, &["customer", "state", "product", "ends_within_days"])?;
    use EntitlementState::{Active, Suspended, Withdrawn};
    let filter = EntitlementFilter {
        customer: query.customer.as_deref().map(customer).transpose()?,
        state: state(&query, &[Active, Suspended, Withdrawn], EntitlementState::code)?,
        product: query.product.as_deref().map(named).transpose()?,
        ends: None,
        text: query.q.clone(),
    };
    let page = app
        .query(move |office, now| {
            let days = query.ends_within_days.map(|days| DAY * days.min(DAYS_MAX));
            let filter =
                EntitlementFilter { ends: days.map(|days| (now.at, now.at.plus(days))), ..filter };
            let listing = office.entitlement_rows(&filter, part(&query));
            paged(listing, &query, |one| row(office, one))
        })
        .await?;
    Ok(json(StatusCode::OK, &page))
}

/// A product as lists are narrowed by it: `name@version`, or a name for all of its versions.
fn named(text: &str) -> Result<(String, Option<Version>), Refused> {
    match text.rsplit_once('@') {
        Some(_) => product(text).map(|key| (key.product, Some(key.version))),
        None => Ok((text.to_owned(), None)),
    }
}

/// One entitlement with its lines and orders.
#[utoipa::path(
    get, path = "/api/v1/entitlements/{id}", tag = "entitlements", operation_id = "show_entitlement",
    params(("id" = String, Path, description = "Activation ID")),
    responses((status = 200, description = "The entitlement", body = Entitlement)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn detail(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    shown(&app, StatusCode::OK, activation_id(&id)?).await
}

/// Enter what a customer bought: an activation ID is made for it.
#[utoipa::path(
    post, path = "/api/v1/entitlements", tag = "entitlements", operation_id = "create_entitlement",
    request_body = EntitlementRequest,
    responses(
        (status = 201, description = "The entitlement", body = Entitlement),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
        (status = 422, description = "A member can't be taken", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    order: Order<Fulfil, EntitlementRequest>,
) -> Result<Response, Refused> {
    let asked = order.asked;
    let own = asked.activation_id.is_some() || order.idempotency.is_some();
    let id = match &asked.activation_id {
        Some(text) => activation_id(text)?,
        None => fresh_id()?,
    };
    let by = order.by.clone();
    let command = EntitlementCommand::Make {
        by: order.by,
        id,
        customer: customer(&asked.customer)?,
        order: order_of(&app, asked.order, asked.lines).await?,
        activate_from: asked.activate_from,
        activate_until: asked.activate_until,
        notes: asked.notes,
        own,
    };
    let command = Command::Entitlement(command);
    let outcome = match decided(&app, by, command, order.idempotency).await? {
        Decided::Done(outcome) => outcome,
        Decided::Waits(answer) => return Ok(answer),
    };
    // A repeat answers the one that was made first, not the ID drawn now.
    let made = outcome.events.iter().find_map(|event| match event {
        Event::EntitlementMade(made) => Some(made.id),
        _ => None,
    });
    shown(&app, StatusCode::CREATED, made.unwrap_or(id)).await
}

/// Take in a repeat order: equal lines get more units, others are added.
#[utoipa::path(
    post, path = "/api/v1/entitlements/{id}/orders", tag = "entitlements", operation_id = "add_order",
    params(("id" = String, Path, description = "Activation ID")),
    request_body = OrderRequest,
    responses(
        (status = 200, description = "The entitlement", body = Entitlement),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
        (status = 409, description = "The order was taken already", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn add_order(
    State(app): State<App>,
    Path(id): Path<String>,
    order: Order<Fulfil, OrderRequest>,
) -> Result<Response, Refused> {
    let id = activation_id(&id)?;
    let asked = order_of(&app, order.asked.order, order.asked.lines).await?;
    let command = EntitlementCommand::Order { by: order.by.clone(), id, order: asked };
    carried_out(&app, (order.by, id), command, order.idempotency).await
}

/// Change what is said about an entitlement: what is left out stays.
#[utoipa::path(
    patch, path = "/api/v1/entitlements/{id}", tag = "entitlements", operation_id = "change_entitlement",
    params(("id" = String, Path, description = "Activation ID")),
    request_body = EntitlementChange,
    responses((status = 200, description = "The entitlement", body = Entitlement)),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn change(
    State(app): State<App>,
    Path(id): Path<String>,
    order: Order<Fulfil, EntitlementChange>,
) -> Result<Response, Refused> {
    let id = activation_id(&id)?;
    let change = books::EntitlementChange {
        customer: order.asked.customer.as_deref().map(customer).transpose()?,
        activate_from: order.asked.activate_from,
        activate_until: order.asked.activate_until,
        notes: order.asked.notes,
    };
    let command = EntitlementCommand::Change { by: order.by.clone(), id, change };
    carried_out(&app, (order.by, id), command, order.idempotency).await
}

/// Activate nothing of an entitlement for now; what is in containers stays.
#[utoipa::path(
    post, path = "/api/v1/entitlements/{id}/suspend", tag = "entitlements", operation_id = "suspend_entitlement",
    params(("id" = String, Path, description = "Activation ID")), request_body = Reason,
    responses((status = 200, description = "The entitlement", body = Entitlement)),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn suspend(
    State(app): State<App>,
    Path(id): Path<String>,
    LightOrder(order): LightOrder<Fulfil, Reason>,
) -> Result<Response, Refused> {
    let id = activation_id(&id)?;
    let reason = said(order.asked.reason);
    let command = EntitlementCommand::Suspend { by: order.by.clone(), id, reason };
    carried_out(&app, (order.by, id), command, order.idempotency).await
}

/// Activate again.
#[utoipa::path(
    post, path = "/api/v1/entitlements/{id}/resume", tag = "entitlements", operation_id = "resume_entitlement",
    params(("id" = String, Path, description = "Activation ID")), request_body = Reason,
    responses((status = 200, description = "The entitlement", body = Entitlement)),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn resume(
    State(app): State<App>,
    Path(id): Path<String>,
    LightOrder(order): LightOrder<Fulfil, Reason>,
) -> Result<Response, Refused> {
    let id = activation_id(&id)?;
    let command = EntitlementCommand::Resume { by: order.by.clone(), id };
    carried_out(&app, (order.by, id), command, order.idempotency).await
}

/// Take everything of an entitlement back: containers lose it at their next contact.
#[utoipa::path(
    post, path = "/api/v1/entitlements/{id}/withdraw", tag = "entitlements", operation_id = "withdraw_entitlement",
    params(("id" = String, Path, description = "Activation ID")), request_body = Reason,
    responses((status = 200, description = "The entitlement", body = Entitlement)),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn withdraw(
    State(app): State<App>,
    Path(id): Path<String>,
    LightOrder(order): LightOrder<Fulfil, Reason>,
) -> Result<Response, Refused> {
    let id = activation_id(&id)?;
    let reason = said(order.asked.reason);
    let command = EntitlementCommand::Withdraw { by: order.by.clone(), id, reason };
    carried_out(&app, (order.by, id), command, order.idempotency).await
}

/// Has a change of an entitlement decided and shows the entitlement, or the question it waits for.
pub(super) async fn carried_out(
    app: &App,
    (by, id): (String, ActivationId),
    command: EntitlementCommand,
    idempotency: Option<Idempotency>,
) -> Result<Response, Refused> {
    match decided(app, by, Command::Entitlement(command), idempotency).await? {
        Decided::Done(_) => shown(app, StatusCode::OK, id).await,
        Decided::Waits(answer) => Ok(answer),
    }
}

/// A reason, where one was given.
pub(super) fn said(reason: String) -> Option<String> {
    Some(reason).filter(|reason| !reason.trim().is_empty())
}

async fn order_of(
    app: &App,
    reference: String,
    asked: Vec<tenure_api::office::LineRequest>,
) -> Result<OrderAsked, Refused> {
    let lines = app.query(move |office, _| lines(office, &asked)).await??;
    Ok(OrderAsked { reference, lines })
}

async fn shown(app: &App, status: StatusCode, id: ActivationId) -> Result<Response, Refused> {
    let found = app
        .query(move |office, now| {
            office.entitlements().get(id).map(|one| wire_detail(office, one, now.at))
        })
        .await?;
    match found {
        Some(row) => Ok(json(status, &row)),
        None => Err(Code::NotFound.says(format!("There is no entitlement {id}."))),
    }
}

fn fresh_id() -> Result<ActivationId, Refused> {
    let bytes = random().ok_or_else(|| {
        Code::Internal.says("The operating system gives no random bytes for an activation ID.")
    })?;
    let mut entropy = [0; 15];
    entropy.copy_from_slice(&bytes[..15]);
    Ok(ActivationId::from_entropy(entropy))
}
