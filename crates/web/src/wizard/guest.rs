//! Who uses the wizard's page, and what all its pages share.
//!
//! Deliberately not here: how somebody becomes its guest (door).

use crate::backend::Api;
use crate::site::{Inside, Site};

/// Who opened the address of the wizard.
#[derive(Debug, Clone)]
pub(crate) struct Guest;

/// The wizard as its guest calls it. Nobody else can: it listens to its own pages only.
pub(super) fn api<'s>(site: &'s Site<Guest>, inside: &'s Inside<Guest>) -> Api<'s> {
    site.api(&inside.visit, None)
}

/// Begins with a capital and ends with a full stop, where there is anything.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.trim().chars();
    let Some(first) = chars.next() else { return String::new() };
    let text: String = first.to_uppercase().chain(chars).collect();
    if text.ends_with(['.', '!', '?']) { text } else { text + "." }
}
