//! `tenure admin features`: what is licensed, how much of it is in use, what expires.
//!
//! Deliberately not here: what any count means; the server counts and this shows.

use super::{
    connect::Connection,
    list::ListFlags,
    output::{Column, Output, count_or_unlimited, holder, instant, instant_or, seat_ranges},
    problem::failure,
    timeline::{FeatureTimelineArgs, feature_timeline},
};
use clap::{Args, Subcommand};
use tenure_api::{FeatureDetail, FeatureRow};

/// `features`, `features summary`, `features show NAME`.
#[derive(Debug, Args)]
pub struct FeaturesArgs {
    #[command(flatten)]
    list: ListFlags,
    #[command(subcommand)]
    command: Option<FeaturesCommand>,
}

#[derive(Debug, Subcommand)]
enum FeaturesCommand {
    /// One row per feature and version.
    List(ListFlags),
    /// One row per feature over all versions.
    Summary(ListFlags),
    /// Who was granted a feature, gave it back or was denied it.
    Timeline(FeatureTimelineArgs),
    /// One feature with its items and leases.
    Show {
        /// Feature name.
        name: String,
    },
}

/// Carries out the command; without one, the list.
pub fn run(at: &Connection, out: &Output, args: &FeaturesArgs) -> anyhow::Result<()> {
    let client = at.client()?;
    match &args.command {
        None => list(at, out, &args.list),
        Some(FeaturesCommand::List(flags)) => list(at, out, flags),
        Some(FeaturesCommand::Summary(flags)) => {
            let page = client.feature_summary(&flags.list()).map_err(failure)?;
            use Column::{Number, Text};
            let columns = [
                Text("feature"),
                Text("versions"),
                Number("total"),
                Number("used"),
                Number("free"),
                Number("overdraft used"),
                Text("last expiry"),
            ];
            out.page(&page, &columns, &flags.or_none_fit(NO_FEATURES), |row| {
                let versions: Vec<String> = row.versions.iter().map(ToString::to_string).collect();
                vec![
                    row.name.clone(),
                    versions.join(", "),
                    count_or_unlimited(row.total),
                    row.used.to_string(),
                    count_or_unlimited(row.available),
                    row.overdraft_used.to_string(),
                    instant_or(row.last_expiry, "permanent"),
                ]
            })
        }
        Some(FeaturesCommand::Timeline(args)) => feature_timeline(at, out, args),
        Some(FeaturesCommand::Show { name }) => {
            let detail = client.feature(name).map_err(failure)?;
            if out.is_json() { out.value(&detail) } else { show(out, &detail) }
        }
    }
}

const NO_FEATURES: &str = "no features: the container holds no items. Apply an update with `tenure admin container update FILE`.";

fn list(at: &Connection, out: &Output, flags: &ListFlags) -> anyhow::Result<()> {
    let page = at.client()?.features(&flags.list()).map_err(failure)?;
    out.page(&page, COLUMNS, &flags.or_none_fit(NO_FEATURES), cells)
}

/// The columns of features.
pub(super) const COLUMNS: &[Column] = &[
    Column::Text("feature"),
    Column::Text("version"),
    Column::Number("total"),
    Column::Number("used"),
    Column::Number("free"),
    Column::Number("overdraft"),
    Column::Number("borrowed"),
    Column::Text("kind"),
    Column::Text("first expiry"),
    Column::Number("denials"),
];

/// One feature in one version.
pub(super) fn cells(row: &FeatureRow) -> Vec<String> {
    let kind = match (row.metered, row.uncounted) {
        (true, _) => "metered",
        (false, true) => "uncounted",
        (false, false) => "counted",
    };
    let overdraft = match (row.overdraft, row.uncounted) {
        (_, true) | (Some(0), _) => String::new(),
        (allowed, false) => format!("{} of {}", row.overdraft_used, count_or_unlimited(allowed)),
    };
    vec![
        row.name.clone(),
        row.version.to_string(),
        count_or_unlimited(row.total),
        row.used.to_string(),
        count_or_unlimited(row.available),
        overdraft,
        row.borrowed.to_string(),
        kind.to_owned(),
        instant_or(row.first_expiry, "permanent"),
        row.denials.to_string(),
    ]
}

fn show(out: &Output, detail: &FeatureDetail) -> anyhow::Result<()> {
    use Column::{Number, Text};
    out.rows(COLUMNS, detail.versions.iter().map(cells))?;
    out.line("\nitems")?;
    let items = [
        Text("item"),
        Text("version"),
        Number("count"),
        Number("used"),
        Text("state"),
        Text("start"),
        Text("expiry"),
        Text("one seat per"),
    ];
    out.rows(
        &items,
        detail.items.iter().map(|item| {
            vec![
                item.id.clone(),
                item.version.to_string(),
                count_or_unlimited(item.count),
                item.used.to_string(),
                item.state.clone(),
                instant_or(item.start, ""),
                instant_or(item.expiry, "permanent"),
                item.seat_basis.clone(),
            ]
        }),
    )?;
    if detail.leases.is_empty() {
        return out.line("\nno live leases");
    }
    out.line("\nleases")?;
    let leases = [
        Text("lease"),
        Text("holder"),
        Text("version"),
        Number("count"),
        Text("seats"),
        Text("until"),
    ];
    out.rows(
        &leases,
        detail.leases.iter().map(|lease| {
            vec![
                lease.id.to_string(),
                holder(&lease.holder),
                lease.version.to_string(),
                lease.count.to_string(),
                seat_ranges(lease.seats.iter().copied()),
                instant(lease.expires_at),
            ]
        }),
    )
}
