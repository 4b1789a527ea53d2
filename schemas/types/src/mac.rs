//! MAC addresses of interfaces: a prefix of two bytes and the first eight digits of the interface's id.

use std::{fmt, str::FromStr};

use crate::{InterfaceId, ResourceId};

/// Six bytes, printed in lower case with colons.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac([u8; 6]);

/// The first two bytes of every interface's MAC, `d0:0d` unless configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacPrefix(pub [u8; 2]);

impl Default for MacPrefix {
    fn default() -> Self {
        Self([0xd0, 0x0d])
    }
}

impl fmt::Display for MacPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}:{:02x}", self.0[0], self.0[1])
    }
}

impl FromStr for MacPrefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = parse_bytes::<2>(text).ok_or_else(|| format!("'{text}' is not a MAC prefix such as d0:0d"))?;
        // The lowest bit of the first byte marks group addresses, which no interface may have.
        if bytes[0] & 1 == 1 {
            return Err(format!("'{text}' is a multicast prefix: the first byte must be even"));
        }
        Ok(Self(bytes))
    }
}

impl Mac {
    /// The MAC of an interface. Unique as long as the first eight digits of ids are; the schema sees to it.
    pub fn of(interface: InterfaceId, prefix: MacPrefix) -> Self {
        let [a, b, c, d] = interface.digits().leading();
        Self([prefix.0[0], prefix.0[1], a, b, c, d])
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Mac {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse_bytes::<6>(text).map(Self).ok_or_else(|| format!("'{text}' is not a MAC address"))
    }
}

fn parse_bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let mut parts = text.split(':');
    for byte in &mut bytes {
        let part = parts.next().filter(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(bytes)
}

crate::text::text_value!(Mac, 17);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mac_is_the_prefix_and_the_first_eight_digits() {
        let short: InterfaceId = "eni-a2f151a8".parse().unwrap();
        assert_eq!(Mac::of(short, MacPrefix::default()).to_string(), "d0:0d:a2:f1:51:a8");
        let long: InterfaceId = "eni-0a2f151a8bcdef012".parse().unwrap();
        assert_eq!(Mac::of(long, MacPrefix::default()).to_string(), "d0:0d:0a:2f:15:1a");
    }

    #[test]
    fn malformed_addresses_are_refused() {
        for text in ["", "d0:0d", "d0:0d:a2:f1:51:a8:00", "d0:0d:a2:f1:51:+8", "d0-0d-a2-f1-51-a8"] {
            assert!(text.parse::<Mac>().is_err(), "{text}");
        }
        assert!("01:00".parse::<MacPrefix>().is_err());
    }
}
