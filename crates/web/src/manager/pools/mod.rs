//! Named license pools: what each should have, has, has in use and lacks, feature by feature.
//!
//! Kept here: a pool with very many features shows the first of them in the list and all of them on its own page.
//! Deliberately not here: what a pool gets and why (the model, whose lines are linked).

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use tenure_api::{Page, PoolItemRow, PoolRow, PoolSliceRow};

use crate::address::segment;
use crate::component::{Badge, Link, Notice, Tone};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Pages, sheet};
use crate::words::so_many;

pub(crate) mod table;

use table::{Line, Seats, lines};

/// Features of a pool that the list shows, where the pools of a page leave room for so many.
const FEATURES_SHOWN: usize = 8;
/// Rows of the list: what a browser still shows at once.
const LINES_SHOWN: usize = 150;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/pools", get(list))
        .route("/pools.csv", get(file))
        .route("/pools/{name}", get(one))
}

const COLUMNS: &[Column] = &[
    Column::sorted("Pool", "name"),
    Column::text("Feature"),
    Column::text("The model gives"),
    Column::figure("Should have"),
    Column::figure("Has"),
    Column::sorted_figure("In use", "used"),
    Column::sorted_figure("Reserved", "reserved"),
    Column::figure("Free"),
    Column::sorted_figure("Short", "short"),
    Column::text("Status"),
];

/// A pool in the list.
struct PoolShown {
    name: String,
    href: String,
    kind: &'static str,
    model_line: Option<String>,
    lines: Vec<Line>,
    /// Features that are not shown, in words.
    more: Option<String>,
}

#[derive(Template)]
#[template(path = "manager/pools/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    pools: Vec<PoolShown>,
    /// There is no pool but the default one.
    is_unshared: bool,
    short: Option<Notice>,
    /// Of one feature only.
    feature: String,
    may_set: bool,
}

/// `GET /pools`.
async fn list(me: Member, asked: Asked) -> Answer {
    let found: Page<PoolRow> = me.get(&asked.to_api(&me, "/api/v1/pools", &["feature"])).await?;
    let list = List::new(&me, &asked, COLUMNS, found.total);
    let is_unshared = !list.is_narrowed() && found.items.iter().all(|row| row.kind == "default");
    let each = (LINES_SHOWN / found.items.len().max(1)).clamp(1, FEATURES_SHOWN);
    let pools: Vec<PoolShown> = found.items.iter().map(|pool| shown(pool, each)).collect();
    let page = ListPage {
        desk: me.desk("Named license pools"),
        short: short(found.items.iter().filter(|row| row.short > 0).count()),
        list,
        pools,
        is_unshared,
        feature: asked.text("feature").to_owned(),
        may_set: me.may("admin"),
    };
    Ok(show(StatusCode::OK, &page))
}

fn shown(pool: &PoolRow, each: usize) -> PoolShown {
    let mut all = lines(pool);
    let more = all.len().saturating_sub(each);
    all.truncate(each);
    PoolShown {
        name: pool.name.clone(),
        href: href(&pool.name),
        kind: kind(&pool.kind),
        model_line: pool.line.map(model_line),
        lines: all,
        more: (more > 0).then(|| so_many(more as u64, "more feature", "more features")),
    }
}

fn short(pools: usize) -> Option<Notice> {
    let one = "pool on this page has fewer seats than the model states";
    let many = "pools on this page have fewer seats than the model states";
    let text = "Pools are filled in the order of the text, and the seats did not suffice. A pool that is short fills \
                up by itself when there are more.";
    (pools > 0).then(|| Notice::new(Tone::Wait, so_many(pools as u64, one, many), text))
}

/// The page of a pool. A browser would take two names for a walk along the path; these are searched for.
fn href(name: &str) -> String {
    match name {
        "." | ".." => format!("/pools?q={name}"),
        name => format!("/pools/{}", segment(name)),
    }
}

/// What a kind of pool means.
fn kind(kind: &str) -> &'static str {
    match kind {
        "default" => "What no pool takes",
        "leaving" => "No longer in the model; goes when its last lease is back",
        _ => "",
    }
}

/// The address of a line of the model.
fn model_line(line: u32) -> String {
    format!("/model?line={line}#L{line}")
}

/// `GET /pools.csv`.
async fn file(me: Member, asked: Asked) -> Answer {
    let rows: Vec<PoolRow> = me
        .all("/api/v1/pools", &asked.filters(&["feature"]))
        .await
        .map_err(|trouble| me.sorry(&trouble))?;
    let heads = [
        "Pool",
        "Kind",
        "Feature",
        "Versions",
        "The model gives",
        "Should have",
        "Has",
        "In use",
        "Reserved",
        "Free",
        "Short",
        "Status",
    ];
    let cells = rows.iter().flat_map(|pool| {
        lines(pool).into_iter().map(|line| {
            vec![
                pool.name.clone(),
                pool.kind.clone(),
                line.feature,
                line.versions,
                line.stated,
                line.target.to_string(),
                line.allotted.to_string(),
                line.used.to_string(),
                line.reserved.to_string(),
                line.free.to_string(),
                line.short.to_string(),
                line.status.word,
            ]
        })
    });
    Ok(sheet("pools.csv", &heads, cells))
}

/// A slice as the model states it.
struct SliceShown {
    wanted: Seats,
    given: Seats,
    line: String,
    row: PoolSliceRow,
}

struct ItemShown {
    target: Seats,
    allotted: Seats,
    free: Seats,
    overdraft: Seats,
    status: Badge,
    row: PoolItemRow,
}

#[derive(Template)]
#[template(path = "manager/pools/one.html")]
struct OnePage {
    desk: Desk,
    name: String,
    kind: &'static str,
    lines: Vec<Line>,
    slices: Vec<SliceShown>,
    items: Vec<ItemShown>,
    cut: Option<Notice>,
    model_line: Option<String>,
}

/// Rows of a table on the page of one pool.
const ROWS_MAX: usize = 250;

/// `GET /pools/{name}`.
async fn one(me: Member, Path(name): Path<String>) -> Answer {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", &name).finish();
    let rows: Vec<PoolRow> =
        me.all("/api/v1/pools", &query).await.map_err(|trouble| me.sorry(&trouble))?;
    let Some(mut pool) = rows.into_iter().find(|row| row.name == name) else {
        return Err(no_such_pool(&me, &name));
    };
    let mut all = lines(&pool);
    let most = all.len().max(pool.slices.len()).max(pool.items.len());
    let cut = (most > ROWS_MAX).then(|| {
        let text = "The first rows are shown. The file of all pools has every row.";
        let title = format!("This pool has {}", so_many(most as u64, "row", "rows"));
        Notice::new(Tone::Tell, title, text).then("/pools.csv", "Download as CSV")
    });
    all.truncate(ROWS_MAX);
    pool.slices.truncate(ROWS_MAX);
    pool.items.truncate(ROWS_MAX);
    let slice = |row: PoolSliceRow| SliceShown {
        wanted: Seats(row.wanted),
        given: Seats(row.given),
        line: model_line(row.line),
        row,
    };
    let item = |row: PoolItemRow| ItemShown {
        target: Seats(row.target),
        allotted: Seats(row.allotted),
        free: Seats(row.free),
        overdraft: Seats(row.overdraft),
        status: table::status(&row.status),
        row,
    };
    let page = OnePage {
        desk: me.desk(format!("Pool {}", pool.name)),
        kind: kind(&pool.kind),
        lines: all,
        slices: pool.slices.into_iter().map(slice).collect(),
        items: pool.items.into_iter().map(item).collect(),
        cut,
        model_line: pool.line.map(model_line),
        name: pool.name,
    };
    Ok(show(StatusCode::OK, &page))
}

fn no_such_pool(me: &Member, name: &str) -> Response {
    let short: String = name.chars().take(80).collect();
    let text = format!(
        "No pool is called “{short}” now. A pool goes when the model no longer names it and its last lease is back."
    );
    let back = Link { href: "/pools".to_owned(), words: "All pools".to_owned() };
    me.nothing(&text, back)
}
