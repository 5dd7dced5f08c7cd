//! JSON bodies as an argument of a handler.
//!
//! Kept here: the body limits of the options; every refusal is a problem document.
//! Deliberately not here: requests of the client plane, whose bytes are also signed and hashed (`call`).

use axum::extract::{FromRequest, Request};

use crate::app::App;
use crate::extract::{Asked, body_bytes, json, json_or_default};
use crate::problem::Refused;

/// A JSON body.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Asked> FromRequest<App> for Json<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let limits = &app.limits;
        let bytes = body_bytes(&parts.headers, body, limits.body_max, limits.body_timeout).await?;
        Ok(Self(json(&parts.headers, &bytes)?))
    }
}

/// The bytes of a body, whatever their type: files.
pub(crate) struct File(pub(crate) axum::body::Bytes);

impl FromRequest<App> for File {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let limits = &app.limits;
        Ok(Self(body_bytes(&parts.headers, body, limits.body_max, limits.body_timeout).await?))
    }
}

/// A JSON body that may be left out.
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: Asked + Default> FromRequest<App> for OptionalJson<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let limits = &app.limits;
        let bytes = body_bytes(&parts.headers, body, limits.body_max, limits.body_timeout).await?;
        Ok(Self(json_or_default(&parts.headers, &bytes)?))
    }
}

/// A JSON body that quotes a file: four times as large as others.
pub(crate) struct LargeJson<T>(pub(crate) T);

impl<T: Asked> FromRequest<App> for LargeJson<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let limits = &app.limits;
        let max = limits.body_max.saturating_mul(4);
        let bytes = body_bytes(&parts.headers, body, max, limits.body_timeout).await?;
        Ok(Self(json(&parts.headers, &bytes)?))
    }
}
