//! The clock matrix: set back or forward, while the server runs, over a restart in the same boot
//! and over a reboot.

use expect_test::{Expect, expect};
use tenure_ledger::{Core, Now};

use crate::{
    house::{House, room, take, time},
    machine::Room,
};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

#[derive(Clone, Copy)]
enum When {
    Running,
    SameBoot,
    Reboot,
}

/// A seat is taken for an hour; then the wall clock jumps, ten minutes pass, and the ledger is
/// looked at: how far it came, whether the seat is still taken, and what was recorded.
fn check(when: When, jump_ms: i64, expected: Expect) {
    let house = House::memory();
    let mut core = house.open();
    core.step(&[take(3600)]);
    let before = core.status().at;
    if !matches!(when, When::Running) {
        drop(core);
        core = after(&house, when, jump_ms);
    } else {
        house.clock.jump_wall_ms(jump_ms);
        house.pass(600);
    }
    core.step(&[]);
    let moved = now(&mut core).at.since(before).as_secs();
    let taken = room(&mut core).taken.len();
    let alarms: Vec<_> = core.clock_alarms().into_iter().map(|recorded| recorded.alarm).collect();
    assert!(core.status().clock_alarms.is_empty(), "all are recorded");
    expected.assert_eq(&format!("{moved} s, {taken} taken, {alarms:?}"));
    drop(core);
    let mut core = house.open();
    let alarms_again: Vec<_> =
        core.clock_alarms().into_iter().map(|recorded| recorded.alarm).collect();
    assert_eq!(alarms, alarms_again);
    core.step(&[]);
    assert_eq!(core.clock_alarms().len(), alarms.len(), "once is enough");
    house.verify().unwrap();
}

fn after(house: &House, when: When, jump_ms: i64) -> Core<Room> {
    house.clock.jump_wall_ms(jump_ms);
    if let When::Reboot = when {
        house.clock.reboot("boot-2");
    }
    house.pass(600);
    house.open()
}

fn now(core: &mut Core<Room>) -> Now {
    core.look(|_, now| now).unwrap()
}

#[test]
fn while_running_wall_jumps_change_nothing() {
    use When::Running;
    check(Running, 0, expect!["600 s, 1 taken, []"]);
    check(Running, -1000, expect!["600 s, 1 taken, []"]);
    check(Running, 1999, expect!["600 s, 1 taken, []"]);
    check(
        Running,
        -HOUR,
        expect![
            "600 s, 1 taken, [Jump { expected: 2026-11-22T08:10:00Z, wall: 2026-11-22T07:10:00Z }]"
        ],
    );
    check(
        Running,
        -DAY,
        expect![
            "600 s, 1 taken, [Jump { expected: 2026-11-22T08:10:00Z, wall: 2026-11-21T08:10:00Z }]"
        ],
    );
    check(
        Running,
        YEAR,
        expect![
            "600 s, 1 taken, [Jump { expected: 2026-11-22T08:10:00Z, wall: 2027-11-22T08:10:00Z }]"
        ],
    );
}

#[test]
fn over_a_restart_in_the_same_boot_wall_jumps_change_nothing() {
    use When::SameBoot;
    check(SameBoot, 0, expect!["600 s, 1 taken, []"]);
    check(SameBoot, -1000, expect!["600 s, 1 taken, []"]);
    check(
        SameBoot,
        -DAY,
        expect![
            "600 s, 1 taken, [Jump { expected: 2026-11-22T08:10:00Z, wall: 2026-11-21T08:10:00Z }]"
        ],
    );
    check(
        SameBoot,
        YEAR,
        expect![
            "600 s, 1 taken, [Jump { expected: 2026-11-22T08:10:00Z, wall: 2027-11-22T08:10:00Z }]"
        ],
    );
}

#[test]
fn over_a_reboot_the_wall_clock_counts_but_never_back() {
    use When::Reboot;
    check(
        Reboot,
        0,
        expect!["600 s, 1 taken, [Gap { from: 2026-11-22T08:00:00Z, to: 2026-11-22T08:10:00Z }]"],
    );
    check(
        Reboot,
        -1000,
        expect!["599 s, 1 taken, [Gap { from: 2026-11-22T08:00:00Z, to: 2026-11-22T08:09:59Z }]"],
    );
    check(
        Reboot,
        -HOUR,
        expect![
            "0 s, 1 taken, [SetBack { floor: 2026-11-22T08:00:00Z, wall: 2026-11-22T07:10:00Z }]"
        ],
    );
    check(
        Reboot,
        -DAY,
        expect![
            "0 s, 1 taken, [SetBack { floor: 2026-11-22T08:00:00Z, wall: 2026-11-21T08:10:00Z }]"
        ],
    );
    check(
        Reboot,
        YEAR,
        expect![
            "31536600 s, 0 taken, [Gap { from: 2026-11-22T08:00:00Z, to: 2027-11-22T08:10:00Z }]"
        ],
    );
}

#[test]
fn small_steps_add_up_to_an_alarm() {
    let house = House::memory();
    let mut core = house.open();
    for _ in 0..5 {
        house.clock.jump_wall_ms(900);
        house.pass(1);
        core.step(&[]);
    }
    assert_eq!(core.clock_alarms().len(), 1);
}

#[test]
fn a_clock_that_names_no_boot_is_not_trusted_over_a_restart() {
    let house = House::memory();
    house.clock.reboot("unknown");
    house.pass(100_000);
    let mut core = house.open();
    core.step(&[take(3600)]);
    let before = core.status().at;
    drop(core);
    // Another boot whose clock happens to be further on than the last one's.
    house.clock.reboot("unknown");
    house.clock.jump_wall_ms(-100_000_000);
    house.pass(100_500);
    let mut core = house.open();
    let moved = now(&mut core).at.since(before).as_secs();
    assert!(moved <= 500, "{moved}");
}

#[test]
fn a_process_moved_to_another_machine_goes_on() {
    let house = House::memory();
    let mut core = house.open();
    house.pass(1000);
    core.step(&[take(3600)]);
    let before = now(&mut core);
    house.clock.reboot("another");
    house.clock.set_wall(time("2020-01-01T00:00:00Z"));
    assert_eq!(now(&mut core).at, before.at);
    house.pass(10);
    assert_eq!(now(&mut core).at.since(before.at).as_secs(), 10);
}

#[test]
fn a_new_ledger_begins_with_the_wall_clock() {
    let house = House::memory();
    let mut core = house.open();
    let expected = Now {
        at: time("2026-11-22T08:00:00Z"),
        wall: time("2026-11-22T08:00:00Z"),
        since_boot_ms: 0,
    };
    assert_eq!(now(&mut core), expected);
    assert!(core.clock_alarms().is_empty());
}
