//! Metered features: consuming on line, and numbered records of what was consumed off line.
//!
//! Records are numbered on disk before anybody relies on them and forgotten only when the server
//! has acknowledged their number, so each is counted exactly once however often it is sent.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tenure_api::{BatchRecord, UsageBatchAnswer, UsageBatchRequest};
use tenure_document::{Hash, Holder, Time, Version};

use crate::error::Error;
use crate::store::{Store, fault, read, write};

/// Most records in one batch; the rest goes with the next.
const BATCH: usize = 1_000;

/// The numbered records of one folder. Several processes may use it.
#[derive(Clone, Debug)]
pub struct UsageLog {
    path: PathBuf,
    lock: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Records {
    client: String,
    last: u64,
    records: Vec<BatchRecord>,
}

impl UsageLog {
    /// The log in an application's folder.
    pub fn of(store: &Store) -> Self {
        Self { path: store.folder().join("usage.json"), lock: store.folder().join("usage.lock") }
    }

    /// Records a consumption and returns its number; `chance` names the numbering when this is the
    /// folder's first record.
    ///
    /// # Errors
    /// [`Error::Store`] when it can't be written; then it does not count.
    pub fn record(
        &self,
        feature: &str,
        version: Version,
        count: u64,
        at: Time,
        chance: Hash,
    ) -> Result<u64, Error> {
        let _locked = self.locked()?;
        let fresh = || Records { client: chance.to_string(), last: 0, records: Vec::new() };
        let mut log = read::<Records>(&self.path)?.unwrap_or_else(fresh);
        log.last += 1;
        let feature = feature.to_owned();
        log.records.push(BatchRecord { sequence: log.last, feature, version, count, at: Some(at) });
        write(&self.path, &log)?;
        Ok(log.last)
    }

    /// What is to be sent next; `None` when everything was acknowledged.
    ///
    /// # Errors
    /// [`Error::Store`] when it can't be read.
    pub fn batch(&self, holder: &Holder) -> Result<Option<UsageBatchRequest>, Error> {
        let Some(mut log) = read::<Records>(&self.path)? else { return Ok(None) };
        log.records.truncate(BATCH);
        Ok((!log.records.is_empty()).then(|| UsageBatchRequest {
            holder: holder.clone(),
            client: log.client,
            records: log.records,
        }))
    }

    /// Forgets what the server has acknowledged; how many records are left.
    ///
    /// # Errors
    /// [`Error::Store`] when it can't be written; the records are sent again and not counted again.
    pub fn acknowledge(&self, answer: &UsageBatchAnswer) -> Result<usize, Error> {
        let _locked = self.locked()?;
        let Some(mut log) = read::<Records>(&self.path)? else { return Ok(0) };
        log.records.retain(|record| record.sequence > answer.acknowledged);
        write(&self.path, &log)?;
        Ok(log.records.len())
    }

    fn locked(&self) -> Result<File, Error> {
        let open = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&self.lock);
        let file = open.map_err(|error| fault(&self.lock, error))?;
        file.lock().map_err(|error| fault(&self.lock, error))?;
        Ok(file)
    }
}
