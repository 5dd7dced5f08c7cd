//! The container and its files: context out, update in, receipt out; the office on line; reports of use.
//!
//! Kept here: each of the ways to bring the server up to date is on one page, with what came of the last one.
//! Deliberately not here: whether an update fits (the server), what a refusal means (`ferry`).

mod files;
mod request;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use std::time::Duration;
use tenure_api::{
    ContainerAnswer, OfficeStatus, Page, SyncOutcome, SyncRound, UpdateAnswer, UsageReportRow,
};

use super::ferry::{NotApplied, apply, exchanged, fault, outcome, taken};
use crate::backend::Trouble;
use crate::component::{Badge, Notice, Tone, When};
use crate::icon::Icon;
use crate::site::{refusal, show};
use crate::span;
use crate::staff::{Answer, Desk, Member, Pages, Sent};
use crate::words;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/offline", get(front))
        .route("/offline/context", get(files::context))
        .route("/offline/context.tnr", get(files::context_file))
        .route("/offline/update", post(update))
        .route("/offline/receipt.tnr", get(files::receipt_file))
        .route("/offline/request", get(request::ask))
        .route("/offline/request.tnr", get(request::file))
        .route("/offline/sync", post(sync))
        .route("/offline/usage", post(make_report))
        .route("/offline/usage.csv", get(files::usage_list))
        .route("/offline/usage/{number}", get(files::usage_file))
}

#[derive(Template)]
#[template(path = "manager/offline/front.html")]
struct FrontPage {
    desk: Desk,
    notice: Option<Notice>,
    typed: String,
    action: &'static str,
    held: Held,
    office: OfficePart,
    reports: Vec<Report>,
    may: bool,
}

/// The container.
struct Held {
    serial: String,
    name: String,
    generation: u32,
    sequence: u64,
    items: String,
    keyset_version: u64,
    revocation_sequence: u64,
    certified: Badge,
}

fn held(container: ContainerAnswer) -> Held {
    Held {
        items: words::so_many(container.items.into(), "item", "items"),
        certified: match container.certified {
            true => Badge::new(Tone::Good, "Can serve"),
            false => Badge::new(Tone::Wait, "Waits for its first update"),
        },
        serial: container.serial,
        name: container.name,
        generation: container.generation,
        sequence: container.sequence,
        keyset_version: container.keyset_version,
        revocation_sequence: container.revocation_sequence,
    }
}

/// How the exchange with the office stands.
struct OfficePart {
    address: Option<String>,
    badge: Badge,
    asks: String,
    last: Option<Last>,
    next: Option<When>,
    alarm: Option<Notice>,
}

/// The last round.
struct Last {
    at: When,
    badge: Badge,
    receipt_taken: bool,
}

fn office(status: OfficeStatus) -> OfficePart {
    let every = span::every(status.interval_seconds);
    let failed = |round: &&SyncRound| round.outcome == SyncOutcome::Failed;
    let alarm = status.last.as_ref().filter(failed).map(|round| {
        let times = words::so_many(status.failures.into(), "round", "rounds");
        let title = format!("No exchange with the office in the last {times}");
        Notice::new(Tone::Bad, title, fault(round))
    });
    let badge = match (&status.address, &status.last) {
        (None, _) => Badge::new(Tone::Idle, "Not connected"),
        (Some(_), None) => Badge::new(Tone::Wait, "Not asked since the start"),
        (Some(_), Some(round)) if round.outcome == SyncOutcome::Failed => {
            Badge::new(Tone::Bad, "Out of step")
        }
        (Some(_), Some(_)) => Badge::new(Tone::Good, "In step"),
    };
    let interval = Duration::from_secs(status.interval_seconds);
    let next = status.last.as_ref().filter(|_| status.polls && alarm.is_none());
    OfficePart {
        next: next.map(|round| When(round.at.plus(interval))),
        asks: match status.polls {
            true => format!("By itself, {every}"),
            false => "Only when somebody asks it to".to_owned(),
        },
        last: status.last.as_ref().map(|round| Last {
            at: When(round.at),
            badge: outcome(round),
            receipt_taken: round.receipt_taken || round.outcome == SyncOutcome::Failed,
        }),
        address: status.address,
        badge,
        alarm,
    }
}

/// A report of use.
struct Report {
    number: u64,
    until: When,
    at: When,
    badge: Badge,
}

fn report(row: &UsageReportRow) -> Report {
    Report {
        number: row.to_sequence,
        until: When(row.until),
        at: When(row.at),
        badge: match row.taken {
            true => Badge::new(Tone::Good, "The office has it"),
            false => Badge::new(Tone::Idle, "Not sent by this server"),
        },
    }
}

/// `GET /offline`.
async fn front(me: Member) -> Answer {
    page(&me, StatusCode::OK, None, "").await
}

async fn page(me: &Member, status: StatusCode, notice: Option<Notice>, typed: &str) -> Answer {
    let may = me.may("offline");
    let reports = async {
        let list = "/api/v1/usage-reports?size=50&sort=-to_sequence";
        match may {
            true => me.get::<Page<UsageReportRow>>(list).await.map(|page| page.items),
            false => Ok(Vec::new()),
        }
    };
    let (container, office_status, reports) = tokio::join!(
        me.get::<ContainerAnswer>("/api/v1/container"),
        me.get::<OfficeStatus>("/api/v1/office"),
        reports,
    );
    let page = FrontPage {
        desk: me.desk("Updates and files"),
        notice,
        typed: typed.to_owned(),
        action: "/offline/update",
        held: held(container?),
        office: office(office_status?),
        reports: reports?.iter().map(report).collect(),
        may,
    };
    Ok(show(status, &page))
}

#[derive(Template)]
#[template(path = "manager/offline/applied.html")]
struct AppliedPage {
    desk: Desk,
    notice: Notice,
    results: Vec<(u64, Badge)>,
    receipt: String,
}

/// `POST /offline/update`.
async fn update(Sent { me, form }: Sent) -> Answer {
    me.must("offline")?;
    match apply(&me, &form).await {
        Ok(answer) => Ok(applied(&me, &answer)),
        Err(NotApplied::Elsewhere(page)) => Ok(*page),
        Err(NotApplied::Said(status, notice)) => {
            page(&me, status, Some(*notice), form.text("text")).await
        }
    }
}

fn applied(me: &Member, answer: &UpdateAnswer) -> Response {
    let results = answer.results.iter();
    let page = AppliedPage {
        desk: me.desk("The update is in"),
        notice: taken(answer),
        results: results.map(|one| (one.sequence, words::op_result(&one.result))).collect(),
        receipt: answer.receipt.clone(),
    };
    show(StatusCode::OK, &page)
}

/// `POST /offline/sync`.
async fn sync(Sent { me, .. }: Sent) -> Answer {
    let answer: Result<SyncRound, Trouble> = me.api().post_empty("/api/v1/office/sync", "").await;
    match answer {
        Ok(round) => Ok(me.done(exchanged(&round), "/offline")),
        Err(trouble) => refused(&me, &trouble).await,
    }
}

/// `POST /offline/usage`.
async fn make_report(Sent { me, .. }: Sent) -> Answer {
    let answer: Result<UsageReportRow, Trouble> =
        me.api().post_empty("/api/v1/usage-reports", "").await;
    match answer {
        Ok(row) => {
            let title = format!("Report {} is made", row.to_sequence);
            let text =
                "Download it and send it to the publisher, or leave it to the next exchange.";
            Ok(me.done(Notice::new(Tone::Good, title, text), "/offline#reports"))
        }
        Err(trouble) if trouble.status() == StatusCode::NOT_FOUND => {
            let text =
                "A report holds whole days. The next one can be made when today is over (UTC).";
            let notice = Notice::new(Tone::Tell, "No day is over since the last report", text);
            Ok(me.done(notice, "/offline#reports"))
        }
        Err(trouble) => refused(&me, &trouble).await,
    }
}

async fn refused(me: &Member, trouble: &Trouble) -> Answer {
    match trouble.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Ok(me.sorry(trouble)),
        status => page(me, status, Some(refusal(trouble)), "").await,
    }
}
