//! Why a lease was granted, or a request denied: told after the fact, from the recorded event and the state just before.
//!
//! Invariants: pure; the same walk over items and pools as the decision's, on the state just before the event; what the
//! event recorded (seats taken and from where, reason, pools of a denial) is told as recorded. Rights are judged by a
//! clock that was right at the time of the event.
//! Deliberately not here: finding event and state in the ledger (server), the sentences (account_of).

use crate::allocation::{Source, allocate};
use crate::asked::Asked;
use crate::candidates::{Miss, Purpose, Wanted, misses, survey};
use crate::denial::{DenialReason, Denied, PoolTried};
use crate::dictionary::Dictionary;
use crate::draft::Draft;
use crate::event::{Event, Granted, Part};
use crate::explain::pools_of;
use crate::ids::{DenialId, No};
use crate::plan::Candidate;
use crate::pool::PoolNo;
use crate::reserved::POOLS_PLACE;
use crate::state::Leasing;
use crate::stock::{Bin, Shelf};
use crate::term::Now;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use tenure_container::Reading;
use tenure_document::{Holder, LeaseId, Time, Version};

/// Why a lease was granted or a request denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What came of it.
    pub outcome: Explained,
    /// The lowest version that would have done.
    pub version: Version,
    /// How many were wanted.
    pub count: u64,
    /// Fewer would have done.
    pub partial: bool,
    /// Only items with these selectors would have done.
    pub selectors: BTreeMap<String, String>,
    /// What the model in force said about the asker; none: there was no model.
    pub rules: Option<RulesSeen>,
    /// The pools tried, in order, as they stood at that moment.
    pub pools: Vec<PoolTried>,
    /// The items looked at in the order in which they are drawn on, then those out of the question.
    pub sources: Vec<SourceSeen>,
}

/// What is explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explained {
    /// A grant.
    Granted(Box<Granted>),
    /// A denial.
    Denied(Box<Denied>),
}

/// What a model said about an asker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesSeen {
    /// The version of the model.
    pub version: u64,
    /// Its name.
    pub model: String,
    /// The rules that matched, in their order; the last one decided. None: the default pool only.
    pub matched: Vec<RuleSeen>,
    /// It refused the asker.
    pub denied: bool,
}

/// A rule that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSeen {
    /// The line that it begins on.
    pub line: u32,
    /// Its text, as written.
    pub text: String,
}

/// Part of what was looked at: an item in a pool, or what of it was reserved for the asker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSeen {
    /// The item.
    pub item: String,
    /// Its version.
    pub version: Version,
    /// The pool; none where the item was out of the question.
    pub pool: Option<String>,
    /// Seats reserved for the asker: `device` or `user`.
    pub reservation: Option<&'static str>,
    /// Its end; none: permanent.
    pub ends: Option<Time>,
    /// Everything there was of it, overdraft included; none: no limit.
    pub total: Option<u64>,
    /// Of that, taken at that moment.
    pub used: u64,
    /// Of that, free for the asker; none: as many as one likes.
    pub free: Option<u64>,
    /// Seats that the asker had already and shares.
    pub shared: u32,
    /// So many were taken from here.
    pub got: u64,
    /// What became of it: `taken`, `not-needed`, `none-free`, `too-few`, or why it was out of the question.
    pub verdict: &'static str,
}

impl Event {
    /// Where this event stands to the grant of a lease: it, one before it, one after it; none: it grants nothing.
    pub fn against_lease(&self, wanted: LeaseId) -> Option<Ordering> {
        let mut leases = self.grants().map(|granted| granted.lease.cmp(&wanted)).peekable();
        let first = leases.peek().copied();
        if leases.any(|order| order == Ordering::Equal) { Some(Ordering::Equal) } else { first }
    }

    /// Where this event stands to a denial: it, one before it, one after it; none: it denies nothing.
    pub fn against_denial(&self, wanted: DenialId) -> Option<Ordering> {
        match self {
            Event::Denied(denied) => Some(denied.id.cmp(&wanted)),
            _ => None,
        }
    }

    /// The leases that begin with this event.
    pub fn grants(&self) -> impl Iterator<Item = &Granted> {
        let granted = match self {
            Event::Granted(granted) => std::slice::from_ref(granted),
            Event::Offered(offered) => &offered.leases,
            _ => &[],
        };
        granted.iter()
    }
}

impl Leasing {
    /// Why an event granted this lease: asked of the state just before the event; none: it grants no such lease.
    pub fn explain_lease(&self, event: &Event, lease: LeaseId) -> Option<Explanation> {
        let granted = event.grants().find(|granted| granted.lease == lease)?;
        let mut earlier = event.grants().take_while(|granted| granted.lease != lease).peekable();
        if earlier.peek().is_none() {
            return Some(self.explain_grant(granted));
        }
        // What is offered at once was decided one after the other.
        let mut between = self.clone();
        earlier.for_each(|granted| between.begin_lease(granted));
        Some(between.explain_grant(granted))
    }

    /// Why this lease was granted: asked of the state just before it, other leases of the same offer included.
    pub fn explain_grant(&self, granted: &Granted) -> Explanation {
        let asked = granted.asked.as_deref().cloned().unwrap_or_default();
        let version = asked.version.unwrap_or(granted.version);
        let count = u64::from(asked.count.unwrap_or(granted.count));
        let purpose = Purpose::Hold {
            borrow_seconds: granted.borrow_seconds,
            granularity: granted.granularity,
        };
        let wanted = Wanted {
            holder: &granted.holder,
            feature: &granted.feature,
            version,
            selectors: &asked.selectors,
            purpose,
        };
        let mut draft = self.draft_at(granted.at, &granted.holder, &granted.dictionary);
        self.allow_what_was_given(&mut draft, granted);
        let (candidates, mut sources) = self.look(&draft, wanted, &granted.parts);
        sources.extend(self.out_of_the_question(&draft, wanted));
        let Asked { partial, selectors, .. } = asked;
        let outcome = Explained::Granted(Box::new(granted.clone()));
        let pools = pools_of(self, &candidates);
        let rules = self.rules_seen(&granted.holder, &granted.dictionary);
        Explanation { outcome, version, count, partial, selectors, rules, pools, sources }
    }

    /// Why this request was denied: asked of the state just before.
    pub fn explain_denial(&self, denied: &Denied) -> Explanation {
        let asked = denied.asked.as_deref().cloned().unwrap_or_default();
        let consume = asked.consume || denied.reason == DenialReason::OverMetered;
        let purpose = match consume {
            true => Purpose::Consume,
            false => Purpose::Hold { borrow_seconds: denied.borrow_seconds, granularity: None },
        };
        let wanted = Wanted {
            holder: &denied.holder,
            feature: &denied.feature,
            version: denied.version,
            selectors: &asked.selectors,
            purpose,
        };
        let mut pools = denied.pools.clone();
        let mut sources = Vec::new();
        if !is_gate(denied.reason) {
            let draft = self.draft_at(denied.at, &denied.holder, &denied.dictionary);
            let (candidates, seen) = self.look(&draft, wanted, &[]);
            sources = seen;
            sources.extend(self.out_of_the_question(&draft, wanted));
            if pools.is_empty() {
                pools = pools_of(self, &candidates);
            }
        }
        let Asked { partial, selectors, .. } = asked;
        let (version, count) = (denied.version, denied.count);
        let outcome = Explained::Denied(Box::new(denied.clone()));
        let rules = self.rules_seen(&denied.holder, &denied.dictionary);
        Explanation { outcome, version, count, partial, selectors, rules, pools, sources }
    }

    /// What the model in force says about an asker.
    fn rules_seen(&self, holder: &Holder, dictionary: &Dictionary) -> Option<RulesSeen> {
        let current = self.models.current()?;
        self.with_verdict(holder, dictionary, |verdict| RulesSeen {
            version: current.version,
            model: current.model.name().to_owned(),
            matched: verdict
                .rules
                .iter()
                .filter_map(|rule| current.model.rule_text(usize::try_from(*rule).ok()?))
                .map(|(line, text)| RuleSeen { line, text: text.to_owned() })
                .collect(),
            denied: verdict.denied,
        })
    }

    /// Where nothing was asked for, the rule may have opened further pools.
    fn allow_what_was_given(&self, draft: &mut Draft<'_>, granted: &Granted) {
        let given: Vec<PoolNo> =
            granted.parts.iter().filter_map(|part| self.find_pool(part.pool.as_deref())).collect();
        if given.iter().all(|pool| draft.access().pools().contains(pool)) {
            return;
        }
        draft.allow(self.unasked_pools(&granted.holder, &granted.dictionary));
        draft.allow(given);
    }

    fn bin_of(&self, part: &Part) -> Option<Bin> {
        let pool = self.find_pool(part.pool.as_deref())?;
        Some(Bin { shelf: self.shelves.find(part.item.as_str())?, pool })
    }

    fn draft_at(&self, at: Time, holder: &Holder, dictionary: &Dictionary) -> Draft<'_> {
        let now = Now { at, reading: Reading { wall: at, since_boot_ms: 0 } };
        let mut draft = Draft::new(self, now);
        draft.admit(holder, dictionary);
        draft
    }

    /// The candidates in their order, and what these parts took of each; no parts: nothing could be had.
    fn look(
        &self,
        draft: &Draft<'_>,
        wanted: Wanted<'_>,
        parts: &[Part],
    ) -> (Vec<Candidate>, Vec<SourceSeen>) {
        let candidates = survey(draft, wanted).map_or(Vec::new(), |found| found.candidates);
        let taken = parts.iter().filter_map(|part| Some((self.bin_of(part)?, part.count)));
        let got = shares(&candidates, taken);
        let seen = candidates.iter().zip(got);
        let seen = seen.filter_map(|(candidate, got)| self.seen(candidate, got, !parts.is_empty()));
        // Of most items most pools have nothing at all.
        let there = |seen: &SourceSeen| seen.total != Some(0) || seen.used > 0 || seen.got > 0;
        let seen = seen.filter(|seen| there(seen) || seen.reservation.is_some()).collect();
        (candidates, seen)
    }

    fn seen(&self, candidate: &Candidate, got: u64, granted: bool) -> Option<SourceSeen> {
        let item = &self.shelves.get(candidate.bin.shelf)?.item;
        let Source { pool: place, regular, overdraft, beyond, .. } = candidate.source;
        let free = regular.zip(overdraft).map(|(a, b)| a.saturating_add(b));
        let free = free.filter(|_| !beyond);
        let verdict = match (got, granted, free) {
            (1.., _, _) => "taken",
            (0, _, Some(0)) => "none-free",
            (0, true, _) => "not-needed",
            (0, false, _) => "too-few",
        };
        Some(SourceSeen {
            item: item.id.clone(),
            version: item.version,
            pool: Some(self.pool_name(candidate.bin.pool).to_owned()),
            reservation: match place {
                POOLS_PLACE.. => None,
                0 => Some("device"),
                _ => Some("user"),
            },
            ends: item.ends(),
            total: candidate.total,
            used: candidate.taken,
            free,
            shared: candidate.shared,
            got,
            verdict,
        })
    }

    /// The items that would not do, whatever is free of them.
    fn out_of_the_question(&self, draft: &Draft<'_>, wanted: Wanted<'_>) -> Vec<SourceSeen> {
        let mut seen: Vec<(&Shelf, Miss)> = misses(draft, wanted)
            .into_iter()
            .filter_map(|(no, miss): (No<Shelf>, Miss)| Some((self.shelves.get(no)?, miss)))
            .collect();
        seen.sort_by(|a, b| {
            (a.0.item.version, &a.0.item.id).cmp(&(b.0.item.version, &b.0.item.id))
        });
        let row = |(shelf, miss): (&Shelf, Miss)| SourceSeen {
            item: shelf.item.id.clone(),
            version: shelf.item.version,
            pool: None,
            reservation: None,
            ends: shelf.item.ends(),
            total: shelf.limit(),
            used: shelf.taken(),
            free: Some(0),
            shared: 0,
            got: 0,
            verdict: miss_word(miss),
        };
        seen.into_iter().map(row).collect()
    }
}

/// Nothing was looked at: the server granted nothing to this asker.
fn is_gate(reason: DenialReason) -> bool {
    use DenialReason::{
        ContainerRolledBack, DeniedByRule, Revoked, ServerSuspended, UnsignedRequest,
    };
    matches!(
        reason,
        ServerSuspended | ContainerRolledBack | DeniedByRule | Revoked | UnsignedRequest
    )
}

/// What each candidate gave of what was taken: what the asker had already first, then in the order of a grant. What was
/// done may be more than what a look back finds: a decision of several steps freed it on the way.
fn shares(candidates: &[Candidate], taken: impl Iterator<Item = (Bin, u32)>) -> Vec<u64> {
    let mut got = vec![0; candidates.len()];
    for (bin, count) in taken {
        let is_here = |(_, candidate): &(usize, &Candidate)| candidate.bin == bin;
        let here: Vec<_> = candidates.iter().enumerate().filter(is_here).collect();
        let mut left = u64::from(count);
        for (place, candidate) in &here {
            let shared = left.min(u64::from(candidate.shared));
            got[*place] += shared;
            left -= shared;
        }
        let found = allocate(here.iter().map(|(_, candidate)| &candidate.source), left);
        for take in found.takes {
            here.get(take.source).into_iter().for_each(|(place, _)| got[*place] += take.count);
        }
        here.last().into_iter().for_each(|(place, _)| got[*place] += found.short);
    }
    got
}

fn miss_word(miss: Miss) -> &'static str {
    let reason = match miss {
        Miss::Version(_) => DenialReason::VersionTooLow,
        Miss::Selectors => DenialReason::SelectorMismatch,
        Miss::Kind => return "other-kind",
        Miss::Expired => DenialReason::Expired,
        Miss::ClockBehind => DenialReason::ClockBehind,
        Miss::Contact(_) => DenialReason::ContactDue,
        Miss::NotStarted(_) => DenialReason::NotStarted,
        Miss::Virtual | Miss::VirtualHere => DenialReason::VirtualNotAllowed,
        Miss::Borrow | Miss::BorrowHere => DenialReason::BorrowNotAllowed,
        Miss::BorrowTooLong(_) => DenialReason::BorrowTooLong,
        Miss::Exclusive => DenialReason::AlreadyExclusive,
        Miss::FullSeat => DenialReason::MaxPerHolder,
    };
    reason.code()
}
