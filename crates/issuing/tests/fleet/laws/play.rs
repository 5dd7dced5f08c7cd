//! Random plays: what can happen, and how it is done on the stage.

use crate::publisher::server_key;
use crate::stage::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use tenure_document::{
    ContainerKind, Context, Receipt, Signer, Update, Verified, seal, verify_signed_by,
};
use tenure_issuing::office::*;

pub const DEVICES: [&str; 3] = ["a", "b", "c"];

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Step {
    /// A context arrives with wishes: device, line, units.
    Claim(usize, u32, u32),
    /// A context arrives and wants all that is free: device, line.
    ClaimAll(usize, u32),
    /// A context arrives, its update is applied, and the receipt comes back.
    Ferry(usize),
    /// A context arrives.
    Contact(usize),
    /// A context is made, and arrives some time later or never.
    MakeContext(usize),
    /// One of those arrives.
    LateContext(prop::sample::Index),
    /// Staff puts units in: device, line, units.
    Assign(usize, u32, u32),
    /// Staff makes what is pending into an update, with nothing from the device.
    Push(usize),
    /// The office makes a file of what it has for a device.
    MakeFile(usize),
    /// One of the files arrives at its device.
    Deliver(prop::sample::Index),
    /// A file is made and arrives.
    DeliverNow(usize),
    /// A receipt is made, and arrives some time later or never.
    MakeReceipt(usize),
    /// One of those arrives.
    LateReceipt(prop::sample::Index),
    /// A receipt arrives.
    ReceiptNow(usize),
    /// A customer gives units back; all of the activation when none are named.
    Return(prop::sample::Index, Option<u32>),
    /// Staff takes units back.
    Withdraw(prop::sample::Index, Option<u32>),
    /// Staff puts units of another line in the place of an activation.
    Swap(prop::sample::Index, u32),
    /// More is bought: line, units.
    Order(u32, u32),
    /// Free units are taken off: line, units.
    Reduce(u32, u32),
    /// The line gets other terms or another product.
    Change(u32, u8),
    /// The entitlement is suspended, resumed.
    Turn(bool),
    /// Days pass.
    Days(u64),
    /// A device is backed up.
    Backup(usize),
    /// A device is restored.
    Restore(usize),
    /// A device is given up as lost.
    Lose(usize),
    /// A device's removals are believed from now on.
    Anchor(usize),
}

pub fn step() -> impl Strategy<Value = Step> {
    let device = || 0..DEVICES.len();
    let line = || 1..=2u32;
    let index = any::<prop::sample::Index>;
    prop_oneof![
        6 => (device(), line(), 1..6u32).prop_map(|(d, l, q)| Step::Claim(d, l, q)),
        4 => (device(), line()).prop_map(|(d, l)| Step::ClaimAll(d, l)),
        6 => device().prop_map(Step::Ferry),
        4 => device().prop_map(Step::Contact),
        1 => device().prop_map(Step::MakeContext),
        1 => index().prop_map(Step::LateContext),
        2 => (device(), line(), 1..6u32).prop_map(|(d, l, q)| Step::Assign(d, l, q)),
        2 => device().prop_map(Step::Push),
        3 => device().prop_map(Step::MakeFile),
        3 => index().prop_map(Step::Deliver),
        5 => device().prop_map(Step::DeliverNow),
        2 => device().prop_map(Step::MakeReceipt),
        2 => index().prop_map(Step::LateReceipt),
        4 => device().prop_map(Step::ReceiptNow),
        4 => (index(), prop::option::of(1..4u32)).prop_map(|(a, q)| Step::Return(a, q)),
        3 => (index(), prop::option::of(1..4u32)).prop_map(|(a, q)| Step::Withdraw(a, q)),
        1 => (index(), line()).prop_map(|(a, l)| Step::Swap(a, l)),
        1 => (line(), 1..4u32).prop_map(|(l, q)| Step::Order(l, q)),
        1 => (line(), 1..6u32).prop_map(|(l, q)| Step::Reduce(l, q)),
        2 => (line(), 0..4u8).prop_map(|(l, what)| Step::Change(l, what)),
        1 => any::<bool>().prop_map(Step::Turn),
        2 => (1..6u64).prop_map(Step::Days),
        1 => device().prop_map(Step::Backup),
        1 => device().prop_map(Step::Restore),
        1 => device().prop_map(Step::Lose),
        1 => device().prop_map(Step::Anchor),
    ]
}

/// A play under way.
pub struct Play {
    pub stage: Stage,
    files: Vec<(usize, Update)>,
    contexts: Vec<(usize, Verified<Context>)>,
    receipts: Vec<Verified<Receipt>>,
    backups: Vec<Option<Device>>,
    orders: u32,
}

impl Play {
    pub fn new() -> Play {
        let mut stage = Stage::new();
        stage.careful = false;
        for (place, name) in DEVICES.iter().enumerate() {
            stage.device_of(name, place as u8 + 1, ContainerKind::Bound);
        }
        for (name, feature, per_unit) in [("duo", "cad", 1), ("trio", "trio", 3)] {
            let feature = json!({"feature": feature, "version": "2.0", "count_per_unit": per_unit});
            let product = json!({"name": name, "version": "2.0", "features": [feature]});
            stage.must(json!({"catalog": {"set-product": {"by": "ann", "product": product}}}));
        }
        let change = json!({"replacements": 100});
        stage.must(json!({"policy": {"change": {"by": "ann", "change": change}}}));
        let backups = vec![None; DEVICES.len()];
        let (files, contexts, receipts) = (Vec::new(), Vec::new(), Vec::new());
        Play { stage, files, contexts, receipts, backups, orders: 1 }
    }

    /// Does one thing; a refusal is one of the things that can happen.
    pub fn run(&mut self, step: &Step) {
        let stage = &mut self.stage;
        match step {
            Step::Claim(d, l, q) => drop(stage.exchange(DEVICES[*d], &[choice(1, *l, *q)])),
            Step::ClaimAll(d, l) => {
                let line = stage.office.entitlements().line(id(1), *l).expect("it is there");
                let free = line.free();
                drop(stage.exchange(DEVICES[*d], &[choice(1, *l, free)]));
            }
            Step::Ferry(d) => self.ferry(DEVICES[*d]),
            Step::Contact(d) => drop(stage.exchange(DEVICES[*d], &[])),
            Step::MakeContext(d) => {
                stage.later(1);
                let context = stage.devices[DEVICES[*d]].context(stage.now);
                self.contexts.push((*d, context));
            }
            Step::LateContext(which) if !self.contexts.is_empty() => {
                let (d, context) = which.get(&self.contexts).clone();
                let by = Asker::Container(stage.id_of(DEVICES[d]));
                drop(stage.take(context, by, &[]));
            }
            Step::Assign(d, l, q) => {
                let (container, choices) = (stage.id_of(DEVICES[*d]), [choice(1, *l, *q)]);
                let activate =
                    json!({"by": staff("ann"), "container": container, "choices": choices});
                drop(stage.order(json!({"activation": {"activate": activate}})));
            }
            Step::Push(d) => {
                let id = stage.id_of(DEVICES[*d]);
                drop(stage.order(json!({"container": {"push": {"by": staff("ann"), "id": id}}})));
            }
            Step::MakeFile(d) => {
                self.files.extend(stage.update(DEVICES[*d]).map(|update| (*d, update)));
            }
            Step::Deliver(which) if !self.files.is_empty() => {
                let (d, update) = which.get(&self.files).clone();
                drop(stage.deliver(DEVICES[d], &update));
            }
            Step::DeliverNow(d) => {
                if let Some(update) = stage.update(DEVICES[*d]) {
                    drop(stage.deliver(DEVICES[*d], &update));
                }
            }
            Step::MakeReceipt(d) => self.receipts.push(receipt(stage, *d)),
            Step::LateReceipt(which) if !self.receipts.is_empty() => {
                let receipt = which.get(&self.receipts).clone();
                let by = staff("ann");
                drop(stage.run(&Command::Receipt(Box::new(ReceiptIn { receipt, by }))));
            }
            Step::ReceiptNow(d) => drop(stage.receipt(DEVICES[*d])),
            Step::Days(days) => stage.days(*days),
            Step::Backup(d) => self.backups[*d] = Some(stage.devices[DEVICES[*d]].clone()),
            Step::Restore(d) => {
                if let Some(backup) = &self.backups[*d] {
                    stage.devices.insert(DEVICES[*d].into(), backup.clone());
                }
            }
            Step::Turn(suspend) => {
                let what = if *suspend { "suspend" } else { "resume" };
                drop(stage.order(json!({"entitlement": {what: {"by": "ann", "id": id(1)}}})));
            }
            Step::Lose(d) => {
                let id = stage.id_of(DEVICES[*d]);
                let replace = json!({"by": staff("ann"), "id": id, "why": "lost"});
                drop(stage.order(json!({"container": {"replace": replace}})));
            }
            Step::Anchor(d) => {
                let id = stage.id_of(DEVICES[*d]);
                let describe = json!({"by": "ann", "id": id, "anchored": true});
                drop(stage.order(json!({"container": {"describe": describe}})));
            }
            other => self.sell(other),
        }
    }

    /// What happens to lines and activations.
    fn sell(&mut self, step: &Step) {
        let command = match step {
            Step::Return(which, quantity) => self.of_activation(which, |no| {
                json!({"return": {"by": portal(1), "activation": no, "quantity": quantity}})
            }),
            Step::Withdraw(which, quantity) => self.of_activation(which, |no| {
                json!({"withdraw": {"by": "ann", "activation": no, "quantity": quantity}})
            }),
            Step::Swap(which, line) => self.of_activation(which, |no| {
                json!({"replace": {"by": "ann", "activation": no, "with": choice(1, *line, 1)}})
            }),
            Step::Order(line, quantity) => {
                self.orders += 1;
                let name = ["cad", "sim"][*line as usize - 1];
                let product = json!({"product": name, "version": "1.0"});
                let line = json!({"product": product, "model": "perpetual", "quantity": quantity});
                let order = json!({"reference": format!("more-{}", self.orders), "lines": [line]});
                Some(json!({"entitlement": {"order": {"by": "ann", "id": id(1), "order": order}}}))
            }
            Step::Reduce(line, quantity) => {
                let reduce = json!({"by": "ann", "id": id(1), "line": line, "quantity": quantity});
                Some(json!({"entitlement": {"reduce": reduce}}))
            }
            Step::Change(line, what) => {
                let (product, version) =
                    [("cad", "1.0"), ("sim", "1.0"), ("duo", "2.0"), ("trio", "2.0")][usize::from(*what)];
                let with = json!({"product": {"product": product, "version": version}, "model": "perpetual"});
                let replace = json!({"by": "ann", "id": id(1), "line": line, "with": with});
                Some(json!({"entitlement": {"replace": replace}}))
            }
            _ => None,
        };
        if let Some(command) = command {
            drop(self.stage.order(command));
        }
    }

    fn of_activation(
        &self,
        which: &prop::sample::Index,
        command: impl FnOnce(ActivationNo) -> Value,
    ) -> Option<Value> {
        let all = self.stage.office.activations();
        if all.count() == 0 {
            return None;
        }
        let no = ActivationNo::new(which.index(all.count()) as u32 + 1)?;
        Some(json!({"activation": command(no)}))
    }

    /// Every device that the office trusts gets everything, and says so; then all has cooled down.
    pub fn settle(&mut self) {
        DEVICES.repeat(2).into_iter().for_each(|name| self.ferry(name));
        self.stage.days(8);
    }

    fn ferry(&mut self, name: &str) {
        drop(self.stage.exchange(name, &[]));
        let update = self.stage.update(name).filter(|update| !update.ops.is_empty());
        if let Some(update) = update {
            drop(self.stage.deliver(name, &update));
            drop(self.stage.receipt(name));
        }
    }
}

fn receipt(stage: &Stage, d: usize) -> Verified<Receipt> {
    let device = &stage.devices[DEVICES[d]];
    let key = server_key(device.seed);
    let envelope = seal(&device.container.receipt(stage.now), &[&key]);
    verify_signed_by(&envelope, key.public()).expect("its own signature")
}
