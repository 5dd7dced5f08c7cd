//! Any bytes as a payload; the first byte chooses the type.
//!
//! What is read is written and read again alike, and the written form is stable.
#![no_main]

use std::fmt::Debug;

use tenure_document::*;

fn check<P: Payload + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(payload) = read_json::<P>(bytes, P::LIMITS) {
        let written = payload_bytes(&payload);
        let again = read_json::<P>(&written, P::LIMITS).expect("what was written can be read");
        assert_eq!(again, payload);
        assert_eq!(payload_bytes(&again), written);
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let checks: [fn(&[u8]); 18] = [
        check::<Keyset>,
        check::<Certificate>,
        check::<Pool>,
        check::<Update>,
        check::<Context>,
        check::<Receipt>,
        check::<TransferRequest>,
        check::<Transfer>,
        check::<TransferReceipt>,
        check::<TransferRefusal>,
        check::<Lease>,
        check::<LeaseRequest>,
        check::<Revocation>,
        check::<TimeStatement>,
        check::<HostKey>,
        check::<HostCheck>,
        check::<Usage>,
        |bytes| drop(read_json::<Json>(bytes, Limits::PAYLOAD)),
    ];
    // Letters, so that a seed can be a text file.
    checks[usize::from(choice.wrapping_sub(b'a')) % checks.len()](bytes);
});
