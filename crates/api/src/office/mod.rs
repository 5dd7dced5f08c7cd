//! Wire types of the publisher's office: one file for each subject.
//!
//! The same rules as for the license server: requests refuse unknown members, answers tolerate them. Activation IDs
//! and serials are texts here, because people type them in many ways; the office reads them and answers the written
//! form. Documents travel as their armoured text. Deliberately not here: what is allowed, and why.

pub mod activation;
pub mod approval;
pub mod catalog;
pub mod choice;
pub mod container;
pub mod customer;
pub mod entitlement;
pub mod exchange;
pub mod host_key;
pub mod import;
pub mod people;
pub mod policy;
pub mod portal;
pub mod query;
pub mod schema;
pub mod status;
pub mod terms;
pub mod usage;
pub mod webhook;

pub use activation::{ActivationRow, ActivationState, AssignRequest, BackRequest, ReplaceRequest};
pub use approval::{ApprovalRow, ApprovalState, Decided, RejectRequest};
pub use catalog::{
    LicenseModel, LicenseModelRequest, Product, ProductFeature, ProductRef, ProductRelation,
    ProductRequest, RelationKind,
};
pub use choice::Choice;
pub use container::{
    Binding, ContainerChange, ContainerDetail, ContainerRow, ContainerState, LineageRow,
    LossRequest, LossWhy, MoveRow, MoveState, PendingOp, RuleRequest, Ruling, Successor,
};
pub use customer::{Contact, Customer, CustomerChange, CustomerRequest};
pub use entitlement::{
    Entitlement, EntitlementChange, EntitlementLine, EntitlementOrder, EntitlementRequest,
    EntitlementRow, EntitlementState, ExtendRequest, LineReplaceRequest, LineRequest, OrderRequest,
    ReduceRequest, UpgradeRequest,
};
pub use exchange::{Finding, IssuedUpdate, ReceiptAnswer, UsageTaken};
pub use host_key::{
    HostCheckAnswer, HostCheckPapers, HostCheckRequest, HostGroup, HostGroupChange, HostKeyRequest,
    HostKeyRow, HostKeyState, HostUsersDay, HostsRequest, add_development_hosts,
};
pub use import::{ImportFault, ImportQuery, ImportReport, ImportSubject};
pub use people::{OfficeLogin, OfficeRole, OfficeUser, OfficeUserChange, OfficeUserRequest};
pub use policy::{Policy, PolicyChange};
pub use portal::{
    LookUpAnswer, LookUpRequest, PortalActivation, PortalActivationRequest, PortalContainer,
    PortalContainers, PortalEntitlement, PortalLine, PortalPushRequest, PortalReplacement,
    PortalReplacementRequest, PortalReturnRequest, ReadContext,
};
pub use query::OfficeQuery;
pub use status::{OfficeKey, OfficeStatus};
pub use terms::{
    Begins, LicenseTerms, MoveTerms, ReturnTerms, TermsChange, Tolerance, UsageTerms, Validity,
};
pub use usage::{UsageDay, UsageRow};
pub use webhook::{Delivery, DeliveryState, Webhook, WebhookChange, WebhookRequest, WebhookSecret};

/// Why something was done, for the journal and for whoever is concerned.
#[derive(
    Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The reason; may be empty.
    #[serde(default)]
    pub reason: String,
}

impl Reason {
    /// A reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}
