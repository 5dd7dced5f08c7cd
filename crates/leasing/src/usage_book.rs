//! Metered uses that can still be taken back, and how far each client has reported.
//!
//! Invariants: a use is forgotten when it can no longer be taken back; a client's count only grows; the units
//! themselves are counted on the shelves. Deliberately not here: deciding about uses (metering).

use crate::ids::UsageId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::{HostId, KeyId, Time};

/// A use that can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenUsage {
    pub(crate) parts: Vec<Units>,
    /// None: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signed_by: Option<KeyId>,
    /// What of it counts against reservations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) reserved: Vec<ReservedUnits>,
}

/// Units of a use that count against the reservation of this device or user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReservedUnits {
    pub(crate) host: HostId,
    /// The place of the item among the parts of the use.
    pub(crate) part: usize,
    pub(crate) count: u64,
}

/// Units of one item in one pool. Written as a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Units {
    /// Item and units, of the default pool.
    Open(String, u64),
    /// Item, units and pool.
    Pooled(String, u64, String),
}

impl Units {
    pub(crate) fn new(item: &str, count: u64, pool: Option<&str>) -> Units {
        match pool {
            None => Units::Open(item.to_owned(), count),
            Some(pool) => Units::Pooled(item.to_owned(), count, pool.to_owned()),
        }
    }

    pub(crate) fn item(&self) -> &str {
        match self {
            Units::Open(item, _) | Units::Pooled(item, ..) => item,
        }
    }

    pub(crate) fn count(&self) -> u64 {
        match self {
            Units::Open(_, count) | Units::Pooled(_, count, _) => *count,
        }
    }

    /// The named pool; none: the default pool.
    pub(crate) fn pool(&self) -> Option<&str> {
        match self {
            Units::Open(..) => None,
            Units::Pooled(_, _, pool) => Some(pool),
        }
    }
}

/// Who counts entries of offline use: a device and its own name for the count.
pub(crate) type ClientName = (HostId, String);

/// Uses and clients.
#[derive(Debug, Clone)]
pub(crate) struct UsageBook {
    next: UsageId,
    open: BTreeMap<UsageId, OpenUsage>,
    ends: BTreeSet<(Time, UsageId)>,
    clients: BTreeMap<ClientName, u64>,
}

impl UsageBook {
    pub(crate) fn restore(
        next: UsageId,
        open: BTreeMap<UsageId, OpenUsage>,
        clients: BTreeMap<ClientName, u64>,
    ) -> UsageBook {
        let ends = open.iter().filter_map(|(id, usage)| usage.until.map(|until| (until, *id)));
        UsageBook { next, ends: ends.collect(), open, clients }
    }

    pub(crate) fn next(&self) -> UsageId {
        self.next
    }

    pub(crate) fn get(&self, id: UsageId) -> Option<&OpenUsage> {
        self.open.get(&id)
    }

    pub(crate) fn open(&self) -> &BTreeMap<UsageId, OpenUsage> {
        &self.open
    }

    pub(crate) fn clients(&self) -> &BTreeMap<ClientName, u64> {
        &self.clients
    }

    /// Uses that can be taken back for ever.
    pub(crate) fn for_ever(&self) -> u64 {
        (self.open.len() - self.ends.len()) as u64
    }

    /// Whether this client has reported before.
    pub(crate) fn knows(&self, client: &ClientName) -> bool {
        self.clients.contains_key(client)
    }

    /// The last entry that this client has reported.
    pub(crate) fn through(&self, client: &ClientName) -> u64 {
        self.clients.get(client).copied().unwrap_or(0)
    }

    pub(crate) fn report(&mut self, client: ClientName, through: u64) {
        let held = self.clients.entry(client).or_default();
        *held = through.max(*held);
    }

    /// Remembers a use, and forgets those that can't be taken back `at` this time.
    pub(crate) fn add(&mut self, id: UsageId, usage: OpenUsage, at: Time) {
        while let Some((until, old)) = self.ends.first().copied()
            && until < at
        {
            self.ends.remove(&(until, old));
            self.open.remove(&old);
        }
        self.next = UsageId(id.0 + 1);
        if let Some(until) = usage.until {
            self.ends.insert((until, id));
        }
        self.open.insert(id, usage);
    }

    /// What was used up in these pools counts for the default pool from now on.
    pub(crate) fn forget_pools(&mut self, pools: &BTreeSet<String>) {
        let parts = self.open.values_mut().flat_map(|usage| usage.parts.iter_mut());
        for units in parts.filter(|units| units.pool().is_some_and(|pool| pools.contains(pool))) {
            *units = Units::new(units.item(), units.count(), None);
        }
    }

    pub(crate) fn remove(&mut self, id: UsageId) -> Option<OpenUsage> {
        let usage = self.open.remove(&id)?;
        if let Some(until) = usage.until {
            self.ends.remove(&(until, id));
        }
        Some(usage)
    }
}

impl Default for UsageBook {
    fn default() -> UsageBook {
        UsageBook::restore(UsageId(1), BTreeMap::new(), BTreeMap::new())
    }
}
