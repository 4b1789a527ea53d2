//! Session tokens of version 2: a signature over the instance and the end of the session.
//!
//! Nothing is stored, so a token survives a restart, is good on every replica, and costs no memory however many a guest asks for. It is
//! good for its own instance only.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use multihome_types::{InstanceId, Timestamp};

use crate::secret::Secret;

const PURPOSE: &str = "multihome metadata token";
/// Six hours: the longest session that EC2 gives.
pub(crate) const LONGEST_SECONDS: u32 = 21_600;

/// A token for a session of so many seconds.
pub(crate) fn issue(secret: &Secret, instance: InstanceId, now: Timestamp, seconds: u32, nonce: u64) -> String {
    let ends = now.0 + i64::from(seconds) * 1_000;
    let mut bytes = Vec::with_capacity(48);
    bytes.extend_from_slice(&ends.to_be_bytes());
    bytes.extend_from_slice(&nonce.to_be_bytes());
    let signature = secret.sign(PURPOSE, &signed(instance, &bytes));
    bytes.extend_from_slice(&signature);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn is_good(secret: &Secret, instance: InstanceId, now: Timestamp, token: &str) -> bool {
    let Ok(bytes) = BASE64_URL_SAFE_NO_PAD.decode(token) else { return false };
    let Some((head, signature)) = bytes.split_first_chunk::<16>() else { return false };
    let Some(ends) = head.first_chunk::<8>() else { return false };
    secret.verify(PURPOSE, &signed(instance, head), signature) && now.0 < i64::from_be_bytes(*ends)
}

fn signed(instance: InstanceId, head: &[u8]) -> Vec<u8> {
    [instance.to_string().as_bytes(), b" ", head].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_instance_until_it_ends() {
        let secret = Secret::new(&[7; 32]).unwrap();
        let [one, other]: [InstanceId; 2] = ["i-00000001", "i-00000002"].map(|id| id.parse().unwrap());
        let token = issue(&secret, one, Timestamp(1_000), 60, 5);
        let good = |secret: &Secret, instance, now, token: &str| is_good(secret, instance, Timestamp(now), token);
        assert!(good(&secret, one, 1_000, &token) && good(&secret, one, 60_999, &token));
        assert!(!good(&secret, one, 61_000, &token), "it has ended");
        assert!(!good(&secret, other, 1_000, &token), "it is another instance's");
        assert!(!good(&Secret::new(&[8; 32]).unwrap(), one, 1_000, &token), "it is of another cloud");
        for bad in ["", "x", "AAAA", &token[..token.len() - 2], &token.to_lowercase(), &format!("{token}AAAA")] {
            assert!(!good(&secret, one, 1_000, bad), "{bad}");
        }
        assert_ne!(token, issue(&secret, one, Timestamp(1_000), 60, 6));
    }
}
