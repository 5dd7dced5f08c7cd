//! The settings of a host license, and its start: everything that happens before the application goes on.
//!
//! Invariants: reads files and asks the clock, nothing else; no name is looked up and no connection made here.
//! Deliberately not here: the checks (`license`).

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};

use tenure_api::TlsTrust;
use tenure_document::{HostCheck, HostKey, HostName, HostUserId, RootPin};

use super::file::{Found, HostLicenseError, find};
use super::license::{HostLicense, OnChange, Running, Shared};
use super::proof::Prover;
use super::question::answers;
use super::remembered::{AboutKey, Memory, Remembered, judged, place};
use super::service::{CheckService, office};
use super::standing::HostStatus;
use crate::clock::{Bell, Clock, Now, SystemClock, seed};

/// What is remembered lies in the license folder, unless another place is said.
const MEMORY_FILE: &str = "tenure-state.json";

/// A host license that is not open yet.
pub struct HostLicenseBuilder {
    folder: PathBuf,
    host: String,
    root: Option<String>,
    product: Option<String>,
    revision: String,
    state: Option<PathBuf>,
    check_url: Option<String>,
    trust: TlsTrust,
    service: Option<Arc<dyn CheckService>>,
    clock: Arc<dyn Clock>,
    on_change: Option<OnChange>,
}

impl HostLicense {
    /// Begins to open the license for `host` in a folder of license files. Say root and product, then `start`.
    pub fn open(folder: impl Into<PathBuf>, host: impl Into<String>) -> HostLicenseBuilder {
        HostLicenseBuilder::new(folder.into(), host.into())
    }
}

impl HostLicenseBuilder {
    fn new(folder: PathBuf, host: String) -> Self {
        Self {
            folder,
            host,
            root: None,
            product: None,
            revision: String::new(),
            state: None,
            check_url: None,
            trust: TlsTrust::System,
            service: None,
            clock: Arc::new(SystemClock),
            on_change: None,
        }
    }

    /// The publisher's root pin, `root:…`: what every license file is verified against. Compile it in.
    pub fn root(mut self, pin: &str) -> Self {
        self.root = Some(pin.to_owned());
        self
    }

    /// The name of this product. Compile it in: keys of other products are not taken.
    pub fn product(mut self, product: impl Into<String>) -> Self {
        self.product = Some(product.into());
        self
    }

    /// The revision of the product, told with each check; at most 64 bytes.
    pub fn revision(mut self, revision: impl Into<String>) -> Self {
        self.revision = revision.into();
        self
    }

    /// The file in which user id and last answer are remembered; by default `tenure-state.json` in the license folder.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state = Some(path.into());
        self
    }

    /// Where checks go instead of the address in the key.
    pub fn check_url(mut self, address: impl Into<String>) -> Self {
        self.check_url = Some(address.into());
        self
    }

    /// Whom to believe at the other end; by default the system's certificates. The answer is signed whatever this says.
    pub fn trust(mut self, trust: TlsTrust) -> Self {
        self.trust = trust;
        self
    }

    /// Another way to the office than HTTP; for tests.
    pub fn service(mut self, service: Arc<dyn CheckService>) -> Self {
        self.service = Some(service);
        self
    }

    /// Another clock; for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Called when the license becomes worth more or less, on the thread that asked.
    pub fn on_change(mut self, listener: impl Fn(&HostStatus) + Send + Sync + 'static) -> Self {
        self.on_change = Some(Box::new(listener));
        self
    }

    /// Finds and verifies the license file and begins to check it in the background. Waits for no network.
    ///
    /// # Errors
    /// A setting is missing or makes no sense; no file in the folder is a key for this host and product. A key that has
    /// expired or was taken away is no error: [`HostLicense::status`] says so.
    pub fn start(self) -> Result<HostLicense, HostLicenseError> {
        let setup = |what: String| HostLicenseError::Setup(what);
        let missing = |name: &str| setup(format!("say {name} before `start`"));
        let root: RootPin = self
            .root
            .ok_or_else(|| missing("`root`"))?
            .parse()
            .map_err(|error| setup(format!("root: {error}")))?;
        let product = self.product.ok_or_else(|| missing("`product`"))?;
        let host: HostName = self.host.parse().map_err(|error| setup(format!("{error}")))?;
        if host.is_wildcard() {
            return Err(setup(format!("{host}: an application runs on one host")));
        }
        let now = self.clock.now();
        let memory = Memory::at(self.state.unwrap_or_else(|| self.folder.join(MEMORY_FILE)));
        let remembered = memory.read();
        let at = judged(&remembered.clock(now), now);
        let Found { key, prover } = find(&self.folder, &host, &product, root, at)?;

        let address = self.check_url.or_else(|| key.check_url.clone());
        let service: Option<Arc<dyn CheckService>> = match (self.service, address) {
            // Whoever develops is not counted and not asked about.
            _ if key.host.is_development() => None,
            (Some(service), _) => Some(service),
            (None, Some(address)) => {
                let office = office(&address, self.trust).map_err(|e| setup(e.to_string()))?;
                Some(Arc::new(office))
            }
            (None, None) => None,
        };
        let running = begin(&key, &host, prover, &memory, &remembered, now, service.is_some());
        Ok(HostLicense::started(Shared {
            key,
            host,
            revision: self.revision,
            memory,
            service,
            clock: self.clock,
            on_change: self.on_change,
            running: Mutex::new(running),
            attempted: Condvar::new(),
            bell: Bell::default(),
        }))
    }
}

/// What the application begins with: proved again, whatever the file says.
fn begin(
    key: &HostKey,
    host: &HostName,
    mut prover: Prover,
    memory: &Memory,
    remembered: &Remembered,
    now: Now,
    asked: bool,
) -> Running {
    if let Some(papers) = &remembered.papers {
        // Papers that do not hold are asked for again with the next answer.
        let _ = prover.adopt(papers, now.wall);
    }
    let about = remembered.keys.get(&place(key, host));
    let last = about.and_then(|about| last_answer(about, key, host, &prover, now));
    let clock = remembered.clock(now);
    let mut running = Running {
        prover,
        since: about.map_or(judged(&clock, now), |about| about.since),
        clock,
        last,
        user: remembered.users.get(key.group()).copied(),
        trouble: None,
        attempts: 0,
        closed: false,
    };
    if !asked {
        return running;
    }
    let drawn = seed().ok().and_then(|bytes| bytes[..16].try_into().ok()).map(HostUserId);
    let since = running.since;
    let kept = memory.change(|remembered| {
        remembered.clock = Some(remembered.clock(now));
        let fresh = || AboutKey { since, answer: None, question: Default::default() };
        remembered.keys.entry(place(key, host)).or_insert_with(fresh);
        // Another process of this installation may have been quicker.
        let group = key.group().to_owned();
        match (remembered.users.get(&group).copied(), drawn) {
            (None, Some(drawn)) => {
                remembered.users.insert(group, drawn);
                Some(drawn)
            }
            (known, _) => known,
        }
    });
    match kept {
        Ok(user) => running.user = user,
        Err(why) => {
            running.user = None;
            running.trouble = Some(format!("nothing can be remembered: {why}"));
        }
    }
    running
}

fn last_answer(
    about: &AboutKey,
    key: &HostKey,
    host: &HostName,
    prover: &Prover,
    now: Now,
) -> Option<HostCheck> {
    let answer = prover.answer(about.answer.as_deref()?, now.wall).ok()?;
    answers(&answer, about.question.as_slice(), key, host, None).ok()?;
    Some((*answer).clone())
}
