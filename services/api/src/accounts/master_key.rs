//! The operator's master key: what secrets are sealed with before they are written down.
//!
//! AES-256 in GCM with a random nonce. The key's id and account are sealed with it without being hidden, so that a secret that is moved to
//! another row opens no more. Deliberately absent: changing the master key while keys exist.

use std::{fs, path::PathBuf};

use base64::{Engine, prelude::BASE64_STANDARD};
use clap::Args;
use multihome_runtime::random_bits;
use multihome_types::AccountId;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::Hidden;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Access keys in the database")]
pub struct MasterKeyArgs {
    /// What the secrets of access keys are sealed with in the database: 64 hexadecimal digits. Without it, only --credentials may call
    #[arg(long, env = "MULTIHOME_MASTER_KEY", hide_env_values = true, value_name = "DIGITS")]
    pub master_key: Option<Hidden>,
    /// A file with the master key in it
    #[arg(long, env = "MULTIHOME_MASTER_KEY_FILE", value_name = "FILE")]
    pub master_key_file: Option<PathBuf>,
}

impl MasterKeyArgs {
    pub fn is_given(&self) -> bool {
        self.master_key.is_some() || self.master_key_file.is_some()
    }

    /// The key, if one was given.
    ///
    /// # Errors
    /// A sentence for the operator, which never repeats the key.
    pub fn read(&self) -> Result<Option<MasterKey>, String> {
        match (&self.master_key, &self.master_key_file) {
            (Some(hidden), _) => MasterKey::parse(&hidden.0).map(Some),
            (None, Some(path)) => {
                let text = fs::read_to_string(path).map_err(|why| format!("cannot read the master key from {}: {why}", path.display()))?;
                MasterKey::parse(&text).map_err(|why| format!("{}: {why}", path.display())).map(Some)
            }
            (None, None) => Ok(None),
        }
    }
}

/// Seals and opens secrets. Not `Debug`.
pub struct MasterKey(LessSafeKey);

const KEY_BYTES: usize = 32;

impl MasterKey {
    /// # Errors
    /// Anything but 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, String> {
        let malformed = || "the master key is not 64 hexadecimal digits".to_owned();
        let text = text.trim();
        if text.len() != 2 * KEY_BYTES || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(malformed());
        }
        let bytes = (0..KEY_BYTES).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16)).collect::<Result<Vec<u8>, _>>();
        let key = UnboundKey::new(&AES_256_GCM, &bytes.map_err(|_| malformed())?).map_err(|_| malformed())?;
        Ok(Self(LessSafeKey::new(key)))
    }

    pub(super) fn seal(&self, secret: &str, id: &str, account: AccountId) -> String {
        // Two of ten thousand million keys have the same nonce with less than a chance in a thousand million.
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&random_bits().to_le_bytes()[..NONCE_LEN]);
        let mut sealed = secret.as_bytes().to_vec();
        let bound = Aad::from(bound_to(id, account));
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound, &mut sealed)
            .expect("only texts of many gigabytes are too long to be sealed");
        BASE64_STANDARD.encode([nonce.as_slice(), &sealed].concat())
    }

    /// `None` if it was sealed with another key, for another id or account, or was touched since.
    pub(super) fn open(&self, sealed: &str, id: &str, account: AccountId) -> Option<String> {
        let bytes = BASE64_STANDARD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut opened = sealed.to_vec();
        let bound = Aad::from(bound_to(id, account));
        let secret = self.0.open_in_place(Nonce::assume_unique_for_key(*nonce), bound, &mut opened).ok()?;
        String::from_utf8(secret.to_vec()).ok()
    }
}

fn bound_to(id: &str, account: AccountId) -> String {
    format!("{id}:{account}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(digit: char) -> MasterKey {
        MasterKey::parse(&digit.to_string().repeat(64)).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_key_for_the_same_row_only() {
        let (one, other): (AccountId, AccountId) = ("000000000001".parse().unwrap(), "000000000002".parse().unwrap());
        let sealed = key('a').seal("hush", "AKIA1", one);
        assert_eq!(key('a').open(&sealed, "AKIA1", one).as_deref(), Some("hush"));
        assert_ne!(sealed, key('a').seal("hush", "AKIA1", one), "every time with another nonce");
        for (key, id, account) in [(key('b'), "AKIA1", one), (key('a'), "AKIA2", one), (key('a'), "AKIA1", other)] {
            assert_eq!(key.open(&sealed, id, account), None, "{id} {account}");
        }
        let mut touched = BASE64_STANDARD.decode(&sealed).unwrap();
        touched[NONCE_LEN] ^= 1;
        for text in [BASE64_STANDARD.encode(touched), String::new(), "AAAA".to_owned(), "?".to_owned()] {
            assert_eq!(key('a').open(&text, "AKIA1", one), None, "{text}");
        }
    }

    #[test]
    fn a_malformed_key_is_refused_without_repeating_it() {
        for text in ["", "hush", &"g".repeat(64), &"a".repeat(63), &"é".repeat(32)] {
            let why = MasterKey::parse(text).err().unwrap();
            assert!(text.is_empty() || !why.contains(text), "{why}");
        }
        assert!(MasterKey::parse(&format!("{}\n", "0aF1".repeat(16))).is_ok());
    }
}
