//! The update: what the office wants a container to become.
//!
//! Invariants: operations are numbered without gaps after `from_sequence`; everything a
//! container needs to check the update travels with it. Not here: applying it (container).

use serde::{Deserialize, Serialize};

use crate::{
    hash::{Bytes, Hash},
    ids::ContainerId,
    item::Item,
    objects,
    payload::payload,
    strict::Limits,
    time::Time,
};

/// The whole suffix of a container's history since the last acknowledged operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// The container.
    pub id: ContainerId,
    /// Its generation.
    pub generation: u32,
    /// The last operation the office knows to be applied.
    pub from_sequence: u64,
    /// The history hash there.
    pub from_hash: Hash,
    /// The operations after it, in order.
    pub ops: Vec<Numbered>,
    /// The sequence after the last of them.
    pub to_sequence: u64,
    /// The history hash there.
    pub to_hash: Hash,
    /// When it was made.
    pub issued: Time,
    /// Not applied after this; absent: no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// Documents that travel with it.
    #[serde(default)]
    pub attachments: Attachments,
}

payload!(
    Update,
    "update" within Limits::ENVELOPE,
    signed_at: Option<Time> = |me| Some(me.issued),
    products: Vec<&str> = |me| me.ops.iter().filter_map(|op| op.op.product()).collect(),
);

/// An operation with its place and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbered {
    /// Its place in the container's history, from 1.
    pub sequence: u64,
    /// The office's name for it.
    pub op_id: String,
    /// What to do.
    #[serde(deserialize_with = "objects::read_tagged")]
    pub op: Op,
}

/// One change of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "op",
    rename_all = "kebab-case",
    rename_all_fields = "snake_case",
    deny_unknown_fields
)]
pub enum Op {
    /// Put in an item that was not there.
    Add {
        /// The item.
        #[serde(deserialize_with = "objects::read_beside_tag")]
        item: Item,
    },
    /// Put an item in the place of the one with the same id.
    Replace {
        /// The item.
        #[serde(deserialize_with = "objects::read_beside_tag")]
        item: Item,
    },
    /// Take out an item, or lower its count.
    Withdraw {
        /// Which item.
        item_id: String,
        /// By how much; absent: all of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        count: Option<u64>,
    },
    /// Give the container its certificate.
    Certify {
        /// The signed certificate, as envelope text.
        certificate: String,
    },
    /// The office's ruling that a transfer will never arrive: the source has its item back.
    Refund {
        /// The nonce of the transfer.
        nonce: Bytes,
    },
    /// The office has booked a transfer: it is settled and need not be reported any more.
    Settle {
        /// The nonce of the transfer.
        nonce: Bytes,
    },
}

impl Op {
    /// The product it speaks of, if it names one.
    pub fn product(&self) -> Option<&str> {
        match self {
            Op::Add { item } | Op::Replace { item } => Some(&item.product),
            Op::Withdraw { .. } | Op::Certify { .. } | Op::Refund { .. } | Op::Settle { .. } => {
                None
            }
        }
    }
}

/// Documents that travel with an update, as envelope texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachments {
    /// Key sets in order of their version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keysets: Vec<String>,
    /// The newest revocation list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation: Option<String>,
    /// A statement of the time for this container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// What a license server may serve once the operations are applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
}
