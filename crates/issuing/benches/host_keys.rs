//! What counting users of host keys costs: memory for each counted user, checks per second, the time to store and restore.
//!
//! `cargo bench -p tenure-issuing --bench host_keys` prints the figures for a million users of one group, and fails above
//! 100 bytes a user. `HOST_USERS` makes it smaller. Signatures, ledger and HTTP are `tenure bench --host-checks`.

use std::hint::black_box;
use std::time::{Duration, Instant};
use tenure_document::{Bytes, HostKeyId, HostUserId, Time};
use tenure_issuing::office::*;

/// The most that a counted user may take.
const BYTES_MAX: f64 = 100.0;

fn users() -> u32 {
    let text = std::env::var("HOST_USERS").unwrap_or_default();
    text.parse().unwrap_or(1_000_000)
}

/// Resident memory of this process, in bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
    let started = Instant::now();
    let done = work();
    (done, started.elapsed())
}

fn shop(allowed: u32, at: Time) -> Office {
    let mut office = Office::new(OfficeBirth { publisher: "Bench".into(), at });
    let product =
        r#"{"name":"cad","version":"1.0","features":[{"feature":"cad","version":"1.0"}]}"#;
    let orders = [
        format!(r#"{{"catalog":{{"set-product":{{"by":"b","product":{product}}}}}}}"#),
        r#"{"customer":{"make":{"by":"b","facts":{"name":"Customer"}}}}"#.to_owned(),
    ];
    for order in orders {
        let command: Command = serde_json::from_str(&order).expect("a command");
        run(&mut office, &command, at);
    }
    let order = HostKeyOrder {
        by: "b".into(),
        customer: CustomerId::new(1),
        product: "cad".into(),
        entitlement: None,
        terms: HostTerms { users: allowed, ..HostTerms::default() },
        notes: String::new(),
        salt: Bytes(vec![5; 16]),
        keys: vec![HostKeyMade {
            id: HostKeyId([1; 16]),
            host: "example.com".parse().expect("a host"),
        }],
        own: false,
    };
    run(&mut office, &Command::HostKey(HostKeyCommand::Issue(order)), at);
    office
}

fn run(office: &mut Office, command: &Command, at: Time) -> usize {
    let events = office.decide(command, at).expect("not refused");
    events.iter().for_each(|event| office.apply(event, at));
    events.len()
}

fn asks(number: u32) -> Command {
    let mut user = [7; 16];
    user[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    Command::HostCheck(Box::new(HostCheckAsked {
        key: HostKeyId([1; 16]),
        revision: "4.2".into(),
        user: Some(HostUserId(user)),
        host: "example.com".parse().expect("a host"),
        fresh: HostUserId([0; 16]),
    }))
}

fn main() {
    let (count, at) = (users(), Time::from_millis(1_767_600_000_000));
    let mut office = shop(count, at);
    let before = resident();
    let pass = |office: &mut Office, what: &str, at: Time| {
        let (recorded, took) =
            timed(|| (0..count).map(|number| run(office, &asks(number), at)).sum::<usize>());
        println!(
            "{what}: {recorded} recorded, {:.0} checks/s",
            f64::from(count) / took.as_secs_f64()
        );
    };
    pass(&mut office, "first start of each user", at);
    let each = (resident() - before) as f64 / f64::from(count);
    println!("memory: {each:.1} bytes for each of {count} counted users");
    pass(&mut office, "second start on the same day", at);
    pass(&mut office, "first start on the next day", at.plus(Duration::from_secs(86_400)));
    let (text, took) = timed(|| serde_json::to_vec(&office).expect("a state is JSON"));
    println!("stored in {took:?}, {:.1} bytes a user", text.len() as f64 / f64::from(count));
    let (again, took) = timed(|| serde_json::from_slice::<Office>(&text).expect("a state"));
    println!("restored in {took:?}");
    assert!(black_box(again) == office, "a restored office is the same");
    assert!(each <= BYTES_MAX, "{each:.1} bytes a user, the most is {BYTES_MAX}");
}
