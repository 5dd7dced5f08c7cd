//! Signed documents that contradict each other, found in any pile of them.
//!
//! Invariants: looks at verified documents only; a proof is two documents of one key that no honest holder of that key
//! can have signed; a suspicion is what a seat given back early would explain as well. The same document twice is no
//! contradiction. Not here: reading files, choosing certificates (tenure).

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::{
    context::Context,
    envelope::Envelope,
    hash::{Bytes, Hash},
    holder::Holder,
    ids::{ContainerId, LeaseId},
    lease::Lease,
    payload::payload_bytes,
    statements::Usage,
    time::Time,
    transfer::{Transfer, TransferReceipt, TransferRefusal},
    verified::Verified,
};

/// Two documents that contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// Whether nothing honest explains it.
    pub proof: bool,
    /// What is contradicted, as a code: `ledger-fork`, `lease-twice`, `seat-twice`, `transfer-twice`,
    /// `answer-twice`, `history-fork`, `usage-twice`.
    pub code: &'static str,
    /// The container that signed both.
    pub signer: String,
    /// What they say.
    pub what: String,
    /// The two documents, by the names they were given.
    pub documents: [String; 2],
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.proof { "PROOF" } else { "SUSPICION" };
        let [one, other] = &self.documents;
        write!(f, "{word} {} by {}: {}: {one}, {other}", self.code, self.signer, self.what)
    }
}

/// A seat held for a time, as one document has it.
struct Held {
    from: Time,
    until: Time,
    lease: LeaseId,
    /// Who: seats may be shared by one user, or on one device.
    who: Who,
    exact: bool,
    name: String,
}

enum Who {
    Holder(Box<Holder>),
    Pseudonym(String),
}

/// What documents say about one thing, each with its name.
type Said<K, T> = BTreeMap<K, Vec<(T, String)>>;

/// A pile of documents.
#[derive(Default)]
pub struct Audit {
    entries: Said<(ContainerId, u64), Hash>,
    leases: Said<(ContainerId, LeaseId, Time), Vec<u8>>,
    seats: BTreeMap<(ContainerId, String, u32), Vec<Held>>,
    transfers: Said<(ContainerId, Bytes), Vec<u8>>,
    answers: Said<(ContainerId, Bytes), Answer>,
    histories: Said<(ContainerId, u32, u64), [Hash; 2]>,
    reports: Said<(ContainerId, u64), Hash>,
}

/// A receipt of this transfer, or a refusal of it (none: of whatever comes).
#[derive(Clone, Copy, PartialEq)]
struct Answer {
    taken: bool,
    transfer: Option<Hash>,
}

impl Audit {
    /// Takes a lease; `envelope` is the one it was verified in.
    pub fn lease(&mut self, name: &str, envelope: &Envelope, lease: &Verified<Lease>) {
        let name = name.to_owned();
        if let Some(batch) = lease.batch()
            && let Ok(hash) = batch.entry_hash(&envelope.leaf())
        {
            self.entry(lease.server, batch.sequence, hash, &name);
            if let Some(before) = batch.sequence.checked_sub(1) {
                self.entry(lease.server, before, batch.previous, &name);
            }
        }
        let key = (lease.server, lease.id, lease.issued);
        self.leases.entry(key).or_default().push((payload_bytes::<Lease>(lease), name.clone()));
        for seat in lease.seats.iter().flat_map(|range| range.first..=range.last).take(MOST_SEATS) {
            let key = (lease.server, lease.feature.clone(), seat);
            self.seats.entry(key).or_default().push(Held {
                from: lease.issued,
                until: lease.expires,
                lease: lease.id,
                who: Who::Holder(Box::new(lease.holder.clone())),
                exact: false,
                name: name.clone(),
            });
        }
    }

    /// Takes a report of usage.
    pub fn usage(&mut self, name: &str, usage: &Verified<Usage>) {
        self.entry(usage.server, usage.to_sequence, usage.head, name);
        if let (Some(before), Some(previous)) = (usage.from_sequence.checked_sub(1), usage.previous)
        {
            self.entry(usage.server, before, previous, name);
        }
        let reports = self.reports.entry((usage.server, usage.from_sequence)).or_default();
        reports.push((Hash::of(&payload_bytes::<Usage>(usage)), name.to_owned()));
        for interval in usage.intervals.iter().filter(|interval| !interval.feature.is_empty()) {
            let seats = interval.seats.iter().flat_map(|range| range.first..=range.last);
            for seat in seats.take(MOST_SEATS) {
                let key = (usage.server, interval.feature.clone(), seat);
                self.seats.entry(key).or_default().push(Held {
                    from: interval.from,
                    until: interval.until,
                    lease: interval.lease,
                    who: Who::Pseudonym(interval.holder.clone()),
                    exact: true,
                    name: name.to_owned(),
                });
            }
        }
    }

    /// Takes a transfer; that it travelled in another one's provenance changes nothing.
    pub fn transfer(&mut self, name: &str, transfer: &Verified<Transfer>) {
        let bare = Transfer { provenance: Vec::new(), ..Transfer::clone(transfer) };
        let key = (transfer.source, transfer.nonce.clone());
        self.transfers.entry(key).or_default().push((payload_bytes(&bare), name.to_owned()));
    }

    /// Takes the receipt of a transfer.
    pub fn receipt(&mut self, name: &str, receipt: &Verified<TransferReceipt>) {
        let key = (receipt.target, receipt.nonce.clone());
        let answer = Answer { taken: true, transfer: Some(receipt.transfer) };
        self.answers.entry(key).or_default().push((answer, name.to_owned()));
    }

    /// Takes the refusal of a transfer.
    pub fn refusal(&mut self, name: &str, refusal: &Verified<TransferRefusal>) {
        let key = (refusal.target, refusal.nonce.clone());
        let answer = Answer { taken: false, transfer: refusal.transfer };
        self.answers.entry(key).or_default().push((answer, name.to_owned()));
    }

    /// Takes a context.
    pub fn context(&mut self, name: &str, context: &Verified<Context>) {
        let key = (context.id, context.generation, context.sequence);
        let state = [context.history_hash, context.ratchet];
        self.histories.entry(key).or_default().push((state, name.to_owned()));
    }

    fn entry(&mut self, server: ContainerId, sequence: u64, hash: Hash, name: &str) {
        self.entries.entry((server, sequence)).or_default().push((hash, name.to_owned()));
    }

    /// What contradicts what, proofs first.
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let mut found = Vec::new();
        for ((server, sequence), said) in &self.entries {
            let what = format!("two entries {sequence} of one ledger: it was forked or restored");
            found.extend(differing(said).map(|both| proof("ledger-fork", *server, both, &what)));
        }
        for ((server, id, _), said) in &self.leases {
            let what = format!("lease {id} was signed twice with different content");
            found.extend(differing(said).map(|both| proof("lease-twice", *server, both, &what)));
        }
        for ((source, nonce), said) in &self.transfers {
            let what = format!("request {nonce} was fulfilled twice, differently");
            found.extend(differing(said).map(|both| proof("transfer-twice", *source, both, &what)));
        }
        for ((target, nonce), said) in &self.answers {
            let what = format!("transfer {nonce} has two answers");
            let both = clashing(said, contradict).map(|(one, other)| [&one.1, &other.1]);
            found.extend(both.map(|both| proof("answer-twice", *target, both, &what)));
        }
        for ((container, generation, sequence), said) in &self.histories {
            let what = format!(
                "two states after operation {sequence} of generation {generation}: a copy goes on"
            );
            found
                .extend(differing(said).map(|both| proof("history-fork", *container, both, &what)));
        }
        for ((server, from), said) in &self.reports {
            let what = format!("two different reports from entry {from} on");
            let both = differing(said).map(|both| proof("usage-twice", *server, both, &what));
            // A report may be made anew: over more entries, or with names instead of sums.
            found.extend(both.map(|found| Contradiction { proof: false, ..found }));
        }
        self.seats_twice(&mut found);
        found.sort_by_key(|one| !one.proof);
        found
    }

    fn seats_twice(&self, found: &mut Vec<Contradiction>) {
        for ((server, feature, seat), held) in &self.seats {
            for (one, other) in clashing(held, Held::clashes) {
                let what = format!(
                    "seat {seat} of {feature} is held by {} until {} and by {} from {}",
                    one.lease, one.until, other.lease, other.from
                );
                let both = proof("seat-twice", *server, [&one.name, &other.name], &what);
                found.push(Contradiction { proof: one.exact && other.exact, ..both });
            }
        }
    }
}

/// Seats of one document that are looked at.
const MOST_SEATS: usize = 10_000;

impl Held {
    /// Whether two holders can't both have the seat.
    fn clashes(&self, other: &Held) -> bool {
        let overlap = self.from < other.until && other.from < self.until;
        let apart = match (&self.who, &other.who) {
            // One seat may count a user, a device or a session.
            (Who::Holder(one), Who::Holder(other)) => {
                one.host != other.host && (one.user.is_none() || one.user != other.user)
            }
            (Who::Pseudonym(one), Who::Pseudonym(other)) => one != other,
            // A lease and a report: the report says how long the lease was truly held.
            _ => false,
        };
        overlap && apart && self.lease != other.lease
    }
}

/// Taken and refused, or taken twice.
fn contradict((one, _): &(Answer, String), (other, _): &(Answer, String)) -> bool {
    match (one.taken, other.taken) {
        (true, true) => one.transfer != other.transfer,
        (false, false) => false,
        // A refusal that names no transfer is one of whatever comes.
        _ => one.transfer == other.transfer || one.transfer.is_none() || other.transfer.is_none(),
    }
}

fn proof(
    code: &'static str,
    signer: ContainerId,
    [one, other]: [&String; 2],
    what: &str,
) -> Contradiction {
    let documents = [one.clone(), other.clone()];
    Contradiction { proof: true, code, signer: signer.serial(), what: what.into(), documents }
}

/// The names of documents that say something else than an earlier one about the same thing.
fn differing<T: PartialEq>(said: &[(T, String)]) -> impl Iterator<Item = [&String; 2]> {
    clashing(said, |(one, _), (other, _)| one != other).map(|(one, other)| [&one.1, &other.1])
}

/// Each that clashes with an earlier one, with the first of those.
fn clashing<T>(all: &[T], clash: impl Fn(&T, &T) -> bool) -> impl Iterator<Item = (&T, &T)> {
    let earlier = move |(place, other)| {
        all[..place].iter().find(|one| clash(one, other)).map(|one| (one, other))
    };
    all.iter().enumerate().filter_map(earlier)
}
