//! `tenure admin policies`, and status and use of an office.
//!
//! Deliberately not here: settings of the program itself (docs/CONFIGURATION.md).

use super::super::{
    connect::Connection,
    output::{Column, Output, instant},
    problem::failure,
    server::{assignment, plain},
};
use super::lists::{OfficeListFlags, lists};
use clap::Subcommand;
use serde_json::Value;
use tenure_api::office::{OfficeQuery, PolicyChange};
use tenure_document::Time;

/// Policies.
#[derive(Debug, Subcommand)]
pub enum PoliciesCommand {
    /// All policies with value and default.
    List(OfficeListFlags),
    /// Change policies: NAME=VALUE …; an empty value returns to the default.
    Set {
        /// NAME=VALUE, any number of them.
        #[arg(required = true, value_parser = assignment)]
        changes: Vec<(String, Value)>,
    },
}

lists!(PoliciesCommand);

/// `policies …`
pub fn policies(at: &Connection, out: &Output, command: &PoliciesCommand) -> anyhow::Result<()> {
    let office = at.office()?;
    let page = match command {
        PoliciesCommand::List(flags) => office.policies(&flags.list()),
        PoliciesCommand::Set { changes } => {
            office.set_policies(&PolicyChange(changes.iter().cloned().collect()))
        }
    };
    let columns = [
        Column::Text("policy"),
        Column::Text("value"),
        Column::Text("default"),
        Column::Text("what it does"),
    ];
    out.page(&page.map_err(failure)?, &columns, "no policies", |policy| {
        vec![
            policy.name.clone(),
            plain(&policy.value),
            plain(&policy.default),
            policy.description.clone(),
        ]
    })
}

/// `status` of an office.
pub fn status(at: &Connection, out: &Output) -> anyhow::Result<()> {
    let status = at.office()?.status().map_err(failure)?;
    if out.is_json() {
        return out.value(&status);
    }
    let mut facts = vec![
        ("publisher", status.publisher.clone()),
        ("ledger time", instant(status.now)),
        ("ledger", format!("entry {}, head {}", status.sequence, status.head)),
        ("key set", status.keyset_version.to_string()),
        ("revocation list", status.revocation_sequence.to_string()),
        ("products", status.products.to_string()),
        ("license models", status.license_models.to_string()),
        ("customers", status.customers.to_string()),
        ("entitlements", status.entitlements.to_string()),
        ("activations", status.activations.to_string()),
        ("containers", format!("{} ({} out of step)", status.containers, status.out_of_step)),
        ("approvals waiting", status.approvals_waiting.to_string()),
        ("messages waiting", status.deliveries_waiting.to_string()),
    ];
    facts.extend(status.keys.iter().map(|key| {
        let until = instant(key.signs_until);
        let not = if key.signs_now { "" } else { ", does not sign now" };
        ("key", format!("{} {}, until {until}{not}", key.role, key.key))
    }));
    if let Some(why) = &status.degraded {
        facts.push(("degraded", why.clone()));
    }
    facts.extend(status.alarms.iter().map(|alarm| ("alarm", alarm.clone())));
    out.facts(&facts)
}

/// `usage` of an office: what license servers reported, summed by day.
pub fn usage(
    at: &Connection,
    out: &Output,
    (from, to): (Option<Time>, Option<Time>),
) -> anyhow::Result<()> {
    let query = OfficeQuery { from, to, ..OfficeQuery::default() };
    let page = at.office()?.usage(&query).map_err(failure)?;
    let columns = [
        Column::Text("day"),
        Column::Text("license server"),
        Column::Text("customer"),
        Column::Text("item"),
        Column::Text("feature"),
        Column::Number("checkouts"),
        Column::Number("denials"),
        Column::Number("peak"),
        Column::Number("seat-seconds"),
        Column::Number("consumed"),
    ];
    out.page(&page, &columns, "no use was reported", |row| {
        vec![
            row.day.clone(),
            row.serial.clone(),
            row.customer.clone().unwrap_or_default(),
            row.item.clone(),
            row.feature.clone().unwrap_or_default(),
            row.checkouts.to_string(),
            row.denials.to_string(),
            row.peak.to_string(),
            row.seat_seconds.to_string(),
            row.consumed.to_string(),
        ]
    })
}
