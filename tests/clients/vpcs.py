"""VPCs and subnets: their attributes, their further blocks, and their end in the order in which EC2 lets things go."""

import ipaddress

from cloud import check, refused


def vpc_shown(cloud, vpc):
    return cloud.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]


def subnet_shown(cloud, subnet):
    return cloud.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]


@check
def attributes_of_a_vpc_are_read_and_changed_one_by_one(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()

    def value(name):
        # Terraform reads all three after each creation.
        described = ec2.describe_vpc_attribute(VpcId=vpc, Attribute=name)
        return described[f"{name[0].upper()}{name[1:]}"]["Value"]

    names = ["enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"]
    assert [value(name) for name in names] == [True, False, False]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    assert [value(name) for name in names] == [True, True, False]
    refused(
        "InvalidParameterCombination", ec2.modify_vpc_attribute, VpcId=vpc, EnableDnsHostnames={"Value": False}, EnableDnsSupport={"Value": False}
    )
    interface = cloud.described(cloud.interface(cloud.subnet(vpc=vpc)))
    assert interface["PrivateDnsName"] == f"ip-{interface['PrivateIpAddress'].replace('.', '-')}.ec2.internal", interface
    refused("InvalidVpcID.NotFound", ec2.describe_vpc_attribute, VpcId="vpc-0badcafe", Attribute="enableDnsSupport")


@check
def attributes_of_a_subnet_are_changed_one_by_one(cloud):
    ec2, subnet = cloud.ec2, cloud.subnet()
    assert subnet_shown(cloud, subnet)["MapPublicIpOnLaunch"] is False
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    assert subnet_shown(cloud, subnet)["MapPublicIpOnLaunch"] is True
    ec2.modify_subnet_attribute(SubnetId=subnet, EnableResourceNameDnsARecordOnLaunch={"Value": True})
    assert subnet_shown(cloud, subnet)["PrivateDnsNameOptionsOnLaunch"]["EnableResourceNameDnsARecord"] is True
    both = {"MapPublicIpOnLaunch": {"Value": False}, "EnableResourceNameDnsARecordOnLaunch": {"Value": False}}
    refused("InvalidParameterCombination", ec2.modify_subnet_attribute, SubnetId=subnet, **both)


@check
def a_vpc_grows_by_a_block_and_loses_it_again(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    refused("InvalidSubnet.Range", ec2.create_subnet, VpcId=vpc, CidrBlock="10.1.1.0/24")
    made = ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.1.0.0/16")["CidrBlockAssociation"]
    assert made["CidrBlock"] == "10.1.0.0/16" and made["CidrBlockState"]["State"] in ("associating", "associated"), made

    def blocks():
        return {found["CidrBlock"]: found["CidrBlockState"]["State"] for found in vpc_shown(cloud, vpc)["CidrBlockAssociationSet"]}

    cloud.until("the block is associated", lambda: (blocks().get("10.1.0.0/16") == "associated", blocks()))
    subnet = cloud.subnet("10.1.1.0/24", vpc=vpc)
    refused("InvalidCidr.InUse", ec2.disassociate_vpc_cidr_block, AssociationId=made["AssociationId"])
    refused("OperationNotPermitted", ec2.disassociate_vpc_cidr_block, AssociationId=vpc_shown(cloud, vpc)["CidrBlockAssociationSet"][0]["AssociationId"])
    ec2.delete_subnet(SubnetId=subnet)
    ec2.disassociate_vpc_cidr_block(AssociationId=made["AssociationId"])
    cloud.until("the block is gone", lambda: (blocks().get("10.1.0.0/16") in (None, "disassociated"), blocks()))
    refused("InvalidSubnet.Range", ec2.create_subnet, VpcId=vpc, CidrBlock="10.1.1.0/24")


@check
def a_vpc_and_a_subnet_have_blocks_of_ipv6(cloud):
    ec2 = cloud.ec2
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]

    def given():
        associations = vpc_shown(cloud, vpc).get("Ipv6CidrBlockAssociationSet", [])
        found = [one["Ipv6CidrBlock"] for one in associations if one["Ipv6CidrBlockState"]["State"] == "associated"]
        return found, associations

    [block] = cloud.until("the VPC has its block", given)
    whole = ipaddress.ip_network(block)
    assert whole.prefixlen == 56, block
    first, second = list(whole.subnets(new_prefix=64))[:2]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", Ipv6CidrBlock=str(first))["Subnet"]
    [own] = subnet["Ipv6CidrBlockAssociationSet"]
    assert own["Ipv6CidrBlock"] == str(first), subnet
    bare = cloud.subnet("10.0.2.0/24", vpc=vpc)
    refused("InvalidSubnet.Conflict", ec2.associate_subnet_cidr_block, SubnetId=bare, Ipv6CidrBlock=str(first))
    association = ec2.associate_subnet_cidr_block(SubnetId=bare, Ipv6CidrBlock=str(second))["Ipv6CidrBlockAssociation"]["AssociationId"]
    cloud.until(
        "the subnet has its block",
        lambda: ([one for one in subnet_shown(cloud, bare)["Ipv6CidrBlockAssociationSet"] if one["Ipv6CidrBlock"] == str(second)], "none"),
    )
    gone = ec2.disassociate_subnet_cidr_block(AssociationId=association)
    assert gone["SubnetId"] == bare and gone["Ipv6CidrBlockAssociation"]["Ipv6CidrBlock"] == str(second), gone


@check
def a_vpc_is_taken_down_in_the_order_of_what_holds_what(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    subnet = cloud.subnet(vpc=vpc)
    interface = cloud.interface(subnet)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]

    def held():
        refused("DependencyViolation", ec2.delete_vpc, vpc, VpcId=vpc)

    refused("DependencyViolation", ec2.delete_subnet, subnet, SubnetId=subnet)
    held()
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.delete_subnet(SubnetId=subnet)
    refused("InvalidSubnetID.NotFound", ec2.delete_subnet, subnet, SubnetId=subnet)
    for call, what in [
        (ec2.detach_internet_gateway, {"InternetGatewayId": gateway, "VpcId": vpc}),
        (ec2.delete_route_table, {"RouteTableId": table}),
        (ec2.delete_security_group, {"GroupId": group}),
        (ec2.delete_network_acl, {"NetworkAclId": acl}),
    ]:
        held()
        call(**what)
    ec2.delete_vpc(VpcId=vpc)
    refused("InvalidVpcID.NotFound", ec2.describe_vpcs, vpc, VpcIds=[vpc])
    of_it = [{"Name": "vpc-id", "Values": [vpc]}]
    left = ec2.describe_route_tables(Filters=of_it)["RouteTables"] + ec2.describe_security_groups(Filters=of_it)["SecurityGroups"]
    assert left == [] == ec2.describe_network_acls(Filters=of_it)["NetworkAcls"], "what a VPC brings goes with it"
