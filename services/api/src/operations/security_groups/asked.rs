//! The rules a request names, in either of EC2's two forms, and the groups they refer to.

use std::collections::BTreeMap;

use multihome_core::{
    group_rules::{PeerFacts, Permission, RuleAsked, block_malformed, check_description, check_peers, check_ports, no_peer, parse_protocol},
    refusals,
};
use multihome_ec2::{
    Ec2Error,
    security_group::{IpPermission, IpRange, UserIdGroupPair},
};
use multihome_entities::group;
use multihome_types::{AccountId, Group, GroupId, RulePeer, VpcId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType};

use super::gather_named;
use crate::{call::Call, fault::Fault, ids};

/// The one rule that a request may say without `IpPermissions`.
#[derive(Clone, Debug, Default)]
pub(super) struct Flat {
    pub protocol: Option<String>,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub cidr: Option<String>,
    pub group_name: Option<String>,
    pub group_owner: Option<String>,
}

impl Flat {
    fn is_absent(&self) -> bool {
        let Self { protocol, from_port, to_port, cidr, group_name, group_owner } = self;
        let texts = [protocol, cidr, group_name, group_owner];
        texts.iter().all(|text| text.is_none()) && from_port.is_none() && to_port.is_none()
    }

    /// As `IpPermissions`.
    fn permissions(self) -> Result<Vec<IpPermission>, Ec2Error> {
        let Self { protocol, from_port, to_port, cidr, group_name, group_owner } = self;
        let Some(name) = group_name else {
            if group_owner.is_some() {
                return Err(Ec2Error::missing_parameter("SourceSecurityGroupName"));
            }
            let range = IpRange { description: None, cidr_ip: cidr.ok_or_else(|| Ec2Error::missing_parameter("CidrIp"))? };
            return Ok(vec![IpPermission { ip_protocol: protocol, from_port, to_port, ip_ranges: vec![range], ..IpPermission::default() }]);
        };
        if cidr.is_some() || protocol.is_some() || from_port.is_some() || to_port.is_some() {
            let message = "The parameter SourceSecurityGroupName cannot be used with the parameters CidrIp, IpProtocol, FromPort and ToPort";
            return Err(refusals::invalid_combination(message).into());
        }
        // Source: AuthorizeSecurityGroupIngress, SourceSecurityGroupName: full ICMP, UDP and TCP access.
        let pair = UserIdGroupPair { user_id: group_owner, group_name: Some(name), ..UserIdGroupPair::default() };
        let full = |protocol: &str, from, to| IpPermission {
            ip_protocol: Some(protocol.to_owned()),
            from_port: Some(from),
            to_port: Some(to),
            groups: vec![pair.clone()],
            ..IpPermission::default()
        };
        Ok(vec![full("tcp", 0, 65_535), full("udp", 0, 65_535), full("icmp", -1, -1)])
    }
}

/// A rule whose peer may yet be a name.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    egress: bool,
    protocol: i32,
    from_port: Option<i32>,
    to_port: Option<i32>,
    peer: Peer,
    description: Option<String>,
    /// Where the caller says that the peer is.
    vpc: Option<VpcId>,
}

#[derive(Clone, Debug)]
enum Peer {
    Is(RulePeer),
    Named { name: String, account: AccountId },
}

/// The rules of one direction that a request names; none is for the operation to allow or refuse.
///
/// # Errors
/// Whatever is wrong with them, but for groups that do not exist.
pub(super) fn parse(call: &Call, egress: bool, permissions: Vec<IpPermission>, flat: Flat) -> Result<Vec<Asked>, Ec2Error> {
    let permissions = if flat.is_absent() {
        permissions
    } else if egress {
        return Err(refusals::unsupported("Rules for outgoing traffic are given as IpPermissions").into());
    } else if permissions.is_empty() {
        flat.permissions()?
    } else {
        return Err(refusals::invalid_combination("The parameter ipPermissions cannot be used with the parameters of a single rule").into());
    };
    let mut asked = Vec::with_capacity(permissions.len());
    for permission in permissions {
        parse_permission(call, egress, permission, &mut asked)?;
    }
    Ok(asked)
}

fn parse_permission(call: &Call, egress: bool, from: IpPermission, into: &mut Vec<Asked>) -> Result<(), Ec2Error> {
    let IpPermission { ip_protocol, from_port, to_port, groups, ip_ranges, ipv6_ranges, prefix_list_ids } = from;
    let protocol = parse_protocol(ip_protocol.as_deref())?;
    let (from_port, to_port) = check_ports(protocol, from_port, to_port)?;
    if !prefix_list_ids.is_empty() {
        return Err(refusals::unsupported("Prefix lists are not supported.").into());
    }
    if groups.is_empty() && ip_ranges.is_empty() && ipv6_ranges.is_empty() {
        return Err(no_peer().into());
    }
    let mut push = |peer, description, vpc| -> Result<(), Ec2Error> {
        let description = check_description(description)?;
        into.push(Asked { egress, protocol, from_port, to_port, peer, description, vpc });
        Ok(())
    };
    for range in ip_ranges {
        let cidr = range.cidr_ip.parse().map_err(|_| block_malformed(&range.cidr_ip))?;
        push(Peer::Is(RulePeer::Cidr(cidr)), range.description, None)?;
    }
    for range in ipv6_ranges {
        let cidr = range.cidr_ipv6.parse().map_err(|_| block_malformed(&range.cidr_ipv6))?;
        push(Peer::Is(RulePeer::Ipv6Cidr(cidr)), range.description, None)?;
    }
    for pair in groups {
        let (account, vpc) = parse_pair(call, &pair)?;
        let peer = match (pair.group_id.filter(|id| !id.is_empty()), pair.group_name) {
            (Some(_), Some(_)) => {
                return Err(refusals::invalid_combination("The parameter GroupName cannot be used with the parameter GroupId").into());
            }
            (Some(id), None) => Peer::Is(RulePeer::Group { id: ids::parse(&id)?, account }),
            (None, Some(name)) => Peer::Named { name, account },
            (None, None) => return Err(refusals::missing_parameter("Source group ID missing.").into()),
        };
        push(peer, pair.description, vpc)?;
    }
    Ok(())
}

/// Whose group it is that a rule refers to, and where.
fn parse_pair(call: &Call, pair: &UserIdGroupPair) -> Result<(AccountId, Option<VpcId>), Ec2Error> {
    if pair.vpc_peering_connection_id.is_some() || pair.peering_status.is_some() {
        return Err(refusals::unsupported("VPC peering connections are not supported.").into());
    }
    let account = match pair.user_id.as_deref().filter(|text| !text.is_empty()) {
        None => call.account,
        Some(text) => {
            let shown: String = text.chars().take(64).collect();
            text.parse().map_err(|_| Ec2Error::new("InvalidUserID.Malformed", format!("Invalid user id: \"{shown}\"")))?
        }
    };
    Ok((account, pair.vpc_id.as_deref().map(ids::parse).transpose()?))
}

/// The rules, with ids for names.
///
/// # Errors
/// A group that has no such name in the default VPC.
pub(super) async fn gather_names<C: ConnectionTrait>(conn: &C, call: &Call, asked: &[Asked]) -> Result<Vec<RuleAsked>, Fault> {
    let name_of = |one: &Asked| if let Peer::Named { name, .. } = &one.peer { Some(name.clone()) } else { None };
    let names: Vec<String> = asked.iter().filter_map(name_of).collect();
    let found = if names.is_empty() { Vec::new() } else { gather_named(conn, call, &names).await? };
    let mut named = found.into_iter();
    let mut rules = Vec::with_capacity(asked.len());
    for Asked { egress, protocol, from_port, to_port, peer, description, .. } in asked.iter().cloned() {
        let peer = match peer {
            Peer::Is(peer) => peer,
            Peer::Named { account, .. } => RulePeer::Group { id: named.next().ok_or_else(refusals::no_default_vpc)?, account },
        };
        rules.push(RuleAsked { permission: Permission { egress, protocol, from_port, to_port, peer }, description });
    }
    Ok(rules)
}

/// Whether new rules of `group` may refer to what they refer to. Groups that may stay until the end of the transaction.
///
/// # Errors
/// `InvalidGroup.NotFound`.
pub(super) async fn gather_and_check_peers<C: ConnectionTrait>(conn: &C, group: &Group, permissions: &[Permission]) -> Result<(), Fault> {
    let peer_id = |permission: &Permission| if let RulePeer::Group { id, .. } = permission.peer { Some(id) } else { None };
    let ids: Vec<GroupId> = permissions.iter().filter_map(peer_id).collect();
    let mut known = BTreeMap::new();
    if !ids.is_empty() {
        let rows = group::Entity::find().filter(group::Column::Id.is_in(ids)).order_by_asc(group::Column::Id).lock(LockType::KeyShare);
        for row in rows.all(conn).await? {
            known.insert(row.id, PeerFacts { account: row.account, region: row.region, vpc: row.vpc });
        }
    }
    Ok(check_peers(group, permissions, &known)?)
}

/// Where a caller says in which VPC a peer is, it has to be that of the group.
pub(super) fn check_said(group: &Group, asked: &[Asked]) -> Result<(), Ec2Error> {
    match asked.iter().find_map(|one| one.vpc.filter(|vpc| *vpc != group.vpc)) {
        Some(_) => {
            Err(refusals::unsupported("Security groups of other VPCs cannot be referred to: VPC peering connections are not supported.").into())
        }
        None => Ok(()),
    }
}
