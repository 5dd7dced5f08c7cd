//! The stored formats of what stands here: every event that was ever written must be readable for ever.
//!
//! `golden/fleet-events-1.jsonl` is only ever added to, at its end. A changed shape is a new event type, or a new member
//! with a default.

use super::stage::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tenure_document::{ContainerKind, Count, Direction, Hash, Move, MoveState};
use tenure_issuing::office::*;

const EVENTS: &str = include_str!("../golden/fleet-events-1.jsonl");

#[test]
fn every_event_ever_written_can_be_read_and_is_written_the_same() {
    for line in EVENTS.lines() {
        let event: Event = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert_eq!(serde_json::to_string(&event).expect("an event is JSON"), line);
    }
}

/// The types of the events of what is bought and sold, and of host keys, which have their own golden files.
const ELSEWHERE: &[&str] = &[
    "host-",
    "product-",
    "license-model-",
    "relation-",
    "customer-",
    "entitlement-",
    "line-",
    "activated",
    "return-asked",
    "came-back",
];

fn is_of_the_fleet(event: &Event) -> bool {
    let text = serde_json::to_value(event).expect("an event is JSON");
    let kind = text["type"].as_str().expect("a type");
    !ELSEWHERE.iter().any(|prefix| kind.starts_with(prefix))
}

#[test]
fn every_type_of_event_has_its_line() {
    let mut stage = Stage::new();
    play(&mut stage);
    let lines: Vec<String> = stage
        .told
        .iter()
        .filter(|event| is_of_the_fleet(event))
        .map(|event| serde_json::to_string(event).expect("an event is JSON"))
        .collect();
    let kinds = |lines: &mut dyn Iterator<Item = &str>| -> BTreeSet<String> {
        let kind = |line: &str| -> String {
            let value: Value = serde_json::from_str(line).expect("a line of JSON");
            value["type"].as_str().expect("a type").to_owned()
        };
        lines.map(kind).collect()
    };
    let played = kinds(&mut lines.iter().map(String::as_str));
    assert_eq!(played, kinds(&mut EVENTS.lines()), "{}", lines.join("\n"));
    assert_eq!(played.len(), 24);
}

/// A play in which everything happens.
fn play(stage: &mut Stage) {
    for (name, role) in [("kim", "keys"), ("leo", "admin"), ("mia", "viewer")] {
        stage.must(json!({"people": {"create": {"by": "setup", "name": name, "password_hash": "x", "roles": [role], "daily_quota": 5}}}));
    }
    stage.must(json!({"people": {"delete": {"by": "leo", "name": "mia"}}}));
    stage.must(json!({"publish": {"keyset": {"by": "kim", "version": 1, "document": "keys"}}}));
    stage
        .must(json!({"policy": {"change": {"by": "leo", "change": {"approve_publishing": true}}}}));
    stage.must(json!({"publish": {"keyset": {"by": "kim", "version": 2, "document": "keys 2"}}}));
    stage.must(json!({"approval": {"reject": {"by": "leo", "no": 1, "reason": "too soon"}}}));
    stage.must(
        json!({"policy": {"change": {"by": "leo", "change": {"approve_publishing": false}}}}),
    );
    stage.must(json!({"webhook": {"create": {"by": "leo", "url": "https://shop.example", "events": ["webhook-test"]}}}));
    stage.must(json!({"webhook": {"test": {"by": "leo", "no": 1}}}));
    stage.must(json!({"webhook": {"attempted": {"delivery": 1, "failed": "refused"}}}));
    stage.must(json!({"webhook": {"delete": {"by": "leo", "no": 1}}}));
    stage.device("a", 1);
    stage.device_of("s", 2, ContainerKind::Server);
    stage.ferry("a", &[choice(1, 1, 3)]);
    stage.ferry("s", &[]);
    let described =
        json!({"by": "ann", "id": stage.id_of("a"), "customer": "C-000001", "tolerance": "loose"});
    stage.must(json!({"container": {"describe": described}}));
    let target = stage.id_of("s");
    let report = Move {
        nonce: vec![7; 16].into(),
        direction: Direction::Out,
        item_id: "A-0000001.0".into(),
        count: Count::Counted(1),
        other: target,
        transfer: Hash::of(b"transfer"),
        state: MoveState::Sent,
    };
    stage.later(1);
    let context = stage.devices["a"].altered(stage.now, |context| context.moves.push(report));
    stage.take(context, portal(1), &[]).expect("it is known");
    stage.must(json!({"container": {"refund": {"by": "kim", "nonce": "BwcHBwcHBwcHBwcHBwcHBw"}}}));
    let claimed = Move {
        nonce: vec![6; 16].into(),
        direction: Direction::In,
        item_id: "A-0000001.0".into(),
        count: Count::Counted(1),
        other: stage.id_of("a"),
        transfer: Hash::of(b"another"),
        state: MoveState::Credited,
    };
    stage.later(1);
    let context = stage.devices["s"].altered(stage.now, |context| context.moves.push(claimed));
    stage.take(context, portal(1), &[]).expect("it is known");
    let accept =
        json!({"by": "kim", "nonce": "BgYGBgYGBgYGBgYGBgYGBg", "reason": "it was scrapped"});
    stage.must(json!({"container": {"accept-claim": accept}}));
    super::usage::report_everything(stage);
    super::rulings::regenerate_everything(stage);
    let lost = json!({"by": {"staff": "ann"}, "id": target, "why": "broken"});
    stage.must(json!({"container": {"replace": lost}}));
    stage.publish_revocations();
}
