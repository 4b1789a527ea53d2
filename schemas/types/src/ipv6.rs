//! IPv6 addresses and blocks.

use std::{fmt, net::Ipv6Addr, str::FromStr};

use ipnet::Ipv6Net;

/// An IPv6 address; printed in its shortest form, as EC2 does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ipv6Address(pub Ipv6Addr);

impl fmt::Display for Ipv6Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Ipv6Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("'{text}' is not an IPv6 address"))
    }
}

crate::text::text_value!(Ipv6Address, 45);

/// An IPv6 block in its canonical form: host bits are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ipv6Cidr(Ipv6Net);

impl Ipv6Cidr {
    /// Everything: `::/0`.
    pub fn everything() -> Self {
        Self(Ipv6Net::default())
    }

    pub fn prefix(self) -> u8 {
        self.0.prefix_len()
    }

    pub fn network(self) -> Ipv6Addr {
        self.0.network()
    }

    pub fn contains(self, address: Ipv6Address) -> bool {
        self.0.contains(&address.0)
    }

    pub fn contains_block(self, other: Self) -> bool {
        self.0.contains(&other.0)
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.contains_block(other) || other.contains_block(self)
    }

    /// The address `offset` places after the first, if it is still in the block.
    pub fn nth(self, offset: u128) -> Option<Ipv6Address> {
        let bits = u128::from(self.network()).checked_add(offset)?;
        Some(Ipv6Address(bits.into())).filter(|address| self.contains(*address))
    }

    /// How many blocks of `prefix` bits the block is made of; none with fewer bits than it has.
    pub fn count_of(self, prefix: u8) -> u128 {
        match prefix.checked_sub(self.prefix()) {
            Some(bits @ 0..128) if prefix <= 128 => 1 << bits,
            _ => 0,
        }
    }

    /// The block of `prefix` bits `offset` such blocks after the first, if it is still in this one.
    pub fn nth_block(self, prefix: u8, offset: u128) -> Option<Self> {
        let size = 1u128.checked_shl(128 - u32::from(prefix.min(128)))?;
        let network = self.nth(size.checked_mul(offset)?)?;
        Ipv6Net::new(network.0, prefix).ok().map(Self).filter(|block| self.contains_block(*block))
    }
}

impl fmt::Display for Ipv6Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Ipv6Cidr {
    type Err = String;

    /// Host bits are cleared, as EC2 does.
    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<Ipv6Net>().map(|net| Self(net.trunc())).map_err(|_| format!("'{text}' is not an IPv6 block such as 2001:db8::/56"))
    }
}

crate::text::text_value!(Ipv6Cidr, 49);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_canonical() {
        let block: Ipv6Cidr = "2001:DB8:0:0:1::5/64".parse().unwrap();
        assert_eq!(block.to_string(), "2001:db8::/64");
        assert_eq!(Ipv6Cidr::everything().to_string(), "::/0");
        for text in ["10.0.0.0/8", "::/129", "::", "", "2001:db8::/x"] {
            assert!(text.parse::<Ipv6Cidr>().is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_and_blocks_are_counted_within_the_block() {
        let block: Ipv6Cidr = "2001:db8::/56".parse().unwrap();
        assert_eq!(block.nth(5).unwrap().to_string(), "2001:db8::5");
        assert_eq!((block.nth(1 << 72), Ipv6Cidr::everything().nth(u128::MAX).is_some()), (None, true));
        assert_eq!(block.nth_block(64, 255).unwrap().to_string(), "2001:db8:0:ff::/64");
        assert_eq!((block.nth_block(64, 256), block.nth_block(48, 0), block.nth_block(56, 0)), (None, None, Some(block)));
        assert_eq!((block.count_of(64), block.count_of(56), block.count_of(48)), (256, 1, 0));
        assert_eq!(block.nth_block(128, 1).unwrap().to_string(), "2001:db8::1/128");
    }

    #[test]
    fn overlap_is_either_inside_the_other() {
        let [wide, narrow, beside]: [Ipv6Cidr; 3] = ["2001:db8::/56", "2001:db8:0:3::/64", "2001:db8:0:100::/64"].map(|text| text.parse().unwrap());
        assert!(wide.overlaps(narrow) && narrow.overlaps(wide) && !wide.overlaps(beside));
    }
}
