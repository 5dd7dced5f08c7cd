//! Whether an order that waits for a second person comes again.
//!
//! Invariants: what was drawn for an order (IDs of what it makes, salts) does not tell it from an equal one; an order of
//! its own is told by it, because its ID was brought, or its repeats are recognized by a key.
//! Deliberately not here: who asked it (approve).

use crate::office::command::Command;
use crate::office::entitlement_command::EntitlementCommand;
use crate::office::host_keys::command::{HostKeyCommand, HostKeyOrder};
use crate::office::import_command::{Import, ImportChange, ImportStep};

/// Whether `again` asks what `waiting` asks.
pub(super) fn is_again(again: &Command, waiting: &Command) -> bool {
    match (again, waiting) {
        (Command::Entitlement(again), Command::Entitlement(waiting)) => sells(again, waiting),
        (Command::Import(again), Command::Import(waiting)) => imports(again, waiting),
        (
            Command::HostKey(HostKeyCommand::Issue(again)),
            Command::HostKey(HostKeyCommand::Issue(waiting)),
        ) => issues(again, waiting),
        _ => again == waiting,
    }
}

fn sells(again: &EntitlementCommand, waiting: &EntitlementCommand) -> bool {
    let EntitlementCommand::Make { id, own: false, .. } = again else {
        return again == waiting;
    };
    let mut waiting = waiting.clone();
    if let EntitlementCommand::Make { id: drawn, own, .. } = &mut waiting {
        (*drawn, *own) = (*id, false);
    }
    waiting == *again
}

fn imports(again: &Import, waiting: &Import) -> bool {
    let same = |(again, waiting): (&ImportStep, &ImportStep)| {
        let same = match (&again.change, &waiting.change) {
            (ImportChange::Entitlement(again), ImportChange::Entitlement(waiting)) => {
                sells(again, waiting)
            }
            (again, waiting) => again == waiting,
        };
        same && again.line == waiting.line
    };
    again.by == waiting.by
        && again.steps.len() == waiting.steps.len()
        && again.steps.iter().zip(&waiting.steps).all(same)
}

fn issues(again: &HostKeyOrder, waiting: &HostKeyOrder) -> bool {
    if again.own {
        return again == waiting;
    }
    let hosts = |order: &HostKeyOrder| -> Vec<_> {
        order.keys.iter().map(|key| key.host.clone()).collect()
    };
    let (salt, keys) = (again.salt.clone(), again.keys.clone());
    hosts(again) == hosts(waiting)
        && HostKeyOrder { own: false, salt, keys, ..waiting.clone() } == *again
}
