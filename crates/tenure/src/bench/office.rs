//! `tenure bench --office`: contexts go in, signed updates come out, as many as the office can.
//!
//! Every answer is an update under the publisher's hybrid signature (Ed25519 and ML-DSA-65), after a durable commit;
//! beside it stands how many such signatures this machine makes with nothing else to do. Devices don't check what they
//! get here: that would be their work, on these same processors.
//! Deliberately not here: memory and start with very many containers (`cargo bench -p tenure-issuing`).

use super::machine;
use super::process::ServerProcess;
use crate::{
    clock,
    exit::{Failure, Kind},
    office::init_office,
    offline::{KeyFolder, Passphrase, make_keys},
};
use serde::Serialize;
use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};
use tenure_api::{ClientOptions, OfficeClient};
use tenure_container::{Birth, Container, Reading};
use tenure_document::{
    ContainerId, ContainerKind, Hash, Role, RootPin, SeedSigner, Signer, Time, seal,
};

/// What is to be measured.
pub struct OfficePlan<'a> {
    /// Containers that show themselves.
    pub containers: usize,
    /// Connections at once.
    pub connections: usize,
    /// Length of a round.
    pub round: Duration,
    /// Where folders are made; its file system is what is measured.
    pub folder: &'a Path,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct OfficeReport {
    /// Containers that showed themselves.
    pub containers: usize,
    /// Connections at once.
    pub connections: usize,
    /// Hybrid signatures a second of one thread of this machine, nothing else to do.
    pub signatures_per_second: f64,
    /// One durable commit of the ledger on this file system.
    pub commit_ms: f64,
    /// First contacts: two hybrid signatures each (certificate, update).
    pub first: Figures,
    /// Later contacts: one hybrid signature each.
    pub later: Figures,
    /// Resident memory of the office afterwards.
    pub resident_mib: f64,
}

/// One phase.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Exchanges answered in a second.
    pub per_second: f64,
    /// Half of them took at most so long.
    pub p50_ms: f64,
    /// 99 of 100 took at most so long.
    pub p99_ms: f64,
    /// Processor time of the office for one exchange, in hybrid signatures of one thread.
    pub cpu_signatures: f64,
    /// Answers that were none.
    pub faults: u64,
}

/// Runs the bench.
///
/// # Errors
/// The office does not start, or an exchange was not answered.
pub fn run(plan: &OfficePlan<'_>, progress: &dyn Fn(&str)) -> anyhow::Result<OfficeReport> {
    let (keys, data) = (plan.folder.join("office-keys"), plan.folder.join("office"));
    let pin = make_keys(&keys, "Bench")?;
    init_office(&data, &keys)?;
    progress("hybrid signatures and durable commits of this machine");
    let signatures_per_second = signatures(&keys)?;
    let commit_ms =
        machine::disk(plan.folder, Duration::from_millis(300))?.commit.as_secs_f64() * 1e3;
    progress("making containers");
    let devices = devices(
        plan.containers,
        pin,
        &KeyFolder::open(&keys, Passphrase::default(), clock::wall())?,
    )?;
    let office = ServerProcess::start_office(&data, &keys)?;
    let address = format!("http://{}", office.address);
    let measure = |round: Duration, what: &str| -> anyhow::Result<Figures> {
        progress(what);
        let before = office.cpu();
        let (mut times, faults, took) = load(&address, &devices, plan.connections, round)?;
        let cpu = office.cpu().saturating_sub(before);
        times.sort_unstable();
        let at = |part: f64| {
            let place = ((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1));
            times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        let count = times.len().max(1) as f64;
        Ok(Figures {
            per_second: times.len() as f64 / took.as_secs_f64(),
            p50_ms: at(0.5),
            p99_ms: at(0.99),
            cpu_signatures: cpu.as_secs_f64() / count * signatures_per_second,
            faults,
        })
    };
    let first = measure(Duration::ZERO, "first contacts")?;
    let later = measure(plan.round, "later contacts")?;
    let resident_mib = office.resident_bytes() as f64 / f64::from(1 << 20);
    office.stop()?;
    let report = OfficeReport {
        containers: plan.containers,
        connections: plan.connections,
        signatures_per_second,
        commit_ms,
        first,
        later,
        resident_mib,
    };
    match report.first.faults + report.later.faults {
        0 => Ok(report),
        faults => {
            let text = format!("{faults} exchanges were not answered with an update");
            Err(Failure::new(Kind::CheckFailed, text).into())
        }
    }
}

impl OfficeReport {
    /// The figures for people.
    pub fn text(&self) -> String {
        let line = |name: &str, figures: &Figures, signatures: f64| {
            format!(
                "{name:<16} {:>7.0} /s   p50 {:>6.1} ms   p99 {:>6.1} ms   CPU {:>5.2} hybrid signatures \
                 (of which {signatures:.0} wanted)",
                figures.per_second, figures.p50_ms, figures.p99_ms, figures.cpu_signatures
            )
        };
        format!(
            "office: {} containers, {} connections; this machine alone: {:.0} hybrid signatures/s per thread, one durable \
             commit {:.2} ms\n{}\n{}\nresident afterwards {:.0} MiB",
            self.containers,
            self.connections,
            self.signatures_per_second,
            self.commit_ms,
            line("first contact", &self.first, 2.0),
            line("later contact", &self.later, 1.0),
            self.resident_mib
        )
    }
}

/// A container that shows itself.
struct Device {
    container: Container,
    signer: SeedSigner,
}

fn devices(count: usize, root: RootPin, keys: &KeyFolder) -> anyhow::Result<Vec<Device>> {
    let papers = keys.papers()?;
    let keysets: Vec<String> = papers.keysets.iter().map(|(_, text)| text.clone()).collect();
    let keyset_version = papers.keysets.last().map_or(0, |(version, _)| *version);
    let at = Reading { wall: clock::wall(), since_boot_ms: 0 };
    let device = |number: usize| {
        let id = Hash::of(format!("bench device {number}").as_bytes());
        let signer = SeedSigner::ed25519(id.as_bytes())?;
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&id.as_bytes()[..16]);
        let container = Container::new(Birth {
            id: ContainerId(bytes),
            name: format!("device {number}"),
            kind: ContainerKind::Bound,
            key: signer.public().clone(),
            root,
            keysets: keysets.clone(),
            keyset_version,
            ratchet: id,
            at,
        });
        Ok(Device { container, signer })
    };
    (0..count).map(device).collect()
}

/// Every device once, or again and again for a time; the times taken, answers that were none, and how long it all took.
fn load(
    address: &str,
    devices: &[Device],
    connections: usize,
    round: Duration,
) -> anyhow::Result<(Vec<Duration>, u64, Duration)> {
    let next = AtomicUsize::new(0);
    let start = clock::monotonic();
    let office = OfficeClient::new(ClientOptions::new(address))?;
    let worker = || {
        let (mut times, mut faults) = (Vec::new(), 0);
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            let lap = turn / devices.len();
            let over = match round.is_zero() {
                true => lap > 0,
                false => clock::monotonic().duration_since(start) >= round,
            };
            if over {
                return (times, faults);
            }
            let Device { container, signer } = &devices[turn % devices.len()];
            // Later contexts are later by their own clock: a context that was sent before is only a retry.
            let later = if round.is_zero() { 0 } else { (lap as i64 + 1) * 60_000 };
            let at = Time::from_millis(clock::wall().as_millis() + later);
            let context = seal(&container.context(at, |_| 0), &[signer]).to_json();
            let sent = clock::monotonic();
            match office.exchange_text(context.into_bytes(), &format!("bench-{later}-{turn}")) {
                Ok(update) if update.starts_with("-----BEGIN TENURE UPDATE") => {
                    times.push(clock::monotonic().duration_since(sent));
                }
                _ => faults += 1,
            }
        }
    };
    let found = thread::scope(|scope| {
        let workers: Vec<_> = (0..connections).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let took = clock::monotonic().duration_since(start);
    let (mut times, mut faults) = (Vec::new(), 0);
    for one in found {
        let (more, lost) = one.map_err(|_| anyhow::anyhow!("a client of the bench panicked"))?;
        times.extend(more);
        faults += lost;
    }
    Ok((times, faults, took))
}

/// Hybrid signatures a second of one thread, with the key that signs updates.
fn signatures(keys: &Path) -> anyhow::Result<f64> {
    let keys = KeyFolder::open(keys, Passphrase::default(), clock::wall())?;
    let record = keys.current(Role::Issuer, clock::wall(), |_| true)?;
    let signer = keys.signer(record.id)?;
    let message = [7; 2_000];
    let start = clock::monotonic();
    let mut count = 0_u32;
    while clock::monotonic().duration_since(start) < Duration::from_millis(700) {
        std::hint::black_box(signer.sign(&message));
        count += 1;
    }
    Ok(f64::from(count) / clock::monotonic().duration_since(start).as_secs_f64())
}
