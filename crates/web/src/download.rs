//! A document as a file to save.
//!
//! Kept here: the name of the file is made of harmless characters whatever the service says, and the browser never
//! shows the content as a page.

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// Longest name of a file.
const NAME_MAX: usize = 100;

/// Answers with `text` as a file called `name`.
pub(crate) fn document_file(name: &str, text: String) -> Response {
    let harmless =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '[' | ']');
    let kept: String = name.chars().filter(|c| harmless(*c)).take(NAME_MAX).collect();
    let kept = kept.trim_start_matches('.');
    let name = if kept.is_empty() { "document.tnr" } else { kept };
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    if let Ok(line) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, line);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        let name = |name: &str| {
            let response = document_file(name, String::new());
            response.headers()[CONTENT_DISPOSITION].to_str().expect("ASCII").to_owned()
        };
        assert_eq!(name("T-1.update.tnr"), "attachment; filename=\"T-1.update.tnr\"");
        assert_eq!(name("../../x\"\r\n;ä.tnr"), "attachment; filename=\"x.tnr\"");
        assert_eq!(name(""), "attachment; filename=\"document.tnr\"");
    }
}
