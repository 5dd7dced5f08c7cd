//! Holders that wait in a queue ask through the folder when their turn comes.

use std::time::Duration;

use serde_json::Value;
use tenure_api::folder::Asked;
use tenure_document::Bytes;

use crate::desk::{Desk, lease, renewal};

/// A question about a ticket that waits for as long as the server lets it.
fn poll(queued: &Value) -> Asked {
    let ticket = &queued["tickets"][0];
    let text = |member: &str| ticket[member].as_str().expect("a ticket").to_owned();
    Asked::Poll { ticket: text("id"), token: text("token"), nonce: Bytes(vec![2; 8]), wait: 30 }
}

#[tokio::test]
async fn whoever_waits_in_a_queue_leaves_room_for_the_others() {
    let mut desk = Desk::new().await;
    let first = desk.client("first", 0);
    let held = lease(&first.ask(&mut desk, first.checkout("sim"), "k").await.1);
    // As many as are answered at the same time.
    let waiting: Vec<_> = (0..=255).map(|at| desk.client(&format!("user{at}"), at)).collect();
    let asked: Vec<_> = waiting
        .iter()
        .map(|client| {
            let bytes = client.request(client.queueing("sim"), "k1", desk.wall());
            client.put(&bytes);
            bytes
        })
        .collect();
    desk.scan().await;
    for (client, asked) in waiting.iter().zip(&asked) {
        let (status, queued) = client.take(asked).expect("a ticket");
        assert_eq!(status, 202, "{queued}");
        client.put(&client.request(poll(&queued), "k2", desk.wall()));
    }
    desk.folder.turn(desk.now);
    let bytes = first.request(renewal(&held), "k3", desk.wall());
    first.put(&bytes);
    let renewed = async {
        loop {
            desk.now += Duration::from_millis(500);
            desk.folder.turn(desk.now);
            tokio::task::yield_now().await;
            if let Some((status, _)) = first.take(&bytes) {
                return status;
            }
        }
    };
    // Far less than those wait.
    let renewed = tokio::time::timeout(Duration::from_secs(15), renewed).await;
    assert_eq!(renewed.expect("an answer beside them"), 200);
}
