//! Who asks for a seat: host IDs and holders.
//!
//! Invariants: every string is 1 to 256 characters without control characters (so that none can
//! forge a line in a log or a report); unknown members are refused. Not here: what counts as one
//! seat (leasing), and how a host ID is found out (sdk).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::DocumentError;

/// Longest string of a holder, in characters.
pub(crate) const LONGEST_NAME: usize = 256;

/// What kind of value a host ID is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostIdType {
    /// Any text the application chose.
    String,
    /// A hardware address of a network card.
    Ethernet,
    /// The UUID of a virtual machine.
    VmUuid,
    /// An IPv4 address.
    Internet,
    /// An IPv6 address.
    Internet6,
    /// A user name.
    User,
    /// Defined by the publisher.
    PublisherDefined,
    /// The serial or id of a container.
    ContainerId,
    /// A standard id with a value added by the administrator.
    Extended,
}

impl HostIdType {
    /// Every type, in the order of the documentation.
    pub const ALL: [HostIdType; 9] = [
        Self::String,
        Self::Ethernet,
        Self::VmUuid,
        Self::Internet,
        Self::Internet6,
        Self::User,
        Self::PublisherDefined,
        Self::ContainerId,
        Self::Extended,
    ];

    /// The written name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "STRING",
            Self::Ethernet => "ETHERNET",
            Self::VmUuid => "VM_UUID",
            Self::Internet => "INTERNET",
            Self::Internet6 => "INTERNET6",
            Self::User => "USER",
            Self::PublisherDefined => "PUBLISHER_DEFINED",
            Self::ContainerId => "CONTAINER_ID",
            Self::Extended => "EXTENDED",
        }
    }
}

impl fmt::Display for HostIdType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for HostIdType {
    type Err = DocumentError;

    fn from_str(text: &str) -> Result<HostIdType, DocumentError> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(text)).ok_or_else(|| {
            DocumentError::BadValue(
                "not a host ID type; known are STRING, ETHERNET, VM_UUID, INTERNET, INTERNET6, \
                 USER, PUBLISHER_DEFINED, CONTAINER_ID, EXTENDED"
                    .into(),
            )
        })
    }
}

impl Serialize for HostIdType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for HostIdType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<HostIdType, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = HostIdType;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a host ID type such as \"STRING\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<HostIdType, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// A machine (or user) as it names itself: type and value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostId {
    /// What kind of value it is.
    #[serde(rename = "type")]
    pub kind: HostIdType,
    /// The value: 1 to 256 characters, no control characters.
    #[serde(deserialize_with = "name")]
    pub value: String,
}

impl HostId {
    /// A host ID, if the value may be one.
    ///
    /// # Errors
    /// `bad-value` for an empty or too long value or one with control characters.
    pub fn new(kind: HostIdType, value: impl Into<String>) -> Result<HostId, DocumentError> {
        let value = value.into();
        check_name("the host ID's value", &value)?;
        Ok(HostId { kind, value })
    }
}

impl fmt::Display for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.value, self.kind)
    }
}

/// What runs the holder.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum MachineKind {
    /// Real hardware.
    Physical,
    /// A virtual machine.
    Virtual,
    /// A container runtime.
    Container,
    /// Not told or not found out.
    #[default]
    Unknown,
}

/// Who holds, or asks for, a seat.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// The machine.
    pub host: HostId,
    /// The user at it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maybe_name")]
    pub user: Option<String>,
    /// The terminal session.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maybe_name")]
    pub session: Option<String>,
    /// The process.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maybe_name")]
    pub process: Option<String>,
    /// A stable workload identity that survives a restart of the process.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maybe_name")]
    pub owner: Option<String>,
    /// An alias for people.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maybe_name")]
    pub name: Option<String>,
    /// What runs it.
    #[serde(default, skip_serializing_if = "is_unknown")]
    pub kind: MachineKind,
}

impl Holder {
    /// A holder that is only a machine.
    pub fn of(host: HostId) -> Holder {
        Holder {
            host,
            user: None,
            session: None,
            process: None,
            owner: None,
            name: None,
            kind: MachineKind::Unknown,
        }
    }
}

fn is_unknown(kind: &MachineKind) -> bool {
    *kind == MachineKind::Unknown
}

/// Refuses what may not stand in a holder's strings.
pub(crate) fn check_name(what: &str, text: &str) -> Result<(), DocumentError> {
    if text.is_empty() || text.chars().count() > LONGEST_NAME {
        let message = format!("{what} must have 1 to {LONGEST_NAME} characters");
        return Err(DocumentError::BadValue(message));
    }
    if text.chars().any(breaks_lines) {
        return Err(DocumentError::BadValue(format!("{what} must not hold control characters")));
    }
    Ok(())
}

/// Control characters, line separators and the marks that reorder text on a screen.
pub(crate) fn breaks_lines(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    check_name("a name", &text).map_err(de::Error::custom)?;
    Ok(text)
}

fn maybe_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    if let Some(text) = &text {
        check_name("a name", text).map_err(de::Error::custom)?;
    }
    Ok(text)
}
