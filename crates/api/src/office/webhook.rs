//! Webhooks: who is told of which changes, and what became of each message.
//!
//! Messages are signed as Standard Webhooks says (`webhook-id`, `webhook-timestamp`, `webhook-signature`). The secret
//! is shown once, when the webhook is made or its secret is changed, and never by `Debug`.

use std::fmt;

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use utoipa::ToSchema;

/// `POST /api/v1/webhooks`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookRequest {
    /// Where messages go: `https`, or `http` on this machine.
    #[schema(example = "https://erp.example.com/tenure")]
    pub url: String,
    /// Kinds of events; `*` stands for any part (`entitlement.*`). All when left out.
    #[serde(default = "all")]
    pub events: Vec<String>,
    /// For people.
    #[serde(default)]
    pub description: String,
}

fn all() -> Vec<String> {
    vec!["*".to_owned()]
}

/// `PATCH /api/v1/webhooks/{id}`: what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChange {
    /// Another address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Other kinds of events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// Off or on; on again begins anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Another description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    /// Its ID.
    #[schema(example = "W-0000001")]
    pub id: String,
    /// Where messages go.
    pub url: String,
    /// Kinds of events.
    pub events: Vec<String>,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// Messages are sent.
    pub enabled: bool,
    /// No message has arrived since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failing_since: Option<Time>,
    /// The office switched it off because it failed for days.
    #[serde(default)]
    pub switched_off: bool,
    /// Messages that wait.
    #[serde(default)]
    pub waiting: u64,
    /// Messages that were given up.
    #[serde(default)]
    pub given_up: u64,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Time>,
}

/// A webhook and its secret, shown this once.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookSecret {
    /// The webhook.
    pub webhook: Webhook,
    /// The key that messages are signed with.
    #[schema(example = "whsec_…")]
    pub secret: String,
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSecret").field("webhook", &self.webhook).finish_non_exhaustive()
    }
}

/// How a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// It will be sent, or sent again.
    Waiting,
    /// It arrived.
    Delivered,
    /// It was tried often enough.
    GivenUp,
}

/// One message to one webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// Its ID, the same in every attempt.
    #[schema(example = "msg_0000000000001")]
    pub id: String,
    /// The webhook.
    pub webhook: String,
    /// Kind of event.
    #[schema(example = "activation.confirmed")]
    pub event: String,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// How it stands.
    pub state: DeliveryState,
    /// How often it was sent.
    pub attempts: u32,
    /// When it is sent next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_at: Option<Time>,
    /// What went wrong last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}
