//! Pages beside the API: the manager of a license server, portal and console of an office, the page of a device.
//!
//! Composition only: pages ask the API of the same process, without its gate, and pass the visitor's address on, so
//! that bounds count people. Where the system has no random numbers for sessions, the API is served without pages.

use std::sync::Arc;
use tenure_shell::pages::Pages;
use tenure_web::{
    DEVICE_BRIDGE, InProcess, PORTAL_BRIDGE, SiteOptions, device_problem, manager_problem,
    office_problem,
};

const PORTAL_OPEN: &[&str] = &[PORTAL_BRIDGE];
const DEVICE_OPEN: &[&str] = &[DEVICE_BRIDGE];

/// The license server with its manager at `/`.
pub fn with_manager(
    server: tenure_server::Server,
    name: String,
    secure: bool,
) -> tenure_server::Server {
    let backend = Arc::new(InProcess::new(server.api()));
    let options = SiteOptions { title: name, secure, system: system(), ..SiteOptions::default() };
    match tenure_web::manager(backend, options) {
        Some(router) => {
            server.with_pages(Pages { router, open_to_other_sites: &[], problem: manager_problem })
        }
        None => {
            no_pages();
            server
        }
    }
}

/// The office with its portal under `/portal` and its console under `/console`.
pub fn with_office_pages(
    server: tenure_office::Server,
    publisher: String,
    secure: bool,
) -> tenure_office::Server {
    let backend = Arc::new(InProcess::new(server.api()));
    let options = SiteOptions { title: publisher, secure, ..SiteOptions::default() };
    let portal = tenure_web::portal(backend.clone(), options.clone());
    match portal.zip(tenure_web::console(backend, options)) {
        Some((portal, console)) => {
            let router = portal.merge(console);
            server.with_pages(Pages {
                router,
                open_to_other_sites: PORTAL_OPEN,
                problem: office_problem,
            })
        }
        None => {
            no_pages();
            server
        }
    }
}

/// The agent with its page at `/`. `office` is where its bridge leads.
pub fn with_page(
    server: tenure_device::Server,
    secure: bool,
    office: Option<String>,
) -> tenure_device::Server {
    let backend = Arc::new(InProcess::new(server.api()));
    let title = rustix::system::uname().nodename().to_string_lossy().into_owned();
    match tenure_web::device(
        backend,
        SiteOptions { title, secure, office, ..SiteOptions::default() },
    ) {
        Some(router) => server.with_pages(Pages {
            router,
            open_to_other_sites: DEVICE_OPEN,
            problem: device_problem,
        }),
        None => {
            no_pages();
            server
        }
    }
}

/// What this runs on, in one line, for the page that support asks for.
pub fn system() -> String {
    let uname = rustix::system::uname();
    let part = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
    format!(
        "{} {} {}, {}",
        part(uname.sysname()),
        part(uname.release()),
        part(uname.machine()),
        part(uname.nodename())
    )
}

fn no_pages() {
    tracing::error!("the operating system has no random numbers: no pages are served");
}
