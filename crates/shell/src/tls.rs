//! TLS of the listeners: one provider, TLS 1.3 and 1.2, certificates that are reloaded while running.
//!
//! Kept here: a key that others can read is refused; a reload that fails keeps the certificate in use and shows
//! in `/health`; both files are read again when either of them changed or when the process is told to; who follows the
//! pin is told that of the certificate in use, never that of a file.
//! Deliberately not here: client certificates. Clients prove themselves by tokens and signatures.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tenure_document::Hash;

use crate::der::certificate_end;

/// Certificate and key of a TLS listener, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain, the server's own first.
    pub certificate: PathBuf,
    /// Its private key; readable by the owner only.
    pub key: PathBuf,
}

/// Why a certificate or key is not taken.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// A file can't be read.
    #[error("{path} can't be read: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others than the owner can read the private key.
    #[error("{0} is readable by others: run `chmod 600` on it and see who had access")]
    KeyReadable(PathBuf),
    /// The certificate file holds no certificate.
    #[error("{0} holds no PEM certificate")]
    NoCertificate(PathBuf),
    /// The key file holds no key.
    #[error("{0} holds no PEM private key")]
    NoKey(PathBuf),
    /// The key is that of another certificate.
    #[error(
        "{key} is not the key of the certificate in {certificate}: name the pair that was made together"
    )]
    KeyMismatch {
        /// The certificate chain.
        certificate: PathBuf,
        /// A private key, not its.
        key: PathBuf,
    },
    /// The library refuses them.
    #[error("certificate and key can't be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// What is known of the certificate in use.
#[derive(Debug, Clone, Default)]
pub struct CertificateState {
    /// End of the certificate, RFC 3339.
    pub not_after: Option<String>,
    /// Why the last reload was refused.
    pub reload_fault: Option<String>,
}

/// The certificate of one listener.
pub struct Certificate {
    files: TlsFiles,
    config: RustlsConfig,
    seen: Mutex<Seen>,
}

/// Takes the pin of the certificate in use, SHA-256 of its DER form; none where there is no TLS.
pub type FollowPin = Box<dyn Fn(Option<Hash>) -> io::Result<()> + Send>;

struct Seen {
    stamp: Stamp,
    state: CertificateState,
    pin: Hash,
    follow: Option<FollowPin>,
}

/// Changes whenever a file is replaced or rewritten.
type Stamp = [Option<(u64, i64, i64, u64)>; 2];

impl Certificate {
    /// Reads both files.
    ///
    /// # Errors
    /// When they can't be used; the listener must not start then.
    pub fn load(files: TlsFiles) -> Result<Self, TlsFault> {
        let stamp = stamp(&files);
        let (config, not_after, pin) = read(&files)?;
        let config = RustlsConfig::from_config(Arc::new(config));
        let state = CertificateState { not_after, reload_fault: None };
        let seen = Seen { stamp, state, pin, follow: None };
        Ok(Self { files, config, seen: Mutex::new(seen) })
    }

    /// What the listener serves from; follows reloads.
    pub fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// What is known of it now.
    pub fn state(&self) -> CertificateState {
        self.seen().state.clone()
    }

    /// Gives `follow` the pin of the certificate in use, now and after each reload.
    ///
    /// # Errors
    /// What it answers now; later that is logged.
    pub fn follow_pin(&self, follow: FollowPin) -> io::Result<()> {
        let mut seen = self.seen();
        follow(Some(seen.pin))?;
        seen.follow = Some(follow);
        Ok(())
    }

    /// Reads the files again: when they changed, or always when `told`.
    pub fn reload(&self, told: bool) {
        let mut seen = self.seen();
        let stamp = stamp(&self.files);
        if stamp == seen.stamp && !told {
            return;
        }
        seen.stamp = stamp;
        match read(&self.files) {
            Ok((config, not_after, pin)) => {
                self.config.reload_from_config(Arc::new(config));
                seen.state = CertificateState { not_after, reload_fault: None };
                seen.pin = pin;
                if let Some(Err(fault)) = seen.follow.as_ref().map(|follow| follow(Some(pin))) {
                    tracing::error!(%fault, "the pin of the new certificate could not be told");
                }
                tracing::info!(certificate = %self.files.certificate.display(), "certificate reloaded");
            }
            Err(fault) => {
                tracing::error!(%fault, "certificate not reloaded; the former one stays in use");
                seen.state.reload_fault = Some(fault.to_string());
            }
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stamp(files: &TlsFiles) -> Stamp {
    [&files.certificate, &files.key].map(|path| {
        let meta = std::fs::metadata(path).ok()?;
        Some((meta.ino(), meta.mtime(), meta.mtime_nsec(), meta.len()))
    })
}

/// What is served, the end of the certificate, and its pin.
fn read(files: &TlsFiles) -> Result<(ServerConfig, Option<String>, Hash), TlsFault> {
    let certificate = bytes(&files.certificate)?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&certificate)
        .collect::<Result<_, _>>()
        .map_err(|_| TlsFault::NoCertificate(files.certificate.clone()))?;
    let Some(first) = chain.first() else {
        return Err(TlsFault::NoCertificate(files.certificate.clone()));
    };
    let (not_after, pin) = (certificate_end(first), Hash::of(first));
    let mode = std::fs::metadata(&files.key)
        .map_err(|source| TlsFault::Unreadable { path: files.key.clone(), source })?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(TlsFault::KeyReadable(files.key.clone()));
    }
    let key = PrivateKeyDer::from_pem_slice(&bytes(&files.key)?)
        .map_err(|_| TlsFault::NoKey(files.key.clone()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => TlsFault::KeyMismatch {
                certificate: files.certificate.clone(),
                key: files.key.clone(),
            },
            error => TlsFault::Unusable(error),
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((config, not_after, pin))
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsFault> {
    std::fs::read(path).map_err(|source| TlsFault::Unreadable { path: path.to_owned(), source })
}
