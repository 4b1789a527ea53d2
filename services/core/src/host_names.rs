//! The names that a VPC gives addresses, as EC2 spells them.

use multihome_types::{Address, HostnameType, InstanceId, Region};

/// The domain of private names. EC2's oldest region has one of its own.
pub fn private_domain(region: Region) -> String {
    match region.as_str() {
        "us-east-1" => "ec2.internal".to_owned(),
        region => format!("{region}.compute.internal"),
    }
}

/// `ip-10-0-0-7.ec2.internal`
pub fn private_name(address: Address, region: Region) -> String {
    format!("{}.{}", dashed("ip", address), private_domain(region))
}

/// What an instance is called: `ip-10-0-0-7.ec2.internal`, or `i-1b5c4503.ec2.internal`.
pub fn instance_name((id, region): (InstanceId, Region), hostname_type: HostnameType, primary: Address) -> String {
    match hostname_type {
        HostnameType::IpName => private_name(primary, region),
        HostnameType::ResourceName => format!("{id}.{}", private_domain(region)),
    }
}

/// `ec2-203-0-113-25.compute-1.amazonaws.com`, and elsewhere than in EC2's oldest region `ec2-203-0-113-25.<region>.compute.amazonaws.com`.
pub fn public_name(address: Address, region: Region) -> String {
    match region.as_str() {
        "us-east-1" => format!("{}.compute-1.amazonaws.com", dashed("ec2", address)),
        region => format!("{}.{region}.compute.amazonaws.com", dashed("ec2", address)),
    }
}

fn dashed(prefix: &str, address: Address) -> String {
    let [a, b, c, d] = address.0.octets();
    format!("{prefix}-{a}-{b}-{c}-{d}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_the_address_and_the_region() {
        let [east, west]: [Region; 2] = ["us-east-1", "eu-west-1"].map(|name| name.parse().unwrap());
        let [private, public]: [Address; 2] = ["10.0.0.7", "203.0.113.25"].map(|text| text.parse().unwrap());
        assert_eq!(private_name(private, east), "ip-10-0-0-7.ec2.internal");
        assert_eq!(private_name(private, west), "ip-10-0-0-7.eu-west-1.compute.internal");
        let called = |hostname_type| instance_name(("i-1b5c4503".parse().unwrap(), west), hostname_type, private);
        assert_eq!(called(HostnameType::IpName), private_name(private, west));
        assert_eq!(called(HostnameType::ResourceName), "i-1b5c4503.eu-west-1.compute.internal");
        assert_eq!(public_name(public, east), "ec2-203-0-113-25.compute-1.amazonaws.com");
        assert_eq!(public_name(public, west), "ec2-203-0-113-25.eu-west-1.compute.amazonaws.com");
    }
}
