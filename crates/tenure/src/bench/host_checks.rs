//! `tenure bench --host-checks`: every start of every copy of a product asks the office; how many starts a second?
//!
//! Three phases over the same connections: users nobody has seen (each is counted, durable before its answer), the same
//! users again on the same day (nothing to record), and both mixed as a morning has them. Invariants checked: every answer
//! is a signed document, a sample of them is verified against the pinned root, and the office counts exactly the users
//! that were sent. Deliberately not here: memory for each user (`cargo bench -p tenure-issuing --bench host_keys`).

use super::{
    load::{Script, Tally, connect, drive},
    machine,
    process::ServerProcess,
    wire::Template,
};
use crate::{
    chance, clock,
    exit::{Failure, Kind},
    office::init_office,
    offline::make_keys,
};
use anyhow::Context as _;
use serde::Serialize;
use std::{fs, path::Path, time::Duration};
use tenure_api::{
    ClientOptions, Credential, OfficeClient,
    office::{CustomerRequest, Decided, HostCheckAnswer, HostKeyRequest, ProductRequest},
};
use tenure_document::{Envelope, HostCheck, RootPin, Time, Trust, Verified, read_document};

/// One answer in so many is verified.
const SAMPLE: u64 = 500;
/// Of the mixed phase, one start in so many is a new user's.
const NEW_ONE_IN: u64 = 20;
/// Users that the key is for: more than come.
const USERS: u32 = 5_000_000;

/// What is to be measured.
pub struct HostPlan<'a> {
    /// Connections at once.
    pub connections: usize,
    /// Length of a phase.
    pub round: Duration,
    /// Where folders are made; its file system is what is measured.
    pub folder: &'a Path,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct HostReport {
    /// Connections at once.
    pub connections: usize,
    /// One durable commit of the ledger on this file system.
    pub commit_ms: f64,
    /// The phases.
    pub phases: Vec<Phase>,
    /// Users the office counted in the end.
    pub users: u32,
    /// Answers whose signature was verified.
    pub verified: usize,
    /// Resident memory of the office afterwards.
    pub resident_mib: f64,
}

/// One phase.
#[derive(Debug, Serialize)]
pub struct Phase {
    /// What was asked.
    pub name: &'static str,
    /// Checks answered in a second.
    pub per_second: f64,
    /// Half of them took at most so long.
    pub p50_ms: f64,
    /// 99 of 100 took at most so long.
    pub p99_ms: f64,
    /// Processor time of the office for one check.
    pub cpu_micros: f64,
}

/// Runs the bench.
///
/// # Errors
/// The office does not start, an answer was none, or the count is wrong.
pub fn run(plan: &HostPlan<'_>, progress: &dyn Fn(&str)) -> anyhow::Result<HostReport> {
    let (keys, data) = (plan.folder.join("host-keys"), plan.folder.join("host-office"));
    let pin = make_keys(&keys, "Bench")?;
    init_office(&data, &keys)?;
    fs::write(data.join("office.toml"), "[host_keys]\nchecks_per_second = 1000000\n")?;
    let commit_ms =
        machine::disk(plan.folder, Duration::from_millis(300))?.commit.as_secs_f64() * 1e3;
    let office = ServerProcess::start_office(&data, &keys)?;
    let staff = staff(&format!("http://{}", office.address), &data)?;
    let (key, group) = issue(&staff)?;
    let mut script = Starts::new(&key, plan.connections);
    let mut phases = Vec::new();
    let names = ["new users", "known users", "one in twenty new"];
    for (name, new_one_in) in names.into_iter().zip([1, 0, NEW_ONE_IN]) {
        progress(name);
        script.new_one_in = new_one_in;
        let before = office.cpu();
        let streams = connect(office.address, plan.connections)?;
        let tally = drive(clock::monotonic(), streams, plan.round, &mut script)?;
        let cpu = office.cpu().saturating_sub(before);
        phases.push(phase(name, &tally, cpu)?);
    }
    let users = staff.host_group(&group)?.users_counted;
    let verified = verify(&staff, pin, &script.sample)?;
    let resident_mib = office.resident_bytes() as f64 / f64::from(1 << 20);
    office.stop()?;
    if u64::from(users) != script.answered_new {
        let text = format!("{} users were answered, {users} are counted", script.answered_new);
        return Err(Failure::new(Kind::CheckFailed, text).into());
    }
    Ok(HostReport {
        connections: plan.connections,
        commit_ms,
        phases,
        users,
        verified,
        resident_mib,
    })
}

fn phase(name: &'static str, tally: &Tally, cpu: Duration) -> anyhow::Result<Phase> {
    let wrong = tally.faults + tally.refusals + tally.lost;
    if wrong > 0 {
        let first = tally.first_problem.clone().unwrap_or_default();
        let text = format!("{name}: {wrong} checks were not answered; the first: {first}");
        return Err(Failure::new(Kind::CheckFailed, text).into());
    }
    let at = |part: f64| tally.latency.value_at_quantile(part) as f64 / 1e6;
    Ok(Phase {
        name,
        per_second: tally.rate(),
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        cpu_micros: cpu.as_secs_f64() * 1e6 / tally.answers.max(1) as f64,
    })
}

impl HostReport {
    /// The figures for people.
    pub fn text(&self) -> String {
        let line = |one: &Phase| {
            format!(
                "{:<18} {:>8.0} checks/s   p50 {:>6.2} ms   p99 {:>6.2} ms   office CPU {:>5.0} µs each\n",
                one.name, one.per_second, one.p50_ms, one.p99_ms, one.cpu_micros
            )
        };
        format!(
            "host checks: {} connections, the load client beside the office; one durable commit {:.2} ms\n{}{} users \
             counted, as many as were sent; {} answers verified; resident afterwards {:.0} MiB",
            self.connections,
            self.commit_ms,
            self.phases.iter().map(line).collect::<String>(),
            self.users,
            self.verified,
            self.resident_mib
        )
    }
}

/// Starts of applications.
struct Starts {
    template: Template,
    users: u64,
    turn: u64,
    /// One in so many is a user nobody has seen; 0: none is.
    new_one_in: u64,
    is_new: Vec<bool>,
    answered_new: u64,
    answers: u64,
    sample: Vec<Vec<u8>>,
}

impl Starts {
    fn new(key: &str, connections: usize) -> Starts {
        // A user id is 26 characters; the last ten are the number.
        let body = format!(
            "{{\"key\":\"{key}\",\"revision\":\"1.0\",\"user\":\"0000000000000000~~~~~~~~~~\",\"host\":\"a.example.com\"}}"
        );
        Starts {
            template: Template::new("POST", "/api/v1/host-checks", &[], &body),
            users: 0,
            turn: 0,
            new_one_in: 1,
            is_new: vec![false; connections],
            answered_new: 0,
            answers: 0,
            sample: Vec::new(),
        }
    }
}

impl Script for Starts {
    fn next(&mut self, connection: usize, _now: u64, request: &mut Vec<u8>) -> bool {
        self.turn += 1;
        let is_new = self.new_one_in > 0 && self.turn.is_multiple_of(self.new_one_in);
        let number = match is_new {
            true => {
                self.users += 1;
                self.users - 1
            }
            // Spread over all of them, so that no cache holds the few that ask.
            false => self.turn.wrapping_mul(7_919) % self.users.max(1),
        };
        self.is_new[connection] = is_new;
        self.template.write(request, number);
        true
    }

    fn answered(&mut self, connection: usize, status: u16, body: &[u8], _sent: u64, _got: u64) {
        if status == 200 {
            self.answered_new += u64::from(self.is_new[connection]);
            self.answers += 1;
            if self.answers.is_multiple_of(SAMPLE) {
                self.sample.push(body.to_vec());
            }
        }
    }
}

fn staff(url: &str, data: &Path) -> anyhow::Result<OfficeClient> {
    let token = fs::read_to_string(data.join("admin.token")).context("reading admin.token")?;
    let mut options = ClientOptions::new(url);
    options.credential = Credential::Bearer(token.trim().to_owned());
    Ok(OfficeClient::new(options)?)
}

/// One key for many users; its id and its group.
fn issue(staff: &OfficeClient) -> anyhow::Result<(String, String)> {
    let product: ProductRequest = serde_json::from_str(r#"{"features":[{"feature":"cad"}]}"#)?;
    staff.set_product("cad@1.0", &product)?;
    let customer = CustomerRequest { name: "Bench".to_owned(), ..CustomerRequest::default() };
    let customer = staff.create_customer(&customer, &chance::idempotency_key()?)?;
    let request = HostKeyRequest {
        customer: Some(customer.id),
        product: "cad".to_owned(),
        hosts: vec!["*.example.com".to_owned()],
        users: USERS,
        ..HostKeyRequest::default()
    };
    match staff.issue_host_keys(&request, &chance::idempotency_key()?)? {
        Decided::Done(group) => {
            let key = group.keys.first().context("a key")?.id.clone();
            Ok((key, group.id))
        }
        Decided::Waiting(_) => anyhow::bail!("the key waits for a second person"),
    }
}

/// Verifies the sample as an application does.
fn verify(staff: &OfficeClient, pin: RootPin, sample: &[Vec<u8>]) -> anyhow::Result<usize> {
    let papers = staff.host_check_papers()?;
    let mut trust = Trust::pin(pin);
    for keyset in &papers.keysets {
        trust.adopt_keyset(&read_document(keyset.as_bytes())?)?;
    }
    let now: Time = clock::wall();
    let certificate = papers.certificate.context("the office answers with a certified key")?;
    let certificate = trust.verify_certificate(&read_document(certificate.as_bytes())?, now)?;
    for body in sample {
        let answer: HostCheckAnswer = serde_json::from_slice(body)?;
        let envelope = Envelope::parse(answer.document.as_bytes())?;
        let check: Verified<HostCheck> = trust.verify_by(&envelope, &certificate, now)?;
        if !check.valid {
            return Err(Failure::new(Kind::CheckFailed, "a user was turned away").into());
        }
    }
    Ok(sample.len())
}
