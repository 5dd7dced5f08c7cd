//! `tenure demo`: the whole chain from an office to seats on this machine, told as a story a newcomer can follow.
//!
//! Nothing is simulated: real keys, a real office and a real license server on real files that talk over HTTP, example
//! applications that use the SDK and verify every lease, a device that is fed by files. Invariants: nothing that exists is written over; `--once` ends with
//! code 0 only when every step of the story went as told.
//! Deliberately not here: performance (`bench`) and a production set-up (README, docs/OPERATIONS.md).

mod applications;
mod device;
mod directory;
mod host_key;
mod office;
mod story;

use crate::{
    exit::Failure,
    logs, offline,
    serve::Serving,
    settings::{Layers, Settings},
};
use anyhow::Context as _;
use clap::Args;
use office::Publisher;
use std::{
    collections::BTreeMap,
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};
use story::{Door, Story, unexpected};
use tenure_api::{Client, ClientOptions, Credential, PropertiesChange, SyncOutcome};
use tenure_document::RootPin;

/// The address tried first.
const USUAL: &str = "127.0.0.1:7070";

/// See the whole story on this machine in a few seconds.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// End by itself when the story is told.
    #[arg(long)]
    once: bool,
    /// Show too how applications are licensed through nothing but a shared directory.
    #[arg(long)]
    folder: bool,
    /// Tell another story: a web application that is licensed by the name of its host. Ends by itself.
    #[arg(long, conflicts_with_all = ["listen", "folder"])]
    host_key: bool,
    /// Address and port of the server; by default 127.0.0.1:7070, or any free port when that is taken.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Folder to make everything in; a temporary one by default, which goes at the end.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Tells the story.
///
/// # Errors
/// A folder can't be made, the port is taken, or a step did not go as told.
pub fn run(args: &DemoArgs) -> anyhow::Result<()> {
    logs::start("warn", logs::Format::Text)?;
    let temporary;
    let folder = match &args.data {
        Some(folder) if folder.exists() => {
            return Err(Failure::usage(format!(
                "{} exists already; the demo makes a new folder",
                folder.display()
            ))
            .into());
        }
        Some(folder) => folder.clone(),
        None => {
            temporary = tempfile::Builder::new().prefix("tenure-demo-").tempdir()?;
            temporary.path().to_owned()
        }
    };
    let mut story = Story::begin(&folder)?;
    make_folder(&folder)?;
    story.chapter("A publisher opens its office and sells")?;
    let root = offline::make_keys(&folder.join("publisher"), "Example Publisher")?;
    story.tell(
        "publisher",
        &format!("made its keys; its applications will trust {}", shortened(&root.to_string())),
    )?;
    let publisher = Publisher::open(&mut story, &folder)?;
    let told = match args.host_key {
        true => host_key::run(&mut story, &publisher, root, &folder),
        false => at_the_customer(&mut story, &publisher, root, &folder, args),
    };
    let stopped = publisher.stop();
    told.and(stopped)
}

fn make_folder(folder: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("making {}", folder.display()))
}

fn at_the_customer(
    story: &mut Story,
    publisher: &Publisher,
    root: RootPin,
    folder: &Path,
    args: &DemoArgs,
) -> anyhow::Result<()> {
    let data = folder.join("server");
    story.chapter("A customer's license server gets what was bought, on line")?;
    let serial = offline::init_server(&data, &folder.join("publisher/keyset.tnr"), "demo server")?;
    story.tell("license server", &format!("made its container {serial}"))?;
    publisher.activate_server(offline::context(&data)?)?;
    story.tell("administrator", "activated five lines for it in the publisher's portal")?;
    let shared = args.folder.then(|| folder.join("shared"));
    if let Some(shared) = &shared {
        make_folder(shared)?;
    }
    let settings = settings(args.listen.as_deref(), &publisher.url(), shared.as_deref())?;
    let mut serving = Serving::start(&data, &settings, false)?;
    let told = at_the_server(story, (&mut serving, publisher), (&data, root), folder, args.once);
    let stopped = serving.stop();
    told.and(stopped)
}

fn at_the_server(
    story: &mut Story,
    (serving, publisher): (&mut Serving, &Publisher),
    (data, root): (&Path, RootPin),
    folder: &Path,
    once: bool,
) -> anyhow::Result<()> {
    let url = serving.url();
    let admin = administrator(&url, data)?;
    story.tell("license server", &format!("runs on {url}"))?;
    let round = admin.sync_with_office()?;
    if round.outcome != SyncOutcome::Updated {
        return Err(unexpected("license server", format!("{round:?}")));
    }
    story.tell(
        "license server",
        "asked the office, verified its answer (Ed25519 and ML-DSA-65) and applied it: it can serve",
    )?;
    watchable_terms(&admin)?;
    story.chapter("Applications check out, renew, are denied, and return")?;
    let still_held = applications::run(story, &url, &root.to_string(), folder)?;
    if let Some(state) = serving.shared_state() {
        story.chapter("A common directory is enough: a file goes in, a file comes out")?;
        directory::run(story, &folder.join("shared"), &root.to_string(), &state)?;
    }
    story.chapter("A device that is never on line is licensed by carried files")?;
    device::run(story, publisher, root, folder)?;
    story.end(&url, data, once, &doors(serving, publisher))?;
    if !once {
        serving.wait_until_told()?;
    }
    // The applications end before their server does, and give back what they hold.
    drop(still_held);
    Ok(())
}

/// Where the pages are for people.
fn doors(serving: &Serving, publisher: &Publisher) -> Vec<Door> {
    let server = serving.setup_token().map(|token| Door {
        address: serving.url(),
        whose: "the license server",
        token: token.to_owned(),
    });
    let office = publisher.setup_token().map(|token| Door {
        address: format!("{}/console", publisher.url()),
        whose: "the publisher's office",
        token: token.to_owned(),
    });
    server.into_iter().chain(office).collect()
}

fn settings(listen: Option<&str>, office: &str, shared: Option<&Path>) -> anyhow::Result<Settings> {
    let usual_is_free =
        USUAL.parse::<SocketAddr>().is_ok_and(|address| TcpListener::bind(address).is_ok());
    let listen = listen.unwrap_or(if usual_is_free { USUAL } else { "127.0.0.1:0" });
    let mut layers = Layers::default();
    layers.flags.set("listen", listen, "--listen");
    layers.flags.set("office.url", office, "the demo");
    if let Some(shared) = shared {
        layers.flags.set("shared_folder.directory", shared.display().to_string(), "--folder");
    }
    Ok(Settings::resolve(&layers)?)
}

fn administrator(url: &str, data: &Path) -> anyhow::Result<Client> {
    let token = std::fs::read_to_string(data.join("admin.token")).context("reading admin.token")?;
    let mut options = ClientOptions::new(url);
    options.credential = Credential::Bearer(token.trim().to_owned());
    Ok(Client::new(options)?)
}

/// Leases of one minute that are renewed every three seconds, so that renewals can be seen.
fn watchable_terms(admin: &Client) -> anyhow::Result<()> {
    let terms = [("lease.floating-seconds", 60), ("lease.renew-percent", 5)];
    let change: BTreeMap<_, _> =
        terms.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect();
    admin.set_properties(&PropertiesChange(change))?;
    Ok(())
}

fn shortened(pin: &str) -> String {
    let head: String = pin.chars().take(17).collect();
    format!("{head}…")
}
