//! `tenure ledger history`: who held what at an earlier instant, read from the files.
//!
//! Deliberately not here: the same question to a running server (`tenure admin history`), which knows no archive.

use super::{
    ledger_source::{Source, license_servers},
    paper,
};
use crate::{clock::RealClock, exit::Failure, explain};
use clap::Args;
use comfy_table::Table;
use tenure_container::Reading;
use tenure_document::Time;
use tenure_leasing::{FeatureRow, LeaseFilter, LeaseOrder, LeaseRow, Now, Page};
use tenure_ledger::{Clock as _, History};
use tenure_server::LeasingMachine;

/// The state at an instant.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    #[command(flatten)]
    source: Source,
    /// The instant (RFC 3339), such as 2026-11-22T05:41:00Z.
    #[arg(long)]
    at: Time,
}

impl HistoryArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// The instant is before the ledger, still to come, or in an archive that was not named; the ledger is an office's.
    pub fn run(&self) -> anyhow::Result<()> {
        license_servers(&self.source.data)?;
        let (mut reader, key) = self.source.open()?;
        let head = reader.head().map_err(explain::ledger)?.map(|head| head.at);
        if Some(self.at) > head.max(Some(RealClock.wall())) {
            return Err(Failure::usage(format!("{} is still to come", self.at)).into());
        }
        let found = History::of(reader, key).state_at::<LeasingMachine>(self.at);
        let Some((machine, head)) = found.map_err(explain::ledger)? else {
            let why = format!("the ledger begins after {}", self.at);
            return Err(Failure::refused("no-entry", why).into());
        };
        let leasing = machine.0;
        let now = Now { at: self.at, reading: Reading { wall: self.at, since_boot_ms: 0 } };
        let leases =
            leasing.lease_rows(&LeaseFilter::default(), LeaseOrder::OldestFirst, Page::ALL).rows;
        let live: Vec<LeaseRow> =
            leases.into_iter().filter(|lease| lease.expires > self.at).collect();
        let text = format!(
            "at {} (ledger entry {})\n{}\n\n{}\n",
            self.at,
            head.sequence,
            features(&leasing.feature_rows(now)),
            held(&live)
        );
        paper::deliver(&text, None)
    }
}

fn features(rows: &[FeatureRow]) -> Table {
    let counted = |count: Option<u64>| count.map_or("unlimited".to_owned(), |n| n.to_string());
    let mut table = table(["FEATURE", "VERSION", "TOTAL", "USED", "FREE"]);
    for row in rows {
        let (total, free) = (counted(row.total), counted(row.available));
        let used = row.used.to_string();
        table.add_row([row.name.clone(), row.version.to_string(), total, used, free]);
    }
    table
}

fn held(rows: &[LeaseRow]) -> Table {
    let mut table = table(["LEASE", "HOLDER", "FEATURE", "COUNT", "EXPIRES"]);
    for row in rows {
        let holder = match &row.holder.user {
            Some(user) => format!("{} {user}", row.holder.host),
            None => row.holder.host.to_string(),
        };
        let feature = format!("{} {}", row.feature, row.version);
        let count = row.count.to_string();
        table.add_row([row.id.to_string(), holder, feature, count, row.expires.to_string()]);
    }
    table
}

fn table<const N: usize>(head: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(head);
    table
}
