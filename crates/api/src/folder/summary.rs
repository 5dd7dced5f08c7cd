//! What a request or answer says, in a few elements that people can read.
//!
//! Invariant: a summary follows from the signed body alone, so one that says something else is found out.

use serde_json::Value;

use super::asked::Asked;
use super::xml::{Element, XmlFault};

/// Bare elements with attributes.
pub(crate) type Lines = Vec<(&'static str, Vec<(&'static str, String)>)>;

/// The element that holds the lines.
pub(crate) const SUMMARY: &str = "Summary";

/// What a request asks for.
pub(crate) fn of_request(asked: &Asked) -> Lines {
    let body: Value = serde_json::from_slice(asked.body()).unwrap_or_default();
    match asked {
        Asked::Checkout(_) => rows(&body["features"])
            .map(|feature| {
                let count = feature["count"].as_u64().unwrap_or(1).to_string();
                let version = text(&feature["version"]).unwrap_or("0".to_owned());
                let name = text(&feature["name"]).unwrap_or_default();
                ("Feature", vec![("name", name), ("version", version), ("count", count)])
            })
            .collect(),
        Asked::Renew(_) => rows(&body["renewals"])
            .map(|renewal| ("Lease", vec![("id", text(&renewal["lease"]).unwrap_or_default())]))
            .collect(),
        _ => Vec::new(),
    }
}

/// What an answer brings.
pub(crate) fn of_answer(body: &[u8]) -> Lines {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let renewed = rows(&body["renewals"]).map(|outcome| &outcome["lease"]);
    let leases = rows(&body["leases"]).chain(renewed).filter(|lease| lease.is_object()).map(lease);
    let refused = rows(&body["denials"]).map(|denial| {
        let explanation = text(&denial["explanation"]).unwrap_or_default();
        let feature = text(&denial["feature"]).unwrap_or_default();
        let reason = text(&denial["reason"]).unwrap_or_default();
        ("Refused", vec![("feature", feature), ("reason", reason), ("explanation", explanation)])
    });
    let problem = text(&body["code"]).filter(|_| body["status"].is_u64()).map(|code| {
        ("Problem", vec![("code", code), ("detail", text(&body["detail"]).unwrap_or_default())])
    });
    leases.chain(refused).chain(problem).collect()
}

fn lease(lease: &Value) -> (&'static str, Vec<(&'static str, String)>) {
    let seats: Vec<String> = rows(&lease["seats"]).map(ToString::to_string).collect();
    let attributes = vec![
        ("id", text(&lease["id"]).unwrap_or_default()),
        ("feature", text(&lease["feature"]).unwrap_or_default()),
        ("version", text(&lease["version"]).unwrap_or_default()),
        ("count", lease["count"].as_u64().unwrap_or_default().to_string()),
        ("seats", seats.join(" ")),
        ("until", text(&lease["expires_at"]).unwrap_or_default()),
    ];
    ("Lease", attributes)
}

/// Compares a summary that came with what it must say.
pub(crate) fn check(came: Option<Element>, must: &Lines) -> Result<(), XmlFault> {
    let Some(came) = came else { return Ok(()) };
    let lines = came.list();
    let same = lines.len() == must.len()
        && lines.iter().zip(must).all(|(line, (name, attributes))| {
            let told = line.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let must = attributes.iter().map(|(name, value)| (*name, value.as_str()));
            line.name == *name && line.is_bare() && told.eq(must)
        });
    same.then_some(()).ok_or_else(|| XmlFault::bad(SUMMARY, "it says something else than the body"))
}

fn rows(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
