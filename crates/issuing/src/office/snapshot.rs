//! The office as it is stored: written as a stream, read back with all indices rebuilt.
//!
//! Invariants: restoring what was written gives the same state; members may be added with a default, never changed,
//! because the first entry of a ledger holds a state for ever.
//! Deliberately not here: where it is stored (ledger).

use super::activations::Activations;
use super::catalog::Catalog;
use super::customers::Customers;
use super::entitlements::{EntitlementRecord, Entitlements};
use super::state::{Office, Publisher};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

impl Serialize for Office {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Office", 5)?;
        out.serialize_field("publisher", &self.publisher)?;
        out.serialize_field("catalog", &self.catalog)?;
        out.serialize_field("customers", &self.customers)?;
        out.serialize_field("entitlements", &Stream(|| self.entitlements.records()))?;
        out.serialize_field("activations", &self.activations)?;
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
    };
    office.count_activations()?;
    Ok(office)
}
