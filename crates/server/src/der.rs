//! Public keys of clients, as PEM or DER.
//!
//! Kept here: no panic on any bytes. Keys are *recognized* here; the cryptography library parses them again when it
//! verifies. Deliberately not here: how DER is read (the shells' own reader).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tenure_shell::der::{INTEGER, SEQUENCE, take};

/// Object identifier of Ed25519, 1.3.101.112.
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// Object identifier of rsaEncryption, 1.2.840.113549.1.1.1.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

const BIT_STRING: u8 = 0x03;
const OBJECT_ID: u8 = 0x06;

/// A client's public key in its canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClientPublicKey {
    /// The 32 bytes.
    Ed25519(Vec<u8>),
    /// PKCS#1 `RSAPublicKey`, and the modulus' length in bits.
    Rsa { pkcs1: Vec<u8>, bits: usize },
}

/// Reads a PEM block or bare DER: SubjectPublicKeyInfo (RSA or Ed25519) or PKCS#1 (RSA).
pub(crate) fn client_public_key(text: &str) -> Option<ClientPublicKey> {
    let body: String =
        text.lines().filter(|line| !line.starts_with("-----")).flat_map(str::chars).collect();
    let der = STANDARD.decode(body.trim()).ok()?;
    from_spki(&der).or_else(|| from_pkcs1(&der))
}

fn from_spki(der: &[u8]) -> Option<ClientPublicKey> {
    let (info, rest) = take(SEQUENCE, der)?;
    let (algorithm, info) = take(SEQUENCE, info)?;
    let (key, info) = take(BIT_STRING, info)?;
    if !rest.is_empty() || !info.is_empty() {
        return None;
    }
    let (&[0], key) = key.split_at_checked(1)? else {
        return None;
    };
    match take(OBJECT_ID, algorithm)?.0 {
        ED25519 if key.len() == 32 => Some(ClientPublicKey::Ed25519(key.to_vec())),
        RSA => from_pkcs1(key),
        _ => None,
    }
}

fn from_pkcs1(der: &[u8]) -> Option<ClientPublicKey> {
    let (key, rest) = take(SEQUENCE, der)?;
    let (modulus, key) = take(INTEGER, key)?;
    let (_exponent, key) = take(INTEGER, key)?;
    if !rest.is_empty() || !key.is_empty() {
        return None;
    }
    let modulus = modulus.strip_prefix(&[0]).unwrap_or(modulus);
    let bits = modulus.len() * 8 - modulus.first()?.leading_zeros() as usize;
    Some(ClientPublicKey::Rsa { pkcs1: der.to_vec(), bits })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
        -----END PUBLIC KEY-----\n";

    #[test]
    fn an_ed25519_key_in_pem_and_in_der() {
        let key = client_public_key(ED25519_PEM);
        assert!(matches!(&key, Some(ClientPublicKey::Ed25519(bytes)) if bytes.len() == 32));
        assert_eq!(
            key,
            client_public_key("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=")
        );
    }

    #[test]
    fn cut_or_flipped_keys_are_no_keys_and_never_panic() {
        let der = STANDARD
            .decode("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=")
            .expect("base64");
        for length in 0..der.len() {
            assert_eq!(from_spki(&der[..length]), None);
            assert_eq!(from_pkcs1(&der[..length]), None);
        }
        for at in 0..12 {
            let mut flipped = der.clone();
            flipped[at] ^= 0x11;
            assert_eq!(from_spki(&flipped), None, "byte {at}");
        }
        for text in ["", "-----BEGIN PUBLIC KEY-----", "MA==", "not base64 at all"] {
            assert_eq!(client_public_key(text), None, "{text}");
        }
    }
}
