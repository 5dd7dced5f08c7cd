//! `tenure admin host-keys`, also `tenure office host-key`: license keys bound to host names, and their files.
//!
//! Keys for `localhost` and `127.0.0.1` are made with every group, for development. Invariants: a file is named by its
//! host, read here, and never by what a server says; files of revoked keys are not written.
//! Deliberately not here: what may be issued; the office decides.

use super::super::{
    connect::Connection,
    named::Named,
    output::{Column, Output, instant, instant_or},
    problem::{Asked, elsewhere, failure},
    wanted::new_key,
};
use super::lists::{OfficeListFlags, decided, instant_of, lists};
use crate::exit::Failure;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use tenure_api::{
    OfficeClient,
    office::{
        HostGroup, HostGroupChange, HostKeyRequest, HostKeyRow, HostKeyState, HostsRequest, Reason,
        add_development_hosts,
    },
};
use tenure_document::{HostName, Time};

/// Host keys.
#[derive(Debug, Subcommand)]
pub enum HostKeysCommand {
    /// All host keys, newest group first.
    List(OfficeListFlags),
    /// Issue keys: one for each host, users counted together; for development too.
    Issue(IssueFlags),
    /// One key (HK-…), or a group of them (H-000004) with its users by day.
    Show {
        /// Key or group.
        id: String,
    },
    /// Write the license files of a key or of all keys of a group.
    Export {
        /// Key (HK-…) or group (H-000004).
        id: String,
        /// Folder to write into; files that are there are replaced.
        #[arg(long, value_name = "DIR", default_value = ".")]
        folder: PathBuf,
    },
    /// Make keys for more hosts of a group.
    Add {
        /// Group (H-000004).
        group: String,
        /// Hosts.
        #[arg(required = true)]
        hosts: Vec<String>,
    },
    /// Change the terms of a group: renew it, allow more users. What is not said stays.
    Edit {
        /// Group (H-000004).
        group: String,
        /// Another number of users.
        #[arg(long)]
        users: Option<u32>,
        /// Count users over so many days.
        #[arg(long)]
        window_days: Option<u32>,
        /// block, warn or record.
        #[arg(long)]
        enforcement: Option<String>,
        /// allow, grace(DAYS) or deny.
        #[arg(long)]
        offline: Option<String>,
        /// Another end: a date or an instant.
        #[arg(long, value_parser = instant_of, conflicts_with = "no_end")]
        expires: Option<Time>,
        /// No end any more.
        #[arg(long)]
        no_end: bool,
        /// Other notes.
        #[arg(long)]
        notes: Option<String>,
    },
    /// Take a key back, for good: the next check is answered no.
    Revoke {
        /// Key (HK-…).
        id: String,
        /// Why.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

/// What is issued.
#[derive(Debug, Args)]
pub struct IssueFlags {
    /// Hosts: names, *.example.com, addresses.
    hosts: Vec<String>,
    /// The product's name.
    #[arg(long)]
    product: String,
    /// The customer's number (C-000042); not needed where only keys for development are made.
    #[arg(long)]
    customer: Option<String>,
    /// Distinct users of all hosts together.
    #[arg(long, default_value_t = 0)]
    users: u32,
    /// Count users over so many days. [default: 30]
    #[arg(long)]
    window_days: Option<u32>,
    /// What follows for a user beyond them: block, warn or record. [default: warn]
    #[arg(long)]
    enforcement: Option<String>,
    /// What an application does that can't reach the office: allow, grace(DAYS) or deny. [default: allow]
    #[arg(long)]
    offline: Option<String>,
    /// Not valid before this date or instant.
    #[arg(long, value_parser = instant_of)]
    not_before: Option<Time>,
    /// Not valid after this date or instant.
    #[arg(long, value_parser = instant_of)]
    expires: Option<Time>,
    /// The activation ID under which they were bought.
    #[arg(long)]
    activation_id: Option<String>,
    /// For the staff.
    #[arg(long, default_value = "")]
    notes: String,
    /// Make no keys for localhost and 127.0.0.1.
    #[arg(long)]
    no_development: bool,
    /// Write the license files into this folder at once.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

lists!(HostKeysCommand);

/// `tenure office host-key …`: the same by itself.
#[derive(Debug, Args)]
pub struct HostKeyArgs {
    #[command(flatten)]
    connection: Named,
    /// Print JSON as the office sent it instead of tables.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: HostKeysCommand,
}

impl HostKeyArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// The office refuses or can't be reached, or a file can't be written.
    pub fn run(&self) -> anyhow::Result<()> {
        let at = &self.connection.0;
        let done = run(at, &Output::new(self.json), &self.command);
        let address = at.office_address().unwrap_or_default();
        done.map_err(|error| elsewhere(error, Asked::Office(address)))
    }
}

/// `host-keys …`
pub fn run(at: &Connection, out: &Output, command: &HostKeysCommand) -> anyhow::Result<()> {
    let office = at.office()?;
    match command {
        HostKeysCommand::List(flags) => list(&office, out, flags),
        HostKeysCommand::Issue(flags) => issue(&office, out, flags),
        HostKeysCommand::Show { id } if is_group(id) => {
            show_group(out, &office.host_group(id).map_err(failure)?)
        }
        HostKeysCommand::Show { id } => show(out, &office.host_key(id).map_err(failure)?),
        HostKeysCommand::Export { id, folder } => {
            let keys = match is_group(id) {
                true => office.host_group(id).map_err(failure)?.keys,
                false => vec![office.host_key(id).map_err(failure)?],
            };
            export(&office, out, &keys, folder)
        }
        HostKeysCommand::Add { group, hosts } => {
            let request = HostsRequest { hosts: hosts.clone() };
            show_group(out, &office.add_hosts(group, &request, &new_key()?).map_err(failure)?)
        }
        HostKeysCommand::Edit {
            group,
            users,
            window_days,
            enforcement,
            offline,
            expires,
            no_end,
            notes,
        } => {
            let change = HostGroupChange {
                users: *users,
                window_days: *window_days,
                enforcement: enforcement.clone(),
                offline: offline.clone(),
                expires_at: *expires,
                no_end: *no_end,
                notes: notes.clone(),
            };
            let changed = office.change_host_group(group, &change).map_err(failure)?;
            decided(out, changed, |group| show_group(out, group))
        }
        HostKeysCommand::Revoke { id, reason } => {
            let reason = Reason::new(reason.clone());
            let key = office.revoke_host_key(id, &reason, &new_key()?).map_err(failure)?;
            out.said(&key, &format!("{} for {} is revoked", key.id, key.host))
        }
    }
}

/// Groups are written H-000004, keys HK-….
fn is_group(id: &str) -> bool {
    id.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("H-"))
}

fn list(office: &OfficeClient, out: &Output, flags: &OfficeListFlags) -> anyhow::Result<()> {
    let page = office.host_keys(&flags.list()).map_err(failure)?;
    let columns = [
        Column::Text("host"),
        Column::Text("state"),
        Column::Text("group"),
        Column::Text("product"),
        Column::Text("customer"),
        Column::Number("users"),
        Column::Text("expires"),
        Column::Text("last seen"),
        Column::Text("key"),
    ];
    let empty = "no host keys yet: tenure admin host-keys issue HOST --product NAME --customer C-… --users N";
    out.page(&page, &columns, &flags.or_none_fit(empty), |key| {
        vec![
            key.host.clone(),
            key.state.word().to_owned(),
            key.group.clone(),
            key.product.clone(),
            key.customer_name.clone().or_else(|| key.customer.clone()).unwrap_or_default(),
            users(key),
            instant_or(key.expires_at, "never"),
            key.seen_on.clone().unwrap_or_default(),
            key.id.clone(),
        ]
    })
}

fn issue(office: &OfficeClient, out: &Output, flags: &IssueFlags) -> anyhow::Result<()> {
    let mut hosts = flags.hosts.clone();
    if !flags.no_development {
        add_development_hosts(&mut hosts);
    }
    let request = HostKeyRequest {
        customer: flags.customer.clone(),
        product: flags.product.clone(),
        activation_id: flags.activation_id.clone(),
        hosts,
        users: flags.users,
        window_days: flags.window_days,
        enforcement: flags.enforcement.clone(),
        offline: flags.offline.clone(),
        not_before: flags.not_before,
        expires_at: flags.expires,
        notes: flags.notes.clone(),
    };
    // What is issued counts: a folder that can't be is found before.
    flags.folder.as_deref().map_or(Ok(()), make)?;
    let made = office.issue_host_keys(&request, &new_key()?).map_err(failure)?;
    decided(out, made, |group| {
        show_group(out, group)?;
        match &flags.folder {
            Some(folder) => export(office, out, &group.keys, folder).with_context(|| {
                let id = &group.id;
                format!(
                    "issued, but not written; try tenure admin host-keys export {id} --folder DIR"
                )
            }),
            None if out.is_json() => Ok(()),
            None => out.line(&format!(
                "their license files: tenure admin host-keys export {} --folder DIR",
                group.id
            )),
        }
    })
}

/// Writes the file of each key that is not revoked.
fn export(
    office: &OfficeClient,
    out: &Output,
    keys: &[HostKeyRow],
    folder: &Path,
) -> anyhow::Result<()> {
    make(folder)?;
    for key in keys.iter().filter(|key| key.state != HostKeyState::Revoked) {
        // Named by the host as it is read here: an answer can't lead to another folder.
        let host: HostName = key.host.parse().context("the office names no host")?;
        let path = folder.join(host.file_name());
        let text = office.host_key_file(&key.id).map_err(failure)?;
        std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        if !out.is_json() {
            out.line(&format!("wrote {}", path.display()))?;
        }
    }
    Ok(())
}

fn make(folder: &Path) -> anyhow::Result<()> {
    let can = std::fs::create_dir_all(folder);
    can.map_err(|error| {
        let why = format!("the folder {} can't be made: {error}", folder.display());
        Failure::fault(why).hint("name another folder for the license files").into()
    })
}

fn users(key: &HostKeyRow) -> String {
    match key.development {
        true => "development".to_owned(),
        false => format!("{} of {}", key.users_counted, key.users_allowed),
    }
}

fn show(out: &Output, key: &HostKeyRow) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(key);
    }
    let seen = match (&key.seen_on, key.seen_revision.as_str()) {
        (None, _) => "never".to_owned(),
        (Some(day), "") => day.clone(),
        (Some(day), revision) => format!("{day}, revision {revision}"),
    };
    out.facts(&[
        ("key", key.id.clone()),
        ("host", key.host.clone()),
        ("file", key.file_name.clone()),
        ("state", key.state.word().to_owned()),
        ("group", key.group.clone()),
        ("product", key.product.clone()),
        ("customer", key.customer.clone().unwrap_or_default()),
        ("users", users(key)),
        ("made", instant(key.created_at)),
        ("expires", instant_or(key.expires_at, "never")),
        ("user last seen", seen),
        ("revoked", instant_or(key.revoked_at, "no")),
        ("because", key.revoked_because.clone()),
    ])
}

fn show_group(out: &Output, group: &HostGroup) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(group);
    }
    let counted = format!(
        "{} of {} within {} days",
        group.users_counted, group.users_allowed, group.window_days
    );
    let hosts: Vec<String> = group
        .keys
        .iter()
        .map(|key| match key.state {
            HostKeyState::Revoked => format!("{} (revoked)", key.host),
            _ => key.host.clone(),
        })
        .collect();
    out.facts(&[
        ("group", group.id.clone()),
        ("product", group.product.clone()),
        ("customer", group.customer.clone().unwrap_or_default()),
        ("hosts", hosts.join(", ")),
        ("users", counted),
        ("beyond", group.users_beyond.to_string()),
        ("enforcement", group.enforcement.clone()),
        ("offline", group.offline.clone()),
        ("expires", instant_or(group.expires_at, "never")),
        ("full on", group.full_on.clone().unwrap_or_else(|| "never".to_owned())),
        ("notes", group.notes.clone()),
    ])
}
