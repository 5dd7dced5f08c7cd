//! Host keys with the real program: issued by command, counted by a running office, used by an application.
//!
//! Deliberately not here: every shape of an answer (the office's HTTP tests), every forgery (the SDK's).

mod program;

use program::{Ended, Served, Site, run, tenure};
use std::{fs, path::Path, time::Duration};
use tenure_sdk::HostLicense;

struct House {
    site: Site,
    office: Served,
    pin: String,
}

impl House {
    fn new() -> House {
        let site = Site::unlicensed();
        let (data, keys) = (site.path("office"), site.path("keys"));
        site.publisher(&["office", "init", "--data", &data, "--keys", &keys]).ok();
        let pin = run(&["inspect", &site.path("keys/keyset.tnr")]).ok();
        let at = pin.find("root:").expect("the pin of the root");
        let pin = pin[at..].chars().take(48).collect();
        let office = House::serve(&site);
        let house = House { site, office, pin };
        house.staff(&["admin"], &["products", "set", "notes@1.0", "--feature", "notes"]).ok();
        house.staff(&["admin"], &["customers", "add", "Works Ltd"]).ok();
        house
    }

    fn serve(site: &Site) -> Served {
        let (data, keys) = (site.path("office"), site.path("keys"));
        let arguments =
            ["office", "run", "--listen", "127.0.0.1:0", "--data", &data, "--keys", &keys];
        Served::from(tenure().args(arguments))
    }

    /// A command of the staff, as the owner of the machine.
    fn staff(&self, command: &[&str], arguments: &[&str]) -> Ended {
        let data = self.site.path("office");
        run(&[command, &["--data", &data], arguments].concat())
    }

    fn keys(&self, arguments: &[&str]) -> Ended {
        self.staff(&["office", "host-key"], arguments)
    }

    /// The application on a computer of its own.
    fn start(&self, office: &str, host: &str, computer: &str) -> HostLicense {
        HostLicense::open(self.site.path("licenses"), host)
            .root(&self.pin)
            .product("notes")
            .revision("1.0")
            .check_url(office)
            .state_file(self.site.path(computer))
            .start()
            .expect("a license file for this host")
    }

    fn told(&self, computer: &str) -> String {
        let license = self.start(&self.office.url, "app.example.com", computer);
        license.wait_for_check(Duration::from_secs(60)).code().to_owned()
    }
}

#[test]
fn issued_counted_revoked_and_never_in_the_way() {
    let house = House::new();
    let licenses = house.site.path("licenses");
    // A folder that can't be made: nothing is issued, the first group is still to come.
    let what = ["issue", "app.example.com", "--product", "notes", "--customer", "C-000001"];
    let file = house.site.path("keys/keyset.tnr");
    let refused = house.keys(&[what.as_slice(), &["--users", "2", "--folder", &file]].concat());
    assert!(refused.fails(4).contains("name another folder"));
    let issued = house.keys(&[
        "issue",
        "app.example.com",
        "*.example.org",
        "--product",
        "notes",
        "--customer",
        "C-000001",
        "--users",
        "2",
        "--folder",
        &licenses,
    ]);
    assert!(issued.ok().contains("H-000001"));
    let mut files: Vec<String> = fs::read_dir(&licenses)
        .expect("the license folder")
        .map(|entry| entry.expect("a file").file_name().into_string().expect("a name"))
        .collect();
    files.sort();
    assert_eq!(
        files,
        ["+.example.org.txt", "127.0.0.1.txt", "app.example.com.txt", "localhost.txt"]
    );
    let file = Path::new(&licenses).join("app.example.com.txt").display().to_string();
    let shown = run(&["inspect", &file, "--root", &house.pin]).ok();
    assert_eq!(shown.matches("VERIFIED").count(), 3, "{shown}");
    assert!(shown.contains("Host: app.example.com"), "{shown}");

    // One computer counts once, on whatever host of the group; the third is one too many, and is told so.
    assert_eq!(house.told("ann"), "valid");
    assert_eq!(house.told("ann"), "valid");
    let other = house.start(&house.office.url, "www.example.org", "ann");
    assert_eq!(other.wait_for_check(Duration::from_secs(60)).users, Some((1, 2)));
    assert_eq!(house.told("ben"), "valid");
    assert_eq!(house.told("cleo"), "over-limit");
    let group = house.keys(&["show", "H-000001", "--json"]).json();
    assert_eq!((&group["users_counted"], &group["users_beyond"]), (&3.into(), &1.into()));

    // The count is in the ledger: an office that starts again knows it.
    let House { site, office, pin } = house;
    let gone = office.url.clone();
    office.stop();
    let house = House { office: House::serve(&site), site, pin };
    let group = house.keys(&["show", "H-000001", "--json"]).json();
    assert_eq!(group["users_counted"], 3);

    let list = house.keys(&["list", "--json"]).json();
    let rows = list["items"].as_array().expect("rows");
    let key = rows.iter().find(|row| row["host"] == "app.example.com").expect("the key");
    let key = key["id"].as_str().expect("an id");
    house.keys(&["revoke", key, "--reason", "moved"]).ok();
    // Whoever can't reach the office starts all the same; whoever reaches it is told, and remembers.
    assert!(house.start(&gone, "app.example.com", "dora").is_usable());
    assert_eq!(house.told("ann"), "revoked");
    assert!(!house.start(&gone, "app.example.com", "ann").is_usable());
    // Development goes on.
    assert_eq!(house.start(&gone, "localhost", "ann").status().code(), "valid");
    house.office.stop();
}
