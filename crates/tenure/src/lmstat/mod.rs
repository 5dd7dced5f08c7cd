//! `tenure lmstat`: what a license server does, in the words of FlexNet Publisher's status tool.
//!
//! For monitors that call `lmutil lmstat …` and read its text: with a link named `lmutil` to this program they run
//! unchanged. Kept here: what goes to standard output is that text and nothing else; the exit codes are that tool's.
//! Deliberately not here: changing anything.

mod fetch;
mod place;
mod report;
#[cfg(test)]
mod shapes;
mod text;
mod words;

use crate::{
    admin::{Connection, failure},
    clock,
    exit::{Failure, Kind},
};
use clap::Args;
use fetch::Wanted;
use place::Place;
use report::{Fault, Report};
use std::{io::Write as _, path::PathBuf, time::Duration};
use text::Parts;

/// The status of license servers as FlexNet Publisher's lmstat prints it.
#[derive(Debug, Args)]
pub struct LmstatArgs {
    /// Everything: servers, vendor daemon, and all features with who has what.
    #[arg(short = 'a')]
    all: bool,
    /// Only features that somebody has or wants something of.
    #[arg(short = 'A')]
    active: bool,
    /// Servers: PORT@HOST, or an address; `,` between servers that stand for one another, `:` between others.
    #[arg(short = 'c', value_name = "PORT@HOST", env = "TENURE_LICENSE_FILE")]
    servers: Option<String>,
    /// One feature, or all.
    #[arg(short = 'f', value_name = "FEATURE", num_args = 0..=1)]
    feature: Option<Option<String>>,
    /// The table of items with their ends, of one feature or all.
    #[arg(short = 'i', value_name = "FEATURE", num_args = 0..=1)]
    items: Option<Option<String>>,
    /// All features of this vendor daemon; there is one, `tenure`.
    #[arg(short = 'S', value_name = "VENDOR", num_args = 0..=1)]
    vendor: Option<Option<String>>,
    /// Only the servers, or one of them. After -a, `-sec`: starts with their seconds.
    #[arg(short = 's', value_name = "SERVER", num_args = 0..=1)]
    server: Option<Option<String>>,
    /// Seconds to wait for a server.
    #[arg(short = 't', value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// The version of this program, as such tools tell it.
    #[arg(short = 'v')]
    version: bool,
    /// Only totals, without who has what.
    #[arg(long)]
    no_user_info: bool,
    /// Data folder of a server running on this machine: its address and its owner's token are taken from there.
    #[arg(long, env = "TENURE_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address of the server, when -c names none.
    #[arg(long, env = "TENURE_SERVER", value_name = "URL")]
    server_url: Option<String>,
    /// File with a bearer token, instead of the one kept by `tenure admin login`.
    #[arg(long, env = "TENURE_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// PEM file with the certificates to believe, instead of the system's.
    #[arg(long, env = "TENURE_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Ask PORT@HOST by plain HTTP where it does not speak TLS: the token travels in the clear.
    #[arg(long)]
    insecure_http: bool,
}

impl LmstatArgs {
    /// Prints one report for each group of servers.
    ///
    /// # Errors
    /// No server of a group answers, the feature asked for is unknown, or the flags make no sense.
    pub fn run(self) -> anyhow::Result<()> {
        let program = env!("CARGO_PKG_VERSION");
        if self.version {
            return print(&text::version(program));
        }
        let (parts, wanted) = (self.parts(), self.wanted());
        let mut outcome = Ok(());
        for (index, group) in self.groups()?.iter().enumerate() {
            let (report, error) = fetch::report(group, &wanted, clock::wall(), |address| {
                // A data folder has its server's pin with the address; a name given has none.
                let is_named = self.servers.is_some() || self.server_url.is_some();
                let at = self.connection(is_named.then_some(address));
                at.client_within(Duration::from_secs(self.timeout))
            });
            let between = if index == 0 { "" } else { text::BETWEEN };
            let told = match (&report.told, &self.items) {
                (Some(told), Some(_)) => text::items(&told.items),
                _ => text::report(&report, &parts),
            };
            print(&format!("{between}{}{told}", text::head(&report, program)))?;
            if outcome.is_ok() {
                outcome = judged(&report, error, &wanted);
            }
        }
        outcome
    }

    fn connection(&self, server: Option<&str>) -> Connection {
        // Of a data folder the token counts; the address, where none is named.
        Connection::to(
            server.map(str::to_owned),
            self.data.clone(),
            self.token_file.clone(),
            self.ca.clone(),
        )
    }

    fn groups(&self) -> anyhow::Result<Vec<Vec<Place>>> {
        let usage = |why: String| Failure::usage(why);
        if let Some(path) = &self.servers {
            let mut groups = place::places(path, self.insecure_http).map_err(usage)?;
            if let Some(Some(name)) = &self.server
                && !self.with_seconds()
            {
                groups.retain(|group| group.iter().any(|one| one.host.eq_ignore_ascii_case(name)));
            }
            return Ok(groups);
        }
        let address = match &self.server_url {
            Some(url) if url.contains("://") => url.clone(),
            Some(url) => format!("http://{url}"),
            None => self.connection(None).named_address()?,
        };
        let place = place::of_address(&address)
            .ok_or_else(|| usage(format!("`{address}` is no address of a server")))?;
        Ok(vec![vec![place]])
    }

    /// `-asec` reads as `-a -s ec`.
    fn with_seconds(&self) -> bool {
        self.all && self.server.as_ref().is_some_and(|name| name.as_deref() == Some("ec"))
    }

    fn parts(&self) -> Parts {
        let seconds = self.with_seconds();
        let servers_only = self.server.is_some() && !seconds && !self.all;
        let of_vendor = match &self.vendor {
            Some(Some(name)) => name.eq_ignore_ascii_case(text::VENDOR),
            Some(None) => true,
            None => false,
        };
        Parts {
            vendor: !servers_only,
            features: self.all || self.active || self.feature.is_some() || of_vendor,
            active_only: self.active && !self.all,
            asked_for: self.feature.clone().flatten().map(|name| words::feature(&name)),
            totals_only: self.no_user_info,
            seconds,
        }
    }

    fn wanted(&self) -> Wanted {
        let one = |name: &Option<Option<String>>| name.clone().flatten();
        Wanted {
            features: self.items.is_none() && self.parts().features,
            items: self.items.is_some(),
            only: one(&self.feature).or_else(|| one(&self.items)),
        }
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
}

/// How the program ends: as the original does, its negative numbers wrapped around.
fn judged(
    report: &Report,
    error: Option<tenure_api::ApiError>,
    wanted: &Wanted,
) -> anyhow::Result<()> {
    let Some(told) = &report.told else {
        let code = match text::worst(report) {
            Fault::Refused | Fault::Silent => 241,
            Fault::Garbled => 240,
            Fault::NotAllowed => 193,
        };
        let failure = error.map_or_else(|| Failure::fault("no server answers"), failure);
        return Err(Failure { kind: Kind::AsOriginal(code), ..failure }.into());
    };
    match &wanted.only {
        Some(only) if told.features.is_empty() && told.items.is_empty() => {
            let why = format!("the server has no feature {only}");
            Err(Failure { kind: Kind::AsOriginal(251), ..Failure::refused("unknown-feature", why) }
                .into())
        }
        _ => Ok(()),
    }
}
