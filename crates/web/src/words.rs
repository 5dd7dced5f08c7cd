//! States in words for people: one place, so that a state is called the same on every page.
//!
//! Kept here: every state has a word, a tone and, where somebody must act, the next step. A code that is not
//! known here is shown as it is; newer services must not break older pages.

use tenure_api::office::{ActivationState, ContainerState, EntitlementState, MoveState};
use tenure_document::{ContainerKind, Count, MachineKind};

use crate::component::{Badge, Tone};

/// An activation, as its owner sees it.
pub(crate) fn activation(state: ActivationState) -> Badge {
    match state {
        ActivationState::Assigned => Badge::new(Tone::Wait, "Update not fetched yet"),
        ActivationState::Delivered => Badge::new(Tone::Wait, "On its way, no receipt yet"),
        ActivationState::Confirmed => Badge::new(Tone::Good, "In the device"),
        ActivationState::ReturnAsked => Badge::new(Tone::Wait, "Return asked, update waits"),
        ActivationState::ReturnedWithoutReceipt => {
            Badge::new(Tone::Wait, "Return on its way, no receipt yet")
        }
        ActivationState::CoolingDown => Badge::new(Tone::Wait, "Returned, free after a while"),
        ActivationState::Returned => Badge::new(Tone::Idle, "Returned"),
        ActivationState::WrittenOff => Badge::new(Tone::Idle, "Given up with the device"),
        ActivationState::Cancelled => Badge::new(Tone::Idle, "Taken back before it went out"),
    }
}

/// A container, as its owner sees it.
pub(crate) fn container(state: ContainerState) -> Badge {
    match state {
        ContainerState::Known => Badge::new(Tone::Good, "In order"),
        ContainerState::Rollback => Badge::new(Tone::Bad, "Restored from a backup"),
        ContainerState::Fork => Badge::new(Tone::Bad, "History does not match"),
        ContainerState::Clone => Badge::new(Tone::Bad, "Copied"),
        ContainerState::Lost => Badge::new(Tone::Idle, "Lost"),
        ContainerState::Broken => Badge::new(Tone::Idle, "Broken"),
        ContainerState::Revoked => Badge::new(Tone::Bad, "Revoked"),
    }
}

/// What the state of a container means for its owner; empty when all is well.
pub(crate) fn container_advice(state: ContainerState) -> &'static str {
    match state {
        ContainerState::Known => "",
        ContainerState::Rollback | ContainerState::Fork | ContainerState::Clone => {
            "The device showed a state that the office did not expect, as after a restored backup or a copied disk. \
             No further update is made until the office has decided. Ask your vendor's support and name the serial."
        }
        ContainerState::Lost | ContainerState::Broken => {
            "You reported it. Its licenses can be activated on another device; this one takes no updates any more."
        }
        ContainerState::Revoked => {
            "The publisher has revoked it. Ask your vendor's support and name the serial."
        }
    }
}

/// An entitlement.
pub(crate) fn entitlement(state: EntitlementState) -> Badge {
    match state {
        EntitlementState::Active => Badge::new(Tone::Good, "Active"),
        EntitlementState::Suspended => Badge::new(Tone::Wait, "Suspended"),
        EntitlementState::Withdrawn => Badge::new(Tone::Bad, "Withdrawn"),
    }
}

/// A move between containers.
pub(crate) fn moved(state: MoveState) -> Badge {
    match state {
        MoveState::Claimed => Badge::new(Tone::Wait, "Only its target has told"),
        MoveState::InTransit => Badge::new(Tone::Wait, "On its way, no arrival reported"),
        MoveState::Arrived => Badge::new(Tone::Good, "Arrived"),
        MoveState::Refunded => Badge::new(Tone::Idle, "Refused, the source has it back"),
        MoveState::RefundOrdered => Badge::new(Tone::Wait, "Goes back to the source"),
        MoveState::Contradiction => Badge::new(Tone::Bad, "The two reports contradict each other"),
    }
}

/// A kind of container.
pub(crate) fn kind(kind: ContainerKind) -> &'static str {
    match kind {
        ContainerKind::Server => "License server",
        ContainerKind::Bound => "Device",
        ContainerKind::Portable => "Removable medium",
        ContainerKind::Unbound => "Trial, bound to nothing",
    }
}

/// A kind of machine.
pub(crate) fn machine(kind: MachineKind) -> &'static str {
    match kind {
        MachineKind::Physical => "Physical machine",
        MachineKind::Virtual => "Virtual machine",
        MachineKind::Container => "Container runtime",
        MachineKind::Unknown => "Not known",
    }
}

/// A quantity.
pub(crate) fn count(count: Count) -> String {
    match count {
        Count::Counted(count) => count.to_string(),
        Count::Uncounted => "Unlimited".to_owned(),
    }
}

/// Whether an item may be used, and why not.
pub(crate) fn item(usable: bool, reason: Option<&str>) -> Badge {
    match (usable, reason) {
        (true, None) => Badge::new(Tone::Good, "Ready to use"),
        (true, Some(reason)) => Badge::new(Tone::Wait, item_reason(reason)),
        (false, Some("not-started")) => Badge::new(Tone::Tell, item_reason("not-started")),
        (false, Some(reason)) => Badge::new(Tone::Bad, item_reason(reason)),
        (false, None) => Badge::new(Tone::Bad, "Not usable"),
    }
}

fn item_reason(reason: &str) -> String {
    match reason {
        "not-started" | "not-yet" => "Has not begun yet",
        "expired" => "Has ended",
        "grace" | "in-grace" => "Has ended, days of grace run",
        "checkpoint" | "checkpoint-missed" | "contact-overdue" => "Too long without the office",
        "virtual" | "virtual-not-allowed" => "Not allowed on a virtual machine",
        "revoked" => "Revoked",
        "clock" | "clock-behind" => "The device's clock is behind",
        "used-up" | "consumed" => "Used up",
        "hop-only" => "In transit to another device",
        other => return plain(other),
    }
    .to_owned()
}

/// What one operation of an update did.
pub(crate) fn op_result(code: &str) -> Badge {
    match code {
        "applied" | "added" | "replaced" | "withdrawn" | "certified" | "refunded" => {
            Badge::new(Tone::Good, plain(code))
        }
        "already-applied" | "already-there" | "not-there" => Badge::new(Tone::Idle, plain(code)),
        other => Badge::new(Tone::Wait, plain(other)),
    }
}

/// A trait of a machine.
pub(crate) fn trait_kind(kind: &str) -> String {
    match kind {
        "tpm" | "tpm-key" => "Key of the TPM",
        "dmi-product-uuid" | "product-uuid" => "Product ID of the main board",
        "board-serial" | "dmi-board-serial" => "Serial number of the main board",
        "disk" | "disk-serial" | "system-disk" => "System disk",
        "mac" | "permanent-mac" | "mac-address" => "Network adapter",
        "machine-id" => "Machine ID of the operating system",
        "vm-uuid" | "instance-id" | "cloud-instance" | "vm-instance" => "ID of the virtual machine",
        "cpu-model" | "cpu" => "Processor model",
        "root-filesystem" | "root-fs-uuid" | "root-filesystem-uuid" => "Root file system",
        "host-name" | "hostname" => "Host name",
        other => return plain(other),
    }
    .to_owned()
}

/// Whether a trait fits.
pub(crate) fn trait_status(status: &str) -> Badge {
    match status {
        "matched" => Badge::new(Tone::Good, "Matches"),
        "changed" => Badge::new(Tone::Bad, "Changed"),
        "absent" => Badge::new(Tone::Wait, "Not found"),
        "unreadable" => Badge::new(Tone::Wait, "Can't be read"),
        "new" => Badge::new(Tone::Tell, "New"),
        other => Badge::new(Tone::Idle, plain(other)),
    }
}

/// Why a container does not open.
pub(crate) fn fault(code: &str) -> String {
    match code {
        "binding" | "wrong-machine" | "binding-failed" => {
            "It does not open on this machine: too much has changed. The check below says what."
                .to_owned()
        }
        "locked" | "in-use" => "Another program has it open. Try again in a moment.".to_owned(),
        "damaged" => "Its file is damaged. Ask your vendor's support for a replacement.".to_owned(),
        other => format!("It does not open: {}.", plain(other).to_lowercase()),
    }
}

/// What to do after an update was refused; empty where the message says all.
pub(crate) fn update_advice(code: &str) -> &'static str {
    match code {
        "wrong-container" => {
            "The file is for another device. Look for the file that carries this device's serial."
        }
        "wrong-generation" => {
            "The file is for an earlier or later life of this device. Give the office a new context and fetch a new update."
        }
        "gap" => {
            "The office thinks that this device is further than it is. Give it a new context and fetch a new update."
        }
        "fork" => {
            "The device's history is not the one the office knows, as after a restored backup. Give the office a new \
             context; its staff must decide."
        }
        "expired" => "The file is too old. Fetch a new update from the office.",
        "revoked-key" => {
            "The key that signed it is no longer trusted. Fetch a new update from the office."
        }
        _ => "",
    }
}

/// A kebab-case code as words; a sentence stays one.
pub(crate) fn plain(code: &str) -> String {
    let mut text = if code.contains(' ') { code.to_owned() } else { code.replace('-', " ") };
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// So many of a thing.
pub(crate) fn so_many(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

/// Why a request was denied, in a few words.
pub(crate) fn denial_reason(code: &str) -> String {
    match code {
        "unknown-feature" => "No license for this feature",
        "version-too-low" => "Only older versions are licensed",
        "selector-mismatch" => "No license fits the selectors",
        "metered-feature" => "Feature is used up, not held",
        "no-seats" => "All seats in use",
        "reserved-for-others" => "Free seats are reserved for others",
        "denied-by-rule" => "A rule of the model says no",
        "max-per-holder" => "Holder has as many as one may",
        "not-started" => "License has not begun yet",
        "expired" => "License has ended",
        "virtual-not-allowed" => "Not allowed on virtual machines",
        "borrow-not-allowed" => "May not leave the network",
        "borrow-too-long" => "Asked to borrow for too long",
        "queue-full" => "Too many are waiting",
        "already-exclusive" => "Holder has its one lease",
        "over-metered" => "Metered amount is used up",
        "clock-behind" => "Server's clock is behind",
        "contact-due" => "Publisher's office not heard of for too long",
        "container-rolled-back" => "Server was restored from a copy",
        "server-suspended" => "Server was suspended",
        "unsigned-request" => "Request was not signed",
        "revoked" => "Key or server is revoked",
        other => return plain(other),
    }
    .to_owned()
}
