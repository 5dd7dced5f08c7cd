//! Rows of the state on the wire.
//!
//! Kept here: nothing is computed that the leasing floor did not say; what has no limit or no end stays absent.
//! Deliberately not here: sorting and paging (`list`).

use tenure_api::{DenialRow, DeviceRow, FeatureRow, FeatureSummary, ItemRow, JournalRow, LeaseRow};
use tenure_container::ContainerEvent;
use tenure_document::{Capacity, Kind, SeatBasis, Time, Version};
use tenure_leasing::{Event, ModelSet};

use crate::refusal::{pool_tried, remedy_answer};

/// A lease.
pub(crate) fn lease_row(row: tenure_leasing::LeaseRow) -> LeaseRow {
    LeaseRow {
        id: row.id,
        holder: row.holder,
        feature: row.feature,
        version: row.version,
        count: row.count,
        seats: row.seats.into_iter().map(Into::into).collect(),
        items: row.items,
        pool: row.pool,
        granted_at: row.granted,
        issued_at: row.renewed,
        expires_at: row.expires,
        renew_after: row.renew_after,
        borrowed: row.borrowed,
        borrow_seconds: row.borrow_seconds,
        keyed: row.keyed,
        dropped: row.dropped,
        code: row.code,
    }
}

/// A feature and version.
pub(crate) fn feature_row(row: tenure_leasing::FeatureRow) -> FeatureRow {
    FeatureRow {
        name: row.name,
        version: row.version,
        total: row.total,
        used: row.used,
        available: row.available,
        overdraft: row.overdraft,
        overdraft_used: row.overdraft_used,
        reserved: row.reserved,
        reserved_idle: row.reserved_idle,
        borrowed: row.borrowed,
        metered: row.metered,
        uncounted: row.uncounted,
        first_expiry: row.first_expiry,
        last_expiry: row.last_expiry,
        items: u32::try_from(row.items).unwrap_or(u32::MAX),
        denials: row.denials,
    }
}

/// A feature over all versions.
pub(crate) fn feature_summary(row: tenure_leasing::FeatureSummary) -> FeatureSummary {
    FeatureSummary {
        name: row.all.name,
        versions: row.versions,
        total: row.all.total,
        used: row.all.used,
        available: row.all.available,
        reserved: row.all.reserved,
        reserved_idle: row.all.reserved_idle,
        overdraft_used: row.all.overdraft_used,
        metered: row.all.metered,
        uncounted: row.all.uncounted,
        first_expiry: row.all.first_expiry,
        last_expiry: row.all.last_expiry,
        denials: row.all.denials,
    }
}

/// An item with its terms.
pub(crate) fn item_row(row: tenure_leasing::ItemRow) -> ItemRow {
    let terms = serde_json::to_value(&*row.item).unwrap_or_default();
    ItemRow {
        id: row.item.id.clone(),
        feature: row.item.feature.clone(),
        version: row.item.version,
        count: match row.item.capacity() {
            Capacity::Limited(count) => Some(count),
            Capacity::Unlimited => None,
        },
        used: row.used,
        reserved: row.reserved,
        reserved_idle: row.reserved_idle,
        start: row.item.live_from(),
        expiry: row.item.ends(),
        state: row.state.word().to_owned(),
        kind: match row.item.kind {
            Kind::Concurrent => "concurrent".to_owned(),
            Kind::Metered { .. } => "metered".to_owned(),
        },
        seat_basis: match row.item.seat_basis {
            SeatBasis::Process => "process",
            SeatBasis::Session => "session",
            SeatBasis::Device => "device",
            SeatBasis::User => "user",
        }
        .to_owned(),
        terms,
    }
}

/// A device that holds something.
pub(crate) fn device_row(row: tenure_leasing::DeviceRow) -> DeviceRow {
    DeviceRow {
        host: row.host,
        name: row.name,
        kind: row.kind,
        leases: u32::try_from(row.leases).unwrap_or(u32::MAX),
        dropped: u32::try_from(row.dropped).unwrap_or(u32::MAX),
        seats: row.seats,
        features: row.features,
        users: row.users,
        expires_at: row.expires,
        last_seen: Some(row.seen),
    }
}

/// A denial.
pub(crate) fn denial_row(row: tenure_leasing::DenialRow) -> DenialRow {
    let denied = row.denied;
    DenialRow {
        id: denied.id.to_string(),
        at: denied.at,
        explanation: denied.explanation(),
        remedy: Some(remedy_answer(&denied.remedy)),
        pools: denied.pools.iter().map(pool_tried).collect(),
        reason: denied.reason.code().to_owned(),
        holder: denied.holder,
        feature: denied.feature,
        version: denied.version,
        count: denied.count,
        recovered_at: row.recovered,
    }
}

/// An event of the ledger. Password hashes stay there.
pub(crate) fn journal_row(sequence: u64, index: u32, at: Time, event: &Event) -> JournalRow {
    let mut data = serde_json::to_value(event).unwrap_or_default();
    let kind = data["type"].as_str().unwrap_or("unknown").to_owned();
    if let Some(user) = data.get_mut("user").and_then(|user| user.as_object_mut()) {
        user.remove("password_hash");
    }
    JournalRow { sequence, index, at, event: kind, summary: summary(event), data }
}

/// One line for people.
fn summary(event: &Event) -> String {
    match event {
        Event::Granted(lease) => format!(
            "{} holds {} of {} {} until {} ({})",
            lease.holder.host.value,
            lease.count,
            lease.feature,
            lease.version,
            lease.expires,
            lease.lease
        ),
        Event::Renewed(lease) => format!("{} renewed until {}", lease.lease, lease.expires),
        Event::NotRenewed { lease, why } => format!("{lease} not renewed: {why}"),
        Event::Released { lease, reason, .. } => format!("{lease} returned{}", because(reason)),
        Event::NotReleased { lease, why } => format!("{lease} not returned: {why}"),
        Event::TakenOver { lease, by } => format!("{lease} was taken over by {by}"),
        Event::Expired { leases, named } => {
            format!("{} leases ended, {} kept seats became free", leases.len(), named.len())
        }
        Event::Denied(denied) => format!(
            "{} was denied {} of {}: {} ({})",
            denied.holder.host.value,
            denied.count,
            wanted(&denied.feature, denied.version),
            denied.reason.code(),
            denied.id
        ),
        Event::Queued(_) | Event::Offered(_) | Event::Claimed { .. } | Event::Unqueued(_) => {
            waiting(event)
        }
        Event::Consumed(used) => {
            format!(
                "{} used {} of {} ({})",
                used.holder.host.value, used.count, used.feature, used.usage
            )
        }
        Event::UsageBatch(batch) => {
            format!(
                "{} reported {} uses from off line",
                batch.holder.host.value,
                batch.entries.len()
            )
        }
        Event::Undone { usage, count, feature, reason, .. } => {
            format!("{count} of {feature} taken back ({usage}){}", because(reason))
        }
        Event::DeviceDropped(drop) => {
            format!(
                "{} dropped, {} leases{}",
                drop.host.value,
                drop.leases.len(),
                because(&drop.reason)
            )
        }
        other => administration(other),
    }
}

fn waiting(event: &Event) -> String {
    match event {
        Event::Queued(queued) => {
            let features = queued.asked.features.iter();
            let features: Vec<String> =
                features.map(|feature| format!("{} of {}", feature.count, feature.name)).collect();
            let (host, features) = (&queued.asked.holder.host.value, features.join(" and "));
            format!("{host} waits for {features} until {} ({})", queued.until, queued.ticket)
        }
        Event::Offered(offered) => {
            let leases: Vec<String> =
                offered.leases.iter().map(|lease| lease.lease.to_string()).collect();
            let leases = leases.join(", ");
            format!("{} is held for {} until {}", leases, offered.ticket, offered.until)
        }
        Event::Claimed { ticket, .. } => format!("{ticket} took what it was offered"),
        Event::Unqueued(end) => {
            format!("{} waits no longer ({}){}", end.ticket, end.how.word(), because(&end.reason))
        }
        _ => String::new(),
    }
}

fn container(change: &ContainerEvent) -> String {
    match change {
        ContainerEvent::Updated { ops, .. } => match ops.last() {
            Some(last) => {
                format!("update applied: {} operations, up to {}", ops.len(), last.sequence)
            }
            None => "an update was acknowledged".to_owned(),
        },
        ContainerEvent::KeysetAdopted { version, .. } => format!("key list {version} adopted"),
        ContainerEvent::RevocationAdopted { sequence, revoked, .. } => {
            let own = if *revoked { "; it names this container" } else { "" };
            format!("revocation list {sequence} adopted{own}")
        }
        ContainerEvent::TimeAdvanced { .. }
        | ContainerEvent::TimeCorrected { .. }
        | ContainerEvent::ClockBehind { .. }
        | ContainerEvent::ClockRight => "the container's clock moved".to_owned(),
        other => other.sentence(),
    }
}

fn administration(event: &Event) -> String {
    match event {
        Event::Container(change) => container(change),
        Event::PropertiesSet { by, changes } => {
            format!(
                "{by} set {}",
                changes.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
            )
        }
        Event::UserSet { by, user } => format!("{by} set user {}", user.name),
        Event::UserDeleted { by, name } => format!("{by} deleted user {name}"),
        Event::ClientKeyAdded { by, key } => {
            format!("{by} added client key {} ({})", key.name, key.id)
        }
        Event::ClientKeyRevoked { by, id } => format!("{by} revoked client key {id}"),
        Event::ReservationsSet { by, groups, .. } => {
            let groups: Vec<String> = groups.iter().map(|group| group.label()).collect();
            format!("{by} reserved {}", groups.join(", "))
        }
        Event::ReservationsDeleted { by, groups, .. } => {
            let groups: Vec<&str> = groups.values().map(String::as_str).collect();
            format!("{by} deleted the reservations {}", groups.join(", "))
        }
        Event::ModelSet(set) => {
            let ModelSet { by, version, keep_leases, note, .. } = set;
            let kept = if *keep_leases { ", leases go on" } else { "" };
            format!("{by} put model version {version} in force{kept}{}", because(note))
        }
        Event::ModelDeleted(deleted) => format!("{} deleted the model", deleted.by),
        Event::Placed { at } => format!("pools were filled anew with the items live at {at}"),
        Event::Suspended { by, reason } => format!("{by} suspended grants{}", because(reason)),
        Event::Resumed { by } => format!("{by} resumed grants"),
        Event::UsageReported { by, report } => {
            format!("{by} made a report of use up to {}", report.until)
        }
        Event::UsageReportTaken { to_sequence } => {
            format!("the office has the reports of use up to entry {to_sequence}")
        }
        Event::LedgerArchived { by, begins, folder } => {
            format!("{by} archived the ledger's entries before {begins} to {folder}")
        }
        Event::Reconciling { until, evidence, .. } => {
            format!("no new grants until {until}: {evidence}")
        }
        _ => String::new(),
    }
}

/// What was asked for; a version only where one was.
fn wanted(feature: &str, version: Version) -> String {
    if version == Version::ANY { feature.to_owned() } else { format!("{feature} {version}") }
}

fn because(reason: &Option<String>) -> String {
    reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"))
}
