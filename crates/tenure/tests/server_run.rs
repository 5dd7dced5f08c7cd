//! The license server as a program: ready line, one per folder, owner-only folders, clean stop, TLS, full disk.
//!
//! Deliberately not here: what requests answer; the HTTP tests of the server crate have that.

mod program;

use expect_test::{Expect, expect};
use program::{Served, Site, ended, full, run, tenure};
use std::{
    ffi::OsStr,
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _},
    process::Stdio,
};

const ITEMS: &str =
    r#"[{"id":"cad","feature":"cad","version":"2.0","count":3,"expiry":"permanent"}]"#;

/// One request over a plain socket; status and body.
fn ask(server: &Served, request: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(server.address()).expect("a connection");
    let head = format!(
        "{request} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("written");
    stream.write_all(body.as_bytes()).expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

fn checkout(server: &Served, host: &str) -> (u16, String) {
    let body = format!(
        r#"{{"holder":{{"host":{{"type":"STRING","value":"{host}"}},"user":"ann"}},"features":[{{"name":"cad","version":"2.0","count":1}}]}}"#
    );
    ask(server, "POST /api/v1/leases", &body)
}

#[test]
fn a_stop_by_sigterm_and_a_kill_lose_no_lease() {
    let site = Site::licensed(ITEMS);
    let server = site.serve(&[]);
    assert_eq!(checkout(&server, "ws1").0, 201);
    assert_eq!(checkout(&server, "ws2").0, 201);
    server.stop();

    let server = site.serve(&[]);
    let leases = site.admin(&["--json", "leases", "list"]).json();
    assert_eq!(leases["total"], 2, "{leases}");
    assert_eq!(checkout(&server, "ws3").0, 201);
    server.kill();

    let server = site.serve(&[]);
    let leases = site.admin(&["--json", "leases", "list"]).json();
    assert_eq!(leases["total"], 3, "{leases}");
    let (status, body) = checkout(&server, "ws4");
    assert_eq!(status, 409, "{body}");
    assert!(body.contains("no-seats"), "{body}");
    server.stop();
}

#[test]
fn a_second_server_on_one_folder_is_refused() {
    let site = Site::licensed(ITEMS);
    let server = site.serve(&[]);
    let said = run(&["server", "run", "--listen", "127.0.0.1:0", "--data", &site.data()]).fails(3);
    assert!(said.contains("only one server"), "{said}");
    assert_eq!(checkout(&server, "ws1").0, 201, "the first one is not disturbed");
    server.stop();
}

#[test]
fn a_folder_that_others_can_read_is_refused() {
    let site = Site::licensed(ITEMS);
    fs::set_permissions(site.data(), fs::Permissions::from_mode(0o755)).expect("permission bits");
    let said = run(&["server", "run", "--listen", "127.0.0.1:0", "--data", &site.data()]).fails(3);
    assert!(said.contains("others"), "{said}");
    fs::set_permissions(site.data(), fs::Permissions::from_mode(0o700)).expect("permission bits");
    let key = format!("{}/identity.key", site.data());
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("permission bits");
    let said = run(&["server", "run", "--listen", "127.0.0.1:0", "--data", &site.data()]).fails(3);
    assert!(said.contains("others"), "{said}");
}

#[test]
fn a_folder_without_a_server_is_refused_with_the_command_that_makes_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).expect("permission bits");
    let data = folder.path().display().to_string();
    let ended = run(&["server", "run", "--listen", "127.0.0.1:0", "--data", &data]);
    assert_ne!(ended.code, 0);
    assert!(ended.stderr.contains("tenure server init"), "{}", ended.stderr);
}

#[test]
fn a_folder_that_was_restored_in_part_says_what_is_missing() {
    let check = |file: &str, command: &[&str], expected: Expect| {
        let site = Site::licensed(ITEMS);
        let gone = ["", "-wal", "-shm"].map(|end| format!("{}/{file}{end}", site.data()));
        gone.iter().for_each(|file| drop(fs::remove_file(file)));
        let said = ended(tenure().args(command).current_dir(site.folder.path()));
        expected.assert_eq(&format!("{} {}", said.code, said.stderr));
        let left = gone.iter().find(|file| fs::exists(file).expect("the folder"));
        assert_eq!(left, None, "nothing is made in its place");
    };
    let run = ["server", "run", "--listen", "127.0.0.1:0", "--data", "data"];
    check(
        "ledger.db",
        &run,
        expect![[r#"
        5 error: data/ledger.db is missing
          hint: if the command that makes it was interrupted, repeat it; otherwise restore a backup
    "#]],
    );
    check(
        "ledger.db",
        &["ledger", "verify", "--data", "data"],
        expect![[r#"
        5 error: data/ledger.db is missing
          hint: if the command that makes it was interrupted, repeat it; otherwise restore a backup
    "#]],
    );
    let init = ["server", "init", "--data", "data", "--keyset", "keys/keyset.tnr"];
    check(
        "ledger.db",
        &init,
        expect![[r#"
        5 error: data/ledger.db is missing
          hint: if the command that makes it was interrupted, repeat it; otherwise restore a backup
    "#]],
    );
    check(
        "identity.key",
        &run,
        expect![[r#"
        5 error: data/identity.key is missing
          hint: if the command that makes it was interrupted, repeat it; otherwise restore a backup
    "#]],
    );
    check(
        "token.key",
        &run,
        expect![[r#"
        5 error: data/token.key is missing
          hint: if the command that makes it was interrupted, repeat it; otherwise restore a backup
    "#]],
    );
}

#[test]
fn a_key_that_others_can_read_is_a_refusal() {
    let site = Site::licensed(ITEMS);
    site.certify();
    let (cert, key) = (site.path("cert.pem"), site.path("key.pem"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("permission bits");
    let run = ["server", "run", "--tls-cert", &cert, "--tls-key", &key, "--data", &site.data()];
    let said = ended(tenure().args(run)).fails(3);
    assert!(said.contains("chmod 600") && said.contains("[open-to-others]"), "{said}");
}

#[test]
fn an_admin_plane_on_a_free_port_tells_it() {
    let site = Site::licensed(ITEMS);
    let server = site.serve(&["--admin-listen", "127.0.0.1:0"]);
    let told = fs::read_to_string(format!("{}/admin.url", site.data())).expect("an address");
    let said = server.stop();
    assert!(said.contains(&format!("administration listens on {}", told.trim())), "{said}");
}

#[test]
fn an_unlicensed_server_runs_and_says_what_is_missing() {
    let site = Site::unlicensed();
    let server = site.serve(&[]);
    let (status, body) = checkout(&server, "ws1");
    assert_eq!(status, 409, "{body}");
    assert!(body.contains("unknown-feature"), "{body}");
    let shown = site.admin(&["container", "show"]).ok();
    assert!(shown.contains("certified") && shown.contains("no: apply"), "{shown}");
    server.stop();
}

#[test]
fn cleartext_beyond_loopback_needs_a_word() {
    let site = Site::licensed(ITEMS);
    let said = run(&["server", "run", "--listen", "0.0.0.0:0", "--data", &site.data()]).fails(2);
    assert!(said.contains("--insecure-http"), "{said}");
    let server = Served::from(tenure().args([
        "server",
        "run",
        "--listen",
        "0.0.0.0:0",
        "--insecure-http",
        "--data",
        &site.data(),
    ]));
    server.stop();
}

#[test]
fn configuration_file_environment_and_flags() {
    let site = Site::licensed(ITEMS);
    fs::write(format!("{}/tenure.toml", site.data()), "lissten = \"127.0.0.1:0\"\n")
        .expect("configuration");
    let said = run(&["server", "run", "--data", &site.data()]).fails(2);
    assert!(said.contains("tenure.toml:1") && said.contains("did you mean `listen`?"), "{said}");
    fs::write(format!("{}/tenure.toml", site.data()), "listen = \"nowhere\"\n")
        .expect("configuration");
    let server = Served::from(
        tenure()
            .args(["server", "run", "--data", &site.data()])
            .env("TENURE_LISTEN", "127.0.0.1:0"),
    );
    server.stop();
    let said =
        ended(tenure().args(["server", "run", "--data", &site.data()]).env("TENURE_LISTN", "x"))
            .fails(2);
    assert!(said.contains("TENURE_LISTEN"), "{said}");
    let checked = ended(
        tenure()
            .args(["config", "check", "--data", &site.data()])
            .env("TENURE_LISTEN", "127.0.0.1:9")
            .env("TENURE_DEVICE", "/var/lib/device")
            .env("EDITOR", OsStr::from_bytes(b"\xff")),
    )
    .ok();
    assert!(checked.contains("environment variable TENURE_LISTEN"), "{checked}");
    let file = format!("{}/tenure.toml", site.data());
    fs::remove_file(&file).expect("removed");
    std::os::unix::fs::symlink("/nowhere/tenure.toml", &file).expect("a link");
    let said = run(&["config", "check", "--data", &site.data()]).fails(4);
    assert!(said.contains(&file), "{said}");
}

#[test]
fn tls_with_a_pinned_and_with_a_named_certificate() {
    let site = Site::licensed(ITEMS);
    site.certify();
    let server =
        site.serve(&["--tls-cert", &site.path("cert.pem"), "--tls-key", &site.path("key.pem")]);
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);
    site.admin(&["status"]).ok();
    let port = server.address().rsplit(':').next().unwrap_or_default().to_owned();
    let by_name = format!("https://localhost:{port}");
    run(&["admin", "--server", &by_name, "--ca", &site.path("cert.pem"), "health"]).ok();
    let said = run(&["admin", "--server", &by_name, "health"]).fails(4);
    assert!(said.contains("[untrusted]") && said.contains("--ca FILE"), "{said}");
    server.stop();
}

#[test]
fn a_renewed_certificate_is_the_pinned_one_and_a_refused_one_is_not() {
    let site = Site::licensed(ITEMS);
    let (cert, key) = (site.path("cert.pem"), site.path("key.pem"));
    site.certify();
    let mut server = site.serve(&["--tls-cert", &cert, "--tls-key", &key]);
    let pinned = || fs::read_to_string(site.path("data/admin.url")).expect("an address");
    let first = pinned();
    site.certify();
    // What stands around the certificate is anyone's: it need not even be text.
    let renewed = fs::read(&cert).expect("certificate");
    fs::write(&cert, [b"\xff renewed\n", renewed.as_slice()].concat()).expect("certificate");
    server.reload("certificate reloaded");
    site.admin(&["status"]).ok();
    let second = pinned();
    assert_ne!(first, second);
    fs::write(&cert, "nothing of use").expect("certificate");
    server.reload("certificate not reloaded");
    site.admin(&["status"]).ok();
    assert_eq!(second, pinned());
    server.stop();
}

#[test]
fn a_full_disk_refuses_grants_answers_reads_and_recovers() {
    full_disk(Stdio::piped());
}

#[test]
fn a_full_disk_ends_nothing_when_the_log_cannot_be_written() {
    full_disk(full());
}

fn full_disk(log: Stdio) {
    let site = Site::licensed(ITEMS);
    let mount = site.path("small");
    fs::create_dir(&mount).expect("mount point");
    let mounted = rustix::mount::mount(
        "tmpfs",
        &mount,
        "tmpfs",
        rustix::mount::MountFlags::empty(),
        Some(c"size=4m,mode=0700"),
    );
    if let Err(error) = mounted {
        eprintln!("SKIPPED a_full_disk_…: no small file system can be mounted here ({error})");
        return;
    }
    let _unmount = Mounted(mount.clone());
    let data = format!("{mount}/data");
    copy(&site.data(), &data);
    let server = Served::logging_to(log, &data);
    assert_eq!(checkout(&server, "ws1").0, 201);
    let filler = format!("{mount}/filler");
    let full = fill(&filler);
    assert!(full > 0);
    let (status, body) = checkout(&server, "ws2");
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("storage-full"), "{body}");
    let (status, _) = ask(&server, "GET /version", "");
    assert_eq!(status, 200, "reads are answered");
    fs::remove_file(&filler).expect("space again");
    let recovered = (0..200_000).any(|_| checkout(&server, "ws2").0 == 201);
    assert!(recovered, "grants come back when space does");
    server.stop();
    let server = Served::start(&data, &[]);
    let leases = run(&["admin", "--data", &data, "--json", "leases", "list"]).json();
    assert_eq!(leases["total"], 2, "{leases}");
    server.stop();
}

struct Mounted(String);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = rustix::mount::unmount(&self.0, rustix::mount::UnmountFlags::DETACH);
    }
}

/// Writes until nothing more fits; gives the bytes written.
fn fill(file: &str) -> usize {
    let mut open = fs::File::create(file).expect("filler");
    let mut total = 0;
    for size in [64 * 1024, 4096, 512, 1] {
        let block = vec![0_u8; size];
        while open.write_all(&block).is_ok() {
            total += size;
        }
    }
    total
}

fn copy(from: &str, to: &str) {
    fs::create_dir(to).expect("folder");
    fs::set_permissions(to, fs::Permissions::from_mode(0o700)).expect("permission bits");
    for entry in fs::read_dir(from).expect("folder") {
        let entry = entry.expect("entry");
        let target = format!("{to}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().expect("type").is_dir() {
            copy(&entry.path().display().to_string(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}
