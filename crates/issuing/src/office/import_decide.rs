//! Deciding a list as a whole.
//!
//! Invariants: a step is decided as its command alone would be; no two steps touch the same thing, so that none depends
//! on what another did (only customers' numbers follow each other); an order of a list is taken once from its customer,
//! whichever activation ID was drawn for it.
//! Deliberately not here: reading lists and finding all their faults (import).

use super::catalog::CatalogCommand;
use super::customers::CustomerCommand;
use super::entitlement_command::EntitlementCommand;
use super::entitlement_refusal::EntitlementRefusal;
use super::event::Event;
use super::import_command::{Import, ImportChange, ImportStep};
use super::numbers::CustomerId;
use super::refusal::Refusal;
use super::state::Office;
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::{ActivationId, Time};

impl Office {
    pub(crate) fn decide_import(&self, import: &Import, now: Time) -> Result<Vec<Event>, Refusal> {
        let mut events = Vec::new();
        let (mut touched, mut ordered) = (BTreeSet::new(), BTreeSet::new());
        let mut taken = OrdersTaken::of(self);
        let mut made = 0;
        for step in &import.steps {
            let line = step.line;
            let order = order_made(&step.change);
            if !touched.insert(touches(&step.change))
                || order.is_some_and(|order| !ordered.insert(order))
            {
                return Err(Refusal::ImportTwice { line });
            }
            if let Some((customer, reference)) = order
                && let Some((id, at)) = taken.find(customer, reference)
            {
                let reference = reference.to_owned();
                let twice = EntitlementRefusal::OrderTwice { reference, id, at };
                return Err(at_line(line, twice.into()));
            }
            let decided = self.decide_import_step(step, made, now);
            events.extend(decided.map_err(|refusal| at_line(line, refusal))?);
            if matches!(step.change, ImportChange::Customer(CustomerCommand::Make { .. })) {
                made += 1;
            }
        }
        Ok(events)
    }

    /// One step, when `made` customers were made by steps before it.
    pub(crate) fn decide_import_step(
        &self,
        step: &ImportStep,
        made: u32,
        now: Time,
    ) -> Result<Vec<Event>, Refusal> {
        match &step.change {
            ImportChange::Catalog(command) => Ok(self.decide_catalog(command)?),
            ImportChange::Entitlement(command) => Ok(self.decide_entitlement(command, now)?),
            ImportChange::Customer(command) => {
                let mut events = self.decide_customer(command)?;
                if let (CustomerCommand::Make { .. }, Some(Event::CustomerSet(set))) =
                    (command, events.first_mut())
                {
                    set.id = set.id.after(made);
                }
                Ok(events)
            }
        }
    }
}

/// The orders of customers that were taken, gathered once for each customer that is asked about.
pub(crate) struct OrdersTaken<'a> {
    office: &'a Office,
    of: BTreeMap<CustomerId, BTreeMap<&'a str, (ActivationId, Time)>>,
}

impl<'a> OrdersTaken<'a> {
    pub(crate) fn of(office: &'a Office) -> OrdersTaken<'a> {
        OrdersTaken { office, of: BTreeMap::new() }
    }

    /// The entitlement that an order of a customer made or extended, and when.
    pub(crate) fn find(
        &mut self,
        customer: CustomerId,
        reference: &str,
    ) -> Option<(ActivationId, Time)> {
        let theirs = self.of.entry(customer).or_insert_with(|| {
            let entitlements = self.office.entitlements.of_customer(customer);
            entitlements
                .flat_map(|one| one.orders.iter().map(move |order| (one.id, order)))
                .map(|(id, order)| (order.reference.as_str(), (id, order.at)))
                .collect()
        });
        theirs.get(reference).copied()
    }
}

/// The customer and the reference of an order that makes an entitlement.
pub(crate) fn order_made(change: &ImportChange) -> Option<(CustomerId, &str)> {
    match change {
        ImportChange::Entitlement(EntitlementCommand::Make { customer, order, .. }) => {
            Some((*customer, &order.reference))
        }
        _ => None,
    }
}

fn at_line(line: u64, refusal: Refusal) -> Refusal {
    Refusal::Import { line, refusal: Box::new(refusal) }
}

/// What a step changes, as far as another step could change it too.
fn touches(change: &ImportChange) -> String {
    match change {
        ImportChange::Catalog(command) => match command {
            CatalogCommand::SetProduct { product, .. } => format!("product {}", product.key()),
            CatalogCommand::RetireProduct { product, .. } => format!("product {product}"),
            CatalogCommand::SetModel { model, .. } => format!("model {}", model.name),
            CatalogCommand::RetireModel { name, .. } => format!("model {name}"),
            CatalogCommand::SetRelation { relation, .. }
            | CatalogCommand::DeleteRelation { relation, .. } => format!("{relation:?}"),
        },
        ImportChange::Customer(command) => match command {
            CustomerCommand::Make { facts, .. } => format!("reference {}", facts.reference),
            CustomerCommand::Change { id, .. } | CustomerCommand::Forget { id, .. } => {
                format!("customer {id}")
            }
        },
        ImportChange::Entitlement(command) => match command {
            EntitlementCommand::Make { id, .. }
            | EntitlementCommand::Order { id, .. }
            | EntitlementCommand::Change { id, .. }
            | EntitlementCommand::Suspend { id, .. }
            | EntitlementCommand::Resume { id, .. }
            | EntitlementCommand::Withdraw { id, .. }
            | EntitlementCommand::Extend { id, .. }
            | EntitlementCommand::Upgrade { id, .. }
            | EntitlementCommand::Replace { id, .. }
            | EntitlementCommand::Reduce { id, .. } => format!("entitlement {id}"),
        },
    }
}
