//! The typed blocking client: one method per call of the API.
//!
//! One rustls provider (aws-lc-rs), passed in explicitly; no process-wide state, no environment, no redirects
//! followed. A request that can be repeated without harm (a read, or one with an idempotency key) is repeated once
//! when the connection broke; every other repetition is the caller's decision.

mod administration;
mod connection;
mod device;
mod distrust;
mod error;
mod leases;
mod models;
mod office;
mod office_books;
mod office_desk;
mod office_hosts;
mod outgoing;
mod relay;
mod reservations;
mod tls;
mod what_if;

pub use connection::{Client, ClientOptions, Credential, Signing, body_of, judged, server_address};
pub use device::DeviceClient;
pub use error::ApiError;
pub use office::OfficeClient;
pub use outgoing::{Outgoing, is_public};
pub use relay::{RelayAnswer, RelayFault, RelayRequest};
pub use tls::{TlsTrust, certificate_pin};
