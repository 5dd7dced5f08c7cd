//! Reading the list of items that people write by hand, with errors that say where.
//!
//! Invariants: the same strict reader as for signed documents; every message names the item (by
//! id, or by its place in the list) and the member, also where
//! the strict reader finds the fault. Not here: what an item is (`item.rs`).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    error::DocumentError,
    item::Item,
    strict::{self, Limits},
};

/// Reads a JSON list of items.
///
/// # Errors
/// The codes of the strict reader; `malformed-payload` or `unknown-member` with item and member.
pub fn read_items(text: &[u8]) -> Result<Vec<Item>, DocumentError> {
    strict::check(text, Limits::PAYLOAD).map_err(|error| match error {
        DocumentError::NotAnInteger(_) => explain_fraction(text).unwrap_or(error),
        other => other,
    })?;
    let raw: Vec<&RawValue> = serde_json::from_slice(text).map_err(|_| {
        DocumentError::MalformedPayload("expected a JSON list of items: [{\"id\": …}, …]".into())
    })?;
    let mut seen = BTreeSet::new();
    let mut items = Vec::with_capacity(raw.len());
    for (place, raw) in raw.iter().enumerate() {
        let item: Item =
            serde_json::from_str(raw.get()).map_err(|error| explain(place, raw.get(), &error))?;
        if !seen.insert(item.id.clone()) {
            let why = format!("two items have the id {:?}", item.id);
            return Err(DocumentError::MalformedPayload(why));
        }
        items.push(item);
    }
    Ok(items)
}

/// An item as it is written.
type Members<'a> = BTreeMap<String, &'a RawValue>;

fn name_of(place: usize, members: &Members<'_>) -> String {
    members
        .get("id")
        .and_then(|id| String::deserialize(*id).ok())
        .map_or_else(|| format!("item {} of the list", place + 1), |id| format!("item {id:?}"))
}

/// Names the first item and member with a number that is no integer.
fn explain_fraction(text: &[u8]) -> Option<DocumentError> {
    let items: Vec<Members<'_>> = serde_json::from_slice(text).ok()?;
    let broken = |value: &RawValue| {
        let found = strict::check(value.get().as_bytes(), Limits::PAYLOAD);
        matches!(found, Err(DocumentError::NotAnInteger(_)))
    };
    items.iter().enumerate().find_map(|(place, members)| {
        let (member, value) = members.iter().find(|(_, value)| broken(value))?;
        let (name, value) = (name_of(place, members), value.get());
        let what = match member.as_str() {
            "version" => format!("write it in quotation marks, {value:?}"),
            _ => {
                let shown: String = value.chars().take(60).collect();
                format!("numbers are whole and at most 2^53-1, unlike {shown}")
            }
        };
        Some(DocumentError::NotAnInteger(format!("{name}: {member}: {what}")))
    })
}

/// Names the item and, by trying each member in an otherwise good item, the member.
fn explain(place: usize, text: &str, error: &serde_json::Error) -> DocumentError {
    let members: Members<'_> = serde_json::from_str(text).unwrap_or_default();
    let name = name_of(place, &members);
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(text, _)| text);
    if let Some(unknown) = message.strip_prefix("unknown field ") {
        return DocumentError::UnknownMember(format!("{name}: {unknown}"));
    }
    // A fault between members names itself; one inside a member is found by trying.
    let text = match members.iter().find(|(member, value)| !stands_alone(member, value)) {
        Some((member, _)) => format!("{name}: {member}: {message}"),
        None if message.starts_with("item ") => message.to_owned(),
        None => format!("{name}: {message}"),
    };
    DocumentError::MalformedPayload(text)
}

/// Whether the member is right by itself.
fn stands_alone(member: &str, value: &RawValue) -> bool {
    let mut item = BTreeMap::from([
        ("id", "\"i\""),
        ("feature", "\"f\""),
        ("version", "\"1.0\""),
        ("count", "1"),
        ("expiry", "\"permanent\""),
    ]);
    item.insert(member, value.get());
    let text: Vec<String> = item.iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
    match serde_json::from_str::<Item>(&format!("{{{}}}", text.join(","))) {
        Ok(_) => true,
        Err(error) => error.to_string().starts_with("item "),
    }
}
