//! Keeps the publisher's own documents in the books: key lists, and the revocation list.
//!
//! Kept here: what the key folder has is published when the office starts and when its keys are read again; what the
//! books want revoked goes on a new list, which is signed, kept in the key folder, and then published, in that order, so
//! a crash in between is caught up with at the next start. Where a second person must approve, one question is open and
//! no more. Lists are warned of before they are too long to travel. Deliberately not here: what is revoked (issuing).

use std::sync::Arc;
use std::time::Duration;

use tenure_api::Problem;
use tenure_document::{DocumentError, Limits, Revocation, read_document, read_json};
use tenure_issuing::office::{Command, Office, PublishCommand};
use tenure_shell::access::LOCAL;
use tenure_shell::problem::{Code, Refused};
use tokio::sync::Notify;

use crate::app::App;
use crate::options::KeepRevocation;
use crate::refusal::{document_refused, no_key};

/// So long the job rests between two looks.
const REST: Duration = Duration::from_secs(1);
/// So long after something stood in the way.
const FAULT_REST: Duration = Duration::from_secs(30);
/// From so many percent of the longest revocation list on each new one is warned of.
const NEARLY_FULL: usize = 80;

/// A list that is signed, kept, and not yet in the books.
#[derive(Clone)]
struct Signed {
    list: Revocation,
    document: String,
}

/// Runs until the engine stops.
pub(crate) async fn run(app: App, keep: Option<KeepRevocation>, woken: Arc<Notify>) {
    let mut signed = None;
    loop {
        let wait = match look(&app, keep.as_ref(), &mut signed).await {
            Ok(()) => {
                woken.notified().await;
                REST
            }
            Err(refused) => {
                let Problem { code, detail, .. } = refused.into_problem();
                if code == Code::Stopping.word() {
                    return;
                }
                tracing::warn!(code, detail, "a key or revocation list was not published");
                FAULT_REST
            }
        };
        tokio::time::sleep(wait).await;
    }
}

async fn look(
    app: &App,
    keep: Option<&KeepRevocation>,
    signed: &mut Option<Signed>,
) -> Result<(), Refused> {
    publish_key_folder(app).await?;
    if signed.is_none() {
        let wanted = app.query(|office, now| office.revocation_wanted(now.wall)).await?;
        if let Some(list) = wanted {
            *signed = Some(sign(app, keep, list).await?);
        }
    }
    if let Some(Signed { list, document }) = signed.clone()
        && bring(app, revocation(document, list)).await?
    {
        *signed = None;
        let percent = app.query(|office, _| office.revocation_list_percent()).await?;
        if percent >= NEARLY_FULL {
            tracing::warn!(
                percent,
                "the revocation list is nearly full: then nothing more can be revoked"
            );
        }
    }
    Ok(())
}

/// Publishes what the key folder has and the books don't.
async fn publish_key_folder(app: &App) -> Result<(), Refused> {
    let keyring = app.keyring();
    let (version, sequence) = app
        .query(|office, _| {
            let papers = office.papers();
            (papers.keyset_version(), papers.revocation_sequence())
        })
        .await?;
    let papers = keyring.papers();
    for (newer, document) in papers.keysets.iter().filter(|(newer, _)| *newer > version) {
        let (by, document) = (LOCAL.to_owned(), document.clone());
        // A list with another root holds only after the one before it: those after it wait until it is published.
        if !bring(app, PublishCommand::Keyset { by, version: *newer, document }).await? {
            break;
        }
    }
    let list = papers.revocation.as_ref().filter(|(newer, _)| *newer > sequence);
    if let Some((_, document)) = list {
        let list = parsed(document).map_err(|error| document_refused(&error))?;
        bring(app, revocation(document.clone(), list)).await?;
    }
    Ok(())
}

/// Signs a list and has it kept.
async fn sign(
    app: &App,
    keep: Option<&KeepRevocation>,
    list: Revocation,
) -> Result<Signed, Refused> {
    let (keyring, keep, now) = (app.keyring(), keep.cloned(), app.edge.wall());
    let work = move || {
        let envelope = keyring.revoke(&list, now).map_err(no_key)?;
        if let Some(keep) = keep {
            keep(&envelope).map_err(|why| Code::StorageFailed.says(why))?;
        }
        Ok(Signed { list, document: envelope.to_json() })
    };
    app.beside(work).await?
}

fn revocation(document: String, list: Revocation) -> PublishCommand {
    let Revocation { sequence, containers, keys, .. } = list;
    let by = LOCAL.to_owned();
    PublishCommand::Revocation { by, sequence, document, containers, keys }
}

/// Has a list published; false while a second person is asked about it. Nobody is asked twice.
async fn bring(app: &App, command: PublishCommand) -> Result<bool, Refused> {
    let wanted = number(&command);
    let standing = move |office: &Office| {
        let papers = office.papers();
        let published = match wanted {
            List::Keyset(version) => papers.keyset_version() >= version,
            List::Revocation(sequence) => papers.revocation_sequence() >= sequence,
        };
        let is_about_it = |command: &Command| match command {
            Command::Publish(command) => number(command) == wanted,
            _ => false,
        };
        let asked = office.approvals().open().any(|question| is_about_it(&question.command));
        (published, asked)
    };
    let (published, asked) = app.query(move |office, _| standing(office)).await?;
    if published || asked {
        return Ok(published);
    }
    app.submit(Command::Publish(command), None).await?;
    Ok(app.query(move |office, _| standing(office)).await?.0)
}

/// Which list, whatever is in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Keyset(u64),
    Revocation(u64),
}

fn number(command: &PublishCommand) -> List {
    match command {
        PublishCommand::Keyset { version, .. } => List::Keyset(*version),
        PublishCommand::Revocation { sequence, .. } => List::Revocation(*sequence),
    }
}

/// A list that was verified when it was made or read.
fn parsed(document: &str) -> Result<Revocation, DocumentError> {
    read_json(&read_document(document.as_bytes())?.payload, Limits::PAYLOAD)
}
