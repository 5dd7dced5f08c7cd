//! The server and its publisher's office: an exchange updates the container, whatever the office does or does not say.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use expect_test::expect;
use tenure_api::office::{IssuedUpdate, ReceiptAnswer, UsageTaken};
use tenure_api::{ApiError, Problem};
use tenure_document::{Context, Receipt, Usage, read_document, verify_self_signed_context};
use tenure_server::{Listen, Office, Plane, Running, Server};

use crate::app::TestApp;
use crate::house::publisher::Publisher;
use crate::house::{ITEMS, first_update};

/// What the office of a test answers next, and what it heard.
#[derive(Clone, Default)]
struct Desk(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    update: Option<String>,
    refusal: Option<Problem>,
    /// What goes wrong first, the next one last.
    faults: Vec<ApiError>,
    is_deaf_for_receipts: bool,
    contexts: Vec<u64>,
    receipts: Vec<u64>,
    reports: Vec<(u64, bool, Vec<String>)>,
}

impl Desk {
    fn heard<T>(&self, look: impl FnOnce(&mut Heard) -> T) -> T {
        look(&mut self.0.lock().expect("no test panics while it holds this"))
    }

    fn silence() -> ApiError {
        let address = "https://office.test".to_owned();
        ApiError::Unreachable { address, reason: "connection refused".to_owned() }
    }
}

impl Office for Desk {
    fn address(&self) -> &str {
        "https://office.test"
    }

    fn exchange(&self, context: Vec<u8>, key: &str) -> Result<IssuedUpdate, ApiError> {
        assert_eq!(key.len(), 32);
        let envelope = read_document(&context).expect("a context is a document");
        let context: Context =
            verify_self_signed_context(&envelope).expect("the server signed it").into_inner();
        self.heard(|heard| {
            heard.contexts.push(context.sequence);
            if let Some(fault) = heard.faults.pop() {
                return Err(fault);
            }
            if let Some(problem) = heard.refusal.clone() {
                return Err(ApiError::Refused(Box::new(problem)));
            }
            let update = heard.update.clone().ok_or_else(Desk::silence)?;
            Ok(IssuedUpdate {
                serial: context.id.serial(),
                finding: None,
                update,
                file_name: String::new(),
                from_sequence: 0,
                to_sequence: 8,
                summary: Vec::new(),
                activations: Vec::new(),
                ask_again_seconds: None,
            })
        })
    }

    fn take_usage(&self, report: Vec<u8>, _key: &str) -> Result<UsageTaken, ApiError> {
        let envelope = read_document(&report).expect("a report is a document");
        let usage: Usage = serde_json::from_slice(&envelope.payload).expect("a report of use");
        self.heard(|heard| {
            if heard.is_deaf_for_receipts {
                return Err(Desk::silence());
            }
            let days = usage.totals.iter().map(|total| {
                format!("{} {} {}", &total.from.to_string()[..10], total.feature, total.checkouts)
            });
            heard.reports.push((usage.from_sequence, usage.previous.is_some(), days.collect()));
            Ok(UsageTaken {
                serial: usage.server.serial(),
                already_known: false,
                continuity: "seamless".to_owned(),
                to_sequence: usage.to_sequence,
            })
        })
    }

    fn take_receipt(&self, receipt: Vec<u8>, _key: &str) -> Result<ReceiptAnswer, ApiError> {
        let envelope = read_document(&receipt).expect("a receipt is a document");
        let receipt: Receipt = serde_json::from_slice(&envelope.payload).expect("a receipt");
        self.heard(|heard| {
            if heard.is_deaf_for_receipts {
                return Err(Desk::silence());
            }
            heard.receipts.push(receipt.sequence);
            Ok(ReceiptAnswer {
                serial: receipt.id.serial(),
                sequence: receipt.sequence,
                already_known: false,
                confirmed: Vec::new(),
                returned: Vec::new(),
                outstanding: 0,
            })
        })
    }
}

fn app(desk: &Desk) -> TestApp {
    TestApp::empty(|options| options.office = Some(Arc::new(desk.clone())))
}

fn listening(server: Server) -> Running {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let listens = [Listen { address, plane: Plane::Both, tls: None }];
    server.listen(&listens).expect("the server listens")
}

async fn alarms(app: &TestApp) -> String {
    app.owner().get("/api/v1/status").await.json()["alarms"].to_string()
}

async fn sync(app: &TestApp) -> String {
    let answer =
        app.owner().send_bytes(Method::POST, "/api/v1/office/sync", None, Vec::new()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let round = answer.json();
    let word = |name: &str| round[name].as_str().unwrap_or("-").to_owned();
    format!(
        "{} applied {} at {} receipt {} {} {}",
        word("outcome"),
        round["applied"],
        round["sequence"],
        round["receipt_taken"],
        word("code"),
        word("detail"),
    )
}

fn update(app: &TestApp) -> String {
    first_update(&app.publisher, ITEMS).to_json()
}

#[tokio::test]
async fn an_exchange_brings_the_container_up_to_date_and_tells_the_office() {
    let desk = Desk::default();
    let app = app(&desk);
    desk.heard(|heard| heard.update = Some(update(&app)));
    expect!["updated applied 8 at 8 receipt true - -"].assert_eq(&sync(&app).await);
    expect!["in-step applied 0 at 8 receipt true - -"].assert_eq(&sync(&app).await);
    desk.heard(|heard| {
        assert_eq!((&heard.contexts[..], &heard.receipts[..]), (&[0, 8][..], &[8][..]))
    });
    let status = app.owner().get("/api/v1/office").await.json();
    assert_eq!(status["address"], "https://office.test");
    assert_eq!((&status["polls"], &status["failures"]), (&true.into(), &0.into()));
    assert_eq!(status["last"]["outcome"], "in-step");
}

#[tokio::test]
async fn a_receipt_that_is_lost_is_no_failure() {
    let desk = Desk::default();
    let app = app(&desk);
    desk.heard(|heard| (heard.update, heard.is_deaf_for_receipts) = (Some(update(&app)), true));
    expect!["updated applied 8 at 8 receipt false - -"].assert_eq(&sync(&app).await);
}

#[tokio::test]
async fn a_dead_office_is_an_alarm_after_a_while_and_a_refusal_at_once() {
    let desk = Desk::default();
    let app = app(&desk);
    for _ in 0..2 {
        expect!["failed applied 0 at null receipt false unreachable no answer from https://office.test: connection refused"]
            .assert_eq(&sync(&app).await);
    }
    assert_eq!(alarms(&app).await, "[]");
    sync(&app).await;
    expect![[r#"["no exchange with the office in 3 rounds (unreachable): no answer from https://office.test: connection refused; the server goes on with what it holds"]"#]]
        .assert_eq(&alarms(&app).await);
    desk.heard(|heard| heard.update = Some(update(&app)));
    sync(&app).await;
    assert_eq!(alarms(&app).await, "[]");
    let problem =
        Problem::new(409, "rollback", "Refused", "The container was restored from a copy.");
    desk.heard(|heard| heard.refusal = Some(problem));
    expect![
        "failed applied 0 at null receipt false rollback The container was restored from a copy."
    ]
    .assert_eq(&sync(&app).await);
    expect![[r#"["no exchange with the office in 1 rounds (rollback): The container was restored from a copy.; the server goes on with what it holds"]"#]]
        .assert_eq(&alarms(&app).await);
}

#[tokio::test(start_paused = true)]
async fn rounds_by_themselves_go_on_after_an_office_that_hung_up_and_one_that_failed() {
    let desk = Desk::default();
    let app = app(&desk);
    let problem = Box::new(Problem::new(500, "internal", "Internal", "The office made a mistake."));
    let failed = ApiError::Unavailable { problem, retry_after: None };
    desk.heard(|heard| {
        (heard.update, heard.faults) = (Some(update(&app)), vec![failed, Desk::silence()]);
    });
    let running = listening(app.server);
    for _ in 0..10_000_000 {
        if desk.heard(|heard| !heard.receipts.is_empty()) {
            break;
        }
        // Nothing but this moves the clock, so that no wait between rounds is sat out.
        tokio::time::advance(Duration::from_secs(60)).await;
    }
    desk.heard(|heard| {
        assert_eq!((&heard.contexts[..], &heard.receipts[..]), (&[0, 0, 0][..], &[8][..]))
    });
    drop(running);
}

#[tokio::test]
async fn a_shorter_interval_counts_at_once_not_after_the_old_one() {
    let desk = Desk::default();
    let mut app = app(&desk);
    let every = async |app: &TestApp, seconds: u64| {
        let interval = serde_json::json!({"polling.interval-seconds": seconds});
        let set = app.owner().json(Method::PATCH, "/api/v1/properties", interval).await;
        assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    };
    let until_asked = async |app: &TestApp, times: usize| {
        for _ in 0..2_000 {
            if desk.heard(|heard| heard.contexts.len()) >= times {
                return true;
            }
            alarms(app).await;
            tokio::time::pause();
            tokio::time::advance(Duration::from_secs(60)).await;
            tokio::time::resume();
        }
        false
    };
    every(&app, 30 * 86_400).await;
    desk.heard(|heard| heard.update = Some(update(&app)));
    let spare = TestApp::empty(|_| ()).server;
    let running = listening(std::mem::replace(&mut app.server, spare));
    assert!(until_asked(&app, 1).await, "soon after the start");
    every(&app, 3_600).await;
    assert!(until_asked(&app, 2).await, "within the new interval");
    drop(running);
}

#[tokio::test]
async fn where_rounds_by_themselves_are_switched_off_a_dead_office_is_no_alarm() {
    let desk = Desk::default();
    let mut app = app(&desk);
    for _ in 0..3 {
        sync(&app).await;
    }
    assert!(alarms(&app).await.contains("no exchange with the office in 3 rounds"));
    let off = serde_json::json!({"polling.enabled": false});
    let set = app.owner().json(Method::PATCH, "/api/v1/properties", off).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    let spare = TestApp::empty(|_| ()).server;
    let running = listening(std::mem::replace(&mut app.server, spare));
    for _ in 0..10_000 {
        if alarms(&app).await == "[]" {
            break;
        }
        // Paused for this only: a clock that runs ahead would end the questions of the test, too.
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(60)).await;
        tokio::time::resume();
    }
    // Who asks by hand reads the answer.
    assert!(sync(&app).await.starts_with("failed"));
    assert_eq!(alarms(&app).await, "[]");
    drop(running);
}

#[tokio::test]
async fn what_an_office_answers_is_believed_no_more_than_a_file() {
    let desk = Desk::default();
    let app = app(&desk);
    let foreign = first_update(&Publisher::new(7), ITEMS).to_json();
    desk.heard(|heard| heard.update = Some(foreign));
    let told = sync(&app).await;
    assert!(told.starts_with("failed applied 0 at null"), "{told}");
    desk.heard(|heard| heard.update = Some("not a document".to_owned()));
    assert!(sync(&app).await.starts_with("failed applied 0 at null"));
    assert_eq!(app.owner().get("/api/v1/container").await.json()["sequence"], 0);
}

#[tokio::test]
async fn without_an_office_nothing_is_asked() {
    let app = TestApp::empty(|_| ());
    let status = app.owner().get("/api/v1/office").await.json();
    assert_eq!((&status["address"], &status["polls"]), (&serde_json::Value::Null, &false.into()));
    let answer =
        app.owner().send_bytes(Method::POST, "/api/v1/office/sync", None, Vec::new()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.text.contains("office.url"), "{}", answer.text);
}

#[tokio::test]
async fn use_is_reported_where_the_administrator_wants_it_and_nothing_of_it_is_lost() {
    let desk = Desk::default();
    let app = app(&desk);
    desk.heard(|heard| heard.update = Some(update(&app)));
    sync(&app).await;
    let take = async |host: &str| {
        app.anonymous().post("/api/v1/leases", crate::app::checkout(host, "cad", 1)).await
    };
    take("ws1").await;
    app.clock.advance(Duration::from_secs(86_400));
    sync(&app).await;
    assert_eq!(desk.heard(|heard| heard.reports.len()), 0, "nobody asked for reports");
    let wanted = serde_json::json!({"sync.usage": true});
    app.owner().json(Method::PATCH, "/api/v1/properties", wanted).await;
    desk.heard(|heard| heard.is_deaf_for_receipts = true);
    sync(&app).await;
    take("ws2").await;
    app.clock.advance(Duration::from_secs(86_400));
    desk.heard(|heard| heard.is_deaf_for_receipts = false);
    sync(&app).await;
    sync(&app).await;
    let told = desk.heard(|heard| {
        let reports = heard.reports.iter();
        let told = reports.map(|(from, goes_on, days)| {
            format!("from 1: {}, goes on: {goes_on}, {days:?}\n", *from == 1)
        });
        told.collect::<String>()
    });
    expect![[r#"
        from 1: true, goes on: false, ["2026-11-22 cad 1"]
        from 1: false, goes on: true, ["2026-11-23 cad 1"]
    "#]]
    .assert_eq(&told);
    let list = app.owner().get("/api/v1/usage-reports").await.json();
    assert_eq!((&list["total"], &list["items"][1]["taken"]), (&2.into(), &true.into()));
    let number = &list["items"][0]["to_sequence"];
    let file = app.owner().get(&format!("/api/v1/usage-reports/{number}")).await;
    assert!(file.text.starts_with("-----BEGIN TENURE USAGE-----"), "{}", file.text);
    let again =
        app.owner().send_bytes(Method::POST, "/api/v1/usage-reports", None, Vec::new()).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "{}", again.text);
    assert_eq!(app.owner().get("/api/v1/usage-reports/999").await.status, StatusCode::NOT_FOUND);
}
