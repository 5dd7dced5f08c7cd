//! One request as somebody made it, carried to a server and its answer carried back, neither understood.
//!
//! Kept here: the client's own credential is never added, so that a request speaks for whoever made it; the answer
//! has a bound; a request that failed is repeated only when repeating is harmless and the time is not used up.
//! Deliberately not here: which headers a page needs, and what people are told about a fault.

use std::io;

use super::connection::Client;
use super::distrust::{distrust, tls_fault};

/// A request to carry.
#[derive(Debug, Clone, Copy)]
pub struct RelayRequest<'r> {
    /// `GET`, `POST`, …
    pub method: &'r str,
    /// Path and query, percent-encoded, beginning with `/`.
    pub path: &'r str,
    /// Headers to send, besides those that the connection itself needs.
    pub headers: &'r [(&'r str, &'r [u8])],
    /// The body; empty for none.
    pub body: &'r [u8],
    /// Most bytes of an answer's body.
    pub answer_max: u64,
}

/// What came back.
#[derive(Debug)]
pub struct RelayAnswer {
    /// HTTP status, whatever it is.
    pub status: u16,
    /// The headers that were asked for and are there.
    pub headers: Vec<(&'static str, Vec<u8>)>,
    /// The body as it came.
    pub body: Vec<u8>,
}

/// Why nothing came back. Except for the last, the request may have been carried out all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelayFault {
    /// No connection, or one that broke.
    #[error("{0}")]
    Unreachable(String),
    /// Somebody is there, and cannot prove to be the server.
    #[error("{0}")]
    Untrusted(String),
    /// The time is over.
    #[error("no answer in time")]
    TimedOut,
    /// The answer goes beyond the bound.
    #[error("the answer is too large")]
    TooLarge,
    /// It is no request that can be sent.
    #[error("{0}")]
    Unsendable(String),
}

impl Client {
    /// Carries one request; `wanted` are the headers of the answer to hand back.
    ///
    /// # Errors
    /// [`RelayFault`]. A status that says no is an answer, not an error.
    pub fn relay(
        &self,
        request: &RelayRequest<'_>,
        wanted: &[&'static str],
    ) -> Result<RelayAnswer, RelayFault> {
        let harmless = matches!(request.method, "GET" | "HEAD")
            || request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("idempotency-key"));
        match self.relay_once(request, wanted) {
            // A kept-alive connection that the server has closed meanwhile looks like this.
            Err(RelayFault::Unreachable(_)) if harmless => self.relay_once(request, wanted),
            outcome => outcome,
        }
    }

    fn relay_once(
        &self,
        asked: &RelayRequest<'_>,
        wanted: &[&'static str],
    ) -> Result<RelayAnswer, RelayFault> {
        let mut request = ureq::http::Request::builder().method(asked.method).uri(format!(
            "{}{}",
            self.address(),
            asked.path
        ));
        for (name, value) in asked.headers {
            request = request.header(*name, *value);
        }
        let unsendable = |error: ureq::http::Error| RelayFault::Unsendable(error.to_string());
        let response = match asked.body.is_empty() {
            true => self.agent.run(request.body(()).map_err(unsendable)?),
            false => self.agent.run(request.body(asked.body).map_err(unsendable)?),
        };
        let mut response = response.map_err(fault)?;
        let headers = wanted
            .iter()
            .filter_map(|name| Some((*name, response.headers().get(*name)?.as_bytes().to_vec())))
            .collect();
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(asked.answer_max).read_to_vec();
        Ok(RelayAnswer { status, headers, body: body.map_err(fault)? })
    }
}

/// The kind of a fault, and its words without the ornaments of the libraries below.
fn fault(error: ureq::Error) -> RelayFault {
    if let Some(fault) = tls_fault(&error) {
        return of_tls(fault);
    }
    match error {
        ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => {
            RelayFault::Unreachable("no connection came about in time".to_owned())
        }
        ureq::Error::Timeout(_) => RelayFault::TimedOut,
        ureq::Error::BodyExceedsLimit(_) => RelayFault::TooLarge,
        ureq::Error::HostNotFound => {
            RelayFault::Unreachable("there is no machine of this name".to_owned())
        }
        ureq::Error::ConnectionFailed => {
            RelayFault::Unreachable("no connection could be made".to_owned())
        }
        ureq::Error::Protocol(error) => RelayFault::Unreachable(format!(
            "what came back is not HTTP (an https address, perhaps): {error}"
        )),
        ureq::Error::Io(error) => of_io(&error),
        ureq::Error::BadUri(reason) => RelayFault::Unsendable(reason),
        ureq::Error::Http(error) => RelayFault::Unsendable(error.to_string()),
        other => RelayFault::Unreachable(other.to_string()),
    }
}

fn of_io(error: &io::Error) -> RelayFault {
    match error.kind() {
        io::ErrorKind::TimedOut => RelayFault::TimedOut,
        io::ErrorKind::ConnectionRefused => {
            RelayFault::Unreachable("nothing listens there".to_owned())
        }
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => {
            RelayFault::Unreachable("the connection was closed without an answer".to_owned())
        }
        _ => RelayFault::Unreachable(error.to_string()),
    }
}

fn of_tls(error: &rustls::Error) -> RelayFault {
    match error {
        rustls::Error::InvalidMessage(_) => {
            RelayFault::Unreachable("it does not speak TLS (an http address, perhaps)".to_owned())
        }
        other => RelayFault::Untrusted(distrust(other).unwrap_or_else(|| other.to_string())),
    }
}
