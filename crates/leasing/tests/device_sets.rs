//! Making a device hold exactly a list: what happens, case by case.

mod script;

use expect_test::expect;
use script::check;

#[test]
fn what_is_missing_is_granted_and_what_is_beyond_is_released() {
    check(
        "item cad 1.0 x5; item sim 1.0 x1; item pcb 1.0 x1
         a set cad, sim; a set cad, pcb; a set cad, pcb; +5m; a set cad; a set; show leases",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted sim 1.0 x1 from i2[1] until +0:15:00
            released L2
            renewed L1 until +0:15:00
            L3 granted pcb 1.0 x1 from i3[1] until +0:15:00
            renewed L1 until +0:15:00
            renewed L3 until +0:15:00
            released L3
            renewed L1 until +0:20:00
            released L1
        "#]],
    );
}

#[test]
fn seats_that_are_released_can_be_granted_in_the_same_decision() {
    check(
        "item cad 1.0 x2; item cad 2.0 x1
         a set cad 1.0 x2; a set cad 2.0, cad 1.0 x2; a set cad 1.0; b set cad x3; show leases",
        expect![[r#"
            L1 granted cad 1.0 x2 from i1[1-2] until +0:15:00
            renewed L1 until +0:15:00
            L2 granted cad 2.0 x1 from i2[3] until +0:15:00
            released L1
            renewed L2 until +0:15:00
            D-1 no-seats: 3 of "cad" wanted, 2 of 3 free; ask for at most 2
            L2 cad 2.0 x1[3] a until +0:15:00
        "#]],
    );
}

#[test]
fn a_device_keeps_what_it_has_when_more_is_denied() {
    check(
        "item cad 1.0 x3
         a set cad x2; b checkout cad; a set cad x3; a set cad x9 partial, sim; show leases",
        expect![[r#"
            L1 granted cad 1.0 x2 from i1[1-2] until +0:15:00
            L2 granted cad 1.0 x1 from i1[3] until +0:15:00
            renewed L1 until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 3 free; wait-until +0:15:02
            renewed L1 until +0:15:00
            D-2 no-seats: 7 of "cad" wanted, 0 of 3 free; wait-until +0:15:02
            D-3 unknown-feature: this server has no license for "sim"; ask the publisher for a new or larger license
            L1 cad 1.0 x2[1-2] a until +0:15:00
            L2 cad 1.0 x1[3] b until +0:15:00
        "#]],
    );
}

#[test]
fn all_or_nothing_changes_nothing_when_something_is_denied() {
    check(
        "item cad 1.0 x3; item sim 1.0 x1; a set cad; b checkout sim
         a set cad x2, sim all; show leases",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted sim 1.0 x1 from i2[1] until +0:15:00
            D-1 no-seats: 1 of "sim" wanted, 0 of 1 free; wait-until +0:15:02
            L1 cad 1.0 x1[1] a until +0:15:00
            L2 sim 1.0 x1[1] b until +0:15:00
        "#]],
    );
}

#[test]
fn fewer_of_a_feature() {
    check(
        "item cad 1.0 x9; a set cad x5; b set cad x4; a set cad x2; show leases",
        expect![[r#"
        L1 granted cad 1.0 x5 from i1[1-5] until +0:15:00
        L2 granted cad 1.0 x4 from i1[6-9] until +0:15:00
        released L1
        L3 granted cad 1.0 x2 from i1[1-2] until +0:15:00
        L2 cad 1.0 x4[6-9] b until +0:15:00
        L3 cad 1.0 x2[1-2] a until +0:15:00
    "#]],
    );
}

#[test]
fn leases_of_other_keys_are_left_alone() {
    check(
        "item cad 1.0 x9; key+ k1; a checkout cad key=k1; a checkout cad; a set cad x1; a set key=k1; show leases",
        expect![[r#"
            client-key-added
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            renewed L2 until +0:15:00
            released L1
            released L2
        "#]],
    );
}

#[test]
fn a_suspended_server_keeps_what_devices_hold() {
    check(
        "item cad 1.0 x9; a set cad; suspend; a set cad, cad; resume; a set cad, cad",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            suspended
            renewed L1 until +0:15:00
            D-1 server-suspended: an administrator has suspended this server; ask the administrator of this license server
            resumed
            renewed L1 until +0:15:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
        "#]],
    );
}

#[test]
fn borrowed_and_floating_leases_are_not_the_same() {
    check(
        "item cad 1.0 x9; a set cad; a set cad borrow=2d; a set cad borrow=2d; a set cad",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            released L1
            L2 granted cad 1.0 x1 from i1[1] until +2d 0:00:00
            renewed L2 until +2d 0:00:00
            released L2
            L3 granted cad 1.0 x1 from i1[1] until +0:15:00
        "#]],
    );
}

#[test]
fn what_can_no_longer_be_renewed_is_released() {
    check(
        "item cad 1.0 x1; item cad 2.0 x1; a set cad 1.0 x2; withdraw i1; a set cad 1.0 x2; show leases",
        expect![[r#"
            L1 granted cad 1.0 x2 from i1[1] + i2[2] until +0:15:00
            released L1
            D-1 no-seats: 2 of "cad" wanted, 1 of 1 free; ask for at most 1
        "#]],
    );
}
