//! What administrators order, what the clocks do, and every code that a requester can be told.

mod script;

use expect_test::expect;
use script::{check, play};
use tenure_leasing::DenialReason;

#[test]
fn suspending_stops_grants_but_not_renewals_and_returns() {
    check(
        "item cad 1.0 x2; item api 1.0 x2 metered=1m; a checkout cad; suspend moving house; suspend
         b checkout cad; b preview cad; a consume api; renew L1; release L1; resume; resume; b checkout cad",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            suspended
            refused already-suspended: the server is suspended already
            D-1 server-suspended: an administrator has suspended this server; ask the administrator of this license server
            would not get cad: server-suspended; at most 0
            D-2 server-suspended: an administrator has suspended this server; ask the administrator of this license server
            renewed L1 until +0:15:00
            released L1
            resumed
            refused not-suspended: the server is not suspended
            L2 granted cad 1.0 x1 from i1[1] until +0:15:00
        "#]],
    );
}

#[test]
fn a_server_that_was_restored_waits_until_forgotten_leases_have_ended() {
    check(
        "item cad 1.0 x2 borrow-interval=1h; a checkout cad
         reconcile client knows entry 7; reconcile again; b checkout cad; renew L1; +15m; +2s; b checkout cad",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            reconciling until +0:15:02
            nothing
            D-1 container-rolled-back: the server's records were restored from a copy; it grants again when forgotten leases have ended; wait-until +0:15:02
            renewed L1 until +0:15:00
            expired L1
            L2 granted cad 1.0 x1 from i1[1] until +0:30:02
        "#]],
    );
}

#[test]
fn who_holds_a_lease_that_was_never_granted_shows_that_some_were_forgotten() {
    // Their numbers are nobody else's.
    check(
        "item cad 1.0 x2; a checkout cad; reconcile L1 known; reconcile L9 held; reconcile L9 held; reconcile L10 too
         b checkout cad; renew L1; +15m; +2s; b checkout cad; +1m; reconcile L9 held; c checkout cad",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            nothing
            reconciling until +0:15:02, leases from L1000009 on
            nothing
            nothing
            D-1 container-rolled-back: the server's records were restored from a copy; it grants again when forgotten leases have ended; wait-until +0:15:02
            renewed L1 until +0:15:00
            expired L1
            L1000009 granted cad 1.0 x1 from i1[1] until +0:30:02
            nothing
            L1000010 granted cad 1.0 x1 from i1[2] until +0:31:02
        "#]],
    );
    check(
        "property lease.granularity=hour; item cad 1.0 x2; reconcile L9 held; b checkout cad",
        expect![[r#"
            properties-set
            reconciling until +1:00:01, leases from L1000009 on
            D-1 container-rolled-back: the server's records were restored from a copy; it grants again when forgotten leases have ended; wait-until +1:00:01
        "#]],
    );
}

#[test]
fn properties_have_bounds_and_defaults() {
    check(
        "property lease.floating-seconds=60; property lease.floating-seconds=60; show property lease.floating-seconds
         property lease.floating-seconds=; show property lease.floating-seconds
         property lease.floating-seconds=1; property lease.granularity=week; property lease.virtual-allowed=7
         property queue.claim-seconds=29; property queue.claim-seconds=60; property queue.claim-seconds=
         property nonsense=1; property server.name=other; show property server.name; show property server.serial
         property lease.floating-seconds=60 nonsense=1; show property lease.floating-seconds",
        expect![[r#"
            properties-set
            nothing
            lease.floating-seconds = 60 (set)
            properties-set
            lease.floating-seconds = 900
            refused property-out-of-bounds: property "lease.floating-seconds": must be a whole number from 5 to 86400
            refused property-out-of-bounds: property "lease.granularity": must be one of second, minute, hour, day
            refused property-out-of-bounds: property "lease.virtual-allowed": must be true or false
            refused property-out-of-bounds: property "queue.claim-seconds": must be a whole number from 30 to 600
            properties-set
            properties-set
            refused unknown-property: there is no property "nonsense"
            refused property-read-only: property "server.name" can't be changed: it was fixed when the container of this server was made
            server.name = stage
            server.serial = T-TXGX-81NF-5956
            refused unknown-property: there is no property "nonsense"
            lease.floating-seconds = 900
        "#]],
    );
}

#[test]
fn users_and_their_roles() {
    check(
        "user+ ann admin read read; user+ ann read; user+ bob; show users
         user= bob admin; user= ann read; user= ann read; user= bob read; user- bob; user- ann; user- ann; user= ann; show users
         user= bob admin",
        expect![[r#"
            user-set
            refused user-exists: user "ann" exists already
            user-set
            ann [Read, Admin]
            bob [Read]
            user-set
            user-set
            nothing
            refused last-admin: the last user with the role admin must stay
            refused last-admin: the last user with the role admin must stay
            user-deleted
            refused user-unknown: there is no user "ann"
            refused user-unknown: there is no user "ann"
            bob [Admin]
            nothing
        "#]],
    );
}

#[test]
fn client_keys() {
    check(
        "item cad 1.0 x9; property security.client-signature-required=true
         a checkout cad; a checkout cad key=k1; key+ k1; key+ k1; a checkout cad key=k1
         key- k1; key- k1; key- k2; a checkout cad key=k1",
        expect![[r#"
            properties-set
            D-1 unsigned-request: this server demands requests signed with a registered key; sign the request with a registered key
            D-2 unsigned-request: this server demands requests signed with a registered key; sign the request with a registered key
            client-key-added
            refused client-key-exists: this client key is registered already
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            client-key-revoked
            nothing
            refused client-key-unknown: there is no such client key
            D-3 revoked: the key of the request, or this server, is revoked; ask the administrator of this license server
        "#]],
    );
}

#[test]
fn a_denial_followed_by_a_grant_is_recovered() {
    check(
        "item cad 1.0 x1; item sim 1.0 x1
         a checkout cad, sim; b/bob checkout cad; b checkout cad; c checkout cad; d checkout sim
         +5m; release L1; b/bob checkout cad; release L2
         +20m; b checkout cad; show denials",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted sim 1.0 x1 from i2[1] until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            D-2 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            D-3 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +0:15:02
            D-4 no-seats: 1 of "sim" wanted, 0 of 1 free; wait-until +0:15:02
            released L1
            L3 granted cad 1.0 x1 from i1[1] until +0:20:00
            released L2
            expired L3
            L4 granted cad 1.0 x1 from i1[1] until +0:40:00
            D-4 sim no-seats for d
            D-3 cad no-seats for c
            D-2 cad no-seats for b
            D-1 cad no-seats for b, recovered +0:05:00
        "#]],
    );
}

#[test]
fn remedies_are_the_nearest() {
    check(
        "item cad 3.0 x5; item cad 2.0 x2
         a checkout cad 3.0 x4; a checkout cad 3.0 x2; a checkout cad 3.0
         a checkout cad 3.0; a checkout cad 2.0 x2; +1m; a checkout cad 3.0; a checkout cad 4.0
         a checkout Cad; a checkout cat; a checkout simulation",
        expect![[r#"
            L1 granted cad 3.0 x4 from i1[1-4] until +0:15:00
            D-1 no-seats: 2 of "cad" wanted, 1 of 5 free; ask for at most 1
            L2 granted cad 3.0 x1 from i1[5] until +0:15:00
            D-2 no-seats: 1 of "cad" wanted, 0 of 5 free; version 2.0 is free
            L3 granted cad 2.0 x2 from i2[6-7] until +0:15:00
            D-3 no-seats: 1 of "cad" wanted, 0 of 5 free; wait-until +0:15:02
            D-4 version-too-low: the license for "cad" does not cover version 4.0; ask the publisher for a new or larger license
            D-5 unknown-feature: this server has no license for "Cad"; did you mean "cad"?
            D-6 unknown-feature: this server has no license for "cat"; did you mean "cad"?
            D-7 unknown-feature: this server has no license for "simulation"; ask the publisher for a new or larger license
        "#]],
    );
}

#[test]
fn a_clock_that_is_behind() {
    check(
        "item cad 1.0 x1 expiry=+2d; item sim 1.0 x1
         a checkout cad; release L1
         wall -5m; wall -1h; a checkout sim; wall 0s; wall -30d
         +2d; a checkout cad; show items; a checkout sim; wall 0s; a checkout cad",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            released L1
            the clock is behind
            L2 granted sim 1.0 x1 from i2[1] until +0:15:00
            the clock is right
            the clock is behind
            expired L2
            D-1 clock-behind: the license for "cad" has expired by the time that is certain; the clock of the server is behind it; set the clock of the server right
            i1 cad 1.0 ended: used 0, free 0
            i2 sim 1.0 live: used 0, free 1
            L3 granted sim 1.0 x1 from i2[1] until +2d 0:15:00
            the clock is right
            D-2 expired: the license for "cad" has expired; ask the publisher for a new or larger license
        "#]],
    );
}

#[test]
fn a_license_that_needs_its_publisher_stops_until_he_is_heard_of() {
    check(
        "item cad 1.0 x2 checkpoint=3; a checkout cad; release L1
         +2d; +23h; +55m; a checkout cad; +4m; +59s; renew L2; +1s; renew L2; b checkout cad; show items
         replace i1 checkpoint=3; b checkout cad",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            released L1
            L2 granted cad 1.0 x1 from i1[1] until +3d 0:00:00
            renewed L2 until +3d 0:00:00
            refused contact-due: L2: the license needs a word from its publisher: the server must exchange a context and an update first
            D-1 contact-due: the license for "cad" needs a word from its publisher, who was not heard of for too long; let the server ask the publisher's office, or carry its context there and the update back
            i1 cad 1.0 contact-due: used 1, free 0
            L3 granted cad 1.0 x1 from i1[2] until +3d 0:15:00
        "#]],
    );
}

#[test]
fn a_clock_set_far_ahead_does_not_end_a_license_when_it_is_set_right_again() {
    check(
        "item cad 1.0 x1 expiry=+20d
         wall 400d; a checkout cad; wall 0s; a checkout cad; show items",
        expect![[r#"
            D-1 expired: the license for "cad" has expired; ask the publisher for a new or larger license
            the clock is behind
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            i1 cad 1.0 live: used 1, free 0
        "#]],
    );
}

/// Codes that only pools, reservations and the queue will give.
const NOT_YET: &[DenialReason] = &[
    DenialReason::ReservedForOthers,
    DenialReason::DeniedByRule,
    DenialReason::MaxPerHolder,
    DenialReason::QueueFull,
];

#[test]
fn every_denial_has_a_case() {
    let told = play(
        "a checkout cad
         item cad 2.0 x1; a checkout cad 3.0; a checkout cad sel=a:b; a checkout cad x2
         item api 1.0 x1 metered=1m; a checkout api; a consume api x2
         item new 1.0 x1 start=+9d; a checkout new; item old 1.0 x1 expiry=-1d; a checkout old
         item real 1.0 x1 virtual; a~virtual checkout real
         item short 1.0 x1 borrow-max=1h; a checkout short borrow=2h
         item one 1.0 x2 exclusive; a checkout one; a checkout one
         property borrow.allowed=false; a checkout cad borrow=1h
         item ends 1.0 x1 expiry=+1h; +2h; wall -30d; a checkout ends; wall 0s
         item seen 1.0 x1 checkpoint=1; +1d; a checkout seen
         key+ k1; key- k1; a checkout cad key=k1
         property security.client-signature-required=true; a checkout cad
         suspend; a checkout cad; resume; reconcile x; a checkout cad",
    );
    let missing: Vec<&str> = DenialReason::ALL
        .iter()
        .filter(|reason| !NOT_YET.contains(reason))
        .map(|reason| reason.code())
        .filter(|code| !told.contains(&format!(" {code}: ")))
        .collect();
    assert_eq!(missing, [""; 0], "{told}");
}
