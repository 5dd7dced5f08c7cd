//! `tenure wizard --web`: the wizard as a page on this machine.
//!
//! Invariants: it listens on loopback only, in plain HTTP; hosts and origins are checked before anything is routed, as by
//! every server of the house; the page opens by an address with a one-time token, printed after the ready line.
//! Deliberately not here: the pages (`tenure_web`), the exchange (drive).

mod calls;
mod desk;
mod entry;
mod progress;
mod said;

pub use desk::Desk;
pub use progress::Progress;

use crate::{clock::RealClock, daemon, exit::Failure, logs, say, signals::Signals};
use axum::Router;
use axum::http::Method;
use calls::App;
use entry::Entry;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tenure_shell::{
    edge::{Edge, OwnerTokens},
    fallback::closed,
    host::Hosts,
    limits::{Limits, Login},
    metrics::{Class, Metrics},
    running::{Doors, Running},
    shell::{Gate, RouterOnly, Shell},
};
use tenure_web::{InProcess, SiteOptions, wizard_problem};

const GRACE: Duration = Duration::from_secs(5);
/// There are no certificates; the listener asks for an interval all the same.
const CERTIFICATE_CHECK: Duration = Duration::from_secs(3600);

/// All requests are for pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Page,
}

impl Class for Route {
    const LABELS: &'static [&'static str] = &["page"];

    fn index(self) -> usize {
        self as usize
    }

    fn is_hot(self) -> bool {
        false
    }

    fn of(_: &Method, _: &str) -> Self {
        Route::Page
    }
}

/// Serves the page until SIGTERM or Ctrl-C.
///
/// # Errors
/// The address is taken or not on loopback; the system has no random numbers.
pub fn serve(desk: Desk, listen: SocketAddr) -> anyhow::Result<()> {
    if !listen.ip().is_loopback() {
        return Err(Failure::usage(format!("{listen} can be reached from other machines"))
            .hint("the wizard's page is for this machine: --listen 127.0.0.1:0; others use the portal of the office")
            .into());
    }
    logs::start("warn", logs::Format::Text)?;
    let entry = Arc::new(Entry::new()?);
    let api = calls::router(App { desk: Arc::new(desk), entry: entry.clone() });
    let title = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let options = SiteOptions { title, ..SiteOptions::default() };
    let pages = tenure_web::wizard(Arc::new(InProcess::new(api)), options)
        .ok_or_else(|| Failure::fault("the operating system has no random numbers"))?;
    let runtime = daemon::runtime()?;
    let running = {
        let _inside = runtime.enter();
        listening(pages, listen)?
    };
    let mut signals = Signals::catch(&runtime)?;
    let url = running.urls().first().cloned().unwrap_or_default();
    say::ready(format_args!("listening on {url}"));
    entry.url.get_or_init(|| url);
    say::ready(format_args!("open {}", entry.address()));
    let told = signals.wait_until_told(&runtime, || {});
    runtime.block_on(running.stop(GRACE));
    runtime.shutdown_timeout(Duration::from_secs(1));
    told
}

fn listening(pages: Router, listen: SocketAddr) -> Result<Running, Failure> {
    let limits = Limits {
        // A photograph of a code, as a phone makes it.
        body_max: 12 * 1024 * 1024,
        connections_max: 64,
        in_flight_max: 32,
        // An office may take its time, and is asked again.
        request_timeout: Duration::from_secs(300),
        ..Limits::default()
    };
    let metrics = Arc::new(Metrics::new::<Route>());
    let edge = Edge::new(
        Arc::new(RealClock),
        &Login::default(),
        OwnerTokens::default(),
        limits,
        metrics.clone(),
    );
    let doors = Doors::bind([(listen, None)], false)
        .map_err(|fault| daemon::cant_listen("wizard", fault))?;
    let hosts = doors.named_in(Hosts::loopback());
    Ok(doors.open(&edge, CERTIFICATE_CHECK, |_| {
        let gate = Gate::new(hosts.clone(), metrics.clone(), &edge.limits)
            .with_problem_page(Some(wizard_problem));
        Shell::new(RouterOnly::<Route>::default(), closed(pages.clone()), gate)
    }))
}
