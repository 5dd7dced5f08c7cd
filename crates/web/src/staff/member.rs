//! Who is at work on a page: a member of staff, and the API as it answers this member.
//!
//! Kept here: a handler gets at the session by [`Member`], at a form by [`Sent`] (origin and token are right then, and
//! the server that is shown is the one whose page it was);
//! an answer of the API that is none becomes the page for it, the same everywhere. The API decides at every call
//! what a member may do; [`Member::may`] only spares people buttons that would be refused.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde::de::DeserializeOwned;
use tenure_api::{Page, Problem};

use super::desk::Desk;
use super::logins::{Account, Pages, Staff};
use crate::backend::{Api, Trouble};
use crate::component::{Link, Notice};
use crate::form::Form;
use crate::site::{Inside, Posted, see_other};

/// What a handler answers: both are pages.
pub(crate) type Answer = Result<Response, Response>;

/// Most rows that are asked for when all rows are wanted.
pub(crate) const ROWS_MAX: u64 = 200_000;

/// A member of staff who asks for a page.
pub(crate) struct Member {
    pub(crate) site: Pages,
    pub(crate) inside: Inside<Staff>,
    account: Account,
}

impl Member {
    /// Who it is.
    pub(crate) fn name(&self) -> &str {
        &self.account.name
    }

    /// The words of what it may do.
    pub(crate) fn roles(&self) -> &[String] {
        &self.account.roles
    }

    /// Whether it has a role, by its word on the wire, or is an administrator.
    pub(crate) fn may(&self, role: &str) -> bool {
        self.account.roles.iter().any(|has| has == role || has == "admin")
    }

    /// The API as it answers this member.
    pub(crate) fn api(&self) -> Api<'_> {
        self.site.api_at(&self.inside.visit, self.inside.holds.at, Some(&self.account.bearer))
    }

    /// `GET` in JSON; what goes wrong is a page already.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Response> {
        self.api().get(path).await.map_err(|trouble| self.sorry(&trouble))
    }

    /// All rows of a list of the API, page after page: for files, not for pages. More than a file takes are refused,
    /// so that none is missing in silence. `path` has no query; `query` has no page and size.
    pub(crate) async fn all<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &str,
    ) -> Result<Vec<T>, Trouble> {
        let mut rows = Vec::new();
        for page in 1_u32.. {
            let size = tenure_api::MAX_SIZE;
            let between = if query.is_empty() { "" } else { "&" };
            let path = format!("{path}?page={page}&size={size}{between}{query}");
            let found: Page<T> = self.api().get(&path).await?;
            if found.total > ROWS_MAX {
                return Err(too_many(found.total));
            }
            let is_last =
                found.items.is_empty() || u64::from(page) * u64::from(size) >= found.total;
            rows.extend(found.items);
            if is_last {
                break;
            }
        }
        Ok(rows)
    }

    /// Rows on a page of a list.
    pub(crate) fn rows(&self) -> u32 {
        self.inside.visit.view.rows
    }

    /// Whether this member is offered to drop devices: the settings of the manager and the role say so.
    pub(crate) fn drops_devices(&self) -> bool {
        self.inside.visit.view.drop_devices && self.may("drop-device")
    }

    /// To the door, because the API no longer takes this login; others stay as they are.
    pub(crate) fn log_in_again(&self) -> Response {
        let Staff { at, logins, .. } = &self.inside.holds;
        if logins.len() < 2 {
            return self.site.log_in_again(&self.inside.visit);
        }
        self.site.change(&self.inside, |staff| drop(staff.logins.remove(at)));
        self.site.ended(&self.inside.visit)
    }

    /// The frame of a page; a notice that waited is shown on it.
    pub(crate) fn desk(&self, title: impl Into<String>) -> Desk {
        let title: String = title.into();
        Desk::of(&self.site, &self.inside.visit, self.inside.holds.at, &title)
    }

    /// Goes on to `to`, where `notice` is shown.
    pub(crate) fn done(&self, notice: Notice, to: &str) -> Response {
        self.site.change(&self.inside, |staff| staff.flash = Some(notice));
        see_other(to)
    }

    /// The page for a call that gave no answer to show. A login that has ended leads to the door; who lacks a role is
    /// told which it has and who could give others.
    pub(crate) fn sorry(&self, trouble: &Trouble) -> Response {
        let home = self.site.area().home;
        let next = Link { href: home.to_owned(), words: "To the start".to_owned() };
        if trouble.is_on_the_way() && self.site.fleet().is_some() {
            let next =
                Link { href: "/servers".to_owned(), words: "All license servers".to_owned() };
            return self.error(trouble.status(), &trouble.title(), &trouble.detail(), next);
        }
        match trouble.status() {
            StatusCode::UNAUTHORIZED => self.log_in_again(),
            StatusCode::FORBIDDEN => {
                let text = format!(
                    "{} You are {}, and your roles are: {}. An administrator can give you others under Users.",
                    trouble.detail(),
                    self.name(),
                    match self.roles() {
                        [] => "none".to_owned(),
                        roles => roles.join(", "),
                    }
                );
                self.error(StatusCode::FORBIDDEN, "You may not do this", text.trim(), next)
            }
            status => self.error(status, &trouble.title(), &trouble.detail(), next),
        }
    }

    /// A page that says what is wrong and where to go.
    pub(crate) fn error(
        &self,
        status: StatusCode,
        title: &str,
        text: &str,
        next: Link,
    ) -> Response {
        self.desk(title).error(status, text, next)
    }

    /// The page for who lacks a role, before a form that would be refused.
    #[expect(clippy::result_large_err, reason = "an answer is a page either way")]
    pub(crate) fn must(&self, role: &str) -> Result<(), Response> {
        if self.may(role) {
            return Ok(());
        }
        let detail = format!("This needs the role `{role}`.");
        let problem = Problem::new(403, "missing-role", "You may not do this", detail);
        Err(self.sorry(&Trouble::Problem(Box::new(problem))))
    }

    /// The page for something that is not there.
    pub(crate) fn nothing(&self, text: &str, back: Link) -> Response {
        self.error(StatusCode::NOT_FOUND, "There is no such thing", text, back)
    }
}

/// More rows than a file takes.
fn too_many(total: u64) -> Trouble {
    let text = format!(
        "There are {total} rows, and a file of these pages has at most {ROWS_MAX}: it would lack the others. Search \
         or choose first, so that fewer are left."
    );
    Trouble::Problem(Box::new(Problem::new(422, "too-many-rows", "Too many rows for a file", text)))
}

/// A form that a member of staff sent from our own page.
pub(crate) struct Sent {
    pub(crate) me: Member,
    pub(crate) form: Form,
}

impl Member {
    /// Who has a session may still have no login at the server that is shown.
    fn of(site: &Pages, inside: Inside<Staff>) -> Option<Self> {
        let account = inside.holds.account().cloned()?;
        Some(Self { site: site.clone(), inside, account })
    }
}

impl FromRequestParts<Pages> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Pages) -> Result<Self, Response> {
        let inside = Inside::from_request_parts(parts, site).await?;
        Self::of(site, inside).ok_or_else(|| see_other(site.area().door))
    }
}

impl FromRequest<Pages> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Pages) -> Result<Self, Response> {
        let Posted { inside, form } = Posted::from_request(request, site).await?;
        let (was, is) = (site.form_server(&inside, &form), inside.holds.at);
        if let Some(was) = was.filter(|was| *was != is) {
            return Err(of_another_server(site, &inside, was));
        }
        let me = Member::of(site, inside).ok_or_else(|| see_other(site.area().door))?;
        Ok(Self { me, form })
    }
}

/// The page for a form of a server that is no longer the one that is shown: in another window, somebody went on.
fn of_another_server(site: &Pages, inside: &Inside<Staff>, was: usize) -> Response {
    let name = |server| {
        let place = site.fleet().and_then(|fleet| fleet.server(server));
        place.map_or_else(|| "another license server".to_owned(), |place| place.name)
    };
    let (was, is) = (name(was), name(inside.holds.at));
    let text = format!(
        "This page shows {was}, and in another window you have gone to {is} since. Nothing was done, at neither of \
         them. Choose the one you mean, load the page again and repeat the step."
    );
    let next = Link { href: "/servers".to_owned(), words: "To the license servers".to_owned() };
    let desk = Desk::of(site, &inside.visit, inside.holds.at, "This page is of another server");
    desk.error(StatusCode::CONFLICT, &text, next)
}
