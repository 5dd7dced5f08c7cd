//! What every handler shares: the engine and the tables of the shell.
//!
//! Kept here: handlers reach the state only through `submit` and `query`; whatever they need from it to decide
//! about access is asked fresh. Deliberately not here: routes and answers.

use std::ops::Deref;
use std::sync::{Arc, OnceLock, RwLock};

use axum::body::Bytes;
use tenure_api::Role;
use tenure_document::{HostId, KeyId, Signer, Time};
use tenure_leasing::{ClientKey, Command, Event, Leasing};
use tenure_ledger::{Clock, Engine, Fault, Idempotency, Outcome};

use crate::backoff::Backoff;
use crate::machine::{LeasingMachine, instant_of};
use crate::metrics::Metrics;
use crate::options::{Limits, Options};
use crate::outside::Uptime;
use crate::password::Passwords;
use crate::past::Past;
use crate::problem::{Code, Refused};
use crate::secret::Secret;
use crate::session::Sessions;
use crate::tls::Certificate;
use crate::token::Tokens;
use crate::waiters::Waiters;
use crate::what_if_job::WhatIfJobs;

/// The shared parts; clones are cheap.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) engine: Engine<LeasingMachine>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) identity: Arc<dyn Signer>,
    pub(crate) tokens: Tokens,
    pub(crate) sessions: Sessions,
    pub(crate) backoff: Backoff,
    pub(crate) passwords: Passwords,
    pub(crate) uptime: Uptime,
    pub(crate) admin_token: Option<Secret>,
    pub(crate) setup_token: Option<Secret>,
    pub(crate) setup_done: Option<Arc<dyn Fn() + Send + Sync>>,
    pub(crate) host_ids: Vec<HostId>,
    pub(crate) limits: Limits,
    pub(crate) what_ifs: WhatIfJobs,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) past: Past,
    pub(crate) waiters: Arc<Waiters>,
    pub(crate) certificates: RwLock<Vec<Arc<Certificate>>>,
    describe: fn() -> Vec<u8>,
    described: OnceLock<Bytes>,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    pub(crate) fn new(
        engine: Engine<LeasingMachine>,
        clock: Arc<dyn Clock>,
        identity: Arc<dyn Signer>,
        options: &Options,
        metrics: Arc<Metrics>,
        describe: fn() -> Vec<u8>,
    ) -> Self {
        let uptime = Uptime::start();
        Self(Arc::new(Shared {
            engine,
            clock,
            identity,
            tokens: options.tokens.clone(),
            sessions: Sessions::new(options.login.idle),
            backoff: Backoff::default(),
            passwords: Passwords::new(options.login.cost),
            uptime,
            what_ifs: WhatIfJobs::new(uptime),
            admin_token: options.admin_token.clone(),
            setup_token: options.setup_token.clone(),
            setup_done: options.setup_done.clone(),
            host_ids: options.host_ids.clone(),
            limits: options.limits.clone(),
            metrics,
            past: Past::default(),
            // Half of what may be in flight: open questions never keep others out.
            waiters: Waiters::new(options.limits.in_flight_max / 2),
            certificates: RwLock::default(),
            describe,
            described: OnceLock::new(),
        }))
    }

    /// Has a command decided, stored and answered.
    pub(crate) async fn submit(
        &self,
        command: Command,
        idempotency: Option<Idempotency>,
    ) -> Result<Outcome<Event>, Refused> {
        Ok(self.engine.submit(command, idempotency).await?)
    }

    /// Reads the committed state.
    pub(crate) async fn query<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Leasing, tenure_leasing::Now) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        self.engine
            .query(move |machine: &LeasingMachine, now| read(&machine.0, instant_of(now)))
            .await
    }

    /// Runs a reading of the ledger on a blocking thread.
    pub(crate) async fn beside<T: Send + 'static>(
        &self,
        read: impl FnOnce(&App) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let app = self.clone();
        tokio::task::spawn_blocking(move || read(&app)).await.map_err(|_| {
            Code::Internal.says("The ledger could not be read. The server's log names the cause.")
        })
    }

    /// The roles a user has now; none when there is no such user.
    pub(crate) async fn roles_of(&self, name: &str) -> Result<Option<Vec<Role>>, Fault> {
        let name = name.to_owned();
        self.query(move |leasing, _| leasing.user(&name).map(|user| wire_roles(&user.roles))).await
    }

    /// Whether reading needs no login.
    pub(crate) async fn anonymous_may_read(&self) -> Result<bool, Fault> {
        self.query(|leasing, _| leasing.is_on("security.anonymous-read")).await
    }

    /// An uploaded client key that is accepted.
    pub(crate) async fn client_key(&self, id: KeyId) -> Result<Option<ClientKey>, Fault> {
        self.query(move |leasing, _| {
            leasing.client_key(id).filter(|key| key.revoked.is_none()).cloned()
        })
        .await
    }

    /// The text of the API description: made when it is first asked for, because a server should start at once.
    pub(crate) fn api_description(&self) -> Bytes {
        self.described.get_or_init(|| (self.describe)().into()).clone()
    }

    /// The wall clock, for dates that are shown or compared at the edge.
    pub(crate) fn wall(&self) -> Time {
        self.clock.wall()
    }
}

/// Roles on the wire.
pub(crate) fn wire_roles(roles: &[tenure_leasing::Role]) -> Vec<Role> {
    use tenure_leasing::Role as Inner;
    roles
        .iter()
        .map(|role| match role {
            Inner::Read => Role::Read,
            Inner::Reservations => Role::Reservations,
            Inner::DropDevice => Role::DropDevice,
            Inner::Offline => Role::Offline,
            Inner::Admin => Role::Admin,
        })
        .collect()
}

/// Roles as the state keeps them.
pub(crate) fn state_roles(roles: &[Role]) -> Vec<tenure_leasing::Role> {
    use tenure_leasing::Role as Inner;
    roles
        .iter()
        .map(|role| match role {
            Role::Read => Inner::Read,
            Role::Reservations => Inner::Reservations,
            Role::DropDevice => Inner::DropDevice,
            Role::Offline => Inner::Offline,
            Role::Admin => Inner::Admin,
        })
        .collect()
}
