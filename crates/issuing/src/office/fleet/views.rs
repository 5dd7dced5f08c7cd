//! What is shown of containers: lists, who has not been heard from, the update that waits.
//!
//! Invariants: nothing here changes or decides anything; a list is cut before its rows are made.
//! Deliberately not here: wire types (api), what whoever shows an activation ID sees of its lines (look_up).

use super::container::{ContainerState, OfficeContainer};
use super::moves::Booked;
use crate::office::activations::Activation;
use crate::office::event::Event;
use crate::office::numbers::CustomerId;
use crate::office::page::{Listing, Page, holds};
use crate::office::state::Office;
use tenure_document::{ActivationId, ContainerId, ContainerKind, Revocation, Time};

/// Which containers are wanted; what is absent does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContainerFilter {
    /// In this state: `known`, `rollback`, `fork`, `clone`, `lost`, `broken`, `revoked`.
    pub state: Option<String>,
    /// Of this kind.
    pub kind: Option<ContainerKind>,
    /// With things of this customer, or said to be its.
    pub customer: Option<CustomerId>,
    /// Whose serial or name holds this text.
    pub text: Option<String>,
    /// From which nothing was heard for longer than expected.
    pub overdue: bool,
    /// For which something waits: an update that is not acknowledged, or a wish that is no operation yet.
    pub pending: bool,
    /// Whose next generation waits for a ruling.
    pub proposed: bool,
}

/// What there is to do for a container.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outstanding {
    /// Operations that are not acknowledged.
    pub operations: u64,
    /// Activations whose wish is no operation yet.
    pub wishes: usize,
}

impl Office {
    /// A page of the containers that fit, by identity.
    pub fn container_rows(
        &self,
        filter: &ContainerFilter,
        page: Page,
        now: Time,
    ) -> Listing<&OfficeContainer> {
        let text = filter.text.as_deref().map(str::to_lowercase);
        let fits = |one: &&OfficeContainer| {
            filter.kind.is_none_or(|kind| one.kind == kind)
                && filter.state.as_deref().is_none_or(|state| one.state.code() == state)
                && (!filter.overdue || self.is_overdue(one, now))
                && (!filter.proposed || is_proposed(one))
                && filter.customer.is_none_or(|customer| self.is_of(one, customer))
                && text
                    .as_deref()
                    .is_none_or(|text| holds(&one.name, text) || holds(&one.id.serial(), text))
                && (!filter.pending || self.outstanding(one.id) != Outstanding::default())
        };
        // The few that somebody must look at are listed by themselves.
        match filter.state.as_deref() {
            Some(state) if state != "known" => Listing::cut(self.fleet.odd().filter(fits), page),
            _ => Listing::cut(self.fleet.all().filter(fits), page),
        }
    }

    fn is_of(&self, container: &OfficeContainer, customer: CustomerId) -> bool {
        container.customer == Some(customer) || self.customers_of(container).contains(&customer)
    }

    /// When a container is expected to be heard from at the latest; nothing: never.
    pub fn next_expected(&self, container: &OfficeContainer) -> Option<Time> {
        if container.state.is_gone() {
            return None;
        }
        let poll = self.policies.poll(container.kind)?;
        Some(container.seen.plus(poll))
    }

    /// Whether nothing was heard from it for longer than expected.
    pub fn is_overdue(&self, container: &OfficeContainer, now: Time) -> bool {
        self.next_expected(container).is_some_and(|expected| expected < now)
    }

    /// When units of it end by themselves because it was not seen: the first end of its checkpoints.
    pub fn checkpoint_ends(&self, container: &OfficeContainer) -> Option<Time> {
        let live = self.activations.of_container(container.id).filter(|one| one.state.is_live());
        let days = live.filter_map(|one| {
            let line = self.entitlements.line(one.entitlement, one.line)?;
            Some(line.sold.terms().checkpoint_days).filter(|days| *days > 0)
        });
        let least = days.min()?;
        Some(container.seen.plus(std::time::Duration::from_secs(86_400) * least))
    }

    /// What there is to do for a container.
    pub fn outstanding(&self, id: ContainerId) -> Outstanding {
        let Some(container) = self.fleet.get(id) else { return Outstanding::default() };
        let history = &container.history;
        let wishes = self.activations.of_container(id).filter(|one| self.has_wish(one)).count();
        Outstanding { operations: history.issued() - history.acknowledged(), wishes }
    }

    fn has_wish(&self, activation: &Activation) -> bool {
        use crate::office::activations::ActivationState::{Confirmed, Delivered};
        let line = self.entitlements.line(activation.entitlement, activation.line);
        let changed = matches!(activation.state, Delivered | Confirmed)
            && line.is_some_and(|line| activation.revision < line.revision);
        activation.pending.is_some() || changed
    }

    /// The containers with things of these entitlements, by identity: what the portal shows of them.
    pub fn containers_of(&self, ids: &[ActivationId]) -> Vec<&OfficeContainer> {
        let entitlements = ids.iter().filter_map(|id| self.entitlements.get(*id));
        let lines = entitlements.flat_map(|entitlement| &entitlement.lines);
        let numbers = lines.flat_map(|line| &line.activations);
        let counted = numbers
            .filter_map(|no| self.activations.get(*no))
            .filter(|one| one.state.counts())
            .map(|one| one.container);
        let found: std::collections::BTreeSet<ContainerId> = counted.collect();
        found.into_iter().filter_map(|id| self.fleet.get(id)).collect()
    }

    /// The transfers of a container that went without the office, oldest first.
    pub fn moves_of(&self, id: ContainerId) -> Vec<&Booked> {
        self.fleet.moves.of_container(id).collect()
    }

    /// The revocation list that should be published next; nothing when none is due.
    pub fn revocation_wanted(&self, now: Time) -> Option<Revocation> {
        self.papers.is_list_due().then(|| Revocation {
            sequence: self.papers.revocation_sequence() + 1,
            issued: now,
            keys: self.papers.listed().1.iter().copied().collect(),
            containers: self.papers.containers_to_list(),
        })
    }

    /// How many containers are in each state, for the status.
    pub fn container_states(&self) -> Vec<(&'static str, usize)> {
        let mut counts = std::collections::BTreeMap::new();
        for container in self.fleet.odd() {
            *counts.entry(container.state.code()).or_insert(0) += 1;
        }
        let odd: usize = counts.values().sum();
        counts.insert(ContainerState::Known.code(), self.fleet.count() - odd);
        counts.into_iter().collect()
    }
}

fn is_proposed(container: &OfficeContainer) -> bool {
    container.succession.as_deref().is_some_and(|one| !one.ruled && one.proposed.is_some())
}

impl Event {
    /// The container that an event is about, for the story of one.
    pub fn container(&self) -> Option<ContainerId> {
        match self {
            Event::ContainerMet(event) => Some(event.id),
            Event::ContextTaken(event) => Some(event.id),
            Event::Acknowledged(event) => Some(event.id),
            Event::OpsIssued(event) => Some(event.id),
            Event::ContainerDescribed(event) => Some(event.id),
            Event::ContainerGone(event) => Some(event.id),
            Event::Ruled(event) => Some(event.id),
            Event::SuccessorProposed(event) => Some(event.id),
            Event::Regenerated(event) => Some(event.id),
            Event::MoveReported(event) => Some(event.by),
            Event::UsageTaken(event) => Some(event.server),
            Event::Activated(event) => Some(event.container),
            _ => None,
        }
    }
}
