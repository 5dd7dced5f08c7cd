//! Files that another version of this program wrote: they are left alone, byte for byte.
//!
//! Deliberately not here: files of earlier versions, which open (golden); damage (devices).

#[path = "support/device.rs"]
mod device;
#[path = "support/machine.rs"]
mod machine;
#[path = "../../document/tests/support/publisher.rs"]
mod publisher;

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use device::{Device, day, meet};
use machine::MadeUp;
use std::fs;
use tenure_document::{Bytes, ContainerKind, Tolerance};
use tenure_issuing::ContainerRecord;
use tenure_vault::DeviceError;

/// A container that applied an update: its older content knows nothing of it.
fn updated(kind: ContainerKind) -> Device {
    let device = Device::of(kind, Tolerance::Medium, MadeUp::press()).unwrap();
    let context = device.context(day(0));
    let mut record = ContainerRecord::first_contact(&context);
    meet(&mut record, &context);
    let update = device.issue(&mut record, &[("motion", 1)], day(0));
    device.open(day(0)).unwrap().apply(update.as_bytes(), day(0)).unwrap();
    device
}

fn is_left_alone(device: &Device) {
    let written = fs::read(device.file()).unwrap();
    for _ in 0..2 {
        let refused = device.open(day(1)).err().unwrap();
        assert!(matches!(refused, DeviceError::OtherVersion { .. }), "{refused}");
        assert_eq!(refused.code(), Some("other-version"));
    }
    assert_eq!(fs::read(device.file()).unwrap(), written);
}

fn replace(text: &mut Vec<u8>, from: &str, to: &str) {
    let at = text.windows(from.len()).position(|part| part == from.as_bytes()).unwrap();
    text.splice(at..at + from.len(), to.bytes());
}

#[test]
fn a_newest_content_with_a_head_of_another_version_is_not_written_over() {
    let device = updated(ContainerKind::Bound);
    device.rewrite(|_, content| replace(content, "tenure-container-v1", "tenure-container-v2"));
    is_left_alone(&device);
    assert!(device.devices().list().unwrap().is_empty());
    assert_eq!(device.devices().damaged().unwrap()[0].0, device.serial);
}

#[test]
fn a_newest_content_with_a_body_of_another_version_is_not_written_over() {
    let device = updated(ContainerKind::Unbound);
    device.rewrite(|counter, content| {
        let (length, rest) = content.split_first_chunk::<4>().unwrap();
        let (head, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        let (nonce, sealed) = rest.split_first_chunk::<24>().unwrap();
        let shown: serde_json::Value = serde_json::from_slice(head).unwrap();
        let key: Bytes = serde_json::from_value(shown["lid"]["open"].clone()).unwrap();
        let aad = [b"TENURE-CONTAINER-V1".as_slice(), &counter.to_be_bytes(), head].concat();
        let (nonce, cipher) =
            (XNonce::from(*nonce), XChaCha20Poly1305::new_from_slice(&key.0).unwrap());
        let mut body = cipher.decrypt(&nonce, Payload { msg: sealed, aad: &aad }).unwrap();
        replace(&mut body, "{", "{\"newer\":1,");
        let sealed = cipher.encrypt(&nonce, Payload { msg: &body, aad: &aad }).unwrap();
        let front = content.len() - rest.len() + nonce.len();
        content.truncate(front);
        content.extend(sealed);
    });
    is_left_alone(&device);
}
