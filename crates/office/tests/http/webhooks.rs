//! Messages to web hooks: signed, sent again when they failed, never to private addresses unless that is allowed.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::json;
use tenure_issuing::office::Command;

use crate::office::TestOffice;

/// Answers each connection with the next status, and tells what came.
fn receiver(statuses: &'static [u16]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("bound"));
    let (told, heard) = channel();
    std::thread::spawn(move || {
        for status in statuses {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut text = String::new();
            let mut piece = [0; 4096];
            while !is_whole(&text) {
                let read = stream.read(&mut piece).expect("a request");
                text.push_str(&String::from_utf8_lossy(&piece[..read]));
            }
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).expect("an answer");
            told.send(text).expect("a test that listens");
        }
    });
    (url, heard)
}

fn is_whole(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = header(head, "content-length").and_then(|length| length.parse().ok());
    body.len() >= length.unwrap_or(0)
}

fn header<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut lines = text.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

async fn submit(office: &TestOffice, command: serde_json::Value) {
    let command: Command = serde_json::from_value(command.clone())
        .unwrap_or_else(|fault| panic!("{fault}: {command}"));
    office.engine.submit(command, None).await.unwrap_or_else(|fault| panic!("{fault:?}"));
}

async fn attempts(office: &TestOffice) -> (Vec<u32>, Vec<Option<String>>) {
    let read = |machine: &tenure_office::OfficeMachine, _| {
        let hooks = machine.0.hooks();
        let waiting = hooks.waiting(1).map(|one| one.attempts).collect();
        (waiting, hooks.ended().map(|one| one.given_up.clone()).collect())
    };
    office.engine.query(read).await.expect("the engine answers")
}

/// Waits until the books say so; the job works beside.
async fn until(office: &TestOffice, waiting: &[u32], ended: &[Option<String>]) {
    let looking = async {
        while attempts(office).await != (waiting.to_vec(), ended.to_vec()) {
            tokio::task::yield_now().await;
        }
    };
    let looked = tokio::time::timeout(Duration::from_secs(30), looking).await;
    assert!(looked.is_ok(), "the books say {:?}", attempts(office).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_signed_and_sent_again_with_the_same_number() {
    let office = TestOffice::with(|options| options.private_hooks = true);
    let _desk = office.server.start_jobs();
    let (url, heard) = receiver(&[500, 204]);
    submit(
        &office,
        json!({"webhook": {"create": {"by": "ann", "url": url, "events": ["webhook-test"]}}}),
    )
    .await;
    submit(&office, json!({"webhook": {"test": {"by": "ann", "no": 1}}})).await;
    let first = heard.recv().expect("a message");
    let id = header(&first, "webhook-id").expect("a number").to_owned();
    assert!(id.starts_with("msg_"), "{first}");
    assert!(header(&first, "webhook-signature").is_some_and(|text| text.starts_with("v1,")));
    let seconds: i64 = header(&first, "webhook-timestamp").expect("a time").parse().expect("one");
    assert_eq!(seconds * 1000, office.now().as_millis());
    until(&office, &[1], &[]).await;

    office.wait(5);
    submit(&office, json!({"webhook": {"change": {"by": "ann", "no": 1, "description": "x"}}}))
        .await;
    let second = heard.recv().expect("the message again");
    assert_eq!(header(&second, "webhook-id"), Some(id.as_str()));
    let body = |text: &str| text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    assert_eq!(body(&first), body(&second));
    until(&office, &[], &[None]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hook_that_hangs_does_not_hold_up_the_others() {
    let office = TestOffice::with(|options| options.private_hooks = true);
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent_url = format!("http://{}/hook", silent.local_addr().expect("bound"));
    let (url, heard) = receiver(&[204; 5]);
    for url in [silent_url, url] {
        submit(
            &office,
            json!({"webhook": {"create": {"by": "ann", "url": url, "events": ["webhook-test"]}}}),
        )
        .await;
    }
    for no in [1, 2, 2, 2, 2, 2] {
        submit(&office, json!({"webhook": {"test": {"by": "ann", "no": no}}})).await;
    }
    let _desk = office.server.start_jobs();
    for number in 1..=5 {
        let came = heard.recv_timeout(Duration::from_secs(10));
        assert!(came.is_ok(), "message {number} waits for the hook that hangs");
    }
    until(&office, &[0], &[const { None }; 5]).await;
    // Its connection breaks: the attempt has failed.
    drop(silent);
    until(&office, &[1], &[const { None }; 5]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_addresses_are_told_nothing() {
    let office = TestOffice::new();
    let _desk = office.server.start_jobs();
    let (url, heard) = receiver(&[200]);
    submit(
        &office,
        json!({"webhook": {"create": {"by": "ann", "url": url, "events": ["webhook-test"]}}}),
    )
    .await;
    submit(&office, json!({"webhook": {"test": {"by": "ann", "no": 1}}})).await;
    until(&office, &[1], &[]).await;
    assert!(heard.try_recv().is_err(), "nobody was told");
}
