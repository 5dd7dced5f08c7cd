//! From syntax to a model: names are resolved, numbers read, patterns compiled; all faults at once.
//!
//! Invariants: a text that gives no fault gives a model and the other way round; sizes are bounded before work is done.
//! Deliberately not here: whether the model fits the items of a server (check).

use super::compile_condition::Tests;
use super::compiled::{
    Amount, DEFAULT, FeatureSpec, Filters, Model, PoolRef, PoolSpec, Rule, SliceSpec,
};
use super::diagnostic::{Diagnostic, FAULTS_MAX, Fault, Lines, diagnose};
use super::index::Index;
use super::lexer::lex;
use super::parser::parse;
use super::pattern::Pattern;
use super::patterns::Patterns;
use super::span::Span;
use super::syntax;
use crate::nearest::nearest;
use std::collections::BTreeMap;
use std::sync::Arc;
use tenure_document::Version;

/// The largest model, in bytes.
pub const MODEL_BYTES_MAX: usize = 900 * 1024;
/// The most named pools.
const POOLS_MAX: usize = 10_000;
/// The most slices.
const SLICES_MAX: usize = 50_000;
/// The most rules.
const RULES_MAX: usize = 20_000;
/// The longest name, in characters.
const NAME_MAX: usize = 256;
/// Names that no model and no pool may have.
const RESERVED: [&str; 2] = [DEFAULT, "reservations"];

impl Model {
    /// Reads a model.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the text, at most 100 faults.
    pub fn parse(text: &str) -> Result<Model, Vec<Diagnostic>> {
        if text.len() > MODEL_BYTES_MAX {
            let message = format!(
                "the model has {} bytes, at most {MODEL_BYTES_MAX} are allowed",
                text.len()
            );
            return Err(diagnose("", vec![Fault::new("too-large", Span::default(), message)]));
        }
        let mut lexed = lex(text);
        let (file, _) = parse(text, &mut lexed);
        let mut compiler = Compiler::new(text, lexed.faults);
        let model = compiler.model(&file);
        let faults = compiler.faults;
        if faults.is_empty() { Ok(model) } else { Err(diagnose(text, faults)) }
    }
}

struct Compiler<'a> {
    text: &'a str,
    lines: Lines<'a>,
    faults: Vec<Fault>,
    names: BTreeMap<String, u16>,
    patterns: Patterns,
    order: u32,
}

impl<'a> Compiler<'a> {
    fn new(text: &'a str, faults: Vec<Fault>) -> Compiler<'a> {
        let lines = Lines::of(text);
        Compiler {
            text,
            lines,
            faults,
            names: BTreeMap::new(),
            patterns: Patterns::default(),
            order: 0,
        }
    }

    fn fault(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }

    fn model(&mut self, file: &syntax::File) -> Model {
        if let Some(name) = &file.name {
            self.name("a model", name);
        }
        self.check_counts(file);
        let mut pools: Vec<PoolSpec> = Vec::new();
        for pool in file.pools.iter().take(POOLS_MAX) {
            self.pool(pool, &mut pools);
        }
        let mut rules = Vec::new();
        for rule in file.rules.iter().take(RULES_MAX) {
            if self.faults.len() >= FAULTS_MAX {
                break;
            }
            rules.push(self.rule(rule));
        }
        let name = file.name.as_ref().map(|name| name.value.clone()).unwrap_or_default();
        // A faulty model is thrown away: nobody will look into its index.
        let index = match self.faults.is_empty() {
            true => Index::of(rules.iter().map(|rule| &rule.condition)),
            false => Index::default(),
        };
        Model { name, text: Arc::from(self.text), pools, rules, index }
    }

    fn check_counts(&mut self, file: &syntax::File) {
        let slices: usize = file.pools.iter().map(|pool| pool.slices.len()).sum();
        let pool = file.pools.get(POOLS_MAX).map(|pool| pool.name.span);
        let rule = file.rules.get(RULES_MAX).map(|rule| rule.span);
        let slice = file.pools.last().map(|pool| pool.name.span).filter(|_| slices > SLICES_MAX);
        let limits =
            [(pool, "pools", POOLS_MAX), (slice, "slices", SLICES_MAX), (rule, "rules", RULES_MAX)];
        for (place, what, most) in limits {
            if let Some(place) = place {
                let message = format!("a model has at most {most} {what}");
                self.fault(Fault::new("too-many", place, message));
            }
        }
    }

    /// Refuses what can't be a name.
    fn name(&mut self, what: &str, name: &syntax::Text) {
        let text = name.value.as_str();
        if RESERVED.contains(&text) {
            let message = format!("{text:?} is reserved: {what} can't have this name");
            let help = match text {
                DEFAULT => "what is in no named pool is in \"default\" by itself",
                _ => "choose another name",
            };
            self.fault(Fault::new("reserved-name", name.span, message).help(help));
        }
        self.plain("a name", name);
    }

    /// Refuses texts that are empty, too long, or would break a line where they are shown.
    fn plain(&mut self, what: &str, text: &syntax::Text) {
        let value = text.value.as_str();
        if value.is_empty() || value.chars().count() > NAME_MAX {
            let message = format!("{what} has 1 to {NAME_MAX} characters");
            self.fault(Fault::new("bad-name", text.span, message));
        } else if value.chars().any(char::is_control) {
            let message = format!("{what} must not hold control characters");
            self.fault(Fault::new("bad-name", text.span, message));
        }
    }

    fn pool(&mut self, pool: &syntax::Pool, pools: &mut Vec<PoolSpec>) {
        self.name("a pool", &pool.name);
        let name = pool.name.value.as_str();
        let fresh = u16::try_from(pools.len()).unwrap_or(u16::MAX);
        let place = *self.names.entry(name.to_owned()).or_insert(fresh);
        if place == fresh {
            let line = self.lines.line(pool.name.span.start);
            pools.push(PoolSpec { name: name.to_owned(), line, slices: Vec::new() });
        }
        for slice in &pool.slices {
            let Some(slice) = self.slice(slice) else { continue };
            if let Some(pool) = pools.get_mut(usize::from(place)) {
                pool.slices.push(SliceSpec { order: self.order, ..slice });
                self.order += 1;
            }
        }
    }

    fn slice(&mut self, slice: &syntax::Slice) -> Option<SliceSpec> {
        if self.faults.len() >= FAULTS_MAX {
            return None;
        }
        self.plain("a feature's name", &slice.feature);
        let version = self.version(slice.version)?;
        let amount = self.amount(slice.amount)?;
        let max = match slice.max {
            None => None,
            Some(span) => Some(self.max(span)?),
        };
        let mut filters = Filters::default();
        for matched in &slice.matches {
            let pattern = self.pattern(&matched.pattern)?;
            match matched.attribute {
                syntax::Attribute::VendorString => filters.vendor_string = Some(pattern),
                syntax::Attribute::ProductName => filters.product = Some(pattern),
                syntax::Attribute::ActivationId => filters.activation = Some(pattern),
            }
        }
        let line = self.lines.line(slice.span.start);
        let feature = slice.feature.value.clone();
        Some(SliceSpec { feature, version, amount, max, filters, line, order: 0 })
    }

    fn written(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or("")
    }

    fn version(&mut self, span: Span) -> Option<Version> {
        let read = self.written(span).parse().ok();
        if read.is_none() {
            let fault = Fault::new("bad-version", span, "this is no version");
            self.fault(fault.expected("a version such as 2.0 or 2.1.3"));
        }
        read
    }

    fn amount(&mut self, amount: syntax::Amount) -> Option<Amount> {
        let (span, read) = match amount {
            syntax::Amount::Remainder => return Some(Amount::Remainder),
            syntax::Amount::Count(span) => {
                let count = self.written(span).parse::<u32>().ok();
                (span, count.map(|count| Amount::Count(u64::from(count))))
            }
            syntax::Amount::Percent(span) => {
                let percent = self.written(span).parse::<u8>().ok();
                (span, percent.filter(|percent| *percent <= 100).map(Amount::Percent))
            }
        };
        if read.is_none() {
            let expected = match amount {
                syntax::Amount::Percent(_) => "a whole number of percent from 0 to 100",
                _ => "a whole number of seats, at most 4294967295",
            };
            let fault = Fault::new("bad-number", span, "this number can't be used here");
            self.fault(fault.expected(expected));
        }
        read
    }

    fn max(&mut self, span: Span) -> Option<u32> {
        let read = self.written(span).parse::<u32>().ok().filter(|max| *max > 0);
        if read.is_none() {
            let fault = Fault::new("bad-number", span, "this number can't be used here");
            self.fault(fault.expected("the most seats one holder may have, at least 1"));
        }
        read
    }

    fn pattern(&mut self, text: &syntax::Text) -> Option<Pattern> {
        self.patterns.pattern(text, &mut self.faults)
    }

    fn rule(&mut self, rule: &syntax::Rule) -> Rule {
        let mut tests = Tests { patterns: &mut self.patterns, faults: &mut self.faults };
        let condition = tests.condition(&rule.condition);
        let uses = self.pool_refs(&rule.uses);
        let spec = rule.spec.as_ref().map(|spec| match spec {
            syntax::Spec::AllFrom(names) => FeatureSpec::AllFrom(self.pool_refs(names)),
            syntax::Spec::Slices(slices) => FeatureSpec::Slices(self.spec_slices(slices)),
        });
        Rule {
            condition,
            uses,
            spec,
            action: rule.action.unwrap_or(syntax::Action::Continue),
            line: self.lines.line(rule.span.start),
            start: rule.span.start,
            end: rule.span.end,
        }
    }

    fn spec_slices(&mut self, slices: &[syntax::Slice]) -> Vec<SliceSpec> {
        let read = slices.iter().filter_map(|slice| self.slice(slice));
        let numbered = read.zip(0..).map(|(slice, order)| SliceSpec { order, ..slice });
        numbered.collect()
    }

    fn pool_refs(&mut self, names: &[syntax::Text]) -> Vec<PoolRef> {
        let mut found = Vec::with_capacity(names.len());
        for name in names {
            let text = name.value.as_str();
            if text == DEFAULT {
                found.push(PoolRef::Default);
            } else if let Some(place) = self.names.get(text) {
                found.push(PoolRef::Named(*place));
            } else {
                let known = self.names.keys().map(String::as_str).chain([DEFAULT]);
                let message = format!("there is no pool {text:?} in this model");
                let fault = Fault::new("unknown-pool", name.span, message);
                self.fault(fault.did_you_mean(nearest(text, known)));
            }
        }
        found
    }
}
