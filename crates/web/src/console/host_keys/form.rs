//! The forms of host keys: issuing a group, changing its terms, more hosts.
//!
//! Kept here: a form sent twice issues once; what is refused is still there; what waits for a second person says so.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{
    HostGroup, HostGroupChange, HostKeyRequest, HostsRequest, add_development_hosts,
};
use tenure_document::Time;

use super::super::decided::{Decided, waiting};
use super::super::field::{Field, Typed, day_ended};
use super::pages::{API, HERE, found, grace_days, page_of};
use crate::address::segment;
use crate::backend::Trouble;
use crate::component::{Link, Notice, Tone};
use crate::site::{once, show};
use crate::staff::{Answer, Asked, Desk, Member, Sent};

const ENFORCEMENTS: [(&str, &str, &str); 3] = [
    ("warn", "Warn", "The application runs for them and says so."),
    ("block", "Block", "The application does not run for users beyond the limit."),
    ("record", "Record", "Nothing happens; you see it here."),
];
const OFFLINE: [(&str, &str, &str); 3] = [
    ("allow", "Runs", "Whoever can’t reach you is never in the way."),
    ("grace", "Runs for some days", "Counted from the last answer."),
    ("deny", "Does not run", "An answer that is not too old is needed."),
];

#[derive(Template)]
#[template(path = "console/host_keys/form.html")]
struct FormPage {
    desk: Desk,
    notice: Option<Notice>,
    action: String,
    back: Link,
    fields: Vec<Field>,
    once: String,
    button: &'static str,
}

/// Which of the forms.
#[derive(Clone, Copy)]
enum About<'a> {
    New,
    Terms(&'a HostGroup),
    Hosts(&'a HostGroup),
}

fn page(
    me: &Member,
    status: StatusCode,
    about: About<'_>,
    (typed, notice): (&Typed, Option<Notice>),
) -> Response {
    let here = |group: &HostGroup| page_of(&group.id);
    let (title, action, back, button) = match about {
        About::New => {
            ("New host keys".to_owned(), format!("{HERE}/new"), HERE.to_owned(), "Issue the keys")
        }
        About::Terms(group) => (
            format!("Change {}", group.id),
            format!("{}/edit", here(group)),
            here(group),
            "Save the terms",
        ),
        About::Hosts(group) => (
            format!("More hosts for {}", group.id),
            format!("{}/hosts", here(group)),
            here(group),
            "Issue the keys",
        ),
    };
    let once = once(typed.text("once"), status);
    let fields = match about {
        About::New => [what(typed), terms(typed)].concat(),
        About::Terms(_) => terms(typed),
        About::Hosts(_) => vec![hosts_field(typed)],
    };
    let back = Link { href: back, words: "Leave it".to_owned() };
    show(status, &FormPage { desk: me.desk(title), notice, action, back, fields, once, button })
}

fn hosts_field(typed: &Typed) -> Field {
    typed.field("hosts", "Hosts").area().required().hint(
        "One on each line: app.example.com, *.example.com, 192.0.2.7. A * stands for one label.",
    )
}

fn what(typed: &Typed) -> Vec<Field> {
    let development =
        [("yes", "Keys for localhost and 127.0.0.1 too", "For development; they count nobody.")];
    vec![
        typed.field("product", "Product").id().required().hint("Its name, without a version."),
        typed
            .field("customer", "Customer")
            .id()
            .hint("Its number, such as C-000042. Not needed for development alone."),
        hosts_field(typed),
        typed.choice("development", "Development", &development).ticks(),
        typed
            .field("activation_id", "Activation ID")
            .id()
            .hint("Under which they were bought. May stay empty."),
    ]
}

fn terms(typed: &Typed) -> Vec<Field> {
    vec![
        typed
            .field("users", "Users")
            .number(0, 10_000_000)
            .required()
            .hint("Distinct users of all hosts together."),
        typed.field("window_days", "Counted over, days").number(1, 366).hint("30 when left empty."),
        typed.choice("enforcement", "Beyond the users bought", &ENFORCEMENTS).radio(),
        typed
            .choice("offline", "When the office can’t be reached, the application", &OFFLINE)
            .radio(),
        typed.field("grace_days", "Days it runs then").number(1, 3_660),
        typed.field("expires_at", "Last day").day().hint("No end when left empty."),
        typed.field("notes", "Notes").area().hint("For the staff only."),
    ]
}

/// What was typed about the terms.
struct Terms {
    users: u32,
    window_days: Option<u32>,
    enforcement: Option<String>,
    offline: Option<String>,
    expires_at: Option<Time>,
}

fn terms_of(typed: &mut Typed) -> Terms {
    let grace = typed.number::<u32>("grace_days");
    let offline = match (typed.text("offline"), grace) {
        ("grace", Some(days)) => Some(format!("grace({days})")),
        ("grace", None) => {
            typed.fault("grace_days", "Say for how many days.");
            None
        }
        (other, _) => Some(other.to_owned()).filter(|word| !word.is_empty()),
    };
    Terms {
        users: typed.number("users").unwrap_or(0),
        window_days: typed.number("window_days"),
        enforcement: typed.some("enforcement"),
        offline,
        expires_at: typed.day_ends("expires_at"),
    }
}

fn lines(text: &str) -> Vec<String> {
    let parts = text.split(['\n', ',', ';', ' ', '\t', '\r']).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The field of a member that was refused.
fn field_of(member: &str) -> String {
    match member {
        "entitlement" => "activation_id",
        "offline" => "grace_days",
        "expires" => "expires_at",
        other => other.trim_matches('`'),
    }
    .to_owned()
}

fn not_done(me: &Member, about: About<'_>, typed: &mut Typed, trouble: &Trouble) -> Response {
    if matches!(trouble.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return me.sorry(trouble);
    }
    let notice = typed.refused(trouble, field_of);
    page(me, trouble.status(), about, (typed, Some(notice)))
}

/// `GET /console/host-keys/new`.
pub(super) async fn new(me: Member, asked: Asked) -> Answer {
    me.must("fulfil")?;
    let typed = Typed::default()
        .with("customer", asked.text("customer"))
        .with("development", "yes")
        .with("enforcement", "warn")
        .with("offline", "allow")
        .with("window_days", "30");
    Ok(page(&me, StatusCode::OK, About::New, (&typed, None)))
}

/// `POST /console/host-keys/new`.
pub(super) async fn make(Sent { me, form }: Sent) -> Answer {
    me.must("fulfil")?;
    let mut typed = Typed::of(&form);
    let terms = terms_of(&mut typed);
    let mut hosts = lines(typed.text("hosts"));
    if typed.has("development", "yes") {
        add_development_hosts(&mut hosts);
    }
    if !typed.is_right() {
        let notice = typed.notice();
        return Ok(page(&me, StatusCode::UNPROCESSABLE_ENTITY, About::New, (&typed, Some(notice))));
    }
    let asked = HostKeyRequest {
        customer: typed.some("customer"),
        product: typed.text("product").to_owned(),
        activation_id: typed.some("activation_id"),
        hosts,
        users: terms.users,
        window_days: terms.window_days,
        enforcement: terms.enforcement,
        offline: terms.offline,
        not_before: None,
        expires_at: terms.expires_at,
        notes: typed.text("notes").to_owned(),
    };
    match me.api().post::<_, Decided<HostGroup>>(API, &asked, typed.text("once")).await {
        Ok(Decided::Done(group)) => {
            let title = format!("{} is issued", group.id);
            let text = "Next: send the license files to the customer.";
            Ok(me.done(Notice::new(Tone::Good, title, text), &page_of(&group.id)))
        }
        Ok(Decided::Waits(question)) => Ok(me.done(waiting(&question), HERE)),
        Err(trouble) => Ok(not_done(&me, About::New, &mut typed, &trouble)),
    }
}

/// `GET …/edit`.
pub(super) async fn edit(me: Member, Path(group): Path<String>) -> Answer {
    me.must("fulfil")?;
    let group = found(&me, &group).await?;
    let days = grace_days(&group);
    let typed = Typed::default()
        .with("users", group.users_allowed.to_string())
        .with("window_days", group.window_days.to_string())
        .with("enforcement", group.enforcement.as_str())
        .with("offline", if days.is_some() { "grace" } else { group.offline.as_str() })
        .with("grace_days", days.unwrap_or_default())
        .with("expires_at", group.expires_at.map(day_ended).unwrap_or_default())
        .with("notes", group.notes.as_str());
    Ok(page(&me, StatusCode::OK, About::Terms(&group), (&typed, None)))
}

/// `POST …/edit`.
pub(super) async fn change(Path(group): Path<String>, Sent { me, form }: Sent) -> Answer {
    me.must("fulfil")?;
    let group = found(&me, &group).await?;
    let mut typed = Typed::of(&form);
    let terms = terms_of(&mut typed);
    if !typed.is_right() {
        let (status, notice) = (StatusCode::UNPROCESSABLE_ENTITY, typed.notice());
        return Ok(page(&me, status, About::Terms(&group), (&typed, Some(notice))));
    }
    let asked = HostGroupChange {
        users: Some(terms.users),
        window_days: terms.window_days,
        enforcement: terms.enforcement,
        offline: terms.offline,
        no_end: terms.expires_at.is_none(),
        expires_at: terms.expires_at,
        notes: Some(typed.text("notes").to_owned()),
    };
    let path = format!("/api/v1/host-groups/{}", segment(&group.id));
    match me.api().patch::<_, Decided<HostGroup>>(&path, &asked).await {
        Ok(Decided::Done(saved)) => {
            let text = "Checks know it at once. Files say it when they are fetched again.";
            let notice = Notice::new(Tone::Good, format!("{} is saved", saved.id), text);
            Ok(me.done(notice, &page_of(&saved.id)))
        }
        Ok(Decided::Waits(question)) => Ok(me.done(waiting(&question), &page_of(&group.id))),
        Err(trouble) => Ok(not_done(&me, About::Terms(&group), &mut typed, &trouble)),
    }
}

/// `GET …/hosts`.
pub(super) async fn more(me: Member, Path(group): Path<String>) -> Answer {
    me.must("fulfil")?;
    let group = found(&me, &group).await?;
    Ok(page(&me, StatusCode::OK, About::Hosts(&group), (&Typed::default(), None)))
}

/// `POST …/hosts`.
pub(super) async fn add(Path(group): Path<String>, Sent { me, form }: Sent) -> Answer {
    me.must("fulfil")?;
    let group = found(&me, &group).await?;
    let mut typed = Typed::of(&form);
    let asked = HostsRequest { hosts: lines(typed.text("hosts")) };
    let path = format!("/api/v1/host-groups/{}/hosts", segment(&group.id));
    match me.api().post::<_, HostGroup>(&path, &asked, typed.text("once")).await {
        Ok(saved) => {
            let title = format!("{} has more hosts", saved.id);
            let text = "Next: send their license files to the customer.";
            Ok(me.done(Notice::new(Tone::Good, title, text), &page_of(&saved.id)))
        }
        Err(trouble) => Ok(not_done(&me, About::Hosts(&group), &mut typed, &trouble)),
    }
}
