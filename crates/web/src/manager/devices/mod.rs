//! Devices and what they hold.
//!
//! Kept here: a device whose leases are dropped is still listed and says how many; long rows name the first features
//! and users and count the others, the file names all. Deliberately not here: one device (`one`), dropping it
//! (`removal`).

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tenure_api::{DeviceRow, Page};

use super::holding::{self, device_href, feature_href};
use crate::component::{Badge, Tone, When};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Pages, sheet};

mod one;
mod reach;
mod removal;
mod wished;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/devices", get(list))
        .route("/devices.csv", get(file))
        .route("/devices/{type}/{value}", get(one::show_one))
        .route("/devices/{type}/{value}/drop", get(removal::ask).post(removal::drop_device))
        .route("/devices/{type}/{value}/set", get(wished::ask).post(wished::set))
}

const COLUMNS: &[Column] = &[
    Column::sorted("Device", "host"),
    Column::text("Type"),
    Column::sorted("Alias", "name"),
    Column::text("Kind"),
    Column::text("Holds"),
    Column::sorted_figure("Leases", "leases"),
    Column::sorted_figure("Seats", "seats"),
    Column::text("Users"),
    Column::sorted("Until", "expires_at"),
    Column::sorted("Last seen", "last_seen"),
];

#[derive(Template)]
#[template(path = "manager/devices/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    names: Vec<String>,
    rows: Vec<Row>,
    is_whole: bool,
}

struct Row {
    href: String,
    value: String,
    of_kind: &'static str,
    alias: String,
    machine: &'static str,
    features: Vec<(String, String)>,
    more_features: usize,
    leases: u32,
    badge: Option<Badge>,
    seats: u64,
    users: String,
    until: Option<When>,
    seen: Option<When>,
}

/// Features and users named in a row; the rest is counted.
const NAMED: usize = 4;

/// `GET /devices`.
async fn list(me: Member, asked: Asked) -> Answer {
    let path = asked.to_api(&me, "/api/v1/devices", &["feature"]);
    let (page, names) = tokio::join!(me.get::<Page<DeviceRow>>(&path), holding::features(&me));
    let page = page?;
    let list = List::new(&me, &asked, COLUMNS, page.total);
    let is_whole = page.total == 0 && !list.is_narrowed();
    let rows = page.items.into_iter().map(row).collect();
    let desk = me.desk("Devices");
    Ok(show(StatusCode::OK, &ListPage { desk, list, names, rows, is_whole }))
}

fn row(row: DeviceRow) -> Row {
    let badge = match row.dropped {
        0 => None,
        all if all >= row.leases => Some(Badge::new(Tone::Wait, "Dropped")),
        some => Some(Badge::new(Tone::Wait, format!("{some} dropped"))),
    };
    let features = row.features.iter().take(NAMED);
    Row {
        href: device_href(&row.host),
        of_kind: row.host.kind.name(),
        value: row.host.value,
        alias: row.name.unwrap_or_default(),
        machine: holding::machine(row.kind),
        features: features.map(|name| (feature_href(name), name.clone())).collect(),
        more_features: row.features.len().saturating_sub(NAMED),
        leases: row.leases,
        badge,
        seats: row.seats,
        users: some_of(&row.users),
        until: row.expires_at.map(When),
        seen: row.last_seen.map(When),
    }
}

fn some_of(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// `GET /devices.csv`.
async fn file(me: Member, asked: Asked) -> Answer {
    let query = asked.filters(&["feature"]);
    let rows: Vec<DeviceRow> =
        me.all("/api/v1/devices", &query).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = [
        "device",
        "type",
        "alias",
        "machine",
        "leases",
        "dropped",
        "seats",
        "features",
        "users",
        "expires_at",
        "last_seen",
    ];
    Ok(sheet("devices.csv", &heads, rows.into_iter().map(cells)))
}

fn cells(row: DeviceRow) -> [String; 11] {
    [
        row.host.value,
        row.host.kind.to_string(),
        row.name.unwrap_or_default(),
        holding::machine(row.kind).to_owned(),
        row.leases.to_string(),
        row.dropped.to_string(),
        row.seats.to_string(),
        row.features.join(", "),
        row.users.join(", "),
        row.expires_at.map(|at| at.to_string()).unwrap_or_default(),
        row.last_seen.map(|at| at.to_string()).unwrap_or_default(),
    ]
}
