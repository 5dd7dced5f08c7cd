//! Many devices from a list: the list in, progress, a report.
//!
//! Kept here: while the run goes on the page loads itself again, without a script; what was not served says what to do.

use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tenure_api::wizard::{WizardRow, WizardTrip};

use super::guest::{Guest, api};
use crate::backend::Trouble;
use crate::component::{Badge, Notice, Share, Tone};
use crate::icon::Icon;
use crate::site::{Frame, Inside, Posted, Site, refusal, see_other, show};

#[derive(Template)]
#[template(path = "wizard/devices.html")]
struct DevicesPage {
    frame: Frame,
    notice: Option<Notice>,
    running: bool,
    rows: Vec<Row>,
    ended: usize,
    share: Share,
}

struct Row {
    name: String,
    serial: String,
    badge: Badge,
    what: String,
    next: String,
}

fn row(one: WizardRow) -> Row {
    let badge = match one.result.as_str() {
        "waiting" => Badge::new(Tone::Idle, "Waits"),
        "working" => Badge::new(Tone::Wait, "At work"),
        "done" => Badge::new(Tone::Good, "Done"),
        "nothing-to-do" => Badge::new(Tone::Good, "Nothing to do"),
        "to-carry" => Badge::new(Tone::Wait, "To be carried"),
        "refused" => Badge::new(Tone::Bad, "Refused"),
        _ => Badge::new(Tone::Bad, "Failed"),
    };
    let is_wrong = matches!(one.result.as_str(), "refused" | "failed" | "to-carry");
    let next = if is_wrong { one.next } else { String::new() };
    Row { name: one.name, serial: one.serial, badge, what: one.what, next }
}

fn is_open(one: &WizardRow) -> bool {
    matches!(one.result.as_str(), "waiting" | "working")
}

/// `GET /devices`.
pub(crate) async fn show_list(State(site): State<Site<Guest>>, inside: Inside<Guest>) -> Response {
    page(&site, &inside, StatusCode::OK, None).await
}

async fn page(
    site: &Site<Guest>,
    inside: &Inside<Guest>,
    status: StatusCode,
    notice: Option<Notice>,
) -> Response {
    let asked: Result<WizardTrip, Trouble> = api(site, inside).get("/api/v1/wizard/trip").await;
    let trip = match asked {
        Ok(trip) => trip,
        Err(trouble) => return site.sorry(&inside.visit, &trouble),
    };
    let ended = trip.rows.iter().filter(|one| !is_open(one)).count();
    let page = DevicesPage {
        frame: site.frame(&inside.visit, "Many devices in one run"),
        notice,
        running: trip.running,
        share: Share::new(ended as u64, trip.rows.len() as u64),
        ended,
        rows: trip.rows.into_iter().map(row).collect(),
    };
    let mut response = show(status, &page);
    if page.running {
        let again = HeaderValue::from_static("2; url=/devices");
        response.headers_mut().insert(HeaderName::from_static("refresh"), again);
    }
    response
}

/// `POST /devices`: the list.
pub(crate) async fn begin(
    State(site): State<Site<Guest>>,
    Posted { inside, form }: Posted<Guest>,
) -> Response {
    let Some(list) = form.file("file").cloned() else {
        let text = "Choose the list: a CSV file with the columns name, device, activation_ids.";
        let notice = Some(Notice::new(Tone::Bad, "There is no list yet", text));
        return page(&site, &inside, StatusCode::UNPROCESSABLE_ENTITY, notice).await;
    };
    let begun: Result<(), Trouble> =
        api(&site, &inside).post_bytes("/api/v1/wizard/trip", "text/csv", list).await;
    match begun {
        Ok(()) => see_other("/devices"),
        Err(trouble) => {
            let status = trouble.status();
            page(&site, &inside, status, Some(refusal(&trouble))).await
        }
    }
}

/// `GET /devices/report.csv`.
pub(crate) async fn report(State(site): State<Site<Guest>>, inside: Inside<Guest>) -> Response {
    match api(&site, &inside).get_text("/api/v1/wizard/trip/report").await {
        Ok(text) => {
            let name = "attachment; filename=\"report.csv\"";
            let kind = "text/csv; charset=utf-8";
            ([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name)], text).into_response()
        }
        Err(trouble) => site.sorry(&inside.visit, &trouble),
    }
}
