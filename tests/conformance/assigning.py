"""AssignPrivateIpAddresses and UnassignPrivateIpAddresses: secondary addresses and prefixes."""

import ipaddress

from behaviour import CILIUM, CNI, ERRORS, api, behaviour, guide
from cloud import refused, secondaries

ASSIGN, UNASSIGN = api("AssignPrivateIpAddresses"), api("UnassignPrivateIpAddresses")
LIMITS, PREFIXES = guide("AvailableIpPerENI"), guide("ec2-prefix-eni")
TAKEN = ["InvalidParameterValue", "Resource.AlreadyAssigned", "InvalidIPAddress.InUse"]


def assign(cloud, interface, **more):
    """The addresses that the reply tells of."""
    reply = cloud.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, **more)
    return [found["PrivateIpAddress"] for found in reply.get("AssignedPrivateIpAddresses", [])]


@behaviour(ASSIGN)
def a_count_is_assigned(cloud):
    """SecondaryPrivateIpAddressCount assigns so many addresses of the subnet besides those there are."""
    subnet = cloud.subnet()
    interface = cloud.interface_id(subnet, SecondaryPrivateIpAddressCount=1)
    assigned = assign(cloud, interface, SecondaryPrivateIpAddressCount=3)
    found = secondaries(cloud.described(interface))
    assert len(set(assigned)) == 3 and len(found) == 4 and set(assigned) <= set(found), (assigned, found)
    assert all(ipaddress.ip_address(address) in subnet.block for address in found), found


@behaviour(ASSIGN, CILIUM)
def only_the_new_ones_are_answered(cloud):
    """The reply tells of the addresses that were assigned by this request and of no others: clients index a list of that length."""
    interface = cloud.interface_id(cloud.subnet())
    first, second = (set(assign(cloud, interface, SecondaryPrivateIpAddressCount=2)) for _ in range(2))
    assert len(first) == len(second) == 2 and not first & second, (first, second)


@behaviour(ASSIGN)
def the_interface_is_answered(cloud):
    """The reply has the id of the interface."""
    interface = cloud.interface_id(cloud.subnet())
    reply = cloud.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=1)
    assert reply.get("NetworkInterfaceId") == interface, reply


@behaviour(ASSIGN)
def addresses_can_be_asked_for(cloud):
    """PrivateIpAddresses assigns just these."""
    subnet = cloud.subnet()
    interface = cloud.interface_id(subnet, PrivateIpAddress=subnet.address(20))
    wanted = [subnet.address(21), subnet.address(22)]
    assert sorted(assign(cloud, interface, PrivateIpAddresses=wanted)) == wanted == sorted(secondaries(cloud.described(interface)))


@behaviour(ASSIGN)
def the_primary_is_not_changed(cloud):
    """Whatever is assigned, the primary address remains what it was."""
    made = cloud.interface(cloud.subnet())
    assign(cloud, made["NetworkInterfaceId"], SecondaryPrivateIpAddressCount=2)
    found = cloud.described(made["NetworkInterfaceId"])
    assert found["PrivateIpAddress"] == made["PrivateIpAddress"] == found["PrivateIpAddresses"][0]["PrivateIpAddress"], found


@behaviour(ASSIGN)
def addresses_and_a_count_are_refused(cloud):
    """Addresses and a count cannot be given together."""
    subnet = cloud.subnet()
    asked = {"NetworkInterfaceId": cloud.interface_id(subnet), "PrivateIpAddresses": [subnet.address(21)], "SecondaryPrivateIpAddressCount": 1}
    refused("InvalidParameterCombination", cloud.ec2.assign_private_ip_addresses, **asked)


@behaviour(ASSIGN)
def nothing_to_assign_is_refused(cloud):
    """Addresses, prefixes or a count of them have to be given."""
    interface = cloud.interface_id(cloud.subnet())
    codes = ["MissingParameter", "InvalidParameterCombination", "InvalidParameterValue"]
    refused(codes, cloud.ec2.assign_private_ip_addresses, NetworkInterfaceId=interface)


@behaviour(ASSIGN, ERRORS)
def an_address_outside_the_subnet_is_refused(cloud):
    """An address that is not in the block of the subnet is InvalidParameterValue."""
    interface, other = cloud.interface_id(cloud.subnet()), cloud.subnet()
    refused("InvalidParameterValue", cloud.ec2.assign_private_ip_addresses, NetworkInterfaceId=interface, PrivateIpAddresses=[other.address(10)])


@behaviour(ASSIGN, ERRORS)
def an_address_of_another_interface_is_refused(cloud):
    """An address that another interface has is refused, and stays where it is."""
    subnet = cloud.subnet()
    first, second = cloud.interface_id(subnet), cloud.interface_id(subnet)
    [address] = assign(cloud, first, SecondaryPrivateIpAddressCount=1)
    refused(TAKEN, cloud.ec2.assign_private_ip_addresses, NetworkInterfaceId=second, PrivateIpAddresses=[address])
    assert secondaries(cloud.described(first)) == [address] and not secondaries(cloud.described(second))


@behaviour(ASSIGN)
def an_address_can_be_moved(cloud):
    """With AllowReassignment a secondary address of another interface moves to this one."""
    subnet = cloud.subnet()
    first, second = cloud.interface_id(subnet), cloud.interface_id(subnet)
    [address] = assign(cloud, first, SecondaryPrivateIpAddressCount=1)
    assign(cloud, second, PrivateIpAddresses=[address], AllowReassignment=True)
    assert secondaries(cloud.described(second)) == [address] and not secondaries(cloud.described(first))


@behaviour(ASSIGN)
def a_primary_address_cannot_be_moved(cloud):
    """The primary address of another interface does not move, whatever AllowReassignment says."""
    subnet = cloud.subnet()
    first, second = cloud.interface(subnet), cloud.interface_id(subnet)
    asked = {"NetworkInterfaceId": second, "PrivateIpAddresses": [first["PrivateIpAddress"]], "AllowReassignment": True}
    refused(TAKEN, cloud.ec2.assign_private_ip_addresses, **asked)
    assert cloud.described(first["NetworkInterfaceId"])["PrivateIpAddress"] == first["PrivateIpAddress"]


@behaviour(LIMITS, ERRORS, CNI)
def the_limit_of_the_type_is_kept(cloud):
    """An attached interface has as many addresses as the type of its instance allows: one more is PrivateIpAddressLimitExceeded."""
    subnet, kind = cloud.subnet(), cloud.kind()
    interface, instance = cloud.interface_id(subnet), cloud.running(subnet, InstanceType=kind)
    cloud.attached(interface, instance)
    most = cloud.kinds[kind][1]
    assign(cloud, interface, SecondaryPrivateIpAddressCount=most - 1)
    refused("PrivateIpAddressLimitExceeded", cloud.ec2.assign_private_ip_addresses, NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=1)
    assert len(cloud.described(interface)["PrivateIpAddresses"]) == most


@behaviour(LIMITS, ERRORS)
def too_many_addresses_for_the_type_cannot_be_attached(cloud):
    """An interface with more addresses than the type allows is not attached: PrivateIpAddressLimitExceeded."""
    subnet, kind = cloud.subnet(), cloud.kind()
    interface, instance = cloud.interface_id(subnet, SecondaryPrivateIpAddressCount=cloud.kinds[kind][1]), cloud.running(subnet, InstanceType=kind)
    asked = {"NetworkInterfaceId": interface, "InstanceId": instance, "DeviceIndex": 1}
    refused("PrivateIpAddressLimitExceeded", cloud.ec2.attach_network_interface, **asked)
    assert cloud.described(interface)["Status"] == "available"


@behaviour(ERRORS, CNI)
def a_full_subnet_refuses(cloud):
    """When fewer addresses are free than asked for, none is assigned: InsufficientFreeAddressesInSubnet."""
    subnet = cloud.subnet(28)
    interface = cloud.interface_id(subnet)
    asked = {"NetworkInterfaceId": interface, "SecondaryPrivateIpAddressCount": 11}
    refused(["InsufficientFreeAddressesInSubnet", "PrivateIpAddressLimitExceeded"], cloud.ec2.assign_private_ip_addresses, **asked)
    assert not secondaries(cloud.described(interface)) and cloud.free_addresses(subnet) == 10


@behaviour(UNASSIGN)
def secondaries_can_be_unassigned(cloud):
    """UnassignPrivateIpAddresses takes these secondary addresses from the interface, and no others."""
    interface = cloud.interface_id(cloud.subnet(), SecondaryPrivateIpAddressCount=3)
    first, second, third = secondaries(cloud.described(interface))
    cloud.ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=[first, third])
    assert secondaries(cloud.described(interface)) == [second]


@behaviour(UNASSIGN)
def the_primary_cannot_be_unassigned(cloud):
    """The primary address cannot be unassigned."""
    made = cloud.interface(cloud.subnet())
    asked = {"NetworkInterfaceId": made["NetworkInterfaceId"], "PrivateIpAddresses": [made["PrivateIpAddress"]]}
    refused(["InvalidParameterValue", "OperationNotPermitted"], cloud.ec2.unassign_private_ip_addresses, **asked)
    assert cloud.described(made["NetworkInterfaceId"])["PrivateIpAddress"] == made["PrivateIpAddress"]


@behaviour(UNASSIGN, ERRORS)
def what_is_not_assigned_cannot_be_unassigned(cloud):
    """An address that the interface does not have is InvalidParameterValue, and of the others in the request none is taken."""
    subnet = cloud.subnet()
    interface = cloud.interface_id(subnet, PrivateIpAddress=subnet.address(10))
    assign(cloud, interface, PrivateIpAddresses=[subnet.address(11)])
    asked = {"NetworkInterfaceId": interface, "PrivateIpAddresses": [subnet.address(11), subnet.address(12)]}
    refused("InvalidParameterValue", cloud.ec2.unassign_private_ip_addresses, **asked)
    assert secondaries(cloud.described(interface)) == [subnet.address(11)]


@behaviour(UNASSIGN)
def an_unassigned_address_is_free(cloud):
    """What was unassigned can be given to another interface."""
    subnet = cloud.subnet()
    interface = cloud.interface_id(subnet, SecondaryPrivateIpAddressCount=1)
    [address] = secondaries(cloud.described(interface))
    cloud.ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=[address])
    assert cloud.interface(subnet, PrivateIpAddress=address)["PrivateIpAddress"] == address


@behaviour(ERRORS)
def nothing_is_assigned_to_an_unknown_interface(cloud):
    """An interface that does not exist is InvalidNetworkInterfaceID.NotFound, for both operations."""
    nobody = "eni-0123456789abcdef0"
    refused("InvalidNetworkInterfaceID.NotFound", cloud.ec2.assign_private_ip_addresses, NetworkInterfaceId=nobody, SecondaryPrivateIpAddressCount=1)
    refused("InvalidNetworkInterfaceID.NotFound", cloud.ec2.unassign_private_ip_addresses, NetworkInterfaceId=nobody, PrivateIpAddresses=["10.64.0.10"])


@behaviour(guide("MultipleIP"))
def secondaries_follow_the_interface(cloud):
    """Secondary addresses stay with the interface when it is detached and attached to another instance."""
    subnet = cloud.subnet()
    interface = cloud.interface_id(subnet, SecondaryPrivateIpAddressCount=1)
    before = secondaries(cloud.described(interface))
    first, second = cloud.running(subnet), cloud.running(subnet)
    attachment = cloud.attached(interface, first)["Attachment"]["AttachmentId"]
    cloud.ec2.detach_network_interface(AttachmentId=attachment)
    cloud.until_available(interface)
    assert secondaries(cloud.attached(interface, second)) == before
    shown = next(item for item in cloud.instance(second)["NetworkInterfaces"] if item["NetworkInterfaceId"] == interface)
    assert secondaries(shown) == before, shown


@behaviour(ASSIGN, PREFIXES, CNI)
def prefixes_can_be_assigned(cloud):
    """Ipv4PrefixCount assigns so many /28 prefixes of the subnet, and the reply tells of the new ones."""
    subnet = cloud.subnet()
    # Of the four /28 of the subnet, two have reserved addresses; the other two have to be free.
    interface = cloud.interface_id(subnet, PrivateIpAddress=subnet.address(5))
    reply = cloud.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4PrefixCount=2)
    assigned = sorted(found["Ipv4Prefix"] for found in reply["AssignedIpv4Prefixes"])
    found = sorted(found["Ipv4Prefix"] for found in cloud.described(interface)["Ipv4Prefixes"])
    assert assigned == found and len(set(found)) == 2, (assigned, found)
    assert all(ipaddress.ip_network(prefix).prefixlen == 28 and ipaddress.ip_network(prefix).subnet_of(subnet.block) for prefix in found), found


@behaviour(UNASSIGN, PREFIXES)
def prefixes_can_be_unassigned(cloud):
    """UnassignPrivateIpAddresses takes prefixes from the interface."""
    subnet = cloud.subnet()
    interface = cloud.interface_id(subnet, Ipv4Prefixes=[{"Ipv4Prefix": f"{subnet.address(place)}/28"} for place in (16, 32)])
    cloud.ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4Prefixes=[f"{subnet.address(16)}/28"])
    assert [found["Ipv4Prefix"] for found in cloud.described(interface)["Ipv4Prefixes"]] == [f"{subnet.address(32)}/28"]


@behaviour(PREFIXES)
def addresses_of_a_prefix_are_taken(cloud):
    """An address inside an assigned prefix is given to no other interface, and a prefix with an address in use is not assigned."""
    subnet = cloud.subnet()
    cloud.interface(subnet, PrivateIpAddress=subnet.address(5), Ipv4Prefixes=[{"Ipv4Prefix": f"{subnet.address(32)}/28"}])
    codes = ["InvalidIPAddress.InUse", "InvalidParameterValue"]
    refused(codes, cloud.ec2.create_network_interface, SubnetId=subnet.id, PrivateIpAddress=subnet.address(40))
    interface = cloud.interface_id(subnet, PrivateIpAddress=subnet.address(20))
    asked = {"NetworkInterfaceId": interface, "Ipv4Prefixes": [f"{subnet.address(16)}/28"]}
    codes += ["InsufficientCidrBlocks", "Resource.AlreadyAssigned"]
    refused(codes, cloud.ec2.assign_private_ip_addresses, **asked)


@behaviour(PREFIXES, CNI, CILIUM)
def no_room_for_a_prefix_is_told(cloud):
    """A subnet without a free /28 refuses a prefix, with one of the codes that clients look for."""
    subnet = cloud.subnet(28)
    interface = cloud.interface_id(subnet)
    codes = ["InsufficientCidrBlocks", "InsufficientFreeAddressesInSubnet", "InvalidParameterValue"]
    refused(codes, cloud.ec2.assign_private_ip_addresses, NetworkInterfaceId=interface, Ipv4PrefixCount=1)
    assert not cloud.described(interface).get("Ipv4Prefixes")
