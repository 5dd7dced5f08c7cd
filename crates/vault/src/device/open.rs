//! An open container: contexts and receipts out, updates in, healing on the way.
//!
//! Invariants: every change is one atomic write before its result is handed out, and a change that could not be written
//! did not happen; documents are signed by the container's own key; the lock is held as long as the value lives; what a
//! portable container is when its use begins is what is changed.
//! Deliberately not here: which updates are accepted (the container decides), where documents go.

use crate::{
    binding::{Binding, BindingReport, Drift},
    chance::random_bytes,
    device::{
        body::Body,
        error::DeviceError,
        evidence::Evidence,
        lock::Lock,
        portable::{Call, Exclusive, Hold},
        sealed::{Lid, SealedFile, fresh_key},
        seats::Seats,
    },
    machine::Machine,
    secret::SecretBytes,
    signer::ServerSigner,
};
use tenure_container::{Container, ContainerEvent, Reading, Rights, open_update};
use tenure_document::{
    BindingLevel, Bytes, Capacity, ContainerKind, Kind, Payload, Time, armor, read_document, seal,
    summarize,
};

/// A container that this program has to itself.
pub struct OpenContainer {
    file: SealedFile,
    body: Body,
    machine: Machine,
    report: Option<BindingReport>,
    healed: bool,
    seats: Seats,
    /// Of a portable container: given up before the lock is.
    hold: Option<Call>,
    _lock: Lock,
}

/// What an update did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// What happened; nothing where all of it was applied before.
    pub events: Vec<ContainerEvent>,
    /// The number of the last operation now.
    pub sequence: u64,
    /// The signed receipt, in its text form.
    pub receipt: String,
}

impl OpenContainer {
    pub(super) fn open(
        mut file: SealedFile,
        lock: Lock,
        seats: Seats,
        machine: &Machine,
        now: Reading,
    ) -> Result<OpenContainer, DeviceError> {
        let mut unsealed = file.unseal(machine)?;
        let hold = match (file.header().kind, file.path().parent()) {
            (ContainerKind::Portable, Some(folder)) => {
                Some(Call(Hold::take(folder, file.header().id, machine.system(), now)?))
            }
            _ => None,
        };
        if hold.is_some() {
            // Until now another system may have used it, whose lock this one does not see.
            file = SealedFile::open(file.path())?;
            unsealed = file.unseal(machine)?;
        }
        let mut open = OpenContainer {
            file,
            body: unsealed.body,
            machine: machine.clone(),
            report: unsealed.report,
            healed: false,
            seats,
            hold,
            _lock: lock,
        };
        let now = open.reading(now);
        let before = open.body.clone();
        if unsealed.is_older {
            open.body.older_taken = open.body.older_taken.saturating_add(1);
        }
        for event in open.body.container.decide_time(now) {
            open.body.container.apply(&event);
        }
        if open.observe(now) {
            open.bind_anew()?;
            open.healed = true;
        } else if open.is_bound_otherwise() {
            open.bind_anew()?;
        } else if open.body != before {
            open.file.write(&open.body)?;
        }
        Ok(open)
    }

    /// The container.
    pub fn state(&self) -> &Container {
        &self.body.container
    }

    /// What the clocks say, as this container's clock counts.
    pub(super) fn reading(&self, now: Reading) -> Reading {
        self.hold.as_ref().map_or(now, |hold| hold.0.reading(now))
    }

    /// The instants at which the container judges rights.
    pub fn rights(&self, now: Reading) -> Rights {
        self.body.container.rights(self.reading(now))
    }

    /// Keeps a portable container in use beyond this call, as long as what is given lives and beats; none for a container
    /// of another kind.
    ///
    /// # Errors
    /// The medium can't be reached.
    pub fn stay(&self) -> Result<Option<Exclusive>, DeviceError> {
        self.hold.as_ref().map(|hold| hold.0.joined().map(Exclusive::new)).transpose()
    }

    /// The machine it was opened on; of a portable container, with the traits of the medium.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// How the machine fits; none where nothing is bound.
    pub fn report(&self) -> Option<&BindingReport> {
        self.report.as_ref()
    }

    /// How far the machine has drifted since the publisher last answered; none where nothing is bound.
    pub fn drift(&self) -> Option<Drift> {
        let healing = self.body.healing.as_ref()?;
        Some(healing.drift(self.binding()?, &self.machine))
    }

    /// True when it was bound anew to the changed machine just now.
    pub fn has_healed(&self) -> bool {
        self.healed
    }

    /// How often the newest copy was damaged and the one before it was taken: the publisher sees an older state then.
    pub fn older_taken(&self) -> u32 {
        self.body.older_taken
    }

    /// The seats that processes of this machine hold of it.
    pub fn seats(&self) -> &Seats {
        &self.seats
    }

    /// The signed documents that an item came with, as envelope texts: updates for this container, transfers to it.
    pub fn evidence(&self, item_id: &str) -> impl Iterator<Item = &str> {
        self.body.evidence.of(item_id)
    }

    /// Metered units of an item that were consumed on this machine.
    pub fn consumed(&self, item_id: &str) -> u64 {
        self.body.consumed.get(item_id).copied().unwrap_or(0)
    }

    /// The signed context, in its text form.
    ///
    /// # Errors
    /// It can't be written that the publisher will be told of this machine.
    pub fn context(&mut self, now: Reading) -> Result<String, DeviceError> {
        let at = self.time(now);
        let mut next = self.body.clone();
        if let (Some(healing), Some(binding)) = (&mut next.healing, self.binding()) {
            healing.reported(binding, &self.machine, at);
        }
        self.save(next)?;
        let consumed = &self.body.consumed;
        let used = |item: &tenure_document::Item| consumed.get(&item.id).copied().unwrap_or(0);
        let mut context = self.body.container.context(at, used);
        context.binding = self.report.as_ref().map(|report| BindingLevel {
            matched: report.matched,
            total: report.total,
            threshold: report.threshold,
            anchored: false,
        });
        context.machine = Some(self.machine.kind);
        self.signed(&context)
    }

    /// The signed proof of what was applied, in its text form.
    ///
    /// # Errors
    /// [`DeviceError::Vault`].
    pub fn receipt(&self, now: Reading) -> Result<String, DeviceError> {
        self.signed(&self.body.container.receipt(self.time(now)))
    }

    /// Applies an update in any of its text forms.
    ///
    /// # Errors
    /// [`DeviceError::Document`], [`DeviceError::Update`]; nothing changes then.
    pub fn apply(&mut self, update: &[u8], now: Reading) -> Result<Applied, DeviceError> {
        let envelope = read_document(update)?;
        let container = &self.body.container;
        let trust = container.trust()?;
        let now = self.reading(now);
        let at = container.rights(now).items;
        let opened = open_update(trust, &envelope, at, random_bytes()?)?;
        let events = container.decide_update(&opened, now)?;
        let mut next = self.body.clone();
        events.iter().for_each(|event| next.container.apply(event));
        next.evidence.updated(&events, &envelope.to_json(), &next.container);
        next.sweep();
        if let (Some(healing), Some(binding)) = (&mut next.healing, self.binding()) {
            healing.answered(binding, &self.machine, opened.update().issued);
        }
        self.save(next)?;
        let sequence = self.body.container.sequence();
        let receipt = self.signed(&self.body.container.receipt(at))?;
        Ok(Applied { events, sequence, receipt })
    }

    /// The time by which the container judges rights, and which it writes into documents.
    pub fn time(&self, now: Reading) -> Time {
        self.rights(now).items
    }

    fn binding(&self) -> Option<&Binding> {
        match &self.file.header().lid {
            Lid::Machine(binding) => Some(binding),
            Lid::Open(_) => None,
        }
    }

    /// Consumes units of a metered item; gives how many are left, none where there is no limit.
    ///
    /// # Errors
    /// [`DeviceError::BadRequest`] when the item is not here or not metered, [`DeviceError::UsedUp`] when not so many
    /// are left; nothing changes then.
    pub fn consume(&mut self, item_id: &str, units: u64) -> Result<Option<u64>, DeviceError> {
        let no_such = || DeviceError::BadRequest(format!("there is no metered item {item_id:?}"));
        let item = self.body.container.item(item_id).ok_or_else(no_such)?;
        if !matches!(item.kind, Kind::Metered { .. }) {
            return Err(no_such());
        }
        let used = self.consumed(item_id).saturating_add(units);
        let left = match item.capacity().plus(item.overdraft_seats()) {
            Capacity::Unlimited => None,
            Capacity::Limited(all) => {
                let left = all.saturating_sub(self.consumed(item_id));
                let too_much = DeviceError::UsedUp { item: item_id.to_owned(), left };
                Some(all.checked_sub(used).ok_or(too_much)?)
            }
        };
        let mut next = self.body.clone();
        next.consumed.insert(item_id.to_owned(), used);
        self.save(next)?;
        Ok(left)
    }

    /// Takes a consumption back, as far as there was one.
    ///
    /// # Errors
    /// It can't be written.
    pub fn unconsume(&mut self, item_id: &str, units: u64) -> Result<(), DeviceError> {
        let mut next = self.body.clone();
        if let Some(used) = next.consumed.get_mut(item_id) {
            *used = used.saturating_sub(units);
        }
        next.consumed.retain(|_, used| *used > 0);
        self.save(next)
    }

    /// Signs as the container.
    pub(super) fn signer(&self) -> Result<ServerSigner, DeviceError> {
        self.body.signer()
    }

    /// Applies events in one write.
    pub(super) fn play(
        &mut self,
        events: &[ContainerEvent],
        evidence: impl FnOnce(&mut Evidence),
    ) -> Result<(), DeviceError> {
        let mut next = self.body.clone();
        events.iter().for_each(|event| next.container.apply(event));
        evidence(&mut next.evidence);
        next.sweep();
        self.save(next)
    }

    /// Applies events in one write with the new identity key.
    pub(super) fn play_with_key(
        &mut self,
        events: &[ContainerEvent],
        seed: &SecretBytes,
    ) -> Result<(), DeviceError> {
        let mut next = self.body.clone();
        events.iter().for_each(|event| next.container.apply(event));
        next.seed = Bytes(seed.expose().to_vec());
        self.save(next)
    }

    /// The one way in which the body changes.
    fn save(&mut self, next: Body) -> Result<(), DeviceError> {
        if next == self.body {
            return Ok(());
        }
        if let Some(hold) = &self.hold {
            hold.0.confirm()?;
        }
        self.file.write(&next)?;
        self.body = next;
        Ok(())
    }

    /// Takes note of the machine; true when it is time to bind anew.
    fn observe(&mut self, now: Reading) -> bool {
        let seen_at = self.body.container.clock().advanced(now).high_water();
        let mut healing = self.body.healing.clone();
        let due = match (&mut healing, self.binding(), &self.report) {
            (Some(healing), Some(binding), Some(report)) => {
                healing.observe(binding, &self.machine, report, seen_at)
            }
            _ => false,
        };
        self.body.healing = healing;
        due
    }

    /// The publisher wants another tolerance than the one it is bound with, and the whole machine is there.
    fn is_bound_otherwise(&self) -> bool {
        let is_full = self.report.as_ref().is_some_and(BindingReport::is_full);
        let wanted = self.body.container.tolerance();
        let bound = self.binding().map(Binding::tolerance);
        is_full && wanted.is_some() && wanted != bound
    }

    /// Binds a new key to the machine as it is now, as strictly as the publisher wants it.
    fn bind_anew(&mut self) -> Result<(), DeviceError> {
        let Some(binding) = self.binding() else { return Ok(()) };
        let key = fresh_key()?;
        let tolerance = self.body.container.tolerance().unwrap_or(binding.tolerance());
        let binding = binding.renewed(&key, &self.machine, tolerance)?;
        self.report = Some(binding.open(&self.machine).report);
        if let Some(healing) = &mut self.body.healing {
            healing.healed();
        }
        self.file.rebind(&self.body, Lid::Machine(binding), key)
    }

    fn signed<P: Payload>(&self, payload: &P) -> Result<String, DeviceError> {
        let signer = self.body.signer()?;
        let envelope = seal(payload, &[&signer]);
        Ok(armor(&envelope, &summarize(&envelope)))
    }
}
