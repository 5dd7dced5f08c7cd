//! `tenure issue`: an update for the container that sent a context.
//!
//! Invariants: what was issued is recorded in `containers/<serial>.json` before the update leaves; a container whose
//! history does not fit the record gets nothing; a server's key is certified with its first update and whenever the
//! publisher's certifier key has changed.
//! Deliberately not here: what goes into an update (`tenure_issuing`), who may order it (the office).

use super::{
    key_folder::KeyFolder,
    keys::{read_record, record_path},
    paper,
    passphrase::Passphrase,
};
use crate::{clock, exit::Failure, explain};
use clap::Args;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tenure_document::{
    Context, Envelope, Item, KeyRecord, Op, Role, Time, Update, Verified, read_items,
    verify_self_signed_context,
};
use tenure_issuing::{
    ContainerRecord, Finding, IssueRefusal, Order, Standing, Withdrawal, certificate_for,
};
use tenure_vault::write_atomic;

const DAY: Duration = Duration::from_secs(86_400);

/// Issue items.
#[derive(Debug, Args)]
pub struct IssueArgs {
    /// The publisher's key folder.
    #[arg(long, value_name = "DIR", env = "TENURE_KEYS")]
    keys: PathBuf,
    /// The context that the container sent.
    #[arg(long, value_name = "FILE")]
    context: PathBuf,
    /// A JSON list of items; one with the ID of an item the container holds takes its place.
    #[arg(long, value_name = "FILE")]
    items: Option<PathBuf>,
    /// Take an item out, or so many of its count; may be given several times.
    #[arg(long, value_name = "ID[:COUNT]")]
    withdraw: Vec<String>,
    /// The update must be applied within so many days.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    apply_within: Option<u32>,
    /// Where the update goes; standard output when not given.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl IssueArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// Whatever stands in the way, with its code.
    pub fn run(self) -> anyhow::Result<()> {
        let now = clock::wall();
        let items = match &self.items {
            Some(path) => items_of(path)?,
            None => Vec::new(),
        };
        for (item, end) in items.iter().filter_map(|item| Some((item, item.grace_end()?))) {
            if end <= now {
                note!("warning: item {:?} ended at {end} already: nobody can use it", item.id);
            }
        }
        let withdrawn =
            self.withdraw.iter().map(|text| withdrawal(text)).collect::<Result<_, _>>()?;
        let order = Order { certificate: None, withdrawn, items };
        let context = paper::read_one::<Context>(&self.context)?;
        let expires = self.apply_within.map(|days| now.plus(DAY * days));
        let folder = KeyFolder::open(&self.keys, Passphrase::default(), now)?;
        let (update, text) = make(&folder, &context, order, expires, now)?;
        paper::deliver(&text, self.output.as_deref())?;
        report(&update, self.output.as_deref());
        Ok(())
    }
}

/// Issues items to the container that sent this context; gives the armored update.
///
/// # Errors
/// As `tenure issue`.
pub fn issue(keys: &Path, context: &str, items: Vec<Item>) -> anyhow::Result<String> {
    let now = clock::wall();
    let folder = KeyFolder::open(keys, Passphrase::default(), now)?;
    let order = Order { certificate: None, withdrawn: Vec::new(), items };
    Ok(make(&folder, &paper::read(context.as_bytes())?, order, None, now)?.1)
}

fn make(
    folder: &KeyFolder,
    context: &Envelope,
    mut order: Order,
    expires: Option<Time>,
    now: Time,
) -> anyhow::Result<(Update, String)> {
    let context = verify_self_signed_context(context).map_err(explain::document)?;
    let record = take_in(folder, &context)?;
    if folder.trust().is_revoked_container(record.id, record.generation) {
        let why = format!("container {} was revoked: nothing is issued to it", record.serial);
        return Err(Failure::refused("revoked-container", why).into());
    }
    order.certificate = certificate(folder, &record, &context, now)?;
    let issued = record.issue(&order, &folder.papers()?, now, expires);
    let (record, update) = issued.map_err(|refusal| {
        let failure = Failure::refused(refusal.code(), refusal.to_string());
        match refusal {
            IssueRefusal::OutOfStep { .. } => failure.hint(
                "a back office (`tenure office`) can rule about it; with keys alone: make a new container, issue to that, and revoke this one with `tenure keys revoke --container`",
            ),
            _ => failure,
        }
    })?;
    let issuer = issuer(folder, &update, now)?;
    let signer = folder.signer(issuer.id)?;
    let text = paper::signed(&update, &[signer.as_ref()]);
    check_size(&text)?;
    keep(folder, &record)?;
    let (from, to) = (update.from_sequence, update.to_sequence);
    folder.note(
        now,
        &format!("update for container {} made: operations {} to {to}", record.serial, from + 1),
    )?;
    Ok((update, text))
}

/// An update that nobody would read is not issued.
fn check_size(text: &str) -> anyhow::Result<()> {
    match paper::read(text.as_bytes()) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.context("the update would not be accepted").context(
            Failure::refused("update-too-large", "too much for one update")
                .hint("issue fewer items at a time, and take in a new context in between"),
        )),
    }
}

/// The record of the container after this context; refuses when it is out of step.
fn take_in(folder: &KeyFolder, context: &Verified<Context>) -> anyhow::Result<ContainerRecord> {
    let record = read_record(folder.path(), &context.id.serial())?
        .unwrap_or_else(|| ContainerRecord::first_contact(context));
    let finding = record
        .decide_context(context)
        .map_err(|refusal| Failure::refused(refusal.code(), refusal.to_string()))?;
    let record = record.after_context(context, finding);
    if record.standing != Standing::Known && finding != Finding::Retry {
        // The finding itself is worth keeping: the next context may look innocent.
        keep(folder, &record)?;
    }
    Ok(record)
}

fn keep(folder: &KeyFolder, record: &ContainerRecord) -> anyhow::Result<()> {
    let text = serde_json::to_vec_pretty(record)?;
    let path = record_path(folder.path(), &record.serial);
    Ok(write_atomic(&path, &text, 0o600).map_err(explain::vault)?)
}

/// A certificate, where the container has none from the present certifier key.
fn certificate(
    folder: &KeyFolder,
    record: &ContainerRecord,
    context: &Context,
    now: Time,
) -> anyhow::Result<Option<(String, tenure_document::KeyId)>> {
    let certifier = folder.current(Role::Certifier, now, |_| true)?;
    if record.certified_by == Some(certifier.id) {
        return Ok(None);
    }
    // A container whose clock is behind signs with earlier times; how early is bounded by the certifier's own window.
    let not_before = now.minus(DAY).min(context.at).max(certifier.sign_from);
    let signer = folder.signer(certifier.id)?;
    let certificate = certificate_for(record, not_before, None);
    let envelope = tenure_document::seal(&certificate, &[signer.as_ref()]);
    Ok(Some((envelope.to_json(), certifier.id)))
}

/// The issuer key whose scope takes in every product of the update.
fn issuer<'a>(folder: &'a KeyFolder, update: &Update, now: Time) -> anyhow::Result<&'a KeyRecord> {
    let fits = |record: &KeyRecord| {
        let covered = |op: &Op| op.product().is_none_or(|product| record.covers_product(product));
        record.types.iter().any(|name| name == "update")
            && update.ops.iter().all(|numbered| covered(&numbered.op))
    };
    folder.current(Role::Issuer, now, fits)
}

fn items_of(path: &Path) -> anyhow::Result<Vec<Item>> {
    let text = paper::read_file(path)?;
    Ok(read_items(&text)
        .map_err(|error| Failure::refused(error.code(), format!("{}: {error}", path.display())))?)
}

/// `ID` or `ID:COUNT`; an ID with a colon can be withdrawn with the count only.
fn withdrawal(text: &str) -> Result<Withdrawal, Failure> {
    let (item_id, count) = match text.rsplit_once(':') {
        None => (text, None),
        Some((item_id, count)) => {
            let number = count.parse().map_err(|_| {
                Failure::usage(format!(
                    "--withdraw {text}: {count:?} is not a count; write ID or ID:COUNT"
                ))
            })?;
            (item_id, Some(number))
        }
    };
    Ok(Withdrawal { item_id: item_id.to_owned(), count })
}

/// For people; on stderr where the update itself goes to standard output.
fn report(update: &Update, output: Option<&Path>) {
    let (serial, from, to) = (update.id.serial(), update.from_sequence, update.to_sequence);
    let what = match to - from {
        0 => "no new operations".to_owned(),
        1 => format!("operation {to}"),
        _ => format!("operations {} to {to}", from + 1),
    };
    match output {
        Some(path) => {
            say!("update for container {serial}: {what}, written to {}", path.display())
        }
        None => note!("update for container {serial}: {what}"),
    }
}
