use super::*;
use crate::transition::sample;

fn code<T>(result: Result<T, Refusal>) -> String {
    result.err().map(|refusal| refusal.code.into_owned()).unwrap_or_default()
}

#[test]
fn group_names_are_plain_and_default_is_taken() {
    assert_eq!(check_group("web (front)", "a group"), Ok(()));
    assert_eq!(code(check_group("", "a group")), "MissingParameter");
    assert_eq!(code(check_group("web", "")), "MissingParameter");
    for name in ["default", "Default", "sg-6300851f", "wéb", "a\nb", &"n".repeat(256)] {
        assert_eq!(code(check_group(name, "a group")), "InvalidParameterValue", "{name}");
    }
    assert_eq!((group_name(" web  "), group_name("  ")), (" web", ""));
    assert_eq!(comparable_name("Web (FRONT)"), "web (front)");
}

#[test]
fn the_default_group_trusts_its_members_and_reaches_everybody() {
    let (group, account) = (sample::id(1), AccountId::default());
    assert_eq!(ingress_from_itself(sample::id(2), group, account).peer, RulePeer::Group { id: group, account });
    assert_eq!(egress_to_all(sample::id(3)).peer, RulePeer::Cidr("0.0.0.0/0".parse().unwrap()));
}

#[test]
fn a_group_goes_when_nothing_needs_it() {
    let group: GroupId = "sg-00000001".parse().unwrap();
    assert_eq!(check_group_deletable(group, "web", &[]), Ok(()));
    let words = |name, users: &[String]| check_group_deletable(group, name, users).unwrap_err().to_string();
    let used = "DependencyViolation: resource sg-00000001 has a dependent object. It is still used by: eni-00000001";
    assert_eq!(words("web", &["eni-00000001".to_owned()]), used);
    assert_eq!(words("default", &[]), "CannotDelete: the specified group: \"sg-00000001\" name: \"default\" cannot be deleted by a user");
}

#[test]
fn one_attribute_is_changed_at_a_time_and_names_need_a_resolver() {
    use VpcAttribute::{DnsHostnames, DnsSupport, NetworkAddressUsageMetrics};
    assert_eq!(select_attribute(&[(DnsSupport, None), (DnsHostnames, Some(true))]), Ok((DnsHostnames, true)));
    assert_eq!(code(select_attribute(&[(DnsSupport, Some(true)), (DnsHostnames, Some(true))])), "InvalidParameterCombination");
    assert_eq!(code(select_attribute(&[(DnsSupport, None)])), "MissingParameter");
    assert_eq!(VpcAttribute::parse("enableDnsHostnames"), Ok(DnsHostnames));
    assert_eq!(code(VpcAttribute::parse("EnableDnsHostnames")), "InvalidParameterValue");
    let on = crate::world::sample::vpc("vpc-3b1fdc87");
    let off = admit_attribute(&on, (DnsSupport, false)).unwrap();
    assert_eq!((off.dns_support, off.dns_hostnames), (false, true));
    assert_eq!(code(admit_attribute(&off, (DnsHostnames, true))), "InvalidParameterCombination");
    assert!(!admit_attribute(&off, (DnsHostnames, false)).unwrap().dns_hostnames);
    assert!(admit_attribute(&off, (NetworkAddressUsageMetrics, true)).unwrap().network_address_usage_metrics);
}

#[test]
fn a_vpc_goes_when_it_has_no_more_than_it_came_with() {
    let id: VpcId = "vpc-3b1fdc87".parse().unwrap();
    assert_eq!(admit_delete(id, &[]), Ok(()));
    let words = |count: usize| admit_delete(id, &(0..count).map(|number| format!("subnet-{number}")).collect::<Vec<_>>()).unwrap_err().to_string();
    let start = "DependencyViolation: The vpc 'vpc-3b1fdc87' has dependencies and cannot be deleted. It still has: subnet-0, subnet-1";
    assert_eq!(words(2), start);
    assert!(words(12).starts_with(start) && words(12).ends_with("subnet-9, and more"), "{}", words(12));
}
