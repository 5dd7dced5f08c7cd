//! Customers: rows, and what a request makes of them.
//!
//! Deliberately not here: what must be unique (issuing); what stays after a customer is forgotten.

use tenure_api::office as wire;
use tenure_issuing::office::{Contact, Customer, CustomerChange, CustomerFacts, Office};

/// A customer on the wire.
pub(crate) fn row(office: &Office, customer: &Customer) -> wire::Customer {
    let facts = &customer.facts;
    wire::Customer {
        id: customer.id.to_string(),
        name: facts.name.clone(),
        reference: Some(facts.reference.clone()).filter(|reference| !reference.is_empty()),
        contacts: facts
            .contacts
            .iter()
            .map(|one| wire::Contact { name: one.name.clone(), email: one.email.clone() })
            .collect(),
        notes: facts.notes.clone(),
        forgotten_at: customer.forgotten,
        entitlements: office.entitlements().of_customer(customer.id).count() as u64,
        created_at: customer.made,
    }
}

/// What a request says about a new customer.
pub(crate) fn facts(asked: wire::CustomerRequest) -> CustomerFacts {
    CustomerFacts {
        name: asked.name,
        reference: asked.reference.unwrap_or_default(),
        contacts: contacts(asked.contacts),
        notes: asked.notes,
    }
}

/// What a request changes.
pub(crate) fn change(asked: wire::CustomerChange) -> CustomerChange {
    CustomerChange {
        name: asked.name,
        reference: asked.reference,
        contacts: asked.contacts.map(contacts),
        notes: asked.notes,
    }
}

fn contacts(asked: Vec<wire::Contact>) -> Vec<Contact> {
    asked.into_iter().map(|one| Contact { name: one.name, email: one.email }).collect()
}
