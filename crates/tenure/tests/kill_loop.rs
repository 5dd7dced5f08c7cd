//! A short kill -9 loop under load with the checker: no acknowledged lease lost, nothing granted twice.
//!
//! Deliberately not here: the long loop; `tenure bench --kill --rounds 1000` is the same code.

mod program;

use program::run;

#[test]
fn three_kills_under_load_lose_nothing() {
    let report = run(&["bench", "--kill", "--rounds", "3", "--connections", "16", "--json"]).json();
    assert_eq!(report["rounds"], 3, "{report}");
    assert_eq!(report["violations"].as_array().map(Vec::len), Some(0), "{report}");
    assert!(report["renewed"].as_u64().unwrap_or(0) > 0, "{report}");
}
