//! VPCs: create, with all that one comes with. Describing them is in [`describe`], their blocks in [`blocks`], what may be changed of them in
//! [`attributes`], and their end in [`delete`].

mod attributes;
pub(super) mod blocks;
mod delete;
mod describe;
#[cfg(test)]
mod tests;

use multihome_core::{allocation, refusals, vpc as rules};
use multihome_ec2::vpc::{CreateVpc, CreateVpcReply};
use multihome_entities::{group, group_rule, route, route_table, route_table_association, vpc};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{
    Change, Cidr, EntityKind, Generation, Group, GroupId, QuotaName, Refusal, RouteTableAssociationId, RouteTableId, Vpc, VpcBlock, VpcId,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType},
};

use super::{
    dhcp_options, network_acls,
    tags::{apply_tags, specified},
    with_fresh_ids,
};
use crate::{Api, call::Call, fault::Fault, ids, quotas};
pub(crate) use attributes::{describe_vpc_attribute, modify_vpc_attribute};
use blocks::Blocks;
pub(crate) use blocks::{associate_vpc_cidr_block, disassociate_vpc_cidr_block};
pub(crate) use delete::delete_vpc;
pub(crate) use describe::describe_vpcs;
pub(super) use describe::show;

pub(crate) async fn create_vpc(api: &Api, call: &Call, request: CreateVpc) -> Result<CreateVpcReply, Fault> {
    let cidr = ids::parse_block("CidrBlock", &request.cidr_block)?;
    allocation::check_vpc_block(cidr)?;
    check_tenancy(request.instance_tenancy.as_deref())?;
    let tags = specified(&request.tag_specifications, "vpc")?;
    let (vpc, blocks) = with_fresh_ids(|| async {
        let mut transaction = api.store.begin().await?;
        let new = NewVpc { cidr, is_default: false, ipv6: request.amazon_provided_ipv6_cidr_block };
        let (vpc, blocks, changes) = apply_new(api, &transaction, call, new).await?;
        apply_tags(&transaction, call, &vpc.id.to_string(), &tags).await?;
        transaction.record(changes).await?;
        transaction.commit().await?;
        Ok((vpc, blocks))
    })
    .await?;
    Ok(CreateVpcReply { vpc: show(vpc, &blocks, tags) })
}

fn check_tenancy(asked: Option<&str>) -> Result<(), Refusal> {
    match asked {
        None | Some("default") => Ok(()),
        Some("dedicated") => Err(refusals::unsupported("Dedicated tenancy is not available here.")),
        Some(_) => Err(refusals::invalid_value("The value for parameter instanceTenancy is invalid: it is 'default' or 'dedicated'.")),
    }
}

/// What a new VPC is to be.
#[derive(Clone, Copy)]
pub(super) struct NewVpc {
    pub(super) cidr: Cidr,
    pub(super) is_default: bool,
    /// Whether it is given a block of IPv6.
    pub(super) ipv6: bool,
}

/// Makes a VPC and all that one comes with, and answers it with the rows for the change log.
pub(super) async fn apply_new(api: &Api, transaction: &Transaction, call: &Call, new: NewVpc) -> Result<(Vpc, Blocks, Vec<Change>), Fault> {
    let NewVpc { cidr, is_default, ipv6 } = new;
    let (dhcp_options, change) = dhcp_options::gather_or_apply_default(api, transaction, call).await?;
    let vpc = Vpc {
        id: api.fresh(),
        account: call.account,
        region: call.region,
        cidr,
        is_default,
        dns_support: true,
        dns_hostnames: is_default,
        network_address_usage_metrics: false,
        dhcp_options: Some(dhcp_options),
        created: call.now,
        generation: Generation::FIRST,
    };
    let ipv6 = ipv6.then(|| blocks::fresh_ipv6_block(api, call, vpc.id));
    let first = VpcBlock { id: api.fresh(), vpc: vpc.id, cidr, created: call.now };
    let blocks = Blocks { ipv4: vec![first], ipv6: ipv6.into_iter().collect() };
    let changes = change.into_iter().chain(apply_birth(api, transaction, call, (&vpc, &blocks)).await?).collect();
    Ok((vpc, blocks, changes))
}

/// Writes a new VPC and all that it comes with, and answers the rows for the change log.
async fn apply_birth(api: &Api, transaction: &Transaction, call: &Call, (vpc, blocks): (&Vpc, &Blocks)) -> Result<Vec<Change>, Fault> {
    let own = vpc::Entity::find().filter(vpc::Column::Account.eq(call.account)).filter(vpc::Column::Region.eq(call.region));
    quotas::admit(api, transaction, call, (QuotaName::VpcsPerRegion, own)).await?;
    vpc::Entity::insert(vpc::Model::from(vpc.clone()).into_active_model()).exec_without_returning(transaction.conn()).await?;
    blocks::apply_blocks(transaction, blocks).await?;
    let ipv6 = !blocks.ipv6.is_empty();
    let table = apply_main_table(api, transaction, (vpc, blocks)).await?;
    let group = apply_default_group(api, transaction, (vpc, ipv6)).await?;
    let acl = network_acls::birth(call, (vpc.id, api.fresh()), true, ipv6);
    let acl = network_acls::apply_birth(transaction, call, &acl).await?;
    let first = Generation::FIRST;
    Ok(vec![
        call.change((EntityKind::Vpc, vpc.id, first), "created", format!("VPC {} was created with the block {}.", vpc.id, vpc.cidr)),
        call.change((EntityKind::RouteTable, table, first), "created", format!("Route table {table} came with VPC {}, as its main one.", vpc.id)),
        call.change((EntityKind::Group, group, first), "created", format!("Security group {group} came with VPC {}, as its default one.", vpc.id)),
        acl,
    ])
}

/// Writes what may change of a VPC, which is locked and has still the generation that was read; answers the row for the change log.
pub(super) async fn apply_row(transaction: &Transaction, call: &Call, vpc: Vpc, (what, why): (&str, String)) -> Result<Change, Fault> {
    let generation = vpc.generation.next();
    let updated = vpc::Entity::update_many()
        .col_expr(vpc::Column::DnsSupport, Expr::value(vpc.dns_support))
        .col_expr(vpc::Column::DnsHostnames, Expr::value(vpc.dns_hostnames))
        .col_expr(vpc::Column::NetworkAddressUsageMetrics, Expr::value(vpc.network_address_usage_metrics))
        .col_expr(vpc::Column::DhcpOptions, Expr::value(vpc.dhcp_options))
        .col_expr(vpc::Column::Generation, Expr::value(generation))
        .filter(vpc::Column::Id.eq(vpc.id))
        .filter(vpc::Column::Generation.eq(vpc.generation))
        .exec(transaction.conn())
        .await?;
    match Cas::from_rows(updated.rows_affected) {
        Cas::Updated => Ok(call.change((EntityKind::Vpc, vpc.id, generation), what, why)),
        Cas::Stale => Err(Fault::Failed(format!("the locked row of VPC {} was changed by somebody else", vpc.id).into())),
    }
}

async fn apply_main_table(api: &Api, transaction: &Transaction, (vpc, blocks): (&Vpc, &Blocks)) -> Result<RouteTableId, Fault> {
    let conn = transaction.conn();
    let id: RouteTableId = api.fresh();
    let Vpc { account, region, created, generation, .. } = *vpc;
    let table = route_table::Model { id, account, region, vpc: vpc.id, created, generation };
    let association = route_table_association::Model { id: api.fresh::<RouteTableAssociationId>(), route_table: id, vpc: vpc.id, subnet: None };
    route_table::Entity::insert(table.into_active_model()).exec_without_returning(conn).await?;
    route_table_association::Entity::insert(association.into_active_model()).exec_without_returning(conn).await?;
    let local =
        blocks.destinations().zip(0..).map(|(block, position)| route::Model::of(id, position, &rules::local_route(block)).into_active_model());
    route::Entity::insert_many(local).exec_without_returning(conn).await?;
    Ok(id)
}

async fn apply_default_group(api: &Api, transaction: &Transaction, (vpc, ipv6): (&Vpc, bool)) -> Result<GroupId, Fault> {
    let conn = transaction.conn();
    let id: GroupId = api.fresh();
    let Vpc { account, region, created, generation, .. } = *vpc;
    let (name, description) = (rules::DEFAULT_GROUP.to_owned(), rules::DEFAULT_GROUP_DESCRIPTION.to_owned());
    let mut own = vec![rules::ingress_from_itself(api.fresh(), id, account), rules::egress_to_all(api.fresh())];
    own.extend(ipv6.then(|| rules::egress_to_all_ipv6(api.fresh())));
    let group = Group { id, account, region, vpc: vpc.id, name, description, rules: own, created, generation };
    group::Entity::insert(group::Model::from(&group).into_active_model()).exec_without_returning(conn).await?;
    group_rule::insert(conn, &group, &group.rules).await?;
    Ok(id)
}

/// A VPC of the caller; until the end of the transaction nobody else who asks for it this way can put something into it.
pub(super) async fn gather_and_lock_vpc(transaction: &Transaction, call: &Call, id: VpcId) -> Result<Vpc, Fault> {
    let row = vpc::Entity::find_by_id(id)
        .filter(vpc::Column::Account.eq(call.account))
        .filter(vpc::Column::Region.eq(call.region))
        .lock(LockType::NoKeyUpdate)
        .one(transaction.conn())
        .await?;
    Ok(row.ok_or_else(|| rules::vpc_not_found(id))?.into())
}

/// The caller's default VPC, for requests that name none.
pub(super) async fn gather_default_vpc<C: ConnectionTrait>(conn: &C, call: &Call) -> Result<Option<VpcId>, Fault> {
    let found = vpc::Entity::find()
        .filter(vpc::Column::Account.eq(call.account))
        .filter(vpc::Column::Region.eq(call.region))
        .filter(vpc::Column::IsDefault.eq(true))
        .one(conn)
        .await?;
    Ok(found.map(|row| row.id))
}
