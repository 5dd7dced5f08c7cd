//! Idempotency keys: which request each key was used for and where its events are recorded.
//!
//! Invariants: at most 64 bytes of memory per key; the table is a fold of the entries and survives
//! restarts with them; a key is kept until its time has passed, and the oldest goes first when
//! there are more than allowed.
//! Not here: reading the recorded events back and the duplicate within one batch (`core`).

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};
use tenure_document::Time;

use crate::chunks::Chunks;

/// What makes a repeated request recognisable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// Hash of who asks and the key they chose.
    pub key: KeyHash,
    /// Hash of what is asked.
    pub request: RequestHash,
}

impl Idempotency {
    /// For `key` as chosen by `principal`, who asks `request` (any bytes that are equal exactly
    /// when the requests are).
    pub fn new(principal: &str, key: &str, request: &[u8]) -> Self {
        Self::of_parts(principal, key, &[request])
    }

    /// The same of a request in parts, which are not joined first.
    pub fn of_parts(principal: &str, key: &str, request: &[&[u8]]) -> Self {
        let mut digest = Sha256::new();
        digest.update((principal.len() as u64).to_be_bytes());
        digest.update(principal.as_bytes());
        digest.update(key.as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&digest.finalize()[..16]);
        let mut digest = Sha256::new();
        request.iter().for_each(|part| digest.update(part));
        let mut hash = [0; 8];
        hash.copy_from_slice(&digest.finalize()[..8]);
        Self {
            key: KeyHash(u128::from_be_bytes(key)),
            request: RequestHash(u64::from_be_bytes(hash)),
        }
    }
}

/// 128 bits of a hash of principal and key. Hexadecimal in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyHash(pub u128);

/// 64 bits of a hash of the request. Hexadecimal in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestHash(pub u64);

impl Serialize for KeyHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_hex::<16, 32, S>(self.0.to_be_bytes(), serializer)
    }
}

impl<'de> Deserialize<'de> for KeyHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map(Self).map_err(D::Error::custom)
    }
}

impl Serialize for RequestHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_hex::<8, 16, S>(self.0.to_be_bytes(), serializer)
    }
}

impl<'de> Deserialize<'de> for RequestHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map(Self).map_err(D::Error::custom)
    }
}

/// How long idempotency keys are remembered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keep {
    pub(crate) time: Duration,
    pub(crate) max: usize,
}

/// Where a key's events are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Entry.
    pub(crate) sequence: u64,
    /// Record within it.
    pub(crate) record: u32,
}

/// 40 bytes: the key is split so that the slot is aligned to 8.
#[derive(Clone, Copy, Debug)]
struct Slot {
    key: [u64; 2],
    request: u64,
    sequence: u64,
    record: u32,
    /// Seconds since 1970, rounded up.
    keep_until: u32,
}

/// Positions count modulo 2^31, so that an index cell holds one and the mark of a free cell.
const POSITIONS: u32 = 0x7fff_ffff;

/// All keys that are remembered, oldest first, with an open-addressing index of 4-byte positions.
#[derive(Debug, Default)]
pub(crate) struct KeyTable {
    slots: Chunks<Slot>,
    /// Position of the first slot, counted from the beginning of time; wraps.
    first: u32,
    /// `position + 1`, 0 is free; the length is a power of two.
    index: Vec<u32>,
}

impl KeyTable {
    /// What the key was used for, if it is remembered.
    pub(crate) fn find(&self, key: KeyHash) -> Option<(RequestHash, Place)> {
        let slot = &self.slots[self.bucket(key).and_then(|bucket| self.slot_of(bucket))?];
        let place = Place { sequence: slot.sequence, record: slot.record };
        Some((RequestHash(slot.request), place))
    }

    /// Remembers a key, in place of an older use of it. Lets go of keys whose time has passed at
    /// `now`, and of the oldest beyond `max`.
    pub(crate) fn insert(
        &mut self,
        key: KeyHash,
        request: RequestHash,
        place: Place,
        keep_until: Time,
        now: Time,
        max: usize,
    ) {
        self.evict(now, max.max(1));
        if let Some(at) = self.bucket(key).and_then(|bucket| self.slot_of(bucket)) {
            // An expired key that is still here: its old place must not come back.
            let slot = &mut self.slots[at];
            (slot.request, slot.sequence, slot.record) = (request.0, place.sequence, place.record);
            slot.keep_until = seconds_up(keep_until);
            return;
        }
        self.push(Slot {
            key: split(key),
            request: request.0,
            sequence: place.sequence,
            record: place.record,
            keep_until: seconds_up(keep_until),
        });
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Keys in order, for a snapshot.
    pub(crate) fn rows(&self) -> impl Iterator<Item = KeyRow> + '_ {
        self.slots.iter().map(|slot| {
            let key = KeyHash(join(slot.key));
            KeyRow(key, RequestHash(slot.request), slot.sequence, slot.record, slot.keep_until)
        })
    }

    /// The table that [`KeyTable::rows`] was of.
    pub(crate) fn from_rows(rows: Vec<KeyRow>) -> Self {
        let mut table = Self::default();
        for KeyRow(key, request, sequence, record, keep_until) in rows {
            table.push(Slot { key: split(key), request: request.0, sequence, record, keep_until });
        }
        table
    }

    /// Drops from the front what has run out. A long-lived key at the front goes to the back, a few
    /// at a time, so that it holds up nothing behind it and each insertion stays cheap.
    fn evict(&mut self, now: Time, max: usize) {
        let now = u32::try_from(now.as_millis().max(0) / 1000).unwrap_or(u32::MAX);
        let mut moved = 0;
        while let Some(front) = self.slots.front() {
            let over = self.slots.len() >= max;
            if over || front.keep_until < now {
                self.pop();
            } else if moved < 2
                && self.slots.back().is_some_and(|back| front.keep_until > back.keep_until)
            {
                self.pop();
                self.push(front);
                moved += 1;
            } else {
                return;
            }
        }
    }

    fn push(&mut self, slot: Slot) {
        // Each step past a cell that is taken looks at its slot, somewhere else in memory: the index stays sparse.
        if (self.slots.len() + 1) * 10 > self.index.len() * 6 {
            self.grow();
        }
        let position = self.first.wrapping_add(self.slots.len() as u32);
        self.slots.push_back(slot);
        let free = self.free_bucket(slot.key);
        self.index[free] = mark(position);
    }

    fn pop(&mut self) {
        let Some(front) = self.slots.front() else { return };
        if let Some(bucket) = self.bucket(KeyHash(join(front.key))) {
            self.unlink(bucket);
        }
        self.slots.pop_front();
        self.first = self.first.wrapping_add(1);
    }

    fn grow(&mut self) {
        let size = (self.index.len() * 2).max(64);
        self.index = vec![0; size];
        for at in 0..self.slots.len() {
            let free = self.free_bucket(self.slots[at].key);
            self.index[free] = mark(self.first.wrapping_add(at as u32));
        }
    }

    fn home(&self, key: [u64; 2]) -> usize {
        // Keys are hashes already: their low bits are as good as any.
        key[1] as usize & (self.index.len() - 1)
    }

    fn free_bucket(&self, key: [u64; 2]) -> usize {
        let mut bucket = self.home(key);
        while self.index[bucket] != 0 {
            bucket = (bucket + 1) & (self.index.len() - 1);
        }
        bucket
    }

    fn bucket(&self, key: KeyHash) -> Option<usize> {
        if self.index.is_empty() {
            return None;
        }
        let key = split(key);
        let mut bucket = self.home(key);
        while self.index[bucket] != 0 {
            if self.slot_of(bucket).is_some_and(|at| self.slots[at].key == key) {
                return Some(bucket);
            }
            bucket = (bucket + 1) & (self.index.len() - 1);
        }
        None
    }

    fn slot_of(&self, bucket: usize) -> Option<usize> {
        let position = self.index[bucket].checked_sub(1)?;
        Some((position.wrapping_sub(self.first) & POSITIONS) as usize)
    }

    /// Frees a bucket and moves up what had to step aside for it.
    fn unlink(&mut self, bucket: usize) {
        let last = self.index.len() - 1;
        let (mut hole, mut next) = (bucket, (bucket + 1) & last);
        while let Some(at) = (self.index[next] != 0).then(|| self.slot_of(next)).flatten() {
            let home = self.home(self.slots[at].key);
            if (next.wrapping_sub(home) & last) >= (next.wrapping_sub(hole) & last) {
                self.index[hole] = self.index[next];
                hole = next;
            }
            next = (next + 1) & last;
        }
        self.index[hole] = 0;
    }
}

/// A key as a snapshot holds it: key, request, sequence, record, keep-until in seconds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeyRow(KeyHash, RequestHash, u64, u32, u32);

fn mark(position: u32) -> u32 {
    (position & POSITIONS) + 1
}

fn split(key: KeyHash) -> [u64; 2] {
    [(key.0 >> 64) as u64, key.0 as u64]
}

fn join(key: [u64; 2]) -> u128 {
    (u128::from(key[0]) << 64) | u128::from(key[1])
}

/// Every command with a key passes here: no allocation and no formatting machinery.
fn serialize_hex<const BYTES: usize, const DIGITS: usize, S: Serializer>(
    bytes: [u8; BYTES],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut digits = [b'0'; DIGITS];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
        pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
    serializer.serialize_str(std::str::from_utf8(&digits).unwrap_or_default())
}

fn seconds_up(time: Time) -> u32 {
    u32::try_from(time.as_millis().max(0).saturating_add(999) / 1000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn place(number: u64) -> Place {
        Place { sequence: number, record: number as u32 }
    }

    fn second(seconds: u32) -> Time {
        Time::from_millis(i64::from(seconds) * 1000)
    }

    proptest! {
        /// Against a plain map: what is neither run out nor pushed out is found as it was put in, also
        /// when keys collide in the index, and a copy by rows finds the same.
        #[test]
        fn a_table_finds_what_a_map_finds(uses in prop::collection::vec((0..200u128, 0..90u32, 0..5u32), 1..600)) {
            let mut table = KeyTable::default();
            let mut map = BTreeMap::new();
            let mut now = 0;
            for (number, (key, keep, pause)) in uses.into_iter().enumerate() {
                now += pause;
                // Few different low bits: many keys want the same cell.
                let key = KeyHash((key << 70) | (key % 7));
                let request = RequestHash(number as u64);
                let until = now + keep;
                table.insert(key, request, place(number as u64), second(until), second(now), 1000);
                map.insert(key.0, (until, request, place(number as u64)));
                map.retain(|key, (until, ..)| *until >= now || table.find(KeyHash(*key)).is_some());
                for (key, (_, request, place)) in &map {
                    prop_assert_eq!(table.find(KeyHash(*key)), Some((*request, *place)));
                }
                prop_assert_eq!(table.len(), map.len());
            }
            let copy = KeyTable::from_rows(table.rows().collect());
            for (key, (_, request, place)) in &map {
                prop_assert_eq!(copy.find(KeyHash(*key)), Some((*request, *place)));
            }
        }
    }

    #[test]
    fn keys_are_hexadecimal_in_json() {
        let given = (KeyHash(0x0123_4567_89ab_cdef), RequestHash(0xfe));
        let text = serde_json::to_string(&given).unwrap();
        assert_eq!(text, r#"["00000000000000000123456789abcdef","00000000000000fe"]"#);
        assert_eq!(serde_json::from_str::<(KeyHash, RequestHash)>(&text).unwrap(), given);
    }

    #[test]
    fn a_key_takes_at_most_64_bytes() {
        let mut table = KeyTable::default();
        for number in 0..300_000u64 {
            let Idempotency { key, request } = Idempotency::new("", &number.to_string(), b"");
            table.insert(key, request, place(number), second(1), second(0), 1_000_000);
            if number > 10_000 {
                let bytes = table.slots.bytes() + table.index.capacity() * 4;
                assert!(bytes / table.len() <= 64, "{} at {number}", bytes / table.len());
            }
        }
        for number in 0..300_000u64 {
            let key = Idempotency::new("", &number.to_string(), b"").key;
            assert_eq!(table.find(key).map(|(_, place)| place.sequence), Some(number));
        }
    }

    #[test]
    fn positions_may_wrap() {
        let mut table = KeyTable { first: u32::MAX - 40, ..KeyTable::default() };
        for number in 0..500u64 {
            let key = KeyHash(u128::from(number) * 3);
            table.insert(key, RequestHash(number), place(number), second(9), second(0), 20);
            for back in 0..table.len() as u64 {
                let key = KeyHash(u128::from(number - back) * 3);
                assert_eq!(
                    table.find(key),
                    Some((RequestHash(number - back), place(number - back)))
                );
            }
        }
        assert_eq!(table.len(), 20);
    }

    #[test]
    fn a_long_lived_key_holds_up_nothing() {
        let mut table = KeyTable::default();
        for number in 0..10_000u32 {
            let keep = if number % 100 == 0 { 1_000_000 } else { 50 };
            let until = second(number + keep);
            table.insert(
                KeyHash(u128::from(number)),
                RequestHash(0),
                place(0),
                until,
                second(number),
                100_000,
            );
        }
        assert!(table.len() < 100 + 200, "{}", table.len());
        assert!(table.find(KeyHash(0)).is_some());
    }
}
