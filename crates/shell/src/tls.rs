//! TLS of the listeners: one provider, TLS 1.3 and 1.2, certificates that are reloaded while running.
//!
//! Kept here: a key that others can read is refused; a reload that fails keeps the certificate in use and shows
//! in `/health`; both files are read again when either of them changed or when the process is told to.
//! Deliberately not here: client certificates. Clients prove themselves by tokens and signatures.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

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
    /// Certificate and key don't fit, or the library refuses them.
    #[error("certificate and key can't be used together: {0}")]
    Unusable(#[from] rustls::Error),
}

/// What is known of the certificate in use.
#[derive(Debug, Clone, Default)]
pub struct CertificateState {
    /// End of the certificate, as it stands in it.
    pub not_after: Option<String>,
    /// Why the last reload was refused.
    pub reload_fault: Option<String>,
}

/// The certificate of one listener.
pub struct Certificate {
    files: TlsFiles,
    config: RustlsConfig,
    seen: Mutex<(Stamp, CertificateState)>,
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
        let (config, not_after) = read(&files)?;
        let config = RustlsConfig::from_config(Arc::new(config));
        let state = CertificateState { not_after, reload_fault: None };
        Ok(Self { files, config, seen: Mutex::new((stamp, state)) })
    }

    /// What the listener serves from; follows reloads.
    pub fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// What is known of it now.
    pub fn state(&self) -> CertificateState {
        self.seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).1.clone()
    }

    /// Reads the files again: when they changed, or always when `told`.
    pub fn reload(&self, told: bool) {
        let mut seen = self.seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let stamp = stamp(&self.files);
        if stamp == seen.0 && !told {
            return;
        }
        seen.0 = stamp;
        match read(&self.files) {
            Ok((config, not_after)) => {
                self.config.reload_from_config(Arc::new(config));
                seen.1 = CertificateState { not_after, reload_fault: None };
                tracing::info!(certificate = %self.files.certificate.display(), "certificate reloaded");
            }
            Err(fault) => {
                tracing::error!(%fault, "certificate not reloaded; the former one stays in use");
                seen.1.reload_fault = Some(fault.to_string());
            }
        }
    }
}

fn stamp(files: &TlsFiles) -> Stamp {
    [&files.certificate, &files.key].map(|path| {
        let meta = std::fs::metadata(path).ok()?;
        Some((meta.ino(), meta.mtime(), meta.mtime_nsec(), meta.len()))
    })
}

fn read(files: &TlsFiles) -> Result<(ServerConfig, Option<String>), TlsFault> {
    let certificate = bytes(&files.certificate)?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&certificate)
        .collect::<Result<_, _>>()
        .map_err(|_| TlsFault::NoCertificate(files.certificate.clone()))?;
    let not_after = chain.first().and_then(|first| certificate_end(first));
    if chain.is_empty() {
        return Err(TlsFault::NoCertificate(files.certificate.clone()));
    }
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
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((config, not_after))
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsFault> {
    std::fs::read(path).map_err(|source| TlsFault::Unreadable { path: path.to_owned(), source })
}
