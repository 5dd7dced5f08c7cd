//! The fold: state as it follows from the entries, from the first one or from a snapshot on.
//!
//! Invariants: this is the only way from disk to state, used alike at start, after a failure, by
//! the background snapshot and for a look at an earlier instant; every entry is checked (hash,
//! link, time) before its events are applied, the newest one's signature too.
//! Not here: anything that writes entries.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tenure_document::{PublicKey, Time};
use tracing::warn;

use crate::{
    anchor::archived,
    entry::{Entry, EntrySigner, GENESIS, Head},
    fault::{Corruption, Damage, LedgerError},
    idempotency::{Keep, KeyRow, KeyTable, Place},
    machine::Machine,
    payload::Payload,
    port::Reader,
    snapshot,
    timekeeper::ClockHistory,
};

/// Entries per read.
const PAGE: usize = 1024;

/// A machine with everything else that follows from the entries.
#[derive(Debug)]
pub(crate) struct Fold<M> {
    pub(crate) machine: M,
    pub(crate) head: Head,
    pub(crate) keys: KeyTable,
    pub(crate) clock: ClockHistory,
    pub(crate) since: Since,
}

/// What has come since the last snapshot.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Since {
    pub(crate) snapshot: Option<u64>,
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

impl Since {
    pub(crate) fn add(&mut self, entry: &Entry) {
        self.entries += 1;
        self.bytes += entry.stored_bytes() as u64;
    }
}

#[derive(Serialize)]
struct BodyRef<'a, M> {
    at: Time,
    epoch: u64,
    clock: &'a ClockHistory,
    keys: Vec<KeyRow>,
    machine: &'a M,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "M: DeserializeOwned")]
struct Body<M> {
    at: Time,
    epoch: u64,
    clock: ClockHistory,
    keys: Vec<KeyRow>,
    machine: M,
}

impl<M: Machine> Fold<M> {
    /// The state after the first entry.
    pub(crate) fn genesis(entry: &Entry) -> Result<Self, Corruption> {
        entry.check(None)?;
        let unreadable = |detail: String| Corruption::new(GENESIS, Damage::Unreadable, detail);
        let payload = Payload::<M::Event>::read(entry)?;
        let state = payload
            .genesis
            .ok_or_else(|| unreadable("the first entry holds no state".to_owned()))?;
        let machine = serde_json::from_str(state.get()).map_err(|error| {
            unreadable(format!("the first entry's state can't be read: {error}"))
        })?;
        let mut clock = ClockHistory::default();
        clock.record(payload.clock, payload.alarms, entry.sequence, entry.at);
        let mut since = Since::default();
        since.add(entry);
        Ok(Self { machine, head: entry.head(), keys: KeyTable::default(), clock, since })
    }

    /// Checks an entry and takes in what it says.
    pub(crate) fn apply(&mut self, entry: &Entry, keep: Keep) -> Result<(), Corruption> {
        entry.check(Some(&self.head))?;
        let payload = Payload::<M::Event>::read(entry)?;
        for (record, index) in payload.records.iter().zip(0..) {
            for event in &record.events {
                self.machine.apply(event, entry.at);
            }
            if let (Some(key), Some(request)) = (record.key, record.request) {
                let until = record.keep_until.unwrap_or_else(|| entry.at.plus(keep.time));
                let place = Place { sequence: entry.sequence, record: index };
                self.keys.insert(key, request, place, until, entry.at, keep.max);
            }
        }
        self.clock.record(payload.clock, payload.alarms, entry.sequence, entry.at);
        self.head = entry.head();
        self.since.add(entry);
        Ok(())
    }

    /// The state as a snapshot's bytes.
    pub(crate) fn to_snapshot(&self, signer: &dyn EntrySigner) -> Result<Vec<u8>, LedgerError> {
        let Head { at, epoch, .. } = self.head;
        let keys = self.keys.rows().collect();
        let body = BodyRef { at, epoch, clock: &self.clock, keys, machine: &self.machine };
        serde_json::to_vec(&body)
            .and_then(|body| snapshot::encode(self.head.sequence, self.head.hash, signer, &body))
            .map_err(|error| LedgerError::io("write the state as JSON", error))
    }

    /// Whether a snapshot can be relied upon: read as a start would read it.
    ///
    /// # Errors
    /// It is not what was written, or this program can't read what it writes.
    pub(crate) fn prove_snapshot(
        bytes: &[u8],
        head: &Head,
        key: &PublicKey,
    ) -> Result<(), LedgerError> {
        let refused = |why: String| LedgerError::io("prove the state it keeps", why);
        let (header, body) = snapshot::decode(bytes, key).map_err(refused)?;
        let body: Body<M> =
            serde_json::from_slice(body).map_err(|error| refused(error.to_string()))?;
        let found =
            Head { sequence: header.sequence, hash: header.entry, at: body.at, epoch: body.epoch };
        if found == *head { Ok(()) } else { Err(refused("it is of another entry".to_owned())) }
    }

    /// Folds up to the end of the ledger, or up to where `enough` says so of the next entry. None:
    /// the ledger is empty.
    pub(crate) fn load(
        reader: &mut dyn Reader,
        key: &PublicKey,
        keep: Keep,
        enough: &mut dyn FnMut(&Entry) -> bool,
    ) -> Result<Option<Self>, LedgerError> {
        let head = reader.head()?;
        let newest = head.map(|head| head.sequence);
        let Some(mut fold) = Self::start(reader, key, newest, enough)? else { return Ok(None) };
        loop {
            let page = reader.read(fold.head.sequence + 1, PAGE)?;
            let Some(last) = page.last() else { break };
            last.check_signature(key)?;
            for entry in &page {
                if enough(entry) {
                    return Ok(Some(fold));
                }
                fold.apply(entry, keep)?;
            }
        }
        if newest.is_some_and(|newest| newest > fold.head.sequence) {
            let missing = fold.head.sequence + 1;
            return Err(
                Corruption::new(missing, Damage::Missing, "entries after it are there").into()
            );
        }
        Ok(Some(fold))
    }

    /// The newest snapshot that holds, or the first entry. A ledger that was cut has no first entry:
    /// there the state kept with the cut is the last resort.
    fn start(
        reader: &mut dyn Reader,
        key: &PublicKey,
        newest: Option<u64>,
        enough: &mut dyn FnMut(&Entry) -> bool,
    ) -> Result<Option<Self>, LedgerError> {
        let beginning = reader.beginning()?;
        let mut why_not = None;
        for sequence in reader.snapshots()? {
            if sequence < beginning.sequence {
                break;
            }
            let bytes = match reader.load_snapshot(sequence) {
                Ok(bytes) => bytes,
                Err(error) => {
                    let error = error.chain();
                    warn!(sequence, error, "snapshot can't be read, an older one is used");
                    why_not = Some(error);
                    continue;
                }
            };
            match Self::from_snapshot(reader, key, &bytes, newest, enough)? {
                Ok(Some(fold)) => return Ok(Some(fold)),
                Ok(None) if sequence == beginning.sequence && sequence > GENESIS => {
                    return Err(archived(sequence.saturating_sub(1), &beginning));
                }
                Ok(None) => {}
                Err(why) => {
                    warn!(sequence, why, "snapshot refused, an older one is used");
                    why_not = Some(why);
                }
            }
        }
        if beginning.sequence > GENESIS {
            let why = why_not.unwrap_or_else(|| "it is not there".to_owned());
            let detail = format!(
                "the state that this ledger begins with can't be used ({why}); it can be made anew \
                 from the archive"
            );
            return Err(Corruption::new(beginning.sequence, Damage::UnusableState, detail).into());
        }
        let Some(first) = reader.read(GENESIS, 1)?.pop() else {
            let Some(newest) = newest else { return Ok(None) };
            let detail = format!("the ledger has entries up to {newest}, but not the first one");
            return Err(Corruption::new(GENESIS, Damage::Missing, detail).into());
        };
        first.check_signature(key)?;
        Ok(Some(Self::genesis(&first)?))
    }

    /// The state of a snapshot. Inner `None`: it is later than what is asked for. Inner error: why
    /// it is refused.
    #[allow(clippy::type_complexity)]
    fn from_snapshot(
        reader: &mut dyn Reader,
        key: &PublicKey,
        bytes: &[u8],
        newest: Option<u64>,
        enough: &mut dyn FnMut(&Entry) -> bool,
    ) -> Result<Result<Option<Self>, String>, LedgerError> {
        let (header, body) = match snapshot::decode(bytes, key) {
            Ok(parts) => parts,
            Err(why) => return Ok(Err(why)),
        };
        let sequence = header.sequence;
        // Asked anew: entry and snapshot may both have come since the fold began.
        let newest = reader.head()?.map(|head| head.sequence).max(newest);
        if newest.is_none_or(|newest| newest < sequence) {
            // Signed by this server, whole, and of an entry that is not there: the ledger was cut
            // or an old copy was put back.
            let end = newest.map_or("is empty".to_owned(), |newest| format!("ends at {newest}"));
            let detail =
                format!("a snapshot proves that entry {sequence} existed, but the ledger {end}");
            let missing = newest.map_or(GENESIS, |newest| newest + 1);
            return Err(Corruption::new(missing, Damage::Missing, detail).into());
        }
        let Some(entry) =
            reader.read(sequence, 1)?.pop().filter(|entry| entry.sequence == sequence)
        else {
            return Err(Corruption::new(
                sequence,
                Damage::Missing,
                "a snapshot proves that it existed",
            )
            .into());
        };
        if entry.hash != header.entry {
            return Ok(Err(
                "it belongs to another ledger, or to one that went on differently".to_owned()
            ));
        }
        entry.check_whole(sequence)?;
        entry.check_signature(key)?;
        if enough(&entry) {
            return Ok(Ok(None));
        }
        let body: Body<M> = match serde_json::from_slice(body) {
            Ok(body) => body,
            Err(error) => {
                return Ok(Err(format!("its state can't be read by this program: {error}")));
            }
        };
        let head = Head { sequence, hash: header.entry, at: body.at, epoch: body.epoch };
        if head != entry.head() {
            return Ok(Err("its time or epoch is not that of its entry".to_owned()));
        }
        let since = Since { snapshot: Some(sequence), entries: 0, bytes: 0 };
        let keys = KeyTable::from_rows(body.keys);
        Ok(Ok(Some(Self { machine: body.machine, head, keys, clock: body.clock, since })))
    }
}
