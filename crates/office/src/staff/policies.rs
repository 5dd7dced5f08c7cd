//! Policies over HTTP: by name, with their defaults and what they mean.
//!
//! Kept here: names and values are those of the stored policies, so that none can be forgotten; `null` returns to the
//! default. Deliberately not here: bounds of values (issuing).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};
use tenure_api::office::{OfficeQuery, Policy, PolicyChange};
use tenure_api::{Page, Problem};
use tenure_issuing::office::{Command, Policies, PolicyChange as Change, PolicyCommand};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::Query;
use tenure_shell::list::page;
use tenure_shell::problem::{Code, Refused};

use crate::access::{Admin, Viewer};
use crate::app::App;
use crate::listing::only;
use crate::order::Order;

/// Group and meaning of every policy, in the order in which people read them.
const ABOUT: &[(&str, &str, &str)] = &[
    (
        "cool_down_days",
        "returns",
        "Days until units that a container says it removed are free again, where the license model says nothing.",
    ),
    (
        "replacements",
        "replacements",
        "Replacements of lost and broken containers that a customer may make without approval, within a period.",
    ),
    ("replacement_period_days", "replacements", "That period in days."),
    ("replacement_wait_days", "replacements", "Days that must lie between two of them."),
    (
        "issue_threshold",
        "approvals",
        "Units that may be issued by one order without a second person; null: any number.",
    ),
    (
        "approve_publishing",
        "approvals",
        "Key and revocation lists are published only with a second person's approval.",
    ),
    ("approval_days", "approvals", "Days after which a question for approval lapses."),
    (
        "on_rollback",
        "containers",
        "What is done about a restored container: `ask` a person, or `new-generation` within the quota for replacements.",
    ),
    (
        "on_clone",
        "containers",
        "What is done about copies that went on apart: `ask` or `new-generation`.",
    ),
    (
        "registration",
        "containers",
        "Who may make a new container known: `anyone`, whoever brings an `activation`, or `staff`.",
    ),
    ("unclaimed_max", "containers", "The most containers in which nothing was ever activated."),
    (
        "tolerance",
        "containers",
        "How much of a machine may change, where neither container nor license model says it: `loose`, `medium` or `strict`.",
    ),
    (
        "server_poll_days",
        "contact",
        "Days within which a license server is expected to be heard from; 0: not expected.",
    ),
    (
        "device_poll_days",
        "contact",
        "Days within which any other container is expected to be heard from; 0: not expected.",
    ),
    ("update_days", "contact", "Days within which an update must be applied; 0: no end."),
    ("certificate_days", "contact", "Days for which a container's certificate holds; 0: no end."),
];

/// All policies.
#[utoipa::path(
    get, path = "/api/v1/policies", tag = "office", operation_id = "list_policies", params(OfficeQuery),
    responses((status = 200, description = "A page of policies", body = Page<Policy>)),
    security(("bearer" = ["viewer"])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Viewer>,
    Query(query): Query<OfficeQuery>,
) -> Result<Response, Refused> {
    only(&query, &[])?;
    answer(&app, &query).await
}

/// Change policies by name; `null` returns one to its default.
#[utoipa::path(
    patch, path = "/api/v1/policies", tag = "office", operation_id = "set_policies",
    request_body = PolicyChange,
    responses(
        (status = 200, description = "All policies", body = Page<Policy>),
        (status = 422, description = "A value can't be taken", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn change(
    State(app): State<App>,
    order: Order<Admin, PolicyChange>,
) -> Result<Response, Refused> {
    let defaults = members(&Policies::default());
    let mut asked = Map::new();
    for (name, value) in order.asked.0 {
        let Some(default) = defaults.get(&name) else {
            let names: Vec<&str> = ABOUT.iter().map(|(name, ..)| *name).collect();
            return Err(Code::BadValue
                .says(format!("There is no policy `{name}`. There are {}.", names.join(", "))));
        };
        let value = if value.is_null() { default.clone() } else { value };
        check_kind(&name, &value, default)?;
        asked.insert(name, value);
    }
    let change = serde_json::from_value(Value::Object(asked)).map_err(|fault| {
        Code::BadValue.says(format!("A policy can't take this value: {fault}."))
    })?;
    let command = PolicyCommand::Change { by: order.by, change };
    app.submit(Command::Policy(command), order.idempotency).await?;
    answer(&app, &OfficeQuery::default()).await
}

/// Refuses a value of another kind than the policy has, by the policy's name.
fn check_kind(name: &str, value: &Value, default: &Value) -> Result<(), Refused> {
    let member = Map::from_iter([(name.to_owned(), value.clone())]);
    let Err(fault) = serde_json::from_value::<Change>(Value::Object(member)) else {
        return Ok(());
    };
    let needed = match default {
        Value::Bool(_) => "it takes true or false".to_owned(),
        Value::String(_) => fault.to_string(),
        _ => "it takes a whole number from 0".to_owned(),
    };
    Err(Code::BadValue.says(format!("The policy `{name}` can't be `{value}`: {needed}.")))
}

async fn answer(app: &App, query: &OfficeQuery) -> Result<Response, Refused> {
    let now = app.query(|office, _| members(office.policies())).await?;
    let defaults = members(&Policies::default());
    let of =
        |members: &Map<String, Value>, name: &str| members.get(name).cloned().unwrap_or_default();
    let rows = ABOUT.iter().map(|(name, group, description)| Policy {
        name: (*name).to_owned(),
        value: of(&now, name),
        default: of(&defaults, name),
        editable: true,
        group: (*group).to_owned(),
        description: (*description).to_owned(),
        values: None,
    });
    fn texts(row: &Policy) -> Vec<&str> {
        vec![row.name.as_str(), row.description.as_str()]
    }
    Ok(json(StatusCode::OK, &page(rows.collect(), &query.list(), &[], texts)?))
}

/// The members as they are stored.
fn members(policies: &Policies) -> Map<String, Value> {
    match serde_json::to_value(policies) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_is_explained() {
        let mut explained: Vec<&str> = ABOUT.iter().map(|(name, ..)| *name).collect();
        explained.sort_unstable();
        let mut stored: Vec<String> = members(&Policies::default()).keys().cloned().collect();
        stored.sort_unstable();
        assert_eq!(explained, stored);
    }
}
