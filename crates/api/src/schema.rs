//! OpenAPI shapes of the document types that appear inside wire types.
//!
//! The ground floor knows nothing of OpenAPI; these mirrors exist for the published schema only and are never
//! built. A test compares each with the type it stands for.

use utoipa::ToSchema;

/// A machine's identity: type and value.
#[derive(ToSchema)]
#[schema(as = HostId)]
pub struct HostIdSchema {
    /// Kind of identifier.
    #[schema(rename = "type", example = "STRING")]
    pub kind: HostIdTypeSchema,
    /// 1 to 256 characters, no control characters.
    #[schema(example = "ws14", min_length = 1, max_length = 256)]
    pub value: String,
}

/// Kinds of host identifiers.
#[derive(ToSchema)]
#[schema(as = HostIdType)]
#[allow(non_camel_case_types, clippy::upper_case_acronyms, missing_docs)]
pub enum HostIdTypeSchema {
    STRING,
    ETHERNET,
    VM_UUID,
    INTERNET,
    INTERNET6,
    USER,
    PUBLISHER_DEFINED,
    CONTAINER_ID,
    EXTENDED,
}

/// Who asks or holds: a device, and within it as much as the seat basis needs.
#[derive(ToSchema)]
#[schema(as = Holder)]
pub struct HolderSchema {
    /// The device.
    pub host: HostIdSchema,
    /// User name on the device.
    #[schema(example = "ann")]
    pub user: Option<String>,
    /// Terminal session, where several people share the device.
    pub session: Option<String>,
    /// Process, where each process counts.
    pub process: Option<String>,
    /// Stable workload identity; a new process of the same owner takes over the owner's leases.
    pub owner: Option<String>,
    /// Alias shown to administrators.
    pub name: Option<String>,
    /// What kind of machine the device is.
    pub kind: Option<MachineKindSchema>,
}

/// Kinds of machines.
#[derive(ToSchema)]
#[schema(as = MachineKind, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum MachineKindSchema {
    Physical,
    Virtual,
    Container,
    Unknown,
}

/// What is said under one key of a dictionary; a number counts as its text.
#[derive(ToSchema)]
#[schema(as = DictionaryValue)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum DictionaryValueSchema {
    Text(String),
    Number(i64),
    Several(Vec<TextSchema>),
}

/// One of several texts.
#[derive(ToSchema)]
#[schema(as = DictionaryText)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum TextSchema {
    Text(String),
    Number(i64),
}
