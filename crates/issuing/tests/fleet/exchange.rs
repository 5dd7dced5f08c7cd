//! Contexts in, updates out, receipts back: lost, late, doubled, mixed up.

use super::stage::*;
use expect_test::expect;
use serde_json::json;
use tenure_document::{BindingLevel, ContainerKind};
use tenure_issuing::office::*;

#[test]
fn a_ferry_brings_a_new_container_to_what_was_chosen() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    expect![[r#"
        container-met generation=1 kind=bound
        context-taken finding={is:acknowledges,sequence:0}
        activated activation=A-0000001 container=01040G2081040G2081040G2081 line=1 quantity=2 step=activate
        activated activation=A-0000002 container=01040G2081040G2081040G2081 line=2 quantity=3 step=activate
        ops-issued first=1 ops=[certify,add A-0000001.0 x 2,add A-0000002.0 x 6]
          a: Ok(3) of 3
        acknowledged by_receipt=true confirmed=[A-0000001,A-0000002] said_at=2026-11-22T00:00:01Z sequence=3
    "#]].assert_eq(&stage.ferry("a", &[choice(1, 1, 2), choice(1, 2, 3)]));
    expect![[r#"
        holds [A-0000001.0 x 2, A-0000002.0 x 6]; books [A-0000001 x 2 confirmed, A-0000002 x 3 confirmed]
    "#]].assert_eq(&stage.holdings("a"));
    expect!["8 free, 2 active, 0 returning, 0 cooling down"].assert_eq(&stage.line(1, 1));
    // Nothing is pending: the next contact only tells that it was there.
    expect![[r#"
        context-taken finding={is:acknowledges,sequence:3}
          a: Ok(0) of 0
        nothing
    "#]]
    .assert_eq(&stage.ferry("a", &[]));
}

#[test]
fn a_retry_changes_nothing_and_gets_the_same_update() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    let context = stage.devices["a"].context(stage.now);
    let claims = [choice(1, 1, 2)];
    stage.take(context.clone(), portal(1), &claims).unwrap();
    let first = stage.update("a").unwrap();
    expect![[r#"
        nothing
    "#]]
    .assert_eq(&told(stage.take(context, portal(1), &[])));
    assert_eq!(stage.update("a").unwrap(), first);
}

#[test]
fn lost_receipts_and_lost_updates_do_no_harm() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    stage.exchange("a", &[choice(1, 1, 1)]).unwrap();
    let first = stage.update("a").unwrap();
    stage.exchange("a", &[choice(1, 1, 1)]).unwrap();
    stage.exchange("a", &[choice(1, 2, 1)]).unwrap();
    let third = stage.update("a").unwrap();
    // Only the newest arrives, and its receipt is lost: the next context says it.
    assert_eq!(stage.deliver("a", &third), Ok(4));
    assert_eq!(stage.deliver("a", &first), Ok(0));
    expect![[r#"
        context-taken finding={is:acknowledges,sequence:4}
        acknowledged confirmed=[A-0000001,A-0000002,A-0000003] sequence=4
    "#]]
    .assert_eq(&told(stage.exchange("a", &[])));
    expect![[r#"
        holds [A-0000001.0 x 1, A-0000002.0 x 1, A-0000003.0 x 2]; books [A-0000001 x 1 confirmed, A-0000002 x 1 confirmed, A-0000003 x 1 confirmed]
    "#]].assert_eq(&stage.holdings("a"));
    // A receipt that comes late or twice.
    expect![[r#"
        nothing
    "#]]
    .assert_eq(&told(stage.receipt("a")));
}

#[test]
fn what_is_taken_back_is_free_again_when_its_removal_is_credible() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    stage.ferry("a", &[choice(1, 1, 4)]);
    let back = json!({"activation": {"return": {"by": {"portal": {"activation_id": id(1)}}, "activation": "A-0000001", "quantity": 3}}});
    stage.must(back);
    expect!["6 free, 1 active, 3 returning, 0 cooling down"].assert_eq(&stage.line(1, 1));
    expect![[r#"
        context-taken finding={is:acknowledges,sequence:2}
        ops-issued first=3 ops=[withdraw A-0000001.0 x 3]
          a: Ok(1) of 1
        acknowledged by_receipt=true removed=[{activation:A-0000002,back_at:2026-11-29T00:00:02Z}] said_at=2026-11-22T00:00:02Z sequence=3
    "#]].assert_eq(&stage.ferry("a", &[]));
    expect!["6 free, 1 active, 0 returning, 3 cooling down"].assert_eq(&stage.line(1, 1));
    stage.days(7);
    expect!["9 free, 1 active, 0 returning, 0 cooling down"].assert_eq(&stage.line(1, 1));
    expect![[r#"
        holds [A-0000001.0 x 1]; books [A-0000001 x 1 confirmed, A-0000002 x 3 returned]
    "#]]
    .assert_eq(&stage.holdings("a"));
}

#[test]
fn an_anchored_container_is_believed_at_once() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    stage.ferry("a", &[choice(1, 1, 4)]);
    let id = stage.id_of("a");
    stage.must(json!({"container": {"describe": {"by": "ann", "id": id, "anchored": true}}}));
    stage.must(json!({"activation": {"withdraw": {"by": "ann", "activation": "A-0000001"}}}));
    stage.ferry("a", &[]);
    expect!["10 free, 0 active, 0 returning, 0 cooling down"].assert_eq(&stage.line(1, 1));
}

#[test]
fn a_container_that_says_itself_that_it_is_anchored_is_not_believed() {
    let anchored = BindingLevel { matched: 1, total: 1, threshold: 1, anchored: true };
    let mut stage = Stage::new();
    stage.device("a", 1);
    for claims in [&[choice(1, 1, 4)][..], &[]] {
        stage.later(1);
        let says =
            stage.devices["a"].altered(stage.now, |context| context.binding = Some(anchored));
        stage.take(says, portal(1), claims).unwrap();
    }
    stage.must(json!({"activation": {"withdraw": {"by": "ann", "activation": "A-0000001"}}}));
    stage.ferry("a", &[]);
    expect![[r#"
        6 free, 0 active, 0 returning, 4 cooling down"#]]
    .assert_eq(&stage.line(1, 1));
}

#[test]
fn old_files_are_told_from_restored_containers() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    let old = stage.devices["a"].context(stage.now);
    stage.later(60);
    let before = stage.devices["a"].clone();
    stage.ferry("a", &[choice(1, 1, 1)]);
    stage.ferry("a", &[]);
    expect![[r#"
        stale-context: this context was made at 2026-11-22T00:00:00Z, the office has one of container T-SJ6D-877F-J1YS from 2026-11-22T00:01:02Z that says more: make a new context on the device and send that
    "#]].assert_eq(&told(stage.take(old, portal(1), &[])));
    // The same state, shown anew, is a restored copy.
    stage.devices.insert("a".into(), before);
    expect![[r#"
        context-taken finding={is:rollback,seen:0}
    "#]]
    .assert_eq(&told(stage.exchange("a", &[])));
    assert_eq!(stage.update("a"), None);
}

#[test]
fn a_context_that_its_own_receipt_overtook_accuses_nobody() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    let issued = stage.exchange("a", &[choice(1, 1, 1)]);
    assert!(issued.is_ok());
    let update = stage.update("a").expect("an update");
    stage.later(60);
    let late = stage.devices["a"].context(stage.now);
    stage.later(60);
    stage.deliver("a", &update).expect("it fits");
    assert!(stage.receipt("a").is_ok());
    expect![[r#"
        stale-context: this context was made at 2026-11-22T00:01:01Z, the office has one of container T-SJ6D-877F-J1YS from 2026-11-22T00:02:01Z that says more: make a new context on the device and send that
    "#]].assert_eq(&told(stage.take(late, portal(1), &[])));
}

#[test]
fn copies_and_foreign_histories_are_found_and_kept_apart() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    stage.exchange("a", &[choice(1, 1, 1)]).unwrap();
    let update = stage.update("a").unwrap();
    stage.copy("a", "b");
    stage.deliver("a", &update).unwrap();
    stage.exchange("a", &[]).unwrap();
    // The copy applied the same file by itself.
    stage.deliver("b", &update).unwrap();
    expect![[r#"
        context-taken finding={is:clone,other:nGPuSut-L8wDZkrh2Loa-xSxRPgZnpgOcvKdV7yTegc,seen:2}
    "#]]
    .assert_eq(&told(stage.exchange("b", &[choice(1, 1, 1)])));
    // Both go on being seen, each as itself.
    stage.exchange("a", &[]).unwrap();
    stage.exchange("b", &[]).unwrap();
    let lineages = stage.of("a").lineages.iter();
    let seen: Vec<_> =
        lineages.map(|one| (one.sequence, one.last_seen.as_seconds() % 100)).collect();
    expect!["[(2, 4), (2, 5)] clone"]
        .assert_eq(&format!("{seen:?} {}", stage.of("a").state.code()));
    expect![[r#"
        clone: container T-SJ6D-877F-J1YS is in state "clone": nothing is issued to it until your vendor has decided about it
    "#]].assert_eq(&stage.say(json!({"container": {"push": {"by": "system", "id": stage.id_of("a")}}})));
}

#[test]
fn a_history_that_was_never_issued_is_a_fork() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    stage.ferry("a", &[choice(1, 1, 1)]);
    let at = stage.now.plus(std::time::Duration::from_secs(5));
    let odd = stage.devices["a"]
        .altered(at, |context| context.history_hash = tenure_document::Hash::of(b"x"));
    expect![[r#"
        context-taken finding={is:fork,seen:2}
    "#]]
    .assert_eq(&told(stage.take(odd, staff("ann"), &[])));
}

#[test]
fn who_may_make_a_container_known() {
    let mut stage = Stage::new();
    for number in 1..=4 {
        stage.device(&format!("d{number}"), number);
    }
    let set =
        |change: serde_json::Value| json!({"policy": {"change": {"by": "ann", "change": change}}});
    stage.must(set(json!({"unclaimed_max": 1})));
    let mut said = String::new();
    said += &told(stage.exchange("d1", &[]).map(|_| Vec::new()));
    said += &told(stage.exchange("d2", &[]).map(|_| Vec::new()));
    said += &told(stage.exchange("d2", &[choice(1, 1, 1)]).map(|_| Vec::new()));
    stage.must(set(json!({"registration": "activation"})));
    said += &told(stage.exchange("d3", &[]).map(|_| Vec::new()));
    stage.must(set(json!({"registration": "staff"})));
    said += &told(stage.exchange("d3", &[choice(1, 1, 1)]).map(|_| Vec::new()));
    let context = stage.devices["d3"].context(stage.now);
    said += &told(stage.take(context, staff("ann"), &[]).map(|_| Vec::new()));
    let used = stage.devices["d4"].altered(stage.now, |context| context.sequence = 3);
    said += &told(stage.take(used, staff("ann"), &[]));
    expect![[r#"
        nothing
        too-many-unclaimed: the office keeps at most 1 containers in which nothing was ever activated and has them; activate something in container T-54NF-VRXP-9SKZ, or ask your vendor
        nothing
        registration-closed: the office does not know container T-CECZ-DP33-P27R and takes new ones with an activation only: enter an activation ID
        registration-closed: the office does not know container T-CECZ-DP33-P27R and takes new ones from its staff only: ask your vendor
        nothing
        not-new: container T-K5AR-N20Z-1CHY is new to this office but shows 3 operations: they were issued by another office or by hand; make a new container, or ask your vendor
    "#]].assert_eq(&said);
}

#[test]
fn whoever_shows_an_activation_id_gets_at_containers_with_something_of_it_only() {
    let mut stage = Stage::new();
    stage.must(json!({"customer": {"make": {"by": "ann", "facts": {"name": "Other"}}}}));
    stage.buy(2, "C-000002", "perpetual", 5);
    stage.device("d", 1);
    let id = stage.id_of("d");
    let activate = |stage: &mut Stage, number: u8| {
        let choices = vec![choice(number, 1, 1)];
        let command = ActivationCommand::Activate { by: portal(number), container: id, choices };
        told(stage.run(&Command::Activation(command)).map(|_| Vec::new()))
    };
    let mut said = activate(&mut stage, 1);
    stage.ferry("d", &[choice(1, 1, 1)]);
    said += &activate(&mut stage, 1);
    said += &activate(&mut stage, 2);
    stage.ferry("d", &[choice(2, 1, 1)]);
    said += &activate(&mut stage, 2);
    for activation in ["A-0000001", "A-0000002"] {
        let back = json!({"return": {"by": portal(1), "activation": activation}});
        stage.must(json!({"activation": back}));
    }
    stage.ferry("d", &[]);
    stage.days(8);
    said += &activate(&mut stage, 1);
    said += &activate(&mut stage, 2);
    // What is given up may still be named by those whose it was.
    stage.must(json!({"container": {"replace": {"by": portal(2), "id": id, "why": "lost"}}}));
    for number in [1, 2] {
        said += &format!("{number}: {}\n", stage.office.may_name(id, &[self::id(number)]));
    }
    expect![[r#"
        no-container: the office does not know container T-SJ6D-877F-J1YS; send its context first
        nothing
        no-container: the office does not know container T-SJ6D-877F-J1YS; send its context first
        nothing
        no-container: the office does not know container T-SJ6D-877F-J1YS; send its context first
        nothing
        1: false
        2: true
    "#]]
    .assert_eq(&said);
}

#[test]
fn more_than_one_document_holds_comes_in_several() {
    let mut stage = Stage::new();
    stage.careful = false;
    stage.buy(2, "C-000001", "perpetual", 5_000);
    stage.device("a", 1);
    stage.exchange("a", &[]).unwrap();
    let by = staff("ann");
    for _ in 0..50 {
        let choices = vec![choice(2, 1, 1); 100];
        let container = stage.id_of("a");
        let command = ActivationCommand::Activate { by: by.clone(), container, choices };
        stage.run(&Command::Activation(command)).unwrap();
    }
    let mut rounds = Vec::new();
    for _ in 0..5 {
        stage.exchange("a", &[]).unwrap();
        let update = stage.update("a").unwrap();
        let size = serde_json::to_vec(&update).unwrap().len();
        assert!(size < 700_000, "{size} bytes");
        rounds.push(stage.deliver("a", &update));
    }
    expect!["[Ok(1996), Ok(2014), Ok(991), Ok(0), Ok(0)]"].assert_eq(&format!("{rounds:?}"));
}

#[test]
fn what_a_revocation_list_leaves_no_room_for_comes_with_the_next_update() {
    let mut stage = Stage::new();
    stage.careful = false;
    stage.buy(2, "C-000001", "perpetual", 5_000);
    stage.device_of("a", 1, ContainerKind::Server);
    let choices = vec![choice(2, 1, 1); 200];
    for _ in 0..10 {
        stage.exchange("a", &choices).unwrap();
    }
    // The list comes when the operations are issued already.
    stage.publish_list(1, strangers(4_000)).unwrap();
    let mut rounds = Vec::new();
    for _ in 0..3 {
        let update = stage.update("a").unwrap();
        let size = serde_json::to_vec(&update).unwrap().len();
        assert!(size < 570_000, "{size} bytes");
        let pool = stage.office.pool_for(&update).is_some();
        rounds.push((stage.deliver("a", &update), update.attachments.revocation.is_some(), pool));
        stage.exchange("a", &[]).unwrap();
    }
    expect!["[(Ok(866), true, false), (Ok(1135), false, true), (Ok(0), false, true)]"]
        .assert_eq(&format!("{rounds:?}"));
}

#[test]
fn a_certificate_says_whose_the_container_is_where_something_moves_within_the_account() {
    let mut stage = Stage::new();
    let terms = json!({"moves": {"times": 9, "within_account": true}});
    let model = json!({"name": "ours", "terms": terms});
    stage.must(json!({"catalog": {"set-model": {"by": "ann", "model": model}}}));
    stage.buy(2, "C-000001", "ours", 5);
    stage.device("a", 1);
    let mut said = String::new();
    for claims in [&[choice(2, 1, 1)][..], &[], &[]] {
        said += &told(stage.exchange("a", claims));
        said += &format!("{:?}\n", stage.of("a").account);
    }
    expect![[r#"
        container-met generation=1 kind=bound
        context-taken finding={is:acknowledges,sequence:0}
        activated activation=A-0000001 container=01040G2081040G2081040G2081 line=1 quantity=1 step=activate
        ops-issued first=1 ops=[certify,add A-0000001.0 x 1]
        None
        context-taken finding={is:acknowledges,sequence:0}
        ops-issued account=C-000001 first=3 ops=[certify]
        Some(C-000001)
        context-taken finding={is:acknowledges,sequence:0}
        Some(C-000001)
    "#]].assert_eq(&said);
}

#[test]
fn a_certificate_that_ends_comes_anew_when_half_of_its_time_is_gone() {
    let mut stage = Stage::new();
    let days = |days: u32| json!({"policy": {"change": {"by": "ann", "change": {"certificate_days": days}}}});
    stage.must(days(10));
    stage.device("a", 1);
    let mut said = String::new();
    for waited in [0, 4, 2] {
        stage.days(waited);
        said += &(format!("{waited} days later\n") + &stage.ferry("a", &[]));
    }
    // What is made without a context brings it as well.
    stage.days(6);
    said += &stage.push("a");
    said += &stage.push("a");
    // Once certificates have no end, the one that has is made good, and once they have, the one that has none.
    for change in [0, 10] {
        stage.must(days(change));
        said += &(stage.push("a") + &stage.push("a"));
    }
    expect![[r#"
        0 days later
        container-met generation=1 kind=bound
        context-taken finding={is:acknowledges,sequence:0}
        ops-issued certified_until=2026-12-02T00:00:01Z first=1 ops=[certify]
          a: Ok(1) of 1
        acknowledged by_receipt=true said_at=2026-11-22T00:00:01Z sequence=1
        4 days later
        context-taken finding={is:acknowledges,sequence:1}
          a: Ok(0) of 0
        nothing
        2 days later
        context-taken finding={is:acknowledges,sequence:1}
        ops-issued certified_until=2026-12-08T00:00:03Z first=2 ops=[certify]
          a: Ok(1) of 1
        acknowledged by_receipt=true said_at=2026-11-28T00:00:03Z sequence=2
        ops-issued certified_until=2026-12-14T00:00:03Z first=3 ops=[certify]
        nothing
        ops-issued first=4 ops=[certify]
        nothing
        ops-issued certified_until=2026-12-14T00:00:03Z first=5 ops=[certify]
        nothing
    "#]]
    .assert_eq(&said);
}
