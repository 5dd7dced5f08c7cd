//! How pages reach the REST API: one call, in process or elsewhere.
//!
//! Kept here: what a page can do, the API can do, because there is no other way in; an answer is either the type
//! asked for or a trouble that a page can show. Deliberately not here: retries. A page shows what happened and
//! the person decides.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, IF_MATCH};
use axum::http::{HeaderName, Method, Request, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tenure_api::Problem;
use tower::ServiceExt;

/// The most bytes of an answer.
pub(crate) const ANSWER_MAX: usize = 16 << 20;

/// A service that answers REST calls.
pub trait Backend: Send + Sync + 'static {
    /// Answers one call. The request's extensions carry the caller's address where it is known
    /// (`ConnectInfo<SocketAddr>`), so that limits count persons and not the pages.
    fn call(&self, request: Request<Bytes>) -> Answering<'_>;
}

/// The answer to come.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Response<Bytes>> + Send + 'a>>;

/// Which server a call is for, where a backend reaches several: an extension of the request. The first is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination(pub usize);

/// A router of this process.
pub struct InProcess(Router);

impl InProcess {
    /// Calls go to this router, which must not check hosts: `Host` is `localhost`.
    pub fn new(router: Router) -> Self {
        Self(router)
    }
}

impl Backend for InProcess {
    fn call(&self, request: Request<Bytes>) -> Answering<'_> {
        let router = self.0.clone();
        Box::pin(async move {
            let answer = match router.oneshot(request.map(Body::from)).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            };
            let (parts, body) = answer.into_parts();
            match axum::body::to_bytes(body, ANSWER_MAX).await {
                Ok(bytes) => Response::from_parts(parts, bytes),
                Err(_) => {
                    let mut failed = Response::new(Bytes::new());
                    *failed.status_mut() = StatusCode::BAD_GATEWAY;
                    failed
                }
            }
        })
    }
}

/// Why a call gave no answer that a page was made for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Trouble {
    /// The service says no, and why.
    Problem(Box<Problem>),
    /// The service gave an answer that is none.
    Broken,
}

impl Trouble {
    /// The stable word of the problem; empty for a broken answer.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Problem(problem) => &problem.code,
            Self::Broken => "",
        }
    }

    /// Whether no answer of the server itself came: it is elsewhere, and something is wrong on the way.
    pub(crate) fn is_on_the_way(&self) -> bool {
        let codes = [
            "server-unreachable",
            "server-not-trusted",
            "server-timed-out",
            "server-busy",
            "server-not-listed",
            "not-our-server",
        ];
        codes.contains(&self.code())
    }

    /// The status a page answers with.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Problem(problem) => {
                StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_GATEWAY)
            }
            Self::Broken => StatusCode::BAD_GATEWAY,
        }
    }

    /// What happened, for people.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Problem(problem) if !problem.title.is_empty() => problem.title.clone(),
            _ => "This did not work".to_owned(),
        }
    }

    /// Why, and what to do.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Problem(problem) => match &problem.explanation {
                Some(explanation) if problem.detail.is_empty() => explanation.clone(),
                _ => problem.detail.clone(),
            },
            Self::Broken => "The service gave no answer that can be shown. Nothing is lost: try \
                             again in a moment."
                .to_owned(),
        }
    }
}

/// The API as one visitor calls it.
pub(crate) struct Api<'b> {
    pub(crate) backend: &'b dyn Backend,
    pub(crate) to: Destination,
    pub(crate) caller: Option<SocketAddr>,
    pub(crate) bearer: Option<&'b str>,
}

impl Api<'_> {
    /// `GET`, answered in JSON.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Trouble> {
        json(self.send(Method::GET, path, Sent::NOTHING).await?)
    }

    /// `GET` whose JSON counts whatever the status of the answer is.
    pub(crate) async fn look<T: DeserializeOwned>(&self, path: &str) -> Result<T, Trouble> {
        let answer = self.carry(Method::GET, path, Sent::NOTHING).await?;
        match serde_json::from_slice(answer.body()) {
            Ok(found) => Ok(found),
            Err(_) if !answer.status().is_success() => Err(problem(answer.status(), answer.body())),
            Err(_) => json(answer.into_body()),
        }
    }

    /// `GET` of a document.
    pub(crate) async fn get_text(&self, path: &str) -> Result<String, Trouble> {
        text(self.send(Method::GET, path, Sent::NOTHING).await?)
    }

    /// `POST` of JSON, answered in JSON; `()` takes an answer without content. `once` makes a repetition of the same
    /// form harmless.
    pub(crate) async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
        once: &str,
    ) -> Result<T, Trouble> {
        json(self.send(Method::POST, path, Sent { once, ..Sent::json(body)? }).await?)
    }

    /// `POST` of nothing, answered in JSON.
    pub(crate) async fn post_empty<T: DeserializeOwned>(
        &self,
        path: &str,
        once: &str,
    ) -> Result<T, Trouble> {
        json(self.send(Method::POST, path, Sent { once, ..Sent::NOTHING }).await?)
    }

    /// `POST` of bytes as they are, answered in JSON.
    pub(crate) async fn post_bytes<T: DeserializeOwned>(
        &self,
        path: &str,
        kind: &'static str,
        body: Bytes,
    ) -> Result<T, Trouble> {
        json(self.send(Method::POST, path, Sent { kind, body, ..Sent::NOTHING }).await?)
    }

    /// `PUT` of JSON; `revision` is what the thing must still have (`If-Match`).
    pub(crate) async fn put<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
        revision: Option<u64>,
    ) -> Result<T, Trouble> {
        json(self.send(Method::PUT, path, Sent { revision, ..Sent::json(body)? }).await?)
    }

    /// `PUT` of bytes as they are.
    pub(crate) async fn put_bytes<T: DeserializeOwned>(
        &self,
        path: &str,
        kind: &'static str,
        body: Bytes,
        revision: Option<u64>,
    ) -> Result<T, Trouble> {
        json(self.send(Method::PUT, path, Sent { kind, body, revision, ..Sent::NOTHING }).await?)
    }

    /// `PATCH` of JSON.
    pub(crate) async fn patch<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, Trouble> {
        json(self.send(Method::PATCH, path, Sent::json(body)?).await?)
    }

    /// `DELETE`; `()` takes an answer without content.
    pub(crate) async fn delete<T: DeserializeOwned>(
        &self,
        path: &str,
        revision: Option<u64>,
    ) -> Result<T, Trouble> {
        json(self.send(Method::DELETE, path, Sent { revision, ..Sent::NOTHING }).await?)
    }

    async fn send(&self, method: Method, path: &str, sent: Sent<'_>) -> Result<Bytes, Trouble> {
        let answer = self.carry(method, path, sent).await?;
        if answer.status().is_success() {
            return Ok(answer.into_body());
        }
        Err(problem(answer.status(), answer.body()))
    }

    async fn carry(
        &self,
        method: Method,
        path: &str,
        sent: Sent<'_>,
    ) -> Result<Response<Bytes>, Trouble> {
        let mut request = Request::new(sent.body);
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().map_err(|_| Trouble::Broken)?;
        let headers = request.headers_mut();
        headers.insert(HOST, HeaderValue::from_static("localhost"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/plain"));
        if !sent.kind.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(sent.kind));
        }
        if let Ok(once) = HeaderValue::from_str(sent.once)
            && !once.is_empty()
        {
            headers.insert(HeaderName::from_static("idempotency-key"), once);
        }
        if let Some(revision) = sent.revision
            && let Ok(tag) = HeaderValue::from_str(&format!("\"{revision}\""))
        {
            headers.insert(IF_MATCH, tag);
        }
        if let Some(bearer) = self.bearer {
            let mut line =
                HeaderValue::from_str(&format!("Bearer {bearer}")).map_err(|_| Trouble::Broken)?;
            line.set_sensitive(true);
            headers.insert(AUTHORIZATION, line);
        }
        request.extensions_mut().insert(self.to);
        if let Some(caller) = self.caller {
            request.extensions_mut().insert(ConnectInfo(caller));
        }
        Ok(self.backend.call(request).await)
    }
}

struct Sent<'s> {
    kind: &'static str,
    body: Bytes,
    once: &'s str,
    revision: Option<u64>,
}

impl Sent<'_> {
    const NOTHING: Sent<'static> = Sent { kind: "", body: Bytes::new(), once: "", revision: None };

    fn json<B: Serialize>(body: &B) -> Result<Sent<'static>, Trouble> {
        let body = serde_json::to_vec(body).map_err(|_| Trouble::Broken)?.into();
        Ok(Sent { kind: "application/json", body, ..Sent::NOTHING })
    }
}

fn problem(status: StatusCode, body: &[u8]) -> Trouble {
    match serde_json::from_slice::<Problem>(body) {
        Ok(mut problem) => {
            problem.status = status.as_u16();
            Trouble::Problem(Box::new(problem))
        }
        Err(_) => {
            tracing::warn!(%status, "an answer to the pages is not a problem document");
            Trouble::Broken
        }
    }
}

fn json<T: DeserializeOwned>(bytes: Bytes) -> Result<T, Trouble> {
    let bytes = if bytes.is_empty() { Bytes::from_static(b"null") } else { bytes };
    serde_json::from_slice(&bytes).map_err(|error| {
        tracing::warn!(%error, "an answer to the pages has another shape");
        Trouble::Broken
    })
}

fn text(bytes: Bytes) -> Result<String, Trouble> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Trouble::Broken)
}
