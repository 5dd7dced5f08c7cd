//! Any bytes as a bare envelope: no panic, and what is read is written and read again alike.
#![no_main]

use tenure_document::Envelope;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(envelope) = Envelope::parse(bytes) {
        let written = envelope.to_json();
        assert_eq!(Envelope::parse(written.as_bytes()), Ok(envelope));
    }
});
