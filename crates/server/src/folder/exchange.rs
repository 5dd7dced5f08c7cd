//! One request of a shared folder: asked of the same routes as over HTTP, answered in a file.
//!
//! Invariants: the signature has been proven before; its key comes with the call, so that tokens hold for that key only;
//! the answer is on the disk before the request goes, and a request that comes again gets the same answer by its
//! idempotency key; a request that was replaced meanwhile stays.
//! Deliberately not here: which files are requests, what is granted.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{Request, Response};
use axum::response::IntoResponse as _;
use tenure_api::folder::{ANSWER_MAX, FolderAnswer, FolderRequest};
use tenure_api::signature::IDEMPOTENCY_HEADER;
use tenure_document::{Bytes, Time};
use tenure_shell::problem::{Code, Refused};
use tower::ServiceExt as _;

use super::place::Place;
use super::scan::{Came, Rejected};
use super::status::{FolderExchange, FolderStatus};
use crate::app::App;
use crate::call::Proven;

/// How far the date of a request may be from ours. Answers are kept for a day, so a file that is put there again within
/// this time gets what it got.
const DATE_WINDOW_MS: u64 = 12 * 3600 * 1000;

/// What answers requests.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) status: FolderStatus,
}

impl Desk {
    /// Answers one request, and takes its file away.
    pub(crate) async fn answer(self, place: Arc<Place>, came: Came) {
        let Came { request, hash, look } = came;
        let (status, retry_after, body) = self.ask(&request).await;
        self.note(&request, status, &body);
        let whose = (&request.name, hash, request.nonce.clone());
        let answer = FolderAnswer::to(whose, (status, retry_after, body), self.app.wall());
        let written = tokio::task::spawn_blocking(move || {
            let written = self.deliver(&place, answer, true);
            // Without an answer the request stays, and is answered at a later scan.
            written.and_then(|()| place.remove_seen(&request.name.request_file(), &look))
        });
        match written.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "an answer can't be written"),
            Err(error) => tracing::error!(%error, "an answer was not written"),
        }
    }

    /// Answers a file that is no request, and takes it away.
    pub(crate) fn reject(&self, place: &Place, rejected: Rejected) {
        let Rejected { name, hash, look, code, detail } = rejected;
        tracing::debug!(file = name.request_file(), code, detail, "rejected");
        let refused = Code::MalformedRequest.says(format!("This file is no request: {detail}."));
        let mut problem = refused.into_problem();
        problem.code = code.to_owned();
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let whose = (&name, hash, Bytes(Vec::new()));
        let answer = FolderAnswer::to(whose, (problem.status, None, body), self.app.wall());
        let done = self
            .deliver(place, answer, false)
            .and_then(|()| place.remove_seen(&name.request_file(), &look));
        if let Err(error) = done {
            tracing::error!(%error, file = name.answer_file(), "a rejection can't be written");
        }
        self.status.change(|state| state.rejected += 1);
    }

    fn deliver(&self, place: &Place, answer: FolderAnswer, synced: bool) -> std::io::Result<()> {
        let file = answer.name.answer_file();
        let text = answer.signed(self.app.identity.as_ref()).write();
        let text = text.map_err(std::io::Error::other)?;
        place.write(&file, text.as_bytes(), synced)
    }

    /// Status, patience and body that the request gets.
    async fn ask(&self, request: &FolderRequest) -> (u16, Option<u64>, Vec<u8>) {
        let response = match self.http_request(request) {
            Ok(http) => {
                // A bug in one request must not end the others.
                let answered = tokio::spawn(self.router.clone().oneshot(http)).await;
                match answered {
                    Ok(Ok(response)) => response,
                    _ => Code::Internal.says("The server made a mistake.").into_response(),
                }
            }
            Err(refused) => refused.into_response(),
        };
        self.read(response).await
    }

    fn http_request(&self, request: &FolderRequest) -> Result<Request<Body>, Refused> {
        let date: Time = request.date.parse().map_err(|_| {
            Code::BadSignature.says("`Time` is not a time such as 2026-11-22T12:00:00Z.")
        })?;
        let apart = date.as_millis().abs_diff(self.app.wall().as_millis());
        if apart > DATE_WINDOW_MS {
            return Err(Code::BadSignature.says(
                "The request's `Time` is more than 12 hours off. Set the clock of this computer right.",
            ));
        }
        let asked = &request.asked;
        let mut http = Request::builder()
            .method(asked.method())
            .uri(asked.path())
            .header(IDEMPOTENCY_HEADER, &request.idempotency_key);
        if !asked.body().is_empty() {
            http = http.header(CONTENT_TYPE, "application/json");
        }
        if let Some(token) = asked.token() {
            http = http.header(AUTHORIZATION, format!("Lease {token}"));
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        http.extension(ConnectInfo(address))
            .extension(Proven(request.key.id()))
            .body(Body::from(asked.body().to_vec()))
            .map_err(|_| Code::MalformedRequest.says("The request can't be asked."))
    }

    async fn read(&self, response: Response<Body>) -> (u16, Option<u64>, Vec<u8>) {
        let status = response.status().as_u16();
        let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let after = after.and_then(|text| text.parse().ok());
        match to_bytes(response.into_body(), ANSWER_MAX / 2).await {
            Ok(body) => (status, after, body.into()),
            Err(_) => {
                let problem = Code::Internal.says("The answer is too large.").into_problem();
                (problem.status, None, serde_json::to_vec(&problem).unwrap_or_default())
            }
        }
    }

    fn note(&self, request: &FolderRequest, status: u16, body: &[u8]) {
        let code = || -> Option<String> {
            let body: serde_json::Value = serde_json::from_slice(body).ok()?;
            Some(body["code"].as_str()?.to_owned())
        };
        let outcome = match (status, &request.asked) {
            (201, _) => "granted".to_owned(),
            (202, _) => "waits".to_owned(),
            (200..=299, _) => "done".to_owned(),
            _ => code().unwrap_or_else(|| status.to_string()),
        };
        self.status.note(FolderExchange {
            at: self.app.wall(),
            user: request.name.user().to_owned(),
            computer: request.name.computer().to_owned(),
            action: request.asked.action().to_owned(),
            outcome,
        });
    }
}
