//! Torn tails of the SQLite engine: the write-ahead log cut or bitten at any place.
//!
//! What holds with `synchronous=FULL`: a commit that was acknowledged lies in the log with all that
//! came before it, so a log cut behind it still holds it; from a damaged place on everything is as
//! if it had never been; what is left is always a sound prefix.

use std::{fs, path::Path};

use proptest::{prelude::*, test_runner::TestRunner};
use tenure_ledger::{Ledger, SqliteLedger, verify};

use crate::house::{House, all, give, take};

/// A running ledger's two files, and how long the log was when each entry was acknowledged.
struct Copied {
    main: Vec<u8>,
    log: Vec<u8>,
    acknowledged: Vec<u64>,
    house: House,
}

fn copied() -> Copied {
    let house = House::sqlite();
    let mut core = house.open();
    let log = house.folder().join("ledger.db-wal");
    let mut acknowledged = vec![fs::metadata(&log).unwrap().len()];
    for number in 0..30 {
        core.step(&[take(600), take(600), give(number)]);
        acknowledged.push(fs::metadata(&log).unwrap().len());
    }
    let main = fs::read(house.folder().join("ledger.db")).unwrap();
    let log = fs::read(log).unwrap();
    drop(core);
    Copied { main, log, acknowledged, house }
}

/// How many entries a ledger of these files has. It must open, be sound, and be a prefix of what
/// was acknowledged.
fn survivors(copied: &Copied, log: &[u8]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    lay(folder.path(), &copied.main, log);
    // The schema itself is in the log: without it there is an empty ledger, which is a prefix, too.
    let mut ledger = SqliteLedger::open(folder.path()).unwrap();
    let entries = all(ledger.reading());
    assert_eq!(entries, copied.house.entries()[..entries.len()]);
    let audit = verify(
        ledger.reading(),
        tenure_ledger::EntrySigner::public(&copied.house.key()),
        &mut |_| {},
    )
    .unwrap();
    assert_eq!(audit.entries as usize, entries.len());
    ledger.reopen().unwrap();
    assert_eq!(all(ledger.reading()), entries);
    entries.len()
}

fn lay(folder: &Path, main: &[u8], log: &[u8]) {
    fs::write(folder.join("ledger.db"), main).unwrap();
    fs::write(folder.join("ledger.db-wal"), log).unwrap();
}

#[test]
fn a_cut_log_holds_all_that_was_acknowledged_before_the_cut() {
    let copied = copied();
    let strategy = 0..=copied.log.len();
    TestRunner::new(ProptestConfig::with_cases(120))
        .run(&strategy, |cut| {
            let left = survivors(&copied, &copied.log[..cut]);
            let acknowledged = copied.acknowledged.iter().filter(|end| **end <= cut as u64).count();
            prop_assert!(left >= acknowledged, "cut at {cut}: {left} left of {acknowledged}");
            Ok(())
        })
        .unwrap();
    assert_eq!(survivors(&copied, &copied.log), 31);
}

#[test]
fn a_bitten_log_holds_all_that_was_acknowledged_before_the_bite() {
    let copied = copied();
    let strategy = (0..copied.log.len(), 1..=255u8);
    TestRunner::new(ProptestConfig::with_cases(120))
        .run(&strategy, |(place, bite)| {
            let mut log = copied.log.clone();
            log[place] ^= bite;
            let left = survivors(&copied, &log);
            let acknowledged =
                copied.acknowledged.iter().filter(|end| **end <= place as u64).count();
            prop_assert!(left >= acknowledged, "bite at {place}: {left} left of {acknowledged}");
            Ok(())
        })
        .unwrap();
}

/// The main file, bitten anywhere: the damage is found and named, or what remains is the ledger as it was, at most
/// without its newest entries: a bite can hide the last row of the table. A chain alone can't tell such a cut from an
/// earlier day; a newer snapshot or a lease outside can (docs/SECURITY.md).
#[test]
fn a_bitten_main_file_is_found_or_harmless() {
    let house = House::sqlite();
    let mut core = house.open();
    for number in 0..30 {
        core.step(&[take(600), take(600), give(number)]);
    }
    drop(core);
    let mut ledger = house.ledger().unwrap();
    ledger.reopen().unwrap();
    drop(ledger);
    let entries = house.entries();
    let whole = fs::read(house.folder().join("ledger.db")).unwrap();
    let key = house.key();
    TestRunner::new(ProptestConfig::with_cases(300))
        .run(&(0..whole.len(), 1..=255u8), |(place, bite)| {
            let folder = tempfile::tempdir().unwrap();
            let mut bitten = whole.clone();
            bitten[place] ^= bite;
            fs::write(folder.path().join("ledger.db"), bitten).unwrap();
            let Ok(mut ledger) = SqliteLedger::open(folder.path()) else { return Ok(()) };
            let key = tenure_ledger::EntrySigner::public(&key);
            if let Ok(audit) = verify(ledger.reading(), key, &mut |_| {}) {
                let found = all(ledger.reading());
                prop_assert_eq!(audit.entries as usize, found.len());
                prop_assert!(entries.starts_with(&found), "no entry but the newest may be missing");
            }
            Ok(())
        })
        .unwrap();
}
