//! Roles of the office's staff: what they allow, and where its users stand.
//!
//! Kept here: `admin` may do everything; whoever has a role may see; who issues may also re-send what was issued; roles
//! are read from the state at every request; nothing is open without a login. Deliberately not here: how permits are
//! made and sessions found (the shells' own floor), what an activation ID opens (`portal`), approvals (issuing).

use std::time::Duration;

use tenure_api::office::OfficeRole;
use tenure_issuing::office::{Command, PeopleCommand, Role, UserChange};
use tenure_ledger::Fault;
use tenure_shell::access::{Account, Accounts};
use tenure_shell::problem::Refused;

use crate::app::App;

tenure_shell::scopes! {
    OfficeRole:
    /// See everything but users, keys and the ledger.
    Viewer,
    /// Send again what was issued; take in contexts and receipts.
    Support,
    /// Sell and issue.
    Fulfil,
    /// Change products and license models.
    Catalog,
    /// Rule on containers, revoke, publish.
    Keys,
    /// Read the ledger and verify it.
    Auditor,
    /// Everything.
    Admin
}

impl Accounts for App {
    type Role = OfficeRole;

    fn allows(roles: &[OfficeRole], wanted: OfficeRole) -> bool {
        roles.contains(&OfficeRole::Admin)
            || roles.contains(&wanted)
            || wanted == OfficeRole::Viewer && !roles.is_empty()
            || wanted == OfficeRole::Support && roles.contains(&OfficeRole::Fulfil)
    }

    async fn is_open_for_all(&self, _: OfficeRole) -> Result<bool, Fault> {
        Ok(false)
    }

    async fn roles_of(&self, name: &str) -> Result<Option<Vec<OfficeRole>>, Fault> {
        let name = name.to_owned();
        self.query(move |office, _| office.people().get(&name).map(|user| wire_roles(&user.roles)))
            .await
    }

    async fn account(&self, name: &str) -> Result<Option<Account<OfficeRole>>, Fault> {
        let name = name.to_owned();
        self.query(move |office, _| {
            office.people().get(&name).map(|user| Account {
                name: user.name.clone(),
                password_hash: user.password_hash.clone(),
                roles: wire_roles(&user.roles),
            })
        })
        .await
    }

    async fn has_users(&self) -> Result<bool, Fault> {
        self.query(|office, _| office.people().all().len() > 0).await
    }

    async fn create_first(
        &self,
        name: &str,
        password_hash: String,
    ) -> Result<Vec<OfficeRole>, Refused> {
        let roles = vec![OfficeRole::Admin];
        let command = PeopleCommand::Create {
            by: "set-up".to_owned(),
            name: name.to_owned(),
            password_hash,
            roles: state_roles(&roles),
            daily_quota: None,
        };
        self.submit(Command::People(command), None).await?;
        Ok(roles)
    }

    async fn set_password(&self, name: &str, password_hash: String) -> Result<(), Refused> {
        let change = UserChange { password_hash: Some(password_hash), ..UserChange::default() };
        let (by, name) = (name.to_owned(), name.to_owned());
        self.submit(Command::People(PeopleCommand::Change { by, name, change }), None).await?;
        Ok(())
    }

    async fn session_lasts(&self) -> Result<Option<Duration>, Fault> {
        Ok(None)
    }
}

macro_rules! roles {
    ($($name:ident),*) => {
        /// Roles on the wire.
        pub(crate) fn wire_roles(roles: &[Role]) -> Vec<OfficeRole> {
            roles.iter().map(|role| match role { $(Role::$name => OfficeRole::$name),* }).collect()
        }

        /// Roles as the state keeps them.
        pub(crate) fn state_roles(roles: &[OfficeRole]) -> Vec<Role> {
            roles.iter().map(|role| match role { $(OfficeRole::$name => Role::$name),* }).collect()
        }
    };
}

roles!(Viewer, Support, Fulfil, Catalog, Keys, Auditor, Admin);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_each_role_allows() {
        let mut table = String::new();
        for held in OfficeRole::ALL {
            let allowed: Vec<&str> = OfficeRole::ALL
                .into_iter()
                .filter(|wanted| App::allows(&[held], *wanted))
                .map(OfficeRole::name)
                .collect();
            table += &format!("{held}: {}\n", allowed.join(" "));
        }
        expect_test::expect![[r#"
            viewer: viewer
            support: viewer support
            fulfil: viewer support fulfil
            catalog: viewer catalog
            keys: viewer keys
            auditor: viewer auditor
            admin: viewer support fulfil catalog keys auditor admin
        "#]]
        .assert_eq(&table);
        assert!(!App::allows(&[], OfficeRole::Viewer));
    }
}
