//! Requests as boto3 1.43 sends them, and as nobody should.

use crate::{
    AttributeValue, Ec2Error, Filter, Operation, Parameters, Tag, TagSpecification,
    instance::{InstanceNetworkInterfaceSpecification, PlacementSpecification, RunInstances},
    network_interface::{
        AttachmentChanges, CreateNetworkInterface, DescribeNetworkInterfaces, ModifyNetworkInterfaceAttribute, PrivateIpAddressSpecification,
    },
};

fn decode(body: &str) -> Result<Operation, Ec2Error> {
    Operation::decode(&Parameters::parse("", body.as_bytes())?)
}

fn refusal(body: &str) -> (String, String) {
    let error = decode(body).unwrap_err();
    (error.code.into_owned(), error.message)
}

/// The refusal of a CreateNetworkInterface with these parameters.
fn refused(parameters: &str) -> (String, String) {
    refusal(&format!("Action=CreateNetworkInterface&Version=2016-11-15&{parameters}"))
}

fn texts<const N: usize>(values: [&str; N]) -> Vec<String> {
    values.map(String::from).to_vec()
}

#[test]
fn a_describe_with_filters_is_decoded() {
    let operation = decode(
        "Action=DescribeNetworkInterfaces&Version=2016-11-15&Filter.1.Name=tag%3AN%C3%A4me+x&Filter.1.Value.1=a+b%2Bc&\
         Filter.1.Value.2=d%2A&MaxResults=100",
    );
    assert_eq!(
        operation,
        Ok(Operation::DescribeNetworkInterfaces(DescribeNetworkInterfaces {
            filters: vec![Filter { name: "tag:Näme x".into(), values: texts(["a b+c", "d*"]) }],
            max_results: Some(100),
            ..Default::default()
        }))
    );
}

#[test]
fn a_create_with_tags_addresses_and_groups_is_decoded() {
    let operation = decode(
        "Action=CreateNetworkInterface&Version=2016-11-15&SubnetId=subnet-893ca466&Description=a+%26+b&SecurityGroupId.1=sg-6300851f&\
         PrivateIpAddresses.1.PrivateIpAddress=172.31.0.9&PrivateIpAddresses.1.Primary=true&TagSpecification.1.ResourceType=\
         network-interface&TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value=&TagSpecification.1.Tag.2.Key=bare&\
         ClientToken=239be98b-d4c2-4cbd-a3ec-cc2d46c32f79",
    );
    assert_eq!(
        operation,
        Ok(Operation::CreateNetworkInterface(CreateNetworkInterface {
            subnet_id: "subnet-893ca466".into(),
            description: Some("a & b".into()),
            security_group_ids: texts(["sg-6300851f"]),
            private_ip_addresses: vec![PrivateIpAddressSpecification { primary: Some(true), private_ip_address: "172.31.0.9".into() }],
            tag_specifications: vec![TagSpecification {
                resource_type: Some("network-interface".into()),
                tags: vec![Tag { key: "Name".into(), value: String::new() }, Tag { key: "bare".into(), value: String::new() }],
            }],
            client_token: Some("239be98b-d4c2-4cbd-a3ec-cc2d46c32f79".into()),
            ..Default::default()
        }))
    );
}

#[test]
fn attribute_values_tell_empty_from_absent() {
    let operation = decode(
        "Action=ModifyNetworkInterfaceAttribute&Version=2016-11-15&NetworkInterfaceId=eni-a2f151a8&SecurityGroupId.1=sg-1&\
         SecurityGroupId.2=sg-2&SourceDestCheck.Value=false&Description.Value=",
    );
    assert_eq!(
        operation,
        Ok(Operation::ModifyNetworkInterfaceAttribute(ModifyNetworkInterfaceAttribute {
            network_interface_id: "eni-a2f151a8".into(),
            security_group_ids: texts(["sg-1", "sg-2"]),
            source_dest_check: Some(AttributeValue { value: false }),
            description: Some(AttributeValue { value: String::new() }),
            ..Default::default()
        }))
    );
    let operation = decode(
        "Action=ModifyNetworkInterfaceAttribute&Version=2016-11-15&NetworkInterfaceId=eni-a2f151a8&\
         Attachment.AttachmentId=eni-attach-e98cf499&Attachment.DeleteOnTermination=True",
    );
    assert_eq!(
        operation,
        Ok(Operation::ModifyNetworkInterfaceAttribute(ModifyNetworkInterfaceAttribute {
            network_interface_id: "eni-a2f151a8".into(),
            attachment: Some(AttachmentChanges { attachment_id: Some("eni-attach-e98cf499".into()), delete_on_termination: Some(true) }),
            ..Default::default()
        }))
    );
}

#[test]
fn a_launch_with_interfaces_is_decoded() {
    let operation = decode(
        "Action=RunInstances&Version=2016-11-15&ImageId=emi-1&InstanceType=m1.small&MinCount=1&MaxCount=2&\
         NetworkInterface.1.DeviceIndex=0&NetworkInterface.1.SubnetId=subnet-1&NetworkInterface.1.SecurityGroupId.1=sg-1&\
         NetworkInterface.1.DeleteOnTermination=true&NetworkInterface.1.AssociatePublicIpAddress=false&\
         NetworkInterface.1.PrivateIpAddresses.1.PrivateIpAddress=10.0.0.5&NetworkInterface.1.PrivateIpAddresses.1.Primary=true&\
         NetworkInterface.2.DeviceIndex=1&NetworkInterface.2.NetworkInterfaceId=eni-1&UserData=aGk%3D&\
         Placement.AvailabilityZone=one&ClientToken=b9384915",
    );
    assert_eq!(
        operation,
        Ok(Operation::RunInstances(RunInstances {
            image_id: "emi-1".into(),
            instance_type: Some("m1.small".into()),
            min_count: 1,
            max_count: 2,
            network_interfaces: vec![
                InstanceNetworkInterfaceSpecification {
                    device_index: Some(0),
                    subnet_id: Some("subnet-1".into()),
                    security_group_ids: texts(["sg-1"]),
                    delete_on_termination: Some(true),
                    associate_public_ip_address: Some(false),
                    private_ip_addresses: vec![PrivateIpAddressSpecification { primary: Some(true), private_ip_address: "10.0.0.5".into() }],
                    ..Default::default()
                },
                InstanceNetworkInterfaceSpecification { device_index: Some(1), network_interface_id: Some("eni-1".into()), ..Default::default() },
            ],
            user_data: Some("aGk=".into()),
            placement: Some(PlacementSpecification { availability_zone: Some("one".into()), tenancy: None }),
            client_token: Some("b9384915".into()),
            ..Default::default()
        }))
    );
}

#[test]
fn parameters_come_from_the_query_string_too_and_common_ones_are_taken_off() {
    let parameters = Parameters::parse(
        "Action=DescribeInstances&Version=2016-11-15&AWSAccessKeyId=a&Signature=b&SignatureMethod=c&SignatureVersion=2&Timestamp=d&\
         SecurityToken=e&X-Amz-Algorithm=f&X-Amz-Signature=g&x-amz-date=h&&",
        b"InstanceId.1=i-1",
    )
    .unwrap();
    assert_eq!((parameters.action(), parameters.version()), ("DescribeInstances", "2016-11-15"));
    let Ok(Operation::DescribeInstances(request)) = Operation::decode(&parameters) else { panic!("not decoded") };
    assert_eq!(request.instance_ids, texts(["i-1"]));
}

#[test]
fn lists_are_ordered_by_number_and_gaps_are_tolerated() {
    let Ok(Operation::DescribeInstances(request)) =
        decode("Action=DescribeInstances&Version=1&InstanceId.10=d&InstanceId.2=b&InstanceId.9=c&InstanceId.1=a")
    else {
        panic!("not decoded")
    };
    assert_eq!(request.instance_ids, texts(["a", "b", "c", "d"]));
}

#[test]
fn action_and_version_are_required_and_the_action_must_exist() {
    assert_eq!(refusal("Version=2016-11-15").0, "MissingAction");
    assert_eq!(refusal("").0, "MissingAction");
    assert_eq!(refusal("Action=CreateTags"), ("MissingParameter".into(), "The request must contain the parameter Version".into()));
    assert_eq!(
        refusal("Action=DescribeSpotFleet&Version=2016-11-15"),
        ("InvalidAction".into(), "The action DescribeSpotFleet is not valid for this web service.".into())
    );
}

#[test]
fn an_unknown_parameter_is_refused_wherever_it_stands() {
    for name in [
        "Bogus",
        "subnetId",
        "SubnetId.Value",
        "SubnetId.1",
        "SecurityGroupId",
        "SecurityGroupId.member.1",
        "SecurityGroupId.",
        "SecurityGroupId.-1",
        "TagSpecification.1.Bogus",
        "TagSpecification.1.Tag.1.Bogus.Deep",
        "PrivateIpAddresses.1",
        ".SubnetId",
        "",
    ] {
        assert_eq!(refused(&format!("SubnetId=subnet-1&{name}=1")), ("UnknownParameter".into(), format!("The parameter {name} is not recognized")),);
    }
}

#[test]
fn a_missing_parameter_is_named_in_full() {
    for (parameters, missing) in [
        ("Description=x", "SubnetId"),
        ("SubnetId=s&PrivateIpAddresses.3.Primary=true", "PrivateIpAddresses.3.PrivateIpAddress"),
        ("SubnetId=s&TagSpecification.1.Tag.2.Value=v", "TagSpecification.1.Tag.2.Key"),
    ] {
        assert_eq!(refused(parameters), ("MissingParameter".into(), format!("The request must contain the parameter {missing}")),);
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_with_its_name() {
    for (parameters, message) in [
        ("DryRun=1", "Value (1) for parameter DryRun is invalid. It must be true or false."),
        ("DryRun=", "Value () for parameter DryRun is invalid. It must be true or false."),
        (
            "PrivateIpAddresses.1.Primary=yes&PrivateIpAddresses.1.PrivateIpAddress=x",
            "Value (yes) for parameter PrivateIpAddresses.1.Primary is invalid. It must be true or false.",
        ),
        ("Description=a%00b", "Value (a\0b) for parameter Description is invalid. It contains a character that is not allowed."),
        ("SubnetId=t", "Value (t) for parameter SubnetId is invalid. The parameter occurs more than once."),
    ] {
        assert_eq!(refused(&format!("SubnetId=s&{parameters}")), ("InvalidParameterValue".into(), message.into()),);
    }
    for value in ["-1", "4294967296", "1.0", "one", "", "+"] {
        let (code, message) = refusal(&format!("Action=DescribeInstances&Version=1&MaxResults={value}"));
        assert_eq!(code, "InvalidParameterValue");
        assert!(message.ends_with("It must be an integer from 0 to 4294967295."), "{message}");
    }
}

#[test]
fn text_that_is_not_utf8_is_refused() {
    assert_eq!(refused("Description=%ff").0, "MalformedQueryString");
    assert_eq!(Parameters::parse("", b"Action=\xff").unwrap_err().code, "MalformedQueryString");
}

#[test]
fn a_percent_sign_that_encodes_nothing_stands_for_itself() {
    let Ok(Operation::CreateNetworkInterface(request)) = decode("Action=CreateNetworkInterface&Version=1&SubnetId=s&Description=100%+%zz%4") else {
        panic!("not decoded")
    };
    assert_eq!(request.description.as_deref(), Some("100% %zz%4"));
}

#[test]
fn hostile_names_are_refused() {
    for index in ["0", "01", "4097", "4294967296", "99999999999999999999999999"] {
        assert_eq!(refused(&format!("SubnetId=s&SecurityGroupId.{index}=sg-1")).0, "InvalidQueryParameter", "{index}");
    }
    assert_eq!(refused(&format!("SubnetId=s&SecurityGroupId.{}=x", "1".repeat(1000))).0, "InvalidQueryParameter");
    // Deep: as deep as a name may be long.
    assert_eq!(refused(&format!("SubnetId=s&TagSpecification{}=x", ".1".repeat(100))).0, "UnknownParameter");
    assert_eq!(refused(&format!("SubnetId=s&{}=x", ".".repeat(256))).0, "UnknownParameter");
    assert_eq!(refused(&format!("SubnetId=s&{}=x", ".".repeat(100_000))).0, "InvalidQueryParameter");
    // Many.
    assert_eq!(refused(&"a=b&".repeat(10_000)).0, "InvalidQueryParameter");
    let distinct: String = (0..4000).map(|number| format!("P{number}.1.X=1&")).collect();
    assert_eq!(refused(&distinct).0, "UnknownParameter");
}

#[test]
fn a_thousand_ids_are_decoded() {
    let ids: String = (1..=1000).map(|number| format!("&InstanceId.{number}=i-{number}")).collect();
    let Ok(Operation::DescribeInstances(request)) = decode(&format!("Action=DescribeInstances&Version=1{ids}")) else { panic!("not decoded") };
    assert_eq!(request.instance_ids.len(), 1000);
    assert_eq!(request.instance_ids[999], "i-1000");
}

#[test]
fn every_operation_knows_its_dry_run() {
    for action in Operation::ACTIONS {
        let error = refusal(&format!("Action={action}&Version=2016-11-15&DryRun=maybe"));
        // Either DryRun is looked at first, or something required is missing first; never is it unknown.
        assert!(error.1.contains("parameter DryRun") || error.0 == "MissingParameter", "{action}: {error:?}");
    }
    let operation = decode("Action=DetachNetworkInterface&Version=1&AttachmentId=eni-attach-1&DryRun=TRUE").unwrap();
    assert!(operation.dry_run());
    assert_eq!(operation.action(), "DetachNetworkInterface");
}

#[test]
fn any_bytes_at_all_are_answered() {
    // A small generator is enough here: the point is that nothing panics, whatever the mixture of separators and parts.
    let pieces = ["&", "=", ".", "%", "+", "1", "0", "Tag", "TagSpecification", "SubnetId", "Value", "%00", "é", "%F0%9F", "\u{0}"];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..20_000 {
        let mut body = String::from("Action=CreateSubnet&Version=1&");
        for _ in 0..(state % 16) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            body.push_str(pieces[(state % pieces.len() as u64) as usize]);
        }
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        assert!(decode(&body).is_err(), "{body}");
    }
}

#[test]
fn the_permissions_of_a_group_are_decoded() {
    let operation = decode(
        "Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-1&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=22&\
         IpPermissions.1.ToPort=22&IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8&IpPermissions.1.IpRanges.1.Description=ten&\
         IpPermissions.1.Ipv6Ranges.1.CidrIpv6=::/0&IpPermissions.2.IpProtocol=-1&IpPermissions.2.Groups.1.GroupId=sg-2&\
         IpPermissions.2.Groups.1.UserId=000000000001&IpPermissions.2.PrefixListIds.1.PrefixListId=pl-1&\
         TagSpecification.1.ResourceType=security-group-rule&TagSpecification.1.Tag.1.Key=a&TagSpecification.1.Tag.1.Value=b",
    );
    let Ok(Operation::AuthorizeSecurityGroupIngress(request)) = operation else { panic!("{operation:?}") };
    let [first, second] = &*request.ip_permissions else { panic!("{request:?}") };
    assert_eq!((first.from_port, first.ip_ranges[0].description.as_deref()), (Some(22), Some("ten")));
    assert_eq!((first.ipv6_ranges[0].cidr_ipv6.as_str(), second.groups[0].user_id.as_deref()), ("::/0", Some("000000000001")));
    assert_eq!((second.prefix_list_ids.len(), second.from_port, request.tag_specifications.len()), (1, None, 1));
    let operation = decode(
        "Action=ModifySecurityGroupRules&Version=2016-11-15&GroupId=sg-1&SecurityGroupRule.1.SecurityGroupRuleId=sgr-1&\
         SecurityGroupRule.1.SecurityGroupRule.IpProtocol=-1&SecurityGroupRule.1.SecurityGroupRule.CidrIpv6=::/0",
    );
    let Ok(Operation::ModifySecurityGroupRules(request)) = operation else { panic!("{operation:?}") };
    assert_eq!(request.updates[0].rule.as_ref().and_then(|rule| rule.cidr_ipv6.as_deref()), Some("::/0"));
}
