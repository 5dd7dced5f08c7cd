//! Deciding which documents of the publisher the office hands out.
//!
//! Invariants: versions and sequences only grow; a revocation list holds everything the one before held.
//! Deliberately not here: verifying signatures (the shell, before it asks).

use super::event::Event;
use super::papers::{KeysetPublished, PublishCommand, RevocationPublished};
use super::staff::refusal::StaffRefusal;
use super::state::Office;
use std::collections::BTreeMap;
use tenure_document::{ContainerId, KeyId, RevokedContainer};

/// The longest document, in bytes.
const DOCUMENT_MAX: usize = 1 << 20;

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

fn check_size(document: &str) -> Result<(), StaffRefusal> {
    if document.len() <= DOCUMENT_MAX {
        return Ok(());
    }
    let problem = format!("must have at most {DOCUMENT_MAX} bytes, not {}", document.len());
    Err(StaffRefusal::BadValue { member: "the document", problem })
}
