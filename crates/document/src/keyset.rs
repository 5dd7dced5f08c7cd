//! The key set: the publisher's root, and every key it vouches for with its role and scope.
//!
//! Invariants: a key set that was read has 1 ≤ threshold ≤ number of distinct root keys ≤ 8, all
//! its keys are hybrid, every record carries the id of its own key, and windows are in order.
//! Each document type is signed by exactly one role. Not here: adopting one (`adopt.rs`).

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    error::DocumentError,
    hash::{Hash, Hasher},
    keys::{Algorithm, KeyId, PublicKey},
    payload::payload,
    time::Time,
};

/// Most root keys: an envelope holds eight signatures.
const MOST_ROOT_KEYS: usize = 8;
/// Most publisher keys, so that trying them all stays cheap.
const MOST_KEYS: usize = 64;

/// The publisher's keys, signed by its root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keyset {
    /// Grows by one with each key set; clients keep the highest.
    pub version: u64,
    /// The publisher's name; the same in every version.
    pub publisher: String,
    /// The root that signs this and the next version.
    pub root: RootRecord,
    /// Keys that sign documents.
    pub keys: Vec<KeyRecord>,
    /// When it was made.
    pub issued: Time,
    /// The revocation list a client must hold at least.
    pub revocation_sequence: u64,
}

payload!(Keyset, "keyset", signed_at: Option<Time> = |me| Some(me.issued));

/// The root keys and how many of them must sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootRecord {
    /// How many distinct keys must sign.
    pub threshold: u32,
    /// The keys.
    pub keys: Vec<PublicKey>,
}

/// One publisher key and what it may sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRecord {
    /// The id of `key`.
    pub id: KeyId,
    /// The key.
    pub key: PublicKey,
    /// Its role, which limits the types.
    pub role: Role,
    /// Names of the document types it may sign, such as `update`.
    pub types: Vec<String>,
    /// Products it may speak of; `*` stands for any run of characters.
    pub products: Vec<String>,
    /// Documents may say they were signed from here …
    pub sign_from: Time,
    /// … up to and including here.
    pub sign_until: Time,
    /// Up to and including here its signatures are accepted.
    pub verify_until: Time,
}

/// What a publisher key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Signs what containers and servers get.
    Issuer,
    /// Signs certificates.
    Certifier,
    /// Signs revocation lists.
    Revoker,
    /// Signs statements of the time.
    Time,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 4] = [Role::Issuer, Role::Certifier, Role::Revoker, Role::Time];

    /// The document types a key of this role may sign at most.
    pub const fn types(self) -> &'static [&'static str] {
        match self {
            Role::Issuer => &["update", "pool", "host-key", "host-check"],
            Role::Certifier => &["certificate"],
            Role::Revoker => &["revocation"],
            Role::Time => &["time"],
        }
    }

    /// The written name.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Issuer => "issuer",
            Role::Certifier => "certifier",
            Role::Revoker => "revoker",
            Role::Time => "time",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Role {
    type Err = DocumentError;

    fn from_str(text: &str) -> Result<Role, DocumentError> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| {
            DocumentError::BadValue("not a role; known are issuer, certifier, revoker, time".into())
        })
    }
}

/// The hash of a root record: what a product is shipped with.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RootPin(pub Hash);

impl fmt::Display for RootPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "root:{}", self.0)
    }
}

impl fmt::Debug for RootPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for RootPin {
    type Err = DocumentError;

    fn from_str(text: &str) -> Result<RootPin, DocumentError> {
        text.trim()
            .strip_prefix("root:")
            .and_then(|hash| hash.parse().ok())
            .map(RootPin)
            .ok_or_else(|| {
                DocumentError::BadValue("not a root pin: root: and 43 base64url characters".into())
            })
    }
}

impl RootRecord {
    /// The pin of this root.
    pub fn pin(&self) -> RootPin {
        let start = Hasher::new().with(b"TENURE-ROOT-V1").with(&self.threshold.to_be_bytes());
        let all = self.keys.iter().fold(start, |hasher, key| hasher.with(key.id().0.as_bytes()));
        RootPin(all.finish())
    }

    /// Whether the record can be a root at all.
    pub(crate) fn check(&self) -> Result<(), DocumentError> {
        let ids: BTreeSet<KeyId> = self.keys.iter().map(PublicKey::id).collect();
        let count = self.keys.len();
        if ids.len() != count || count > MOST_ROOT_KEYS {
            let why = format!("a root has 1 to {MOST_ROOT_KEYS} different keys");
            return Err(DocumentError::MalformedPayload(why));
        }
        if self.threshold == 0 || self.threshold as usize > count {
            let why = "the root's threshold must be 1 to the number of its keys";
            return Err(DocumentError::MalformedPayload(why.into()));
        }
        self.keys.iter().try_for_each(|key| demand_hybrid("root", key))
    }
}

impl Keyset {
    /// The rules between members, checked when a key set is adopted.
    ///
    /// # Errors
    /// `malformed-payload`, `wrong-algorithm`, `wrong-key-id`.
    pub fn check(&self) -> Result<(), DocumentError> {
        self.root.check()?;
        let malformed = |why: String| Err(DocumentError::MalformedPayload(why));
        if self.version == 0 {
            return malformed("key set versions start at 1".into());
        }
        if self.keys.len() > MOST_KEYS {
            return malformed(format!("a key set has at most {MOST_KEYS} keys"));
        }
        let mut seen = BTreeSet::new();
        for record in &self.keys {
            demand_hybrid("key", &record.key)?;
            if record.id != record.key.id() {
                return Err(DocumentError::WrongKeyId(record.id.to_string()));
            }
            if !seen.insert(record.id) {
                return malformed(format!("key {} stands twice in the key set", record.id));
            }
            if record.sign_from > record.sign_until || record.sign_until > record.verify_until {
                return malformed(format!(
                    "the time windows of key {} are not in order",
                    record.id
                ));
            }
        }
        Ok(())
    }
}

impl KeyRecord {
    /// Whether the record's scope takes in `product`.
    pub fn covers_product(&self, product: &str) -> bool {
        covers(&self.products, product)
    }
}

/// Whether one of the patterns takes in `product`.
pub(crate) fn covers(patterns: &[String], product: &str) -> bool {
    patterns.iter().any(|pattern| matches_pattern(pattern, product))
}

/// `*` matches any run of characters, every other character itself; linear in both lengths.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn demand_hybrid(what: &str, key: &PublicKey) -> Result<(), DocumentError> {
    match key.algorithm() {
        Algorithm::Hybrid => Ok(()),
        other => Err(DocumentError::WrongAlgorithm(format!(
            "a {what} of a key set must be {}, not {}",
            Algorithm::Hybrid.name(),
            other.name()
        ))),
    }
}
