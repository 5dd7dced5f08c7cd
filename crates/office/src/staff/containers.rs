//! Containers over HTTP: how they stand, updates without a context, losses, rulings.
//!
//! Kept here: a container is named by its serial; whoever restores one gets again what it forgot, read from the ledger.
//! Deliberately not here: what contexts say (`container::exchange`), what a ruling means (issuing).

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use tenure_api::office::{
    ApprovalRow, ContainerChange, ContainerDetail, ContainerRow, IssuedUpdate, LossRequest,
    OfficeQuery, Reason, RuleRequest, Ruling as WireRuling,
};
use tenure_api::{Page, Problem};
use tenure_document::{Bytes, ContainerId};
use tenure_issuing::office::{
    Asker, Booked, Command, ContainerCommand, Gone, OfficeContainer, Ruling,
};
use tenure_ledger::Idempotency;
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::problem::{Code, Refused};

use super::entitlements::said;
use super::forgotten::forgotten;
use super::waiting::{Decided, decided};
use crate::access::{Fulfil, Keys, Support, Viewer};
use crate::app::App;
use crate::container::exchange::update_answer;
use crate::listing::{only, paged, part, state};
use crate::names::{container, customer};
use crate::order::{LightOrder, Nothing, Order};
use crate::push::push;
use crate::rows::container::{STATES, detail as wire_detail, row};
use crate::rows::terms::read_tolerance;

/// Containers: by default in the order of their IDs; `q` looks into serials and names.
#[utoipa::path(
    get, path = "/api/v1/containers", tag = "containers", operation_id = "list_containers", params(OfficeQuery),
    responses((status = 200, description = "A page of containers", body = Page<ContainerRow>)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Query(query): Query<OfficeQuery>,
) -> Result<Response, Refused> {
    only(&query, &["customer", "state", "sort"])?;
    let of = query.customer.as_deref().map(customer).transpose()?;
    let wanted_state = state(&query, &STATES, |word| word)?;
    let list = query.list();
    let order = match list.sort() {
        None => None,
        Some((member, descending)) => Some((sorter(member)?, descending)),
    };
    let page = app
        .query(move |office, _| {
            let text = query.q.as_deref().map(str::to_lowercase);
            let fits = |known: &&OfficeContainer| {
                of.is_none_or(|customer| known.customer == Some(customer))
                    && wanted_state.is_none_or(|state| known.state.code() == state)
                    && text.as_deref().is_none_or(|text| holds(known, text))
            };
            let mut found: Vec<&OfficeContainer> = match wanted_state {
                Some(state) if state != "known" => office.fleet().odd().filter(fits).collect(),
                _ => office.fleet().all().filter(fits).collect(),
            };
            if let Some((order, descending)) = order {
                found.sort_by(|one, other| order(one, other));
                if descending {
                    found.reverse();
                }
            }
            let part = part(&query);
            let total = found.len();
            let rows = found.into_iter().skip(part.skip).take(part.take).collect();
            paged(tenure_issuing::office::Listing { rows, total }, &query, |one| row(office, one))
        })
        .await?;
    Ok(json(StatusCode::OK, &page))
}

type Compare = fn(&OfficeContainer, &OfficeContainer) -> std::cmp::Ordering;

fn sorter(member: &str) -> Result<Compare, Refused> {
    match member {
        "name" => Ok(|one, other| one.name.cmp(&other.name)),
        "last_contact" => Ok(|one, other| one.seen.cmp(&other.seen)),
        "first_contact" => Ok(|one, other| one.met.cmp(&other.met)),
        _ => Err(Code::BadParameter.says(
            "`sort` takes one of name, last_contact, first_contact, with `-` before it for descending.",
        )),
    }
}

fn holds(known: &OfficeContainer, text: &str) -> bool {
    known.name.to_lowercase().contains(text) || known.id.serial().to_lowercase().contains(text)
}

/// One container with what it holds and what is on its way.
#[utoipa::path(
    get, path = "/api/v1/containers/{serial}", tag = "containers", operation_id = "show_container",
    params(("serial" = String, Path, description = "Serial")),
    responses((status = 200, description = "The container", body = ContainerDetail)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn detail(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Path(serial): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let id = container(&app, &serial).await?;
    shown(&app, id).await
}

/// Make an update with all that is pending, without a context: apply it on the device, that is all.
#[utoipa::path(
    post, path = "/api/v1/containers/{serial}/update", tag = "containers", operation_id = "push_update",
    params(("serial" = String, Path, description = "Serial")),
    responses(
        (status = 200, description = "The update; as text alone where `Accept` asks for it", content(
            (IssuedUpdate = "application/json"), (String = "application/vnd.tenure.update"),
        )),
        (status = 409, description = "A person must decide about the container first", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["support"])),
)]
pub(crate) async fn push_update(
    State(app): State<App>,
    Path(serial): Path<String>,
    headers: HeaderMap,
    LightOrder(order): LightOrder<Support, Nothing>,
) -> Result<Response, Refused> {
    let id = container(&app, &serial).await?;
    let answer = push(&app, id, Asker::Staff(order.by), order.idempotency).await?;
    Ok(update_answer(&headers, answer))
}

/// Say whose a container is, how much of its machine may change, and whether a chip vouches for it.
#[utoipa::path(
    patch, path = "/api/v1/containers/{serial}", tag = "containers", operation_id = "change_container",
    params(("serial" = String, Path, description = "Serial")),
    request_body = ContainerChange,
    responses((status = 200, description = "The container", body = ContainerDetail)),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn change(
    State(app): State<App>,
    Path(serial): Path<String>,
    order: Order<Fulfil, ContainerChange>,
) -> Result<Response, Refused> {
    let id = container(&app, &serial).await?;
    let asked = order.asked;
    let whose = match asked.customer.as_deref() {
        None => None,
        Some("") => Some(None),
        Some(text) => Some(Some(customer(text)?)),
    };
    let command = ContainerCommand::Describe {
        by: order.by.clone(),
        id,
        customer: whose,
        tolerance: asked.tolerance.map(|tolerance| Some(read_tolerance(tolerance))),
        anchored: asked.anchored,
    };
    carried_out(&app, (order.by, id), command, order.idempotency).await
}

/// Give a lost container up: its generation is revoked, its licenses are free again.
#[utoipa::path(
    post, path = "/api/v1/containers/{serial}/lost", tag = "containers", operation_id = "lose_container",
    params(("serial" = String, Path, description = "Serial")), request_body = LossRequest,
    responses(
        (status = 200, description = "The container", body = ContainerDetail),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn lost(
    State(app): State<App>,
    Path(serial): Path<String>,
    LightOrder(order): LightOrder<Fulfil, LossRequest>,
) -> Result<Response, Refused> {
    give_up(&app, &serial, order, Gone::Lost).await
}

/// Give a broken container up: its generation is revoked, its licenses are free again.
#[utoipa::path(
    post, path = "/api/v1/containers/{serial}/broken", tag = "containers", operation_id = "break_container",
    params(("serial" = String, Path, description = "Serial")), request_body = LossRequest,
    responses(
        (status = 200, description = "The container", body = ContainerDetail),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
    ),
    security(("bearer" = ["fulfil"])),
)]
pub(crate) async fn broken(
    State(app): State<App>,
    Path(serial): Path<String>,
    LightOrder(order): LightOrder<Fulfil, LossRequest>,
) -> Result<Response, Refused> {
    give_up(&app, &serial, order, Gone::Broken).await
}

async fn give_up(
    app: &App,
    serial: &str,
    order: Order<Fulfil, LossRequest>,
    why: Gone,
) -> Result<Response, Refused> {
    let id = container(app, serial).await?;
    let (by, reason) = (Asker::Staff(order.by.clone()), said(order.asked.reason));
    let command = ContainerCommand::Replace { by, id, why, reason };
    carried_out(app, (order.by, id), command, order.idempotency).await
}

/// Decide about a container that is out of step.
#[utoipa::path(
    post, path = "/api/v1/containers/{serial}/rule", tag = "containers", operation_id = "rule_container",
    params(("serial" = String, Path, description = "Serial")), request_body = RuleRequest,
    responses(
        (status = 200, description = "The container", body = ContainerDetail),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
        (status = 409, description = "The ruling does not fit the container's state", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["keys"])),
)]
pub(crate) async fn rule(
    State(app): State<App>,
    Path(serial): Path<String>,
    order: Order<Keys, RuleRequest>,
) -> Result<Response, Refused> {
    let id = container(&app, &serial).await?;
    let ruling = match (order.asked.ruling, order.asked.key) {
        (WireRuling::NewGeneration, None) => Ruling::NewGeneration { key: None },
        (WireRuling::NewGeneration, Some(text)) => {
            let key =
                text.parse().map_err(|error| Code::BadValue.says(format!("`key`: {error}.")))?;
            Ruling::NewGeneration { key: Some(key) }
        }
        (_, Some(_)) => return Err(Code::BadValue.says("`key` is for `new-generation` only.")),
        (WireRuling::AcceptRestored, None) => {
            Ruling::AcceptRestored { forgotten: forgotten(&app, id).await? }
        }
        (WireRuling::Revoke, None) => Ruling::Revoke,
    };
    let (by, reason) = (order.by.clone(), said(order.asked.reason));
    let command = ContainerCommand::Rule { by, id, ruling, reason };
    carried_out(&app, (order.by, id), command, order.idempotency).await
}

/// Revoke a container: everything is withdrawn, and free again when its removal is credible.
#[utoipa::path(
    post, path = "/api/v1/containers/{serial}/revoke", tag = "containers", operation_id = "revoke_container",
    params(("serial" = String, Path, description = "Serial")), request_body = Reason,
    responses(
        (status = 200, description = "The container", body = ContainerDetail),
        (status = 202, description = "It waits for a second person", body = ApprovalRow),
    ),
    security(("bearer" = ["keys"])),
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    Path(serial): Path<String>,
    LightOrder(order): LightOrder<Keys, Reason>,
) -> Result<Response, Refused> {
    let id = container(&app, &serial).await?;
    let (by, reason) = (order.by.clone(), said(order.asked.reason));
    let command = ContainerCommand::Rule { by, id, ruling: Ruling::Revoke, reason };
    carried_out(&app, (order.by, id), command, order.idempotency).await
}

/// Rule that a move never arrived: the source gets back what the target never took.
#[utoipa::path(
    post, path = "/api/v1/containers/{serial}/moves/{nonce}/refund", tag = "containers",
    operation_id = "refund_move",
    params(
        ("serial" = String, Path, description = "Serial of the source"),
        ("nonce" = String, Path, description = "The nonce that names the move"),
    ),
    request_body = Reason,
    responses(
        (status = 200, description = "The container", body = ContainerDetail),
        (status = 409, description = "There is no such open move", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["keys"])),
)]
pub(crate) async fn refund(
    State(app): State<App>,
    Path((serial, nonce)): Path<(String, String)>,
    LightOrder(order): LightOrder<Keys, Reason>,
) -> Result<Response, Refused> {
    let id = container(&app, &serial).await?;
    let nonce = move_of(&app, &nonce, move |booked| booked.source == id, "source").await?;
    let (by, reason) = (order.by.clone(), said(order.asked.reason));
    let command = ContainerCommand::Refund { by, nonce, reason };
    carried_out(&app, (order.by, id), command, order.idempotency).await
}

/// Accept a move that only its target has told of: its source is gone, or a person has asked there.
#[utoipa::path(
    post, path = "/api/v1/containers/{serial}/moves/{nonce}/accept", tag = "containers",
    operation_id = "accept_move",
    params(
        ("serial" = String, Path, description = "Serial of the target"),
        ("nonce" = String, Path, description = "The nonce that names the move"),
    ),
    request_body = Reason,
    responses(
        (status = 200, description = "The container", body = ContainerDetail),
        (status = 409, description = "There is no such move, or the source has not so much by the books", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["keys"])),
)]
pub(crate) async fn accept(
    State(app): State<App>,
    Path((serial, nonce)): Path<(String, String)>,
    LightOrder(order): LightOrder<Keys, Reason>,
) -> Result<Response, Refused> {
    let id = container(&app, &serial).await?;
    let nonce = move_of(&app, &nonce, move |booked| booked.target == id, "target").await?;
    let (by, reason) = (order.by.clone(), said(order.asked.reason));
    let command = ContainerCommand::AcceptClaim { by, nonce, reason };
    carried_out(&app, (order.by, id), command, order.idempotency).await
}

/// The move with a nonce, where the container has this side of it.
async fn move_of(
    app: &App,
    nonce: &str,
    is_side: impl FnOnce(&Booked) -> bool + Send + 'static,
    side: &str,
) -> Result<Bytes, Refused> {
    let nonce: Bytes = serde_json::from_value(serde_json::Value::String(nonce.to_owned()))
        .map_err(|_| Code::NotFound.says("The nonce of a move is base64url text."))?;
    let asked = nonce.clone();
    let found = app.query(move |office, _| office.fleet().moves().get(&asked).is_some_and(is_side));
    if !found.await? {
        let text = format!("This container is not the {side} of such a move.");
        return Err(Code::NotFound.says(text));
    }
    Ok(nonce)
}

async fn carried_out(
    app: &App,
    (by, id): (String, ContainerId),
    command: ContainerCommand,
    idempotency: Option<Idempotency>,
) -> Result<Response, Refused> {
    match decided(app, by, Command::Container(command), idempotency).await? {
        Decided::Done(_) => shown(app, id).await,
        Decided::Waits(answer) => Ok(answer),
    }
}

async fn shown(app: &App, id: ContainerId) -> Result<Response, Refused> {
    let found = app
        .query(move |office, _| office.fleet().get(id).map(|known| wire_detail(office, known)))
        .await?;
    match found {
        Some(row) => Ok(json(StatusCode::OK, &row)),
        None => Err(Code::NotFound.says("The office does not know this container.")),
    }
}
