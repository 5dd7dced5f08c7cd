//! Durable, hash-chained, signed ledger, and the engine that runs a pure state machine on it.
//!
//! A [`Machine`] decides and applies; the [`Engine`] gathers commands into batches, gives each
//! batch one instant, commits it as one [`Entry`] with one signature and answers only afterwards.
//! State is the fold of the entries. Invariants: nothing is answered that a power cut could take
//! back; state changes only by events that are in the ledger; what is stored is verified when it is
//! read and never repaired silently.
//! Not here: any rule of licensing, HTTP, private keys, the real clocks.

mod anchor;
mod archive;
mod archiving;
mod archivist;
mod audit;
mod chunks;
mod clock;
mod core;
mod draft;
mod engine;
mod entry;
mod failing;
mod fault;
mod fold;
mod folder_lock;
mod history;
mod idempotency;
mod line;
mod machine;
mod memory;
mod oneshot;
mod options;
mod pace;
mod payload;
mod port;
mod pulse;
mod queue;
mod recovery;
mod replay;
mod report;
mod seal;
mod search;
mod segment;
mod signed_line;
mod snapshot;
mod snapshot_folder;
mod snapshotter;
mod sqlite;
mod sqlite_anchor;
mod sqlite_checkpoint;
mod sqlite_connection;
mod status;
mod timekeeper;
mod whole_file;

pub use anchor::{Anchor, check_anchor};
pub use archive::Archive;
pub use archiving::{ArchiveOrder, ArchiveStep, Archived, OnStep};
pub use audit::{Audit, export, verify};
pub use clock::{BootTime, Clock, ManualClock};
pub use core::{Core, Opened};
pub use draft::{Answer, Decided, Job};
pub use engine::Engine;
pub use entry::{Entry, EntrySigner, GENESIS, Head};
pub use failing::{Failing, Plan, Trouble};
pub use fault::{Corruption, Damage, Fault, LedgerError, SubmitError};
pub use folder_lock::{FolderLock, LockError};
pub use history::{History, Journal};
pub use idempotency::{Idempotency, KeyHash, RequestHash};
pub use line::{export_line, parse_line};
pub use machine::{Document, Machine, Now, Priority};
pub use memory::{MemoryDisk, MemoryLedger};
pub use options::{Completion, Deliver, Options};
pub use payload::Record;
pub use port::{Beginning, Cut, Ledger, Reader};
pub use pulse::Pulse;
pub use seal::{Outcome, Seal, Sealed};
pub use sqlite::{SqliteLedger, SqliteReader};
pub use status::EngineStatus;
pub use timekeeper::{ClockAlarm, ClockMark, RecordedAlarm};
