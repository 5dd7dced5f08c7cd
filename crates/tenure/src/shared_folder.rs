//! The shared directory of a license server, as its settings name it.
//!
//! Deliberately not here: how it is scanned (`tenure_server`), the commands for it (`directory`).

use crate::{clock::RealClock, exit::Failure, settings::Settings};
use std::fs;
use tenure_ledger::Clock as _;
use tenure_server::{FolderFault, FolderOptions, ServedFolder, Server};
use tokio::runtime::Runtime;

/// Serves the shared directory of the settings, where there is one.
///
/// # Errors
/// Another server serves it.
pub fn serve(
    server: &Server,
    settings: &Settings,
    runtime: &Runtime,
) -> anyhow::Result<Option<ServedFolder>> {
    let Some(directory) = settings.shared_directory.clone() else { return Ok(None) };
    let options = FolderOptions {
        directory,
        interval: std::time::Duration::from_millis(settings.shared_scan_ms.0.into()),
        page: settings.shared_page,
        // The boot tells a machine from others, and from itself before a crash.
        station: RealClock.boot().id,
    };
    let folder = server.shared_folder(options, runtime.handle().clone());
    let served = folder.start(settings.shared_required);
    served.map(Some).map_err(|fault| refused(fault).into())
}

/// Refuses a directory that must be there and is not. A run does not ask this way: it has bounds for one that hangs.
///
/// # Errors
/// It can't be looked into.
pub fn check(settings: &Settings) -> Result<(), Failure> {
    match &settings.shared_directory {
        Some(directory) if settings.shared_required => match fs::read_dir(directory) {
            Ok(_) => Ok(()),
            Err(error) => Err(refused(FolderFault::Away(format!(
                "The shared folder {} can't be read: {error}.",
                directory.display()
            )))),
        },
        _ => Ok(()),
    }
}

fn refused(fault: FolderFault) -> Failure {
    let text = fault.to_string();
    match fault {
        FolderFault::InUse(_) => Failure::refused("folder-in-use", text).hint(
            "stop the other server, or name another directory; a second server may listen on a network address instead",
        ),
        FolderFault::Away(_) => {
            Failure::fault(text).hint("make the directory, or mount it, and let clients write there")
        }
        FolderFault::Thread(_) => Failure::fault(text),
    }
}
