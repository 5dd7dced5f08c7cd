//! Service while a what-if runs: what checkouts then take, beside what they take otherwise.
//!
//! What was recorded just before is replayed again and again for as long as a round lasts. Rounds with and without
//! alternate. Deliberately not here: the speed of a replay by itself (`cargo bench -p tenure-leasing --bench what_if`).

use super::{phases::Run, report::Figures};
use anyhow::Context as _;
use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tenure_api::{Client, ClientOptions, Credential, WhatIfRequest, WhatIfState};

/// Clients under load: enough to share commits, few enough that a checkout does not only wait for others.
const CONNECTIONS: usize = 16;
/// Rounds that make the record.
const RECORD_ROUNDS: usize = 2;
/// A job is looked at in this interval.
const LOOK: Duration = Duration::from_millis(50);

impl Run {
    /// Checkouts without and with a what-if beside them.
    ///
    /// # Errors
    /// The server does not start, or a what-if has no result.
    pub(super) fn beside(&mut self) -> anyhow::Result<()> {
        let (server, data) = self.server()?;
        for _ in 0..RECORD_ROUNDS {
            self.cycles(&server, 0, self.plan.connections, self.plan.round)?;
        }
        let client = admin(server.address.to_string(), &data)?;
        let (mut alone, mut beside, mut replayed) = (Vec::new(), Vec::new(), 0);
        for _ in 0..self.plan.rounds.max(2) {
            alone.push(self.cycles(&server, 0, CONNECTIONS, self.plan.round)?.figures);
            let enough = AtomicBool::new(false);
            let (figures, requests) = std::thread::scope(|scope| {
                let jobs = scope.spawn(|| replay_until(&client, &enough));
                let round = self.cycles(&server, 0, CONNECTIONS, self.plan.round);
                enough.store(true, Ordering::Relaxed);
                let requests = jobs.join().map_err(|_| anyhow::anyhow!("a what-if panicked"));
                anyhow::Ok((round?.figures, requests??))
            })?;
            beside.push(figures);
            replayed += requests;
        }
        server.stop()?;
        let [alone, beside] = [&alone, &beside].map(|rounds| Figures::median(rounds));
        for (name, alone, beside) in
            [("median", alone.p50_us, beside.p50_us), ("p99", alone.p99_us, beside.p99_us)]
        {
            let name = format!("{name} of checkouts beside a what-if : alone");
            self.report.at_most(&name, 2.0, beside / alone, "");
        }
        self.report.row(format!("checkout or return, {CONNECTIONS} connections"), alone);
        self.report.row("the same beside a what-if", beside);
        self.report.note("requests replayed meanwhile", replayed.to_string());
        Ok(())
    }
}

/// The owner of the data folder, as a client.
fn admin(address: String, data: &Path) -> anyhow::Result<Client> {
    let token = fs::read_to_string(data.join("admin.token")).context("reading the admin token")?;
    let options = ClientOptions::new(format!("http://{address}"));
    Ok(Client::new(options)?.with_credential(Credential::Bearer(token.trim().to_owned())))
}

/// One what-if after the other over everything there is. Says how many requests were replayed.
fn replay_until(client: &Client, enough: &AtomicBool) -> anyhow::Result<u64> {
    let mut requests = 0;
    while !enough.load(Ordering::Relaxed) {
        let mut job = client.begin_what_if(&WhatIfRequest::default())?;
        while matches!(job.state, WhatIfState::Preparing | WhatIfState::Running) {
            if enough.load(Ordering::Relaxed) {
                client.cancel_what_if(&job.id)?;
            }
            std::thread::sleep(LOOK);
            job = client.what_if(&job.id)?;
        }
        requests += job.requests;
        if job.state == WhatIfState::Failed {
            anyhow::bail!("a what-if failed: {}", job.problem.unwrap_or_default());
        }
    }
    Ok(requests)
}
