//! Client signatures: uploaded keys, signed requests, and everything that must not pass for one.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::http::{Method, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use expect_test::expect;
use serde_json::json;
use tenure_api::signature::{DATE_HEADER, SIGNATURE_HEADER, signed_bytes};

use crate::app::{Answer, TestApp, checkout};

const PATH: &str = "/api/v1/leases";
const DATE: &str = "2026-11-22T00:00:00Z";

async fn upload(app: &TestApp, name: &str, key: String) -> Answer {
    app.owner().post("/api/v1/client-keys", json!({"name": name, "key": key})).await
}

fn signed(
    app: &TestApp,
    id: &str,
    date: &str,
    sign: impl Fn(&[u8]) -> Vec<u8>,
) -> Request<axum::body::Body> {
    let body = checkout("ws1", "cad", 1).to_string().into_bytes();
    let signature = URL_SAFE_NO_PAD.encode(sign(&signed_bytes("POST", PATH, date, "", &body)));
    let mut request = app.anonymous().request(Method::POST, PATH, Some("application/json"), body);
    let headers = request.headers_mut();
    headers.insert(SIGNATURE_HEADER, format!("{id}.{signature}").parse().expect("a header"));
    headers.insert(DATE_HEADER, date.parse().expect("a header"));
    request
}

fn ed25519() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[5; 32]).expect("a seed")
}

async fn with_ed25519(app: &TestApp) -> String {
    let der: PublicKeyX509Der = ed25519().public_key().as_der().expect("a key");
    let answer = upload(app, "laptop", STANDARD.encode(der.as_ref())).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()["id"].as_str().expect("an ID").to_owned()
}

#[tokio::test]
async fn a_signed_request_passes_and_an_unsigned_one_is_denied_when_signatures_are_demanded() {
    let app = TestApp::new().await;
    let id = with_ed25519(&app).await;
    let demand = json!({"security.client-signature-required": true});
    let set = app.owner().json(Method::PATCH, "/api/v1/properties", demand).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    let unsigned = app.anonymous().post(PATH, checkout("ws1", "cad", 1)).await;
    expect![[r#"
        409 application/problem+json
        {
          "code": "unsigned-request",
          "denials": [
            {
              "count": 1,
              "explanation": "this server demands requests signed with a registered key",
              "feature": "cad",
              "id": "D-1",
              "pools": [],
              "reason": "unsigned-request",
              "remedy": {
                "code": "sign-request",
                "text": "sign the request with a registered key"
              },
              "version": "1.0"
            }
          ],
          "detail": "this server demands requests signed with a registered key",
          "explanation": "this server demands requests signed with a registered key",
          "feature": "cad",
          "reason": "unsigned-request",
          "status": 409,
          "title": "Denied",
          "type": "/problems/unsigned-request"
        }
    "#]]
    .assert_eq(&unsigned.show());
    let granted =
        app.send(signed(&app, &id, DATE, |bytes| ed25519().sign(bytes).as_ref().to_vec())).await;
    assert_eq!(granted.status, StatusCode::CREATED, "{}", granted.text);
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let app = TestApp::new().await;
    let id = with_ed25519(&app).await;
    let sign = |bytes: &[u8]| ed25519().sign(bytes).as_ref().to_vec();
    let mut table = String::new();
    let mut note = |name: &str, answer: Answer| {
        table.push_str(&format!(
            "{name}: {} {}\n",
            answer.status.as_u16(),
            answer.json()["detail"]
        ));
    };
    let stranger = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    note("unknown key", app.send(signed(&app, stranger, DATE, sign)).await);
    note("old date", app.send(signed(&app, &id, "2026-11-21T23:54:59Z", sign)).await);
    note("future date", app.send(signed(&app, &id, "2026-11-22T00:05:01Z", sign)).await);
    note("no date at all", app.send(signed(&app, &id, "today", sign)).await);
    note("wrong signature", app.send(signed(&app, &id, DATE, |_| vec![0; 64])).await);
    note("short signature", app.send(signed(&app, &id, DATE, |_| vec![0; 3])).await);
    let mut other_path = signed(&app, &id, DATE, sign);
    *other_path.uri_mut() = "/api/v1/previews".parse().expect("a path");
    note("another path", app.send(other_path).await);
    let mut other_body = signed(&app, &id, DATE, sign);
    *other_body.body_mut() = checkout("ws1", "cad", 2).to_string().into();
    note("another body", app.send(other_body).await);
    let mut no_date = signed(&app, &id, DATE, sign);
    no_date.headers_mut().remove(DATE_HEADER);
    note("date removed", app.send(no_date).await);
    let mut malformed = signed(&app, &id, DATE, sign);
    malformed.headers_mut().insert(SIGNATURE_HEADER, "nonsense".parse().expect("a header"));
    note("malformed", app.send(malformed).await);
    app.owner().delete(&format!("/api/v1/client-keys/{id}")).await;
    note("revoked", app.send(signed(&app, &id, DATE, sign)).await);
    expect![[r#"
        unknown key: 401 "This key is not known here. Let the administrator upload it."
        old date: 401 "`Tenure-Date` is more than 5 minutes off. Set the clocks right."
        future date: 401 "`Tenure-Date` is more than 5 minutes off. Set the clocks right."
        no date at all: 401 "`Tenure-Date` is an RFC 3339 time in UTC."
        wrong signature: 401 "The signature does not fit this request and key."
        short signature: 401 "The signature does not fit this request and key."
        another path: 401 "The signature does not fit this request and key."
        another body: 401 "The signature does not fit this request and key."
        date removed: 401 "A signed request carries `Tenure-Date`."
        malformed: 401 "`Tenure-Signature` is `<key id>.<signature, base64url>`."
        revoked: 401 "This key is not known here. Let the administrator upload it."
    "#]]
    .assert_eq(&table);
    assert_eq!(app.owner().get(PATH).await.json()["total"], 0);
}

#[tokio::test]
async fn rsa_keys_sign_too() {
    let app = TestApp::new().await;
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der: PublicKeyX509Der = pair.public_key().as_der().expect("a key");
    let spki = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    let added = upload(&app, "old client", spki).await;
    assert_eq!(added.json()["algorithm"], "rsa-2048", "{}", added.text);
    let id = added.json()["id"].as_str().expect("an ID").to_owned();
    let sign = |bytes: &[u8]| {
        let mut signature = vec![0; pair.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        pair.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature).expect("it signs");
        signature
    };
    let granted = app.send(signed(&app, &id, DATE, sign)).await;
    assert_eq!(granted.status, StatusCode::CREATED, "{}", granted.text);
    let pkcs1 =
        upload(&app, "the same in PKCS#1", STANDARD.encode(pair.public_key().as_ref())).await;
    assert_eq!(pkcs1.status, StatusCode::CONFLICT, "both encodings are one key: {}", pkcs1.text);
}

#[tokio::test]
async fn only_sound_keys_are_uploaded() {
    let app = TestApp::new().await;
    let weak = STANDARD.encode(
        [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..], &[0; 32]].concat(),
    );
    let mut small_rsa = vec![0x30, 0x81, 0x89, 2, 0x81, 0x81, 0];
    small_rsa.extend([0xc1; 128]);
    small_rsa.extend([2, 3, 1, 0, 1]);
    let mut table = String::new();
    for (name, key) in [
        ("", "x".to_owned()),
        ("empty", String::new()),
        ("garbage", "hello".to_owned()),
        ("small order", weak),
        ("1024 bits", STANDARD.encode(small_rsa)),
    ] {
        let answer = upload(&app, name, key).await;
        table.push_str(&format!(
            "{name}: {} {}\n",
            answer.status.as_u16(),
            answer.json()["detail"]
        ));
    }
    expect![[r#"
        : 422 "`name` has 1 to 256 printable characters."
        empty: 422 "`key`: send one public key as PEM, or as DER in base64: SubjectPublicKeyInfo or PKCS#1; RSA or Ed25519."
        garbage: 422 "`key`: send one public key as PEM, or as DER in base64: SubjectPublicKeyInfo or PKCS#1; RSA or Ed25519."
        small order: 422 "`key`: this Ed25519 key is not a sound one."
        1024 bits: 422 "`key`: an RSA key must have 2048 to 4096 bits; this one has 1024."
    "#]].assert_eq(&table);
    with_ed25519(&app).await;
    expect![[r#"
        200 application/json
        {
          "items": [
            {
              "added_at": "2026-11-22T00:00:00Z",
              "algorithm": "ed25519",
              "id": "AabZ67gzG7VNHZgAQ9J7ZiOtHNYWnwA3TLNAQkdFB9c",
              "name": "laptop"
            }
          ],
          "page": 1,
          "size": 50,
          "total": 1
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/client-keys").await.show());
}
