//! Work that is not submitted yet: kept in the session, so that a list can grow over several pages.
//!
//! Kept here: few drafts, each of bounded size; the one untouched for longest makes room. They end with the session:
//! nothing that matters is stored here. Deliberately not here: what a draft says; its room reads and writes it.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Most drafts of a session.
const DRAFTS_MAX: usize = 4;
/// Most bytes of one.
pub(crate) const DRAFT_MAX: usize = 1 << 20;

/// The drafts of a session, the one touched last at the end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drafts(VecDeque<(String, Arc<str>)>);

/// A draft is larger than a session keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The list has grown too long to be kept here. Submit it, then go on.")]
pub(crate) struct TooLong;

impl Drafts {
    /// The draft of this name, where it is one of this shape.
    pub(crate) fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let (_, text) = self.0.iter().find(|(found, _)| found == name)?;
        serde_json::from_str(text).ok()
    }

    /// Keeps a draft in the place of the one of this name.
    pub(crate) fn write<T: Serialize>(&mut self, name: &str, draft: &T) -> Result<(), TooLong> {
        let text = serde_json::to_string(draft).map_err(|_| TooLong)?;
        if text.len() > DRAFT_MAX {
            return Err(TooLong);
        }
        self.forget(name);
        self.0.push_back((name.to_owned(), text.into()));
        if self.0.len() > DRAFTS_MAX {
            self.0.pop_front();
        }
        Ok(())
    }

    /// Lets go of a draft.
    pub(crate) fn forget(&mut self, name: &str) {
        self.0.retain(|(found, _)| found != name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_are_few_and_small() {
        let mut drafts = Drafts::default();
        for n in 0..6 {
            drafts.write(&format!("d{n}"), &n).expect("small");
        }
        drafts.write("d3", &33).expect("small");
        drafts.write("d6", &6).expect("small");
        let kept: Vec<Option<i32>> = (0..7).map(|n| drafts.read(&format!("d{n}"))).collect();
        assert_eq!(kept, [None, None, None, Some(33), Some(4), Some(5), Some(6)]);
        let long = "x".repeat(DRAFT_MAX);
        assert_eq!(drafts.write("d3", &long), Err(TooLong));
        assert_eq!(drafts.read("d3"), Some(33), "nothing is lost");
        assert_eq!(drafts.read::<String>("d3"), None, "of another shape");
        drafts.forget("d3");
        assert_eq!(drafts.read::<i32>("d3"), None);
    }
}
