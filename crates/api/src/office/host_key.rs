//! License keys bound to host names: issuing them, their files, and what an application asks about its own.
//!
//! A check tells four things and no more; the answer is a signed document, so that only the publisher can take a key away.
//! Deliberately not here: what the documents hold (document), who is counted (issuing).

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use utoipa::ToSchema;

/// Media type of a license file.
pub const HOST_KEY_MEDIA_TYPE: &str = "text/plain; charset=utf-8";

/// The hosts of development, made with a group unless somebody says otherwise.
const DEVELOPMENT_HOSTS: [&str; 2] = ["localhost", "127.0.0.1"];

/// Adds the hosts of development that are not named yet.
pub fn add_development_hosts(hosts: &mut Vec<String>) {
    for host in DEVELOPMENT_HOSTS {
        if !hosts.iter().any(|named| named.trim().eq_ignore_ascii_case(host)) {
            hosts.push(host.to_owned());
        }
    }
}

/// `POST /api/v1/host-checks`: everything that leaves an application that is licensed by a host key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HostCheckRequest {
    /// The key.
    #[schema(example = "HK-01040G2081040G2081040G2081")]
    pub key: String,
    /// The revision of the product.
    #[schema(example = "4.2.1")]
    pub revision: String,
    /// A random number that stands for the computer; empty when there is none yet.
    #[schema(example = "0E1R70W3GE1R70W3GE1R70W3GE")]
    pub user: String,
    /// The host name.
    #[schema(example = "app.example.com")]
    pub host: String,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HostCheckAnswer {
    /// A signed document of type `host-check`.
    pub document: String,
}

/// `GET /api/v1/host-checks/papers`: what such answers are verified with, from the pinned root.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HostCheckPapers {
    /// Every key set, oldest first.
    pub keysets: Vec<String>,
    /// The newest revocation list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation: Option<String>,
    /// The certificate of the key that answers; absent: a publisher key answers itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// `POST /api/v1/host-keys`: a group of keys, one for each host, whose users are counted together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HostKeyRequest {
    /// Who buys; may be left out where all hosts are of the machine itself (`localhost`), for development.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "C-000042")]
    pub customer: Option<String>,
    /// What is licensed, by name.
    pub product: String,
    /// Under which activation ID it was bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation_id: Option<String>,
    /// Hosts: names, `*.example.com`, addresses.
    pub hosts: Vec<String>,
    /// Distinct users of all hosts together; 0 for development only.
    pub users: u32,
    /// Days over which users are counted; 30 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_days: Option<u32>,
    /// What follows for a user beyond them: `block`, `warn` or `record`; `warn` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforcement: Option<String>,
    /// What an application does that can't reach the office: `allow`, `grace(DAYS)` or `deny`; `allow` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline: Option<String>,
    /// Not valid before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub not_before: Option<Time>,
    /// Not valid after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Time>,
    /// For the staff.
    #[serde(default)]
    pub notes: String,
}

/// `POST /api/v1/host-groups/{group}/hosts`: keys for more hosts, under the same terms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HostsRequest {
    /// The hosts.
    pub hosts: Vec<String>,
}

/// `PATCH /api/v1/host-groups/{group}`: what is left out stays. Files made afterwards say it; checks know it at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HostGroupChange {
    /// Another number of users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<u32>,
    /// Another window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_days: Option<u32>,
    /// Another enforcement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforcement: Option<String>,
    /// Another offline policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline: Option<String>,
    /// Another end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Time>,
    /// No end any more.
    #[serde(default)]
    pub no_end: bool,
    /// Other notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// How a host key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HostKeyState {
    /// It can be used later.
    NotYetValid,
    /// It can be used.
    Valid,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

impl HostKeyState {
    /// All of them.
    pub const ALL: [HostKeyState; 4] = [
        HostKeyState::NotYetValid,
        HostKeyState::Valid,
        HostKeyState::Expired,
        HostKeyState::Revoked,
    ];

    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            HostKeyState::NotYetValid => "not-yet-valid",
            HostKeyState::Valid => "valid",
            HostKeyState::Expired => "expired",
            HostKeyState::Revoked => "revoked",
        }
    }
}

/// A host key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HostKeyRow {
    /// Its id.
    #[schema(example = "HK-01040G2081040G2081040G2081")]
    pub id: String,
    /// The host.
    #[schema(example = "app.example.com")]
    pub host: String,
    /// The name of its license file.
    #[schema(example = "app.example.com.txt")]
    pub file_name: String,
    /// Its group.
    #[schema(example = "H-000004")]
    pub group: String,
    /// How it stands.
    pub state: HostKeyState,
    /// It is for development: valid on the machine itself only, and counts nobody.
    pub development: bool,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// What it licenses.
    pub product: String,
    /// Distinct users of its group within the window.
    pub users_counted: u32,
    /// Users the group is for.
    pub users_allowed: u32,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Time>,
    /// Since when it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Time>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub revoked_because: String,
    /// The day on which a user was last seen on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-11-22")]
    pub seen_on: Option<String>,
    /// The revision of the product that this user had.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub seen_revision: String,
}

/// How many users were last seen on a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HostUsersDay {
    /// The day, in UTC.
    #[schema(example = "2026-11-22")]
    pub day: String,
    /// Users last seen on it.
    pub users: u32,
}

/// Host keys whose users are counted together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HostGroup {
    /// Its number.
    #[schema(example = "H-000004")]
    pub id: String,
    /// Whose they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// What they license.
    pub product: String,
    /// Under which activation ID they were bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation_id: Option<String>,
    /// Users they are for.
    pub users_allowed: u32,
    /// Distinct users within the window.
    pub users_counted: u32,
    /// Those of them that came when it was full.
    pub users_beyond: u32,
    /// Days over which users are counted.
    pub window_days: u32,
    /// `block`, `warn` or `record`.
    pub enforcement: String,
    /// `allow`, `grace(DAYS)` or `deny`.
    pub offline: String,
    /// Not valid before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub not_before: Option<Time>,
    /// Not valid after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Time>,
    /// For the staff.
    #[serde(default)]
    pub notes: String,
    /// The last day on which somebody came when it was full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_on: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
    /// When its terms were last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub changed_at: Option<Time>,
    /// Its keys, oldest first.
    pub keys: Vec<HostKeyRow>,
    /// Users by the day they were last seen on, oldest first; days without any are left out.
    #[serde(default)]
    pub days: Vec<HostUsersDay>,
}
