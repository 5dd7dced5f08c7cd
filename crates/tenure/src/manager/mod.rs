//! `tenure manager`: the manager's pages by themselves, for license servers anywhere.
//!
//! Invariants: on loopback unless told otherwise; the gate before it is that of every other server of the house; the
//! ready line is the first and only line on standard output; it holds no license and no login outlives it.
//! Deliberately not here: what the pages show (`tenure_web`).

mod file;

use crate::{
    clock::RealClock,
    daemon::{self, DoorFlags},
    exit::Failure,
    logs,
    pages::system,
    say,
    signals::Signals,
};
use clap::Args;
use file::SettingsFile;
use std::{fs, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tenure_api::TlsTrust;
use tenure_shell::{
    edge::{Edge, OwnerTokens},
    fallback::closed,
    limits::{Limits, Login},
    metrics::{Metrics, Visit},
    running::{Doors, Running},
    shell::{Gate, RouterOnly, Shell},
};
use tenure_web::{Fleet, ServerPlace, SiteOptions};
use tokio::runtime::Runtime;

const GRACE: Duration = Duration::from_secs(5);
const CERTIFICATE_CHECK: Duration = Duration::from_secs(60);

/// Serve the pages of license servers that run elsewhere.
#[derive(Debug, Args)]
pub struct ManagerArgs {
    /// Address of a license server, such as https://licenses.example:7070, with NAME= before it if it is to have one;
    /// may be given several times. Those of the settings file are shown as well.
    #[arg(long, value_name = "[NAME=]URL", value_parser = server)]
    server: Vec<ServerPlace>,
    /// Address and port; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7071")]
    listen: SocketAddr,
    /// PEM file with the certificates of license servers to believe, instead of the system's.
    #[arg(long, env = "TENURE_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// File with the settings, which the pages change. [default: tenure/manager.toml in the folder for configuration]
    #[arg(long, env = "TENURE_MANAGER_SETTINGS", value_name = "FILE")]
    settings: Option<PathBuf>,
    #[command(flatten)]
    doors: DoorFlags,
}

impl ManagerArgs {
    /// Runs until SIGTERM or Ctrl-C.
    ///
    /// # Errors
    /// The settings make no sense or can't be written; the address is taken.
    pub fn run(self) -> anyhow::Result<()> {
        logs::start(self.doors.log(), logs::Format::Text)?;
        let file = SettingsFile::at(self.settings.clone())?;
        let runtime = daemon::runtime()?;
        let running = self.listening(&runtime, &file)?;
        let mut signals = Signals::catch(&runtime)?;
        say::ready(format_args!(
            "listening on {}",
            running.urls().first().map_or("", String::as_str)
        ));
        note!(
            "settings are in {}; who has the key in {} may change them without a login",
            file.path().display(),
            file.key_file().display()
        );
        let told = signals.wait_until_told(&runtime, || running.reload_certificates());
        runtime.block_on(running.stop(GRACE));
        file.remove_key();
        runtime.shutdown_timeout(Duration::from_secs(1));
        told
    }

    fn listening(&self, runtime: &Runtime, file: &SettingsFile) -> anyhow::Result<Running> {
        let tls = self.doors.tls()?;
        let options = SiteOptions {
            secure: tls.is_some(),
            fleet: Some(self.fleet(file)?),
            system: system(),
            ..SiteOptions::default()
        };
        let fleet = options.fleet.clone().ok_or_else(|| Failure::fault("no servers"))?;
        let router = tenure_web::manager(fleet, options)
            .ok_or_else(|| Failure::fault("the operating system has no random numbers"))?;

        // Pages are for few people; a login may wait for a server as long as that takes.
        let limits = Limits {
            connections_max: 512,
            in_flight_max: 256,
            request_timeout: Duration::from_secs(75),
            ..Limits::default()
        };
        let metrics = Arc::new(Metrics::new::<Visit>());
        let owner = OwnerTokens::default();
        let edge = Edge::new(
            Arc::new(RealClock),
            &Login::default(),
            owner,
            limits.clone(),
            metrics.clone(),
        );
        let _inside = runtime.enter();
        let cant_listen = |fault| daemon::cant_listen("license manager", fault);
        let doors =
            Doors::bind([(self.listen, tls)], self.doors.insecure_http()).map_err(cant_listen)?;
        let hosts = doors.named_in(self.doors.hosts());
        Ok(doors.open(&edge, CERTIFICATE_CHECK, |_| {
            let gate = Gate::new(hosts.clone(), metrics.clone(), &limits)
                .with_problem_page(Some(tenure_web::manager_problem));
            Shell::new(RouterOnly::<Visit>::default(), closed(router.clone()), gate)
        }))
    }

    /// The servers of the command line, then those of the file that it does not name.
    fn fleet(&self, file: &SettingsFile) -> anyhow::Result<Arc<Fleet>> {
        let mut settings = file.read()?;
        let mut servers: Vec<ServerPlace> = Vec::new();
        for named in &self.server {
            // A server that is in the file already keeps the name and certificate that it has there.
            let known = settings.servers.iter().position(|known| known.address == named.address);
            let mut place = match known {
                Some(at) => settings.servers.remove(at),
                None => named.clone(),
            };
            if named.name != ServerPlace::at(&named.address).name {
                place.name.clone_from(&named.name);
            }
            servers.push(place);
        }
        servers.append(&mut settings.servers);
        settings.servers = servers;
        let trust = match &self.ca {
            None => TlsTrust::System,
            Some(ca) => TlsTrust::Roots(fs::read_to_string(ca).map_err(|error| {
                Failure::fault(format!("can't read {}: {error}", ca.display()))
            })?),
        };
        let fleet = Fleet::new(settings, trust, file.fresh_key()?, Box::new(file.clone()));
        Ok(Arc::new(fleet.map_err(|why| {
            Failure::usage(why)
                .hint(format!("servers stand in --server and in {}", file.path().display()))
        })?))
    }
}

fn server(text: &str) -> Result<ServerPlace, String> {
    let (name, address) = match text.split_once('=') {
        Some((name, address)) if !name.contains("://") => (Some(name.trim()), address),
        _ => (None, text),
    };
    let address =
        if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let place = ServerPlace::at(address);
    match name {
        Some("") => Err("no name stands before the `=`".to_owned()),
        Some(name) => Ok(ServerPlace { name: name.to_owned(), ..place }),
        None => Ok(place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_with_and_without_a_name() {
        let check =
            |text: &str| server(text).map(|place| format!("{}: {}", place.name, place.address));
        assert_eq!(check("https://a.example:1/"), Ok("a.example:1: https://a.example:1".into()));
        assert_eq!(check("a:1"), Ok("a:1: http://a:1".into()));
        assert_eq!(check("Building 7=https://a:1"), Ok("Building 7: https://a:1".into()));
        assert!(check("=https://a:1").is_err());
    }
}
