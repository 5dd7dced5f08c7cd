//! Key and revocation lists: published by themselves, and carried to containers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tenure_document::{ContainerKind, Envelope, Revocation};
use tenure_issuing::office::Command;

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
