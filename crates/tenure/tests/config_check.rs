//! `tenure config check` beside `tenure server run` and `tenure office run`: what the one passes, the others start with.
//!
//! Deliberately not here: the syntax of the file and which source wins; those are tests of `settings`.

mod program;

use expect_test::{Expect, expect};
use program::{Ended, Site, ended, tenure};
use std::{fs, os::unix::fs::PermissionsExt as _};

/// Commands of one kind of service on the folder of a site.
struct Folder<'a> {
    site: &'a Site,
    file: &'a str,
    check: &'a [&'a str],
    run: &'a [&'a str],
}

impl Folder<'_> {
    /// Both with a configuration; its words `SITE` stand for the site's folder.
    fn both(&self, configuration: &str) -> [Ended; 2] {
        let text = configuration.replace("SITE", &self.site.path(""));
        fs::write(self.site.path(self.file), text).expect("a configuration");
        [self.check, self.run].map(|command| {
            let mut tenure = tenure();
            ended(tenure.args(command).current_dir(self.site.folder.path()))
        })
    }

    /// Both refuse it, with the same exit code and the same words.
    #[track_caller]
    fn refused(&self, configuration: &str, expected: Expect) {
        let [checked, ran] = self.both(configuration);
        let said = |ended: &Ended| {
            let text = ended.stderr.replace(&self.site.path(""), "SITE/");
            format!("{} {}", ended.code, text.lines().next().unwrap_or_default())
        };
        assert_eq!(said(&checked), said(&ran));
        expected.assert_eq(&said(&checked));
    }
}

#[test]
fn a_check_refuses_what_a_license_server_would_refuse() {
    let site = Site::licensed("[]");
    site.certify();
    fs::rename(site.path("cert.pem"), site.path("other.pem")).expect("renamed");
    site.certify();
    fs::copy(site.path("key.pem"), site.path("open.pem")).expect("copied");
    fs::set_permissions(site.path("open.pem"), fs::Permissions::from_mode(0o644)).expect("open");
    let server = Folder {
        site: &site,
        file: "data/tenure.toml",
        check: &["config", "check", "--data", "data"],
        run: &["server", "run", "--data", "data"],
    };
    server.refused("listen = \"0.0.0.0:0\"", expect!["2 error: 0.0.0.0:0 can be reached by other machines: give a certificate and key, or say `insecure_http = true` (--insecure-http) when something in front of it does TLS"]);
    let tls = |certificate: &str, key: &str| {
        format!(
            "listen = \"0.0.0.0:0\"\n[tls]\ncertificate = \"SITE{certificate}\"\nkey = \"SITE{key}\""
        )
    };
    server.refused(
        &tls("gone.pem", "key.pem"),
        expect!["4 error: SITE/gone.pem can't be read: No such file or directory (os error 2)"],
    );
    server.refused(
        &tls("key.pem", "key.pem"),
        expect!["4 error: SITE/key.pem holds no PEM certificate"],
    );
    server.refused(&tls("other.pem", "key.pem"), expect!["4 error: SITE/key.pem is not the key of the certificate in SITE/other.pem: name the pair that was made together"]);
    server.refused(&tls("cert.pem", "open.pem"), expect!["3 error: SITE/open.pem is readable by others: run `chmod 600` on it and see who had access [open-to-others]"]);
    server.refused("log.filter = \"foo=bar=baz\"", expect![[r#"2 error: data/tenure.toml:1: log.filter: `foo=bar=baz` is not a log filter (error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5): write a level (error, warn, info, debug, trace) or a list such as info,tenure_server=debug"#]]);
    server.refused("office.url = \"foo\"", expect!["2 error: data/tenure.toml:1: office.url: `foo` is not a server address: write http://host:port or https://host:port"]);
    server.refused(
        "office.url = \"https://office.example\"\noffice.ca = \"SITEgone.pem\"",
        expect![
            "4 error: reading office.ca, SITE/gone.pem: No such file or directory (os error 2)"
        ],
    );
    server.refused(
        "shared_folder.required = true",
        expect!["2 error: shared_folder.required is set, shared_folder.directory is not"],
    );
    server.refused("allowed_hosts = [\"fine.example\", \"http://x/\"]", expect!["2 error: data/tenure.toml:1: allowed_hosts: `http://x/` is not a host name: write it without scheme, port or path, such as licenses.example.com"]);
    server.refused(
        "ledger.archive_dir = \"SITEdata/old\"",
        expect!["2 error: the archive SITE/data/old can't lie in the data folder"],
    );

    let away =
        "listen = \"127.0.0.1:0\"\n[shared_folder]\ndirectory = \"SITEgone\"\nrequired = true";
    let told = server.both(away).map(|ended| ended.fails(4));
    assert!(told.iter().all(|said| said.contains("gone") && said.contains("mount it")), "{told:?}");
    let [checked, _] = server.both("listen = \"nowhere\"");
    checked.fails(2);
}

#[test]
fn a_check_refuses_a_folder_that_is_not_there_or_is_another_services() {
    let site = Site::unlicensed();
    let office = ["office", "init", "--data", "office", "--keys", "keys"];
    ended(tenure().args(office).current_dir(site.folder.path())).ok();
    let check = |data: &str, kind: &[&str], expected: Expect| {
        let checked = ended(
            tenure()
                .args(["config", "check", "--data", data])
                .args(kind)
                .current_dir(site.folder.path()),
        );
        expected.assert_eq(&format!("{} {}", checked.code, checked.stderr));
    };
    check("data", &[], expect!["0 "]);
    check("office", &["--office"], expect!["0 "]);
    check(
        "nowhere",
        &[],
        expect![[r#"
        3 error: there is no license server in nowhere [no-server]
          hint: make one with: tenure server init --data nowhere --keyset FILE
    "#]],
    );
    check(
        "nowhere",
        &["--office"],
        expect![[r#"
        3 error: there is no office in nowhere [no-office]
          hint: make one with: tenure office init --data nowhere --keys FOLDER
    "#]],
    );
    check(
        "office",
        &[],
        expect![[r#"
        3 error: office is the folder of an office [no-server]
          hint: tenure office run --data office --keys FOLDER
    "#]],
    );
    check(
        "data",
        &["--office"],
        expect![[r#"
        3 error: there is no office in data [no-office]
          hint: make one with: tenure office init --data data --keys FOLDER
    "#]],
    );
}

#[test]
fn a_check_refuses_what_an_office_would_refuse() {
    let site = Site::unlicensed();
    let office = Folder {
        site: &site,
        file: "office/office.toml",
        check: &["config", "check", "--office", "--data", "office"],
        run: &["office", "run", "--data", "office", "--keys", "keys"],
    };
    let init = ["office", "init", "--data", "office", "--keys", "keys"];
    ended(tenure().args(init).current_dir(site.folder.path())).ok();
    office.refused("listen = \"0.0.0.0:0\"", expect!["2 error: 0.0.0.0:0 can be reached by other machines: give a certificate and key, or say `insecure_http = true` (--insecure-http) when something in front of it does TLS"]);
    office.refused("host_keys.check_url = \"foo\"", expect!["2 error: office/office.toml:1: host_keys.check_url: `foo` is not a server address: write http://host:port or https://host:port"]);
    office.refused("allowed_hosts = [\"office.example:7080\"]", expect!["2 error: office/office.toml:1: allowed_hosts: `office.example:7080` is not a host name: write it without scheme, port or path, such as licenses.example.com"]);
    office.refused("log.filter = \"foo=bar=baz\"", expect![[r#"2 error: office/office.toml:1: log.filter: `foo=bar=baz` is not a log filter (error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5): write a level (error, warn, info, debug, trace) or a list such as info,tenure_server=debug"#]]);
}
