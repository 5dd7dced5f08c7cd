//! Licenses that are on this machine: containers of the device folder as a source of seats.
//!
//! Nothing is sent and no server is needed. What is believed is what the publisher signed for the very container it
//! lies in, verified from the pinned root; whether an item may be used now is the container's judgement. Of an item
//! with a count of N, the processes of this machine hold at most N seats at a time, each by a file that the kernel
//! unlocks when its process is gone, so a crashed application leaves no seat behind. An item whose seats count devices,
//! sessions or users is held once by all processes of the same one together (`station`).
//!
//! A portable container on a medium is used by one machine or guest at a time: as long as seats of it are held, a thread
//! says so on the medium (`exclusive`).
//!
//! Not here: what a container accepts (`tenure_container`), what machines it opens on (`tenure_vault`).

mod container;
mod denial;
mod evidence;
mod exclusive;
mod grant;
mod seat;
mod station;

pub use container::LocalContainers;
pub(crate) use container::{Consumed, Looked, Taken, consumption};
pub(crate) use denial::unknown_feature;
pub use grant::LocalGrant;
pub use seat::LocalSeat;
pub(crate) use station::Which;
