//! A request of the client plane, read and proven as far as the edge can.
//!
//! Kept here: a client signature is checked over exactly the bytes that came, with a key the administrator
//! uploaded and a date of the last minutes; a lease token is taken from its header or the body, never from the
//! URL. What comes through a shared folder was proven there, and its tokens are bound to the key that proved it.
//! Deliberately not here: whether a signature is demanded (the leasing floor denies unsigned requests).

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tenure_api::signature::{DATE_HEADER, SIGNATURE_HEADER, signed_bytes, split_header};
use tenure_document::{Hash, KeyId, LeaseId, Time};
use tenure_leasing::Actor;
use tenure_ledger::Idempotency;
use tenure_shell::access::strip_scheme;
use tenure_shell::asked::Asked;
use tenure_shell::extract::{body_bytes, header};
use tenure_shell::idempotency::{idempotency, idempotency_key, path_and_query};
use tenure_shell::limits::Limits;
use tenure_shell::problem::{Code, Refused};

use crate::app::App;
use crate::client_key::verifies;
use crate::token::Tokens;

/// How far the date of a signed request may be from ours.
const DATE_WINDOW_MS: i64 = 5 * 60 * 1000;

/// What came, and who is proven to have sent it.
pub(crate) struct Call {
    pub(crate) parts: Parts,
    pub(crate) bytes: Bytes,
    /// The uploaded key that signed this request.
    pub(crate) signed_by: Option<KeyId>,
    /// The tokens, where they are bound to a key.
    pub(crate) bound: Option<Box<Tokens>>,
}

/// The key that signed a request which came another way than over HTTP, uploaded or not. Only this process can attach it.
#[derive(Clone, Copy)]
pub(crate) struct Proven(pub(crate) KeyId);

impl FromRequest<App> for Call {
    type Rejection = Refused;

    /// Every checkout waits here. An `async fn` would keep the request beside its parts; what is seldom waited for is
    /// in a box.
    fn from_request(
        request: Request,
        app: &App,
    ) -> impl Future<Output = Result<Self, Refused>> + Send {
        let (parts, body) = request.into_parts();
        let mut call = Self { parts, bytes: Bytes::new(), signed_by: None, bound: None };
        async move {
            let Limits { body_max, body_timeout, .. } = app.edge.limits;
            call.bytes = body_bytes(&call.parts.headers, body, body_max, body_timeout).await?;
            if let Some(Proven(key)) = call.parts.extensions.get::<Proven>().copied() {
                call.bound = Some(Box::new(app.tokens.bound_to(key)));
                call.signed_by = Box::pin(uploaded(app, key)).await?;
            } else if call.parts.headers.contains_key(SIGNATURE_HEADER) {
                call.signed_by = Some(Box::pin(call.proven_key(app)).await?);
            }
            Ok(call)
        }
    }
}

/// The key again when an administrator has uploaded it; one that was revoked gets nothing.
async fn uploaded(app: &App, key: KeyId) -> Result<Option<KeyId>, Refused> {
    let standing = app
        .query(move |leasing, _| leasing.client_key(key).map(|known| known.revoked.is_none()))
        .await?;
    match standing {
        Some(false) => Err(Code::BadSignature.says("An administrator has revoked this key.")),
        standing => Ok(standing.map(|_| key)),
    }
}

impl Call {
    /// Hash of the body as it came; none without a body.
    pub(crate) fn request_hash(&self) -> Option<Hash> {
        (!self.bytes.is_empty()).then(|| Hash::of(&self.bytes))
    }

    /// Parses the body.
    pub(crate) fn json<T: Asked>(&self) -> Result<T, Refused> {
        tenure_shell::extract::json(&self.parts.headers, &self.bytes)
    }

    /// Parses the body; an empty one is the default.
    pub(crate) fn json_or_default<T: Asked + Default>(&self) -> Result<T, Refused> {
        tenure_shell::extract::json_or_default(&self.parts.headers, &self.bytes)
    }

    /// What makes a repeat of this request recognizable. `principal` says who asks when nobody signed.
    pub(crate) fn idempotency(
        &self,
        principal: impl FnOnce() -> String,
    ) -> Result<Option<Idempotency>, Refused> {
        let key = self.signed_by.or(self.bound.as_ref().and_then(|bound| bound.key()));
        let principal = || match key {
            Some(id) => format!("key:{id}"),
            None => principal(),
        };
        idempotency(&self.parts, &self.bytes, principal)
    }

    /// The tokens that an answer to this request has, and that it may show.
    pub(crate) fn tokens<'a>(&'a self, app: &'a App) -> &'a Tokens {
        self.bound.as_deref().unwrap_or(&app.tokens)
    }

    /// The lease token of the `Authorization` header.
    pub(crate) fn header_token(&self) -> Result<Option<&str>, Refused> {
        let value = header(&self.parts.headers, AUTHORIZATION.as_str())?;
        Ok(value.and_then(|value| strip_scheme(value, "Lease")))
    }

    /// Whether a user of the admin plane asks.
    pub(crate) fn is_bearer(&self) -> Result<bool, Refused> {
        let value = header(&self.parts.headers, AUTHORIZATION.as_str())?;
        Ok(value.is_some_and(|value| strip_scheme(value, "Bearer").is_some()))
    }

    /// Who acts on a lease: its holder by the token, else the key that signed.
    ///
    /// # Errors
    /// 401 without either, 403 with a token that is not this lease's.
    pub(crate) fn actor(
        &self,
        app: &App,
        lease: LeaseId,
        in_body: Option<&str>,
    ) -> Result<Actor, Refused> {
        self.actor_by_name(app, &lease.to_string(), in_body)
    }

    /// The same for anything that has a token, by the text form of its ID.
    pub(crate) fn actor_by_name(
        &self,
        app: &App,
        id: &str,
        in_body: Option<&str>,
    ) -> Result<Actor, Refused> {
        match self.header_token()?.or(in_body) {
            Some(token) => holder(self.tokens(app), id, token),
            None => self.signed_by.map(Actor::Key).ok_or_else(|| {
                Code::TokenRequired.says(
                    "Send the token that came with the grant as `Authorization: Lease <token>` or as `token` in \
                     the body, or sign the request with the holder's key.",
                )
            }),
        }
    }

    /// The key that signed, where there is a signature.
    async fn proven_key(&self, app: &App) -> Result<KeyId, Refused> {
        let wrong = |why: &str| Code::BadSignature.says(why.to_owned());
        let value = header(&self.parts.headers, SIGNATURE_HEADER)?.unwrap_or_default();
        let (id, signature) = split_header(value)
            .ok_or_else(|| wrong("`Tenure-Signature` is `<key id>.<signature, base64url>`."))?;
        let id: KeyId =
            id.parse().map_err(|_| wrong("The key ID of `Tenure-Signature` is malformed."))?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| wrong("The signature of `Tenure-Signature` is not base64url."))?;
        let date = header(&self.parts.headers, DATE_HEADER)?
            .ok_or_else(|| wrong("A signed request carries `Tenure-Date`."))?;
        let at: Time =
            date.parse().map_err(|_| wrong("`Tenure-Date` is an RFC 3339 time in UTC."))?;
        let apart = at.as_millis().saturating_sub(app.wall().as_millis()).unsigned_abs();
        if apart > DATE_WINDOW_MS.unsigned_abs() {
            return Err(wrong("`Tenure-Date` is more than 5 minutes off. Set the clocks right."));
        }
        let idempotency_key = idempotency_key(&self.parts)?.unwrap_or_default();
        let message = signed_bytes(
            self.parts.method.as_str(),
            path_and_query(&self.parts),
            date,
            idempotency_key,
            &self.bytes,
        );
        match app.client_key(id).await? {
            Some(key) if verifies(&key, &message, &signature) => Ok(id),
            Some(_) => Err(wrong("The signature does not fit this request and key.")),
            None => Err(wrong("This key is not known here. Let the administrator upload it.")),
        }
    }
}

/// The holder of a lease or a consumption, proven by its token.
pub(crate) fn holder(tokens: &Tokens, id: &str, token: &str) -> Result<Actor, Refused> {
    if tokens.is_of(token, id) {
        return Ok(Actor::Holder);
    }
    Err(Code::WrongToken.says("Send the token that came with this grant."))
}
