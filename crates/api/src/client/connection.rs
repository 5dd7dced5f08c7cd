//! One connection pool to one server: building requests, reading answers, telling refusals from faults.
//!
//! Bodies are serialized once, by [`body_of`]; whoever needs the hash of a request hashes exactly those bytes.
//! Nothing here knows a route.

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tenure_document::{Signer, Time};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector, TcpConnector};

use super::distrust::{distrust, tls_fault};
use super::error::ApiError;
use super::tls::{TlsConnector, TlsTrust, client_config};
use crate::problem::Problem;
use crate::signature::{DATE_HEADER, IDEMPOTENCY_HEADER, SIGNATURE_HEADER, signed_bytes};

/// Longest answer that is read.
const ANSWER_MAX: u64 = 64 << 20;

/// How the client proves who it is.
#[derive(Clone, Default)]
pub enum Credential {
    /// Not at all.
    #[default]
    None,
    /// `Authorization: Bearer …` of an administrator.
    Bearer(String),
}

/// The client's own key (Ed25519, uploaded to the server by its administrator) and the clock that dates requests.
#[derive(Clone)]
pub struct Signing {
    /// The key.
    pub signer: Arc<dyn Signer>,
    /// The wall clock; the server accepts a date that is a few minutes off.
    pub now: fn() -> Time,
}

/// How to reach one server.
#[derive(Clone)]
pub struct ClientOptions {
    /// `http://host:port` or `https://host:port`, without a path.
    pub address: String,
    /// How the client proves who it is.
    pub credential: Credential,
    /// Whom to believe on `https`.
    pub trust: TlsTrust,
    /// Longest time for a whole call.
    pub timeout: Duration,
    /// Longest time for making a connection.
    pub connect_timeout: Duration,
    /// Signs every request, where the server demands it.
    pub signing: Option<Signing>,
    /// `User-Agent` header.
    pub agent: String,
}

impl ClientOptions {
    /// A server at an address, everything else by default: no login, system certificates, 30 s.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            credential: Credential::None,
            trust: TlsTrust::System,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            signing: None,
            agent: concat!("tenure/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// The body of a request as it goes on the wire.
pub fn body_of<T: Serialize>(request: &T) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(request)
        .map_err(|error| ApiError::Setup(format!("the request can't be written: {error}")))
}

/// A typed client of one license server. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client {
    pub(super) agent: ureq::Agent,
    address: Arc<str>,
    credential: Credential,
    signing: Option<Signing>,
    timeout: Duration,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("address", &self.address).finish_non_exhaustive()
    }
}

/// One request before it is sent.
pub(super) struct Call<'a> {
    pub method: &'static str,
    /// Path and query, percent-encoded.
    pub path: String,
    pub body: Option<(&'static str, Vec<u8>)>,
    pub lease_token: Option<&'a str>,
    pub idempotency_key: Option<&'a str>,
    /// Only if the thing still has this revision.
    pub if_match: Option<u64>,
    /// The media type asked for; JSON when absent.
    pub accept: Option<&'static str>,
    /// The server may take so much longer than usual.
    pub patience: Duration,
}

impl<'a> Call<'a> {
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        let (body, lease_token, idempotency_key) = (None, None, None);
        let patience = Duration::ZERO;
        let (if_match, accept) = (None, None);
        let path = path.into();
        Self { method, path, body, lease_token, idempotency_key, if_match, accept, patience }
    }

    pub fn json<T: Serialize>(mut self, body: &T) -> Result<Self, ApiError> {
        self.body = Some(("application/json", body_of(body)?));
        Ok(self)
    }

    pub fn bytes(mut self, content_type: &'static str, body: Vec<u8>) -> Self {
        self.body = Some((content_type, body));
        self
    }

    pub fn lease_token(mut self, token: Option<&'a str>) -> Self {
        self.lease_token = token;
        self
    }

    pub fn idempotency_key(mut self, key: &'a str) -> Self {
        self.idempotency_key = Some(key);
        self
    }

    pub fn if_match(mut self, revision: Option<u64>) -> Self {
        self.if_match = revision;
        self
    }

    pub fn accept(mut self, media_type: &'static str) -> Self {
        self.accept = Some(media_type);
        self
    }

    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    fn harmless_to_repeat(&self) -> bool {
        self.idempotency_key.is_some() || matches!(self.method, "GET" | "HEAD")
    }
}

/// A successful answer before its body is read as a type.
pub(super) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Why a request did not succeed.
enum Failed {
    /// The connection broke: a kept-alive one that the server has closed meanwhile looks like this.
    Broken(ApiError),
    /// Repeating it at once is pointless: the server stays silent, or said no.
    Final(ApiError),
}

impl Failed {
    fn error(self) -> ApiError {
        let (Failed::Broken(error) | Failed::Final(error)) = self;
        error
    }
}

impl Client {
    /// A client for these options. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ApiError::Setup`] when the address or the certificates can't be used.
    pub fn new(options: ClientOptions) -> Result<Self, ApiError> {
        let address = server_address(&options.address).map_err(ApiError::Setup)?;
        let secure = address.starts_with("https://");
        // Plain http needs no certificates, so machines without any can still use it.
        let trust = if secure { options.trust } else { TlsTrust::Pin(tenure_document::Hash::ZERO) };
        let config = client_config(&trust).map_err(ApiError::Setup)?;
        let connector = ().chain(TcpConnector::default()).chain(TlsConnector { config });
        let settings = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(options.agent)
            .accept("application/json")
            .timeout_global(Some(options.timeout))
            .timeout_connect(Some(options.connect_timeout))
            .build();
        Ok(Self {
            agent: ureq::Agent::with_parts(settings, connector, DefaultResolver::default()),
            address: Arc::from(address),
            credential: options.credential,
            signing: options.signing,
            timeout: options.timeout,
        })
    }

    /// The same server with another credential.
    pub fn with_credential(&self, credential: Credential) -> Self {
        Self { credential, ..self.clone() }
    }

    /// The server's base address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends and reads the answer as JSON.
    pub(super) fn read<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, ApiError> {
        let Answer { status, body } = self.send(&call)?;
        serde_json::from_slice(&body)
            .map_err(|error| ApiError::Garbled { status, reason: error.to_string() })
    }

    /// Sends and reads the answer as text.
    pub(super) fn text(&self, call: Call<'_>) -> Result<String, ApiError> {
        let Answer { status, body } = self.send(&call)?;
        String::from_utf8(body)
            .map_err(|_| ApiError::Garbled { status, reason: "not UTF-8".to_owned() })
    }

    /// Sends and ignores the body of a successful answer.
    pub(super) fn done(&self, call: Call<'_>) -> Result<(), ApiError> {
        self.send(&call).map(|_| ())
    }

    /// Sends and hands back a successful answer as it came.
    pub(super) fn send(&self, call: &Call<'_>) -> Result<Answer, ApiError> {
        let outcome = match self.send_once(call) {
            Err(Failed::Broken(first)) if call.harmless_to_repeat() => {
                let again = self.send_once(call).map_err(Failed::error);
                return again.map_err(|error| if first.is_open() { error.sent() } else { error });
            }
            outcome => outcome,
        };
        outcome.map_err(Failed::error)
    }

    fn send_once(&self, call: &Call<'_>) -> Result<Answer, Failed> {
        let (content_type, body) =
            call.body.as_ref().map_or((None, &[][..]), |(kind, body)| (Some(*kind), &body[..]));
        let mut request = ureq::http::Request::builder()
            .method(call.method)
            .uri(format!("{}{}", self.address, call.path));
        if let Some(kind) = content_type {
            request = request.header("Content-Type", kind);
        }
        match (call.lease_token, &self.credential) {
            (Some(token), _) => request = request.header("Authorization", format!("Lease {token}")),
            (None, Credential::Bearer(token)) => {
                request = request.header("Authorization", format!("Bearer {token}"))
            }
            (None, Credential::None) => {}
        }
        if let Some(key) = call.idempotency_key {
            request = request.header(IDEMPOTENCY_HEADER, key);
        }
        if let Some(media_type) = call.accept {
            request = request.header("Accept", media_type);
        }
        if let Some(revision) = call.if_match {
            request = request.header("If-Match", format!("\"{revision}\""));
        }
        if let Some(Signing { signer, now }) = &self.signing {
            let date = now().to_string();
            let key = call.idempotency_key.unwrap_or_default();
            let signature = signer.sign(&signed_bytes(call.method, &call.path, &date, key, body));
            let signature = URL_SAFE_NO_PAD.encode(signature);
            request =
                request.header(SIGNATURE_HEADER, format!("{}.{signature}", signer.public().id()));
            request = request.header(DATE_HEADER, date);
        }
        let unusable = |error: ureq::http::Error| {
            ApiError::Setup(format!("the request can't be sent: {error}"))
        };
        let request = request.body(body).map_err(unusable).map_err(Failed::Final)?;
        let response = match body.is_empty() && call.body.is_none() {
            true => self.agent.run(self.patient(request.map(|_| ()), call.patience)),
            false => self.agent.run(self.patient(request, call.patience)),
        };
        let mut response = response.map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let retry_after = header("Retry-After")
            .and_then(|text| text.trim().parse().ok())
            .map(Duration::from_secs);
        let body = response.body_mut().with_config().limit(ANSWER_MAX).read_to_vec();
        let body = body.map_err(|error| self.unreachable(&error))?;
        match status {
            200..=299 => Ok(Answer { status, body }),
            _ => Err(Failed::Final(failure(status, retry_after, &body))),
        }
    }

    /// A request that may take so much longer than usual.
    fn patient<S: ureq::AsSendBody>(
        &self,
        request: ureq::http::Request<S>,
        patience: Duration,
    ) -> ureq::http::Request<S> {
        if patience.is_zero() {
            return request;
        }
        let timeout = self.timeout.saturating_add(patience);
        self.agent.configure_request(request).timeout_global(Some(timeout)).build()
    }

    fn unreachable(&self, error: &ureq::Error) -> Failed {
        let address = self.address.to_string();
        if let Some(reason) = tls_fault(error).and_then(distrust) {
            return Failed::Final(ApiError::Untrusted { address, reason });
        }
        let reason = error.to_string();
        let is_silent = matches!(error, ureq::Error::Timeout(_));
        let error = match is_unsent(error) {
            true => ApiError::Unsent { address, reason },
            false => ApiError::Unreachable { address, reason },
        };
        if is_silent { Failed::Final(error) } else { Failed::Broken(error) }
    }
}

/// Whether there was no connection to send anything over.
fn is_unsent(error: &ureq::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    match error {
        ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect)
        | ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed => true,
        ureq::Error::Io(error) => {
            matches!(error.kind(), ConnectionRefused | HostUnreachable | NetworkUnreachable)
        }
        _ => false,
    }
}

/// The address of a server without a slash at its end.
///
/// # Errors
/// What it is instead, and how one is written.
pub fn server_address(text: &str) -> Result<&str, String> {
    let address = text.trim_end_matches('/');
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(['/', '?', '#', '@', ' ']) => Ok(address),
        _ => Err(format!(
            "`{address}` is not a server address: write http://host:port or https://host:port"
        )),
    }
}

/// What an answer means that came another way than over HTTP: its body, or the refusal or fault that it tells.
///
/// # Errors
/// As every call: by its status.
pub fn judged(
    status: u16,
    retry_after: Option<Duration>,
    body: Vec<u8>,
) -> Result<Vec<u8>, ApiError> {
    match status {
        200..=299 => Ok(body),
        _ => Err(failure(status, retry_after, &body)),
    }
}

/// The error of an unsuccessful answer. A proxy's page in place of a problem document is no refusal by the server.
fn failure(status: u16, retry_after: Option<Duration>, body: &[u8]) -> ApiError {
    let problem =
        serde_json::from_slice::<Problem>(body).ok().filter(|problem| !problem.code.is_empty());
    let unavailable = matches!(status, 408 | 425 | 429 | 500..=599);
    match problem {
        Some(mut problem) => {
            problem.status = status;
            let problem = Box::new(problem);
            match unavailable {
                true => ApiError::Unavailable { problem, retry_after },
                false => ApiError::Refused(problem),
            }
        }
        None if unavailable => {
            let problem =
                Problem::new(status, "unavailable", "The server could not answer", excerpt(body));
            ApiError::Unavailable { problem: Box::new(problem), retry_after }
        }
        None => {
            ApiError::Garbled { status, reason: format!("no problem document: {}", excerpt(body)) }
        }
    }
}

fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().filter(|c| !c.is_control()).take(200).collect()
}

/// One path segment, percent-encoded.
pub(super) fn segment(text: &str) -> String {
    match text {
        // Left alone, these would walk the path instead of naming something.
        "." | ".." => "%2E".repeat(text.len()),
        _ => encode(text),
    }
}

/// A query string of the given pairs, with its `?`; empty without pairs.
pub(super) fn query(pairs: &[(&str, Option<String>)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if let Some(value) = value {
            text.push(if text.is_empty() { '?' } else { '&' });
            text.push_str(name);
            text.push('=');
            text.push_str(&encode(value));
        }
    }
    text
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(byte as char)
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
