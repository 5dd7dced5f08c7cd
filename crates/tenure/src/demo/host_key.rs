//! A web application licensed by its host name: `tenure demo --host-key`.
//!
//! Real license files, the SDK's own checks over HTTP, four users, a revocation, and an office that is gone. Invariant:
//! every claim of the story is what the application was told. Deliberately not here: counting over days (issuing's tests).

use super::{
    office::Publisher,
    story::{Story, unexpected},
};
use crate::chance;
use anyhow::Context as _;
use std::{fs, net::TcpListener, path::Path, time::Duration};
use tenure_api::office::{Decided, HostGroup, HostKeyRequest, Reason};
use tenure_document::{HostName, RootPin};
use tenure_sdk::HostLicense;

/// The product of the catalog that runs on a web server.
const PRODUCT: &str = "cad-suite";
const HOST: &str = "app.example.com";

/// Tells the story.
///
/// # Errors
/// A step did not go as told.
pub fn run(
    story: &mut Story,
    publisher: &Publisher,
    root: RootPin,
    folder: &Path,
) -> anyhow::Result<()> {
    story.chapter("A web application is licensed by the name of its host")?;
    let licenses = folder.join("licenses");
    let group = issue(publisher, &licenses)?;
    let files = group.keys.iter().map(|key| key.file_name.clone()).collect::<Vec<_>>().join(", ");
    story.tell("publisher", &format!("issued {} for 2 users: {files}", group.id))?;
    story.tell("customer", "put the files into the license folder of the application")?;

    let application = Application { licenses: &licenses, root, office: publisher.url() };
    for (user, expected) in
        [("ann", "valid"), ("ben", "valid"), ("ann", "valid"), ("cleo", "over-limit")]
    {
        let (before, told) = application.start(user, folder)?;
        expect(&told, expected)?;
        let text = format!("started at once ({before}), then asked the office: {told}");
        story.tell(&format!("computer of {user}"), &text)?;
    }
    story.tell("office", "counted distinct computers by random numbers; it knows no names")?;

    let key = &group.keys.iter().find(|key| key.host == HOST).context("the key of the host")?.id;
    let office = publisher.staff();
    office.revoke_host_key(key, &Reason::new("moved"), &chance::idempotency_key()?)?;
    story.tell("publisher", "revoked the key")?;
    let gone = Application { office: nobody()?, ..application };
    let (before, _) = gone.start("dora", folder)?;
    expect(&before, "unchecked")?;
    story.tell(
        "computer of dora",
        &format!("can't reach the office and starts all the same ({before})"),
    )?;
    let (_, told) = application.start("ann", folder)?;
    expect(&told, "revoked")?;
    story.tell("computer of ann", &format!("reached it and was told, signed: {told}"))?;
    let (before, _) = gone.start("ann", folder)?;
    expect(&before, "revoked")?;
    story.tell("computer of ann", "remembers that, also without the office")?;
    let local =
        Application { office: nobody()?, ..application }.open("localhost", "dev", folder)?;
    expect(local.status().code(), "valid")?;
    story.tell("developer", "works on localhost with the key that came along; nobody is counted")
}

fn expect(told: &str, expected: &str) -> anyhow::Result<()> {
    match told == expected {
        true => Ok(()),
        false => Err(unexpected("application", format!("{told} instead of {expected}"))),
    }
}

/// Issues the keys and writes their files.
fn issue(publisher: &Publisher, licenses: &Path) -> anyhow::Result<HostGroup> {
    let office = publisher.staff();
    let request = HostKeyRequest {
        customer: Some(publisher.customer().to_owned()),
        product: PRODUCT.to_owned(),
        hosts: [HOST, "localhost", "127.0.0.1"].map(str::to_owned).to_vec(),
        users: 2,
        ..HostKeyRequest::default()
    };
    let Decided::Done(group) = office.issue_host_keys(&request, &chance::idempotency_key()?)?
    else {
        return Err(unexpected("publisher", "the keys wait for approval"));
    };
    fs::create_dir(licenses).context("making the license folder")?;
    for key in &group.keys {
        let host: HostName = key.host.parse()?;
        fs::write(licenses.join(host.file_name()), office.host_key_file(&key.id)?)?;
    }
    Ok(group)
}

/// An address at which nobody listens.
fn nobody() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    Ok(format!("http://{}", listener.local_addr()?))
}

/// The application on one of the computers.
#[derive(Clone)]
struct Application<'a> {
    licenses: &'a Path,
    root: RootPin,
    office: String,
}

impl Application<'_> {
    fn open(&self, host: &str, user: &str, folder: &Path) -> anyhow::Result<HostLicense> {
        let license = HostLicense::open(self.licenses, host)
            .root(&self.root.to_string())
            .product(PRODUCT)
            .revision("2.0")
            .check_url(&self.office)
            .state_file(folder.join(format!("computer-of-{user}.json")))
            .start()?;
        Ok(license)
    }

    /// What it sees at once, and what once the office was asked.
    fn start(&self, user: &str, folder: &Path) -> anyhow::Result<(String, String)> {
        let license = self.open(HOST, user, folder)?;
        let before = license.status().code().to_owned();
        let after = license.wait_for_check(Duration::from_secs(30)).code().to_owned();
        Ok((before, after))
    }
}
