//! A model that came with a request: as text, or as JSON.
//!
//! Kept here: the body limits of the options; both forms say the same. Deliberately not here: what the text says.

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use tenure_api::{ModelQuery, ModelRequest};
use tenure_shell::body::whole;
use tenure_shell::extract::{NoQuery, Query, json};
use tenure_shell::problem::{Code, Refused};

use crate::app::App;

/// What a text is called where nobody says.
const FILE: &str = "model";
/// The longest name of a text, in characters.
const FILE_MAX: usize = 200;

/// A model's text and what was said with it.
pub(crate) struct ModelBody(pub(crate) ModelRequest);

impl ModelBody {
    /// What the text is called in the faults that are shown.
    pub(crate) fn file(&self) -> String {
        let name = self.0.file.as_deref().unwrap_or(FILE);
        name.chars().filter(|c| !c.is_control()).take(FILE_MAX).collect()
    }
}

impl FromRequest<App> for ModelBody {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        use axum::extract::FromRequestParts as _;
        let (mut parts, bytes) = whole(request, &app.edge).await?;
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if kind.is_some_and(|kind| kind.trim_start().starts_with("application/json")) {
            Query::<NoQuery>::from_request_parts(&mut parts, app).await?;
            return Ok(Self(json(&parts.headers, &bytes)?));
        }
        let Query(query) = Query::<ModelQuery>::from_request_parts(&mut parts, app).await?;
        let text = String::from_utf8(bytes.to_vec()).map_err(|fault| {
            let at = fault.utf8_error().valid_up_to();
            let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            Code::MalformedRequest.says(format!("The text is not UTF-8: line {line}."))
        })?;
        let keep_leases = query.keep_leases.unwrap_or_default();
        Ok(Self(ModelRequest { text, keep_leases, note: query.note, file: query.file }))
    }
}
