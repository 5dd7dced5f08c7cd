//! What a medium is known by: the file system that a folder is on, and the hardware below it.
//!
//! Invariants: the same medium gives the same values on every machine and in every guest it is plugged into whole; a
//! folder that a host only shares with a guest shows nothing of its medium.
//! Deliberately not here: the machine's own disk as a trait of the machine (disk).

use super::{
    disk, placeholder,
    root::{Root, line},
    traits::{MachineTrait, TraitKind},
};
use std::path::{Path, PathBuf};

/// How far above a disk its USB device is looked for.
const ABOVE_MAX: usize = 12;

/// The traits of the medium that a folder is on.
pub(super) fn traits(root: &Root, folder: &Path) -> Vec<MachineTrait> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let Some(mount) = mount_of(root, &folder) else { return Vec::new() };
    let device = device(root, &mount);
    let found = [
        (TraitKind::MediumFilesystem, filesystem(root, &folder, &mount, device.as_deref())),
        (TraitKind::MediumSerial, device.as_deref().and_then(hardware)),
    ];
    let found = found.into_iter();
    found.filter_map(|(kind, value)| MachineTrait::new(kind, value?)).collect()
}

struct Mount {
    number: String,
    kind: String,
    source: String,
}

/// The line of the mount table that a folder is under: the deepest, of several at one place the last.
fn mount_of(root: &Root, folder: &Path) -> Option<Mount> {
    let table = root.text("/proc/self/mountinfo")?;
    let mut best: Option<(usize, Mount)> = None;
    for text in table.lines() {
        let Some((left, right)) = text.split_once(" - ") else { continue };
        let mut left = left.split(' ').skip(2);
        let (Some(number), Some(_), Some(place)) = (left.next(), left.next(), left.next()) else {
            continue;
        };
        let mut right = right.split(' ');
        let (Some(kind), Some(source)) = (right.next(), right.next()) else { continue };
        let place = PathBuf::from(unescaped(place));
        let depth = place.components().count();
        if folder.starts_with(&place) && best.as_ref().is_none_or(|(than, _)| depth >= *than) {
            let (number, kind, source) = (number.to_owned(), kind.to_owned(), source.to_owned());
            best = Some((depth, Mount { number, kind, source }));
        }
    }
    best.map(|(_, mount)| mount)
}

/// Blanks and the like stand in the mount table as octal numbers.
fn unescaped(place: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .into_iter()
        .fold(place.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The folder in `/sys` of the block device.
fn device(root: &Root, mount: &Mount) -> Option<PathBuf> {
    let by_number = root.resolve(format!("/sys/dev/block/{}", mount.number));
    by_number.or_else(|| {
        let named = root.resolve(&mount.source)?;
        root.resolve(Path::new("/sys/class/block").join(named.file_name()?))
    })
}

/// The identity of the file system, in the form that every system can find out.
fn filesystem(root: &Root, folder: &Path, mount: &Mount, device: Option<&Path>) -> Option<String> {
    let uuid = disk::uuid_of(root, device, &mount.number);
    if matches!(mount.kind.as_str(), "ext2" | "ext3" | "ext4") {
        // The kernel tells the UUID of these, folded to half its length, where no device manager does.
        let folded = uuid.as_deref().and_then(folded).or_else(|| root.filesystem_id(folder))?;
        return Some(format!("ext {folded:016x}"));
    }
    uuid.map(|uuid| format!("uuid {}", placeholder::plain(&uuid)))
}

/// Both halves of a UUID, as the kernel reads them, one over the other.
fn folded(uuid: &str) -> Option<u64> {
    let digits: String = uuid.chars().filter(|c| *c != '-').collect();
    if digits.len() != 32 {
        return None;
    }
    let half = |from: usize| {
        u64::from_str_radix(digits.get(from..from + 16)?, 16).ok().map(u64::swap_bytes)
    };
    Some(half(0)? ^ half(16)?)
}

/// The serial number of the USB device that the medium is, else of its disk.
fn hardware(device: &Path) -> Option<String> {
    let usb = device.ancestors().take(ABOVE_MAX).find(|above| above.join("idVendor").exists());
    let usb = usb.and_then(|usb| {
        let part = |name: &str| line(&usb.join(name));
        let serial = placeholder::serial(&part("serial")?)?;
        Some(format!("usb {}:{} {serial}", part("idVendor")?, part("idProduct")?))
    });
    usb.or_else(|| disk::serials_below(device).into_iter().next())
}
