//! What the types of documents are called by people.
//!
//! Invariants: every type of `docs/FORMAT.md` has words of its own; a foreign type is named by its whole type string.
//! Not here: the types themselves.

/// The short name within a type string, such as `lease`; nothing for a foreign type.
pub(crate) fn short_name(payload_type: &str) -> Option<&str> {
    payload_type.strip_prefix("application/vnd.tenure.")?.strip_suffix(".v1+json")
}

/// What a document of this type is, such as `a lease`.
pub(crate) fn called(payload_type: &str) -> String {
    let Some(name) = short_name(payload_type) else {
        return format!("a document of type {payload_type}");
    };
    let words = match name {
        "keyset" => "key list".to_owned(),
        "pool" => "pool document".to_owned(),
        "revocation" => "revocation list".to_owned(),
        "time" => "time statement".to_owned(),
        "usage" => "usage report".to_owned(),
        _ => name.replace('-', " "),
    };
    let article = if name == "update" { "an" } else { "a" };
    format!("{article} {words}")
}
