//! The administration plane: one method per call, for the command line and for pages.
//!
//! Methods name their route and nothing more; who may call what is the server's decision.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tenure_document::{HostId, LeaseId, Time};

use super::connection::{Call, Client, query, segment};
use super::error::ApiError;
use super::leases::device_path;
use crate::list::{ListQuery, Page};
use crate::past::{
    ExplanationAnswer, FeatureTimeline, HistoryAnswer, HistoryOf, SeriesBy, TimelineAnswer,
    UsageHistory,
};
use crate::people::{
    ClientKey, ClientKeyRequest, Login, LoginAnswer, PasswordChange, Setup, User, UserChange,
    UserRequest,
};
use crate::renewal::ReleaseAnswer;
use crate::rows::{
    DenialRow, DeviceDetail, DeviceRow, FeatureDetail, FeatureRow, FeatureSummary, ItemRow,
    JournalCheck, JournalRow, LeaseRow, TicketRow,
};
use crate::server::{
    ContainerAnswer, Health, HostIds, PropertiesChange, Property, Status, SuspendRequest,
    UpdateAnswer, VersionAnswer,
};
use crate::sync::{OfficeStatus, SyncRound, UsageReportRow};

/// The server waits for the office in turn: longer than its own patience with it.
const SYNC_PATIENCE: Duration = Duration::from_secs(60);

impl Client {
    /// `POST /api/v1/login`
    pub fn login(&self, request: &Login) -> Result<LoginAnswer, ApiError> {
        self.read(Call::new("POST", "/api/v1/login").json(request)?)
    }

    /// `POST /api/v1/logout`
    pub fn logout(&self) -> Result<(), ApiError> {
        self.done(Call::new("POST", "/api/v1/logout"))
    }

    /// `POST /api/v1/setup`
    pub fn setup(&self, request: &Setup) -> Result<LoginAnswer, ApiError> {
        self.read(Call::new("POST", "/api/v1/setup").json(request)?)
    }

    /// `POST /api/v1/password`
    pub fn change_password(&self, request: &PasswordChange) -> Result<(), ApiError> {
        self.done(Call::new("POST", "/api/v1/password").json(request)?)
    }

    /// `GET /api/v1/queue`
    pub fn queue(&self, list: &ListQuery) -> Result<Page<TicketRow>, ApiError> {
        self.list("/api/v1/queue", list)
    }

    /// `GET /api/v1/features`
    pub fn features(&self, list: &ListQuery) -> Result<Page<FeatureRow>, ApiError> {
        self.list("/api/v1/features", list)
    }

    /// `GET /api/v1/features/{name}`
    pub fn feature(&self, name: &str) -> Result<FeatureDetail, ApiError> {
        self.read(Call::new("GET", format!("/api/v1/features/{}", segment(name))))
    }

    /// `GET /api/v1/features/summary`
    pub fn feature_summary(&self, list: &ListQuery) -> Result<Page<FeatureSummary>, ApiError> {
        self.list("/api/v1/features/summary", list)
    }

    /// `GET /api/v1/devices`
    pub fn devices(&self, list: &ListQuery) -> Result<Page<DeviceRow>, ApiError> {
        self.list("/api/v1/devices", list)
    }

    /// `GET /api/v1/devices/{type}/{value}`
    pub fn device(&self, host: &HostId) -> Result<DeviceDetail, ApiError> {
        self.read(Call::new("GET", device_path(host)))
    }

    /// `DELETE /api/v1/devices/{type}/{value}`: the leases that ended.
    pub fn drop_device(
        &self,
        host: &HostId,
        reason: Option<&str>,
    ) -> Result<Vec<LeaseId>, ApiError> {
        let path = device_path(host) + &query(&[("reason", reason.map(str::to_owned))]);
        let answer: Dropped = self.read(Call::new("DELETE", path))?;
        Ok(answer.released)
    }

    /// `DELETE /api/v1/leases/{id}` by an administrator; `reason` stands in the journal.
    pub fn drop_lease(
        &self,
        lease: LeaseId,
        reason: Option<&str>,
        idempotency_key: &str,
    ) -> Result<ReleaseAnswer, ApiError> {
        let asked = query(&[("reason", reason.map(str::to_owned))]);
        let call = Call::new("DELETE", format!("/api/v1/leases/{lease}{asked}"));
        self.read(call.idempotency_key(idempotency_key))
    }

    /// `GET /api/v1/leases`
    pub fn leases(&self, list: &ListQuery) -> Result<Page<LeaseRow>, ApiError> {
        self.list("/api/v1/leases", list)
    }

    /// `GET /api/v1/leases/{id}`
    pub fn lease(&self, id: LeaseId) -> Result<LeaseRow, ApiError> {
        self.read(Call::new("GET", format!("/api/v1/leases/{id}")))
    }

    /// `GET /api/v1/denials`
    pub fn denials(&self, list: &ListQuery) -> Result<Page<DenialRow>, ApiError> {
        self.list("/api/v1/denials", list)
    }

    /// `GET /api/v1/journal`
    pub fn journal(&self, list: &ListQuery) -> Result<Page<JournalRow>, ApiError> {
        self.list("/api/v1/journal", list)
    }

    /// `GET /api/v1/journal/verify`
    pub fn verify_journal(&self) -> Result<JournalCheck, ApiError> {
        self.read(Call::new("GET", "/api/v1/journal/verify"))
    }

    /// `GET /api/v1/history?at=`
    pub fn history(&self, at: Time) -> Result<HistoryAnswer, ApiError> {
        self.read(Call::new(
            "GET",
            format!("/api/v1/history{}", query(&[("at", Some(at.to_string()))])),
        ))
    }

    /// `GET /api/v1/history?at=&what=`: one list of a past instant, by pages.
    pub fn history_of(
        &self,
        at: Time,
        what: HistoryOf,
        list: &ListQuery,
    ) -> Result<HistoryAnswer, ApiError> {
        let pairs = [
            ("at", Some(at.to_string())),
            ("what", Some(what.word().to_owned())),
            ("page", list.page.map(|page| page.to_string())),
            ("size", list.size.map(|size| size.to_string())),
            ("sort", list.sort.clone()),
            ("q", list.q.clone()),
            ("feature", list.feature.clone()),
        ];
        self.read(Call::new("GET", format!("/api/v1/history{}", query(&pairs))))
    }

    /// `GET /api/v1/leases/{id}/explanation`
    pub fn explain_lease(&self, id: LeaseId) -> Result<ExplanationAnswer, ApiError> {
        self.read(Call::new("GET", format!("/api/v1/leases/{id}/explanation")))
    }

    /// `GET /api/v1/denials/{id}/explanation`
    pub fn explain_denial(&self, id: &str) -> Result<ExplanationAnswer, ApiError> {
        self.read(Call::new("GET", format!("/api/v1/denials/{}/explanation", segment(id))))
    }

    /// `GET /api/v1/devices/{type}/{value}/timeline`: `from`, `to`, `page` and `size` of the query count.
    pub fn timeline(&self, host: &HostId, list: &ListQuery) -> Result<TimelineAnswer, ApiError> {
        self.read(Call::new("GET", device_path(host) + "/timeline" + &span_and_page(list)))
    }

    /// `GET /api/v1/features/{name}/timeline`: `from`, `to`, `page` and `size` of the query count.
    pub fn feature_timeline(
        &self,
        feature: &str,
        list: &ListQuery,
    ) -> Result<FeatureTimeline, ApiError> {
        let path = format!("/api/v1/features/{}/timeline", segment(feature));
        self.read(Call::new("GET", path + &span_and_page(list)))
    }

    /// `GET /api/v1/usage/history`: a feature's use by hour or day, in `from..to`.
    pub fn usage_history(
        &self,
        (feature, pool): (&str, Option<&str>),
        by: SeriesBy,
        (from, to): (Option<Time>, Option<Time>),
    ) -> Result<UsageHistory, ApiError> {
        let pairs = [
            ("feature", Some(feature.to_owned())),
            ("pool", pool.map(str::to_owned)),
            ("by", Some(by.word().to_owned())),
            ("from", from.map(|at| at.to_string())),
            ("to", to.map(|at| at.to_string())),
        ];
        self.read(Call::new("GET", format!("/api/v1/usage/history{}", query(&pairs))))
    }

    /// `GET /api/v1/properties`
    pub fn properties(&self, list: &ListQuery) -> Result<Page<Property>, ApiError> {
        self.list("/api/v1/properties", list)
    }

    /// `PATCH /api/v1/properties`
    pub fn set_properties(&self, change: &PropertiesChange) -> Result<Page<Property>, ApiError> {
        self.read(Call::new("PATCH", "/api/v1/properties").json(change)?)
    }

    /// `GET /api/v1/users`
    pub fn users(&self, list: &ListQuery) -> Result<Page<User>, ApiError> {
        self.list("/api/v1/users", list)
    }

    /// `POST /api/v1/users`
    pub fn create_user(&self, request: &UserRequest) -> Result<User, ApiError> {
        self.read(Call::new("POST", "/api/v1/users").json(request)?)
    }

    /// `PATCH /api/v1/users/{name}`
    pub fn change_user(&self, name: &str, change: &UserChange) -> Result<User, ApiError> {
        self.read(Call::new("PATCH", format!("/api/v1/users/{}", segment(name))).json(change)?)
    }

    /// `DELETE /api/v1/users/{name}`
    pub fn delete_user(&self, name: &str) -> Result<(), ApiError> {
        self.done(Call::new("DELETE", format!("/api/v1/users/{}", segment(name))))
    }

    /// `GET /api/v1/client-keys`
    pub fn client_keys(&self, list: &ListQuery) -> Result<Page<ClientKey>, ApiError> {
        self.list("/api/v1/client-keys", list)
    }

    /// `POST /api/v1/client-keys`
    pub fn add_client_key(&self, request: &ClientKeyRequest) -> Result<ClientKey, ApiError> {
        self.read(Call::new("POST", "/api/v1/client-keys").json(request)?)
    }

    /// `DELETE /api/v1/client-keys/{id}`
    pub fn revoke_client_key(&self, id: &str) -> Result<(), ApiError> {
        self.done(Call::new("DELETE", format!("/api/v1/client-keys/{}", segment(id))))
    }

    /// `GET /api/v1/host-ids`
    pub fn host_ids(&self) -> Result<HostIds, ApiError> {
        self.read(Call::new("GET", "/api/v1/host-ids"))
    }

    /// `GET /api/v1/container`
    pub fn container(&self) -> Result<ContainerAnswer, ApiError> {
        self.read(Call::new("GET", "/api/v1/container"))
    }

    /// `GET /api/v1/container/items`
    pub fn items(&self, list: &ListQuery) -> Result<Page<ItemRow>, ApiError> {
        self.list("/api/v1/container/items", list)
    }

    /// `GET /api/v1/container/context`: the armoured context document.
    pub fn context(&self) -> Result<String, ApiError> {
        self.text(Call::new("GET", "/api/v1/container/context"))
    }

    /// `GET /api/v1/container/receipt`: the armoured receipt document.
    pub fn receipt(&self) -> Result<String, ApiError> {
        self.text(Call::new("GET", "/api/v1/container/receipt"))
    }

    /// `GET /api/v1/office`
    pub fn office(&self) -> Result<OfficeStatus, ApiError> {
        self.read(Call::new("GET", "/api/v1/office"))
    }

    /// `POST /api/v1/office/sync`: an exchange with the office now.
    pub fn sync_with_office(&self) -> Result<SyncRound, ApiError> {
        self.read(Call::new("POST", "/api/v1/office/sync").patience(SYNC_PATIENCE))
    }

    /// `POST /api/v1/usage-reports`: a report of the days that are over since the last one.
    pub fn make_usage_report(&self) -> Result<UsageReportRow, ApiError> {
        self.read(Call::new("POST", "/api/v1/usage-reports"))
    }

    /// `GET /api/v1/usage-reports`
    pub fn usage_reports(&self, list: &ListQuery) -> Result<Page<UsageReportRow>, ApiError> {
        self.list("/api/v1/usage-reports", list)
    }

    /// `GET /api/v1/usage-reports/{to_sequence}`: the armoured document.
    pub fn usage_report(&self, to_sequence: u64) -> Result<String, ApiError> {
        self.text(Call::new("GET", format!("/api/v1/usage-reports/{to_sequence}")))
    }

    /// `POST /api/v1/container/update` with the bytes of an update file.
    pub fn apply_update(&self, file: Vec<u8>) -> Result<UpdateAnswer, ApiError> {
        self.read(
            Call::new("POST", "/api/v1/container/update").bytes("application/octet-stream", file),
        )
    }

    /// `GET /api/v1/status`
    pub fn status(&self) -> Result<Status, ApiError> {
        self.read(Call::new("GET", "/api/v1/status"))
    }

    /// `POST /api/v1/suspend`
    pub fn suspend(&self, reason: &str) -> Result<Status, ApiError> {
        self.read(
            Call::new("POST", "/api/v1/suspend")
                .json(&SuspendRequest { reason: reason.to_owned() })?,
        )
    }

    /// `POST /api/v1/resume`
    pub fn resume(&self) -> Result<Status, ApiError> {
        self.read(Call::new("POST", "/api/v1/resume"))
    }

    /// `GET /health`; a server that can't grant answers as [`ApiError::Unavailable`].
    pub fn health(&self) -> Result<Health, ApiError> {
        self.read(Call::new("GET", "/health"))
    }

    /// `GET /version`
    pub fn version(&self) -> Result<VersionAnswer, ApiError> {
        self.read(Call::new("GET", "/version"))
    }

    /// `GET /metrics`: Prometheus text.
    pub fn metrics(&self) -> Result<String, ApiError> {
        self.text(Call::new("GET", "/metrics"))
    }

    /// `GET /openapi.json`
    pub fn openapi(&self) -> Result<Value, ApiError> {
        self.read(Call::new("GET", "/openapi.json"))
    }

    pub(super) fn list<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        list: &ListQuery,
    ) -> Result<Page<T>, ApiError> {
        let pairs = [
            ("page", list.page.map(|page| page.to_string())),
            ("size", list.size.map(|size| size.to_string())),
            ("sort", list.sort.clone()),
            ("q", list.q.clone()),
            ("feature", list.feature.clone()),
            ("from", list.from.map(|at| at.to_string())),
            ("to", list.to.map(|at| at.to_string())),
        ];
        self.read(Call::new("GET", format!("{path}{}", query(&pairs))))
    }
}

#[derive(Deserialize)]
struct Dropped {
    released: Vec<LeaseId>,
}

fn span_and_page(list: &ListQuery) -> String {
    query(&[
        ("from", list.from.map(|at| at.to_string())),
        ("to", list.to.map(|at| at.to_string())),
        ("page", list.page.map(|page| page.to_string())),
        ("size", list.size.map(|size| size.to_string())),
    ])
}
