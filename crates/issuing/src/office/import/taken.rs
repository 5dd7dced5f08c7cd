//! Orders of a list that were taken before: the very same one is there already, another one under its number is not.
//!
//! Invariants: an order is the same where each of its lines was taken so; what was done to a line since (extended,
//! upgraded, reduced) does not make it another.
//! Deliberately not here: finding the orders of a customer (import_decide).

use crate::office::entitlement_command::EntitlementCommand;
use crate::office::entitlements::{Entitlement, OrderTaken};
use crate::office::import_command::ImportChange;
use crate::office::import_decide::{OrdersTaken, order_made};
use crate::office::line::{Line, LineAsked};
use crate::office::state::Office;
use tenure_document::ActivationId;

impl Office {
    /// What the order of a step was taken as before, and whether it was the same.
    pub(super) fn taken_before(
        &self,
        change: &ImportChange,
        taken: &mut OrdersTaken<'_>,
    ) -> Option<(ActivationId, bool)> {
        let (id, order) = match change {
            ImportChange::Entitlement(EntitlementCommand::Order { id, order, .. }) => (*id, order),
            ImportChange::Entitlement(EntitlementCommand::Make { order, .. }) => {
                let (customer, reference) = order_made(change)?;
                (taken.find(customer, reference)?.0, order)
            }
            _ => return None,
        };
        let entitlement = self.entitlements.get(id)?;
        let before = entitlement.order(&order.reference)?;
        Some((id, is_same(entitlement, before, &order.lines)))
    }
}

/// Whether the lines asked for use up what the order brought, and no more.
fn is_same(entitlement: &Entitlement, before: &OrderTaken, asked: &[LineAsked]) -> bool {
    let mut left = before.units.clone();
    let all_fit = asked.iter().all(|asked| {
        let fits = |(no, units): &&mut (u32, u32)| {
            *units >= asked.quantity && entitlement.line(*no).is_some_and(|line| sold(line, asked))
        };
        left.iter_mut().find(fits).map(|(_, units)| *units -= asked.quantity).is_some()
    });
    all_fit && left.iter().all(|(_, units)| *units == 0)
}

/// Whether the line is what was asked for, as far as it still tells.
fn sold(line: &Line, asked: &LineAsked) -> bool {
    let products = line.earlier.iter().map(|(_, product)| product);
    let was = products.chain([&line.sold.product]).any(|product| product.key() == asked.product);
    let unchanged = line.revision == 0;
    let as_sold = line.sold.model.name == asked.model
        && line.starts == asked.starts
        && (asked.ends.is_none() || line.ends == asked.ends);
    was && (as_sold || !unchanged)
}
