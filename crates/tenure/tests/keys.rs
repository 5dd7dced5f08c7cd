//! `tenure keys`: the ceremony of a publisher's keys, and what becomes of servers that live through it.
//!
//! Invariants: no order between tests; each has its own folder.

#[path = "support/desk.rs"]
mod desk;

use desk::{Desk, ITEMS, plain};
use expect_test::expect;
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

#[test]
fn keys_with_a_passphrase_from_first_to_last() {
    let desk = Desk::new();
    let made = desk.ok("keys init --dir keys --publisher Acme");
    expect![[r#"
        made 3 root keys (2 must sign) and the publisher keys of "Acme" in keys
        root pin: root:HASH
        customers need keys/keyset.tnr and this pin; keep the root-*.key files off line"#]]
    .assert_eq(&plain(&made));
    assert_eq!(mode(&desk.path("keys")), 0o700);
    assert_eq!(mode(&desk.path("keys/root-1.key")), 0o600);
    assert!(desk.fails("keys init --dir keys").starts_with("3 "), "never overwritten");

    let pin = made.lines().find_map(|line| line.strip_prefix("root pin: ")).unwrap().to_owned();
    desk.ok(&format!("server init --data data --keyset keys/keyset.tnr --root {pin}"));
    desk.ok("server context --data data -o context.tnr");
    desk.write("items.json", ITEMS);
    desk.ok("issue --keys keys --context context.tnr --items items.json -o update.tnr");
    desk.ok("server apply --data data update.tnr");

    // New keys reach the server with the next update; old files then name a key that is gone or known.
    desk.ok("keys rotate --dir keys");
    desk.ok("keys rotate --dir keys --root");
    desk.ok("keys add-publisher --dir keys --role issuer --products acme-*,other");
    let old = key_of(&desk, "issuer", 0);
    expect!["revocation list 1 made; it travels with every update from now on"]
        .assert_eq(&plain(&desk.ok(&format!("keys revoke --dir keys {old}"))));
    desk.ok("server context --data data -o context.tnr");
    desk.ok("issue --keys keys --context context.tnr --withdraw cad-2:1 -o update-2.tnr");
    expect![[r#"
        adopted key list 2
        adopted key list 3
        adopted key list 4
        adopted revocation list 1
        applied operations 4 to 5
    "#]]
    .assert_eq(&desk.ok("server apply --data data update-2.tnr"));
    expect![
        "3 error: key HASH was revoked; ask the publisher for a newly signed document [revoked-key]"
    ]
    .assert_eq(&plain(desk.fails("server apply --data data update.tnr").trim_end()));

    let shown: serde_json::Value =
        serde_json::from_str(&desk.ok("keys show --dir keys --json")).unwrap();
    assert_eq!(
        (shown["version"].as_u64(), shown["root"]["pin"].as_str()),
        (Some(4), Some(pin.as_str()))
    );
    let table = desk.ok("keys show --dir keys");
    let rows: Vec<Vec<&str>> =
        table.lines().map(|line| line.split_whitespace().collect()).collect();
    let ends: Vec<String> = rows
        .iter()
        .filter(|row| row.last().is_some_and(|file| file.ends_with(".key")))
        .map(|row| format!("{} {}", row[1], row[row.len() - 2..].join(" ")))
        .collect();
    expect![[r#"
        root active root-4.key
        root active root-5.key
        root active root-6.key
        issuer revoked publisher-1.key
        certifier rotated publisher-2.key
        revoker rotated publisher-3.key
        issuer active publisher-4.key
        certifier active publisher-5.key
        revoker active publisher-6.key
        issuer active publisher-7.key"#]]
    .assert_eq(&ends.join("\n"));
    assert_eq!(desk.read("keys/transcript.txt").lines().count(), 7);

    // The chain of key lists leads from the old pin to the new root.
    let chain: Vec<String> =
        (1..=4).map(|version| format!("--keyset keys/keysets/{version}.tnr")).collect();
    let inspected = desk.ok(&format!(
        "inspect update-2.tnr --root {pin} {} --revocation keys/revocation.tnr",
        chain.join(" ")
    ));
    assert!(inspected.contains("VERIFIED"), "{inspected}");

    fs::write(desk.path("passphrase"), "wrong horse battery").unwrap();
    let wrong = desk.fails("issue --keys keys --context context.tnr -o x.tnr");
    assert!(wrong.starts_with("3 ") && wrong.contains("wrong-passphrase"), "{wrong}");
}

#[test]
fn revoking_a_container_ends_it() {
    let desk = Desk::with_server();
    desk.write("items.json", ITEMS);
    desk.ok("issue --keys keys --context context.tnr --items items.json -o update.tnr");
    let serial = fs::read_dir(desk.path("keys/containers")).unwrap().next().unwrap().unwrap();
    let serial = serial.file_name().to_string_lossy().replace(".json", "");
    desk.ok(&format!("keys revoke --dir keys --container {serial}"));
    let refused = desk.fails("issue --keys keys --context context.tnr -o x.tnr");
    assert!(refused.contains("[revoked-container]"), "{refused}");
    let unknown = desk.fails("keys revoke --dir keys --container T-0000-0000-0000");
    assert!(unknown.starts_with("3 ") && unknown.contains("[unknown-container]"), "{unknown}");
    let mistyped = desk.fails("keys revoke --dir keys --container T-0000-0000-0001");
    assert!(mistyped.starts_with("2 "), "{mistyped}");
    expect![[r#"
        2 error: "nosuch" is no key ID
          hint: tenure keys show prints the IDs
    "#]]
    .assert_eq(&desk.fails("keys revoke --dir keys nosuch"));
    expect![[r#"
        2 error: name what to revoke: a key by its ID, or a container with --container SERIAL
          hint: tenure keys show prints the IDs
    "#]]
    .assert_eq(&desk.fails("keys revoke --dir keys"));
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The ID of a key by its role and place.
fn key_of(desk: &Desk, role: &str, place: usize) -> String {
    let shown: serde_json::Value =
        serde_json::from_str(&desk.ok("keys show --dir keys --json")).unwrap();
    let keys = shown["keys"].as_array().unwrap().iter().filter(|key| key["role"] == role);
    keys.map(|key| key["id"].as_str().unwrap().to_owned()).nth(place).unwrap()
}
