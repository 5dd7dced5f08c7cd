//! What shall be in a container: how it is written, and what follows from it for a container as it is.
//!
//! Invariants: a wish says how many a container shall hold in all, so that a run that is repeated asks for nothing
//! twice; nothing is ever taken out here. Pure.
//! Deliberately not here: asking people (`talk`), asking the office (`office_side`).

use super::advice;
use crate::exit::Failure;
use std::{fmt, str::FromStr};
use tenure_api::office::{
    ActivationState, Choice, EntitlementState, LookUpAnswer, PortalActivation, PortalEntitlement,
    PortalLine,
};
use tenure_document::{ActivationId, ContainerKind};

/// So many of a line, in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The activation ID in its written form.
    pub id: String,
    /// The line; none: one of each.
    pub line: Option<u32>,
    /// How many.
    pub quantity: u32,
}

impl FromStr for Wish {
    type Err = String;

    /// `ID`, `ID/LINE` or `ID/LINE=QUANTITY`.
    fn from_str(text: &str) -> Result<Wish, String> {
        let (rest, quantity) = match text.split_once('=') {
            Some((rest, number)) => (rest, Some(number)),
            None => (text, None),
        };
        let (id, line) = match rest.split_once('/') {
            Some((id, number)) => (id, Some(number)),
            None => (rest, None),
        };
        let shown: String = id.trim().chars().take(80).collect();
        let id: ActivationId = shown.parse().map_err(|error| format!("{error}"))?;
        let number = |text: &str, what: &str| match text.trim().parse::<u32>() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(format!("`{}` is not a {what}; write ID/LINE=QUANTITY", text.trim())),
        };
        let line = line.map(|text| number(text, "line")).transpose()?;
        let quantity = quantity.map(|text| number(text, "quantity")).transpose()?;
        if quantity.is_some() && line.is_none() {
            return Err(format!("`{text}` has a quantity and no line; write ID/LINE=QUANTITY"));
        }
        Ok(Wish { id: id.to_string(), line, quantity: quantity.unwrap_or(1) })
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            None => f.write_str(&self.id),
            Some(line) => write!(f, "{}/{line}={}", self.id, self.quantity),
        }
    }
}

/// The container that wishes are for, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// Its serial.
    pub serial: String,
    /// Its kind.
    pub kind: Option<ContainerKind>,
}

/// What has to be chosen so that the container holds what is wished for; nothing where it does already.
///
/// `held` is what containers hold, where the answer's own list may be cut off.
///
/// # Errors
/// An ID is unknown or can't be used now, a line is not there or does not fit, so many are not free.
pub fn choices(
    wishes: &[Wish],
    answer: &LookUpAnswer,
    held: &[PortalActivation],
    target: &Target,
) -> Result<Vec<Choice>, Failure> {
    let mut choices = Vec::new();
    for wish in wishes {
        let found = answer.entitlements.iter().find(|one| one.activation_id == wish.id);
        let entitlement = found.ok_or_else(|| {
            refused("no-entitlement", format!("the office knows no activation ID {}", wish.id))
        })?;
        usable(entitlement)?;
        match wish.line {
            Some(number) => {
                let line = entitlement.lines.iter().find(|line| line.line == number);
                let line = line.ok_or_else(|| no_line(entitlement, number))?;
                let missing = missing(entitlement, line, held, target, wish.quantity)?;
                choices.extend(missing);
            }
            None => choices.extend(one_of_each(entitlement, held, target)?),
        }
    }
    Ok(choices)
}

/// One of every line that fits and is free, or held already.
fn one_of_each(
    entitlement: &PortalEntitlement,
    held: &[PortalActivation],
    target: &Target,
) -> Result<Vec<Choice>, Failure> {
    let mut choices = Vec::new();
    let (mut first_refusal, mut is_served) = (None, false);
    for line in &entitlement.lines {
        let is_held = holds(line, &entitlement.activation_id, held, target) > 0;
        if let Some(why) = line.refused.as_ref().filter(|_| !is_held) {
            first_refusal = first_refusal.or(Some(refused("not-free", why.clone())));
            continue;
        }
        match missing(entitlement, line, held, target, 1) {
            Ok(missing) => {
                is_served = true;
                choices.extend(missing);
            }
            Err(refusal) => first_refusal = first_refusal.or(Some(refusal)),
        }
    }
    match first_refusal {
        Some(refusal) if !is_served => Err(refusal),
        _ => Ok(choices),
    }
}

/// How many more of a line the container needs.
fn missing(
    entitlement: &PortalEntitlement,
    line: &PortalLine,
    held: &[PortalActivation],
    target: &Target,
    quantity: u32,
) -> Result<Option<Choice>, Failure> {
    let has = holds(line, &entitlement.activation_id, held, target);
    let more = quantity.saturating_sub(has);
    if more == 0 {
        return Ok(None);
    }
    let id = &entitlement.activation_id;
    if let Some(kind) = target.kind
        && !line.container_kinds.is_empty()
        && !line.container_kinds.contains(&kind)
    {
        let kind = format!("{kind:?}").to_lowercase();
        return Err(refused(
            "wrong-container-kind",
            format!(
                "line {} of {id} ({}) may not go into a {kind} container",
                line.line, line.product
            ),
        ));
    }
    if line.free < u64::from(more) {
        return Err(refused("not-free", used_up(entitlement, line, more)));
    }
    Ok(Some(Choice { activation_id: id.clone(), line: line.line, quantity: more }))
}

/// How many of a line the container holds, or will hold by what was decided.
pub fn holds(line: &PortalLine, id: &str, held: &[PortalActivation], target: &Target) -> u32 {
    let all = if held.is_empty() { &line.activations } else { held };
    let counts = |one: &&PortalActivation| {
        let is_there = matches!(
            one.state,
            ActivationState::Assigned | ActivationState::Delivered | ActivationState::Confirmed
        );
        is_there && one.serial == target.serial && one.line == line.line && one.activation_id == id
    };
    all.iter().filter(counts).map(|one| one.quantity).fold(0, u32::saturating_add)
}

fn used_up(entitlement: &PortalEntitlement, line: &PortalLine, more: u32) -> String {
    let mut text = format!(
        "line {} of {} ({}): {more} wanted, {} free of {} bought",
        line.line, entitlement.activation_id, line.product, line.free, line.bought
    );
    if line.in_return > 0 {
        text += &format!(", {} on the way back", line.in_return);
        if let Some(at) = line.free_again {
            text += &format!(", free from {at}");
        }
    }
    let mut places: Vec<&str> = line
        .activations
        .iter()
        .filter(|one| {
            one.state == ActivationState::Confirmed || one.state == ActivationState::Delivered
        })
        .map(|one| one.serial.as_str())
        .collect();
    places.dedup();
    places.truncate(3);
    if !places.is_empty() {
        text += &format!("; it is in {}", places.join(", "));
    }
    text
}

fn usable(entitlement: &PortalEntitlement) -> Result<(), Failure> {
    let id = &entitlement.activation_id;
    match entitlement.state {
        EntitlementState::Active => Ok(()),
        EntitlementState::Suspended => {
            Err(refused("entitlement-suspended", format!("activation ID {id} is suspended")))
        }
        EntitlementState::Withdrawn => {
            Err(refused("entitlement-withdrawn", format!("activation ID {id} is withdrawn")))
        }
    }
}

fn no_line(entitlement: &PortalEntitlement, number: u32) -> Failure {
    let lines: Vec<String> = entitlement
        .lines
        .iter()
        .map(|line| format!("{} ({}, {} free)", line.line, line.product, line.free))
        .collect();
    let id = &entitlement.activation_id;
    refused("no-line", format!("activation ID {id} has no line {number}"))
        .hint(format!("it has {}", lines.join(", ")))
}

fn refused(code: &str, text: String) -> Failure {
    advice::with(Failure::refused(code, text))
}

#[cfg(test)]
#[path = "wishes_tests.rs"]
mod tests;
