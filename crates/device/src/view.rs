//! Containers in the words of the API.
//!
//! Kept here: whether an item may be used now is the container's own judgement. Deliberately not here: what one may do.

use tenure_api::device::{DeviceContainer, DeviceContainerDetail, DeviceItem, DeviceMove};
use tenure_container::{Reading, Rights};
use tenure_document::{Hash, Item};
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
        last_contact: state.last_contact(),
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
    let rights = open.rights(now);
    let items = open.state().items().map(|one| item(open, one, rights)).collect();
    DeviceContainerDetail { container: container(open), items, moves: moves(open) }
}

fn item(open: &OpenContainer, item: &Item, rights: Rights) -> DeviceItem {
    let usable = open.state().usable(item, rights, open.machine().kind);
    let reason = usable.err().map(|reason| reason.code());
    DeviceItem {
        id: item.id.clone(),
        feature: item.feature.clone(),
        version: item.version,
        count: item.count,
        consumed: open.consumed(&item.id),
        product: Some(item.product.clone()).filter(|product| !product.is_empty()),
        starts: item.start,
        ends: item.ends(),
        contact_before: open.state().checkpoint_due(item),
        usable: reason.is_none(),
        reason: reason.map(str::to_owned),
    }
}

/// Transfers that are under way: asked for here, or sent and not answered.
fn moves(open: &OpenContainer) -> Vec<DeviceMove> {
    let asked = open.open_requests().into_iter().map(|one| DeviceMove {
        nonce: one.nonce.to_string(),
        direction: "in".to_owned(),
        item: one.item_id,
        count: one.count,
    });
    asked.collect()
}
