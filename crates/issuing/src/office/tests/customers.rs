//! Customers: numbers, references, and being forgotten.

use super::scene::Scene;
use crate::office::*;
use expect_test::expect;

#[test]
fn customers_are_numbered_changed_and_forgotten() {
    let mut scene = Scene::new();
    let mut said = String::new();
    for text in [
        r#"{"make":{"by":"ann","facts":{"name":"Ost","reference":"K1","contacts":[{"name":"Eve","email":"eve@ost.example"}]}}}"#,
        r#"{"make":{"by":"ann","facts":{"name":"West","reference":"K1"}}}"#,
        r#"{"make":{"by":"ann","facts":{"name":""}}}"#,
        r#"{"make":{"by":"ann","facts":{"name":"West","contacts":[{"name":"Bo","email":"bo at west"}]}}}"#,
        r#"{"make":{"by":"ann","facts":{"name":"We\u202est"}}}"#,
        r#"{"change":{"by":"ann","id":"C-000003","change":{"notes":"pays late"}}}"#,
        r#"{"change":{"by":"ann","id":"c-3","change":{"notes":"pays late"}}}"#,
        r#"{"change":{"by":"ann","id":"C-000001","change":{"reference":"K1"}}}"#,
        r#"{"change":{"by":"ann","id":"C-000009","change":{}}}"#,
        r#"{"forget":{"by":"ann","id":"C-000003"}}"#,
        r#"{"forget":{"by":"ann","id":"C-000003"}}"#,
        r#"{"change":{"by":"ann","id":"C-000003","change":{"notes":"x"}}}"#,
        r#"{"make":{"by":"ann","facts":{"name":"West","reference":"K1"}}}"#,
    ] {
        let command: CustomerCommand = serde_json::from_str(text).unwrap();
        said.push_str(&scene.say(Command::Customer(command)));
    }
    expect![[r#"
        {"facts":{"contacts":[{"email":"eve@ost.example","name":"Eve"}],"name":"Ost","reference":"K1"},"id":"C-000003","type":"customer-set"}
        reference-taken: customer C-000003 has the reference "K1" already
        bad-value: name: must not be empty, nor begin or end with a space
        bad-value: contacts[0].email: is not an address such as ann@example.com
        bad-value: name: holds the character \u{202e}, which can't be shown
        {"facts":{"contacts":[{"email":"eve@ost.example","name":"Eve"}],"name":"Ost","notes":"pays late","reference":"K1"},"id":"C-000003","type":"customer-set"}
        nothing
        reference-taken: customer C-000003 has the reference "K1" already
        no-customer: there is no customer C-000009
        {"id":"C-000003","type":"customer-forgotten"}
        nothing
        customer-forgotten: customer C-000003 was forgotten: its facts can't be changed; make a new customer
        {"facts":{"name":"West","reference":"K1"},"id":"C-000004","type":"customer-set"}
    "#]].assert_eq(&said);
    let stored = serde_json::to_string(&scene.office).unwrap();
    assert!(!stored.contains("Eve") && !stored.contains("Ost"), "{stored}");
}
