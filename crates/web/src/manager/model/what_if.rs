//! What-ifs: a span of the past chosen, begun, watched, cancelled; several side by side.
//!
//! Kept here: what was chosen is still there when the server refuses it; the text that was tried stays with the
//! what-if, so that one can go on from the result. Deliberately not here: the result (what_if_result).

use std::time::Duration;

use askama::Template;
use axum::extract::{Extension, Path};
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{Status, WhatIfJob, WhatIfRequest, WhatIfState};

use super::draft::{Draft, Drafts};
use super::reading::{draft_of, in_force};
use super::span::{Choice, Proposal, Typed};
use super::what_if_result::{Shown, rows_of};
use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Badge, Link, Notice, Tone};
use crate::icon::Icon;
use crate::site::{refusal, see_other, show};
use crate::staff::{Answer, Asked, Desk, Member, Sent, sheet};

const PLACE: &str = "/api/v1/model/what-if";

/// By what requests are told apart.
const GROUPS: &[(&str, &str)] = &[
    ("nothing", "nothing, all together"),
    ("user", "user"),
    ("device", "device"),
    ("pool", "pool that the rules give"),
    ("reservation-group", "reservation group"),
    ("dictionary", "a key of the dictionary"),
];

/// A what-if in the list.
struct Row {
    job: WhatIfJob,
    href: String,
    state: Badge,
    proposes: String,
}

fn row(job: WhatIfJob) -> Row {
    Row {
        href: format!("/model/what-if/{}", segment(&job.id)),
        state: state(job.state),
        proposes: proposes(&job.proposes),
        job,
    }
}

fn state(state: WhatIfState) -> Badge {
    match state {
        WhatIfState::Preparing => Badge::new(Tone::Wait, "Being prepared"),
        WhatIfState::Running => Badge::new(Tone::Wait, "Running"),
        WhatIfState::Done => Badge::new(Tone::Good, "Done"),
        WhatIfState::Failed => Badge::new(Tone::Bad, "Failed"),
        WhatIfState::Cancelled => Badge::new(Tone::Idle, "Cancelled"),
    }
}

/// What was proposed, in words.
fn proposes(words: &[String]) -> String {
    let words: Vec<&str> = words
        .iter()
        .map(|word| match word.as_str() {
            "model" => "another model",
            "no-model" => "no model",
            "reservations" => "other reservations",
            "properties" => "other properties",
            other => other,
        })
        .collect();
    if words.is_empty() { "everything as it was".to_owned() } else { words.join(", ") }
}

#[derive(Template)]
#[template(path = "manager/model/what_ifs.html")]
struct ListPage {
    desk: Desk,
    rows: Vec<Row>,
    may_set: bool,
}

/// `GET /model/what-if`.
pub(super) async fn list(me: Member) -> Answer {
    let jobs: Vec<WhatIfJob> = me.get(PLACE).await?;
    let page = ListPage {
        desk: me.desk("What-ifs"),
        rows: jobs.into_iter().map(row).collect(),
        may_set: me.may("admin"),
    };
    Ok(show(StatusCode::OK, &page))
}

#[derive(Template)]
#[template(path = "manager/model/what_if_new.html")]
struct NewPage {
    desk: Desk,
    id: Option<u64>,
    from: String,
    has_model: bool,
    typed: Typed,
    notice: Option<Notice>,
}

/// `GET /model/what-if/new`, `?draft=` for a text in work.
pub(super) async fn ask(me: Member, drafts: Extension<Drafts>, asked: Asked) -> Answer {
    me.must("admin")?;
    let id = asked.text("draft").parse().ok();
    let typed = Typed::default_for(id.is_some());
    new_page(&me, &drafts, id, typed, None).await
}

async fn new_page(
    me: &Member,
    drafts: &Drafts,
    id: Option<u64>,
    typed: Typed,
    notice: Option<Notice>,
) -> Answer {
    let from = match id {
        Some(id) => draft_of(me, drafts, id).await?.from,
        None => String::new(),
    };
    let page = NewPage {
        desk: me.desk("Try on past requests"),
        id,
        from,
        has_model: in_force(me).await?.is_some(),
        typed,
        notice,
    };
    let status = match &page.notice {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    Ok(show(status, &page))
}

/// `POST /model/what-if`.
pub(super) async fn begin(drafts: Extension<Drafts>, Sent { me, form }: Sent) -> Answer {
    let id = form.text("draft").parse().ok();
    let typed = Typed::of(&form);
    let again = |notice| new_page(&me, &drafts, id, typed.clone(), Some(notice));
    let bad = |title: &str, text: String| Notice::new(Tone::Bad, title, text);
    let mut request = match typed.request(form.file("reservations").map(|bytes| bytes.as_ref())) {
        Ok(request) => request,
        Err(why) => return again(bad("This can't be tried", why)).await,
    };
    match (typed.proposal, id) {
        (Proposal::Draft, Some(id)) => {
            request.model = Some(draft_of(&me, &drafts, id).await?.text.to_string());
        }
        (Proposal::NoModel, _) => request.without_model = true,
        _ => {}
    }
    if let Choice::Last(hours) = typed.choice {
        let status: Status = me.get("/api/v1/status").await?;
        request.from = status.now.checked_minus(Duration::from_secs(hours * 3_600));
    }
    match started(&me, request, typed.choice).await {
        Ok(job) => Ok(see_other(&format!("/model/what-if/{}", segment(&job.id)))),
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) if trouble.code() == "busy" => {
            let text = "One runs at a time, so that the server stays quick for everybody. Wait for it, or cancel it, and \
                        send this again. What you chose is still here.";
            let notice = Notice::new(Tone::Wait, "Another what-if is under way", text);
            again(notice.then("/model/what-if", "Look at it")).await
        }
        Err(trouble) => again(refusal(&trouble)).await,
    }
}

/// Begins it. A day or a week that the server does not know whole is tried as far as it knows it.
async fn started(
    me: &Member,
    mut request: WhatIfRequest,
    choice: Choice,
) -> Result<WhatIfJob, Trouble> {
    let begun = me.api().post(PLACE, &request, "").await;
    match begun {
        Err(trouble)
            if matches!(choice, Choice::Last(_))
                && matches!(trouble.code(), "bad-value" | "archived") =>
        {
            request.from = None;
            me.api().post(PLACE, &request, "").await
        }
        begun => begun,
    }
}

#[derive(Template)]
#[template(path = "manager/model/what_if.html")]
struct WhatIfPage {
    desk: Desk,
    job: WhatIfJob,
    state: Badge,
    proposes: String,
    runs: bool,
    percent: u64,
    has_text: bool,
    shown: Option<Shown>,
    may_set: bool,
}

/// `GET /model/what-if/{id}`: progress, or the result.
pub(super) async fn look(me: Member, Path(id): Path<String>) -> Answer {
    let mut job = job_of(&me, &id).await?;
    let has_text = job.model.take().is_some();
    let result = job.result.take();
    let page = WhatIfPage {
        desk: me.desk(format!("What-if {}", job.id)),
        state: state(job.state),
        proposes: proposes(&job.proposes),
        runs: matches!(job.state, WhatIfState::Preparing | WhatIfState::Running),
        percent: match job.entries_total {
            0 => 0,
            total => job.entries_done.min(total) * 100 / total,
        },
        has_text,
        shown: result.map(|result| Shown::new(&result, &job)),
        may_set: me.may("admin"),
        job,
    };
    Ok(show(StatusCode::OK, &page))
}

/// One what-if, or the page that says that it is gone.
async fn job_of(me: &Member, id: &str) -> Result<WhatIfJob, Response> {
    let found = me.api().get(&format!("{PLACE}/{}", segment(id))).await;
    found.map_err(|trouble: Trouble| match trouble.status() {
        StatusCode::NOT_FOUND => {
            let text = "Results are kept for an hour, eight at most, and not over a restart of the server.";
            let back = Link { href: "/model/what-if".to_owned(), words: "To the what-ifs".to_owned() };
            me.nothing(text, back)
        }
        _ => me.sorry(&trouble),
    })
}

/// `GET /model/what-if/{id}/list.csv`.
pub(super) async fn file(me: Member, Path(id): Path<String>) -> Answer {
    let job = job_of(&me, &id).await?;
    let Some(result) = job.result else {
        return Ok(see_other(&format!("/model/what-if/{}", segment(&id))));
    };
    let heads = [
        "Kind",
        "Feature",
        "Name",
        "Requests",
        "Refused in fact",
        "Refused then",
        "Refused more",
        "Refused less",
        "Peak in fact",
        "Peak then",
        "Average in fact",
        "Average then",
    ];
    Ok(sheet(&format!("what-if-{}.csv", job.id), &heads, rows_of(&result)))
}

/// `POST /model/what-if/{id}/cancel`: stops it, or lets go of its result.
pub(super) async fn cancel(Path(id): Path<String>, Sent { me, form }: Sent) -> Answer {
    let ran = form.text("runs") == "yes";
    match me.api().delete::<()>(&format!("{PLACE}/{}", segment(&id)), None).await {
        Ok(()) => {
            let title = match ran {
                true => format!("{id} is being stopped"),
                false => format!("The result of {id} is let go of"),
            };
            Ok(me.done(Notice::new(Tone::Good, title, ""), "/model/what-if"))
        }
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}

/// `POST /model/what-if/{id}/draft`: the text that was tried, to go on with.
pub(super) async fn take_text(
    drafts: Extension<Drafts>,
    Path(id): Path<String>,
    Sent { me, form }: Sent,
) -> Answer {
    let job = job_of(&me, &id).await?;
    let back = format!("/model/what-if/{}", segment(&id));
    let Some(text) = job.model else { return Ok(see_other(&back)) };
    let base = in_force(&me).await?.map(|model| model.version.version);
    let draft = Draft { text: text.into(), base, from: format!("The text of what-if {}", job.id) };
    let id = drafts.add(&me, draft);
    Ok(see_other(&match form.text("act") {
        "force" => format!("/model/draft/{id}/force"),
        _ => format!("/model/draft/{id}"),
    }))
}
