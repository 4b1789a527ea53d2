//! Internet gateways: create, delete, attach, detach; describing them is in [`describe`].

mod describe;
#[cfg(test)]
mod tests;

use multihome_core::{internet_gateway as rules, refusals};
use multihome_ec2::{
    Return, Tag,
    internet_gateway::{AttachInternetGateway, CreateInternetGateway, CreateInternetGatewayReply, DeleteInternetGateway, DetachInternetGateway},
};
use multihome_entities::{
    elastic_address,
    internet_gateway::{self, Column, Entity, Model},
    tag,
};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{Change, EntityKind, Generation, InternetGateway, InternetGatewayId, QuotaName, VpcId};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Select,
    sea_query::{Expr, LockType},
};

use super::{
    tags::{apply_tags, specified},
    vpcs::gather_and_lock_vpc,
    with_fresh_ids,
};
use crate::{Api, call::Call, fault::Fault, ids, quotas};
pub(crate) use describe::describe_internet_gateways;

pub(crate) async fn create_internet_gateway(api: &Api, call: &Call, request: CreateInternetGateway) -> Result<CreateInternetGatewayReply, Fault> {
    let tags = specified(&request.tag_specifications, "internet-gateway")?;
    let gateway = with_fresh_ids(|| async {
        let mut transaction = api.store.begin().await?;
        let own = Entity::find().filter(Column::Account.eq(call.account)).filter(Column::Region.eq(call.region));
        quotas::admit(api, &transaction, call, (QuotaName::InternetGatewaysPerRegion, own)).await?;
        let (gateway, change) = apply_birth(&transaction, call, (api.fresh(), None), &tags).await?;
        transaction.record(vec![change]).await?;
        transaction.commit().await?;
        Ok(gateway)
    })
    .await?;
    Ok(CreateInternetGatewayReply { internet_gateway: describe::show(gateway, tags) })
}

/// Writes a new gateway, attached to a VPC or to none, and answers it with the row for the change log.
pub(super) async fn apply_birth(
    transaction: &Transaction,
    call: &Call,
    (id, vpc): (InternetGatewayId, Option<VpcId>),
    tags: &[Tag],
) -> Result<(InternetGateway, Change), Fault> {
    let Call { account, region, now, .. } = *call;
    let gateway = InternetGateway { id, account, region, vpc, created: now, generation: Generation::FIRST };
    Entity::insert(Model::from(gateway.clone()).into_active_model()).exec_without_returning(transaction.conn()).await?;
    apply_tags(transaction, call, &id.to_string(), tags).await?;
    let why = match vpc {
        Some(vpc) => format!("Internet gateway {id} was created and attached to VPC {vpc}."),
        None => format!("Internet gateway {id} was created."),
    };
    let change = call.change((EntityKind::InternetGateway, id, gateway.generation), "created", why);
    Ok((gateway, change))
}

pub(crate) async fn attach_internet_gateway(api: &Api, call: &Call, request: AttachInternetGateway) -> Result<Return, Fault> {
    let id = ids::parse(&request.internet_gateway_id)?;
    let vpc = ids::parse(&request.vpc_id)?;
    let transaction = api.store.begin().await?;
    let (gateway, vpc) = gather_and_lock_both(&transaction, call, (id, vpc)).await?;
    let present = internet_gateway::of_vpc(transaction.conn(), vpc).await?;
    rules::admit_attach(&gateway, vpc, present.as_ref())?;
    let why = format!("Internet gateway {id} was attached to VPC {vpc}.");
    apply_attachment(transaction, call, &gateway, (Some(vpc), "attached", why)).await
}

pub(crate) async fn detach_internet_gateway(api: &Api, call: &Call, request: DetachInternetGateway) -> Result<Return, Fault> {
    let id = ids::parse(&request.internet_gateway_id)?;
    let vpc = ids::parse(&request.vpc_id)?;
    let transaction = api.store.begin().await?;
    let (gateway, vpc) = gather_and_lock_both(&transaction, call, (id, vpc)).await?;
    let mapped = elastic_address::any_into(transaction.conn(), vpc).await?;
    rules::admit_detach(&gateway, vpc, mapped)?;
    let why = format!("Internet gateway {id} was detached from VPC {vpc}.");
    apply_attachment(transaction, call, &gateway, (None, "detached", why)).await
}

pub(crate) async fn delete_internet_gateway(api: &Api, call: &Call, request: DeleteInternetGateway) -> Result<Return, Fault> {
    let id = ids::parse(&request.internet_gateway_id)?;
    let mut transaction = api.store.begin().await?;
    let gateway = gather_and_lock(&transaction, call, id).await?;
    rules::admit_delete(&gateway)?;
    let conn = transaction.conn();
    tag::Entity::delete_many().filter(tag::Column::Resource.eq(id.to_string())).exec(conn).await?;
    Entity::delete_by_id(id).exec(conn).await?;
    let why = format!("Internet gateway {id} was deleted.");
    transaction.record(vec![call.change((EntityKind::InternetGateway, id, gateway.generation.next()), "deleted", why)]).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}

/// A gateway and a VPC of the caller. Of two that are not there the gateway is named; the VPC is locked first, as everywhere.
async fn gather_and_lock_both(
    transaction: &Transaction,
    call: &Call,
    (gateway, vpc): (InternetGatewayId, VpcId),
) -> Result<(InternetGateway, VpcId), Fault> {
    select(call, gateway).one(transaction.conn()).await?.ok_or_else(|| refusals::internet_gateway_not_found(gateway))?;
    let vpc = gather_and_lock_vpc(transaction, call, vpc).await?.id;
    Ok((gather_and_lock(transaction, call, gateway).await?, vpc))
}

/// A gateway of the caller, which nobody else changes until the end of the transaction.
async fn gather_and_lock(transaction: &Transaction, call: &Call, id: InternetGatewayId) -> Result<InternetGateway, Fault> {
    let row = select(call, id).lock(LockType::NoKeyUpdate).one(transaction.conn()).await?;
    Ok(row.ok_or_else(|| refusals::internet_gateway_not_found(id))?.into())
}

fn select(call: &Call, id: InternetGatewayId) -> Select<Entity> {
    Entity::find_by_id(id).filter(Column::Account.eq(call.account)).filter(Column::Region.eq(call.region))
}

async fn apply_attachment(
    mut transaction: Transaction,
    call: &Call,
    gateway: &InternetGateway,
    (vpc, what, why): (Option<VpcId>, &str, String),
) -> Result<Return, Fault> {
    let generation = gateway.generation.next();
    let updated = Entity::update_many()
        .col_expr(Column::Vpc, Expr::value(vpc))
        .col_expr(Column::Generation, Expr::value(generation))
        .filter(Column::Id.eq(gateway.id))
        .filter(Column::Generation.eq(gateway.generation))
        .exec(transaction.conn())
        .await?;
    if Cas::from_rows(updated.rows_affected) == Cas::Stale {
        return Err(Fault::Failed(format!("the locked row of internet gateway {} was changed by somebody else", gateway.id).into()));
    }
    transaction.record(vec![call.change((EntityKind::InternetGateway, gateway.id, generation), what, why)]).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}
