//! Policies: what the office decides by itself and where it wants a person.
//!
//! Kept here: only what the reader changed is sent, so that two people at different policies do not undo each other;
//! a refusal stands at its field with what was typed. Deliberately not here: bounds of values (the API).

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::Value;
use tenure_api::Page;
use tenure_api::office::{Policy, PolicyChange};

use super::field::{Field, Typed};
use crate::component::{Notice, Tone};
use crate::site::{refusal, show};
use crate::staff::{Answer, Desk, Member, Pages, Sent};

mod kind;

use kind::{in_words, input, text, title};

const HERE: &str = "/console/policies";
const API: &str = "/api/v1/policies";

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/console/policies", get(list).post(change))
}

#[derive(Template)]
#[template(path = "console/policies/list.html")]
struct ListPage {
    desk: Desk,
    notice: Option<Notice>,
    groups: Vec<Group>,
    may: bool,
}

/// Policies that are about the same thing; one form.
struct Group {
    name: String,
    title: String,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    title: String,
    about: String,
    value: String,
    default: String,
    is_default: bool,
    /// As the field's value was when the form was shown.
    was: String,
    field: Field,
}

fn row(policy: Policy, typed: Option<&Typed>) -> Row {
    let was = match typed {
        Some(typed) => typed.text(&format!("was-{}", policy.name)).to_owned(),
        None => text(&policy.value),
    };
    let own = Typed::default().with(policy.name.as_str(), text(&policy.value));
    let default = in_words(&policy.name, &policy.default);
    Row {
        title: title(&policy.name),
        about: policy
            .description
            .replace("; null: any number", "; empty: any number")
            .replace('`', ""),
        value: in_words(&policy.name, &policy.value),
        is_default: policy.value == policy.default,
        field: input(&policy, typed.unwrap_or(&own)).hint(format!("Default: {default}")),
        default,
        was,
        name: policy.name,
    }
}

/// `typed` is what was typed into the form of the group of this name.
fn page(
    me: &Member,
    status: StatusCode,
    policies: Vec<Policy>,
    (typed, notice): (Option<(&str, &Typed)>, Option<Notice>),
) -> Response {
    let mut groups: Vec<Group> = Vec::new();
    for policy in policies {
        let typed = typed.filter(|(group, _)| *group == policy.group).map(|(_, typed)| typed);
        match groups.iter_mut().find(|group| group.name == policy.group) {
            Some(group) => group.rows.push(row(policy, typed)),
            None => groups.push(Group {
                name: policy.group.clone(),
                title: kind::group(&policy.group),
                rows: vec![row(policy, typed)],
            }),
        }
    }
    let (desk, may) = (me.desk("Policies"), me.may("admin"));
    show(status, &ListPage { desk, notice, groups, may })
}

async fn all(me: &Member) -> Result<Vec<Policy>, Response> {
    me.all(API, "").await.map_err(|trouble| me.sorry(&trouble))
}

/// `GET /console/policies`.
async fn list(me: Member) -> Answer {
    let policies = all(&me).await?;
    Ok(page(&me, StatusCode::OK, policies, (None, None)))
}

/// `POST /console/policies`: the policies of one group, or one of them back to its default.
async fn change(Sent { me, form }: Sent) -> Answer {
    me.must("admin")?;
    let mut policies = all(&me).await?;
    let mut typed = Typed::of(&form);
    let group = typed.text("group").to_owned();
    let mut asked = BTreeMap::new();
    if let Some(reset) = typed.some("reset") {
        asked.insert(reset, Value::Null);
    } else {
        for policy in policies.iter().filter(|policy| policy.group == group) {
            let (name, now) = (policy.name.as_str(), typed.text(&policy.name).to_owned());
            if typed.text(&format!("was-{name}")) == now {
                continue;
            }
            match kind::read(policy, &now) {
                // What is null for the API is its default, which is what an empty field means where it may be empty.
                Ok(value) => drop(asked.insert(name.to_owned(), value)),
                Err(problem) => typed.fault(name, problem),
            }
        }
    }
    if !typed.is_right() {
        let notice = Some(typed.notice());
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(page(&me, status, policies, (Some((&group, &typed)), notice)));
    }
    if asked.is_empty() {
        let notice =
            Notice::new(Tone::Tell, "Nothing was different", "The policies are as before.");
        return Ok(me.done(notice, HERE));
    }
    let names: Vec<String> = asked.keys().cloned().collect();
    match me.api().patch::<_, Page<Policy>>(API, &PolicyChange(asked)).await {
        Ok(now) => {
            policies = now.items;
            let changed = policies.iter().filter(|policy| names.contains(&policy.name));
            let told: Vec<String> = changed
                .map(|one| format!("{}: {}", title(&one.name), in_words(&one.name, &one.value)))
                .collect();
            let text = format!("{}. It counts from now on.", told.join("; "));
            Ok(me.done(Notice::new(Tone::Good, "The policies are changed", text), HERE))
        }
        Err(trouble) if matches!(trouble.status().as_u16(), 401 | 403) => Err(me.sorry(&trouble)),
        Err(trouble) => {
            let detail = trouble.detail();
            let said = detail.to_lowercase();
            // The sentence begins with the policy's name; of one alone it is clear which is meant.
            let meant =
                names.iter().find(|name| said.starts_with(name.as_str()) || names.len() == 1);
            if let Some(name) = meant {
                let limits = detail.get(name.len()..).filter(|_| said.starts_with(name.as_str()));
                typed.fault(name.as_str(), limits.map_or(detail.clone(), |it| format!("This{it}")));
            }
            let notice = Some(refusal(&trouble));
            Ok(page(&me, trouble.status(), policies, (Some((&group, &typed)), notice)))
        }
    }
}
