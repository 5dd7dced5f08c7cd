//! `tenure admin devices`: which machines hold something, and taking it away from them.
//!
//! Deliberately not here: what any count means; the server counts and this shows.

use super::{
    connect::Connection,
    leases::lease_table,
    list::ListFlags,
    output::{Column, Output, host, instant, instant_or, machine},
    problem::failure,
    timeline::{TimelineArgs, timeline},
    wanted::{desired_feature, host_id, new_key},
};
use crate::exit::Failure;
use clap::Subcommand;
use tenure_api::{DesiredFeature, DeviceRow, DeviceSetRequest};
use tenure_document::HostId;

/// What to do with devices.
#[derive(Debug, Subcommand)]
pub enum DevicesCommand {
    /// All devices that hold something.
    List(ListFlags),
    /// One device with its leases.
    Show {
        /// VALUE or VALUE/TYPE, such as ws14 or 02:42:ac:11:00:02/ETHERNET.
        #[arg(value_parser = host_id)]
        device: HostId,
    },
    /// The story of one device: what it was granted, renewed, gave back and was denied.
    Timeline(TimelineArgs),
    /// Take all leases away from a device.
    Drop {
        /// VALUE or VALUE/TYPE.
        #[arg(value_parser = host_id)]
        device: HostId,
        /// Why; stands in the journal.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Make a device hold exactly these features: what is missing is granted, what is too much is returned.
    Set {
        /// VALUE or VALUE/TYPE.
        #[arg(value_parser = host_id)]
        device: HostId,
        /// NAME[@VERSION][:COUNT], any number of them; none: the server decides.
        #[arg(value_parser = desired_feature)]
        features: Vec<DesiredFeature>,
        /// User name on the device.
        #[arg(long)]
        user: Option<String>,
    },
}

impl From<ListFlags> for DevicesCommand {
    fn from(flags: ListFlags) -> DevicesCommand {
        DevicesCommand::List(flags)
    }
}

/// Carries out the command.
pub fn run(at: &Connection, out: &Output, command: &DevicesCommand) -> anyhow::Result<()> {
    let client = at.client()?;
    match command {
        DevicesCommand::List(flags) => {
            let page = client.devices(&flags.list()).map_err(failure)?;
            let empty = flags.or_none_fit("no device holds anything at the moment");
            out.page(&page, COLUMNS, &empty, cells)
        }
        DevicesCommand::Show { device } => {
            let detail = client.device(device).map_err(failure)?;
            if out.is_json() {
                return out.value(&detail);
            }
            out.facts(&[
                ("device", host(&detail.device.host)),
                ("alias", detail.device.name.clone().unwrap_or_default()),
                ("kind", machine(detail.device.kind).to_owned()),
                ("last seen", instant_or(detail.device.last_seen, "never")),
            ])?;
            lease_table(out, &detail.leases)
        }
        DevicesCommand::Timeline(args) => timeline(at, out, args),
        DevicesCommand::Drop { device, reason } => {
            let ended = client.drop_device(device, reason.as_deref()).map_err(failure)?;
            out.said(&ended, &format!("{}: {} leases ended", host(device), ended.len()))
        }
        DevicesCommand::Set { device, features, user } => {
            set(at, out, device, features, user.as_ref())
        }
    }
}

/// The columns of devices.
pub(super) const COLUMNS: &[Column] = &[
    Column::Text("device"),
    Column::Text("alias"),
    Column::Text("kind"),
    Column::Number("leases"),
    Column::Number("seats"),
    Column::Text("features"),
    Column::Text("users"),
    Column::Text("until"),
    Column::Text("last seen"),
];

/// One device.
pub(super) fn cells(row: &DeviceRow) -> Vec<String> {
    vec![
        host(&row.host),
        row.name.clone().unwrap_or_default(),
        machine(row.kind).to_owned(),
        row.leases.to_string(),
        row.seats.to_string(),
        row.features.join(", "),
        row.users.join(", "),
        instant_or(row.expires_at, ""),
        instant_or(row.last_seen, ""),
    ]
}

fn set(
    at: &Connection,
    out: &Output,
    device: &HostId,
    features: &[DesiredFeature],
    user: Option<&String>,
) -> anyhow::Result<()> {
    let request = DeviceSetRequest {
        features: features.to_vec(),
        user: user.cloned(),
        owner: None,
        name: None,
        kind: None,
        borrow: None,
        granularity: None,
        dictionary: tenure_api::Dictionary::new(),
        selectors: std::collections::BTreeMap::new(),
        nonce: None,
    };
    let answer = at.client()?.set_device(device, &request, &new_key()?).map_err(failure)?;
    if out.is_json() {
        return out.value(&answer);
    }
    for lease in &answer.kept {
        out.line(&format!(
            "kept      {} {} x{} until {}",
            lease.feature,
            lease.version,
            lease.count,
            instant(lease.expires_at)
        ))?;
    }
    for lease in &answer.leases {
        out.line(&format!(
            "granted   {} {} x{} until {}",
            lease.feature,
            lease.version,
            lease.count,
            instant(lease.expires_at)
        ))?;
    }
    for lease in &answer.released {
        out.line(&format!("returned  {lease}"))?;
    }
    for denial in &answer.denials {
        out.line(&format!(
            "denied    {} {}: {} [{}]",
            denial.feature, denial.version, denial.explanation, denial.reason
        ))?;
    }
    match answer.denials.first() {
        Some(first) => Err(Failure::refused(
            &first.reason,
            format!("{} of {} features denied", answer.denials.len(), features.len()),
        )
        .into()),
        None => Ok(()),
    }
}
