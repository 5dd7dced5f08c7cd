//! Whether items may be used, what keeps them usable, the pool of a license server, and new generations.

use expect_test::{Expect, expect};
use tenure_container::{Container, Reading};
use tenure_document::{
    ContainerId, ContainerKind, Count, Expiry, Hash, Item, MachineKind, Moves, Op, Permission,
    Pool, PoolBasis, RevokedContainer, SeedSigner, Signer, Time, Tolerance, seal,
};

#[path = "support/devices.rs"]
mod devices;

use devices::{DAY, Device, Publisher, add, at, movable, nonce, reading};

const FREE: Moves = Moves { times: None, days_between: 0, within_account: false, hop_only: false };

fn item(id: &str, change: impl Fn(&mut Item)) -> Item {
    let mut item = Item::new(id, "cad", "2.0".parse().unwrap(), Count::Counted(5));
    change(&mut item);
    item
}

/// What may be used at these instants, on this machine.
fn check(container: &Container, machine: MachineKind, readings: &[Reading], expected: Expect) {
    let mut shown = String::new();
    for now in readings {
        let rights = container.rights(*now);
        for item in container.items() {
            shown += &match container.usable(item, rights, machine) {
                Ok(usable) => {
                    let until =
                        usable.until.map_or("for ever".into(), |until| format!("until {until}"));
                    format!(
                        "{} {}: {until}{}\n",
                        now.wall,
                        item.id,
                        if usable.in_grace { ", in grace" } else { "" }
                    )
                }
                Err(why) => format!("{} {}: {}: {why}\n", now.wall, item.id, why.code()),
            };
        }
    }
    expected.assert_eq(&shown);
}

#[test]
fn dates_grace_and_checkpoints() {
    let publisher = Publisher::new();
    let mut device = publisher.device(1, ContainerKind::Bound, None);
    let items = [
        item("always", |_| {}),
        item("later", |item| item.start = Some(at(50))),
        item("grace", |item| (item.expiry, item.grace_days) = (Expiry::At(at(20)), 5)),
        item("seen", |item| item.checkpoint_days = 30),
    ];
    let ops = items.into_iter().map(|item| Op::Add { item }).collect();
    device.order(&publisher, ops).unwrap();
    check(
        &device.container,
        MachineKind::Physical,
        &[reading(2), reading(22), reading(31), reading(60)],
        expect![[r#"
            2024-10-06T00:00:00Z always: for ever
            2024-10-06T00:00:00Z grace: until 2024-10-29T00:00:00Z
            2024-10-06T00:00:00Z later: not-started: item "later" begins at 2024-11-23T00:00:00Z
            2024-10-06T00:00:00Z seen: until 2024-11-03T00:00:00Z
            2024-10-26T00:00:00Z always: for ever
            2024-10-26T00:00:00Z grace: until 2024-10-29T00:00:00Z, in grace
            2024-10-26T00:00:00Z later: not-started: item "later" begins at 2024-11-23T00:00:00Z
            2024-10-26T00:00:00Z seen: until 2024-11-03T00:00:00Z
            2024-11-04T00:00:00Z always: for ever
            2024-11-04T00:00:00Z grace: expired: item "grace" ended at 2024-10-29T00:00:00Z; renew it at the publisher and apply the update
            2024-11-04T00:00:00Z later: not-started: item "later" begins at 2024-11-23T00:00:00Z
            2024-11-04T00:00:00Z seen: checkpoint-overdue: item "seen" needs a word from the publisher every 30 days, the last one is of 2024-10-04T00:00:00Z: exchange with the publisher
            2024-12-03T00:00:00Z always: for ever
            2024-12-03T00:00:00Z grace: expired: item "grace" ended at 2024-10-29T00:00:00Z; renew it at the publisher and apply the update
            2024-12-03T00:00:00Z later: for ever
            2024-12-03T00:00:00Z seen: checkpoint-overdue: item "seen" needs a word from the publisher every 30 days, the last one is of 2024-10-04T00:00:00Z: exchange with the publisher
        "#]],
    );
    // A push without anything new is a word of the publisher, an older file is none.
    let word = device.update(&[], at(28));
    assert_eq!(device.apply_update(&publisher, &word, reading(29)).unwrap().len(), 2);
    assert_eq!(device.apply_update(&publisher, &word, reading(30)).unwrap(), []);
    let older = device.update(&[], at(27));
    assert_eq!(device.apply_update(&publisher, &older, reading(30)).unwrap(), []);
    assert_eq!(device.container.last_contact(), Some(at(28)));
    check(
        &device.container,
        MachineKind::Physical,
        &[reading(31)],
        expect![[r#"
        2024-11-04T00:00:00Z always: for ever
        2024-11-04T00:00:00Z grace: expired: item "grace" ended at 2024-10-29T00:00:00Z; renew it at the publisher and apply the update
        2024-11-04T00:00:00Z later: not-started: item "later" begins at 2024-11-23T00:00:00Z
        2024-11-04T00:00:00Z seen: until 2024-12-01T00:00:00Z
    "#]],
    );
    // The clock is turned back beyond what is forgiven: what has ended stays ended.
    let turned = Reading { wall: at(10), since_boot_ms: 40 * DAY };
    check(
        &device.container,
        MachineKind::Physical,
        &[turned],
        expect![[r#"
        2024-10-14T00:00:00Z always: for ever
        2024-10-14T00:00:00Z grace: clock-behind: the clock of this machine is 2505600000 ms behind the time that is known to have passed, and item "grace" ended by that: set the clock right, or fetch an update with a signed time
        2024-10-14T00:00:00Z later: not-started: item "later" begins at 2024-11-23T00:00:00Z
        2024-10-14T00:00:00Z seen: until 2024-12-01T00:00:00Z
    "#]],
    );
}

#[test]
fn machines_kinds_and_revocation() {
    let publisher = Publisher::new();
    let virtual_denied = |item: &mut Item| item.virtual_machines = Permission::Deny;
    let hop = Moves { hop_only: true, ..FREE };
    let ops = || {
        vec![
            Op::Add { item: item("real", virtual_denied) },
            add("hop", 1, hop),
            Op::Add { item: item("trial", |item| item.expiry = Expiry::At(at(100))) },
        ]
    };
    let with = |number: u8, kind: ContainerKind| {
        let mut device = publisher.device(number, kind, None);
        device.order(&publisher, ops()).unwrap();
        device
    };
    let now = [reading(3)];
    let portable = with(1, ContainerKind::Portable);
    check(
        &portable.container,
        MachineKind::Unknown,
        &now,
        expect![[r#"
        2024-10-07T00:00:00Z hop: carried: item "hop" is only carried here: move it to the machine that uses it
        2024-10-07T00:00:00Z real: for ever
        2024-10-07T00:00:00Z trial: until 2025-01-12T00:00:00Z
    "#]],
    );
    let unbound = with(2, ContainerKind::Unbound);
    check(
        &unbound.container,
        MachineKind::Container,
        &now,
        expect![[r#"
        2024-10-07T00:00:00Z hop: trial-only: item "hop" has no end, and this container holds trials only: activate it on a bound one
        2024-10-07T00:00:00Z real: virtual: item "real" may not be used on a virtual machine or in a container runtime
        2024-10-07T00:00:00Z trial: until 2025-01-12T00:00:00Z
    "#]],
    );
    let mut bound = with(3, ContainerKind::Bound);
    let mut list = bound.update(&[], at(1));
    list.attachments.revocation = Some(publisher.revocation(1, bound.id(), 1));
    bound.apply_update(&publisher, &list, reading(3)).unwrap();
    check(
        &bound.container,
        MachineKind::Physical,
        &now,
        expect![[r#"
        2024-10-07T00:00:00Z hop: revoked-container: the publisher revoked this container; ask the publisher about a replacement
        2024-10-07T00:00:00Z real: revoked-container: the publisher revoked this container; ask the publisher about a replacement
        2024-10-07T00:00:00Z trial: revoked-container: the publisher revoked this container; ask the publisher about a replacement
    "#]],
    );
}

#[test]
fn a_long_revocation_list_arrives() {
    let publisher = Publisher::new();
    let mut device = publisher.device(1, ContainerKind::Bound, None);
    let strange = (0..1_000_u32).map(|number| {
        let mut id = [0xee; 16];
        id[..4].copy_from_slice(&number.to_be_bytes());
        RevokedContainer { container: ContainerId(id), generation: 1 }
    });
    let own = RevokedContainer { container: device.id(), generation: 1 };
    let text = publisher.revocation_of(1, strange.chain([own]).collect());
    assert!(text.len() > 64 * 1024, "{}", text.len());
    let mut update = device.update(&[], at(1));
    update.attachments.revocation = Some(text);
    device.apply_update(&publisher, &update, reading(2)).unwrap();
    assert!(device.container.is_revoked());
}

#[test]
fn a_revocation_list_that_came_in_two_steps_is_held_as_one() {
    let publisher = Publisher::new();
    let mut device = publisher.device(1, ContainerKind::Bound, None);
    let strange = ContainerId([0xee; 16]);
    let bring = |device: &mut Device, sequence: u64| {
        let mut update = device.update(&[], at(1));
        update.attachments.revocation = Some(publisher.revocation(sequence, strange, 1));
        device.apply_update(&publisher, &update, reading(2)).map_err(|refusal| refusal.code())
    };
    assert_eq!(bring(&mut device, 10_001).unwrap_err(), "fast-forward");
    bring(&mut device, 10_000).unwrap();
    bring(&mut device, 10_001).unwrap();
    let trust = device.container.trust().unwrap();
    assert_eq!(trust.revocation_sequence(), 10_001);
    assert!(trust.is_revoked_container(strange, 1));
    bring(&mut device, 20_001).unwrap();
    assert_eq!(bring(&mut device, 30_002).unwrap_err(), "fast-forward");
}

#[test]
fn the_strictest_binding_counts() {
    let publisher = Publisher::new();
    let mut device = publisher.device(1, ContainerKind::Bound, None);
    assert_eq!(device.container.tolerance(), None);
    for (id, binding) in
        [("a", Tolerance::Loose), ("b", Tolerance::Strict), ("c", Tolerance::Medium)]
    {
        let item = item(id, |item| item.binding = Some(binding));
        device.order(&publisher, vec![Op::Add { item }]).unwrap();
    }
    assert_eq!(device.container.tolerance(), Some(Tolerance::Strict));
}

/// An update of a license server with its pool document.
fn with_pool(
    publisher: &Publisher,
    device: &Device,
    more: &[Op],
    (issued, until): (Time, Option<Time>),
    change: impl Fn(&mut Pool),
) -> tenure_document::Update {
    let mut update = device.update(more, issued);
    let mut after = Device { ops: Vec::new(), ..device.clone() };
    after.ops = device.ops.clone();
    after.order(publisher, more.to_vec()).unwrap();
    let history_hash = update.to_hash;
    let mut pool = Pool {
        server: device.id(),
        sequence: update.to_sequence,
        previous: Hash::ZERO,
        items: after.container.items().cloned().collect(),
        issued,
        valid_until: until,
        basis: Some(PoolBasis { generation: 1, history_hash }),
    };
    change(&mut pool);
    update.attachments.pool = Some(seal(&pool, &[&publisher.keys[0]]).to_json());
    update
}

#[test]
fn a_pool_says_what_the_update_leads_to_and_until_when() {
    let publisher = Publisher::new();
    let mut server = publisher.device(1, ContainerKind::Server, None);
    let ops = [add("i1", 5, FREE), Op::Add { item: item("i2", |_| {}) }];
    let until = Some(at(40));
    let altered: [fn(&mut Pool); 5] = [
        |pool| drop(pool.items.pop()),
        |pool| pool.items[0].count = Count::Counted(6),
        |pool| pool.sequence -= 1,
        |pool| pool.basis = None,
        |pool| pool.items.push(pool.items[0].clone()),
    ];
    for alter in altered {
        let update = with_pool(&publisher, &server, &ops, (at(1), until), alter);
        let before = server.container.clone();
        let refusal = server.apply_update(&publisher, &update, reading(2)).unwrap_err();
        assert_eq!((refusal.code(), &server.container), ("malformed-update", &before));
    }
    let update = with_pool(&publisher, &server, &ops, (at(1), until), |_| {});
    server.apply_update(&publisher, &update, reading(2)).unwrap();
    server.ops.extend(ops);
    assert_eq!(server.container.pool(), update.attachments.pool.as_deref());
    check(
        &server.container,
        MachineKind::Unknown,
        &[reading(3), reading(40)],
        expect![[r#"
        2024-10-07T00:00:00Z i1: until 2024-11-13T00:00:00Z
        2024-10-07T00:00:00Z i2: until 2024-11-13T00:00:00Z
        2024-11-13T00:00:00Z i1: pool-ended: the publisher's permit to serve ended at 2024-11-13T00:00:00Z: exchange with the publisher
        2024-11-13T00:00:00Z i2: pool-ended: the publisher's permit to serve ended at 2024-11-13T00:00:00Z: exchange with the publisher
    "#]],
    );
    let renewed = with_pool(&publisher, &server, &[], (at(30), Some(at(70))), |_| {});
    server.apply_update(&publisher, &renewed, reading(31)).unwrap();
    server.apply_update(&publisher, &update, reading(31)).unwrap();
    assert_eq!(server.container.pool(), renewed.attachments.pool.as_deref(), "the newer one stays");
    // Two units leave without the office: its pool still lists them.
    let mut target = publisher.device(2, ContainerKind::Bound, None);
    let booked = with_pool(&publisher, &server, &[], (at(32), None), |_| {});
    let request = target.request(1, "i1", 5).unwrap();
    server.send(&request).unwrap();
    assert_eq!(server.container.items().len(), 1);
    server.apply_update(&publisher, &booked, reading(33)).unwrap();
    assert_eq!(server.container.pool(), booked.attachments.pool.as_deref());
}

#[test]
fn a_new_generation_keeps_working_until_the_office_begins_anew() {
    let publisher = Publisher::new();
    let mut device = publisher.device(1, ContainerKind::Bound, None);
    let mut target = publisher.device(2, ContainerKind::Bound, None);
    device.order(&publisher, vec![add("i1", 5, FREE), add("i2", 1, FREE)]).unwrap();
    let request = target.request(1, "i1", 2).unwrap();
    let transfer = device.send(&request).unwrap();
    device.request(2, "i9", 1).unwrap();
    let old = device.signer.clone();
    let new = SeedSigner::ed25519(&[90; 32]).unwrap();
    let events = device.container.regenerate(new.public(), Hash::of(b"new"), Some(old.as_ref()));
    device.play(&events);
    device.signer = std::sync::Arc::new(new);
    let context = device.container.context(at(3), |_| 0);
    assert!(context.is_vouched_by(old.public()) && context.key == *device.signer.public());
    assert_eq!((context.generation, context.sequence, context.history_hash), (2, 0, Hash::ZERO));
    assert_eq!((context.items.len(), context.transfers.len(), context.moves.len()), (2, 0, 1));
    assert!(device.container.is_carried_over());
    // A copy may have settled what was on its way: only the office knows.
    let refusal = target.refuse(1).unwrap();
    assert_eq!(device.settle(&refusal).map_err(|fault| fault.code()), Err("left-to-office"));
    let mut third = publisher.device(3, ContainerKind::Bound, None);
    let asked = third.request(3, "i1", 1).unwrap();
    assert_eq!(device.send(&asked).map_err(|fault| fault.code()), Err("not-certified"));
    // An update of the generation before is not applied any more.
    let stale = {
        let mut update = device.update(&[], at(4));
        update.generation = 1;
        update
    };
    let refused = device.apply_update(&publisher, &stale, reading(4)).map_err(|why| why.code());
    assert_eq!(refused, Err("wrong-generation"));
    device.ops.clear();
    device.certify(&publisher, None);
    device.order(&publisher, vec![add("i1", 3, FREE), Op::Refund { nonce: nonce(1) }]).unwrap();
    assert!(!device.container.is_carried_over());
    assert_eq!((device.held("i1"), device.held("i2")), (5, 0));
    assert_eq!(device.container.context(at(5), |_| 0).vouch, None);
    drop(transfer);
}

#[test]
fn a_revoked_container_takes_nothing_into_its_next_generation() {
    let publisher = Publisher::new();
    let mut device = publisher.device(1, ContainerKind::Bound, None);
    device.order(&publisher, vec![Op::Add { item: movable("i1", 5, FREE) }]).unwrap();
    let mut list = device.update(&[], at(1));
    list.attachments.revocation = Some(publisher.revocation(1, device.id(), 1));
    device.apply_update(&publisher, &list, reading(3)).unwrap();
    let new = SeedSigner::ed25519(&[90; 32]).unwrap();
    let events = device.container.regenerate(new.public(), Hash::of(b"new"), None);
    device.play(&events);
    assert_eq!((device.container.items().len(), device.container.is_revoked()), (0, false));
}
