//! What must hold after every step of a play, and when everything has come to rest.
//!
//! Invariants looked at: never more delivered than bought; every unit is accounted for; nothing that was handed out is
//! forgotten; the state is the fold of its ledger. Deliberately not here: what happens in a play.

use super::*;

impl World {
    pub(super) fn check(&mut self) {
        for (number, bought) in BOUGHT.iter().enumerate() {
            let name = format!("{}/1", id(number));
            let held: u32 = (0..self.devices.len()).map(|of| self.could_hold(of, &name)).sum();
            assert!(held <= *bought, "{held} of {name} are out, {bought} were bought");
            let counted = self.look(|office, at| {
                let found = office.look_up(&[id(number)], at).remove(0).expect("it was sold");
                let line = &found.lines[0];
                line.free + line.active + line.returning + line.cooling_down
            });
            if let Some(counted) = counted {
                assert_eq!(counted, *bought, "units of {name} are not accounted for");
            }
        }
        let at: Vec<(ContainerId, u64)> = self
            .devices
            .iter()
            .map(|device| (device.container.id(), device.container.sequence()))
            .collect();
        self.look(|office, _| {
            for (container, applied) in at {
                let Some(known) = office.fleet().get(container) else {
                    assert_eq!(applied, 0, "the office has forgotten a container");
                    continue;
                };
                assert_eq!(known.state, ContainerState::Known, "an honest container was found out");
                assert!(known.history.issued() >= applied, "the office has forgotten an update");
            }
        });
    }

    /// The most of a line that a device holds, now or after any file that is on its way to it.
    pub(super) fn could_hold(&self, of: usize, line: &str) -> u32 {
        let container = &self.devices[of].container;
        let now: BTreeMap<String, Item> =
            container.items().map(|item| (item.id.clone(), item.clone())).collect();
        let after = self.air.iter().filter_map(|letter| match letter {
            Letter::Update { of: theirs, update, .. } if *theirs == of => {
                let mut items = now.clone();
                let news = update.ops.iter().filter(|one| one.sequence > container.sequence());
                for one in news {
                    apply_op(&mut items, &one.op);
                }
                Some(units(&items, line))
            }
            _ => None,
        });
        after.chain([units(&now, line)]).max().unwrap_or(0)
    }

    /// In the end everybody meets: what devices hold is what the books say, and the state is the fold of its ledger.
    pub(super) fn settle(&mut self) {
        self.plan.clear();
        self.plan.set_full(false);
        self.crash();
        for of in 0..self.devices.len() {
            for _ in 0..2 {
                self.pass(1);
                let (key, context) = (format!("end-{}", self.chance.next()), self.context(of));
                let by = Asker::Container(context.id);
                let certifier = record(&publisher().certifier, Role::Certifier);
                let due = self.look(|office, at| office.certificate_due(&context, &certifier, at));
                let certificate = due
                    .flatten()
                    .map(|due| (publisher().seal_certificate(&due).to_json(), certifier.id));
                let exchange = Exchange { context, by, certificate, claims: Vec::new() };
                let key = Idempotency::new("somebody", &key, key.as_bytes());
                let said = self.submit(Command::Exchange(Box::new(exchange)), Some(key));
                said.unwrap_or_else(|fault| panic!("{fault:?}"));
                self.air.clear();
                self.hand_out(of);
                if let Some(Letter::Update { envelope, .. }) = self.air.pop() {
                    self.apply(of, &envelope).expect("the newest update fits");
                }
            }
        }
        self.air.clear();
        for number in 0..BOUGHT.len() {
            let name = format!("{}/1", id(number));
            let held: u32 = (0..self.devices.len()).map(|of| self.could_hold(of, &name)).sum();
            let booked = self.look(|office, _| {
                let all = office.activations().all().filter(|one| one.entitlement == id(number));
                let confirmed = all.filter(|one| one.state == ActivationState::Confirmed);
                confirmed.map(|one| one.quantity).sum::<u32>()
            });
            assert_eq!(
                Some(held),
                booked,
                "devices hold something else of {name} than the books say"
            );
        }
        let text = |office: &Office, _| serde_json::to_string(office).expect("a state is JSON");
        let live = self.look(text);
        self.core = None;
        self.disk.crash();
        self.disk.tamper_snapshots(BTreeMap::clear);
        self.open().expect("the ledger is whole");
        assert!(live == self.look(text), "the state is not the fold of its ledger");
    }
}

/// Units of a line: its product has one feature with one seat for each.
fn units(items: &BTreeMap<String, Item>, line: &str) -> u32 {
    let of_line = items.values().filter(|item| item.entitlement_id.as_deref() == Some(line));
    let counts = of_line.map(|item| match item.count {
        Count::Counted(count) => count,
        Count::Uncounted => panic!("nothing is uncounted here"),
    });
    counts.sum()
}
