//! What a dashboard counts: denials by reason since an instant.
//!
//! Invariants: only what is kept for display is counted, and since when that is everything is said.
//! Deliberately not here: denials by feature over time, which the series count exactly (usage).

use crate::denial::DenialReason;
use crate::state::Leasing;
use tenure_document::Time;

/// Denials by reason.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DenialCounts {
    /// How many since each of the instants asked for; the most in the last of them first.
    pub reasons: Vec<(DenialReason, [u64; 2])>,
    /// Older denials are no longer kept; none: all of them are.
    pub kept_since: Option<Time>,
}

impl Leasing {
    /// How many requests were denied at or after each of these instants, by reason. Reasons without any are left out.
    pub fn denial_counts(&self, since: [Time; 2]) -> DenialCounts {
        let mut reasons: Vec<(DenialReason, [u64; 2])> = Vec::new();
        for noted in self.denials.noted() {
            let within = since.map(|since| u64::from(noted.denied.at >= since));
            if within == [0, 0] {
                continue;
            }
            let reason = noted.denied.reason;
            match reasons.iter_mut().find(|(known, _)| known.code() == reason.code()) {
                Some((_, counts)) => {
                    counts[0] += within[0];
                    counts[1] += within[1];
                }
                None => reasons.push((reason, within)),
            }
        }
        reasons.sort_by(|a, b| (b.1[1], a.0.code()).cmp(&(a.1[1], b.0.code())));
        let first = self.denials.noted().front().filter(|first| first.denied.id.0 > 1);
        DenialCounts { reasons, kept_since: first.map(|first| first.denied.at) }
    }
}
