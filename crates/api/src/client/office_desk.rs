//! The staff's calls about containers and the office itself: approvals, imports, exports, webhooks, policies, users,
//! usage, journal, status.
//!
//! Methods name their route and nothing more; who may call what is the office's decision.

use super::connection::{Call, query, segment};
use super::error::ApiError;
use super::office::OfficeClient;
use crate::list::Page;
use crate::office::{
    ApprovalRow, ContainerChange, ContainerDetail, ContainerRow, Decided, Delivery, ImportQuery,
    ImportReport, IssuedUpdate, LossRequest, LossWhy, OfficeQuery, OfficeStatus, OfficeUser,
    OfficeUserChange, OfficeUserRequest, Policy, PolicyChange, Reason, RejectRequest, RuleRequest,
    UsageDay, UsageRow, Webhook, WebhookChange, WebhookRequest, WebhookSecret,
};
use crate::rows::{JournalCheck, JournalRow};

impl OfficeClient {
    /// `GET /api/v1/containers`
    pub fn containers(&self, list: &OfficeQuery) -> Result<Page<ContainerRow>, ApiError> {
        self.list("/api/v1/containers", list)
    }

    /// `GET /api/v1/containers/{serial}`
    pub fn container(&self, serial: &str) -> Result<ContainerDetail, ApiError> {
        self.get(&container(serial, ""))
    }

    /// `POST /api/v1/containers/{serial}/update`: an update with all that is pending, without a context.
    pub fn push(&self, serial: &str, key: &str) -> Result<IssuedUpdate, ApiError> {
        self.client.read(Call::new("POST", container(serial, "/update")).idempotency_key(key))
    }

    /// `PATCH /api/v1/containers/{serial}`
    pub fn change_container(
        &self,
        serial: &str,
        change: &ContainerChange,
    ) -> Result<ContainerDetail, ApiError> {
        self.send("PATCH", &container(serial, ""), change)
    }

    /// `POST /api/v1/containers/{serial}/lost` or `…/broken`
    pub fn lose_container(
        &self,
        serial: &str,
        why: LossWhy,
        request: &LossRequest,
        key: &str,
    ) -> Result<Decided<ContainerDetail>, ApiError> {
        self.decided(&container(serial, &format!("/{}", why.word())), request, key)
    }

    /// `POST /api/v1/containers/{serial}/rule`
    pub fn rule_container(
        &self,
        serial: &str,
        request: &RuleRequest,
        key: &str,
    ) -> Result<Decided<ContainerDetail>, ApiError> {
        self.decided(&container(serial, "/rule"), request, key)
    }

    /// `POST /api/v1/containers/{serial}/revoke`
    pub fn revoke_container(
        &self,
        serial: &str,
        reason: &Reason,
        key: &str,
    ) -> Result<Decided<ContainerDetail>, ApiError> {
        self.decided(&container(serial, "/revoke"), reason, key)
    }

    /// `POST /api/v1/containers/{serial}/moves/{nonce}/refund`: the source gets back what the target never took.
    pub fn refund_move(
        &self,
        (serial, nonce): (&str, &str),
        request: &Reason,
        key: &str,
    ) -> Result<Decided<ContainerDetail>, ApiError> {
        self.decided(&container(serial, &format!("/moves/{}/refund", segment(nonce))), request, key)
    }

    /// `POST /api/v1/containers/{serial}/moves/{nonce}/accept`: what only the target has told is believed.
    pub fn accept_move(
        &self,
        (serial, nonce): (&str, &str),
        reason: &Reason,
        key: &str,
    ) -> Result<Decided<ContainerDetail>, ApiError> {
        self.decided(&container(serial, &format!("/moves/{}/accept", segment(nonce))), reason, key)
    }

    /// `GET /api/v1/approvals`
    pub fn approvals(&self, list: &OfficeQuery) -> Result<Page<ApprovalRow>, ApiError> {
        self.list("/api/v1/approvals", list)
    }

    /// `GET /api/v1/approvals/{approval}`
    pub fn approval(&self, approval: &str) -> Result<ApprovalRow, ApiError> {
        self.get(&format!("/api/v1/approvals/{}", segment(approval)))
    }

    /// `POST /api/v1/approvals/{approval}/approve`
    pub fn approve(&self, approval: &str, key: &str) -> Result<ApprovalRow, ApiError> {
        let path = format!("/api/v1/approvals/{}/approve", segment(approval));
        self.client.read(Call::new("POST", path).idempotency_key(key))
    }

    /// `POST /api/v1/approvals/{approval}/reject`
    pub fn reject(
        &self,
        approval: &str,
        request: &RejectRequest,
        key: &str,
    ) -> Result<ApprovalRow, ApiError> {
        self.post(&format!("/api/v1/approvals/{}/reject", segment(approval)), request, key)
    }

    /// `POST /api/v1/imports` with the bytes of a file, `text/csv` or `application/json`.
    pub fn import(
        &self,
        asked: &ImportQuery,
        media_type: &'static str,
        file: Vec<u8>,
        key: &str,
    ) -> Result<Decided<ImportReport>, ApiError> {
        let flag = |set: bool| set.then(|| "true".to_owned());
        let pairs = [
            ("what", Some(asked.what.word().to_owned())),
            ("dry_run", flag(asked.dry_run)),
            ("skip_faulty", flag(asked.skip_faulty)),
        ];
        let call = Call::new("POST", format!("/api/v1/imports{}", query(&pairs)));
        self.decide(&call.bytes(media_type, file).idempotency_key(key))
    }

    /// `GET /api/v1/exports/{name}` as text: `entitlements.json`, `entitlements.xml`, `entitlements.csv`, `usage.csv`.
    pub fn export(&self, name: &str) -> Result<String, ApiError> {
        self.client.text(Call::new("GET", format!("/api/v1/exports/{}", segment(name))))
    }

    /// `GET /api/v1/webhooks`
    pub fn webhooks(&self, list: &OfficeQuery) -> Result<Page<Webhook>, ApiError> {
        self.list("/api/v1/webhooks", list)
    }

    /// `GET /api/v1/webhooks/{id}`
    pub fn webhook(&self, id: &str) -> Result<Webhook, ApiError> {
        self.get(&webhook(id, ""))
    }

    /// `POST /api/v1/webhooks`
    pub fn create_webhook(
        &self,
        request: &WebhookRequest,
        key: &str,
    ) -> Result<WebhookSecret, ApiError> {
        self.post("/api/v1/webhooks", request, key)
    }

    /// `PATCH /api/v1/webhooks/{id}`
    pub fn change_webhook(&self, id: &str, change: &WebhookChange) -> Result<Webhook, ApiError> {
        self.send("PATCH", &webhook(id, ""), change)
    }

    /// `DELETE /api/v1/webhooks/{id}`
    pub fn delete_webhook(&self, id: &str) -> Result<(), ApiError> {
        self.client.done(Call::new("DELETE", webhook(id, "")))
    }

    /// `POST /api/v1/webhooks/{id}/secret`: another secret; the old one is no longer used.
    pub fn rotate_webhook_secret(&self, id: &str, key: &str) -> Result<WebhookSecret, ApiError> {
        self.client.read(Call::new("POST", webhook(id, "/secret")).idempotency_key(key))
    }

    /// `POST /api/v1/webhooks/{id}/test`: a message `webhook.test` is sent.
    pub fn test_webhook(&self, id: &str, key: &str) -> Result<Delivery, ApiError> {
        self.client.read(Call::new("POST", webhook(id, "/test")).idempotency_key(key))
    }

    /// `GET /api/v1/webhooks/{id}/deliveries`
    pub fn deliveries(&self, id: &str, list: &OfficeQuery) -> Result<Page<Delivery>, ApiError> {
        self.list(&webhook(id, "/deliveries"), list)
    }

    /// `GET /api/v1/policies`
    pub fn policies(&self, list: &OfficeQuery) -> Result<Page<Policy>, ApiError> {
        self.list("/api/v1/policies", list)
    }

    /// `PATCH /api/v1/policies`
    pub fn set_policies(&self, change: &PolicyChange) -> Result<Page<Policy>, ApiError> {
        self.send("PATCH", "/api/v1/policies", change)
    }

    /// `GET /api/v1/usage`
    pub fn usage(&self, list: &OfficeQuery) -> Result<Page<UsageRow>, ApiError> {
        self.list("/api/v1/usage", list)
    }

    /// `GET /api/v1/usage/days`: all days in one answer.
    pub fn usage_days(&self, list: &OfficeQuery) -> Result<Vec<UsageDay>, ApiError> {
        let path = format!("/api/v1/usage/days{}", query(&list.pairs()));
        self.client.read(Call::new("GET", path))
    }

    /// `GET /api/v1/users`
    pub fn users(&self, list: &OfficeQuery) -> Result<Page<OfficeUser>, ApiError> {
        self.list("/api/v1/users", list)
    }

    /// `POST /api/v1/users`
    pub fn create_user(&self, request: &OfficeUserRequest) -> Result<OfficeUser, ApiError> {
        self.send("POST", "/api/v1/users", request)
    }

    /// `PATCH /api/v1/users/{name}`
    pub fn change_user(
        &self,
        name: &str,
        change: &OfficeUserChange,
    ) -> Result<OfficeUser, ApiError> {
        self.send("PATCH", &format!("/api/v1/users/{}", segment(name)), change)
    }

    /// `DELETE /api/v1/users/{name}`
    pub fn delete_user(&self, name: &str) -> Result<(), ApiError> {
        self.client.done(Call::new("DELETE", format!("/api/v1/users/{}", segment(name))))
    }

    /// `GET /api/v1/journal`
    pub fn journal(&self, list: &OfficeQuery) -> Result<Page<JournalRow>, ApiError> {
        self.list("/api/v1/journal", list)
    }

    /// `GET /api/v1/journal/verify`
    pub fn verify_journal(&self) -> Result<JournalCheck, ApiError> {
        self.get("/api/v1/journal/verify")
    }

    /// `GET /api/v1/status`
    pub fn status(&self) -> Result<OfficeStatus, ApiError> {
        self.get("/api/v1/status")
    }
}

fn container(serial: &str, rest: &str) -> String {
    format!("/api/v1/containers/{}{rest}", segment(serial))
}

fn webhook(id: &str, rest: &str) -> String {
    format!("/api/v1/webhooks/{}{rest}", segment(id))
}
