//! Logging in and out, the one-time set-up, and one's own password.
//!
//! Kept here: an unknown name costs the same and gets the same answer as a wrong password; an attempt is
//! charged before the hash runs; a changed password ends the user's other sessions; the set-up token works
//! only while there is no user. Deliberately not here: routes and their descriptions (each shell's own), hashing
//! (`password`), delays (`backoff`).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use tenure_api::{Login, PasswordChange, Setup, SetupState};
use tenure_document::Time;

use crate::access::{Account, Accounts, LOCAL, LoggedIn};
use crate::backoff::Attempt;
use crate::edge::Edge;
use crate::problem::{Code, Refused};

/// Shortest password in characters.
pub const PASSWORD_MIN: usize = 10;
/// Longest password in bytes.
const PASSWORD_MAX: usize = 1024;
/// How long a session lasts where the state does not say.
const SESSION_LASTS: Duration = Duration::from_secs(12 * 3600);

/// Where a request came from: the peer's address without its port. Of IPv6 it is the network of 64 bits, because whoever
/// has one has all addresses in it.
pub struct Source(String);

impl Source {
    /// The address or network, or `unknown`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(peer: IpAddr) -> Self {
        Self(match peer.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let network = address.to_bits() >> 64 << 64;
                format!("{}/64", Ipv6Addr::from_bits(network))
            }
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Source {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(peer.map_or_else(|| Self("unknown".to_owned()), |peer| Self::of(peer.0.ip())))
    }
}

/// A session that was opened.
pub struct Opened<R> {
    /// The bearer token, shown once.
    pub token: String,
    /// When it ends in any case.
    pub expires_at: Time,
    /// Whose it is.
    pub name: String,
    /// What the user may do now.
    pub roles: Vec<R>,
}

/// Opens a session for a name and its password.
///
/// # Errors
/// 401 alike for an unknown name and a wrong password, 429 with the time to wait.
pub async fn log_in<A: Accounts>(
    app: &A,
    source: &Source,
    request: Login,
) -> Result<Opened<A::Role>, Refused> {
    let wrong = "Name or password is wrong.";
    let user = proven(app, &request.name, source, request.password, wrong).await?;
    opened(app, user.name, user.roles).await
}

/// Ends the caller's session.
pub fn log_out(edge: &Edge, me: &LoggedIn) {
    if let Some(token) = &me.session {
        edge.sessions.close(token);
    }
}

/// Whether the first administrator is still to be made.
///
/// Anybody may know: the token that it takes stands on the console only, and a login page that leads to the right door
/// spares people to guess.
///
/// # Errors
/// The state can't be asked.
pub async fn set_up_state<A: Accounts>(app: &A) -> Result<SetupState, Refused> {
    let has_token = app.as_ref().owner.setup.is_some();
    Ok(SetupState { open: has_token && !app.has_users().await? })
}

/// Makes the first administrator and logs it in.
///
/// # Errors
/// 403 when the token is wrong or there is a user already.
pub async fn set_up<A: Accounts>(
    app: &A,
    source: &Source,
    request: Setup,
) -> Result<Opened<A::Role>, Refused> {
    let closed =
        || Code::SetupClosed.says("The set-up token is wrong, or there is a user already.");
    let edge = app.as_ref();
    // The token is made of chance: only who sends wrong ones waits, or strangers could hold up the set-up.
    let attempt = charged(edge, None, source)?;
    let fits = edge.owner.setup.as_ref().is_some_and(|secret| secret.matches(&request.token));
    let taken = app.has_users().await?;
    if !fits || taken {
        return Err(closed());
    }
    edge.backoff.succeeded(attempt);
    let password_hash = hash(edge, request.password).await?;
    let roles = app.create_first(&request.name, password_hash).await?;
    if let Some(done) = &edge.owner.setup_done {
        done();
    }
    opened(app, request.name, roles).await
}

/// Changes the caller's own password and ends all of its sessions.
///
/// # Errors
/// 401 when the current password is wrong, 403 for the machine's owner, who has none.
pub async fn change_password<A: Accounts>(
    app: &A,
    me: LoggedIn,
    source: &Source,
    request: PasswordChange,
) -> Result<(), Refused> {
    if me.session.is_none() {
        return Err(Code::MissingRole.says(format!("`{LOCAL}` is not a user and has no password.")));
    }
    proven(app, &me.name, source, request.current, "The current password is wrong.").await?;
    let password_hash = hash(app.as_ref(), request.new).await?;
    app.set_password(&me.name, password_hash).await?;
    app.as_ref().sessions.close_all(&me.name);
    Ok(())
}

/// Charges an attempt on source and account, before anything is looked at.
///
/// # Errors
/// One of them has to wait.
fn charged(edge: &Edge, account: Option<&str>, source: &Source) -> Result<Attempt, Refused> {
    edge.backoff.begin(account, &source.0, edge.uptime.elapsed()).map_err(|wait| {
        Code::TooManyAttempts
            .says("Too many wrong attempts. Wait as long as Retry-After says, then try again.")
            .retry_after(wait.as_secs() + 1)
    })
}

/// The user whose password this is.
///
/// # Errors
/// `wrong`, alike for an unknown name and a wrong password.
async fn proven<A: Accounts>(
    app: &A,
    name: &str,
    source: &Source,
    password: String,
    wrong: &str,
) -> Result<Account<A::Role>, Refused> {
    let edge = app.as_ref();
    let attempt = charged(edge, Some(name), source)?;
    let user = app.account(name).await?;
    let stored = user.as_ref().map(|user| user.password_hash.clone());
    let right = edge.passwords.verify(password, stored).await.map_err(|_| bug())?;
    let Some(user) = user.filter(|_| right) else {
        edge.metrics.login_failed();
        return Err(Code::LoginFailed.says(wrong));
    };
    edge.backoff.succeeded(attempt);
    Ok(user)
}

/// Hashes a new password that is long enough.
///
/// # Errors
/// 422 when it is too short or too long.
pub async fn hash(edge: &Edge, password: String) -> Result<String, Refused> {
    if password.chars().count() < PASSWORD_MIN || password.len() > PASSWORD_MAX {
        return Err(Code::BadValue.says(format!(
            "A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters. Length beats symbols."
        )));
    }
    edge.passwords.hash(password).await.map_err(|_| bug())
}

async fn opened<A: Accounts>(
    app: &A,
    name: String,
    roles: Vec<A::Role>,
) -> Result<Opened<A::Role>, Refused> {
    let lasts = app.session_lasts().await?.unwrap_or(SESSION_LASTS);
    let edge = app.as_ref();
    let token = edge.sessions.open(&name, edge.uptime.elapsed(), lasts).ok_or_else(bug)?;
    Ok(Opened { token, expires_at: edge.wall().plus(lasts), name, roles })
}

fn bug() -> Refused {
    Code::Internal.says("The system could not do its part. The server's log names the cause.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_ipv6_network_are_one_source() {
        for (peer, source) in [
            ("10.0.0.1", "10.0.0.1"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ] {
            let peer = peer.parse().expect("an address");
            assert_eq!(Source::of(peer).as_str(), source);
        }
    }
}
