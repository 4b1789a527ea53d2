//! Table `attachments`: the live ones. What is detached is gone from here and stays in the change log.

use multihome_types::{
    AccountId, Attachment, AttachmentId, AttachmentState, ChangeId, ClusterName, DeviceIndex, Generation, InstanceId, InterfaceId, Region, Timestamp,
};
use sea_orm::entity::prelude::*;

use crate::unreadable;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attachments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AttachmentId,
    pub account: AccountId,
    pub region: Region,
    pub interface: InterfaceId,
    pub instance: InstanceId,
    pub instance_account: AccountId,
    pub cluster: ClusterName,
    pub device_index: i32,
    pub state: AttachmentState,
    pub delete_on_termination: bool,
    pub attached_at: Timestamp,
    pub since: Timestamp,
    pub deadline: Option<Timestamp>,
    pub reason: Option<String>,
    pub change: ChangeId,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Attachment {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let device_index = u8::try_from(row.device_index).map_err(|why| unreadable("attachments", row.id, why))?;
        Ok(Self {
            id: row.id,
            account: row.account,
            region: row.region,
            interface: row.interface,
            instance: row.instance,
            instance_account: row.instance_account,
            cluster: row.cluster,
            device_index: DeviceIndex(device_index),
            state: row.state,
            delete_on_termination: row.delete_on_termination,
            attached_at: row.attached_at,
            since: row.since,
            deadline: row.deadline,
            reason: row.reason,
            change: row.change,
            generation: row.generation,
        })
    }
}

impl From<Attachment> for Model {
    fn from(attachment: Attachment) -> Self {
        Self {
            id: attachment.id,
            account: attachment.account,
            region: attachment.region,
            interface: attachment.interface,
            instance: attachment.instance,
            instance_account: attachment.instance_account,
            cluster: attachment.cluster,
            device_index: i32::from(attachment.device_index.0),
            state: attachment.state,
            delete_on_termination: attachment.delete_on_termination,
            attached_at: attachment.attached_at,
            since: attachment.since,
            deadline: attachment.deadline,
            reason: attachment.reason,
            change: attachment.change,
            generation: attachment.generation,
        }
    }
}

/// The attachments of one instance, by device index.
pub async fn of_instance<C: ConnectionTrait>(conn: &C, instance: InstanceId) -> Result<Vec<Attachment>, DbErr> {
    use sea_orm::QueryOrder;
    let rows = Entity::find().filter(Column::Instance.eq(instance)).order_by_asc(Column::DeviceIndex).all(conn).await?;
    rows.into_iter().map(TryInto::try_into).collect()
}
