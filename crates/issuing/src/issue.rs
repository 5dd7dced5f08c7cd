//! Making an update: new operations at the end of the history, and the whole suffix since the last acknowledged one.
//!
//! Invariants: new operations stand in a fixed order (certificate, withdrawn, added, replaced), each within its kind in
//! the order asked for; nothing is issued that a container would not do (no item twice, none withdrawn that is not
//! there, never too many); the record that comes back must be stored before the update leaves the house.
//! Deliberately not here: signing; who may order what (entitlements).

use crate::record::{ContainerRecord, Standing};
use std::collections::BTreeSet;
use tenure_container::{ITEMS_MAX, apply_op, next_hash};
use tenure_document::{Attachments, Count, Hash, Item, KeyId, Numbered, Op, Time, Update};

/// What shall change in a container.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// A new certificate, as envelope text, and the key that signed it.
    pub certificate: Option<(String, KeyId)>,
    /// Items to take out.
    pub withdrawn: Vec<Withdrawal>,
    /// Items to put in; one with the ID of an item that is there takes its place, an equal one changes nothing.
    pub items: Vec<Item>,
}

/// An item to take out, or a part of its count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Which item.
    pub item_id: String,
    /// How much of it; all when absent.
    pub count: Option<u64>,
}

/// The publisher's trust documents, to bring the container up to date.
#[derive(Debug, Clone, Default)]
pub struct TrustPapers {
    /// Every key list with its version, oldest first.
    pub keysets: Vec<(u64, String)>,
    /// The newest revocation list with its sequence.
    pub revocation: Option<(u64, String)>,
}

impl TrustPapers {
    /// What a container does not have yet that holds this key list and this revocation list.
    pub fn newer_than(&self, keyset_version: u64, revocation_sequence: u64) -> Attachments {
        let newer = |(version, _): &&(u64, String)| *version > keyset_version;
        let keysets = self.keysets.iter().filter(newer).map(|(_, text)| text.clone()).collect();
        let list = self.revocation.as_ref().filter(|(sequence, _)| *sequence > revocation_sequence);
        Attachments {
            keysets,
            revocation: list.map(|(_, text)| text.clone()),
            time: None,
            pool: None,
        }
    }
}

/// No update is made, because of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueRefusal {
    /// The container's history does not fit the record.
    #[error("container {serial} is in state {:?} (its context showed operation {seen}): nothing is issued until a person decides about it", .standing.code())]
    OutOfStep {
        /// The container's serial.
        serial: String,
        /// Its standing.
        standing: Standing,
        /// The sequence it showed.
        seen: u64,
    },
    /// An item stands twice in the order.
    #[error("item {item:?} stands twice in the order")]
    ItemTwice {
        /// The item.
        item: String,
    },
    /// An item to withdraw is not in the container.
    #[error("item {item:?} can't be withdrawn: the container does not hold it (it holds {})", if .held.is_empty() { "nothing" } else { .held })]
    NotHeld {
        /// The item.
        item: String,
        /// What is there.
        held: String,
    },
    /// More is to be withdrawn than there is, or nothing.
    #[error("{count} of item {item:?} can't be withdrawn: the container holds {held}")]
    WithdrawCount {
        /// The item.
        item: String,
        /// What was asked for.
        count: u64,
        /// What is there.
        held: String,
    },
    /// More items than a container holds.
    #[error("the container would hold {count} items, the most is {ITEMS_MAX}")]
    TooManyItems {
        /// How many there would be.
        count: usize,
    },
}

impl IssueRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            IssueRefusal::OutOfStep { standing, .. } => standing.code(),
            IssueRefusal::ItemTwice { .. } => "item-twice",
            IssueRefusal::NotHeld { .. } => "not-held",
            IssueRefusal::WithdrawCount { .. } => "withdraw-count",
            IssueRefusal::TooManyItems { .. } => "too-many-items",
        }
    }
}

impl ContainerRecord {
    /// Adds what is ordered to the container's history and makes the update.
    ///
    /// # Errors
    /// [`IssueRefusal`]; nothing is issued then.
    pub fn issue(
        &self,
        order: &Order,
        papers: &TrustPapers,
        issued: Time,
        expires: Option<Time>,
    ) -> Result<(ContainerRecord, Update), IssueRefusal> {
        self.check_standing()?;
        let mut next = self.clone();
        for op in self.plan(order)? {
            next.append(op);
        }
        if let Some((_, signed_by)) = &order.certificate {
            next.certificates += 1;
            next.certified_by = Some(*signed_by);
        }
        let update = next.update(papers, issued, expires);
        Ok((next, update))
    }

    fn check_standing(&self) -> Result<(), IssueRefusal> {
        let seen = match self.standing {
            Standing::Known => return Ok(()),
            Standing::Rollback { seen }
            | Standing::Fork { seen }
            | Standing::Clone { seen, .. } => seen,
        };
        Err(IssueRefusal::OutOfStep { serial: self.serial.clone(), standing: self.standing, seen })
    }

    /// The operations of an order, in their fixed order.
    fn plan(&self, order: &Order) -> Result<Vec<Op>, IssueRefusal> {
        let mut items = self.items.clone();
        let mut ops = Vec::new();
        if let Some((certificate, _)) = &order.certificate {
            ops.push(Op::Certify { certificate: certificate.clone() });
        }
        for withdrawal in &order.withdrawn {
            let op = self.withdraw(&items, withdrawal)?;
            apply_op(&mut items, &op);
            ops.push(op);
        }
        let mut seen = BTreeSet::new();
        let (mut added, mut replaced) = (Vec::new(), Vec::new());
        for item in &order.items {
            if !seen.insert(&item.id) {
                return Err(IssueRefusal::ItemTwice { item: item.id.clone() });
            }
            match items.get(&item.id) {
                Some(held) if held == item => {}
                Some(_) => replaced.push(Op::Replace { item: item.clone() }),
                None => added.push(Op::Add { item: item.clone() }),
            }
        }
        let count = items.len() + added.len();
        if count > ITEMS_MAX {
            return Err(IssueRefusal::TooManyItems { count });
        }
        ops.append(&mut added);
        ops.append(&mut replaced);
        Ok(ops)
    }

    fn withdraw(
        &self,
        items: &std::collections::BTreeMap<String, Item>,
        withdrawal: &Withdrawal,
    ) -> Result<Op, IssueRefusal> {
        let Withdrawal { item_id, count } = withdrawal;
        let Some(item) = items.get(item_id) else {
            let names: Vec<&str> = items.keys().take(20).map(String::as_str).collect();
            return Err(IssueRefusal::NotHeld { item: item_id.clone(), held: names.join(", ") });
        };
        let enough = match (count, item.count) {
            (None, _) => true,
            (Some(_), Count::Uncounted) => false,
            (Some(part), Count::Counted(held)) => (1..=u64::from(held)).contains(part),
        };
        if enough {
            return Ok(Op::Withdraw { item_id: item_id.clone(), count: *count });
        }
        let held = match item.count {
            Count::Counted(held) => held.to_string(),
            Count::Uncounted => {
                "an uncounted number, which can only be withdrawn as a whole".into()
            }
        };
        let count = count.unwrap_or_default();
        Err(IssueRefusal::WithdrawCount { item: item_id.clone(), count, held })
    }

    fn append(&mut self, op: Op) {
        let sequence = self.issued() + 1;
        let hash = next_hash(&self.hash_at(sequence - 1).unwrap_or(Hash::ZERO), sequence, &op);
        apply_op(&mut self.items, &op);
        self.hashes.push(hash);
        self.ops.push(Numbered { sequence, op_id: format!("{}-{sequence}", self.serial), op });
    }

    /// Everything since the last acknowledged operation.
    fn update(&self, papers: &TrustPapers, issued: Time, expires: Option<Time>) -> Update {
        Update {
            id: self.id,
            generation: self.generation,
            from_sequence: self.acknowledged,
            from_hash: self.hash_at(self.acknowledged).unwrap_or(Hash::ZERO),
            ops: self.ops.clone(),
            to_sequence: self.issued(),
            to_hash: self.hash_at(self.issued()).unwrap_or(Hash::ZERO),
            issued,
            expires,
            attachments: papers.newer_than(self.keyset_version, self.revocation_sequence),
        }
    }
}
