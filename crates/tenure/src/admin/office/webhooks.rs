//! `tenure admin webhooks`: who is told of changes.
//!
//! A secret is shown once, when it is made. Deliberately not here: verifying messages; docs/OFFICE.md shows how.

use super::super::{
    connect::Connection,
    output::{Column, Output, instant, instant_or},
    problem::failure,
    wanted::new_key,
};
use super::lists::{OfficeListFlags, lists};
use clap::Subcommand;
use tenure_api::office::{DeliveryState, Webhook, WebhookChange, WebhookRequest, WebhookSecret};

/// Webhooks.
#[derive(Debug, Subcommand)]
pub enum WebhooksCommand {
    /// All webhooks.
    List(OfficeListFlags),
    /// Make a webhook; its secret is shown this once.
    Add {
        /// Where messages go: https, or http on this machine.
        url: String,
        /// Kinds of events, with commas; `*` stands for any part.
        #[arg(long, value_delimiter = ',', default_value = "*")]
        events: Vec<String>,
        /// For people.
        #[arg(long, default_value = "")]
        description: String,
    },
    /// Change a webhook; what is not said stays.
    Edit {
        /// Its ID (W-0000001).
        id: String,
        /// Where messages go.
        #[arg(long)]
        url: Option<String>,
        /// Kinds of events, with commas.
        #[arg(long, value_delimiter = ',')]
        events: Option<Vec<String>>,
        /// Off or on; on again begins anew.
        #[arg(long)]
        enabled: Option<bool>,
    },
    /// Delete a webhook and what waits for it.
    Delete {
        /// Its ID (W-0000001).
        id: String,
    },
    /// Give it another secret, shown this once; the old one is no longer used.
    Secret {
        /// Its ID (W-0000001).
        id: String,
    },
    /// Send the message `webhook.test`.
    Test {
        /// Its ID (W-0000001).
        id: String,
    },
    /// Its messages: those that wait, then those that ended.
    Deliveries {
        /// Its ID (W-0000001).
        id: String,
        #[command(flatten)]
        flags: OfficeListFlags,
    },
}

lists!(WebhooksCommand);

/// `webhooks …`
pub fn run(at: &Connection, out: &Output, command: &WebhooksCommand) -> anyhow::Result<()> {
    let office = at.office()?;
    match command {
        WebhooksCommand::List(flags) => {
            let page = office.webhooks(&flags.list()).map_err(failure)?;
            let columns = [
                Column::Text("webhook"),
                Column::Text("address"),
                Column::Text("events"),
                Column::Text("state"),
                Column::Number("waiting"),
                Column::Text("description"),
            ];
            let empty = "no webhooks: make one with `tenure admin webhooks add URL`";
            out.page(&page, &columns, &flags.or_none_fit(empty), |hook| {
                vec![
                    hook.id.clone(),
                    hook.url.clone(),
                    hook.events.join(", "),
                    state(hook),
                    hook.waiting.to_string(),
                    hook.description.clone(),
                ]
            })
        }
        WebhooksCommand::Add { url, events, description } => {
            let request = WebhookRequest {
                url: url.clone(),
                events: events.clone(),
                description: description.clone(),
            };
            secret(out, &office.create_webhook(&request, &new_key()?).map_err(failure)?)
        }
        WebhooksCommand::Edit { id, url, events, enabled } => {
            let change = WebhookChange {
                url: url.clone(),
                events: events.clone(),
                enabled: *enabled,
                description: None,
            };
            let hook = office.change_webhook(id, &change).map_err(failure)?;
            out.said(&hook, &format!("webhook {} is {}", hook.id, state(&hook)))
        }
        WebhooksCommand::Delete { id } => {
            office.delete_webhook(id).map_err(failure)?;
            out.said(&serde_json::json!({"deleted": id}), &format!("webhook {id} deleted"))
        }
        WebhooksCommand::Secret { id } => {
            secret(out, &office.rotate_webhook_secret(id, &new_key()?).map_err(failure)?)
        }
        WebhooksCommand::Test { id } => {
            let message = office.test_webhook(id, &new_key()?).map_err(failure)?;
            out.said(&message, &format!("message {} is on its way", message.id))
        }
        WebhooksCommand::Deliveries { id, flags } => deliveries(at, out, id, flags),
    }
}

fn deliveries(
    at: &Connection,
    out: &Output,
    id: &str,
    flags: &OfficeListFlags,
) -> anyhow::Result<()> {
    let office = at.office()?;
    let page = office.deliveries(id, &flags.list()).map_err(failure)?;
    let columns = [
        Column::Text("message"),
        Column::Text("event"),
        Column::Text("when"),
        Column::Text("state"),
        Column::Number("attempts"),
        Column::Text("next"),
        Column::Text("fault"),
    ];
    out.page(&page, &columns, &flags.or_none_fit("no messages"), |message| {
        vec![
            message.id.clone(),
            message.event.clone(),
            instant(message.at),
            match message.state {
                DeliveryState::Waiting => "waiting",
                DeliveryState::Delivered => "delivered",
                DeliveryState::GivenUp => "given up",
            }
            .to_owned(),
            message.attempts.to_string(),
            instant_or(message.next_at, ""),
            message.fault.clone().unwrap_or_default(),
        ]
    })
}

fn secret(out: &Output, made: &WebhookSecret) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(made);
    }
    out.facts(&[
        ("webhook", made.webhook.id.clone()),
        ("address", made.webhook.url.clone()),
        ("secret", made.secret.clone()),
    ])?;
    out.line("keep the secret: it is not shown again")
}

fn state(hook: &Webhook) -> String {
    match (hook.enabled, hook.switched_off, hook.failing_since) {
        (_, true, _) => "switched off: it failed for days".to_owned(),
        (false, ..) => "off".to_owned(),
        (true, _, Some(since)) => format!("failing since {}", instant(since)),
        (true, ..) => "on".to_owned(),
    }
}
