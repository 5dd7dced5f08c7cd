//! `tenure admin history|explain|usage` and `devices timeline` against a running server and after its restart.
//!
//! Deliberately not here: every figure and sentence; the tests of the lower floors have those.

mod program;

use program::Site;
use std::fs;

const ITEMS: &str = r#"[
  {"id":"cad","feature":"cad","version":"2.0","count":2,"expiry":"permanent"},
  {"id":"sim","feature":"sim","version":"1.0","count":100,"expiry":"2090-12-31","kind":{"metered":{"reusable":false,"undo_seconds":300}}}
]"#;

#[test]
fn the_past_is_told_also_after_a_restart() {
    let site = Site::licensed(ITEMS);
    let server = site.serve(&[]);
    let granted =
        site.admin(&["--json", "checkout", "cad@2.0:2", "--host", "ws1", "--user", "ann"]).json();
    let lease = granted["leases"][0]["id"].as_str().expect("an id").to_owned();
    fs::write(site.path("token"), granted["leases"][0]["token"].as_str().expect("a token"))
        .expect("token file");
    site.admin(&["checkout", "cad@2.0", "--host", "ws2", "--user", "bob"]).fails(3);
    site.admin(&["usage", "consume", "sim", "40", "--host", "ws1"]).ok();
    let full = site.admin(&["--json", "status"]).json()["now"].as_str().expect("a time").to_owned();
    site.admin(&["release", &lease, "--lease-token", &site.path("token")]).ok();
    site.admin(&["checkout", "cad@2.0", "--host", "ws2", "--user", "bob"]).ok();

    let explain = |what: &str, id: &str| site.admin(&["explain", what, id]).ok();
    let told = (explain("lease", &lease), explain("denial", "D-1"));
    assert!(told.0.contains("ann@ws1 was granted 2 of \"cad\" 2.0"), "{}", told.0);
    assert!(told.1.contains("2 of 2 in use, 0 free: none free"), "{}", told.1);
    assert!(told.1.contains("the same holder was granted it at"), "{}", told.1);
    let json = site.admin(&["--json", "explain", "denial", "D-1"]).json();
    assert_eq!(json["denial"]["reason"], "no-seats", "{json}");
    site.admin(&["explain", "lease", "L-0000000000999"]).fails(3);
    site.admin(&["explain", "denial", "D-99"]).fails(3);

    for (what, has) in
        [("features", "cad"), ("devices", "ws1"), ("leases", "ann@ws1"), ("denials", "bob@ws2")]
    {
        let list = site.admin(&["history", "--at", &full, "--what", what]).ok();
        assert!(list.contains(has) && list.contains("ledger entry"), "{what}: {list}");
    }
    let story = site.admin(&["devices", "timeline", "ws1"]).ok();
    let order = ["granted", "consumed", "released"].map(|word| story.find(word).expect(word));
    assert!(order.is_sorted(), "{story}");
    let chart = site.admin(&["usage", "--feature", "cad", "--by", "hour"]).ok();
    assert!(chart.contains("average") && chart.contains('░'), "{chart}");
    let units = site.admin(&["usage", "--feature", "sim", "--by", "day"]).ok();
    assert!(units.contains("consumed") && units.contains("40"), "{units}");
    let csv = site.admin(&["usage", "--feature", "cad", "--by", "day", "--csv"]).ok();
    assert!(csv.starts_with("from,to,used_peak") && csv.contains(",2,1,0,0,0"), "{csv}");
    site.admin(&["usage", "--feature", "unknown"]).fails(3);
    site.admin(&["usage"]).fails(2);
    site.admin(&["history", "--at", &full, "--page", "2"]).fails(2);

    server.stop();
    let server = site.serve(&[]);
    assert_eq!((explain("lease", &lease), explain("denial", "D-1")), told);
    let list = site.admin(&["history", "--at", &full, "--what", "leases"]).ok();
    assert!(list.contains("ann@ws1") && !list.contains("bob"), "{list}");
    server.stop();
}
