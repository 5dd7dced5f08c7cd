//! Changes of the customers.
//!
//! Invariants: a reference is of one customer; what is the same as before changes nothing; forgetting can't be undone.
//! Deliberately not here: erasing what older entries of the ledger hold (docs/SECURITY.md says what stays there).

use super::catalog_refusal::CustomerRefusal;
use super::customers::{
    Customer, CustomerChange, CustomerCommand, CustomerFacts, CustomerForgotten, CustomerSet,
};
use super::event::Event;
use super::numbers::CustomerId;
use super::state::Office;
use super::text::{NAME_MAX, check_line, check_name, check_note};

/// Most contacts of a customer.
const CONTACTS_MAX: usize = 50;

type Decided = Result<Vec<Event>, CustomerRefusal>;

impl Office {
    pub(crate) fn decide_customer(&self, command: &CustomerCommand) -> Decided {
        match command {
            CustomerCommand::Make { by, facts } => {
                if self.customers.count() >= u32::MAX as usize - 1 {
                    return Err(CustomerRefusal::Full);
                }
                self.set_customer(by, self.customers.next(), facts.clone())
            }
            CustomerCommand::Change { by, id, change } => {
                let customer = self.customer(*id)?;
                let facts = changed(customer, change);
                if facts == customer.facts {
                    return Ok(Vec::new());
                }
                self.set_customer(by, *id, facts)
            }
            CustomerCommand::Forget { by, id } => {
                match self.customer(*id) {
                    Err(CustomerRefusal::Forgotten { .. }) => return Ok(Vec::new()),
                    other => other?,
                };
                let event = CustomerForgotten { by: by.clone(), id: *id };
                Ok(vec![Event::CustomerForgotten(event)])
            }
        }
    }

    /// A customer that is known and not forgotten.
    pub(crate) fn customer(&self, id: CustomerId) -> Result<&Customer, CustomerRefusal> {
        match self.customers.get(id) {
            None => Err(CustomerRefusal::NoCustomer { id }),
            Some(customer) if customer.forgotten.is_some() => {
                Err(CustomerRefusal::Forgotten { id })
            }
            Some(customer) => Ok(customer),
        }
    }

    fn set_customer(&self, by: &str, id: CustomerId, facts: CustomerFacts) -> Decided {
        check_facts(&facts)?;
        if let Some(other) = self.customers.by_reference(&facts.reference)
            && other.id != id
        {
            let reference = facts.reference;
            return Err(CustomerRefusal::ReferenceTaken { reference, id: other.id });
        }
        Ok(vec![Event::CustomerSet(CustomerSet { by: by.to_owned(), id, facts })])
    }
}

fn changed(customer: &Customer, change: &CustomerChange) -> CustomerFacts {
    let (old, new) = (&customer.facts, change.clone());
    CustomerFacts {
        name: new.name.unwrap_or_else(|| old.name.clone()),
        reference: new.reference.unwrap_or_else(|| old.reference.clone()),
        contacts: new.contacts.unwrap_or_else(|| old.contacts.clone()),
        notes: new.notes.unwrap_or_else(|| old.notes.clone()),
    }
}

fn check_facts(facts: &CustomerFacts) -> Result<(), CustomerRefusal> {
    let bad = |member: String| move |problem| CustomerRefusal::BadValue { member, problem };
    check_name(&facts.name).map_err(bad("name".into()))?;
    check_line(&facts.reference, NAME_MAX).map_err(bad("reference".into()))?;
    check_note(&facts.notes).map_err(bad("notes".into()))?;
    if facts.contacts.len() > CONTACTS_MAX {
        let problem = format!("there are {}, the most is {CONTACTS_MAX}", facts.contacts.len());
        return Err(bad("contacts".into())(problem));
    }
    for (place, contact) in facts.contacts.iter().enumerate() {
        let member = |name: &str| bad(format!("contacts[{place}].{name}"));
        check_name(&contact.name).map_err(member("name"))?;
        check_line(&contact.email, NAME_MAX).map_err(member("email"))?;
        let parts = contact.email.split_once('@');
        let plain = parts.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
        if !contact.email.is_empty() && (!plain || contact.email.contains(' ')) {
            return Err(member("email")("is not an address such as ann@example.com".into()));
        }
    }
    Ok(())
}
