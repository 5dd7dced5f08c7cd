//! Doing what can be done, saying what was done and what is next, and the files that are carried.
//!
//! Kept here: whatever happens, the page ends with the next step in plain words; a file to carry is one button.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::wizard::{WizardJob, WizardOutcome, WizardPaper};

use super::first::{Again, STEPS, page};
use super::guest::{Guest, api, sentence};
use crate::backend::Trouble;
use crate::component::{Notice, Steps, Tone};
use crate::download::document_file;
use crate::form::Form;
use crate::given::document;
use crate::icon::Icon;
use crate::site::{Frame, Inside, Posted, Site, refusal, show};

#[derive(Template)]
#[template(path = "wizard/outcome.html")]
struct OutcomePage {
    frame: Frame,
    steps: Steps,
    notice: Notice,
    serial: String,
    done: Vec<String>,
    carry: Option<Carry>,
}

/// A file to carry, and what to do with it where it goes.
struct Carry {
    file: &'static str,
    button: &'static str,
    howto: &'static [(&'static str, &'static str)],
}

/// The job of a form, with what is wished for.
pub(super) fn job(form: &Form, wishes: Vec<String>) -> WizardJob {
    let serial = Some(form.text("serial").to_owned()).filter(|serial| !serial.is_empty());
    WizardJob { serial, wishes, carry: false, afresh: form.text("afresh") == "yes" }
}

/// `POST /run`: the quantities of the page of lines.
pub(crate) async fn run(
    State(site): State<Site<Guest>>,
    Posted { inside, form }: Posted<Guest>,
) -> Response {
    let wishes = form
        .with_prefix("take-")
        .filter(|(_, count)| !matches!(*count, "" | "0"))
        .map(|(line, count)| format!("{line}={count}"))
        .collect();
    carry_out(&site, &inside, &job(&form, wishes)).await
}

/// Does a job, and shows what became of it.
pub(super) async fn carry_out(
    site: &Site<Guest>,
    inside: &Inside<Guest>,
    job: &WizardJob,
) -> Response {
    let asked: Result<WizardOutcome, Trouble> =
        api(site, inside).post("/api/v1/wizard/runs", job, "").await;
    match asked {
        Ok(outcome) => outcome_page(site, inside, outcome),
        Err(trouble) => {
            let status = trouble.status();
            let again = Again { notice: Some(refusal(&trouble)), status, ..Again::default() };
            page(site, inside, again).await
        }
    }
}

fn outcome_page(site: &Site<Guest>, inside: &Inside<Guest>, outcome: WizardOutcome) -> Response {
    let (title, notice) = match &outcome.fault {
        None => said(&outcome.end),
        Some(fault) => {
            let text = format!("{} {}", sentence(&fault.text), sentence(&fault.advice));
            let notice = Notice::new(Tone::Bad, "Something is in the way", text.trim());
            ("The exchange stopped", notice)
        }
    };
    let page = OutcomePage {
        frame: site.frame(&inside.visit, title),
        steps: Steps { label: "Steps of the wizard", words: STEPS, at: 3 },
        notice,
        carry: carry(&outcome),
        serial: outcome.serial,
        done: outcome.steps.iter().map(|step| sentence(step)).collect(),
    };
    let status = match outcome.fault {
        None => StatusCode::OK,
        Some(_) => StatusCode::CONFLICT,
    };
    show(status, &page)
}

/// How a run ended, in words.
fn said(end: &str) -> (&'static str, Notice) {
    let notice = |tone, title: &'static str, text: &'static str| {
        let head = if tone == Tone::Good { "Nothing is left to do" } else { "What is next" };
        (title, Notice::new(tone, head, text))
    };
    match end {
        "confirmed" => notice(
            Tone::Good,
            "The device is up to date",
            "It has what the office holds for it, and the office knows.",
        ),
        "applied" => notice(
            Tone::Good,
            "The device is up to date",
            "The office learns of it with the next context or receipt.",
        ),
        "ask-at-office" => notice(
            Tone::Tell,
            "The context is ready to be carried",
            "Take the file to a machine that reaches the vendor's office, and come back with the update.",
        ),
        "apply-at-device" => notice(
            Tone::Tell,
            "The update is ready to be carried",
            "Take the file to the device and put it in there.",
        ),
        "hand-over-at-office" => notice(
            Tone::Tell,
            "The update is applied",
            "Take the receipt back to the office. It may be left out: the next context says the same.",
        ),
        "context-at-device" => notice(
            Tone::Tell,
            "The device's context is missing",
            "Get it on the device (tenure wizard --web there, or tenure device context -o context.tnr), bring it here \
             and put it in.",
        ),
        "newer-generation" => notice(
            Tone::Bad,
            "The update is for a later generation",
            "The device may be an old copy of this container. Begin the generation there with tenure device regenerate, \
             or begin a new round.",
        ),
        _ => notice(
            Tone::Tell,
            "The office has nothing new for this device",
            "To activate something, go back and type the activation ID of the order.",
        ),
    }
}

fn carry(outcome: &WizardOutcome) -> Option<Carry> {
    match outcome.paper.as_deref()? {
        "context" => Some(Carry {
            file: "context.tnr",
            button: "Save the context",
            howto: &[
                ("Carry it", "On a stick or over any wire, to a machine that reaches the office."),
                (
                    "Ask for the update there",
                    "In the portal of the vendor, or with tenure wizard --web and the office's address.",
                ),
                ("Come back", "Put the update in on the first page here, today or another day."),
            ],
        }),
        "update" => Some(Carry {
            file: "update.tnr",
            button: "Save the update",
            howto: &[
                ("Carry it to the device", "Any newest file is enough; an older one does no harm."),
                (
                    "Put it in there",
                    "On the first page of tenure wizard --web, or with tenure device apply update.tnr.",
                ),
                ("Bring the receipt", "Optional: it proves to the office what the device holds."),
            ],
        }),
        "receipt" => Some(Carry {
            file: "receipt.tnr",
            button: "Save the receipt",
            howto: &[
                ("Carry it back", "To the machine that reaches the vendor's office."),
                ("Hand it in", "In the portal of the vendor, or on the first page of the wizard."),
            ],
        }),
        _ => None,
    }
}

/// `POST /papers`: a file that was carried here; of an update or a receipt, then what can be done with it.
pub(crate) async fn bring(
    State(site): State<Site<Guest>>,
    Posted { inside, form }: Posted<Guest>,
) -> Response {
    let wrong = |notice, status| Again { notice: Some(notice), status, ..Again::default() };
    let text = match document(&form).await {
        Ok(text) => text,
        Err(fault) => {
            let notice = Notice::new(Tone::Bad, "There is no file yet", fault.to_string());
            return page(&site, &inside, wrong(notice, StatusCode::UNPROCESSABLE_ENTITY)).await;
        }
    };
    let kind = "text/plain; charset=utf-8";
    let taken: Result<WizardPaper, Trouble> =
        api(&site, &inside).post_bytes("/api/v1/wizard/papers", kind, text.into()).await;
    match taken {
        // Somebody may want to choose before the office is asked.
        Ok(paper) if paper.kind == "context" => {
            let text = "Type the activation ID of the order, or fetch what the vendor has ready.";
            let notice = Notice::new(Tone::Good, "The context is here", text);
            let chosen = paper.serial;
            page(&site, &inside, Again { notice: Some(notice), chosen, ..Again::default() }).await
        }
        Ok(paper) => {
            let job = WizardJob { serial: Some(paper.serial), ..WizardJob::default() };
            carry_out(&site, &inside, &job).await
        }
        Err(trouble) => {
            let (notice, status) = (refusal(&trouble), trouble.status());
            page(&site, &inside, wrong(notice, status)).await
        }
    }
}

/// `GET /papers/{name}?serial=…`.
pub(crate) async fn paper(
    State(site): State<Site<Guest>>,
    inside: Inside<Guest>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let kind = name.strip_suffix(".tnr").unwrap_or(&name);
    let harmless = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    let query = query.unwrap_or_default();
    let serial = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "serial")
        .map_or_else(String::new, |(_, serial)| serial.chars().filter(harmless).take(64).collect());
    let kind: String = kind.chars().filter(harmless).take(16).collect();
    let path = format!("/api/v1/wizard/papers/{kind}/{serial}");
    match api(&site, &inside).get_text(&path).await {
        Ok(text) => document_file(&format!("{kind}.tnr"), text),
        Err(trouble) => site.sorry(&inside.visit, &trouble),
    }
}
