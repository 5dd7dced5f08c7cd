//! Events of the books in one sentence each, for the journal.
//!
//! Kept here: numbers and states, never names of people at customers. Deliberately not here: reading the ledger.

use std::{collections::BTreeSet, fmt::Display};

use serde::Serialize;
use serde_json::{Map, Value};
use tenure_issuing::office::{AnswerGiven, Event, Gone, HostKeyMade};

use crate::names::product_text;
use crate::rows::approval::number;

/// What an event says.
pub(crate) fn sentence(event: &Event) -> String {
    catalog(event)
        .or_else(|| books(event))
        .or_else(|| containers(event))
        .or_else(|| office(event))
        .or_else(|| host_keys(event))
        .unwrap_or_default()
}

fn catalog(event: &Event) -> Option<String> {
    Some(match event {
        Event::ProductSet(set) => {
            let product = &set.product;
            let what = if product.retired { "retired" } else { "set" };
            format!("{} {what} product {}", set.by, product_text(&product.key()))
        }
        Event::LicenseModelSet(set) => {
            let what = if set.model.retired { "retired" } else { "set" };
            format!("{} {what} license model {}", set.by, set.model.name)
        }
        Event::RelationSet(set) => {
            let relation = &set.relation;
            let (from, to) = (product_text(&relation.from), product_text(&relation.to));
            format!("{} said that {to} follows {from}", set.by)
        }
        Event::RelationDeleted(set) => {
            let relation = &set.relation;
            let (from, to) = (product_text(&relation.from), product_text(&relation.to));
            format!("{} said that {to} no longer follows {from}", set.by)
        }
        Event::CustomerSet(set) => format!("{} set customer {}", set.by, set.id),
        Event::CustomerForgotten(set) => format!("{} had customer {} forgotten", set.by, set.id),
        _ => return None,
    })
}

fn books(event: &Event) -> Option<String> {
    Some(match event {
        Event::EntitlementMade(made) => format!(
            "{} entered order {} of customer {} as entitlement {}",
            made.by, made.reference, made.customer, made.id
        ),
        Event::EntitlementOrdered(more) => {
            format!("{} added order {} to entitlement {}", more.by, more.reference, more.id)
        }
        Event::EntitlementChanged(change) => {
            format!("{} changed entitlement {}", change.by, change.id)
        }
        Event::EntitlementTurned(turned) => format!(
            "{} turned entitlement {} {}{}",
            turned.by,
            turned.id,
            turned.state.code(),
            because(turned.reason.as_ref())
        ),
        Event::LineExtended(line) => {
            format!("{} extended line {} of entitlement {}", line.by, line.line, line.id)
        }
        Event::LineReplaced(line) => {
            format!("{} replaced line {} of entitlement {}", line.by, line.line, line.id)
        }
        Event::LineReduced(line) => {
            format!("{} reduced line {} of entitlement {}", line.by, line.line, line.id)
        }
        Event::Activated(made) => format!(
            "{} put {} of line {} of {} into container {}: {}",
            made.by,
            made.quantity,
            made.line,
            made.activation_id,
            made.container.serial(),
            made.activation
        ),
        Event::ReturnAsked(asked) => format!(
            "{} asked for {} back{}",
            asked.by,
            asked.activation,
            because(asked.reason.as_ref())
        ),
        Event::CameBack(back) => format!("{} are free again", list(&back.activations)),
        _ => return None,
    })
}

fn containers(event: &Event) -> Option<String> {
    Some(match event {
        Event::ContainerMet(met) => {
            format!("container {} was met for the first time", met.id.serial())
        }
        Event::ContextTaken(taken) => {
            let (serial, sequence) = (taken.id.serial(), taken.sight.sequence);
            format!("container {serial} showed operation {sequence}")
        }
        Event::Acknowledged(seen) => {
            format!("container {} has applied operation {}", seen.id.serial(), seen.sequence)
        }
        Event::OpsIssued(issued) => format!(
            "{} operations were issued to container {}",
            issued.ops.len(),
            issued.id.serial()
        ),
        Event::ContainerDescribed(set) => {
            let said = changes(set.before, set.description());
            format!("{} described container {}: {said}", set.by, set.id.serial())
        }
        Event::ContainerGone(gone) => {
            let what = match gone.why {
                Some(Gone::Lost) => "lost",
                Some(Gone::Broken) => "broken",
                None => "revoked",
            };
            let because = because(gone.reason.as_ref());
            format!("{} gave container {} up as {what}{because}", gone.by, gone.id.serial())
        }
        Event::Ruled(ruled) => {
            let (how, because) = (ruled.ruling.code(), because(ruled.reason.as_ref()));
            format!("{} ruled {how} on container {}{because}", ruled.by, ruled.id.serial())
        }
        Event::SuccessorProposed(one) => {
            format!("a key came that says it is the next of container {}", one.id.serial())
        }
        Event::Regenerated(one) => {
            format!("container {} began generation {}", one.id.serial(), one.generation)
        }
        Event::MoveReported(report) => {
            let serial = report.by.serial();
            format!("container {serial} told of a move of {}", report.report.item_id)
        }
        Event::ClaimAccepted(accepted) => {
            let because = because(accepted.reason.as_ref());
            format!("{} accepted a move that only its target had told{because}", accepted.by)
        }
        Event::RefundRuled(ruled) => {
            let because = because(ruled.reason.as_ref());
            format!("{} ruled that a move never arrived{because}", ruled.by)
        }
        Event::UsageTaken(taken) => {
            format!("license server {} reported its use", taken.server.serial())
        }
        _ => return None,
    })
}

fn office(event: &Event) -> Option<String> {
    Some(match event {
        Event::KeysetPublished(paper) => {
            format!("{} published key set {}", paper.by, paper.version)
        }
        Event::RevocationPublished(paper) => {
            format!("{} published revocation list {}", paper.by, paper.sequence)
        }
        Event::UserSet(set) => format!("{} set user {}", set.by, set.user.name),
        Event::UserDeleted(set) => format!("{} deleted user {}", set.by, set.name),
        Event::PoliciesChanged(set) => {
            let said = changes(set.before.as_deref(), &set.change);
            format!("{} changed policies: {said}", set.by)
        }
        Event::ApprovalAsked(question) => {
            format!("{} asked for approval {}: {}", question.by, number(question.no), question.why)
        }
        Event::ApprovalEnded(ended) => {
            let no = number(ended.no);
            match &ended.answer {
                AnswerGiven::Approved { by } => format!("{by} approved {no}"),
                AnswerGiven::Rejected { by, reason } => {
                    format!("{by} rejected {no}{}", because(reason.as_ref()))
                }
                AnswerGiven::Lapsed => format!("nobody answered {no} in time"),
            }
        }
        Event::HookSet(set) => {
            let by = set.by.as_deref().unwrap_or("the office");
            format!("{by} set web hook {}", set.hook.no)
        }
        Event::HookDeleted(set) => format!("{} deleted web hook {}", set.by, set.no),
        Event::HookTested(set) => format!("{} tried web hook {}", set.by, set.no),
        Event::DeliveryAttempted(attempt) => match &attempt.failed {
            None => format!("message {} arrived", attempt.delivery),
            Some(why) => format!("message {} did not arrive: {why}", attempt.delivery),
        },
        _ => return None,
    })
}

fn host_keys(event: &Event) -> Option<String> {
    Some(match event {
        Event::HostKeysIssued(issued) => format!(
            "{} issued host keys {} of {} for {} users: {}",
            issued.order.by,
            issued.group,
            issued.order.product,
            issued.order.terms.users,
            hosts(&issued.order.keys)
        ),
        Event::HostKeysAdded(added) => {
            format!("{} added {} to host keys {}", added.by, hosts(&added.keys), added.group)
        }
        Event::HostKeysChanged(set) => format!("{} changed host keys {}", set.by, set.group),
        Event::HostKeyRevoked(one) => {
            let reason = Some(&one.reason).filter(|reason| !reason.is_empty());
            format!("{} revoked host key {}{}", one.by, one.key, because(reason))
        }
        Event::HostUserSeen(seen) => format!("a user was counted on host key {}", seen.key),
        Event::HostLimitReached(full) => format!(
            "a user came to host keys {} beyond the {} they are for",
            full.group, full.allowed
        ),
        _ => return None,
    })
}

fn hosts(keys: &[HostKeyMade]) -> String {
    let hosts: Vec<_> = keys.iter().map(|key| &key.host).collect();
    list(&hosts)
}

/// What became of each member; from what, where that was kept.
fn changes<T: Serialize>(before: Option<T>, after: T) -> String {
    let members = |value: T| match serde_json::to_value(value) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let text = |members: &Map<String, Value>, name: &str| match members.get(name) {
        None | Some(Value::Null) => "none".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    let (before, after) = (before.map(members), members(after));
    let names: BTreeSet<&String> =
        before.iter().flatten().chain(&after).map(|(name, _)| name).collect();
    let changed = names.into_iter().filter_map(|name| {
        let to = text(&after, name);
        match before.as_ref().map(|before| text(before, name)) {
            None => Some(format!("{name} to {to}")),
            Some(from) => (from != to).then(|| format!("{name} from {from} to {to}")),
        }
    });
    changed.collect::<Vec<_>>().join(", ")
}

fn because(reason: Option<&String>) -> String {
    reason.map(|reason| format!(" ({reason})")).unwrap_or_default()
}

fn list(all: &[impl Display]) -> String {
    let shown: Vec<String> = all.iter().take(5).map(ToString::to_string).collect();
    match all.len() {
        0..=5 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), more - 5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(stored: &str, expected: Expect) {
        let event: Event = serde_json::from_str(stored).expect("an event");
        expected.assert_eq(&sentence(&event));
    }

    #[test]
    fn a_change_says_what_became_of_what() {
        check(
            r#"{"type":"policies-changed","by":"root","change":{"issue_threshold":null,"tolerance":"strict","update_days":0},"before":{"issue_threshold":100,"tolerance":"medium","update_days":0}}"#,
            expect![
                "root changed policies: issue_threshold from 100 to none, tolerance from medium to strict"
            ],
        );
        check(
            r#"{"type":"policies-changed","by":"root","change":{"approve_publishing":true}}"#,
            expect!["root changed policies: approve_publishing to true"],
        );
        check(
            r#"{"type":"container-described","by":"ann","id":"01040G2081040G2081040G2081","customer":"C-000002","anchored":true,"before":{"tolerance":"loose","anchored":false}}"#,
            expect![
                "ann described container T-SJ6D-877F-J1YS: anchored from false to true, customer from none to C-000002, tolerance from loose to none"
            ],
        );
        check(
            r#"{"type":"container-described","by":"ann","id":"01040G2081040G2081040G2081","tolerance":"loose"}"#,
            expect![
                "ann described container T-SJ6D-877F-J1YS: anchored to false, tolerance to loose"
            ],
        );
    }
}
