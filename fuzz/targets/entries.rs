//! Any bytes as a line of an archive: no panic, and what is read is written and read again alike.
#![no_main]

use tenure_ledger::{export_line, parse_line};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(entry) = parse_line(bytes) {
        let _ = entry.check(None);
        let written = export_line(&entry).expect("a payload that was read is JSON");
        assert_eq!(parse_line(written.as_bytes()), Ok(entry));
    }
});
