//! Where a device's containers are, and which of them is meant.
//!
//! Invariants: one folder for each user, unless another is named; a container is guessed only where there is one.
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
/// There is none, or more than one.
pub fn chosen(device: &Device, named: Option<&str>) -> anyhow::Result<String> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let listed = device.folder().list().map_err(explain::device)?;
    match listed.as_slice() {
        [only] => Ok(only.serial.clone()),
        [] => {
            let why = format!("there is no container in {}", device.folder().path().display());
            let hint = "make one with: tenure device init --keyset FILE";
            Err(Failure::refused("no-container", why).hint(hint).into())
        }
        several => {
            let serials: Vec<&str> = several.iter().map(|one| one.serial.as_str()).collect();
            let why = "there are several containers; say which one is meant";
            let hint = format!("name one of {}", serials.join(", "));
            Err(Failure::usage(why).hint(hint).into())
        }
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
