//! NAT gateways: create and delete; describing them is in [`describe`].
//!
//! A create writes a row that is `pending`, and a delete makes it `deleting`: from there on a gateway, its interface and its addresses are
//! the route workflow's, which the change log tells of both.

mod describe;
#[cfg(test)]
mod tests;

use multihome_core::{
    admission::Caller,
    nat_gateway::{self as rules, CreateAsked, NatInput, NatStep},
    refusals, route_table,
};
use multihome_ec2::{
    Ec2Error, Tag,
    nat_gateway::{CreateNatGateway, CreateNatGatewayReply, DeleteNatGateway, DeleteNatGatewayReply},
};
use multihome_entities::{nat_gateway, subnet};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{
    Address, AllocationId, Connectivity, EntityKind, Generation, NatGateway, NatGatewayId, NatGatewayState, QuotaName, Subnet, SubnetId,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Select,
    sea_query::{Expr, LockType},
};

use super::{
    tags::{apply_tags, specified},
    vpcs::gather_and_lock_vpc,
    with_fresh_ids,
};
use crate::{Api, call::Call, client_token::ClientToken, fault::Fault, ids, quotas};
pub(crate) use describe::describe_nat_gateways;

pub(crate) async fn create_nat_gateway(api: &Api, call: &Call, mut request: CreateNatGateway) -> Result<CreateNatGatewayReply, Fault> {
    let client_token = request.client_token.take();
    let token = ClientToken::parse(call, "CreateNatGateway", client_token.as_deref(), &request)?;
    let asked = Asked::parse(&request)?;
    let mut earlier = token.gather(api.store.reader()).await?;
    if earlier.is_none() {
        if let Some(made) = with_fresh_ids(|| apply_create(api, call, &asked, &token)).await? {
            return Ok(CreateNatGatewayReply { client_token, nat_gateway: describe::show(&made, asked.tags) });
        }
        // Another call with this token was first: its gateway is there now.
        earlier = token.gather(api.store.reader()).await?;
    }
    let id: NatGatewayId = ids::parse(&earlier.ok_or_else(|| Fault::Failed("a claimed client token is not there".into()))?)?;
    Ok(CreateNatGatewayReply { client_token, nat_gateway: describe::gather_one(api, call, id).await? })
}

struct Asked {
    subnet: SubnetId,
    connectivity: Connectivity,
    allocation: Option<AllocationId>,
    address: Option<Address>,
    tags: Vec<Tag>,
}

impl Asked {
    fn parse(request: &CreateNatGateway) -> Result<Self, Fault> {
        route_table::check_unsupported(&[
            ("VpcId", request.vpc_id.is_some()),
            ("SecondaryAllocationId", !request.secondary_allocation_ids.is_empty()),
            ("SecondaryPrivateIpAddress", !request.secondary_private_ip_addresses.is_empty()),
            ("SecondaryPrivateIpAddressCount", request.secondary_private_ip_address_count.is_some()),
        ])?;
        let allocation = request.allocation_id.as_deref().map(ids::parse).transpose()?;
        let address = request.private_ip_address.as_deref().map(parse_address).transpose()?;
        let asked = CreateAsked {
            connectivity: request.connectivity_type.as_deref(),
            availability_mode: request.availability_mode.as_deref(),
            allocation,
            address,
        };
        Ok(Self {
            subnet: ids::parse(&request.subnet_id)?,
            connectivity: rules::check_asked(&asked)?,
            allocation,
            address,
            tags: specified(&request.tag_specifications, "natgateway")?,
        })
    }
}

fn parse_address(text: &str) -> Result<Address, Ec2Error> {
    text.parse().map_err(|why: String| Ec2Error::invalid_parameter_value("privateIpAddress", text, &format!("{why}.")))
}

/// `None` if the client token was claimed by another call meanwhile.
async fn apply_create(api: &Api, call: &Call, asked: &Asked, token: &ClientToken) -> Result<Option<NatGateway>, Fault> {
    let mut transaction = api.store.begin().await?;
    let subnet = gather_and_lock_subnet(&transaction, call, asked.subnet).await?;
    rules::admit_create(&subnet, asked.address)?;
    quotas::admit(api, &transaction, call, (QuotaName::NatGatewaysPerZone, of_zone(call, &subnet))).await?;
    let id: NatGatewayId = api.fresh();
    if !token.apply(&transaction, &id.to_string()).await? {
        transaction.rollback().await?;
        return Ok(None);
    }
    let gateway = NatGateway {
        id,
        account: call.account,
        region: call.region,
        zone: subnet.zone,
        vpc: subnet.vpc,
        subnet: subnet.id,
        connectivity: asked.connectivity,
        allocation: asked.allocation,
        wanted: asked.address,
        state: NatGatewayState::Pending,
        interface: None,
        public: None,
        failure: None,
        since: call.now,
        created: call.now,
        generation: Generation::FIRST,
    };
    let row = nat_gateway::Model::from(&gateway).into_active_model();
    nat_gateway::Entity::insert(row).exec_without_returning(transaction.conn()).await?;
    apply_tags(&transaction, call, &id.to_string(), &asked.tags).await?;
    let why = format!("A {} NAT gateway {id} was asked for in subnet {} of VPC {}.", gateway.connectivity, subnet.id, subnet.vpc);
    transaction.record(vec![call.change((EntityKind::NatGateway, id, gateway.generation), "created", why)]).await?;
    transaction.commit().await?;
    Ok(Some(gateway))
}

/// The caller's gateways in the zone of a subnet. One that has failed or was deleted does not count.
fn of_zone(call: &Call, subnet: &Subnet) -> Select<nat_gateway::Entity> {
    nat_gateway::Entity::find()
        .filter(nat_gateway::Column::Account.eq(call.account))
        .filter(nat_gateway::Column::Region.eq(call.region))
        .filter(nat_gateway::Column::Zone.eq(subnet.zone))
        // In the words of the index.
        .filter(Expr::cust("state IN ('pending', 'available', 'deleting')"))
}

/// A subnet of the caller. Until the end of the transaction nobody takes it out of its VPC, whose row is locked.
async fn gather_and_lock_subnet(transaction: &Transaction, call: &Call, id: SubnetId) -> Result<Subnet, Fault> {
    let vpc = gather_subnet(transaction.conn(), call, id).await?.vpc;
    gather_and_lock_vpc(transaction, call, vpc).await?;
    gather_subnet(transaction.conn(), call, id).await
}

async fn gather_subnet<C: ConnectionTrait>(conn: &C, call: &Call, id: SubnetId) -> Result<Subnet, Fault> {
    let of_caller = subnet::Entity::find_by_id(id).filter(subnet::Column::Account.eq(call.account)).filter(subnet::Column::Region.eq(call.region));
    Ok(of_caller.one(conn).await?.ok_or_else(|| refusals::subnet_not_found(id))?.into())
}

pub(crate) async fn delete_nat_gateway(api: &Api, call: &Call, request: DeleteNatGateway) -> Result<DeleteNatGatewayReply, Fault> {
    let id: NatGatewayId = ids::parse(&request.nat_gateway_id)?;
    let mut transaction = api.store.begin().await?;
    let found = nat_gateway::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(transaction.conn()).await?;
    let read = rules::visible(Caller::of(call.account, call.region), id, found.map(NatGateway::from))?;
    let step = rules::transition(&read, NatInput::Delete);
    if step != NatStep::Stay
        && let Some(revised) = rules::revised(&read, &step, call.now)
    {
        if Cas::from_rows(nat_gateway::update(transaction.conn(), &read, &revised).await?) == Cas::Stale {
            return Err(Fault::Failed(format!("the locked row of NAT gateway {id} was changed by somebody else").into()));
        }
        let why = format!("NAT gateway {id} was {} and is to be deleted.", read.state);
        transaction.record(vec![call.change((EntityKind::NatGateway, id, revised.generation), revised.state.as_str(), why)]).await?;
    }
    transaction.commit().await?;
    Ok(DeleteNatGatewayReply { nat_gateway_id: id.to_string() })
}
