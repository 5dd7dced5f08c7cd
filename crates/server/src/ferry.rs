//! The documents of the server's container: context out, update in, receipt out, whoever carries them.
//!
//! Kept here: an update's signatures are checked before the state is asked, off the async workers; whatever
//! comes out of an update comes with the receipt. Deliberately not here: whether an update fits (container), who may
//! carry (the handlers), going to the office with them (office).

use tenure_api::{UpdateAnswer, UpdateResult};
use tenure_container::{ContainerEvent, UpdateRefusal, open_update};
use tenure_document::{OpOutcome, Payload, Receipt, armor, read_document, seal, summarize};
use tenure_leasing::{Command, Event};
use tenure_shell::outside::random;
use tenure_shell::problem::{Code, Refused};

use crate::app::App;
use crate::refusal::refused;

/// The context, armored: what the office needs to make an update.
pub(crate) async fn context(app: &App) -> Result<String, Refused> {
    let context = app
        .query(|leasing, now| leasing.container().context(now.at, |item| leasing.consumed(item)))
        .await?;
    Ok(signed(app, &context))
}

/// The receipt, armored: proof of what was applied.
pub(crate) async fn receipt(app: &App) -> Result<String, Refused> {
    let receipt = app.query(|leasing, now| leasing.container().receipt(now.at)).await?;
    Ok(signed(app, &receipt))
}

/// Applies an update in any of its forms.
///
/// # Errors
/// Why it is not this container's, not in order, or not to be trusted; nothing has changed then.
pub(crate) async fn apply(app: &App, bytes: &[u8]) -> Result<UpdateAnswer, Refused> {
    let envelope =
        read_document(bytes).map_err(|fault| refused(UpdateRefusal::Unverified(fault)))?;
    let (trust, at) = app
        .query(|leasing, now| {
            let container = leasing.container();
            (container.trust(), container.clock().rights(now.reading).items)
        })
        .await?;
    let trust = trust.map_err(|fault| {
        tracing::error!(%fault, "the container's own trust can't be read");
        Code::Internal.says("The container's stored documents can't be read.")
    })?;
    let entropy = random().ok_or_else(|| Code::Internal.says("The system has no randomness."))?;
    let opened = tokio::task::spawn_blocking(move || open_update(trust, &envelope, at, entropy))
        .await
        .map_err(|_| Code::Internal.says("The update could not be checked."))?
        .map_err(refused)?;
    let outcome = app.submit(Command::ApplyUpdate(Box::new(opened)), None).await?;
    let applied: Vec<u64> = outcome.events.iter().flat_map(applied_operations).collect();
    let receipt: Receipt = app.query(|leasing, now| leasing.container().receipt(now.at)).await?;
    let results = receipt.results.iter().filter(|result| applied.contains(&result.sequence));
    Ok(UpdateAnswer {
        already_applied: outcome.events.is_empty(),
        sequence: receipt.sequence,
        history_hash: receipt.history_hash,
        results: results
            .map(|result| UpdateResult {
                sequence: result.sequence,
                op_id: result.op_id.clone(),
                result: outcome_word(result.result).to_owned(),
            })
            .collect(),
        receipt: signed(app, &receipt),
    })
}

fn outcome_word(outcome: OpOutcome) -> &'static str {
    match outcome {
        OpOutcome::Applied => "applied",
        OpOutcome::NoEffect => "no-effect",
    }
}

fn applied_operations(event: &Event) -> Vec<u64> {
    match event {
        Event::Container(ContainerEvent::Updated { ops, .. }) => {
            ops.iter().map(|numbered| numbered.sequence).collect()
        }
        _ => Vec::new(),
    }
}

/// The armored document, signed by the container's identity.
fn signed<P: Payload>(app: &App, payload: &P) -> String {
    let envelope = seal(payload, &[app.identity.as_ref()]);
    armor(&envelope, &summarize(&envelope))
}
