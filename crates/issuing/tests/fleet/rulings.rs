//! What people and policies decide about containers: restored, copied, lost, broken, revoked, of a new generation.

use super::publisher::server_key;
use super::stage::*;
use expect_test::expect;
use serde_json::json;
use tenure_document::{Bytes, Count, Direction, Hash, Move, MoveState, Op, Signer, vouch_message};
use tenure_issuing::office::*;

fn rule(stage: &Stage, name: &str, ruling: serde_json::Value) -> serde_json::Value {
    json!({"container": {"rule": {"by": "kim", "id": stage.id_of(name), "ruling": ruling}}})
}

fn replace(stage: &Stage, name: &str, by: Asker, why: &str) -> serde_json::Value {
    json!({"container": {"replace": {"by": by, "id": stage.id_of(name), "why": why}}})
}

/// The operations that were issued to a container after one number, up to and including another.
fn issued(stage: &Stage, name: &str, (after, to): (u64, u64)) -> Vec<Op> {
    let mut ops = Vec::new();
    for event in &stage.told {
        if let Event::OpsIssued(issued) = event
            && issued.id == stage.id_of(name)
        {
            let numbered = (issued.first..).zip(&issued.ops);
            ops.extend(
                numbered.filter(|(no, _)| (after + 1..=to).contains(no)).map(|(_, op)| op.clone()),
            );
        }
    }
    ops
}

/// The first context of a device's next generation, with another key.
fn next_generation(
    stage: &mut Stage,
    name: &str,
    vouched: bool,
) -> tenure_document::Verified<tenure_document::Context> {
    next_generation_that_tells(stage, name, vouched, Vec::new())
}

fn next_generation_that_tells(
    stage: &mut Stage,
    name: &str,
    vouched: bool,
    moves: Vec<Move>,
) -> tenure_document::Verified<tenure_document::Context> {
    stage.later(1);
    let (old, seed) = (stage.devices[name].signer(), stage.devices[name].seed);
    let at = stage.now;
    let next = server_key(seed + 100);
    let device = stage.devices.get_mut(name).unwrap();
    device.seed += 100;
    device.altered(at, |context| {
        context.generation += 1;
        (context.moved, context.moves) = (moves.len() as u64, moves);
        (context.sequence, context.history_hash) = (0, Hash::ZERO);
        context.key = next.public().clone();
        context.ratchet = Hash::of(b"anew");
        context.pending.clear();
        let message = vouch_message(context.id, context.generation, next.public().id());
        context.vouch = vouched.then(|| old.sign(&message).into());
    })
}

/// A container of nobody says in its new generation that it got what a license server has.
#[test]
fn a_new_generation_is_given_nothing_by_its_own_word() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    stage.ferry("a", &[choice(1, 1, 1)]);
    stage.device("thief", 2);
    stage.ferry("thief", &[]);
    let claimed = Move {
        nonce: Bytes(vec![9; 16]),
        direction: Direction::In,
        item_id: "A-0000001.0".into(),
        count: Count::Counted(1),
        other: stage.id_of("a"),
        transfer: Hash::of(b"no transfer"),
        state: MoveState::Received,
    };
    let context = next_generation_that_tells(&mut stage, "thief", true, vec![claimed]);
    let by = Asker::Container(context.id);
    let said = told(stage.take(context, by, &[]));
    expect![[r#"
        move-reported report={count:1,direction:in,item_id:A-0000001.0,state:received} state=claimed
        regenerated generation=2
        context-taken finding={is:acknowledges,sequence:0}
        ops-issued first=1 ops=[certify]
    "#]]
    .assert_eq(&said);
}

#[test]
fn a_restored_container_is_accepted_with_exactly_what_it_forgot() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    stage.ferry("a", &[choice(1, 1, 1)]);
    let backup = stage.devices["a"].clone();
    stage.ferry("a", &[choice(1, 2, 1)]);
    stage.ferry("a", &[choice(1, 2, 2)]);
    stage.devices.insert("a".into(), backup);
    let mut said = told(stage.exchange("a", &[choice(1, 1, 1)]));
    let forgotten = stage.office.forgotten(stage.id_of("a")).unwrap();
    let ops = issued(&stage, "a", forgotten);
    let short = rule(&stage, "a", json!({"accept-restored": {"forgotten": ops[1..]}}));
    said += &stage.say(short);
    let right = rule(&stage, "a", json!({"accept-restored": {"forgotten": ops}}));
    said += "accepted\n";
    stage.must(right.clone());
    said += &stage.ferry("a", &[]);
    said += &stage.holdings("a");
    said += &stage.say(right);
    expect![[r#"
        context-taken finding={is:rollback,seen:2}
        wrong-forgotten: these are not the operations 3 to 4 of container T-SJ6D-877F-J1YS: take them from the ledger's `ops-issued` events
        accepted
        context-taken finding={is:acknowledges,sequence:2}
          a: Ok(2) of 2
        acknowledged by_receipt=true said_at=2026-11-22T00:00:05Z sequence=4
        holds [A-0000001.0 x 1, A-0000002.0 x 2, A-0000003.0 x 4]; books [A-0000001 x 1 confirmed, A-0000002 x 1 confirmed, A-0000003 x 2 confirmed]
        ruling-does-not-fit: container T-SJ6D-877F-J1YS is in state "known"; accept-restored is for containers in state "rollback"
    "#]].assert_eq(&said);
}

#[test]
fn a_restored_container_that_is_accepted_has_no_new_generation_to_come() {
    let mut stage = Stage::new();
    stage.must(json!({"policy": {"change": {"by": "ann", "change": {"replacements": 0}}}}));
    stage.device("a", 1);
    let backup = stage.devices["a"].clone();
    stage.ferry("a", &[choice(1, 1, 1)]);
    stage.devices.insert("a".into(), backup);
    stage.exchange("a", &[]).unwrap();
    let anew = rule(&stage, "a", json!({"new-generation": {}}));
    stage.must(anew);
    let ops = issued(&stage, "a", stage.office.forgotten(stage.id_of("a")).unwrap());
    let accept = rule(&stage, "a", json!({"accept-restored": {"forgotten": ops}}));
    stage.must(accept);
    stage.ferry("a", &[]);
    let context = next_generation(&mut stage, "a", true);
    let said = told(stage.take(context, portal(1), &[]));
    expect![[r#"
        successor-proposed proposal={at:2026-11-22T00:00:04Z,key:LjFXQiGG4ptGdVn41ykFO0C6KKE4MrICN1V8jp2xh4w,vouched:true}
    "#]].assert_eq(&said);
}

#[test]
fn a_lost_container_frees_what_it_had_within_the_quota() {
    let mut stage = Stage::new();
    for number in 1..=3 {
        let name = ["a", "b", "c"][usize::from(number) - 1];
        stage.device(name, number);
        stage.ferry(name, &[choice(1, 1, 3)]);
    }
    let mut said = stage.line(1, 1) + "\n";
    let order = replace(&stage, "a", portal(1), "lost");
    said += &stage.say(order.clone());
    said += &stage.say(order);
    said += &(stage.line(1, 1) + "\n");
    // The second one within a year is one too many for the portal, and for staff a question.
    let order = replace(&stage, "b", portal(1), "broken");
    said += &stage.say(order);
    let order = replace(&stage, "b", staff("ann"), "broken");
    said += &told(stage.order(order).map(|_| Vec::new()));
    said += &format!("{} open\n", stage.office.approvals().open().len());
    stage.days(365);
    let order = replace(&stage, "b", portal(1), "broken");
    said += &stage.say(order);
    expect![[r#"
        1 free, 9 active, 0 returning, 0 cooling down
        ops-issued first=3 ops=[withdraw A-0000001.0]
        container-gone customers=[C-000001] freed=[A-0000001] generation=1 why=lost
        nothing
        4 free, 6 active, 0 returning, 0 cooling down
        replacement-quota: container T-54NF-VRXP-9SKZ can't be replaced without your vendor's approval: customer C-000001 had 1 of 1 replacements within 365 days; the next one is free at 2027-11-22T00:00:03Z
        nothing
        1 open
        ops-issued first=3 ops=[withdraw A-0000002.0]
        container-gone customers=[C-000001] freed=[A-0000002] generation=1 why=broken
    "#]].assert_eq(&said);
}

#[test]
fn a_lost_container_that_comes_back_gets_withdrawals_and_the_list_that_revokes_it() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    stage.ferry("a", &[choice(1, 1, 3)]);
    let order = replace(&stage, "a", portal(1), "lost");
    stage.must(order);
    assert!(stage.office.papers().is_list_due());
    stage.publish_revocations();
    assert!(!stage.office.papers().is_list_due());
    let mut said = told(stage.exchange("a", &[choice(1, 1, 1)]));
    said += &told(stage.exchange("a", &[]));
    let update = stage.update("a").unwrap();
    said += &format!("{:?}\n", stage.deliver("a", &update));
    said += &format!("revoked: {}\n", stage.devices["a"].container.is_revoked());
    said += &stage.holdings("a");
    said += &(stage.line(1, 1) + "\n");
    expect![[r#"
        container-lost: container T-SJ6D-877F-J1YS is lost: nothing can be activated in it, and it can't be given up again
        context-taken finding={is:acknowledges,sequence:2}
        Ok(1)
        revoked: true
        holds []; books [A-0000001 x 3 written-off]
        10 free, 0 active, 0 returning, 0 cooling down
    "#]]
    .assert_eq(&said);
}

#[test]
fn nobody_gives_up_a_container_with_things_of_others() {
    let mut stage = Stage::new();
    stage.must(json!({"customer": {"make": {"by": "ann", "facts": {"name": "Sued"}}}}));
    stage.buy(2, "C-000002", "perpetual", 5);
    stage.device("a", 1);
    stage.ferry("a", &[choice(1, 1, 1), choice(2, 1, 1)]);
    stage.device("b", 2);
    stage.ferry("b", &[choice(2, 1, 1)]);
    let (mixed, other) =
        (replace(&stage, "a", portal(1), "lost"), replace(&stage, "b", portal(1), "lost"));
    let push = json!({"container": {"push": {"by": portal(1), "id": stage.id_of("b")}}});
    let said = stage.say(mixed) + &stage.say(other) + &stage.say(push);
    expect![[r#"
        not-yours: container T-SJ6D-877F-J1YS holds nothing of the activation ID that was given, or something of others too; ask your vendor
        not-yours: container T-54NF-VRXP-9SKZ holds nothing of the activation ID that was given, or something of others too; ask your vendor
        not-yours: container T-54NF-VRXP-9SKZ holds nothing of the activation ID that was given, or something of others too; ask your vendor
    "#]].assert_eq(&said);
}

#[test]
fn what_is_revoked_is_free_only_when_it_is_credibly_gone() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    stage.ferry("a", &[choice(1, 1, 3)]);
    let order = rule(&stage, "a", json!("revoke"));
    let mut said = stage.say(order.clone());
    said += &(stage.line(1, 1) + "\n");
    said += &stage.say(order);
    // Nor by its owner, who would have it again at once if it were lost.
    let order = replace(&stage, "a", portal(1), "lost");
    said += &stage.say(order);
    stage.publish_revocations();
    said += &stage.ferry("a", &[]);
    stage.days(7);
    said += &(stage.line(1, 1) + "\n");
    let order = rule(&stage, "a", json!({"new-generation": {}}));
    said += &stage.say(order);
    expect![[r#"
        ops-issued first=3 ops=[withdraw A-0000001.0]
        container-gone generation=1
        7 free, 0 active, 3 returning, 0 cooling down
        nothing
        container-revoked: container T-SJ6D-877F-J1YS is revoked: nothing can be activated in it, and it can't be given up again
        context-taken finding={is:acknowledges,sequence:2}
          a: Ok(1) of 1
        acknowledged by_receipt=true removed=[{activation:A-0000001,back_at:2026-11-29T00:00:02Z}] said_at=2026-11-22T00:00:02Z sequence=3
        10 free, 0 active, 0 returning, 0 cooling down
        ruling-does-not-fit: container T-SJ6D-877F-J1YS is in state "revoked"; new-generation is for containers that are not given up
    "#]].assert_eq(&said);
}

#[test]
fn the_staff_is_asked_about_a_revoked_container_beyond_the_quota() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    stage.ferry("a", &[choice(1, 1, 3)]);
    stage.must(json!({"policy": {"change": {"by": "ann", "change": {"replacements": 0}}}}));
    let order = rule(&stage, "a", json!("revoke"));
    stage.must(order);
    let order = replace(&stage, "a", Asker::Staff("kim".into()), "lost");
    expect![[r#"
        approval-asked asked=2026-11-22T00:00:01Z command={container:{replace:{by:{staff:kim},id:01040G2081040G2081040G2081,why:lost}}} no=1 until=2026-11-29T00:00:01Z why={text:customer C-000001 had 0 of 0 replacements within 365 days,why:beyond-replacements}
    "#]].assert_eq(&stage.say(order));
}

#[test]
fn a_part_on_its_way_back_is_revoked_before_the_rest_of_it() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    stage.ferry("a", &[choice(1, 1, 3)]);
    let back = json!({"by": portal(1), "activation": "A-0000001", "quantity": 1});
    stage.must(json!({"activation": {"return": back}}));
    let order = rule(&stage, "a", json!("revoke"));
    let mut said = stage.say(order);
    stage.publish_revocations();
    said += &stage.ferry("a", &[]);
    stage.days(7);
    said += &stage.line(1, 1);
    expect![[r#"
        ops-issued first=3 ops=[withdraw A-0000001.0 x 1,withdraw A-0000001.0]
        container-gone generation=1
        context-taken finding={is:acknowledges,sequence:2}
          a: Ok(2) of 2
        acknowledged by_receipt=true removed=[{activation:A-0000001,back_at:2026-11-29T00:00:02Z},{activation:A-0000002,back_at:2026-11-29T00:00:02Z}] said_at=2026-11-22T00:00:02Z sequence=4
        10 free, 0 active, 0 returning, 0 cooling down"#]].assert_eq(&said);
}

#[test]
fn a_new_generation_takes_over_what_the_old_one_had() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    stage.ferry("a", &[choice(1, 1, 3), choice(1, 2, 1)]);
    stage.must(json!({"activation": {"withdraw": {"by": "ann", "activation": "A-0000002"}}}));
    let old = stage.devices["a"].clone();
    let context = next_generation(&mut stage, "a", true);
    let mut said = told(stage.take(context, portal(1), &[]));
    let update = stage.update("a").unwrap();
    said += &format!(
        "generation {} from {} to {}\n",
        update.generation, update.from_sequence, update.to_sequence
    );
    said += &format!("{} {}\n", stage.line(1, 1), stage.line(1, 2));
    // The old one is told that it is over, and gets the list when there is one.
    stage.devices.insert("a".into(), old);
    said += &told(stage.exchange("a", &[]));
    let context = stage.devices["a"].context(stage.now);
    assert_eq!(stage.office.farewell(&context, stage.now), None);
    stage.publish_revocations();
    let farewell = stage.office.farewell(&context, stage.now).unwrap();
    said += &format!("{:?}\n", stage.deliver("a", &farewell));
    said += &format!("revoked: {}\n", stage.devices["a"].container.is_revoked());
    expect![[r#"
        regenerated customers=[C-000001] ended=[A-0000002] generation=2 reissued=[A-0000001]
        context-taken finding={is:acknowledges,sequence:0}
        ops-issued account=C-000001 first=1 ops=[certify]
        ops-issued first=2 ops=[add A-0000001.0 x 3]
        generation 2 from 0 to 2
        7 free, 3 active, 0 returning, 0 cooling down 10 free, 0 active, 0 returning, 0 cooling down
        old-generation: this context is of generation 1 of container T-SJ6D-877F-J1YS; generation 2 has taken its place and the old one is revoked
        Ok(0)
        revoked: true
    "#]].assert_eq(&said);
}

#[test]
fn a_new_generation_that_takes_nothing_over_gets_at_once_what_is_chosen_with_it() {
    let mut said = String::new();
    for removed in [true, false] {
        let mut stage = Stage::new();
        stage.device("a", 1);
        stage.ferry("a", &[choice(1, 1, 3)]);
        stage.must(json!({"activation": {"withdraw": {"by": "ann", "activation": "A-0000001"}}}));
        if removed {
            stage.ferry("a", &[]);
        }
        let context = next_generation(&mut stage, "a", true);
        said += &told(stage.take(context, portal(1), &[choice(1, 2, 1)]));
        said += &format!("to {}\n", stage.update("a").unwrap().to_sequence);
    }
    expect![[r#"
        activated activation=A-0000002 container=01040G2081040G2081040G2081 line=2 quantity=1 step=activate
        regenerated customers=[C-000001] generation=2
        context-taken finding={is:acknowledges,sequence:0}
        ops-issued account=C-000001 first=1 ops=[certify,add A-0000002.0 x 2]
        to 2
        activated activation=A-0000002 container=01040G2081040G2081040G2081 line=2 quantity=1 step=activate
        regenerated customers=[C-000001] ended=[A-0000001] generation=2
        context-taken finding={is:acknowledges,sequence:0}
        ops-issued account=C-000001 first=1 ops=[certify,add A-0000002.0 x 2]
        to 2
    "#]].assert_eq(&said);
}

#[test]
fn a_key_that_nobody_vouches_for_waits_for_a_ruling_and_a_second_person() {
    let mut stage = Stage::new();
    for (name, role) in [("kim", "keys"), ("leo", "keys"), ("mia", "viewer")] {
        stage.must(json!({"people": {"create": {"by": "setup", "name": name, "password_hash": "x", "roles": [role]}}}));
    }
    stage.device("a", 1);
    stage.ferry("a", &[choice(1, 1, 3)]);
    let context = next_generation(&mut stage, "a", false);
    let mut said = told(stage.take(context.clone(), portal(1), &[]));
    said += &told(stage.take(context.clone(), portal(1), &[]));
    let key = context.key.id();
    // The general ruling is for vouched keys only.
    let order = rule(&stage, "a", json!({"new-generation": {}}));
    said += &stage.say(order);
    said += &told(stage.take(context.clone(), portal(1), &[]));
    let order = rule(&stage, "a", json!({"new-generation": {"key": key}}));
    let asked = stage.must(order.clone());
    let Event::ApprovalAsked(question) = &asked[0] else { panic!("{asked:?}") };
    said += &format!("{} asks: {}\n", question.by, question.why);
    said += &stage.say(order);
    for by in ["kim", "mia", "leo", "leo"] {
        said += &stage.say(json!({"approval": {"approve": {"by": by, "no": question.no}}}));
    }
    said += &told(stage.take(context, portal(1), &[]));
    expect![[r#"
        successor-proposed proposal={at:2026-11-22T00:00:02Z,key:LjFXQiGG4ptGdVn41ykFO0C6KKE4MrICN1V8jp2xh4w,vouched:false}
        nothing
        ruled ruling={new-generation:{}}
        nothing
        kim asks: a key is taken for the container's without the word of its old key
        nothing
        own-question: user "kim" asked this; somebody else must approve it
        may-not-approve: user "mia" may not approve this: the role keys or admin is needed
        approval-ended answer={by:leo,end:approved} no=1
        ruled ruling={new-generation:{key:LjFXQiGG4ptGdVn41ykFO0C6KKE4MrICN1V8jp2xh4w}}
        approval-unknown: there is no question 1 that waits for approval: it has ended
        regenerated generation=2 reissued=[A-0000001]
        context-taken finding={is:acknowledges,sequence:0}
        ops-issued account=C-000001 first=1 ops=[certify]
        ops-issued first=2 ops=[add A-0000001.0 x 3]
    "#]].assert_eq(&said);
}

#[test]
fn a_policy_lets_restored_containers_begin_anew_by_themselves() {
    let mut stage = Stage::new();
    stage.must(
        json!({"policy": {"change": {"by": "ann", "change": {"on_rollback": "new-generation"}}}}),
    );
    stage.device("a", 1);
    let backup = stage.devices["a"].clone();
    stage.ferry("a", &[choice(1, 1, 3)]);
    stage.devices.insert("a".into(), backup);
    let mut said = told(stage.exchange("a", &[]));
    let context = next_generation(&mut stage, "a", true);
    said += &told(stage.take(context, portal(1), &[]));
    expect![[r#"
        context-taken finding={is:rollback,seen:0}
        regenerated customers=[C-000001] generation=2 reissued=[A-0000001]
        context-taken finding={is:acknowledges,sequence:0}
        ops-issued account=C-000001 first=1 ops=[certify]
        ops-issued first=2 ops=[add A-0000001.0 x 3]
    "#]]
    .assert_eq(&said);
}

#[test]
fn new_generations_by_themselves_count_against_the_quota() {
    let mut stage = Stage::new();
    assert_eq!(stage.office.policies().replacements, 1);
    stage.must(
        json!({"policy": {"change": {"by": "ann", "change": {"on_rollback": "new-generation"}}}}),
    );
    let mut said = String::new();
    for (name, number) in [("a", 1), ("b", 2)] {
        stage.device(name, number);
        let backup = stage.devices[name].clone();
        stage.ferry(name, &[choice(1, 1, 3)]);
        stage.devices.insert(name.into(), backup);
        stage.exchange(name, &[]).unwrap();
        let context = next_generation(&mut stage, name, true);
        said += &told(stage.take(context, portal(1), &[]));
        said += &format!("{name} is {}\n", stage.of(name).state.code());
    }
    expect![[r#"
        regenerated customers=[C-000001] generation=2 reissued=[A-0000001]
        context-taken finding={is:acknowledges,sequence:0}
        ops-issued account=C-000001 first=1 ops=[certify]
        ops-issued first=2 ops=[add A-0000001.0 x 3]
        a is known
        successor-proposed proposal={at:2026-11-22T00:00:06Z,key:UTqgNqaZXS-8j_LZwcsH2pSUrY-ZOKyhKwHwwmZhHkA,vouched:true}
        b is rollback
    "#]].assert_eq(&said);
}

#[test]
fn generations_follow_one_by_one() {
    let mut stage = Stage::new();
    stage.device("a", 1);
    stage.ferry("a", &[]);
    let at = stage.now.plus(std::time::Duration::from_secs(9));
    let far = stage.devices["a"].altered(at, |context| context.generation = 3);
    let used = stage.devices["a"].altered(at, |context| context.generation = 2);
    let said =
        told(stage.take(far, staff("ann"), &[])) + &told(stage.take(used, staff("ann"), &[]));
    expect![[r#"
        generation-gap: this context is of generation 3 of container T-SJ6D-877F-J1YS, the office knows generation 1: generations follow one by one
        not-new: container T-SJ6D-877F-J1YS is new to this office but shows 1 operations: they were issued by another office or by hand; make a new container, or ask your vendor
    "#]].assert_eq(&said);
}

/// Proposal, ruling and new generation, for the play of every event.
pub fn regenerate_everything(stage: &mut Stage) {
    let context = next_generation(stage, "a", false);
    stage.take(context.clone(), portal(1), &[]).unwrap();
    let order = rule(stage, "a", json!({"new-generation": {"key": context.key.id()}}));
    stage.must(order);
    stage.must(json!({"approval": {"approve": {"by": "leo", "no": 2}}}));
    stage.take(context, portal(1), &[]).unwrap();
}
