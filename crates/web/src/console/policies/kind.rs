//! Policies by name: title, group, kind of field, values in words.
//!
//! Kept here: a policy that is not known here is still shown and can be changed, as its default is a number, a choice
//! of yes and no, or a text. Deliberately not here: what a policy does; the API says it.

use serde_json::Value;
use tenure_api::office::Policy;

use super::super::field::{Field, Typed};
use crate::words::plain;

type Choices = &'static [(&'static str, &'static str, &'static str)];

const YES_NO: Choices = &[("false", "No", ""), ("true", "Yes", "")];
const ODDITY: Choices = &[
    ("ask", "A person decides", ""),
    ("new-generation", "It gets a new generation by itself", ""),
];
const REGISTRATION: Choices = &[
    ("anyone", "Anyone who brings its context", ""),
    ("activation", "Whoever activates something in it, and staff", ""),
    ("staff", "Staff alone", ""),
];
const TOLERANCE: Choices = &[
    ("loose", "Loose: 40 % must still be the same", ""),
    ("medium", "Medium: 60 %", ""),
    ("strict", "Strict: 80 %", ""),
];

/// What a policy is called on the page.
pub(super) fn title(name: &str) -> String {
    match name {
        "cool_down_days" => "Days until returned units are free",
        "replacements" => "Replacements without approval",
        "replacement_period_days" => "Period for replacements, in days",
        "replacement_wait_days" => "Days between two replacements",
        "issue_threshold" => "Units of one order without a second person",
        "approve_publishing" => "Publishing needs a second person",
        "approval_days" => "Days until a question lapses",
        "on_rollback" => "A container was restored from a backup",
        "on_clone" => "A container was copied",
        "registration" => "Who may make a container known",
        "unclaimed_max" => "Most containers without an activation",
        "tolerance" => "How much of a machine may change",
        "server_poll_days" => "Days between contacts of a license server",
        "device_poll_days" => "Days between contacts of a device",
        "update_days" => "Days to apply an update",
        "certificate_days" => "Days a certificate holds",
        other => return plain(&other.replace('_', "-")),
    }
    .to_owned()
}

/// What a group is called.
pub(super) fn group(name: &str) -> String {
    match name {
        "returns" => "Returns",
        "replacements" => "Lost and broken containers",
        "approvals" => "Second person",
        "containers" => "Containers",
        "contact" => "Contact with the office",
        other => return plain(other),
    }
    .to_owned()
}

fn choices(name: &str, value: &Value) -> Option<Choices> {
    match (name, value) {
        (_, Value::Bool(_)) => Some(YES_NO),
        ("on_rollback" | "on_clone", _) => Some(ODDITY),
        ("registration", _) => Some(REGISTRATION),
        ("tolerance", _) => Some(TOLERANCE),
        _ => None,
    }
}

/// Without a value it is any number.
fn may_be_empty(policy: &Policy) -> bool {
    policy.default.is_null()
}

/// The field of a policy, filled.
pub(super) fn input(policy: &Policy, typed: &Typed) -> Field {
    let (name, label) = (policy.name.as_str(), title(&policy.name));
    if let Some(choices) = choices(name, &policy.default) {
        return typed.choice(name, label, choices);
    }
    let field = typed.field(name, label);
    match &policy.default {
        Value::Number(_) => field.number(0, u64::from(u32::MAX)).required(),
        Value::Null => field.number(0, u64::from(u32::MAX)),
        _ => field,
    }
}

/// The text of a value in its field.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value as a reader says it.
pub(super) fn in_words(name: &str, value: &Value) -> String {
    let text = text(value);
    let known = choices(name, value).unwrap_or_default();
    match known.iter().find(|(word, ..)| *word == text) {
        Some((_, words, _)) => (*words).to_owned(),
        None if value.is_null() => "any number".to_owned(),
        None if text == "0" && is_without_end(name) => "0 (none)".to_owned(),
        None => text,
    }
}

fn is_without_end(name: &str) -> bool {
    matches!(name, "server_poll_days" | "device_poll_days" | "update_days" | "certificate_days")
}

/// What was typed as a value of the API.
pub(super) fn read(policy: &Policy, typed: &str) -> Result<Value, &'static str> {
    match &policy.default {
        Value::Null if typed.is_empty() => Ok(Value::Null),
        Value::Number(_) | Value::Null => match typed.parse::<u32>() {
            Ok(number) => Ok(number.into()),
            Err(_) if may_be_empty(policy) => Err("This must be a whole number, or empty."),
            Err(_) => Err("This must be a whole number, and not below zero."),
        },
        Value::Bool(_) => match typed {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err("Choose yes or no."),
        },
        _ => Ok(typed.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn policy(name: &str, default: Value) -> Policy {
        let about = json!({"name": name, "value": default, "default": default, "editable": true,
            "group": "g", "description": "d"});
        serde_json::from_value(about).expect("a policy")
    }

    #[test]
    fn what_is_typed_is_read_by_the_kind_of_the_default() {
        for (default, typed, read_as) in [
            (json!(7), "14", Ok(json!(14))),
            (json!(7), "", Err(())),
            (json!(7), "-1", Err(())),
            (json!(7), "soon", Err(())),
            (json!(null), "", Ok(json!(null))),
            (json!(null), "100", Ok(json!(100))),
            (json!(null), "many", Err(())),
            (json!(false), "true", Ok(json!(true))),
            (json!(false), "maybe", Err(())),
            (json!("ask"), "new-generation", Ok(json!("new-generation"))),
        ] {
            let policy = policy("x", default.clone());
            assert_eq!(read(&policy, typed).map_err(drop), read_as, "{default} {typed}");
        }
    }

    #[test]
    fn policies_that_are_not_known_here_are_shown() {
        let own = Typed::default().with("new_thing", "9");
        let html = input(&policy("new_thing", json!(9)), &own).to_string();
        assert!(html.contains("New thing") && html.contains("type=\"number\""), "{html}");
        assert_eq!(in_words("new_thing", &json!(0)), "0");
        assert_eq!(in_words("update_days", &json!(0)), "0 (none)");
        assert_eq!(in_words("issue_threshold", &json!(null)), "any number");
        assert_eq!(in_words("approve_publishing", &json!(true)), "Yes");
    }
}
