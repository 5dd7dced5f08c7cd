//! What can happen to a container: the stored format of its history inside a ledger.
//!
//! Invariants: an event carries everything that `apply` needs (no signature is checked again at replay); names and
//! shapes are a stored format, old ones decode for ever (golden tests); one update gives at most one `updated`.
//! Deliberately not here: the decisions that lead to events; the meaning of the operations.

use crate::clock::RightsClock;
use serde::{Deserialize, Serialize};
use tenure_document::{Bytes, ContainerId, Count, Hash, Item, Numbered, PublicKey, Time};

/// One fact about a container. The member `change` says which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ContainerEvent {
    /// Operations of an update were applied, all of them in this one event.
    Updated {
        /// The operations that were new, in order of their sequence.
        ops: Vec<Numbered>,
        /// The office has acknowledged everything up to here.
        acknowledged: u64,
        /// The history hash after the last operation.
        history_hash: Hash,
        /// The ratchet commitment after this update.
        ratchet: Hash,
        /// When the update was made; absent in ledgers of the first release.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issued: Option<Time>,
    },
    /// The publisher gave a word that changes no item.
    Contacted {
        /// When it was signed.
        at: Time,
    },
    /// The update whose operations follow is kept: it shows where items that may move came from.
    OriginKept {
        /// The signed update, as received.
        document: String,
    },
    /// A pool document was adopted.
    PoolAdopted {
        /// The operation it is about.
        sequence: u64,
        /// The signed document, as received.
        document: String,
        /// When it was made.
        issued: Time,
        /// Nothing is served after this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid_until: Option<Time>,
    },
    /// This container asked for an item.
    TransferRequested {
        /// Names the transfer.
        nonce: Bytes,
        /// The item.
        item_id: String,
        /// How much of it; 0: all.
        count: u64,
        /// The signed request.
        document: String,
    },
    /// This container gave an item away.
    TransferSent {
        /// Names the transfer.
        nonce: Bytes,
        /// To whom.
        target: ContainerId,
        /// The target's certificate, as the request brought it.
        certificate: String,
        /// The item with the count that left.
        item: Item,
        /// Which of the parts that came by transfer it left; none: the part that an update brought.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lot: Option<usize>,
        /// SHA-256 of the transfer's payload.
        transfer: Hash,
        /// The signed transfer: the exact bytes, whenever they are asked for.
        document: String,
    },
    /// This container took an item.
    TransferCredited {
        /// Names the transfer.
        nonce: Bytes,
        /// From whom.
        source: ContainerId,
        /// The item with the count that came.
        item: Item,
        /// SHA-256 of the transfer's payload.
        transfer: Hash,
        /// The update that brought the item to the first container, and each step since.
        provenance: Vec<String>,
        /// The signed receipt.
        receipt: String,
    },
    /// This container gave up a request for ever.
    TransferRefused {
        /// Names the transfer.
        nonce: Bytes,
        /// The signed refusal.
        document: String,
    },
    /// The target of a transfer has the item.
    TransferReceived {
        /// Names the transfer.
        nonce: Bytes,
    },
    /// The target of a transfer will never take it: the item is back.
    TransferRefunded {
        /// Names the transfer.
        nonce: Bytes,
    },
    /// A new generation began.
    Regenerated {
        /// Its number.
        generation: u32,
        /// Its identity key.
        key: PublicKey,
        /// Its first ratchet commitment.
        ratchet: Hash,
        /// The word of the key before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vouch: Option<Bytes>,
    },
    /// A newer key list was adopted.
    KeysetAdopted {
        /// Its version.
        version: u64,
        /// The signed document, as received.
        document: String,
    },
    /// A newer revocation list was adopted.
    RevocationAdopted {
        /// Its sequence.
        sequence: u64,
        /// The signed document, as received.
        document: String,
        /// The time it was judged at, by which it is judged again at a restart.
        at: Time,
        /// True when the list names this container.
        revoked: bool,
    },
    /// The high water of time moved.
    TimeAdvanced {
        /// The clock from now on.
        clock: RightsClock,
    },
    /// A signed time made for this container set the high water, perhaps back.
    TimeCorrected {
        /// The clock from now on.
        clock: RightsClock,
    },
    /// The wall clock is behind the high water by more than the tolerance.
    ClockBehind {
        /// What the wall clock said.
        wall: Time,
        /// How far behind it is.
        behind_ms: i64,
    },
    /// The wall clock is right again.
    ClockRight,
}

impl ContainerEvent {
    /// Whether the items may be others after this event, or their counts.
    pub fn changes_items(&self) -> bool {
        matches!(
            self,
            ContainerEvent::Updated { .. }
                | ContainerEvent::TransferSent { .. }
                | ContainerEvent::TransferCredited { .. }
                | ContainerEvent::TransferRefunded { .. }
                | ContainerEvent::Regenerated { .. }
        )
    }

    /// What happened, for people.
    pub fn sentence(&self) -> String {
        match self {
            ContainerEvent::Updated { ops, .. } => match ops.as_slice() {
                [only] => format!("applied operation {}", only.sequence),
                [first, .., last] => {
                    format!("applied operations {} to {}", first.sequence, last.sequence)
                }
                [] => "applied nothing".into(),
            },
            ContainerEvent::Contacted { at } => format!("heard from the publisher, signed {at}"),
            ContainerEvent::OriginKept { .. } => "kept the update for transfers".into(),
            ContainerEvent::PoolAdopted { sequence, valid_until, .. } => {
                let until = valid_until.map_or_else(String::new, |until| format!(" until {until}"));
                format!("adopted the pool of operation {sequence}{until}")
            }
            ContainerEvent::KeysetAdopted { version, .. } => format!("adopted key list {version}"),
            ContainerEvent::RevocationAdopted { sequence, revoked, .. } => {
                let revoked = if *revoked { ": THIS CONTAINER IS REVOKED" } else { "" };
                format!("adopted revocation list {sequence}{revoked}")
            }
            ContainerEvent::TimeAdvanced { clock } => {
                format!("the time is at least {}", clock.high_water())
            }
            ContainerEvent::TimeCorrected { clock } => {
                format!("the time was set to {}", clock.high_water())
            }
            ContainerEvent::ClockBehind { wall, .. } => {
                format!("the clock is behind, it shows {wall}")
            }
            ContainerEvent::ClockRight => "the clock is right again".into(),
            ContainerEvent::TransferRequested { item_id, .. } => format!("asked for {item_id}"),
            ContainerEvent::TransferSent { item, target, .. } => {
                format!("sent {} to {}", part(item), target.serial())
            }
            ContainerEvent::TransferCredited { item, source, .. } => {
                format!("took {} from {}", part(item), source.serial())
            }
            ContainerEvent::TransferRefused { nonce, .. } => format!("refused transfer {nonce}"),
            ContainerEvent::TransferReceived { nonce } => {
                format!("transfer {nonce} arrived at its target")
            }
            ContainerEvent::TransferRefunded { nonce } => {
                format!("transfer {nonce} was refused, the item is back")
            }
            ContainerEvent::Regenerated { generation, .. } => {
                format!("began generation {generation}")
            }
        }
    }
}

fn part(item: &Item) -> String {
    match item.count {
        Count::Counted(count) => format!("{count} of {}", item.id),
        Count::Uncounted => item.id.clone(),
    }
}
