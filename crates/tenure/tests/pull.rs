//! Pull: the device asks by itself, outbound only; a timer starts it, and it may start as often as it likes.

#[path = "support/desk.rs"]
mod desk;
#[path = "support/plant.rs"]
mod plant;
#[path = "support/power.rs"]
mod power;
mod program;

use desk::plain;
use expect_test::expect;
use plant::Plant;
use program::{ended, tenure};

fn pull(plant: &Plant, name: &str) -> program::Ended {
    plant.at(name, "pull", &["--office", &plant.url(), "--attempts", "1"])
}

#[test]
fn a_device_that_pulls_has_what_it_was_given() {
    let plant = Plant::new();
    let id = plant.sell(4);
    let serial = plant.device("press");
    expect!["T-SERIAL: applied certifies the container's key; the container is at operation 1"]
        .assert_eq(&plain(&pull(&plant, "press").ok()));
    plant.assign(&id, &serial, 2);
    expect!["T-SERIAL: applied adds 2 × press 2.0; the container is at operation 2"]
        .assert_eq(&plain(&pull(&plant, "press").ok()));
    expect!["press 2 @2"].assert_eq(&plant.holds("press"));
    assert_eq!(plant.books(&id), "bought 4 active 2 free 2 [2 confirmed]");
    expect!["T-SERIAL: nothing new; the container is at operation 2"]
        .assert_eq(&plain(&pull(&plant, "press").ok()));
    // Without the office nothing changes, and the next time makes up for it.
    plant.assign(&id, &serial, 1);
    plant.cut();
    let failed = pull(&plant, "press").fails(4);
    assert!(failed.contains("[unreachable]"), "{failed}");
    expect!["press 2 @2"].assert_eq(&plant.holds("press"));
    plant.open();
    pull(&plant, "press").ok();
    expect!["press 1 press 2 @3"].assert_eq(&plant.holds("press"));
}

#[test]
fn a_device_that_loses_its_power_before_any_write_of_a_pull() {
    let plant = Plant::new();
    let Some(power) = power::Power::new(plant.folder.path()) else { return };
    let id = plant.sell(100);
    let serial = plant.device("press");
    pull(&plant, "press").ok();
    for number in 1..100 {
        plant.assign(&id, &serial, 1);
        power.cut_before(number);
        let mut command = tenure();
        let url = plant.url();
        power.over(&mut command).args([
            "device",
            "pull",
            "--dir",
            &plant.path("press"),
            "--office",
            &url,
        ]);
        let died = ended(&mut command);
        power.stay();
        pull(&plant, "press").ok();
        let held = number as usize;
        assert_eq!(plant.holds("press"), format!("{}@{}", "press 1 ".repeat(held), held + 1));
        assert!(plant.books(&id).starts_with(&format!("bought 100 active {held} ")));
        if died.code == 0 {
            assert!(number > 3, "only {number} writes");
            assert_eq!(plant.staff().container(&serial).unwrap().container.state.word(), "known");
            return;
        }
    }
    panic!("the program has more writes than anybody expected");
}
