//! Who may log in, and what each may do.
//!
//! Kept here: roles are told by what they allow; whoever changes the own roles or password logs in again, because the
//! server ends those sessions. Deliberately not here: one's own password (`staff::door`), who must stay (the server).

mod form;
mod place;
mod role;

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use tenure_api::{Page, Role, User, UserChange};

use self::place::{LIST, api_path, path_of};
use self::role::{Choice, badges, choices, chosen};
use crate::backend::Trouble;
use crate::component::{Badge, Link, Notice, Tone, When};
use crate::icon::Icon;
use crate::site::{refusal, show};
use crate::staff::{Answer, Asked, Column, Desk, List, Member, Pages, Question, Sent, sheet};

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/users", get(list))
        .route("/users.csv", get(file))
        .route("/new-user", get(form::ask).post(form::create))
        .route("/users/{name}", get(detail))
        .route("/users/{name}/roles", post(change_roles))
        .route("/users/{name}/password", post(set_password))
        .route("/users/{name}/delete", get(ask_delete).post(delete))
}

const COLUMNS: &[Column] = &[
    Column::sorted("Name", "name"),
    Column::text("May"),
    Column::text("Since"),
    Column::text("Changed"),
];

#[derive(Template)]
#[template(path = "manager/users/list.html")]
struct ListPage {
    desk: Desk,
    list: List,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    href: String,
    is_me: bool,
    badges: Vec<Badge>,
    since: When,
    changed: Option<When>,
}

fn row(me: &Member, user: &User) -> Row {
    Row {
        href: path_of(&user.name),
        is_me: user.name == me.name(),
        badges: badges(&user.roles),
        since: When(user.created_at),
        changed: user.changed_at.map(When),
        name: user.name.clone(),
    }
}

/// `GET /users`.
async fn list(me: Member, asked: Asked) -> Answer {
    let found: Page<User> = me.get(&asked.to_api(&me, LIST, &[])).await?;
    let page = ListPage {
        desk: me.desk("Users"),
        list: List::new(&me, &asked, COLUMNS, found.total),
        rows: found.items.iter().map(|user| row(&me, user)).collect(),
    };
    Ok(show(StatusCode::OK, &page))
}

/// `GET /users.csv`.
async fn file(me: Member, asked: Asked) -> Answer {
    let users: Vec<User> = me.all(LIST, &asked.filters(&[])).await.map_err(|why| me.sorry(&why))?;
    let rows = users.into_iter().map(|user| {
        let roles: Vec<&str> = user.roles.iter().map(|role| role.name()).collect();
        let changed = user.changed_at.map_or_else(String::new, |at| at.to_string());
        [user.name, roles.join(" "), user.created_at.to_string(), changed]
    });
    Ok(sheet("users.csv", &["name", "roles", "created_at", "changed_at"], rows))
}

#[derive(Template)]
#[template(path = "manager/users/detail.html")]
struct DetailPage {
    desk: Desk,
    notice: Option<Notice>,
    row: Row,
    choices: Vec<Choice>,
    roles_fault: Option<String>,
    password_fault: Option<String>,
}

/// What is said at the forms of a user.
#[derive(Default)]
struct Said {
    notice: Option<Notice>,
    roles: Option<Vec<Role>>,
    roles_fault: Option<String>,
    password_fault: Option<String>,
}

/// `GET /users/{name}`.
async fn detail(me: Member, Path(name): Path<String>) -> Answer {
    let user = found(&me, &name).await?;
    Ok(detail_page(&me, &user, StatusCode::OK, Said::default()))
}

/// The user of this name.
async fn found(me: &Member, name: &str) -> Result<User, Response> {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", name).finish();
    let users: Result<Vec<User>, Trouble> = me.all(LIST, &query).await;
    let users = users.map_err(|trouble| me.sorry(&trouble))?;
    users.into_iter().find(|user| user.name == name).ok_or_else(|| {
        let back = Link { href: "/users".to_owned(), words: "To the users".to_owned() };
        me.nothing("No user has this name. It may have been deleted.", back)
    })
}

fn detail_page(me: &Member, user: &User, status: StatusCode, said: Said) -> Response {
    let roles = said.roles.as_deref().unwrap_or(&user.roles);
    let page = DetailPage {
        desk: me.desk(user.name.clone()),
        notice: said.notice,
        row: row(me, user),
        choices: choices(roles),
        roles_fault: said.roles_fault,
        password_fault: said.password_fault,
    };
    show(status, &page)
}

/// What is said where the server refused; a login that has ended leads to the door.
fn refused(me: &Member, user: &User, trouble: &Trouble, said: Said) -> Response {
    match trouble.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => me.sorry(trouble),
        status => {
            let said = Said { notice: said.notice.or_else(|| Some(refusal(trouble))), ..said };
            detail_page(me, user, status, said)
        }
    }
}

/// Goes on after a change: whoever changed the own account has no session any more.
fn changed(me: &Member, name: &str, notice: Notice) -> Response {
    match name == me.name() {
        true => me.site.log_in_again(&me.inside.visit),
        false => me.done(notice, &path_of(name)),
    }
}

/// `POST /users/{name}/roles`.
async fn change_roles(Path(name): Path<String>, Sent { me, form }: Sent) -> Answer {
    let user = found(&me, &name).await?;
    let roles = chosen(&form);
    if roles.is_empty() {
        let fault = "Choose at least one role, or delete the user.".to_owned();
        let said = Said { roles: Some(roles), roles_fault: Some(fault), ..Said::default() };
        return Ok(detail_page(&me, &user, StatusCode::UNPROCESSABLE_ENTITY, said));
    }
    let change = UserChange { roles: Some(roles.clone()), password: None };
    let answer: Result<User, Trouble> = me.api().patch(&api_path(&name), &change).await;
    match answer {
        Ok(_) => {
            let text = format!("{name} logs in again and has the new roles.");
            Ok(changed(&me, &name, Notice::new(Tone::Good, "The roles are changed", text)))
        }
        Err(trouble) => {
            let fault = (trouble.code() == "last-admin").then(|| {
                "This is the last administrator. Make another one first, then take this role away."
                    .to_owned()
            });
            let said = Said { roles: Some(roles), roles_fault: fault, ..Said::default() };
            Ok(refused(&me, &user, &trouble, said))
        }
    }
}

/// `POST /users/{name}/password`.
async fn set_password(Path(name): Path<String>, Sent { me, form }: Sent) -> Answer {
    let user = found(&me, &name).await?;
    let password = form.whole("password");
    let fault = match () {
        () if password.chars().count() < 10 => Some("Choose at least 10 characters."),
        () if password != form.whole("repeated") => {
            Some("The two passwords differ. Type them again.")
        }
        () => None,
    };
    if let Some(fault) = fault {
        let said = Said { password_fault: Some(fault.to_owned()), ..Said::default() };
        return Ok(detail_page(&me, &user, StatusCode::UNPROCESSABLE_ENTITY, said));
    }
    let change = UserChange { roles: None, password: Some(password.to_owned()) };
    let answer: Result<User, Trouble> = me.api().patch(&api_path(&name), &change).await;
    match answer {
        Ok(_) => {
            let text =
                format!("All sessions of {name} have ended. Tell the new password in person.");
            Ok(changed(&me, &name, Notice::new(Tone::Good, "The password is set", text)))
        }
        Err(trouble) => Ok(refused(&me, &user, &trouble, Said::default())),
    }
}

fn question(me: &Member, user: &User) -> Question {
    let name = &user.name;
    let mut points = vec![
        format!("{name} can no longer log in, and all sessions of {name} end at once."),
        "What was done under this name stays in the journal.".to_owned(),
        "Seats that are in use are not touched: users of this server and holders of seats are \
         not the same."
            .to_owned(),
    ];
    if name == me.name() {
        points.push("This is you: you are logged out at once.".to_owned());
    }
    let path = path_of(name);
    let title = format!("Delete the user {name}?");
    Question { points, ..Question::grave(title, format!("{path}/delete"), "Delete the user", path) }
}

/// `GET /users/{name}/delete`.
async fn ask_delete(me: Member, Path(name): Path<String>) -> Answer {
    let user = found(&me, &name).await?;
    Ok(question(&me, &user).page(&me))
}

/// `POST /users/{name}/delete`.
async fn delete(Path(name): Path<String>, Sent { me, .. }: Sent) -> Answer {
    let user = found(&me, &name).await?;
    match me.api().delete::<()>(&api_path(&name), None).await {
        Ok(()) if name == me.name() => Ok(me.site.close(&me.inside.visit)),
        Ok(()) => {
            let notice = Notice::new(Tone::Good, format!("The user {name} is deleted"), "");
            Ok(me.done(notice, "/users"))
        }
        Err(trouble) if trouble.code() == "last-admin" => {
            let text = "Somebody must stay who may administer. Make another administrator first.";
            let notice = Notice::new(Tone::Bad, "This is the last administrator", text);
            Ok(Question { notice: Some(notice), ..question(&me, &user) }.page(&me))
        }
        Err(trouble) => Ok(me.sorry(&trouble)),
    }
}
