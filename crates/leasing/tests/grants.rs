//! Granting and sharing: what happens, case by case.

mod script;

use expect_test::expect;
use script::check;

#[test]
fn a_seat_comes_back_when_it_is_not_renewed() {
    check(
        "item cad 2.0 x1
         ws1 checkout cad 1.0; ws2 checkout cad 1.0
         +15m; ws2 checkout cad; +2s; ws2 checkout cad
         renew L1; renew L9; show denials",
        expect![[r#"
            L1 granted cad 2.0 x1 from i1[1] until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            D-2 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            expired L1
            L2 granted cad 2.0 x1 from i1[1] until +0:30:02
            refused lease-ended: L1: the lease has ended (it was not renewed in time)
            refused lease-unknown: L9: this server has no such lease
            D-2 cad no-seats for ws2, recovered +0:15:02
            D-1 cad no-seats for ws2
        "#]],
    );
}

#[test]
fn exact_versions_come_before_higher_ones_and_lower_ones_never() {
    check(
        "item cad 3.0 x1; item cad 2.0 x1; item cad 1.0 x1
         ws1 checkout cad 2.0; ws2 checkout cad 2.0; ws3 checkout cad 2.0
         ws4 checkout cad 4.0; ws5 checkout cad 0",
        expect![[r#"
            L1 granted cad 2.0 x1 from i2[1] until +0:15:00
            L2 granted cad 3.0 x1 from i1[2] until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 2 free; version 1.0 is free
            D-2 version-too-low: the license for "cad" does not cover version 4.0; ask the publisher for a new or larger license
            L3 granted cad 1.0 x1 from i3[3] until +0:15:00
        "#]],
    );
}

#[test]
fn the_order_of_a_grant() {
    check(
        "item cad 1.0 x1 id=perpetual
         item cad 1.0 x1 id=late expiry=+20d
         item cad 1.0 x1 id=soon expiry=+2d overdraft=1
         item cad 1.0 x1 id=grace expiry=+1h grace=5
         item cad 2.0 x1 id=higher expiry=+1d
         +2h
         ws1 checkout cad 1.0 x6
         ws2 checkout cad 1.0",
        expect![[r#"
            L1 granted-overdraft cad 1.0 x6 from soon[1-2] + late[3] + perpetual[4] + grace[5] + higher[6] until +2:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 6 free; wait-until +2:15:02
        "#]],
    );
}

#[test]
fn all_or_nothing_and_as_many_as_there_are() {
    check(
        "item cad 1.0 x3; item sim 1.0 x1
         ws1 checkout cad 1.0 x2, sim 1.0 x2 all
         ws1 checkout cad 1.0 x2, sim 1.0 x2
         ws2 checkout cad 1.0 x5 partial, sim 1.0 partial
         ws3 checkout cad 1.0 x5 partial",
        expect![[r#"
            D-1 no-seats: 2 of "sim" wanted, 1 of 1 free; ask for at most 1
            L1 granted cad 1.0 x2 from i1[1-2] until +0:15:00
            D-2 no-seats: 2 of "sim" wanted, 1 of 1 free; ask for at most 1
            L2 granted cad 1.0 x1 from i1[3] until +0:15:00
            L3 granted sim 1.0 x1 from i2[1] until +0:15:00
            D-3 no-seats: 5 of "cad" wanted, 0 of 3 free; wait-until +0:15:02
        "#]],
    );
}

#[test]
fn seat_numbers_are_the_lowest_free_ones() {
    check(
        "item cad 1.0 x10
         a checkout cad x2; b checkout cad x3; c checkout cad x1
         release L1; d checkout cad; e checkout cad x3; release L2; f checkout cad x4; show leases",
        expect![[r#"
            L1 granted cad 1.0 x2 from i1[1-2] until +0:15:00
            L2 granted cad 1.0 x3 from i1[3-5] until +0:15:00
            L3 granted cad 1.0 x1 from i1[6] until +0:15:00
            released L1
            L4 granted cad 1.0 x1 from i1[1] until +0:15:00
            L5 granted cad 1.0 x3 from i1[2,7-8] until +0:15:00
            released L2
            L6 granted cad 1.0 x4 from i1[3-5,9] until +0:15:00
            L3 cad 1.0 x1[6] c until +0:15:00
            L4 cad 1.0 x1[1] d until +0:15:00
            L5 cad 1.0 x3[2,7-8] e until +0:15:00
            L6 cad 1.0 x4[3-5,9] f until +0:15:00
        "#]],
    );
}

#[test]
fn overdraft_by_count_percent_and_without_limit() {
    check(
        "item a 1.0 x2 overdraft=1; item b 1.0 x15 overdraft=10%; item c 1.0 x1 overdraft=unlimited
         ws checkout a x3; ws checkout a
         ws checkout b x16; ws checkout b
         ws checkout c x500; show features",
        expect![[r#"
            L1 granted-overdraft a 1.0 x3 from i1[1-3] until +0:15:00
            D-1 no-seats: 1 of "a" wanted, 0 of 3 free; wait-until +0:15:02
            L2 granted-overdraft b 1.0 x16 from i2[1-16] until +0:15:00
            D-2 no-seats: 1 of "b" wanted, 0 of 16 free; wait-until +0:15:02
            L3 granted-overdraft c 1.0 x500 from i3[1-500] until +0:15:00
            a 1.0 total 2 used 3 available 0 overdraft 1/1 borrowed 0 ends never to never
            b 1.0 total 15 used 16 available 0 overdraft 1/1 borrowed 0 ends never to never
            c 1.0 total 1 used 500 available 0 overdraft 499/any borrowed 0 ends never to never
            a (1.0) total 2 used 3 leases 1
            b (1.0) total 15 used 16 leases 1
            c (1.0) total 1 used 500 leases 1
        "#]],
    );
}

#[test]
fn uncounted_items_have_no_seats_to_run_out_of() {
    check(
        "item cad 1.0 uncounted
         ws1 checkout cad x1000; ws2 checkout cad; ws2 preview cad; show features",
        expect![[r#"
            L1 granted cad 1.0 x1000 from i1 until +0:15:00
            L2 granted cad 1.0 x1 from i1 until +0:15:00
            would get cad 1.0 x1 until +0:15:00: granted; any count
            cad 1.0 total any used 1001 available any overdraft 0/0 borrowed 0 ends never to never
            cad (1.0) total any used 1001 leases 2
        "#]],
    );
}

#[test]
fn sharing_by_device_session_and_user() {
    check(
        "item d 1.0 x1 basis=device; item s 1.0 x2 basis=session; item u 1.0 x1 basis=user
         ws1/ann#1 checkout d; ws1/bob#2 checkout d; ws2 checkout d
         release L1; ws2 checkout d; release L2; ws2 checkout d
         ts/ann/s1 checkout s; ts/bob/s2 checkout s; ts/bob/s2#9 checkout s; ts/cho/s3 checkout s
         ws1/ann checkout u; ws2/ann checkout u; ws1/bob checkout u
         show leases; show devices",
        expect![[r#"
            L1 granted d 1.0 x1 from i1[1] until +0:15:00
            L2 shared-seat d 1.0 x1 from i1[1] until +0:15:00
            D-1 no-seats: 1 of "d" wanted, 0 of 1 free; wait-until +0:15:02
            released L1
            D-2 no-seats: 1 of "d" wanted, 0 of 1 free; wait-until +0:15:02
            released L2
            L3 granted d 1.0 x1 from i1[1] until +0:15:00
            L4 granted s 1.0 x1 from i2[1] until +0:15:00
            L5 granted s 1.0 x1 from i2[2] until +0:15:00
            L6 shared-seat s 1.0 x1 from i2[2] until +0:15:00
            D-3 no-seats: 1 of "s" wanted, 0 of 2 free; wait-until +0:15:02
            L7 granted u 1.0 x1 from i3[1] until +0:15:00
            L8 shared-seat u 1.0 x1 from i3[1] until +0:15:00
            D-4 no-seats: 1 of "u" wanted, 0 of 1 free; wait-until +0:15:02
            L3 d 1.0 x1[1] ws2 until +0:15:00
            L4 s 1.0 x1[1] ts/ann until +0:15:00
            L5 s 1.0 x1[2] ts/bob until +0:15:00
            L6 s 1.0 x1[2] ts/bob until +0:15:00
            L7 u 1.0 x1[1] ws1/ann until +0:15:00
            L8 u 1.0 x1[1] ws2/ann until +0:15:00
            ts: 3 leases, 3 seats of s by ann bob
            ws1: 1 leases, 1 seats of u by ann
            ws2: 2 leases, 2 seats of d u by ann
        "#]],
    );
}

#[test]
fn a_shared_seat_grows_with_its_largest_lease_and_shrinks_with_it() {
    check(
        "item d 1.0 x4 basis=device
         ws1 checkout d x1; ws1 checkout d x3; ws1 checkout d x2; ws2 checkout d x2
         release L2; ws2 checkout d x2; ws2 checkout d x3; show leases",
        expect![[r#"
            L1 granted d 1.0 x1 from i1[1] until +0:15:00
            L2 granted d 1.0 x3 from i1[1-3] until +0:15:00
            L3 shared-seat d 1.0 x2 from i1[1-2] until +0:15:00
            D-1 no-seats: 2 of "d" wanted, 1 of 4 free; ask for at most 1
            released L2
            L4 granted d 1.0 x2 from i1[3-4] until +0:15:00
            D-2 no-seats: 3 of "d" wanted, 0 of 4 free; ask for at most 2
            L1 d 1.0 x1[1] ws1 until +0:15:00
            L3 d 1.0 x2[1-2] ws1 until +0:15:00
            L4 d 1.0 x2[3-4] ws2 until +0:15:00
        "#]],
    );
}

#[test]
fn a_named_user_keeps_the_seat_for_some_days() {
    check(
        "item u 1.0 x1 basis=user named=7
         ws1/ann checkout u; release L1; ws1/bob checkout u
         +6d; ws2/ann checkout u; +15m; +2s; ws1/bob checkout u
         +1d; ws1/bob checkout u; release L3; ws1/ann checkout u",
        expect![[r#"
            L1 granted u 1.0 x1 from i1[1] until +0:15:00
            released L1
            D-1 no-seats: 1 of "u" wanted, 0 of 1 free; wait-until +7d 0:00:00
            L2 shared-seat u 1.0 x1 from i1[1] until +6d 0:15:00
            expired L2
            D-2 no-seats: 1 of "u" wanted, 0 of 1 free; wait-until +7d 0:00:00
            expired the seat of i1 kept for ann
            L3 granted u 1.0 x1 from i1[1] until +7d 0:30:02
            released L3
            D-3 no-seats: 1 of "u" wanted, 0 of 1 free; wait-until +14d 0:15:02
        "#]],
    );
}

#[test]
fn a_named_seat_without_user_belongs_to_the_device() {
    check(
        "item u 1.0 x1 basis=user named=1
         ws1 checkout u; ws2 checkout u; release L1; ws2 checkout u; +1d; ws2 checkout u",
        expect![[r#"
            L1 granted u 1.0 x1 from i1[1] until +0:15:00
            D-1 no-seats: 1 of "u" wanted, 0 of 1 free; wait-until +0:15:02
            released L1
            D-2 no-seats: 1 of "u" wanted, 0 of 1 free; wait-until +1d 0:00:00
            expired the seat of i1 kept for ws1
            L2 granted u 1.0 x1 from i1[1] until +1d 0:15:00
        "#]],
    );
}

#[test]
fn exclusive_items_are_held_once() {
    check(
        "item cad 1.0 x5 exclusive; item sim 1.0 x5 exclusive basis=user
         ws1 checkout cad; ws1#2 checkout cad; ws2 checkout cad, cad
         ws1/ann checkout sim; ws2/ann checkout sim; ws1/bob checkout sim
         release L1; ws1 checkout cad",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            D-1 already-exclusive: "cad" may be held once only here, and it is; give back the lease that is held here
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            D-2 already-exclusive: "cad" may be held once only here, and it is; give back the lease that is held here
            L3 granted sim 1.0 x1 from i2[1] until +0:15:00
            D-3 already-exclusive: "sim" may be held once only here, and it is; give back the lease that is held here
            L4 granted sim 1.0 x1 from i2[2] until +0:15:00
            released L1
            L5 granted cad 1.0 x1 from i1[1] until +0:15:00
        "#]],
    );
}

#[test]
fn virtual_machines_may_be_shut_out_by_license_or_administrator() {
    check(
        "item cad 1.0 x5 virtual; item sim 1.0 x5
         vm1~virtual checkout cad, sim; c1~container checkout cad; pc~physical checkout cad; x checkout cad
         property lease.virtual-allowed=false; vm1~virtual checkout sim",
        expect![[r#"
            L1 granted sim 1.0 x1 from i2[1] until +0:15:00
            D-1 virtual-not-allowed: "cad" may not be used on virtual machines or in containers; ask from a physical machine
            D-2 virtual-not-allowed: "cad" may not be used on virtual machines or in containers; ask from a physical machine
            L2 granted cad 1.0 x1 from i1[1] until +0:15:00
            L3 granted cad 1.0 x1 from i1[2] until +0:15:00
            properties-set
            D-3 virtual-not-allowed: "sim" may not be used on virtual machines or in containers; ask the administrator of this license server
        "#]],
    );
}

#[test]
fn enforcement_warn_and_record_grant_beyond_the_count() {
    check(
        "item w 1.0 x1 overdraft=1 warn; item r 1.0 x1 record
         ws checkout w, w, w x3, r x2; show features; renew L3
         ws preview w x9",
        expect![[r#"
            L1 granted w 1.0 x1 from i1[1] until +0:15:00
            L2 granted-overdraft w 1.0 x1 from i1[2] until +0:15:00
            L3 warned-over-count w 1.0 x3 from i1[3-5] until +0:15:00
            L4 recorded-over-count r 1.0 x2 from i2[1-2] until +0:15:00
            r 1.0 total 1 used 2 available 0 overdraft 1/0 borrowed 0 ends never to never
            w 1.0 total 1 used 5 available 0 overdraft 4/1 borrowed 0 ends never to never
            r (1.0) total 1 used 2 leases 1
            w (1.0) total 1 used 5 leases 3
            renewed L3 until +0:15:00
            would get w 1.0 x9 until +0:15:00: warned-over-count; any count
        "#]],
    );
}

#[test]
fn items_begin_end_and_have_days_of_grace() {
    check(
        "item cad 1.0 x1 start=+1h expiry=+2h grace=1
         ws checkout cad; +1h; ws checkout cad; release L1; +50m; ws checkout cad; release L2
         +10m; ws checkout cad; show items; +23h; release L3; ws checkout cad; +1h; ws checkout cad",
        expect![[r#"
            D-1 not-started: the license for "cad" has not begun yet; starts-at +1:00:00
            L1 granted cad 1.0 x1 from i1[1] until +1:15:00
            released L1
            L2 granted cad 1.0 x1 from i1[1] until +2:05:00
            released L2
            L3 granted-in-grace cad 1.0 x1 from i1[1] until +2:15:00
            i1 cad 1.0 in-grace: used 1, free 0
            expired L3
            refused lease-ended: L3: the lease has ended (it was not renewed in time)
            L4 granted-in-grace cad 1.0 x1 from i1[1] until +1d 1:15:00
            expired L4
            D-2 expired: the license for "cad" has expired; ask the publisher for a new or larger license
        "#]],
    );
}

#[test]
fn a_lease_never_outlives_its_items() {
    check(
        "item cad 1.0 x1 expiry=+5m; item sim 1.0 x1 expiry=+1h
         ws checkout cad; ws checkout sim borrow=3d; +5m; renew L1; +2s; renew L1; renew L2",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:05:00
            L2 granted sim 1.0 x1 from i2[1] until +1:00:00, shortened by license-end
            refused item-expired: L1: the license has expired
            expired L1
            refused lease-ended: L1: the lease has ended (it was not renewed in time)
            renewed L2 until +1:00:00, shortened by license-end
        "#]],
    );
}

#[test]
fn the_end_is_rounded_up_to_second_minute_hour_or_day() {
    check(
        "item cad 1.0 x9
         +7s; ws checkout cad borrow=60s by=second; ws checkout cad borrow=60s by=minute
         ws checkout cad borrow=60s by=hour; ws checkout cad borrow=60s by=day
         property lease.granularity=day; ws checkout cad",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:01:07
            L2 granted cad 1.0 x1 from i1[2] until +0:01:59
            L3 granted cad 1.0 x1 from i1[3] until +0:59:59
            L4 granted cad 1.0 x1 from i1[4] until +15:59:59
            properties-set
            L5 granted cad 1.0 x1 from i1[5] until +15:59:59
        "#]],
    );
}

#[test]
fn selectors_choose_items() {
    check(
        "item cad 1.0 x1 sel=site:pune; item cad 1.0 x1 sel=site:kassel
         ws checkout cad sel=site:kassel; ws checkout cad sel=site:kassel; ws checkout cad sel=site:rome",
        expect![[r#"
            L1 granted cad 1.0 x1 from i2[1] until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            D-2 selector-mismatch: no license for "cad" carries the wanted selectors; ask the administrator of this license server
        "#]],
    );
}

#[test]
fn an_owner_takes_over_at_once() {
    check(
        "item cad 1.0 x1
         pod1#7@job checkout cad; pod1#7@job checkout cad; pod2#3@job checkout cad
         renew L1; renew L2; pod2@job checkout cad; pod3@other checkout cad",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            L1 taken over by L2
            L2 granted cad 1.0 x1 from i1[1] until +0:15:00
            refused taken-over: L1: another process with the same owner has taken the lease over
            renewed L2 until +0:15:00
            L2 taken over by L3
            L3 granted cad 1.0 x1 from i1[1] until +0:15:00
            D-2 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
        "#]],
    );
}

#[test]
fn an_owner_without_the_key_of_the_lease_takes_nothing_over() {
    check(
        "item cad 1.0 x1; key+ k1
         pod1@job checkout cad key=k1; pod2@job checkout cad; pod2@job checkout cad key=k1",
        expect![[r#"
            client-key-added
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            L1 taken over by L2
            L2 granted cad 1.0 x1 from i1[1] until +0:15:00
        "#]],
    );
}

#[test]
fn a_preview_says_what_a_checkout_would_do() {
    check(
        "item cad 1.0 x5; item cad 2.0 x2 overdraft=1
         ws1 checkout cad x1
         ws2 preview cad 1.0 x3, cad 1.0 x9, cad 2.0, sim, cad 3.0; ws2 preview cad x7, cad; show leases",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            would get cad 1.0 x3 until +0:15:00: granted; at most 7
            would not get cad: no-seats; at most 7
            would get cad 2.0 x1 until +0:15:00: granted; at most 3
            would not get sim: unknown-feature; at most 0
            would not get cad: version-too-low; at most 0
            would get cad 1.0 x7 until +0:15:00: granted-overdraft; at most 7
            would not get cad: no-seats; at most 7
            L1 cad 1.0 x1[1] ws1 until +0:15:00
        "#]],
    );
}

#[test]
fn a_preview_of_features_wanted_together_gives_all_or_nothing() {
    check(
        "item cad 1.0 x5; item sim 1.0 x2
         ws1 preview cad, none, sim x3 all; ws1 checkout cad, none, sim x3 all",
        expect![[r#"
            would not get cad without none: unknown-feature; at most 5
            would not get none: unknown-feature; at most 0
            would not get sim: no-seats; at most 2
            D-1 unknown-feature: this server has no license for "none"; ask the publisher for a new or larger license
            D-2 no-seats: 3 of "sim" wanted, 2 of 2 free; ask for at most 2
        "#]],
    );
}

#[test]
fn without_wanted_features_the_server_has_nothing_to_give_yet() {
    check(
        "item cad 1.0 x5; ws checkout; ws set",
        expect![[r#"
        nothing
        nothing
    "#]],
    );
}

#[test]
fn impossible_requests_are_refused() {
    check(
        "ws checkout cad x0; ws checkout cad x10000001; ws checkout cad borrow=0s",
        expect![[r#"
            refused bad-request: feature "cad": count must be from 1 to 1000000
            refused bad-request: feature "cad": count must be from 1 to 1000000
            refused bad-request: borrow for at least one second
        "#]],
    );
}
