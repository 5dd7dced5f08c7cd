//! Laws of the session core under any order of lost, doubled and late messages.
//!
//! Two clients compete for one seat. After every step: what a client counts as held, the server
//! counts as that client's, for at least as long; and both together never hold more than there is.

use std::time::Duration;

use proptest::prelude::*;
use tenure_api::{ApiError, DesiredFeature};
use tenure_document::LeaseId;
use tenure_sdk::clock::{Clock, Now};
use tenure_sdk::session::{
    Action, Event, Message, Reply, RequestId, SeatId, Session, Settings, Ticket, Wanted,
};
use tenure_sdk::{OnLoss, SeatState};

use crate::server::{FakeServer, PUBLISHER, holder};

#[derive(Clone, Debug)]
enum Step {
    Pass(u64),
    Checkout(usize),
    Release(usize),
    /// A request on the way arrives, and stays on the way when it is doubled.
    Arrive {
        which: usize,
        doubled: bool,
    },
    LoseRequest(usize),
    Answer {
        which: usize,
        doubled: bool,
    },
    LoseAnswer(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..400_000u64).prop_map(Step::Pass),
        2 => (0..5_000u64).prop_map(Step::Pass),
        2 => (0..2usize).prop_map(Step::Checkout),
        1 => (0..2usize).prop_map(Step::Release),
        6 => (any::<usize>(), prop::bool::weighted(0.2)).prop_map(|(which, doubled)| Step::Arrive { which, doubled }),
        6 => (any::<usize>(), prop::bool::weighted(0.2)).prop_map(|(which, doubled)| Step::Answer { which, doubled }),
        1 => any::<usize>().prop_map(Step::LoseRequest),
        1 => any::<usize>().prop_map(Step::LoseAnswer),
    ]
}

struct Client {
    session: Session,
    seats: Vec<SeatId>,
    asked: u64,
    requests: Vec<(Ticket, Message, String)>,
    answers: Vec<(Ticket, Result<Reply, ApiError>)>,
    /// Its wall clock is off by this much.
    clock_off: i64,
}

impl Client {
    fn new(number: u8, clock_off: i64) -> Client {
        let settings = Settings {
            holder: holder(&format!("user{number}")),
            root: PUBLISHER.pin(),
            on_loss: OnLoss::KeepUntilExpiry,
            client_key: None,
            seed: [number; 32],
        };
        let session = Session::new(settings, None);
        Client { session, seats: vec![], asked: 0, requests: vec![], answers: vec![], clock_off }
    }

    fn now(&self, server: &FakeServer) -> Now {
        let now = server.clock.now();
        let wall = tenure_document::Time::from_millis(now.wall.as_millis() + self.clock_off);
        Now { wall, ..now }
    }

    fn step(&mut self, server: &FakeServer, event: Event) {
        let now = self.now(server);
        for action in self.session.step(event, now) {
            match action {
                Action::Send { ticket, message, key } => self.requests.push((ticket, message, key)),
                Action::Granted { seats, .. } => self.seats.extend(seats),
                Action::Failed { error, .. } => assert_ne!(error.code(), "forged"),
                _ => {}
            }
        }
        assert!(self.session.next_wake().is_none_or(|at| at > now.steady), "nothing due is left");
    }

    /// The leases it counts as its own, and for how long.
    fn held(&self, server: &FakeServer) -> Vec<(LeaseId, Duration)> {
        let now = self.now(server);
        let held = |seat: &SeatId| match self.session.state(*seat, now) {
            Some(SeatState::Held { until }) => {
                let id = self.session.held(*seat).map(|held| held.lease.id)?;
                Some((id, until.since(now.wall)))
            }
            Some(state) => {
                assert!(!state.is_usable() || !matches!(state, SeatState::Lost { until: None }));
                let lost = matches!(state, SeatState::Lost { .. } | SeatState::Refused { .. });
                lost.then(|| self.session.held(*seat).map(|held| (held.lease.id, Duration::ZERO)))?
            }
            None => None,
        };
        self.seats.iter().filter_map(held).collect()
    }
}

fn lost() -> ApiError {
    ApiError::Unreachable { address: "test".into(), reason: "lost".into() }
}

fn apply(server: &FakeServer, clients: &mut [Client; 2], step: Step) {
    match step {
        Step::Pass(milliseconds) => {
            server.clock.advance(Duration::from_millis(milliseconds));
            for client in clients {
                client.step(server, Event::Tick);
            }
        }
        Step::Checkout(which) => {
            let client = &mut clients[which];
            client.asked += 1;
            let cad = DesiredFeature::new("cad", "2.0".parse().unwrap(), 1);
            let wanted = Wanted { features: vec![cad], ..Wanted::default() };
            client.step(server, Event::Checkout { request: RequestId(client.asked), wanted });
        }
        Step::Release(which) => {
            if let Some(seat) = clients[which].seats.pop() {
                clients[which].step(server, Event::Release { seat });
            }
        }
        Step::Arrive { which, doubled } => {
            let client = &mut clients[which % 2];
            if client.requests.is_empty() {
                return;
            }
            let place = (which / 2) % client.requests.len();
            let (ticket, message, key) = client.requests[place].clone();
            if !doubled {
                client.requests.remove(place);
            }
            let answer = server.answer(&message, &key);
            client.answers.push((ticket, answer));
        }
        Step::Answer { which, doubled } => {
            let client = &mut clients[which % 2];
            if client.answers.is_empty() {
                return;
            }
            let place = (which / 2) % client.answers.len();
            let (ticket, answer) = client.answers[place].clone();
            if !doubled {
                drop(client.answers.remove(place));
            }
            client.step(server, Event::Answered { ticket, answer });
        }
        Step::LoseRequest(which) => {
            let client = &mut clients[which % 2];
            if !client.requests.is_empty() {
                let place = (which / 2) % client.requests.len();
                let (ticket, ..) = client.requests.remove(place);
                client.step(server, Event::Answered { ticket, answer: Err(lost()) });
            }
        }
        Step::LoseAnswer(which) => {
            let client = &mut clients[which % 2];
            if !client.answers.is_empty() {
                let place = (which / 2) % client.answers.len();
                let (ticket, _) = client.answers.remove(place);
                client.step(server, Event::Answered { ticket, answer: Err(lost()) });
            }
        }
    }
}

fn check(server: &FakeServer, clients: &[Client; 2]) {
    let now = server.now();
    let mut all = 0;
    for client in clients {
        for (id, left) in client.held(server) {
            all += 1;
            let state = server.state();
            let live = state.leases.get(&id).filter(|live| live.until > now);
            let live =
                live.unwrap_or_else(|| panic!("a client counts on {id}, the server does not"));
            assert!(now.plus(left) <= live.until, "the client's end lies within the server's");
        }
    }
    assert!(all <= 1, "one seat, held {all} times");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_client_s_view_lies_inside_the_server_s(
        steps in prop::collection::vec(step(), 1..120),
        off in -1_000_000_000i64..30_000_000_000,
    ) {
        let server = FakeServer::new();
        server.state().capacity = 1;
        let mut clients = [Client::new(1, off), Client::new(2, 0)];
        for step in steps {
            apply(&server, &mut clients, step);
            check(&server, &clients);
        }
        // Everything arrives and everything is given back: the server has its seat again.
        for _ in 0..40 {
            for which in 0..2 {
                if clients[which].seats.is_empty() {
                    apply(&server, &mut clients, Step::Pass(1_000));
                }
                apply(&server, &mut clients, Step::Release(which));
                apply(&server, &mut clients, Step::Arrive { which, doubled: false });
                apply(&server, &mut clients, Step::Answer { which, doubled: false });
            }
            check(&server, &clients);
        }
    }
}
