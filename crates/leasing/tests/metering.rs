//! Metered features: what happens, case by case.

mod script;

use expect_test::expect;
use script::check;

#[test]
fn units_are_used_up_and_taken_back_within_their_time() {
    check(
        "item api 1.0 x10 metered=5m
         a consume api x4; a consume api x7; undo U-1; a consume api x7; show left api
         +5m; undo U-2; undo U-9; undo U-1; a consume api x3; show features",
        expect![[r#"
            U-1 api 1.0 x4 from i1 x4, undo +0:05:00
            D-1 over-metered: 7 of "api" wanted, 6 of 10 left; ask for at most 6
            U-1 taken back
            U-2 api 1.0 x7 from i1 x7, undo +0:05:00
            left Some(3)
            refused undo-too-late: this use can no longer be taken back
            refused usage-unknown: this server has no such use
            refused undo-too-late: this use can no longer be taken back
            U-3 api 1.0 x3 from i1 x3, undo +0:10:00
            api 1.0 total 10 used 10 available 0 overdraft 0/0 borrowed 0 ends never to never
            api (1.0) total 10 used 10 leases 0
        "#]],
    );
}

#[test]
fn without_time_for_it_nothing_is_taken_back() {
    check(
        "item api 1.0 x10 metered=0s; a consume api; undo U-1",
        expect![[r#"
        U-1 api 1.0 x1 from i1 x1, undo +0:00:00
        refused undo-too-late: this use can no longer be taken back
    "#]],
    );
}

#[test]
fn reusable_units_come_back_at_any_time() {
    check(
        "item cpu 1.0 x8 reusable
         a consume cpu x8; b consume cpu; +30d; undo U-1; b consume cpu x8",
        expect![[r#"
            U-1 cpu 1.0 x8 from i1 x8, undo for ever
            D-1 over-metered: 1 of "cpu" wanted, 0 of 8 left; ask the publisher for a new or larger license
            U-1 taken back
            U-2 cpu 1.0 x8 from i1 x8, undo for ever
        "#]],
    );
}

#[test]
fn overdraft_and_several_items() {
    check(
        "item api 1.0 x5 metered=1m expiry=+9d; item api 1.0 x5 reusable overdraft=2; item api 2.0 x1 metered=1m
         a consume api x7; a consume api 2.0; a consume api 2.0; a consume api x6; a consume api x5; undo U-1",
        expect![[r#"
            U-1 api 1.0 x7 from i1 x5 + i2 x2, undo +0:01:00
            U-2 api 2.0 x1 from i3 x1, undo +0:01:00
            D-1 over-metered: 1 of "api" wanted, 0 of 1 left; version 1.0 is free
            D-2 over-metered: 6 of "api" wanted, 5 of 13 left; ask for at most 5
            U-3 api 1.0 x5 from i2 x5, undo for ever
            U-1 taken back
        "#]],
    );
}

#[test]
fn enforcement_lets_metered_use_exceed_the_count() {
    check(
        "item api 1.0 x5 metered=1m record; a consume api x9; show left api",
        expect![[r#"
        U-1 api 1.0 x9 from i1 x9 (4 over), undo +0:01:00
        left Some(0)
    "#]],
    );
}

#[test]
fn metered_features_are_not_held_and_held_ones_not_used_up() {
    check(
        "item api 1.0 x5 metered=1m; item cad 1.0 x5
         a checkout api; a consume cad; a consume sim; a consume api x0; a consume api 2.0",
        expect![[r#"
            D-1 metered-feature: "api" is metered: it is used up, not held; consume the feature instead of checking it out
            refused not-metered: feature "cad" is not metered; check it out instead
            D-2 unknown-feature: this server has no license for "sim"; ask the publisher for a new or larger license
            refused bad-request: feature "api": count must be from 1 to 1000000000000
            D-3 version-too-low: the license for "api" does not cover version 2.0; version 1.0 is free
        "#]],
    );
}

#[test]
fn only_the_key_that_used_takes_back() {
    check(
        "item api 1.0 x5 metered=1m; key+ k1
         a consume api key=k1; undo U-1 key=k2; undo U-1 key=k1; a consume api; undo U-2 admin=ann",
        expect![[r#"
            client-key-added
            U-1 api 1.0 x1 from i1 x1, undo +0:01:00
            refused not-yours: only the holder may do this
            U-1 taken back
            U-2 api 1.0 x1 from i1 x1, undo +0:01:00
            U-2 taken back
        "#]],
    );
}

#[test]
fn batches_are_counted_exactly_once() {
    check(
        "item api 1.0 x10 metered=5m
         a batch c1 1 api x2, api x3; a batch c1 1 api x2, api x3; a batch c1 2 api x3, api x1
         a batch c1 5 api; b batch c1 1 api; a batch c2 1 api; show left api; undo U-2; show left api",
        expect![[r#"
            c1 reported through 2:
              1 api x2 from i1 x2
              2 api x3 from i1 x3
            nothing
            c1 reported through 3:
              3 api x1 from i1 x1
            refused batch-gap: the batch must begin at entry 4 or before
            c1 reported through 1:
              1 api x1 from i1 x1
            c2 reported through 1:
              1 api x1 from i1 x1
            left Some(2)
            U-2 taken back
            left Some(5)
        "#]],
    );
}

#[test]
fn what_was_used_off_line_is_recorded_also_beyond_what_there_was() {
    check(
        "item api 1.0 x5 metered=1m; item old 1.0 x5 metered=1m expiry=+1m; item cad 1.0 x1
         +2m; a batch c 1 api x9, old x2, sim, cad; a consume api; show items",
        expect![[r#"
            c reported through 4:
              1 api x9 from i1 x9 (4 over) over-metered
              2 old x2 from i2 x2 (2 over) expired
              3 sim x1 unknown-feature
              4 cad x1 metered-feature
            D-1 over-metered: 1 of "api" wanted, 0 of 5 left; ask the publisher for a new or larger license
            i1 api 1.0 live: used 9, free 0
            i3 cad 1.0 live: used 0, free 1
            i2 old 1.0 ended: used 2, free 0
        "#]],
    );
}

#[test]
fn impossible_batches_are_refused() {
    check(
        "item api 1.0 x5 metered=1m; a batch c 0 api; a batch c 2 api; a batch c 1; a batch c 1 api x0; a batch c 18446744073709551615 api",
        expect![[r#"
            refused bad-request: the entries of a batch are numbered from 1 without gaps
            refused batch-gap: the batch must begin at entry 1 or before
            nothing
            refused bad-request: feature "api": count must be from 1 to 1000000000000
            refused batch-gap: the batch must begin at entry 1 or before
        "#]],
    );
}

#[test]
fn an_unsigned_batch_is_denied_where_signatures_are_demanded() {
    check(
        "item api 1.0 x5 metered=1m; property security.client-signature-required=true
         a batch c 1 api; a consume api; key+ k1; a batch c 1 api key=k1",
        expect![[r#"
            properties-set
            D-1 unsigned-request: this server demands requests signed with a registered key; sign the request with a registered key
            D-2 unsigned-request: this server demands requests signed with a registered key; sign the request with a registered key
            client-key-added
            c reported through 1:
              1 api x1 from i1 x1
        "#]],
    );
}

#[test]
fn units_stay_used_up_when_the_license_comes_back() {
    check(
        "item api 1.0 x5 metered=1m; a consume api x3; withdraw i1; a consume api
         item api 1.0 x5 metered=1m id=i1; show items; undo U-1; show items",
        expect![[r#"
            U-1 api 1.0 x3 from i1 x3, undo +0:01:00
            D-1 unknown-feature: this server has no license for "api"; ask the publisher for a new or larger license
            i1 api 1.0 live: used 3, free 2
            U-1 taken back
            i1 api 1.0 live: used 0, free 5
        "#]],
    );
}
