//! Web hooks: who is told of which events, and what is still to be told.
//!
//! Invariants: an event is told to every subscription whose patterns it fits, at least once, with the same `msg_` number
//! every time; the queue of deliveries is bounded for each subscription: of one that does not answer, the oldest are
//! given up and counted; secrets are never here, only the generation they are made from.
//! Deliberately not here: sending, signing, checking addresses (the shell); which events are told (`tell`).

use crate::office::terms::is_default;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use tenure_document::Time;

const SECOND: u64 = 1;
const MINUTE: u64 = 60;
const HOUR: u64 = 3_600;

/// How long after a failed attempt the next one is made; after the last it is given up.
pub const SCHEDULE: [Duration; 9] = [
    Duration::from_secs(5 * SECOND),
    Duration::from_secs(5 * MINUTE),
    Duration::from_secs(30 * MINUTE),
    Duration::from_secs(2 * HOUR),
    Duration::from_secs(5 * HOUR),
    Duration::from_secs(10 * HOUR),
    Duration::from_secs(14 * HOUR),
    Duration::from_secs(20 * HOUR),
    Duration::from_secs(24 * HOUR),
];
/// A subscription that failed for so long without one success is switched off.
pub const FAILING_MAX: Duration = Duration::from_secs(5 * 24 * HOUR);
/// A pause in which nothing was tried for so long says nothing about a subscription: it fails anew after it.
const PAUSE_MAX: Duration = Duration::from_secs(48 * HOUR);
/// The most subscriptions.
pub const HOOKS_MAX: usize = 50;
/// The most deliveries that wait for one subscription.
pub const WAITING_MAX: usize = 10_000;
/// How many that ended are kept for people to look at.
const ENDED_MAX: usize = 500;

/// The running number of a subscription.
pub type HookNo = u32;
/// The running number of a delivery; its text is `msg_` and the number.
pub type DeliveryNo = u64;

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// Its number, from 1.
    pub no: HookNo,
    /// Where it is told.
    pub url: String,
    /// Patterns of event types, `*` stands for any text; none: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// What it is for, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether it is told anything.
    pub enabled: bool,
    /// Grows when its secret is made anew.
    pub secret_generation: u32,
    /// Since when.
    pub made: Time,
    /// Since when no delivery succeeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Time>,
    /// The last attempt that failed; absent in old entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_last: Option<Time>,
    /// The office switched it off because it failed for too long.
    #[serde(default, skip_serializing_if = "is_default")]
    pub switched_off: bool,
    /// Deliveries that were given up.
    #[serde(default, skip_serializing_if = "is_default")]
    pub given_up: u64,
}

impl Hook {
    /// Since when it fails without a pause; none: an attempt that fails `now` is the first one.
    pub(crate) fn failing_without_pause(&self, now: Time) -> Option<Time> {
        let last = self.failed_last.or(self.failing_since)?;
        self.failing_since.filter(|_| now <= last.plus(PAUSE_MAX))
    }

    fn failed(&mut self, at: Time) {
        self.failing_since = self.failing_without_pause(at).or(Some(at));
        self.failed_last = Some(at);
    }

    pub(crate) fn begins_anew(&mut self) {
        (self.failing_since, self.failed_last) = (None, None);
    }
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// Its number.
    pub no: DeliveryNo,
    /// To which subscription.
    pub hook: HookNo,
    /// The body, as it is signed and sent every time.
    pub body: Box<str>,
    /// The type of event it tells of.
    pub kind: Box<str>,
    /// When it came about.
    pub at: Time,
    /// Attempts that failed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attempts: u32,
    /// The next attempt.
    pub next_at: Time,
}

/// A delivery that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivered {
    /// Its number.
    pub no: DeliveryNo,
    /// To which subscription.
    pub hook: HookNo,
    /// The type of event it told of.
    pub kind: Box<str>,
    /// Attempts that were made.
    pub attempts: u32,
    /// When it ended.
    pub at: Time,
    /// Why it was given up; none: it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<String>,
}

/// An order about web hooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum WebhookCommand {
    /// Make a subscription.
    Create {
        /// By whom.
        by: String,
        /// Where it is told.
        url: String,
        /// Patterns of event types.
        #[serde(default)]
        events: Vec<String>,
        /// What it is for.
        #[serde(default)]
        description: String,
    },
    /// Change one; what is absent stays.
    Change {
        /// By whom.
        by: String,
        /// Which.
        no: HookNo,
        /// Where it is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// Patterns of event types.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        events: Option<Vec<String>>,
        /// What it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// Whether it is told anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        enabled: Option<bool>,
        /// Make its secret anew.
        #[serde(default, skip_serializing_if = "is_default")]
        new_secret: bool,
    },
    /// Delete one and what waits for it.
    Delete {
        /// By whom.
        by: String,
        /// Which.
        no: HookNo,
    },
    /// Send something to see whether it arrives.
    Test {
        /// By whom.
        by: String,
        /// Which.
        no: HookNo,
    },
    /// Say how an attempt went: the sender does.
    Attempted {
        /// Which.
        delivery: DeliveryNo,
        /// Why it failed; none: it arrived.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failed: Option<String>,
    },
}

/// A subscription was made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookSet {
    /// By whom; none: by the office itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// From now on.
    pub hook: Hook,
}

/// A subscription was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookDeleted {
    /// By whom.
    pub by: String,
    /// Which.
    pub no: HookNo,
}

/// A test was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookTested {
    /// By whom.
    pub by: String,
    /// Which subscription.
    pub no: HookNo,
}

/// An attempt was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryAttempted {
    /// Which delivery.
    pub delivery: DeliveryNo,
    /// Why it failed; none: it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// The next attempt; none after a failure: it is given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Time>,
}

/// All subscriptions, what waits for them, and the last that ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webhooks {
    next_hook: HookNo,
    next_delivery: DeliveryNo,
    hooks: BTreeMap<HookNo, Hook>,
    waiting: BTreeMap<DeliveryNo, Delivery>,
    /// What waits for each subscription.
    queues: BTreeMap<HookNo, BTreeSet<DeliveryNo>>,
    /// Waiting deliveries by the time of their next attempt.
    due: BTreeSet<(Time, DeliveryNo)>,
    ended: VecDeque<Delivered>,
}

impl Webhooks {
    /// One subscription.
    pub fn get(&self, no: HookNo) -> Option<&Hook> {
        self.hooks.get(&no)
    }

    /// All subscriptions.
    pub fn all(&self) -> impl ExactSizeIterator<Item = &Hook> {
        self.hooks.values()
    }

    /// A delivery that waits.
    pub fn delivery(&self, no: DeliveryNo) -> Option<&Delivery> {
        self.waiting.get(&no)
    }

    /// What waits for a subscription, oldest first.
    pub fn waiting(&self, hook: HookNo) -> impl Iterator<Item = &Delivery> {
        let queue = self.queues.get(&hook).into_iter().flatten();
        queue.filter_map(|no| self.waiting.get(no))
    }

    /// Deliveries to attempt now, those that wait longest first, not two of one subscription and none of those that are
    /// busy.
    pub fn due(&self, now: Time, busy: &BTreeSet<HookNo>) -> Vec<&Delivery> {
        let mut seen = busy.clone();
        let due = self.due.iter().take_while(|(at, _)| *at <= now);
        let deliveries = due.filter_map(|(_, no)| self.waiting.get(no));
        deliveries
            .filter(|one| self.hooks.get(&one.hook).is_some_and(|hook| hook.enabled))
            .filter(|one| seen.insert(one.hook))
            .collect()
    }

    /// When the next attempt of a subscription that is enabled and not busy falls due.
    pub fn next_due(&self, busy: &BTreeSet<HookNo>) -> Option<Time> {
        let enabled = |no: &DeliveryNo| {
            let hook = self.waiting.get(no).and_then(|one| self.hooks.get(&one.hook));
            hook.is_some_and(|hook| hook.enabled && !busy.contains(&hook.no))
        };
        self.due.iter().find(|(_, no)| enabled(no)).map(|(at, _)| *at)
    }

    /// The last that ended, newest first.
    pub fn ended(&self) -> impl Iterator<Item = &Delivered> {
        self.ended.iter().rev()
    }

    pub(crate) fn next_hook(&self) -> HookNo {
        self.next_hook + 1
    }

    pub(crate) fn set(&mut self, hook: &Hook) {
        self.next_hook = self.next_hook.max(hook.no);
        self.hooks.insert(hook.no, hook.clone());
    }

    pub(crate) fn delete(&mut self, no: HookNo) {
        self.hooks.remove(&no);
        let gone: Vec<DeliveryNo> = self.waiting(no).map(|one| one.no).collect();
        gone.into_iter().for_each(|no| drop(self.take(no)));
        self.queues.remove(&no);
    }

    /// Puts something to tell into the queue; of too many the oldest is given up.
    pub(crate) fn push(&mut self, hook: HookNo, kind: &str, body: String, at: Time) {
        let queue = self.queues.entry(hook).or_default();
        let oldest = queue.first().copied().filter(|_| queue.len() >= WAITING_MAX);
        if let Some(oldest) = oldest {
            let why = "more deliveries waited than are kept";
            self.end(oldest, Some(why.to_owned()), at);
        }
        self.next_delivery += 1;
        let no = self.next_delivery;
        self.queues.entry(hook).or_default().insert(no);
        let (body, kind) = (body.into(), kind.into());
        self.due.insert((at, no));
        self.waiting.insert(no, Delivery { no, hook, body, kind, at, attempts: 0, next_at: at });
    }

    pub(crate) fn attempted(&mut self, event: &DeliveryAttempted, at: Time) {
        let Some(delivery) = self.waiting.get_mut(&event.delivery) else { return };
        delivery.attempts += 1;
        let hook = self.hooks.get_mut(&delivery.hook);
        match (&event.failed, event.next_at) {
            (None, _) => {
                hook.into_iter().for_each(Hook::begins_anew);
                self.end(event.delivery, None, at);
            }
            (Some(_), Some(next_at)) => {
                hook.into_iter().for_each(|hook| hook.failed(at));
                self.due.remove(&(delivery.next_at, delivery.no));
                delivery.next_at = next_at;
                self.due.insert((next_at, delivery.no));
            }
            (Some(why), None) => {
                hook.into_iter().for_each(|hook| hook.failed(at));
                self.end(event.delivery, Some(why.clone()), at);
            }
        }
    }

    fn end(&mut self, no: DeliveryNo, given_up: Option<String>, at: Time) {
        let Some(delivery) = self.take(no) else { return };
        if given_up.is_some()
            && let Some(hook) = self.hooks.get_mut(&delivery.hook)
        {
            hook.given_up += 1;
        }
        if self.ended.len() == ENDED_MAX {
            self.ended.pop_front();
        }
        let Delivery { hook, kind, attempts, .. } = delivery;
        self.ended.push_back(Delivered { no, hook, kind, attempts, at, given_up });
    }

    fn take(&mut self, no: DeliveryNo) -> Option<Delivery> {
        let delivery = self.waiting.remove(&no)?;
        self.due.remove(&(delivery.next_at, no));
        self.queues.get_mut(&delivery.hook).map(|queue| queue.remove(&no));
        Some(delivery)
    }
}

/// Whether a type of event fits a pattern, in which `*` stands for any text.
pub fn fits(pattern: &str, kind: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == kind,
        Some((before, after)) => kind.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len())
                .filter(|at| rest.is_char_boundary(*at))
                .any(|at| fits(after, &rest[at..]))
        }),
    }
}
