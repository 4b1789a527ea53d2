//! VPCs: create, with all that one comes with, and describe.

use std::borrow::Cow;

use multihome_core::{allocation, dhcp_options as dhcp_rules, refusals, vpc as rules};
use multihome_ec2::{
    Tag,
    vpc::{CidrBlockAssociation, CidrBlockState, CreateVpc, CreateVpcReply, DescribeVpcs, DescribeVpcsReply, Vpc as Shown},
};
use multihome_entities::{group, group_rule, route, route_table, route_table_association, vpc};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{
    Change, CidrAssociationId, EntityKind, Generation, Group, GroupId, Refusal, ResourceId, RouteTableAssociationId, RouteTableId, Vpc, VpcId,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockType},
};

use super::{
    dhcp_options, network_acls,
    tags::{apply_tags, gather_tags, specified},
    with_fresh_ids,
};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, flag, many, one},
    ids,
    page::{self, Asked, Page},
};

pub(crate) async fn create_vpc(api: &Api, call: &Call, request: CreateVpc) -> Result<CreateVpcReply, Fault> {
    let cidr = ids::parse_block("CidrBlock", &request.cidr_block)?;
    allocation::check_vpc_block(cidr)?;
    check_tenancy(request.instance_tenancy.as_deref())?;
    let tags = specified(&request.tag_specifications, "vpc")?;
    let vpc = with_fresh_ids(|| async {
        let mut transaction = api.store.begin().await?;
        let (dhcp_options, dhcp_change) = dhcp_options::gather_or_apply_default(api, &transaction, call).await?;
        let vpc = Vpc {
            id: api.fresh(),
            account: call.account,
            region: call.region,
            cidr,
            is_default: false,
            dns_support: true,
            dns_hostnames: false,
            network_address_usage_metrics: false,
            dhcp_options: Some(dhcp_options),
            created: call.now,
            generation: Generation::FIRST,
        };
        let mut changes = apply_birth(api, &transaction, call, &vpc).await?;
        changes.extend(dhcp_change);
        apply_tags(&transaction, call, &vpc.id.to_string(), &tags).await?;
        transaction.record(changes).await?;
        transaction.commit().await?;
        Ok(vpc)
    })
    .await?;
    Ok(CreateVpcReply { vpc: show(vpc, tags) })
}

fn check_tenancy(asked: Option<&str>) -> Result<(), Refusal> {
    match asked {
        None | Some("default") => Ok(()),
        Some("dedicated") => Err(refusals::unsupported("Dedicated tenancy is not available here.")),
        Some(_) => Err(refusals::invalid_value("The value for parameter instanceTenancy is invalid: it is 'default' or 'dedicated'.")),
    }
}

/// Writes a new VPC and all that it comes with, and answers the rows for the change log.
async fn apply_birth(api: &Api, transaction: &Transaction, call: &Call, vpc: &Vpc) -> Result<Vec<Change>, Fault> {
    vpc::Entity::insert(vpc::Model::from(vpc.clone()).into_active_model()).exec_without_returning(transaction.conn()).await?;
    let table = apply_main_table(api, transaction, vpc).await?;
    let group = apply_default_group(api, transaction, vpc).await?;
    let acl = network_acls::birth(call, (vpc.id, api.fresh()), true, false);
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

async fn apply_main_table(api: &Api, transaction: &Transaction, vpc: &Vpc) -> Result<RouteTableId, Fault> {
    let conn = transaction.conn();
    let id: RouteTableId = api.fresh();
    let Vpc { account, region, created, generation, .. } = *vpc;
    let table = route_table::Model { id, account, region, vpc: vpc.id, created, generation };
    let association = route_table_association::Model { id: api.fresh::<RouteTableAssociationId>(), route_table: id, vpc: vpc.id, subnet: None };
    let local = route::Model::of(id, 0, &rules::local_route(vpc.cidr));
    route_table::Entity::insert(table.into_active_model()).exec_without_returning(conn).await?;
    route_table_association::Entity::insert(association.into_active_model()).exec_without_returning(conn).await?;
    route::Entity::insert(local.into_active_model()).exec_without_returning(conn).await?;
    Ok(id)
}

async fn apply_default_group(api: &Api, transaction: &Transaction, vpc: &Vpc) -> Result<GroupId, Fault> {
    let conn = transaction.conn();
    let id: GroupId = api.fresh();
    let Vpc { account, region, created, generation, .. } = *vpc;
    let (name, description) = (rules::DEFAULT_GROUP.to_owned(), rules::DEFAULT_GROUP_DESCRIPTION.to_owned());
    let own = vec![rules::ingress_from_itself(api.fresh(), id, account), rules::egress_to_all(api.fresh())];
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

pub(crate) async fn describe_vpcs(api: &Api, call: &Call, request: DescribeVpcs) -> Result<DescribeVpcsReply, Fault> {
    let asked: Vec<VpcId> = ids::parse_all(&request.vpc_ids)?;
    let filters = Filters::parse::<Shown>(request.filters)?;
    let paging = Asked {
        action: "DescribeVpcs",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!asked.is_empty()).then_some("VpcIds"),
        largest: 1_000,
    };
    let page = Page::parse(call, paging, &filters)?;
    let mut matching = Condition::all().add(vpc::Column::Account.eq(call.account)).add(vpc::Column::Region.eq(call.region));
    if !asked.is_empty() {
        matching = matching.add(vpc::Column::Id.is_in(asked.iter().copied()));
        let load = |after, limit| load(api, &matching, after, limit);
        let vpcs = page::gather_asked(&asked, &filters, |shown| &shown.vpc_id, rules::vpc_not_found, load).await?;
        return Ok(DescribeVpcsReply { next_token: None, vpcs });
    }
    if let Some(exact) = filters.exact("vpc-id") {
        matching = matching.add(vpc::Column::Id.is_in(exact));
    }
    let load = |after, limit| load(api, &matching, after, limit);
    let (vpcs, next_token) = page::gather(&page, &filters, |shown| &shown.vpc_id, load).await?;
    Ok(DescribeVpcsReply { next_token, vpcs })
}

async fn load(api: &Api, matching: &Condition, after: Option<String>, limit: usize) -> Result<Vec<Shown>, Fault> {
    let conn = api.store.reader();
    let mut matching = matching.clone();
    if let Some(after) = after {
        matching = matching.add(vpc::Column::Id.gt(after));
    }
    let rows = vpc::Entity::find().filter(matching).order_by_asc(vpc::Column::Id).limit(limit as u64).all(conn).await?;
    let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    let mut tags = gather_tags(conn, &ids).await?;
    Ok(rows.into_iter().zip(ids).map(|(row, id)| show(row.into(), tags.remove(&id).unwrap_or_default())).collect())
}

fn show(vpc: Vpc, tags: Vec<Tag>) -> Shown {
    let block = CidrBlockAssociation {
        // A VPC has one block, so the association needs no id of its own.
        association_id: CidrAssociationId::from_digits(vpc.id.digits()).to_string(),
        cidr_block: vpc.cidr.to_string(),
        cidr_block_state: CidrBlockState { state: "associated".to_owned(), status_message: None },
    };
    Shown {
        owner_id: vpc.account.to_string(),
        instance_tenancy: "default".to_owned(),
        ipv6_cidr_block_associations: None,
        cidr_block_associations: vec![block],
        is_default: vpc.is_default,
        tags: (!tags.is_empty()).then_some(tags),
        vpc_id: vpc.id.to_string(),
        state: "available".to_owned(),
        cidr_block: vpc.cidr.to_string(),
        dhcp_options_id: vpc.dhcp_options.map_or_else(|| dhcp_rules::NONE.to_owned(), |id| id.to_string()),
    }
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        let blocks = || self.cidr_block_associations.iter();
        match name {
            "cidr" | "cidr-block" | "cidrBlock" => one(&self.cidr_block),
            "cidr-block-association.cidr-block" => many(blocks().map(|block| &block.cidr_block)),
            "cidr-block-association.association-id" => many(blocks().map(|block| &block.association_id)),
            "cidr-block-association.state" => many(blocks().map(|block| &block.cidr_block_state.state)),
            "ipv6-cidr-block-association.ipv6-cidr-block"
            | "ipv6-cidr-block-association.ipv6-pool"
            | "ipv6-cidr-block-association.association-id"
            | "ipv6-cidr-block-association.state" => Some(Vec::new()),
            "dhcp-options-id" | "dhcpOptionsId" => one(&self.dhcp_options_id),
            "is-default" | "isDefault" => flag(self.is_default),
            "owner-id" => one(&self.owner_id),
            "state" => one(&self.state),
            "vpc-id" => one(&self.vpc_id),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        self.tags.as_deref().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
