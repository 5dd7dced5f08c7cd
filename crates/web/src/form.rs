//! What a form sent: fields and files, of both encodings that browsers use.
//!
//! Kept here: every limit holds before memory is spent; field names come once, unless a page asks for all of
//! them. Deliberately not here: whether the form is ours (`posted`), what its fields mean (the pages).

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use multer::{Constraints, Multipart, SizeLimit};

/// The most bytes of a whole form: a photograph of a phone.
const FORM_MAX: u64 = 12 << 20;
/// The most bytes of one file.
const FILE_MAX: u64 = 10 << 20;
/// The most bytes of one text field: a document in armour.
const TEXT_MAX: u64 = 2 << 20;
/// The most fields.
const FIELDS_MAX: usize = 2_000;

/// A form as it was sent.
#[derive(Debug, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    files: Vec<(String, Bytes)>,
}

/// Why a form cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormFault {
    #[error(
        "What was sent is too large: files may have {} MiB. Send a smaller one.",
        FILE_MAX >> 20
    )]
    TooLarge,
    #[error("The browser sent a form that can't be read. Load the page again.")]
    Broken,
}

impl Form {
    /// The text of a field without surrounding space; empty when it was not sent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.trim())
    }

    /// The text of a field as it was typed, for passwords and texts whose spaces count.
    pub(crate) fn whole(&self, name: &str) -> &str {
        self.fields.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// All values of a field that may be sent several times: choices, for one.
    pub(crate) fn every<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.fields.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.trim())
    }

    /// Fields whose name begins with `prefix`, with the rest of the name.
    pub(crate) fn with_prefix<'f>(
        &'f self,
        prefix: &'f str,
    ) -> impl Iterator<Item = (&'f str, &'f str)> {
        self.fields
            .iter()
            .filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.trim())))
    }

    /// The bytes of a file that was chosen; a file field left empty is no file.
    pub(crate) fn file(&self, name: &str) -> Option<&Bytes> {
        let found = self.files.iter().find(|(found, bytes)| found == name && !bytes.is_empty());
        found.map(|(_, bytes)| bytes)
    }

    /// Reads the body of a request.
    pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, FormFault> {
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
        if kind.starts_with("multipart/form-data") {
            let boundary = multer::parse_boundary(kind).map_err(|_| FormFault::Broken)?;
            return Self::of_parts(body, boundary).await;
        }
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(FormFault::Broken);
        }
        let limit = usize::try_from(TEXT_MAX).unwrap_or(usize::MAX);
        let bytes = axum::body::to_bytes(body, limit).await.map_err(|_| FormFault::TooLarge)?;
        let pairs = form_urlencoded::parse(&bytes).into_owned();
        let fields: Vec<_> = pairs.take(FIELDS_MAX + 1).collect();
        if fields.len() > FIELDS_MAX {
            return Err(FormFault::TooLarge);
        }
        Ok(Self { fields, files: Vec::new() })
    }

    async fn of_parts(body: Body, boundary: String) -> Result<Self, FormFault> {
        let sizes = SizeLimit::new().whole_stream(FORM_MAX).per_field(FILE_MAX);
        let constraints = Constraints::new().size_limit(sizes);
        let mut parts = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
        let mut form = Self::default();
        while let Some(part) = parts.next_field().await.map_err(|error| fault(&error))? {
            let Some(name) = part.name().map(str::to_owned) else {
                return Err(FormFault::Broken);
            };
            let is_file = part.file_name().is_some();
            let bytes = part.bytes().await.map_err(|error| fault(&error))?;
            if form.fields.len() + form.files.len() >= FIELDS_MAX {
                return Err(FormFault::TooLarge);
            }
            if is_file {
                form.files.push((name, bytes));
                continue;
            }
            if bytes.len() as u64 > TEXT_MAX {
                return Err(FormFault::TooLarge);
            }
            let text = String::from_utf8(bytes.to_vec()).map_err(|_| FormFault::Broken)?;
            form.fields.push((name, text));
        }
        Ok(form)
    }
}

fn fault(error: &multer::Error) -> FormFault {
    match error {
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => {
            FormFault::TooLarge
        }
        _ => FormFault::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    async fn read(kind: &'static str, body: impl Into<Body>) -> Result<Form, FormFault> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        Form::read(&headers, body.into()).await
    }

    #[tokio::test]
    async fn plain_forms() {
        let kind = "application/x-www-form-urlencoded";
        let form = read(kind, "a=1+2&q-x=%3Cb%3E&q-y=&a=second").await.expect("a form");
        assert_eq!(form.text("a"), "1 2");
        assert_eq!(form.text("none"), "");
        assert_eq!(form.with_prefix("q-").collect::<Vec<_>>(), [("x", "<b>"), ("y", "")]);
        let many = "a=1&".repeat(FIELDS_MAX + 1);
        assert_eq!(read(kind, many).await.err(), Some(FormFault::TooLarge));
        let long = format!("a={}", "x".repeat(2 << 20));
        assert_eq!(read(kind, long).await.err(), Some(FormFault::TooLarge));
        assert_eq!(read("application/json", "{}").await.err(), Some(FormFault::Broken));
    }

    #[tokio::test]
    async fn files() {
        let kind = "multipart/form-data; boundary=B";
        let part = |head: &str, body: &str| {
            format!("--B\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
        };
        let body = [
            part("name=\"csrf\"", "t"),
            part("name=\"file\"; filename=\"../../x\"", "bytes"),
            part("name=\"photo\"; filename=\"\"", ""),
            "--B--\r\n".to_owned(),
        ]
        .concat();
        let form = read(kind, body).await.expect("a form");
        assert_eq!(form.text("csrf"), "t");
        assert_eq!(form.file("file").map(|bytes| bytes.as_ref()), Some(&b"bytes"[..]));
        assert_eq!(form.file("photo"), None, "left empty");
        let large = part("name=\"file\"; filename=\"x\"", &"x".repeat(11 << 20)) + "--B--\r\n";
        assert_eq!(read(kind, large).await.err(), Some(FormFault::TooLarge));
        for broken in ["--B\r\n", "", "no parts at all"] {
            assert_eq!(read(kind, broken).await.err(), Some(FormFault::Broken), "{broken}");
        }
        let no_boundary = read("multipart/form-data", "x").await;
        assert_eq!(no_boundary.err(), Some(FormFault::Broken));
    }
}
