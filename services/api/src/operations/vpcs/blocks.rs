//! AssociateVpcCidrBlock and DisassociateVpcCidrBlock: the blocks of a VPC.
//!
//! A block comes with a local route in every table of the VPC, and the first one of IPv6 with entries in its network ACLs. Whoever adds or
//! takes away a block locks the VPC, as whoever makes a subnet does: so no subnet comes to lie in a block that goes.

use multihome_core::{allocation, network_acl, vpc_blocks as rules};
use multihome_ec2::{
    Ec2Error,
    vpc::{AssociateVpcCidrBlock, CidrBlockAssociation, CidrBlockState, DisassociateVpcCidrBlock, Ipv6CidrBlockAssociation, VpcCidrBlockReply},
};
use multihome_entities::{network_acl as acl_rows, network_acl_entry, subnet, vpc, vpc_block, vpc_ipv6_block};
use multihome_runtime::{Transaction, random_bits};
use multihome_types::{Change, Cidr, CidrAssociationId, Destination, EntityKind, Ipv6Cidr, Region, SubnetId, Vpc, VpcBlock, VpcId, VpcIpv6Block};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::{apply_row, gather_and_lock_vpc};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    ids,
    operations::{network_acls, route_tables, with_fresh_ids},
};

/// The blocks of a VPC, its first one first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::operations) struct Blocks {
    pub(in crate::operations) ipv4: Vec<VpcBlock>,
    pub(in crate::operations) ipv6: Vec<VpcIpv6Block>,
}

impl Blocks {
    /// In the order that EC2 has them in: the first one first, and then as they came.
    pub(super) fn sorted(first: Cidr, mut ipv4: Vec<VpcBlock>, ipv6: Vec<VpcIpv6Block>) -> Self {
        ipv4.sort_by_key(|block| block.cidr != first);
        Self { ipv4, ipv6 }
    }

    pub(in crate::operations) fn cidrs(&self) -> Vec<Cidr> {
        self.ipv4.iter().map(|block| block.cidr).collect()
    }

    pub(in crate::operations) fn ipv6_cidrs(&self) -> Vec<Ipv6Cidr> {
        self.ipv6.iter().map(|block| block.cidr).collect()
    }

    /// What every route table of the VPC has a local route to.
    pub(in crate::operations) fn destinations(&self) -> impl Iterator<Item = Destination> {
        self.cidrs().into_iter().map(Destination::from).chain(self.ipv6_cidrs().into_iter().map(Destination::from))
    }
}

pub(in crate::operations) async fn gather_blocks<C: ConnectionTrait>(conn: &C, vpc: &Vpc) -> Result<Blocks, Fault> {
    let ipv4 = vpc_block::of_vpcs(conn, &[vpc.id]).await?.remove(&vpc.id).unwrap_or_default();
    let ipv6 = vpc_ipv6_block::of_vpcs(conn, &[vpc.id]).await?.remove(&vpc.id).unwrap_or_default();
    Ok(Blocks::sorted(vpc.cidr, ipv4, ipv6))
}

pub(super) async fn apply_blocks(transaction: &Transaction, blocks: &Blocks) -> Result<(), Fault> {
    let conn = transaction.conn();
    for block in &blocks.ipv4 {
        vpc_block::Entity::insert(vpc_block::Model::from(*block).into_active_model()).exec_without_returning(conn).await?;
    }
    for block in &blocks.ipv6 {
        vpc_ipv6_block::Entity::insert(vpc_ipv6_block::Model::from(*block).into_active_model()).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// A block that no VPC has, most likely: the schema has the last word.
pub(super) fn fresh_ipv6_block(api: &Api, call: &Call, vpc: VpcId) -> VpcIpv6Block {
    VpcIpv6Block { id: api.fresh(), vpc, cidr: rules::ipv6_block(random_bits()), created: call.now }
}

pub(crate) async fn associate_vpc_cidr_block(api: &Api, call: &Call, request: AssociateVpcCidrBlock) -> Result<VpcCidrBlockReply, Fault> {
    let vpc: VpcId = ids::parse(&request.vpc_id)?;
    let asked = request.cidr_block.as_deref().map(|text| ids::parse_block("CidrBlock", text)).transpose()?;
    match (asked, request.amazon_provided_ipv6_cidr_block) {
        (Some(cidr), false) => {
            allocation::check_vpc_block(cidr)?;
            let block = with_fresh_ids(|| apply_block(api, call, VpcBlock { id: api.fresh(), vpc, cidr, created: call.now })).await?;
            Ok(VpcCidrBlockReply { cidr_block_association: Some(show(&block)), vpc_id: vpc.to_string(), ..VpcCidrBlockReply::default() })
        }
        (None, true) => {
            let block = with_fresh_ids(|| apply_ipv6_block(api, call, fresh_ipv6_block(api, call, vpc))).await?;
            let association = show_ipv6(call.region, &block);
            Ok(VpcCidrBlockReply { ipv6_cidr_block_association: Some(association), vpc_id: vpc.to_string(), ..VpcCidrBlockReply::default() })
        }
        (Some(_), true) => {
            let message = "Only one of CidrBlock and AmazonProvidedIpv6CidrBlock can be specified";
            Err(Ec2Error::new("InvalidParameterCombination", message).into())
        }
        (None, false) => Err(Ec2Error::missing_parameter("CidrBlock or AmazonProvidedIpv6CidrBlock").into()),
    }
}

async fn apply_block(api: &Api, call: &Call, block: VpcBlock) -> Result<VpcBlock, Fault> {
    let mut transaction = api.store.begin().await?;
    let vpc = gather_and_lock_vpc(&transaction, call, block.vpc).await?;
    let present = gather_blocks(transaction.conn(), &vpc).await?;
    let tables = route_tables::gather_and_lock_of_vpc(&transaction, vpc.id).await?;
    rules::admit_block(vpc.id, &present.cidrs(), block.cidr, &tables)?;
    apply_blocks(&transaction, &Blocks { ipv4: vec![block], ipv6: Vec::new() }).await?;
    let mut changes = route_tables::apply_local_route(&transaction, call, &tables, block.cidr.into()).await?;
    let why = format!("VPC {} was given the block {}.", vpc.id, block.cidr);
    changes.push(apply_row(&transaction, call, vpc, ("block-associated", why)).await?);
    transaction.record(changes).await?;
    transaction.commit().await?;
    Ok(block)
}

async fn apply_ipv6_block(api: &Api, call: &Call, block: VpcIpv6Block) -> Result<VpcIpv6Block, Fault> {
    let mut transaction = api.store.begin().await?;
    let vpc = gather_and_lock_vpc(&transaction, call, block.vpc).await?;
    let present = gather_blocks(transaction.conn(), &vpc).await?;
    rules::admit_ipv6_block(vpc.id, present.ipv6.len())?;
    let tables = route_tables::gather_and_lock_of_vpc(&transaction, vpc.id).await?;
    apply_blocks(&transaction, &Blocks { ipv4: Vec::new(), ipv6: vec![block] }).await?;
    let mut changes = route_tables::apply_local_route(&transaction, call, &tables, block.cidr.into()).await?;
    if present.ipv6.is_empty() {
        changes.extend(apply_acl_entries(&transaction, call, vpc.id).await?);
    }
    let why = format!("VPC {} was given the block {}.", vpc.id, block.cidr);
    changes.push(apply_row(&transaction, call, vpc, ("block-associated", why)).await?);
    transaction.record(changes).await?;
    transaction.commit().await?;
    Ok(block)
}

/// What the ACLs of a VPC say of IPv6 from the beginning, where there was none to speak of.
async fn apply_acl_entries(transaction: &Transaction, call: &Call, vpc: VpcId) -> Result<Vec<Change>, Fault> {
    let conn = transaction.conn();
    let mut changes = Vec::new();
    for acl in acl_rows::load(conn, Condition::all().add(acl_rows::Column::Vpc.eq(vpc))).await? {
        let entries = network_acl::ipv6_entries(&acl);
        if entries.is_empty() {
            continue;
        }
        network_acl_entry::insert(conn, acl.id, &entries).await?;
        let generation = network_acls::apply_touch(transaction, &acl).await?;
        let why = format!("Network ACL {} speaks of IPv6 now, like its VPC {vpc}.", acl.id);
        changes.push(call.change((EntityKind::NetworkAcl, acl.id, generation), "entry-created", why));
    }
    Ok(changes)
}

/// An association of either kind.
#[derive(Clone, Copy, Debug)]
enum Found {
    Ipv4(VpcBlock),
    Ipv6(VpcIpv6Block),
}

impl Found {
    fn vpc(self) -> VpcId {
        match self {
            Self::Ipv4(block) => block.vpc,
            Self::Ipv6(block) => block.vpc,
        }
    }

    fn destination(self) -> Destination {
        match self {
            Self::Ipv4(block) => block.cidr.into(),
            Self::Ipv6(block) => block.cidr.into(),
        }
    }
}

pub(crate) async fn disassociate_vpc_cidr_block(api: &Api, call: &Call, request: DisassociateVpcCidrBlock) -> Result<VpcCidrBlockReply, Fault> {
    let id: CidrAssociationId = ids::parse(&request.association_id)?;
    let mut transaction = api.store.begin().await?;
    let conn = transaction.conn();
    let not_found = || rules::vpc_association_not_found(id);
    let vpc = gather_found(conn, call, id).await?.ok_or_else(not_found)?.vpc();
    let vpc = gather_and_lock_vpc(&transaction, call, vpc).await?;
    // Somebody else may have taken it away until the VPC was locked.
    let found = gather_found(conn, call, id).await?.ok_or_else(not_found)?;
    let inside = gather_inside(conn, found).await?;
    rules::admit_block_removal(id, found.destination() == Destination::from(vpc.cidr), inside)?;
    let tables = route_tables::gather_and_lock_of_vpc(&transaction, vpc.id).await?;
    match found {
        Found::Ipv4(_) => vpc_block::Entity::delete_by_id(id).exec(conn).await?,
        Found::Ipv6(_) => vpc_ipv6_block::Entity::delete_by_id(id).exec(conn).await?,
    };
    let mut changes = route_tables::apply_no_local_route(&transaction, call, &tables, found.destination()).await?;
    let why = format!("VPC {} lost the block {}.", vpc.id, found.destination());
    let vpc_id = vpc.id.to_string();
    changes.push(apply_row(&transaction, call, vpc, ("block-disassociated", why)).await?);
    transaction.record(changes).await?;
    transaction.commit().await?;
    Ok(match found {
        Found::Ipv4(block) => {
            let cidr_block_association = Some(CidrBlockAssociation { cidr_block_state: state("disassociated"), ..show(&block) });
            VpcCidrBlockReply { cidr_block_association, vpc_id, ..VpcCidrBlockReply::default() }
        }
        Found::Ipv6(block) => {
            let shown = show_ipv6(call.region, &block);
            let ipv6_cidr_block_association = Some(Ipv6CidrBlockAssociation { ipv6_cidr_block_state: state("disassociated"), ..shown });
            VpcCidrBlockReply { ipv6_cidr_block_association, vpc_id, ..VpcCidrBlockReply::default() }
        }
    })
}

/// An association of a VPC of the caller.
async fn gather_found<C: ConnectionTrait>(conn: &C, call: &Call, id: CidrAssociationId) -> Result<Option<Found>, Fault> {
    let found = match vpc_block::Entity::find_by_id(id).one(conn).await? {
        Some(row) => Some(Found::Ipv4(row.into())),
        None => vpc_ipv6_block::Entity::find_by_id(id).one(conn).await?.map(|row| Found::Ipv6(row.into())),
    };
    let Some(found) = found else { return Ok(None) };
    let of_caller = vpc::Entity::find_by_id(found.vpc()).filter(vpc::Column::Account.eq(call.account)).filter(vpc::Column::Region.eq(call.region));
    Ok(of_caller.one(conn).await?.map(|_| found))
}

/// A subnet that lies in a block.
async fn gather_inside<C: ConnectionTrait>(conn: &C, found: Found) -> Result<Option<SubnetId>, Fault> {
    let rows = subnet::Entity::find().filter(subnet::Column::Vpc.eq(found.vpc())).order_by_asc(subnet::Column::Id).all(conn).await?;
    let is_inside = |row: &subnet::Model| match found {
        Found::Ipv4(block) => block.cidr.contains_block(row.cidr),
        Found::Ipv6(block) => row.ipv6_cidr.is_some_and(|cidr| block.cidr.contains_block(cidr)),
    };
    Ok(rows.into_iter().find(is_inside).map(|row| row.id))
}

pub(super) fn show(block: &VpcBlock) -> CidrBlockAssociation {
    CidrBlockAssociation { association_id: block.id.to_string(), cidr_block: block.cidr.to_string(), cidr_block_state: state("associated") }
}

pub(super) fn show_ipv6(region: Region, block: &VpcIpv6Block) -> Ipv6CidrBlockAssociation {
    Ipv6CidrBlockAssociation {
        association_id: block.id.to_string(),
        ipv6_cidr_block: block.cidr.to_string(),
        ipv6_cidr_block_state: state("associated"),
        network_border_group: Some(region.to_string()),
        ipv6_pool: Some(rules::IPV6_POOL.to_owned()),
    }
}

/// There is nothing in between: a block is there at once, and gone at once.
pub(in crate::operations) fn state(state: &str) -> CidrBlockState {
    CidrBlockState { state: state.to_owned(), status_message: None }
}
