//! A world for the pages of people who log in: the real program as a server or an office, with data in it.
//!
//! The pages under test run in the test's own process over `Remote`, so that they are asked as in `tenure manager`;
//! the program is the built one: `TENURE_PROGRAM`, or `tenure` beside the test's target folder. Whatever is started
//! here ends with the world.

#![allow(dead_code, reason = "each test program uses its part")]

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use tempfile::TempDir;
use tenure_web::{Backend, Remote, RemoteOptions, SiteOptions, console, manager, portal};

/// The administrator that `World` makes, and the password of everybody.
pub const ADMIN: &str = "ann.admin";
pub const PASSWORD: &str = "correct horse battery";

/// What a small plant has bought.
pub const ITEMS: &str = r#"[
    {"id":"cad-2","feature":"cad","version":"2.0","count":10,"expiry":"2099-12-31","product":"cad-suite@2.0"},
    {"id":"cad-1","feature":"cad","version":"1.0","count":2,"expiry":"2026-12-31","product":"cad@1.0"},
    {"id":"render","feature":"render","version":"1.0","count":3,"expiry":"permanent","overdraft":{"count":1}},
    {"id":"viewer","feature":"viewer","version":"1.0","count":"uncounted","expiry":"permanent"},
    {"id":"sim","feature":"simulation","version":"1.0","count":500,"expiry":"permanent","kind":{"metered":{"reusable":false,"undo_seconds":300}}}
]"#;

pub struct World {
    pub folder: TempDir,
    served: Option<Served>,
    pub url: String,
    remote: Arc<Remote>,
    is_office: bool,
}

struct Served {
    child: Child,
    _stdout: BufReader<ChildStdout>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("TENURE_PROGRAM") {
        return named.into();
    }
    let own = std::env::current_exe().expect("the test's own path");
    let found = own.ancestors().map(|folder| folder.join("tenure")).find(|file| file.is_file());
    found.unwrap_or_else(|| {
        panic!("the program is not built: run `cargo build -p tenure` first, or name it by TENURE_PROGRAM")
    })
}

fn command() -> Command {
    let mut command = Command::new(program());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TENURE_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

fn keys(folder: &Path) {
    run(folder, "keys init --dir keys --publisher Acme --roots 1 --threshold 1 --no-passphrase");
}

/// Runs a command in the world's folder; it must succeed.
fn run(folder: &Path, line: &str) -> String {
    let output = command().args(line.split_whitespace()).current_dir(folder).output();
    let output = output.expect("the program can be started");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, error) = (said(&output.stdout), said(&output.stderr));
    assert!(output.status.success(), "{line}\n{out}{error}");
    out
}

fn start(folder: &Path, line: &str) -> (Served, String) {
    let mut child = command()
        .args(line.split_whitespace())
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program can be started");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut ready = String::new();
    stdout.read_line(&mut ready).expect("the ready line");
    let url = ready.trim().strip_prefix("listening on ").map(str::to_owned);
    let served = Served { child, _stdout: stdout };
    (served, url.unwrap_or_else(|| panic!("not ready: {line}: {ready}")))
}

const RUN_SERVER: &str = "server run --data data --listen 127.0.0.1:0";
const RUN_OFFICE: &str = "office run --data office --keys keys --listen 127.0.0.1:0";

impl World {
    /// A license server without an administrator and without a license.
    pub fn fresh() -> Self {
        let folder = TempDir::new().expect("a folder");
        keys(folder.path());
        run(folder.path(), "server init --data data --keyset keys/keyset.tnr --name Plant-7");
        Self::running(folder, RUN_SERVER)
    }

    /// A license server with an administrator and without a license.
    pub async fn unlicensed() -> Self {
        let world = Self::fresh();
        world.set_up().await;
        world
    }

    /// A license server with `items` and an administrator.
    pub async fn licensed(items: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        keys(folder.path());
        run(folder.path(), "server init --data data --keyset keys/keyset.tnr --name Plant-7");
        issue(folder.path(), items);
        run(folder.path(), "server apply --data data update.tnr");
        let world = Self::running(folder, RUN_SERVER);
        world.set_up().await;
        world
    }

    /// A license server of a plant at work: users on machines, one denied, a reservation.
    pub async fn busy() -> Self {
        let world = Self::licensed(ITEMS).await;
        for (user, machine, feature, version) in [
            ("ann", "ws-01", "cad", "2.0"),
            ("bob", "ws-02", "cad", "2.0"),
            ("cleo", "ws-03", "cad", "2.0"),
            ("dan", "ws-04", "cad", "1.0"),
            ("ann", "ws-01", "render", "1.0"),
            ("bob", "ws-02", "render", "1.0"),
            ("eve", "lab-09", "render", "1.0"),
            ("fay", "lab-10", "render", "1.0"),
            ("ann", "ws-01", "viewer", "1.0"),
        ] {
            world.check_out(user, machine, feature, version).await;
        }
        let (status, _) = world.ask_out("gus", "lab-11", "render", "1.0").await;
        assert_eq!(status, 409, "all seats are taken");
        world
    }

    /// An office with an administrator, without anything sold yet.
    pub async fn office() -> Self {
        let folder = TempDir::new().expect("a folder");
        keys(folder.path());
        run(folder.path(), "office init --data office --keys keys");
        let world = Self::running(folder, RUN_OFFICE);
        world.set_up().await;
        world
    }

    /// An office that has sold ten perpetual units of a product to a customer; and the activation ID.
    pub async fn selling() -> (Self, String) {
        let world = Self::office().await;
        let product = json!({"features": [{"feature": "cad"}], "license_models": ["perpetual"]});
        world.must("PUT", "/api/v1/license-models/perpetual", json!({})).await;
        world.must("PUT", "/api/v1/products/cad@2.0", product).await;
        let customer = json!({"name": "Works Ltd", "reference": "4711"});
        let customer = world.must("POST", "/api/v1/customers", customer).await;
        let line = json!({"product": "cad@2.0", "license_model": "perpetual", "quantity": 10});
        let order = json!({"customer": customer["id"], "order": "PO-1", "lines": [line]});
        let made = world.must("POST", "/api/v1/entitlements", order).await;
        let id = made["activation_id"].as_str().expect("an activation ID").to_owned();
        (world, id)
    }

    /// Lets the office meet a license server; its serial.
    pub async fn met(&self) -> String {
        self.run("server init --data data --keyset keys/keyset.tnr --name Plant-7");
        let context = self.run("server context --data data");
        let request = Request::builder()
            .method(Method::POST)
            .uri("/api/v1/exchange")
            .header("accept", "application/json")
            .header("content-type", "application/octet-stream")
            .body(context.into())
            .expect("a request");
        let answer = self.remote.call(request).await;
        let found: Value = serde_json::from_slice(answer.body()).expect("JSON");
        found["serial"].as_str().unwrap_or_else(|| panic!("{found}")).to_owned()
    }

    /// A license server of the office's publisher, connected to it, with an administrator and without a license.
    pub async fn connected(office: &World) -> Self {
        let folder = TempDir::new().expect("a folder");
        let keyset = office.folder.path().join("keys/keyset.tnr");
        let line = format!("server init --data data --name Plant-8 --keyset {}", keyset.display());
        run(folder.path(), &line);
        let office = format!("[office]\nurl = \"{}\"\n", office.url);
        std::fs::write(folder.path().join("data/tenure.toml"), office).expect("written");
        let world = Self::running(folder, RUN_SERVER);
        world.set_up().await;
        world
    }

    /// An office without an administrator.
    pub fn fresh_office() -> Self {
        let folder = TempDir::new().expect("a folder");
        keys(folder.path());
        run(folder.path(), "office init --data office --keys keys");
        Self::running(folder, RUN_OFFICE)
    }

    fn running(folder: TempDir, line: &str) -> Self {
        let (served, url) = start(folder.path(), line);
        let remote = Remote::new(RemoteOptions::new(url.clone())).expect("an address");
        let is_office = line == RUN_OFFICE;
        Self { folder, served: Some(served), url, remote: Arc::new(remote), is_office }
    }

    /// Ends the program as a power cut would.
    pub fn kill(&mut self) {
        self.served = None;
    }

    /// Runs a command in the world's folder.
    pub fn run(&self, line: &str) -> String {
        run(self.folder.path(), line)
    }

    /// Issues items to the server's present context: the update's text.
    pub fn issue(&self, items: &str) -> String {
        let folder = self.folder.path();
        std::fs::write(folder.join("items.json"), items).expect("written");
        run(folder, "admin --data data container context -o context.tnr");
        run(folder, "issue --keys keys --context context.tnr --items items.json -o update.tnr");
        std::fs::read_to_string(self.folder.path().join("update.tnr")).expect("the update")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join(if self.is_office { "office" } else { "data" })
    }

    fn line_of(&self, file: &str) -> String {
        let path = self.data().join(file);
        let text = std::fs::read_to_string(&path);
        text.unwrap_or_else(|error| panic!("{}: {error}", path.display())).trim().to_owned()
    }

    /// The one-time token of the console.
    pub fn setup_token(&self) -> String {
        self.line_of("setup.token")
    }

    async fn set_up(&self) {
        let body = json!({"token": self.setup_token(), "name": ADMIN, "password": PASSWORD});
        self.must("POST", "/api/v1/setup", body).await;
    }

    /// A user with these roles, and the password of everybody.
    pub async fn user(&self, name: &str, roles: &[&str]) {
        let body = json!({"name": name, "password": PASSWORD, "roles": roles});
        self.must("POST", "/api/v1/users", body).await;
    }

    /// Asks the API in the name of the machine's owner. Status and answer; `null` when there is no content.
    pub async fn api(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.api_as(&self.line_of("admin.token"), method, path, body).await
    }

    /// Logs a user in by the API: the bearer token.
    pub async fn bearer(&self, name: &str) -> String {
        let body = json!({"name": name, "password": PASSWORD});
        let found = self.must("POST", "/api/v1/login", body).await;
        found["token"].as_str().expect("a token").to_owned()
    }

    /// Asks the API in the name of whoever has this token.
    pub async fn api_as(
        &self,
        bearer: &str,
        method: &str,
        path: &str,
        body: Value,
    ) -> (u16, Value) {
        let text = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let method: Method = method.parse().expect("a method");
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {bearer}"))
            .body(text)
            .expect("a request");
        let answer = self.remote.call(request).await;
        let found = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        (answer.status().as_u16(), found)
    }

    /// As `api`, and it must succeed.
    pub async fn must(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, found) = self.api(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {found}");
        found
    }

    /// Asks for a seat; status and answer.
    pub async fn ask_out(
        &self,
        user: &str,
        machine: &str,
        feature: &str,
        version: &str,
    ) -> (u16, Value) {
        let body = json!({
            "holder": {"host": {"type": "string", "value": machine}, "user": user},
            "features": [{"name": feature, "version": version}],
        });
        self.api("POST", "/api/v1/leases", body).await
    }

    /// A seat that must be granted; the answer.
    pub async fn check_out(
        &self,
        user: &str,
        machine: &str,
        feature: &str,
        version: &str,
    ) -> Value {
        let (status, found) = self.ask_out(user, machine, feature, version).await;
        assert!(status == 200 || status == 201, "{status} {found}");
        found
    }

    /// The manager of this server, or the console with the portal of this office.
    pub fn pages(&self) -> Router {
        self.pages_with(SiteOptions { title: "Plant 7".to_owned(), ..SiteOptions::default() })
    }

    /// The same with other options.
    pub fn pages_with(&self, options: SiteOptions) -> Router {
        let backend: Arc<dyn Backend> = self.remote.clone();
        if self.is_office {
            let portal = portal(backend.clone(), options.clone()).expect("randomness");
            return portal.merge(console(backend, options).expect("randomness"));
        }
        manager(backend, options).expect("randomness")
    }

    /// The manager of this server, over another way to it.
    pub fn pages_over<B: Backend>(&self, way: impl FnOnce(Arc<dyn Backend>) -> B) -> Router {
        manager(Arc::new(way(self.remote.clone())), SiteOptions::default()).expect("randomness")
    }

    /// Whether somebody can log in.
    pub fn has_admin(&self) -> bool {
        !self.data().join("setup.token").exists()
    }

    /// The administrator's name and password, as the login takes them.
    pub fn credentials(&self) -> [(&'static str, &'static str); 2] {
        [("name", ADMIN), ("password", PASSWORD)]
    }

    /// Where somebody logs in.
    pub fn door(&self) -> &'static str {
        if self.is_office { "/console/login" } else { "/login" }
    }
}

fn issue(folder: &Path, items: &str) {
    std::fs::write(folder.join("items.json"), items).expect("written");
    run(folder, "server context --data data -o context.tnr");
    run(folder, "issue --keys keys --context context.tnr --items items.json -o update.tnr");
    let readable = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(folder.join("update.tnr"), readable).expect("permission bits");
}
