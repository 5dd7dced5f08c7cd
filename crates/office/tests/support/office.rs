//! The real router in process, with its actors: anonymous, staff by role, the machine's owner, containers.
//!
//! Invariants: a manual clock, fixed keys, an in-memory disk: the same answers on every run; what is drawn all the
//! same (session tokens, signatures) is masked in what tests show.
#![allow(dead_code)]

use std::sync::{Arc, OnceLock};

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, StatusCode, header};
use serde_json::Value;
use tenure_api::TlsTrust;
use tenure_document::{Hash, PublicKey, SeedSigner, Signer, Time};
use tenure_issuing::TrustPapers;
use tenure_issuing::office::{Office, OfficeBirth};
use tenure_ledger::{Engine, EntrySigner, ManualClock, MemoryDisk, Options as EngineOptions};
use tenure_office::{Keyring, OfficeMachine, Options, PublisherKey, Server, Shell};
use tenure_shell::password::PasswordCost;
use tenure_shell::secret::Secret;
use tower::ServiceExt;

use crate::publisher::{Publisher, hybrid, now, server_key};

/// The token of the owner-only file.
pub const OWNER: &str = "owner-token-of-the-test";
/// The one-time set-up token.
pub const SETUP: &str = "set-up-token-of-the-test";
/// Everybody's password here.
pub const PASSWORD: &str = "correct horse battery";

/// One publisher for all: its keys cost some time to make.
pub fn publisher() -> &'static Publisher {
    static PUBLISHER: OnceLock<Publisher> = OnceLock::new();
    PUBLISHER.get_or_init(|| Publisher::new(0))
}

/// The publisher's keys as an office holds them.
pub fn keyring() -> Keyring {
    let publisher = publisher();
    // The fixture's keys are made of small numbers in the order issuer, certifier, revoker.
    let signers = (4..=6).map(hybrid);
    let keys = publisher.keyset.keys.iter().zip(signers);
    let keys = keys
        .map(|(record, signer)| PublisherKey { record: record.clone(), signer: Arc::new(signer) });
    let papers =
        TrustPapers { keysets: vec![(1, publisher.keyset_envelope().to_json())], revocation: None };
    Keyring::new(publisher.trust(), papers, keys.collect())
}

/// An office with what a test needs to drive it.
pub struct TestOffice {
    pub shell: Shell,
    pub server: Server,
    pub engine: Engine<OfficeMachine>,
    pub clock: ManualClock,
    pub disk: MemoryDisk,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub text: String,
}

struct Entries(SeedSigner);

impl EntrySigner for Entries {
    fn public(&self) -> &PublicKey {
        self.0.public()
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).try_into().expect("Ed25519 signatures have 64 bytes")
    }
}

impl TestOffice {
    /// An office in which nothing has happened.
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    /// The same with changed options. Within a runtime: its jobs run.
    pub fn with(change: impl FnOnce(&mut Options)) -> Self {
        Self::on(MemoryDisk::new(), ManualClock::at(now()), change)
    }

    fn on(disk: MemoryDisk, clock: ManualClock, change: impl FnOnce(&mut Options)) -> Self {
        let mut settings = EngineOptions::new(Arc::new(clock.clone()));
        settings.tick = None;
        let ledger = Box::new(disk.open().expect("the disk is free"));
        let birth = OfficeBirth { publisher: "Example Publisher".to_owned(), at: now() };
        let machine = || OfficeMachine(Office::new(birth));
        let entries = Box::new(Entries(server_key(8)));
        let (engine, _) =
            Engine::open(ledger, entries, machine, settings).expect("a new ledger opens");
        let mut options = Options::new([3; 32]);
        options.admin_token = Some(Secret::new(OWNER));
        options.setup_token = Some(Secret::new(SETUP));
        options.login.cost = PasswordCost { memory_kib: 64, passes: 1 };
        // No certificates are needed where only plain loopback addresses are told.
        options.hook_trust = TlsTrust::Pin(Hash::ZERO);
        change(&mut options);
        let server = Server::new(engine.clone(), Arc::new(clock.clone()), keyring(), options);
        let shell = server.service();
        Self { shell, server, engine, clock, disk }
    }

    /// The same ledger in a new process.
    pub fn restarted(self) -> Self {
        let Self { engine, clock, disk, shell, server } = self;
        engine.stop();
        drop((engine, shell, server));
        Self::on(disk, clock, |_| ())
    }

    /// Ledger time goes on.
    pub fn wait(&self, seconds: u64) {
        self.clock.advance(std::time::Duration::from_secs(seconds));
        self.engine.tick();
    }

    /// The office's clock.
    pub fn now(&self) -> Time {
        use tenure_ledger::Clock as _;
        self.clock.wall()
    }

    /// Nobody in particular.
    pub fn anonymous(&self) -> Actor<'_> {
        Actor { office: self, authorization: None }
    }

    /// The owner of this machine's data folder.
    pub fn owner(&self) -> Actor<'_> {
        Actor { office: self, authorization: Some(format!("Bearer {OWNER}")) }
    }

    /// A user with these roles, made if need be, logged in now.
    pub async fn user(&self, name: &str, roles: &[&str]) -> Actor<'_> {
        let body = serde_json::json!({"name": name, "password": PASSWORD, "roles": roles});
        self.owner().post("/api/v1/users", body).await;
        self.login(name).await
    }

    /// A user that exists, logged in now.
    pub async fn login(&self, name: &str) -> Actor<'_> {
        let body = serde_json::json!({"name": name, "password": PASSWORD});
        let answer = self.anonymous().post("/api/v1/login", body).await;
        let token = answer.json()["token"].as_str().expect("a login has a token").to_owned();
        Actor { office: self, authorization: Some(format!("Bearer {token}")) }
    }

    /// Sends any request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response: Response<Body> =
            self.shell.clone().oneshot(request).await.expect("the shell never fails");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("an answer in memory");
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).expect("answers are UTF-8"),
        }
    }
}

/// Somebody who asks.
#[derive(Clone)]
pub struct Actor<'a> {
    office: &'a TestOffice,
    pub authorization: Option<String>,
}

impl Actor<'_> {
    pub async fn get(&self, path: &str) -> Answer {
        self.send_bytes(Method::GET, path, None, Vec::new()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send_bytes(Method::DELETE, path, None, Vec::new()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.json(Method::POST, path, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.json(Method::PUT, path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.json(Method::PATCH, path, body).await
    }

    pub async fn json(&self, method: Method, path: &str, body: Value) -> Answer {
        self.send_bytes(method, path, Some("application/json"), body.to_string().into_bytes()).await
    }

    /// A document as the body.
    pub async fn document(&self, path: &str, text: &str) -> Answer {
        let kind = Some("application/octet-stream");
        self.send_bytes(Method::POST, path, kind, text.as_bytes().to_vec()).await
    }

    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        body: Vec<u8>,
    ) -> Answer {
        self.office.send(self.request(method, path, kind, body)).await
    }

    pub fn request(
        &self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        body: Vec<u8>,
    ) -> Request<Body> {
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        request.body(Body::from(body)).expect("a request")
    }
}

impl Answer {
    /// The body of an answer that must have succeeded, as JSON.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.json()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|fault| panic!("{fault}: {}", self.text))
    }

    /// Status and code of a problem document.
    pub fn problem(&self) -> String {
        format!("{} {}", self.status.as_u16(), self.json_code().unwrap_or_default())
    }

    /// The code of a problem document.
    pub fn json_code(&self) -> Option<String> {
        let body: Value = serde_json::from_str(&self.text).ok()?;
        body["code"].as_str().map(str::to_owned)
    }

    /// Status and body for a snapshot; signatures and drawn tokens are masked.
    pub fn show(&self) -> String {
        let kind =
            self.headers.get(header::CONTENT_TYPE).map_or("", |kind| kind.to_str().unwrap_or("?"));
        let mut shown = format!("{} {kind}\n", self.status.as_u16());
        match serde_json::from_str::<Value>(&self.text) {
            Ok(mut body) => {
                mask(&mut body);
                shown.push_str(&serde_json::to_string_pretty(&body).expect("JSON"));
            }
            Err(_) => shown.push_str(&self.text),
        }
        shown.push('\n');
        shown
    }
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                match name.as_str() {
                    "update" | "head" | "secret" if value.is_string() => *value = "…".into(),
                    "token" if value.as_str().is_some_and(|token| token.len() > 30) => {
                        *value = "…".into()
                    }
                    _ => mask(value),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(mask),
        _ => {}
    }
}
