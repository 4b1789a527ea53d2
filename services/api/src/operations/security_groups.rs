//! Security groups: create and describe.

use std::borrow::Cow;

use multihome_core::{refusals, vpc as rules};
use multihome_ec2::{
    Tag,
    security_group::{
        CreateSecurityGroup, CreateSecurityGroupReply, DescribeSecurityGroups, DescribeSecurityGroupsReply, IpPermission, IpRange,
        SecurityGroup as Shown, UserIdGroupPair,
    },
};
use multihome_entities::{group, group_rule};
use multihome_types::{EntityKind, Generation, Group, GroupId, GroupRule, Refusal, RulePeer, VpcId};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{
    arn,
    tags::{apply_tags, gather_tags, specified},
    vpcs::{gather_and_lock_vpc, gather_default_vpc},
    with_fresh_ids,
};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, many, one},
    ids,
    page::{self, Asked, Page},
};

pub(crate) async fn create_security_group(api: &Api, call: &Call, request: CreateSecurityGroup) -> Result<CreateSecurityGroupReply, Fault> {
    rules::check_group(&request.group_name, &request.group_description)?;
    let tags = specified(&request.tag_specifications, "security-group")?;
    let vpc: VpcId = match &request.vpc_id {
        Some(text) => ids::parse(text)?,
        None => gather_default_vpc(api.store.reader(), call).await?.ok_or_else(refusals::no_default_vpc)?,
    };
    let id = with_fresh_ids(|| async {
        let group = Group {
            id: api.fresh(),
            account: call.account,
            region: call.region,
            vpc,
            name: request.group_name.clone(),
            description: request.group_description.clone(),
            rules: vec![rules::egress_to_all(api.fresh())],
            created: call.now,
            generation: Generation::FIRST,
        };
        apply_create(api, call, &group, &tags).await?;
        Ok(group.id)
    })
    .await?;
    Ok(CreateSecurityGroupReply {
        group_id: id.to_string(),
        tags: (!tags.is_empty()).then_some(tags),
        security_group_arn: arn(call, "security-group", id),
    })
}

async fn apply_create(api: &Api, call: &Call, group: &Group, tags: &[Tag]) -> Result<(), Fault> {
    let mut transaction = api.store.begin().await?;
    let vpc = gather_and_lock_vpc(&transaction, call, group.vpc).await?;
    let conn = transaction.conn();
    let same_name = group::Entity::find().filter(group::Column::Vpc.eq(vpc.id)).filter(group::Column::Name.eq(&group.name)).count(conn).await?;
    if same_name > 0 {
        return Err(rules::group_exists(&group.name, vpc.id).into());
    }
    group::Entity::insert(group::Model::from(group).into_active_model()).exec_without_returning(conn).await?;
    let own = group.rules.iter().map(|rule| group_rule::Model::of(group.id, rule).into_active_model());
    group_rule::Entity::insert_many(own).exec_without_returning(conn).await?;
    apply_tags(&transaction, call, &group.id.to_string(), tags).await?;
    let why = format!("Security group {} ({}) was created in VPC {}.", group.id, group.name, vpc.id);
    transaction.record(vec![call.change((EntityKind::Group, group.id, group.generation), "created", why)]).await?;
    transaction.commit().await?;
    Ok(())
}

pub(crate) async fn describe_security_groups(api: &Api, call: &Call, request: DescribeSecurityGroups) -> Result<DescribeSecurityGroupsReply, Fault> {
    let asked: Vec<GroupId> = ids::parse_all(&request.group_ids)?;
    let filters = Filters::parse::<Shown>(request.filters)?;
    let named = !request.group_names.is_empty();
    let paging = Asked {
        action: "DescribeSecurityGroups",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: if asked.is_empty() { named.then_some("GroupNames") } else { Some("GroupIds") },
        largest: 1_000,
    };
    let page = Page::parse(call, paging, &filters)?;
    let mut matching = Condition::all().add(group::Column::Account.eq(call.account)).add(group::Column::Region.eq(call.region));
    if named {
        matching = matching.add(group::Column::Id.is_in(gather_named(api, call, &request.group_names).await?));
    }
    if !asked.is_empty() {
        matching = matching.add(group::Column::Id.is_in(asked.iter().copied()));
        let load = |_, _| load_whole(api, call, matching);
        let security_groups = page::gather_asked(&asked, &filters, |shown| &shown.group_id, refusals::group_not_found, load).await?;
        return Ok(DescribeSecurityGroupsReply { next_token: None, security_groups });
    }
    for (name, column) in [("group-id", group::Column::Id), ("vpc-id", group::Column::Vpc)] {
        if let Some(exact) = filters.exact(name) {
            matching = matching.add(column.is_in(exact));
        }
    }
    let load = |after, limit| load(api, call, &matching, (after, limit));
    let (security_groups, next_token) = page::gather(&page, &filters, |shown| &shown.group_id, load).await?;
    Ok(DescribeSecurityGroupsReply { next_token, security_groups })
}

/// Groups by name: of the default VPC, as in EC2.
async fn gather_named(api: &Api, call: &Call, names: &[String]) -> Result<Vec<GroupId>, Fault> {
    let conn = api.store.reader();
    let vpc = gather_default_vpc(conn, call).await?.ok_or_else(refusals::no_default_vpc)?;
    let found: Vec<(GroupId, String)> = group::Entity::find()
        .filter(group::Column::Vpc.eq(vpc))
        .filter(group::Column::Name.is_in(names))
        .select_only()
        .columns([group::Column::Id, group::Column::Name])
        .into_tuple()
        .all(conn)
        .await?;
    if let Some(missing) = names.iter().find(|name| found.iter().all(|(_, known)| known != *name)) {
        let shown: String = missing.chars().take(255).collect();
        return Err(Refusal::new("InvalidGroup.NotFound", format!("The security group '{shown}' does not exist in default VPC '{vpc}'")).into());
    }
    Ok(found.into_iter().map(|(id, _)| id).collect())
}

/// The ids of the batch first: a group is read together with its rules, and a page needs those of its own groups only.
async fn load(api: &Api, call: &Call, matching: &Condition, (after, limit): (Option<String>, usize)) -> Result<Vec<Shown>, Fault> {
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

async fn load_whole(api: &Api, call: &Call, matching: Condition) -> Result<Vec<Shown>, Fault> {
    let conn = api.store.reader();
    let groups = group::load(conn, matching).await?;
    let texts: Vec<String> = groups.iter().map(|group| group.id.to_string()).collect();
    let mut tags = gather_tags(conn, &texts).await?;
    Ok(groups.into_iter().zip(texts).map(|(group, text)| show(call, group, tags.remove(&text).unwrap_or_default())).collect())
}

fn show(call: &Call, group: Group, tags: Vec<Tag>) -> Shown {
    let permissions = |egress: bool| merge(group.rules.iter().filter(|rule| rule.egress == egress));
    Shown {
        ip_permissions_egress: permissions(true),
        ip_permissions: permissions(false),
        group_id: group.id.to_string(),
        tags: (!tags.is_empty()).then_some(tags),
        vpc_id: group.vpc.to_string(),
        security_group_arn: arn(call, "security-group", group.id),
        owner_id: group.account.to_string(),
        group_name: group.name,
        group_description: group.description,
    }
}

/// The rules of one protocol and port range are shown as one permission.
fn merge<'r>(rules: impl Iterator<Item = &'r GroupRule>) -> Vec<IpPermission> {
    let mut merged: Vec<IpPermission> = Vec::new();
    for rule in rules {
        let protocol = match rule.protocol {
            1 => "icmp".to_owned(),
            6 => "tcp".to_owned(),
            17 => "udp".to_owned(),
            58 => "icmpv6".to_owned(),
            number => number.to_string(),
        };
        let same = |known: &IpPermission| known.ip_protocol == protocol && (known.from_port, known.to_port) == (rule.from_port, rule.to_port);
        let place = merged.iter().position(same).unwrap_or_else(|| {
            merged.push(IpPermission { ip_protocol: protocol.clone(), from_port: rule.from_port, to_port: rule.to_port, ..IpPermission::default() });
            merged.len() - 1
        });
        match rule.peer {
            RulePeer::Cidr(cidr) => merged[place].ip_ranges.push(IpRange { description: None, cidr_ip: cidr.to_string() }),
            RulePeer::Group { id, account } => {
                merged[place].groups.push(UserIdGroupPair { description: None, user_id: account.to_string(), group_id: id.to_string() });
            }
        }
    }
    merged
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        if let Some(name) = name.strip_prefix("egress.ip-permission.") {
            return of_permissions(&self.ip_permissions_egress, name);
        }
        if let Some(name) = name.strip_prefix("ip-permission.") {
            return of_permissions(&self.ip_permissions, name);
        }
        match name {
            "description" => one(&self.group_description),
            "group-id" => one(&self.group_id),
            "group-name" => one(&self.group_name),
            "owner-id" => one(&self.owner_id),
            "vpc-id" => one(&self.vpc_id),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        self.tags.as_deref().unwrap_or_default()
    }
}

fn of_permissions<'p>(permissions: &'p [IpPermission], name: &str) -> Option<Vec<Cow<'p, str>>> {
    match name {
        "cidr" => many(permissions.iter().flat_map(|permission| &permission.ip_ranges).map(|range| &range.cidr_ip)),
        "from-port" => many(permissions.iter().filter_map(|permission| permission.from_port).map(|port| port.to_string())),
        "group-id" => many(permissions.iter().flat_map(|permission| &permission.groups).map(|group| &group.group_id)),
        "ipv6-cidr" | "prefix-list-id" => Some(Vec::new()),
        "protocol" => many(permissions.iter().map(|permission| &permission.ip_protocol)),
        "to-port" => many(permissions.iter().filter_map(|permission| permission.to_port).map(|port| port.to_string())),
        "user-id" => many(permissions.iter().flat_map(|permission| &permission.groups).map(|group| &group.user_id)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
