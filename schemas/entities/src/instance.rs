//! Table `instances`.

use multihome_types::{
    AccountId, Architecture, ChangeId, ClusterName, DeviceIndex, Generation, HostnameOptions, HostnameType, ImageId, Instance, InstanceAttributes,
    InstanceId, InstanceState, MetadataOptions, MetadataTokens, NodeName, Region, ReservationId, ShutdownBehavior, StateReason, SubnetId, Timestamp,
    VpcId, Zone,
};
use sea_orm::{DatabaseBackend, FromQueryResult, JoinType, QuerySelect, QueryTrait, entity::prelude::*, sea_query::Expr};

use crate::{instance_type, unreadable};

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
    pub disable_api_termination: bool,
    pub disable_api_stop: bool,
    pub shutdown_behavior: ShutdownBehavior,
    pub ebs_optimized: bool,
    pub monitoring: bool,
    pub unlimited_credits: Option<bool>,
    pub metadata_tokens: MetadataTokens,
    pub metadata_hop_limit: i32,
    pub metadata_endpoint: bool,
    pub metadata_ipv6: bool,
    pub metadata_tags: bool,
    pub architecture: Architecture,
    pub root_device: String,
    pub public_key: Option<String>,
    pub rebooted_at: Option<Timestamp>,
    pub hostname_type: HostnameType,
    pub resource_name_dns_a_record: bool,
    pub resource_name_dns_aaaa_record: bool,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Instance {
    fn from(row: Model) -> Self {
        let reason = row.reason_code.map(|code| StateReason { code, message: row.reason_message.unwrap_or_default() });
        let attributes = InstanceAttributes {
            disable_api_termination: row.disable_api_termination,
            disable_api_stop: row.disable_api_stop,
            shutdown_behavior: row.shutdown_behavior,
            ebs_optimized: row.ebs_optimized,
            monitoring: row.monitoring,
            unlimited_credits: row.unlimited_credits,
            metadata: MetadataOptions {
                tokens: row.metadata_tokens,
                hop_limit: row.metadata_hop_limit,
                endpoint: row.metadata_endpoint,
                ipv6: row.metadata_ipv6,
                tags: row.metadata_tags,
            },
            hostname: HostnameOptions {
                hostname_type: row.hostname_type,
                resource_name_dns_a_record: row.resource_name_dns_a_record,
                resource_name_dns_aaaa_record: row.resource_name_dns_aaaa_record,
            },
            architecture: row.architecture,
            root_device: row.root_device,
            public_key: row.public_key,
            rebooted_at: row.rebooted_at,
        };
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
            attributes,
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
        let attributes = instance.attributes;
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
            disable_api_termination: attributes.disable_api_termination,
            disable_api_stop: attributes.disable_api_stop,
            shutdown_behavior: attributes.shutdown_behavior,
            ebs_optimized: attributes.ebs_optimized,
            monitoring: attributes.monitoring,
            unlimited_credits: attributes.unlimited_credits,
            metadata_tokens: attributes.metadata.tokens,
            metadata_hop_limit: attributes.metadata.hop_limit,
            metadata_endpoint: attributes.metadata.endpoint,
            metadata_ipv6: attributes.metadata.ipv6,
            metadata_tags: attributes.metadata.tags,
            architecture: attributes.architecture,
            root_device: attributes.root_device,
            public_key: attributes.public_key,
            rebooted_at: attributes.rebooted_at,
            hostname_type: attributes.hostname.hostname_type,
            resource_name_dns_a_record: attributes.hostname.resource_name_dns_a_record,
            resource_name_dns_aaaa_record: attributes.hostname.resource_name_dns_aaaa_record,
        }
    }
}

/// How much more may be attached to an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// None where its type has no row.
    pub allowed: Option<Allowed>,
    /// The device indexes of its attachments.
    pub occupied: Vec<DeviceIndex>,
}

/// What an instance's type allows: how many interfaces, and on each how many private and IPv6 addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    pub interfaces: i32,
    pub addresses: i32,
    pub ipv6_addresses: i32,
}

/// One instance and the room on it, in one statement.
pub async fn find_with_room<C: ConnectionTrait>(conn: &C, id: InstanceId) -> Result<Option<(Instance, Room)>, DbErr> {
    let backend = conn.get_database_backend();
    let occupied = match backend {
        DatabaseBackend::Sqlite => "(SELECT group_concat(a.device_index, ' ') FROM attachments a WHERE a.instance = instances.id)",
        _ => "(SELECT string_agg(a.device_index::text, ' ') FROM attachments a WHERE a.instance = instances.id)",
    };
    let of_type = Entity::belongs_to(instance_type::Entity).from(Column::InstanceType).to(instance_type::Column::Name);
    let select = Entity::find_by_id(id)
        .join(JoinType::LeftJoin, of_type.into())
        .column_as(instance_type::Column::Interfaces, "type_interfaces")
        .column_as(instance_type::Column::AddressesPerInterface, "type_addresses")
        .column_as(instance_type::Column::Ipv6AddressesPerInterface, "type_ipv6_addresses")
        .expr_as(Expr::cust(occupied), "occupied");
    let Some(row) = conn.query_one_raw(select.build(backend)).await? else { return Ok(None) };
    let listed: Option<String> = row.try_get("", "occupied")?;
    let occupied = listed.as_deref().unwrap_or_default().split_ascii_whitespace();
    let occupied = occupied.map(|index| index.parse().map(DeviceIndex).map_err(|why| unreadable("attachments of instance", id, why)));
    let room = Room { allowed: read_allowed(&row)?, occupied: occupied.collect::<Result<_, _>>()? };
    Ok(Some((Model::from_query_result(&row, "")?.into(), room)))
}

fn read_allowed(row: &QueryResult) -> Result<Option<Allowed>, DbErr> {
    let Some(interfaces) = row.try_get("", "type_interfaces")? else { return Ok(None) };
    Ok(Some(Allowed { interfaces, addresses: row.try_get("", "type_addresses")?, ipv6_addresses: row.try_get("", "type_ipv6_addresses")? }))
}
