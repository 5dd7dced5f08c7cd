//! Applications that use the client library through a shared folder: the whole cycle on one clock, and forged answers.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use serde_json::json;
use tenure_api::folder::{ClientName, FolderAnswer};
use tenure_document::{Bytes, Holder, HostId, HostIdType, SeedSigner};
use tenure_sdk::clock::ManualClock;
use tenure_sdk::{Error, Tenure};

use crate::desk::Desk;
use crate::house::publisher::now;

const STEP: Duration = Duration::from_millis(250);

/// A desk and the clock of the applications, which go together.
struct Stage {
    desk: Desk,
    clock: Arc<ManualClock>,
    /// Every name that was seen between two scans.
    seen: Vec<String>,
    /// Nobody serves the folder.
    down: bool,
}

impl Stage {
    /// Leases as the manager of old gave them: renewed every quarter of an hour.
    async fn new() -> Self {
        let desk = Desk::new().await;
        let terms = json!({"lease.floating-seconds": 1800, "lease.renew-percent": 50, "lease.renew-jitter-percent": 0});
        let set = desk.app.owner().json(Method::PATCH, "/api/v1/properties", terms).await;
        assert!(set.status.is_success(), "{}", set.text);
        Self { desk, clock: Arc::new(ManualClock::new(now())), seen: Vec::new(), down: false }
    }

    fn application(&self, user: &str, seed: u8) -> tenure_sdk::Tenure {
        let mut holder = Holder::of(HostId::new(HostIdType::String, "ws14").expect("a host ID"));
        holder.user = Some(user.to_owned());
        Tenure::shared_folder(self.desk.directory.path())
            .root(&self.desk.app.publisher.pin().to_string())
            .holder(holder)
            .clock(self.clock.clone())
            .seed([seed; 32])
            .without_thread()
            .open()
            .expect("nothing is sent yet")
    }

    /// Makes a call that waits for answers, and lets time pass and the server scan until it returns.
    async fn during<T: Send>(&mut self, call: impl FnOnce() -> T + Send) -> T {
        self.meanwhile(call, |_| ()).await
    }

    /// The same, with somebody else at the folder before each scan.
    async fn meanwhile<T: Send>(
        &mut self,
        call: impl FnOnce() -> T + Send,
        mut other: impl FnMut(&Path),
    ) -> T {
        // A scoped thread: the library blocks, as it does in an application.
        let (sent, received) = std::sync::mpsc::channel();
        let mut result = None;
        std::thread::scope(|scope| {
            scope.spawn(move || sent.send(call()).expect("somebody waits"));
            let runtime = tokio::runtime::Handle::current();
            while result.is_none() {
                result = received.try_recv().ok();
                // Time never outruns the application, however slow its disk is.
                if result.is_some() || !self.clock.is_waited_for() {
                    std::thread::yield_now();
                    continue;
                }
                self.pass(STEP);
                other(self.desk.directory.path());
                self.seen.extend(self.desk.files());
                if !self.down {
                    tokio::task::block_in_place(|| runtime.block_on(self.desk.scan()));
                }
                other(self.desk.directory.path());
                self.seen.extend(self.desk.files());
                result = received.try_recv().ok();
                std::thread::yield_now();
            }
        });
        result.expect("the call has returned")
    }

    fn pass(&self, time: Duration) {
        self.desk.app.clock.advance(time);
        self.clock.advance(time);
    }

    /// What was asked since the last time, oldest first.
    fn asked(&mut self) -> Vec<String> {
        let state = self.desk.folder.status().now();
        let mut asked: Vec<_> = state.exchanges.into_iter().map(|one| one.action).collect();
        asked.reverse();
        asked
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cycle_of_the_manager_of_old() {
    let mut stage = Stage::new().await;
    let tenure = stage.application("ann", 1);
    let seat = stage.during(|| tenure.checkout("cad", "1.0")).await.expect("a seat");
    stage.seen.sort();
    stage.seen.dedup();
    let requests: Vec<_> = stage.seen.iter().filter(|name| name.ends_with(".in.xml")).collect();
    assert_eq!(requests.len(), 1, "{:?}", stage.seen);
    let name = ClientName::of_request(requests[0]).expect("User-ClientID-Computer.in.xml");
    assert_eq!((name.user(), name.computer()), ("ann", "ws14"));
    assert!(stage.seen.contains(&name.answer_file()), "{:?}", stage.seen);
    assert!(stage.desk.files().is_empty(), "nothing is left");
    assert_eq!(stage.asked(), ["chain", "checkout"]);
    assert!(stage.desk.page().await.contains("<td>ann<td>ws14"));
    // Not before a quarter of an hour, then at once.
    stage.pass(Duration::from_secs(890));
    stage.during(|| tenure.tick()).await;
    assert_eq!(stage.asked(), ["chain", "checkout"]);
    stage.pass(Duration::from_secs(10));
    stage.during(|| tenure.tick()).await;
    assert_eq!(stage.asked(), ["chain", "checkout", "renew"]);
    assert!(seat.is_usable());
    // Four more quarters: the seat stays.
    for _ in 0..4 {
        stage.pass(Duration::from_secs(901));
        stage.during(|| tenure.tick()).await;
        assert!(seat.is_usable());
    }
    stage.during(move || drop(seat)).await;
    assert_eq!(stage.asked().last().map(String::as_str), Some("release"));
    assert!(stage.desk.page().await.contains("Nobody holds a seat."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_says_why_and_a_server_that_is_away_is_named() {
    let mut stage = Stage::new().await;
    let tenure = stage.application("ann", 1);
    let denied = stage.during(|| tenure.checkout("nothing", "1.0")).await.expect_err("no such");
    assert_eq!(denied.code(), "unknown-feature");
    stage.down = true;
    let error = stage.during(|| tenure.checkout("cad", "1.0")).await.expect_err("nobody answers");
    assert_eq!(error.code(), "unreachable");
    assert!(error.to_string().contains("Does its license server run?"), "{error}");
    assert!(stage.desk.files().is_empty(), "what nobody waits for is withdrawn");
    // It is back: the same request again, and one seat.
    stage.down = false;
    let seat = stage.during(|| tenure.checkout("cad", "1.0")).await.expect("a seat");
    assert_eq!(stage.desk.app.owner().get("/api/v1/leases").await.json()["total"], 1);
    stage.during(move || drop(seat)).await;
}

/// Somebody else puts a file in the place of each answer; the application gets its own seat all the same.
async fn forged(forge: impl Fn(&ClientName, Option<&[u8]>) -> Option<Vec<u8>>, times: usize) {
    let mut stage = Stage::new().await;
    let tenure = stage.application("ann", 1);
    let mut left = times;
    let other = |folder: &Path| {
        let names = fs::read_dir(folder).expect("the folder").flatten();
        let names = names.filter_map(|entry| entry.file_name().into_string().ok());
        for name in names {
            let (request, answer) = (ClientName::of_request(&name), ClientName::of_answer(&name));
            let Some(name) = request.or(answer).filter(|_| left > 0) else { continue };
            left -= 1;
            let path = folder.join(name.answer_file());
            match forge(&name, fs::read(&path).ok().as_deref()) {
                Some(bytes) => fs::write(path, bytes).expect("overwritten"),
                None => fs::remove_file(path).unwrap_or_default(),
            }
        }
    };
    let seat = stage.meanwhile(|| tenure.checkout("cad", "1.0"), other).await.expect("a seat");
    let lease = seat.lease().expect("a lease");
    assert_eq!((lease.feature.as_str(), lease.holder.user.as_deref()), ("cad", Some("ann")));
    assert_eq!(stage.desk.app.owner().get("/api/v1/leases").await.json()["total"], 1);
    stage.during(move || drop(seat)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_others_overwrite_are_passed_over() {
    forged(|_, _| Some(b"<TenureAnswer version=\"1\"></TenureAnswer>".to_vec()), 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_others_delete_are_asked_for_again() {
    forged(|_, _| None, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_others_change_are_passed_over() {
    let change = |_: &ClientName, answer: Option<&[u8]>| {
        let text = String::from_utf8(answer?.to_vec()).ok()?;
        Some(text.replace("<Status>20", "<Status>40").into_bytes())
    };
    forged(change, 6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_somebody_else_signs_is_passed_over() {
    let signer = SeedSigner::ed25519(&[66; 32]).expect("a seed");
    let refuse = move |name: &ClientName, answer: Option<&[u8]>| {
        let told = answer.and_then(|bytes| FolderAnswer::read(bytes).ok());
        let (request, nonce) = told
            .map_or((tenure_document::Hash::ZERO, Bytes(vec![0; 16])), |told| {
                (told.request, told.nonce)
            });
        let problem = br#"{"status":410,"code":"revoked","detail":"Go away."}"#.to_vec();
        let answer = FolderAnswer::to((name, request, nonce), (410, None, problem), now());
        Some(answer.signed(&signer).write().expect("it can be written").into_bytes())
    };
    forged(refuse, 6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_of_another_client_brings_no_seat() {
    let mut stage = Stage::new().await;
    let (ann, bob) = (stage.application("ann", 1), stage.application("bob", 2));
    let kept = std::cell::RefCell::new(Vec::<Vec<u8>>::new());
    // All answers to ann are kept by somebody …
    let keep = |folder: &Path| {
        for entry in fs::read_dir(folder).expect("the folder").flatten() {
            if entry.file_name().to_string_lossy().ends_with(".out.xml") {
                kept.borrow_mut().extend(fs::read(entry.path()));
            }
        }
    };
    let seat = stage.meanwhile(|| ann.checkout("cad", "1.0"), keep).await.expect("a seat");
    // … and put in the place of those to bob, whose requests never reach the server.
    stage.down = true;
    let swap = |folder: &Path| {
        for entry in fs::read_dir(folder).expect("the folder").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(name) = ClientName::of_request(&name) {
                let answers = kept.borrow();
                fs::write(folder.join(name.answer_file()), &answers[answers.len() - 1])
                    .expect("put");
            }
        }
    };
    let error = stage.meanwhile(|| bob.checkout("cad", "1.0"), swap).await.expect_err("no seat");
    assert!(matches!(error, Error::Server(_)), "{error:?}");
    stage.down = false;
    stage.during(move || drop(seat)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_borrowed_lease_is_given_back_by_a_later_run_with_the_key_that_was_kept() {
    let mut stage = Stage::new().await;
    let own = tempfile::tempdir().expect("a folder");
    let settings = own.path().join("tenure-folder.txt");
    let pin = stage.desk.app.publisher.pin();
    let shared = stage.desk.directory.path().display();
    fs::write(&settings, format!("folder = {shared}\r\nroot = {pin}\r\nuser = ann\r\n"))
        .expect("written");
    let clock = stage.clock.clone();
    let open = |seed: u8| {
        Tenure::settings_file(&settings)
            .folder(own.path().join("app"))
            .clock(clock.clone())
            .seed([seed; 32])
            .without_thread()
            .open()
            .expect("the settings say all")
    };
    let first = open(1);
    let day = Duration::from_secs(86_400);
    let seat = stage.during(|| first.request("travel", "1.0").borrow_for(day).checkout()).await;
    let id = seat.expect("a seat").lease().expect("a lease").id;
    let second = open(2);
    stage.during(|| second.return_borrowed(id)).await.expect("given back");
    assert_eq!(stage.desk.app.owner().get("/api/v1/leases").await.json()["total"], 0);
}

#[test]
fn settings_that_say_nothing_are_named() {
    let own = tempfile::tempdir().expect("a folder");
    let path = own.path().join("settings.txt");
    let missing = Tenure::settings_file(&path).open().err().expect("no file");
    assert!(missing.to_string().contains("settings.txt can't be read"), "{missing}");
    fs::write(&path, "foldr = /x").expect("written");
    let wrong = Tenure::settings_file(&path).open().err().expect("no folder");
    assert!(wrong.to_string().contains("line 1: expected `folder = PATH`"), "{wrong}");
}
