//! Suspending the server, and resuming: nothing new is granted meanwhile.
//!
//! Kept here: what it means is told before it is done. Deliberately not here: whether the server can grant for other
//! reasons (its health, on the dashboard).

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use tenure_api::{Status, SuspendRequest};

use crate::backend::Trouble;
use crate::component::{Notice, Tone};
use crate::site::{refusal, show};
use crate::staff::{Answer, Desk, Member, Pages, Sent};

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/suspend", get(front).post(suspend)).route("/suspend/resume", post(resume))
}

#[derive(Template)]
#[template(path = "manager/suspend/front.html")]
struct FrontPage {
    desk: Desk,
    notice: Option<Notice>,
    status: Status,
    reason: String,
    may: bool,
}

/// `GET /suspend`.
async fn front(me: Member) -> Answer {
    page(&me, StatusCode::OK, None, "").await
}

async fn page(me: &Member, code: StatusCode, notice: Option<Notice>, reason: &str) -> Answer {
    let status: Status = me.get("/api/v1/status").await?;
    let title = if status.suspended { "Grants are suspended" } else { "Suspend grants" };
    let (reason, may) = (reason.to_owned(), me.may("admin"));
    Ok(show(code, &FrontPage { desk: me.desk(title), notice, status, reason, may }))
}

/// `POST /suspend`.
async fn suspend(Sent { me, form }: Sent) -> Answer {
    let reason = form.text("reason").to_owned();
    let asked = SuspendRequest { reason: reason.clone() };
    let answer: Result<Status, Trouble> = me.api().post("/api/v1/suspend", &asked, "").await;
    match answer {
        Ok(_) => {
            let text = "Nothing new is granted. What is held can be renewed and returned.";
            Ok(me.done(Notice::new(Tone::Wait, "Grants are suspended", text), "/suspend"))
        }
        Err(trouble) => refused(&me, &trouble, &reason).await,
    }
}

/// `POST /suspend/resume`.
async fn resume(Sent { me, .. }: Sent) -> Answer {
    let answer: Result<Status, Trouble> = me.api().post_empty("/api/v1/resume", "").await;
    match answer {
        Ok(_) => Ok(me.done(Notice::new(Tone::Good, "The server grants again", ""), "/suspend")),
        Err(trouble) => refused(&me, &trouble, "").await,
    }
}

async fn refused(me: &Member, trouble: &Trouble, reason: &str) -> Answer {
    match (trouble.status(), trouble.code()) {
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => Err(me.sorry(trouble)),
        (_, "already-suspended") => {
            let notice = Notice::new(Tone::Tell, "Somebody has suspended grants already", "");
            Ok(me.done(notice, "/suspend"))
        }
        (_, "not-suspended") => {
            let notice = Notice::new(Tone::Tell, "Somebody has resumed already", "");
            Ok(me.done(notice, "/suspend"))
        }
        (status, _) => page(me, status, Some(refusal(trouble)), reason).await,
    }
}
