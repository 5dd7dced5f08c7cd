//! Transfers that were told before what they took was known to be there, once it is.
//!
//! Invariants: a transfer is carried in the books once; those that have arrived are set off against each other, because
//! units may have gone round before anybody told; what the books could not follow by whole units is never carried.
//! Deliberately not here: reports as they come (moving), where units are (whereabouts).

use super::moves::{Booked, BookedState, CaughtUp};
use super::whereabouts::{Units, Whereabouts, root_of};
use crate::office::numbers::ActivationNo;
use crate::office::state::Office;
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::{Bytes, ContainerId};

/// A transfer that the books have not followed.
#[derive(Debug, Clone)]
pub(crate) struct Owed {
    pub(crate) nonce: Bytes,
    pub(crate) root: ActivationNo,
    pub(crate) from: ContainerId,
    pub(crate) to: ContainerId,
    pub(crate) units: Units,
    pub(crate) arrived: bool,
}

impl Office {
    /// Carries what can be carried now of all that is owed; `told` are the transfers of this decision and the state
    /// that each has after it, `fresh` those of them that the state does not know and that were not carried.
    pub(crate) fn catch_up(
        &self,
        places: &mut Whereabouts,
        told: &BTreeMap<Bytes, (ActivationNo, BookedState)>,
        fresh: Vec<Owed>,
    ) -> Vec<CaughtUp> {
        let roots: BTreeSet<ActivationNo> = told.values().map(|(root, _)| *root).collect();
        let loose = |root: &ActivationNo| {
            self.fleet.moves.is_loose(*root) || fresh.iter().any(|one| one.root == *root)
        };
        let roots: BTreeSet<ActivationNo> = roots.into_iter().filter(loose).collect();
        if roots.is_empty() {
            return Vec::new();
        }
        let known = self.fleet.moves.all().iter().filter_map(|booked| {
            let root = root_of(&booked.item_id).filter(|root| roots.contains(root))?;
            let state = told.get(&booked.nonce).map_or(booked.state, |(_, state)| *state);
            owed(booked, root, state, places)
        });
        let mut by_root: BTreeMap<ActivationNo, Vec<Owed>> = BTreeMap::new();
        let all: Vec<Owed> = known.chain(fresh).collect();
        all.into_iter().for_each(|one| by_root.entry(one.root).or_default().push(one));
        by_root.into_values().flat_map(|owed| settle(places, owed)).collect()
    }
}

fn owed(
    booked: &Booked,
    root: ActivationNo,
    state: BookedState,
    places: &Whereabouts,
) -> Option<Owed> {
    // What was claimed and is told by its source now was carried just now, or is among the fresh ones.
    let claimed = booked.state == BookedState::Claimed;
    let open = matches!(state, BookedState::InTransit | BookedState::Arrived);
    if claimed || !open || booked.caught_up || !booked.activations.is_empty() {
        return None;
    }
    let units = places.units(root, booked.count)?;
    let (nonce, arrived) = (booked.nonce.clone(), state == BookedState::Arrived);
    Some(Owed { nonce, root, from: booked.source, to: booked.target, units, arrived })
}

/// Everything that is owed of one activation, as far as the units are there.
fn settle(places: &mut Whereabouts, owed: Vec<Owed>) -> Vec<CaughtUp> {
    let (arrived, on_their_way): (Vec<Owed>, Vec<Owed>) =
        owed.into_iter().partition(|one| one.arrived);
    let mut caught_up: Vec<CaughtUp> = set_off(places, arrived).into_iter().collect();
    for one in on_their_way {
        if let Some(carried) = places.carry(one.root, (one.from, one.to), one.units) {
            caught_up.push(CaughtUp { nonces: vec![one.nonce], carried });
        }
    }
    caught_up
}

/// Transfers that have arrived, as one: what each container gave or got by all of them together.
fn set_off(places: &mut Whereabouts, mut chosen: Vec<Owed>) -> Option<CaughtUp> {
    let root = chosen.first()?.root;
    let units = chosen.first()?.units;
    let net = loop {
        let mut net: BTreeMap<ContainerId, i64> = BTreeMap::new();
        for one in &chosen {
            *net.entry(one.from).or_default() -= one.units.weight();
            *net.entry(one.to).or_default() += one.units.weight();
        }
        // Who would have given more than it had got has not told all: its last one waits.
        let short = net.iter().find(|(id, net)| places.weight(root, **id, units) + **net < 0);
        let Some(short) = short.map(|(id, _)| *id) else { break net };
        let last = chosen.iter().rposition(|one| one.from == short)?;
        chosen.remove(last);
    };
    if chosen.is_empty() {
        return None;
    }
    let mut carried = Vec::new();
    let mut givers: Vec<(ContainerId, i64)> = net.iter().map(|(id, net)| (*id, -*net)).collect();
    givers.retain(|(_, gives)| *gives > 0);
    for (to, mut gets) in net.into_iter().filter(|(_, net)| *net > 0) {
        for (from, gives) in &mut givers {
            let weight = gets.min(*gives);
            if weight > 0 {
                let units = match units {
                    Units::All => Units::All,
                    Units::Counted(_) => Units::Counted(u32::try_from(weight).unwrap_or(u32::MAX)),
                };
                carried.extend(places.carry(root, (*from, to), units)?);
                (gets, *gives) = (gets - weight, *gives - weight);
            }
        }
    }
    Some(CaughtUp { nonces: chosen.into_iter().map(|one| one.nonce).collect(), carried })
}
