//! Keeps the publisher's own documents in the books: key lists, and the revocation list.
//!
//! Kept here: what the key folder has is published when the office starts and when its keys are read again; what the
//! books want revoked goes on a new list, which is signed, kept in the key folder, and then published, in that order, so
//! a crash in between is caught up with at the next start. Deliberately not here: what is revoked (issuing).

use std::sync::Arc;
use std::time::Duration;

use tenure_document::{
    DocumentError, Limits, Revocation, RevokedContainer, read_document, read_json,
};
use tenure_issuing::office::{Command, PublishCommand};
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

/// Runs until the engine stops.
pub(crate) async fn run(app: App, keep: Option<KeepRevocation>, woken: Arc<Notify>) {
    let mut wait = Duration::ZERO;
    loop {
        tokio::time::sleep(wait).await;
        wait = match look(&app, keep.as_ref()).await {
            Ok(()) => {
                woken.notified().await;
                REST
            }
            Err(refused) => {
                let problem = refused.into_problem();
                if problem.code == Code::Stopping.word() {
                    return;
                }
                tracing::warn!(
                    code = problem.code,
                    detail = problem.detail,
                    "nothing was published"
                );
                FAULT_REST
            }
        };
    }
}

async fn look(app: &App, keep: Option<&KeepRevocation>) -> Result<(), Refused> {
    publish_key_folder(app).await?;
    let due = app
        .query(|office, _| {
            let papers = office.papers();
            papers.is_list_due().then(|| {
                let (sequence, list) = (papers.revocation_sequence(), papers.revocation());
                (sequence, list.map(str::to_owned), papers.containers_to_list())
            })
        })
        .await?;
    match due {
        Some((sequence, list, containers)) => revoke(app, keep, sequence, list, containers).await,
        None => Ok(()),
    }
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
        let command = PublishCommand::Keyset {
            by: LOCAL.to_owned(),
            version: *newer,
            document: document.clone(),
        };
        app.submit(Command::Publish(command), None).await?;
    }
    if let Some((newer, document)) =
        papers.revocation.as_ref().filter(|(newer, _)| *newer > sequence)
    {
        let list = parsed(document).map_err(|error| document_refused(&error))?;
        publish(app, *newer, document.clone(), list).await?;
    }
    Ok(())
}

/// Signs, keeps and publishes a new list with all that was on the one before.
async fn revoke(
    app: &App,
    keep: Option<&KeepRevocation>,
    sequence: u64,
    before: Option<String>,
    containers: Vec<RevokedContainer>,
) -> Result<(), Refused> {
    let (keyring, now) = (app.keyring(), app.edge.wall());
    let keys = match &before {
        Some(document) => parsed(document).map_err(|error| document_refused(&error))?.keys,
        None => Vec::new(),
    };
    let sequence = sequence.max(keyring.trust().revocation_sequence()) + 1;
    let list = Revocation { sequence, issued: now, keys, containers };
    let keep = keep.cloned();
    let signed = list.clone();
    let document = app
        .beside(move || {
            let envelope = keyring.revoke(&signed, now).map_err(no_key)?;
            if let Some(keep) = keep {
                keep(&envelope).map_err(|why| Code::StorageFailed.says(why))?;
            }
            Ok::<_, Refused>(envelope.to_json())
        })
        .await??;
    publish(app, sequence, document, list).await
}

async fn publish(
    app: &App,
    sequence: u64,
    document: String,
    list: Revocation,
) -> Result<(), Refused> {
    let Revocation { containers, keys, .. } = list;
    let by = LOCAL.to_owned();
    let command = PublishCommand::Revocation { by, sequence, document, containers, keys };
    app.submit(Command::Publish(command), None).await?;
    Ok(())
}

/// A list that was verified when it was made or read.
fn parsed(document: &str) -> Result<Revocation, DocumentError> {
    read_json(&read_document(document.as_bytes())?.payload, Limits::PAYLOAD)
}
