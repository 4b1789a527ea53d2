"""What each filter of DescribeNetworkInterfaces finds: every one that the reference lists.

A filter is tried on a gallery, a subnet with interfaces that differ. For each value that the interfaces have it must find those that
have it and no others, and for a value that none has it must find nothing.
"""

from behaviour import CILIUM, TERRAFORM, api, behaviour
from creating import tags

DESCRIBE = api("DescribeNetworkInterfaces")


def plain(cloud):
    """Two interfaces that differ in whatever an interface can differ in by itself."""
    subnet, group = cloud.subnet(), cloud.group()
    cloud.interface(subnet, Description="first", TagSpecifications=tags(Owner="TeamA", shared="yes"))
    second = cloud.interface_id(subnet, Description="second", Groups=[group], TagSpecifications=tags(Owner="TeamB"))
    cloud.ec2.modify_network_interface_attribute(NetworkInterfaceId=second, SourceDestCheck={"Value": False})
    return subnet


def crowded(cloud):
    """One interface with two addresses, and one with one."""
    subnet = cloud.subnet()
    cloud.interface(subnet, SecondaryPrivateIpAddressCount=1)
    cloud.interface(subnet)
    return subnet


def named(cloud):
    """Two interfaces in a VPC that names its hosts."""
    vpc = cloud.new_vpc()
    cloud.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnet = cloud.subnet(vpc=vpc)
    cloud.interface(subnet), cloud.interface(subnet)
    return subnet


def attached(cloud):
    """The primary interface of an instance, one that was attached to it, and one that is free."""
    subnet = cloud.subnet()
    instance = cloud.running(subnet)
    cloud.attached(cloud.interface_id(subnet), instance)
    cloud.interface(subnet)
    return subnet


def associated(cloud):
    """Two interfaces with elastic addresses, and one without."""
    return associate(cloud, cloud.subnet(vpc=cloud.outside))


def associated_and_named(cloud):
    """The same in a VPC that names its hosts."""
    vpc = cloud.new_vpc()
    cloud.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    cloud.gateway(vpc)
    return associate(cloud, cloud.subnet(vpc=vpc))


def associate(cloud, subnet):
    for _ in range(2):
        cloud.ec2.associate_address(AllocationId=cloud.elastic()["AllocationId"], NetworkInterfaceId=cloud.interface_id(subnet))
    cloud.interface(subnet)
    return subnet


def dual(cloud):
    """One interface with an IPv6 address, and one without."""
    subnet = cloud.dual_subnet()
    cloud.interface(subnet, Ipv6AddressCount=1)
    cloud.interface(subnet)
    return subnet


def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def at(*names):
    """The value under these names, if there is one."""

    def look(interface):
        for name in names:
            if name not in interface:
                return []
            interface = interface[name]
        return [text(interface)]

    return look


def each(of, *names):
    """The values under these names in a list."""
    return lambda interface: [value for item in interface.get(of, []) for value in at(*names)(item)]


def attach_time(interface):
    when = interface.get("Attachment", {}).get("AttachTime")
    return [f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z"] if when else []


def of_tags(interface):
    return [tag["Key"] for tag in interface["TagSet"]]


def of_owner(interface):
    return [tag["Value"] for tag in interface["TagSet"] if tag["Key"] == "Owner"]


NOBODY = "999999999999"

# The filter, where it is tried, what an interface has under it, what that is in words, and a value that none has.
FILTERS = [
    ("addresses.association.owner-id", associated, each("PrivateIpAddresses", "Association", "IpOwnerId"), "the owner of the public addresses", NOBODY),
    ("addresses.association.public-ip", associated, each("PrivateIpAddresses", "Association", "PublicIp"), "the public address of an address", "192.0.2.1"),
    ("addresses.primary", crowded, each("PrivateIpAddresses", "Primary"), "whether an address is the primary", None),
    ("addresses.private-ip-address", crowded, each("PrivateIpAddresses", "PrivateIpAddress"), "an address, primary or not", "192.0.2.1"),
    ("association.allocation-id", associated, at("Association", "AllocationId"), "the allocation of the elastic address", "eipalloc-0123456789abcdef0"),
    ("association.association-id", associated, at("Association", "AssociationId"), "the association of the elastic address", "eipassoc-0123456789abcdef0"),
    ("association.ip-owner-id", associated, at("Association", "IpOwnerId"), "the owner of the elastic address", NOBODY),
    ("association.public-dns-name", associated_and_named, at("Association", "PublicDnsName"), "the public name", "nobody.example.com"),
    ("association.public-ip", associated, at("Association", "PublicIp"), "the elastic address", "192.0.2.1"),
    ("attachment.attach-time", attached, attach_time, "the time of the attachment", "2001-01-01T00:00:00.000Z"),
    ("attachment.attachment-id", attached, at("Attachment", "AttachmentId"), "the attachment", "eni-attach-0123456789abcdef0"),
    ("attachment.delete-on-termination", attached, at("Attachment", "DeleteOnTermination"), "whether they are deleted with the instance", None),
    ("attachment.device-index", attached, at("Attachment", "DeviceIndex"), "the device index", "31"),
    ("attachment.instance-id", attached, at("Attachment", "InstanceId"), "the instance", "i-0123456789abcdef0"),
    ("attachment.instance-owner-id", attached, at("Attachment", "InstanceOwnerId"), "the owner of the instance", NOBODY),
    ("attachment.status", attached, at("Attachment", "Status"), "the status of the attachment", "detaching"),
    ("availability-zone", plain, at("AvailabilityZone"), "the zone", "xx-nowhere-1a"),
    ("availability-zone-id", plain, at("AvailabilityZoneId"), "the id of the zone", "xxn1-az1"),
    ("description", plain, at("Description"), "the description", "third"),
    ("group-id", plain, each("Groups", "GroupId"), "a security group", "sg-0123456789abcdef0"),
    ("interface-type", plain, at("InterfaceType"), "the type", "efa"),
    ("ipv6-addresses.ipv6-address", dual, each("Ipv6Addresses", "Ipv6Address"), "an IPv6 address", "2001:db8::1"),
    ("mac-address", plain, at("MacAddress"), "the MAC address", "02:00:00:00:00:00"),
    ("network-interface-id", plain, at("NetworkInterfaceId"), "the id", "eni-0123456789abcdef0"),
    ("owner-id", plain, at("OwnerId"), "the owner", NOBODY),
    ("private-dns-name", named, at("PrivateDnsName"), "the private name", "ip-192-0-2-1.ec2.internal"),
    ("private-ip-address", plain, at("PrivateIpAddress"), "the private address", "192.0.2.1"),
    ("requester-managed", plain, at("RequesterManaged"), "whether a service manages them", "true"),
    ("source-dest-check", plain, at("SourceDestCheck"), "whether source and destination are checked", None),
    ("status", attached, at("Status"), "the status", "associated"),
    ("subnet-id", plain, at("SubnetId"), "the subnet", "subnet-0123456789abcdef0"),
    ("tag-key", plain, of_tags, "the key of a tag", "colour"),
    ("tag:Owner", plain, of_owner, "the value of a tag", "TeamC"),
    ("vpc-id", plain, at("VpcId"), "the VPC", "vpc-0123456789abcdef0"),
]


def listed(name, gallery, values, words, other):
    @behaviour(DESCRIBE, name=name, sentence=f"The filter {name} finds interfaces by {words}.")
    def tried(cloud):
        subnet = cloud.once(gallery.__name__, lambda: gallery(cloud))
        shown = {interface: values(cloud.described(interface)) for interface in cloud.found(subnet)}
        present = {value for found in shown.values() for value in found}
        assert present, f"no interface shows a value for {name}: {shown}"
        for value in sorted(present):
            expected = sorted(interface for interface, found in shown.items() if value in found)
            seen = cloud.found(subnet, (name, value))
            assert seen == expected, f"{name}={value} finds {seen} instead of {expected}"
        assert other in present or not other or not cloud.found(subnet, (name, other)), f"{name}={other} finds something"


for row in FILTERS:
    listed(*row)


@behaviour(DESCRIBE)
def requester_id(cloud):
    """The filter requester-id finds nothing for a service that made none of the interfaces."""
    assert not cloud.found(cloud.once("plain", lambda: plain(cloud)), ("requester-id", "amazon-elb"))


@behaviour(DESCRIBE)
def operator_managed(cloud):
    """The filter operator.managed finds nothing with true, where no service made interfaces."""
    assert not cloud.found(cloud.once("plain", lambda: plain(cloud)), ("operator.managed", "true"))


@behaviour(DESCRIBE, CILIUM)
def private_address_wildcard(cloud):
    """The filter private-ip-address takes a wildcard, which clients send to find all."""
    subnet = cloud.once("plain", lambda: plain(cloud))
    assert len(cloud.found(subnet, ("private-ip-address", "*"))) == 2


@behaviour(DESCRIBE, TERRAFORM)
def an_attachment_in_progress(cloud):
    """An interface is found by its attachment from the moment the attachment was made."""
    subnet = cloud.subnet()
    interface, instance = cloud.interface_id(subnet), cloud.running(subnet)
    attachment = cloud.attach(interface, instance)
    assert cloud.found(subnet, ("attachment.attachment-id", attachment)) == [interface]
    cloud.until_attached(interface)
    cloud.ec2.detach_network_interface(AttachmentId=attachment)
    cloud.until_available(interface)
    assert not cloud.found(subnet, ("attachment.attachment-id", attachment))
