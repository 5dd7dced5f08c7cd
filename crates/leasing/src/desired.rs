//! Requests without desired features: what the server decides that they are for.
//!
//! Invariants: everything reserved for the device comes first, then what is reserved for the user, in the order in
//! which it was posted; as much of it as there is. Deliberately not here: granting (checkout, device_set).

use crate::group::Group;
use crate::lease::{GroupKey, SeatKey};
use crate::request::{Checkout, FeatureRequest};
use crate::reservation::MemberNo;
use crate::state::Leasing;
use crate::stock::Bin;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::Holder;

/// The most features that are decided on.
const FEATURES_MAX: usize = 256;

/// A request with its desired features. `idle`: only what the holder does not use already, for a checkout; a device
/// set also keeps what it has.
pub(crate) fn desired<'a>(state: &Leasing, asked: &'a Checkout, idle: bool) -> Cow<'a, Checkout> {
    if !asked.features.is_empty() {
        return Cow::Borrowed(asked);
    }
    let features = reserved_features(state, &asked.holder, idle);
    match features.is_empty() {
        true => Cow::Borrowed(asked),
        false => Cow::Owned(Checkout { features, ..asked.clone() }),
    }
}

/// What is reserved for a holder.
fn reserved_features(state: &Leasing, holder: &Holder, idle: bool) -> Vec<FeatureRequest> {
    let mut features: Vec<FeatureRequest> = Vec::new();
    for member in state.book.members_of(holder).in_order() {
        let mut left: BTreeMap<Bin, u64> = BTreeMap::new();
        for entry in state.book.entries_of(member) {
            let given = state.book.given(entry.id).iter();
            let held = given
                .filter(|(bin, _)| state.shelves.get(bin.shelf).is_some_and(|s| !s.is_metered()));
            let seats: u64 = held
                .map(|(bin, seats)| {
                    let left = left.entry(*bin).or_insert_with(|| {
                        let (reserved, used) = state.book.stakes.of_member(*bin, member);
                        let held = if idle { 0 } else { held_here(state, holder, *bin, member) };
                        let kept = kept_for(state, holder, *bin, member);
                        reserved.saturating_sub(used).saturating_add(held).saturating_add(kept)
                    });
                    let here = (*left).min(*seats);
                    *left -= here;
                    here
                })
                .sum();
            let count = u32::try_from(seats).unwrap_or(u32::MAX);
            let same =
                |f: &&mut FeatureRequest| (f.name == entry.feature) && f.version == entry.version;
            match features.iter_mut().find(same) {
                _ if count == 0 => {}
                Some(feature) => feature.count = feature.count.saturating_add(count),
                None => {
                    let feature = FeatureRequest::new(entry.feature.clone(), entry.version, count);
                    features.push(FeatureRequest { partial: true, ..feature });
                }
            }
        }
    }
    features.truncate(FEATURES_MAX);
    features
}

/// Seats on this device that count against the reservation of a member.
fn held_here(state: &Leasing, holder: &Holder, bin: Bin, member: MemberNo) -> u64 {
    let mut seen = BTreeSet::new();
    let leases = state.leases_of_host(&holder.host);
    let parts =
        leases.flat_map(|lease| lease.parts.as_slice().iter().map(move |part| (lease, part)));
    let seated =
        parts.filter(|(_, part)| part.bin() == bin).map(|(lease, part)| state.seated(lease, part));
    let claims = seated
        .filter(|seated| seen.insert(*seated))
        .flat_map(|seated| state.book.stakes.claims(&seated));
    claims.filter(|(of, _)| *of == member).map(|(_, seats)| u64::from(*seats)).sum()
}

/// Seats that are only kept for this holder as a named user and count against the reservation of a member.
fn kept_for(state: &Leasing, holder: &Holder, bin: Bin, member: MemberNo) -> u64 {
    let key = match &holder.user {
        Some(user) => state.names.find(user.as_str()).map(SeatKey::User),
        None => state.devices.find(&holder.host).map(SeatKey::Device),
    };
    let place = key.map(|key| GroupKey { shelf: bin.shelf, key, pool: bin.pool });
    let Some(place) = place else { return 0 };
    if !state.groups.get(&place).is_some_and(Group::is_idle) {
        return 0;
    }
    let claims = state.book.stakes.claims(&place.seated()).iter();
    claims.filter(|(of, _)| *of == member).map(|(_, seats)| u64::from(*seats)).sum()
}
