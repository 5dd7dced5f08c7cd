//! Changes of a line that was bought: longer, newer, other, fewer.
//!
//! Invariants: an extension never shortens; an upgrade goes along the catalog; an end stays as long as the time of use is
//! the same, other days begin with the change; no container is left with what its new terms keep out of it; units that
//! are in containers or on their way back are not taken off.
//! Deliberately not here: how the change reaches the containers (work).

use super::activation_decide::check_target;
use super::catalog::{ProductKey, Relation, RelationKind};
use super::catalog_decide::DAYS_MAX;
use super::entitlement_command::{Extension, LineExtended, LineReduced, LineReplaced, Replacement};
use super::entitlement_decide::{bad, check_units, checked_reason, end_at_order};
use super::entitlement_refusal::EntitlementRefusal;
use super::event::Event;
use super::items::days_after;
use super::line::{Line, Sold};
use super::state::Office;
use super::terms::Begins;
use tenure_document::{ActivationId, Time};

type Decided = Result<Vec<Event>, EntitlementRefusal>;
/// An entitlement, and one of its lines.
type Place = (ActivationId, u32);

impl Office {
    pub(crate) fn extend_line(&self, by: &str, place: Place, how: Extension, now: Time) -> Decided {
        let (id, no) = place;
        let line = self.usable_line(place)?;
        let counts_later = matches!(
            line.sold.terms().validity.days(),
            Some((_, Begins::FirstActivation | Begins::Activation))
        );
        let ends = match (how, line.ends) {
            (Extension::Days(days), _) if !(1..=DAYS_MAX).contains(&days) => {
                return Err(bad("days", format!("must be 1 to {DAYS_MAX}, not {days}")));
            }
            (Extension::Days(days), Some(ends)) => days_after(ends.max(now), days),
            (Extension::Until(ends), Some(_)) => ends,
            (Extension::Until(ends), None) if counts_later => ends,
            (_, None) => return Err(EntitlementRefusal::NoEnd { id, line: no, counts_later }),
        };
        match line.ends {
            Some(before) if ends == before => return Ok(Vec::new()),
            Some(before) if ends < before => {
                return Err(EntitlementRefusal::NotLonger { id, line: no, ends: before });
            }
            _ => {}
        }
        check_end(line, ends, now)?;
        let event = LineExtended { by: by.to_owned(), id, line: no, ends };
        Ok(vec![Event::LineExtended(event)])
    }

    pub(crate) fn upgrade_line(
        &self,
        by: &str,
        place: Place,
        to: &ProductKey,
        model: Option<&str>,
        now: Time,
    ) -> Decided {
        let line = self.usable_line(place)?;
        let from = line.sold.product.key();
        let step = Relation { kind: RelationKind::Upgrade, from, to: to.clone() };
        if !self.catalog.related(&step) {
            let ways = self
                .catalog
                .relations()
                .filter(|one| one.kind == RelationKind::Upgrade && one.from == step.from);
            let known = ways.map(|one| one.to.to_string()).collect();
            return Err(EntitlementRefusal::NoUpgrade { from: step.from, to: step.to, known });
        }
        let member = |name: &str| name.to_owned();
        let name = model.unwrap_or(&line.sold.model.name);
        let mut sold = self.sold(to, name, line.sold.own.as_deref(), &member)?;
        if model.is_none() {
            sold.model = line.sold.model.clone();
        }
        self.replaced(by, (place, line), sold, None, (now, true))
    }

    pub(crate) fn replace_line(
        &self,
        by: &str,
        place: Place,
        with: &Replacement,
        now: Time,
    ) -> Decided {
        let line = self.usable_line(place)?;
        let member = |name: &str| name.to_owned();
        let sold = self.sold(&with.product, &with.model, with.terms.as_ref(), &member)?;
        self.replaced(by, (place, line), sold, with.ends, (now, false))
    }

    fn replaced(
        &self,
        by: &str,
        ((id, no), line): (Place, &Line),
        sold: Sold,
        ends: Option<Time>,
        (now, upgrade): (Time, bool),
    ) -> Decided {
        check_units(&sold, no, u64::from(line.quantity))?;
        let ends = ends.or_else(|| end_replaced(line, &sold, now));
        if let Some(ends) = ends.filter(|ends| line.ends != Some(*ends)) {
            check_end(line, ends, now)?;
        }
        if sold == line.sold && ends == line.ends {
            return Ok(Vec::new());
        }
        let (by, paper) = (by.to_owned(), sold.paper());
        self.check_holders(id, line, &Line { sold, ends, ..line.clone() })?;
        let event = LineReplaced { by, id, line: no, sold: paper, ends, upgrade };
        Ok(vec![Event::LineReplaced(event)])
    }

    /// Every container that holds units of a line must be one that may have them after the change too.
    fn check_holders(
        &self,
        id: ActivationId,
        before: &Line,
        line: &Line,
    ) -> Result<(), EntitlementRefusal> {
        let held = before.activations.iter().filter_map(|no| self.activations.get(*no));
        for one in held.filter(|one| one.state.is_live()) {
            let Some(target) = self.target(one.container) else {
                continue;
            };
            let check = |line| check_target(id, line, &target, None);
            // Where it may not be as things are, by a transfer or an older office, this change breaks nothing.
            if let (Ok(()), Err(why)) = (check(before), check(line)) {
                let (activation, container) = (one.no, one.container);
                return Err(EntitlementRefusal::CantStay { activation, container, why });
            }
        }
        Ok(())
    }

    pub(crate) fn reduce_line(
        &self,
        by: &str,
        place: Place,
        quantity: u32,
        reason: Option<&str>,
    ) -> Decided {
        let (id, no) = place;
        let entitlement = self.entitlement(id)?;
        let lines = entitlement.lines.len();
        let line =
            entitlement.line(no).ok_or(EntitlementRefusal::NoLine { id, line: no, lines })?;
        if quantity == 0 {
            return Err(bad("quantity", "must be at least 1"));
        }
        let free = line.free();
        if quantity > free {
            return Err(EntitlementRefusal::NotFree { line: no, quantity, free });
        }
        let (by, reason) = (by.to_owned(), checked_reason(reason)?);
        Ok(vec![Event::LineReduced(LineReduced { by, id, line: no, quantity, reason })])
    }
}

/// When a line ends whose terms are replaced, where no end was asked for.
fn end_replaced(line: &Line, sold: &Sold, now: Time) -> Option<Time> {
    let terms = sold.terms();
    if terms.validity == line.sold.terms().validity {
        return line.ends;
    }
    let from = used_from(line, now);
    match terms.validity.days() {
        // Those of units that are out already begin now, else nothing would ever end them.
        Some((days, Begins::FirstActivation)) => (line.taken > 0).then(|| days_after(from, days)),
        _ => end_at_order(terms, Some(from), now),
    }
}

/// When use begins of what changes now.
fn used_from(line: &Line, now: Time) -> Time {
    line.starts.map_or(now, |starts| starts.max(now))
}

fn check_end(line: &Line, ends: Time, now: Time) -> Result<(), EntitlementRefusal> {
    let from = used_from(line, now);
    if ends <= from {
        return Err(bad("ends", format!("{ends} is not after {from}")));
    }
    Ok(())
}
