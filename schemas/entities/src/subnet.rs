//! Table `subnets`.

use multihome_types::{
    AccountId, Cidr, Generation, HostnameType, Ipv6Cidr, Region, Subnet, SubnetAttributes, SubnetCidrAssociationId, SubnetId, SubnetIpv6Block,
    Timestamp, VpcId, Zone,
};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "subnets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubnetId,
    pub account: AccountId,
    pub region: Region,
    pub zone: Zone,
    pub vpc: VpcId,
    pub cidr: Cidr,
    pub ipv6_cidr: Option<Ipv6Cidr>,
    pub ipv6_association: Option<SubnetCidrAssociationId>,
    pub default_for_zone: bool,
    pub map_public_ip_on_launch: bool,
    pub assign_ipv6_address_on_creation: bool,
    pub dns64: bool,
    pub hostname_type: HostnameType,
    pub resource_name_dns_a_record: bool,
    pub resource_name_dns_aaaa_record: bool,
    pub created: Timestamp,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Subnet {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            account: row.account,
            region: row.region,
            zone: row.zone,
            vpc: row.vpc,
            cidr: row.cidr,
            ipv6: row.ipv6_association.zip(row.ipv6_cidr).map(|(association, cidr)| SubnetIpv6Block { association, cidr }),
            default_for_zone: row.default_for_zone,
            attributes: SubnetAttributes {
                map_public_ip_on_launch: row.map_public_ip_on_launch,
                assign_ipv6_address_on_creation: row.assign_ipv6_address_on_creation,
                dns64: row.dns64,
                hostname_type: row.hostname_type,
                resource_name_dns_a_record: row.resource_name_dns_a_record,
                resource_name_dns_aaaa_record: row.resource_name_dns_aaaa_record,
            },
            created: row.created,
            generation: row.generation,
        }
    }
}

impl From<Subnet> for Model {
    fn from(subnet: Subnet) -> Self {
        let (ipv6_association, ipv6_cidr) = subnet.ipv6.map(|block| (block.association, block.cidr)).unzip();
        let SubnetAttributes {
            map_public_ip_on_launch,
            assign_ipv6_address_on_creation,
            dns64,
            hostname_type,
            resource_name_dns_a_record,
            resource_name_dns_aaaa_record,
        } = subnet.attributes;
        Self {
            id: subnet.id,
            account: subnet.account,
            region: subnet.region,
            zone: subnet.zone,
            vpc: subnet.vpc,
            cidr: subnet.cidr,
            ipv6_cidr,
            ipv6_association,
            default_for_zone: subnet.default_for_zone,
            map_public_ip_on_launch,
            assign_ipv6_address_on_creation,
            dns64,
            hostname_type,
            resource_name_dns_a_record,
            resource_name_dns_aaaa_record,
            created: subnet.created,
            generation: subnet.generation,
        }
    }
}
