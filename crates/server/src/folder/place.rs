//! One directory, by its handle: everything that is read or written in a shared folder goes through here.
//!
//! Invariants: names are single components that were checked before; nothing follows a link, waits for a pipe or opens
//! what is no plain file; a file is read within its limit, and only when it stood still; what is written appears whole,
//! under a name that was not there before the rename. The folder is everybody's: each call may find anything.
//! Deliberately not here: which files matter.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, RawMode, ResolveFlags, Stat, fstat, fsync, openat,
    openat2, renameat, stat, statat, unlinkat,
};
use tenure_api::folder::{TEMPORARY_END, TEMPORARY_START};
use tenure_shell::outside::random;

/// Readable for everybody: whoever may open the folder reads its own answer.
const FILE_MODE: RawMode = 0o644;

/// An open directory.
#[derive(Debug)]
pub(crate) struct Place {
    directory: OwnedFd,
    identity: (u64, u64),
}

/// How a file stands: equal looks mean that nobody has written in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) inode: u64,
    pub(crate) size: u64,
    pub(crate) owner: u32,
    modified: (i64, i64),
    irregular: Option<&'static str>,
}

/// What is under a name.
#[derive(Debug)]
pub(crate) enum Found {
    /// A plain file within the limit, with how it stood.
    File(Vec<u8>, Look),
    /// Something that is never opened, in a word.
    Irregular(&'static str),
    /// A plain file beyond the limit.
    TooLarge(Look),
    /// It was written to while it was read.
    Changing,
    /// Nothing any more.
    Gone,
}

impl Look {
    fn of(stat: &Stat) -> Self {
        let irregular = match FileType::from_raw_mode(stat.st_mode) {
            // Without a name: another file took its place since it was opened.
            FileType::RegularFile if stat.st_nlink <= 1 => None,
            FileType::RegularFile => Some("a file of several names"),
            FileType::Symlink => Some("a link"),
            FileType::Directory => Some("a directory"),
            FileType::Fifo => Some("a pipe"),
            _ => Some("a device"),
        };
        Self {
            inode: stat.st_ino,
            size: u64::try_from(stat.st_size).unwrap_or(u64::MAX),
            owner: stat.st_uid,
            modified: (stat.st_mtime, i64::try_from(stat.st_mtime_nsec).unwrap_or_default()),
            irregular,
        }
    }

    /// What it is, if no plain file.
    pub(crate) fn irregular(&self) -> Option<&'static str> {
        self.irregular
    }
}

impl Place {
    /// Opens a directory.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::open(path, flags, Mode::empty())?;
        let found = fstat(&directory)?;
        Ok(Self { directory, identity: (found.st_dev, found.st_ino) })
    }

    /// Whether the path still leads here.
    pub(crate) fn is_at(&self, path: &Path) -> io::Result<bool> {
        let found = stat(path)?;
        Ok((found.st_dev, found.st_ino) == self.identity)
    }

    /// Whether both are the same directory.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.identity == other.identity
    }

    /// Calls for each name, at most so many; whether there are more.
    pub(crate) fn each_name(&self, max: usize, mut call: impl FnMut(&CStr)) -> io::Result<bool> {
        let mut seen = 0;
        for entry in Dir::read_from(&self.directory)? {
            let entry = entry?;
            if matches!(entry.file_name().to_bytes(), b"." | b"..") {
                continue;
            }
            if seen == max {
                return Ok(true);
            }
            seen += 1;
            call(entry.file_name());
        }
        Ok(false)
    }

    /// How the thing of this name stands; nothing where there is none.
    pub(crate) fn look(&self, name: &str) -> io::Result<Option<Look>> {
        match statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(Look::of(&stat))),
            Err(rustix::io::Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads a file of at most so many bytes.
    pub(crate) fn read(&self, name: &str, max: usize) -> io::Result<Found> {
        // Looked at before it is opened: opening alone does something to a device.
        match self.look(name)? {
            None => return Ok(Found::Gone),
            Some(Look { irregular: Some(what), .. }) => return Ok(Found::Irregular(what)),
            Some(_) => {}
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match self.open_at(name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(rustix::io::Errno::NOENT) => return Ok(Found::Gone),
            Err(rustix::io::Errno::LOOP) => return Ok(Found::Irregular("a link")),
            Err(rustix::io::Errno::XDEV) => return Ok(Found::Irregular("a mount")),
            Err(error) => return Err(error.into()),
        };
        let before = Look::of(&fstat(&file)?);
        if let Some(what) = before.irregular {
            return Ok(Found::Irregular(what));
        }
        if before.size > max as u64 {
            return Ok(Found::TooLarge(before));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(before.size).unwrap_or_default() + 1);
        let file = File::from(file);
        (&file).take(max as u64 + 1).read_to_end(&mut bytes)?;
        let after = Look::of(&fstat(&file)?);
        Ok(match bytes.len() as u64 == before.size && before == after {
            true => Found::File(bytes, after),
            false => Found::Changing,
        })
    }

    /// Writes a file whole, in the place of whatever has the name; through to the disk when asked to.
    pub(crate) fn write(&self, name: &str, bytes: &[u8], synced: bool) -> io::Result<()> {
        let chance = random().ok_or_else(|| io::Error::other("no chance to draw on"))?;
        let drawn: String = chance[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let temporary = format!("{TEMPORARY_START}{drawn}{TEMPORARY_END}");
        let flags = OFlags::WRONLY
            | OFlags::CREATE
            | OFlags::EXCL
            | OFlags::NOFOLLOW
            | OFlags::NONBLOCK
            | OFlags::CLOEXEC;
        let mut file =
            File::from(self.open_at(&temporary, flags, Mode::from_raw_mode(FILE_MODE))?);
        let written = file.write_all(bytes).and_then(|()| match synced {
            true => Ok(fsync(&file)?),
            false => Ok(()),
        });
        drop(file);
        let renamed = written
            .and_then(|()| Ok(renameat(&self.directory, &temporary, &self.directory, name)?));
        if let Err(error) = renamed {
            // What is left would be removed as a stale file later.
            let _ = self.remove(&temporary);
            return Err(error);
        }
        if synced && let Err(error) = fsync(&self.directory) {
            // Some shares can't: after a power cut the request may be there again, and gets the same answer.
            tracing::debug!(%error, "the shared folder can't be synced");
        }
        Ok(())
    }

    /// Removes a name; what a link leads to stays.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        match unlinkat(&self.directory, name, AtFlags::empty()) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a file that still stands as it was seen; another one in its place stays.
    pub(crate) fn remove_seen(&self, name: &str, seen: &Look) -> io::Result<()> {
        match self.look(name)? {
            Some(now) if now == *seen => self.remove(name),
            _ => Ok(()),
        }
    }

    /// Opens a file to be locked, made if need be.
    pub(crate) fn lock_file(&self, name: &str, make: bool) -> io::Result<Option<OwnedFd>> {
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = match make {
            true => self.open_at(name, flags | OFlags::CREATE, Mode::from_raw_mode(FILE_MODE)),
            false => self.open_at(name, flags, Mode::empty()),
        };
        let opened = match opened {
            // It was made by another user, as whom the share was written to then: to lock it, reading is enough.
            Err(rustix::io::Errno::ACCESS) => {
                let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
                self.open_at(name, flags, Mode::empty())
            }
            opened => opened,
        };
        let file = match opened {
            Ok(file) => file,
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        match Look::of(&fstat(&file)?).irregular {
            None => Ok(Some(file)),
            Some(what) => Err(io::Error::other(format!("{name} is {what}"))),
        }
    }

    fn open_at(&self, name: &str, flags: OFlags, mode: Mode) -> rustix::io::Result<OwnedFd> {
        let resolve = ResolveFlags::BENEATH
            | ResolveFlags::NO_SYMLINKS
            | ResolveFlags::NO_MAGICLINKS
            | ResolveFlags::NO_XDEV;
        match openat2(&self.directory, name, flags, mode, resolve) {
            // Old kernels and some sandboxes: a name of one component that follows no link is as safe but for mounts.
            Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => {
                openat(&self.directory, name, flags, mode)
            }
            opened => opened,
        }
    }
}
