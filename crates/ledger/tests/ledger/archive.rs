//! Old entries moved to an archive: proved with it and without it, read back through it, crash-safe at
//! every step.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use expect_test::expect;
use proptest::{prelude::*, test_runner::TestRunner};
use tenure_document::Time;
use tenure_ledger::{
    Archive, ArchiveOrder, ArchiveStep, Archived, Clock, Core, Engine, EntrySigner, History,
    LedgerError, Reader, SubmitError, Trouble, check_anchor, export, verify,
};

use crate::{
    house::{House, Place, all, give, keyed, room, seat, take, time, told},
    machine::{Command, Event, Room},
    port::on_every_engine,
};

/// Thirty entries after the first, one every ten seconds.
pub fn lived_in(house: &House) -> Core<Room> {
    let mut core = house.open();
    for round in 0..30 {
        house.pass(10);
        core.step(&[take(45), give(round), keyed(&round.to_string(), 600)]);
        if round == 12 {
            core.save_snapshot().unwrap();
        }
    }
    core
}

/// When entry `sequence` was made.
pub fn at(sequence: i64) -> Time {
    Time::from_millis(time("2026-11-22T08:00:00Z").as_millis() + sequence * 10_000)
}

pub fn order(house: &House, before: Time, folder: &Path) -> ArchiveOrder {
    ArchiveOrder { before, folder: folder.to_owned(), now: house.clock.wall() }
}

/// Archives what is from before entry `keep`.
pub fn archive(house: &House, core: &mut Core<Room>, keep: i64, folder: &Path) -> Option<Archived> {
    core.archive(&order(house, at(keep), folder), &mut |_| true).unwrap()
}

pub fn through(house: &House, folders: &[&Path]) -> Result<Archive, LedgerError> {
    let folders: Vec<PathBuf> = folders.iter().map(|folder| folder.to_path_buf()).collect();
    Archive::before(&folders, house.reader(), house.key().public())
}

fn exported(reader: &mut dyn Reader, from: u64) -> String {
    let mut out = Vec::new();
    export(reader, from, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn archived_entries_are_proved_with_and_without_their_archive(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let mut core = lived_in(&house);
    let (before, text) = (house.entries(), exported(house.reader().as_mut(), 0));
    let state = room(&mut core);
    let done = archive(&house, &mut core, 20, folder.path()).unwrap();
    assert_eq!((done.entries, done.begins), (20, before[19].head()));

    let audit = house.verify().unwrap();
    assert_eq!((audit.begins, audit.entries, audit.head), (19, 12, Some(before[30].head())));
    let anchor = check_anchor(house.reader().as_mut(), house.key().public()).unwrap().unwrap();
    assert_eq!((anchor.sequence, anchor.archive.as_str()), (19, folder.path().to_str().unwrap()));

    let mut whole = through(&house, &[folder.path()]).unwrap();
    let audit = verify(&mut whole, house.key().public(), &mut |_| {}).unwrap();
    assert_eq!((audit.begins, audit.entries), (0, 31));
    assert_eq!(all(&mut whole), before);
    assert_eq!(exported(&mut whole, 0), text, "byte for byte");
    assert_eq!(whole.read(7, 2).unwrap(), before[7..9]);

    drop(core);
    let mut core = house.open();
    assert_eq!(room(&mut core), state);
    assert_eq!(core.step(&[take(600)]).len(), 1);
    assert_eq!(house.verify().unwrap().entries, 13);
    assert_eq!(all(&mut whole).len(), 32, "what came since is seen, too");
}

fn before_the_beginning_the_archive_is_named(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let mut core = lived_in(&house);
    archive(&house, &mut core, 20, folder.path());
    let history = History::of(house.reader(), house.key().public().clone());
    let archived = |error: LedgerError| {
        let text = error.to_string().replace(folder.path().to_str().unwrap(), "DIR");
        assert!(matches!(error, LedgerError::Archived { begins: 19, .. }), "{text}");
        text
    };
    expect!["entry 5 is archived: this ledger begins with entry 19, older ones are in DIR"]
        .assert_eq(&archived(history.page::<Room>(5, 10).unwrap_err()));
    archived(history.sequence_at(at(18)).unwrap_err());
    archived(history.state_at::<Room>(at(18)).unwrap_err());
    archived(export(house.reader().as_mut(), 0, &mut Vec::new()).unwrap_err());
    assert_eq!(history.sequence_at(at(19)).unwrap(), Some(19));
    assert_eq!(history.state_at::<Room>(at(19)).unwrap().unwrap().1.sequence, 19);
    assert_eq!(history.begins().unwrap(), 19);
    assert_eq!(history.page::<Room>(19, 100).unwrap().len(), 12);
}

fn earlier_states_are_read_through_the_archive(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let mut core = lived_in(&house);
    let history = History::of(house.reader(), house.key().public().clone());
    let states: Vec<_> =
        (0..=30).map(|number| history.state_at::<Room>(at(number)).unwrap()).collect();
    archive(&house, &mut core, 8, folder.path()).unwrap();
    archive(&house, &mut core, 25, folder.path()).unwrap();
    let whole = through(&house, &[folder.path()]).unwrap();
    let history = History::of(Box::new(whole), house.key().public().clone());
    for (number, state) in (0..=30).zip(states) {
        assert_eq!(history.state_at::<Room>(at(number)).unwrap(), state, "at {number}");
        assert_eq!(history.sequence_at(at(number)).unwrap(), Some(number as u64));
    }
    let before = time("2026-11-22T07:00:00Z");
    assert!(history.state_at::<Room>(before).unwrap().is_none());
    assert_eq!(history.page::<Room>(6, 4).unwrap().len(), 2, "a page ends with its file");
}

fn archives_grow_and_may_lie_in_several_folders(house: House) {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut core = lived_in(&house);
    assert_eq!(archive(&house, &mut core, 10, first.path()).unwrap().entries, 10);
    assert_eq!(archive(&house, &mut core, 10, first.path()), None, "nothing is that old any more");
    assert_eq!(archive(&house, &mut core, 5, first.path()), None);
    assert_eq!(archive(&house, &mut core, 15, second.path()).unwrap().entries, 5);
    assert_eq!(archive(&house, &mut core, 20, second.path()).unwrap().entries, 5);
    assert_eq!(house.verify().unwrap().begins, 19);
    let mut whole = through(&house, &[second.path(), first.path()]).unwrap();
    assert_eq!(verify(&mut whole, house.key().public(), &mut |_| {}).unwrap().entries, 31);

    let mut later = through(&house, &[second.path()]).unwrap();
    let audit = verify(&mut later, house.key().public(), &mut |_| {}).unwrap();
    assert_eq!((audit.begins, audit.entries), (10, 21), "as far back as it goes");
    assert!(matches!(later.read(3, 1), Err(LedgerError::Archived { begins: 10, .. })));
    let refused = through(&house, &[first.path()]).map(|_| ()).unwrap_err().to_string();
    let refused = refused.replace(first.path().to_str().unwrap(), "FIRST");
    expect!["the archive in FIRST ends with entry 9, the ledger begins with entry 19: what is between them was archived to SECOND; name that folder, too"].assert_eq(&refused.replace(second.path().to_str().unwrap(), "SECOND"));
    assert_eq!(archive(&house, &mut core, 999, second.path()).unwrap().begins.sequence, 30);
    assert_eq!(seat(&core.step(&[take(60)])[0]), room(&mut core).next - 1);
    assert_eq!(house.verify().unwrap().entries, 2, "the last entry stays");
}

/// A seat is taken every ten seconds for five minutes; the machine starts anew with its clock moved by `jump_ms`,
/// and lives for `lived` seconds: so many of the entries of before are older than a minute.
#[test]
fn a_gap_at_the_start_of_the_machine_makes_no_entry_older_until_as_much_was_lived_since() {
    const YEAR: i64 = 365 * 86_400_000;
    let check = |jump_ms, lived, old: usize| {
        let (house, folder) = (House::memory(), tempfile::tempdir().unwrap());
        drop(lived_in(&house));
        house.clock.jump_wall_ms(jump_ms);
        house.clock.reboot("boot-2");
        let mut core = house.open();
        core.step(&[take(45)]);
        house.pass(lived);
        core.step(&[take(45)]);
        let before = core.old_before(house.clock.wall(), Duration::from_secs(60));
        let done = core.archive(&order(&house, before, folder.path()), &mut |_| true).unwrap();
        assert_eq!(done.map_or(0, |done| done.begins.sequence), old as u64, "{jump_ms}, {lived}");
    };
    for jump_ms in [0, 86_400_000, 4 * YEAR] {
        check(jump_ms, 1, 24);
        check(jump_ms, 29, 26);
        check(jump_ms, 3_600, 31);
    }
    check(-YEAR, 1, 0);
}

/// Given up, or crashed, at every step: nothing is lost, and the next attempt ends where an undisturbed
/// one would have.
fn a_crash_at_any_step_loses_nothing(house: House) {
    let mut steps = 0;
    for crash_at in 0..100 {
        let house = house.fresh();
        let folder = tempfile::tempdir().unwrap();
        let mut core = lived_in(&house);
        let (before, state) = (house.entries(), room(&mut core));
        let mut step = 0;
        let order = order(&house, at(20), folder.path());
        let outcome = core.archive(&order, &mut |_| {
            step += 1;
            step <= crash_at
        });
        drop(core);
        if let Place::Disk(disk) = &house.place {
            disk.crash();
        }
        // What a crash leaves of a file that was being written.
        fs::write(folder.path().join("00000000000000000000-1.entries.jsonl.unfinished"), "half")
            .unwrap();
        let mut core = house.open();
        assert_eq!(room(&mut core), state);
        house.verify().unwrap();
        match outcome {
            Err(LedgerError::GivenUp) => {}
            other => {
                assert_eq!(other.unwrap().unwrap().entries, 20);
                steps = step;
                break;
            }
        }
        core.step(&[take(60)]);
        core.archive(&order, &mut |_| true).unwrap();
        assert_eq!(house.verify().unwrap().begins, 19);
        let mut whole = through(&house, &[folder.path()]).unwrap();
        verify(&mut whole, house.key().public(), &mut |_| {}).unwrap();
        assert_eq!(all(&mut whole)[..31], before);
        let mut ledger = {
            drop(core);
            house.ledger().unwrap()
        };
        assert_eq!(ledger.sweep(1000).unwrap(), 0, "nothing old is left over");
    }
    assert_eq!(steps, 6, "read, written, state, proved, cut, swept");
}

fn a_cut_that_fails_changes_nothing_or_everything(house: House) {
    for (trouble, begins) in [(Trouble::Before, 0), (Trouble::Full, 0), (Trouble::After, 19)] {
        let house = house.fresh();
        let folder = tempfile::tempdir().unwrap();
        let mut core = lived_in(&house);
        let state = room(&mut core);
        house.plan.fail_cut(trouble);
        core.archive(&order(&house, at(20), folder.path()), &mut |_| true).unwrap_err();
        assert_eq!(room(&mut core), state);
        assert_eq!(house.verify().unwrap().begins, begins);
        assert!(core.step(&[take(60)])[0].is_ok());
        archive(&house, &mut core, 20, folder.path());
        assert_eq!(house.verify().unwrap().begins, 19);
        drop(core);
        house.open();
    }
}

/// A state of several megabytes is put aside in parts; a crash between two of them changes nothing.
fn a_large_state_is_kept_in_parts(mut house: House) {
    let folder = tempfile::tempdir().unwrap();
    house.seats = 100_000;
    let mut core = house.open();
    for _ in 0..90 {
        house.pass(1);
        core.step(&(0..1000).map(|_| take(1_000_000)).collect::<Vec<_>>());
    }
    let state = room(&mut core);
    for before in ["2026-11-22T08:00:30Z", "2026-11-22T08:01:00Z"] {
        let order = ArchiveOrder {
            before: time(before),
            folder: folder.path().to_owned(),
            now: house.clock.wall(),
        };
        core.archive(&order, &mut |_| true).unwrap().unwrap();
        drop(core);
        lose_snapshots(&house);
        core = house.open();
        assert_eq!(room(&mut core), state);
        house.verify().unwrap();
    }
}

fn a_start_needs_no_snapshot_but_the_one_of_the_beginning(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let mut core = lived_in(&house);
    archive(&house, &mut core, 20, folder.path()).unwrap();
    core.step(&[take(60)]);
    core.save_snapshot().unwrap();
    let state = room(&mut core);
    drop(core);
    lose_snapshots(&house);
    let (mut core, opened) = house.try_open().unwrap();
    assert_eq!((opened.snapshot, opened.entries), (Some(19), 12));
    assert_eq!(room(&mut core), state);
    assert!(core.step(&[keyed("25", 600)])[0].as_ref().unwrap().replayed, "keys, too");
    drop(core);

    damage_kept_state(&house);
    let text = "ledger entry 19: state-unusable: the state kept with it is refused: its content does not match its hash";
    assert_eq!(house.verify().unwrap_err().to_string(), text);
    let refused = house.try_open().map(|_| ()).unwrap_err().to_string();
    expect!["ledger entry 19: state-unusable: the state that this ledger begins with can't be used (its content does not match its hash); it can be made anew from the archive"].assert_eq(&refused);
    let renew = |folder: &Path| {
        let mut ledger = house.ledger().unwrap();
        let folders = [folder.to_owned()];
        Core::<Room>::renew_beginning(ledger.as_mut(), &folders, &house.key(), &house.options())
    };
    let elsewhere = tempfile::tempdir().unwrap();
    assert!(matches!(renew(elsewhere.path()), Err(LedgerError::WrongArchive(_))));
    // The archive's own copy of the state may be gone, too: it is folded from the first entry then.
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "snapshot") {
            fs::remove_file(path).unwrap();
        }
    }
    assert!(renew(folder.path()).unwrap());
    assert_eq!(room(&mut house.open()), state);
    house.verify().unwrap();
}

fn a_key_whose_record_is_archived_is_not_used_twice(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let mut core = lived_in(&house);
    archive(&house, &mut core, 20, folder.path()).unwrap();
    for _ in 0..2 {
        let before = room(&mut core);
        let answers = core.step(&[keyed("3", 600), keyed("3", 601), keyed("29", 600)]);
        assert_eq!(
            answers[0].as_ref().unwrap_err(),
            &SubmitError::AnswerArchived { sequence: 4 },
            "it was carried out, and is not again"
        );
        assert_eq!(answers[1].as_ref().unwrap_err(), &SubmitError::KeyReused);
        assert!(answers[2].as_ref().unwrap().replayed);
        assert_eq!(room(&mut core), before);
        assert_eq!(core.status().degraded, None);
        drop(core);
        core = house.open();
    }
    assert_eq!(told(&core.step(&[keyed("3", 600)])), "AnswerArchived { sequence: 4 }\n");
}

fn a_running_engine_archives_beside_its_work(house: House) {
    let folder = tempfile::tempdir().unwrap();
    drop(lived_in(&house));
    let ledger = house.ledger().unwrap();
    let opened = Engine::open(ledger, Box::new(house.key()), || Room::with(9), house.options());
    let engine: Engine<Room> = opened.unwrap().0;
    let steps = std::thread::scope(|scope| {
        let busy = scope.spawn(|| {
            (0..200).for_each(|_| {
                engine.submit_blocking(Command::Take { seconds: 60 }, None).unwrap();
            });
        });
        let (mut steps, mut recorded) = (Vec::new(), 0);
        let mut record = |archived: &Archived| {
            recorded = archived.begins.sequence;
            engine
                .submit_blocking(Command::Take { seconds: 1 }, None)
                .map(|_| ())
                .map_err(|_| tenure_ledger::Fault::Bug)
        };
        let order = order(&house, at(20), folder.path());
        let done = engine.archive_blocking(&order, &mut record, &mut |step| {
            steps.push(step);
            true
        });
        assert_eq!(done.unwrap().unwrap().begins.sequence, 19);
        assert_eq!(recorded, 19);
        busy.join().unwrap();
        steps
    });
    use ArchiveStep::{Cut, Proved, Read, StateKept, Swept, Written};
    assert_eq!(steps, [Read(19), Written(19), StateKept, Proved(19), Cut, Swept(19)]);
    assert!(engine.history().page::<Room>(3, 1).is_err());
    let mut none = |_: tenure_ledger::Journal<Event>| unreachable!("entry 3 is archived");
    assert!(engine.history().walk_at_once(3..9, &mut none).is_err());
    assert_eq!(engine.history().anchor().unwrap().unwrap().sequence, 19);
    engine.stop();
    let mut whole = through(&house, &[folder.path()]).unwrap();
    let audit = verify(&mut whole, house.key().public(), &mut |_| {}).unwrap();
    assert_eq!(audit.head, house.reader().head().unwrap());
    drop(engine);
    assert_eq!(room(&mut house.open()), house.folded());
}

#[derive(Clone, Debug)]
enum Deed {
    Live(u8),
    /// Archives all but so many seconds; given up after so many steps.
    Archive(u8, usize),
    Snapshot,
    LoseSnapshots,
    Restart,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        4 => (1..20u8).prop_map(Deed::Live),
        4 => (0..60u8, prop_oneof![0..8usize, Just(usize::MAX)])
            .prop_map(|(back, steps)| Deed::Archive(back, steps)),
        1 => Just(Deed::Snapshot),
        1 => Just(Deed::LoseSnapshots),
        2 => Just(Deed::Restart),
    ];
    prop::collection::vec(deed, 1..25)
}

/// Whatever is archived, given up, thrown away and started again in whatever order: the state is that of
/// a ledger where nothing was archived, and with the archive every entry is as it was there.
#[test]
fn archiving_changes_nothing_but_the_place() {
    TestRunner::new(ProptestConfig::with_cases(80))
        .run(&deeds(), |deeds| {
            let (house, plain) = (House::memory(), House::memory());
            let folder = tempfile::tempdir().unwrap();
            let (mut core, mut shadow) = (house.open(), plain.open());
            for (round, deed) in deeds.into_iter().enumerate() {
                match deed {
                    Deed::Live(count) => (0..count).for_each(|number| {
                        for house in [&house, &plain] {
                            house.pass(1);
                        }
                        let jobs = || [take(9), keyed(&format!("{round}-{number}"), 30)];
                        let answers = told(&core.step(&jobs()));
                        assert_eq!(answers, told(&shadow.step(&jobs())));
                    }),
                    Deed::Archive(back, most) => {
                        let now = house.clock.wall().as_millis();
                        let before = Time::from_millis(now - i64::from(back) * 1000);
                        let mut steps = 0;
                        let done = core.archive(&order(&house, before, folder.path()), &mut |_| {
                            steps += 1;
                            steps <= most
                        });
                        prop_assert!(matches!(done, Ok(_) | Err(LedgerError::GivenUp)));
                    }
                    Deed::Snapshot => core.save_snapshot().unwrap(),
                    Deed::LoseSnapshots => lose_snapshots(&house),
                    Deed::Restart => {
                        drop(core);
                        core = house.open();
                    }
                }
                prop_assert_eq!(room(&mut core), room(&mut shadow));
            }
            let entries = plain.entries();
            let begins = house.verify().unwrap().begins;
            prop_assert_eq!(&house.entries(), &entries[begins as usize..]);
            if begins > 0 {
                let mut whole = through(&house, &[folder.path()]).unwrap();
                verify(&mut whole, house.key().public(), &mut |_| {}).unwrap();
                prop_assert_eq!(&all(&mut whole), &entries);
            }
            Ok(())
        })
        .unwrap();
}

on_every_engine! {
    archived_entries_are_proved_with_and_without_their_archive
    before_the_beginning_the_archive_is_named
    earlier_states_are_read_through_the_archive
    archives_grow_and_may_lie_in_several_folders
    a_crash_at_any_step_loses_nothing
    a_cut_that_fails_changes_nothing_or_everything
    a_large_state_is_kept_in_parts
    a_start_needs_no_snapshot_but_the_one_of_the_beginning
    a_key_whose_record_is_archived_is_not_used_twice
    a_running_engine_archives_beside_its_work
}

fn lose_snapshots(house: &House) {
    match &house.place {
        // There may be none: that is fine here.
        Place::Folder(folder) => drop(fs::remove_dir_all(folder.path().join("snapshots"))),
        Place::Disk(disk) => disk.tamper_snapshots(|snapshots| snapshots.clear()),
    }
}

fn damage_kept_state(house: &House) {
    match &house.place {
        Place::Folder(folder) => {
            let connection = rusqlite::Connection::open(folder.path().join("ledger.db")).unwrap();
            let sql = "UPDATE anchor_state SET bytes = CAST(bytes || ' ' AS BLOB)";
            connection.execute_batch(sql).unwrap();
        }
        Place::Disk(disk) => disk.tamper_cut(|cut| cut.as_mut().unwrap().snapshot.push(b' ')),
    }
}

#[test]
fn a_ledger_that_was_cut_is_not_for_older_programs() {
    let house = House::sqlite();
    let folder = tempfile::tempdir().unwrap();
    let mut core = lived_in(&house);
    let format = || {
        let connection = rusqlite::Connection::open(house.folder().join("ledger.db")).unwrap();
        connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(format(), 1);
    archive(&house, &mut core, 20, folder.path()).unwrap();
    assert_eq!(format(), 2);
    drop(core);
    tenure_ledger::SqliteLedger::open(house.folder()).unwrap().compact().unwrap();
    house.verify().unwrap();
}
