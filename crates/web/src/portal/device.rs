//! The device that gets the licenses: asked for, shown for a check, and activated.
//!
//! Kept here: nothing is activated before the person has seen which licenses go into which device; sending the same
//! check twice activates once (the form carries the key of repetition).

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{
    ContainerState, IssuedUpdate, PortalActivationRequest, PortalContainer, ReadContext,
};

use super::bridge::carry_back;
use super::choose::STEPS;
use super::visitor::{Chosen, Portal, Visitor, chosen, containers, look_up};
use crate::backend::{Api, Trouble};
use crate::component::{Badge, Notice, Steps, Tone, When};
use crate::form::Form;
use crate::given::document;
use crate::icon::Icon;
use crate::shown::mark;
use crate::site::{Frame, Inside, Posted, refusal, see_other, show};
use crate::words;

#[derive(Template)]
#[template(path = "portal/device.html")]
struct DevicePage {
    frame: Frame,
    steps: Steps,
    notice: Option<Notice>,
    basket: Vec<Chosen>,
    known: Vec<Known>,
}

/// A container that the office has met.
struct Known {
    serial: String,
    name: String,
    kind: &'static str,
    last_contact: Option<When>,
}

#[derive(Template)]
#[template(path = "portal/check.html")]
struct CheckPage {
    frame: Frame,
    steps: Steps,
    notices: Vec<Notice>,
    basket: Vec<Chosen>,
    /// The mark of what was chosen.
    shown: String,
    device: Device,
    once: String,
}

/// The device as it is shown for the check.
struct Device {
    serial: String,
    name: String,
    kind: &'static str,
    items: Option<String>,
    at: Option<When>,
    badge: Option<Badge>,
    context: String,
}

/// `GET /portal/device`.
pub(crate) async fn ask(State(site): State<Portal>, inside: Inside<Visitor>) -> Response {
    if inside.holds.basket.is_empty() {
        return see_other("/portal/licenses");
    }
    if let Some(carry) = &inside.holds.carry {
        let read = read_context(&site.api(&inside.visit, None), &carry.context).await;
        return match read {
            Ok(context) => check(&site, &inside, of_context(context), None).await,
            Err(trouble) => site.sorry(&inside.visit, &trouble),
        };
    }
    question(&site, &inside, None).await
}

async fn question(site: &Portal, inside: &Inside<Visitor>, notice: Option<Notice>) -> Response {
    let api = site.api(&inside.visit, None);
    let (looked_up, known) =
        (look_up(&api, &inside.holds.ids).await, containers(&api, &inside.holds.ids).await);
    let (looked_up, known) = match (looked_up, known) {
        (Ok(looked_up), Ok(known)) => (looked_up, known),
        (Err(trouble), _) | (_, Err(trouble)) => return site.sorry(&inside.visit, &trouble),
    };
    let known =
        known.into_iter().filter(|one| one.state == ContainerState::Known).map(|one| Known {
            serial: one.serial,
            name: one.name,
            kind: words::kind(one.kind),
            last_contact: one.last_contact.map(When),
        });
    let status = notice.as_ref().map_or(StatusCode::OK, |_| StatusCode::UNPROCESSABLE_ENTITY);
    let page = DevicePage {
        frame: site.frame(&inside.visit, "Which device gets them?"),
        steps: Steps { label: "Steps of the activation", words: &STEPS, at: 2 },
        notice,
        basket: chosen(&inside.holds.basket, &looked_up.entitlements),
        known: known.collect(),
    };
    show(status, &page)
}

/// `POST /portal/device`: a context in any form, or the serial of a known container.
pub(crate) async fn give(
    State(site): State<Portal>,
    Posted { inside, form }: Posted<Visitor>,
) -> Response {
    if inside.holds.basket.is_empty() {
        return see_other("/portal/licenses");
    }
    let api = site.api(&inside.visit, None);
    let serial = form.text("serial");
    if !serial.is_empty() {
        return match containers(&api, &inside.holds.ids).await {
            Ok(known) => match known.into_iter().find(|one| one.serial == serial) {
                Some(found) => check(&site, &inside, of_known(found), None).await,
                None => question(&site, &inside, Some(not_met(serial))).await,
            },
            Err(trouble) => site.sorry(&inside.visit, &trouble),
        };
    }
    let text = match document(&form).await {
        Ok(text) => text,
        Err(fault) => {
            let notice = Notice::new(Tone::Bad, "The device is not known yet", fault.to_string());
            return question(&site, &inside, Some(notice)).await;
        }
    };
    match read_context(&api, &text).await {
        Ok(context) => check(&site, &inside, of_context(context), None).await,
        Err(trouble) => question(&site, &inside, Some(refusal(&trouble))).await,
    }
}

fn not_met(serial: &str) -> Notice {
    let text = format!(
        "{serial} holds nothing of your activation IDs yet. Give its context as a file, a photograph or text."
    );
    Notice::new(Tone::Bad, "This device has to introduce itself", text)
}

/// What a context says about its container.
pub(super) async fn read_context(api: &Api<'_>, text: &str) -> Result<ReadContext, Trouble> {
    let bytes = axum::body::Bytes::copy_from_slice(text.as_bytes());
    api.post_bytes("/api/v1/contexts/read", "text/plain; charset=utf-8", bytes).await
}

fn of_context(read: ReadContext) -> Device {
    Device {
        serial: read.serial,
        name: read.name,
        kind: words::kind(read.kind),
        items: Some(match read.items {
            0 => "Nothing yet".to_owned(),
            items => words::so_many(items, "item", "items"),
        }),
        at: Some(When(read.at)),
        badge: None,
        context: read.context,
    }
}

fn of_known(known: PortalContainer) -> Device {
    Device {
        serial: known.serial,
        name: known.name,
        kind: words::kind(known.kind),
        items: None,
        at: known.last_contact.map(When),
        badge: Some(words::container(known.state)),
        context: String::new(),
    }
}

/// The check of a device; once more after what the form said could not be done as it was.
async fn check(
    site: &Portal,
    inside: &Inside<Visitor>,
    device: Device,
    again: Option<Again>,
) -> Response {
    let looked_up = match look_up(&site.api(&inside.visit, None), &inside.holds.ids).await {
        Ok(looked_up) => looked_up,
        Err(trouble) => return site.sorry(&inside.visit, &trouble),
    };
    let basket = chosen(&inside.holds.basket, &looked_up.entitlements);
    let unfit = basket.iter().find(|one| {
        !one.kinds.is_empty() && !one.kinds.iter().any(|kind| words::kind(*kind) == device.kind)
    });
    let unfit = unfit.map(|one| {
        let allowed: Vec<_> = one.kinds.iter().map(|kind| words::kind(*kind)).collect();
        let text = format!(
            "{} goes into: {}. This one is: {}.",
            one.product,
            allowed.join(", "),
            device.kind
        );
        Notice::new(Tone::Wait, "One of the licenses may not fit this device", text)
    });
    let Again { status, notice, once } = again.unwrap_or_default();
    let page = CheckPage {
        frame: site.frame(&inside.visit, "Is this right?"),
        steps: Steps { label: "Steps of the activation", words: &STEPS, at: 3 },
        notices: notice.into_iter().chain(unfit).collect(),
        basket,
        shown: mark(&inside.holds.basket),
        device,
        once: crate::site::once(&once, status),
    };
    show(status, &page)
}

/// Why a check is shown once more, and the key of the one that was sent.
#[derive(Default)]
struct Again {
    status: StatusCode,
    notice: Option<Notice>,
    once: String,
}

/// The same check for the device that the form named.
async fn check_again(
    site: &Portal,
    inside: &Inside<Visitor>,
    form: &Form,
    (status, notice): (StatusCode, Notice),
) -> Response {
    let api = site.api(&inside.visit, None);
    let device = match form.text("context") {
        "" => {
            let known = containers(&api, &inside.holds.ids).await;
            let serial = form.text("serial");
            known.map(|known| known.into_iter().find(|one| one.serial == serial).map(of_known))
        }
        context => read_context(&api, context).await.map(of_context).map(Some),
    };
    match device {
        Ok(Some(device)) => {
            let (notice, once) = (Some(notice), form.text("once").to_owned());
            check(site, inside, device, Some(Again { status, notice, once })).await
        }
        Ok(None) => question(site, inside, Some(notice)).await,
        Err(trouble) => site.sorry(&inside.visit, &trouble),
    }
}

/// `POST /portal/activate`.
pub(crate) async fn activate(
    State(site): State<Portal>,
    Posted { inside, form }: Posted<Visitor>,
) -> Response {
    if inside.holds.basket.is_empty() {
        return see_other("/portal/containers?nothing");
    }
    if form.text("shown") != mark(&inside.holds.basket) {
        let text = "That was in another window. Nothing was activated. Compare what would go into this device now.";
        let notice = Notice::new(Tone::Wait, "What you chose has changed", text);
        return check_again(&site, &inside, &form, (StatusCode::CONFLICT, notice)).await;
    }
    let given = |name: &str| Some(form.text(name)).filter(|text| !text.is_empty());
    let context = given("context");
    let asked = PortalActivationRequest {
        choices: inside.holds.basket.clone(),
        context: context.map(str::to_owned),
        serial: given("serial").filter(|_| context.is_none()).map(str::to_owned),
    };
    let api = site.api(&inside.visit, None);
    let answer: Result<IssuedUpdate, Trouble> =
        api.post("/api/v1/portal/activations", &asked, form.text("once")).await;
    match answer {
        Ok(update) => {
            let carry = inside.holds.carry.clone();
            site.change(&inside, |holds| {
                holds.basket.clear();
                holds.carry = None;
            });
            match carry {
                Some(carry) => carry_back(&site, &inside.visit, &carry, update),
                None => see_other(&format!("/portal/containers/{}?activated", update.serial)),
            }
        }
        // It may have been done: the same check with the same key does nothing more.
        Err(trouble) if trouble.status().is_server_error() => {
            let said = (trouble.status(), refusal(&trouble));
            check_again(&site, &inside, &form, said).await
        }
        Err(trouble) => question(&site, &inside, Some(refusal(&trouble))).await,
    }
}
