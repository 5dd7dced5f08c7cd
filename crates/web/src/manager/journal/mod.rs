//! The journal: what happened, newest first, and the proof that it is whole.
//!
//! Kept here: the proof runs in the server, not in the page; the page tells how far it is and what it found, and what
//! to do when something is wrong. Deliberately not here: what an event means; the server words it.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::Value;
use tenure_api::{JournalAudit, JournalRow, Page};

use crate::backend::Trouble;
use crate::component::{Notice, Share, Tone, When};
use crate::frame::show;
use crate::icon::Icon;
use crate::site::{refusal, see_other};
use crate::staff::moment::{Sentence, Span, Ways, now, spans};
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Pages, Sent, sheet};
use crate::words::plain;

const API: &str = "/api/v1/journal";
const CHECK: &str = "/api/v1/journal/verification";
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
        .route("/journal", get(list))
        .route("/journal.csv", get(file))
        .route("/journal/verify", post(verify).get(to_list))
}

#[derive(Template)]
#[template(path = "manager/journal/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    span: Span,
    ways: Ways,
    q: String,
    rows: Vec<Row>,
    check: Check,
}

struct Row {
    entry: String,
    at: When,
    what: String,
    summary: Sentence,
    data: String,
}

/// How the proof of the ledger stands.
enum Check {
    /// The server does not say.
    Unknown,
    Never,
    Running {
        share: Share,
        done: u64,
        total: u64,
    },
    Whole {
        at: Option<When>,
        by: String,
        begins: u64,
        last: u64,
        head: String,
    },
    Damaged(Notice),
    Failed(Notice),
}

impl Check {
    fn of(audit: Result<JournalAudit, Trouble>) -> Self {
        let Ok(audit) = audit else { return Self::Unknown };
        let JournalAudit {
            state, by, ended_at, entries_done, entries_total, result, problem, ..
        } = audit;
        match (state.as_str(), result) {
            ("running", _) => Self::Running {
                share: Share::new(entries_done, entries_total),
                done: entries_done,
                total: entries_total,
            },
            (_, Some(check)) if check.whole => Self::Whole {
                at: ended_at.map(When),
                by: by.unwrap_or_default(),
                begins: check.begins,
                last: check.sequence,
                head: check.head.map(|head| head.to_string()).unwrap_or_default(),
            },
            (_, Some(check)) => {
                let what = plain(&check.damage.unwrap_or_else(|| "damaged".to_owned()));
                let detail = check.detail.unwrap_or_default();
                let text = format!(
                    "{what}: {detail}. Nothing repairs it, on purpose: an entry that is gone may have been somebody's \
                     seat. Stop the server, keep the damaged data folder for the publisher, restore a backup, and have \
                     the disk checked."
                );
                let title = format!("Entry {} of the journal is damaged", check.sequence);
                Self::Damaged(Notice::new(Tone::Bad, title, text))
            }
            ("failed", None) => {
                let text = format!(
                    "{} Try again; if it fails again, look at the server's log and its disk.",
                    problem.unwrap_or_default()
                );
                Self::Failed(Notice::new(Tone::Wait, "The check did not come to its end", text))
            }
            _ => Self::Never,
        }
    }

    /// It goes on by itself: the page looks again.
    fn goes_on(&self) -> bool {
        matches!(self, Self::Running { .. })
    }
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

/// `GET /journal`.
async fn list(me: Member, asked: Asked) -> Answer {
    let span = Span::asked(&asked);
    let path = asked.to_api(&me, API, &["feature"]) + &span.query();
    let api = me.api();
    let (page, audit, now) =
        tokio::join!(me.get::<Page<JournalRow>>(&path), api.get::<JournalAudit>(CHECK), now(&me));
    let page = page?;
    let most = if page.items.len() > MANY { DATA_MAX_OF_MANY } else { DATA_MAX };
    let page = ListPage {
        desk: me.desk("Journal"),
        list: List::new(&me, &asked, COLUMNS, page.total),
        ways: spans(&asked, now, "All of it"),
        span,
        q: asked.text("q").to_owned(),
        rows: page.items.into_iter().map(|one| row(one, most)).collect(),
        check: Check::of(audit),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /journal.csv`: all rows.
async fn file(me: Member, asked: Asked) -> Answer {
    let query = asked.filters(&["feature"]) + &Span::asked(&asked).query();
    let rows: Vec<JournalRow> =
        me.all(API, query.trim_start_matches('&')).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = ["sequence", "index", "at", "event", "summary", "data"];
    let cells = rows.into_iter().map(|row| {
        let JournalRow { sequence, index, at, event, summary, data } = row;
        let (sequence, index, at) = (sequence.to_string(), index.to_string(), at.to_string());
        [sequence, index, at, event, summary, data.to_string()]
    });
    Ok(sheet("journal.csv", &heads, cells))
}

/// `POST /journal/verify`: has the server prove it.
async fn verify(Sent { me, .. }: Sent) -> Answer {
    match me.api().post_empty::<JournalAudit>(CHECK, "").await {
        Ok(_) => Ok(see_other("/journal#check")),
        Err(trouble) if trouble.status() == StatusCode::UNAUTHORIZED => Err(me.sorry(&trouble)),
        Err(trouble) => Ok(me.done(refusal(&trouble), "/journal")),
    }
}

/// `GET` of what only takes a form.
async fn to_list(_: Member) -> Response {
    see_other("/journal")
}
