//! Reservations on the wire, and postings from it.
//!
//! Kept here: nothing is computed that the leasing floor did not say; a posting is only translated, its sense is
//! checked by the decision. Deliberately not here: routes (`admin::reservations`).

use tenure_api::{
    Reservation, ReservationCheckGroup, ReservationEntry, ReservationEntryRequest,
    ReservationGroup, ReservationGroupRequest, ReservationGroupRow, ReservationRequest,
    ReservedHost, UnfitEntry,
};
use tenure_document::HostId;
use tenure_leasing::{
    EntryPosting, EntryStanding, Leasing, ReservationPosting, ReservationStanding,
};
use tenure_shell::problem::{Code, Refused};

/// A posting as it came.
pub(crate) fn posting(request: ReservationGroupRequest) -> Result<ReservationPosting, Refused> {
    let mut reservations = Vec::with_capacity(request.reservations.len());
    for reservation in request.reservations {
        let ReservationRequest { host_id, reservation_entries } = reservation;
        let host = HostId::new(host_id.kind, host_id.value)
            .map_err(|fault| Code::BadValue.says(format!("`hostId`: {fault}.")))?;
        reservations.push((host, reservation_entries.into_iter().map(entry_posting).collect()));
    }
    Ok(ReservationPosting { name: request.name, reservations })
}

fn entry_posting(entry: ReservationEntryRequest) -> EntryPosting {
    EntryPosting {
        feature: entry.feature_name,
        version: entry.feature_version,
        count: entry.feature_count,
        pool: entry.pool,
    }
}

/// A group as it would be posted.
pub(crate) fn exported(group: &tenure_leasing::ReservationGroup) -> ReservationGroupRequest {
    let entry = |entry: &tenure_leasing::ReservationEntry| ReservationEntryRequest {
        feature_name: entry.feature.clone(),
        feature_version: entry.version,
        feature_count: entry.count,
        pool: entry.pool.clone(),
    };
    let reservations = group.reservations.iter().map(|reservation| ReservationRequest {
        host_id: reservation.host.clone().into(),
        reservation_entries: reservation.entries.iter().map(entry).collect(),
    });
    ReservationGroupRequest { name: group.name.clone(), reservations: reservations.collect() }
}

/// What an import would do with one group.
pub(crate) fn check_group(
    leasing: &Leasing,
    request: &ReservationGroupRequest,
    replace: bool,
) -> ReservationCheckGroup {
    let named = request.name.as_deref().and_then(|name| leasing.find_reservation_group(name));
    let there = named.and_then(|id| leasing.reservation_group(id)).map(|one| exported(one.group));
    let wanted = entries(request);
    let mut left = there.as_ref().map(entries).unwrap_or_default();
    let mut added = 0;
    for entry in &wanted {
        match left.iter().position(|one| one == entry) {
            Some(place) => _ = left.swap_remove(place),
            None => added += 1,
        }
    }
    let removed = left.len() as u64;
    let what = match there {
        None => "new",
        Some(_) if !replace => "taken",
        Some(_) if added == 0 && removed == 0 => "unchanged",
        Some(_) => "changed",
    };
    let (name, kept) = (request.name.clone(), wanted.len() as u64 - added);
    ReservationCheckGroup { name, what: what.to_owned(), added, removed, kept }
}

fn entries(request: &ReservationGroupRequest) -> Vec<(&ReservedHost, &ReservationEntryRequest)> {
    let mut all = Vec::new();
    for one in &request.reservations {
        all.extend(one.reservation_entries.iter().map(|entry| (&one.host_id, entry)));
    }
    all
}

/// A group in the list.
pub(crate) fn row(standing: ReservationStanding<'_>) -> ReservationGroupRow {
    let all = || standing.entries.iter().flatten();
    let sum = |figure: fn(&EntryStanding) -> u64| all().map(figure).sum();
    let group = standing.group;
    let entries = group.reservations.iter().flat_map(|reservation| &reservation.entries);
    ReservationGroupRow {
        id: group.id.to_string(),
        name: group.label(),
        revision: group.revision,
        members: group.reservations.len() as u64,
        entries: all().count() as u64,
        count: entries.map(|entry| entry.count).sum(),
        reserved: sum(|entry| entry.reserved),
        used: sum(|entry| entry.used),
        unsatisfiable: all().filter(|entry| !entry.satisfiable).count() as u64,
        created_at: group.created,
        changed_at: group.changed,
    }
}

/// A group and how it stands.
pub(crate) fn group(standing: ReservationStanding<'_>) -> ReservationGroup {
    let ReservationStanding { group, entries } = standing;
    let reservations =
        group.reservations.iter().zip(entries).map(|(reservation, standings)| Reservation {
            host_id: reservation.host.clone().into(),
            reservation_entries: reservation
                .entries
                .iter()
                .zip(standings)
                .map(|(entry, standing)| entry_row(entry, standing))
                .collect(),
        });
    ReservationGroup {
        id: group.id.to_string(),
        name: group.name.clone(),
        revision: group.revision,
        keep_leases: group.keep_leases,
        created_at: group.created,
        changed_at: group.changed,
        reservations: reservations.collect(),
    }
}

fn entry_row(
    entry: &tenure_leasing::ReservationEntry,
    standing: EntryStanding,
) -> ReservationEntry {
    let EntryStanding { satisfiable, reserved, used, idle, waiting } = standing;
    ReservationEntry {
        feature_name: entry.feature.clone(),
        feature_version: entry.version,
        feature_count: entry.count,
        pool: entry.pool.clone(),
        status: if satisfiable { "satisfiable" } else { "unsatisfiable" }.to_owned(),
        reserved,
        used,
        idle,
        waiting,
    }
}

/// An entry that does not fit.
pub(crate) fn unfit_entry(unfit: &tenure_leasing::UnfitEntry) -> UnfitEntry {
    UnfitEntry {
        group: unfit.group.clone(),
        host_id: unfit.host.clone().into(),
        feature_name: unfit.entry.feature.clone(),
        feature_version: unfit.entry.version,
        feature_count: unfit.entry.count,
        pool: unfit.entry.pool.clone(),
        reason: unfit.why.code().to_owned(),
        left: unfit.why.left(unfit.entry.count),
    }
}
