//! Who held what at an instant, and the other lists of that moment.
//!
//! Kept here: an instant that the journal does not reach is said at the field, not on an error page.

use askama::Template;
use axum::http::StatusCode;
use tenure_api::{HistoryAnswer, HistoryOf};
use tenure_document::Time;

use super::cells::{Cells, TABS, columns, list_of, nothing, rows};
use crate::backend::Trouble;
use crate::component::{Link, Notice, Tone, When};
use crate::frame::show;
use crate::icon::Icon;
use crate::staff::member::ROWS_MAX;
use crate::staff::moment::{Moment, Ways, instants, now};
use crate::staff::{Answer, Asked, Column, Desk, List, Member, sheet};

const API: &str = "/api/v1/history";
/// Rows asked for at once for a file.
const AT_ONCE: u32 = 1_000;

#[derive(Template)]
#[template(path = "manager/history/instant.html")]
struct InstantPage {
    desk: Desk,
    notice: Option<Notice>,
    at: Moment,
    ways: Ways,
    what: &'static str,
    found: Option<Found>,
}

/// What there was.
struct Found {
    at: When,
    sequence: u64,
    tabs: Vec<Tab>,
    list: List,
    columns: &'static [Column],
    rows: Vec<Cells>,
    nothing: &'static str,
    feature: String,
    narrowed: bool,
}

struct Tab {
    words: &'static str,
    href: String,
    current: bool,
}

impl Found {
    fn of(me: &Member, asked: &Asked, of: HistoryOf, answer: HistoryAnswer) -> Self {
        let tabs = TABS.map(|(one, words)| Tab {
            words,
            // What one list is sorted by another may not have.
            href: asked.with(&[("what", one.word()), ("sort", "")]),
            current: one == of,
        });
        let columns = columns(of);
        Self {
            at: When(answer.at),
            sequence: answer.sequence,
            tabs: tabs.into(),
            list: List::new(me, asked, columns, answer.total.unwrap_or_default()),
            columns,
            rows: rows(of, answer),
            nothing: nothing(of),
            feature: asked.text("feature").to_owned(),
            narrowed: !(asked.text("q").is_empty() && asked.text("feature").is_empty()),
        }
    }
}

fn query(at: Time, of: HistoryOf) -> String {
    let pairs = [("at", at.to_string()), ("what", of.word().to_owned())];
    form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish()
}

/// `GET /history`.
pub(super) async fn page(me: Member, asked: Asked) -> Answer {
    let at = Moment::asked(&asked, "at", "At");
    let of = list_of(asked.text("what"));
    let answer = async {
        let path = asked.to_api(&me, API, &["feature"]) + "&" + &query(at.at?, of);
        Some(me.api().get::<HistoryAnswer>(&path).await)
    };
    let (answer, now) = tokio::join!(answer, now(&me));
    let is_to_come = at.at.is_some_and(|at| now.is_some_and(|now| at > now));
    let (mut notice, mut status) = (None, StatusCode::OK);
    let found = match answer {
        None => None,
        // Nobody knows: the notice below says so.
        Some(Err(_)) if is_to_come => None,
        Some(Ok(answer)) => Some(Found::of(&me, &asked, of, answer)),
        Some(Err(trouble)) => {
            let said = out_of_reach(&trouble).ok_or_else(|| me.sorry(&trouble))?;
            (notice, status) = (Some(said), trouble.status());
            None
        }
    };
    if is_to_come {
        let text = "This instant is still to come. Choose one that is over.";
        notice = Some(Notice::new(Tone::Tell, "Not yet", text));
    }
    let desk = me.desk("Who held what");
    let ways = instants(&asked, now);
    Ok(show(status, &InstantPage { desk, notice, at, ways, what: of.word(), found }))
}

/// The notice for an instant that the journal does not reach; none: something else is wrong.
pub(super) fn out_of_reach(trouble: &Trouble) -> Option<Notice> {
    let title = match trouble.status() {
        StatusCode::NOT_FOUND => "The journal begins later",
        StatusCode::GONE => "That part of the journal is in the archive",
        _ => return None,
    };
    Some(Notice::new(Tone::Wait, title, trouble.detail()))
}

/// `GET /history.csv`: all rows of a list.
pub(super) async fn file(me: Member, asked: Asked) -> Answer {
    let of = list_of(asked.text("what"));
    let Some(at) = Moment::asked(&asked, "at", "At").at else {
        return Err(crate::site::see_other("/history"));
    };
    let kept = asked.filters(&["feature"]);
    let mut all = Vec::new();
    for page in 1_u32.. {
        let path = format!("{API}?{}&page={page}&size={AT_ONCE}&{kept}", query(at, of));
        let answer: HistoryAnswer = me.get(path.trim_end_matches('&')).await?;
        let total = answer.total.unwrap_or_default();
        if total > ROWS_MAX {
            let text = format!(
                "There are {total} rows, and a file of these pages has at most {ROWS_MAX}. Search or choose a feature \
                 first, or let `tenure admin history --csv` write them all."
            );
            let next = Link {
                href: format!("/history?{}&{kept}", query(at, of)),
                words: "Back".to_owned(),
            };
            return Err(me.error(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Too many rows for a file",
                &text,
                next,
            ));
        }
        let found = rows(of, answer);
        let is_last = found.is_empty();
        all.extend(found);
        if is_last || all.len() as u64 >= total {
            break;
        }
    }
    let heads: Vec<&str> = columns(of).iter().map(|column| column.words).collect();
    let cells = all.into_iter().map(|row| row.into_iter().map(|cell| cell.text));
    Ok(sheet(&format!("{}-{at}.csv", of.word()), &heads, cells))
}
