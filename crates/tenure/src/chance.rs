//! The one place of the program that asks the operating system for chance.
//!
//! Deliberately not here: key material; `vault` makes keys.

use anyhow::Context as _;

/// A fresh idempotency key, 128 random bits.
///
/// # Errors
/// The operating system has no random numbers.
pub fn idempotency_key() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 16];
    fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A seed for whatever shall differ from start to start.
///
/// # Errors
/// The operating system has no random numbers.
pub fn seed() -> anyhow::Result<u64> {
    let mut bytes = [0_u8; 8];
    fill(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

#[expect(clippy::disallowed_methods, reason = "the composition root is where chance comes from")]
fn fill(bytes: &mut [u8]) -> anyhow::Result<()> {
    getrandom::fill(bytes).context("the operating system has no random numbers")
}
