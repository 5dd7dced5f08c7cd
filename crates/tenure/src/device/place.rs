//! Where a device's containers are, and which of them is meant.
//!
//! Invariants: one folder for each user, unless another is named; a container is guessed only where there is one, whole
//! or damaged.
//! Deliberately not here: what is done with it.

use crate::{clock::RealClock, exit::Failure, explain};
use clap::Args;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tenure_device::Device;
use tenure_vault::{DeviceFolder, LinuxMachine};

/// The folder of a device.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// Folder of the device's containers. [default: tenure in the user's folder for data]
    #[arg(long, value_name = "DIR", env = "TENURE_DEVICE")]
    dir: Option<PathBuf>,
}

impl Place {
    /// Where it is.
    ///
    /// # Errors
    /// None is named, and the user has no home.
    pub fn path(&self) -> anyhow::Result<PathBuf> {
        match &self.dir {
            Some(dir) => Ok(dir.clone()),
            None => usual(),
        }
    }

    /// The folder that was named, if any.
    pub fn named(&self) -> Option<&Path> {
        self.dir.as_deref()
    }

    /// The device of a folder that is there.
    ///
    /// # Errors
    /// It is not there, or others can read it.
    pub fn device(&self) -> anyhow::Result<Device> {
        let path = self.path()?;
        if !path.exists() {
            let why = format!("there are no containers in {}", path.display());
            let hint = "make one with: tenure device init --keyset FILE; or name another folder with --dir";
            return Err(Failure::refused("no-container", why).hint(hint).into());
        }
        Ok(device(DeviceFolder::open(&path).map_err(explain::device)?))
    }

    /// The device of a folder that is made where there is none.
    ///
    /// # Errors
    /// It can't be made, or others can read it.
    pub fn made(&self) -> anyhow::Result<Device> {
        Ok(device(DeviceFolder::create(&self.path()?).map_err(explain::device)?))
    }
}

/// The device of a folder on a medium, which is made where there is none.
///
/// # Errors
/// It can't be made, or others can write it.
pub fn on_medium(path: &Path) -> anyhow::Result<Device> {
    Ok(device(DeviceFolder::on_medium(path).map_err(explain::device)?))
}

/// The serial of the container that is meant: the one named, or the only one.
///
/// # Errors
/// There is none that can be read, or more than one.
pub fn chosen(device: &Device, named: Option<&str>) -> anyhow::Result<String> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let listed = device.folder().list().map_err(explain::device)?;
    let mut damaged = device.folder().damaged().map_err(explain::device)?;
    if listed.is_empty()
        && damaged.len() == 1
        && let Some((_, error)) = damaged.pop()
    {
        return Err(explain::device(error).into());
    }
    let damaged_serials = damaged.iter().map(|(serial, _)| serial.as_str());
    let serials: Vec<&str> =
        listed.iter().map(|one| one.serial.as_str()).chain(damaged_serials).collect();
    match serials.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => {
            let why = format!("there is no container in {}", device.folder().path().display());
            let hint = "make one with: tenure device init --keyset FILE";
            Err(Failure::refused("no-container", why).hint(hint).into())
        }
        several => {
            let why = "there are several containers; say which one is meant";
            let hint = format!("name one of {}", several.join(", "));
            Err(Failure::usage(why).hint(hint).into())
        }
    }
}

/// Warns of a container that is in an older state than it was. One that does not open is left to whoever opens it.
pub fn warn_if_older(device: &Device, serial: &str) {
    if device.open(serial).is_ok_and(|open| open.older_taken() > 0) {
        note!(
            "warning: the newest copy of {serial} on disk was damaged, and the one before it was taken: the publisher \
             may see that it went back; `tenure device doctor` says what to do"
        );
    }
}

fn device(folder: DeviceFolder) -> Device {
    Device::new(folder, Arc::new(LinuxMachine::this()), Arc::new(RealClock))
}

/// The user's folder for data, as the desktops have agreed on it.
///
/// # Errors
/// The user has no home.
pub fn usual() -> anyhow::Result<PathBuf> {
    let named = |variable: &str| {
        std::env::var_os(variable).map(PathBuf::from).filter(|path| Path::is_absolute(path))
    };
    let data = named("XDG_DATA_HOME").or_else(|| Some(named("HOME")?.join(".local/share")));
    let data = data.ok_or_else(|| {
        Failure::usage("this user has no home folder").hint("name a folder with --dir")
    })?;
    Ok(data.join("tenure"))
}
