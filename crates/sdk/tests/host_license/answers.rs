//! What an answer can do, and what no answer, a late one and a forged one can't.

use std::time::Duration;

use serde_json::{Value, json};
use tenure_document::{HostCheck, HostKey, OfflinePolicy, SeedSigner, seal};
use tenure_sdk::{HostLicense, HostState};

use crate::publisher::{ed25519, now};
use crate::site::{Clerk, Question, Site, desk, key, publisher, signed, unreachable_office};

const LONG: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// A license whose next question gets this answer.
fn answered(
    site: &Site,
    reply: impl FnOnce(&Question) -> Result<String, tenure_api::ApiError> + Send + 'static,
) -> (HostLicense, Value) {
    let (desk, clerk) = desk();
    let license = site.open("example.com").service(desk).start().unwrap();
    let Clerk { replies, asked } = clerk;
    replies.send(Box::new(reply)).unwrap();
    let asked = asked.recv_timeout(LONG).unwrap();
    license.wait_for_check(LONG);
    (license, asked)
}

/// Nothing on the way to the start waits for the network: the office here takes the question and never answers.
#[test]
fn a_dead_office_delays_nothing_and_takes_nothing_away() {
    let policies = [
        (OfflinePolicy::Allow, "unchecked", true),
        (OfflinePolicy::Grace(14), "unchecked", true),
        (OfflinePolicy::Deny, "check-needed", false),
    ];
    for (policy, code, usable) in policies {
        let site = Site::new();
        site.put(&key("example.com", policy));
        let (desk, clerk) = desk();
        let license = site.open("example.com").service(desk).start().unwrap();
        assert_eq!((license.status().code(), license.is_usable()), (code, usable), "{policy}");
        // The question is under way by now, and goes on waiting.
        clerk.asked.recv_timeout(LONG).unwrap();
        assert_eq!(license.is_usable(), usable, "{policy}");
        site.clock.advance(DAY * 15);
        assert_eq!(license.is_usable(), policy == OfflinePolicy::Allow, "{policy}");
        // Whoever ends the application does not wait either.
        drop(license);
    }
}

#[test]
fn only_a_signed_no_takes_the_license_away_and_it_is_remembered() {
    let site = Site::new();
    site.put(&key("example.com", OfflinePolicy::Allow));
    let refused = |question: &Question| {
        let (valid, reason) = (false, Some("revoked".to_owned()));
        signed(&HostCheck { valid, reason, ..question.answer(now()) })
    };
    let (license, _) = answered(&site, refused);
    assert_eq!(license.status().state, HostState::Refused { reason: "revoked".into() });
    drop(license);
    // The next start knows it, whoever keeps the office from answering.
    let (desk, _clerk) = desk();
    let license = site.open("example.com").service(desk).start().unwrap();
    assert_eq!((license.status().code(), license.is_usable()), ("revoked", false));
    drop(license);
    // A later yes gives it back.
    site.clock.advance(DAY);
    let later = now().plus(DAY);
    let (license, _) = answered(&site, move |question| signed(&question.answer(later)));
    assert_eq!(license.status().state, HostState::Valid);
}

#[test]
fn a_listener_that_panics_does_not_end_the_checks() {
    let site = Site::new();
    site.put(&key("example.com", OfflinePolicy::Grace(14)));
    let (desk, clerk) = desk();
    let builder = site.open("example.com").service(desk);
    let license = builder.on_change(|_| panic!("a fault of the application")).start().unwrap();
    clerk.replies.send(Box::new(|question| signed(&refusal(question)))).unwrap();
    clerk.asked.recv_timeout(LONG).unwrap();
    license.wait_for_check(LONG);
    // The thread may be on its way to its wait.
    let asked_again = (0..100).any(|_| {
        site.clock.advance(DAY);
        clerk.asked.recv_timeout(Duration::from_millis(100)).is_ok()
    });
    assert!(asked_again);
}

type Forgery = Box<dyn Fn(&Question) -> Result<String, tenure_api::ApiError> + Send>;

#[test]
fn what_is_no_answer_changes_nothing() {
    let forgeries: Vec<(&str, Forgery)> = vec![
        ("unreachable", Box::new(|_| Err(unreachable_office()))),
        ("not a document", Box::new(|_| Ok("no".into()))),
        ("foreign key", Box::new(|question| by(&refusal(question), &ed25519(50)))),
        ("the revoker's key", Box::new(|question| by(&refusal(question), &publisher().revoker))),
        (
            "another question",
            Box::new(|question| {
                signed(&HostCheck { nonce: vec![0; 32].into(), ..refusal(question) })
            }),
        ),
        (
            "another key",
            Box::new(|question| signed(&HostCheck { key: "k".into(), ..refusal(question) })),
        ),
        (
            "another host",
            Box::new(|question| {
                signed(&HostCheck { host: "example.org".parse().unwrap(), ..refusal(question) })
            }),
        ),
    ];
    for (name, forgery) in forgeries {
        let site = Site::new();
        site.put(&key("example.com", OfflinePolicy::Grace(14)));
        let (license, _) = answered(&site, forgery);
        let status = license.status();
        assert_eq!((status.code(), status.is_usable()), ("unchecked", true), "{name}");
        assert!(status.trouble.is_some(), "{name}");
        assert!(status.checked_at.is_none(), "{name}");
    }
}

fn refusal(question: &Question) -> HostCheck {
    HostCheck { valid: false, reason: Some("revoked".into()), ..question.answer(now()) }
}

fn by(check: &HostCheck, signer: &SeedSigner) -> Result<String, tenure_api::ApiError> {
    Ok(seal(check, &[signer]).to_json())
}

/// An old yes, kept by somebody on the way, does not undo a no, nor does it lengthen the grace.
#[test]
fn a_replayed_answer_gains_nothing() {
    let site = Site::new();
    site.put(&key("example.com", OfflinePolicy::Grace(14)));
    let (license, asked) = answered(&site, |question| signed(&question.answer(now())));
    drop(license);
    site.clock.advance(DAY * 10);
    let (license, again) = answered(&site, |question| {
        assert_eq!(question.members["user"].as_str().map(str::len), Some(26));
        signed(&question.answer(now()))
    });
    assert_eq!(asked, again);
    site.clock.advance(DAY * 5);
    assert_eq!(license.status().code(), "check-needed");
    drop(license);
    let newer = now().plus(DAY * 15);
    let (license, _) =
        answered(&site, move |question| signed(&HostCheck { at: newer, ..refusal(question) }));
    assert_eq!(license.status().code(), "revoked");
    drop(license);
    let (license, _) = answered(&site, |question| signed(&question.answer(now())));
    assert_eq!(license.status().code(), "revoked");
}

/// A dead battery set the clock a year ahead, once. That counts as two days until the next answer of the office says
/// what time it is, and the license is there again as soon as the clock is right.
#[test]
fn a_clock_that_was_in_the_future_takes_nothing_away_for_good() {
    let cases = [
        (OfflinePolicy::Allow, "unchecked"),
        (OfflinePolicy::Grace(14), "unchecked"),
        (OfflinePolicy::Deny, "check-needed"),
    ];
    for (policy, without_an_answer) in cases {
        let site = Site::new();
        site.put(&HostKey { expires: Some(now().plus(DAY * 90)), ..key("example.com", policy) });
        let opened = |reply: fn(&Question) -> Result<String, tenure_api::ApiError>| {
            let (license, _) = answered(&site, reply);
            (license.status().code().to_owned(), site.state()["clock"]["high_water"].clone())
        };
        let first = |question: &Question| signed(&question.answer(now()));
        let unreachable = |_: &Question| Err(unreachable_office());
        assert_eq!(opened(first).0, "valid");
        site.clock.set_wall(now().plus(DAY * 365));
        let two_days = json!(now().plus(DAY * 2));
        assert_eq!(opened(unreachable), ("expired".to_owned(), two_days.clone()));
        site.clock.set_wall(now().plus(DAY));
        // Neither setting it back nor an answer from before gives the two days back.
        let expected = (without_an_answer.to_owned(), two_days);
        assert_eq!(opened(unreachable), expected, "{policy}");
        assert_eq!(opened(first), expected, "{policy}");
        let (code, high) = opened(|question| signed(&question.answer(now().plus(DAY))));
        assert_eq!((code.as_str(), high), ("valid", json!(now().plus(DAY))), "{policy}");
        assert_eq!(opened(unreachable).0, "valid", "{policy}");
    }
}

/// Time goes on by the clock since boot: whoever sets the other one back does not make a key last.
#[test]
fn a_clock_that_is_set_back_lengthens_nothing() {
    let site = Site::new();
    let until = Some(now().plus(DAY * 90));
    site.put(&HostKey { expires: until, ..key("example.com", OfflinePolicy::Allow) });
    let (license, _) = answered(&site, |_| Err(unreachable_office()));
    // Ahead once: two days.
    site.clock.set_wall(now().plus(DAY * 80));
    assert!(license.is_usable());
    for day in 2..93 {
        site.clock.set_wall(now());
        assert_eq!(license.is_usable(), day <= 90, "{day}");
        site.clock.advance(DAY);
    }
}

#[test]
fn users_beyond_the_limit_are_told_or_turned_away_as_the_answer_says() {
    let site = Site::new();
    site.put(&key("example.com", OfflinePolicy::Allow));
    let over = |valid| {
        move |question: &Question| {
            let (reason, users_counted) = (Some("over-limit".to_owned()), Some(6));
            signed(&HostCheck { valid, reason, users_counted, ..question.answer(now()) })
        }
    };
    let (license, _) = answered(&site, over(true));
    let status = license.status();
    assert_eq!(status.state, HostState::OverLimit { blocked: false, tell: true });
    assert_eq!((status.users, status.is_usable()), (Some((6, 5)), true));
    assert_eq!(status.to_string(), "6 users work with a license for 5");
    drop(license);
    let (license, _) = answered(&site, over(false));
    assert_eq!(license.status().state, HostState::OverLimit { blocked: true, tell: true });
    assert!(!license.is_usable());
}

/// The number of an installation is drawn once, is the same at every start, and changes when the office says so.
#[test]
fn the_user_id_is_remembered_and_refreshed() {
    let site = Site::new();
    site.put(&key("example.com", OfflinePolicy::Allow));
    let fresh = tenure_document::HostUserId([7; 16]);
    let (license, first) = answered(&site, |_| Err(unreachable_office()));
    drop(license);
    let (license, second) = answered(&site, move |question| {
        signed(&HostCheck { user_id: Some(fresh), ..question.answer(now()) })
    });
    drop(license);
    let (license, third) = answered(&site, |question| signed(&question.answer(now())));
    drop(license);
    assert_eq!(first["user"], second["user"]);
    assert_eq!(third["user"], fresh.to_string());
    assert_eq!(site.state()["users"], serde_json::json!({"H-000001": fresh.to_string()}));
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(site.path().join("tenure-state.json")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
}

/// A file that others may have written counts as none, and one that can't be written keeps the application running.
#[test]
fn a_state_that_cannot_be_kept_counts_no_user() {
    let site = Site::new();
    site.put(&key("example.com", OfflinePolicy::Allow));
    let (desk, clerk) = desk();
    let nowhere = site.path().join("no/such/folder/state.json");
    let license = site.open("example.com").service(desk).state_file(nowhere).start().unwrap();
    let status = license.wait_for_check(LONG);
    assert!(status.is_usable() && status.trouble.is_some());
    assert!(clerk.asked.try_recv().is_err(), "nothing was asked");
}
