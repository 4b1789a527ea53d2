use multihome_types::{AddressAssociation, Generation, InterfaceKind, Timestamp};

use super::*;
use crate::transition::sample::interface;

fn region() -> Region {
    "us-east-1".parse().unwrap()
}

fn pool() -> PublicPool {
    "203.0.113.0/24".parse().unwrap()
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn elastic() -> ElasticAddress {
    ElasticAddress {
        id: "eipalloc-00000001".parse().unwrap(),
        account: "000000000001".parse().unwrap(),
        region: region(),
        address: address("203.0.113.7"),
        automatic: false,
        association: None,
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

fn association() -> AddressAssociation {
    AddressAssociation { id: "eipassoc-00000001".parse().unwrap(), interface: "eni-00000001".parse().unwrap(), private_address: address("10.0.0.5") }
}

#[test]
fn what_an_allocation_cannot_have_is_refused_by_name() {
    let none = AllocateAsked::default();
    for (asked, code) in [
        (none, ""),
        (AllocateAsked { domain: Some("vpc"), border_group: Some("us-east-1"), pool: Some("amazon"), ..none }, ""),
        (AllocateAsked { address: Some(address("203.0.113.7")), ..none }, ""),
        (AllocateAsked { domain: Some("standard"), ..none }, "UnsupportedOperation"),
        (AllocateAsked { domain: Some("moon"), ..none }, "InvalidParameterValue"),
        (AllocateAsked { border_group: Some("us-east-2"), ..none }, "InvalidParameterValue"),
        (AllocateAsked { pool: Some("ipv4pool-ec2-1"), ..none }, "UnsupportedOperation"),
        (AllocateAsked { customer_pool: Some("ipv4pool-coip-1"), ..none }, "UnsupportedOperation"),
        (AllocateAsked { ipam_pool: Some("ipam-pool-1"), ..none }, "UnsupportedOperation"),
        (AllocateAsked { address: Some(address("192.0.2.7")), ..none }, "InvalidAddress.NotFound"),
    ] {
        let answer = admit_allocate(&asked, region(), &pool()).err().map(|refusal| refusal.code.into_owned()).unwrap_or_default();
        assert_eq!(answer, code, "{asked:?}");
    }
}

#[test]
fn an_address_of_somebody_else_or_of_the_cloud_does_not_exist() {
    let (own, other) = (Caller::of(elastic().account, region()), Caller::of("000000000002".parse().unwrap(), region()));
    let elsewhere = Caller::of(elastic().account, "us-east-2".parse().unwrap());
    let automatic = ElasticAddress { automatic: true, association: Some(association()), ..elastic() };
    let id = elastic().id;
    assert!(visible(own, id, Some(&elastic())).is_ok());
    for (caller, found) in [(own, None), (other, Some(&elastic())), (elsewhere, Some(&elastic())), (own, Some(&automatic))] {
        let refused = visible(caller, id, found).unwrap_err();
        assert_eq!(refused.to_string(), "InvalidAllocationID.NotFound: The allocation ID 'eipalloc-00000001' does not exist");
    }
}

#[test]
fn an_address_is_named_by_its_allocation() {
    let (id, public) = (elastic().id, elastic().address);
    for named in [named_for_associate, named_for_release] {
        assert_eq!(named(Some(id), None), Ok(id));
        assert_eq!(named(None, None).unwrap_err().code, "MissingParameter");
        assert_eq!(named(Some(id), Some(public)).unwrap_err().code, "InvalidParameterCombination");
    }
    assert_eq!(
        named_for_associate(None, Some(public)).unwrap_err().to_string(),
        "InvalidParameterCombination: You must specify an allocation id when mapping an address to a VPC instance"
    );
    assert_eq!(named_for_release(None, Some(public)).unwrap_err().code, "InvalidParameterValue");
}

#[test]
fn an_address_that_leads_somewhere_is_not_released() {
    assert!(admit_release(&elastic(), None, Some("us-east-1")).is_ok());
    assert_eq!(admit_release(&elastic(), None, Some("us-west-1")).unwrap_err().code, "InvalidAddress.NotFound");
    let used = ElasticAddress { association: Some(association()), ..elastic() };
    let mut holder = interface(1);
    assert_eq!(admit_release(&used, Some(&holder), None).unwrap_err().to_string(), "InvalidIPAddress.InUse: Address 203.0.113.7 is in use.");
    holder.kind = InterfaceKind::NatGateway;
    assert_eq!(
        admit_release(&used, Some(&holder), None).unwrap_err().to_string(),
        "AuthFailure: You do not have permission to access the specified resource."
    );
}
