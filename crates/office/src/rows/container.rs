//! Containers on the wire: how they stand, what they hold, what is on its way, what moved.
//!
//! Kept here: only what the office has seen. Deliberately not here: rulings (issuing).

use tenure_api::office::{
    Binding, ContainerDetail, ContainerRow, ContainerState as WireState, LineageRow, MoveRow,
    MoveState, PendingOp, Successor,
};
use tenure_document::{BindingLevel, Op};
use tenure_issuing::office::{Booked, BookedState, ContainerState, Office, OfficeContainer};

use super::activation;
use super::terms::wire_tolerance;
use crate::issue;

/// Most operations that are listed one by one.
const PENDING_MAX: usize = 1_000;

/// The words of the states, as they are filtered by.
pub(crate) const STATES: [&str; 7] =
    ["known", "rollback", "fork", "clone", "lost", "broken", "revoked"];

/// A container in a list.
pub(crate) fn row(office: &Office, known: &OfficeContainer) -> ContainerRow {
    let activations = office.activations().of_container(known.id);
    ContainerRow {
        serial: known.id.serial(),
        id: known.id,
        name: known.name.to_string(),
        kind: known.kind,
        generation: known.generation,
        state: state(known.state),
        customer: known.customer.map(|customer| customer.to_string()),
        anchored: known.anchored,
        acknowledged: known.acknowledged(),
        issued: known.history.issued(),
        activations: activations.filter(|one| one.state.is_live()).count() as u64,
        last_contact: Some(known.seen),
        first_contact: Some(known.met),
    }
}

/// A container with everything about it.
pub(crate) fn detail(office: &Office, known: &OfficeContainer) -> ContainerDetail {
    let activations = office.activations().of_container(known.id);
    let pending = known.history.waiting(known.id, known.generation);
    let history = &known.history;
    ContainerDetail {
        container: row(office, known),
        explanation: explanation(known),
        acknowledged_hash: history.hash_at(history.acknowledged()),
        activations: activations
            .filter(|one| one.state.counts())
            .map(|one| activation::row(office, one))
            .collect(),
        pending: pending
            .iter()
            .take(PENDING_MAX)
            .map(|numbered| PendingOp {
                sequence: numbered.sequence,
                op: kind_of(&numbered.op).to_owned(),
                summary: issue::line(&numbered.op),
            })
            .collect(),
        moves: office.fleet().moves().of_container(known.id).map(moved).collect(),
        tolerance: known.tolerance.map(wire_tolerance),
        binding: known.binding.map(binding),
        lineages: known
            .lineages
            .iter()
            .map(|one| LineageRow {
                sequence: one.sequence,
                first_seen: one.first_seen,
                last_seen: one.last_seen,
                binding: one.binding.map(binding),
            })
            .collect(),
        successor: known.succession.as_deref().map(|next| Successor {
            ruled: next.ruled,
            key: next.proposed.as_ref().map(|one| one.key.to_string()),
            vouched: next.proposed.as_ref().is_some_and(|one| one.vouched),
            at: next.proposed.as_ref().map(|one| one.at),
        }),
    }
}

/// The state on the wire.
pub(crate) fn state(state: ContainerState) -> WireState {
    match state {
        ContainerState::Known => WireState::Known,
        ContainerState::Rollback { .. } => WireState::Rollback,
        ContainerState::Fork { .. } => WireState::Fork,
        ContainerState::Clone { .. } => WireState::Clone,
        ContainerState::Lost => WireState::Lost,
        ContainerState::Broken => WireState::Broken,
        ContainerState::Revoked => WireState::Revoked,
    }
}

/// A move between containers without the office.
pub(crate) fn moved(booked: &Booked) -> MoveRow {
    MoveRow {
        nonce: booked.nonce.to_string(),
        item: booked.item_id.clone(),
        count: booked.count,
        from: Some(booked.source.serial()),
        to: Some(booked.target.serial()),
        state: match booked.state {
            BookedState::Claimed => MoveState::Claimed,
            BookedState::InTransit => MoveState::InTransit,
            BookedState::Arrived => MoveState::Arrived,
            BookedState::Refunded => MoveState::Refunded,
            BookedState::RefundOrdered => MoveState::RefundOrdered,
            BookedState::Contradiction => MoveState::Contradiction,
        },
        at: Some(booked.since),
    }
}

fn explanation(known: &OfficeContainer) -> Option<String> {
    let said: Vec<String> = [out_of_step(known), next_waits(known)].into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// Of a key that came as the container's next and waits.
fn next_waits(known: &OfficeContainer) -> Option<String> {
    let succession = known.succession.as_deref().filter(|one| !one.ruled)?;
    let proposed = succession.proposed.as_ref()?;
    let why = match (proposed.vouched, known.state) {
        (true, ContainerState::Known) => {
            "which its present key vouches for, but no replacement is left"
        }
        (true, _) => "which its present key vouches for",
        (false, _) => "which its present key does not vouch for",
    };
    Some(format!(
        "It has begun generation {} with key {}, {why}. Nothing is issued to that until somebody rules `new-generation`.",
        known.generation + 1,
        proposed.key
    ))
}

fn out_of_step(known: &OfficeContainer) -> Option<String> {
    let acknowledged = known.acknowledged();
    match known.state {
        ContainerState::Known => None,
        ContainerState::Rollback { seen, .. } => Some(format!(
            "It showed operation {seen} after it had acknowledged operation {acknowledged}: it was restored from a \
             copy. Nothing is issued until somebody rules."
        )),
        ContainerState::Fork { seen } => Some(format!(
            "It showed at operation {seen} a history that was never issued. Nothing is issued until somebody rules."
        )),
        ContainerState::Clone { seen } => Some(format!(
            "Copies of it went on apart from operation {seen} on. Nothing is issued until somebody rules."
        )),
        ContainerState::Lost => Some("It was reported lost; its generation is revoked.".to_owned()),
        ContainerState::Broken => {
            Some("It was reported broken; its generation is revoked.".to_owned())
        }
        ContainerState::Revoked => Some("The publisher revoked it.".to_owned()),
    }
}

fn binding(level: BindingLevel) -> Binding {
    Binding { matched: level.matched, total: level.total, threshold: level.threshold }
}

fn kind_of(op: &Op) -> &'static str {
    match op {
        Op::Add { .. } => "add",
        Op::Replace { .. } => "replace",
        Op::Withdraw { .. } => "withdraw",
        Op::Certify { .. } => "certify",
        Op::Settle { .. } => "settle",
        Op::Refund { .. } => "refund",
    }
}
