//! DeregisterImage. Instances that were launched from it go on.

use multihome_core::images as rules;
use multihome_ec2::{Return, image::DeregisterImage};
use multihome_entities::image::{Column, Entity};
use multihome_types::{EntityKind, ImageId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::LockType};

use crate::{Api, call::Call, fault::Fault, ids, operations::tags::apply_untag};

pub(crate) async fn deregister_image(api: &Api, call: &Call, request: DeregisterImage) -> Result<Return, Fault> {
    let id: ImageId = ids::parse(&request.image_id)?;
    if rules::in_catalogue(id, call.region).is_some() {
        return Err(rules::not_authorized(id).into());
    }
    let mut txn = api.store.begin().await?;
    let of_caller = Entity::find_by_id(id).filter(Column::Account.eq(call.account)).filter(Column::Region.eq(call.region));
    let row = of_caller.lock(LockType::Update).one(txn.conn()).await?.ok_or_else(|| rules::image_not_found(id))?;
    apply_untag(&txn, [id]).await?;
    Entity::delete_by_id(id).exec(txn.conn()).await?;
    let why = format!("Image {id} ({}) was deregistered.", row.name);
    txn.record(vec![call.change((EntityKind::Image, id, row.generation.next()), "deleted", why)]).await?;
    txn.commit().await?;
    Ok(Return::DONE)
}
