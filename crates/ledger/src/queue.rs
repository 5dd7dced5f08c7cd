//! What waits for the writer thread: commands in two queues, looks at the state, and the wish to
//! stop.
//!
//! Invariants: each queue is bounded and turns callers away at once beyond it; commands that keep
//! what exists go first, but a part of every batch is left to new ones, so that neither starves.
//! Not here: what is done with a batch, and for how long looks are taken before it (`engine`).

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    core::Core,
    draft::{Answer, Job},
    fault::Fault,
    machine::{Machine, Priority},
    oneshot::Sender,
    options::Completion,
    pulse::Pulse,
};

/// Runs on the writer thread between batches; what it returns wakes whoever waits for it.
pub(crate) type Look<M> = Box<dyn FnOnce(&mut Core<M>) -> Completion + Send>;

pub(crate) struct Waiting<M: Machine> {
    pub(crate) job: Job<M>,
    pub(crate) answer: Sender<Answer<M>>,
}

/// What the writer does next.
pub(crate) struct Round<M: Machine> {
    /// Looks that wait: [`Queue::look`] has them one by one.
    pub(crate) looks: usize,
    pub(crate) commands: Vec<Waiting<M>>,
    /// Somebody asked for a batch even if there are no commands, or it is time for one.
    pub(crate) tick: bool,
    /// Nothing more will come.
    pub(crate) stop: bool,
}

pub(crate) struct Queue<M: Machine> {
    inner: Mutex<Inner<M>>,
    something: Condvar,
    max: usize,
    pulse: Pulse,
}

/// Fewer than this many commands at once: nobody is waited for.
const CROWD_MIN: usize = 8;
/// For more than this many nobody waits: by then the commit is a small part of what each costs, and
/// those who are not here yet are work for the other cores while this batch is written. Measured with
/// 64 and with 256 callers: waiting for most of them makes callers and writer work by turns, a third
/// slower.
const CROWD_MAX: usize = 24;
/// So long the writer waits at most for as many commands as the last batch had.
const GATHERING: Duration = Duration::from_millis(3);

struct Inner<M: Machine> {
    high: VecDeque<Waiting<M>>,
    normal: VecDeque<Waiting<M>>,
    looks: VecDeque<Look<M>>,
    tick: bool,
    stopping: bool,
    /// The writer sleeps until this many commands wait, or anything else comes.
    sleeping: Option<usize>,
    /// Commands of the last batch.
    crowd: usize,
    overloaded: u64,
}

impl<M: Machine> Queue<M> {
    pub(crate) fn new(max: usize) -> Self {
        let inner = Inner {
            high: VecDeque::new(),
            normal: VecDeque::new(),
            looks: VecDeque::new(),
            tick: false,
            stopping: false,
            sleeping: None,
            crowd: 0,
            overloaded: 0,
        };
        Self {
            inner: Mutex::new(inner),
            something: Condvar::new(),
            max: max.max(1),
            pulse: Pulse::default(),
        }
    }

    /// A command waits for its turn, unless there are too many.
    pub(crate) fn push(&self, waiting: Waiting<M>) -> Result<(), Fault> {
        self.pulse.beat();
        let priority = M::priority(&waiting.job.command);
        self.enter(|inner| {
            let queue = match priority {
                Priority::High => &mut inner.high,
                Priority::Normal => &mut inner.normal,
            };
            if queue.len() >= self.max {
                inner.overloaded += 1;
                return Err(Fault::Overloaded);
            }
            queue.push_back(waiting);
            Ok(())
        })
    }

    pub(crate) fn push_look(&self, look: Look<M>) -> Result<(), Fault> {
        self.enter(|inner| {
            if inner.looks.len() >= self.max {
                inner.overloaded += 1;
                return Err(Fault::Overloaded);
            }
            inner.looks.push_back(look);
            Ok(())
        })
    }

    /// Asks for a batch even if there is no command.
    pub(crate) fn push_tick(&self) {
        let _ = self.enter(|inner| {
            inner.tick = true;
            Ok(())
        });
    }

    /// Lets nothing more in; what waits is still served.
    pub(crate) fn stop(&self) {
        self.lock().stopping = true;
        self.something.notify_all();
    }

    /// Lets go of everything that waits, because nobody will serve it: the callers learn that the
    /// engine has stopped.
    pub(crate) fn abandon(&self) {
        let mut inner = self.lock();
        inner.stopping = true;
        let left = (
            std::mem::take(&mut inner.high),
            std::mem::take(&mut inner.normal),
            std::mem::take(&mut inner.looks),
        );
        drop(inner);
        drop(left);
    }

    /// Commands that came in, those turned away included.
    pub(crate) fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// Commands waiting, and commands turned away so far.
    pub(crate) fn lengths(&self) -> (u64, u64) {
        let inner = self.lock();
        (inner.waiting() as u64, inner.overloaded)
    }

    /// Waits for something to do, at most for `patience`.
    ///
    /// In a crowd it waits a little longer, for as many commands as came last time: their
    /// senders are about to ask again, and one commit for all of them is cheaper than several.
    /// A batch so grows to what the callers can fill within [`GATHERING`], and shrinks with them;
    /// beyond [`CROWD_MAX`] it takes what is there, so that callers and writer work side by side
    /// and not by turns.
    pub(crate) fn next(&self, batch_max: usize, patience: Option<Duration>) -> Round<M> {
        let mut inner = self.lock();
        while inner.is_empty() && !inner.stopping {
            inner.sleeping = Some(0);
            inner = match patience {
                None => self.something.wait(inner).unwrap_or_else(PoisonError::into_inner),
                Some(patience) => {
                    let waited = self.something.wait_timeout(inner, patience);
                    let (mut inner, result) = waited.unwrap_or_else(PoisonError::into_inner);
                    inner.tick |= result.timed_out();
                    inner
                }
            };
        }
        let crowd = inner.crowd.min(batch_max).min(CROWD_MAX);
        if crowd >= CROWD_MIN && inner.waiting() > 0 {
            inner.sleeping = Some(crowd);
            let thin = |inner: &mut Inner<M>| inner.is_thin(crowd);
            let waited = self.something.wait_timeout_while(inner, GATHERING, thin);
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        inner.sleeping = None;
        let tick = std::mem::take(&mut inner.tick);
        let looks = inner.looks.len();
        let commands = inner.batch(batch_max.max(1));
        if !commands.is_empty() {
            inner.crowd = commands.len();
        }
        Round { looks, commands, tick, stop: inner.stopping && inner.is_empty() }
    }

    /// The look that waits for longest.
    pub(crate) fn look(&self) -> Option<Look<M>> {
        self.lock().looks.pop_front()
    }

    fn enter(&self, put: impl FnOnce(&mut Inner<M>) -> Result<(), Fault>) -> Result<(), Fault> {
        let mut inner = self.lock();
        if inner.stopping {
            return Err(Fault::Stopped);
        }
        put(&mut inner)?;
        // A busy writer looks into the queue by itself: waking it costs a system call for nothing.
        let wake = inner.sleeping.is_some_and(|crowd| !inner.is_thin(crowd));
        if wake {
            inner.sleeping = None;
        }
        drop(inner);
        if wake {
            self.something.notify_one();
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Inner<M>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M: Machine> Inner<M> {
    fn is_empty(&self) -> bool {
        self.high.is_empty() && self.normal.is_empty() && self.looks.is_empty() && !self.tick
    }

    fn waiting(&self) -> usize {
        self.high.len() + self.normal.len()
    }

    /// Nothing but fewer commands than `crowd`.
    fn is_thin(&self, crowd: usize) -> bool {
        self.waiting() < crowd && self.looks.is_empty() && !self.tick && !self.stopping
    }

    fn batch(&mut self, max: usize) -> Vec<Waiting<M>> {
        let kept_free = self.normal.len().min(max / 8);
        let high = self.high.len().min(max - kept_free);
        let normal = self.normal.len().min(max - high);
        let mut batch = Vec::with_capacity(high + normal);
        batch.extend(self.high.drain(..high));
        batch.extend(self.normal.drain(..normal));
        batch
    }
}
