//! The office as it is stored: written as a stream, read back with all indices rebuilt.
//!
//! Invariants: restoring what was written gives the same state; members may be added with a default, never changed,
//! because the first entry of a ledger holds a state for ever.
//! Deliberately not here: where it is stored (ledger).

use super::activations::Activations;
use super::catalog::Catalog;
use super::command::Command;
use super::customers::Customers;
use super::entitlements::{EntitlementRecord, Entitlements};
use super::fleet::book::Fleet;
use super::hooks::book::Webhooks;
use super::host_keys::book::HostKeys;
use super::papers::Papers;
use super::staff::approvals::Approvals;
use super::staff::people::People;
use super::staff::policy::Policies;
use super::state::{Office, Publisher};
use super::usage::book::UsageBook;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

impl Serialize for Office {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Office", 13)?;
        out.serialize_field("publisher", &self.publisher)?;
        out.serialize_field("catalog", &self.catalog)?;
        out.serialize_field("customers", &self.customers)?;
        out.serialize_field("entitlements", &Stream(|| self.entitlements.records()))?;
        out.serialize_field("activations", &self.activations)?;
        out.serialize_field("fleet", &self.fleet)?;
        out.serialize_field("papers", &self.papers)?;
        out.serialize_field("people", &self.people)?;
        out.serialize_field("approvals", &self.approvals)?;
        out.serialize_field("policies", &self.policies)?;
        out.serialize_field("hooks", &self.hooks)?;
        out.serialize_field("usage", &self.usage)?;
        out.serialize_field("host_keys", &self.host_keys)?;
        out.end()
    }
}

/// A sequence that is written while it is made.
struct Stream<F>(F);

impl<F, I> Serialize for Stream<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// A stored state.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    publisher: Publisher,
    #[serde(default)]
    catalog: Catalog,
    #[serde(default)]
    customers: Customers,
    #[serde(default)]
    entitlements: Vec<EntitlementRecord>,
    #[serde(default)]
    activations: Activations,
    #[serde(default)]
    fleet: Fleet,
    #[serde(default)]
    papers: Papers,
    #[serde(default)]
    people: People,
    #[serde(default)]
    approvals: Approvals<Command>,
    #[serde(default)]
    policies: Policies,
    #[serde(default)]
    hooks: Webhooks,
    #[serde(default)]
    usage: UsageBook,
    #[serde(default)]
    host_keys: HostKeys,
}

impl<'de> Deserialize<'de> for Office {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Office, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        restore(stored).map_err(serde::de::Error::custom)
    }
}

fn restore(stored: Stored) -> Result<Office, String> {
    let entitlements = Entitlements::restore(stored.entitlements, &stored.catalog)?;
    let mut office = Office {
        publisher: stored.publisher,
        catalog: stored.catalog,
        customers: stored.customers,
        entitlements,
        activations: stored.activations,
        fleet: stored.fleet,
        papers: stored.papers,
        people: stored.people,
        approvals: stored.approvals,
        policies: stored.policies,
        hooks: stored.hooks,
        usage: stored.usage,
        host_keys: stored.host_keys,
    };
    office.count_activations()?;
    Ok(office)
}
