//! Images: describe, register, deregister, and what a launch finds of one.

mod deregister;
mod describe;
mod register;
#[cfg(test)]
mod tests;

pub(crate) use deregister::deregister_image;
pub(crate) use describe::describe_images;
use multihome_core::images::in_catalogue;
use multihome_entities::image;
use multihome_types::{Image, ImageId};
pub(crate) use register::register_image;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use crate::call::Call;

/// An image that the caller can launch.
pub(super) async fn gather_image<C: ConnectionTrait>(conn: &C, call: &Call, id: ImageId) -> Result<Option<Image>, DbErr> {
    if let Some((_, image)) = in_catalogue(id, call.region) {
        return Ok(Some(image));
    }
    let of_caller = image::Entity::find_by_id(id).filter(image::Column::Account.eq(call.account)).filter(image::Column::Region.eq(call.region));
    Ok(of_caller.one(conn).await?.map(Image::from))
}
