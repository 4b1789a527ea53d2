//! AssociateSubnetCidrBlock and DisassociateSubnetCidrBlock: the IPv6 block of a subnet.

use multihome_core::{refusals, vpc_blocks as rules};
use multihome_ec2::subnet::{AssociateSubnetCidrBlock, DisassociateSubnetCidrBlock, SubnetCidrBlockReply};
use multihome_entities::{ipv6_address, subnet};
use multihome_types::{Ipv6Cidr, Subnet, SubnetCidrAssociationId, SubnetId, SubnetIpv6Block};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{apply_row, describe::show_ipv6, gather_and_lock};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    ids,
    operations::{vpcs::blocks::gather_blocks, with_fresh_ids},
};

pub(crate) async fn associate_subnet_cidr_block(api: &Api, call: &Call, request: AssociateSubnetCidrBlock) -> Result<SubnetCidrBlockReply, Fault> {
    let id: SubnetId = ids::parse(&request.subnet_id)?;
    let cidr = ids::parse_ipv6_block("Ipv6CidrBlock", &request.ipv6_cidr_block)?;
    let block = with_fresh_ids(|| apply_block(api, call, id, SubnetIpv6Block { association: api.fresh(), cidr })).await?;
    Ok(SubnetCidrBlockReply { ipv6_cidr_block_association: show_ipv6(block, "associated"), subnet_id: id.to_string() })
}

async fn apply_block(api: &Api, call: &Call, id: SubnetId, block: SubnetIpv6Block) -> Result<SubnetIpv6Block, Fault> {
    let mut transaction = api.store.begin().await?;
    let (subnet, vpc) = gather_and_lock(&transaction, call, id).await?;
    let conn = transaction.conn();
    rules::admit_subnet_block(id, subnet.ipv6.is_some())?;
    let of_vpc = gather_blocks(conn, &vpc).await?.ipv6_cidrs();
    let siblings = subnet::Entity::find().filter(subnet::Column::Vpc.eq(vpc.id)).all(conn).await?;
    let siblings: Vec<Ipv6Cidr> = siblings.into_iter().filter_map(|row| row.ipv6_cidr).collect();
    rules::check_subnet_ipv6_block(block.cidr, &of_vpc, siblings)?;
    let why = format!("Subnet {id} was given the block {}.", block.cidr);
    let change = apply_row(&transaction, call, Subnet { ipv6: Some(block), ..subnet }, ("block-associated", why)).await?;
    transaction.record(vec![change]).await?;
    transaction.commit().await?;
    Ok(block)
}

pub(crate) async fn disassociate_subnet_cidr_block(
    api: &Api,
    call: &Call,
    request: DisassociateSubnetCidrBlock,
) -> Result<SubnetCidrBlockReply, Fault> {
    let id: SubnetCidrAssociationId = ids::parse(&request.association_id)?;
    let not_found = || rules::subnet_association_not_found(id);
    let mut transaction = api.store.begin().await?;
    let with_it = subnet::Entity::find().filter(subnet::Column::Ipv6Association.eq(id)).filter(subnet::Column::Account.eq(call.account));
    let named = with_it.filter(subnet::Column::Region.eq(call.region)).one(transaction.conn()).await?.ok_or_else(not_found)?;
    let (subnet, _) = gather_and_lock(&transaction, call, named.id).await?;
    // Somebody else may have taken it away until the subnet was locked.
    let block = subnet.ipv6.filter(|block| block.association == id).ok_or_else(not_found)?;
    if ipv6_address::any_in(transaction.conn(), subnet.id).await? {
        return Err(refusals::subnet_block_in_use(block.cidr).into());
    }
    rules::admit_subnet_block_removal(id, subnet.attributes.assign_ipv6_address_on_creation)?;
    let subnet_id = subnet.id.to_string();
    let why = format!("Subnet {subnet_id} lost the block {}.", block.cidr);
    let change = apply_row(&transaction, call, Subnet { ipv6: None, ..subnet }, ("block-disassociated", why)).await?;
    transaction.record(vec![change]).await?;
    transaction.commit().await?;
    Ok(SubnetCidrBlockReply { ipv6_cidr_block_association: show_ipv6(block, "disassociated"), subnet_id })
}
