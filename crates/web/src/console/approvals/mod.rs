//! What waits for a second person, and how it ended.
//!
//! Kept here: nobody agrees to what he asked for himself; the page says so before the API does. Deliberately not
//! here: what needs a second person (the policies).

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use tenure_api::Page;
use tenure_api::office::{ApprovalRow, ApprovalState, RejectRequest};

use super::decided::sentence;
use crate::address::segment;
use crate::component::{Badge, Link, Notice, Tone, When};
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Pages, Question, Sent, sheet};

const API: &str = "/api/v1/approvals";
const HERE: &str = "/console/approvals";
const COLUMNS: &[Column] = &[
    Column::text("Approval"),
    Column::text("What is asked"),
    Column::text("Asked by"),
    Column::text("When"),
    Column::text("State"),
];

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route(HERE, get(list))
        .route("/console/approvals.csv", get(file))
        .route("/console/approvals/{approval}", get(detail))
        .route("/console/approvals/{approval}/approve", get(ask_approve).post(approve))
        .route("/console/approvals/{approval}/reject", get(ask_reject).post(reject))
}

#[derive(Template)]
#[template(path = "console/approvals/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    rows: Vec<Row>,
    state: String,
}

struct Row {
    row: ApprovalRow,
    badge: Badge,
    asks: String,
    why: String,
}

fn badge(state: ApprovalState) -> Badge {
    match state {
        ApprovalState::Waiting => Badge::new(Tone::Wait, "Waits for a second person"),
        ApprovalState::Approved => Badge::new(Tone::Good, "Agreed and done"),
        ApprovalState::Rejected => Badge::new(Tone::Bad, "Refused"),
        ApprovalState::Lapsed => Badge::new(Tone::Idle, "Nobody decided in time"),
    }
}

fn row(row: ApprovalRow) -> Row {
    let asks = match row.summary.as_str() {
        "" => "It has ended; the audit tells what it was about.".to_owned(),
        summary => sentence(summary),
    };
    Row { badge: badge(row.state), asks, why: sentence(&row.why), row }
}

/// `GET /console/approvals`.
async fn list(me: Member, asked: Asked) -> Answer {
    let found: Page<ApprovalRow> = me.get(&asked.to_api(&me, API, &["state"])).await?;
    let page = ListPage {
        desk: me.desk("Approvals"),
        list: List::new(&me, &asked, COLUMNS, found.total),
        rows: found.items.into_iter().map(row).collect(),
        state: asked.text("state").to_owned(),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /console/approvals.csv`.
async fn file(me: Member, asked: Asked) -> Answer {
    let found: Vec<ApprovalRow> =
        me.all(API, &asked.filters(&["state"])).await.map_err(|trouble| me.sorry(&trouble))?;
    let heads = ["approval", "what", "summary", "why", "by", "at", "state", "decided_by", "reason"];
    let rows = found.into_iter().map(|one| {
        [
            one.approval,
            one.what,
            one.summary,
            one.why,
            one.by,
            one.at.to_string(),
            badge(one.state).word,
            one.decided_by.unwrap_or_default(),
            one.reason.unwrap_or_default(),
        ]
    });
    Ok(sheet("approvals.csv", &heads, rows))
}

#[derive(Template)]
#[template(path = "console/approvals/one.html")]
struct DetailPage {
    desk: Desk,
    one: Row,
    own: bool,
    may: bool,
}

async fn found(me: &Member, approval: &str) -> Result<ApprovalRow, Response> {
    match me.api().get(&format!("{API}/{}", segment(approval))).await {
        Ok(found) => Ok(found),
        Err(trouble) if matches!(trouble.status().as_u16(), 400 | 404 | 422) => {
            let back = Link { href: HERE.to_owned(), words: "All approvals".to_owned() };
            Err(me.nothing(&trouble.detail(), back))
        }
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}

/// `GET /console/approvals/{approval}`.
async fn detail(me: Member, Path(approval): Path<String>) -> Answer {
    let found = found(&me, &approval).await?;
    let page = DetailPage {
        desk: me.desk(format!("Approval {}", found.approval)),
        own: found.by == me.name(),
        may: me.may("keys") && found.state == ApprovalState::Waiting,
        one: row(found),
    };
    Ok(show(StatusCode::OK, &page))
}

fn approving(found: &ApprovalRow) -> Question {
    let here = format!("{HERE}/{}", segment(&found.approval));
    let title = format!("Agree to {}?", found.approval);
    Question {
        text: sentence(&found.summary),
        points: vec![
            format!("It is carried out now, in the name of {}, who asked for it.", found.by),
            "Your name stands in the audit as the second person.".into(),
            "If it no longer fits what has happened since, the office refuses it, and nothing is done."
                .into(),
        ],
        grave: false,
        ..Question::grave(title, format!("{here}/approve"), "Agree, and do it", here)
    }
}

/// `GET …/approve`: asks.
async fn ask_approve(me: Member, Path(approval): Path<String>) -> Answer {
    Ok(approving(&found(&me, &approval).await?).page(&me))
}

/// `POST …/approve`.
async fn approve(Path(approval): Path<String>, Sent { me, form }: Sent) -> Answer {
    let found = found(&me, &approval).await?;
    let path = format!("{API}/{}/approve", segment(&found.approval));
    match me.api().post_empty::<ApprovalRow>(&path, form.text("once")).await {
        Ok(done) => {
            let title = format!("{} is agreed to and done", done.approval);
            Ok(me.done(Notice::new(Tone::Good, title, ""), HERE))
        }
        Err(trouble) => Ok(approving(&found).again(&form, &trouble).page(&me)),
    }
}

fn rejecting(found: &ApprovalRow, own: bool) -> Question {
    let here = format!("{HERE}/{}", segment(&found.approval));
    let title = match own {
        true => format!("Take {} back?", found.approval),
        false => format!("Refuse {}?", found.approval),
    };
    Question {
        text: sentence(&found.summary),
        points: vec![
            "Nothing of it is done.".into(),
            format!("{} can ask again at any time.", if own { "You" } else { found.by.as_str() }),
        ],
        reason: Some("Why, for the audit and for who asked"),
        ..Question::grave(title, format!("{here}/reject"), "Refuse it", here)
    }
}

/// `GET …/reject`: asks.
async fn ask_reject(me: Member, Path(approval): Path<String>) -> Answer {
    let found = found(&me, &approval).await?;
    Ok(rejecting(&found, found.by == me.name()).page(&me))
}

/// `POST …/reject`.
async fn reject(Path(approval): Path<String>, Sent { me, form }: Sent) -> Answer {
    let found = found(&me, &approval).await?;
    let path = format!("{API}/{}/reject", segment(&found.approval));
    let asked = RejectRequest { reason: form.text("reason").to_owned() };
    match me.api().post::<_, ApprovalRow>(&path, &asked, form.text("once")).await {
        Ok(done) => {
            let title = format!("{} is refused", done.approval);
            Ok(me.done(Notice::new(Tone::Good, title, "Nothing of it was done."), HERE))
        }
        Err(trouble) => {
            let own = found.by == me.name();
            Ok(rejecting(&found, own).again(&form, &trouble).page(&me))
        }
    }
}
