//! How many connections one guest may have open on the port of a VPC, so that none takes them all.
//!
//! Counted by instance and not by address: a guest has as many addresses as its interfaces and prefixes do. Whoever is nobody shares what
//! one guest has: nothing but "not found" is for them, and an address is quickly taken.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use multihome_types::InstanceId;

/// How many connections each guest has, and, at `None`, all who are nobody's. There is no entry for none.
#[derive(Default)]
pub(crate) struct Places(Mutex<HashMap<Option<InstanceId>, u32>>);

/// One connection's place among those of its guest, until it is dropped.
pub(crate) struct Place {
    places: Arc<Places>,
    guest: Option<InstanceId>,
}

impl Places {
    /// `None`: the guest has as many as it may.
    pub(crate) fn enter(places: &Arc<Self>, guest: Option<InstanceId>, most: u32) -> Option<Place> {
        let mut counts = places.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(guest).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { places: places.clone(), guest })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.guest) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.guest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_is_remembered_while_it_has_a_connection_and_strangers_are_one() {
        let places = Arc::new(Places::default());
        let kept = || places.0.lock().unwrap().len();
        let guests: Vec<Option<InstanceId>> = (1..=100).map(|number| Some(format!("i-{number:08x}").parse().unwrap())).collect();
        let mut taken: Vec<Place> = Vec::new();
        for guest in guests.iter().copied().chain(std::iter::repeat_n(None, 100)) {
            taken.extend((0..10).filter_map(|_| Places::enter(&places, guest, 3)));
        }
        assert_eq!((taken.len(), kept()), (3 * 101, 101));
        // One that comes back makes room for one.
        taken.remove(0);
        assert!(Places::enter(&places, guests[1], 3).is_none());
        let back = Places::enter(&places, guests[0], 3);
        assert!(back.is_some() && Places::enter(&places, guests[0], 3).is_none());
        drop((taken, back));
        assert_eq!(kept(), 0);
    }
}
