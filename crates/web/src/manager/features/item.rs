//! One license item with all its terms.
//!
//! Kept here: the terms are shown in words and, complete, as they are written in the container. Deliberately not here:
//! the words of terms (`terms`), other items of the feature (`items`).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use tenure_api::{ItemRow, Page};

use super::items::Row;
use super::terms::terms;
use crate::component::Link;
use crate::manager::holding::{named, with};
use crate::site::show;
use crate::staff::{Answer, Desk, Member};

/// Items looked through for the one: the search finds parts of IDs too.
const LOOKED: u32 = 1_000;

#[derive(Template)]
#[template(path = "manager/features/item.html")]
struct ItemPage {
    desk: Desk,
    row: Row,
    terms: Vec<(&'static str, String)>,
    written: String,
}

/// `GET /features/items/{id}`.
pub(super) async fn show_one(me: Member, Path(id): Path<String>) -> Answer {
    let id = named(&id);
    let path = with("/api/v1/container/items", "q", id) + &format!("&size={LOOKED}");
    let page: Page<ItemRow> = me.get(&path).await?;
    let Some(row) = page.items.into_iter().find(|row| row.id == id) else {
        let back = Link { href: "/features/items".to_owned(), words: "To the items".to_owned() };
        let text =
            "The container of this server holds no such item. An update may have taken it out.";
        return Ok(me.nothing(text, back));
    };
    let written = serde_json::to_string_pretty(&row.terms).unwrap_or_default();
    let page = ItemPage {
        desk: me.desk(row.id.clone()),
        terms: terms(&row.terms),
        row: Row::new(&row),
        written,
    };
    Ok(show(StatusCode::OK, &page))
}
