//! What every handler shares: the engine and the tables of the shell.
//!
//! Kept here: handlers reach the state only through `submit` and `query`; whatever they need from it to decide
//! about access is asked fresh. Deliberately not here: routes and answers.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use tenure_api::{DenialAnswer, Role};
use tenure_document::{HostId, KeyId, Signer, Time};
use tenure_leasing::{ClientKey, Command, DenialReason, Event, Leasing};
use tenure_ledger::{Clock, Engine, Fault, Idempotency, Outcome};
use tenure_shell::edge::{Edge, OwnerTokens};
use tenure_shell::metrics::Metrics;
use tenure_shell::problem::Refused;

use crate::alarms::Alarms;
use crate::audit_job::Audits;
use crate::machine::{LeasingMachine, instant_of};
use crate::office::InStep;
use crate::options::Options;
use crate::past::Past;
use crate::refusal::unsubmitted;
use crate::token::Tokens;
use crate::waiters::Waiters;
use crate::what_if_job::WhatIfJobs;

/// The shared parts; clones are cheap.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) engine: Engine<LeasingMachine>,
    pub(crate) edge: Edge,
    pub(crate) identity: Arc<dyn Signer>,
    pub(crate) tokens: Tokens,
    pub(crate) host_ids: Vec<HostId>,
    pub(crate) what_ifs: WhatIfJobs,
    pub(crate) audits: Audits,
    pub(crate) past: Past,
    pub(crate) alarms: Alarms,
    pub(crate) sync: InStep,
    pub(crate) waiters: Arc<Waiters>,
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
        engine: Engine<LeasingMachine>,
        clock: Arc<dyn Clock>,
        identity: Arc<dyn Signer>,
        options: &Options,
        metrics: Arc<Metrics>,
        describe: fn() -> Vec<u8>,
    ) -> Self {
        let owner = OwnerTokens {
            admin: options.admin_token.clone(),
            setup: options.setup_token.clone(),
            setup_done: options.setup_done.clone(),
        };
        let edge = Edge::new(clock, &options.login, owner, options.limits.clone(), metrics);
        Self(Arc::new(Shared {
            engine,
            identity,
            tokens: options.tokens.clone(),
            what_ifs: WhatIfJobs::new(edge.uptime),
            audits: Audits::default(),
            host_ids: options.host_ids.clone(),
            edge,
            past: Past::default(),
            alarms: options.alarms.clone(),
            sync: InStep::new(options.office.clone()),
            // Half of what may be in flight: open questions never keep others out.
            waiters: Waiters::new(options.limits.in_flight_max / 2),
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
        read: impl FnOnce(&Leasing, tenure_leasing::Now) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        self.engine
            .query(move |machine: &LeasingMachine, now| read(&machine.0, instant_of(now)))
            .await
    }

    /// Denials of a suspended server with the reason that its administrator gave.
    pub(crate) async fn with_reason(&self, mut denials: Vec<DenialAnswer>) -> Vec<DenialAnswer> {
        let told = denials.iter_mut();
        self.tell_reason(told.map(|denial| (denial.reason.as_str(), &mut denial.explanation)))
            .await;
        denials
    }

    /// The same for explanations, each with the code that it explains.
    pub(crate) async fn tell_reason(&self, told: impl Iterator<Item = (&str, &mut String)>) {
        let code = DenialReason::ServerSuspended.code();
        let told: Vec<_> = told.filter(|(reason, _)| *reason == code).collect();
        if told.is_empty() {
            return;
        }
        let reason = |leasing: &Leasing, now| leasing.status(now).suspended?.reason;
        if let Ok(Some(reason)) = self.query(reason).await {
            for (_, explanation) in told {
                *explanation = format!("{explanation}: {reason}");
            }
        }
    }

    /// Runs a reading of the ledger, or other work of seconds, on a blocking thread: only a few at once.
    pub(crate) async fn beside<T: Send + 'static>(
        &self,
        read: impl FnOnce(&App) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let app = self.clone();
        self.edge.readings.run(move || read(&app)).await
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
        self.edge.wall()
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
