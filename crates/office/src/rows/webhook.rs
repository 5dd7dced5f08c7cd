//! Webhooks and their messages on the wire.
//!
//! Deliberately not here: secrets; they are shown by the route that makes them.

use tenure_api::office::{Delivery as WireDelivery, DeliveryState, Webhook};
use tenure_issuing::office::{Delivered, Delivery, Hook, HookNo, Office};

/// The running number as people read it.
pub(crate) fn number(no: HookNo) -> String {
    format!("W-{no:07}")
}

/// The number of `W-0000001`, read in either case and with fewer zeros.
pub(crate) fn parse(text: &str) -> Option<HookNo> {
    let digits = text.strip_prefix("W-").or_else(|| text.strip_prefix("w-"))?;
    let plain = (1..=9).contains(&digits.len()) && digits.bytes().all(|one| one.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// A webhook.
pub(crate) fn row(office: &Office, hook: &Hook) -> Webhook {
    Webhook {
        id: number(hook.no),
        url: hook.url.clone(),
        events: match hook.events.is_empty() {
            true => vec!["*".to_owned()],
            false => hook.events.clone(),
        },
        description: hook.description.clone(),
        enabled: hook.enabled,
        failing_since: hook.failing_since,
        switched_off: hook.switched_off,
        waiting: office.hooks().waiting(hook.no).count() as u64,
        given_up: hook.given_up,
        created_at: Some(hook.made),
    }
}

/// A message that waits.
pub(crate) fn waiting_row(delivery: &Delivery) -> WireDelivery {
    WireDelivery {
        id: format!("msg_{}", delivery.no),
        webhook: number(delivery.hook),
        event: delivery.kind.to_string(),
        at: delivery.at,
        state: DeliveryState::Waiting,
        attempts: delivery.attempts,
        next_at: Some(delivery.next_at),
        fault: None,
    }
}

/// A message that arrived, or was given up.
pub(crate) fn ended_row(delivery: &Delivered) -> WireDelivery {
    WireDelivery {
        id: format!("msg_{}", delivery.no),
        webhook: number(delivery.hook),
        event: delivery.kind.to_string(),
        at: delivery.at,
        state: match delivery.given_up {
            None => DeliveryState::Delivered,
            Some(_) => DeliveryState::GivenUp,
        },
        attempts: delivery.attempts,
        next_at: None,
        fault: delivery.given_up.clone(),
    }
}
