//! What a device holds, how it introduces itself, and how well its machine fits.
//!
//! Kept here: a token that was changed since sends the technician back to the door; of a machine only kinds of
//! traits are shown, never values (the agent does not tell them).

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::device::{
    DeviceContainer, DeviceContainerDetail, DeviceContainers, DoctorAnswer, DoctorContainer,
};

use super::technician::{Technician, api};
use crate::backend::Trouble;
use crate::component::{Badge, Link, Notice, Share, Tone, When};
use crate::icon::Icon;
use crate::qr::QrImage;
use crate::site::{Frame, Inside, Site, see_other, show};
use crate::words;

#[derive(Template)]
#[template(path = "device/home.html")]
struct HomePage {
    frame: Frame,
    rows: Vec<Row>,
}

/// A container in the list.
struct Row {
    serial: String,
    name: String,
    kind: &'static str,
    publisher: Option<String>,
    items: String,
    fault: Option<String>,
    last_contact: Option<When>,
}

fn row(one: &DeviceContainer) -> Row {
    let fault = match (&one.fault, one.open) {
        (Some(code), _) => Some(words::fault(code)),
        (None, false) => Some("It does not open on this machine.".to_owned()),
        (None, true) => None,
    };
    Row {
        serial: one.serial.clone(),
        name: one.name.clone(),
        kind: words::kind(one.kind),
        publisher: one.publisher.clone(),
        items: words::so_many(one.items, "item", "items"),
        fault,
        last_contact: one.last_contact.map(When),
    }
}

/// `GET /`: the only container, or the list.
pub(crate) async fn home(
    State(site): State<Site<Technician>>,
    inside: Inside<Technician>,
) -> Response {
    let asked: Result<DeviceContainers, Trouble> =
        api(&site, &inside).get("/api/v1/containers").await;
    match asked {
        Ok(found) => match found.containers.as_slice() {
            [only] => see_other(&format!("/containers/{}", only.serial)),
            all => {
                let frame = site.frame(&inside.visit, "Licenses on this device");
                show(StatusCode::OK, &HomePage { frame, rows: all.iter().map(row).collect() })
            }
        },
        Err(trouble) => sorry(&site, &inside, &trouble),
    }
}

/// The token may have been changed since: back to the door then.
pub(super) fn sorry(
    site: &Site<Technician>,
    inside: &Inside<Technician>,
    trouble: &Trouble,
) -> Response {
    if trouble.status() == StatusCode::UNAUTHORIZED {
        return site.close(&inside.visit);
    }
    if trouble.status() == StatusCode::NOT_FOUND {
        let next = Link { href: "/".to_owned(), words: "To what is here".to_owned() };
        let text = "No container of this device has this serial.";
        let title = "There is no such container";
        return site.error(&inside.visit, StatusCode::NOT_FOUND, title, text, next);
    }
    site.sorry(&inside.visit, trouble)
}

#[derive(Template)]
#[template(path = "device/container.html")]
struct ContainerPage {
    frame: Frame,
    notice: Option<Notice>,
    row: Row,
    generation: u32,
    sequence: u64,
    summary: Badge,
    items: Vec<Item>,
    moves: Vec<Moving>,
}

struct Item {
    feature: String,
    version: String,
    product: Option<String>,
    count: String,
    consumed: u64,
    starts: Option<When>,
    ends: Option<When>,
    contact_before: Option<When>,
    badge: Badge,
}

struct Moving {
    item: String,
    count: u64,
    way: String,
    nonce: String,
}

/// `GET /containers/{serial}`.
pub(crate) async fn container(
    State(site): State<Site<Technician>>,
    inside: Inside<Technician>,
    Path(serial): Path<String>,
) -> Response {
    container_page(&site, &inside, &serial, StatusCode::OK, None).await
}

/// The path of a container in the API; a serial has no character that an address would need escaped.
pub(super) fn path_of(serial: &str, rest: &str) -> String {
    let kept: String =
        serial.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect();
    format!("/api/v1/containers/{kept}{rest}")
}

pub(super) async fn container_page(
    site: &Site<Technician>,
    inside: &Inside<Technician>,
    serial: &str,
    status: StatusCode,
    notice: Option<Notice>,
) -> Response {
    let asked: Result<DeviceContainerDetail, Trouble> =
        api(site, inside).get(&path_of(serial, "")).await;
    let found = match asked {
        Ok(found) => found,
        Err(trouble) => return sorry(site, inside, &trouble),
    };
    let row = row(&found.container);
    let title = if row.name.is_empty() { row.serial.clone() } else { row.name.clone() };
    let page = ContainerPage {
        frame: site.frame(&inside.visit, title),
        notice,
        summary: summary(&found),
        row,
        generation: found.container.generation,
        sequence: found.container.sequence,
        items: items(&found),
        moves: moves(&found),
    };
    show(status, &page)
}

fn summary(found: &DeviceContainerDetail) -> Badge {
    let usable = found.items.iter().filter(|item| item.usable).count();
    match (found.container.open, found.items.len()) {
        (false, _) => Badge::new(Tone::Bad, "Does not open"),
        (true, 0) => Badge::new(Tone::Idle, "Empty"),
        (true, all) if usable == all => Badge::new(Tone::Good, "All ready to use"),
        (true, all) => Badge::new(Tone::Wait, format!("{usable} of {all} ready to use")),
    }
}

fn items(found: &DeviceContainerDetail) -> Vec<Item> {
    let item = |item: &tenure_api::device::DeviceItem| Item {
        feature: item.feature.clone(),
        version: item.version.to_string(),
        product: item.product.clone(),
        count: words::count(item.count),
        consumed: item.consumed,
        starts: item.starts.map(When),
        ends: item.ends.map(When),
        contact_before: item.contact_before.map(When),
        badge: words::item(item.usable, item.reason.as_deref()),
    };
    found.items.iter().map(item).collect()
}

fn moves(found: &DeviceContainerDetail) -> Vec<Moving> {
    let moving = |one: &tenure_api::device::DeviceMove| Moving {
        item: one.item.clone(),
        count: one.count,
        way: match one.direction.as_str() {
            "out" => "On its way out, waits for the other side's receipt".to_owned(),
            "in" => "Asked for, waits for the transfer".to_owned(),
            other => words::plain(other),
        },
        nonce: one.nonce.clone(),
    };
    found.moves.iter().map(moving).collect()
}

#[derive(Template)]
#[template(path = "device/context.html")]
struct ContextPage {
    frame: Frame,
    serial: String,
    code: Option<QrImage>,
    text: String,
}

/// `GET /containers/{serial}/context`.
pub(crate) async fn context(
    State(site): State<Site<Technician>>,
    inside: Inside<Technician>,
    Path(serial): Path<String>,
) -> Response {
    let api = api(&site, &inside);
    let text = match api.get_text(&path_of(&serial, "/context")).await {
        Ok(text) => text,
        Err(trouble) => return sorry(&site, &inside, &trouble),
    };
    let code = api.get_text(&path_of(&serial, "/context?form=qr")).await.ok();
    let frame = site.frame(&inside.visit, "The context of this device");
    let code = code.and_then(|text| QrImage::of(text.trim()).ok());
    show(StatusCode::OK, &ContextPage { frame, serial, code, text })
}

#[derive(Template)]
#[template(path = "device/doctor.html")]
struct DoctorPage {
    frame: Frame,
    machine: &'static str,
    evidence: Vec<String>,
    patients: Vec<Patient>,
}

struct Patient {
    serial: String,
    name: String,
    badge: Badge,
    share: Option<Share>,
    measure: String,
    traits: Vec<Trait>,
    faults: Vec<String>,
    advice: Vec<String>,
}

struct Trait {
    kind: String,
    weight: u32,
    badge: Badge,
}

/// `GET /doctor`.
pub(crate) async fn doctor(
    State(site): State<Site<Technician>>,
    inside: Inside<Technician>,
) -> Response {
    let asked: Result<DoctorAnswer, Trouble> = api(&site, &inside).get("/api/v1/doctor").await;
    match asked {
        Ok(answer) => {
            let page = DoctorPage {
                frame: site.frame(&inside.visit, "How well this machine fits"),
                machine: words::machine(answer.machine),
                evidence: answer.evidence,
                patients: answer.containers.into_iter().map(patient).collect(),
            };
            show(StatusCode::OK, &page)
        }
        Err(trouble) => sorry(&site, &inside, &trouble),
    }
}

fn patient(one: DoctorContainer) -> Patient {
    let (share, measure, badge) = match (one.matched, one.total, one.threshold) {
        (Some(matched), Some(total), Some(threshold)) => {
            let mut share = Share::new(matched.into(), total.into());
            share.mark = Some(threshold.into());
            let badge = match matched.cmp(&threshold) {
                std::cmp::Ordering::Less => Badge::new(Tone::Bad, "Too much has changed"),
                _ if matched == total => Badge::new(Tone::Good, "Everything matches"),
                std::cmp::Ordering::Equal => Badge::new(Tone::Wait, "Just enough"),
                std::cmp::Ordering::Greater => Badge::new(Tone::Good, "Enough matches"),
            };
            let spare = matched.checked_sub(threshold);
            let rest = match spare {
                Some(spare) => format!("{spare} to spare"),
                None => format!("{} too few", threshold.saturating_sub(matched)),
            };
            (
                Some(share),
                format!("{matched} of {total} points match; {threshold} are needed: {rest}."),
                badge,
            )
        }
        _ => (
            None,
            "Nothing is bound to this machine.".to_owned(),
            Badge::new(Tone::Idle, "Not bound"),
        ),
    };
    let badge = if one.faults.is_empty() { badge } else { Badge::new(Tone::Bad, "Needs care") };
    let traits = one.traits.into_iter().map(|one| Trait {
        kind: words::trait_kind(&one.kind),
        weight: one.weight,
        badge: words::trait_status(&one.status),
    });
    Patient {
        serial: one.serial,
        name: one.name,
        badge,
        share,
        measure,
        traits: traits.collect(),
        faults: one.faults,
        advice: one.advice,
    }
}
