//! The flags of every list: which page, which rows, in which order.
//!
//! Deliberately not here: columns; those stand with each command.

use clap::{Args, Subcommand};
use tenure_api::ListQuery;
use tenure_document::Time;

/// Which rows of a list.
#[derive(Debug, Clone, Args)]
pub struct ListFlags {
    /// Page, from 1.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    page: Option<u32>,
    /// Rows on a page, 1 to 1000.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1000))]
    size: Option<u32>,
    /// Member to sort by; `-` before it for descending, as in `--sort=-used`.
    #[arg(long, allow_hyphen_values = true)]
    sort: Option<String>,
    /// Only rows that contain this text.
    #[arg(long, short = 'q')]
    query: Option<String>,
    /// Only rows of this feature.
    #[arg(long)]
    feature: Option<String>,
    /// Only rows at or after this instant (RFC 3339).
    #[arg(long)]
    from: Option<Time>,
    /// Only rows before this instant (RFC 3339).
    #[arg(long)]
    to: Option<Time>,
}

impl ListFlags {
    /// The same as the query of a call.
    pub fn list(&self) -> ListQuery {
        ListQuery {
            page: self.page,
            size: self.size,
            sort: self.sort.clone(),
            q: self.query.clone(),
            feature: self.feature.clone(),
            from: self.from,
            to: self.to,
        }
    }
}

/// A subject with commands of its own; none of them named: its list.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_required = false)]
pub struct OrList<C: Subcommand> {
    #[command(flatten)]
    list: ListFlags,
    #[command(subcommand)]
    command: Option<C>,
}

impl<C: Subcommand + From<ListFlags>> OrList<C> {
    /// The command that is meant.
    pub fn command(self) -> C {
        self.command.unwrap_or_else(|| C::from(self.list))
    }
}
