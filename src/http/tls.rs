//! The certificate of a server that speaks TLS itself.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate with its key, for TLS 1.2 and 1.3.
#[derive(Clone)]
pub struct Tls(ServerConfig);

impl Tls {
    /// Reads a certificate, followed by those between it and one that clients know, and its key, both in PEM.
    ///
    /// # Errors
    ///
    /// What is wrong with which of the files.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, String> {
        let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect)
            .map_err(|error| unread(certificate, &error, "a certificate"))?;
        if chain.is_empty() {
            return Err(unread(
                certificate,
                &pem::Error::NoItemsFound,
                "a certificate",
            ));
        }
        let private = PrivateKeyDer::from_pem_file(key)
            .map_err(|error| unread(key, &error, "a private key"))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder
                    .with_no_client_auth()
                    .with_single_cert(chain, private)
            })
            .map(Self)
            .map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => format!(
                    "the key in {} is not that of the first certificate in {}",
                    key.display(),
                    certificate.display()
                ),
                other => format!("{} with {}: {other}", certificate.display(), key.display()),
            })
    }

    pub(super) fn config(&self) -> ServerConfig {
        self.0.clone()
    }
}

/// Keys are not to be written anywhere.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
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
