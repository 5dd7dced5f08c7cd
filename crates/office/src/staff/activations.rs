//! Activations over HTTP: what the staff does about what is in which container.
//!
//! Kept here: nothing reaches a container by this alone: the next update carries it. Deliberately not here: what may be
//! activated, returned or withdrawn (issuing), updates (`containers`).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{
    ActivationRow, ApprovalRow, AssignRequest, BackRequest, Choice as WireChoice, OfficeQuery,
    ReplaceRequest,
};
use tenure_api::{Page, Problem};
use tenure_issuing::office::{
    ActivationCommand, ActivationFilter, ActivationNo, ActivationState, Asker, Choice, Command,
    Event,
};
use tenure_ledger::{Idempotency, Outcome};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::problem::{Code, Refused};

use super::entitlements::said;
use super::waiting::{Decided, decided};
use crate::access::{Fulfil, Viewer};
use crate::app::App;
use crate::listing::{only, paged, part, state};
use crate::names::{activation, activation_id, container, customer};
use crate::order::{LightOrder, Order};
use crate::rows::activation::{STATES, row};

/// Activations, newest first.
#[utoipa::path(
    get, path = "/api/v1/activations", tag = "activations", operation_id = "list_activations", params(OfficeQuery),
    responses((status = 200, description = "A page of activations", body = Page<ActivationRow>)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Query(query): Query<OfficeQuery>,
) -> Result<Response, Refused> {
    only(&query, &["customer", "activation_id", "container", "state"])?;
    if query.q.is_some() {
        return Err(Code::BadParameter.says(
            "Activations have no texts of their own: narrow by `customer`, `activation_id`, `container` or `state`.",
        ));
    }
    let in_container = match &query.container {
        None => None,
        Some(serial) => Some(container(&app, serial).await?),
    };
    let filter = ActivationFilter {
        entitlement: query.activation_id.as_deref().map(activation_id).transpose()?,
        customer: query.customer.as_deref().map(customer).transpose()?,
        container: in_container,
        state: state(&query, &STATES, ActivationState::code)?,
        ..ActivationFilter::default()
    };
    let page = app
        .query(move |office, _| {
            let listing = office.activation_rows(&filter, part(&query));
            paged(listing, &query, |one| row(office, one))
        })
        .await?;
    Ok(json(StatusCode::OK, &page))
}

/// One activation.
#[utoipa::path(
    get, path = "/api/v1/activations/{activation}", tag = "activations", operation_id = "show_activation",
    params(("activation" = String, Path, description = "Its running number")),
    responses((status = 200, description = "The activation", body = ActivationRow)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn detail(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Path(no): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    shown(&app, StatusCode::OK, activation(&no)?).await
}

/// Put units of a line into a container that the office has met.
#[utoipa::path(
    post, path = "/api/v1/activations", tag = "activations", operation_id = "assign",
    request_body = AssignRequest,
    responses(
        (status = 201, description = "The activation", body = ActivationRow),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
        (status = 409, description = "So many are not free, or the container takes none", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn assign(
    State(app): State<App>,
    order: Order<Fulfil, AssignRequest>,
) -> Result<Response, Refused> {
    let AssignRequest { activation_id: id, line, quantity, serial } = order.asked;
    let choice = Choice { activation_id: activation_id(&id)?, line, quantity };
    let command = ActivationCommand::Activate {
        by: Asker::Staff(order.by.clone()),
        container: container(&app, &serial).await?,
        choices: vec![choice],
    };
    carried_out(&app, (order.by, StatusCode::CREATED), command, order.idempotency, None).await
}

/// Have units given back: the next update takes them out, and they are free when they are credibly back.
#[utoipa::path(
    post, path = "/api/v1/activations/{activation}/return", tag = "activations", operation_id = "return_activation",
    params(("activation" = String, Path, description = "Its running number")),
    request_body = BackRequest,
    responses(
        (status = 200, description = "The activation; of a part the new one", body = ActivationRow),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
        (status = 409, description = "It is on its way back, or may not come back", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn give_back(
    State(app): State<App>,
    Path(no): Path<String>,
    LightOrder(order): LightOrder<Fulfil, BackRequest>,
) -> Result<Response, Refused> {
    let no = activation(&no)?;
    let command = ActivationCommand::Return {
        by: Asker::Staff(order.by.clone()),
        activation: no,
        quantity: order.asked.quantity,
    };
    carried_out(&app, (order.by, StatusCode::OK), command, order.idempotency, Some(no)).await
}

/// Take units back, whatever the terms say of returns: the next update takes them out.
#[utoipa::path(
    post, path = "/api/v1/activations/{activation}/withdraw", tag = "activations",
    operation_id = "withdraw_activation",
    params(("activation" = String, Path, description = "Its running number")),
    request_body = BackRequest,
    responses(
        (status = 200, description = "The activation; of a part the new one", body = ActivationRow),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn withdraw(
    State(app): State<App>,
    Path(no): Path<String>,
    LightOrder(order): LightOrder<Fulfil, BackRequest>,
) -> Result<Response, Refused> {
    let no = activation(&no)?;
    let command = ActivationCommand::Withdraw {
        by: order.by.clone(),
        activation: no,
        quantity: order.asked.quantity,
        reason: said(order.asked.reason),
    };
    carried_out(&app, (order.by, StatusCode::OK), command, order.idempotency, Some(no)).await
}

/// Take all of it back and put units of another line in their place, at the same contact.
#[utoipa::path(
    post, path = "/api/v1/activations/{activation}/replace", tag = "activations",
    operation_id = "replace_activation",
    params(("activation" = String, Path, description = "Its running number")),
    request_body = ReplaceRequest,
    responses(
        (status = 201, description = "The new activation", body = ActivationRow),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn replace(
    State(app): State<App>,
    Path(no): Path<String>,
    order: Order<Fulfil, ReplaceRequest>,
) -> Result<Response, Refused> {
    let command = ActivationCommand::Replace {
        by: order.by.clone(),
        activation: activation(&no)?,
        with: choice(&order.asked.with)?,
        reason: said(order.asked.reason),
    };
    carried_out(&app, (order.by, StatusCode::CREATED), command, order.idempotency, None).await
}

/// A choice with its activation ID read.
pub(crate) fn choice(asked: &WireChoice) -> Result<Choice, Refused> {
    let WireChoice { activation_id: id, line, quantity } = asked;
    Ok(Choice { activation_id: activation_id(id)?, line: *line, quantity: *quantity })
}

async fn carried_out(
    app: &App,
    (by, status): (String, StatusCode),
    command: ActivationCommand,
    idempotency: Option<Idempotency>,
    known: Option<ActivationNo>,
) -> Result<Response, Refused> {
    let command = Command::Activation(command);
    match decided(app, by, command, idempotency).await? {
        Decided::Waits(answer) => Ok(answer),
        Decided::Done(outcome) => {
            let no = touched(&outcome).or(known);
            let no = no.ok_or_else(|| Code::Internal.says("Nothing was activated."))?;
            shown(app, status, no).await
        }
    }
}

/// The activation that was made, or the part that goes its own way now.
fn touched(outcome: &Outcome<Event>) -> Option<ActivationNo> {
    let of = |event: &Event| match event {
        Event::Activated(made) => Some(made.activation),
        Event::ReturnAsked(asked) => asked.part.map(|part| part.activation),
        _ => None,
    };
    outcome.events.iter().rev().find_map(of)
}

async fn shown(app: &App, status: StatusCode, no: ActivationNo) -> Result<Response, Refused> {
    let found = app
        .query(move |office, _| office.activations().get(no).map(|one| row(office, one)))
        .await?;
    match found {
        Some(row) => Ok(json(status, &row)),
        None => Err(Code::NotFound.says(format!("There is no activation {no}."))),
    }
}
