//! Renewing, returning, shrinking licenses, dropped devices: what happens, case by case.

mod script;

use expect_test::expect;
use script::check;

#[test]
fn renewing_one_and_many() {
    check(
        "item cad 1.0 x5
         a checkout cad; b checkout cad; c checkout cad
         +10m; renew L1; renew L1 L2 L9; release L3; renew L3; renew L2 L3; +1h; renew L1; renew L1 L2",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            L3 granted cad 1.0 x1 from i1[3] until +0:15:00
            renewed L1 until +0:25:00
            renewed L1 until +0:25:00
            renewed L2 until +0:25:00
            L9 not renewed: lease-unknown
            released L3
            refused lease-ended: L3: the lease has ended (returned or expired some time ago)
            renewed L2 until +0:25:00
            L3 not renewed: lease-ended
            expired L1, L2
            refused lease-ended: L1: the lease has ended (it was not renewed in time)
            L1 not renewed: lease-ended
            L2 not renewed: lease-ended
        "#]],
    );
}

#[test]
fn a_renewal_never_shortens_what_the_holder_was_promised() {
    check(
        "item cad 1.0 x5
         a checkout cad borrow=2d; b checkout cad
         property borrow.max-seconds=60; renew L1; renew L2; +1d; renew L1",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +2d 0:00:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            properties-set
            renewed L1 until +2d 0:00:00
            renewed L2 until +0:15:00
            expired L2
            renewed L1 until +2d 0:00:00, shortened by borrow.max-seconds
        "#]],
    );
}

#[test]
fn a_borrowed_lease_is_given_back_early() {
    check(
        "item cad 1.0 x1
         a checkout cad borrow=5d; +1d; b checkout cad; release L1; b checkout cad borrow=5d; show features",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +5d 0:00:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 1 free; wait-until +5d 0:00:02
            released L1
            L2 granted cad 1.0 x1 from i1[1] until +6d 0:00:00
            cad 1.0 total 1 used 1 available 0 overdraft 0/0 borrowed 1 ends never to never
            cad (1.0) total 1 used 1 leases 1
        "#]],
    );
}

#[test]
fn only_the_holder_renews_and_only_the_holder_or_an_administrator_gives_back() {
    check(
        "item cad 1.0 x9; key+ k1
         a checkout cad key=k1; b checkout cad client=k2; c checkout cad
         renew L1 key=k1; renew L1 key=k2; renew L2 key=k2; renew L3 key=k1; renew L3 admin=ann
         release L1 key=k2; release L1 L2 L3 key=k2; release L1 admin=ann; release L3; release L3 L3 L4",
        expect![[r#"
            client-key-added
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            L3 granted cad 1.0 x1 from i1[3] until +0:15:00
            renewed L1 until +0:15:00
            refused not-yours: L1: only the holder of the lease may do this
            renewed L2 until +0:15:00
            refused not-yours: L3: only the holder of the lease may do this
            refused not-yours: L3: only the holder of the lease may do this
            refused not-yours: L1: only the holder of the lease may do this
            L1 not released: not-yours
            released L2
            L3 not released: not-yours
            released L1
            released L3
            L3 not released: lease-ended
            L3 not released: lease-ended
            L4 not released: lease-unknown
        "#]],
    );
}

#[test]
fn a_revoked_key_ends_what_it_signed_for() {
    check(
        "item cad 1.0 x9; key+ k1; a checkout cad key=k1; key- k1
         renew L1; a checkout cad key=k1; a checkout cad",
        expect![[r#"
            client-key-added
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            client-key-revoked
            refused revoked: L1: the key of the lease is revoked
            D-1 revoked: the key of the request, or this server, is revoked; ask the administrator of this license server
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
        "#]],
    );
}

#[test]
fn a_reduced_license_ends_the_newest_leases_first() {
    check(
        "item cad 1.0 x5
         a checkout cad x2; b checkout cad; c checkout cad; d checkout cad
         withdraw i1 2; e checkout cad
         renew L1; renew L2; renew L3; renew L4
         release L1; renew L3; renew L4; show features; e checkout cad",
        expect![[r#"
            L1 granted cad 1.0 x2 from i1[1-2] until +0:15:00
            L2 granted cad 1.0 x1 from i1[3] until +0:15:00
            L3 granted cad 1.0 x1 from i1[4] until +0:15:00
            L4 granted cad 1.0 x1 from i1[5] until +0:15:00
            D-1 no-seats: 1 of "cad" wanted, 0 of 3 free; wait-until +0:15:02
            renewed L1 until +0:15:00
            renewed L2 until +0:15:00
            refused seats-shrunk: L3: the license was reduced below what is in use; the newest leases end first
            refused seats-shrunk: L4: the license was reduced below what is in use; the newest leases end first
            released L1
            renewed L3 until +0:15:00
            renewed L4 until +0:15:00
            cad 1.0 total 3 used 3 available 0 overdraft 0/0 borrowed 0 ends never to never
            cad (1.0) total 3 used 3 leases 3
            D-2 no-seats: 1 of "cad" wanted, 0 of 3 free; wait-until +0:15:02
        "#]],
    );
}

#[test]
fn a_reduced_license_is_kept_to_within_one_lease_term() {
    check(
        "item cad 1.0 x5
         a checkout cad; b checkout cad; c checkout cad; d checkout cad
         +10m; replace i1 x2; renew L1 L2 L3 L4; +5m; renew L1 L2; +2s; show features; e checkout cad",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            L3 granted cad 1.0 x1 from i1[3] until +0:15:00
            L4 granted cad 1.0 x1 from i1[4] until +0:15:00
            renewed L1 until +0:25:00
            renewed L2 until +0:25:00
            L3 not renewed: seats-shrunk
            L4 not renewed: seats-shrunk
            renewed L1 until +0:30:00
            renewed L2 until +0:30:00
            expired L3, L4
            cad 1.0 total 2 used 2 available 0 overdraft 0/0 borrowed 0 ends never to never
            cad (1.0) total 2 used 2 leases 2
            D-1 no-seats: 1 of "cad" wanted, 0 of 2 free; wait-until +0:30:02
        "#]],
    );
}

#[test]
fn a_reduced_license_of_shared_seats() {
    check(
        "item d 1.0 x3 basis=device
         a checkout d; a checkout d x2; b checkout d; replace i1 x1
         renew L1 L2 L3; b checkout d; release L2; renew L1 L3; a checkout d; show features",
        expect![[r#"
            L1 granted d 1.0 x1 from i1[1] until +0:15:00
            L2 granted d 1.0 x2 from i1[1-2] until +0:15:00
            L3 granted d 1.0 x1 from i1[3] until +0:15:00
            L1 not renewed: seats-shrunk
            L2 not renewed: seats-shrunk
            L3 not renewed: seats-shrunk
            D-1 no-seats: 1 of "d" wanted, 0 of 1 free; wait-until +0:15:02
            released L2
            renewed L1 until +0:15:00
            L3 not renewed: seats-shrunk
            L4 shared-seat d 1.0 x1 from i1[1] until +0:15:00
            d 1.0 total 1 used 2 available 0 overdraft 1/0 borrowed 0 ends never to never
            d (1.0) total 1 used 2 leases 3
        "#]],
    );
}

#[test]
fn a_reduced_license_that_only_records_refuses_nobody() {
    check(
        "item cad 1.0 x2 record; a checkout cad; b checkout cad; replace i1 x1; renew L1 L2",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +0:15:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            renewed L1 until +0:15:00
            renewed L2 until +0:15:00
        "#]],
    );
}

#[test]
fn withdrawn_replaced_and_expired_licenses() {
    check(
        "item cad 2.0 x5; item sim 1.0 x5; item pcb 1.0 x1
         a checkout cad; a checkout sim; a checkout pcb
         withdraw i2; replace i1 1.0; replace i3 expiry=+1m; show items; +1m; renew L1 L2 L3
         a checkout sim; +15m; show items; show leases",
        expect![[r#"
            L1 granted cad 2.0 x1 from i1[1] until +0:15:00
            L2 granted sim 1.0 x1 from i2[1] until +0:15:00
            L3 granted pcb 1.0 x1 from i3[1] until +0:15:00
            i1 cad 1.0 live: used 1, free 4
            i3 pcb 1.0 live: used 1, free 0
            i2 sim 1.0 withdrawn: used 1, free 0
            L1 not renewed: version-too-low
            L2 not renewed: item-withdrawn
            L3 not renewed: item-expired
            D-1 unknown-feature: this server has no license for "sim"; ask the publisher for a new or larger license
            expired L1, L2, L3
            i1 cad 1.0 live: used 0, free 5
            i3 pcb 1.0 ended: used 0, free 0
        "#]],
    );
}

#[test]
fn a_dropped_device_loses_its_leases_after_the_cool_down() {
    check(
        "item cad 1.0 x2
         a checkout cad borrow=5d; a checkout cad; drop a; drop a; drop x
         renew L1; show leases; a checkout cad; +15m; b checkout cad; +2s; b checkout cad x2; renew L1 L2",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +5d 0:00:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            a dropped, free at +0:15:00 at the latest
            refused device-unknown: no such device holds anything here
            refused device-unknown: no such device holds anything here
            refused dropped: L1: an administrator has dropped this device
            L1 cad 1.0 x1[1] a until +0:15:00 dropped
            L2 cad 1.0 x1[2] a until +0:15:00 dropped
            D-1 no-seats: 1 of "cad" wanted, 0 of 2 free; wait-until +0:15:02
            D-2 no-seats: 1 of "cad" wanted, 0 of 2 free; wait-until +0:15:02
            expired L1, L2
            L3 granted cad 1.0 x2 from i1[1-2] until +0:30:02
            L1 not renewed: dropped
            L2 not renewed: dropped
        "#]],
    );
}

#[test]
fn a_dropped_device_without_cool_down() {
    check(
        "item cad 1.0 x1; property device.drop-cooldown-seconds=0
         a checkout cad borrow=5d; drop a stolen; +2s; b checkout cad",
        expect![[r#"
            properties-set
            L1 granted cad 1.0 x1 from i1[1] until +5d 0:00:00
            a dropped, free at +0:00:00 at the latest
            expired L1
            L2 granted cad 1.0 x1 from i1[1] until +0:15:02
        "#]],
    );
}

#[test]
fn renewals_are_spread_around_their_instant() {
    let mut stage = script::Stage::new();
    stage.line("item cad 1.0 x1000");
    for _ in 0..300 {
        stage.line("a checkout cad");
    }
    let rows = stage.state.lease_rows(
        &tenure_leasing::LeaseFilter::default(),
        tenure_leasing::LeaseOrder::OldestFirst,
        tenure_leasing::Page::ALL,
    );
    let waits: Vec<i64> = rows
        .rows
        .iter()
        .map(|row| (row.renew_after.as_millis() - row.granted.as_millis()) / 1_000)
        .collect();
    let (first, last) = (waits.iter().min(), waits.iter().max());
    let different: std::collections::BTreeSet<&i64> = waits.iter().collect();
    // 15 percent of 899 or 900 seconds, give or take a fifth of that.
    assert!(first >= Some(&107) && last <= Some(&162), "{first:?} to {last:?}");
    assert!(different.len() > 40, "{} different seconds", different.len());
}

#[test]
fn what_is_borrowed_ends_with_the_certificate_that_its_holder_keeps() {
    check(
        "certified 3d; item cad 1.0 x9; item sim 1.0 x9 expiry=2d
         ws checkout cad borrow=7d; ws checkout sim borrow=7d; ws checkout cad borrow=2d; ws checkout cad by=day
         ws preview cad borrow=4d
         +1d; certified 30d; renew L1
         +40d; ws checkout cad borrow=7d",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +3d 0:00:00, shortened by certificate-end
            L2 granted sim 1.0 x1 from i2[1] until +2d 0:00:00, shortened by license-end
            L3 granted cad 1.0 x1 from i1[2] until +2d 0:00:00
            L4 granted cad 1.0 x1 from i1[3] until +15:59:59
            would get cad 1.0 x1 until +3d 0:00:00, shortened by certificate-end: granted; at most 6
            expired L4
            renewed L1 until +8d 0:00:00
            expired L2, L3, L1
            L5 granted cad 1.0 x1 from i1[1] until +48d 0:00:00
        "#]],
    );
}
