//! What makes the client believe an item of a container: the publisher's signature over it, for this very container.
//!
//! Root pin -> keyset -> update for this container and generation, or transfer to it with everything that shows where
//! it came from -> the item with these terms. The container's state decides how much of it is left; it can't make
//! more, or other, than was signed. No clock and no files here.

use tenure_container::{Container, open_transfer};
use tenure_document::{
    Count, DocumentError, Item, Op, Payload as _, Time, Transfer, Trust, Update, Verified,
    read_document,
};

use crate::error::Forged;

/// Whether the documents prove the item.
///
/// # Errors
/// No document proves it, or not so many units.
pub(crate) fn prove<'a>(
    trust: &Trust,
    container: &Container,
    item: &Item,
    documents: impl Iterator<Item = &'a str>,
    at: Time,
) -> Result<(), Forged> {
    let mut proved: u64 = 0;
    let mut fault = None;
    for document in documents {
        match shown(trust, container, &item.id, document, at) {
            Ok(Some(signed)) if signed.has_terms_of(item) => match (signed.count, item.count) {
                (Count::Uncounted, Count::Uncounted) => return Ok(()),
                (Count::Counted(units), Count::Counted(_)) => {
                    proved = proved.saturating_add(u64::from(units));
                }
                _ => {}
            },
            Ok(_) => {}
            Err(error) => fault = Some(error),
        }
    }
    match (item.count, fault) {
        (Count::Counted(held), _) if u64::from(held) <= proved => Ok(()),
        (_, Some(error)) => Err(error.into()),
        (_, None) => Err(Forged::new(
            "unproved-item",
            "no document of the publisher gives this item to this container",
        )),
    }
}

/// The item as a document gives it.
fn shown(
    trust: &Trust,
    container: &Container,
    item_id: &str,
    document: &str,
    at: Time,
) -> Result<Option<Item>, DocumentError> {
    let envelope = read_document(document.as_bytes())?;
    if envelope.payload_type == Transfer::TYPE {
        // Whatever is wrong with a transfer, the item did not come by it.
        let opened = open_transfer(trust, &envelope, at);
        let transfer = opened.as_ref().ok().map(|opened| opened.transfer());
        let ours = transfer.filter(|one| one.target == container.id() && one.item.id == item_id);
        return Ok(ours.map(|one| one.item.clone()));
    }
    let update: Verified<Update> = trust.verify(&envelope, at)?;
    // What a generation before held stays until the publisher's first word to the new one.
    if update.id != container.id() || update.generation > container.generation() {
        return Ok(None);
    }
    let last = update.ops.iter().rev().find_map(|numbered| match &numbered.op {
        Op::Add { item } | Op::Replace { item } if item.id == item_id => Some(item.clone()),
        _ => None,
    });
    Ok(last)
}

#[cfg(test)]
#[path = "../../../document/tests/support/publisher.rs"]
mod publisher;

#[cfg(test)]
mod tests {
    use super::publisher::{Publisher, ed25519, now};
    use super::*;
    use expect_test::expect;
    use tenure_container::{Birth, Reading, next_hash};
    use tenure_document::{
        Attachments, ContainerId, ContainerKind, Hash, Numbered, Signer as _, Version,
    };

    const HERE: ContainerId = ContainerId([7; 16]);

    fn container(publisher: &Publisher) -> Container {
        Container::new(Birth {
            id: HERE,
            name: "press".into(),
            kind: ContainerKind::Bound,
            key: ed25519(9).public().clone(),
            root: publisher.pin(),
            keysets: vec![publisher.keyset_envelope().to_json()],
            keyset_version: 1,
            ratchet: Hash::of(b"first"),
            at: Reading { wall: now(), since_boot_ms: 1 },
        })
    }

    fn item(count: u32) -> Item {
        Item::new("motion", "motion", Version::new(2, 0, 0), Count::Counted(count))
    }

    /// A signed update that gives three units of the item to a container.
    fn update(publisher: &Publisher, id: ContainerId, generation: u32) -> String {
        let op = Op::Add { item: item(3) };
        let to_hash = next_hash(&Hash::ZERO, 1, &op);
        let ops = vec![Numbered { sequence: 1, op_id: "a".into(), op }];
        let update = Update {
            id,
            generation,
            from_sequence: 0,
            from_hash: Hash::ZERO,
            ops,
            to_sequence: 1,
            to_hash,
            issued: now(),
            expires: None,
            attachments: Attachments::default(),
        };
        publisher.seal_update(&update).to_json()
    }

    #[test]
    fn a_state_can_give_less_than_was_signed_and_never_more() {
        let publisher = Publisher::new(0);
        let (trust, container) = (publisher.trust(), container(&publisher));
        let ours = update(&publisher, HERE, 1);
        let other = update(&publisher, ContainerId([8; 16]), 1);
        let later = update(&publisher, HERE, 2);
        let foreign = update(&Publisher::new(16), HERE, 1);
        let newer = Item { version: Version::new(3, 0, 0), ..item(3) };
        let mut shown = String::new();
        for (name, item, documents) in [
            ("as signed", item(3), vec![&ours]),
            ("a part of it", item(2), vec![&ours]),
            ("among others", item(3), vec![&foreign, &other, &ours]),
            ("one more", item(4), vec![&ours]),
            ("twice the same", item(6), vec![&ours]),
            ("another version", newer, vec![&ours]),
            ("another container's", item(3), vec![&other]),
            ("a generation to come", item(3), vec![&later]),
            ("another publisher's", item(3), vec![&foreign]),
            ("nothing to show", item(1), vec![]),
        ] {
            let documents = documents.into_iter().map(String::as_str);
            let verdict = prove(&trust, &container, &item, documents, now());
            shown += &format!("{name}: {}\n", verdict.map_or_else(|why| why.code, |()| "proved"));
        }
        expect![[r#"
            as signed: proved
            a part of it: proved
            among others: proved
            one more: unproved-item
            twice the same: unproved-item
            another version: unproved-item
            another container's: unproved-item
            a generation to come: unproved-item
            another publisher's: unknown-key
            nothing to show: unproved-item
        "#]]
        .assert_eq(&shown);
    }
}
