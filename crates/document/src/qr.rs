//! The text of a QR code: a whole document in the characters that such a code packs tightly.
//!
//! Invariants: `TENURE:` and base45 (RFC 9285) over raw deflate (RFC 1951) of a frame; what is read
//! is the very envelope that was written; unpacking stops at the size of a document. The payload
//! stands in the frame as it is: base64 would hide its repetitions from deflate. Not here:
//! drawing and finding the code (web), documents signed by a ledger entry (they have no such form).

use miniz_oxide::{
    deflate::compress_to_vec,
    inflate::{
        TINFLStatus,
        core::{DecompressorOxide, decompress, inflate_flags},
    },
};

use crate::{
    encoding,
    envelope::{Envelope, Signature},
    error::DocumentError,
    strict::LARGEST_DOCUMENT,
};

const PREFIX: &str = "TENURE:";
const FRAME: u8 = 1;
const NO_HINT: u8 = 255;
/// Characters of the alphanumeric kind that the largest code holds, at the lowest correction.
pub const QR_CAPACITY: usize = 4_296;

/// The document as the text of a QR code.
///
/// # Errors
/// `bad-value` for a document signed by a ledger entry or with an odd hint; `too-large` when it
/// does not fit one code.
pub fn qr_text(envelope: &Envelope) -> Result<String, DocumentError> {
    let no_form = |why: &str| {
        let name = &envelope.payload_type;
        DocumentError::BadValue(format!("{name} has no QR form here: {why}; use the file"))
    };
    let kind = u8::try_from(envelope.payload_type.len()).map_err(|_| no_form("long type"))?;
    let mut frame = vec![FRAME, kind];
    frame.extend_from_slice(envelope.payload_type.as_bytes());
    frame.push(u8::try_from(envelope.signatures.len()).map_err(|_| no_form("signatures"))?);
    for signature in &envelope.signatures {
        if signature.batch.is_some() {
            return Err(no_form("it is signed by a ledger entry"));
        }
        let hint = signature.keyid.as_deref().map(str::as_bytes);
        match hint.map(|hint| (u8::try_from(hint.len()), hint)) {
            None => frame.push(NO_HINT),
            Some((Ok(length), hint)) if length != NO_HINT => {
                frame.push(length);
                frame.extend_from_slice(hint);
            }
            Some(_) => return Err(no_form("a key hint is too long")),
        }
        let length = u16::try_from(signature.sig.len()).map_err(|_| no_form("signature"))?;
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(&signature.sig);
    }
    frame.extend_from_slice(&envelope.payload);
    let mut text = PREFIX.to_owned();
    encoding::push_base45(&compress_to_vec(&frame, 10), &mut text);
    if text.len() > QR_CAPACITY {
        return Err(DocumentError::TooLarge { size: text.len(), limit: QR_CAPACITY });
    }
    Ok(text)
}

/// Reads the text of a QR code; nothing when the text is not one.
pub(crate) fn read(text: &[u8]) -> Option<Result<Envelope, DocumentError>> {
    // The encoding never ends in a space, so white space around it can go.
    let packed = text.trim_ascii().strip_prefix(PREFIX.as_bytes())?;
    Some(unpack(packed))
}

fn unpack(packed: &[u8]) -> Result<Envelope, DocumentError> {
    let malformed = |why: &str| DocumentError::MalformedQr(why.into());
    let packed = encoding::from_base45(packed).ok_or_else(|| malformed("it is not base45"))?;
    let frame = inflate(&packed)?;
    let mut rest = frame.as_slice();
    let mut take = |length: usize| {
        let (head, tail) =
            rest.split_at_checked(length).ok_or_else(|| malformed("it ends too early"))?;
        rest = tail;
        Ok::<&[u8], DocumentError>(head)
    };
    if take(1)? != [FRAME] {
        return Err(malformed("this version can't read it"));
    }
    let length = usize::from(take(1)?[0]);
    let text = |bytes: &[u8]| {
        String::from_utf8(bytes.to_vec()).map_err(|_| malformed("a name is not UTF-8"))
    };
    let payload_type = text(take(length)?)?;
    let count = usize::from(take(1)?[0]);
    let mut signatures = Vec::with_capacity(count.min(8));
    for _ in 0..count {
        let keyid = match take(1)?[0] {
            NO_HINT => None,
            length => Some(text(take(usize::from(length))?)?),
        };
        let length = take(2)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        signatures.push(Signature { keyid, sig: take(length)?.to_vec(), batch: None });
    }
    Envelope { payload_type, payload: rest.to_vec(), signatures }.checked()
}

/// Unpacks at most a document.
fn inflate(packed: &[u8]) -> Result<Vec<u8>, DocumentError> {
    let mut frame = vec![0; (packed.len() * 4).clamp(1024, LARGEST_DOCUMENT)];
    let (mut read, mut written) = (0, 0);
    let mut state = DecompressorOxide::new();
    loop {
        let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, used, made) =
            decompress(&mut state, &packed[read..], &mut frame, written, flags);
        read += used;
        written += made;
        match status {
            TINFLStatus::Done if read == packed.len() => {
                frame.truncate(written);
                return Ok(frame);
            }
            TINFLStatus::Done => return Err(DocumentError::TrailingData),
            TINFLStatus::HasMoreOutput if frame.len() < LARGEST_DOCUMENT => {
                frame.resize((frame.len() * 2).min(LARGEST_DOCUMENT), 0);
            }
            TINFLStatus::HasMoreOutput => {
                let size = LARGEST_DOCUMENT + 1;
                return Err(DocumentError::TooLarge { size, limit: LARGEST_DOCUMENT });
            }
            _ => return Err(DocumentError::MalformedQr("it can't be unpacked".into())),
        }
    }
}
