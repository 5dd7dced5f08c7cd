//! Trust and inspection as their users see them: chains, reports, warnings.

#[path = "support/publisher.rs"]
mod publisher;

use expect_test::expect;
use publisher::{Publisher, now, server_key};
use tenure_document::*;

const SERVER: ContainerId = ContainerId([7; 16]);

fn update() -> Update {
    let item = Item::new("i1", "cad", Version::new(2, 0, 0), Count::Counted(5));
    Update {
        id: SERVER,
        generation: 1,
        from_sequence: 0,
        from_hash: Hash::ZERO,
        ops: vec![Numbered { sequence: 1, op_id: "op-1".into(), op: Op::Add { item } }],
        to_sequence: 1,
        to_hash: Hash::of(b"history"),
        issued: now(),
        expires: None,
        attachments: Attachments::default(),
    }
}

#[test]
fn the_fixture_chain_holds() {
    let publisher = Publisher::new(0);
    let certificate = publisher.certified(SERVER, &server_key(9));
    assert_eq!(certificate.container, SERVER);
    assert_eq!(certificate.signed_by(), publisher.certifier.public().id());
    let update = publisher.verified_update(&update());
    assert!(update.covers_product("anything"));
    assert_eq!(update.payload_hash(), Hash::of(&payload_bytes(&*update)));
}

#[test]
fn a_refused_document_changes_nothing() {
    let publisher = Publisher::new(0);
    let mut trust = publisher.trust();
    let second = Keyset { version: 2, ..publisher.keyset.clone() };
    assert_eq!(trust.adopt_keyset(&publisher.seal_keyset(&second)), Ok(Adopted::Newer));
    assert_eq!(trust.adopt_keyset(&publisher.seal_keyset(&second)), Ok(Adopted::Unchanged));
    assert!(trust.adopt_keyset(&publisher.keyset_envelope()).is_err());
    assert!(trust.adopt_keyset(&Publisher::new(64).keyset_envelope()).is_err());
    assert_eq!(trust.keyset_version(), 2);
}

#[test]
fn a_document_of_another_type_is_called_what_it_is() {
    let refused = |expected: &str, found: &str| {
        let string = |name: &str| format!("application/vnd.tenure.{name}.v1+json");
        DocumentError::WrongType { expected: string(expected), found: string(found) }.to_string()
    };
    let names = [
        "keyset",
        "certificate",
        "revocation",
        "update",
        "pool",
        "context",
        "receipt",
        "lease",
        "lease-request",
        "usage",
        "time",
        "transfer-request",
        "transfer",
        "transfer-receipt",
        "transfer-refusal",
        "host-key",
        "host-check",
    ];
    let mut shown: Vec<String> = names.map(|name| refused("keyset", name)).to_vec();
    let foreign =
        DocumentError::WrongType { expected: Update::TYPE.into(), found: "text/plain".into() };
    shown.push(foreign.to_string());
    expect![[r#"
        this is a key list, not a key list
        this is a certificate, not a key list
        this is a revocation list, not a key list
        this is an update, not a key list
        this is a pool document, not a key list
        this is a context, not a key list
        this is a receipt, not a key list
        this is a lease, not a key list
        this is a lease request, not a key list
        this is a usage report, not a key list
        this is a time statement, not a key list
        this is a transfer request, not a key list
        this is a transfer, not a key list
        this is a transfer receipt, not a key list
        this is a transfer refusal, not a key list
        this is a host key, not a key list
        this is a host check, not a key list
        this is a document of type text/plain, not an update"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn every_code_is_its_own() {
    // Codes are an interface: this list is what SDKs know.
    let source = include_str!("../src/error.rs");
    let mut codes: Vec<&str> = source
        .lines()
        .filter_map(|line| line.trim().strip_suffix("\",")?.rsplit_once("=> \"").map(|(_, c)| c))
        .collect();
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), count, "a code stands for two refusals");
    expect!["armor-mismatch bad-key bad-path bad-signature bad-value below-threshold duplicate-member fast-forward forked-keyset forked-revocation keyset-gap malformed-armor malformed-envelope malformed-payload malformed-qr no-keyset no-signature not-an-integer not-canonical out-of-scope outside-window revocation-missing revocation-shrunk revoked-container revoked-key stale-keyset stale-revocation string-too-long too-deep too-large too-many-elements too-many-signatures trailing-data unknown-key unknown-member wrong-algorithm wrong-client-key wrong-container wrong-key-id wrong-nonce wrong-publisher wrong-request wrong-role wrong-root wrong-server wrong-type"].assert_eq(&codes.join(" "));
    let format = include_str!("../../../docs/FORMAT.md");
    for code in codes {
        assert!(format.contains(&format!("`{code}`")), "{code} is missing in docs/FORMAT.md");
    }
}

#[test]
fn inspection_of_a_good_file() {
    let publisher = Publisher::new(0);
    let sealed = publisher.seal_update(&update());
    let text = armor(&sealed, &summarize(&sealed));
    let report = inspect(text.as_bytes(), Some(&publisher.trust()), &[], now()).unwrap();
    expect![[r#"
        {
          "payload_type": "application/vnd.tenure.update.v1+json",
          "payload_size": 385,
          "verdict": {
            "result": "verified",
            "chain": [
              "pinned root:Z4_OuDas3HFaVGT9Cpu1u1HfjiSHktzi1hDpLSHhuec",
              "key set 1 of Example Publisher",
              "publisher key 4IjqF6XWtVpte5fbPEXzt7DTaHWxETm3EMgwUqNlzy4"
            ]
          },
          "signatures": [
            {
              "keyid": "4IjqF6XWtVpte5fbPEXzt7DTaHWxETm3EMgwUqNlzy4",
              "form": "ed25519+ml-dsa-65"
            }
          ],
          "summary": [
            "Container: T-TXGX-81NF-5956 (generation 1)",
            "Operations: 1 to 1",
            "Issued: 2026-11-22T00:00:00Z",
            "Apply until: no end",
            "Add: cad 2.0, 5 seats, permanent (i1)"
          ],
          "warnings": [],
          "content": "{\n  \"attachments\": {},\n  \"from_hash\": \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\n  \"from_sequence\": 0,\n  \"generation\": 1,\n  \"id\": \"070W3GE1R70W3GE1R70W3GE1R7\",\n  \"issued\": \"2026-11-22T00:00:00Z\",\n  \"ops\": [\n    {\n      \"op\": {\n        \"item\": {\n          \"count\": 5,\n          \"expiry\": \"permanent\",\n          \"feature\": \"cad\",\n          \"id\": \"i1\",\n          \"version\": \"2.0\"\n        },\n        \"op\": \"add\"\n      },\n      \"op_id\": \"op-1\",\n      \"sequence\": 1\n    }\n  ],\n  \"to_hash\": \"JZqo75iouR3ldM2QQTjvZDJAwjCAzyTaR5Om8QpD-p0\",\n  \"to_sequence\": 1\n}"
        }"#]].assert_eq(&serde_json::to_string_pretty(&report).unwrap());
}

#[test]
fn inspection_warns_of_a_lying_summary() {
    let publisher = Publisher::new(0);
    let sealed = publisher.seal_update(&update());
    let text = armor(&sealed, &summarize(&sealed));
    let lying = text.replace("5 seats", "500 seats");
    let report = inspect(lying.as_bytes(), None, &[], now()).unwrap();
    expect![[r#"
        NotChecked {
            why: "no key set was given to check the signature with",
        }
        [
            "the file's summary says \"Add: cad 2.0, 500 seats, permanent (i1)\", the signed content does not",
            "the file's summary leaves out a part of what is signed",
        ]"#]].assert_eq(&format!("{:#?}\n{:#?}", report.verdict, report.warnings));
}

#[test]
fn inspection_of_documents_that_carry_their_key() {
    let publisher = Publisher::new(0);
    let verdict = |envelope: &Envelope, trust: Option<&Trust>| {
        let text = envelope.to_json();
        let report = inspect(text.as_bytes(), trust, &[], now()).unwrap();
        serde_json::to_string(&report.verdict).unwrap()
    };
    let keyset = publisher.keyset_envelope();
    let other = Publisher::new(64);
    let all = [
        verdict(&keyset, None),
        verdict(&keyset, Some(&publisher.trust())),
        verdict(&keyset, Some(&other.trust())),
        verdict(&publisher.seal_update(&update()), Some(&other.trust())),
        verdict(&publisher.seal_update(&update()), None),
    ];
    expect![[r#"
        {"result":"self-signed","why":"the key set fits its own root; compare root:Z4_OuDas3HFaVGT9Cpu1u1HfjiSHktzi1hDpLSHhuec with the publisher's"}
        {"result":"verified","chain":["pinned root:Z4_OuDas3HFaVGT9Cpu1u1HfjiSHktzi1hDpLSHhuec","key set 1 of Example Publisher"]}
        {"result":"refused","code":"below-threshold","message":"0 of the 2 needed root keys signed"}
        {"result":"refused","code":"unknown-key","message":"the document is signed by a key that the key set does not hold; get the publisher's newest key set"}
        {"result":"not-checked","why":"no key set was given to check the signature with"}"#]].assert_eq(&all.join("\n"));
}

#[test]
fn summaries_hold_no_line_breaks() {
    let publisher = Publisher::new(0);
    let mut update = update();
    let Op::Add { item } = &mut update.ops[0].op else { panic!("it adds an item") };
    item.feature = "cad\nHolds: everything".into();
    let sealed = publisher.seal_update(&update);
    // Such a feature is refused when it is read, so nothing of it is shown.
    expect!["Content: cannot be read by this version"].assert_eq(&summarize(&sealed).join("\n"));
    let summary = ["a\nb", "", "-----END TENURE UPDATE-----"].map(str::to_owned);
    let text = armor(&sealed, &summary);
    assert!(text.contains("\na b\n -----END"));
    assert_eq!(read_document(text.as_bytes()), Ok(sealed));
}
