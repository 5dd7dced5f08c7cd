//! `tenure wizard --park`: the exchange in steps, over sticks and days; many devices in one run.

#[path = "support/desk.rs"]
mod desk;
#[path = "support/plant.rs"]
mod plant;
#[path = "support/power.rs"]
mod power;
mod program;

use desk::plain;
use expect_test::expect;
use plant::{Plant, first_line};
use std::fs;

/// What STATE says is next.
fn next(plant: &Plant, folder: &str) -> String {
    let state = plant.read(&format!("{folder}/STATE"));
    let (_, rest) = state.split_once("What is next\n").expect("it says what is next");
    rest.lines().next().unwrap_or_default().trim().to_owned()
}

/// Without serials, days and times.
fn undated(text: &str) -> String {
    let word = |word: &str| {
        let mark = word.trim_end_matches([',', ':']);
        let is_like = |like: &str| {
            let fits = |(c, l): (char, char)| if l == '0' { c.is_ascii_digit() } else { c == l };
            mark.len() == like.len() && mark.chars().zip(like.chars()).all(fits)
        };
        match (is_like("0000-00-00"), is_like("00:00:00Z")) {
            (true, _) => word.replace(mark, "DAY"),
            (_, true) => word.replace(mark, "TIME"),
            _ => word.to_owned(),
        }
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    plain(&text.lines().map(line).collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_stick_goes_three_ways() {
    let plant = Plant::new();
    let id = plant.sell(2);
    plant.device("press");
    let url = plant.url();
    // At the device, which reaches nothing.
    expect![[r#"
        context of T-SERIAL taken: it is at operation 0 (context.tnr)

        Carry this folder to a machine that reaches the vendor's office and ask for the update. There, in this folder:

            tenure wizard --park . --office https://OFFICE

        To activate something, add --activation-id ID, or --take ID/LINE=QUANTITY.
        (By hand: upload context.tnr at the office's /portal and save what comes back as update.tnr.)"#]].assert_eq(&plain(&plant.wizard(&["--park", "stick", "--device", "press"]).ok()));
    // In the office of somebody with a network, on another machine.
    plant.copy("stick", "laptop");
    let said = plant.wizard(&["--park", "laptop", "--office", &url, "--activation-id", &id]).ok();
    assert!(
        said.contains("Carry this folder to the device \"press\" and put the update in"),
        "{said}"
    );
    assert_eq!(plant.books(&id), "bought 2 active 1 free 1 [1 delivered]");
    expect![[r#"
        Licenses by files for the device "press" (container T-SERIAL)

        What was done
          [x] context.tnr  the device as it was DAY TIME, at operation 0
          [x] update.tnr   made DAY TIME: brings it to operation 2
          [ ] receipt.tnr  proves it: the device makes it; may be left out

        What is next
          Carry this folder to the device "press" and put the update in. There, in this folder:

              tenure wizard --park . --device press

          (DEVICE is the folder of its containers or the address of its agent. By hand: tenure device apply update.tnr --receipt receipt.tnr)

        For the wizard (may be deleted)
          serial: T-SERIAL
          name: press
          generation: 1
          device: press
          office: URL"#]].assert_eq(&undated(&plant.read("laptop/STATE")).replace(&url, "URL"));
    // Asked again without need: the same update, nothing twice.
    plant.wizard(&["--park", "laptop", "--office", &url, "--activation-id", &id]).ok();
    assert_eq!(plant.books(&id), "bought 2 active 1 free 1 [1 delivered]");
    // Back at the device.
    plant.copy("laptop", "stick");
    plant.wizard(&["--park", "stick", "--device", "press"]).ok();
    expect!["press 1 @2"].assert_eq(&plant.holds("press"));
    expect!["Carry this folder to a machine that reaches the vendor's office and hand the receipt over. There, in this folder:"].assert_eq(&next(&plant, "stick"));
    plant.wizard(&["--park", "stick", "--device", "press"]).ok();
    expect!["Carry this folder to a machine that reaches the vendor's office and hand the receipt over. There, in this folder:"].assert_eq(&next(&plant, "stick"));
    // And the receipt, on another day.
    let said = plant.wizard(&["--park", "stick", "--office", &url]).ok();
    assert!(said.contains("receipt handed over"), "{said}");
    assert_eq!(plant.books(&id), "bought 2 active 1 free 1 [1 confirmed]");
    expect!["Nothing: the device has it, and the office knows."].assert_eq(&next(&plant, "stick"));
    // The folder can be used again.
    plant.wizard(&["--park", "stick", "--device", "press"]).ok();
    expect!["Carry this folder to a machine that reaches the vendor's office and ask for the update. There, in this folder:"].assert_eq(&next(&plant, "stick"));
    plant.wizard(&["--park", "stick", "--office", &url, "--take", &format!("{id}/1=2")]).ok();
    plant.wizard(&["--park", "stick", "--device", "press", "--no-receipt"]).ok();
    expect!["press 1 press 1 @3"].assert_eq(&plant.holds("press"));
}

#[test]
fn what_is_wanted_is_remembered_on_the_way() {
    let plant = Plant::new();
    let id = plant.sell(2);
    plant.device("press");
    let url = plant.url();
    plant.wizard(&["--park", "stick", "--device", "press", "--take", &format!("{id}/1=2")]).ok();
    assert!(plant.read("stick/STATE").contains(&id));
    let mode = fs::metadata(plant.path("stick/STATE")).unwrap().permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o77, 0, "the ID is a credential");
    plant.wizard(&["--park", "stick", "--office", &url]).ok();
    assert_eq!(plant.books(&id), "bought 2 active 2 free 0 [2 delivered]");
    assert!(!plant.read("stick/STATE").contains(&id));
    plant.wizard(&["--park", "stick", "--device", "press"]).ok();
    expect!["press 2 @2"].assert_eq(&plant.holds("press"));
}

#[test]
fn files_that_people_put_there_by_hand() {
    let plant = Plant::new();
    let id = plant.sell(2);
    let serial = plant.device("press");
    plant.device("lathe");
    let url = plant.url();
    // As the portal and a mail program name them, and without a STATE.
    fs::create_dir(plant.path("stick")).unwrap();
    plant.at("press", "context", &["-o", &plant.path("stick/Press context (2).tnr")]).ok();
    plant.wizard(&["--park", "stick", "--office", &url, "--activation-id", &id]).ok();
    fs::rename(plant.path("stick/update.tnr"), plant.path(&format!("stick/{serial}.update.tnr")))
        .unwrap();
    fs::remove_file(plant.path("stick/STATE")).unwrap();
    fs::write(plant.path("stick/holiday.tnr"), "not a document").unwrap();
    let said = plant.wizard(&["--park", "stick", "--device", "press"]).ok();
    assert!(said.contains("holiday.tnr can't be used"), "{said}");
    expect!["press 1 @2"].assert_eq(&plant.holds("press"));
    // Another device's stick: nothing is touched.
    let before = plant.read("stick/receipt.tnr");
    let refused = plant.wizard(&["--park", "stick", "--device", "lathe"]).fails(3);
    assert!(refused.contains("[wrong-container]"), "{refused}");
    assert_eq!(plant.read("stick/receipt.tnr"), before);
    expect!["@0"].assert_eq(&plant.holds("lathe"));
    // Papers of two in one folder.
    plant.at("lathe", "context", &["-o", &plant.path("stick/lathe.tnr")]).ok();
    let refused = plant.wizard(&["--park", "stick", "--office", &url]).fails(3);
    expect!["error: there are papers of several containers: T-SERIAL, T-SERIAL [wrong-container]"]
        .assert_eq(&first_line(&refused));
    plant.wizard(&["--park", "stick", "--office", &url, "--serial", &serial]).ok();
    assert!(plant.books(&id).ends_with("[1 confirmed]"));
}

#[test]
fn trouble_on_the_way_is_written_down_with_what_to_do() {
    let plant = Plant::new();
    let id = plant.sell(1);
    plant.device("press");
    let url = plant.url();
    plant.cut();
    let failed = plant.wizard(&[
        "--park",
        "stick",
        "--device",
        "press",
        "--office",
        &url,
        "--activation-id",
        &id,
    ]);
    failed.fails(4);
    assert!(fs::exists(plant.path("stick/context.tnr")).unwrap(), "what could be done is done");
    let state = plant.read("stick/STATE");
    assert!(state.contains("It stopped: ") && state.contains("What to do: "), "{state}");
    plant.open();
    plant.wizard(&["--park", "stick", "--office", &plant.url()]).ok();
    plant.wizard(&["--park", "stick", "--device", "press", "--office", &plant.url()]).ok();
    expect!["Nothing: the device has it, and the office knows."].assert_eq(&next(&plant, "stick"));
    assert_eq!(plant.books(&id), "bought 1 active 1 free 0 [1 confirmed]");
    // A device brought back from a backup, with the stick of its former life.
    let answer = plant.wizard(&["--park", "stick"]).ok();
    assert!(answer.contains("Nothing:"), "{answer}");
}

#[test]
fn an_update_that_does_not_fit_is_refused_by_name_and_a_new_round_helps() {
    let plant = Plant::new();
    let id = plant.sell(4);
    plant.device("press");
    let url = plant.url();
    plant.copy("press", "image");
    plant
        .wizard(&[
            "--park",
            "stick",
            "--device",
            "press",
            "--office",
            &url,
            "--take",
            &format!("{id}/1=1"),
        ])
        .ok();
    plant
        .wizard(&[
            "--park",
            "stick",
            "--device",
            "press",
            "--office",
            &url,
            "--take",
            &format!("{id}/1=2"),
        ])
        .ok();
    // The image knows nothing of what the device had confirmed: the office must see that, not the stick.
    let refused = plant.wizard(&["--park", "stick", "--device", "image", "--office", &url]);
    let refused = refused.fails(3);
    assert!(refused.contains("[rollback]") && refused.contains("hint: "), "{refused}");
    assert!(plant.read("stick/STATE").contains("[rollback]"));
    expect!["@0"].assert_eq(&plant.holds("image"));
}

#[test]
fn the_wizard_loses_its_power_before_any_write_and_is_started_again() {
    let plant = Plant::new();
    let Some(power) = power::Power::new(plant.folder.path()) else { return };
    let id = plant.sell(200);
    plant.device("press");
    let url = plant.url();
    for number in 1..200 {
        let take = format!("{id}/1={number}");
        let arguments =
            ["wizard", "--park", "stick", "--device", "press", "--office", &url, "--take", &take];
        power.cut_before(number);
        let mut command = program::tenure();
        let command = power.over(&mut command).args(arguments).current_dir(plant.folder.path());
        let died = program::ended(command);
        power.stay();
        plant.wizard(&arguments[1..]).ok();
        let held = plant.holds("press");
        let held = held.split_whitespace().filter_map(|word| word.parse::<u32>().ok()).sum::<u32>();
        assert_eq!(held, number, "after a cut before write {number}");
        let books = plant.books(&id);
        assert!(books.starts_with(&format!("bought 200 active {number} ")), "{books}");
        if died.code == 0 {
            assert!(number > 10, "only {number} writes");
            return;
        }
    }
    panic!("the program has more writes than anybody expected");
}

#[test]
fn many_devices_in_one_run() {
    let plant = Plant::new();
    let (id, other) = (plant.sell(3), plant.sell(1));
    let serials = ["one", "two", "three"].map(|name| plant.device(name));
    let (agent, token) = plant.agent("three");
    let token = token.strip_prefix(&plant.path("")).unwrap().to_owned();
    let list = format!(
        "name,device,token_file,activation_ids,take\n\
         one,one,,{id},\n\
         two,two,,,{id}/1=2\n\
         three,{},{token},{other},\n\
         four,four,,{other},\n\
         five,one,,{other},\n",
        agent.url
    );
    fs::write(plant.path("list.csv"), list).unwrap();
    let url = plant.url();
    let run = |more: &[&str]| {
        plant.wizard(&[&["--devices", "list.csv", "--office", &url, "--jobs", "1"], more].concat())
    };
    let first = run(&["--report", "report.csv"]);
    let failed = first.fails(3);
    assert!(failed.contains("2 of 5 devices were not served"), "{failed}");
    let report = plain(&plant.read("report.csv")).replace(&id, "ID").replace(&other, "OTHER");
    let report = serials.iter().fold(report, |text, serial| text.replace(serial, "T-SERIAL"));
    expect![[r#"
        name,serial,result,code,operation,what,next
        one,T-SERIAL,done,,2,certifies the container's key; adds press 2.0,"Nothing: the device has it, and the office knows."
        two,T-SERIAL,done,,2,certifies the container's key; adds 2 × press 2.0,"Nothing: the device has it, and the office knows."
        three,T-SERIAL,done,,2,certifies the container's key; adds press 2.0,"Nothing: the device has it, and the office knows."
        four,,refused,no-container,,there are no containers in ./four,"there is no such container here: `tenure device list` shows what there is, `tenure device init` makes one"
        five,,refused,not-free,,"1 of line 1 of OTHER were asked for, 0 of 1 are free","so many are not free: give back what another container does not need (portal: Return), or order more""#]].assert_eq(&report);
    expect!["press 1 @2"].assert_eq(&plant.holds("one"));
    expect!["press 2 @2"].assert_eq(&plant.holds("two"));
    // Again: nothing twice.
    run(&["--json"]).fails(3);
    assert_eq!(plant.books(&id), "bought 3 active 3 free 0 [1 confirmed, 2 confirmed]");
    agent.stop();
    expect!["press 1 @2"].assert_eq(&plant.holds("three"));
    // The same list as a ferry: a folder for each.
    let list = format!("name;device;take\none;one;{other}/1\ntwo;two;\n");
    fs::write(plant.path("list.csv"), list).unwrap();
    let ferry = plant.wizard(&["--devices", "list.csv", "--park", "sticks", "--json"]).json();
    assert_eq!(ferry[0]["result"], "to-carry");
    assert!(fs::exists(plant.path("sticks/two/context.tnr")).unwrap());
}
