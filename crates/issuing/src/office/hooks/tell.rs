//! What is told of an event: the body of a web hook.
//!
//! Invariants: ids, numbers and states only, by a list of members that may go out, at every depth: a new member of an
//! event stays inside until it is put on that list; no name, no contact, no password hash, no document. What web hooks themselves do is
//! not told.
//! Deliberately not here: the queue (book), signing.

use super::book::fits;
use crate::office::event::Event;
use crate::office::state::Office;
use serde_json::{Map, Value};
use tenure_document::{ContainerId, Time};

/// Members of events that may go out.
const MEMBERS: &[&str] = &[
    "activation",
    "activation_id",
    "activations",
    "allowed",
    "anchored",
    "answer",
    "by_receipt",
    "carried",
    "confirmed",
    "container",
    "continuity",
    "counted",
    "customer",
    "customers",
    "end",
    "finding",
    "first",
    "freed",
    "from_sequence",
    "generation",
    "group",
    "id",
    "kind",
    "line",
    "line_ends",
    "no",
    "part",
    "quantity",
    "reissued",
    "removed",
    "revision",
    "seen",
    "sequence",
    "server",
    "state",
    "step",
    "to_sequence",
    "until",
    "version",
    "why",
    "works",
];

/// Members that may go out only within those: outside they are something else.
const INNER: &[&str] = &["back_at", "is", "ops", "other", "quota", "threshold", "to", "units"];

/// The types of all messages that there are.
pub(super) const TOLD: &[&str] = &[
    "acknowledged",
    "activated",
    "approval-asked",
    "approval-ended",
    "came-back",
    "claim-accepted",
    "container-described",
    "container-gone",
    "container-met",
    "context-taken",
    "customer-forgotten",
    "customer-set",
    "entitlement-changed",
    "entitlement-made",
    "entitlement-ordered",
    "entitlement-turned",
    "host-key-revoked",
    "host-keys-added",
    "host-keys-changed",
    "host-keys-issued",
    "host-limit-reached",
    "keyset-published",
    "license-model-set",
    "line-extended",
    "line-reduced",
    "line-replaced",
    "move-reported",
    "ops-issued",
    "policies-changed",
    "product-set",
    "refund-ruled",
    "regenerated",
    "relation-deleted",
    "relation-set",
    "return-asked",
    "revocation-published",
    "ruled",
    "successor-proposed",
    "usage-taken",
    "webhook-test",
];

impl Office {
    /// Puts an event into the queue of every subscription that wants it.
    pub(crate) fn tell(&mut self, event: &Event, at: Time) {
        // By far the most frequent one: not even written out.
        if self.hooks.all().len() == 0 || matches!(event, Event::HostUserSeen(_)) {
            return;
        }
        if let Event::HookTested(tested) = event {
            let body = body("webhook-test", at, Map::new());
            return self.hooks.push(tested.no, "webhook-test", body, at);
        }
        let Ok(Value::Object(members)) = serde_json::to_value(event) else { return };
        let Some(kind) = members.get("type").and_then(Value::as_str).map(str::to_owned) else {
            return;
        };
        if ["hook-", "delivery-", "user-"].iter().any(|prefix| kind.starts_with(prefix)) {
            return;
        }
        let wants = |events: &[String]| {
            events.is_empty() || events.iter().any(|pattern| fits(pattern, &kind))
        };
        let told: Vec<_> = self
            .hooks
            .all()
            .filter(|hook| hook.enabled && wants(&hook.events))
            .map(|hook| hook.no)
            .collect();
        if told.is_empty() {
            return;
        }
        let body = body(&kind, at, public(members));
        for hook in told {
            self.hooks.push(hook, &kind, body.clone(), at);
        }
    }
}

/// What may go out of an event.
fn public(members: Map<String, Value>) -> Map<String, Value> {
    let members = members.into_iter().filter(|(name, _)| MEMBERS.contains(&name.as_str()));
    let mut data: Map<String, Value> =
        members.map(|(name, value)| (name, public_within(value))).collect();
    let id = ["container", "id", "server"].iter().find_map(|name| data.get(*name)?.as_str());
    if let Some(id) = id.and_then(|id| id.parse::<ContainerId>().ok()) {
        data.insert("serial".into(), id.serial().into());
    }
    data
}

/// What may go out of what such a member holds.
fn public_within(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let may = |name: &str| MEMBERS.contains(&name) || INNER.contains(&name);
            let members = members.into_iter().filter(|(name, _)| may(name));
            members.map(|(name, value)| (name, public_within(value))).collect()
        }
        Value::Array(values) => values.into_iter().map(public_within).collect(),
        value => value,
    }
}

/// The body as Standard Webhooks has it.
fn body(kind: &str, at: Time, data: Map<String, Value>) -> String {
    let mut body = Map::new();
    body.insert("type".into(), kind.into());
    body.insert("timestamp".into(), at.to_string().into());
    body.insert("data".into(), Value::Object(data));
    Value::Object(body).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_type_that_is_told_is_named() {
        let golden = [
            include_str!("../../../tests/golden/fleet-events-1.jsonl"),
            include_str!("../../../tests/golden/host-events-1.jsonl"),
            include_str!("../../../tests/golden/sales-events-1.jsonl"),
        ];
        let kinds = golden.iter().flat_map(|golden| golden.lines()).map(|line| {
            let event: Value = serde_json::from_str(line).expect("a line of JSON");
            event["type"].as_str().expect("a type").to_owned()
        });
        let inside = ["hook-", "delivery-", "user-", "host-user-seen"];
        let told: BTreeSet<String> =
            kinds.filter(|kind| !inside.iter().any(|prefix| kind.starts_with(prefix))).collect();
        let named: BTreeSet<String> = TOLD
            .iter()
            .filter(|kind| **kind != "webhook-test")
            .map(|kind| (*kind).into())
            .collect();
        assert_eq!(named, told);
    }
}
