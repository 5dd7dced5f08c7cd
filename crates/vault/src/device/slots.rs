//! A file with two slots: the newest content and the one before it.
//!
//! ```text
//!      0  magic, capacity of a slot
//!    512  pointer: counter, slot, checksum      one sector
//!   4096  slot 0: counter, length, checksum, content
//!      …  slot 1
//! ```
//! Invariants: a write goes to the slot that is not pointed at, is synced, and only then pointed at: whenever it is
//! cut, the old content or the new one is there, whole; damage of either slot leaves the other.
//! Deliberately not here: what the content is, and sealing it.

use crate::{
    atomic::{create_new, write_atomic},
    device::error::DeviceError,
};
use rustix::fs::{Mode, OFlags};
use std::{
    fs::File,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};
use tenure_document::{Hash, Hasher};

const MAGIC: &[u8; 16] = b"TENURE-SLOTS-V1\n";
const POINTER_AT: u64 = 512;
const POINTER_LEN: usize = 8 + 1 + 32;
const SLOTS_AT: u64 = 4096;
/// Counter, length, checksum.
const SLOT_HEAD: usize = 8 + 8 + 32;
const CAPACITY_MIN: u64 = 16 * 1024;
/// The largest content; some five times a container of 10,000 items.
const CAPACITY_MAX: u64 = 64 * 1024 * 1024;

/// An open file with two slots.
pub(super) struct SlotFile {
    path: PathBuf,
    file: File,
    capacity: u64,
    /// The slot that the newest content is in, and its counter.
    active: u8,
    counter: u64,
}

/// A content that is whole.
pub(super) struct Slot {
    pub(super) counter: u64,
    pub(super) content: Vec<u8>,
}

/// What a file holds.
pub(super) struct Found {
    /// Whole contents, the one that counts first; at most two.
    pub(super) slots: Vec<Slot>,
    /// True when the newest content is damaged, so that the one before it has to serve.
    pub(super) is_older: bool,
}

/// Bytes to be written at a place, synced before the next ones are.
struct Write {
    at: u64,
    bytes: Vec<u8>,
}

impl SlotFile {
    /// Makes a file with its first content; never overwrites one.
    pub(super) fn create(
        path: &Path,
        content: impl FnOnce(u64) -> Result<Vec<u8>, DeviceError>,
    ) -> Result<(), DeviceError> {
        let content = content(1)?;
        let capacity = capacity_for(path, content.len())?;
        Ok(create_new(path, &image(capacity, 1, &content, None), 0o600)?)
    }

    /// Opens a file and reads what is whole in it.
    pub(super) fn open(path: &Path) -> Result<(SlotFile, Found), DeviceError> {
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::open(path, flags, Mode::empty())
            .map_err(|errno| DeviceError::io("open", path, errno))?;
        let file = File::from(file);
        let damaged = |what: &'static str| DeviceError::Damaged { path: path.to_owned(), what };
        let head = read_at(&file, 0, 24).ok_or(damaged("its head is missing"))?;
        let (magic, capacity) = head.split_at(16);
        if magic != MAGIC {
            return Err(damaged("it does not begin as a container file does"));
        }
        let capacity = u64::from_be_bytes(capacity.try_into().unwrap_or_default());
        if !(CAPACITY_MIN..=CAPACITY_MAX).contains(&capacity) {
            return Err(damaged("the size of its slots makes no sense"));
        }
        let (found, active, counter) = read_slots(&file, capacity);
        Ok((SlotFile { path: path.to_owned(), file, capacity, active, counter }, found))
    }

    /// The counter that the next content will have.
    pub(super) fn next_counter(&self) -> u64 {
        self.counter + 1
    }

    /// The content that serves is in the other slot: the next write must not go over it.
    pub(super) fn turn(&mut self) {
        self.active = 1 - self.active;
    }

    /// Replaces the content; on return it survives a power cut.
    pub(super) fn write(&mut self, content: &[u8]) -> Result<(), DeviceError> {
        if content.len() + SLOT_HEAD > usize::try_from(self.capacity).unwrap_or(usize::MAX) {
            return self.grow(content);
        }
        let counter = self.next_counter();
        for write in plan(self.capacity, 1 - self.active, counter, content) {
            self.file
                .write_all_at(&write.bytes, write.at)
                .and_then(|()| self.file.sync_data())
                .map_err(|error| DeviceError::io("write", &self.path, error))?;
        }
        self.active = 1 - self.active;
        self.counter = counter;
        Ok(())
    }

    /// A larger file in the place of this one, with both contents.
    fn grow(&mut self, content: &[u8]) -> Result<(), DeviceError> {
        let capacity = capacity_for(&self.path, content.len())?;
        let before = read_slot(&self.file, self.capacity, self.active);
        let counter = self.next_counter();
        write_atomic(&self.path, &image(capacity, counter, content, before.as_ref()), 0o600)?;
        let (grown, _) = SlotFile::open(&self.path)?;
        *self = grown;
        Ok(())
    }
}

/// The two writes of a change: the content, then the pointer to it.
fn plan(capacity: u64, slot: u8, counter: u64, content: &[u8]) -> [Write; 2] {
    [
        Write { at: place(capacity, slot), bytes: slot_bytes(counter, content) },
        Write { at: POINTER_AT, bytes: pointer_bytes(counter, slot) },
    ]
}

/// A whole new file: the content in slot 0, what was before it in slot 1.
fn image(capacity: u64, counter: u64, content: &[u8], before: Option<&Slot>) -> Vec<u8> {
    let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    let mut bytes = vec![0; at(SLOTS_AT + 2 * capacity)];
    let mut put = |offset: u64, part: &[u8]| {
        let from = at(offset);
        bytes[from..from + part.len()].copy_from_slice(part);
    };
    put(0, MAGIC);
    put(16, &capacity.to_be_bytes());
    put(POINTER_AT, &pointer_bytes(counter, 0));
    put(place(capacity, 0), &slot_bytes(counter, content));
    if let Some(before) = before {
        put(place(capacity, 1), &slot_bytes(before.counter, &before.content));
    }
    bytes
}

fn capacity_for(path: &Path, content: usize) -> Result<u64, DeviceError> {
    let wanted = (content + SLOT_HEAD) as u64;
    let capacity = (wanted + wanted / 2).next_power_of_two().max(CAPACITY_MIN);
    if wanted > CAPACITY_MAX {
        return Err(DeviceError::TooLarge { path: path.to_owned() });
    }
    Ok(capacity.min(CAPACITY_MAX))
}

fn place(capacity: u64, slot: u8) -> u64 {
    SLOTS_AT + capacity * u64::from(slot)
}

fn slot_bytes(counter: u64, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SLOT_HEAD + content.len());
    bytes.extend_from_slice(&counter.to_be_bytes());
    bytes.extend_from_slice(&(content.len() as u64).to_be_bytes());
    bytes.extend_from_slice(slot_checksum(counter, content).as_bytes());
    bytes.extend_from_slice(content);
    bytes
}

fn slot_checksum(counter: u64, content: &[u8]) -> Hash {
    Hasher::new().with(b"slot").with_u64(counter).with(content).finish()
}

fn pointer_bytes(counter: u64, slot: u8) -> Vec<u8> {
    let checksum = Hasher::new().with(b"pointer").with_u64(counter).with(&[slot]).finish();
    let mut bytes = Vec::with_capacity(POINTER_LEN);
    bytes.extend_from_slice(&counter.to_be_bytes());
    bytes.push(slot);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes
}

fn read_slots(file: &File, capacity: u64) -> (Found, u8, u64) {
    let mut slots: Vec<(u8, Slot)> = [0, 1]
        .into_iter()
        .filter_map(|slot| Some((slot, read_slot(file, capacity, slot)?)))
        .collect();
    let pointer = read_pointer(file);
    // The pointer decides. Where it was cut itself, the newer of two whole contents is the one it was about.
    slots.sort_by_key(|(slot, content)| {
        let is_pointed_at =
            pointer.is_some_and(|(counter, at)| at == *slot && counter == content.counter);
        std::cmp::Reverse((is_pointed_at, content.counter))
    });
    let newest = slots.first().map(|(slot, content)| (*slot, content.counter));
    let is_older = match (pointer, newest) {
        (Some((counter, _)), Some((_, newest))) => newest < counter,
        _ => false,
    };
    // A counter is never used twice, not even that of a content which was damaged.
    let counter = slots.iter().map(|(_, content)| content.counter).chain(pointer.map(|(c, _)| c));
    let counter = counter.max().unwrap_or(0);
    let active = newest.map_or(0, |(slot, _)| slot);
    let slots = slots.into_iter().map(|(_, content)| content).collect();
    (Found { slots, is_older }, active, counter)
}

fn read_pointer(file: &File) -> Option<(u64, u8)> {
    let bytes = read_at(file, POINTER_AT, POINTER_LEN)?;
    let counter = u64::from_be_bytes(bytes.get(..8)?.try_into().ok()?);
    let slot = *bytes.get(8)?;
    (slot < 2 && bytes == pointer_bytes(counter, slot)).then_some((counter, slot))
}

fn read_slot(file: &File, capacity: u64, slot: u8) -> Option<Slot> {
    let at = place(capacity, slot);
    let head = read_at(file, at, SLOT_HEAD)?;
    let counter = u64::from_be_bytes(head.get(..8)?.try_into().ok()?);
    let length = usize::try_from(u64::from_be_bytes(head.get(8..16)?.try_into().ok()?)).ok()?;
    if counter == 0 || (length as u64).checked_add(SLOT_HEAD as u64)? > capacity {
        return None;
    }
    let content = read_at(file, at + SLOT_HEAD as u64, length)?;
    let is_whole = head.get(16..)? == slot_checksum(counter, &content).as_bytes();
    is_whole.then_some(Slot { counter, content })
}

fn read_at(file: &File, at: u64, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, at).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const OLD: &[u8] = b"the content before";
    const NEW: &[u8] = b"what it becomes";

    /// A file that holds OLD in one slot and something older in the other.
    fn file(folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("file");
        SlotFile::create(&path, |_| Ok(b"the first".to_vec())).unwrap();
        SlotFile::open(&path).unwrap().0.write(OLD).unwrap();
        path
    }

    fn content(path: &Path) -> (Vec<u8>, bool) {
        let (_, found) = SlotFile::open(path).unwrap();
        (found.slots[0].content.clone(), found.is_older)
    }

    #[test]
    fn a_write_cut_at_any_byte_leaves_the_old_content_or_the_new() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder);
        let before = fs::read(&path).unwrap();
        let (slots, _) = SlotFile::open(&path).unwrap();
        let writes = plan(slots.capacity, 1 - slots.active, slots.next_counter(), NEW);
        let total: usize = writes.iter().map(|write| write.bytes.len()).sum();
        let mut seen = Vec::new();
        for cut in 0..=total {
            let (mut image, mut left) = (before.clone(), cut);
            for write in &writes {
                let part = left.min(write.bytes.len());
                let at = usize::try_from(write.at).unwrap();
                image[at..at + part].copy_from_slice(&write.bytes[..part]);
                left -= part;
            }
            fs::write(&path, &image).unwrap();
            let (found, is_older) = content(&path);
            assert!(!is_older, "cut at {cut}: an interrupted write is no damage");
            seen.push(found == NEW);
            assert!(found == NEW || found == OLD, "cut at {cut}");
            // And the file goes on from there.
            SlotFile::open(&path).unwrap().0.write(b"next").unwrap();
            assert_eq!(content(&path), (b"next".to_vec(), false), "cut at {cut}");
        }
        assert_eq!((seen.first(), seen.last()), (Some(&false), Some(&true)));
        assert!(seen.is_sorted(), "once new, it stays new");
    }

    #[test]
    fn damage_to_either_slot_leaves_the_other_and_to_both_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder);
        let (slots, _) = SlotFile::open(&path).unwrap();
        let whole = fs::read(&path).unwrap();
        let flip = |image: &mut Vec<u8>, slot: u8| {
            let at = usize::try_from(place(slots.capacity, slot)).unwrap() + SLOT_HEAD + 3;
            image[at] ^= 1;
        };
        let mut image = whole.clone();
        flip(&mut image, 1 - slots.active);
        fs::write(&path, &image).unwrap();
        assert_eq!(content(&path), (OLD.to_vec(), false));

        let mut image = whole.clone();
        flip(&mut image, slots.active);
        fs::write(&path, &image).unwrap();
        assert_eq!(content(&path), (b"the first".to_vec(), true), "the older one serves");
        SlotFile::open(&path).unwrap().0.write(NEW).unwrap();
        let (_, found) = SlotFile::open(&path).unwrap();
        assert_eq!((found.slots[0].counter, found.is_older), (3, false), "no counter twice");

        flip(&mut image, 1 - slots.active);
        fs::write(&path, &image).unwrap();
        assert!(SlotFile::open(&path).unwrap().1.slots.is_empty());
    }

    #[test]
    fn what_is_no_container_file_is_said_to_be_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder);
        let whole = fs::read(&path).unwrap();
        let mut other = whole.clone();
        other[16..24].copy_from_slice(&u64::MAX.to_be_bytes());
        for (name, image) in [
            ("empty", Vec::new()),
            ("short", whole[..20].to_vec()),
            ("foreign", b"-----BEGIN TENURE UPDATE-----".repeat(9)),
            ("huge slots", other),
        ] {
            fs::write(&path, image).unwrap();
            assert!(matches!(SlotFile::open(&path), Err(DeviceError::Damaged { .. })), "{name}");
        }
        // Cut short behind the head: nothing is whole.
        fs::write(&path, &whole[..4100]).unwrap();
        assert!(SlotFile::open(&path).unwrap().1.slots.is_empty());
    }

    #[test]
    fn a_file_grows_with_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder);
        let large = vec![7; 100_000];
        let (mut slots, _) = SlotFile::open(&path).unwrap();
        slots.write(&large).unwrap();
        assert_eq!(content(&path), (large.clone(), false));
        slots.write(NEW).unwrap();
        assert_eq!(content(&path), (NEW.to_vec(), false));
        let (_, found) = SlotFile::open(&path).unwrap();
        assert_eq!(found.slots[1].content, large);
        assert!(matches!(slots.write(&vec![0; 70_000_000]), Err(DeviceError::TooLarge { .. })));
    }
}
