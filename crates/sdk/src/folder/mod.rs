//! The way to a license server through a shared folder: a file goes in, a file comes out.
//!
//! Invariants: requests are signed with this client's own key; an answer counts only when it names the very file that was
//! sent and is signed by the server that the pinned root vouches for, so whatever others put into the folder is passed
//! over; waiting is bounded. A client ID has 128 bits of chance; two exchanges at a time have two of them, and so have two
//! requests of which the first still lies there. Only what gives a seat back is left there unanswered.
//! Deliberately not here: how files are read and written (`mailbox`), what an answer is worth (`session`).

mod mailbox;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tenure_api::client::judged;
use tenure_api::folder::{Asked, ClientName, FolderAnswer, FolderRequest};
use tenure_api::{
    ApiError, ChainAnswer, Problem, UndoRequest, UsageAnswer, UsageBatchAnswer, UsageBatchRequest,
    UsageRequest, body_of,
};
use tenure_document::{Bytes, Hash, RootPin, Signer};

use self::mailbox::Mailbox;
use crate::clock::{Bell, Clock};
use crate::proof::Authority;
use crate::session::{Message, Reply};
use crate::transport::Transport;

/// How long an answer may take, beside what a question about a ticket asks for.
const PATIENCE: Duration = Duration::from_secs(20);
/// Whoever gives a seat back does not wait for long: the request stays, and the lease ends by itself.
const PATIENCE_GOING: Duration = Duration::from_secs(5);
/// The answer is looked for after this long, then after twice as long.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const LONGEST_LOOK: Duration = Duration::from_secs(2);

/// Who writes into a shared folder.
pub(crate) struct FolderTransport {
    directory: PathBuf,
    user: String,
    computer: String,
    signer: Arc<dyn Signer>,
    root: RootPin,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    seed: Hash,
    /// Names that nobody waits at now.
    free: Vec<ClientName>,
    authority: Option<Authority>,
}

/// An answer that is the server's.
struct Answered {
    status: u16,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

/// What to think of a file that answers the request.
enum Verdict {
    /// It is the server's.
    Proved,
    /// Its chain does not hold, or another key has signed it.
    Doubtful,
}

impl FolderTransport {
    pub fn new(
        directory: PathBuf,
        (user, computer): (&str, &str),
        signer: Arc<dyn Signer>,
        (root, authority): (RootPin, Option<Authority>),
        clock: Arc<dyn Clock>,
        seed: Hash,
    ) -> Self {
        let (user, computer) = (user.to_owned(), computer.to_owned());
        let state = Mutex::new(State { seed, free: Vec::new(), authority });
        Self { directory, user, computer, signer, root, clock, state }
    }

    /// One exchange of files, and what it means.
    fn ask<T: DeserializeOwned>(&self, asked: Asked, key: &str) -> Result<T, ApiError> {
        let Answered { status, retry_after, body } = self.exchange(asked, key)?;
        let body = judged(status, retry_after, body)?;
        serde_json::from_slice(&body)
            .map_err(|error| ApiError::Garbled { status, reason: error.to_string() })
    }

    fn exchange(&self, asked: Asked, key: &str) -> Result<Answered, ApiError> {
        if !matches!(asked, Asked::Chain) && self.state().authority.is_none() {
            // Without the server's certificate no answer could be told from somebody else's file.
            self.fetch_chain().map_err(ApiError::unsent)?;
        }
        self.exchange_once(asked, key)
    }

    fn fetch_chain(&self) -> Result<(), ApiError> {
        let drawn = self.draw().to_string();
        self.exchange_once(Asked::Chain, &drawn).map(drop)
    }

    fn exchange_once(&self, asked: Asked, key: &str) -> Result<Answered, ApiError> {
        let stays = is_going(&asked);
        let name = self.free_name();
        let mailbox = Mailbox::new(&self.directory, &name);
        let outcome = self.exchange_in(&mailbox, &name, asked, key);
        // What stays is for the server to find: its name is never asked under again, or the next request took its place.
        if !stays || outcome.is_ok() {
            mailbox.withdraw();
            self.state().free.push(name);
        }
        outcome
    }

    fn exchange_in(
        &self,
        mailbox: &Mailbox<'_>,
        name: &ClientName,
        asked: Asked,
        key: &str,
    ) -> Result<Answered, ApiError> {
        let patience = match &asked {
            Asked::Poll { wait, .. } => PATIENCE + Duration::from_secs(*wait),
            asked if is_going(asked) => PATIENCE_GOING,
            _ => PATIENCE,
        };
        let is_chain = matches!(asked, Asked::Chain);
        let nonce = Bytes::from(&self.draw().as_bytes()[..16]);
        let now = self.clock.now();
        let of = (name.clone(), asked);
        let request = FolderRequest::signed(of, key, nonce, self.signer.as_ref(), now.wall);
        let text = request.write().map_err(|fault| {
            ApiError::Setup(format!("the request can't go through a folder: {fault}"))
        })?;
        let temporary = self.draw();
        mailbox.put(text.as_bytes(), &temporary).map_err(|error| self.unsent(&error))?;
        let (bell, until) = (Bell::default(), now.steady + patience);
        let (mut pause, mut at) = (FIRST_LOOK, now.steady + FIRST_LOOK);
        let (mut doubtful, mut asked_anew) = (None, false);
        loop {
            self.clock.wait(&bell, Some(at.min(until)));
            let answer = mailbox.look(|answer| answer.answers(&request, text.as_bytes()));
            if let Some(answer) = answer {
                match self.verdict(&answer, is_chain) {
                    Verdict::Proved => return Ok(answered(answer)),
                    Verdict::Doubtful if is_chain => doubtful = Some(answer),
                    // The server may have a new certificate since.
                    Verdict::Doubtful if !asked_anew => {
                        asked_anew = true;
                        self.fetch_chain().map_err(ApiError::sent)?;
                        continue;
                    }
                    Verdict::Doubtful => {}
                }
            }
            if self.clock.now().steady >= until {
                break;
            }
            pause = (pause * 2).min(LONGEST_LOOK);
            at = self.clock.now().steady + pause;
        }
        match doubtful {
            // Nothing better came: the session says what is wrong with the chain.
            Some(answer) if answer.status == 200 => Ok(answered(answer)),
            other => Err(self.silent(patience, other.as_ref())),
        }
    }

    /// Whether an answer is the server's; a chain that holds is remembered.
    fn verdict(&self, answer: &FolderAnswer, is_chain: bool) -> Verdict {
        let mut state = self.state();
        if is_chain && answer.status == 200 {
            let Ok(chain) = serde_json::from_slice::<ChainAnswer>(&answer.body) else {
                return Verdict::Doubtful;
            };
            if chain.certificate.is_none() {
                // A server without a license: the session says what is to be done.
                return Verdict::Proved;
            }
            let wall = self.clock.now().wall;
            let authority = Authority::establish(self.root, chain, state.authority.as_ref(), wall);
            return match authority {
                Ok(authority) if answer.is_signed_by(&authority.certificate().key) => {
                    state.authority = Some(authority);
                    Verdict::Proved
                }
                _ => Verdict::Doubtful,
            };
        }
        let known = state.authority.as_ref().map(|authority| &authority.certificate().key);
        match known.is_some_and(|key| answer.is_signed_by(key)) {
            true => Verdict::Proved,
            false => Verdict::Doubtful,
        }
    }

    fn free_name(&self) -> ClientName {
        if let Some(name) = self.state().free.pop() {
            return name;
        }
        let drawn = self.draw();
        let id = std::array::from_fn(|at| drawn.as_bytes()[at]);
        ClientName::new(&self.user, id, &self.computer)
    }

    fn draw(&self) -> Hash {
        let mut state = self.state();
        state.seed = Hash::of(state.seed.as_bytes());
        Hash::of(&[b"folder", state.seed.as_bytes().as_slice()].concat())
    }

    fn unsent(&self, error: &std::io::Error) -> ApiError {
        let reason = format!("the shared folder can't be used: {error}");
        ApiError::Unsent { address: self.directory.display().to_string(), reason }
    }

    fn silent(&self, patience: Duration, doubtful: Option<&FolderAnswer>) -> ApiError {
        let mut reason = format!(
            "no answer in the shared folder within {} seconds. Does its license server run?",
            patience.as_secs()
        );
        // A refusal before the server is known proves nothing, but may help a person.
        let said = doubtful.and_then(|told| serde_json::from_slice::<Problem>(&told.body).ok());
        if let Some(said) = said.filter(|said| !said.detail.is_empty()) {
            let detail: String =
                said.detail.chars().filter(|c| !c.is_control()).take(200).collect();
            reason.push_str(&format!(" A file that may be anybody's says: {detail}"));
        }
        ApiError::Unreachable { address: self.directory.display().to_string(), reason }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it gives something back: nobody waits for that as long as the server may take.
fn is_going(asked: &Asked) -> bool {
    matches!(asked, Asked::Release { .. } | Asked::Cancel { .. })
}

fn answered(answer: FolderAnswer) -> Answered {
    let retry_after = answer.retry_after.map(Duration::from_secs);
    Answered { status: answer.status, retry_after, body: answer.body }
}

impl Transport for FolderTransport {
    fn send(&self, message: &Message, key: &str) -> Result<Reply, ApiError> {
        match message.clone() {
            Message::Chain => self.ask(Asked::Chain, key).map(Reply::Chain),
            Message::Checkout(body) => self.ask(Asked::Checkout(body), key).map(Reply::Checkout),
            Message::Renew(body) => self.ask(Asked::Renew(body), key).map(Reply::Renewed),
            Message::Poll { id, token, nonce, wait } => {
                self.ask(Asked::Poll { ticket: id, token, nonce, wait }, key).map(Reply::Checkout)
            }
            Message::Cancel { id, token } => {
                self.exchange(Asked::Cancel { ticket: id, token }, key).and_then(done)
            }
            Message::Release { lease, token } => {
                let asked = Asked::Release { lease: lease.to_string(), token };
                self.exchange(asked, key).and_then(done)
            }
        }
    }

    fn consume(&self, request: &UsageRequest, key: &str) -> Result<UsageAnswer, ApiError> {
        self.ask(Asked::Consume(body_of(request)?), key)
    }

    fn undo(&self, id: &str, request: &UndoRequest, key: &str) -> Result<UsageAnswer, ApiError> {
        self.ask(Asked::Undo { usage: id.to_owned(), body: body_of(request)? }, key)
    }

    fn consume_batch(
        &self,
        request: &UsageBatchRequest,
        key: &str,
    ) -> Result<UsageBatchAnswer, ApiError> {
        self.ask(Asked::ReportUsage(body_of(request)?), key)
    }
}

fn done(answered: Answered) -> Result<Reply, ApiError> {
    judged(answered.status, answered.retry_after, answered.body).map(|_| Reply::Released)
}

/// The settings file of a client, read.
pub(crate) fn settings(path: &Path) -> Result<tenure_api::folder::ClientSettings, String> {
    let bytes = std::fs::read(path)
        .map_err(|error| format!("the settings {} can't be read: {error}", path.display()))?;
    tenure_api::folder::ClientSettings::read(&bytes)
        .map_err(|fault| format!("the settings {}: {fault}", path.display()))
}
