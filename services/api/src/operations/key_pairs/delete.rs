//! DeleteKeyPair: by name or by id. What is not there is as good as deleted, as in EC2.

use multihome_ec2::{
    Ec2Error,
    key_pair::{DeleteKeyPair, DeleteKeyPairReply},
};
use multihome_entities::key_pair::{Column, Entity};
use multihome_types::{EntityKind, KeyPairId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::LockType};

use crate::{Api, call::Call, fault::Fault, ids, operations::tags::apply_untag};

pub(crate) async fn delete_key_pair(api: &Api, call: &Call, request: DeleteKeyPair) -> Result<DeleteKeyPairReply, Fault> {
    let id: Option<KeyPairId> = request.key_pair_id.as_deref().map(ids::parse).transpose()?;
    let named = match (id, request.key_name) {
        (Some(id), None) => Column::Id.eq(id),
        (None, Some(name)) => Column::Name.eq(name),
        (Some(_), Some(_)) => {
            let message = "The parameter keyName cannot be used with the parameter keyPairId";
            return Err(Ec2Error::new("InvalidParameterCombination", message).into());
        }
        (None, None) => return Err(Ec2Error::missing_parameter("KeyName").into()),
    };
    let mut txn = api.store.begin().await?;
    let of_caller = Entity::find().filter(Column::Account.eq(call.account)).filter(Column::Region.eq(call.region));
    let Some(row) = of_caller.filter(named).lock(LockType::Update).one(txn.conn()).await? else {
        return Ok(DeleteKeyPairReply { done: true, key_pair_id: None });
    };
    apply_untag(&txn, [row.id]).await?;
    Entity::delete_by_id(row.id).exec(txn.conn()).await?;
    let why = format!("Key pair {} ({}) was deleted.", row.id, row.name);
    txn.record(vec![call.change((EntityKind::KeyPair, row.id, row.generation.next()), "deleted", why)]).await?;
    txn.commit().await?;
    Ok(DeleteKeyPairReply { done: true, key_pair_id: Some(row.id.to_string()) })
}
