//! The request bodies that routes take, and which of them hold maps.
//!
//! Kept here: a body type is named before a route can read it, so nobody forgets to say whether a member of it can
//! come twice. Types of the api crate stand in the list below; a shell's own types implement [`Asked`] beside
//! themselves. Deliberately not here: how a body is read (`extract`).

use serde::de::DeserializeOwned;
use tenure_api::office;

/// A body that a route takes.
pub trait Asked: DeserializeOwned {
    /// Whether this one holds a map. Typed members can't come twice, serde sees to that; members of a map can, and
    /// every reader would take another one of them.
    fn holds_map(&self) -> bool {
        false
    }
}

macro_rules! asked {
    ($($plain:path),* ; $($with_maps:path: $holds_map:expr),* $(,)?) => {
        $(impl Asked for $plain {})*
        $(impl Asked for $with_maps {
            fn holds_map(&self) -> bool {
                let holds_map: fn(&Self) -> bool = $holds_map;
                holds_map(self)
            }
        })*
    };
}

// The license server's, and what every shell takes.
asked! {
    tenure_api::ClientKeyRequest,
    tenure_api::Login,
    tenure_api::ModelRequest,
    tenure_api::PasswordChange,
    tenure_api::RenewalRequest,
    tenure_api::Renewals,
    tenure_api::ReservationGroupRequest,
    tenure_api::ReservationImport,
    tenure_api::RollbackRequest,
    tenure_api::Setup,
    tenure_api::SuspendRequest,
    tenure_api::UndoRequest,
    tenure_api::UsageBatchRequest,
    tenure_api::UsageRequest,
    tenure_api::UserChange,
    tenure_api::UserRequest;
    tenure_api::CheckoutRequest: |asked| !asked.dictionary.is_empty() || !asked.selectors.is_empty(),
    tenure_api::DeviceSetRequest: |asked| !asked.dictionary.is_empty() || !asked.selectors.is_empty(),
    tenure_api::PropertiesChange: |_| true,
    tenure_api::WhatIfRequest: |asked| !asked.properties.is_empty(),
}

// The office's.
asked! {
    office::AssignRequest,
    office::BackRequest,
    office::ContainerChange,
    office::CustomerChange,
    office::CustomerRequest,
    office::EntitlementChange,
    office::ExtendRequest,
    office::HostCheckRequest,
    office::HostGroupChange,
    office::HostKeyRequest,
    office::HostsRequest,
    office::LookUpRequest,
    office::LossRequest,
    office::OfficeUserChange,
    office::OfficeUserRequest,
    office::PortalActivationRequest,
    office::PortalPushRequest,
    office::PortalReplacementRequest,
    office::PortalReturnRequest,
    office::ProductRelation,
    office::Reason,
    office::ReduceRequest,
    office::RejectRequest,
    office::ReplaceRequest,
    office::RuleRequest,
    office::LicenseModelRequest,
    office::UpgradeRequest,
    office::WebhookChange,
    office::WebhookRequest;
    office::EntitlementRequest: |asked| asked.lines.iter().any(|line| !line.terms.is_empty()),
    office::LineReplaceRequest: |asked| !asked.terms.is_empty(),
    office::OrderRequest: |asked| asked.lines.iter().any(|line| !line.terms.is_empty()),
    office::ProductRequest: |asked| asked.features.iter().any(|one| !one.selectors.is_empty()),
}
