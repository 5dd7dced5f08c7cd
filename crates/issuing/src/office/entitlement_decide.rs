//! Orders and other changes of entitlements.
//!
//! Invariants: a line is sold under revisions of the catalog that are there and not retired; all units of a line fit the
//! items they become; an order's number is taken once per entitlement; units that are not free are not taken off.
//! Deliberately not here: what is in containers (activation_decide), replacing what a line sells (line_decide).

use super::catalog_decide::check_terms;
use super::entitlement_command::{
    EntitlementChange, EntitlementChanged, EntitlementCommand, EntitlementMade, EntitlementOrdered,
    EntitlementTurned, OrderAsked,
};
use super::entitlement_refusal::EntitlementRefusal;
use super::entitlements::{Entitlement, EntitlementState};
use super::event::Event;
use super::items::{days_after, seats};
use super::line::{Line, LineAsked, LineOrdered, Sold};
use super::state::Office;
use super::terms::{Begins, Terms, Validity};
use super::text::{NAME_MAX, check_line, check_name, check_note};
use std::sync::Arc;
use tenure_document::{ActivationId, Count, Time};

/// Most units of a line, and most seats of an item.
pub(crate) const UNITS_MAX: u32 = 10_000_000;
/// Most lines of an order.
const ORDER_LINES_MAX: usize = 500;
/// Most lines of an entitlement.
const LINES_MAX: usize = 5000;
/// Most orders of an entitlement.
const ORDERS_MAX: usize = 5000;

type Decided = Result<Vec<Event>, EntitlementRefusal>;

pub(crate) fn bad(member: impl Into<String>, problem: impl Into<String>) -> EntitlementRefusal {
    EntitlementRefusal::BadValue { member: member.into(), problem: problem.into() }
}

impl Office {
    pub(crate) fn decide_entitlement(&self, command: &EntitlementCommand, now: Time) -> Decided {
        use EntitlementState::{Active, Suspended, Withdrawn};
        match command {
            EntitlementCommand::Make { .. } => self.make_entitlement(command, now),
            EntitlementCommand::Order { by, id, order } => {
                let entitlement = self.usable(*id)?;
                let lines = self.ordered(Some(entitlement), order, now)?;
                let (by, reference) = (by.clone(), order.reference.clone());
                let event = EntitlementOrdered { by, id: *id, reference, lines };
                Ok(vec![Event::EntitlementOrdered(event)])
            }
            EntitlementCommand::Change { by, id, change } => {
                self.change_entitlement(by, *id, change)
            }
            EntitlementCommand::Suspend { by, id, reason } => {
                self.turn_entitlement(by, *id, (Suspended, &[Active]), reason.as_deref())
            }
            EntitlementCommand::Resume { by, id } => {
                self.turn_entitlement(by, *id, (Active, &[Suspended]), None)
            }
            EntitlementCommand::Withdraw { by, id, reason } => {
                self.turn_entitlement(by, *id, (Withdrawn, &[Active, Suspended]), reason.as_deref())
            }
            EntitlementCommand::Extend { by, id, line, by_how_much } => {
                self.extend_line(by, (*id, *line), *by_how_much, now)
            }
            EntitlementCommand::Upgrade { by, id, line, to, model } => {
                self.upgrade_line(by, (*id, *line), to, model.as_deref(), now)
            }
            EntitlementCommand::Replace { by, id, line, with } => {
                self.replace_line(by, (*id, *line), with, now)
            }
            EntitlementCommand::Reduce { by, id, line, quantity, reason } => {
                self.reduce_line(by, (*id, *line), *quantity, reason.as_deref())
            }
        }
    }

    /// An entitlement that is there.
    pub(crate) fn entitlement(&self, id: ActivationId) -> Result<&Entitlement, EntitlementRefusal> {
        self.entitlements.get(id).ok_or(EntitlementRefusal::NoEntitlement { id })
    }

    /// An entitlement that is not withdrawn.
    pub(crate) fn usable(&self, id: ActivationId) -> Result<&Entitlement, EntitlementRefusal> {
        let entitlement = self.entitlement(id)?;
        match entitlement.state {
            EntitlementState::Withdrawn => {
                Err(EntitlementRefusal::WrongState { id, state: entitlement.state })
            }
            _ => Ok(entitlement),
        }
    }

    /// A line of an entitlement that is not withdrawn.
    pub(crate) fn usable_line(
        &self,
        (id, line): (ActivationId, u32),
    ) -> Result<&Line, EntitlementRefusal> {
        let entitlement = self.usable(id)?;
        let lines = entitlement.lines.len();
        entitlement.line(line).ok_or(EntitlementRefusal::NoLine { id, line, lines })
    }

    fn make_entitlement(&self, command: &EntitlementCommand, now: Time) -> Decided {
        let EntitlementCommand::Make {
            by,
            id,
            customer,
            order,
            activate_from,
            activate_until,
            notes,
            own: _,
        } = command
        else {
            return Ok(Vec::new());
        };
        self.customer(*customer)?;
        if self.entitlements.get(*id).is_some() {
            return Err(EntitlementRefusal::IdTaken { id: *id });
        }
        check_note(notes).map_err(|problem| bad("notes", problem))?;
        check_window(*activate_from, *activate_until)?;
        let lines = self.ordered(None, order, now)?;
        Ok(vec![Event::EntitlementMade(EntitlementMade {
            by: by.clone(),
            id: *id,
            customer: *customer,
            reference: order.reference.clone(),
            lines,
            activate_from: *activate_from,
            activate_until: *activate_until,
            notes: notes.clone(),
        })])
    }

    /// The lines of an order as they come into the entitlement: equal ones add units, others are new.
    fn ordered(
        &self,
        entitlement: Option<&Entitlement>,
        order: &OrderAsked,
        now: Time,
    ) -> Result<Vec<LineOrdered>, EntitlementRefusal> {
        check_name(&order.reference).map_err(|problem| bad("reference", problem))?;
        check_line(&order.reference, NAME_MAX).map_err(|problem| bad("reference", problem))?;
        if order.lines.is_empty() || order.lines.len() > ORDER_LINES_MAX {
            let problem =
                format!("an order has 1 to {ORDER_LINES_MAX} lines, not {}", order.lines.len());
            return Err(bad("lines", problem));
        }
        if let Some(entitlement) = entitlement {
            if let Some(before) = entitlement.order(&order.reference) {
                let (reference, at) = (order.reference.clone(), before.at);
                return Err(EntitlementRefusal::OrderTwice { reference, id: entitlement.id, at });
            }
            if entitlement.orders.len() >= ORDERS_MAX {
                return Err(bad(
                    "reference",
                    format!("the entitlement has {ORDERS_MAX} orders already: make a new one"),
                ));
            }
        }
        let mut lines: Vec<Line> = entitlement.map_or_else(Vec::new, |it| it.lines.clone());
        let mut ordered: Vec<LineOrdered> = Vec::new();
        for (place, asked) in order.lines.iter().enumerate() {
            let line = self.line_of(place, asked, now)?;
            let equal = lines.iter_mut().find(|one| is_equal(one, &line));
            let (no, is_new, units) = match equal {
                Some(one) => {
                    let units = u64::from(one.quantity) + u64::from(asked.quantity);
                    one.quantity = one.quantity.saturating_add(asked.quantity);
                    (one.no, false, units)
                }
                None => {
                    let no = u32::try_from(lines.len() + 1).unwrap_or(u32::MAX);
                    lines.push(Line { no, ..line.clone() });
                    (no, true, u64::from(asked.quantity))
                }
            };
            check_units(&line.sold, no, units)?;
            match ordered.iter_mut().find(|one| one.line == no) {
                Some(one) => one.quantity += asked.quantity,
                None => ordered.push(LineOrdered {
                    line: no,
                    quantity: asked.quantity,
                    sold: is_new.then(|| line.sold.paper()),
                    starts: line.starts.filter(|_| is_new),
                    ends: line.ends.filter(|_| is_new),
                }),
            }
        }
        if lines.len() > LINES_MAX {
            return Err(bad(
                "lines",
                format!("an entitlement has at most {LINES_MAX} lines: make a new one"),
            ));
        }
        Ok(ordered)
    }

    fn line_of(
        &self,
        place: usize,
        asked: &LineAsked,
        now: Time,
    ) -> Result<Line, EntitlementRefusal> {
        let member = |name: &str| format!("lines[{place}].{name}");
        if asked.quantity == 0 {
            return Err(bad(member("quantity"), "must be at least 1"));
        }
        let sold = self.sold(&asked.product, &asked.model, asked.terms.as_ref(), &member)?;
        let ends = match asked.ends {
            Some(ends) => Some(ends),
            None => end_at_order(sold.terms(), asked.starts, now),
        };
        let from = asked.starts.map_or(now, |starts| starts.max(now));
        if let Some(ends) = ends.filter(|ends| *ends <= from) {
            let problem = format!("{ends} is not after the start of use, {from}");
            return Err(bad(member("ends"), problem));
        }
        Ok(Line {
            no: 0,
            sold,
            quantity: asked.quantity,
            starts: asked.starts,
            ends,
            revision: 0,
            earlier: Vec::new(),
            taken: 0,
            activations: Vec::new(),
        })
    }

    /// The newest revisions of a product and a license model, if they are sold together.
    pub(crate) fn sold(
        &self,
        product: &super::catalog::ProductKey,
        model: &str,
        own: Option<&Terms>,
        member: &impl Fn(&str) -> String,
    ) -> Result<Sold, EntitlementRefusal> {
        use super::catalog_refusal::CatalogRefusal;
        let product = self.product(product)?;
        if product.retired {
            return Err(CatalogRefusal::ProductRetired { product: product.key() }.into());
        }
        let model = self.model(model)?;
        if model.retired {
            return Err(CatalogRefusal::ModelRetired { name: model.name.clone() }.into());
        }
        let allowed = &product.license_models;
        if !allowed.is_empty() && !allowed.contains(&model.name) {
            let (model, allowed) = (model.name.clone(), allowed.clone());
            return Err(
                CatalogRefusal::ModelNotAllowed { product: product.key(), model, allowed }.into()
            );
        }
        if let Some(terms) = own {
            check_terms(terms)
                .map_err(|(name, problem)| bad(format!("{}.{name}", member("terms")), problem))?;
        }
        Ok(Sold { product: product.clone(), model: model.clone(), own: own.cloned().map(Arc::new) })
    }

    fn change_entitlement(
        &self,
        by: &str,
        id: ActivationId,
        change: &EntitlementChange,
    ) -> Decided {
        let entitlement = self.entitlement(id)?;
        if let Some(customer) = change.customer {
            self.customer(customer)?;
        }
        if let Some(notes) = &change.notes {
            check_note(notes).map_err(|problem| bad("notes", problem))?;
        }
        let from = change.activate_from.unwrap_or(entitlement.activate_from);
        let until = change.activate_until.unwrap_or(entitlement.activate_until);
        check_window(from, until)?;
        let same = change.customer.is_none_or(|customer| customer == entitlement.customer)
            && change.notes.as_ref().is_none_or(|notes| *notes == entitlement.notes)
            && (from, until) == (entitlement.activate_from, entitlement.activate_until);
        if same {
            return Ok(Vec::new());
        }
        let event = EntitlementChanged { by: by.to_owned(), id, change: change.clone() };
        Ok(vec![Event::EntitlementChanged(event)])
    }

    fn turn_entitlement(
        &self,
        by: &str,
        id: ActivationId,
        (state, from): (EntitlementState, &[EntitlementState]),
        reason: Option<&str>,
    ) -> Decided {
        let entitlement = self.entitlement(id)?;
        if entitlement.state == state {
            return Ok(Vec::new());
        }
        if !from.contains(&entitlement.state) {
            return Err(EntitlementRefusal::WrongState { id, state: entitlement.state });
        }
        let reason = checked_reason(reason)?;
        let event = EntitlementTurned { by: by.to_owned(), id, state, reason };
        Ok(vec![Event::EntitlementTurned(event)])
    }
}

pub(crate) fn checked_reason(reason: Option<&str>) -> Result<Option<String>, EntitlementRefusal> {
    if let Some(reason) = reason {
        check_note(reason).map_err(|problem| bad("reason", problem))?;
    }
    Ok(reason.map(str::to_owned))
}

/// Refuses more units than the items of a line can say.
pub(crate) fn check_units(sold: &Sold, line: u32, units: u64) -> Result<(), EntitlementRefusal> {
    let most = sold.product.features.iter().map(|feature| match feature.count_per_unit {
        Count::Counted(each) => UNITS_MAX / each.max(1),
        Count::Uncounted => UNITS_MAX,
    });
    let most = most.min().unwrap_or(UNITS_MAX);
    let fits = u32::try_from(units).ok().filter(|units| *units <= most);
    debug_assert!(fits.is_none_or(|units| {
        sold.product.features.iter().all(|one| seats(one.count_per_unit, units).is_some())
    }));
    fits.map(|_| ()).ok_or(EntitlementRefusal::TooMany { line, quantity: units, most })
}

fn check_window(from: Option<Time>, until: Option<Time>) -> Result<(), EntitlementRefusal> {
    match (from, until) {
        (Some(from), Some(until)) if until <= from => {
            Err(bad("activate_until", format!("{until} is not after `activate_from`, {from}")))
        }
        _ => Ok(()),
    }
}

/// The end that terms give to a line when it is ordered; nothing where it has none, or none yet.
pub(crate) fn end_at_order(terms: &Terms, starts: Option<Time>, now: Time) -> Option<Time> {
    match terms.validity {
        Validity::Until(ends) => Some(ends),
        _ => match terms.validity.days() {
            Some((days, Begins::Order)) => Some(days_after(starts.unwrap_or(now), days)),
            _ => None,
        },
    }
}

/// Whether units of one line are units of the other.
fn is_equal(one: &Line, other: &Line) -> bool {
    one.sold == other.sold && one.starts == other.starts && one.ends == other.ends
}
