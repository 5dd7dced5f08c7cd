//! One row per feature name, over all versions.
//!
//! Kept here: sums are the server's, never made of the rows of a page. Deliberately not here: figures that only a
//! version has, such as borrowed seats and the overdraft that is allowed (`versions`).

use askama::Template;
use axum::http::StatusCode;
use tenure_api::{FeatureSummary, Page};

use super::row::{Row, counting};
use super::versions::exactness;
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, sheet};

const COLUMNS: &[Column] = &[
    Column::sorted("Feature", "name"),
    Column::text("Versions"),
    Column::sorted_figure("Total", "total"),
    Column::sorted("In use", "used"),
    Column::sorted_figure("Free", "available"),
    Column::text("Reserved"),
    Column::text("Over the total"),
    Column::sorted("First ends", "first_expiry"),
    Column::sorted("Last ends", "last_expiry"),
    Column::text("Counting"),
    Column::sorted_figure("Denials", "denials"),
];

#[derive(Template)]
#[template(path = "manager/features/summary.html")]
struct SummaryPage {
    desk: Desk,
    tab: &'static str,
    list: List,
    rows: Vec<Row>,
    is_whole: bool,
    exactly: Option<(String, String)>,
    only: Option<(String, String)>,
}

/// `GET /features/summary`.
pub(super) async fn list(me: Member, asked: Asked) -> Answer {
    let path = asked.to_api(&me, "/api/v1/features/summary", &["feature"]);
    let page: Page<FeatureSummary> = me.get(&path).await?;
    let list = List::new(&me, &asked, COLUMNS, page.total);
    let is_whole = page.total == 0 && !list.is_narrowed();
    let rows = page.items.into_iter().map(Row::of_name).collect();
    let (exactly, only) = exactness(&asked);
    let desk = me.desk("Features");
    let page = SummaryPage { desk, tab: "summary", list, rows, is_whole, exactly, only };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /features/summary.csv`.
pub(super) async fn file(me: Member, asked: Asked) -> Answer {
    let query = asked.filters(&["feature"]);
    let rows: Vec<FeatureSummary> =
        me.all("/api/v1/features/summary", &query).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = [
        "feature",
        "versions",
        "total",
        "used",
        "available",
        "reserved",
        "reserved_idle",
        "overdraft_used",
        "first_expiry",
        "last_expiry",
        "counting",
        "denials",
    ];
    Ok(sheet("features-summary.csv", &heads, rows.into_iter().map(cells)))
}

fn cells(row: FeatureSummary) -> [String; 12] {
    let figure = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
    let versions: Vec<String> = row.versions.iter().map(ToString::to_string).collect();
    [
        row.name,
        versions.join(" "),
        figure(row.total),
        row.used.to_string(),
        figure(row.available),
        row.reserved.to_string(),
        row.reserved_idle.to_string(),
        row.overdraft_used.to_string(),
        row.first_expiry.map(|at| at.to_string()).unwrap_or_default(),
        row.last_expiry.map(|at| at.to_string()).unwrap_or_default(),
        counting(row.metered, row.uncounted).to_owned(),
        row.denials.to_string(),
    ]
}
