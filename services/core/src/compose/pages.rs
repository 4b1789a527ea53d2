//! Rendered elements in the order of their keys, a page of them in each piece of memory.
//!
//! One piece of memory per element would cost a cache miss for each of 100,000 when the document is put together, and one
//! piece for all would have to be moved for each change. With pages, a change moves some tens of kilobytes, and putting
//! together is copying.

use std::collections::BTreeMap;

use multihome_broadcast::FragmentHash;

/// How many elements a page holds: about 70 kB of instances with two interfaces.
const PAGE_LEN: usize = 64;

pub(super) struct Pages<K> {
    /// By a key that is not greater than any in the page, and greater than all in the page before. A page has at most
    /// [`PAGE_LEN`] elements and at least one.
    pages: BTreeMap<K, Page<K>>,
    len: usize,
}

struct Page<K> {
    keys: Vec<K>,
    hashes: Vec<FragmentHash>,
    /// Where each element ends in `bytes`.
    ends: Vec<usize>,
    bytes: Vec<u8>,
}

impl<K> Default for Pages<K> {
    fn default() -> Self {
        Self { pages: BTreeMap::new(), len: 0 }
    }
}

impl<K: Copy + Ord> Pages<K> {
    /// The bytes of all elements.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        self.pages.values().map(|page| page.bytes.as_slice())
    }

    pub(super) fn hashes(&self) -> impl Iterator<Item = FragmentHash> {
        self.pages.values().flat_map(|page| page.hashes.iter().copied())
    }

    /// Inserts an element, or replaces the one with the same key.
    pub(super) fn put(&mut self, key: K, element: &[u8]) {
        let hash = FragmentHash::of(element);
        self.begin_before(key);
        let Some((_, page)) = self.pages.range_mut(..=key).next_back() else {
            self.pages.insert(key, Page::of(key, hash, element));
            self.len += element.len();
            return;
        };
        let before = page.bytes.len();
        let mut rest = None;
        match page.keys.binary_search(&key) {
            Ok(place) if page.hashes[place] == hash => {}
            Ok(place) => page.replace(place, hash, element),
            Err(PAGE_LEN) => {
                // Keys that come in order fill their pages to the end.
                page.bytes.shrink_to_fit();
                self.len += element.len();
                rest = Some(Page::of(key, hash, element));
            }
            Err(place) => page.insert(place, key, hash, element),
        }
        self.len = self.len + page.bytes.len() - before;
        if page.keys.len() > PAGE_LEN {
            rest = Some(page.split_off(PAGE_LEN / 2));
        }
        if let Some(rest) = rest {
            self.pages.insert(rest.keys[0], rest);
        }
    }

    pub(super) fn remove(&mut self, key: K) {
        let Some((first, page)) = self.pages.range_mut(..=key).next_back() else { return };
        if let Ok(place) = page.keys.binary_search(&key) {
            self.len -= page.remove(place);
            if page.keys.is_empty() {
                let first = *first;
                self.pages.remove(&first);
            }
        }
    }

    /// Lets the first page begin with `key` if it begins after it.
    fn begin_before(&mut self, key: K) {
        if self.pages.first_key_value().is_some_and(|(first, _)| key < *first)
            && let Some((_, page)) = self.pages.pop_first()
        {
            self.pages.insert(key, page);
        }
    }
}

impl<K: Copy + Ord> Page<K> {
    fn of(key: K, hash: FragmentHash, element: &[u8]) -> Self {
        Self { keys: vec![key], hashes: vec![hash], ends: vec![element.len()], bytes: element.to_vec() }
    }

    fn start(&self, place: usize) -> usize {
        if place == 0 { 0 } else { self.ends[place - 1] }
    }

    /// Puts other bytes in the place of some, and moves the ends from `place` on.
    fn splice(&mut self, range: std::ops::Range<usize>, element: &[u8], place: usize) {
        let removed = range.len();
        self.bytes.splice(range, element.iter().copied());
        for end in &mut self.ends[place..] {
            *end = *end + element.len() - removed;
        }
    }

    fn replace(&mut self, place: usize, hash: FragmentHash, element: &[u8]) {
        self.hashes[place] = hash;
        self.splice(self.start(place)..self.ends[place], element, place);
    }

    fn insert(&mut self, place: usize, key: K, hash: FragmentHash, element: &[u8]) {
        let start = self.start(place);
        self.keys.insert(place, key);
        self.hashes.insert(place, hash);
        self.ends.insert(place, start);
        self.splice(start..start, element, place);
    }

    /// Returns how many bytes went.
    fn remove(&mut self, place: usize) -> usize {
        let range = self.start(place)..self.ends[place];
        let removed = range.len();
        self.splice(range, &[], place);
        self.keys.remove(place);
        self.hashes.remove(place);
        self.ends.remove(place);
        removed
    }

    fn split_off(&mut self, place: usize) -> Self {
        let start = self.start(place);
        let rest = Self {
            keys: self.keys.split_off(place),
            hashes: self.hashes.split_off(place),
            ends: self.ends.split_off(place).into_iter().map(|end| end - start).collect(),
            bytes: self.bytes.split_off(start),
        };
        self.bytes.shrink_to_fit();
        rest
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pages_are_a_map_in_the_order_of_its_keys(
            steps in prop::collection::vec((0u16..400, prop::option::weighted(0.7, "[a-z]{0,9}")), 0..900),
        ) {
            let (mut pages, mut map) = (Pages::default(), BTreeMap::new());
            for (key, element) in steps {
                match element {
                    Some(element) => {
                        pages.put(key, element.as_bytes());
                        map.insert(key, element);
                    }
                    None => {
                        pages.remove(key);
                        map.remove(&key);
                    }
                }
            }
            let expected: String = map.values().map(String::as_str).collect();
            prop_assert_eq!(pages.chunks().collect::<Vec<_>>().concat(), expected.as_bytes());
            prop_assert_eq!(pages.len(), expected.len());
            let hashes: Vec<_> = map.values().map(|element| FragmentHash::of(element.as_bytes())).collect();
            prop_assert_eq!(pages.hashes().collect::<Vec<_>>(), hashes);
        }
    }

    #[test]
    fn keys_in_order_fill_their_pages() {
        let mut pages = Pages::default();
        (0..PAGE_LEN * 10).for_each(|key| pages.put(key, b"element"));
        assert_eq!(pages.pages.len(), 10);
    }
}
