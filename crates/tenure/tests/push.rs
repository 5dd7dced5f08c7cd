//! Push: the office knows the device; an update is made with nothing but its serial, and the stick needs one call.

#[path = "support/desk.rs"]
mod desk;
#[path = "support/plant.rs"]
mod plant;
mod program;

use expect_test::expect;
use plant::{Plant, first_line};
use std::fs;

#[test]
fn nothing_but_the_serial() {
    let plant = Plant::new();
    let id = plant.sell(5);
    let serial = plant.device("press");
    let url = plant.url();
    let first = ["--device", "press", "--office", &url, "--activation-id", &id];
    plant.wizard(&first).ok();
    // The customer at the wizard, with an activation ID that is in there already.
    let take = format!("{id}/1=3");
    let said = plant
        .wizard(&["--park", "stick", "--office", &url, "--serial", &serial, "--take", &take])
        .ok();
    assert!(said.contains("update got: from operation 2 to 3"), "{said}");
    assert!(said.contains("put the update in"), "{said}");
    plant.at("press", "apply", &[&plant.path("stick/update.tnr")]).ok();
    expect!["press 1 press 2 @3"].assert_eq(&plant.holds("press"));
    // The staff, for whatever is pending.
    plant.assign(&id, &serial, 1);
    let issued = plant.staff().push(&serial, &plant.key()).expect("an update");
    fs::write(plant.path("update.tnr"), issued.update).unwrap();
    plant.at("press", "apply", &[&plant.path("update.tnr")]).ok();
    expect!["press 1 press 1 press 2 @4"].assert_eq(&plant.holds("press"));
    // It starts where the office last heard of the device, so nothing that was missed is missing.
    let issued = plant.staff().push(&serial, &plant.key()).expect("an update");
    assert_eq!((issued.from_sequence, issued.to_sequence), (2, 4));
}

#[test]
fn a_container_that_the_office_does_not_know_or_that_has_nothing_of_the_id() {
    let plant = Plant::new();
    let (id, other) = (plant.sell(1), plant.sell(1));
    let serial = plant.device("press");
    let url = plant.url();
    let push = |id: &str, serial: &str| {
        let refused = plant.wizard(&[
            "--park",
            "stick",
            "--office",
            &url,
            "--serial",
            serial,
            "--activation-id",
            id,
        ]);
        format!("{} {}", refused.code, first_line(&refused.stderr))
    };
    // Known or not: who holds another ID learns nothing of the container.
    expect!["3 error: Nothing of this activation ID is in container T-SERIAL. Send the container's context instead. [not-found]"].assert_eq(&push(&id, &serial));
    plant.wizard(&["--device", "press", "--office", &url, "--activation-id", &id]).ok();
    expect!["3 error: Nothing of this activation ID is in container T-SERIAL. Send the container's context instead. [not-found]"].assert_eq(&push(&other, &serial));
    let text = push(&id, "T-0000-0000-0000").replace(&id, "ID");
    expect!["3 error: 1 of line 1 of ID were asked for, 0 of 1 are free [not-free]"]
        .assert_eq(&text);
    assert!(plant.books(&other).starts_with("bought 1 active 0 free 1 "));
}
