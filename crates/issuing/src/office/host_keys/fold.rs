//! What each event about host keys does.
//!
//! Invariants: total; an event of a key or group that is not there changes nothing.
//! Deliberately not here: the decisions.

use super::book::{HostGroup, HostKeyRecord, HostKeys};
use super::command::{
    HostKeyMade, HostKeyRevoked, HostKeysAdded, HostKeysChanged, HostKeysIssued, HostLimitReached,
    HostUserSeen,
};
use super::users::{HostUsers, Seen, UserHash};
use crate::office::numbers::HostGroupId;
use tenure_document::{Bytes, Time};

impl HostKeys {
    pub(crate) fn issued(&mut self, event: &HostKeysIssued, at: Time) {
        let order = event.order.clone();
        self.groups.push(HostGroup {
            id: event.group,
            customer: order.customer,
            product: order.product,
            entitlement: order.entitlement,
            terms: order.terms,
            notes: order.notes,
            salt: order.salt,
            keys: Vec::new(),
            made: at,
            changed: None,
            full_on: None,
            users: HostUsers::default(),
        });
        self.make(event.group, &order.keys, at);
    }

    pub(crate) fn added(&mut self, event: &HostKeysAdded, at: Time) {
        self.make(event.group, &event.keys, at);
    }

    fn make(&mut self, group: HostGroupId, keys: &[HostKeyMade], at: Time) {
        let Some(known) = self.groups.get_mut(group.index()) else { return };
        for HostKeyMade { id, host } in keys {
            known.keys.push(*id);
            let record = HostKeyRecord {
                id: *id,
                host: host.clone(),
                group,
                made: at,
                revoked: None,
                why_revoked: String::new(),
                seen_on: None,
                seen_revision: String::new(),
            };
            self.keys.insert(*id, record);
        }
    }

    pub(crate) fn changed(&mut self, event: &HostKeysChanged, at: Time) {
        let Some(group) = self.groups.get_mut(event.group.index()) else { return };
        group.terms = event.terms.clone();
        group.notes.clone_from(&event.notes);
        group.changed = Some(at);
    }

    pub(crate) fn revoked(&mut self, event: &HostKeyRevoked, at: Time) {
        let Some(key) = self.keys.get_mut(&event.key) else { return };
        key.revoked = Some(at);
        key.why_revoked.clone_from(&event.reason);
    }

    pub(crate) fn user_seen(&mut self, event: &HostUserSeen) {
        let Some(key) = self.keys.get_mut(&event.key) else { return };
        key.seen_on = Some(event.day);
        key.seen_revision.clone_from(&event.revision);
        let group = key.group;
        let Some(group) = self.groups.get_mut(group.index()) else { return };
        let Some(user) = hash_of(&event.user) else { return };
        let was = event.was.as_ref().and_then(hash_of);
        let seen = Seen { since: event.since, last: event.day, over: event.over };
        group.users.see(user, was.as_ref(), seen);
        group.users.sweep(event.day, group.terms.window_days);
    }

    pub(crate) fn limit_reached(&mut self, event: &HostLimitReached) {
        if let Some(group) = self.groups.get_mut(event.group.index()) {
            group.full_on = Some(event.day);
        }
    }
}

fn hash_of(bytes: &Bytes) -> Option<UserHash> {
    bytes.as_slice().try_into().ok()
}
