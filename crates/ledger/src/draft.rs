//! A batch between decision and commit: what is to be written, and what each caller will be told
//! once it is.
//!
//! Invariants: no answer leaves a draft before the commit, refusals included, because they rest on
//! events that may not be durable.
//! Not here: deciding and committing (`core`).

use std::{
    collections::{HashMap, hash_map::Entry as Slot},
    sync::Arc,
};

use tenure_document::{Hash, Time};

use crate::{
    fault::{Fault, SubmitError},
    idempotency::{Idempotency, KeyHash, RequestHash},
    machine::{Document, Machine, Now},
    payload::PayloadWriter,
    seal::{Outcome, Seal, Sealed},
};

/// A command with what makes a repetition of it recognisable.
#[derive(Debug)]
pub struct Job<M: Machine> {
    /// What is asked.
    pub command: M::Command,
    /// Without it a repetition is a new command.
    pub idempotency: Option<Idempotency>,
}

/// What a caller is told.
pub type Answer<M> = Result<Outcome<<M as Machine>::Event>, SubmitError<<M as Machine>::Refusal>>;

/// Decided, applied in memory, not yet stored.
pub struct Decided<M: Machine> {
    pub(crate) now: Now,
    pub(crate) payload: PayloadWriter,
    pub(crate) alarms: usize,
    pub(crate) leaves: Vec<Hash>,
    pub(crate) drafts: Vec<Draft<M>>,
    /// What happened without a command.
    pub(crate) due: Vec<M::Event>,
    /// Keys used in this batch, in the order of their records.
    pub(crate) used: Vec<Used>,
    in_flight: HashMap<KeyHash, (usize, RequestHash)>,
}

pub(crate) enum Draft<M: Machine> {
    /// Known before this batch, true whatever becomes of it.
    Settled(Answer<M>),
    /// True only once the batch is stored.
    Pending(Answer<M>),
    /// Recorded in this batch.
    Recorded(Vec<M::Event>, Vec<Option<(Document, u32)>>),
    /// The same command as the one at this place in the batch.
    SameAs(usize),
}

impl<M: Machine> Draft<M> {
    /// The events of a command, where it has any.
    pub(crate) fn recorded(&self) -> &[M::Event] {
        match self {
            Draft::Recorded(events, _) => events,
            _ => &[],
        }
    }
}

impl<M: Machine> Decided<M> {
    pub(crate) fn new(now: Now, payload: PayloadWriter, alarms: usize, jobs: usize) -> Self {
        let drafts = Vec::with_capacity(jobs);
        let (leaves, due, used, in_flight) = (Vec::new(), Vec::new(), Vec::new(), HashMap::new());
        Self { now, payload, alarms, leaves, drafts, due, used, in_flight }
    }

    /// Whether there is anything to store.
    pub fn is_empty(&self) -> bool {
        self.payload.records() == 0 && self.alarms == 0
    }

    /// If the key was used by an earlier command of this batch: what to do about it.
    pub(crate) fn duplicate(&self, idempotency: &Idempotency) -> Option<Draft<M>> {
        let (first, request) = self.in_flight.get(&idempotency.key)?;
        Some(if *request == idempotency.request {
            Draft::SameAs(*first)
        } else {
            Draft::Pending(Err(SubmitError::KeyReused))
        })
    }

    /// The next draft is of a command with this key.
    pub(crate) fn use_key(&mut self, used: Used) {
        let Idempotency { key, request } = used.idempotency;
        self.used.push(used);
        if let Slot::Vacant(slot) = self.in_flight.entry(key) {
            slot.insert((self.drafts.len(), request));
        }
    }
}

/// A key of a command that is recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    pub(crate) idempotency: Idempotency,
    /// Which record of the entry.
    pub(crate) record: u32,
    /// Where it is kept longer than usual.
    pub(crate) keep_until: Option<Time>,
}

/// What callers are told once the batch is stored with this seal; without one nothing had to be.
pub(crate) fn told<M: Machine>(drafts: Vec<Draft<M>>, seal: Option<&Arc<Seal>>) -> Vec<Answer<M>> {
    let mut answers: Vec<Answer<M>> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let answer = match (draft, seal) {
            (Draft::Settled(answer) | Draft::Pending(answer), _) => answer,
            (Draft::Recorded(events, documents), Some(seal)) => {
                let sealed = |(document, index)| Sealed::new(document, index, Arc::clone(seal));
                let documents =
                    documents.into_iter().map(|document| document.map(sealed)).collect();
                let (at, sequence) = (seal.at(), seal.sequence());
                Ok(Outcome { events, documents, at, sequence, replayed: false })
            }
            (Draft::SameAs(first), Some(_)) => match answers.get(first) {
                Some(Ok(outcome)) => Ok(Outcome { replayed: true, ..outcome.clone() }),
                _ => Err(SubmitError::Fault(Fault::Bug)),
            },
            // Only what is recorded needs a seal, and only what is recorded is ever the first of
            // its key.
            (Draft::Recorded(..) | Draft::SameAs(_), None) => Err(SubmitError::Fault(Fault::Bug)),
        };
        answers.push(answer);
    }
    answers
}

/// What callers are told when the batch was not stored, or nobody knows.
pub(crate) fn told_failure<M: Machine>(drafts: Vec<Draft<M>>, fault: Fault) -> Vec<Answer<M>> {
    let told = |draft| match draft {
        Draft::Settled(answer) => answer,
        _ => Err(SubmitError::Fault(fault)),
    };
    drafts.into_iter().map(told).collect()
}
