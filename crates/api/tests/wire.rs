//! The shapes on the wire: what people may write, what is refused, and what the published schema
//! says about types that stand on the ground floor.

use expect_test::{Expect, expect};
use serde::de::DeserializeOwned;
use tenure_api::schema::{HolderSchema, HostIdSchema, HostIdTypeSchema, MachineKindSchema};
use tenure_api::*;
use tenure_document::{Holder, HostId, HostIdType, MachineKind};
use utoipa::PartialSchema;

fn check<T: DeserializeOwned + serde::Serialize>(json: &str, expected: Expect) {
    let read = serde_json::from_str::<T>(json);
    let shown = match read {
        Ok(value) => serde_json::to_string(&value).expect("a request can be written"),
        Err(error) => format!("refused: {error}"),
    };
    expected.assert_eq(&shown);
}

const HOLDER: &str = r#""holder":{"host":{"type":"STRING","value":"ws14"},"user":"ann"}"#;

#[test]
fn the_smallest_checkout() {
    check::<CheckoutRequest>(
        &format!("{{{HOLDER},\"features\":[{{\"name\":\"cad\"}}]}}"),
        expect![[
            r#"{"holder":{"host":{"type":"STRING","value":"ws14"},"user":"ann"},"features":[{"name":"cad","version":"0","count":1}]}"#
        ]],
    );
    check::<CheckoutRequest>(
        &format!("{{{HOLDER}}}"),
        expect![[r#"{"holder":{"host":{"type":"STRING","value":"ws14"},"user":"ann"}}"#]],
    );
}

#[test]
fn a_checkout_with_everything() {
    let json = format!(
        "{{{HOLDER},\"features\":[{{\"name\":\"cad\",\"version\":\"2.1\",\"count\":3,\"partial\":true}}],\
         \"borrow\":\"7d\",\"granularity\":\"day\",\"all\":true,\"dictionary\":{{\"project\":\"x\"}},\
         \"selectors\":{{\"site\":\"pune\"}},\"wait\":30,\"nonce\":\"AAECAw\"}}"
    );
    check::<CheckoutRequest>(
        &json,
        expect![[
            r#"{"holder":{"host":{"type":"STRING","value":"ws14"},"user":"ann"},"features":[{"name":"cad","version":"2.1","count":3,"partial":true}],"borrow":604800,"granularity":"day","all":true,"dictionary":{"project":"x"},"selectors":{"site":"pune"},"wait":30,"nonce":"AAECAw"}"#
        ]],
    );
}

#[test]
fn checkouts_that_are_refused() {
    let with = |rest: &str| format!("{{{HOLDER},{rest}}}");
    check::<CheckoutRequest>(
        &with(r#""featurse":[]"#),
        expect![
            "refused: unknown field `featurse`, expected one of `holder`, `features`, `borrow`, `granularity`, `all`, `dictionary`, `selectors`, `wait`, `nonce`, `client_key` at line 1 column 75"
        ],
    );
    check::<CheckoutRequest>(
        &with(r#""features":[{"name":"cad","count":0}]"#),
        expect!["refused: `count` is 0: ask for at least one seat at line 1 column 101"],
    );
    check::<CheckoutRequest>(
        &with(r#""features":[{"name":"cad","count":-1}]"#),
        expect!["refused: invalid value: integer `-1`, expected u32 at line 1 column 101"],
    );
    check::<CheckoutRequest>(
        &with(r#""features":[{"name":"cad","count":99999999999}]"#),
        expect!["refused: invalid value: integer `99999999999`, expected u32 at line 1 column 110"],
    );
    check::<CheckoutRequest>(
        &with(r#""features":[{"name":"cad","version":"two"}]"#),
        expect![[r#"refused: "two" is not a version such as 2.0 or 2.1.3 at line 1 column 106"#]],
    );
    check::<CheckoutRequest>(
        &with(r#""features":[{"name":"cad","seats":1}]"#),
        expect![
            "refused: unknown field `seats`, expected one of `name`, `version`, `count`, `partial` at line 1 column 98"
        ],
    );
    check::<CheckoutRequest>(
        &with(r#""borrow":"7 days""#),
        expect![
            "refused: `7 days` is not a length of time: write seconds (`900`) or a number with a unit (`90s`, `15m`, `8h`, `7d`, `2w`), at most 100 years at line 1 column 82"
        ],
    );
    check::<CheckoutRequest>(
        &with(r#""granularity":"week""#),
        expect![
            "refused: unknown variant `week`, expected one of `second`, `minute`, `hour`, `day` at line 1 column 85"
        ],
    );
    check::<CheckoutRequest>(
        &with(r#""nonce":"AA==""#),
        expect!["refused: not bytes in base64url without padding at line 1 column 79"],
    );
    check::<CheckoutRequest>(
        r#"{"features":[]}"#,
        expect!["refused: missing field `holder` at line 1 column 15"],
    );
}

#[test]
fn every_request_refuses_unknown_members() {
    fn refuses<T: DeserializeOwned>(json: &str) {
        let json = json.replacen('{', r#"{"no_such_member":1,"#, 1).replace(",}", "}");
        let error = serde_json::from_str::<T>(&json).err().expect("refused").to_string();
        assert!(error.contains("unknown field `no_such_member`"), "{json}: {error}");
    }
    refuses::<CheckoutRequest>("{}");
    refuses::<DesiredFeature>("{}");
    refuses::<DeviceSetRequest>("{}");
    refuses::<RenewalRequest>("{}");
    refuses::<Renewals>("{}");
    refuses::<WantedRenewal>("{}");
    refuses::<UsageRequest>("{}");
    refuses::<UndoRequest>("{}");
    refuses::<UsageBatchRequest>("{}");
    refuses::<BatchRecord>("{}");
    refuses::<UserRequest>("{}");
    refuses::<UserChange>("{}");
    refuses::<PasswordChange>("{}");
    refuses::<Login>("{}");
    refuses::<Setup>("{}");
    refuses::<ClientKeyRequest>("{}");
    refuses::<SuspendRequest>("{}");
    refuses::<ListQuery>("{}");
}

#[test]
fn a_problem_of_denials_shows_the_first() {
    let denial: DenialAnswer = serde_json::from_str(
        r#"{"id":"D-1","feature":"cad","version":"2.0","count":1,"reason":"no-seats","explanation":"all 5 seats are in use"}"#,
    )
    .expect("a denial");
    let problem =
        Problem::new(409, "no-seats", "Nothing was granted", "").with_denials(vec![denial]);
    expect![[r#"{"type":"/problems/no-seats","title":"Nothing was granted","status":409,"code":"no-seats","feature":"cad","reason":"no-seats","explanation":"all 5 seats are in use","denials":[{"id":"D-1","feature":"cad","version":"2.0","count":1,"reason":"no-seats","explanation":"all 5 seats are in use","pools":[]}]}"#]].assert_eq(&serde_json::to_string(&problem).expect("a problem can be written"));
    expect!["all 5 seats are in use (no-seats)"].assert_eq(&problem.to_string());
}

#[test]
fn secrets_are_not_shown() {
    let login = Login { name: "ann".into(), password: "correct horse".into() };
    let setup = Setup { token: "tkn".into(), name: "ann".into(), password: "correct horse".into() };
    expect![[r#"Login { name: "ann", .. } Setup { name: "ann", .. }"#]]
        .assert_eq(&format!("{login:?} {setup:?}"));
}

/// Names of the members of a published object.
fn members<T: PartialSchema>() -> Vec<String> {
    let schema = serde_json::to_value(T::schema()).expect("a schema can be written");
    let members = schema["properties"].as_object().expect("an object");
    let mut names: Vec<String> = members.keys().cloned().collect();
    names.sort();
    names
}

fn words<T: PartialSchema>() -> Vec<String> {
    let schema = serde_json::to_value(T::schema()).expect("a schema can be written");
    let words = schema["enum"].as_array().expect("a list of words");
    words.iter().filter_map(|word| word.as_str()).map(str::to_owned).collect()
}

#[test]
fn published_shapes_of_ground_floor_types_are_theirs() {
    let host = HostId::new(HostIdType::String, "ws14").expect("a host ID");
    let some = |text: &str| Some(text.to_owned());
    let holder = Holder {
        host: host.clone(),
        user: some("u"),
        session: some("s"),
        process: some("p"),
        owner: some("o"),
        name: some("n"),
        kind: MachineKind::Virtual,
    };
    let written = |value: serde_json::Value| {
        let mut names: Vec<String> =
            value.as_object().expect("an object").keys().cloned().collect();
        names.sort();
        names
    };
    assert_eq!(members::<HolderSchema>(), written(serde_json::to_value(&holder).expect("written")));
    assert_eq!(members::<HostIdSchema>(), written(serde_json::to_value(&host).expect("written")));
    let types: Vec<&str> = HostIdType::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(words::<HostIdTypeSchema>(), types);
    let kinds =
        [MachineKind::Physical, MachineKind::Virtual, MachineKind::Container, MachineKind::Unknown];
    let kinds = kinds.map(|kind| {
        serde_json::to_value(kind).expect("written").as_str().expect("a word").to_owned()
    });
    assert_eq!(words::<MachineKindSchema>(), kinds);
}
