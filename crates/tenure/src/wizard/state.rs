//! The file STATE of a park folder: in plain words what was done and what is next, on which machine, with the command;
//! below that, a few facts that a later run reads again.
//!
//! Invariants: the folder works without it, and with one that people have edited: what papers say always counts for
//! more. Deliberately not here: what comes next (`plan`).

use super::{
    papers::{Kind, Paper, Pile},
    plan::End,
    wishes::Wish,
};
use crate::{admin::output::instant, exit::Failure, explain};
use std::{fmt::Write as _, fs, path::Path};
use tenure_vault::write_atomic;

/// Its name.
pub const FILE_NAME: &str = "STATE";
const FACTS_HEAD: &str = "For the wizard (may be deleted)";
/// More than any such file has.
const LARGEST: usize = 64 * 1024;

/// What a run leaves for the next one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The container.
    pub serial: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// Its generation when the numbers below were seen.
    pub generation: u32,
    /// Where its device was.
    pub device: Option<String>,
    /// Where the office was.
    pub office: Option<String>,
    /// What is wanted and was not asked for yet.
    pub wanted: Vec<Wish>,
    /// The container was seen to have applied so much.
    pub applied: Option<u64>,
    /// The office has a receipt up to here.
    pub handed_over: Option<u64>,
}

impl Facts {
    /// The facts of a folder; none where there is no such file, or where it says none.
    pub fn read(folder: &Path) -> Facts {
        let bytes = fs::read(folder.join(FILE_NAME)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LARGEST)]).into_owned();
        let mut facts = Facts::default();
        let lines = text.lines().skip_while(|line| line.trim() != FACTS_HEAD).skip(1);
        for (key, value) in lines.filter_map(|line| line.trim().split_once(": ")) {
            let value = value.trim();
            match key {
                "serial" => facts.serial = Some(value.to_owned()),
                "name" => facts.name = Some(value.to_owned()),
                "generation" => facts.generation = value.parse().unwrap_or(0),
                "device" => facts.device = Some(value.to_owned()),
                "office" => facts.office = Some(value.to_owned()),
                "wanted" => facts.wanted.extend(value.parse::<Wish>()),
                "applied" => facts.applied = value.parse().ok(),
                "handed-over" => facts.handed_over = value.parse().ok(),
                _ => {}
            }
        }
        facts
    }

    fn lines(&self) -> String {
        let mut all: Vec<(&str, String)> = Vec::new();
        let mut fact = |key, value: Option<String>| all.extend(value.map(|value| (key, value)));
        fact("serial", self.serial.clone());
        fact("name", self.name.clone());
        fact("generation", self.serial.as_ref().map(|_| self.generation.to_string()));
        fact("device", self.device.clone());
        fact("office", self.office.clone());
        fact("applied", self.applied.map(|number| number.to_string()));
        fact("handed-over", self.handed_over.map(|number| number.to_string()));
        self.wanted.iter().for_each(|wish| fact("wanted", Some(wish.to_string())));
        all.iter().map(|(key, value)| format!("  {key}: {}\n", one_line(value))).collect()
    }
}

/// How a run ended: as planned, or with a refusal or fault.
pub enum Ending<'a> {
    /// As planned.
    Planned(&'a End),
    /// Something was in the way.
    Trouble(&'a Failure),
}

/// Writes the file.
///
/// # Errors
/// It can't be written.
pub fn write(
    folder: &Path,
    facts: &Facts,
    pile: &Pile,
    ending: &Ending<'_>,
) -> Result<(), Failure> {
    let text = text(facts, pile, ending);
    // What is wanted holds activation IDs, which are nobody else's business.
    let mode = if facts.wanted.is_empty() { 0o644 } else { 0o600 };
    write_atomic(&folder.join(FILE_NAME), text.as_bytes(), mode).map_err(explain::vault)
}

/// The whole text.
pub fn text(facts: &Facts, pile: &Pile, ending: &Ending<'_>) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "Licenses by files for {}\n", whom(facts));
    text += &papers(facts, pile);
    text += "\nWhat is next\n";
    match ending {
        Ending::Planned(end) => {
            for line in next_words(end, facts) {
                let _ = writeln!(text, "{}", format!("  {line}").trim_end());
            }
        }
        Ending::Trouble(failure) => {
            let _ = writeln!(text, "  It stopped: {failure}");
            if let Some(hint) = &failure.hint {
                let _ = writeln!(text, "  What to do: {hint}");
            }
            let _ = writeln!(text, "  Then run the same command again; what was done is kept.");
        }
    }
    for (name, why) in &pile.unreadable {
        let _ = writeln!(text, "\nThe file {} can't be used: {}", one_line(name), one_line(why));
    }
    let facts = facts.lines();
    if !facts.is_empty() {
        let _ = write!(text, "\n{FACTS_HEAD}\n{facts}");
    }
    text
}

fn whom(facts: &Facts) -> String {
    match (&facts.name, &facts.serial) {
        (Some(name), Some(serial)) => {
            format!("the device {:?} (container {serial})", one_line(name))
        }
        (None, Some(serial)) => format!("container {serial}"),
        _ => "a container that is not known yet".to_owned(),
    }
}

fn papers(facts: &Facts, pile: &Pile) -> String {
    let serial = facts.serial.as_deref().unwrap_or_default();
    let row = |kind: Kind, what: &dyn Fn(&Paper) -> String, absent: &str| {
        let found = pile.newest(kind, serial);
        let mark = if found.is_some() { "x" } else { " " };
        let name = found.and_then(|paper| paper.file.as_deref()).unwrap_or(kind.file_name());
        let says = found.map_or_else(|| absent.to_owned(), what);
        format!("  [{mark}] {name:<12} {says}\n")
    };
    let mut text = "What was done\n".to_owned();
    text += &row(
        Kind::Context,
        &|one| {
            format!("the device as it was {}, at operation {}", instant(one.says.at), one.says.to)
        },
        "says what the device holds: the device makes it",
    );
    text += &row(
        Kind::Update,
        &|one| match one.says.from == one.says.to {
            true => format!("made {}: nothing new to put in", instant(one.says.at)),
            false => {
                format!("made {}: brings it to operation {}", instant(one.says.at), one.says.to)
            }
        },
        "says what the device shall hold: the office makes it",
    );
    text += &row(
        Kind::Receipt,
        &|one| {
            let known = facts.handed_over.is_some_and(|known| known >= one.says.to);
            let told = if known { ", and the office has it" } else { "" };
            format!("proves operation {}{told}", one.says.to)
        },
        "proves it: the device makes it; may be left out",
    );
    text
}

/// What is next, in words: one line each, commands indented.
pub fn next_words(end: &End, facts: &Facts) -> Vec<String> {
    let device = facts.device.as_deref().unwrap_or("DEVICE");
    let office = facts.office.as_deref().unwrap_or("https://OFFICE");
    let name = facts
        .name
        .as_deref()
        .map_or_else(|| "the device".to_owned(), |name| format!("the device {:?}", one_line(name)));
    let at_device = |what: &str, by_hand: &str| {
        vec![
            format!("Carry this folder to {name} and {what}. There, in this folder:"),
            String::new(),
            format!("    tenure wizard --park . --device {}", quoted(device)),
            String::new(),
            format!(
                "(DEVICE is the folder of its containers or the address of its agent. By hand: {by_hand})"
            ),
        ]
    };
    let at_office = |what: &str, by_hand: &str| {
        vec![
            format!(
                "Carry this folder to a machine that reaches the vendor's office and {what}. There, in this folder:"
            ),
            String::new(),
            format!("    tenure wizard --park . --office {}", quoted(office)),
            String::new(),
            by_hand.to_owned(),
        ]
    };
    let said = |text: &str| vec![text.to_owned()];
    match end {
        End::ContextAtDevice => at_device("take its context", "tenure device context -o context.tnr"),
        End::ApplyAtDevice => at_device(
            "put the update in",
            "tenure device apply update.tnr --receipt receipt.tnr",
        ),
        End::AskAtOffice => {
            let mut lines = at_office(
                "ask for the update",
                "(By hand: upload context.tnr at the office's /portal and save what comes back as update.tnr.)",
            );
            if facts.wanted.is_empty() {
                let ids = "To activate something, add --activation-id ID, or --take ID/LINE=QUANTITY.";
                lines.insert(4, ids.to_owned());
            }
            lines
        }
        End::HandOverAtOffice => at_office(
            "hand the receipt over",
            "(By hand: upload receipt.tnr at the office's /portal. It may be left out: the next context says the same.)",
        ),
        End::Confirmed => said("Nothing: the device has it, and the office knows."),
        End::Applied => said(
            "Nothing: the device has it. The office learns it with the next context or receipt.",
        ),
        End::NothingToDo => said(
            "Nothing: the office has nothing new for this device. To activate something, name an activation ID: --activation-id ID.",
        ),
        End::NewerGeneration => vec![
            "The update is for a later generation of this container, which the device has not begun: it may be an old copy of it.".to_owned(),
            "Begin it with `tenure device regenerate`, or take a new context and ask again (--afresh).".to_owned(),
        ],
    }
}

/// As a shell takes it as one word.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Names and paths come from outside: nothing in them begins a new line here.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

/// The facts that a file may hold of something else than what it is about now.
pub fn of_container(mut facts: Facts, serial: &str, generation: u32) -> Facts {
    let is_other = facts.serial.as_deref().is_some_and(|known| known != serial);
    if is_other || facts.generation != generation {
        facts.applied = None;
        facts.handed_over = None;
    }
    if is_other {
        facts.wanted = Vec::new();
        facts.name = None;
    }
    facts.serial = Some(serial.to_owned());
    facts.generation = generation;
    facts
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
