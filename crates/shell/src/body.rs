//! Bodies as an argument of a handler.
//!
//! Kept here: the body limits of the edge; every refusal is a problem document.
//! Deliberately not here: requests whose bytes are also signed and hashed.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;

use crate::asked::Asked;
use crate::edge::Edge;
use crate::extract::{body_bytes, json, json_or_default};
use crate::problem::Refused;

/// Head and bytes of a request, read within the limits.
///
/// # Errors
/// 408 when it does not arrive in time, 413 when it is too large.
pub async fn whole(request: Request, edge: &Edge) -> Result<(Parts, Bytes), Refused> {
    within(request, edge, edge.limits.body_max).await
}

async fn within(request: Request, edge: &Edge, max: usize) -> Result<(Parts, Bytes), Refused> {
    let (parts, body) = request.into_parts();
    let bytes = body_bytes(&parts.headers, body, max, edge.limits.body_timeout).await?;
    Ok((parts, bytes))
}

/// A JSON body.
pub struct Json<T>(pub T);

impl<S: AsRef<Edge> + Send + Sync, T: Asked> FromRequest<S> for Json<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let (parts, bytes) = whole(request, state.as_ref()).await?;
        Ok(Self(json(&parts.headers, &bytes)?))
    }
}

/// The bytes of a body, whatever their type: files.
pub struct File(pub Bytes);

impl<S: AsRef<Edge> + Send + Sync> FromRequest<S> for File {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        Ok(Self(whole(request, state.as_ref()).await?.1))
    }
}

/// A JSON body that may be left out.
pub struct OptionalJson<T>(pub T);

impl<S: AsRef<Edge> + Send + Sync, T: Asked + Default> FromRequest<S> for OptionalJson<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let (parts, bytes) = whole(request, state.as_ref()).await?;
        Ok(Self(json_or_default(&parts.headers, &bytes)?))
    }
}

/// A JSON body that quotes a file: four times as large as others.
pub struct LargeJson<T>(pub T);

impl<S: AsRef<Edge> + Send + Sync, T: Asked> FromRequest<S> for LargeJson<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let edge = state.as_ref();
        let max = edge.limits.body_max.saturating_mul(4);
        let (parts, bytes) = within(request, edge, max).await?;
        Ok(Self(json(&parts.headers, &bytes)?))
    }
}
