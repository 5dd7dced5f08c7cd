//! Set-up, login and users of an office: the commands of the license server with the office's roles.
//!
//! Deliberately not here: where passwords come from (`secret`), where tokens are kept (`connect`).

use super::super::{
    connect::Connection,
    output::{Column, Output, instant, instant_or},
    people::{LoginArgs, SetupArgs, UsersCommand, setup_token},
    problem::failure,
    secret::PasswordFlags,
};
use crate::exit::Failure;
use tenure_api::office::{
    OfficeLogin, OfficeQuery, OfficeRole, OfficeUser, OfficeUserChange, OfficeUserRequest,
};
use tenure_api::{Login, PasswordChange, Setup};

/// `setup`
pub fn setup(at: &Connection, out: &Output, args: &SetupArgs) -> anyhow::Result<()> {
    let token = setup_token(at, args)?;
    let password = args.password.new_password(&format!("password for {}: ", args.name))?;
    let request = Setup { token, name: args.name.clone(), password };
    logged_in(at, out, &at.anonymous_office()?.setup(&request).map_err(failure)?)
}

/// `login`
pub fn login(at: &Connection, out: &Output, args: &LoginArgs) -> anyhow::Result<()> {
    let password = args.password.current(&format!("password of {}: ", args.name))?;
    let request = Login { name: args.name.clone(), password };
    logged_in(at, out, &at.anonymous_office()?.login(&request).map_err(failure)?)
}

fn logged_in(at: &Connection, out: &Output, answer: &OfficeLogin) -> anyhow::Result<()> {
    let file = at.keep_token(&answer.token)?;
    let roles: Vec<&str> = answer.roles.iter().map(|role| role.name()).collect();
    let shown = serde_json::json!({"name": answer.name, "roles": roles, "expires_at": answer.expires_at, "token_file": file});
    out.said(
        &shown,
        &format!(
            "logged in as {} ({}) until {}\ntoken kept in {}",
            answer.name,
            roles.join(", "),
            instant(answer.expires_at),
            file.display()
        ),
    )
}

/// `users …`
pub fn users(at: &Connection, out: &Output, command: &UsersCommand) -> anyhow::Result<()> {
    let office = at.office()?;
    match command {
        UsersCommand::List(flags) => {
            let list = flags.list();
            let query = OfficeQuery {
                page: list.page,
                size: list.size,
                sort: list.sort,
                q: list.q,
                ..OfficeQuery::default()
            };
            let page = office.users(&query).map_err(failure)?;
            let columns = [
                Column::Text("user"),
                Column::Text("roles"),
                Column::Text("units a day"),
                Column::Text("made"),
                Column::Text("changed"),
            ];
            let empty = "no users yet: make the first administrator with `tenure admin setup NAME`";
            out.page(&page, &columns, &flags.or_none_fit(empty), |user| {
                vec![
                    user.name.clone(),
                    shown(user),
                    user.daily_quota.map_or_else(|| "any".to_owned(), |quota| quota.to_string()),
                    instant(user.created_at),
                    instant_or(user.changed_at, ""),
                ]
            })
        }
        UsersCommand::Add { name, roles: wanted, daily_quota, password } => {
            let roles = roles(wanted)?;
            let password = password.new_password(&format!("password for {name}: "))?;
            let request = OfficeUserRequest {
                name: name.clone(),
                password,
                roles,
                daily_quota: *daily_quota,
            };
            let user = office.create_user(&request).map_err(failure)?;
            out.said(&user, &format!("user {} made ({})", user.name, shown(&user)))
        }
        UsersCommand::Edit { name, roles: wanted, daily_quota } => {
            let change = OfficeUserChange {
                roles: Some(roles(wanted)?),
                daily_quota: daily_quota.map(Some),
                ..OfficeUserChange::default()
            };
            let user = office.change_user(name, &change).map_err(failure)?;
            out.said(&user, &format!("user {} now has {}", user.name, shown(&user)))
        }
        UsersCommand::Password { user: Some(name), new, .. } => {
            let password = Some(new.new_password(&format!("new password for {name}: "))?);
            let change = OfficeUserChange { password, ..OfficeUserChange::default() };
            let user = office.change_user(name, &change).map_err(failure)?;
            out.said(&user, &format!("password of {} changed", user.name))
        }
        UsersCommand::Password { user: None, current_password_file, new } => {
            let current =
                PasswordFlags::from(current_password_file.clone()).current("current password: ")?;
            let change = PasswordChange { current, new: new.new_password("new password: ")? };
            office.change_password(&change).map_err(failure)?;
            out.said(
                &serde_json::json!({"changed": true}),
                "password changed; log in again with it",
            )
        }
        UsersCommand::Delete { name } => {
            office.delete_user(name).map_err(failure)?;
            out.said(&serde_json::json!({"deleted": name}), &format!("user {name} removed"))
        }
    }
}

fn roles(words: &[String]) -> anyhow::Result<Vec<OfficeRole>> {
    let read = words.iter().map(|word| word.parse().map_err(Failure::usage));
    Ok(read.collect::<Result<_, Failure>>()?)
}

fn shown(user: &OfficeUser) -> String {
    user.roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ")
}
