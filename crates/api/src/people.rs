//! Administrators and keys: users, roles, login, one-time set-up, uploaded client keys.
//!
//! Passwords and tokens travel in these types; none of them is shown by `Debug`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use utoipa::ToSchema;

/// What a user may do. `admin` may do everything.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// See everything.
    Read,
    /// Edit reservations.
    Reservations,
    /// Take leases away from a device.
    DropDevice,
    /// Carry container files.
    Offline,
    /// Everything, users included.
    Admin,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 5] =
        [Self::Read, Self::Reservations, Self::DropDevice, Self::Offline, Self::Admin];

    /// The role's word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Reservations => "reservations",
            Self::DropDevice => "drop-device",
            Self::Offline => "offline",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| {
            format!(
                "`{text}` is not a role: one of read, reservations, drop-device, offline, admin"
            )
        })
    }
}

/// A user of the administration plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Login name.
    pub name: String,
    /// What it may do.
    pub roles: Vec<Role>,
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
pub struct UserRequest {
    /// Login name.
    pub name: String,
    /// First password, at least 10 characters.
    #[schema(min_length = 10)]
    pub password: String,
    /// What it may do.
    pub roles: Vec<Role>,
}

/// `PATCH /api/v1/users/{name}`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// Another set of roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
    /// Another password, set by an administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// `POST /api/v1/password`: the caller's own password.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The current one.
    pub current: String,
    /// The new one, at least 10 characters.
    #[schema(min_length = 10)]
    pub new: String,
}

/// `POST /api/v1/login`.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Login name.
    pub name: String,
    /// Password.
    pub password: String,
}

/// `POST /api/v1/setup`: makes the first user, once, with the token from the server's console.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The one-time token.
    pub token: String,
    /// Login name of the first administrator.
    pub name: String,
    /// Its password, at least 10 characters.
    #[schema(min_length = 10)]
    pub password: String,
}

/// `GET /api/v1/setup`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetupState {
    /// There is no user yet: the one-time token of the console makes the first administrator.
    pub open: bool,
}

/// Answer of a login or set-up.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LoginAnswer {
    /// Bearer token.
    pub token: String,
    /// It ends here.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Time,
    /// Who logged in.
    pub name: String,
    /// What it may do.
    pub roles: Vec<Role>,
}

/// `POST /api/v1/client-keys`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientKeyRequest {
    /// Name shown to administrators.
    pub name: String,
    /// The public key: PEM, or DER (SubjectPublicKeyInfo) in base64; RSA of 2048 bits or more, or Ed25519.
    pub key: String,
}

/// A client's public key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClientKey {
    /// Key ID.
    pub id: String,
    /// Name shown to administrators.
    pub name: String,
    /// `rsa-2048`, `rsa-3072`, `rsa-4096` or `ed25519`.
    pub algorithm: String,
    /// When it was uploaded.
    #[schema(value_type = String, format = DateTime)]
    pub added_at: Time,
    /// No longer accepted from here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Time>,
}

/// `Debug` of the types that carry secrets names the type and the user, nothing else.
macro_rules! debug_without_secrets {
    ($($type:ident { $($shown:ident),* }),* $(,)?) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($type))$(.field(stringify!($shown), &self.$shown))*.finish_non_exhaustive()
            }
        }
    )*};
}

debug_without_secrets! {
    UserRequest { name, roles },
    UserChange { roles },
    PasswordChange {},
    Login { name },
    Setup { name },
    LoginAnswer { name, roles, expires_at },
}
