//! The door of a site of people who log in: in by name and password, the first administrator by the one-time token,
//! one's own password, out.
//!
//! Kept here: a wrong name and a wrong password look the same; how often somebody may try is the API's affair, and
//! its answer is shown; after the door one is where one wanted to go, if that is a page of ours.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use tenure_api::{Login, PasswordChange, Setup, SetupState};
use tokio::task::JoinSet;

use super::desk::Desk;
use super::listing::Asked;
use super::logins::{Account, Pages, Staff};
use super::member::{Answer, Member, Sent};
use crate::backend::Trouble;
use crate::component::{Notice, Tone};
use crate::site::{Entered, Posted, Visit, is_own_path, refusal, see_other, show};

/// How long a logout waits for servers that were left.
const LEAVING: Duration = Duration::from_secs(3);

/// The pages of the door below `prefix`.
pub(crate) fn routes(prefix: &str) -> Router<Pages> {
    Router::new()
        .route(&format!("{prefix}/login"), get(ask).post(log_in))
        .route(&format!("{prefix}/setup"), get(ask_token).post(set_up))
        .route(&format!("{prefix}/account"), get(account).post(change_password))
        .route(&format!("{prefix}/logout"), post(leave).get(to_door))
}

/// A login as both kinds of service answer it; they differ in which roles there are.
#[derive(Deserialize)]
struct Opened {
    token: String,
    name: String,
    roles: Vec<String>,
}

#[derive(Template)]
#[template(path = "staff/login.html")]
struct LoginPage {
    desk: Desk,
    notice: Option<Notice>,
    fault: Option<String>,
    name: String,
    back: String,
    /// The server whose door this is.
    at: usize,
}

/// The door has no rail: whoever stands before it is nobody yet.
fn desk(site: &Pages, visit: &Visit<Staff>, at: usize, title: &str) -> Desk {
    Desk { who: None, ..Desk::of(site, visit, at, title) }
}

/// The server whose door is meant: the one that was named, else the one that is shown, else the first.
fn server(site: &Pages, visit: &Visit<Staff>, named: &str) -> usize {
    let shown = visit.holds.as_ref().map_or(0, |staff| staff.at);
    let Some(fleet) = site.fleet() else { return 0 };
    let named = named.parse().ok().filter(|named| fleet.server(*named).is_some());
    named.unwrap_or_else(|| fleet.or_first(shown))
}

/// A page of the door of this server, where there are several.
fn to_server(site: &Pages, at: usize, path: &str) -> String {
    let between = if path.contains('?') { '&' } else { '?' };
    match site.fleet() {
        Some(_) => format!("{path}{between}server={at}"),
        None => path.to_owned(),
    }
}

/// `GET …/login`.
async fn ask(State(site): State<Pages>, visit: Visit<Staff>, asked: Asked) -> Response {
    let back = own(&site, asked.text("back"));
    let at = server(&site, &visit, asked.text("server"));
    if visit.holds.as_ref().is_some_and(|staff| staff.logins.contains_key(&at)) {
        site.change_of(&visit, |staff| staff.at = at);
        return see_other(&back);
    }
    let prefix = site.area().prefix;
    let notice = match is_set_up_open(&site, &visit, at).await {
        Ok(true) => return see_other(&to_server(&site, at, &format!("{prefix}/setup"))),
        Err(trouble) => Some(unanswered(&trouble)),
        Ok(false) => entering(&asked),
    };
    let desk = desk(&site, &visit, at, "Log in");
    show(StatusCode::OK, &LoginPage { desk, notice, fault: None, name: String::new(), back, at })
}

/// Why one stands at the door.
fn entering(asked: &Asked) -> Option<Notice> {
    if asked.has("ended") {
        let text = "You were away for long, logged out elsewhere, or the server was started again.";
        return Some(Notice::new(Tone::Tell, "Your session has ended", text));
    }
    if asked.has("closed") {
        let text = "Log in with your name. Who has none asks an administrator for one.";
        return Some(Notice::new(Tone::Tell, "There is an administrator already", text));
    }
    asked.has("changed").then(|| {
        let text = "All your sessions have ended. Log in with the new password.";
        Notice::new(Tone::Good, "Your password is changed", text)
    })
}

/// Whether the first administrator is still to be made. A server that does not know the question has had one for long.
async fn is_set_up_open(site: &Pages, visit: &Visit<Staff>, at: usize) -> Result<bool, Trouble> {
    match site.api_at(visit, at, None).get::<SetupState>("/api/v1/setup").await {
        Ok(state) => Ok(state.open),
        Err(trouble) if is_unknown_call(&trouble) => Ok(false),
        Err(trouble) => Err(trouble),
    }
}

fn is_unknown_call(trouble: &Trouble) -> bool {
    matches!(trouble.status(), StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED)
}

/// A path to go to after the door; the start unless it is one of ours.
fn own(site: &Pages, back: &str) -> String {
    let fits = is_own_path(back) && back.starts_with(site.area().prefix);
    if fits { back.to_owned() } else { site.area().home.to_owned() }
}

/// `POST …/login`.
async fn log_in(State(site): State<Pages>, Entered { visit, form }: Entered<Staff>) -> Response {
    let (name, back) = (form.text("name").to_owned(), own(&site, form.text("back")));
    // Spaces at the ends of a password are part of it.
    let password = form.whole("password").to_owned();
    let at = server(&site, &visit, form.text("server"));
    let again = |status, notice, fault: Option<String>| {
        let desk = desk(&site, &visit, at, "Log in");
        let page = LoginPage { desk, notice, fault, name: name.clone(), back: back.clone(), at };
        show(status, &page)
    };
    if name.is_empty() || password.is_empty() {
        let fault = Some("Enter your name and your password.".to_owned());
        return again(StatusCode::UNPROCESSABLE_ENTITY, None, fault);
    }
    let staff = Staff { at, ..visit.holds.clone().unwrap_or_else(Staff::nowhere) };
    let asked = Login { name: name.clone(), password };
    let api = site.api_at(&visit, staff.at, None);
    match api.post::<_, Opened>("/api/v1/login", &asked, "").await {
        Ok(opened) => enter(&site, &visit, staff, opened, &back),
        Err(trouble) if trouble.status() == StatusCode::UNAUTHORIZED => {
            let fault = Some("Name or password is wrong.".to_owned());
            again(StatusCode::FORBIDDEN, None, fault)
        }
        Err(trouble) => again(trouble.status(), Some(unanswered(&trouble)), None),
    }
}

fn enter(
    site: &Pages,
    visit: &Visit<Staff>,
    mut staff: Staff,
    opened: Opened,
    to: &str,
) -> Response {
    let Opened { token, name, roles } = opened;
    staff.logins.insert(staff.at, Account { name, roles, bearer: token });
    site.open(visit, staff, to)
}

fn unanswered(trouble: &Trouble) -> Notice {
    match trouble {
        Trouble::Broken => {
            let text = "It may be starting. Try again in a moment.";
            Notice::new(Tone::Bad, "The server gave no answer", text)
        }
        trouble => refusal(trouble),
    }
}

#[derive(Template)]
#[template(path = "staff/setup.html")]
struct SetupPage {
    desk: Desk,
    notice: Option<Notice>,
    fault: Option<&'static str>,
    token: String,
    name: String,
    /// The server that is set up.
    at: usize,
}

/// `GET …/setup`.
async fn ask_token(State(site): State<Pages>, visit: Visit<Staff>, asked: Asked) -> Response {
    let at = server(&site, &visit, asked.text("server"));
    if visit.holds.as_ref().is_some_and(|staff| staff.logins.contains_key(&at)) {
        return see_other(site.area().home);
    }
    let prefix = site.area().prefix;
    let notice = match is_set_up_open(&site, &visit, at).await {
        Ok(false) => return see_other(&to_server(&site, at, &format!("{prefix}/login?closed"))),
        Err(trouble) => Some(unanswered(&trouble)),
        Ok(true) => None,
    };
    let desk = desk(&site, &visit, at, "Set up the first administrator");
    let (token, name) = (String::new(), String::new());
    show(StatusCode::OK, &SetupPage { desk, notice, fault: None, token, name, at })
}

/// `POST …/setup`.
async fn set_up(State(site): State<Pages>, Entered { visit, form }: Entered<Staff>) -> Response {
    let (token, name) = (form.text("token").to_owned(), form.text("name").to_owned());
    let (password, repeated) = (form.whole("password"), form.whole("repeated"));
    let at = server(&site, &visit, form.text("server"));
    let again = |status, notice, fault| {
        let desk = desk(&site, &visit, at, "Set up the first administrator");
        let page = SetupPage { desk, notice, fault, token: token.clone(), name: name.clone(), at };
        show(status, &page)
    };
    let fault = match () {
        () if token.is_empty() => Some("Enter the one-time token of the console."),
        () if name.is_empty() => Some("Choose a name to log in with."),
        () if password.chars().count() < 10 => Some("Choose a password of at least 10 characters."),
        () if password != repeated => Some("The two passwords differ. Type them again."),
        () => None,
    };
    if fault.is_some() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, None, fault);
    }
    let staff = Staff { at, ..visit.holds.clone().unwrap_or_else(Staff::nowhere) };
    let asked = Setup { token: token.clone(), name: name.clone(), password: password.to_owned() };
    let api = site.api_at(&visit, staff.at, None);
    match api.post::<_, Opened>("/api/v1/setup", &asked, "").await {
        Ok(opened) => enter(&site, &visit, staff, opened, site.area().after_setup),
        Err(trouble) => again(trouble.status(), Some(unanswered(&trouble)), None),
    }
}

#[derive(Template)]
#[template(path = "staff/account.html")]
struct AccountPage {
    desk: Desk,
    notice: Option<Notice>,
    name: String,
    roles: Vec<String>,
}

/// `GET …/account`.
async fn account(me: Member) -> Response {
    account_page(&me, StatusCode::OK, None)
}

fn account_page(me: &Member, status: StatusCode, notice: Option<Notice>) -> Response {
    let desk = me.desk("Your account");
    let (name, roles) = (me.name().to_owned(), me.roles().to_vec());
    show(status, &AccountPage { desk, notice, name, roles })
}

/// `POST …/account`: another password; whoever changes it logs in again with it.
async fn change_password(Sent { me, form }: Sent) -> Answer {
    let (current, new) = (form.whole("current"), form.whole("new"));
    let fault = match () {
        () if current.is_empty() => Some("Enter your present password."),
        () if new.chars().count() < 10 => Some("Choose a password of at least 10 characters."),
        () if new != form.whole("repeated") => Some("The two passwords differ. Type them again."),
        () => None,
    };
    if let Some(fault) = fault {
        let notice = Notice::new(Tone::Bad, "Nothing was changed", fault);
        return Ok(account_page(&me, StatusCode::UNPROCESSABLE_ENTITY, Some(notice)));
    }
    let asked = PasswordChange { current: current.to_owned(), new: new.to_owned() };
    match me.api().post::<_, ()>("/api/v1/password", &asked, "").await {
        Ok(()) => Ok(me.site.close_for(&me.inside.visit, "changed")),
        // The API says so of the password that was typed, not of the session.
        Err(trouble) => Ok(account_page(&me, trouble.status(), Some(refusal(&trouble)))),
    }
}

/// `POST …/logout`: out of all servers, here and there.
async fn leave(State(site): State<Pages>, posted: Posted<Staff>) -> Response {
    let inside = Arc::new(posted.inside);
    let mut leaving = JoinSet::new();
    for (server, account) in inside.holds.logins.clone() {
        let (site, inside) = (site.clone(), inside.clone());
        leaving.spawn(async move {
            let api = site.api_at(&inside.visit, server, Some(&account.bearer));
            let _ended: Result<(), Trouble> = api.post_empty("/api/v1/logout", "").await;
        });
    }
    // A login that can't be ended there ends by itself; here it is gone in any case.
    let all = async { while leaving.join_next().await.is_some() {} };
    let _in_time = tokio::time::timeout(LEAVING, all).await;
    site.close(&inside.visit)
}

async fn to_door(State(site): State<Pages>) -> Response {
    see_other(site.area().door)
}
