//! Pools of a model: filling them, granting from them, changing the model while seats are in use.

mod script;

use expect_test::expect;
use script::check;

#[test]
fn eight_seats_and_slices_that_ask_for_eleven() {
    check(
        "item cad 1.0 x8
         model partitions { partition '0800 - PUNE' { 'cad' 1.0 3 } partition '0800 - PUNE' { 'cad' 1.0 2 } \
           partition '2200 - NECKARSULM' { 'cad' 1.0 3 } partition '4600 - BRUSSELS' { 'cad' 1.0 2 } \
           partition '1400 - KASSEL' { 'cad' 1.0 1 } } \
           on hostname('pune') { use '0800 - PUNE' accept } on any() { use '4600 - BRUSSELS', 'default' }
         show pools; ws1 checkout cad; show denials",
        expect![[r#"
            model-set
            0800 - PUNE i1 0/5 of 5
            2200 - NECKARSULM i1 0/3 of 3
            4600 - BRUSSELS cad 2 is short by 2
            1400 - KASSEL cad 1 is short by 1
            default i1 0/0 of 0
            D-1 no-seats: 1 of "cad" wanted, 0 of 0 free; ask the administrator of this license server
            D-1 cad no-seats for ws1
        "#]],
    );
}

#[test]
fn a_slice_takes_exact_versions_first_and_of_these_the_one_that_ends_later() {
    check(
        "item cad 2.0 x2; item cad 1.0 x2 expiry=+9d; item cad 1.0 x2 expiry=+20d; item cad 0.9 x9
         model partitions { partition 'a' { 'cad' 1.0 3 } partition 'b' { 'cad' 1.0 50% 'cad' 2.0 remainder } \
           partition 'c' { 'cad' 1.0 1 'sim' 1.0 2 } }
         show pools",
        expect![[r#"
            model-set
            a i2 0/1 of 1
            a i3 0/2 of 2
            b i2 0/1 of 1
            b i1 0/2 of 2
            c cad 1 is short by 1
            c sim 2 is short by 2
            default i4 0/9 of 9
            default i2 0/0 of 0
            default i3 0/0 of 0
            default i1 0/0 of 0
        "#]],
    );
}

#[test]
fn rules_say_from_which_pools_and_in_which_order() {
    check(
        "item cad 1.0 x6
         model partitions { partition 'a' { 'cad' 1.0 2 } partition 'b' { 'cad' 1.0 2 } } \
           on user('ann') { use 'b', 'a' accept } on user('bob') { use 'a' continue } \
           on dictionary('team':'red') { use 'default' } on user('mallory') { deny }
         ws1/ann checkout cad x3; ws2/bob checkout cad x2; ws2/bob checkout cad x2 dict=team:red
         ws3/cho checkout cad x2; ws4/mallory checkout cad; ws4/mallory preview cad; show pools
         ws4/mallory set cad",
        expect![[r#"
            model-set
            L1 granted cad 1.0 x3 from i1/b[1-2] + i1/a[3] until +0:15:00
            D-1 no-seats: 2 of "cad" wanted, 1 of 2 free; ask for at most 1
            L2 granted cad 1.0 x2 from i1/a[4] + i1[5] until +0:15:00
            D-2 no-seats: 2 of "cad" wanted, 1 of 2 free; ask for at most 1
            D-3 denied-by-rule: line 1 of model 1 denies "cad"; ask the administrator of this license server
            would not get cad: denied-by-rule; at most 0
            a i1 2/2 of 2
            b i1 2/2 of 2
            default i1 1/2 of 2
            D-4 denied-by-rule: line 1 of model 1 denies "cad"; ask the administrator of this license server
        "#]],
    );
}

#[test]
fn regular_seats_come_before_overdraft_and_that_is_the_default_pools() {
    check(
        "item cad 1.0 x4 overdraft=2
         model partitions { partition 'a' { 'cad' 1.0 2 } } on user('ann') { use 'default', 'a' } on user('eve') { use 'a' }
         ws1/ann checkout cad x5; ws2/eve checkout cad; ws3/ann checkout cad; ws4/ann checkout cad; show pools",
        expect![[r#"
            model-set
            L1 granted-overdraft cad 1.0 x5 from i1[1-3] + i1/a[4-5] until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 2 free; wait-until +0:15:02
            L2 granted-overdraft cad 1.0 x1 from i1[6] until +0:15:00
            D-2 no-seats: 1 of "cad" wanted, 0 of 6 free; wait-until +0:15:02
            a i1 2/2 of 2
            default i1 4/4 of 2
        "#]],
    );
}

#[test]
fn nobody_has_more_of_a_pool_than_its_maximum() {
    check(
        "item cad 1.0 x9; item cad 2.0 x9; item api 1.0 x9 metered=5m
         model partitions { partition 'a' { 'cad' 1.0 12 max 3 'api' 1.0 8 max 2 } } on any() { use 'a' }
         ws1 checkout cad 1.0 x2; ws1 checkout cad 2.0 x2; ws1 checkout cad x2 partial; ws1 checkout cad; ws2 checkout cad x4, cad x3
         ws1 consume api x3; ws1 consume api x2; ws1 consume api x2; release L1; ws1 checkout cad",
        expect![[r#"
            model-set
            L1 granted cad 1.0 x2 from i1/a[1-2] until +0:15:00
            D-1 max-per-holder: the holder has as many of "cad" as one holder may; ask for at most 1
            L2 granted cad 1.0 x1 from i1/a[3] until +0:15:00
            D-2 max-per-holder: the holder has as many of "cad" as one holder may; ask the administrator of this license server
            L3 granted cad 1.0 x3 from i1/a[4-6] until +0:15:00
            D-3 max-per-holder: the holder has as many of "cad" as one holder may; ask for at most 3
            D-4 max-per-holder: the holder has as many of "api" as one holder may; ask for at most 2
            U-1 api 1.0 x2 from i3/a x2, undo +0:05:00
            U-2 api 1.0 x2 from i3/a x2, undo +0:05:00
            released L1
            L4 granted cad 1.0 x1 from i1/a[1] until +0:15:00
        "#]],
    );
}

#[test]
fn seats_in_use_stay_and_come_back_to_pools_in_deficit() {
    check(
        "item cad 1.0 x4
         ws1 checkout cad; ws2 checkout cad; ws3 checkout cad; ws4 checkout cad
         model partitions { partition 'a' { 'cad' 1.0 2 } partition 'b' { 'cad' 1.0 1 } } on user('ann') { use 'a' } on user('bob') { use 'b' }
         show pools; wa/ann checkout cad; renew L1 L2 L3 L4
         release L4; wb/bob checkout cad; wa/ann checkout cad; release L3; wa/ann checkout cad; release L2; wb/bob checkout cad
         show pools; renew L1; ws5 checkout cad; release L1; ws5 checkout cad",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            L3 granted cad 1.0 x1 from i1[3] until +0:15:00
            L4 granted cad 1.0 x1 from i1[4] until +0:15:00
            model-set
            a i1 0/0 of 2 waiting
            b i1 0/0 of 1 waiting
            default i1 4/4 of 1 over
            D-1 no-seats: 1 of "cad" wanted, 0 of 2 free; wait-until +0:15:02
            renewed L1 until +0:15:00
            L2 not renewed: pool-shrunk
            L3 not renewed: pool-shrunk
            L4 not renewed: pool-shrunk
            released L4
            D-2 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            L5 granted cad 1.0 x1 from i1/a[4] until +0:15:00
            released L3
            L6 granted cad 1.0 x1 from i1/a[3] until +0:15:00
            released L2
            L7 granted cad 1.0 x1 from i1/b[2] until +0:15:00
            a i1 2/2 of 2
            b i1 1/1 of 1
            default i1 1/1 of 1
            renewed L1 until +0:15:00
            D-3 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            released L1
            L8 granted cad 1.0 x1 from i1[1] until +0:15:00
        "#]],
    );
}

#[test]
fn who_may_use_a_pool_can_wait_for_what_it_should_have() {
    check(
        "item cad 1.0 x2; ws1 checkout cad; ws2 checkout cad
         model partitions { partition 'a' { 'cad' 1.0 2 } } on user('ann') { use 'a' }
         wa/ann checkout cad wait=1h; ws3 checkout cad wait=1h; release L1; show pools; release L2; show pools",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            model-set
            T1 wa waits for cad 0 x1 until +1:00:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 0 free; wait-until +0:15:02
            released L1
            T1 is offered L3 granted cad 1.0 x1 from i1/a[1] until +0:00:30
            a i1 1/1 of 2 waiting
            default i1 1/1 of 0 over
            released L2
            a i1 1/2 of 2
            default i1 0/0 of 0
        "#]],
    );
}

#[test]
fn items_that_begin_or_end_later_join_by_themselves() {
    check(
        "item cad 1.0 x2; item cad 1.0 x3 start=+1d; item cad 1.0 x1 expiry=+2d
         model partitions { partition 'a' { 'cad' 1.0 80% } } on any() { use 'a' }
         show pools; +1d; show pools; +1d; show pools; replace i1 x9; show pools; withdraw i2; show pools",
        expect![[r#"
            model-set
            a i1 0/2 of 2
            default i1 0/0 of 0
            default i2 0/0 of 3
            default i3 0/1 of 1
            placed
            a i1 0/2 of 2
            a i2 0/2 of 2
            default i1 0/0 of 0
            default i2 0/1 of 1
            default i3 0/1 of 1
            placed
            a i1 0/2 of 2
            a i2 0/2 of 2
            default i1 0/0 of 0
            default i2 0/1 of 1
            default i3 0/0 of 1
            a i1 0/9 of 9
            default i1 0/0 of 0
            default i2 0/3 of 3
            default i3 0/0 of 1
            a i1 0/7 of 7
            default i1 0/2 of 2
            default i3 0/0 of 1
        "#]],
    );
}

#[test]
fn a_reduced_license_ends_the_newest_leases_of_the_pools_that_are_short() {
    check(
        "item cad 1.0 x6
         model partitions { partition 'a' { 'cad' 1.0 3 } partition 'b' { 'cad' 1.0 3 } } on user('ann') { use 'a' } on any() { use 'b' }
         w1/bob checkout cad; w2/bob checkout cad; w3/bob checkout cad; wa/ann checkout cad x3
         replace i1 x4; show pools; renew L1 L2 L3 L4; release L2; renew L3 L4",
        expect![[r#"
            model-set
            L1 granted cad 1.0 x1 from i1/b[1] until +0:15:00
            L2 granted cad 1.0 x1 from i1/b[2] until +0:15:00
            L3 granted cad 1.0 x1 from i1/b[3] until +0:15:00
            L4 granted cad 1.0 x3 from i1/a[4-6] until +0:15:00
            a i1 3/3 of 3
            b cad 3 is short by 2
            b i1 3/3 of 1 over
            default i1 0/0 of 0
            renewed L1 until +0:15:00
            L2 not renewed: seats-shrunk
            L3 not renewed: seats-shrunk
            renewed L4 until +0:15:00
            released L2
            L3 not renewed: seats-shrunk
            renewed L4 until +0:15:00
        "#]],
    );
}

#[test]
fn what_exceeds_a_license_still_does_when_its_last_pool_is_gone() {
    check(
        "item cad 1.0 x6
         model partitions { partition 'a' { 'cad' 1.0 3 } } on user('ann') { use 'a' } on any() { use 'default' }
         wa/ann checkout cad x2; w1 checkout cad x2; w2 checkout cad; model-; replace i1 x2
         renew L1 L2 L3; release L1; renew L2 L3; release L3; renew L2",
        expect![[r#"
            model-set
            L1 granted cad 1.0 x2 from i1/a[1-2] until +0:15:00
            L2 granted cad 1.0 x2 from i1[3-4] until +0:15:00
            L3 granted cad 1.0 x1 from i1[5] until +0:15:00
            model-deleted
            L1 not renewed: pool-not-given
            renewed L2 until +0:15:00
            L3 not renewed: seats-shrunk
            released L1
            renewed L2 until +0:15:00
            L3 not renewed: seats-shrunk
            released L3
            renewed L2 until +0:15:00
        "#]],
    );
}

#[test]
fn metered_units_are_shared_out_too() {
    check(
        "item api 1.0 x10 reusable; item cpu 1.0 x4 metered=5m record
         model partitions { partition 'a' { 'api' 1.0 6 'cpu' 1.0 3 } } on user('ann') { use 'a' } on user('bob') { use 'default', 'a' }
         wa/ann consume api x4; wa/ann consume api x4; wb/bob consume api x5; show pools
         wa/ann consume cpu x4; wb/bob consume cpu x6; wa/ann batch c 1 api x9, cpu x2; show pools
         undo U-1; show pools; model-; show pools; undo U-2; show pools",
        expect![[r#"
            model-set
            U-1 api 1.0 x4 from i1/a x4, undo for ever
            D-1 over-metered: 4 of "api" wanted, 2 of 6 left; ask for at most 2
            U-2 api 1.0 x5 from i1 x4 + i1/a x1, undo for ever
            a i1 5/6 of 6
            a i2 0/3 of 3
            default i1 4/4 of 4
            default i2 0/1 of 1
            D-2 over-metered: 4 of "cpu" wanted, 3 of 3 left; ask for at most 3
            U-3 cpu 1.0 x6 from i2 x3 + i2/a x3 (2 over), undo +0:05:00
            c reported through 2:
              1 api x9 from i1/a x1 + i1 x8 (8 over) over-metered
              2 cpu x2 from i2 x2 (2 over) over-metered
            a i1 6/6 of 6
            a i2 3/3 of 3
            default i1 12/12 of 4 over
            default i2 5/5 of 1 over
            U-1 taken back
            a i1 2/2 of 6 waiting
            a i2 3/3 of 3
            default i1 12/12 of 4 over
            default i2 5/5 of 1 over
            model-deleted
            default i1 14/14 of 10 over
            default i2 8/8 of 4 over
            U-2 taken back
            default i1 9/10 of 10
            default i2 8/8 of 4 over
        "#]],
    );
}

#[test]
fn rules_judge_who_uses_units_by_what_it_says() {
    check(
        "item api 1.0 x9 metered=5m
         model partitions { partition 'a' { 'api' 1.0 5 } } on dictionary('team':'red') { use 'a' } on user('eve') { deny }
         w1 consume api x6; w1 consume api x6 dict=team:red; w1 consume api x4 dict=team:red; w2/eve consume api; show pools",
        expect![[r#"
            model-set
            D-1 over-metered: 6 of "api" wanted, 4 of 4 left; ask for at most 4
            D-2 over-metered: 6 of "api" wanted, 5 of 5 left; ask for at most 5
            U-1 api 1.0 x4 from i1/a x4, undo +0:05:00
            D-3 denied-by-rule: line 1 of model 1 denies "api"; ask the administrator of this license server
            a i1 4/5 of 5
            default i1 0/4 of 4
        "#]],
    );
}

#[test]
fn shared_seats_are_shared_within_their_pool() {
    check(
        "item sim 1.0 x4 basis=user
         model partitions { partition 'a' { 'sim' 1.0 2 } } on dictionary('in':'a') { use 'a' } on any() { use 'default' }
         w1/ann checkout sim dict=in:a; w2/ann checkout sim dict=in:a; w2/ann checkout sim; show pools
         release L1; show pools; release L2; show pools",
        expect![[r#"
            model-set
            L1 granted sim 1.0 x1 from i1/a[1] until +0:15:00
            L2 shared-seat sim 1.0 x1 from i1/a[1] until +0:15:00
            L3 granted sim 1.0 x1 from i1[2] until +0:15:00
            a i1 1/2 of 2
            default i1 1/2 of 2
            released L1
            a i1 1/2 of 2
            default i1 1/2 of 2
            released L2
            a i1 0/2 of 2
            default i1 1/2 of 2
        "#]],
    );
}

#[test]
fn without_desired_features_the_rule_decides() {
    check(
        "item cad 1.0 x6; item sim 1.0 x4
         model partitions { partition 'a' { 'cad' 1.0 2 'sim' 1.0 25% } } \
           on user('ann') { use 'a', 'default' without requested features { all from 'a' } accept } \
           on user('bob') { use 'default' without requested features { 'cad' 1.0 50% max 1 'sim' 1.0 9 } accept } on any() { deny }
         w1/ann checkout; w2/ann checkout; w3/bob checkout; w3/bob set; w4 checkout; w4 checkout cad; show pools",
        expect![[r#"
            model-set
            L1 granted cad 1.0 x2 from i1/a[1-2] until +0:15:00
            L2 granted sim 1.0 x1 from i2/a[1] until +0:15:00
            L3 granted cad 1.0 x2 from i1[3-4] until +0:15:00
            L4 granted sim 1.0 x1 from i2[2] until +0:15:00
            L5 granted cad 1.0 x1 from i1[5] until +0:15:00
            L6 granted sim 1.0 x2 from i2[3-4] until +0:15:00
            renewed L5 until +0:15:00
            renewed L6 until +0:15:00
            nothing
            D-1 denied-by-rule: line 1 of model 1 denies "cad"; ask the administrator of this license server
            a i1 2/2 of 2
            a i2 1/1 of 1
            default i1 3/4 of 4
            default i2 3/3 of 3
        "#]],
    );
}

#[test]
fn uncounted_items_have_no_end_in_a_pool_either() {
    check(
        "item any 1.0 uncounted
         model partitions { partition 'a' { 'any' 1.0 2 } partition 'b' { 'any' 1.0 50% } } on user('ann') { use 'a' } on user('bob') { use 'b' }
         w1/ann checkout any x3; w1/ann checkout any x2; w2/bob checkout any x99; w3 checkout any x99; show pools",
        expect![[r#"
            model-set
            D-1 no-seats: 3 of "any" wanted, 2 of 2 free; ask for at most 2
            L1 granted any 1.0 x2 from i1/a until +0:15:00
            L2 granted any 1.0 x99 from i1/b until +0:15:00
            L3 granted any 1.0 x99 from i1 until +0:15:00
            a i1 2/2 of 2
            b i1 99/any of any
            default i1 99/any of any
        "#]],
    );
}

#[test]
fn who_takes_over_a_group_s_largest_lease_has_its_seats_to_spend() {
    // The maximum counts what the device has then.
    check(
        "item cad 1.0 x5 basis=device
         model partitions { partition 'p' { 'cad' 1.0 5 max 3 } } on any() { use 'p' }
         a#0 checkout cad; a#1@job checkout cad x3; a#2@job checkout cad x3; a#3 checkout cad x4 wait=1h",
        expect![[r#"
            model-set
            L1 granted cad 1.0 x1 from i1/p[1] until +0:15:00
            L2 granted cad 1.0 x3 from i1/p[1-3] until +0:15:00
            L2 taken over by L3
            L3 granted cad 1.0 x3 from i1/p[1-3] until +0:15:00
            D-1 max-per-holder: the holder has as many of "cad" as one holder may; ask for at most 3
        "#]],
    );
}

#[test]
fn what_a_cured_item_lacked_is_forgotten_in_its_pools_too() {
    check(
        "item cad 1.0 x8; model partitions { partition 'p' { 'cad' 1.0 3 } } on user('ann') { use 'p' }
         w/ann checkout cad x3 borrow=2h; a checkout cad; b checkout cad; c checkout cad; d checkout cad; e checkout cad
         model-; replace i1 x4; replace i1 x8; renew L6",
        expect![[r#"
            model-set
            L1 granted cad 1.0 x3 from i1/p[1-3] until +2:00:00
            L2 granted cad 1.0 x1 from i1[4] until +0:15:00
            L3 granted cad 1.0 x1 from i1[5] until +0:15:00
            L4 granted cad 1.0 x1 from i1[6] until +0:15:00
            L5 granted cad 1.0 x1 from i1[7] until +0:15:00
            L6 granted cad 1.0 x1 from i1[8] until +0:15:00
            model-deleted
            renewed L6 until +0:15:00
        "#]],
    );
}
