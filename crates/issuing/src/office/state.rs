//! The state of an office: the fold of its events.
//!
//! Invariants: changed by `apply` only; what can be counted or found again from the rest is not stored; two offices that
//! applied the same events are equal.
//! Deliberately not here: decisions (`*_decide`), changes (`*_fold`), how it is stored (`snapshot`).

use super::activation_command::Target;
use super::activations::Activations;
use super::catalog::Catalog;
use super::command::Command;
use super::customers::Customers;
use super::entitlements::Entitlements;
use super::fleet::book::Fleet;
use super::hooks::book::Webhooks;
use super::host_keys::book::HostKeys;
use super::papers::Papers;
use super::staff::approvals::Approvals;
use super::staff::people::People;
use super::staff::policy::Policies;
use super::usage::book::UsageBook;
use serde::{Deserialize, Serialize};
use tenure_document::{ContainerId, Time};

/// What an office begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeBirth {
    /// The publisher's name, as customers see it.
    pub publisher: String,
    /// When.
    pub at: Time,
}

/// Whose office it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// Its name, as customers see it.
    pub name: String,
    /// Since when the office is there.
    pub since: Time,
}

/// The back office of a publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    pub(crate) publisher: Publisher,
    pub(crate) catalog: Catalog,
    pub(crate) customers: Customers,
    pub(crate) entitlements: Entitlements,
    pub(crate) activations: Activations,
    pub(crate) fleet: Fleet,
    pub(crate) papers: Papers,
    pub(crate) people: People,
    pub(crate) approvals: Approvals<Command>,
    pub(crate) policies: Policies,
    pub(crate) hooks: Webhooks,
    pub(crate) usage: UsageBook,
    pub(crate) host_keys: HostKeys,
}

impl Office {
    /// An office in which nothing has happened.
    pub fn new(birth: OfficeBirth) -> Office {
        Office {
            publisher: Publisher { name: birth.publisher, since: birth.at },
            catalog: Catalog::default(),
            customers: Customers::default(),
            entitlements: Entitlements::default(),
            activations: Activations::default(),
            fleet: Fleet::default(),
            papers: Papers::default(),
            people: People::default(),
            approvals: Approvals::default(),
            policies: Policies::default(),
            hooks: Webhooks::default(),
            usage: UsageBook::default(),
            host_keys: HostKeys::default(),
        }
    }

    /// Whose office it is.
    pub fn publisher(&self) -> &Publisher {
        &self.publisher
    }

    /// What is sold.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Who buys.
    pub fn customers(&self) -> &Customers {
        &self.customers
    }

    /// What was bought.
    pub fn entitlements(&self) -> &Entitlements {
        &self.entitlements
    }

    /// What is in which container.
    pub fn activations(&self) -> &Activations {
        &self.activations
    }

    /// Every container, and what goes on between them.
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The publisher's own documents.
    pub fn papers(&self) -> &Papers {
        &self.papers
    }

    /// The users of the office.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// What waits for a second person.
    pub fn approvals(&self) -> &Approvals<Command> {
        &self.approvals
    }

    /// The publisher's policies.
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Who is told of events.
    pub fn hooks(&self) -> &Webhooks {
        &self.hooks
    }

    /// What license servers reported.
    pub fn usage(&self) -> &UsageBook {
        &self.usage
    }

    /// License keys bound to hosts.
    pub fn host_keys(&self) -> &HostKeys {
        &self.host_keys
    }

    /// A container that something can be put into; nothing when the office has not met it, or has given it up.
    pub(crate) fn target(&self, container: ContainerId) -> Option<Target> {
        let known = self.fleet.get(container).filter(|one| !one.state.is_gone())?;
        Some(Target { id: known.id, kind: known.kind })
    }
}
