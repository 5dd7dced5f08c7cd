//! One device: what it holds, what it waits for, what it was denied, and what can be done about it.
//!
//! Kept here: the API knows a device as long as it holds something; afterwards its page leads to what is known of it.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::de::DeserializeOwned;
use tenure_api::{DenialRow, DeviceDetail, Page, TicketRow};
use tenure_document::HostId;

use crate::address::segment;
use crate::component::{Badge, Link, Tone, When};
use crate::icon::Icon;
use crate::manager::holding::{
    LEASES_OF_DEVICE, Leases, device_history_href, device_href, feature_href, machine, named, with,
};
use crate::site::show;
use crate::staff::{Answer, Asked, Desk, List, Member};

/// Denials and tickets of the device on its page; the rest is behind a link.
const SHOWN: usize = 5;
/// Rows looked through for them at once, and how often: the search finds parts of names too.
const LOOKED: u32 = 100;
const LOOKS: u32 = 20;

#[derive(Template)]
#[template(path = "manager/devices/one.html")]
struct DevicePage {
    desk: Desk,
    head: Head,
    machine: &'static str,
    badge: Option<Badge>,
    leases: u32,
    seats: u64,
    users: String,
    until: Option<When>,
    seen: Option<When>,
    list: List,
    table: Leases,
    side: Side,
    may_drop: bool,
    drops: bool,
    is_dropped: bool,
}

#[derive(Template)]
#[template(path = "manager/devices/idle.html")]
struct IdlePage {
    desk: Desk,
    head: Head,
    side: Side,
    may_drop: bool,
}

/// What the page is called and where it leads.
struct Head {
    href: String,
    value: String,
    of_kind: &'static str,
    alias: String,
    history: String,
    journal: String,
}

/// What stands beside the leases.
struct Side {
    denials: Vec<Denied>,
    all_denials: String,
    tickets: Vec<Waits>,
    /// Rows that were looked through, where there are more of them.
    denials_looked: Option<u32>,
    tickets_looked: Option<u32>,
}

struct Denied {
    href: String,
    id: String,
    at: When,
    feature: String,
    feature_href: String,
    why: String,
}

struct Waits {
    id: String,
    wants: String,
    since: When,
    place: String,
}

impl Head {
    fn new(host: &HostId, alias: Option<&str>) -> Self {
        Self {
            href: device_href(host),
            value: host.value.clone(),
            of_kind: host.kind.name(),
            alias: alias.unwrap_or_default().to_owned(),
            history: device_history_href(host),
            journal: with("/journal", "q", &host.value),
        }
    }
}

/// The device of an address.
#[expect(clippy::result_large_err, reason = "an answer is a page either way")]
pub(super) fn host(me: &Member, kind: &str, value: &str) -> Result<HostId, Response> {
    let host = kind.parse().ok().and_then(|kind| HostId::new(kind, named(value)).ok());
    host.ok_or_else(|| {
        let back = Link { href: "/devices".to_owned(), words: "To the devices".to_owned() };
        me.nothing("No device can have such an ID.", back)
    })
}

/// The address of a device in the API.
pub(super) fn api_path(host: &HostId) -> String {
    format!("/api/v1/devices/{}/{}", host.kind.name(), segment(&host.value))
}

/// The device with its leases; none where it holds nothing.
pub(super) async fn find(me: &Member, host: &HostId) -> Result<Option<DeviceDetail>, Response> {
    match me.api().get(&api_path(host)).await {
        Ok(detail) => Ok(Some(detail)),
        Err(trouble) if trouble.status() == StatusCode::NOT_FOUND => Ok(None),
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}

/// `GET /devices/{type}/{value}`.
pub(super) async fn show_one(
    me: Member,
    Path((kind, value)): Path<(String, String)>,
    asked: Asked,
) -> Answer {
    let host = host(&me, &kind, &value)?;
    let (detail, side) = tokio::join!(find(&me, &host), side(&me, &host));
    let (may_drop, side) = (me.may("drop-device"), side?);
    let Some(DeviceDetail { device, leases }) = detail? else {
        let desk = me.desk(host.value.clone());
        let page = IdlePage { desk, head: Head::new(&host, None), side, may_drop };
        return Ok(show(StatusCode::NOT_FOUND, &page));
    };
    let list = List::new(&me, &asked, LEASES_OF_DEVICE, leases.len() as u64);
    let rows = list.of_page(&leases);
    let is_dropped = device.dropped > 0 && device.dropped == device.leases;
    let page = DevicePage {
        desk: me.desk(host.value.clone()),
        head: Head::new(&host, device.name.as_deref()),
        machine: machine(device.kind),
        badge: (device.dropped > 0).then(|| Badge::new(Tone::Wait, "Dropped")),
        leases: device.leases,
        seats: device.seats,
        users: device.users.join(", "),
        until: device.expires_at.map(When),
        seen: device.last_seen.map(When),
        table: Leases::new("What this device holds", &list, LEASES_OF_DEVICE, rows),
        list,
        side,
        may_drop,
        drops: me.drops_devices(),
        is_dropped,
    };
    Ok(show(StatusCode::OK, &page))
}

async fn side(me: &Member, host: &HostId) -> Result<Side, Response> {
    let (denials, tickets) = tokio::join!(
        of_device(me, host, "/api/v1/denials", |row: &DenialRow| &row.holder.host),
        of_device(me, host, "/api/v1/queue", |row: &TicketRow| &row.holder.host),
    );
    let ((denials, denials_looked), (tickets, tickets_looked)) = (denials?, tickets?);
    Ok(Side {
        denials: denials.into_iter().map(denied).collect(),
        tickets: tickets.into_iter().map(waits).collect(),
        all_denials: with("/denials", "q", &host.value),
        denials_looked,
        tickets_looked,
    })
}

/// The first rows of a list that are about a device; and how many were looked through, where that was not all.
async fn of_device<T: DeserializeOwned>(
    me: &Member,
    host: &HostId,
    list: &str,
    of: impl Fn(&T) -> &HostId,
) -> Result<(Vec<T>, Option<u32>), Response> {
    let mut found = Vec::new();
    for page in 1..=LOOKS {
        let path = with(list, "q", &host.value) + &format!("&size={LOOKED}&page={page}");
        let rows: Page<T> = me.get(&path).await?;
        found.extend(rows.items.into_iter().filter(|row| of(row) == host));
        if found.len() >= SHOWN || u64::from(page) * u64::from(LOOKED) >= rows.total {
            found.truncate(SHOWN);
            return Ok((found, None));
        }
    }
    Ok((found, Some(LOOKED * LOOKS)))
}

fn denied(row: DenialRow) -> Denied {
    Denied {
        href: format!("/denials/{}", segment(&row.id)),
        id: row.id,
        at: When(row.at),
        feature_href: feature_href(&row.feature),
        feature: row.feature,
        why: row.explanation,
    }
}

fn waits(row: TicketRow) -> Waits {
    let wants = row.features.iter().map(|wanted| format!("{} × {}", wanted.count, wanted.name));
    let place = match row.position {
        0 => "seats are held for it".to_owned(),
        place => format!("place {place}"),
    };
    Waits {
        wants: wants.collect::<Vec<_>>().join(" and "),
        since: When(row.since),
        place,
        id: row.id,
    }
}
