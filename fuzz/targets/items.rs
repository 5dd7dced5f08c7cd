//! Any bytes as an items file: no panic, and what is read is written and read again alike.
#![no_main]

use tenure_document::read_items;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(items) = read_items(bytes) {
        let written = serde_json::to_vec(&items).expect("items can be written");
        assert_eq!(read_items(&written), Ok(items));
    }
});
