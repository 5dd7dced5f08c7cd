//! `tenure admin --office …` against a running office, and a device of files: from the first product to the receipt.
//!
//! Deliberately not here: every answer's shape; the HTTP tests of the office crate have that.

mod program;

use program::{Ended, Served, Site, ended, owner_only, run, tenure};
use std::fs;

/// A publisher with a running office.
struct House {
    site: Site,
    office: Served,
}

impl House {
    fn new() -> House {
        let site = Site::unlicensed();
        let (data, keys) = (site.path("office"), site.path("keys"));
        site.publisher(&["office", "init", "--data", &data, "--keys", &keys]).ok();
        let office = Served::from(tenure().args([
            "office",
            "run",
            "--listen",
            "127.0.0.1:0",
            "--data",
            &data,
            "--keys",
            &keys,
        ]));
        House { site, office }
    }

    /// `tenure admin --data OFFICE …` as the owner of the machine.
    fn admin(&self, arguments: &[&str]) -> Ended {
        run(&[&["admin", "--data", &self.site.path("office")], arguments].concat())
    }

    /// The same as a user who has logged in.
    fn user(&self, name: &str, arguments: &[&str]) -> Ended {
        let token = self.site.path(&format!("{name}.token"));
        run(&[&["admin", "--office", &self.office.url, "--token-file", &token], arguments].concat())
    }

    /// A user with these roles, logged in.
    fn hire(&self, name: &str, roles: &str) {
        let file = self.site.path(&format!("{name}.password"));
        fs::write(&file, format!("the pass phrase of {name}\n")).expect("password file");
        owner_only(std::path::Path::new(&file));
        self.admin(&["users", "add", name, "--roles", roles, "--password-file", &file]).ok();
        let login = self.user(name, &["login", name, "--password-file", &file]).ok();
        assert!(login.contains(&format!("logged in as {name} ({roles})")), "{login}");
    }

    /// A product, a license model and a customer.
    fn catalog(&self) {
        self.admin(&["products", "set", "cad@2.0", "--feature", "cad", "--feature", "render:2"])
            .ok();
        let set = self.admin(&["license-models", "set", "yearly", "--subscription", "365"]).ok();
        assert!(set.contains("365 days from the order"), "{set}");
        self.admin(&["customers", "add", "Works Ltd", "--reference", "4711"]).ok();
    }

    /// An order; its activation ID.
    fn sell(&self, line: &str) -> String {
        let order =
            ["entitlements", "add", "C-000001", "--order", "PO-1", "--line", line, "--json"];
        let made = self.admin(&order).json();
        made["activation_id"].as_str().expect("an activation ID").to_owned()
    }
}

#[test]
fn from_the_first_product_to_the_receipt() {
    let house = House::new();
    house.catalog();
    let id = house.sell("5xcad@2.0/yearly");
    let site = &house.site;
    let device = site.path("device");
    let keyset = site.path("keys/keyset.tnr");
    run(&[
        "device", "init", "--dir", &device, "--keyset", &keyset, "--name", "press", "--kind",
        "unbound",
    ])
    .ok();
    let context = site.path("context.tnr");
    run(&["device", "context", "--dir", &device, "-o", &context]).ok();

    let update = site.path("update.tnr");
    let said = house.admin(&["exchange", &context, "-o", &update]).ok();
    assert!(said.contains("written to"), "{said}");
    run(&["device", "apply", "--dir", &device, &update]).ok();
    let listed = house.admin(&["containers", "--json"]).json();
    let serial = listed["items"][0]["serial"].as_str().expect("a serial").to_owned();
    house.admin(&["activations", "assign", &id, "1", &serial, "--quantity", "3"]).ok();
    house.admin(&["containers", "push", &serial, "-o", &update]).ok();
    let receipt = site.path("receipt.tnr");
    run(&["device", "apply", "--dir", &device, &update, "--receipt", &receipt]).ok();
    for (wrong, said) in [
        (&context, "context.tnr: this is a context, not a receipt [wrong-type]"),
        (&site.path("keys/root-1.key"), "root-1.key is a private key [wrong-type]"),
    ] {
        let refused = house.admin(&["receipt", wrong]).fails(3);
        assert!(refused.contains(said), "{refused}");
    }
    let taken = house.admin(&["receipt", &receipt]).ok();
    assert!(taken.contains("1 confirmed, 0 returned, 0 outstanding"), "{taken}");
    let shown = house.admin(&["containers", "show", &serial]).ok();
    assert!(shown.contains("A-0000001") && shown.contains("confirmed"), "{shown}");
    let left = house.admin(&["entitlements", "show", &id, "--json"]).json();
    assert_eq!((&left["lines"][0]["active"], &left["lines"][0]["free"]), (&3.into(), &2.into()));
    let journal = house.admin(&["journal", "-q", "acknowledged"]).ok();
    assert!(journal.contains("has applied operation"), "{journal}");
    assert!(house.admin(&["journal", "verify"]).ok().contains("the ledger is whole"));
    assert!(house.admin(&["status"]).ok().contains("Example Publisher"));
    house.office.stop();
}

#[test]
fn a_second_person_agrees_and_nobody_with_themselves() {
    let house = House::new();
    house.catalog();
    house.hire("fay", "fulfil");
    house.hire("zoe", "admin");
    house.admin(&["policies", "set", "issue_threshold=10"]).ok();
    let order = ["entitlements", "add", "C-000001", "--order", "PO-9", "--line", "11xcad/yearly"];
    let waits = house.user("fay", &order).ok();
    assert!(waits.contains("waits for a second person as P-0000001"), "{waits}");
    house.user("fay", &["approvals", "approve", "P-0000001"]).fails(6);
    house.user("zoe", &["approvals", "approve", "P-0000001"]).ok();
    let listed = house.user("fay", &["entitlements"]).ok();
    assert!(listed.contains("11") && listed.contains("Works Ltd"), "{listed}");
    house.user("fay", &["users", "list"]).fails(6);

    let list = house.site.path("orders.csv");
    let head = "customer,order,product,version,license_model,quantity\n";
    fs::write(&list, format!("{head}4711,PO-10,cad,2.0,yearly,11\n")).expect("a list");
    let waits = house.user("fay", &["import", "entitlements", &list]).ok();
    assert!(waits.contains("waits for a second person as P-0000002"), "{waits}");
    let keys = ["host-keys", "issue", "shop.example", "--product", "cad", "--customer", "C-000001"];
    house.user("fay", &[&keys[..], &["--users", "1"]].concat()).ok();
    let waits = house.user("fay", &["host-keys", "edit", "H-000001", "--users", "12"]).ok();
    assert!(waits.contains("waits for a second person as P-0000003"), "{waits}");
    let waiting = house.user("zoe", &["approvals"]).ok();
    for said in ["take in a list of 1 order: 11 × cad@2.0", "allow 12 users to host keys H-000001"]
    {
        assert!(waiting.contains(said), "{waiting}");
    }
}

#[test]
fn a_command_asks_the_server_that_a_flag_names_and_says_whose_it_is() {
    let house = House::new();
    let data = house.site.path("office");
    let elsewhere = |arguments: &[&str]| {
        ended(tenure().env("TENURE_OFFICE", "http://127.0.0.1:9").args(arguments))
    };
    assert!(elsewhere(&["admin", "--data", &data, "status"]).ok().contains("publisher"));
    let none = house.admin(&["customers", "-q", "none"]).ok();
    assert_eq!(none, "no rows fit --query \"none\"\n");
    let said = house.admin(&["features"]).fails(3);
    assert!(said.contains("is not the administration of a license server"), "{said}");
    assert!(said.contains("--server URL or --data DIR"), "{said}");
    let (at, archive) = ("2026-11-22T00:00:00Z", house.site.path("archive"));
    for command in [
        ["ledger", "history", "--data", &data, "--at", at].as_slice(),
        &["ledger", "archive", "--data", &data, "--to", &archive, "--keep", "1d"],
    ] {
        let said = run(command).fails(3);
        assert!(said.contains("holds the ledger of an office"), "{said}");
    }
    house.office.stop();
}

#[test]
fn lists_come_in_with_all_their_faults_and_books_go_out() {
    let house = House::new();
    house.catalog();
    let list = house.site.path("orders.csv");
    let head = "customer,order,product,version,license_model,quantity\n";
    fs::write(&list, format!("{head}4711,PO-7,cad,2.0,yearly,3\n4711,PO-8,cad,9.9,yearly,1\n"))
        .expect("a list");
    let refused = house.admin(&["import", "entitlements", &list]).fails(2);
    assert!(
        refused.contains("orders.csv:3:") && refused.contains("with --skip-faulty"),
        "{refused}"
    );
    let some = house.admin(&["import", "entitlements", &list, "--skip-faulty"]).ok();
    assert!(some.starts_with("1 taken in"), "{some}");
    house.admin(&["import", "entitlements", &list, "--dry-run"]).fails(1);
    house.admin(&["import", "entitlements", &list, "--dry-run", "--skip-faulty"]).ok();
    fs::write(&list, format!("{head}4711,PO-7,cad,2.0,yearly,3\n")).expect("a list");
    let again = house.admin(&["import", "entitlements", &list]).ok();
    assert_eq!(again, "0 taken in, 1 unchanged\n");
    fs::write(&list, vec![b'x'; (16 << 20) + 1]).expect("a list");
    let refused = house.admin(&["import", "entitlements", &list]).fails(3);
    assert!(refused.contains("16777217 bytes long, a list has at most 16777216"), "{refused}");
    let books = house.admin(&["export", "entitlements.csv"]).ok();
    assert!(books.contains("PO-7") && !books.contains("PO-8"), "{books}");
    assert!(house.admin(&["export", "entitlements.xml"]).ok().contains("<Product"));
    house.admin(&["export", "secrets.csv"]).fails(3);
}

#[test]
fn mistakes_say_what_would_be_right() {
    let house = House::new();
    let wrong =
        house.admin(&["entitlements", "add", "C-1", "--order", "x", "--line", "cad"]).fails(2);
    assert!(wrong.contains("5xcad-suite@2.0/subscription-1y"), "{wrong}");
    let none = house.admin(&["products"]).ok();
    assert!(none.contains("products set NAME@VERSION"), "{none}");
    house.admin(&["products", "show", "cad@1.0"]).fails(3);
    let roles = house
        .admin(&["users", "add", "x", "--roles", "read", "--password-file", "/dev/null"])
        .fails(2);
    assert!(roles.contains("is not a role of the office"), "{roles}");
    let nobody = run(&["admin", "--office", "http://127.0.0.1:9", "products"]).fails(4);
    assert!(nobody.contains("127.0.0.1:9"), "{nobody}");
    let env = ended(tenure().args(["admin", "status"]).env("TENURE_OFFICE", &house.office.url));
    assert_eq!(env.code, 6, "{}", env.stderr);
}

#[test]
fn a_webhook_shows_its_secret_once() {
    let house = House::new();
    let made = house
        .admin(&[
            "webhooks",
            "add",
            "http://127.0.0.1:9/hook",
            "--events",
            "activated,acknowledged",
        ])
        .ok();
    assert!(made.contains("whsec_") && made.contains("W-0000001"), "{made}");
    let listed = house.admin(&["webhooks"]).ok();
    assert!(!listed.contains("whsec_"), "{listed}");
    let other = house.admin(&["webhooks", "secret", "W-1", "--json"]).json();
    assert!(!made.contains(other["secret"].as_str().expect("a secret")));
    house.admin(&["webhooks", "test", "W-1"]).ok();
    assert!(house.admin(&["webhooks", "deliveries", "W-1"]).ok().contains("webhook-test"));
    house.admin(&["webhooks", "delete", "W-1"]).ok();
    house.admin(&["webhooks", "add", "http://192.0.2.1/x"]).fails(2);
}
