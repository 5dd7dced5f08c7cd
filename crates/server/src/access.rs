//! Who asks on the admin plane, and what they may do.
//!
//! Kept here: a route that needs a role takes a `Permit` of that role as an argument, and only this file makes
//! permits: no permit, no call. Roles are read from the state at every request. Every role may read; `admin`
//! may do everything. Deliberately not here: how one logs in (`admin::login`), holders of leases (`call`).

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use tenure_api::Role;

use crate::app::App;
use crate::extract::header;
use crate::problem::{Code, Refused};

/// Name under which the owner-only token of this machine acts in the journal.
pub(crate) const LOCAL: &str = "local";

/// A role that a route can demand.
pub(crate) trait Scope: Send + Sync + 'static {
    /// Which role.
    const ROLE: Role;
}

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;
        impl Scope for $name {
            const ROLE: Role = Role::$name;
        }
    )*};
}

scopes! {
    /// See everything but users and keys.
    Read,
    /// Change reservations.
    Reservations,
    /// Take leases away.
    DropDevice,
    /// Carry container files.
    Offline,
    /// Everything.
    Admin
}

/// Proof that the caller of this request has the role `S`.
pub(crate) struct Permit<S: Scope> {
    by: String,
    scope: PhantomData<S>,
}

impl<S: Scope> Permit<S> {
    /// Who it is, for the journal.
    pub(crate) fn by(self) -> String {
        self.by
    }
}

/// A caller that is logged in, whatever the roles.
pub(crate) struct LoggedIn {
    /// The user.
    pub(crate) name: String,
    /// The session's token; none for the owner-only token.
    pub(crate) session: Option<String>,
}

enum Caller {
    Nobody,
    /// The owner of this machine's data folder.
    Owner,
    User {
        name: String,
        token: String,
    },
}

impl<S: Scope> FromRequestParts<App> for Permit<S> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let by = match caller(parts, app)? {
            Caller::Owner => LOCAL.to_owned(),
            Caller::User { name, .. } => {
                let roles = app.roles_of(&name).await?.ok_or_else(login_required)?;
                if !allows(&roles, S::ROLE) {
                    return Err(missing(S::ROLE));
                }
                name
            }
            Caller::Nobody if S::ROLE == Role::Read && app.anonymous_may_read().await? => {
                String::new()
            }
            Caller::Nobody => return Err(login_required()),
        };
        Ok(Self { by, scope: PhantomData })
    }
}

impl FromRequestParts<App> for LoggedIn {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        match caller(parts, app)? {
            Caller::Owner => Ok(Self { name: LOCAL.to_owned(), session: None }),
            Caller::User { name, token } => Ok(Self { name, session: Some(token) }),
            Caller::Nobody => Err(login_required()),
        }
    }
}

/// Whether a user with these roles may do what needs `wanted`.
fn allows(roles: &[Role], wanted: Role) -> bool {
    roles.contains(&Role::Admin)
        || roles.contains(&wanted)
        || wanted == Role::Read && !roles.is_empty()
}

fn caller(parts: &Parts, app: &App) -> Result<Caller, Refused> {
    let Some(value) = header(&parts.headers, AUTHORIZATION.as_str())? else {
        return Ok(Caller::Nobody);
    };
    let Some(token) = strip_scheme(value, "Bearer") else {
        return Err(Code::LoginRequired
            .says("Send `Authorization: Bearer <token>` as the login answered it."));
    };
    if app.admin_token.as_ref().is_some_and(|secret| secret.matches(token)) {
        return Ok(Caller::Owner);
    }
    match app.sessions.user(token, app.uptime.elapsed()) {
        Some(name) => Ok(Caller::User { name, token: token.to_owned() }),
        None => Err(Code::LoginRequired.says("The session has ended, or never was. Log in again.")),
    }
}

/// The credentials of an `Authorization` header of the given scheme.
pub(crate) fn strip_scheme<'h>(value: &'h str, scheme: &str) -> Option<&'h str> {
    let (found, rest) = value.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

fn login_required() -> Refused {
    Code::LoginRequired.says(
        "Log in with POST /api/v1/login and send the token as `Authorization: Bearer <token>`.",
    )
}

fn missing(role: Role) -> Refused {
    Code::MissingRole
        .says(format!("This needs the role `{role}`. An administrator can give it to you."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_reads_and_admin_does_all() {
        for wanted in Role::ALL {
            assert!(allows(&[Role::Admin], wanted));
            assert!(!allows(&[], wanted));
            assert_eq!(
                allows(&[Role::Offline], wanted),
                matches!(wanted, Role::Offline | Role::Read)
            );
        }
    }

    #[test]
    fn the_scheme_is_read_in_any_case() {
        assert_eq!(strip_scheme("bearer abc", "Bearer"), Some("abc"));
        assert_eq!(strip_scheme("Lease abc", "Bearer"), None);
        assert_eq!(strip_scheme("Bearer", "Bearer"), None);
    }
}
