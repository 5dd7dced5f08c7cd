//! What makes the client believe an item of a container: the publisher's signature over it, for this very container.
//!
//! Root pin -> keyset -> update for this container and generation, or transfer to it with everything that shows where
//! it came from -> the item with these terms. The container's state decides how much of it is left; it can't make
//! more, or other, than was signed: one update gives the item, and each transfer adds to it once, however often or in
//! whatever text they are shown. A transfer that the publisher has booked is judged as of then: it stays proved when
//! its source is revoked, or the source's certificate over. No clock and no files here.

use std::collections::BTreeMap;

use tenure_container::{Container, open_transfer};
use tenure_document::{
    Bytes, Count, DocumentError, Envelope, Item, Op, Payload as _, Time, Transfer, Trust, Update,
    Verified, read_document, read_json,
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
    let mut proofs = Proofs::default();
    let mut fault = None;
    for document in documents {
        if let Err(error) = proofs.take(trust, container, document, at) {
            fault = Some(error);
        }
    }
    let is_uncounted = |item: &Item| item.count == Count::Uncounted;
    let fits =
        |signed: &Item| is_uncounted(signed) == is_uncounted(item) && signed.has_terms_of(item);
    let proves = |signed: Item| fits(&signed).then(|| enough(signed.count));
    // A later update says anew what an earlier one gave: only what transfers brought adds up.
    let given = proofs.updates.iter().filter_map(|update| given(update, &item.id));
    let given = given.filter_map(proves).max().unwrap_or_default();
    let came = proofs.came(trust, container, &item.id, at).into_values().filter_map(proves);
    let proved = came.fold(given, u64::saturating_add);
    match fault {
        _ if enough(item.count) <= proved => Ok(()),
        Some(error) => Err(error.into()),
        None => Err(Forged::new(
            "unproved-item",
            "no document of the publisher gives this item to this container",
        )),
    }
}

/// Units that prove a count, and that it proves; of an uncounted one, all there are.
fn enough(count: Count) -> u64 {
    match count {
        Count::Counted(units) => units.into(),
        Count::Uncounted => u64::MAX,
    }
}

/// The documents, as far as they are read.
#[derive(Default)]
struct Proofs {
    /// For this very container.
    updates: Vec<Verified<Update>>,
    /// Not verified yet.
    transfers: Vec<Envelope>,
}

impl Proofs {
    fn take(
        &mut self,
        trust: &Trust,
        container: &Container,
        document: &str,
        at: Time,
    ) -> Result<(), DocumentError> {
        let envelope = read_document(document.as_bytes())?;
        if envelope.payload_type == Transfer::TYPE {
            self.transfers.push(envelope);
            return Ok(());
        }
        let update: Verified<Update> = trust.verify(&envelope, at)?;
        // What a generation before held stays until the publisher's first word to the new one.
        if update.id == container.id() && update.generation <= container.generation() {
            self.updates.push(update);
        }
        Ok(())
    }

    /// What transfers to this container gave it, each counted once as it was credited once, whatever envelopes it is shown
    /// in. Whatever is wrong with one, the item did not come by it.
    fn came(
        &self,
        trust: &Trust,
        container: &Container,
        item_id: &str,
        at: Time,
    ) -> BTreeMap<Bytes, Item> {
        let open = |envelope| {
            let opened = open_transfer(trust, envelope, at);
            opened.ok().or_else(|| {
                let booked = self.booked(envelope)?.min(at);
                open_transfer(&trust.sparing_containers(), envelope, booked).ok()
            })
        };
        let opened = self.transfers.iter().filter_map(open);
        let came = opened.map(|opened| opened.transfer().clone());
        let ours = came.filter(|one| one.target == container.id() && one.item.id == item_id);
        ours.map(|one| (one.nonce, one.item)).collect()
    }

    /// When the publisher wrote that it has booked a transfer.
    fn booked(&self, envelope: &Envelope) -> Option<Time> {
        // Only chooses the booking: nothing is believed yet.
        let Transfer { nonce, .. } = read_json(&envelope.payload, Transfer::LIMITS).ok()?;
        let settles = |update: &&Verified<Update>| {
            let is_it = |op: &Op| matches!(op, Op::Settle { nonce: booked } if *booked == nonce);
            update.ops.iter().any(|numbered| is_it(&numbered.op))
        };
        self.updates.iter().find(settles).map(|update| update.issued)
    }
}

/// The item as an update gives it.
fn given(update: &Update, item_id: &str) -> Option<Item> {
    update.ops.iter().rev().find_map(|numbered| match &numbered.op {
        Op::Add { item } | Op::Replace { item } if item.id == item_id => Some(item.clone()),
        _ => None,
    })
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
        Attachments, Certificate, ContainerId, ContainerKind, Hash, Moves, Numbered, Revocation,
        RevokedContainer, SeedSigner, Signer as _, Version, seal,
    };

    const HERE: ContainerId = ContainerId([7; 16]);
    const SOURCE: ContainerId = ContainerId([6; 16]);

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
        ordered(publisher, id, generation, Op::Add { item: item(3) })
    }

    fn ordered(publisher: &Publisher, id: ContainerId, generation: u32, op: Op) -> String {
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

    fn movable(count: u32) -> Item {
        Item { moves: Some(Moves::default()), ..item(count) }
    }

    fn nonce(number: u8) -> Bytes {
        Bytes(vec![number; 16])
    }

    fn settled(publisher: &Publisher, id: ContainerId, number: u8) -> String {
        ordered(publisher, id, 1, Op::Settle { nonce: nonce(number) })
    }

    /// Two units that go from the source to here.
    fn transfer(publisher: &Publisher, signer: &SeedSigner, not_after: Option<Time>) -> String {
        named(publisher, signer, not_after, 1)
    }

    fn named(
        publisher: &Publisher,
        signer: &SeedSigner,
        not_after: Option<Time>,
        number: u8,
    ) -> String {
        let certificate = Certificate {
            kind: ContainerKind::Bound,
            uses: vec![Transfer::NAME.into()],
            not_after,
            ..publisher.certificate(SOURCE, signer)
        };
        let bare = Transfer {
            source: SOURCE,
            generation: 1,
            certificate: publisher.seal_certificate(&certificate).to_json(),
            sequence: 1,
            target: HERE,
            nonce: nonce(number),
            item: movable(2),
            provenance: Vec::new(),
            at: now(),
        };
        let origin = ordered(publisher, SOURCE, 1, Op::Add { item: movable(3) });
        let step = seal(&bare, &[signer]).to_json();
        seal(&Transfer { provenance: vec![origin, step], ..bare }, &[signer]).to_json()
    }

    #[test]
    fn what_came_and_is_booked_outlives_its_source_and_nothing_else_does() {
        let publisher = Publisher::new(0);
        let (trust, container) = (publisher.trust(), container(&publisher));
        let mut bereft = publisher.trust();
        let containers = vec![RevokedContainer { container: SOURCE, generation: 1 }];
        let list = Revocation { sequence: 1, issued: now(), keys: Vec::new(), containers };
        bereft.adopt_revocation(&publisher.seal_revocation(&list), now()).unwrap();
        let mut unkeyed = publisher.trust();
        let keys = vec![publisher.certifier.public().id()];
        let list = Revocation { keys, containers: Vec::new(), ..list };
        unkeyed.adopt_revocation(&publisher.seal_revocation(&list), now()).unwrap();

        let day = std::time::Duration::from_secs(86_400);
        let came = transfer(&publisher, &ed25519(3), Some(now().plus(day)));
        let forged = transfer(&Publisher::new(16), &ed25519(3), None);
        let booked = settled(&publisher, HERE, 1);
        let elsewhere = settled(&publisher, SOURCE, 1);
        let another = settled(&publisher, HERE, 2);
        let theirs = settled(&Publisher::new(16), HERE, 1);
        let mut shown = String::new();
        for (name, trust, days, documents) in [
            ("not booked", &trust, 0, vec![&came]),
            ("not booked, the source revoked", &bereft, 0, vec![&came]),
            ("not booked, its certificate over", &trust, 2, vec![&came]),
            ("booked, the source revoked", &bereft, 0, vec![&came, &booked]),
            ("booked, its certificate over", &trust, 2, vec![&booked, &came]),
            ("booked, the certifier's key revoked", &unkeyed, 0, vec![&came, &booked]),
            ("booked there, the source revoked", &bereft, 0, vec![&came, &elsewhere]),
            ("another one booked", &bereft, 0, vec![&came, &another]),
            ("booked by another publisher", &bereft, 0, vec![&came, &theirs]),
            ("made up and booked", &trust, 0, vec![&forged, &booked]),
            ("booked only", &trust, 0, vec![&booked]),
        ] {
            let documents = documents.into_iter().map(String::as_str);
            let at = now().plus(day * days);
            let verdict = prove(trust, &container, &movable(2), documents, at);
            shown += &format!("{name}: {}\n", verdict.map_or_else(|why| why.code, |()| "proved"));
        }
        expect![[r#"
            not booked: proved
            not booked, the source revoked: unproved-item
            not booked, its certificate over: unproved-item
            booked, the source revoked: proved
            booked, its certificate over: proved
            booked, the certifier's key revoked: unproved-item
            booked there, the source revoked: unproved-item
            another one booked: unproved-item
            booked by another publisher: unknown-key
            made up and booked: unproved-item
            booked only: unproved-item
        "#]]
        .assert_eq(&shown);
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
        let spaced = ours.replacen(':', ": ", 1);
        let changed = ordered(&publisher, HERE, 1, Op::Replace { item: item(3) });
        let fewer = ordered(&publisher, HERE, 1, Op::Replace { item: item(2) });
        let moving = ordered(&publisher, HERE, 1, Op::Add { item: movable(3) });
        let came = transfer(&publisher, &ed25519(3), None);
        let again = came.replacen(':', ": ", 1);
        let more = named(&publisher, &ed25519(3), None, 2);
        let mut shown = String::new();
        for (name, item, documents) in [
            ("as signed", item(3), vec![&ours]),
            ("a part of it", item(2), vec![&ours]),
            ("among others", item(3), vec![&foreign, &other, &ours]),
            ("one more", item(4), vec![&ours]),
            ("twice the same", item(4), vec![&ours, &ours]),
            ("the same with white space", item(4), vec![&ours, &spaced]),
            ("replaced by as many", item(4), vec![&ours, &changed]),
            ("replaced by fewer", item(3), vec![&fewer, &ours]),
            ("a transfer besides", movable(5), vec![&moving, &came]),
            ("a transfer twice", movable(3), vec![&came, &came]),
            ("a transfer with white space", movable(3), vec![&came, &again]),
            ("two transfers", movable(4), vec![&came, &more]),
            ("an update and two transfers", movable(7), vec![&came, &moving, &more]),
            ("one more than these", movable(8), vec![&came, &moving, &more]),
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
            the same with white space: unproved-item
            replaced by as many: unproved-item
            replaced by fewer: proved
            a transfer besides: proved
            a transfer twice: unproved-item
            a transfer with white space: unproved-item
            two transfers: proved
            an update and two transfers: proved
            one more than these: unproved-item
            another version: unproved-item
            another container's: unproved-item
            a generation to come: unproved-item
            another publisher's: unknown-key
            nothing to show: unproved-item
        "#]]
        .assert_eq(&shown);
    }
}
