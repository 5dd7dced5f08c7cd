//! Customers: who bought, and whom to write to.
//!
//! Invariants: numbers run from 1 and are never used again; no two customers have the same reference; once forgotten, a
//! customer keeps its number and nothing that tells who it was.
//! Deliberately not here: what they bought (entitlements); the checks of a change (`customer_decide`).

use super::numbers::CustomerId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenure_document::Time;

/// Who buys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Its number.
    pub id: CustomerId,
    /// What people call it, its contacts and notes.
    #[serde(flatten)]
    pub facts: CustomerFacts,
    /// Since when it is known.
    pub made: Time,
    /// Since when its facts are erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgotten: Option<Time>,
}

/// What the office is told about a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerFacts {
    /// Its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its number in the publisher's other systems; empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// Whom to write to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

/// A person at a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
}

/// Parts of a customer's facts; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerChange {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// All contacts from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<Contact>>,
    /// New notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// A change of the customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CustomerCommand {
    /// Make one; its number is in the event.
    Make {
        /// By whom.
        by: String,
        /// What is known.
        facts: CustomerFacts,
    },
    /// Change one.
    Change {
        /// By whom.
        by: String,
        /// Which.
        id: CustomerId,
        /// What.
        change: CustomerChange,
    },
    /// Erase what tells who it is.
    Forget {
        /// By whom.
        by: String,
        /// Which.
        id: CustomerId,
    },
}

/// A customer was made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerSet {
    /// By whom.
    pub by: String,
    /// Its number.
    pub id: CustomerId,
    /// What is known from now on.
    pub facts: CustomerFacts,
}

/// A customer's facts were erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerForgotten {
    /// By whom.
    pub by: String,
    /// Its number.
    pub id: CustomerId,
}

/// All customers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Customers {
    /// By number from 1.
    all: Vec<Customer>,
    by_reference: BTreeMap<String, CustomerId>,
}

impl Customers {
    /// One of them.
    pub fn get(&self, id: CustomerId) -> Option<&Customer> {
        self.all.get(id.index())
    }

    /// The one with this reference.
    pub fn by_reference(&self, reference: &str) -> Option<&Customer> {
        self.by_reference.get(reference).and_then(|id| self.get(*id))
    }

    /// All of them, in order of their number.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Customer> {
        self.all.iter()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn next(&self) -> CustomerId {
        CustomerId::FIRST.after(u32::try_from(self.all.len()).unwrap_or(u32::MAX))
    }

    pub(crate) fn set(&mut self, set: &CustomerSet, at: Time) {
        match self.all.get_mut(set.id.index()) {
            Some(customer) => {
                self.by_reference.remove(&customer.facts.reference);
                customer.facts = set.facts.clone();
            }
            None => self.all.push(Customer {
                id: set.id,
                facts: set.facts.clone(),
                made: at,
                forgotten: None,
            }),
        }
        if !set.facts.reference.is_empty() {
            self.by_reference.insert(set.facts.reference.clone(), set.id);
        }
    }

    pub(crate) fn forget(&mut self, event: &CustomerForgotten, at: Time) {
        if let Some(customer) = self.all.get_mut(event.id.index()) {
            self.by_reference.remove(&customer.facts.reference);
            customer.facts = CustomerFacts::default();
            customer.forgotten = Some(at);
        }
    }
}

impl Serialize for Customers {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.all.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Customers {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Customers, D::Error> {
        let all = Vec::<Customer>::deserialize(deserializer)?;
        if let Some((_, wrong)) =
            all.iter().enumerate().find(|(place, customer)| customer.id.index() != *place)
        {
            let why = format!("customer {} is not at its place", wrong.id);
            return Err(serde::de::Error::custom(why));
        }
        let with_reference = all.iter().filter(|one| !one.facts.reference.is_empty());
        let by_reference =
            with_reference.map(|one| (one.facts.reference.clone(), one.id)).collect();
        Ok(Customers { all, by_reference })
    }
}
