//! What tells an office's data folder from a license server's.
//!
//! Deliberately not here: the rest of either folder (`office`, `folder`).

use std::path::Path;

/// The key that makes the secrets of web hooks: only an office has one.
pub const HOOK_KEY_FILE: &str = "webhooks.key";

/// Whether a data folder is an office's.
pub fn is_office(path: &Path) -> bool {
    path.join(HOOK_KEY_FILE).exists()
}
