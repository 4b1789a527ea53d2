"""CreateNetworkInterface."""

import ipaddress
import re
from concurrent.futures import ThreadPoolExecutor

from behaviour import ERRORS, TERRAFORM, api, behaviour, guide, vpc_guide
from botocore.exceptions import ClientError
from cloud import refused, secondaries

CREATE, SIZES, SHOWN = api("CreateNetworkInterface"), vpc_guide("subnet-sizing"), api("NetworkInterface")
MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")


@behaviour(SIZES)
def chosen_addresses_are_never_reserved(cloud):
    """The first four addresses of a subnet and the last are never given to an interface: a /28 has eleven, and they are the others."""
    subnet = cloud.subnet(28)
    given = {cloud.interface(subnet)["PrivateIpAddress"] for _ in range(11)}
    assert given == {subnet.address(place) for place in range(4, 15)}, sorted(given)


@behaviour(CREATE, ERRORS)
def a_full_subnet_refuses(cloud):
    """In a subnet without free addresses the answer is InsufficientFreeAddressesInSubnet."""
    subnet = cloud.subnet(28)
    for _ in range(11):
        cloud.interface(subnet)
    refused("InsufficientFreeAddressesInSubnet", cloud.ec2.create_network_interface, SubnetId=subnet.id)


@behaviour(SIZES)
def racing_creations_get_different_addresses(cloud):
    """Of fourteen creations at once in a /28, eleven succeed, each with an address of its own."""
    subnet = cloud.subnet(28)

    def create(_):
        try:
            return cloud.interface(subnet)["PrivateIpAddress"]
        except ClientError as why:
            assert why.response["Error"]["Code"] == "InsufficientFreeAddressesInSubnet", why
            return None

    with ThreadPoolExecutor(14) as threads:
        given = [address for address in threads.map(create, range(14)) if address]
    assert len(given) == len(set(given)) == 11, sorted(given)


@behaviour(CREATE)
def a_chosen_address_is_inside_the_subnet(cloud):
    """Without an address in the request, EC2 selects one from the block of the subnet."""
    subnet = cloud.subnet()
    made = cloud.interface(subnet)
    assert ipaddress.ip_address(made["PrivateIpAddress"]) in subnet.block, (made["PrivateIpAddress"], subnet.block)


@behaviour(CREATE)
def an_address_can_be_asked_for(cloud):
    """PrivateIpAddress is the primary address of the interface."""
    subnet = cloud.subnet()
    made = cloud.interface(subnet, PrivateIpAddress=subnet.address(20))
    assert made["PrivateIpAddress"] == subnet.address(20), made
    assert [(found["PrivateIpAddress"], found["Primary"]) for found in made["PrivateIpAddresses"]] == [(subnet.address(20), True)], made


@behaviour(ERRORS)
def an_address_in_use_is_refused(cloud):
    """An address that another interface has is InvalidIPAddress.InUse."""
    subnet = cloud.subnet()
    taken = cloud.interface(subnet)["PrivateIpAddress"]
    refused("InvalidIPAddress.InUse", cloud.ec2.create_network_interface, SubnetId=subnet.id, PrivateIpAddress=taken)


@behaviour(CREATE, ERRORS)
def an_address_outside_the_subnet_is_refused(cloud):
    """An address that is not in the block of the subnet is InvalidParameterValue."""
    subnet, other = cloud.subnet(), cloud.subnet()
    refused("InvalidParameterValue", cloud.ec2.create_network_interface, SubnetId=subnet.id, PrivateIpAddress=other.address(10))


@behaviour(SIZES, ERRORS)
def a_reserved_address_is_refused(cloud):
    """The first four addresses of a subnet and the last cannot be asked for either."""
    subnet = cloud.subnet(28)
    for place in (0, 1, 2, 3, -1):
        refused("InvalidParameterValue", cloud.ec2.create_network_interface, SubnetId=subnet.id, PrivateIpAddress=subnet.address(place))
    assert not cloud.found(subnet)


@behaviour(CREATE, ERRORS)
def text_that_is_no_address_is_refused(cloud):
    """What is not an IPv4 address is not taken for one."""
    subnet = cloud.subnet()
    codes = ["InvalidParameterValue", "InvalidAddress.Malformed"]
    for text in ("10.64.0", "10.64.0.256", "fd00::1", "ten"):
        refused(codes, cloud.ec2.create_network_interface, SubnetId=subnet.id, PrivateIpAddress=text)
    assert not cloud.found(subnet)


@behaviour(CREATE, api("PrivateIpAddressSpecification"))
def several_addresses_can_be_asked_for(cloud):
    """PrivateIpAddresses are the addresses, and the one that is marked is the primary."""
    subnet = cloud.subnet()
    first, second, third = (subnet.address(place) for place in (11, 12, 13))
    asked = [{"PrivateIpAddress": first, "Primary": False}, {"PrivateIpAddress": second, "Primary": True}, {"PrivateIpAddress": third, "Primary": False}]
    made = cloud.interface(subnet, PrivateIpAddresses=asked)
    assert made["PrivateIpAddress"] == second and sorted(secondaries(made)) == [first, third], made


@behaviour(CREATE)
def the_primary_comes_first(cloud):
    """The list of addresses begins with the primary, which is the only one marked as such."""
    subnet = cloud.subnet()
    made = cloud.interface(subnet, PrivateIpAddress=subnet.address(30), SecondaryPrivateIpAddressCount=3)
    found = cloud.described(made["NetworkInterfaceId"])
    assert [address["Primary"] for address in found["PrivateIpAddresses"]] == [True, False, False, False], found
    assert found["PrivateIpAddresses"][0]["PrivateIpAddress"] == found["PrivateIpAddress"] == subnet.address(30), found


@behaviour(CREATE)
def two_primaries_are_refused(cloud):
    """Only one address can be designated as primary."""
    subnet = cloud.subnet()
    asked = [{"PrivateIpAddress": subnet.address(place), "Primary": True} for place in (11, 12)]
    refused(["InvalidParameterCombination", "InvalidParameterValue"], cloud.ec2.create_network_interface, SubnetId=subnet.id, PrivateIpAddresses=asked)


@behaviour(CREATE)
def a_primary_beside_a_primary_is_refused(cloud):
    """With PrivateIpAddress in the request, none of PrivateIpAddresses can be marked as primary."""
    subnet = cloud.subnet()
    asked = {"SubnetId": subnet.id, "PrivateIpAddress": subnet.address(11), "PrivateIpAddresses": [{"PrivateIpAddress": subnet.address(12), "Primary": True}]}
    refused(["InvalidParameterCombination", "InvalidParameterValue"], cloud.ec2.create_network_interface, **asked)


@behaviour(CREATE)
def an_address_asked_for_twice_is_refused(cloud):
    """One interface cannot have an address twice."""
    subnet = cloud.subnet()
    asked = [{"PrivateIpAddress": subnet.address(11), "Primary": True}, {"PrivateIpAddress": subnet.address(11), "Primary": False}]
    refused(
        ["InvalidParameterValue", "InvalidParameterCombination", "InvalidIPAddress.InUse"],
        cloud.ec2.create_network_interface,
        SubnetId=subnet.id,
        PrivateIpAddresses=asked,
    )
    assert not cloud.found(subnet)


@behaviour(CREATE)
def secondaries_can_be_counted(cloud):
    """SecondaryPrivateIpAddressCount selects so many addresses besides the primary."""
    subnet = cloud.subnet()
    made = cloud.interface(subnet, SecondaryPrivateIpAddressCount=4)
    everything = {address["PrivateIpAddress"] for address in made["PrivateIpAddresses"]}
    assert len(secondaries(made)) == 4 and len(everything) == 5, made


@behaviour(CREATE)
def a_primary_and_a_count_go_together(cloud):
    """PrivateIpAddress may be given with SecondaryPrivateIpAddressCount."""
    subnet = cloud.subnet()
    made = cloud.interface(subnet, PrivateIpAddress=subnet.address(40), SecondaryPrivateIpAddressCount=2)
    assert made["PrivateIpAddress"] == subnet.address(40) and len(secondaries(made)) == 2, made


@behaviour(CREATE)
def a_count_and_a_list_are_refused(cloud):
    """SecondaryPrivateIpAddressCount cannot be given with several PrivateIpAddresses."""
    subnet = cloud.subnet()
    asked = [{"PrivateIpAddress": subnet.address(11), "Primary": True}, {"PrivateIpAddress": subnet.address(12), "Primary": False}]
    refused(
        "InvalidParameterCombination", cloud.ec2.create_network_interface, SubnetId=subnet.id, PrivateIpAddresses=asked, SecondaryPrivateIpAddressCount=1
    )


@behaviour(CREATE, ERRORS)
def more_secondaries_than_are_free_make_nothing(cloud):
    """When the subnet has too few addresses for the whole request, nothing of it is done."""
    subnet = cloud.subnet(28)
    refused("InsufficientFreeAddressesInSubnet", cloud.ec2.create_network_interface, SubnetId=subnet.id, SecondaryPrivateIpAddressCount=11)
    assert not cloud.found(subnet) and cloud.free_addresses(subnet) == 11


@behaviour(CREATE, guide("ec2-prefix-eni"))
def a_prefix_can_be_counted(cloud):
    """Ipv4PrefixCount assigns /28 prefixes of the subnet, which are not among the addresses."""
    subnet = cloud.subnet()
    made = cloud.interface(subnet, Ipv4PrefixCount=1)
    [prefix] = [ipaddress.ip_network(found["Ipv4Prefix"]) for found in made["Ipv4Prefixes"]]
    assert prefix.prefixlen == 28 and prefix.subnet_of(subnet.block) and not secondaries(made), made
    assert ipaddress.ip_address(made["PrivateIpAddress"]) not in prefix, made


@behaviour(CREATE, guide("ec2-prefix-eni"))
def a_prefix_can_be_asked_for(cloud):
    """Ipv4Prefixes assigns just these."""
    subnet = cloud.subnet()
    asked = f"{subnet.address(32)}/28"
    made = cloud.interface(subnet, Ipv4Prefixes=[{"Ipv4Prefix": asked}])
    assert [found["Ipv4Prefix"] for found in made["Ipv4Prefixes"]] == [asked], made


@behaviour(CREATE)
def prefixes_and_addresses_are_refused_together(cloud):
    """A count of prefixes cannot be given with prefixes, with a count of addresses, or with specific ones."""
    subnet = cloud.subnet()
    for more in (
        {"Ipv4Prefixes": [{"Ipv4Prefix": f"{subnet.address(32)}/28"}]},
        {"SecondaryPrivateIpAddressCount": 1},
        {"PrivateIpAddresses": [{"PrivateIpAddress": subnet.address(11), "Primary": True}, {"PrivateIpAddress": subnet.address(12), "Primary": False}]},
    ):
        refused("InvalidParameterCombination", cloud.ec2.create_network_interface, SubnetId=subnet.id, Ipv4PrefixCount=1, **more)


@behaviour(SHOWN)
def a_new_interface_is_available(cloud):
    """A new interface becomes available, without an attachment."""
    found = cloud.until_available(cloud.interface_id(cloud.subnet()))
    assert "Attachment" not in found, found


@behaviour(CREATE, SHOWN)
def the_reply_is_the_description(cloud):
    """What CreateNetworkInterface answers is what DescribeNetworkInterfaces shows, but for the status."""
    made = cloud.interface(cloud.subnet(), Description="mirror", TagSpecifications=tags(Name="mirror"))
    found = cloud.until_available(made["NetworkInterfaceId"])
    changes = {name for name in {*made, *found} - {"Status"} if made.get(name) != found.get(name) and (made.get(name) or found.get(name))}
    assert not changes, [(name, made.get(name), found.get(name)) for name in sorted(changes)]


@behaviour(SHOWN)
def it_belongs_to_its_subnet(cloud):
    """Subnet, VPC and zone of an interface are those of its subnet."""
    subnet = cloud.subnet(zone=1)
    made = cloud.interface(subnet)
    assert (made["SubnetId"], made["VpcId"], made["AvailabilityZone"]) == (subnet.id, subnet.vpc, subnet.zone), made


@behaviour(SHOWN)
def it_has_an_owner(cloud):
    """OwnerId is the number of the account, the same as its VPC's, and the interface is not managed by a service."""
    made = cloud.interface(cloud.subnet())
    [vpc] = cloud.ec2.describe_vpcs(VpcIds=[made["VpcId"]])["Vpcs"]
    assert re.fullmatch(r"\d{12}", made["OwnerId"]) and made["OwnerId"] == vpc["OwnerId"] and made["RequesterManaged"] is False, made


@behaviour(CREATE)
def the_description_is_kept(cloud):
    """A description is shown as it was given, and is empty when none was."""
    subnet, text = cloud.subnet(), "aws-K8S-i-0123 <&> é"
    assert cloud.described(cloud.interface_id(subnet, Description=text))["Description"] == text
    assert cloud.described(cloud.interface_id(subnet))["Description"] == ""


@behaviour(SHOWN)
def source_and_destination_are_checked_by_default(cloud):
    """SourceDestCheck of a new interface is true."""
    assert cloud.interface(cloud.subnet())["SourceDestCheck"] is True


@behaviour(SHOWN)
def the_mac_address_is_a_mac_address(cloud):
    """MAC addresses are six pairs of lower-case digits with colons, of one station, and no two interfaces have the same."""
    subnet = cloud.subnet()
    found = [cloud.interface(subnet)["MacAddress"] for _ in range(5)]
    assert all(MAC.fullmatch(mac) and int(mac[:2], 16) % 2 == 0 for mac in found) and len(set(found)) == 5, found


@behaviour(vpc_guide("vpc-dns"), guide("ec2-instance-naming"))
def the_private_name_is_made_of_the_address(cloud):
    """Where the VPC has DNS hostnames, an interface's private name is ip-, its address with hyphens, and the domain of the region."""
    vpc = cloud.new_vpc()
    cloud.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    made = cloud.interface(cloud.subnet(vpc=vpc))
    domain = "ec2.internal" if cloud.options.region == "us-east-1" else f"{cloud.options.region}.compute.internal"
    assert made.get("PrivateDnsName") == f"ip-{made['PrivateIpAddress'].replace('.', '-')}.{domain}", made
    assert made["PrivateIpAddresses"][0]["PrivateDnsName"] == made["PrivateDnsName"], made


@behaviour(SHOWN)
def the_id_is_an_interface_id(cloud):
    """An id is eni- with 8 or 17 hexadecimal digits."""
    made = cloud.interface_id(cloud.subnet())
    assert re.fullmatch(r"eni-([0-9a-f]{8}|[0-9a-f]{17})", made), made


@behaviour(vpc_guide("default-security-group"), CREATE)
def the_default_group_is_the_vpcs(cloud):
    """Without groups in the request, the interface is in the default group of its VPC."""
    made = cloud.interface(cloud.subnet())
    assert [(group["GroupId"], group["GroupName"]) for group in made["Groups"]] == [(cloud.default_group(cloud.vpc), "default")], made


@behaviour(CREATE)
def groups_are_those_asked_for(cloud):
    """With groups in the request, the interface is in these and not in the default group."""
    groups = sorted([cloud.group(), cloud.group()])
    made = cloud.interface(cloud.subnet(), Groups=groups)
    assert sorted(group["GroupId"] for group in made["Groups"]) == groups, made
    assert all(group["GroupName"].startswith("conformance-") for group in made["Groups"]), made


@behaviour(vpc_guide("amazon-vpc-limits"), ERRORS)
def six_groups_are_too_many(cloud):
    """An interface is in five groups at most: six are SecurityGroupsPerInterfaceLimitExceeded."""
    subnet, groups = cloud.subnet(), [cloud.group() for _ in range(6)]
    refused("SecurityGroupsPerInterfaceLimitExceeded", cloud.ec2.create_network_interface, SubnetId=subnet.id, Groups=groups)
    assert len(cloud.interface(subnet, Groups=groups[:5])["Groups"]) == 5


@behaviour(ERRORS)
def a_group_of_another_vpc_is_refused(cloud):
    """Group and subnet have to be of one VPC."""
    subnet, group = cloud.subnet(), cloud.group(cloud.new_vpc())
    refused(["InvalidParameter", "InvalidParameterValue", "InvalidGroup.NotFound"], cloud.ec2.create_network_interface, SubnetId=subnet.id, Groups=[group])


@behaviour(ERRORS)
def an_unknown_group_is_refused(cloud):
    """A group that does not exist is InvalidGroup.NotFound or InvalidSecurityGroupID.NotFound."""
    subnet = cloud.subnet()
    codes = ["InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound"]
    refused(codes, cloud.ec2.create_network_interface, SubnetId=subnet.id, Groups=["sg-0123456789abcdef0"])


@behaviour(ERRORS, TERRAFORM)
def an_unknown_subnet_is_refused(cloud):
    """A subnet that does not exist is InvalidSubnetID.NotFound."""
    refused("InvalidSubnetID.NotFound", cloud.ec2.create_network_interface, "subnet-0123456789abcdef0", SubnetId="subnet-0123456789abcdef0")


@behaviour(CREATE, ERRORS)
def a_subnet_is_required(cloud):
    """Without a subnet the answer is MissingParameter."""
    refused("MissingParameter", cloud.ec2.create_network_interface, Description="nowhere")


@behaviour(CREATE, api("TagSpecification"))
def tags_can_be_given(cloud):
    """TagSpecification tags the interface: in the reply, in descriptions, and in DescribeTags."""
    made = cloud.interface(cloud.subnet(), TagSpecifications=tags(Name="tagged", owner=""))
    wanted = [{"Key": "Name", "Value": "tagged"}, {"Key": "owner", "Value": ""}]
    described = cloud.described(made["NetworkInterfaceId"])["TagSet"]
    listed = cloud.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [made["NetworkInterfaceId"]]}])["Tags"]
    for found in (made["TagSet"], described, listed):
        assert sorted(({"Key": tag["Key"], "Value": tag["Value"]} for tag in found), key=str) == wanted, found
    assert {tag["ResourceType"] for tag in listed} == {"network-interface"}, listed


@behaviour(api("TagSpecification"), CREATE)
def tags_of_other_things_are_refused(cloud):
    """A TagSpecification for something that the operation does not make is InvalidParameterValue, and nothing is made."""
    subnet = cloud.subnet()
    refused("InvalidParameterValue", cloud.ec2.create_network_interface, SubnetId=subnet.id, TagSpecifications=tags("instance", Name="no"))
    assert not cloud.found(subnet)


@behaviour(CREATE)
def the_plain_type_can_be_named(cloud):
    """InterfaceType interface is the default, and is shown."""
    subnet = cloud.subnet()
    assert cloud.interface(subnet, InterfaceType="interface")["InterfaceType"] == cloud.interface(subnet)["InterfaceType"] == "interface"


@behaviour(CREATE, guide("efa"))
def an_efa_can_be_made(cloud):
    """InterfaceType efa makes an interface that is shown as one."""
    assert cloud.interface(cloud.subnet(), InterfaceType="efa")["InterfaceType"] == "efa"


@behaviour(CREATE)
def other_types_are_refused(cloud):
    """The types that only services make, and words that are no type, cannot be asked for."""
    subnet = cloud.subnet()
    for kind in ("nat_gateway", "lambda", "wireless"):
        refused("InvalidParameterValue", cloud.ec2.create_network_interface, SubnetId=subnet.id, InterfaceType=kind)
    assert not cloud.found(subnet)


def tags(kind="network-interface", **pairs):
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in pairs.items()]}]
