//! Snapshot files: a state with the entry it belongs to, so that a start need not fold from the
//! first entry.
//!
//! Form: one line of JSON (sequence, hash of the entry, hash of the rest, signature), then the
//! state as JSON. Invariants: a snapshot is never trusted for what it says of itself: its content
//! hash, the server's signature and the entry in the ledger must all agree, or it is refused and an
//! older one is used. Losing all snapshots loses nothing but time.
//! Not here: what the state holds (`fold`) and where the bytes are kept (`port`).

use serde::{Deserialize, Serialize};
use tenure_document::{Bytes, Hash, PublicKey};

use crate::entry::EntrySigner;

const FORMAT: &str = "tenure-snapshot";
const VERSION: u32 = 1;
const CONTEXT: &[u8] = b"TENURE-SNAPSHOT-V1";

/// The first line of a snapshot.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    format: String,
    v: u32,
    /// The entry the state is of.
    pub(crate) sequence: u64,
    /// That entry's hash.
    pub(crate) entry: Hash,
    content: Hash,
    signature: Bytes,
}

/// Puts a header before `body`.
pub(crate) fn encode(
    sequence: u64,
    entry: Hash,
    signer: &dyn EntrySigner,
    body: &[u8],
) -> serde_json::Result<Vec<u8>> {
    let content = Hash::of(body);
    let signature = Bytes(signer.sign(&message(sequence, &entry, &content)).to_vec());
    let header =
        Header { format: FORMAT.to_owned(), v: VERSION, sequence, entry, content, signature };
    let mut bytes = serde_json::to_vec(&header)?;
    bytes.reserve_exact(body.len() + 1);
    bytes.push(b'\n');
    bytes.extend_from_slice(body);
    Ok(bytes)
}

/// Header and body of a whole, signed snapshot; otherwise what is wrong with it.
pub(crate) fn decode<'a>(bytes: &'a [u8], key: &PublicKey) -> Result<(Header, &'a [u8]), String> {
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or("it has no header line")?;
    let (line, body) = (&bytes[..end], &bytes[end + 1..]);
    let header: Header = serde_json::from_slice(line)
        .map_err(|error| format!("its header can't be read: {error}"))?;
    if header.format != FORMAT || header.v != VERSION {
        return Err(format!("its format is {} {}", header.format, header.v));
    }
    if Hash::of(body) != header.content {
        return Err("its content does not match its hash".to_owned());
    }
    let message = message(header.sequence, &header.entry, &header.content);
    if !key.verifies(&message, header.signature.as_slice()) {
        return Err("its signature is not this server's".to_owned());
    }
    Ok((header, body))
}

fn message(sequence: u64, entry: &Hash, content: &Hash) -> Vec<u8> {
    let mut message = CONTEXT.to_vec();
    message.extend_from_slice(&sequence.to_be_bytes());
    message.extend_from_slice(entry.as_bytes());
    message.extend_from_slice(content.as_bytes());
    message
}
