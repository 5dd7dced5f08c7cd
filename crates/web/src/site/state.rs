//! What all pages of one site share: the API below, sessions, cookies, the frame; and who is visiting.
//!
//! Kept here: a visit says nothing about authority, only a session does; a session's token goes nowhere but into its
//! cookie. Deliberately not here: what a handler must take to get at a form (`entry`).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::onward::{is_own_path, see_other, with_cookie};
use crate::backend::{Api, Backend, Destination, Trouble};
use crate::component::Link;
use crate::cookie::Jar;
use crate::fleet::{Fleet, View};
use crate::form::Form;
use crate::frame::{Area, ErrorPage, Frame, THEME, Theme, show};
use crate::icon::Icon;
use crate::origin::Seal;
use crate::outside::{Uptime, random};
use crate::session::Sessions;

/// What a site is called and how it is served.
#[derive(Debug, Clone, Default)]
pub struct SiteOptions {
    /// Whose site it is: the publisher, or the device. Shown at the head of every page.
    pub title: String,
    /// The pages are served over TLS: cookies are `Secure`.
    pub secure: bool,
    /// Where the office is, for the bridge of a device; an address such as `https://office.example`.
    pub office: Option<String>,
    /// The servers that the backend reaches, where it is not the one that serves the pages.
    pub fleet: Option<Arc<Fleet>>,
    /// What the pages run on, in one line.
    pub system: String,
}

/// The cookie that keeps how lists are wanted.
const VIEW: &str = "tenure_view";

/// A site whose sessions hold `T`.
pub(crate) struct Site<T>(Arc<Inner<T>>);

struct Inner<T> {
    backend: Arc<dyn Backend>,
    sessions: Sessions<T>,
    seal: Seal,
    jar: Jar,
    uptime: Uptime,
    area: &'static Area,
    options: SiteOptions,
}

impl<T> Clone for Site<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Clone + Send + Sync + 'static> Site<T> {
    /// `None` when the system has no randomness to give.
    pub(crate) fn new(
        backend: Arc<dyn Backend>,
        area: &'static Area,
        options: SiteOptions,
    ) -> Option<Self> {
        let inner = Inner {
            backend,
            sessions: Sessions::default(),
            seal: Seal::new(random()?),
            jar: Jar { secure: options.secure },
            uptime: Uptime::start(),
            area,
            options,
        };
        Some(Self(Arc::new(inner)))
    }

    pub(crate) fn options(&self) -> &SiteOptions {
        &self.0.options
    }

    pub(crate) fn area(&self) -> &'static Area {
        self.0.area
    }

    pub(crate) fn uptime(&self) -> std::time::Duration {
        self.0.uptime.elapsed()
    }

    /// The API as this visitor calls it.
    pub(crate) fn api<'s>(&'s self, visit: &Visit<T>, bearer: Option<&'s str>) -> Api<'s> {
        self.api_at(visit, 0, bearer)
    }

    /// The API of one of several servers, as this visitor calls it.
    pub(crate) fn api_at<'s>(
        &'s self,
        visit: &Visit<T>,
        server: usize,
        bearer: Option<&'s str>,
    ) -> Api<'s> {
        let to = Destination(server);
        Api { backend: self.0.backend.as_ref(), to, caller: visit.caller, bearer }
    }

    /// Opens a session in the place of the visitor's old one and goes on to `to`.
    pub(crate) fn open(&self, visit: &Visit<T>, holds: T, to: &str) -> Response {
        if let Some(old) = &visit.token {
            self.0.sessions.close(old);
        }
        let token = self.0.sessions.open(holds, self.uptime());
        let cookie = token.and_then(|token| self.0.jar.set(self.0.area.cookie, &token, None));
        match cookie {
            Some(cookie) => with_cookie(see_other(to), cookie),
            None => self.sorry(visit, &Trouble::Broken),
        }
    }

    /// Ends the visitor's session and goes to the door.
    pub(crate) fn close(&self, visit: &Visit<T>) -> Response {
        self.close_for(visit, "")
    }

    /// The same; the door says why.
    pub(crate) fn close_for(&self, visit: &Visit<T>, why: &'static str) -> Response {
        if let Some(token) = &visit.token {
            self.0.sessions.close(token);
        }
        let door = self.0.area.door;
        let answer = match why {
            "" => see_other(door),
            why => see_other(&format!("{door}?{why}")),
        };
        match self.0.jar.set(self.0.area.cookie, "", Some(0)) {
            Some(cookie) => with_cookie(answer, cookie),
            None => answer,
        }
    }

    /// Ends the visitor's session, because the API no longer takes its login, and comes back after the door.
    pub(crate) fn log_in_again(&self, visit: &Visit<T>) -> Response {
        if let Some(token) = &visit.token {
            self.0.sessions.close(token);
        }
        self.ended(visit)
    }

    /// To the door. Where people log in they are told whether a session has ended, and come back to where they were.
    pub(crate) fn ended(&self, visit: &Visit<T>) -> Response {
        let area = self.0.area;
        if area.rail.is_empty() {
            return see_other(&format!("{}?ended", area.door));
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        if visit.token.is_some() {
            query.append_pair("ended", "");
        }
        if visit.is_get && visit.address != area.home {
            query.append_pair("back", &visit.address);
        }
        match query.finish().as_str() {
            "" => see_other(area.door),
            query => see_other(&format!("{}?{query}", area.door)),
        }
    }

    /// Changes what the session of a visitor holds, if there is one.
    pub(crate) fn change_of(&self, visit: &Visit<T>, with: impl FnOnce(&mut T)) {
        if let Some(token) = &visit.token {
            let _gone_is_gone =
                self.0.sessions.change(token, self.0.uptime.elapsed(), |holds| with(holds));
        }
    }

    /// The servers that can be shown by their numbers; none where there is only the one that serves the pages.
    pub(crate) fn fleet(&self) -> Option<&Arc<Fleet>> {
        self.0.options.fleet.as_ref()
    }

    /// Keeps how a reader wants lists in the reader's browser, and goes on to `to`.
    pub(crate) fn keep_view(&self, view: View, to: &str) -> Response {
        match self.0.jar.set(VIEW, &view.word(), Some(365 * 24 * 60 * 60)) {
            Some(cookie) => with_cookie(see_other(to), cookie),
            None => see_other(to),
        }
    }

    /// The frame of a page.
    pub(crate) fn frame(&self, visit: &Visit<T>, title: impl Into<String>) -> Frame {
        self.frame_at(visit, 0, title)
    }

    /// The frame of a page of one of several servers.
    pub(crate) fn frame_at(
        &self,
        visit: &Visit<T>,
        server: usize,
        title: impl Into<String>,
    ) -> Frame {
        let Inner { seal, area, options, .. } = self.0.as_ref();
        let csrf = visit.token.as_deref().map(|token| seal.token(token, server));
        Frame {
            title: title.into(),
            site: options.title.clone(),
            area,
            path: visit.path.clone(),
            theme: visit.theme,
            csrf: csrf.unwrap_or_default(),
            inside: visit.holds.is_some(),
        }
    }

    /// The page for a call that gave no answer.
    pub(crate) fn sorry(&self, visit: &Visit<T>, trouble: &Trouble) -> Response {
        let again =
            Link { href: self.0.area.home.to_owned(), words: "Back to the start".to_owned() };
        self.error(visit, trouble.status(), &trouble.title(), &trouble.detail(), again)
    }

    /// A page that says what is wrong and where to go.
    pub(crate) fn error(
        &self,
        visit: &Visit<T>,
        status: StatusCode,
        title: &str,
        text: &str,
        next: Link,
    ) -> Response {
        let frame = self.frame(visit, title);
        let icon = match status {
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Icon::Lock,
            StatusCode::NOT_FOUND => Icon::Search,
            _ => Icon::Warn,
        };
        show(status, &ErrorPage { frame, icon, text: text.to_owned(), next })
    }

    /// The page for an address that is not there.
    pub(crate) fn nothing_here(&self, visit: &Visit<T>) -> Response {
        let next = Link { href: self.0.area.home.to_owned(), words: "To the start".to_owned() };
        let text = "The address may be mistyped, or what it showed is gone.";
        self.error(visit, StatusCode::NOT_FOUND, "There is no such page", text, next)
    }

    /// Stores the reader's choice of colors and goes back to where it was made.
    pub(crate) fn choose_theme(&self, form: &Form) -> Response {
        let theme = Theme::of(form.text("theme"));
        let back = form.text("back");
        let back = if is_own_path(back) { back } else { self.0.area.home };
        let seconds = if theme == Theme::System { 0 } else { 365 * 24 * 60 * 60 };
        match self.0.jar.set(THEME, theme.word(), Some(seconds)) {
            Some(cookie) => with_cookie(see_other(back), cookie),
            None => see_other(back),
        }
    }

    /// Who asks, by the cookies and headers of a request.
    pub(super) fn visit(&self, parts: &Parts) -> Visit<T> {
        let Inner { sessions, jar, uptime, area, options, .. } = self.0.as_ref();
        let token = jar.read(&parts.headers, area.cookie).map(str::to_owned);
        let holds = token.as_deref().and_then(|token| sessions.holds(token, uptime.elapsed()));
        let scheme = if options.secure { "https" } else { "http" };
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        Visit {
            holds,
            token,
            theme: Theme::of(jar.read(&parts.headers, THEME).unwrap_or_default()),
            path: parts.uri.path().to_owned(),
            address: parts.uri.path_and_query().map_or("/", |all| all.as_str()).to_owned(),
            is_get: parts.method == Method::GET,
            origin: format!("{scheme}://{}", host.unwrap_or("localhost")),
            caller: parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0),
            view: match &options.fleet {
                Some(fleet) => fleet.view(),
                None => View::of(jar.read(&parts.headers, VIEW).unwrap_or_default()),
            },
        }
    }

    /// What the tokens of forms are made with.
    pub(super) fn seal(&self) -> &Seal {
        &self.0.seal
    }

    /// The page for a form that another site sent.
    pub(super) fn refuse_foreign(&self, visit: &Visit<T>) -> Response {
        let text = "Your browser says that this form was sent from another site. Nothing was done. \
                    Open the page here and send it again.";
        let next = Link { href: self.0.area.home.to_owned(), words: "To the start".to_owned() };
        self.error(visit, StatusCode::FORBIDDEN, "This came from another site", text, next)
    }
}

/// Who asks for a page.
pub(crate) struct Visit<T> {
    pub(super) token: Option<String>,
    pub(crate) holds: Option<T>,
    theme: Theme,
    path: String,
    /// Path and query.
    pub(crate) address: String,
    is_get: bool,
    /// The origin under which the visitor sees this site.
    pub(crate) origin: String,
    caller: Option<SocketAddr>,
    /// How lists are wanted.
    pub(crate) view: View,
}

impl<S, T> FromRequestParts<S> for Visit<T>
where
    S: Send + Sync,
    Site<T>: FromRef<S>,
    T: Clone + Send + Sync + 'static,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Ok(Site::from_ref(state).visit(parts))
    }
}
