//! Host keys: rows, and what a request makes of them.
//!
//! Kept here: users are numbers only; no user id, nor its hash, leaves the books. Deliberately not here: what may be
//! issued (issuing).

use tenure_api::office as wire;
use tenure_document::{HostEnforcement, HostName, OfflinePolicy, Time};
use tenure_issuing::office::{
    HostDay, HostGroup, HostKeyRecord, HostKeyState, HostTerms, HostTermsChange, Office,
};
use tenure_shell::problem::{Code, Refused};

const DAY_MS: i64 = 86_400_000;

/// A key on the wire.
pub(crate) fn row(
    office: &Office,
    group: &HostGroup,
    key: &HostKeyRecord,
    now: Time,
) -> wire::HostKeyRow {
    let development = key.host.is_development();
    wire::HostKeyRow {
        id: key.id.to_string(),
        host: key.host.to_string(),
        file_name: key.host.file_name(),
        group: group.id.to_string(),
        state: state(key.state(group, now)),
        development,
        customer: group.customer.map(|id| id.to_string()),
        customer_name: customer_name(office, group),
        product: group.product.clone(),
        users_counted: if development { 0 } else { group.counted(now) },
        users_allowed: if development { 0 } else { group.terms.users },
        created_at: key.made,
        expires_at: group.terms.expires,
        revoked_at: key.revoked,
        revoked_because: key.why_revoked.clone(),
        seen_on: key.seen_on.map(day),
        seen_revision: key.seen_revision.clone(),
    }
}

/// A group with its keys on the wire.
pub(crate) fn group(office: &Office, group: &HostGroup, now: Time) -> wire::HostGroup {
    let terms = &group.terms;
    wire::HostGroup {
        id: group.id.to_string(),
        customer: group.customer.map(|id| id.to_string()),
        customer_name: customer_name(office, group),
        product: group.product.clone(),
        activation_id: group.entitlement.map(|id| id.to_string()),
        users_allowed: terms.users,
        users_counted: group.counted(now),
        users_beyond: group.beyond(now),
        window_days: terms.window_days,
        enforcement: terms.enforcement.to_string(),
        offline: terms.offline.to_string(),
        not_before: terms.not_before,
        expires_at: terms.expires,
        notes: group.notes.clone(),
        full_on: group.full_on.map(day),
        created_at: group.made,
        changed_at: group.changed,
        keys: office.host_keys().keys_of(group).map(|key| row(office, group, key, now)).collect(),
        days: group
            .days(now)
            .into_iter()
            .map(|(at, users)| wire::HostUsersDay { day: day(at), users })
            .collect(),
    }
}

fn customer_name(office: &Office, group: &HostGroup) -> Option<String> {
    let customer = group.customer.and_then(|id| office.customers().get(id))?;
    Some(customer.facts.name.clone()).filter(|name| !name.is_empty())
}

fn state(state: HostKeyState) -> wire::HostKeyState {
    match state {
        HostKeyState::NotYetValid => wire::HostKeyState::NotYetValid,
        HostKeyState::Valid => wire::HostKeyState::Valid,
        HostKeyState::Expired => wire::HostKeyState::Expired,
        HostKeyState::Revoked => wire::HostKeyState::Revoked,
    }
}

/// A day as people write it.
fn day(day: HostDay) -> String {
    let mut text = Time::from_millis(i64::from(day) * DAY_MS).to_string();
    text.truncate(10);
    text
}

/// The terms of a request.
pub(crate) fn terms(asked: &wire::HostKeyRequest) -> Result<HostTerms, Refused> {
    let default = HostTerms::default();
    Ok(HostTerms {
        users: asked.users,
        window_days: asked.window_days.unwrap_or(default.window_days),
        enforcement: enforcement(asked.enforcement.as_ref())?.unwrap_or(default.enforcement),
        offline: offline(asked.offline.as_ref())?.unwrap_or(default.offline),
        not_before: asked.not_before,
        expires: asked.expires_at,
    })
}

/// What a request changes.
pub(crate) fn change(asked: wire::HostGroupChange) -> Result<HostTermsChange, Refused> {
    if asked.no_end && asked.expires_at.is_some() {
        return Err(Code::BadValue.says("`expires_at` and `no_end` contradict each other."));
    }
    Ok(HostTermsChange {
        users: asked.users,
        window_days: asked.window_days,
        enforcement: enforcement(asked.enforcement.as_ref())?,
        offline: offline(asked.offline.as_ref())?,
        expires: if asked.no_end { Some(None) } else { asked.expires_at.map(Some) },
        notes: asked.notes,
    })
}

/// The hosts of a request.
pub(crate) fn hosts(asked: &[String]) -> Result<Vec<HostName>, Refused> {
    let host = |text: &String| {
        text.parse().map_err(|error| Code::BadValue.says(format!("`hosts`: {error}.")))
    };
    asked.iter().map(host).collect()
}

fn enforcement(text: Option<&String>) -> Result<Option<HostEnforcement>, Refused> {
    let read = text.map(|text| text.parse()).transpose();
    read.map_err(|error| Code::BadValue.says(format!("`enforcement`: {error}.")))
}

fn offline(text: Option<&String>) -> Result<Option<OfflinePolicy>, Refused> {
    let read = text.map(|text| text.parse()).transpose();
    read.map_err(|error| Code::BadValue.says(format!("`offline`: {error}.")))
}
