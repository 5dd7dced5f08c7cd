//! Containers in the words of the API.
//!
//! Kept here: whether an item may be used now is the container's own judgement. Deliberately not here: what one may do.

use tenure_api::device::{DeviceContainer, DeviceContainerDetail, DeviceItem};
use tenure_container::Reading;
use tenure_document::{Hash, Item, Time};
use tenure_vault::{DeviceError, Listed, OpenContainer};

/// A container that opens.
pub(crate) fn container(open: &OpenContainer) -> DeviceContainer {
    let state = open.state();
    let trust = state.trust().ok();
    let publisher = trust.and_then(|trust| trust.keyset().map(|keyset| keyset.publisher.clone()));
    DeviceContainer {
        serial: state.id().serial(),
        id: state.id(),
        name: state.name().to_owned(),
        kind: state.kind(),
        generation: state.generation(),
        sequence: state.sequence(),
        history_hash: state.history_hash(),
        items: state.items().len() as u64,
        publisher,
        open: true,
        fault: state.is_revoked().then(|| "revoked".to_owned()),
        last_contact: None,
    }
}

/// A container that does not open, and why.
pub(crate) fn closed(one: &Listed, error: &DeviceError) -> DeviceContainer {
    DeviceContainer {
        serial: one.serial.clone(),
        id: one.id,
        name: one.name.clone(),
        kind: one.kind,
        generation: one.generation,
        sequence: one.sequence,
        history_hash: Hash::ZERO,
        items: 0,
        publisher: None,
        open: false,
        fault: Some(error.code().unwrap_or("unreadable").to_owned()),
        last_contact: None,
    }
}

/// A container with its content.
pub(crate) fn detail(open: &OpenContainer, now: Reading) -> DeviceContainerDetail {
    let at = open.time(now);
    let items = open.state().items().map(|one| item(open, one, at)).collect();
    DeviceContainerDetail { container: container(open), items, moves: Vec::new() }
}

fn item(open: &OpenContainer, item: &Item, at: Time) -> DeviceItem {
    let reason = unusable(open, item, at);
    DeviceItem {
        id: item.id.clone(),
        feature: item.feature.clone(),
        version: item.version,
        count: item.count,
        consumed: open.consumed(&item.id),
        product: Some(item.product.clone()).filter(|product| !product.is_empty()),
        starts: item.start,
        ends: item.ends(),
        contact_before: None,
        usable: reason.is_none(),
        reason: reason.map(str::to_owned),
    }
}

fn unusable(open: &OpenContainer, item: &Item, at: Time) -> Option<&'static str> {
    let ended = item.grace_end().is_some_and(|end| at > end);
    if open.state().is_revoked() {
        Some("revoked")
    } else if item.start.is_some_and(|start| at < start) {
        Some("not-started")
    } else if ended {
        Some("expired")
    } else {
        None
    }
}
