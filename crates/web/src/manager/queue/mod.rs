//! Who waits for seats, in the order of their turns.
//!
//! Kept here: an estimate is told as roughly as it is known; a ticket that seats are held for says so, and until when.
//! Deliberately not here: the order, which the server decides; taking a ticket out (`end`).

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tenure_api::{DesiredFeature, Page, TicketRow};
use tenure_document::Version;

use super::holding::{self, Device, User, feature_href, lease_href};
use crate::component::{Badge, Tone, When};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Pages, sheet};

mod end;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/queue", get(list))
        .route("/queue.csv", get(file))
        .route("/queue/{id}/end", get(end::ask).post(end::end))
}

const COLUMNS: &[Column] = &[
    Column::text("Ticket"),
    Column::sorted_figure("Place", "position"),
    Column::sorted("User", "user"),
    Column::sorted("Device", "holder"),
    Column::text("Waits for"),
    Column::sorted("Since", "since"),
    Column::sorted("Until at most", "expires_at"),
    Column::text("State"),
    Column::text("Act"),
];

#[derive(Template)]
#[template(path = "manager/queue/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    names: Vec<String>,
    rows: Vec<Row>,
    is_whole: bool,
    may_end: bool,
}

struct Row {
    id: String,
    place: u64,
    class: u32,
    user: User,
    device: Device,
    wants: Vec<(String, String, String)>,
    since: When,
    until: When,
    badge: Badge,
    offered_until: Option<When>,
    leases: Vec<(String, String)>,
    estimate: Option<String>,
}

/// `GET /queue`.
async fn list(me: Member, asked: Asked) -> Answer {
    let path = asked.to_api(&me, "/api/v1/queue", &["feature"]);
    let (page, names) = tokio::join!(me.get::<Page<TicketRow>>(&path), holding::features(&me));
    let page = page?;
    let list = List::new(&me, &asked, COLUMNS, page.total);
    let is_whole = page.total == 0 && !list.is_narrowed();
    let may_end = me.may("drop-device");
    let rows = page.items.into_iter().map(row).collect();
    let desk = me.desk("Queue");
    Ok(show(StatusCode::OK, &ListPage { desk, list, names, rows, is_whole, may_end }))
}

fn row(row: TicketRow) -> Row {
    let badge = match row.offered_until {
        Some(_) => Badge::new(Tone::Good, "Seats held for it"),
        None => Badge::new(Tone::Wait, "Waiting"),
    };
    Row {
        user: User::of(&row.holder),
        device: Device::of(&row.holder),
        wants: row.features.iter().map(wanted).collect(),
        place: row.position,
        class: row.class,
        since: When(row.since),
        until: When(row.expires_at),
        badge,
        offered_until: row.offered_until.map(When),
        leases: row.leases.iter().map(|id| (lease_href(*id), id.to_string())).collect(),
        estimate: row.estimate_seconds.map(about),
        id: row.id,
    }
}

/// Address, name, and how many of which version.
fn wanted(feature: &DesiredFeature) -> (String, String, String) {
    let version = match feature.version == Version::ANY {
        true => String::new(),
        false => format!(", {} or later", feature.version),
    };
    let or_fewer = if feature.partial { " or fewer" } else { "" };
    let count = format!("× {}{or_fewer}{version}", feature.count);
    (feature_href(&feature.name), feature.name.clone(), count)
}

/// An estimate is no promise, so its seconds don't matter.
fn about(seconds: u64) -> String {
    match seconds {
        0..120 => "about a minute or two".to_owned(),
        120..7_200 => format!("about {} minutes", seconds.div_ceil(60)),
        7_200..172_800 => format!("about {} hours", seconds.div_ceil(3_600)),
        _ => format!("about {} days", seconds.div_ceil(86_400)),
    }
}

/// `GET /queue.csv`.
async fn file(me: Member, asked: Asked) -> Answer {
    let query = asked.filters(&["feature"]);
    let rows: Vec<TicketRow> =
        me.all("/api/v1/queue", &query).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = [
        "place",
        "ticket",
        "user",
        "device",
        "device_type",
        "alias",
        "waits_for",
        "class",
        "since",
        "expires_at",
        "state",
        "offered_until",
        "estimate_seconds",
    ];
    Ok(sheet("queue.csv", &heads, rows.into_iter().map(cells)))
}

fn cells(row: TicketRow) -> [String; 13] {
    let wants = row.features.iter();
    let wants = wants.map(|wanted| format!("{} {} x{}", wanted.name, wanted.version, wanted.count));
    [
        row.position.to_string(),
        row.id,
        row.holder.user.unwrap_or_default(),
        row.holder.host.value,
        row.holder.host.kind.to_string(),
        row.holder.name.unwrap_or_default(),
        wants.collect::<Vec<_>>().join(" and "),
        row.class.to_string(),
        row.since.to_string(),
        row.expires_at.to_string(),
        row.state,
        row.offered_until.map(|at| at.to_string()).unwrap_or_default(),
        row.estimate_seconds.map(|seconds| seconds.to_string()).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_in_words() {
        let words = [0, 119, 120, 3_600, 7_200, 200_000].map(about).join("; ");
        let expected = "about a minute or two; about a minute or two; about 2 minutes; about 60 minutes; about 2 hours; \
                        about 3 days";
        assert_eq!(words, expected);
    }
}
