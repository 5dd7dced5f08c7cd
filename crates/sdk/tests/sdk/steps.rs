//! The session core, step by step: no thread, and a clock that goes on only when there is nothing else to do.

use std::sync::Arc;
use std::time::Duration;

use tenure_api::{ApiError, DesiredFeature, Seconds};
use tenure_sdk::OnLoss;
use tenure_sdk::clock::Clock as _;
use tenure_sdk::session::{Action, Event, Message, RequestId, Session, Settings, Wanted};

use crate::server::{FakeServer, PUBLISHER, holder};

struct Core {
    server: Arc<FakeServer>,
    session: Session,
    /// So many answers to checkouts, or to questions about tickets, are lost.
    lost_checkouts: usize,
    lost_polls: usize,
    /// When it asked about its ticket; at the last one the seat is free.
    polls: Vec<Duration>,
    free_at: usize,
}

impl Core {
    fn new() -> Core {
        let settings = Settings {
            holder: holder("ann"),
            root: PUBLISHER.pin(),
            on_loss: OnLoss::KeepUntilExpiry,
            client_key: None,
            seed: [1; 32],
        };
        let (server, session) = (FakeServer::new(), Session::new(settings, None));
        Core { server, session, lost_checkouts: 0, lost_polls: 0, polls: vec![], free_at: 0 }
    }

    /// One checkout to its end.
    fn check_out(&mut self, borrow: Option<u64>, wait: Option<u64>) -> String {
        let features = vec![DesiredFeature::new("cad", "2.0".parse().unwrap(), 1)];
        let (borrow, wait) = (borrow.and_then(Seconds::new), wait.and_then(Seconds::new));
        let wanted = Wanted { features, borrow, wait, ..Wanted::default() };
        let mut event = Event::Checkout { request: RequestId(1), wanted };
        loop {
            if let Some(end) = self.step(event) {
                return format!("{end}, {} live", self.server.live());
            }
            let now = self.server.clock.now().steady;
            let wake = self.session.next_wake().expect("something is left to do");
            self.server.clock.advance(wake.saturating_sub(now));
            event = Event::Tick;
        }
    }

    /// A step, and those that follow from it in the same instant.
    fn step(&mut self, event: Event) -> Option<String> {
        let now = self.server.clock.now();
        for action in self.session.step(event, now) {
            let ended = match action {
                Action::Send { ticket, message, key } => {
                    let answer = self.answer(&message, &key);
                    self.step(Event::Answered { ticket, answer })
                }
                Action::Granted { seats, .. } => {
                    let state = self.session.state(seats[0], now).expect("a seat");
                    Some(if state.is_usable() { "granted".into() } else { "over".into() })
                }
                Action::Failed { error, .. } => Some(error.code().to_owned()),
                _ => None,
            };
            if ended.is_some() {
                return ended;
            }
        }
        None
    }

    fn answer(
        &mut self,
        message: &Message,
        key: &str,
    ) -> Result<tenure_sdk::session::Reply, ApiError> {
        let lost = match message {
            Message::Checkout(_) => &mut self.lost_checkouts,
            Message::Poll { .. } => {
                self.polls.push(self.server.clock.now().steady);
                if self.polls.len() == self.free_at {
                    self.server.state().capacity = 1;
                }
                &mut self.lost_polls
            }
            _ => &mut 0,
        };
        let is_lost = *lost > 0;
        *lost = lost.saturating_sub(1);
        let answer = self.server.answer(message, key);
        let reason = || ApiError::Unreachable { address: "test".into(), reason: "lost".into() };
        if is_lost { Err(reason()) } else { answer }
    }
}

/// All answers to a checkout are lost, and it is asked for again later.
#[test]
fn a_checkout_without_an_answer_is_repeated_as_long_as_what_it_got_may_be_there() {
    const HOUR: u64 = 3_600;
    let check = |is_full: bool, borrow: Option<u64>, later: u64, expected: &str| {
        let mut core = Core::new();
        core.server.state().capacity = u32::from(!is_full);
        core.lost_checkouts = 3;
        assert!(core.check_out(borrow, None).starts_with("unreachable"));
        core.server.state().capacity = 1;
        core.server.clock.advance(Duration::from_secs(later));
        assert_eq!(core.check_out(borrow, None), expected, "{is_full} {borrow:?} {later}");
    };
    check(false, None, 60, "granted, 1 live");
    check(true, None, 60, "no-seats, 0 live");
    check(true, None, 5 * HOUR, "granted, 1 live");
    check(false, None, 5 * HOUR, "granted, 1 live");
    check(false, Some(4 * HOUR), 3 * HOUR, "granted, 1 live");
    check(false, Some(4 * HOUR), 5 * HOUR, "granted, 1 live");
}

#[test]
fn no_failure_keeps_a_ticket_unattended_for_as_long_as_an_offer_is_held() {
    let mut core = Core::new();
    core.server.state().capacity = 0;
    (core.lost_polls, core.free_at) = (9, 11);
    assert_eq!(core.check_out(None, Some(3_600)), "granted, 1 live");
    let longest = core.polls.windows(2).map(|two| two[1] - two[0]).max().expect("questions");
    assert!(longest < Duration::from_secs(10), "{longest:?}");
}
