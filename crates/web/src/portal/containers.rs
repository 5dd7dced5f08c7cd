//! The visitor's devices: what they hold, what waits for them, how it moved.
//!
//! Shown is only what comes from the entered IDs; the API leaves out the rest. Deliberately not here: what the
//! buttons do (`wishes`).

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{ActivationState, ContainerState, PortalContainer};

use super::choose::STEPS;
use super::visitor::{Portal, Visitor, containers, look_up};
use crate::component::{Badge, Link, Notice, Steps, Tone, When};
use crate::icon::Icon;
use crate::site::{Frame, Inside, show as render};
use crate::words;

#[derive(Template)]
#[template(path = "portal/containers.html")]
struct ListPage {
    frame: Frame,
    notice: Option<Notice>,
    rows: Vec<Row>,
}

struct Row {
    serial: String,
    name: String,
    kind: &'static str,
    badge: Badge,
    licenses: String,
    pending: u64,
    last_contact: Option<When>,
}

#[derive(Template)]
#[template(path = "portal/container.html")]
struct ContainerPage {
    frame: Frame,
    steps: Option<Steps>,
    notice: Option<Notice>,
    advice: &'static str,
    row: Row,
    held: Vec<Held>,
    moves: Vec<Moved>,
    takes_updates: bool,
}

struct Held {
    activation: String,
    product: String,
    quantity: u32,
    badge: Badge,
    since: When,
    free_at: Option<When>,
    returnable: bool,
}

struct Moved {
    item: String,
    count: String,
    way: String,
    badge: Badge,
    at: Option<When>,
}

fn row(one: &PortalContainer) -> Row {
    let held = one.activations.iter().filter(|held| is_held(held.state));
    let licenses: u64 = held.fold(0, |sum, held| sum.saturating_add(held.quantity.into()));
    Row {
        serial: one.serial.clone(),
        name: one.name.clone(),
        kind: words::kind(one.kind),
        badge: words::container(one.state),
        licenses: words::so_many(licenses, "license", "licenses"),
        pending: one.pending,
        last_contact: one.last_contact.map(When),
    }
}

fn is_held(state: ActivationState) -> bool {
    !matches!(
        state,
        ActivationState::Returned | ActivationState::WrittenOff | ActivationState::Cancelled
    )
}

/// `GET /portal/containers`.
pub(crate) async fn list(
    State(site): State<Portal>,
    inside: Inside<Visitor>,
    RawQuery(query): RawQuery,
) -> Response {
    let notice = (query.as_deref() == Some("nothing")).then(|| {
        let text = "It may have been activated already: then it stands below, at its device.";
        Notice::new(Tone::Tell, "Nothing is chosen any more", text)
    });
    list_with(&site, &inside, notice).await
}

/// The list under a notice.
pub(super) async fn list_with(
    site: &Portal,
    inside: &Inside<Visitor>,
    notice: Option<Notice>,
) -> Response {
    match containers(&site.api(&inside.visit, None), &inside.holds.ids).await {
        Ok(found) => {
            let frame = site.frame(&inside.visit, "Your devices");
            let rows = found.iter().map(row).collect();
            render(StatusCode::OK, &ListPage { frame, notice, rows })
        }
        Err(trouble) => site.sorry(&inside.visit, &trouble),
    }
}

/// The container of this serial, among those of the visitor.
pub(super) async fn found(
    site: &Portal,
    inside: &Inside<Visitor>,
    serial: &str,
) -> Result<PortalContainer, Response> {
    let known = containers(&site.api(&inside.visit, None), &inside.holds.ids).await;
    let known = known.map_err(|trouble| site.sorry(&inside.visit, &trouble))?;
    known.into_iter().find(|one| one.serial == serial).ok_or_else(|| {
        let next =
            Link { href: "/portal/containers".to_owned(), words: "To your devices".to_owned() };
        let text = "None of your activation IDs has a license in a device with this serial.";
        let title = "This device is not among yours";
        site.error(&inside.visit, StatusCode::NOT_FOUND, title, text, next)
    })
}

/// The page of one container.
pub(super) async fn show_notice(
    site: &Portal,
    inside: &Inside<Visitor>,
    serial: &str,
    notice: Option<Notice>,
    activated: bool,
) -> Response {
    let one = match found(site, inside, serial).await {
        Ok(one) => one,
        Err(response) => return response,
    };
    let looked_up = match look_up(&site.api(&inside.visit, None), &inside.holds.ids).await {
        Ok(looked_up) => looked_up,
        Err(trouble) => return site.sorry(&inside.visit, &trouble),
    };
    let returnable = |id: &str, line: u32| {
        let entitlement = looked_up.entitlements.iter().find(|one| one.activation_id == id);
        let line = entitlement.and_then(|one| one.lines.iter().find(|one| one.line == line));
        line.is_some_and(|line| line.returnable)
    };
    let held = one.activations.iter().map(|held| Held {
        activation: held.activation.clone(),
        product: held.product.clone(),
        quantity: held.quantity,
        badge: words::activation(held.state),
        since: When(held.since),
        free_at: held.free_at.map(When),
        returnable: one.state == ContainerState::Known
            && returnable(&held.activation_id, held.line)
            && matches!(
                held.state,
                ActivationState::Assigned | ActivationState::Delivered | ActivationState::Confirmed
            ),
    });
    let moves = one.moves.iter().map(|moved| Moved {
        item: moved.item.clone(),
        count: words::count(moved.count),
        way: way(serial, moved.from.as_deref(), moved.to.as_deref()),
        badge: words::moved(moved.state),
        at: moved.at.map(When),
    });
    let title = if one.name.is_empty() { one.serial.clone() } else { one.name.clone() };
    let page = ContainerPage {
        frame: site.frame(&inside.visit, title),
        steps: activated.then_some(Steps {
            label: "Steps of the activation",
            words: &STEPS,
            at: 4,
        }),
        notice,
        advice: words::container_advice(one.state),
        row: row(&one),
        held: held.collect(),
        moves: moves.collect(),
        takes_updates: one.state == ContainerState::Known,
    };
    render(StatusCode::OK, &page)
}

fn way(here: &str, from: Option<&str>, to: Option<&str>) -> String {
    match (from, to) {
        (Some(from), _) if from != here => format!("From {from}"),
        (_, Some(to)) if to != here => format!("To {to}"),
        _ => "Other side not known yet".to_owned(),
    }
}

async fn show_one(site: &Portal, inside: &Inside<Visitor>, serial: &str, query: &str) -> Response {
    let notice = match query {
        "activated" => Some(Notice::new(
            Tone::Good,
            "The licenses are reserved for this device",
            "They arrive with the update: fetch it below and take it to the device.",
        )),
        "returned" => Some(Notice::new(
            Tone::Good,
            "The return is noted",
            "Fetch the update below and take it to the device: it takes the license out. The receipt then frees it.",
        )),
        _ => None,
    };
    show_notice(site, inside, serial, notice, query == "activated").await
}

/// `GET /portal/containers/{serial}`.
pub(crate) async fn show(
    State(site): State<Portal>,
    inside: Inside<Visitor>,
    Path(serial): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    show_one(&site, &inside, &serial, query.as_deref().unwrap_or_default()).await
}

/// `GET` of what only takes forms.
pub(crate) async fn to_container(
    State(site): State<Portal>,
    inside: Inside<Visitor>,
    Path(serial): Path<String>,
) -> Response {
    show_one(&site, &inside, &serial, "").await
}
