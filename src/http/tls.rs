//! The certificate of a server that speaks TLS itself.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// A certificate with its key, for TLS 1.2 and 1.3. Certificates last for weeks and servers for longer: when the files
/// change, the next connection gets what they then hold.
#[derive(Debug, Clone)]
pub struct Tls(Arc<Files>);

impl Tls {
    /// Reads a certificate, followed by those between it and one that clients know, and its key, both in PEM.
    ///
    /// # Errors
    ///
    /// What is wrong with which of the files.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // Looked at before they are read: what changes meanwhile is read again.
        let seen = Seen::of(certificate, key);
        let pair = Arc::new(pair(certificate, key, &provider)?);
        Ok(Self(Arc::new(Files {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            provider,
            last: Mutex::new((seen, pair)),
        })))
    }

    /// How the server is to speak.
    ///
    /// # Errors
    ///
    /// If the library has no version of TLS for its own ciphers.
    pub(super) fn config(&self) -> Result<ServerConfig, rustls::Error> {
        let builder = ServerConfig::builder_with_provider(Arc::clone(&self.0.provider))
            .with_safe_default_protocol_versions()?;
        let files = Arc::clone(&self.0);
        Ok(builder.with_no_client_auth().with_cert_resolver(files))
    }
}

/// The two files, and what they held when they were last looked at.
#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    last: Mutex<(Seen, Arc<CertifiedKey>)>,
}

/// By what a change of the files shows: which file each is, how long it is, and when it was last written to, in seconds and
/// nanoseconds, and when anything else about it changed.
#[derive(Debug, PartialEq, Eq)]
struct Seen([Option<[i128; 6]>; 2]);

impl Seen {
    fn of(certificate: &Path, key: &Path) -> Self {
        Self([certificate, key].map(|file| {
            let file = fs::metadata(file).ok()?;
            Some([
                file.ino().into(),
                file.size().into(),
                file.mtime().into(),
                file.mtime_nsec().into(),
                file.ctime().into(),
                file.ctime_nsec().into(),
            ])
        }))
    }
}

impl ResolvesServerCert for Files {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = Seen::of(&self.certificate, &self.key);
        if seen != last.0 {
            last.0 = seen;
            match pair(&self.certificate, &self.key, &self.provider) {
                Ok(pair) => {
                    last.1 = Arc::new(pair);
                    tracing::info!("the certificate was read anew");
                }
                // Perhaps only one of both is there yet.
                Err(error) => tracing::warn!(error, "the certificate before is kept"),
            }
        }
        Some(Arc::clone(&last.1))
    }
}

fn pair(certificate: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, String> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| unread(certificate, &error, "a certificate"))?;
    if chain.is_empty() {
        let none = pem::Error::NoItemsFound;
        return Err(unread(certificate, &none, "a certificate"));
    }
    let private =
        PrivateKeyDer::from_pem_file(key).map_err(|error| unread(key, &error, "a private key"))?;
    CertifiedKey::from_der(chain, private, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => format!(
            "the key in {} is not that of the first certificate in {}",
            key.display(),
            certificate.display()
        ),
        other => format!("{} with {}: {other}", certificate.display(), key.display()),
    })
}

fn unread(file: &Path, error: &pem::Error, wanted: &str) -> String {
    match error {
        pem::Error::NoItemsFound => format!(
            "{} has no {wanted} in PEM (text that begins with -----BEGIN)",
            file.display(),
            wanted = wanted.trim_start_matches("a "),
        ),
        pem::Error::Io(error) => format!("{}: {error}", file.display()),
        other => format!("{} is not {wanted} in PEM: {other}", file.display()),
    }
}
