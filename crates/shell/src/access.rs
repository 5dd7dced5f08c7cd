//! Who asks on an admin plane, and what they may do.
//!
//! Kept here: a route that needs a role takes a `Permit` of that role as an argument, and only this file makes
//! permits: no permit, no call. Roles are read from the state at every request.
//! Deliberately not here: which roles there are and what they allow ([`Accounts`], each shell's own), how one logs
//! in (`login`).

use std::fmt::Display;
use std::marker::PhantomData;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use tenure_ledger::Fault;

use crate::edge::Edge;
use crate::extract::header;
use crate::problem::{Code, Refused};

/// Name under which the owner-only token of this machine acts in the journal.
pub const LOCAL: &str = "local";

/// A user as the login needs it.
#[derive(Clone)]
pub struct Account<R> {
    /// Login name.
    pub name: String,
    /// PHC string of its password.
    pub password_hash: String,
    /// What it may do.
    pub roles: Vec<R>,
}

/// The users of a shell's state, and what their roles allow.
pub trait Accounts: AsRef<Edge> + Send + Sync {
    /// What a user may do.
    type Role: Copy + Display + Send + Sync + 'static;

    /// Whether a user with these roles may do what needs `wanted`.
    fn allows(roles: &[Self::Role], wanted: Self::Role) -> bool;

    /// Whether nobody needs to log in for what needs `wanted`.
    fn is_open_for_all(
        &self,
        wanted: Self::Role,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;

    /// The roles a user has now; none when there is no such user.
    fn roles_of(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<Vec<Self::Role>>, Fault>> + Send;

    /// A user with its password's hash; none when there is no such user.
    fn account(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<Account<Self::Role>>, Fault>> + Send;

    /// Whether there is a user at all.
    fn has_users(&self) -> impl Future<Output = Result<bool, Fault>> + Send;

    /// Makes the first administrator; answers its roles.
    fn create_first(
        &self,
        name: &str,
        password_hash: String,
    ) -> impl Future<Output = Result<Vec<Self::Role>, Refused>> + Send;

    /// Gives a user a new password, in its own name.
    fn set_password(
        &self,
        name: &str,
        password_hash: String,
    ) -> impl Future<Output = Result<(), Refused>> + Send;

    /// How long a session lasts in any case; none takes the usual time.
    fn session_lasts(&self) -> impl Future<Output = Result<Option<Duration>, Fault>> + Send;
}

/// A role that a route can demand.
pub trait Scope: Send + Sync + 'static {
    /// The roles it is one of.
    type Role;
    /// Which role.
    const ROLE: Self::Role;
}

/// Makes a type of its own for each role, so that a route can demand it as `Permit<Admin>`.
#[macro_export]
macro_rules! scopes {
    ($role:ty: $($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        pub(crate) struct $name;
        impl $crate::access::Scope for $name {
            type Role = $role;
            const ROLE: $role = <$role>::$name;
        }
    )*};
}

/// Proof that the caller of this request has the role `S`.
pub struct Permit<S: Scope> {
    by: String,
    scope: PhantomData<S>,
}

impl<S: Scope> Permit<S> {
    /// Who it is, for the journal.
    pub fn by(self) -> String {
        self.by
    }
}

/// A caller that is logged in, whatever the roles.
pub struct LoggedIn {
    /// The user.
    pub name: String,
    /// The session's token; none for the owner-only token.
    pub session: Option<String>,
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

impl<A: Accounts, S: Scope<Role = A::Role>> FromRequestParts<A> for Permit<S> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &A) -> Result<Self, Refused> {
        let by = match caller(parts, app.as_ref())? {
            Caller::Owner => LOCAL.to_owned(),
            Caller::User { name, .. } => {
                let roles = app.roles_of(&name).await?.ok_or_else(login_required)?;
                if !A::allows(&roles, S::ROLE) {
                    return Err(missing(S::ROLE));
                }
                name
            }
            Caller::Nobody if app.is_open_for_all(S::ROLE).await? => String::new(),
            Caller::Nobody => return Err(login_required()),
        };
        Ok(Self { by, scope: PhantomData })
    }
}

impl<A: AsRef<Edge> + Send + Sync> FromRequestParts<A> for LoggedIn {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &A) -> Result<Self, Refused> {
        match caller(parts, app.as_ref())? {
            Caller::Owner => Ok(Self { name: LOCAL.to_owned(), session: None }),
            Caller::User { name, token } => Ok(Self { name, session: Some(token) }),
            Caller::Nobody => Err(login_required()),
        }
    }
}

fn caller(parts: &Parts, edge: &Edge) -> Result<Caller, Refused> {
    let Some(value) = header(&parts.headers, AUTHORIZATION.as_str())? else {
        return Ok(Caller::Nobody);
    };
    let Some(token) = strip_scheme(value, "Bearer") else {
        return Err(Code::LoginRequired
            .says("Send `Authorization: Bearer <token>` as the login answered it."));
    };
    if edge.owner.admin.as_ref().is_some_and(|secret| secret.matches(token)) {
        return Ok(Caller::Owner);
    }
    match edge.sessions.user(token, edge.uptime.elapsed()) {
        Some(name) => Ok(Caller::User { name, token: token.to_owned() }),
        None => Err(Code::LoginRequired.says("The session has ended, or never was. Log in again.")),
    }
}

/// The credentials of an `Authorization` header of the given scheme.
pub fn strip_scheme<'h>(value: &'h str, scheme: &str) -> Option<&'h str> {
    let (found, rest) = value.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

fn login_required() -> Refused {
    Code::LoginRequired.says(
        "Log in with POST /api/v1/login and send the token as `Authorization: Bearer <token>`.",
    )
}

fn missing(role: impl Display) -> Refused {
    Code::MissingRole
        .says(format!("This needs the role `{role}`. An administrator can give it to you."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_read_in_any_case() {
        assert_eq!(strip_scheme("bearer abc", "Bearer"), Some("abc"));
        assert_eq!(strip_scheme("Lease abc", "Bearer"), None);
        assert_eq!(strip_scheme("Bearer", "Bearer"), None);
    }
}
