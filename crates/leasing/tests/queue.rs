//! Waiting: tickets, offers, claims, who is served when; and the laws of it over random plays.

mod script;

use expect_test::expect;
use proptest::prelude::*;
use script::{Stage, check};
use std::collections::BTreeMap;
use tenure_leasing::{Event, TicketId};

#[test]
fn a_seat_that_comes_back_is_held_for_the_first_who_waits() {
    check(
        "item cad 1.0 x1
         a checkout cad; b checkout cad wait=10m; c checkout cad wait=10m; show queue
         claim T1; release L1; show queue; show leases; claim T2; claim T1; claim T1; renew L2
         release L2; claim T2",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            T1 b waits for cad 0 x1 until +0:10:00
            T2 c waits for cad 0 x1 until +0:10:00
            T1 cad for b: 0 ahead, expected +0:15:02
            T2 cad for c: 1 ahead, expected unknown
            nothing
            released L1
            T1 is offered L2 granted cad 1.0 x1 from i1[1] until +0:00:30
            T1 cad for b: 1 offered until +0:00:30
            T2 cad for c: 0 ahead, expected +0:00:32
            L2 cad 1.0 x1[1] b until +0:00:30
            nothing
            T1 claimed
            renewed L2 until +0:15:00
            renewed L2 until +0:15:00
            renewed L2 until +0:15:00
            released L2
            T2 is offered L3 granted cad 1.0 x1 from i1[1] until +0:00:30
            T2 claimed
            renewed L3 until +0:15:00
        "#]],
    );
}

#[test]
fn what_is_not_claimed_goes_to_the_next() {
    check(
        "item cad 1.0 x1; a checkout cad; b checkout cad wait=1h; c checkout cad wait=1h
         +15m; +2s; claim T9; +30s; +2s; claim T1; claim T2; show leases",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            T1 b waits for cad 0 x1 until +1:00:00
            T2 c waits for cad 0 x1 until +1:00:00
            expired L1
            T1 is offered L2 granted cad 1.0 x1 from i1[1] until +0:15:32
            refused ticket-unknown: this server has no such ticket
            expired L2
            T1 lapsed
            T2 is offered L3 granted cad 1.0 x1 from i1[1] until +0:16:04
            refused ticket-ended: T-1: waiting has ended (what it was offered was not taken in time)
            T2 claimed
            renewed L3 until +0:30:34
            L3 cad 1.0 x1[1] c until +0:30:34
        "#]],
    );
}

#[test]
fn waiting_ends_with_a_denial() {
    check(
        "item cad 1.0 x1; a checkout cad borrow=1h; b checkout cad wait=1m; +59s; show queue; +1s; claim T1; show denials",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +1:00:00
            T1 b waits for cad 0 x1 until +0:01:00
            T1 cad for b: 0 ahead, expected +1:00:02
            D-1 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +1:00:02
            T1 waited-out
            refused ticket-ended: T-1: waiting has ended (nothing came in time)
            D-1 cad no-seats for b
        "#]],
    );
}

#[test]
fn a_newcomer_never_overtakes() {
    check(
        "item cad 1.0 x2; a checkout cad x2; b checkout cad wait=10m; release L1; c checkout cad; d checkout cad",
        expect![[r#"
            L1 granted cad 1.0 x2 from i1[1-2] until +0:15:00
            T1 b waits for cad 0 x1 until +0:10:00
            released L1
            T1 is offered L2 granted cad 1.0 x1 from i1[1] until +0:00:30
            L3 granted cad 1.0 x1 from i1[2] until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 2 free; wait-until +0:00:32
        "#]],
    );
}

#[test]
fn who_wants_more_is_passed_over_until_patience_is_over() {
    check(
        "item cad 1.0 x3; a checkout cad; b checkout cad; c checkout cad
         d checkout cad x3 wait=1h; e checkout cad wait=1h; release L1; claim T2
         +1m; f checkout cad wait=1h; release L2; g checkout cad; release L3; release L4; show queue; claim T1",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            L3 granted cad 1.0 x1 from i1[3] until +0:15:00
            T1 d waits for cad 0 x3 until +1:00:00
            T2 e waits for cad 0 x1 until +1:00:00
            released L1
            T2 is offered L4 granted cad 1.0 x1 from i1[1] until +0:00:30
            T2 claimed
            renewed L4 until +0:15:00
            T3 f waits for cad 0 x1 until +1:01:00
            released L2
            D-1 no-seats: 1 of "cad" wanted, 1 of 3 free; wait in line: what is free is kept for those who wait already
            released L3
            released L4
            T1 is offered L5 granted cad 1.0 x3 from i1[1-3] until +0:01:30
            T1 cad for d: 1 offered until +0:01:30
            T3 cad for f: 0 ahead, expected +0:02:00
            T1 claimed
            renewed L5 until +0:16:00
        "#]],
    );
}

#[test]
fn only_what_may_come_free_is_waited_for() {
    check(
        "item cad 1.0 x2; item api 1.0 x1 metered=5m; a checkout cad x2
         b checkout cad x3 wait=1h; b checkout none wait=1h; b checkout cad 2.0 wait=1h; b checkout api wait=1h
         b checkout cad x9 partial wait=1h; suspend; b checkout cad wait=1h; resume
         property queue.max-length=1; c checkout cad wait=1h
         property queue.max-wait-seconds=0; d checkout cad wait=1h",
        expect![[r#"
            L1 granted cad 1.0 x2 from i1[1-2] until +0:15:00
            D-1 no-seats: 3 of "cad" wanted, 0 of 2 free; wait-until +0:15:02
            D-2 unknown-feature: this server has no license for "none"; ask the publisher for a new or larger license
            D-3 version-too-low: the license for "cad" does not cover version 2.0; ask the publisher for a new or larger license
            D-4 metered-feature: "api" is metered: it is used up, not held; consume the feature instead of checking it out
            T1 b waits for cad 0 x9 until +1:00:00
            suspended
            D-5 server-suspended: an administrator has suspended this server; ask the administrator of this license server
            resumed
            properties-set
            D-6 queue-full: too many are waiting for "cad"; wait-until +0:15:02
            properties-set
            D-7 no-seats: 1 of "cad" wanted, 0 of 2 free; wait-until +0:15:02
        "#]],
    );
}

#[test]
fn features_that_are_wanted_together_wait_together() {
    check(
        "item cad 1.0 x1; item sim 1.0 x1; a checkout cad; b checkout sim
         c checkout cad, sim all wait=1h; d checkout sim wait=1h; release L1; release L2; claim T1; claim T2
         release L3; e checkout cad, sim wait=1h; show queue",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted sim 1.0 x1 from i2[1] until +0:15:00
            T1 c waits for cad 0 x1 + sim 0 x1 until +1:00:00
            T2 d waits for sim 0 x1 until +1:00:00
            released L1
            released L2
            T1 is offered L3 granted cad 1.0 x1 from i1[1] until +0:00:30 and L4 granted sim 1.0 x1 from i2[1] until +0:00:30
            T1 claimed
            renewed L3 until +0:15:00
            renewed L4 until +0:15:00
            nothing
            released L3
            L5 granted cad 1.0 x1 from i1[1] until +0:15:00
            T3 e waits for sim 0 x1 until +1:00:00
            T2 sim for d: 0 ahead, expected +0:15:02
            T3 sim for e: 1 ahead, expected unknown
        "#]],
    );
}

#[test]
fn giving_up_gives_back() {
    check(
        "item cad 1.0 x1; a checkout cad; b checkout cad wait=1h; c checkout cad wait=1h; d checkout cad wait=1h
         cancel T1; cancel T1; release L1; cancel T2; claim T3; cancel T3; cancel T9; show leases
         e checkout cad; f checkout cad wait=1h; cancel T4 admin=ann",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            T1 b waits for cad 0 x1 until +1:00:00
            T2 c waits for cad 0 x1 until +1:00:00
            T3 d waits for cad 0 x1 until +1:00:00
            T1 cancelled
            refused ticket-ended: T-1: waiting has ended (it was cancelled)
            released L1
            T2 is offered L2 granted cad 1.0 x1 from i1[1] until +0:00:30
            released L2
            T2 cancelled
            T3 is offered L3 granted cad 1.0 x1 from i1[1] until +0:00:30
            T3 claimed
            renewed L3 until +0:15:00
            released L3
            refused ticket-unknown: this server has no such ticket
            L4 granted cad 1.0 x1 from i1[1] until +0:15:00
            T4 f waits for cad 0 x1 until +1:00:00
            T4 cancelled
        "#]],
    );
}

#[test]
fn holders_of_the_first_pools_are_served_first_but_nobody_waits_for_ever() {
    check(
        "item cad 1.0 x3
         model partitions { partition 'vip' { 'cad' 1.0 1 } } on user('ann') { use 'vip', 'default' }
         property queue.first-pools=vip queue.aging-seconds=120
         a checkout cad x2; b/ann checkout cad
         old checkout cad wait=1h; +2m; early checkout cad wait=1h; +1m; c/ann checkout cad wait=1h; show queue
         release L1; claim T1; claim T3; release L2",
        expect![[r#"
            model-set
            properties-set
            L1 granted cad 1.0 x2 from i1[1-2] until +0:15:00
            L2 granted cad 1.0 x1 from i1/vip[3] until +0:15:00
            T1 old waits for cad 0 x1 in class 1 until +1:00:00
            T2 early waits for cad 0 x1 in class 1 until +1:02:00
            T3 c waits for cad 0 x1 until +1:03:00
            T1 cad for old: 0 ahead, expected +0:15:02
            T3 cad for c: 1 ahead, expected +0:15:02
            T2 cad for early: 2 ahead, expected unknown
            released L1
            T1 is offered L3 granted cad 1.0 x1 from i1[1] until +0:03:30
            T3 is offered L4 granted cad 1.0 x1 from i1[2] until +0:03:30
            T1 claimed
            renewed L3 until +0:18:00
            T3 claimed
            renewed L4 until +0:18:00
            released L2
        "#]],
    );
}

#[test]
fn a_key_claims_what_it_asked_for() {
    check(
        "key+ k1; item cad 1.0 x1; a checkout cad; b checkout cad wait=1h key=k1; release L1
         claim T1 key=k2; claim T1 key=k1; cancel T1 key=k2",
        expect![[r#"
            client-key-added
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            T1 b waits for cad 0 x1 until +1:00:00
            released L1
            T1 is offered L2 granted cad 1.0 x1 from i1[1] until +0:00:30
            refused not-yours: only the holder may do this
            T1 claimed
            renewed L2 until +0:15:00
            refused ticket-ended: T-1: waiting has ended (what it was offered was taken, and has ended)
        "#]],
    );
}

#[test]
fn who_waits_shares_a_seat_that_its_device_gets() {
    check(
        "item cad 1.0 x1 basis=device; a checkout cad; b#1 checkout cad wait=1h; b#2 checkout cad wait=1h; release L1",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            T1 b waits for cad 0 x1 until +1:00:00
            T2 b waits for cad 0 x1 until +1:00:00
            released L1
            T1 is offered L2 granted cad 1.0 x1 from i1[1] until +0:00:30
            T2 is offered L3 shared-seat cad 1.0 x1 from i1[1] until +0:00:30
        "#]],
    );
}

#[test]
fn nobody_is_served_while_the_server_is_suspended() {
    check(
        "item cad 1.0 x1; a checkout cad; b checkout cad wait=1h; suspend; release L1; resume; claim T1",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            T1 b waits for cad 0 x1 until +1:00:00
            suspended
            released L1
            resumed
            T1 is offered L2 granted cad 1.0 x1 from i1[1] until +0:00:30
            T1 claimed
            renewed L2 until +0:15:00
        "#]],
    );
}

#[test]
fn a_larger_license_serves_who_waits() {
    check(
        "item cad 1.0 x1; a checkout cad; b checkout cad wait=1h; replace i1 x2; tick",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            T1 b waits for cad 0 x1 until +1:00:00
            T1 is offered L2 granted cad 1.0 x1 from i1[2] until +0:00:30
            nothing
        "#]],
    );
}

/// Seconds from the queueing of each ticket to its offer; none: it has none.
fn waits(stage: &Stage) -> BTreeMap<TicketId, Option<i64>> {
    let mut waits = BTreeMap::new();
    let mut since = BTreeMap::new();
    for event in stage.events() {
        match event {
            Event::Queued(queued) => {
                since.insert(queued.ticket, queued.at);
                waits.insert(queued.ticket, None);
            }
            Event::Offered(offered) => {
                let from = since[&offered.ticket].as_millis();
                waits.insert(offered.ticket, Some((offered.at.as_millis() - from) / 1_000));
            }
            _ => {}
        }
    }
    waits
}

/// Releases every lease that is as old as this, in seconds, and claims every offer.
fn turn(stage: &mut Stage, age: i64) {
    use tenure_leasing::{LeaseFilter, LeaseOrder, Page};
    let now = stage.now();
    let offers = stage.state.ticket_rows(None, Page::ALL, now).rows;
    for row in offers.iter().filter(|row| row.offer.is_some()) {
        stage.line(&format!("claim T{}", row.id.0));
    }
    let rows = stage.state.lease_rows(&LeaseFilter::default(), LeaseOrder::OldestFirst, Page::ALL);
    for row in rows.rows {
        if now.at.as_millis() - row.granted.as_millis() >= age * 1_000 {
            stage.line(&format!("release L{}", row.id.0));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever wants more than ever comes free at once is served after patience and the longest time that anybody
    /// holds a seat, however many others come, waiting or not, for less.
    #[test]
    fn nobody_starves(
        wants in 1..5_u32,
        hold in 30..200_i64,
        crowd in prop::collection::vec((1..4_u32, any::<bool>(), 1..15_i64), 60..120),
    ) {
        let mut stage = Stage::new();
        stage.line("item cad 1.0 x4");
        stage.line("old checkout cad x4");
        stage.line(&format!("big checkout cad x{wants} wait=2h"));
        for (place, (count, waits, gap)) in crowd.into_iter().enumerate() {
            let wait = if waits { "wait=20s" } else { "" };
            stage.line(&format!("h{place} checkout cad x{count} {wait}"));
            stage.pass(gap * 1_000);
            turn(&mut stage, hold);
        }
        for _ in 0..60 {
            stage.pass(10_000);
            turn(&mut stage, hold);
        }
        let waited = waits(&stage)[&TicketId(1)];
        // Patience, the longest hold, an offer that was made before, and the steps of this play.
        prop_assert!(waited.is_some_and(|waited| waited <= 60 + hold + 30 + 40), "{waited:?} of {hold}");
        stage.close();
    }

    /// A line is never longer than it may be, and everybody in it is served in the end.
    #[test]
    fn lines_are_bounded_and_end(
        most in 1..6_usize,
        crowd in prop::collection::vec((1..3_u32, 1..20_i64), 10..60),
    ) {
        let mut stage = Stage::new();
        stage.line("item cad 1.0 x2");
        stage.line(&format!("property queue.max-length={most}"));
        for (place, (count, gap)) in crowd.into_iter().enumerate() {
            stage.line(&format!("h{place} checkout cad x{count} wait=20h"));
            let lengths = stage.state.queue_lengths();
            prop_assert!(lengths.iter().all(|(_, length)| *length <= most), "{lengths:?}");
            stage.pass(gap * 1_000);
            turn(&mut stage, 60);
        }
        for _ in 0..200 {
            stage.pass(10_000);
            turn(&mut stage, 60);
        }
        prop_assert!(waits(&stage).values().all(Option::is_some));
        prop_assert_eq!(stage.state.queue_lengths(), []);
        stage.close();
    }
}
