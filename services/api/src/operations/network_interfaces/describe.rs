//! DescribeNetworkInterfaces.
//!
//! One interface by id is one statement, and several are two, however many there are. What filters name and an index knows is asked of the
//! database; the rest of the filters is looked at here, page after page.

use multihome_core::interface::visible;
use multihome_ec2::network_interface::{DescribeNetworkInterfaces, DescribeNetworkInterfacesReply, NetworkInterface};
use multihome_entities::{
    attachment, elastic_address,
    interface::{self, Column, Entity},
    interface_group, ipv6_address, private_address,
};
use multihome_types::{Interface, InterfaceId};
use sea_orm::{
    Condition, ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};

use super::{
    caller,
    gather::{attached_by, of_account},
    shown::Surroundings,
};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::Filters,
    ids,
    page::{self, Asked, Page},
};

pub(crate) async fn describe_network_interfaces(
    api: &Api,
    call: &Call,
    request: DescribeNetworkInterfaces,
) -> Result<DescribeNetworkInterfacesReply, Fault> {
    let ids: Vec<InterfaceId> = ids::parse_all(&request.network_interface_ids)?;
    let filters = Filters::parse::<NetworkInterface>(request.filters)?;
    let asked = Asked {
        action: "DescribeNetworkInterfaces",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!ids.is_empty()).then_some("networkInterfaceIds"),
        sizes: 5..=1_000,
    };
    let page = Page::parse(call, asked, &filters)?;
    let conn = api.store.reader();
    if !ids.is_empty() {
        let mut network_interfaces = gather_by_id(conn, call, &ids).await?;
        network_interfaces.retain(|shown| filters.matches(shown));
        return Ok(DescribeNetworkInterfacesReply { network_interfaces, next_token: None });
    }
    let matching = matching(call, &filters);
    let load = async |after: Option<String>, limit: usize| {
        let mut matching = matching.clone();
        if let Some(after) = after {
            matching = matching.add(Expr::col((Entity, Column::Id)).gt(after));
        }
        let found = interface::load(conn, matching, Some(u64::try_from(limit).unwrap_or(u64::MAX))).await?;
        show_all(conn, &found).await
    };
    let (network_interfaces, next_token) = page::gather(&page, &filters, |shown| &shown.network_interface_id, load).await?;
    Ok(DescribeNetworkInterfacesReply { network_interfaces, next_token })
}

/// All of them, or the refusal of the first that the caller does not have.
async fn gather_by_id<C: ConnectionTrait>(conn: &C, call: &Call, ids: &[InterfaceId]) -> Result<Vec<NetworkInterface>, Fault> {
    if let [id] = *ids {
        let (interface, around) = interface::find_with_around(conn, id).await?.unzip();
        let interface = visible(caller(call), id, interface.as_ref())?;
        return Ok(vec![Surroundings::of(interface, around.unwrap_or_default()).show(interface)]);
    }
    let found = interface::find_all(conn, ids).await?;
    for id in ids {
        visible(caller(call), *id, found.iter().find(|interface| interface.id == *id))?;
    }
    show_all(conn, &found).await
}

async fn show_all<C: ConnectionTrait>(conn: &C, found: &[Interface]) -> Result<Vec<NetworkInterface>, Fault> {
    let around = Surroundings::gather(conn, found, found.iter().map(|interface| interface.id.to_string()).collect()).await?;
    Ok(found.iter().map(|interface| around.show(interface)).collect())
}

/// The caller's interfaces, and of the filters those that an index knows. Values are compared as texts: one that is no id matches nothing.
fn matching(call: &Call, filters: &Filters) -> Condition {
    let mut narrow = Condition::all();
    let columns = [("network-interface-id", Column::Id), ("subnet-id", Column::Subnet), ("vpc-id", Column::Vpc), ("mac-address", Column::Mac)];
    for (name, column) in columns {
        if let Some(values) = filters.exact(name) {
            narrow = narrow.add(Expr::col((Entity, column)).is_in(values));
        }
    }
    let of_attachments = [("attachment.attachment-id", attachment::Column::Id), ("attachment.instance-id", attachment::Column::Instance)];
    for (name, column) in of_attachments {
        if let Some(values) = filters.exact(name) {
            narrow = narrow.add(attached_by(column, values));
        }
    }
    let of_public = [
        ("association.allocation-id", elastic_address::Column::Id),
        ("association.association-id", elastic_address::Column::Association),
        ("association.public-ip", elastic_address::Column::Address),
        ("addresses.association.public-ip", elastic_address::Column::Address),
    ];
    for (name, column) in of_public {
        if let Some(values) = filters.exact(name) {
            let led_to = Query::select()
                .column(elastic_address::Column::Interface)
                .from(elastic_address::Entity)
                .and_where(Expr::col(column).is_in(values))
                .and_where(Expr::col(elastic_address::Column::Interface).is_not_null())
                .to_owned();
            narrow = narrow.add(Expr::col((Entity, Column::Id)).in_subquery(led_to));
        }
    }
    for name in ["private-ip-address", "addresses.private-ip-address"] {
        if let Some(values) = filters.exact(name) {
            let holders = Query::select()
                .column(private_address::Column::Interface)
                .from(private_address::Entity)
                .and_where(Expr::col(private_address::Column::Address).is_in(values))
                .and_where(Expr::col(private_address::Column::Interface).is_not_null())
                .to_owned();
            narrow = narrow.add(Expr::col((Entity, Column::Id)).in_subquery(holders));
        }
    }
    if let Some(values) = filters.exact("ipv6-addresses.ipv6-address") {
        let holders = Query::select()
            .column(ipv6_address::Column::Interface)
            .from(ipv6_address::Entity)
            .and_where(Expr::col(ipv6_address::Column::Value).is_in(values))
            .to_owned();
        narrow = narrow.add(Expr::col((Entity, Column::Id)).in_subquery(holders));
    }
    if let Some(groups) = filters.exact("group-id") {
        let of_groups = Query::select()
            .column(interface_group::Column::Interface)
            .from(interface_group::Entity)
            .and_where(Expr::col(interface_group::Column::GroupId).is_in(groups))
            .to_owned();
        narrow = narrow.add(Expr::col((Entity, Column::Id)).in_subquery(of_groups));
    }
    of_account(call, (Entity, Column::Account), (Entity, Column::Region), !narrow.is_empty()).add(narrow)
}
