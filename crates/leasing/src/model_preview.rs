//! What another model would do: pools before and after, the leases that would not be renewed, the reservations that would
//! no longer get what they have.
//!
//! Invariants: found by the same code that puts a model in force, on a copy, so that it can't say something else; the
//! state itself is only read. Deliberately not here: replaying requests against a model (what_if).

use crate::actor::Actor;
use crate::draft::Draft;
use crate::event::Event;
use crate::model_admin::{delete_model, set_model};
use crate::refusal::{LeaseRefusal, Refusal};
use crate::renewal::renewed;
use crate::request::Renew;
use crate::reservation::{Unfit, UnfitEntry};
use crate::state::Leasing;
use crate::term::Now;
use crate::views::{LeaseRow, PoolKind, PoolRow};
use tenure_document::LeaseId;

/// The most leases, and the most reservations, that are named one by one.
const NAMED_MAX: usize = 1_000;

/// What another model would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPreview {
    /// The pools now.
    pub before: Vec<PoolRow>,
    /// The pools then.
    pub after: Vec<PoolRow>,
    /// How many leases would no longer be renewed.
    pub ending: usize,
    /// The first of them, oldest first, with the reason.
    pub leases: Vec<(LeaseRow, LeaseRefusal)>,
    /// Reservations that are kept in full now and would not be, oldest group first.
    pub unfit: Vec<UnfitEntry>,
}

impl Leasing {
    /// What a model would do if it were put in force now; without a text: if the model were deleted.
    ///
    /// # Errors
    /// Where setting it would be refused.
    pub fn preview_model(
        &self,
        text: Option<&str>,
        keep_leases: bool,
        now: Now,
    ) -> Result<ModelPreview, Refusal> {
        let events: Vec<Event> = match text {
            Some(text) => set_model(self, "", (text, keep_leases, None), now)?,
            None => delete_model(self, "", keep_leases, now)?,
        };
        let mut then = self.clone();
        events.iter().for_each(|event| then.apply(event, now.at));
        let (now_draft, then_draft) = (Draft::new(self, now), Draft::new(&then, now));
        let refusal = |draft: &Draft<'_>, id: LeaseId| -> Option<LeaseRefusal> {
            let lease = draft.state.leases.get(&id)?;
            let renew = Renew { lease: id, by: Actor::Holder, nonce: None, request: None };
            renewed(draft, lease, &renew).err()
        };
        let (mut ending, mut leases) = (0, Vec::new());
        for id in self.leases.keys() {
            let Some(why) = refusal(&then_draft, *id) else { continue };
            if refusal(&now_draft, *id).is_some() {
                continue;
            }
            ending += 1;
            if leases.len() < NAMED_MAX {
                leases.extend(self.lease_row(*id).map(|row| (row, why)));
            }
        }
        let (before, after) = (self.pool_rows(now), then.pool_rows(now));
        let unfit = self.no_longer_kept(&then, &after);
        Ok(ModelPreview { before, after, ending, leases, unfit })
    }

    /// Entries of reservations that get all they want here and not in `then`, which has the same groups.
    fn no_longer_kept(&self, then: &Leasing, pools: &[PoolRow]) -> Vec<UnfitEntry> {
        let mut unfit = Vec::new();
        for (was, is) in self.reservation_groups().zip(then.reservation_groups()) {
            let label = was.group.label();
            let standings = was.entries.iter().flatten().zip(is.entries.iter().flatten());
            for ((host, entry), (was, is)) in was.group.entries().zip(standings) {
                if !was.satisfiable || is.satisfiable {
                    continue;
                }
                let is_known = |name: &String| {
                    pools.iter().any(|row| row.kind == PoolKind::Named && row.name == *name)
                };
                let why = match &entry.pool {
                    Some(pool) if !is_known(pool) => Unfit::UnknownPool,
                    _ => Unfit::TooMany { left: is.reserved },
                };
                let (group, host) = (label.clone(), host.clone());
                unfit.push(UnfitEntry { group, host, entry: entry.posting(), why });
                if unfit.len() == NAMED_MAX {
                    return unfit;
                }
            }
        }
        unfit
    }
}
