//! The audit: what happened in the office, newest first, and the proof that nothing of it was changed.
//!
//! Kept here: the proof is asked for by a form, and its result is said in words, with what to do when something is
//! wrong. Deliberately not here: what an event means; the office words it, and hides secrets and names of the forgotten.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::Value;
use tenure_api::{JournalCheck, JournalRow, Page};

use crate::component::{Notice, Tone, When};
use crate::icon::Icon;
use crate::site::{refusal, see_other, show};
use crate::staff::moment::{Sentence, Span, Ways, now, spans};
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Pages, Sent, sheet};
use crate::words::plain;

const HERE: &str = "/console/journal";
const API: &str = "/api/v1/journal";
/// What of an event fits on a page; the file has all of it.
const DATA_MAX: usize = 2_000;
/// The same on a page of many rows.
const DATA_MAX_OF_MANY: usize = 300;
/// From so many rows on a page has many.
const MANY: usize = 60;

const COLUMNS: &[Column] = &[
    Column::figure("Entry"),
    Column::text("When"),
    Column::text("What"),
    Column::text("In words"),
];

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/console/journal", get(list))
        .route("/console/journal.csv", get(file))
        .route("/console/journal/verify", get(to_list).post(verify))
}

#[derive(Template)]
#[template(path = "console/journal/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    span: Span,
    ways: Ways,
    q: String,
    rows: Vec<Row>,
}

struct Row {
    entry: String,
    at: When,
    what: String,
    summary: Sentence,
    data: String,
}

fn row(row: JournalRow, most: usize) -> Row {
    Row {
        entry: format!("{}.{}", row.sequence, row.index),
        at: When(row.at),
        what: plain(&row.event),
        summary: Sentence(row.summary),
        data: cut(&row.data, most),
    }
}

fn cut(data: &Value, most: usize) -> String {
    let mut text = serde_json::to_string_pretty(data).unwrap_or_default();
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push_str("\n… (the file has all of it)");
    }
    text
}

/// `GET /console/journal`.
async fn list(me: Member, asked: Asked) -> Answer {
    me.must("auditor")?;
    let span = Span::asked(&asked);
    let path = asked.to_api(&me, API, &[]) + &span.query();
    let (page, now) = tokio::join!(me.get::<Page<JournalRow>>(&path), now(&me));
    let page = page?;
    let most = if page.items.len() > MANY { DATA_MAX_OF_MANY } else { DATA_MAX };
    let page = ListPage {
        desk: me.desk("Audit"),
        list: List::new(&me, &asked, COLUMNS, page.total),
        ways: spans(&asked, now, "All of it"),
        span,
        q: asked.text("q").to_owned(),
        rows: page.items.into_iter().map(|one| row(one, most)).collect(),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /console/journal.csv`: all rows.
async fn file(me: Member, asked: Asked) -> Answer {
    me.must("auditor")?;
    let query = asked.filters(&[]) + &Span::asked(&asked).query();
    let rows: Vec<JournalRow> =
        me.all(API, query.trim_start_matches('&')).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = ["sequence", "index", "at", "event", "summary", "data"];
    let cells = rows.into_iter().map(|row| {
        let JournalRow { sequence, index, at, event, summary, data } = row;
        let (sequence, index, at) = (sequence.to_string(), index.to_string(), at.to_string());
        [sequence, index, at, event, summary, data.to_string()]
    });
    Ok(sheet("audit.csv", &heads, cells))
}

/// What the proof found.
fn found(check: JournalCheck) -> Notice {
    if check.whole {
        let archived = match check.begins {
            0 => "",
            _ => " Older entries are in the archive; `tenure ledger verify --archive` checks them.",
        };
        let head = check.head.map(|head| head.to_string()).unwrap_or_default();
        let text = format!(
            "Entries {} to {}: nothing is altered, missing or out of order.{archived} Hash of the last entry: {head}",
            check.begins, check.sequence
        );
        return Notice::new(Tone::Good, "The journal is whole", text);
    }
    let what = plain(&check.damage.unwrap_or_else(|| "damaged".to_owned()));
    let text = format!(
        "{what}: {}. Nothing repairs it, on purpose: an entry that is gone may have been somebody's license. Stop the \
         office, keep the damaged data folder, restore a backup, and have the disk checked.",
        check.detail.unwrap_or_default().trim_end_matches('.')
    );
    Notice::new(Tone::Bad, format!("Entry {} of the journal is damaged", check.sequence), text)
}

/// `POST /console/journal/verify`: has the office prove it.
async fn verify(Sent { me, .. }: Sent) -> Answer {
    me.must("auditor")?;
    match me.api().get("/api/v1/journal/verify").await {
        Ok(check) => Ok(me.done(found(check), HERE)),
        Err(trouble) if matches!(trouble.status().as_u16(), 401 | 403) => Err(me.sorry(&trouble)),
        Err(trouble) => Ok(me.done(refusal(&trouble), HERE)),
    }
}

/// `GET` of what only takes a form.
async fn to_list(_: Member) -> Response {
    see_other(HERE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_proof_found_is_said_in_words() {
        let check = |text: &str| -> JournalCheck { serde_json::from_str(text).expect("it reads") };
        let whole = found(check(r#"{"whole":true,"sequence":41,"begins":7}"#)).to_string();
        assert!(whole.contains("Entries 7 to 41: nothing is altered"), "{whole}");
        assert!(whole.contains("--archive"), "{whole}");
        let damage = r#"{"whole":false,"sequence":12,"damage":"bad-hash","detail":"its hash is <b>off</b>."}"#;
        let damaged = found(check(damage)).to_string();
        assert!(damaged.contains("Entry 12 of the journal is damaged"), "{damaged}");
        assert!(damaged.contains("Bad hash: its hash is &#60;b&#62;off"), "{damaged}");
        assert!(damaged.contains("restore a backup"), "{damaged}");
    }
}
