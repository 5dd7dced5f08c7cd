//! The lists of a past instant as tables: the same cells for the page and for the file.
//!
//! Deliberately not here: asking for them.

use tenure_api::{DenialRow, DeviceRow, FeatureRow, HistoryAnswer, HistoryOf, LeaseRow, PoolRow};
use tenure_api::{ReservationGroupRow, TicketRow};
use tenure_document::Time;

use super::super::holding::{device_href, feature_href, lease_href, seats};
use crate::address::segment;
use crate::component::When;
use crate::staff::Column;
use crate::words::{self, so_many};

/// One cell of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    pub(super) text: String,
    /// What stands below it, in small.
    pub(super) under: String,
    pub(super) href: Option<String>,
    /// An instant takes the place of the text.
    pub(super) at: Option<When>,
}

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    fn number(number: impl Into<u64>) -> Self {
        Self::text(number.into().to_string())
    }

    fn limit(count: Option<u64>) -> Self {
        Self::text(count.map_or_else(|| "No limit".to_owned(), |count| count.to_string()))
    }

    fn at(at: Option<Time>, none: &str) -> Self {
        let text = at.map_or_else(|| none.to_owned(), |at| at.to_string());
        Self { text, at: at.map(When), ..Self::default() }
    }

    fn to(mut self, href: String) -> Self {
        self.href = Some(href);
        self
    }

    fn under(mut self, under: impl Into<String>) -> Self {
        self.under = under.into();
        self
    }
}

/// A row, the first cell being its head.
pub(super) type Cells = Vec<Cell>;

/// The lists in the order of their tabs.
pub(super) const TABS: [(HistoryOf, &str); 7] = [
    (HistoryOf::Leases, "Who held what"),
    (HistoryOf::Devices, "Devices"),
    (HistoryOf::Features, "Features"),
    (HistoryOf::Pools, "Pools"),
    (HistoryOf::Queue, "Queue"),
    (HistoryOf::Reservations, "Reservations"),
    (HistoryOf::Denials, "Denials until then"),
];

/// The list of a word; leases where it is none.
pub(super) fn list_of(word: &str) -> HistoryOf {
    let all = HistoryOf::ALL.iter().copied();
    all.into_iter().find(|one| one.word() == word).unwrap_or(HistoryOf::Leases)
}

/// The columns of a list.
pub(super) const fn columns(of: HistoryOf) -> &'static [Column] {
    match of {
        HistoryOf::Leases => LEASES,
        HistoryOf::Devices => DEVICES,
        HistoryOf::Features => FEATURES,
        HistoryOf::Pools => POOLS,
        HistoryOf::Queue => QUEUE,
        HistoryOf::Reservations => RESERVATIONS,
        HistoryOf::Denials => DENIALS,
    }
}

const LEASES: &[Column] = &[
    Column::sorted("Device", "holder"),
    Column::sorted("User", "user"),
    Column::sorted("Feature", "feature"),
    Column::sorted("Version", "version"),
    Column::sorted_figure("Seats", "count"),
    Column::text("Pool"),
    Column::sorted("Since", "granted_at"),
    Column::sorted("Would have ended", "expires_at"),
    Column::sorted("Lease", "id"),
];

const DEVICES: &[Column] = &[
    Column::sorted("Device", "host"),
    Column::text("Users"),
    Column::text("Features"),
    Column::sorted_figure("Leases", "leases"),
    Column::sorted_figure("Seats", "seats"),
    Column::sorted("Last seen", "last_seen"),
];

const FEATURES: &[Column] = &[
    Column::sorted("Feature", "name"),
    Column::sorted("Version", "version"),
    Column::sorted_figure("Total", "total"),
    Column::sorted_figure("In use", "used"),
    Column::figure("Reserved, idle"),
    Column::sorted_figure("Free", "available"),
    Column::sorted("First end", "first_expiry"),
    Column::sorted_figure("Denials", "denials"),
];

const POOLS: &[Column] = &[
    Column::sorted("Pool", "name"),
    Column::text("What it should have"),
    Column::sorted_figure("In use", "used"),
    Column::sorted_figure("Reserved, idle", "reserved"),
    Column::sorted_figure("Short", "short"),
];

const QUEUE: &[Column] = &[
    Column::sorted("Device", "holder"),
    Column::sorted("User", "user"),
    Column::text("Waited for"),
    Column::sorted_figure("Place", "position"),
    Column::sorted("Since", "since"),
    Column::sorted("Until", "expires_at"),
    Column::text("Ticket"),
];

const RESERVATIONS: &[Column] = &[
    Column::sorted("Group", "name"),
    Column::sorted_figure("For", "members"),
    Column::sorted_figure("Wanted", "count"),
    Column::sorted_figure("Kept", "reserved"),
    Column::sorted_figure("In use", "used"),
    Column::sorted_figure("Not satisfiable", "unsatisfiable"),
];

const DENIALS: &[Column] = &[
    Column::sorted("When", "at"),
    Column::sorted("Device", "holder"),
    Column::sorted("User", "user"),
    Column::sorted("Feature", "feature"),
    Column::figure("Seats"),
    Column::sorted("Why", "reason"),
];

/// What stands where a list is empty.
pub(super) const fn nothing(of: HistoryOf) -> &'static str {
    match of {
        HistoryOf::Leases => "Nobody held anything then",
        HistoryOf::Devices => "No device held anything then",
        HistoryOf::Features => "There was no license then",
        HistoryOf::Pools => "There was no pool then",
        HistoryOf::Queue => "Nobody waited then",
        HistoryOf::Reservations => "Nothing was reserved then",
        HistoryOf::Denials => "Nobody had been refused until then",
    }
}

/// The rows of the list that was asked for.
pub(super) fn rows(of: HistoryOf, answer: HistoryAnswer) -> Vec<Cells> {
    match of {
        HistoryOf::Leases => answer.leases.iter().map(lease).collect(),
        HistoryOf::Devices => answer.devices.iter().map(device).collect(),
        HistoryOf::Features => answer.features.iter().map(feature).collect(),
        HistoryOf::Pools => answer.pools.iter().map(pool).collect(),
        HistoryOf::Queue => answer.queue.iter().map(ticket).collect(),
        HistoryOf::Reservations => answer.reservations.iter().map(group).collect(),
        HistoryOf::Denials => answer.denials.iter().map(denial).collect(),
    }
}

fn host(host: &tenure_document::HostId, alias: Option<&str>) -> Cell {
    Cell::text(host.value.clone()).to(device_href(host)).under(alias.unwrap_or_default())
}

fn user(user: Option<&str>) -> Cell {
    Cell::text(user.unwrap_or_default())
}

fn lease(row: &LeaseRow) -> Cells {
    let holder = &row.holder;
    let numbers = seats(&row.seats);
    let numbers = if numbers.is_empty() { numbers } else { format!("no. {numbers}") };
    vec![
        host(&holder.host, holder.name.as_deref()),
        user(holder.user.as_deref()),
        Cell::text(row.feature.clone()).to(feature_href(&row.feature)),
        Cell::text(row.version.to_string()),
        Cell::number(row.count).under(numbers),
        Cell::text(row.pool.clone()),
        Cell::at(Some(row.granted_at), ""),
        Cell::at(Some(row.expires_at), "").under(if row.borrowed { "borrowed" } else { "" }),
        Cell::text(row.id.to_string()).to(format!("{}/explanation", lease_href(row.id))),
    ]
}

fn device(row: &DeviceRow) -> Cells {
    vec![
        host(&row.host, row.name.as_deref()),
        Cell::text(row.users.join(", ")),
        Cell::text(row.features.join(", ")),
        Cell::number(row.leases),
        Cell::number(row.seats),
        Cell::at(row.last_seen, ""),
    ]
}

fn feature(row: &FeatureRow) -> Cells {
    vec![
        Cell::text(row.name.clone()).to(feature_href(&row.name)),
        Cell::text(row.version.to_string()).under(if row.metered { "metered" } else { "" }),
        Cell::limit(row.total),
        Cell::number(row.used),
        Cell::number(row.reserved_idle),
        Cell::limit(row.available),
        Cell::at(row.first_expiry, "Never"),
        Cell::number(row.denials),
    ]
}

fn pool(row: &PoolRow) -> Cells {
    let slices = row.slices.iter();
    let slices: Vec<String> =
        slices.map(|one| format!("{} {}: {}", one.feature, one.version, one.amount)).collect();
    let kind = match row.kind.as_str() {
        "named" => String::new(),
        kind => words::plain(kind),
    };
    vec![
        Cell::text(row.name.clone()).under(kind),
        Cell::text(slices.join(", ")),
        Cell::number(row.used),
        Cell::number(row.reserved),
        Cell::number(row.short),
    ]
}

fn ticket(row: &TicketRow) -> Cells {
    let features = row.features.iter();
    let features: Vec<String> =
        features.map(|one| format!("{} × {}", one.count, one.name)).collect();
    let place = match row.position {
        0 => "Seats held for it".to_owned(),
        place => place.to_string(),
    };
    vec![
        host(&row.holder.host, row.holder.name.as_deref()),
        user(row.holder.user.as_deref()),
        Cell::text(features.join(" and ")),
        Cell::text(place),
        Cell::at(Some(row.since), ""),
        Cell::at(Some(row.expires_at), ""),
        Cell::text(row.id.clone()),
    ]
}

fn group(row: &ReservationGroupRow) -> Cells {
    vec![
        Cell::text(row.name.clone()).under(format!("number {}", row.id)),
        Cell::text(so_many(row.members, "device or user", "devices and users")),
        Cell::number(row.count),
        Cell::number(row.reserved),
        Cell::number(row.used),
        Cell::number(row.unsatisfiable),
    ]
}

fn denial(row: &DenialRow) -> Cells {
    vec![
        Cell::at(Some(row.at), "").to(format!("/denials/{}", segment(&row.id))),
        host(&row.holder.host, row.holder.name.as_deref()),
        user(row.holder.user.as_deref()),
        Cell::text(row.feature.clone()).to(feature_href(&row.feature)),
        Cell::number(row.count),
        Cell::text(words::denial_reason(&row.reason)).under(row.explanation.clone()),
    ]
}
