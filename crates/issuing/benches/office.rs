//! What the office costs at its size: 100,000 containers and 1,000,000 activations, all confirmed.
//!
//! `cargo bench -p tenure-issuing` prints memory, the time to store and to restore it, exchanges per second (decided and
//! applied, without signatures, ledger and HTTP), and an update of 1,000 items made, applied and receipted. One run of
//! each says enough: nothing here is gated by time. `OFFICE_CONTAINERS` makes it smaller.

use std::hint::black_box;
use std::time::{Duration, Instant};
use tenure_container::{Birth, Container, Reading};
use tenure_document::{
    ActivationId, ContainerId, ContainerKind, Context, Hash, HeldItem, KeyId, RootPin, SeedSigner,
    Signer, Time, Verified, seal, verify_self_signed_context,
};
use tenure_issuing::office::*;

const START: i64 = 1_767_600_000_000;
/// Activations of each container.
const EACH: u32 = 10;
/// Containers that an entitlement has units for.
const GROUP: u32 = 100;

fn now() -> Time {
    Time::from_millis(START)
}

fn containers() -> u32 {
    let text = std::env::var("OFFICE_CONTAINERS").unwrap_or_default();
    text.parse().unwrap_or(100_000)
}

fn id(number: u32) -> ContainerId {
    let mut bytes = [7; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes[8..12].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    ContainerId(bytes)
}

fn entitlement(number: u32) -> ActivationId {
    let mut bytes = [3; 15];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    ActivationId::from_entropy(bytes)
}

fn key_id() -> KeyId {
    KeyId(Hash::of(b"certifier"))
}

fn signer() -> SeedSigner {
    SeedSigner::ed25519(&[9; 32]).expect("a key")
}

fn run(office: &mut Office, command: &Command, at: Time) -> Vec<Event> {
    let events = office.decide(command, at).expect("not refused");
    events.iter().for_each(|event| office.apply(event, at));
    events
}

fn order(office: &mut Office, text: &str) {
    let command: Command = serde_json::from_str(text).expect("a command");
    run(office, &command, now());
}

/// An office that sells one product to many customers.
fn shop(customers: u32) -> Office {
    let mut office = Office::new(OfficeBirth { publisher: "Bench".into(), at: now() });
    order(&mut office, r#"{"catalog":{"set-model":{"by":"b","model":{"name":"perpetual"}}}}"#);
    let product =
        r#"{"name":"cad","version":"1.0","features":[{"feature":"cad","version":"1.0"}]}"#;
    let set = format!(r#"{{"catalog":{{"set-product":{{"by":"b","product":{product}}}}}}}"#);
    order(&mut office, &set);
    for number in 0..customers {
        let facts = format!(r#"{{"name":"Customer {number}"}}"#);
        order(&mut office, &format!(r#"{{"customer":{{"make":{{"by":"b","facts":{facts}}}}}}}"#));
        let line = r#"{"product":{"product":"cad","version":"1.0"},"model":"perpetual","quantity":1000000}"#;
        let make = format!(
            r#"{{"by":"b","id":"{}","customer":"C-{:06}","order":{{"reference":"o","lines":[{line}]}}}}"#,
            entitlement(number),
            number + 1
        );
        order(&mut office, &format!(r#"{{"entitlement":{{"make":{make}}}}}"#));
    }
    office
}

fn choices(number: u32, count: u32) -> Vec<Choice> {
    let one = Choice { activation_id: entitlement(number / GROUP), line: 1, quantity: 1 };
    (0..count).map(|_| one.clone()).collect()
}

/// A container that was met, given its units, and said that it has them.
fn furnish(office: &mut Office, number: u32) {
    let (id, at) = (id(number), now());
    let met = ContainerMet {
        by: Asker::System,
        id,
        generation: 1,
        name: format!("device {number}").into(),
        kind: ContainerKind::Bound,
        key: signer().public().clone(),
        anchored: false,
    };
    office.apply(&Event::ContainerMet(met), at);
    let choices = choices(number, EACH);
    let activate = ActivationCommand::Activate { by: Asker::System, container: id, choices };
    run(office, &Command::Activation(activate), at);
    // As long as a certificate with a hybrid signature is.
    let certificate = Some(("x".repeat(6_000), key_id()));
    let push = ContainerCommand::Push { by: Asker::System, id, certificate };
    run(office, &Command::Container(push), at);
    let sequence = office.fleet().get(id).map_or(0, |one| one.history.issued());
    let confirmed = office.activations().of_container(id).map(|one| one.no).collect();
    let acknowledged = Acknowledged {
        id,
        sequence,
        confirmed,
        removed: Vec::new(),
        short: Vec::new(),
        by_receipt: true,
        said_at: None,
    };
    office.apply(&Event::Acknowledged(acknowledged), at);
}

/// The context of a container that has everything that was issued to it.
fn context(office: &Office, number: u32, at: Time) -> Verified<Context> {
    let container = office.fleet().get(id(number)).expect("it was met");
    let history = &container.history;
    let held = |one: &Activation| HeldItem {
        id: format!("{}.0", one.no),
        feature: "cad".into(),
        version: "1.0".parse().expect("a version"),
        count: tenure_document::Count::Counted(1),
        consumed: 0,
    };
    let context = Context {
        id: container.id,
        generation: 1,
        sequence: history.issued(),
        history_hash: history.head(),
        name: container.name.to_string(),
        kind: container.kind,
        key: container.key.clone(),
        items: office.activations().of_container(container.id).map(held).collect(),
        ratchet: Hash::of(&number.to_be_bytes()),
        pending: Vec::new(),
        transfers: Vec::new(),
        moves: Vec::new(),
        moved: 0,
        binding: None,
        machine: None,
        vouch: None,
        time_high_water: at,
        keyset_version: 1,
        revocation_sequence: 0,
        nonce: vec![1; 16].into(),
        at,
    };
    verify_self_signed_context(&seal(&context, &[&signer()])).expect("its own signature")
}

/// Resident memory of this process in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: usize = statm.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
    pages * 4_096
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn timed<T>(what: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let result = what();
    (result, began.elapsed())
}

fn size() -> Office {
    let count = containers();
    let before = resident();
    let (office, took) = timed(|| {
        let mut office = shop(count.div_ceil(GROUP));
        (0..count).for_each(|number| furnish(&mut office, number));
        office
    });
    let bytes = resident() - before;
    println!(
        "{} containers with {} activations: {} MB, {} bytes per container with its {EACH} activations; built in {took:?}",
        office.fleet().count(),
        office.activations().count(),
        bytes / 1_000_000,
        bytes / count as usize
    );
    let (text, written) = timed(|| serde_json::to_vec(&office).expect("a state is JSON"));
    drop(office);
    let (restored, read) = timed(|| serde_json::from_slice::<Office>(&text).expect("a state"));
    println!(
        "stored state: {} MB, written in {written:?}, restored in {read:?}",
        text.len() / 1_000_000
    );
    restored
}

/// Exchanges per second; `claims` of one unit each.
fn exchanges(office: &mut Office, claims: u32, what: &str) {
    let at = now().plus(Duration::from_secs(u64::from(claims) + 1));
    let count = containers().min(20_000);
    let commands: Vec<Command> = (0..count)
        .map(|number| {
            let context = context(office, number, at);
            let by = Asker::Portal { activation_id: entitlement(number / GROUP) };
            let claims = choices(number, claims);
            Command::Exchange(Box::new(Exchange { context, by, certificate: None, claims }))
        })
        .collect();
    let (events, took) =
        timed(|| commands.iter().map(|one| run(office, one, at).len()).sum::<usize>());
    let each = took / count;
    println!(
        "exchange, {what}: {each:?} each, {:.0} per second ({events} events)",
        1.0 / each.as_secs_f64()
    );
    let (bytes, took) = timed(|| {
        let updates = (0..count).filter_map(|number| office.update_for(id(number), at));
        updates
            .map(|update| black_box(serde_json::to_vec(&update).unwrap_or_default()).len())
            .sum::<usize>()
    });
    println!("  its update: {:?} to make, {} bytes", took / count, bytes / count as usize);
}

/// A thousand items into a new container and back: made, signed, applied, receipted.
fn thousand() {
    let mut office = shop(1);
    let identity = signer();
    let root = SeedSigner::hybrid(&[1; 32], &[2; 32]).expect("a key");
    let mut device = Container::new(Birth {
        id: ContainerId([5; 16]),
        name: "big".into(),
        kind: ContainerKind::Bound,
        key: identity.public().clone(),
        root: RootPin(Hash::of(b"root")),
        keysets: Vec::new(),
        keyset_version: 1,
        ratchet: Hash::ZERO,
        at: Reading { wall: now(), since_boot_ms: 1 },
    });
    let first = verify_self_signed_context(&seal(&device.context(now(), |_| 0), &[&identity]));
    let exchange = |context, claims| {
        let certificate = Some(("x".into(), key_id()));
        Command::Exchange(Box::new(Exchange { context, by: Asker::System, certificate, claims }))
    };
    run(&mut office, &exchange(first.expect("its own signature"), Vec::new()), now());
    for _ in 0..5 {
        let choices = choices(0, 200);
        let container = device.id();
        let activate = ActivationCommand::Activate { by: Asker::System, container, choices };
        run(&mut office, &Command::Activation(activate), now());
    }
    let later = now().plus(Duration::from_secs(60));
    let (bytes, took) = timed(|| {
        let context =
            verify_self_signed_context(&seal(&device.context(later, |_| 0), &[&identity]));
        run(&mut office, &exchange(context.expect("its own signature"), Vec::new()), later);
        let update = office.update_for(device.id(), later).expect("an update");
        let envelope = seal(&update, &[&root]);
        let bytes = envelope.to_json().len();
        let ops = update.ops.len();
        apply(&mut device, update);
        assert_eq!(device.items().len(), 1_000, "{ops} operations");
        let receipt = seal(&device.receipt(later), &[&identity]);
        let receipt = tenure_document::verify_signed_by(&receipt, device.key()).expect("its own");
        let by = Asker::System;
        run(&mut office, &Command::Receipt(Box::new(ReceiptIn { receipt, by })), later);
        bytes
    });
    let confirmed = office.activations().of_container(device.id());
    let confirmed = confirmed.filter(|one| one.state == ActivationState::Confirmed).count();
    println!(
        "an update of 1,000 items ({bytes} bytes, {confirmed} confirmed): made, signed, applied and receipted in {took:?}"
    );
}

/// Applies operations as the container does once signatures are checked; a publisher's chain of keys is not needed here.
fn apply(device: &mut Container, update: tenure_document::Update) {
    let event = tenure_container::ContainerEvent::Updated {
        ops: update.ops,
        acknowledged: update.from_sequence,
        history_hash: update.to_hash,
        issued: Some(update.issued),
        ratchet: Hash::of(b"next"),
    };
    device.apply(&event);
}

fn main() {
    thousand();
    let mut office = size();
    exchanges(&mut office, 0, "nothing new");
    exchanges(&mut office, 1, "one unit activated");
    exchanges(&mut office, 3, "three units activated");
}
