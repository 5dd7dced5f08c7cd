//! Conditions of rules, ready to be asked: what a rule wants of a requester.
//!
//! Invariants: the answer depends on the condition and the requester only; a list in one test is satisfied by any of its
//! members. Deliberately not here: which rules are asked (judge, index).

use super::pattern::Pattern;
use crate::dictionary::Dictionary;
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
    HostId(Vec<HostIdPattern>),
    HostName(Vec<Pattern>),
    HostType(Vec<Pattern>),
    User(Vec<Pattern>),
    Group(Vec<String>),
    Dictionary(Vec<(String, Option<Pattern>)>),
}

/// A host ID, or an expression for its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostIdPattern {
    /// None where no type was written: STRING, or the user's name.
    pub(crate) kind: Option<HostIdType>,
    pub(crate) value: Pattern,
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
        let one = |patterns: &[Pattern], text: &str| patterns.iter().any(|one| one.matches(text));
        match self {
            Test::HostId(ids) => ids.iter().any(|id| id.holds(asker)),
            Test::HostName(names) => asker.name.is_some_and(|name| one(names, name)),
            Test::HostType(words) => one(words, kind_word(asker.kind)),
            Test::User(users) => asker.users().any(|user| one(users, user)),
            Test::Group(names) => names.iter().any(|name| (asker.groups)(name)),
            Test::Dictionary(pairs) => pairs.iter().any(|(key, value)| {
                asker.dictionary.get(key).is_some_and(|told| match value {
                    None => true,
                    Some(value) => told.texts().iter().any(|text| value.matches(text)),
                })
            }),
        }
    }
}

impl HostIdPattern {
    fn holds(&self, asker: &Asker<'_>) -> bool {
        let host = asker.host;
        let user = matches!(self.kind, None | Some(HostIdType::User));
        host.kind == self.kind.unwrap_or(HostIdType::String) && self.value.matches(&host.value)
            || user && asker.users().any(|user| self.value.matches(user))
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
