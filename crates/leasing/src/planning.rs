//! One wanted feature: which seats it gets, until when, and how that is called.
//!
//! Invariants: seats that the asker has already under its seat key are shared first; the order of the others is
//! `allocation`'s; a plan is complete or, where fewer will do, as large as possible; nothing is changed here.
//! Deliberately not here: taking the seats (draft), several features together (checkout).

use crate::allocation::{Stage, allocate};
use crate::candidates::{Survey, Wanted, shortened_by, survey};
use crate::draft::Draft;
use crate::explain::{Why, missed, short, unknown_feature};
use crate::lease::GrantCode;
use crate::plan::{Candidate, Plan, PlannedPart};
use crate::reserved::POOLS_PLACE;
use crate::stock::Bin;
use tenure_document::Enforcement;

/// How many of a feature are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amount {
    pub(crate) count: u32,
    /// Fewer will do, at least one.
    pub(crate) partial: bool,
}

/// Plans one wanted feature, or says why it can't be had.
pub(crate) fn plan(draft: &Draft<'_>, wanted: Wanted<'_>, amount: Amount) -> Result<Plan, Why> {
    let Some(found) = survey(draft, wanted) else {
        return Err(unknown_feature(draft, wanted.feature));
    };
    if let (true, Some(miss)) = (found.candidates.is_empty(), found.miss) {
        return Err(missed(draft, wanted, miss));
    }
    let (parts, got) = divide(&found, amount.count);
    let least = if amount.partial { 1 } else { u64::from(amount.count) };
    let wants = (u64::from(amount.count), least);
    if got < amount.count && !(amount.partial && got > 0) {
        return Err(short(draft, wanted, &found, wants));
    }
    compose(draft, (wanted, &found), parts, got).ok_or_else(|| short(draft, wanted, &found, wants))
}

/// Divides a wanted count among the candidates: what is shared, what is new. Says how much was found.
fn divide(found: &Survey, count: u32) -> (Vec<PlannedPart>, u32) {
    let mut left = count;
    let mut parts: Vec<PlannedPart> = Vec::with_capacity(1);
    for candidate in found.candidates.iter().filter(|candidate| candidate.shared > 0) {
        let shared = left.min(candidate.shared);
        if shared > 0 {
            parts.push(part_of(candidate, shared, 0, Stage::Regular));
            left -= shared;
        }
    }
    let allocation =
        allocate(found.candidates.iter().map(|candidate| &candidate.source), u64::from(left));
    for take in allocation.takes {
        let Some(candidate) = found.candidates.get(take.source) else { continue };
        let fresh = u32::try_from(take.count).unwrap_or(u32::MAX);
        match parts.iter_mut().find(|part| part.candidate.bin == candidate.bin) {
            Some(part) => {
                part.fresh += fresh;
                part.stage = part.stage.max(take.stage);
            }
            None => parts.push(part_of(candidate, 0, fresh, take.stage)),
        }
    }
    let short = u32::try_from(allocation.short).unwrap_or(u32::MAX);
    (parts, count.saturating_sub(short))
}

/// What somebody who wants so many would take now, as far as it reaches, of the free seats that others could have too.
pub(crate) fn in_reach(draft: &Draft<'_>, wanted: Wanted<'_>, count: u32) -> Vec<(Bin, u64)> {
    let Some(Survey { candidates, .. }) = survey(draft, wanted) else { return Vec::new() };
    let shared: u64 = candidates.iter().map(|candidate| u64::from(candidate.shared)).sum();
    let left = u64::from(count).saturating_sub(shared);
    let allocation = allocate(candidates.iter().map(|candidate| &candidate.source), left);
    let taken = allocation.takes.iter().filter_map(|take| {
        let candidate = candidates.get(take.source)?;
        // What is reserved for it nobody else can have, and what may be exceeded nobody has to be kept from.
        let is_open = candidate.source.pool >= POOLS_PLACE && !candidate.source.beyond;
        is_open.then_some((candidate.bin, take.count))
    });
    taken.collect()
}

fn part_of(candidate: &Candidate, shared: u32, fresh: u32, stage: Stage) -> PlannedPart {
    PlannedPart { candidate: candidate.clone(), shared, fresh, stage }
}

fn compose(
    draft: &Draft<'_>,
    (wanted, found): (Wanted<'_>, &Survey),
    parts: Vec<PlannedPart>,
    count: u32,
) -> Option<Plan> {
    let version = parts.iter().map(|part| part.candidate.source.version).min()?;
    let expires = parts.iter().map(|part| part.candidate.term.end(draft.now.at)).min()?;
    let code = parts.iter().map(code_of).max()?;
    let terms = parts.iter().filter_map(|part| {
        let shelf = draft.state.shelves.get(part.candidate.bin.shelf)?;
        Some((&*shelf.item, part.candidate.term))
    });
    let counted = |part: &&PlannedPart| {
        draft.state.shelves.get(part.candidate.bin.shelf).is_some_and(|shelf| !shelf.is_uncounted())
    };
    let fresh = parts.iter().filter(counted).map(|part| part.fresh).sum();
    if !draft.has_numbers(found.feature, fresh) {
        return None;
    }
    let shortened_by = shortened_by(draft, wanted.purpose.borrow_seconds(), expires, terms);
    Some(Plan { feature: found.feature, version, count, expires, shortened_by, code, parts })
}

/// The most remarkable thing about a part. A lease is called by the most remarkable of its parts.
fn code_of(part: &PlannedPart) -> GrantCode {
    match (part.fresh, part.stage, part.candidate.enforcement) {
        (1.., Stage::Beyond, Enforcement::Warn) => GrantCode::Warned,
        (1.., Stage::Beyond, _) => GrantCode::Recorded,
        (1.., Stage::Overdraft, _) => GrantCode::Overdraft,
        _ if part.candidate.source.in_grace => GrantCode::InGrace,
        (0, _, _) => GrantCode::SharedSeat,
        _ => GrantCode::Granted,
    }
}
