//! What a list did that was taken in before, by the events that its command was recorded with.
//!
//! Invariants: a step is told as its plan told it then, whatever happened to its subject since.
//! Deliberately not here: finding the events (the shell).

use super::draft::{Draft, making_customer, making_product};
use crate::office::catalog::{CatalogCommand, ProductKey};
use crate::office::customers::CustomerCommand;
use crate::office::entitlement_command::EntitlementCommand;
use crate::office::event::Event;
use crate::office::import_command::ImportChange;
use crate::office::import_decide::order_made;
use crate::office::numbers::CustomerId;
use crate::office::state::Office;
use std::collections::BTreeMap;
use tenure_document::{ActivationId, Time};

/// The events of a list, by what they are about.
pub(super) struct Done<'a> {
    events: BTreeMap<Subject<'a>, &'a Event>,
    at: Time,
}

/// What a step is about, as a list names it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Subject<'a> {
    Customer(&'a str),
    Product(ProductKey),
    Order(CustomerId, &'a str),
    RepeatOrder(ActivationId, &'a str),
}

impl<'a> Done<'a> {
    /// Those recorded at this time.
    pub(super) fn of(events: &'a [Event], at: Time) -> Done<'a> {
        let named = events.iter().filter_map(|event| Some((told(event)?, event)));
        Done { events: named.collect(), at }
    }

    /// What a step did, in words, and the activation ID it made or extended; nothing where it did nothing.
    pub(super) fn step(
        &self,
        office: &Office,
        draft: &Draft,
    ) -> Option<(String, Option<ActivationId>)> {
        let event = self.events.get(&asked(office, &draft.change)?)?;
        let made_then = |id| office.customers.get(id).is_some_and(|one| one.made == self.at);
        Some(match event {
            Event::CustomerSet(set) if made_then(set.id) => {
                (making_customer(&set.facts.name), None)
            }
            Event::ProductSet(set) if set.product.revision == 1 => {
                (making_product(&set.product.key()), None)
            }
            Event::EntitlementMade(made) => (draft.what.clone(), Some(made.id)),
            _ => (draft.what.clone(), draft.activation_id),
        })
    }
}

fn asked<'a>(office: &'a Office, change: &'a ImportChange) -> Option<Subject<'a>> {
    match change {
        ImportChange::Customer(CustomerCommand::Make { facts, .. }) => {
            Some(Subject::Customer(&facts.reference))
        }
        ImportChange::Customer(CustomerCommand::Change { id, .. }) => {
            office.customers.get(*id).map(|known| Subject::Customer(&known.facts.reference))
        }
        ImportChange::Catalog(CatalogCommand::SetProduct { product, .. }) => {
            Some(Subject::Product(product.key()))
        }
        ImportChange::Entitlement(EntitlementCommand::Order { id, order, .. }) => {
            Some(Subject::RepeatOrder(*id, &order.reference))
        }
        _ => order_made(change).map(|(customer, order)| Subject::Order(customer, order)),
    }
}

fn told(event: &Event) -> Option<Subject<'_>> {
    match event {
        Event::CustomerSet(set) => Some(Subject::Customer(&set.facts.reference)),
        Event::ProductSet(set) => Some(Subject::Product(set.product.key())),
        Event::EntitlementMade(made) => Some(Subject::Order(made.customer, &made.reference)),
        Event::EntitlementOrdered(more) => Some(Subject::RepeatOrder(more.id, &more.reference)),
        _ => None,
    }
}
