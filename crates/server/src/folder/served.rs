//! The thread that serves a shared folder, and those who wait for it.
//!
//! Invariants: the thread may hang for as long as the share does, so whoever waits for it, at the start or at the stop,
//! waits for a while and goes on without it; a turn that comes to no end is told.
//! Deliberately not here: what a turn does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tenure_shell::outside::Uptime;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::status::{FolderFault, FolderStatus};
use super::telling::Teller;

/// A turn that is under way at two looks, so far apart, hangs.
const LOOK: Duration = Duration::from_secs(10);
/// A turn that hung is no reason to rest for as long, and the record must go on to beat.
const REST_MAX: Duration = Duration::from_secs(4);

/// A shared folder that is served on a thread of its own until this is dropped.
pub struct ServedFolder {
    /// How it stands.
    pub status: FolderStatus,
    stop: Option<Sender<()>>,
    farewell: Duration,
    /// Hung up when the thread ends.
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
    turns: TurnCount,
    watch: Option<AbortHandle>,
}

/// What the thread has of those who wait for it.
pub(crate) struct Line {
    turned: Sender<()>,
    stopped: Receiver<()>,
    turns: TurnCount,
    _ended: Sender<()>,
}

/// How long others wait for the first turn, and for the end of the last one.
pub(crate) struct Bounds {
    patience: Duration,
    farewell: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { patience: Duration::from_secs(5), farewell: Duration::from_secs(2) }
    }
}

/// Beginnings and ends of turns: odd while one is under way.
#[derive(Clone, Default)]
struct TurnCount(Arc<AtomicU64>);

impl TurnCount {
    fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn under_way(&self) -> Option<u64> {
        let count = self.0.load(Ordering::Relaxed);
        (count % 2 == 1).then_some(count)
    }
}

impl Line {
    /// Turns until it is told to stop; each is told the time.
    pub(crate) fn turns(&self, uptime: Uptime, interval: Duration, mut turn: impl FnMut(Duration)) {
        loop {
            let began = uptime.elapsed();
            self.turns.count();
            turn(began);
            self.turns.count();
            // Only the first one is waited for.
            let _ = self.turned.send(());
            let took = uptime.elapsed().saturating_sub(began);
            if self.stopped.recv_timeout(rest(interval, took)) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }
}

impl ServedFolder {
    /// Starts the thread, and waits a while for its first turn.
    pub(crate) fn start(
        teller: &Teller,
        must_be_there: bool,
        bounds: Bounds,
        run: impl FnOnce(Line) + Send + 'static,
    ) -> Result<Self, FolderFault> {
        let ((stop, stopped), (turned, first), (_ended, ended)) = (channel(), channel(), channel());
        let (status, turns) = (teller.status.clone(), TurnCount::default());
        let line = Line { turned, stopped, turns: turns.clone(), _ended };
        let thread = std::thread::Builder::new().name("shared-folder".to_owned());
        let thread = thread.spawn(move || run(line));
        let thread = thread.map_err(|error| FolderFault::Thread(error.to_string()))?;
        match first.recv_timeout(bounds.patience) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => teller.silent(),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(FolderFault::Thread("it ended early".to_owned()));
            }
        }
        status.fault(must_be_there)?;
        let (stop, thread, farewell) = (Some(stop), Some(thread), bounds.farewell);
        Ok(Self { status, stop, farewell, ended, thread, turns, watch: None })
    }

    /// Tells of a turn that hangs, from now on.
    pub(crate) fn watched(mut self, runtime: &Handle, teller: Teller) -> Self {
        let watch = runtime.spawn(watch(self.turns.clone(), teller));
        self.watch = Some(watch.abort_handle());
        self
    }

    /// Tells it to stop, and does not wait for it.
    pub fn tell_to_stop(&mut self) {
        self.stop.take();
    }
}

impl Drop for ServedFolder {
    fn drop(&mut self) {
        self.tell_to_stop();
        if let Some(watch) = &self.watch {
            watch.abort();
        }
        if self.ended.recv_timeout(self.farewell) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the shared folder does not answer; it is left as it is");
        } else if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the shared folder panicked");
        }
    }
}

/// Between two turns: a slow directory takes a quarter of the time.
fn rest(interval: Duration, took: Duration) -> Duration {
    interval.max(took.saturating_mul(3).min(REST_MAX))
}

/// Tells of a turn that comes to no end. The next one tells how it goes on.
async fn watch(turns: TurnCount, teller: Teller) {
    let mut before = None;
    loop {
        tokio::time::sleep(LOOK).await;
        let now = turns.under_way();
        if now.is_some() && now == before {
            teller.silent();
        }
        before = now;
    }
}

#[cfg(test)]
mod tests {
    use super::super::status::FolderStanding;
    use super::*;

    fn teller() -> Teller {
        let (status, alarms) = Default::default();
        Teller { directory: "/srv/share".into(), status, alarms }
    }

    /// A folder whose turns hang until the sender is dropped.
    fn hanging(
        teller: &Teller,
        must_be_there: bool,
    ) -> (Sender<()>, Result<ServedFolder, FolderFault>) {
        let (hang, hung) = channel::<()>();
        let bounds = Bounds { patience: Duration::ZERO, farewell: Duration::ZERO };
        let served = ServedFolder::start(teller, must_be_there, bounds, move |line| {
            let _ = hung.recv();
            drop(line);
        });
        (hang, served)
    }

    #[test]
    fn a_directory_that_hangs_holds_up_neither_the_start_nor_the_stop() {
        let teller = teller();
        let (hang, served) = hanging(&teller, false);
        let served = served.expect("the network is served meanwhile");
        let FolderStanding::Away(why) = served.status.now().standing else { panic!("it hangs") };
        assert!(why.starts_with("The shared folder /srv/share does not answer"), "{why}");
        assert_eq!(teller.alarms.sentences(), [why]);
        drop(served);
        drop(hang);
    }

    #[test]
    fn a_directory_that_must_be_there_and_hangs_is_told_at_the_start() {
        let (hang, served) = hanging(&teller(), true);
        let Err(FolderFault::Away(why)) = served.map(drop) else { panic!("it does not answer") };
        assert!(why.contains("does not answer"), "{why}");
        drop(hang);
    }

    #[test]
    fn a_slow_directory_is_left_in_peace_but_one_that_hung_is_served_soon() {
        let rests = [0, 100, 400, 2_000, 3_600_000]
            .map(|took| rest(Duration::from_millis(500), Duration::from_millis(took)).as_millis());
        assert_eq!(rests, [500, 500, 1_200, 4_000, 4_000]);
        assert_eq!(rest(Duration::from_secs(60), Duration::MAX).as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_comes_to_no_end_is_an_alarm_until_the_folder_is_served_again() {
        let (teller, turns) = (teller(), TurnCount::default());
        teller.served();
        let watch = tokio::spawn(watch(turns.clone(), teller.clone()));
        let alarms_after = async |seconds| {
            for _ in 0..seconds {
                tokio::time::advance(Duration::from_secs(1)).await;
            }
            teller.alarms.causes().len()
        };
        for _ in 0..4 {
            turns.count();
            assert_eq!(alarms_after(9).await, 0, "each look finds another turn, or none");
        }
        turns.count();
        assert_eq!(alarms_after(21).await, 1);
        teller.served();
        turns.count();
        assert_eq!(alarms_after(60).await, 0);
        watch.abort();
    }
}
