//! The shape of every payload type, one golden text each: what was once written reads for ever.
//!
//! A changed text here is a changed format. It needs a new type version, not a new text.

use serde::de::DeserializeOwned;
use tenure_document::*;

/// The text reads, and what was read is written as the very same text.
fn golden<P: Payload + DeserializeOwned>(name: &str, text: &str) {
    assert_eq!(P::NAME, name);
    assert_eq!(P::TYPE, format!("application/vnd.tenure.{name}.v1+json"));
    let text = text.split_whitespace().collect::<Vec<_>>().join("");
    let payload: P =
        read_json(text.as_bytes(), P::LIMITS).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(String::from_utf8(payload_bytes(&payload)).unwrap(), text);
}

const ID: &str = "0E1R70W3GE1R70W3GE1R70W3GE";
const HASH: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn filled(text: &str) -> String {
    let key = SeedSigner::ed25519_batch(&[9; 32]).unwrap();
    let key = serde_json::to_string(key.public()).unwrap();
    text.replace("$ID", &format!("\"{ID}\""))
        .replace("$HASH", &format!("\"{HASH}\""))
        .replace("$KEY", &key)
}

#[test]
fn lease() {
    golden::<Lease>(
        "lease",
        &filled(
            r#"{"id":"L-0000000000001","server":$ID,
        "holder":{"host":{"type":"STRING","value":"ws14"},"user":"ann","session":"s","process":"p",
        "owner":"o","name":"n","kind":"virtual"},"feature":"cad","version":"2.0","count":2,
        "seats":[[1,1],[7,7]],"items":["i1"],"issued":"2026-11-22T05:41:00Z",
        "expires":"2026-11-22T05:56:00Z","renew_after":"2026-11-22T05:43:15.250Z",
        "client_key":$KEY,"nonce":"AQI","request":$HASH,"sequence":3,"code":"granted","borrowed":false}"#,
        ),
    );
    golden::<Lease>(
        "lease",
        &filled(
            r#"{"id":"L-0000000000001","server":$ID,
        "holder":{"host":{"type":"VM_UUID","value":"x"}},"feature":"cad","version":"0","count":1,
        "seats":[],"items":[],"issued":"2026-11-22T05:41:00Z","expires":"2026-11-22T05:56:00Z",
        "renew_after":"2026-11-22T05:43:15Z","sequence":3,"code":"granted","borrowed":true}"#,
        ),
    );
}

#[test]
fn context_and_receipt() {
    golden::<Context>(
        "context",
        &filled(
            r#"{"id":$ID,"generation":1,"sequence":2,"history_hash":$HASH,
        "name":"server","kind":"server","key":$KEY,
        "items":[{"id":"i1","feature":"cad","version":"2.0","count":5,"consumed":3},
                 {"id":"i2","feature":"cad","version":"2.0","count":"uncounted"}],
        "ratchet":$HASH,"pending":[{"sequence":2,"op_id":"a","result":"no-effect"}],
        "transfers":[{"nonce":"AQI","item_id":"i1","count":1}],
        "binding":{"matched":3,"total":9,"threshold":5},
        "time_high_water":"2026-11-22T05:41:00Z","keyset_version":1,"revocation_sequence":0,
        "nonce":"AQI","at":"2026-11-22T05:41:00Z"}"#,
        ),
    );
    golden::<Receipt>(
        "receipt",
        &filled(
            r#"{"id":$ID,"generation":1,"sequence":2,"history_hash":$HASH,
        "results":[{"sequence":2,"op_id":"a","result":"applied"}],"nonce":"AQI","at":"2026-11-22T05:41:00Z"}"#,
        ),
    );
}

#[test]
fn update_and_pool() {
    let item = r#"{"id":"i1","feature":"cad","version":"2.0","count":5,"expiry":"permanent"}"#;
    golden::<Update>("update", &filled(&r#"{"id":$ID,"generation":1,"from_sequence":0,"from_hash":$HASH,
        "ops":[{"sequence":1,"op_id":"a","op":{"op":"add","item":$ITEM}},
               {"sequence":2,"op_id":"b","op":{"op":"replace","item":$ITEM}},
               {"sequence":3,"op_id":"c","op":{"op":"withdraw","item_id":"i1"}},
               {"sequence":4,"op_id":"d","op":{"op":"withdraw","item_id":"i1","count":2}},
               {"sequence":5,"op_id":"e","op":{"op":"certify","certificate":"{}"}}],
        "to_sequence":5,"to_hash":$HASH,"issued":"2026-11-22T05:41:00Z","expires":"2027-01-01T00:00:00Z",
        "attachments":{"keysets":["{}"],"revocation":"{}","time":"{}"}}"#.replace("$ITEM", item)));
    golden::<Update>(
        "update",
        &filled(
            r#"{"id":$ID,"generation":1,"from_sequence":0,"from_hash":$HASH,
        "ops":[],"to_sequence":0,"to_hash":$HASH,"issued":"2026-11-22T05:41:00Z","attachments":{}}"#,
        ),
    );
    golden::<Pool>(
        "pool",
        &filled(
            &r#"{"server":$ID,"sequence":1,"previous":$HASH,"items":[$ITEM],
        "issued":"2026-11-22T05:41:00Z","valid_until":"2027-01-01T00:00:00Z"}"#
                .replace("$ITEM", item),
        ),
    );
}

#[test]
fn keys() {
    golden::<Certificate>(
        "certificate",
        &filled(
            r#"{"container":$ID,"generation":1,"name":"n",
        "kind":"server","key":$KEY,"uses":["lease"],"not_before":"2026-11-22T05:41:00Z",
        "not_after":"2027-11-22T05:41:00Z","sequence":1}"#,
        ),
    );
    golden::<Revocation>(
        "revocation",
        &filled(
            r#"{"sequence":1,"issued":"2026-11-22T05:41:00Z",
        "keys":[$HASH],"containers":[{"container":$ID,"generation":1}]}"#,
        ),
    );
    golden::<TimeStatement>(
        "time",
        &filled(r#"{"container":$ID,"nonce":"AQI","time":"2026-11-22T05:41:00Z"}"#),
    );
    // Shapes only: a key set with such keys is refused when it is adopted.
    golden::<Keyset>(
        "keyset",
        &filled(
            r#"{"version":1,"publisher":"p","root":{"threshold":1,"keys":[$KEY]},
        "keys":[{"id":$HASH,"key":$KEY,"role":"issuer","types":["update"],"products":["*"],
        "sign_from":"2026-01-01T00:00:00Z","sign_until":"2027-01-01T00:00:00Z",
        "verify_until":"2028-01-01T00:00:00Z"}],"issued":"2026-11-22T05:41:00Z","revocation_sequence":0}"#,
        ),
    );
}

#[test]
fn transfers() {
    golden::<TransferRequest>(
        "transfer-request",
        &filled(
            r#"{"target":$ID,"generation":1,"certificate":"{}",
        "nonce":"AQI","item_id":"i1","count":1,"at":"2026-11-22T05:41:00Z"}"#,
        ),
    );
    golden::<Transfer>(
        "transfer",
        &filled(
            r#"{"source":$ID,"generation":1,"certificate":"{}","sequence":4,
        "target":$ID,"nonce":"AQI","item":{"id":"i1","feature":"cad","version":"2.0","count":1,
        "expiry":"permanent"},"provenance":["{}"],"at":"2026-11-22T05:41:00Z"}"#,
        ),
    );
    golden::<TransferReceipt>(
        "transfer-receipt",
        &filled(
            r#"{"target":$ID,"generation":1,"nonce":"AQI",
        "transfer":$HASH,"at":"2026-11-22T05:41:00Z"}"#,
        ),
    );
    golden::<TransferRefusal>(
        "transfer-refusal",
        &filled(
            r#"{"target":$ID,"generation":1,"nonce":"AQI",
        "reason":"not-wanted","at":"2026-11-22T05:41:00Z"}"#,
        ),
    );
}

#[test]
fn statements() {
    golden::<LeaseRequest>(
        "lease-request",
        &filled(
            r#"{"server":$ID,"client_key":$KEY,
        "holder":{"host":{"type":"STRING","value":"ws14"}},"feature":"cad","version":"2.0","count":1,
        "term_seconds":60,"nonce":"AQI","at":"2026-11-22T05:41:00Z"}"#,
        ),
    );
    golden::<Usage>(
        "usage",
        &filled(
            r#"{"server":$ID,"generation":1,"from_sequence":1,"to_sequence":9,
        "head":$HASH,"intervals":[{"lease":"L-0000000000001","item_id":"i1","seats":[[1,1]],
        "from":"2026-11-22T05:41:00Z","until":"2026-11-22T05:56:00Z","holder":"h"}],
        "at":"2026-11-22T05:41:00Z"}"#,
        ),
    );
    golden::<HostKey>(
        "host-key",
        r#"{"id":"k1","host":"example.com","product":"p","users":5,
        "issued":"2026-11-22T05:41:00Z","expires":"2027-11-22T05:41:00Z","offline":{"grace":14}}"#,
    );
    golden::<HostCheck>(
        "host-check",
        r#"{"key":"k1","host":"example.com","valid":false,"reason":"revoked",
        "nonce":"AQI","at":"2026-11-22T05:41:00Z"}"#,
    );
}

#[test]
fn members_of_the_second_release() {
    golden::<Context>(
        "context",
        &filled(
            r#"{"id":$ID,"generation":2,"sequence":0,"history_hash":$HASH,
        "name":"device","kind":"bound","key":$KEY,"items":[],
        "ratchet":$HASH,"pending":[{"sequence":2,"op_id":"a","result":"applied","taken":1}],
        "transfers":[{"nonce":"AQI","item_id":"i1","count":0}],
        "moves":[{"nonce":"AQM","direction":"out","item_id":"i1","count":2,"other":$ID,
                  "transfer":$HASH,"state":"sent"},
                 {"nonce":"AQQ","direction":"in","item_id":"i2","count":"uncounted","other":$ID,
                  "transfer":$HASH,"state":"credited"}],"moved":7,
        "binding":{"matched":3,"total":9,"threshold":5,"anchored":true},"machine":"virtual",
        "vouch":"AQI","time_high_water":"2026-11-22T05:41:00Z","keyset_version":1,
        "revocation_sequence":0,"nonce":"AQI","at":"2026-11-22T05:41:00Z"}"#,
        ),
    );
    golden::<Update>(
        "update",
        &filled(
            r#"{"id":$ID,"generation":1,"from_sequence":0,"from_hash":$HASH,
        "ops":[{"sequence":1,"op_id":"a","op":{"op":"add","item":{"id":"i1","feature":"cad",
                "version":"2.0","count":5,"expiry":"permanent","checkpoint_days":30,
                "moves":{"times":3,"days_between":30,"within_account":true,"hop_only":true},
                "binding":"strict","vendor_string":"x"}}},
               {"sequence":2,"op_id":"b","op":{"op":"refund","nonce":"AQI"}},
               {"sequence":3,"op_id":"c","op":{"op":"settle","nonce":"AQI"}}],
        "to_sequence":3,"to_hash":$HASH,"issued":"2026-11-22T05:41:00Z",
        "attachments":{"pool":"{}"}}"#,
        ),
    );
    golden::<TransferRefusal>(
        "transfer-refusal",
        &filled(
            r#"{"target":$ID,"generation":1,"nonce":"AQI",
        "reason":"fulfilled","transfer":$HASH,"at":"2026-11-22T05:41:00Z"}"#,
        ),
    );
    golden::<Pool>(
        "pool",
        &filled(
            r#"{"server":$ID,"sequence":3,"previous":$HASH,"items":[],
        "issued":"2026-11-22T05:41:00Z","basis":{"generation":1,"history_hash":$HASH}}"#,
        ),
    );
    golden::<Certificate>(
        "certificate",
        &filled(
            r#"{"container":$ID,"generation":1,"name":"n","kind":"bound","key":$KEY,
        "uses":["context"],"not_before":"2026-11-22T05:41:00Z","sequence":1,
        "account":"C-0000001","binding":"loose"}"#,
        ),
    );
    golden::<HostKey>(
        "host-key",
        r#"{"id":"k1","host":"*.example.com","product":"p","users":5,
        "issued":"2026-11-22T05:41:00Z","expires":"2027-11-22T05:41:00Z","offline":"allow",
        "not_before":"2026-12-01T00:00:00Z","group":"g1","window_days":90,"enforcement":"block",
        "check_url":"https://licenses.example.com"}"#,
    );
    golden::<HostCheck>(
        "host-check",
        r#"{"key":"k1","host":"a.example.com","valid":true,"nonce":"AQI",
        "at":"2026-11-22T05:41:00Z","user_id":"0E1R70W3GE1R70W3GE1R70W3GE","users_counted":3,
        "users_allowed":5,"next_check":"2026-11-23T05:41:00Z"}"#,
    );
    golden::<Usage>(
        "usage",
        &filled(
            r#"{"server":$ID,"generation":1,"from_sequence":10,"to_sequence":19,
        "head":$HASH,"intervals":[{"lease":"L-0000000000001","item_id":"i1","seats":[[1,1]],
        "from":"2026-11-22T05:41:00Z","until":"2026-11-22T05:56:00Z","holder":"h","feature":"cad"}],
        "previous":$HASH,"totals":[{"feature":"cad","item_id":"i1","holder":"h",
        "from":"2026-11-22T00:00:00Z","until":"2026-11-23T00:00:00Z","checkouts":4,"denials":1,
        "peak":2,"seat_seconds":3600,"consumed":9,"undone":8}],"at":"2026-11-22T05:41:00Z"}"#,
        ),
    );
}
