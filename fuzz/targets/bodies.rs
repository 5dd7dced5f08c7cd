//! Any bytes as the body of every request of the API: read or refused, never a panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tenure_server::fuzz_request(bytes));
