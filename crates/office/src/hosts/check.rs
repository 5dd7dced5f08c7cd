//! The check of a host key: four things come, a signed answer goes.
//!
//! Kept here: the body holds exactly key, revision, user and host; what must be recorded is durable before it is
//! answered; a key that is not known here is a problem and no answer, so it takes nothing away from anybody; whoever
//! guesses keys is slowed down, whoever sends too many is asked to wait, and an application goes on without an answer.
//! Deliberately not here: who is counted and what is said (issuing), the signing key (`checker`).

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::Problem;
use tenure_api::office::{HostCheckAnswer, HostCheckPapers, HostCheckRequest};
use tenure_document::{Bytes, Hash, HostKeyId, HostName, HostUserId};
use tenure_issuing::office::{Command, HostCheckAsked, HostCheckFound, HostKeyRefusal};
use tenure_shell::answer::json;
use tenure_shell::body::whole;
use tenure_shell::extract::{NoQuery, Query, json as read_json};
use tenure_shell::login::Source;
use tenure_shell::outside::random;
use tenure_shell::problem::{Code, Refused};

use crate::app::App;
use crate::refusal::{no_key, refused};

/// Longest revision, in bytes.
const REVISION_MAX: usize = 64;
/// Longest body: the four members at their longest.
const BODY_MAX: usize = 4 * 1024;
/// How often the same question is looked at again because something happened in between.
const ROUNDS: u32 = 4;

/// Ask about a host key: exactly these four things, and a signed answer.
#[utoipa::path(
    post, path = "/api/v1/host-checks", tag = "host-keys", operation_id = "check_host",
    request_body = HostCheckRequest,
    responses(
        (status = 200, description = "The signed answer; it may be no", body = HostCheckAnswer),
        (status = 404, description = "The key is not known here: no answer", body = Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many checks came from here: no answer", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn check(
    State(app): State<App>,
    source: Source,
    request: Request,
) -> Result<Response, Refused> {
    let uptime = app.edge.uptime.elapsed();
    let waits = app.host_rate.take(source.as_str(), uptime).err();
    if let Some(wait) = waits.or_else(|| app.host_backoff.waits(source.as_str(), uptime)) {
        let seconds = wait.as_secs() + 1;
        let text = format!("Too many checks came from here. Wait {seconds} s.");
        return Err(Code::TooManyAttempts.says(text).retry_after(seconds));
    }
    let (parts, bytes) = whole(request, &app.edge).await?;
    if bytes.len() > BODY_MAX {
        return Err(Code::BodyTooLarge.says(format!("A check has at most {BODY_MAX} bytes.")));
    }
    let request: HostCheckRequest = read_json(&parts.headers, &bytes)?;
    let asked = asked(&request)?;
    let found = match found(&app, &asked).await? {
        Ok(found) => found,
        Err(refusal) => {
            // Charged and never given back: whoever guesses pays for every guess.
            let _ = app.host_backoff.begin(None, source.as_str(), uptime);
            return Err(refused(refusal));
        }
    };
    let now = app.edge.wall();
    let answer = found.document(&asked, Bytes(Hash::of(&bytes).0.to_vec()), now);
    let keyring = app.keyring();
    let envelope = if app.checker.is_quick(&keyring, now) {
        app.checker.sign(&keyring, &answer, now)
    } else {
        let beside = app.clone();
        app.beside(move || beside.checker.sign(&keyring, &answer, now)).await?
    };
    let document = envelope.map_err(no_key)?.to_json();
    Ok(json(StatusCode::OK, &HostCheckAnswer { document }))
}

/// What answers to checks are verified with: key sets, revocation list, the certificate of the key that answers.
#[utoipa::path(
    get, path = "/api/v1/host-checks/papers", tag = "host-keys", operation_id = "host_check_papers",
    responses((status = 200, description = "The documents", body = HostCheckPapers)),
)]
pub(crate) async fn papers(
    State(app): State<App>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    Ok(json(StatusCode::OK, &papers_of(&app).await?))
}

/// The trust documents as they are now.
pub(crate) async fn papers_of(app: &App) -> Result<HostCheckPapers, Refused> {
    let (keyring, now, beside) = (app.keyring(), app.edge.wall(), app.clone());
    app.beside(move || {
        let papers = keyring.papers();
        HostCheckPapers {
            keysets: papers.keysets.iter().map(|(_, keyset)| keyset.clone()).collect(),
            revocation: papers.revocation.as_ref().map(|(_, list)| list.clone()),
            certificate: beside.checker.certificate(&keyring, now),
        }
    })
    .await
}

/// The four things as the books take them.
fn asked(request: &HostCheckRequest) -> Result<HostCheckAsked, Refused> {
    let key = request.key.parse::<HostKeyId>();
    let key = key.map_err(|error| Code::BadValue.says(format!("`key`: {error}.")))?;
    let host = request.host.parse::<HostName>();
    let host = host.map_err(|error| Code::BadValue.says(format!("`host`: {error}.")))?;
    if host.is_wildcard() {
        return Err(Code::BadValue.says("`host` is the one host that is used, without a wildcard."));
    }
    let user = match request.user.as_str() {
        "" => None,
        text => Some(text.parse::<HostUserId>().map_err(|error| {
            Code::BadValue.says(format!("`user`: {error}; leave it empty when there is none yet."))
        })?),
    };
    if request.revision.len() > REVISION_MAX {
        return Err(Code::BadValue.says(format!("`revision` has at most {REVISION_MAX} bytes.")));
    }
    let bytes = random().ok_or_else(|| {
        Code::Internal.says("The operating system gives no random bytes for a user id.")
    })?;
    let mut fresh = [0; 16];
    fresh.copy_from_slice(&bytes[..16]);
    let revision = request.revision.clone();
    Ok(HostCheckAsked { key, revision, user, host, fresh: HostUserId(fresh) })
}

/// What the books say, once everything that follows from the question is recorded.
async fn found(
    app: &App,
    asked: &HostCheckAsked,
) -> Result<Result<HostCheckFound, HostKeyRefusal>, Refused> {
    for _ in 0..ROUNDS {
        let question = asked.clone();
        let found = app.query(move |office, now| office.host_check(&question, now.at)).await?;
        match found {
            Ok(found) if !found.records.is_empty() => {
                app.submit(Command::HostCheck(Box::new(asked.clone())), None).await?;
            }
            settled => return Ok(settled),
        }
    }
    Err(Code::Busy.says("The books changed while the check was answered. Ask again."))
}
