//! Key files and signers: what is sealed opens only with the passphrase, and what they sign others accept.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use tenure_document::{PublicKey, Signer};
use tenure_vault::{KeyAlgorithm, KeyFile, Seal, SecretBytes, SecretKey, VaultError};

fn passphrase(text: &str) -> SecretBytes {
    SecretBytes::new(text.as_bytes().to_vec())
}

/// The message without the path of the test's folder.
fn message<T>(folder: &Path, result: Result<T, VaultError>) -> String {
    match result {
        Ok(_) => "accepted".into(),
        Err(error) => error.to_string().replace(&format!("{}/", folder.display()), ""),
    }
}

#[test]
fn every_algorithm_signs_what_the_verifier_of_documents_accepts() {
    for algorithm in [KeyAlgorithm::Ed25519, KeyAlgorithm::Ed25519Batch, KeyAlgorithm::Hybrid] {
        let key = SecretKey::generate(algorithm).unwrap();
        let signer = key.signer().unwrap();
        let signature = signer.sign(b"message");
        assert!(signer.public().verifies(b"message", &signature), "{algorithm:?}");
        assert!(!signer.public().verifies(b"massage", &signature), "{algorithm:?}");
        let mut altered = signature.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert!(!signer.public().verifies(b"message", &altered), "{algorithm:?}");
    }
}

#[test]
fn a_hybrid_seed_gives_the_same_key_in_both_libraries() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.key");
    SecretKey::generate(KeyAlgorithm::Hybrid).unwrap().save(&path, &Seal::OwnerOnly).unwrap();
    let stored: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let seed: tenure_document::Bytes = serde_json::from_value(stored["secret"].clone()).unwrap();
    let (first, second) = seed.0.split_at(32);
    let other =
        tenure_document::SeedSigner::hybrid(first.try_into().unwrap(), second.try_into().unwrap());
    let public: PublicKey = serde_json::from_value(stored["header"]["public"].clone()).unwrap();
    assert_eq!(other.unwrap().public().id(), public.id());
}

#[test]
fn a_sealed_key_opens_with_its_passphrase_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("publisher-1.key");
    let key = SecretKey::generate(KeyAlgorithm::Hybrid).unwrap();
    key.save(&path, &Seal::Passphrase(&passphrase("correct horse"))).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    let file = KeyFile::read(&path).unwrap();
    assert!(file.is_sealed());
    let opened = file.open(Some(&passphrase("correct horse"))).unwrap();
    assert_eq!(opened.public().id(), key.public().id());
    expect_test::expect![
        "publisher-1.key can't be opened: the passphrase is wrong or the file was altered"
    ]
    .assert_eq(&message(folder.path(), file.open(Some(&passphrase("battery staple")))));
    expect_test::expect!["publisher-1.key is sealed with a passphrase; none was given"]
        .assert_eq(&message(folder.path(), file.open(None)));
}

#[test]
fn an_altered_header_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("a.key"), folder.path().join("b.key"));
    let secret = passphrase("correct horse");
    for path in [&path, &other] {
        SecretKey::generate(KeyAlgorithm::Ed25519)
            .unwrap()
            .save(path, &Seal::Passphrase(&secret))
            .unwrap();
    }
    // The other file's public key beside this file's sealed private key.
    let mut stored: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let foreign: serde_json::Value = serde_json::from_slice(&fs::read(&other).unwrap()).unwrap();
    stored["header"]["public"] = foreign["header"]["public"].clone();
    stored["header"]["key"] = foreign["header"]["key"].clone();
    fs::write(&path, stored.to_string()).unwrap();
    let refused = KeyFile::read(&path).unwrap().open(Some(&secret));
    assert!(matches!(refused, Err(VaultError::WrongPassphrase { .. })));
}

#[test]
fn costs_outside_the_bounds_are_refused_before_they_are_paid() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.key");
    let key = SecretKey::generate(KeyAlgorithm::Ed25519).unwrap();
    key.save(&path, &Seal::Passphrase(&passphrase("x"))).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    for (memory, passes) in [("4294967295", "3"), ("8", "3"), ("65536", "1"), ("65536", "999999")] {
        let text = text
            .replace("\"memory_kib\": 65536", &format!("\"memory_kib\": {memory}"))
            .replace("\"passes\": 3", &format!("\"passes\": {passes}"));
        fs::write(&path, text).unwrap();
        assert!(message(folder.path(), KeyFile::read(&path)).contains("must be from"), "{memory}");
    }
}

#[test]
fn files_that_others_can_read_links_and_rubbish_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("identity.key");
    let key = SecretKey::generate(KeyAlgorithm::Ed25519).unwrap();
    key.save(&path, &Seal::OwnerOnly).unwrap();
    assert!(KeyFile::read(&path).unwrap().open(None).is_ok());
    assert!(matches!(key.save(&path, &Seal::OwnerOnly), Err(VaultError::Exists { .. })));

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    expect_test::expect!["identity.key can be read or changed by other users (mode 640); make it owner-only with: chmod 600 identity.key"]
        .assert_eq(&message(folder.path(), KeyFile::read(&path)));

    let link = folder.path().join("link.key");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    expect_test::expect!["link.key is not a regular file"]
        .assert_eq(&message(folder.path(), KeyFile::read(&link)));

    let rubbish = folder.path().join("rubbish.key");
    tenure_vault::write_atomic(&rubbish, b"{}", 0o600).unwrap();
    expect_test::expect![
        "rubbish.key is not a usable key file: missing field `header` at line 1 column 2"
    ]
    .assert_eq(&message(folder.path(), KeyFile::read(&rubbish)));

    tenure_vault::write_atomic(&rubbish, &[b'x'; 20_000], 0o600).unwrap();
    expect_test::expect!["rubbish.key is larger than 16384 bytes"]
        .assert_eq(&message(folder.path(), KeyFile::read(&rubbish)));
}
