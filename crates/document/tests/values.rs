//! Values: one text each, and what is refused.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::{fmt::Debug, str::FromStr};
use tenure_document::*;

/// Parses each line and shows the value or the refusal.
fn check<T: FromStr<Err = DocumentError> + ToString>(texts: &[&str], expected: Expect) {
    let mut shown = String::new();
    for text in texts {
        let value = match text.parse::<T>() {
            Ok(value) => value.to_string(),
            Err(error) => format!("{}: {error}", error.code()),
        };
        shown.push_str(&format!("{text} -> {value}\n"));
    }
    expected.assert_eq(&shown);
}

#[test]
fn times() {
    check::<Time>(
        &[
            "2026-11-22T05:41:00Z",
            "2026-11-22T05:41:00.5Z",
            "2026-11-22T05:41:00.05Z",
            "2026-11-22T05:41:00.000Z",
            "2024-02-29T23:59:59.999Z",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2000-02-29T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "0000-12-31T23:59:59Z",
            "9999-12-31T23:59:59.999Z",
            "1969-12-31T23:59:59.999Z",
            "2026-11-22T05:41:60Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T05:41:00z",
            "2026-11-22 05:41:00Z",
            "2026-11-22T05:41:00+00:00",
            "2026-11-22T05:41:00.1234Z",
            "2026-11-22T05:41:00.Z",
            "2026-13-01T00:00:00Z",
            "2026-11-00T00:00:00Z",
            "+026-11-01T00:00:00Z",
            "2026-11-22",
            "",
            "２026-11-22T05:41:00Z",
        ],
        expect![[r#"
            2026-11-22T05:41:00Z -> 2026-11-22T05:41:00Z
            2026-11-22T05:41:00.5Z -> 2026-11-22T05:41:00.500Z
            2026-11-22T05:41:00.05Z -> 2026-11-22T05:41:00.050Z
            2026-11-22T05:41:00.000Z -> 2026-11-22T05:41:00Z
            2024-02-29T23:59:59.999Z -> 2024-02-29T23:59:59.999Z
            2023-02-29T00:00:00Z -> bad-value: "2023-02-29T00:00:00Z" is not a time in UTC such as 2026-11-22T05:41:00Z
            1900-02-29T00:00:00Z -> bad-value: "1900-02-29T00:00:00Z" is not a time in UTC such as 2026-11-22T05:41:00Z
            2000-02-29T00:00:00Z -> 2000-02-29T00:00:00Z
            0001-01-01T00:00:00Z -> 0001-01-01T00:00:00Z
            0000-12-31T23:59:59Z -> bad-value: "0000-12-31T23:59:59Z" is not a time in UTC such as 2026-11-22T05:41:00Z
            9999-12-31T23:59:59.999Z -> 9999-12-31T23:59:59.999Z
            1969-12-31T23:59:59.999Z -> 1969-12-31T23:59:59.999Z
            2026-11-22T05:41:60Z -> bad-value: "2026-11-22T05:41:60Z" is not a time in UTC such as 2026-11-22T05:41:00Z
            2026-11-22T24:00:00Z -> bad-value: "2026-11-22T24:00:00Z" is not a time in UTC such as 2026-11-22T05:41:00Z
            2026-11-22T05:41:00z -> bad-value: "2026-11-22T05:41:00z" is not a time in UTC such as 2026-11-22T05:41:00Z
            2026-11-22 05:41:00Z -> bad-value: "2026-11-22 05:41:00Z" is not a time in UTC such as 2026-11-22T05:41:00Z
            2026-11-22T05:41:00+00:00 -> bad-value: "2026-11-22T05:41:00+00:00" is not a time in UTC such as 2026-11-22T05:41:00Z
            2026-11-22T05:41:00.1234Z -> bad-value: "2026-11-22T05:41:00.1234Z" is not a time in UTC such as 2026-11-22T05:41:00Z
            2026-11-22T05:41:00.Z -> bad-value: "2026-11-22T05:41:00.Z" is not a time in UTC such as 2026-11-22T05:41:00Z
            2026-13-01T00:00:00Z -> bad-value: "2026-13-01T00:00:00Z" is not a time in UTC such as 2026-11-22T05:41:00Z
            2026-11-00T00:00:00Z -> bad-value: "2026-11-00T00:00:00Z" is not a time in UTC such as 2026-11-22T05:41:00Z
            +026-11-01T00:00:00Z -> bad-value: "+026-11-01T00:00:00Z" is not a time in UTC such as 2026-11-22T05:41:00Z
            2026-11-22 -> bad-value: "2026-11-22" is not a time in UTC such as 2026-11-22T05:41:00Z
             -> bad-value: "" is not a time in UTC such as 2026-11-22T05:41:00Z
            ２026-11-22T05:41:00Z -> bad-value: "２026-11-22T05:41:00Z" is not a time in UTC such as 2026-11-22T05:41:00Z
        "#]],
    );
}

#[test]
fn versions() {
    check::<Version>(
        &[
            "2",
            "2.0",
            "2.0.0",
            "2.1",
            "2.0.1",
            "0",
            "0.0",
            "4294967295.0",
            "4294967296",
            "01.0",
            "1.",
            ".1",
            "1.2.3.4",
            "",
            "-1",
            "+1",
            "1.a",
            "1 ",
        ],
        expect![[r#"
            2 -> 2.0
            2.0 -> 2.0
            2.0.0 -> 2.0
            2.1 -> 2.1
            2.0.1 -> 2.0.1
            0 -> 0
            0.0 -> 0
            4294967295.0 -> 4294967295.0
            4294967296 -> bad-value: "4294967296" is not a version such as 2.0 or 2.1.3
            01.0 -> bad-value: "01.0" is not a version such as 2.0 or 2.1.3
            1. -> bad-value: "1." is not a version such as 2.0 or 2.1.3
            .1 -> bad-value: ".1" is not a version such as 2.0 or 2.1.3
            1.2.3.4 -> bad-value: "1.2.3.4" is not a version such as 2.0 or 2.1.3
             -> bad-value: "" is not a version such as 2.0 or 2.1.3
            -1 -> bad-value: "-1" is not a version such as 2.0 or 2.1.3
            +1 -> bad-value: "+1" is not a version such as 2.0 or 2.1.3
            1.a -> bad-value: "1.a" is not a version such as 2.0 or 2.1.3
            1  -> bad-value: "1 " is not a version such as 2.0 or 2.1.3
        "#]],
    );
}

#[test]
fn ids() {
    check::<LeaseId>(
        &[
            "L-0000000000001",
            "l-000000000000o",
            "L-FZZZZZZZZZZZZ",
            "L-G000000000000",
            "L-1",
            "0000000000001",
        ],
        expect![[r#"
            L-0000000000001 -> L-0000000000001
            l-000000000000o -> L-0000000000000
            L-FZZZZZZZZZZZZ -> L-FZZZZZZZZZZZZ
            L-G000000000000 -> bad-value: not a lease id: L- and 13 characters of base32
            L-1 -> bad-value: not a lease id: L- and 13 characters of base32
            0000000000001 -> bad-value: not a lease id: L- and 13 characters of base32
        "#]],
    );
    check::<ContainerId>(
        &[
            "00000000000000000000000000",
            "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
            "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
            "0123456789abcdefghjkmnpqrs",
            "0123456789abcdefghjkmnpqr",
            "u0000000000000000000000000",
        ],
        expect![[r#"
            00000000000000000000000000 -> 00000000000000000000000000
            7ZZZZZZZZZZZZZZZZZZZZZZZZZ -> 7ZZZZZZZZZZZZZZZZZZZZZZZZZ
            8ZZZZZZZZZZZZZZZZZZZZZZZZZ -> bad-value: not a container id: 26 characters of base32
            0123456789abcdefghjkmnpqrs -> 0123456789ABCDEFGHJKMNPQRS
            0123456789abcdefghjkmnpqr -> bad-value: not a container id: 26 characters of base32
            u0000000000000000000000000 -> bad-value: not a container id: 26 characters of base32
        "#]],
    );
    check::<RootPin>(
        &[
            "root:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "root:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
            "AAAA",
        ],
        expect![[r#"
            root:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA -> root:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
            root:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB -> bad-value: not a root pin: root: and 43 base64url characters
            AAAA -> bad-value: not a root pin: root: and 43 base64url characters
        "#]],
    );
    check::<HostIdType>(
        &["STRING", "vm_uuid", "FLEXID9"],
        expect![[r#"
        STRING -> STRING
        vm_uuid -> VM_UUID
        FLEXID9 -> bad-value: not a host ID type; known are STRING, ETHERNET, VM_UUID, INTERNET, INTERNET6, USER, PUBLISHER_DEFINED, CONTAINER_ID, EXTENDED
    "#]],
    );
}

#[test]
fn serials() {
    let serial = ContainerId([7; 16]).serial();
    expect!["T-TXGX-81NF-5956"].assert_eq(&serial);
    let typed = serial.to_lowercase().replace('-', " ");
    assert_eq!(check_serial(&typed), Ok(serial.clone()));
    // Every single wrong character and every swap of two different ones is found.
    let characters: Vec<char> = serial.chars().collect();
    let places: Vec<usize> = (2..characters.len()).filter(|i| characters[*i] != '-').collect();
    for place in &places {
        for other in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars() {
            let mut wrong = characters.clone();
            wrong[*place] = other;
            let wrong: String = wrong.into_iter().collect();
            assert_eq!(check_serial(&wrong).is_ok(), wrong == serial, "{wrong}");
        }
        for second in &places {
            let mut swapped = characters.clone();
            swapped.swap(*place, *second);
            let swapped: String = swapped.into_iter().collect();
            assert_eq!(check_serial(&swapped).is_ok(), swapped == serial, "{swapped}");
        }
    }
    assert_eq!(check_serial("").map_err(|e| e.code()), Err("bad-value"));
    assert_eq!(check_serial("T").map_err(|e| e.code()), Err("bad-value"));
}

#[test]
fn holders() {
    let shown = |text: &str| match read_json::<Holder>(text.as_bytes(), Limits::PAYLOAD) {
        Ok(holder) => serde_json::to_string(&holder).unwrap(),
        Err(error) => format!("{}: {error}", error.code()),
    };
    let long = format!(r#"{{"host":{{"type":"STRING","value":"{}"}}}}"#, "ä".repeat(257));
    let all = [
        shown(r#"{"host":{"type":"string","value":"ws14"},"user":"ann","kind":"physical"}"#),
        shown(r#"{"host":{"type":"STRING","value":""}}"#),
        shown(r#"{"host":{"type":"STRING","value":"a\nb"}}"#),
        shown(r#"{"host":{"type":"STRING","value":"a\u202eb"}}"#),
        shown(r#"{"host":{"type":"STRING","value":"a"},"user":""}"#),
        shown(r#"{"host":{"type":"STRING","value":"a"},"usr":"ann"}"#),
        shown(r#"{"host":{"type":"STRING","value":"a","x":1}}"#),
        shown(r#"{"user":"ann"}"#),
        shown(&long),
    ];
    expect![[r#"
        {"host":{"type":"STRING","value":"ws14"},"user":"ann","kind":"physical"}
        malformed-payload: the content is wrong: a name must have 1 to 256 characters at line 1 column 36
        malformed-payload: the content is wrong: a name must not hold control characters at line 1 column 40
        malformed-payload: the content is wrong: a name must not hold control characters at line 1 column 44
        malformed-payload: the content is wrong: a name must have 1 to 256 characters at line 1 column 48
        unknown-member: unknown member: `usr`, expected one of `host`, `user`, `session`, `process`, `owner`, `name`, `kind` at line 1 column 43; a newer Tenure may know it
        unknown-member: unknown member: `x`, expected `type` or `value` at line 1 column 40; a newer Tenure may know it
        malformed-payload: the content is wrong: missing field `host` at line 1 column 14
        malformed-payload: the content is wrong: a name must have 1 to 256 characters at line 1 column 550"#]].assert_eq(&all.join("\n"));
}

#[test]
fn hidden_secrets() {
    let signer = SeedSigner::ed25519(&[1; 32]).unwrap();
    let shown = format!("{signer:?}");
    assert!(!shown.contains("AQEBAQ") && !shown.contains("1, 1, 1"), "{shown}");
}

/// Text and value go over into each other, as text and as JSON.
fn round_trips<T>(value: T) -> Result<(), TestCaseError>
where
    T: FromStr<Err = DocumentError> + ToString + Debug + PartialEq,
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let read: T = value.to_string().parse().unwrap();
    prop_assert_eq!(&read, &value);
    let json = serde_json::to_vec(&value).unwrap();
    let read: T = read_json(&json, Limits::PAYLOAD).unwrap();
    prop_assert_eq!(&read, &value);
    Ok(())
}

proptest! {
    #[test]
    fn times_round_trip(millis in Time::EARLIEST.as_millis()..=Time::LATEST.as_millis()) {
        let time = Time::from_millis(millis);
        round_trips(time)?;
        // The calendar is checked against another implementation.
        let other = jiff::Timestamp::from_millisecond(millis).unwrap();
        let date = if millis % 1000 == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%.3fZ" };
        prop_assert_eq!(time.to_string(), other.strftime(date).to_string());
    }

    #[test]
    fn order_of_texts_is_order_of_times(a in 0_i64..4_000_000_000, b in 0_i64..4_000_000_000) {
        let text = |seconds: i64| Time::from_millis(seconds * 1000).to_string();
        prop_assert_eq!(text(a).cmp(&text(b)), a.cmp(&b));
    }

    #[test]
    fn ids_round_trip(id: [u8; 16], lease: u64, hash: [u8; 32], bytes: Vec<u8>) {
        round_trips(ContainerId(id))?;
        round_trips(LeaseId(lease))?;
        round_trips(Hash(hash))?;
        round_trips(KeyId(Hash(hash)))?;
        round_trips(Bytes(bytes))?;
        prop_assert_eq!(check_serial(&ContainerId(id).serial()), Ok(ContainerId(id).serial()));
    }

    #[test]
    fn versions_round_trip(major: u32, minor: u32, patch: u32) {
        round_trips(Version { major, minor, patch })?;
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in ".{0,40}") {
        let _ = text.parse::<Time>();
        let _ = text.parse::<Version>();
        let _ = text.parse::<LeaseId>();
        let _ = text.parse::<ContainerId>();
        let _ = text.parse::<Hash>();
        let _ = text.parse::<RootPin>();
        let _ = check_serial(&text);
    }
}
