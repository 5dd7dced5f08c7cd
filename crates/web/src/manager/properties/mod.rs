//! What the server does by default, group by group: value, default, what it is for, and the form to change it.
//!
//! Kept here: a form sends only what was changed in it, so that two administrators don't undo each other; what was typed
//! stays when it is refused, with the refusal at its field. Deliberately not here: bounds of values (the server says
//! them), how the server is started (`tenure.toml`).

mod field;
mod group;

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::Value;
use tenure_api::{HostIds, Page, PropertiesChange, Property, Status, VersionAnswer};

use self::field::{Field, Input, Typed};
use self::group::{GROUPS, Group, group_of};
use crate::backend::Trouble;
use crate::component::{Notice, Tone};
use crate::form::Form;
use crate::icon::Icon;
use crate::site::{refusal, show};
use crate::staff::{Answer, Asked, Desk, List, Member, Pages, Sent, sheet};
use crate::words::so_many;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/properties", get(front).post(change))
        .route("/properties.csv", get(file))
        .route("/properties/default", post(back_to_default))
}

const LIST: &str = "/api/v1/properties";

#[derive(Template)]
#[template(path = "manager/properties/front.html")]
struct FrontPage {
    desk: Desk,
    notice: Option<Notice>,
    list: List,
    groups: Vec<Shown>,
    changed: usize,
    may: bool,
    suspended: bool,
    machine: Option<Machine>,
}

/// A group with its fields.
struct Shown {
    group: &'static Group,
    fields: Vec<Field>,
}

impl Shown {
    /// Whether there is anything to send.
    fn can_change(&self) -> bool {
        self.fields.iter().any(|field| field.fixed.is_none())
    }
}

/// What is not a property, but looked for here.
struct Machine {
    host_ids: Vec<String>,
    version: String,
}

/// `GET /properties`.
async fn front(me: Member, asked: Asked) -> Answer {
    page(&me, &asked, StatusCode::OK, None, &Typed::default()).await
}

async fn page(
    me: &Member,
    asked: &Asked,
    status: StatusCode,
    notice: Option<Notice>,
    typed: &Typed,
) -> Answer {
    let path = format!("{LIST}?size=1000&{}", asked.filters(&[]));
    let (found, state, ids, version) = tokio::join!(
        me.get::<Page<Property>>(&path),
        me.get::<Status>("/api/v1/status"),
        me.get::<HostIds>("/api/v1/host-ids"),
        me.get::<VersionAnswer>("/version"),
    );
    let found = found?;
    let machine = asked.text("q").is_empty().then_some(());
    let machine = match (machine, ids, version) {
        (Some(()), Ok(ids), Ok(version)) => Some(Machine {
            host_ids: ids.host_ids.iter().map(|id| format!("{} ({})", id.value, id.kind)).collect(),
            version: version.version,
        }),
        _ => None,
    };
    let fields: Vec<Field> = found.items.iter().map(|one| Field::of(one, typed)).collect();
    let changed = fields.iter().filter(|field| field.changed).count();
    let mut groups: Vec<Shown> =
        GROUPS.iter().map(|group| Shown { group, fields: Vec::new() }).collect();
    for field in fields {
        let of = group_of(&field.group);
        if let Some(shown) = groups.iter_mut().find(|shown| shown.group.word == of.word) {
            shown.fields.push(field);
        }
    }
    groups.retain(|shown| !shown.fields.is_empty());
    let page = FrontPage {
        desk: me.desk("Properties"),
        notice,
        list: List::new(me, asked, &[], found.total),
        groups,
        changed,
        may: me.may("admin"),
        suspended: state.is_ok_and(|state| state.suspended),
        machine,
    };
    Ok(show(status, &page))
}

/// `GET /properties.csv`.
async fn file(me: Member, asked: Asked) -> Answer {
    let found: Result<Vec<Property>, Trouble> = me.all(LIST, &asked.filters(&[])).await;
    let rows = found.map_err(|trouble| me.sorry(&trouble))?.into_iter().map(|one| {
        let editable = if one.editable { "yes" } else { "no" };
        let (value, default) = (field::plain(&one.value), field::plain(&one.default));
        [one.name, value, default, editable.to_owned(), one.description]
    });
    let heads = ["property", "value", "default", "editable", "meaning"];
    Ok(sheet("properties.csv", &heads, rows))
}

/// What the form changes, and what of it can't be read.
fn wanted(form: &Form, properties: &[Property]) -> (BTreeMap<String, Value>, Typed) {
    let typed: BTreeMap<&str, &str> = form.with_prefix("p.").collect();
    let before: BTreeMap<&str, &str> = form.with_prefix("was.").collect();
    let (mut changes, mut said) = (BTreeMap::new(), Typed::default());
    for property in properties {
        let name = property.name.as_str();
        let Some(text) = typed.get(name).filter(|text| before.get(name) != Some(text)) else {
            continue;
        };
        said.values.insert(name.to_owned(), (*text).to_owned());
        match field::read(property, text) {
            Ok(value) => {
                changes.insert(name.to_owned(), value);
            }
            Err(fault) => {
                said.faults.insert(name.to_owned(), fault);
            }
        }
    }
    (changes, said)
}

/// `POST /properties`: what was changed in the form of one group.
async fn change(asked: Asked, Sent { me, form }: Sent) -> Answer {
    me.must("admin")?;
    let properties: Vec<Property> = me.all(LIST, "").await.map_err(|why| me.sorry(&why))?;
    let (changes, mut typed) = wanted(&form, &properties);
    if !typed.faults.is_empty() {
        let notice = Notice::new(Tone::Bad, "Nothing was changed", "See the marked fields.");
        return page(&me, &asked, StatusCode::UNPROCESSABLE_ENTITY, Some(notice), &typed).await;
    }
    let place = format!("/properties#{}", group::word(form.text("group")));
    if changes.is_empty() {
        let text = "All fields hold what the server does already.";
        return Ok(me.done(Notice::new(Tone::Tell, "Nothing was changed", text), &place));
    }
    let names: Vec<String> = changes.keys().cloned().collect();
    let answer: Result<Page<Property>, Trouble> =
        me.api().patch(LIST, &PropertiesChange(changes)).await;
    let trouble = match answer {
        Ok(_) => {
            let title =
                format!("{} changed", so_many(names.len() as u64, "property", "properties"));
            let text = format!("In force from now on: {}.", names.join(", "));
            return Ok(me.done(Notice::new(Tone::Good, title, text), &place));
        }
        Err(trouble) => trouble,
    };
    if matches!(trouble.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return Ok(me.sorry(&trouble));
    }
    let detail = trouble.detail();
    let about = names.into_iter().find(|name| detail.contains(&format!("\"{name}\"")));
    let notice = match about {
        Some(name) => {
            let fault = detail.split_once(": ").map_or(detail.as_str(), |(_, why)| why);
            typed.faults.insert(name, format!("This {}", fault.trim()));
            Notice::new(Tone::Bad, "Nothing was changed", "See the marked field.")
        }
        None => refusal(&trouble),
    };
    page(&me, &asked, trouble.status(), Some(notice), &typed).await
}

/// `POST /properties/default`: one property as it is when nobody sets it.
async fn back_to_default(asked: Asked, Sent { me, form }: Sent) -> Answer {
    me.must("admin")?;
    let name = form.text("name").to_owned();
    let changes = PropertiesChange([(name.clone(), Value::Null)].into());
    let answer: Result<Page<Property>, Trouble> = me.api().patch(LIST, &changes).await;
    match answer {
        Ok(page) => {
            let group = page.items.iter().find(|one| one.name == name);
            let group = group.map_or("", |one| group_of(&one.group).word);
            let title = format!("{name} is back to its default");
            let notice = Notice::new(Tone::Good, title, "");
            Ok(me.done(notice, &format!("/properties#{group}")))
        }
        Err(trouble) => match trouble.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Ok(me.sorry(&trouble)),
            status => page(&me, &asked, status, Some(refusal(&trouble)), &Typed::default()).await,
        },
    }
}
