//! The commands that need no running server: publisher keys, issuing, inspecting, data folders, ledgers.
//!
//! Each command is a thin shell over a plain function that the demo and the bench call too.
//! Deliberately not here: anything that talks to a server (`admin`).

mod audit;
mod ceremony;
mod container;
mod inspect;
mod issue;
mod key_folder;
mod keys;
mod ledger;
mod ledger_archive;
mod ledger_past;
mod ledger_source;
pub mod paper;
mod passphrase;
mod pieces;
mod server_init;

pub use audit::AuditArgs;
pub use container::{ServerApplyArgs, ServerContextArgs, ServerReceiptArgs, apply, check, context};
pub use inspect::InspectArgs;
pub use issue::{IssueArgs, issue};
pub use key_folder::{KeyFolder, check_no_key_folder};
pub use keys::{KeysCommand, make_keys};
pub use ledger::LedgerCommand;
pub use ledger_archive::archive;
pub use passphrase::Passphrase;
pub use server_init::{ServerInitArgs, init_server, read_keysets, root_of};
