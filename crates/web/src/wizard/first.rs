//! The first page: what is here, which device is meant, where the office is, which files are at hand.
//!
//! Kept here: where something is missing the page says what, and how to get it. Deliberately not here: what follows.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::wizard::{WizardOffice, WizardState};

use super::guest::{Guest, api, sentence};
use crate::backend::Trouble;
use crate::component::{Notice, Steps, Tone, When};
use crate::icon::Icon;
use crate::site::{Frame, Inside, Posted, Site, refusal, see_other, show};
use crate::words;

/// The steps of every exchange.
pub(super) const STEPS: &[&str] = &["Device", "Licenses", "Exchange"];

#[derive(Template)]
#[template(path = "wizard/start.html")]
struct StartPage {
    frame: Frame,
    steps: Steps,
    notice: Option<Notice>,
    here: Option<String>,
    devices: Vec<Place>,
    fault: Option<Notice>,
    office: Option<String>,
    papers: Vec<Paper>,
    typed: String,
    chosen: String,
}

/// A container that can be meant.
struct Place {
    serial: String,
    name: String,
    about: String,
    closed: Option<String>,
}

/// A file at hand.
pub(super) struct Paper {
    pub(super) kind: String,
    pub(super) serial: String,
    pub(super) at: When,
}

impl Paper {
    fn words(&self) -> &'static str {
        match self.kind.as_str() {
            "context" => "Context",
            "update" => "Update",
            _ => "Receipt",
        }
    }
}

/// What was typed, and what is said of it.
#[derive(Default)]
pub(super) struct Again {
    pub(super) notice: Option<Notice>,
    pub(super) typed: String,
    pub(super) chosen: String,
    pub(super) status: StatusCode,
}

/// `GET /`.
pub(crate) async fn home(State(site): State<Site<Guest>>, inside: Inside<Guest>) -> Response {
    page(&site, &inside, Again::default()).await
}

/// The first page.
pub(super) async fn page(site: &Site<Guest>, inside: &Inside<Guest>, again: Again) -> Response {
    let asked: Result<WizardState, Trouble> = api(site, inside).get("/api/v1/wizard").await;
    let state = match asked {
        Ok(state) => state,
        Err(trouble) => return site.sorry(&inside.visit, &trouble),
    };
    let mut devices: Vec<Place> = state
        .containers
        .iter()
        .map(|one| Place {
            serial: one.serial.clone(),
            name: one.name.clone(),
            about: format!(
                "{}, {}",
                words::kind(one.kind),
                words::so_many(one.items, "item", "items")
            ),
            closed: (!one.open).then(|| match &one.fault {
                Some(code) => words::fault(code),
                None => "It does not open on this machine.".to_owned(),
            }),
        })
        .collect();
    if devices.is_empty() && state.fault.is_none() {
        for paper in state.papers.iter().filter(|paper| paper.kind == "context") {
            let about = "known by its context file; the device itself is not here".to_owned();
            let name = paper.name.clone().unwrap_or_default();
            devices.push(Place { serial: paper.serial.clone(), name, about, closed: None });
        }
    }
    let fault = state.fault.map(|fault| {
        let text = format!("{} {}", sentence(&fault.text), sentence(&fault.advice));
        Notice::new(Tone::Bad, "The device can't be used", text.trim())
    });
    let papers = state.papers.into_iter();
    let papers =
        papers.map(|one| Paper { kind: one.kind, serial: one.serial, at: When(one.at) }).collect();
    let page = StartPage {
        frame: site.frame(&inside.visit, "Licenses for a device"),
        steps: Steps { label: "Steps of the wizard", words: STEPS, at: 1 },
        notice: again.notice,
        here: state.device,
        devices,
        fault,
        office: state.office,
        papers,
        typed: again.typed,
        chosen: again.chosen,
    };
    show(again.status, &page)
}

/// `POST /office`.
pub(crate) async fn office(
    State(site): State<Site<Guest>>,
    Posted { inside, form }: Posted<Guest>,
) -> Response {
    let address = form.text("address").to_owned();
    let office = WizardOffice { address };
    let named: Result<(), Trouble> =
        api(&site, &inside).post("/api/v1/wizard/office", &office, "").await;
    match named {
        Ok(()) => see_other("/"),
        Err(trouble) => {
            let status = trouble.status();
            let again = Again { notice: Some(refusal(&trouble)), status, ..Again::default() };
            page(&site, &inside, again).await
        }
    }
}
