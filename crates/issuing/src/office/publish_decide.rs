//! Deciding which documents of the publisher the office hands out.
//!
//! Invariants: versions and sequences only grow; a key list with another root follows right after the one before; a
//! revocation list holds everything the one before held; every document is short enough to travel with an update.
//! Deliberately not here: verifying signatures (the shell, before it asks).

use super::event::Event;
use super::papers::{KeysetPublished, PublishCommand, RevocationPublished};
use super::staff::refusal::StaffRefusal;
use super::state::Office;
use serde::Deserialize;
use std::collections::BTreeMap;
use tenure_document::{
    ContainerId, KeyId, Limits, RevokedContainer, RootPin, RootRecord, read_document, read_json,
};

/// The longest document, in bytes: an update must be able to bring it, with operations beside it.
const DOCUMENT_MAX: usize = 448 * 1024;

impl Office {
    pub(crate) fn decide_publish(
        &self,
        command: &PublishCommand,
    ) -> Result<Vec<Event>, StaffRefusal> {
        match command {
            PublishCommand::Keyset { by, version, document } => {
                check_size(document)?;
                let published = self.papers.keyset_version();
                if *version == published
                    && self.papers.keysets().iter().any(|one| one.1 == *document)
                {
                    return Ok(Vec::new());
                }
                if *version <= published {
                    let (what, number) = ("key list", *version);
                    return Err(StaffRefusal::NotNewer { what, number, published });
                }
                self.check_follows(*version, document)?;
                let (by, version, document) = (by.clone(), *version, document.clone());
                Ok(vec![Event::KeysetPublished(KeysetPublished { by, version, document })])
            }
            PublishCommand::Revocation { by, sequence, document, containers, keys } => {
                check_size(document)?;
                let published = self.papers.revocation_sequence();
                if *sequence == published && self.papers.revocation() == Some(document) {
                    return Ok(Vec::new());
                }
                if *sequence <= published {
                    let (what, number) = ("revocation list", *sequence);
                    return Err(StaffRefusal::NotNewer { what, number, published });
                }
                self.check_grows(*sequence, containers, keys)?;
                Ok(vec![Event::RevocationPublished(RevocationPublished {
                    by: by.clone(),
                    sequence: *sequence,
                    document: document.clone(),
                    containers: containers.clone(),
                    keys: keys.clone(),
                })])
            }
        }
    }

    /// How much of the longest revocation list the newest one takes.
    pub fn revocation_list_percent(&self) -> usize {
        self.papers.revocation().map_or(0, |document| document.len() * 100 / DOCUMENT_MAX)
    }

    /// No container takes a list with another root that does not follow right after the one it has.
    fn check_follows(&self, version: u64, document: &str) -> Result<(), StaffRefusal> {
        match self.papers.keysets().last() {
            Some((published, before))
                if version != published + 1 && root_of(before) != root_of(document) =>
            {
                Err(StaffRefusal::KeysetGap { version, published: *published })
            }
            _ => Ok(()),
        }
    }

    fn check_grows(
        &self,
        sequence: u64,
        containers: &[RevokedContainer],
        keys: &[KeyId],
    ) -> Result<(), StaffRefusal> {
        let (listed, listed_keys) = self.papers.listed();
        let entries: BTreeMap<ContainerId, u32> =
            containers.iter().map(|entry| (entry.container, entry.generation)).collect();
        let holds = |id: &ContainerId, generation| entries.get(id).is_some_and(|g| g >= generation);
        let lost = listed.iter().find(|(id, generation)| !holds(id, generation));
        if let Some((id, generation)) = lost {
            let what = format!("generation {generation} of container {}", id.serial());
            return Err(StaffRefusal::ListShrinks { sequence, what });
        }
        match listed_keys.iter().find(|key| !keys.contains(key)) {
            Some(key) => Err(StaffRefusal::ListShrinks { sequence, what: format!("key {key}") }),
            None => Ok(()),
        }
    }
}

/// The root that a key list names.
fn root_of(document: &str) -> Option<RootPin> {
    #[derive(Deserialize)]
    struct RootOnly {
        root: RootRecord,
    }
    let envelope = read_document(document.as_bytes()).ok()?;
    let RootOnly { root } = read_json(&envelope.payload, Limits::PAYLOAD).ok()?;
    Some(root.pin())
}

fn check_size(document: &str) -> Result<(), StaffRefusal> {
    if document.len() <= DOCUMENT_MAX {
        return Ok(());
    }
    let length = document.len();
    let problem =
        format!("must have at most {DOCUMENT_MAX} bytes, not {length}: no update could bring it");
    Err(StaffRefusal::BadValue { member: "the document", problem })
}
