//! What this machine can do, measured beside the server so that figures compare across machines: durable commits and
//! Ed25519 signatures.
//!
//! Medians of short runs, on the same file system as the data folder, at the time of the run: the machine may be shared
//! and noisy, so each figure is taken again next to the phase it is compared with.
//! Deliberately not here: anything of the server.

use crate::clock;
use aws_lc_rs::signature::Ed25519KeyPair;
use std::{fs::File, io::Write as _, path::Path, time::Duration};
use tenure_document::{PublicKey, Tree};
use tenure_ledger::{Entry, EntrySigner, Head, Ledger as _, SqliteLedger};
use tenure_vault::{KeyAlgorithm, SecretKey};

/// Medians of one measurement of the machine's durable writes.
#[derive(Debug, Clone, Copy)]
pub struct Disk {
    /// One entry of 256 bytes through the embedded ledger, durable when it returns.
    pub commit: Duration,
    /// `fdatasync` after a 4 KiB write into a preallocated file.
    pub fdatasync: Duration,
}

/// Measures durable writes in `folder` for about `length` each.
///
/// # Errors
/// The folder can't be written.
pub fn disk(folder: &Path, length: Duration) -> anyhow::Result<Disk> {
    Ok(Disk { commit: durable_commit(folder, length)?, fdatasync: fdatasync(folder, length)? })
}

/// Appends entries of 256 bytes, one per commit, to a ledger of their own.
fn durable_commit(folder: &Path, length: Duration) -> anyhow::Result<Duration> {
    let own = tempfile::Builder::new().prefix("commit-rate-").tempdir_in(folder)?;
    let mut ledger = SqliteLedger::open(own.path())?;
    let signer = NoSigner::new()?;
    let mut head: Option<Head> = None;
    median_of(length, || {
        let tree = (&Tree::new(Vec::new()), Vec::new());
        let entry = Entry::after(head.as_ref(), clock::wall(), 1, vec![b' '; 256], tree, &signer);
        ledger.append(&entry)?;
        head = Some(entry.head());
        Ok(())
    })
}

/// Signs nothing: what is measured is the disk, and the store does not look at signatures.
struct NoSigner(PublicKey);

impl NoSigner {
    fn new() -> anyhow::Result<NoSigner> {
        Ok(NoSigner(SecretKey::generate(KeyAlgorithm::Ed25519Batch)?.public().clone()))
    }
}

impl EntrySigner for NoSigner {
    fn public(&self) -> &PublicKey {
        &self.0
    }

    fn sign(&self, _message: &[u8]) -> [u8; 64] {
        [0; 64]
    }
}

fn fdatasync(folder: &Path, length: Duration) -> anyhow::Result<Duration> {
    let path = folder.join("bench-sync.bin");
    let mut file = File::create(&path)?;
    let block = [7_u8; 4096];
    for _ in 0..256 {
        file.write_all(&block)?;
    }
    file.sync_all()?;
    let mut at = 0_u64;
    let median = median_of(length, || {
        std::os::unix::fs::FileExt::write_all_at(&file, &block, at % 256 * 4096)?;
        at += 1;
        file.sync_data()?;
        Ok(())
    })?;
    std::fs::remove_file(&path)?;
    Ok(median)
}

/// Median time of one Ed25519 signature over 200 bytes, with the library that the server signs with.
///
/// # Errors
/// The library makes no key.
pub fn signature() -> anyhow::Result<Duration> {
    let key =
        Ed25519KeyPair::generate().map_err(|_| anyhow::anyhow!("no Ed25519 key could be made"))?;
    let message = [3_u8; 200];
    let mut sink = 0_u8;
    let median = median_of(Duration::from_millis(60), || {
        sink ^= key.sign(&message).as_ref()[0];
        Ok(())
    })?;
    std::hint::black_box(sink);
    Ok(median)
}

fn median_of(
    length: Duration,
    mut once: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<Duration> {
    let start = clock::monotonic();
    let mut samples = Vec::with_capacity(4096);
    while samples.len() < 21 || clock::monotonic().duration_since(start) < length {
        let before = clock::monotonic();
        once()?;
        samples.push(clock::monotonic().duration_since(before));
    }
    samples.sort_unstable();
    Ok(samples[samples.len() / 2])
}
