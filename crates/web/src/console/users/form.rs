//! The fields of a user, and the roles in words.
//!
//! Kept here: a role says what it allows; an empty quota is any number. Deliberately not here: passwords, which are
//! never shown again.

use tenure_api::office::OfficeRole;

use super::super::field::{Field, Typed};

/// A role as its holder would say it, and what it allows.
pub(super) const fn words(role: OfficeRole) -> (&'static str, &'static str) {
    match role {
        OfficeRole::Viewer => {
            ("Look", "See everything but users, web hooks and the audit. Every role includes this.")
        }
        OfficeRole::Support => ("Support", "Hand out again what was issued, such as update files."),
        OfficeRole::Fulfil => (
            "Fulfil",
            "Customers, entitlements, activations and returns, lost devices, imports; within the daily quota. Includes \
             support.",
        ),
        OfficeRole::Catalog => ("Catalog", "Products and license models, and their import."),
        OfficeRole::Keys => (
            "Keys",
            "Rule on containers out of step, revoke, call moves void, and approve what waits for a second person.",
        ),
        OfficeRole::Auditor => ("Audit", "Read the journal, and prove that it is whole."),
        OfficeRole::Admin => (
            "Administer",
            "Everything, users, web hooks and policies included; but nobody approves what they asked for themselves.",
        ),
    }
}

/// Roles and quota.
pub(super) fn fields(typed: &Typed) -> [Field; 2] {
    let all = OfficeRole::ALL.map(|role| (role.name(), words(role)));
    let choices = all.map(|(name, (title, what))| (name, title, what));
    [
        typed.choice("roles", "May", &choices).ticks(),
        typed
            .field("daily_quota", "Daily quota")
            .number(0, u64::from(u32::MAX))
            .hint("Units it may issue in a day (UTC) without a second person’s approval. Empty: any number."),
    ]
}

/// The roles that were chosen; what is none is a fault.
pub(super) fn roles(typed: &mut Typed) -> Vec<OfficeRole> {
    let read: Result<Vec<OfficeRole>, String> = typed.every("roles").map(str::parse).collect();
    match read {
        Ok(roles) if roles.is_empty() => {
            typed.fault("roles", "Choose at least one. Who shall only look gets “Look”.");
            roles
        }
        Ok(roles) => roles,
        Err(problem) => {
            typed.fault("roles", problem);
            Vec::new()
        }
    }
}

/// What is wrong with a new password.
pub(super) fn password_fault(password: &str, repeated: &str) -> Option<&'static str> {
    match () {
        () if password.chars().count() < 10 => Some("Choose a password of at least 10 characters."),
        () if password != repeated => Some("The two passwords differ. Type them again."),
        () => None,
    }
}
