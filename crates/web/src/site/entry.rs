//! What a handler takes to get at a session or at a form; none of it exists unless the checks for it have passed.
//!
//! Kept here: [`Inside`] has a live session, [`Entered`] the right origin, [`Posted`] both and the session's own token;
//! [`Carried`] has no session, whatever cookie came with it. Deliberately not here: what a session may do; the API says.

use askama::Template;
use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::state::{Site, Visit};
use crate::component::Link;
use crate::form::{Form, FormFault};
use crate::frame::show;
use crate::origin::is_foreign;

/// Who follows a link from another site comes without the strict cookie. This page asks for the same address once
/// more, now from here, and the cookie comes along.
#[derive(Template)]
#[template(path = "bounce.html")]
struct BouncePage<'p> {
    path: &'p str,
}

/// A visit with a live session.
pub(crate) struct Inside<T> {
    pub(crate) visit: Visit<T>,
    pub(crate) holds: T,
    token: String,
}

impl<T: Clone> Inside<T> {
    fn of(visit: Visit<T>) -> Result<Self, Box<Visit<T>>> {
        match (visit.holds.clone(), visit.token.clone()) {
            (Some(holds), Some(token)) => Ok(Self { visit, holds, token }),
            _ => Err(Box::new(visit)),
        }
    }
}

impl<S, T> FromRequestParts<S> for Inside<T>
where
    S: Send + Sync,
    Site<T>: FromRef<S>,
    T: Clone + Send + Sync + 'static,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let site = Site::from_ref(state);
        let from_elsewhere =
            parts.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        Self::of(site.visit(parts)).map_err(|visit| match from_elsewhere {
            true => show(StatusCode::OK, &BouncePage { path }),
            false => site.ended(&visit),
        })
    }
}

impl<T: Clone + Send + Sync + 'static> Site<T> {
    /// Changes what the session holds.
    pub(crate) fn change(&self, inside: &Inside<T>, with: impl FnOnce(&mut T)) {
        self.change_of(&inside.visit, with);
    }

    /// The server whose page a form stood on; none where the form is not of this session.
    pub(crate) fn form_server(&self, inside: &Inside<T>, form: &Form) -> Option<usize> {
        self.seal().server(&inside.token, form.text("csrf"))
    }
}

/// A form that uses the authority of a session: origin and token are right. Which server it was for is not asked.
pub(crate) struct Posted<T> {
    pub(crate) inside: Inside<T>,
    pub(crate) form: Form,
}

impl<S, T> FromRequest<S> for Posted<T>
where
    S: Send + Sync,
    Site<T>: FromRef<S>,
    T: Clone + Send + Sync + 'static,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let site = Site::from_ref(state);
        let Entered { visit, form } = Entered::from_request(request, state).await?;
        let inside = Inside::of(visit).map_err(|visit| site.ended(&visit))?;
        if site.form_server(&inside, &form).is_some() {
            return Ok(Self { inside, form });
        }
        let text = "The page was loaded before you began this session, or in another one. Nothing was \
                    done. Load it again and repeat the step.";
        let next = Link { href: site.area().home.to_owned(), words: "To the start".to_owned() };
        let title = "This page is out of date";
        Err(site.error(&inside.visit, StatusCode::FORBIDDEN, title, text, next))
    }
}

/// A form from our own page that needs no session.
pub(crate) struct Entered<T> {
    pub(crate) visit: Visit<T>,
    pub(crate) form: Form,
}

impl<S, T> FromRequest<S> for Entered<T>
where
    S: Send + Sync,
    Site<T>: FromRef<S>,
    T: Clone + Send + Sync + 'static,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let site = Site::from_ref(state);
        let (parts, body) = request.into_parts();
        let visit = site.visit(&parts);
        if is_foreign(&parts.headers) {
            return Err(site.refuse_foreign(&visit));
        }
        let form = read(&site, &visit, &parts.headers, body).await?;
        Ok(Self { visit, form })
    }
}

/// A form that may come from anywhere: the ends of the bridge. It has no session, whatever cookie came with it.
pub(crate) struct Carried<T> {
    pub(crate) visit: Visit<T>,
    pub(crate) form: Form,
}

impl<S, T> FromRequest<S> for Carried<T>
where
    S: Send + Sync,
    Site<T>: FromRef<S>,
    T: Clone + Send + Sync + 'static,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let site = Site::from_ref(state);
        let (parts, body) = request.into_parts();
        let mut visit = site.visit(&parts);
        (visit.holds, visit.token) = (None, None);
        let form = read(&site, &visit, &parts.headers, body).await?;
        Ok(Self { visit, form })
    }
}

async fn read<T: Clone + Send + Sync + 'static>(
    site: &Site<T>,
    visit: &Visit<T>,
    headers: &HeaderMap,
    body: axum::body::Body,
) -> Result<Form, Response> {
    Form::read(headers, body).await.map_err(|fault| {
        let status = match fault {
            FormFault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            FormFault::Broken => StatusCode::BAD_REQUEST,
        };
        let next = Link { href: site.area().home.to_owned(), words: "To the start".to_owned() };
        site.error(visit, status, "The form could not be read", &fault.to_string(), next)
    })
}
