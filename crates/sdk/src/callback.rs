//! Calling the application back: a panic in its code stays its own and stops nothing of what the library does for it.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls the application back.
pub(crate) fn call(back: impl FnOnce()) {
    // The panic hook has said what there is to say; nothing of the library is borrowed meanwhile.
    let _ = catch_unwind(AssertUnwindSafe(back));
}
