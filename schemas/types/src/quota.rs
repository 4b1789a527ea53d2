//! How much of each kind of thing an account may have.

use crate::{AccountId, Region};

crate::text::text_enum! {
    /// What is counted, and where.
    pub enum QuotaName {
        VpcsPerRegion = "vpcs-per-region",
        SubnetsPerVpc = "subnets-per-vpc",
        InterfacesPerRegion = "interfaces-per-region",
        ElasticAddressesPerRegion = "elastic-addresses-per-region",
        NatGatewaysPerZone = "nat-gateways-per-zone",
        InternetGatewaysPerRegion = "internet-gateways-per-region",
        RouteTablesPerVpc = "route-tables-per-vpc",
        RoutesPerTable = "routes-per-table",
        GroupsPerRegion = "security-groups-per-region",
        RulesPerGroup = "rules-per-security-group",
        GroupsPerInterface = "security-groups-per-interface",
        NetworkAclsPerVpc = "network-acls-per-vpc",
        RulesPerNetworkAcl = "rules-per-network-acl",
    }
}

/// What an operator set for one account, where that differs from what everybody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountQuota {
    pub account: AccountId,
    pub region: Region,
    pub name: QuotaName,
    pub value: u64,
}
