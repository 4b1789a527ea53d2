//! Quotas: how many of each kind of thing an account may have, and EC2's answer to one more.
//!
//! What everybody has is EC2's own, unless the operator of a deployment says otherwise, for everybody ([`Defaults`]) or for one account (a row
//! of table `quotas`). A quota is looked at by what makes things; one that was lowered takes nothing away.
//!
//! Deliberately absent: how things are counted, and quotas of what EC2 has no quota of (rules for which are with the thing).

use std::{collections::BTreeMap, str::FromStr};

use multihome_types::{QuotaName, Refusal};

/// What is to be known of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub name: QuotaName,
    /// EC2's.
    pub default: u64,
    pub code: &'static str,
    /// What EC2 calls them, in the plural and with where they are counted if that is no account.
    pub things: &'static str,
}

const fn quota(name: QuotaName, default: u64, code: &'static str, things: &'static str) -> Quota {
    Quota { name, default, code, things }
}

/// Source: "Amazon VPC quotas" and "Error codes for the Amazon EC2 API".
pub const QUOTAS: [Quota; 13] = [
    quota(QuotaName::VpcsPerRegion, 5, "VpcLimitExceeded", "VPCs"),
    quota(QuotaName::SubnetsPerVpc, 200, "SubnetLimitExceeded", "subnets of a VPC"),
    quota(QuotaName::InterfacesPerRegion, 5_000, "NetworkInterfaceLimitExceeded", "network interfaces"),
    quota(QuotaName::ElasticAddressesPerRegion, 5, "AddressLimitExceeded", "addresses"),
    quota(QuotaName::NatGatewaysPerZone, 5, "NatGatewayLimitExceeded", "NAT gateways of an Availability Zone"),
    quota(QuotaName::InternetGatewaysPerRegion, 5, "InternetGatewayLimitExceeded", "internet gateways"),
    quota(QuotaName::RouteTablesPerVpc, 200, "RouteTableLimitExceeded", "route tables of a VPC"),
    quota(QuotaName::RoutesPerTable, 50, "RouteLimitExceeded", "routes of a route table"),
    quota(QuotaName::GroupsPerRegion, 2_500, "SecurityGroupLimitExceeded", "security groups"),
    quota(QuotaName::RulesPerGroup, 60, "RulesPerSecurityGroupLimitExceeded", "rules per security group"),
    quota(QuotaName::GroupsPerInterface, 5, "SecurityGroupsPerInterfaceLimitExceeded", "security groups per interface"),
    quota(QuotaName::NetworkAclsPerVpc, 200, "NetworkAclLimitExceeded", "network ACLs of a VPC"),
    quota(QuotaName::RulesPerNetworkAcl, 20, "NetworkAclEntryLimitExceeded", "entries of a network ACL"),
];

/// What is to be known of one.
pub fn quota_of(name: QuotaName) -> &'static Quota {
    // The table has every name: a test sees to it. The first stands in for what cannot be.
    QUOTAS.iter().find(|quota| quota.name == name).unwrap_or(&QUOTAS[0])
}

/// Whether an account that has so many may have so many more.
pub fn check(name: QuotaName, limit: u64, (present, more): (u64, u64)) -> Result<(), Refusal> {
    if present.saturating_add(more) <= limit { Ok(()) } else { Err(exceeded(name, limit)) }
}

/// EC2's answer to one too many.
pub fn exceeded(name: QuotaName, limit: u64) -> Refusal {
    let Quota { code, things, .. } = quota_of(name);
    let message = match name {
        // In EC2's words, which are others here.
        QuotaName::NatGatewaysPerZone => format!("Performing this operation would exceed the limit of {limit} NAT gateways"),
        QuotaName::VpcsPerRegion
        | QuotaName::SubnetsPerVpc
        | QuotaName::InterfacesPerRegion
        | QuotaName::ElasticAddressesPerRegion
        | QuotaName::InternetGatewaysPerRegion
        | QuotaName::RouteTablesPerVpc
        | QuotaName::RoutesPerTable
        | QuotaName::GroupsPerRegion
        | QuotaName::RulesPerGroup
        | QuotaName::GroupsPerInterface
        | QuotaName::NetworkAclsPerVpc
        | QuotaName::RulesPerNetworkAcl => format!("The maximum number of {things}, {limit}, has been reached."),
    };
    Refusal::new(code, message)
}

/// What every account of a deployment has for which nothing else was set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults(BTreeMap<QuotaName, u64>);

impl Defaults {
    pub fn of(&self, name: QuotaName) -> u64 {
        self.0.get(&name).copied().unwrap_or_else(|| quota_of(name).default)
    }

    /// These, and where they say nothing, those.
    #[must_use]
    pub fn or(mut self, others: &Self) -> Self {
        for (name, value) in &others.0 {
            self.0.entry(*name).or_insert(*value);
        }
        self
    }
}

impl FromIterator<(QuotaName, u64)> for Defaults {
    fn from_iter<I: IntoIterator<Item = (QuotaName, u64)>>(quotas: I) -> Self {
        Self(quotas.into_iter().collect())
    }
}

impl FromStr for Defaults {
    type Err = String;

    /// `name=value`, separated by commas.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut quotas = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("'{part}' is not of the form name=value"))?;
            let name: QuotaName = name.trim().parse()?;
            if quotas.insert(name, parse_value(value.trim())?).is_some() {
                return Err(format!("{name} is said twice"));
            }
        }
        Ok(Self(quotas))
    }
}

/// A quota's value, as an operator writes it.
pub fn parse_value(text: &str) -> Result<u64, String> {
    let value: u64 = text.parse().map_err(|_| format!("'{text}' is not a number"))?;
    // What the database holds, with room to spare.
    if value <= u64::from(u32::MAX) { Ok(value) } else { Err(format!("'{text}' is more than {}", u32::MAX)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quota_is_in_the_table_once() {
        for name in QuotaName::ALL {
            assert_eq!(QUOTAS.iter().filter(|quota| quota.name == *name).count(), 1, "{name}");
            assert_eq!(quota_of(*name).name, *name);
        }
        assert_eq!(QUOTAS.len(), QuotaName::ALL.len());
    }

    #[test]
    fn one_more_than_the_limit_is_refused_in_ec2s_words() {
        for quota in QUOTAS {
            let limit = quota.default;
            assert_eq!(check(quota.name, limit, (limit - 1, 1)), Ok(()));
            assert_eq!(check(quota.name, limit, (0, limit)), Ok(()));
            for counts in [(limit, 1), (limit - 1, 2), (limit + 7, 1), (u64::MAX, 1)] {
                let refusal = check(quota.name, limit, counts).unwrap_err();
                assert_eq!(refusal.code, quota.code);
                assert!(refusal.message.contains(&limit.to_string()), "{refusal}");
            }
        }
        assert_eq!(exceeded(QuotaName::VpcsPerRegion, 5).message, "The maximum number of VPCs, 5, has been reached.");
        assert_eq!(exceeded(QuotaName::NatGatewaysPerZone, 5).message, "Performing this operation would exceed the limit of 5 NAT gateways");
    }

    #[test]
    fn an_operator_says_what_everybody_has() {
        let said: Defaults = "vpcs-per-region=100, routes-per-table=1000".parse().unwrap();
        assert_eq!((said.of(QuotaName::VpcsPerRegion), said.of(QuotaName::RoutesPerTable), said.of(QuotaName::SubnetsPerVpc)), (100, 1_000, 200));
        let both = said.or(&"vpcs-per-region=7,subnets-per-vpc=8".parse().unwrap());
        assert_eq!((both.of(QuotaName::VpcsPerRegion), both.of(QuotaName::SubnetsPerVpc)), (100, 8));
        assert_eq!("".parse(), Ok(Defaults::default()));
        for wrong in [
            "vpcs-per-region",
            "vpcs=5",
            "vpcs-per-region=-1",
            "vpcs-per-region=x",
            "vpcs-per-region=1,vpcs-per-region=2",
            "vpcs-per-region=99999999999",
        ] {
            assert!(wrong.parse::<Defaults>().is_err(), "{wrong}");
        }
    }
}
