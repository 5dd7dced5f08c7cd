//! What a checkout would do, without doing it.
//!
//! Invariants: decided by the same code as the checkout itself, so that it can't say something else; what is wanted
//! together is had together or not at all; nothing changes.
//! Deliberately not here: recording (a preview leaves no event).

use crate::candidates::{Wanted, survey};
use crate::checkout::{check, grant};
use crate::denial::{DenialReason, PoolTried, Remedy};
use crate::desired::desired;
use crate::draft::Draft;
use crate::event::{Event, Granted};
use crate::explain::{gate_checkout, largest, pools_of};
use crate::offers::serve_all_ahead;
use crate::refusal::Refusal;
use crate::request::{Checkout, FeatureRequest};
use crate::state::Leasing;
use crate::term::{BorrowLimit, Now};
use crate::unasked::with_features;
use tenure_document::{Time, Version};

/// What one wanted feature would get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewRow {
    /// The feature as asked, or as the server decides where none is.
    pub feature: String,
    /// The lowest version that will do.
    pub version: Version,
    /// The count as asked.
    pub requested: u32,
    /// Granted or not.
    pub outcome: PreviewOutcome,
    /// The largest count that this feature alone could get now; none: as many as one likes.
    pub largest: Option<u64>,
    /// The pools looked at.
    pub pools: Vec<PoolTried>,
}

/// Granted or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PreviewOutcome {
    /// It would be granted.
    Granted {
        /// The version.
        version: Version,
        /// How many seats.
        count: u32,
        /// Until when.
        expires: Time,
        /// What ends it before the time to borrow it that was asked for.
        shortened_by: Option<BorrowLimit>,
        /// The explanation code of the grant.
        code: String,
    },
    /// It would be denied.
    Denied {
        /// Why.
        reason: DenialReason,
        /// What would help.
        remedy: Remedy,
    },
    /// It could be had, but not what is wanted together with it.
    NotAlone {
        /// The first feature that would be denied.
        without: String,
        /// Why that one would be.
        reason: DenialReason,
    },
}

impl Leasing {
    /// What a checkout would get now, one row for each wanted feature, in order; without any, for each that the server
    /// would give.
    ///
    /// # Errors
    /// Where the checkout itself would be refused.
    pub fn preview(&self, asked: &Checkout, now: Now) -> Result<Vec<PreviewRow>, Refusal> {
        check(asked)?;
        let asked = &*desired(self, asked, true);
        let mut draft = Draft::new(self, now);
        draft.admit(&asked.holder, &asked.dictionary);
        let asked = &*with_features(&mut draft, asked);
        serve_all_ahead(&mut draft, asked);
        // How each feature stands by itself.
        let fresh = draft.clone();
        let closed = gate_checkout(&draft, asked);
        let mut rows = Vec::with_capacity(asked.features.len());
        for feature in &asked.features {
            let outcome = match &closed {
                Some(why) => Err(why.clone()),
                None => grant(&mut draft, asked, feature),
            };
            let (largest, pools) = if closed.is_some() {
                (Some(0), Vec::new())
            } else {
                alone(&fresh, asked, feature)
            };
            let outcome = match outcome {
                Ok(mut events) => events.find_map(granted),
                Err(why) => Some(PreviewOutcome::Denied { reason: why.reason, remedy: why.remedy }),
            };
            rows.extend(outcome.map(|outcome| PreviewRow {
                feature: feature.name.clone(),
                version: feature.version,
                requested: feature.count,
                outcome,
                largest,
                pools,
            }));
        }
        if asked.all {
            all_or_nothing(&mut rows);
        }
        Ok(rows)
    }
}

/// Nothing is granted where something is denied.
fn all_or_nothing(rows: &mut [PreviewRow]) {
    let first = rows.iter().find_map(|row| match &row.outcome {
        PreviewOutcome::Denied { reason, .. } => Some((row.feature.clone(), *reason)),
        _ => None,
    });
    let Some((without, reason)) = first else { return };
    let granted = rows.iter_mut().map(|row| &mut row.outcome);
    for outcome in granted.filter(|outcome| matches!(outcome, PreviewOutcome::Granted { .. })) {
        *outcome = PreviewOutcome::NotAlone { without: without.clone(), reason };
    }
}

fn granted(event: Event) -> Option<PreviewOutcome> {
    match event {
        Event::Granted(Granted { version, count, expires, shortened_by, code, .. }) => {
            let code = code.into_owned();
            Some(PreviewOutcome::Granted { version, count, expires, shortened_by, code })
        }
        _ => None,
    }
}

/// The largest count of a feature, and how its pools stand.
fn alone(
    draft: &Draft<'_>,
    asked: &Checkout,
    feature: &FeatureRequest,
) -> (Option<u64>, Vec<PoolTried>) {
    let mut draft = draft.clone();
    draft.let_go_of_stranded(&asked.holder, &feature.name);
    match survey(&draft, Wanted::to_hold(asked, &feature.name, feature.version)) {
        Some(found) if !found.candidates.is_empty() => {
            (largest(&found.candidates), pools_of(draft.state, &found.candidates))
        }
        _ => (Some(0), Vec::new()),
    }
}
