//! What every signed document type has in common.
//!
//! Invariants: the type string is `application/vnd.tenure.<name>.v1+json`; a payload is written
//! as compact JSON in member order of its struct, the same bytes for the same value. Not here:
//! the types themselves, one file each.

use serde::{Serialize, de::DeserializeOwned};

use crate::{ids::ContainerId, strict::Limits, time::Time};

/// A document type.
pub trait Payload: Serialize + DeserializeOwned {
    /// The short name, such as `lease`.
    const NAME: &'static str;
    /// The type string of the envelope.
    const TYPE: &'static str;

    /// The limits its bytes are read with.
    const LIMITS: Limits = Limits::PAYLOAD;

    /// When the document says it was signed; checked against the signing key's window.
    fn signed_at(&self) -> Option<Time> {
        None
    }

    /// Products the document speaks of; checked against the signing key's scope.
    fn products(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The container that must have signed, for types signed by containers.
    fn signed_for(&self) -> Option<ContainerId> {
        None
    }

    /// The generation of that container, where the type carries it.
    fn generation(&self) -> Option<u32> {
        None
    }
}

/// The bytes that are signed: compact JSON.
pub fn payload_bytes<P: Payload>(payload: &P) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    write_json(payload, &mut bytes);
    bytes
}

/// Appends the JSON of a payload type.
pub(crate) fn write_json<P: Serialize>(payload: &P, out: &mut Vec<u8>) {
    serde_json::to_writer(out, payload)
        .expect("invariant: payload types have string keys only and a Vec takes every write");
}

/// Names a payload type and says what its common members are.
macro_rules! payload {
    ($type:ty, $name:literal $(within $limits:path)? $(, $method:ident : $returns:ty = |$me:ident| $body:expr)* $(,)?) => {
        impl $crate::payload::Payload for $type {
            const NAME: &'static str = $name;
            const TYPE: &'static str = concat!("application/vnd.tenure.", $name, ".v1+json");
            $(const LIMITS: $crate::strict::Limits = $limits;)?
            $(fn $method(&self) -> $returns { let $me = self; $body })*
        }
    };
}
pub(crate) use payload;
