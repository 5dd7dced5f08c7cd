//! Leases, groups, shelves and devices as the stored state has them, and the way back into the state.
//!
//! Invariants: a record names items, features and users by their text, devices by their place in the record of devices;
//! what can be counted anew (seats in use, free numbers) is not stored. Deliberately not here: the other parts of the
//! stored state (snapshot).

use crate::dictionary::Dictionary;
use crate::group::Group;
use crate::ids::No;
use crate::lease::{
    Device, GrantCode, GroupKey, HolderNo, Lease, LeasePart, Name, Parts, SeatKey, Signer, seat_key,
};
use crate::reservation::{Claimed, Seated};
use crate::seats::Seats;
use crate::state::Leasing;
use crate::stock::{Bin, Shelf};
use crate::term::Granularity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use tenure_document::{
    HostId, Item, KeyId, LeaseId, MachineKind, PublicKey, SeatBasis, SeatRange, Time, Version,
};

/// An item of which something is left to remember.
#[derive(Serialize, Deserialize)]
pub(crate) struct ShelfRecord {
    pub(crate) item: Item,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) consumed: u64,
    /// Of these, in named pools.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) spent: BTreeMap<String, u64>,
    /// The container has it.
    pub(crate) present: bool,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct DeviceRecord {
    host: HostId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    kind: MachineKind,
    #[serde(with = "millis")]
    seen: Time,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct GroupRecord {
    item: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<usize>,
    /// The session, or the user where there is no device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    basis: SeatBasis,
    size: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    seats: Vec<SeatRange>,
    first: LeaseId,
    opened: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept_until: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pool: Option<String>,
    /// Against whose reservations its seats count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) reserved: Vec<Claimed>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct LeaseRecord {
    id: LeaseId,
    feature: String,
    device: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    process: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_key: Option<PublicKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signed_by: Option<KeyId>,
    version: Version,
    parts: Vec<PartRecord>,
    #[serde(with = "millis")]
    granted: Time,
    /// Not there: never renewed.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "maybe_millis")]
    renewed: Option<Time>,
    #[serde(with = "millis")]
    expires: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    borrow_seconds: Option<NonZeroU32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    granularity: Option<Granularity>,
    /// Not there: plainly granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    dropped: bool,
    #[serde(default, skip_serializing_if = "Dictionary::is_empty")]
    dictionary: Dictionary,
}

#[derive(Serialize, Deserialize)]
struct PartRecord {
    item: String,
    count: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    seats: Vec<SeatRange>,
    /// Shared under the seat key of this basis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shared: Option<SeatBasis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pool: Option<String>,
    /// Against whose reservations its own seats count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reserved: Vec<Claimed>,
}

/// Times as milliseconds: a state has many.
mod millis {
    use super::Time;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        time.as_millis().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
        i64::deserialize(from).map(Time::from_millis)
    }
}

/// The same, where there may be none.
mod maybe_millis {
    use super::Time;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        time: &Option<Time>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        time.map(Time::as_millis).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Time>, D::Error> {
        Ok(Option::<i64>::deserialize(from)?.map(Time::from_millis))
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Writing.
impl Leasing {
    pub(crate) fn shelf_records(&self) -> impl Iterator<Item = ShelfRecord> {
        let mut shelves: Vec<&Shelf> = self.shelves.iter().map(|(_, shelf)| shelf).collect();
        shelves.retain(|shelf| shelf.consumed > 0 || (!shelf.present && shelf.used > 0));
        shelves.sort_by(|a, b| a.item.id.cmp(&b.item.id));
        shelves.into_iter().map(|shelf| ShelfRecord {
            item: (*shelf.item).clone(),
            consumed: shelf.consumed,
            spent: self.spent_in_pools(shelf),
            present: shelf.present,
        })
    }

    fn spent_in_pools(&self, shelf: &Shelf) -> BTreeMap<String, u64> {
        let spent = shelf.shares.iter().flat_map(|shares| shares.spent());
        spent.map(|(pool, units)| (self.pool_name(Some(pool)).to_owned(), units)).collect()
    }

    /// The devices in the order of their host IDs, and the place of each in it.
    fn devices_in_order(&self) -> Vec<(&Device, No<Device>)> {
        let mut devices: Vec<_> = self.devices.iter().map(|(no, device)| (device, no)).collect();
        devices.sort_by_key(|(device, _)| (device.host_kind, &*device.host));
        devices
    }

    fn device_places(&self) -> BTreeMap<No<Device>, usize> {
        let devices = self.devices_in_order().into_iter().enumerate();
        devices.map(|(place, (_, no))| (no, place)).collect()
    }

    pub(crate) fn device_records(&self) -> impl Iterator<Item = DeviceRecord> {
        self.devices_in_order().into_iter().map(|(device, _)| DeviceRecord {
            host: device.host(),
            name: device.name.as_deref().map(str::to_owned),
            kind: device.kind,
            seen: device.seen,
        })
    }

    pub(crate) fn group_records(&self) -> impl Iterator<Item = GroupRecord> {
        let places = self.device_places();
        let mut groups: Vec<GroupRecord> = self
            .groups
            .iter()
            .filter_map(|(place, group)| self.group_record(*place, group, &places))
            .collect();
        let order = |group: &GroupRecord| {
            let GroupRecord { item, basis, device, name, pool, .. } = group;
            (item.clone(), *basis, *device, name.clone(), pool.clone())
        };
        groups.sort_by_cached_key(order);
        groups.into_iter()
    }

    fn group_record(
        &self,
        GroupKey { shelf, key, pool }: GroupKey,
        group: &Group,
        places: &BTreeMap<No<Device>, usize>,
    ) -> Option<GroupRecord> {
        let name = |no: No<Name>| self.names.get(no).map(|name| name.0.to_string());
        let place = |device: No<Device>| places.get(&device).copied();
        let (basis, device, name) = match key {
            SeatKey::Session(device, session) => {
                (SeatBasis::Session, place(device), session.and_then(name))
            }
            SeatKey::Device(device) => (SeatBasis::Device, place(device), None),
            SeatKey::User(user) => (SeatBasis::User, None, name(user)),
        };
        Some(GroupRecord {
            item: self.shelves.get(shelf)?.item.id.clone(),
            device,
            name,
            basis,
            size: group.size,
            seats: group.seats.runs().to_vec(),
            first: group.first,
            opened: group.opened,
            kept_until: group.kept_until,
            pool: self.stored_pool(pool),
            reserved: self.claims_of(&Seated::Group(Bin { shelf, pool }, key)),
        })
    }

    pub(crate) fn lease_records(&self) -> impl Iterator<Item = LeaseRecord> {
        let places = self.device_places();
        self.leases.values().filter_map(move |lease| self.lease_record(lease, &places))
    }

    fn lease_record(
        &self,
        lease: &Lease,
        places: &BTreeMap<No<Device>, usize>,
    ) -> Option<LeaseRecord> {
        let name = |no: Option<No<Name>>| Some(self.names.get(no?)?.0.to_string());
        let HolderNo { device, user, session, process, owner } = lease.holder;
        let signer = self.signer(lease);
        Some(LeaseRecord {
            id: lease.id,
            feature: self.features.get(lease.feature)?.name.to_string(),
            device: *places.get(&device)?,
            user: name(user),
            session: name(session),
            process: name(process),
            owner: name(owner),
            client_key: signer.and_then(|signer| signer.client_key.clone()),
            signed_by: signer.and_then(|signer| signer.signed_by()),
            version: lease.version,
            parts: lease
                .parts
                .as_slice()
                .iter()
                .filter_map(|p| self.part_record(lease, p))
                .collect(),
            granted: lease.granted,
            renewed: (lease.renewed != lease.granted).then_some(lease.renewed),
            expires: lease.expires,
            borrow_seconds: lease.borrow_seconds,
            granularity: lease.granularity,
            code: (lease.code != GrantCode::Granted).then(|| lease.code.word().to_owned()),
            dropped: lease.dropped,
            dictionary: self.facts_of(lease.id).cloned().unwrap_or_default(),
        })
    }

    fn part_record(&self, lease: &Lease, part: &LeasePart) -> Option<PartRecord> {
        let item = self.shelves.get(part.shelf)?.item.id.clone();
        Some(PartRecord {
            item,
            count: part.count,
            seats: part.seats.runs().to_vec(),
            shared: part.shared,
            pool: self.stored_pool(part.pool),
            reserved: self.claims_of(&Seated::Lease(part.bin(), lease.id)),
        })
    }
}

/// Reading.
impl Leasing {
    /// Puts devices into their table, each held once until everything is back.
    pub(crate) fn restore_devices(&mut self, records: &[DeviceRecord]) -> Vec<No<Device>> {
        let device = |record: &DeviceRecord| Device {
            name: record.name.as_deref().map(Into::into),
            ..Device::new(&record.host, record.kind, record.seen)
        };
        records.iter().map(|r| self.devices.intern(&r.host, || device(r))).collect()
    }

    pub(crate) fn restore_group(
        &mut self,
        record: &GroupRecord,
        devices: &[No<Device>],
    ) -> Result<GroupKey, String> {
        let shelf = self.shelf_of(&record.item)?;
        let device = record.device.and_then(|place| devices.get(place)).copied();
        let name = record.name.as_deref().map(|name| self.names.intern(name, || Name(name.into())));
        let key = match (record.basis, device, name) {
            (SeatBasis::Session, Some(device), session) => SeatKey::Session(device, session),
            (SeatBasis::Device, Some(device), None) => SeatKey::Device(device),
            (SeatBasis::User, None, Some(user)) => SeatKey::User(user),
            _ => return Err(format!("a group of item {:?} without its holder", record.item)),
        };
        self.hold_key(key);
        name.into_iter().for_each(|name| self.names.let_go(name));
        let seats = Seats::of(record.seats.clone());
        let opened = (record.first, record.opened);
        let group = Group::restored(opened, (record.size, seats), record.kept_until);
        let place = GroupKey { shelf, key, pool: self.hold_pool(record.pool.as_deref()) };
        self.use_seats(place.bin(), record.size);
        self.kept_seats.extend(record.kept_until.map(|until| (until, place)));
        self.groups.insert(place, group);
        Ok(place)
    }

    /// Against whose reservations the own seats of a stored lease count.
    pub(crate) fn stored_claims(
        &self,
        record: &LeaseRecord,
    ) -> Vec<(Seated<Bin, SeatKey>, Claimed)> {
        let claims = record.parts.iter().flat_map(|part| {
            let bin = || {
                let pool = self.find_pool(part.pool.as_deref())?;
                Some(Bin { shelf: self.shelves.find(part.item.as_str())?, pool })
            };
            let seated = (!part.reserved.is_empty()).then(bin).flatten();
            let seated = seated.map(|bin| Seated::Lease(bin, record.id));
            seated
                .into_iter()
                .flat_map(|seated| part.reserved.iter().map(move |c| (seated, c.clone())))
        });
        claims.collect()
    }

    pub(crate) fn restore_lease(
        &mut self,
        record: &LeaseRecord,
        devices: &[No<Device>],
    ) -> Result<(), String> {
        let feature = self.feature_no(&record.feature);
        let device = devices.get(record.device).copied();
        let device = device.ok_or_else(|| format!("{}: its device is missing", record.id))?;
        self.devices.hold(device);
        let mut name = |text: &Option<String>| {
            let text = text.as_deref()?;
            Some(self.names.intern(text, || Name(text.into())))
        };
        let holder = HolderNo {
            device,
            user: name(&record.user),
            session: name(&record.session),
            process: name(&record.process),
            owner: name(&record.owner),
        };
        let mut parts = Vec::with_capacity(record.parts.len());
        for part in &record.parts {
            let key = part.shared.and_then(|basis| seat_key(basis, holder));
            parts.push(self.restore_part(record, part, key)?);
        }
        let signer = Signer::id_of(record.client_key.as_ref(), record.signed_by)
            .map(|id| self.signers.intern(&id, || Signer::new(id, record.client_key.clone())));
        let lease = Lease {
            id: record.id,
            feature,
            holder,
            signer,
            version: record.version,
            parts: Parts::of(parts).ok_or_else(|| format!("{}: has no parts", record.id))?,
            granted: record.granted,
            renewed: record.renewed.unwrap_or(record.granted),
            expires: record.expires,
            borrow_seconds: record.borrow_seconds,
            granularity: record.granularity,
            code: record.code.as_deref().map_or(GrantCode::Granted, GrantCode::from_word),
            dropped: record.dropped,
        };
        self.put_lease(lease, &record.dictionary);
        Ok(())
    }

    fn restore_part(
        &mut self,
        lease: &LeaseRecord,
        part: &PartRecord,
        key: Option<SeatKey>,
    ) -> Result<LeasePart, String> {
        let shelf = self.shelf_of(&part.item)?;
        let feature = self.feature_no(&lease.feature);
        let seats = Seats::of(part.seats.clone());
        let pool = self.hold_pool(part.pool.as_deref());
        match key {
            None => self.take_seats(feature, seats.runs()),
            Some(key) => {
                let group = self.groups.get_mut(&GroupKey { shelf, key, pool });
                let group = group.ok_or_else(|| format!("{}: its group is missing", lease.id))?;
                let back = group.is_idle().then(|| group.seats.clone());
                group.rejoin(part.count);
                if let Some(seats) = back {
                    self.take_seats(feature, seats.runs());
                }
            }
        }
        let restored = LeasePart { shelf, count: part.count, seats, shared: part.shared, pool };
        if key.is_none() {
            self.use_seats(restored.bin(), part.count);
        }
        if lease.borrow_seconds.is_some()
            && let Some(shelf) = self.shelves.get_mut(shelf)
        {
            shelf.borrowed += u64::from(part.count);
        }
        Ok(restored)
    }

    fn shelf_of(&self, item: &str) -> Result<No<Shelf>, String> {
        self.shelves.find(item).ok_or_else(|| format!("there is no item {item:?}"))
    }
}
