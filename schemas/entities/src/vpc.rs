//! Table `vpcs`.

use multihome_types::{AccountId, Cidr, DhcpOptionsId, Generation, Region, Timestamp, Vpc, VpcId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "vpcs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VpcId,
    pub account: AccountId,
    pub region: Region,
    pub cidr: Cidr,
    pub is_default: bool,
    pub dns_support: bool,
    pub dns_hostnames: bool,
    pub network_address_usage_metrics: bool,
    pub dhcp_options: Option<DhcpOptionsId>,
    pub created: Timestamp,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

macro_rules! convert {
    ($from:ident to $to:ident) => {
        impl From<$from> for $to {
            fn from(row: $from) -> Self {
                let $from {
                    id,
                    account,
                    region,
                    cidr,
                    is_default,
                    dns_support,
                    dns_hostnames,
                    network_address_usage_metrics,
                    dhcp_options,
                    created,
                    generation,
                } = row;
                Self {
                    id,
                    account,
                    region,
                    cidr,
                    is_default,
                    dns_support,
                    dns_hostnames,
                    network_address_usage_metrics,
                    dhcp_options,
                    created,
                    generation,
                }
            }
        }
    };
}

convert!(Model to Vpc);
convert!(Vpc to Model);
