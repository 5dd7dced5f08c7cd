//! License keys bound to a host name, and the check service's answer about one.
//!
//! Invariants: a key holds no word about a person; an answer names the key, the host and, by the hash of the request, the
//! very question it answers; members of the first release stand first and keep their meaning.
//! Not here: counting users (issuing), what an application makes of an answer (sdk).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    encoding, error::DocumentError, hash::Bytes, host_name::HostName, payload::payload, time::Time,
};

/// Days over which users are counted, where a key does not say it.
const WINDOW_DAYS: u32 = 30;

/// A license key bound to a host name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostKey {
    /// The key's id.
    pub id: String,
    /// The host.
    pub host: HostName,
    /// The product.
    pub product: String,
    /// Users it is for; 0 for a key that counts nobody.
    pub users: u32,
    /// When it was made.
    pub issued: Time,
    /// When it ends; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// What happens when the check service cannot be reached.
    pub offline: OfflinePolicy,
    /// Not valid before; absent: from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
    /// Keys of one group count a user once, whatever hosts he works on; absent: the key is a group by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Days over which distinct users are counted; absent: 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_days: Option<u32>,
    /// What follows for a user beyond those it is for.
    #[serde(default, skip_serializing_if = "HostEnforcement::is_default")]
    pub enforcement: HostEnforcement,
    /// Where it is checked on line: the address of the publisher's office; absent: nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_url: Option<String>,
}

payload!(
    HostKey,
    "host-key",
    signed_at: Option<Time> = |me| Some(me.issued),
    products: Vec<&str> = |me| vec![me.product.as_str()],
);

impl HostKey {
    /// Days over which distinct users are counted.
    pub fn window_days(&self) -> u32 {
        self.window_days.unwrap_or(WINDOW_DAYS)
    }

    /// The group users are counted in.
    pub fn group(&self) -> &str {
        self.group.as_deref().unwrap_or(&self.id)
    }
}

/// What happens when the check service cannot be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfflinePolicy {
    /// The product runs.
    #[default]
    Allow,
    /// The product runs for so many days.
    Grace(u32),
    /// The product does not run.
    Deny,
}

impl fmt::Display for OfflinePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OfflinePolicy::Allow => f.write_str("allow"),
            OfflinePolicy::Grace(days) => write!(f, "grace({days})"),
            OfflinePolicy::Deny => f.write_str("deny"),
        }
    }
}

impl FromStr for OfflinePolicy {
    type Err = DocumentError;

    /// Reads `allow`, `grace(14)` or `deny`.
    fn from_str(text: &str) -> Result<OfflinePolicy, DocumentError> {
        let days = || text.strip_prefix("grace(")?.strip_suffix(')')?.parse().ok();
        match text {
            "allow" => Ok(OfflinePolicy::Allow),
            "deny" => Ok(OfflinePolicy::Deny),
            _ => days().map(OfflinePolicy::Grace).ok_or_else(|| {
                let shown: String = text.chars().take(40).collect();
                DocumentError::BadValue(format!(
                    "{shown:?} is no offline policy: it is allow, grace(DAYS) or deny"
                ))
            }),
        }
    }
}

/// What follows for a user beyond those a key is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostEnforcement {
    /// The application does not run for the user.
    Block,
    /// It runs and says so.
    #[default]
    Warn,
    /// It runs; the office keeps it on record.
    Record,
}

impl HostEnforcement {
    /// All of them.
    pub const ALL: [HostEnforcement; 3] =
        [HostEnforcement::Block, HostEnforcement::Warn, HostEnforcement::Record];

    /// The written name.
    pub const fn name(self) -> &'static str {
        match self {
            HostEnforcement::Block => "block",
            HostEnforcement::Warn => "warn",
            HostEnforcement::Record => "record",
        }
    }

    // serde hands a reference over.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    fn is_default(&self) -> bool {
        *self == HostEnforcement::default()
    }
}

impl fmt::Display for HostEnforcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for HostEnforcement {
    type Err = DocumentError;

    fn from_str(text: &str) -> Result<HostEnforcement, DocumentError> {
        Self::ALL.into_iter().find(|one| one.name() == text).ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            DocumentError::BadValue(format!(
                "{shown:?} is no enforcement: it is block, warn or record"
            ))
        })
    }
}

/// The check service's answer about a host key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostCheck {
    /// The key's id.
    pub key: String,
    /// The host name asked about.
    pub host: HostName,
    /// Whether the key is valid there, for this user.
    pub valid: bool,
    /// Why not, as a code; `over-limit` also where the key's enforcement lets the user work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// SHA-256 of the question, byte for byte.
    pub nonce: Bytes,
    /// When it was answered.
    pub at: Time,
    /// The user id to ask with from now on: the one of the question, or a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<HostUserId>,
    /// Distinct users of the key's group within its window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users_counted: Option<u32>,
    /// Users the group is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users_allowed: Option<u32>,
    /// When to ask again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_check: Option<Time>,
}

payload!(HostCheck, "host-check", signed_at: Option<Time> = |me| Some(me.at));

impl HostCheck {
    /// The code of a user beyond those a key is for.
    pub const OVER_LIMIT: &str = "over-limit";
}

/// A random number that stands for one installation: a computer, not a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostUserId(pub [u8; 16]);

/// The id of a host key, as an office gives it: a random number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostKeyId(pub [u8; 16]);

macro_rules! random_number {
    ($name:ident, $prefix:literal, $what:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut buffer = [0; 26];
                encoding::base32(u128::from_be_bytes(self.0), &mut buffer);
                let digits = std::str::from_utf8(&buffer).unwrap_or("");
                f.pad(&format!(concat!($prefix, "{}"), digits))
            }
        }

        impl FromStr for $name {
            type Err = DocumentError;

            fn from_str(text: &str) -> Result<$name, DocumentError> {
                let text = text.trim();
                let digits = text
                    .get(..$prefix.len())
                    .filter(|prefix| prefix.eq_ignore_ascii_case($prefix))
                    .and_then(|_| encoding::from_base32(&text[$prefix.len()..], 26, 128));
                digits
                    .map(|value| $name(value.to_be_bytes()))
                    .ok_or_else(|| DocumentError::BadValue($what.into()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                let text = String::deserialize(deserializer)?;
                let id: $name = text.parse().map_err(de::Error::custom)?;
                if id.to_string() == text {
                    Ok(id)
                } else {
                    Err(de::Error::custom(concat!($what, ", in its written form")))
                }
            }
        }
    };
}

random_number!(HostUserId, "", "not a user id: 26 characters of base32");
random_number!(HostKeyId, "HK-", "not a host key: HK- and 26 characters of base32");

// Whoever has the number can be counted as this installation: it stays out of logs.
impl fmt::Debug for HostUserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostUserId(…)")
    }
}

impl fmt::Debug for HostKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
