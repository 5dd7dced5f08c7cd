//! Events as the ledger keeps them: most are about others, and are passed over without being read.
//!
//! Invariants: a story out of stored events is the story out of the events themselves; what this file does not
//! recognise is read.
//! Source of the shape: serde writes an internally tagged enumeration with its tag first and members in the order of
//! their declaration.

use serde_json::Error;
use tenure_document::{LeaseId, Time};

use crate::event::Event;
use crate::timeline::Timeline;

impl Timeline {
    /// Takes in the next event, out of its JSON text in the ledger.
    ///
    /// # Errors
    /// The text is no event. One that is passed over is not looked at so closely.
    pub fn note_stored(&mut self, sequence: u64, at: Time, text: &str) -> Result<(), Error> {
        if !self.is_about_others(text) {
            self.note(sequence, at, &serde_json::from_str::<Event>(text)?);
        }
        Ok(())
    }

    fn is_about_others(&self, text: &str) -> bool {
        let Some((kind, rest)) = string_member(text, "{\"type\":\"") else { return false };
        match kind {
            "granted" | "denied" | "consumed" => !self.may_be_named_in(text),
            "renewed" | "not-renewed" | "released" | "not-released" | "taken-over" => {
                let lease = string_member(rest, ",\"lease\":\"");
                let lease = lease.and_then(|(lease, _)| lease.parse::<LeaseId>().ok());
                lease.is_some_and(|lease| !self.tells_of(lease))
            }
            _ => false,
        }
    }
}

/// The string that begins after `head`, and what comes after it.
fn string_member<'t>(text: &'t str, head: &str) -> Option<(&'t str, &'t str)> {
    text.strip_prefix(head)?.split_once('"')
}
