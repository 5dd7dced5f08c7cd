//! Which orders need a second person.
//!
//! Invariants: only orders of staff are asked about; whatever a person outside may not do by the quota is refused, not
//! asked; an order that a second person has approved passes.
//! Deliberately not here: asking and answering (approve).

use super::approvals::WhyAsked;
use crate::office::asker::Asker;
use crate::office::command::Command;
use crate::office::entitlement_command::{EntitlementCommand, OrderAsked};
use crate::office::fleet::orders::{ContainerCommand, Ruling};
use crate::office::host_keys::command::HostKeyCommand;
use crate::office::import_command::ImportChange;
use crate::office::papers::PublishCommand;
use crate::office::state::Office;
use tenure_document::Time;

impl Office {
    /// Who must be asked a second time, and why; nothing for most orders.
    pub(crate) fn second_person(&self, command: &Command, now: Time) -> Option<(String, WhyAsked)> {
        let (by, why) = match command {
            Command::Entitlement(
                EntitlementCommand::Make { by, order, .. }
                | EntitlementCommand::Order { by, order, .. },
            ) => (by, self.beyond(by, units(order), now)?),
            Command::Import(import) => {
                let orders = import.steps.iter().filter_map(|step| order_of(&step.change));
                (&import.by, self.beyond(&import.by, orders.map(units).sum(), now)?)
            }
            Command::HostKey(HostKeyCommand::Issue(order)) => {
                (&order.by, self.beyond(&order.by, u64::from(order.terms.users), now)?)
            }
            Command::HostKey(HostKeyCommand::Change { by, group, change }) => {
                let known = self.host_keys.group(*group)?;
                let more = change.users?.checked_sub(known.terms.users).filter(|more| *more > 0)?;
                (by, self.beyond(by, u64::from(more), now)?)
            }
            Command::Publish(
                PublishCommand::Keyset { by, .. } | PublishCommand::Revocation { by, .. },
            ) => (by, self.policies.approve_publishing.then_some(WhyAsked::Publishing)?),
            Command::Container(ContainerCommand::Replace { by: Asker::Staff(by), id, .. }) => {
                let container = self.fleet.get(*id).filter(|one| !one.state.is_written_off())?;
                let text = self.quota_left(container, now).err()?;
                (by, WhyAsked::BeyondReplacements { text })
            }
            Command::Container(ContainerCommand::Rule {
                by,
                id,
                ruling: Ruling::NewGeneration { key: Some(key) },
                ..
            }) => {
                let container = self.fleet.get(*id)?;
                let succession = container.succession.as_deref();
                let proposed = succession.and_then(|succession| succession.proposed.as_ref());
                let vouched = proposed.is_some_and(|one| one.key == *key && one.vouched);
                (by, (!vouched).then_some(WhyAsked::ForcedRebind)?)
            }
            _ => return None,
        };
        Some((by.clone(), why))
    }

    /// Why so many units are more than this user may issue.
    fn beyond(&self, by: &str, units: u64, now: Time) -> Option<WhyAsked> {
        // What was approved may have gone beyond the quota: what sells nothing is not asked about for that.
        if units == 0 {
            return None;
        }
        let threshold = self.policies.issue_threshold.map(u64::from);
        if let Some(threshold) = threshold.filter(|most| units > *most) {
            return Some(WhyAsked::AboveThreshold { units, threshold });
        }
        let quota = u64::from(self.people.get(by)?.daily_quota?);
        let units = self.people.issued_today(by, now).saturating_add(units);
        (units > quota).then_some(WhyAsked::AboveQuota { units, quota })
    }
}

/// The order of a row of a list.
fn order_of(change: &ImportChange) -> Option<&OrderAsked> {
    match change {
        ImportChange::Entitlement(
            EntitlementCommand::Make { order, .. } | EntitlementCommand::Order { order, .. },
        ) => Some(order),
        _ => None,
    }
}

/// How many units an order is about.
fn units(order: &OrderAsked) -> u64 {
    order.lines.iter().map(|line| u64::from(line.quantity)).sum()
}
