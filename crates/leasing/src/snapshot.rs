//! The state as it is stored: written as a stream, read back with all indices rebuilt.
//!
//! Invariants: restoring what was written gives the same state (proved by writing it again); members may be added with a
//! default, never changed, because the first entry of a ledger holds a state for ever.
//! Deliberately not here: where it is stored (ledger).

use crate::account::{ClientKey, User};
use crate::actor::Ending;
use crate::denial_ring::{DenialRing, Noted};
use crate::fold_queue::QueueRecord;
use crate::group::Group;
use crate::ids::{DenialId, UsageId};
use crate::model_book::ModelRecord;
use crate::property::Properties;
use crate::records::{DeviceRecord, GroupRecord, LeaseRecord, ShelfRecord};
use crate::reservation::BookRecord;
use crate::series_fold::SeriesRecords;
use crate::shares::Use;
use crate::state::{Leasing, Suspension};
use crate::stock::Shelf;
use crate::term::small;
use crate::usage_book::{ClientName, OpenUsage, UsageBook};
use crate::usage_report::UsageReports;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tenure_container::Container;
use tenure_document::{LeaseId, Time};

impl Serialize for Leasing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Leasing", 22)?;
        out.serialize_field("container", &self.container)?;
        out.serialize_field("seed", &self.seed)?;
        out.serialize_field("next_lease", &self.next_lease)?;
        out.serialize_field("properties", &self.properties)?;
        out.serialize_field("suspended", &self.suspended)?;
        out.serialize_field("reconcile_until", &self.reconcile_until)?;
        out.serialize_field("users", &Stream(|| self.users.values()))?;
        out.serialize_field("client_keys", &Stream(|| self.client_keys.values()))?;
        out.serialize_field("endings", &Stream(|| self.endings.iter()))?;
        out.serialize_field("next_denial", &self.denials.next())?;
        out.serialize_field("denials", self.denials.noted())?;
        out.serialize_field("next_usage", &self.usage.next())?;
        out.serialize_field("usage", &Stream(|| self.usage.open().iter()))?;
        out.serialize_field("clients", &Stream(|| self.usage.clients().iter()))?;
        if let Some(series) = self.series_records() {
            out.serialize_field("series", &series)?;
        }
        if !self.reports.is_empty() {
            out.serialize_field("usage_reports", &self.reports)?;
        }
        out.serialize_field("queue", &self.queue_record())?;
        out.serialize_field("shelves", &Stream(|| self.shelf_records()))?;
        out.serialize_field("devices", &Stream(|| self.device_records()))?;
        out.serialize_field("groups", &Stream(|| self.group_records()))?;
        if let Some(models) = self.models.record() {
            out.serialize_field("models", &models)?;
        }
        if let Some(placement) = &self.placement {
            out.serialize_field("placed_at", &placement.at)?;
        }
        out.serialize_field("leases", &Stream(|| self.lease_records()))?;
        out.serialize_field("reservations", &self.book_record())?;
        out.end()
    }
}

/// A sequence that is written while it is made.
struct Stream<F>(F);

impl<F, I> Serialize for Stream<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// A stored state.
#[derive(Deserialize)]
struct Stored {
    container: Container,
    seed: u64,
    next_lease: LeaseId,
    #[serde(default)]
    properties: Properties,
    #[serde(default)]
    suspended: Option<Suspension>,
    #[serde(default)]
    reconcile_until: Option<Time>,
    #[serde(default)]
    users: Vec<User>,
    #[serde(default)]
    client_keys: Vec<ClientKey>,
    #[serde(default)]
    endings: Vec<(LeaseId, Ending)>,
    next_denial: DenialId,
    #[serde(default)]
    denials: VecDeque<Noted>,
    next_usage: UsageId,
    #[serde(default)]
    usage: Vec<(UsageId, OpenUsage)>,
    #[serde(default)]
    clients: Vec<(ClientName, u64)>,
    #[serde(default)]
    series: SeriesRecords,
    #[serde(default)]
    usage_reports: UsageReports,
    #[serde(default)]
    queue: QueueRecord,
    #[serde(default)]
    shelves: Vec<ShelfRecord>,
    #[serde(default)]
    devices: Vec<DeviceRecord>,
    #[serde(default)]
    groups: Vec<GroupRecord>,
    #[serde(default)]
    models: Option<ModelRecord>,
    #[serde(default)]
    placed_at: Option<Time>,
    #[serde(default)]
    leases: Vec<LeaseRecord>,
    #[serde(default)]
    reservations: BookRecord,
}

impl<'de> Deserialize<'de> for Leasing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Leasing, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        restore(stored).map_err(serde::de::Error::custom)
    }
}

fn restore(stored: Stored) -> Result<Leasing, String> {
    let mut state = Leasing::new(stored.container, stored.seed);
    state.next_lease = stored.next_lease;
    state.settings = stored.properties.settings();
    state.properties = stored.properties;
    state.suspended = stored.suspended;
    state.reports = stored.usage_reports;
    state.reconcile_until = stored.reconcile_until;
    state.users = stored.users.into_iter().map(|user| (user.name.clone(), user)).collect();
    state.client_keys = stored.client_keys.into_iter().map(|key| (key.id, key)).collect();
    stored.endings.iter().for_each(|(lease, how)| state.endings.note(*lease, *how));
    state.denials = DenialRing::restore(state.seed, stored.next_denial, stored.denials);
    let open: BTreeMap<UsageId, OpenUsage> = stored.usage.into_iter().collect();
    state.usage = UsageBook::restore(stored.next_usage, open, stored.clients.into_iter().collect());
    if let Some(models) = stored.models {
        state.restore_models(models)?;
    }
    for record in stored.shelves {
        state.restore_shelf(record);
    }
    let devices = state.restore_devices(&stored.devices);
    let mut claims = Vec::new();
    for record in &stored.groups {
        let place = state.restore_group(record, &devices)?;
        claims.extend(record.reserved.iter().map(|claim| (place.seated(), claim.clone())));
    }
    for record in &stored.leases {
        state.restore_lease(record, &devices)?;
        claims.extend(state.stored_claims(record));
    }
    state.settle_restored(&devices, stored.placed_at);
    state.restore_book(stored.reservations, claims)?;
    state.restore_series(stored.series);
    state.restore_queue(stored.queue);
    Ok(state)
}

impl Leasing {
    fn restore_shelf(&mut self, record: ShelfRecord) {
        let ShelfRecord { item, consumed, spent, present } = record;
        let feature = self.feature_no(&item.feature);
        let item = Arc::new(item);
        let no = match self.shelves.find(item.id.as_str()) {
            Some(no) => no,
            None => {
                let gone = Shelf { present: false, ..Shelf::new(item.clone(), feature) };
                self.shelves.intern(item.id.as_str(), || gone)
            }
        };
        if let Some(shelf) = self.shelves.get_mut(no) {
            debug_assert_eq!(shelf.present, present, "the container and its shelves differ");
        }
        let pools = spent.into_iter();
        let pools: Vec<_> =
            pools.map(|(pool, units)| (self.find_pool(Some(&pool)), units)).collect();
        if let Some(shelf) = self.shelves.get_mut(no) {
            shelf.consumed = consumed;
            for (pool, units) in pools {
                shelf.change_in_pool(pool.unwrap_or(None), Use::Units(small(units)));
            }
        }
        self.list_shelf(feature, no);
    }

    /// What can only be known when all leases are back: free numbers of idle groups, who exceeds an item.
    fn settle_restored(
        &mut self,
        devices: &[crate::ids::No<crate::lease::Device>],
        placed_at: Option<Time>,
    ) {
        let idle: Vec<_> = self
            .groups
            .iter()
            .filter(|(_, group): &(_, &Group)| group.is_idle())
            .map(|(place, group)| (place.shelf, group.seats.clone()))
            .collect();
        for (shelf, seats) in idle {
            if let Some(feature) = self.shelves.get(shelf).map(|shelf| shelf.feature) {
                self.take_seats(feature, seats.runs());
            }
        }
        devices.iter().for_each(|device| self.devices.let_go(*device));
        if let Some(at) = placed_at {
            self.place(at);
        }
        let shelves: Vec<_> = self.shelves.iter().map(|(no, _)| no).collect();
        shelves.into_iter().for_each(|no| self.judge_excess(no));
    }
}
