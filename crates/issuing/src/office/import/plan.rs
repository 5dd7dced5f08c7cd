//! What a list would change: one command, a step for each customer, product or order, and every fault.
//!
//! Invariants: planning changes nothing; each step alone is decided as the command will be, so that what a dry run says
//! is what happens unless somebody changes something in between, and then nothing of the list happens.
//! Deliberately not here: reading the list (draft), deciding the command (import_decide).

use super::asked::ImportAsked;
use super::done::Done;
use super::draft::Draft;
use super::fault::RowFault;
use crate::office::command::Command;
use crate::office::entitlement_command::EntitlementCommand;
use crate::office::event::Event;
use crate::office::import_command::{Import, ImportChange, ImportStep};
use crate::office::import_decide::OrdersTaken;
use crate::office::line::LineAsked;
use crate::office::refusal::Refusal;
use crate::office::state::Office;
use tenure_document::{ActivationId, Time};

/// What a list would change.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportPlan {
    /// What would happen, in order.
    pub steps: Vec<PlannedStep>,
    /// Everything that is wrong, by line.
    pub faults: Vec<RowFault>,
    /// The command that does all steps; nothing when there are none. With faults it leaves their rows out.
    pub command: Option<Command>,
}

/// One thing that a list would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// The line it begins in.
    pub line: u64,
    /// What, in words.
    pub what: String,
    /// The activation ID that it makes or extends.
    pub activation_id: Option<ActivationId>,
    /// Nothing changes: it is there already.
    pub unchanged: bool,
}

impl Office {
    /// What a list would change, and what is wrong with it.
    pub fn plan_import(&self, asked: &ImportAsked, now: Time) -> ImportPlan {
        self.plan_rest(asked, &Done::of(&[], now), now)
    }

    /// The plan of a list that was taken in, by the events that its command was recorded with at this time.
    pub fn plan_of_import(&self, asked: &ImportAsked, recorded: &[Event], at: Time) -> ImportPlan {
        let plan = self.plan_rest(asked, &Done::of(recorded, at), at);
        ImportPlan { command: None, ..plan }
    }

    /// The plan of a list of which some is done.
    fn plan_rest(&self, asked: &ImportAsked, done: &Done<'_>, now: Time) -> ImportPlan {
        let (drafts, mut faults) = self.drafts(asked);
        let mut taken = OrdersTaken::of(self);
        let (mut steps, mut left) = (Vec::new(), Vec::new());
        for draft in drafts {
            let line = draft.line;
            if let Some((what, activation_id)) = done.step(self, &draft) {
                steps.push(PlannedStep { line, what, activation_id, unchanged: false });
                continue;
            }
            match self.taken_before(&draft.change, &mut taken) {
                None => {}
                Some((id, true)) => {
                    let Draft { what, .. } = draft;
                    let activation_id = Some(id);
                    steps.push(PlannedStep { line, what, activation_id, unchanged: true });
                    continue;
                }
                Some((id, false)) => {
                    let what = format!("another order with this number was taken already, as {id}");
                    let hint = "take the row out; a repeat order has a number of its own";
                    faults.push(RowFault::in_column(line, "order", what, hint));
                    continue;
                }
            }
            let step = ImportStep { line, change: draft.change.clone() };
            match self.decide_import_step(&step, 0, now) {
                Err(refusal) => faults.extend(self.trace(&draft, &refusal, now)),
                Ok(events) => {
                    let Draft { what, activation_id, .. } = draft;
                    let unchanged = events.is_empty();
                    steps.push(PlannedStep { line, what, activation_id, unchanged });
                    left.extend((!unchanged).then_some(step));
                }
            }
        }
        faults.sort();
        let import = Import { by: asked.by.clone(), steps: left };
        let command = (!import.steps.is_empty()).then_some(Command::Import(import));
        ImportPlan { steps, faults, command }
    }

    /// What is wrong with each line of an order by itself, else what is wrong with the whole.
    fn trace(&self, draft: &Draft, refusal: &Refusal, now: Time) -> Vec<RowFault> {
        let mut faults = Vec::new();
        if let ImportChange::Entitlement(command) = &draft.change {
            for (line, command) in draft.rows.iter().zip(single_lines(command)) {
                let change = ImportChange::Entitlement(command);
                let alone = ImportStep { line: *line, change };
                if let Err(refusal) = self.decide_import_step(&alone, 0, now) {
                    faults.push(traced(*line, &[], &refusal.to_string()));
                }
            }
        }
        if faults.is_empty() {
            faults.push(traced(draft.line, &draft.rows, &refusal.to_string()));
        }
        faults
    }
}

/// The same command for each line of its order alone.
fn single_lines(command: &EntitlementCommand) -> Vec<EntitlementCommand> {
    let order = match command {
        EntitlementCommand::Make { order, .. } | EntitlementCommand::Order { order, .. } => order,
        _ => return Vec::new(),
    };
    let alone = |line: &LineAsked| {
        let mut command = command.clone();
        if let EntitlementCommand::Make { order, .. } | EntitlementCommand::Order { order, .. } =
            &mut command
        {
            order.lines = vec![line.clone()];
        }
        command
    };
    order.lines.iter().map(alone).collect()
}

/// A refusal, brought to the line and column it speaks of.
fn traced(line: u64, rows: &[u64], refusal: &str) -> RowFault {
    let member = refusal.split_once(": ").filter(|(member, _)| !member.contains(' '));
    let Some((member, problem)) = member else {
        return RowFault::of_row(line, refusal, "");
    };
    let part = member.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    let row = part.and_then(|(place, _)| rows.get(place.parse::<usize>().ok()?));
    let column = match part.map(|(_, rest)| rest.trim_start_matches('.')) {
        None => member.to_owned(),
        Some("") => member.split_once('[').map_or(member, |(name, _)| name).to_owned(),
        Some(rest) if member.starts_with("contacts") => format!("contact_{rest}"),
        Some(rest) => rest.to_owned(),
    };
    RowFault::in_column(row.copied().unwrap_or(line), &column, problem, "")
}
