//! Any text as a model: no panic; every fault has its place; what is well formed is formatted, and alike the second
//! time; the index of rules never changes a judgement.
#![no_main]

use tenure_document::{HostId, HostIdType, MachineKind};
use tenure_leasing::{Asker, Dictionary, Model, check_model, format_model};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(formatted) = format_model(text) {
        assert_eq!(format_model(&formatted).as_ref(), Ok(&formatted));
        assert_eq!(Model::parse(text).is_ok(), Model::parse(&formatted).is_ok());
    }
    let checked = check_model(text, None);
    let lines = text.split('\n').count();
    for finding in &checked.findings {
        assert!(finding.line >= 1 && finding.line as usize <= lines && finding.column >= 1);
        assert!(!finding.render("model").is_empty());
    }
    let Some(model) = checked.model else { return };
    let dictionary = Dictionary::from([("k".to_owned(), "v".into())]);
    for kind in [HostIdType::String, HostIdType::User, HostIdType::Ethernet] {
        let Ok(host) = HostId::new(kind, "ws1") else { return };
        let asker = Asker {
            host: &host,
            user: Some("ann"),
            name: Some("lab-1"),
            kind: MachineKind::Virtual,
            groups: &|name| name.len() % 2 == 1,
            dictionary: &dictionary,
        };
        assert_eq!(model.judge(&asker), model.judge_plainly(&asker));
    }
});
