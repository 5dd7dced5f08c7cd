//! Reservations on the wire: groups as they are posted, imported and exported, and how they stand.
//!
//! The members of a posting are named as such files have them everywhere (`hostId`, `reservationEntries`): what is
//! exported can be imported unchanged. What the server adds (numbers, times, standing) has names of its own.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use tenure_document::{HostId, HostIdType, Time, Version};
use utoipa::{PartialSchema, ToSchema};

use crate::schema::HostIdTypeSchema;

/// A group of reservations, as it is posted and exported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReservationGroupRequest {
    /// What people call it; without one it is called by its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// One for each device or user; none may stand here twice.
    pub reservations: Vec<ReservationRequest>,
}

/// What is kept for one device or user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReservationRequest {
    /// The device; of the type `USER`: a user, on whatever device.
    pub host_id: ReservedHost,
    /// What.
    pub reservation_entries: Vec<ReservationEntryRequest>,
}

/// A device or user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReservedHost {
    /// The value.
    pub value: String,
    /// What kind of value it is; `STRING` when left out.
    #[serde(rename = "type", default = "string_type")]
    #[schema(value_type = HostIdTypeSchema)]
    pub kind: HostIdType,
}

/// So many of one feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReservationEntryRequest {
    /// Feature name.
    pub feature_name: String,
    /// The lowest version that will do.
    #[schema(value_type = String, example = "1.0")]
    pub feature_version: Version,
    /// Seats, or units of a metered feature.
    #[schema(minimum = 1)]
    pub feature_count: u64,
    /// From this pool; left out: from what is in no named pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
}

/// `POST /api/v1/reservation-groups/import`: one group, or a list of groups.
#[derive(Clone, Debug, PartialEq)]
pub enum ReservationImport {
    /// One group.
    One(ReservationGroupRequest),
    /// Several.
    Many(Vec<ReservationGroupRequest>),
}

impl ReservationImport {
    /// The groups.
    pub fn groups(self) -> Vec<ReservationGroupRequest> {
        match self {
            Self::One(group) => vec![group],
            Self::Many(groups) => groups,
        }
    }
}

impl Serialize for ReservationImport {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(group) => group.serialize(serializer),
            Self::Many(groups) => groups.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ReservationImport {
    /// Not `untagged`: that would hide which member is wrong.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Groups;
        impl<'de> Visitor<'de> for Groups {
            type Value = ReservationImport;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a group of reservations or a list of groups")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                ReservationGroupRequest::deserialize(MapAccessDeserializer::new(map))
                    .map(ReservationImport::One)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(ReservationImport::Many)
            }
        }
        deserializer.deserialize_any(Groups)
    }
}

impl PartialSchema for ReservationImport {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::Ref;
        use utoipa::openapi::schema::{ArrayBuilder, OneOfBuilder, Schema};
        let group = || Ref::from_schema_name("ReservationGroupRequest");
        let several = ArrayBuilder::new().items(group());
        Schema::OneOf(OneOfBuilder::new().item(group()).item(several).build()).into()
    }
}

impl ToSchema for ReservationImport {
    fn schemas(
        schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>,
    ) {
        schemas.push((
            ReservationGroupRequest::name().into_owned(),
            ReservationGroupRequest::schema(),
        ));
        ReservationGroupRequest::schemas(schemas);
    }
}

/// What an import would do: `POST /api/v1/reservation-groups/check`. Nothing is changed by asking.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReservationCheck {
    /// It would be taken as a whole.
    pub fits: bool,
    /// Every group of the file, in its order.
    pub groups: Vec<ReservationCheckGroup>,
    /// All entries that do not fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<UnfitEntry>,
}

/// What an import would do with one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReservationCheckGroup {
    /// Its name; left out where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `new`, `changed`, `unchanged`, or `taken`: there is a group of that name, and nothing is replaced.
    #[schema(example = "new")]
    pub what: String,
    /// Entries of the file that are not there now.
    pub added: u64,
    /// Entries that are there now and not in the file.
    pub removed: u64,
    /// Entries that stay as they are.
    pub kept: u64,
}

/// One group in the list: `GET /api/v1/reservation-groups`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReservationGroupRow {
    /// Its number.
    pub id: String,
    /// What people call it; its number where it has no name.
    pub name: String,
    /// Counts its changes; send it as `If-Match` to change what you have seen.
    pub revision: u64,
    /// Devices and users in it.
    pub members: u64,
    /// Entries of them.
    pub entries: u64,
    /// Seats and units wanted.
    pub count: u64,
    /// Of these, kept.
    pub reserved: u64,
    /// Of these, in use by those for whom they are kept.
    pub used: u64,
    /// Entries that don't get all they want, because there is less than when they were posted.
    pub unsatisfiable: u64,
    /// When it was posted.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Time,
}

/// One group: `GET /api/v1/reservation-groups/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReservationGroup {
    /// Its number.
    pub id: String,
    /// What people call it; left out where it has no name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Counts its changes; send it as `If-Match` to change what you have seen.
    pub revision: u64,
    /// Seats that others held when it was posted stay with them as long as they renew.
    pub keep_leases: bool,
    /// When it was posted.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Time,
    /// For whom, and how it stands.
    pub reservations: Vec<Reservation>,
}

/// What is kept for one device or user, and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    /// The device or user.
    pub host_id: ReservedHost,
    /// What.
    pub reservation_entries: Vec<ReservationEntry>,
}

/// An entry, and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReservationEntry {
    /// Feature name.
    pub feature_name: String,
    /// The lowest version that will do.
    #[schema(value_type = String)]
    pub feature_version: Version,
    /// Seats, or units of a metered feature.
    pub feature_count: u64,
    /// From this pool; left out: from what is in no named pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// `satisfiable`, or `unsatisfiable`: there is less now than when it was posted.
    pub status: String,
    /// Kept for it; `featureCount` where it is satisfiable.
    pub reserved: u64,
    /// Of these, in use by the device or user.
    pub used: u64,
    /// Of these, not in use by the device or user.
    pub idle: u64,
    /// Of the idle ones, still held by others; they come back when those leases end.
    pub waiting: u64,
}

/// An entry that does not fit: `entries` of the problem `reservations-unfit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnfitEntry {
    /// Its group.
    pub group: String,
    /// For whom.
    pub host_id: ReservedHost,
    /// Feature name.
    pub feature_name: String,
    /// The lowest version that will do.
    #[schema(value_type = String)]
    pub feature_version: Version,
    /// So many were wanted.
    pub feature_count: u64,
    /// From this pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// Why not: `unknown-feature`, `version-too-low`, `uncounted`, `unknown-pool`, `too-many`, or `displaces` for an
    /// entry of another posting that would lose what it has.
    pub reason: String,
    /// So many could be kept.
    pub left: u64,
}

impl From<HostId> for ReservedHost {
    fn from(HostId { kind, value }: HostId) -> Self {
        Self { value, kind }
    }
}

impl fmt::Display for ReservedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.value, self.kind)
    }
}

impl From<ReservationGroup> for ReservationGroupRequest {
    /// The group as it would be posted.
    fn from(group: ReservationGroup) -> Self {
        let entry = |entry: ReservationEntry| ReservationEntryRequest {
            feature_name: entry.feature_name,
            feature_version: entry.feature_version,
            feature_count: entry.feature_count,
            pool: entry.pool,
        };
        let reservation = |reservation: Reservation| ReservationRequest {
            host_id: reservation.host_id,
            reservation_entries: reservation.reservation_entries.into_iter().map(entry).collect(),
        };
        Self {
            name: group.name,
            reservations: group.reservations.into_iter().map(reservation).collect(),
        }
    }
}

fn string_type() -> HostIdType {
    HostIdType::String
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As such files have it everywhere.
    const FILE: &str = r#"{"name":"grp","reservations":[{"hostId":{"value":"7200014f5df0","type":"ETHERNET"},"reservationEntries":[{"featureName":"cad","featureVersion":"1.0","featureCount":2}]},{"hostId":{"value":"ann","type":"USER"},"reservationEntries":[{"featureName":"cad","featureVersion":"2.1","featureCount":1,"pool":"design"}]}]}"#;

    #[test]
    fn a_file_is_written_as_it_was_read() {
        let one: ReservationImport = serde_json::from_str(FILE).expect("a group");
        assert_eq!(serde_json::to_string(&one).expect("JSON"), FILE);
        let list = format!("[{FILE},{FILE}]");
        let many: ReservationImport = serde_json::from_str(&list).expect("a list of groups");
        assert_eq!(serde_json::to_string(&many).expect("JSON"), list);
        assert_eq!(many.groups(), [one.clone().groups(), one.groups()].concat());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |text: &str| {
            serde_json::from_str::<ReservationImport>(text).expect_err("wrong").to_string()
        };
        assert!(
            wrong("7").starts_with(
                "invalid type: integer `7`, expected a group of reservations or a list"
            )
        );
        assert!(wrong(&FILE.replace("featureCount", "count")).starts_with("unknown field `count`"));
        assert!(
            wrong(&FILE.replace("\"1.0\"", "\"one\"")).contains("is not a version such as 2.0")
        );
        assert!(wrong(&FILE.replace("ETHERNET", "MAC")).contains("not a host ID type"));
        assert!(wrong(&FILE.replace("featureCount\":2", "featureCount\":-2")).contains("-2"));
    }
}
