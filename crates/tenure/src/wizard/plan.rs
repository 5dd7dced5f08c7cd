//! What comes next, from what lies in the park folder, what can be reached and what is wanted: a pure function.
//!
//! Invariants: papers are judged by what they say and never by their names; an older paper never stands in the way of a
//! newer one; the same facts give the same step, so that a run can be repeated anywhere at any time; every way ends, at
//! the latest when each step was done once.
//! Deliberately not here: doing it (`drive`), whether a paper tells the truth (containers and offices find that out).

/// Where a container stands, or stood when a paper was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its serial.
    pub serial: String,
    /// Its generation.
    pub generation: u32,
    /// The number of its last operation.
    pub sequence: u64,
}

/// What an update says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The container it is for.
    pub serial: String,
    /// Its generation.
    pub generation: u32,
    /// The operation after which it begins.
    pub from: u64,
    /// The operation with which it ends.
    pub to: u64,
}

/// The papers of one container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parked {
    /// The newest context.
    pub context: Option<Standing>,
    /// The update that leads furthest.
    pub update: Option<Stretch>,
    /// The newest receipt.
    pub receipt: Option<Standing>,
    /// The container was seen to have applied so much.
    pub applied: Option<u64>,
    /// The office has a receipt up to here.
    pub handed_over: Option<u64>,
}

/// What can be reached now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// The container, if its device is here.
    pub device: Option<Standing>,
    /// The office.
    pub office: bool,
}

/// What somebody wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Something beyond what the office has pending by itself.
    pub more: bool,
    /// A receipt shall go back.
    pub receipt: bool,
    /// A new round, whatever lies there.
    pub afresh: bool,
    /// The container is known by its serial: an update can be had without a context.
    pub push: bool,
}

/// What this run has done already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Run {
    /// Took a context.
    pub took: bool,
    /// Asked the office.
    pub asked: bool,
    /// Applied an update.
    pub applied: bool,
    /// Closed a round.
    pub closed: bool,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Take the device's context.
    TakeContext,
    /// Send the context to the office.
    Ask,
    /// Ask the office with nothing but the serial.
    Push,
    /// Apply the update.
    Apply,
    /// Take the device's receipt.
    TakeReceipt,
    /// Send the receipt to the office.
    HandOver,
    /// Nothing more can or need be done here.
    End(End),
}

/// How a run ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// To the device, to take its context.
    ContextAtDevice,
    /// To the device, to apply the update.
    ApplyAtDevice,
    /// To where the office can be reached, to send it the context.
    AskAtOffice,
    /// To where the office can be reached, to hand the receipt over.
    HandOverAtOffice,
    /// The update is applied, and the office knows it.
    Confirmed,
    /// The update is applied; the office learns it with the next context.
    Applied,
    /// The office has nothing for this container.
    NothingToDo,
    /// The update is for a generation that the container has not begun.
    NewerGeneration,
}

/// The next step.
pub fn next(parked: &Parked, reach: &Reach, wanted: &Wanted, run: Run) -> Step {
    match &reach.device {
        Some(device) => with_device(parked, device, reach.office, wanted, run),
        None => without_device(parked, reach.office, wanted, run),
    }
}

fn with_device(
    parked: &Parked,
    device: &Standing,
    office: bool,
    wanted: &Wanted,
    run: Run,
) -> Step {
    let wants_more = wanted.more && !run.asked;
    // What was refused once would be refused again: a new round looks at nothing that lay there.
    let is_old = wanted.afresh && !run.asked;
    let update = parked.update.as_ref().filter(|_| !is_old);
    if let Some(update) = update {
        if update.generation > device.generation {
            return Step::End(End::NewerGeneration);
        }
        let is_current = update.generation == device.generation;
        // An update without operations still carries keys and revocations.
        let is_word = run.asked && !run.applied && update.to == device.sequence;
        if is_current && (is_word || fits(update, device)) {
            return Step::Apply;
        }
        let told_by_context = parked.context.as_ref().is_some_and(|one| one.sequence >= update.to);
        let is_told = told_by_context || wants_more || update.to > device.sequence;
        if let Some(step) = receipt_step(parked, device.sequence, office, wanted)
            && is_current
            && !is_told
        {
            return step;
        }
    }
    if run.asked || (run.closed && !wants_more) {
        return Step::End(done(parked, run));
    }
    let is_fresh = parked.context.as_ref().is_some_and(|context| context == device);
    match (is_fresh && (!wanted.afresh || run.took), office) {
        (false, _) => Step::TakeContext,
        (true, true) => Step::Ask,
        (true, false) => Step::End(End::AskAtOffice),
    }
}

fn fits(update: &Stretch, device: &Standing) -> bool {
    update.from <= device.sequence && device.sequence < update.to
}

/// What is left to do about the receipt of what was applied up to `sequence`.
fn receipt_step(parked: &Parked, sequence: u64, office: bool, wanted: &Wanted) -> Option<Step> {
    let has = |receipt: &Standing| receipt.sequence >= sequence;
    if !wanted.receipt || parked.handed_over.is_some_and(|known| known >= sequence) {
        return None;
    }
    Some(match (parked.receipt.as_ref().is_some_and(has), office) {
        (false, _) => Step::TakeReceipt,
        (true, true) => Step::HandOver,
        (true, false) => Step::End(End::HandOverAtOffice),
    })
}

fn without_device(parked: &Parked, office: bool, wanted: &Wanted, run: Run) -> Step {
    let known = parked.context.as_ref().map(|context| (context.generation, context.sequence));
    let is_news =
        |generation: u32, sequence: u64| known.is_none_or(|at| (generation, sequence) > at);
    let update = parked.update.as_ref().filter(|one| is_news(one.generation, one.to));
    let receipt = parked.receipt.as_ref().filter(|one| is_news(one.generation, one.sequence));
    let wants_more = wanted.more && !run.asked && office;
    if wants_more && parked.context.is_some() {
        return Step::Ask;
    }
    if wants_more && wanted.push {
        return Step::Push;
    }
    if let Some(update) = update {
        let is_proven = receipt.is_some_and(|one| one.sequence >= update.to);
        let is_applied = parked.applied.is_some_and(|applied| applied >= update.to);
        match (is_proven, is_applied) {
            (true, _) => {}
            (false, true) => return Step::End(End::Applied),
            (false, false) => return Step::End(End::ApplyAtDevice),
        }
    }
    if let Some(receipt) = receipt {
        let is_known = parked.handed_over.is_some_and(|known| known >= receipt.sequence);
        return match (is_known, office) {
            (true, _) => Step::End(End::Confirmed),
            (false, true) => Step::HandOver,
            (false, false) => Step::End(End::HandOverAtOffice),
        };
    }
    match (&parked.context, office) {
        (Some(_), true) if run.asked => Step::End(End::NothingToDo),
        (Some(_), true) => Step::Ask,
        (Some(_), false) => Step::End(End::AskAtOffice),
        (None, true) if wanted.push && !run.asked => Step::Push,
        (None, true) if run.asked => Step::End(End::NothingToDo),
        (None, _) => Step::End(End::ContextAtDevice),
    }
}

/// How a run ends that did what there was to do.
fn done(parked: &Parked, run: Run) -> End {
    let applied = parked.update.as_ref().map_or(0, |update| update.to);
    let has_news = parked.update.as_ref().is_some_and(|update| update.from < update.to);
    let is_known = parked.handed_over.is_some_and(|known| known >= applied);
    match (run.applied && has_news, is_known) {
        (true, true) => End::Confirmed,
        (true, false) => End::Applied,
        (false, true) if run.closed && has_news => End::Confirmed,
        (false, _) => End::NothingToDo,
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
