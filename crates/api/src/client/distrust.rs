//! Why a server's certificate is not believed, in words that say what to do.
//!
//! Deliberately not here: who is believed (`tls`), and what else a connection can die of.

use std::error::Error;

use rustls::pki_types::UnixTime;
use rustls::{CertificateError, OtherError};
use tenure_document::Time;

/// What TLS found wrong, where an error of the transport is about that.
pub(super) fn tls_fault(error: &ureq::Error) -> Option<&rustls::Error> {
    let mut cause: Option<&(dyn Error + 'static)> = match error {
        ureq::Error::Rustls(fault) => return Some(fault),
        ureq::Error::Io(error) => error.get_ref().map(|inner| inner as _),
        _ => None,
    };
    while let Some(inner) = cause {
        if let Some(fault) = inner.downcast_ref() {
            return Some(fault);
        }
        cause = inner.source();
    }
    None
}

/// Why the server is not believed; none when TLS did not get as far as that.
pub(super) fn distrust(fault: &rustls::Error) -> Option<String> {
    match fault {
        rustls::Error::InvalidCertificate(fault) => Some(words(fault)),
        // What our own verifier of pins says.
        rustls::Error::General(why) => Some(why.clone()),
        _ => None,
    }
}

fn words(fault: &CertificateError) -> String {
    match fault {
        CertificateError::Other(other) if is_authority(other) => {
            "its certificate is an authority's (CA:TRUE, as `openssl req -x509` makes them): give the server one with \
             basicConstraints=CA:FALSE, or one that this authority has signed"
                .to_owned()
        }
        CertificateError::UnknownIssuer => {
            "its certificate was issued by somebody who is not known here: name the certificate of the issuer, or its \
             own if it has signed itself"
                .to_owned()
        }
        CertificateError::BadSignature => {
            "its certificate has the issuer's name and not the issuer's signature: it is another one than the one \
             that is believed here, perhaps renewed since"
                .to_owned()
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names = match presented.is_empty() {
                true => "for no name at all (it has no subjectAltName)".to_owned(),
                false => format!("for {}", bare(presented).join(", ")),
            };
            let asked = expected.to_str();
            format!(
                "its certificate is {names}, and it was asked as {asked}: ask under a name that is in the certificate, \
                 or give the server one for {asked}"
            )
        }
        CertificateError::ExpiredContext { not_after, .. } => format!(
            "its certificate ended on {}: the server needs a new one, or the clock here is wrong",
            instant(*not_after)
        ),
        CertificateError::NotValidYetContext { not_before, .. } => format!(
            "its certificate begins on {}: wait, or the clock here is wrong",
            instant(*not_before)
        ),
        other => other.to_string(),
    }
}

/// Names without the kind that the library below writes around them: `DnsName("a.example")`.
fn bare(names: &[String]) -> Vec<&str> {
    let inside = |name: &'_ String| name.find('(').map_or(0, |at| at + 1);
    names.iter().map(|name| name[inside(name)..].trim_matches(['"', ')'])).collect()
}

/// Whether the library below refuses an authority's certificate as a server's. It has no other name for that.
fn is_authority(other: &OtherError) -> bool {
    other.0.to_string() == "CaUsedAsEndEntity"
}

fn instant(time: UnixTime) -> String {
    let millis = i64::try_from(time.as_secs()).unwrap_or(i64::MAX).saturating_mul(1000);
    Time::from_millis(millis).to_string()
}
