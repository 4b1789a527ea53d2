//! ReleaseAddress.
//!
//! The row goes under the condition that it is the one that was read: an association that races has counted its generation up.

use multihome_core::{admission::Caller, elastic as rules};
use multihome_ec2::{Return, address::ReleaseAddress};
use multihome_entities::{elastic_address, interface, tag};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{AllocationId, ElasticAddress, EntityKind};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::parse_address;
use crate::{
    Api,
    call::Call,
    fault::Fault,
    ids,
    operations::network_interfaces::{ATTEMPTS, contended, settle},
};

pub(crate) async fn release_address(api: &Api, call: &Call, request: ReleaseAddress) -> Result<Return, Fault> {
    let allocation = request.allocation_id.as_deref().map(ids::parse::<AllocationId>).transpose()?;
    let id = rules::named_for_release(allocation, request.public_ip.as_deref().map(parse_address).transpose()?)?;
    for _ in 0..ATTEMPTS {
        let found = elastic_address::find(api.store.reader(), id).await?;
        let read = rules::visible(Caller::of(call.account, call.region), id, found.as_ref())?;
        let holder = match read.association {
            Some(association) => interface::find(api.store.reader(), association.interface).await?,
            None => None,
        };
        rules::admit_release(read, holder.as_ref(), request.network_border_group.as_deref())?;
        let mut txn = api.store.begin().await?;
        let outcome = apply(call, &mut txn, read).await;
        if settle(txn, outcome).await?.is_some() {
            return Ok(Return::DONE);
        }
    }
    Err(contended())
}

async fn apply(call: &Call, txn: &mut Transaction, read: &ElasticAddress) -> Result<Option<()>, Fault> {
    let deleted = elastic_address::Entity::delete_many()
        .filter(elastic_address::Column::Id.eq(read.id))
        .filter(elastic_address::Column::Generation.eq(read.generation))
        .exec(txn.conn())
        .await?;
    if Cas::from_rows(deleted.rows_affected) == Cas::Stale {
        return Ok(None);
    }
    tag::Entity::delete_many().filter(tag::Column::Resource.eq(read.id.to_string())).exec(txn.conn()).await?;
    let why = format!("The public address {} was released.", read.address);
    txn.record(vec![call.change((EntityKind::ElasticAddress, read.id, read.generation.next()), "deleted", why)]).await?;
    Ok(Some(()))
}
