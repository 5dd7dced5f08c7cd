//! Whether an item may be used now: the one place that says so for a container.
//!
//! Invariants: judged by the container's own clock of rights, never by the wall clock alone; an item in its days of
//! grace is usable and says so; the answer names what ends it.
//! Deliberately not here: how many units are free (the holder counts), how well the machine fits (vault).

use crate::{
    clock::{ITEM_TOLERANCE_MS, Rights},
    state::Container,
};
use std::time::Duration;
use tenure_document::{Certificate, ContainerKind, Item, MachineKind, Permission, Time, Tolerance};

const DAY: Duration = Duration::from_secs(86_400);

/// An item may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usable {
    /// It has expired and its days of grace run.
    pub in_grace: bool,
    /// When it ends, by its term or for want of a word from the publisher; none: never.
    pub until: Option<Time>,
}

/// An item may not be used, because of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The container is on the publisher's revocation list.
    #[error("the publisher revoked this container; ask the publisher about a replacement")]
    Revoked,
    /// It begins later.
    #[error("item {item:?} begins at {start}")]
    NotStarted {
        /// The item.
        item: String,
        /// When it begins.
        start: Time,
    },
    /// It ended, days of grace included.
    #[error("item {item:?} ended at {end}; renew it at the publisher and apply the update")]
    Expired {
        /// The item.
        item: String,
        /// When it ended.
        end: Time,
    },
    /// It ended by the time that is known to have passed, and the wall clock says otherwise.
    #[error(
        "the clock of this machine is {behind_ms} ms behind the time that is known to have passed, and item {item:?} ended by that: set the clock right, or fetch an update with a signed time"
    )]
    ClockBehind {
        /// The item.
        item: String,
        /// How far behind.
        behind_ms: i64,
    },
    /// The publisher wants to hear from it.
    #[error(
        "item {item:?} needs a word from the publisher every {days} days, the last one is of {last}: exchange with the publisher"
    )]
    CheckpointOverdue {
        /// The item.
        item: String,
        /// The interval.
        days: u32,
        /// The last signed word.
        last: Time,
    },
    /// Not on a virtual machine.
    #[error("item {0:?} may not be used on a virtual machine or in a container runtime")]
    Virtual(String),
    /// A transfer container carries it.
    #[error("item {0:?} is only carried here: move it to the machine that uses it")]
    Carried(String),
    /// A trial container holds nothing that lasts.
    #[error(
        "item {0:?} has no end, and this container holds trials only: activate it on a bound one"
    )]
    TrialOnly(String),
    /// The license server's pool document ended.
    #[error("the publisher's permit to serve ended at {0}: exchange with the publisher")]
    PoolEnded(Time),
}

impl Unusable {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Unusable::Revoked => "revoked-container",
            Unusable::NotStarted { .. } => "not-started",
            Unusable::Expired { .. } => "expired",
            Unusable::ClockBehind { .. } => "clock-behind",
            Unusable::CheckpointOverdue { .. } => "checkpoint-overdue",
            Unusable::Virtual(_) => "virtual",
            Unusable::Carried(_) => "carried",
            Unusable::TrialOnly(_) => "trial-only",
            Unusable::PoolEnded(_) => "pool-ended",
        }
    }
}

impl Container {
    /// Whether an item of this container may be used now, on a machine of this kind.
    ///
    /// # Errors
    /// [`Unusable`], with what to do.
    pub fn usable(
        &self,
        item: &Item,
        rights: Rights,
        machine: MachineKind,
    ) -> Result<Usable, Unusable> {
        let (now, id) = (rights.items, || item.id.clone());
        if self.revoked {
            return Err(Unusable::Revoked);
        }
        if let Some(start) = item.live_from().filter(|start| now < *start) {
            return Err(Unusable::NotStarted { item: id(), start });
        }
        if let Some(end) = item.grace_end().filter(|end| *end <= now) {
            let behind_ms = rights.behind_ms;
            let wall = now.as_millis().saturating_sub(behind_ms);
            return Err(if behind_ms > ITEM_TOLERANCE_MS && wall < end.as_millis() {
                Unusable::ClockBehind { item: id(), behind_ms }
            } else {
                Unusable::Expired { item: id(), end }
            });
        }
        let due = self.checkpoint_due(item);
        if let (Some(due), Some(last)) = (due, self.last_contact)
            && due <= now
        {
            let days = item.checkpoint_days;
            return Err(Unusable::CheckpointOverdue { item: id(), days, last });
        }
        if let Some(until) = self.pool_until().filter(|until| *until <= now) {
            return Err(Unusable::PoolEnded(until));
        }
        if item.virtual_machines == Permission::Deny
            && matches!(machine, MachineKind::Virtual | MachineKind::Container)
        {
            return Err(Unusable::Virtual(id()));
        }
        match self.kind {
            ContainerKind::Portable if item.moves.is_some_and(|moves| moves.hop_only) => {
                return Err(Unusable::Carried(id()));
            }
            ContainerKind::Unbound if item.ends().is_none() => {
                return Err(Unusable::TrialOnly(id()));
            }
            _ => {}
        }
        Ok(Usable {
            in_grace: item.ends().is_some_and(|end| end <= now),
            until: [item.grace_end(), due, self.pool_until()].into_iter().flatten().min(),
        })
    }

    /// When the item stops for want of a word from the publisher; none when it needs none.
    pub fn checkpoint_due(&self, item: &Item) -> Option<Time> {
        let days = Some(item.checkpoint_days).filter(|days| *days > 0)?;
        Some(self.last_contact?.plus(DAY * days))
    }

    /// The time of the newest signed word of the publisher; none before the first update.
    pub fn last_contact(&self) -> Option<Time> {
        self.last_contact
    }

    /// The pool document that came with the newest update that had one, as received: what a license server may serve.
    pub fn pool(&self) -> Option<&str> {
        self.pool.as_ref().map(|pool| pool.document.as_str())
    }

    /// When an item stops here for want of a word from the publisher: its checkpoint, or the end of the pool document.
    pub fn contact_due(&self, item: &Item) -> Option<Time> {
        [self.checkpoint_due(item), self.pool_until()].into_iter().flatten().min()
    }

    /// Until when others believe what this container signs, as long as they know no newer certificate of it; none:
    /// without end.
    pub fn certified_until(&self) -> Option<Time> {
        self.own_certificate()?.not_after
    }

    fn pool_until(&self) -> Option<Time> {
        self.pool.as_ref().and_then(|pool| pool.valid_until)
    }

    /// How strictly the publisher wants this container bound: the strictest of its certificate and its items; none
    /// when neither says.
    pub fn tolerance(&self) -> Option<Tolerance> {
        let certificate = self.own_certificate();
        let certified = certificate.and_then(|Certificate { binding, .. }| binding);
        self.items.values().filter_map(|item| item.binding).chain(certified).max()
    }
}
