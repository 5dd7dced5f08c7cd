//! The list of containers, and one with everything about it.
//!
//! Kept here: a container that is out of step says so, and who may rule about it; what was issued and not acknowledged
//! is counted in every row. Deliberately not here: the rulings (`rulings`), changes and updates (`change`).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::Page;
use tenure_api::office::{
    ActivationRow, Binding, ContainerDetail, ContainerRow, ContainerState, MoveRow, MoveState,
    Tolerance,
};

use crate::address::segment;
use crate::component::{Badge, Link, Share, When};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, sheet};
use crate::words;

pub(super) const API: &str = "/api/v1/containers";
pub(super) const HERE: &str = "/console/containers";
const FILTERS: [&str; 2] = ["customer", "state"];
const COLUMNS: &[Column] = &[
    Column::sorted("Container", "name"),
    Column::text("Kind"),
    Column::text("State"),
    Column::figure("Activations"),
    Column::figure("Not acknowledged"),
    Column::text("Customer"),
    Column::sorted("Last contact", "last_contact"),
];

/// The page of a container.
pub(super) fn page_of(serial: &str) -> String {
    format!("{HERE}/{}", segment(serial))
}

#[derive(Template)]
#[template(path = "console/containers/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    rows: Vec<Row>,
    states: Vec<(&'static str, String)>,
    state: String,
    customer: String,
}

struct Row {
    row: ContainerRow,
    kind: &'static str,
    badge: Badge,
    behind: u64,
}

fn row(row: ContainerRow) -> Row {
    Row {
        kind: words::kind(row.kind),
        badge: words::container(row.state),
        behind: row.issued.saturating_sub(row.acknowledged),
        row,
    }
}

/// `GET /console/containers`.
pub(super) async fn list(me: Member, asked: Asked) -> Answer {
    let found: Page<ContainerRow> = me.get(&asked.to_api(&me, API, &FILTERS)).await?;
    let states = ContainerState::ALL.map(|state| (state.word(), words::container(state).word));
    let page = ListPage {
        desk: me.desk("Containers"),
        list: List::new(&me, &asked, COLUMNS, found.total),
        rows: found.items.into_iter().map(row).collect(),
        states: states.to_vec(),
        state: asked.text("state").to_owned(),
        customer: asked.text("customer").to_owned(),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /console/containers.csv`.
pub(super) async fn file(me: Member, asked: Asked) -> Answer {
    let found: Vec<ContainerRow> =
        me.all(API, &asked.filters(&FILTERS)).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = [
        "serial",
        "name",
        "kind",
        "generation",
        "state",
        "customer",
        "activations",
        "acknowledged",
        "issued",
        "first_contact",
        "last_contact",
    ];
    let rows = found.into_iter().map(|one| {
        [
            one.serial,
            one.name,
            words::kind(one.kind).to_owned(),
            one.generation.to_string(),
            one.state.to_string(),
            one.customer.unwrap_or_default(),
            one.activations.to_string(),
            one.acknowledged.to_string(),
            one.issued.to_string(),
            one.first_contact.map(|at| at.to_string()).unwrap_or_default(),
            one.last_contact.map(|at| at.to_string()).unwrap_or_default(),
        ]
    });
    Ok(sheet("containers.csv", &heads, rows))
}

#[derive(Template)]
#[template(path = "console/containers/one.html")]
struct DetailPage {
    desk: Desk,
    one: Row,
    detail: ContainerDetail,
    held: Vec<Held>,
    moves: Vec<Moved>,
    fit: Option<Fit>,
    tolerance: &'static str,
    may: bool,
    may_rule: bool,
    may_send: bool,
    out_of_step: bool,
    gone: bool,
}

struct Held {
    row: ActivationRow,
    badge: Badge,
}

struct Moved {
    row: MoveRow,
    count: String,
    badge: Badge,
    /// The office can rule that it never took place.
    open: bool,
    /// Nobody but this container, its target, has told of it.
    claimed: bool,
}

/// How well the machine fitted at the last contact.
struct Fit {
    share: Share,
    words: String,
}

fn fit(binding: Binding) -> Fit {
    let Binding { matched, total, threshold } = binding;
    let mut share = Share::new(matched.into(), total.into());
    share.mark = Some(threshold.into());
    Fit { share, words: format!("{matched} of {total} points, {threshold} needed") }
}

/// How much of a machine may change, in words.
pub(super) fn tolerance(tolerance: Option<Tolerance>) -> &'static str {
    match tolerance {
        None => "As the policy says",
        Some(Tolerance::Loose) => "Loose: 40 % must still be the same",
        Some(Tolerance::Medium) => "Medium: 60 % must still be the same",
        Some(Tolerance::Strict) => "Strict: 80 % must still be the same",
    }
}

/// The container that an address names.
pub(super) async fn found(me: &Member, serial: &str) -> Result<ContainerDetail, Response> {
    match me.api().get(&format!("{API}/{}", segment(serial))).await {
        Ok(found) => Ok(found),
        Err(trouble) if matches!(trouble.status().as_u16(), 400 | 404 | 422) => {
            let back = Link { href: HERE.to_owned(), words: "All containers".to_owned() };
            Err(me.nothing(&trouble.detail(), back))
        }
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}

/// Whether somebody must rule before anything is issued again.
pub(super) fn is_out_of_step(state: ContainerState) -> bool {
    matches!(state, ContainerState::Rollback | ContainerState::Fork | ContainerState::Clone)
}

/// `GET /console/containers/{serial}`.
pub(super) async fn detail(me: Member, Path(serial): Path<String>) -> Answer {
    let found = found(&me, &serial).await?;
    let state = found.container.state;
    let held = found
        .activations
        .iter()
        .map(|row| Held { badge: words::activation(row.state), row: row.clone() });
    let moves = found.moves.iter().map(|row| Moved {
        count: words::count(row.count),
        badge: words::moved(row.state),
        open: row.state == MoveState::InTransit
            && row.from.as_deref() == Some(found.container.serial.as_str()),
        claimed: row.state == MoveState::Claimed
            && row.to.as_deref() == Some(found.container.serial.as_str()),
        row: row.clone(),
    });
    let title = match found.container.name.as_str() {
        "" => found.container.serial.clone(),
        name => name.to_owned(),
    };
    let page = DetailPage {
        desk: me.desk(title),
        one: row(found.container.clone()),
        held: held.collect(),
        moves: moves.collect(),
        fit: found.binding.map(fit),
        tolerance: tolerance(found.tolerance),
        may: me.may("fulfil"),
        may_rule: me.may("keys"),
        may_send: me.may("support") || me.may("fulfil"),
        out_of_step: is_out_of_step(state),
        gone: matches!(
            state,
            ContainerState::Lost | ContainerState::Broken | ContainerState::Revoked
        ),
        detail: found,
    };
    Ok(show(StatusCode::OK, &page))
}
