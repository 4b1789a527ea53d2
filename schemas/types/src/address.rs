//! IPv4 addresses and blocks, and who holds an address of a subnet.

use std::{fmt, net::Ipv4Addr, str::FromStr};

use ipnet::Ipv4Net;

use crate::{AccountId, InstanceId, InterfaceId, Region, SubnetId, VpcId};

/// An IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub Ipv4Addr);

impl Address {
    /// Parses an address that a host can have, which excludes 0.0.0.0.
    ///
    /// # Errors
    /// A sentence that names the text.
    pub fn parse_host(text: &str) -> Result<Self, String> {
        let address: Self = text.parse()?;
        if address.0.is_unspecified() { Err(format!("'{text}' is not the address of a host")) } else { Ok(address) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("'{text}' is not an IPv4 address"))
    }
}

crate::text::text_value!(Address, 15);

/// An IPv4 block in its canonical form: host bits are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr(Ipv4Net);

impl Cidr {
    /// Everything: `0.0.0.0/0`.
    pub fn everything() -> Self {
        Self(Ipv4Net::default())
    }

    pub fn prefix(self) -> u8 {
        self.0.prefix_len()
    }

    pub fn network(self) -> Ipv4Addr {
        self.0.network()
    }

    pub fn contains(self, address: Address) -> bool {
        self.0.contains(&address.0)
    }

    pub fn contains_block(self, other: Cidr) -> bool {
        self.0.contains(&other.0)
    }

    pub fn overlaps(self, other: Cidr) -> bool {
        self.contains_block(other) || other.contains_block(self)
    }

    /// How many blocks of `prefix` bits the block is made of; none with fewer bits than it has.
    pub fn count_of(self, prefix: u8) -> u64 {
        match prefix.checked_sub(self.prefix()) {
            Some(bits) if prefix <= 32 => 1 << bits,
            _ => 0,
        }
    }

    /// The block of `prefix` bits `offset` such blocks after the first, if it is still in this one.
    pub fn nth_block(self, prefix: u8, offset: u64) -> Option<Self> {
        let network = self.nth(offset.checked_mul(1 << (32 - u32::from(prefix.min(32))))?)?;
        Ipv4Net::new(network.0, prefix).ok().map(Self).filter(|block| self.contains_block(*block))
    }

    /// How many addresses the block has.
    pub fn size(self) -> u64 {
        1 << (32 - self.prefix())
    }

    /// The address `offset` places after the first, if it is still in the block.
    pub fn nth(self, offset: u64) -> Option<Address> {
        (offset < self.size()).then(|| u32::from(self.network()).checked_add(u32::try_from(offset).ok()?)).flatten().map(|bits| Address(bits.into()))
    }

    /// How many places after the first address of the block `address` is.
    pub fn offset(self, address: Address) -> Option<u64> {
        self.contains(address).then(|| u64::from(u32::from(address.0) - u32::from(self.network())))
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Cidr {
    type Err = String;

    /// Host bits are cleared, as EC2 does.
    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<Ipv4Net>().map(|net| Self(net.trunc())).map_err(|_| format!("'{text}' is not an IPv4 block such as 10.0.0.0/16"))
    }
}

crate::text::text_value!(Cidr, 18);

/// Whose an address is: exactly one of an interface or an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressOwner {
    Interface(InterfaceId),
    Instance(InstanceId),
}

/// An address of a subnet that is in use. It belongs to its interface and outlives every attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateAddress {
    pub account: AccountId,
    pub region: Region,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    pub address: Address,
    pub primary: bool,
    /// The block that its owner has whole, of which this address is one.
    pub prefix: Option<Cidr>,
    pub owner: AddressOwner,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_canonical_and_bounded() {
        let block: Cidr = "10.0.0.77/28".parse().unwrap();
        assert_eq!(block.to_string(), "10.0.0.64/28");
        assert_eq!((block.size(), block.nth(15).unwrap().to_string(), block.nth(16)), (16, "10.0.0.79".to_owned(), None));
        assert_eq!(block.offset("10.0.0.66".parse().unwrap()), Some(2));
        assert_eq!(Cidr::everything().nth(u64::from(u32::MAX)).unwrap().to_string(), "255.255.255.255");
    }

    #[test]
    fn blocks_are_counted_within_the_block() {
        let block: Cidr = "10.0.1.0/24".parse().unwrap();
        assert_eq!((block.count_of(28), block.count_of(24), block.count_of(23), Cidr::everything().count_of(32)), (16, 1, 0, 1 << 32));
        assert_eq!(block.nth_block(28, 15).unwrap().to_string(), "10.0.1.240/28");
        assert_eq!((block.nth_block(28, 16), block.nth_block(23, 0), block.nth_block(24, 0)), (None, None, Some(block)));
    }

    #[test]
    fn overlap_is_either_inside_the_other() {
        let [wide, narrow, beside]: [Cidr; 3] = ["10.0.0.0/16", "10.0.3.0/24", "10.1.0.0/16"].map(|text| text.parse().unwrap());
        assert!(wide.overlaps(narrow) && narrow.overlaps(wide) && !wide.overlaps(beside));
    }
}
