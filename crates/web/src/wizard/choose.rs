//! What the device shall hold: the lines of activation IDs, with how many of each.
//!
//! Kept here: what the device holds already counts, and stands in the fields. Deliberately not here: the exchange.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::wizard::{WizardEntitlement, WizardLine, WizardLookUp, WizardOffer};

use super::first::{Again, STEPS, page};
use super::guest::{Guest, api};
use super::outcome::{carry_out, job};
use crate::backend::Trouble;
use crate::component::{Notice, Steps, Tone};
use crate::form::Form;
use crate::icon::Icon;
use crate::site::{Frame, Posted, Site, refusal, show};

/// Most activation IDs of one form.
const IDS_MAX: usize = 50;

#[derive(Template)]
#[template(path = "wizard/choose.html")]
struct ChoosePage {
    frame: Frame,
    steps: Steps,
    serial: String,
    afresh: bool,
    groups: Vec<Group>,
    any_free: bool,
}

struct Group {
    activation_id: String,
    customer: String,
    lines: Vec<Row>,
}

struct Row {
    field: String,
    product: String,
    summary: String,
    bought: u64,
    free: u64,
    here: u32,
    /// What stands in the field at first.
    usual: u64,
    most: u64,
    closed: Option<String>,
}

/// `POST /choose`: what was typed on the first page; the button says how to go on.
pub(crate) async fn choose(
    State(site): State<Site<Guest>>,
    Posted { inside, form }: Posted<Guest>,
) -> Response {
    let ids = typed_ids(&form);
    let serial = form.text("serial").to_owned();
    let again = |notice, status| Again {
        notice: Some(notice),
        typed: form.text("ids").to_owned(),
        chosen: form.text("serial").to_owned(),
        status,
    };
    match form.text("go") {
        "carry" => {
            let mut job = job(&form, ids);
            job.carry = true;
            return carry_out(&site, &inside, &job).await;
        }
        "ready" => return carry_out(&site, &inside, &job(&form, Vec::new())).await,
        _ if ids.is_empty() => {
            let text = "Type the activation ID of the order. Without one, ask for what the vendor has ready.";
            let notice = Notice::new(Tone::Bad, "There is no activation ID yet", text);
            return page(&site, &inside, again(notice, StatusCode::UNPROCESSABLE_ENTITY)).await;
        }
        _ => {}
    }
    let wanted = WizardLookUp {
        activation_ids: ids,
        serial: Some(serial.clone()).filter(|serial| !serial.is_empty()),
    };
    let asked: Result<WizardOffer, Trouble> =
        api(&site, &inside).post("/api/v1/wizard/look-up", &wanted, "").await;
    let offer = match asked {
        Ok(offer) => offer,
        Err(trouble) => {
            let (notice, status) = (refusal(&trouble), trouble.status());
            return page(&site, &inside, again(notice, status)).await;
        }
    };
    let groups: Vec<Group> = offer.entitlements.into_iter().map(group).collect();
    let any_free = groups.iter().flat_map(|group| &group.lines).any(|line| line.closed.is_none());
    let page = ChoosePage {
        frame: site.frame(&inside.visit, "What shall the device hold?"),
        steps: Steps { label: "Steps of the wizard", words: STEPS, at: 2 },
        serial,
        afresh: form.text("afresh") == "yes",
        groups,
        any_free,
    };
    show(StatusCode::OK, &page)
}

fn group(one: WizardEntitlement) -> Group {
    let row = |line: WizardLine| {
        let here = u64::from(line.here);
        let none_free = (line.free == 0).then(|| "None are free".to_owned());
        Row {
            field: format!("take-{}/{}", one.activation_id, line.line),
            usual: if line.here == 0 && line.free > 0 { 1 } else { here },
            most: here.saturating_add(line.free),
            closed: line.refused.or(none_free),
            product: line.product,
            summary: line.summary,
            bought: line.bought,
            free: line.free,
            here: line.here,
        }
    };
    let lines = one.lines.into_iter().map(row).collect();
    Group { lines, customer: one.customer, activation_id: one.activation_id.clone() }
}

/// Activation IDs as people paste them: by lines, blanks or commas.
fn typed_ids(form: &Form) -> Vec<String> {
    let text = form.text("ids");
    let ids = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';');
    ids.filter(|id| !id.is_empty()).take(IDS_MAX).map(str::to_owned).collect()
}
