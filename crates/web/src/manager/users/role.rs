//! The roles in words.
//!
//! Kept here: every role says what it allows, wherever it can be chosen. Deliberately not here: what a role allows in
//! fact; the API decides it at every call.

use tenure_api::Role;

use crate::component::{Badge, Tone};
use crate::form::Form;

/// A role that can be chosen.
pub(super) struct Choice {
    pub(super) word: &'static str,
    pub(super) title: &'static str,
    pub(super) what: &'static str,
    pub(super) is_chosen: bool,
}

const fn title(role: Role) -> &'static str {
    match role {
        Role::Read => "Look",
        Role::Reservations => "Reserve",
        Role::DropDevice => "Take seats away",
        Role::Offline => "Carry licenses",
        Role::Admin => "Administer",
    }
}

const fn what(role: Role) -> &'static str {
    match role {
        Role::Read => {
            "See everything but users and client keys: features, leases, devices, denials, history."
        }
        Role::Reservations => {
            "Set seats aside for people and machines, and change what is set aside."
        }
        Role::DropDevice => "Release leases, drop devices, and take waiting tickets away.",
        Role::Offline => {
            "Put updates in, fetch context and receipt, sync with the publisher’s office, make usage reports."
        }
        Role::Admin => {
            "Everything: users, client keys, properties, the model, suspend and resume, and all of the above."
        }
    }
}

/// All roles, with those of a user chosen.
pub(super) fn choices(roles: &[Role]) -> Vec<Choice> {
    let choice = |role: Role| Choice {
        word: role.name(),
        title: title(role),
        what: what(role),
        is_chosen: roles.contains(&role),
    };
    Role::ALL.into_iter().map(choice).collect()
}

/// The roles that a form chose.
pub(super) fn chosen(form: &Form) -> Vec<Role> {
    form.every("role").filter_map(|word| word.parse().ok()).collect()
}

/// The roles of a user, one badge each.
pub(super) fn badges(roles: &[Role]) -> Vec<Badge> {
    let tone = |role: Role| if role == Role::Admin { Tone::Tell } else { Tone::Idle };
    match roles {
        [] => vec![Badge::new(Tone::Wait, "Nothing")],
        roles => roles.iter().map(|role| Badge::new(tone(*role), title(*role))).collect(),
    }
}
