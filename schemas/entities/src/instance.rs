//! Table `instances`.

use multihome_types::{
    AccountId, ChangeId, ClusterName, Generation, ImageId, Instance, InstanceId, InstanceState, NodeName, Region, ReservationId, StateReason,
    SubnetId, Timestamp, VpcId, Zone,
};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "instances")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InstanceId,
    pub account: AccountId,
    pub region: Region,
    pub zone: Zone,
    pub cluster: ClusterName,
    pub node: NodeName,
    pub reservation: ReservationId,
    pub launch_index: i32,
    pub image: ImageId,
    pub instance_type: String,
    pub key_name: Option<String>,
    pub user_data: Option<String>,
    pub client_token: Option<String>,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    pub state: InstanceState,
    pub reason_code: Option<String>,
    pub reason_message: Option<String>,
    pub launched_at: Timestamp,
    pub since: Timestamp,
    pub deadline: Option<Timestamp>,
    pub change: ChangeId,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Instance {
    fn from(row: Model) -> Self {
        let reason = row.reason_code.map(|code| StateReason { code, message: row.reason_message.unwrap_or_default() });
        Self {
            id: row.id,
            account: row.account,
            region: row.region,
            zone: row.zone,
            cluster: row.cluster,
            node: row.node,
            reservation: row.reservation,
            launch_index: row.launch_index,
            image: row.image,
            instance_type: row.instance_type,
            key_name: row.key_name,
            user_data: row.user_data,
            client_token: row.client_token,
            vpc: row.vpc,
            subnet: row.subnet,
            state: row.state,
            reason,
            launched_at: row.launched_at,
            since: row.since,
            deadline: row.deadline,
            change: row.change,
            generation: row.generation,
        }
    }
}

impl From<Instance> for Model {
    fn from(instance: Instance) -> Self {
        let (reason_code, reason_message) = instance.reason.map(|reason| (reason.code, reason.message)).unzip();
        Self {
            id: instance.id,
            account: instance.account,
            region: instance.region,
            zone: instance.zone,
            cluster: instance.cluster,
            node: instance.node,
            reservation: instance.reservation,
            launch_index: instance.launch_index,
            image: instance.image,
            instance_type: instance.instance_type,
            key_name: instance.key_name,
            user_data: instance.user_data,
            client_token: instance.client_token,
            vpc: instance.vpc,
            subnet: instance.subnet,
            state: instance.state,
            reason_code,
            reason_message,
            launched_at: instance.launched_at,
            since: instance.since,
            deadline: instance.deadline,
            change: instance.change,
            generation: instance.generation,
        }
    }
}
