//! The engine with its writer thread: answers, hand-over, overload, priorities, defects, stop.

use std::{
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use tenure_ledger::{
    Completion, Engine, Failing, Fault, Idempotency, Options, Outcome, SubmitError, Trouble,
};
use tracing::span;

use crate::{
    house::House,
    machine::{Command, Event, Refusal, Room},
    port::on_every_engine,
};

const TAKE: Command = Command::Take { seconds: 600 };

fn engine(house: &House, options: Options) -> Engine<Room> {
    let ledger = Box::new(Failing::new(house.ledger().unwrap(), house.plan.clone()));
    let seats = house.seats;
    Engine::open(ledger, Box::new(house.key()), move || Room::with(seats), options).unwrap().0
}

fn ids(outcome: &Outcome<Event>) -> Vec<u64> {
    outcome
        .events
        .iter()
        .filter_map(|event| if let Event::Taken { id, .. } = event { Some(*id) } else { None })
        .collect()
}

/// Keeps the writer thread busy until told to go on.
fn hold(engine: &Engine<Room>) -> mpsc::Sender<()> {
    let (go, wait) = mpsc::channel();
    let (here, held) = mpsc::channel();
    let engine = engine.clone();
    thread::spawn(move || {
        engine.query_blocking(move |_, _| {
            here.send(()).unwrap();
            wait.recv().unwrap();
        })
    });
    held.recv().unwrap();
    go
}

/// Blocks on a future without any runtime.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        thread::park();
    }
}

fn many_threads_take_each_seat_once(mut house: House) {
    house.seats = 150;
    let engine = engine(&house, house.options());
    let seats = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    match block_on(engine.submit(TAKE, None)) {
                        Ok(outcome) => seats.lock().unwrap().extend(ids(&outcome)),
                        Err(error) => assert_eq!(error, SubmitError::Refused(Refusal::NoSeats)),
                    }
                }
            });
        }
    });
    let mut seats = seats.into_inner().unwrap();
    seats.sort_unstable();
    assert_eq!(seats, (1..=150).collect::<Vec<_>>());
    let status = engine.status();
    assert_eq!((status.commands, status.refused), (200, 50));
    engine.stop();
    assert_eq!(house.folded().taken.len(), 150);
    house.verify().unwrap();
}

fn a_stop_serves_what_waits_and_leaves_a_snapshot(house: House) {
    let engine = engine(&house, house.options());
    let go = hold(&engine);
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let engine = engine.clone();
            thread::spawn(move || engine.submit_blocking(TAKE, None))
        })
        .collect();
    while engine.status().waiting < 20 {
        thread::yield_now();
    }
    let stopping = {
        let engine = engine.clone();
        thread::spawn(move || engine.stop())
    };
    go.send(()).unwrap();
    stopping.join().unwrap();
    for answer in waiting {
        answer.join().unwrap().unwrap();
    }
    assert_eq!(engine.submit_blocking(TAKE, None).unwrap_err(), SubmitError::Fault(Fault::Stopped));
    assert_eq!(engine.query_blocking(|_, _| ()).unwrap_err(), Fault::Stopped);
    engine.stop();
    let head = house.reader().head().unwrap().unwrap().sequence;
    assert_eq!(house.reader().snapshots().unwrap(), [head]);
    let (_, opened) = house.try_open().unwrap();
    assert_eq!((opened.snapshot, opened.entries), (Some(head), 0));
}

fn too_many_are_turned_away_and_renewals_go_first(house: House) {
    let mut options = house.options();
    (options.queue_max, options.batch_max) = (16, 8);
    let engine = engine(&house, options);
    engine.submit_blocking(TAKE, None).unwrap();
    let go = hold(&engine);
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut waiting = Vec::new();
    for number in 1..=32 {
        // Sixteen of each kind fill both queues; the sort shows in the sequences of their entries.
        let (command, name) =
            if number <= 16 { (TAKE, "take") } else { (Command::Give { id: 1 }, "give") };
        let (thread_engine, order) = (engine.clone(), Arc::clone(&order));
        waiting.push(thread::spawn(move || {
            let answer = thread_engine.submit_blocking(command, None);
            order.lock().unwrap().push((name, answer.map(|outcome| outcome.sequence)));
        }));
        while engine.status().waiting < number {
            thread::yield_now();
        }
    }
    assert_eq!(
        engine.submit_blocking(TAKE, None).unwrap_err(),
        SubmitError::Fault(Fault::Overloaded)
    );
    let nothing = engine.submit_blocking(Command::Give { id: 1 }, None).unwrap_err();
    assert_eq!(nothing, SubmitError::Fault(Fault::Overloaded));
    assert_eq!(engine.status().overloaded, 2);
    go.send(()).unwrap();
    waiting.into_iter().for_each(|waiting| waiting.join().unwrap());
    let answers = order.lock().unwrap();
    let mut takes: Vec<u64> = Vec::new();
    for (name, answer) in answers.iter() {
        match (*name, answer) {
            ("take", Ok(sequence)) => takes.push(*sequence),
            ("give", Ok(sequence)) => {
                assert_eq!(*sequence, 2, "the first of them, in the first batch")
            }
            ("give", Err(error)) => assert_eq!(*error, SubmitError::Refused(Refusal::Unknown)),
            other => panic!("{other:?}"),
        }
    }
    takes.sort_unstable();
    // Batches of eight: one place of the first two is left to new ones, the rest follow.
    assert_eq!(takes[..2], [2, 3]);
    assert_eq!(takes.len(), 16);
}

fn looks_take_turns_with_commands_and_a_stop_serves_them_all(house: House) {
    let engine = engine(&house, house.options());
    let (seen, at_commit) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let go = hold(&engine);
    let told = (Arc::clone(&seen), Arc::clone(&at_commit));
    engine.listen(move |_: &Event| told.1.store(told.0.load(SeqCst), SeqCst)).unwrap();
    let mut looks: Vec<_> = (0..100)
        .map(|_| {
            let (clock, seen) = (house.clock.clone(), Arc::clone(&seen));
            Box::pin(engine.query(move |_, _| {
                clock.advance(Duration::from_millis(1));
                seen.fetch_add(1, SeqCst);
            }))
        })
        .collect();
    for look in &mut looks {
        assert!(look.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let taken = engine.submit(TAKE, None);
    go.send(()).unwrap();
    assert_eq!(ids(&block_on(taken).unwrap()), [1]);
    assert_eq!(at_commit.load(SeqCst), 2, "two milliseconds of looks go before it");
    engine.stop();
    assert!(looks.into_iter().all(|look| block_on(look) == Ok(())));
}

fn looks_that_never_end_leave_room_for_what_is_due(house: House) {
    let mut options = house.options();
    options.tick = Some(Duration::from_secs(3600));
    let engine = engine(&house, options);
    engine.submit_blocking(TAKE, None).unwrap();
    let clock = house.clock.clone();
    engine.query_blocking(move |_, _| clock.advance(Duration::from_secs(3600))).unwrap();
    assert_eq!(engine.query_blocking(|room, _| room.taken.len()), Ok(0));
}

fn a_defect_hurts_nobody_else(house: House) {
    let engine = engine(&house, house.options());
    engine.submit_blocking(TAKE, None).unwrap();
    let go = hold(&engine);
    let waiting: Vec<_> = [TAKE, Command::Panic, TAKE]
        .into_iter()
        .zip(1..)
        .map(|(command, number)| {
            let submitting = engine.clone();
            let waiting = thread::spawn(move || {
                submitting.submit_blocking(command, None).map(|outcome| ids(&outcome))
            });
            while engine.status().waiting < number {
                thread::yield_now();
            }
            waiting
        })
        .collect();
    go.send(()).unwrap();
    let answers: Vec<_> = waiting.into_iter().map(|waiting| waiting.join().unwrap()).collect();
    assert_eq!(answers, [Ok(vec![2]), Err(SubmitError::Fault(Fault::Bug)), Ok(vec![3])]);
    assert_eq!(engine.query_blocking(|_, _| panic!("asked to")), Err::<(), _>(Fault::Stopped));
    assert_eq!(engine.query_blocking(|room, _| room.applied), Ok(3));
    engine.stop();
    house.verify().unwrap();
}

/// A log that panics, as one whose own fault is told on a stderr that is gone.
struct NoLog;

impl tracing::Subscriber for NoLog {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        panic!("the log is gone");
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

fn a_log_that_panics_does_not_end_the_writer(house: House) {
    let engine = engine(&house, house.options());
    let silence = |_: &Room, _| std::mem::forget(tracing::subscriber::set_default(NoLog));
    engine.query_blocking(silence).unwrap();
    let bug = engine.submit_blocking(Command::Panic, None).unwrap_err();
    assert_eq!(bug, SubmitError::Fault(Fault::Bug));
    assert_eq!(engine.query_blocking(|_, _| panic!("asked to")), Err::<(), _>(Fault::Stopped));
    assert_eq!(ids(&engine.submit_blocking(TAKE, None).unwrap()), [1]);
}

fn answers_of_a_batch_come_in_one_hand_over(house: House) {
    let mut options = house.options();
    let (sender, handed) = mpsc::channel();
    options.deliver = Some(Box::new(move |answers| sender.send(answers).unwrap()));
    let engine = engine(&house, options);
    let completing = thread::spawn(move || {
        let sizes = handed.into_iter().map(|answers: Vec<Completion>| {
            let size = answers.len();
            answers.into_iter().for_each(|answer| answer());
            size
        });
        sizes.collect::<Vec<_>>()
    });
    let go = hold(&engine);
    let waiting: Vec<_> = (0..10)
        .map(|_| {
            let engine = engine.clone();
            thread::spawn(move || engine.submit_blocking(TAKE, None).map(|_| ()))
        })
        .collect();
    while engine.status().waiting < 10 {
        thread::yield_now();
    }
    go.send(()).unwrap();
    waiting.into_iter().for_each(|waiting| waiting.join().unwrap().unwrap());
    assert_eq!(block_on(engine.query(|room, _| room.taken.len())), Ok(10));
    engine.stop();
    drop(engine);
    // What held the writer, all ten as one, and the query.
    assert_eq!(completing.join().unwrap(), [1, 1, 1]);
}

fn a_duplicate_in_flight_waits_for_the_same_answer(house: House) {
    let engine = engine(&house, house.options());
    let go = hold(&engine);
    house.plan.fail_append(1, Trouble::Before);
    let key = Idempotency::new("ann", "a", b"take");
    let waiting: Vec<_> = (0..4)
        .map(|_| {
            let engine = engine.clone();
            thread::spawn(move || {
                engine.submit_blocking(TAKE, Some(key)).map(|outcome| outcome.envelope(0))
            })
        })
        .collect();
    while engine.status().waiting < 4 {
        thread::yield_now();
    }
    go.send(()).unwrap();
    let answers: Vec<_> =
        waiting.into_iter().map(|waiting| waiting.join().unwrap().unwrap().unwrap()).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    // The planned failure: what was told stays true.
    assert_eq!(engine.submit_blocking(TAKE, None).unwrap_err(), SubmitError::Fault(Fault::Storage));
    let again = engine.submit_blocking(TAKE, Some(key)).unwrap();
    assert_eq!(again.envelope(0).unwrap(), answers[0]);
    assert_eq!(engine.status().failures, 1);
}

fn snapshots_are_taken_in_the_background(house: House) {
    let mut options = house.options();
    options.snapshot_entries = 10;
    let engine = engine(&house, options);
    // The writer takes notice of a finished one at its next round, so rounds are what ends this,
    // not time.
    let mut rounds = 0;
    while house.reader().snapshots().unwrap().len() < 2 {
        engine.submit_blocking(TAKE, None).ok();
        engine.submit_blocking(Command::Give { id: rounds + 1 }, None).ok();
        rounds += 1;
        assert!(rounds < 100_000);
    }
    let live = engine.query_blocking(|room, _| room.clone()).unwrap();
    // Not stopped: as after a crash the newest snapshot is one from the background.
    let newest = house.reader().snapshots().unwrap()[0];
    let history = tenure_ledger::History::of(
        house.reader(),
        tenure_ledger::EntrySigner::public(&house.key()).clone(),
    );
    assert!(newest > 0);
    assert_eq!(history.state_at::<Room>(tenure_document::Time::LATEST).unwrap().unwrap().0, live);
    engine.stop();
    house.verify().unwrap();
}

fn the_past_can_be_looked_at_while_the_server_writes(house: House) {
    let mut options = house.options();
    (options.snapshot_entries, options.batch_max) = (5, 2);
    let engine = engine(&house, options);
    let key = tenure_ledger::EntrySigner::public(&house.key()).clone();
    thread::scope(|scope| {
        let writing: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| (0..100).for_each(|_| drop(engine.submit_blocking(TAKE, None))))
            })
            .collect();
        while !writing.iter().all(|writing| writing.is_finished()) {
            house.verify().unwrap();
            let seen = engine.history().state_at::<Room>(tenure_document::Time::LATEST).unwrap();
            let (room, head) = seen.unwrap();
            assert!(room.applied >= head.sequence);
        }
    });
    engine.stop();
    let audit = tenure_ledger::verify(house.reader().as_mut(), &key, &mut |_| {}).unwrap();
    assert_eq!(audit.documents, 400);
}

fn a_tick_records_what_is_due(house: House) {
    let engine = engine(&house, house.options());
    engine.submit_blocking(TAKE, None).unwrap();
    house.pass(600);
    engine.tick();
    while engine.status().sequence < 2 {
        thread::yield_now();
    }
    assert_eq!(engine.query_blocking(|room, _| room.taken.len()), Ok(0));
    let page = engine.history().page::<Room>(2, 1).unwrap();
    assert_eq!(page[0].records[0].events, [Event::Ended { ids: vec![1] }]);
    house.clock.jump_wall_ms(86_400_000);
    engine.tick();
    while engine.status().sequence < 3 {
        thread::yield_now();
    }
    assert_eq!(engine.clock_alarms_blocking().unwrap().len(), 1);
}

fn a_listener_hears_what_is_stored_and_nothing_else(mut house: House) {
    house.seats = 1;
    let engine = engine(&house, house.options());
    let (heard, hears) = mpsc::channel();
    engine.listen(move |event: &Event| heard.send(event.clone()).unwrap()).unwrap();
    engine.submit_blocking(TAKE, None).unwrap();
    engine.submit_blocking(Command::Wish { seconds: 60 }, None).unwrap();
    house.plan.fail_append(0, Trouble::Before);
    engine.submit_blocking(Command::Give { id: 1 }, None).unwrap_err();
    assert!(matches!(hears.try_recv(), Ok(Event::Taken { id: 1, .. })));
    assert!(matches!(hears.try_recv(), Ok(Event::Wished { .. })));
    assert!(hears.try_recv().is_err(), "what was not stored has not happened");
    house.pass(600);
    engine.submit_blocking(Command::Nod, None).unwrap();
    assert!(matches!(hears.try_recv(), Ok(Event::Ended { .. })));
    assert!(matches!(hears.try_recv(), Ok(Event::Fulfilled { id: 2, .. })));
    engine.stop();
}

on_every_engine! {
    a_listener_hears_what_is_stored_and_nothing_else
    many_threads_take_each_seat_once
    a_stop_serves_what_waits_and_leaves_a_snapshot
    too_many_are_turned_away_and_renewals_go_first
    looks_take_turns_with_commands_and_a_stop_serves_them_all
    looks_that_never_end_leave_room_for_what_is_due
    a_defect_hurts_nobody_else
    a_log_that_panics_does_not_end_the_writer
    answers_of_a_batch_come_in_one_hand_over
    a_duplicate_in_flight_waits_for_the_same_answer
    snapshots_are_taken_in_the_background
    the_past_can_be_looked_at_while_the_server_writes
    a_tick_records_what_is_due
}
