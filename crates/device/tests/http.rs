//! The agent's real router in process: every route with and without the token, and a container's way through it.

#[path = "../../vault/tests/support/machine.rs"]
mod machine;
#[path = "../../document/tests/support/publisher.rs"]
mod publisher;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use expect_test::{expect, expect_file};
use machine::MadeUp;
use publisher::{Publisher, now};
use serde_json::Value;
use std::sync::Arc;
use tenure_device::{Device, Options, Server, api_description};
use tenure_document::{
    ContainerKind, Item, Tolerance, read_document, seal, verify_self_signed_context,
};
use tenure_issuing::{ContainerRecord, Order, TrustPapers};
use tenure_ledger::ManualClock;
use tenure_shell::secret::Secret;
use tenure_vault::{DeviceFolder, LinuxMachine, NewContainer};
use tower::ServiceExt;

const TOKEN: &str = "the-token-of-this-agent-for-the-test";

struct Agent {
    _folder: tempfile::TempDir,
    made: MadeUp,
    publisher: Publisher,
    server: Server,
    serial: String,
}

struct Answer {
    status: StatusCode,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    fn code(&self) -> String {
        format!("{} {}", self.status.as_u16(), self.json()["code"].as_str().unwrap_or("-"))
    }
}

impl Agent {
    fn new() -> Agent {
        let folder = tempfile::tempdir().unwrap();
        let (made, publisher) = (MadeUp::press(), Publisher::new(0));
        let clock = Arc::new(ManualClock::at(now()));
        let devices = DeviceFolder::create(&folder.path().join("device")).unwrap();
        let device =
            Device::new(devices, Arc::new(LinuxMachine::under(made.root())), clock.clone());
        let new = NewContainer {
            kind: ContainerKind::Bound,
            name: "press 7".into(),
            keysets: vec![publisher.keyset_envelope()],
            root: publisher.pin(),
            tolerance: Tolerance::Medium,
        };
        let serial = device.folder().init(&new, &device.machine(), device.now()).unwrap();
        let server = Server::new(device, clock, Options::new(Secret::new(TOKEN)));
        Agent { _folder: folder, made, publisher, server, serial }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.server.service().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    async fn ask(&self, method: &str, path: &str, token: Option<&str>, body: Vec<u8>) -> Answer {
        let mut request = Request::builder()
            .method(method.parse::<Method>().unwrap())
            .uri(path.replace("{serial}", &self.serial))
            .header(header::HOST, "localhost:7090");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, Some(TOKEN), Vec::new()).await
    }

    async fn apply(&self, update: &str) -> Answer {
        let path = "/api/v1/containers/{serial}/update";
        self.ask("POST", path, Some(TOKEN), update.as_bytes().to_vec()).await
    }

    /// What the publisher answers to a context, bringing these items.
    fn issue(&self, context: &str, items: &[&str]) -> String {
        let envelope = read_document(context.as_bytes()).unwrap();
        let context = verify_self_signed_context(&envelope).unwrap();
        let items = items.iter().map(|id| {
            let text = format!(
                r#"{{"id":"{id}","feature":"{id}","version":"2.0","count":1,"expiry":"permanent"}}"#
            );
            serde_json::from_str::<Item>(&text).unwrap()
        });
        let order = Order { items: items.collect(), ..Order::default() };
        let record = ContainerRecord::first_contact(&context);
        let (_, update) = record.issue(&order, &TrustPapers::default(), now(), None).unwrap();
        seal(&update, &[&self.publisher.issuer]).to_json()
    }
}

fn operations() -> Vec<(String, String)> {
    let api = serde_json::to_value(api_description()).unwrap();
    let paths = api["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, item)| {
        let methods = ["get", "put", "post", "patch", "delete"];
        let described = methods.into_iter().filter(|method| item.get(*method).is_some());
        described.map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    });
    each.collect()
}

#[tokio::test]
async fn every_route_with_and_without_the_token() {
    let agent = Agent::new();
    let mut table = String::new();
    for (method, path) in operations() {
        let verdict = async |token| {
            let answer = agent.ask(&method, &path, token, Vec::new()).await;
            assert!(!answer.status.is_server_error(), "{method} {path}: {}", answer.text);
            match answer.json()["code"].as_str() {
                Some("login-required") => "401",
                Some("no-such-path" | "method-not-allowed") => "MISSING",
                _ => "yes",
            }
        };
        let (nobody, wrong) = (verdict(None).await, verdict(Some("wrong")).await);
        let owner = verdict(Some(TOKEN)).await;
        table += &format!("{method:5}{path:42}{nobody:5}{wrong:5}{owner}\n");
    }
    expect![[r#"
        GET  /api/v1/containers                        401  401  yes
        GET  /api/v1/containers/{serial}               401  401  yes
        GET  /api/v1/containers/{serial}/context       401  401  yes
        GET  /api/v1/containers/{serial}/receipt       401  401  yes
        POST /api/v1/containers/{serial}/update        401  401  yes
        GET  /api/v1/doctor                            401  401  yes
        GET  /health                                   yes  yes  yes
        GET  /openapi.json                             yes  yes  yes
        GET  /version                                  yes  yes  yes
    "#]]
    .assert_eq(&table);
}

#[tokio::test]
async fn generated_device_openapi_is_current() {
    let text = serde_json::to_string_pretty(&api_description()).unwrap() + "\n";
    expect_file!["../../../docs/openapi-device.json"].assert_eq(&text);
}

#[tokio::test]
async fn the_three_calls_that_a_device_needs() {
    let agent = Agent::new();
    let listed = agent.get("/api/v1/containers").await.json();
    assert_eq!(listed["containers"][0]["serial"], agent.serial.as_str());
    assert_eq!(listed["containers"][0]["publisher"], "Example Publisher");
    let context = agent.get("/api/v1/containers/{serial}/context").await.text;
    assert!(context.starts_with("-----BEGIN TENURE CONTEXT-----"), "{context}");
    let qr = agent.get("/api/v1/containers/{serial}/context?form=qr").await.text;
    assert!(qr.starts_with("TENURE:") && qr.is_ascii(), "{qr}");

    let update = agent.issue(&qr, &["motion", "vision"]);
    let applied = agent.apply(&update).await.json();
    assert_eq!((&applied["already_applied"], &applied["sequence"]), (&false.into(), &2.into()));
    assert_eq!(applied["results"][1]["result"], "applied");
    let again = agent.apply(&update).await.json();
    assert_eq!(again["already_applied"], true, "repeating it is harmless");
    assert!(again["receipt"].as_str().unwrap().starts_with("-----BEGIN TENURE RECEIPT-----"));

    let detail = agent.get("/api/v1/containers/{serial}").await.json();
    assert_eq!(detail["items"].as_array().unwrap().len(), 2);
    assert_eq!(detail["items"][0]["usable"], true);
    let receipt = agent.get("/api/v1/containers/{serial}/receipt").await.text;
    assert!(receipt.starts_with("-----BEGIN TENURE RECEIPT-----"));

    let alone = Request::post(format!("/api/v1/containers/{}/update", agent.serial))
        .header(header::HOST, "localhost")
        .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
        .header(header::ACCEPT, "application/vnd.tenure.receipt");
    let alone = agent.send(alone.body(Body::from(update)).unwrap()).await;
    assert!(alone.text.starts_with("-----BEGIN TENURE RECEIPT-----"), "{}", alone.text);
}

#[tokio::test]
async fn what_is_refused_says_why() {
    let agent = Agent::new();
    let context = agent.get("/api/v1/containers/{serial}/context").await.text;
    let update = agent.issue(&context, &["motion"]);
    let other = Agent::new();
    let mut shown = String::new();
    for (name, answer) in [
        ("another's update", other.apply(&update).await),
        ("a context", agent.apply(&context).await),
        ("half of it", agent.apply(&update[..update.len() / 2]).await),
        ("nothing", agent.apply("").await),
        ("too large", agent.apply(&"A".repeat(3_000_000)).await),
        ("no serial", agent.get("/api/v1/containers/nobody").await),
        ("another serial", agent.get(&format!("/api/v1/containers/{}", other.serial)).await),
        ("a path", agent.get("/api/v1/containers/..%2f..%2fetc%2fpasswd").await),
        ("unknown form", agent.get("/api/v1/containers/{serial}/context?form=fax").await),
        ("unknown parameter", agent.get("/api/v1/containers?all=1").await),
        ("no path", agent.get("/api/v1/nothing").await),
    ] {
        shown += &format!("{name}: {}\n", answer.code());
    }
    expect![[r#"
        another's update: 409 wrong-container
        a context: 422 wrong-type
        half of it: 422 malformed-envelope
        nothing: 422 malformed-envelope
        too large: 413 body-too-large
        no serial: 422 bad-value
        another serial: 404 no-container
        a path: 422 bad-value
        unknown form: 400 bad-parameter
        unknown parameter: 400 bad-parameter
        no path: 404 no-such-path
    "#]]
    .assert_eq(&shown);
    assert_eq!(agent.get("/api/v1/containers/{serial}").await.json()["container"]["sequence"], 0);
}

#[tokio::test]
async fn other_sites_and_other_names_stay_outside() {
    let agent = Agent::new();
    let request = |host: &str| {
        Request::post(format!("/api/v1/containers/{}/update", agent.serial))
            .header(header::HOST, host)
            .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
    };
    let rebound = agent.send(request("evil.example").body(Body::empty()).unwrap()).await;
    assert_eq!(rebound.code(), "421 misdirected");
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let request = request("localhost:7090").header(name, value);
        let answer = agent.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.code(), "403 cross-site", "{name}");
    }
}

#[tokio::test]
async fn the_doctor_names_what_changed_and_what_to_do() {
    let agent = Agent::new();
    let well = agent.get("/api/v1/doctor").await.json();
    assert_eq!(well["containers"][0]["faults"], serde_json::json!([]));
    agent.made.put("sys/class/dmi/id/board_serial", "CN7016343B00KZ");
    let doctor = agent.get("/api/v1/doctor").await.json();
    let one = &doctor["containers"][0];
    expect![[r#"["parts of the machine have changed: 15 of 18 points match, 11 are needed, so 4 more may change"] ["it binds itself to the changed machine at 2026-11-25T00:00:00Z, if nothing else changes until then","it has no licenses yet: send its context to the publisher"]"#]]
        .assert_eq(&format!("{} {}", one["faults"], one["advice"]));
    let changed: Vec<&Value> = one["traits"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["status"] != "matched")
        .collect();
    assert_eq!(
        changed,
        [&serde_json::json!({"kind": "board-serial", "weight": 3, "status": "changed"})]
    );

    for (path, text) in [
        ("sys/class/dmi/id/product_uuid", "aaaabbbb-0043-3510-8052-b4c04f4d4e31"),
        ("etc/machine-id", "aaaa19c7c4c5404aaa1f6d2a48adfda4"),
        ("sys/devices/pci0000:00/block/sda/device/wwid", "naa.50025388888"),
    ] {
        agent.made.put(path, text);
    }
    let closed = agent.get("/api/v1/doctor").await.json();
    let one = &closed["containers"][0];
    assert_eq!((&one["matched"], &one["threshold"]), (&7.into(), &11.into()));
    assert_eq!(one["advice"].as_array().unwrap().len(), 1);
    let listed = agent.get("/api/v1/containers").await.json();
    assert_eq!(listed["containers"][0]["fault"], "not-this-machine");
    let refused = agent.get("/api/v1/containers/{serial}/context").await;
    assert_eq!(refused.code(), "409 not-this-machine");
    // No answer holds a value of a trait.
    for text in [closed.to_string(), listed.to_string(), refused.text] {
        assert!(!text.contains("3c:ec") && !text.contains("press-7") && !text.contains("4c4c4544"));
    }
}
