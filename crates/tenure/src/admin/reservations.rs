//! `tenure admin reservations`: seats kept for devices and users.
//!
//! A group that is shown can be kept as a file, changed and put back; what does not fit is listed entry by entry.
//! Deliberately not here: whether it fits; the server decides.

use super::{
    connect::Connection,
    list::ListFlags,
    output::{Column, Output, instant},
    problem::failure,
};
use crate::exit::Failure;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use tenure_api::{
    ApiError, Client, ReservationCheck, ReservationEntryRequest, ReservationGroup,
    ReservationGroupRequest, ReservationGroupRow, ReservationImport, ReservationRequest,
    ReservedHost, UnfitEntry,
};
use tenure_document::{HostIdType, Version};

/// Seats kept for devices and users.
#[derive(Debug, Subcommand)]
pub enum ReservationsCommand {
    /// All groups.
    List(ListFlags),
    /// One group, and how each entry stands.
    Show {
        /// Name or number.
        group: String,
    },
    /// Reserve for one device or user: a new group, or more of one that exists.
    Add(AddArgs),
    /// Change a group in place to what a file says; its entries keep their order.
    Edit {
        /// Name or number.
        group: String,
        /// JSON of one group (`-`: standard input), as `export` writes it.
        file: PathBuf,
        /// Only if this is still its revision.
        #[arg(long)]
        revision: Option<u64>,
        #[command(flatten)]
        posting: PostFlags,
    },
    /// Delete a group, or what it keeps for one device or user, or one feature of that. Leases go on.
    Delete {
        /// Name or number.
        group: String,
        /// Only this device or user: VALUE or VALUE/TYPE (ann/USER).
        #[arg(long, value_parser = host)]
        host: Option<ReservedHost>,
        /// Only this feature of it.
        #[arg(long, requires = "host")]
        feature: Option<String>,
    },
    /// Import groups from a JSON file: one group or a list, all of them or none.
    Import {
        /// The file (`-`: standard input).
        file: PathBuf,
        /// Change groups whose name is there already in place.
        #[arg(long)]
        replace: bool,
        /// Only say what it would do; change nothing.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        posting: PostFlags,
    },
    /// Write all groups, or one, as JSON that can be imported.
    Export {
        /// Only this one: name or number.
        group: Option<String>,
    },
}

/// What becomes of seats that others hold.
#[derive(Debug, Clone, Copy, Args)]
pub struct PostFlags {
    /// Seats that others hold now stay with them as long as they renew.
    #[arg(long)]
    keep_leases: bool,
}

/// One more reservation.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// Name of the group, new or not.
    group: String,
    /// Device or user: VALUE or VALUE/TYPE (7200014f5df0/ETHERNET, ann/USER).
    #[arg(value_parser = host)]
    host: ReservedHost,
    /// Feature, and its lowest version: cad or cad=2.0.
    feature: String,
    /// Seats, or units of a metered feature.
    #[arg(default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,
    /// From this pool.
    #[arg(long)]
    pool: Option<String>,
    #[command(flatten)]
    posting: PostFlags,
}

impl From<ListFlags> for ReservationsCommand {
    fn from(flags: ListFlags) -> ReservationsCommand {
        ReservationsCommand::List(flags)
    }
}

/// `reservations …`
pub fn run(at: &Connection, out: &Output, command: &ReservationsCommand) -> anyhow::Result<()> {
    let client = at.client()?;
    match command {
        ReservationsCommand::List(flags) => list(&client, out, flags),
        ReservationsCommand::Show { group } => {
            show(out, &client.reservation_group(group).map_err(failure)?)
        }
        ReservationsCommand::Add(args) => add(&client, out, args),
        ReservationsCommand::Edit { group, file, revision, posting } => {
            let ReservationImport::One(request) = read(file)? else {
                return Err(Failure::usage("the file has a list of groups")
                    .hint("`import --replace` takes lists; `edit` takes one group")
                    .into());
            };
            let keep = posting.keep_leases;
            let changed = client.replace_reservation_group(group, &request, *revision, keep);
            said(out, &changed.map_err(refused)?, "changed")
        }
        ReservationsCommand::Delete { group, host: None, .. } => {
            client.delete_reservation_group(group, None).map_err(failure)?;
            out.said(&serde_json::json!({"deleted": group}), &format!("group {group} deleted"))
        }
        ReservationsCommand::Delete { group, host: Some(host), feature } => {
            delete_part(&client, out, (group, host, feature.as_deref()))
        }
        ReservationsCommand::Import { file, replace, dry_run: true, posting } => {
            let check = client
                .check_reservations(&read(file)?, *replace, posting.keep_leases)
                .map_err(refused)?;
            checked(out, &check)
        }
        ReservationsCommand::Import { file, replace, posting, .. } => {
            let groups = client
                .import_reservations(&read(file)?, *replace, posting.keep_leases)
                .map_err(refused)?;
            let names: Vec<String> = groups.iter().map(label).collect();
            let sentence = match names.is_empty() {
                true => "nothing to change: all groups are there as the file has them".to_owned(),
                false => format!("imported {}", names.join(", ")),
            };
            out.said(&groups, &sentence)
        }
        ReservationsCommand::Export { group } => {
            out.value(&client.export_reservations(group.as_deref()).map_err(failure)?)
        }
    }
}

fn list(client: &Client, out: &Output, flags: &ListFlags) -> anyhow::Result<()> {
    let page = client.reservation_groups(&flags.list()).map_err(failure)?;
    let empty = "nothing is reserved: reserve with `tenure admin reservations add GROUP HOST FEATURE COUNT`";
    out.page(&page, COLUMNS, &flags.or_none_fit(empty), cells)
}

/// The columns of groups.
pub(super) const COLUMNS: &[Column] = &[
    Column::Text("group"),
    Column::Text("number"),
    Column::Number("members"),
    Column::Number("entries"),
    Column::Number("wanted"),
    Column::Number("reserved"),
    Column::Number("used"),
    Column::Text("standing"),
    Column::Text("changed"),
];

/// One group.
pub(super) fn cells(row: &ReservationGroupRow) -> Vec<String> {
    let standing = match row.unsatisfiable {
        0 => "satisfiable".to_owned(),
        short => format!("{short} unsatisfiable"),
    };
    vec![
        row.name.clone(),
        row.id.clone(),
        row.members.to_string(),
        row.entries.to_string(),
        row.count.to_string(),
        row.reserved.to_string(),
        row.used.to_string(),
        standing,
        instant(row.changed_at),
    ]
}

fn show(out: &Output, group: &ReservationGroup) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(group);
    }
    out.facts(&[
        ("group", label(group)),
        ("number", group.id.clone()),
        ("revision", group.revision.to_string()),
        ("changed", instant(group.changed_at)),
    ])?;
    let columns = [
        Column::Text("for"),
        Column::Text("feature"),
        Column::Text("version"),
        Column::Text("pool"),
        Column::Number("wanted"),
        Column::Number("reserved"),
        Column::Number("used"),
        Column::Number("idle"),
        Column::Number("waiting"),
        Column::Text("standing"),
    ];
    let rows = group.reservations.iter().flat_map(|one| {
        one.reservation_entries.iter().map(|entry| {
            vec![
                one.host_id.to_string(),
                entry.feature_name.clone(),
                entry.feature_version.to_string(),
                entry.pool.clone().unwrap_or_default(),
                entry.feature_count.to_string(),
                entry.reserved.to_string(),
                entry.used.to_string(),
                entry.idle.to_string(),
                entry.waiting.to_string(),
                entry.status.clone(),
            ]
        })
    });
    out.rows(&columns, rows)
}

fn add(client: &Client, out: &Output, args: &AddArgs) -> anyhow::Result<()> {
    let (name, version) = match args.feature.split_once('=') {
        Some((name, version)) => {
            (name, version.parse().map_err(|error| Failure::usage(format!("{version}: {error}")))?)
        }
        None => (args.feature.as_str(), Version::ANY),
    };
    let entry = ReservationEntryRequest {
        feature_name: name.to_owned(),
        feature_version: version,
        feature_count: args.count,
        pool: args.pool.clone(),
    };
    let keep = args.posting.keep_leases;
    let changed = match client.reservation_group(&args.group) {
        Ok(before) => {
            let revision = Some(before.revision);
            let mut request = ReservationGroupRequest::from(before);
            match request.reservations.iter_mut().find(|one| one.host_id == args.host) {
                Some(one) => one.reservation_entries.push(entry),
                None => request.reservations.push(reservation(&args.host, entry)),
            }
            client.replace_reservation_group(&args.group, &request, revision, keep)
        }
        Err(error) if error.status() == Some(404) => {
            let name = Some(args.group.clone());
            let reservations = vec![reservation(&args.host, entry)];
            client.create_reservation_group(&ReservationGroupRequest { name, reservations }, keep)
        }
        Err(error) => Err(error),
    };
    said(out, &changed.map_err(refused)?, "reserved")
}

fn reservation(host: &ReservedHost, entry: ReservationEntryRequest) -> ReservationRequest {
    ReservationRequest { host_id: host.clone(), reservation_entries: vec![entry] }
}

fn delete_part(
    client: &Client,
    out: &Output,
    (name, host, feature): (&str, &ReservedHost, Option<&str>),
) -> anyhow::Result<()> {
    let before = client.reservation_group(name).map_err(failure)?;
    let (revision, keep) = (Some(before.revision), before.keep_leases);
    let mut request = ReservationGroupRequest::from(before);
    let mut deleted = 0;
    for one in request.reservations.iter_mut().filter(|one| one.host_id == *host) {
        let all = one.reservation_entries.len();
        one.reservation_entries.retain(|entry| feature.is_some_and(|f| entry.feature_name != f));
        deleted += all - one.reservation_entries.len();
    }
    if deleted == 0 {
        return Err(Failure::refused(
            "not-found",
            format!("group {name} keeps no such thing for {host}"),
        )
        .hint("`tenure admin reservations show GROUP` lists what it keeps")
        .into());
    }
    request.reservations.retain(|one| !one.reservation_entries.is_empty());
    if request.reservations.is_empty() {
        client.delete_reservation_group(name, revision).map_err(failure)?;
        let sentence = format!("group {name} deleted: that was all it kept");
        return out.said(&serde_json::json!({"deleted": name}), &sentence);
    }
    let changed =
        client.replace_reservation_group(name, &request, revision, keep).map_err(refused)?;
    said(out, &changed, "changed")
}

fn said(out: &Output, group: &ReservationGroup, what: &str) -> anyhow::Result<()> {
    let entries = || group.reservations.iter().flat_map(|one| &one.reservation_entries);
    let waiting: u64 = entries().map(|entry| entry.waiting).sum();
    let reserved: u64 = entries().map(|entry| entry.reserved).sum();
    let mut sentence = format!("group {} {what}: it keeps {reserved}", label(group));
    if waiting > 0 {
        sentence.push_str(&format!("; {waiting} of them are still held by others and come back"));
    }
    out.said(group, &sentence)
}

fn label(group: &ReservationGroup) -> String {
    group.name.clone().unwrap_or_else(|| group.id.clone())
}

/// What an import would do; whether it would be taken is the exit code.
fn checked(out: &Output, check: &ReservationCheck) -> anyhow::Result<()> {
    if out.is_json() {
        out.value(check)?;
    } else {
        let columns = [
            Column::Text("group"),
            Column::Text("would be"),
            Column::Number("added"),
            Column::Number("deleted"),
            Column::Number("kept"),
        ];
        let rows = check.groups.iter().map(|group| {
            let figures = [group.added, group.removed, group.kept].map(|figure| figure.to_string());
            let name = group.name.clone().unwrap_or_default();
            [name, group.what.clone()].into_iter().chain(figures).collect::<Vec<_>>()
        });
        out.rows(&columns, rows)?;
    }
    if check.fits {
        return Ok(());
    }
    let unfit: String = check.entries.iter().map(unfit).collect();
    let message = match unfit.is_empty() {
        true => "it would be refused: a name is taken".to_owned(),
        false => format!("it would be refused, {} do not fit:{unfit}", check.entries.len()),
    };
    Err(Failure::refused("reservations-unfit", message)
        .hint("`--replace` changes groups whose name is there")
        .into())
}

fn unfit(entry: &UnfitEntry) -> String {
    let pool = entry.pool.as_ref().map_or(String::new(), |pool| format!(" from {pool}"));
    format!(
        "\n  {}: {} {} x{}{pool} in {}: {}, {} possible",
        entry.host_id,
        entry.feature_name,
        entry.feature_version,
        entry.feature_count,
        entry.group,
        entry.reason,
        entry.left
    )
}

/// What does not fit stands line by line.
pub(super) fn refused(error: ApiError) -> Failure {
    let entries: Vec<String> = error
        .problem()
        .map(|problem| &problem.entries[..])
        .unwrap_or_default()
        .iter()
        .map(unfit)
        .collect();
    let failure = failure(error);
    if entries.is_empty() {
        return failure;
    }
    let message = format!("nothing was changed, {} do not fit:{}", entries.len(), entries.concat());
    Failure { message, ..failure }
}

pub(super) fn read(file: &Path) -> anyhow::Result<ReservationImport> {
    let text = if file == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(file)
    };
    let text =
        text.map_err(|error| Failure::fault(format!("can't read {}: {error}", file.display())))?;
    let groups = serde_json::from_str(&text).map_err(|error| {
        Failure::usage(format!("{}: {error}", file.display()))
            .hint("`tenure admin reservations export` shows how such a file looks")
    })?;
    Ok(groups)
}

/// `VALUE` or `VALUE/TYPE`.
fn host(text: &str) -> Result<ReservedHost, String> {
    let typed = text.rsplit_once('/').and_then(|(value, kind)| Some((value, kind.parse().ok()?)));
    let (value, kind) = typed.unwrap_or((text, HostIdType::String));
    if value.is_empty() {
        Err("no host ID".to_owned())
    } else {
        Ok(ReservedHost { value: value.to_owned(), kind })
    }
}
