//! What DescribeAccountAttributes says of an account.
//!
//! Deliberately absent: EC2's quota of instances. EC2 itself says 20 whatever the quota is, and so does this.

use multihome_types::{Refusal, VpcId};

use crate::refusals;

/// What is known of the account that asks.
#[derive(Clone, Copy, Debug)]
pub struct AccountFacts {
    pub default_vpc: Option<VpcId>,
    /// How many elastic addresses it can have.
    pub most_addresses: u64,
    /// How many groups an interface can have.
    pub most_groups: u64,
}

/// EC2's names, each with what an account has under it.
fn all(facts: AccountFacts) -> [(&'static str, String); 6] {
    [
        ("supported-platforms", "VPC".to_owned()),
        ("default-vpc", facts.default_vpc.map_or_else(|| "none".to_owned(), |id| id.to_string())),
        ("max-instances", "20".to_owned()),
        ("vpc-max-security-groups-per-interface", facts.most_groups.to_string()),
        ("max-elastic-ips", facts.most_addresses.to_string()),
        ("vpc-max-elastic-ips", facts.most_addresses.to_string()),
    ]
}

/// The attributes with these names, or all if there are no names.
pub fn describe(asked: &[String], facts: AccountFacts) -> Result<Vec<(&'static str, String)>, Refusal> {
    let all = all(facts);
    if let Some(unknown) = asked.iter().find(|name| all.iter().all(|(known, _)| known != name)) {
        let shown: String = unknown.chars().take(64).collect();
        return Err(refusals::invalid_value(format!("Value ({shown}) for parameter attributeName is invalid. Unknown attribute name.")));
    }
    Ok(all.into_iter().filter(|(name, _)| asked.is_empty() || asked.iter().any(|asked| asked == name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_told_by_name_and_the_absence_of_a_default_vpc_is_a_word() {
        let facts = AccountFacts { default_vpc: None, most_addresses: 512, most_groups: 5 };
        assert_eq!(describe(&[], facts).unwrap().len(), 6);
        let asked = ["default-vpc".to_owned(), "max-elastic-ips".to_owned()];
        assert_eq!(describe(&asked, facts).unwrap(), [("default-vpc", "none".to_owned()), ("max-elastic-ips", "512".to_owned())]);
        let facts = AccountFacts { default_vpc: Some("vpc-3b1fdc87".parse().unwrap()), ..facts };
        assert_eq!(describe(&asked[..1], facts).unwrap(), [("default-vpc", "vpc-3b1fdc87".to_owned())]);
        assert_eq!(describe(&["x".to_owned()], facts).unwrap_err().code, "InvalidParameterValue");
    }
}
