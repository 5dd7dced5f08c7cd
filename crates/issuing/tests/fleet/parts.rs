//! Parts of one activation that meet again in one container, where they are one item.

use super::publisher::server_key;
use super::stage::*;
use expect_test::expect;
use serde_json::{Value, json};
use tenure_container::{ContainerEvent, Reading, open_answer, open_request, open_transfer};
use tenure_document::{
    Bytes, Envelope, Hash, Signer, Time, Verified, read_document, vouch_message,
};

const NONCE: [u8; 16] = [7; 16];

fn apply(stage: &mut Stage, name: &str, events: &[ContainerEvent]) {
    let device = stage.devices.get_mut(name).unwrap();
    events.iter().for_each(|event| device.container.apply(event));
}

/// The paper that a device has for the transfer.
fn paper(stage: &Stage, name: &str, nonce: &Bytes) -> Envelope {
    let text = stage.devices[name].container.transfer_paper(nonce).unwrap();
    read_document(text.as_bytes()).unwrap()
}

/// Five units with two seats each: two of them left the container and came back.
fn scene() -> Stage {
    let mut stage = Stage::new();
    stage.buy(2, "C-000001", "movable", 9);
    for (name, number) in [("a", 1), ("b", 2)] {
        stage.device(name, number);
        stage.ferry(name, &[]);
    }
    stage.ferry("a", &[choice(2, 2, 5)]);
    // The books hear of each step.
    send(&mut stage);
    stage.ferry("a", &[]);
    come_back(&mut stage);
    stage.ferry("a", &[]);
    stage.ferry("b", &[]);
    stage
}

/// Two of the units of `a` leave for `b`.
fn send(stage: &mut Stage) {
    send_as(stage, NONCE, 4);
}

fn send_as(stage: &mut Stage, nonce: [u8; 16], seats: u64) {
    let (nonce, reading) = (Bytes(nonce.to_vec()), Reading { wall: stage.now, since_boot_ms: 1 });
    let target = &stage.devices["b"];
    let asked = target.container.request(&nonce, "A-0000001.0", seats, &target.signer(), reading);
    apply(stage, "b", &asked.unwrap());
    let source = &stage.devices["a"];
    let trust = source.container.trust().unwrap();
    let request = open_request(&trust, &paper(stage, "b", &nonce), stage.now).unwrap();
    let sent = source.container.send(&request, 0, &source.signer(), reading).unwrap();
    apply(stage, "a", &sent);
}

fn accept(stage: &mut Stage, nonce: [u8; 16]) {
    let reading = Reading { wall: stage.now, since_boot_ms: 1 };
    let transfer = paper(stage, "a", &Bytes(nonce.to_vec()));
    let target = &stage.devices["b"];
    let opened = open_transfer(&target.container.trust().unwrap(), &transfer, stage.now).unwrap();
    let credited = target.container.accept(&opened, &target.signer(), reading).unwrap();
    apply(stage, "b", &credited);
}

/// `b` refuses them, and `a` hears of it.
fn come_back(stage: &mut Stage) {
    let (nonce, reading) = (Bytes(NONCE.to_vec()), Reading { wall: stage.now, since_boot_ms: 1 });
    let target = &stage.devices["b"];
    let refused = target.container.refuse(&nonce, "no", &target.signer(), reading).unwrap();
    apply(stage, "b", &refused);
    let source = &stage.devices["a"].container;
    let trust = source.trust().unwrap();
    let answer = open_answer(&trust, source, &paper(stage, "b", &nonce), stage.now).unwrap();
    let settled = source.settle(&answer).unwrap();
    apply(stage, "a", &settled);
}

fn withdraw(stage: &mut Stage, activation: &str) {
    let withdraw = json!({"by": "ann", "activation": activation});
    stage.must(json!({"activation": {"withdraw": withdraw}}));
}

fn replace(stage: &mut Stage, model: &str) {
    let with: Value = json!({"product": {"product": "sim", "version": "1.0"}, "model": model});
    let replace = json!({"by": "ann", "id": id(2), "line": 2, "with": with});
    stage.must(json!({"entitlement": {"replace": replace}}));
}

#[test]
fn a_change_keeps_the_units_of_every_part() {
    let mut stage = scene();
    let mut said = stage.holdings("a");
    replace(&mut stage, "perpetual");
    said += &stage.ferry("a", &[]);
    said += &stage.holdings("a");
    expect![[r#"
        holds [A-0000001.0 x 10]; books [A-0000001 x 3 confirmed, A-0000002 x 2 confirmed]
        context-taken finding={is:acknowledges,sequence:3}
        ops-issued first=4 ops=[replace A-0000001.0 x 10,replace A-0000001.0 x 10]
          a: Ok(2) of 2
        acknowledged by_receipt=true said_at=2026-11-22T00:00:07Z sequence=5
        holds [A-0000001.0 x 10]; books [A-0000001 x 3 confirmed, A-0000002 x 2 confirmed]
    "#]]
    .assert_eq(&said);
}

#[test]
fn what_is_withdrawn_leaves_the_other_parts_where_they_are() {
    let mut stage = scene();
    withdraw(&mut stage, "A-0000001");
    let mut said = stage.ferry("a", &[]);
    said += &stage.holdings("a");
    withdraw(&mut stage, "A-0000002");
    said += &stage.ferry("a", &[]);
    said += &stage.holdings("a");
    expect![[r#"
        context-taken finding={is:acknowledges,sequence:3}
        ops-issued first=4 ops=[withdraw A-0000001.0 x 6]
          a: Ok(1) of 1
        acknowledged by_receipt=true removed=[{activation:A-0000001,back_at:2026-11-29T00:00:07Z}] said_at=2026-11-22T00:00:07Z sequence=4
        holds [A-0000001.0 x 4]; books [A-0000001 x 3 cooling-down, A-0000002 x 2 confirmed]
        context-taken finding={is:acknowledges,sequence:4}
        ops-issued first=5 ops=[withdraw A-0000001.0 x 4]
          a: Ok(1) of 1
        acknowledged by_receipt=true removed=[{activation:A-0000002,back_at:2026-11-29T00:00:08Z}] said_at=2026-11-22T00:00:08Z sequence=5
        holds []; books [A-0000001 x 3 cooling-down, A-0000002 x 2 cooling-down]
    "#]].assert_eq(&said);
}

#[test]
fn parts_and_the_rest_are_withdrawn_together() {
    let mut stage = scene();
    withdraw(&mut stage, "A-0000001");
    withdraw(&mut stage, "A-0000002");
    let mut said = stage.ferry("a", &[]);
    said += &stage.holdings("a");
    expect![[r#"
        context-taken finding={is:acknowledges,sequence:3}
        ops-issued first=4 ops=[withdraw A-0000001.0 x 4,withdraw A-0000001.0]
          a: Ok(2) of 2
        acknowledged by_receipt=true removed=[{activation:A-0000001,back_at:2026-11-29T00:00:07Z},{activation:A-0000002,back_at:2026-11-29T00:00:07Z}] said_at=2026-11-22T00:00:07Z sequence=5
        holds []; books [A-0000001 x 3 cooling-down, A-0000002 x 2 cooling-down]
    "#]].assert_eq(&said);
}

/// The operations of a new generation, as text.
fn reissued(stage: &mut Stage) -> String {
    stage.later(1);
    let context = next_generation(stage, stage.now);
    told(stage.take(context, staff("ann"), &[]))
}

fn next_generation(stage: &Stage, at: Time) -> Verified<tenure_document::Context> {
    let (next, old) = (server_key(101), stage.devices["a"].signer());
    let mut device = stage.devices["a"].clone();
    device.seed = 101;
    device.altered(at, |context| {
        context.generation += 1;
        (context.sequence, context.history_hash) = (0, Hash::ZERO);
        context.key = next.public().clone();
        context.pending.clear();
        context.moves.clear();
        context.moved = 0;
        let message = vouch_message(context.id, context.generation, next.public().id());
        context.vouch = Some(old.sign(&message).into());
    })
}

#[test]
fn a_new_generation_gets_the_units_of_every_part() {
    let mut stage = scene();
    let said = reissued(&mut stage);
    expect![[r#"
        regenerated customers=[C-000001] generation=2 reissued=[A-0000001,A-0000002]
        context-taken finding={is:acknowledges,sequence:0}
        ops-issued account=C-000001 first=1 ops=[certify]
        ops-issued first=2 ops=[add A-0000001.0 x 4,withdraw A-0000001.0,add A-0000001.0 x 10]
    "#]]
    .assert_eq(&said);
}

#[test]
fn a_new_generation_has_the_units_of_every_part_while_others_are_on_their_way() {
    let mut said = String::new();
    for told in [true, false] {
        let mut stage = scene();
        send_as(&mut stage, [8; 16], 2);
        if told {
            stage.ferry("a", &[]);
        }
        stage.regenerate("a");
        for _ in 0..2 {
            said += &stage.ferry("a", &[]);
            said += &stage.holdings("a");
        }
        accept(&mut stage, [8; 16]);
        for name in ["b", "a"] {
            said += &stage.ferry(name, &[]);
            said += &stage.holdings(name);
        }
    }
    expect![[r#"
        regenerated customers=[C-000001] generation=2 reissued=[A-0000001,A-0000002]
        context-taken finding={is:acknowledges,sequence:0}
        ops-issued account=C-000001 first=1 ops=[certify]
        ops-issued first=2 ops=[add A-0000001.0 x 4,withdraw A-0000001.0,add A-0000001.0 x 8]
          a: Ok(4) of 4
        acknowledged by_receipt=true confirmed=[A-0000001,A-0000002] said_at=2026-11-22T00:00:08Z sequence=4
        holds [A-0000001.0 x 8]; books [A-0000001 x 2 confirmed, A-0000002 x 2 confirmed]
        context-taken finding={is:acknowledges,sequence:4}
        move-reported report={count:2,direction:out,item_id:A-0000001.0,state:sent} state=in-transit
          a: Ok(0) of 0
        nothing
        holds [A-0000001.0 x 8]; books [A-0000001 x 2 confirmed, A-0000002 x 2 confirmed]
        context-taken finding={is:acknowledges,sequence:1}
        move-reported report={count:2,direction:in,item_id:A-0000001.0,state:credited} state=arrived
        ops-issued first=2 ops=[settle]
          b: Ok(1) of 1
        acknowledged by_receipt=true said_at=2026-11-22T00:00:10Z sequence=2
        holds [A-0000001.0 x 2]; books [A-0000003 x 1 confirmed]
        context-taken finding={is:acknowledges,sequence:4}
        ops-issued first=5 ops=[settle]
          a: Ok(1) of 1
        acknowledged by_receipt=true said_at=2026-11-22T00:00:11Z sequence=5
        holds [A-0000001.0 x 8]; books [A-0000001 x 2 confirmed, A-0000002 x 2 confirmed]
        move-reported carried=[{activation:A-0000001,part:{activation:A-0000003,quantity:1},to:02081040G2081040G2081040G2}] report={count:2,direction:out,item_id:A-0000001.0,state:sent} state=in-transit
        regenerated customers=[C-000001] generation=2 reissued=[A-0000001,A-0000002]
        context-taken finding={is:acknowledges,sequence:0}
        ops-issued account=C-000001 first=1 ops=[certify]
        ops-issued first=2 ops=[add A-0000001.0 x 4,withdraw A-0000001.0,add A-0000001.0 x 8]
          a: Ok(4) of 4
        acknowledged by_receipt=true confirmed=[A-0000001,A-0000002] said_at=2026-11-22T00:00:07Z sequence=4
        holds [A-0000001.0 x 8]; books [A-0000001 x 2 confirmed, A-0000002 x 2 confirmed]
        context-taken finding={is:acknowledges,sequence:4}
        move-reported report={count:2,direction:out,item_id:A-0000001.0,state:sent} state=in-transit
          a: Ok(0) of 0
        nothing
        holds [A-0000001.0 x 8]; books [A-0000001 x 2 confirmed, A-0000002 x 2 confirmed]
        context-taken finding={is:acknowledges,sequence:1}
        move-reported report={count:2,direction:in,item_id:A-0000001.0,state:credited} state=arrived
        ops-issued first=2 ops=[settle]
          b: Ok(1) of 1
        acknowledged by_receipt=true said_at=2026-11-22T00:00:09Z sequence=2
        holds [A-0000001.0 x 2]; books [A-0000003 x 1 confirmed]
        context-taken finding={is:acknowledges,sequence:4}
        ops-issued first=5 ops=[settle]
          a: Ok(1) of 1
        acknowledged by_receipt=true said_at=2026-11-22T00:00:10Z sequence=5
        holds [A-0000001.0 x 8]; books [A-0000001 x 2 confirmed, A-0000002 x 2 confirmed]
    "#]].assert_eq(&said);
}

#[test]
fn a_change_meets_units_that_are_on_their_way_and_takes_them_away_once() {
    let mut stage = scene();
    send_as(&mut stage, [8; 16], 4);
    let mut said = stage.ferry("a", &[]);
    said += &stage.holdings("a");
    replace(&mut stage, "perpetual");
    said += &stage.ferry("a", &[]);
    said += &stage.holdings("a");
    // They arrive, and the source hears of it from the office first.
    accept(&mut stage, [8; 16]);
    for name in ["b", "a", "b"] {
        said += &stage.ferry(name, &[]);
        said += &stage.holdings(name);
    }
    expect![[r#"
        context-taken finding={is:acknowledges,sequence:3}
        move-reported carried=[{activation:A-0000002,to:02081040G2081040G2081040G2}] report={count:4,direction:out,item_id:A-0000001.0,state:sent} state=in-transit
          a: Ok(0) of 0
        nothing
        holds [A-0000001.0 x 6]; books [A-0000001 x 3 confirmed]
        context-taken finding={is:acknowledges,sequence:3}
        ops-issued first=4 ops=[replace A-0000001.0 x 10]
          a: Ok(1) of 1
        acknowledged by_receipt=true said_at=2026-11-22T00:00:08Z sequence=4
        holds [A-0000001.0 x 6]; books [A-0000001 x 3 confirmed]
        context-taken finding={is:acknowledges,sequence:1}
        move-reported report={count:4,direction:in,item_id:A-0000001.0,state:credited} state=arrived
        ops-issued first=2 ops=[settle]
          b: Ok(1) of 1
        acknowledged by_receipt=true said_at=2026-11-22T00:00:09Z sequence=2
        holds [A-0000001.0 x 4]; books [A-0000002 x 2 confirmed]
        context-taken finding={is:acknowledges,sequence:4}
        ops-issued first=5 ops=[settle]
          a: Ok(1) of 1
        acknowledged by_receipt=true said_at=2026-11-22T00:00:10Z sequence=5
        holds [A-0000001.0 x 6]; books [A-0000001 x 3 confirmed]
        context-taken finding={is:acknowledges,sequence:2}
        ops-issued first=3 ops=[replace A-0000001.0 x 4]
          b: Ok(1) of 1
        acknowledged by_receipt=true said_at=2026-11-22T00:00:11Z sequence=3
        holds [A-0000001.0 x 4]; books [A-0000002 x 2 confirmed]
    "#]].assert_eq(&said);
}
