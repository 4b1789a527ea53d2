"""What interfaces take from their subnet: AvailableIpAddressCount."""

from behaviour import CNI, api, behaviour, guide, vpc_guide

SUBNET, SIZES = api("Subnet"), vpc_guide("subnet-sizing")


@behaviour(SIZES, SUBNET)
def five_addresses_are_not_available(cloud):
    """An empty subnet has as many addresses as its block, less five."""
    assert [cloud.free_addresses(cloud.subnet(prefix)) for prefix in (28, 27, 26)] == [11, 27, 59]


@behaviour(SUBNET, CNI)
def an_interface_takes_one(cloud):
    """Each interface takes an address, and gives it back when it is deleted."""
    subnet = cloud.subnet()
    first = cloud.interface_id(subnet)
    cloud.interface(subnet)
    assert cloud.free_addresses(subnet) == 57
    cloud.ec2.delete_network_interface(NetworkInterfaceId=first)
    cloud.until("the address is back", lambda: cloud.free_addresses(subnet), lambda free: free == 58)


@behaviour(SUBNET)
def secondaries_take_more(cloud):
    """Secondary addresses count, when they are assigned and when they are unassigned."""
    subnet = cloud.subnet()
    interface = cloud.interface_id(subnet, SecondaryPrivateIpAddressCount=3)
    assert cloud.free_addresses(subnet) == 55
    [*_, last] = cloud.described(interface)["PrivateIpAddresses"]
    cloud.ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=[last["PrivateIpAddress"]])
    cloud.until("the address is back", lambda: cloud.free_addresses(subnet), lambda free: free == 56)


@behaviour(SUBNET, guide("ec2-prefix-eni"))
def a_prefix_takes_sixteen(cloud):
    """A /28 prefix takes its sixteen addresses from the subnet."""
    subnet = cloud.subnet()
    cloud.interface(subnet, Ipv4PrefixCount=1)
    assert cloud.free_addresses(subnet) == 42


@behaviour(SUBNET)
def an_instance_takes_one_until_it_is_terminated(cloud):
    """The address of an instance is taken while it runs and while it is stopped, and given back at its termination."""
    subnet = cloud.subnet()
    instance = cloud.stopped(subnet)
    assert cloud.free_addresses(subnet) == 58
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    cloud.until_state(instance, "terminated")
    cloud.until("the address is back", lambda: cloud.free_addresses(subnet), lambda free: free == 59)


@behaviour(SUBNET)
def a_refused_request_takes_none(cloud):
    """A creation that is refused leaves the count as it was."""
    subnet = cloud.subnet()
    for more in ({"Groups": ["sg-0123456789abcdef0"]}, {"PrivateIpAddress": subnet.address(1)}):
        try:
            cloud.ec2.create_network_interface(SubnetId=subnet.id, **more)
        except cloud.ec2.exceptions.ClientError:
            continue
        raise AssertionError(f"{more} was not refused")
    assert cloud.free_addresses(subnet) == 59
