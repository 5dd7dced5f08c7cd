//! Events are a stored format: what the first release wrote is read for ever, and written the same way.

use tenure_container::ContainerEvent;

#[test]
fn stored_events_of_the_first_release_are_read_for_ever() {
    let golden = [
        r#"{"change":"updated","ops":[{"sequence":1,"op_id":"o1","op":{"op":"add","item":{"id":"i1","feature":"cad","version":"2.0","count":5,"expiry":"permanent"}}},{"sequence":2,"op_id":"o2","op":{"op":"replace","item":{"id":"i1","feature":"cad","version":"2.1","count":"uncounted","expiry":"2027-12-31T00:00:00Z"}}},{"sequence":3,"op_id":"o3","op":{"op":"withdraw","item_id":"i1","count":2}},{"sequence":4,"op_id":"o4","op":{"op":"certify","certificate":"{}"}}],"acknowledged":0,"history_hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","ratchet":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
        r#"{"change":"keyset-adopted","version":2,"document":"{}"}"#,
        r#"{"change":"revocation-adopted","sequence":1,"document":"{}","at":"2026-11-22T05:41:00Z","revoked":false}"#,
        r#"{"change":"time-advanced","clock":{"high_water":"2026-11-22T05:41:00Z","since_boot_ms":7,"raised_ms":0}}"#,
        r#"{"change":"time-corrected","clock":{"high_water":"2026-11-22T05:41:00Z","since_boot_ms":7,"raised_ms":0}}"#,
        r#"{"change":"clock-behind","wall":"2026-11-22T05:41:00Z","behind_ms":900000}"#,
        r#"{"change":"clock-right"}"#,
    ];
    for text in golden {
        same(text);
    }
}

#[test]
fn stored_events_of_the_second_release_are_read_for_ever() {
    let golden = [
        r#"{"change":"updated","ops":[{"sequence":1,"op_id":"o1","op":{"op":"refund","nonce":"AQI"}},{"sequence":2,"op_id":"o2","op":{"op":"settle","nonce":"AQI"}}],"acknowledged":0,"history_hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","ratchet":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","issued":"2026-11-22T05:41:00Z"}"#,
        r#"{"change":"contacted","at":"2026-11-22T05:41:00Z"}"#,
        r#"{"change":"origin-kept","document":"{}"}"#,
        r#"{"change":"pool-adopted","sequence":2,"document":"{}","issued":"2026-11-22T05:41:00Z","valid_until":"2027-11-22T05:41:00Z"}"#,
        r#"{"change":"transfer-requested","nonce":"AQI","item_id":"i1","count":0,"document":"{}"}"#,
        r#"{"change":"transfer-sent","nonce":"AQI","target":"0E1R70W3GE1R70W3GE1R70W3GE","certificate":"{}","item":{"id":"i1","feature":"cad","version":"2.0","count":5,"expiry":"permanent","moves":{}},"lot":0,"transfer":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","document":"{}"}"#,
        r#"{"change":"transfer-credited","nonce":"AQI","source":"0E1R70W3GE1R70W3GE1R70W3GE","item":{"id":"i1","feature":"cad","version":"2.0","count":5,"expiry":"permanent","moves":{"times":1,"days_between":2,"within_account":true,"hop_only":true}},"transfer":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","provenance":["{}","{}"],"receipt":"{}"}"#,
        r#"{"change":"transfer-refused","nonce":"AQI","document":"{}"}"#,
        r#"{"change":"transfer-received","nonce":"AQI"}"#,
        r#"{"change":"transfer-refunded","nonce":"AQI"}"#,
        r#"{"change":"regenerated","generation":2,"key":{"algorithm":"ed25519","ed25519":"iojjlBWOzwZGqbVgCVtMtGALxGYi3ysCfhZIFQLoIFY"},"ratchet":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","vouch":"AQI"}"#,
    ];
    for text in golden {
        same(text);
    }
}

fn same(text: &str) {
    let event: ContainerEvent = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&event).unwrap(), text);
}
