//! From "not granted" to a denial: the reason, the pools tried, the nearest remedy, and the sentence for people.
//!
//! Invariants: one place makes denials; the remedy is computed from the same state as the reason; looking for the
//! first end of a lease looks at a bounded number of leases.
//! Deliberately not here: finding candidates, granting.

use crate::allocation::available;
use crate::candidates::{Miss, Purpose, Survey, Wanted, survey};
use crate::denial::{DenialReason, PoolTried, Remedy};
use crate::draft::Draft;
use crate::group::LEASES_MAX;
use crate::ids::No;
use crate::lease::{Lease, LeasePart};
use crate::nearest::nearest;
use crate::plan::Candidate;
use crate::pool::PoolNo;
use crate::request::Checkout;
use crate::state::Leasing;
use crate::stock::Shelf;
use crate::term::{RECLAIM_MARGIN_MS, later};
use std::collections::BTreeMap;
use tenure_document::{KeyId, Time, Version};

/// So many leases are looked at, soonest end first, to find one whose end would help.
const ENDS_LOOKED_AT: usize = 64;

/// Reason, pools and remedy of a denial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Why {
    pub(crate) reason: DenialReason,
    pub(crate) pools: Vec<PoolTried>,
    pub(crate) remedy: Remedy,
}

impl Why {
    pub(crate) fn plain(reason: DenialReason, remedy: Remedy) -> Why {
        Why { reason, pools: Vec::new(), remedy }
    }
}

/// What stands against any grant to whom this key belongs.
pub(crate) fn gate(draft: &Draft<'_>, signed_by: Option<KeyId>) -> Option<Why> {
    let state = draft.state;
    if state.suspended.is_some() {
        return Some(Why::plain(DenialReason::ServerSuspended, Remedy::AskAdministrator));
    }
    if let Some(until) = state.reconcile_until.filter(|until| draft.now.at < *until) {
        let remedy = Remedy::WaitUntil { at: until };
        return Some(Why::plain(DenialReason::ContainerRolledBack, remedy));
    }
    if state.container.is_revoked() {
        return Some(Why::plain(DenialReason::Revoked, Remedy::AskPublisher));
    }
    gate_rules(draft).or_else(|| gate_key(draft, signed_by))
}

/// A rule refuses who asks.
pub(crate) fn gate_rules(draft: &Draft<'_>) -> Option<Why> {
    let denied = draft.access().is_denied();
    denied.then(|| Why::plain(DenialReason::DeniedByRule, Remedy::AskAdministrator))
}

/// What stands against a request that is signed with this key, or not at all.
pub(crate) fn gate_key(draft: &Draft<'_>, signed_by: Option<KeyId>) -> Option<Why> {
    let state = draft.state;
    if signed_by.is_some_and(|key| state.is_key_revoked(key)) {
        return Some(Why::plain(DenialReason::Revoked, Remedy::AskAdministrator));
    }
    let registered = signed_by.is_some_and(|key| state.client_keys.contains_key(&key));
    (state.settings.signature_required && !registered)
        .then(|| Why::plain(DenialReason::UnsignedRequest, Remedy::SignRequest))
}

/// What stands against any grant to who asks: the same, or its device has as many leases as one device may.
pub(crate) fn gate_checkout(draft: &Draft<'_>, asked: &Checkout) -> Option<Why> {
    let devices = &draft.state.devices;
    let is_full = || {
        let device = devices.find(&asked.holder.host).and_then(|no| devices.get(no))?;
        let is_full = device.leases.len() >= LEASES_MAX as usize;
        is_full.then(|| Why::plain(DenialReason::MaxPerHolder, Remedy::ReleaseFirst))
    };
    gate(draft, asked.signed_by).or_else(is_full)
}

/// No item has the feature.
pub(crate) fn unknown_feature(draft: &Draft<'_>, name: &str) -> Why {
    let near = near_miss(draft, name);
    let remedy = near.map_or(Remedy::AskPublisher, |name| Remedy::CheckName { name });
    Why::plain(DenialReason::UnknownFeature, remedy)
}

/// No item of the feature will do.
pub(crate) fn missed(draft: &Draft<'_>, wanted: Wanted<'_>, miss: Miss) -> Why {
    let (reason, remedy) = match miss {
        Miss::Version(version) => {
            let lower = Remedy::LowerVersion { version };
            let can = has_some(draft, Wanted { version, ..wanted }, 1);
            (DenialReason::VersionTooLow, if can { lower } else { Remedy::AskPublisher })
        }
        Miss::Selectors => (DenialReason::SelectorMismatch, Remedy::AskAdministrator),
        Miss::Kind => (DenialReason::MeteredFeature, Remedy::Consume),
        Miss::Expired => (DenialReason::Expired, Remedy::AskPublisher),
        Miss::ClockBehind => (DenialReason::ClockBehind, Remedy::SetClock),
        Miss::Contact(_) => (DenialReason::ContactDue, Remedy::ContactPublisher),
        Miss::NotStarted(std::cmp::Reverse(at)) => {
            (DenialReason::NotStarted, Remedy::StartsAt { at })
        }
        Miss::Virtual => (DenialReason::VirtualNotAllowed, Remedy::PhysicalMachine),
        Miss::VirtualHere => (DenialReason::VirtualNotAllowed, Remedy::AskAdministrator),
        Miss::Borrow => (DenialReason::BorrowNotAllowed, Remedy::WithoutBorrow),
        Miss::BorrowHere => (DenialReason::BorrowNotAllowed, Remedy::WithoutBorrow),
        Miss::BorrowTooLong(seconds) => {
            (DenialReason::BorrowTooLong, Remedy::ShorterBorrow { seconds })
        }
        Miss::Exclusive => (DenialReason::AlreadyExclusive, Remedy::ReleaseFirst),
        Miss::FullSeat => (DenialReason::MaxPerHolder, Remedy::ReleaseFirst),
    };
    Why::plain(reason, remedy)
}

/// Candidates there are, but not enough of them is free: neither `count`, nor `least`, which would do.
pub(crate) fn short(
    draft: &Draft<'_>,
    wanted: Wanted<'_>,
    survey: &Survey,
    (count, least): (u64, u64),
) -> Why {
    let withheld = survey.candidates.iter().map(|c| c.withheld).fold(0, u64::saturating_add);
    let free = largest(&survey.candidates).unwrap_or(u64::MAX);
    let reason = match wanted.purpose {
        _ if is_maximum(survey, count) || beyond_reach(survey, least).is_some() => {
            DenialReason::MaxPerHolder
        }
        _ if withheld > 0 && free.saturating_add(withheld) >= count => {
            DenialReason::ReservedForOthers
        }
        Purpose::Consume => DenialReason::OverMetered,
        Purpose::Hold { .. } => DenialReason::NoSeats,
    };
    let remedy = match short_remedy(draft, wanted, survey, (count, least)) {
        Remedy::AskPublisher if reason == DenialReason::ReservedForOthers => {
            Remedy::AskAdministrator
        }
        remedy => remedy,
    };
    Why { reason, pools: pools_of(draft.state, &survey.candidates), remedy }
}

/// True when enough would be free, but for the most that one holder may have.
fn is_maximum(survey: &Survey, count: u64) -> bool {
    let free = largest(&survey.candidates);
    survey.withheld > 0 && free.is_some_and(|free| free.saturating_add(survey.withheld) >= count)
}

/// The most that one holder could have, were everything free, where there are enough for `least` but not for one holder.
fn beyond_reach(Survey { candidates, most, .. }: &Survey, least: u64) -> Option<u64> {
    if most.is_empty() {
        return None;
    }
    let mut pools: BTreeMap<PoolNo, Option<u64>> = BTreeMap::new();
    for candidate in candidates {
        let sum = pools.entry(candidate.bin.pool).or_insert(Some(0));
        *sum = sum.zip(candidate.total).map(|(sum, total)| sum.saturating_add(total));
    }
    let add = |sum: u64, seats: Option<u64>| Some(sum.saturating_add(seats?));
    let total = pools.values().copied().try_fold(0, add);
    let within = |(pool, total): (PoolNo, Option<u64>)| {
        let most = pool.and_then(|pool| most.get(&pool)).copied();
        total.into_iter().chain(most).min()
    };
    let shared: u64 = candidates.iter().map(|candidate| u64::from(candidate.shared)).sum();
    let reach = pools.into_iter().map(within).try_fold(shared, add)?;
    (reach < least && total.is_none_or(|total| total >= least)).then_some(reach)
}

fn short_remedy(
    draft: &Draft<'_>,
    wanted: Wanted<'_>,
    found: &Survey,
    (count, least): (u64, u64),
) -> Remedy {
    if let Some(reach) = beyond_reach(found, least) {
        return if reach > 0 {
            Remedy::SmallerCount { count: reach }
        } else {
            Remedy::AskAdministrator
        };
    }
    if found.candidates.iter().any(|candidate| draft.is_kept(candidate.bin)) {
        return Remedy::JoinQueue;
    }
    match largest(&found.candidates) {
        Some(free) if free > 0 => return Remedy::SmallerCount { count: free },
        _ => {}
    }
    if is_maximum(found, count) {
        return Remedy::AskAdministrator;
    }
    if let Some(version) = lower_version(draft, wanted, count) {
        return Remedy::LowerVersion { version };
    }
    if wanted.purpose == Purpose::Consume {
        return Remedy::AskPublisher;
    }
    match first_end(draft, found) {
        Some(at) => Remedy::WaitUntil { at },
        // Other pools may have some.
        None if draft.state.models.current().is_some() => Remedy::AskAdministrator,
        None => Remedy::AskPublisher,
    }
}

/// The largest count that could be had; none: as many as one likes.
pub(crate) fn largest(candidates: &[Candidate]) -> Option<u64> {
    let sources: Vec<_> = candidates.iter().map(|candidate| candidate.source.clone()).collect();
    let shared: u64 = candidates.iter().map(|candidate| u64::from(candidate.shared)).sum();
    available(&sources).map(|free| free.saturating_add(shared))
}

/// How the pools stand that the candidates are in, in the order in which they are tried.
pub(crate) fn pools_of(state: &Leasing, candidates: &[Candidate]) -> Vec<PoolTried> {
    let mut pools: Vec<(u16, PoolNo)> =
        candidates.iter().map(|c| (c.source.pool, c.bin.pool)).collect();
    pools.sort_unstable();
    let mut tried: Vec<PoolNo> = Vec::with_capacity(1);
    for (_, pool) in pools {
        if !tried.contains(&pool) {
            tried.push(pool);
        }
    }
    let pool_tried = |pool: PoolNo| {
        let within = || candidates.iter().filter(|candidate| candidate.bin.pool == pool);
        let sum = |part: fn(&Candidate) -> u64| within().map(part).fold(0, u64::saturating_add);
        let total = within().try_fold(0_u64, |sum, c| Some(sum.saturating_add(c.total?)));
        let (used, reserved) = (sum(|c| c.taken), sum(|c| c.reserved));
        let free = total.map_or(0, |total| total.saturating_sub(used).saturating_sub(reserved));
        // What a pool should have, but others still use, is not free yet.
        let room = within().try_fold(0_u64, |sum, c| {
            Some(sum.saturating_add(c.source.regular?).saturating_add(c.source.overdraft?))
        });
        // That may outlive the model, as long as somebody holds seats of its pools.
        let is_parted = state.models.current().is_some()
            || within().any(|c| state.shelves.get(c.bin.shelf).is_some_and(|s| s.shares.is_some()));
        let free = room.filter(|_| is_parted).map_or(free, |room| free.min(room));
        PoolTried { pool: state.pool_name(pool).to_owned(), total, used, reserved, free }
    };
    tried.into_iter().map(pool_tried).collect()
}

/// The highest version below the wanted one of which enough is free.
fn lower_version(draft: &Draft<'_>, wanted: Wanted<'_>, count: u64) -> Option<Version> {
    let feature = draft.state.features.find(wanted.feature)?;
    let shelves = draft.state.features.get(feature)?.shelves.iter();
    let shelf = |no: &No<Shelf>| draft.state.shelves.get(*no).filter(|shelf| shelf.present);
    let versions = shelves.filter_map(shelf).map(|shelf| shelf.item.version);
    let mut versions: Vec<Version> = versions.filter(|version| *version < wanted.version).collect();
    versions.sort_unstable();
    versions.dedup();
    versions
        .into_iter()
        .rev()
        .take(4)
        .find(|version| has_some(draft, Wanted { version: *version, ..wanted }, count))
}

fn has_some(draft: &Draft<'_>, wanted: Wanted<'_>, count: u64) -> bool {
    survey(draft, wanted)
        .is_some_and(|found| largest(&found.candidates).is_none_or(|free| free >= count))
}

/// When a seat of one of these candidates comes back at the latest, unless its lease is renewed: by the end of a lease,
/// or because its named user has had it long enough.
fn first_end(draft: &Draft<'_>, found: &Survey) -> Option<Time> {
    let state = draft.state;
    let helps = |no: No<Shelf>| found.candidates.iter().any(|candidate| candidate.bin.shelf == no);
    let mut ends = state.features.get(found.feature)?.ends.iter().take(ENDS_LOOKED_AT);
    let lease = ends.find(|(_, lease)| {
        let lease = state.leases.get(lease);
        // Seats that count against a reservation stay with it.
        let is_open =
            |lease: &Lease, part: &LeasePart| helps(part.shelf) && state.uncovered(lease, part) > 0;
        lease.is_some_and(|lease| lease.parts.as_slice().iter().any(|part| is_open(lease, part)))
    });
    let lease = lease.map(|(end, _)| later(*end, RECLAIM_MARGIN_MS));
    let mut kept = state.kept_seats.iter().take(ENDS_LOOKED_AT);
    let kept = kept.find(|(_, place)| helps(place.shelf)).map(|(until, _)| *until);
    match (lease, kept) {
        (Some(lease), Some(kept)) => Some(lease.min(kept)),
        (lease, kept) => lease.or(kept),
    }
}

/// A feature whose name differs in case only, or by one or two characters after the first.
fn near_miss(draft: &Draft<'_>, name: &str) -> Option<String> {
    let begins = |text: &str| text.chars().next().map(|first| first.to_ascii_lowercase());
    let shelves = draft.state.shelves.iter().filter(|(_, shelf)| shelf.present);
    let known = shelves.map(|(_, shelf)| shelf.item.feature.as_str());
    nearest(name, known.filter(|known| begins(known) == begins(name))).map(str::to_owned)
}
