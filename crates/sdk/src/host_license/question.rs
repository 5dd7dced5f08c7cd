//! The question that an application asks about its key: four things, and how an answer is bound to them.
//!
//! Invariants: exactly key, revision, user and host are in it; an answer counts only for the very bytes that were sent,
//! and never for older ones than the last. Deliberately not here: sending, signatures.

use serde::{Deserialize, Serialize};
use tenure_document::{Hash, HostCheck, HostKey, HostName, HostUserId};

use crate::error::Forged;

/// Longest revision.
const REVISION_MAX: usize = 64;

/// The four things. There is no other type that leaves an application on this way.
#[derive(Serialize, Deserialize)]
struct Question<'a> {
    key: &'a str,
    revision: &'a str,
    user: String,
    host: &'a str,
}

/// The bytes that are sent.
pub(crate) fn question(
    key: &HostKey,
    revision: &str,
    user: HostUserId,
    host: &HostName,
) -> Vec<u8> {
    let end =
        (0..=REVISION_MAX.min(revision.len())).rev().find(|at| revision.is_char_boundary(*at));
    let question = Question {
        key: &key.id,
        revision: &revision[..end.unwrap_or(0)],
        user: user.to_string(),
        host: host.as_str(),
    };
    serde_json::to_vec(&question).unwrap_or_default()
}

/// Whether an answer, proved already, is one to this question.
pub(crate) fn answers(
    answer: &HostCheck,
    question: &[u8],
    key: &HostKey,
    host: &HostName,
    last: Option<&HostCheck>,
) -> Result<(), Forged> {
    if answer.nonce.as_slice() != Hash::of(question).as_bytes() {
        return Err(Forged::new("wrong-request", "the answer is to another question"));
    }
    if answer.key != key.id || answer.host != *host {
        return Err(Forged::new("wrong-request", "the answer is about another key or host"));
    }
    if last.is_some_and(|last| answer.at < last.at) {
        return Err(Forged::new("wrong-request", "the answer is older than the last one"));
    }
    Ok(())
}
