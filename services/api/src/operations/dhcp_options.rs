//! DHCP option sets: create, delete, and give to a VPC; describing them is in [`describe`].
//!
//! A set never changes, so there is nothing to lock but its being there: whoever gives it to a VPC keeps it from being deleted meanwhile.

mod describe;
#[cfg(test)]
mod tests;

use multihome_core::dhcp_options::{self as rules, OptionAsked, Options};
use multihome_ec2::{
    Return,
    dhcp_options::{AssociateDhcpOptions, CreateDhcpOptions, CreateDhcpOptionsReply, DeleteDhcpOptions},
};
use multihome_entities::{
    dhcp_options::{Column, Entity, Model},
    vpc,
};
use multihome_runtime::Transaction;
use multihome_types::{Change, DhcpOptions, DhcpOptionsId, EntityKind, Generation, Vpc, VpcId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{LockType, OnConflict},
};

use super::{
    tags::{apply_tags, apply_untag, specified},
    vpcs::{apply_row, gather_and_lock_vpc},
    with_fresh_ids,
};
use crate::{Api, call::Call, fault::Fault, ids};
pub(crate) use describe::describe_dhcp_options;

pub(crate) async fn create_dhcp_options(api: &Api, call: &Call, request: CreateDhcpOptions) -> Result<CreateDhcpOptionsReply, Fault> {
    let asked: Vec<OptionAsked<'_>> =
        request.configurations.iter().map(|configuration| OptionAsked { key: &configuration.key, values: &configuration.values }).collect();
    let options = rules::check_options(&asked)?;
    let tags = specified(&request.tag_specifications, "dhcp-options")?;
    let set = with_fresh_ids(|| async {
        let mut transaction = api.store.begin().await?;
        let set = birth(call, api.fresh(), false, options.clone());
        Entity::insert(Model::from(&set).into_active_model()).exec_without_returning(transaction.conn()).await?;
        apply_tags(&transaction, call, &set.id.to_string(), &tags).await?;
        let why = format!("DHCP options {} were created.", set.id);
        transaction.record(vec![call.change((EntityKind::DhcpOptions, set.id, set.generation), "created", why)]).await?;
        transaction.commit().await?;
        Ok(set)
    })
    .await?;
    Ok(CreateDhcpOptionsReply { dhcp_options: describe::show(set, tags) })
}

fn birth(call: &Call, id: DhcpOptionsId, is_default: bool, options: Options) -> DhcpOptions {
    let Call { account, region, now, .. } = *call;
    DhcpOptions { id, account, region, is_default, options, created: now, generation: Generation::FIRST }
}

/// The account's default set, which is made if there is none yet: then with its row for the change log. It stays until the end of the
/// transaction. Of two that make one at once the schema lets one, and the other one finds it.
pub(super) async fn gather_or_apply_default(api: &Api, transaction: &Transaction, call: &Call) -> Result<(DhcpOptionsId, Option<Change>), Fault> {
    const ATTEMPTS: usize = 5;
    let conn = transaction.conn();
    let present = || of_caller(call).filter(Column::IsDefault.eq(true)).lock(LockType::KeyShare).one(conn);
    if let Some(row) = present().await? {
        return Ok((row.id, None));
    }
    for _ in 0..ATTEMPTS {
        let set = birth(call, api.fresh(), true, rules::default_options(call.region));
        let insert = Entity::insert(Model::from(&set).into_active_model().reset_all()).on_conflict(OnConflict::new().do_nothing().to_owned());
        if conn.execute(insert.as_query()).await?.rows_affected() == 1 {
            let why = format!("DHCP options {} came with the first VPC, as the account's default ones.", set.id);
            return Ok((set.id, Some(call.change((EntityKind::DhcpOptions, set.id, set.generation), "created", why))));
        }
        if let Some(row) = present().await? {
            return Ok((row.id, None));
        }
        // It was the id that was taken.
    }
    Err(Fault::Failed("the default DHCP options can be neither found nor made".into()))
}

pub(crate) async fn delete_dhcp_options(api: &Api, call: &Call, request: DeleteDhcpOptions) -> Result<Return, Fault> {
    let id: DhcpOptionsId = ids::parse(&request.dhcp_options_id)?;
    let mut transaction = api.store.begin().await?;
    let conn = transaction.conn();
    let row = of_caller(call).filter(Column::Id.eq(id)).lock(LockType::Update).one(conn).await?;
    let set: DhcpOptions = row.ok_or_else(|| rules::dhcp_options_not_found(id))?.into();
    let users = vpc::Entity::find().filter(vpc::Column::DhcpOptions.eq(id)).all(conn).await?;
    rules::admit_delete(id, &users.iter().map(|vpc| vpc.id.to_string()).collect::<Vec<_>>())?;
    apply_untag(&transaction, [id]).await?;
    Entity::delete_by_id(id).exec(conn).await?;
    let why = format!("DHCP options {id} were deleted.");
    transaction.record(vec![call.change((EntityKind::DhcpOptions, id, set.generation.next()), "deleted", why)]).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}

pub(crate) async fn associate_dhcp_options(api: &Api, call: &Call, request: AssociateDhcpOptions) -> Result<Return, Fault> {
    let wanted: Option<DhcpOptionsId> = match request.dhcp_options_id.as_str() {
        rules::NONE => None,
        id => Some(ids::parse(id)?),
    };
    let vpc: VpcId = ids::parse(&request.vpc_id)?;
    let mut transaction = api.store.begin().await?;
    let vpc = gather_and_lock_vpc(&transaction, call, vpc).await?;
    if let Some(id) = wanted {
        let row = of_caller(call).filter(Column::Id.eq(id)).lock(LockType::KeyShare).one(transaction.conn()).await?;
        row.ok_or_else(|| rules::dhcp_options_not_found(id))?;
    }
    if vpc.dhcp_options == wanted {
        return Ok(Return::DONE);
    }
    let why = match wanted {
        Some(id) => format!("VPC {} was given DHCP options {id}.", vpc.id),
        None => format!("VPC {} has no DHCP options any more.", vpc.id),
    };
    let change = apply_row(&transaction, call, Vpc { dhcp_options: wanted, ..vpc }, ("dhcp-options-associated", why)).await?;
    transaction.record(vec![change]).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}

fn of_caller(call: &Call) -> Select<Entity> {
    Entity::find().filter(Column::Account.eq(call.account)).filter(Column::Region.eq(call.region))
}
