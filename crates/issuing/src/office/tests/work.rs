//! What updates do: the fixed order, upgrades, extensions, parts.

use super::scene::*;
use crate::office::*;
use expect_test::expect;
use tenure_document::ContainerKind::Bound;

fn number(no: u32) -> ActivationNo {
    ActivationNo::new(no).unwrap()
}

fn line_command(text: &str) -> Command {
    let text = text.replace("E1", &id(1).to_string());
    Command::Entitlement(serde_json::from_str(&text).unwrap())
}

#[test]
fn one_update_does_everything_in_a_fixed_order() {
    let mut scene = Scene::new();
    scene.must(bought(
        1,
        "o1",
        &[("cad 1.0", "perpetual", 9), ("cad 1.0", "year", 9), ("site 1.0", "perpetual", 9)],
    ));
    scene.activate((1, Bound), &[(1, 1, 4), (1, 1, 1), (1, 2, 1)]).unwrap();
    scene.ferry(1, None);
    // Activated, replaced, assigned, returned, withdrawn: asked for in the wrong order.
    scene.activate((1, Bound), &[(1, 3, 1)]).unwrap();
    scene.must(line_command(
        r#"{"extend":{"by":"ann","id":"E1","line":2,"by_how_much":{"days":30}}}"#,
    ));
    let target = Target { id: container(1), kind: Bound };
    let choice = Choice { activation_id: id(1), line: 1, quantity: 2 };
    let staff = Asker::Staff("ann".into());
    let made = scene.office.decide_activations(&staff, &[choice], &target, scene.now).unwrap();
    scene.apply(&made.into_iter().map(Event::Activated).collect::<Vec<_>>());
    let by = Asker::System;
    for (activation, quantity) in [(number(1), Some(1)), (number(1), None)] {
        scene.must(Command::Activation(ActivationCommand::Return {
            by: by.clone(),
            activation,
            quantity,
        }));
    }
    scene.must(Command::Activation(ActivationCommand::Withdraw {
        by: "ann".into(),
        activation: number(2),
        quantity: None,
        reason: None,
    }));
    expect![[r#"
        withdraw A-0000002: withdraw A-0000002.0, withdraw A-0000002.1
        return A-0000006: withdraw 1 of A-0000001.0, withdraw 2 of A-0000001.1
        return A-0000001: withdraw A-0000001.0, withdraw A-0000001.1
        assign A-0000005: add A-0000005.0, add A-0000005.1
        replace A-0000003: replace A-0000003.0, replace A-0000003.1
        activate A-0000004: add A-0000004.0
    "#]]
    .assert_eq(&scene.ferry(1, None));
    expect![[r#"
        holds
          A-0000003.0 cad 1.0 x 1 until "2027-12-22T08:00:00Z"
          A-0000003.1 render 1.0 x 2 until "2027-12-22T08:00:00Z"
          A-0000004.0 site 1.0 x "uncounted" until "permanent"
          A-0000005.0 cad 1.0 x 2 until "permanent"
          A-0000005.1 render 1.0 x 4 until "permanent"
          A-0000001 x 3 returned
          A-0000002 x 1 returned
          A-0000003 x 1 confirmed
          A-0000004 x 1 confirmed
          A-0000005 x 2 confirmed
          A-0000006 x 1 returned
    "#]]
    .assert_eq(&format!("holds\n{}", scene.holdings(1)));
    expect![[r#"
        nothing
    "#]]
    .assert_eq(&scene.ferry(1, None));
}

#[test]
fn an_upgrade_reaches_every_container_and_features_keep_their_items() {
    let mut scene = Scene::new();
    scene.must(bought(1, "o1", &[("cad 1.0", "perpetual", 9)]));
    scene.activate((1, Bound), &[(1, 1, 4)]).unwrap();
    scene.activate((2, Bound), &[(1, 1, 2)]).unwrap();
    scene.ferry(1, None);
    scene.must(Command::Activation(ActivationCommand::Return {
        by: Asker::System,
        activation: number(1),
        quantity: Some(1),
    }));
    scene.must(line_command(
        r#"{"upgrade":{"by":"ann","id":"E1","line":1,"to":{"product":"cad","version":"2.0"}}}"#,
    ));
    let mut said = String::new();
    said.push_str(&scene.ferry(1, None));
    said.push_str(&scene.holdings(1));
    said.push_str(&scene.ferry(2, None));
    said.push_str(&scene.holdings(2));
    scene.must(line_command(
        r#"{"replace":{"by":"ann","id":"E1","line":1,"with":{"product":{"product":"cad","version":"1.0"},"model":"year"}}}"#,
    ));
    said.push_str(&scene.ferry(1, None));
    said.push_str(&scene.holdings(1));
    expect![[r#"
        return A-0000003: withdraw 1 of A-0000001.0, withdraw 2 of A-0000001.1
        replace A-0000001: withdraw A-0000001.1, add A-0000001.2, replace A-0000001.0
          A-0000001.0 cad 2.0 x 3 until "permanent"
          A-0000001.2 vr 2.0 x 3 until "permanent"
          A-0000001 x 3 confirmed
          A-0000003 x 1 returned
        activate A-0000002: add A-0000002.2, add A-0000002.0
          A-0000002.0 cad 2.0 x 2 until "permanent"
          A-0000002.2 vr 2.0 x 2 until "permanent"
          A-0000002 x 2 confirmed
        replace A-0000001: withdraw A-0000001.2, replace A-0000001.0, add A-0000001.1
          A-0000001.0 cad 1.0 x 3 until "2027-11-22T08:00:00Z"
          A-0000001.1 render 1.0 x 6 until "2027-11-22T08:00:00Z"
          A-0000001 x 3 confirmed
          A-0000003 x 1 returned
    "#]]
    .assert_eq(&said);
}

#[test]
fn work_for_activations_that_are_decided_but_not_recorded() {
    let mut scene = Scene::new();
    scene.must(bought(1, "o1", &[("cad 1.0", "first", 9)]));
    let target = Target { id: container(1), kind: Bound };
    let choice = Choice { activation_id: id(1), line: 1, quantity: 2 };
    let by = Asker::Container(container(1));
    let made = scene.office.decide_activations(&by, &[choice], &target, scene.now).unwrap();
    let before = scene.office.work(container(1), &made, scene.now);
    scene.apply(&made.into_iter().map(Event::Activated).collect::<Vec<_>>());
    assert_eq!(before, scene.office.work(container(1), &[], scene.now));
    expect![[r#"
        {
          "op": "add",
          "item": {
            "id": "A-0000001.1",
            "feature": "render",
            "version": "1.0",
            "count": 4,
            "expiry": "2026-12-22T08:00:00Z",
            "product": "cad",
            "activation_id": "A-0000001",
            "entitlement_id": "040G2-08104-0G208-1040G-2081B/1",
            "issuer": "Acme"
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&before[0].ops[1]).unwrap());
}

#[test]
fn a_new_generation_gets_everything_again_and_a_lost_container_frees_it() {
    let mut scene = Scene::new();
    scene.must(bought(1, "o1", &[("cad 1.0", "perpetual", 9)]));
    scene.activate((1, Bound), &[(1, 1, 4), (1, 1, 2)]).unwrap();
    scene.ferry(1, None);
    scene.must(Command::Activation(ActivationCommand::Return {
        by: Asker::System,
        activation: number(2),
        quantity: None,
    }));
    let mut said = String::new();
    [1, 2].iter().for_each(|no| scene.office.activation_reissue(number(*no), scene.now));
    scene.shelves.clear();
    said.push_str(&scene.holdings(1));
    said.push_str(&scene.ferry(1, None));
    said.push_str(&scene.holdings(1));
    [1, 2].iter().for_each(|no| scene.office.activation_written_off(number(*no), scene.now));
    said.push_str(&scene.count(1, 1));
    expect![[r#"
          A-0000001 x 4 assigned
          A-0000002 x 2 returned
        assign A-0000001: add A-0000001.0, add A-0000001.1
          A-0000001.0 cad 1.0 x 4 until "permanent"
          A-0000001.1 render 1.0 x 8 until "permanent"
          A-0000001 x 4 confirmed
          A-0000002 x 2 returned
        9 bought: 9 free, 0 active, 0 returning, 0 cooling down"#]]
    .assert_eq(&said);
}

#[test]
fn a_part_is_taken_out_before_the_rest_whoever_asked() {
    let mut scene = Scene::new();
    scene.must(bought(1, "o1", &[("cad 1.0", "perpetual", 9)]));
    scene.activate((1, Bound), &[(1, 1, 4)]).unwrap();
    scene.ferry(1, None);
    let activation = number(1);
    let (by, quantity) = (Asker::System, Some(1));
    scene.must(Command::Activation(ActivationCommand::Return { by, activation, quantity }));
    let (by, quantity, reason) = ("ann".into(), None, None);
    scene.must(Command::Activation(ActivationCommand::Withdraw {
        by,
        activation,
        quantity,
        reason,
    }));
    expect![[r#"
        return A-0000002: withdraw 1 of A-0000001.0, withdraw 2 of A-0000001.1
        withdraw A-0000001: withdraw A-0000001.0, withdraw A-0000001.1
    "#]]
    .assert_eq(&scene.ferry(1, None));
}

#[test]
fn days_that_count_from_the_first_use_begin_at_the_replacement_for_units_in_use() {
    let mut scene = Scene::new();
    let lines = [("cad 1.0", "trial", 9), ("meter 1.0", "trial", 9)];
    scene.must(bought(1, "o1", &lines));
    scene.activate((1, Bound), &[(1, 1, 2)]).unwrap();
    scene.ferry(1, None);
    scene.later(7);
    for line in ["1", "2"] {
        let command = r#"{"replace":{"by":"ann","id":"E1","line":LINE,"with":{"product":{"product":"cad","version":"1.0"},"model":"first"}}}"#;
        scene.must(line_command(&command.replace("LINE", line)));
    }
    scene.ferry(1, None);
    let ends = |line: usize| scene.office.entitlements().get(id(1)).unwrap().lines[line].ends;
    let said = format!("now {}, lines end {:?} {:?}\n", scene.now, ends(0), ends(1));
    expect![[r#"
        now 2026-11-29T08:00:00Z, lines end Some(2026-12-29T08:00:00Z) None
          A-0000001.0 cad 1.0 x 2 until "2026-12-29T08:00:00Z"
          A-0000001.1 render 1.0 x 4 until "2026-12-29T08:00:00Z"
          A-0000001 x 2 confirmed
    "#]]
    .assert_eq(&(said + &scene.holdings(1)));
}

#[test]
fn days_that_count_from_the_first_use_are_not_those_of_what_was_replaced() {
    let mut scene = Scene::new();
    scene.must(bought(1, "o1", &[("cad 1.0", "first", 9), ("meter 1.0", "first", 9)]));
    scene.activate((1, Bound), &[(1, 1, 2), (1, 2, 1)]).unwrap();
    let mut said = scene.ferry(1, None);
    let mut step = |scene: &mut Scene, line: u32, days: u32| {
        let validity = format!(r#"{{"subscription":{{"days":{days},"from":"first-activation"}}}}"#);
        let with = r#"{"product":{"product":"cad","version":"1.0"},"model":"first","terms":{"validity":VALIDITY}}"#;
        let with = with.replace("VALIDITY", &validity);
        scene.must(line_command(&format!(
            r#"{{"replace":{{"by":"ann","id":"E1","line":{line},"with":{with}}}}}"#
        )));
        let ends = scene.office.entitlements().line(id(1), line).unwrap().ends;
        said += &format!("{}: {days} days, line {line} ends {ends:?}\n", scene.now);
    };
    scene.later(25);
    step(&mut scene, 1, 30);
    step(&mut scene, 1, 365);
    scene.later(25);
    step(&mut scene, 1, 365);
    // The days of this one have ended.
    step(&mut scene, 2, 365);
    for no in [1, 2] {
        scene.must(Command::Activation(ActivationCommand::Return {
            by: Asker::System,
            activation: number(no),
            quantity: None,
        }));
    }
    scene.ferry(1, None);
    // With nothing in use they wait for the next activation.
    step(&mut scene, 1, 100);
    expect![[r#"
        activate A-0000001: add A-0000001.0, add A-0000001.1
        activate A-0000002: add A-0000002.0
        2026-12-17T08:00:00Z: 30 days, line 1 ends Some(2026-12-22T08:00:00Z)
        2026-12-17T08:00:00Z: 365 days, line 1 ends Some(2027-12-17T08:00:00Z)
        2027-01-11T08:00:00Z: 365 days, line 1 ends Some(2027-12-17T08:00:00Z)
        2027-01-11T08:00:00Z: 365 days, line 2 ends Some(2028-01-11T08:00:00Z)
        2027-01-11T08:00:00Z: 100 days, line 1 ends None
    "#]]
    .assert_eq(&said);
}
