//! The licenses under the entered IDs, and which of them go to a device.
//!
//! Kept here: quantities that can't be had are told at their line, with everything typed still there; a line that
//! can't be activated says why in place of a field.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{Choice, EntitlementState, LookUpAnswer, PortalEntitlement, PortalLine};

use super::visitor::{Portal, Visitor, look_up};
use crate::component::{Badge, Notice, Share, Steps, Tone, When};
use crate::form::Form;
use crate::icon::Icon;
use crate::site::{Frame, Inside, Posted, see_other, show};
use crate::words;

/// The steps of an activation.
pub(super) const STEPS: [&str; 4] = ["Licenses", "Device", "Check", "Update"];

#[derive(Template)]
#[template(path = "portal/licenses.html")]
struct LicensesPage {
    frame: Frame,
    steps: Steps,
    notice: Option<Notice>,
    groups: Vec<Group>,
    any_free: bool,
}

/// One entitlement.
struct Group {
    activation_id: String,
    customer: String,
    badge: Badge,
    until: Option<When>,
    lines: Vec<Line>,
}

/// One line of it.
struct Line {
    field: String,
    product: String,
    description: String,
    summary: String,
    ends: Option<When>,
    bought: u64,
    active: u64,
    in_return: u64,
    free: u64,
    share: Share,
    typed: String,
    fault: Option<String>,
    closed: Option<String>,
    free_again: Option<When>,
}

/// `GET /portal/licenses`.
pub(crate) async fn licenses(
    State(site): State<Portal>,
    inside: Inside<Visitor>,
    RawQuery(query): RawQuery,
) -> Response {
    let notice = (query.as_deref() == Some("some")).then(|| {
        let text =
            "The others are below. Compare the missing ones with your order and add them again.";
        Notice::new(Tone::Wait, "Not every ID you entered is known", text)
    });
    match look_up(&site.api(&inside.visit, None), &inside.holds.ids).await {
        Ok(answer) => page(&site, &inside, &answer, notice, None),
        Err(trouble) => site.sorry(&inside.visit, &trouble),
    }
}

/// `POST /portal/licenses`.
pub(crate) async fn choose(
    State(site): State<Portal>,
    Posted { inside, form }: Posted<Visitor>,
) -> Response {
    let answer = match look_up(&site.api(&inside.visit, None), &inside.holds.ids).await {
        Ok(answer) => answer,
        Err(trouble) => return site.sorry(&inside.visit, &trouble),
    };
    let mut basket = Vec::new();
    let mut all_fit = true;
    for (field, typed) in form.with_prefix("take-") {
        let Some(line) = find(&answer, field) else { continue };
        match quantity(typed, line.1.free) {
            Ok(0) => {}
            Ok(quantity) => basket.push(Choice {
                activation_id: line.0.activation_id.clone(),
                line: line.1.line,
                quantity,
            }),
            Err(_) => all_fit = false,
        }
    }
    if basket.is_empty() || !all_fit {
        let notice = match all_fit {
            true => Notice::new(
                Tone::Wait,
                "Nothing is chosen yet",
                "Enter how many of at least one license the device shall get.",
            ),
            false => Notice::new(
                Tone::Bad,
                "Some quantities do not fit",
                "They are marked below. Nothing was activated.",
            ),
        };
        return page(&site, &inside, &answer, Some(notice), Some(&form));
    }
    site.change(&inside, |holds| holds.basket = basket);
    see_other("/portal/device")
}

fn find<'a>(
    answer: &'a LookUpAnswer,
    field: &str,
) -> Option<(&'a PortalEntitlement, &'a PortalLine)> {
    let (id, line) = field.rsplit_once('-')?;
    let number: u32 = line.parse().ok()?;
    let entitlement = answer.entitlements.iter().find(|one| one.activation_id == id)?;
    Some((entitlement, entitlement.lines.iter().find(|line| line.line == number)?))
}

fn quantity(typed: &str, free: u64) -> Result<u32, String> {
    if typed.is_empty() {
        return Ok(0);
    }
    match typed.parse::<u32>() {
        Ok(quantity) if u64::from(quantity) <= free => Ok(quantity),
        Ok(_) => Err(format!("Only {free} can be activated.")),
        Err(_) => Err("Enter a whole number.".to_owned()),
    }
}

fn page(
    site: &Portal,
    inside: &Inside<Visitor>,
    answer: &LookUpAnswer,
    notice: Option<Notice>,
    form: Option<&Form>,
) -> Response {
    let groups: Vec<Group> =
        answer.entitlements.iter().map(|one| group(one, &inside.holds.basket, form)).collect();
    let any_free = groups.iter().flat_map(|group| &group.lines).any(|line| line.closed.is_none());
    let status = match form {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let steps = Steps { label: "Steps of the activation", words: &STEPS, at: 1 };
    let frame = site.frame(&inside.visit, "Your licenses");
    show(status, &LicensesPage { frame, steps, notice, groups, any_free })
}

fn group(one: &PortalEntitlement, basket: &[Choice], form: Option<&Form>) -> Group {
    let line = |line: &PortalLine| {
        let field = format!("take-{}-{}", one.activation_id, line.line);
        let before = basket
            .iter()
            .find(|choice| choice.activation_id == one.activation_id && choice.line == line.line)
            .map(|choice| choice.quantity.to_string());
        let typed = match form {
            Some(form) => form.text(&field).to_owned(),
            None => before.unwrap_or_default(),
        };
        let fault = form.and_then(|form| quantity(form.text(&field), line.free).err());
        Line {
            product: line.product.clone(),
            description: line.description.clone(),
            summary: line.summary.clone(),
            ends: line.ends.map(When),
            bought: line.bought,
            active: line.active,
            in_return: line.in_return,
            free: line.free,
            share: Share::new(line.active.saturating_add(line.in_return), line.bought),
            closed: closed(one.state, line),
            free_again: line.free_again.map(When),
            field,
            typed,
            fault,
        }
    };
    Group {
        activation_id: one.activation_id.clone(),
        customer: one.customer.clone(),
        badge: words::entitlement(one.state),
        until: one.activate_until.map(When),
        lines: one.lines.iter().map(line).collect(),
    }
}

fn closed(state: EntitlementState, line: &PortalLine) -> Option<String> {
    let word = match state {
        EntitlementState::Suspended => Some("Suspended by your vendor"),
        EntitlementState::Withdrawn => Some("Withdrawn by your vendor"),
        EntitlementState::Active if line.refused.is_some() => {
            return line.refused.as_deref().map(words::plain);
        }
        EntitlementState::Active if line.free == 0 => Some("None free"),
        EntitlementState::Active => None,
    };
    word.map(str::to_owned)
}
