//! What lies in the folder when nobody waits any more. Time passes with each look.

use expect_test::{Expect, expect};
use tenure_api::folder::TEMPORARY_START;
use tenure_document::{SeedSigner, Time};

use super::*;
use crate::clock::Now;

/// A clock that is where it is waited for at once. Meanwhile somebody else may have been at the folder.
struct Leaping<F>(Mutex<Now>, F);

impl<F: Fn() + Send + Sync> Clock for Leaping<F> {
    fn now(&self) -> Now {
        *self.0.lock().expect("no panic held it")
    }

    fn wait(&self, _: &Bell, until: Option<Duration>) {
        (self.1)();
        let mut now = self.0.lock().expect("no panic held it");
        now.steady = until.unwrap_or(now.steady).max(now.steady);
    }
}

fn signer(seed: u8) -> Arc<dyn Signer> {
    Arc::new(SeedSigner::ed25519(&[seed; 32]).expect("a seed"))
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("the folder").flatten();
    let names = entries.map(|entry| entry.file_name().into_string().expect("a plain name"));
    names.filter(|name| !name.starts_with(TEMPORARY_START)).collect()
}

/// Answers every request with a key that nobody vouches for.
fn forge(directory: &Path) {
    for file in names(directory) {
        let Some(name) = ClientName::of_request(&file) else { continue };
        let bytes = std::fs::read(directory.join(file)).expect("a request");
        let request = FolderRequest::read(&name, &bytes).expect("a request");
        let whose = (&name, FolderRequest::hash_of(&bytes), request.nonce);
        let answer = FolderAnswer::to(whose, (503, None, b"{}".to_vec()), Time::EARLIEST);
        let text = answer.signed(signer(9).as_ref()).write().expect("it can be written");
        std::fs::write(directory.join(name.answer_file()), text).expect("written");
    }
}

/// What each of these gets, and what is asked in the folder after all of them.
fn check(asked: impl IntoIterator<Item = Asked>, is_forged: bool, expected: Expect) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_owned();
    let meanwhile = move || {
        if is_forged {
            forge(&path);
        }
    };
    let now = Now { steady: Duration::from_secs(1_000), wall: Time::EARLIEST };
    let transport = FolderTransport::new(
        folder.path().to_owned(),
        ("ann", "ws1"),
        signer(1),
        (RootPin(Hash::ZERO), None),
        Arc::new(Leaping(Mutex::new(now), meanwhile)),
        Hash::ZERO,
    );
    let mut told = String::new();
    for asked in asked {
        let action = asked.action();
        let outcome = match transport.exchange_once(asked, "k") {
            Ok(answered) => answered.status.to_string(),
            Err(error) => error.code().to_owned(),
        };
        told.push_str(&format!("{action}: {outcome}\n"));
    }
    let mut left = Vec::new();
    for file in names(folder.path()) {
        let Some(name) = ClientName::of_request(&file) else { continue };
        let bytes = std::fs::read(folder.path().join(file)).expect("a request");
        let asked = FolderRequest::read(&name, &bytes).expect("a request").asked;
        left.push(asked.path());
    }
    left.sort();
    expected.assert_eq(&format!("{told}left: {left:?}"));
}

fn release(lease: &str) -> Asked {
    Asked::Release { lease: lease.to_owned(), token: "t".to_owned() }
}

#[test]
fn what_gives_seats_back_lies_there_each_under_its_own_name() {
    let asked = || [release("L-1"), release("L-2"), Asked::Renew(b"{}".to_vec())];
    check(
        asked(),
        false,
        expect![[r#"
        release: unreachable
        release: unreachable
        renew: unreachable
        left: ["/api/v1/leases/L-1", "/api/v1/leases/L-2"]"#]],
    );
    check(
        asked(),
        true,
        expect![[r#"
        release: unreachable
        release: unreachable
        renew: unreachable
        left: ["/api/v1/leases/L-1", "/api/v1/leases/L-2"]"#]],
    );
}
