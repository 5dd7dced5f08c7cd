//! The patterns in turn and across each other: any newest file suffices, whichever way it came.

#[path = "support/desk.rs"]
mod desk;
#[path = "support/plant.rs"]
mod plant;
mod program;

use expect_test::expect;
use plant::Plant;
use std::fs;

#[test]
fn push_pull_ferry_and_bridge_in_turn() {
    let plant = Plant::new();
    let id = plant.sell(9);
    let serial = plant.device("press");
    let url = plant.url();
    let pull = || plant.at("press", "pull", &["--office", &url]).ok();
    let push = |file: &str| {
        let issued = plant.staff().push(&serial, &plant.key()).expect("an update");
        fs::write(plant.path(file), issued.update).unwrap();
    };
    let apply = |file: &str| plant.at("press", "apply", &[&plant.path(file)]).ok();
    pull();
    // A stick is made ready and stays in a drawer, while the device pulls.
    plant.assign(&id, &serial, 1);
    push("drawer.tnr");
    plant.assign(&id, &serial, 1);
    pull();
    expect!["press 1 press 1 @3"].assert_eq(&plant.holds("press"));
    assert!(apply("drawer.tnr").contains("already applied"));
    // A context is parked; before its update is back another stick was faster.
    plant.at("press", "context", &["-o", &plant.path("parked.tnr")]).ok();
    plant.assign(&id, &serial, 1);
    push("fast.tnr");
    plant.assign(&id, &serial, 1);
    plant.exchange("parked.tnr", "ferry.tnr").unwrap();
    apply("fast.tnr");
    expect!["press 1 press 1 press 1 @4"].assert_eq(&plant.holds("press"));
    apply("ferry.tnr");
    expect!["press 1 press 1 press 1 press 1 @5"].assert_eq(&plant.holds("press"));
    // The bridge finds nothing to do, and tells the office what it had not heard.
    let said = plant.wizard(&["--device", "press", "--office", &url]).ok();
    assert!(said.contains("nothing new"), "{said}");
    assert!(plant.books(&id).ends_with("[1 confirmed, 1 confirmed, 1 confirmed, 1 confirmed]"));
}

#[test]
fn what_is_given_back_is_out_by_whichever_file_comes_first() {
    let plant = Plant::new();
    let id = plant.sell(2);
    plant.device("press");
    let url = plant.url();
    plant.wizard(&["--device", "press", "--office", &url, "--take", &format!("{id}/1=2")]).ok();
    let request = plant::of(serde_json::json!({"activation_ids": [id]}));
    let answer = plant.anybody().look_up(&request).unwrap();
    let activation = answer.entitlements[0].lines[0].activations[0].activation.clone();
    let back = plant::of(serde_json::json!({"activation_id": id, "activation": activation}));
    plant.anybody().give_back(&back, &plant.key()).expect("it goes back");
    plant.at("press", "pull", &["--office", &url]).ok();
    expect!["@3"].assert_eq(&plant.holds("press"));
    // A claim of a soft container: free after the cool-down only.
    expect!["bought 2 active 0 free 0 [2 cooling-down]"].assert_eq(&plant.books(&id));
}
