"""VPCs and subnets as Terraform makes, changes and takes them down: blocks, attributes, the default VPC."""

from cloud import check, refused


def of_vpc(vpc):
    return {"Filters": [{"Name": "vpc-id", "Values": [vpc]}]}


@check
def blocks_come_and_go(cloud):
    ec2 = cloud.ec2
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    [own] = vpc["Ipv6CidrBlockAssociationSet"]
    block = ec2.associate_vpc_cidr_block(VpcId=vpc["VpcId"], CidrBlock="10.1.0.0/16")["CidrBlockAssociation"]
    more = ec2.associate_vpc_cidr_block(VpcId=vpc["VpcId"], AmazonProvidedIpv6CidrBlock=True)["Ipv6CidrBlockAssociation"]
    [table] = ec2.describe_route_tables(**of_vpc(vpc["VpcId"]))["RouteTables"]
    local = {route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"] for route in table["Routes"]}
    assert local == {"10.0.0.0/16", "10.1.0.0/16", own["Ipv6CidrBlock"], more["Ipv6CidrBlock"]}, local

    subnet = cloud.subnet(cidr="10.1.1.0/24", vpc=vpc["VpcId"])
    part = own["Ipv6CidrBlock"].replace("/56", "/64")
    given = ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock=part)["Ipv6CidrBlockAssociation"]
    refused("InvalidCidr.InUse", ec2.disassociate_vpc_cidr_block, AssociationId=own["AssociationId"])
    refused("InvalidCidr.InUse", ec2.disassociate_vpc_cidr_block, AssociationId=block["AssociationId"])
    ec2.disassociate_subnet_cidr_block(AssociationId=given["AssociationId"])
    ec2.disassociate_vpc_cidr_block(AssociationId=own["AssociationId"])
    ec2.delete_subnet(SubnetId=subnet)
    ec2.disassociate_vpc_cidr_block(AssociationId=block["AssociationId"])
    [found] = ec2.describe_vpcs(VpcIds=[vpc["VpcId"]])["Vpcs"]
    assert [one["CidrBlock"] for one in found["CidrBlockAssociationSet"]] == ["10.0.0.0/16"], found


@check
def attributes_are_changed_one_by_one_and_a_vpc_is_taken_down(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    for attribute in ["EnableDnsHostnames", "EnableNetworkAddressUsageMetrics"]:
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
        shown = ec2.describe_vpc_attribute(VpcId=vpc, Attribute=attribute[0].lower() + attribute[1:])
        assert shown[attribute] == {"Value": True}, shown
    subnet = cloud.subnet(vpc=vpc)
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    ec2.modify_subnet_attribute(SubnetId=subnet, PrivateDnsHostnameTypeOnLaunch="resource-name")
    [found] = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
    assert found["MapPublicIpOnLaunch"] and found["PrivateDnsNameOptionsOnLaunch"]["HostnameType"] == "resource-name", found
    interface = cloud.interface(subnet)
    refused("DependencyViolation", ec2.delete_vpc, subnet, VpcId=vpc)
    refused("DependencyViolation", ec2.delete_subnet, interface, SubnetId=subnet)
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)
    refused("InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=[vpc])
    for left in ["describe_route_tables", "describe_security_groups", "describe_network_acls"]:
        reply = getattr(ec2, left)(**of_vpc(vpc))
        assert not any(reply[name] for name in reply if name != "ResponseMetadata"), reply


@check
def an_account_begins_with_a_default_vpc(cloud):
    ec2 = cloud.ec2
    default = {"Filters": [{"Name": "is-default", "Values": ["true"]}]}
    [vpc] = ec2.describe_vpcs(**default)["Vpcs"]
    refused("DefaultVpcAlreadyExists", ec2.create_default_vpc)
    subnets = ec2.describe_subnets(**of_vpc(vpc["VpcId"]))["Subnets"]
    zones = {zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]}
    assert {subnet["AvailabilityZone"] for subnet in subnets} == zones, subnets
    assert all(subnet["DefaultForAz"] and subnet["MapPublicIpOnLaunch"] for subnet in subnets), subnets
    refused("DefaultSubnetAlreadyExistsInAvailabilityZone", ec2.create_default_subnet, AvailabilityZone="us-east-1a")

    for subnet in subnets:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    [gateway] = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}])["InternetGateways"]
    ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc["VpcId"])
    ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
    ec2.delete_vpc(VpcId=vpc["VpcId"])
    assert ec2.describe_vpcs(**default)["Vpcs"] == []
    again = ec2.create_default_vpc()["Vpc"]
    [one, *_] = ec2.describe_subnets(**of_vpc(again["VpcId"]))["Subnets"]
    ec2.delete_subnet(SubnetId=one["SubnetId"])
    made = ec2.create_default_subnet(AvailabilityZone=one["AvailabilityZone"])["Subnet"]
    assert (made["CidrBlock"], made["DefaultForAz"]) == (one["CidrBlock"], True), made

    instance = ec2.run_instances(ImageId="ami-00000001", InstanceType="m1.large", MinCount=1, MaxCount=1)["Instances"][0]
    assert instance["VpcId"] == again["VpcId"], instance
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance["InstanceId"]], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    assert cloud.instance(instance["InstanceId"])["PublicIpAddress"], "an instance in a default subnet can be reached"
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
