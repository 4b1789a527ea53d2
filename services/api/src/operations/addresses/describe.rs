//! DescribeAddresses. EC2 has no pages here.

use std::{borrow::Cow, collections::BTreeSet};

use multihome_core::{elastic as rules, refusals};
use multihome_ec2::{
    Tag,
    address::{Address as Shown, DescribeAddresses, DescribeAddressesReply},
};
use multihome_entities::{
    attachment,
    elastic_address::{self, Column, Entity, Placed},
};
use multihome_types::{Address, AllocationId};
use sea_orm::{
    Condition,
    sea_query::{Expr, ExprTrait, Query},
};

use super::parse_address;
use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, many, one},
    ids,
    operations::{network_interfaces::of_account, tags::gather_tags},
    page::{self, Asked, Page},
};

pub(crate) async fn describe_addresses(api: &Api, call: &Call, request: DescribeAddresses) -> Result<DescribeAddressesReply, Fault> {
    let ids: Vec<AllocationId> = ids::parse_all(&request.allocation_ids)?;
    let public = request.public_ips.iter().map(|text| parse_address(text)).collect::<Result<BTreeSet<Address>, _>>()?;
    let filters = Filters::parse::<Shown>(request.filters)?;
    let paging = Asked { action: "DescribeAddresses", max_results: None, next_token: None, ids: None, sizes: 5..=1_000 };
    let page = Page::parse(call, paging, &filters)?;
    if !ids.is_empty() || !public.is_empty() {
        return Ok(DescribeAddressesReply { addresses: gather_named(api, call, (&ids, &public), &filters).await? });
    }
    let matching = matching(call, &filters);
    let load = |after, limit| load(api, &matching, after, limit);
    let (addresses, _) = page::gather(&page, &filters, |shown| &shown.allocation_id, load).await?;
    Ok(DescribeAddressesReply { addresses })
}

/// All of them, or the refusal of the first that the caller does not have.
pub(super) async fn gather_named(
    api: &Api,
    call: &Call,
    (ids, public): (&[AllocationId], &BTreeSet<Address>),
    filters: &Filters,
) -> Result<Vec<Shown>, Fault> {
    let named = Condition::any()
        .add(Expr::col((Entity, Column::Id)).is_in(ids.iter().copied()))
        .add(Expr::col((Entity, Column::Address)).is_in(public.iter().copied()));
    let mut found = load(api, &of_caller(call, true).add(named), None, ids.len() + public.len()).await?;
    if let Some(missing) = ids.iter().map(ToString::to_string).find(|id| !found.iter().any(|shown| shown.allocation_id == *id)) {
        return Err(refusals::allocation_not_found(&missing).into());
    }
    if let Some(missing) = public.iter().map(ToString::to_string).find(|address| !found.iter().any(|shown| shown.public_ip == *address)) {
        return Err(refusals::public_address_not_found(&missing).into());
    }
    found.retain(|shown| filters.matches(shown));
    Ok(found)
}

fn of_caller(call: &Call, narrowed: bool) -> Condition {
    of_account(call, (Entity, Column::Account), (Entity, Column::Region), narrowed).add(Expr::col((Entity, Column::Automatic)).eq(false))
}

/// The caller's addresses, and of the filters those that an index knows. Values are compared as texts: one that is no id matches nothing.
fn matching(call: &Call, filters: &Filters) -> Condition {
    let mut narrow = Condition::all();
    let columns = [
        ("allocation-id", Column::Id),
        ("public-ip", Column::Address),
        ("association-id", Column::Association),
        ("network-interface-id", Column::Interface),
    ];
    for (name, column) in columns {
        if let Some(values) = filters.exact(name) {
            narrow = narrow.add(Expr::col((Entity, column)).is_in(values));
        }
    }
    if let Some(values) = filters.exact("instance-id") {
        let on_it = Query::select()
            .column(attachment::Column::Interface)
            .from(attachment::Entity)
            .and_where(Expr::col(attachment::Column::Instance).is_in(values))
            .to_owned();
        narrow = narrow.add(Expr::col((Entity, Column::Interface)).in_subquery(on_it));
    }
    of_caller(call, !narrow.is_empty()).add(narrow)
}

async fn load(api: &Api, matching: &Condition, after: Option<String>, limit: usize) -> Result<Vec<Shown>, Fault> {
    let conn = api.store.reader();
    let mut matching = matching.clone();
    if let Some(after) = after {
        matching = matching.add(Expr::col((Entity, Column::Id)).gt(after));
    }
    let rows = elastic_address::load_placed(conn, matching, u64::try_from(limit).unwrap_or(u64::MAX)).await?;
    let ids: Vec<String> = rows.iter().map(|row| row.elastic.id.to_string()).collect();
    let mut tags = gather_tags(conn, &ids).await?;
    Ok(rows.into_iter().zip(ids).map(|(row, id)| show(&row, tags.remove(&id).unwrap_or_default())).collect())
}

fn show(row: &Placed, tags: Vec<Tag>) -> Shown {
    let Placed { elastic, interface_account, instance } = row;
    let association = elastic.association.as_ref();
    Shown {
        allocation_id: elastic.id.to_string(),
        association_id: association.map(|association| association.id.to_string()),
        domain: rules::DOMAIN.to_owned(),
        network_interface_id: association.map(|association| association.interface.to_string()),
        network_interface_owner_id: interface_account.map(|account| account.to_string()),
        private_ip_address: association.map(|association| association.private_address.to_string()),
        tags,
        public_ipv4_pool: rules::POOL.to_owned(),
        network_border_group: elastic.region.to_string(),
        instance_id: instance.map(|instance| instance.to_string()),
        public_ip: elastic.address.to_string(),
    }
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        match name {
            "allocation-id" => one(&self.allocation_id),
            "association-id" => many(self.association_id.as_deref()),
            "domain" => one(&self.domain),
            "instance-id" => many(self.instance_id.as_deref()),
            "network-border-group" => one(&self.network_border_group),
            "network-interface-id" => many(self.network_interface_id.as_deref()),
            "network-interface-owner-id" => many(self.network_interface_owner_id.as_deref()),
            "private-ip-address" => many(self.private_ip_address.as_deref()),
            "public-ip" => one(&self.public_ip),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
