//! Roles of the license server: what they allow, and where its users stand.
//!
//! Kept here: every role may read; `admin` may do everything; roles are read from the state at every request.
//! Deliberately not here: how permits are made and sessions found (the shells' own floor), holders of leases
//! (`call`).

use std::time::Duration;

use tenure_api::Role;
use tenure_leasing::{Command, PropertyValue, UserChange};
use tenure_ledger::Fault;
use tenure_shell::access::{Account, Accounts};
use tenure_shell::problem::Refused;

use crate::app::{App, state_roles, wire_roles};

tenure_shell::scopes! {
    Role:
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

impl Accounts for App {
    type Role = Role;

    fn allows(roles: &[Role], wanted: Role) -> bool {
        roles.contains(&Role::Admin)
            || roles.contains(&wanted)
            || wanted == Role::Read && !roles.is_empty()
    }

    async fn is_open_for_all(&self, wanted: Role) -> Result<bool, Fault> {
        if wanted != Role::Read {
            return Ok(false);
        }
        self.query(|leasing, _| leasing.is_on("security.anonymous-read")).await
    }

    async fn roles_of(&self, name: &str) -> Result<Option<Vec<Role>>, Fault> {
        let name = name.to_owned();
        self.query(move |leasing, _| leasing.user(&name).map(|user| wire_roles(&user.roles))).await
    }

    async fn account(&self, name: &str) -> Result<Option<Account<Role>>, Fault> {
        let name = name.to_owned();
        self.query(move |leasing, _| {
            leasing.user(&name).map(|user| Account {
                name: user.name.clone(),
                password_hash: user.password_hash.clone(),
                roles: wire_roles(&user.roles),
            })
        })
        .await
    }

    async fn has_users(&self) -> Result<bool, Fault> {
        self.query(|leasing, _| leasing.users().len() > 0).await
    }

    async fn create_first(&self, name: &str, password_hash: String) -> Result<Vec<Role>, Refused> {
        let roles = vec![Role::Admin];
        let command = Command::CreateUser {
            by: "set-up".to_owned(),
            name: name.to_owned(),
            password_hash,
            roles: state_roles(&roles),
        };
        self.submit(command, None).await?;
        Ok(roles)
    }

    async fn set_password(&self, name: &str, password_hash: String) -> Result<(), Refused> {
        let change = UserChange { password_hash: Some(password_hash), roles: None };
        let (by, name) = (name.to_owned(), name.to_owned());
        self.submit(Command::ChangeUser { by, name, change }, None).await?;
        Ok(())
    }

    async fn session_lasts(&self) -> Result<Option<Duration>, Fault> {
        let property = self.query(|leasing, _| leasing.property("security.token-seconds")).await?;
        Ok(match property.map(|row| row.value) {
            Some(PropertyValue::Number(seconds)) => Some(Duration::from_secs(seconds)),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_reads_and_admin_does_all() {
        for wanted in Role::ALL {
            assert!(App::allows(&[Role::Admin], wanted));
            assert!(!App::allows(&[], wanted));
            assert_eq!(
                App::allows(&[Role::Offline], wanted),
                matches!(wanted, Role::Offline | Role::Read)
            );
        }
    }
}
