//! Parts that several rooms use: where features, devices and leases have their pages, who holds something, rows of
//! leases.
//!
//! Kept here: names are free text (`/`, `%`, quotes, `..`), and every link made here leads back to the same name.
//! Deliberately not here: what a room asks of the API.

use askama::Template;
use askama::filters::HtmlSafe;
use tenure_api::{FeatureSummary, LeaseRow, Page};
use tenure_document::{Holder, HostId, HostIdType, LeaseId, MachineKind};

use crate::address::segment;
use crate::component::{Badge, Tone, When};
use crate::staff::listing::Heads;
use crate::staff::{Column, List, Member};
use crate::words;

/// Names that would mean something else as a segment of an address of ours.
const TAKEN: [&str; 6] = [".", "..", "items", "items.csv", "summary", "summary.csv"];
/// Ends a segment whose name is taken; no name holds a control character.
const GUARD: char = '\u{1f}';

fn guarded(name: &str) -> String {
    let encoded = segment(name);
    if TAKEN.contains(&name) { format!("{encoded}%1F") } else { encoded }
}

/// The name that a segment of an address stands for.
pub(super) fn named(segment: &str) -> &str {
    segment.strip_suffix(GUARD).unwrap_or(segment)
}

/// A query of one member.
pub(super) fn with(path: &str, member: &str, value: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair(member, value);
    format!("{path}?{}", query.finish())
}

/// The page of a feature.
pub(super) fn feature_href(name: &str) -> String {
    format!("/features/{}", guarded(name))
}

/// The page of an item.
pub(super) fn item_href(id: &str) -> String {
    format!("/features/items/{}", guarded(id))
}

/// The page of a pool.
pub(super) fn pool_href(name: &str) -> String {
    format!("/pools/{}", segment(name))
}

/// The page of a lease.
pub(super) fn lease_href(id: LeaseId) -> String {
    format!("/leases/{id}")
}

/// The page of a device.
pub(super) fn device_href(host: &HostId) -> String {
    format!("/devices/{}/{}", host.kind.name(), guarded(&host.value))
}

/// What happened to a device.
pub(super) fn device_history_href(host: &HostId) -> String {
    format!("/history/device/{}/{}", host.kind.name(), guarded(&host.value))
}

/// A kind of machine in a list; empty where nobody told.
pub(super) fn machine(kind: MachineKind) -> &'static str {
    match kind {
        MachineKind::Unknown => "",
        kind => words::machine(kind),
    }
}

/// A device as a list names it.
#[derive(Debug, Clone, Template)]
#[template(path = "manager/holding/device.html")]
pub(super) struct Device {
    pub(super) href: String,
    pub(super) value: String,
    /// Alias, type and kind, as far as they say something.
    pub(super) under: String,
}

impl HtmlSafe for Device {}

impl Device {
    pub(super) fn new(host: &HostId, alias: Option<&str>, kind: MachineKind) -> Self {
        let of_kind = if host.kind == HostIdType::String { "" } else { host.kind.name() };
        let parts = [alias.unwrap_or_default(), of_kind, machine(kind)];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Self { href: device_href(host), value: host.value.clone(), under: parts.join(" · ") }
    }

    pub(super) fn of(holder: &Holder) -> Self {
        Self::new(&holder.host, holder.name.as_deref(), holder.kind)
    }
}

/// The user on a device, and what tells several of its holders apart.
#[derive(Debug, Clone, Template)]
#[template(path = "manager/holding/user.html")]
pub(super) struct User {
    pub(super) name: String,
    pub(super) under: String,
}

impl HtmlSafe for User {}

impl User {
    pub(super) fn of(holder: &Holder) -> Self {
        let parts =
            [("session", &holder.session), ("process", &holder.process), ("owner", &holder.owner)];
        let parts = parts.iter().filter_map(|(word, part)| Some((word, part.as_deref()?)));
        let parts: Vec<String> = parts.map(|(word, part)| format!("{word} {part}")).collect();
        Self { name: holder.user.clone().unwrap_or_default(), under: parts.join(" · ") }
    }
}

/// Who it is in one line: `anna on ws-14 (CAD room 2)`.
pub(super) fn who(holder: &Holder) -> String {
    let host = &holder.host.value;
    let alias = holder.name.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
    match &holder.user {
        Some(user) => format!("{user} on {host}{alias}"),
        None => format!("{host}{alias}"),
    }
}

/// Seat numbers, ranges joined: `1–5, 9`; the first ones, where there are many.
pub(super) fn seats(ranges: &[[u32; 2]]) -> String {
    const SHOWN: usize = 6;
    let one = |range: &[u32; 2]| match range {
        [first, last] if first == last => first.to_string(),
        [first, last] => format!("{first}–{last}"),
    };
    let shown: Vec<String> = ranges.iter().take(SHOWN).map(one).collect();
    let more = if ranges.len() > SHOWN { ", …" } else { "" };
    shown.join(", ") + more
}

/// What a lease is like.
pub(super) fn lease_badge(row: &LeaseRow) -> Badge {
    match (row.dropped, row.borrowed) {
        (true, _) => Badge::new(Tone::Wait, "Dropped"),
        (false, true) => Badge::new(Tone::Tell, "Borrowed"),
        (false, false) => Badge::new(Tone::Good, "Floating"),
    }
}

/// How a grant came about.
pub(super) fn granted_as(code: &str) -> String {
    match code {
        "granted" => "Within what is licensed",
        "shared-seat" => "Shares the seats of another lease of the same holder",
        "granted-in-grace" => "The license has ended, its days of grace run",
        "granted-overdraft" => "Beyond the count, within the overdraft",
        "recorded-over-count" => "Beyond everything, which the license only records",
        "warned-over-count" => "Beyond everything, which the license allows with a warning",
        other => return words::plain(other),
    }
    .to_owned()
}

/// Most names that a filter offers while it is typed.
const NAMES_MAX: u32 = 100;

/// The first names of features, for filters; none where they can't be had, which spoils no list.
pub(super) async fn features(me: &Member) -> Vec<String> {
    let path = format!("/api/v1/features/summary?sort=name&size={NAMES_MAX}");
    let page: Result<Page<FeatureSummary>, _> = me.api().get(&path).await;
    page.map(|page| page.items.into_iter().map(|row| row.name).collect()).unwrap_or_default()
}

/// Columns of leases, whosever they are.
pub(super) const LEASES: &[Column] = &[
    Column::sorted("Lease", "id"),
    Column::sorted("User", "user"),
    Column::sorted("Device", "holder"),
    Column::sorted("Feature", "feature"),
    Column::sorted("Version", "version"),
    Column::sorted_figure("Seats", "count"),
    Column::sorted("Since", "granted_at"),
    Column::sorted("Until", "expires_at"),
    Column::text("State"),
];

/// Columns of the leases of one feature.
pub(super) const LEASES_OF_FEATURE: &[Column] = &[
    Column::sorted("Lease", "id"),
    Column::sorted("User", "user"),
    Column::sorted("Device", "holder"),
    Column::sorted("Version", "version"),
    Column::sorted_figure("Seats", "count"),
    Column::sorted("Since", "granted_at"),
    Column::sorted("Until", "expires_at"),
    Column::text("State"),
];

/// Columns of the leases of one device; all of them are on the page.
pub(super) const LEASES_OF_DEVICE: &[Column] = &[
    Column::text("Lease"),
    Column::text("User"),
    Column::text("Feature"),
    Column::text("Version"),
    Column::figure("Seats"),
    Column::text("Since"),
    Column::text("Until"),
    Column::text("State"),
];

/// A table of leases; what all of them have in common has no column.
#[derive(Debug, Clone, Template)]
#[template(path = "manager/holding/leases.html")]
pub(super) struct Leases {
    caption: &'static str,
    heads: Heads,
    rows: Vec<Held>,
    with_feature: bool,
    with_device: bool,
}

impl HtmlSafe for Leases {}

#[derive(Debug, Clone)]
struct Held {
    id: String,
    href: String,
    user: User,
    device: Device,
    feature: String,
    feature_href: String,
    version: String,
    count: u32,
    seats: String,
    since: When,
    until: When,
    badge: Option<Badge>,
}

impl Leases {
    /// Under the heads of a list.
    pub(super) fn new(
        caption: &'static str,
        list: &List,
        columns: &[Column],
        rows: &[LeaseRow],
    ) -> Self {
        let has = |words: &str| columns.iter().any(|column| column.words == words);
        Self {
            caption,
            heads: list.heads(),
            rows: rows.iter().map(held).collect(),
            with_feature: has("Feature"),
            with_device: has("Device"),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

fn held(row: &LeaseRow) -> Held {
    Held {
        id: row.id.to_string(),
        href: lease_href(row.id),
        user: User::of(&row.holder),
        device: Device::of(&row.holder),
        feature: row.feature.clone(),
        feature_href: feature_href(&row.feature),
        version: row.version.to_string(),
        count: row.count,
        seats: seats(&row.seats),
        since: When(row.granted_at),
        until: When(row.expires_at),
        // The usual one needs no badge.
        badge: (row.borrowed || row.dropped).then(|| lease_badge(row)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_back_to_the_name() {
        for name in
            ["cad", "a/b", "100%", "..", ".", "items", "summary", "mü \"<b>\"", "%2F", "a+b"]
        {
            let href = feature_href(name);
            let segment = href.strip_prefix("/features/").expect("a feature's address");
            assert!(!segment.contains(['/', '?', '#', '"', '<']), "{href}");
            assert!(!TAKEN.contains(&segment) && !["%2E", "%2E%2E"].contains(&segment), "{href}");
            let read = form_urlencoded::parse(format!("x={segment}").as_bytes())
                .next()
                .map(|(_, value)| value.into_owned())
                .expect("a value");
            assert_eq!(named(&read), name);
        }
        let host = HostId::new(HostIdType::Ethernet, "02:42/ä").expect("a host");
        assert_eq!(device_href(&host), "/devices/ETHERNET/02%3A42%2F%C3%A4");
    }

    #[test]
    fn holders_in_words() {
        let mut holder = Holder::of(HostId::new(HostIdType::VmUuid, "4c4c").expect("a host"));
        assert_eq!(who(&holder), "4c4c");
        assert_eq!(Device::of(&holder).under, "VM_UUID");
        holder.user = Some("anna".to_owned());
        holder.name = Some("CAD 2".to_owned());
        holder.kind = MachineKind::Virtual;
        holder.process = Some("17".to_owned());
        holder.session = Some("3".to_owned());
        assert_eq!(who(&holder), "anna on 4c4c (CAD 2)");
        assert_eq!(Device::of(&holder).under, "CAD 2 · VM_UUID · Virtual machine");
        assert_eq!(User::of(&holder).under, "session 3 · process 17");
        assert_eq!(seats(&[[1, 5], [9, 9]]), "1–5, 9");
    }
}
