//! Calls about host keys: the staff's, and the check of an application.
//!
//! Methods name their route and nothing more. The check is sent as bytes that the caller has: its answer is bound to them.

use super::connection::{Call, query, segment};
use super::error::ApiError;
use super::office::OfficeClient;
use crate::list::Page;
use crate::office::{
    Decided, HostCheckAnswer, HostCheckPapers, HostGroup, HostGroupChange, HostKeyRequest,
    HostKeyRow, HostsRequest, OfficeQuery, Reason,
};

impl OfficeClient {
    /// `GET /api/v1/host-keys`
    pub fn host_keys(&self, list: &OfficeQuery) -> Result<Page<HostKeyRow>, ApiError> {
        self.list("/api/v1/host-keys", list)
    }

    /// `POST /api/v1/host-keys`: a group with a key for each host.
    pub fn issue_host_keys(
        &self,
        request: &HostKeyRequest,
        key: &str,
    ) -> Result<Decided<HostGroup>, ApiError> {
        self.decided("/api/v1/host-keys", request, key)
    }

    /// `GET /api/v1/host-keys/{id}`
    pub fn host_key(&self, id: &str) -> Result<HostKeyRow, ApiError> {
        self.get(&format!("/api/v1/host-keys/{}", segment(id)))
    }

    /// `GET /api/v1/host-keys/{id}/file`: the license file as it is signed now.
    pub fn host_key_file(&self, id: &str) -> Result<String, ApiError> {
        self.client.text(Call::new("GET", format!("/api/v1/host-keys/{}/file", segment(id))))
    }

    /// `POST /api/v1/host-keys/{id}/revoke`
    pub fn revoke_host_key(
        &self,
        id: &str,
        reason: &Reason,
        key: &str,
    ) -> Result<HostKeyRow, ApiError> {
        self.post(&format!("/api/v1/host-keys/{}/revoke", segment(id)), reason, key)
    }

    /// `GET /api/v1/host-groups/{group}`
    pub fn host_group(&self, group: &str) -> Result<HostGroup, ApiError> {
        self.get(&format!("/api/v1/host-groups/{}", segment(group)))
    }

    /// `PATCH /api/v1/host-groups/{group}`
    pub fn change_host_group(
        &self,
        group: &str,
        change: &HostGroupChange,
    ) -> Result<Decided<HostGroup>, ApiError> {
        let path = format!("/api/v1/host-groups/{}", segment(group));
        self.decide(&Call::new("PATCH", path).json(change)?)
    }

    /// `POST /api/v1/host-groups/{group}/hosts`
    pub fn add_hosts(
        &self,
        group: &str,
        request: &HostsRequest,
        key: &str,
    ) -> Result<HostGroup, ApiError> {
        self.post(&format!("/api/v1/host-groups/{}/hosts", segment(group)), request, key)
    }

    /// `POST /api/v1/host-checks`: `request` is the JSON of a [`crate::office::HostCheckRequest`], byte for byte.
    pub fn check_host(&self, request: Vec<u8>) -> Result<HostCheckAnswer, ApiError> {
        self.client
            .read(Call::new("POST", "/api/v1/host-checks").bytes("application/json", request))
    }

    /// `GET /api/v1/host-checks/papers`
    pub fn host_check_papers(&self) -> Result<HostCheckPapers, ApiError> {
        self.client.read(Call::new("GET", format!("/api/v1/host-checks/papers{}", query(&[]))))
    }
}
