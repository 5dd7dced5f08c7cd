//! What an application calls: check out, borrow, meter.
//!
//! A seat that is borrowed on this machine is used before the server is asked, so that a borrowed
//! feature never costs a second seat. All decisions are the session's and the server's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tenure_api::{
    DenialAnswer, DesiredFeature, DictionaryValue, Granularity, Seconds, UndoRequest, UsageAnswer,
    UsageRequest,
};
use tenure_document::{Certificate, Lease, LeaseId, Time, Version};

use crate::driver::{Driver, Handle, again};
use crate::error::Error;
use crate::local::{Consumed, LocalContainers, LocalSeat, Taken, consumption, unknown_feature};
use crate::meter::UsageLog;
use crate::policy::Search;
use crate::proof::{Authority, gives};
use crate::seat::Seat;
use crate::session::{Event, HeldLease, Loan, RequestId, SeatId, Wanted};
use crate::store::{Found, Store};

/// A connection to one license server. Clones share it; it lives as long as any of its seats.
#[derive(Clone)]
pub struct Tenure {
    handle: Arc<Handle>,
    chain_fault: Option<Error>,
    pub(crate) local: Option<Arc<LocalContainers>>,
    pub(crate) search: Search,
}

/// A lease that is kept on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Borrowed {
    /// The lease.
    pub id: LeaseId,
    /// Feature name.
    pub feature: String,
    /// Version granted.
    pub version: Version,
    /// Number of seats.
    pub count: u32,
    /// It ends here.
    pub until: Time,
}

impl Tenure {
    pub(crate) fn new(
        driver: Arc<Driver>,
        chain_fault: Option<Error>,
        local: Option<Arc<LocalContainers>>,
        search: Search,
    ) -> Self {
        Self { handle: Arc::new(Handle(driver)), chain_fault, local, search }
    }

    /// One seat of a feature, at least in this version (`"0"` for any).
    ///
    /// # Errors
    /// [`Error::Denied`] with reason and remedy, [`Error::Server`] when the server can't be
    /// reached and nothing borrowed will do, [`Error::Forged`] when an answer fails verification.
    pub fn checkout(&self, feature: &str, version: &str) -> Result<Seat, Error> {
        self.request(feature, version).checkout()
    }

    /// A request with more to say than feature and version.
    pub fn request(&self, feature: &str, version: &str) -> Request<'_> {
        let mut wanted = Wanted::default();
        let version = version.parse::<Version>().map_err(|error| Error::Setup(error.to_string()));
        let zero = Version::new(0, 0, 0);
        let parsed = *version.as_ref().unwrap_or(&zero);
        wanted.features.push(DesiredFeature::new(feature, parsed, 1));
        Request { tenure: self, wanted, fault: version.err() }
    }

    /// Several features at once, or (without any) what the server decides: a seat per lease, and
    /// what was refused.
    ///
    /// # Errors
    /// As [`Tenure::checkout`], when nothing at all was granted; [`Error::Store`] when one of the borrowed leases
    /// can't be kept: then all of them are given back.
    pub fn checkout_many(&self, wanted: Wanted) -> Result<(Vec<Seat>, Vec<DenialAnswer>), Error> {
        let driver = self.driver();
        if wanted.borrow.is_some() && driver.store.is_none() {
            let reason = "borrowing needs a folder of the application: call .folder(…)";
            return Err(Error::Setup(reason.to_owned()));
        }
        let wants_borrowed = wanted.borrow.is_some();
        let (seats, denials) = driver.ask(|request| Event::Checkout { request, wanted })?;
        let notes = self.local.as_ref().and_then(|local| local.notes());
        let noted = |id: SeatId| {
            let feature = driver.held(id).map(|held| held.lease.feature.clone());
            self.seat(id).noted(notes.as_ref().zip(feature).and_then(|(notes, of)| notes.hold(&of)))
        };
        let seats: Vec<Seat> = seats.into_iter().map(noted).collect();
        if wants_borrowed {
            self.learn_time(&seats);
        }
        let borrowed: Vec<&Seat> = seats.iter().filter(|seat| seat.is_borrowed()).collect();
        if let Err(error) = self.keep(&borrowed) {
            // What can't be kept must not stay borrowed, and a call that fails leaves nothing behind.
            for seat in borrowed {
                let _ = seat.give_back();
            }
            return Err(error);
        }
        Ok((seats, denials))
    }

    /// The leases that are borrowed on this machine and good for this user.
    ///
    /// # Errors
    /// [`Error::Store`] when the folder can't be read, [`Error::Forged`] when the chain of trust
    /// kept there does not hold. Single files that do not count are left out.
    pub fn borrowed(&self) -> Result<Vec<Borrowed>, Error> {
        let kept = self.kept()?;
        Ok(kept
            .into_iter()
            .filter_map(|found| found.lease.ok())
            .map(|(held, _)| held.into())
            .collect())
    }

    /// Gives a lease back that an earlier run has borrowed; of two with this number the one of the server asked last.
    ///
    /// # Errors
    /// [`Error::NotBorrowed`] when it is not here, [`Error::Server`] when the server can't be
    /// reached; then it stays borrowed.
    pub fn return_borrowed(&self, id: LeaseId) -> Result<(), Error> {
        let known = self.server().map(|server| server.container);
        let is_elsewhere = |found: &Found| match &found.lease {
            Ok((held, _)) => Some(held.lease.server) != known,
            Err(_) => true,
        };
        let found = self.kept()?.into_iter().filter(|found| found.id == id);
        let found = found.min_by_key(is_elsewhere);
        let found = found.ok_or_else(|| Error::NotBorrowed { feature: id.to_string() })?;
        self.restore(found.lease?)?.give_back()
    }

    /// Consumes units of a metered feature, where the search order finds it first. What is consumed from a container
    /// on this machine stands there and in every context of it. Of a license server, what had no answer is asked again by
    /// the next equal call and counts once; it is not consumed here instead.
    ///
    /// # Errors
    /// As [`Tenure::checkout`].
    pub fn consume(&self, feature: &str, version: &str, count: u64) -> Result<UsageAnswer, Error> {
        let wanted = DesiredFeature::new(feature, parse(version)?, 1);
        let here = || -> Result<Option<UsageAnswer>, Error> {
            let Some(local) = &self.local else { return Ok(None) };
            let consumed = local.consume(&wanted, count)?;
            Ok(consumed.map(|one: Consumed| consumption(local, feature, count, one)))
        };
        let there = || self.consume_there(feature, version, count);
        match self.search {
            Search::LocalOnly => {
                here()?.ok_or_else(|| Error::denied(vec![unknown_feature(&wanted)]))
            }
            Search::ServerOnly => there(),
            Search::LocalFirst => match here() {
                Ok(Some(answer)) => Ok(answer),
                Ok(None) => there(),
                // The server may have more; without one, what is wrong here is the better answer.
                Err(error) => there().map_err(|other| better(other, error)),
            },
            Search::ServerFirst => match there() {
                // It may be counted there, and would be once more here.
                Err(Error::Server(fault)) if fault.is_open() => Err(Error::Server(fault)),
                Err(error) => match here() {
                    Ok(Some(answer)) => Ok(answer),
                    Ok(None) => Err(error),
                    Err(other) => Err(better(error, other)),
                },
                answer => answer,
            },
        }
    }

    fn consume_there(
        &self,
        feature: &str,
        version: &str,
        count: u64,
    ) -> Result<UsageAnswer, Error> {
        let driver = self.driver();
        let request = UsageRequest {
            holder: driver.with_session(|session| session.holder().clone()),
            feature: feature.to_owned(),
            version: parse(version)?,
            count,
            dictionary: Default::default(),
            nonce: None,
        };
        Ok(driver.consume(request)?)
    }

    /// Takes a consumption back; one of a container on this machine only in the process that made it.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is too late, [`Error::Server`] when the server can't be reached.
    pub fn undo(&self, usage: &UsageAnswer) -> Result<UsageAnswer, Error> {
        if let Some(local) = self.local.as_ref().filter(|local| local.made(usage)) {
            return local.undo(usage);
        }
        let driver = self.driver();
        let request = UndoRequest { token: Some(usage.token.clone()), ..UndoRequest::default() };
        let key = driver.draw().to_string();
        Ok(again(|| driver.transport.undo(&usage.id, &request, &key))?)
    }

    /// Records a consumption in the application's folder, for when the server can be reached; the
    /// number of the record.
    ///
    /// # Errors
    /// [`Error::Setup`] without a folder, [`Error::Store`] when it can't be written.
    pub fn record_usage(&self, feature: &str, version: &str, count: u64) -> Result<u64, Error> {
        let driver = self.driver();
        let at = driver.clock.now().wall;
        UsageLog::of(self.store()?).record(feature, parse(version)?, count, at, driver.draw())
    }

    /// Hands over what was recorded; each record counts exactly once however often this is tried.
    /// How many records were acknowledged.
    ///
    /// # Errors
    /// As [`Tenure::record_usage`], and [`Error::Server`] when the server can't be reached.
    pub fn send_usage(&self) -> Result<u64, Error> {
        let driver = self.driver();
        let log = UsageLog::of(self.store()?);
        let holder = driver.with_session(|session| session.holder().clone());
        let mut sent = 0;
        while let Some(batch) = log.batch(&holder)? {
            let key = driver.draw().to_string();
            let answer = again(|| driver.transport.consume_batch(&batch, &key))?;
            let known =
                batch.records.iter().filter(|record| record.sequence <= answer.acknowledged);
            match known.count() {
                0 => break,
                acknowledged => sent += acknowledged as u64,
            }
            log.acknowledge(&answer)?;
        }
        Ok(sent)
    }

    /// The proven license server; `None` before the first answer.
    pub fn server(&self) -> Option<Certificate> {
        self.driver()
            .with_session(|session| session.authority().map(|known| known.certificate().clone()))
    }

    /// The machine's clock is behind what was seen before; borrowed leases are judged by the
    /// later time.
    ///
    /// # Errors
    /// [`Error::Setup`] without a folder, [`Error::Store`] when it can't be read.
    pub fn clock_set_back(&self) -> Result<bool, Error> {
        Ok(self.store()?.time(self.driver().clock.now())?.set_back)
    }

    /// Renews what is due; only for connections without a background thread.
    pub fn tick(&self) {
        self.driver().perform(Event::Tick);
        self.driver().keep_up();
    }

    fn driver(&self) -> &Driver {
        &self.handle.0
    }

    fn store(&self) -> Result<&Store, Error> {
        let missing =
            || Error::Setup("this needs a folder of the application: call .folder(…)".into());
        self.driver().store.as_ref().ok_or_else(missing)
    }

    /// Of a look that granted: there are containers on this machine.
    pub(crate) fn seat_here(&self, taken: Taken) -> Result<Seat, Error> {
        let missing = || Error::Setup("no folder of containers is named".to_owned());
        let local = self.local.clone().ok_or_else(missing)?;
        Ok(Seat::local(LocalSeat::new(local, taken)))
    }

    fn seat(&self, id: SeatId) -> Seat {
        Seat::new(self.handle.clone(), id)
    }

    /// Puts borrowed leases on disk, up to the first that can't be put there.
    fn keep(&self, borrowed: &[&Seat]) -> Result<(), Error> {
        let driver = self.driver();
        let Some(store) = &driver.store else { return Ok(()) };
        let mut held = borrowed.iter().filter_map(|seat| driver.held(seat.id()));
        held.try_for_each(|held| {
            driver.with_session(|session| {
                store.keep_with(&held, session.authority().map(Authority::chain))
            })?;
            driver.kept(Loan::of(&held.lease));
            Ok(())
        })
    }

    /// The leases on disk; none without a folder or without a chain.
    fn kept(&self) -> Result<Vec<Found>, Error> {
        let driver = self.driver();
        let Some(store) = &driver.store else { return Ok(Vec::new()) };
        let at = store.time(driver.clock.now())?.at;
        let found = driver.with_session(|session| {
            session.authority().map(|authority| store.leases(authority, session.holder(), at))
        });
        let found = match (found, &self.chain_fault) {
            (Some(found), _) => found?,
            (None, Some(fault)) => return Err(fault.clone()),
            (None, None) => Vec::new(),
        };
        Ok(found)
    }

    /// What was granted just now says what time it is. A folder that can't be written is found when leases are put there.
    fn learn_time(&self, seats: &[Seat]) {
        let driver = self.driver();
        let signed = seats.iter().find_map(|seat| Some(driver.held(seat.id())?.lease.issued));
        if let Some((store, signed)) = driver.store.as_ref().zip(signed) {
            let now = driver.clock.now();
            driver.with_session(|session| {
                if let Some(authority) = session.authority() {
                    let _ = store.told(signed, now, authority, session.holder());
                }
            });
        }
    }

    pub(crate) fn restore(&self, (lease, left): (HeldLease, Duration)) -> Result<Seat, Error> {
        let lease = Box::new(lease);
        let driver = self.driver();
        let loan = Loan::of(&lease.lease);
        let (seats, _) =
            driver.ask(|request: RequestId| Event::Restored { request, lease, left })?;
        driver.kept(loan);
        let seat = seats.first().copied().map(|id| self.seat(id));
        seat.ok_or_else(|| Error::Setup("a kept lease became no seat".to_owned()))
    }

    /// A borrowed lease that gives what is wanted, or the forgery found instead of one.
    pub(crate) fn borrowed_for(
        &self,
        wanted: &DesiredFeature,
    ) -> Result<Option<(HeldLease, Duration)>, Error> {
        let mut forged = None;
        for found in self.kept()? {
            match found.lease {
                Ok(kept) if gives(&kept.0.lease, &wanted.name, wanted.version, wanted.count) => {
                    return Ok(Some(kept));
                }
                Err(error @ Error::Forged(_)) => forged = Some(error),
                _ => {}
            }
        }
        forged.map_or(Ok(None), Err)
    }
}

/// A checkout in the making.
#[must_use = "call .checkout()"]
pub struct Request<'a> {
    pub(crate) tenure: &'a Tenure,
    pub(crate) wanted: Wanted,
    pub(crate) fault: Option<Error>,
}

impl Request<'_> {
    /// Number of seats.
    pub fn count(mut self, count: u32) -> Self {
        self.wanted.features.iter_mut().for_each(|feature| feature.count = count);
        self
    }

    /// Fewer seats will do.
    pub fn partial(mut self) -> Self {
        self.wanted.features.iter_mut().for_each(|feature| feature.partial = true);
        self
    }

    /// Borrow for this long: the lease is kept in the application's folder and needs no server.
    pub fn borrow_for(mut self, length: Duration) -> Self {
        self.wanted.borrow = Seconds::new(length.as_secs());
        if self.wanted.borrow.is_none() {
            self.fault = Some(Error::Setup("nothing is borrowed for a hundred years".to_owned()));
        }
        self
    }

    /// Wait in the queue for at most this long when nothing is free: [`Request::checkout`] then returns as soon as a seat
    /// is there, or with the denial when the time is over. It blocks meanwhile; seats held already are renewed by the
    /// background thread as ever.
    pub fn wait(mut self, length: Duration) -> Self {
        self.wanted.wait = Seconds::new(length.as_secs().max(1));
        if self.wanted.wait.is_none() {
            self.fault = Some(Error::Setup("nobody waits for a hundred years".to_owned()));
        }
        self
    }

    /// Round the lease's end up to this unit.
    pub fn granularity(mut self, unit: Granularity) -> Self {
        self.wanted.granularity = Some(unit);
        self
    }

    /// A fact that the server's rules may ask for: a text, a number, or several texts.
    pub fn say(mut self, key: impl Into<String>, value: impl Into<DictionaryValue>) -> Self {
        self.wanted.dictionary.insert(key.into(), value.into());
        self
    }

    /// Only items with these selectors.
    pub fn selectors(mut self, selectors: BTreeMap<String, String>) -> Self {
        self.wanted.selectors = selectors;
        self
    }
}

impl From<HeldLease> for Borrowed {
    fn from(held: HeldLease) -> Self {
        let Lease { id, feature, version, count, expires, .. } = held.lease.into_inner();
        Self { id, feature, version, count, until: expires }
    }
}

/// Of two reasons the better one to show: without the server, what is wrong on this machine; else both denials.
pub(crate) fn better(server: Error, local: Error) -> Error {
    match (server, local) {
        (Error::Server(_), local) => local,
        (Error::Denied(server), Error::Denied(local)) => {
            Error::denied([server.denials, local.denials].concat())
        }
        (server, _) => server,
    }
}

fn parse(version: &str) -> Result<Version, Error> {
    version.parse().map_err(|error: tenure_document::DocumentError| Error::Setup(error.to_string()))
}
