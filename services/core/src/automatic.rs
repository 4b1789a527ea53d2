//! Public addresses that the cloud gives interfaces by itself.
//!
//! Only an instance's primary interface has one, only if it was asked for, of the launch that made the interface or later, and only while
//! the instance runs: it is taken back when the instance has stopped or terminated, or when an elastic address takes its place. It is given anew at the
//! next start, and when the last elastic address goes, but as in EC2 only to an instance with a single interface.
//!
//! Deliberately absent: which address it is ([`crate::public_pool`]).

use std::net::Ipv4Addr;

use multihome_types::{
    Address, AddressAssociation, AddressAssociationId, AllocationId, DeviceIndex, ElasticAddress, Generation, InstanceState, Interface, Timestamp,
};

/// As EC2 names who has such addresses.
pub const OWNER: &str = "amazon";

/// What a new state of an instance means to an interface on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutomaticStep {
    Stay,
    Give,
    TakeBack,
}

/// Of an instance that comes into `state`, with so many interfaces on it. What a termination releases is [`crate::release`]'s: there the
/// interface goes too, or is left on its own.
pub fn on_instance(state: InstanceState, interface: &Interface, on_it: usize) -> AutomaticStep {
    match state {
        InstanceState::Pending if is_due(state, interface, on_it) => AutomaticStep::Give,
        InstanceState::Stopped if interface.public.iter().any(|public| public.automatic) => AutomaticStep::TakeBack,
        InstanceState::Pending
        | InstanceState::Running
        | InstanceState::Stopping
        | InstanceState::Stopped
        | InstanceState::ShuttingDown
        | InstanceState::Terminated => AutomaticStep::Stay,
    }
}

/// Whether an interface that an elastic address leaves is given one of the cloud's. `instance` is the state of the instance that it is
/// attached to, and how many interfaces are on that.
pub fn on_leave(leaving: AllocationId, interface: &Interface, instance: Option<(InstanceState, usize)>) -> bool {
    let public = interface.public.iter().filter(|public| public.id != leaving).cloned().collect();
    let left = Interface { public, ..interface.clone() };
    instance.is_some_and(|(state, on_it)| is_due(state, &left, on_it))
}

/// Of an interface that is to have one from now on, or none: it has it at once where it would have it already had it been so before.
/// `instance` as in [`on_leave`].
pub fn on_choice(wanted: bool, interface: &Interface, instance: Option<(InstanceState, usize)>) -> AutomaticStep {
    let chosen = Interface { automatic_public_address: wanted, ..interface.clone() };
    if wanted && instance.is_some_and(|(state, on_it)| is_due(state, &chosen, on_it)) {
        AutomaticStep::Give
    } else if !wanted && interface.public.iter().any(|public| public.automatic) {
        AutomaticStep::TakeBack
    } else {
        AutomaticStep::Stay
    }
}

fn is_due(state: InstanceState, interface: &Interface, on_it: usize) -> bool {
    let runs = match state {
        InstanceState::Pending | InstanceState::Running => true,
        InstanceState::Stopping | InstanceState::Stopped | InstanceState::ShuttingDown | InstanceState::Terminated => false,
    };
    let is_primary = interface.attachment.as_ref().is_some_and(|attachment| attachment.device_index == DeviceIndex::PRIMARY);
    runs && is_primary && on_it == 1 && interface.automatic_public_address && interface.public.is_empty()
}

/// The row of an address that an interface is given, which has still to be found.
pub fn given(interface: &Interface, (id, association): (AllocationId, AddressAssociationId), now: Timestamp) -> ElasticAddress {
    ElasticAddress {
        id,
        account: interface.account,
        region: interface.region,
        address: Address(Ipv4Addr::UNSPECIFIED),
        automatic: true,
        association: Some(AddressAssociation { id: association, interface: interface.id, private_address: interface.address }),
        created: now,
        generation: Generation::FIRST,
    }
}

#[cfg(test)]
mod tests {
    use multihome_types::AttachmentState;

    use super::*;
    use crate::transition::sample::{self, attachment};

    fn primary() -> Interface {
        let mut attached = attachment(1, AttachmentState::Attached);
        attached.device_index = DeviceIndex::PRIMARY;
        Interface { attachment: Some(attached), automatic_public_address: true, ..sample::interface(1) }
    }

    fn public(interface: &Interface) -> ElasticAddress {
        given(interface, ("eipalloc-00000001".parse().unwrap(), "eipassoc-00000001".parse().unwrap()), Timestamp(0))
    }

    #[test]
    fn an_address_is_had_from_the_start_to_the_stop() {
        let without = primary();
        let with = Interface { public: vec![public(&without)], ..without.clone() };
        for state in InstanceState::ALL.iter().copied() {
            let expected = if state == InstanceState::Pending { AutomaticStep::Give } else { AutomaticStep::Stay };
            assert_eq!(on_instance(state, &without, 1), expected, "{state}");
            let expected = if state == InstanceState::Stopped { AutomaticStep::TakeBack } else { AutomaticStep::Stay };
            assert_eq!(on_instance(state, &with, 1), expected, "{state}");
        }
    }

    #[test]
    fn an_elastic_address_stays_when_the_instance_stops() {
        let elastic = ElasticAddress { automatic: false, ..public(&primary()) };
        let with = Interface { public: vec![elastic], ..primary() };
        assert_eq!(on_instance(InstanceState::Stopped, &with, 1), AutomaticStep::Stay);
        assert_eq!(on_instance(InstanceState::Pending, &with, 1), AutomaticStep::Stay);
    }

    #[test]
    fn only_the_one_interface_that_was_to_have_one_is_given_one() {
        let secondary = Interface { attachment: Some(attachment(1, AttachmentState::Attached)), ..primary() };
        let unasked = Interface { automatic_public_address: false, ..primary() };
        assert_eq!(on_instance(InstanceState::Pending, &primary(), 2), AutomaticStep::Stay);
        assert_eq!(on_instance(InstanceState::Pending, &secondary, 1), AutomaticStep::Stay);
        assert_eq!(on_instance(InstanceState::Pending, &unasked, 1), AutomaticStep::Stay);
    }

    #[test]
    fn the_last_elastic_address_is_followed_by_one_of_the_clouds() {
        let elastic = ElasticAddress { automatic: false, ..public(&primary()) };
        let other = ElasticAddress { id: "eipalloc-00000002".parse().unwrap(), ..elastic.clone() };
        let with = Interface { public: vec![elastic.clone()], ..primary() };
        assert!(on_leave(elastic.id, &with, Some((InstanceState::Running, 1))));
        assert!(!on_leave(elastic.id, &with, Some((InstanceState::Stopped, 1))));
        assert!(!on_leave(elastic.id, &with, Some((InstanceState::Running, 2))));
        assert!(!on_leave(elastic.id, &with, None));
        let both = Interface { public: vec![elastic.clone(), other], ..primary() };
        assert!(!on_leave(elastic.id, &both, Some((InstanceState::Running, 1))));
    }

    #[test]
    fn who_chooses_to_have_one_has_it_at_once_if_it_is_due_and_loses_it_as_soon() {
        let unasked = Interface { automatic_public_address: false, ..primary() };
        for (instance, expected) in [
            (Some((InstanceState::Running, 1)), AutomaticStep::Give),
            (Some((InstanceState::Running, 2)), AutomaticStep::Stay),
            (Some((InstanceState::Stopped, 1)), AutomaticStep::Stay),
            (None, AutomaticStep::Stay),
        ] {
            assert_eq!(on_choice(true, &unasked, instance), expected, "{instance:?}");
        }
        let with = Interface { public: vec![public(&primary())], ..primary() };
        assert_eq!(on_choice(true, &with, Some((InstanceState::Running, 1))), AutomaticStep::Stay);
        assert_eq!(on_choice(false, &with, Some((InstanceState::Running, 1))), AutomaticStep::TakeBack);
        let elastic = Interface { public: vec![ElasticAddress { automatic: false, ..public(&primary()) }], ..primary() };
        assert_eq!(on_choice(false, &elastic, Some((InstanceState::Running, 1))), AutomaticStep::Stay);
    }

    #[test]
    fn what_is_given_leads_to_the_primary_address() {
        let interface = primary();
        let row = public(&interface);
        assert!(row.automatic);
        assert_eq!(row.association.map(|association| (association.interface, association.private_address)), Some((interface.id, interface.address)));
    }
}
