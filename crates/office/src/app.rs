//! What every handler shares: the engine, the edge, the publisher's keys.
//!
//! Kept here: handlers reach the state only through `submit` and `query`; whatever they need from it to decide
//! about access is asked fresh; signing runs beside the async workers. Deliberately not here: routes and answers.

use std::ops::Deref;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use axum::body::Bytes;
use tenure_issuing::office::{Command, Event, Office};
use tenure_ledger::{Clock, Engine, Fault, Idempotency, Now, Outcome};
use tenure_shell::backoff::Backoff;
use tenure_shell::edge::{Edge, OwnerTokens};
use tenure_shell::metrics::Metrics;
use tenure_shell::problem::{Code, Refused};

use crate::hook_secret::HookSecrets;
use crate::hosts::checker::Checker;
use crate::hosts::rate::Rate;
use crate::keyring::Keyring;
use crate::machine::OfficeMachine;
use crate::options::{Options, ReadPicture};
use crate::refusal::unsubmitted;

/// The shared parts; clones are cheap.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) engine: Engine<OfficeMachine>,
    pub(crate) edge: Edge,
    pub(crate) hook_secrets: HookSecrets,
    pub(crate) read_picture: Option<ReadPicture>,
    /// Delays after unknown activation IDs.
    pub(crate) portal_backoff: Backoff,
    /// Delays after checks of host keys that are not known.
    pub(crate) host_backoff: Backoff,
    /// How many checks a source may send.
    pub(crate) host_rate: Rate,
    /// Signs answers to checks.
    pub(crate) checker: Checker,
    /// Where host keys are checked.
    pub(crate) check_url: Option<String>,
    keyring: RwLock<Arc<Keyring>>,
    describe: fn() -> Vec<u8>,
    described: OnceLock<Bytes>,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl AsRef<Edge> for App {
    fn as_ref(&self) -> &Edge {
        &self.edge
    }
}

impl App {
    pub(crate) fn new(
        engine: Engine<OfficeMachine>,
        clock: Arc<dyn Clock>,
        keyring: Keyring,
        options: &Options,
        metrics: Arc<Metrics>,
        describe: fn() -> Vec<u8>,
    ) -> Self {
        let owner = OwnerTokens {
            admin: options.admin_token.clone(),
            setup: options.setup_token.clone(),
            setup_done: options.setup_done.clone(),
        };
        Self(Arc::new(Shared {
            engine,
            edge: Edge::new(clock, &options.login, owner, options.limits.clone(), metrics),
            hook_secrets: HookSecrets::new(options.hook_key),
            read_picture: options.read_picture.clone(),
            portal_backoff: Backoff::default(),
            host_backoff: Backoff::default(),
            host_rate: Rate::new(options.host_checks_per_second),
            checker: Checker::new(options.check_signer.clone()),
            check_url: options.check_url.clone(),
            keyring: RwLock::new(Arc::new(keyring)),
            describe,
            described: OnceLock::new(),
        }))
    }

    /// Has a command decided, stored and answered.
    pub(crate) fn submit(
        &self,
        command: Command,
        idempotency: Option<Idempotency>,
    ) -> impl Future<Output = Result<Outcome<Event>, Refused>> + Send + use<> {
        let answer = self.engine.submit(command, idempotency);
        async move { answer.await.map_err(unsubmitted) }
    }

    /// Reads the committed state.
    pub(crate) async fn query<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Office, Now) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        self.engine.query(move |machine: &OfficeMachine, now| read(&machine.0, now)).await
    }

    /// Works beside the async workers: what verifies, signs or reads files, and takes no longer than that.
    pub(crate) async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refused> {
        tokio::task::spawn_blocking(work).await.map_err(|_| {
            Code::Internal.says("The office could not do its part. Its log names the cause.")
        })
    }

    /// Runs a reading of the ledger on a blocking thread: only a few at once.
    pub(crate) async fn reading<T: Send + 'static>(
        &self,
        read: impl FnOnce(&App) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let app = self.clone();
        self.edge.readings.run(move || read(&app)).await
    }

    /// The publisher's keys as they are now.
    pub(crate) fn keyring(&self) -> Arc<Keyring> {
        self.keyring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Signs with other keys from now on.
    pub(crate) fn set_keyring(&self, keyring: Keyring) {
        *self.keyring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keyring);
    }

    /// The text of the API description: made when it is first asked for, because an office should start at once.
    pub(crate) fn api_description(&self) -> Bytes {
        self.described.get_or_init(|| (self.describe)().into()).clone()
    }
}
