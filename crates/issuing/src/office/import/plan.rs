//! What a list would change: one command, a step for each customer, product or order, and every fault.
//!
//! Invariants: planning changes nothing; each step alone is decided as the command will be, so that what a dry run says
//! is what happens unless somebody changes something in between, and then nothing of the list happens.
//! Deliberately not here: deciding the command (import_decide).

use super::fault::RowFault;
use super::{customers, entitlements, products};
use crate::office::catalog::CatalogCommand;
use crate::office::command::Command;
use crate::office::customers::{CustomerChange, CustomerCommand};
use crate::office::entitlement_command::{EntitlementCommand, OrderAsked};
use crate::office::import_command::{Import, ImportChange, ImportStep};
use crate::office::line::LineAsked;
use crate::office::numbers::CustomerId;
use crate::office::refusal::Refusal;
use crate::office::state::Office;
use std::collections::BTreeMap;
use tenure_document::{ActivationId, Hasher, Time};

/// A list to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportAsked {
    /// By whom.
    pub by: String,
    /// What it lists.
    pub kind: ImportKind,
    /// How it is written.
    pub format: ImportFormat,
    /// The list.
    pub text: String,
    /// Fresh chance, of which new activation IDs are made.
    pub seed: [u8; 32],
}

/// What a list lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportKind {
    /// Customers.
    Customers,
    /// Products.
    Products,
    /// Orders, which make or extend entitlements.
    Entitlements,
}

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportFormat {
    /// A table with a line of column names.
    Csv,
    /// A list of objects.
    Json,
}

/// What a list would change.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportPlan {
    /// What would happen, in order.
    pub steps: Vec<PlannedStep>,
    /// Everything that is wrong, by line.
    pub faults: Vec<RowFault>,
    /// The command that does all steps; nothing when there are none. With faults it leaves their rows out.
    pub command: Option<Command>,
}

/// One thing that a list would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// The line it begins in.
    pub line: u64,
    /// What, in words.
    pub what: String,
    /// The activation ID that it makes or extends.
    pub activation_id: Option<ActivationId>,
    /// Nothing changes: it is there already.
    pub unchanged: bool,
}

/// Orders by reference, and the entitlement each made or extended.
type Orders<'a> = BTreeMap<&'a str, ActivationId>;

/// A step before it is tried.
struct Draft {
    line: u64,
    /// The lines of its parts (features, lines of the order), to which faults are traced.
    rows: Vec<u64>,
    what: String,
    activation_id: Option<ActivationId>,
    change: ImportChange,
}

impl Office {
    /// What a list would change, and what is wrong with it.
    pub fn plan_import(&self, asked: &ImportAsked, now: Time) -> ImportPlan {
        let (drafts, mut faults) = match asked.kind {
            ImportKind::Customers => self.draft_customers(asked),
            ImportKind::Products => self.draft_products(asked),
            ImportKind::Entitlements => self.draft_orders(asked),
        };
        let (mut steps, mut done) = (Vec::new(), Vec::new());
        for draft in drafts {
            let step = ImportStep { line: draft.line, change: draft.change.clone() };
            match self.decide_import_step(&step, 0, now) {
                Err(refusal) => faults.extend(self.trace(&draft, &refusal, now)),
                Ok(events) => {
                    let Draft { line, what, activation_id, .. } = draft;
                    let unchanged = events.is_empty();
                    steps.push(PlannedStep { line, what, activation_id, unchanged });
                    done.extend((!unchanged).then_some(step));
                }
            }
        }
        faults.sort();
        let import = Import { by: asked.by.clone(), steps: done };
        let command = (!import.steps.is_empty()).then_some(Command::Import(import));
        ImportPlan { steps, faults, command }
    }

    /// What is wrong with each line of an order by itself, else what is wrong with the whole.
    fn trace(&self, draft: &Draft, refusal: &Refusal, now: Time) -> Vec<RowFault> {
        let mut faults = Vec::new();
        if let ImportChange::Entitlement(command) = &draft.change {
            for (line, command) in draft.rows.iter().zip(single_lines(command)) {
                let change = ImportChange::Entitlement(command);
                let alone = ImportStep { line: *line, change };
                if let Err(refusal) = self.decide_import_step(&alone, 0, now) {
                    faults.push(traced(*line, &[], &refusal.to_string()));
                }
            }
        }
        if faults.is_empty() {
            faults.push(traced(draft.line, &draft.rows, &refusal.to_string()));
        }
        faults
    }

    fn draft_customers(&self, asked: &ImportAsked) -> (Vec<Draft>, Vec<RowFault>) {
        let (found, faults) = match asked.format {
            ImportFormat::Csv => customers::from_csv(&asked.text),
            ImportFormat::Json => customers::from_json(&asked.text),
        };
        let drafts = found.into_iter().map(|customers::CustomerDraft { line, facts }| {
            let by = asked.by.clone();
            let (what, command) = match self.customers.by_reference(&facts.reference) {
                None => {
                    (format!("make customer {:?}", facts.name), CustomerCommand::Make { by, facts })
                }
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
                let verb =
                    if self.catalog.product(&product.key()).is_some() { "set" } else { "make" };
                let what = format!("{verb} product {}", product.key());
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
        let (mut drafts, mut taken) = (Vec::new(), BTreeMap::new());
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
            match self.draft_order(asked, &mut taken, place, order) {
                Ok(draft) => drafts.push(draft),
                Err(fault) => faults.push(fault),
            }
        }
        (drafts, faults)
    }

    /// Every order of a customer, and the entitlement that it made or extended.
    fn orders_of(&self, customer: CustomerId) -> Orders<'_> {
        let mut orders = Orders::new();
        for entitlement in self.entitlements.of_customer(customer) {
            let references = entitlement.orders.iter().map(|order| order.reference.as_str());
            orders.extend(references.map(|reference| (reference, entitlement.id)));
        }
        orders
    }

    fn draft_order<'a>(
        &'a self,
        asked: &ImportAsked,
        taken: &mut BTreeMap<CustomerId, Orders<'a>>,
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
        let theirs = taken.entry(customer).or_insert_with(|| self.orders_of(customer));
        if let Some(before) = theirs.get(order.reference.as_str()) {
            let what = format!(
                "order {:?} of this customer was taken already, as {before}",
                order.reference
            );
            let hint = "take the row out; a repeat order has a number of its own";
            return Err(RowFault::in_column(line, "order", what, hint));
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

fn new_id(seed: &[u8; 32], place: usize) -> ActivationId {
    let hash = Hasher::new().with(b"import").with(seed).with_u64(place as u64).finish();
    let mut entropy = [0; 15];
    entropy.copy_from_slice(&hash.as_bytes()[..15]);
    ActivationId::from_entropy(entropy)
}

/// The same command for each line of its order alone.
fn single_lines(command: &EntitlementCommand) -> Vec<EntitlementCommand> {
    let order = match command {
        EntitlementCommand::Make { order, .. } | EntitlementCommand::Order { order, .. } => order,
        _ => return Vec::new(),
    };
    let alone = |line: &LineAsked| {
        let mut command = command.clone();
        if let EntitlementCommand::Make { order, .. } | EntitlementCommand::Order { order, .. } =
            &mut command
        {
            order.lines = vec![line.clone()];
        }
        command
    };
    order.lines.iter().map(alone).collect()
}

/// A refusal, brought to the line and column it speaks of.
fn traced(line: u64, rows: &[u64], refusal: &str) -> RowFault {
    let member = refusal.split_once(": ").filter(|(member, _)| !member.contains(' '));
    let Some((member, problem)) = member else {
        return RowFault::of_row(line, refusal, "");
    };
    let part = member.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    let row = part.and_then(|(place, _)| rows.get(place.parse::<usize>().ok()?));
    let column = match part.map(|(_, rest)| rest.trim_start_matches('.')) {
        None => member.to_owned(),
        Some("") => member.split_once('[').map_or(member, |(name, _)| name).to_owned(),
        Some(rest) if member.starts_with("contacts") => format!("contact_{rest}"),
        Some(rest) => rest.to_owned(),
    };
    RowFault::in_column(row.copied().unwrap_or(line), &column, problem, "")
}
