//! One entry of a group: for whom, what, how many; as it is typed, sent and shown.
//!
//! Kept here: a form that cannot be read keeps what was typed and says at each field what is wrong.

use serde::{Deserialize, Serialize};
use tenure_api::{
    ReservationEntry, ReservationEntryRequest, ReservationGroupRequest, ReservationRequest,
    ReservedHost,
};
use tenure_document::{HostIdType, Version};

use crate::form::Form;
use crate::staff::Asked;

/// Groups in the API.
pub(super) const API: &str = "/api/v1/reservation-groups";
/// The role that may change them.
pub(super) const ROLE: &str = "reservations";

/// Kinds of members in the order in which they are offered.
pub(super) const KINDS: [(HostIdType, &str); 9] = [
    (HostIdType::User, "User, on any device"),
    (HostIdType::String, "Device, by its name or ID"),
    (HostIdType::Ethernet, "Device, by its Ethernet address"),
    (HostIdType::VmUuid, "Virtual machine, by its UUID"),
    (HostIdType::Internet, "Device, by its IPv4 address"),
    (HostIdType::Internet6, "Device, by its IPv6 address"),
    (HostIdType::ContainerId, "Container, by its serial or ID"),
    (HostIdType::PublisherDefined, "ID of the publisher's own kind"),
    (HostIdType::Extended, "Extended ID"),
];

/// For whom, in a word.
pub(super) const fn kind(kind: HostIdType) -> &'static str {
    match kind {
        HostIdType::User => "User",
        HostIdType::String => "Device",
        HostIdType::Ethernet => "Ethernet address",
        HostIdType::VmUuid => "Virtual machine",
        HostIdType::Internet => "IPv4 address",
        HostIdType::Internet6 => "IPv6 address",
        HostIdType::ContainerId => "Container",
        HostIdType::PublisherDefined => "Publisher's ID",
        HostIdType::Extended => "Extended ID",
    }
}

/// An entry with whom it is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) host: ReservedHost,
    pub(super) what: ReservationEntryRequest,
}

impl Entry {
    pub(super) fn of(host: &ReservedHost, entry: &ReservationEntry) -> Self {
        Self {
            host: host.clone(),
            what: ReservationEntryRequest {
                feature_name: entry.feature_name.clone(),
                feature_version: entry.feature_version,
                feature_count: entry.feature_count,
                pool: entry.pool.clone(),
            },
        }
    }

    /// `2 × cad for user ann`.
    pub(super) fn words(&self) -> String {
        let Self { host, what } = self;
        let version = match what.feature_version {
            Version::ANY => String::new(),
            version => format!(" {version} or later"),
        };
        let pool = what.pool.as_ref().map_or_else(String::new, |pool| format!(" from pool {pool}"));
        let (count, feature) = (what.feature_count, &what.feature_name);
        let kind = kind(host.kind).to_lowercase();
        format!("{count} × {feature}{version}{pool} for {kind} {}", host.value)
    }

    /// The lowest version that will do, in words.
    pub(super) fn version(&self) -> String {
        match self.what.feature_version {
            Version::ANY => "Any".to_owned(),
            version => format!("{version} or later"),
        }
    }
}

/// All entries of a group as it would be posted, in their order.
pub(super) fn entries(group: &ReservationGroupRequest) -> Vec<Entry> {
    let mut all = Vec::new();
    for one in &group.reservations {
        for what in &one.reservation_entries {
            all.push(Entry { host: one.host_id.clone(), what: what.clone() });
        }
    }
    all
}

/// A group of these entries: each device or user stands in it once.
pub(super) fn posting(name: Option<String>, entries: &[Entry]) -> ReservationGroupRequest {
    let mut reservations: Vec<ReservationRequest> = Vec::new();
    let mut places = std::collections::BTreeMap::new();
    for Entry { host, what } in entries {
        let place = *places.entry((host.kind, host.value.clone())).or_insert_with(|| {
            reservations.push(ReservationRequest {
                host_id: host.clone(),
                reservation_entries: Vec::new(),
            });
            reservations.len() - 1
        });
        reservations[place].reservation_entries.push(what.clone());
    }
    ReservationGroupRequest { name, reservations }
}

/// An entry as it is typed, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub(super) kind: String,
    pub(super) who: String,
    pub(super) feature: String,
    pub(super) version: String,
    pub(super) count: String,
    pub(super) pool: String,
    pub(super) faults: Faults,
}

/// What is wrong with an entry, by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Faults {
    pub(super) who: Option<String>,
    pub(super) feature: Option<String>,
    pub(super) version: Option<String>,
    pub(super) count: Option<String>,
    /// It does not fit.
    pub(super) unfit: Option<String>,
}

impl Faults {
    fn any(&self) -> bool {
        *self != Self::default()
    }
}

impl Typed {
    /// Empty but for what an address says: a page of a feature links here.
    pub(super) fn asked(asked: &Asked) -> Self {
        let or = |name: &str, usual: &str| match asked.text(name) {
            "" => usual.to_owned(),
            text => text.to_owned(),
        };
        Self {
            kind: or("type", HostIdType::User.name()),
            who: or("host", ""),
            feature: or("feature", ""),
            version: or("version", ""),
            count: or("count", "1"),
            pool: or("pool", ""),
            faults: Faults::default(),
        }
    }

    /// As it was sent.
    pub(super) fn sent(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            kind: text("type"),
            who: text("who"),
            feature: text("feature"),
            version: text("version"),
            count: text("count"),
            pool: text("pool"),
            faults: Faults::default(),
        }
    }

    /// An entry that is there, to be changed.
    pub(super) fn there(entry: &Entry) -> Self {
        let Entry { host, what } = entry;
        let version = match what.feature_version {
            Version::ANY => String::new(),
            version => version.to_string(),
        };
        Self {
            kind: host.kind.name().to_owned(),
            who: host.value.clone(),
            feature: what.feature_name.clone(),
            version,
            count: what.feature_count.to_string(),
            pool: what.pool.clone().unwrap_or_default(),
            faults: Faults::default(),
        }
    }

    /// Nobody has typed anything that says for whom or what.
    pub(super) fn is_blank(&self) -> bool {
        self.who.is_empty() && self.feature.is_empty()
    }

    /// The same form for the next one: kind, feature and count stay, whom is asked anew.
    pub(super) fn next(self) -> Self {
        Self { who: String::new(), faults: Faults::default(), ..self }
    }

    pub(super) fn kinds(&self) -> Vec<(&'static str, &'static str, bool)> {
        KINDS.iter().map(|(kind, words)| (kind.name(), *words, kind.name() == self.kind)).collect()
    }

    /// The entry; where it is none, the faults are said.
    pub(super) fn read(&mut self) -> Option<Entry> {
        let mut faults = Faults::default();
        let kind: Option<HostIdType> = self.kind.parse().ok();
        if self.who.is_empty() || kind.is_none() {
            faults.who = Some("Say for whom.".to_owned());
        }
        if self.feature.is_empty() {
            faults.feature = Some("Say which feature.".to_owned());
        }
        let version = match self.version.as_str() {
            "" => Some(Version::ANY),
            text => text.parse().ok(),
        };
        if version.is_none() {
            faults.version = Some("A version looks like 2.0. Leave it empty for any.".to_owned());
        }
        let count = self.count.parse().ok().filter(|count| *count > 0);
        if count.is_none() {
            faults.count = Some("A whole number from 1.".to_owned());
        }
        let is_faulty = faults.any();
        self.faults = faults;
        if is_faulty {
            return None;
        }
        Some(Entry {
            host: ReservedHost { value: self.who.clone(), kind: kind? },
            what: ReservationEntryRequest {
                feature_name: self.feature.clone(),
                feature_version: version?,
                feature_count: count?,
                pool: Some(self.pool.clone()).filter(|pool| !pool.is_empty()),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(who: &str, feature: &str, version: &str, count: &str) -> Typed {
        Typed {
            kind: "USER".to_owned(),
            who: who.to_owned(),
            feature: feature.to_owned(),
            version: version.to_owned(),
            count: count.to_owned(),
            ..Typed::default()
        }
    }

    #[test]
    fn entries_as_they_are_typed() {
        let mut one = typed("ann", "cad", "2.0", "3");
        let entry = one.read().expect("an entry");
        assert_eq!(entry.words(), "3 × cad 2.0 or later for user ann");
        assert_eq!(Typed::there(&entry).read().as_ref(), Some(&entry));
        let any = typed("ann", "cad", "", "1").read().expect("an entry");
        assert_eq!((any.words().as_str(), any.version().as_str()), ("1 × cad for user ann", "Any"));
        for (who, feature, version, count) in [
            ("", "cad", "", "1"),
            ("ann", "", "", "1"),
            ("ann", "cad", "two", "1"),
            ("ann", "cad", "", "0"),
        ] {
            let mut one = typed(who, feature, version, count);
            assert_eq!(one.read(), None);
            assert!(one.faults.any() && one.count == count, "{one:?}");
        }
    }

    #[test]
    fn each_member_stands_in_a_posting_once() {
        let entry = |who, feature| typed(who, feature, "", "1").read().expect("an entry");
        let all = [entry("ann", "cad"), entry("bob", "cad"), entry("ann", "sim")];
        let group = posting(None, &all);
        assert_eq!(group.reservations.len(), 2);
        assert_eq!(entries(&group), [all[0].clone(), all[2].clone(), all[1].clone()]);
    }
}
