//! The state of a license server: everything it remembers, in memory, with the indices that decisions need.
//!
//! Invariants: the fold of the events and nothing else; what many leases share is stored once; no index is scanned as
//! a whole by a decision. Deliberately not here: how events change it (apply), what is decided on it.

use crate::account::{ClientKey, User};
use crate::denial_ring::DenialRing;
use crate::dictionary::Dictionary;
use crate::endings::Endings;
use crate::group::Group;
use crate::ids::No;
use crate::lease::{Device, Facts, GroupKey, HolderNo, Lease, Name, Signer, holder_of};
use crate::model_book::ModelBook;
use crate::placement::Placement;
use crate::pool::{DEFAULT_POOL, Pool, PoolNo};
use crate::property::{Properties, Settings};
use crate::queue::Queue;
use crate::reservation::Book;
use crate::series::SeriesBook;
use crate::stock::{Feature, Shelf};
use crate::table::Table;
use crate::usage_book::UsageBook;
use crate::usage_report::UsageReports;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tenure_container::Container;
use tenure_document::{Holder, HostId, Item, KeyId, LeaseId, Time};

/// The state of a license server.
#[derive(Debug, Clone)]
pub struct Leasing {
    pub(crate) container: Container,
    pub(crate) seed: u64,
    pub(crate) next_lease: LeaseId,
    pub(crate) shelves: Table<Shelf>,
    pub(crate) features: Table<Feature>,
    pub(crate) pools: Table<Pool>,
    pub(crate) devices: Table<Device>,
    pub(crate) names: Table<Name>,
    pub(crate) signers: Table<Signer>,
    pub(crate) leases: BTreeMap<LeaseId, Box<Lease>>,
    pub(crate) facts: Table<Facts>,
    /// Leases whose holders said something of themselves.
    pub(crate) told: BTreeMap<LeaseId, No<Facts>>,
    pub(crate) by_owner: BTreeSet<(No<Name>, No<Feature>, LeaseId)>,
    pub(crate) groups: BTreeMap<GroupKey, Group>,
    /// The first end of a lease of each feature.
    pub(crate) first_ends: BTreeSet<(Time, No<Feature>)>,
    /// Seats kept for named users, by the end of that.
    pub(crate) kept_seats: BTreeSet<(Time, GroupKey)>,
    pub(crate) endings: Endings,
    pub(crate) denials: DenialRing,
    pub(crate) usage: UsageBook,
    pub(crate) series: SeriesBook,
    pub(crate) queue: Queue,
    pub(crate) book: Book,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) client_keys: BTreeMap<KeyId, ClientKey>,
    pub(crate) properties: Properties,
    pub(crate) settings: Settings,
    pub(crate) suspended: Option<Suspension>,
    pub(crate) reconcile_until: Option<Time>,
    pub(crate) reports: UsageReports,
    pub(crate) models: ModelBook,
    /// How the pools of the model are filled; none without a model.
    pub(crate) placement: Option<Box<Placement>>,
}

/// Since when, by whom and why nothing new is granted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    /// By whom.
    pub by: String,
    /// Since when.
    pub at: Time,
    /// Why, where said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Leasing {
    /// A license server around this container. `seed` is secret and random: it spreads renewals and keys hash tables.
    pub fn new(container: Container, seed: u64) -> Leasing {
        let properties = Properties::default();
        let mut state = Leasing {
            container,
            seed,
            next_lease: LeaseId(1),
            shelves: Table::new(seed),
            features: Table::new(seed),
            pools: Table::new(seed),
            devices: Table::new(seed),
            names: Table::new(seed),
            signers: Table::new(seed),
            leases: BTreeMap::new(),
            facts: Table::new(seed),
            told: BTreeMap::new(),
            by_owner: BTreeSet::new(),
            groups: BTreeMap::new(),
            first_ends: BTreeSet::new(),
            kept_seats: BTreeSet::new(),
            endings: Endings::default(),
            denials: DenialRing::new(seed),
            usage: UsageBook::default(),
            series: SeriesBook::default(),
            queue: Queue::default(),
            book: Book::default(),
            users: BTreeMap::new(),
            client_keys: BTreeMap::new(),
            settings: properties.settings(),
            properties,
            suspended: None,
            reports: UsageReports::default(),
            reconcile_until: None,
            models: ModelBook::default(),
            placement: None,
        };
        state.stock_up();
        state
    }

    /// The container that this server serves from.
    pub fn container(&self) -> &Container {
        &self.container
    }

    /// Units of an item used up: what the container's context reports.
    pub fn consumed(&self, item: &Item) -> u64 {
        let shelf = self.shelves.find(item.id.as_str()).and_then(|no| self.shelves.get(no));
        shelf.map_or(0, |shelf| shelf.consumed)
    }

    /// Brings the shelves in line with the items of the container.
    pub(crate) fn stock_up(&mut self) {
        let items: Vec<Arc<Item>> =
            self.container.items().map(|item| Arc::new(item.clone())).collect();
        let held: BTreeSet<&str> = items.iter().map(|item| item.id.as_str()).collect();
        let gone: Vec<No<Shelf>> = self
            .shelves
            .iter()
            .filter(|(_, shelf)| shelf.present && !held.contains(shelf.item.id.as_str()))
            .map(|(no, _)| no)
            .collect();
        for no in gone {
            self.free_kept(no);
            if let Some(shelf) = self.shelves.get_mut(no) {
                shelf.present = false;
                shelf.excess = None;
            }
        }
        for item in items {
            self.put_on_shelf(item);
        }
        if let Some(at) = self.book.at() {
            self.settle_reservations(at);
        }
    }

    fn put_on_shelf(&mut self, item: Arc<Item>) {
        let feature = self.feature_no(&item.feature);
        let no = match self.shelves.find(item.id.as_str()) {
            Some(no) => no,
            None => self.shelves.intern(item.id.as_str(), || Shelf::new(item.clone(), feature)),
        };
        let Some(shelf) = self.shelves.get_mut(no) else { return };
        let before = (shelf.feature, shelf.renewal_limit());
        *shelf = Shelf { item, feature, present: true, ..shelf.clone() };
        let moved = before.0 != feature;
        if moved && let Some(old) = self.features.get_mut(before.0) {
            old.shelves.retain(|shelf| *shelf != no);
        }
        self.list_shelf(feature, no);
        if moved {
            let used = self.shelves.get(no).map_or(0, |shelf| shelf.used);
            self.note_moved(before.0, feature, used);
        }
        self.judge_excess(no);
    }

    /// Lists a shelf among those of its feature.
    pub(crate) fn list_shelf(&mut self, feature: No<Feature>, no: No<Shelf>) {
        if let Some(feature) = self.features.get_mut(feature)
            && !feature.shelves.contains(&no)
        {
            feature.shelves.push(no);
        }
    }

    /// The number of a feature; features are never forgotten, their names come from signed items only.
    pub(crate) fn feature_no(&mut self, name: &str) -> No<Feature> {
        match self.features.find(name) {
            Some(no) => no,
            None => self.features.intern(name, || Feature::new(name)),
        }
    }

    /// The number of a pool, with one more reference to it; none: the default pool.
    pub(crate) fn hold_pool(&mut self, name: Option<&str>) -> PoolNo {
        name.map(|name| self.pools.intern(name, || Pool::new(name)))
    }

    pub(crate) fn let_go_pool(&mut self, pool: PoolNo) {
        pool.into_iter().for_each(|pool| self.pools.let_go(pool));
    }

    /// The pool of this name, where it is or was in use; none inside: the default pool.
    pub(crate) fn find_pool(&self, name: Option<&str>) -> Option<PoolNo> {
        match name {
            None => Some(None),
            Some(name) => self.pools.find(name).map(Some),
        }
    }

    /// The name of a pool; none for the default pool, as events and records have it.
    pub(crate) fn stored_pool(&self, pool: PoolNo) -> Option<String> {
        pool.and_then(|pool| self.pools.get(pool)).map(|pool| pool.name.to_string())
    }

    /// The name of a pool for people.
    pub(crate) fn pool_name(&self, pool: PoolNo) -> &str {
        pool.and_then(|pool| self.pools.get(pool)).map_or(DEFAULT_POOL, |pool| &pool.name)
    }

    /// The leases of a device, oldest first.
    pub(crate) fn leases_of(&self, device: No<Device>) -> impl Iterator<Item = &Lease> {
        let leases = self.devices.get(device).into_iter().flat_map(|device| device.leases.iter());
        leases.filter_map(|lease| self.leases.get(&lease)).map(Box::as_ref)
    }

    /// The leases of a device, oldest first; none for one that holds nothing.
    pub(crate) fn leases_of_host(&self, host: &HostId) -> impl Iterator<Item = &Lease> {
        self.devices.find(host).into_iter().flat_map(|device| self.leases_of(device))
    }

    /// What the holder of a lease said of itself when it asked.
    pub(crate) fn facts_of(&self, lease: LeaseId) -> Option<&Dictionary> {
        self.told.get(&lease).and_then(|no| self.facts.get(*no)).map(|facts| &facts.0)
    }

    /// The holder of a lease, put together again.
    pub(crate) fn holder(&self, lease: &Lease) -> Option<Holder> {
        let HolderNo { device, user, session, process, owner } = lease.holder;
        let name = |no: Option<No<Name>>| no.and_then(|no| self.names.get(no));
        let names = [name(user), name(session), name(process), name(owner)];
        self.devices.get(device).map(|device| holder_of(device, names))
    }

    /// The keys behind a lease.
    pub(crate) fn signer(&self, lease: &Lease) -> Option<&Signer> {
        lease.signer.and_then(|no| self.signers.get(no))
    }

    /// True when this registered key is refused.
    pub(crate) fn is_key_revoked(&self, key: KeyId) -> bool {
        self.client_keys.get(&key).is_some_and(|key| key.revoked.is_some())
    }
}
