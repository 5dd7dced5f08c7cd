//! The folder of an application: borrowed leases, the chain that proves them, and the clock's
//! high-water mark.
//!
//! Files are readable by their owner only, written as a whole beside their place and renamed.
//! Nothing read here is believed: the chain is walked from the pinned root and each lease verified
//! again at every load. A lease's file is named by its number and its server, because two servers
//! number alike. The chain is that of the server asked last; a lease of another one has its own
//! beside it. A clock set back is found by the high-water mark, which is the container's
//! ([`RightsClock`]), and by the instants that leases carry; who deletes the mark gains at most the
//! time since the newest lease was signed.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tenure_api::ChainAnswer;
use tenure_container::{Reading, RightsClock};
use tenure_document::{Bytes, ContainerId, Envelope, Holder, Lease, LeaseId, RootPin, Time};
use tenure_vault::{VaultError, create_new, write_atomic};

use crate::clock::Now;
use crate::error::{Error, Forged};
use crate::proof::{Authority, same_holder};
use crate::session::{HeldLease, Loan};

/// Where an application keeps what it needs off line.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// A borrowed lease as it stands on disk.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    document: String,
    token: String,
    /// What proves it, where the chain of trust beside the leases is another server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chain: Option<ChainAnswer>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptKey {
    seed: Bytes,
}

/// The highest time seen, as it is kept.
#[derive(Deserialize)]
#[serde(untagged)]
enum Mark {
    Clock(RightsClock),
    /// As it was kept before the clock knew of boots.
    Alone {
        high_water: Time,
    },
}

/// What a file in the folder turned out to be.
#[derive(Clone, Debug)]
pub struct Found {
    /// The lease ID, from the file's name.
    pub id: LeaseId,
    file: PathBuf,
    /// The lease with the time that is left, or why it does not count.
    pub lease: Result<(HeldLease, Duration), Error>,
}

impl Store {
    /// Opens the folder, making it when it is missing (readable by its owner only).
    ///
    /// # Errors
    /// [`Error::Store`] when it can't be made, or when others may write to it.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Store, Error> {
        let folder = folder.into();
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder.join("leases"));
        made.map_err(|error| fault(&folder, error))?;
        let mode =
            fs::metadata(&folder).map_err(|error| fault(&folder, error))?.permissions().mode();
        if mode & 0o022 != 0 {
            return Err(fault(&folder, "others may write to it: chmod 700"));
        }
        Ok(Store { folder })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The client's own key: the one that is kept, else this one, kept from now on. Of several first starts one keeps
    /// its own, and the others take that.
    ///
    /// # Errors
    /// [`Error::Store`] when it can't be read or written.
    pub(crate) fn client_key(&self, drawn: [u8; 32]) -> Result<[u8; 32], Error> {
        let path = self.folder.join("client.key");
        if !path.exists() {
            let drawn = bytes(&path, &KeptKey { seed: Bytes::from(drawn.as_slice()) })?;
            match create_new(&path, &drawn, 0o600) {
                Ok(()) | Err(VaultError::Exists { .. }) => {}
                Err(error) => return Err(unwritten(&path, error)),
            }
        }
        let kept = read::<KeptKey>(&path)?.ok_or_else(|| fault(&path, "gone"))?;
        let kept: Result<[u8; 32], _> = kept.seed.0.try_into();
        kept.map_err(|_| fault(&path, "it is not a key"))
    }

    /// The time by which leases on disk are judged: never before the mark, which follows the time since boot; the mark
    /// is raised to it, by jumps of the wall clock 48 hours in a boot at most, so that a clock once set to the future
    /// does not take borrowed leases away for good.
    ///
    /// # Errors
    /// [`Error::Store`] when the mark can't be read or written.
    pub fn time(&self, now: Now) -> Result<Judged, Error> {
        let kept = self.clock(now)?;
        let reading = reading(now);
        let next = kept.as_ref().map_or(RightsClock::new(reading), |kept| kept.advanced(reading));
        let set_back = next.rights(reading).is_alarming();
        let at = now.wall.max(next.high_water());
        if kept.as_ref() != Some(&next) {
            write(&self.clock_path(), &next)?;
        }
        Ok(Judged { at, set_back })
    }

    /// A server has just signed this time, over a nonce of this client: a mark that is beyond it came of a wrong clock,
    /// and is let go of. Borrowed leases that were over by then are forgotten.
    ///
    /// # Errors
    /// [`Error::Store`] when the folder can't be read or written.
    pub(crate) fn told(
        &self,
        signed: Time,
        now: Now,
        authority: &Authority,
        holder: &Holder,
    ) -> Result<(), Error> {
        let reading = reading(now);
        let next = self.clock(now)?.map(|kept| kept.advanced(reading));
        let at_signed = Reading { wall: signed, ..reading };
        if let Some(next) = next.filter(|next| next.rights(at_signed).is_alarming()) {
            write(&self.clock_path(), &next.corrected(signed, reading))?;
        }
        for found in self.leases(authority, holder, signed)? {
            if let Err(Error::NotBorrowed { .. }) = found.lease {
                remove(&found.file)?;
            }
        }
        Ok(())
    }

    fn clock(&self, now: Now) -> Result<Option<RightsClock>, Error> {
        Ok(read::<Mark>(&self.clock_path())?.map(|mark| match mark {
            Mark::Clock(clock) => clock,
            Mark::Alone { high_water } => {
                RightsClock::new(Reading { wall: high_water, ..reading(now) })
            }
        }))
    }

    fn clock_path(&self) -> PathBuf {
        self.folder.join("clock.json")
    }

    /// Keeps the chain of trust. Leases that another server's chain has proved keep that beside them.
    ///
    /// # Errors
    /// [`Error::Store`] when it can't be written.
    pub fn keep_chain(&self, chain: &ChainAnswer) -> Result<(), Error> {
        if let Ok(Some(before)) = self.chain()
            && before.server != chain.server
        {
            for LeaseFile { path, .. } in self.files()? {
                // What can't be read is no lease of anybody's.
                if let Ok(Some(kept @ Kept { chain: None, .. })) = read::<Kept>(&path) {
                    write(&path, &Kept { chain: Some(before.clone()), ..kept })?;
                }
            }
        }
        write(&self.chain_path(), chain)
    }

    fn chain(&self) -> Result<Option<ChainAnswer>, Error> {
        read(&self.chain_path())
    }

    fn chain_path(&self) -> PathBuf {
        self.folder.join("chain.json")
    }

    /// The chain of trust as it was kept, walked again from the pinned root; `None` without one.
    ///
    /// # Errors
    /// [`Error::Forged`] when it does not hold, [`Error::Store`] when it can't be read.
    pub fn authority(&self, root: RootPin, at: Time) -> Result<Option<Authority>, Error> {
        match self.chain()? {
            Some(chain) => Ok(Some(Authority::establish(root, chain, None, at)?)),
            None => Ok(None),
        }
    }

    /// Keeps a borrowed lease.
    ///
    /// # Errors
    /// [`Error::Store`] when it can't be written.
    pub fn keep(&self, held: &HeldLease) -> Result<(), Error> {
        self.keep_with(held, None)
    }

    /// Keeps a borrowed lease, and what proves it where the chain that is kept is another server's.
    pub(crate) fn keep_with(
        &self,
        held: &HeldLease,
        chain: Option<&ChainAnswer>,
    ) -> Result<(), Error> {
        let is_there =
            || self.chain().ok().flatten().is_some_and(|it| it.server == held.lease.server);
        let chain = chain.filter(|_| !is_there()).cloned();
        let kept = Kept { document: held.document.clone(), token: held.token.clone(), chain };
        let loan = Loan::of(&held.lease);
        write(&self.path(loan), &kept)?;
        match self.old_path(loan) {
            Some(old) => remove(&old),
            None => Ok(()),
        }
    }

    /// Forgets a borrowed lease.
    ///
    /// # Errors
    /// [`Error::Store`] when the file can't be removed.
    pub fn forget(&self, loan: Loan) -> Result<(), Error> {
        let old = self.old_path(loan);
        [self.path(loan)].iter().chain(&old).try_for_each(|path| remove(path))
    }

    /// Whether a lease that was kept is kept no more. A folder that can't be read says nothing.
    pub(crate) fn has_lost(&self, loan: Loan) -> bool {
        let gone = |path: &Path| path.try_exists().is_ok_and(|there| !there);
        let is_gone = gone(&self.path(loan)) && self.old_path(loan).is_none();
        is_gone && !gone(&self.folder.join("leases"))
    }

    /// All kept leases, each verified again: signature, chain, holder, and that it is not over.
    ///
    /// # Errors
    /// [`Error::Store`] when the folder can't be read.
    pub fn leases(
        &self,
        authority: &Authority,
        holder: &Holder,
        at: Time,
    ) -> Result<Vec<Found>, Error> {
        let found = |file: LeaseFile| {
            let lease = lease(&file, authority, holder, at);
            Found { id: file.id, file: file.path, lease }
        };
        Ok(self.files()?.into_iter().map(found).collect())
    }

    /// The files of leases, in order.
    fn files(&self) -> Result<Vec<LeaseFile>, Error> {
        let folder = self.folder.join("leases");
        let mut files = Vec::new();
        for entry in fs::read_dir(&folder).map_err(|error| fault(&folder, error))? {
            let entry = entry.map_err(|error| fault(&folder, error))?;
            // Anything else in the folder is not ours.
            files.extend(LeaseFile::at(entry.path()));
        }
        files.sort_unstable();
        Ok(files)
    }

    fn path(&self, Loan { server, lease }: Loan) -> PathBuf {
        self.folder.join("leases").join(format!("{lease}.{server}.json"))
    }

    /// The file of a lease that was kept before the names told servers apart.
    fn old_path(&self, loan: Loan) -> Option<PathBuf> {
        let path = self.folder.join("leases").join(format!("{}.json", loan.lease));
        let kept = read::<Kept>(&path).ok()??;
        let envelope = Envelope::parse(kept.document.as_bytes()).ok()?;
        // Not believed either: it only says whose file this is.
        let lease: Lease = serde_json::from_slice(&envelope.payload).ok()?;
        (Loan::of(&lease) == loan).then_some(path)
    }
}

/// A file that may hold a lease, as its name says.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct LeaseFile {
    id: LeaseId,
    /// None: it was kept before the names told servers apart.
    server: Option<ContainerId>,
    path: PathBuf,
}

impl LeaseFile {
    fn at(path: PathBuf) -> Option<LeaseFile> {
        let name = path.file_name()?.to_str()?.strip_suffix(".json")?;
        let (id, server) = match name.split_once('.') {
            Some((id, server)) => (id, Some(server.parse().ok()?)),
            None => (name, None),
        };
        Some(LeaseFile { id: id.parse().ok()?, server, path })
    }
}

fn lease(
    file: &LeaseFile,
    authority: &Authority,
    holder: &Holder,
    at: Time,
) -> Result<(HeldLease, Duration), Error> {
    let kept = read::<Kept>(&file.path)?.ok_or_else(|| fault(&file.path, "gone"))?;
    let beside = kept.chain.map(|chain| authority.beside(chain, at)).transpose()?;
    let lease = beside.as_ref().unwrap_or(authority).lease(&kept.document, at)?;
    check_kept(&lease, file, holder)?;
    let at = at.max(lease.issued);
    if lease.expires <= at {
        return Err(Error::NotBorrowed { feature: lease.feature.clone() });
    }
    let left = lease.expires.since(at);
    Ok((HeldLease { lease, document: kept.document, token: kept.token }, left))
}

/// The time by which leases on disk are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The time.
    pub at: Time,
    /// The wall clock is behind what was seen before, by more than an ordinary correction.
    pub set_back: bool,
}

pub(crate) fn reading(now: Now) -> Reading {
    let since_boot_ms = i64::try_from(now.steady.as_millis()).unwrap_or(i64::MAX);
    Reading { wall: now.wall, since_boot_ms }
}

/// A borrowed lease belongs to a machine and a user, whichever process of theirs uses it.
fn check_kept(lease: &Lease, file: &LeaseFile, holder: &Holder) -> Result<(), Forged> {
    if lease.id != file.id || file.server.is_some_and(|server| lease.server != server) {
        return Err(Forged::new("wrong-lease", "the file holds another lease than its name says"));
    }
    if !lease.borrowed {
        return Err(Forged::new("wrong-term", "the lease is not a borrowed one"));
    }
    let process = Holder {
        process: holder.process.clone(),
        session: holder.session.clone(),
        ..lease.holder.clone()
    };
    if !same_holder(&process, holder) {
        return Err(Forged::new(
            "wrong-holder",
            "the lease was borrowed by another machine or user",
        ));
    }
    Ok(())
}

/// Reads a file of ours; `None` when there is none.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    match fs::read(path) {
        Ok(bytes) => match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(fault(path, format!("not what this program wrote: {error}"))),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault(path, error)),
    }
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(fault(path, error)),
        _ => Ok(()),
    }
}

/// Writes a file as a whole or not at all.
pub(crate) fn write<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    write_atomic(path, &bytes(path, value)?, 0o600).map_err(|error| unwritten(path, error))
}

fn bytes<T: Serialize>(path: &Path, value: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(|error| fault(path, error))
}

fn unwritten(path: &Path, error: VaultError) -> Error {
    match error {
        VaultError::Io { source, .. } => fault(path, source),
        error => fault(path, error),
    }
}

pub(crate) fn fault(path: &Path, reason: impl ToString) -> Error {
    Error::Store { path: path.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::thread;

    #[test]
    fn first_starts_at_once_agree_on_one_key() {
        for _ in 0..10 {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(folder.path()).unwrap();
            let barrier = Barrier::new(8);
            let start = &|number: u8| {
                barrier.wait();
                store.client_key([number; 32]).unwrap()
            };
            let keys: Vec<_> = thread::scope(|scope| {
                let started: Vec<_> = (0..8).map(|n| scope.spawn(move || start(n))).collect();
                started.into_iter().map(|one| one.join().unwrap()).collect()
            });
            let kept = store.client_key([9; 32]).unwrap();
            assert_eq!(keys, vec![kept; 8]);
        }
    }

    #[test]
    fn what_could_not_be_put_in_its_place_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        fs::create_dir(folder.path().join("chain.json")).unwrap();
        let failed = write(&folder.path().join("chain.json"), &1).unwrap_err();
        let there = fs::read_dir(store.folder()).unwrap().count();
        assert_eq!(there, 2, "the chain's place and the folder of leases");
        assert!(failed.to_string().ends_with("Is a directory (os error 21)"), "{failed}");
    }
}
