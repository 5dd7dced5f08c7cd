//! Putting a text in force: what will change, and what becomes of leases, before it is done.
//!
//! Kept here: whoever put another text in force meanwhile is not run over; that is told and asked anew, with what they
//! changed. Only the text that the page showed is put in force. Deliberately not here: earlier versions (versions).

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Extension, Path};
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{ModelAnswer, ModelPreview};

use super::compared::Compared;
use super::draft::{Draft, Drafts};
use super::preview::{PoolChange, changes, losses, previewed};
use super::reading::{draft_of, in_force, query};
use crate::component::{Notice, Tone};
use crate::icon::Icon;
use crate::shown::mark;
use crate::site::{refusal, show};
use crate::staff::{Answer, Desk, Member, Sent};
use crate::words::so_many;

/// Rows of pools that change.
const ROWS_MAX: usize = 50;

#[derive(Template)]
#[template(path = "manager/model/force.html")]
struct ForcePage {
    desk: Desk,
    id: u64,
    notice: Option<Notice>,
    /// Somebody else changed the model since this text was begun.
    overtaken: Option<Notice>,
    losses: Notice,
    rows: Vec<PoolChange>,
    more_rows: usize,
    compared: Compared,
    lines: String,
    ending: String,
    is_same: bool,
    /// The version that this page saw in force; empty for none.
    seen: String,
    /// The mark of the text that this page is about.
    shown: String,
    note: String,
    keep: bool,
}

/// `GET /model/draft/{id}/force`.
pub(super) async fn ask(me: Member, drafts: Extension<Drafts>, Path(id): Path<u64>) -> Answer {
    let draft = draft_of(&me, &drafts, id).await?;
    page(&me, id, draft, None, ("", false)).await
}

async fn page(
    me: &Member,
    id: u64,
    draft: Draft,
    notice: Option<Notice>,
    (note, keep): (&str, bool),
) -> Answer {
    let (now, preview) = tokio::join!(in_force(me), previewed(me, id, &draft));
    let now = now?;
    let preview: ModelPreview = match preview {
        Ok(preview) => preview,
        Err(answer) => return answer,
    };
    let seen = now.as_ref().map(|model| model.version.version);
    let overtaken = overtaken(&draft, now.as_ref());
    let mut rows = changes(&preview.before, &preview.after);
    rows.retain(|row| row.is_change);
    let more_rows = rows.len().saturating_sub(ROWS_MAX);
    rows.truncate(ROWS_MAX);
    let older = now.map(|model| model.text).unwrap_or_default();
    let (shown, newer) = (mark(&*draft.text), draft.text);
    let compared = tokio::task::spawn_blocking(move || Compared::texts(&older, &newer)).await;
    let compared = compared.unwrap_or_else(|_| Compared::unified(""));
    let status = if notice.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let page = ForcePage {
        desk: me.desk("Put this text in force?"),
        id,
        notice,
        overtaken,
        losses: losses(&preview).then(format!("/model/draft/{id}/preview"), "Whole preview"),
        rows,
        more_rows,
        lines: format!(
            "{} added, {} taken out",
            so_many(compared.added as u64, "line", "lines"),
            compared.removed
        ),
        is_same: compared.is_empty(),
        compared,
        ending: so_many(preview.ending, "lease", "leases"),
        seen: seen.map(|seen| seen.to_string()).unwrap_or_default(),
        shown,
        note: note.to_owned(),
        keep,
    };
    Ok(show(status, &page))
}

/// Whether the model in force is another one than the text was begun from.
fn overtaken(draft: &Draft, now: Option<&ModelAnswer>) -> Option<Notice> {
    let tell = |title: String, text: &str| Notice::new(Tone::Wait, title, text);
    match (draft.base, now) {
        (Some(base), Some(now)) if now.version.version != base => {
            let version = now.version.version;
            let title =
                format!("{} put version {version} in force since you began", now.version.by);
            let text =
                "Your text does not have these changes, and would undo them. Look at them first.";
            let diff = format!("/model/diff?from={base}&to={version}");
            Some(tell(title, text).then(diff, "What they changed"))
        }
        (None, Some(now)) => {
            let title = format!("{} put a model in force since you began", now.version.by);
            let text = "When you began there was none. Your text would take its place.";
            Some(tell(title, text).then("/model", "Look at it"))
        }
        (Some(base), None) => {
            let title = format!("Version {base}, which you began from, was deleted");
            let text = "No model is in force now. Yours would be.";
            Some(tell(title, text).then("/model/history", "Look at the history"))
        }
        _ => None,
    }
}

/// `POST /model/draft/{id}/force`.
pub(super) async fn set(
    drafts: Extension<Drafts>,
    Path(id): Path<u64>,
    Sent { me, form }: Sent,
) -> Answer {
    let draft = draft_of(&me, &drafts, id).await?;
    let (note, keep) = (form.text("note"), form.text("keep") == "yes");
    let seen: Option<u64> = form.text("seen").parse().ok();
    let now = in_force(&me).await?.map(|model| model.version.version);
    let is_same = form.text("shown") == mark(&*draft.text);
    if now != seen || !is_same {
        let text = "Nothing was done. What changes is told anew below: look, and send it again if you still mean it.";
        let title = match is_same {
            true => "Somebody changed the model while you were deciding",
            false => "This draft has another text now, from another window",
        };
        let notice = Notice::new(Tone::Bad, title, text);
        return page(&me, id, draft, Some(notice), (note, keep)).await;
    }
    let path = format!(
        "/api/v1/model{}",
        query(&[("note", note), ("keep_leases", if keep { "true" } else { "" })])
    );
    let body = Bytes::copy_from_slice(draft.text.as_bytes());
    let set =
        me.api().put_bytes(&path, "text/plain; charset=utf-8", body, Some(seen.unwrap_or(0))).await;
    match set {
        Ok(model) => {
            drafts.remove(&me, id);
            Ok(told(&me, &model))
        }
        Err(trouble) if trouble.status() == StatusCode::FORBIDDEN => Err(me.sorry(&trouble)),
        Err(trouble) => page(&me, id, draft, Some(refusal(&trouble)), (note, keep)).await,
    }
}

fn told(me: &Member, model: &ModelAnswer) -> Response {
    let title = format!("Version {} is in force", model.version.version);
    let text = match model.version.keep_leases {
        true => "Every lease goes on. New requests follow the new rules from now on.",
        false => {
            "New requests follow the new rules from now on; leases that it would not give end at their renewal."
        }
    };
    me.done(Notice::new(Tone::Good, title, text).then("/pools", "Look at the pools"), "/model")
}
