//! The chapter of the shared directory: two applications that reach no server, only a folder.
//!
//! Invariant: each uses nothing but the public SDK, and verifies every lease against the pinned root.
//! Deliberately not here: how files are exchanged.

use super::story::{Story, unexpected};
use std::{fs, path::Path};
use tenure_document::{Holder, HostId, HostIdType};
use tenure_sdk::Tenure;
use tenure_server::{FolderStanding, FolderState};

/// Runs the applications.
///
/// # Errors
/// A step did not go as told.
pub fn run(
    story: &mut Story,
    shared: &Path,
    root: &str,
    state: &FolderState,
) -> anyhow::Result<()> {
    if state.standing != FolderStanding::Serving {
        return Err(unexpected("license server", format!("{:?}", state.standing)));
    }
    story.tell("license server", &format!("looks into {} twice a second", shared.display()))?;
    let (fay, gus) =
        (application("fay", "ws-21", shared, root)?, application("gus", "ws-22", shared, root)?);
    let seat = fay.checkout("viewer", "2.0")?;
    let lease = seat.lease().ok_or_else(|| unexpected("fay", "no lease behind the seat"))?;
    story.tell(
        "fay",
        &format!(
            "wrote fay-…-ws-21.in.xml, read fay-…-ws-21.out.xml: granted viewer {}",
            lease.version
        ),
    )?;
    let other = gus.checkout("viewer", "2.0")?;
    story.tell("gus", "did the same at the same time: no two clients share a file")?;
    let page = fs::read_to_string(shared.join("license.html"))?;
    let rows = page.matches("<tr><td>").count();
    story.tell(
        "anyone",
        &format!(
            "opens license.html in a browser: licenses and holders, {rows} rows, for reading only"
        ),
    )?;
    seat.give_back()?;
    other.give_back()?;
    story.tell("fay, gus", "closed their applications: a file in, a file out, the seats are free")
}

fn application(user: &str, host: &str, shared: &Path, root: &str) -> anyhow::Result<Tenure> {
    let mut holder = Holder::of(HostId::new(HostIdType::String, host)?);
    holder.user = Some(user.to_owned());
    Ok(Tenure::shared_folder(shared).root(root).holder(holder).open()?)
}
