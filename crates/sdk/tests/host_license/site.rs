//! A license folder, a publisher that fills it, and a check service that answers as it is told.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;
use tenure_api::ApiError;
use tenure_api::office::HostCheckPapers;
use tenure_document::{
    Bytes, Certificate, ContainerId, Hash, HostCheck, HostEnforcement, HostKey, HostUserId,
    OfflinePolicy, SeedSigner, Signer, Time, armor, seal,
};
use tenure_sdk::clock::ManualClock;
use tenure_sdk::{CheckService, HostLicense, HostLicenseBuilder};

use crate::publisher::{Publisher, ed25519, now};

pub fn publisher() -> &'static Publisher {
    static PUBLISHER: OnceLock<Publisher> = OnceLock::new();
    PUBLISHER.get_or_init(|| Publisher::new(0))
}

pub fn service_key() -> SeedSigner {
    ed25519(40)
}

pub fn certificate() -> String {
    let service = service_key();
    let certificate = Certificate {
        key: service.public().clone(),
        uses: vec!["host-check".into()],
        ..publisher().certificate(ContainerId([9; 16]), &service)
    };
    seal(&certificate, &[&publisher().certifier]).to_json()
}

pub fn key(host: &str, offline: OfflinePolicy) -> HostKey {
    HostKey {
        id: format!("key of {host}"),
        host: host.parse().expect("a host"),
        product: "cad".into(),
        users: 5,
        issued: now(),
        expires: None,
        offline,
        not_before: None,
        group: Some("H-000001".into()),
        window_days: None,
        enforcement: HostEnforcement::Warn,
        check_url: Some("http://127.0.0.1:9".into()),
    }
}

/// A license folder.
pub struct Site {
    pub folder: tempfile::TempDir,
    pub clock: Arc<ManualClock>,
}

impl Site {
    pub fn new() -> Site {
        Site { folder: tempfile::tempdir().unwrap(), clock: Arc::new(ManualClock::new(now())) }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Puts the license file of a key into the folder, as the office makes it.
    pub fn put(&self, key: &HostKey) {
        self.put_as(&key.host.file_name(), key, &publisher().issuer);
    }

    pub fn put_as(&self, name: &str, key: &HostKey, signer: &SeedSigner) {
        let key = seal(key, &[signer]);
        let mut text = armor(&key, &tenure_document::summarize(&key));
        text.push_str(&armor(&publisher().keyset_envelope(), &[]));
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    pub fn open(&self, host: &str) -> HostLicenseBuilder {
        let pin = publisher().pin().to_string();
        HostLicense::open(self.path(), host)
            .root(&pin)
            .product("cad")
            .revision("4.2.1")
            .clock(self.clock.clone())
    }

    pub fn state(&self) -> Value {
        let text = std::fs::read_to_string(self.folder.path().join("tenure-state.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

/// What the office does with the next question.
pub type Reply = Box<dyn FnOnce(&Question) -> Result<String, ApiError> + Send>;

/// A question as it came.
pub struct Question {
    pub bytes: Vec<u8>,
    pub members: Value,
}

impl Question {
    /// A rightful answer to it.
    pub fn answer(&self, at: Time) -> HostCheck {
        let text = |name: &str| self.members[name].as_str().unwrap().to_owned();
        HostCheck {
            key: text("key"),
            host: text("host").parse().unwrap(),
            valid: true,
            reason: None,
            nonce: Bytes(Hash::of(&self.bytes).0.to_vec()),
            at,
            user_id: Some(text("user").parse::<HostUserId>().unwrap()),
            users_counted: Some(1),
            users_allowed: Some(5),
            next_check: Some(at.plus(std::time::Duration::from_secs(86_400))),
        }
    }
}

/// The check service of the tests: each question waits for its reply.
pub struct Desk {
    replies: Mutex<Receiver<Reply>>,
    asked: Sender<Value>,
}

/// The other side of it.
pub struct Clerk {
    pub replies: Sender<Reply>,
    pub asked: Receiver<Value>,
}

pub fn desk() -> (Arc<Desk>, Clerk) {
    let ((replies, wanted), (asked, heard)) = (channel(), channel());
    (Arc::new(Desk { replies: Mutex::new(wanted), asked }), Clerk { replies, asked: heard })
}

impl CheckService for Desk {
    fn check(&self, question: &[u8]) -> Result<String, ApiError> {
        let members: Value = serde_json::from_slice(question).unwrap();
        let question = Question { bytes: question.to_vec(), members: members.clone() };
        let _ = self.asked.send(members);
        // Without a reply the office is dead: this blocks for as long as the test lives.
        let reply = self.replies.lock().unwrap().recv();
        reply.map_err(|_| unreachable_office())?(&question)
    }

    fn papers(&self) -> Result<HostCheckPapers, ApiError> {
        Ok(HostCheckPapers {
            keysets: vec![publisher().keyset_envelope().to_json()],
            revocation: None,
            certificate: Some(certificate()),
        })
    }
}

pub fn unreachable_office() -> ApiError {
    ApiError::Unreachable { address: "nowhere".into(), reason: "nobody answers".into() }
}

/// Signed by the check service's own key.
pub fn signed(check: &HostCheck) -> Result<String, ApiError> {
    Ok(seal(check, &[&service_key()]).to_json())
}
