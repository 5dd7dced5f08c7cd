//! Entitlements: what a customer bought under one activation ID.
//!
//! Invariants: an activation ID names one entitlement for ever; lines are numbered from 1 in the order they were bought
//! and never deleted; every unit that was ever bought came by an order with a reference.
//! Deliberately not here: the units in containers (activations); commands and their checks (`entitlement_command`,
//! `entitlement_decide`).

use super::catalog::Catalog;
use super::line::{Line, LineRecord};
use super::numbers::CustomerId;
use super::terms::is_default;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use tenure_document::{ActivationId, Time};

/// What a customer bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// The activation ID.
    pub id: ActivationId,
    /// Who bought it.
    pub customer: CustomerId,
    /// What.
    pub lines: Vec<Line>,
    /// By which orders.
    pub orders: Vec<OrderTaken>,
    /// Whether it can be used.
    pub state: EntitlementState,
    /// Not activated before; absent: from the beginning.
    pub activate_from: Option<Time>,
    /// Not activated after; absent: for ever.
    pub activate_until: Option<Time>,
    /// Anything else, for people.
    pub notes: String,
    /// Since when it is there.
    pub made: Time,
}

impl Entitlement {
    /// A line by its number.
    pub fn line(&self, no: u32) -> Option<&Line> {
        self.lines.get((no as usize).checked_sub(1)?)
    }

    pub(crate) fn line_mut(&mut self, no: u32) -> Option<&mut Line> {
        self.lines.get_mut((no as usize).checked_sub(1)?)
    }

    /// The order with this reference.
    pub fn order(&self, reference: &str) -> Option<&OrderTaken> {
        self.orders.iter().find(|order| order.reference == reference)
    }
}

/// Whether an entitlement can be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntitlementState {
    /// It can.
    #[default]
    Active,
    /// Nothing new is activated for now; what is in containers stays.
    Suspended,
    /// It is taken back: nothing is activated, and what is in containers is withdrawn at the next contact.
    Withdrawn,
}

impl EntitlementState {
    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            EntitlementState::Active => "active",
            EntitlementState::Suspended => "suspended",
            EntitlementState::Withdrawn => "withdrawn",
        }
    }
}

/// An order that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderTaken {
    /// Its number in the shop or the books.
    pub reference: String,
    /// When it was taken.
    pub at: Time,
    /// Units by line.
    pub units: Vec<(u32, u32)>,
}

/// All entitlements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entitlements {
    /// In the order in which they were made.
    all: Vec<Entitlement>,
    by_id: HashMap<ActivationId, u32>,
    by_customer: BTreeSet<(CustomerId, u32)>,
}

impl Entitlements {
    /// One of them.
    pub fn get(&self, id: ActivationId) -> Option<&Entitlement> {
        self.all.get(*self.by_id.get(&id)? as usize)
    }

    /// A line of one of them.
    pub fn line(&self, id: ActivationId, line: u32) -> Option<&Line> {
        self.get(id)?.line(line)
    }

    /// All of them, oldest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Entitlement> {
        self.all.iter()
    }

    /// Those of a customer, oldest first.
    pub fn of_customer(
        &self,
        customer: CustomerId,
    ) -> impl DoubleEndedIterator<Item = &Entitlement> {
        let places = self.by_customer.range((customer, 0)..=(customer, u32::MAX));
        places.filter_map(|(_, place)| self.all.get(*place as usize))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn get_mut(&mut self, id: ActivationId) -> Option<&mut Entitlement> {
        self.all.get_mut(*self.by_id.get(&id)? as usize)
    }

    pub(crate) fn line_mut(&mut self, id: ActivationId, line: u32) -> Option<&mut Line> {
        self.get_mut(id)?.line_mut(line)
    }

    pub(crate) fn insert(&mut self, entitlement: Entitlement) {
        let place = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.by_customer.insert((entitlement.customer, place));
        self.by_id.insert(entitlement.id, place);
        self.all.push(entitlement);
    }

    /// Gives an entitlement to another customer.
    pub(crate) fn hand_over(&mut self, id: ActivationId, to: CustomerId) {
        let Some(place) = self.by_id.get(&id).copied() else {
            return;
        };
        if let Some(entitlement) = self.all.get_mut(place as usize) {
            self.by_customer.remove(&(entitlement.customer, place));
            self.by_customer.insert((to, place));
            entitlement.customer = to;
        }
    }

    /// As they are stored.
    pub(crate) fn records(&self) -> impl Iterator<Item = EntitlementRecord> {
        self.all.iter().map(EntitlementRecord::of)
    }

    /// From how they were stored.
    pub(crate) fn restore(
        records: Vec<EntitlementRecord>,
        catalog: &Catalog,
    ) -> Result<Entitlements, String> {
        let mut entitlements = Entitlements::default();
        for record in records {
            entitlements.insert(record.restore(catalog)?);
        }
        Ok(entitlements)
    }
}

/// An entitlement as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntitlementRecord {
    id: ActivationId,
    customer: CustomerId,
    lines: Vec<LineRecord>,
    orders: Vec<OrderTaken>,
    #[serde(default, skip_serializing_if = "is_default")]
    state: EntitlementState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    activate_from: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    activate_until: Option<Time>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    notes: String,
    made: Time,
}

impl EntitlementRecord {
    fn of(entitlement: &Entitlement) -> EntitlementRecord {
        EntitlementRecord {
            id: entitlement.id,
            customer: entitlement.customer,
            lines: entitlement.lines.iter().map(LineRecord::of).collect(),
            orders: entitlement.orders.clone(),
            state: entitlement.state,
            activate_from: entitlement.activate_from,
            activate_until: entitlement.activate_until,
            notes: entitlement.notes.clone(),
            made: entitlement.made,
        }
    }

    fn restore(self, catalog: &Catalog) -> Result<Entitlement, String> {
        let id = self.id;
        let mut lines = Vec::with_capacity(self.lines.len());
        for (place, record) in self.lines.into_iter().enumerate() {
            let no = record.no;
            if no as usize != place + 1 {
                return Err(format!("line {no} of entitlement {id} is not at its place"));
            }
            let line = record.restore(catalog);
            lines.push(line.ok_or_else(|| {
                format!("line {no} of entitlement {id} sells what the catalog never had")
            })?);
        }
        Ok(Entitlement {
            id,
            customer: self.customer,
            lines,
            orders: self.orders,
            state: self.state,
            activate_from: self.activate_from,
            activate_until: self.activate_until,
            notes: self.notes,
            made: self.made,
        })
    }
}
