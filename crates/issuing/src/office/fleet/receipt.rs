//! Deciding about a receipt.
//!
//! Invariants: a receipt is never needed, because every later context says the same; an old one changes nothing and
//! accuses nobody; one of a history that was never issued is a fork.
//! Deliberately not here: verifying it against the container's key (the shell, with the key on record).

use super::container::Sight;
use super::orders::{Acknowledged, ContextTaken, ReceiptIn};
use super::refusal::FleetRefusal;
use crate::contact::Finding;
use crate::office::event::Event;
use crate::office::refusal::Refusal;
use crate::office::state::Office;
use tenure_document::{Hash, Time};

impl Office {
    pub(crate) fn decide_receipt(
        &self,
        receipt: &ReceiptIn,
        now: Time,
    ) -> Result<Vec<Event>, Refusal> {
        let (by, receipt) = (&receipt.by, &receipt.receipt);
        let id = receipt.id;
        let unknown = || FleetRefusal::ContainerUnknown { id };
        let container = self.fleet.get(id).ok_or_else(unknown)?;
        let (ours, theirs, serial) = (container.generation, receipt.generation, id.serial());
        if theirs < ours {
            return Err(FleetRefusal::OldGeneration { serial, ours, theirs }.into());
        }
        if theirs > ours {
            return Err(FleetRefusal::GenerationGap { serial, ours, theirs }.into());
        }
        let history = &container.history;
        if !history.fits(receipt.sequence, receipt.history_hash) {
            if container.state.is_out_of_step() {
                return Ok(Vec::new());
            }
            return Ok(vec![Event::ContextTaken(ContextTaken {
                by: by.clone(),
                id,
                finding: Finding::Fork { seen: receipt.sequence },
                sight: Sight {
                    context: receipt.payload_hash(),
                    at: receipt.at,
                    sequence: receipt.sequence,
                    hash: receipt.history_hash,
                    ratchet: Hash::ZERO,
                    name: None,
                    keyset_version: container.keyset_version,
                    revocation_sequence: container.revocation_sequence,
                    binding: container.binding,
                    moved: container.moved,
                },
            })]);
        }
        if receipt.sequence <= history.acknowledged() || container.state.is_out_of_step() {
            return Ok(Vec::new());
        }
        let results = &receipt.results;
        let event = self.acknowledged(container, receipt.sequence, results, true, now);
        Ok(vec![Event::Acknowledged(Acknowledged { said_at: Some(receipt.at), ..event })])
    }
}
