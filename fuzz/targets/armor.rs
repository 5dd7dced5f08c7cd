//! Any bytes as a file or QR text: no panic, and what is read is armored, or made a QR text, and read again alike.
#![no_main]

use tenure_document::{armor, armored, qr_text, read_document};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let read = read_document(bytes);
    if let Ok(envelope) = &read
        && let Ok(text) = qr_text(envelope)
    {
        assert_eq!(read_document(text.as_bytes()).as_ref(), Ok(envelope));
    }
    if let Ok(Some((envelope, summary))) = armored(bytes) {
        let written = armor(&envelope, &summary);
        assert_eq!(read_document(written.as_bytes()), Ok(envelope));
        assert!(read.is_ok());
    }
});
