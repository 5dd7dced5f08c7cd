//! What the office does by itself, and what it asks a person for: the publisher's settings.
//!
//! Invariants: a stored format; every member has a default that is safe to begin with; limits are checked when they are
//! set, so what stands here makes sense.
//! Deliberately not here: terms of what is sold (license models), settings of the program (ports, folders).

use serde::{Deserialize, Serialize};
use std::time::Duration;
use tenure_document::{ContainerKind, Tolerance};

const DAY: Duration = Duration::from_secs(86_400);

/// The publisher's policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policies {
    /// Days until units that a container says it removed are free again, where the license model says nothing.
    pub cool_down_days: u32,
    /// Replacements of lost and broken containers that a customer may make without approval, within a period.
    pub replacements: u32,
    /// That period in days.
    pub replacement_period_days: u32,
    /// Days that must lie between two of them.
    pub replacement_wait_days: u32,
    /// Units that may be issued by one order without a second person; none: any number.
    pub issue_threshold: Option<u32>,
    /// Whether key and revocation lists are published only with a second person's approval.
    pub approve_publishing: bool,
    /// Days after which a question for approval lapses.
    pub approval_days: u32,
    /// What is done about a restored container.
    pub on_rollback: OnOddity,
    /// What is done about copies that went on apart.
    pub on_clone: OnOddity,
    /// Who may make a new container known.
    pub registration: Registration,
    /// The most known containers that nothing was ever activated in.
    pub unclaimed_max: u32,
    /// Days within which a license server is expected to be heard from; 0: not expected.
    pub server_poll_days: u32,
    /// Days within which any other container is expected to be heard from; 0: not expected.
    pub device_poll_days: u32,
    /// Days within which an update must be applied; 0: no end.
    pub update_days: u32,
    /// Days for which a container's certificate holds; 0: no end.
    pub certificate_days: u32,
    /// How much of a machine may change, where neither container nor license model says it.
    pub tolerance: Tolerance,
}

/// What is done about a container that is out of step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnOddity {
    /// A person decides.
    #[default]
    Ask,
    /// It may begin a new generation by itself, within the quota for replacements.
    NewGeneration,
}

/// Who may make a container known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Registration {
    /// Whoever brings a context.
    #[default]
    Anyone,
    /// Whoever activates something in it, and staff.
    Activation,
    /// Staff.
    Staff,
}

impl Default for Policies {
    fn default() -> Policies {
        Policies {
            cool_down_days: 7,
            replacements: 1,
            replacement_period_days: 365,
            replacement_wait_days: 0,
            issue_threshold: None,
            approve_publishing: false,
            approval_days: 7,
            on_rollback: OnOddity::Ask,
            on_clone: OnOddity::Ask,
            registration: Registration::Anyone,
            unclaimed_max: 10_000,
            server_poll_days: 1,
            device_poll_days: 0,
            update_days: 0,
            certificate_days: 0,
            tolerance: Tolerance::Medium,
        }
    }
}

impl Policies {
    /// How often a container of this kind is expected to be heard from; none: never.
    pub fn poll(&self, kind: ContainerKind) -> Option<Duration> {
        let days = match kind {
            ContainerKind::Server => self.server_poll_days,
            _ => self.device_poll_days,
        };
        (days > 0).then(|| DAY * days)
    }

    /// How long removed units are not free yet.
    pub fn cool_down(&self, days: Option<u32>) -> Duration {
        DAY * days.unwrap_or(self.cool_down_days)
    }
}

/// Changes of policies; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyChange {
    /// See [`Policies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cool_down_days: Option<u32>,
    /// See [`Policies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacements: Option<u32>,
    /// See [`Policies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement_period_days: Option<u32>,
    /// See [`Policies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement_wait_days: Option<u32>,
    /// See [`Policies`]; inner none: any number.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "nullable")]
    pub issue_threshold: Option<Option<u32>>,
    /// See [`Policies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve_publishing: Option<bool>,
    /// See [`Policies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_days: Option<u32>,
    /// See [`Policies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_rollback: Option<OnOddity>,
    /// See [`Policies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_clone: Option<OnOddity>,
    /// See [`Policies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
    /// See [`Policies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unclaimed_max: Option<u32>,
    /// See [`Policies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_poll_days: Option<u32>,
    /// See [`Policies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_poll_days: Option<u32>,
    /// See [`Policies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_days: Option<u32>,
    /// See [`Policies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_days: Option<u32>,
    /// See [`Policies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Tolerance>,
}

/// Does the same with every policy.
macro_rules! with_each_policy {
    ($with:ident) => {
        $with!(
            cool_down_days,
            replacements,
            replacement_period_days,
            replacement_wait_days,
            issue_threshold,
            approve_publishing,
            approval_days,
            on_rollback,
            on_clone,
            registration,
            unclaimed_max,
            server_poll_days,
            device_poll_days,
            update_days,
            certificate_days,
            tolerance
        )
    };
}

impl PolicyChange {
    /// The policies with these changes.
    pub fn applied_to(&self, policies: &Policies) -> Policies {
        let mut next = policies.clone();
        macro_rules! set {
            ($($member:ident),*) => { $(if let Some(value) = self.$member { next.$member = value; })* };
        }
        with_each_policy!(set);
        next
    }

    /// The change that takes these back.
    pub fn undone_to(&self, policies: &Policies) -> PolicyChange {
        macro_rules! keep {
            ($($member:ident),*) => { PolicyChange { $($member: self.$member.map(|_| policies.$member)),* } };
        }
        with_each_policy!(keep)
    }
}

/// An order about policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PolicyCommand {
    /// Change some.
    Change {
        /// By whom.
        by: String,
        /// What.
        change: Box<PolicyChange>,
    },
}

/// Policies were changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoliciesChanged {
    /// By whom.
    pub by: String,
    /// What.
    pub change: Box<PolicyChange>,
    /// What stood there before; absent in old entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<PolicyChange>>,
}

/// A member that is absent, or null, or a value.
mod nullable {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(
        value: &Option<Option<u32>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.flatten().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<u32>>, D::Error> {
        Option::<u32>::deserialize(deserializer).map(Some)
    }
}
