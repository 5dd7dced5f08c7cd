//! What the port asks of every engine.

use tenure_document::{Hash, Tree};
use tenure_ledger::{
    Beginning, Cut, Entry, EntrySigner, FolderLock, Head, Ledger, LedgerError, LockError,
};

use crate::house::{House, all, time};

fn entry(house: &House, head: Option<&Head>, text: &str) -> Entry {
    let leaves = vec![Hash::of(text.as_bytes())];
    let tree = Tree::new(leaves.clone());
    let key = house.key();
    let payload = format!("{{\"v\":1,\"text\":{text:?}}}").into_bytes();
    Entry::after(
        head,
        time("2026-11-22T08:00:00Z"),
        1,
        payload,
        (&tree, leaves),
        &key as &dyn EntrySigner,
    )
}

fn append(house: &House, ledger: &mut dyn Ledger, count: usize) -> Vec<Entry> {
    let mut head = ledger.reading().head().unwrap();
    let made = (0..count).map(|number| {
        let entry = entry(house, head.as_ref(), &number.to_string());
        ledger.append(&entry).unwrap();
        head = Some(entry.head());
        entry
    });
    made.collect()
}

fn an_empty_ledger_has_no_head(house: House) {
    let mut ledger = house.ledger().unwrap();
    assert_eq!(ledger.reading().head().unwrap(), None);
    assert_eq!(ledger.reading().read(0, 10).unwrap(), []);
    assert_eq!(ledger.reading().snapshots().unwrap(), Vec::<u64>::new());
}

fn entries_come_back_as_they_went_in(house: House) {
    let mut ledger = house.ledger().unwrap();
    let entries = append(&house, ledger.as_mut(), 250);
    assert_eq!(all(ledger.reading()), entries);
    assert_eq!(ledger.reading().head().unwrap(), Some(entries[249].head()));
    assert_eq!(ledger.reading().read(10, 2).unwrap(), entries[10..12]);
    assert_eq!(ledger.reading().read(250, 2).unwrap(), []);
    drop(ledger);
    assert_eq!(house.entries(), entries);
    let mut ledger = house.ledger().unwrap();
    ledger.reopen().unwrap();
    assert_eq!(all(ledger.reading()), entries);
}

fn only_what_follows_the_head_is_appended(house: House) {
    let mut ledger = house.ledger().unwrap();
    let first = entry(&house, None, "first");
    let second = entry(&house, Some(&first.head()), "second");
    let refused = |answer| matches!(answer, Err(LedgerError::HeadMoved { .. }));
    assert!(refused(ledger.append(&second)), "a hole");
    ledger.append(&first).unwrap();
    assert!(refused(ledger.append(&first)), "twice");
    ledger.append(&second).unwrap();
    assert!(
        refused(ledger.append(&entry(&house, Some(&first.head()), "another second"))),
        "a fork"
    );
    let other =
        entry(&house, Some(&Head { hash: Hash::of(b"other"), ..second.head() }), "another chain");
    assert!(refused(ledger.append(&other)), "another chain");
    let old = Entry { epoch: 0, ..entry(&house, Some(&second.head()), "an old epoch") };
    assert!(refused(ledger.append(&old)), "an old epoch");
    assert_eq!(all(ledger.reading()), [first, second]);
}

fn a_probe_leaves_nothing(house: House) {
    let mut ledger = house.ledger().unwrap();
    let entries = append(&house, ledger.as_mut(), 3);
    ledger.probe(100_000).unwrap();
    assert_eq!(all(ledger.reading()), entries);
}

fn the_newest_snapshots_are_kept(house: House) {
    let mut ledger = house.ledger().unwrap();
    for sequence in [3, 20, 100] {
        ledger.reading().save_snapshot(sequence, format!("state {sequence}").as_bytes()).unwrap();
    }
    assert_eq!(ledger.reading().snapshots().unwrap(), [100, 20]);
    assert_eq!(ledger.reading().load_snapshot(20).unwrap(), b"state 20");
    assert!(ledger.reading().load_snapshot(3).is_err());
    ledger.reading().save_snapshot(100, b"again").unwrap();
    assert_eq!(ledger.reading().reader().unwrap().load_snapshot(100).unwrap(), b"again");
}

/// Opened again after each step: what a crash there would leave.
fn a_cut_counts_when_all_of_it_is_there(house: House) {
    let mut ledger = house.ledger().unwrap();
    let entries = append(&house, ledger.as_mut(), 20);
    let cut_at = |at: usize, size: usize| {
        let snapshot: Vec<u8> = (0..size).map(|byte| (byte % 251) as u8).collect();
        let state = Hash::of(&snapshot);
        Cut { head: entries[at].head(), statement: format!("at {at}"), snapshot, state }
    };
    let cut = cut_at(12, 3_500_000);
    while !ledger.cut(&cut).unwrap() {
        assert_eq!(ledger.reading().beginning().unwrap(), Beginning::default());
        assert_eq!(ledger.reading().snapshots().unwrap(), Vec::<u64>::new());
        drop(ledger);
        ledger = house.ledger().unwrap();
        assert_eq!(all(ledger.reading()), entries);
    }
    drop(ledger);
    let mut ledger = house.ledger().unwrap();
    let beginning = ledger.reading().beginning().unwrap();
    assert_eq!((beginning.sequence, beginning.statement.as_deref()), (12, Some("at 12")));
    assert_eq!(ledger.reading().load_snapshot(12).unwrap(), cut.snapshot);
    assert_eq!(ledger.reading().snapshots().unwrap(), [12]);
    assert!(matches!(ledger.reading().read(11, 1), Err(LedgerError::Archived { begins: 12, .. })));
    assert_eq!(all(ledger.reading()), entries[12..]);
    assert_eq!((ledger.sweep(5).unwrap(), ledger.sweep(50).unwrap()), (5, 7));
    assert_eq!(ledger.sweep(50).unwrap(), 0);

    let refused = |answer| matches!(answer, Err(LedgerError::HeadMoved { .. }));
    assert!(refused(ledger.cut(&cut_at(11, 10))), "not back");
    let other = Cut { head: Head { hash: Hash::ZERO, ..entries[15].head() }, ..cut_at(15, 10) };
    assert!(refused(ledger.cut(&other)), "another chain");
    let next = cut_at(15, 10);
    while !ledger.cut(&next).unwrap() {}
    assert_eq!(ledger.reading().load_snapshot(15).unwrap(), next.snapshot);
    while ledger.sweep(50).unwrap() > 0 {}
    assert_eq!(all(ledger.reading()), entries[15..]);
    let more = entry(&house, Some(&entries[19].head()), "more");
    ledger.append(&more).unwrap();
    assert_eq!(ledger.reading().head().unwrap(), Some(more.head()));
}

fn a_reader_sees_what_is_appended_meanwhile(house: House) {
    let mut ledger = house.ledger().unwrap();
    let mut reader = ledger.reading().reader().unwrap();
    let mut another = reader.reader().unwrap();
    let entries = append(&house, ledger.as_mut(), 5);
    assert_eq!(all(reader.as_mut()), entries);
    assert_eq!(another.head().unwrap(), Some(entries[4].head()));
}

fn a_second_writer_is_refused(house: House) {
    let ledger = house.ledger().unwrap();
    let refused = house.ledger().map(|_| ()).unwrap_err();
    assert!(matches!(refused, LedgerError::Locked(_)), "{refused}");
    drop(ledger);
    house.ledger().unwrap();
}

macro_rules! on_every_engine {
    ($($test:ident)*) => {
        mod sqlite {
            $(#[test] fn $test() { super::$test(crate::house::House::sqlite()); })*
        }
        mod memory {
            $(#[test] fn $test() { super::$test(crate::house::House::memory()); })*
        }
    };
}

pub(crate) use on_every_engine;

on_every_engine! {
    an_empty_ledger_has_no_head
    entries_come_back_as_they_went_in
    only_what_follows_the_head_is_appended
    a_probe_leaves_nothing
    the_newest_snapshots_are_kept
    a_cut_counts_when_all_of_it_is_there
    a_reader_sees_what_is_appended_meanwhile
    a_second_writer_is_refused
}

#[test]
fn the_refusal_names_the_process_that_has_the_folder() {
    let house = House::sqlite();
    let _ledger = house.ledger().unwrap();
    let refused = house.ledger().map(|_| ()).unwrap_err().to_string();
    let process = std::process::id();
    let folder = house.folder().display();
    assert_eq!(
        refused,
        format!(
            "process {process} has the data folder {folder} open: only one server can use it at a time"
        )
    );
}

#[test]
fn one_program_per_folder() {
    let folder = tempfile::tempdir().unwrap();
    let lock = FolderLock::take(folder.path()).unwrap();
    match FolderLock::take(folder.path()) {
        Err(LockError::InUse { process, .. }) => assert_eq!(process, Some(std::process::id())),
        _ => panic!("taken twice"),
    }
    drop(lock);
    assert!(FolderLock::take(folder.path()).is_ok());
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("tenure.lock");
    std::os::unix::fs::symlink(folder.path().join("identity.key"), &link).unwrap();
    assert!(matches!(FolderLock::take(elsewhere.path()), Err(LockError::Io { .. })), "no link");
}

#[test]
fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::sqlite();
    let mut core = house.open();
    core.save_snapshot().unwrap();
    let files =
        ["ledger.db", "ledger.db-wal", "tenure.lock", "snapshots/00000000000000000000.snapshot"];
    for file in files {
        let mode = std::fs::metadata(house.folder().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}
