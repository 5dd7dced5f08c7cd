//! The recorded answer to a command that was asked before.
//!
//! Invariants: the entry is checked (hash and signature) before anything of it is told; a document
//! is part of the answer only if it comes out byte for byte as it was signed then, which its leaf
//! hash in the entry shows.
//! Known and accepted: a document that the machine can't make again from its present state is
//! absent from the replayed answer.
//! Not here: finding the entry (`idempotency`).

use std::sync::Arc;

use serde_json::value::RawValue;
use tenure_document::{PublicKey, Tree};
use tracing::error;

use crate::{
    draft::Answer,
    fault::{Corruption, Damage, Fault, LedgerError, SubmitError},
    idempotency::{Idempotency, Place},
    machine::Machine,
    payload::{Payload, Record},
    port::Reader,
    seal::{Outcome, Seal, Sealed, leaf_of},
};

/// The answer recorded at `place` for the command with this key.
pub(crate) fn replay<M: Machine>(
    reader: &mut dyn Reader,
    key: &PublicKey,
    machine: &M,
    given: &Idempotency,
    place: Place,
) -> Answer<M> {
    read(reader, key, machine, given, place).map_err(|error| {
        if let LedgerError::Archived { sequence, .. } = error {
            return SubmitError::AnswerArchived { sequence };
        }
        error!(error = error.chain(), sequence = place.sequence, "a recorded answer can't be read");
        SubmitError::Fault(Fault::Storage)
    })
}

fn read<M: Machine>(
    reader: &mut dyn Reader,
    key: &PublicKey,
    machine: &M,
    given: &Idempotency,
    place: Place,
) -> Result<Outcome<M::Event>, LedgerError> {
    let sequence = place.sequence;
    let missing = |detail: &str| Corruption::new(sequence, Damage::Missing, detail);
    let entry = reader.read(sequence, 1)?.pop().ok_or_else(|| missing("no entry is there"))?;
    entry.check_whole(sequence)?;
    entry.check_signature(key)?;
    // The records of others in the batch stay as the text they are.
    let mut records = Payload::<Box<RawValue>>::read(&entry)?.records.into_iter();
    let Record { events, .. } = records
        .nth(place.record as usize)
        .filter(|record| record.key == Some(given.key))
        .ok_or_else(|| missing("the record of an idempotency key is not there"))?;
    let events = events
        .iter()
        .map(|event| serde_json::from_str(event.get()))
        .collect::<Result<Vec<M::Event>, _>>()
        .map_err(|error| {
            Corruption::new(
                sequence,
                Damage::Unreadable,
                format!("an event can't be read: {error}"),
            )
        })?;
    let seal = Arc::new(Seal::new(&entry, Tree::new(entry.leaves.clone()), key.id()));
    let documents = events
        .iter()
        .map(|event| {
            let document = machine.document(event, sequence)?;
            let leaf = leaf_of(&document);
            let index = entry.leaves.iter().position(|recorded| *recorded == leaf)?;
            Some(Sealed::new(document, u32::try_from(index).ok()?, Arc::clone(&seal)))
        })
        .collect();
    Ok(Outcome { events, documents, at: entry.at, sequence, replayed: true })
}
