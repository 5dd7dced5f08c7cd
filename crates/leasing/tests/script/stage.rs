//! The stage: a license server, its clocks, and everything that a script can do to it.

use std::collections::BTreeMap;
use tenure_container::{Birth, Container, ContainerEvent, Reading, next_hash};
use tenure_document::{
    Certificate, ContainerId, ContainerKind, Count, Hash, Item, Numbered, Op, RootPin, Time,
    Version, seal,
};
use tenure_leasing::{Command, Event, Granted, Leasing, Now, Refusal, ReservationChange, Timeline};

use super::words::{START, public_key};
use super::{command, laws, print, words};

/// A license server and what was told about it.
pub struct Stage {
    pub state: Leasing,
    genesis: String,
    log: Vec<(Event, Time)>,
    records: Vec<(Vec<Event>, Now)>,
    at: i64,
    wall: i64,
    items: usize,
    told: String,
    /// Seats of each feature in use, after each event.
    pub levels: Vec<(Time, BTreeMap<String, u64>)>,
}

impl Stage {
    pub fn new() -> Stage {
        let reading = Reading { wall: Time::from_millis(START), since_boot_ms: 3_600_000 };
        let birth = Birth {
            id: ContainerId([7; 16]),
            name: "stage".into(),
            kind: ContainerKind::Server,
            key: public_key("server"),
            root: RootPin(Hash::of(b"root")),
            keysets: Vec::new(),
            keyset_version: 1,
            ratchet: Hash::ZERO,
            at: reading,
        };
        let state = Leasing::new(Container::new(birth), 42);
        let genesis = stored(&state);
        let (log, records, levels, told) = (Vec::new(), Vec::new(), Vec::new(), String::new());
        Stage { state, genesis, log, records, at: START, wall: 0, items: 0, told, levels }
    }

    /// Everything told so far.
    pub fn told(&self) -> String {
        self.told.clone()
    }

    pub fn now(&self) -> Now {
        let reading = Reading {
            wall: Time::from_millis(self.at + self.wall),
            since_boot_ms: 3_600_000 + self.at - START,
        };
        Now { at: Time::from_millis(self.at), reading }
    }

    /// Plays one line.
    pub fn line(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (first, rest) = words.split_first().expect("a word");
        match (*first, rest) {
            (length, []) if length.starts_with('+') => self.pass(words::length(length)),
            ("wall", [length]) => {
                self.wall = words::length(length);
                self.settle();
            }
            ("item", [feature, rest @ ..]) => self.add_item(feature, rest),
            ("replace", [id, rest @ ..]) => self.replace_item(id, rest),
            ("withdraw", [id, rest @ ..]) => {
                let count = rest.first().map(|count| count.parse().expect("a count"));
                self.change_items(Op::Withdraw { item_id: (*id).to_owned(), count });
            }
            ("certified", [length]) => self.certify(words::length(length)),
            ("explain", [id]) => {
                let text = self.explain(id);
                self.told.push_str(&print::tidy(&text));
            }
            ("timeline", [host]) => {
                let host = words::holder(host).host;
                let mut timeline = Timeline::begin(None, host);
                let mut stored = timeline.clone();
                for ((event, at), sequence) in self.log.iter().zip(1..) {
                    timeline.note(sequence, *at, event);
                    let text = serde_json::to_string(event).expect("an event is plain JSON");
                    stored.note_stored(sequence, *at, &text).expect("what was written is read");
                }
                assert_eq!(stored.clone().told(), timeline.clone().told());
                self.told.push_str(&print::timeline(&timeline.told().0));
            }
            (
                "reserve" | "reserve!" | "rereserve" | "rereserve!" | "unreserve",
                [group, rest @ ..],
            ) => {
                if let Some(change) = self.reservation_change(first, group, rest) {
                    let change = Command::ChangeReservations { by: "root".to_owned(), change };
                    let _told = self.play(&change);
                }
            }
            ("check", words) => {
                let checked =
                    self.state.surroundings(self.now()).check(&command::model_text(words));
                self.told.push_str(&print::findings(&checked.findings));
            }
            ("show", what) => self.told.push_str(&print::show(&self.state, self.now(), what)),
            (holder, ["preview", rest @ ..]) => {
                let asked = words::checkout(words::holder(holder), rest);
                let rows = self.state.preview(&asked, self.now());
                self.told.push_str(&print::preview(rows));
            }
            _ => {
                let command = command::command(first, rest);
                let _told = self.play(&command);
            }
        }
        laws::audit(&self.state, self.now());
        laws::members_find_their_seats(&self.state, self.now());
        laws::no_more_is_kept_than_is_wanted(&self.state, self.now());
    }

    /// `reserve GROUP HOST cad 1.0 x2, sim | @USER cad`; `!` keeps the leases of others; `rereserve` changes a group in
    /// place, `GROUP#2` only its second revision.
    fn reservation_change(
        &self,
        how: &str,
        group: &str,
        rest: &[&str],
    ) -> Option<ReservationChange> {
        let (name, expected) = group.split_once('#').map_or((group, None), |(name, revision)| {
            (name, Some(revision.parse().expect("a revision")))
        });
        let posting = || words::posting(name, rest);
        let keep_leases = how.ends_with('!');
        if how.starts_with("reserve") {
            return Some(ReservationChange::Post { posting: posting(), keep_leases });
        }
        let id = self.state.find_reservation_group(name)?;
        Some(match how {
            "unreserve" => ReservationChange::Delete { id, expected },
            _ => ReservationChange::Replace { id, posting: posting(), expected, keep_leases },
        })
    }

    /// Lets time pass.
    pub fn pass(&mut self, millis: i64) {
        self.at += millis;
        self.settle();
    }

    /// Lets happen what is due, silently where only the container's clock moves.
    pub fn settle(&mut self) {
        for _ in 0..16 {
            let due = self.state.due(self.now());
            if due.is_empty() {
                return;
            }
            self.tell_and_apply(due);
        }
        panic!("something is always due");
    }

    /// Plays a command: what is due first, then the decision.
    pub fn play(&mut self, command: &Command) -> Result<Vec<Event>, Refusal> {
        self.settle();
        let waiting = laws::reserved_and_not_free(&self.state);
        let shrinks = laws::a_pool_shrinks(&self.state, self.now());
        let decided = self.state.decide(command, self.now());
        if let (Command::Checkout(asked), Ok(events)) = (command, &decided) {
            laws::preview_tells_the_truth(&self.state, asked, self.now(), events);
            laws::newcomers_go_last(&self.state, asked, self.now(), events);
        }
        assert_eq!(decided, self.state.decide(command, self.now()), "deciding again differs");
        match &decided {
            Ok(events) if events.is_empty() => self.told.push_str("nothing\n"),
            Ok(events) => self.tell_and_apply(events.clone()),
            Err(refusal) => {
                let line = format!("refused {}: {refusal}\n", refusal.code());
                self.told.push_str(&print::tidy(&line));
            }
        }
        // Use off line has happened: it is recorded also where it exceeds what there is. Models move seats, and what
        // comes back after a shrink may go elsewhere.
        let moves = matches!(
            command,
            Command::ChangeReservations { .. }
                | Command::ConsumeBatch(_)
                | Command::SetModel { .. }
                | Command::DeleteModel { .. }
        ) || shrinks;
        if !moves {
            laws::no_reserved_seat_is_given_away(&self.state, command, waiting);
        }
        if let (Command::SetDevice(_), Ok(events)) = (command, &decided) {
            laws::setting_again_changes_nothing(&self.state, command, self.now(), events);
        }
        self.settle();
        decided
    }

    fn tell_and_apply(&mut self, events: Vec<Event>) {
        let at = Time::from_millis(self.at);
        self.records.push((events.clone(), self.now()));
        for event in events {
            let text = laws::text_of(&event);
            let read: Event = serde_json::from_str(&text).expect("what was written can be read");
            assert_eq!(read, event, "{text}");
            laws::in_turn(&self.state, &event, self.now());
            self.state.apply(&event, at);
            laws::check_document(&self.state, &event);
            self.told.push_str(&print::event(&event));
            self.levels.push((at, laws::levels(&self.state, self.now())));
            self.log.push((event, at));
        }
    }

    fn add_item(&mut self, feature: &str, rest: &[&str]) {
        self.items += 1;
        let mut item = Item::new(
            format!("i{}", self.items),
            feature,
            Version::new(1, 0, 0),
            Count::Counted(1),
        );
        words::item(&mut item, rest);
        self.change_items(Op::Add { item });
    }

    fn replace_item(&mut self, id: &str, rest: &[&str]) {
        let mut item = self.state.container().item(id).expect("an item").clone();
        words::item(&mut item, rest);
        self.change_items(Op::Replace { item });
    }

    /// The publisher's certificate for the server, which ends so long from now.
    fn certify(&mut self, length: i64) {
        let container = self.state.container();
        let certificate = Certificate {
            container: container.id(),
            generation: container.generation(),
            name: container.name().to_owned(),
            kind: container.kind(),
            key: container.key().clone(),
            uses: Vec::new(),
            not_before: Time::from_millis(START),
            not_after: Some(Time::from_millis(self.at + length)),
            sequence: container.sequence() + 1,
            account: None,
            binding: None,
        };
        let certificate = seal(&certificate, &[&words::signer("publisher")]).to_json();
        self.change_items(Op::Certify { certificate });
    }

    /// Changes the container as an update would.
    fn change_items(&mut self, op: Op) {
        let container = self.state.container();
        let sequence = container.sequence() + 1;
        let history_hash = next_hash(&container.history_hash(), sequence, &op);
        // Updates of plays tell when they were made only where it matters.
        let seen =
            matches!(&op, Op::Add { item } | Op::Replace { item } if item.checkpoint_days > 0);
        let issued = seen.then(|| self.now().at);
        let ops = vec![Numbered { sequence, op_id: format!("op-{sequence}"), op }];
        let updated = ContainerEvent::Updated {
            ops,
            acknowledged: 0,
            history_hash,
            ratchet: Hash::ZERO,
            issued,
        };
        self.tell_and_apply(vec![Event::Container(updated)]);
    }

    /// Why a lease was granted or a request denied, as the state just before tells it.
    fn explain(&self, id: &str) -> String {
        let mut state: Leasing = serde_json::from_str(&self.genesis).expect("a stored state");
        for (event, at) in &self.log {
            let is_lease = |granted: &&Granted| format!("L{}", granted.lease.0) == id;
            if let Some(granted) = event.grants().find(is_lease) {
                let told = state.explain_lease(event, granted.lease);
                return told.expect("it grants that lease").text(None);
            }
            match event {
                Event::Denied(denied) if denied.id.to_string() == id => {
                    let row = self.state.denial_row(denied.id);
                    let recovered = row.and_then(|row| row.recovered);
                    return state.explain_denial(denied).text(recovered);
                }
                _ => state.apply(event, *at),
            }
        }
        panic!("there is no {id}")
    }

    /// The state is the fold of its events, and what is stored of it is all of it.
    pub fn close(&self) {
        let now = stored(&self.state);
        let mut replayed: Leasing = serde_json::from_str(&self.genesis).expect("a stored state");
        for (event, at) in &self.log {
            laws::explanation_agrees(&replayed, event);
            replayed.apply(event, *at);
        }
        assert_eq!(stored(&replayed), now, "replaying the events gives another state");
        let restored: Leasing = serde_json::from_str(&now).expect("a stored state");
        assert_eq!(stored(&restored), now, "restoring what was stored gives another state");
    }

    /// Everything that has happened.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.log.iter().map(|(event, _)| event)
    }

    /// The same, with the time of each.
    pub fn log(&self) -> impl Iterator<Item = &(Event, Time)> {
        self.log.iter()
    }

    /// Everything that has happened, by command, with the instant.
    pub fn records(&self) -> &[(Vec<Event>, Now)] {
        &self.records
    }

    /// A second stage with the restored state.
    pub fn restored(&self) -> Stage {
        let state = serde_json::from_str(&stored(&self.state)).expect("a stored state");
        let (genesis, told) = (stored(&self.state), String::new());
        let Stage { at, wall, items, .. } = *self;
        let (log, records, levels) = (Vec::new(), Vec::new(), Vec::new());
        Stage { state, genesis, log, records, at, wall, items, told, levels }
    }
}

fn stored(state: &Leasing) -> String {
    serde_json::to_string(state).expect("a state is JSON")
}
