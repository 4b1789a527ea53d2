//! Which public addresses the cloud has to give: blocks that its operator names.
//!
//! Which of them is free is known only to the database, in which no public address can be twice; what is decided here is the order in which
//! they are tried, as with private ones ([`crate::allocation`]). The first and the last address of a block are not given out: that they
//! are a network's own and its broadcast address is what older equipment on the way believes.

use std::str::FromStr;

use multihome_types::{Address, Cidr};

use crate::allocation::walk;

/// Blocks of public addresses, none of which has an address of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicPool(Vec<Cidr>);

/// Not addresses of hosts: this host, loopback, link-local, and from multicast on to the end.
const FORBIDDEN: [&str; 4] = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"];

/// The offsets in a block that are given out.
fn usable(block: Cidr) -> std::ops::Range<u64> {
    if block.prefix() > 30 { 0..block.size() } else { 1..block.size() - 1 }
}

impl PublicPool {
    /// Whether the address is one of the cloud's to give.
    pub fn contains(&self, address: Address) -> bool {
        self.0.iter().any(|block| block.offset(address).is_some_and(|offset| usable(*block).contains(&offset)))
    }

    /// How many addresses there are to give.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|block| usable(*block).end - usable(*block).start).sum()
    }

    /// What is given out of each block: the first address and the last.
    pub fn ranges(&self) -> impl Iterator<Item = (Address, Address)> {
        self.0.iter().filter_map(|block| Some((block.nth(usable(*block).start)?, block.nth(usable(*block).end - 1)?)))
    }

    /// Every address once, in an order that depends on `bits`.
    pub fn candidates(&self, bits: u64) -> impl Iterator<Item = Address> {
        walk(self.count(), bits).filter_map(|place| self.nth(place))
    }

    fn nth(&self, mut place: u64) -> Option<Address> {
        for block in &self.0 {
            let range = usable(*block);
            let count = range.end - range.start;
            if place < count {
                return block.nth(range.start + place);
            }
            place -= count;
        }
        None
    }
}

impl FromStr for PublicPool {
    type Err = String;

    /// Blocks separated by commas, each in its canonical form: a block with host bits is more likely a mistake than meant.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut blocks: Vec<Cidr> = Vec::new();
        for part in text.split(',').map(str::trim) {
            let block: Cidr = part.parse()?;
            if block.to_string() != part {
                return Err(format!("'{part}' is not a block of addresses: did you mean {block}?"));
            }
            let forbidden = FORBIDDEN.iter().filter_map(|text| text.parse::<Cidr>().ok()).find(|forbidden| forbidden.overlaps(block));
            if let Some(forbidden) = forbidden {
                return Err(format!("'{part}' cannot be given out: {forbidden} has no addresses of hosts"));
            }
            if let Some(other) = blocks.iter().find(|other| other.overlaps(block)) {
                return Err(format!("'{part}' and '{other}' have addresses in common"));
            }
            blocks.push(block);
        }
        Ok(Self(blocks))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn pool(text: &str) -> PublicPool {
        text.parse().unwrap_or_else(|why| panic!("{why}"))
    }

    #[test]
    fn every_address_is_tried_once_whatever_the_seed() {
        let pool = pool("203.0.113.0/29,198.51.100.7/32, 192.0.2.4/30");
        for bits in [0, 1, 7, u64::MAX, 0x1234_5678_9abc_def0] {
            let tried: Vec<Address> = pool.candidates(bits).collect();
            let once: BTreeSet<Address> = tried.iter().copied().collect();
            assert_eq!((tried.len(), once.len()), (9, 9), "{bits}");
            assert!(once.iter().all(|address| pool.contains(*address)));
        }
        for text in ["203.0.113.0", "203.0.113.7", "192.0.2.7", "10.0.0.1"] {
            assert!(!pool.contains(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn two_seeds_begin_at_different_places() {
        let pool = pool("203.0.113.0/24,198.51.100.0/24");
        let firsts: BTreeSet<Address> = (0..50u64).filter_map(|bits| pool.candidates(bits * 0x9e37_79b9).next()).collect();
        assert!(firsts.len() > 40, "{firsts:?}");
    }

    #[test]
    fn a_pool_that_cannot_be_is_refused() {
        for text in [
            "",
            "203.0.113.0/24,",
            "203.0.113.5/24",
            "203.0.113.0",
            "x",
            "127.0.0.0/24",
            "240.0.0.0/8",
            "0.0.0.0/0",
            "203.0.113.0/24,203.0.113.128/25",
            "203.0.113.0/24 198.51.100.0/24",
        ] {
            assert!(text.parse::<PublicPool>().is_err(), "{text}");
        }
    }
}
