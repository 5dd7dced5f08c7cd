//! `tenure admin setup|login|logout|users|client-keys`: who may administer, and which clients sign.
//!
//! Deliberately not here: where passwords come from (`secret.rs`) and where tokens are kept (`connect.rs`).

use super::{
    connect::Connection,
    list::ListFlags,
    output::{Column, Output, instant, instant_or},
    problem::failure,
    secret::{PasswordFlags, token_from},
};
use crate::{exit::Failure, private_key::check_no_private_key};
use clap::{Args, Subcommand};
use std::{fs, path::PathBuf};
use tenure_api::{
    ClientKeyRequest, Login, LoginAnswer, PasswordChange, Role, Setup, User, UserChange,
    UserRequest,
};

/// The first administrator.
#[derive(Debug, Args)]
pub struct SetupArgs {
    /// Login name.
    pub name: String,
    /// File with the one-time token (`-`: standard input); with --data it is found in the data folder.
    #[arg(long, value_name = "FILE")]
    setup_token: Option<PathBuf>,
    #[command(flatten)]
    pub password: PasswordFlags,
}

/// Who logs in.
#[derive(Debug, Args)]
pub struct LoginArgs {
    /// Login name.
    pub name: String,
    #[command(flatten)]
    pub password: PasswordFlags,
}

/// People who may log in.
#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// All users.
    List(ListFlags),
    /// Make a user.
    Add {
        /// Login name.
        name: String,
        /// read, reservations, drop-device, offline or admin; at an office viewer, support, fulfil, catalog, keys,
        /// auditor or admin; several with commas.
        #[arg(long, value_delimiter = ',', required = true)]
        roles: Vec<String>,
        /// Office: units that the user may issue in a day (UTC) without a second person.
        #[arg(long)]
        daily_quota: Option<u32>,
        #[command(flatten)]
        password: PasswordFlags,
    },
    /// Give a user another set of roles.
    Edit {
        /// Login name.
        name: String,
        /// The whole set, with commas.
        #[arg(long, value_delimiter = ',', required = true)]
        roles: Vec<String>,
        /// Office: units that the user may issue in a day (UTC) without a second person.
        #[arg(long)]
        daily_quota: Option<u32>,
    },
    /// Change a password: your own (asks for the current one), or --user NAME's as an administrator.
    Password {
        /// Whose, if not your own.
        #[arg(long)]
        user: Option<String>,
        /// File with the current password on its first line.
        #[arg(long, value_name = "FILE")]
        current_password_file: Option<PathBuf>,
        #[command(flatten)]
        new: PasswordFlags,
    },
    /// Remove a user.
    Delete {
        /// Login name.
        name: String,
    },
}

impl From<ListFlags> for UsersCommand {
    fn from(flags: ListFlags) -> UsersCommand {
        UsersCommand::List(flags)
    }
}

/// Public keys of clients.
#[derive(Debug, Subcommand)]
pub enum ClientKeysCommand {
    /// All keys.
    List(ListFlags),
    /// Upload a public key: PEM, or DER (SubjectPublicKeyInfo); RSA from 2048 bits or Ed25519.
    Add {
        /// Name shown to administrators.
        name: String,
        /// The file.
        file: PathBuf,
    },
    /// Accept a key no longer.
    Revoke {
        /// Key ID.
        id: String,
    },
}

impl From<ListFlags> for ClientKeysCommand {
    fn from(flags: ListFlags) -> ClientKeysCommand {
        ClientKeysCommand::List(flags)
    }
}

/// `setup`
pub fn setup(at: &Connection, out: &Output, args: &SetupArgs) -> anyhow::Result<()> {
    let token = setup_token(at, args)?;
    let password = args.password.new_password(&format!("password for {}: ", args.name))?;
    let answer = at
        .anonymous()?
        .setup(&Setup { token, name: args.name.clone(), password })
        .map_err(failure)?;
    logged_in(at, out, &answer)
}

/// The one-time token, from its file or the data folder.
pub fn setup_token(at: &Connection, args: &SetupArgs) -> Result<String, Failure> {
    match (&args.setup_token, at.data()) {
        (Some(file), _) => token_from(file),
        (None, Some(data)) => token_from(&data.join("setup.token")).map_err(|failure| {
            failure.hint("the token is gone once the first administrator exists")
        }),
        (None, None) => Err(Failure::usage("no set-up token").hint(
            "the server printed it at its first start: put it into a file and name that with --setup-token, or name the server's folder with --data",
        )),
    }
}

/// `login`
pub fn login(at: &Connection, out: &Output, args: &LoginArgs) -> anyhow::Result<()> {
    let password = args.password.current(&format!("password of {}: ", args.name))?;
    let answer =
        at.anonymous()?.login(&Login { name: args.name.clone(), password }).map_err(failure)?;
    logged_in(at, out, &answer)
}

fn logged_in(at: &Connection, out: &Output, answer: &LoginAnswer) -> anyhow::Result<()> {
    let file = at.keep_token(&answer.token)?;
    let roles: Vec<&str> = answer.roles.iter().map(|role| role.name()).collect();
    let until = instant(answer.expires_at);
    if out.is_json() {
        let shown = serde_json::json!({"name": answer.name, "roles": roles, "expires_at": answer.expires_at, "token_file": file});
        return out.value(&shown);
    }
    out.line(&format!(
        "logged in as {} ({}) until {until}\ntoken kept in {}",
        answer.name,
        roles.join(", "),
        file.display()
    ))
}

/// `logout`
pub fn logout(at: &Connection) -> anyhow::Result<()> {
    let ended = at.client()?.logout();
    at.forget_token()?;
    match ended {
        Ok(()) => Ok(()),
        // A session that has ended already is as ended as can be.
        Err(error) if error.status() == Some(401) => Ok(()),
        Err(error) => Err(failure(error).into()),
    }
}

/// `users …`
pub fn users(at: &Connection, out: &Output, command: &UsersCommand) -> anyhow::Result<()> {
    let client = at.client()?;
    match command {
        UsersCommand::List(flags) => {
            let page = client.users(&flags.list()).map_err(failure)?;
            let columns = [
                Column::Text("user"),
                Column::Text("roles"),
                Column::Text("made"),
                Column::Text("changed"),
            ];
            let empty = "no users yet: make the first administrator with `tenure admin setup NAME`";
            out.page(&page, &columns, &flags.or_none_fit(empty), |user| {
                vec![
                    user.name.clone(),
                    roles(user),
                    instant(user.created_at),
                    instant_or(user.changed_at, ""),
                ]
            })
        }
        UsersCommand::Add { name, roles: wanted, password, .. } => {
            let wanted = server_roles(wanted)?;
            let password = password.new_password(&format!("password for {name}: "))?;
            let user = client
                .create_user(&UserRequest { name: name.clone(), password, roles: wanted })
                .map_err(failure)?;
            out.said(&user, &format!("user {} made ({})", user.name, roles(&user)))
        }
        UsersCommand::Edit { name, roles: wanted, .. } => {
            let change = UserChange { roles: Some(server_roles(wanted)?), password: None };
            let user = client.change_user(name, &change).map_err(failure)?;
            out.said(&user, &format!("user {} now has {}", user.name, roles(&user)))
        }
        UsersCommand::Password { user: Some(name), new, .. } => {
            let password = new.new_password(&format!("new password for {name}: "))?;
            let user = client
                .change_user(name, &UserChange { roles: None, password: Some(password) })
                .map_err(failure)?;
            out.said(&user, &format!("password of {} changed", user.name))
        }
        UsersCommand::Password { user: None, current_password_file, new } => {
            let current =
                PasswordFlags::from(current_password_file.clone()).current("current password: ")?;
            let change = PasswordChange { current, new: new.new_password("new password: ")? };
            client.change_password(&change).map_err(failure)?;
            out.said(
                &serde_json::json!({"changed": true}),
                "password changed; log in again with it",
            )
        }
        UsersCommand::Delete { name } => {
            client.delete_user(name).map_err(failure)?;
            out.said(&serde_json::json!({"deleted": name}), &format!("user {name} removed"))
        }
    }
}

fn server_roles(words: &[String]) -> Result<Vec<Role>, Failure> {
    words.iter().map(|word| word.parse().map_err(Failure::usage)).collect()
}

fn roles(user: &User) -> String {
    user.roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ")
}

/// `client-keys …`
pub fn client_keys(
    at: &Connection,
    out: &Output,
    command: &ClientKeysCommand,
) -> anyhow::Result<()> {
    let client = at.client()?;
    match command {
        ClientKeysCommand::List(flags) => {
            let page = client.client_keys(&flags.list()).map_err(failure)?;
            let columns = [
                Column::Text("key"),
                Column::Text("name"),
                Column::Text("algorithm"),
                Column::Text("added"),
                Column::Text("revoked"),
            ];
            let empty = "no client keys: requests are accepted unsigned";
            out.page(&page, &columns, &flags.or_none_fit(empty), |key| {
                vec![
                    key.id.clone(),
                    key.name.clone(),
                    key.algorithm.clone(),
                    instant(key.added_at),
                    instant_or(key.revoked_at, ""),
                ]
            })
        }
        ClientKeysCommand::Add { name, file } => {
            let bytes = fs::read(file).map_err(|error| {
                Failure::fault(format!("can't read {}: {error}", file.display()))
            })?;
            check_no_private_key(file, &bytes).map_err(|failure| {
                failure.hint("keep it, and add its public half: openssl pkey -in FILE -pubout")
            })?;
            let request = ClientKeyRequest { name: name.clone(), key: key_text(bytes) };
            let key = client.add_client_key(&request).map_err(failure)?;
            out.said(&key, &format!("{} key {} added as {}", key.algorithm, key.id, key.name))
        }
        ClientKeysCommand::Revoke { id } => {
            client.revoke_client_key(id).map_err(failure)?;
            out.said(
                &serde_json::json!({"revoked": id}),
                &format!("key {id} is accepted no longer"),
            )
        }
    }
}

/// PEM as it is; anything else is taken for DER and sent as base64.
fn key_text(bytes: Vec<u8>) -> String {
    use base64::Engine as _;
    match String::from_utf8(bytes) {
        Ok(text) if text.contains("-----BEGIN") => text,
        Ok(text) => base64::engine::general_purpose::STANDARD.encode(text),
        Err(der) => base64::engine::general_purpose::STANDARD.encode(der.as_bytes()),
    }
}
