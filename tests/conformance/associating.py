"""Elastic addresses on interfaces."""

import re

from behaviour import ERRORS, TERRAFORM, api, behaviour, guide
from cloud import refused, secondaries

ASSOCIATE, DISASSOCIATE, RELEASE = api("AssociateAddress"), api("DisassociateAddress"), api("ReleaseAddress")
SHOWN, ELASTIC, ADDRESS = api("NetworkInterfaceAssociation"), guide("elastic-ip-addresses-eip"), api("Address")


def outside(cloud):
    return cloud.subnet(vpc=cloud.outside)


def associate(cloud, interface, elastic=None, **more):
    elastic = elastic or cloud.elastic()
    reply = cloud.ec2.associate_address(AllocationId=elastic["AllocationId"], NetworkInterfaceId=interface, **more)
    return elastic, reply["AssociationId"]


def address(cloud, elastic):
    [found] = cloud.ec2.describe_addresses(AllocationIds=[elastic["AllocationId"]])["Addresses"]
    return found


@behaviour(ASSOCIATE, SHOWN)
def an_interface_shows_its_address(cloud):
    """An elastic address is shown in the association of the interface and of its primary address, with allocation, association and owner."""
    interface = cloud.interface_id(outside(cloud))
    elastic, association = associate(cloud, interface)
    found = cloud.described(interface)
    for shown in (found["Association"], found["PrivateIpAddresses"][0]["Association"]):
        assert (shown["PublicIp"], shown["AllocationId"], shown["AssociationId"]) == (elastic["PublicIp"], elastic["AllocationId"], association), shown
        assert shown["IpOwnerId"] == found["OwnerId"], shown
    assert re.fullmatch(r"eipassoc-([0-9a-f]{8}|[0-9a-f]{17})", association), association


@behaviour(ADDRESS, ASSOCIATE)
def an_address_shows_its_interface(cloud):
    """DescribeAddresses shows interface, private address and owner, and no instance while there is none."""
    made = cloud.interface(outside(cloud))
    elastic, association = associate(cloud, made["NetworkInterfaceId"])
    found = address(cloud, elastic)
    assert (found["NetworkInterfaceId"], found["PrivateIpAddress"]) == (made["NetworkInterfaceId"], made["PrivateIpAddress"]), found
    assert found["AssociationId"] == association and found["NetworkInterfaceOwnerId"] == made["OwnerId"] and not found.get("InstanceId"), found


@behaviour(api("DescribeAddresses"))
def addresses_are_found_by_their_interface(cloud):
    """DescribeAddresses has filters for the interface and the private address."""
    made = cloud.interface(outside(cloud))
    elastic, association = associate(cloud, made["NetworkInterfaceId"])
    pairs = [("network-interface-id", made["NetworkInterfaceId"]), ("private-ip-address", made["PrivateIpAddress"]), ("association-id", association)]
    for name, value in pairs:
        found = cloud.ec2.describe_addresses(Filters=[{"Name": name, "Values": [value]}])["Addresses"]
        assert [item["AllocationId"] for item in found] == [elastic["AllocationId"]], (name, found)


@behaviour(ASSOCIATE, guide("MultipleIP"))
def a_secondary_address_can_have_one(cloud):
    """An elastic address can be associated with a secondary address, and then it is not the interface's association."""
    interface = cloud.interface_id(outside(cloud), SecondaryPrivateIpAddressCount=1)
    [secondary] = secondaries(cloud.described(interface))
    elastic, _ = associate(cloud, interface, PrivateIpAddress=secondary)
    found = cloud.described(interface)
    shown = {item["PrivateIpAddress"]: item.get("Association", {}).get("PublicIp") for item in found["PrivateIpAddresses"]}
    assert shown[secondary] == elastic["PublicIp"] and "Association" not in found and shown[found["PrivateIpAddress"]] is None, found


@behaviour(guide("using-eni"), guide("MultipleIP"))
def each_address_can_have_its_own(cloud):
    """One elastic address for each private address."""
    interface = cloud.interface_id(outside(cloud), SecondaryPrivateIpAddressCount=1)
    given = [associate(cloud, interface, PrivateIpAddress=item["PrivateIpAddress"])[0]["PublicIp"] for item in cloud.described(interface)["PrivateIpAddresses"]]
    assert [item["Association"]["PublicIp"] for item in cloud.described(interface)["PrivateIpAddresses"]] == given


@behaviour(ASSOCIATE, ERRORS)
def an_address_that_is_not_the_interfaces_is_refused(cloud):
    """A private address that the interface does not have is InvalidParameterValue."""
    subnet = outside(cloud)
    elastic = cloud.elastic()
    asked = {"AllocationId": elastic["AllocationId"], "NetworkInterfaceId": cloud.interface_id(subnet, PrivateIpAddress=subnet.address(10))}
    refused("InvalidParameterValue", cloud.ec2.associate_address, **asked, PrivateIpAddress=subnet.address(11))
    assert "AssociationId" not in address(cloud, elastic)


@behaviour(ASSOCIATE)
def an_instance_stands_for_its_interface(cloud):
    """By the id of an instance with one interface, the elastic address is associated with its primary address."""
    instance, elastic = cloud.running(outside(cloud)), cloud.elastic()
    cloud.ec2.associate_address(AllocationId=elastic["AllocationId"], InstanceId=instance)
    found = cloud.instance(instance)
    assert found["PublicIpAddress"] == elastic["PublicIp"] == cloud.primary(instance)["Association"]["PublicIp"], found
    assert address(cloud, elastic)["InstanceId"] == instance


@behaviour(ASSOCIATE, ERRORS)
def an_instance_with_two_interfaces_does_not(cloud):
    """An instance with more than one interface is InvalidInstanceID: the interface has to be named."""
    subnet = outside(cloud)
    instance, elastic = cloud.running(subnet), cloud.elastic()
    cloud.attached(cloud.interface_id(subnet), instance)
    refused("InvalidInstanceID", cloud.ec2.associate_address, AllocationId=elastic["AllocationId"], InstanceId=instance)


@behaviour(ASSOCIATE)
def instance_or_interface(cloud):
    """Instance and interface cannot be given together."""
    subnet = outside(cloud)
    asked = {"AllocationId": cloud.elastic()["AllocationId"], "InstanceId": cloud.running(subnet), "NetworkInterfaceId": cloud.interface_id(subnet)}
    refused(["InvalidParameterCombination", "InvalidParameterValue"], cloud.ec2.associate_address, **asked)


@behaviour(ASSOCIATE)
def associating_again_is_no_error(cloud):
    """The same association again is answered without an error."""
    interface = cloud.interface_id(outside(cloud))
    elastic, _ = associate(cloud, interface)
    associate(cloud, interface, elastic)
    assert cloud.described(interface)["Association"]["PublicIp"] == elastic["PublicIp"]


@behaviour(ASSOCIATE)
def an_address_moves(cloud):
    """An associated address moves to another interface, and the first has none any more."""
    subnet = outside(cloud)
    first, second = cloud.interface_id(subnet), cloud.interface_id(subnet)
    elastic, _ = associate(cloud, first)
    associate(cloud, second, elastic, AllowReassociation=True)
    assert "Association" not in cloud.described(first) and cloud.described(second)["Association"]["PublicIp"] == elastic["PublicIp"]


@behaviour(ASSOCIATE, ERRORS)
def an_address_does_not_move_against_the_callers_will(cloud):
    """With AllowReassociation false, an associated address is Resource.AlreadyAssociated and stays."""
    subnet = outside(cloud)
    first, second = cloud.interface_id(subnet), cloud.interface_id(subnet)
    elastic, _ = associate(cloud, first)
    asked = {"AllocationId": elastic["AllocationId"], "NetworkInterfaceId": second, "AllowReassociation": False}
    refused("Resource.AlreadyAssociated", cloud.ec2.associate_address, **asked)
    assert "Association" not in cloud.described(second) and cloud.described(first)["Association"]["PublicIp"] == elastic["PublicIp"]


@behaviour(ASSOCIATE)
def another_address_replaces_the_first(cloud):
    """With AllowReassociation, another elastic address takes the place of the first, which stays allocated."""
    interface = cloud.interface_id(outside(cloud))
    first, _ = associate(cloud, interface)
    second, _ = associate(cloud, interface, AllowReassociation=True)
    assert cloud.described(interface)["Association"]["PublicIp"] == second["PublicIp"] and "AssociationId" not in address(cloud, first)


@behaviour(ERRORS, ELASTIC)
def a_vpc_without_a_gateway_refuses(cloud):
    """In a VPC without an internet gateway the answer is Gateway.NotAttached."""
    interface, elastic = cloud.interface_id(cloud.subnet(vpc=cloud.new_vpc())), cloud.elastic()
    refused("Gateway.NotAttached", cloud.ec2.associate_address, AllocationId=elastic["AllocationId"], NetworkInterfaceId=interface)


@behaviour(DISASSOCIATE, SHOWN)
def a_disassociated_interface_has_no_association(cloud):
    """After DisassociateAddress neither the interface nor its address has an association, and the elastic address is still allocated."""
    interface = cloud.interface_id(outside(cloud))
    elastic, association = associate(cloud, interface)
    cloud.ec2.disassociate_address(AssociationId=association)
    found = cloud.described(interface)
    assert "Association" not in found and "Association" not in found["PrivateIpAddresses"][0], found
    shown = address(cloud, elastic)
    assert "AssociationId" not in shown and not shown.get("NetworkInterfaceId") and not shown.get("PrivateIpAddress"), shown


@behaviour(ERRORS, TERRAFORM)
def an_unknown_association_is_refused(cloud):
    """An association that does not exist is InvalidAssociationID.NotFound."""
    refused("InvalidAssociationID.NotFound", cloud.ec2.disassociate_address, AssociationId="eipassoc-0123456789abcdef0")


@behaviour(ERRORS)
def an_unknown_allocation_is_refused(cloud):
    """An allocation that does not exist is InvalidAllocationID.NotFound."""
    asked = {"AllocationId": "eipalloc-0123456789abcdef0", "NetworkInterfaceId": cloud.interface_id(outside(cloud))}
    refused("InvalidAllocationID.NotFound", cloud.ec2.associate_address, **asked)


@behaviour(ERRORS)
def an_unknown_interface_is_refused(cloud):
    """An interface that does not exist is InvalidNetworkInterfaceID.NotFound."""
    asked = {"AllocationId": cloud.elastic()["AllocationId"], "NetworkInterfaceId": "eni-0123456789abcdef0"}
    refused("InvalidNetworkInterfaceID.NotFound", cloud.ec2.associate_address, **asked)


@behaviour(RELEASE, ERRORS)
def an_associated_address_is_not_released(cloud):
    """An address has to be disassociated before it can be released: InvalidIPAddress.InUse."""
    interface = cloud.interface_id(outside(cloud))
    elastic, _ = associate(cloud, interface)
    refused("InvalidIPAddress.InUse", cloud.ec2.release_address, AllocationId=elastic["AllocationId"])
    assert cloud.described(interface)["Association"]["PublicIp"] == elastic["PublicIp"]


@behaviour(guide("using-eni"), api("DeleteNetworkInterface"))
def a_deleted_interface_lets_go(cloud):
    """The elastic address of a deleted interface is not associated any more, and still allocated."""
    interface = cloud.interface_id(outside(cloud))
    elastic, _ = associate(cloud, interface)
    cloud.ec2.delete_network_interface(NetworkInterfaceId=interface)
    cloud.until("the address is free", lambda: address(cloud, elastic), lambda found: "AssociationId" not in found)


@behaviour(ELASTIC, guide("using-eni"))
def the_address_follows_the_interface(cloud):
    """The elastic address stays with the interface when that moves to another instance."""
    subnet = outside(cloud)
    interface, first, second = cloud.interface_id(subnet), cloud.running(subnet), cloud.running(subnet)
    elastic, association = associate(cloud, interface)
    attachment = cloud.attached(interface, first)["Attachment"]["AttachmentId"]
    assert address(cloud, elastic)["InstanceId"] == first
    cloud.ec2.detach_network_interface(AttachmentId=attachment)
    cloud.until_available(interface)
    cloud.attached(interface, second)
    found = address(cloud, elastic)
    assert found["InstanceId"] == second and found["AssociationId"] == association, found


@behaviour(api("AssignPrivateIpAddresses"))
def the_address_follows_the_secondary(cloud):
    """When a secondary address moves to another interface, its elastic address moves too."""
    subnet = outside(cloud)
    first, second = cloud.interface_id(subnet, SecondaryPrivateIpAddressCount=1), cloud.interface_id(subnet)
    [secondary] = secondaries(cloud.described(first))
    elastic, _ = associate(cloud, first, PrivateIpAddress=secondary)
    cloud.ec2.assign_private_ip_addresses(NetworkInterfaceId=second, PrivateIpAddresses=[secondary], AllowReassignment=True)
    found = address(cloud, elastic)
    assert (found["NetworkInterfaceId"], found["PrivateIpAddress"]) == (second, secondary), found


@behaviour(guide("MultipleIP"), api("UnassignPrivateIpAddresses"))
def an_unassigned_secondary_lets_go(cloud):
    """When a secondary address is unassigned, its elastic address is disassociated."""
    interface = cloud.interface_id(outside(cloud), SecondaryPrivateIpAddressCount=1)
    [secondary] = secondaries(cloud.described(interface))
    elastic, _ = associate(cloud, interface, PrivateIpAddress=secondary)
    cloud.ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=[secondary])
    cloud.until("the address is free", lambda: address(cloud, elastic), lambda found: "AssociationId" not in found)


@behaviour(ELASTIC)
def stopping_keeps_the_address(cloud):
    """An elastic address stays associated while its instance is stopped."""
    instance, elastic = cloud.running(outside(cloud)), cloud.elastic()
    cloud.ec2.associate_address(AllocationId=elastic["AllocationId"], InstanceId=instance)
    cloud.ec2.stop_instances(InstanceIds=[instance])
    assert cloud.until_state(instance, "stopped").get("PublicIpAddress") == elastic["PublicIp"] and "AssociationId" in address(cloud, elastic)


@behaviour(ASSOCIATE, ERRORS)
def an_address_of_a_vpc_is_named_by_its_allocation(cloud):
    """An address that is in a VPC is not associated by naming the address alone."""
    interface, elastic = cloud.interface_id(outside(cloud)), cloud.elastic()
    asked = {"PublicIp": elastic["PublicIp"], "NetworkInterfaceId": interface}
    refused("InvalidParameterCombination", cloud.ec2.associate_address, "allocation id", **asked)
    assert "AssociationId" not in address(cloud, elastic)
