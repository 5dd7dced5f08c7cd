//! Why a lease was granted or a request denied, told afterwards; the story of a device.
//!
//! That every explanation agrees with what was done is a law which the stage checks at the end of every play.

mod script;

use expect_test::expect;
use script::check;

const ITEMS: &str = "
    item cad 1.0 x2 expiry=+90d; item cad 2.0 x2 overdraft=1; item cad 0.9 x5; item sim 1.0 x1 basis=device
    item old 1.0 x1 expiry=-1d grace=0; item any 1.0 uncounted; item api 1.0 x5 metered=5m;";

fn after(lines: &str) -> String {
    format!("{ITEMS} {lines}")
}

#[test]
fn a_grant_is_told_with_what_was_looked_at_in_its_order() {
    check(
        &after("a/ann checkout cad 1.0 x3; explain L1; b checkout cad 1.0 x9 partial; explain L2"),
        expect![[r#"
            L1 granted cad 1.0 x3 from i1[1-2] + i2[3] until +0:15:00
            L1: ann@a was granted 3 of "cad" 1.0 at 2026-01-05T08:00:00Z
            asked for  3, version 1.0 or later
            pool 1.    default: 0 of 5 in use, 5 free
            item 1.    i1, version 1.0, until 2026-04-05T08:00:00Z, pool default: 0 of 2 in use, 2 free: 2 taken
            item 2.    i2, version 2.0, permanent, pool default: 0 of 3 in use, 3 free: 1 taken
            not        i3, version 0.9: its version is lower (version-too-low)
            order      own reservations, then pools in the order of the rules; regular before overdraft; exact version before higher; not in grace before in grace; earlier end first
            granted    granted: within what is licensed; seats 1-3, the lowest that were free
            until      2026-01-05T08:15:00Z, to be renewed
            L2 granted-overdraft cad 2.0 x2 from i2[4-5] until +0:15:00
            L2: b was granted 2 of "cad" 2.0 at 2026-01-05T08:00:00Z
            asked for  9, or fewer, version 1.0 or later
            pool 1.    default: 3 of 5 in use, 2 free
            item 1.    i1, version 1.0, until 2026-04-05T08:00:00Z, pool default: 2 of 2 in use, 0 free: none free
            item 2.    i2, version 2.0, permanent, pool default: 1 of 3 in use, 2 free: 2 taken
            not        i3, version 0.9: its version is lower (version-too-low)
            order      own reservations, then pools in the order of the rules; regular before overdraft; exact version before higher; not in grace before in grace; earlier end first
            granted    granted-overdraft: beyond the count, within the overdraft; seats 4-5, the lowest that were free
            until      2026-01-05T08:15:00Z, to be renewed
        "#]],
    );
}

#[test]
fn a_shared_seat_and_one_without_number() {
    check(
        &after("a/ann checkout sim; a/bob checkout sim, any; explain L2; explain L3"),
        expect![[r#"
            L1 granted sim 1.0 x1 from i4[1] until +0:15:00
            L2 shared-seat sim 1.0 x1 from i4[1] until +0:15:00
            L3 granted any 1.0 x1 from i6 until +0:15:00
            L2: bob@a was granted 1 of "sim" 1.0 at 2026-01-05T08:00:00Z
            asked for  1
            pool 1.    default: 1 of 1 in use, 0 free
            item 1.    i4, version 1.0, permanent, pool default: 1 of 1 in use, 0 free, 1 held already and shared: 1 taken
            granted    shared-seat: the seats of another lease of the same holder are shared; seats 1
            until      2026-01-05T08:15:00Z, to be renewed
            L3: bob@a was granted 1 of "any" 1.0 at 2026-01-05T08:00:00Z
            asked for  1
            pool 1.    default: 0 in use, no limit
            item 1.    i6, version 1.0, permanent, pool default: 0 in use, no limit: 1 taken
            granted    granted: within what is licensed; no seat numbers: the item is uncounted
            until      2026-01-05T08:15:00Z, to be renewed
        "#]],
    );
}

#[test]
fn denials_are_told_with_what_would_help_and_what_followed() {
    check(
        &after("a checkout cad 1.0 x5; b checkout cad 1.0; b checkout cad 3.0; c checkout old, none; b consume api x9
            release L1; b checkout cad 1.0; explain D-1; explain D-2; explain D-3; explain D-4; explain D-5"),
        expect![[r#"
            L1 granted-overdraft cad 1.0 x5 from i1[1-2] + i2[3-5] until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 5 free; version 0.9 is free
            D-2 version-too-low: the license for "cad" does not cover version 3.0; ask the publisher for a new or larger license
            D-3 expired: the license for "old" has expired; ask the publisher for a new or larger license
            D-4 unknown-feature: this server has no license for "none"; ask the publisher for a new or larger license
            D-5 over-metered: 9 of "api" wanted, 5 of 5 left; ask for at most 5
            released L1
            L2 granted cad 1.0 x1 from i1[1] until +0:15:00
            D-1: b was denied 1 of "cad" at 2026-01-05T08:00:00Z: no-seats
            asked for  1, version 1.0 or later
            pool 1.    default: 5 of 5 in use, 0 free
            item 1.    i1, version 1.0, until 2026-04-05T08:00:00Z, pool default: 2 of 2 in use, 0 free: none free
            item 2.    i2, version 2.0, permanent, pool default: 3 of 3 in use, 0 free: none free
            not        i3, version 0.9: its version is lower (version-too-low)
            order      own reservations, then pools in the order of the rules; regular before overdraft; exact version before higher; not in grace before in grace; earlier end first
            denied     1 of "cad" wanted, 0 of 5 free
            remedy     version 0.9 is free
            after      the same holder was granted it at 2026-01-05T08:00:00Z
            D-2: b was denied 1 of "cad" at 2026-01-05T08:00:00Z: version-too-low
            asked for  1, version 3.0 or later
            not        i3, version 0.9: its version is lower (version-too-low)
            not        i1, version 1.0: its version is lower (version-too-low)
            not        i2, version 2.0: its version is lower (version-too-low)
            denied     the license for "cad" does not cover version 3.0
            remedy     ask the publisher for a new or larger license
            after      the same holder was granted it at 2026-01-05T08:00:00Z
            D-3: c was denied 1 of "old" at 2026-01-05T08:00:00Z: expired
            asked for  1
            not        i5, version 1.0: it had ended (expired)
            denied     the license for "old" has expired
            remedy     ask the publisher for a new or larger license
            after      no grant to the same holder followed in its retry time
            D-4: c was denied 1 of "none" at 2026-01-05T08:00:00Z: unknown-feature
            asked for  1
            denied     this server has no license for "none"
            remedy     ask the publisher for a new or larger license
            after      no grant to the same holder followed in its retry time
            D-5: b was denied 9 of "api" at 2026-01-05T08:00:00Z: over-metered
            asked for  9
            pool 1.    default: 0 of 5 in use, 5 free
            item 1.    i7, version 1.0, permanent, pool default: 0 of 5 in use, 5 free: too few
            denied     9 of "api" wanted, 5 of 5 left
            remedy     ask for at most 5
            after      no grant to the same holder followed in its retry time
        "#]],
    );
}

#[test]
fn what_stood_in_the_way_then_is_told_not_what_does_now() {
    check(
        &after("suspend lunch; a checkout cad; resume; explain D-1"),
        expect![[r#"
            suspended
            D-1 server-suspended: an administrator has suspended this server; ask the administrator of this license server
            resumed
            D-1: a was denied 1 of "cad" at 2026-01-05T08:00:00Z: server-suspended
            asked for  1
            denied     an administrator has suspended this server
            remedy     ask the administrator of this license server
            after      no grant to the same holder followed in its retry time
        "#]],
    );
    check(
        &after(
            "a checkout cad 1.0 x5; b checkout cad 1.0; release L1; withdraw i1; withdraw i2; explain D-1",
        ),
        expect![[r#"
            L1 granted-overdraft cad 1.0 x5 from i1[1-2] + i2[3-5] until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 5 free; version 0.9 is free
            released L1
            D-1: b was denied 1 of "cad" at 2026-01-05T08:00:00Z: no-seats
            asked for  1, version 1.0 or later
            pool 1.    default: 5 of 5 in use, 0 free
            item 1.    i1, version 1.0, until 2026-04-05T08:00:00Z, pool default: 2 of 2 in use, 0 free: none free
            item 2.    i2, version 2.0, permanent, pool default: 3 of 3 in use, 0 free: none free
            not        i3, version 0.9: its version is lower (version-too-low)
            order      own reservations, then pools in the order of the rules; regular before overdraft; exact version before higher; not in grace before in grace; earlier end first
            denied     1 of "cad" wanted, 0 of 5 free
            remedy     version 0.9 is free
            after      no grant to the same holder followed in its retry time
        "#]],
    );
}

const MODEL: &str = "model partitions { partition 'a' { 'cad' 1.0 2 } partition 'b' { 'cad' 2.0 2 } } \
    on user('ann') { use 'b', 'a' continue } on dictionary('team':'red') { use 'default' accept } \
    on user('mallory') { deny } on hostid('kiosk') { without requested features { all from 'b' } accept }";

#[test]
fn the_rules_that_matched_are_told_with_their_lines_and_the_pools_in_their_order() {
    check(
        &after(&format!(
            "{MODEL}; a/ann checkout cad 1.0 x3 dict=team:red; explain L1; b checkout cad 2.0 x2; explain D-1
            c/mallory checkout cad; explain D-2; kiosk set; explain L2; release L2
            model-; b checkout cad 2.0; explain L3"
        )),
        expect![[r#"
            model-set
            L1 granted cad 1.0 x3 from i2/b[1-2] + i1/a[3] until +0:15:00
            L1: ann@a was granted 3 of "cad" 1.0 at 2026-01-05T08:00:00Z
            asked for  3, version 1.0 or later, dictionary team=red
            model      "stage", version 1
            rule       line 1: on user("ann") { use "b", "a" continue }
            rule       line 1: on dictionary("team":"red") { use "default" accept }
            pool 1.    b: 0 of 2 in use, 2 free
            pool 2.    a: 0 of 2 in use, 2 free
            pool 3.    default: 0 of 1 in use, 1 free
            item 1.    i2, version 2.0, permanent, pool b: 0 of 2 in use, 2 free: 2 taken
            item 2.    i1, version 1.0, until 2026-04-05T08:00:00Z, pool a: 0 of 2 in use, 2 free: 1 taken
            item 3.    i2, version 2.0, permanent, pool default: 0 of 1 in use, 1 free: not needed
            not        i3, version 0.9: its version is lower (version-too-low)
            order      own reservations, then pools in the order of the rules; regular before overdraft; exact version before higher; not in grace before in grace; earlier end first
            granted    granted: within what is licensed; seats 1-3, the lowest that were free
            until      2026-01-05T08:15:00Z, to be renewed
            D-1 no-seats: 2 of "cad" wanted, 1 of 1 free; ask for at most 1
            D-1: b was denied 2 of "cad" at 2026-01-05T08:00:00Z: no-seats
            asked for  2, version 2.0 or later
            model      "stage", version 1
            rule       none matched: the default pool only
            pool 1.    default: 0 of 1 in use, 1 free
            item 1.    i2, version 2.0, permanent, pool default: 0 of 1 in use, 1 free: too few
            not        i3, version 0.9: its version is lower (version-too-low)
            not        i1, version 1.0: its version is lower (version-too-low)
            denied     2 of "cad" wanted, 1 of 1 free
            remedy     ask for at most 1
            after      no grant to the same holder followed in its retry time
            D-2 denied-by-rule: line 1 of model 1 denies "cad"; ask the administrator of this license server
            D-2: mallory@c was denied 1 of "cad" at 2026-01-05T08:00:00Z: denied-by-rule
            asked for  1
            model      "stage", version 1
            rule       line 1: on user("mallory") { deny }
            denied     line 1 of model 1 denies "cad"
            remedy     ask the administrator of this license server
            after      no grant to the same holder followed in its retry time
            L2 granted-overdraft cad 2.0 x1 from i2[4] until +0:15:00
            L2: kiosk was granted 1 of "cad" 2.0 at 2026-01-05T08:00:00Z
            asked for  2, or fewer, version 2.0 or later
            model      "stage", version 1
            rule       line 1: on hostid("kiosk") { without requested features { all from "b" } accept }
            pool 1.    default: 0 of 1 in use, 1 free
            item 1.    i2, version 2.0, permanent, pool default: 0 of 1 in use, 1 free: 1 taken
            not        i3, version 0.9: its version is lower (version-too-low)
            not        i1, version 1.0: its version is lower (version-too-low)
            granted    granted-overdraft: beyond the count, within the overdraft; seats 4, the lowest that were free
            until      2026-01-05T08:15:00Z, to be renewed
            released L2
            model-deleted
            L3 granted-overdraft cad 2.0 x1 from i2[4] until +0:15:00
            L3: b was granted 1 of "cad" 2.0 at 2026-01-05T08:00:00Z
            asked for  1, version 2.0 or later
            pool 1.    default: 0 of 3 in use, 1 free
            item 1.    i2, version 2.0, permanent, pool default: 0 of 3 in use, 1 free: 1 taken
            not        i3, version 0.9: its version is lower (version-too-low)
            not        i1, version 1.0: its version is lower (version-too-low)
            granted    granted-overdraft: beyond the count, within the overdraft; seats 4, the lowest that were free
            until      2026-01-05T08:15:00Z, to be renewed
        "#]],
    );
}

#[test]
fn the_story_of_a_device() {
    check(
        &after("a/ann checkout cad 1.0 x2; b checkout cad; +1m; renew L1 L2; +1m; renew L1; a checkout cad x9
            +1m; renew L1; a consume api x2; undo U-1; a batch c 1 api, none; release L1 L1
            a#1@job checkout cad; a#2@job checkout cad; drop a stolen; +1h; timeline a; timeline nobody"),
        expect![[r#"
            L1 granted cad 1.0 x2 from i1[1-2] until +0:15:00
            L2 granted cad 0.9 x1 from i3[3] until +0:15:00
            renewed L1 until +0:16:00
            renewed L2 until +0:16:00
            renewed L1 until +0:17:00
            D-1 no-seats: 9 of "cad" wanted, 7 of 10 free; ask for at most 7
            renewed L1 until +0:18:00
            U-1 api 1.0 x2 from i7 x2, undo +0:08:00
            U-1 taken back
            c reported through 2:
              1 api x1 from i7 x1
              2 none x1 unknown-feature
            released L1
            L1 not released: lease-ended
            L3 granted cad 0.9 x1 from i3[1] until +0:18:00
            L3 taken over by L4
            L4 granted cad 0.9 x1 from i3[1] until +0:18:00
            a dropped, free at +0:18:00 at the latest
            expired L2, L4
            +0:00:00 granted L1 cad x2 granted to ann, until 2026-01-05T08:15:00Z
            +0:01:00 to +0:03:00 renewed L1 cad x2 3 times
            +0:02:00 denied D-1 cad x9 no-seats: 9 of "cad" wanted, 7 of 10 free
            +0:03:00 consumed U-1 api x2
            +0:03:00 taken-back U-1 api x2
            +0:03:00 reported x2 by c up to its number 2
            +0:03:00 released L1 cad x2
            +0:03:00 granted L3 cad x1 granted, until 2026-01-05T08:18:00Z
            +0:03:00 taken-over L3 cad x1 by L4
            +0:03:00 granted L4 cad x1 granted, until 2026-01-05T08:18:00Z
            +0:03:00 device-dropped x1 by root: stolen
            +1:03:00 dropped L4 cad x1
        "#]],
    );
}

#[test]
fn the_story_of_a_device_tells_what_is_reserved_for_it() {
    check(
        "item cad 1.0 x9; item sim 1.0 x3
         reserve one a cad x2, sim x1 | @ann cad x1; reserve two b cad; +1m
         rereserve one a cad 1.0 x3, sim x1 | @ann cad x1; rereserve two b cad | a sim; +1m
         rereserve one @ann cad x1; +1m; unreserve two; unreserve one
         timeline a; timeline c",
        expect![[r#"
            reserved R-1 one revision 1
            reserved R-2 two revision 1
            reserved R-1 one revision 2
            reserved R-2 two revision 2
            reserved R-1 one revision 3
            no longer reserved R-2 two
            no longer reserved R-1 one
            +0:00:00 reserved cad x2 in "one" by root
            +0:00:00 reserved sim x1 in "one" by root
            +0:01:00 unreserved cad x2 in "one" by root
            +0:01:00 reserved cad x3 1.0 or later in "one" by root
            +0:01:00 reserved sim x1 in "two" by root
            +0:02:00 unreserved cad x3 1.0 or later in "one" by root
            +0:02:00 unreserved sim x1 in "one" by root
            +0:03:00 unreserved sim x1 in "two" by root
        "#]],
    );
}

#[test]
fn leases_that_are_offered_at_once_are_told_one_after_the_other() {
    check(
        "item cad 1.0 x1 expiry=+90d; item cad 1.0 x3
         a checkout cad x3; b checkout cad x1; a checkout cad, cad x2 all wait=10m; release L1
         explain L3; explain L4",
        expect![[r#"
            L1 granted cad 1.0 x3 from i1[1] + i2[2-3] until +0:15:00
            L2 granted cad 1.0 x1 from i2[4] until +0:15:00
            T1 a waits for cad 0 x1 + cad 0 x2 until +0:10:00
            released L1
            T1 is offered L3 granted cad 1.0 x1 from i1[1] until +0:00:30 and L4 granted cad 1.0 x2 from i2[2-3] until +0:00:30
            L3: a was granted 1 of "cad" 1.0 at 2026-01-05T08:00:00Z
            asked for  1
            pool 1.    default: 1 of 4 in use, 3 free
            item 1.    i1, version 1.0, until 2026-04-05T08:00:00Z, pool default: 0 of 1 in use, 1 free: 1 taken
            item 2.    i2, version 1.0, permanent, pool default: 1 of 3 in use, 2 free: not needed
            order      own reservations, then pools in the order of the rules; regular before overdraft; exact version before higher; not in grace before in grace; earlier end first
            granted    granted: within what is licensed; seats 1, the lowest that were free
            until      2026-01-05T08:00:30Z, to be renewed
            L4: a was granted 2 of "cad" 1.0 at 2026-01-05T08:00:00Z
            asked for  2
            pool 1.    default: 2 of 4 in use, 2 free
            item 1.    i1, version 1.0, until 2026-04-05T08:00:00Z, pool default: 1 of 1 in use, 0 free: none free
            item 2.    i2, version 1.0, permanent, pool default: 1 of 3 in use, 2 free: 2 taken
            order      own reservations, then pools in the order of the rules; regular before overdraft; exact version before higher; not in grace before in grace; earlier end first
            granted    granted: within what is licensed; seats 2-3, the lowest that were free
            until      2026-01-05T08:00:30Z, to be renewed
        "#]],
    );
}

#[test]
fn what_was_taken_is_told_though_a_look_back_finds_other_seats() {
    // The set gives `L2` back first, which takes the shrunken pool's excess away: the seat of `L1` could be shared now.
    check(
        "item sim 1.0 x2 basis=device; a checkout sim; drop a; a checkout sim x2
         model partitions { partition 'p' { 'sim' 1.0 1 } } on any() { use 'p', 'default' }
         a set sim; explain L3",
        expect![[r#"
            L1 granted sim 1.0 x1 from i1[1] until +0:15:00
            a dropped, free at +0:15:00 at the latest
            L2 granted sim 1.0 x2 from i1[1-2] until +0:15:00
            model-set
            released L2
            L3 granted sim 1.0 x1 from i1/p[2] until +0:15:00
            L3: a was granted 1 of "sim" 1.0 at 2026-01-05T08:00:00Z
            asked for  1
            model      "stage", version 1
            rule       line 1: on any() { use "p", "default" }
            pool 1.    p: 0 of 1 in use, 1 free
            pool 2.    default: 1 of 1 in use, 0 free
            item 1.    i1, version 1.0, permanent, pool p: 0 of 1 in use, 1 free: 1 taken
            item 2.    i1, version 1.0, permanent, pool default: 1 of 1 in use, 0 free, 1 held already and shared: none free
            order      own reservations, then pools in the order of the rules; regular before overdraft; exact version before higher; not in grace before in grace; earlier end first
            granted    granted: within what is licensed; seats 2, the lowest that were free
            until      2026-01-05T08:15:00Z, to be renewed
        "#]],
    );
}
