//! Problem documents: every error answer of a shell, in one place (RFC 9457).
//!
//! Kept here: each code of the shell has one status and one title; nothing of a fault's cause leaves the
//! process; answers that ask for patience carry `Retry-After`. A snapshot lists every code with its status.
//! Deliberately not here: the codes of refusals and denials (each shell maps those of the floor below it).

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use tenure_api::problem::PROBLEM_JSON;
use tenure_api::{Problem, UnfitEntry};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $code:literal, $title:literal;)*) => {
        /// The shells' own problems: everything that is wrong before, or beside, a decision.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// All of them, in the order of their status.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            fn parts(self) -> (u16, &'static str, &'static str) {
                match self { $(Self::$name => ($status, $code, $title),)* }
            }
        }
    };
}

codes! {
    /// The body is not JSON, or not of the shape this route takes.
    MalformedRequest = 400, "malformed-request", "The request can't be read";
    /// A query parameter is unknown or has an impossible value.
    BadParameter = 400, "bad-parameter", "A query parameter is not understood";
    /// A header of the protocol is malformed.
    BadHeader = 400, "bad-header", "A header is not understood";
    /// Nobody is logged in, or the session has ended.
    LoginRequired = 401, "login-required", "Log in first";
    /// Name or password is wrong; which of them is not said.
    LoginFailed = 401, "login-failed", "Name or password is wrong";
    /// The lease's token is missing.
    TokenRequired = 401, "token-required", "The lease's token is missing";
    /// The client signature does not fit the request.
    BadSignature = 401, "bad-signature", "The client signature is not valid";
    /// The role is missing.
    MissingRole = 403, "missing-role", "Your roles don't allow this";
    /// The set-up token is wrong, or was used.
    SetupClosed = 403, "setup-closed", "The one-time set-up is not open";
    /// A browser sent this from a page of another site.
    CrossSite = 403, "cross-site", "Requests from other sites are refused";
    /// The token belongs to no such lease.
    WrongToken = 403, "wrong-token", "The token does not belong to this lease";
    /// The thing that the path names is not there.
    NotFound = 404, "not-found", "There is no such thing";
    /// No route has this path.
    NoSuchPath = 404, "no-such-path", "There is nothing here";
    /// The path exists, the method does not.
    MethodNotAllowed = 405, "method-not-allowed", "This path does not take this method";
    /// The body did not arrive in time.
    SlowRequest = 408, "slow-request", "The request took too long to arrive";
    /// A repeated request whose answer can't be given again.
    AnswerGone = 409, "answer-gone", "The former answer is no longer known";
    /// Something of which there is one at a time is under way.
    Busy = 409, "busy", "Something else is under way";
    /// What is asked for is from before the ledger's beginning.
    Archived = 410, "archived", "That part of the ledger is archived";
    /// The body is larger than the server takes.
    BodyTooLarge = 413, "body-too-large", "The body is too large";
    /// The body's media type is not one this route takes.
    UnsupportedMediaType = 415, "unsupported-media-type", "The media type is not supported";
    /// The `Host` is not this server.
    Misdirected = 421, "misdirected", "This server does not answer to that host name";
    /// The same idempotency key came with another request.
    KeyReused = 422, "key-reused", "The idempotency key was used for another request";
    /// A value is well-formed and can't be taken.
    BadValue = 422, "bad-value", "A value can't be taken";
    /// Too many wrong passwords.
    TooManyAttempts = 429, "too-many-attempts", "Wait before the next attempt";
    /// A bug; counted and logged.
    Internal = 500, "internal", "The server made a mistake";
    /// No publisher key is unlocked that may sign this now.
    NoKey = 503, "no-key", "No key may sign this now";
    /// More requests than the server takes at once.
    Overloaded = 503, "overloaded", "The server is busy";
    /// No space is left for the ledger.
    StorageFull = 503, "storage-full", "The server's disk is full";
    /// The ledger can't be written.
    StorageFailed = 503, "storage-failed", "The server can't write its ledger";
    /// The server is about to stop.
    Stopping = 503, "stopping", "The server is stopping";
    /// The answer took too long; whether it was decided is not known.
    TimedOut = 503, "timed-out", "The request took too long";
}

impl Code {
    /// The stable word.
    pub fn word(self) -> &'static str {
        self.parts().1
    }

    /// The HTTP status.
    pub fn status(self) -> u16 {
        self.parts().0
    }

    /// A problem of this code; `detail` says what is wrong this time and what to do.
    pub fn says(self, detail: impl Into<String>) -> Refused {
        let (status, code, title) = self.parts();
        let refused = Refused::from(Problem::new(status, code, title, detail));
        match status {
            429 | 503 => refused.retry_after(1),
            _ => refused,
        }
    }
}

/// A problem on its way out. Boxed: the good case should not pay for its size.
#[derive(Debug)]
pub struct Refused(Box<Inner>);

#[derive(Debug)]
struct Inner {
    problem: Problem,
    retry_after: Option<u64>,
}

impl Refused {
    /// Adds the entries of reservations that don't fit.
    #[must_use]
    pub fn with_entries(mut self, entries: Vec<UnfitEntry>) -> Self {
        self.0.problem.entries = entries;
        self
    }

    /// Adds or replaces `Retry-After`, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// The problem itself, for answers that hold several.
    pub fn into_problem(self) -> Problem {
        self.0.problem
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(Box::new(Inner { problem, retry_after: None }))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Inner { problem, retry_after } = *self.0;
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn every_code_with_its_status() {
        let table: String =
            Code::ALL.iter().map(|code| format!("{} {}\n", code.status(), code.word())).collect();
        expect![[r#"
            400 malformed-request
            400 bad-parameter
            400 bad-header
            401 login-required
            401 login-failed
            401 token-required
            401 bad-signature
            403 missing-role
            403 setup-closed
            403 cross-site
            403 wrong-token
            404 not-found
            404 no-such-path
            405 method-not-allowed
            408 slow-request
            409 answer-gone
            409 busy
            410 archived
            413 body-too-large
            415 unsupported-media-type
            421 misdirected
            422 key-reused
            422 bad-value
            429 too-many-attempts
            500 internal
            503 no-key
            503 overloaded
            503 storage-full
            503 storage-failed
            503 stopping
            503 timed-out
        "#]]
        .assert_eq(&table);
    }
}
