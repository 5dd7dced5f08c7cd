//! Signed documents, keys, identifiers and time values: the ground under all of Tenure.
//!
//! Invariants: nothing here reads a clock, chance, a file or the network; a signature is checked
//! before the payload it covers is parsed (the two named exceptions are in `verify.rs`); a
//! [`Verified`] value exists only if verification ran. Every limit of `docs/FORMAT.md` is enforced
//! before memory is spent.
//!
//! Deliberately absent: private key storage (vault), the rules of a container (container), what
//! a license server grants (leasing), and any wire type that is not signed (api).

#![forbid(unsafe_code)]

// Values.
mod activation_id;
mod encoding;
mod error;
mod ext;
mod hash;
mod ids;
mod objects;
mod strict;
mod time;
mod type_name;
mod version;

// What documents speak of.
mod holder;
mod host_name;
mod item;
mod items_file;
mod moves;
mod terms;

// Keys and signatures.
mod batch;
mod batch_text;
mod envelope;
mod json_text;
mod keys;
mod merkle;
mod payload;
mod signer;

// The documents.
mod certificate;
mod context;
mod host_key;
mod keyset;
mod lease;
mod lease_text;
mod revocation;
mod statements;
mod transfer;
mod update;

// What makes them trusted.
mod adopt;
mod trust;
mod verified;
mod verify;

// What people see of them.
mod armor;
mod audit;
mod inspect;
mod qr;
mod summary;

pub use activation_id::ActivationId;
pub use armor::{armor, armored, armored_parts, read_document, read_documents};
pub use audit::{Audit, Contradiction};
pub use batch::{Batch, batch_message, entry_hash};
pub use batch_text::BatchText;
pub use certificate::{Certificate, ContainerKind};
pub use context::{
    BindingLevel, Context, HeldItem, OpOutcome, OpResult, OpenTransfer, Receipt, vouch_message,
};
pub use envelope::{Envelope, Signature, document_leaf, pae, seal};
pub use error::DocumentError;
pub use ext::{Ext, Json};
pub use hash::{Bytes, Hash, Hasher};
pub use holder::{Holder, HostId, HostIdType, MachineKind};
pub use host_key::{HostCheck, HostEnforcement, HostKey, HostKeyId, HostUserId, OfflinePolicy};
pub use host_name::HostName;
pub use ids::{ContainerId, LeaseId, check_serial};
pub use inspect::{Inspection, SignatureLine, Verdict, inspect};
pub use item::{Item, ItemFault};
pub use items_file::read_items;
pub use json_text::JsonText;
pub use keys::{Algorithm, KeyId, PublicKey};
pub use keyset::{KeyRecord, Keyset, Role, RootPin, RootRecord};
pub use lease::{Lease, SeatRange};
pub use lease_text::{LeaseText, lease_payload_bytes};
pub use merkle::{Tree, leaf_hash, node_hash, verify_path};
pub use moves::{MOST_MOVES, Moves};
pub use payload::{Payload, payload_bytes};
pub use qr::{QR_CAPACITY, qr_text};
pub use revocation::{Revocation, RevokedContainer};
pub use signer::{SeedSigner, Signer};
pub use statements::{
    LeaseRequest, Pool, PoolBasis, TimeStatement, Usage, UsageInterval, UsageTotal,
};
pub use strict::{Limits, read as read_json};
pub use summary::summarize;
pub use terms::{
    Capacity, Count, Enforcement, Expiry, Kind, Overdraft, Permission, SeatBasis, Tolerance,
};
pub use time::Time;
pub use transfer::{
    Direction, Move, MoveState, Transfer, TransferReceipt, TransferRefusal, TransferRequest,
};
pub use trust::{Adopted, Trust};
pub use update::{Attachments, Numbered, Op, Update};
pub use verified::Verified;
pub use verify::{LeaseExpectation, check_type, verify_self_signed_context, verify_signed_by};
pub use version::Version;
