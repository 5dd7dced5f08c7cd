//! One row per feature and version.
//!
//! Kept here: from a part of a name there is a way to just that name and back, the same for all lists of features.
//! Deliberately not here: what stands in a row (`row`), one feature with its use over time (`one`).

use askama::Template;
use axum::http::StatusCode;
use tenure_api::{FeatureRow, Page};

use super::row::{Row, counting};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, sheet};

const COLUMNS: &[Column] = &[
    Column::sorted("Feature", "name"),
    Column::sorted("Version", "version"),
    Column::sorted_figure("Total", "total"),
    Column::sorted("In use", "used"),
    Column::sorted_figure("Free", "available"),
    Column::text("Reserved"),
    Column::text("Overdraft"),
    Column::sorted("First ends", "first_expiry"),
    Column::sorted("Last ends", "last_expiry"),
    Column::text("Counting"),
    Column::sorted_figure("Denials", "denials"),
];

#[derive(Template)]
#[template(path = "manager/features/versions.html")]
struct VersionsPage {
    desk: Desk,
    tab: &'static str,
    list: List,
    rows: Vec<Row>,
    is_whole: bool,
    exactly: Option<(String, String)>,
    only: Option<(String, String)>,
}

/// An address and the name it is about, where there is one.
type Way = Option<(String, String)>;

/// From a part of a name to just that name, and back.
pub(super) fn exactness(asked: &Asked) -> (Way, Way) {
    let (q, name) = (asked.text("q"), asked.text("feature"));
    let exactly = (!q.is_empty() && name.is_empty())
        .then(|| (asked.with(&[("q", ""), ("feature", q)]), q.to_owned()));
    let only =
        (!name.is_empty()).then(|| (asked.with(&[("feature", ""), ("q", name)]), name.to_owned()));
    (exactly, only)
}

/// `GET /features`.
pub(super) async fn list(me: Member, asked: Asked) -> Answer {
    let path = asked.to_api(&me, "/api/v1/features", &["feature"]);
    let page: Page<FeatureRow> = me.get(&path).await?;
    let list = List::new(&me, &asked, COLUMNS, page.total);
    let is_whole = page.total == 0 && !list.is_narrowed();
    let rows = page.items.into_iter().map(Row::of_version).collect();
    let (exactly, only) = exactness(&asked);
    let desk = me.desk("Features");
    let page = VersionsPage { desk, tab: "versions", list, rows, is_whole, exactly, only };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /features.csv`.
pub(super) async fn file(me: Member, asked: Asked) -> Answer {
    let query = asked.filters(&["feature"]);
    let rows: Vec<FeatureRow> =
        me.all("/api/v1/features", &query).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = [
        "feature",
        "version",
        "total",
        "used",
        "available",
        "reserved",
        "reserved_idle",
        "overdraft",
        "overdraft_used",
        "borrowed",
        "first_expiry",
        "last_expiry",
        "counting",
        "items",
        "denials",
    ];
    Ok(sheet("features.csv", &heads, rows.into_iter().map(cells)))
}

fn cells(row: FeatureRow) -> [String; 15] {
    let figure = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
    [
        row.name,
        row.version.to_string(),
        figure(row.total),
        row.used.to_string(),
        figure(row.available),
        row.reserved.to_string(),
        row.reserved_idle.to_string(),
        figure(row.overdraft),
        row.overdraft_used.to_string(),
        row.borrowed.to_string(),
        row.first_expiry.map(|at| at.to_string()).unwrap_or_default(),
        row.last_expiry.map(|at| at.to_string()).unwrap_or_default(),
        counting(row.metered, row.uncounted).to_owned(),
        row.items.to_string(),
        row.denials.to_string(),
    ]
}
