//! Dropping a device: all its leases are taken away, and their seats come back after the cool-down.
//!
//! Kept here: the question tells when the seats come back, by the server's time and its property, and what of them is
//! borrowed and can't be ended; where the settings of these pages turn dropping off, neither question nor act is had.
//! Deliberately not here: keeping a device out, which the model does.

use std::time::Duration;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tenure_api::{DeviceDetail, Page, Property, Status};
use tenure_document::{HostId, LeaseId, Time};

use super::one::{api_path, find, host};
use crate::component::{Link, Notice, Tone, When};
use crate::manager::explained::length;
use crate::manager::holding::{device_href, with};
use crate::site::refusal;
use crate::staff::{Answer, Member, Question, Sent};
use crate::words;

const COOL_DOWN: &str = "device.drop-cooldown-seconds";
/// The cool-down unless somebody set another.
const COOL_DOWN_SECONDS: u64 = 900;

#[derive(Deserialize)]
struct Dropped {
    released: Vec<LeaseId>,
}

/// `GET /devices/{type}/{value}/drop`.
pub(super) async fn ask(me: Member, Path((kind, value)): Path<(String, String)>) -> Answer {
    me.must("drop-device")?;
    let host = host(&me, &kind, &value)?;
    if !me.drops_devices() {
        return Ok(turned_off(&me));
    }
    match find(&me, &host).await? {
        Some(detail) => Ok(question(&me, &detail).await?.page(&me)),
        None => Ok(idle(&me, &host)),
    }
}

/// How long the seats of a dropped device stay taken at most, and the server's time.
async fn cool_down(me: &Member) -> Result<(u64, Time), Response> {
    let path = with("/api/v1/properties", "q", COOL_DOWN);
    let (properties, status) =
        tokio::join!(me.get::<Page<Property>>(&path), me.get::<Status>("/api/v1/status"));
    let mut properties = properties?.items.into_iter();
    let property = properties.find(|property| property.name == COOL_DOWN);
    let seconds = property.and_then(|property| property.value.as_u64());
    Ok((seconds.unwrap_or(COOL_DOWN_SECONDS), status?.now))
}

async fn question(me: &Member, detail: &DeviceDetail) -> Result<Question, Response> {
    let (seconds, now) = cool_down(me).await?;
    let device = &detail.device;
    let href = device_href(&device.host);
    let title = format!("Drop {}?", device.host.value);
    let mut ask = Question::grave(title, format!("{href}/drop"), "Drop the device", href);
    let leases = words::so_many(device.leases.into(), "lease", "leases");
    let seats = words::so_many(device.seats, "seat", "seats");
    let features = device.features.join(", ");
    ask.text = format!("It holds {leases} with {seats}: {features}. All of them are taken away.");
    ask.points = points(detail, seconds, now);
    ask.reason = Some("Reason, for the journal");
    Ok(ask)
}

fn points(detail: &DeviceDetail, seconds: u64, now: Time) -> Vec<String> {
    let ends = detail.leases.iter().map(|lease| lease.expires_at);
    let cooled = now.plus(Duration::from_secs(seconds));
    let free = ends.map(|end| end.min(cooled)).max().unwrap_or(cooled);
    let free = match seconds {
        0 => "Its seats are free for others at once: the cool-down is set to nothing.".to_owned(),
        _ => format!(
            "Its seats stay taken until its leases end, but for {} at most, so that nothing is used twice. All of \
             them are free at {}. The property {COOL_DOWN} says how long.",
            length(seconds),
            When(free).words()
        ),
    };
    let learns = "The device is not told at once. Its renewals are refused from now on: a running application learns \
                  it at its next renewal, and stops.";
    let last = detail.leases.iter().filter(|lease| lease.borrowed);
    let borrowed = last.map(|lease| lease.expires_at).max().map(|until| {
        format!(
            "Some of it is borrowed: away from the network the device keeps its signed leases until {}, and nobody \
             can end them there. Until then more may be in use than is licensed.",
            When(until).words()
        )
    });
    let again = "The device may ask again later, and gets what is free then. To keep it out, write a rule into the \
                 model.";
    let mut points = vec![free, learns.to_owned()];
    points.extend(borrowed);
    points.push(again.to_owned());
    points
}

/// The settings of these pages say that nobody drops devices here.
fn turned_off(me: &Member) -> Response {
    let text =
        "The settings of these pages don't allow it. Turn “Allow device drop” on there first.";
    let next = Link { href: "/settings".to_owned(), words: "To the settings".to_owned() };
    me.error(StatusCode::FORBIDDEN, "Dropping devices is turned off", text, next)
}

/// The device holds nothing: there is nothing to take away.
fn idle(me: &Member, host: &HostId) -> Response {
    let text = "What it held was given back, or has ended.";
    let notice = Notice::new(Tone::Tell, format!("{} holds nothing", host.value), text);
    me.done(notice, &device_href(host))
}

/// `POST /devices/{type}/{value}/drop`.
pub(super) async fn drop_device(
    Path((kind, value)): Path<(String, String)>,
    Sent { me, form }: Sent,
) -> Answer {
    me.must("drop-device")?;
    let host = host(&me, &kind, &value)?;
    if !me.drops_devices() {
        return Ok(turned_off(&me));
    }
    let path = api_path(&host);
    let path = match form.text("reason") {
        "" => path,
        reason => with(&path, "reason", reason),
    };
    let trouble = match me.api().delete::<Dropped>(&path, None).await {
        Ok(dropped) => {
            let ended = words::so_many(dropped.released.len() as u64, "lease", "leases");
            let text = format!(
                "{ended} can't be renewed any more. Their seats come back as they end, below with the times."
            );
            let notice = Notice::new(Tone::Good, format!("{} was dropped", host.value), text);
            return Ok(me.done(notice, &device_href(&host)));
        }
        Err(trouble) => trouble,
    };
    match trouble.status() {
        StatusCode::NOT_FOUND => Ok(idle(&me, &host)),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        _ => match find(&me, &host).await? {
            Some(detail) => {
                let notice = Some(refusal(&trouble));
                let typed = form.text("reason").to_owned();
                Ok(Question { notice, typed, ..question(&me, &detail).await? }.page(&me))
            }
            None => Ok(idle(&me, &host)),
        },
    }
}
