//! A shared directory with a server that scans it when told to, and clients that write files.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tenure_api::folder::{Asked, ClientName, FolderAnswer, FolderRequest};
use tenure_document::{Bytes, SeedSigner, Signer as _, Time};
use tenure_server::{FolderOptions, SharedFolder};
use tokio::runtime::Handle;

use crate::app::TestApp;
use crate::house::identity;

/// A server, its folder, and a clock for the scans.
pub struct Desk {
    pub app: TestApp,
    pub folder: SharedFolder,
    pub directory: tempfile::TempDir,
    pub now: Duration,
}

/// A client with a key of its own.
pub struct Client {
    pub name: ClientName,
    pub signer: SeedSigner,
    directory: PathBuf,
}

pub fn options(directory: &Path, station: &str) -> FolderOptions {
    let interval = Duration::from_millis(500);
    FolderOptions { directory: directory.to_owned(), interval, page: true, station: station.into() }
}

impl Desk {
    pub async fn new() -> Self {
        Self::on(TestApp::new().await)
    }

    pub fn on(app: TestApp) -> Self {
        // In memory where there is such a place: a hundred thousand files are no matter there.
        let memory = Path::new("/dev/shm");
        let directory = match memory.is_dir() {
            true => tempfile::tempdir_in(memory),
            false => tempfile::tempdir(),
        };
        let directory = directory.expect("a directory");
        let options = options(directory.path(), "station");
        let folder = app.server.shared_folder(options, Handle::current());
        Self { app, folder, directory, now: Duration::from_secs(100) }
    }

    /// One scan, half a second after the last, and all answers to it.
    pub async fn scan(&mut self) {
        self.now += Duration::from_millis(500);
        self.folder.turn(self.now);
        self.folder.idle().await;
    }

    /// Scans for so many seconds.
    pub async fn scan_for(&mut self, seconds: u64) {
        for _ in 0..seconds * 2 {
            self.scan().await;
        }
    }

    pub fn client(&self, user: &str, seed: u8) -> Client {
        Client {
            name: ClientName::new(user, [seed; 16], "ws1"),
            signer: SeedSigner::ed25519(&[seed; 32]).expect("a seed"),
            directory: self.directory.path().to_owned(),
        }
    }

    pub fn wall(&self) -> Time {
        "2026-11-22T00:00:00Z".parse().expect("a time")
    }

    /// Names in the folder, without those of the server.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).expect("the directory");
        let names = entries
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"));
        let own = ["tenure.lock", "tenure.server", "license.html"];
        let mut names: Vec<String> = names.filter(|name| !own.contains(&name.as_str())).collect();
        names.sort();
        names
    }

    /// The page as the next scan leaves it: a scan does not wait for its answers.
    pub async fn page(&mut self) -> String {
        self.scan().await;
        fs::read_to_string(self.directory.path().join("license.html")).expect("the page")
    }
}

impl Client {
    pub fn path(&self) -> PathBuf {
        self.directory.join(self.name.request_file())
    }

    pub fn answer_path(&self) -> PathBuf {
        self.directory.join(self.name.answer_file())
    }

    /// A checkout of one seat.
    pub fn checkout(&self, feature: &str) -> Asked {
        Asked::Checkout(self.wish(feature).to_string().into_bytes())
    }

    /// A checkout that would wait.
    pub fn queueing(&self, feature: &str) -> Asked {
        let mut body = self.wish(feature);
        body["wait"] = json!(600);
        Asked::Checkout(body.to_string().into_bytes())
    }

    fn wish(&self, feature: &str) -> Value {
        json!({
            "holder": {"host": {"type": "STRING", "value": format!("host of {}", self.name.user())}, "user": self.name.user(), "process": self.name.id()},
            "features": [{"name": feature, "version": "1.0", "count": 1}],
            "nonce": "AAAAAAAAAAA",
        })
    }

    /// The bytes of a request.
    pub fn request(&self, asked: Asked, key: &str, at: Time) -> Vec<u8> {
        let request = self.signed(asked, key, at);
        request.write().expect("it can be written").into_bytes()
    }

    fn signed(&self, asked: Asked, key: &str, at: Time) -> FolderRequest {
        let of = (self.name.clone(), asked);
        FolderRequest::signed(of, key, Bytes(vec![1; 16]), &self.signer, at)
    }

    /// Writes a request as clients do: under another name, then renamed.
    pub fn put(&self, bytes: &[u8]) {
        let temporary = self.directory.join(format!(".tenure-{}.tmp", self.name.id()));
        fs::write(&temporary, bytes).expect("written");
        fs::rename(temporary, self.path()).expect("renamed");
    }

    /// The answer to these bytes, taken away; none yet is none.
    pub fn take(&self, request: &[u8]) -> Option<(u16, Value)> {
        let bytes = fs::read(self.answer_path()).ok()?;
        fs::remove_file(self.answer_path()).expect("removed");
        let answer = FolderAnswer::read(&bytes).expect("an answer");
        assert!(answer.is_signed_by(identity().public()), "the server signs what it answers");
        assert_eq!(answer.request, FolderRequest::hash_of(request));
        let body = serde_json::from_slice(&answer.body).unwrap_or_default();
        Some((answer.status, body))
    }

    /// Asks and waits for the answer.
    pub async fn ask(&self, desk: &mut Desk, asked: Asked, key: &str) -> (u16, Value) {
        let bytes = self.request(asked, key, desk.wall());
        self.put(&bytes);
        desk.scan().await;
        self.take(&bytes).expect("an answer")
    }
}

/// Lease and token of a grant.
pub fn lease(body: &Value) -> (String, String) {
    let text = |name: &str| body["leases"][0][name].as_str().expect("a grant").to_owned();
    (text("id"), text("token"))
}

/// The renewal of one lease.
pub fn renewal((id, token): &(String, String)) -> Asked {
    let body = json!({"renewals": [{"lease": id, "token": token, "nonce": "BBBBBBBBBBA"}]});
    Asked::Renew(body.to_string().into_bytes())
}

/// Giving one lease back.
pub fn release((id, token): &(String, String)) -> Asked {
    Asked::Release { lease: id.clone(), token: token.clone() }
}
