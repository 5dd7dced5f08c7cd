//! What the load client says: checkouts, checkouts with release, the bare endpoints, retries, a returning herd.
//!
//! Each script keeps what the checker needs and nothing else, and does as little per answer as that allows.
//! Invariant: no request is sent twice, except by [`Retries`], whose purpose that is.
//! Deliberately not here: sockets and timing (`load.rs`), the laws (`checker.rs`).

use super::{
    checker::Violation,
    findings::{Findings, Ticket, shorten},
    load::Script,
    requests::{Numbers, write_release, write_renewal},
    wire::Template,
};

/// Each connection checks out again and again and keeps what it gets.
#[derive(Debug)]
pub struct Checkouts {
    template: Template,
    feature: u16,
    numbers: Numbers,
    limit: Option<u64>,
    under_way: Vec<u64>,
    /// What came of it.
    pub findings: Findings,
}

impl Checkouts {
    /// `limit`: stop after this many requests.
    pub fn new(
        template: Template,
        feature: u16,
        numbers: Numbers,
        connections: usize,
        limit: Option<u64>,
    ) -> Checkouts {
        Checkouts {
            template,
            feature,
            numbers,
            limit,
            under_way: vec![0; connections],
            findings: Findings::default(),
        }
    }

    /// The numbers not yet used.
    pub fn numbers(&self) -> Numbers {
        self.numbers
    }
}

impl Script for Checkouts {
    fn next(&mut self, connection: usize, _now: u64, request: &mut Vec<u8>) -> bool {
        if let Some(left) = &mut self.limit {
            if *left == 0 {
                return false;
            }
            *left -= 1;
        }
        let number = self.numbers.take();
        self.under_way[connection] = number;
        self.template.write(request, number);
        true
    }

    fn answered(&mut self, connection: usize, status: u16, body: &[u8], sent: u64, got: u64) {
        let number = self.under_way[connection];
        let ticket = self.findings.checkout(self.feature, number, status, body, sent, got);
        self.findings.tickets.extend(ticket);
    }
}

/// Each connection checks out, returns, and begins again.
#[derive(Debug)]
pub struct Cycles {
    template: Template,
    feature: u16,
    numbers: Numbers,
    state: Vec<Cycle>,
    /// Checkouts that were granted.
    pub granted: u64,
    /// What came of it; every lease has been returned or is in `tickets`.
    pub findings: Findings,
}

#[derive(Debug, Clone)]
enum Cycle {
    Asking(u64),
    Holding { ticket: Ticket, held: usize },
    Returning,
}

impl Cycles {
    /// Cycles on `connections` connections.
    pub fn new(template: Template, feature: u16, numbers: Numbers, connections: usize) -> Cycles {
        let state = vec![Cycle::Asking(0); connections];
        Cycles { template, feature, numbers, state, granted: 0, findings: Findings::default() }
    }

    /// The numbers not yet used.
    pub fn numbers(&self) -> Numbers {
        self.numbers
    }

    /// Leases that were held when the drive ended; they are about to be returned, from `now` on.
    pub fn take_still_held(&mut self, now: u64) -> Vec<Ticket> {
        let mut tickets = Vec::new();
        for state in &mut self.state {
            if let Cycle::Holding { ticket, held } = std::mem::replace(state, Cycle::Asking(0)) {
                if let Some(interval) = self.findings.held.get_mut(held) {
                    interval.until = interval.until.min(now);
                }
                tickets.push(ticket);
            }
        }
        tickets
    }
}

impl Script for Cycles {
    fn next(&mut self, connection: usize, now: u64, request: &mut Vec<u8>) -> bool {
        let state = &mut self.state[connection];
        if let Cycle::Holding { ticket, held } = state {
            write_release(request, ticket);
            if let Some(interval) = self.findings.held.get_mut(*held) {
                interval.until = interval.until.min(now);
            }
            *state = Cycle::Returning;
        } else {
            let number = self.numbers.take();
            self.template.write(request, number);
            *state = Cycle::Asking(number);
        }
        true
    }

    fn answered(&mut self, connection: usize, status: u16, body: &[u8], sent: u64, got: u64) {
        let held = self.findings.held.len();
        let next = match std::mem::replace(&mut self.state[connection], Cycle::Asking(0)) {
            Cycle::Asking(number) => {
                match self.findings.checkout(self.feature, number, status, body, sent, got) {
                    Some(ticket) => {
                        self.granted += 1;
                        Cycle::Holding { ticket, held }
                    }
                    None => Cycle::Asking(0),
                }
            }
            Cycle::Returning | Cycle::Holding { .. } => {
                if status != 200 && status < 500 {
                    self.findings.wrong(format!("release answered {status}: {}", shorten(body)));
                }
                Cycle::Asking(0)
            }
        };
        self.state[connection] = next;
    }
}

/// Returns given leases.
#[derive(Debug)]
pub struct Returns {
    tickets: Vec<Ticket>,
}

impl Returns {
    /// Returns each of `tickets` once.
    pub fn new(tickets: Vec<Ticket>) -> Returns {
        Returns { tickets }
    }
}

impl Script for Returns {
    fn next(&mut self, _connection: usize, _now: u64, request: &mut Vec<u8>) -> bool {
        let Some(ticket) = self.tickets.pop() else { return false };
        write_release(request, &ticket);
        true
    }

    fn answered(&mut self, _connection: usize, _status: u16, _body: &[u8], _sent: u64, _got: u64) {}
}

/// Posts the same kind of request somewhere and expects 200 or 201: the bare and the signed-singly endpoint.
#[derive(Debug)]
pub struct Plain {
    template: Template,
    numbers: Numbers,
    /// Answers with another status.
    pub unexpected: Option<String>,
}

impl Plain {
    /// Posts `template` again and again.
    pub fn new(template: Template, numbers: Numbers) -> Plain {
        Plain { template, numbers, unexpected: None }
    }
}

impl Script for Plain {
    fn next(&mut self, _connection: usize, _now: u64, request: &mut Vec<u8>) -> bool {
        self.template.write(request, self.numbers.take());
        true
    }

    fn answered(&mut self, _connection: usize, status: u16, body: &[u8], _sent: u64, _got: u64) {
        if !matches!(status, 200 | 201) {
            self.unexpected.get_or_insert_with(|| format!("answered {status}: {}", shorten(body)));
        }
    }
}

/// Sends given requests once more, with the same idempotency keys.
#[derive(Debug)]
pub struct Retries {
    template: Template,
    wanted: Vec<(u64, Option<String>)>,
    under_way: Vec<Option<(u64, Option<String>)>>,
    /// The leases that the retries name.
    pub tickets: Vec<Ticket>,
    /// What came of it.
    pub findings: Findings,
    feature: u16,
}

impl Retries {
    /// Retries of requests by number, with the lease that the first answer named, if one came.
    pub fn new(
        template: Template,
        feature: u16,
        wanted: Vec<(u64, Option<String>)>,
        connections: usize,
    ) -> Retries {
        let under_way = vec![None; connections];
        Retries {
            template,
            wanted,
            under_way,
            tickets: Vec::new(),
            findings: Findings::default(),
            feature,
        }
    }
}

impl Script for Retries {
    fn next(&mut self, connection: usize, _now: u64, request: &mut Vec<u8>) -> bool {
        let Some(wanted) = self.wanted.pop() else { return false };
        self.template.write(request, wanted.0);
        self.under_way[connection] = Some(wanted);
        true
    }

    fn answered(&mut self, connection: usize, status: u16, body: &[u8], sent: u64, got: u64) {
        let Some((number, first)) = self.under_way[connection].take() else { return };
        // A replayed answer may be 200 instead of 201; the lease is what counts.
        let status = if status == 200 { 201 } else { status };
        let Some(ticket) = self.findings.checkout(self.feature, number, status, body, sent, got)
        else {
            if status != 409 || first.is_some() {
                self.findings.wrong(format!(
                    "retry of request {number} answered {status}: {}",
                    shorten(body)
                ));
            }
            return;
        };
        match first {
            Some(first) if first != ticket.lease => {
                self.findings.violations.push(Violation::TwoGrants {
                    key: number,
                    first,
                    second: ticket.lease.clone(),
                });
            }
            _ => self.tickets.push(ticket),
        }
    }
}

/// Every connection says one thing: renew its lease, or, beyond the leases, check out anew.
#[derive(Debug)]
pub struct Herd {
    tickets: Vec<Ticket>,
    newcomers: Template,
    numbers: Numbers,
    said: Vec<bool>,
    /// Arrival of each renewal's answer, nanoseconds.
    pub renewed: Vec<u64>,
    /// Arrival of each newcomer's answer.
    pub granted: Vec<u64>,
    /// Leases that could not be renewed.
    pub violations: Vec<Violation>,
}

impl Herd {
    /// One connection per ticket and `newcomers` more.
    pub fn new(
        tickets: Vec<Ticket>,
        newcomers: Template,
        connections: usize,
        numbers: Numbers,
    ) -> Herd {
        let said = vec![false; connections];
        Herd {
            tickets,
            newcomers,
            numbers,
            said,
            renewed: Vec::new(),
            granted: Vec::new(),
            violations: Vec::new(),
        }
    }
}

impl Script for Herd {
    fn next(&mut self, connection: usize, _now: u64, request: &mut Vec<u8>) -> bool {
        if self.said[connection] {
            return false;
        }
        self.said[connection] = true;
        match self.tickets.get(connection) {
            Some(ticket) => write_renewal(request, ticket),
            None => self.newcomers.write(request, self.numbers.take()),
        }
        true
    }

    fn answered(&mut self, connection: usize, status: u16, body: &[u8], _sent: u64, got: u64) {
        match (self.tickets.get(connection), status) {
            // Shed load is asked again; herd clients have all the time there is.
            (_, 503) => self.said[connection] = false,
            (Some(_), 200) => self.renewed.push(got),
            (Some(ticket), 404 | 410) => {
                self.violations.push(Violation::LostLease { lease: ticket.lease.clone() })
            }
            (None, 201) => self.granted.push(got),
            (_, _) => {
                self.violations.push(Violation::Wrong(format!("herd: {status}: {}", shorten(body))))
            }
        }
    }
}
