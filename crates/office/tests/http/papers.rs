//! Key and revocation lists: published by themselves, and carried to containers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tenure_document::{ContainerKind, Envelope, Keyset, Revocation};
use tenure_issuing::TrustPapers;
use tenure_issuing::office::Command;
use tenure_office::Keyring;

use crate::device::Device;
use crate::office::{TestOffice, publisher};
use crate::publisher::now;

/// Waits until the books hold these lists; the job works beside.
async fn until(office: &TestOffice, keyset: u64, revocation: u64) {
    let looking = async {
        let read = |machine: &tenure_office::OfficeMachine, _| {
            let papers = machine.0.papers();
            (papers.keyset_version(), papers.revocation_sequence())
        };
        while office.engine.query(read).await != Ok((keyset, revocation)) {
            tokio::task::yield_now().await;
        }
    };
    let looked = tokio::time::timeout(Duration::from_secs(30), looking).await;
    assert!(looked.is_ok(), "key list {keyset} and revocation list {revocation} did not come");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_container_is_on_a_signed_list_that_others_get() {
    let kept: Arc<Mutex<Vec<Envelope>>> = Arc::default();
    let keep = Arc::clone(&kept);
    let office = TestOffice::with(|options| {
        options.keep_revocation = Some(Arc::new(move |list| {
            keep.lock().expect("no panic").push(list.clone());
            Ok(())
        }));
    });
    let _desk = office.server.start_jobs();
    until(&office, 1, 0).await;
    let (lost, mut other) =
        (Device::new(1, ContainerKind::Bound), Device::new(2, ContainerKind::Bound));
    for device in [&lost, &other] {
        office.anonymous().document("/api/v1/exchange", &device.context()).await.ok();
    }
    let command: Command = serde_json::from_value(json!({"container": {"replace": {
        "by": {"staff": "ann"}, "id": lost.container.id(), "why": "lost"}}}))
    .expect("a command");
    office.engine.submit(command, None).await.expect("it is given up");
    until(&office, 1, 1).await;

    let list = kept.lock().expect("no panic").pop().expect("the list was kept before");
    let list: tenure_document::Verified<Revocation> =
        publisher().trust().verify(&list, now()).expect("signed by the revoker");
    assert_eq!(list.containers[0].container, lost.container.id());

    other.wait(60);
    let update = office.anonymous().document("/api/v1/exchange", &other.context()).await.ok();
    other.apply(update["update"].as_str().expect("an update"));
    assert_eq!(other.container.trust().expect("its trust").revocation_sequence(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_second_person_approves_one_question_is_asked() {
    let office = TestOffice::new();
    let _desk = office.server.start_jobs();
    until(&office, 1, 0).await;
    let submit = async |command: serde_json::Value| {
        let command: Command = serde_json::from_value(command).expect("a command");
        office.engine.submit(command, None).await.expect("it is done");
    };
    submit(json!({"policy": {"change": {"by": "ann", "change": {"approve_publishing": true}}}}))
        .await;
    for number in 1..=2 {
        let device = Device::new(number, ContainerKind::Bound);
        office.anonymous().document("/api/v1/exchange", &device.context()).await.ok();
        submit(json!({"container": {"rule": {
            "by": "ann", "id": device.container.id(), "ruling": "revoke"}}}))
        .await;
    }
    let questions = async || {
        let read = |machine: &tenure_office::OfficeMachine, _| machine.0.approvals().open().len();
        office.engine.query(read).await.expect("the engine answers")
    };
    while questions().await == 0 {
        tokio::task::yield_now().await;
    }
    office.user("bob", &["admin"]).await;
    let bob = office.login("bob").await;
    let open = bob.get("/api/v1/approvals").await.ok();
    assert_eq!(open["total"], 1, "{open}");
    bob.post("/api/v1/approvals/P-0000001/approve", json!({})).await.ok();
    until(&office, 1, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn key_lists_are_asked_about_one_after_the_other() {
    let office = TestOffice::new();
    let desk = office.server.start_jobs();
    until(&office, 1, 0).await;
    let policy =
        json!({"policy": {"change": {"by": "ann", "change": {"approve_publishing": true}}}});
    let policy: Command = serde_json::from_value(policy).expect("a command");
    office.engine.submit(policy, None).await.expect("it is done");
    office.user("bob", &["admin"]).await;

    let list = |version: u64| {
        let keyset = Keyset { version, ..publisher().keyset.clone() };
        (version, publisher().seal_keyset(&keyset).to_json())
    };
    let papers = TrustPapers { keysets: (1..=3).map(list).collect(), revocation: None };
    desk.set_keyring(Keyring::new(publisher().trust(), papers, Vec::new()));
    for no in 1..=2 {
        let asked = async || {
            let read = move |machine: &tenure_office::OfficeMachine, _| {
                machine.0.approvals().get(no).map(|question| question.asked)
            };
            office.engine.query(read).await.expect("the engine answers")
        };
        let looking = async {
            loop {
                match asked().await {
                    Some(asked) => return asked,
                    None => tokio::task::yield_now().await,
                }
            }
        };
        let asked = tokio::time::timeout(Duration::from_secs(30), looking).await;
        // Not before the one before it was published: in between the clock went on.
        assert_eq!(asked.expect("a question"), office.now());
        let bob = office.login("bob").await;
        office.wait(60);
        bob.post(&format!("/api/v1/approvals/P-000000{no}/approve"), json!({})).await.ok();
        until(&office, 1 + no, 0).await;
    }
}
