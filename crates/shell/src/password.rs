//! Password hashing: argon2id, one at a time.
//!
//! Kept here: at most one hash runs at once, off the async workers, so guessing can't take the machine; an
//! unknown user costs the same hash as a known one, so the answer's time tells nothing.
//! Deliberately not here: who may try how often (`backoff`), where hashes are stored (the ledger's state).

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

/// How dear one hash is.
#[derive(Debug, Clone, Copy)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for PasswordCost {
    /// 19 MiB and two passes, the figures OWASP names for argon2id.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2 }
    }
}

/// Could not hash: the stored hash is unreadable, parameters are impossible, or the system has no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct HashFault;

/// Hashes and verifies passwords.
pub struct Passwords {
    one_at_a_time: Arc<Semaphore>,
    cost: PasswordCost,
}

impl Passwords {
    /// Hashes of this cost.
    pub fn new(cost: PasswordCost) -> Self {
        Self { one_at_a_time: Arc::new(Semaphore::new(1)), cost }
    }

    /// The PHC string of a new password, with a salt of its own.
    pub async fn hash(&self, password: String) -> Result<String, HashFault> {
        let cost = self.cost;
        self.run(move || {
            let hash = argon2(cost)?.hash_password(password.as_bytes()).map_err(|_| HashFault)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password belongs to the stored hash. Without a stored hash: false, after the same work.
    pub async fn verify(
        &self,
        password: String,
        stored: Option<String>,
    ) -> Result<bool, HashFault> {
        let cost = self.cost;
        self.run(move || {
            let known = stored.is_some();
            let text = stored.unwrap_or_else(|| nobody(cost));
            let hash = PasswordHash::new(&text).map_err(|_| HashFault)?;
            Ok(argon2(cost)?.verify_password(password.as_bytes(), &hash).is_ok() && known)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashFault> + Send + 'static,
    ) -> Result<T, HashFault> {
        // The permit goes into the blocking task: a caller that hangs up does not make room for a second hash.
        let turn = self.one_at_a_time.clone().acquire_owned().await.map_err(|_| HashFault)?;
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await
        .map_err(|_| HashFault)?
    }
}

fn argon2(cost: PasswordCost) -> Result<Argon2<'static>, HashFault> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(32)).map_err(|_| HashFault)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A hash nobody has: salt and output are zeroes, the cost is the real one.
fn nobody(cost: PasswordCost) -> String {
    format!(
        "$argon2id$v=19$m={},t={},p=1${}${}",
        cost.memory_kib,
        cost.passes,
        "A".repeat(22),
        "A".repeat(43)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: PasswordCost = PasswordCost { memory_kib: 64, passes: 1 };

    #[tokio::test]
    async fn the_right_password_only() {
        let passwords = Passwords::new(CHEAP);
        let hash = passwords.hash("correct horse".into()).await.expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert!(
            passwords.verify("correct horse".into(), Some(hash.clone())).await.expect("verifies")
        );
        assert!(!passwords.verify("battery".into(), Some(hash)).await.expect("verifies"));
    }

    #[tokio::test]
    async fn an_unknown_user_costs_a_hash_and_never_matches() {
        let passwords = Passwords::new(PasswordCost::default());
        assert!(PasswordHash::new(&nobody(PasswordCost::default())).is_ok());
        assert!(!passwords.verify("anything".into(), None).await.expect("verifies"));
    }
}
