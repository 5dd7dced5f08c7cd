//! What the rows of a list ask for, before it is tried: a step for each customer, product or order.
//!
//! Invariants: drafts come in the order of the list; no two are about one customer, product, order or activation ID.
//! Deliberately not here: whether a step can be done (plan).

use super::asked::{ImportAsked, ImportFormat, ImportKind};
use super::fault::RowFault;
use super::{customers, entitlements, products};
use crate::office::catalog::{CatalogCommand, ProductKey};
use crate::office::customers::{CustomerChange, CustomerCommand};
use crate::office::entitlement_command::{EntitlementCommand, OrderAsked};
use crate::office::import_command::ImportChange;
use crate::office::import_decide::order_made;
use crate::office::numbers::CustomerId;
use crate::office::state::Office;
use std::collections::BTreeMap;
use tenure_document::{ActivationId, Hasher};

/// A step before it is tried.
pub(super) struct Draft {
    pub line: u64,
    /// The lines of its parts (features, lines of the order), to which faults are traced.
    pub rows: Vec<u64>,
    pub what: String,
    pub activation_id: Option<ActivationId>,
    pub change: ImportChange,
}

impl Office {
    /// The steps of a list, and what is wrong with its rows.
    pub(super) fn drafts(&self, asked: &ImportAsked) -> (Vec<Draft>, Vec<RowFault>) {
        match asked.kind {
            ImportKind::Customers => self.draft_customers(asked),
            ImportKind::Products => self.draft_products(asked),
            ImportKind::Entitlements => self.draft_orders(asked),
        }
    }

    fn draft_customers(&self, asked: &ImportAsked) -> (Vec<Draft>, Vec<RowFault>) {
        let (found, faults) = match asked.format {
            ImportFormat::Csv => customers::from_csv(&asked.text),
            ImportFormat::Json => customers::from_json(&asked.text),
        };
        let drafts = found.into_iter().map(|customers::CustomerDraft { line, facts }| {
            let by = asked.by.clone();
            let (what, command) = match self.customers.by_reference(&facts.reference) {
                None => (making_customer(&facts.name), CustomerCommand::Make { by, facts }),
                Some(known) => {
                    // What the list does not say stays.
                    let contacts = Some(facts.contacts).filter(|contacts| !contacts.is_empty());
                    let notes = Some(facts.notes).filter(|notes| !notes.is_empty());
                    let name = Some(facts.name);
                    let change = CustomerChange { name, reference: None, contacts, notes };
                    let id = known.id;
                    (format!("change customer {id}"), CustomerCommand::Change { by, id, change })
                }
            };
            let change = ImportChange::Customer(command);
            Draft { line, rows: Vec::new(), what, activation_id: None, change }
        });
        (drafts.collect(), faults)
    }

    fn draft_products(&self, asked: &ImportAsked) -> (Vec<Draft>, Vec<RowFault>) {
        let (found, faults) = match asked.format {
            ImportFormat::Csv => products::from_csv(&asked.text),
            ImportFormat::Json => products::from_json(&asked.text),
        };
        let drafts =
            found.into_iter().map(|products::ProductDraft { line, product, features, .. }| {
                let key = product.key();
                let what = match self.catalog.product(&key) {
                    Some(_) => format!("set product {key}"),
                    None => making_product(&key),
                };
                let change = ImportChange::Catalog(CatalogCommand::SetProduct {
                    by: asked.by.clone(),
                    product,
                });
                Draft { line, rows: features, what, activation_id: None, change }
            });
        (drafts.collect(), faults)
    }

    fn draft_orders(&self, asked: &ImportAsked) -> (Vec<Draft>, Vec<RowFault>) {
        let (found, mut faults) = match asked.format {
            ImportFormat::Csv => entitlements::from_csv(&asked.text),
            ImportFormat::Json => entitlements::from_json(&asked.text),
        };
        let mut drafts = Vec::new();
        let mut made: BTreeMap<(CustomerId, String), u64> = BTreeMap::new();
        let mut extended: BTreeMap<ActivationId, u64> = BTreeMap::new();
        for (place, order) in found.into_iter().enumerate() {
            let first = order.activation_id.map(|id| *extended.entry(id).or_insert(order.line));
            if let Some(first) = first.filter(|first| *first != order.line) {
                let what =
                    format!("another order on the same activation ID stands in line {first}");
                let hint = "import it in a list of its own, after this one";
                faults.push(RowFault::in_column(order.line, "activation_id", what, hint));
                continue;
            }
            let draft = match self.draft_order(asked, place, order) {
                Ok(draft) => draft,
                Err(fault) => {
                    faults.push(fault);
                    continue;
                }
            };
            if let Some((customer, reference)) = order_made(&draft.change) {
                let first = *made.entry((customer, reference.to_owned())).or_insert(draft.line);
                if first != draft.line {
                    let what =
                        format!("order {reference:?} of this customer stands in line {first} too");
                    let hint = "write each order once, its customer the same way in all its rows";
                    faults.push(RowFault::in_column(draft.line, "order", what, hint));
                    continue;
                }
            }
            drafts.push(draft);
        }
        (drafts, faults)
    }

    fn draft_order(
        &self,
        asked: &ImportAsked,
        place: usize,
        draft: entitlements::OrderDraft,
    ) -> Result<Draft, RowFault> {
        let line = draft.line;
        let customer = self.customer_named(&draft.customer).ok_or_else(|| {
            let what = format!("there is no customer {:?}", super::cells::shown(&draft.customer));
            let hint = "write a reference or a number such as C-000017; import customers first";
            RowFault::in_column(line, "customer", what, hint)
        })?;
        let order = OrderAsked { reference: draft.order, lines: draft.lines };
        let by = asked.by.clone();
        if let Some(id) = draft.activation_id {
            let owner = self.entitlements.get(id).map(|entitlement| entitlement.customer);
            if owner.is_some_and(|owner| owner != customer) {
                let what = format!("{id} is of another customer than {}", draft.customer);
                return Err(RowFault::in_column(line, "customer", what, "correct one of the two"));
            }
            let what = format!("add order {:?} to {id}", order.reference);
            let change = ImportChange::Entitlement(EntitlementCommand::Order { by, id, order });
            return Ok(Draft { line, rows: draft.rows, what, activation_id: Some(id), change });
        }
        let id = new_id(&asked.seed, place);
        let what = format!("make an entitlement for order {:?}", order.reference);
        let change = ImportChange::Entitlement(EntitlementCommand::Make {
            by,
            id,
            customer,
            order,
            activate_from: draft.activate_from,
            activate_until: draft.activate_until,
            notes: draft.notes,
            own: false,
        });
        Ok(Draft { line, rows: draft.rows, what, activation_id: Some(id), change })
    }

    fn customer_named(&self, text: &str) -> Option<CustomerId> {
        let by_reference = self.customers.by_reference(text).map(|customer| customer.id);
        by_reference.or_else(|| {
            let id = text.parse().ok()?;
            self.customers.get(id).map(|customer| customer.id)
        })
    }
}

/// In words: a customer that is made.
pub(super) fn making_customer(name: &str) -> String {
    format!("make customer {name:?}")
}

/// In words: a product that is made.
pub(super) fn making_product(product: &ProductKey) -> String {
    format!("make product {product}")
}

fn new_id(seed: &[u8; 32], place: usize) -> ActivationId {
    let hash = Hasher::new().with(b"import").with(seed).with_u64(place as u64).finish();
    let mut entropy = [0; 15];
    entropy.copy_from_slice(&hash.as_bytes()[..15]);
    ActivationId::from_entropy(entropy)
}
