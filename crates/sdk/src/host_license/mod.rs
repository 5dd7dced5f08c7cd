//! A product licensed by a text file for its host: verified off line at once, checked on line in the background.
//!
//! ```no_run
//! # fn main() -> Result<(), tenure_sdk::HostLicenseError> {
//! use tenure_sdk::HostLicense;
//!
//! let license = HostLicense::open("licenses", "app.example.com")
//!     .root("root:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") // include_str!("root.pin")
//!     .product("cad")
//!     .revision(env!("CARGO_PKG_VERSION"))
//!     .start()?;
//! if !license.is_usable() {
//!     println!("{}", license.status());
//! }
//! # Ok(()) }
//! ```
//!
//! Invariants: nothing on the way to [`HostLicenseBuilder::start`] waits for a network; a check tells key, revision, a random
//! user id and the host, and nothing else; only a signed answer takes a license away, never silence.
//! Deliberately not here: seats of license servers and containers (the rest of this crate).

mod standing;

mod file;
mod proof;
mod question;
mod remembered;

mod service;

mod license;

mod builder;

pub use builder::HostLicenseBuilder;
pub use file::HostLicenseError;
pub use license::HostLicense;
pub use service::CheckService;
pub use standing::{HostState, HostStatus};
