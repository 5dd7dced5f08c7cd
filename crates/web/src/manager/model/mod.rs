//! The model: the text that says how seats are shared out, from the first idea to what it would have done last week.
//!
//! Kept here: a text goes its way as a draft of whoever writes it, checked, previewed, tried and put in force on pages
//! of its own, so that nothing typed is lost and every step can be taken again. Deliberately not here: the language.

use axum::Router;
use axum::extract::Extension;
use axum::routing::{get, post};

use crate::staff::Pages;

// In reading order: what is pure, then pages.
mod compared;
mod draft;
mod editor;
mod finding;
mod lines;
mod reading;
mod span;
mod splitting;

mod force;
mod history;
mod preview;
mod show;
mod split;
mod versions;
mod what_if;
mod what_if_result;
mod write;

use draft::Drafts;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/model", get(show::in_force))
        .route("/model/file", get(show::file))
        .route("/model/edit", get(write::begin).post(write::keep_new))
        .route("/model/upload", post(write::upload))
        .route("/model/draft/{id}", get(write::look).post(write::keep))
        .route("/model/draft/{id}/file", get(write::file))
        .route("/model/draft/{id}/drop", post(write::drop))
        .route("/model/draft/{id}/preview", get(preview::preview))
        .route("/model/draft/{id}/force", get(force::ask).post(force::set))
        .route("/model/split", get(split::ask).post(split::make))
        .route("/model/what-if", get(what_if::list).post(what_if::begin))
        .route("/model/what-if/new", get(what_if::ask))
        .route("/model/what-if/{id}", get(what_if::look))
        .route("/model/what-if/{id}/list.csv", get(what_if::file))
        .route("/model/what-if/{id}/cancel", post(what_if::cancel))
        .route("/model/what-if/{id}/draft", post(what_if::take_text))
        .route("/model/history", get(history::list))
        .route("/model/history.csv", get(history::file))
        .route("/model/history/{version}", get(history::one))
        .route("/model/history/{version}/file", get(history::text))
        .route("/model/history/{version}/back", get(versions::ask_back).post(versions::go_back))
        .route("/model/diff", get(history::diff))
        .route("/model/delete", get(versions::ask_delete).post(versions::delete))
        .layer(Extension(Drafts::default()))
}
