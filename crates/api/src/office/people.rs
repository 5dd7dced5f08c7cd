//! The office's staff: users and roles.
//!
//! Login, set-up and password change take the same requests as on the license server (`crate::people`); the answer
//! names roles of the office. Passwords and tokens are never shown by `Debug`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use utoipa::ToSchema;

/// What a member of the staff may do. `admin` may do everything, but never approve what it asked for itself.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum OfficeRole {
    /// See everything but users, keys and webhooks.
    Viewer,
    /// Send again what was issued.
    Support,
    /// Enter customers and entitlements, activate and return, within a daily quota.
    Fulfil,
    /// Change products and license models.
    Catalog,
    /// Change keys and revocation.
    Keys,
    /// See everything, and verify the ledger.
    Auditor,
    /// Everything, users included.
    Admin,
}

impl OfficeRole {
    /// All roles.
    pub const ALL: [Self; 7] = [
        Self::Viewer,
        Self::Support,
        Self::Fulfil,
        Self::Catalog,
        Self::Keys,
        Self::Auditor,
        Self::Admin,
    ];

    /// The role's word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Support => "support",
            Self::Fulfil => "fulfil",
            Self::Catalog => "catalog",
            Self::Keys => "keys",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for OfficeRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for OfficeRole {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("`{text}` is not a role of the office: one of {names}")
        })
    }
}

/// A member of the staff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OfficeUser {
    /// Login name.
    pub name: String,
    /// What it may do.
    pub roles: Vec<OfficeRole>,
    /// Units it may issue in a day (UTC) without an approval; absent: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_quota: Option<u32>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
    /// When it or its password was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub changed_at: Option<Time>,
}

/// `POST /api/v1/users`.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficeUserRequest {
    /// Login name.
    pub name: String,
    /// First password, at least 10 characters.
    #[schema(min_length = 10)]
    pub password: String,
    /// What it may do.
    pub roles: Vec<OfficeRole>,
    /// Units it may issue in a day (UTC) without an approval; any number when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_quota: Option<u32>,
}

/// `PATCH /api/v1/users/{name}`: what is left out stays.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficeUserChange {
    /// Another set of roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<OfficeRole>>,
    /// Another password, set by an administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Another daily quota; `null`: any number.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "clearable")]
    #[schema(value_type = Option<u32>)]
    pub daily_quota: Option<Option<u32>>,
}

/// Answer of a login or set-up.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OfficeLogin {
    /// Bearer token.
    pub token: String,
    /// It ends here.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Time,
    /// Who logged in.
    pub name: String,
    /// What it may do.
    pub roles: Vec<OfficeRole>,
}

/// Tells a member that is `null` from one that is absent.
mod clearable {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(
        value: &Option<Option<u32>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.flatten().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<u32>>, D::Error> {
        Option::<u32>::deserialize(deserializer).map(Some)
    }
}

impl fmt::Debug for OfficeUserRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfficeUserRequest")
            .field("name", &self.name)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for OfficeUserChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfficeUserChange").field("roles", &self.roles).finish_non_exhaustive()
    }
}

impl fmt::Debug for OfficeLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfficeLogin")
            .field("name", &self.name)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}
