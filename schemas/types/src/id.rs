//! Resource ids: `prefix-` and 8 or 17 hexadecimal digits.
//!
//! One `Copy` value of nine bytes whose order is the byte order of its text, because real consumers of the
//! broadcast search the instance list by `strcmp` order. Both lengths are accepted on input; which one is generated is a
//! setting ([`IdLength`]).

use std::{fmt, str::FromStr};

/// How many digits newly made ids have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdLength {
    /// 8 digits: what Eucalyptus and its network agents use.
    #[default]
    Short,
    /// 17 digits: what EC2 gives out today.
    Long,
}

impl FromStr for IdLength {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "8" | "short" => Ok(Self::Short),
            "17" | "long" => Ok(Self::Long),
            _ => Err(format!("'{text}' is not an id length: 8 or 17")),
        }
    }
}

/// The hexadecimal part of an id: left-aligned nibbles, and in the last one whether it is the long form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digits([u8; 9]);

impl Digits {
    /// Digits from random bits; the low 32 or 68 bits are used.
    pub fn from_bits(bits: u128, length: IdLength) -> Self {
        let mut bytes = [0; 9];
        match length {
            IdLength::Short => bytes[..4].copy_from_slice(&(bits as u32).to_be_bytes()),
            IdLength::Long => {
                let long = ((bits & ((1 << 68) - 1)) << 4) | 1;
                bytes.copy_from_slice(&long.to_be_bytes()[7..]);
            }
        }
        Self(bytes)
    }

    /// The first eight digits, as four bytes: what a MAC address is made of.
    pub fn leading(self) -> [u8; 4] {
        [self.0[0], self.0[1], self.0[2], self.0[3]]
    }

    /// Which form it has.
    pub fn length(self) -> IdLength {
        if self.0[8] & 1 == 1 { IdLength::Long } else { IdLength::Short }
    }

    fn len(self) -> usize {
        if self.0[8] & 1 == 1 { 17 } else { 8 }
    }

    fn nibble(self, index: usize) -> u8 {
        let byte = self.0[index / 2];
        if index.is_multiple_of(2) { byte >> 4 } else { byte & 0xf }
    }

    fn write_to(self, out: &mut [u8]) -> usize {
        let len = self.len();
        for (index, slot) in out.iter_mut().enumerate().take(len) {
            *slot = b"0123456789abcdef"[usize::from(self.nibble(index))];
        }
        len
    }

    fn parse(text: &str) -> Option<Self> {
        let mut bits = 0u128;
        for byte in text.bytes() {
            bits = (bits << 4) | u128::from((byte as char).to_digit(16)?);
        }
        match text.len() {
            8 => Some(Self::from_bits(bits, IdLength::Short)),
            17 => Some(Self::from_bits(bits, IdLength::Long)),
            _ => None,
        }
    }
}

/// A text that is not an id of the kind asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidId {
    pub text: String,
    pub prefix: &'static str,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not an id of the form {}-xxxxxxxx", self.text, self.prefix)
    }
}

impl std::error::Error for InvalidId {}

/// What every kind of id has in common.
pub trait ResourceId: Copy + Ord + fmt::Display + FromStr<Err = InvalidId> {
    const PREFIX: &'static str;
    fn from_digits(digits: Digits) -> Self;
    fn digits(self) -> Digits;

    /// A fresh id from random bits.
    fn from_bits(bits: u128, length: IdLength) -> Self {
        Self::from_digits(Digits::from_bits(bits, length))
    }
}

fn fmt_id(prefix: &str, digits: Digits, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = [0u8; 40];
    let end = prefix.len();
    text[..end].copy_from_slice(prefix.as_bytes());
    text[end] = b'-';
    let len = digits.write_to(&mut text[end + 1..]);
    f.pad(std::str::from_utf8(&text[..=end + len]).map_err(|_| fmt::Error)?)
}

fn parse_id(prefix: &'static str, text: &str) -> Result<Digits, InvalidId> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('-'))
        .and_then(Digits::parse)
        .ok_or_else(|| InvalidId { text: text.to_owned(), prefix })
}

macro_rules! resource_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Digits);

        impl ResourceId for $name {
            const PREFIX: &'static str = $prefix;
            fn from_digits(digits: Digits) -> Self {
                Self(digits)
            }
            fn digits(self) -> Digits {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt_id($prefix, self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt_id($prefix, self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse_id($prefix, text).map(Self)
            }
        }

        crate::text::text_value!($name, 32);
    )*};
}

resource_ids! {
    VpcId = "vpc";
    SubnetId = "subnet";
    GroupId = "sg";
    GroupRuleId = "sgr";
    InterfaceId = "eni";
    AttachmentId = "eni-attach";
    InterfacePermissionId = "eni-perm";
    InstanceId = "i";
    ReservationId = "r";
    ImageId = "ami";
    RouteTableId = "rtb";
    RouteTableAssociationId = "rtbassoc";
    InternetGatewayId = "igw";
    NatGatewayId = "nat";
    NetworkAclId = "acl";
    NetworkAclAssociationId = "aclassoc";
    DhcpOptionsId = "dopt";
    CidrAssociationId = "vpc-cidr-assoc";
    SubnetCidrAssociationId = "subnet-cidr-assoc";
    KeyPairId = "key";
    /// Of an elastic address, from its allocation to its release.
    AllocationId = "eipalloc";
    /// Of an elastic address with a private one.
    AddressAssociationId = "eipassoc";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lengths_survive_the_round_trip() {
        for text in ["eni-a2f151a8", "eni-0a2f151a8bcdef012"] {
            assert_eq!(text.parse::<InterfaceId>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn upper_case_digits_are_read_and_lower_case_ones_written() {
        assert_eq!("i-1B5C4503".parse::<InstanceId>().unwrap().to_string(), "i-1b5c4503");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "eni-", "eni-a2f151a", "eni-a2f151a80", "eni-g2f151a8", "i-a2f151a8", "eni-attach-a2f151a8", "eni-+2f151a8", " eni-a2f151a8"]
        {
            assert!(text.parse::<InterfaceId>().is_err(), "{text}");
        }
        assert!("eni-a2f151a8".parse::<AttachmentId>().is_err());
    }

    #[test]
    fn ids_sort_as_their_texts_do() {
        let mut ids: Vec<InstanceId> =
            ["i-ffffffff", "i-00000000", "i-a2f151a8", "i-a2f151a8000000000", "i-a2f151a8000000001", "i-0a2f151a8bcdef012"]
                .iter()
                .map(|text| text.parse().unwrap())
                .collect();
        ids.sort();
        let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let mut sorted = texts.clone();
        sorted.sort();
        assert_eq!(texts, sorted);
    }
}
