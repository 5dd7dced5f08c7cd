//! `tenure audit`: documents in any pile that contradict each other.
//!
//! Invariants: only documents whose signatures hold are compared, each checked under the certificates that lie in the
//! pile or are named; what could not be checked is listed, never passed over in silence; exit code 0 only without a
//! contradiction. Deliberately not here: what contradicts what (`tenure_document`).

use super::{key_folder::root_pin_of, paper, server_init::read_keysets};
use crate::{clock, exit::Failure, explain};
use clap::Args;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tenure_document::{
    Audit, Certificate, Context, DocumentError, Envelope, Lease, Payload, Time, Transfer,
    TransferReceipt, TransferRefusal, Trust, Usage, Verified, read_document, read_json,
};

/// Files that are looked at in one run.
const MOST_FILES: usize = 100_000;

/// Find signed documents that contradict each other: leases, usage reports, transfers, contexts.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Documents and folders of documents; certificates among them are used.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The publisher's key list; several are a chain, oldest first.
    #[arg(long, value_name = "FILE", required = true)]
    keyset: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What was found out about the pile.
struct Pile {
    trust: Trust,
    now: Time,
    certificates: Vec<Verified<Certificate>>,
    audit: Audit,
    checked: usize,
    unchecked: Vec<String>,
}

impl AuditArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// A file can't be read, or documents contradict each other.
    pub fn run(self) -> anyhow::Result<()> {
        let mut names = Vec::new();
        self.files.iter().try_for_each(|path| gather(path, &mut names))?;
        let mut pile = Pile {
            trust: self.trust()?,
            now: clock::wall(),
            certificates: Vec::new(),
            audit: Audit::default(),
            checked: 0,
            unchecked: Vec::new(),
        };
        let mut papers = Vec::new();
        for path in names {
            let name = path.display().to_string();
            match read_document(&paper::read_any(&path)?) {
                Ok(envelope) => papers.push((name, envelope)),
                Err(error) => pile.unchecked.push(format!("{name}: {error}")),
            }
        }
        papers.iter().for_each(|(_, envelope)| pile.certify(envelope));
        papers.iter().for_each(|(name, envelope)| pile.take(name, envelope));
        let found = pile.audit.contradictions();
        if self.json {
            let report = serde_json::json!({
                "checked": pile.checked, "unchecked": pile.unchecked, "contradictions": found,
            });
            say!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            found.iter().for_each(|one| say!("{one}"));
            pile.unchecked.iter().for_each(|line| say!("NOT CHECKED {line}"));
            let (checked, unchecked) = (pile.checked, pile.unchecked.len());
            say!("{checked} documents checked, {unchecked} not, {} contradictions", found.len());
        }
        match found.first() {
            Some(first) => {
                Err(Failure::refused(first.code, "documents contradict each other").into())
            }
            None => Ok(()),
        }
    }

    fn trust(&self) -> anyhow::Result<Trust> {
        let keysets = read_keysets(&self.keyset)?;
        let Some(first) = keysets.first() else {
            return Err(Failure::usage("--keyset is missing").into());
        };
        let mut trust = Trust::pin(root_pin_of(first)?);
        for keyset in &keysets {
            trust.adopt_keyset(keyset).map_err(explain::document)?;
        }
        Ok(trust)
    }
}

/// The files of a path, folders one level deep.
fn gather(path: &Path, names: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let unreadable = |error| Failure::usage(format!("{}: {error}", path.display()));
    if path.is_dir() {
        for entry in fs::read_dir(path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?.path();
            if entry.is_file() {
                names.push(entry);
            }
        }
        names.sort();
    } else {
        names.push(path.to_owned());
    }
    if names.len() > MOST_FILES {
        return Err(
            Failure::usage(format!("more than {MOST_FILES} files; audit them in parts")).into()
        );
    }
    Ok(())
}

impl Pile {
    /// Keeps a certificate, and those that documents bring along.
    fn certify(&mut self, envelope: &Envelope) {
        #[derive(serde::Deserialize)]
        struct CertificateOnly {
            certificate: String,
        }
        let brought = read_json::<CertificateOnly>(&envelope.payload, Transfer::LIMITS)
            .and_then(|brought| read_document(brought.certificate.as_bytes()));
        let own = (envelope.payload_type == Certificate::TYPE).then(|| envelope.clone());
        for envelope in own.into_iter().chain(brought.ok()) {
            if let Ok(certificate) = self.trust.verify_certificate(&envelope, self.now)
                && !self
                    .certificates
                    .iter()
                    .any(|held| held.payload_hash() == certificate.payload_hash())
            {
                self.certificates.push(certificate);
            }
        }
    }

    fn verified<P: Payload>(&self, envelope: &Envelope) -> Result<Verified<P>, DocumentError> {
        let mut why =
            DocumentError::BadValue("the certificate of its signer is not in the pile".into());
        for certificate in &self.certificates {
            match self.trust.verify_by::<P>(envelope, certificate, self.now) {
                Ok(verified) => return Ok(verified),
                Err(DocumentError::BadSignature) => {}
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    fn take(&mut self, name: &str, envelope: &Envelope) {
        let taken = match envelope.payload_type.as_str() {
            Lease::TYPE => {
                self.verified(envelope).map(|lease| self.audit.lease(name, envelope, &lease))
            }
            Usage::TYPE => self.verified(envelope).map(|usage| self.audit.usage(name, &usage)),
            Transfer::TYPE => self.verified(envelope).map(|step| self.take_transfer(name, &step)),
            TransferReceipt::TYPE => {
                self.verified(envelope).map(|receipt| self.audit.receipt(name, &receipt))
            }
            TransferRefusal::TYPE => {
                self.verified(envelope).map(|refusal| self.audit.refusal(name, &refusal))
            }
            Context::TYPE => {
                self.verified(envelope).map(|context| self.audit.context(name, &context))
            }
            _ => return,
        };
        match taken {
            Ok(()) => self.checked += 1,
            Err(error) => self.unchecked.push(format!("{name}: {error}")),
        }
    }

    /// A transfer, and the steps that it brings along.
    fn take_transfer(&mut self, name: &str, transfer: &Verified<Transfer>) {
        self.audit.transfer(name, transfer);
        for text in transfer.provenance.iter().skip(1) {
            let Ok(envelope) = read_document(text.as_bytes()) else { continue };
            self.certify(&envelope);
            if let Ok(step) = self.verified::<Transfer>(&envelope) {
                self.audit.transfer(name, &step);
            }
        }
    }
}
