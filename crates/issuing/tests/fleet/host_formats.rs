//! The stored formats of host keys: read for ever. `golden/host-events-1.jsonl` is only ever added to, at its end.

use serde_json::Value;
use std::collections::BTreeSet;
use tenure_document::{
    ActivationId, Bytes, HostEnforcement, HostKeyId, HostName, OfflinePolicy, Time,
};
use tenure_issuing::office::*;

const EVENTS: &str = include_str!("../golden/host-events-1.jsonl");

#[test]
fn every_event_of_host_keys_ever_written_is_read_and_written_the_same() {
    for line in EVENTS.lines() {
        let event: Event = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert_eq!(serde_json::to_string(&event).expect("an event is JSON"), line);
    }
}

#[test]
fn every_type_of_event_of_host_keys_has_its_line() {
    let lines: Vec<String> =
        all().iter().map(|event| serde_json::to_string(event).expect("an event is JSON")).collect();
    let golden: BTreeSet<&str> = EVENTS.lines().collect();
    let missing: Vec<&str> =
        lines.iter().map(String::as_str).filter(|line| !golden.contains(line)).collect();
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

/// Each type once, every member used.
fn all() -> Vec<Event> {
    let time = |text: &str| text.parse::<Time>().expect("a time");
    let (by, group) = ("ann".to_owned(), HostGroupId::FIRST);
    let host: HostName = "*.example.com".parse().expect("a host");
    let (key, user) = (HostKeyId([1; 16]), Bytes(vec![7; 16]));
    let keys = vec![HostKeyMade { id: key, host }];
    let terms = HostTerms {
        users: 25,
        window_days: 30,
        enforcement: HostEnforcement::Block,
        offline: OfflinePolicy::Grace(14),
        not_before: Some(time("2026-12-01T00:00:00Z")),
        expires: Some(time("2027-12-01T00:00:00Z")),
    };
    let order = HostKeyOrder {
        by: by.clone(),
        customer: CustomerId::new(1),
        product: "cad".into(),
        entitlement: Some(ActivationId::from_entropy([1; 15])),
        terms: terms.clone(),
        notes: "for the intranet".into(),
        salt: Bytes(vec![9; 16]),
        keys: keys.clone(),
        own: false,
    };
    vec![
        Event::HostKeysIssued(HostKeysIssued { group, order }),
        Event::HostKeysAdded(HostKeysAdded { by: by.clone(), group, keys }),
        Event::HostKeysChanged(HostKeysChanged {
            by: by.clone(),
            group,
            terms,
            notes: "n".into(),
            more: 5,
        }),
        Event::HostKeyRevoked(HostKeyRevoked { by, group, key, reason: "moved".into() }),
        Event::HostUserSeen(HostUserSeen {
            key,
            user: user.clone(),
            was: Some(user),
            since: 20_779,
            day: 20_780,
            over: true,
            revision: "4.2".into(),
        }),
        Event::HostLimitReached(HostLimitReached { group, day: 20_780, counted: 25, allowed: 25 }),
    ]
}

#[test]
fn the_types_are_these() {
    let kinds: Vec<String> = all()
        .iter()
        .map(|event| serde_json::to_value(event).expect("an event is JSON"))
        .map(|event: Value| event["type"].as_str().expect("a type").to_owned())
        .collect();
    assert_eq!(
        kinds,
        [
            "host-keys-issued",
            "host-keys-added",
            "host-keys-changed",
            "host-key-revoked",
            "host-user-seen",
            "host-limit-reached"
        ]
    );
}
