//! Any bytes as a file: no panic, and what is read is armored and read again alike.
#![no_main]

use tenure_document::{armor, armored, read_document};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let read = read_document(bytes);
    if let Ok(Some((envelope, summary))) = armored(bytes) {
        let written = armor(&envelope, &summary);
        assert_eq!(read_document(written.as_bytes()), Ok(envelope));
        assert!(read.is_ok());
    }
});
