//! Leases, devices and denials.
//!
//! Invariants: only the rows of the page are put together; what a filter can find by an index is found by it.
//! Deliberately not here: secrets (tokens exist at the edge only).

use super::page::{Listing, Page};
use crate::denial::{DenialReason, Denied};
use crate::denial_ring::Noted;
use crate::ids::{DenialId, No};
use crate::lease::{Device, Lease};
use crate::paper::count_of;
use crate::state::Leasing;
use crate::term::renew_after;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use tenure_document::{
    Holder, HostId, HostIdType, KeyId, LeaseId, MachineKind, SeatRange, Time, Version,
};

/// One live lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRow {
    /// Its number.
    pub id: LeaseId,
    /// Who holds it.
    pub holder: Holder,
    /// The feature.
    pub feature: String,
    /// The version.
    pub version: Version,
    /// How many seats.
    pub count: u32,
    /// Their numbers.
    pub seats: Vec<SeatRange>,
    /// The items they come from.
    pub items: Vec<String>,
    /// The pool they come from; of several the names, separated by commas.
    pub pool: String,
    /// When it began.
    pub granted: Time,
    /// When it was last renewed; at first when it began.
    pub renewed: Time,
    /// Its end.
    pub expires: Time,
    /// When its holder should renew.
    pub renew_after: Time,
    /// It may be away from the network.
    pub borrowed: bool,
    /// For how long, as it was asked for.
    pub borrow_seconds: Option<u64>,
    /// How it came about.
    pub code: String,
    /// Its device was dropped: it only waits for its end.
    pub dropped: bool,
    /// The registered client key that signed for it.
    pub signed_by: Option<KeyId>,
    /// Its holder has a key: nobody else speaks for it.
    pub keyed: bool,
}

/// Which leases are wanted; everything that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeaseFilter {
    /// Of this feature.
    pub feature: Option<String>,
    /// Of this device.
    pub host: Option<HostId>,
    /// Of this user.
    pub user: Option<String>,
    /// From this item.
    pub item: Option<String>,
    /// Borrowed, or not.
    pub borrowed: Option<bool>,
    /// This text, in either case, in feature, host, alias, user, session, process or owner, or the lease's number.
    pub text: Option<String>,
}

/// In which order leases are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LeaseOrder {
    /// As granted.
    #[default]
    OldestFirst,
    /// The latest grant first.
    NewestFirst,
    /// By their end.
    EndsFirst,
    /// By their end, the latest first.
    EndsLast,
}

/// A device that holds something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRow {
    /// The device.
    pub host: HostId,
    /// Its alias.
    pub name: Option<String>,
    /// What it is.
    pub kind: MachineKind,
    /// Its leases.
    pub leases: usize,
    /// Of these, how many only wait for their end, because the device was dropped.
    pub dropped: usize,
    /// Seats of them.
    pub seats: u64,
    /// Names of their features, in order.
    pub features: Vec<String>,
    /// Users of them, in order.
    pub users: Vec<String>,
    /// The latest end of them.
    pub expires: Option<Time>,
    /// When it last was granted something or renewed.
    pub seen: Time,
}

/// Which denials are wanted; everything that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DenialFilter {
    /// Of this feature.
    pub feature: Option<String>,
    /// For this reason.
    pub reason: Option<DenialReason>,
    /// Of this device.
    pub host: Option<HostId>,
    /// Of this user.
    pub user: Option<String>,
    /// Followed by a grant, or not.
    pub recovered: Option<bool>,
    /// This text, in either case, in feature, host, alias or user.
    pub text: Option<String>,
}

/// One denial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenialRow {
    /// What was denied, and why.
    pub denied: Denied,
    /// The same holder was granted the feature then, within its retry window.
    pub recovered: Option<Time>,
}

impl Leasing {
    /// How many leases are live.
    pub fn lease_count(&self) -> usize {
        self.leases.len()
    }

    /// One live lease.
    pub fn lease_row(&self, id: LeaseId) -> Option<LeaseRow> {
        self.leases.get(&id).and_then(|lease| self.row_of(lease))
    }

    /// Live leases.
    pub fn lease_rows(
        &self,
        filter: &LeaseFilter,
        order: LeaseOrder,
        page: Page,
    ) -> Listing<LeaseRow> {
        let all = self.leases.len();
        let plain = *filter == LeaseFilter::default();
        let (leases, total): (Vec<&Lease>, usize) = match order {
            LeaseOrder::OldestFirst if plain => (cut(self.leases.values(), page), all),
            LeaseOrder::NewestFirst if plain => (cut(self.leases.values().rev(), page), all),
            _ => {
                let mut found = self.find_leases(filter);
                match order {
                    LeaseOrder::OldestFirst => found.sort_unstable_by_key(|lease| lease.id),
                    LeaseOrder::NewestFirst => {
                        found.sort_unstable_by_key(|lease| Reverse(lease.id))
                    }
                    LeaseOrder::EndsFirst => found.sort_unstable_by_key(|l| (l.expires, l.id)),
                    LeaseOrder::EndsLast => {
                        found.sort_unstable_by_key(|lease| Reverse((lease.expires, lease.id)));
                    }
                }
                let total = found.len();
                (found.into_iter().skip(page.skip).take(page.take).collect(), total)
            }
        };
        let rows = leases.into_iter().filter_map(|lease| self.row_of(lease)).collect();
        Listing { rows, total }
    }

    fn find_leases(&self, filter: &LeaseFilter) -> Vec<&Lease> {
        let fits = |lease: &&Lease| self.fits(lease, filter);
        if let Some(host) = &filter.host {
            return self.leases_of_host(host).filter(fits).collect();
        }
        if let Some(name) = &filter.feature {
            let no = self.features.find(name.as_str());
            let Some(feature) = no.and_then(|no| self.features.get(no)) else { return Vec::new() };
            let leases = feature.ends.iter().filter_map(|(_, id)| self.leases.get(id));
            return leases.map(Box::as_ref).filter(fits).collect();
        }
        self.leases.values().map(Box::as_ref).filter(fits).collect()
    }

    fn fits(&self, lease: &Lease, filter: &LeaseFilter) -> bool {
        let feature = self.features.get(lease.feature).map_or("", |feature| &feature.name);
        let user = lease.holder.user.and_then(|user| self.names.get(user)).map(|user| &*user.0);
        filter.feature.as_deref().is_none_or(|wanted| wanted == feature)
            && filter.user.as_deref().is_none_or(|wanted| Some(wanted) == user)
            && filter.borrowed.is_none_or(|wanted| wanted == lease.borrow_seconds.is_some())
            && filter.item.as_ref().is_none_or(|wanted| self.items_of(lease).contains(wanted))
            && filter.text.as_deref().is_none_or(|text| self.has_text(lease, feature, text))
    }

    fn has_text(&self, lease: &Lease, feature: &str, text: &str) -> bool {
        let device = self.devices.get(lease.holder.device);
        let host = device.map(|device| &*device.host);
        let alias = device.and_then(|device| device.name.as_deref());
        let holder = &lease.holder;
        let names = [holder.user, holder.session, holder.process, holder.owner];
        let names = names.into_iter().flatten().filter_map(|no| self.names.get(no));
        let words = [Some(feature), host, alias].into_iter().flatten();
        words.chain(names.map(|name| &*name.0)).any(|word| contains(word, text))
            || contains(&lease.id.to_string(), text)
    }

    fn row_of(&self, lease: &Lease) -> Option<LeaseRow> {
        let percents = (self.settings.renew_percent, self.settings.renew_jitter_percent);
        Some(LeaseRow {
            id: lease.id,
            holder: self.holder(lease)?,
            feature: self.features.get(lease.feature)?.name.to_string(),
            version: lease.version,
            count: count_of(lease),
            seats: self.seats_of(lease),
            items: self.items_of(lease),
            pool: self.pools_of(lease),
            granted: lease.granted,
            renewed: lease.renewed,
            expires: lease.expires,
            renew_after: renew_after(self.seed, lease.id, (lease.renewed, lease.expires), percents),
            borrowed: lease.borrow_seconds.is_some(),
            borrow_seconds: lease.borrow_seconds.map(|seconds| u64::from(seconds.get())),
            code: lease.code.word().to_owned(),
            dropped: lease.dropped,
            signed_by: self.signer(lease).and_then(|signer| signer.signed_by()),
            keyed: self.signer(lease).is_some(),
        })
    }

    fn pools_of(&self, lease: &Lease) -> String {
        let mut names: Vec<&str> =
            lease.parts.as_slice().iter().map(|part| self.pool_name(part.pool)).collect();
        names.dedup();
        names.join(", ")
    }

    /// Devices that hold something, by host ID; `text` in host or alias where given.
    pub fn device_rows(&self, text: Option<&str>, page: Page) -> Listing<DeviceRow> {
        let fits = |device: &Device| {
            let alias = device.name.as_deref().unwrap_or("");
            text.is_none_or(|text| contains(&device.host, text) || contains(alias, text))
        };
        let mut found: Vec<(HostIdType, &str, No<Device>)> = self
            .devices
            .iter()
            .filter(|(_, device)| fits(device) && !device.leases.is_empty())
            .map(|(no, device)| (device.host_kind, &*device.host, no))
            .collect();
        let total = found.len();
        // Only the front of the list has to be in order.
        let end = page.skip.saturating_add(page.take);
        if end < total {
            found.select_nth_unstable(end);
            found.truncate(end);
        }
        found.sort_unstable();
        let page = found.into_iter().skip(page.skip);
        let rows = page.filter_map(|(_, _, no)| self.device_row_of(no)).collect();
        Listing { rows, total }
    }

    /// One device; none where it holds nothing.
    pub fn device_row(&self, host: &HostId) -> Option<DeviceRow> {
        let no = self.devices.find(host)?;
        self.leases_of(no).next()?;
        self.device_row_of(no)
    }

    fn device_row_of(&self, no: No<Device>) -> Option<DeviceRow> {
        let device = self.devices.get(no)?;
        let mut row = DeviceRow {
            host: device.host(),
            name: device.name.as_deref().map(str::to_owned),
            kind: device.kind,
            leases: 0,
            dropped: 0,
            seats: 0,
            features: Vec::new(),
            users: Vec::new(),
            expires: None,
            seen: device.seen,
        };
        let (mut features, mut users) = (BTreeSet::new(), BTreeSet::new());
        for lease in self.leases_of(no) {
            row.leases += 1;
            row.dropped += usize::from(lease.dropped);
            row.seats += u64::from(count_of(lease));
            row.expires = row.expires.max(Some(lease.expires));
            features
                .extend(self.features.get(lease.feature).map(|feature| feature.name.to_string()));
            let user = lease.holder.user.and_then(|user| self.names.get(user));
            users.extend(user.map(|user| user.0.to_string()));
        }
        row.features = features.into_iter().collect();
        row.users = users.into_iter().collect();
        Some(row)
    }

    /// The latest denials, newest first.
    pub fn denial_rows(&self, filter: &DenialFilter, page: Page) -> Listing<DenialRow> {
        let found: Vec<&Noted> =
            self.denials.noted().iter().rev().filter(|noted| fits_denial(noted, filter)).collect();
        let total = found.len();
        let page = found.into_iter().skip(page.skip).take(page.take);
        Listing { rows: page.map(denial_row_of).collect(), total }
    }

    /// One of the latest denials.
    pub fn denial_row(&self, id: DenialId) -> Option<DenialRow> {
        self.denials.find(id).map(denial_row_of)
    }
}

fn denial_row_of(noted: &Noted) -> DenialRow {
    DenialRow { denied: noted.denied.clone(), recovered: noted.recovered }
}

fn fits_denial(noted: &Noted, filter: &DenialFilter) -> bool {
    let Denied { feature, holder, reason, .. } = &noted.denied;
    let user = holder.user.as_deref();
    let words = [Some(feature.as_str()), Some(&*holder.host.value), holder.name.as_deref(), user];
    filter.feature.as_ref().is_none_or(|wanted| wanted == feature)
        && filter.reason.is_none_or(|wanted| wanted == *reason)
        && filter.host.as_ref().is_none_or(|wanted| *wanted == holder.host)
        && filter.user.as_deref().is_none_or(|wanted| Some(wanted) == user)
        && filter.recovered.is_none_or(|wanted| wanted == noted.recovered.is_some())
        && filter
            .text
            .as_deref()
            .is_none_or(|text| words.into_iter().flatten().any(|word| contains(word, text)))
}

fn cut<'a>(leases: impl Iterator<Item = &'a Box<Lease>>, page: Page) -> Vec<&'a Lease> {
    leases.skip(page.skip).take(page.take).map(Box::as_ref).collect()
}

/// Whether a word has a text in it, in either case.
fn contains(word: &str, text: &str) -> bool {
    word.to_lowercase().contains(&text.to_lowercase())
}
