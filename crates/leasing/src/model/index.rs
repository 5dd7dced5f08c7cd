//! Which rules can match a requester at all, found without asking each of them.
//!
//! For every rule a *guard* is looked for: facts of which at least one must be true when the rule matches. Rules stand
//! under their guards; those without one (`any`, `not`) are always asked.
//! Invariants: a rule that matches is always among the candidates (the other way round is not promised: a candidate's
//! whole condition is still asked). Deliberately not here: what rules give (judge).

use super::condition::{Asker, Condition, Facts, Test, kind_word};
use super::pattern::Pattern;
use super::texts::Texts;
use regex::{RegexSet, RegexSetBuilder};
use std::collections::BTreeMap;
use tenure_document::HostIdType;

/// The most memory of all expressions about one thing, in bytes; if they need more, their rules are always asked.
const SET_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Rules by number, ascending.
type Rules = Vec<u32>;

/// Where rules are found by what they ask.
#[derive(Debug, Default)]
pub(crate) struct Index {
    hosts: BTreeMap<HostIdType, Group>,
    names: Group,
    kinds: Group,
    users: Group,
    groups: BTreeMap<String, Rules>,
    keys: BTreeMap<String, Key>,
    /// Rules that can't be found by what they ask.
    always: Rules,
}

/// Texts and expressions about one thing.
#[derive(Debug, Default)]
struct Group {
    literals: BTreeMap<String, Rules>,
    sources: BTreeMap<String, Rules>,
    set: Option<(RegexSet, Vec<Rules>)>,
}

/// What is asked under one key of the dictionary.
#[derive(Debug, Default)]
struct Key {
    any: Rules,
    values: BTreeMap<String, Rules>,
}

/// One fact of a guard.
#[derive(Debug, Clone, Copy)]
enum Fact<'a> {
    Host(HostIdType, &'a str),
    HostRegex(HostIdType, &'a Pattern),
    Name(&'a str),
    NameRegex(&'a Pattern),
    Kind(&'a str),
    KindRegex(&'a Pattern),
    User(&'a str),
    UserRegex(&'a Pattern),
    Group(&'a str),
    Key(&'a str),
    Value(&'a str, &'a str),
}

impl Index {
    /// The index of these conditions, in the order of their rules.
    pub(crate) fn of<'a>(conditions: impl Iterator<Item = &'a Condition>) -> Index {
        let mut index = Index::default();
        for (rule, condition) in (0..).zip(conditions) {
            match guard(condition) {
                None => index.always.push(rule),
                Some(facts) => facts.into_iter().for_each(|fact| index.put(fact, rule)),
            }
        }
        let Index { hosts, names, kinds, users, always, .. } = &mut index;
        for group in hosts.values_mut().chain([names, kinds, users]) {
            group.compile(always);
        }
        index.always.sort_unstable();
        index.always.dedup();
        index
    }

    fn put(&mut self, fact: Fact<'_>, rule: u32) {
        let rules = match fact {
            Fact::Host(kind, text) => self.hosts.entry(kind).or_default().literal(text),
            Fact::HostRegex(kind, regex) => self.hosts.entry(kind).or_default().source(regex),
            Fact::Name(text) => self.names.literal(text),
            Fact::NameRegex(regex) => self.names.source(regex),
            Fact::Kind(text) => self.kinds.literal(text),
            Fact::KindRegex(regex) => self.kinds.source(regex),
            Fact::User(text) => self.users.literal(text),
            Fact::UserRegex(regex) => self.users.source(regex),
            Fact::Group(name) => self.groups.entry(name.to_owned()).or_default(),
            Fact::Key(key) => &mut self.keys.entry(key.to_owned()).or_default().any,
            Fact::Value(key, value) => {
                let key = self.keys.entry(key.to_owned()).or_default();
                key.values.entry(value.to_owned()).or_default()
            }
        };
        if rules.last() != Some(&rule) {
            rules.push(rule);
        }
    }

    /// The rules that may match, ascending, each once.
    pub(crate) fn candidates(&self, asker: &Asker<'_>) -> Rules {
        let mut found = Vec::new();
        if let Some(group) = self.hosts.get(&asker.host.kind) {
            group.find(&asker.host.value, &mut found);
        }
        if let Some(name) = asker.name {
            self.names.find(name, &mut found);
        }
        self.kinds.find(kind_word(asker.kind), &mut found);
        for user in asker.users() {
            self.users.find(user, &mut found);
        }
        for (name, rules) in &self.groups {
            if (asker.groups)(name) {
                found.extend_from_slice(rules);
            }
        }
        if !self.keys.is_empty() {
            for (key, told) in asker.dictionary {
                let Some(key) = self.keys.get(key) else { continue };
                found.extend_from_slice(&key.any);
                let values = told.texts().iter().filter_map(|text| key.values.get(text));
                values.for_each(|rules| found.extend_from_slice(rules));
            }
        }
        if found.is_empty() {
            return self.always.clone();
        }
        found.extend_from_slice(&self.always);
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Group {
    fn literal(&mut self, text: &str) -> &mut Rules {
        self.literals.entry(text.to_owned()).or_default()
    }

    fn source(&mut self, regex: &Pattern) -> &mut Rules {
        self.sources.entry(regex.source().to_owned()).or_default()
    }

    /// Makes one automaton of all expressions.
    fn compile(&mut self, always: &mut Rules) {
        if self.sources.is_empty() {
            return;
        }
        let sources = std::mem::take(&mut self.sources);
        let built = RegexSetBuilder::new(sources.keys()).size_limit(SET_BYTES_MAX).build();
        match built {
            Ok(set) => self.set = Some((set, sources.into_values().collect())),
            Err(_) => always.extend(sources.into_values().flatten()),
        }
    }

    fn find(&self, text: &str, found: &mut Rules) {
        if let Some(rules) = self.literals.get(text) {
            found.extend_from_slice(rules);
        }
        if let Some((set, rules)) = &self.set {
            for matched in set.matches(text).iter() {
                found.extend_from_slice(rules.get(matched).map_or(&[], Vec::as_slice));
            }
        }
    }
}

/// Facts of which one must be true when the condition holds; none: no such facts are known.
fn guard(condition: &Condition) -> Option<Vec<Fact<'_>>> {
    match condition {
        Condition::Any | Condition::Not(_) => None,
        Condition::Test(test) => Some(facts(test)),
        // One part is enough: the one that is least often true.
        Condition::All(all) => all.iter().filter_map(guard).min_by_key(|facts| often(facts)),
        Condition::One(all) => {
            let each = all.iter().map(guard).collect::<Option<Vec<_>>>()?;
            Some(each.concat())
        }
    }
}

/// How often one of these facts is true, by rule of thumb.
fn often(facts: &[Fact<'_>]) -> usize {
    let one = |fact: &Fact<'_>| match fact {
        Fact::Host(..) | Fact::Name(_) | Fact::User(_) => 1,
        Fact::Value(..) => 4,
        Fact::HostRegex(..) | Fact::NameRegex(_) | Fact::UserRegex(_) => 16,
        Fact::Group(_) | Fact::Key(_) => 64,
        Fact::Kind(_) | Fact::KindRegex(_) => 1_024,
    };
    facts.iter().map(one).sum()
}

fn facts(test: &Test) -> Vec<Fact<'_>> {
    fn each<'a>(
        texts: &'a Texts,
        literal: impl Fn(&'a str) -> Fact<'a>,
        regex: impl Fn(&'a Pattern) -> Fact<'a>,
    ) -> Vec<Fact<'a>> {
        let literals = texts.literals().iter().map(|text| literal(text));
        literals.chain(texts.regexes().iter().map(regex)).collect()
    }
    match test {
        Test::HostName(names) => each(names, Fact::Name, Fact::NameRegex),
        Test::HostType(words) => each(words, Fact::Kind, Fact::KindRegex),
        Test::User(users) => each(users, Fact::User, Fact::UserRegex),
        Test::Group(names) => names.iter().map(|name| Fact::Group(name)).collect(),
        Test::Dictionary(keys) => {
            keys.iter().flat_map(|(key, facts)| facts_of_key(key, facts)).collect()
        }
        Test::HostId(ids) => {
            let host = |kind: HostIdType, texts| {
                each(texts, move |text| Fact::Host(kind, text), move |re| Fact::HostRegex(kind, re))
            };
            let typed = ids.typed.iter().flat_map(|(kind, texts)| host(*kind, texts));
            let user = ids.typed.get(&HostIdType::User).into_iter().chain([&ids.untyped]);
            let user = user.flat_map(|texts| each(texts, Fact::User, Fact::UserRegex));
            typed.chain(host(HostIdType::String, &ids.untyped)).chain(user).collect()
        }
    }
}

/// Expressions for a value are asked whenever the key is told.
fn facts_of_key<'a>(key: &'a str, facts: &'a Facts) -> Vec<Fact<'a>> {
    match facts {
        Facts::One(texts) if texts.regexes().is_empty() => {
            texts.literals().iter().map(|value| Fact::Value(key, value)).collect()
        }
        _ => vec![Fact::Key(key)],
    }
}
