//! One property as a field: what it is called, what may be entered, how its value reads.
//!
//! Kept here: a value is shown as it can be entered again. Deliberately not here: whether it is allowed; the server says.

use std::collections::BTreeMap;

use serde_json::Value;
use tenure_api::{Property, PropertyValues};

use crate::span;
use crate::words::plain as words_of;

/// What was typed, by property, and what was wrong with it.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) values: BTreeMap<String, String>,
    pub(super) faults: BTreeMap<String, String>,
}

/// A property on the page.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) description: String,
    pub(super) group: String,
    pub(super) input: Input,
    /// What stands in the field.
    pub(super) text: String,
    /// What stood in it when the page was made.
    pub(super) was: String,
    pub(super) default: String,
    pub(super) changed: bool,
    /// Why it can't be changed.
    pub(super) fixed: Option<String>,
    pub(super) fault: Option<String>,
    /// What may be entered.
    pub(super) hint: String,
}

/// How it is entered.
pub(super) enum Input {
    /// One of these: value and words.
    Choice(Vec<(String, String)>),
    Number {
        min: u64,
        max: u64,
        unit: &'static str,
    },
    Span,
    Text,
}

impl Field {
    pub(super) fn of(property: &Property, typed: &Typed) -> Self {
        let name = property.name.clone();
        let fixed = match &property.values {
            Some(PropertyValues::Fixed { reason }) => Some(reason.clone()),
            _ if !property.editable => Some("it is not a setting".to_owned()),
            _ => None,
        };
        let was = shown(property, &property.value);
        Self {
            label: label(&name),
            description: property.description.clone(),
            group: property.group.clone(),
            input: input(property),
            text: typed.values.get(&name).cloned().unwrap_or_else(|| was.clone()),
            was,
            default: match &property.default {
                Value::Bool(true) => "on".to_owned(),
                Value::Bool(false) => "off".to_owned(),
                Value::String(text) if text.is_empty() => "none".to_owned(),
                default => with_unit(&name, shown(property, default)),
            },
            changed: fixed.is_none() && property.value != property.default,
            fixed,
            fault: typed.faults.get(&name).cloned(),
            hint: hint(property),
            name,
        }
    }

    /// The value for whoever may not change it.
    pub(super) fn reads(&self) -> String {
        match (&self.input, self.was.as_str()) {
            (_, "") => "none".to_owned(),
            (Input::Choice(choices), was) => {
                let found = choices.iter().find(|(value, _)| value == was);
                found.map_or_else(|| was.to_owned(), |(_, words)| words.clone())
            }
            (_, was) => with_unit(&self.name, was.to_owned()),
        }
    }

    /// Whether this choice stands in the field.
    pub(super) fn is(&self, value: &str) -> bool {
        self.text == value
    }
}

fn is_span(name: &str) -> bool {
    name.ends_with("seconds")
}

fn is_percent(name: &str) -> bool {
    name.ends_with("percent")
}

fn with_unit(name: &str, text: String) -> String {
    if is_percent(name) { format!("{text} %") } else { text }
}

/// A value as it can be entered.
fn shown(property: &Property, value: &Value) -> String {
    match value {
        Value::Number(number) if is_span(&property.name) => {
            number.as_u64().map_or_else(|| number.to_string(), span::in_words)
        }
        value => plain(value),
    }
}

/// A value as a text.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn input(property: &Property) -> Input {
    let choice = |value: &str, words: &str| (value.to_owned(), words.to_owned());
    match (&property.values, &property.value) {
        (Some(PropertyValues::Flag), _) | (None, Value::Bool(_)) => {
            Input::Choice(vec![choice("true", "On"), choice("false", "Off")])
        }
        (Some(PropertyValues::Word { words }), _) => {
            Input::Choice(words.iter().map(|word| choice(word, &words_of(word))).collect())
        }
        (_, Value::Number(_)) if is_span(&property.name) => Input::Span,
        (Some(PropertyValues::Number { min, max }), _) => {
            let unit = if is_percent(&property.name) { "%" } else { "" };
            Input::Number { min: *min, max: *max, unit }
        }
        (None, Value::Number(_)) => Input::Number { min: 0, max: u64::MAX, unit: "" },
        _ => Input::Text,
    }
}

fn hint(property: &Property) -> String {
    match &property.values {
        Some(PropertyValues::Number { min, max }) if is_span(&property.name) => format!(
            "{} to {}; as “15 minutes”, “7 days”, or in seconds.",
            span::in_words(*min),
            span::in_words(*max)
        ),
        Some(PropertyValues::Number { min, max }) => format!("{min} to {max}."),
        Some(PropertyValues::Names { .. }) => "Names with commas between them.".to_owned(),
        _ => String::new(),
    }
}

/// The value that a text means. The server checks its bounds.
pub(super) fn read(property: &Property, text: &str) -> Result<Value, String> {
    match property.value {
        Value::Bool(_) => match text {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err("Choose on or off.".to_owned()),
        },
        Value::Number(_) if is_span(&property.name) => span::read(text).map(Value::from).ok_or_else(|| {
            "This is no span of time. Write it as “15 minutes”, “7 days”, “1 h 30 min”, or in seconds.".to_owned()
        }),
        Value::Number(_) => {
            let number: Result<u64, _> = text.parse();
            number.map(Value::from).map_err(|_| "This is no whole number.".to_owned())
        }
        _ => Ok(text.into()),
    }
}

/// What people call it; a property that is not known here has its own words.
fn label(name: &str) -> String {
    match name {
        "server.serial" => "Serial",
        "server.name" => "Name",
        "publisher.root" => "Publisher’s root",
        "lease.floating-seconds" => "Length of a lease",
        "lease.granularity" => "Round the end up to a whole",
        "lease.renew-percent" => "Renew after",
        "lease.renew-jitter-percent" => "Spread renewals by",
        "lease.virtual-allowed" => "Virtual machines",
        "borrow.allowed" => "Borrowing",
        "borrow.interval-seconds" => "Longest borrowing, where the license is silent",
        "borrow.max-seconds" => "Longest lease of any kind",
        "queue.max-length" => "Most that wait for one feature",
        "queue.max-wait-seconds" => "Longest wait",
        "queue.claim-seconds" => "Time to take what is offered",
        "queue.patience-seconds" => "Patience of large requests",
        "queue.first-pools" => "Pools that are served first",
        "queue.aging-seconds" => "Head start of a class",
        "denials.kept" => "Denials kept",
        "denials.retry-seconds" => "Counts as recovered within",
        "device.drop-cooldown-seconds" => "Cool-down after a drop",
        "polling.enabled" => "Ask the office by itself",
        "polling.interval-seconds" => "Time between two rounds",
        "sync.usage" => "Send sums of use",
        "security.client-signature-required" => "Signed requests only",
        "security.anonymous-read" => "Anybody may look",
        "security.token-seconds" => "Length of a login",
        other => {
            let last = other.rsplit_once('.').map_or(other, |(_, last)| last);
            return words_of(last);
        }
    }
    .to_owned()
}
