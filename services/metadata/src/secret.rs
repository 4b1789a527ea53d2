//! The secret that fronts and replicas share, and what is signed with it.

use std::{fmt, path::Path};

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Never printed.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

/// As many bytes as the hash has; fewer would be easier to guess than the signature.
const LEAST: usize = 32;

impl Secret {
    /// # Errors
    /// A sentence for the operator; it does not repeat what the file says.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read(path).map_err(|why| format!("cannot read the secret for instance metadata from {}: {why}", path.display()))?;
        Self::new(text.trim_ascii()).map_err(|why| format!("{}: {why}", path.display()))
    }

    /// # Errors
    /// It is too short.
    pub fn new(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() < LEAST {
            return Err(format!("the secret for instance metadata has {} characters and needs at least {LEAST}", bytes.len()));
        }
        Ok(Self(bytes.to_vec()))
    }

    /// HMAC-SHA256 of a purpose and a text: what is signed for one purpose is worth nothing for another.
    fn mac(&self, purpose: &str, text: &[u8]) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.0).expect("a key of any length will do");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text);
        mac
    }

    pub(crate) fn sign(&self, purpose: &str, text: &[u8]) -> [u8; 32] {
        self.mac(purpose, text).finalize().into_bytes().into()
    }

    /// In constant time.
    pub(crate) fn verify(&self, purpose: &str, text: &[u8], signature: &[u8]) -> bool {
        self.mac(purpose, text).verify_slice(signature).is_ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_for_its_purpose_and_its_text_only() {
        let secret = Secret::new(&[7; 32]).unwrap();
        let signature = secret.sign("guest", b"i-00000001");
        assert!(secret.verify("guest", b"i-00000001", &signature));
        assert!(!secret.verify("guest", b"i-00000002", &signature));
        assert!(!secret.verify("token", b"i-00000001", &signature));
        assert!(!secret.verify("guest", b"i-00000001", &signature[..31]));
        assert!(!Secret::new(&[8; 32]).unwrap().verify("guest", b"i-00000001", &signature));
    }

    #[test]
    fn a_short_secret_is_refused_and_none_is_printed() {
        assert!(Secret::new(b"hush").unwrap_err().contains("4 characters"));
        assert_eq!(format!("{:?}", Secret::new(&[b'x'; 32]).unwrap()), "(hidden)");
    }
}
