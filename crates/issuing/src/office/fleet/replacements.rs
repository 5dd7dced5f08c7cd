//! Giving a container up: lost, broken, revoked.
//!
//! Invariants: its generation goes on the revocation list, and should it ever come back, it gets withdrawals and that
//! list; what is lost or broken is free again at once, which is why it counts against a quota for each customer; what
//! is revoked is free again only when its removal is credible, or the staff writes it off.
//! Deliberately not here: who may ask (the shell), approvals beyond the quota (gate).

use super::container::{ContainerState, OfficeContainer};
use super::orders::{ContainerGone, Gone};
use super::refusal::FleetRefusal;
use crate::office::activation_command::ReturnAsked;
use crate::office::activations::{ActivationState, Step};
use crate::office::asker::Asker;
use crate::office::event::Event;
use crate::office::numbers::CustomerId;
use crate::office::state::Office;
use std::collections::BTreeSet;
use std::time::Duration;
use tenure_document::{ActivationId, ContainerId, Time};

const DAY: Duration = Duration::from_secs(86_400);

impl Office {
    /// Gives a container up. `approved`: the quota was looked at by a second person.
    pub(crate) fn replace_container(
        &self,
        by: &Asker,
        id: ContainerId,
        (why, reason): (Gone, Option<String>),
        approved: bool,
        now: Time,
    ) -> Result<Vec<Event>, FleetRefusal> {
        let container = self.container(id)?;
        if container.state.is_written_off() {
            return Ok(Vec::new());
        }
        if let Asker::Portal { activation_id } = by {
            self.check_owner(container, *activation_id)?;
            if container.state == ContainerState::Revoked {
                return Err(FleetRefusal::Gone { serial: id.serial(), state: container.state });
            }
        }
        let customers = self.customers_of(container);
        if !approved {
            self.quota_left(container, now)
                .map_err(|why| FleetRefusal::QuotaUsed { serial: id.serial(), why })?;
        }
        let freed = self.activations.of_container(id).filter(|one| one.state.counts());
        let freed: Vec<_> = freed.map(|one| one.no).collect();
        let mut events = Vec::new();
        let withdrawn = self.withdraw_all(container, None);
        if !withdrawn.ops.is_empty() && !container.state.is_gone() {
            events.push(Event::OpsIssued(withdrawn));
        }
        events.push(Event::ContainerGone(ContainerGone {
            by: by.clone(),
            id,
            generation: container.generation,
            why: Some(why),
            freed,
            customers: customers.into_iter().collect(),
            reason,
        }));
        Ok(events)
    }

    /// Revokes a container: everything is withdrawn, nothing is free by that alone.
    pub(crate) fn revoke_container(
        &self,
        by: &str,
        container: &OfficeContainer,
        reason: Option<String>,
    ) -> Vec<Event> {
        let id = container.id;
        let never_issued =
            self.activations.of_container(id).filter(|one| one.state == ActivationState::Assigned);
        let mut events: Vec<Event> = never_issued
            .map(|one| {
                Event::ReturnAsked(ReturnAsked {
                    by: Asker::Staff(by.to_owned()),
                    activation: one.no,
                    step: Step::Withdraw,
                    part: None,
                    at_once: true,
                    reason: reason.clone(),
                })
            })
            .collect();
        let withdrawn = self.withdraw_all(container, Some(Step::Withdraw));
        if !withdrawn.ops.is_empty() {
            events.push(Event::OpsIssued(withdrawn));
        }
        events.push(Event::ContainerGone(ContainerGone {
            by: Asker::Staff(by.to_owned()),
            id,
            generation: container.generation,
            why: None,
            freed: Vec::new(),
            customers: Vec::new(),
            reason,
        }));
        events
    }

    /// One that the office has met.
    pub(crate) fn container(&self, id: ContainerId) -> Result<&OfficeContainer, FleetRefusal> {
        self.fleet.get(id).ok_or(FleetRefusal::ContainerUnknown { id })
    }

    /// Whose the things in a container are.
    pub(crate) fn customers_of(&self, container: &OfficeContainer) -> BTreeSet<CustomerId> {
        let held = self.activations.of_container(container.id).filter(|one| one.state.counts());
        let customers = held.filter_map(|one| self.entitlements.get(one.entitlement));
        customers.map(|one| one.customer).chain(container.customer).collect()
    }

    /// Whoever knows an activation ID may give a container up that holds something of it, and nothing of others.
    pub(crate) fn check_owner(
        &self,
        container: &OfficeContainer,
        id: ActivationId,
    ) -> Result<(), FleetRefusal> {
        let customer = self.entitlements.get(id).map(|entitlement| entitlement.customer);
        let mut held = self.activations.of_container(container.id).filter(|one| one.state.counts());
        let owns = held.any(|one| one.entitlement == id);
        let alone = self.customers_of(container).into_iter().all(|one| Some(one) == customer);
        if owns && alone {
            return Ok(());
        }
        Err(FleetRefusal::NotYours { serial: container.id.serial() })
    }

    /// The customers against whose quota a replacement would count, or why it is used up.
    pub(crate) fn quota_left(
        &self,
        container: &OfficeContainer,
        now: Time,
    ) -> Result<Vec<CustomerId>, String> {
        let customers: Vec<CustomerId> = self.customers_of(container).into_iter().collect();
        for customer in &customers {
            self.check_quota(*customer, now)?;
        }
        Ok(customers)
    }

    fn check_quota(&self, customer: CustomerId, now: Time) -> Result<(), String> {
        let policies = &self.policies;
        let period = DAY * policies.replacement_period_days;
        let times = self.fleet.replaced.get(&customer).map_or(&[][..], Vec::as_slice);
        let within: Vec<&Time> = times.iter().filter(|at| now < at.plus(period)).collect();
        let most = policies.replacements as usize;
        if within.len() >= most {
            let again = match within.get(within.len() - most.min(within.len())) {
                Some(first) if most > 0 => {
                    format!("; the next one is free at {}", first.plus(period))
                }
                _ => String::new(),
            };
            let days = policies.replacement_period_days;
            return Err(format!(
                "customer {customer} had {} of {most} replacements within {days} days{again}",
                within.len()
            ));
        }
        let waits_until = times.last().map(|last| last.plus(DAY * policies.replacement_wait_days));
        match waits_until.filter(|until| now < *until) {
            Some(until) => Err(format!(
                "customer {customer} had one shortly before; the next is free at {until}"
            )),
            None => Ok(()),
        }
    }
}
