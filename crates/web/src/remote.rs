//! A server elsewhere as the backend of pages: the same calls, over HTTP or HTTPS.
//!
//! Kept here: only headers that belong to a call travel, so no cookie of the pages leaves them; a call takes its
//! time at most, an answer its size; calls that wait for one server are so many at most; whatever goes wrong between
//! here and there is a problem that names the address and says what to do. Deliberately not here: retries, which the
//! client makes where they are harmless.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use axum::http::{Request, Response, StatusCode};
use tenure_api::client::{RelayAnswer, RelayFault, RelayRequest};
use tenure_api::{ApiError, Client, ClientOptions, Problem, TlsTrust};
use tokio::sync::Semaphore;

use crate::backend::{ANSWER_MAX, Answering, Backend};

/// Calls under way to one server; more wait for a place.
const CALLS_MAX: usize = 32;

/// Headers of a call that travel.
const SENT: [&str; 5] = ["accept", "authorization", "content-type", "if-match", "idempotency-key"];

/// Headers of an answer that pages need.
const KEPT: [&str; 4] = ["content-type", "etag", "retry-after", "content-disposition"];

/// Where a server is and how long it may take.
#[derive(Debug, Clone)]
pub struct RemoteOptions {
    /// `http://host:port` or `https://host:port`, without a path.
    pub address: String,
    /// Whom to believe on `https`.
    pub trust: TlsTrust,
    /// Longest time for a whole call, the wait for a place among others not counted.
    pub timeout: Duration,
    /// Longest time for making a connection.
    pub connect_timeout: Duration,
}

impl RemoteOptions {
    /// A server at an address: certificates of the system, 30 s for a call, 5 s to connect.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            trust: TlsTrust::System,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
        }
    }
}

/// A license server or an office elsewhere. What it sees as the caller's address is this machine's.
#[derive(Debug)]
pub struct Remote {
    client: Client,
    places: Arc<Semaphore>,
    timeout: Duration,
}

impl Remote {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// [`ApiError::Setup`] when the address or the certificates can't be used.
    pub fn new(options: RemoteOptions) -> Result<Self, ApiError> {
        let mut client = ClientOptions::new(options.address);
        client.trust = options.trust;
        client.timeout = options.timeout;
        client.connect_timeout = options.connect_timeout;
        let places = Arc::new(Semaphore::new(CALLS_MAX));
        Ok(Self { client: Client::new(client)?, places, timeout: options.timeout })
    }

    /// Where the server is.
    pub fn address(&self) -> &str {
        self.client.address()
    }

    async fn carry(&self, request: Request<Bytes>) -> Response<Bytes> {
        let place = tokio::time::timeout(self.timeout, self.places.clone().acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return said(busy(self.address()));
        };
        let client = self.client.clone();
        let carried = tokio::task::spawn_blocking(move || {
            let outcome = relay(&client, &request);
            // A visitor who went away does not give the place back: the call is still under way.
            drop(place);
            outcome
        });
        match carried.await {
            Ok(Ok(answer)) => handed_on(self.address(), answer),
            Ok(Err(fault)) => said(self.problem(&fault)),
            Err(_) => said(self.problem(&RelayFault::Unreachable("the call broke off".to_owned()))),
        }
    }

    fn problem(&self, fault: &RelayFault) -> Problem {
        let address = self.address();
        tracing::info!(address, %fault, "a server gave the pages no answer");
        match fault {
            RelayFault::Unreachable(reason) => Problem::new(
                502,
                "server-unreachable",
                "The server can’t be reached",
                format!(
                    "{address} gives no answer: {reason}. See that the server runs there, that the \
                     address and port are right, and that no firewall stands between."
                ),
            ),
            RelayFault::Untrusted(reason) => Problem::new(
                502,
                "server-not-trusted",
                "The server could not prove who it is",
                format!(
                    "{address} shows a certificate that is not believed: {reason}. Nothing was \
                     sent. If the server has a certificate of its own, name its file with `--ca`."
                ),
            ),
            RelayFault::TimedOut => Problem::new(
                504,
                "server-timed-out",
                "The server takes too long",
                format!(
                    "{address} gave no answer within {}. What was asked for may still happen: look \
                     before you send it again.",
                    seconds(self.timeout)
                ),
            ),
            RelayFault::TooLarge => Problem::new(
                502,
                "answer-too-large",
                "The answer is too large to be shown",
                format!(
                    "{address} answered with more than {} MiB. Narrow the list with a search or a \
                     filter, or use the command line.",
                    ANSWER_MAX >> 20
                ),
            ),
            RelayFault::Unsendable(reason) => Problem::new(
                500,
                "not-sent",
                "This could not be sent",
                format!("Nothing was sent to {address}: {reason}."),
            ),
        }
    }
}

impl Backend for Remote {
    fn call(&self, request: Request<Bytes>) -> Answering<'_> {
        Box::pin(self.carry(request))
    }
}

fn relay(client: &Client, request: &Request<Bytes>) -> Result<RelayAnswer, RelayFault> {
    let headers: Vec<(&str, &[u8])> = SENT
        .iter()
        .filter_map(|name| Some((*name, request.headers().get(*name)?.as_bytes())))
        .collect();
    let asked = RelayRequest {
        method: request.method().as_str(),
        path: request.uri().path_and_query().map_or("/", |path| path.as_str()),
        headers: &headers,
        body: request.body(),
        answer_max: ANSWER_MAX as u64,
    };
    client.relay(&asked, &KEPT)
}

/// The answer as pages take it. A proxy, or another program at this address, is told from the server.
fn handed_on(address: &str, answer: RelayAnswer) -> Response<Bytes> {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let is_page = answer
        .headers
        .iter()
        .any(|(name, value)| *name == CONTENT_TYPE && value.starts_with(b"text/html"));
    // Problems, and the health of a server that does not grant.
    let is_json = |kind: &[u8]| {
        kind.starts_with(b"application/problem+json") || kind.starts_with(b"application/json")
    };
    let is_said =
        answer.headers.iter().any(|(name, value)| *name == CONTENT_TYPE && is_json(value));
    if is_page || !status.is_success() && !is_said {
        return said(stranger(address, status));
    }
    let mut response = Response::new(Bytes::from(answer.body));
    *response.status_mut() = status;
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

fn stranger(address: &str, status: StatusCode) -> Problem {
    Problem::new(
        502,
        "not-our-server",
        "Something else answers there",
        format!(
            "What answers at {address} (with status {}) is no license server of this kind. See that the \
             address and port are right, and what a proxy between does.",
            status.as_u16()
        ),
    )
}

fn busy(address: &str) -> Problem {
    Problem::new(
        503,
        "server-busy",
        "Too much is waiting for the server",
        format!("{CALLS_MAX} calls wait for {address} already. Try again in a moment."),
    )
}

fn seconds(time: Duration) -> String {
    match time.subsec_millis() {
        0 if time.as_secs() == 1 => "1 second".to_owned(),
        0 => format!("{} seconds", time.as_secs()),
        _ => format!("{} ms", time.as_millis()),
    }
}

/// A problem as an answer.
pub(crate) fn said(problem: Problem) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(serde_json::to_vec(&problem).unwrap_or_default()));
    *response.status_mut() =
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
