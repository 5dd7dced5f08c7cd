//! Deciding what administrators order: users, client keys, properties, dropping devices, suspending.
//!
//! Invariants: somebody with the role `admin` stays once there was one; administrators never lengthen or grant anything;
//! every order is an event with the name of who gave it.
//! Deliberately not here: logins, passwords, whether the role allows it (server).

use crate::account::{ClientKey, Role, User};
use crate::checkout::bad;
use crate::event::{DeviceDropped, Event};
use crate::property::{PropertyValue, Settings, check};
use crate::refusal::Refusal;
use crate::request::UserChange;
use crate::state::Leasing;
use crate::term::{Now, RECLAIM_MARGIN_MS, Term, later, millis};
use std::collections::BTreeMap;
use tenure_document::{HostId, KeyId, LeaseId};

/// The longest name of a user or a key, in bytes.
const NAME_MAX: usize = 256;
/// The longest hash string, key or reason, in bytes.
const TEXT_MAX: usize = 4_096;
/// So many leases at most are taken to have been forgotten after the one that showed it: their numbers are left out.
const FORGOTTEN_MAX: u64 = 1_000_000;

pub(crate) fn set_properties(
    state: &Leasing,
    by: &str,
    changes: &BTreeMap<String, Option<PropertyValue>>,
) -> Result<Vec<Event>, Refusal> {
    check(changes)?;
    let mut after = state.properties.clone();
    after.change(changes);
    if after == state.properties {
        return Ok(Vec::new());
    }
    Ok(vec![Event::PropertiesSet { by: by.to_owned(), changes: changes.clone() }])
}

pub(crate) fn create_user(
    state: &Leasing,
    by: &str,
    (name, password_hash, roles): (&str, &str, &[Role]),
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    check_name(name)?;
    check_size("the password hash", password_hash.len())?;
    if state.users.contains_key(name) {
        return Err(Refusal::UserExists { name: name.to_owned() });
    }
    let user = User {
        name: name.to_owned(),
        password_hash: password_hash.to_owned(),
        roles: in_order(roles),
        created: now.at,
        changed: now.at,
    };
    Ok(vec![Event::UserSet { by: by.to_owned(), user }])
}

pub(crate) fn change_user(
    state: &Leasing,
    by: &str,
    name: &str,
    change: &UserChange,
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    let before = find_user(state, name)?;
    let mut user = before.clone();
    if let Some(hash) = &change.password_hash {
        check_size("the password hash", hash.len())?;
        user.password_hash.clone_from(hash);
    }
    if let Some(roles) = &change.roles {
        user.roles = in_order(roles);
    }
    if user == *before {
        return Ok(Vec::new());
    }
    if !user.roles.contains(&Role::Admin) {
        check_admin_stays(state, name)?;
    }
    user.changed = now.at;
    Ok(vec![Event::UserSet { by: by.to_owned(), user }])
}

pub(crate) fn delete_user(state: &Leasing, by: &str, name: &str) -> Result<Vec<Event>, Refusal> {
    find_user(state, name)?;
    check_admin_stays(state, name)?;
    Ok(vec![Event::UserDeleted { by: by.to_owned(), name: name.to_owned() }])
}

fn find_user<'a>(state: &'a Leasing, name: &str) -> Result<&'a User, Refusal> {
    let unknown = || Refusal::UserUnknown { name: name.chars().take(NAME_MAX).collect() };
    state.users.get(name).ok_or_else(unknown)
}

/// Without this user somebody must remain who may administer, unless nobody may now.
fn check_admin_stays(state: &Leasing, without: &str) -> Result<(), Refusal> {
    let is_admin = |user: &User| user.roles.contains(&Role::Admin);
    let was = state.users.get(without).is_some_and(is_admin);
    let others = state.users.values().any(|user| user.name != without && is_admin(user));
    if was && !others { Err(Refusal::LastAdmin) } else { Ok(()) }
}

/// Roles in order and without doubles; reading at least.
fn in_order(roles: &[Role]) -> Vec<Role> {
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        roles.push(Role::Read);
    }
    roles
}

pub(crate) fn add_client_key(
    state: &Leasing,
    by: &str,
    key: &ClientKey,
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    check_name(&key.name)?;
    check_size("the key", key.key.as_slice().len())?;
    if state.client_keys.contains_key(&key.id) {
        return Err(Refusal::ClientKeyExists { id: key.id });
    }
    let key = ClientKey { added: now.at, revoked: None, ..key.clone() };
    Ok(vec![Event::ClientKeyAdded { by: by.to_owned(), key }])
}

pub(crate) fn revoke_client_key(
    state: &Leasing,
    by: &str,
    id: KeyId,
) -> Result<Vec<Event>, Refusal> {
    let Some(key) = state.client_keys.get(&id) else {
        return Err(Refusal::ClientKeyUnknown { id });
    };
    if key.revoked.is_some() {
        return Ok(Vec::new());
    }
    Ok(vec![Event::ClientKeyRevoked { by: by.to_owned(), id }])
}

pub(crate) fn drop_device(
    state: &Leasing,
    by: &str,
    (host, reason): (&HostId, Option<&str>),
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    let live = state.leases_of_host(host).filter(|lease| !lease.dropped);
    let leases: Vec<_> = live.map(|lease| lease.id).collect();
    if leases.is_empty() {
        return Err(Refusal::DeviceUnknown { host: host.clone() });
    }
    check_size("the reason", reason.map_or(0, str::len))?;
    Ok(vec![Event::DeviceDropped(DeviceDropped {
        by: by.to_owned(),
        host: host.clone(),
        reason: reason.map(str::to_owned),
        leases,
        until: later(now.at, millis(state.settings.drop_cooldown_seconds)),
    })])
}

pub(crate) fn suspend(
    state: &Leasing,
    by: &str,
    reason: Option<&str>,
) -> Result<Vec<Event>, Refusal> {
    check_size("the reason", reason.map_or(0, str::len))?;
    if state.suspended.is_some() {
        return Err(Refusal::AlreadySuspended);
    }
    Ok(vec![Event::Suspended { by: by.to_owned(), reason: reason.map(str::to_owned) }])
}

pub(crate) fn resume(state: &Leasing, by: &str) -> Result<Vec<Event>, Refusal> {
    if state.suspended.is_none() {
        return Err(Refusal::NotSuspended);
    }
    Ok(vec![Event::Resumed { by: by.to_owned() }])
}

pub(crate) fn record_archive(by: &str, begins: u64, folder: &str) -> Result<Vec<Event>, Refusal> {
    check_size("the folder's name", folder.len())?;
    let (by, folder) = (by.to_owned(), folder.to_owned());
    Ok(vec![Event::LedgerArchived { by, begins, folder }])
}

/// The ledger was found to be behind: nothing new until every floating lease that may be forgotten has ended.
pub(crate) fn reconcile(
    state: &Leasing,
    evidence: &str,
    lease: Option<LeaseId>,
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    check_size("the evidence", evidence.len())?;
    if lease.is_some_and(|lease| lease < state.next_lease) {
        return Ok(Vec::new());
    }
    let Settings { floating_seconds, max_seconds, granularity, .. } = state.settings;
    let term = Term { seconds: floating_seconds.min(max_seconds), granularity, left_ms: None };
    let until = later(term.end(now.at), RECLAIM_MARGIN_MS);
    let next_lease = lease.map(|lease| LeaseId(lease.0.saturating_add(FORGOTTEN_MAX)));
    if next_lease.is_none() && state.reconcile_until.is_some_and(|known| known >= until) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::Reconciling { until, evidence: evidence.to_owned(), next_lease }])
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.is_empty() || name.len() > NAME_MAX || name.chars().any(char::is_control) {
        return bad(format!("a name must have 1 to {NAME_MAX} bytes and no control characters"));
    }
    Ok(())
}

fn check_size(what: &str, bytes: usize) -> Result<(), Refusal> {
    if bytes > TEXT_MAX {
        return bad(format!("{what} must have at most {TEXT_MAX} bytes"));
    }
    Ok(())
}
