//! The bridge: somebody's computer reaches device and office, and the wizard does the whole exchange.

#[path = "support/desk.rs"]
mod desk;
#[path = "support/plant.rs"]
mod plant;
mod program;

use desk::plain;
use expect_test::expect;
use plant::{Plant, first_line};

#[test]
fn the_wizard_does_it_and_a_second_time_there_is_nothing_to_do() {
    let plant = Plant::new();
    let id = plant.sell(3);
    plant.device("press");
    let url = plant.url();
    let take = format!("{id}/1=2");
    let run = || plant.wizard(&["--device", "press", "--office", &url, "--take", &take]);
    expect![[r#"
        context of T-SERIAL taken: it is at operation 0
        update got: from operation 0 to 2
          certifies the container's key
          adds 2 × press 2.0
        update applied: the container is at operation 2
        receipt handed over: the office knows operation 2

        Nothing: the device has it, and the office knows."#]]
    .assert_eq(&plain(&run().ok()));
    expect!["press 2 @2"].assert_eq(&plant.holds("press"));
    assert_eq!(plant.books(&id), "bought 3 active 2 free 1 [2 confirmed]");
    expect![[r#"
        context of T-SERIAL taken: it is at operation 2
        the office has nothing new for T-SERIAL

        Nothing: the office has nothing new for this device. To activate something, name an activation ID: --activation-id ID."#]].assert_eq(&plain(&run().ok()));
    assert_eq!(plant.books(&id), "bought 3 active 2 free 1 [2 confirmed]");
    // What is wanted is said for the whole: one more makes three.
    plant.wizard(&["--device", "press", "--office", &url, "--take", &format!("{id}/1=3")]).ok();
    assert_eq!(plant.books(&id), "bought 3 active 3 free 0 [2 confirmed, 1 confirmed]");
}

#[test]
fn over_the_agent_with_its_token() {
    let plant = Plant::new();
    let id = plant.sell(1);
    plant.device("press");
    let (agent, token) = plant.agent("press");
    let url = plant.url();
    let run = |more: &[&str]| {
        plant.wizard(
            &[&["--device", &agent.url, "--office", &url, "--activation-id", &id], more].concat(),
        )
    };
    let refused = run(&[]).fails(6);
    assert!(refused.contains("[login-required]") && refused.contains("agent.token"), "{refused}");
    let answer = run(&["--token-file", &token, "--json"]).json();
    assert_eq!((&answer["result"], &answer["operation"]), (&"done".into(), &2.into()));
    agent.stop();
    expect!["press 1 @2"].assert_eq(&plant.holds("press"));
}

#[test]
fn what_is_wanted_and_can_not_be_had_changes_nothing() {
    let plant = Plant::new();
    let id = plant.sell(1);
    plant.device("press");
    plant.device("lathe");
    let url = plant.url();
    let unknown = tenure_document::ActivationId::from_entropy([9; 15]).to_string();
    plant.wizard(&["--device", "lathe", "--office", &url, "--activation-id", &id]).ok();
    let mut shown = String::new();
    for wish in [
        vec!["--activation-id", id.as_str()],
        vec!["--take", "nonsense"],
        vec!["--activation-id", &unknown],
        vec!["--take", &format!("{id}/7")],
    ] {
        let refused =
            plant.wizard(&[&["--device", "press", "--office", &url], wish.as_slice()].concat());
        let said = first_line(&refused.stderr).replace(&id, "ID").replace(&unknown, "UNKNOWN");
        shown += &format!("{} {said}\n", refused.code);
    }
    expect![[r#"
        3 error: 1 of line 1 of ID were asked for, 0 of 1 are free [not-free]
        2 error: invalid value 'nonsense' for '--take <ID/LINE=QUANTITY>': "nonsense" is not an activation ID: it has five groups of five characters, such as XXXXX-XXXXX-XXXXX-XXXXX-XXXXX; these are 8
        3 error: The activation ID `UNKNOWN` is not known. Check it for typing errors. [not-found]
        3 error: activation ID ID has no line 7 [no-line]
    "#]].assert_eq(&shown);
    expect!["@0"].assert_eq(&plant.holds("press"));
    assert_eq!(plant.books(&id), "bought 1 active 1 free 0 [1 confirmed]");
}

#[test]
fn an_office_that_does_not_answer_is_said_and_nothing_is_lost() {
    let plant = Plant::new();
    let id = plant.sell(1);
    plant.device("press");
    let url = plant.url();
    plant.cut();
    let failed = plant.wizard(&["--device", "press", "--office", &url, "--activation-id", &id]);
    let failed = failed.fails(4);
    assert!(failed.contains("[unreachable]") && failed.contains("--park DIR"), "{failed}");
    plant.open();
    plant.wizard(&["--device", "press", "--office", &plant.url(), "--activation-id", &id]).ok();
    expect!["press 1 @2"].assert_eq(&plant.holds("press"));
    assert_eq!(plant.books(&id), "bought 1 active 1 free 0 [1 confirmed]");
}

#[test]
fn without_a_device_or_an_office_it_says_what_to_name_and_never_waits() {
    let plant = Plant::new();
    plant.device("press");
    for arguments in [vec![], vec!["--device", "press"], vec!["--office", "http://127.0.0.1:9"]] {
        let failed = plant.wizard(&arguments).fails(2);
        assert!(failed.contains("--park DIR"), "{failed}");
    }
    let failed = plant.wizard(&["--device", "nowhere", "--office", "http://127.0.0.1:9"]).fails(3);
    assert!(failed.contains("[no-container]"), "{failed}");
    plant.device("press");
    let failed = plant.wizard(&["--device", "press", "--office", &plant.url()]).fails(2);
    assert!(failed.contains("--serial"), "{failed}");
}
