//! What several pages about the model ask of the API and of an address.
//!
//! Kept here: no model in force is an answer like any other. Deliberately not here: any page.

use axum::response::Response;
use tenure_api::ModelAnswer;
use tenure_document::Time;

use crate::component::{Link, When};
use crate::staff::{Asked, Member};

use super::draft::{Draft, Drafts};

/// Most bytes of a model, as the language says.
pub(super) const MODEL_MAX: usize = 900 * 1024;

/// The model in force.
pub(super) async fn in_force(me: &Member) -> Result<Option<ModelAnswer>, Response> {
    match me.api().get("/api/v1/model").await {
        Ok(model) => Ok(Some(model)),
        Err(trouble) if trouble.code() == "no-model" => Ok(None),
        Err(trouble) => Err(me.sorry(&trouble)),
    }
}

/// The line that an address asks for, from 1.
pub(super) fn line_asked(asked: &Asked) -> usize {
    asked.text("line").parse().unwrap_or(1)
}

/// A draft, or the page that says that it is gone.
pub(super) async fn draft_of(me: &Member, drafts: &Drafts, id: u64) -> Result<Draft, Response> {
    drafts.find(me, id).ok_or_else(|| {
        let text = "Texts in work are kept for twelve hours without use, eight for each person, and not over a \
                    restart of the server. What is in force is not touched.";
        me.nothing(text, Link { href: "/model".to_owned(), words: "To the model".to_owned() })
    })
}

/// An instant, for templates.
pub(super) fn when(time: &Time) -> When {
    When(*time)
}

/// A length for people.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        _ => format!("{}.{} KB", bytes / 1_024, bytes % 1_024 * 10 / 1_024),
    }
}

/// A query for the API out of what is not empty.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    match query.finish().as_str() {
        "" => String::new(),
        query => format!("?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_queries() {
        assert_eq!(
            [0, 1_023, 1_024, 921_600].map(size),
            ["0 bytes", "1023 bytes", "1.0 KB", "900.0 KB"]
        );
        assert_eq!(query(&[("note", "a&b"), ("keep_leases", "")]), "?note=a%26b");
        assert_eq!(query(&[("note", "")]), "");
    }
}
