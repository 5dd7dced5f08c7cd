//! Pages people see: the portal of the office and the page of a device, rendered on the server.
//!
//! Kept here: pages know the REST API only, through [`Backend`]; everything works as plain forms, scripts add
//! comfort; nothing is loaded from anywhere else; whatever a page shows is escaped by the templates.
//! Deliberately not here: decisions, storage, listeners. The office and the agent mount these routers next to
//! their own.

#![forbid(unsafe_code)]

// Ground.
mod address;
mod cookie;
mod download;
mod form;
mod icon;
mod origin;
mod outside;
mod qr;
mod session;
mod shown;
mod span;

// What pages are made of.
mod assets;
mod backend;
mod chart;
mod component;
mod fleet;
mod frame;
mod given;
mod headers;
mod rail;
mod remote;
mod site;
mod words;

// What the sites of people who log in share.
mod staff;

// The sites.
mod console;
mod device;
mod manager;
mod portal;
mod wizard;

// What stands where no page does.
mod problem;

pub use backend::{Answering, Backend, Destination, InProcess};
pub use console::console;
pub use device::{DEVICE_BRIDGE, device};
pub use fleet::{Fleet, Keeps, ManagerSettings, ServerPlace};
pub use manager::manager;
pub use origin::origin_of;
pub use portal::{PORTAL_BRIDGE, portal};
pub use problem::{device_problem, manager_problem, office_problem, wizard_problem};
pub use qr::{PictureFault, QrFault, QrImage, is_picture, read_picture};
pub use remote::{Remote, RemoteOptions};
pub use site::SiteOptions;
pub use wizard::wizard;
