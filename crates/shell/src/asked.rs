//! The request bodies that routes take, and which of them hold maps.
//!
//! Kept here: a body type is named before a route can read it, so nobody forgets to say whether a member of it can
//! come twice. Types of the api crate stand in the list below; a shell's own types implement [`Asked`] beside
//! themselves. Deliberately not here: how a body is read (`extract`).

use serde::de::DeserializeOwned;

/// A body that a route takes.
pub trait Asked: DeserializeOwned {
    /// Whether this one holds a map. Typed members can't come twice, serde sees to that; members of a map can, and
    /// every reader would take another one of them.
    fn holds_map(&self) -> bool {
        false
    }
}

macro_rules! asked {
    ($($plain:ident),* ; $($with_maps:ident: $holds_map:expr),* $(,)?) => {
        $(impl Asked for tenure_api::$plain {})*
        $(impl Asked for tenure_api::$with_maps {
            fn holds_map(&self) -> bool {
                let holds_map: fn(&Self) -> bool = $holds_map;
                holds_map(self)
            }
        })*
    };
}

asked! {
    ClientKeyRequest, Login, ModelRequest, PasswordChange, RenewalRequest, Renewals, ReservationGroupRequest,
    ReservationImport, RollbackRequest, Setup, SuspendRequest, UndoRequest,
    UsageBatchRequest, UsageRequest, UserChange, UserRequest;
    CheckoutRequest: |asked| !asked.dictionary.is_empty() || !asked.selectors.is_empty(),
    DeviceSetRequest: |asked| !asked.dictionary.is_empty() || !asked.selectors.is_empty(),
    PropertiesChange: |_| true,
    WhatIfRequest: |asked| !asked.properties.is_empty(),
}
