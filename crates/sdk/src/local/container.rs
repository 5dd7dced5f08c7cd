//! The containers of a device folder: finding an item, taking seats, consuming units.
//!
//! A container is opened for one look and closed again; the seats stay, as locked files. Not here: what a seat is worth
//! later (`seat`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tenure_api::{DenialAnswer, DesiredFeature, Problem, UsageAnswer};
use tenure_container::Reading;
use tenure_document::{Capacity, Holder, Item, Kind, RootPin, Time, Version};
use tenure_vault::{
    DeviceError, DeviceFolder, HeldSeat, LinuxMachine, Machine, OpenContainer, TraitReader,
};

use super::denial::{closed, denial, remedy, unusable};
use super::evidence::prove;
use super::exclusive::{InUse, InUseHere};
use super::grant::LocalGrant;
use super::station::{Notes, Which, seats_of, take};
use crate::clock::{Clock, Now};
use crate::error::{Error, Forged};
use crate::host::this_machine;

/// The containers of this machine that belong to one publisher.
pub struct LocalContainers {
    paths: Vec<PathBuf>,
    root: RootPin,
    traits: LinuxMachine,
    clock: Arc<dyn Clock>,
    /// Who asks: its session and user say whose seat a shared one is.
    pub(super) holder: Holder,
    /// Consumptions of this process that can be taken back.
    consumptions: Mutex<BTreeMap<String, Undoable>>,
    /// Portable containers that this process uses.
    in_use: InUseHere,
}

/// Seats that were taken.
pub(crate) struct Taken {
    pub(crate) grant: LocalGrant,
    pub(crate) held: Vec<HeldSeat>,
    /// Of a portable container: as long as it lives, nobody else uses that.
    pub(crate) in_use: Option<Arc<InUse>>,
}

/// What a look for a seat came to.
pub(crate) enum Looked {
    /// Seats were taken.
    Granted(Taken),
    /// An item of that name is here, and gives no seat because of this; the most telling reason first.
    Denied(Vec<DenialAnswer>),
    /// Nothing of that name is here.
    NotHere,
}

impl LocalContainers {
    /// The containers of a folder on this machine. Nothing is read yet.
    pub fn new(path: impl Into<PathBuf>, root: RootPin, clock: Arc<dyn Clock>) -> Self {
        let (paths, traits, holder) = (vec![path.into()], LinuxMachine::this(), this_machine());
        let (consumptions, in_use) = (Mutex::default(), InUseHere::default());
        Self { paths, root, traits, clock, holder, consumptions, in_use }
    }

    /// And those of another folder, looked into after the ones before: a medium that may be plugged in.
    pub fn and(mut self, path: impl Into<PathBuf>) -> Self {
        self.paths.push(path.into());
        self
    }

    /// For another holder than this process on this machine.
    pub fn holder(mut self, holder: Holder) -> Self {
        self.holder = holder;
        self
    }

    /// The folders, in the order in which they are looked into.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// Looks for a seat in every container: for one that this station has already, or for any.
    ///
    /// # Errors
    /// [`Error::Store`] when the folder can't be used, [`Error::Forged`] when an item is not proved and no other serves.
    pub(crate) fn look(&self, wanted: &DesiredFeature, which: Which) -> Result<Looked, Error> {
        let mut denials = Vec::new();
        let mut forged = None;
        self.each(wanted, &mut denials, |open, denials| {
            let items: Vec<Item> =
                open.state().items().filter(|item| item.feature == wanted.name).cloned().collect();
            for item in &items {
                match self.try_item(open, item, wanted, which) {
                    Ok(granted) => return Some(granted),
                    Err(Error::Denied(denied)) => denials.extend(denied.denials),
                    Err(error) => forged = Some(error),
                }
            }
            None
        })
        .map(|granted| match granted {
            Some(taken) => Ok(Looked::Granted(taken)),
            None => match (forged, denials.is_empty()) {
                (Some(error), _) => Err(error),
                (None, false) => Ok(Looked::Denied(denials)),
                (None, true) => Ok(Looked::NotHere),
            },
        })?
    }

    /// Consumes units of a metered item; none when nothing of that name is here.
    ///
    /// # Errors
    /// [`Error::Denied`] when it is here and has not so many left or may not be used, else as [`Self::look`].
    pub(crate) fn consume(
        &self,
        wanted: &DesiredFeature,
        units: u64,
    ) -> Result<Option<Consumed>, Error> {
        let mut denials = Vec::new();
        let mut failed = None;
        let consumed = self.each(wanted, &mut denials, |open, denials| {
            let metered = |item: &&Item| {
                item.feature == wanted.name && matches!(item.kind, Kind::Metered { .. })
            };
            let items: Vec<Item> = open.state().items().filter(metered).cloned().collect();
            for item in &items {
                match self.consume_of(open, item, wanted, units) {
                    Ok(consumed) => return Some(consumed),
                    Err(Error::Denied(denied)) => denials.extend(denied.denials),
                    Err(error) => failed = Some(error),
                }
            }
            None
        })?;
        match (consumed, failed, denials.is_empty()) {
            (Some(consumed), ..) => Ok(Some(consumed)),
            (None, Some(error), _) => Err(error),
            (None, None, true) => Ok(None),
            (None, None, false) => Err(Error::denied(denials)),
        }
    }

    /// Whether a consumption was made here.
    pub(crate) fn made(&self, usage: &UsageAnswer) -> bool {
        usage.id.starts_with(LOCAL)
    }

    /// Takes a consumption of this process back, once.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is too late or was taken back before, [`Error::Store`].
    pub(crate) fn undo(&self, usage: &UsageAnswer) -> Result<UsageAnswer, Error> {
        let refused = |code: &str, text: &str| {
            Error::Refused(Box::new(Problem::new(409, code, "It can't be taken back", text)))
        };
        let now = self.clock.now();
        let too_late = || refused("undo-too-late", "the time for taking it back is over");
        let missing = || match usage.undo_until {
            Some(until) if now.wall < until => {
                refused("usage-unknown", "it was taken back, or made by another process")
            }
            _ => too_late(),
        };
        let made = {
            let mut all = self.consumptions();
            if all.get(&usage.id).is_some_and(|made| made.until <= now.steady) {
                return Err(too_late());
            }
            all.remove(&usage.id).ok_or_else(missing)?
        };
        let mut open = self.open(&made.serial)?;
        open.unconsume(&made.item_id, made.units).map_err(|error| self.fault(&error))?;
        let remaining = usage.remaining.map(|left| left.saturating_add(made.units));
        Ok(UsageAnswer { count: 0, remaining, ..usage.clone() })
    }

    /// Remembers a consumption, and no longer those whose time is over.
    fn remember(&self, id: &str, one: &Consumed, units: u64) {
        let now = self.clock.now().steady;
        let until = now.saturating_add(Duration::from_secs(one.undo_seconds));
        let (serial, item_id) = (one.serial.clone(), one.item_id.clone());
        let mut all = self.consumptions();
        all.retain(|_, made| now < made.until);
        all.insert(id.to_owned(), Undoable { serial, item_id, units, until });
    }

    fn consumptions(&self) -> MutexGuard<'_, BTreeMap<String, Undoable>> {
        self.consumptions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a seat that was taken is still good: until when, or why not.
    pub(crate) fn recheck(&self, grant: &LocalGrant) -> Result<Option<Time>, Error> {
        let wanted = DesiredFeature::new(&grant.feature, grant.version, grant.count);
        let open = self.open(&grant.serial)?;
        let item = open.state().item(&grant.item_id).cloned();
        let gone = || {
            let why = "the publisher has taken it back".to_owned();
            Error::denied(vec![denial(
                &wanted,
                "withdrawn",
                why,
                remedy("ask-publisher", "ask the publisher"),
            )])
        };
        let item = item.filter(|item| item.version >= grant.version).ok_or_else(gone)?;
        if let Capacity::Limited(seats) = seats_of(&item)
            && grant.highest >= seats
        {
            return Err(gone());
        }
        self.judged(&open, &item, &wanted).map(|judged| judged.until)
    }

    pub(crate) fn now(&self) -> Now {
        self.clock.now()
    }

    /// What this station holds of license servers; none where there is no device folder.
    pub(crate) fn notes(&self) -> Option<Notes> {
        let root = self.root.to_string();
        self.paths.iter().find_map(|path| Notes::of(path, &root, &self.holder))
    }

    fn try_item(
        &self,
        open: &OpenContainer,
        item: &Item,
        wanted: &DesiredFeature,
        which: Which,
    ) -> Result<Taken, Error> {
        let deny = |reason: &str, text: String, help| {
            Err(Error::denied(vec![denial(wanted, reason, text, help)]))
        };
        if item.version < wanted.version {
            let text =
                format!("{} {} is here, {} is wanted", item.feature, item.version, wanted.version);
            return deny(
                "version-too-low",
                text,
                remedy("lower-version", "ask for the version that is here"),
            );
        }
        if matches!(item.kind, Kind::Metered { .. }) {
            let text = format!("{} is used up, not held", item.feature);
            return deny("metered-feature", text, remedy("consume", "consume it instead"));
        }
        let judged = self.judged(open, item, wanted)?;
        let held = match take(open.seats(), item, wanted, &self.holder, which) {
            Ok(Some(held)) => held,
            Ok(None) => {
                let text = format!("all seats of {} on this machine are taken", item.feature);
                return deny(
                    "no-seats",
                    text,
                    remedy("release-first", "end another program that uses it"),
                );
            }
            Err(error) => return Err(self.fault(&error)),
        };
        let grant = LocalGrant {
            serial: open.state().id().serial(),
            item_id: item.id.clone(),
            feature: item.feature.clone(),
            version: item.version,
            count: match held.len() {
                // Uncounted: there is nothing to hold.
                0 => wanted.count,
                held => u32::try_from(held).unwrap_or(u32::MAX),
            },
            until: judged.until,
            in_grace: judged.in_grace,
            vendor_string: item.vendor_string.clone(),
            highest: held.iter().map(HeldSeat::number).max().unwrap_or(0),
        };
        let in_use = self.in_use.keep(open, &self.clock).map_err(|error| self.fault(&error))?;
        Ok(Taken { grant, held, in_use })
    }

    fn consume_of(
        &self,
        open: &mut OpenContainer,
        item: &Item,
        wanted: &DesiredFeature,
        units: u64,
    ) -> Result<Consumed, Error> {
        self.judged(open, item, wanted)?;
        let left = match open.consume(&item.id, units) {
            Ok(left) => left,
            Err(error @ DeviceError::UsedUp { .. }) => {
                let help = remedy("ask-publisher", "ask the publisher for more");
                let denied = denial(wanted, "used-up", error.to_string(), help);
                return Err(Error::denied(vec![denied]));
            }
            Err(error) => return Err(self.fault(&error)),
        };
        Ok(Consumed {
            serial: open.state().id().serial(),
            item_id: item.id.clone(),
            version: item.version,
            at: open.time(self.reading()),
            left,
            undo_seconds: match item.kind {
                Kind::Metered { undo_seconds, .. } => undo_seconds,
                Kind::Concurrent => 0,
            },
        })
    }

    /// Whether the item is proved and may be used now.
    fn judged(
        &self,
        open: &OpenContainer,
        item: &Item,
        wanted: &DesiredFeature,
    ) -> Result<tenure_container::Usable, Error> {
        let rights = open.rights(self.reading());
        let usable = open.state().usable(item, rights, open.machine().kind);
        let usable = usable.map_err(|why| Error::denied(vec![unusable(wanted, &why)]))?;
        let trust = open.state().trust().map_err(Forged::from)?;
        prove(&trust, open.state(), item, open.evidence(&item.id), open.time(self.reading()))?;
        Ok(usable)
    }

    /// Opens each container that belongs to the publisher, until one gives something.
    fn each<T>(
        &self,
        wanted: &DesiredFeature,
        denials: &mut Vec<DenialAnswer>,
        mut look: impl FnMut(&mut OpenContainer, &mut Vec<DenialAnswer>) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let mut failed = None;
        for path in self.paths.iter().filter(|path| path.exists()) {
            match self.each_in(path, wanted, denials, &mut look) {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        // Where another folder has something to say, one that can't be used does not hide it.
        failed.filter(|_| denials.is_empty()).map_or(Ok(None), Err)
    }

    fn each_in<T>(
        &self,
        path: &Path,
        wanted: &DesiredFeature,
        denials: &mut Vec<DenialAnswer>,
        look: &mut impl FnMut(&mut OpenContainer, &mut Vec<DenialAnswer>) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let fault = |error: DeviceError| store_fault(path, &error);
        let folder = DeviceFolder::open(path).map_err(fault)?;
        let machine = self.traits.read_with(path);
        for one in folder.list().map_err(fault)? {
            match self.open_on(&folder, &one.serial, &machine) {
                // Another publisher's is none of ours.
                Ok(open) if open.state().root() != self.root => {}
                Ok(mut open) => {
                    if let Some(found) = look(&mut open, denials) {
                        return Ok(Some(found));
                    }
                }
                Err(error) => denials.push(closed(wanted, &error)),
            }
        }
        Ok(None)
    }

    /// Opens a container in whichever folder it is.
    fn open(&self, serial: &str) -> Result<OpenContainer, Error> {
        let mut failed = None;
        for path in &self.paths {
            let opened = DeviceFolder::open(path)
                .and_then(|folder| self.open_on(&folder, serial, &self.traits.read_with(path)));
            match opened {
                Ok(open) => return Ok(open),
                // What is wrong with the one that has it tells more than that the others have not.
                Err(error @ DeviceError::NoContainer { .. }) => {
                    failed = failed.or(Some(store_fault(path, &error)));
                }
                Err(error) => failed = Some(store_fault(path, &error)),
            }
        }
        Err(failed.unwrap_or_else(|| Error::Setup("no folder of containers is named".to_owned())))
    }

    fn open_on(
        &self,
        folder: &DeviceFolder,
        serial: &str,
        machine: &Machine,
    ) -> Result<OpenContainer, DeviceError> {
        folder.container(serial, machine, self.reading())
    }

    fn reading(&self) -> Reading {
        let Now { steady, wall } = self.clock.now();
        Reading { wall, since_boot_ms: millis(steady) }
    }

    /// Of a container that is open: the message names it.
    fn fault(&self, error: &DeviceError) -> Error {
        store_fault(self.paths.first().map_or(Path::new(""), PathBuf::as_path), error)
    }
}

fn store_fault(path: &Path, error: &DeviceError) -> Error {
    Error::Store { path: path.to_owned(), reason: error.to_string() }
}

/// Units that were consumed here.
pub(crate) struct Consumed {
    pub(crate) serial: String,
    pub(crate) item_id: String,
    pub(crate) version: Version,
    pub(crate) at: Time,
    pub(crate) left: Option<u64>,
    pub(crate) undo_seconds: u64,
}

/// A consumption that can be taken back.
struct Undoable {
    serial: String,
    item_id: String,
    units: u64,
    /// By the steady clock: nobody sets it back.
    until: Duration,
}

/// Begins the IDs of consumptions on this machine.
const LOCAL: &str = "local-";

/// A consumption in the words of a license server.
pub(crate) fn consumption(
    local: &LocalContainers,
    feature: &str,
    count: u64,
    one: Consumed,
) -> UsageAnswer {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let id = format!("{LOCAL}{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let undo_until =
        (one.undo_seconds > 0).then(|| one.at.plus(Duration::from_secs(one.undo_seconds)));
    if undo_until.is_some() {
        local.remember(&id, &one, count);
    }
    UsageAnswer {
        id,
        token: String::new(),
        feature: feature.to_owned(),
        version: one.version,
        count,
        recorded_at: one.at,
        undo_until,
        remaining: one.left,
    }
}

fn millis(steady: Duration) -> i64 {
    i64::try_from(steady.as_millis()).unwrap_or(i64::MAX)
}
