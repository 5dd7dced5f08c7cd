//! Borrowing: for how long, what makes it shorter, and what becomes of the lease.

mod script;

use expect_test::expect;
use script::check;

#[test]
fn borrowing_within_the_limits_of_license_and_administrator() {
    check(
        "item free 1.0 x9; item week 1.0 x9 borrow-interval=2d; item max 1.0 x9 borrow-max=30d; item no 1.0 x9
         replace i4 borrow-max=0s
         ws checkout free borrow=30d; ws checkout week borrow=30d; ws checkout max borrow=20d
         ws checkout max borrow=31d; ws checkout no borrow=1d; ws checkout no
         property borrow.max-seconds=3600; ws checkout max borrow=20d
         property borrow.allowed=false; ws checkout max borrow=20d; ws checkout max",
        expect![[r#"
            L1 granted free 1.0 x1 from i1[1] until +7d 0:00:00, shortened by borrow.interval-seconds
            L2 granted week 1.0 x1 from i2[1] until +2d 0:00:00, shortened by borrow_interval_seconds
            L3 granted max 1.0 x1 from i3[1] until +20d 0:00:00
            D-1 borrow-too-long: "max" may not be borrowed for so long; borrow for at most 2592000 seconds
            D-2 borrow-not-allowed: "no" may not be borrowed; check out without borrowing
            L4 granted no 1.0 x1 from i4[1] until +0:15:00
            properties-set
            L5 granted max 1.0 x1 from i3[2] until +1:00:00, shortened by borrow.max-seconds
            properties-set
            D-3 borrow-not-allowed: "max" may not be borrowed; check out without borrowing
            L6 granted max 1.0 x1 from i3[3] until +0:15:00
        "#]],
    );
}

#[test]
fn what_shortens_a_borrowing_is_told_with_the_grant_the_preview_and_the_renewal() {
    check(
        "item week 1.0 x9; item near 1.0 x9 expiry=3d; item near 1.0 x9
         ws checkout week borrow=7d; +1m; ws preview week borrow=8d; ws checkout near borrow=5d by=day
         +1d; renew L2; renew L1
         a checkout near x10 borrow=2d",
        expect![[r#"
            L1 granted week 1.0 x1 from i1[1] until +7d 0:00:00
            would get week 1.0 x1 until +7d 0:01:00, shortened by borrow.interval-seconds: granted; at most 8
            L2 granted near 1.0 x1 from i2[1] until +3d 0:00:00, shortened by license-end
            renewed L2 until +3d 0:00:00, shortened by license-end
            renewed L1 until +8d 0:01:00
            L3 granted near 1.0 x10 from i2[2-9] + i3[10-11] until +3d 0:00:00, shortened by license-end
        "#]],
    );
}

#[test]
fn a_borrowed_lease_is_not_taken_over() {
    check(
        "item cad 1.0 x2
         pod1@job checkout cad borrow=1d; pod2@job checkout cad; pod3@job checkout cad",
        expect![[r#"
            L1 granted cad 1.0 x1 from i1[1] until +1d 0:00:00
            L2 granted cad 1.0 x1 from i1[2] until +0:15:00
            L2 taken over by L3
            L3 granted cad 1.0 x1 from i1[2] until +0:15:00
        "#]],
    );
}
