//! Every play of two systems over one medium, on the very rules that run: looks and beats cut in two between reading
//! and writing, by systems whose locks do not reach each other, silences of any length, and the time in between.
//!
//! Kept here: two that use the container at once are never both left in use by their next beats, and what was locked
//! stays locked for five minutes of quiet.
//! Deliberately not here: a system that writes other things than the rules say.

use super::rules::{
    Beat, Holder, LOCKED_FOR_MS, Lockout, Look, Medium, SILENT_AFTER_MS, System, Watch,
};
use stateright::{Checker, Model, Property};
use tenure_document::Hash;

/// The clock's step; a beat may come with each, or not.
const STEP_MS: i64 = 150_000;
/// Long enough for a silence, a lock-out and what comes after it.
const STEPS: u8 = 4;
/// Uses that begin in one play.
const USES: u8 = 3;

/// What a system has read and not yet written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Intent {
    Look(Intended),
    Beat(Holder),
    Lock(Lockout),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Intended {
    Take(i64),
    Watch(Watch),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Guest {
    /// In use, in its own opinion: since the beat at this step.
    session: Option<(Hash, u8)>,
    intent: Option<Intent>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    step: u8,
    uses: u8,
    medium: Medium,
    guests: [Guest; 2],
    /// The step of the last sign that each system gave of itself.
    signs: [u8; 2],
    /// A lock-out was lifted too early.
    lifted_early: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Deed {
    Time,
    Read(usize),
    Write(usize),
    End(usize),
}

struct House;

fn system(place: usize) -> System {
    System { machine: Hash::of(&[place as u8]), boot: Hash::of(b"boot") }
}

impl State {
    fn now(&self) -> i64 {
        i64::from(self.step) * STEP_MS
    }

    /// Reads the medium and makes up its mind.
    fn read(&mut self, place: usize) {
        let (me, guest) = (system(place), self.guests[place]);
        let intent = match guest.session {
            Some((session, _)) => match self.medium.beat(me, session) {
                Beat::On(holder) => Some(Intent::Beat(holder)),
                Beat::Found(lockout) => Some(Intent::Lock(lockout)),
                Beat::Locked | Beat::Lost => {
                    self.guests[place].session = None;
                    None
                }
            },
            None => match self.medium.look(me, self.now()) {
                Look::Free { origin_ms } => {
                    let quiet = i64::from(self.step - self.signs[1 - place]) * STEP_MS;
                    let is_early = self.medium.lockout.is_some() && quiet < LOCKED_FOR_MS;
                    self.lifted_early |= is_early;
                    Some(Intent::Look(Intended::Take(origin_ms)))
                }
                Look::Ours(holder) => Some(Intent::Look(Intended::Take(holder.origin_ms))),
                Look::Elsewhere { watch, .. } | Look::Shared { watch, .. } => {
                    Some(Intent::Look(Intended::Watch(watch)))
                }
            },
        };
        self.guests[place].intent = intent;
    }

    /// Writes what it made up its mind to write, whatever has happened since.
    fn write(&mut self, place: usize) {
        let me = system(place);
        match self.guests[place].intent.take() {
            Some(Intent::Beat(holder)) => {
                self.medium.holder = Some(holder);
                let step = self.step;
                self.guests[place].session = Some((holder.session, step));
            }
            Some(Intent::Lock(lockout)) => {
                self.medium.lockout = Some(lockout);
                self.guests[place].session = None;
            }
            Some(Intent::Look(Intended::Take(origin_ms))) => {
                self.uses += 1;
                let session = Hash::of(&[self.uses, place as u8]);
                let holder = Holder { system: me, session, beat: 1, origin_ms, ended: false };
                self.medium = Medium { holder: Some(holder), lockout: None, watches: Vec::new() };
                self.guests[place].session = Some((session, self.step));
            }
            Some(Intent::Look(Intended::Watch(watch))) => {
                self.medium.watches.retain(|one| one.system != me);
                self.medium.watches.push(watch);
                self.medium.watches.sort_by_key(|one| one.system);
            }
            None => return,
        }
        self.signs[place] = self.step;
    }

    /// Both beat once, in this order: how many are left in use.
    fn left_after_beats(&self, order: [usize; 2]) -> usize {
        let mut next = self.clone();
        for place in order {
            next.guests[place].intent = None;
            next.read(place);
            next.write(place);
        }
        next.guests.iter().filter(|guest| guest.session.is_some()).count()
    }
}

impl Model for House {
    type State = State;
    type Action = Deed;

    fn init_states(&self) -> Vec<State> {
        let (medium, guests) = Default::default();
        vec![State { step: 0, uses: 0, medium, guests, signs: [0; 2], lifted_early: false }]
    }

    fn actions(&self, state: &State, deeds: &mut Vec<Deed>) {
        // A step may not pass over a write that is under way: a write takes no minute.
        if state.step < STEPS && state.guests.iter().all(|guest| guest.intent.is_none()) {
            deeds.push(Deed::Time);
        }
        for (place, guest) in state.guests.iter().enumerate() {
            match guest.intent {
                Some(_) => deeds.push(Deed::Write(place)),
                None if state.uses < USES || guest.session.is_some() => {
                    deeds.push(Deed::Read(place));
                }
                None => {}
            }
            if guest.session.is_some() && guest.intent.is_none() {
                deeds.push(Deed::End(place));
            }
        }
    }

    fn next_state(&self, last: &State, deed: Deed) -> Option<State> {
        let mut state = last.clone();
        match deed {
            Deed::Time => state.step += 1,
            Deed::Read(place) => state.read(place),
            Deed::Write(place) => state.write(place),
            Deed::End(place) => {
                let (session, _) = state.guests[place].session.take()?;
                if let Beat::On(holder) = state.medium.beat(system(place), session) {
                    state.medium.holder = Some(Holder { ended: true, ..holder });
                    state.signs[place] = state.step;
                }
            }
        }
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<House>> {
        vec![
            Property::always("the next beats leave at most one", |_, state: &State| {
                state.left_after_beats([0, 1]) <= 1 && state.left_after_beats([1, 0]) <= 1
            }),
            Property::always("no lock-out ends early", |_, state: &State| !state.lifted_early),
            Property::sometimes("both believe to use it", |_, state: &State| {
                state.guests.iter().all(|guest| guest.session.is_some())
            }),
            Property::sometimes("a lock-out ends", |_, state: &State| {
                state.uses == USES && state.step == STEPS && state.medium.lockout.is_none()
            }),
            Property::sometimes("it is locked", |_, state: &State| state.medium.lockout.is_some()),
        ]
    }

    fn within_boundary(&self, state: &State) -> bool {
        let beats = state.medium.holder.map_or(0, |holder| holder.beat);
        let looks = state.medium.watches.iter().map(|watch| watch.looks).max().unwrap_or(0);
        beats <= 2 && looks <= 2 && state.uses <= USES
    }
}

#[test]
fn two_systems_over_one_medium() {
    const { assert!(SILENT_AFTER_MS <= STEP_MS && 2 * STEP_MS == LOCKED_FOR_MS) };
    let checker = House.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    assert!(checker.unique_state_count() > 10_000, "{}", checker.unique_state_count());
    eprintln!("{} states", checker.unique_state_count());
}
