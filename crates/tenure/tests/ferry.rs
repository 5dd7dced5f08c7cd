//! The ferry: context, update and receipt as files that people carry, lose, double, swap, keep too long and mix up.
//!
//! Every wrong file gets its named answer and changes nothing; any newest update puts everything right.

#[path = "support/desk.rs"]
mod desk;
#[path = "support/plant.rs"]
mod plant;
#[path = "support/power.rs"]
mod power;
mod program;

use expect_test::expect;
use plant::{Plant, first_line, of};
use program::{Ended, ended, tenure};
use std::fs;

/// A device that the office has met, certified, at operation 1; its serial.
fn met(plant: &Plant, name: &str) -> String {
    let serial = plant.device(name);
    round(plant, name);
    serial
}

/// One whole ferry by hand: context, update, receipt.
fn round(plant: &Plant, name: &str) {
    context(plant, name, "context.tnr");
    plant.exchange("context.tnr", "update.tnr").expect("an update");
    apply(plant, name, "update.tnr").ok();
    let receipt = plant.at(name, "receipt", &[]).ok();
    plant.anybody().take_receipt(receipt.into_bytes(), &plant.key()).expect("the receipt");
}

fn context(plant: &Plant, name: &str, file: &str) {
    plant.at(name, "context", &["-o", &plant.path(file)]).ok();
}

fn apply(plant: &Plant, name: &str, file: &str) -> Ended {
    plant.at(name, "apply", &[&plant.path(file)])
}

#[test]
fn three_files_by_hand() {
    let plant = Plant::new();
    let id = plant.sell(3);
    plant.device("press");
    context(&plant, "press", "context.tnr");
    let request = of(serde_json::json!({"context": plant.read("context.tnr"),
        "choices": [{"activation_id": id, "line": 1, "quantity": 2}]}));
    let issued = plant.anybody().activate(&request, "k1").expect("an update");
    // The answer got lost on the way and is asked for again: the same, and nothing twice.
    let again = plant.anybody().activate(&request, "k1").expect("an update");
    assert_eq!(
        (issued.from_sequence, issued.to_sequence),
        (again.from_sequence, again.to_sequence)
    );
    fs::write(plant.path("update.tnr"), &again.update).unwrap();
    assert_eq!(plant.books(&id), "bought 3 active 2 free 1 [2 delivered]");
    apply(&plant, "press", "update.tnr").ok();
    expect!["press 2 @2"].assert_eq(&plant.holds("press"));
    let receipt = plant.at("press", "receipt", &[]).ok();
    let taken = plant.anybody().take_receipt(receipt.into_bytes(), "k2").expect("the receipt");
    assert_eq!((taken.sequence, taken.outstanding), (2, 0));
    assert_eq!(plant.books(&id), "bought 3 active 2 free 1 [2 confirmed]");
}

#[test]
fn lost_doubled_swapped_stale_and_mixed_up_files() {
    let plant = Plant::new();
    let id = plant.sell(9);
    let serial = met(&plant, "press");
    met(&plant, "lathe");
    plant.assign(&id, &serial, 1);
    context(&plant, "press", "context.tnr");
    plant.exchange("context.tnr", "first.tnr").unwrap();
    plant.assign(&id, &serial, 1);
    plant.exchange("context.tnr", "second.tnr").unwrap();
    let good = plant.read("second.tnr");
    fs::write(plant.path("cut.tnr"), &good[..good.len() / 2]).unwrap();
    fs::write(plant.path("edited.tnr"), edited(&good)).unwrap();
    fs::write(plant.path("empty.tnr"), "").unwrap();
    let before = (plant.holds("press"), plant.holds("lathe"));
    let mut shown = String::new();
    for (device, file) in [
        ("lathe", "second.tnr"),
        ("press", "context.tnr"),
        ("press", "cut.tnr"),
        ("press", "empty.tnr"),
        ("press", "lost.tnr"),
    ] {
        let refused = apply(&plant, device, file);
        assert_ne!(refused.code, 0, "{file}");
        let said = first_line(&refused.stderr).replace(&plant.path(""), "");
        shown += &format!("{file} at {device}: {} {said}\n", refused.code);
    }
    expect![[r#"
        second.tnr at lathe: 3 error: the file is for container T-SERIAL, this device has T-SERIAL [wrong-container]
        context.tnr at press: 3 error: this is a context, not an update [wrong-type]
        cut.tnr at press: 3 error: the text form of the document is damaged: the END line is missing; get the file again from its sender [malformed-armor]
        empty.tnr at press: 3 error: this is not a Tenure document: EOF while parsing a value at line 1 column 0; get the file again from its sender [malformed-envelope]
        lost.tnr at press: 4 error: can't read lost.tnr: No such file or directory (os error 2)
    "#]].assert_eq(&shown);
    // Where a letter was changed decides whether the form or the signature breaks.
    let refused = apply(&plant, "press", "edited.tnr").fails(3);
    assert!(refused.contains("[malformed-") || refused.contains("[bad-signature]"), "{refused}");
    assert_eq!((plant.holds("press"), plant.holds("lathe")), before);
    // The second is enough; the first comes late, and both twice.
    for file in ["second.tnr", "second.tnr", "first.tnr", "first.tnr"] {
        apply(&plant, "press", file).ok();
        expect!["press 1 press 1 @3"].assert_eq(&plant.holds("press"));
    }
    // Files at the office: another's, none, and a context that was seen before.
    let office = plant.anybody();
    let send = |file: &str| {
        let answer = office.exchange(fs::read(plant.path(file)).unwrap(), &plant.key());
        answer.map_or_else(
            |error| error.code().to_owned(),
            |issued| format!("{:?}", issued.finding.unwrap()),
        )
    };
    expect!["malformed-armor"].assert_eq(&send("cut.tnr"));
    expect!["wrong-type"].assert_eq(&send("second.tnr"));
    context(&plant, "press", "newer.tnr");
    expect!["Acknowledged"].assert_eq(&send("newer.tnr"));
    expect!["Retry"].assert_eq(&send("newer.tnr"));
    expect!["Retry"].assert_eq(&send("context.tnr"));
    assert_eq!(plant.staff().container(&serial).unwrap().container.state.word(), "known");
}

/// The same text with one letter of the signed part changed.
fn edited(text: &str) -> String {
    let middle = text.len() / 2;
    let (place, letter) = text
        .char_indices()
        .skip_while(|(place, _)| *place < middle)
        .find(|(_, letter)| letter.is_ascii_alphanumeric())
        .expect("a letter");
    let other = if letter == 'A' { "B" } else { "A" };
    format!("{}{other}{}", &text[..place], &text[place + 1..])
}

#[test]
fn five_missed_updates_are_put_right_by_the_newest() {
    let plant = Plant::new();
    let id = plant.sell(9);
    let serial = met(&plant, "press");
    for number in 1..=5 {
        plant.assign(&id, &serial, 1);
        context(&plant, "press", "context.tnr");
        plant.exchange("context.tnr", &format!("update-{number}.tnr")).unwrap();
    }
    plant.copy("press", "spare");
    apply(&plant, "press", "update-5.tnr").ok();
    expect!["press 1 press 1 press 1 press 1 press 1 @6"].assert_eq(&plant.holds("press"));
    // Any of them suffices for what it holds, and the newest for the rest.
    apply(&plant, "spare", "update-3.tnr").ok();
    apply(&plant, "spare", "update-5.tnr").ok();
    assert_eq!(plant.holds("spare"), plant.holds("press"));
    assert_eq!(plant.books(&id).split('[').next(), Some("bought 9 active 5 free 4 "));
    // No receipt ever came: the next context tells it.
    context(&plant, "press", "context.tnr");
    plant.exchange("context.tnr", "update.tnr").unwrap();
    assert!(
        plant
            .books(&id)
            .ends_with("[1 confirmed, 1 confirmed, 1 confirmed, 1 confirmed, 1 confirmed]")
    );
}

#[test]
fn a_restored_device_and_a_copied_one_are_found_at_the_next_contact() {
    let plant = Plant::new();
    let id = plant.sell(9);
    let serial = met(&plant, "press");
    plant.copy("press", "image");
    plant.assign(&id, &serial, 2);
    round(&plant, "press");
    // The image is brought back: it knows less than it has confirmed.
    context(&plant, "image", "old.tnr");
    let refused = plant.exchange("old.tnr", "none.tnr").unwrap_err();
    assert!(refused.starts_with("rollback "), "{refused}");
    assert!(!fs::exists(plant.path("none.tnr")).unwrap());
    let known = plant.staff().container(&serial).unwrap();
    assert_eq!(known.container.state.word(), "rollback");
    // A person rules; then it goes on and has everything again.
    let rule = of(serde_json::json!({"ruling": "accept-restored", "reason": "disk image"}));
    plant.staff().rule_container(&serial, &rule, &plant.key()).expect("the ruling");
    context(&plant, "image", "restored.tnr");
    plant.exchange("restored.tnr", "again.tnr").unwrap();
    apply(&plant, "image", "again.tnr").ok();
    expect!["press 2 @2"].assert_eq(&plant.holds("image"));
    // Now the first device shows up as well: two of them are in use.
    context(&plant, "image", "one.tnr");
    plant.exchange("one.tnr", "one-update.tnr").unwrap();
    context(&plant, "press", "two.tnr");
    let refused = plant.exchange("two.tnr", "two-update.tnr").unwrap_err();
    expect!["clone"].assert_eq(refused.split(' ').next().unwrap());
}

#[test]
fn an_order_withdrawn_meanwhile_is_out_with_the_next_update() {
    let plant = Plant::new();
    let id = plant.sell(2);
    let serial = met(&plant, "press");
    plant.assign(&id, &serial, 2);
    round(&plant, "press");
    let reason = of(serde_json::json!({"reason": "not paid"}));
    plant.staff().withdraw_entitlement(&id, &reason, &plant.key()).expect("withdrawn");
    round(&plant, "press");
    expect!["@3"].assert_eq(&plant.holds("press"));
}

#[test]
fn a_device_loses_its_power_before_any_write_of_an_update() {
    let plant = Plant::new();
    let Some(power) = power::Power::new(plant.folder.path()) else { return };
    let id = plant.sell(3);
    let serial = met(&plant, "pristine");
    plant.assign(&id, &serial, 3);
    context(&plant, "pristine", "context.tnr");
    plant.exchange("context.tnr", "update.tnr").unwrap();
    let (before, after) = ("@1", "press 3 @2");
    for number in 1..200 {
        plant.copy("pristine", "press");
        power.cut_before(number);
        let mut command = tenure();
        power.over(&mut command).args(["device", "apply", "--dir", &plant.path("press")]);
        let died = ended(command.arg(plant.path("update.tnr")));
        power.stay();
        let found = plant.holds("press");
        assert!(found == before || found == after, "after write {number}: {found}");
        apply(&plant, "press", "update.tnr").ok();
        assert_eq!(plant.holds("press"), after, "after write {number}");
        if died.code == 0 {
            assert!(number > 3, "only {number} writes");
            return;
        }
    }
    panic!("the program has more writes than anybody expected");
}

#[test]
fn an_office_loses_its_power_before_any_write_of_an_exchange() {
    let plant = Plant::new();
    let Some(power) = power::Power::new(plant.folder.path()) else { return };
    let id = plant.sell(40);
    let mut applied = 0;
    let serial = met(&plant, "press");
    plant.cut();
    for number in 1..40 {
        power.stay();
        let mut command = tenure();
        plant.open_by(power.over(&mut command));
        context(&plant, "press", "context.tnr");
        let request = of(serde_json::json!({"context": plant.read("context.tnr"),
            "choices": [{"activation_id": id, "line": 1, "quantity": 1}]}));
        power.cut_before(number);
        let key = format!("cut-{number}");
        let answer = plant.anybody().activate(&request, &key);
        power.stay();
        let is_over = answer.is_ok();
        if !is_over {
            plant.cut();
            plant.open();
        }
        // The same request again: carried out once, whenever the cut came.
        let issued =
            answer.or_else(|_| plant.anybody().activate(&request, &key)).expect("an answer");
        fs::write(plant.path("update.tnr"), issued.update).unwrap();
        apply(&plant, "press", "update.tnr").ok();
        applied += 1;
        assert_eq!(plant.holds("press"), format!("{}@{}", "press 1 ".repeat(applied), applied + 1));
        let books = plant.books(&id);
        let free = 40 - applied;
        assert!(books.starts_with(&format!("bought 40 active {applied} free {free} ")), "{books}");
        plant.cut();
        if is_over {
            assert!(number > 2, "no write was cut");
            plant.open();
            assert_eq!(plant.staff().container(&serial).unwrap().container.state.word(), "known");
            return;
        }
    }
    panic!("the office has more writes than anybody expected");
}
