//! Who signs the answers to checks: a key of the office's own under a certificate of the publisher, or a publisher key.
//!
//! Kept here: an own key is used only while a certificate for it is there; the certificate is made by the publisher key
//! that certifies now, anew when that changes or its time runs out, and is stored nowhere, because a new one is as good.
//! Deliberately not here: private keys (whoever composes gives the signer), what is answered.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tenure_document::{
    Certificate, ContainerId, ContainerKind, Envelope, Hasher, HostCheck, KeyId, Payload, Signer,
    Time, seal,
};

use crate::keyring::{Keyring, NoKey};

const DAY: Duration = Duration::from_secs(86_400);
/// How long a certificate holds.
const CERTIFIED_DAYS: u32 = 400;
/// It is made anew when so many days are left.
const RENEWED_DAYS: u32 = 200;

/// The key that answers, and its certificate.
pub(crate) struct Checker {
    signer: Option<Arc<dyn Signer>>,
    made: Mutex<Option<Made>>,
}

#[derive(Clone)]
struct Made {
    certificate: String,
    by: KeyId,
    until: Time,
}

impl Checker {
    pub(crate) fn new(signer: Option<Arc<dyn Signer>>) -> Self {
        Self { signer, made: Mutex::default() }
    }

    /// The signed answer.
    ///
    /// # Errors
    /// No key is here that may sign it.
    pub(crate) fn sign(
        &self,
        keyring: &Keyring,
        answer: &HostCheck,
        now: Time,
    ) -> Result<Envelope, NoKey> {
        match (&self.signer, self.certificate(keyring, now)) {
            (Some(signer), Some(_)) => Ok(seal(answer, &[signer.as_ref()])),
            _ => keyring.answer(answer, now),
        }
    }

    /// Whether answers are signed by a key that is quick enough for an async worker.
    pub(crate) fn is_quick(&self, keyring: &Keyring, now: Time) -> bool {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.as_ref().is_some_and(|made| made.holds(keyring, now))
    }

    /// The certificate of the own key, made if need be; nothing where there is no such key, or nobody to certify it.
    pub(crate) fn certificate(&self, keyring: &Keyring, now: Time) -> Option<String> {
        let signer = self.signer.as_ref()?;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = made.as_ref().filter(|made| made.holds(keyring, now)) {
            return Some(made.certificate.clone());
        }
        // From the beginning of the certifier's own time: answers under a certificate from before hold under this one.
        let not_before = keyring.certifier(now).ok()?.sign_from;
        let until = now.plus(DAY * CERTIFIED_DAYS);
        let key = signer.public().clone();
        let certificate = Certificate {
            container: id_of(&key.id()),
            generation: 1,
            name: "check service".to_owned(),
            kind: ContainerKind::Server,
            key,
            uses: vec![HostCheck::NAME.to_owned()],
            not_before,
            not_after: Some(until),
            sequence: 1,
            account: None,
            binding: None,
        };
        let (certificate, by) = keyring.certify(&certificate, now).ok()?;
        *made = Some(Made { certificate: certificate.clone(), by, until });
        Some(certificate)
    }
}

impl Made {
    fn holds(&self, keyring: &Keyring, now: Time) -> bool {
        keyring.certifier(now).is_ok_and(|with| with.id == self.by)
            && now.plus(DAY * RENEWED_DAYS) < self.until
    }
}

/// The service stands where a container would: one id for one key.
fn id_of(key: &KeyId) -> ContainerId {
    let hash = Hasher::new().with(b"tenure-check-service-v1").with(key.0.as_bytes()).finish();
    let mut id = [0; 16];
    id.copy_from_slice(&hash.0[..16]);
    ContainerId(id)
}
