//! Host keys: issuing, counting, limits, refreshed ids; and the laws of counting.

use super::scene::*;
use crate::office::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tenure_document::{Bytes, HostEnforcement, HostKeyId, HostName, HostUserId, OfflinePolicy};

const DAY: Duration = Duration::from_secs(86_400);

fn key_id(number: u8) -> HostKeyId {
    HostKeyId([number; 16])
}

fn host(text: &str) -> HostName {
    text.parse().unwrap()
}

fn keys(hosts: &[&str], first: u8) -> Vec<HostKeyMade> {
    let ids = first..;
    hosts.iter().zip(ids).map(|(one, id)| HostKeyMade { id: key_id(id), host: host(one) }).collect()
}

fn order(hosts: &[&str], first: u8, terms: HostTerms) -> HostKeyOrder {
    HostKeyOrder {
        by: "ann".into(),
        customer: CustomerId::new(1),
        product: "cad".into(),
        entitlement: None,
        terms,
        notes: String::new(),
        salt: Bytes(vec![first; 16]),
        keys: keys(hosts, first),
        own: false,
    }
}

fn terms(users: u32, enforcement: HostEnforcement) -> HostTerms {
    HostTerms { users, enforcement, ..HostTerms::default() }
}

fn issue(order: HostKeyOrder) -> Command {
    Command::HostKey(HostKeyCommand::Issue(order))
}

/// What a decision comes to: the refusal, or the types of its events.
fn outcome(scene: &mut Scene, command: Command) -> String {
    match scene.office.decide(&command, scene.now) {
        Err(refusal) => format!("{}: {refusal}", refusal.code()),
        Ok(events) => {
            events.iter().for_each(|event| scene.office.apply(event, scene.now));
            let kind = |event: &Event| {
                serde_json::to_value(event).unwrap()["type"].as_str().unwrap().to_owned()
            };
            events.iter().map(kind).collect::<Vec<_>>().join(" ")
        }
    }
}

/// Orders, each on what the ones before left.
fn check(orders: Vec<(&str, Command)>, expected: Expect) {
    let mut scene = Scene::new();
    let mut shown = String::new();
    for (name, command) in orders {
        shown += &format!("{name} -> {}\n", outcome(&mut scene, command));
    }
    expected.assert_eq(&shown);
}

#[test]
fn what_may_be_issued() {
    let good = || order(&["example.com"], 1, terms(5, HostEnforcement::Warn));
    let bad = |change: &dyn Fn(&mut HostKeyOrder)| {
        let mut order = order(&["example.com"], 9, terms(5, HostEnforcement::Warn));
        change(&mut order);
        issue(order)
    };
    let group = HostGroupId::FIRST;
    let add = |hosts: &[&str], first| {
        Command::HostKey(HostKeyCommand::Add { by: "ann".into(), group, keys: keys(hosts, first) })
    };
    let revoke = |id| {
        let (by, key) = ("ann".to_owned(), key_id(id));
        Command::HostKey(HostKeyCommand::Revoke { by, key, reason: "moved".into() })
    };
    let change = |change: HostTermsChange| {
        Command::HostKey(HostKeyCommand::Change { by: "ann".into(), group, change })
    };
    check(
        vec![
            ("a key", issue(good())),
            ("the same id", bad(&|order| order.keys = keys(&["other.example"], 1))),
            ("no hosts", bad(&|order| order.keys = Vec::new())),
            ("a host twice", bad(&|order| order.keys = keys(&["a.example", "a.example"], 20))),
            ("nobody's", bad(&|order| order.customer = None)),
            ("an unknown customer", bad(&|order| order.customer = CustomerId::new(7))),
            ("an unknown product", bad(&|order| order.product = "office".into())),
            ("no users", bad(&|order| order.terms.users = 0)),
            ("no window", bad(&|order| order.terms.window_days = 0)),
            ("no grace", bad(&|order| order.terms.offline = OfflinePolicy::Grace(0))),
            ("a short salt", bad(&|order| order.salt = Bytes(vec![1]))),
            ("somebody's entitlement", bad(&|order| order.entitlement = Some(id(9)))),
            (
                "for anybody's development",
                bad(&|order| {
                    order.customer = None;
                    order.terms.users = 0;
                    order.keys = keys(&["localhost", "127.0.0.1"], 30);
                }),
            ),
            ("one more host", add(&["www.example.com", "localhost"], 40)),
            ("a host that is there", add(&["example.com"], 50)),
            ("a revocation", revoke(1)),
            ("again", revoke(1)),
            ("of none", revoke(99)),
            ("a host that was there", add(&["example.com"], 50)),
            ("more users", change(HostTermsChange { users: Some(9), ..Default::default() })),
            ("as many", change(HostTermsChange { users: Some(9), ..Default::default() })),
            ("none", change(HostTermsChange { users: Some(0), ..Default::default() })),
        ],
        expect![[r#"
            a key -> host-keys-issued
            the same id -> bad-value: id HK-01040G2081040G2081040G2081 is taken
            no hosts -> bad-value: hosts must be 1 to 1000 in all, not 0
            a host twice -> host-taken: H-000002 has a key for a.example already; revoke that one first, or change its terms
            nobody's -> bad-value: a key for example.com belongs to a customer: name one; only keys for development do without
            an unknown customer -> no-customer: there is no customer C-000007
            an unknown product -> no-product: there is no product "office" that is sold; enter it in the catalog first
            no users -> bad-value: users must be at least 1; only keys for development count nobody
            no window -> bad-value: window_days must be 1 to 366, not 0
            no grace -> bad-value: offline has grace of 1 to 3660 days, not 0
            a short salt -> bad-value: salt must have 16 bytes
            somebody's entitlement -> no-entitlement: customer C-000001 has no entitlement 144GJ-28914-4GJ28-9144G-J2893
            for anybody's development -> host-keys-issued
            one more host -> host-keys-added
            a host that is there -> host-taken: H-000001 has a key for example.com already; revoke that one first, or change its terms
            a revocation -> host-key-revoked
            again -> 
            of none -> host-key-unknown: there is no host key HK-33CDHP6RV3CDHP6RV3CDHP6RV3
            a host that was there -> host-keys-added
            more users -> host-keys-changed
            as many -> 
            none -> bad-value: users must be at least 1; only keys for development count nobody
        "#]],
    );
}

/// One group; who asks on which key, and what is told.
struct Asking {
    scene: Scene,
    told: String,
}

impl Asking {
    fn new(hosts: &[&str], terms: HostTerms) -> Asking {
        let mut scene = Scene::new();
        scene.must(issue(order(hosts, 1, terms)));
        Asking { scene, told: String::new() }
    }

    fn asked(key: u8, user: u8, host_name: &str) -> HostCheckAsked {
        HostCheckAsked {
            key: key_id(key),
            revision: "4.2".into(),
            user: (user != 0).then_some(HostUserId([user; 16])),
            host: host(host_name),
            fresh: HostUserId([200; 16]),
        }
    }

    fn ask(&mut self, key: u8, user: u8, host_name: &str) -> Option<HostCheckFound> {
        let asked = Self::asked(key, user, host_name);
        let found = answer(&mut self.scene, &asked);
        let said = match &found {
            Err(refusal) => refusal.code().to_owned(),
            Ok((recorded, found)) => format!(
                "{}{} {}/{}{}{}",
                if found.valid { "valid" } else { "not valid" },
                found.reason.map(|reason| format!(" {reason}")).unwrap_or_default(),
                found.counted,
                found.allowed,
                if found.user == HostUserId([user; 16]) { "" } else { ", new id" },
                if *recorded == 0 { String::new() } else { format!(", {recorded} recorded") },
            ),
        };
        self.told += &format!("{user} on {key} {host_name}: {said}\n");
        found.ok().map(|(_, found)| found)
    }

    fn later(&mut self, days: u64) {
        self.scene.later(days);
        self.told += &format!("{days} days later\n");
    }
}

/// As a shell answers: what must be recorded is recorded before anything is said.
fn answer(
    scene: &mut Scene,
    asked: &HostCheckAsked,
) -> Result<(usize, HostCheckFound), HostKeyRefusal> {
    let mut recorded = 0;
    for _ in 0..3 {
        let found = scene.office.host_check(asked, scene.now)?;
        if found.records.is_empty() {
            return Ok((recorded, found));
        }
        recorded += found.records.len();
        let events = scene.office.decide(&Command::HostCheck(Box::new(asked.clone())), scene.now);
        scene.apply(&events.unwrap());
    }
    panic!("the same question is never done with");
}

#[test]
fn users_are_counted_once_and_are_forgotten_after_the_window() {
    let mut asking =
        Asking::new(&["example.com", "www.example.com"], terms(2, HostEnforcement::Warn));
    asking.ask(1, 1, "example.com");
    asking.ask(1, 1, "example.com");
    asking.ask(2, 1, "www.example.com");
    asking.ask(1, 2, "example.com");
    asking.ask(1, 3, "example.com");
    asking.ask(1, 3, "example.com");
    asking.ask(1, 4, "example.com");
    asking.later(29);
    asking.ask(1, 4, "example.com");
    asking.later(1);
    asking.ask(1, 4, "example.com");
    asking.ask(1, 5, "example.com");
    asking.ask(9, 5, "example.com");
    asking.ask(1, 5, "example.com.evil.com");
    expect![[r#"
        1 on 1 example.com: valid 1/2, 1 recorded
        1 on 1 example.com: valid 1/2
        1 on 2 www.example.com: valid 1/2
        2 on 1 example.com: valid 2/2, 1 recorded
        3 on 1 example.com: valid over-limit 3/2, 2 recorded
        3 on 1 example.com: valid over-limit 3/2
        4 on 1 example.com: valid over-limit 4/2, 1 recorded
        29 days later
        4 on 1 example.com: valid over-limit 4/2, 2 recorded
        1 days later
        4 on 1 example.com: valid 1/2, new id, 1 recorded
        5 on 1 example.com: valid 2/2, 1 recorded
        5 on 9 example.com: host-key-unknown
        5 on 1 example.com.evil.com: not valid wrong-host 2/2
    "#]]
    .assert_eq(&asking.told);
}

#[test]
fn a_key_that_blocks_turns_new_users_away_and_keeps_the_others() {
    let mut asking = Asking::new(&["*.example.com"], terms(1, HostEnforcement::Block));
    asking.ask(1, 1, "a.example.com");
    asking.ask(1, 2, "b.example.com");
    asking.ask(1, 2, "b.example.com");
    asking.ask(1, 1, "b.example.com");
    asking.later(1);
    asking.ask(1, 2, "b.example.com");
    asking.ask(1, 1, "b.example.com");
    asking.later(30);
    asking.ask(1, 2, "b.example.com");
    asking.ask(1, 1, "example.com");
    expect![[r#"
        1 on 1 a.example.com: valid 1/1, 1 recorded
        2 on 1 b.example.com: not valid over-limit 1/1, 1 recorded
        2 on 1 b.example.com: not valid over-limit 1/1
        1 on 1 b.example.com: valid 1/1
        1 days later
        2 on 1 b.example.com: not valid over-limit 1/1, 1 recorded
        1 on 1 b.example.com: valid 1/1, 1 recorded
        30 days later
        2 on 1 b.example.com: valid 1/1, 1 recorded
        1 on 1 example.com: not valid wrong-host 1/1
    "#]]
    .assert_eq(&asking.told);
}

#[test]
fn an_old_id_is_exchanged_and_a_lost_answer_costs_no_user() {
    let mut asking = Asking::new(&["example.com"], terms(5, HostEnforcement::Warn));
    asking.ask(1, 0, "example.com");
    for _ in 0..3 {
        asking.later(15);
        asking.ask(1, 200, "example.com");
    }
    expect![[r#"
        0 on 1 example.com: valid 1/5, new id, 1 recorded
        15 days later
        200 on 1 example.com: valid 1/5, 1 recorded
        15 days later
        200 on 1 example.com: valid 1/5, new id, 1 recorded
        15 days later
        200 on 1 example.com: valid 1/5, new id, 1 recorded
    "#]]
    .assert_eq(&asking.told);
    let office = &asking.scene.office;
    assert_eq!(office.host_keys().groups()[0].counted(asking.scene.now), 1);
}

#[test]
fn keys_for_development_count_nobody() {
    let mut asking = Asking::new(&["localhost", "127.0.0.1"], terms(1, HostEnforcement::Block));
    asking.ask(1, 1, "localhost");
    asking.ask(2, 2, "127.0.0.1");
    asking.ask(1, 2, "example.com");
    expect![[r#"
        1 on 1 localhost: valid 0/0
        2 on 2 127.0.0.1: valid 0/0
        2 on 1 example.com: not valid wrong-host 0/1
    "#]]
    .assert_eq(&asking.told);
}

#[test]
fn a_key_ends_by_the_books_alone() {
    let end = time("2026-12-01T00:00:00Z");
    let ending = HostTerms { expires: Some(end), ..terms(5, HostEnforcement::Warn) };
    let mut asking = Asking::new(&["example.com"], ending);
    asking.ask(1, 1, "example.com");
    asking.later(30);
    asking.ask(1, 1, "example.com");
    let change = HostTermsChange { expires: Some(None), ..HostTermsChange::default() };
    let (by, group) = ("ann".to_owned(), HostGroupId::FIRST);
    asking.scene.must(Command::HostKey(HostKeyCommand::Change { by, group, change }));
    asking.ask(1, 1, "example.com");
    let (by, key) = ("ann".to_owned(), key_id(1));
    asking.scene.must(Command::HostKey(HostKeyCommand::Revoke { by, key, reason: String::new() }));
    asking.ask(1, 1, "example.com");
    expect![[r#"
        1 on 1 example.com: valid 1/5, 1 recorded
        30 days later
        1 on 1 example.com: not valid expired 0/5
        1 on 1 example.com: valid 1/5, 1 recorded
        1 on 1 example.com: not valid revoked 1/5
    "#]]
    .assert_eq(&asking.told);
    assert!(asking.scene.office.host_key_document(key, None, asking.scene.now).is_err());
}

/// A random play: who asks where, and days that pass.
#[derive(Debug, Clone)]
enum Step {
    Ask { key: u8, user: u8, lost: bool },
    Days(u64),
    Users(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (1..=4u8, 0..12u8, any::<bool>()).prop_map(|(key, user, lost)| Step::Ask { key, user, lost }),
        2 => (0..12u64).prop_map(Step::Days),
        1 => (1..6u32).prop_map(Step::Users),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Users counted are the distinct users of the last days, by a recount of everything that was ever answered; a user of
    /// several hosts of a group counts once; ids may be exchanged and answers lost meanwhile.
    #[test]
    fn counted_is_what_a_recount_gives(steps in prop::collection::vec(step(), 1..80), block in any::<bool>()) {
        let enforcement = if block { HostEnforcement::Block } else { HostEnforcement::Record };
        let mut scene = Scene::new();
        // Two groups of two keys each.
        scene.must(issue(order(&["a.example", "b.example"], 1, terms(3, enforcement))));
        scene.must(issue(order(&["a.example", "b.example"], 3, terms(3, enforcement))));
        let hosts = ["a.example", "b.example"];
        // What each installation has as its id, by group; on which days each was let in.
        let mut ids: BTreeMap<(u8, u8), HostUserId> = BTreeMap::new();
        let mut days: BTreeMap<u8, BTreeSet<(u16, u8)>> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Days(days) => scene.later(days),
                Step::Users(users) => {
                    let change = HostTermsChange { users: Some(users), ..Default::default() };
                    let (by, group) = ("ann".to_owned(), HostGroupId::FIRST);
                    let command = HostKeyCommand::Change { by, group, change };
                    scene.office.decide(&Command::HostKey(command), scene.now).unwrap().iter()
                        .for_each(|event| scene.office.apply(event, scene.now));
                }
                Step::Ask { key, user, lost } => {
                    let group = (key - 1) / 2;
                    let id = *ids.entry((group, user)).or_insert(HostUserId([user + 1; 16]));
                    let asked = HostCheckAsked {
                        key: key_id(key),
                        revision: "1".into(),
                        user: Some(id),
                        host: host(hosts[usize::from((key - 1) % 2)]),
                        fresh: HostUserId([250; 16]),
                    };
                    let (_, found) = answer(&mut scene, &asked).unwrap();
                    if !lost {
                        ids.insert((group, user), found.user);
                    }
                    let today = u16::try_from(scene.now.as_millis() / 86_400_000).unwrap();
                    if found.valid {
                        days.entry(group).or_default().insert((today, user));
                    }
                    let recounted: BTreeSet<u8> = days.get(&group).into_iter().flatten()
                        .filter(|(day, _)| day + 30 > today).map(|(_, user)| *user).collect();
                    prop_assert_eq!(found.counted as usize, recounted.len());
                    if block && group == 1 {
                        prop_assert!(found.counted <= 3);
                    }
                }
            }
            for group in scene.office.host_keys().groups() {
                let (counted, beyond) = (group.counted(scene.now), group.beyond(scene.now));
                prop_assert!(beyond <= counted);
                let by_day: u32 = group.days(scene.now).iter().map(|(_, users)| users).sum();
                prop_assert_eq!(by_day, counted);
            }
        }
    }
}

/// Nobody fills the office's memory by inventing users.
#[test]
fn invented_users_are_not_kept_without_end() {
    let mut scene = Scene::new();
    scene.must(issue(order(&["a.example"], 1, terms(1, HostEnforcement::Warn))));
    invent(&mut scene, 0..3_000);
    let group = &scene.office.host_keys().groups()[0];
    assert_eq!(group.users.kept(), 1_010);
    scene.now = scene.now.plus(DAY * 31);
    assert_eq!(scene.office.host_keys().groups()[0].counted(scene.now), 0);
    // Those of the window before are not in the way of those who come now.
    invent(&mut scene, 5_000..5_002);
    let group = &scene.office.host_keys().groups()[0];
    assert_eq!((group.counted(scene.now), group.users.kept()), (2, 2));
}

/// So many users that nobody has seen before start the application.
fn invent(scene: &mut Scene, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let mut user = [9; 16];
        user[..4].copy_from_slice(&number.to_be_bytes());
        let asked = HostCheckAsked {
            key: key_id(1),
            revision: String::new(),
            user: Some(HostUserId(user)),
            host: host("a.example"),
            fresh: HostUserId([1; 16]),
        };
        let found = scene.office.host_check(&asked, scene.now).unwrap();
        assert!(found.valid);
        for event in &found.records {
            scene.office.apply(event, scene.now);
        }
    }
}
