//! Lists of customers, entitlements and activations, for people who look for something.
//!
//! Invariants: reading changes nothing; rows are references into the state, newest first, and only the page is kept; what
//! a filter can find by an index is found by it, a text is looked for in every row.
//! Deliberately not here: what the portal shows (look_up), containers (fleet).

use super::activations::{Activation, ActivationState};
use super::customers::Customer;
use super::entitlements::{Entitlement, EntitlementState};
use super::line::Line;
use super::numbers::{ActivationNo, CustomerId};
use super::page::{Listing, Page, holds};
use super::state::Office;
use tenure_document::{ActivationId, ContainerId, Time, Version};

/// Which entitlements are wanted; what is absent does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntitlementFilter {
    /// Of this customer.
    pub customer: Option<CustomerId>,
    /// In this state.
    pub state: Option<EntitlementState>,
    /// With a line of this product, by name alone or `name@version`.
    pub product: Option<(String, Option<Version>)>,
    /// With a line that ends after the first and not after the second.
    pub ends: Option<(Time, Time)>,
    /// With this in activation ID, customer, order, product or notes.
    pub text: Option<String>,
}

/// Which activations are wanted; what is absent does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActivationFilter {
    /// Of this entitlement.
    pub entitlement: Option<ActivationId>,
    /// Of this line of it.
    pub line: Option<u32>,
    /// Of this customer.
    pub customer: Option<CustomerId>,
    /// In this container.
    pub container: Option<ContainerId>,
    /// In this state.
    pub state: Option<ActivationState>,
    /// Only those whose units are not free.
    pub counting: bool,
}

impl Office {
    /// Customers, newest first, with this in number, name, reference or a contact.
    pub fn customer_rows(&self, text: Option<&str>, page: Page) -> Listing<&Customer> {
        let wanted = text.map(|text| text.trim().to_lowercase());
        let fits = |customer: &&Customer| {
            wanted.as_deref().is_none_or(|wanted| customer_holds(customer, wanted))
        };
        Listing::cut(self.customers.all().rev().filter(fits), page)
    }

    /// Entitlements, newest first.
    pub fn entitlement_rows(
        &self,
        filter: &EntitlementFilter,
        page: Page,
    ) -> Listing<&Entitlement> {
        let wanted = filter.text.as_deref().map(|text| text.trim().to_lowercase());
        // An activation ID typed in full is found whatever its dashes.
        let id = wanted.as_deref().and_then(|text| text.parse::<ActivationId>().ok());
        let fits = |entitlement: &&Entitlement| {
            filter.state.is_none_or(|state| entitlement.state == state)
                && filter.customer.is_none_or(|customer| entitlement.customer == customer)
                && filter.ends.is_none_or(|(after, until)| {
                    let ends = |line: &Line| line.ends.is_some_and(|at| after < at && at <= until);
                    entitlement.lines.iter().any(ends)
                })
                && filter.product.as_ref().is_none_or(|(name, version)| {
                    entitlement.lines.iter().any(|line| {
                        let product = &line.sold.product;
                        product.name == *name
                            && version.is_none_or(|version| product.version == version)
                    })
                })
                && match (id, wanted.as_deref()) {
                    (Some(id), _) => entitlement.id == id,
                    (None, Some(wanted)) => self.entitlement_holds(entitlement, wanted),
                    (None, None) => true,
                }
        };
        match (id, filter.customer) {
            (Some(id), _) => Listing::cut(self.entitlements.get(id).into_iter().filter(fits), page),
            (None, Some(customer)) => {
                Listing::cut(self.entitlements.of_customer(customer).rev().filter(fits), page)
            }
            (None, None) => Listing::cut(self.entitlements.all().rev().filter(fits), page),
        }
    }

    /// Activations, newest first.
    pub fn activation_rows(&self, filter: &ActivationFilter, page: Page) -> Listing<&Activation> {
        let fits = |activation: &&Activation| {
            filter.entitlement.is_none_or(|id| activation.entitlement == id)
                && filter.line.is_none_or(|line| activation.line == line)
                && filter.container.is_none_or(|id| activation.container == id)
                && filter.state.is_none_or(|state| activation.state == state)
                && (!filter.counting || activation.state.counts())
        };
        if let Some(container) = filter.container {
            let all = self.activations.of_container(container).rev();
            let of_customer = |activation: &&Activation| {
                let entitlement = self.entitlements.get(activation.entitlement);
                let customer = entitlement.map(|entitlement| entitlement.customer);
                filter.customer.is_none_or(|wanted| customer == Some(wanted))
            };
            return Listing::cut(all.filter(fits).filter(of_customer), page);
        }
        if filter.entitlement.is_none() && filter.customer.is_none() {
            return Listing::cut(self.activations.all().rev().filter(fits), page);
        }
        let numbers = self.numbers_of(filter);
        let all = numbers.iter().filter_map(|no| self.activations.get(*no));
        Listing::cut(all.filter(fits), page)
    }

    /// The activations of an entitlement, or of all of a customer's, newest first.
    fn numbers_of(&self, filter: &ActivationFilter) -> Vec<ActivationNo> {
        let one = filter.entitlement.and_then(|id| self.entitlements.get(id));
        let of_customer = |customer| self.entitlements.of_customer(customer);
        let theirs = match filter.entitlement {
            Some(_) => None,
            None => filter.customer.map(of_customer),
        };
        let wanted = |entitlement: &&Entitlement| {
            filter.customer.is_none_or(|customer| entitlement.customer == customer)
        };
        let entitlements = one.into_iter().chain(theirs.into_iter().flatten()).filter(wanted);
        let lines = entitlements.flat_map(|entitlement| &entitlement.lines);
        let mut numbers: Vec<_> = lines.flat_map(|line| line.activations.iter().copied()).collect();
        numbers.sort_unstable_by(|one, other| other.cmp(one));
        numbers
    }

    fn entitlement_holds(&self, entitlement: &Entitlement, wanted: &str) -> bool {
        let customer = self.customers.get(entitlement.customer);
        holds(&entitlement.notes, wanted)
            || entitlement.orders.iter().any(|order| holds(&order.reference, wanted))
            || entitlement.lines.iter().any(|line| holds(&line.sold.product.name, wanted))
            || customer.is_some_and(|customer| customer_holds(customer, wanted))
            || holds(&entitlement.id.to_string(), wanted)
    }
}

fn customer_holds(customer: &Customer, wanted: &str) -> bool {
    let facts = &customer.facts;
    holds(&facts.name, wanted)
        || holds(&facts.reference, wanted)
        || facts.contacts.iter().any(|one| holds(&one.name, wanted) || holds(&one.email, wanted))
        || holds(&customer.id.to_string(), wanted)
}
