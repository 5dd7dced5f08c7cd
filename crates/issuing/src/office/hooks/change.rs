//! Deciding orders about web hooks, and what follows from an attempt.
//!
//! Invariants: only `https`, or `http` on this machine's loopback by its address; the attempts of a delivery follow one
//! schedule; a subscription that failed for days is switched off by the office itself.
//! Deliberately not here: names that lead to private addresses (the shell asks when it connects), sending.

use super::book::{
    DeliveryAttempted, DeliveryNo, FAILING_MAX, HOOKS_MAX, Hook, HookDeleted, HookNo, HookSet,
    HookTested, SCHEDULE, WebhookCommand, fits,
};
use super::refusal::HookRefusal;
use super::tell::TOLD;
use crate::office::event::Event;
use crate::office::state::Office;
use tenure_document::Time;

const URL_MAX: usize = 2_000;
const PATTERN_MAX: usize = 100;
const PATTERNS_MAX: usize = 50;
const TEXT_MAX: usize = 1_000;

type Decided = Result<Vec<Event>, HookRefusal>;

impl Office {
    pub(crate) fn decide_webhook(&self, command: &WebhookCommand, now: Time) -> Decided {
        match command {
            WebhookCommand::Create { by, url, events, description } => {
                if self.hooks.all().len() >= HOOKS_MAX {
                    return Err(HookRefusal::TooMany);
                }
                let hook = Hook {
                    no: self.hooks.next_hook(),
                    url: url.clone(),
                    events: events.clone(),
                    description: description.clone(),
                    enabled: true,
                    secret_generation: 1,
                    made: now,
                    failing_since: None,
                    failed_last: None,
                    switched_off: false,
                    given_up: 0,
                };
                check(&hook)?;
                check_patterns(events)?;
                Ok(vec![set(by, hook)])
            }
            WebhookCommand::Change { by, no, url, events, description, enabled, new_secret } => {
                let before = self.hook(*no)?;
                check_patterns(events.as_deref().unwrap_or_default())?;
                let mut hook = before.clone();
                hook.url = url.clone().unwrap_or(hook.url);
                hook.events = events.clone().unwrap_or(hook.events);
                hook.description = description.clone().unwrap_or(hook.description);
                hook.secret_generation += u32::from(*new_secret);
                if let Some(enabled) = enabled {
                    hook.enabled = *enabled;
                    hook.switched_off = false;
                    if *enabled {
                        hook.begins_anew();
                    }
                }
                check(&hook)?;
                Ok(if hook == *before { Vec::new() } else { vec![set(by, hook)] })
            }
            WebhookCommand::Delete { by, no } => {
                self.hook(*no)?;
                Ok(vec![Event::HookDeleted(HookDeleted { by: by.clone(), no: *no })])
            }
            WebhookCommand::Test { by, no } => {
                self.hook(*no)?;
                Ok(vec![Event::HookTested(HookTested { by: by.clone(), no: *no })])
            }
            WebhookCommand::Attempted { delivery, failed } => {
                self.attempted(*delivery, failed.as_deref(), now)
            }
        }
    }

    fn hook(&self, no: HookNo) -> Result<&Hook, HookRefusal> {
        self.hooks.get(no).ok_or(HookRefusal::HookUnknown { no })
    }

    fn attempted(&self, no: DeliveryNo, failed: Option<&str>, now: Time) -> Decided {
        let unknown = HookRefusal::DeliveryUnknown { no };
        let delivery = self.hooks.delivery(no).ok_or(unknown)?;
        let again = SCHEDULE.get(delivery.attempts as usize).map(|wait| now.plus(*wait));
        let mut events = vec![Event::DeliveryAttempted(DeliveryAttempted {
            delivery: no,
            failed: failed.map(|why| why.chars().take(TEXT_MAX).collect()),
            next_at: again.filter(|_| failed.is_some()),
        })];
        let hook = self.hooks.get(delivery.hook);
        let tired = |hook: &&Hook| {
            let since =
                hook.failing_without_pause(now).filter(|_| failed.is_some() && hook.enabled);
            since.is_some_and(|since| now >= since.plus(FAILING_MAX))
        };
        if let Some(hook) = hook.filter(tired) {
            let mut hook = hook.clone();
            hook.enabled = false;
            hook.switched_off = true;
            events.push(Event::HookSet(HookSet { by: None, hook }));
        }
        Ok(events)
    }
}

fn set(by: &str, hook: Hook) -> Event {
    Event::HookSet(HookSet { by: Some(by.to_owned()), hook })
}

fn check(hook: &Hook) -> Result<(), HookRefusal> {
    let texts =
        [("the address", &hook.url, URL_MAX), ("the description", &hook.description, TEXT_MAX)];
    for (member, text, most) in texts {
        let length = text.chars().count();
        if length > most {
            return Err(HookRefusal::TooLong { member, most, length });
        }
    }
    if let Some(why) = url_fault(&hook.url) {
        return Err(HookRefusal::BadUrl { url: hook.url.clone(), why });
    }
    if hook.events.len() > PATTERNS_MAX {
        let length = hook.events.len();
        return Err(HookRefusal::TooLong {
            member: "the list of patterns",
            most: PATTERNS_MAX,
            length,
        });
    }
    for pattern in &hook.events {
        let right = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '*';
        let why = match () {
            () if pattern.is_empty() => "it is empty",
            () if pattern.len() > PATTERN_MAX => "it is too long",
            () if !pattern.chars().all(right) => {
                "event types are lower case with hyphens, such as container-*"
            }
            () if pattern.matches('*').count() > 3 => "it has more than three *",
            () => continue,
        };
        let pattern = pattern.chars().take(PATTERN_MAX).collect();
        return Err(HookRefusal::BadPattern { pattern, why });
    }
    Ok(())
}

/// Patterns that are new must fit something; those of old may wait for events that are no more.
fn check_patterns(patterns: &[String]) -> Result<(), HookRefusal> {
    let fits_none = |pattern: &&String| !TOLD.iter().any(|kind| fits(pattern, kind));
    match patterns.iter().find(fits_none) {
        None => Ok(()),
        Some(pattern) => {
            let pattern = pattern.chars().take(PATTERN_MAX).collect();
            let why = "no message has such a type; they are those of the journal, such as activated or container-*";
            Err(HookRefusal::BadPattern { pattern, why })
        }
    }
}

/// What is wrong with an address.
fn url_fault(url: &str) -> Option<&'static str> {
    if url.chars().any(|c| c.is_control() || c.is_whitespace()) || !url.is_ascii() {
        return Some("it holds characters that no address has");
    }
    let (secure, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Some("it must begin with https://"),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        return Some("it names no host");
    }
    if authority.contains('@') {
        return Some("it holds a user name or password; web hooks are signed instead");
    }
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let loopback = host == "::1" || is_loopback_v4(host);
    match secure || loopback {
        true => None,
        false => Some("without TLS only 127.0.0.1 and [::1] can be told; use https://"),
    }
}

/// Whether this is an address of the form 127.x.x.x.
fn is_loopback_v4(host: &str) -> bool {
    let parts: Option<Vec<u8>> = host.split('.').map(|part| part.parse().ok()).collect();
    parts.is_some_and(|parts| parts.len() == 4 && parts[0] == 127)
}
