//! What is done with users: made, given other roles or another quota, another password, deleted.
//!
//! Kept here: who changes oneself goes to the door, as all one's sessions end; passwords are typed twice and never
//! shown again.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{OfficeUser, OfficeUserChange, OfficeUserRequest};

use super::super::field::{Field, Typed};
use super::form::{fields, password_fault, roles};
use super::pages::{API, HERE, Row, found, page_of, row};
use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Notice, Tone};
use crate::icon::Icon;
use crate::site::{refusal, see_other, show};
use crate::staff::{Answer, Desk, Member, Question, Sent};

#[derive(Template)]
#[template(path = "console/users/new.html")]
struct NewPage {
    desk: Desk,
    notice: Option<Notice>,
    name: Field,
    fields: [Field; 2],
    password_fault: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "console/users/one.html")]
struct OnePage {
    desk: Desk,
    notice: Option<Notice>,
    row: Row,
    fields: [Field; 2],
    password_fault: Option<&'static str>,
}

fn new_page(
    me: &Member,
    status: StatusCode,
    (typed, notice): (&Typed, Option<Notice>),
    password_fault: Option<&'static str>,
) -> Response {
    let name = typed.field("name", "Name").id().required().hint("What it logs in with.");
    let (desk, fields) = (me.desk("New user"), fields(typed));
    show(status, &NewPage { desk, notice, name, fields, password_fault })
}

/// `GET /console/new-user`.
pub(super) async fn new(me: Member) -> Answer {
    me.must("admin")?;
    Ok(new_page(&me, StatusCode::OK, (&Typed::default(), None), None))
}

/// `POST /console/new-user`.
pub(super) async fn make(Sent { me, form }: Sent) -> Answer {
    me.must("admin")?;
    let mut typed = Typed::of(&form);
    let password = form.whole("password");
    let wrong = password_fault(password, form.whole("repeated"));
    let (roles, daily_quota) = (roles(&mut typed), typed.number("daily_quota"));
    if typed.text("name").is_empty() {
        typed.fault("name", "Choose a name to log in with.");
    }
    if wrong.is_some() || !typed.is_right() {
        let text = "Each field that is wrong says what is. Type the password again.";
        let notice = Notice::new(Tone::Bad, "Nobody was made yet", text);
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(new_page(&me, status, (&typed, Some(notice)), wrong));
    }
    let name = typed.text("name").to_owned();
    let asked =
        OfficeUserRequest { name: name.clone(), password: password.to_owned(), roles, daily_quota };
    match me.api().post::<_, OfficeUser>(API, &asked, "").await {
        Ok(made) => {
            let text = "Give the password over a safe way, and have it changed at the first login, under the name at \
                        the head of the page.";
            let notice = Notice::new(Tone::Good, format!("{} can log in", made.name), text);
            Ok(me.done(notice, HERE))
        }
        Err(trouble) if is_over(&trouble) => Err(me.sorry(&trouble)),
        Err(trouble) => {
            if matches!(trouble.code(), "user-exists" | "bad-value") {
                typed.fault("name", trouble.detail());
            }
            Ok(new_page(&me, trouble.status(), (&typed, Some(refusal(&trouble))), None))
        }
    }
}

/// The login or its rights are no longer what they were.
fn is_over(trouble: &Trouble) -> bool {
    matches!(trouble.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

fn one_page(
    me: &Member,
    status: StatusCode,
    user: &OfficeUser,
    (typed, notice): (&Typed, Option<Notice>),
    password_fault: Option<&'static str>,
) -> Response {
    let (desk, row) = (me.desk(user.name.clone()), row(me, user));
    show(status, &OnePage { desk, notice, row, fields: fields(typed), password_fault })
}

fn as_it_is(user: &OfficeUser) -> Typed {
    let quota = user.daily_quota.map(|quota| quota.to_string()).unwrap_or_default();
    let mut typed = Typed::default().with("daily_quota", quota);
    user.roles.iter().for_each(|role| typed.put("roles", role.name()));
    typed
}

/// `GET /console/users/{name}`.
pub(super) async fn edit(me: Member, Path(name): Path<String>) -> Answer {
    let user = found(&me, &name).await?;
    Ok(one_page(&me, StatusCode::OK, &user, (&as_it_is(&user), None), None))
}

/// `GET` of what only takes a form.
pub(super) async fn to_user(_: Member, Path(name): Path<String>) -> Response {
    see_other(&page_of(&name))
}

fn changed(me: &Member, user: &OfficeUser, title: String) -> Response {
    if user.name == me.name() {
        return me.log_in_again();
    }
    let text = "Its open sessions have ended; it logs in again.";
    me.done(Notice::new(Tone::Good, title, text), &page_of(&user.name))
}

/// `POST /console/users/{name}`: roles and quota.
pub(super) async fn change(Path(name): Path<String>, Sent { me, form }: Sent) -> Answer {
    let user = found(&me, &name).await?;
    let mut typed = Typed::of(&form);
    let (roles, quota) = (roles(&mut typed), typed.number("daily_quota"));
    if !typed.is_right() {
        let notice = Some(typed.notice());
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(one_page(&me, status, &user, (&typed, notice), None));
    }
    let asked =
        OfficeUserChange { roles: Some(roles), daily_quota: Some(quota), ..Default::default() };
    match me.api().patch::<_, OfficeUser>(&format!("{API}/{}", segment(&name)), &asked).await {
        Ok(user) => Ok(changed(&me, &user, format!("What {} may do is changed", user.name))),
        Err(trouble) if is_over(&trouble) => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let notice = Some(refusal(&trouble));
            Ok(one_page(&me, trouble.status(), &user, (&typed, notice), None))
        }
    }
}

/// `POST /console/users/{name}/password`.
pub(super) async fn password(Path(name): Path<String>, Sent { me, form }: Sent) -> Answer {
    let user = found(&me, &name).await?;
    let password = form.whole("password");
    if let Some(wrong) = password_fault(password, form.whole("repeated")) {
        let notice = Notice::new(Tone::Bad, "The password is as it was", wrong);
        let typed = as_it_is(&user);
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(one_page(&me, status, &user, (&typed, Some(notice)), Some(wrong)));
    }
    let asked = OfficeUserChange { password: Some(password.to_owned()), ..Default::default() };
    match me.api().patch::<_, OfficeUser>(&format!("{API}/{}", segment(&name)), &asked).await {
        Ok(user) => Ok(changed(&me, &user, format!("{} has another password", user.name))),
        Err(trouble) if is_over(&trouble) => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let (typed, notice) = (as_it_is(&user), Some(refusal(&trouble)));
            Ok(one_page(&me, trouble.status(), &user, (&typed, notice), None))
        }
    }
}

fn question(me: &Member, user: &OfficeUser) -> Question {
    let here = page_of(&user.name);
    let title = format!("Delete the user {}?", user.name);
    let ask = Question::grave(title, format!("{here}/delete"), "Delete the user", here);
    let mut points = vec![
        "Nobody can log in with this name any more; open sessions end.".to_owned(),
        "What was done under it stays in the audit, and what was asked for stays to be approved."
            .to_owned(),
    ];
    if user.name == me.name() {
        points.insert(0, "This is you: you are logged out, and can't log in again.".to_owned());
    }
    Question { points, ..ask }
}

/// `GET …/delete`: asks.
pub(super) async fn ask_delete(me: Member, Path(name): Path<String>) -> Answer {
    let user = found(&me, &name).await?;
    Ok(question(&me, &user).page(&me))
}

/// `POST …/delete`.
pub(super) async fn delete(Path(name): Path<String>, Sent { me, .. }: Sent) -> Answer {
    let user = found(&me, &name).await?;
    match me.api().delete::<()>(&format!("{API}/{}", segment(&name)), None).await {
        Ok(()) if user.name == me.name() => Ok(me.log_in_again()),
        Ok(()) => {
            let title = format!("{} is deleted", user.name);
            Ok(me.done(Notice::new(Tone::Good, title, "What it did stays in the audit."), HERE))
        }
        Err(trouble) if is_over(&trouble) => Err(me.sorry(&trouble)),
        Err(trouble) => {
            Ok(Question { notice: Some(refusal(&trouble)), ..question(&me, &user) }.page(&me))
        }
    }
}
