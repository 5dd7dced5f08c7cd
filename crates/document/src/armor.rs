//! The file form: the envelope between BEGIN and END lines, with a summary for people.
//!
//! Invariants: the base64 lines are exactly 64 columns (the last one shorter) and canonical; the
//! label must be the name of the signed type; the summary is never trusted (`inspect.rs`
//! compares it with the signed truth). Line ends may be CR LF. Not here: what the summary says, and the
//! text of a QR code (`qr.rs`).

use crate::{
    encoding, envelope::Envelope, error::DocumentError, holder::breaks_lines, qr,
    strict::LARGEST_DOCUMENT, type_name::short_name,
};

const COLUMNS: usize = 64;
const BEGIN: &str = "-----BEGIN TENURE ";
const END: &str = "-----END TENURE ";
const DASHES: &str = "-----";
/// Most documents of one file.
const MOST_DOCUMENTS: usize = 100;

/// The file form of a document.
///
/// Line breaks and other control characters in the summary become spaces.
pub fn armor(envelope: &Envelope, summary: &[String]) -> String {
    let label = label(&envelope.payload_type);
    let encoded = encoding::to_base64(envelope.to_json().as_bytes());
    let mut text = String::with_capacity(encoded.len() + encoded.len() / 60 + 256);
    text.push_str(&format!("{BEGIN}{label}{DASHES}\n"));
    for line in summary.iter().filter(|line| !line.is_empty()) {
        // No line of the summary may look like a line of the frame.
        if line.starts_with(DASHES) {
            text.push(' ');
        }
        text.extend(line.chars().map(|c| if breaks_lines(c) { ' ' } else { c }));
        text.push('\n');
    }
    text.push('\n');
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(COLUMNS));
        text.push_str(line);
        text.push('\n');
        rest = more;
    }
    text.push_str(&format!("{END}{label}{DASHES}\n"));
    text
}

/// Reads a document in any of its forms: armored, the bare envelope, or the text of a QR code.
///
/// # Errors
/// `too-large`, `malformed-armor`, `armor-mismatch`, `malformed-qr`, `trailing-data`,
/// `not-canonical`, and those of [`Envelope::parse`].
pub fn read_document(text: &[u8]) -> Result<Envelope, DocumentError> {
    if text.len() > LARGEST_DOCUMENT {
        return Err(DocumentError::TooLarge { size: text.len(), limit: LARGEST_DOCUMENT });
    }
    if let Some(envelope) = qr::read(text) {
        return envelope;
    }
    match armored(text)? {
        Some((envelope, _)) => Ok(envelope),
        None => Envelope::parse(text),
    }
}

/// Reads the armored form with its summary lines; nothing when the text has no BEGIN line.
///
/// # Errors
/// As [`read_document`].
pub fn armored(text: &[u8]) -> Result<Option<(Envelope, Vec<String>)>, DocumentError> {
    if text.len() > LARGEST_DOCUMENT {
        return Err(DocumentError::TooLarge { size: text.len(), limit: LARGEST_DOCUMENT });
    }
    if !text.trim_ascii_start().starts_with(b"-----") {
        return Ok(None);
    }
    let malformed = |why: &str| DocumentError::MalformedArmor(why.into());
    let text = std::str::from_utf8(text).map_err(|_| malformed("it is not UTF-8"))?;
    let mut lines = text.trim_start().lines();
    let said = lines
        .next()
        .and_then(|line| line.strip_prefix(BEGIN)?.strip_suffix(DASHES))
        .ok_or_else(|| malformed("the BEGIN line is not right"))?;
    let mut summary = Vec::new();
    loop {
        match lines.next() {
            Some("") => break,
            Some(line) if line.starts_with(DASHES) => {
                return Err(malformed("an empty line is missing"));
            }
            Some(line) => summary.push(line.to_owned()),
            None => return Err(malformed("it ends within the summary")),
        }
    }
    let end = format!("{END}{said}{DASHES}");
    let encoded = body(&mut lines, &end)?;
    if lines.any(|line| !line.trim().is_empty()) {
        return Err(DocumentError::TrailingData);
    }
    let json = encoding::from_base64(&encoded)
        .ok_or_else(|| DocumentError::NotCanonical("the text form".into()))?;
    let envelope = Envelope::parse(&json)?;
    let signed = label(&envelope.payload_type);
    if signed != said {
        return Err(DocumentError::ArmorMismatch { said: said.into(), signed });
    }
    Ok(Some((envelope, summary)))
}

/// Reads a file of several armored documents, one after the other; what stands before the first is for people.
///
/// # Errors
/// As [`read_document`]; a file without a single document is `malformed-armor`.
pub fn read_documents(text: &[u8]) -> Result<Vec<Envelope>, DocumentError> {
    let parts = armored_parts(text)?;
    if parts.is_empty() {
        return Err(DocumentError::MalformedArmor("there is no document in it".into()));
    }
    parts.into_iter().map(|part| read_document(part.as_bytes())).collect()
}

/// The text of each armored document of a file; none where there is no BEGIN line.
///
/// # Errors
/// `too-large`, `malformed-armor`.
pub fn armored_parts(text: &[u8]) -> Result<Vec<&str>, DocumentError> {
    if text.len() > LARGEST_DOCUMENT {
        return Err(DocumentError::TooLarge { size: text.len(), limit: LARGEST_DOCUMENT });
    }
    let malformed = |why: &str| DocumentError::MalformedArmor(why.into());
    let text = std::str::from_utf8(text).map_err(|_| malformed("it is not UTF-8"))?;
    let begins = text.match_indices(BEGIN).map(|(at, _)| at);
    let mut starts: Vec<usize> =
        begins.filter(|at| *at == 0 || text.as_bytes()[at - 1] == b'\n').collect();
    if starts.len() > MOST_DOCUMENTS {
        return Err(malformed("it holds too many documents"));
    }
    starts.push(text.len());
    Ok(starts.windows(2).map(|part| &text[part[0]..part[1]]).collect())
}

/// The base64 up to the END line, without its line breaks.
fn body<'a>(lines: &mut impl Iterator<Item = &'a str>, end: &str) -> Result<String, DocumentError> {
    let malformed = |why: &str| DocumentError::MalformedArmor(why.into());
    let mut encoded = String::new();
    let mut last = false;
    for line in lines {
        if line == end {
            return Ok(encoded);
        }
        if line.starts_with(DASHES) {
            return Err(malformed("the END line is not right"));
        }
        if last || line.is_empty() || line.len() > COLUMNS {
            return Err(malformed("a line has not 64 columns"));
        }
        last = line.len() < COLUMNS;
        encoded.push_str(line);
    }
    Err(malformed("the END line is missing"))
}

/// The label of a type: its name in capital letters, or the whole type string if it is foreign.
fn label(payload_type: &str) -> String {
    short_name(payload_type).unwrap_or(payload_type).replace('-', " ").to_ascii_uppercase()
}
