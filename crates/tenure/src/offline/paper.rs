//! Reading and writing document files.
//!
//! Invariants: no file is read beyond the largest document; what is written is whole or not there; `-` is standard
//! input or output; a private key is never read as anything else.
//! Deliberately not here: what a document means.

use crate::{exit::Failure, explain, private_key::check_no_private_key};
use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::Path,
};
use tenure_document::{
    DocumentError, Envelope, Limits, Payload, Signer, armor, check_type, read_document, seal,
    summarize,
};
use tenure_vault::write_atomic;

/// Somewhat more than the largest document, so that the reader says what is wrong.
const LARGEST_FILE: u64 = 2 * 1024 * 1024;

/// The bytes of a document file.
///
/// # Errors
/// It can't be read; it is a private key.
pub fn read_file(path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = read_any(path)?;
    check_no_private_key(path, &bytes)?;
    Ok(bytes)
}

/// The bytes of a file in a pile, whatever it is.
///
/// # Errors
/// It can't be read.
pub fn read_any(path: &Path) -> anyhow::Result<Vec<u8>> {
    let cant =
        |error: std::io::Error| Failure::fault(format!("can't read {}: {error}", path.display()));
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().take(LARGEST_FILE).read_to_end(&mut bytes).map_err(cant)?;
    } else {
        let file = File::open(path).map_err(cant)?;
        let size = file.metadata().map_err(cant)?.len();
        file.take(LARGEST_FILE).read_to_end(&mut bytes).map_err(cant)?;
        if size > LARGEST_FILE {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            return Err(explain::document(DocumentError::TooLarge {
                size,
                limit: Limits::ENVELOPE.size,
            })
            .into());
        }
    }
    // License.xml and Registration.xml of a shared folder hold the document as it is.
    match tenure_api::folder::unwrapped(&bytes) {
        Ok(None) => Ok(bytes),
        Ok(Some(document)) => Ok(document.into_bytes()),
        Err(fault) => {
            Err(Failure::refused(fault.code(), format!("{}: {fault}", path.display())).into())
        }
    }
}

/// Reads a document, armored or bare.
///
/// # Errors
/// The refusal of the document.
pub fn read(bytes: &[u8]) -> anyhow::Result<Envelope> {
    Ok(read_document(bytes).map_err(explain::document)?)
}

/// Reads a file that must hold one type of document.
///
/// # Errors
/// It can't be read, or is something else; the file is named.
pub fn read_one<P: Payload>(path: &Path) -> anyhow::Result<Envelope> {
    Ok(of_type::<P>(path, &read_file(path)?)?)
}

/// The bytes of a file that must hold one type of document, to be sent as they are.
///
/// # Errors
/// As [`read_one`].
pub fn bytes_of<P: Payload>(path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = read_file(path)?;
    of_type::<P>(path, &bytes)?;
    Ok(bytes)
}

fn of_type<P: Payload>(path: &Path, bytes: &[u8]) -> Result<Envelope, Failure> {
    let read = read_document(bytes);
    let fits = read.and_then(|envelope| check_type::<P>(&envelope).map(|()| envelope));
    fits.map_err(|error| Failure::refused(error.code(), format!("{}: {error}", path.display())))
}

/// The armored, signed text of a payload.
pub fn signed<P: Payload>(payload: &P, signers: &[&dyn Signer]) -> String {
    armored(&seal(payload, signers))
}

/// The armored text of a document.
pub fn armored(envelope: &Envelope) -> String {
    armor(envelope, &summarize(envelope))
}

/// Writes a document to a file, or to standard output where none is named.
///
/// # Errors
/// It can't be written.
pub fn deliver(text: &str, out: Option<&Path>) -> anyhow::Result<()> {
    match out {
        Some(path) if path != Path::new("-") => {
            Ok(write_atomic(path, text.as_bytes(), 0o644).map_err(explain::vault)?)
        }
        _ => {
            let mut out = std::io::stdout().lock();
            out.write_all(text.as_bytes())?;
            Ok(out.flush()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_file_that_is_too_large_is_told_its_size() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("image");
        File::create(&path).and_then(|file| file.set_len(68_851_600)).expect("it is ours");
        let error = read_file(&path).expect_err("it is too large");
        expect!["the document is 68851600 bytes long, at most 1048576 are accepted [too-large]"]
            .assert_eq(&error.to_string());
    }
}
