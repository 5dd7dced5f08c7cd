//! `tenure device pull`: asks the publisher's office for what it has, applies it, and sends the receipt.
//!
//! Invariants: the device connects outward and nobody connects to it; what fails on the way is asked again with the same
//! bytes and the same key, so that nothing happens twice; one container that is refused does not keep the others waiting.
//! Deliberately not here: a daemon: a timer of the system starts this.

use super::place::Place;
use crate::{
    admin::problem,
    chance,
    exit::{Failure, Kind},
    explain,
};
use clap::Args;
use std::{path::PathBuf, time::Duration};
use tenure_api::{ApiError, ClientOptions, OfficeClient, TlsTrust};
use tenure_device::Device;

/// The longest pause between two attempts.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Exchange with the office.
#[derive(Debug, Args)]
pub struct PullArgs {
    #[command(flatten)]
    place: Place,
    /// Address of the publisher's office, such as https://office.example.com.
    #[arg(long, value_name = "URL", env = "TENURE_OFFICE")]
    office: String,
    /// PEM file with the certificates to believe, instead of the system's.
    #[arg(long, value_name = "FILE", env = "TENURE_CA")]
    ca: Option<PathBuf>,
    /// These containers only.
    #[arg(value_name = "SERIAL")]
    serials: Vec<String>,
    /// Wait a random time of at most so many seconds first, so that a fleet does not come all at once.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    jitter: u64,
    /// How often to ask before giving up, with growing pauses.
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: u32,
}

impl PullArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// The first fault, else the first refusal, after every container had its turn.
    pub fn run(self) -> anyhow::Result<()> {
        let device = self.place.device()?;
        let office = self.office()?;
        let serials = self.meant(&device)?;
        let mut pause = Pause::seeded(chance::seed()?);
        std::thread::sleep(pause.within(Duration::from_secs(self.jitter)));
        let mut failed: Option<Failure> = None;
        for serial in &serials {
            match self.exchange(&device, &office, serial, &mut pause) {
                Ok(said) => say!("{serial}: {said}"),
                Err(failure) => {
                    note!("{serial}: {failure}");
                    let is_worse = failure.kind == Kind::Fault;
                    if failed.as_ref().is_none_or(|one| is_worse && one.kind != Kind::Fault) {
                        failed = Some(failure);
                    }
                }
            }
        }
        match failed {
            None => Ok(()),
            Some(failure) if serials.len() == 1 => Err(failure.into()),
            Some(failure) => {
                Err(Failure { message: "not every container was served".into(), ..failure }.into())
            }
        }
    }

    fn office(&self) -> anyhow::Result<OfficeClient> {
        let mut options = ClientOptions::new(self.office.trim_end_matches('/'));
        if let Some(file) = &self.ca {
            let roots = std::fs::read_to_string(file).map_err(|error| {
                Failure::fault(format!("can't read {}: {error}", file.display()))
            })?;
            options.trust = TlsTrust::Roots(roots);
        }
        Ok(OfficeClient::new(options).map_err(problem::failure)?)
    }

    fn meant(&self, device: &Device) -> anyhow::Result<Vec<String>> {
        let listed = device.folder().list().map_err(explain::device)?;
        if self.serials.is_empty() {
            return Ok(listed.into_iter().map(|one| one.serial).collect());
        }
        let one =
            |serial: &String| Ok(device.folder().listed(serial).map_err(explain::device)?.serial);
        self.serials.iter().map(one).collect()
    }

    /// Context out, update in, receipt out. Says what happened.
    fn exchange(
        &self,
        device: &Device,
        office: &OfficeClient,
        serial: &str,
        pause: &mut Pause,
    ) -> Result<String, Failure> {
        let context = device.context(serial).map_err(explain::device)?.into_bytes();
        let key = fresh_key()?;
        let issued = self.insist(pause, || office.exchange(context.clone(), &key))?;
        let answer = device.apply(serial, issued.update.as_bytes()).map_err(explain::device)?;
        if answer.already_applied {
            return Ok(format!("nothing new; the container is at operation {}", answer.sequence));
        }
        let receipt = answer.receipt.into_bytes();
        let key = fresh_key()?;
        // The next context tells the same: a receipt that gets lost costs nothing.
        let told = self.insist(pause, || office.take_receipt(receipt.clone(), &key)).is_ok();
        let receipt = if told {
            ""
        } else {
            "; the receipt did not arrive, the next context makes up for it"
        };
        Ok(format!(
            "applied {}; the container is at operation {}{receipt}",
            issued.summary.first().map_or("an update".to_owned(), |line| {
                match issued.summary.len() {
                    1 => line.clone(),
                    more => format!("{line} and {} more", more - 1),
                }
            }),
            answer.sequence
        ))
    }

    /// Asks again while there is no answer, at the office's pace or at growing intervals.
    fn insist<T>(
        &self,
        pause: &mut Pause,
        mut ask: impl FnMut() -> Result<T, ApiError>,
    ) -> Result<T, Failure> {
        let mut wait = Duration::from_secs(1);
        for _ in 1..self.attempts {
            match ask() {
                Err(error) if error.is_fault() => {
                    let asked_for = error.retry_after().unwrap_or(Duration::ZERO).min(PAUSE_MAX);
                    std::thread::sleep(asked_for.max(wait / 2 + pause.within(wait / 2)));
                    wait = (wait * 2).min(PAUSE_MAX);
                }
                done => return done.map_err(problem::failure),
            }
        }
        ask().map_err(problem::failure)
    }
}

fn fresh_key() -> Result<String, Failure> {
    chance::idempotency_key().map_err(|error| Failure::fault(error.to_string()))
}

/// Random pauses from one seed.
struct Pause(u64);

impl Pause {
    fn seeded(seed: u64) -> Pause {
        Pause(seed | 1)
    }

    /// Somewhere from nothing to `longest`.
    fn within(&mut self, longest: Duration) -> Duration {
        // Xorshift: good enough to spread a fleet.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        longest.mul_f64((self.0 >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_spread_and_stay_within() {
        let mut pause = Pause::seeded(7);
        let drawn: Vec<Duration> =
            (0..1000).map(|_| pause.within(Duration::from_secs(100))).collect();
        assert!(drawn.iter().all(|one| *one < Duration::from_secs(100)));
        let early = drawn.iter().filter(|one| **one < Duration::from_secs(50)).count();
        assert!((400..600).contains(&early), "{early}");
        assert_eq!(pause.within(Duration::ZERO), Duration::ZERO);
    }
}
