//! Lists: what is found, in which order, and how a page is cut.

use super::scene::*;
use crate::office::*;
use expect_test::expect;
use tenure_document::ContainerKind::Bound;
use tenure_document::Version;

fn scene() -> Scene {
    let mut scene = Scene::new();
    for number in 1..=4 {
        scene.must(bought(number, &format!("o{number}"), &[("cad 1.0", "perpetual", 9)]));
    }
    scene.must(bought(5, "Order-77", &[("site 1.0", "year", 1)]));
    let change = EntitlementChange { customer: CustomerId::new(2), ..EntitlementChange::default() };
    let by = || "ann".to_owned();
    scene.must(Command::Entitlement(EntitlementCommand::Change { by: by(), id: id(2), change }));
    let reason = None;
    scene.must(Command::Entitlement(EntitlementCommand::Suspend { by: by(), id: id(3), reason }));
    scene.activate((1, Bound), &[(1, 1, 1), (2, 1, 1)]).unwrap();
    scene.activate((2, Bound), &[(1, 1, 2)]).unwrap();
    scene.ferry(1, None);
    scene
}

#[test]
fn entitlements_are_found_by_what_people_know() {
    let scene = scene();
    let filter = |text: &str| EntitlementFilter { text: Some(text.into()), ..Default::default() };
    let first = CustomerId::FIRST;
    let of_first = EntitlementFilter { customer: Some(first), ..Default::default() };
    let suspended = EntitlementState::Suspended;
    let of = |name: &str, version| EntitlementFilter {
        product: Some((name.to_owned(), version)),
        ..Default::default()
    };
    let made = scene.office.entitlements().all().last().expect("one").made;
    let ending = |days: u64| EntitlementFilter {
        ends: Some((made, made.plus(std::time::Duration::from_secs(86_400 * days)))),
        ..Default::default()
    };
    let pages = [
        ("all", EntitlementFilter::default(), Page::ALL),
        ("second page", EntitlementFilter::default(), Page { skip: 2, take: 2 }),
        ("of the first customer", of_first, Page::ALL),
        (
            "suspended",
            EntitlementFilter { state: Some(suspended), ..Default::default() },
            Page::ALL,
        ),
        ("by product", filter("SITE"), Page::ALL),
        ("by order", filter("der-7"), Page::ALL),
        ("by customer", filter("süd"), Page::ALL),
        ("by ID", filter(&id(4).to_string().replace('-', " ").to_lowercase()), Page::ALL),
        ("by nothing that is there", filter("xyz"), Page::ALL),
        ("of a product", of("site", None), Page::ALL),
        ("of a version", of("site", Some(Version::new(2, 0, 0))), Page::ALL),
        ("with an end in 364 days", ending(364), Page::ALL),
        ("with an end in 366 days", ending(366), Page::ALL),
    ];
    let mut said = String::new();
    for (what, filter, page) in pages {
        let found = scene.office.entitlement_rows(&filter, page);
        let orders: Vec<&str> =
            found.rows.iter().map(|row| row.orders[0].reference.as_str()).collect();
        said.push_str(&format!("{what}: {} of {}\n", orders.join(", "), found.total));
    }
    expect![[r#"
        all: Order-77, o4, o3, o2, o1 of 5
        second page: o3, o2 of 5
        of the first customer: Order-77, o4, o3, o1 of 4
        suspended: o3 of 1
        by product: Order-77 of 1
        by order: Order-77 of 1
        by customer: o2 of 1
        by ID: o4 of 1
        by nothing that is there:  of 0
        of a product: Order-77 of 1
        of a version:  of 0
        with an end in 364 days:  of 0
        with an end in 366 days: Order-77 of 1
    "#]]
    .assert_eq(&said);
}

#[test]
fn activations_and_customers_are_found() {
    let scene = scene();
    let none = ActivationFilter::default;
    let filters = [
        ("all", none()),
        ("of an entitlement", ActivationFilter { entitlement: Some(id(1)), ..none() }),
        ("of a customer", ActivationFilter { customer: CustomerId::new(2), ..none() }),
        ("in a container", ActivationFilter { container: Some(container(1)), ..none() }),
        ("assigned", ActivationFilter { state: Some(ActivationState::Assigned), ..none() }),
        (
            "of one in another's container",
            ActivationFilter {
                container: Some(container(1)),
                customer: CustomerId::new(2),
                ..none()
            },
        ),
        ("of nobody", ActivationFilter { entitlement: Some(id(9)), ..none() }),
    ];
    let mut said = String::new();
    for (what, filter) in filters {
        let found = scene.office.activation_rows(&filter, Page::ALL);
        let numbers: Vec<String> = found.rows.iter().map(|row| row.no.to_string()).collect();
        said.push_str(&format!("{what}: {} of {}\n", numbers.join(", "), found.total));
    }
    for text in [None, Some("sÜd"), Some("c-000001"), Some("x")] {
        let found = scene.office.customer_rows(text, Page { skip: 0, take: 1 });
        let names: Vec<&str> = found.rows.iter().map(|row| row.facts.name.as_str()).collect();
        said.push_str(&format!("{text:?}: {} of {}\n", names.join(", "), found.total));
    }
    expect![[r#"
        all: A-0000003, A-0000002, A-0000001 of 3
        of an entitlement: A-0000003, A-0000001 of 2
        of a customer: A-0000002 of 1
        in a container: A-0000002, A-0000001 of 2
        assigned: A-0000003 of 1
        of one in another's container: A-0000002 of 1
        of nobody:  of 0
        None: Süd of 2
        Some("sÜd"): Süd of 1
        Some("c-000001"): Nord of 1
        Some("x"):  of 0
    "#]]
    .assert_eq(&said);
}

#[test]
fn the_portal_sees_what_can_be_had() {
    let mut scene = scene();
    let mut said = String::new();
    for ids in [vec![id(1)], vec![id(3), id(9)]] {
        for found in scene.office.look_up(&ids, scene.now) {
            let Some(found) = found else {
                said.push_str("no entitlement\n");
                continue;
            };
            for line in &found.lines {
                let refused = line.refused.as_ref().map(ToString::to_string);
                said.push_str(&format!(
                    "{}: {} of {} free, {} active; {}\n",
                    line.line.sold.product.key(),
                    line.free,
                    line.line.quantity,
                    line.active,
                    refused.unwrap_or_else(|| "can be activated".into()),
                ));
            }
        }
    }
    scene.activate((3, Bound), &[(1, 1, 6)]).unwrap();
    let found = scene.office.look_up(&[id(1)], scene.now);
    let refused = found[0].as_ref().unwrap().lines[0].refused.as_ref().unwrap();
    said.push_str(&refused.to_string());
    expect![[r#"
        cad 1.0: 6 of 9 free, 3 active; can be activated
        cad 1.0: 9 of 9 free, 0 active; entitlement 0C1G6-0R30C-1G60R-30C1G-60R3T is suspended
        no entitlement
        1 of line 1 of 040G2-08104-0G208-1040G-2081B were asked for, 0 of 9 are free"#]]
    .assert_eq(&said);
}
