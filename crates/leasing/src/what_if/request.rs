//! A recorded outcome as the request it once was, and how the replay decides it.
//!
//! Invariants: what was granted or denied is asked again with the same holder, version, count, selectors and facts, by
//! the functions that decide in service. Deliberately not here: what follows from the answer (replay).

use super::report::RequestExample;
use crate::asked::Asked;
use crate::checkout::{denied, grant};
use crate::denial::{DenialReason, Denied};
use crate::dictionary::Dictionary;
use crate::draft::Draft;
use crate::event::{Consumed, Event, Granted, Part};
use crate::explain::gate_rules;
use crate::ids::{DenialId, UsageId};
use crate::metering::consume;
use crate::request::{Checkout, Consume, FeatureRequest};
use crate::state::Leasing;
use crate::term::Now;
use tenure_document::{LeaseId, Time};

/// What became of a request in fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Was {
    /// With so many seats.
    Granted(LeaseId, u32),
    Used(UsageId),
    Denied(DenialId),
    /// It is among what an all-or-nothing request could not have because of others.
    DeniedAlong,
}

/// A recorded request for one feature.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) checkout: Checkout,
    pub(super) feature: FeatureRequest,
    /// The count of metered use, which may be larger than that of seats.
    pub(super) count: u64,
    pub(super) consume: bool,
    pub(super) was: Was,
    /// The recorded denial.
    pub(super) denial: Option<Box<Denied>>,
    /// Where the recorded grant came from.
    pub(super) parts: Vec<Part>,
}

impl Request {
    pub(super) fn of_grant(granted: Granted) -> Request {
        let Granted { lease, holder, feature, version, count, dictionary, .. } = granted;
        let asked = granted.asked.map(|asked| *asked).unwrap_or_default();
        let feature = FeatureRequest {
            name: feature,
            version: asked.version.unwrap_or(version),
            count: asked.count.unwrap_or(count),
            partial: asked.partial,
        };
        let checkout = Checkout {
            dictionary,
            selectors: asked.selectors,
            all: asked.all,
            borrow_seconds: granted.borrow_seconds,
            client_key: granted.client_key,
            signed_by: granted.signed_by,
            ..Checkout::new(holder, Vec::new())
        };
        Request {
            checkout,
            count: u64::from(feature.count),
            feature,
            consume: false,
            was: Was::Granted(lease, count),
            denial: None,
            parts: granted.parts,
        }
    }

    pub(super) fn of_use(used: Consumed) -> Request {
        let asked = used.asked.map(|asked| *asked).unwrap_or_default();
        let checkout = Checkout {
            selectors: asked.selectors,
            dictionary: used.dictionary,
            ..Checkout::new(used.holder, Vec::new())
        };
        let version = asked.version.unwrap_or(used.version);
        Request {
            checkout,
            feature: FeatureRequest::new(used.feature, version, 1),
            count: used.count,
            consume: true,
            was: Was::Used(used.usage),
            denial: None,
            parts: Vec::new(),
        }
    }

    /// The denied request, and before it those that were denied along with it.
    pub(super) fn of_denial(denied: Denied) -> Vec<Request> {
        let asked = denied.asked.as_deref().cloned().unwrap_or_default();
        let Asked { count, partial, all, together, selectors, consume, .. } = asked;
        let checkout = Checkout {
            dictionary: denied.dictionary.clone(),
            selectors,
            all,
            borrow_seconds: denied.borrow_seconds,
            ..Checkout::new(denied.holder.clone(), Vec::new())
        };
        let along = |feature: FeatureRequest| Request {
            checkout: checkout.clone(),
            count: u64::from(feature.count),
            feature,
            consume: false,
            was: Was::DeniedAlong,
            denial: None,
            parts: Vec::new(),
        };
        let mut requests: Vec<Request> = together.into_iter().map(along).collect();
        let count = count.map_or(denied.count, u64::from);
        let seats = u32::try_from(count).unwrap_or(u32::MAX);
        let feature = FeatureRequest {
            partial,
            ..FeatureRequest::new(denied.feature.clone(), denied.version, seats)
        };
        requests.push(Request {
            checkout,
            feature,
            count,
            consume,
            was: Was::Denied(denied.id),
            denial: Some(Box::new(denied)),
            parts: Vec::new(),
        });
        requests
    }

    /// True when it was granted in fact.
    pub(super) fn was_granted(&self) -> bool {
        matches!(self.was, Was::Granted(..) | Was::Used(_))
    }

    /// False where no model decides: the answer would be the same.
    pub(super) fn can_be_judged(&self) -> bool {
        let reason = self.denial.as_ref().map(|denial| denial.reason);
        !matches!(
            reason,
            Some(
                DenialReason::ServerSuspended
                    | DenialReason::ContainerRolledBack
                    | DenialReason::UnsignedRequest
                    | DenialReason::Revoked
            )
        )
    }

    /// Puts it to the state. None: it can't even be asked any more.
    pub(super) fn decide(&self, draft: &mut Draft<'_>) -> Result<Vec<Event>, Option<Box<Denied>>> {
        if self.consume {
            return self.consume(draft.state, draft.now);
        }
        draft.admit(&self.checkout.holder, &self.checkout.dictionary);
        let granted = match gate_rules(draft) {
            Some(why) => Err(why),
            None => grant(draft, &self.checkout, &self.feature),
        };
        granted.map(Iterator::collect).map_err(|why| {
            match denied(draft, &self.checkout, &self.feature, why) {
                Event::Denied(denied) => Some(Box::new(denied)),
                _ => None,
            }
        })
    }

    fn consume(&self, state: &Leasing, now: Now) -> Result<Vec<Event>, Option<Box<Denied>>> {
        let asked = Consume {
            holder: self.checkout.holder.clone(),
            feature: self.feature.name.clone(),
            version: self.feature.version,
            count: self.count,
            selectors: self.checkout.selectors.clone(),
            dictionary: self.checkout.dictionary.clone(),
            signed_by: None,
        };
        let mut events = consume(state, &asked, now).map_err(|_| None)?;
        match events.pop() {
            Some(Event::Denied(denied)) => Err(Some(Box::new(denied))),
            Some(event) => Ok(vec![event]),
            None => Err(None),
        }
    }

    /// The denial as it would read where it was granted but for others asked along.
    pub(super) fn along(&self, with: &Denied) -> Box<Denied> {
        Box::new(Denied { asked: None, ..with.clone() })
    }

    /// The request as an example, with the denial that it got or would get, and the rule behind that.
    pub(super) fn example(
        &self,
        at: Time,
        group: String,
        denied: Denied,
        rule: Option<(u32, String)>,
    ) -> RequestExample {
        let (lease, denial) = match self.was {
            Was::Granted(lease, _) => (Some(lease), None),
            Was::Denied(denial) => (None, Some(denial)),
            Was::Used(_) | Was::DeniedAlong => (None, None),
        };
        RequestExample {
            at,
            holder: self.checkout.holder.clone(),
            group,
            feature: self.feature.name.clone(),
            version: self.feature.version,
            count: self.count,
            lease,
            denial,
            denied,
            rule,
        }
    }

    /// Facts about the requester.
    pub(super) fn dictionary(&self) -> &Dictionary {
        &self.checkout.dictionary
    }
}
