//! `tenure demo`: the main job from keys to seats on this machine, told as a story a newcomer can follow.
//!
//! Nothing is simulated: real keys, a real issued license, the real server on real files, example applications that
//! use the SDK over HTTP and verify every lease. Invariants: nothing that exists is written over; `--once` ends with
//! code 0 only when every step of the story went as told.
//! Deliberately not here: performance (`bench`) and a production set-up (README, docs/OPERATIONS.md).

mod applications;
mod story;

use crate::{
    clock,
    exit::Failure,
    logs,
    serve::Serving,
    settings::{Layers, Settings},
    setup::{self, Licensed},
};
use anyhow::Context as _;
use clap::Args;
use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::Duration,
};
use story::Story;
use tenure_api::{Client, ClientOptions, Credential, PropertiesChange};
use tenure_document::Item;

/// The items of the demo's license.
const CATALOG: &str = include_str!("catalog.json");
/// The address tried first.
const USUAL: &str = "127.0.0.1:7070";

/// See the whole story on this machine in a few seconds.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// End by itself when the story is told.
    #[arg(long)]
    once: bool,
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
    let licensed = publisher_and_license(&mut story, &folder)?;
    let mut serving = Serving::start(&licensed.data, &settings(args.listen.as_deref())?, false)?;
    let told = at_the_server(&mut story, &mut serving, &licensed, &folder, args.once);
    let stopped = serving.stop();
    told.and(stopped)
}

fn at_the_server(
    story: &mut Story,
    serving: &mut Serving,
    licensed: &Licensed,
    folder: &Path,
    once: bool,
) -> anyhow::Result<()> {
    let url = serving.url();
    story.tell("license server", &format!("runs on {url}"))?;
    watchable_terms(&administrator(&url, &licensed.data)?)?;
    story.chapter("Applications check out, renew, are denied, and return")?;
    let still_held = applications::run(story, &url, &licensed.root.to_string(), folder)?;
    story.end(&url, &licensed.data, once)?;
    if !once {
        serving.wait_until_told();
    }
    // The applications end before their server does, and give back what they hold.
    drop(still_held);
    Ok(())
}

fn publisher_and_license(story: &mut Story, folder: &Path) -> anyhow::Result<Licensed> {
    story.chapter("A publisher licenses a customer's server")?;
    let licensed = setup::licensed_server(folder, "demo server", catalog()?)?;
    story.tell(
        "publisher",
        &format!(
            "made its keys; its applications will trust {}",
            shortened(&licensed.root.to_string())
        ),
    )?;
    story.tell(
        "license server",
        &format!("made its container {} and a context to license it by", licensed.serial),
    )?;
    story.tell(
        "publisher",
        "issued 6 items to exactly that container, signed with Ed25519 and ML-DSA-65",
    )?;
    story.tell("license server", "verified the update and applied it: it can serve")?;
    Ok(licensed)
}

fn catalog() -> anyhow::Result<Vec<Item>> {
    let ends = clock::wall().plus(Duration::from_secs(3 * 86_400)).to_string();
    let day = ends.split('T').next().unwrap_or_default();
    serde_json::from_str(&CATALOG.replace("IN THREE DAYS", day)).context("the demo's catalog")
}

fn settings(listen: Option<&str>) -> anyhow::Result<Settings> {
    let usual_is_free =
        USUAL.parse::<SocketAddr>().is_ok_and(|address| TcpListener::bind(address).is_ok());
    let listen = listen.unwrap_or(if usual_is_free { USUAL } else { "127.0.0.1:0" });
    let mut layers = Layers::default();
    layers.flags.set("listen", listen, "--listen");
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
