//! Client library of Tenure: an application asks for a seat, keeps it and gives it back.
//!
//! ```no_run
//! # fn main() -> Result<(), tenure_sdk::Error> {
//! use tenure_sdk::Tenure;
//!
//! let tenure = Tenure::connect("http://127.0.0.1:7070")
//!     .root("root:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") // include_str!("root.pin")
//!     .open()?;
//! let seat = tenure.checkout("cad", "2.0")?; // renewed in the background
//! while seat.is_usable() {
//!     // work
//! #   break;
//! }
//! drop(seat); // given back
//! # Ok(()) }
//! ```
//!
//! When nothing is free, `tenure.request("cad", "2.0").wait(ten_minutes).checkout()` waits in the queue instead of being
//! denied. Where only a common directory can be reached, `Tenure::shared_folder(directory)` asks through files in it.
//!
//! An application can also take its seats from a container on this machine, with no network at all:
//! `Tenure::local(folder)` for a machine by itself, `.local(folder)` beside a license server, in the
//! order that `.search(…)` says. The same calls, the same seats; see [`LocalContainers`].
//!
//! Invariants: nothing is believed that is not proved from the pinned root; a lease ends here
//! before it ends at the server. No async runtime. The core (`session`) is free of clock, chance,
//! files and network; those are in `clock`, `store`, `host` and `transport`.

#![forbid(unsafe_code)]

pub mod clock;

mod error;

mod policy;

mod backoff;

mod callback;

pub mod proof;

pub mod session;

mod transport;

mod folder;

mod host;

pub mod store;

pub mod meter;

pub mod local;

mod driver;

mod seat;

mod tenure;

mod search;

mod builder;

mod host_license;

pub use builder::Builder;
pub use error::{Denied, Error, Forged};
pub use host::this_machine;
pub use host_license::{
    CheckService, HostLicense, HostLicenseBuilder, HostLicenseError, HostState, HostStatus,
};
pub use local::{LocalContainers, LocalGrant};
pub use policy::{Notice, OnLoss, Search, SeatState, Why};
pub use seat::Seat;
pub use session::{SeatId, Wanted};
pub use tenure::{Borrowed, Request, Tenure};
pub use tenure_api::{
    DenialAnswer, DesiredFeature, DictionaryValue, Granularity, TlsTrust, UsageAnswer,
};
pub use tenure_document::{Holder, HostId, HostIdType, Lease, MachineKind, Version};
pub use tenure_document::{HostKey, OfflinePolicy};
pub use transport::Transport;
