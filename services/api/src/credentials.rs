//! Who may call: access keys, their secrets, and the accounts they act for.

use std::{collections::HashMap, fmt, sync::Arc};

use multihome_types::AccountId;

use crate::signature::Secret;

/// Every access key. Cheap to clone.
#[derive(Clone)]
pub struct Credentials(Arc<HashMap<String, Entry>>);

struct Entry {
    secret: String,
    account: AccountId,
}

impl Credentials {
    /// `access:secret:account`, separated by commas or line ends; a line that begins with `#` is a comment.
    ///
    /// # Errors
    /// A sentence that says which one is wrong, by its place or its access key, never by its secret.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut known = HashMap::new();
        for (place, entry) in entries(text).enumerate() {
            let (access, entry) = parse_entry(entry)
                .ok_or_else(|| format!("credential {} is not of the form KEY:SECRET:ACCOUNT, with an account number of 12 digits", place + 1))?;
            if known.insert(access.clone(), entry).is_some() {
                return Err(format!("the access key {access} is given twice"));
            }
        }
        Ok(Self(Arc::new(known)))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The secret of an access key, and whom it acts for.
    pub(crate) fn find(&self, access_key_id: &str) -> Option<(Secret, AccountId)> {
        let Entry { secret, account } = self.0.get(access_key_id)?;
        Some((Secret { secret_access_key: secret.clone(), session_token: None }, *account))
    }
}

/// The first access key of such a text, with its secret.
pub(crate) fn first_key(text: &str) -> Option<(String, String)> {
    let (access, entry) = parse_entry(entries(text).next()?)?;
    Some((access, entry.secret))
}

fn entries(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|entry| !entry.is_empty())
}

fn parse_entry(text: &str) -> Option<(String, Entry)> {
    let mut parts = text.split(':');
    let (access, secret, account) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = access.len() <= 128 && access.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if parts.next().is_some() || access.is_empty() || !plain || secret.is_empty() {
        return None;
    }
    Some((access.to_owned(), Entry { secret: secret.to_owned(), account: account.parse().ok()? }))
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} credentials", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_lines_separate_credentials() {
        let known = Credentials::parse("AKIA1:a/b+c=:000000000001, AKIA2:two:000000000002\n\n# AKIA3:three:000000000003\n").unwrap();
        let (secret, account) = known.find("AKIA1").unwrap();
        assert_eq!((secret.secret_access_key.as_str(), account.to_string().as_str()), ("a/b+c=", "000000000001"));
        assert!(known.find("AKIA2").is_some() && known.find("AKIA3").is_none());
        assert_eq!(
            first_key("# AKIA3:three:000000000003\n\nAKIA2:two:000000000002,AKIA1:one:000000000001"),
            Some(("AKIA2".to_owned(), "two".to_owned()))
        );
        assert_eq!(first_key("# nobody\n"), None);
    }

    #[test]
    fn a_wrong_one_is_named_by_its_place() {
        for text in [
            "hush",
            "AKIA1:hush",
            "AKIA1:hush:1",
            "AKIA1:hush:000000000001:more",
            ":hush:000000000001",
            "AKIA1::000000000001",
            "A B:hush:000000000001",
        ] {
            let why = Credentials::parse(&format!("AKIA0:s:000000000001,{text}")).unwrap_err();
            assert!(why.contains("credential 2") && !why.contains("hush"), "{text}: {why}");
        }
        assert!(Credentials::parse("AKIA1:a:000000000001,AKIA1:b:000000000002").unwrap_err().contains("AKIA1 is given twice"));
    }
}
