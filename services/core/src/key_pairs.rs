//! Key pairs: which names they may have, and what is answered where one is missing or there already.
//!
//! Deliberately absent: keys themselves, which are texts to every rule.

use multihome_types::{KeyPairId, Refusal};

use crate::refusals;

const LONGEST_NAME: usize = 255;

/// EC2 allows ASCII only.
pub fn check_name(name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err(refusals::missing_parameter("The request must contain the parameter KeyName"));
    }
    if name.len() > LONGEST_NAME || !name.is_ascii() || name.chars().any(|character| character.is_ascii_control()) {
        return Err(refusals::invalid_value(format!(
            "Value ({}) for parameter KeyName is invalid. It has up to {LONGEST_NAME} ASCII characters.",
            brief(name)
        )));
    }
    Ok(())
}

pub fn exists(name: &str) -> Refusal {
    Refusal::new("InvalidKeyPair.Duplicate", format!("The keypair already exists: '{}'", brief(name)))
}

pub fn name_not_found(name: &str) -> Refusal {
    Refusal::new("InvalidKeyPair.NotFound", format!("The key pair '{}' does not exist", brief(name)))
}

pub fn id_not_found(id: KeyPairId) -> Refusal {
    Refusal::new("InvalidKeyPair.NotFound", format!("The key pair ID '{id}' does not exist"))
}

/// The text that was to be imported is not a public key.
pub fn bad_format() -> Refusal {
    Refusal::new("InvalidKey.Format", "Key is not in valid OpenSSH public key format")
}

/// EC2 takes these and no others.
pub const RSA_BITS: [usize; 3] = [1024, 2048, 4096];

pub fn check_rsa_bits(bits: usize) -> Result<(), Refusal> {
    if RSA_BITS.contains(&bits) {
        return Ok(());
    }
    Err(Refusal::new("InvalidKey.Format", format!("RSA keys of {bits} bits are not supported; the lengths supported are 1024, 2048 and 4096.")))
}

fn brief(text: &str) -> String {
    text.chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_of_up_to_255_ascii_characters() {
        for (name, code) in [
            ("mine", None),
            ("my key, the 2nd", None),
            (&*"k".repeat(255), None),
            ("", Some("MissingParameter")),
            (&*"k".repeat(256), Some("InvalidParameterValue")),
            ("clé", Some("InvalidParameterValue")),
            ("a\nb", Some("InvalidParameterValue")),
        ] {
            assert_eq!(check_name(name).err().map(|refusal| refusal.code.into_owned()).as_deref(), code, "{name}");
        }
    }

    #[test]
    fn rsa_keys_have_one_of_three_lengths() {
        for (bits, good) in [(512, false), (1024, true), (2048, true), (3072, false), (4096, true), (8192, false)] {
            assert_eq!(check_rsa_bits(bits).is_ok(), good, "{bits}");
        }
    }
}
