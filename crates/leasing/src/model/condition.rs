//! Conditions of rules, ready to be asked: what a rule wants of a requester.
//!
//! Invariants: the answer depends on the condition and the requester only; a list in one test is satisfied by any of its
//! members. Deliberately not here: which rules are asked (judge, index).

use super::texts::Texts;
use crate::dictionary::Dictionary;
use std::collections::BTreeMap;
use tenure_document::{HostId, HostIdType, MachineKind};

/// Who asks.
pub struct Asker<'a> {
    /// The device.
    pub host: &'a HostId,
    /// The user at it.
    pub user: Option<&'a str>,
    /// The alias of the device.
    pub name: Option<&'a str>,
    /// What kind of machine it is.
    pub kind: MachineKind,
    /// Whether the requester is a member of the reservation group of this name.
    pub groups: &'a dyn Fn(&str) -> bool,
    /// What the requester says of itself.
    pub dictionary: &'a Dictionary,
}

impl<'a> Asker<'a> {
    /// The user, also where the host ID itself is one.
    pub(crate) fn users(&self) -> impl Iterator<Item = &'a str> {
        let host = self.host;
        let own = (host.kind == HostIdType::User).then_some(host.value.as_str());
        own.into_iter().chain(self.user)
    }
}

/// When a rule matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    Any,
    Test(Test),
    Not(Box<Condition>),
    All(Vec<Condition>),
    One(Vec<Condition>),
}

/// What is asked about the requester.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    HostId(HostIds),
    HostName(Texts),
    HostType(Texts),
    User(Texts),
    Group(Vec<String>),
    Dictionary(BTreeMap<String, Facts>),
}

/// Host IDs and expressions for their values. Where no type was written: STRING, or the user's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HostIds {
    pub(crate) typed: BTreeMap<HostIdType, Texts>,
    pub(crate) untyped: Texts,
}

/// What is asked under one key of the dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Facts {
    /// `*`
    Any,
    One(Texts),
}

impl Condition {
    /// True when the requester is meant.
    pub(crate) fn holds(&self, asker: &Asker<'_>) -> bool {
        match self {
            Condition::Any => true,
            Condition::Test(test) => test.holds(asker),
            Condition::Not(inner) => !inner.holds(asker),
            Condition::All(all) => all.iter().all(|one| one.holds(asker)),
            Condition::One(all) => all.iter().any(|one| one.holds(asker)),
        }
    }
}

impl Test {
    fn holds(&self, asker: &Asker<'_>) -> bool {
        match self {
            Test::HostId(ids) => ids.hold(asker),
            Test::HostName(names) => asker.name.is_some_and(|name| names.matches(name)),
            Test::HostType(words) => words.matches(kind_word(asker.kind)),
            Test::User(users) => asker.users().any(|user| users.matches(user)),
            Test::Group(names) => names.iter().any(|name| (asker.groups)(name)),
            Test::Dictionary(facts) => facts.iter().any(|(key, facts)| {
                asker.dictionary.get(key).is_some_and(|told| match facts {
                    Facts::Any => true,
                    Facts::One(texts) => told.texts().iter().any(|text| texts.matches(text)),
                })
            }),
        }
    }
}

impl HostIds {
    fn hold(&self, asker: &Asker<'_>) -> bool {
        let host = asker.host;
        let user = |texts: &Texts| asker.users().any(|user| texts.matches(user));
        self.typed.get(&host.kind).is_some_and(|texts| texts.matches(&host.value))
            || self.typed.get(&HostIdType::User).is_some_and(user)
            || host.kind == HostIdType::String && self.untyped.matches(&host.value)
            || user(&self.untyped)
    }
}

/// The word of `hosttype(…)`.
pub(crate) fn kind_word(kind: MachineKind) -> &'static str {
    match kind {
        MachineKind::Physical => "physical",
        MachineKind::Virtual => "virtual",
        MachineKind::Container => "container",
        MachineKind::Unknown => "unknown",
    }
}
