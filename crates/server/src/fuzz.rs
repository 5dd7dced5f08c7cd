//! The door for the fuzzer: any bytes as every kind of body, through the server's own reader.
//!
//! Kept here: it reads exactly as the routes do and decides nothing. Must not panic on any bytes.

use axum::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use tenure_api::{
    CheckoutRequest, ClientKeyRequest, DeviceSetRequest, Login, PasswordChange, PropertiesChange,
    RenewalRequest, Renewals, ReservationGroupRequest, ReservationImport, Setup, SuspendRequest,
    UndoRequest, UsageBatchRequest, UsageRequest, UserChange, UserRequest,
};
use tenure_shell::asked::Asked;
use tenure_shell::der::certificate_end;
use tenure_shell::extract::json;

use crate::der::client_public_key;

/// Reads the bytes as a body of every route.
pub fn fuzz_request(bytes: &[u8]) {
    read::<CheckoutRequest>(bytes);
    read::<DeviceSetRequest>(bytes);
    read::<RenewalRequest>(bytes);
    read::<Renewals>(bytes);
    read::<UsageRequest>(bytes);
    read::<UndoRequest>(bytes);
    read::<UsageBatchRequest>(bytes);
    read::<Login>(bytes);
    read::<Setup>(bytes);
    read::<PasswordChange>(bytes);
    read::<UserRequest>(bytes);
    read::<UserChange>(bytes);
    read::<ClientKeyRequest>(bytes);
    read::<PropertiesChange>(bytes);
    read::<SuspendRequest>(bytes);
    read::<ReservationGroupRequest>(bytes);
    read::<ReservationImport>(bytes);
    certificate_end(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        client_public_key(text);
    }
}

fn read<T: Asked>(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // A refusal names a member of the text: that path is walked too.
    let _refused_or_read = json::<T>(&headers, bytes).is_ok();
}
