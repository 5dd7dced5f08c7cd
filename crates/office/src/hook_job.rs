//! Sends what is due to web hooks, and says in the books how it went.
//!
//! Kept here: one message at a time to one hook, a few hooks at once and in turn, so that one that hangs holds up nobody
//! else; each message has the same number and body every time it is sent; an attempt counts once its outcome is
//! recorded, so a crash sends again rather than never.
//! Deliberately not here: which events are told, when an attempt is repeated or given up (issuing), secrets
//! (`hook_secret`).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tenure_api::ApiError;
use tenure_api::client::Outgoing;
use tenure_issuing::office::{Command, Delivery, HookNo, WebhookCommand};
use tenure_ledger::{Fault, SubmitError};
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};

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
    hook: HookNo,
    generation: u32,
    url: String,
    body: Box<str>,
    seconds: i64,
}

/// How an attempt went: of which delivery, and why it failed.
type Sent = (u64, Option<String>);

/// What is under way.
#[derive(Default)]
struct UnderWay {
    sending: JoinSet<Sent>,
    hooks: HashMap<Id, HookNo>,
    /// The hook whose turn was last.
    last: HookNo,
}

/// Runs until the engine stops.
pub(crate) async fn run(app: App, outgoing: Outgoing, secrets: HookSecrets, woken: Arc<Notify>) {
    let mut under_way = UnderWay::default();
    loop {
        let looked = match begin_due(&app, &outgoing, &secrets, &mut under_way).await {
            Ok(rest) => tokio::select! {
                Some(ended) = under_way.sending.join_next_with_id() => {
                    record(&app, &mut under_way, ended).await
                }
                () = rest_or_wake(rest, &woken) => Ok(()),
            },
            Err(fault) => Err(fault),
        };
        match looked {
            Ok(()) => {}
            Err(Fault::Stopped) => return,
            Err(_) => tokio::time::sleep(FAULT_REST).await,
        }
    }
}

async fn rest_or_wake(rest: Duration, woken: &Notify) {
    tokio::time::sleep(REST).await;
    let _whichever_comes_first =
        tokio::time::timeout(rest.saturating_sub(REST), woken.notified()).await;
}

/// Begins to send what is due now; how long nothing else will be due.
async fn begin_due(
    app: &App,
    outgoing: &Outgoing,
    secrets: &HookSecrets,
    under_way: &mut UnderWay,
) -> Result<Duration, Fault> {
    let last = under_way.last;
    let mut busy: BTreeSet<HookNo> = under_way.hooks.values().copied().collect();
    let free = AT_ONCE - busy.len();
    let (due, rest) = app
        .query(move |office, now| {
            let hooks = office.hooks();
            let message = |delivery: &Delivery| {
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
            let mut due = hooks.due(now.at, &busy);
            // In turn: hooks with much to tell don't take every free place again.
            due.sort_by_key(|one| (one.hook <= last, one.hook));
            let due: Vec<Message> = due.into_iter().take(free).filter_map(message).collect();
            busy.extend(due.iter().map(|message| message.hook));
            let until = |at: tenure_document::Time| {
                let millis = at.as_millis().saturating_sub(now.at.as_millis());
                Duration::from_millis(u64::try_from(millis).unwrap_or(0))
            };
            // Without a free place the next outcome is what there is to wait for.
            let next = (busy.len() < AT_ONCE).then(|| hooks.next_due(&busy)).flatten();
            (due, next.map_or(LOOK, until).min(LOOK))
        })
        .await?;
    for message in due {
        under_way.begin(outgoing, secrets, message);
    }
    Ok(rest)
}

impl UnderWay {
    fn begin(&mut self, outgoing: &Outgoing, secrets: &HookSecrets, message: Message) {
        let (outgoing, secrets, hook) = (outgoing.clone(), secrets.clone(), message.hook);
        let task = self.sending.spawn_blocking(move || {
            let failed = send(&outgoing, &secrets, &message).err();
            (message.delivery, failed)
        });
        self.hooks.insert(task.id(), hook);
        self.last = hook;
    }
}

/// Says in the books how an attempt went; one that ended without an outcome is made again.
async fn record(
    app: &App,
    under_way: &mut UnderWay,
    ended: Result<(Id, Sent), JoinError>,
) -> Result<(), Fault> {
    let task = ended.as_ref().map_or_else(JoinError::id, |(task, _)| *task);
    under_way.hooks.remove(&task);
    let Ok((_, (delivery, failed))) = ended else { return Ok(()) };
    if let Some(why) = &failed {
        tracing::info!(delivery, why, "a message to a web hook failed");
    }
    let command = WebhookCommand::Attempted { delivery, failed };
    match app.engine.submit(Command::Webhook(command), None).await {
        Err(SubmitError::Fault(fault)) => Err(fault),
        _ => Ok(()),
    }
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
