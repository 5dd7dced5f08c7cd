//! What is done with publisher keys: begin, add, rotate, revoke.
//!
//! Invariants: each act makes the next key list or revocation list, never changes an old one; a replaced key stops
//! signing but what it signed stays good; a key that could still be needed to verify stays in the list.
//! Deliberately not here: files (key_folder), the command line (keys).

use super::key_folder::KeyFolder;
use crate::exit::Failure;
use std::time::Duration;
use tenure_document::{
    ContainerId, KeyId, KeyRecord, Keyset, PublicKey, Revocation, RevokedContainer, Role,
    RootRecord, Time,
};

const DAY: Duration = Duration::from_secs(86_400);
/// New keys may sign from a little earlier: clocks of two machines are never the same.
const EARLY: Duration = DAY;
/// What a key signed is accepted this long after it stopped signing.
const VERIFY_DAYS: u32 = 3650;
/// So many keys of a role stay in the list.
const KEPT_PER_ROLE: usize = 3;
/// The roles a publisher begins with.
const FIRST_ROLES: [Role; 3] = [Role::Issuer, Role::Certifier, Role::Revoker];

/// What a new publisher key may do.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Its role.
    pub role: Role,
    /// Document types; all of the role when empty.
    pub types: Vec<String>,
    /// Product patterns; all products when empty.
    pub products: Vec<String>,
    /// How long it may sign.
    pub days: u32,
}

/// The first key list of a publisher, from root keys made before.
///
/// # Errors
/// The folder can't be written.
pub fn begin(
    folder: &mut KeyFolder,
    publisher: &str,
    root: RootRecord,
    (sealed, days): (bool, u32),
    now: Time,
) -> anyhow::Result<()> {
    let mut keys = Vec::new();
    for role in FIRST_ROLES {
        let key = folder.make_key("publisher", sealed)?;
        keys.push(record(
            key,
            &Scope { role, types: Vec::new(), products: Vec::new(), days },
            now,
        )?);
    }
    let keyset = Keyset {
        version: 1,
        publisher: publisher.to_owned(),
        root,
        keys,
        issued: now,
        revocation_sequence: 0,
    };
    folder.publish_keyset(&keyset)?;
    let listed: Vec<String> =
        keyset.keys.iter().map(|key| format!("{} {}", key.role, key.id)).collect();
    folder.note(
        now,
        &format!(
            "keys made for {publisher:?}: {}; root {}; key list 1",
            listed.join(", "),
            keyset.root.pin()
        ),
    )
}

/// One more publisher key.
///
/// # Errors
/// The scope makes no sense; too few root keys are here.
pub fn add(folder: &mut KeyFolder, scope: &Scope, now: Time) -> anyhow::Result<KeyId> {
    let mut keyset = next(folder, now)?;
    let root = folder.root_signers(&keyset.root)?;
    drop(root);
    let key = folder.make_key("publisher", folder.is_sealed())?;
    let record = record(key, scope, now)?;
    let id = record.id;
    keyset.keys.push(record);
    folder.publish_keyset(&keyset)?;
    folder.note(now, &format!("{} key {id} added; key list {}", scope.role, keyset.version))?;
    Ok(id)
}

/// New keys in the place of the present ones of these roles; the old ones stop signing.
///
/// # Errors
/// Too few root keys are here.
pub fn rotate(
    folder: &mut KeyFolder,
    roles: &[Role],
    days: u32,
    now: Time,
) -> anyhow::Result<Vec<KeyId>> {
    let mut keyset = next(folder, now)?;
    folder.root_signers(&keyset.root)?;
    let sealed = folder.is_sealed();
    let mut made = Vec::new();
    for role in roles {
        let Some(present) = keyset.keys.iter().rev().find(|key| key.role == *role) else {
            continue;
        };
        let scope = Scope {
            role: *role,
            types: present.types.clone(),
            products: present.products.clone(),
            days,
        };
        for old in keyset.keys.iter_mut().filter(|key| key.role == *role) {
            old.sign_until = old.sign_until.min(now).max(old.sign_from);
        }
        let record = record(folder.make_key("publisher", sealed)?, &scope, now)?;
        made.push(record.id);
        keyset.keys.push(record);
        forget_oldest(&mut keyset.keys, *role);
    }
    folder.publish_keyset(&keyset)?;
    // The list goes on under the new key before the old one leaves the key list some day.
    if let Some(mut list) =
        folder.trust().revocation().cloned().filter(|_| roles.contains(&Role::Revoker))
    {
        list.sequence += 1;
        list.issued = now;
        folder.publish_revocation(&list, now)?;
    }
    let listed: Vec<String> = made.iter().map(KeyId::to_string).collect();
    folder.note(
        now,
        &format!("keys rotated, new: {}; key list {}", listed.join(", "), keyset.version),
    )?;
    Ok(made)
}

/// A new root; the old one and the new one sign.
///
/// # Errors
/// Too few old root keys are here.
pub fn rotate_root(
    folder: &mut KeyFolder,
    roots: u32,
    threshold: u32,
    now: Time,
) -> anyhow::Result<()> {
    let mut keyset = next(folder, now)?;
    folder.root_signers(&keyset.root)?;
    let sealed = folder.is_sealed();
    keyset.root = make_root(folder, roots, threshold, sealed)?;
    folder.publish_keyset(&keyset)?;
    folder.note(now, &format!("root changed to {}; key list {}", keyset.root.pin(), keyset.version))
}

/// Root keys.
///
/// # Errors
/// The numbers make no sense.
pub fn make_root(
    folder: &mut KeyFolder,
    roots: u32,
    threshold: u32,
    sealed: bool,
) -> anyhow::Result<RootRecord> {
    check_root(roots, threshold)?;
    let keys =
        (0..roots).map(|_| folder.make_key("root", sealed)).collect::<Result<Vec<_>, _>>()?;
    Ok(RootRecord { threshold, keys })
}

/// Says whether so many root keys make sense.
///
/// # Errors
/// They do not.
pub fn check_root(roots: u32, threshold: u32) -> anyhow::Result<()> {
    // Two roots sign when the root changes, and a document carries at most eight signatures.
    if !(1..=8).contains(&roots) || threshold == 0 || threshold > roots || threshold > 4 {
        return Err(Failure::usage(
            "there are 1 to 8 root keys, and the threshold is 1 to 4 and not more than the keys",
        )
        .into());
    }
    Ok(())
}

/// What is to be revoked.
#[derive(Debug, Clone, Copy)]
pub enum Revoked {
    /// A publisher key.
    Key(KeyId),
    /// A container up to and including a generation.
    Container(ContainerId, u32),
}

/// The next revocation list.
///
/// # Errors
/// The key is unknown, or the list would revoke the key that signs it.
pub fn revoke(folder: &mut KeyFolder, revoked: Revoked, now: Time) -> anyhow::Result<u64> {
    let mut list = match folder.trust().revocation() {
        Some(list) => list.clone(),
        None => Revocation {
            sequence: folder.keyset()?.revocation_sequence,
            issued: now,
            keys: Vec::new(),
            containers: Vec::new(),
        },
    };
    let named = match revoked {
        Revoked::Key(id) => {
            revoke_key(folder, &mut list, id, now)?;
            format!("key {id}")
        }
        Revoked::Container(container, generation) => {
            list.containers
                .retain(|entry| entry.container != container || entry.generation > generation);
            if !list.containers.iter().any(|entry| entry.container == container) {
                list.containers.push(RevokedContainer { container, generation });
            }
            format!("container {} up to generation {generation}", container.serial())
        }
    };
    list.sequence += 1;
    list.issued = now;
    folder.publish_revocation(&list, now)?;
    folder.note(now, &format!("{named} revoked; revocation list {}", list.sequence))?;
    Ok(list.sequence)
}

fn revoke_key(
    folder: &KeyFolder,
    list: &mut Revocation,
    id: KeyId,
    now: Time,
) -> anyhow::Result<()> {
    let keyset = folder.keyset()?;
    let Some(record) = keyset.keys.iter().find(|key| key.id == id) else {
        let why = if keyset.root.keys.iter().any(|key| key.id() == id) {
            Failure::refused(
                "root-key",
                "a root key is not revoked by a list but replaced: tenure keys rotate --root",
            )
        } else {
            Failure::refused("unknown-key", format!("key {id} is not in the key list"))
        };
        return Err(why.hint("see the keys with: tenure keys show").into());
    };
    if record.role == Role::Revoker && folder.current(Role::Revoker, now, |_| true)?.id == id {
        return Err(Failure::refused("own-key", "this is the key that signs revocation lists")
            .hint("replace it first: tenure keys rotate --role revoker")
            .into());
    }
    if !list.keys.contains(&id) {
        list.keys.push(id);
    }
    Ok(())
}

/// The present key list as the next version.
fn next(folder: &KeyFolder, now: Time) -> anyhow::Result<Keyset> {
    let mut keyset = folder.keyset()?.clone();
    keyset.version += 1;
    keyset.issued = now;
    Ok(keyset)
}

fn record(key: PublicKey, scope: &Scope, now: Time) -> anyhow::Result<KeyRecord> {
    let allowed = scope.role.types();
    if let Some(wrong) = scope.types.iter().find(|name| !allowed.contains(&name.as_str())) {
        return Err(Failure::usage(format!(
            "a {} key may sign {}, not {wrong}",
            scope.role,
            allowed.join(", ")
        ))
        .into());
    }
    let or_all = |given: &[String], all: &[&str]| {
        if given.is_empty() {
            all.iter().map(|name| (*name).to_owned()).collect()
        } else {
            given.to_vec()
        }
    };
    let sign_until = now.plus(DAY * scope.days);
    Ok(KeyRecord {
        id: key.id(),
        key,
        role: scope.role,
        types: or_all(&scope.types, allowed),
        products: or_all(&scope.products, &["*"]),
        sign_from: now.minus(EARLY),
        sign_until,
        verify_until: sign_until.plus(DAY * VERIFY_DAYS),
    })
}

/// Keeps the newest keys of a role: a key list must stay small enough to travel.
fn forget_oldest(keys: &mut Vec<KeyRecord>, role: Role) {
    let count = keys.iter().filter(|key| key.role == role).count();
    let mut surplus = count.saturating_sub(KEPT_PER_ROLE);
    keys.retain(|key| {
        let goes = key.role == role && surplus > 0;
        surplus -= usize::from(goes);
        !goes
    });
}
