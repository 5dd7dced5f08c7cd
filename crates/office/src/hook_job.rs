//! Sends what is due to web hooks, and says in the books how it went.
//!
//! Kept here: one message at a time to one hook, a few hooks at once; each message has the same number and body every
//! time it is sent; an attempt counts once its outcome is recorded, so a crash sends again rather than never.
//! Deliberately not here: which events are told, when an attempt is repeated or given up (issuing), secrets
//! (`hook_secret`).

use std::sync::Arc;
use std::time::Duration;

use tenure_api::ApiError;
use tenure_api::client::Outgoing;
use tenure_issuing::office::{Command, WebhookCommand};
use tenure_ledger::Fault;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::app::App;
use crate::hook_secret::HookSecrets;

/// Messages under way at once.
const AT_ONCE: usize = 16;
/// So long the job rests after it was woken for nothing: events come by the hundred, messages do not.
const REST: Duration = Duration::from_millis(200);
/// So long after a fault of the ledger.
const FAULT_REST: Duration = Duration::from_secs(10);
/// It looks at least so often.
const LOOK: Duration = Duration::from_secs(60);
/// Longest reason that is recorded, in characters.
const REASON_MAX: usize = 200;

/// One message to send.
struct Message {
    delivery: u64,
    hook: u32,
    generation: u32,
    url: String,
    body: Box<str>,
    seconds: i64,
}

/// Runs until the engine stops.
pub(crate) async fn run(app: App, outgoing: Outgoing, secrets: HookSecrets, woken: Arc<Notify>) {
    loop {
        let rest = match send_due(&app, &outgoing, &secrets).await {
            Ok(Some(rest)) => rest,
            Ok(None) => continue,
            Err(Fault::Stopped) => return,
            Err(_) => FAULT_REST,
        };
        tokio::time::sleep(rest.min(REST)).await;
        let _whichever_comes_first =
            tokio::time::timeout(rest.saturating_sub(REST), woken.notified()).await;
    }
}

/// Sends what is due now; how long nothing will be due when there was nothing.
async fn send_due(
    app: &App,
    outgoing: &Outgoing,
    secrets: &HookSecrets,
) -> Result<Option<Duration>, Fault> {
    let (due, rest) = app
        .query(|office, now| {
            let hooks = office.hooks();
            let message = |delivery: &tenure_issuing::office::Delivery| {
                let hook = hooks.get(delivery.hook)?;
                Some(Message {
                    delivery: delivery.no,
                    hook: hook.no,
                    generation: hook.secret_generation,
                    url: hook.url.clone(),
                    body: delivery.body.clone(),
                    seconds: now.wall.as_millis().div_euclid(1000),
                })
            };
            let due = hooks.due(now.at).into_iter().take(AT_ONCE).filter_map(message);
            let until = |at: tenure_document::Time| {
                let millis = at.as_millis().saturating_sub(now.at.as_millis());
                Duration::from_millis(u64::try_from(millis).unwrap_or(0))
            };
            (due.collect::<Vec<_>>(), hooks.next_due().map_or(LOOK, until).min(LOOK))
        })
        .await?;
    if due.is_empty() {
        return Ok(Some(rest.max(REST)));
    }
    let mut sending = JoinSet::new();
    for message in due {
        let (outgoing, secrets) = (outgoing.clone(), secrets.clone());
        sending.spawn_blocking(move || {
            let failed = send(&outgoing, &secrets, &message).err();
            (message.delivery, failed)
        });
    }
    while let Some(sent) = sending.join_next().await {
        let Ok((delivery, failed)) = sent else { continue };
        if let Some(why) = &failed {
            tracing::info!(delivery, why, "a message to a web hook failed");
        }
        let command = WebhookCommand::Attempted { delivery, failed };
        let submitted = app.engine.submit(Command::Webhook(command), None).await;
        if let Err(tenure_ledger::SubmitError::Fault(fault)) = submitted {
            return Err(fault);
        }
    }
    Ok(None)
}

fn send(outgoing: &Outgoing, secrets: &HookSecrets, message: &Message) -> Result<(), String> {
    let id = format!("msg_{}", message.delivery);
    let timestamp = message.seconds.to_string();
    let of = (message.hook, message.generation);
    let signature = secrets.signature(of, &id, message.seconds, &message.body);
    let headers = [
        ("webhook-id", id.as_str()),
        ("webhook-timestamp", timestamp.as_str()),
        ("webhook-signature", signature.as_str()),
    ];
    match outgoing.post_json(&message.url, &headers, message.body.as_bytes()) {
        Ok(200..=299) => Ok(()),
        Ok(status) => Err(format!("it answered with status {status}")),
        Err(ApiError::Unreachable { reason, .. }) => Err(short(&reason)),
        Err(error) => Err(short(&error.to_string())),
    }
}

fn short(reason: &str) -> String {
    reason.chars().filter(|c| !c.is_control()).take(REASON_MAX).collect()
}
