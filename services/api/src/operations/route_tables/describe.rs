//! DescribeRouteTables, and how a table is shown.

use std::borrow::Cow;

use multihome_core::vpc as rules;
use multihome_ec2::{
    Tag,
    route_table::{
        DescribeRouteTables, DescribeRouteTablesReply, Route as ShownRoute, RouteTable as Shown, RouteTableAssociation, RouteTableAssociationState,
    },
};
use multihome_entities::route_table;
use multihome_types::{Route, RouteTable, RouteTableId, RouteTarget, SubnetId};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, many, one},
    ids,
    operations::tags::gather_tags,
    page::{self, Asked, Page},
};

pub(crate) async fn describe_route_tables(api: &Api, call: &Call, request: DescribeRouteTables) -> Result<DescribeRouteTablesReply, Fault> {
    let asked: Vec<RouteTableId> = ids::parse_all(&request.route_table_ids)?;
    let filters = Filters::parse::<Shown>(request.filters)?;
    let paging = Asked {
        action: "DescribeRouteTables",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!asked.is_empty()).then_some("RouteTableIds"),
        sizes: 5..=100,
    };
    let page = Page::parse(call, paging, &filters)?;
    let mut matching = Condition::all().add(route_table::Column::Account.eq(call.account)).add(route_table::Column::Region.eq(call.region));
    if !asked.is_empty() {
        matching = matching.add(route_table::Column::Id.is_in(asked.iter().copied()));
        let load = |_, _| load_whole(api, matching);
        let route_tables = page::gather_asked(&asked, &filters, |shown| &shown.route_table_id, rules::route_table_not_found, load).await?;
        return Ok(DescribeRouteTablesReply { route_tables, next_token: None });
    }
    for (name, column) in [("route-table-id", route_table::Column::Id), ("vpc-id", route_table::Column::Vpc)] {
        if let Some(exact) = filters.exact(name) {
            matching = matching.add(column.is_in(exact));
        }
    }
    let load = |after, limit| load(api, &matching, after, limit);
    let (route_tables, next_token) = page::gather(&page, &filters, |shown| &shown.route_table_id, load).await?;
    Ok(DescribeRouteTablesReply { route_tables, next_token })
}

/// The ids of the batch first: a table is read together with its parts, and a page needs those of its own tables only.
async fn load(api: &Api, matching: &Condition, after: Option<String>, limit: usize) -> Result<Vec<Shown>, Fault> {
    let conn = api.store.reader();
    let mut matching = matching.clone();
    if let Some(after) = after {
        matching = matching.add(route_table::Column::Id.gt(after));
    }
    let select = route_table::Entity::find().filter(matching).select_only().column(route_table::Column::Id);
    let ids: Vec<RouteTableId> = select.order_by_asc(route_table::Column::Id).limit(limit as u64).into_tuple().all(conn).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    load_whole(api, Condition::all().add(route_table::Column::Id.is_in(ids))).await
}

pub(super) async fn load_whole(api: &Api, matching: Condition) -> Result<Vec<Shown>, Fault> {
    let conn = api.store.reader();
    let tables = route_table::load(conn, matching).await?;
    let texts: Vec<String> = tables.iter().map(|table| table.id.to_string()).collect();
    let mut tags = gather_tags(conn, &texts).await?;
    Ok(tables.into_iter().zip(texts).map(|(table, text)| show(table, tags.remove(&text).unwrap_or_default())).collect())
}

fn show(table: RouteTable, tags: Vec<Tag>) -> Shown {
    let association = |id: String, subnet: Option<SubnetId>| RouteTableAssociation {
        main: subnet.is_none(),
        route_table_association_id: id,
        route_table_id: table.id.to_string(),
        subnet_id: subnet.map(|subnet| subnet.to_string()),
        gateway_id: None,
        association_state: associated(),
    };
    let main = table.main.iter().map(|id| association(id.to_string(), None));
    let explicit = table.subnets.iter().map(|(id, subnet)| association(id.to_string(), Some(*subnet)));
    Shown {
        associations: main.chain(explicit).collect(),
        propagating_vgws: Vec::new(),
        route_table_id: table.id.to_string(),
        routes: table.routes.iter().map(show_route).collect(),
        tags,
        vpc_id: table.vpc.to_string(),
        owner_id: table.account.to_string(),
    }
}

/// There is nothing in between: an association is there at once.
pub(super) fn associated() -> RouteTableAssociationState {
    RouteTableAssociationState { state: "associated".to_owned(), status_message: None }
}

fn show_route(route: &Route) -> ShownRoute {
    let mut shown = ShownRoute {
        destination_cidr_block: route.destination.ipv4().map(|cidr| cidr.to_string()),
        destination_ipv6_cidr_block: route.destination.ipv6().map(|cidr| cidr.to_string()),
        instance_id: route.instance.map(|(instance, _)| instance.to_string()),
        instance_owner_id: route.instance.map(|(_, account)| account.to_string()),
        origin: route.origin.to_string(),
        state: route.state.to_string(),
        ..ShownRoute::default()
    };
    let target = Some(route.target.to_string());
    match route.target {
        RouteTarget::Local | RouteTarget::InternetGateway(_) => shown.gateway_id = target,
        RouteTarget::NatGateway(_) => shown.nat_gateway_id = target,
        RouteTarget::Interface(_) => shown.network_interface_id = target,
    }
    shown
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        let associations = || self.associations.iter();
        let routes = || self.routes.iter();
        match name {
            "association.gateway-id" => many(associations().filter_map(|association| association.gateway_id.as_deref())),
            // Of each association, so that a table without any is not found by it.
            "association.main" => many(associations().map(|association| if association.main { "true" } else { "false" })),
            "association.route-table-association-id" => many(associations().map(|association| &association.route_table_association_id)),
            "association.route-table-id" => many(associations().map(|association| &association.route_table_id)),
            "association.subnet-id" => many(associations().filter_map(|association| association.subnet_id.as_deref())),
            "owner-id" => one(&self.owner_id),
            "route-table-id" => one(&self.route_table_id),
            "route.carrier-gateway-id"
            | "route.destination-prefix-list-id"
            | "route.egress-only-internet-gateway-id"
            | "route.transit-gateway-id"
            | "route.vpc-peering-connection-id" => Some(Vec::new()),
            "route.destination-cidr-block" => many(routes().filter_map(|route| route.destination_cidr_block.as_deref())),
            "route.destination-ipv6-cidr-block" => many(routes().filter_map(|route| route.destination_ipv6_cidr_block.as_deref())),
            "route.gateway-id" => many(routes().filter_map(|route| route.gateway_id.as_deref())),
            "route.instance-id" => many(routes().filter_map(|route| route.instance_id.as_deref())),
            "route.nat-gateway-id" => many(routes().filter_map(|route| route.nat_gateway_id.as_deref())),
            "route.network-interface-id" => many(routes().filter_map(|route| route.network_interface_id.as_deref())),
            "route.origin" => many(routes().map(|route| &route.origin)),
            "route.state" => many(routes().map(|route| &route.state)),
            "vpc-id" => one(&self.vpc_id),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
