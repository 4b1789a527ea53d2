"""Secondary addresses and prefixes of interfaces, as a CNI plug-in gives them to pods."""

import ipaddress

from cloud import check, refused


def addresses(cloud, interface):
    return [found["PrivateIpAddress"] for found in cloud.described(interface)["PrivateIpAddresses"]]


@check
def secondary_addresses_come_and_go(cloud):
    ec2, subnet = cloud.ec2, cloud.subnet("10.0.1.0/27")
    interface = cloud.interface(subnet, SecondaryPrivateIpAddressCount=1)
    primary, first = addresses(cloud, interface)
    one, two = [address for address in ("10.0.1.20", "10.0.1.21", "10.0.1.22", "10.0.1.23") if address not in (primary, first)][:2]
    named = ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=[one, two])
    # A CNI plug-in counts on as many as it asked for: the answer has the new ones alone.
    assert [given["PrivateIpAddress"] for given in named["AssignedPrivateIpAddresses"]] == [one, two], named
    counted = ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=2)["AssignedPrivateIpAddresses"]
    assert len(counted) == 2, counted
    new = [given["PrivateIpAddress"] for given in counted]
    assert addresses(cloud, interface)[0] == primary and set(addresses(cloud, interface)) == {primary, first, one, two, *new}
    flags = [found["Primary"] for found in cloud.described(interface)["PrivateIpAddresses"]]
    assert flags == [True] + [False] * 5, flags
    [found] = ec2.describe_network_interfaces(
        Filters=[{"Name": "addresses.private-ip-address", "Values": [two]}, {"Name": "subnet-id", "Values": [subnet]}]
    )["NetworkInterfaces"]
    assert found["NetworkInterfaceId"] == interface, found

    other = cloud.interface(subnet)
    taken = {"NetworkInterfaceId": other, "PrivateIpAddresses": [two]}
    refused("Resource.AlreadyAssigned", ec2.assign_private_ip_addresses, two, **taken, AllowReassignment=False)
    ec2.assign_private_ip_addresses(**taken, AllowReassignment=True)
    assert two in addresses(cloud, other) and two not in addresses(cloud, interface)
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=[one, first])
    assert set(addresses(cloud, interface)) == {primary, *new}
    refused("InvalidParameterValue", ec2.unassign_private_ip_addresses, NetworkInterfaceId=interface, PrivateIpAddresses=[one])
    refused("InvalidParameterValue", ec2.unassign_private_ip_addresses, NetworkInterfaceId=interface, PrivateIpAddresses=[primary])
    [described] = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
    assert described["AvailableIpAddressCount"] == 27 - 3 - 2, described


@check
def prefixes_come_and_go(cloud):
    ec2, subnet = cloud.ec2, cloud.subnet()
    interface = cloud.interface(subnet)
    [made] = ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4PrefixCount=1)["AssignedIpv4Prefixes"]
    prefix = ipaddress.ip_network(made["Ipv4Prefix"])
    assert prefix.prefixlen == 28 and prefix.subnet_of(ipaddress.ip_network("10.0.1.0/24")), made
    assert cloud.described(interface)["Ipv4Prefixes"] == [made]
    refused("InvalidIPAddress.InUse", ec2.create_network_interface, SubnetId=subnet, PrivateIpAddress=str(prefix[3]))
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4Prefixes=[made["Ipv4Prefix"]])
    assert "Ipv4Prefixes" not in cloud.described(interface), "what is not there has no element"
    cloud.interface(subnet, PrivateIpAddress=str(prefix[3]))


@check
def ipv6_addresses_and_prefixes_come_and_go(cloud):
    ec2 = cloud.ec2
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("/56", "/64")
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.0.1.0/24", Ipv6CidrBlock=block)["Subnet"]
    subnet, association = subnet["SubnetId"], subnet["Ipv6CidrBlockAssociationSet"][0]["AssociationId"]
    network = ipaddress.ip_network(block)
    interface = cloud.interface(subnet, Ipv6AddressCount=1)

    def shown():
        return [one["Ipv6Address"] for one in cloud.described(interface)["Ipv6Addresses"]]

    [first] = shown()
    named = ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Addresses=[str(network[0x1234])])
    assert named["AssignedIpv6Addresses"] == [str(network[0x1234])] and named["NetworkInterfaceId"] == interface, named
    [counted] = ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6AddressCount=1)["AssignedIpv6Addresses"]
    assert set(shown()) == {first, str(network[0x1234]), counted} and all(ipaddress.ip_address(one) in network for one in shown())
    refused("InvalidParameterValue", ec2.assign_ipv6_addresses, NetworkInterfaceId=interface, Ipv6Addresses=["2001:db8::1"])
    [prefix] = ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6PrefixCount=1)["AssignedIpv6Prefixes"]
    assert ipaddress.ip_network(prefix).prefixlen == 80 and cloud.described(interface)["Ipv6Prefixes"] == [{"Ipv6Prefix": prefix}]

    refused("DependencyViolation", ec2.disassociate_subnet_cidr_block, AssociationId=association)
    gone = ec2.unassign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Addresses=shown(), Ipv6Prefixes=[prefix])
    assert set(gone["UnassignedIpv6Addresses"]) == {first, str(network[0x1234]), counted} and gone["UnassignedIpv6Prefixes"] == [prefix], gone
    assert not cloud.described(interface).get("Ipv6Addresses") and "Ipv6Prefixes" not in cloud.described(interface)
    ec2.disassociate_subnet_cidr_block(AssociationId=association)


@check
def the_type_of_the_instance_limits_the_addresses(cloud):
    ec2, subnet = cloud.ec2, cloud.subnet()
    instance = cloud.running(subnet, "m1.small")
    [own] = [leg["NetworkInterfaceId"] for leg in cloud.instance(instance)["NetworkInterfaces"]]
    ec2.assign_private_ip_addresses(NetworkInterfaceId=own, SecondaryPrivateIpAddressCount=3)
    refused("PrivateIpAddressLimitExceeded", ec2.assign_private_ip_addresses, NetworkInterfaceId=own, SecondaryPrivateIpAddressCount=1)
    assert len(addresses(cloud, own)) == 4 == len(cloud.instance(instance)["NetworkInterfaces"][0]["PrivateIpAddresses"])
