//! Deciding orders about host keys.
//!
//! Invariants: whatever is accepted can be signed, written into a license file and read again; what is the same as before
//! changes nothing. Deliberately not here: checks of applications (`check`), whether a second person is asked (staff).

use super::book::{HostGroup, HostTerms};
use super::command::{
    HostKeyCommand, HostKeyMade, HostKeyOrder, HostKeyRevoked, HostKeysAdded, HostKeysChanged,
    HostKeysIssued, HostTermsChange,
};
use super::refusal::HostKeyRefusal;
use crate::office::entitlements::EntitlementState;
use crate::office::event::Event;
use crate::office::numbers::HostGroupId;
use crate::office::refusal::Refusal;
use crate::office::state::Office;
use crate::office::text::{NAME_MAX, check_line, check_note};
use std::collections::BTreeSet;
use tenure_document::{HostName, OfflinePolicy};

/// Most users of a group.
const USERS_MAX: u32 = 10_000_000;
/// Longest window and grace.
const WINDOW_DAYS_MAX: u32 = 366;
const GRACE_DAYS_MAX: u32 = 3_660;
/// Most keys of a group.
const KEYS_MAX: usize = 1_000;
/// Bytes of a salt.
const SALT: usize = 16;

type Decided = Result<Vec<Event>, Refusal>;

impl Office {
    pub(crate) fn decide_host_key(&self, command: &HostKeyCommand) -> Decided {
        match command {
            HostKeyCommand::Issue(order) => self.issue_host_keys(order),
            HostKeyCommand::Add { by, group, keys } => {
                let known = self.host_group(*group)?;
                self.check_customer_named(known.customer.is_some(), &known.terms, keys)?;
                self.check_made(Some(known), keys)?;
                let (by, keys) = (by.clone(), keys.clone());
                Ok(vec![Event::HostKeysAdded(HostKeysAdded { by, group: *group, keys })])
            }
            HostKeyCommand::Change { by, group, change } => {
                let known = self.host_group(*group)?;
                let (terms, notes) = changed(known, change);
                check_terms(&terms)?;
                let hosts = self.host_keys.keys_of(known).map(|key| &key.host);
                check_users(&terms, hosts)?;
                check_note(&notes).map_err(bad("notes"))?;
                if terms == known.terms && notes == known.notes {
                    return Ok(Vec::new());
                }
                let more = terms.users.saturating_sub(known.terms.users);
                let event = HostKeysChanged { by: by.clone(), group: *group, terms, notes, more };
                Ok(vec![Event::HostKeysChanged(event)])
            }
            HostKeyCommand::Revoke { by, key, reason } => {
                check_line(reason, NAME_MAX).map_err(bad("reason"))?;
                let known = self.host_keys.key(*key);
                let known = known.ok_or(HostKeyRefusal::NoKey { id: *key })?;
                if known.revoked.is_some() {
                    return Ok(Vec::new());
                }
                let (by, group, reason) = (by.clone(), known.group, reason.clone());
                let event = HostKeyRevoked { by, group, key: *key, reason };
                Ok(vec![Event::HostKeyRevoked(event)])
            }
        }
    }

    fn issue_host_keys(&self, order: &HostKeyOrder) -> Decided {
        check_terms(&order.terms)?;
        check_users(&order.terms, order.keys.iter().map(|key| &key.host))?;
        check_note(&order.notes).map_err(bad("notes"))?;
        if order.salt.as_slice().len() != SALT {
            let problem = format!("must have {SALT} bytes");
            return Err(HostKeyRefusal::BadValue { member: "salt", problem }.into());
        }
        let sold = |name: &str| self.catalog.products().any(|one| one.name == name && !one.retired);
        if !sold(&order.product) {
            let product = order.product.chars().take(NAME_MAX).collect();
            return Err(HostKeyRefusal::NoProduct { product }.into());
        }
        if let Some(customer) = order.customer {
            self.customer(customer)?;
        }
        self.check_customer_named(order.customer.is_some(), &order.terms, &order.keys)?;
        self.check_entitled(order)?;
        self.check_made(None, &order.keys)?;
        let (group, order) = (self.host_keys.next(), HostKeyOrder { own: false, ..order.clone() });
        Ok(vec![Event::HostKeysIssued(HostKeysIssued { group, order })])
    }

    fn host_group(&self, id: HostGroupId) -> Result<&HostGroup, HostKeyRefusal> {
        self.host_keys.group(id).ok_or(HostKeyRefusal::NoGroup { id })
    }

    fn check_customer_named(
        &self,
        named: bool,
        terms: &HostTerms,
        keys: &[HostKeyMade],
    ) -> Result<(), HostKeyRefusal> {
        let public = keys.iter().map(|key| &key.host).find(|host| !host.is_development());
        match public {
            Some(host) if !named => Err(HostKeyRefusal::CustomerMissing { host: host.clone() }),
            Some(_) if terms.users == 0 => Err(no_users()),
            _ => Ok(()),
        }
    }

    fn check_entitled(&self, order: &HostKeyOrder) -> Result<(), HostKeyRefusal> {
        let Some(id) = order.entitlement else { return Ok(()) };
        let Some(customer) = order.customer else {
            let problem = "is named without its customer".to_owned();
            return Err(HostKeyRefusal::BadValue { member: "entitlement", problem });
        };
        let found = self.entitlements.get(id).filter(|one| one.customer == customer);
        let found = found.ok_or(HostKeyRefusal::NotTheirs { id, customer })?;
        match found.state {
            EntitlementState::Active => Ok(()),
            state => Err(HostKeyRefusal::NotActive { id, state: state.code() }),
        }
    }

    /// Keys that shall be made: some, not too many, each for a host of its own and with an id of its own.
    fn check_made(
        &self,
        group: Option<&HostGroup>,
        keys: &[HostKeyMade],
    ) -> Result<(), HostKeyRefusal> {
        let there = group.map_or(0, |group| group.keys.len());
        if keys.is_empty() || there + keys.len() > KEYS_MAX {
            let problem = format!("must be 1 to {KEYS_MAX} in all, not {}", there + keys.len());
            return Err(HostKeyRefusal::BadValue { member: "hosts", problem });
        }
        let (mut hosts, mut ids) = (BTreeSet::new(), BTreeSet::new());
        let live = group.into_iter().flat_map(|group| self.host_keys.keys_of(group));
        hosts.extend(live.filter(|key| key.revoked.is_none()).map(|key| &key.host));
        for key in keys {
            if !hosts.insert(&key.host) {
                let (group, host) = (
                    group.map_or_else(|| self.host_keys.next(), |group| group.id),
                    key.host.clone(),
                );
                return Err(HostKeyRefusal::HostTaken { group, host });
            }
            if !ids.insert(key.id) || self.host_keys.key(key.id).is_some() {
                let problem = format!("{} is taken", key.id);
                return Err(HostKeyRefusal::BadValue { member: "id", problem });
            }
        }
        Ok(())
    }
}

fn changed(group: &HostGroup, change: &HostTermsChange) -> (HostTerms, String) {
    let old = &group.terms;
    let terms = HostTerms {
        users: change.users.unwrap_or(old.users),
        window_days: change.window_days.unwrap_or(old.window_days),
        enforcement: change.enforcement.unwrap_or(old.enforcement),
        offline: change.offline.unwrap_or(old.offline),
        not_before: old.not_before,
        expires: change.expires.unwrap_or(old.expires),
    };
    (terms, change.notes.clone().unwrap_or_else(|| group.notes.clone()))
}

fn check_terms(terms: &HostTerms) -> Result<(), HostKeyRefusal> {
    let refuse = |member, problem: String| Err(HostKeyRefusal::BadValue { member, problem });
    if terms.users > USERS_MAX {
        return refuse("users", format!("must be at most {USERS_MAX}, not {}", terms.users));
    }
    if !(1..=WINDOW_DAYS_MAX).contains(&terms.window_days) {
        let problem = format!("must be 1 to {WINDOW_DAYS_MAX}, not {}", terms.window_days);
        return refuse("window_days", problem);
    }
    match terms.offline {
        OfflinePolicy::Grace(days) if !(1..=GRACE_DAYS_MAX).contains(&days) => {
            refuse("offline", format!("has grace of 1 to {GRACE_DAYS_MAX} days, not {days}"))
        }
        _ if terms
            .expires
            .is_some_and(|end| terms.not_before.is_some_and(|begin| end <= begin)) =>
        {
            refuse("expires", "must be after not_before".to_owned())
        }
        _ => Ok(()),
    }
}

/// Keys for public hosts count users.
fn check_users<'a>(
    terms: &HostTerms,
    mut hosts: impl Iterator<Item = &'a HostName>,
) -> Result<(), HostKeyRefusal> {
    if terms.users == 0 && hosts.any(|host| !host.is_development()) {
        return Err(no_users());
    }
    Ok(())
}

fn no_users() -> HostKeyRefusal {
    let problem = "must be at least 1; only keys for development count nobody".to_owned();
    HostKeyRefusal::BadValue { member: "users", problem }
}

fn bad(member: &'static str) -> impl Fn(String) -> HostKeyRefusal {
    move |problem| HostKeyRefusal::BadValue { member, problem }
}
