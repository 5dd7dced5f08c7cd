//! A process that is killed while it writes: whatever it was told to be durable is there afterwards.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Command as Process, Stdio},
};

use tenure_ledger::Engine;

use crate::{
    house::{House, Place},
    machine::{Command, Event, Room},
};

const FOLDER: &str = "TENURE_LEDGER_KILLED";

/// Not a test of its own: what the killed process runs.
#[test]
fn writes_until_it_is_killed() {
    let Ok(folder) = env::var(FOLDER) else { return };
    let house = House::sqlite();
    let ledger = Box::new(tenure_ledger::SqliteLedger::open(folder.as_ref()).unwrap());
    let mut options = house.options();
    (options.snapshot_entries, options.batch_max) = (50, 4);
    let opened = Engine::open(ledger, Box::new(house.key()), || Room::with(1_000_000), options);
    let engine: Engine<Room> = opened.unwrap().0;
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let answer =
                        engine.submit_blocking(Command::Take { seconds: 60 }, None).unwrap();
                    let Some(Event::Taken { id, .. }) = answer.events.first() else { return };
                    if writeln!(std::io::stdout(), "seat {id}").is_err() {
                        return;
                    }
                }
            });
        }
    });
}

#[test]
fn what_was_acknowledged_survives_being_killed() {
    let house = House::sqlite();
    let Place::Folder(folder) = &house.place else { unreachable!() };
    let mut acknowledged: Vec<u64> = Vec::new();
    for round in 0..12 {
        let mut child = Process::new(env::current_exe().unwrap())
            .args(["killed::writes_until_it_is_killed", "--exact", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let told = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut left = 20 + round * 37;
        for line in told {
            let Some(seat) = line.rsplit("seat ").next().and_then(|id| id.parse().ok()) else {
                continue;
            };
            acknowledged.push(seat);
            left -= 1;
            if left == 0 {
                child.kill().unwrap();
                // What the pipe still holds was acknowledged, too: read on to its end.
                left = usize::MAX;
            }
        }
        child.wait().unwrap();
        house.verify().unwrap();
        let room = house.folded();
        let lost: Vec<_> =
            acknowledged.iter().filter(|seat| !room.taken.contains_key(seat)).collect();
        assert_eq!(lost, Vec::<&u64>::new());
    }
    acknowledged.sort_unstable();
    let all = acknowledged.len();
    acknowledged.dedup();
    assert_eq!(acknowledged.len(), all, "no seat twice");
    let found = house.open();
    assert!(found.status().keys == 0 && found.status().sequence > 0);
}
