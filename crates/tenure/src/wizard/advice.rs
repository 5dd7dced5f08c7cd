//! What to do next when something is refused or missing, in plain words, by code.
//!
//! Invariants: one row for each code that a technician can meet; docs/OFFLINE.md has the same rows (checked by a test).
//! Deliberately not here: what is wrong; who refuses says that.

use crate::exit::{Failure, Kind};
use tenure_api::ApiError;

/// Codes, and what to do.
pub const ADVICE: &[(&str, &str)] = &[
    (
        "wrong-container",
        "the file is for another container: look with `tenure inspect FILE` whose it is, and bring the one of this device",
    ),
    (
        "wrong-generation",
        "the file belongs to an earlier or later life of this container: take a new context and ask again (--afresh)",
    ),
    (
        "gap",
        "operations in between are missing, because the container was restored or the file is too new: take a new context and ask again (--afresh)",
    ),
    (
        "fork",
        "the container's history is not the one that was issued to it: the vendor must decide; take a context to the office (--afresh), then ask the vendor",
    ),
    (
        "expired",
        "the update came too late: take a new context and ask again (--afresh), and look at the device's clock",
    ),
    (
        "revoked-key",
        "the key that signed this was revoked: ask again (--afresh); the office signs with a new one",
    ),
    (
        "revoked-container",
        "this container was given up or revoked: what it held is not valid any more; make a new one with `tenure device init`",
    ),
    ("bad-signature", "the file was changed or damaged on the way: copy it again"),
    ("malformed-armor", "the file is cut off or was edited: copy it again"),
    ("malformed-envelope", "the file is no document, or was edited: copy it again"),
    ("wrong-type", "this is another kind of document: look at it with `tenure inspect FILE`"),
    ("wrong-root", "the file comes from another publisher than the one this container trusts"),
    (
        "stale-keyset",
        "the office showed an older list of keys than the container has seen: ask the vendor",
    ),
    ("bad-certificate", "the certificate in the update does not fit the container: ask the vendor"),
    (
        "not-this-machine",
        "too much of the machine has changed: `tenure device doctor` says what; put back the part, or have the container replaced (portal: Replace, or the vendor)",
    ),
    (
        "container-in-use",
        "another program has the container open: end it, or try again in a moment",
    ),
    (
        "not-this-medium",
        "this is a copy, or a folder that a host shares with its guest: plug in the medium itself",
    ),
    (
        "in-use-elsewhere",
        "another machine or guest uses the medium: end the program there; after an unplugging without an end it is free in a minute",
    ),
    (
        "shared",
        "the medium is plugged into two machines or guests at once: leave it in one only, wait five minutes there, and try again",
    ),
    (
        "damaged",
        "the container's file is damaged: bring back a backup of it, or have the container replaced as broken",
    ),
    (
        "other-version",
        "another version of this program wrote the container's file: install that version or a newer one; nothing was changed, a backup is not needed",
    ),
    (
        "no-container",
        "there is no such container here: `tenure device list` shows what there is, `tenure device init` makes one",
    ),
    (
        "rollback",
        "the device was restored from a backup; nothing is lost: the vendor rules (accept as restored, or a new generation), then run this again",
    ),
    ("clone", "two copies of this container are in use: the vendor decides which one stays"),
    (
        "container-lost",
        "this container was reported lost; if it was found again, the vendor can rule a new generation",
    ),
    (
        "container-broken",
        "this container was reported broken; the vendor can rule a new generation",
    ),
    ("container-revoked", "the vendor has revoked this container: ask there"),
    (
        "old-generation",
        "a newer generation of this container is in use: this copy gets nothing any more",
    ),
    (
        "generation-waits",
        "this device began anew by itself: the vendor rules about its new key (a new generation), then run this again",
    ),
    (
        "stale-context",
        "the office has a newer context of this container: take a new one on the device and send that (--afresh)",
    ),
    (
        "unbound-container",
        "a container that is bound to nothing takes only what has an end: choose such a line, or make a bound container",
    ),
    ("container-unknown", "the office has never seen this container: send its context first"),
    (
        "not-free",
        "so many are not free: give back what another container does not need (portal: Return), or order more",
    ),
    (
        "no-entitlement",
        "the activation ID was mistyped, or is of another vendor: compare it with the delivery note",
    ),
    (
        "not-found",
        "the activation ID was mistyped, or is of another vendor: compare it with the delivery note",
    ),
    ("no-line", "choose one of the lines that the activation ID has"),
    ("entitlement-suspended", "the vendor has suspended this activation ID: ask there"),
    ("entitlement-withdrawn", "the vendor has withdrawn this activation ID: ask there"),
    ("too-early", "this activation ID can be used later only: the order says from when"),
    ("too-late", "the time for activating this ID is over: ask the vendor"),
    ("ended", "this line has ended: ask the vendor for an extension"),
    ("trial-used", "this container has had its trial"),
    (
        "wrong-container-kind",
        "this line goes into containers of another kind: see its terms in the portal",
    ),
    (
        "replacement-quota",
        "the replacements that are free are used up: ask the vendor for one more",
    ),
    ("no-returns", "this line can't be given back"),
    (
        "too-many-attempts",
        "too many unknown activation IDs came from here: wait, and type with care",
    ),
    ("no-key", "the office can't sign at present; what was decided is kept: ask again later"),
    (
        "unreachable",
        "there was no answer: look at the address and the network, and run this again; nothing was lost. Without a network carry files: --park DIR",
    ),
    (
        "untrusted",
        "nothing was sent: name the certificate to believe with --ca FILE, or have the server's put right",
    ),
    (
        "login-required",
        "the device agent wants its token: --token-file FILE; on the device it is agent.token in its folder",
    ),
];

/// What to do about a code.
pub fn of(code: &str) -> Option<&'static str> {
    ADVICE.iter().find(|(known, _)| *known == code).map(|(_, advice)| *advice)
}

/// The same failure, with what to do about it.
pub fn with(failure: Failure) -> Failure {
    match (failure.code.as_deref().and_then(of), &failure.hint) {
        (Some(advice), None) => failure.hint(advice),
        _ => failure,
    }
}

/// A call that was refused or got no answer.
pub fn call(error: &ApiError) -> Failure {
    let kind = match error {
        ApiError::Refused(problem) if problem.status == 401 => Kind::NotAuthorized,
        ApiError::Refused(_) => Kind::Refused,
        ApiError::Setup(_) => Kind::Usage,
        _ => Kind::Fault,
    };
    // The code is part of the problem's text already where there is a problem.
    let message = match error.problem() {
        Some(problem) if !problem.detail.is_empty() => problem.detail.clone(),
        Some(problem) => problem.title.clone(),
        None => error.to_string(),
    };
    with(Failure { kind, code: Some(error.code().to_owned()), message, hint: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_row_here_and_one_in_the_book() {
        let book = include_str!("../../../../docs/OFFLINE.md");
        let mut codes: Vec<&str> = ADVICE.iter().map(|(code, _)| *code).collect();
        codes.sort_unstable();
        let mut seen = codes.clone();
        seen.dedup();
        assert_eq!(seen, codes);
        let missing: Vec<&&str> =
            codes.iter().filter(|code| !book.contains(&format!("| `{code}` |"))).collect();
        assert!(missing.is_empty(), "docs/OFFLINE.md has no row for {missing:?}");
    }
}
