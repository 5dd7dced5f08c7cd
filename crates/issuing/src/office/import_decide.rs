//! Deciding a list as a whole.
//!
//! Invariants: a step is decided as its command alone would be; no two steps touch the same thing, so that none depends
//! on what another did (only customers' numbers follow each other).
//! Deliberately not here: reading lists and finding all their faults (import).

use super::catalog::CatalogCommand;
use super::customers::CustomerCommand;
use super::entitlement_command::EntitlementCommand;
use super::event::Event;
use super::import_command::{Import, ImportChange, ImportStep};
use super::refusal::Refusal;
use super::state::Office;
use std::collections::BTreeSet;
use tenure_document::Time;

impl Office {
    pub(crate) fn decide_import(&self, import: &Import, now: Time) -> Result<Vec<Event>, Refusal> {
        let mut events = Vec::new();
        let mut touched = BTreeSet::new();
        let mut made = 0;
        for step in &import.steps {
            let line = step.line;
            let at = |refusal: Refusal| Refusal::Import { line, refusal: Box::new(refusal) };
            if !touched.insert(touches(&step.change)) {
                return Err(Refusal::ImportTwice { line });
            }
            events.extend(self.decide_import_step(step, made, now).map_err(at)?);
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
