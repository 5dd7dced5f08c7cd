//! The history of the model: every version with who, when and why; one of them; any two compared.
//!
//! Kept here: a version whose text is no longer kept says so and offers no way that would fail. Deliberately not here:
//! going back to one (versions).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{ModelAnswer, ModelDiff, ModelVersionRow, Page};

use super::compared::Compared;
use super::lines::Leaf;
use super::reading::{line_asked, query, size};
use super::show::text_file;
use crate::component::{Badge, Link, Tone};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, sheet};
use crate::words::so_many;

const COLUMNS: &[Column] = &[
    Column::sorted("Version", "version"),
    Column::text("State"),
    Column::sorted("Put in force", "at"),
    Column::sorted("By", "by"),
    Column::text("Note"),
    Column::sorted_figure("Length", "bytes"),
    Column::text("Compare"),
];

struct VersionShown {
    row: ModelVersionRow,
    state: Badge,
    size: String,
}

fn shown(row: ModelVersionRow) -> VersionShown {
    VersionShown { state: state(&row), size: size(row.bytes), row }
}

fn state(row: &ModelVersionRow) -> Badge {
    match (row.in_force, &row.deleted_by) {
        (true, _) => Badge::new(Tone::Good, "In force"),
        (false, Some(_)) => Badge::new(Tone::Wait, "Deleted"),
        (false, None) => Badge::new(Tone::Idle, "Followed by another"),
    }
}

#[derive(Template)]
#[template(path = "manager/model/history.html")]
struct HistoryPage {
    desk: Desk,
    list: List,
    rows: Vec<VersionShown>,
    /// Chosen to be compared, unless somebody chooses others.
    newest: u64,
}

/// `GET /model/history`.
pub(super) async fn list(me: Member, asked: Asked) -> Answer {
    let path = asked.to_api(&me, "/api/v1/model/history", &[]);
    let found: Page<ModelVersionRow> = me.get(&path).await?;
    let list = List::new(&me, &asked, COLUMNS, found.total);
    let page = HistoryPage {
        desk: me.desk("History of the model"),
        list,
        newest: found.items.iter().map(|row| row.version).max().unwrap_or(0),
        rows: found.items.into_iter().map(shown).collect(),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /model/history.csv`.
pub(super) async fn file(me: Member, asked: Asked) -> Answer {
    let rows: Vec<ModelVersionRow> = me
        .all("/api/v1/model/history", &asked.filters(&[]))
        .await
        .map_err(|trouble| me.sorry(&trouble))?;
    let heads = [
        "Version",
        "State",
        "Put in force",
        "By",
        "Until",
        "Deleted by",
        "Note",
        "Bytes",
        "Leases go on",
        "Text kept",
        "SHA-256",
    ];
    let cells = rows.into_iter().map(|row| {
        vec![
            row.version.to_string(),
            state(&row).word,
            row.at.to_string(),
            row.by,
            row.until.map(|until| until.to_string()).unwrap_or_default(),
            row.deleted_by.unwrap_or_default(),
            row.note.unwrap_or_default(),
            row.bytes.to_string(),
            row.keep_leases.to_string(),
            row.has_text.to_string(),
            row.hash.to_string(),
        ]
    });
    Ok(sheet("model-history.csv", &heads, cells))
}

#[derive(Template)]
#[template(path = "manager/model/version.html")]
struct VersionPage {
    desk: Desk,
    model: ModelAnswer,
    state: Badge,
    size: String,
    leaf: Leaf,
    may_set: bool,
}

/// `GET /model/history/{version}`.
pub(super) async fn one(me: Member, Path(version): Path<u64>, asked: Asked) -> Answer {
    let model: ModelAnswer = version_of(&me, version).await?;
    let page = VersionPage {
        desk: me.desk(format!("Version {version} of the model")),
        state: state(&model.version),
        size: size(model.version.bytes),
        leaf: Leaf::of(&model.text, format!("/model/history/{version}"), line_asked(&asked)),
        model,
        may_set: me.may("admin"),
    };
    Ok(show(StatusCode::OK, &page))
}

/// One version, or the page that says why there is none.
async fn version_of(me: &Member, version: u64) -> Result<ModelAnswer, Response> {
    let found = me.api().get(&format!("/api/v1/model/history/{version}")).await;
    found.map_err(|trouble| match trouble.status() {
        StatusCode::NOT_FOUND => {
            let text = format!(
                "{} Texts of the newest 64 versions are kept; who set older ones, and when, stands in the history.",
                trouble.detail()
            );
            me.nothing(&text, to_history())
        }
        _ => me.sorry(&trouble),
    })
}

fn to_history() -> Link {
    Link { href: "/model/history".to_owned(), words: "To the history".to_owned() }
}

/// `GET /model/history/{version}/file`.
pub(super) async fn text(me: Member, Path(version): Path<u64>) -> Result<Response, Response> {
    Ok(text_file(&version_of(&me, version).await?))
}

#[derive(Template)]
#[template(path = "manager/model/diff.html")]
struct DiffPage {
    desk: Desk,
    from: u64,
    to: u64,
    compared: Compared,
    added: String,
    removed: String,
    newest: u64,
}

/// `GET /model/diff`, `?from=&to=`: two versions, in whichever order they were chosen.
pub(super) async fn diff(me: Member, asked: Asked) -> Answer {
    let number = |name| asked.text(name).parse::<u64>().ok();
    let (from, to) = match (number("from"), number("to")) {
        (Some(from), Some(to)) => (Some(from.min(to)), Some(from.max(to))),
        other => other,
    };
    let word = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let path = format!("/api/v1/model/diff{}", query(&[("from", &word(from)), ("to", &word(to))]));
    let history = "/api/v1/model/history?size=1&sort=-version";
    let api = me.api();
    let (found, newest) =
        tokio::join!(api.get::<ModelDiff>(&path), me.get::<Page<ModelVersionRow>>(history));
    let newest = newest?;
    let found = found.map_err(|trouble| match trouble.status() {
        StatusCode::NOT_FOUND => me.nothing(&trouble.detail(), to_history()),
        _ => me.sorry(&trouble),
    })?;
    let page = DiffPage {
        desk: me.desk(format!("Model: version {} to {}", found.from, found.to)),
        from: found.from,
        to: found.to,
        compared: Compared::unified(&found.unified),
        added: so_many(found.added, "line added", "lines added"),
        removed: so_many(found.removed, "line taken out", "lines taken out"),
        newest: newest.items.first().map_or(found.to, |row| row.version),
    };
    Ok(show(StatusCode::OK, &page))
}
