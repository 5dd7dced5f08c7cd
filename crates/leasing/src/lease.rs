//! A live lease as the state keeps it: small, with everything shared by number.
//!
//! Invariants: a lease in the state is live; what ended is not here. Seats of a shared part stand in its group, not in
//! the lease. Deliberately not here: how leases begin and end (apply), the signed document.

use crate::dictionary::Dictionary;
use crate::ids::No;
use crate::lease_set::LeaseSet;
use crate::pool::PoolNo;
use crate::seats::Seats;
use crate::stock::{Bin, Feature, Shelf};
use crate::table::Keyed;
use crate::term::Granularity;
use crate::text::Text;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroU32;
use tenure_document::{
    Holder, HostId, HostIdType, KeyId, LeaseId, MachineKind, PublicKey, SeatBasis, Time, Version,
};

/// A live lease.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    pub(crate) id: LeaseId,
    pub(crate) feature: No<Feature>,
    pub(crate) holder: HolderNo,
    pub(crate) signer: Option<No<Signer>>,
    pub(crate) version: Version,
    pub(crate) parts: Parts,
    pub(crate) granted: Time,
    pub(crate) renewed: Time,
    pub(crate) expires: Time,
    pub(crate) borrow_seconds: Option<NonZeroU32>,
    pub(crate) granularity: Option<Granularity>,
    pub(crate) code: GrantCode,
    /// Its device was dropped: it only waits for its end.
    pub(crate) dropped: bool,
}

/// A holder by the numbers of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HolderNo {
    pub(crate) device: No<Device>,
    pub(crate) user: Option<No<Name>>,
    pub(crate) session: Option<No<Name>>,
    pub(crate) process: Option<No<Name>>,
    pub(crate) owner: Option<No<Name>>,
}

/// The items a lease draws on: nearly always one.
#[derive(Debug, Clone)]
pub(crate) enum Parts {
    One(LeasePart),
    Many(Box<[LeasePart]>),
}

impl Parts {
    pub(crate) fn of(mut parts: Vec<LeasePart>) -> Option<Parts> {
        match parts.len() {
            0 => None,
            1 => parts.pop().map(Parts::One),
            _ => Some(Parts::Many(parts.into_boxed_slice())),
        }
    }

    pub(crate) fn as_slice(&self) -> &[LeasePart] {
        match self {
            Parts::One(part) => std::slice::from_ref(part),
            Parts::Many(parts) => parts,
        }
    }
}

/// The seats of a lease that come from one item in one pool.
#[derive(Debug, Clone)]
pub(crate) struct LeasePart {
    pub(crate) shelf: No<Shelf>,
    pub(crate) count: u32,
    /// Its own seats; a shared part has those of its group.
    pub(crate) seats: Seats,
    /// Shared with leases of the same holder in this sense.
    pub(crate) shared: Option<SeatBasis>,
    pub(crate) pool: PoolNo,
}

impl LeasePart {
    pub(crate) fn bin(&self) -> Bin {
        Bin { shelf: self.shelf, pool: self.pool }
    }
}

impl Lease {
    /// The group that a part of this lease shares seats with; none where it has seats of its own.
    pub(crate) fn group_of(&self, part: &LeasePart) -> Option<GroupKey> {
        let key = part.shared.and_then(|basis| seat_key(basis, self.holder))?;
        Some(GroupKey { shelf: part.shelf, key, pool: part.pool })
    }
}

/// Where leases share seats: one item, one holder in the sense of its seat basis, one pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupKey {
    pub(crate) shelf: No<Shelf>,
    pub(crate) key: SeatKey,
    pub(crate) pool: PoolNo,
}

impl GroupKey {
    pub(crate) fn bin(&self) -> Bin {
        Bin { shelf: self.shelf, pool: self.pool }
    }
}

/// What a shared seat belongs to: leases of one item with the same key share its seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SeatKey {
    /// One machine, or one terminal session of it.
    Session(No<Device>, Option<No<Name>>),
    /// One machine.
    Device(No<Device>),
    /// One named user, wherever it is.
    User(No<Name>),
}

/// A machine that holds something.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) host: Text,
    pub(crate) host_kind: HostIdType,
    pub(crate) kind: MachineKind,
    pub(crate) name: Option<Box<str>>,
    pub(crate) seen: Time,
    pub(crate) leases: LeaseSet,
}

impl Keyed for Device {
    type Key = HostId;

    fn has(&self, key: &HostId) -> bool {
        self.host_kind == key.kind && *self.host == *key.value
    }

    fn hash_key(key: &HostId, hasher: &mut DefaultHasher) {
        (key.kind, key.value.as_str()).hash(hasher);
    }

    fn hash_self(&self, hasher: &mut DefaultHasher) {
        (self.host_kind, &*self.host).hash(hasher);
    }
}

impl Device {
    pub(crate) fn new(host: &HostId, kind: MachineKind, seen: Time) -> Device {
        let (host_kind, host) = (host.kind, Text::from(host.value.as_str()));
        Device { host, host_kind, kind, name: None, seen, leases: LeaseSet::default() }
    }

    pub(crate) fn host(&self) -> HostId {
        HostId { kind: self.host_kind, value: self.host.to_string() }
    }
}

/// A name that leases share: a user, a session, a process or an owner.
#[derive(Debug, Clone)]
pub(crate) struct Name(pub(crate) Text);

impl Keyed for Name {
    type Key = str;

    fn has(&self, key: &str) -> bool {
        *self.0 == *key
    }

    fn hash_key(key: &str, hasher: &mut DefaultHasher) {
        key.hash(hasher);
    }

    fn hash_self(&self, hasher: &mut DefaultHasher) {
        self.0.hash(hasher);
    }
}

/// The keys behind a lease.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    id: SignerId,
    /// The key that the lease document names.
    pub(crate) client_key: Option<PublicKey>,
}

/// What tells one [`Signer`] from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignerId {
    client_key: Option<KeyId>,
    signed_by: Option<KeyId>,
}

impl Hash for SignerId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for key in [self.client_key, self.signed_by] {
            key.map(|key| key.0.0).hash(state);
        }
    }
}

impl Keyed for Signer {
    type Key = SignerId;

    fn has(&self, key: &SignerId) -> bool {
        self.id == *key
    }

    fn hash_key(key: &SignerId, hasher: &mut DefaultHasher) {
        key.hash(hasher);
    }

    fn hash_self(&self, hasher: &mut DefaultHasher) {
        self.id.hash(hasher);
    }
}

impl Signer {
    /// The identity of this pair of keys; none without any.
    pub(crate) fn id_of(
        client_key: Option<&PublicKey>,
        signed_by: Option<KeyId>,
    ) -> Option<SignerId> {
        (client_key.is_some() || signed_by.is_some())
            .then(|| SignerId { client_key: client_key.map(PublicKey::id), signed_by })
    }

    pub(crate) fn new(id: SignerId, client_key: Option<PublicKey>) -> Signer {
        Signer { id, client_key }
    }

    /// The registered key that signed the request.
    pub(crate) fn signed_by(&self) -> Option<KeyId> {
        self.id.signed_by
    }

    /// True when a signature with this key is the holder's.
    pub(crate) fn is_key(&self, key: KeyId) -> bool {
        self.id.signed_by == Some(key) || self.id.client_key == Some(key)
    }
}

/// What a holder said of itself when it asked: rules of a later model judge by it.
#[derive(Debug, Clone)]
pub(crate) struct Facts(pub(crate) Dictionary);

impl Keyed for Facts {
    type Key = Dictionary;

    fn has(&self, key: &Dictionary) -> bool {
        self.0 == *key
    }

    fn hash_key(key: &Dictionary, hasher: &mut DefaultHasher) {
        key.hash(hasher);
    }

    fn hash_self(&self, hasher: &mut DefaultHasher) {
        self.0.hash(hasher);
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal),* $(,)?) => {
        /// How a lease came about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum GrantCode { $($(#[$doc])* $name),* }

        impl GrantCode {
            pub(crate) fn word(self) -> &'static str {
                match self { $(GrantCode::$name => $code),* }
            }

            /// The code of this word; plain for one that this release does not know.
            pub(crate) fn from_word(word: &str) -> GrantCode {
                match word { $($code => GrantCode::$name,)* _ => GrantCode::Granted }
            }
        }
    };
}

codes! {
    /// All its seats were held already under the same seat key.
    SharedSeat = "shared-seat",
    /// Within the count.
    Granted = "granted",
    /// The license has expired and is in its days of grace.
    InGrace = "granted-in-grace",
    /// Beyond the count, within the overdraft.
    Overdraft = "granted-overdraft",
    /// Beyond everything: recorded, because the license says so.
    Recorded = "recorded-over-count",
    /// Beyond everything: granted with a warning, because the license says so.
    Warned = "warned-over-count",
}

/// The parts of a holder, put together again.
pub(crate) fn holder_of(
    device: &Device,
    [user, session, process, owner]: [Option<&Name>; 4],
) -> Holder {
    let text = |name: Option<&Name>| name.map(|name| name.0.to_string());
    Holder {
        host: device.host(),
        user: text(user),
        session: text(session),
        process: text(process),
        owner: text(owner),
        name: device.name.as_deref().map(str::to_owned),
        kind: device.kind,
    }
}

/// What a holder's seats of this basis belong to; none where every checkout has its own. Without a named user the
/// device stands for it.
pub(crate) fn seat_key(basis: SeatBasis, holder: HolderNo) -> Option<SeatKey> {
    match basis {
        SeatBasis::Process => None,
        SeatBasis::Session => Some(SeatKey::Session(holder.device, holder.session)),
        SeatBasis::Device => Some(SeatKey::Device(holder.device)),
        SeatBasis::User => Some(holder.user.map_or(SeatKey::Device(holder.device), SeatKey::User)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_small() {
        assert!(size_of::<Lease>() <= 112, "{} bytes", size_of::<Lease>());
        assert!(size_of::<Device>() <= 72, "{} bytes", size_of::<Device>());
    }
}
