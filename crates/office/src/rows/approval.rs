//! Approvals on the wire: questions that wait, and how they ended.
//!
//! Kept here: what is to be done is said by its kind and in one sentence, never as the stored command.
//! Deliberately not here: which orders wait (issuing).

use tenure_api::office::{ApprovalRow, ApprovalState};
use tenure_issuing::office::{
    ActivationCommand, AnswerGiven, ApprovalNo, Command, ContainerCommand, Ended,
    EntitlementCommand, Gone, HostKeyCommand, Import, ImportChange, Office, OrderAsked,
    PublishCommand, Question,
};

use crate::names::product_text;

/// The running number as people read it.
pub(crate) fn number(no: ApprovalNo) -> String {
    format!("P-{no:07}")
}

/// The number of `P-0000007`, read in either case and with fewer zeros.
pub(crate) fn parse(text: &str) -> Option<ApprovalNo> {
    let digits = text.strip_prefix("P-").or_else(|| text.strip_prefix("p-"))?;
    let plain = (1..=18).contains(&digits.len()) && digits.bytes().all(|one| one.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// One question, open or ended.
pub(crate) fn find(office: &Office, no: ApprovalNo) -> Option<ApprovalRow> {
    let approvals = office.approvals();
    let open = approvals.get(no).map(open_row);
    open.or_else(|| approvals.ended().find(|one| one.no == no).map(ended_row))
}

/// A question that waits.
pub(crate) fn open_row(question: &Question<Command>) -> ApprovalRow {
    let (what, summary) = said(&question.command);
    ApprovalRow {
        approval: number(question.no),
        what: what.to_owned(),
        summary,
        why: question.why.to_string(),
        by: question.by.clone(),
        at: question.asked,
        expires_at: Some(question.until),
        state: ApprovalState::Waiting,
        decided_by: None,
        reason: None,
    }
}

/// A question that has ended; what it was about is in the journal.
pub(crate) fn ended_row(ended: &Ended) -> ApprovalRow {
    let (state, decided_by, reason) = match &ended.answer {
        AnswerGiven::Approved { by } => (ApprovalState::Approved, Some(by.clone()), None),
        AnswerGiven::Rejected { by, reason } => {
            (ApprovalState::Rejected, Some(by.clone()), reason.clone())
        }
        AnswerGiven::Lapsed => (ApprovalState::Lapsed, None, None),
    };
    ApprovalRow {
        approval: number(ended.no),
        what: String::new(),
        summary: String::new(),
        why: String::new(),
        by: ended.by.clone(),
        at: ended.at,
        expires_at: None,
        state,
        decided_by,
        reason,
    }
}

/// The kind of an order and one sentence about it.
fn said(command: &Command) -> (&'static str, String) {
    match command {
        Command::Entitlement(EntitlementCommand::Make { customer, order, .. }) => (
            "create-entitlement",
            format!("enter order {} for customer {customer}: {}", order.reference, units(order)),
        ),
        Command::Entitlement(EntitlementCommand::Order { id, order, .. }) => (
            "add-order",
            format!("add order {} to entitlement {id}: {}", order.reference, units(order)),
        ),
        Command::Container(ContainerCommand::Replace { id, why, .. }) => {
            let why = match why {
                Gone::Lost => "lost",
                Gone::Broken => "broken",
            };
            ("replace-container", format!("give container {} up as {why}", id.serial()))
        }
        Command::Container(ContainerCommand::Rule { id, ruling, .. }) => {
            ("rule-container", format!("rule {} on container {}", ruling.code(), id.serial()))
        }
        Command::Publish(PublishCommand::Keyset { version, .. }) => {
            ("publish-keyset", format!("publish key set {version}"))
        }
        Command::Publish(PublishCommand::Revocation { sequence, containers, keys, .. }) => (
            "publish-revocation",
            format!(
                "publish revocation list {sequence} with {} containers and {} keys",
                containers.len(),
                keys.len()
            ),
        ),
        Command::Activation(ActivationCommand::Activate { container, .. }) => {
            ("assign", format!("activate in container {}", container.serial()))
        }
        Command::HostKey(HostKeyCommand::Issue(order)) => {
            let hosts: Vec<String> = order.keys.iter().map(|key| key.host.to_string()).collect();
            let (users, product, hosts) = (order.terms.users, &order.product, hosts.join(", "));
            ("issue-host-keys", format!("make host keys of {product} for {users} users: {hosts}"))
        }
        Command::HostKey(HostKeyCommand::Change { group, change, .. }) => {
            let users = change.users.map(|users| format!("allow {users} users to"));
            let verb = users.as_deref().unwrap_or("change");
            ("change-host-keys", format!("{verb} host keys {group}"))
        }
        Command::Import(import) => ("import", list(import)),
        _ => ("other", "see the journal".to_owned()),
    }
}

/// So many orders of a list are named; the rest is counted.
const ORDERS_NAMED: usize = 3;

fn list(import: &Import) -> String {
    let orders = import.steps.iter().filter_map(|step| match &step.change {
        ImportChange::Entitlement(
            EntitlementCommand::Make { order, .. } | EntitlementCommand::Order { order, .. },
        ) => Some(order),
        _ => None,
    });
    let orders: Vec<&OrderAsked> = orders.collect();
    let many = if orders.len() == 1 { "order" } else { "orders" };
    let named = orders.iter().take(ORDERS_NAMED).map(|order| units(order));
    let named = named.collect::<Vec<_>>().join("; ");
    let rest = if orders.len() > ORDERS_NAMED { "; …" } else { "" };
    format!("take in a list of {} {many}: {named}{rest}", orders.len())
}

fn units(order: &OrderAsked) -> String {
    let lines = order.lines.iter();
    let lines = lines.map(|line| format!("{} × {}", line.quantity, product_text(&line.product)));
    lines.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_shown() {
        assert_eq!(parse(&number(7)), Some(7));
        assert_eq!(parse("p-7"), Some(7));
        for wrong in ["", "P-", "7", "P-x", "P--1", "P-99999999999999999999"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
