//! The model in force: its text with line numbers, who put it in force, and the ways on.
//!
//! Kept here: a server without a model says what that means and what to do. Deliberately not here: earlier versions.

use askama::Template;
use axum::extract::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{ModelAnswer, ModelVersionRow, Page};

use super::draft::Drafts;
use super::lines::Leaf;
use super::reading::{in_force as model_in_force, line_asked, size};
use crate::download::document_file;
use crate::icon::Icon;
use crate::site::show;
use crate::staff::{Answer, Asked, Desk, Member};
use crate::words::so_many;

/// A draft that waits.
pub(super) struct Waiting {
    pub(super) id: u64,
    pub(super) from: String,
    pub(super) lines: String,
}

/// The drafts of a member.
pub(super) fn waiting(me: &Member, drafts: &Drafts) -> Vec<Waiting> {
    let own = drafts.of(me).into_iter().map(|(id, draft)| Waiting {
        id,
        lines: so_many(draft.text.lines().count() as u64, "line", "lines"),
        from: draft.from,
    });
    own.collect()
}

#[derive(Template)]
#[template(path = "manager/model/show.html")]
struct ShowPage {
    desk: Desk,
    model: ModelAnswer,
    leaf: Leaf,
    size: String,
    drafts: Vec<Waiting>,
    may_set: bool,
}

#[derive(Template)]
#[template(path = "manager/model/none.html")]
struct NonePage {
    desk: Desk,
    /// The last version, where there was one.
    last: Option<ModelVersionRow>,
    drafts: Vec<Waiting>,
    may_set: bool,
}

/// `GET /model`.
pub(super) async fn in_force(me: Member, drafts: Extension<Drafts>, asked: Asked) -> Answer {
    let may_set = me.may("admin");
    let Some(model) = model_in_force(&me).await? else {
        let history: Page<ModelVersionRow> = me.get("/api/v1/model/history?size=1").await?;
        let last = history.items.into_iter().next();
        let drafts = waiting(&me, &drafts);
        let page = NonePage { desk: me.desk("Model"), last, drafts, may_set };
        return Ok(show(StatusCode::OK, &page));
    };
    let page = ShowPage {
        desk: me.desk("Model"),
        leaf: Leaf::of(&model.text, "/model", line_asked(&asked)),
        size: size(model.version.bytes),
        drafts: waiting(&me, &drafts),
        model,
        may_set,
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /model/file`.
pub(super) async fn file(me: Member) -> Result<Response, Response> {
    let model: ModelAnswer = me.get("/api/v1/model").await?;
    Ok(text_file(&model))
}

/// A version as a file.
pub(super) fn text_file(model: &ModelAnswer) -> Response {
    let name = format!("{}-{}.model", model.name, model.version.version);
    document_file(&name, model.text.clone())
}
