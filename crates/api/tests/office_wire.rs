//! The shapes of the office and the device agent on the wire: what people may leave out, what is refused, what the
//! published schema says about types of the ground floor, and what a typed client sends.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use expect_test::{Expect, expect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tenure_api::office::schema::{
    ContainerKindSchema, EnforcementSchema, PermissionSchema, SeatBasisSchema,
};
use tenure_api::office::*;
use tenure_api::{ClientOptions, OfficeClient};
use tenure_document::{ContainerKind, Enforcement, Permission, SeatBasis};
use utoipa::PartialSchema;

fn check<T: DeserializeOwned + Serialize>(json: &str, expected: Expect) {
    let shown = match serde_json::from_str::<T>(json) {
        Ok(value) => serde_json::to_string(&value).expect("it can be written"),
        Err(error) => format!("refused: {error}"),
    };
    expected.assert_eq(&shown);
}

#[test]
fn the_smallest_requests() {
    check::<ProductRequest>(
        r#"{"features":[{"feature":"cad"}]}"#,
        expect![[
            r#"{"description":"","features":[{"feature":"cad","count_per_unit":1}],"license_models":[]}"#
        ]],
    );
    check::<LicenseModelRequest>(
        "{}",
        expect![[
            r#"{"description":"","terms":{"validity":"perpetual","usage":{"kind":"concurrent","seat_basis":"process","overdraft":"none","exclusive":false,"grace_days":0,"enforcement":"block","virtual":"allow","min_named_user_days":0},"returns":{"allowed":true}}}"#
        ]],
    );
    check::<LicenseModelRequest>(
        r#"{"terms":{"validity":{"subscription":{"days":365}},"containers":["server"],"usage":{"overdraft":{"percent":10}}}}"#,
        expect![[
            r#"{"description":"","terms":{"validity":{"subscription":{"days":365,"from":"order"}},"containers":["server"],"usage":{"kind":"concurrent","seat_basis":"process","overdraft":{"percent":10},"exclusive":false,"grace_days":0,"enforcement":"block","virtual":"allow","min_named_user_days":0},"returns":{"allowed":true}}}"#
        ]],
    );
    check::<EntitlementRequest>(
        r#"{"customer":"C-1","order":"PO-1","lines":[{"product":"cad@2.0","quantity":5}]}"#,
        expect![[
            r#"{"customer":"C-1","order":"PO-1","lines":[{"product":"cad@2.0","quantity":5}],"notes":""}"#
        ]],
    );
    check::<PortalActivationRequest>(
        r#"{"choices":[{"activation_id":"a","line":1}],"serial":"T-1"}"#,
        expect![[r#"{"choices":[{"activation_id":"a","line":1,"quantity":1}],"serial":"T-1"}"#]],
    );
    check::<WebhookRequest>(
        r#"{"url":"https://x.example"}"#,
        expect![[r#"{"url":"https://x.example","events":["*"],"description":""}"#]],
    );
    check::<Reason>("{}", expect![[r#"{"reason":""}"#]]);
}

#[test]
fn requests_that_are_refused() {
    check::<LicenseModelRequest>(
        r#"{"terms":{"validity":{"subscription":{"day":365}}}}"#,
        expect!["refused: unknown field `day`, expected `days` or `from` at line 1 column 43"],
    );
    check::<LicenseModelRequest>(
        r#"{"terms":{"perpetual":true}}"#,
        expect![
            "refused: unknown field `perpetual`, expected one of `validity`, `containers`, `usage`, `checkpoint_days`, `moves`, `returns`, `binding` at line 1 column 21"
        ],
    );
    check::<ProductRequest>(
        r#"{"features":[{"feature":"cad","count_per_unit":0}]}"#,
        expect![[
            r#"refused: invalid value: integer `0`, expected a count of 1 to 10000000 or "uncounted" at line 1 column 48"#
        ]],
    );
    check::<LineRequest>(
        r#"{"product":"cad@2.0","quantity":-1}"#,
        expect!["refused: invalid value: integer `-1`, expected u32 at line 1 column 34"],
    );
    check::<RuleRequest>(
        r#"{"ruling":"forgive"}"#,
        expect![
            "refused: unknown variant `forgive`, expected one of `accept-restored`, `new-generation`, `revoke` at line 1 column 19"
        ],
    );
    check::<Choice>(
        r#"{"activation_id":"a","line":1,"count":2}"#,
        expect![
            "refused: unknown field `count`, expected one of `activation_id`, `line`, `quantity` at line 1 column 37"
        ],
    );
}

#[test]
fn products_have_one_text_form() {
    let check = |text: &str| text.parse::<ProductRef>().map(|product| product.to_string());
    assert_eq!(check("cad-suite@2.0"), Ok("cad-suite@2.0".to_owned()));
    assert_eq!(check("a@b@1.2.3"), Ok("a@b@1.2.3".to_owned()));
    for wrong in ["", "cad", "@2.0", "cad@", "cad@two"] {
        assert_eq!(check(wrong), Err(format!("`{wrong}` is not a product such as cad-suite@2.0")));
    }
}

#[test]
fn secrets_are_not_shown() {
    let user = OfficeUserRequest {
        name: "ann".into(),
        password: "correct horse".into(),
        roles: vec![OfficeRole::Fulfil],
        daily_quota: None,
    };
    expect!["OfficeUserRequest { name: \"ann\", roles: [Fulfil], .. }"]
        .assert_eq(&format!("{user:?}"));
}

fn words<T: PartialSchema>() -> Vec<String> {
    let schema = serde_json::to_value(T::schema()).expect("a schema can be written");
    let words = schema["enum"].as_array().expect("a list of words");
    words.iter().filter_map(|word| word.as_str()).map(str::to_owned).collect()
}

fn written<T: Serialize, const N: usize>(all: [T; N]) -> Vec<String> {
    let word = |one| serde_json::to_value(one).expect("it can be written");
    all.map(|one| word(one).as_str().expect("a word").to_owned()).to_vec()
}

#[test]
fn published_shapes_of_ground_floor_types_are_theirs() {
    use ContainerKind::{Bound, Portable, Server, Unbound};
    assert_eq!(words::<ContainerKindSchema>(), written([Server, Bound, Portable, Unbound]));
    use SeatBasis::{Device, Process, Session, User};
    assert_eq!(words::<SeatBasisSchema>(), written([Process, Session, Device, User]));
    use Enforcement::{Block, Record, Warn};
    assert_eq!(words::<EnforcementSchema>(), written([Block, Warn, Record]));
    assert_eq!(words::<PermissionSchema>(), written([Permission::Allow, Permission::Deny]));
}

#[test]
fn words_on_the_wire_are_those_of_the_types() {
    assert_eq!(
        ActivationState::ALL.map(ActivationState::word).to_vec(),
        written(ActivationState::ALL)
    );
    assert_eq!(
        ContainerState::ALL.map(ContainerState::word).to_vec(),
        written(ContainerState::ALL)
    );
    assert_eq!(OfficeRole::ALL.map(OfficeRole::name).to_vec(), written(OfficeRole::ALL));
    assert_eq!(ImportSubject::ALL.map(ImportSubject::word).to_vec(), written(ImportSubject::ALL));
}

/// Answers every connection with the next of these, and says what was asked.
fn office(
    answers: Vec<(&'static str, &'static str)>,
) -> (OfficeClient, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let served = thread::spawn(move || {
        answers
            .into_iter()
            .map(|(status, body)| {
                let (mut socket, _) = listener.accept().expect("a connection");
                let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
                loop {
                    let count = socket.read(&mut buffer).unwrap_or(0);
                    request.extend_from_slice(&buffer[..count]);
                    let text = String::from_utf8_lossy(&request).to_lowercase();
                    let Some((head, rest)) = text.split_once("\r\n\r\n") else {
                        assert!(count > 0, "a whole request");
                        continue;
                    };
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                    if count == 0 || rest.len() >= length.map_or(0, |text| text.parse().unwrap_or(0)) {
                        break;
                    }
                }
                let length = body.len();
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
                let _ = socket.write_all(answer.as_bytes());
                let text = String::from_utf8_lossy(&request).into_owned();
                let keep = ["idempotency-key", "accept: application/vnd", "content-type"];
                let mut lines = text.lines();
                let first = lines.next().unwrap_or_default().to_owned();
                let kept = lines.filter(|line| keep.iter().any(|name| line.to_lowercase().starts_with(name)));
                [first].into_iter().chain(kept.map(str::to_owned)).collect::<Vec<_>>().join(" | ")
            })
            .collect()
    });
    (OfficeClient::new(ClientOptions::new(address)).expect("the options are right"), served)
}

#[test]
fn what_a_client_of_the_office_sends_and_understands() {
    const APPROVAL: &str = r#"{"approval":"P-0000001","what":"revoke-container","summary":"s","why":"policy","by":"ann","at":"2026-11-22T00:00:00Z","expires_at":"2026-11-29T00:00:00Z","state":"waiting"}"#;
    let (client, served) = office(vec![
        ("200 OK", "-----BEGIN TENURE UPDATE-----"),
        ("202 Accepted", APPROVAL),
        ("200 OK", r#"{"items":[],"page":1,"size":50,"total":0}"#),
        ("204 No Content", ""),
    ]);
    let text = client.exchange_text(b"context".to_vec(), "key-1").expect("an update");
    assert_eq!(text, "-----BEGIN TENURE UPDATE-----");
    let waiting =
        client.revoke_container("T-1", &Reason::new("stolen"), "key-2").expect("it waits");
    assert!(matches!(&waiting, Decided::Waiting(row) if row.approval == "P-0000001"));
    assert!(waiting.done().is_none());
    let query = OfficeQuery {
        customer: Some("C-000001".into()),
        state: Some("confirmed".into()),
        ..OfficeQuery::default()
    };
    assert_eq!(client.activations(&query).expect("a page").total, 0);
    let relation = ProductRelation {
        kind: RelationKind::Upgrade,
        from: "a b@1.0".into(),
        to: "a b@2.0".into(),
    };
    client.unrelate_products(&relation).expect("done");
    expect![[r#"
        POST /api/v1/exchange HTTP/1.1 | content-type: application/octet-stream | idempotency-key: key-1 | accept: application/vnd.tenure.update
        POST /api/v1/containers/T-1/revoke HTTP/1.1 | content-type: application/json | idempotency-key: key-2
        GET /api/v1/activations?customer=C-000001&state=confirmed HTTP/1.1
        DELETE /api/v1/product-relations?kind=upgrade&from=a%20b%401.0&to=a%20b%402.0 HTTP/1.1"#]].assert_eq(&served.join().expect("it served").join("\n"));
}
