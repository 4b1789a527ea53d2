//! Subnets: what may be changed of one, and when it may go.
//!
//! A request changes one attribute, as in EC2. Which blocks a subnet may have is [`crate::allocation`]'s and [`crate::vpc_blocks`]'s.
//! Deliberately absent: attributes of outposts and local network interfaces, which do not exist here.

use multihome_types::{HostnameType, Refusal, Subnet, SubnetAttributes, SubnetId};

use crate::{refusals, vpc::still_has};

/// What ModifySubnetAttribute may say.
#[derive(Clone, Copy, Debug, Default)]
pub struct ModificationsAsked<'a> {
    pub map_public_ip_on_launch: Option<bool>,
    pub assign_ipv6_address_on_creation: Option<bool>,
    pub dns64: Option<bool>,
    pub hostname_type: Option<&'a str>,
    pub resource_name_dns_a_record: Option<bool>,
    pub resource_name_dns_aaaa_record: Option<bool>,
}

/// The attribute to be changed, under the name that EC2 shows it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modification {
    MapPublicIpOnLaunch(bool),
    AssignIpv6AddressOnCreation(bool),
    Dns64(bool),
    HostnameType(HostnameType),
    ResourceNameDnsARecord(bool),
    ResourceNameDnsAaaaRecord(bool),
}

/// Of the attributes exactly one.
pub fn select_modification(asked: &ModificationsAsked<'_>) -> Result<Modification, Refusal> {
    let hostname_type = asked.hostname_type.map(|text| {
        text.parse().map_err(|_| {
            let shown: String = text.chars().take(64).collect();
            let message = format!("Value ({shown}) for parameter privateDnsHostnameTypeOnLaunch is invalid. It must be ip-name or resource-name.");
            refusals::invalid_value(message)
        })
    });
    let mut named = Vec::new();
    named.extend(asked.map_public_ip_on_launch.map(Modification::MapPublicIpOnLaunch));
    named.extend(asked.assign_ipv6_address_on_creation.map(Modification::AssignIpv6AddressOnCreation));
    named.extend(asked.dns64.map(Modification::Dns64));
    named.extend(hostname_type.transpose()?.map(Modification::HostnameType));
    named.extend(asked.resource_name_dns_a_record.map(Modification::ResourceNameDnsARecord));
    named.extend(asked.resource_name_dns_aaaa_record.map(Modification::ResourceNameDnsAaaaRecord));
    match named.as_slice() {
        [one] => Ok(*one),
        [] => Err(refusals::missing_parameter("The request must contain the parameter of one attribute to be modified")),
        _ => Err(refusals::invalid_combination("Only one attribute can be modified at a time")),
    }
}

/// What the subnet's attributes are afterwards.
pub fn admit_modification(subnet: &Subnet, modification: Modification) -> Result<SubnetAttributes, Refusal> {
    let present = subnet.attributes;
    Ok(match modification {
        Modification::AssignIpv6AddressOnCreation(true) if subnet.ipv6.is_none() => {
            let message =
                format!("Invalid value 'true' for assignIpv6AddressOnCreation. Subnet {} does not have an associated IPv6 CIDR block", subnet.id);
            return Err(refusals::invalid_value(message));
        }
        Modification::MapPublicIpOnLaunch(map_public_ip_on_launch) => SubnetAttributes { map_public_ip_on_launch, ..present },
        Modification::AssignIpv6AddressOnCreation(assign_ipv6_address_on_creation) => SubnetAttributes { assign_ipv6_address_on_creation, ..present },
        Modification::Dns64(dns64) => SubnetAttributes { dns64, ..present },
        Modification::HostnameType(hostname_type) => SubnetAttributes { hostname_type, ..present },
        Modification::ResourceNameDnsARecord(resource_name_dns_a_record) => SubnetAttributes { resource_name_dns_a_record, ..present },
        Modification::ResourceNameDnsAaaaRecord(resource_name_dns_aaaa_record) => SubnetAttributes { resource_name_dns_aaaa_record, ..present },
    })
}

/// DeleteSubnet: not while something is in it. `inside` are the ids of that.
pub fn admit_delete(id: SubnetId, inside: &[String]) -> Result<(), Refusal> {
    if inside.is_empty() {
        return Ok(());
    }
    Err(refusals::dependency_violation(format!("The subnet '{id}' has dependencies and cannot be deleted. {}", still_has(inside))))
}

#[cfg(test)]
mod tests {
    use multihome_types::SubnetIpv6Block;

    use super::*;
    use crate::{transition::sample, world::sample::subnet};

    fn code<T>(result: Result<T, Refusal>) -> String {
        result.err().map(|refusal| refusal.code.into_owned()).unwrap_or_default()
    }

    #[test]
    fn one_attribute_is_changed_at_a_time() {
        let one = ModificationsAsked { dns64: Some(false), ..ModificationsAsked::default() };
        assert_eq!(select_modification(&one), Ok(Modification::Dns64(false)));
        let named = ModificationsAsked { hostname_type: Some("resource-name"), ..ModificationsAsked::default() };
        assert_eq!(select_modification(&named), Ok(Modification::HostnameType(HostnameType::ResourceName)));
        assert_eq!(code(select_modification(&ModificationsAsked { hostname_type: Some("ip"), ..one })), "InvalidParameterValue");
        assert_eq!(code(select_modification(&ModificationsAsked { map_public_ip_on_launch: Some(true), ..one })), "InvalidParameterCombination");
        assert_eq!(code(select_modification(&ModificationsAsked::default())), "MissingParameter");
    }

    #[test]
    fn each_modification_changes_its_attribute_and_no_other() {
        let mut row = subnet("subnet-893ca466", "vpc-3b1fdc87");
        row.ipv6 = Some(SubnetIpv6Block { association: sample::id(1), cidr: sample::the("fd00::/64") });
        let none = SubnetAttributes::default();
        for (modification, expected) in [
            (Modification::MapPublicIpOnLaunch(true), SubnetAttributes { map_public_ip_on_launch: true, ..none }),
            (Modification::AssignIpv6AddressOnCreation(true), SubnetAttributes { assign_ipv6_address_on_creation: true, ..none }),
            (Modification::Dns64(true), SubnetAttributes { dns64: true, ..none }),
            (Modification::HostnameType(HostnameType::ResourceName), SubnetAttributes { hostname_type: HostnameType::ResourceName, ..none }),
            (Modification::ResourceNameDnsARecord(true), SubnetAttributes { resource_name_dns_a_record: true, ..none }),
            (Modification::ResourceNameDnsAaaaRecord(true), SubnetAttributes { resource_name_dns_aaaa_record: true, ..none }),
            (Modification::Dns64(false), none),
        ] {
            assert_eq!(admit_modification(&row, modification), Ok(expected), "{modification:?}");
        }
    }

    #[test]
    fn addresses_of_a_block_that_is_not_there_are_not_given_out() {
        let row = subnet("subnet-893ca466", "vpc-3b1fdc87");
        assert_eq!(code(admit_modification(&row, Modification::AssignIpv6AddressOnCreation(true))), "InvalidParameterValue");
        assert_eq!(code(admit_modification(&row, Modification::AssignIpv6AddressOnCreation(false))), "");
    }

    #[test]
    fn a_subnet_goes_when_nothing_is_in_it() {
        let id: SubnetId = sample::the("subnet-893ca466");
        assert_eq!(admit_delete(id, &[]), Ok(()));
        let refusal = admit_delete(id, &["eni-a2f151a8".to_owned()]).unwrap_err();
        let expected = "DependencyViolation: The subnet 'subnet-893ca466' has dependencies and cannot be deleted. It still has: eni-a2f151a8";
        assert_eq!(refusal.to_string(), expected);
    }
}
