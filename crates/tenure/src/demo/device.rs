//! The device of the demo: a machine that is never on line, licensed by two carried files.
//!
//! Invariant: between the office and the device there is nothing but files in a folder, and the application on the
//! device reaches no network. Deliberately not here: the wizard and the pages that do the same for people.

use super::{
    office::Publisher,
    story::{Story, unexpected},
};
use crate::{clock::RealClock, explain, offline};
use anyhow::Context as _;
use std::{fs, path::Path, sync::Arc};
use tenure_device::Device;
use tenure_document::{ContainerKind, RootPin, Tolerance};
use tenure_sdk::Tenure;
use tenure_vault::{DeviceError, DeviceFolder, LinuxMachine, NewContainer};

/// Licenses a device by ferry and starts an application on it.
///
/// # Errors
/// A step did not go as told.
pub fn run(
    story: &mut Story,
    publisher: &Publisher,
    root: RootPin,
    folder: &Path,
) -> anyhow::Result<()> {
    let (home, stick) = (folder.join("device"), folder.join("usb-stick"));
    fs::create_dir(&stick).context("making the folder that stands for a USB stick")?;
    let file = |name: &str| stick.join(name);

    let containers = DeviceFolder::create(&home).map_err(explain::device)?;
    let device = Device::new(containers, Arc::new(LinuxMachine::this()), Arc::new(RealClock));
    let new = NewContainer {
        kind: ContainerKind::Bound,
        name: "press 4".to_owned(),
        keysets: offline::read_keysets(&[folder.join("publisher").join("keyset.tnr")])?,
        root,
        tolerance: Tolerance::Medium,
    };
    let serial = match device.folder().init(&new, &device.machine(), device.now()) {
        Ok(serial) => serial,
        Err(why @ DeviceError::TooFewTraits { .. }) => {
            story.tell("device", "is left out: nothing of this machine can be recognized again")?;
            return story.explain(&why.to_string());
        }
        Err(why) => return Err(explain::device(why).into()),
    };
    fs::write(file("context.tnr"), device.context(&serial).map_err(explain::device)?)?;
    story.tell(
        "device",
        &format!("press 4 made container {serial}, sealed to this machine, and a context file"),
    )?;

    let update = publisher.activate_device(fs::read_to_string(file("context.tnr"))?)?;
    fs::write(file("update.tnr"), &update.update)?;
    story.tell("technician", "carried it to the publisher's portal, got an update file for it")?;

    let bytes = fs::read(file("update.tnr"))?;
    let applied = device.apply(&serial, &bytes).map_err(explain::device)?;
    fs::write(file("receipt.tnr"), &applied.receipt)?;
    story.tell("device", "verified the update, applied it, and wrote a receipt")?;
    let again = device.apply(&serial, &bytes).map_err(explain::device)?;
    if !again.already_applied {
        return Err(unexpected("device", "a file applied twice did something the second time"));
    }

    let confirmed = publisher.take_receipt(fs::read_to_string(file("receipt.tnr"))?)?;
    if confirmed != 1 {
        return Err(unexpected(
            "publisher",
            format!("the receipt confirms {confirmed} activations"),
        ));
    }
    story.tell("publisher", "took the receipt: it can prove what press 4 holds")?;

    let application = Tenure::local(&home).root(&root.to_string()).open()?;
    let seat = application.checkout("press-control", "1.0")?;
    story.tell("press 4", "its application started with a seat, without any network")?;
    seat.give_back()?;
    Ok(())
}
