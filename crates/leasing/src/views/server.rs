//! The server itself: properties, users, client keys, how it stands.
//!
//! Invariants: password hashes leave only with a [`User`], for the edge to check, never in a row for people.
//! Deliberately not here: health of the process and of the ledger (server).

use crate::account::{ClientKey, User};
use crate::property::{PropertyKind, PropertyValue, Spec, TABLE};
use crate::state::{Leasing, Suspension};
use crate::term::Now;
use tenure_document::{HostId, KeyId, LeaseId, Time};

/// One property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyRow {
    /// Its key, `group.name`.
    pub key: &'static str,
    /// Its value now.
    pub value: PropertyValue,
    /// Its value when nobody sets it.
    pub default: PropertyValue,
    /// What values it takes.
    pub kind: PropertyKind,
    /// What it does.
    pub description: &'static str,
    /// Why it can't be changed; none: it can.
    pub fixed: Option<&'static str>,
    /// Somebody set it.
    pub is_set: bool,
}

/// How the server stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The serial of its container.
    pub serial: String,
    /// What people call it.
    pub name: String,
    /// Items of its container.
    pub items: usize,
    /// Live leases.
    pub leases: usize,
    /// Devices that hold something or have a seat kept.
    pub devices: usize,
    /// Denials kept for display.
    pub denials: usize,
    /// Nothing new is granted by an administrator's order.
    pub suspended: Option<Suspension>,
    /// Nothing new is granted until then, because the ledger was found to be behind.
    pub reconciling_until: Option<Time>,
    /// So far is the wall clock behind the time that is certain; 0 when it is not.
    pub clock_behind_ms: i64,
    /// Somebody should set the clock right.
    pub clock_alarm: bool,
    /// The publisher has revoked this server.
    pub revoked: bool,
    /// The number of the last lease granted.
    pub last_lease: LeaseId,
}

impl Leasing {
    /// Every property, in the order of the table.
    pub fn property_rows(&self) -> Vec<PropertyRow> {
        TABLE.iter().map(|spec| self.property_row(spec)).collect()
    }

    /// One property.
    pub fn property(&self, key: &str) -> Option<PropertyRow> {
        crate::property::spec(key).map(|spec| self.property_row(spec))
    }

    fn property_row(&self, spec: &'static Spec) -> PropertyRow {
        let (value, fixed) = match spec.kind {
            PropertyKind::Fixed { reason } => {
                (PropertyValue::Word(self.fixed_text(spec.key)), Some(reason))
            }
            _ => (self.properties.value(spec), None),
        };
        let default = if fixed.is_some() { value.clone() } else { spec.kind.default() };
        PropertyRow {
            key: spec.key,
            value,
            default,
            kind: spec.kind,
            description: spec.description,
            fixed,
            is_set: self.properties.is_set(spec.key),
        }
    }

    fn fixed_text(&self, key: &str) -> String {
        match key {
            "server.serial" => self.container.id().serial(),
            "server.name" => self.container.name().to_owned(),
            "publisher.root" => self.container.root().to_string(),
            _ => String::new(),
        }
    }

    /// True where this property, a flag, is on.
    pub fn is_on(&self, key: &str) -> bool {
        self.property(key).is_some_and(|row| row.value == PropertyValue::Flag(true))
    }

    /// All users, by name.
    pub fn users(&self) -> impl ExactSizeIterator<Item = &User> {
        self.users.values()
    }

    /// One user.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.get(name)
    }

    /// All client keys, by their identity; revoked ones too.
    pub fn client_keys(&self) -> impl ExactSizeIterator<Item = &ClientKey> {
        self.client_keys.values()
    }

    /// One client key.
    pub fn client_key(&self, id: KeyId) -> Option<&ClientKey> {
        self.client_keys.get(&id)
    }

    /// The last entry of offline use that a client has reported.
    pub fn usage_through(&self, host: &HostId, client: &str) -> u64 {
        self.usage.through(&(host.clone(), client.to_owned()))
    }

    /// How the server stands.
    pub fn status(&self, now: Now) -> Status {
        let rights = self.container.rights(now.reading);
        Status {
            serial: self.container.id().serial(),
            name: self.container.name().to_owned(),
            items: self.container.items().len(),
            leases: self.leases.len(),
            devices: self.devices.len(),
            denials: self.denials.noted().len(),
            suspended: self.suspended.clone(),
            reconciling_until: self.reconcile_until.filter(|until| now.at < *until),
            clock_behind_ms: rights.behind_ms,
            clock_alarm: rights.is_alarming(),
            revoked: self.container.is_revoked(),
            last_lease: LeaseId(self.next_lease.0.saturating_sub(1)),
        }
    }
}
