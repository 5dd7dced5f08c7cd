//! The text against what reads it: the regular expressions of flexlm_exporter (Go) and of lm-agent (Python), each in a
//! small parser that walks the lines as theirs do.
//!
//! ASCII classes are written out, because `\w` means more here than there.

use super::fetch::Wanted;
use super::place::places;
use super::report::{
    Block, Fault, Feature, Held, Item, Queued, Report, Reserved, Server, State, Told, Who,
};
use super::text::{self, Parts};
use super::words;
use expect_test::{Expect, expect};
use regex::Regex;
use tenure_document::{Time, Version};

const PRINT: &str = r"[ -~]+";

fn rx(pattern: &str) -> Regex {
    let ascii = pattern
        .replace(r"\w", "[0-9A-Za-z_]")
        .replace("[[0-9A-Za-z_]", "[0-9A-Za-z_")
        .replace(r"\d", "[0-9]");
    Regex::new(&ascii.replace("PRINT", PRINT)).expect("an expression")
}

/// flexlm_exporter, `lmstat -a`.
fn exporter(text: &str) -> Vec<String> {
    let servers = rx(r"^License server status: (?P<servers>[0-9A-Za-z_,.@\-]+)");
    let status = rx(
        r"(?P<fqdn>[0-9A-Za-z_\.\-]+): license server (?P<status>\w+)(?P<master>\s\(MASTER\))? (?P<version>v[0-9\.]+)$",
    );
    let vendor = rx(r"^\s+(?P<vendor>\w+): (?P<status>UP|DOWN) (?P<version>v[0-9\.]+)$");
    let usage = rx(
        r"^Users of (?P<name>.*):\s+\(Total of (?P<issued>\d+) \w+ issued;\s+Total of (?P<used>\d+) \w+ in use\)$",
    );
    let user = rx(
        r"^\s+(?P<user>PRINT) [0-9A-Za-z_\-\.]+ PRINT (?P<ver>\(v[0-9A-Za-z_\.]+\)) \([0-9A-Za-z_\-\.]+/\d+ \d+\), start (?P<since>\w+ \d+/\d+ \d+:\d+)(,\s(?P<licenses>\d+)\s\w+|)(\s+\(linger:\s\d+\s/\s\d+\))?(,\s+PID:\s+\d+\s?)?$",
    );
    let queued = rx(
        r"^\s+(?P<user>PRINT) [0-9A-Za-z_\-\.]+ PRINT [0-9.]+ (?P<ver>\(v[0-9A-Za-z_\.]+\)) \([0-9A-Za-z_\-\.]+/\d+ \d+\)\s+queued for (?P<licenses>\d+) license[s]?$",
    );
    let group = rx(r"^(\s+|)(?P<count>\d+)\s+\w+\s+for\s+(HOST_GROUP|GROUP)\s+(?P<group>\w+).*$");
    let host = rx(r"^(\s+|)(?P<count>\d+)\s+\w+\s+for\s+(HOST)\s+(?P<host>\w+).*$");
    let locked = rx(r"^Users of (?P<name>.*):\s+\(Uncounted, node-locked\)$");
    let kind = rx(r"^\s+(?P<type>floating|uncounted nodelocked|nodelocked) license");
    let mut seen = Vec::new();
    for line in text.lines() {
        let told = if let Some(m) = servers.captures(line) {
            format!("servers {}", &m["servers"])
        } else if let Some(m) = status.captures(line) {
            format!(
                "server {} {} master={} {}",
                &m["fqdn"],
                &m["status"],
                m.name("master").is_some(),
                &m["version"]
            )
        } else if let Some(m) = vendor.captures(line) {
            format!("vendor {} {} {}", &m["vendor"], &m["status"], &m["version"])
        } else if let Some(m) = usage.captures(line) {
            format!("feature {} issued {} used {}", &m["name"], &m["issued"], &m["used"])
        } else if let Some(m) = locked.captures(line) {
            format!("feature {} uncounted", &m["name"])
        } else if let Some(m) = user.captures(line) {
            let licenses = m.name("licenses").map_or("1", |found| found.as_str());
            format!("  user {} {} since {} has {licenses}", &m["user"], &m["ver"], &m["since"])
        } else if let Some(m) = queued.captures(line) {
            format!("  user {} {} waits for {}", &m["user"], &m["ver"], &m["licenses"])
        } else if let Some(m) = group.captures(line) {
            format!("  group {} keeps {}", &m["group"], &m["count"])
        } else if let Some(m) = host.captures(line) {
            format!("  host {} keeps {}", &m["host"], &m["count"])
        } else if let Some(m) = kind.captures(line) {
            format!("  {}", &m["type"])
        } else {
            continue;
        };
        seen.push(told);
    }
    seen
}

/// lm-agent, `lmstat -f`: the strict shapes, in the form that takes one license as well as several.
fn agent(text: &str) -> Vec<String> {
    let hostname = r"[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*";
    let totals = Regex::new(r"^Users of (?P<feature>[^:]+):  \(Total of (?P<total>[0-9]+) licenses? issued;  Total of (?P<used>[0-9]+) licenses? in use\)$").expect("an expression");
    let usage = Regex::new(&format!(
        r"^\s+(?P<user>\S+) (?P<host>{hostname}) (?P<tty>\S+) \((?P<version>[^() ]+)\) \((?P<server>{hostname})/(?P<port>[0-9]+) (?P<pid>[0-9]+)\), start (?P<day>\S+) (?P<date>[0-9]+/[0-9]+) (?P<time>[0-9]+:[0-9]+)(, (?P<tokens>[0-9]+) licenses)?$"
    ))
    .expect("an expression");
    text.lines()
        .filter_map(|line| {
            if let Some(m) = totals.captures(line) {
                return Some(format!(
                    "{} {}/{}",
                    m["feature"].to_lowercase(),
                    &m["used"],
                    &m["total"]
                ));
            }
            let m = usage.captures(line)?;
            let tokens = m.name("tokens").map_or("1", |found| found.as_str());
            Some(format!("  {}@{} has {tokens}", &m["user"], &m["host"]))
        })
        .collect()
}

/// flexlm_exporter, `lmstat -i`.
fn exporter_items(text: &str) -> Vec<String> {
    let row = rx(
        r"^(?P<feature>[!-~]+)\s+(?P<version>[0-9\.]+)\s+(?P<licenses>\d+)\s+(?P<expires>[0-9A-Za-z_\-]+)\s+(?P<vendor>\w+)$",
    );
    text.lines()
        .filter_map(|line| {
            let m = row.captures(line)?;
            Some(format!(
                "{} {} x{} until {} of {}",
                &m["feature"], &m["version"], &m["licenses"], &m["expires"], &m["vendor"]
            ))
        })
        .collect()
}

fn at(text: &str) -> Time {
    text.parse().expect("a time")
}

fn who(user: &str, host: &str, display: &str) -> Who {
    Who { user: words::word(user), host: words::host(host), display: words::word(display) }
}

fn held(user: &str, host: &str, handle: u64, count: u32) -> Held {
    let who = who(user, host, "/dev/pts/1");
    Held { who, handle, start: at("2026-03-16T08:13:07Z"), count, linger: None }
}

fn server(host: &str, state: State) -> Server {
    Server { host: host.to_owned(), port: 27002, state }
}

fn up(master: bool) -> State {
    State::Up { version: text::numbers("0.1.0-rc.1"), master }
}

fn sample() -> Report {
    let cad = Feature {
        name: "cad".to_owned(),
        issued: Some(20),
        used: 8,
        versions: vec![
            Block {
                version: Version::new(3, 0, 0),
                expiry: Some(at("2027-12-31T23:59:59.999Z")),
                reserved: vec![
                    Reserved { count: 2, whom: "HOST ws99".to_owned() },
                    Reserved { count: 1, whom: "USER ann".to_owned() },
                ],
                held: vec![held("ann", "ws14", 104, 1), held("bob", "ws15.example.org", 205, 5)],
                queued: vec![Queued {
                    who: who("eve", "ws16", "/dev/tty"),
                    asked: Version::new(3, 0, 0),
                    handle: 301,
                    count: 1,
                }],
            },
            Block {
                version: Version::new(2, 1, 0),
                held: vec![Held {
                    linger: Some((885_098, 1_340_160)),
                    ..held("x\nUsers of cad:  (Total of 999 licenses issued)", "the host", 9, 2)
                }],
                ..Block::default()
            },
        ],
    };
    let idle = Feature { name: "one".to_owned(), issued: Some(1), ..Feature::default() };
    let block = Block { held: vec![held("J\u{f6}rg", "ws1", 7, 1)], ..Block::default() };
    let solo =
        Feature { name: "solo".to_owned(), used: 1, versions: vec![block], ..Feature::default() };
    Report {
        now: at("2026-03-16T11:08:00Z"),
        servers: vec![server("srv1.example.org", up(true))],
        told: Some(Told {
            container: "T-ABCD-EFGH-JKMN".to_owned(),
            grants: true,
            features: vec![cad, idle, solo],
            items: Vec::new(),
        }),
    }
}

fn all() -> Parts {
    Parts { vendor: true, features: true, ..Parts::default() }
}

fn whole(report: &Report, parts: &Parts) -> String {
    text::head(report, "0.1.0") + &text::report(report, parts)
}

fn check(lines: Vec<String>, expected: Expect) {
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

#[test]
fn the_whole_text() {
    let text = whole(&sample(), &all());
    expect![[r#"
        lmutil - Tenure 0.1.0
        Flexible License Manager status on Mon 3/16/2026 11:08

        License server status: 27002@srv1.example.org
            License file(s) on srv1.example.org: T-ABCD-EFGH-JKMN:

        srv1.example.org: license server UP (MASTER) v0.1.0

        Vendor daemon status (on srv1.example.org):

          tenure: UP v0.1.0

        Feature usage info:

        Users of cad:  (Total of 20 licenses issued;  Total of 11 licenses in use)

          "cad" v3.0, vendor: tenure, expiry: 31-dec-2027
          floating license

        	2 RESERVATIONs for HOST ws99 (srv1.example.org/27002)
        	1 RESERVATION for USER ann (srv1.example.org/27002)
            ann ws14 /dev/pts/1 (v3.0) (srv1.example.org/27002 104), start Mon 3/16 8:13
            bob ws15.example.org /dev/pts/1 (v3.0) (srv1.example.org/27002 205), start Mon 3/16 8:13, 5 licenses
            eve ws16 /dev/tty 3.0 (v3.0) (srv1.example.org/27002 301) queued for 1 license

          "cad" v2.1, vendor: tenure, expiry: 1-jan-0
          floating license

            xUsers_of_cad:__(Total_of_999_licenses_issued) the-host /dev/pts/1 (v2.1) (srv1.example.org/27002 9), start Mon 3/16 8:13, 2 licenses  (linger: 885098 / 1340160)

        Users of one:  (Total of 1 license issued;  Total of 0 licenses in use)

        Users of solo:  (Uncounted, node-locked)

          "solo" v0, vendor: tenure, expiry: 1-jan-0
          uncounted nodelocked license

            J?rg ws1 /dev/pts/1 (v0) (srv1.example.org/27002 7), start Mon 3/16 8:13
    "#]].assert_eq(&text);
    check(
        exporter(&text),
        expect![[r#"
        servers 27002@srv1.example.org
        server srv1.example.org UP master=true v0.1.0
        vendor tenure UP v0.1.0
        feature cad issued 20 used 11
          floating
          host ws99 keeps 2
          user ann (v3.0) since Mon 3/16 8:13 has 1
          user bob (v3.0) since Mon 3/16 8:13 has 5
          user eve (v3.0) waits for 1
          floating
          user xUsers_of_cad:__(Total_of_999_licenses_issued) (v2.1) since Mon 3/16 8:13 has 2
        feature one issued 1 used 0
        feature solo uncounted
          uncounted nodelocked
          user J?rg (v0) since Mon 3/16 8:13 has 1
    "#]],
    );
    check(
        agent(&text),
        expect![[r#"
        cad 11/20
          ann@ws14 has 1
          bob@ws15.example.org has 5
        one 0/1
          J?rg@ws1 has 1
    "#]],
    );
}

#[test]
fn only_what_was_asked_for() {
    let shown = |parts: Parts| text::report(&sample(), &parts);
    expect![[r#"
        License server status: 27002@srv1.example.org
            License file(s) on srv1.example.org: T-ABCD-EFGH-JKMN:

        srv1.example.org: license server UP (MASTER) v0.1.0

        Vendor daemon status (on srv1.example.org):

          tenure: UP v0.1.0

        Feature usage info:

        Users of cad:  (Total of 20 licenses issued;  Total of 11 licenses in use)

        Users of solo:  (Uncounted, node-locked)
    "#]]
    .assert_eq(&shown(Parts { active_only: true, totals_only: true, ..all() }));
    expect![[r#"
        License server status: 27002@srv1.example.org
            License file(s) on srv1.example.org: T-ABCD-EFGH-JKMN:

        srv1.example.org: license server UP (MASTER) v0.1.0
    "#]]
    .assert_eq(&shown(Parts::default()));
    expect![[r#"
        License server status: 27002@srv1.example.org
            License file(s) on srv1.example.org: T-ABCD-EFGH-JKMN:

        srv1.example.org: license server UP (MASTER) v0.1.0

        Vendor daemon status (on srv1.example.org):

          tenure: UP v0.1.0
    "#]]
    .assert_eq(&shown(Parts { vendor: true, ..Parts::default() }));
    let mut nothing = sample();
    nothing.told = Some(Told { grants: false, ..Told::default() });
    let parts = Parts { asked_for: Some(words::feature("c:d")), ..all() };
    expect![[r#"
        License server status: 27002@srv1.example.org
            License file(s) on srv1.example.org: :

        srv1.example.org: license server UP (MASTER) v0.1.0

        Vendor daemon status (on srv1.example.org):

          tenure: DOWN v0.1.0

        Feature usage info:

        Users of c_d: Cannot get users of c_d: No such feature exists. (-5,222)
    "#]]
    .assert_eq(&text::report(&nothing, &parts));
    let seconds = shown(Parts { seconds: true, ..all() });
    assert!(seconds.contains("start Mon 3/16 8:13:07\n"), "{seconds}");
}

#[test]
fn servers_that_are_down() {
    let mut report = sample();
    report.servers.insert(0, server("srv0", State::Down(Fault::Silent)));
    report.servers.push(server("srv2", up(false)));
    let text = text::report(&report, &Parts::default());
    expect![[r#"
        License server status: 27002@srv0,27002@srv1.example.org,27002@srv2
            License file(s) on srv1.example.org: T-ABCD-EFGH-JKMN:

        srv0: Cannot connect to license server system. (-15,570:115 "Operation now in progress")
        srv1.example.org: license server UP (MASTER) v0.1.0
        srv2: license server UP v0.1.0
    "#]]
    .assert_eq(&text);
    check(
        exporter(&text),
        expect![[r#"
        servers 27002@srv0,27002@srv1.example.org,27002@srv2
        server srv1.example.org UP master=true v0.1.0
        server srv2 UP master=false v0.1.0
    "#]],
    );
    report.told = None;
    for fault in [Fault::Refused, Fault::Silent, Fault::Garbled, Fault::NotAllowed] {
        report.servers = vec![server("srv1", State::Down(fault))];
        assert!(exporter(&whole(&report, &all())).is_empty(), "nothing is measured");
    }
    report.servers = vec![server("srv1", State::Down(Fault::Refused))];
    expect![[r#"
        lmutil - Tenure 0.1.0
        Flexible License Manager status on Mon 3/16/2026 11:08

        Error getting status: Cannot connect to license server system. (-15,570:111 "Connection refused")
    "#]].assert_eq(&whole(&report, &all()));
}

#[test]
fn the_table_of_items() {
    let item = |feature: &str, version, count, expiry: Option<&str>| Item {
        feature: words::feature(feature),
        version,
        count,
        expiry: expiry.map(at),
    };
    let text = text::items(&[
        item("cad", Version::new(3, 0, 0), 20, Some("2027-12-31T23:59:59.999Z")),
        item("cad", Version::new(2, 1, 4), 5, None),
        item("a feature with a name that needs more than its column", Version::ANY, 0, None),
    ]);
    expect![[r#"
        NOTE: lmstat -i does not give information from the server,
              but only reads the license file.  For this reason,
              lmstat -a is recommended instead.

        Feature                         Version     #licenses    Expires      Vendor
        _______                         _________   _________    __________   ______
        cad                             3.0          20          31-dec-2027  tenure
        cad                             2.1.4        5           1-jan-0      tenure
        a_feature_with_a_name_that_needs_more_than_its_column 0            0           1-jan-0      tenure
    "#]].assert_eq(&text);
    check(
        exporter_items(&text),
        expect![[r#"
        cad 3.0 x20 until 31-dec-2027 of tenure
        cad 2.1.4 x5 until 1-jan-0 of tenure
        a_feature_with_a_name_that_needs_more_than_its_column 0 x0 until 1-jan-0 of tenure
    "#]],
    );
}

#[test]
fn the_version_line() {
    let text = text::version("0.1.0-rc.1");
    let version =
        rx(r"^lmstat (?P<version>v[0-9\.]+) build (?P<build>\d+) (?P<arch>[0-9A-Za-z_]+)");
    assert!(text.lines().any(|line| version.is_match(line)), "{text}");
    assert_eq!(text::numbers("dev"), "v0");
}

#[test]
fn nobody_is_asked_where_nothing_listens() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("bound").port();
    drop(free);
    let places = places(&format!("{port}@localhost"), false).expect("places");
    let client = |address: &str| tenure_api::Client::new(tenure_api::ClientOptions::new(address));
    let (report, error) =
        super::fetch::report(&places[0], &Wanted::default(), at("2026-03-16T11:08:00Z"), client);
    assert_eq!(report.servers[0].state, State::Down(Fault::Refused));
    assert!(error.is_some_and(|error| error.is_fault()));
}
