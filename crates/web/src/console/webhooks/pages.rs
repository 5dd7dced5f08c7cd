//! The list of web hooks, and one with its messages.
//!
//! Kept here: only administrators see where messages go; a hook that was switched off because it failed looks other
//! than one that somebody switched off. Deliberately not here: acts and secrets (`act`, `form`), sending (the office).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::Page;
use tenure_api::office::{Delivery, DeliveryState, Webhook};

use crate::address::segment;
use crate::component::{Badge, Link, Tone, When};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, sheet};
use crate::words::plain;

pub(super) const API: &str = "/api/v1/webhooks";
pub(super) const HERE: &str = "/console/webhooks";
const COLUMNS: &[Column] = &[
    Column::text("Goes to"),
    Column::text("Told of"),
    Column::text("State"),
    Column::figure("Waiting"),
    Column::figure("Given up"),
];
const DELIVERY_COLUMNS: &[Column] = &[
    Column::text("Message"),
    Column::text("Happened"),
    Column::text("State"),
    Column::figure("Attempts"),
    Column::text("Next try"),
    Column::text("What went wrong"),
];

/// A web hook as pages show it.
pub(super) struct Row {
    pub(super) href: String,
    pub(super) hook: Webhook,
    pub(super) badge: Badge,
    pub(super) events: String,
}

pub(super) fn page_of(id: &str) -> String {
    format!("{HERE}/{}", segment(id))
}

fn badge(hook: &Webhook) -> Badge {
    match (hook.enabled, hook.switched_off, hook.failing_since) {
        (true, _, None) => Badge::new(Tone::Good, "On"),
        (true, _, Some(_)) => Badge::new(Tone::Wait, "Failing"),
        (false, true, _) => Badge::new(Tone::Bad, "Switched off: it failed for days"),
        (false, false, _) => Badge::new(Tone::Idle, "Off"),
    }
}

pub(super) fn row(hook: Webhook) -> Row {
    let is_all = hook.events.is_empty() || hook.events.iter().any(|event| event == "*");
    Row {
        href: page_of(&hook.id),
        badge: badge(&hook),
        events: if is_all { "Everything".to_owned() } else { hook.events.join(", ") },
        hook,
    }
}

#[derive(Template)]
#[template(path = "console/webhooks/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    rows: Vec<Row>,
}

/// `GET /console/webhooks`.
pub(super) async fn list(me: Member, asked: Asked) -> Answer {
    me.must("admin")?;
    let found: Page<Webhook> = me.get(&asked.to_api(&me, API, &[])).await?;
    let page = ListPage {
        desk: me.desk("Web hooks"),
        list: List::new(&me, &asked, COLUMNS, found.total),
        rows: found.items.into_iter().map(row).collect(),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /console/webhooks.csv`.
pub(super) async fn file(me: Member, asked: Asked) -> Answer {
    me.must("admin")?;
    let found: Vec<Webhook> =
        me.all(API, &asked.filters(&[])).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads =
        ["id", "url", "events", "description", "enabled", "failing_since", "waiting", "given_up"];
    let rows = found.into_iter().map(|hook| {
        [
            hook.id,
            hook.url,
            hook.events.join(" "),
            hook.description,
            hook.enabled.to_string(),
            hook.failing_since.map(|at| at.to_string()).unwrap_or_default(),
            hook.waiting.to_string(),
            hook.given_up.to_string(),
        ]
    });
    Ok(sheet("webhooks.csv", &heads, rows))
}

/// The web hook that an address names.
pub(super) async fn found(me: &Member, id: &str) -> Result<Webhook, Response> {
    me.must("admin")?;
    match me.api().get(&format!("{API}/{}", segment(id))).await {
        Ok(hook) => Ok(hook),
        Err(trouble) if matches!(trouble.status().as_u16(), 400 | 404 | 422) => {
            let back = Link { href: HERE.to_owned(), words: "All web hooks".to_owned() };
            Err(me.nothing(&trouble.detail(), back))
        }
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}

#[derive(Template)]
#[template(path = "console/webhooks/one.html")]
struct OnePage {
    desk: Desk,
    row: Row,
    list: List,
    deliveries: Vec<Sending>,
}

struct Sending {
    event: String,
    badge: Badge,
    delivery: Delivery,
}

fn sending(delivery: Delivery) -> Sending {
    let badge = match (delivery.state, delivery.attempts) {
        (DeliveryState::Waiting, 0) => Badge::new(Tone::Wait, "Waiting"),
        (DeliveryState::Waiting, _) => Badge::new(Tone::Wait, "Will be tried again"),
        (DeliveryState::Delivered, _) => Badge::new(Tone::Good, "Delivered"),
        (DeliveryState::GivenUp, _) => Badge::new(Tone::Bad, "Given up"),
    };
    Sending { event: plain(&delivery.event), badge, delivery }
}

/// `GET /console/webhooks/{id}`.
pub(super) async fn detail(me: Member, Path(id): Path<String>, asked: Asked) -> Answer {
    let hook = found(&me, &id).await?;
    let path = format!("{API}/{}/deliveries", segment(&hook.id));
    let sent: Page<Delivery> = me.get(&asked.to_api(&me, &path, &[])).await?;
    let page = OnePage {
        desk: me.desk(format!("Web hook {}", hook.id)),
        list: List::new(&me, &asked, DELIVERY_COLUMNS, sent.total),
        deliveries: sent.items.into_iter().map(sending).collect(),
        row: row(hook),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /console/webhooks/{id}/deliveries.csv`.
pub(super) async fn deliveries_file(me: Member, Path(id): Path<String>, asked: Asked) -> Answer {
    let hook = found(&me, &id).await?;
    let path = format!("{API}/{}/deliveries", segment(&hook.id));
    let sent: Vec<Delivery> =
        me.all(&path, &asked.filters(&[])).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = ["id", "event", "at", "state", "attempts", "next_at", "fault"];
    let rows = sent.into_iter().map(|one| {
        let state = match one.state {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Delivered => "delivered",
            DeliveryState::GivenUp => "given-up",
        };
        [
            one.id,
            one.event,
            one.at.to_string(),
            state.to_owned(),
            one.attempts.to_string(),
            one.next_at.map(|at| at.to_string()).unwrap_or_default(),
            one.fault.unwrap_or_default(),
        ]
    });
    Ok(sheet("deliveries.csv", &heads, rows))
}
