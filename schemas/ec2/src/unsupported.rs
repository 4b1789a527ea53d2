//! Parameters of EC2's model for what is not here, in operations that are.
//!
//! They are refused by name as unsupported, and not as unknown, which reads as a mistake in spelling. Some clients always send one with
//! the value that EC2 takes it to have, asking for what is so here as well; that is taken as if it had been left out.
//! Source: botocore's model of EC2, 2016-11-15.

use crate::Ec2Error;

/// An action, a parameter, and the values that ask for what is so here. `N` stands for any index; what lies below the parameter is meant too.
type Unsupported = (&'static str, &'static [(&'static str, &'static [&'static str])]);

const NEVER: &[&str] = &[];
const FALSE: &[&str] = &["false"];

const UNSUPPORTED: &[Unsupported] = &[
    ("AssociateSubnetCidrBlock", &[("Ipv6IpamPoolId", NEVER), ("Ipv6NetmaskLength", NEVER)]),
    (
        "AssociateVpcCidrBlock",
        &[
            ("Ipv4IpamPoolId", NEVER),
            ("Ipv4NetmaskLength", NEVER),
            ("Ipv6CidrBlock", NEVER),
            ("Ipv6CidrBlockNetworkBorderGroup", NEVER),
            ("Ipv6IpamPoolId", NEVER),
            ("Ipv6NetmaskLength", NEVER),
            ("Ipv6Pool", NEVER),
        ],
    ),
    ("AttachNetworkInterface", &[("EnaQueueCount", NEVER), ("EnaSrdSpecification.EnaSrdEnabled", FALSE), ("EnaSrdSpecification", NEVER)]),
    ("CreateDefaultSubnet", &[("Ipv6Native", FALSE)]),
    ("CreateNatGateway", &[("AvailabilityZoneAddress", NEVER)]),
    (
        "CreateNetworkInterface",
        &[("ConnectionTrackingSpecification", NEVER), ("EnablePrimaryIpv6", FALSE), ("Ipv6Addresses.N.IsPrimaryIpv6", FALSE), ("Operator", NEVER)],
    ),
    ("CreateNetworkInterfacePermission", &[("AwsService", NEVER)]),
    (
        "CreateSubnet",
        &[
            ("Ipv4IpamPoolId", NEVER),
            ("Ipv4NetmaskLength", NEVER),
            ("Ipv6IpamPoolId", NEVER),
            ("Ipv6Native", FALSE),
            ("Ipv6NetmaskLength", NEVER),
            ("OutpostArn", NEVER),
        ],
    ),
    (
        "CreateVpc",
        &[
            ("Ipv4IpamPoolId", NEVER),
            ("Ipv4NetmaskLength", NEVER),
            ("Ipv6CidrBlock", NEVER),
            ("Ipv6CidrBlockNetworkBorderGroup", NEVER),
            ("Ipv6IpamPoolId", NEVER),
            ("Ipv6NetmaskLength", NEVER),
            ("Ipv6Pool", NEVER),
            ("VpcEncryptionControl", NEVER),
        ],
    ),
    ("DeregisterImage", &[("DeleteAssociatedSnapshots", FALSE)]),
    // Nothing of an account is managed by a service, so that there is nothing to include or to leave out.
    ("DescribeInstanceStatus", &[("IncludeManagedResources", &["false", "true"])]),
    ("DescribeInstances", &[("IncludeManagedResources", &["false", "true"])]),
    ("DescribeNetworkInterfaces", &[("IncludeManagedResources", &["false", "true"])]),
    ("DescribeVolumes", &[("IncludeManagedResources", &["false", "true"])]),
    // A request modifies one attribute: were it left out, nothing would be.
    (
        "ModifyNetworkInterfaceAttribute",
        &[
            ("AssociatedSubnetId", NEVER),
            ("Attachment.EnaQueueCount", NEVER),
            ("Attachment.DefaultEnaQueueCount", NEVER),
            ("ConnectionTrackingSpecification", NEVER),
            ("EnablePrimaryIpv6", NEVER),
            ("EnaSrdSpecification", NEVER),
        ],
    ),
    (
        "ModifySubnetAttribute",
        &[
            ("CustomerOwnedIpv4Pool", NEVER),
            ("DisableLniAtDeviceIndex", NEVER),
            ("EnableLniAtDeviceIndex", NEVER),
            ("MapCustomerOwnedIpOnLaunch", NEVER),
        ],
    ),
    (
        "RegisterImage",
        &[
            ("BillingProduct", NEVER),
            ("BlockDeviceMapping", NEVER),
            ("KernelId", NEVER),
            ("RamdiskId", NEVER),
            ("SriovNetSupport", NEVER),
            ("UefiData", NEVER),
        ],
    ),
    (
        "RunInstances",
        &[
            ("AdditionalInfo", NEVER),
            ("BlockDeviceMapping", NEVER),
            ("CapacityReservationSpecification.CapacityReservationPreference", &["open"]),
            ("CapacityReservationSpecification", NEVER),
            ("CpuOptions", NEVER),
            ("ElasticGpuSpecification", NEVER),
            ("ElasticInferenceAccelerator", NEVER),
            ("EnablePrimaryIpv6", FALSE),
            ("EnclaveOptions.Enabled", FALSE),
            ("HibernationOptions.Configured", FALSE),
            ("IamInstanceProfile", NEVER),
            ("InstanceMarketOptions", NEVER),
            ("Ipv6Address.N.IsPrimaryIpv6", FALSE),
            ("KernelId", NEVER),
            ("LaunchTemplate", NEVER),
            ("LicenseSpecification", NEVER),
            ("MaintenanceOptions.AutoRecovery", &["default"]),
            ("NetworkInterface.N.AssociateCarrierIpAddress", FALSE),
            ("NetworkInterface.N.ConnectionTrackingSpecification", NEVER),
            ("NetworkInterface.N.EnaQueueCount", NEVER),
            ("NetworkInterface.N.EnaSrdSpecification.EnaSrdEnabled", FALSE),
            ("NetworkInterface.N.EnaSrdSpecification", NEVER),
            ("NetworkInterface.N.Ipv6Addresses.N.IsPrimaryIpv6", FALSE),
            ("NetworkInterface.N.PrimaryIpv6", FALSE),
            ("NetworkPerformanceOptions.BandwidthWeighting", &["default"]),
            ("Operator", NEVER),
            ("Placement.Affinity", &["default"]),
            ("Placement.AvailabilityZoneId", NEVER),
            ("Placement.GroupId", NEVER),
            ("Placement.GroupName", &[""]),
            ("Placement.HostId", NEVER),
            ("Placement.HostResourceGroupArn", NEVER),
            ("Placement.PartitionNumber", NEVER),
            ("Placement.SpreadDomain", NEVER),
            ("RamdiskId", NEVER),
            ("SecondaryInterface", NEVER),
        ],
    ),
    ("StartInstances", &[("AdditionalInfo", NEVER)]),
    // Every instance shuts down in order.
    ("StopInstances", &[("SkipOsShutdown", FALSE)]),
    ("TerminateInstances", &[("SkipOsShutdown", FALSE)]),
];

/// Whether a parameter of an action may be taken as if it had been left out.
///
/// # Errors
/// `UnsupportedOperation`: it asks for what is not here.
pub(crate) fn is_moot(action: &str, name: &str, value: &str) -> Result<bool, Ec2Error> {
    let of_action = UNSUPPORTED.iter().find(|(of, _)| *of == action).map_or(&[][..], |(_, parameters)| parameters);
    match of_action.iter().find(|(pattern, _)| covers(pattern, name)) {
        None => Ok(false),
        Some((_, moot)) if moot.iter().any(|moot| moot.eq_ignore_ascii_case(value)) => Ok(true),
        Some(_) => Err(Ec2Error::unsupported_parameter(name)),
    }
}

fn covers(pattern: &str, name: &str) -> bool {
    let mut parts = name.split('.');
    pattern.split('.').all(|wanted| match parts.next() {
        Some(part) if wanted == "N" => part.bytes().all(|byte| byte.is_ascii_digit()),
        part => part == Some(wanted),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Operation, Parameters};

    fn decoded(query: &str) -> Result<Operation, (String, String)> {
        let parameters = Parameters::parse(query, b"").unwrap();
        Operation::decode(&parameters).map_err(|error| (error.code.into_owned(), error.message))
    }

    #[test]
    fn what_is_not_here_is_refused_by_name_and_not_as_unknown() {
        let run = "Action=RunInstances&Version=2016-11-15&ImageId=ami-1&MinCount=1&MaxCount=1";
        for name in ["BlockDeviceMapping.1.Ebs.VolumeSize", "LaunchTemplate.Version", "NetworkInterface.12.PrimaryIpv6", "EnclaveOptions.Enabled"] {
            let refused = decoded(&format!("{run}&{name}=true")).unwrap_err();
            assert_eq!(refused, ("UnsupportedOperation".to_owned(), format!("The parameter {name} is not supported.")));
        }
        for name in ["BlockDevice.1.DeviceName", "NetworkInterface.x.PrimaryIpv6", "EnclaveOptions"] {
            assert_eq!(decoded(&format!("{run}&{name}=true")).unwrap_err().0, "UnknownParameter", "{name}");
        }
    }

    #[test]
    fn what_asks_for_what_is_so_changes_nothing() {
        let run = "Action=RunInstances&Version=2016-11-15&ImageId=ami-1&MinCount=1&MaxCount=1&NetworkInterface.1.DeviceIndex=0";
        let plain = decoded(run).unwrap();
        for moot in ["NetworkInterface.1.PrimaryIpv6=False", "EnclaveOptions.Enabled=false", "Placement.GroupName="] {
            assert_eq!(decoded(&format!("{run}&{moot}")).as_ref(), Ok(&plain), "{moot}");
        }
    }

    #[test]
    fn every_action_is_one_of_ours_and_none_is_said_twice() {
        for (action, parameters) in UNSUPPORTED {
            assert!(Operation::ACTIONS.contains(action), "{action}");
            assert_eq!(UNSUPPORTED.iter().filter(|(other, _)| other == action).count(), 1, "{action}");
            for (place, (pattern, _)) in parameters.iter().enumerate() {
                let hidden = parameters[..place].iter().find(|(earlier, _)| covers(earlier, pattern));
                assert_eq!(hidden, None, "{action}: {pattern} is never reached");
            }
        }
    }
}
