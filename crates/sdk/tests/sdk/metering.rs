//! Metered features on line and off line: each numbered record counts once.

use tenure_sdk::Error;

use crate::server::{FakeServer, Fate};

#[test]
fn consuming_and_taking_back() {
    let server = FakeServer::new();
    server.state().fates.push_back(Fate::AnswerLost);
    let tenure = server.client().open().unwrap();
    let usage = tenure.consume("render", "1.0", 3).unwrap();
    assert_eq!((usage.count, usage.remaining), (3, Some(10)));
    tenure.undo(&usage).unwrap();
}

#[test]
fn a_consumption_without_an_answer_is_asked_again_and_counts_once() {
    let server = FakeServer::new();
    let tenure = server.client().open().unwrap();
    let used = || server.state().used.values().sum::<u64>();
    for expected in [3, 6] {
        server.state().fates.extend([Fate::AnswerLost; 4]);
        let lost = [(); 2].map(|()| tenure.consume("render", "1.0", 3));
        assert!(lost.iter().all(|one| matches!(one, Err(Error::Server(_)))));
        tenure.consume("render", "1.0", 3).unwrap();
        assert_eq!(used(), expected);
    }
    tenure.consume("render", "1.0", 3).unwrap();
    assert_eq!(used(), 9, "what was answered is not asked again");
}

#[test]
fn records_made_off_line_count_exactly_once() {
    let server = FakeServer::new();
    let folder = tempfile::tempdir().unwrap();
    let tenure = server.client().folder(folder.path().join("app")).open().unwrap();
    server.state().down = true;
    for (expected, count) in [(1, 5), (2, 7)] {
        assert_eq!(tenure.record_usage("render", "1.0", count).unwrap(), expected);
    }
    assert!(matches!(tenure.send_usage(), Err(Error::Server(_))));
    server.state().down = false;
    // The server counts the batch, the client never learns it and sends it again.
    server.state().fates.extend([Fate::AnswerLost, Fate::AnswerLost]);
    assert!(tenure.send_usage().is_err());
    drop(tenure);
    let tenure = server.client().folder(folder.path().join("app")).open().unwrap();
    assert_eq!(tenure.record_usage("render", "1.0", 1).unwrap(), 3);
    assert_eq!(tenure.send_usage().unwrap(), 3);
    assert_eq!(tenure.send_usage().unwrap(), 0);
    let consumed: Vec<(u64, u64)> = server.state().consumed.values().copied().collect();
    assert_eq!(consumed, [(3, 13)]);
}
