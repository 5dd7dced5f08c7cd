//! No space left: planned, on a small pretended disk, and for real by SQLite's own page limit.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tenure_ledger::{
    Core, Cut, Entry, Fault, Ledger, LedgerError, Reader, SqliteLedger, SubmitError,
};

use crate::{
    house::{House, keyed, nod, room, seat, take, told},
    machine::Room,
    port::on_every_engine,
};

fn changes_are_refused_and_reads_go_on(house: House) {
    let mut core = house.open();
    core.step(&[keyed("a", 60)]);
    house.plan.set_full(true);
    for _ in 0..3 {
        assert_eq!(told(&core.step(&[take(60), nod()])), "Fault(Full)\n".repeat(2));
    }
    assert_eq!(
        house.plan.appends(),
        3,
        "first entry, grant, one failure: after that it is asked first"
    );
    assert_eq!(house.plan.probes(), 2);
    assert_eq!(room(&mut core).taken.len(), 1, "reads go on");
    let status = core.status();
    assert!(status.full);
    assert_eq!(status.degraded.as_deref(), Some("no space is left to record changes"));
    assert_eq!(seat(&core.step(&[keyed("a", 60)])[0]), 1, "what was recorded is told");
    house.pass(120);
    core.step(&[]);
    assert_eq!(room(&mut core).taken.len(), 1, "an end can't be recorded: the seat stays taken");
    house.plan.set_full(false);
    assert_eq!(seat(&core.step(&[take(60)])[0]), 2);
    assert_eq!(room(&mut core).taken.len(), 1);
    let status = core.status();
    assert_eq!((status.full, status.degraded), (false, None));
    assert_eq!(house.folded(), room(&mut core));
    house.verify().unwrap();
}

on_every_engine! { changes_are_refused_and_reads_go_on }

#[test]
fn a_small_disk_fills_up_and_is_made_larger() {
    let house = House::memory();
    house.disk().limit(Some(4000));
    let mut core = house.open();
    let mut granted = 0;
    let refused = loop {
        match core.step(&[take(60)]).pop() {
            Some(Ok(_)) => granted += 1,
            other => break other,
        }
    };
    assert_eq!(refused.unwrap().unwrap_err(), SubmitError::Fault(Fault::Full));
    assert_eq!(room(&mut core).taken.len(), granted);
    house.disk().limit(None);
    assert_eq!(core.step(&[take(60)]).len(), 1);
    assert_eq!(house.folded().taken.len(), granted + 1);
}

/// SQLite's `max_page_count` gives a true `SQLITE_FULL`.
#[test]
fn sqlite_runs_full_and_recovers() {
    let house = House::sqlite();
    let pages = Arc::new(AtomicU32::new(40));
    let ledger = SqliteLedger::open(house.folder()).unwrap();
    let ledger = Box::new(Limited { ledger, pages: Arc::clone(&pages) });
    let (mut core, _) =
        Core::open(ledger, Box::new(house.key()), || Room::with(100_000), house.options()).unwrap();
    let batch: Vec<_> = (0..50).map(|_| take(60)).collect();
    let mut granted = 0;
    loop {
        let answers = core.step(&batch);
        if answers.iter().any(Result::is_err) {
            assert_eq!(told(&answers), "Fault(Full)\n".repeat(50));
            break;
        }
        granted += answers.len();
    }
    assert!(granted > 0);
    for _ in 0..3 {
        assert_eq!(told(&core.step(&batch)), "Fault(Full)\n".repeat(50));
        assert_eq!(room(&mut core).taken.len(), granted);
    }
    pages.store(1_000_000, Ordering::Relaxed);
    assert!(core.step(&batch).iter().all(Result::is_ok));
    assert_eq!(house.folded().taken.len(), granted + 50);
    house.verify().unwrap();
}

/// The SQLite engine on so many pages.
struct Limited {
    ledger: SqliteLedger,
    pages: Arc<AtomicU32>,
}

impl Limited {
    fn limit(&self) {
        let pages = self.pages.load(Ordering::Relaxed);
        let pragma = format!("PRAGMA max_page_count={pages}");
        let connection = self.ledger.connection().unwrap();
        connection.query_row(&pragma, [], |_| Ok(())).unwrap();
    }
}

impl Ledger for Limited {
    fn reading(&mut self) -> &mut dyn Reader {
        self.ledger.reading()
    }

    fn append(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        self.limit();
        self.ledger.append(entry)
    }

    fn probe(&mut self, bytes: usize) -> Result<(), LedgerError> {
        self.limit();
        self.ledger.probe(bytes)
    }

    fn cut(&mut self, cut: &Cut) -> Result<bool, LedgerError> {
        self.limit();
        self.ledger.cut(cut)
    }

    fn sweep(&mut self, most: usize) -> Result<usize, LedgerError> {
        self.ledger.sweep(most)
    }

    fn reopen(&mut self) -> Result<(), LedgerError> {
        self.ledger.reopen()
    }
}
