//! DescribeNetworkAcls, and how an ACL is shown.

use std::borrow::Cow;

use multihome_core::{group_rules::protocol_name, network_acl as rules};
use multihome_ec2::{
    Tag,
    network_acl::{
        DescribeNetworkAcls, DescribeNetworkAclsReply, IcmpTypeCode, NetworkAcl as Shown, NetworkAclAssociation, NetworkAclEntry as ShownEntry,
        PortRange,
    },
};
use multihome_entities::{
    network_acl::{self, Column, Entity},
    network_acl_association,
};
use multihome_types::{NetworkAcl, NetworkAclEntry, NetworkAclId};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Query};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, flag, many, one},
    ids,
    operations::tags::gather_tags,
    page::{self, Asked, Page},
};

pub(crate) async fn describe_network_acls(api: &Api, call: &Call, request: DescribeNetworkAcls) -> Result<DescribeNetworkAclsReply, Fault> {
    let asked: Vec<NetworkAclId> = ids::parse_all(&request.network_acl_ids)?;
    let filters = Filters::parse::<Shown>(request.filters)?;
    let paging = Asked {
        action: "DescribeNetworkAcls",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!asked.is_empty()).then_some("NetworkAclIds"),
        sizes: 5..=1_000,
    };
    let page = Page::parse(call, paging, &filters)?;
    let mut matching = Condition::all().add(Column::Account.eq(call.account)).add(Column::Region.eq(call.region));
    if !asked.is_empty() {
        matching = matching.add(Column::Id.is_in(asked.iter().copied()));
        let load = |_, _| load_whole(api, matching);
        let network_acls = page::gather_asked(&asked, &filters, |shown| &shown.network_acl_id, rules::network_acl_not_found, load).await?;
        return Ok(DescribeNetworkAclsReply { network_acls, next_token: None });
    }
    for (name, column) in [("network-acl-id", Column::Id), ("vpc-id", Column::Vpc)] {
        if let Some(exact) = filters.exact(name) {
            matching = matching.add(column.is_in(exact));
        }
    }
    if let Some(exact) = filters.exact("association.subnet-id") {
        let of_subnets = Query::select()
            .column(network_acl_association::Column::Acl)
            .from(network_acl_association::Entity)
            .and_where(network_acl_association::Column::Subnet.is_in(exact))
            .to_owned();
        matching = matching.add(Column::Id.in_subquery(of_subnets));
    }
    let load = |after, limit| load(api, &matching, after, limit);
    let (network_acls, next_token) = page::gather(&page, &filters, |shown| &shown.network_acl_id, load).await?;
    Ok(DescribeNetworkAclsReply { network_acls, next_token })
}

/// The ids of the batch first: an ACL is read together with its parts, and a page needs those of its own ACLs only.
async fn load(api: &Api, matching: &Condition, after: Option<String>, limit: usize) -> Result<Vec<Shown>, Fault> {
    let conn = api.store.reader();
    let mut matching = matching.clone();
    if let Some(after) = after {
        matching = matching.add(Column::Id.gt(after));
    }
    let select = Entity::find().filter(matching).select_only().column(Column::Id);
    let ids: Vec<NetworkAclId> = select.order_by_asc(Column::Id).limit(limit as u64).into_tuple().all(conn).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    load_whole(api, Condition::all().add(Column::Id.is_in(ids))).await
}

pub(super) async fn load_whole(api: &Api, matching: Condition) -> Result<Vec<Shown>, Fault> {
    let conn = api.store.reader();
    let acls = network_acl::load(conn, matching).await?;
    let texts: Vec<String> = acls.iter().map(|acl| acl.id.to_string()).collect();
    let mut tags = gather_tags(conn, &texts).await?;
    Ok(acls.into_iter().zip(texts).map(|(acl, text)| show(acl, tags.remove(&text).unwrap_or_default())).collect())
}

fn show(acl: NetworkAcl, tags: Vec<Tag>) -> Shown {
    let network_acl_id = acl.id.to_string();
    let associations = acl.subnets.iter().map(|(id, subnet)| NetworkAclAssociation {
        network_acl_association_id: id.to_string(),
        network_acl_id: network_acl_id.clone(),
        subnet_id: subnet.to_string(),
    });
    Shown {
        associations: associations.collect(),
        entries: acl.entries.iter().map(show_entry).collect(),
        default: acl.is_default,
        network_acl_id,
        tags,
        vpc_id: acl.vpc.to_string(),
        owner_id: acl.account.to_string(),
    }
}

fn show_entry(entry: &NetworkAclEntry) -> ShownEntry {
    ShownEntry {
        cidr_block: entry.peer.ipv4().map(|cidr| cidr.to_string()),
        egress: entry.egress,
        icmp_type_code: entry.icmp.map(|icmp| IcmpTypeCode { code: icmp.code, kind: icmp.kind }),
        ipv6_cidr_block: entry.peer.ipv6().map(|cidr| cidr.to_string()),
        port_range: entry.ports.map(|ports| PortRange { from: ports.from, to: ports.to }),
        protocol: entry.protocol.to_string(),
        rule_action: entry.action.to_string(),
        rule_number: entry.number,
    }
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        let associations = || self.associations.iter();
        let entries = || self.entries.iter();
        let ports = || entries().filter_map(|entry| entry.port_range);
        let icmp = || entries().filter_map(|entry| entry.icmp_type_code);
        match name {
            "association.association-id" => many(associations().map(|association| &association.network_acl_association_id)),
            "association.network-acl-id" => many(associations().map(|association| &association.network_acl_id)),
            "association.subnet-id" => many(associations().map(|association| &association.subnet_id)),
            "default" => flag(self.default),
            "entry.cidr" => many(entries().filter_map(|entry| entry.cidr_block.as_deref())),
            "entry.egress" => many(entries().map(|entry| if entry.egress { "true" } else { "false" })),
            "entry.icmp.code" => many(icmp().map(|icmp| icmp.code.to_string())),
            "entry.icmp.type" => many(icmp().map(|icmp| icmp.kind.to_string())),
            "entry.ipv6-cidr" => many(entries().filter_map(|entry| entry.ipv6_cidr_block.as_deref())),
            "entry.port-range.from" => many(ports().map(|ports| ports.from.to_string())),
            "entry.port-range.to" => many(ports().map(|ports| ports.to.to_string())),
            // By number, or by name where there is one.
            "entry.protocol" => many(entries().flat_map(|entry| {
                let name = entry.protocol.parse().map_or(Cow::Borrowed(""), protocol_name);
                [Cow::Borrowed(&*entry.protocol), name]
            })),
            "entry.rule-action" => many(entries().map(|entry| &entry.rule_action)),
            "entry.rule-number" => many(entries().map(|entry| entry.rule_number.to_string())),
            "network-acl-id" => one(&self.network_acl_id),
            "owner-id" => one(&self.owner_id),
            "vpc-id" => one(&self.vpc_id),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
