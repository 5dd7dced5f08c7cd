//! A publisher made of fixed seeds, for tests of any crate: root, keys, key set, trust.
//!
//! Invariants: the same bytes on every run (nothing is drawn), keys that are nobody's in real
//! life. Only tests and the vector generator include this file; no product code does.
#![allow(dead_code)]

use tenure_document::{
    Certificate, ContainerId, ContainerKind, Envelope, KeyRecord, Keyset, Payload, Revocation,
    Role, RootPin, RootRecord, SeedSigner, Signer, Time, Trust, Update, Verified, seal,
};

/// 2026-11-22T00:00:00Z: the "now" of the fixtures.
pub fn now() -> Time {
    "2026-11-22T00:00:00Z".parse().expect("a time")
}

/// A hybrid signer from one small number.
pub fn hybrid(number: u8) -> SeedSigner {
    SeedSigner::hybrid(&[number; 32], &[number ^ 0x80; 32]).expect("seeds give usable keys")
}

/// An Ed25519 signer from one small number.
pub fn ed25519(number: u8) -> SeedSigner {
    SeedSigner::ed25519(&[number; 32]).expect("seeds give usable keys")
}

/// A license server's identity from one small number.
pub fn server_key(number: u8) -> SeedSigner {
    SeedSigner::ed25519_batch(&[number; 32]).expect("seeds give usable keys")
}

/// A publisher with a 2-of-3 root and one key per role.
pub struct Publisher {
    pub name: String,
    pub root: Vec<SeedSigner>,
    pub issuer: SeedSigner,
    pub certifier: SeedSigner,
    pub revoker: SeedSigner,
    pub keyset: Keyset,
}

impl Publisher {
    /// The standard fixture; others differ by `offset` (use multiples of 16).
    pub fn new(offset: u8) -> Publisher {
        let root: Vec<SeedSigner> = (1..=3).map(|n| hybrid(offset + n)).collect();
        let [issuer, certifier, revoker] = [4, 5, 6].map(|n| hybrid(offset + n));
        let keyset = Keyset {
            version: 1,
            publisher: "Example Publisher".into(),
            root: root_record(2, &root),
            keys: vec![
                record(&issuer, Role::Issuer),
                record(&certifier, Role::Certifier),
                record(&revoker, Role::Revoker),
            ],
            issued: time("2026-01-01T00:00:00Z"),
            revocation_sequence: 0,
        };
        let name = keyset.publisher.clone();
        Publisher { name, root, issuer, certifier, revoker, keyset }
    }

    /// The pin a product would be shipped with.
    pub fn pin(&self) -> RootPin {
        self.keyset.root.pin()
    }

    /// A key set signed by the first two root keys.
    pub fn seal_keyset(&self, keyset: &Keyset) -> Envelope {
        seal(keyset, &[&self.root[0], &self.root[1]])
    }

    /// The key set as its signed document.
    pub fn keyset_envelope(&self) -> Envelope {
        self.seal_keyset(&self.keyset)
    }

    /// Trust that has adopted the key set.
    pub fn trust(&self) -> Trust {
        let mut trust = Trust::pin(self.pin());
        trust.adopt_keyset(&self.keyset_envelope()).expect("the fixture's key set is right");
        trust
    }

    /// The certificate of a license server with the key of `identity`.
    pub fn certificate(&self, container: ContainerId, identity: &dyn Signer) -> Certificate {
        Certificate {
            container,
            generation: 1,
            name: "license server".into(),
            kind: ContainerKind::Server,
            key: identity.public().clone(),
            uses: ["lease", "context", "receipt", "usage"].map(str::to_owned).to_vec(),
            not_before: time("2026-01-01T00:00:00Z"),
            not_after: None,
            sequence: 1,
            account: None,
            binding: None,
        }
    }

    /// That certificate signed.
    pub fn seal_certificate(&self, certificate: &Certificate) -> Envelope {
        seal(certificate, &[&self.certifier])
    }

    /// That certificate signed and verified.
    pub fn certified(
        &self,
        container: ContainerId,
        identity: &dyn Signer,
    ) -> Verified<Certificate> {
        let envelope = self.seal_certificate(&self.certificate(container, identity));
        self.trust().verify_certificate(&envelope, now()).expect("the certificate is right")
    }

    /// An update signed by the issuer key.
    pub fn seal_update(&self, update: &Update) -> Envelope {
        seal(update, &[&self.issuer])
    }

    /// An update signed by the issuer key and verified at [`now`].
    pub fn verified_update(&self, update: &Update) -> Verified<Update> {
        self.verified(&self.seal_update(update))
    }

    /// Any publisher-signed document, verified at [`now`].
    pub fn verified<P: Payload>(&self, envelope: &Envelope) -> Verified<P> {
        self.trust().verify(envelope, now()).expect("the fixture's document is right")
    }

    /// A revocation list signed by the revoker key.
    pub fn seal_revocation(&self, list: &Revocation) -> Envelope {
        seal(list, &[&self.revoker])
    }
}

/// A record that allows everything its role allows, from 2026 to 2036.
pub fn record(signer: &SeedSigner, role: Role) -> KeyRecord {
    KeyRecord {
        id: signer.public().id(),
        key: signer.public().clone(),
        role,
        types: role.types().iter().map(|name| (*name).to_owned()).collect(),
        products: vec!["*".into()],
        sign_from: time("2026-01-01T00:00:00Z"),
        sign_until: time("2031-01-01T00:00:00Z"),
        verify_until: time("2036-01-01T00:00:00Z"),
    }
}

/// A root of these signers.
pub fn root_record(threshold: u32, signers: &[SeedSigner]) -> RootRecord {
    RootRecord { threshold, keys: signers.iter().map(|s| s.public().clone()).collect() }
}

/// A time from its text.
pub fn time(text: &str) -> Time {
    text.parse().expect("a time")
}
