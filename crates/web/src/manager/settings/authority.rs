//! Who may change the settings of a manager that stands apart.
//!
//! Deliberately not here: what they are.

use crate::site::Visit;
use crate::staff::{Pages, Staff};

/// Whether the visitor may: an administrator of a listed server, or whoever has the key of the manager's owner.
pub(super) fn may_change(site: &Pages, visit: &Visit<Staff>) -> bool {
    let (Some(fleet), Some(staff)) = (site.fleet(), &visit.holds) else { return false };
    let administers = staff.logins.iter().any(|(number, account)| {
        account.roles.iter().any(|role| role == "admin") && fleet.server(*number).is_some()
    });
    staff.keeps || administers
}
