//! Rows altered behind the ledger's back: `verify` names the first one and what is wrong with it,
//! and a start refuses.

use expect_test::{Expect, expect};
use rusqlite::Connection;

use crate::house::{House, give, take};

/// Eight entries after the first, then the SQL; what `verify` says, and whether a start says the
/// same.
fn check(sql: &str, verified: Expect) {
    let house = House::sqlite();
    let mut core = house.open();
    for number in 0..8 {
        house.pass(1);
        core.step(&[take(600), take(600), give(number)]);
    }
    drop(core);
    assert_eq!(house.verify().unwrap().entries, 9);
    Connection::open(house.folder().join("ledger.db")).unwrap().execute_batch(sql).unwrap();
    let found = house.verify().map(|audit| audit.entries).unwrap_err().to_string();
    verified.assert_eq(&found);
    let started = house.try_open().map(|_| ()).unwrap_err().to_string();
    // A start does not look for the place an entry belongs to.
    let what = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
    assert_eq!(what(&started), what(&found));
}

#[test]
fn altered_parts_are_named() {
    let payload =
        "UPDATE entry SET payload = replace(payload, '\"id\":5', '\"id\":6') WHERE sequence = 3";
    let payload = payload
        .replace("replace(payload", "CAST(replace(CAST(payload AS TEXT)")
        .replace("6')", "6') AS BLOB)");
    check(&payload, expect!["ledger entry 3: payload-altered: the events don't match their hash"]);
    check(
        "UPDATE entry SET at = at - 1 WHERE sequence = 4",
        expect!["ledger entry 4: entry-altered: the entry doesn't match its hash"],
    );
    check(
        "UPDATE entry SET epoch = 2 WHERE sequence = 4",
        expect!["ledger entry 4: entry-altered: the entry doesn't match its hash"],
    );
    check(
        "UPDATE entry SET hash = zeroblob(32) WHERE sequence = 5",
        expect!["ledger entry 5: entry-altered: the entry doesn't match its hash"],
    );
    check(
        "UPDATE entry SET previous = zeroblob(32) WHERE sequence = 5",
        expect!["ledger entry 5: entry-altered: the entry doesn't match its hash"],
    );
    check(
        "UPDATE entry SET events_hash = zeroblob(32) WHERE sequence = 5",
        expect!["ledger entry 5: payload-altered: the events don't match their hash"],
    );
    check(
        "UPDATE entry SET root = zeroblob(32) WHERE sequence = 5",
        expect!["ledger entry 5: leaves-altered: the document hashes don't match their root"],
    );
    check(
        "UPDATE entry SET leaves = zeroblob(64) WHERE sequence = 5",
        expect!["ledger entry 5: leaves-altered: the document hashes don't match their root"],
    );
    check(
        "UPDATE entry SET leaves = zeroblob(63) WHERE sequence = 5",
        expect!["ledger entry 5: unreadable: its document hashes can't be read"],
    );
    check(
        "UPDATE entry SET signature = zeroblob(64) WHERE sequence = 8",
        expect![
            "ledger entry 8: bad-signature: the signature is not this server's over this entry"
        ],
    );
    check(
        "UPDATE entry SET signature = zeroblob(10) WHERE sequence = 6",
        expect!["ledger entry 6: unreadable: its signature can't be read"],
    );
}

#[test]
fn missing_entries_are_named() {
    check(
        "DELETE FROM entry WHERE sequence = 4",
        expect!["ledger entry 4: entry-missing: entry 5 stands here instead"],
    );
    check(
        "DELETE FROM entry WHERE sequence = 0",
        expect!["ledger entry 0: entry-missing: entry 1 stands here instead"],
    );
    check(
        "DELETE FROM entry WHERE sequence BETWEEN 2 AND 7",
        expect!["ledger entry 2: entry-missing: entry 8 stands here instead"],
    );
    check(
        "DELETE FROM entry WHERE sequence = 4; UPDATE entry SET sequence = -sequence WHERE sequence > 4;
         UPDATE entry SET sequence = -sequence - 1 WHERE sequence < 0",
        expect!["ledger entry 4: entry-reordered: entry 5 stands here instead"],
    );
}

#[test]
fn reordered_entries_are_named() {
    check(
        "UPDATE entry SET sequence = 100 WHERE sequence = 3; UPDATE entry SET sequence = 3 WHERE sequence = 6;
         UPDATE entry SET sequence = 6 WHERE sequence = 100",
        expect!["ledger entry 3: entry-reordered: entry 6 stands here instead"],
    );
}

/// Someone without the key who makes hashes match again is found by the signature.
#[test]
fn a_forged_entry_is_named() {
    let house = House::memory();
    let mut core = house.open();
    for _ in 0..4 {
        core.step(&[take(600)]);
    }
    drop(core);
    house.disk().tamper(|entries| {
        let text =
            String::from_utf8(entries[2].payload.clone()).unwrap().replace("\"id\":2", "\"id\":9");
        let head = entries[1].head();
        let tree = tenure_document::Tree::new(entries[2].leaves.clone());
        let leaves = entries[2].leaves.clone();
        let thief = crate::house::Key::new(66);
        let forged = tenure_ledger::Entry::after(
            Some(&head),
            entries[2].at,
            1,
            text.into_bytes(),
            (&tree, leaves),
            &thief,
        );
        entries[2] = tenure_ledger::Entry { signature: entries[2].signature, ..forged };
    });
    let found = house.verify().unwrap_err().to_string();
    expect!["ledger entry 2: bad-signature: the signature is not this server's over this entry"]
        .assert_eq(&found);
}

/// What is cut off at the end shows in a snapshot only, or outside in a lease.
#[test]
fn a_cut_end_shows_in_a_snapshot() {
    let house = House::sqlite();
    let mut core = house.open();
    for _ in 0..6 {
        core.step(&[take(600)]);
    }
    core.save_snapshot().unwrap();
    drop(core);
    let connection = Connection::open(house.folder().join("ledger.db")).unwrap();
    connection.execute_batch("DELETE FROM entry WHERE sequence > 4").unwrap();
    expect!["ledger entry 5: entry-missing: a snapshot proves that entry 6 existed"]
        .assert_eq(&house.verify().unwrap_err().to_string());
    expect!["ledger entry 5: entry-missing: a snapshot proves that entry 6 existed, but the ledger ends at 4"].assert_eq(&house.try_open().map(|_| ()).unwrap_err().to_string());
    connection.execute_batch("DELETE FROM entry").unwrap();
    expect!["ledger entry 0: entry-missing: a snapshot proves that entry 6 existed, but the ledger is empty"].assert_eq(&house.try_open().map(|_| ()).unwrap_err().to_string());
}

#[test]
fn a_foreign_file_is_refused() {
    for sql in ["CREATE TABLE entry (a)", "PRAGMA user_version = 3; CREATE TABLE a (a)"] {
        let house = House::sqlite();
        Connection::open(house.folder().join("ledger.db")).unwrap().execute_batch(sql).unwrap();
        let refused = house.ledger().map(|_| ()).unwrap_err();
        let tenure_ledger::LedgerError::Io { source, .. } = &refused else { panic!("{refused}") };
        assert_eq!(source.to_string(), "ledger.db is not a Tenure ledger");
    }
    let house = House::sqlite();
    std::fs::write(
        house.folder().join("ledger.db"),
        "nothing of the kind, but long enough for a header".repeat(20),
    )
    .unwrap();
    assert!(house.ledger().is_err());
    drop(house);
    let house = House::sqlite();
    drop(house.open());
    let connection = Connection::open(house.folder().join("ledger.db")).unwrap();
    connection.execute_batch("PRAGMA user_version = 9").unwrap();
    assert!(house.ledger().map(|_| ()).unwrap_err().chain().contains("format 9"));
}

/// A payload of a later release is not guessed at.
#[test]
fn a_later_payload_is_refused() {
    let house = House::memory();
    house.open().step(&[take(600)]);
    house.disk().tamper(|entries| {
        let payload = br#"{"v":2,"something":"else"}"#.to_vec();
        let (head, at) = (entries[0].head(), entries[1].at);
        let tree = tenure_document::Tree::new(Vec::new());
        entries[1] = tenure_ledger::Entry::after(
            Some(&head),
            at,
            1,
            payload,
            (&tree, Vec::new()),
            &house.key(),
        );
    });
    house.verify().unwrap();
    expect!["ledger entry 1: unreadable: the payload has version 2; this program reads 1 only, use a newer one"].assert_eq(&house.try_open().map(|_| ()).unwrap_err().to_string());
}

#[test]
fn an_export_holds_everything() {
    let house = House::memory();
    house.open().step(&[take(600)]);
    let mut out = Vec::new();
    assert_eq!(tenure_ledger::export(house.reader().as_mut(), 0, &mut out).unwrap(), 2);
    expect![[r#"
        {"sequence":0,"at":"2026-11-22T08:00:00Z","epoch":1,"previous":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","hash":"CeMKdM0go6erQVbJEbdn_HOC_Fd7On9x9nKQ2yfBLYc","events_hash":"JQUKiotlrQInXwYJRMRgr1ezJs7v4YCah6o0MU-NbTQ","root":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","leaves":[],"signature":"mp3KRw8hl5GwbZzRCk0VLd1m4ZgI5u76fTIRhzE2RSfZXoNdO8v2BgQiyGP_fRx0djbwLzTElwO7wiEQ7UFLBg","payload":{"v":1,"clock":{"boot":"boot-1","elapsed_ms":0,"wall_ms":1795334400000},"genesis":{"seats":1000,"taken":{},"next":1,"applied":0}}}
        {"sequence":1,"at":"2026-11-22T08:00:00Z","epoch":1,"previous":"CeMKdM0go6erQVbJEbdn_HOC_Fd7On9x9nKQ2yfBLYc","hash":"PEDYTLVOUumyA9UHc6c9CUnYpqocb2ZcIQr6_7myuv4","events_hash":"M_GG09CCD1UFgcLxyrWEwDpfGYSE3RUCbIvZxrBRpyM","root":"OdM1lmAlweoD0LNGLwH8YVaydp_EhoC0tsXN0eOgIZ8","leaves":["OdM1lmAlweoD0LNGLwH8YVaydp_EhoC0tsXN0eOgIZ8"],"signature":"sILXcv_IzYJxiHmdLsk19hK95rbiT7Qmm2lyLorVvMCRv3Otcha9bnQeAQLN2hTztKsDM8pwU3sLim386UAZBQ","payload":{"v":1,"clock":{"elapsed_ms":0,"wall_ms":1795334400000},"records":[{"events":[{"type":"taken","id":1,"until":"2026-11-22T08:10:00Z"}]}]}}
    "#]].assert_eq(&String::from_utf8(out).unwrap());
}
