//! What the rules of a model say about a requester.
//!
//! Rules are tried top to bottom. A matching rule adds the pools of its `use` list, in that order, each pool once.
//! `accept` ends, `deny` refuses, `continue` and no action go on. Nothing gathered at the end: the default pool.
//! Deliberately not here: what is in the pools, reservations.

use super::compiled::{FeatureSpec, Model, PoolRef};
use super::condition::Asker;
use super::syntax::Action;

/// What the rules say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// The pools the requester may take from, in order. Never empty unless denied.
    pub pools: Vec<PoolRef>,
    /// A rule refuses the request.
    pub denied: bool,
    /// The rules that matched, in order; the last one decided. Empty: no rule matched.
    pub rules: Vec<u32>,
    /// What a request without features gets: of the first matching rule that says so.
    pub spec: Option<&'a FeatureSpec>,
}

impl Model {
    /// What the rules say about this requester.
    pub fn judge(&self, asker: &Asker<'_>) -> Verdict<'_> {
        self.judge_each(self.index.candidates(asker).into_iter(), asker)
    }

    /// The same, found by asking every rule: what [`Model::judge`] is tested against.
    #[doc(hidden)]
    pub fn judge_plainly(&self, asker: &Asker<'_>) -> Verdict<'_> {
        self.judge_each((0..).take(self.rules.len()), asker)
    }

    fn judge_each(&self, rules: impl Iterator<Item = u32>, asker: &Asker<'_>) -> Verdict<'_> {
        let mut verdict =
            Verdict { pools: Vec::new(), denied: false, rules: Vec::new(), spec: None };
        for number in rules {
            let Some(rule) = self.rules.get(number as usize) else { continue };
            if !rule.condition.holds(asker) {
                continue;
            }
            verdict.rules.push(number);
            if rule.action == Action::Deny {
                verdict.pools.clear();
                verdict.denied = true;
                verdict.spec = None;
                return verdict;
            }
            for pool in &rule.uses {
                if !verdict.pools.contains(pool) {
                    verdict.pools.push(*pool);
                }
            }
            verdict.spec = verdict.spec.or(rule.spec.as_ref());
            if rule.action == Action::Accept {
                break;
            }
        }
        if verdict.pools.is_empty() {
            verdict.pools.push(PoolRef::Default);
        }
        verdict
    }
}
