//! What is kept for those who have waited for their patience, and what never is.

mod script;

use expect_test::expect;
use script::check;

#[test]
fn tickets_of_one_device_are_served_as_one_holder() {
    // Each time both tickets of `b` are served by one decision, after a stranger's lease has ended.
    check(
        "item one 1.0 x2 exclusive
         a checkout one; c checkout one; b#1 checkout one wait=1h; b#2 checkout one wait=1h
         d checkout one wait=1h; +15m; +2s; show leases",
        expect![[r#"
            L1 granted one 1.0 x1 from i1[1] until +0:15:00
            L2 granted one 1.0 x1 from i1[2] until +0:15:00
            T1 b waits for one 0 x1 until +1:00:00
            T2 b waits for one 0 x1 until +1:00:00
            T3 d waits for one 0 x1 until +1:00:00
            expired L1, L2
            T1 is offered L3 granted one 1.0 x1 from i1[1] until +0:15:32
            T3 is offered L4 granted one 1.0 x1 from i1[2] until +0:15:32
            L3 one 1.0 x1[1] b until +0:15:32
            L4 one 1.0 x1[2] d until +0:15:32
        "#]],
    );
    check(
        "item sim 1.0 x2 basis=device
         a checkout sim; c checkout sim; b#1 checkout sim wait=1h; b#2 checkout sim wait=1h
         d checkout sim wait=1h; +15m; +2s; show leases",
        expect![[r#"
            L1 granted sim 1.0 x1 from i1[1] until +0:15:00
            L2 granted sim 1.0 x1 from i1[2] until +0:15:00
            T1 b waits for sim 0 x1 until +1:00:00
            T2 b waits for sim 0 x1 until +1:00:00
            T3 d waits for sim 0 x1 until +1:00:00
            expired L1, L2
            T1 is offered L3 granted sim 1.0 x1 from i1[1] until +0:15:32
            T2 is offered L4 shared-seat sim 1.0 x1 from i1[1] until +0:15:32
            T3 is offered L5 granted sim 1.0 x1 from i1[2] until +0:15:32
            L3 sim 1.0 x1[1] b until +0:15:32
            L4 sim 1.0 x1[1] b until +0:15:32
            L5 sim 1.0 x1[2] d until +0:15:32
        "#]],
    );
    check(
        "item cad 1.0 x2
         model partitions { partition 'p' { 'cad' 1.0 2 max 1 } } on any() { use 'p' }
         a checkout cad; c checkout cad; b#1 checkout cad wait=1h; b#2 checkout cad wait=1h
         d checkout cad wait=1h; +15m; +2s; show leases",
        expect![[r#"
            model-set
            L1 granted cad 1.0 x1 from i1/p[1] until +0:15:00
            L2 granted cad 1.0 x1 from i1/p[2] until +0:15:00
            T1 b waits for cad 0 x1 until +1:00:00
            T2 b waits for cad 0 x1 until +1:00:00
            T3 d waits for cad 0 x1 until +1:00:00
            expired L1, L2
            T1 is offered L3 granted cad 1.0 x1 from i1/p[1] until +0:15:32
            T3 is offered L4 granted cad 1.0 x1 from i1/p[2] until +0:15:32
            L3 cad 1.0 x1[1] b until +0:15:32
            L4 cad 1.0 x1[2] d until +0:15:32
        "#]],
    );
}

#[test]
fn what_an_owner_holds_goes_to_its_new_process_whoever_waits() {
    // `w` has waited long enough that what is free is kept for it.
    check(
        "item cad 1.0 x2; item ses 1.0 x2 basis=session; item one 1.0 x1
         a#1@job checkout cad; w checkout cad x2 wait=1h; +1m; b checkout cad; a#2@job checkout cad
         a#3@job checkout cad x2; show leases; show queue
         a/ann/s1#1@job checkout ses; v checkout ses x2 wait=1h; +1m; a/ann/s1#2@job checkout ses",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            T1 w waits for cad 0 x2 until +1:00:00
            D-1 no-seats: 1 of "cad" wanted, 1 of 2 free; wait in line: what is free is kept for those who wait already
            L1 taken over by L2
            L2 granted cad 1.0 x1 from i1[1] until +0:16:00
            D-2 no-seats: 2 of "cad" wanted, 2 of 2 free; wait in line: what is free is kept for those who wait already
            L2 cad 1.0 x1[1] a until +0:16:00
            T1 cad for w: 0 ahead, expected +0:16:02
            L3 granted ses 1.0 x1 from i2[1] until +0:16:00
            T2 v waits for ses 0 x2 until +1:01:00
            L3 taken over by L4
            L4 granted ses 1.0 x1 from i2[1] until +0:17:00
        "#]],
    );
}

#[test]
fn a_device_set_gets_its_own_seats_again_whoever_waits() {
    // What the set gives back is kept for nobody until the device has what it asked for.
    check(
        "item cad 1.0 x3; a checkout cad x2; w checkout cad x3 wait=1h; +1m; a set cad; show leases",
        expect![[r#"
            L1 granted cad 1.0 x2 from i1[1-2] until +0:15:00
            T1 w waits for cad 0 x3 until +1:00:00
            released L1
            L2 granted cad 1.0 x1 from i1[1] until +0:16:00
            L2 cad 1.0 x1[1] a until +0:16:00
        "#]],
    );
    check(
        "item cad 1.0 x3; a checkout cad; w checkout cad x3 wait=1h; +1m; a set cad borrow=1h; show leases",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            T1 w waits for cad 0 x3 until +1:00:00
            released L1
            L2 granted cad 1.0 x1 from i1[1] until +1:01:00
            L2 cad 1.0 x1[1] a until +1:01:00
        "#]],
    );
}

#[test]
fn nothing_is_kept_for_who_may_not_have_it() {
    // A revoked key; a pool that only a reservation opens.
    check(
        "key+ k1; item cad 1.0 x1; a checkout cad; b checkout cad wait=1h key=k1; key- k1; +1m; release L1; d checkout cad",
        expect![[r#"
            client-key-added
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            T1 b waits for cad 0 x1 until +1:00:00
            client-key-revoked
            released L1
            L2 granted cad 1.0 x1 from i1[1] until +0:16:00
        "#]],
    );
    check(
        "item cad 1.0 x3
         model partitions { partition 'p' { 'cad' 1.0 2 } } on user('ann') { use 'p' }
         reserve g c cad pool=p
         c checkout cad; x checkout cad; c checkout cad wait=1h; +1m; b/ann checkout cad",
        expect![[r#"
            model-set
            reserved R-1 g revision 1
            L1 granted cad 1.0 x1 from i1/p[1] until +0:15:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            T1 c waits for cad 0 x1 until +1:00:00
            L3 granted cad 1.0 x1 from i1/p[3] until +0:16:00
        "#]],
    );
}

#[test]
fn what_can_never_come_is_not_waited_for() {
    // More than one holder may have; the same seat twice.
    check(
        "item cad 1.0 x2
         model partitions { partition 'p' { 'cad' 1.0 2 max 1 } } on any() { use 'p' }
         a checkout cad; b checkout cad; c checkout cad x2 wait=1h; c checkout cad x2 partial wait=1h",
        expect![[r#"
            model-set
            L1 granted cad 1.0 x1 from i1/p[1] until +0:15:00
            L2 granted cad 1.0 x1 from i1/p[2] until +0:15:00
            D-1 max-per-holder: the holder has as many of "cad" as one holder may; ask for at most 1
            T1 c waits for cad 0 x2 until +1:00:00
        "#]],
    );
    check(
        "item cad 1.0 x1; c checkout cad, cad all wait=1h; d checkout cad",
        expect![[r#"
            D-1 no-seats: 1 of "cad" wanted, 0 of 1 free; ask the publisher for a new or larger license
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
        "#]],
    );
    check(
        "item sim 1.0 x1 basis=device; a checkout sim; c checkout sim, sim all wait=1h; release L1",
        expect![[r#"
            L1 granted sim 1.0 x1 from i1[1] until +0:15:00
            T1 c waits for sim 0 x1 + sim 0 x1 until +1:00:00
            released L1
            T1 is offered L2 granted sim 1.0 x1 from i1[1] until +0:00:30 and L3 shared-seat sim 1.0 x1 from i1[1] until +0:00:30
        "#]],
    );
}

#[test]
fn what_is_wanted_together_is_kept_and_taken_together() {
    // One part is free when the other is not; one part is gone when the offer is taken.
    check(
        "item cad 1.0 x1; item sim 1.0 x1; a checkout cad; b checkout sim
         c checkout cad, sim all wait=1h; +1m; release L1; d checkout cad; release L2; e checkout sim; claim T1",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted sim 1.0 x1 from i2[1] until +0:15:00
            T1 c waits for cad 0 x1 + sim 0 x1 until +1:00:00
            released L1
            D-1 no-seats: 1 of "cad" wanted, 1 of 1 free; wait in line: what is free is kept for those who wait already
            released L2
            T1 is offered L3 granted cad 1.0 x1 from i1[1] until +0:01:30 and L4 granted sim 1.0 x1 from i2[1] until +0:01:30
            D-2 no-seats: 1 of "sim" wanted, 0 of 1 free; wait-until +0:01:32
            T1 claimed
            renewed L3 until +0:16:00
            renewed L4 until +0:16:00
        "#]],
    );
    check(
        "item cad 1.0 x1; item sim 1.0 x1; a checkout cad, sim; b checkout cad, sim all wait=1h
         release L1; release L2; reserve g z sim; claim T1; show leases; +35s; show leases",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted sim 1.0 x1 from i2[1] until +0:15:00
            T1 b waits for cad 0 x1 + sim 0 x1 until +1:00:00
            released L1
            released L2
            T1 is offered L3 granted cad 1.0 x1 from i1[1] until +0:00:30 and L4 granted sim 1.0 x1 from i2[1] until +0:00:30
            reserved R-1 g revision 1
            refused ticket-ended: T-1: waiting has ended (what it was offered was not taken in time)
            L3 cad 1.0 x1[1] b until +0:00:30
            L4 sim 1.0 x1[1] b until +0:00:30
            expired L3, L4
            T1 lapsed
        "#]],
    );
}

#[test]
fn no_more_is_kept_than_is_wanted() {
    // There is plenty of one part: whoever wants only that does not wait for the other.
    check(
        "item cad 1.0 x5; item sim 1.0 x1; a checkout sim; c checkout cad, sim all wait=1h; +1m
         d checkout cad x4; e checkout cad; release L2; release L1; f checkout cad x3; show queue",
        expect![[r#"
            L1 granted sim 1.0 x1 from i2[1] until +0:15:00
            T1 c waits for cad 0 x1 + sim 0 x1 until +1:00:00
            L2 granted cad 1.0 x4 from i1[1-4] until +0:16:00
            D-1 no-seats: 1 of "cad" wanted, 1 of 5 free; wait in line: what is free is kept for those who wait already
            released L2
            released L1
            T1 is offered L3 granted cad 1.0 x1 from i1[1] until +0:01:30 and L4 granted sim 1.0 x1 from i2[1] until +0:01:30
            L5 granted cad 1.0 x3 from i1[2-4] until +0:16:00
            T1 cad + sim for c: 2 offered until +0:01:30
        "#]],
    );
    // Those who wait have a claim each; in the overdraft, among versions and in a pool as well.
    check(
        "item cad 1.0 x2 overdraft=2; item sim 1.0 x1; a checkout sim
         b checkout cad, sim all wait=1h; c checkout cad x2, sim all wait=1h; +1m; d checkout cad; e checkout cad",
        expect![[r#"
            L1 granted sim 1.0 x1 from i2[1] until +0:15:00
            T1 b waits for cad 0 x1 + sim 0 x1 until +1:00:00
            T2 c waits for cad 0 x2 + sim 0 x1 until +1:00:00
            L2 granted-overdraft cad 1.0 x1 from i1[1] until +0:16:00
            D-1 no-seats: 1 of "cad" wanted, 3 of 4 free; wait in line: what is free is kept for those who wait already
        "#]],
    );
    check(
        "item cad 1.0 x1; item cad 2.0 x1; item sim 1.0 x1; a checkout sim
         c checkout cad, sim all wait=1h; +1m; d checkout cad; e checkout cad 2.0",
        expect![[r#"
            L1 granted sim 1.0 x1 from i3[1] until +0:15:00
            T1 c waits for cad 0 x1 + sim 0 x1 until +1:00:00
            L2 granted cad 2.0 x1 from i2[1] until +0:16:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:16:02
        "#]],
    );
    check(
        "item cad 1.0 x3; item sim 1.0 x1
         model partitions { partition 'p' { 'cad' 1.0 2 } } on any() { use 'p', 'default' }
         a checkout sim; c checkout cad, sim all wait=1h; +1m; d checkout cad x2; e checkout cad",
        expect![[r#"
            model-set
            L1 granted sim 1.0 x1 from i2[1] until +0:15:00
            T1 c waits for cad 0 x1 + sim 0 x1 until +1:00:00
            L2 granted cad 1.0 x2 from i1/p[1] + i1[2] until +0:16:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 3 free; wait in line: what is free is kept for those who wait already
        "#]],
    );
    // What a ticket has reserved does not count for it twice.
    check(
        "item cad 1.0 x3; item sim 1.0 x1; reserve g c cad; a checkout sim
         c checkout cad, sim all wait=1h; b checkout cad, sim all wait=1h; +1m; d checkout cad; e checkout cad",
        expect![[r#"
            reserved R-1 g revision 1
            L1 granted sim 1.0 x1 from i2[1] until +0:15:00
            T1 c waits for cad 0 x1 + sim 0 x1 until +1:00:00
            T2 b waits for cad 0 x1 + sim 0 x1 until +1:00:00
            L2 granted cad 1.0 x1 from i1[1] until +0:16:00
            D-1 reserved-for-others: the free seats of "cad" are reserved for others; wait in line: what is free is kept for those who wait already
        "#]],
    );
}

#[test]
fn a_seat_that_is_kept_for_its_user_counts_for_a_ticket_of_that_user() {
    // Ann has no lease, but her named seat.
    check(
        "item usr 1.0 x1 basis=user named=7; item sim 1.0 x1; a/ann checkout usr; b checkout sim; release L1
         c/ann checkout usr, sim all wait=1h; release L2; d checkout sim",
        expect![[r#"
            L1 granted usr 1.0 x1 from i1[1] until +0:15:00
            L2 granted sim 1.0 x1 from i2[1] until +0:15:00
            released L1
            T1 c waits for usr 0 x1 + sim 0 x1 until +1:00:00
            released L2
            T1 is offered L3 shared-seat usr 1.0 x1 from i1[1] until +0:00:30 and L4 granted sim 1.0 x1 from i2[1] until +0:00:30
            D-1 no-seats: 1 of "sim" wanted, 0 of 1 free; wait-until +0:00:32
        "#]],
    );
}
