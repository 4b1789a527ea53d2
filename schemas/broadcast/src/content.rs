//! The hash of what a document says: the same content gives the same version on every replica, on every machine and
//! after every restart.
//!
//! Each entity's element is hashed by itself (a [`FragmentHash`]), and the document's [`ContentHash`] is the hash of
//! those in document order. So a composer that remembers the fragments of yesterday's document need not read all of
//! it again to know the version of today's. The version and the applied version are not part of the content.

use std::fmt;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// XXH3 (64 bits) of one entity's element as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FragmentHash(u64);

impl FragmentHash {
    pub fn of(element: &[u8]) -> Self {
        Self(xxh3_64(element))
    }
}

/// The hash of a document's content. Compared whole inside; consumers see its first 32 bits as the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentHash(u64);

impl ContentHash {
    /// The document's `version`: 8 lower-case digits, which is all that consumers have room for.
    pub fn version(self) -> String {
        format!("{:08x}", self.0 >> 32)
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Makes a [`ContentHash`] of the document's sections: configuration, VPCs, instances, security groups.
#[derive(Default)]
pub struct ContentHasher(Xxh3);

impl ContentHasher {
    /// Adds the next section. Its length is hashed after it, so that no entity can seem to be in the neighbouring section.
    pub fn section(&mut self, fragments: impl IntoIterator<Item = FragmentHash>) {
        let mut count = 0u64;
        for fragment in fragments {
            self.0.update(&fragment.0.to_le_bytes());
            count += 1;
        }
        self.0.update(&count.to_le_bytes());
    }

    pub fn finish(&self) -> ContentHash {
        ContentHash(self.0.digest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_pinned_so_that_no_upgrade_changes_the_version_of_a_document() {
        // The constants are the reference implementation's.
        assert_eq!(FragmentHash::of(b""), FragmentHash(0x2d06_8005_38d3_94c2));
        assert_eq!(FragmentHash::of(b"<instance/>"), FragmentHash(0x9aa2_0b43_5093_163f));
        let mut hasher = ContentHasher::default();
        hasher.section([FragmentHash::of(b"<configuration/>")]);
        hasher.section((0..100u32).map(|index| FragmentHash::of(&index.to_le_bytes())));
        assert_eq!(hasher.finish(), ContentHash(0xe931_3def_e295_c472));
        assert_eq!(ContentHash(0x0012_3456_789a_bcde).version(), "00123456");
    }

    #[test]
    fn an_entity_belongs_to_its_section() {
        let entity = FragmentHash::of(b"<x/>");
        let [mut first, mut second] = [ContentHasher::default(), ContentHasher::default()];
        first.section([entity]);
        first.section([]);
        second.section([]);
        second.section([entity]);
        assert_ne!(first.finish(), second.finish());
    }
}
