//! Random words of plays: who asks, and for what.
//!
//! Deliberately not here: which features and options a law plays with, and the other lines of its plays.

use proptest::prelude::*;

/// A holder: one of few, so that they meet.
pub fn holder() -> impl Strategy<Value = String> {
    let host = prop::sample::select(vec!["a", "b", "c"]);
    let user = prop::sample::select(vec!["", "/ann", "/bob", "/ann/s1", "/bob/s2"]);
    let process = prop::sample::select(vec!["", "", "#1", "#2", "#1@job", "#2@job", "@job"]);
    let kind = prop::sample::select(vec!["", "", "", "~virtual"]);
    (host, user, process, kind)
        .prop_map(|(host, user, process, kind)| format!("{host}{user}{process}{kind}"))
}

/// One wanted feature of these names.
pub fn feature(names: &[&'static str]) -> impl Strategy<Value = String> + use<> {
    let name = prop::sample::select(names.to_vec());
    let version = prop::sample::select(vec!["", "", "1.0", "2.0", "3.0"]);
    let count = prop::sample::select(vec!["", "", "", "x1", "x2", "x3", "x7"]);
    let partial = prop::sample::select(vec!["", "", "", "partial"]);
    (name, version, count, partial)
        .prop_map(|(name, version, count, partial)| format!("{name} {version} {count} {partial}"))
}

/// What is asked for: up to three features and an option.
pub fn asked(
    names: &[&'static str],
    options: &[&'static str],
) -> impl Strategy<Value = String> + use<> {
    let features = prop::collection::vec(feature(names), 1..4);
    (features, prop::sample::select(options.to_vec()))
        .prop_map(|(features, option)| format!("{} {option}", features.join(", ")))
}
