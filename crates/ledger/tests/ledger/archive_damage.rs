//! Archives in which something was altered, taken away or mixed up: what it is is named, and nothing that is no
//! archive of this ledger is taken for one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use expect_test::{Expect, expect};
use proptest::{prelude::*, test_runner::TestRunner};
use tempfile::TempDir;
use tenure_ledger::{Archive, EntrySigner, LedgerError, verify};

use crate::{
    archive::{archive, at, lived_in, order, through},
    house::{House, Key, take},
};

/// The files of an archive, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.retain(|path| path.to_str().unwrap().ends_with(".entries.jsonl"));
    files
}

/// A ledger whose entries up to 19 are in files of about ten entries each.
fn archived() -> (House, TempDir) {
    let house = House::memory();
    let folder = tempfile::tempdir().unwrap();
    let mut core = lived_in(&house);
    archive(&house, &mut core, 10, folder.path()).unwrap();
    archive(&house, &mut core, 20, folder.path()).unwrap();
    drop(core);
    (house, folder)
}

/// What is found when an archive was changed so.
fn check(change: impl FnOnce(&[PathBuf]), expected: Expect) {
    let (house, folder) = archived();
    change(&files(folder.path()));
    let found = through(&house, &[folder.path()])
        .and_then(|mut whole| verify(&mut whole, house.key().public(), &mut |_| {}))
        .unwrap_err()
        .to_string();
    expected.assert_eq(&found.replace(folder.path().to_str().unwrap(), "DIR"));
    house.verify().unwrap();
}

/// Does what it likes to the lines of a file; the first one is its head.
fn lines(path: &Path, change: impl FnOnce(&mut Vec<String>)) {
    let mut lines: Vec<String> =
        fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect();
    change(&mut lines);
    fs::write(path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
}

/// Any byte of any file bitten: it is found, or every entry comes out as it was.
#[test]
fn a_bitten_archive_is_found_or_harmless() {
    let (house, folder) = archived();
    let files = files(folder.path());
    let read = || {
        let mut whole = through(&house, &[folder.path()])?;
        verify(&mut whole, house.key().public(), &mut |_| {})?;
        Ok::<_, LedgerError>(crate::house::all(&mut whole))
    };
    let entries = read().unwrap();
    TestRunner::new(ProptestConfig::with_cases(300))
        .run(&(0..files.len(), any::<prop::sample::Index>(), 1..=255u8), |(file, place, bite)| {
            let sound = fs::read(&files[file]).unwrap();
            let mut bitten = sound.clone();
            bitten[place.index(sound.len())] ^= bite;
            fs::write(&files[file], bitten).unwrap();
            let found = read();
            fs::write(&files[file], sound).unwrap();
            if let Ok(found) = found {
                prop_assert_eq!(&found, &entries);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn altered_entries_are_named() {
    let replaced = |files: &[PathBuf], from: &str, to: &str| {
        lines(&files[0], |lines| {
            assert!(lines[5].contains(from), "{}", lines[5]);
            lines[5] = lines[5].replacen(from, to, 1);
        });
    };
    check(
        |files| replaced(files, "\"id\":7", "\"id\":9"),
        expect!["ledger entry 4: payload-altered: the events don't match their hash"],
    );
    check(
        |files| replaced(files, "08:00:40Z", "08:00:39Z"),
        expect!["ledger entry 4: entry-altered: the entry doesn't match its hash"],
    );
    check(
        |files| replaced(files, "\"signature\":\"", "\"signature\":\"AA"),
        expect![
            "ledger entry 4: unreadable: DIR/00000000000000000000-00000000000000000009.entries.jsonl, line 6: its signature is not 64 bytes"
        ],
    );
    check(
        |files| replaced(files, "{", "["),
        expect![[
            r#"ledger entry 4: unreadable: DIR/00000000000000000000-00000000000000000009.entries.jsonl, line 6: invalid type: string "sequence", expected u64 at line 1 column 11"#
        ]],
    );
}

#[test]
fn missing_entries_are_named() {
    check(
        |files| lines(&files[0], |lines| drop(lines.remove(5))),
        expect!["ledger entry 4: entry-missing: entry 5 stands here instead"],
    );
    check(
        |files| lines(&files[1], |lines| drop(lines.pop())),
        expect![
            "ledger entry 19: entry-missing: DIR/00000000000000000010-00000000000000000019.entries.jsonl ends before it"
        ],
    );
    check(
        |files| {
            let text = fs::read(&files[1]).unwrap();
            fs::write(&files[1], &text[..text.len() - 9]).unwrap();
        },
        expect![
            "ledger entry 19: entry-missing: DIR/00000000000000000010-00000000000000000019.entries.jsonl ends before it"
        ],
    );
}

/// The oldest file may lie in another folder: what is there is proved, and how far back it goes is told.
#[test]
fn a_missing_oldest_file_shows_in_the_beginning() {
    let (house, folder) = archived();
    fs::remove_file(&files(folder.path())[0]).unwrap();
    let mut whole = through(&house, &[folder.path()]).unwrap();
    let audit = verify(&mut whole, house.key().public(), &mut |_| {}).unwrap();
    assert_eq!((audit.begins, audit.entries), (10, 21));
}

#[test]
fn reordered_entries_are_named() {
    check(
        |files| lines(&files[0], |lines| lines.swap(4, 6)),
        expect!["ledger entry 3: entry-reordered: entry 5 stands here instead"],
    );
    check(
        |files| {
            let line = fs::read_to_string(&files[0]).unwrap().lines().nth(4).unwrap().to_owned();
            lines(&files[1], |lines| lines.push(line));
        },
        expect![
            "ledger entry 20: entry-reordered: DIR/00000000000000000010-00000000000000000019.entries.jsonl goes on after its last entry"
        ],
    );
}

#[test]
fn what_is_no_archive_of_this_ledger_is_refused() {
    check(
        |files| lines(&files[0], |lines| lines[0] = lines[0].replace("\"last\":9", "\"last\":8")),
        expect![
            "DIR/00000000000000000000-00000000000000000009.entries.jsonl: its first line is refused: its signature is not this server's"
        ],
    );
    check(
        |files| lines(&files[0], |lines| drop(lines.remove(0))),
        expect![
            "DIR/00000000000000000000-00000000000000000009.entries.jsonl: its first line is refused: it can't be read: unknown field `sequence`, expected `signed` or `signature` at line 1 column 11"
        ],
    );
    check(
        |files| fs::write(&files[0], "").unwrap(),
        expect![
            "DIR/00000000000000000000-00000000000000000009.entries.jsonl: its first line is refused: it can't be read: EOF while parsing a value at line 1 column 0"
        ],
    );
    check(
        |files| {
            let other =
                files[0].with_file_name("00000000000000000000-00000000000000000004.entries.jsonl");
            fs::rename(&files[0], other).unwrap();
        },
        expect![
            "DIR/00000000000000000000-00000000000000000004.entries.jsonl: it was renamed; as it was written it is 00000000000000000000-00000000000000000009.entries.jsonl"
        ],
    );
    check(
        |files| files.iter().for_each(|file| fs::remove_file(file).unwrap()),
        expect!["there are no archived entries in DIR"],
    );
    check(
        |files| fs::remove_dir_all(files[0].parent().unwrap()).unwrap(),
        expect!["the archive DIR can't be read: No such file or directory (os error 2)"],
    );
    check(
        |files| fs::remove_file(&files[1]).unwrap(),
        expect![
            "the archive in DIR ends with entry 9, the ledger begins with entry 19: what is between them was archived to DIR, and is not there: is its disk not mounted?"
        ],
    );
}

/// A backup was restored and the ledger went on differently: same server, same numbers.
#[test]
fn the_archive_of_a_ledger_that_went_on_differently_is_refused() {
    let (house, folder) = archived();
    let other = House::memory();
    let mut core = other.open();
    for _ in 0..40 {
        other.pass(10);
        core.step(&[take(600)]);
    }
    let refused = core.archive(&order(&other, at(35), folder.path()), &mut |_| true).unwrap_err();
    let shown = |text: String| text.replace(folder.path().to_str().unwrap(), "DIR");
    expect!["the archive in DIR holds another entry 19 than this ledger: it is of a ledger that went on differently, such as before a backup was restored. Keep it, and name another folder"].assert_eq(&shown(refused.to_string()));
    assert_eq!(other.verify().unwrap().begins, 0, "nothing was taken away");
    let apart = tempfile::tempdir().unwrap();
    archive(&other, &mut core, 15, apart.path()).unwrap();
    let mixed = through(&other, &[folder.path()]).map(|_| ()).unwrap_err();
    expect!["the archive in DIR holds another entry 14 than the one this ledger begins with: it is of a ledger that went on differently, such as a restored backup"].assert_eq(&shown(mixed.to_string()));
    drop(core);

    // Another server altogether.
    let foreign =
        Archive::before(&[folder.path().to_owned()], house.reader(), Key::new(8).public());
    assert!(matches!(
        foreign.map(|_| ()).unwrap_err(),
        LedgerError::Corrupt(_) | LedgerError::WrongArchive(_)
    ));
}

/// A disk that is not mounted, or files that were taken away: going on would leave a hole for good.
#[test]
fn a_folder_without_what_went_there_last_is_not_gone_on_with() {
    let (house, folder) = archived();
    let (folder, away) = (folder.path(), folder.path().with_extension("away"));
    let mut core = house.open();
    let before = house.entries();
    let mut refused = |left: &dyn Fn()| {
        fs::rename(folder, &away).unwrap();
        left();
        let refused = core.archive(&order(&house, at(25), folder), &mut |_| true).unwrap_err();
        assert!(matches!(refused, LedgerError::WrongArchive(_)), "{refused}");
        assert_eq!(house.entries(), before, "nothing is cut");
        let unproved = through(&house, &[folder]).map(|_| ()).unwrap_err();
        drop(fs::remove_dir_all(folder));
        fs::rename(&away, folder).unwrap();
        format!("{refused}\n{unproved}").replace(folder.to_str().unwrap(), "DIR")
    };
    let empty = || fs::create_dir(folder).unwrap();
    let only = |place: usize| {
        empty();
        let file = &files(&away)[place];
        fs::copy(file, folder.join(file.file_name().unwrap())).unwrap();
    };
    expect![[r#"
        entries up to 19 were archived to DIR, and entry 19 is not there: is its disk not mounted? If they were taken away on purpose, name another folder
        the archive DIR can't be read: No such file or directory (os error 2)"#]].assert_eq(&refused(&|| ()));
    expect![[r#"
        entries up to 19 were archived to DIR, and entry 19 is not there: is its disk not mounted? If they were taken away on purpose, name another folder
        there are no archived entries in DIR"#]].assert_eq(&refused(&empty));
    expect![[r#"
        entries up to 19 were archived to DIR, and entry 19 is not there: is its disk not mounted? If they were taken away on purpose, name another folder
        the archive in DIR ends with entry 9, the ledger begins with entry 19: what is between them was archived to DIR, and is not there: is its disk not mounted?"#]].assert_eq(&refused(&|| only(0)));

    fs::rename(folder, &away).unwrap();
    only(1);
    let done = archive(&house, &mut core, 25, folder).unwrap();
    assert_eq!(done.entries, 5, "the newest file is enough");
    fs::remove_dir_all(away).unwrap();
}

/// Entries can't be taken away and called archived by someone without the key.
#[test]
fn a_forged_beginning_is_refused() {
    let (house, _folder) = archived();
    house.disk().tamper_cut(|cut| {
        let cut = cut.as_mut().unwrap();
        cut.statement = cut.statement.replace("\"sequence\":19", "\"sequence\":20");
    });
    expect!["ledger entry 19: bad-signature: the anchor this ledger begins with is refused: its signature is not this server's"].assert_eq(&house.verify().unwrap_err().to_string());
    house.disk().tamper_cut(|cut| *cut = None);
    expect!["ledger entry 0: entry-missing: entry 19 stands here instead"]
        .assert_eq(&house.verify().unwrap_err().to_string());
}
