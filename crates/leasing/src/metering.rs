//! Deciding metered use: consuming, taking back, and numbered batches from clients that were off line.
//!
//! Invariants: an entry of a client is counted once, by its sequence, and entries are never skipped over; use off line
//! has happened and is recorded also where it exceeds what there was; units come back only where the item is reusable or
//! within the time that the item grants for it; what is used up stays within what a paper can say.
//! Deliberately not here: seats.

use crate::actor::Actor;
use crate::allocation::{Source, allocate};
use crate::asked::Asked;
use crate::candidates::{Purpose, Survey, Wanted, survey};
use crate::checkout::{bad, check_text};
use crate::denial::{DenialReason, Denied};
use crate::dictionary::{Dictionary, check_dictionary, check_selectors};
use crate::draft::Draft;
use crate::event::{Batched, Consumed, Event, UsageBatch, UsagePart};
use crate::explain::{Why, gate, gate_key, missed, short, unknown_feature};
use crate::plan::Candidate;
use crate::refusal::Refusal;
use crate::request::{BatchEntry, Consume, ConsumeBatch, Undo};
use crate::state::Leasing;
use crate::stock::Bin;
use crate::term::{Now, later, millis};
use crate::usage_book::Units;
use std::collections::BTreeMap;
use tenure_container::CONSUMED_MAX;
use tenure_document::{Enforcement, Holder, Item, Kind, Time, Version};

/// The most units in one use.
const UNITS_MAX: u64 = 1_000_000_000_000;
/// The most entries in one batch.
const ENTRIES_MAX: usize = 10_000;
/// The longest name of a client that reports for the first time, in bytes.
const CLIENT_MAX: usize = 128;
/// The most uses at a time that can be taken back for ever.
const FOR_EVER_MAX: u64 = 100_000;

/// Units found for a use.
struct Found {
    version: Version,
    parts: Vec<UsagePart>,
    over: u64,
    undo_until: Option<Time>,
}

/// Decides a use.
pub(crate) fn consume(state: &Leasing, asked: &Consume, now: Now) -> Result<Vec<Event>, Refusal> {
    check_text("the name of a feature", &asked.feature)?;
    check_selectors(&asked.selectors).map_err(Refusal::BadRequest)?;
    check_dictionary(&asked.dictionary).map_err(Refusal::BadRequest)?;
    check_units(&asked.feature, asked.count)?;
    check_metered(state, &asked.feature)?;
    let mut draft = Draft::new(state, now);
    draft.admit(&asked.holder, &asked.dictionary);
    let Consume { holder, feature, version, selectors, .. } = asked;
    let wanted =
        Wanted { holder, feature, version: *version, selectors, purpose: Purpose::Consume };
    let found = match gate(&draft, asked.signed_by) {
        Some(why) => Err(why),
        None => find_units(&mut draft, wanted, asked.count),
    };
    Ok(vec![match found {
        Ok(found) => Event::Consumed(Consumed {
            usage: draft.number_usage(),
            at: now.at,
            holder: holder.clone(),
            feature: feature.clone(),
            version: found.version,
            count: asked.count,
            parts: found.parts,
            undo_until: found.undo_until,
            over: found.over,
            signed_by: asked.signed_by,
            dictionary: asked.dictionary.clone(),
            rule: draft.access().rule(),
            asked: Asked {
                version: (found.version != *version).then_some(*version),
                selectors: selectors.clone(),
                ..Asked::default()
            }
            .stored(),
        }),
        Err(why) => denied(&mut draft, wanted, (asked.count, &asked.dictionary), why),
    }])
}

/// Finds units within what there is, or beyond it where the license says so.
fn find_units(draft: &mut Draft<'_>, wanted: Wanted<'_>, count: u64) -> Result<Found, Why> {
    let Some(survey) = survey(draft, wanted) else {
        return Err(unknown_feature(draft, wanted.feature));
    };
    if let (true, Some(miss)) = (survey.candidates.is_empty(), survey.miss) {
        return Err(missed(draft, wanted, miss));
    }
    let found = take_units(draft, &survey, count);
    let blocked = survey.candidates.iter().all(|c| c.enforcement == Enforcement::Block);
    if found.over > 0 && blocked || !is_countable(draft, &found) {
        return Err(short(draft, wanted, &survey, (count, count)));
    }
    spend(draft, wanted.holder, &found);
    Ok(found)
}

/// Takes units in the order of a grant; what exceeds everything is put down to the first candidate that lets use
/// exceed its count, else to the first.
fn take_units(draft: &Draft<'_>, survey: &Survey, count: u64) -> Found {
    let sources: Vec<Source> = survey
        .candidates
        .iter()
        .map(|candidate| Source { beyond: false, ..candidate.source.clone() })
        .collect();
    let allocation = allocate(&sources, count);
    let mut units: BTreeMap<usize, u64> = BTreeMap::new();
    for take in &allocation.takes {
        *units.entry(take.source).or_default() += take.count;
    }
    if allocation.short > 0 {
        let place = |open: &dyn Fn(&Candidate) -> bool| survey.candidates.iter().position(open);
        let open = place(&|candidate| candidate.enforcement != Enforcement::Block);
        let open = open.or_else(|| place(&|candidate| candidate.bin.pool.is_none()));
        *units.entry(open.unwrap_or(0)).or_default() += allocation.short;
    }
    let mut found = Found {
        version: Version::ANY,
        parts: Vec::new(),
        over: allocation.short,
        undo_until: None,
    };
    let mut versions = Vec::new();
    for (place, count) in units {
        let Some(candidate) = survey.candidates.get(place) else { continue };
        let Some(shelf) = draft.state.shelves.get(candidate.bin.shelf) else { continue };
        let pool = draft.state.stored_pool(candidate.bin.pool);
        versions.push(shelf.item.version);
        found.undo_until = earlier(found.undo_until, undo_until(shelf.item.kind, draft.now.at));
        let item = shelf.item.id.clone();
        // What is reserved for the user is a source of its own, of the same item and pool.
        match found.parts.iter_mut().find(|part| (&part.item, &part.pool) == (&item, &pool)) {
            Some(part) => part.count += count,
            None => found.parts.push(UsagePart { item, count, pool }),
        }
    }
    found.version = versions.into_iter().min().unwrap_or(Version::ANY);
    found
}

/// Until when units of an item can be taken back; none: for ever.
fn undo_until(kind: Kind, at: Time) -> Option<Time> {
    match kind {
        Kind::Metered { reusable: true, .. } => None,
        Kind::Metered { reusable: false, undo_seconds } => Some(later(at, millis(undo_seconds))),
        Kind::Concurrent => Some(at),
    }
}

/// Whether the units can be counted: what is used up of an item stays within what a paper can say, and what is kept for
/// taking back within a bound.
fn is_countable(draft: &Draft<'_>, found: &Found) -> bool {
    let used_up = |part: &UsagePart| {
        let no = draft.state.shelves.find(part.item.as_str())?;
        let shelf = draft.state.shelves.get(no)?;
        Some(draft.taken_in_all(no, shelf).saturating_add(part.count))
    };
    let mut all = found.parts.iter().filter_map(used_up);
    all.all(|units| units <= CONSUMED_MAX)
        && (found.undo_until.is_some() || draft.uses_for_ever() < FOR_EVER_MAX)
}

fn earlier(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

fn spend(draft: &mut Draft<'_>, holder: &Holder, found: &Found) {
    for part in &found.parts {
        let shelf = draft.state.shelves.find(part.item.as_str());
        let pool = draft.state.find_pool(part.pool.as_deref());
        if let Some((shelf, pool)) = shelf.zip(pool) {
            draft.spend(holder, Bin { shelf, pool }, part.count);
        }
    }
}

/// Decides a batch of uses off line.
pub(crate) fn consume_batch(
    state: &Leasing,
    batch: &ConsumeBatch,
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    check_text("the name of the client", &batch.client)?;
    check_entries_of(batch)?;
    let mut draft = Draft::new(state, now);
    // What was used off line has been used: what the pools don't have is put down to the default pool.
    draft.admit(&batch.holder, &Dictionary::new());
    draft.allow([None]);
    let client = (batch.holder.host.clone(), batch.client.clone());
    let through = state.usage.through(&client);
    if batch.entries.first().is_some_and(|first| first.sequence - 1 > through) {
        return Err(Refusal::BatchGap { expected: through.saturating_add(1) });
    }
    let new: Vec<&BatchEntry> =
        batch.entries.iter().filter(|entry| entry.sequence > through).collect();
    let (Some(first), Some(last)) = (new.first(), new.last()) else { return Ok(Vec::new()) };
    let none = BTreeMap::new();
    if let Some(why) = gate_key(&draft, batch.signed_by) {
        let wanted = to_consume((&batch.holder, &none), first);
        return Ok(vec![denied(&mut draft, wanted, (first.count, &Dictionary::new()), why)]);
    }
    let is_known = state.usage.knows(&client);
    if !is_known {
        check_newcomer(state, batch)?;
    }
    let entries: Vec<Batched> =
        new.iter().map(|entry| record(&mut draft, &batch.holder, entry)).collect();
    // Who has used nothing that there is here leaves nothing behind that would stay for ever.
    if !is_known && entries.iter().all(|entry| entry.usage.is_none()) {
        return Ok(vec![deny_batch(&mut draft, batch, first)]);
    }
    Ok(vec![Event::UsageBatch(UsageBatch {
        at: now.at,
        holder: batch.holder.clone(),
        client: batch.client.clone(),
        through: last.sequence,
        entries,
        signed_by: batch.signed_by,
    })])
}

/// A client that has not reported before, nor will ever be forgotten.
fn check_newcomer(state: &Leasing, batch: &ConsumeBatch) -> Result<(), Refusal> {
    if batch.client.len() > CLIENT_MAX {
        return bad(format!("the name of the client must have 1 to {CLIENT_MAX} bytes"));
    }
    let most = state.settings.usage_clients_max;
    if state.usage.clients().len() >= most {
        return Err(Refusal::TooManyClients { most });
    }
    Ok(())
}

/// A batch of which nothing can be counted, by its first entry.
fn deny_batch(draft: &mut Draft<'_>, batch: &ConsumeBatch, first: &BatchEntry) -> Event {
    let none = BTreeMap::new();
    let wanted = to_consume((&batch.holder, &none), first);
    let why = match survey(draft, wanted) {
        None => unknown_feature(draft, wanted.feature),
        Some(Survey { miss: Some(miss), .. }) => missed(draft, wanted, miss),
        Some(survey) => short(draft, wanted, &survey, (first.count, first.count)),
    };
    denied(draft, wanted, (first.count, &Dictionary::new()), why)
}

fn to_consume<'a>(
    (holder, selectors): (&'a Holder, &'a BTreeMap<String, String>),
    entry: &'a BatchEntry,
) -> Wanted<'a> {
    let BatchEntry { feature, version, .. } = entry;
    Wanted { holder, feature, version: *version, selectors, purpose: Purpose::Consume }
}

/// Records one use off line.
fn record(draft: &mut Draft<'_>, holder: &Holder, entry: &BatchEntry) -> Batched {
    let none = BTreeMap::new();
    let BatchEntry { sequence, feature, count, used_at, .. } = entry;
    let wanted = to_consume((holder, &none), entry);
    let (found, reason) = match survey(draft, wanted) {
        None => (None, Some(DenialReason::UnknownFeature)),
        Some(survey) if !survey.candidates.is_empty() => {
            let found = take_units(draft, &survey, *count);
            let reason = (found.over > 0).then_some(DenialReason::OverMetered);
            (Some(found), reason)
        }
        Some(survey) => {
            let reason = survey.miss.map(|miss| missed(draft, wanted, miss).reason);
            (any_item(draft, wanted, *count), reason)
        }
    };
    let (found, reason) = match found {
        Some(found) if !is_countable(draft, &found) => (None, Some(DenialReason::OverMetered)),
        found => (found, reason),
    };
    if let Some(found) = &found {
        spend(draft, holder, found);
    }
    let usage = found.as_ref().map(|_| draft.number_usage());
    let (parts, over, undo_until) =
        found.map_or((Vec::new(), 0, None), |found| (found.parts, found.over, found.undo_until));
    Batched {
        sequence: *sequence,
        feature: feature.clone(),
        count: *count,
        usage,
        reason,
        parts,
        over,
        undo_until,
        used_at: *used_at,
    }
}

/// Some item of the feature that is no candidate now, but may have been when it was used.
fn any_item(draft: &Draft<'_>, wanted: Wanted<'_>, count: u64) -> Option<Found> {
    let (feature, shelves) = (draft.state.features.find(wanted.feature)?, &draft.state.shelves);
    let shelves =
        draft.state.features.get(feature)?.shelves.iter().filter_map(|no| shelves.get(*no));
    let metered = shelves.filter(|shelf| shelf.present && shelf.is_metered());
    let shelf = metered.max_by_key(|shelf| {
        let item = &shelf.item;
        (item.version, item.ends().unwrap_or(Time::LATEST), std::cmp::Reverse(&item.id))
    })?;
    Some(Found {
        version: shelf.item.version,
        parts: vec![UsagePart { item: shelf.item.id.clone(), count, pool: None }],
        over: count,
        undo_until: undo_until(shelf.item.kind, draft.now.at),
    })
}

/// Decides taking a use back.
pub(crate) fn undo(state: &Leasing, asked: &Undo, now: Now) -> Result<Vec<Event>, Refusal> {
    let usage = asked.usage;
    let Some(open) = state.usage.get(usage) else {
        return Err(if usage.0 > 0 && usage < state.usage.next() {
            Refusal::UndoTooLate { usage, until: None }
        } else {
            Refusal::UsageUnknown { usage }
        });
    };
    let is_holder = match &asked.by {
        Actor::Holder | Actor::Admin(_) => true,
        Actor::Key(key) => open.signed_by == Some(*key),
    };
    if !is_holder {
        return Err(Refusal::NotYours);
    }
    if open.until.is_some_and(|until| until <= now.at) {
        return Err(Refusal::UndoTooLate { usage, until: open.until });
    }
    let items: Vec<&Item> = open
        .parts
        .iter()
        .filter_map(|units| state.shelves.find(units.item()))
        .filter_map(|no| state.shelves.get(no))
        .map(|shelf| &*shelf.item)
        .collect();
    Ok(vec![Event::Undone {
        usage,
        by: asked.by.clone(),
        reason: asked.reason.clone(),
        feature: items.first().map_or_else(String::new, |item| item.feature.clone()),
        version: items.iter().map(|item| item.version).min().unwrap_or(Version::ANY),
        count: open.parts.iter().map(Units::count).sum(),
    }])
}

fn denied(
    draft: &mut Draft<'_>,
    wanted: Wanted<'_>,
    (count, dictionary): (u64, &Dictionary),
    why: Why,
) -> Event {
    let selectors = wanted.selectors.clone();
    Event::Denied(Denied {
        id: draft.number_denial(),
        at: draft.now.at,
        holder: wanted.holder.clone(),
        feature: wanted.feature.to_owned(),
        version: wanted.version,
        count,
        borrow_seconds: None,
        dictionary: dictionary.clone(),
        reason: why.reason,
        pools: why.pools,
        remedy: why.remedy,
        rule: draft.access().rule(),
        asked: Asked { consume: true, selectors, ..Asked::default() }.stored(),
    })
}

/// A feature that exists must be metered.
fn check_metered(state: &Leasing, feature: &str) -> Result<(), Refusal> {
    let no = state.features.find(feature);
    let shelves = no.and_then(|no| state.features.get(no)).map_or(&[][..], |f| &f.shelves[..]);
    let mut present =
        shelves.iter().filter_map(|no| state.shelves.get(*no)).filter(|s| s.present).peekable();
    if present.peek().is_some() && present.all(|shelf| !shelf.is_metered()) {
        return Err(Refusal::NotMetered { feature: feature.to_owned() });
    }
    Ok(())
}

fn check_units(feature: &str, count: u64) -> Result<(), Refusal> {
    if count == 0 || count > UNITS_MAX {
        return bad(format!("feature {feature:?}: count must be from 1 to {UNITS_MAX}"));
    }
    Ok(())
}

fn check_entries_of(batch: &ConsumeBatch) -> Result<(), Refusal> {
    if batch.entries.len() > ENTRIES_MAX {
        return bad(format!("at most {ENTRIES_MAX} entries in one batch"));
    }
    for entry in &batch.entries {
        check_text("the name of a feature", &entry.feature)?;
        check_units(&entry.feature, entry.count)?;
    }
    let begins = batch.entries.first().is_none_or(|entry| entry.sequence > 0);
    let follows = |pair: &[BatchEntry]| pair[0].sequence.checked_add(1) == Some(pair[1].sequence);
    if !begins || !batch.entries.windows(2).all(follows) {
        return bad("the entries of a batch are numbered from 1 without gaps".to_owned());
    }
    Ok(())
}
