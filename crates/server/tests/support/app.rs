//! The real router in process, with four actors: anonymous, a reader, an administrator, a client.
//!
//! Invariants: a manual clock, fixed keys, an in-memory disk: the same answers on every run; what is drawn all the
//! same (session tokens, the ledger's signatures over it) is masked in what tests show.
#![allow(dead_code)]

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, StatusCode, header};
use serde_json::Value;
use tenure_ledger::{Engine, ManualClock, MemoryDisk, Options as EngineOptions};
use tenure_server::{LeasingMachine, Options, PasswordCost, Plane, Secret, Server, Shell};
use tower::ServiceExt;

use crate::house::publisher::{Publisher, now};
use crate::house::{ITEMS, TestEntries, first_update, identity, machine};

/// The token of the owner-only file.
pub const OWNER: &str = "owner-token-of-the-test";
/// The one-time set-up token.
pub const SETUP: &str = "set-up-token-of-the-test";
/// Everybody's password here.
pub const PASSWORD: &str = "correct horse battery";

/// A server with what a test needs to drive it.
pub struct TestApp {
    pub shell: Shell,
    pub server: Server,
    pub engine: Engine<LeasingMachine>,
    pub clock: ManualClock,
    pub disk: MemoryDisk,
    pub publisher: Publisher,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub text: String,
}

impl TestApp {
    /// A server that holds the catalog of [`ITEMS`].
    pub async fn new() -> Self {
        let app = Self::empty(|_| ());
        app.load(ITEMS).await;
        app
    }

    /// The same with three leases and two denials.
    pub async fn in_use() -> Self {
        let app = Self::new().await;
        let client = app.anonymous();
        for (host, feature, count) in [
            ("ws1", "cad", 2),
            ("ws2", "cad", 1),
            ("ws2", "viewer", 1),
            ("ws3", "nothing", 1),
            ("ws3", "sim", 9),
        ] {
            client.post("/api/v1/leases", checkout(host, feature, count)).await;
        }
        app
    }

    /// A server without items, with changed options.
    pub fn empty(change: impl FnOnce(&mut Options)) -> Self {
        Self::on(MemoryDisk::new(), ManualClock::at(now()), Publisher::new(0), change)
    }

    fn on(
        disk: MemoryDisk,
        clock: ManualClock,
        publisher: Publisher,
        change: impl FnOnce(&mut Options),
    ) -> Self {
        let mut settings = EngineOptions::new(Arc::new(clock.clone()));
        settings.tick = None;
        let ledger = Box::new(disk.open().expect("the disk is free"));
        let entries = Box::new(TestEntries(identity()));
        let (engine, _) = Engine::open(ledger, entries, || machine(&publisher), settings)
            .expect("a new ledger opens");
        let mut options = Options::new([3; 32]);
        options.admin_token = Some(Secret::new(OWNER));
        options.setup_token = Some(Secret::new(SETUP));
        options.login.cost = PasswordCost { memory_kib: 64, passes: 1 };
        change(&mut options);
        let server = Server::new(engine.clone(), Arc::new(clock.clone()), identity(), options);
        let shell = server.service(Plane::Both);
        Self { shell, server, engine, clock, disk, publisher }
    }

    /// The same ledger in a new process.
    pub fn restarted(self) -> Self {
        let Self { engine, clock, disk, publisher, shell, server } = self;
        engine.stop();
        drop((engine, shell, server));
        Self::on(disk, clock, publisher, |_| ())
    }

    /// Applies the update that brings these items.
    pub async fn load(&self, items: &str) {
        let update = first_update(&self.publisher, items).to_json();
        let answer = self
            .owner()
            .send_bytes(Method::POST, "/api/v1/container/update", None, update.into())
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }

    /// Nobody in particular.
    pub fn anonymous(&self) -> Actor<'_> {
        Actor { app: self, authorization: None }
    }

    /// The owner of this machine's data folder.
    pub fn owner(&self) -> Actor<'_> {
        Actor { app: self, authorization: Some(format!("Bearer {OWNER}")) }
    }

    /// Who shows this token of a lease.
    pub fn holder(&self, token: &str) -> Actor<'_> {
        Actor { app: self, authorization: Some(format!("Lease {token}")) }
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
        Actor { app: self, authorization: Some(format!("Bearer {token}")) }
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
    app: &'a TestApp,
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

    pub async fn json(&self, method: Method, path: &str, body: Value) -> Answer {
        self.send_bytes(method, path, Some("application/json"), body.to_string().into_bytes()).await
    }

    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        body: Vec<u8>,
    ) -> Answer {
        self.app.send(self.request(method, path, kind, body)).await
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
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|fault| panic!("{fault}: {}", self.text))
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
                    "document" | "receipt" | "head" | "history_hash" if value.is_string() => {
                        *value = "…".into()
                    }
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

/// A checkout of one feature for one device.
pub fn checkout(host: &str, feature: &str, count: u32) -> Value {
    serde_json::json!({
        "holder": {"host": {"type": "STRING", "value": host}, "user": "ann"},
        "features": [{"name": feature, "version": "1.0", "count": count}],
    })
}
