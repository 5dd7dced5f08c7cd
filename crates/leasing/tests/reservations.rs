//! Reservations: posting, editing, who gets which seat, what becomes of seats that others hold.

mod script;

use expect_test::expect;
use script::check;

#[test]
fn reserved_seats_are_for_the_device_then_for_the_user() {
    check(
        "item cad 2.0 x4
         reserve design ws1 cad 1.0 x1 | @ann cad 1.0 x1
         ws9 checkout cad x3; ws9 checkout cad x2; ws8 checkout cad
         ws1/ann checkout cad; show reservations; ws7/ann checkout cad; ws1 checkout cad
         show reservations; show features",
        expect![[r#"
            reserved R-1 design revision 1
            D-1 reserved-for-others: the free seats of "cad" are reserved for others; ask for at most 2
            L1 granted cad 2.0 x2 from i1[1-2] until +0:15:00
            D-2 reserved-for-others: the free seats of "cad" are reserved for others; wait-until +0:15:02
            L2 granted cad 2.0 x1 from i1[3] until +0:15:00
            design ws1/STRING cad 1.0 x1: 1 reserved, 1 used, 0 idle
            design ann/USER cad 1.0 x1: 1 reserved, 0 used, 1 idle
            L3 granted cad 2.0 x1 from i1[4] until +0:15:00
            D-3 no-seats: 1 of "cad" wanted, 0 of 4 free; wait-until +0:15:02
            design ws1/STRING cad 1.0 x1: 1 reserved, 1 used, 0 idle
            design ann/USER cad 1.0 x1: 1 reserved, 1 used, 0 idle
            cad 2.0 total 4 used 4 available 0 overdraft 0/0 borrowed 0 ends never to never
            cad (2.0) total 4 used 4 leases 3
        "#]],
    );
}

#[test]
fn a_seat_that_comes_back_is_kept_again_or_passes_on() {
    check(
        "item cad 1.0 x3
         reserve design ws1 cad x1
         ws1 checkout cad; ws1 checkout cad; ws2 checkout cad; ws2 checkout cad
         release L1; show reservations; ws2 checkout cad; release L2; show reservations; ws3 checkout cad; ws1 checkout cad",
        expect![[r#"
            reserved R-1 design revision 1
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            L3 granted cad 1.0 x1 from i1[3] until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 3 free; wait-until +0:15:02
            released L1
            design ws1/STRING cad 0 x1: 1 reserved, 1 used, 0 idle
            L4 granted cad 1.0 x1 from i1[1] until +0:15:00
            released L2
            design ws1/STRING cad 0 x1: 1 reserved, 0 used, 1 idle
            D-2 reserved-for-others: the free seats of "cad" are reserved for others; wait-until +0:15:02
            L5 granted cad 1.0 x1 from i1[2] until +0:15:00
        "#]],
    );
}

#[test]
fn a_posting_fits_as_a_whole_or_not_at_all() {
    check(
        "item cad 2.0 x4; item any 1.0 uncounted; item sim 1.0 x2
         reserve one ws1 cad 1.0 x3
         reserve two ws2 cad x2, sim 1.0 x1, sim 2.0 x1 | ws3 none x1, any x1, cad pool=p
         reserve one ws4 cad; reserve R-7 ws4 cad
         reserve two ws2 cad x1, sim x2
         show reservations",
        expect![[r#"
            reserved R-1 one revision 1
            refused reservations-unfit: nothing was changed, because these do not fit: ws2/STRING in "two": 2 of "cad" 0: 1 not reserved yet; ws2/STRING in "two": 1 of "sim" 2.0: the licenses cover lower versions only; ws3/STRING in "two": 1 of "none" 0: no license has this feature; ws3/STRING in "two": 1 of "any" 0: the feature is not counted, it needs no reservation; ws3/STRING in "two": 1 of "cad" 0 from pool "p": there is no such pool
            refused reservation-group-exists: a group of reservations is called "one" already (R-1)
            refused bad-request: "R-7" is the number of a group; choose another name
            reserved R-2 two revision 1
            one ws1/STRING cad 1.0 x3: 3 reserved, 0 used, 3 idle
            two ws2/STRING cad 0 x1: 1 reserved, 0 used, 1 idle
            two ws2/STRING sim 0 x2: 2 reserved, 0 used, 2 idle
        "#]],
    );
}

#[test]
fn a_group_is_edited_in_place() {
    check(
        "item cad 1.0 x6
         reserve one ws1 cad x2 | ws2 cad x1; reserve two ws3 cad x2
         rereserve one ws1 cad x4 | ws2 cad x1
         rereserve one#1 ws1 cad x3; rereserve one#1 ws1 cad x2; rereserve one ws1 cad x3
         show reservations
         unreserve one#7; unreserve one; show reservations",
        expect![[r#"
            reserved R-1 one revision 1
            reserved R-2 two revision 1
            refused reservations-unfit: nothing was changed, because these do not fit: ws3/STRING in "two": 2 of "cad" 0: would lose 1 that it has
            reserved R-1 one revision 2
            refused reservation-group-changed: R-1 was changed: revision 1 was expected, 2 was found; look at it again
            nothing
            one ws1/STRING cad 0 x3: 3 reserved, 0 used, 3 idle
            two ws3/STRING cad 0 x2: 2 reserved, 0 used, 2 idle
            refused reservation-group-changed: R-1 was changed: revision 7 was expected, 2 was found; look at it again
            no longer reserved R-1 one
            two ws3/STRING cad 0 x2: 2 reserved, 0 used, 2 idle
        "#]],
    );
}

#[test]
fn what_shrinks_leaves_the_last_comers_short_and_deletes_nothing() {
    check(
        "item cad 1.0 x6
         reserve one ws1 cad x2; reserve two ws2 cad x2 | ws3 cad x1; rereserve one ws1 cad x2 | ws4 cad x1
         replace i1 x4; show reservations
         ws3 checkout cad; ws2 checkout cad x2
         rereserve two ws2 cad x2 | ws3 cad x1 | ws5 sim x1
         replace i1 x6; show reservations",
        expect![[r#"
            reserved R-1 one revision 1
            reserved R-2 two revision 1
            reserved R-1 one revision 2
            one ws1/STRING cad 0 x2: 2 reserved, 0 used, 2 idle
            one ws4/STRING cad 0 x1: 0 reserved, 0 used, 0 idle unsatisfiable
            two ws2/STRING cad 0 x2: 2 reserved, 0 used, 2 idle
            two ws3/STRING cad 0 x1: 0 reserved, 0 used, 0 idle unsatisfiable
            D-1 reserved-for-others: the free seats of "cad" are reserved for others; ask the administrator of this license server
            L1 granted cad 1.0 x2 from i1[1-2] until +0:15:00
            refused reservations-unfit: nothing was changed, because these do not fit: ws5/STRING in "two": 1 of "sim" 0: no license has this feature
            one ws1/STRING cad 0 x2: 2 reserved, 0 used, 2 idle
            one ws4/STRING cad 0 x1: 1 reserved, 0 used, 1 idle
            two ws2/STRING cad 0 x2: 2 reserved, 2 used, 0 idle
            two ws3/STRING cad 0 x1: 1 reserved, 0 used, 1 idle
        "#]],
    );
}

#[test]
fn seats_that_others_hold_come_back_newest_first() {
    check(
        "item cad 1.0 x3
         ws1 checkout cad; ws2 checkout cad; ws3 checkout cad
         reserve design ws2 cad x1 | ws9 cad x1; show reservations
         ws9 checkout cad; renew L1 L2 L3; +15m; +2s; show reservations
         ws8 checkout cad; ws9 checkout cad; show reservations",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            L3 granted cad 1.0 x1 from i1[3] until +0:15:00
            reserved R-1 design revision 1
            design ws2/STRING cad 0 x1: 1 reserved, 1 used, 0 idle
            design ws9/STRING cad 0 x1: 1 reserved, 0 used, 1 idle (1 waiting)
            D-1 no-seats: 1 of "cad" wanted, 0 of 3 free; wait-until +0:15:02
            renewed L1 until +0:15:00
            renewed L2 until +0:15:00
            L3 not renewed: reserved-for-others
            expired L1, L2, L3
            design ws2/STRING cad 0 x1: 1 reserved, 0 used, 1 idle
            design ws9/STRING cad 0 x1: 1 reserved, 0 used, 1 idle
            L4 granted cad 1.0 x1 from i1[1] until +0:30:02
            L5 granted cad 1.0 x1 from i1[2] until +0:30:02
            design ws2/STRING cad 0 x1: 1 reserved, 0 used, 1 idle
            design ws9/STRING cad 0 x1: 1 reserved, 1 used, 0 idle
        "#]],
    );
}

#[test]
fn what_waits_is_told_item_by_item() {
    check(
        "item cad 1.0 x3; item cad 2.0 x2 overdraft=1; item cad 2.0 x1
         b checkout cad x7; reserve red a cad, cad x3; show reservations",
        expect![[r#"
            L1 granted-overdraft cad 1.0 x7 from i1[1-3] + i2[4-6] + i3[7] until +0:15:00
            reserved R-1 red revision 1
            red a/STRING cad 0 x1: 1 reserved, 0 used, 1 idle (1 waiting)
            red a/STRING cad 0 x3: 3 reserved, 0 used, 3 idle (3 waiting)
        "#]],
    );
}

#[test]
fn or_stay_as_long_as_they_renew() {
    check(
        "item cad 1.0 x2
         ws1 checkout cad; ws2 checkout cad
         reserve! design ws9 cad x1; renew L1 L2; ws9 checkout cad; show reservations
         release L1; ws3 checkout cad; ws9 checkout cad",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            reserved R-1 design revision 1
            renewed L1 until +0:15:00
            renewed L2 until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 2 free; wait-until +0:15:02
            design ws9/STRING cad 0 x1: 1 reserved, 0 used, 1 idle (1 waiting)
            released L1
            D-2 reserved-for-others: the free seats of "cad" are reserved for others; wait-until +0:15:02
            L3 granted cad 1.0 x1 from i1[1] until +0:15:00
        "#]],
    );
}

#[test]
fn shared_seats_count_until_they_are_free() {
    check(
        "item sim 1.0 x2 basis=device; item usr 1.0 x2 basis=user named=1
         reserve design ws1 sim x1 | @ann usr x1
         ws1 checkout sim; ws1 checkout sim; ws2 checkout sim; ws3 checkout sim
         release L1; ws3 checkout sim; release L2; ws3 checkout sim; ws1 checkout sim
         a/ann checkout usr; b/ann checkout usr; c/bob checkout usr; d/cho checkout usr; show reservations",
        expect![[r#"
            reserved R-1 design revision 1
            L1 granted sim 1.0 x1 from i1[1] until +0:15:00
            L2 shared-seat sim 1.0 x1 from i1[1] until +0:15:00
            L3 granted sim 1.0 x1 from i1[2] until +0:15:00
            D-1 no-seats: 1 of "sim" wanted, 0 of 2 free; wait-until +0:15:02
            released L1
            D-2 no-seats: 1 of "sim" wanted, 0 of 2 free; wait-until +0:15:02
            released L2
            D-3 reserved-for-others: the free seats of "sim" are reserved for others; wait-until +0:15:02
            L4 granted sim 1.0 x1 from i1[1] until +0:15:00
            L5 granted usr 1.0 x1 from i2[1] until +0:15:00
            L6 shared-seat usr 1.0 x1 from i2[1] until +0:15:00
            L7 granted usr 1.0 x1 from i2[2] until +0:15:00
            D-4 no-seats: 1 of "usr" wanted, 0 of 2 free; wait-until +0:15:02
            design ws1/STRING sim 0 x1: 1 reserved, 1 used, 0 idle
            design ann/USER usr 0 x1: 1 reserved, 1 used, 0 idle
        "#]],
    );
}

#[test]
fn a_seat_kept_for_its_user_counts_however_often_entries_are_placed() {
    check(
        "item usr 1.0 x3 basis=user named=7; item cad 1.0 x1 start=+1h
         reserve design @ann usr x1; reserve desk ws1 usr x1
         ws7/ann checkout usr; ws1/bob checkout usr; release L1 L2; show reservations
         reserve other ws9 usr; show reservations
         ws9 checkout usr; +1h; show reservations; replace i1 x4; show reservations; ws8/dan checkout usr; ws8/eve checkout usr
         unreserve desk; show reservations; ws9/ann checkout usr; ws1/bob checkout usr",
        expect![[r#"
            reserved R-1 design revision 1
            reserved R-2 desk revision 1
            L1 granted usr 1.0 x1 from i1[1] until +0:15:00
            L2 granted usr 1.0 x1 from i1[2] until +0:15:00
            released L1
            released L2
            design ann/USER usr 0 x1: 1 reserved, 1 used, 0 idle
            desk ws1/STRING usr 0 x1: 1 reserved, 1 used, 0 idle
            reserved R-3 other revision 1
            design ann/USER usr 0 x1: 1 reserved, 1 used, 0 idle
            desk ws1/STRING usr 0 x1: 1 reserved, 1 used, 0 idle
            other ws9/STRING usr 0 x1: 1 reserved, 0 used, 1 idle
            L3 granted usr 1.0 x1 from i1[3] until +0:15:00
            expired L3
            placed
            design ann/USER usr 0 x1: 1 reserved, 1 used, 0 idle
            desk ws1/STRING usr 0 x1: 1 reserved, 1 used, 0 idle
            other ws9/STRING usr 0 x1: 1 reserved, 1 used, 0 idle
            design ann/USER usr 0 x1: 1 reserved, 1 used, 0 idle
            desk ws1/STRING usr 0 x1: 1 reserved, 1 used, 0 idle
            other ws9/STRING usr 0 x1: 1 reserved, 1 used, 0 idle
            L4 granted usr 1.0 x1 from i1[4] until +1:15:00
            D-1 no-seats: 1 of "usr" wanted, 0 of 4 free; wait-until +1:15:02
            no longer reserved R-2 desk
            design ann/USER usr 0 x1: 1 reserved, 1 used, 0 idle
            other ws9/STRING usr 0 x1: 1 reserved, 1 used, 0 idle
            L5 shared-seat usr 1.0 x1 from i1[1] until +1:15:00
            L6 shared-seat usr 1.0 x1 from i1[2] until +1:15:00
        "#]],
    );
}

#[test]
fn without_features_a_kept_seat_is_taken_up_again() {
    check(
        "item usr 1.0 x3 basis=user named=7
         reserve design @ann usr x1 | ws1 usr x1
         ws7/ann checkout; release L1; ws7/ann checkout; release L2; ws8/ann set; ws1 checkout; release L4; ws1 checkout
         show reservations",
        expect![[r#"
            reserved R-1 design revision 1
            L1 granted usr 1.0 x1 from i1[1] until +0:15:00
            released L1
            L2 shared-seat usr 1.0 x1 from i1[1] until +0:15:00
            released L2
            L3 shared-seat usr 1.0 x1 from i1[1] until +0:15:00
            L4 granted usr 1.0 x1 from i1[2] until +0:15:00
            released L4
            L5 shared-seat usr 1.0 x1 from i1[2] until +0:15:00
            design ann/USER usr 0 x1: 1 reserved, 1 used, 0 idle
            design ws1/STRING usr 0 x1: 1 reserved, 1 used, 0 idle
        "#]],
    );
}

#[test]
fn without_features_everything_that_is_reserved() {
    check(
        "item cad 1.0 x4; item sim 1.0 x2; item api 1.0 x5 metered=5m
         reserve design ws1 cad x1, sim x1, api x2 | @ann cad x2
         ws1/ann checkout; ws1/ann checkout; ws2/ann checkout
         release L1 L2; ws1/ann set; ws1/ann set; ws2/ann set; ws3 set",
        expect![[r#"
            reserved R-1 design revision 1
            L1 granted cad 1.0 x3 from i1[1-3] until +0:15:00
            L2 granted sim 1.0 x1 from i2[1] until +0:15:00
            nothing
            nothing
            released L1
            released L2
            L3 granted cad 1.0 x3 from i1[1-3] until +0:15:00
            L4 granted sim 1.0 x1 from i2[1] until +0:15:00
            renewed L3 until +0:15:00
            renewed L4 until +0:15:00
            nothing
            nothing
        "#]],
    );
}

#[test]
fn units_are_reserved_too() {
    check(
        "item api 1.0 x10 metered=5m
         a consume api x2
         reserve design ws1 api x9; reserve design ws1 api x5
         b consume api x4; b consume api x3; ws1 consume api x4; show reservations
         undo U-3; show reservations; b consume api; ws1 consume api x5; ws1 consume api; show reservations",
        expect![[r#"
            U-1 api 1.0 x2 from i1 x2, undo +0:05:00
            refused reservations-unfit: nothing was changed, because these do not fit: ws1/STRING in "design": 9 of "api" 0: 8 not reserved yet
            reserved R-1 design revision 1
            D-1 reserved-for-others: the free seats of "api" are reserved for others; ask for at most 3
            U-2 api 1.0 x3 from i1 x3, undo +0:05:00
            U-3 api 1.0 x4 from i1 x4, undo +0:05:00
            design ws1/STRING api 0 x5: 5 reserved, 4 used, 1 idle
            U-3 taken back
            design ws1/STRING api 0 x5: 5 reserved, 0 used, 5 idle
            D-2 reserved-for-others: the free seats of "api" are reserved for others; ask the administrator of this license server
            U-4 api 1.0 x5 from i1 x5, undo +0:05:00
            D-3 over-metered: 1 of "api" wanted, 0 of 10 left; ask the publisher for a new or larger license
            design ws1/STRING api 0 x5: 5 reserved, 5 used, 0 idle
        "#]],
    );
}

#[test]
fn overdraft_stands_beside_what_is_reserved() {
    check(
        "item cad 1.0 x3 overdraft=1
         reserve design ws1 cad x2
         ws2 checkout cad; ws2 checkout cad; ws2 checkout cad; ws1 checkout cad x2; ws1 checkout cad",
        expect![[r#"
            reserved R-1 design revision 1
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted-overdraft cad 1.0 x1 from i1[2] until +0:15:00
            D-1 reserved-for-others: the free seats of "cad" are reserved for others; wait-until +0:15:02
            L3 granted cad 1.0 x2 from i1[3-4] until +0:15:00
            D-2 no-seats: 1 of "cad" wanted, 0 of 4 free; wait-until +0:15:02
        "#]],
    );
}

#[test]
fn a_check_of_a_model_knows_the_groups() {
    check(
        "item cad 1.0 x4
         check on group('desk') { deny }
         reserve desk ws1 cad; reserve field ws2 cad
         check on group('desk') { deny } on group('R-2') { deny } on group('feild') { deny }
         unreserve desk; check on group('desk') { deny }",
        expect![[r#"
            unknown-group there is no reservation group "desk"
            reserved R-1 desk revision 1
            reserved R-2 field revision 1
            unknown-group there is no reservation group "R-2"
            unknown-group there is no reservation group "feild"; did you mean `field`?
            no longer reserved R-1 desk
            unknown-group there is no reservation group "desk"
        "#]],
    );
}

#[test]
fn a_seat_that_is_shared_on_a_reserved_device_counts_for_it() {
    // Bob's seat stands in the way of what is reserved for `ws1` only until he works there too.
    check(
        "item usr 1.0 x2 basis=user
         ws2/bob checkout usr; reserve design ws1 usr x2; renew L1; show reservations
         ws1/bob checkout usr; show reservations; ws1/bob checkout usr; renew L1; renew L2; renew L3; ws1/bob set usr
         ws1/ann checkout usr; +15m; +2s; ws1/bob checkout usr; show leases",
        expect![[r#"
            L1 granted usr 1.0 x1 from i1[1] until +0:15:00
            reserved R-1 design revision 1
            refused reserved-for-others: L1: the seats are reserved for others now; the newest leases end first
            design ws1/STRING usr 0 x2: 2 reserved, 0 used, 2 idle (1 waiting)
            L2 shared-seat usr 1.0 x1 from i1[1] until +0:15:00
            design ws1/STRING usr 0 x2: 2 reserved, 1 used, 1 idle
            L3 shared-seat usr 1.0 x1 from i1[1] until +0:15:00
            renewed L1 until +0:15:00
            renewed L2 until +0:15:00
            renewed L3 until +0:15:00
            released L3
            renewed L2 until +0:15:00
            L4 granted usr 1.0 x1 from i1[2] until +0:15:00
            expired L1, L2, L4
            L5 granted usr 1.0 x1 from i1[1] until +0:30:02
            L5 usr 1.0 x1[1] ws1/bob until +0:30:02
        "#]],
    );
}

#[test]
fn units_that_are_used_up_are_not_promised_to_others() {
    // What a member that is left out has used up is gone; what one that stays has used up is its own.
    check(
        "item api 1.0 x100 metered=0s; reserve g a api x50 | b api x50; a consume api x50
         rereserve g b api x50 | c api x50; rereserve g a api x20 | b api x50 | c api x10; rereserve g a api x50 | b api x40 | c api x10
         c consume api x10; b consume api x40; show reservations",
        expect![[r#"
            reserved R-1 g revision 1
            U-1 api 1.0 x50 from i1 x50, undo +0:00:00
            refused reservations-unfit: nothing was changed, because these do not fit: c/STRING in "g": 50 of "api" 0: 0 not reserved yet
            refused reservations-unfit: nothing was changed, because these do not fit: c/STRING in "g": 10 of "api" 0: 0 not reserved yet
            reserved R-1 g revision 2
            U-2 api 1.0 x10 from i1 x10, undo +0:00:00
            U-3 api 1.0 x40 from i1 x40, undo +0:00:00
            g a/STRING api 0 x50: 50 reserved, 50 used, 0 idle
            g b/STRING api 0 x40: 40 reserved, 40 used, 0 idle
            g c/STRING api 0 x10: 10 reserved, 10 used, 0 idle
        "#]],
    );
}

#[test]
fn of_two_items_alike_the_same_one_is_reserved_also_after_a_restart() {
    let mut stage = script::Stage::new();
    script::lines(
        "item cad 1.0 x1 id=i2; item cad 1.0 x1 id=i1; reserve g ws1 cad; ws1 checkout cad",
    )
    .for_each(|line| stage.line(line));
    let mut restored = stage.restored();
    let told = stage.told().len();
    for stage in [&mut stage, &mut restored] {
        script::lines("reserve h ws9 cad; renew L1").for_each(|line| stage.line(line));
    }
    assert_eq!(&stage.told()[told..], restored.told());
}
