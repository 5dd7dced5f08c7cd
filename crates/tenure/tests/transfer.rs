//! Moves from container to container on site, without the office; the office hears of them later and matches both ends.

#[path = "support/desk.rs"]
mod desk;
#[path = "support/plant.rs"]
mod plant;
mod program;

use expect_test::expect;
use plant::Plant;

/// Devices that the office has met, the first of them with so many presses; its item. None where nothing can be bound to
/// this machine: containers bound to nothing take no part in transfers.
fn met(plant: &Plant, id: &str, names: &[&str], quantity: u32) -> Option<String> {
    for name in names {
        plant.bound_device(name)?;
        contact(plant, name);
    }
    let take = format!("{id}/1={quantity}");
    plant.wizard(&["--device", names[0], "--office", &plant.url(), "--take", &take]).ok();
    let shown = plant.at(names[0], "show", &["--json"]).json();
    Some(shown["items"][0]["id"].as_str().expect("an item").to_owned())
}

fn contact(plant: &Plant, name: &str) {
    plant.wizard(&["--device", name, "--office", &plant.url()]).ok();
}

/// One step: `tenure device transfer WHAT --dir NAME … -o FILE`.
fn step(plant: &Plant, what: &str, name: &str, arguments: &[&str]) -> program::Ended {
    let dir = plant.path(name);
    program::run(&[&["device", "transfer", what, "--dir", &dir], arguments].concat())
}

/// Request, transfer, receipt, confirmed.
fn moved(plant: &Plant, item: &str, (from, to): (&str, &str), count: &str) {
    let [request, transfer, receipt] =
        ["request.tnr", "transfer.tnr", "receipt.tnr"].map(|file| plant.path(file));
    step(plant, "request", to, &[item, "--count", count, "-o", &request]).ok();
    step(plant, "send", from, &[&request, "-o", &transfer]).ok();
    step(plant, "accept", to, &[&transfer, "-o", &receipt]).ok();
    step(plant, "confirm", from, &[&receipt]).ok();
}

#[test]
fn through_a_transfer_container_to_a_target_that_was_not_known() {
    let plant = Plant::new();
    let id = plant.sell(5);
    let Some(item) = met(&plant, &id, &["press", "laptop", "robot"], 5) else { return };
    plant.cut();
    moved(&plant, &item, ("press", "laptop"), "3");
    moved(&plant, &item, ("laptop", "robot"), "2");
    let held = |name: &str| plant.holds(name).split('@').next().unwrap().trim().to_owned();
    let all = ["press", "laptop", "robot"].map(held);
    assert_eq!(all, ["press 2", "press 1", "press 2"]);
    // The office hears of it in any order, and nothing is sold twice.
    plant.open();
    for name in ["robot", "press", "laptop", "robot", "press"] {
        contact(&plant, name);
    }
    assert_eq!(["press", "laptop", "robot"].map(held), all);
    let books = plant.books(&id);
    assert!(books.starts_with("bought 5 active 5 free 0 "), "{books}");
    let serial = |name: &str| {
        let shown = plant.at(name, "list", &["--json"]).json();
        shown["containers"][0]["serial"].as_str().expect("a serial").to_owned()
    };
    for name in ["press", "laptop", "robot"] {
        let known = plant.staff().container(&serial(name)).expect("the office knows it");
        assert_eq!(known.container.state.word(), "known", "{name}");
    }
}

#[test]
fn files_that_are_doubled_swapped_or_late() {
    let plant = Plant::new();
    let id = plant.sell(4);
    let Some(item) = met(&plant, &id, &["press", "robot", "crane"], 4) else { return };
    let [request, transfer, receipt] = ["q.tnr", "t.tnr", "r.tnr"].map(|file| plant.path(file));
    step(&plant, "request", "robot", &[&item, "--count", "3", "-o", &request]).ok();
    step(&plant, "send", "press", &[&request, "-o", &transfer]).ok();
    let first = plant.read("t.tnr");
    // Sent again: the same bytes, and debited once.
    step(&plant, "send", "press", &[&request, "-o", &transfer]).ok();
    assert_eq!(plant.read("t.tnr"), first);
    expect!["press 1"].assert_eq(plant.holds("press").split(" @").next().unwrap());
    let mut shown = String::new();
    for (what, name, file) in [
        ("accept", "crane", &transfer),
        ("send", "press", &transfer),
        ("accept", "robot", &request),
        ("confirm", "press", &transfer),
    ] {
        let refused = step(&plant, what, name, &[file]);
        assert_ne!(refused.code, 0, "{what} at {name}");
        let code = refused.stderr.lines().next().unwrap_or_default().to_owned();
        let code = code.rsplit_once('[').map_or(code.clone(), |(_, code)| format!("[{code}"));
        shown += &format!("{what} of a wrong file at {name}: {code}\n");
    }
    expect![[r#"
        accept of a wrong file at crane: [wrong-container]
        send of a wrong file at press: [wrong-type]
        accept of a wrong file at robot: [wrong-type]
        confirm of a wrong file at press: [wrong-type]
    "#]]
    .assert_eq(&shown);
    // Taken twice, and counted once.
    step(&plant, "accept", "robot", &[&transfer, "-o", &receipt]).ok();
    step(&plant, "accept", "robot", &[&transfer, "-o", &receipt]).ok();
    expect!["press 3"].assert_eq(plant.holds("robot").split(" @").next().unwrap());
    step(&plant, "confirm", "press", &[&receipt]).ok();
    step(&plant, "confirm", "press", &[&receipt]).ok();
    expect!["press 1"].assert_eq(plant.holds("press").split(" @").next().unwrap());
}

#[test]
fn a_refusal_brings_it_back_and_nothing_else_does() {
    let plant = Plant::new();
    let id = plant.sell(2);
    let Some(item) = met(&plant, &id, &["press", "robot"], 2) else { return };
    let [request, transfer, refusal] = ["q.tnr", "t.tnr", "no.tnr"].map(|file| plant.path(file));
    step(&plant, "request", "robot", &[&item, "-o", &request]).ok();
    step(&plant, "send", "press", &[&request, "-o", &transfer]).ok();
    expect!["@2"].assert_eq(&plant.holds("press"));
    contact(&plant, "press");
    expect!["@2"].assert_eq(&plant.holds("press"));
    step(&plant, "refuse", "robot", &[&transfer, "-o", &refusal]).ok();
    step(&plant, "confirm", "press", &[&refusal]).ok();
    expect!["press 2"].assert_eq(plant.holds("press").split(" @").next().unwrap());
    // Refused for ever: the file that is still about does nothing.
    assert_ne!(step(&plant, "accept", "robot", &[&transfer]).code, 0);
}
