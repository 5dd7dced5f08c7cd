//! What a text would do if it were put in force now: pools before and after, leases and reservations that would lose.
//!
//! Kept here: what changes stands first, in words; nothing is changed by looking. Deliberately not here: requests of
//! the past (what-ifs).

use std::collections::BTreeMap;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Extension, Path};
use axum::http::StatusCode;
use tenure_api::{EndingLease, ModelPreview, PoolRow, UnfitEntry};

use super::draft::{Draft, Drafts};
use super::reading::{draft_of, query};
use crate::component::{Badge, Notice, Tone};
use crate::icon::Icon;
use crate::manager::pools::table::{Seats, lines};
use crate::site::{see_other, show};
use crate::staff::{Answer, Asked, Desk, Member};
use crate::words::so_many;

/// Rows of a table.
const ROWS_MAX: usize = 100;

/// A feature in a pool, now and then.
#[derive(Debug, Clone)]
pub(super) struct PoolChange {
    pub(super) pool: String,
    pub(super) feature: String,
    pub(super) now: Option<Seats>,
    pub(super) then: Option<Seats>,
    pub(super) used: u64,
    pub(super) short: u64,
    pub(super) badge: Badge,
    pub(super) is_change: bool,
}

/// Pools before and after, those that change first.
pub(super) fn changes(before: &[PoolRow], after: &[PoolRow]) -> Vec<PoolChange> {
    struct Cell {
        place: usize,
        now: Option<Seats>,
        then: Option<Seats>,
        used: u64,
        short: (u64, u64),
        leaves: bool,
    }
    let mut cells: BTreeMap<(String, String), Cell> = BTreeMap::new();
    for (pools, is_then) in [(after, true), (before, false)] {
        for pool in pools {
            for line in lines(pool) {
                let place = cells.len();
                let empty =
                    Cell { place, now: None, then: None, used: 0, short: (0, 0), leaves: false };
                let cell = cells.entry((pool.name.clone(), line.feature.clone())).or_insert(empty);
                if is_then {
                    (cell.then, cell.short.1) = (Some(line.target), line.short);
                    cell.leaves = pool.kind == "leaving";
                } else {
                    (cell.now, cell.short.0, cell.used) =
                        (Some(line.target), line.short, line.used);
                }
            }
        }
    }
    let mut rows: Vec<_> = cells.into_iter().collect();
    rows.sort_by_key(|(_, cell)| cell.place);
    let mut rows: Vec<PoolChange> = rows
        .into_iter()
        .map(|((pool, feature), cell)| {
            let then = cell.then.filter(|_| !cell.leaves);
            let (badge, is_change) = match (cell.now, then) {
                (None, Some(_)) => (Badge::new(Tone::Tell, "New"), true),
                (Some(_), None) => (Badge::new(Tone::Wait, "Goes"), true),
                (now, then) if now != then => (Badge::new(Tone::Tell, "Changes"), true),
                _ if cell.short.0 != cell.short.1 => (Badge::new(Tone::Tell, "Changes"), true),
                _ => (Badge::new(Tone::Idle, "As now"), false),
            };
            let badge = if cell.short.1 > 0 { Badge::new(Tone::Wait, "Short") } else { badge };
            let (now, used, short) = (cell.now, cell.used, cell.short.1);
            PoolChange { pool, feature, now, then, used, short, badge, is_change }
        })
        .collect();
    rows.sort_by_key(|row| !row.is_change);
    rows
}

/// What would be lost, in sentences.
pub(super) fn losses(preview: &ModelPreview) -> Notice {
    let mut parts = Vec::new();
    if preview.ending > 0 {
        parts.push(format!("{} would not be renewed", so_many(preview.ending, "lease", "leases")));
    }
    if !preview.unfit.is_empty() {
        let unfit = preview.unfit.len() as u64;
        parts
            .push(format!("{} would no longer fit", so_many(unfit, "reservation", "reservations")));
    }
    match parts.as_slice() {
        [] => {
            let text = "Every lease would go on, every reservation would be kept as it is.";
            Notice::new(Tone::Good, "Nobody would lose a seat", text)
        }
        parts => {
            let text = "Leases can be kept: that is asked before the text is put in force.";
            Notice::new(Tone::Wait, parts.join(", "), text)
        }
    }
}

/// Asks what a draft would do. A faulty draft leads back to its page, where every fault is marked.
pub(super) async fn previewed(me: &Member, id: u64, draft: &Draft) -> Result<ModelPreview, Answer> {
    let body = Bytes::copy_from_slice(draft.text.as_bytes());
    let path = format!("/api/v1/model/preview{}", query(&[("file", "text")]));
    let found = me.api().post_bytes(&path, "text/plain; charset=utf-8", body).await;
    match found {
        Ok(found) => Ok(found),
        Err(trouble) if trouble.code() == "model-invalid" => {
            Err(Ok(see_other(&format!("/model/draft/{id}"))))
        }
        Err(trouble) => Err(Err(me.sorry(&trouble))),
    }
}

#[derive(Template)]
#[template(path = "manager/model/preview.html")]
struct PreviewPage {
    desk: Desk,
    id: u64,
    from: String,
    losses: Notice,
    rows: Vec<PoolChange>,
    changed: String,
    more_rows: usize,
    shows_all: bool,
    leases: Vec<EndingLease>,
    more_leases: u64,
    unfit: Vec<UnfitEntry>,
    more_unfit: usize,
    warnings: Option<Notice>,
}

/// `GET /model/draft/{id}/preview`, `?all` for what stays as it is too.
pub(super) async fn preview(
    me: Member,
    drafts: Extension<Drafts>,
    Path(id): Path<u64>,
    asked: Asked,
) -> Answer {
    let draft = draft_of(&me, &drafts, id).await?;
    let mut found = match previewed(&me, id, &draft).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let shows_all = asked.has("all");
    let mut rows = changes(&found.before, &found.after);
    let changed = rows.iter().filter(|row| row.is_change).count();
    rows.retain(|row| shows_all || row.is_change);
    let more_rows = rows.len().saturating_sub(ROWS_MAX);
    rows.truncate(ROWS_MAX);
    let losses = losses(&found);
    found.leases.truncate(ROWS_MAX);
    let more_unfit = found.unfit.len().saturating_sub(ROWS_MAX);
    found.unfit.truncate(ROWS_MAX);
    let warnings = (!found.findings.is_empty()).then(|| {
        let what = so_many(found.findings.len() as u64, "thing was", "things were");
        let text = "They are marked at their lines in the text.";
        Notice::new(Tone::Wait, format!("{what} hardly meant"), text)
            .then(format!("/model/draft/{id}"), "Look at the text")
    });
    let page = PreviewPage {
        desk: me.desk("Preview of the model"),
        id,
        from: draft.from,
        losses,
        changed: match changed {
            0 => "Nothing changes in the pools".to_owned(),
            some => format!("{} of pools and features", so_many(some as u64, "change", "changes")),
        },
        rows,
        more_rows,
        shows_all,
        more_leases: found.ending.saturating_sub(found.leases.len() as u64),
        leases: found.leases,
        unfit: found.unfit,
        more_unfit,
        warnings,
    };
    Ok(show(StatusCode::OK, &page))
}

/// Why a reservation would not fit.
fn unfit_words(entry: &UnfitEntry) -> String {
    match entry.reason.as_str() {
        "unknown-pool" => "its pool would be gone".to_owned(),
        _ => format!("only {} could be kept", entry.left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pool(name: &str, kind: &str, feature: &str, target: u64, short: u64) -> PoolRow {
        let row = json!({
            "name": name, "kind": kind, "short": short, "used": 1, "reserved": 0,
            "slices": [{
                "feature": feature, "version": "1.0", "amount": "1", "short": short, "line": 1,
            }],
            "items": [{
                "item": "i", "feature": feature, "version": "1.0", "target": target, "allotted": target,
                "used": 1, "reserved": 0, "free": 0, "status": "normal",
            }],
        });
        serde_json::from_value(row).expect("a pool")
    }

    #[test]
    fn what_changes_stands_first() {
        let before = [
            pool("same", "named", "cad", 2, 0),
            pool("old", "named", "cad", 3, 0),
            pool("less", "named", "cad", 5, 0),
            pool("default", "default", "cad", 4, 0),
        ];
        let after = [
            pool("same", "named", "cad", 2, 0),
            pool("less", "named", "cad", 1, 4),
            pool("new", "named", "sim", 3, 0),
            pool("old", "leaving", "cad", 0, 0),
            pool("default", "default", "cad", 8, 0),
        ];
        let seats = |seats: Option<Seats>| seats.map_or("-".to_owned(), |seats| seats.to_string());
        let rows = changes(&before, &after).into_iter().map(|row| {
            let PoolChange { pool, feature, now, then, badge, .. } = row;
            format!("{pool} {feature} {} {} {}\n", seats(now), seats(then), badge.word)
        });
        expect_test::expect![[r#"
            less cad 5 1 Short
            new sim - 3 New
            old cad 3 - Goes
            default cad 4 8 Changes
            same cad 2 2 As now
        "#]]
        .assert_eq(&rows.collect::<String>());
    }
}
