//! Lists in, with all their faults at once, and books out.

use crate::world::{ADMIN, World};
use crate::{enter, sold};

#[tokio::test]
async fn a_list_is_looked_through_before_it_is_taken_in() {
    let world = World::office().await;
    let mut ann = enter(&world, ADMIN).await;
    let csrf = ann.open("/console/lists").await.is(200).says("Look it through").field("csrf");
    let csrf = csrf.as_str();
    let none = [("csrf", csrf), ("what", "customers")];
    ann.form("/console/lists", &none).await.is(422).says("There is no list yet");

    let list = "reference,name,contact_name\n1,One,Ada\n,Nameless,\n2,Two,\n";
    let fields = [("csrf", csrf), ("what", "customers")];
    let report = ann.send_file("/console/lists", &fields, ("file", list.as_bytes())).await.is(200);
    let report = report
        .says("What is wrong")
        .says("the cell is empty")
        .says("<th scope=\"row\" class=\"number\">3</th>");
    let token = report.says("Take in the 2 rows that are right").field("list");
    let skipped = [("csrf", csrf), ("list", token.as_str()), ("skip", "yes")];
    let done = ann.form("/console/lists/carry-out", &skipped).await.is(200);
    done.says("The list is taken in").says("Left out");
    ann.open("/console/customers").await.is(200).says("Two").says("1–2 of 2");

    let again = [
        ("csrf", csrf),
        ("what", "customers"),
        ("text", "reference,name,contact_name\n1,One,Ada\n"),
    ];
    ann.form("/console/lists", &again).await.is(200).says("There is nothing to do");
    let fields = [("csrf", csrf), ("list", "gone")];
    ann.form("/console/lists/carry-out", &fields).await.is(409).says("The list is no longer here");
    let broken = [("csrf", csrf), ("what", "customers"), ("text", "[{\"reference\": 1")];
    let seen = ann.form("/console/lists", &broken).await;
    assert!(seen.status.as_u16() < 500, "{}", seen.html);
}

#[tokio::test]
async fn orders_come_in_by_a_list_and_get_their_ids() {
    let world = World::office().await;
    sold(&world).await;
    let mut ann = enter(&world, ADMIN).await;
    let csrf = ann.open("/console/lists?what=entitlements").await.is(200).field("csrf");
    let csrf = csrf.as_str();
    let list = "customer;order;product;version;license_model;quantity\n4711;PO-5;cad-suite;2.0;perpetual;3\n";
    let fields = [("csrf", csrf), ("what", "entitlements"), ("text", list)];
    let report = ann.form("/console/lists", &fields).await.is(200).says("The list is right");
    let token = report.field("list");
    let fields = [("csrf", csrf), ("list", token.as_str())];
    let done = ann.form("/console/lists/carry-out", &fields).await.is(200);
    done.says("/console/entitlements/").says("Orders: taken in");
    ann.open("/console/entitlements?q=PO-5").await.is(200).says("0 of 3");
}

#[tokio::test]
async fn a_list_waits_only_for_the_one_who_brought_it() {
    let world = World::office().await;
    world.user("fay", &["fulfil"]).await;
    world.user("vera", &["viewer"]).await;
    let pages = world.pages();
    let mut browsers = Vec::new();
    for name in [ADMIN, "fay"] {
        let mut browser = crate::browser::Browser::over(pages.clone());
        let fields = [("name", name), ("password", crate::world::PASSWORD)];
        browser.form("/console/login", &fields).await.is(200);
        browsers.push(browser);
    }
    let [ann, fay] = browsers.as_mut_slice() else { panic!("two") };
    let csrf = ann.open("/console/lists").await.field("csrf");
    let fields =
        [("csrf", csrf.as_str()), ("what", "customers"), ("text", "reference,name\n1,One\n")];
    let token = ann.form("/console/lists", &fields).await.is(200).field("list");
    let csrf = fay.open("/console/lists").await.field("csrf");
    let theirs = [("csrf", csrf.as_str()), ("list", token.as_str())];
    fay.form("/console/lists/carry-out", &theirs).await.is(409);
    // Products take another role.
    let fields = [
        ("csrf", csrf.as_str()),
        ("what", "products"),
        ("text", "product,version,feature\na,1.0,a\n"),
    ];
    fay.form("/console/lists", &fields).await.is(403).says("You may not do this");
    let mut vera = enter(&world, "vera").await;
    let seen = vera.open("/console/lists").await.is(200).says("you need the role");
    assert!(!seen.html.contains("Look it through"));
}

#[tokio::test]
async fn books_go_out_in_every_format_and_come_in_again() {
    let world = World::office().await;
    let id = sold(&world).await;
    let mut ann = enter(&world, ADMIN).await;
    for (name, words) in [
        ("entitlements.csv", id.as_str()),
        ("entitlements.json", id.as_str()),
        ("entitlements.xml", "urn:tenure:entitlements:1"),
        ("usage.csv", "seat_seconds"),
        ("customers.csv", "4711,Works Ltd,Ada,ada@works.example"),
        ("products.csv", "cad-suite,2.0,cad,2.0,1"),
    ] {
        let file = ann.open(&format!("/console/lists/export/{name}")).await.is(200).says(words);
        let sent = file.headers["content-disposition"].to_str().expect("ASCII");
        assert_eq!(sent, format!("attachment; filename=\"{name}\""));
    }
    ann.open("/console/lists/export/passwords.csv").await.is(404).says("There is no such thing");
    for what in ["customers", "products"] {
        let text = ann.open(&format!("/console/lists/export/{what}.csv")).await.html;
        let csrf = ann.open("/console/lists").await.field("csrf");
        let fields = [("csrf", csrf.as_str()), ("what", what), ("text", text.as_str())];
        ann.form("/console/lists", &fields).await.is(200).says("There is nothing to do");
    }
    for what in ["customers", "products", "entitlements"] {
        ann.open(&format!("/console/lists/columns/{what}.csv")).await.is(200);
    }
    ann.open("/console/lists/columns/users.csv").await.is(404);
}
