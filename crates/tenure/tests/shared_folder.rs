//! The manager of old as a whole program: register, license, share; clients that know nothing but a directory.
//!
//! Real processes and files; what takes minutes (renewal every quarter of an hour) is shown on one clock in the tests of
//! the server. Deliberately not here: attacks, which are cases there too.

mod program;

use program::{Ended, Served, Site, ended, run, tenure};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tenure_api::folder::{Asked, ClientName, FolderAnswer, FolderRequest};
use tenure_document::{Bytes, SeedSigner, Time};

const ITEMS: &str = r#"[
    {"id":"cad","feature":"cad","version":"2.0","count":2,"expiry":"permanent","borrow_max_seconds":1209600},
    {"id":"view","feature":"viewer","version":"1.0","count":50,"expiry":"permanent"}
]"#;

/// A publisher, the folder of a manager, and a shared directory.
struct Shop {
    site: Site,
    root: String,
}

impl Shop {
    /// Registered and licensed through the XML files.
    fn open() -> Shop {
        let site = Site::unlicensed();
        let root = pin(&site);
        let shop = Shop { site, root };
        fs::create_dir(shop.shared()).expect("the shared directory");
        let keyset = shop.site.path("keys/keyset.tnr");
        run(&["folder-server", "register", &shop.home(), "--keyset", &keyset]).ok();
        let registration = fs::read_to_string(shop.in_home("Registration.xml")).expect("written");
        shop.site.issue_to(&registration, ITEMS);
        run(&["folder-server", "license", &shop.home(), &shop.site.path("update.tnr")]).ok();
        shop
    }

    fn home(&self) -> String {
        self.site.path("manager")
    }

    fn in_home(&self, file: &str) -> PathBuf {
        Path::new(&self.home()).join(file)
    }

    fn shared(&self) -> PathBuf {
        PathBuf::from(self.site.path("shared"))
    }

    fn serve(&self) -> Served {
        let shared = self.shared().display().to_string();
        let mut server =
            Served::from(tenure().args(["folder-server", &self.home(), "--shared", &shared]));
        assert_eq!(server.next_line(), format!("sharing {shared}"));
        server
    }

    fn client(&self, arguments: &[&str]) -> Command {
        let mut command = tenure();
        let shared = self.shared().display().to_string();
        command.args(["folder-client", "--folder", &shared, "--root", &self.root, "--user", "ann"]);
        command.args(["--state", &self.site.path("state")]).args(arguments);
        command
    }

    fn ask(&self, arguments: &[&str]) -> Ended {
        ended(&mut self.client(arguments))
    }

    /// A program that holds a seat until its input ends; it has the seat when this returns.
    fn holding(&self, feature: &str) -> Child {
        use std::io::Read as _;
        let mut child = self
            .client(&["run", "--feature", feature, "--", "sh", "-c", "echo on; cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut first = [0; 3];
        child.stdout.as_mut().expect("a pipe").read_exact(&mut first).expect("it runs");
        child
    }
}

/// What applications pin.
fn pin(site: &Site) -> String {
    let shown = run(&["keys", "show", "--dir", &site.path("keys"), "--json"]).json();
    shown["root"]["pin"].as_str().expect("the pin").to_owned()
}

fn now() -> Time {
    let now = Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]).output().expect("date");
    String::from_utf8_lossy(&now.stdout).trim().parse().expect("a time")
}

/// The bytes of a request for the chain, by a client that was written by hand.
fn by_hand(name: &ClientName) -> Vec<u8> {
    let signer = SeedSigner::ed25519(&[7; 32]).expect("a seed");
    let of = (name.clone(), Asked::Chain);
    let request = FolderRequest::signed(of, "by-hand", Bytes(vec![7; 16]), &signer, now());
    request.write().expect("it can be written").into_bytes()
}

/// Waits for a file, as a client does that knows nothing better: it looks again and again.
fn appears(path: &Path) -> Vec<u8> {
    for _ in 0..20_000_000 {
        if let Ok(bytes) = fs::read(path) {
            return bytes;
        }
        std::thread::yield_now();
    }
    panic!("{} does not appear", path.display());
}

#[test]
fn a_program_runs_with_a_seat_and_says_what_stands_in_its_way() {
    let shop = Shop::open();
    let server = shop.serve();
    let said = shop.ask(&["run", "--feature", "cad:2.0", "--", "sh", "-c", "echo at work; exit 7"]);
    assert_eq!((said.code, said.stdout.as_str()), (7, "at work\n"), "{}", said.stderr);
    let first = shop.holding("cad");
    let second = shop.holding("cad");
    let page = fs::read_to_string(shop.shared().join("license.html")).expect("the page");
    assert!(page.contains("<h2>Holders</h2>"), "{page}");
    let denied = shop.ask(&["run", "--feature", "cad", "--", "true"]).fails(3);
    assert!(denied.contains("no-seats"), "{denied}");
    let unknown = shop.ask(&["run", "--feature", "cat", "--", "true"]).fails(3);
    assert!(unknown.contains("unknown-feature"), "{unknown}");
    assert_eq!(denied.matches("no-seats").count(), 1, "{denied}");
    for mut child in [first, second] {
        drop(child.stdin.take());
        assert!(child.wait().expect("its end").success());
    }
    shop.ask(&["run", "--feature", "cad", "--", "true"]).ok();
    let left: Vec<_> = fs::read_dir(shop.shared()).expect("the folder").flatten().collect();
    let left: Vec<_> =
        left.iter().map(|entry| entry.file_name().into_string().expect("a name")).collect();
    assert!(
        left.iter().all(|name| name == "license.html" || name.starts_with("tenure.")),
        "{left:?}"
    );
    server.stop();
}

#[test]
fn a_manager_whose_making_ran_out_of_space_is_made_by_the_next_attempt() {
    let site = Site::unlicensed();
    let (home, keyset) = (site.path("manager"), site.path("keys/keyset.tnr"));
    let register = ["folder-server", "register", &home, "--keyset", &keyset];
    run(&register).ok();
    let (ledger, snapshots) = (format!("{home}/data/ledger.db"), format!("{home}/data/snapshots"));
    fs::write(ledger, "").and_then(|()| fs::remove_dir_all(snapshots)).expect("emptied");
    run(&register).ok();
    run(&["ledger", "verify", "--data", &format!("{home}/data")]).ok();
}

#[test]
fn a_borrowed_seat_is_kept_and_given_back() {
    let shop = Shop::open();
    let server = shop.serve();
    let lease = shop.ask(&["checkout", "cad:2.0", "--hours", "48"]).ok();
    let status = shop.ask(&["status"]).ok();
    assert_eq!(status, lease);
    let id = lease.split(' ').next().expect("the lease");
    assert!(shop.ask(&["release", id]).ok().contains("given back"));
    for nothing in ["status", "release"] {
        assert_eq!(shop.ask(&[nothing]).ok(), "nothing is borrowed here\n");
    }
    assert!(shop.ask(&["checkout", "cad", "--hours", "0"]).fails(2).contains("--hours"));
    server.stop();
}

#[test]
fn fifty_clients_start_within_the_same_second() {
    let shop = Shop::open();
    let server = shop.serve();
    let children: Vec<Child> = (0..50)
        .map(|_| {
            let mut command = shop.client(&["run", "--feature", "viewer", "--", "true"]);
            command.stderr(Stdio::piped()).spawn().expect("started")
        })
        .collect();
    for child in children {
        let end = child.wait_with_output().expect("its end");
        assert!(end.status.success(), "{}", String::from_utf8_lossy(&end.stderr));
    }
    server.stop();
}

#[test]
fn a_client_and_the_server_are_killed_and_what_was_granted_stays() {
    let shop = Shop::open();
    let server = shop.serve();
    let mut killed = shop.holding("cad");
    killed.kill().expect("killed");
    killed.wait().expect("its end");
    let mut living = shop.holding("cad");
    server.kill();
    // Nobody answers now; the program goes on, and the next server knows both seats.
    let server = shop.serve();
    let denied = shop.ask(&["run", "--feature", "cad", "--", "true"]).fails(3);
    assert!(denied.contains("no-seats"), "{denied}");
    drop(living.stdin.take());
    assert!(living.wait().expect("its end").success());
    shop.ask(&["run", "--feature", "cad", "--", "true"]).ok();
    server.stop();
}

#[test]
fn the_second_server_on_a_directory_refuses() {
    let (one, other) = (Shop::open(), Shop::open());
    let server = one.serve();
    let shared = one.shared().display().to_string();
    let said = run(&["folder-server", &other.home(), "--shared", &shared]).fails(3);
    assert!(said.contains("is served by license server T-"), "{said}");
    assert!(said.contains("stop the other server, or name another directory"), "{said}");
    server.stop();
    let taken = Served::from(tenure().args(["folder-server", &other.home(), "--shared", &shared]));
    taken.stop();
}

#[test]
fn the_manager_starts_with_a_valid_license_only() {
    let shop = Shop::open();
    let shared = shop.shared().display().to_string();
    let start = |shop: &Shop| run(&["folder-server", &shop.home(), "--shared", &shared]);
    let license = fs::read_to_string(shop.in_home("License.xml")).expect("the license");
    fs::remove_file(shop.in_home("License.xml")).expect("removed");
    let said = start(&shop).fails(3);
    assert!(said.contains("License.xml is missing") && said.contains("Registration.xml"), "{said}");
    let entity = license.replace("<TenureLicense", "<!DOCTYPE x><TenureLicense");
    fs::write(shop.in_home("License.xml"), entity).expect("written");
    assert!(start(&shop).fails(3).contains("a document type may not stand"));
    // The license of somebody else.
    let other = Shop::open();
    let foreign = fs::read_to_string(other.in_home("License.xml")).expect("the license");
    fs::write(shop.in_home("License.xml"), foreign).expect("written");
    start(&shop).fails(3);
    fs::write(shop.in_home("License.xml"), license).expect("written");
    shop.serve().stop();
    // The directory is remembered, and the license is not applied twice.
    Served::from(tenure().args(["folder-server", &shop.home()])).stop();
    fs::remove_dir_all(shop.shared()).expect("removed");
    let said = run(&["folder-server", &shop.home()]).fails(4);
    assert!(said.contains("can't be used") && said.contains("mount it"), "{said}");
}

#[test]
fn only_a_license_for_this_manager_takes_the_place_of_the_one_that_is_there() {
    let shop = Shop::open();
    let license = || fs::read_to_string(shop.in_home("License.xml")).expect("the license");
    let good = license();
    let other = Shop::open();
    let registration = shop.in_home("Registration.xml").display().to_string();
    let keyset = shop.site.path("keys/keyset.tnr");
    let mut told = Vec::new();
    for wrong in [other.site.path("update.tnr"), registration, keyset] {
        let said = run(&["folder-server", "license", &shop.home(), &wrong]).fails(3);
        let code = said.lines().next().and_then(|line| Some(line.rsplit_once('[')?.1.to_owned()));
        told.push(code.unwrap_or(said));
        assert_eq!(license(), good);
    }
    assert_eq!(told, ["unknown-key]", "wrong-type]", "wrong-type]"]);
    // While it serves, too: the next start takes it.
    let server = shop.serve();
    run(&["folder-server", "license", &shop.home(), &shop.site.path("update.tnr")]).ok();
    server.stop();
}

#[test]
fn the_manager_starts_with_a_license_of_its_past_that_is_not_believed_any_more() {
    let shop = Shop::open();
    shop.serve().stop();
    let shown = run(&["keys", "show", "--dir", &shop.site.path("keys"), "--json"]).json();
    let keys = shown["keys"].as_array().expect("the keys");
    let issuer = keys.iter().find(|key| key["role"] == "issuer").expect("an issuer");
    let issuer = issuer["id"].as_str().expect("its ID");
    let keys = shop.site.path("keys");
    shop.site.publisher(&["keys", "rotate", "--dir", &keys, "--role", "issuer"]).ok();
    shop.site.publisher(&["keys", "revoke", "--dir", &keys, issuer]).ok();
    let data = shop.in_home("data").display().to_string();
    let context = run(&["server", "context", "--data", &data]).ok();
    let more = r#"[{"id":"cam","feature":"cam","version":"1.0","count":1,"expiry":"permanent"}]"#;
    shop.site.issue_to(&context, more);
    // The update comes another way: License.xml stays what it was.
    run(&["server", "apply", "--data", &data, &shop.site.path("update.tnr")]).ok();
    let server = shop.serve();
    shop.ask(&["run", "--feature", "cad", "--", "true"]).ok();
    let said = server.stop();
    assert!(said.contains("License.xml is not applied") && said.contains("was revoked"), "{said}");
}

#[test]
fn a_client_written_by_hand_is_answered_and_every_file_fits_the_schema() {
    use std::io::Write as _;
    let shop = Shop::open();
    let server = shop.serve();
    let name = ClientName::new("hand", [5; 16], "ws5");
    let request = by_hand(&name);
    // Directly under its name, in small pieces, as clients of old did.
    let mut file = fs::File::create(shop.shared().join(name.request_file())).expect("made");
    for piece in request.chunks(100) {
        file.write_all(piece).and_then(|()| file.sync_all()).expect("written");
    }
    drop(file);
    let answer = appears(&shop.shared().join(name.answer_file()));
    let read = FolderAnswer::read(&answer).expect("an answer");
    assert_eq!((read.status, read.request), (200, FolderRequest::hash_of(&request)));
    let junk = ClientName::new("junk", [6; 16], "ws5");
    fs::write(shop.shared().join(junk.request_file()), "<TenureRequest>\n</TenureRequest>")
        .expect("written");
    let rejection = appears(&shop.shared().join(junk.answer_file()));
    let samples = tempfile::tempdir().expect("a folder");
    let mut files = vec![
        shop.in_home("License.xml"),
        shop.in_home("Registration.xml"),
        shop.in_home("PathLicenseFile.xml"),
    ];
    for (name, bytes) in
        [("request.xml", request), ("answer.xml", answer), ("rejection.xml", rejection)]
    {
        fs::write(samples.path().join(name), bytes).expect("written");
        files.push(samples.path().join(name));
    }
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/folder.xsd");
    for file in files {
        let checked = Command::new("xmllint")
            .args(["--noout", "--nonet", "--schema"])
            .args([&schema, &file])
            .output()
            .expect("xmllint is missing: install Debian's libxml2-utils");
        let said = String::from_utf8_lossy(&checked.stderr);
        assert!(checked.status.success(), "{}: {said}", file.display());
    }
    server.stop();
}

#[test]
fn a_license_server_of_the_network_serves_a_directory_too() {
    let site = Site::licensed(ITEMS);
    let shared = site.path("shared");
    fs::create_dir(&shared).expect("made");
    let config = format!("[shared_folder]\ndirectory = \"{shared}\"\npage = false\n");
    fs::write(Path::new(&site.data()).join("tenure.toml"), config).expect("written");
    let server = site.serve(&[]);
    let root = pin(&site);
    let settings = site.path("tenure-folder.txt");
    fs::write(&settings, format!("folder = {shared}\nroot = {root}\nuser = bob\n"))
        .expect("written");
    let said = run(&[
        "folder-client",
        "--settings",
        &settings,
        "run",
        "--feature",
        "cad",
        "--",
        "echo",
        "on",
    ]);
    assert_eq!(said.ok(), "on\n");
    assert!(!Path::new(&shared).join("license.html").exists());
    let denials = site.admin(&["leases", "--json"]).json();
    assert_eq!(denials["total"], 0, "it was given back: {denials}");
    server.stop();
}
