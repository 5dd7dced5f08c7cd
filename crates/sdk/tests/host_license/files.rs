//! Which file of a license folder is taken, and what is said when none fits.

use std::time::Duration;

use expect_test::{Expect, expect};
use tenure_document::{HostKey, OfflinePolicy};

use crate::publisher::{hybrid, now};
use crate::site::{Site, key};

fn check(site: &Site, host: &str, expected: Expect) {
    let said = match site.open(host).start() {
        Ok(license) => format!("{} {}", license.key().id, license.status().code()),
        Err(error) => {
            let folder = site.path().display().to_string();
            format!("{}: {error}", error.code()).replace(&folder, "FOLDER")
        }
    };
    expected.assert_eq(&said);
}

#[test]
fn the_best_key_for_the_host_is_taken_whatever_its_file_is_called() {
    let site = Site::new();
    site.put(&key("*.example.com", OfflinePolicy::Allow));
    site.put(&key("localhost", OfflinePolicy::Deny));
    check(&site, "a.example.com", expect!["key of *.example.com unchecked"]);
    check(&site, "A.Example.COM.", expect!["key of *.example.com unchecked"]);
    check(&site, "localhost", expect!["key of localhost valid"]);
    let ended = HostKey {
        expires: Some(now().minus(Duration::from_secs(1))),
        id: "old".into(),
        ..key("a.example.com", OfflinePolicy::Allow)
    };
    site.put(&ended);
    check(&site, "a.example.com", expect!["key of *.example.com unchecked"]);
    let renamed = HostKey { id: "mine".into(), ..key("a.example.com", OfflinePolicy::Allow) };
    site.put_as("renamed by somebody.txt", &renamed, &crate::site::publisher().issuer);
    check(&site, "a.example.com", expect!["mine unchecked"]);
    check(
        &site,
        "example.com",
        expect![[r#"
        no-host-key: no license file in FOLDER is for example.com
          +.example.com.txt: it is for *.example.com
          a.example.com.txt: it is for a.example.com
          localhost.txt: it is for localhost
          renamed by somebody.txt: it is for a.example.com"#]],
    );
}

#[test]
fn a_file_that_does_not_prove_what_it_says_is_named_with_the_reason() {
    let site = Site::new();
    let good = key("example.com", OfflinePolicy::Allow);
    site.put_as("foreign.txt", &good, &hybrid(100));
    site.put_as(
        "product.txt",
        &HostKey { product: "office".into(), ..good.clone() },
        &crate::site::publisher().issuer,
    );
    site.put(&good);
    let path = site.path().join("example.com.txt");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(site.path().join("cut.txt"), &text[..text.len() / 2]).unwrap();
    std::fs::write(site.path().join("notes.txt"), "call the vendor on Monday").unwrap();
    std::fs::remove_file(&path).unwrap();
    check(
        &site,
        "example.com",
        expect![[r#"
        no-host-key: no license file in FOLDER is for example.com
          cut.txt: the text form of the document is damaged: the END line is missing; get the file again from its sender
          foreign.txt: the document is signed by a key that the key set does not hold; get the publisher's newest key set
          product.txt: it is for the product "office""#]],
    );
    // A key of development is no key for anything else, and none for a public name.
    let site = Site::new();
    site.put(&key("localhost", OfflinePolicy::Allow));
    site.put(&key("127.0.0.1", OfflinePolicy::Allow));
    check(
        &site,
        "example.com.localhost.evil.com",
        expect![[r#"
        no-host-key: no license file in FOLDER is for example.com.localhost.evil.com
          127.0.0.1.txt: it is for 127.0.0.1
          localhost.txt: it is for localhost"#]],
    );
    check(&site, "127.0.0.1", expect!["key of 127.0.0.1 valid"]);
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let site = Site::new();
    check(
        &site,
        "*.example.com",
        expect!["client-setup: *.example.com: an application runs on one host"],
    );
    check(
        &site,
        "example.com:80",
        expect![[r#"client-setup: "example.com:80" is not a host: leave out the port"#]],
    );
    let said = tenure_sdk::HostLicense::open(site.path(), "example.com").start().unwrap_err();
    assert_eq!(said.to_string(), "say `root` before `start`");
    let none = tenure_sdk::HostLicense::open("/nowhere/at/all", "example.com")
        .root(&crate::site::publisher().pin().to_string())
        .product("cad")
        .start();
    assert_eq!(none.unwrap_err().code(), "license-folder");
}
