//! The history of one container in a compact form: what it may still need, and enough of the rest to judge by.
//!
//! Invariants: the whole hash is kept for the last acknowledged operation and every one after it, so that a context is
//! acknowledged only with the right hash; of older operations four bytes each are kept, which tell a restored copy from
//! a foreign history (both get nothing); operations are kept as the bytes that were hashed until they are acknowledged.
//! Deliberately not here: what a context means (contact), which operations are issued (issuing).

use crate::office::activations::Step;
use crate::office::numbers::ActivationNo;
use serde::{Deserialize, Serialize};
use tenure_container::next_hash;
use tenure_document::{Bytes, ContainerId, Hash, Numbered, Op};

/// What number and name of an operation take in an update, in bytes.
pub(crate) const NUMBERED: usize = 64;
/// How much of an old hash is kept.
const PREFIX: usize = 4;

/// What was issued to a container in its present generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The last operation that the container is known to have applied.
    acknowledged: u64,
    /// The history hash there.
    hash: Hash,
    /// The beginnings of the hashes before it, from operation 0.
    #[serde(default, skip_serializing_if = "is_empty")]
    past: Bytes,
    /// The operations after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    waiting: Vec<Waiting>,
}

/// An operation that is not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Waiting {
    /// Its compact JSON.
    op: Box<str>,
    /// The history hash after it.
    hash: Hash,
    /// The activation that it is for, and what it does about it.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "for")]
    purpose: Option<Purpose>,
}

/// What an operation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// Which activation.
    #[serde(rename = "no")]
    pub activation: ActivationNo,
    /// What is done about it.
    pub step: Step,
}

fn is_empty(bytes: &Bytes) -> bool {
    bytes.as_slice().is_empty()
}

impl Default for History {
    fn default() -> History {
        History { acknowledged: 0, hash: Hash::ZERO, past: Bytes::default(), waiting: Vec::new() }
    }
}

impl History {
    /// The last operation that the container is known to have applied.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// The number of the last operation issued.
    pub fn issued(&self) -> u64 {
        self.acknowledged + self.waiting.len() as u64
    }

    /// The history hash after an operation, as far as it is kept whole.
    pub fn hash_at(&self, sequence: u64) -> Option<Hash> {
        match sequence.checked_sub(self.acknowledged)? {
            0 => Some(self.hash),
            after => self.waiting.get(usize::try_from(after - 1).ok()?).map(|one| one.hash),
        }
    }

    /// The hash after the last operation issued.
    pub fn head(&self) -> Hash {
        self.waiting.last().map_or(self.hash, |one| one.hash)
    }

    /// Whether what was issued has this hash after this operation; of old ones the beginning decides.
    pub fn fits(&self, sequence: u64, hash: Hash) -> bool {
        if sequence >= self.acknowledged {
            return self.hash_at(sequence) == Some(hash);
        }
        let place = usize::try_from(sequence).unwrap_or(usize::MAX);
        let kept = self.past.as_slice().chunks_exact(PREFIX).nth(place);
        kept == Some(&hash.as_bytes()[..PREFIX])
    }

    /// The operations that are not acknowledged, with their names.
    pub fn waiting(&self, id: ContainerId, generation: u32) -> Vec<Numbered> {
        let prefix = op_prefix(id, generation);
        let ops = (self.acknowledged + 1..).zip(&self.waiting);
        ops.filter_map(|(sequence, one)| {
            let op = one.op()?;
            Some(Numbered { sequence, op_id: format!("{prefix}-{sequence}"), op })
        })
        .collect()
    }

    /// How many of them an update has room for that can take so many bytes; the first is always one.
    pub fn fitting(&self, room: usize) -> usize {
        let mut taken = 0;
        let fits = |one: &&Waiting| {
            taken += one.size();
            taken <= room
        };
        self.waiting.iter().take_while(fits).count().max(1)
    }

    /// How many operations are not acknowledged.
    pub fn waiting_count(&self) -> usize {
        self.waiting.len()
    }

    /// How long the operations that are not acknowledged are in an update, in bytes.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting.iter().map(Waiting::size).sum()
    }

    /// What the operations up to and including `to` that are not acknowledged are for, by their number.
    pub fn purposes(&self, to: u64) -> impl Iterator<Item = (u64, Purpose)> {
        let ops = (self.acknowledged + 1..=to).zip(&self.waiting);
        ops.filter_map(|(sequence, one)| Some((sequence, one.purpose?)))
    }

    /// Whether an operation after `sequence` is still for this.
    pub fn is_unfinished(&self, sequence: u64, purpose: Purpose) -> bool {
        let done = usize::try_from(sequence.saturating_sub(self.acknowledged)).unwrap_or(0);
        self.waiting.iter().skip(done).any(|one| one.purpose == Some(purpose))
    }

    /// Puts an operation at the end.
    pub fn append(&mut self, op: &Op, purpose: Option<Purpose>) {
        let hash = next_hash(&self.head(), self.issued() + 1, op);
        // Plain data with string keys: serialization into memory can't fail.
        let op = serde_json::to_string(op).unwrap_or_default().into();
        self.waiting.push(Waiting { op, hash, purpose });
    }

    /// The container is known to have applied everything up to here; older news changes nothing.
    pub fn acknowledge(&mut self, sequence: u64) {
        let known = usize::try_from(sequence.saturating_sub(self.acknowledged)).unwrap_or(0);
        if known == 0 || known > self.waiting.len() {
            return;
        }
        for one in self.waiting.drain(..known) {
            self.past.0.extend_from_slice(&self.hash.as_bytes()[..PREFIX]);
            self.hash = one.hash;
        }
        self.acknowledged = sequence;
        self.past.0.shrink_to_fit();
        self.waiting.shrink_to_fit();
    }

    /// Checks that `suffix` is exactly what was issued from `seen` (with `hash`) to the acknowledged operation.
    pub fn is_suffix(&self, seen: u64, hash: Hash, suffix: &[Op]) -> bool {
        if !self.fits(seen, hash) || seen + suffix.len() as u64 != self.acknowledged {
            return false;
        }
        let end =
            (seen + 1..).zip(suffix).fold(hash, |hash, (number, op)| next_hash(&hash, number, op));
        end == self.hash
    }

    /// Goes back to what a restored container has: `suffix` is no longer acknowledged.
    pub fn go_back(&mut self, seen: u64, hash: Hash, suffix: &[Op]) {
        let after = std::mem::take(&mut self.waiting);
        self.past.0.truncate(usize::try_from(seen).unwrap_or(usize::MAX).saturating_mul(PREFIX));
        (self.acknowledged, self.hash) = (seen, hash);
        suffix.iter().for_each(|op| self.append(op, None));
        self.waiting.extend(after);
    }
}

impl Waiting {
    fn size(&self) -> usize {
        self.op.len() + NUMBERED
    }

    fn op(&self) -> Option<Op> {
        serde_json::from_str(&self.op).ok()
    }
}

/// Operations are named after the container's serial; from the second generation on with its number.
fn op_prefix(id: ContainerId, generation: u32) -> String {
    match generation {
        1 => id.serial(),
        later => format!("{}.{later}", id.serial()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_document::{Count, Item, Version};

    fn add(number: u32) -> Op {
        let item = Item::new(format!("i{number}"), "cad", Version::new(1, 0, 0), Count::Counted(1));
        Op::Add { item }
    }

    fn issued(count: u32) -> (History, Vec<Hash>) {
        let mut history = History::default();
        let mut hashes = vec![history.head()];
        for number in 1..=count {
            history.append(&add(number), None);
            hashes.push(history.head());
        }
        (history, hashes)
    }

    #[test]
    fn old_hashes_still_tell_a_restored_copy_from_a_foreign_history() {
        let (mut history, hashes) = issued(6);
        history.acknowledge(4);
        for sequence in 0..=6u64 {
            let right = hashes[sequence as usize];
            assert!(history.fits(sequence, right));
            assert!(!history.fits(sequence, Hash::of(b"other")));
        }
        assert!(!history.fits(7, Hash::ZERO));
        let stored = serde_json::to_string(&history).unwrap();
        assert_eq!(serde_json::from_str::<History>(&stored).unwrap(), history);
        assert_eq!((history.acknowledged(), history.issued(), history.head()), (4, 6, hashes[6]));
        // Older news and news of what was never issued change nothing.
        let before = history.clone();
        history.acknowledge(3);
        history.acknowledge(9);
        assert_eq!(history, before);
    }

    #[test]
    fn going_back_needs_exactly_what_was_issued_and_gives_the_same_history_again() {
        let (mut history, hashes) = issued(6);
        history.acknowledge(5);
        let suffix: Vec<Op> = (3..=5).map(add).collect();
        assert!(history.is_suffix(2, hashes[2], &suffix));
        assert!(!history.is_suffix(2, hashes[2], &suffix[1..]));
        assert!(!history.is_suffix(1, hashes[1], &suffix));
        assert!(!history.is_suffix(2, hashes[2], &[add(3), add(4), add(9)]));
        history.go_back(2, hashes[2], &suffix);
        let mut expected = issued(6).0;
        expected.acknowledge(2);
        assert_eq!(history, expected);
        let names: Vec<String> = history
            .waiting(ContainerId([9; 16]), 2)
            .into_iter()
            .map(|numbered| numbered.op_id)
            .collect();
        assert_eq!(names[0], "T-0RHJ-P26T-QDDQ.2-3");
        assert_eq!(names.len(), 4);
    }
}
