//! Keys: a secret becomes the signing key of one day, region and service.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Signs whatever is sent on one day to one service in one region. Can be kept for that day instead of the secret.
#[derive(Clone)]
pub struct SigningKey(pub(super) [u8; 32]);

impl SigningKey {
    /// `date` is the scope's: `20261123`.
    pub fn derive(secret_access_key: &str, date: &str, region: &str, service: &str) -> Self {
        let mut key = sign(format!("AWS4{secret_access_key}").as_bytes(), date.as_bytes());
        for part in [region, service, "aws4_request"] {
            key = sign(&key, part.as_bytes());
        }
        Self(key)
    }

    /// Whether `signature` is that of `text` by this key; takes the same time for every wrong one.
    pub(super) fn verifies(&self, text: &[u8], signature: &[u8; 32]) -> bool {
        mac(&self.0, text).verify_slice(signature).is_ok()
    }
}

fn sign(key: &[u8], text: &[u8]) -> [u8; 32] {
    mac(key, text).finalize().into_bytes().into()
}

fn mac(key: &[u8], text: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("an HMAC takes a key of any length");
    mac.update(text);
    mac
}
