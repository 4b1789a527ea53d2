//! Texts become ids and blocks: where a malformed one is refused, with the code EC2 has for its kind.

use std::collections::BTreeSet;

use multihome_ec2::Ec2Error;
use multihome_types::{Cidr, Ipv6Cidr, ResourceId};

/// One id.
///
/// # Errors
/// `Invalid…Malformed`.
pub(crate) fn parse<T: ResourceId>(text: &str) -> Result<T, Ec2Error> {
    text.parse().map_err(|_| malformed(T::PREFIX, text))
}

/// Ids, each once, in the order asked: of those that are missing EC2 names the first.
///
/// # Errors
/// As [`parse`], for the first that is malformed.
pub(crate) fn parse_all<T: ResourceId>(texts: &[String]) -> Result<Vec<T>, Ec2Error> {
    let mut ids = texts.iter().map(|text| parse(text)).collect::<Result<Vec<T>, _>>()?;
    let mut seen = BTreeSet::new();
    ids.retain(|id| seen.insert(*id));
    Ok(ids)
}

/// A block of IPv4 addresses; host bits are cleared.
///
/// # Errors
/// `InvalidParameterValue`.
pub(crate) fn parse_block(parameter: &str, text: &str) -> Result<Cidr, Ec2Error> {
    text.parse().map_err(|_| Ec2Error::invalid_parameter_value(parameter, text, "This is not a valid CIDR block."))
}

/// A block of IPv6 addresses; host bits are cleared.
///
/// # Errors
/// `InvalidParameterValue`.
pub(crate) fn parse_ipv6_block(parameter: &str, text: &str) -> Result<Ipv6Cidr, Ec2Error> {
    text.parse().map_err(|_| Ec2Error::invalid_parameter_value(parameter, text, "This is not a valid IPv6 CIDR block."))
}

/// Source: "Error codes for the Amazon EC2 API"; the capitals differ from kind to kind there.
fn malformed(prefix: &str, text: &str) -> Ec2Error {
    let code = match prefix {
        "vpc" => "InvalidVpcID.Malformed",
        "subnet" => "InvalidSubnetID.Malformed",
        "sg" => "InvalidGroupId.Malformed",
        "sgr" => "InvalidSecurityGroupRuleId.Malformed",
        "eni" => "InvalidNetworkInterfaceId.Malformed",
        "eni-attach" => return multihome_core::refusals::attachment_id_refused(text).into(),
        "eni-perm" => "InvalidPermissionID.Malformed",
        "i" => "InvalidInstanceID.Malformed",
        "ami" => "InvalidAMIID.Malformed",
        "key" => "InvalidKeyPairId.Malformed",
        "rtb" => "InvalidRouteTableId.Malformed",
        "acl" => "InvalidNetworkAclId.Malformed",
        "dopt" => "InvalidDhcpOptionsId.Malformed",
        "igw" => "InvalidInternetGatewayId.Malformed",
        "nat" => "NatGatewayMalformed",
        "eipalloc" => return multihome_core::refusals::allocation_not_found(&brief(text)).into(),
        "eipassoc" => return multihome_core::refusals::association_not_found(&brief(text)).into(),
        _ => "InvalidID",
    };
    Ec2Error::new(code, format!("Invalid id: \"{}\" (expecting \"{prefix}-...\")", brief(text)))
}

fn brief(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use multihome_types::{AttachmentId, InterfaceId, VpcId};

    use super::*;

    #[test]
    fn a_malformed_id_has_the_code_of_its_kind() {
        assert_eq!(parse::<InterfaceId>("eni-1").unwrap_err().code, "InvalidNetworkInterfaceId.Malformed");
        assert_eq!(parse::<VpcId>("").unwrap_err().message, "Invalid id: \"\" (expecting \"vpc-...\")");
        assert_eq!(parse::<AttachmentId>("ela-attach-00000000").unwrap_err().code, "OperationNotPermitted");
    }

    #[test]
    fn an_id_given_twice_is_one_id_and_stands_where_it_came_first() {
        let texts = ["vpc-00000002", "vpc-00000001", "vpc-00000002"].map(str::to_owned);
        let ids: Vec<String> = parse_all::<VpcId>(&texts).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(ids, texts[..2]);
    }
}
