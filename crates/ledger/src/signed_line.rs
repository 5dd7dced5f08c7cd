//! A line of JSON with the server's signature over it: `{"signed":{…},"signature":"…"}`.
//!
//! Invariants: the signature covers a context word and the bytes of `signed` as they stand, so
//! nothing has to be written again to be checked; it is checked before anything in it is read.
//! Not here: what is signed (`anchor`, `segment`).

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use tenure_document::{Bytes, PublicKey};

use crate::entry::EntrySigner;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedLine<'a> {
    #[serde(borrow)]
    signed: &'a RawValue,
    signature: Bytes,
}

/// The line, without an end of line.
pub(crate) fn sign<T: Serialize>(
    context: &str,
    value: &T,
    signer: &dyn EntrySigner,
) -> serde_json::Result<String> {
    let signed = serde_json::value::to_raw_value(value)?;
    let signature = Bytes(signer.sign(&message(context, &signed)).to_vec());
    serde_json::to_string(&SignedLine { signed: &signed, signature })
}

/// What the server with this key signed; or what is wrong with the line.
pub(crate) fn open<T: DeserializeOwned>(
    context: &str,
    line: &str,
    key: &PublicKey,
) -> Result<T, String> {
    let SignedLine { signed, signature } = read(line)?;
    if !key.verifies(&message(context, signed), signature.as_slice()) {
        return Err("its signature is not this server's".to_owned());
    }
    parse(signed)
}

/// What the line says, whoever wrote it: for messages to people only.
pub(crate) fn glance<T: DeserializeOwned>(line: &str) -> Result<T, String> {
    parse(read(line)?.signed)
}

fn read(line: &str) -> Result<SignedLine<'_>, String> {
    serde_json::from_str(line).map_err(|error| format!("it can't be read: {error}"))
}

fn parse<T: DeserializeOwned>(signed: &RawValue) -> Result<T, String> {
    serde_json::from_str(signed.get()).map_err(|error| format!("it can't be read: {error}"))
}

fn message(context: &str, signed: &RawValue) -> Vec<u8> {
    [context.as_bytes(), b"\0", signed.get().as_bytes()].concat()
}
