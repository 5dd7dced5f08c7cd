//! A change that a member of the staff asks for: who, what, and what makes a repeat recognizable.
//!
//! Kept here: the role is checked before the body is read; a repeat is the same user, key, method, path and body.
//! Deliberately not here: what is asked (each route's own body), whether it needs a second person (issuing).

use std::marker::PhantomData;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::Deserialize;
use tenure_api::office::OfficeRole;
use tenure_ledger::Idempotency;
use tenure_shell::access::{Permit, Scope};
use tenure_shell::asked::Asked;
use tenure_shell::body::whole;
use tenure_shell::extract::{json, json_or_default};
use tenure_shell::idempotency::idempotency;
use tenure_shell::problem::Refused;

use crate::app::App;

/// A change with the role `S` and a body.
pub(crate) struct Order<S, T> {
    /// Who asks, for the journal.
    pub(crate) by: String,
    /// What makes a repeat recognizable.
    pub(crate) idempotency: Option<Idempotency>,
    /// What is asked.
    pub(crate) asked: T,
    scope: PhantomData<S>,
}

/// The same where the body may be left out.
pub(crate) struct LightOrder<S, T>(pub(crate) Order<S, T>);

/// The body of what needs none.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

impl Asked for Nothing {}

impl<S: Scope<Role = OfficeRole>, T: Asked> FromRequest<App> for Order<S, T> {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        read(request, app, |parts, bytes| json(&parts.headers, bytes)).await
    }
}

impl<S: Scope<Role = OfficeRole>, T: Asked + Default> FromRequest<App> for LightOrder<S, T> {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let order = read(request, app, |parts, bytes| json_or_default(&parts.headers, bytes));
        order.await.map(Self)
    }
}

async fn read<S: Scope<Role = OfficeRole>, T>(
    request: Request,
    app: &App,
    body: impl FnOnce(&Parts, &[u8]) -> Result<T, Refused>,
) -> Result<Order<S, T>, Refused> {
    let (mut parts, unread) = request.into_parts();
    let by = Permit::<S>::from_request_parts(&mut parts, app).await?.by();
    let (parts, bytes) = whole(Request::from_parts(parts, unread), &app.edge).await?;
    let asked = body(&parts, &bytes)?;
    let idempotency = idempotency(&parts, &bytes, || format!("user:{by}"))?;
    Ok(Order { by, idempotency, asked, scope: PhantomData })
}
