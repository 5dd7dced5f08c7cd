//! The list of activations, and one of them.
//!
//! Kept here: each state has its sentence on what comes next and when its units are free; an activation that is on its
//! way back offers no further acts. Deliberately not here: the acts (`acts`), words and tones of states (`words`).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::Page;
use tenure_api::office::{ActivationRow, ActivationState};

use crate::address::segment;
use crate::component::{Badge, Link, When};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, sheet};
use crate::words;

pub(super) const API: &str = "/api/v1/activations";
pub(super) const HERE: &str = "/console/activations";
const FILTERS: [&str; 4] = ["customer", "activation_id", "container", "state"];
const COLUMNS: &[Column] = &[
    Column::text("Activation"),
    Column::text("Product"),
    Column::figure("Units"),
    Column::text("Container"),
    Column::text("Customer"),
    Column::text("State"),
    Column::text("Since"),
];

/// Words of the states with their words on the wire, for fields of choices.
pub(crate) fn state_words() -> Vec<(&'static str, String)> {
    ActivationState::ALL.map(|state| (state.word(), words::activation(state).word)).to_vec()
}

#[derive(Template)]
#[template(path = "console/activations/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    rows: Vec<Row>,
    states: Vec<(&'static str, String)>,
    state: String,
    customer: String,
    activation_id: String,
    container: String,
    may: bool,
}

pub(super) struct Row {
    pub(super) row: ActivationRow,
    pub(super) badge: Badge,
}

fn row(row: ActivationRow) -> Row {
    Row { badge: words::activation(row.state), row }
}

/// `GET /console/activations`.
pub(super) async fn list(me: Member, asked: Asked) -> Answer {
    let found: Page<ActivationRow> = me.get(&asked.to_api(&me, API, &FILTERS)).await?;
    let text = |name: &str| asked.text(name).to_owned();
    let page = ListPage {
        desk: me.desk("Activations"),
        list: List::new(&me, &asked, COLUMNS, found.total),
        rows: found.items.into_iter().map(row).collect(),
        states: state_words(),
        state: text("state"),
        customer: text("customer"),
        activation_id: text("activation_id"),
        container: text("container"),
        may: me.may("fulfil"),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /console/activations.csv`.
pub(super) async fn file(me: Member, asked: Asked) -> Answer {
    let found: Vec<ActivationRow> =
        me.all(API, &asked.filters(&FILTERS)).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = [
        "activation",
        "activation_id",
        "line",
        "product",
        "quantity",
        "container",
        "customer",
        "state",
        "since",
        "free_at",
    ];
    let rows = found.into_iter().map(|one| {
        [
            one.activation,
            one.activation_id,
            one.line.to_string(),
            one.product,
            one.quantity.to_string(),
            one.serial,
            one.customer,
            one.state.to_string(),
            one.since.to_string(),
            one.free_at.map(|at| at.to_string()).unwrap_or_default(),
        ]
    });
    Ok(sheet("activations.csv", &heads, rows))
}

#[derive(Template)]
#[template(path = "console/activations/one.html")]
struct DetailPage {
    desk: Desk,
    one: Row,
    advice: &'static str,
    may: bool,
}

/// The activation that an address names.
pub(super) async fn found(me: &Member, activation: &str) -> Result<ActivationRow, Response> {
    match me.api().get(&format!("{API}/{}", segment(activation))).await {
        Ok(found) => Ok(found),
        Err(trouble) if matches!(trouble.status().as_u16(), 400 | 404 | 422) => {
            let back = Link { href: HERE.to_owned(), words: "All activations".to_owned() };
            Err(me.nothing(&trouble.detail(), back))
        }
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}

/// Whether it is in a container, or on its way there, and not on its way back.
fn is_live(state: ActivationState) -> bool {
    matches!(
        state,
        ActivationState::Assigned | ActivationState::Delivered | ActivationState::Confirmed
    )
}

fn advice(state: ActivationState) -> &'static str {
    match state {
        ActivationState::Assigned => {
            "The next update of its container brings it. Until that is fetched, taking it back costs nothing."
        }
        ActivationState::Delivered => {
            "An update with it went out. It counts as used until the container's receipt says otherwise."
        }
        ActivationState::Confirmed => "The container has it: its own signed receipt says so.",
        ActivationState::ReturnAsked => "The next update of its container takes it out.",
        ActivationState::ReturnedWithoutReceipt => {
            "An update that takes it out went out. Its units are free when the receipt has come back."
        }
        ActivationState::CoolingDown => {
            "The container says that it is out. Its units are free after a while, because a restored backup could \
             still hold it."
        }
        ActivationState::Returned => "Its units are free.",
        ActivationState::WrittenOff => "Its container was given up; its units are free.",
        ActivationState::Cancelled => "No update ever held it; its units are free.",
    }
}

/// `GET /console/activations/{activation}`.
pub(super) async fn detail(me: Member, Path(activation): Path<String>) -> Answer {
    let found = found(&me, &activation).await?;
    let page = DetailPage {
        desk: me.desk(format!("Activation {}", found.activation)),
        advice: advice(found.state),
        may: me.may("fulfil") && is_live(found.state),
        one: row(found),
    };
    Ok(show(StatusCode::OK, &page))
}
