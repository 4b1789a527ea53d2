//! AssociateAddress.

use multihome_core::{
    admission::Caller,
    elastic::{self as rules, AssociatePlan, AssociateSituation, TargetAsked},
};
use multihome_ec2::{
    Ec2Error,
    address::{AssociateAddress, AssociateAddressReply},
};
use multihome_entities::{attachment, elastic_address, instance, interface, interface_permission, internet_gateway};
use multihome_types::{Address, AllocationId, ElasticAddress, Instance, InstanceId, Interface, InterfaceId, InterfacePermissionKind, VpcId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::{
    parse_address,
    rearrange::{Holder, Rearrangement, apply, gather_holder},
};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    ids,
    operations::network_interfaces::{ATTEMPTS, attached_by, contended, settle},
};

pub(crate) async fn associate_address(api: &Api, call: &Call, request: AssociateAddress) -> Result<AssociateAddressReply, Fault> {
    let asked = Asked::parse(request)?;
    for _ in 0..ATTEMPTS {
        if let Some(association_id) = attempt(api, call, &asked).await? {
            return Ok(AssociateAddressReply { association_id });
        }
    }
    Err(contended())
}

struct Asked {
    named: AllocationId,
    target: TargetAsked,
    private_address: Option<Address>,
    allow_reassociation: bool,
}

impl Asked {
    fn parse(request: AssociateAddress) -> Result<Self, Fault> {
        let allocation = request.allocation_id.as_deref().map(ids::parse::<AllocationId>).transpose()?;
        let public = request.public_ip.as_deref().map(parse_address).transpose()?;
        let interface = request.network_interface_id.as_deref().map(ids::parse::<InterfaceId>).transpose()?;
        let instance = request.instance_id.as_deref().map(ids::parse::<InstanceId>).transpose()?;
        Ok(Self {
            named: rules::named_for_associate(allocation, public)?,
            target: rules::target(interface, instance)?,
            private_address: request.private_ip_address.as_deref().map(private_address).transpose()?,
            allow_reassociation: request.allow_reassociation,
        })
    }
}

fn private_address(text: &str) -> Result<Address, Ec2Error> {
    text.parse().map_err(|why: String| Ec2Error::invalid_parameter_value("privateIpAddress", text, &format!("{why}.")))
}

/// What there is of what a request names.
struct Facts {
    elastic: ElasticAddress,
    holder: Option<Holder>,
    interfaces: Vec<Interface>,
    instance: Option<Instance>,
    with_gateway: Vec<VpcId>,
    permitted: bool,
}

async fn gather<C: ConnectionTrait>(conn: &C, call: &Call, asked: &Asked) -> Result<Facts, Fault> {
    let elastic = gather_elastic(conn, call, asked.named).await?;
    let holder = match elastic.association {
        Some(association) => gather_holder(conn, association.interface).await?,
        None => None,
    };
    let interfaces = match asked.target {
        TargetAsked::Interface(id) => interface::find(conn, id).await?.into_iter().collect(),
        TargetAsked::Instance(id) => interface::load(conn, attached_by(attachment::Column::Instance, [id]), None).await?,
    };
    let on_it = match asked.target {
        TargetAsked::Interface(_) => interfaces.first().and_then(|interface| interface.attachment.as_ref()).map(|attachment| attachment.instance),
        TargetAsked::Instance(id) => Some(id),
    };
    let instance = match on_it {
        Some(id) => instance::Entity::find_by_id(id).one(conn).await?.map(Instance::from),
        None => None,
    };
    let with_gateway = gather_with_gateway(conn, &interfaces).await?;
    let permitted = gather_permitted(conn, call, &interfaces).await?;
    Ok(Facts { elastic, holder, interfaces, instance, with_gateway, permitted })
}

/// The address that the caller names.
async fn gather_elastic<C: ConnectionTrait>(conn: &C, call: &Call, named: AllocationId) -> Result<ElasticAddress, Fault> {
    let found = elastic_address::find(conn, named).await?;
    Ok(rules::visible(Caller::of(call.account, call.region), named, found.as_ref())?.clone())
}

/// Whether the caller may let its address lead to an interface that is not its own. Asked after the interface is read, whose generation a
/// permission that is taken away counts up.
async fn gather_permitted<C: ConnectionTrait>(conn: &C, call: &Call, interfaces: &[Interface]) -> Result<bool, DbErr> {
    match interfaces {
        [only] if only.account != call.account => {
            interface_permission::is_granted(conn, only.id, call.account, InterfacePermissionKind::EipAssociate).await
        }
        _ => Ok(false),
    }
}

async fn gather_with_gateway<C: ConnectionTrait>(conn: &C, interfaces: &[Interface]) -> Result<Vec<VpcId>, DbErr> {
    let of_these = internet_gateway::Column::Vpc.is_in(interfaces.iter().map(|interface| interface.vpc));
    let vpcs: Vec<Option<VpcId>> =
        internet_gateway::Entity::find().filter(of_these).select_only().column(internet_gateway::Column::Vpc).into_tuple().all(conn).await?;
    Ok(vpcs.into_iter().flatten().collect())
}

/// The id of the association. `None`: somebody else was first.
async fn attempt(api: &Api, call: &Call, asked: &Asked) -> Result<Option<String>, Fault> {
    let Facts { elastic, holder, interfaces, instance, with_gateway, permitted } = gather(api.store.reader(), call, asked).await?;
    let plan = rules::admit_associate(&AssociateSituation {
        caller: Caller::of(call.account, call.region),
        permitted,
        elastic: &elastic,
        holder: holder.as_ref().map(|holder| &holder.interface),
        target: asked.target,
        interfaces: &interfaces,
        instance: instance.as_ref(),
        private_address: asked.private_address,
        with_gateway: &with_gateway,
        allow_reassociation: asked.allow_reassociation,
    })?;
    let plan = match plan {
        AssociatePlan::Stay(id) => return Ok(Some(id.to_string())),
        AssociatePlan::Associate(plan) => plan,
    };
    let id = api.fresh();
    let work = Rearrangement { elastic: &elastic, holder: holder.as_ref(), to: Some((plan, id)), instance: instance.as_ref() };
    let mut txn = api.store.begin().await?;
    let outcome = apply(api, call, &mut txn, &work).await;
    Ok(settle(txn, outcome).await?.map(|()| id.to_string()))
}
