//! The certificate that a publisher gives a container: who it is and what its key may sign.
//!
//! Invariants: the key is the one of first contact; a license server may sign leases, no other container may.
//! Deliberately not here: signing the certificate.

use crate::record::ContainerRecord;
use tenure_document::{Certificate, ContainerId, ContainerKind, PublicKey, Time};

/// What every container's key may sign.
const USES: &[&str] =
    &["context", "receipt", "transfer-request", "transfer", "transfer-receipt", "transfer-refusal"];
/// What a license server's key may sign besides.
const SERVER_USES: &[&str] = &["lease", "usage"];

/// What the key of a license server may sign.
pub fn server_uses() -> Vec<String> {
    SERVER_USES.iter().chain(USES).map(|name| (*name).to_owned()).collect()
}

/// The next certificate of a container.
pub fn certificate_for(
    record: &ContainerRecord,
    not_before: Time,
    not_after: Option<Time>,
) -> Certificate {
    Subject {
        container: record.id,
        generation: record.generation,
        name: &record.name,
        kind: record.kind,
        key: &record.key,
        certificates: record.certificates,
    }
    .certificate(not_before, not_after)
}

/// Who is to be certified.
pub(crate) struct Subject<'a> {
    pub(crate) container: ContainerId,
    pub(crate) generation: u32,
    pub(crate) name: &'a str,
    pub(crate) kind: ContainerKind,
    pub(crate) key: &'a PublicKey,
    /// How many certificates there were before.
    pub(crate) certificates: u64,
}

impl Subject<'_> {
    pub(crate) fn certificate(&self, not_before: Time, not_after: Option<Time>) -> Certificate {
        let uses = match self.kind {
            ContainerKind::Server => server_uses(),
            _ => USES.iter().map(|name| (*name).to_owned()).collect(),
        };
        Certificate {
            container: self.container,
            generation: self.generation,
            name: self.name.to_owned(),
            kind: self.kind,
            key: self.key.clone(),
            uses,
            not_before,
            not_after,
            sequence: self.certificates + 1,
            account: None,
            binding: None,
        }
    }
}
