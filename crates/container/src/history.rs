//! The history hash, and what each operation does to the items: shared by the container and by who issues for it.
//!
//! Invariants: `history_hash' = SHA-256("op" || history_hash || sequence' || SHA-256(op))`; an operation always has an
//! outcome, never an error: an update that holds a pointless operation must not block the container for ever.
//! Deliberately not here: which operations may be issued (issuing), which updates are accepted (update).

use std::collections::BTreeMap;
use tenure_document::{Count, Hash, Hasher, Item, Op, OpOutcome};

/// The most items a container holds.
pub const ITEMS_MAX: usize = 10_000;

/// The history hash after operation number `sequence`.
pub fn next_hash(previous: &Hash, sequence: u64, op: &Op) -> Hash {
    Hasher::new()
        .with(b"op")
        .with(previous.as_bytes())
        .with_u64(sequence)
        .with(Hash::of(&op_bytes(op)).as_bytes())
        .finish()
}

/// Does to `items` what `op` says.
pub fn apply_op(items: &mut BTreeMap<String, Item>, op: &Op) -> OpOutcome {
    match op {
        Op::Add { item } => {
            if items.contains_key(&item.id) {
                return OpOutcome::NoEffect;
            }
            items.insert(item.id.clone(), item.clone());
            OpOutcome::Applied
        }
        Op::Replace { item } => match items.get_mut(&item.id) {
            Some(held) => {
                *held = item.clone();
                OpOutcome::Applied
            }
            None => OpOutcome::NoEffect,
        },
        Op::Withdraw { item_id, count } => withdraw(items, item_id, *count),
        Op::Certify { .. } => OpOutcome::Applied,
        // Of transfers only the container knows; it does these itself.
        Op::Refund { .. } | Op::Settle { .. } => OpOutcome::NoEffect,
    }
}

/// Takes an item away, or a part of its count.
fn withdraw(items: &mut BTreeMap<String, Item>, item_id: &str, part: Option<u64>) -> OpOutcome {
    let Some(item) = items.get_mut(item_id) else { return OpOutcome::NoEffect };
    match (part, &item.count) {
        (None, _) => {}
        (Some(_), Count::Uncounted) => return OpOutcome::NoEffect,
        (Some(part), Count::Counted(held)) => {
            let left = u64::from(*held).saturating_sub(part);
            if let Some(left) = u32::try_from(left).ok().filter(|left| *left > 0) {
                item.count = Count::Counted(left);
                return OpOutcome::Applied;
            }
        }
    }
    items.remove(item_id);
    OpOutcome::Applied
}

/// Whether it brings an item that may move without the office.
pub(crate) fn is_movable(op: &Op) -> bool {
    match op {
        Op::Add { item } | Op::Replace { item } => item.moves.is_some(),
        _ => false,
    }
}

/// The bytes of an operation that the history hash covers: its compact JSON in the order of the format.
fn op_bytes(op: &Op) -> Vec<u8> {
    // An operation is plain data with string keys: serialization into memory can't fail.
    serde_json::to_vec(op).unwrap_or_default()
}
