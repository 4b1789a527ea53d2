"""IPv6 addresses and prefixes of interfaces in subnets with an IPv6 block."""

import ipaddress

from behaviour import ERRORS, api, behaviour, guide
from cloud import refused

CREATE, ASSIGN, UNASSIGN = api("CreateNetworkInterface"), api("AssignIpv6Addresses"), api("UnassignIpv6Addresses")
TAKEN = ["InvalidIPAddress.InUse", "InvalidParameterValue", "Resource.AlreadyAssigned"]


def wide(interface):
    return sorted(address["Ipv6Address"] for address in interface.get("Ipv6Addresses", []))


def same(first, second):
    """Texts of IPv6 addresses differ, addresses do not."""
    return {ipaddress.ip_address(address) for address in first} == {ipaddress.ip_address(address) for address in second}


@behaviour(CREATE)
def a_count_can_be_created(cloud):
    """Ipv6AddressCount gives a new interface so many addresses of the subnet's IPv6 block."""
    subnet = cloud.dual_subnet()
    made = cloud.interface(subnet, Ipv6AddressCount=2)
    assert len(set(wide(made))) == 2 and all(ipaddress.ip_address(address) in cloud.wide_block(subnet) for address in wide(made)), made


@behaviour(CREATE)
def addresses_can_be_created(cloud):
    """Ipv6Addresses gives a new interface just these."""
    subnet = cloud.dual_subnet()
    wanted = [str(cloud.wide_block(subnet)[place]) for place in (0x1234, 0x5678)]
    made = cloud.interface(subnet, Ipv6Addresses=[{"Ipv6Address": address} for address in wanted])
    assert same(wide(made), wanted), made


@behaviour(CREATE)
def a_count_and_addresses_are_refused(cloud):
    """A count of IPv6 addresses cannot be given with addresses."""
    subnet = cloud.dual_subnet()
    asked = {"SubnetId": subnet.id, "Ipv6AddressCount": 1, "Ipv6Addresses": [{"Ipv6Address": str(cloud.wide_block(subnet)[0x1234])}]}
    refused("InvalidParameterCombination", cloud.ec2.create_network_interface, **asked)


@behaviour(CREATE)
def there_are_none_unless_asked_for(cloud):
    """An interface has no IPv6 addresses by default."""
    assert not wide(cloud.interface(cloud.dual_subnet()))


@behaviour(api("ModifySubnetAttribute"), CREATE)
def a_subnet_can_give_one_by_default(cloud):
    """With AssignIpv6AddressOnCreation of the subnet, a new interface has one, and none with a count of 0."""
    subnet = cloud.dual_subnet()
    cloud.ec2.modify_subnet_attribute(SubnetId=subnet.id, AssignIpv6AddressOnCreation={"Value": True})
    assert len(wide(cloud.interface(subnet))) == 1
    assert not wide(cloud.interface(subnet, Ipv6AddressCount=0))


@behaviour(CREATE, ERRORS)
def a_subnet_without_a_block_refuses(cloud):
    """In a subnet without an IPv6 block there are no IPv6 addresses to give."""
    subnet = cloud.subnet()
    refused(["InvalidParameterValue", "InvalidParameterCombination"], cloud.ec2.create_network_interface, SubnetId=subnet.id, Ipv6AddressCount=1)
    assert not cloud.found(subnet)


@behaviour(ASSIGN)
def a_count_can_be_assigned(cloud):
    """AssignIpv6Addresses with a count adds so many, and the reply tells of the new ones."""
    subnet = cloud.dual_subnet()
    interface = cloud.interface_id(subnet, Ipv6AddressCount=1)
    [before] = wide(cloud.described(interface))
    reply = cloud.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6AddressCount=2)
    assert reply["NetworkInterfaceId"] == interface and len(reply["AssignedIpv6Addresses"]) == 2, reply
    assert same(wide(cloud.described(interface)), [before, *reply["AssignedIpv6Addresses"]])


@behaviour(ASSIGN)
def addresses_can_be_assigned(cloud):
    """AssignIpv6Addresses with addresses assigns just these."""
    subnet = cloud.dual_subnet()
    interface, wanted = cloud.interface_id(subnet), [str(cloud.wide_block(subnet)[0xABCD])]
    reply = cloud.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Addresses=wanted)
    assert same(reply["AssignedIpv6Addresses"], wanted) and same(wide(cloud.described(interface)), wanted), reply


@behaviour(ERRORS, ASSIGN)
def an_address_in_use_is_refused(cloud):
    """An IPv6 address that another interface has is refused."""
    subnet = cloud.dual_subnet()
    [taken] = wide(cloud.interface(subnet, Ipv6AddressCount=1))
    refused(TAKEN, cloud.ec2.assign_ipv6_addresses, NetworkInterfaceId=cloud.interface_id(subnet), Ipv6Addresses=[taken])


@behaviour(ERRORS, ASSIGN)
def an_address_outside_the_subnet_is_refused(cloud):
    """An IPv6 address that is not in the subnet's block is InvalidParameterValue."""
    interface = cloud.interface_id(cloud.dual_subnet())
    refused("InvalidParameterValue", cloud.ec2.assign_ipv6_addresses, NetworkInterfaceId=interface, Ipv6Addresses=["2001:db8::1"])


@behaviour(UNASSIGN)
def addresses_can_be_unassigned(cloud):
    """UnassignIpv6Addresses takes these, and the reply tells which."""
    interface = cloud.interface_id(cloud.dual_subnet(), Ipv6AddressCount=2)
    first, second = wide(cloud.described(interface))
    reply = cloud.ec2.unassign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Addresses=[first])
    assert same(reply["UnassignedIpv6Addresses"], [first]) and wide(cloud.described(interface)) == [second], reply


@behaviour(UNASSIGN, ERRORS)
def what_is_not_assigned_cannot_be_unassigned(cloud):
    """An IPv6 address that the interface does not have is refused."""
    subnet = cloud.dual_subnet()
    asked = {"NetworkInterfaceId": cloud.interface_id(subnet), "Ipv6Addresses": [str(cloud.wide_block(subnet)[0x77])]}
    refused(["InvalidParameterValue", "InvalidNetworkInterfaceID.NotFound"], cloud.ec2.unassign_ipv6_addresses, **asked)


@behaviour(guide("AvailableIpPerENI"), ERRORS)
def the_limit_of_the_type_is_kept(cloud):
    """An attached interface has as many IPv6 addresses as the type of its instance allows."""
    subnet, kind = cloud.dual_subnet(), cloud.kind()
    interface = cloud.interface_id(subnet)
    cloud.attached(interface, cloud.running(subnet, InstanceType=kind))
    [told] = cloud.ec2.describe_instance_types(InstanceTypes=[kind])["InstanceTypes"]
    most = told["NetworkInfo"]["Ipv6AddressesPerInterface"]
    cloud.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6AddressCount=most)
    codes = ["PrivateIpAddressLimitExceeded", "Ipv6AddressLimitExceeded", "InvalidParameterValue"]
    refused(codes, cloud.ec2.assign_ipv6_addresses, NetworkInterfaceId=interface, Ipv6AddressCount=1)
    assert len(wide(cloud.described(interface))) == most


@behaviour(guide("ec2-prefix-eni"), ASSIGN)
def prefixes_can_be_assigned(cloud):
    """Ipv6PrefixCount assigns /80 prefixes of the subnet's block."""
    subnet = cloud.dual_subnet()
    interface = cloud.interface_id(subnet)
    reply = cloud.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6PrefixCount=1)
    [prefix] = [ipaddress.ip_network(found) for found in reply["AssignedIpv6Prefixes"]]
    assert prefix.prefixlen == 80 and prefix.subnet_of(cloud.wide_block(subnet)), reply
    assert [found["Ipv6Prefix"] for found in cloud.described(interface)["Ipv6Prefixes"]] == reply["AssignedIpv6Prefixes"]


@behaviour(api("InstanceNetworkInterface"), api("RunInstances"))
def instances_show_them(cloud):
    """A launch with Ipv6AddressCount has addresses, which the instance's interface shows."""
    subnet = cloud.dual_subnet()
    instance = cloud.running(subnet, Ipv6AddressCount=1)
    assert len(wide(cloud.primary(instance))) == 1, cloud.instance(instance)
