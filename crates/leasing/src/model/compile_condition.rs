//! From the syntax of a condition to one that can be asked.
//!
//! Deliberately not here: the answer (condition).

use super::condition::{Condition, Facts, HostIds, Test, kind_word};
use super::diagnostic::{FAULTS_MAX, Fault};
use super::pattern::{Pattern, expression};
use super::patterns::Patterns;
use super::syntax::{self, About, Text};
use super::texts::Texts;
use crate::nearest::nearest;
use std::collections::BTreeMap;
use tenure_document::{HostIdType, MachineKind};

/// What conditions are made with.
pub(crate) struct Tests<'a> {
    pub(crate) patterns: &'a mut Patterns,
    pub(crate) faults: &'a mut Vec<Fault>,
}

impl Tests<'_> {
    /// The condition; faulty parts are left out, and told.
    pub(crate) fn condition(&mut self, written: &syntax::Condition) -> Condition {
        let each = |tests: &mut Self, all: &[syntax::Condition]| {
            all.iter().map(|one| tests.condition(one)).collect::<Vec<_>>()
        };
        match written {
            syntax::Condition::Any => Condition::Any,
            syntax::Condition::Not(inner) => Condition::Not(Box::new(self.condition(inner))),
            syntax::Condition::All(all) => Condition::All(each(self, all)),
            syntax::Condition::One(all) => Condition::One(each(self, all)),
            syntax::Condition::Test { about, texts } => Condition::Test(self.test(*about, texts)),
            syntax::Condition::Dictionary(pairs) => Condition::Test(self.dictionary(pairs)),
        }
    }

    fn test(&mut self, about: About, texts: &[Text]) -> Test {
        match about {
            About::HostId => Test::HostId(self.host_ids(texts)),
            About::HostName => Test::HostName(self.each(texts)),
            About::User => Test::User(self.each(texts)),
            About::HostType => {
                Test::HostType(Texts::of(texts.iter().filter_map(|text| self.host_type(text))))
            }
            About::Group => Test::Group(texts.iter().filter_map(|text| self.group(text)).collect()),
        }
    }

    fn each(&mut self, texts: &[Text]) -> Texts {
        Texts::of(texts.iter().filter_map(|text| self.patterns.pattern(text, self.faults)))
    }

    fn dictionary(&mut self, pairs: &[(Text, Option<Text>)]) -> Test {
        let mut read: BTreeMap<String, Option<Vec<Pattern>>> = BTreeMap::new();
        for (key, value) in pairs {
            if key.value.starts_with("~/") {
                let message = "a key is compared as it stands, not as an expression";
                self.fault(Fault::new("bad-pattern", key.span, message));
            }
            let values = read.entry(key.value.clone()).or_insert_with(|| Some(Vec::new()));
            match (value, values.as_mut()) {
                (None, _) => *values = None,
                (Some(value), Some(values)) => {
                    values.extend(self.patterns.pattern(value, self.faults));
                }
                (Some(value), None) => drop(self.patterns.pattern(value, self.faults)),
            }
        }
        let facts = |values: Option<Vec<Pattern>>| match values {
            None => Facts::Any,
            Some(values) => Facts::One(Texts::of(values)),
        };
        Test::Dictionary(read.into_iter().map(|(key, values)| (key, facts(values))).collect())
    }

    fn host_ids(&mut self, texts: &[Text]) -> HostIds {
        let mut read: BTreeMap<Option<HostIdType>, Vec<Pattern>> = BTreeMap::new();
        for text in texts {
            if let Some((kind, value)) = self.host_id(text) {
                read.entry(kind).or_default().push(value);
            }
        }
        let untyped = Texts::of(read.remove(&None).unwrap_or_default());
        let typed = read.into_iter().filter_map(|(kind, values)| Some((kind?, Texts::of(values))));
        HostIds { typed: typed.collect(), untyped }
    }

    /// `VALUE`, `VALUE/TYPE`, `~/EXPRESSION/` or `~/EXPRESSION/TYPE`.
    fn host_id(&mut self, text: &Text) -> Option<(Option<HostIdType>, Pattern)> {
        let written = text.value.as_str();
        let tail = written.rsplit_once('/');
        let typed = tail.and_then(|(value, kind)| Some((value, kind.parse::<HostIdType>().ok()?)));
        if written.starts_with("~/") {
            let (kind, source) = match typed {
                Some((value, kind)) => {
                    let inner = value.strip_prefix("~/").unwrap_or("");
                    (Some(kind), Ok(inner.strip_suffix('/').unwrap_or(inner)))
                }
                None => (None, expression(written)?),
            };
            let value = self.patterns.regex(source, text, self.faults)?;
            return Some((kind, value));
        }
        if let (Some((_, kind)), None) = (tail, typed) {
            let known = HostIdType::ALL.iter().map(|kind| kind.name());
            let near = nearest(kind, known);
            let shown: String = kind.chars().take(40).collect();
            let message = format!("there is no host ID type {shown:?}");
            let fault = Fault::new("unknown-type", text.span, message);
            let fault = match near {
                Some(_) => fault.did_you_mean(near),
                None => fault.help("a value that holds a `/` needs its type: \"a/b/STRING\""),
            };
            self.fault(fault);
            return None;
        }
        let (value, kind) = typed.map_or((written, None), |(value, kind)| (value, Some(kind)));
        Some((kind, Pattern::literal(value)))
    }

    /// Words are compared without regard to case: others write `VIRTUAL`.
    fn host_type(&mut self, text: &Text) -> Option<Pattern> {
        const KINDS: [MachineKind; 4] = [
            MachineKind::Physical,
            MachineKind::Virtual,
            MachineKind::Container,
            MachineKind::Unknown,
        ];
        let mut words = KINDS.iter().map(|kind| kind_word(*kind));
        match words.find(|word| word.eq_ignore_ascii_case(&text.value)) {
            Some(word) => Some(Pattern::literal(word)),
            None => self.patterns.pattern(text, self.faults),
        }
    }

    fn group(&mut self, text: &Text) -> Option<String> {
        if text.value.starts_with("~/") {
            let message = "a group is named as it is, not by an expression";
            self.fault(Fault::new("bad-pattern", text.span, message));
            return None;
        }
        Some(text.value.clone())
    }

    fn fault(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }
}
