//! `tenure device init`: a new container, bound to this machine or to a medium.
//!
//! Invariants: the container trusts one root for ever, the pinned one or, when none is given, the one of the key list
//! (then the pin is printed for comparison); nothing is overwritten.
//! Deliberately not here: what a machine's traits are (`tenure_vault`).

use super::place::{Place, on_medium};
use crate::{explain, offline};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use tenure_document::{ContainerKind, RootPin, Tolerance};
use tenure_vault::NewContainer;

/// Make a container.
#[derive(Debug, Args)]
pub struct InitArgs {
    #[command(flatten)]
    place: Place,
    /// The publisher's key list; several are a chain, oldest first.
    #[arg(long, value_name = "FILE", required = true)]
    keyset: Vec<PathBuf>,
    /// The publisher's root pin, `root:…`, from a source you trust.
    #[arg(long, value_name = "PIN")]
    root: Option<String>,
    /// What people call the device. [default: the machine's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What the container is bound to.
    #[arg(long, value_enum, default_value = "bound")]
    kind: Kind,
    /// Make a portable container in this folder of a removable medium: bound to the medium, used by one machine or guest
    /// at a time. Afterwards it is found with --dir DIR.
    #[arg(long, value_name = "DIR", conflicts_with = "kind")]
    portable: Option<PathBuf>,
    /// How much of the machine, or of the medium, may change; the publisher can ask for another one.
    #[arg(long, value_enum, default_value = "medium")]
    tolerance: HowMuch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// To this machine.
    Bound,
    /// To nothing: for trials.
    Unbound,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum HowMuch {
    /// Two fifths must stay the same.
    Loose,
    /// Three fifths must stay the same.
    Medium,
    /// Four fifths must stay the same.
    Strict,
}

impl InitArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// Whatever stands in the way, with its code.
    pub fn run(self) -> anyhow::Result<()> {
        let keysets = offline::read_keysets(&self.keyset)?;
        let root = offline::root_of(&keysets, self.root.as_deref())?;
        let device = match &self.portable {
            Some(folder) => on_medium(folder)?,
            None => self.place.made()?,
        };
        let machine = device.machine();
        let new = NewContainer {
            kind: match self.kind {
                _ if self.portable.is_some() => ContainerKind::Portable,
                Kind::Bound => ContainerKind::Bound,
                Kind::Unbound => ContainerKind::Unbound,
            },
            name: self.name.clone().unwrap_or_else(|| self.usual_name()),
            keysets,
            root,
            tolerance: match self.tolerance {
                HowMuch::Loose => Tolerance::Loose,
                HowMuch::Medium => Tolerance::Medium,
                HowMuch::Strict => Tolerance::Strict,
            },
        };
        let serial = device.folder().init(&new, &machine, device.now()).map_err(explain::device)?;
        say!("{serial}");
        self.tell(&new, &serial, root);
        if let Some(report) = device.folder().report(&serial, &machine).map_err(explain::device)? {
            let to = if self.portable.is_some() { "its medium" } else { "this machine" };
            let traits = report.traits.len();
            note!(
                "it is bound to {to} by {traits} trait{} of {} points in all, {} of which must be found again",
                if traits == 1 { "" } else { "s" },
                report.total,
                report.threshold
            );
        }
        Ok(())
    }

    fn usual_name(&self) -> String {
        match self.portable {
            Some(_) => "portable".to_owned(),
            None => host_name(),
        }
    }

    fn tell(&self, new: &NewContainer, serial: &str, root: RootPin) {
        let folder = self.portable.clone().or_else(|| self.place.path().ok()).unwrap_or_default();
        note!("container {serial} ({:?}) made in {}", new.name, folder.display());
        if self.root.is_none() {
            note!(
                "it trusts {root} for ever; compare this pin with the publisher's, or give it with --root"
            );
        }
        let dir = self.portable.as_deref().or(self.place.named());
        let dir = dir.map(|dir| format!(" --dir {}", dir.display()));
        let dir = dir.unwrap_or_default();
        note!("next: tenure device context{dir} -o context.tnr, and send that to the publisher");
    }
}

fn host_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if name.is_empty() { "device".to_owned() } else { name }
}
