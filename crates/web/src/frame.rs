//! What stands around the content of every page: head, menu, colors, foot.
//!
//! A page is a type with a [`Frame`] in it; the template takes everything from there. Deliberately not here: who is
//! visiting (`site`).

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::assets::ASSETS;
use crate::component::Link;
use crate::icon::Icon;
use crate::rail::Section;

/// What differs between the sites.
#[derive(Debug)]
pub(crate) struct Area {
    pub(crate) name: &'static str,
    pub(crate) cookie: &'static str,
    pub(crate) home: &'static str,
    /// Where somebody without a session begins.
    pub(crate) door: &'static str,
    pub(crate) leave: &'static str,
    pub(crate) leave_words: &'static str,
    pub(crate) menu: &'static [(&'static str, &'static str, Icon)],
    /// Where the first administrator goes on.
    pub(crate) after_setup: &'static str,
    /// The site's path before all others, without a slash at its end.
    pub(crate) prefix: &'static str,
    /// The rail of a site of people who log in.
    pub(crate) rail: &'static [Section],
}

/// The cookie that keeps the choice.
pub(crate) const THEME: &str = "tenure_theme";

/// Which colors the reader chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    Light,
    Dark,
    System,
}

impl Theme {
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::System => "system",
        }
    }
}

/// What every page needs besides its content.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) site: String,
    pub(crate) area: &'static Area,
    pub(crate) path: String,
    pub(crate) theme: Theme,
    pub(crate) csrf: String,
    pub(crate) inside: bool,
}

impl Frame {
    pub(crate) fn style(&self) -> String {
        ASSETS.style.path()
    }

    pub(crate) fn script(&self) -> String {
        ASSETS.script.path()
    }

    pub(crate) fn icon(&self) -> String {
        ASSETS.icon.path()
    }

    pub(crate) fn themes(&self) -> [(Theme, Icon, &'static str); 3] {
        [
            (Theme::Light, Icon::Light, "Light"),
            (Theme::Dark, Icon::Dark, "Dark"),
            (Theme::System, Icon::System, "As the system"),
        ]
    }

    /// Whether a menu entry is the page shown, or an ancestor of it.
    pub(crate) fn is_at(&self, href: &str) -> bool {
        let below = self.path.strip_prefix(href);
        below.is_some_and(|rest| rest.is_empty() || (href.len() > 1 && rest.starts_with('/')))
            && (href != self.area.home || self.path == href)
    }
}

/// A page that says what is wrong and where to go.
#[derive(Template)]
#[template(path = "error.html")]
pub(crate) struct ErrorPage {
    pub(crate) frame: Frame,
    pub(crate) icon: Icon,
    pub(crate) text: String,
    pub(crate) next: Link,
}

/// Renders a page.
pub(crate) fn show(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page can't be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "The page can't be shown.").into_response()
        }
    }
}
