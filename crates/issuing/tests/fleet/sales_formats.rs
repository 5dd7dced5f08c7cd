//! The stored formats of what is bought and sold, and of a whole state: read for ever.
//!
//! `golden/sales-events-1.jsonl` is only ever added to, at its end; `golden/office-1.json` is never changed. A changed
//! shape is a new event type, or a new member with a default.

use super::stage::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tenure_issuing::office::*;

const EVENTS: &str = include_str!("../golden/sales-events-1.jsonl");
const STATE: &str = include_str!("../golden/office-1.json");

#[test]
fn every_event_of_sales_ever_written_is_read_and_written_the_same() {
    for line in EVENTS.lines() {
        let event: Event = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert_eq!(serde_json::to_string(&event).expect("an event is JSON"), line);
    }
}

#[test]
fn a_state_ever_stored_is_read_with_everything_in_it() {
    let office: Office = serde_json::from_str(STATE).expect("a stored state");
    // What is read is written the same, as far as the old one goes: new members may come.
    let (written, stored) = (serde_json::to_value(&office).unwrap(), STATE.parse().unwrap());
    assert!(holds(&written, &stored), "{written:#}");
    // What is counted from the rest is there again.
    let found = office.look_up(&[id(1)], now_of(&office));
    let line = &found[0].as_ref().expect("it is there").lines[0];
    assert_eq!((line.line.quantity, line.free, line.active, line.cooling_down), (11, 6, 3, 2));
    assert_eq!(office.entitlement_rows(&EntitlementFilter::default(), Page::ALL).total, 2);
}

fn now_of(office: &Office) -> tenure_document::Time {
    office.publisher().since
}

/// Whether everything in `part` is in `all`.
fn holds(all: &Value, part: &Value) -> bool {
    match (all, part) {
        (Value::Object(all), Value::Object(part)) => {
            part.iter().all(|(name, value)| all.get(name).is_some_and(|all| holds(all, value)))
        }
        (Value::Array(all), Value::Array(part)) => {
            all.len() == part.len() && all.iter().zip(part).all(|(all, part)| holds(all, part))
        }
        _ => all == part,
    }
}

#[test]
fn every_type_of_event_of_sales_has_its_line() {
    let stage = play();
    let is_of_sales = |event: &&Event| {
        use Event::*;
        matches!(
            event,
            ProductSet(_)
                | LicenseModelSet(_)
                | RelationSet(_)
                | RelationDeleted(_)
                | CustomerSet(_)
                | CustomerForgotten(_)
                | EntitlementMade(_)
                | EntitlementOrdered(_)
                | EntitlementChanged(_)
                | EntitlementTurned(_)
                | LineExtended(_)
                | LineReplaced(_)
                | LineReduced(_)
                | Activated(_)
                | ReturnAsked(_)
                | CameBack(_)
        )
    };
    let lines: Vec<String> = stage
        .told
        .iter()
        .filter(is_of_sales)
        .map(|event| serde_json::to_string(event).expect("an event is JSON"))
        .collect();
    let kind = |line: &str| -> String {
        let value: Value = serde_json::from_str(line).expect("a line of JSON");
        value["type"].as_str().expect("a type").to_owned()
    };
    let played: BTreeSet<String> = lines.iter().map(|line| kind(line)).collect();
    let golden: BTreeSet<String> = EVENTS.lines().map(kind).collect();
    assert_eq!(played, golden, "{}", lines.join("\n"));
    assert_eq!(played.len(), 16);
}

/// A play in which everything happens that is bought and sold, every member used.
fn play() -> Stage {
    let mut stage = Stage::new();
    let usage = json!({
        "kind": {"metered": {"reusable": true, "undo_seconds": 60}}, "seat_basis": "user",
        "overdraft": {"percent": 10}, "exclusive": true, "borrow_max_seconds": 86400,
        "borrow_interval_seconds": 3600, "grace_days": 14, "enforcement": "warn",
        "virtual": "deny", "min_named_user_days": 30,
    });
    let terms = json!({
        "validity": {"trial": {"days": 30, "from": "first-activation"}},
        "containers": ["bound", "server"], "usage": usage, "checkpoint_days": 90,
        "moves": {"times": 2}, "returns": {"allowed": true, "cool_down_days": 3},
        "binding": "strict",
    });
    let model = json!({"name": "full", "description": "everything", "terms": terms});
    let feature = json!({
        "feature": "cad", "version": "2.0", "count_per_unit": 2, "vendor_string": "x",
        "notice": "hello", "selectors": {"site": "pune"}, "usage": usage,
    });
    let product = json!({
        "name": "cad", "version": "2.0", "description": "newer", "features": [feature],
        "license_models": ["full", "perpetual"],
    });
    let (one, two) =
        (json!({"product": "cad", "version": "1.0"}), json!({"product": "cad", "version": "2.0"}));
    let relation = json!({"kind": "upgrade", "from": one, "to": two});
    let facts = json!({
        "name": "Süd", "reference": "K2", "notes": "pays late",
        "contacts": [{"name": "Eve", "email": "eve@sued.example"}],
    });
    let line = json!({
        "product": two, "model": "full", "terms": {"validity": {"subscription": {"days": 30}}},
        "quantity": 3, "starts": "2027-01-01T00:00:00Z", "ends": "2028-01-01T00:00:00Z",
    });
    let again = json!({"product": one, "model": "perpetual", "quantity": 2});
    let trial = json!({"product": two, "model": "full", "quantity": 1});
    let make = json!({
        "by": "ann", "id": id(2), "customer": "C-000002", "notes": "x",
        "order": {"reference": "o2", "lines": [line, trial]},
        "activate_from": "2026-01-01T00:00:00Z", "activate_until": "2029-01-01T00:00:00Z",
    });
    let order = json!({"reference": "o3", "lines": [again]});
    let change = json!({"customer": "C-000001", "activate_until": null, "notes": "y"});
    for command in [
        json!({"catalog": {"set-model": {"by": "ann", "model": model}}}),
        json!({"catalog": {"set-product": {"by": "ann", "product": product}}}),
        json!({"catalog": {"set-relation": {"by": "ann", "relation": relation}}}),
        json!({"customer": {"make": {"by": "ann", "facts": facts}}}),
        json!({"entitlement": {"make": make}}),
        json!({"entitlement": {"order": {"by": "ann", "id": id(1), "order": order}}}),
        json!({"entitlement": {"change": {"by": "ann", "id": id(2), "change": change}}}),
        json!({"entitlement": {"extend": {"by": "ann", "id": id(2), "line": 1, "by_how_much": {"days": 9}}}}),
        json!({"entitlement": {"suspend": {"by": "ann", "id": id(2), "reason": "unpaid"}}}),
        json!({"entitlement": {"resume": {"by": "ann", "id": id(2)}}}),
        json!({"entitlement": {"reduce": {"by": "ann", "id": id(1), "line": 1, "quantity": 1, "reason": "refund"}}}),
    ] {
        stage.must(command);
    }
    stage.device("a", 1);
    stage.ferry("a", &[choice(1, 1, 6), choice(2, 2, 1)]);
    let back = json!({"by": portal(1), "activation": "A-0000001", "quantity": 1});
    stage.must(json!({"activation": {"return": back}}));
    stage.ferry("a", &[]);
    stage.days(8);
    let upgrade = json!({"by": "ann", "id": id(1), "line": 1, "to": two});
    stage.must(json!({"entitlement": {"upgrade": upgrade}}));
    let withdraw = json!({"by": "ann", "activation": "A-0000001", "quantity": 1, "reason": "x"});
    stage.must(json!({"activation": {"withdraw": withdraw}}));
    let again = json!({"by": portal(1), "activation": "A-0000001", "quantity": 1});
    stage.must(json!({"activation": {"return": again}}));
    stage.ferry("a", &[]);
    let swap = json!({"by": "ann", "activation": "A-0000002", "with": choice(1, 2, 1)});
    stage.must(json!({"activation": {"replace": swap}}));
    stage.must(json!({"customer": {"forget": {"by": "ann", "id": "C-000002"}}}));
    stage.must(json!({"catalog": {"delete-relation": {"by": "ann", "relation": relation}}}));
    stage
}
