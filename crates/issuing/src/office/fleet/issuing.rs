//! Making operations of everything that is pending for a container, at the end of its history.
//!
//! Invariants: the order within one update is fixed: certificate, settled and refunded transfers, withdrawn, returned,
//! assigned, replaced, activated; nothing is issued about units that are on their way between containers; what would
//! not fit into one document waits for the next update; a container out of step gets nothing.
//! Deliberately not here: which operations an activation needs (`work`), signing, the update itself (updates).

use super::container::OfficeContainer;
use super::history::{History, NUMBERED};
use super::orders::{IssuedWork, OpsIssued};
use super::refusal::FleetRefusal;
use crate::office::activation_command::{Activated, Issued};
use crate::office::activations::{Activation, ActivationState, Step};
use crate::office::asker::Asker;
use crate::office::event::Event;
use crate::office::numbers::{ActivationNo, CustomerId};
use crate::office::state::Office;
use crate::office::work::Work;
use std::collections::{BTreeMap, BTreeSet};
use tenure_container::ITEMS_MAX;
use tenure_document::{Bytes, ContainerId, Count, KeyId, Op, Time, read_document};

/// The most that the operations of one update take together with the publisher's own documents, in bytes: signed, and
/// in its file form, it is longer by more than two thirds and must stay a document.
pub(crate) const UPDATE_BYTES_MAX: usize = 560_000;
/// The most operations of one update.
const OPS_MAX: usize = 9_000;

/// What is asked to be issued.
pub(crate) struct Ask<'a> {
    pub(crate) by: &'a Asker,
    pub(crate) id: ContainerId,
    /// The container's history with nothing in it that the state does not have yet.
    pub(crate) history: &'a History,
    /// A certificate, where one is due.
    pub(crate) certificate: Option<(String, KeyId)>,
    /// Activations of the same decision.
    pub(crate) made: &'a [Activated],
    /// Settlements of transfers reported in the same decision.
    pub(crate) settled: &'a [Bytes],
    /// Activations that transfers reported in the same decision took along, or that ended by it: what the state says of
    /// them is not so any more.
    pub(crate) carried: Vec<ActivationNo>,
    /// A name for people, for refusals.
    pub(crate) serial: String,
}

impl Office {
    /// The event that adds everything pending to a container's history; none when nothing is.
    pub(crate) fn issue(&self, ask: Ask, now: Time) -> Result<Option<Event>, FleetRefusal> {
        let certified_by = ask.certificate.as_ref().map(|(_, key)| *key);
        let certified = ask.certificate.as_ref().map(|(text, _)| certified(text));
        let Certified { not_after: certified_until, account } = certified.unwrap_or_default();
        let mut ops: Vec<Op> = Vec::new();
        ops.extend(ask.certificate.map(|(certificate, _)| Op::Certify { certificate }));
        ops.extend(self.transfers_due(ask.id, ask.settled));
        let waiting = ask.history.waiting_count();
        let mut room = UPDATE_BYTES_MAX.saturating_sub(ask.history.waiting_bytes());
        let mut places = OPS_MAX.saturating_sub(waiting);
        let mut works = Vec::new();
        let mut pending = self.work(ask.id, ask.made, now);
        let in_transit = self.fleet.moves.in_transit_from(ask.id, ask.settled);
        pending.iter_mut().flat_map(|work| &mut work.ops).for_each(|op| count_in(op, &in_transit));
        let root = |no| self.activations.get(no).map_or(no, Activation::root);
        // Parts in one container are one item: what the state says of one part enters what is issued about the others.
        let carried: Vec<ActivationNo> = ask.carried.iter().map(|no| root(*no)).collect();
        let pending = pending.into_iter().filter(|work| {
            let no = work.issued.activation;
            !self.fleet.moves.is_travelling(no) && !carried.contains(&root(no))
        });
        for work in pending {
            let bytes: usize = work.ops.iter().map(size).sum();
            let first = works.is_empty() && waiting == 0;
            if !first && (bytes > room || work.ops.len() > places) {
                break;
            }
            (room, places) = (room.saturating_sub(bytes), places.saturating_sub(work.ops.len()));
            works.push(issued_work(&work));
            ops.extend(work.ops);
        }
        self.check_items(ask.id, &ask.serial, &ops, works.as_slice())?;
        if ops.is_empty() {
            return Ok(None);
        }
        Ok(Some(Event::OpsIssued(OpsIssued {
            by: ask.by.clone(),
            id: ask.id,
            first: ask.history.issued() + 1,
            ops,
            works,
            certified_by,
            certified_until,
            account,
        })))
    }

    /// The certificate that is issued: the one that was brought, if the container has none by the same key, or one that
    /// must be made anew.
    pub(crate) fn certificate_to_issue(
        &self,
        before: Option<&OfficeContainer>,
        brought: &Option<(String, KeyId)>,
        serial: &str,
        now: Time,
    ) -> Result<Option<(String, KeyId)>, FleetRefusal> {
        let lacks =
            |key| before.is_none_or(|container| self.lacks_certificate(container, key, now));
        let brought = brought.clone().filter(|(_, key)| lacks(*key));
        let due = before.is_none_or(|container| self.is_certificate_due(container));
        if due && brought.is_none() {
            return Err(FleetRefusal::CertificateMissing { serial: serial.to_owned() });
        }
        Ok(brought)
    }

    /// Settlements and refunds that the container has to hear of.
    fn transfers_due(&self, id: ContainerId, settled: &[Bytes]) -> Vec<Op> {
        let moves = &self.fleet.moves;
        let known = moves.settlements(id).filter(|nonce| !settled.contains(nonce));
        let settle = known.chain(settled).map(|nonce| Op::Settle { nonce: nonce.clone() });
        let refund = moves.refunds(id).map(|nonce| Op::Refund { nonce: nonce.clone() });
        settle.chain(refund).collect()
    }

    /// A container holds only so many items.
    fn check_items(
        &self,
        id: ContainerId,
        serial: &str,
        ops: &[Op],
        works: &[IssuedWork],
    ) -> Result<(), FleetRefusal> {
        let mut added = BTreeSet::new();
        for op in ops {
            if let Op::Add { item } = op {
                added.insert(&item.id);
            }
        }
        let added = added.len();
        if added == 0 {
            return Ok(());
        }
        let leaves = |no| works.iter().any(|work| work.activation == no && work.step.removes());
        let held: usize = self
            .activations
            .of_container(id)
            .filter(|one| is_present(one.state) && !leaves(one.no))
            .filter_map(|one| self.entitlements.line(one.entitlement, one.line))
            .map(|line| line.sold.product.features.len())
            .sum();
        let count = held + added;
        if count > ITEMS_MAX {
            return Err(FleetRefusal::TooManyItems { serial: serial.to_owned(), count });
        }
        Ok(())
    }

    /// Everything a container has, taken out: for one that is given up.
    pub(crate) fn withdraw_all(
        &self,
        container: &OfficeContainer,
        step: Option<Step>,
    ) -> OpsIssued {
        let present = self.activations.of_container(container.id);
        let mut present: Vec<_> = present.filter(|one| is_present(one.state)).collect();
        // Parts first: the rest takes along whatever is left, and then nothing would be there to take a part of.
        present.sort_by_key(|one| (one.part_of.is_none(), one.no));
        let mut ops = Vec::new();
        let mut works = Vec::new();
        for activation in present {
            let removal = self.removal_of(activation);
            if let Some(step) = step {
                works.push(IssuedWork {
                    activation: activation.no,
                    step,
                    revision: activation.revision,
                    ops: u32::try_from(removal.len()).unwrap_or(u32::MAX),
                });
            }
            ops.extend(removal);
        }
        OpsIssued {
            by: Asker::System,
            id: container.id,
            first: container.history.issued() + 1,
            ops,
            works,
            certified_by: None,
            certified_until: None,
            account: None,
        }
    }
}

/// A replacement says what the container has with what is on its way from it, which it takes off by itself.
fn count_in(op: &mut Op, in_transit: &BTreeMap<&str, u32>) {
    if let Op::Replace { item } = op
        && let Some(gone) = in_transit.get(item.id.as_str())
        && let Count::Counted(count) = &mut item.count
    {
        *count = count.saturating_add(*gone);
    }
}

/// Whether the container has items of an activation in this state once every operation issued is applied.
pub(crate) fn is_present(state: ActivationState) -> bool {
    use ActivationState::{Confirmed, Delivered, ReturnAsked};
    matches!(state, Delivered | Confirmed | ReturnAsked)
}

/// What is kept of a certificate: when it ends, and whose it says its container is.
#[derive(Default, serde::Deserialize)]
pub(crate) struct Certified {
    #[serde(default)]
    pub(crate) not_after: Option<Time>,
    #[serde(default)]
    pub(crate) account: Option<CustomerId>,
}

/// What a certificate says that is kept.
pub(crate) fn certified(document: &str) -> Certified {
    let envelope = read_document(document.as_bytes()).ok();
    let read = envelope.and_then(|envelope| serde_json::from_slice(&envelope.payload).ok());
    read.unwrap_or_default()
}

fn issued_work(work: &Work) -> IssuedWork {
    let Issued { activation, step, revision } = work.issued;
    let ops = u32::try_from(work.ops.len()).unwrap_or(u32::MAX);
    IssuedWork { activation, step, revision, ops }
}

/// About how long an operation is in a document, with its number and name.
fn size(op: &Op) -> usize {
    serde_json::to_vec(op).map_or(0, |bytes| bytes.len() + NUMBERED)
}
