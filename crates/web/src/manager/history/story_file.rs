//! The stories of a device and of a feature as files.
//!
//! Kept here: a file tells the whole span or is refused; it never ends early in silence. Deliberately not here: the
//! pages of the stories (`story`).

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::TimelineRow;

use super::story::{Answered, Subject, no_device};
use crate::component::Link;
use crate::manager::holding::named;
use crate::staff::member::ROWS_MAX;
use crate::staff::moment::Span;
use crate::staff::{Answer, Asked, Member, sheet};

/// Most parts that a story is asked for in.
const PARTS_MAX: usize = 100;
/// Only to learn how far an answer comes.
const LOOK: (u32, u32) = (1, 1);

/// `GET /history/device/{kind}/{value}/events.csv`.
pub(super) async fn of_device(
    me: Member,
    Path((kind, value)): Path<(String, String)>,
    asked: Asked,
) -> Answer {
    let subject = Subject::device(&kind, &value).ok_or_else(|| no_device(&me))?;
    file(me, subject, asked).await
}

/// `GET /history/feature/{name}/events.csv`.
pub(super) async fn of_feature(me: Member, Path(name): Path<String>, asked: Asked) -> Answer {
    file(me, Subject::Feature(named(&name).to_owned()), asked).await
}

async fn file(me: Member, subject: Subject, asked: Asked) -> Answer {
    let all = whole(&me, &subject, Span::asked(&asked)).await?;
    let heads = [
        "sequence",
        "at",
        "last_at",
        "what",
        "times",
        "host",
        "host_type",
        "user",
        "feature",
        "count",
        "lease",
        "denial",
        "usage",
        "detail",
    ];
    Ok(sheet("events.csv", &heads, all.into_iter().map(|row| cells(&subject, row))))
}

/// All rows of a span. A question that the server answers in part is asked again up to where it came, and then from
/// there: neither row stands in both.
async fn whole(
    me: &Member,
    subject: &Subject,
    mut span: Span,
) -> Result<Vec<TimelineRow>, Response> {
    let ends = span.to.at;
    let mut all = Vec::new();
    for _ in 0..PARTS_MAX {
        let looked = rows(me, subject, &span, LOOK).await?;
        if !looked.complete {
            if looked.to <= looked.from {
                break;
            }
            (span.from.at, span.to.at) = (Some(looked.from), Some(looked.to));
        }
        all.extend(part(me, subject, &span).await?);
        if all.len() as u64 > ROWS_MAX {
            break;
        }
        if looked.complete {
            return Ok(all);
        }
        (span.from.at, span.to.at) = (Some(looked.to), ends);
    }
    Err(too_much(me))
}

/// The rows of a span that the server tells as a whole, page after page.
async fn part(me: &Member, subject: &Subject, span: &Span) -> Result<Vec<TimelineRow>, Response> {
    let mut all = Vec::new();
    for page in 1_u32.. {
        let answer = rows(me, subject, span, (page, tenure_api::MAX_SIZE)).await?;
        let is_last = answer.items.is_empty();
        all.extend(answer.items);
        if is_last || all.len() as u64 >= answer.total {
            break;
        }
    }
    Ok(all)
}

async fn rows(
    me: &Member,
    subject: &Subject,
    span: &Span,
    (page, size): (u32, u32),
) -> Result<Answered, Response> {
    let query = format!("page={page}&size={size}{}", span.query());
    subject.ask(me, &query).await.map_err(|trouble| me.sorry(&trouble))
}

fn too_much(me: &Member) -> Response {
    let text = format!(
        "A file of these pages has at most {ROWS_MAX} rows, and reads only a part of a long journal: it would end \
         early. Choose a shorter time, and take several files."
    );
    let next = Link { href: "/history".to_owned(), words: "To the history".to_owned() };
    me.error(StatusCode::UNPROCESSABLE_ENTITY, "Too much for one file", &text, next)
}

fn cells(subject: &Subject, row: TimelineRow) -> [String; 14] {
    let host = match (subject, &row.holder) {
        (Subject::Device(host), _) => Some(host),
        (Subject::Feature(_), holder) => holder.as_ref().map(|holder| &holder.host),
    };
    let user = row.holder.as_ref().and_then(|holder| holder.user.clone());
    [
        row.sequence.to_string(),
        row.at.to_string(),
        row.last_at.to_string(),
        row.what.clone(),
        row.times.to_string(),
        host.map(|host| host.value.clone()).unwrap_or_default(),
        host.map(|host| host.kind.name().to_owned()).unwrap_or_default(),
        user.unwrap_or_default(),
        row.feature.unwrap_or_default(),
        row.count.map(|count| count.to_string()).unwrap_or_default(),
        row.lease.map(|lease| lease.to_string()).unwrap_or_default(),
        row.denial.unwrap_or_default(),
        row.usage.unwrap_or_default(),
        row.detail,
    ]
}
