//! `tenure inspect`: what a document says, who signed it, and whether it can be believed.
//!
//! Invariants: prints the signed content, never the unsigned summary of the file; exit code 0 only when the document
//! was not found wrong; what was not checked is said to be not checked. A file of several documents, such as a license
//! file for a host, is checked with the key sets and certificates in it, from the root that is named.
//! Deliberately not here: the checks (`tenure_document`).

use super::{key_folder::root_pin_of, paper, server_init::read_keysets};
use crate::{clock, exit::Failure, explain};
use clap::Args;
use std::path::PathBuf;
use tenure_document::{
    Certificate, Inspection, Keyset, Payload, Revocation, RootPin, Time, Trust, Verdict, Verified,
    armored_parts, inspect, read_document,
};

/// Look at a document.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The document; `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The publisher's root pin that you trust, `root:…`.
    #[arg(long, value_name = "PIN")]
    root: Option<String>,
    /// The publisher's key list; several are a chain, oldest first.
    #[arg(long, value_name = "FILE")]
    keyset: Vec<PathBuf>,
    /// The publisher's revocation list.
    #[arg(long, value_name = "FILE", requires = "keyset")]
    revocation: Option<PathBuf>,
    /// Certificate of the container that signed the document.
    #[arg(long, value_name = "FILE", requires = "keyset")]
    certificate: Vec<PathBuf>,
}

impl InspectArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// The file is no document, or it is refused.
    pub fn run(self) -> anyhow::Result<()> {
        let now = clock::wall();
        let text = paper::read_file(&self.file)?;
        let mut trust = self.trust(now)?;
        let mut certificates = Vec::new();
        for path in &self.certificate {
            let envelope = paper::read_one::<Certificate>(path)?;
            let Some(trust) = &trust else { continue };
            certificates.push(trust.verify_certificate(&envelope, now).map_err(explain::document)?);
        }
        let parts = armored_parts(&text).unwrap_or_default();
        if parts.len() > 1 {
            if let Some(trust) = &mut trust {
                certificates.extend(take_over(trust, &parts, now));
            }
            let parts = parts.iter().map(|part| part.as_bytes());
            return self.show(parts, trust.as_ref(), &certificates, now);
        }
        self.show(std::iter::once(text.as_slice()), trust.as_ref(), &certificates, now)
    }

    fn show<'a>(
        &self,
        documents: impl Iterator<Item = &'a [u8]>,
        trust: Option<&Trust>,
        certificates: &[Verified<Certificate>],
        now: Time,
    ) -> anyhow::Result<()> {
        let found = documents.map(|text| inspect(text, trust, certificates, now));
        let found = found.collect::<Result<Vec<_>, _>>().map_err(explain::document)?;
        match found.as_slice() {
            [one] if self.json => say!("{}", serde_json::to_string_pretty(one)?),
            all if self.json => say!("{}", serde_json::to_string_pretty(all)?),
            all => all.iter().for_each(print),
        }
        let refused = found.into_iter().find_map(|one| match one.verdict {
            Verdict::Refused { code, message } => Some(Failure::refused(code, message)),
            _ => None,
        });
        refused.map_or(Ok(()), |refused| Err(refused.into()))
    }

    fn trust(&self, now: Time) -> anyhow::Result<Option<Trust>> {
        let pin: Option<RootPin> = match &self.root {
            Some(text) => {
                Some(text.parse().map_err(|error| Failure::usage(format!("--root: {error}")))?)
            }
            None => None,
        };
        let keysets = read_keysets(&self.keyset)?;
        let pin = match (pin, keysets.first()) {
            (Some(pin), _) => pin,
            (None, Some(first)) => root_pin_of(first)?,
            (None, None) => return Ok(None),
        };
        let mut trust = Trust::pin(pin);
        for keyset in &keysets {
            trust.adopt_keyset(keyset).map_err(explain::document)?;
        }
        if let Some(path) = &self.revocation {
            let list = paper::read_one::<Revocation>(path)?;
            trust.adopt_revocation(&list, now).map_err(explain::document)?;
        }
        Ok(Some(trust))
    }
}

/// What the documents of one file prove for each other, as far as they hold; each is shown and judged by itself after.
fn take_over(trust: &mut Trust, parts: &[&str], now: Time) -> Vec<Verified<Certificate>> {
    let read: Vec<_> =
        parts.iter().filter_map(|part| read_document(part.as_bytes()).ok()).collect();
    let of = |kind: &'static str| read.iter().filter(move |one| one.payload_type == kind);
    for keyset in of(Keyset::TYPE) {
        let _ = trust.adopt_keyset(keyset);
    }
    for list in of(Revocation::TYPE) {
        let _ = trust.adopt_revocation(list, now);
    }
    of(Certificate::TYPE).filter_map(|one| trust.verify_certificate(one, now).ok()).collect()
}

fn print(found: &Inspection) {
    say!("{}", found.payload_type);
    for line in &found.summary {
        say!("  {line}");
    }
    for (place, signature) in (1..).zip(&found.signatures) {
        let hint = signature.keyid.as_deref().unwrap_or("none");
        say!("signature {place}: {}, key hint {hint}", signature.form);
    }
    match &found.verdict {
        Verdict::Verified { chain } => say!("VERIFIED\n  {}", chain.join("\n  ")),
        Verdict::SelfSigned { why } => say!("SELF-SIGNED: {why}"),
        Verdict::NotChecked { why } => say!("NOT CHECKED: {why}"),
        Verdict::Refused { code, message } => say!("REFUSED ({code}): {message}"),
    }
    for warning in &found.warnings {
        say!("WARNING: {warning}");
    }
    say!("signed content, {} bytes:\n{}", found.payload_size, found.content);
}
