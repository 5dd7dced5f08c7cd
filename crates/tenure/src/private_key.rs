//! Whether a file that somebody names holds a private key: such a file is never sent, and never shown.
//!
//! Deliberately not here: opening keys (`tenure_vault`), and files that are secret in other ways, such as passphrases.

use crate::exit::Failure;
use std::path::Path;
use tenure_shell::der;

/// Stops at a private key where something else was to be read or sent.
///
/// # Errors
/// The file holds one.
pub fn check_no_private_key(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if !is_private_key(bytes) {
        return Ok(());
    }
    let why = format!("{} is a private key", path.display());
    Err(Failure::refused("wrong-type", why).hint("keep it, and show it to nobody"))
}

/// Whether these are the bytes of a private key: one of Tenure's key files, PEM, or DER.
fn is_private_key(bytes: &[u8]) -> bool {
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    holds("\"tenure-key-v1\"") || holds("PRIVATE KEY-----") || is_private_der(bytes)
}

/// Private keys begin with their version, 0 or 1; a public one with its algorithm or a large number.
fn is_private_der(bytes: &[u8]) -> bool {
    let content = der::take(der::SEQUENCE, bytes);
    let version = content.and_then(|(content, _)| der::take(der::INTEGER, content));
    version.is_some_and(|(version, _)| matches!(version, [0 | 1]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_private_key_is_known_in_all_of_its_forms() {
        let mut shown = String::new();
        for (name, bytes) in [
            ("key file of Tenure", br#"{"header":{"format":"tenure-key-v1"}}"#.as_slice()),
            ("PKCS#8 as PEM", b"-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n"),
            ("OpenSSH", b"-----BEGIN OPENSSH PRIVATE KEY-----\n"),
            ("PKCS#8 as DER", &[0x30, 5, 2, 1, 0, 0x30, 0]),
            ("SEC 1 as DER", &[0x30, 5, 2, 1, 1, 4, 0]),
            ("public key as PEM", b"-----BEGIN PUBLIC KEY-----\nMCow\n"),
            ("SubjectPublicKeyInfo as DER", &[0x30, 4, 0x30, 0, 3, 0]),
            ("PKCS#1 public as DER", &[0x30, 7, 2, 2, 0x7f, 0xff, 2, 1, 3]),
            ("nothing", b""),
        ] {
            shown += &format!("{name}: {}\n", is_private_key(bytes));
        }
        expect![[r#"
            key file of Tenure: true
            PKCS#8 as PEM: true
            OpenSSH: true
            PKCS#8 as DER: true
            SEC 1 as DER: true
            public key as PEM: false
            SubjectPublicKeyInfo as DER: false
            PKCS#1 public as DER: false
            nothing: false
        "#]]
        .assert_eq(&shown);
    }
}
