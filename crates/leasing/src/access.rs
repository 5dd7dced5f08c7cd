//! Which pools a requester may use, and the rule that says so.
//!
//! Invariants: pools in the order in which they are tried; without a model everybody has the default pool and nothing
//! is judged. Deliberately not here: the rules (model), how much a pool has (shares).

use crate::dictionary::Dictionary;
use crate::lease::Lease;
use crate::model::{Asker, Verdict};
use crate::model_book::RuleCited;
use crate::pool::PoolNo;
use crate::state::Leasing;
use std::sync::Arc;
use tenure_document::Holder;

/// What the rules let one requester use.
#[derive(Debug, Clone, Default)]
pub(crate) struct Access {
    /// None: there is no model.
    judged: Option<Arc<Judged>>,
}

#[derive(Debug)]
struct Judged {
    pools: Vec<PoolNo>,
    denied: bool,
    rule: Option<RuleCited>,
}

impl Access {
    /// The pools, first the one tried first.
    pub(crate) fn pools(&self) -> &[PoolNo] {
        match &self.judged {
            Some(judged) => &judged.pools,
            None => &[None],
        }
    }

    /// True when a rule refuses the requester.
    pub(crate) fn is_denied(&self) -> bool {
        self.judged.as_ref().is_some_and(|judged| judged.denied)
    }

    /// The rule that decided; none: no rule matched.
    pub(crate) fn rule(&self) -> Option<RuleCited> {
        self.judged.as_ref().and_then(|judged| judged.rule)
    }

    /// The same with more pools, tried last.
    pub(crate) fn and(self, more: impl IntoIterator<Item = PoolNo>) -> Access {
        let Some(judged) = self.judged else { return self };
        let mut pools = judged.pools.clone();
        for pool in more {
            if !pools.contains(&pool) {
                pools.push(pool);
            }
        }
        let (denied, rule) = (judged.denied, judged.rule);
        Access { judged: Some(Arc::new(Judged { pools, denied, rule })) }
    }
}

impl Leasing {
    /// What the rules let a requester use.
    pub(crate) fn access_of(&self, holder: &Holder, dictionary: &Dictionary) -> Access {
        let Some(current) = self.models.current() else { return Access::default() };
        let judged = self.with_verdict(holder, dictionary, |verdict| {
            let last =
                verdict.rules.last().and_then(|rule| current.model.rules().get(*rule as usize));
            Judged {
                pools: verdict.pools.iter().map(|pool| current.pool(*pool)).collect(),
                denied: verdict.denied,
                rule: last.map(|rule| RuleCited { model: current.version, line: rule.line }),
            }
        });
        Access { judged: judged.map(Arc::new) }
    }

    /// What the model says about a requester; none without a model.
    pub(crate) fn with_verdict<T>(
        &self,
        holder: &Holder,
        dictionary: &Dictionary,
        read: impl FnOnce(&Verdict<'_>) -> T,
    ) -> Option<T> {
        let current = self.models.current()?;
        let (host, user) = (&holder.host, holder.user.as_deref());
        let groups = |group: &str| self.is_member(group, holder);
        let name = holder.name.as_deref();
        let asker = Asker { host, user, name, kind: holder.kind, groups: &groups, dictionary };
        Some(read(&current.model.judge(&asker)))
    }

    /// True when a reservation group of this name has the holder's device or user.
    fn is_member(&self, group: &str, holder: &Holder) -> bool {
        self.book.is_member(group, &holder.host, holder.user.as_deref())
    }

    /// What the rules let the holder of a lease use.
    pub(crate) fn access_of_lease(&self, lease: &Lease) -> Access {
        let none = Dictionary::new();
        let facts = self.facts_of(lease.id).unwrap_or(&none);
        match self.holder(lease) {
            Some(holder) => self.access_of(&holder, facts),
            None => Access::default(),
        }
    }
}
