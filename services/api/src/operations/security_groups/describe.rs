//! DescribeSecurityGroups.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
};

use multihome_core::refusals;
use multihome_ec2::{
    Tag,
    security_group::{DescribeSecurityGroups, DescribeSecurityGroupsReply, IpPermission, SecurityGroup},
};
use multihome_entities::{group, interface::MAX_BOUND};
use multihome_types::{Group, GroupId, GroupRule, RulePeer};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{gather_named, shown::show_group};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, many, one},
    ids,
    operations::tags::gather_tags,
    page::{self, Asked, Page},
};

pub(crate) async fn describe_security_groups(api: &Api, call: &Call, request: DescribeSecurityGroups) -> Result<DescribeSecurityGroupsReply, Fault> {
    let asked: Vec<GroupId> = ids::parse_all(&request.group_ids)?;
    let filters = Filters::parse::<Found>(request.filters)?;
    let named = !request.group_names.is_empty();
    let paging = Asked {
        action: "DescribeSecurityGroups",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: if asked.is_empty() { named.then_some("GroupNames") } else { Some("GroupIds") },
        sizes: 5..=1_000,
    };
    let page = Page::parse(call, paging, &filters)?;
    let mut matching = Condition::all().add(group::Column::Account.eq(call.account)).add(group::Column::Region.eq(call.region));
    if named {
        matching = matching.add(group::Column::Id.is_in(gather_named(api.store.reader(), call, &request.group_names).await?));
    }
    if !asked.is_empty() {
        matching = matching.add(group::Column::Id.is_in(asked.iter().copied()));
        let load = |_, _| load_whole(api, call, matching);
        let found = page::gather_asked(&asked, &filters, |found| &found.shown.group_id, refusals::group_not_found, load).await?;
        return Ok(reply(found, None));
    }
    for (name, column) in [("group-id", group::Column::Id), ("group-name", group::Column::Name), ("vpc-id", group::Column::Vpc)] {
        if let Some(exact) = filters.exact(name) {
            matching = matching.add(column.is_in(exact));
        }
    }
    let load = |after, limit| load(api, call, &matching, (after, limit));
    let (found, next_token) = page::gather(&page, &filters, |found| &found.shown.group_id, load).await?;
    Ok(reply(found, next_token))
}

fn reply(found: Vec<Found>, next_token: Option<String>) -> DescribeSecurityGroupsReply {
    DescribeSecurityGroupsReply { next_token, security_groups: found.into_iter().map(|found| found.shown).collect() }
}

/// A group, and what can be asked about it besides what is shown.
#[derive(Debug, Default)]
struct Found {
    shown: SecurityGroup,
    ingress_peers: Vec<String>,
    egress_peers: Vec<String>,
}

/// The ids of the batch first: a group is read together with its rules, and a page needs those of its own groups only.
async fn load(api: &Api, call: &Call, matching: &Condition, (after, limit): (Option<String>, usize)) -> Result<Vec<Found>, Fault> {
    let conn = api.store.reader();
    let mut matching = matching.clone();
    if let Some(after) = after {
        matching = matching.add(group::Column::Id.gt(after));
    }
    let select = group::Entity::find().filter(matching).select_only().column(group::Column::Id).order_by_asc(group::Column::Id).limit(limit as u64);
    let ids: Vec<GroupId> = select.into_tuple().all(conn).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    load_whole(api, call, Condition::all().add(group::Column::Id.is_in(ids))).await
}

async fn load_whole(api: &Api, call: &Call, matching: Condition) -> Result<Vec<Found>, Fault> {
    let conn = api.store.reader();
    let groups = group::load(conn, matching).await?;
    let texts: Vec<String> = groups.iter().map(|group| group.id.to_string()).collect();
    let mut tags = gather_tags(conn, &texts).await?;
    let names = gather_names_of_peers(conn, &groups).await?;
    let found = |(group, text): (Group, String)| {
        let peers = |egress: bool| {
            let peers = group.rules.iter().filter(|rule| rule.egress == egress).filter_map(peer);
            peers.filter_map(|id| names.get(&id).cloned()).collect()
        };
        Found { ingress_peers: peers(false), egress_peers: peers(true), shown: show_group(call, &group, tags.remove(&text).unwrap_or_default()) }
    };
    Ok(groups.into_iter().zip(texts).map(found).collect())
}

fn peer(rule: &GroupRule) -> Option<GroupId> {
    if let RulePeer::Group { id, .. } = rule.peer { Some(id) } else { None }
}

/// The names of the groups that rules refer to; most refer to groups that are on the page themselves.
async fn gather_names_of_peers<C: ConnectionTrait>(conn: &C, groups: &[Group]) -> Result<HashMap<GroupId, String>, Fault> {
    let mut names: HashMap<GroupId, String> = groups.iter().map(|group| (group.id, group.name.clone())).collect();
    let peers: BTreeSet<GroupId> = groups.iter().flat_map(|group| &group.rules).filter_map(peer).filter(|id| !names.contains_key(id)).collect();
    let peers: Vec<GroupId> = peers.into_iter().collect();
    for some in peers.chunks(MAX_BOUND) {
        let rows = group::Entity::find().filter(group::Column::Id.is_in(some.iter().copied())).select_only();
        let rows: Vec<(GroupId, String)> = rows.columns([group::Column::Id, group::Column::Name]).into_tuple().all(conn).await?;
        names.extend(rows);
    }
    Ok(names)
}

impl Filterable for Found {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        if let Some(name) = name.strip_prefix("egress.ip-permission.") {
            return of_permissions(&self.shown.ip_permissions_egress, &self.egress_peers, name);
        }
        if let Some(name) = name.strip_prefix("ip-permission.") {
            return of_permissions(&self.shown.ip_permissions, &self.ingress_peers, name);
        }
        match name {
            "description" => one(&self.shown.group_description),
            "group-id" => one(&self.shown.group_id),
            "group-name" => one(&self.shown.group_name),
            "owner-id" => one(&self.shown.owner_id),
            "vpc-id" => one(&self.shown.vpc_id),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        self.shown.tags.as_deref().unwrap_or_default()
    }
}

fn of_permissions<'p>(permissions: &'p [IpPermission], peers: &'p [String], name: &str) -> Option<Vec<Cow<'p, str>>> {
    let groups = || permissions.iter().flat_map(|permission| &permission.groups);
    match name {
        "cidr" => many(permissions.iter().flat_map(|permission| &permission.ip_ranges).map(|range| &range.cidr_ip)),
        "from-port" => many(permissions.iter().filter_map(|permission| permission.from_port).map(|port| port.to_string())),
        "group-id" => many(groups().filter_map(|group| group.group_id.as_deref())),
        "group-name" => many(peers),
        "ipv6-cidr" => many(permissions.iter().flat_map(|permission| &permission.ipv6_ranges).map(|range| &range.cidr_ipv6)),
        "prefix-list-id" => Some(Vec::new()),
        "protocol" => many(permissions.iter().filter_map(|permission| permission.ip_protocol.as_deref())),
        "to-port" => many(permissions.iter().filter_map(|permission| permission.to_port).map(|port| port.to_string())),
        "user-id" => many(groups().filter_map(|group| group.user_id.as_deref())),
        _ => None,
    }
}
