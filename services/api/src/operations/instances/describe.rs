//! DescribeInstances.
//!
//! Terminated instances are rows as long as the attachment service keeps them, and are shown as long.

use std::collections::{HashMap, HashSet};

use multihome_core::lifecycle;
use multihome_ec2::instance::{DescribeInstances, DescribeInstancesReply, Reservation};
use multihome_entities::{
    attachment, elastic_address,
    instance::{Column, Entity},
    interface::{self, MAX_BOUND},
};
use multihome_types::{Instance, InstanceId, Interface, ReservationId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};

use super::shown::{Described, reservations, show};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::Filters,
    ids,
    operations::network_interfaces::{Surroundings, attached_by, of_account},
    page::{self, Asked, Page},
};

pub(crate) async fn describe_instances(api: &Api, call: &Call, request: DescribeInstances) -> Result<DescribeInstancesReply, Fault> {
    let ids: Vec<InstanceId> = ids::parse_all(&request.instance_ids)?;
    let filters = Filters::parse::<Described>(request.filters)?;
    let asked = Asked {
        action: "DescribeInstances",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!ids.is_empty()).then_some("instancesSet"),
        sizes: 5..=1_000,
    };
    let page = Page::parse(call, asked, &filters)?;
    let conn = api.store.reader();
    if !ids.is_empty() {
        let mut described = gather_by_id(conn, call, &ids).await?;
        described.retain(|shown| filters.matches(shown));
        return Ok(DescribeInstancesReply { reservations: reservations(described), next_token: None });
    }
    let matching = matching(call, &filters);
    let load = async |after: Option<String>, limit: usize| {
        let mut rows = Entity::find().filter(matching.clone()).order_by_asc(Column::Id).limit(u64::try_from(limit).unwrap_or(u64::MAX));
        if let Some(after) = after {
            rows = rows.filter(Expr::col((Entity, Column::Id)).gt(after));
        }
        show_all(conn, rows.all(conn).await?.into_iter().map(Instance::from).collect()).await
    };
    let (described, next_token) = page::gather(&page, &filters, |shown| &shown.instance.instance_id, load).await?;
    Ok(DescribeInstancesReply { reservations: reservations(described), next_token })
}

/// All of them, or the refusal of those that the caller does not have.
async fn gather_by_id<C: ConnectionTrait>(conn: &C, call: &Call, ids: &[InstanceId]) -> Result<Vec<Described>, Fault> {
    let found = gather(conn, of_caller(call, true).add(Column::Id.is_in(ids.iter().copied()))).await?;
    lifecycle::select(ids, &found)?;
    show_all(conn, found).await
}

/// What a launch made, as it is now.
pub(super) async fn gather_reservation<C: ConnectionTrait>(conn: &C, call: &Call, id: ReservationId) -> Result<Reservation, Fault> {
    let found = gather(conn, of_caller(call, true).add(Column::Reservation.eq(id))).await?;
    let described = show_all(conn, found).await?;
    // Of a launch so long ago that nothing is left of it: a reservation without instances.
    let empty = || Reservation { reservation_id: id.to_string(), owner_id: call.account.to_string(), ..Reservation::default() };
    Ok(reservations(described).pop().unwrap_or_else(empty))
}

async fn gather<C: ConnectionTrait>(conn: &C, matching: Condition) -> Result<Vec<Instance>, Fault> {
    let rows = Entity::find().filter(matching).order_by_asc(Column::Id).all(conn).await?;
    Ok(rows.into_iter().map(Instance::from).collect())
}

async fn show_all<C: ConnectionTrait>(conn: &C, found: Vec<Instance>) -> Result<Vec<Described>, Fault> {
    let mut interfaces: Vec<Interface> = Vec::new();
    for some in found.chunks(MAX_BOUND) {
        let on_them = attached_by(attachment::Column::Instance, some.iter().map(|instance| instance.id));
        interfaces.extend(interface::load(conn, on_them, None).await?);
    }
    let tagged = found.iter().map(|instance| instance.id.to_string()).chain(interfaces.iter().map(|interface| interface.id.to_string()));
    let types: HashSet<String> = found.iter().map(|instance| instance.instance_type.clone()).collect();
    let around = Surroundings::gather_with_types(conn, &interfaces, tagged.collect(), types).await?;
    let mut on_it: HashMap<InstanceId, Vec<&Interface>> = HashMap::new();
    for interface in &interfaces {
        if let Some(attachment) = &interface.attachment {
            on_it.entry(attachment.instance).or_default().push(interface);
        }
    }
    Ok(found.iter().map(|instance| show(instance, on_it.remove(&instance.id).unwrap_or_default(), &around)).collect())
}

fn of_caller(call: &Call, narrowed: bool) -> Condition {
    of_account(call, (Entity, Column::Account), (Entity, Column::Region), narrowed)
}

/// The caller's instances, and of the filters those that the database can look at in the row of an instance, or by an index of another
/// table. Values are compared as texts: one that is no id matches nothing.
fn matching(call: &Call, filters: &Filters) -> Condition {
    let mut narrow = Condition::all();
    for (name, column) in [("instance-id", Column::Id), ("reservation-id", Column::Reservation)] {
        if let Some(values) = filters.exact(name) {
            narrow = narrow.add(Expr::col((Entity, column)).is_in(values));
        }
    }
    let by_attachment = [
        ("network-interface.network-interface-id", attachment::Column::Interface),
        ("network-interface.attachment.attachment-id", attachment::Column::Id),
    ];
    for (name, column) in by_attachment {
        if let Some(values) = filters.exact(name) {
            let with_it =
                Query::select().column(attachment::Column::Instance).from(attachment::Entity).and_where(Expr::col(column).is_in(values)).to_owned();
            narrow = narrow.add(Expr::col((Entity, Column::Id)).in_subquery(with_it));
        }
    }
    if let Some(values) = filters.exact("ip-address") {
        let led_to = Query::select()
            .column(elastic_address::Column::Interface)
            .from(elastic_address::Entity)
            .and_where(Expr::col(elastic_address::Column::Address).is_in(values))
            .to_owned();
        let with_it = Query::select()
            .column(attachment::Column::Instance)
            .from(attachment::Entity)
            .and_where(Expr::col(attachment::Column::Interface).in_subquery(led_to))
            .to_owned();
        narrow = narrow.add(Expr::col((Entity, Column::Id)).in_subquery(with_it));
    }
    let mut matching = of_caller(call, !narrow.is_empty()).add(narrow);
    let in_the_row = [
        ("instance-state-name", Column::State),
        ("vpc-id", Column::Vpc),
        ("subnet-id", Column::Subnet),
        ("image-id", Column::Image),
        ("instance-type", Column::InstanceType),
        ("availability-zone", Column::Zone),
    ];
    for (name, column) in in_the_row {
        if let Some(values) = filters.exact(name) {
            matching = matching.add(Expr::col((Entity, column)).is_in(values));
        }
    }
    matching
}
