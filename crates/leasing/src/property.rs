//! The properties of a license server: one typed table with key, default, bounds and what each is for.
//!
//! Invariants: a value is always inside its bounds; unknown keys don't exist; administrator settings only tighten what
//! signed items allow, because decisions take the smaller of the two; read-only ones say why they are.
//! Deliberately not here: the configuration of the process (addresses, certificates), which is a file.

use crate::refusal::Refusal;
use crate::term::Granularity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A value of a property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PropertyValue {
    /// On or off.
    Flag(bool),
    /// A whole number; the key ends in its unit.
    Number(u64),
    /// One of a few words, or a text that is only shown.
    Word(String),
}

/// What values a property takes, and which it has when nobody sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyKind {
    /// On or off.
    Flag {
        /// When nobody sets it.
        default: bool,
    },
    /// A whole number.
    Number {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
        /// When nobody sets it.
        default: u64,
    },
    /// One of these words.
    Word {
        /// All that are allowed; the first is the default.
        words: &'static [&'static str],
    },
    /// Names, with commas between them; none by default.
    Names {
        /// The longest text, in bytes.
        max: usize,
    },
    /// Not a setting: shown, and fixed for this reason.
    Fixed {
        /// Why it can't be changed.
        reason: &'static str,
    },
}

impl PropertyKind {
    pub(crate) fn default(self) -> PropertyValue {
        match self {
            PropertyKind::Flag { default } => PropertyValue::Flag(default),
            PropertyKind::Number { default, .. } => PropertyValue::Number(default),
            PropertyKind::Word { words } => {
                PropertyValue::Word(words.first().map_or("", |w| w).into())
            }
            PropertyKind::Names { .. } | PropertyKind::Fixed { .. } => {
                PropertyValue::Word(String::new())
            }
        }
    }

    /// What is allowed, where `value` is not.
    fn objection(self, value: &PropertyValue) -> Option<String> {
        match (self, value) {
            (PropertyKind::Flag { .. }, PropertyValue::Flag(_)) => None,
            (PropertyKind::Flag { .. }, _) => Some("must be true or false".into()),
            (PropertyKind::Number { min, max, .. }, PropertyValue::Number(number))
                if (min..=max).contains(number) =>
            {
                None
            }
            (PropertyKind::Number { min, max, .. }, _) => {
                Some(format!("must be a whole number from {min} to {max}"))
            }
            (PropertyKind::Word { words }, PropertyValue::Word(word))
                if words.contains(&word.as_str()) =>
            {
                None
            }
            (PropertyKind::Word { words }, _) => {
                Some(format!("must be one of {}", words.join(", ")))
            }
            (PropertyKind::Names { max }, PropertyValue::Word(text))
                if text.len() <= max && !text.chars().any(char::is_control) =>
            {
                None
            }
            (PropertyKind::Names { max }, _) => {
                Some(format!("must be names with commas between them, at most {max} bytes in all"))
            }
            (PropertyKind::Fixed { reason }, _) => Some(reason.into()),
        }
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spec {
    pub(crate) key: &'static str,
    pub(crate) kind: PropertyKind,
    pub(crate) description: &'static str,
}

const fn flag(key: &'static str, default: bool, description: &'static str) -> Spec {
    Spec { key, kind: PropertyKind::Flag { default }, description }
}

const fn number(
    key: &'static str,
    (min, max, default): (u64, u64, u64),
    description: &'static str,
) -> Spec {
    Spec { key, kind: PropertyKind::Number { min, max, default }, description }
}

const fn fixed(key: &'static str, description: &'static str) -> Spec {
    let reason = "it was fixed when the container of this server was made";
    Spec { key, kind: PropertyKind::Fixed { reason }, description }
}

const YEAR_SECONDS: u64 = 31_536_000;
/// Whoever waits for several things asks about one ticket after the other, and comes round in less than this.
const CLAIM_SECONDS: u64 = 30;

/// Every property, in the order in which people see them.
pub(crate) const TABLE: &[Spec] = &[
    fixed("server.serial", "The serial of the server's container."),
    fixed("server.name", "What people call the server."),
    fixed("publisher.root", "The publisher's root that the server trusts."),
    number(
        "lease.floating-seconds",
        (5, 86_400, 900),
        "How long a lease runs that is not borrowed; its holder renews it well before.",
    ),
    Spec {
        key: "lease.granularity",
        kind: PropertyKind::Word { words: &["second", "minute", "hour", "day"] },
        description: "The end of a lease is rounded up to this unit unless the request says otherwise.",
    },
    number("lease.renew-percent", (5, 90, 15), "How far into its term a lease should be renewed."),
    number(
        "lease.renew-jitter-percent",
        (0, 50, 20),
        "How far the server spreads renewals around that instant.",
    ),
    flag(
        "lease.virtual-allowed",
        true,
        "Grant to virtual machines and containers, where the license allows it.",
    ),
    flag("borrow.allowed", true, "Let leases leave the network, where the license allows it."),
    number(
        "borrow.interval-seconds",
        (60, 10 * YEAR_SECONDS, 604_800),
        "The longest borrowing where the license says nothing.",
    ),
    number(
        "borrow.max-seconds",
        (60, 10 * YEAR_SECONDS, 10 * YEAR_SECONDS),
        "The longest lease of any kind; only shortens what the license allows.",
    ),
    number(
        "queue.max-length",
        (0, 100_000, 1_000),
        "How many may wait for one feature; further ones are denied.",
    ),
    number(
        "queue.max-wait-seconds",
        (0, 7 * 86_400, 86_400),
        "The longest that anybody waits; 0: nobody does.",
    ),
    number(
        "queue.claim-seconds",
        (CLAIM_SECONDS, 600, CLAIM_SECONDS),
        "So long a seat is held for a waiting holder that it is offered to.",
    ),
    number(
        "queue.patience-seconds",
        (0, 86_400, 60),
        "Who has waited so long is no longer passed over: what is free of what it wants is kept until it suffices.",
    ),
    Spec {
        key: "queue.first-pools",
        kind: PropertyKind::Names { max: 4_096 },
        description: "Pools whose holders are served first, best first, with commas between them: the first of them \
                      that a waiting holder may use is its priority class.",
    },
    number(
        "queue.aging-seconds",
        (0, 86_400, 300),
        "Each priority class stands behind the class before it as if it had come so much later.",
    ),
    number(
        "denials.kept",
        (100, 100_000, 5_000),
        "How many of the latest denials are kept for display.",
    ),
    number(
        "denials.retry-seconds",
        (10, 86_400, 600),
        "A denial followed within this time by a grant to the same holder counts as recovered.",
    ),
    number(
        "usage.clients-max",
        (100, 10_000_000, 100_000),
        "How many clients may report metered use from a time off line; none of them is ever forgotten, further ones \
         are refused.",
    ),
    number(
        "device.drop-cooldown-seconds",
        (0, YEAR_SECONDS, 900),
        "Seats of a dropped device stay taken until its leases end, but at most so long: shorter risks over-use by \
         a holder that is still running.",
    ),
    flag(
        "polling.enabled",
        true,
        "Ask the publisher's office for updates by itself, where the server's configuration says where it is.",
    ),
    number(
        "polling.interval-seconds",
        (60, 30 * 86_400, 86_400),
        "How often the office is asked for updates.",
    ),
    flag(
        "sync.usage",
        false,
        "Send the office sums of use by day and feature, without names, after each exchange.",
    ),
    flag(
        "security.client-signature-required",
        false,
        "Deny requests that are not signed with a registered client key.",
    ),
    flag("security.anonymous-read", false, "Let anybody read what the role `read` may read."),
    number("security.token-seconds", (300, 2_592_000, 86_400), "How long a login lasts."),
];

/// The line of this key.
pub(crate) fn spec(key: &str) -> Option<&'static Spec> {
    TABLE.iter().find(|spec| spec.key == key)
}

/// Whether these changes may be made.
pub(crate) fn check(changes: &BTreeMap<String, Option<PropertyValue>>) -> Result<(), Refusal> {
    for (key, value) in changes {
        let spec = spec(key).ok_or_else(|| Refusal::UnknownProperty { key: shown(key) })?;
        if let PropertyKind::Fixed { reason } = spec.kind {
            return Err(Refusal::PropertyReadOnly { key: key.clone(), reason });
        }
        if let Some(message) = value.as_ref().and_then(|value| spec.kind.objection(value)) {
            return Err(Refusal::PropertyOutOfBounds { key: key.clone(), message });
        }
    }
    Ok(())
}

fn shown(key: &str) -> String {
    key.chars().take(80).collect()
}

/// The values that somebody has set; the others have their defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Properties {
    set: BTreeMap<String, PropertyValue>,
}

impl Properties {
    pub(crate) fn change(&mut self, changes: &BTreeMap<String, Option<PropertyValue>>) {
        for (key, value) in changes {
            match value {
                Some(value) => self.set.insert(key.clone(), value.clone()),
                None => self.set.remove(key),
            };
        }
    }

    pub(crate) fn is_set(&self, key: &str) -> bool {
        self.set.contains_key(key)
    }

    /// The value of a key of the table. A stored value that a later release no longer allows counts as not set.
    pub(crate) fn value(&self, spec: &Spec) -> PropertyValue {
        let set = self.set.get(spec.key).filter(|value| spec.kind.objection(value).is_none());
        set.cloned().unwrap_or_else(|| spec.kind.default())
    }

    fn number(&self, key: &str) -> u64 {
        match spec(key).map(|spec| self.value(spec)) {
            Some(PropertyValue::Number(number)) => number,
            _ => 0,
        }
    }

    fn names(&self, key: &str) -> Vec<String> {
        let Some(PropertyValue::Word(text)) = spec(key).map(|spec| self.value(spec)) else {
            return Vec::new();
        };
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    fn flag(&self, key: &str) -> bool {
        spec(key).map(|spec| self.value(spec)) == Some(PropertyValue::Flag(true))
    }

    /// The values that decisions need, looked up once.
    pub(crate) fn settings(&self) -> Settings {
        let granularity = match spec("lease.granularity").map(|spec| self.value(spec)) {
            Some(PropertyValue::Word(word)) => Granularity::from_word(&word),
            _ => None,
        };
        Settings {
            floating_seconds: self.number("lease.floating-seconds"),
            granularity: granularity.unwrap_or(Granularity::Second),
            renew_percent: self.number("lease.renew-percent"),
            renew_jitter_percent: self.number("lease.renew-jitter-percent"),
            virtual_allowed: self.flag("lease.virtual-allowed"),
            borrow_allowed: self.flag("borrow.allowed"),
            borrow_interval_seconds: self.number("borrow.interval-seconds"),
            max_seconds: self.number("borrow.max-seconds"),
            denials_kept: usize::try_from(self.number("denials.kept")).unwrap_or(usize::MAX),
            denial_retry_seconds: self.number("denials.retry-seconds"),
            queue_length_max: usize::try_from(self.number("queue.max-length"))
                .unwrap_or(usize::MAX),
            queue_wait_seconds: self.number("queue.max-wait-seconds"),
            claim_seconds: self.number("queue.claim-seconds"),
            patience_seconds: self.number("queue.patience-seconds"),
            aging_seconds: self.number("queue.aging-seconds"),
            first_pools: self.names("queue.first-pools"),
            usage_clients_max: usize::try_from(self.number("usage.clients-max"))
                .unwrap_or(usize::MAX),
            drop_cooldown_seconds: self.number("device.drop-cooldown-seconds"),
            signature_required: self.flag("security.client-signature-required"),
        }
    }
}

/// The values of the properties that decisions need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) floating_seconds: u64,
    pub(crate) granularity: Granularity,
    pub(crate) renew_percent: u64,
    pub(crate) renew_jitter_percent: u64,
    pub(crate) virtual_allowed: bool,
    pub(crate) borrow_allowed: bool,
    pub(crate) borrow_interval_seconds: u64,
    pub(crate) max_seconds: u64,
    pub(crate) denials_kept: usize,
    pub(crate) denial_retry_seconds: u64,
    pub(crate) queue_length_max: usize,
    pub(crate) queue_wait_seconds: u64,
    pub(crate) claim_seconds: u64,
    pub(crate) patience_seconds: u64,
    pub(crate) aging_seconds: u64,
    pub(crate) first_pools: Vec<String>,
    pub(crate) usage_clients_max: usize,
    pub(crate) drop_cooldown_seconds: u64,
    pub(crate) signature_required: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_property_has_one_key_a_group_a_sentence_and_a_default_that_is_allowed() {
        let keys: BTreeSet<&str> = TABLE.iter().map(|spec| spec.key).collect();
        assert_eq!(keys.len(), TABLE.len());
        for Spec { key, kind, description } in TABLE {
            assert!(key.contains('.') && description.ends_with('.'), "{key}");
            let fixed = matches!(kind, PropertyKind::Fixed { .. });
            assert_eq!(kind.objection(&kind.default()).is_some(), fixed, "{key}");
        }
    }
}
