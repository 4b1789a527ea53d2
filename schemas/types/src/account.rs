//! Who owns a resource, and short names of places.

use std::{fmt, str::FromStr};

/// A 12-digit account number, leading zeros kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u64);

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl FromStr for AccountId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            text.parse().map(Self).map_err(|_| text.to_owned())
        } else {
            Err(format!("'{text}' is not an account number of 12 digits"))
        }
    }
}

crate::text::text_value!(AccountId, 12);

crate::text::text_enum! {
    /// Whether an access key may be used.
    pub enum AccessKeyStatus {
        Active = "active",
        Inactive = "inactive",
    }
}

const LABEL_MAX: usize = 39;

/// A short name held in place: lower-case letters, digits and hyphens, so that it can stand in a bus subject.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Label {
    bytes: [u8; LABEL_MAX],
    len: u8,
}

impl Label {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }

    fn parse(text: &str, kind: &str) -> Result<Self, String> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
        // A dot separates the tokens of a subject; only node names (addresses) may have one, and they never stand in a subject.
        let dots = kind == "node";
        let good = !text.is_empty() && text.len() <= LABEL_MAX && text.bytes().all(|b| allowed(b) && (dots || b != b'.'));
        if !good {
            return Err(format!("'{text}' is not a {kind} name: up to {LABEL_MAX} lower-case letters, digits and hyphens"));
        }
        let mut bytes = [0; LABEL_MAX];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self { bytes, len: u8::try_from(text.len()).unwrap_or(0) })
    }
}

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Label);

        impl $name {
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                Label::parse(text, $kind).map(Self)
            }
        }

        crate::text::text_value!($name, 39);
    )*};
}

labels! {
    /// A region: resources of one are not visible in another.
    Region = "region";
    /// An availability zone; belongs to one region.
    Zone = "zone";
    /// A cluster: makes the broadcast real in one zone.
    ClusterName = "cluster";
    /// A host of a cluster, by name or address.
    NodeName = "node";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_numbers_keep_their_zeros() {
        assert_eq!("000994694045".parse::<AccountId>().unwrap().to_string(), "000994694045");
        for text in ["", "99469404", "0009946940456", "+00994694045"] {
            assert!(text.parse::<AccountId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_cluster_name_can_stand_in_a_subject() {
        assert_eq!("one".parse::<ClusterName>().unwrap().as_str(), "one");
        for text in ["", "a.b", "a b", "*", ">", "One", "é"] {
            assert!(text.parse::<ClusterName>().is_err(), "{text}");
        }
        assert!("10.111.1.11".parse::<NodeName>().is_ok());
    }
}
