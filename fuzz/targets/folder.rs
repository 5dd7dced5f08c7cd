//! Files of a shared folder: whoever may write there can put anything into them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenure_api::folder::{
    ClientName, ClientSettings, FolderAnswer, FolderRequest, read_path_file, unwrapped,
};

fuzz_target!(|bytes: &[u8]| {
    let name = ClientName::new("ann", [7; 16], "ws14");
    let _ = FolderRequest::read(&name, bytes);
    if let Ok(answer) = FolderAnswer::read(bytes) {
        // What was read can be written, and is the same again.
        let text = answer.write().expect("an answer that was read can be written");
        assert_eq!(FolderAnswer::read(text.as_bytes()), Ok(answer));
    }
    let _ = unwrapped(bytes);
    let _ = read_path_file(bytes);
    if let Ok(settings) = ClientSettings::read(bytes) {
        let _ = settings.write();
    }
    if let Some(name) = std::str::from_utf8(bytes).ok().and_then(ClientName::of_request) {
        assert_eq!(ClientName::of_request(&name.request_file()), Some(name.clone()));
        assert!(!name.answer_file().contains(['/', '\\', '\0']));
    }
});
