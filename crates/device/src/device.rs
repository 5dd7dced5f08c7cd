//! A device as its agent and its command line see it: folder, machine, clock.
//!
//! Kept here: each call opens one container, does one thing, and closes it; the machine is looked at anew each time.
//! Deliberately not here: HTTP, files that documents come from and go to.

use std::sync::Arc;

use tenure_api::device::{DeviceContainer, DeviceContainerDetail, DoctorAnswer};
use tenure_api::{UpdateAnswer, UpdateResult};
use tenure_container::{ContainerEvent, Reading};
use tenure_document::{OpOutcome, Receipt, read_document, read_json};
use tenure_ledger::Clock;
use tenure_vault::{Applied, DeviceError, DeviceFolder, Machine, OpenContainer, TraitReader};

use crate::{doctor, view};

/// A device.
#[derive(Clone)]
pub struct Device {
    folder: DeviceFolder,
    traits: Arc<dyn TraitReader>,
    clock: Arc<dyn Clock>,
}

impl Device {
    /// A device with the containers of a folder.
    pub fn new(folder: DeviceFolder, traits: Arc<dyn TraitReader>, clock: Arc<dyn Clock>) -> Self {
        Self { folder, traits, clock }
    }

    /// Its folder.
    pub fn folder(&self) -> &DeviceFolder {
        &self.folder
    }

    /// The machine as it is now, and the medium that the folder is on.
    pub fn machine(&self) -> Machine {
        self.traits.read_with(self.folder.path())
    }

    /// What the clocks say now.
    pub fn now(&self) -> Reading {
        let since_boot = self.clock.boot().elapsed.as_millis();
        let since_boot_ms = i64::try_from(since_boot).unwrap_or(i64::MAX);
        Reading { wall: self.clock.wall(), since_boot_ms }
    }

    /// Opens a container for one call.
    ///
    /// # Errors
    /// As [`DeviceFolder::container`].
    pub fn open(&self, serial: &str) -> Result<OpenContainer, DeviceError> {
        self.folder.container(serial, &self.machine(), self.now())
    }

    /// The containers, in order of their serials; also those that do not open.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn containers(&self) -> Result<Vec<DeviceContainer>, DeviceError> {
        let (machine, now) = (self.machine(), self.now());
        let listed = self.folder.list()?;
        Ok(listed
            .iter()
            .map(|one| match self.folder.container(&one.serial, &machine, now) {
                Ok(open) => view::container(&open),
                Err(error) => view::closed(one, &error),
            })
            .collect())
    }

    /// One container with its content.
    ///
    /// # Errors
    /// As [`Device::open`].
    pub fn detail(&self, serial: &str) -> Result<DeviceContainerDetail, DeviceError> {
        let open = self.open(serial)?;
        Ok(view::detail(&open, self.now()))
    }

    /// The signed context, armored.
    ///
    /// # Errors
    /// As [`Device::open`].
    pub fn context(&self, serial: &str) -> Result<String, DeviceError> {
        self.open(serial)?.context(self.now())
    }

    /// The signed receipt, armored.
    ///
    /// # Errors
    /// As [`Device::open`].
    pub fn receipt(&self, serial: &str) -> Result<String, DeviceError> {
        self.open(serial)?.receipt(self.now())
    }

    /// Applies an update and answers what it did, with the receipt.
    ///
    /// # Errors
    /// As [`Device::open`], and the refusal of the update.
    pub fn apply(&self, serial: &str, update: &[u8]) -> Result<UpdateAnswer, DeviceError> {
        let mut open = self.open(serial)?;
        let applied = open.apply(update, self.now())?;
        answer(&open, applied)
    }

    /// How the machine fits every container, and what to do.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn doctor(&self) -> Result<DoctorAnswer, DeviceError> {
        let (machine, now) = (self.machine(), self.now());
        let containers = self.folder.list()?;
        let whole =
            containers.iter().map(|one| doctor::container(&self.folder, one, &machine, now));
        let damaged = self.folder.damaged()?;
        let damaged = damaged.iter().map(|(serial, error)| doctor::damaged(serial, error));
        let containers = whole.chain(damaged).collect();
        Ok(DoctorAnswer { machine: machine.kind, evidence: machine.evidence.clone(), containers })
    }
}

fn answer(open: &OpenContainer, applied: Applied) -> Result<UpdateAnswer, DeviceError> {
    let fresh: Vec<u64> = applied.events.iter().flat_map(sequences).collect();
    // Our own receipt, a moment old: its bytes are right, and it alone knows every result.
    let receipt: Receipt = {
        let envelope = read_document(applied.receipt.as_bytes())?;
        read_json(&envelope.payload, tenure_document::Limits::PAYLOAD)?
    };
    let results = receipt.results.iter().filter(|result| fresh.contains(&result.sequence));
    Ok(UpdateAnswer {
        already_applied: applied.events.is_empty(),
        sequence: applied.sequence,
        history_hash: open.state().history_hash(),
        results: results
            .map(|result| UpdateResult {
                sequence: result.sequence,
                op_id: result.op_id.clone(),
                result: word(result.result).to_owned(),
            })
            .collect(),
        receipt: applied.receipt,
    })
}

fn word(outcome: OpOutcome) -> &'static str {
    match outcome {
        OpOutcome::Applied => "applied",
        OpOutcome::NoEffect => "no-effect",
    }
}

fn sequences(event: &ContainerEvent) -> Vec<u64> {
    match event {
        ContainerEvent::Updated { ops, .. } => ops.iter().map(|one| one.sequence).collect(),
        _ => Vec::new(),
    }
}
