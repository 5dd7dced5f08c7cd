//! An office with something to sell, whose every step is replayed and stored beside.

use crate::office::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;
use tenure_container::apply_op;
use tenure_document::{ActivationId, ContainerId, ContainerKind, Item, Op, Time};

/// An office under test.
pub struct Scene {
    pub office: Office,
    pub now: Time,
    /// What each container holds.
    pub shelves: BTreeMap<ContainerId, BTreeMap<String, Item>>,
}

pub fn time(text: &str) -> Time {
    text.parse().unwrap()
}

pub fn id(number: u8) -> ActivationId {
    ActivationId::from_entropy([number; 15])
}

pub fn container(number: u8) -> ContainerId {
    ContainerId([number; 16])
}

pub fn key(text: &str) -> ProductKey {
    let (product, version) = text.rsplit_once(' ').unwrap();
    ProductKey { product: product.into(), version: version.parse().unwrap() }
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What is sold in the tests.
const PRODUCTS: &[&str] = &[
    r#"{"name":"cad","version":"1.0","features":[{"feature":"cad","version":"1.0"},{"feature":"render","version":"1.0","count_per_unit":2}]}"#,
    r#"{"name":"cad","version":"2.0","features":[{"feature":"vr","version":"2.0"},{"feature":"cad","version":"2.0"}],"license_models":["perpetual","year"]}"#,
    r#"{"name":"site","version":"1.0","features":[{"feature":"site","version":"1.0","count_per_unit":"uncounted"}]}"#,
    r#"{"name":"meter","version":"1.0","features":[{"feature":"pages","version":"1.0","count_per_unit":100,"usage":{"kind":{"metered":{"reusable":false}}}}]}"#,
];
const MODELS: &[&str] = &[
    r#"{"name":"perpetual"}"#,
    r#"{"name":"year","terms":{"validity":{"subscription":{"days":365}},"usage":{"grace_days":14}}}"#,
    r#"{"name":"first","terms":{"validity":{"subscription":{"days":30,"from":"first-activation"}}}}"#,
    r#"{"name":"trial","terms":{"validity":{"trial":{"days":30,"from":"activation"}},"containers":["bound","unbound"],"returns":{"allowed":false}}}"#,
    r#"{"name":"floating","terms":{"containers":["server"],"returns":{"allowed":true,"cool_down_days":7}}}"#,
];

impl Scene {
    /// With products, license models, an upgrade and two customers.
    pub fn new() -> Scene {
        let now = time("2026-11-22T08:00:00Z");
        let office = Office::new(OfficeBirth { publisher: "Acme".into(), at: now });
        let mut scene = Scene { office, now, shelves: BTreeMap::new() };
        let by = || "ann".to_owned();
        for text in MODELS {
            let model = from_json(text);
            scene.must(Command::Catalog(CatalogCommand::SetModel { by: by(), model }));
        }
        for text in PRODUCTS {
            let product = from_json(text);
            scene.must(Command::Catalog(CatalogCommand::SetProduct { by: by(), product }));
        }
        let relation =
            Relation { kind: RelationKind::Upgrade, from: key("cad 1.0"), to: key("cad 2.0") };
        scene.must(Command::Catalog(CatalogCommand::SetRelation { by: by(), relation }));
        for name in ["Nord", "Süd"] {
            let facts = CustomerFacts { name: name.into(), ..CustomerFacts::default() };
            scene.must(Command::Customer(CustomerCommand::Make { by: by(), facts }));
        }
        scene
    }

    pub fn later(&mut self, days: u64) {
        self.now = self.now.plus(Duration::from_secs(days * 86_400));
        self.fall_due();
    }

    fn fall_due(&mut self) {
        loop {
            let due = self.office.due(self.now);
            if due.is_empty() {
                return;
            }
            self.apply(&due);
        }
    }

    /// Applies events to the office, to a copy that was stored before, and to one that reads them as text.
    pub fn apply(&mut self, events: &[Event]) {
        let stored = serde_json::to_string(&self.office).unwrap();
        let mut replayed: Office = from_json(&stored);
        for event in events {
            self.office.apply(event, self.now);
            let text = serde_json::to_string(event).unwrap();
            replayed.apply(&from_json(&text), self.now);
        }
        assert_eq!(self.office, replayed);
        let again: Office = from_json(&serde_json::to_string(&self.office).unwrap());
        assert_eq!(self.office, again);
    }

    pub fn run(&mut self, command: Command) -> Result<Vec<Event>, Refusal> {
        let stored: Command = from_json(&serde_json::to_string(&command).unwrap());
        let events = self.office.decide(&stored, self.now)?;
        self.apply(&events);
        Ok(events)
    }

    pub fn must(&mut self, command: Command) -> Vec<Event> {
        self.run(command).unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// What became of a command, one line for each event.
    pub fn say(&mut self, command: Command) -> String {
        match self.run(command) {
            Ok(events) => shown(&events),
            Err(refusal) => format!("{}: {refusal}\n", refusal.code()),
        }
    }

    /// Puts units into a container as its holder does.
    pub fn activate(
        &mut self,
        place: (u8, ContainerKind),
        choices: &[(u8, u32, u32)],
    ) -> Result<Vec<Event>, ActivationRefusal> {
        let choices: Vec<Choice> = choices
            .iter()
            .map(|(entitlement, line, quantity)| Choice {
                activation_id: id(*entitlement),
                line: *line,
                quantity: *quantity,
            })
            .collect();
        let by = match choices.first() {
            Some(first) => Asker::Portal { activation_id: first.activation_id },
            None => Asker::System,
        };
        let target = Target { id: container(place.0), kind: place.1 };
        let made = self.office.decide_activations(&by, &choices, &target, self.now)?;
        let events: Vec<Event> = made.into_iter().map(Event::Activated).collect();
        self.apply(&events);
        Ok(events)
    }

    pub fn say_activate(
        &mut self,
        place: (u8, ContainerKind),
        choices: &[(u8, u32, u32)],
    ) -> String {
        match self.activate(place, choices) {
            Ok(events) => shown(&events),
            Err(refusal) => format!("{}: {refusal}\n", refusal.code()),
        }
    }

    /// A whole ferry to a container: update out, applied, receipt in. Says what was done.
    pub fn ferry(&mut self, number: u8, back_at: Option<Time>) -> String {
        let work = self.issue(number);
        let said = said(&work);
        self.receive(&work, back_at);
        said
    }

    /// The update alone: issued and applied, without a receipt.
    pub fn issue(&mut self, number: u8) -> Vec<Work> {
        let work = self.office.work(container(number), &[], self.now);
        let shelf = self.shelves.entry(container(number)).or_default();
        for piece in &work {
            for op in &piece.ops {
                apply_op(shelf, op);
            }
            self.office.activation_issued(&piece.issued, self.now);
        }
        work
    }

    /// The receipt alone.
    pub fn receive(&mut self, work: &[Work], back_at: Option<Time>) {
        for piece in work {
            let Issued { activation, step, .. } = piece.issued;
            if step.removes() {
                self.office.activation_removed(activation, back_at, self.now);
            } else {
                self.office.activation_confirmed(activation, self.now);
            }
        }
    }

    /// What a container holds, and what the office says about it.
    pub fn holdings(&self, number: u8) -> String {
        let mut out = String::new();
        for item in self.shelves.get(&container(number)).into_iter().flat_map(|it| it.values()) {
            let count = serde_json::to_string(&item.count).unwrap();
            let expiry = serde_json::to_string(&item.expiry).unwrap();
            let _ = writeln!(
                out,
                "  {} {} {} x {count} until {expiry}",
                item.id, item.feature, item.version
            );
        }
        for one in self.office.activations().of_container(container(number)) {
            let state = one.state.code();
            let _ = writeln!(out, "  {} x {} {state}", one.no, one.quantity);
        }
        out
    }

    /// The numbers of a line: bought, free, active, returning, cooling down.
    pub fn count(&self, entitlement: u8, line: u32) -> String {
        let found = self.office.look_up(&[id(entitlement)], self.now);
        let Some(Some(found)) = found.first() else {
            return "none".into();
        };
        let line = &found.lines[line as usize - 1];
        assert_eq!(
            line.line.quantity,
            line.free + line.active + line.returning + line.cooling_down,
            "the numbers of a line add up"
        );
        format!(
            "{} bought: {} free, {} active, {} returning, {} cooling down",
            line.line.quantity, line.free, line.active, line.returning, line.cooling_down
        )
    }
}

/// Events as text, without who did it.
pub fn shown(events: &[Event]) -> String {
    if events.is_empty() {
        return "nothing\n".into();
    }
    let line = |event: &Event| {
        let mut value = serde_json::to_value(event).unwrap();
        value.as_object_mut().unwrap().remove("by");
        format!("{value}\n")
    };
    events.iter().map(line).collect()
}

/// Operations as text.
pub fn said(work: &[Work]) -> String {
    let op = |op: &Op| match op {
        Op::Add { item } => format!("add {}", item.id),
        Op::Replace { item } => format!("replace {}", item.id),
        Op::Withdraw { item_id, count: None } => format!("withdraw {item_id}"),
        Op::Withdraw { item_id, count: Some(count) } => format!("withdraw {count} of {item_id}"),
        other => format!("{other:?}"),
    };
    let piece = |work: &Work| {
        let ops: Vec<String> = work.ops.iter().map(op).collect();
        let step = serde_json::to_value(work.issued.step).unwrap();
        format!("{} {}: {}\n", step.as_str().unwrap(), work.issued.activation, ops.join(", "))
    };
    if work.is_empty() { "nothing\n".into() } else { work.iter().map(piece).collect() }
}

/// An entitlement of the first customer with lines such as `("cad 1.0", "perpetual", 5)`.
pub fn bought(number: u8, order: &str, lines: &[(&str, &str, u32)]) -> Command {
    Command::Entitlement(EntitlementCommand::Make {
        by: "ann".into(),
        id: id(number),
        customer: CustomerId::FIRST,
        order: OrderAsked { reference: order.into(), lines: lines.iter().map(asked).collect() },
        activate_from: None,
        activate_until: None,
        notes: String::new(),
        own: false,
    })
}

pub fn asked((product, model, quantity): &(&str, &str, u32)) -> LineAsked {
    LineAsked {
        product: key(product),
        model: (*model).into(),
        terms: None,
        quantity: *quantity,
        starts: None,
        ends: None,
    }
}
