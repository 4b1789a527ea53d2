//! What a RunInstances request says, as types: where malformed ids, addresses and user data are refused.

use base64::{Engine, prelude::BASE64_STANDARD};
use multihome_core::{
    credits, instance_types,
    launch::{LaunchInterface, LaunchRequest},
    metadata_options::{OptionsAsked, check_tag_keys, defaults_of},
    refusals,
};
use multihome_ec2::{
    Ec2Error, Tag,
    instance::{InstanceNetworkInterfaceSpecification, PrivateDnsNameOptionsRequest, RunInstances},
};
use multihome_types::{
    HostnameOptions, HostnameType, Image, ImageId, InstanceAttributes, InterfaceId, KeyPair, Refusal, ShutdownBehavior, SubnetAttributes, SubnetId,
};

use super::{attribute::parsed_behavior, metadata_options::asked_at_launch};
use crate::{
    fault::Fault,
    ids,
    operations::{
        network_interfaces::{addresses_asked, assignment_asked, ipv6_asked, kind_asked},
        tags::specified_among,
    },
};

pub(super) struct Asked {
    /// Everything is checked, and nothing is made.
    pub dry_run: bool,
    pub launch: LaunchRequest,
    /// Groups of the default VPC, by name.
    pub group_names: Vec<String>,
    pub image: ImageId,
    pub key_name: Option<String>,
    /// Base64, as the caller gave it.
    pub user_data: Option<String>,
    pub metadata: OptionsAsked,
    hostname: HostnameAsked,
    /// As far as neither the image nor the key pair says it.
    attributes: InstanceAttributes,
    pub instance_tags: Vec<Tag>,
    /// For the interfaces that the launch makes.
    pub interface_tags: Vec<Tag>,
}

/// What a launch makes that can have tags. There are no volumes here, so what is said of them is said of none.
const TAGGED: &[&str] = &["instance", "network-interface", "volume"];
/// Before it is made base64. Source: EC2's user guide.
const USER_DATA_MAX: usize = 16_384;

impl Asked {
    pub(super) fn parse(request: RunInstances, dry_run: bool) -> Result<Self, Fault> {
        check_user_data(request.user_data.as_deref())?;
        if !request.security_groups.is_empty() && request.subnet_id.is_some() {
            return Err(refusals::invalid_combination("The parameter groupName cannot be used with the parameter subnet").into());
        }
        let attributes = InstanceAttributes {
            disable_api_termination: request.disable_api_termination,
            disable_api_stop: request.disable_api_stop,
            shutdown_behavior: request.instance_initiated_shutdown_behavior.as_deref().map_or(Ok(ShutdownBehavior::Stop), parsed_behavior)?,
            ebs_optimized: request.ebs_optimized,
            unlimited_credits: request.credit_specification.map(|asked| credits::parse(&asked.cpu_credits)).transpose()?,
            monitoring: request.monitoring.is_some_and(|monitoring| monitoring.enabled),
            ..InstanceAttributes::default()
        };
        check_tenancy(request.placement.as_ref().and_then(|placement| placement.tenancy.as_deref()))?;
        let zone = request.placement.and_then(|placement| placement.availability_zone);
        let launch = LaunchRequest {
            min_count: i64::from(request.min_count),
            max_count: i64::from(request.max_count),
            instance_type: request.instance_type.unwrap_or_else(|| instance_types::DEFAULT.to_owned()),
            zone: zone.map(|text| text.parse().map_err(|_| refusals::zone_unknown(&text))).transpose()?,
            subnet: request.subnet_id.as_deref().map(ids::parse::<SubnetId>).transpose()?,
            groups: ids::parse_all(&request.security_group_ids)?,
            address: addresses_asked(request.private_ip_address.as_deref(), &[])?.0,
            ipv6: ipv6_asked(&request.ipv6_addresses, request.ipv6_address_count, &[], None)?,
            interfaces: request.network_interfaces.into_iter().map(interface_asked).collect::<Result<_, _>>()?,
        };
        Ok(Self {
            dry_run,
            hostname: request.private_dns_name_options.map_or(Ok(HostnameAsked::default()), HostnameAsked::parse)?,
            launch,
            group_names: request.security_groups,
            image: ids::parse(&request.image_id)?,
            key_name: request.key_name.filter(|name| !name.is_empty()),
            user_data: request.user_data.filter(|text| !text.is_empty()),
            attributes,
            metadata: request.metadata_options.map(asked_at_launch).unwrap_or_default(),
            instance_tags: specified_among(&request.tag_specifications, "instance", TAGGED)?,
            interface_tags: specified_among(&request.tag_specifications, "network-interface", TAGGED)?,
        })
    }
}

fn interface_asked(item: InstanceNetworkInterfaceSpecification) -> Result<LaunchInterface, Ec2Error> {
    let kind = item.interface_type.as_deref().map(|asked| kind_asked(Some(asked))).transpose()?;
    let (address, secondary) = addresses_asked(item.private_ip_address.as_deref(), &item.private_ip_addresses)?;
    Ok(LaunchInterface {
        device_index: item.device_index.map(i64::from),
        network_card_index: item.network_card_index.map(i64::from),
        existing: item.network_interface_id.as_deref().map(ids::parse::<InterfaceId>).transpose()?,
        kind,
        subnet: item.subnet_id.as_deref().map(ids::parse::<SubnetId>).transpose()?,
        description: item.description,
        groups: ids::parse_all(&item.security_group_ids)?,
        address,
        ipv6: ipv6_asked(&item.ipv6_addresses, item.ipv6_address_count, &item.ipv6_prefixes, item.ipv6_prefix_count)?,
        assignment: assignment_asked(secondary, item.secondary_private_ip_address_count, &item.ipv4_prefixes, item.ipv4_prefix_count)?,
        delete_on_termination: item.delete_on_termination,
        associate_public_address: item.associate_public_ip_address,
    })
}

impl Asked {
    /// What instances of this launch are, as far as it is not their state.
    ///
    /// # Errors
    /// Options that cannot be, or not with these tags.
    pub(super) fn attributes(&self, image: &Image, key: Option<&KeyPair>, subnet: SubnetAttributes) -> Result<InstanceAttributes, Refusal> {
        let metadata = self.metadata.applied(defaults_of(image))?;
        if metadata.tags {
            check_tag_keys(self.instance_tags.iter().map(|tag| tag.key.as_str()))?;
        }
        Ok(InstanceAttributes {
            metadata,
            hostname: self.hostname.or(subnet),
            architecture: image.architecture,
            root_device: image.root_device.clone(),
            public_key: key.map(|key| key.public_key.clone()),
            ..self.attributes.clone()
        })
    }
}

/// What a launch says of its instances' names.
#[derive(Clone, Copy, Debug, Default)]
struct HostnameAsked {
    hostname_type: Option<HostnameType>,
    a_record: Option<bool>,
    aaaa_record: Option<bool>,
}

impl HostnameAsked {
    fn parse(asked: PrivateDnsNameOptionsRequest) -> Result<Self, Ec2Error> {
        let invalid = |text: &str| Ec2Error::invalid_parameter_value("hostnameType", text, "It must be ip-name or resource-name.");
        Ok(Self {
            hostname_type: asked.hostname_type.map(|text| text.parse().map_err(|_| invalid(&text))).transpose()?,
            a_record: asked.enable_resource_name_dns_a_record,
            aaaa_record: asked.enable_resource_name_dns_aaaa_record,
        })
    }

    /// What is not said is as in the subnet of the primary interface.
    fn or(self, subnet: SubnetAttributes) -> HostnameOptions {
        HostnameOptions {
            hostname_type: self.hostname_type.unwrap_or(subnet.hostname_type),
            resource_name_dns_a_record: self.a_record.unwrap_or(subnet.resource_name_dns_a_record),
            resource_name_dns_aaaa_record: self.aaaa_record.unwrap_or(subnet.resource_name_dns_aaaa_record),
        }
    }
}

fn check_tenancy(asked: Option<&str>) -> Result<(), Ec2Error> {
    match asked {
        None | Some("" | "default") => Ok(()),
        Some(other @ ("dedicated" | "host")) => Err(refusals::unsupported(format!("The tenancy '{other}' is not supported.")).into()),
        Some(other) => Err(Ec2Error::invalid_parameter_value("tenancy", other, "It must be default, dedicated or host.")),
    }
}

pub(super) fn check_user_data(text: Option<&str>) -> Result<(), Ec2Error> {
    let Some(text) = text else { return Ok(()) };
    let malformed = |_| Ec2Error::new("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
    // Some clients break the lines of what they encode.
    let encoded: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let data = BASE64_STANDARD.decode(encoded).map_err(malformed)?;
    if data.len() > USER_DATA_MAX {
        return Err(refusals::invalid_value(format!("User data is limited to {USER_DATA_MAX} bytes")).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> RunInstances {
        RunInstances { image_id: "ami-00000001".to_owned(), min_count: 1, max_count: 1, ..RunInstances::default() }
    }

    fn code(request: RunInstances) -> String {
        match Asked::parse(request, false) {
            Ok(_) => String::new(),
            Err(Fault::Refused(error)) => error.code.into_owned(),
            Err(Fault::Failed(why)) => panic!("{why}"),
        }
    }

    #[test]
    fn user_data_is_base64_of_sixteen_kilobytes_at_most() {
        let with = |text: String| RunInstances { user_data: Some(text), ..request() };
        assert_eq!(code(with(BASE64_STANDARD.encode([7; 16_384]))), "");
        assert_eq!(code(with("aGVs\nbG8=\n".to_owned())), "");
        assert_eq!(code(with(BASE64_STANDARD.encode([7; 16_385]))), "InvalidParameterValue");
        assert_eq!(code(with("#!/bin/sh".to_owned())), "InvalidUserData.Malformed");
    }

    #[test]
    fn malformed_ids_have_the_codes_of_their_kinds() {
        assert_eq!(code(RunInstances { image_id: "x".to_owned(), ..request() }), "InvalidAMIID.Malformed");
        assert_eq!(code(RunInstances { subnet_id: Some("x".to_owned()), ..request() }), "InvalidSubnetID.Malformed");
        let item = InstanceNetworkInterfaceSpecification { network_interface_id: Some("x".to_owned()), ..Default::default() };
        assert_eq!(code(RunInstances { network_interfaces: vec![item], ..request() }), "InvalidNetworkInterfaceId.Malformed");
        let named = RunInstances { security_groups: vec!["web".to_owned()], subnet_id: Some("subnet-00000001".to_owned()), ..request() };
        assert_eq!(code(named), "InvalidParameterCombination");
    }

    #[test]
    fn without_a_type_it_is_the_default_one() {
        let Ok(asked) = Asked::parse(request(), false) else { panic!() };
        assert_eq!(asked.launch.instance_type, instance_types::DEFAULT);
    }
}
