//! Which container is meant, and what it shall hold: what was given decides, else whoever sits there is asked.
//!
//! Invariants: nothing is guessed where there are two; where nobody can be asked, the answer says which option to give.
//! Deliberately not here: whether it can be had (`wishes`, and the office).

use super::{
    advice,
    office_side::OfficeSide,
    talk::Talk,
    wishes::{Target, Wish, holds},
};
use crate::exit::Failure;
use tenure_api::device::DeviceContainer;
use tenure_api::office::PortalEntitlement;
use tenure_document::{ActivationId, check_serial};

/// Most questions about one thing before giving up.
const QUESTIONS_MAX: u32 = 5;

/// The container of a device that is meant: the one named, the one that papers are of, the only one, or the one that
/// whoever sits there names.
///
/// # Errors
/// There is none, there are several, or the papers are of another device.
pub fn container(
    all: &[DeviceContainer],
    named: Option<&str>,
    parked: &[String],
    talk: &mut dyn Talk,
) -> Result<DeviceContainer, Failure> {
    if let Some(named) = named {
        let serial = serial(named)?;
        let found = all.iter().find(|one| one.serial == serial);
        return found.cloned().ok_or_else(|| {
            let text = format!("the device has no container {serial}; it has {}", list(all));
            advice::with(Failure::refused("no-container", text))
        });
    }
    let here: Vec<&DeviceContainer> =
        all.iter().filter(|one| parked.contains(&one.serial)).collect();
    match (here.as_slice(), all, parked) {
        ([one], _, _) => Ok((*one).clone()),
        ([], [], _) => {
            let text = "the device has no container yet";
            Err(advice::with(Failure::refused("no-container", text)))
        }
        ([], _, [other, ..]) => {
            let text = format!(
                "the papers here are of container {other}, and the device has {}",
                list(all)
            );
            Err(advice::with(Failure::refused("wrong-container", text)))
        }
        ([], [one], []) => Ok(one.clone()),
        _ => asked(all, talk),
    }
}

fn asked(all: &[DeviceContainer], talk: &mut dyn Talk) -> Result<DeviceContainer, Failure> {
    for (number, one) in (1..).zip(all) {
        talk.say(&format!("{number}  {} {:?}, {} items", one.serial, one.name, one.items));
    }
    for _ in 0..QUESTIONS_MAX {
        let Some(answer) = talk.ask("Which container?") else { break };
        let chosen =
            answer.parse::<usize>().ok().and_then(|number| all.get(number.checked_sub(1)?));
        if let Some(one) = chosen.or_else(|| all.iter().find(|one| one.serial == answer)) {
            return Ok(one.clone());
        }
    }
    let text = "the device has several containers; say which one is meant";
    Err(Failure::usage(text).hint(format!("name it with --serial: {}", list(all))))
}

/// Refuses a container that does not open, with what to do.
///
/// # Errors
/// It does not.
pub fn opens(one: &DeviceContainer) -> Result<(), Failure> {
    match (&one.fault, one.open) {
        (Some(fault), false) => {
            let text = format!("container {} ({:?}) does not open", one.serial, one.name);
            Err(advice::with(Failure::refused(fault.clone(), text)))
        }
        (None, false) => Err(Failure::fault(format!("container {} does not open", one.serial))),
        (_, true) => Ok(()),
    }
}

/// The container that parked papers are of, where no device is here to say.
///
/// # Errors
/// They are of several.
pub fn parked(named: Option<&str>, parked: &[String]) -> Result<Option<String>, Failure> {
    match (named, parked) {
        (Some(named), _) => serial(named).map(Some),
        (None, []) => Ok(None),
        (None, [one]) => Ok(Some(one.clone())),
        (None, several) => {
            let text = format!("there are papers of several containers: {}", several.join(", "));
            Err(Failure::refused("wrong-container", text).hint(
                "use one folder for each container, or name the one that is meant with --serial",
            ))
        }
    }
}

fn serial(text: &str) -> Result<String, Failure> {
    check_serial(text).map_err(|error| {
        Failure::usage(format!("`{text}` is not the serial of a container: {error}"))
    })
}

fn list(all: &[DeviceContainer]) -> String {
    let serials: Vec<&str> = all.iter().map(|one| one.serial.as_str()).collect();
    if serials.is_empty() { "none".to_owned() } else { serials.join(", ") }
}

/// Asks whoever sits there for activation IDs, lines and quantities; nothing where nobody is there or nothing is wanted.
///
/// # Errors
/// The office does not answer.
pub fn wishes(
    office: &OfficeSide,
    target: &Target,
    talk: &mut dyn Talk,
) -> Result<Vec<Wish>, Failure> {
    let mut wishes = Vec::new();
    for _ in 0..50 {
        let question = "Activation ID (nothing: only what the vendor has ready):";
        let Some(answer) = talk.ask(question) else { break };
        if answer.is_empty() {
            break;
        }
        let Ok(id) = answer.parse::<ActivationId>() else {
            talk.say("that is not an activation ID: five groups of five letters and digits; is one mistyped?");
            continue;
        };
        let asked = Wish { id: id.to_string(), line: None, quantity: 1 };
        match office.look_up(std::slice::from_ref(&asked)) {
            Ok(answer) => {
                for entitlement in &answer.entitlements {
                    wishes.extend(of_lines(entitlement, target, talk));
                }
            }
            Err(failure) if failure.kind == crate::exit::Kind::Refused => {
                talk.say(&failure.to_string());
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(wishes)
}

/// Shows the lines of an entitlement and asks how many of each the container shall hold.
fn of_lines(entitlement: &PortalEntitlement, target: &Target, talk: &mut dyn Talk) -> Vec<Wish> {
    talk.say(&format!("{} for {}:", entitlement.activation_id, entitlement.customer));
    let mut wishes = Vec::new();
    for line in &entitlement.lines {
        let has = holds(line, &entitlement.activation_id, &[], target);
        talk.say(&format!(
            "  line {}: {} {} - bought {}, active {}, free {}; here {has}",
            line.line, line.product, line.summary, line.bought, line.active, line.free
        ));
        let usual = if has == 0 && line.free > 0 && line.refused.is_none() { 1 } else { has };
        let most = u64::from(has).saturating_add(line.free);
        for _ in 0..QUESTIONS_MAX {
            let question = format!("  How many shall it hold? [{usual}]");
            let Some(answer) = talk.ask(&question) else { return wishes };
            let number = if answer.is_empty() { Ok(usual) } else { answer.parse::<u32>() };
            match number {
                Ok(number) if u64::from(number) > most => {
                    talk.say(&format!("  at most {most}: no more are free"));
                }
                Ok(number) if number < has => {
                    talk.say(
                        "  it holds more than that: licenses are given back in the portal (Return)",
                    );
                }
                Ok(number) => {
                    if number > has {
                        let id = entitlement.activation_id.clone();
                        wishes.push(Wish { id, line: Some(line.line), quantity: number });
                    }
                    break;
                }
                Err(_) => talk.say("  a number, please"),
            }
        }
    }
    wishes
}

#[cfg(test)]
#[path = "choosing_tests.rs"]
mod tests;
