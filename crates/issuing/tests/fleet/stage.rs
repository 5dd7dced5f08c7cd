//! An office and real containers, with files carried between them by hand.
//!
//! Invariants: every event goes through its stored form, every state through a snapshot; time moves only when told.
//! Deliberately not here: what is expected.

use super::publisher::{Publisher, now, record, server_key};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tenure_container::{Birth, Container, Reading, open_update};
use tenure_document::{
    ActivationId, Certificate, ContainerId, ContainerKind, Context, Hash, KeyId, KeyRecord,
    Revocation, RevokedContainer, Role, SeedSigner, Signer, Time, Update, Verified, seal,
    verify_self_signed_context, verify_signed_by,
};
use tenure_issuing::office::*;

/// A device: its container and what signs for it.
#[derive(Clone)]
pub struct Device {
    pub container: Container,
    pub seed: u8,
    chance: u8,
}

impl Device {
    fn new(publisher: &Publisher, name: &str, number: u8, kind: ContainerKind) -> Device {
        let container = Container::new(Birth {
            id: ContainerId([number; 16]),
            name: name.into(),
            kind,
            key: server_key(number).public().clone(),
            root: publisher.pin(),
            keysets: vec![publisher.keyset_envelope().to_json()],
            keyset_version: 1,
            ratchet: Hash::of(&[number]),
            at: Reading { wall: now(), since_boot_ms: 1 },
        });
        Device { container, seed: number, chance: number }
    }

    pub fn signer(&self) -> SeedSigner {
        server_key(self.seed)
    }

    /// Its context, as it would be made now.
    pub fn context(&self, at: Time) -> Verified<Context> {
        self.altered(at, |_| {})
    }

    /// Its context with something changed before it is signed.
    pub fn altered(&self, at: Time, alter: impl FnOnce(&mut Context)) -> Verified<Context> {
        let mut context = self.container.context(at, |_| 0);
        alter(&mut context);
        verify_self_signed_context(&seal(&context, &[&self.signer()])).expect("its own signature")
    }
}

/// The stage.
pub struct Stage {
    pub office: Office,
    pub now: Time,
    pub publisher: Publisher,
    pub devices: BTreeMap<String, Device>,
    /// Every event so far.
    pub told: Vec<Event>,
    /// How many of them were told by which time.
    pub times: Vec<(usize, Time)>,
    /// Whether every state is stored and read again; off where that would take too long.
    pub careful: bool,
}

/// A number from text, for the activation IDs of tests.
pub fn id(number: u8) -> ActivationId {
    ActivationId::from_entropy([number; 15])
}

pub fn staff(name: &str) -> Asker {
    Asker::Staff(name.into())
}

pub fn portal(number: u8) -> Asker {
    Asker::Portal { activation_id: id(number) }
}

/// So many containers that nobody has met.
pub fn strangers(count: u32) -> Vec<RevokedContainer> {
    let entry = |number: u32| {
        let mut id = [0xee; 16];
        id[..4].copy_from_slice(&number.to_be_bytes());
        RevokedContainer { container: ContainerId(id), generation: 1 }
    };
    (0..count).map(entry).collect()
}

pub fn choice(number: u8, line: u32, quantity: u32) -> Choice {
    Choice { activation_id: id(number), line, quantity }
}

impl Stage {
    /// An office with a customer who bought ten of `cad` and ten of `sim` (two seats each) as entitlement 1.
    pub fn new() -> Stage {
        let at = now();
        let office = Office::new(OfficeBirth { publisher: "Acme".into(), at });
        let (publisher, devices) = (Publisher::new(0), BTreeMap::new());
        let (told, times) = (Vec::new(), Vec::new());
        let mut stage = Stage { office, now: at, publisher, devices, told, times, careful: true };
        for model in [
            json!({"name": "perpetual"}),
            json!({"name": "movable", "terms": {"moves": {"times": 9}}}),
        ] {
            stage.must(json!({"catalog": {"set-model": {"by": "ann", "model": model}}}));
        }
        for (name, per_unit) in [("cad", 1), ("sim", 2)] {
            let feature = json!({"feature": name, "version": "1.0", "count_per_unit": per_unit});
            let product = json!({"name": name, "version": "1.0", "features": [feature]});
            stage.must(json!({"catalog": {"set-product": {"by": "ann", "product": product}}}));
        }
        let facts = json!({"name": "Nord"});
        stage.must(json!({"customer": {"make": {"by": "ann", "facts": facts}}}));
        stage.buy(1, "C-000001", "perpetual", 10);
        stage
    }

    /// Sells so many of `cad` and of `sim` to a customer.
    pub fn buy(&mut self, number: u8, customer: &str, model: &str, quantity: u32) {
        let line = |product: &str| {
            let product = json!({"product": product, "version": "1.0"});
            json!({"product": product, "model": model, "quantity": quantity})
        };
        let order = json!({"reference": format!("o{number}"), "lines": [line("cad"), line("sim")]});
        let make = json!({"by": "ann", "id": id(number), "customer": customer, "order": order});
        self.must(json!({"entitlement": {"make": make}}));
    }

    /// A new device.
    pub fn device(&mut self, name: &str, number: u8) {
        self.device_of(name, number, ContainerKind::Bound);
    }

    pub fn device_of(&mut self, name: &str, number: u8, kind: ContainerKind) {
        let device = Device::new(&self.publisher, name, number, kind);
        self.devices.insert(name.into(), device);
    }

    /// A copy of a device's disk, which goes on by itself.
    pub fn copy(&mut self, from: &str, to: &str) {
        let mut device = self.devices[from].clone();
        device.chance = device.chance.wrapping_add(50);
        self.devices.insert(to.into(), device);
    }

    pub fn id_of(&self, name: &str) -> ContainerId {
        self.devices[name].container.id()
    }

    pub fn of(&self, name: &str) -> &OfficeContainer {
        self.office.fleet().get(self.id_of(name)).expect("the office has met it")
    }

    /// A device begins its next generation with another key, for which the one before vouches.
    pub fn regenerate(&mut self, name: &str) {
        let device = self.devices.get_mut(name).expect("a device");
        let before = device.signer();
        device.seed = device.seed.wrapping_add(100);
        let (key, ratchet) = (device.signer(), Hash::of(&[device.seed]));
        let events = device.container.regenerate(key.public(), ratchet, Some(&before));
        events.iter().for_each(|event| device.container.apply(event));
    }

    /// The key that signs certificates.
    pub fn certifier(&self) -> KeyRecord {
        record(&self.publisher.certifier, Role::Certifier)
    }

    pub fn later(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
        self.fall_due();
    }

    pub fn days(&mut self, days: u64) {
        self.later(days * 86_400);
    }

    fn fall_due(&mut self) -> Vec<Event> {
        let mut all = Vec::new();
        for _ in 0..10 {
            let due = self.office.due(self.now);
            if due.is_empty() {
                return all;
            }
            self.apply(&due);
            all.extend(due);
        }
        panic!("what falls due does not come to an end");
    }

    pub fn apply(&mut self, events: &[Event]) {
        for event in events {
            let text = serde_json::to_string(event).expect("an event is JSON");
            let read: Event = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
            assert_eq!(read, *event);
            self.office.apply(&read, self.now);
        }
        self.told.extend_from_slice(events);
        self.times.push((self.told.len(), self.now));
        if self.careful {
            let stored = serde_json::to_string(&self.office).expect("a state is JSON");
            let read: Office = serde_json::from_str(&stored).expect("what was stored is read");
            assert!(read == self.office, "a stored state differs: {stored}");
        }
    }

    pub fn run(&mut self, command: &Command) -> Result<Vec<Event>, Refusal> {
        let mut events = self.office.decide(command, self.now)?;
        self.apply(&events);
        events.extend(self.fall_due());
        Ok(events)
    }

    /// A command in its stored form.
    pub fn order(&mut self, command: Value) -> Result<Vec<Event>, Refusal> {
        let command: Command =
            serde_json::from_value(command.clone()).unwrap_or_else(|e| panic!("{e}: {command}"));
        self.run(&command)
    }

    pub fn must(&mut self, command: Value) -> Vec<Event> {
        self.order(command).unwrap_or_else(|refusal| panic!("{}: {refusal}", refusal.code()))
    }

    /// What became of a command.
    pub fn say(&mut self, command: Value) -> String {
        told(self.order(command))
    }

    /// An exchange with this context, certificate made where one is due.
    pub fn take(
        &mut self,
        context: Verified<Context>,
        by: Asker,
        claims: &[Choice],
    ) -> Result<Vec<Event>, Refusal> {
        let certifier = self.certifier();
        let due = self.office.certificate_due(&context, &certifier, self.now);
        let certificate = due.map(|certificate| self.certify(&certificate));
        let claims = claims.to_vec();
        let exchange = Exchange { context, by, certificate, claims };
        self.run(&Command::Exchange(Box::new(exchange)))
    }

    /// What is pending for a device, issued without a word of it; certificate made where one is due.
    pub fn push(&mut self, name: &str) -> String {
        let (id, certifier) = (self.id_of(name), self.certifier());
        let due = self.office.certificate_due_for(id, &certifier, self.now);
        let certificate = due.map(|certificate| self.certify(&certificate));
        let by = Asker::System;
        told(self.run(&Command::Container(ContainerCommand::Push { by, id, certificate })))
    }

    fn certify(&self, certificate: &Certificate) -> (String, KeyId) {
        (self.publisher.seal_certificate(certificate).to_json(), self.certifier().id)
    }

    /// A device's context to the office.
    pub fn exchange(&mut self, name: &str, claims: &[Choice]) -> Result<Vec<Event>, Refusal> {
        self.later(1);
        let device = &self.devices[name];
        let context = device.context(self.now);
        let by = match claims.first() {
            Some(first) => Asker::Portal { activation_id: first.activation_id },
            None => Asker::Container(device.container.id()),
        };
        self.take(context, by, claims)
    }

    /// The update that the office has for a device now.
    pub fn update(&self, name: &str) -> Option<Update> {
        self.office.update_for(self.id_of(name), self.now)
    }

    /// A file to a device: applied, or the code of the refusal.
    pub fn deliver(&mut self, name: &str, update: &Update) -> Result<usize, String> {
        let envelope = seal(update, &[&self.publisher.issuer]);
        let reading = Reading { wall: self.now, since_boot_ms: 1 };
        let device = self.devices.get_mut(name).expect("a device");
        device.chance = device.chance.wrapping_add(100);
        let trust = device.container.trust().expect("its own trust");
        let opened = open_update(trust, &envelope, self.now, [device.chance; 32])
            .map_err(|refusal| refusal.code().to_owned())?;
        let before = device.container.sequence();
        let events = device
            .container
            .decide_update(&opened, reading)
            .map_err(|refusal| refusal.code().to_owned())?;
        events.iter().for_each(|event| device.container.apply(event));
        Ok((device.container.sequence() - before) as usize)
    }

    /// The receipt of a device to the office.
    pub fn receipt(&mut self, name: &str) -> Result<Vec<Event>, Refusal> {
        let device = &self.devices[name];
        let receipt = device.container.receipt(self.now);
        let envelope = seal(&receipt, &[&device.signer()]);
        let receipt = verify_signed_by(&envelope, device.container.key()).expect("its own");
        let by = Asker::Container(device.container.id());
        self.run(&Command::Receipt(Box::new(ReceiptIn { receipt, by })))
    }

    /// Everything at once: context, update, applied, receipt.
    pub fn ferry(&mut self, name: &str, claims: &[Choice]) -> String {
        let exchanged = self.exchange(name, claims);
        let mut said = told(exchanged);
        if let Some(update) = self.update(name) {
            let applied = self.deliver(name, &update);
            said += &format!("  {name}: {applied:?} of {}\n", update.ops.len());
            said += &told(self.receipt(name));
        }
        said
    }

    /// What the publisher signs when revocations are wanted.
    pub fn publish_revocations(&mut self) {
        let papers = self.office.papers();
        let (sequence, containers) =
            (papers.revocation_sequence() + 1, papers.containers_to_list());
        self.publish_list(sequence, containers).expect("it is newer");
    }

    /// Signs a revocation list with these containers and publishes it.
    pub fn publish_list(
        &mut self,
        sequence: u64,
        containers: Vec<RevokedContainer>,
    ) -> Result<Vec<Event>, Refusal> {
        let (issued, keys) = (self.now, Vec::new());
        let list = Revocation { sequence, issued, keys, containers };
        let document = self.publisher.seal_revocation(&list).to_json();
        let Revocation { keys, containers, .. } = list;
        let by = "ann".to_owned();
        let publish = PublishCommand::Revocation { by, sequence, document, containers, keys };
        self.run(&Command::Publish(publish))
    }

    /// A device's items and its activations in the books.
    pub fn holdings(&self, name: &str) -> String {
        let container = &self.devices[name].container;
        let items: Vec<String> =
            container.items().map(|item| format!("{} x {}", item.id, json!(item.count))).collect();
        let id = container.id();
        let booked = self.office.activations().of_container(id);
        let booked: Vec<String> = booked
            .map(|one| format!("{} x {} {}", one.no, one.quantity, one.state.code()))
            .collect();
        format!("holds [{}]; books [{}]\n", items.join(", "), booked.join(", "))
    }

    /// The numbers of a line.
    pub fn line(&self, number: u8, line: u32) -> String {
        let found = self.office.look_up(&[id(number)], self.now);
        let found = found[0].as_ref().expect("an entitlement");
        let line = &found.lines[line as usize - 1];
        format!(
            "{} free, {} active, {} returning, {} cooling down",
            line.free, line.active, line.returning, line.cooling_down
        )
    }
}

/// What became of a command, one line for each event, in short.
pub fn told(result: Result<Vec<Event>, Refusal>) -> String {
    match result {
        Ok(events) if events.is_empty() => "nothing\n".into(),
        Ok(events) => events.iter().map(brief).collect(),
        Err(refusal) => format!("{}: {refusal}\n", refusal.code()),
    }
}

/// An event without what makes it long.
pub fn brief(event: &Event) -> String {
    let mut value = serde_json::to_value(event).expect("an event is JSON");
    let members = value.as_object_mut().expect("an object");
    let kind = members.remove("type").expect("a type");
    for name in
        ["by", "id", "key", "sight", "document", "certified_by", "name", "context", "activation_id"]
    {
        members.remove(name);
    }
    if let Event::OpsIssued(issued) = event {
        let op = |op: &tenure_document::Op| {
            let value = serde_json::to_value(op).expect("JSON");
            let what = value["op"].as_str().unwrap_or_default().to_owned();
            let item = value["item"]["id"].as_str().or(value["item_id"].as_str());
            let count = value["item"]["count"].as_u64().or(value["count"].as_u64());
            let count = count.map(|count| format!(" x {count}")).unwrap_or_default();
            format!("{what}{}{count}", item.map(|id| format!(" {id}")).unwrap_or_default())
        };
        members.insert("ops".into(), issued.ops.iter().map(op).collect::<Vec<_>>().into());
        members.remove("works");
    }
    if let Some(report) = members.get_mut("report").and_then(Value::as_object_mut) {
        ["nonce", "other", "transfer"].iter().for_each(|name| drop(report.remove(*name)));
    }
    let mut members: Vec<(&String, &mut Value)> = members.iter_mut().collect();
    members.sort_by(|one, other| one.0.cmp(other.0));
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {}\n", kind.as_str().unwrap_or_default(), members.join(" ").replace('"', ""))
}
