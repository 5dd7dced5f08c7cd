//! What a model would do that was hardly meant: told as warnings, since the model can be used.
//!
//! Invariants: a faulty model gives its faults and no warnings; the work grows with the text, not with its square.
//! Deliberately not here: what is refused (parser, compile); how short a pool would be (placement, asked through
//! [`Known::short`]).

use super::compiled::{FeatureSpec, Model, PoolRef, SliceSpec};
use super::condition::{Condition, kind_word};
use super::diagnostic::{Diagnostic, Fault, diagnose};
use super::lexer::lex;
use super::parser::parse;
use super::span::Span;
use super::syntax::{self, About, Action, File};
use crate::nearest::nearest;
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::{MachineKind, Version};

/// What a server knows of the things a model names.
pub struct Known<'a> {
    /// The highest version of each feature.
    pub features: BTreeMap<String, Version>,
    /// The reservation groups.
    pub groups: BTreeSet<String>,
    /// Which slices would get less than they state.
    pub short: &'a dyn Fn(&Model) -> Vec<Short>,
}

/// A slice that would get less than it states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short {
    /// [`SliceSpec::order`]
    pub order: u32,
    /// What it states.
    pub stated: u64,
    /// What it would get.
    pub given: u64,
}

/// What a check found.
#[derive(Debug)]
pub struct Checked {
    /// The model, if it can be used.
    pub model: Option<Model>,
    /// Errors where it can't, else warnings; in the order of the text, at most 100.
    pub findings: Vec<Diagnostic>,
}

/// Reads a model and looks for what was hardly meant. Without a server, names of features are not looked at.
pub fn check_model(text: &str, known: Option<&Known<'_>>) -> Checked {
    let model = match Model::parse(text) {
        Ok(model) => model,
        Err(findings) => return Checked { model: None, findings },
    };
    let mut lexed = lex(text);
    let (file, _) = parse(text, &mut lexed);
    let mut warnings = Warnings { model: &model, file: &file, found: Vec::new() };
    warnings.rules();
    warnings.hosttypes();
    warnings.pools();
    if let Some(known) = known {
        warnings.features(known);
        warnings.groups(known);
        warnings.short((known.short)(&model));
    }
    let found = warnings.found;
    Checked { findings: diagnose(text, found), model: Some(model) }
}

struct Warnings<'a> {
    model: &'a Model,
    file: &'a File,
    found: Vec<Fault>,
}

impl<'a> Warnings<'a> {
    fn tell(&mut self, code: &'static str, span: Span, message: String) -> &mut Fault {
        self.found.push(Fault::warning(code, span, message));
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// Rules that are never reached or never match, and parts of rules without effect.
    fn rules(&mut self) {
        let mut closed: Option<u32> = None;
        let mut ended: BTreeMap<String, u32> = BTreeMap::new();
        for (rule, written) in self.model.rules.iter().zip(&self.file.rules) {
            let head = Span { end: written.span.start + 2, ..written.span };
            let same = format!("{:?}", rule.condition);
            if let Some(line) = closed {
                let message = format!("never reached: the rule of line {line} ends for everybody");
                self.tell("unreachable", head, message);
            } else if let Some(line) = ended.get(&same) {
                let message =
                    format!("never reached: the rule of line {line} ends for the same requesters");
                self.tell("unreachable", head, message);
            } else if never(&rule.condition) {
                self.tell("never-matches", head, "this condition is never true".into());
            }
            if rule.action != Action::Continue {
                if always(&rule.condition) {
                    closed.get_or_insert(rule.line);
                }
                ended.entry(same).or_insert(rule.line);
            }
            if rule.action == Action::Deny
                && let Some(name) = written.uses.first()
            {
                let message = "`use` has no effect in a rule that denies".to_owned();
                self.tell("no-effect", name.span, message);
            }
            self.named_twice(&written.uses);
        }
    }

    fn named_twice(&mut self, names: &[syntax::Text]) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name.value.as_str()) {
                let message = format!("{:?} is named twice; the first place counts", name.value);
                self.tell("twice", name.span, message);
            }
        }
    }

    /// Host types that no machine has.
    fn hosttypes(&mut self) {
        let kinds = [
            MachineKind::Physical,
            MachineKind::Virtual,
            MachineKind::Container,
            MachineKind::Unknown,
        ];
        let words = kinds.map(kind_word);
        let known = |text: &str| words.iter().any(|word| word.eq_ignore_ascii_case(text));
        for text in self.texts(About::HostType) {
            if known(&text.value) || text.value.starts_with("~/") {
                continue;
            }
            let near = nearest(&text.value, words.iter().copied());
            let message = format!("no machine has the host type {:?}", text.value);
            let fault = self.tell("unknown-host-type", text.span, message);
            fault.expected = Some(format!("one of {}", words.join(", ")));
            fault.help = near.map(|near| format!("did you mean `{near}`?"));
        }
    }

    /// All texts of one kind of test.
    fn texts(&self, about: About) -> Vec<&'a syntax::Text> {
        let mut found = Vec::new();
        let mut open: Vec<&syntax::Condition> =
            self.file.rules.iter().map(|rule| &rule.condition).collect();
        while let Some(condition) = open.pop() {
            match condition {
                syntax::Condition::Test { about: of, texts } if *of == about => found.extend(texts),
                syntax::Condition::Not(inner) => open.push(inner),
                syntax::Condition::All(all) | syntax::Condition::One(all) => open.extend(all),
                _ => {}
            }
        }
        found
    }

    /// Pools that no rule gives, pools without slices, slices that stand twice.
    fn pools(&mut self) {
        let mut used = BTreeSet::new();
        for rule in &self.model.rules {
            used.extend(rule.uses.iter().copied());
        }
        let places = (0..).map(PoolRef::Named).zip(&self.model.pools);
        let mut untold: BTreeMap<&str, (PoolRef, bool)> = places
            .map(|(place, pool)| (pool.name.as_str(), (place, pool.slices.is_empty())))
            .collect();
        for written in &self.file.pools {
            let name = written.name.value.as_str();
            let span = written.name.span;
            // A pool that is written in several pieces is told about once.
            let told = untold.remove(name);
            let (fresh, empty) = (told.is_some(), told.is_some_and(|(_, empty)| empty));
            let place = told.map_or(PoolRef::Default, |(place, _)| place);
            if fresh && !used.contains(&place) {
                let message = format!("no rule uses the pool {name:?}");
                let fault = self.tell("unused-pool", span, message);
                fault.help = Some("its seats can be had by reservations only".into());
            }
            if fresh && empty {
                self.tell("empty-pool", span, format!("the pool {name:?} has no slices"));
            }
            let mut seen = BTreeSet::new();
            for slice in written.slices.iter().filter(|slice| slice.matches.is_empty()) {
                let key = (slice.feature.value.as_str(), self.text_of(slice.version));
                if !seen.insert(key) {
                    let message = format!("{:?} stands twice in this pool", slice.feature.value);
                    let fault = self.tell("twice", slice.span, message);
                    fault.help = Some("both count; write their sum".into());
                }
            }
        }
    }

    fn text_of(&self, span: Span) -> &'a str {
        self.model.text.get(span.range()).unwrap_or("")
    }

    /// All slices of pools and rules, as compiled and as written.
    fn slices(&self) -> Vec<(&'a SliceSpec, Span)> {
        let written = self.file.pools.iter().flat_map(|pool| &pool.slices);
        let mut compiled: Vec<&SliceSpec> =
            self.model.pools.iter().flat_map(|pool| &pool.slices).collect();
        compiled.sort_by_key(|slice| slice.order);
        let pools = compiled.into_iter().zip(written);
        let specs = self.model.rules.iter().zip(&self.file.rules).filter_map(|(rule, written)| {
            match (&rule.spec, &written.spec) {
                (Some(FeatureSpec::Slices(slices)), Some(syntax::Spec::Slices(written))) => {
                    Some(slices.iter().zip(written))
                }
                _ => None,
            }
        });
        let all = pools.chain(specs.flatten());
        all.map(|(slice, written)| (slice, written.feature.span)).collect()
    }

    /// Features the server does not have, or not so new.
    fn features(&mut self, known: &Known<'_>) {
        for (slice, span) in self.slices() {
            let name = slice.feature.as_str();
            match known.features.get(name) {
                None => {
                    let near = nearest(name, known.features.keys().map(String::as_str));
                    let message = format!("the server has no feature {name:?}");
                    let fault = self.tell("unknown-feature", span, message);
                    fault.help = near.map(|near| format!("did you mean `{near}`?"));
                }
                Some(highest) if *highest < slice.version => {
                    let asked = slice.version;
                    let message = format!("{name:?} has no version {asked} or higher here");
                    let fault = self.tell("version-too-high", span, message);
                    fault.help = Some(format!("the highest version is {highest}"));
                }
                Some(_) => {}
            }
        }
    }

    fn groups(&mut self, known: &Known<'_>) {
        for text in self.texts(About::Group) {
            let name = text.value.as_str();
            if !known.groups.contains(name) {
                let near = nearest(name, known.groups.iter().map(String::as_str));
                let message = format!("there is no reservation group {name:?}");
                let fault = self.tell("unknown-group", text.span, message);
                fault.help = near.map(|near| format!("did you mean `{near}`?"));
            }
        }
    }

    fn short(&mut self, short: Vec<Short>) {
        let slices = self.slices();
        // What is not there at all is told once.
        let told = |fault: &&Fault| ["unknown-feature", "version-too-high"].contains(&fault.code);
        let told: BTreeSet<u32> = self.found.iter().filter(told).map(|f| f.span.start).collect();
        for Short { order, stated, given } in short {
            let Some((slice, span)) = slices.get(order as usize) else { continue };
            if told.contains(&span.start) {
                continue;
            }
            let name = &slice.feature;
            let message = format!("gets {given} of {stated} seats of {name:?}");
            self.tell("short", *span, message);
        }
    }
}

/// True for everybody.
fn always(condition: &Condition) -> bool {
    match condition {
        Condition::Any => true,
        Condition::Test(_) => false,
        Condition::Not(inner) => never(inner),
        Condition::All(all) => all.iter().all(always),
        Condition::One(all) => all.iter().any(always),
    }
}

/// True for nobody.
fn never(condition: &Condition) -> bool {
    match condition {
        Condition::Any | Condition::Test(_) => false,
        Condition::Not(inner) => always(inner),
        Condition::All(all) => all.iter().any(never),
        Condition::One(all) => all.iter().all(never),
    }
}
