//! Long work beside service: it takes what processor time others leave, and rests while commands come in.
//!
//! Invariants: however busy the server is, such work goes on for a tenth of the time; while nobody asks anything it
//! never rests. The lowest priority alone is not enough: what runs beside a checkout also takes its caches and the
//! locks of memory and disk. Deliberately not here: what the work is (what_if_job).

use std::time::Duration;

use tenure_ledger::Pulse;
use tenure_shell::outside::Uptime;

/// So long it works at least before it looks whether it should rest.
const SLICE: Duration = Duration::from_micros(200);
/// So many times as long as it worked it rests.
const RESTS: u32 = 9;
/// The longest rest.
const REST_MAX: Duration = Duration::from_millis(20);

/// This thread takes only what processor time others leave.
pub(crate) fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(19) {
        tracing::debug!(%error, "long work runs at the usual priority");
    }
}

/// The rests of one thread.
#[derive(Debug)]
pub(crate) struct Rests {
    pulse: Pulse,
    uptime: Uptime,
    /// Commands that had come in, and the time, when it began to work.
    began: (u64, Duration),
}

impl Rests {
    /// Work begins.
    pub(crate) fn new(pulse: Pulse, uptime: Uptime) -> Self {
        let began = (pulse.beats(), uptime.elapsed());
        Self { pulse, uptime, began }
    }

    /// Work goes on after it had to wait for something else.
    pub(crate) fn resume(&mut self) {
        self.began.1 = self.uptime.elapsed();
    }

    /// A piece of work is done: rests if it has taken its time while others wanted something. Call it often.
    pub(crate) fn rest(&mut self) {
        let now = self.uptime.elapsed();
        let beats = self.pulse.beats();
        let worked = now.saturating_sub(self.began.1);
        if worked < SLICE {
            return;
        }
        let rest = rest_after(worked, beats != self.began.0);
        self.began = (beats, now);
        if let Some(rest) = rest {
            std::thread::sleep(rest);
            self.resume();
        }
    }
}

/// How long to rest after so much work.
fn rest_after(worked: Duration, busy: bool) -> Option<Duration> {
    busy.then(|| worked.saturating_mul(RESTS).min(REST_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_works_a_tenth_of_the_time_beside_others_and_all_of_it_alone() {
        let (millis, micros) = (Duration::from_millis, Duration::from_micros);
        for (worked, busy, rest) in [
            (micros(200), false, None),
            (micros(200), true, Some(micros(1_800))),
            (millis(2), true, Some(millis(18))),
            (millis(2), false, None),
            // A long piece is no reason to stand still for long.
            (Duration::MAX, true, Some(REST_MAX)),
        ] {
            assert_eq!(rest_after(worked, busy), rest, "{worked:?}, {busy}");
        }
    }
}
