//! Snapshots that are damaged, foreign or out of step: refused, and the state comes from an older
//! one or from the first entry.

use std::fs;

use crate::{
    house::{House, keyed, room, take},
    port::on_every_engine,
};

fn an_older_snapshot_serves(house: House) {
    let mut core = house.open();
    core.step(&[keyed("a", 600)]);
    core.save_snapshot().unwrap();
    core.step(&[keyed("b", 600)]);
    core.save_snapshot().unwrap();
    core.step(&[take(600)]);
    let before = room(&mut core);
    drop(core);
    let damages: [fn(&mut Vec<u8>); 6] = [
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| bytes.clear(),
        |bytes| *bytes.last_mut().unwrap() = b' ',
        |bytes| bytes[4] ^= 1,
        |bytes| replace(bytes, "\"seats\":1000", "\"seats\":9999"),
        |bytes| replace(bytes, "\"sequence\":2", "\"sequence\":1"),
    ];
    for damage in damages {
        let whole = snapshot(&house, 2);
        let mut bytes = whole.clone();
        damage(&mut bytes);
        assert_ne!(bytes, whole);
        put(&house, 2, &bytes);
        let (mut core, opened) = house.try_open().unwrap();
        assert_eq!((opened.snapshot, opened.entries), (Some(1), 2));
        assert_eq!(room(&mut core), before);
        assert!(core.step(&[keyed("b", 600)])[0].as_ref().unwrap().replayed);
        drop(core);
        put(&house, 2, &whole);
    }
    put(&house, 1, b"");
    put(&house, 2, b"{}\n{}");
    let (mut core, opened) = house.try_open().unwrap();
    assert_eq!((opened.snapshot, opened.entries), (None, 4));
    assert_eq!(room(&mut core), before);
}

fn a_snapshot_of_another_ledger_is_refused(house: House) {
    let other = House { seats: 77, ..House::memory() };
    let mut core = other.open();
    core.step(&[take(600)]);
    core.save_snapshot().unwrap();
    let foreign = core.reader().unwrap().load_snapshot(1).unwrap();
    let mut core = house.open();
    core.step(&[take(600)]);
    core.save_snapshot().unwrap();
    drop(core);
    put(&house, 1, &foreign);
    let (mut core, opened) = house.try_open().unwrap();
    assert_eq!(opened.snapshot, None);
    assert_eq!(room(&mut core).seats, 1000);
}

fn a_state_this_program_cannot_read_is_folded_anew(house: House) {
    // As after an upgrade that changed the state's shape: the entries are still readable.
    let mut core = house.open();
    core.step(&[take(600)]);
    core.save_snapshot().unwrap();
    let before = room(&mut core);
    let bytes = core.reader().unwrap().load_snapshot(1).unwrap();
    drop(core);
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    let body =
        String::from_utf8(bytes[end + 1..].to_vec()).unwrap().replace("\"seats\"", "\"chairs\"");
    put(&house, 1, &resigned(&house, &bytes[..end], body.as_bytes()));
    let (mut core, opened) = house.try_open().unwrap();
    assert_eq!((opened.snapshot, opened.entries), (None, 2));
    assert_eq!(room(&mut core), before);
}

on_every_engine! {
    an_older_snapshot_serves
    a_snapshot_of_another_ledger_is_refused
    a_state_this_program_cannot_read_is_folded_anew
}

#[test]
fn leftovers_of_a_crash_are_cleared_away() {
    let house = House::sqlite();
    let mut core = house.open();
    core.save_snapshot().unwrap();
    let folder = house.folder().join("snapshots");
    fs::write(folder.join("00000000000000000007.unfinished"), "half").unwrap();
    fs::write(folder.join("notes.txt"), "not ours").unwrap();
    core.step(&[take(600)]);
    core.save_snapshot().unwrap();
    let mut names: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(
        names,
        ["00000000000000000000.snapshot", "00000000000000000001.snapshot", "notes.txt"]
    );
}

fn snapshot(house: &House, sequence: u64) -> Vec<u8> {
    house.reader().load_snapshot(sequence).unwrap()
}

fn put(house: &House, sequence: u64, bytes: &[u8]) {
    house.reader().save_snapshot(sequence, bytes).unwrap();
}

fn replace(bytes: &mut Vec<u8>, from: &str, to: &str) {
    *bytes = String::from_utf8(bytes.clone()).unwrap().replacen(from, to, 1).into_bytes();
}

/// The same header for another body, signed as the server would.
fn resigned(house: &House, header: &[u8], body: &[u8]) -> Vec<u8> {
    use tenure_document::{Bytes, Hash};
    use tenure_ledger::EntrySigner;
    let mut header: serde_json::Value = serde_json::from_slice(header).unwrap();
    let entry: Hash = serde_json::from_value(header["entry"].clone()).unwrap();
    let content = Hash::of(body);
    let mut message = b"TENURE-SNAPSHOT-V1".to_vec();
    message.extend_from_slice(&1u64.to_be_bytes());
    message.extend_from_slice(entry.as_bytes());
    message.extend_from_slice(content.as_bytes());
    header["content"] = serde_json::to_value(content).unwrap();
    header["signature"] = serde_json::to_value(Bytes(house.key().sign(&message).to_vec())).unwrap();
    [serde_json::to_vec(&header).unwrap().as_slice(), b"\n", body].concat()
}
