//! One row per license item, also those that have not begun or have ended.
//!
//! Kept here: the state is the one that the server tells, so that the list agrees with what it grants. Deliberately
//! not here: figures over items (`versions`, `summary`), all terms of one (`item`).

use askama::Template;
use axum::http::StatusCode;
use tenure_api::{ItemRow, Page};

use super::row::{limit, share};
use super::versions::exactness;
use crate::component::{Badge, Share, Tone, When};
use crate::icon::Icon;
use crate::manager::holding::{feature_href, item_href};
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, sheet};
use crate::words;

const COLUMNS: &[Column] = &[
    Column::sorted("Item", "id"),
    Column::sorted("Feature", "feature"),
    Column::sorted("Version", "version"),
    Column::sorted_figure("Count", "count"),
    Column::sorted("In use", "used"),
    Column::text("Reserved"),
    Column::sorted("Begins", "start"),
    Column::sorted("Ends", "expiry"),
    Column::text("State"),
    Column::text("One seat per"),
];

#[derive(Template)]
#[template(path = "manager/features/items.html")]
struct ItemsPage {
    desk: Desk,
    tab: &'static str,
    list: List,
    rows: Vec<Row>,
    is_whole: bool,
    exactly: Option<(String, String)>,
    only: Option<(String, String)>,
}

/// An item as a list shows it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) feature: String,
    pub(super) feature_href: String,
    pub(super) version: String,
    pub(super) count: String,
    pub(super) used: u64,
    pub(super) share: Option<Share>,
    pub(super) reserved: u64,
    pub(super) reserved_idle: u64,
    pub(super) start: Option<When>,
    pub(super) end: Option<When>,
    pub(super) badge: Badge,
    pub(super) seat: String,
    pub(super) metered: bool,
}

impl Row {
    pub(super) fn new(row: &ItemRow) -> Self {
        Self {
            id: row.id.clone(),
            href: item_href(&row.id),
            feature: row.feature.clone(),
            feature_href: feature_href(&row.feature),
            version: row.version.to_string(),
            count: limit(row.count),
            used: row.used,
            share: share(row.used, row.reserved_idle, row.count),
            reserved: row.reserved,
            reserved_idle: row.reserved_idle,
            start: row.start.map(When),
            end: row.expiry.map(When),
            badge: state(&row.state),
            seat: words::plain(&row.seat_basis),
            metered: row.kind == "metered",
        }
    }
}

/// Whether an item can be used.
pub(super) fn state(word: &str) -> Badge {
    match word {
        "live" => Badge::new(Tone::Good, "Live"),
        "not-started" => Badge::new(Tone::Tell, "Has not begun"),
        "in-grace" => Badge::new(Tone::Wait, "Ended, days of grace"),
        "ended" => Badge::new(Tone::Idle, "Ended"),
        other => Badge::new(Tone::Idle, words::plain(other)),
    }
}

/// `GET /features/items`.
pub(super) async fn list(me: Member, asked: Asked) -> Answer {
    let path = asked.to_api(&me, "/api/v1/container/items", &["feature"]);
    let page: Page<ItemRow> = me.get(&path).await?;
    let list = List::new(&me, &asked, COLUMNS, page.total);
    let is_whole = page.total == 0 && !list.is_narrowed();
    let rows = page.items.iter().map(Row::new).collect();
    let (exactly, only) = exactness(&asked);
    let desk = me.desk("Features");
    let page = ItemsPage { desk, tab: "items", list, rows, is_whole, exactly, only };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /features/items.csv`.
pub(super) async fn file(me: Member, asked: Asked) -> Answer {
    let query = asked.filters(&["feature"]);
    let rows: Vec<ItemRow> =
        me.all("/api/v1/container/items", &query).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = [
        "item",
        "feature",
        "version",
        "count",
        "used",
        "reserved",
        "reserved_idle",
        "start",
        "expiry",
        "state",
        "kind",
        "seat_basis",
        "terms",
    ];
    Ok(sheet("items.csv", &heads, rows.into_iter().map(cells)))
}

fn cells(row: ItemRow) -> [String; 13] {
    [
        row.id,
        row.feature,
        row.version.to_string(),
        row.count.map(|count| count.to_string()).unwrap_or_default(),
        row.used.to_string(),
        row.reserved.to_string(),
        row.reserved_idle.to_string(),
        row.start.map(|at| at.to_string()).unwrap_or_default(),
        row.expiry.map(|at| at.to_string()).unwrap_or_default(),
        row.state,
        row.kind,
        row.seat_basis,
        row.terms.to_string(),
    ]
}
