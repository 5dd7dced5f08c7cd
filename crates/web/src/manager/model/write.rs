//! Writing a text: begun from the one in force or another, edited or uploaded, checked at every look.
//!
//! Kept here: what was typed is kept before anything is asked of the server; a faulty text stays where it is, with
//! every fault at its place. Deliberately not here: what a text would do (preview, what-ifs).

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Extension, Path};
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{FeatureRow, ModelAnswer, ModelCheck, Page};

use super::draft::{Draft, Drafts};
use super::editor::Editor;
use super::finding::Findings;
use super::lines::Leaf;
use super::reading::{MODEL_MAX, draft_of, in_force, line_asked, query, size};
use crate::component::{Notice, Tone};
use crate::download::document_file;
use crate::form::Form;
use crate::icon::Icon;
use crate::site::{refusal, see_other, show};
use crate::staff::{Answer, Asked, Desk, Member, Sent};
use crate::words::so_many;

#[derive(Template)]
#[template(path = "manager/model/write.html")]
struct WritePage {
    desk: Desk,
    /// The draft; none before the first check.
    id: Option<u64>,
    /// Where the form goes.
    action: String,
    from: String,
    /// The version that was in force when this was begun; empty for none.
    base: String,
    notice: Option<Notice>,
    findings: Findings,
    /// None where the text is too large for a page.
    editor: Option<Editor>,
    leaf: Option<Leaf>,
    size: String,
    may_set: bool,
}

/// `GET /model/edit`, `?version=` for the text of an earlier version.
pub(super) async fn begin(me: Member, asked: Asked) -> Answer {
    let now = in_force(&me).await?;
    let base = now.as_ref().map(|model| model.version.version);
    let (text, from) = match (asked.text("version").parse::<u64>(), now) {
        (Ok(version), _) => {
            let path = format!("/api/v1/model/history/{version}");
            let model: ModelAnswer = me.get(&path).await?;
            (model.text, format!("Begun from version {version}"))
        }
        (Err(_), Some(model)) => {
            (model.text, format!("Begun from version {}, in force", model.version.version))
        }
        (Err(_), None) => (sample(&me).await, "A sample to begin with".to_owned()),
    };
    let draft = Draft { text: text.into(), base, from };
    Ok(page(&me, None, &draft, &ModelCheck::default(), 1, None))
}

/// A first text, about a feature that the server has.
async fn sample(me: &Member) -> String {
    let found: Result<Page<FeatureRow>, _> = me.api().get("/api/v1/features?size=1").await;
    let feature = found.ok().and_then(|page| page.items.into_iter().next());
    let (name, version) = match feature {
        Some(row) => (row.name.replace('\\', "\\\\").replace('"', "\\\""), row.version.to_string()),
        None => ("cad".to_owned(), "1.0".to_owned()),
    };
    format!(
        "// Half of the seats are kept for the design department.\n\
         model \"site\" {{\n  partitions {{\n    partition \"design\" {{\n      \"{name}\" {version} 50%\n    }}\n  }}\n\n  \
         on dictionary(\"dept\":\"design\") {{\n    use \"design\", \"default\"\n    accept\n  }}\n}}\n"
    )
}

fn page(
    me: &Member,
    id: Option<u64>,
    draft: &Draft,
    check: &ModelCheck,
    line: usize,
    notice: Option<Notice>,
) -> Response {
    let (title, action) = match id {
        Some(id) => ("Edit the model", format!("/model/draft/{id}")),
        None => ("Edit the model", "/model/edit".to_owned()),
    };
    let editor = Editor::new(&draft.text, &check.findings);
    // A page about a text is fine, also where the text is not; a text that could not be taken is another matter.
    let is_refused =
        check.findings.is_empty() && notice.as_ref().is_some_and(|notice| notice.tone == Tone::Bad);
    let status = if is_refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = WritePage {
        desk: me.desk(title),
        id,
        from: draft.from.clone(),
        base: draft.base.map(|base| base.to_string()).unwrap_or_default(),
        notice,
        findings: Findings::new(&check.findings, &action),
        leaf: editor.is_none().then(|| Leaf::of(&draft.text, action.clone(), line)),
        editor,
        size: size(draft.text.len() as u64),
        may_set: me.may("admin"),
        action,
    };
    show(status, &page)
}

/// What a form has for a text: a file before what stands in the field.
fn text_of(form: &Form) -> Result<Arc<str>, Notice> {
    let bad = |title: &str, text: String| Notice::new(Tone::Bad, title, text);
    let text = match form.file("file") {
        None => form.whole("text").to_owned(),
        Some(bytes) => String::from_utf8(bytes.to_vec()).map_err(|fault| {
            let read = &bytes[..fault.utf8_error().valid_up_to()];
            let line = read.iter().filter(|byte| **byte == b'\n').count() + 1;
            let text = format!(
                "Line {line} is not UTF-8. Save the file as UTF-8 text and upload it again."
            );
            bad("The file is no text", text)
        })?,
    };
    if text.len() > MODEL_MAX {
        let text = format!(
            "It has {}; a model has at most 900 KB. Put users into reservation groups and name the groups in the rules.",
            size(text.len() as u64)
        );
        return Err(bad("The text is too large", text));
    }
    // Browsers end the lines of a field with both characters.
    Ok(text.replace("\r\n", "\n").into())
}

/// `POST /model/edit`: a new draft.
pub(super) async fn keep_new(drafts: Extension<Drafts>, Sent { me, form }: Sent) -> Response {
    let base = form.text("base").parse().ok();
    let draft = |text| Draft { text, base, from: begun_from(base) };
    match text_of(&form) {
        Ok(text) => {
            let id = drafts.add(&me, draft(text));
            see_other(&next(id, form.text("act")))
        }
        Err(notice) => {
            let draft = draft(form.whole("text").into());
            page(&me, None, &draft, &ModelCheck::default(), 1, Some(notice))
        }
    }
}

fn begun_from(base: Option<u64>) -> String {
    match base {
        Some(base) => format!("Begun while version {base} was in force"),
        None => "Begun while no model was in force".to_owned(),
    }
}

/// `POST /model/upload`: a file as a new draft, or in the place of one.
pub(super) async fn upload(drafts: Extension<Drafts>, Sent { me, form }: Sent) -> Answer {
    let base = in_force(&me).await?.map(|model| model.version.version);
    let draft = |text, from: &str| Draft { text, base, from: from.to_owned() };
    let again = |notice| {
        page(
            &me,
            None,
            &draft("".into(), "Nothing uploaded yet"),
            &ModelCheck::default(),
            1,
            Some(notice),
        )
    };
    if form.file("file").is_none() {
        let text = "Choose the file with the text of the model, then upload it.";
        return Ok(again(Notice::new(Tone::Bad, "No file was chosen", text)));
    }
    match text_of(&form) {
        Ok(text) => Ok(see_other(&next(drafts.add(&me, draft(text, "Uploaded")), "check"))),
        Err(notice) => Ok(again(notice)),
    }
}

/// `POST /model/draft/{id}`.
pub(super) async fn keep(
    drafts: Extension<Drafts>,
    Path(id): Path<u64>,
    Sent { me, form }: Sent,
) -> Answer {
    // A text that was gone, for example over a restart, is a new one: it has just been sent whole.
    let base = form.text("base").parse().ok();
    let text = match text_of(&form) {
        Ok(text) => text,
        Err(notice) => {
            let draft = Draft { text: form.whole("text").into(), base, from: begun_from(base) };
            return Ok(page(&me, Some(id), &draft, &ModelCheck::default(), 1, Some(notice)));
        }
    };
    let id = match drafts.rewrite(&me, id, text.clone()) {
        true => id,
        false => drafts.add(&me, Draft { text, base, from: begun_from(base) }),
    };
    Ok(see_other(&next(id, form.text("act"))))
}

/// Where a button of the editor leads.
fn next(id: u64, act: &str) -> String {
    match act {
        "preview" => format!("/model/draft/{id}/preview"),
        "what-if" => format!("/model/what-if/new?draft={id}"),
        "force" => format!("/model/draft/{id}/force"),
        "file" => format!("/model/draft/{id}/file"),
        _ => format!("/model/draft/{id}"),
    }
}

/// `GET /model/draft/{id}`: the text, with what a check of it finds now.
pub(super) async fn look(
    me: Member,
    drafts: Extension<Drafts>,
    Path(id): Path<u64>,
    asked: Asked,
) -> Answer {
    let draft = draft_of(&me, &drafts, id).await?;
    let (check, notice) = match check(&me, &draft.text).await {
        Ok(check) => {
            let notice = told(&check);
            (check, notice)
        }
        Err(notice) => (ModelCheck::default(), notice),
    };
    Ok(page(&me, Some(id), &draft, &check, line_asked(&asked), Some(notice)))
}

/// What the server finds in a text; a refusal is a notice.
async fn check(me: &Member, text: &Arc<str>) -> Result<ModelCheck, Notice> {
    let kind = "text/plain; charset=utf-8";
    let body = Bytes::copy_from_slice(text.as_bytes());
    let path = format!("/api/v1/model/check{}", query(&[("file", "text")]));
    me.api().post_bytes(&path, kind, body).await.map_err(|trouble| refusal(&trouble))
}

/// What a check found, in a sentence.
fn told(check: &ModelCheck) -> Notice {
    let found = check.findings.len() as u64;
    if !check.usable {
        let title = format!("It can't be put in force: {}", so_many(found, "error", "errors"));
        let text = "Each is marked at its line and told below. Mend them and check again. Nothing is lost or changed.";
        return Notice::new(Tone::Bad, title, text);
    }
    let has = format!(
        "{} and {}.",
        so_many(check.pools, "pool", "pools"),
        so_many(check.rules, "rule", "rules")
    );
    if found == 0 {
        let text = format!(
            "{has} Look at what it would do, or try it on past requests, before you put it in force."
        );
        return Notice::new(Tone::Good, "This text can be put in force", text);
    }
    let title = format!(
        "This text can be put in force, with {}",
        so_many(found, "thing that was hardly meant", "things that were hardly meant")
    );
    Notice::new(Tone::Wait, title, format!("{has} Each is marked at its line and told below."))
}

/// `GET /model/draft/{id}/file`.
pub(super) async fn file(
    me: Member,
    drafts: Extension<Drafts>,
    Path(id): Path<u64>,
) -> Result<Response, Response> {
    let draft = draft_of(&me, &drafts, id).await?;
    Ok(document_file(&format!("draft-{id}.model"), draft.text.to_string()))
}

/// `POST /model/draft/{id}/drop`.
pub(super) async fn drop(
    drafts: Extension<Drafts>,
    Path(id): Path<u64>,
    Sent { me, .. }: Sent,
) -> Response {
    drafts.remove(&me, id);
    me.done(Notice::new(Tone::Good, format!("Draft {id} is forgotten"), ""), "/model")
}
