//! What the manager shows in the terminal: the loaded license, who holds what, and the last exchanges.
//!
//! Invariants: what clients call themselves is printed without control characters, so that nobody can steer the terminal;
//! the view fits a screen, the rest is counted. Deliberately not here: when it is drawn.

use tenure_document::Time;
use tenure_leasing::{LeaseFilter, LeaseOrder, Leasing, Now, Page};
use tenure_server::{FolderStanding, FolderState};

/// The most rows of each table.
const ROWS: usize = 12;

/// The view at one instant.
pub fn text(
    leasing: &Leasing,
    now: Now,
    state: &FolderState,
    (shared, url): (&str, &str),
    at: Time,
) -> String {
    let container = leasing.container();
    let mut out = format!(
        "{}  {}   {at}\nshared folder {}   {}\npages and administration {url}\n\n",
        plain(container.name(), 40),
        container.id().serial(),
        plain(shared, 60),
        standing(&state.standing),
    );
    out.push_str("LICENSE               VERSION   SEATS    USED    FREE  ENDS\n");
    let features = leasing.feature_summaries(now);
    for feature in features.iter().take(ROWS) {
        let all = &feature.all;
        let number = |count: Option<u64>| {
            count.map_or_else(|| "unlim.".to_owned(), |count| count.to_string())
        };
        let ends = all.last_expiry.map_or_else(|| "never".to_owned(), |end| end.to_string());
        out.push_str(&format!(
            "{:<20}  {:<7}  {:>6}  {:>6}  {:>6}  {ends}\n",
            plain(&all.name, 20),
            all.version.to_string(),
            number(all.total),
            all.used,
            number(all.available),
        ));
    }
    more(&mut out, features.len());
    out.push_str("\nHOLDER                COMPUTER              LICENSE         SEATS  UNTIL\n");
    let page = Page { skip: 0, take: ROWS };
    let leases = leasing.lease_rows(&LeaseFilter::default(), LeaseOrder::NewestFirst, page);
    for lease in &leases.rows {
        let holder = &lease.holder;
        out.push_str(&format!(
            "{:<20}  {:<20}  {:<14}  {:>5}  {}\n",
            plain(holder.user.as_deref().unwrap_or("-"), 20),
            plain(holder.name.as_deref().unwrap_or(&holder.host.value), 20),
            plain(&lease.feature, 14),
            lease.count,
            lease.expires,
        ));
    }
    more(&mut out, leasing.lease_count());
    exchanges(&mut out, state);
    out
}

fn exchanges(out: &mut String, state: &FolderState) {
    out.push_str(&format!(
        "\nEXCHANGES  {} answered, {} rejected, {} scans, the longest {} ms\n",
        state.answered, state.rejected, state.scans, state.longest_scan_ms
    ));
    for one in state.exchanges.iter().take(ROWS) {
        out.push_str(&format!(
            "{}  {:<16}  {:<16}  {:<12}  {}\n",
            one.at,
            plain(&one.user, 16),
            plain(&one.computer, 16),
            one.action,
            plain(&one.outcome, 24),
        ));
    }
    if state.foreign > 0 {
        out.push_str(&format!("{} files in the folder are none of ours\n", state.foreign));
    }
    out.push_str("\nCtrl-C ends it. Leases stay.\n");
}

fn more(out: &mut String, total: usize) {
    match total {
        0 => out.push_str("(none)\n"),
        total if total > ROWS => out.push_str(&format!("and {} more\n", total - ROWS)),
        _ => {}
    }
}

fn standing(standing: &FolderStanding) -> &str {
    match standing {
        FolderStanding::Starting => "starting",
        FolderStanding::Watching => "watching whether another server lives",
        FolderStanding::Serving => "serving",
        FolderStanding::Away(why) | FolderStanding::InUse(why) => why,
    }
}

/// What others wrote, as it may stand in a terminal.
fn plain(text: &str, width: usize) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).take(width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_steers_the_terminal() {
        assert_eq!(plain("ann\x1b[2J\r\nx", 40), "ann?[2J??x");
        assert_eq!(plain("abcdef", 3), "abc");
    }
}
