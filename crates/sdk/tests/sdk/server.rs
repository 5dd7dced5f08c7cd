//! A license server for tests: signs real lease documents, answers idempotently, and loses,
//! doubles or falsifies messages when it is told to.
//!
//! Its time is the steady time of the test's clock, so a client's wall clock can be wrong while
//! the server's is right.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use tenure_api::{
    ApiError, ChainAnswer, CheckoutAnswer, CheckoutRequest, DenialAnswer, LeaseGrant, Problem,
    RemedyAnswer, RenewalOutcome, Renewals, RenewalsAnswer, TicketAnswer, UndoRequest, UsageAnswer,
    UsageBatchAnswer, UsageBatchRequest, UsageRequest,
};
use tenure_document::{
    Batch, Bytes, ContainerId, Envelope, Hash, Holder, Lease, LeaseId, Payload, SeatRange,
    SeedSigner, Signature, Signer, Time, Tree, Version, batch_message, entry_hash, leaf_hash, pae,
    payload_bytes,
};
use tenure_sdk::clock::{Clock, ManualClock};
use tenure_sdk::session::{Message, Reply};
use tenure_sdk::{Builder, Holder as SdkHolder, HostId, HostIdType, Tenure, Transport};

use crate::publisher::{Publisher, now, server_key};

/// One publisher for all tests: its hybrid keys cost some time to make.
pub static PUBLISHER: LazyLock<Publisher> = LazyLock::new(|| Publisher::new(0));

/// The steady clock stands here when a test begins.
const START: Duration = Duration::from_secs(1_000);
pub const SERVER: ContainerId = ContainerId([7; 16]);

/// What happens to the next messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Delivered,
    /// The request never arrives.
    RequestLost,
    /// It arrives, the answer does not.
    AnswerLost,
    /// It arrives twice, one answer does.
    Doubled,
    /// 503 with `Retry-After` in seconds.
    Busy(u64),
}

pub struct FakeServer {
    pub clock: Arc<ManualClock>,
    state: Mutex<State>,
    /// Every client draws other keys.
    clients: AtomicU8,
}

pub struct State {
    pub capacity: u32,
    pub term: Duration,
    pub down: bool,
    pub fates: VecDeque<Fate>,
    /// Changes a lease before it is signed.
    pub lie: Option<fn(&mut Lease)>,
    /// Changes an answer after it was made.
    pub tamper: Option<fn(&mut Reply)>,
    pub identity: SeedSigner,
    pub chain: ChainAnswer,
    /// Renewals are refused with this code.
    pub refuse: Option<&'static str>,
    pub leases: BTreeMap<LeaseId, Live>,
    pub log: Vec<String>,
    /// Units consumed on line, by the key of the request.
    pub used: BTreeMap<String, u64>,
    pub consumed: BTreeMap<String, (u64, u64)>,
    /// Tickets by ID: the request that waits.
    pub tickets: BTreeMap<String, Vec<u8>>,
    answered: BTreeMap<String, (Message, Result<Reply, ApiError>)>,
    counter: u64,
}

pub struct Live {
    pub holder: Holder,
    pub feature: String,
    pub seat: u32,
    pub until: Time,
    pub borrowed: bool,
}

impl FakeServer {
    pub fn new() -> Arc<FakeServer> {
        FakeServer::of(SERVER, server_key(9))
    }

    /// Another server of the publisher.
    pub fn of(server: ContainerId, identity: SeedSigner) -> Arc<FakeServer> {
        let certificate = PUBLISHER.certificate(server, &identity);
        let chain = ChainAnswer {
            server,
            keysets: vec![PUBLISHER.keyset_envelope().to_json()],
            certificate: Some(PUBLISHER.seal_certificate(&certificate).to_json()),
            revocation: None,
        };
        let state = State {
            capacity: 2,
            term: Duration::from_secs(900),
            down: false,
            fates: VecDeque::new(),
            lie: None,
            tamper: None,
            identity,
            chain,
            refuse: None,
            leases: BTreeMap::new(),
            log: Vec::new(),
            used: BTreeMap::new(),
            consumed: BTreeMap::new(),
            tickets: BTreeMap::new(),
            answered: BTreeMap::new(),
            counter: 0,
        };
        let clock = Arc::new(ManualClock::new(now()));
        Arc::new(FakeServer { clock, state: Mutex::new(state), clients: AtomicU8::new(1) })
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the lock")
    }

    /// A client of this server without a background thread.
    pub fn client(self: &Arc<Self>) -> Builder {
        Tenure::connect("http://127.0.0.1:1")
            .root(&PUBLISHER.pin().to_string())
            .holder(holder("ann"))
            .transport(self.clone())
            .clock(self.clock.clone())
            .seed([self.clients.fetch_add(1, Ordering::Relaxed); 32])
            .without_thread()
    }

    /// The server's time.
    pub fn now(&self) -> Time {
        now().plus(self.clock.now().steady - START)
    }

    /// Lets time pass for everybody and lets the client do what is due, second by second.
    pub fn pass(&self, tenure: &Tenure, seconds: u64) {
        for _ in 0..seconds {
            self.clock.advance(Duration::from_secs(1));
            tenure.tick();
        }
    }

    /// Makes a call that may wait for repetitions, and lets time pass until it returns.
    pub fn meanwhile<T: Send>(&self, call: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let caller = scope.spawn(call);
            while !caller.is_finished() {
                self.clock.advance(Duration::from_millis(100));
                std::thread::yield_now();
            }
            caller.join().expect("the call does not panic")
        })
    }

    /// The requests so far, and forgets them.
    pub fn seen(&self) -> String {
        self.state().log.drain(..).collect::<Vec<_>>().join(" ")
    }

    /// Leases live at the server.
    pub fn live(&self) -> usize {
        let now = self.now();
        self.state().leases.values().filter(|live| live.until > now).count()
    }

    fn carry<T>(&self, mut deliver: impl FnMut() -> Result<T, ApiError>) -> Result<T, ApiError> {
        let fate = self.state().fates.pop_front().unwrap_or(Fate::Delivered);
        let lost = || ApiError::Unreachable { address: "test".into(), reason: "lost".into() };
        if self.state().down {
            return Err(lost().unsent());
        }
        match fate {
            Fate::Delivered => deliver(),
            Fate::RequestLost => Err(lost()),
            Fate::AnswerLost => {
                let _ = deliver();
                Err(lost())
            }
            Fate::Doubled => {
                let _ = deliver();
                deliver()
            }
            Fate::Busy(seconds) => Err(ApiError::Unavailable {
                problem: Box::new(Problem::new(503, "overloaded", "Busy", "")),
                retry_after: Some(Duration::from_secs(seconds)),
            }),
        }
    }

    pub fn answer(&self, message: &Message, key: &str) -> Result<Reply, ApiError> {
        let now = self.now();
        let mut state = self.state();
        if let Some((before, answer)) = state.answered.get(key) {
            assert_eq!(before, message, "a key stands for one request");
            return answer.clone();
        }
        state.leases.retain(|_, live| live.until > now);
        let answer = match message {
            Message::Chain => Ok(Reply::Chain(state.chain.clone())),
            Message::Checkout(body) => state.checkout(body, now),
            Message::Renew(body) => Ok(Reply::Renewed(state.renew(body, now))),
            Message::Poll { id, nonce, .. } => state.poll(id, nonce, now),
            Message::Cancel { id, .. } => match state.tickets.remove(id) {
                Some(_) => Ok(Reply::Released),
                None => Err(refused(410, "ticket-ended")),
            },
            Message::Release { lease, .. } => match state.leases.remove(lease) {
                Some(_) => Ok(Reply::Released),
                None => Err(refused(404, "lease-unknown")),
            },
        };
        let mut answer = answer;
        if let (Some(tamper), Ok(reply)) = (state.tamper, &mut answer) {
            tamper(reply);
        }
        state.answered.insert(key.to_owned(), (message.clone(), answer.clone()));
        answer
    }
}

impl State {
    fn checkout(&mut self, body: &[u8], now: Time) -> Result<Reply, ApiError> {
        let request: CheckoutRequest = serde_json::from_slice(body).expect("a request");
        let (mut grants, mut denials) = (Vec::new(), Vec::new());
        let wanted = request.features.clone();
        for feature in wanted {
            // A new process of the same owner takes the owner's seat over.
            if request.holder.owner.is_some() {
                self.leases.retain(|_, live| live.holder.owner != request.holder.owner);
            }
            let taken = |seat: &u32| self.leases.values().any(|live| live.seat == *seat);
            let free = (1..=self.capacity).find(|seat| !taken(seat));
            let Some(seat) = free.filter(|_| feature.name != "none") else {
                denials.push(denial(&feature.name, feature.count));
                continue;
            };
            self.counter += 1;
            let id = LeaseId(self.counter);
            let term = request.borrow.map_or(self.term, |borrow| borrow.duration());
            let live = Live {
                holder: request.holder.clone(),
                feature: feature.name.clone(),
                seat,
                until: now.plus(term),
                borrowed: request.borrow.is_some(),
            };
            self.leases.insert(id, live);
            grants.push(self.grant(id, now, term, request.nonce.clone(), Hash::of(body)));
        }
        let mut tickets = Vec::new();
        if request.wait.is_some() && !denials.is_empty() {
            denials.clear();
            let id = format!("T-{}", self.tickets.len() + 1);
            tickets.push(ticket(&id, now));
            self.tickets.insert(id, body.to_vec());
        }
        if grants.is_empty() && tickets.is_empty() {
            let problem = Problem::new(409, "no-seats", "Denied", "").with_denials(denials);
            return Err(ApiError::Refused(Box::new(problem)));
        }
        Ok(Reply::Checkout(CheckoutAnswer { leases: grants, denials, tickets }))
    }

    /// A ticket gets its seat when there is one.
    fn poll(&mut self, id: &str, nonce: &Bytes, now: Time) -> Result<Reply, ApiError> {
        let body = self.tickets.get(id).cloned().ok_or_else(|| refused(410, "ticket-ended"))?;
        let request: CheckoutRequest = serde_json::from_slice(&body).expect("a request");
        let taken = |seat: &u32| self.leases.values().any(|live| live.seat == *seat);
        let Some(seat) = (1..=self.capacity).find(|seat| !taken(seat)) else {
            let tickets = vec![ticket(id, now)];
            let (leases, denials) = (Vec::new(), Vec::new());
            return Ok(Reply::Checkout(CheckoutAnswer { leases, denials, tickets }));
        };
        self.tickets.remove(id);
        self.counter += 1;
        let lease = LeaseId(self.counter);
        let live = Live {
            holder: request.holder.clone(),
            feature: request.features[0].name.clone(),
            seat,
            until: now.plus(self.term),
            borrowed: false,
        };
        self.leases.insert(lease, live);
        let grant = self.grant(lease, now, self.term, Some(nonce.clone()), Hash::of(&body));
        let (denials, tickets) = (Vec::new(), Vec::new());
        Ok(Reply::Checkout(CheckoutAnswer { leases: vec![grant], denials, tickets }))
    }

    fn renew(&mut self, body: &[u8], now: Time) -> RenewalsAnswer {
        let request: Renewals = serde_json::from_slice(body).expect("a request");
        let mut outcomes = Vec::new();
        for wanted in request.renewals {
            let id = wanted.lease;
            let known = self.leases.contains_key(&id) && wanted.token == token(id);
            let code = if known { self.refuse } else { Some("lease-unknown") };
            let problem = code.map(|code| Problem::new(409, code, "No", "no more of it"));
            let lease = problem.is_none().then(|| {
                let term = self.term;
                if let Some(live) = self.leases.get_mut(&id) {
                    live.until = now.plus(term);
                }
                self.grant(id, now, term, wanted.nonce.clone(), Hash::of(body))
            });
            outcomes.push(RenewalOutcome { id, lease, problem });
        }
        RenewalsAnswer { renewals: outcomes }
    }

    fn grant(
        &mut self,
        id: LeaseId,
        now: Time,
        term: Duration,
        nonce: Option<Bytes>,
        request: Hash,
    ) -> LeaseGrant {
        let live = &self.leases[&id];
        let mut lease = Lease {
            id,
            server: self.chain.server,
            holder: live.holder.clone(),
            feature: live.feature.clone(),
            version: Version::new(2, 0, 0),
            count: 1,
            seats: vec![SeatRange { first: live.seat, last: live.seat }],
            items: vec!["i1".into()],
            issued: now,
            expires: now.plus(term),
            renew_after: now.plus(term * 15 / 100),
            client_key: None,
            nonce,
            request: Some(request),
            sequence: 1,
            code: "granted".into(),
            borrowed: live.borrowed,
        };
        if let Some(lie) = self.lie {
            lie(&mut lease);
        }
        self.counter += 1;
        LeaseGrant {
            id,
            feature: lease.feature.clone(),
            version: lease.version,
            count: lease.count,
            seats: vec![live.seat],
            issued_at: lease.issued,
            expires_at: lease.expires,
            renew_after: lease.renew_after,
            token: token(id),
            code: lease.code.clone(),
            borrowed: lease.borrowed,
            shortened_by: None,
            document: seal_in_batch(&lease, &self.identity, self.counter),
        }
    }
}

/// A lease in a batch with two others, as a ledger's commit signs it.
pub fn seal_in_batch(lease: &Lease, identity: &SeedSigner, sequence: u64) -> String {
    let payload = payload_bytes(lease);
    let leaf = leaf_hash(&pae(Lease::TYPE, &payload));
    let tree = Tree::new(vec![leaf_hash(b"one"), leaf, leaf_hash(b"three")]);
    let (previous, events_hash) = (Hash::of(b"previous"), Hash::of(b"events"));
    let entry = entry_hash(sequence, lease.issued, 1, &previous, &events_hash, &tree.root());
    let batch = Batch {
        sequence,
        at: lease.issued,
        epoch: 1,
        previous,
        events_hash,
        index: 1,
        size: 3,
        path: tree.path(1),
    };
    let sig = identity.sign(&batch_message(&entry));
    let keyid = Some(identity.public().id().to_string());
    let signatures = vec![Signature { keyid, sig, batch: Some(batch) }];
    Envelope { payload_type: Lease::TYPE.into(), payload, signatures }.to_json()
}

impl Transport for FakeServer {
    fn send(&self, message: &Message, key: &str) -> Result<Reply, ApiError> {
        let name = match message {
            Message::Chain => "chain",
            Message::Checkout(_) => "checkout",
            Message::Renew(_) => "renew",
            Message::Poll { .. } => "poll",
            Message::Cancel { .. } => "cancel",
            Message::Release { .. } => "release",
        };
        self.state().log.push(name.to_owned());
        self.carry(|| self.answer(message, key))
    }

    fn consume(&self, request: &UsageRequest, key: &str) -> Result<UsageAnswer, ApiError> {
        self.carry(|| {
            self.state().used.insert(key.to_owned(), request.count);
            Ok(usage(&request.feature, request.count, self.now()))
        })
    }

    fn undo(&self, id: &str, request: &UndoRequest, _key: &str) -> Result<UsageAnswer, ApiError> {
        assert_eq!(request.token.as_deref(), Some("usage-token"));
        self.carry(|| Ok(usage(id, 1, self.now())))
    }

    fn consume_batch(
        &self,
        request: &UsageBatchRequest,
        _key: &str,
    ) -> Result<UsageBatchAnswer, ApiError> {
        self.carry(|| {
            let mut state = self.state();
            let (last, total) = state.consumed.entry(request.client.clone()).or_default();
            for record in &request.records {
                if record.sequence > *last {
                    (*last, *total) = (record.sequence, *total + record.count);
                }
            }
            Ok(UsageBatchAnswer { acknowledged: *last, results: Vec::new() })
        })
    }
}

pub fn holder(user: &str) -> SdkHolder {
    let host = HostId::new(HostIdType::String, "ws14").expect("a host ID");
    SdkHolder { user: Some(user.into()), ..SdkHolder::of(host) }
}

fn ticket(id: &str, now: Time) -> TicketAnswer {
    TicketAnswer {
        id: id.to_owned(),
        token: format!("token-of-{id}"),
        features: vec!["cad".into()],
        ahead: Some(0),
        position: Some(1),
        estimate_seconds: None,
        expires_at: now.plus(Duration::from_secs(3_600)),
        poll: format!("/api/v1/tickets/{id}?wait=30"),
    }
}

fn token(id: LeaseId) -> String {
    format!("token-of-{id}")
}

fn usage(id: &str, count: u64, at: Time) -> UsageAnswer {
    UsageAnswer {
        id: id.to_owned(),
        token: "usage-token".into(),
        feature: id.to_owned(),
        version: Version::new(1, 0, 0),
        count,
        recorded_at: at,
        undo_until: None,
        remaining: Some(10),
    }
}

fn refused(status: u16, code: &str) -> ApiError {
    ApiError::Refused(Box::new(Problem::new(status, code, "No", "")))
}

fn denial(feature: &str, count: u32) -> DenialAnswer {
    DenialAnswer {
        id: "D-1".into(),
        feature: feature.into(),
        version: Version::new(2, 0, 0),
        count: count.into(),
        reason: "no-seats".into(),
        explanation: "all 2 seats are in use".into(),
        remedy: Some(RemedyAnswer {
            code: "wait".into(),
            text: "a seat may be free at noon".into(),
            at: None,
            count: None,
        }),
        pools: Vec::new(),
    }
}
