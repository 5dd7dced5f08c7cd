//! Settings of a connection to one license server, and their defaults.
//!
//! Opening reads the application's folder, if there is one, and sends nothing: an application
//! with a borrowed lease starts without a network.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tenure_api::{Client, ClientOptions, Signing, TlsTrust};
use tenure_document::{Hash, Holder, RootPin, SeedSigner, Signer, Time};

use crate::clock::{Clock, SystemClock, seed};
use crate::driver::{Driver, Listener};
use crate::error::Error;
use crate::folder::{self, FolderTransport};
use crate::host::this_machine;
use crate::local::LocalContainers;
use crate::policy::{Notice, OnLoss, Search};
use crate::session::{SeatId, Session, Settings};
use crate::store::Store;
use crate::tenure::Tenure;
use crate::transport::{NoServer, Transport};

/// A connection that is not open yet. Only the root is mandatory.
pub struct Builder {
    options: ClientOptions,
    root: Option<String>,
    holder: Holder,
    on_loss: OnLoss,
    folder: Option<PathBuf>,
    transport: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
    listener: Option<Listener>,
    seed: Option<[u8; 32]>,
    background: bool,
    local: Vec<PathBuf>,
    search: Search,
    shared: Option<PathBuf>,
    fault: Option<String>,
}

impl Tenure {
    /// Settings for a license server at `http://host:port` or `https://host:port`.
    pub fn connect(address: &str) -> Builder {
        Builder {
            options: ClientOptions::new(address),
            root: None,
            holder: this_machine(),
            on_loss: OnLoss::default(),
            folder: None,
            transport: None,
            clock: Arc::new(SystemClock),
            listener: None,
            seed: None,
            background: true,
            local: Vec::new(),
            search: Search::default(),
            shared: None,
            fault: None,
        }
    }

    /// Settings for a license server that is asked through files in a shared directory.
    pub fn shared_folder(directory: impl Into<PathBuf>) -> Builder {
        let builder = Tenure::connect("http://127.0.0.1");
        Builder { shared: Some(directory.into()), ..builder }
    }

    /// The same, where a plain-text file says which directory: lines `folder = PATH`, and where the application does not
    /// say so itself `root = PIN` and `user = NAME`. What is wrong with the file is told by [`Builder::open`].
    pub fn settings_file(path: impl AsRef<Path>) -> Builder {
        let builder = Tenure::connect("http://127.0.0.1");
        match folder::settings(path.as_ref()) {
            Ok(settings) => {
                let mut builder = Builder { shared: Some(settings.folder), ..builder };
                builder.root = settings.root;
                if settings.user.is_some() {
                    builder.holder.user = settings.user;
                }
                builder
            }
            Err(fault) => Builder { fault: Some(fault), ..builder },
        }
    }

    /// Settings for an application on a machine by itself: its seats come from the containers of a device folder, and
    /// nothing is ever sent.
    pub fn local(folder: impl Into<PathBuf>) -> Builder {
        let builder = Tenure::connect("http://127.0.0.1").transport(Arc::new(NoServer));
        builder.local(folder).search(Search::LocalOnly).without_thread()
    }
}

impl Builder {
    /// The publisher's root pin, `root:…`: what every lease is verified against. Compile it in.
    pub fn root(mut self, pin: &str) -> Self {
        self.root = Some(pin.to_owned());
        self
    }

    /// Who asks; by default this machine, user and process.
    pub fn holder(mut self, holder: Holder) -> Self {
        self.holder = holder;
        self
    }

    /// The user name, where it is not the operating system's.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.holder.user = Some(user.into());
        self
    }

    /// A stable workload identity: a new process of the same owner takes over the owner's leases
    /// at once, and the old process can't renew them any more.
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.holder.owner = Some(owner.into());
        self
    }

    /// What a seat is worth while the server can't be reached.
    pub fn on_loss(mut self, policy: OnLoss) -> Self {
        self.on_loss = policy;
        self
    }

    /// The application's own folder, for borrowed leases and off-line metering.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Look for seats in the containers of this device folder too (`tenure device`, by default in
    /// `~/.local/share/tenure`). May be called again: for the folder of a portable container on a medium, which need not
    /// be plugged in.
    pub fn local(mut self, folder: impl Into<PathBuf>) -> Self {
        self.local.push(folder.into());
        self
    }

    /// Where seats are looked for, and in which order.
    pub fn search(mut self, order: Search) -> Self {
        self.search = order;
        self
    }

    /// Whom to believe on an `https` address.
    pub fn tls(mut self, trust: TlsTrust) -> Self {
        self.options.trust = trust;
        self
    }

    /// Time-outs and other settings of the connection; the address stays.
    pub fn client(mut self, change: impl FnOnce(&mut ClientOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Signs requests with the client's own key, which its administrator has uploaded, and binds
    /// leases to it.
    pub fn signer(mut self, signer: Arc<dyn Signer>) -> Self {
        self.options.signing = Some(Signing { signer, now: wall });
        self
    }

    /// Called for everything that happens to a seat, on the thread where it happens.
    pub fn on_notice(mut self, listener: impl Fn(SeatId, &Notice) + Send + Sync + 'static) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// Another way to the server than HTTP.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Another clock than the operating system's; for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Given chance instead of the operating system's; for tests.
    pub fn seed(mut self, seed: [u8; 32]) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Renew without a background thread: the application calls [`Tenure::tick`].
    pub fn without_thread(mut self) -> Self {
        self.background = false;
        self
    }

    /// Opens the connection. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::Setup`] when a setting can't be used, [`Error::Store`] when the folder can't.
    pub fn open(self) -> Result<Tenure, Error> {
        if let Some(fault) = self.fault {
            return Err(Error::Setup(fault));
        }
        let pin = self.root.ok_or_else(|| {
            Error::Setup("the publisher's root pin is missing: call .root(…)".to_owned())
        })?;
        let root: RootPin = pin.trim().parse().map_err(|error| Error::Setup(format!("{error}")))?;
        let seed = self.seed.map_or_else(seed, Ok);
        let seed = seed.map_err(|error| Error::Setup(format!("no chance to draw on: {error}")))?;
        let store = self.folder.map(Store::open).transpose()?;
        let mut signer = self.options.signing.as_ref().map(|signing| signing.signer.clone());
        if self.shared.is_some() && signer.is_none() {
            signer = Some(own_key(store.as_ref(), &seed)?);
        }
        let client_key = signer.as_ref().map(|signer| signer.public().clone());
        // A kept chain that holds no more is fetched anew; off line it is the reason to report.
        let (authority, chain_fault) = match &store {
            Some(store) => {
                let judged = store.time(self.clock.now())?;
                match store.authority(root, judged.at) {
                    Ok(authority) => (authority, None),
                    Err(error) => (None, Some(error)),
                }
            }
            None => (None, None),
        };
        let transport: Arc<dyn Transport> = match (self.transport, self.shared, signer) {
            (Some(transport), ..) => transport,
            (None, Some(directory), Some(signer)) => {
                let holder = &self.holder;
                let user = holder.user.as_deref().unwrap_or_default();
                let computer = holder.name.as_deref().unwrap_or(&holder.host.value);
                let known = (root, authority.clone());
                let drawn = Hash::of(&[b"shared folder", seed.as_slice()].concat());
                let (clock, names) = (self.clock.clone(), (user, computer));
                Arc::new(FolderTransport::new(directory, names, signer, known, clock, drawn))
            }
            _ => Arc::new(Client::new(self.options)?),
        };
        let mut folders = self.local.into_iter();
        let local = folders.next().map(|first| {
            let first = LocalContainers::new(first, root, self.clock.clone());
            let all = folders.fold(first, LocalContainers::and);
            Arc::new(all.holder(self.holder.clone()))
        });
        let settings =
            Settings { holder: self.holder, root, on_loss: self.on_loss, client_key, seed };
        let session = Session::new(settings, authority);
        let drawn = Hash::of(&[b"driver", seed.as_slice()].concat());
        let driver = Driver::new(session, transport, self.clock, store, self.listener, drawn);
        if self.background {
            driver.start()?;
        }
        Ok(Tenure::new(driver, chain_fault, local, self.search))
    }
}

/// The key that proves this client in a shared folder: kept with what it has borrowed, else for this run only.
fn own_key(store: Option<&Store>, seed: &[u8; 32]) -> Result<Arc<dyn Signer>, Error> {
    let drawn = Hash::of(&[b"client key", seed.as_slice()].concat());
    let secret = match store {
        Some(store) => store.client_key(*drawn.as_bytes())?,
        None => *drawn.as_bytes(),
    };
    let signer = SeedSigner::ed25519(&secret).map_err(|error| Error::Setup(error.to_string()))?;
    Ok(Arc::new(signer))
}

fn wall() -> Time {
    SystemClock.now().wall
}
