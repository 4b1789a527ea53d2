//! What a VPC comes with, what may be changed of it, when it may go, and which security groups may be made in one.
//!
//! A VPC is never without its main route table, which has the local route, and its group `default`, whose members may talk to each
//! other and to everybody outside (Terraform reads both right after it has made a VPC). Blocks are [`crate::allocation`]'s, the state of
//! a route is [`crate::route`]'s, and which routes there may be [`crate::route_table`]'s. Deliberately absent: quotas.

use multihome_types::{
    AccountId, Cidr, Destination, GroupId, GroupRule, GroupRuleId, Ipv6Cidr, Refusal, Route, RouteOrigin, RouteState, RouteTableId, RouteTarget,
    RulePeer, Vpc, VpcId,
};

use crate::refusals;

#[cfg(test)]
mod tests;

pub fn vpc_not_found(id: VpcId) -> Refusal {
    Refusal::new("InvalidVpcID.NotFound", format!("The vpc ID '{id}' does not exist"))
}

pub fn route_table_not_found(id: RouteTableId) -> Refusal {
    Refusal::new("InvalidRouteTableID.NotFound", format!("The routeTable ID '{id}' does not exist"))
}

/// The route that every table of a VPC has for each block of it.
pub fn local_route(block: impl Into<Destination>) -> Route {
    Route { destination: block.into(), target: RouteTarget::Local, origin: RouteOrigin::CreateRouteTable, state: RouteState::Active, instance: None }
}

/// The name of the group that a VPC comes with and that interfaces are in that name no other.
pub const DEFAULT_GROUP: &str = "default";
pub const DEFAULT_GROUP_DESCRIPTION: &str = "default VPC security group";

/// Everything to everywhere: what a new group allows.
pub fn egress_to_all(id: GroupRuleId) -> GroupRule {
    GroupRule { id, egress: true, protocol: -1, from_port: None, to_port: None, peer: RulePeer::Cidr(Cidr::everything()), description: None }
}

/// The same of IPv6: what a new group of a VPC with a block of it allows too.
pub fn egress_to_all_ipv6(id: GroupRuleId) -> GroupRule {
    GroupRule { peer: RulePeer::Ipv6Cidr(Ipv6Cidr::everything()), ..egress_to_all(id) }
}

/// Everything from the group's own members: what only the default group allows from the beginning.
pub fn ingress_from_itself(id: GroupRuleId, group: GroupId, account: AccountId) -> GroupRule {
    GroupRule { id, egress: false, protocol: -1, from_port: None, to_port: None, peer: RulePeer::Group { id: group, account }, description: None }
}

const LONGEST_NAME: usize = 255;
/// Besides letters, digits and the space: what EC2 lists for groups of a VPC.
const NAME_MARKS: &str = "._-:/()#,@[]+=&;{}!$*";

/// CreateSecurityGroup: the name as it is kept. EC2 takes away the spaces at its end.
pub fn group_name(asked: &str) -> &str {
    asked.trim_end_matches(' ')
}

/// CreateSecurityGroup: whether a group may be called and described so.
pub fn check_group(name: &str, description: &str) -> Result<(), Refusal> {
    for (what, parameter, text) in [("name", "GroupName", name), ("description", "GroupDescription", description)] {
        if text.is_empty() {
            return Err(refusals::missing_parameter(format!("The request must contain the parameter {parameter}")));
        }
        let allowed = |character: char| character.is_ascii_alphanumeric() || character == ' ' || NAME_MARKS.contains(character);
        if text.chars().count() > LONGEST_NAME || !text.chars().all(allowed) {
            return Err(refusals::invalid_value(format!(
                "Value for parameter {parameter} is invalid: a group's {what} has up to {LONGEST_NAME} characters: letters, digits, spaces \
                 and {NAME_MARKS}"
            )));
        }
    }
    if name.eq_ignore_ascii_case(DEFAULT_GROUP) {
        return Err(refusals::invalid_value("Cannot use reserved security group name: default"));
    }
    if name.starts_with("sg-") {
        return Err(refusals::invalid_value("Value for parameter GroupName is invalid: group names may not be in the format sg-*"));
    }
    Ok(())
}

/// Names that differ in nothing but capitals are one name to EC2. They are ASCII ([`check_group`]), so a database agrees on the small letters.
pub fn comparable_name(name: &str) -> String {
    name.to_ascii_lowercase()
}

pub fn group_exists(name: &str, vpc: VpcId) -> Refusal {
    Refusal::new("InvalidGroup.Duplicate", format!("The security group '{name}' already exists for VPC '{vpc}'"))
}

/// DeleteSecurityGroup: the default group stays as long as its VPC, and one that an interface or another group's rule uses is needed. `users`
/// are the ids of those.
pub fn check_group_deletable(id: GroupId, name: &str, users: &[String]) -> Result<(), Refusal> {
    if name == DEFAULT_GROUP {
        return Err(Refusal::new("CannotDelete", format!("the specified group: \"{id}\" name: \"{name}\" cannot be deleted by a user")));
    }
    if !users.is_empty() {
        return Err(refusals::dependency_violation(format!("resource {id} has a dependent object. {}", still_used_by(users))));
    }
    Ok(())
}

/// The attributes of a VPC that are asked for and changed one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VpcAttribute {
    DnsSupport,
    DnsHostnames,
    NetworkAddressUsageMetrics,
}

impl VpcAttribute {
    /// DescribeVpcAttribute.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        match text {
            "enableDnsSupport" => Ok(Self::DnsSupport),
            "enableDnsHostnames" => Ok(Self::DnsHostnames),
            "enableNetworkAddressUsageMetrics" => Ok(Self::NetworkAddressUsageMetrics),
            _ => {
                let shown: String = text.chars().take(64).collect();
                Err(refusals::invalid_value(format!("Value ({shown}) for parameter attribute is invalid. Unknown attribute.")))
            }
        }
    }
}

/// ModifyVpcAttribute: of the attributes exactly one.
pub fn select_attribute(asked: &[(VpcAttribute, Option<bool>)]) -> Result<(VpcAttribute, bool), Refusal> {
    let named: Vec<(VpcAttribute, bool)> = asked.iter().filter_map(|(attribute, value)| Some((*attribute, (*value)?))).collect();
    match named.as_slice() {
        [one] => Ok(*one),
        [] => Err(refusals::missing_parameter("The request must contain the parameter of one attribute to be modified")),
        _ => Err(refusals::invalid_combination("Only one attribute can be modified at a time")),
    }
}

/// The VPC afterwards. Names are no use where the resolver does not answer.
pub fn admit_attribute(vpc: &Vpc, (attribute, value): (VpcAttribute, bool)) -> Result<Vpc, Refusal> {
    let vpc = vpc.clone();
    Ok(match attribute {
        VpcAttribute::DnsHostnames if value && !vpc.dns_support => {
            let message = format!("DNS hostnames cannot be enabled for {}, in which DNS support is disabled", vpc.id);
            return Err(refusals::invalid_combination(message));
        }
        VpcAttribute::DnsSupport => Vpc { dns_support: value, ..vpc },
        VpcAttribute::DnsHostnames => Vpc { dns_hostnames: value, ..vpc },
        VpcAttribute::NetworkAddressUsageMetrics => Vpc { network_address_usage_metrics: value, ..vpc },
    })
}

/// DeleteVpc: not while it has anything but what it came with. `inside` are the ids of that.
pub fn admit_delete(id: VpcId, inside: &[String]) -> Result<(), Refusal> {
    if inside.is_empty() {
        return Ok(());
    }
    Err(refusals::dependency_violation(format!("The vpc '{id}' has dependencies and cannot be deleted. {}", still_has(inside))))
}

/// What blocks the deletion of what it is in.
pub(crate) fn still_has(inside: &[String]) -> String {
    format!("It still has: {}", listed(inside))
}

/// What blocks the deletion of what it uses.
pub(crate) fn still_used_by(users: &[String]) -> String {
    format!("It is still used by: {}", listed(users))
}

/// As much of it as somebody can look through.
fn listed(ids: &[String]) -> String {
    const SHOWN: usize = 10;
    let named = ids.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if ids.len() > SHOWN { format!("{named}, and more") } else { named }
}
