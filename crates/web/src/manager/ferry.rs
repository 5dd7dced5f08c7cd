//! The container's files as the rooms carry them: an update in, the context out, the office asked.
//!
//! Kept here: each refusal says in plain words what it means for a license server and what to do next; nothing is
//! decided here. Deliberately not here: pages.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{SyncOutcome, SyncRound, UpdateAnswer};
use tenure_document::{qr_text, read_document};

use crate::backend::Trouble;
use crate::component::{Badge, Notice, Tone};
use crate::form::Form;
use crate::given::document;
use crate::qr::QrImage;
use crate::staff::Member;
use crate::words::{plain, so_many};

/// Why no update was applied.
pub(super) enum NotApplied {
    /// The form is shown again with this.
    Said(StatusCode, Box<Notice>),
    /// Another page is in place.
    Elsewhere(Box<Response>),
}

/// Gives the server the update that the form holds.
pub(super) async fn apply(me: &Member, form: &Form) -> Result<UpdateAnswer, NotApplied> {
    let text = document(form).await.map_err(|fault| {
        let notice = Notice::new(Tone::Bad, "There is no update yet", fault.to_string());
        NotApplied::Said(StatusCode::UNPROCESSABLE_ENTITY, Box::new(notice))
    })?;
    let kind = "text/plain; charset=utf-8";
    let answer = me.api().post_bytes("/api/v1/container/update", kind, Bytes::from(text)).await;
    answer.map_err(|trouble| match trouble.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            NotApplied::Elsewhere(Box::new(me.sorry(&trouble)))
        }
        status => NotApplied::Said(status, Box::new(refused(&trouble))),
    })
}

/// The notice after an update was taken.
pub(super) fn taken(answer: &UpdateAnswer) -> Notice {
    match (answer.already_applied, answer.results.len() as u64) {
        (true, _) => Notice::new(
            Tone::Good,
            "The server had this update already",
            "Nothing was new in it. That is no mistake: the receipt says the same as before.",
        ),
        (false, count) => Notice::new(
            Tone::Good,
            format!("{} applied", so_many(count, "change", "changes")),
            "What it brought can be checked out at once.",
        ),
    }
}

fn refused(trouble: &Trouble) -> Notice {
    let detail = sentence(&trouble.detail());
    let advice = advice(trouble.code());
    let text = match (advice.is_empty(), detail.is_empty()) {
        (true, _) => detail,
        (false, true) => advice.to_owned(),
        (false, false) => format!("{detail} {advice}"),
    };
    let notice = Notice::new(Tone::Bad, headline(trouble.code()), text);
    match trouble.code() {
        "wrong-generation" | "gap" | "fork" | "expired" | "revoked-key" => {
            notice.then("/offline/context", "Fetch the context to send")
        }
        _ => notice,
    }
}

fn sentence(detail: &str) -> String {
    let mut text = detail.trim().to_owned();
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    if !text.is_empty() && !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

/// What happened, in a few words.
fn headline(code: &str) -> &'static str {
    match code {
        "wrong-container" => "This update is for another license server",
        "wrong-generation" => "This update is for another generation of this server",
        "gap" => "An earlier update is missing",
        "fork" => "This update continues another history",
        "expired" => "This update is too old",
        "revoked-key" | "revoked-container" => "What signed this, or was to take it, is revoked",
        "bad-signature" | "unknown-key" | "wrong-root" | "below-threshold" | "wrong-publisher" => {
            "This update can’t be trusted"
        }
        "wrong-type" => "This is a document, but no update",
        "malformed-envelope" | "malformed-armor" | "malformed-qr" | "not-canonical"
        | "trailing-data" | "no-signature" => "This file can’t be read",
        "overloaded" | "stopping" | "server-unreachable" | "server-timed-out" => {
            "The server gave no answer"
        }
        _ => "The update was not applied",
    }
}

/// What to do about it; empty where the server's sentence says all. Nothing has changed in any case.
fn advice(code: &str) -> &'static str {
    match code {
        "wrong-container" => {
            "Look for the file that carries this server’s serial, or send this server’s context to the publisher. \
             Nothing has changed."
        }
        "wrong-generation" => {
            "Send the publisher a new context and apply the update that comes back. Nothing has changed."
        }
        "gap" => "Nothing has changed.",
        "fork" => {
            "This happens after a backup was restored, here or at the publisher. Its staff must decide; licenses \
             that are here keep working. Nothing has changed."
        }
        "expired" => "Nothing has changed.",
        "revoked-key" => "Nothing has changed.",
        "bad-signature" | "unknown-key" | "wrong-root" | "below-threshold" | "wrong-publisher" => {
            "If it came from your publisher, ask for it once more, by another way. Nothing has changed."
        }
        "wrong-type" => {
            "Context and receipt go out to the publisher; only what comes back, the update, goes in here."
        }
        "malformed-envelope" | "malformed-armor" | "not-canonical" | "trailing-data" => {
            "Mail programs and editors damage files: attach it instead of pasting it. Nothing has changed."
        }
        "bad-certificate" | "malformed-update" | "too-many-items" => "Nothing has changed.",
        _ => "",
    }
}

/// The context as a QR code; none when it is larger than one code holds.
pub(super) fn code(context: &str) -> Option<QrImage> {
    let envelope = read_document(context.as_bytes()).ok()?;
    QrImage::of(&qr_text(&envelope).ok()?).ok()
}

/// What came of an exchange with the office, in a word.
pub(super) fn outcome(round: &SyncRound) -> Badge {
    match round.outcome {
        SyncOutcome::Updated => {
            Badge::new(Tone::Good, so_many(round.applied, "change applied", "changes applied"))
        }
        SyncOutcome::InStep => Badge::new(Tone::Good, "Nothing new, in step"),
        SyncOutcome::Failed => Badge::new(Tone::Bad, "No exchange"),
    }
}

/// The notice after an exchange that somebody asked for.
pub(super) fn exchanged(round: &SyncRound) -> Notice {
    let receipt = match round.receipt_taken {
        true => "The office has the receipt.",
        false => "The office does not have the receipt yet; the next exchange tells it the same.",
    };
    match round.outcome {
        SyncOutcome::Updated => {
            let title = format!("{} applied", so_many(round.applied, "change", "changes"));
            Notice::new(
                Tone::Good,
                title,
                format!("{receipt} What it brought can be used at once."),
            )
        }
        SyncOutcome::InStep => {
            let text = "The office has nothing new for this server.";
            Notice::new(Tone::Good, "In step with the office", text)
        }
        SyncOutcome::Failed => {
            Notice::new(Tone::Bad, failure(round.code.as_deref().unwrap_or_default()), fault(round))
        }
    }
}

fn failure(code: &str) -> &'static str {
    match code {
        "unreachable" => "The office can’t be reached",
        "untrusted" => "The office could not prove who it is",
        "garbled" => "What answered is no office",
        "rollback" | "fork" | "clone" => "The office does not recognize this server’s state",
        _ => "There was no exchange with the office",
    }
}

/// What went wrong and what to do.
pub(super) fn fault(round: &SyncRound) -> String {
    let detail = sentence(round.detail.as_deref().unwrap_or_default());
    let code = round.code.as_deref().unwrap_or_default();
    let advice = match code {
        "unreachable" => {
            "See that the address in tenure.toml is right and that this machine may call it. \
             Until then the server goes on with what it holds; files work all the same."
        }
        "untrusted" => {
            "If its certificate is no public one, name it as office.ca in tenure.toml. \
             Until then the server goes on with what it holds; files work all the same."
        }
        "garbled" => "See what stands between: a proxy may have answered in the office’s place.",
        "rollback" | "fork" | "clone" => {
            "The publisher’s staff must decide; name the serial to them. \
             The server goes on with what it holds."
        }
        _ => "The server goes on with what it holds.",
    };
    match detail.is_empty() {
        true => format!("{} {advice}", plain(code)),
        false => format!("{detail} {advice}"),
    }
}
