//! Why a document was not accepted: one closed enum, one stable code per variant.
//!
//! Invariants: codes are kebab-case, never change meaning, and are the same in every SDK (the
//! vectors name them). The message says what is wrong and what to do about it. A document error
//! is always a refusal ("no, because"), never a fault: nothing here can fail for lack of means.

use crate::type_name::called;
use thiserror::Error;

/// Why a document, a key or a value inside one was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The file or message is longer than the limit.
    #[error("the document is {size} bytes long, at most {limit} are accepted")]
    TooLarge {
        /// Bytes received.
        size: usize,
        /// Bytes accepted.
        limit: usize,
    },
    /// The envelope is not `{"payloadType","payload","signatures"}` as it must be.
    #[error("this is not a Tenure document: {0}; get the file again from its sender")]
    MalformedEnvelope(String),
    /// The PEM-like armor is damaged.
    #[error("the text form of the document is damaged: {0}; get the file again from its sender")]
    MalformedArmor(String),
    /// The text of a QR code is damaged.
    #[error("the QR text is damaged: {0}; scan the code again, or use the file")]
    MalformedQr(String),
    /// The armor line names another type than the signed document has.
    #[error(
        "the BEGIN line says {said} but the signed document is a {signed}; do not use this file"
    )]
    ArmorMismatch {
        /// Label of the BEGIN line.
        said: String,
        /// Name of the signed type.
        signed: String,
    },
    /// The envelope has no signature.
    #[error("the document carries no signature")]
    NoSignature,
    /// More signatures than the limit.
    #[error("the document carries {0} signatures, at most 8 are accepted")]
    TooManySignatures(usize),
    /// Base64 that is not the canonical form.
    #[error("{0} is not in canonical base64; get the file again from its sender")]
    NotCanonical(String),
    /// Bytes after the end of the document.
    #[error("there is data after the end of the document")]
    TrailingData,
    /// JSON nested deeper than 16.
    #[error("the document is nested deeper than 16 levels")]
    TooDeep,
    /// A string longer than the limit of its type: 64 KiB, 256 KiB in transfers, as the document in updates.
    #[error("a string in the document is longer than its type allows")]
    StringTooLong,
    /// More than 10,000 elements or members.
    #[error("a list in the document has more than 10,000 elements")]
    TooManyElements,
    /// The same member twice in one object.
    #[error("member {0:?} stands twice in one object")]
    DuplicateMember(String),
    /// A member this version does not know.
    #[error("unknown member: {0}; a newer Tenure may know it")]
    UnknownMember(String),
    /// A number that is not an integer within ±(2^53 − 1).
    #[error("{0}")]
    NotAnInteger(String),
    /// The payload is JSON but not what its type demands, or not JSON at all.
    #[error("the content is wrong: {0}")]
    MalformedPayload(String),
    /// Another document type than expected here.
    #[error("this is {}, not {}", called(.found), called(.expected))]
    WrongType {
        /// Type that was asked for.
        expected: String,
        /// Type in the envelope.
        found: String,
    },
    /// No key that could have signed is known here.
    #[error(
        "the document is signed by a key that the key set does not hold; get the publisher's newest key set"
    )]
    UnknownKey,
    /// No signature is right.
    #[error("the signature does not fit the document: it was altered, or signed by somebody else")]
    BadSignature,
    /// A key record, root or certificate names an algorithm that is not allowed there, or the
    /// signature has another form than the record demands.
    #[error("wrong algorithm: {0}")]
    WrongAlgorithm(String),
    /// The key bytes are not a usable public key.
    #[error("unusable public key: {0}")]
    BadKey(String),
    /// The id in a key record is not the id of its key.
    #[error("key record {0} carries an id that is not the id of its key")]
    WrongKeyId(String),
    /// The role of the signing key does not cover the document type.
    #[error("a key with the role {role} may not sign a {name}")]
    WrongRole {
        /// Role of the key.
        role: String,
        /// Name of the document type.
        name: String,
    },
    /// Type or product is not in the scope of the signing key or certificate.
    #[error("outside the scope of the signing key: {0}")]
    OutOfScope(String),
    /// Signed or verified outside the key's or certificate's window.
    #[error("outside the signing key's time window: {what} is {at}, allowed is {from} to {until}")]
    OutsideWindow {
        /// Which time.
        what: &'static str,
        /// The time itself.
        at: String,
        /// Start of the window, or "any time".
        from: String,
        /// End of the window, or "any time".
        until: String,
    },
    /// The signing key is on the revocation list.
    #[error("key {0} was revoked; ask the publisher for a newly signed document")]
    RevokedKey(String),
    /// The container (this generation) is on the revocation list.
    #[error("container {0} was revoked in this generation")]
    RevokedContainer(String),
    /// Fewer distinct root keys signed than the threshold demands.
    #[error("{valid} of the {needed} needed root keys signed")]
    BelowThreshold {
        /// Distinct root keys with a right signature.
        valid: u32,
        /// The threshold.
        needed: u32,
    },
    /// The root of the key set is not the pinned one.
    #[error(
        "the key set's root is not the pinned root: it belongs to another publisher, or the chain of key sets is missing its start"
    )]
    WrongRoot,
    /// An older key set than the one held.
    #[error("key set version {offered} is older than version {held}, which is held")]
    StaleKeyset {
        /// Version offered.
        offered: u64,
        /// Version held.
        held: u64,
    },
    /// The same version with other content.
    #[error("there are two different key sets with version {0}: report this to the publisher")]
    ForkedKeyset(u64),
    /// The root changes and versions in between are missing.
    #[error(
        "key set version {offered} changes the root, version {held} is held: the versions between are needed"
    )]
    KeysetGap {
        /// Version offered.
        offered: u64,
        /// Version held.
        held: u64,
    },
    /// A version or sequence jumps further than is plausible.
    #[error(
        "{what} jumps from {held} to {offered}, more than 10,000 at once: refused as a fast-forward attack"
    )]
    FastForward {
        /// Key set or revocation list.
        what: &'static str,
        /// Held.
        held: u64,
        /// Offered.
        offered: u64,
    },
    /// The key set names another publisher.
    #[error("the key set is of publisher {found:?}, pinned is {held:?}")]
    WrongPublisher {
        /// Publisher held.
        held: String,
        /// Publisher offered.
        found: String,
    },
    /// No key set was adopted yet.
    #[error("no key set is known yet: adopt the publisher's key set first")]
    NoKeyset,
    /// The key set demands a newer revocation list than the one held.
    #[error(
        "the key set demands revocation list {needed}, held is {held}: get the newest one from the publisher"
    )]
    RevocationMissing {
        /// Sequence demanded.
        needed: u64,
        /// Sequence held.
        held: u64,
    },
    /// An older revocation list than the one held.
    #[error("revocation list {offered} is older than list {held}, which is held")]
    StaleRevocation {
        /// Sequence offered.
        offered: u64,
        /// Sequence held.
        held: u64,
    },
    /// The same sequence with other content.
    #[error(
        "there are two different revocation lists with sequence {0}: report this to the publisher"
    )]
    ForkedRevocation(u64),
    /// A newer list without an entry of the held one.
    #[error("revocation list {0} leaves out an entry of the list before it")]
    RevocationShrunk(u64),
    /// Signed by or for another container.
    #[error("the document is of container {found}, expected is {expected}")]
    WrongContainer {
        /// Expected serial.
        expected: String,
        /// Serial found.
        found: String,
    },
    /// A lease of another license server.
    #[error("the lease is of license server {found}, expected is {expected}")]
    WrongServer {
        /// Expected serial.
        expected: String,
        /// Serial found.
        found: String,
    },
    /// The nonce of the request does not come back.
    #[error("the answer does not carry the nonce of the request: it belongs to another request")]
    WrongNonce,
    /// The hash of the request does not come back.
    #[error("the answer does not carry the hash of the request: it belongs to another request")]
    WrongRequest,
    /// The lease names another client key.
    #[error("the lease is bound to another client key")]
    WrongClientKey,
    /// The Merkle path does not fit index and size.
    #[error("the Merkle path does not fit: {0}")]
    BadPath(String),
    /// A text value (id, version, time, host id…) that does not parse.
    #[error("{0}")]
    BadValue(String),
}

impl DocumentError {
    /// The stable code, the same in every SDK.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            Self::MalformedEnvelope(_) => "malformed-envelope",
            Self::MalformedArmor(_) => "malformed-armor",
            Self::MalformedQr(_) => "malformed-qr",
            Self::ArmorMismatch { .. } => "armor-mismatch",
            Self::NoSignature => "no-signature",
            Self::TooManySignatures(_) => "too-many-signatures",
            Self::NotCanonical(_) => "not-canonical",
            Self::TrailingData => "trailing-data",
            Self::TooDeep => "too-deep",
            Self::StringTooLong => "string-too-long",
            Self::TooManyElements => "too-many-elements",
            Self::DuplicateMember(_) => "duplicate-member",
            Self::UnknownMember(_) => "unknown-member",
            Self::NotAnInteger(_) => "not-an-integer",
            Self::MalformedPayload(_) => "malformed-payload",
            Self::WrongType { .. } => "wrong-type",
            Self::UnknownKey => "unknown-key",
            Self::BadSignature => "bad-signature",
            Self::WrongAlgorithm(_) => "wrong-algorithm",
            Self::BadKey(_) => "bad-key",
            Self::WrongKeyId(_) => "wrong-key-id",
            Self::WrongRole { .. } => "wrong-role",
            Self::OutOfScope(_) => "out-of-scope",
            Self::OutsideWindow { .. } => "outside-window",
            Self::RevokedKey(_) => "revoked-key",
            Self::RevokedContainer(_) => "revoked-container",
            Self::BelowThreshold { .. } => "below-threshold",
            Self::WrongRoot => "wrong-root",
            Self::StaleKeyset { .. } => "stale-keyset",
            Self::ForkedKeyset(_) => "forked-keyset",
            Self::KeysetGap { .. } => "keyset-gap",
            Self::FastForward { .. } => "fast-forward",
            Self::WrongPublisher { .. } => "wrong-publisher",
            Self::NoKeyset => "no-keyset",
            Self::RevocationMissing { .. } => "revocation-missing",
            Self::StaleRevocation { .. } => "stale-revocation",
            Self::ForkedRevocation(_) => "forked-revocation",
            Self::RevocationShrunk(_) => "revocation-shrunk",
            Self::WrongContainer { .. } => "wrong-container",
            Self::WrongServer { .. } => "wrong-server",
            Self::WrongNonce => "wrong-nonce",
            Self::WrongRequest => "wrong-request",
            Self::WrongClientKey => "wrong-client-key",
            Self::BadPath(_) => "bad-path",
            Self::BadValue(_) => "bad-value",
        }
    }
}
