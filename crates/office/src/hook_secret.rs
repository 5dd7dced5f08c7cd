//! Secrets of web hooks, and the signature of what is sent (Standard Webhooks).
//!
//! Kept here: a secret is made anew from the office's key, the hook's number and its generation whenever it is needed,
//! so it is stored nowhere. Deliberately not here: when it is shown (once, when a hook is made), sending (`hook_job`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Makes secrets; never prints.
#[derive(Clone)]
pub(crate) struct HookSecrets {
    key: [u8; 32],
}

impl HookSecrets {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The secret as its owner enters it at the receiving end.
    pub(crate) fn text(&self, hook: u32, generation: u32) -> String {
        format!("whsec_{}", STANDARD.encode(self.secret(hook, generation)))
    }

    /// The value of `webhook-signature` for a message.
    pub(crate) fn signature(
        &self,
        (hook, generation): (u32, u32),
        id: &str,
        timestamp: i64,
        body: &str,
    ) -> String {
        let message = format!("{id}.{timestamp}.{body}");
        let tag = tag(&self.secret(hook, generation), &[message.as_bytes()]);
        format!("v1,{}", STANDARD.encode(tag))
    }

    fn secret(&self, hook: u32, generation: u32) -> [u8; 32] {
        let (hook, generation) = (hook.to_be_bytes(), generation.to_be_bytes());
        tag(&self.key, &[b"TENURE-WEBHOOK-V1", &hook, &generation])
    }
}

fn tag(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of any length; 32 bytes can't fail.
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes any key"));
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hook_and_each_generation_has_a_secret_of_its_own() {
        let secrets = HookSecrets::new([7; 32]);
        let text = secrets.text(1, 1);
        assert!(text.starts_with("whsec_") && text.len() == 50, "{text}");
        assert_eq!(text, secrets.text(1, 1));
        assert_ne!(text, secrets.text(1, 2));
        assert_ne!(text, secrets.text(2, 1));
        assert_ne!(text, HookSecrets::new([8; 32]).text(1, 1));
    }

    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        // Anybody can check it with the secret's text alone.
        let secrets = HookSecrets::new([7; 32]);
        let secret = STANDARD.decode(&secrets.text(3, 1)["whsec_".len()..]).expect("base64");
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret).expect("any key");
        mac.update(b"msg_5.1700000000.{\"type\":\"test\"}");
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        let found = secrets.signature((3, 1), "msg_5", 1_700_000_000, "{\"type\":\"test\"}");
        assert_eq!(found, expected);
    }
}
