//! `tenure admin leases|checkout|preview|renew|release|usage`: who holds what, and the client plane by hand.
//!
//! What is checked out here is not renewed by anybody: it ends by itself, or with `release`.
//! Deliberately not here: what a licensed application does; that is the SDK, which also verifies every document.

use super::{
    connect::Connection,
    list::ListFlags,
    output::{Column, Output, count_or_unlimited, holder, instant, instant_or, seat_ranges},
    problem::failure,
    secret::token_from,
    wanted::{desired_feature, dictionary, fact, host_id, host_or_this_machine, new_key},
};
use crate::exit::Failure;
use clap::{Args, Subcommand};
use std::{io::Write as _, path::PathBuf};
use tenure_api::{
    ApiError, CheckoutAnswer, CheckoutRequest, Client, DesiredFeature, LeaseGrant, LeaseRow,
    RenewalRequest, Seconds, TicketAnswer, UndoRequest, UsageAnswer, UsageRequest,
};
use tenure_document::{Holder, HostId, LeaseId, Version};

/// One question to a ticket lasts so long at most, in seconds; the server allows no more.
const POLL_SECONDS: u64 = 30;

/// What to do with leases.
#[derive(Debug, Subcommand)]
pub enum LeasesCommand {
    /// All live leases.
    List(ListFlags),
    /// One lease.
    Show {
        /// Lease ID, L-….
        lease: LeaseId,
    },
    /// End a lease by an administrator's order.
    Drop {
        /// Lease ID, L-….
        lease: LeaseId,
        /// Why; stands in the journal.
        #[arg(long)]
        reason: Option<String>,
    },
}

impl From<ListFlags> for LeasesCommand {
    fn from(flags: ListFlags) -> LeasesCommand {
        LeasesCommand::List(flags)
    }
}

/// Who asks for what.
#[derive(Debug, Args)]
pub struct CheckoutArgs {
    /// NAME[@VERSION][:COUNT], any number of them; without any, the server decides.
    #[arg(value_parser = desired_feature)]
    features: Vec<DesiredFeature>,
    /// Device that asks, VALUE or VALUE/TYPE; the name of this machine by default.
    #[arg(long, value_parser = host_id)]
    host: Option<HostId>,
    /// User on it.
    #[arg(long)]
    user: Option<String>,
    /// Stable workload identity that takes over its own lease.
    #[arg(long)]
    owner: Option<String>,
    /// Borrow for this long (8h, 7d) instead of holding a floating lease.
    #[arg(long)]
    borrow: Option<Seconds>,
    /// Wait in the queue for at most this long (30s, 8h) when nothing is free.
    #[arg(long)]
    wait: Option<Seconds>,
    /// All features or none.
    #[arg(long)]
    all: bool,
    /// A fact that rules may ask for; again with the same key for several values.
    #[arg(long, value_name = "KEY=VALUE", value_parser = fact)]
    say: Vec<(String, String)>,
}

/// A lease and the proof that it is yours.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// Lease ID, L-….
    lease: LeaseId,
    /// File with the lease's token (`-`: standard input), as `checkout` printed it.
    #[arg(long, value_name = "FILE")]
    lease_token: PathBuf,
}

/// Metered features.
#[derive(Debug, Subcommand)]
pub enum UsageCommand {
    /// Consume units.
    Consume {
        /// Feature name.
        feature: String,
        /// Units.
        #[arg(value_parser = clap::value_parser!(u64).range(1..))]
        count: u64,
        /// Lowest version that will do.
        #[arg(long, default_value = "0")]
        version: Version,
        /// Device that consumes, VALUE or VALUE/TYPE; the name of this machine by default.
        #[arg(long, value_parser = host_id)]
        host: Option<HostId>,
        /// User on it.
        #[arg(long)]
        user: Option<String>,
        /// A fact that rules may ask for; again with the same key for several values.
        #[arg(long, value_name = "KEY=VALUE", value_parser = fact)]
        say: Vec<(String, String)>,
    },
    /// Take a consumption back.
    Undo {
        /// Its ID.
        id: String,
        /// Why; stands in the journal.
        #[arg(long)]
        reason: Option<String>,
    },
}

/// `leases …`
pub fn run(at: &Connection, out: &Output, command: &LeasesCommand) -> anyhow::Result<()> {
    let client = at.client()?;
    match command {
        LeasesCommand::List(flags) => {
            let page = client.leases(&flags.list()).map_err(failure)?;
            out.page(&page, LEASE_COLUMNS, &flags.or_none_fit("no live leases"), lease_cells)
        }
        LeasesCommand::Show { lease } => {
            let row = client.lease(*lease).map_err(failure)?;
            if out.is_json() {
                return out.value(&row);
            }
            out.facts(&[
                ("lease", row.id.to_string()),
                ("holder", holder(&row.holder)),
                ("feature", format!("{} {} x{}", row.feature, row.version, row.count)),
                ("seats", seat_ranges(row.seats.iter().copied())),
                ("items", row.items.join(", ")),
                ("pool", row.pool.clone()),
                ("granted", format!("{} ({})", instant(row.granted_at), row.code)),
                ("renewed", instant(row.issued_at)),
                ("renew after", instant(row.renew_after)),
                ("until", instant(row.expires_at)),
                ("borrowed", if row.borrowed { "yes" } else { "no" }.to_owned()),
            ])
        }
        LeasesCommand::Drop { lease, reason } => {
            let answer = client.drop_lease(*lease, reason.as_deref(), &new_key()?);
            let answer = answer.map_err(failure)?;
            out.said(&answer, &format!("{lease} ended; its seats are free"))
        }
    }
}

/// The columns of leases.
pub(super) const LEASE_COLUMNS: &[Column] = &[
    Column::Text("lease"),
    Column::Text("holder"),
    Column::Text("feature"),
    Column::Text("version"),
    Column::Number("count"),
    Column::Text("seats"),
    Column::Text("until"),
    Column::Text("granted as"),
];

/// One lease.
pub(super) fn lease_cells(row: &LeaseRow) -> Vec<String> {
    vec![
        row.id.to_string(),
        holder(&row.holder),
        row.feature.clone(),
        row.version.to_string(),
        row.count.to_string(),
        seat_ranges(row.seats.iter().copied()),
        instant(row.expires_at),
        match (row.dropped, row.borrowed) {
            (true, _) => format!("{}, dropped", row.code),
            (false, true) => format!("{}, borrowed", row.code),
            (false, false) => row.code.clone(),
        },
    ]
}

/// The leases of one device or one instant.
pub fn lease_table(out: &Output, leases: &[LeaseRow]) -> anyhow::Result<()> {
    if leases.is_empty() {
        out.line("no leases")
    } else {
        out.rows(LEASE_COLUMNS, leases.iter().map(lease_cells))
    }
}

fn request(wanted: &CheckoutArgs) -> anyhow::Result<CheckoutRequest> {
    let mut holder = Holder::of(host_or_this_machine(wanted.host.as_ref())?);
    holder.user.clone_from(&wanted.user);
    holder.owner.clone_from(&wanted.owner);
    let mut request = CheckoutRequest::new(holder, wanted.features.clone());
    request.borrow = wanted.borrow;
    request.wait = wanted.wait;
    request.all = wanted.all;
    request.dictionary = dictionary(&wanted.say);
    Ok(request)
}

/// `checkout`
pub fn checkout(at: &Connection, out: &Output, wanted: &CheckoutArgs) -> anyhow::Result<()> {
    let client = at.client()?;
    let asked = client.checkout(&request(wanted)?, &new_key()?);
    match asked.and_then(|answer| served(&client, answer)) {
        Ok(answer) if out.is_json() => out.value(&answer),
        Ok(answer) => print_answer(out, &answer),
        Err(ApiError::Refused(problem)) if out.is_json() && !problem.denials.is_empty() => {
            out.value(&problem)?;
            Err(failure(ApiError::Refused(problem)).into())
        }
        Err(error) => Err(failure(error).into()),
    }
}

/// Waits until every ticket of an answer is served, or its time is over: that is an error which tells why.
fn served(client: &Client, mut answer: CheckoutAnswer) -> Result<CheckoutAnswer, ApiError> {
    for mut ticket in std::mem::take(&mut answer.tickets) {
        writeln!(std::io::stderr(), "{}", waits(&ticket)).ok();
        loop {
            let next = client.ticket(&ticket.id, &ticket.token, POLL_SECONDS, None)?;
            answer.leases.extend(next.leases);
            answer.denials.extend(next.denials);
            match next.tickets.into_iter().next() {
                Some(waiting) => ticket = waiting,
                None => break,
            }
        }
    }
    Ok(answer)
}

/// A ticket in one line.
fn waits(ticket: &TicketAnswer) -> String {
    let place = ticket.position.map_or_else(String::new, |place| format!(", place {place}"));
    let estimate = ticket.estimate_seconds;
    let estimate = estimate.map_or_else(String::new, |s| format!(", perhaps {s} s"));
    let (id, features) = (&ticket.id, ticket.features.join(" and "));
    format!("{id} waits for {features}{place}{estimate}, until {}", instant(ticket.expires_at))
}

fn print_answer(out: &Output, answer: &CheckoutAnswer) -> anyhow::Result<()> {
    for lease in &answer.leases {
        let seats: Vec<String> = lease.seats.iter().map(ToString::to_string).collect();
        let seats =
            if seats.is_empty() { String::new() } else { format!(", seat {}", seats.join(", ")) };
        out.facts(&[
            (
                "granted",
                format!(
                    "{} {} x{}{seats} [{}]",
                    lease.feature, lease.version, lease.count, lease.code
                ),
            ),
            ("lease", lease.id.to_string()),
            (if lease.borrowed { "borrowed until" } else { "until" }, runs(lease)),
            ("token", lease.token.clone()),
        ])?;
    }
    for denial in &answer.denials {
        out.line(&format!(
            "denied   {} {}: {} [{}]",
            denial.feature, denial.version, denial.explanation, denial.reason
        ))?;
    }
    match answer.denials.first() {
        Some(first) => Err(Failure::refused(
            &first.reason,
            format!("{} of the wanted features denied", answer.denials.len()),
        )
        .into()),
        None => Ok(()),
    }
}

/// How long a lease runs, and what keeps it from running as long as was asked for.
fn runs(lease: &LeaseGrant) -> String {
    let (until, renewal) = (instant(lease.expires_at), instant(lease.renew_after));
    let limit = lease.shortened_by.as_ref();
    let limit = limit.map_or_else(String::new, |limit| format!(", shortened by {limit}"));
    format!("{until}{limit}, renew after {renewal}")
}

/// `preview`
pub fn preview(at: &Connection, out: &Output, wanted: &CheckoutArgs) -> anyhow::Result<()> {
    let answer = at.client()?.preview(&request(wanted)?).map_err(failure)?;
    if out.is_json() {
        return out.value(&answer);
    }
    use Column::{Number, Text};
    let columns = [
        Text("feature"),
        Text("version"),
        Number("asked"),
        Number("would get"),
        Number("at most"),
        Text("until"),
        Text("why"),
    ];
    out.rows(
        &columns,
        answer.features.iter().map(|row| {
            vec![
                row.feature.clone(),
                row.version.to_string(),
                row.requested.to_string(),
                row.granted.to_string(),
                count_or_unlimited(row.largest),
                instant_or(row.expires_at, ""),
                format!("{} [{}]", row.explanation, row.code),
            ]
        }),
    )
}

/// `renew`
pub fn renew(at: &Connection, out: &Output, args: &TokenArgs) -> anyhow::Result<()> {
    let token = token_from(&args.lease_token)?;
    let lease = at
        .anonymous()?
        .renew(args.lease, &token, &RenewalRequest::default(), &new_key()?)
        .map_err(failure)?;
    let sentence = format!("{} renewed until {}", lease.id, instant(lease.expires_at));
    out.said(&lease, &sentence)
}

/// `release`
pub fn release(at: &Connection, out: &Output, args: &TokenArgs) -> anyhow::Result<()> {
    let token = token_from(&args.lease_token)?;
    let answer = at.anonymous()?.release(args.lease, Some(&token), &new_key()?).map_err(failure)?;
    out.said(&answer, &format!("{} returned; its seats are free", args.lease))
}

/// `usage …`
pub fn usage(at: &Connection, out: &Output, command: &UsageCommand) -> anyhow::Result<()> {
    let client = at.client()?;
    let (answer, verb) = match command {
        UsageCommand::Consume { feature, count, version, host, user, say } => {
            let mut holder = Holder::of(host_or_this_machine(host.as_ref())?);
            holder.user.clone_from(user);
            let request = UsageRequest {
                holder,
                feature: feature.clone(),
                version: *version,
                count: *count,
                dictionary: dictionary(say),
                nonce: None,
            };
            (client.consume(&request, &new_key()?).map_err(failure)?, "consumed")
        }
        UsageCommand::Undo { id, reason } => (
            client
                .undo(
                    id,
                    &UndoRequest { reason: reason.clone(), ..UndoRequest::default() },
                    &new_key()?,
                )
                .map_err(failure)?,
            "taken back",
        ),
    };
    out.said(&answer, &usage_sentence(&answer, verb))
}

fn usage_sentence(answer: &UsageAnswer, verb: &str) -> String {
    let left = answer.remaining.map_or_else(String::new, |left| format!(", {left} left"));
    let undo = answer
        .undo_until
        .map_or_else(String::new, |until| format!(", can be taken back until {}", instant(until)));
    format!(
        "{} {} {}x {verb}{left}{undo} (id {})",
        answer.feature, answer.version, answer.count, answer.id
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(shortened_by: Option<&str>, expected: Expect) {
        let lease = serde_json::from_value(serde_json::json!({
            "id": "L-0000000000001", "feature": "cad", "version": "2.0", "count": 1, "seats": [],
            "issued_at": "2026-11-22T00:00:00Z", "expires_at": "2026-11-29T00:00:00Z",
            "renew_after": "2026-11-23T00:00:00Z", "token": "", "borrowed": true,
            "shortened_by": shortened_by, "document": "",
        }));
        expected.assert_eq(&runs(&lease.expect("a lease")));
    }

    #[test]
    fn who_borrows_is_told_what_made_it_shorter() {
        check(None, expect!["2026-11-29 00:00:00Z, renew after 2026-11-23 00:00:00Z"]);
        check(
            Some("borrow.interval-seconds"),
            expect![
                "2026-11-29 00:00:00Z, shortened by borrow.interval-seconds, renew after 2026-11-23 00:00:00Z"
            ],
        );
    }
}
