//! A license server gets its items by signed updates while it serves: the way from the file to a seat.

#[path = "../../document/tests/support/publisher.rs"]
mod publisher;

use publisher::{Publisher, now as today, server_key};
use tenure_container::{Birth, Container, Reading, next_hash, open_update};
use tenure_document::{
    Attachments, ContainerId, ContainerKind, Count, Hash, Holder, HostId, HostIdType, Item,
    Numbered, Op, Signer, Update, Version,
};
use tenure_leasing::{Checkout, Command, Event, FeatureRequest, Leasing, Now, Refusal};

fn now() -> Now {
    Now { at: today(), reading: Reading { wall: today(), since_boot_ms: 1_000 } }
}

fn server(publisher: &Publisher) -> Leasing {
    let birth = Birth {
        id: ContainerId([7; 16]),
        name: "site".into(),
        kind: ContainerKind::Server,
        key: server_key(9).public().clone(),
        root: publisher.pin(),
        keysets: vec![publisher.keyset_envelope().to_json()],
        keyset_version: 1,
        ratchet: Hash::ZERO,
        at: now().reading,
    };
    Leasing::new(Container::new(birth), 42)
}

fn update(id: ContainerId, count: u32) -> Update {
    let mut item = Item::new("i1", "cad", Version::new(2, 0, 0), Count::Counted(count));
    item.product = "cad-pro".into();
    let op = Op::Add { item };
    let to_hash = next_hash(&Hash::ZERO, 1, &op);
    Update {
        id,
        generation: 1,
        from_sequence: 0,
        from_hash: Hash::ZERO,
        ops: vec![Numbered { sequence: 1, op_id: "op-1".into(), op }],
        to_sequence: 1,
        to_hash,
        issued: today(),
        expires: None,
        attachments: Attachments::default(),
    }
}

/// Applies an update; answers how many events it made.
fn apply(state: &mut Leasing, publisher: &Publisher, update: &Update) -> Result<usize, Refusal> {
    let trust = state.container().trust().expect("the container's own papers hold");
    let opened = open_update(trust, &publisher.seal_update(update), today(), [3; 32])?;
    let events = state.decide(&Command::ApplyUpdate(Box::new(opened)), now())?;
    events.iter().for_each(|event| state.apply(event, now().at));
    Ok(events.len())
}

fn seats_granted(state: &Leasing, count: u32) -> bool {
    let host = HostId::new(HostIdType::String, "ws1").expect("a host");
    let features = vec![FeatureRequest::new("cad", Version::new(1, 0, 0), count)];
    let asked = Command::Checkout(Checkout::new(Holder::of(host), features));
    let events = state.decide(&asked, now()).expect("a decision");
    events.iter().any(|event| matches!(event, Event::Granted(_)))
}

#[test]
fn an_update_brings_seats_once_and_only_to_its_own_container() {
    let publisher = Publisher::new(0);
    let mut state = server(&publisher);
    assert!(!seats_granted(&state, 1));

    let foreign = apply(&mut state, &publisher, &update(ContainerId([8; 16]), 5));
    assert_eq!(foreign.map_err(|refusal| refusal.code()), Err("wrong-container"));
    assert!(!seats_granted(&state, 1));

    let ours = update(ContainerId([7; 16]), 5);
    assert!(apply(&mut state, &publisher, &ours).is_ok_and(|events| events > 0));
    assert!(seats_granted(&state, 5) && !seats_granted(&state, 6));
    assert_eq!(apply(&mut state, &publisher, &ours), Ok(0), "the same file again is a success");

    let forked = apply(&mut state, &publisher, &update(ContainerId([7; 16]), 500));
    assert_eq!(forked.map_err(|refusal| refusal.code()), Err("fork"));
    assert!(!seats_granted(&state, 6));
}
