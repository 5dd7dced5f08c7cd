//! Transfers that went without the office: what the books say after the reports of either side, in any order.

use super::stage::*;
use expect_test::expect;
use serde_json::json;
use tenure_document::{
    Bytes, Count, Direction, Hash, Move, MoveState, OpOutcome, OpResult, Receipt, Verified, seal,
    verify_signed_by,
};
use tenure_issuing::office::*;

/// A report of one side about `count` of an item.
fn report(
    stage: &Stage,
    other: &str,
    direction: Direction,
    (item, count, state): (&str, u32, MoveState),
) -> Move {
    Move {
        nonce: Bytes(vec![9; 16]),
        direction,
        item_id: item.into(),
        count: Count::Counted(count),
        other: stage.id_of(other),
        transfer: Hash::of(b"transfer"),
        state,
    }
}

/// What the office makes of a context with these reports.
fn tell(stage: &mut Stage, name: &str, reports: Vec<Move>) -> String {
    stage.later(1);
    let moved = reports.len() as u64;
    let context = stage.devices[name].altered(stage.now, |context| {
        context.moves = reports;
        context.moved = moved;
    });
    let by = Asker::Container(context.id);
    let said = told(stage.take(context, by, &[]));
    said.lines()
        .filter(|line| !line.starts_with("context-taken"))
        .map(|l| format!("{l}\n"))
        .collect()
}

/// Units by container, which must add up to what was issued.
fn books(stage: &Stage, units: u32) -> String {
    let all = stage.office.activations().all();
    let counted: Vec<_> = all.filter(|one| one.state.counts()).collect();
    let sum: u32 = counted.iter().map(|one| one.quantity).sum();
    assert_eq!(sum, units, "units are conserved");
    let name =
        |id| stage.devices.iter().find(|(_, one)| one.container.id() == id).map(|(name, _)| name);
    let line = |one: &&Activation| {
        let place = name(one.container).map_or("?", |name| name);
        let travels =
            if stage.office.fleet().moves().is_travelling(one.no) { " on its way" } else { "" };
        format!("{} x {} in {place} {}{travels}", one.no, one.quantity, one.state.code())
    };
    let moves = stage.office.fleet().moves().all().iter();
    let moves: Vec<String> = moves.map(|one| format!("{:?}", one.state)).collect();
    format!("{} {moves:?}\n", counted.iter().map(line).collect::<Vec<_>>().join(", "))
}

fn scene() -> Stage {
    let mut stage = Stage::new();
    stage.buy(2, "C-000001", "movable", 10);
    for (name, number) in [("a", 1), ("b", 2)] {
        stage.device(name, number);
        stage.ferry(name, &[]);
    }
    stage.ferry("a", &[choice(2, 1, 5)]);
    stage
}

const ITEM: &str = "A-0000001.0";

#[test]
fn debit_and_credit_are_matched_in_any_order() {
    let mut shown = String::new();
    for order in ["out in", "in out", "received in", "in received", "out received in"] {
        let mut stage = scene();
        shown += &format!("# {order}\n");
        for side in order.split(' ') {
            let (from, reports) = match side {
                "out" => ("a", report(&stage, "b", Direction::Out, (ITEM, 2, MoveState::Sent))),
                "received" => {
                    ("a", report(&stage, "b", Direction::Out, (ITEM, 2, MoveState::Received)))
                }
                _ => ("b", report(&stage, "a", Direction::In, (ITEM, 2, MoveState::Credited))),
            };
            shown += &tell(&mut stage, from, vec![reports.clone()]);
            // The same report again says nothing new.
            assert!(!tell(&mut stage, from, vec![reports]).contains("move-reported"));
            shown += &books(&stage, 5);
        }
    }
    expect![[r##"
        # out in
        move-reported carried=[{activation:A-0000001,part:{activation:A-0000002,quantity:2},to:02081040G2081040G2081040G2}] report={count:2,direction:out,item_id:A-0000001.0,state:sent} state=in-transit
        A-0000001 x 3 in a confirmed, A-0000002 x 2 in b confirmed on its way ["InTransit"]
        move-reported report={count:2,direction:in,item_id:A-0000001.0,state:credited} state=arrived
        ops-issued first=2 ops=[settle]
        A-0000001 x 3 in a confirmed, A-0000002 x 2 in b confirmed ["Arrived"]
        # in out
        move-reported report={count:2,direction:in,item_id:A-0000001.0,state:credited} state=claimed
        A-0000001 x 5 in a confirmed ["Claimed"]
        move-reported carried=[{activation:A-0000001,part:{activation:A-0000002,quantity:2},to:02081040G2081040G2081040G2}] report={count:2,direction:out,item_id:A-0000001.0,state:sent} state=arrived
        ops-issued first=3 ops=[settle]
        A-0000001 x 3 in a confirmed, A-0000002 x 2 in b confirmed ["Arrived"]
        # received in
        move-reported carried=[{activation:A-0000001,part:{activation:A-0000002,quantity:2},to:02081040G2081040G2081040G2}] report={count:2,direction:out,item_id:A-0000001.0,state:received} state=arrived
        ops-issued first=3 ops=[settle]
        A-0000001 x 3 in a confirmed, A-0000002 x 2 in b confirmed ["Arrived"]
        move-reported report={count:2,direction:in,item_id:A-0000001.0,state:credited} state=arrived
        ops-issued first=2 ops=[settle]
        A-0000001 x 3 in a confirmed, A-0000002 x 2 in b confirmed ["Arrived"]
        # in received
        move-reported report={count:2,direction:in,item_id:A-0000001.0,state:credited} state=claimed
        A-0000001 x 5 in a confirmed ["Claimed"]
        move-reported carried=[{activation:A-0000001,part:{activation:A-0000002,quantity:2},to:02081040G2081040G2081040G2}] report={count:2,direction:out,item_id:A-0000001.0,state:received} state=arrived
        ops-issued first=3 ops=[settle]
        A-0000001 x 3 in a confirmed, A-0000002 x 2 in b confirmed ["Arrived"]
        # out received in
        move-reported carried=[{activation:A-0000001,part:{activation:A-0000002,quantity:2},to:02081040G2081040G2081040G2}] report={count:2,direction:out,item_id:A-0000001.0,state:sent} state=in-transit
        A-0000001 x 3 in a confirmed, A-0000002 x 2 in b confirmed on its way ["InTransit"]
        move-reported report={count:2,direction:out,item_id:A-0000001.0,state:received} state=arrived
        ops-issued first=3 ops=[settle]
        A-0000001 x 3 in a confirmed, A-0000002 x 2 in b confirmed ["Arrived"]
        move-reported report={count:2,direction:in,item_id:A-0000001.0,state:credited} state=arrived
        ops-issued first=2 ops=[settle]
        A-0000001 x 3 in a confirmed, A-0000002 x 2 in b confirmed ["Arrived"]
    "##]].assert_eq(&shown);
}

#[test]
fn a_whole_activation_changes_its_container_and_is_withdrawn_where_it_is() {
    let mut stage = scene();
    let out = report(&stage, "b", Direction::Out, (ITEM, 5, MoveState::Received));
    let mut shown = tell(&mut stage, "a", vec![out]);
    shown += &books(&stage, 5);
    stage.must(json!({"activation": {"withdraw": {"by": "ann", "activation": "A-0000001"}}}));
    shown += &tell(&mut stage, "a", vec![]);
    shown += &tell(&mut stage, "b", vec![]);
    expect![[r#"
        move-reported carried=[{activation:A-0000001,to:02081040G2081040G2081040G2}] report={count:5,direction:out,item_id:A-0000001.0,state:received} state=arrived
        ops-issued first=3 ops=[settle]
        A-0000001 x 5 in b confirmed ["Arrived"]
        ops-issued first=2 ops=[settle,withdraw A-0000001.0]
    "#]].assert_eq(&shown);
}

#[test]
fn what_is_on_its_way_is_left_alone_until_it_has_arrived() {
    let mut stage = scene();
    let out = report(&stage, "b", Direction::Out, (ITEM, 5, MoveState::Sent));
    let mut shown = tell(&mut stage, "a", vec![out]);
    stage.must(json!({"activation": {"withdraw": {"by": "ann", "activation": "A-0000001"}}}));
    shown += &tell(&mut stage, "b", vec![]);
    let credit = report(&stage, "a", Direction::In, (ITEM, 5, MoveState::Credited));
    shown += &tell(&mut stage, "b", vec![credit]);
    expect![[r#"
        move-reported carried=[{activation:A-0000001,to:02081040G2081040G2081040G2}] report={count:5,direction:out,item_id:A-0000001.0,state:sent} state=in-transit
        move-reported report={count:5,direction:in,item_id:A-0000001.0,state:credited} state=arrived
        ops-issued first=2 ops=[settle]
    "#]].assert_eq(&shown);
}

#[test]
fn refused_and_refunded_transfers_come_back() {
    let mut stage = scene();
    let out = report(&stage, "b", Direction::Out, (ITEM, 2, MoveState::Sent));
    let mut shown = tell(&mut stage, "a", vec![out]) + &books(&stage, 5);
    let back = report(&stage, "b", Direction::Out, (ITEM, 2, MoveState::Refunded));
    shown += &(tell(&mut stage, "a", vec![back]) + &books(&stage, 5));
    // A target that says it has it all the same is a contradiction, for people to look at.
    let credit = report(&stage, "a", Direction::In, (ITEM, 2, MoveState::Credited));
    shown += &(tell(&mut stage, "b", vec![credit]) + &books(&stage, 5));
    expect![[r#"
        move-reported carried=[{activation:A-0000001,part:{activation:A-0000002,quantity:2},to:02081040G2081040G2081040G2}] report={count:2,direction:out,item_id:A-0000001.0,state:sent} state=in-transit
        A-0000001 x 3 in a confirmed, A-0000002 x 2 in b confirmed on its way ["InTransit"]
        move-reported carried=[{activation:A-0000002,to:01040G2081040G2081040G2081}] report={count:2,direction:out,item_id:A-0000001.0,state:refunded} state=refunded
        ops-issued first=3 ops=[settle]
        A-0000001 x 3 in a confirmed, A-0000002 x 2 in a confirmed ["Refunded"]
        move-reported report={count:2,direction:in,item_id:A-0000001.0,state:credited} state=contradiction
        ops-issued first=2 ops=[settle]
        A-0000001 x 3 in a confirmed, A-0000002 x 2 in a confirmed ["Contradiction"]
    "#]].assert_eq(&shown);
}

#[test]
fn the_office_rules_that_a_transfer_will_never_arrive() {
    let mut stage = scene();
    let refund = json!({"container": {"refund": {"by": "kim", "nonce": "CQkJCQkJCQkJCQkJCQkJCQ"}}});
    let mut shown = stage.say(refund.clone());
    let out = report(&stage, "b", Direction::Out, (ITEM, 2, MoveState::Sent));
    shown += &tell(&mut stage, "a", vec![out.clone()]);
    shown += &stage.say(refund.clone());
    shown += &stage.say(refund);
    shown += &(tell(&mut stage, "a", vec![out]) + &books(&stage, 5));
    let back = report(&stage, "b", Direction::Out, (ITEM, 2, MoveState::Refunded));
    shown += &(tell(&mut stage, "a", vec![back]) + &books(&stage, 5));
    expect![[r#"
        transfer-not-open: there is no open transfer CQkJCQkJCQkJCQkJCQkJCQ; a transfer is open from its source's report to its target's
        move-reported carried=[{activation:A-0000001,part:{activation:A-0000002,quantity:2},to:02081040G2081040G2081040G2}] report={count:2,direction:out,item_id:A-0000001.0,state:sent} state=in-transit
        refund-ruled carried=[{activation:A-0000002,to:01040G2081040G2081040G2081}] nonce=CQkJCQkJCQkJCQkJCQkJCQ
        transfer-not-open: there is no open transfer CQkJCQkJCQkJCQkJCQkJCQ; a transfer is open from its source's report to its target's
        ops-issued first=3 ops=[refund]
        A-0000001 x 3 in a confirmed, A-0000002 x 2 in a confirmed ["RefundOrdered"]
        move-reported report={count:2,direction:out,item_id:A-0000001.0,state:refunded} state=refunded
        ops-issued first=4 ops=[settle]
        A-0000001 x 3 in a confirmed, A-0000002 x 2 in a confirmed ["Refunded"]
    "#]].assert_eq(&shown);
}

#[test]
fn what_moved_away_before_it_was_withdrawn_does_not_come_back_by_the_receipt() {
    let mut stage = scene();
    stage.must(json!({"activation": {"withdraw": {"by": "ann", "activation": "A-0000001"}}}));
    stage.exchange("a", &[]).unwrap();
    let update = stage.update("a").unwrap();
    // Two of five had moved away: the container took three and says so.
    stage.deliver("a", &update).unwrap();
    let device = &stage.devices["a"];
    let mut receipt: Receipt = device.container.receipt(stage.now);
    let last = receipt.results.last_mut().unwrap();
    *last = OpResult { result: OpOutcome::Applied, taken: Some(3), ..last.clone() };
    let envelope = seal(&receipt, &[&device.signer()]);
    let receipt: Verified<Receipt> = verify_signed_by(&envelope, device.container.key()).unwrap();
    let by = Asker::Container(receipt.id);
    let receipt = Command::Receipt(Box::new(ReceiptIn { receipt, by }));
    let mut shown = told(stage.run(&receipt)) + &books(&stage, 5);
    // When it is known where the rest went, three are back and two are asked back there.
    let out = report(&stage, "b", Direction::Out, (ITEM, 2, MoveState::Received));
    shown += &(tell(&mut stage, "a", vec![out]) + &books(&stage, 5));
    stage.days(7);
    shown += &books(&stage, 2);
    shown += &tell(&mut stage, "b", vec![]);
    expect![[r#"
        acknowledged by_receipt=true said_at=2026-11-22T00:00:04Z sequence=3 short=[{activation:A-0000001,removed:3}]
        A-0000001 x 5 in a returned-without-receipt []
        move-reported carried=[{activation:A-0000001,part:{activation:A-0000002,quantity:2},to:02081040G2081040G2081040G2}] removed=[{activation:A-0000001,back_at:2026-11-29T00:00:05Z}] report={count:2,direction:out,item_id:A-0000001.0,state:received} state=arrived
        ops-issued first=4 ops=[settle]
        A-0000001 x 3 in a cooling-down, A-0000002 x 2 in b return-asked ["Arrived"]
        A-0000002 x 2 in b return-asked ["Arrived"]
        ops-issued first=2 ops=[settle,withdraw A-0000001.0 x 2]
    "#]].assert_eq(&shown);
}

fn rule(stage: &mut Stage, ruling: serde_json::Value) -> String {
    let rule = json!({"by": "kim", "id": stage.id_of("a"), "ruling": ruling});
    stage.say(json!({"container": {"rule": rule}}))
}

#[test]
fn a_forgotten_transfer_is_a_rollback_though_no_operation_changed() {
    let mut stage = scene();
    let out = report(&stage, "b", Direction::Out, (ITEM, 2, MoveState::Sent));
    tell(&mut stage, "a", vec![out]);
    stage.later(60);
    let mut said = told(stage.exchange("a", &[]));
    // Accepted as it is, it would have again what another container got from it.
    said += &rule(&mut stage, json!({"accept-restored": {"forgotten": []}}));
    said += &rule(&mut stage, json!({"new-generation": {}}));
    expect![[r#"
        context-taken finding={is:rollback,seen:2}
        ruling-does-not-fit: container T-SJ6D-877F-J1YS is in state "rollback"; accept-restored is for containers that forgot no transfer: rule new-generation
        ruled ruling={new-generation:{}}
    "#]]
    .assert_eq(&said);
}

#[test]
fn a_copy_without_a_transfer_is_not_accepted_because_another_one_was_met_first() {
    let mut stage = scene();
    let backup = stage.devices["a"].clone();
    let out = report(&stage, "b", Direction::Out, (ITEM, 2, MoveState::Sent));
    tell(&mut stage, "a", vec![out.clone()]);
    let activate =
        json!({"by": staff("ann"), "container": stage.id_of("a"), "choices": [choice(2, 2, 1)]});
    stage.must(json!({"activation": {"activate": activate}}));
    stage.push("a");
    let update = stage.update("a").unwrap();
    stage.deliver("a", &update).unwrap();
    tell(&mut stage, "a", vec![out.clone()]);
    // What was restored forgot the operation; then one turns up that forgot the transfer as well.
    stage.devices.insert("a".into(), backup);
    tell(&mut stage, "a", vec![out]);
    let mut said = rule(&mut stage, json!({"accept-restored": {"forgotten": []}}));
    said += &told(stage.exchange("a", &[]));
    said += &rule(&mut stage, json!({"accept-restored": {"forgotten": []}}));
    expect![[r#"
        wrong-forgotten: these are not the operations 3 to 3 of container T-SJ6D-877F-J1YS: take them from the ledger's `ops-issued` events
        context-taken finding={is:rollback,seen:2}
        ruling-does-not-fit: container T-SJ6D-877F-J1YS is in state "rollback"; accept-restored is for containers that forgot no transfer: rule new-generation
    "#]].assert_eq(&said);
}

/// Anybody can make a container, and every lease names its server and its items.
#[test]
fn who_says_that_something_came_gets_nothing_until_its_source_or_a_person_says_so() {
    let claim = |stage: &Stage| report(stage, "a", Direction::In, (ITEM, 5, MoveState::Credited));
    let mut stage = scene();
    let mut shown = "# a claim\n".to_owned();
    let claimed = claim(&stage);
    shown += &(tell(&mut stage, "b", vec![claimed.clone()]) + &books(&stage, 5));
    shown += &tell(&mut stage, "b", vec![claimed]);
    // The license of the container that it names is where it is.
    stage.must(json!({"activation": {"withdraw": {"by": "ann", "activation": "A-0000001"}}}));
    shown += &tell(&mut stage, "a", vec![]);

    let accept =
        json!({"container": {"accept-claim": {"by": "kim", "nonce": "CQkJCQkJCQkJCQkJCQkJCQ"}}});
    let mut stage = scene();
    shown += "# a person believes it\n";
    shown += &stage.say(accept.clone());
    let claimed = claim(&stage);
    shown += &tell(&mut stage, "b", vec![claimed.clone()]);
    shown += &(stage.say(accept.clone()) + &books(&stage, 5));
    shown += &(tell(&mut stage, "b", vec![claimed]) + &stage.say(accept.clone()));
    let left = report(&stage, "b", Direction::Out, (ITEM, 5, MoveState::Received));
    shown += &(tell(&mut stage, "a", vec![left]) + &books(&stage, 5));

    let mut stage = scene();
    shown += "# more than there is\n";
    let claimed = report(&stage, "a", Direction::In, (ITEM, 6, MoveState::Credited));
    shown += &(tell(&mut stage, "b", vec![claimed]) + &stage.say(accept) + &books(&stage, 5));

    // What was never issued is no claim, and one container has only so many.
    let mut stage = scene();
    let unknown = report(&stage, "a", Direction::In, ("A-0000077.0", 5, MoveState::Credited));
    let many = (0..150_u8).map(|no| Move { nonce: Bytes(vec![no; 16]), ..claim(&stage) });
    let all: Vec<Move> = std::iter::once(unknown).chain(many).collect();
    tell(&mut stage, "b", all);
    shown += &format!("# of 151: {}\n", stage.office.fleet().moves().all().len());

    let mut stage = scene();
    shown += "# the source has it back\n";
    let claimed = claim(&stage);
    shown += &tell(&mut stage, "b", vec![claimed]);
    let back = report(&stage, "b", Direction::Out, (ITEM, 5, MoveState::Refunded));
    shown += &(tell(&mut stage, "a", vec![back]) + &books(&stage, 5));
    expect![[r##"
        # a claim
        move-reported report={count:5,direction:in,item_id:A-0000001.0,state:credited} state=claimed
        A-0000001 x 5 in a confirmed ["Claimed"]
        ops-issued first=3 ops=[withdraw A-0000001.0]
        # a person believes it
        transfer-not-claimed: there is no transfer CQkJCQkJCQkJCQkJCQkJCQ that only its target has told: nothing waits to be believed
        move-reported report={count:5,direction:in,item_id:A-0000001.0,state:credited} state=claimed
        claim-accepted carried=[{activation:A-0000001,to:02081040G2081040G2081040G2}] nonce=CQkJCQkJCQkJCQkJCQkJCQ
        A-0000001 x 5 in b confirmed ["Arrived"]
        ops-issued first=2 ops=[settle]
        transfer-not-claimed: there is no transfer CQkJCQkJCQkJCQkJCQkJCQ that only its target has told: nothing waits to be believed
        move-reported report={count:5,direction:out,item_id:A-0000001.0,state:received} state=arrived
        ops-issued first=3 ops=[settle]
        A-0000001 x 5 in b confirmed ["Arrived"]
        # more than there is
        move-reported report={count:6,direction:in,item_id:A-0000001.0,state:credited} state=claimed
        claim-not-covered: by the books container T-SJ6D-877F-J1YS has not so much of A-0000001.0, or not as whole units: withdraw what there is, and issue the target what it shall have
        A-0000001 x 5 in a confirmed ["Claimed"]
        # of 151: 100
        # the source has it back
        move-reported report={count:5,direction:in,item_id:A-0000001.0,state:credited} state=claimed
        move-reported report={count:5,direction:out,item_id:A-0000001.0,state:refunded} state=contradiction
        ops-issued first=3 ops=[settle]
        A-0000001 x 5 in a confirmed ["Contradiction"]
    "##]].assert_eq(&shown);
}
