//! Seats kept for a named user in a pool that the user may not use any more: a model has come in between.
//!
//! Invariants: what is kept there is given up in the decision that gives the user another seat of the same item, so that
//! nobody has two of it, and none is out of its user's own reach; who gets none keeps what it had.
//! Deliberately not here: seats that are kept where their user may take them up again (groups).

use crate::candidates::Wanted;
use crate::draft::Draft;
use crate::explain::Why;
use crate::lease::GroupKey;
use crate::plan::Plan;
use crate::planning::{Amount, plan};
use tenure_document::Holder;

/// Plans one wanted feature, and says which kept seats of the asker are given up for it: the draft has them free then.
pub(crate) fn plan_anew(
    draft: &mut Draft<'_>,
    wanted: Wanted<'_>,
    amount: Amount,
) -> Result<(Plan, Vec<GroupKey>), Why> {
    let found = plan(draft, wanted, amount);
    let Some(feature) = draft.state.features.find(wanted.feature) else {
        return found.map(|plan| (plan, Vec::new()));
    };
    let stranded = draft.stranded(wanted.holder, feature);
    if found.as_ref().is_ok_and(|plan| replaced(plan, &stranded).is_empty()) || stranded.is_empty()
    {
        return found.map(|plan| (plan, Vec::new()));
    }
    let before = draft.clone();
    // Of another item nothing is given up: what the first plan takes, the second one may take from elsewhere.
    let mut given_up = stranded;
    for _ in 0..2 {
        given_up.iter().for_each(|place| draft.let_go(feature, *place));
        let Ok(plan) = plan(draft, wanted, amount) else { break };
        let needed = replaced(&plan, &given_up);
        if needed == given_up {
            return Ok((plan, given_up));
        }
        *draft = before.clone();
        given_up = needed;
    }
    *draft = before;
    found.map(|plan| (plan, Vec::new()))
}

impl Draft<'_> {
    /// As if the asker had given up all that is kept for it where it may not use it.
    pub(crate) fn let_go_of_stranded(&mut self, asker: &Holder, feature: &str) {
        let Some(feature) = self.state.features.find(feature) else { return };
        for place in self.stranded(asker, feature) {
            self.let_go(feature, place);
        }
    }
}

/// The seats of items that the plan takes new ones of.
fn replaced(plan: &Plan, kept: &[GroupKey]) -> Vec<GroupKey> {
    let is_taken = |place: &&GroupKey| {
        plan.parts.iter().any(|part| part.fresh > 0 && part.candidate.bin.shelf == place.shelf)
    };
    kept.iter().filter(is_taken).copied().collect()
}
