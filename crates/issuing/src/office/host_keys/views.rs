//! Lists of host keys, and the documents that are made of them.
//!
//! Invariants: reading changes nothing; newest group first, keys in the order they were made; a document says what the
//! books say at this time. Deliberately not here: signing.

use super::book::{HostGroup, HostKeyRecord};
use super::check::HostCheckFound;
use super::command::HostCheckAsked;
use super::refusal::HostKeyRefusal;
use crate::office::numbers::CustomerId;
use crate::office::page::{Listing, Page, holds};
use crate::office::state::Office;
use tenure_document::{Bytes, HostCheck, HostKey, HostKeyId, Time};

/// How a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKeyState {
    /// It can be used.
    Valid,
    /// It can be used later.
    NotYetValid,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

impl HostKeyState {
    /// All of them, in the order of a key's life.
    pub const ALL: [HostKeyState; 4] = [
        HostKeyState::NotYetValid,
        HostKeyState::Valid,
        HostKeyState::Expired,
        HostKeyState::Revoked,
    ];

    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            HostKeyState::Valid => "valid",
            HostKeyState::NotYetValid => "not-yet-valid",
            HostKeyState::Expired => "expired",
            HostKeyState::Revoked => "revoked",
        }
    }
}

/// Which host keys are wanted; what is absent does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostKeyFilter {
    /// Of this customer.
    pub customer: Option<CustomerId>,
    /// Of this product.
    pub product: Option<String>,
    /// In this state.
    pub state: Option<HostKeyState>,
    /// With this in host, key, group, product, customer or notes.
    pub text: Option<String>,
}

impl HostKeyRecord {
    /// How it stands.
    pub fn state(&self, group: &HostGroup, now: Time) -> HostKeyState {
        match () {
            () if self.revoked.is_some() => HostKeyState::Revoked,
            () if group.terms.expires.is_some_and(|end| end < now) => HostKeyState::Expired,
            () if group.terms.not_before.is_some_and(|begin| now < begin) => {
                HostKeyState::NotYetValid
            }
            () => HostKeyState::Valid,
        }
    }
}

impl Office {
    /// Host keys with their groups.
    pub fn host_key_rows(
        &self,
        filter: &HostKeyFilter,
        page: Page,
        now: Time,
    ) -> Listing<(&HostGroup, &HostKeyRecord)> {
        let wanted = filter.text.as_deref().map(|text| text.trim().to_lowercase());
        let groups = self.host_keys.groups().iter().rev().filter(|group| {
            filter.customer.is_none_or(|customer| group.customer == Some(customer))
                && filter.product.as_ref().is_none_or(|product| group.product == *product)
        });
        let keys = groups.flat_map(|group| {
            let of_group = self.host_keys.keys_of(group);
            of_group.map(move |key| (group, key))
        });
        let fits = |(group, key): &(&HostGroup, &HostKeyRecord)| {
            filter.state.is_none_or(|state| key.state(group, now) == state)
                && wanted.as_deref().is_none_or(|wanted| self.host_key_holds(group, key, wanted))
        };
        Listing::cut(keys.filter(fits), page)
    }

    fn host_key_holds(&self, group: &HostGroup, key: &HostKeyRecord, wanted: &str) -> bool {
        let customer = group.customer.and_then(|id| self.customers.get(id));
        holds(key.host.as_str(), wanted)
            || holds(&group.product, wanted)
            || holds(&group.notes, wanted)
            || holds(&group.id.to_string(), wanted)
            || holds(&key.id.to_string(), wanted)
            || customer.is_some_and(|customer| {
                holds(&customer.facts.name, wanted) || holds(&customer.id.to_string(), wanted)
            })
    }

    /// The document of a key as it is signed now; `check_url`: where it is checked.
    ///
    /// # Errors
    /// There is no such key, or it was taken back.
    pub fn host_key_document(
        &self,
        id: HostKeyId,
        check_url: Option<&str>,
        now: Time,
    ) -> Result<HostKey, HostKeyRefusal> {
        let key = self.host_keys.key(id).ok_or(HostKeyRefusal::NoKey { id })?;
        let none = HostKeyRefusal::NoGroup { id: key.group };
        let group = self.host_keys.group(key.group).ok_or(none)?;
        if key.revoked.is_some() {
            let problem = format!("{id} was revoked: there is no file for it any more");
            return Err(HostKeyRefusal::BadValue { member: "key", problem });
        }
        let development = key.host.is_development();
        Ok(HostKey {
            id: id.to_string(),
            host: key.host.clone(),
            product: group.product.clone(),
            users: if development { 0 } else { group.terms.users },
            issued: now,
            expires: group.terms.expires,
            // Whoever develops is not kept waiting by a network.
            offline: if development { Default::default() } else { group.terms.offline },
            not_before: group.terms.not_before,
            group: Some(group.id.to_string()),
            window_days: Some(group.terms.window_days),
            enforcement: group.terms.enforcement,
            check_url: check_url.map(str::to_owned),
        })
    }
}

impl HostCheckFound {
    /// The answer as it is signed; `question`: the hash of the request.
    pub fn document(&self, asked: &HostCheckAsked, question: Bytes, at: Time) -> HostCheck {
        HostCheck {
            key: asked.key.to_string(),
            host: asked.host.clone(),
            valid: self.valid,
            reason: self.reason.map(str::to_owned),
            nonce: question,
            at,
            user_id: Some(self.user),
            users_counted: Some(self.counted),
            users_allowed: Some(self.allowed),
            next_check: Some(at.plus(self.next_check)),
        }
    }
}
