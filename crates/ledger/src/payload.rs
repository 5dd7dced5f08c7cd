//! The payload of an entry: what a batch recorded, as versioned JSON.
//!
//! ```json
//! {"v":1,"clock":{"boot":"…","elapsed_ms":1,"wall_ms":2},
//!  "records":[{"key":"…","request":"…","events":[…]}]}
//! ```
//! Invariants: this is a stored format; what version 1 ever wrote is read for ever, unknown members
//! are refused, and a version this program does not know is corruption, not a guess.
//! Not here: the hash and signature around it (`entry`).

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use tenure_document::Time;

use crate::{
    entry::Entry,
    fault::{Corruption, Damage},
    idempotency::{Idempotency, KeyHash, RequestHash},
    machine::Machine,
    timekeeper::{ClockAlarm, ClockMark},
};

/// The only version so far.
const VERSION: u32 = 1;

/// What one command, or the machine by itself, made happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record<E> {
    /// Idempotency key of the command; none: it had none, or nobody asked.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyHash>,
    /// What was asked with that key.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestHash>,
    /// How long the key is kept, where the caller said so.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub keep_until: Option<Time>,
    /// What happened.
    pub events: Vec<E>,
}

/// A decoded payload.
#[derive(Debug)]
pub(crate) struct Payload<E> {
    pub(crate) clock: Option<ClockMark>,
    pub(crate) alarms: Vec<ClockAlarm>,
    pub(crate) genesis: Option<Box<RawValue>>,
    pub(crate) records: Vec<Record<E>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "E: DeserializeOwned")]
struct Stored<E> {
    v: u32,
    #[serde(default)]
    clock: Option<ClockMark>,
    #[serde(default)]
    alarms: Vec<ClockAlarm>,
    #[serde(default)]
    genesis: Option<Box<RawValue>>,
    #[serde(default = "Vec::new")]
    records: Vec<Record<E>>,
}

/// Only the version: a later one may have any shape.
#[derive(Deserialize)]
struct Versioned {
    v: u32,
}

impl<E: DeserializeOwned> Payload<E> {
    /// Reads an entry's payload.
    pub(crate) fn read(entry: &Entry) -> Result<Self, Corruption> {
        let unreadable =
            |detail: String| Corruption::new(entry.sequence, Damage::Unreadable, detail);
        let stored: Stored<E> = match serde_json::from_slice(&entry.payload) {
            Ok(stored) => stored,
            Err(error) => {
                let newer = serde_json::from_slice::<Versioned>(&entry.payload);
                return Err(unreadable(match newer {
                    Ok(Versioned { v }) if v != VERSION => unknown_version(v),
                    _ => format!("the payload can't be read: {error}"),
                }));
            }
        };
        if stored.v != VERSION {
            return Err(unreadable(unknown_version(stored.v)));
        }
        let Stored { clock, alarms, genesis, records, .. } = stored;
        Ok(Self { clock, alarms, genesis, records })
    }
}

/// A payload being written: records go in as they are decided, nothing is held twice.
#[derive(Debug)]
pub(crate) struct PayloadWriter {
    bytes: Vec<u8>,
    records: u32,
}

impl PayloadWriter {
    /// A payload without records, with what it says about the clocks; in the memory of an earlier
    /// one, because a large block fresh from the system costs more than what is written into it.
    pub(crate) fn new(clock: &ClockMark, alarms: &[ClockAlarm], mut bytes: Vec<u8>) -> Self {
        bytes.clear();
        bytes.extend_from_slice(br#"{"v":1,"clock":"#);
        let plain = "marks and alarms are plain JSON";
        serde_json::to_writer(&mut bytes, clock).expect(plain);
        if !alarms.is_empty() {
            bytes.extend_from_slice(br#","alarms":"#);
            serde_json::to_writer(&mut bytes, alarms).expect(plain);
        }
        Self { bytes, records: 0 }
    }

    /// For a batch that is not going to be written.
    pub(crate) fn empty() -> Self {
        Self { bytes: Vec::new(), records: 0 }
    }

    /// The payload of the first entry: the state that everything starts from.
    pub(crate) fn genesis<M: Serialize>(
        clock: &ClockMark,
        machine: &M,
    ) -> serde_json::Result<Vec<u8>> {
        let mut writer = Self::new(clock, &[], Vec::new());
        writer.bytes.extend_from_slice(br#","genesis":"#);
        serde_json::to_writer(&mut writer.bytes, machine)?;
        writer.bytes.push(b'}');
        Ok(writer.bytes)
    }

    /// Adds a record, with its key and until when that is kept if not for the usual time. Says which it is.
    pub(crate) fn push<M: Machine>(
        &mut self,
        key: Option<(&Idempotency, Option<Time>)>,
        events: &[M::Event],
    ) -> serde_json::Result<u32> {
        let end = self.bytes.len();
        let before: &[u8] = if self.records == 0 { br#","records":[{"# } else { b",{" };
        self.bytes.extend_from_slice(before);
        if let Err(error) = write_record::<M>(key, events, &mut self.bytes) {
            self.bytes.truncate(end);
            return Err(error);
        }
        self.records += 1;
        Ok(self.records - 1)
    }

    /// Records so far.
    pub(crate) fn records(&self) -> u32 {
        self.records
    }

    /// The finished payload.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.records > 0 {
            self.bytes.push(b']');
        }
        self.bytes.push(b'}');
        self.bytes
    }
}

/// The members of a [`Record`], in its order. By hand, because the machine writes its events.
fn write_record<M: Machine>(
    key: Option<(&Idempotency, Option<Time>)>,
    events: &[M::Event],
    bytes: &mut Vec<u8>,
) -> serde_json::Result<()> {
    if let Some((Idempotency { key, request }, keep_until)) = key {
        bytes.extend_from_slice(br#""key":"#);
        serde_json::to_writer(&mut *bytes, key)?;
        bytes.extend_from_slice(br#","request":"#);
        serde_json::to_writer(&mut *bytes, request)?;
        if let Some(keep_until) = keep_until {
            bytes.extend_from_slice(br#","keep_until":"#);
            serde_json::to_writer(&mut *bytes, &keep_until)?;
        }
        bytes.push(b',');
    }
    bytes.extend_from_slice(br#""events":["#);
    for (place, event) in events.iter().enumerate() {
        if place > 0 {
            bytes.push(b',');
        }
        M::write(event, bytes)?;
    }
    bytes.extend_from_slice(b"]}");
    Ok(())
}

fn unknown_version(version: u32) -> String {
    format!("the payload has version {version}; this program reads {VERSION} only, use a newer one")
}
