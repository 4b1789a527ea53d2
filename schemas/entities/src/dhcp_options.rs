//! Table `dhcp_options`.

use std::collections::BTreeMap;

use multihome_types::{AccountId, DhcpOption, DhcpOptions, DhcpOptionsId, Generation, Region, Timestamp};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "dhcp_options")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DhcpOptionsId,
    pub account: AccountId,
    pub region: Region,
    pub is_default: bool,
    /// Several values are separated by commas, which no value has in it.
    pub domain_name: Option<String>,
    pub domain_name_servers: Option<String>,
    pub ntp_servers: Option<String>,
    pub netbios_name_servers: Option<String>,
    pub netbios_node_type: Option<String>,
    pub created: Timestamp,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for DhcpOptions {
    fn from(row: Model) -> Self {
        let columns = [
            (DhcpOption::DomainName, row.domain_name),
            (DhcpOption::DomainNameServers, row.domain_name_servers),
            (DhcpOption::NtpServers, row.ntp_servers),
            (DhcpOption::NetbiosNameServers, row.netbios_name_servers),
            (DhcpOption::NetbiosNodeType, row.netbios_node_type),
        ];
        let said = columns.into_iter().filter_map(|(option, text)| Some((option, text?.split(',').map(str::to_owned).collect())));
        let Model { id, account, region, is_default, created, generation, .. } = row;
        Self { id, account, region, is_default, options: said.collect(), created, generation }
    }
}

impl From<&DhcpOptions> for Model {
    fn from(set: &DhcpOptions) -> Self {
        let text = |options: &BTreeMap<DhcpOption, Vec<String>>, option| options.get(&option).map(|values| values.join(","));
        let DhcpOptions { id, account, region, is_default, ref options, created, generation } = *set;
        Self {
            id,
            account,
            region,
            is_default,
            domain_name: text(options, DhcpOption::DomainName),
            domain_name_servers: text(options, DhcpOption::DomainNameServers),
            ntp_servers: text(options, DhcpOption::NtpServers),
            netbios_name_servers: text(options, DhcpOption::NetbiosNameServers),
            netbios_node_type: text(options, DhcpOption::NetbiosNodeType),
            created,
            generation,
        }
    }
}
