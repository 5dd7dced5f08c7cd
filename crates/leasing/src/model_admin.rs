//! Deciding what an administrator does to the model, and the part of `apply` that concerns it.
//!
//! Invariants: a model comes into force as a whole or not at all, with all that is wrong with it told at once; the same
//! text again changes nothing. Deliberately not here: who may do it (server), the language (model).

use crate::checkout::bad;
use crate::event::{Event, ModelDeleted, ModelSet};
use crate::model::Model;
use crate::model_book::ModelVersion;
use crate::refusal::Refusal;
use crate::state::Leasing;
use crate::term::Now;
use std::sync::Arc;
use tenure_document::{Hash, Time};

/// The longest note, in bytes.
const NOTE_MAX: usize = 1_024;

/// The version in force is the one that somebody decided on; 0 stands for none.
pub(crate) fn unchanged_since(state: &Leasing, expected: Option<u64>) -> Result<(), Refusal> {
    let found = state.models.current().map_or(0, |current| current.version);
    match expected.filter(|expected| *expected != found) {
        Some(expected) => Err(Refusal::ModelChanged { expected, found }),
        None => Ok(()),
    }
}

pub(crate) fn set_model(
    state: &Leasing,
    by: &str,
    (text, keep_leases, note): (&str, bool, Option<&str>),
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    if note.is_some_and(|note| {
        note.len() > NOTE_MAX || note.chars().any(|c| c.is_control() && c != '\n')
    }) {
        return bad(format!("a note has at most {NOTE_MAX} bytes and no control characters"));
    }
    let current = state.models.current().map(|current| &**current.model.text());
    if current == Some(text) && state.models.keeps_leases() == keep_leases {
        return Ok(Vec::new());
    }
    Model::parse(text).map_err(|diagnostics| Refusal::ModelInvalid { diagnostics })?;
    Ok(vec![Event::ModelSet(ModelSet {
        by: by.to_owned(),
        version: state.models.next(),
        placed_at: state.container.rights(now.reading).items,
        text: text.to_owned(),
        keep_leases,
        note: note.map(str::to_owned),
    })])
}

pub(crate) fn delete_model(
    state: &Leasing,
    by: &str,
    keep_leases: bool,
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    let Some(current) = state.models.current() else { return Err(Refusal::NoModel) };
    Ok(vec![Event::ModelDeleted(ModelDeleted {
        by: by.to_owned(),
        version: current.version,
        placed_at: state.container.rights(now.reading).items,
        keep_leases,
    })])
}

impl Leasing {
    pub(crate) fn begin_model(&mut self, set: &ModelSet, at: Time) {
        let Ok(model) = Model::parse(&set.text) else {
            debug_assert!(false, "a model that can't be read");
            return;
        };
        let pools = self.hold_pools_of(&model);
        let version = ModelVersion {
            version: set.version,
            by: set.by.clone(),
            at,
            note: set.note.clone(),
            keep_leases: set.keep_leases,
            hash: Hash::of(set.text.as_bytes()),
            bytes: set.text.len() as u64,
            until: None,
            deleted_by: None,
            text: Some(model.text().clone()),
        };
        let before = self.models.set(version, (Arc::new(model), pools), self.next_lease);
        self.let_go_pools(before);
        self.place(set.placed_at);
    }

    pub(crate) fn end_model(&mut self, deleted: &ModelDeleted, at: Time) {
        let by = (deleted.by.as_str(), at);
        let before = self.models.delete(by, deleted.keep_leases, self.next_lease);
        self.let_go_pools(before);
        self.place(deleted.placed_at);
    }
}
