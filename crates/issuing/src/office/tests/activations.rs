//! Activations: who may put what where, and how units come back.

use super::scene::*;
use crate::office::*;
use expect_test::expect;
use std::fmt::Write;
use tenure_document::ContainerKind::{Bound, Server, Unbound};

fn back(no: u32, quantity: Option<u32>) -> Command {
    let by = Asker::Portal { activation_id: id(1) };
    let activation = ActivationNo::new(no).unwrap();
    Command::Activation(ActivationCommand::Return { by, activation, quantity })
}

fn withdraw(no: u32, quantity: Option<u32>) -> Command {
    let activation = ActivationNo::new(no).unwrap();
    let by = "ann".into();
    Command::Activation(ActivationCommand::Withdraw { by, activation, quantity, reason: None })
}

#[test]
fn a_quantity_is_split_over_containers_and_no_more_than_was_bought() {
    let mut scene = Scene::new();
    scene.must(bought(1, "o1", &[("cad 1.0", "perpetual", 5), ("site 1.0", "floating", 1)]));
    let mut said = String::new();
    for (place, choices) in [
        ((1, Bound), vec![(1, 1, 2)]),
        ((2, Bound), vec![(1, 1, 4)]),
        ((2, Bound), vec![(1, 1, 2), (1, 1, 2)]),
        ((2, Bound), vec![(1, 1, 2), (1, 1, 1)]),
        ((2, Bound), vec![(1, 2, 1)]),
        ((3, Server), vec![(1, 2, 1)]),
        ((3, Server), vec![(1, 3, 1)]),
        ((3, Server), vec![(2, 1, 1)]),
        ((3, Server), vec![(1, 1, 0)]),
        ((3, Server), vec![]),
    ] {
        said.push_str(&scene.say_activate(place, &choices));
    }
    expect![[r#"
        {"activation":"A-0000001","activation_id":"040G2-08104-0G208-1040G-2081B","container":"01040G2081040G2081040G2081","line":1,"quantity":2,"step":"activate","type":"activated"}
        not-free: 4 of line 1 of 040G2-08104-0G208-1040G-2081B were asked for, 3 of 5 are free
        not-free: 2 of line 1 of 040G2-08104-0G208-1040G-2081B were asked for, 1 of 5 are free
        {"activation":"A-0000002","activation_id":"040G2-08104-0G208-1040G-2081B","container":"02081040G2081040G2081040G2","line":1,"quantity":2,"step":"activate","type":"activated"}
        {"activation":"A-0000003","activation_id":"040G2-08104-0G208-1040G-2081B","container":"02081040G2081040G2081040G2","line":1,"quantity":1,"step":"activate","type":"activated"}
        wrong-container-kind: line 2 of 040G2-08104-0G208-1040G-2081B may not be in a container of kind bound: only in server
        {"activation":"A-0000004","activation_id":"040G2-08104-0G208-1040G-2081B","container":"030C1G60R30C1G60R30C1G60R3","line":2,"quantity":1,"step":"activate","type":"activated"}
        no-line: entitlement 040G2-08104-0G208-1040G-2081B has no line 3; its lines are 1 to 2
        no-entitlement: there is no entitlement 08104-0G208-1040G-20810-40G2H; check the activation ID
        no-quantity: 0 of line 1 were asked for; ask for at least 1
        nothing-chosen: nothing was chosen: name at least one line and how many of it
    "#]].assert_eq(&said);
    assert_eq!(scene.count(1, 1), "5 bought: 0 free, 5 active, 0 returning, 0 cooling down");
}

#[test]
fn units_come_back_step_by_step() {
    let mut scene = Scene::new();
    scene.must(bought(1, "o1", &[("cad 1.0", "perpetual", 5)]));
    scene.activate((1, Bound), &[(1, 1, 5)]).unwrap();
    let mut said = String::new();
    let mut step = |scene: &mut Scene, what: &str| {
        let _ = writeln!(said, "{what}");
        let _ = writeln!(said, "  {}", scene.count(1, 1));
        said.push_str(&scene.holdings(1));
    };
    step(&mut scene, "assigned");
    scene.must(back(1, Some(1)));
    step(&mut scene, "one given back before any update held it");
    let first = scene.issue(1);
    step(&mut scene, "in an update");
    scene.must(back(1, Some(2)));
    step(&mut scene, "two given back before the receipt");
    scene.receive(&first, None);
    step(&mut scene, "the receipt of the first update");
    let second = scene.issue(1);
    step(&mut scene, "the removal is in an update");
    let back_at = time("2026-11-25T08:00:00Z");
    scene.receive(&second, Some(back_at));
    scene.receive(&second, Some(back_at));
    step(&mut scene, "the receipt of the removal, twice");
    scene.later(2);
    step(&mut scene, "two days later");
    scene.later(1);
    step(&mut scene, "three days later");
    scene.receive(&second, Some(back_at));
    scene.must(withdraw(1, None));
    scene.ferry(1, None);
    step(&mut scene, "the rest withdrawn, from a container that is believed");
    expect![[r#"
        assigned
          5 bought: 0 free, 5 active, 0 returning, 0 cooling down
          A-0000001 x 5 assigned
        one given back before any update held it
          5 bought: 1 free, 4 active, 0 returning, 0 cooling down
          A-0000001 x 4 assigned
          A-0000002 x 1 cancelled
        in an update
          5 bought: 1 free, 4 active, 0 returning, 0 cooling down
          A-0000001.0 cad 1.0 x 4 until "permanent"
          A-0000001.1 render 1.0 x 8 until "permanent"
          A-0000001 x 4 delivered
          A-0000002 x 1 cancelled
        two given back before the receipt
          5 bought: 1 free, 2 active, 2 returning, 0 cooling down
          A-0000001.0 cad 1.0 x 4 until "permanent"
          A-0000001.1 render 1.0 x 8 until "permanent"
          A-0000001 x 2 delivered
          A-0000002 x 1 cancelled
          A-0000003 x 2 return-asked
        the receipt of the first update
          5 bought: 1 free, 2 active, 2 returning, 0 cooling down
          A-0000001.0 cad 1.0 x 4 until "permanent"
          A-0000001.1 render 1.0 x 8 until "permanent"
          A-0000001 x 2 confirmed
          A-0000002 x 1 cancelled
          A-0000003 x 2 return-asked
        the removal is in an update
          5 bought: 1 free, 2 active, 2 returning, 0 cooling down
          A-0000001.0 cad 1.0 x 2 until "permanent"
          A-0000001.1 render 1.0 x 4 until "permanent"
          A-0000001 x 2 confirmed
          A-0000002 x 1 cancelled
          A-0000003 x 2 returned-without-receipt
        the receipt of the removal, twice
          5 bought: 1 free, 2 active, 0 returning, 2 cooling down
          A-0000001.0 cad 1.0 x 2 until "permanent"
          A-0000001.1 render 1.0 x 4 until "permanent"
          A-0000001 x 2 confirmed
          A-0000002 x 1 cancelled
          A-0000003 x 2 cooling-down
        two days later
          5 bought: 1 free, 2 active, 0 returning, 2 cooling down
          A-0000001.0 cad 1.0 x 2 until "permanent"
          A-0000001.1 render 1.0 x 4 until "permanent"
          A-0000001 x 2 confirmed
          A-0000002 x 1 cancelled
          A-0000003 x 2 cooling-down
        three days later
          5 bought: 3 free, 2 active, 0 returning, 0 cooling down
          A-0000001.0 cad 1.0 x 2 until "permanent"
          A-0000001.1 render 1.0 x 4 until "permanent"
          A-0000001 x 2 confirmed
          A-0000002 x 1 cancelled
          A-0000003 x 2 returned
        the rest withdrawn, from a container that is believed
          5 bought: 5 free, 0 active, 0 returning, 0 cooling down
          A-0000001 x 2 returned
          A-0000002 x 1 cancelled
          A-0000003 x 2 returned
    "#]]
    .assert_eq(&said);
    let mut said = String::new();
    for command in [back(1, None), back(2, None), back(9, None), withdraw(1, None)] {
        said.push_str(&scene.say(command));
    }
    expect![[r#"
        not-held: activation A-0000001 is returned already
        not-held: activation A-0000002 is cancelled already
        no-activation: there is no activation A-0000009
        not-held: activation A-0000001 is returned already
    "#]]
    .assert_eq(&said);
}

#[test]
fn who_may_give_back_what() {
    let mut scene = Scene::new();
    scene.must(bought(
        1,
        "o1",
        &[
            ("cad 1.0", "perpetual", 5),
            ("site 1.0", "perpetual", 5),
            ("meter 1.0", "perpetual", 2),
            ("cad 1.0", "trial", 1),
        ],
    ));
    scene.must(bought(2, "o1", &[("cad 1.0", "perpetual", 5)]));
    scene.activate((1, Bound), &[(1, 1, 3), (1, 2, 3), (1, 3, 1), (1, 4, 1), (2, 1, 1)]).unwrap();
    scene.ferry(1, None);
    let mut said = String::new();
    for command in [
        back(1, Some(0)),
        back(1, Some(4)),
        back(2, Some(1)),
        back(3, None),
        back(4, None),
        back(5, None),
        withdraw(3, None),
        withdraw(5, None),
        back(1, Some(3)),
    ] {
        said.push_str(&scene.say(command));
    }
    expect![[r#"
        bad-part: 0 of activation A-0000001 can't come back: it has 3
        bad-part: 4 of activation A-0000001 can't come back: it has 3
        bad-part: 1 of activation A-0000002 can't come back: it has 3 and can come back only as a whole
        consumed: line 3 of 040G2-08104-0G208-1040G-2081B is consumed by use (pages): it can't be returned
        no-returns: line 4 of 040G2-08104-0G208-1040G-2081B can't be returned under its terms; ask your vendor
        not-yours: activation A-0000005 does not belong to the activation ID that was given
        {"activation":"A-0000003","step":"withdraw","type":"return-asked"}
        {"activation":"A-0000005","step":"withdraw","type":"return-asked"}
        {"activation":"A-0000001","step":"return","type":"return-asked"}
    "#]].assert_eq(&said);
    expect![[r#"
        withdraw A-0000003: withdraw A-0000003.0
        withdraw A-0000005: withdraw A-0000005.0, withdraw A-0000005.1
        return A-0000001: withdraw A-0000001.0, withdraw A-0000001.1
    "#]]
    .assert_eq(&scene.ferry(1, None));
}

#[test]
fn windows_states_and_ends() {
    let mut scene = Scene::new();
    scene.must(bought(1, "o1", &[("cad 1.0", "year", 5), ("cad 1.0", "first", 5)]));
    let change = |text: &str| {
        let change = serde_json::from_str(text).unwrap();
        let by = "ann".into();
        Command::Entitlement(EntitlementCommand::Change { by, id: id(1), change })
    };
    let mut said = String::new();
    scene.must(change(r#"{"activate_from":"2026-12-01T00:00:00Z"}"#));
    said.push_str(&scene.say_activate((1, Bound), &[(1, 1, 1)]));
    scene.must(change(r#"{"activate_from":null,"activate_until":"2026-12-24T00:00:00Z"}"#));
    said.push_str(&scene.say_activate((1, Bound), &[(1, 1, 1)]));
    scene.later(10);
    said.push_str(&scene.say_activate((1, Bound), &[(1, 2, 1), (1, 2, 1)]));
    said.push_str(&scene.ferry(1, None));
    scene.later(60);
    said.push_str(&scene.say_activate((1, Bound), &[(1, 1, 1)]));
    scene.must(change(r#"{"activate_until":null}"#));
    said.push_str(&scene.say_activate((1, Bound), &[(1, 2, 1)]));
    let turn = |suspend: bool| {
        let (by, id, reason) = ("ann".into(), id(1), None);
        Command::Entitlement(match suspend {
            true => EntitlementCommand::Suspend { by, id, reason },
            false => EntitlementCommand::Withdraw { by, id, reason },
        })
    };
    scene.must(turn(true));
    said.push_str(&scene.say_activate((1, Bound), &[(1, 1, 1)]));
    scene.must(turn(false));
    said.push_str(&scene.say_activate((1, Bound), &[(1, 1, 1)]));
    said.push_str(&scene.holdings(1));
    said.push_str(&scene.ferry(1, None));
    said.push_str(&scene.holdings(1));
    expect![[r#"
        too-early: entitlement 040G2-08104-0G208-1040G-2081B can be activated from 2026-12-01T00:00:00Z on
        {"activation":"A-0000001","activation_id":"040G2-08104-0G208-1040G-2081B","container":"01040G2081040G2081040G2081","line":1,"quantity":1,"step":"activate","type":"activated"}
        {"activation":"A-0000002","activation_id":"040G2-08104-0G208-1040G-2081B","container":"01040G2081040G2081040G2081","line":2,"line_ends":"2027-01-01T08:00:00Z","quantity":1,"step":"activate","type":"activated"}
        {"activation":"A-0000003","activation_id":"040G2-08104-0G208-1040G-2081B","container":"01040G2081040G2081040G2081","line":2,"line_ends":"2027-01-01T08:00:00Z","quantity":1,"step":"activate","type":"activated"}
        activate A-0000001: add A-0000001.0, add A-0000001.1
        activate A-0000002: add A-0000002.0, add A-0000002.1
        activate A-0000003: add A-0000003.0, add A-0000003.1
        too-late: entitlement 040G2-08104-0G208-1040G-2081B could be activated until 2026-12-24T00:00:00Z
        ended: line 2 of 040G2-08104-0G208-1040G-2081B ended at 2027-01-01T08:00:00Z
        entitlement-suspended: entitlement 040G2-08104-0G208-1040G-2081B is suspended
        entitlement-withdrawn: entitlement 040G2-08104-0G208-1040G-2081B is withdrawn
          A-0000001.0 cad 1.0 x 1 until "2027-11-22T08:00:00Z"
          A-0000001.1 render 1.0 x 2 until "2027-11-22T08:00:00Z"
          A-0000002.0 cad 1.0 x 1 until "2027-01-01T08:00:00Z"
          A-0000002.1 render 1.0 x 2 until "2027-01-01T08:00:00Z"
          A-0000003.0 cad 1.0 x 1 until "2027-01-01T08:00:00Z"
          A-0000003.1 render 1.0 x 2 until "2027-01-01T08:00:00Z"
          A-0000001 x 1 return-asked
          A-0000002 x 1 return-asked
          A-0000003 x 1 return-asked
        withdraw A-0000001: withdraw A-0000001.0, withdraw A-0000001.1
        withdraw A-0000002: withdraw A-0000002.0, withdraw A-0000002.1
        withdraw A-0000003: withdraw A-0000003.0, withdraw A-0000003.1
          A-0000001 x 1 returned
          A-0000002 x 1 returned
          A-0000003 x 1 returned
    "#]].assert_eq(&said);
}

#[test]
fn a_trial_is_had_once_per_container_and_ends() {
    let mut scene = Scene::new();
    scene.must(bought(1, "o1", &[("cad 1.0", "trial", 3), ("cad 1.0", "perpetual", 1)]));
    scene.must(bought(2, "o1", &[("cad 1.0", "trial", 1)]));
    let mut said = String::new();
    said.push_str(&scene.say_activate((1, Unbound), &[(1, 1, 1)]));
    said.push_str(&scene.say_activate((1, Unbound), &[(2, 1, 1)]));
    said.push_str(&scene.say_activate((1, Unbound), &[(1, 2, 1)]));
    scene.later(10);
    said.push_str(&scene.say_activate((2, Bound), &[(2, 1, 1)]));
    said.push_str(&scene.say_activate((3, Server), &[(1, 1, 1)]));
    said.push_str(&scene.ferry(1, None));
    said.push_str(&scene.ferry(2, None));
    said.push_str(&scene.holdings(1));
    said.push_str(&scene.holdings(2));
    expect![[r#"
        {"activation":"A-0000001","activation_id":"040G2-08104-0G208-1040G-2081B","container":"01040G2081040G2081040G2081","line":1,"quantity":1,"step":"activate","type":"activated"}
        trial-used: container T-SJ6D-877F-J1YS had cad for trial already, by A-0000001
        unbound-container: line 2 of 040G2-08104-0G208-1040G-2081B has no end: a container that is bound to nothing takes trials only
        {"activation":"A-0000002","activation_id":"08104-0G208-1040G-20810-40G2H","container":"02081040G2081040G2081040G2","line":1,"quantity":1,"step":"activate","type":"activated"}
        wrong-container-kind: line 1 of 040G2-08104-0G208-1040G-2081B may not be in a container of kind server: only in bound, unbound
        activate A-0000001: add A-0000001.0, add A-0000001.1
        activate A-0000002: add A-0000002.0, add A-0000002.1
          A-0000001.0 cad 1.0 x 1 until "2026-12-22T08:00:00Z"
          A-0000001.1 render 1.0 x 2 until "2026-12-22T08:00:00Z"
          A-0000001 x 1 confirmed
          A-0000002.0 cad 1.0 x 1 until "2027-01-01T08:00:00Z"
          A-0000002.1 render 1.0 x 2 until "2027-01-01T08:00:00Z"
          A-0000002 x 1 confirmed
    "#]].assert_eq(&said);
}
