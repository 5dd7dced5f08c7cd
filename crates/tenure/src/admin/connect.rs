//! Which server is meant and who asks: address, login token, certificates.
//!
//! `--office` names an office instead of a license server. With `--data DIR` both are read from the data folder of a
//! server or office on this machine (`admin.url`, `admin.token`,
//! owner-only files written at each start); else `--server` and the token of the last `tenure admin login` there.
//! Deliberately not here: passwords (`secret.rs`).

use super::{problem::failure, secret::token_in};
use crate::{exit::Failure, office_mark::is_office};
use clap::Args;
use std::{
    fs,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};
use tenure_api::{ApiError, Client, ClientOptions, Credential, OfficeClient, TlsTrust};

/// File in the data folder that says where the admin plane listens: the URL, and for https a line `pin HASH`.
pub const ADDRESS_FILE: &str = "admin.url";
/// File in the data folder with the bearer token of this machine's administrator.
pub const TOKEN_FILE: &str = "admin.token";
/// The address taken when none is named.
const USUAL_SERVER: &str = "http://127.0.0.1:7070";
/// The same for an office.
const USUAL_OFFICE: &str = "http://127.0.0.1:7080";

/// Flags that say which server and as whom. On a command line it stands as [`super::named::Named`].
#[derive(Debug, Clone, Args)]
pub struct Connection {
    /// Address of the server, such as https://licenses.example:7070. [default: http://127.0.0.1:7070]
    #[arg(long, global = true, env = "TENURE_SERVER", value_name = "URL")]
    pub(super) server: Option<String>,
    /// Address of a publisher's office, such as https://office.example:7080: commands go there instead of to a license
    /// server.
    #[arg(long, global = true, env = "TENURE_OFFICE", value_name = "URL")]
    pub(super) office: Option<String>,
    /// Data folder of a server or office running on this machine: its address and its owner's token are taken from there.
    #[arg(long, global = true, env = "TENURE_DATA", value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// File with a bearer token, instead of the one kept by `tenure admin login`.
    #[arg(long, global = true, env = "TENURE_TOKEN_FILE", value_name = "FILE")]
    pub(super) token_file: Option<PathBuf>,
    /// PEM file with the certificates to believe, instead of the system's.
    #[arg(long, global = true, env = "TENURE_CA", value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,
}

impl Connection {
    /// As if these had been given as flags. A server that is named keeps the data folder's token.
    pub fn to(
        server: Option<String>,
        data: Option<PathBuf>,
        token_file: Option<PathBuf>,
        ca: Option<PathBuf>,
    ) -> Connection {
        Connection { server, office: None, data, token_file, ca }
    }

    /// A client that says who asks and waits so long.
    ///
    /// # Errors
    /// [`ApiError::Setup`]: a file can't be read or the address makes no sense.
    pub fn client_within(&self, timeout: Duration) -> Result<Client, ApiError> {
        let setup = |error: anyhow::Error| ApiError::Setup(format!("{error:#}"));
        let mut options = self.options(timeout).map_err(setup)?;
        options.connect_timeout = timeout.min(options.connect_timeout);
        options.credential =
            self.token().map_err(setup)?.map_or(Credential::None, Credential::Bearer);
        Client::new(options)
    }

    /// The address that is meant.
    ///
    /// # Errors
    /// The data folder names none.
    pub fn named_address(&self) -> anyhow::Result<String> {
        Ok(self.address()?.0)
    }

    /// The address of the office that is meant.
    ///
    /// # Errors
    /// As [`Connection::named_address`].
    pub fn office_address(&self) -> anyhow::Result<String> {
        self.at_office().named_address()
    }

    /// A client that says who asks, as far as a token is known.
    ///
    /// # Errors
    /// A file can't be read or the address makes no sense.
    pub fn client(&self) -> anyhow::Result<Client> {
        let credential = match self.token()? {
            Some(token) => Credential::Bearer(token),
            None => Credential::None,
        };
        Ok(self.anonymous()?.with_credential(credential))
    }

    /// As [`Connection::client`], for calls that take their time.
    ///
    /// # Errors
    /// As [`Connection::client`].
    pub fn patient_client(&self) -> anyhow::Result<Client> {
        let credential = self.token()?.map_or(Credential::None, Credential::Bearer);
        Ok(self.anonymous_within(Duration::from_secs(3600))?.with_credential(credential))
    }

    /// A client of the office that is meant: the one named, the one of the data folder, or the usual address here.
    ///
    /// # Errors
    /// As [`Connection::client`].
    pub fn office(&self) -> anyhow::Result<OfficeClient> {
        let at = self.at_office();
        let credential = at.token()?.map_or(Credential::None, Credential::Bearer);
        Ok(at.anonymous_office()?.with_credential(credential))
    }

    /// The same without a login.
    ///
    /// # Errors
    /// As [`Connection::client`].
    pub fn anonymous_office(&self) -> anyhow::Result<OfficeClient> {
        Ok(OfficeClient::new(self.at_office().options(Duration::from_secs(60))?)
            .map_err(failure)?)
    }

    /// Whether commands that both have are meant for an office.
    pub fn is_office(&self) -> bool {
        self.server.is_none()
            && (self.office.is_some() || self.data.as_deref().is_some_and(is_office))
    }

    /// The same connection, an office in any case.
    fn at_office(&self) -> Connection {
        let mut at = Connection { server: None, ..self.clone() };
        if at.office.is_none() && at.data.is_none() {
            at.office = Some(USUAL_OFFICE.to_owned());
        }
        at
    }

    /// A client without a login.
    ///
    /// # Errors
    /// A file can't be read or the address makes no sense.
    pub fn anonymous(&self) -> anyhow::Result<Client> {
        self.anonymous_within(Duration::from_secs(30))
    }

    fn anonymous_within(&self, timeout: Duration) -> anyhow::Result<Client> {
        Ok(Client::new(self.options(timeout)?).map_err(failure)?)
    }

    fn options(&self, timeout: Duration) -> anyhow::Result<ClientOptions> {
        let (address, pin) = self.address()?;
        let mut options = ClientOptions::new(address);
        options.timeout = timeout;
        options.trust = match (&self.ca, pin) {
            (Some(file), _) => TlsTrust::Roots(read(file)?),
            (None, Some(pin)) => TlsTrust::Pin(pin),
            (None, None) => TlsTrust::System,
        };
        Ok(options)
    }

    /// Keeps a session's token for the commands that follow; gives the file.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn keep_token(&self, token: &str) -> anyhow::Result<PathBuf> {
        let file = self.session_file()?;
        if let Some(folder) = file.parent() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(|error| cant_write(folder, &error))?;
        }
        // Written anew, so that the owner-only mode holds whatever was there before.
        let _ = fs::remove_file(&file);
        let written = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file);
        written
            .and_then(|mut open| writeln!(open, "{token}"))
            .map_err(|error| cant_write(&file, &error))?;
        Ok(file)
    }

    /// Removes the kept token; `false` when there was none.
    ///
    /// # Errors
    /// The file can't be removed.
    pub fn forget_token(&self) -> anyhow::Result<bool> {
        match fs::remove_file(self.session_file()?) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The folder of a server on this machine, if one is named.
    pub fn data(&self) -> Option<&Path> {
        self.data.as_deref()
    }

    fn token(&self) -> anyhow::Result<Option<String>> {
        if let Some(file) = &self.token_file {
            return Ok(Some(token_in(&read(file)?, file)?));
        }
        if let Some(data) = &self.data {
            return Ok(Some(
                read(&data.join(TOKEN_FILE))
                    .map_err(|failure| not_running(data, failure))?
                    .trim()
                    .to_owned(),
            ));
        }
        match fs::read_to_string(self.session_file()?) {
            Ok(token) => Ok(Some(token.trim().to_owned())),
            Err(_) => Ok(None),
        }
    }

    /// The server's address and, from a data folder, the pin of its certificate.
    fn address(&self) -> anyhow::Result<(String, Option<tenure_document::Hash>)> {
        if let Some(server) = self.server.as_ref().or(self.office.as_ref()) {
            let whole =
                if server.contains("://") { server.clone() } else { format!("http://{server}") };
            return Ok((whole, None));
        }
        let Some(data) = &self.data else { return Ok((USUAL_SERVER.to_owned(), None)) };
        let text = read(&data.join(ADDRESS_FILE)).map_err(|failure| not_running(data, failure))?;
        let mut lines = text.lines();
        let address = lines.next().unwrap_or_default().trim().to_owned();
        let pin = match lines.next().and_then(|line| line.strip_prefix("pin ")) {
            Some(pin) => Some(
                pin.trim()
                    .parse()
                    .map_err(|_| Failure::fault(format!("{ADDRESS_FILE} holds no valid pin")))?,
            ),
            None => None,
        };
        Ok((address, pin))
    }

    /// Where the token of a login at this server is kept.
    fn session_file(&self) -> anyhow::Result<PathBuf> {
        if let Some(file) = &self.token_file {
            return Ok(file.clone());
        }
        let folder = std::env::var_os("XDG_STATE_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state")))
            .ok_or_else(|| {
                Failure::usage("neither HOME nor XDG_STATE_HOME is set")
                    .hint("name a file with --token-file")
            })?;
        let address = self.address()?.0;
        let name: String = address
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' })
            .collect();
        Ok(folder.join("tenure").join(format!("{name}.token")))
    }
}

fn not_running(data: &Path, failure: Failure) -> Failure {
    failure.hint(format!(
        "is a server or an office running on {0}? Start it with `tenure server run --data {0}` or `tenure office run`",
        data.display()
    ))
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file)
        .map_err(|error| Failure::fault(format!("can't read {}: {error}", file.display())))
}

fn cant_write(file: &Path, error: &std::io::Error) -> Failure {
    Failure::fault(format!("can't write {}: {error}", file.display()))
}
