//! The frame of the pages of staff: rail, head with server and name, notice; and the page that says what is wrong.
//!
//! Kept here: a notice that waited is shown once; nobody meets a bare error, and every error says where to go next.
//! Deliberately not here: what a member may do, and which answer of the API becomes which page (`member`).

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::logins::{Pages, Staff};
use crate::component::{Link, Notice};
use crate::frame::{Frame, show};
use crate::icon::Icon;
use crate::rail::Section;
use crate::site::Visit;

/// What a page of staff needs besides its content. Templates extend `staff/desk.html`.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) frame: Frame,
    /// Who is at work; none before the door.
    pub(crate) who: Option<String>,
    /// The number of the server that is shown.
    pub(crate) at: usize,
    /// The name of the server that is shown; empty where there is only the one that serves the pages.
    pub(crate) server: String,
    /// How many servers can be switched to; one or none needs no switch.
    pub(crate) servers: usize,
    /// Shown once, at the head of the page.
    pub(crate) flash: Option<Notice>,
}

impl Desk {
    pub(crate) fn rail(&self) -> &'static [Section] {
        self.frame.area.rail
    }

    /// The site's path before all others, without a slash at its end.
    pub(crate) fn prefix(&self) -> &'static str {
        self.frame.area.prefix
    }

    /// Whether this is the page of one's own account.
    pub(crate) fn is_account(&self) -> bool {
        self.frame.path.strip_prefix(self.prefix()) == Some("/account")
    }

    /// The desk of somebody who may not be logged in; a notice that waited is shown on it.
    pub(crate) fn of(site: &Pages, visit: &Visit<Staff>, at: usize, title: &str) -> Self {
        let holds = visit.holds.as_ref();
        let flash = holds.and_then(|staff| staff.flash.clone());
        if flash.is_some() {
            site.change_of(visit, |staff| staff.flash = None);
        }
        let who = holds.and_then(Staff::account).map(|account| account.name.clone());
        let servers = site.fleet().map(|fleet| fleet.servers()).unwrap_or_default();
        let shown = servers.iter().find(|(number, _)| *number == at);
        Self {
            frame: site.frame_at(visit, at, title),
            who,
            at,
            server: shown.map(|(_, place)| place.name.clone()).unwrap_or_default(),
            servers: servers.len(),
            flash,
        }
    }

    /// A page that says what is wrong and where to go, with the rail; the frame has its title.
    pub(crate) fn error(self, status: StatusCode, text: &str, next: Link) -> Response {
        let icon = match status {
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Icon::Lock,
            StatusCode::NOT_FOUND => Icon::Search,
            _ => Icon::Warn,
        };
        show(status, &DeskErrorPage { desk: self, icon, text: text.to_owned(), next })
    }
}

#[derive(Template)]
#[template(path = "staff/error.html")]
struct DeskErrorPage {
    desk: Desk,
    icon: Icon,
    text: String,
    next: Link,
}
