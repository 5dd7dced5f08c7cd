//! The device's end of the bridge: its context goes to the office as a form, the update comes back as one.
//!
//! Kept here: an update is taken only with a nonce that this device gave out for a bridge of a signed-in technician,
//! 256 bits, alive for an hour; it goes to the container the bridge was begun for, by that technician's token.
//! The browser sends no cookie with a form of another site, which is why the nonce is there.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::UpdateAnswer;

use super::act::{refused, results, taken};
use super::look::{path_of, sorry};
use super::technician::{Bridge, DEVICE_BRIDGE, Page, Technician, api};
use crate::backend::Trouble;
use crate::component::{Badge, Link, Notice};
use crate::headers::FormsGoTo;
use crate::icon::Icon;
use crate::origin::origin_of;
use crate::site::{Carried, Frame, Inside, Posted, show};

#[derive(Template)]
#[template(path = "device/bridge.html")]
struct BridgePage {
    frame: Frame,
    serial: String,
    typed: String,
    fault: Option<&'static str>,
    ready: Option<Ready>,
}

/// Everything that the form to the office carries.
struct Ready {
    office: String,
    context: String,
    back: String,
    state: String,
}

#[derive(Template)]
#[template(path = "device/bridge_done.html")]
struct DonePage {
    frame: Frame,
    notice: Notice,
    serial: String,
    results: Vec<(u64, Badge)>,
    receipt: Option<String>,
    ready: Ready,
}

/// `GET /containers/{serial}/bridge`.
pub(crate) async fn ask(
    State(page): State<Page>,
    inside: Inside<Technician>,
    Path(serial): Path<String>,
) -> Response {
    match page.site.options().office.clone() {
        Some(office) => ready(&page, &inside, serial, &office).await,
        None => address(&page, &inside, serial, "", None),
    }
}

fn address(
    page: &Page,
    inside: &Inside<Technician>,
    serial: String,
    typed: &str,
    fault: Option<&'static str>,
) -> Response {
    let frame = page.site.frame(&inside.visit, "Over the bridge to the office");
    let status = fault.map_or(StatusCode::OK, |_| StatusCode::UNPROCESSABLE_ENTITY);
    show(status, &BridgePage { frame, serial, typed: typed.to_owned(), fault, ready: None })
}

/// `POST /containers/{serial}/bridge`: the address of the office.
pub(crate) async fn begin(
    State(page): State<Page>,
    Path(serial): Path<String>,
    Posted { inside, form }: Posted<Technician>,
) -> Response {
    let typed = form.text("office");
    if origin_of(typed).is_none() {
        let fault =
            Some("Enter the address of the office as in a browser, beginning with https://.");
        return address(&page, &inside, serial, typed, fault);
    }
    ready(&page, &inside, serial, typed).await
}

async fn ready(page: &Page, inside: &Inside<Technician>, serial: String, office: &str) -> Response {
    let Some(office) = origin_of(office) else {
        return address(
            page,
            inside,
            serial,
            office,
            Some("This is not the address of an office."),
        );
    };
    let context = match api(&page.site, inside).get_text(&path_of(&serial, "/context")).await {
        Ok(context) => context,
        Err(trouble) => return sorry(&page.site, inside, &trouble),
    };
    let bridge = Bridge {
        token: inside.holds.token.clone(),
        serial: serial.clone(),
        office: office.clone(),
    };
    let Some(state) = page.bridges.open(bridge, page.site.uptime()) else {
        return page.site.sorry(&inside.visit, &Trouble::Broken);
    };
    let back = format!("{}{DEVICE_BRIDGE}", inside.visit.origin);
    let frame = page.site.frame(&inside.visit, "Over the bridge to the office");
    let ready = Some(Ready { office: office.clone(), context, back, state });
    let typed = office.clone();
    let bridge_page = BridgePage { frame, serial, typed, fault: None, ready };
    let mut response = show(StatusCode::OK, &bridge_page);
    response.extensions_mut().insert(FormsGoTo(office));
    response
}

/// `POST /bridge/update`: the office's page hands the update over.
pub(crate) async fn arrive(
    State(page): State<Page>,
    Carried { visit, form }: Carried<Technician>,
) -> Response {
    let state = form.text("state");
    let Some(bridge) = page.bridges.holds(state, page.site.uptime()) else {
        let text = "The bridge was begun more than an hour ago, or on another device. Begin it again; the update \
                    is not lost, the office gives it once more.";
        let next = Link { href: "/".to_owned(), words: "To this device".to_owned() };
        let title = "This bridge is no longer open";
        return page.site.error(&visit, StatusCode::FORBIDDEN, title, text, next);
    };
    let body = axum::body::Bytes::copy_from_slice(form.text("update").as_bytes());
    let kind = "text/plain; charset=utf-8";
    let api = page.site.api(&visit, Some(&bridge.token));
    let answer: Result<UpdateAnswer, Trouble> =
        api.post_bytes(&path_of(&bridge.serial, "/update"), kind, body).await;
    let back = format!("{}{DEVICE_BRIDGE}", visit.origin);
    let ready = Ready {
        office: bridge.office.clone(),
        context: String::new(),
        back,
        state: state.to_owned(),
    };
    let (status, title, notice, results, receipt) = match answer {
        Ok(answer) => (
            StatusCode::OK,
            "The update is applied",
            taken(&answer),
            results(&answer),
            Some(answer.receipt),
        ),
        Err(trouble) => {
            (trouble.status(), "The update was not applied", refused(&trouble), Vec::new(), None)
        }
    };
    let frame = page.site.frame(&visit, title);
    let serial = bridge.serial;
    let done = DonePage { frame, notice, serial, results, receipt, ready };
    let mut response = show(status, &done);
    response.extensions_mut().insert(FormsGoTo(bridge.office));
    response
}
