//! A new user.
//!
//! Kept here: whatever can be seen without asking the server is said at its field, all of it at once; name and roles
//! stay after a refusal, passwords do not. Deliberately not here: users that are there already.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{Role, User, UserRequest};

use super::place::{LIST, path_of};
use super::role::{Choice, choices, chosen};
use crate::backend::Trouble;
use crate::component::{Notice, Tone};
use crate::form::Form;
use crate::icon::Icon;
use crate::site::{once, refusal, show};
use crate::staff::{Answer, Desk, Member, Sent};

#[derive(Template)]
#[template(path = "manager/users/new.html")]
struct NewPage {
    desk: Desk,
    notice: Option<Notice>,
    name: String,
    choices: Vec<Choice>,
    faults: Faults,
    once: String,
}

/// What is wrong, field by field.
#[derive(Default)]
struct Faults {
    name: Option<&'static str>,
    password: Option<&'static str>,
    roles: Option<&'static str>,
}

/// `GET /new-user`.
pub(super) async fn ask(me: Member) -> Answer {
    me.must("admin")?;
    Ok(page(&me, StatusCode::OK, None, &Form::default(), &[Role::Read], Faults::default()))
}

fn page(
    me: &Member,
    status: StatusCode,
    notice: Option<Notice>,
    form: &Form,
    roles: &[Role],
    faults: Faults,
) -> Response {
    let desk = me.desk("New user");
    let name = form.text("name").to_owned();
    let (choices, once) = (choices(roles), once(form.text("once"), status));
    show(status, &NewPage { desk, notice, name, choices, faults, once })
}

/// `POST /new-user`.
pub(super) async fn create(Sent { me, form }: Sent) -> Answer {
    me.must("admin")?;
    let (name, password, roles) = (form.text("name"), form.whole("password"), chosen(&form));
    let faults = Faults {
        name: match name {
            "" => Some("Enter the name to log in with."),
            // Browsers take these for a walk along the path, however they are written.
            "." | ".." => Some("This name can’t stand in an address. Choose another."),
            _ => None,
        },
        password: match () {
            () if password.chars().count() < 10 => Some("Choose at least 10 characters."),
            () if password != form.whole("repeated") => {
                Some("The two passwords differ. Type them again.")
            }
            () => None,
        },
        roles: roles.is_empty().then_some("Choose at least one role."),
    };
    if faults.name.or(faults.password).or(faults.roles).is_some() {
        return Ok(page(&me, StatusCode::UNPROCESSABLE_ENTITY, None, &form, &roles, faults));
    }
    let (given, password) = (name.to_owned(), password.to_owned());
    let asked = UserRequest { name: given, password, roles: roles.clone() };
    let answer: Result<User, Trouble> = me.api().post(LIST, &asked, form.text("once")).await;
    match answer {
        Ok(user) => {
            let title = format!("{} can log in now", user.name);
            let text = "Tell the password in person; it can be changed under the own name.";
            Ok(me.done(Notice::new(Tone::Good, title, text), &path_of(&user.name)))
        }
        Err(trouble) => match (trouble.status(), trouble.code()) {
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => Ok(me.sorry(&trouble)),
            (status, "user-exists") => {
                let fault = Some("Another user has this name already.");
                let faults = Faults { name: fault, ..Faults::default() };
                Ok(page(&me, status, None, &form, &roles, faults))
            }
            (status, _) => {
                let notice = Some(refusal(&trouble));
                Ok(page(&me, status, notice, &form, &roles, Faults::default()))
            }
        },
    }
}
