//! The disk that the system is on, and the file system on it.
//!
//! Invariants: the root file system decides which disk counts, through partitions, volume managers and encryption down
//! to the hardware; the same disks give the same values in whatever order the kernel found them.
//! Deliberately not here: other disks, which come and go.

use super::{
    placeholder,
    root::{Root, line},
};
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

/// The most disks that count.
const DISKS_MAX: usize = 2;
/// How deep volume managers are followed.
const LAYERS_MAX: usize = 8;

/// Serial numbers of the hardware below the root file system; several for a mirror.
pub(super) fn serials(root: &Root) -> Vec<String> {
    root_device(root).map_or_else(Vec::new, |device| serials_below(&device))
}

/// Serial numbers of the hardware below a block device, by its folder in `/sys`.
pub(super) fn serials_below(device: &Path) -> Vec<String> {
    let mut disks = Vec::new();
    hardware_below(device, LAYERS_MAX, &mut disks);
    let mut serials: Vec<String> = disks.iter().filter_map(|disk| serial(disk)).collect();
    serials.sort();
    serials.dedup();
    // The disks of a large array must not outweigh everything else.
    serials.truncate(DISKS_MAX);
    serials
}

/// The UUID of the root file system.
pub(super) fn filesystem(root: &Root) -> Option<String> {
    let mount = root_mount(root)?;
    let device = root_device(root);
    uuid_of(root, device.as_deref(), &mount.number).map(|uuid| placeholder::plain(&uuid))
}

/// The UUID of the file system on a device, by its folder in `/sys` or its number.
pub(super) fn uuid_of(root: &Root, device: Option<&Path>, number: &str) -> Option<String> {
    let name = device.and_then(Path::file_name);
    let by_uuid = root.names("/dev/disk/by-uuid").into_iter().find(|uuid| {
        let behind = root.resolve(format!("/dev/disk/by-uuid/{uuid}"));
        name.is_some() && behind.as_deref().and_then(Path::file_name) == name
    });
    by_uuid.or_else(|| udev_uuid(root, number))
}

/// What the device manager noted about a device.
fn udev_uuid(root: &Root, number: &str) -> Option<String> {
    let noted = root.text(format!("/run/udev/data/b{number}"))?;
    noted.lines().find_map(|line| line.strip_prefix("E:ID_FS_UUID=")).map(str::to_owned)
}

/// The line of the mount table that the root file system has.
struct Mount {
    number: String,
    source: String,
}

fn root_mount(root: &Root) -> Option<Mount> {
    let table = root.text("/proc/self/mountinfo")?;
    // The last one covers those before it.
    table.lines().rev().find_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let mut fields = left.split(' ').skip(2);
        let (number, _, place) = (fields.next()?, fields.next()?, fields.next()?);
        let source = right.split(' ').nth(1)?;
        (place == "/").then(|| Mount { number: number.to_owned(), source: source.to_owned() })
    })
}

/// The folder in `/sys` of the block device with the root file system.
fn root_device(root: &Root) -> Option<PathBuf> {
    let mount = root_mount(root)?;
    if let Some(device) = root.resolve(format!("/sys/dev/block/{}", mount.number)) {
        return Some(device);
    }
    // File systems over several devices have numbers of their own; the table names one of the devices.
    let source = mount.source.strip_prefix("/dev/")?;
    let named = root.resolve(format!("/dev/{source}"));
    let name = named.as_deref().and_then(Path::file_name).unwrap_or(OsStr::new(source));
    root.resolve(Path::new("/sys/class/block").join(name))
}

/// Walks from a partition or a logical volume down to the disks.
fn hardware_below(device: &Path, layers: usize, disks: &mut Vec<PathBuf>) {
    if layers == 0 {
        return;
    }
    if device.join("partition").exists() {
        if let Some(disk) = device.parent() {
            hardware_below(disk, layers - 1, disks);
        }
        return;
    }
    let slaves = std::fs::read_dir(device.join("slaves")).into_iter().flatten().flatten();
    let below: Vec<PathBuf> = slaves.filter_map(|slave| slave.path().canonicalize().ok()).collect();
    if below.is_empty() {
        disks.push(device.to_owned());
    }
    below.iter().for_each(|slave| hardware_below(slave, layers - 1, disks));
}

/// The most lasting name that a disk has.
fn serial(disk: &Path) -> Option<String> {
    ["wwid", "device/wwid", "serial", "device/serial", "device/cid"]
        .iter()
        .filter_map(|name| line(&disk.join(name)))
        .find_map(|value| placeholder::serial(&value))
}
