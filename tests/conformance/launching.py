"""Interfaces that RunInstances makes or takes, and what happens to them until the instance is terminated."""

import re

from behaviour import ERRORS, TERRAFORM, api, behaviour, guide
from cloud import refused, secondaries
from creating import tags

RUN, ITEM, SHOWN = api("RunInstances"), api("InstanceNetworkInterfaceSpecification"), api("InstanceNetworkInterface")
ENI, ADDRESSING = guide("using-eni"), guide("using-instance-addressing")
COMBINATION = ["InvalidParameterCombination", "InvalidParameterValue"]


def legs(cloud, *items, **more):
    """A running instance with these interfaces, and them in the order of their device indices."""
    kind = cloud.kind(interfaces=max(2, len(items)))
    [instance] = cloud.run(NetworkInterfaces=list(items), InstanceType=kind, **more)
    found = cloud.until_state(instance["InstanceId"], "running")
    return instance["InstanceId"], sorted(found["NetworkInterfaces"], key=lambda leg: leg["Attachment"]["DeviceIndex"])


def no_launch(cloud, codes, *items, **more):
    asked = {"ImageId": cloud.image, "InstanceType": cloud.kind(), "MinCount": 1, "MaxCount": 1, "NetworkInterfaces": list(items), **more}
    return refused(codes, cloud.ec2.run_instances, **{name: value for name, value in asked.items() if value})


@behaviour(RUN, SHOWN)
def an_instance_has_a_primary_interface(cloud):
    """A launch into a subnet makes one interface, at device index 0, whose address is the instance's."""
    subnet = cloud.subnet()
    instance = cloud.instance(cloud.running(subnet))
    [leg] = instance["NetworkInterfaces"]
    assert (leg["Attachment"]["DeviceIndex"], leg["Attachment"]["Status"], leg["Status"]) == (0, "attached", "in-use"), leg
    assert leg["PrivateIpAddress"] == instance["PrivateIpAddress"] and leg["SubnetId"] == subnet.id == instance["SubnetId"], instance
    described = cloud.described(leg["NetworkInterfaceId"])
    assert described["Attachment"]["InstanceId"] == instance["InstanceId"] and described["InterfaceType"] == "interface", described


@behaviour(ENI, ITEM)
def the_primary_goes_with_the_instance(cloud):
    """The primary interface that a launch made is deleted with the instance."""
    instance = cloud.running(cloud.subnet())
    primary = cloud.primary(instance)
    assert primary["Attachment"]["DeleteOnTermination"] is True, primary
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    cloud.until_state(instance, "terminated")
    cloud.until_gone(primary["NetworkInterfaceId"])


@behaviour(api("Instance"), TERRAFORM)
def a_terminated_instance_has_no_interfaces(cloud):
    """A terminated instance is still described, without interfaces and without an address."""
    found = cloud.instance(cloud.terminated(cloud.subnet()))
    assert not found.get("NetworkInterfaces") and not found.get("PrivateIpAddress") and not found.get("SubnetId"), found


@behaviour(RUN)
def an_address_can_be_asked_for(cloud):
    """PrivateIpAddress is the primary address of the instance."""
    subnet = cloud.subnet()
    assert cloud.primary(cloud.running(subnet, PrivateIpAddress=subnet.address(33)))["PrivateIpAddress"] == subnet.address(33)


@behaviour(RUN, ERRORS)
def an_address_in_use_is_refused(cloud):
    """A launch with an address that an interface has is InvalidIPAddress.InUse."""
    subnet = cloud.subnet()
    taken = cloud.interface(subnet)["PrivateIpAddress"]
    no_launch(cloud, "InvalidIPAddress.InUse", SubnetId=subnet.id, PrivateIpAddress=taken)
    assert len(cloud.found(subnet)) == 1


@behaviour(RUN)
def groups_are_the_primarys(cloud):
    """The groups of the launch are those of the primary interface, and without any it is the default group."""
    subnet, group = cloud.subnet(), cloud.group()
    with_group, without = cloud.running(subnet, SecurityGroupIds=[group]), cloud.running(subnet)
    assert [found["GroupId"] for found in cloud.primary(with_group)["Groups"]] == [group]
    assert [found["GroupId"] for found in cloud.primary(without)["Groups"]] == [cloud.default_group(subnet.vpc)]


@behaviour(RUN)
def instances_have_addresses_of_their_own(cloud):
    """Several instances of one launch have an interface and an address each."""
    subnet = cloud.subnet()
    made = cloud.run(SubnetId=subnet.id, MinCount=3, MaxCount=3)
    addresses = {cloud.until_state(instance["InstanceId"], "running")["PrivateIpAddress"] for instance in made}
    assert len(addresses) == 3 == len(cloud.found(subnet)), addresses


@behaviour(RUN, ERRORS)
def a_full_subnet_launches_nothing(cloud):
    """When MinCount instances do not fit into the subnet, the launch is InsufficientFreeAddressesInSubnet and nothing is left of it."""
    subnet = cloud.subnet(28)
    for _ in range(10):
        cloud.interface(subnet)
    no_launch(cloud, "InsufficientFreeAddressesInSubnet", SubnetId=subnet.id, MinCount=2, MaxCount=2)
    assert len(cloud.found(subnet)) == 10


@behaviour(ITEM)
def a_new_interface_can_be_described(cloud):
    """A launch makes interfaces with the subnet, the description, the groups and the address asked for."""
    subnet, group = cloud.subnet(), cloud.group()
    item = {"DeviceIndex": 0, "SubnetId": subnet.id, "Description": "front", "Groups": [group], "PrivateIpAddress": subnet.address(17)}
    _, [leg] = legs(cloud, item)
    assert (leg["SubnetId"], leg["Description"], leg["PrivateIpAddress"]) == (subnet.id, "front", subnet.address(17)), leg
    assert [found["GroupId"] for found in leg["Groups"]] == [group], leg


@behaviour(ITEM)
def an_existing_interface_can_be_the_primary(cloud):
    """A launch takes an existing interface as the primary; it keeps its address, and outlives the instance."""
    made = cloud.interface(cloud.subnet())
    instance, [leg] = legs(cloud, {"DeviceIndex": 0, "NetworkInterfaceId": made["NetworkInterfaceId"]})
    assert leg["NetworkInterfaceId"] == made["NetworkInterfaceId"] and cloud.instance(instance)["PrivateIpAddress"] == made["PrivateIpAddress"], leg
    assert leg["Attachment"]["DeleteOnTermination"] is False, leg
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    cloud.until_state(instance, "terminated")
    assert "Attachment" not in cloud.until_available(made["NetworkInterfaceId"])


@behaviour(ITEM, TERRAFORM)
def several_interfaces_can_be_launched(cloud):
    """A launch makes and takes interfaces at the device indices asked for, in one zone and several subnets."""
    subnet, other = cloud.subnet(), cloud.subnet()
    existing = cloud.interface_id(other)
    _, found = legs(cloud, {"DeviceIndex": 0, "SubnetId": subnet.id}, {"DeviceIndex": 1, "NetworkInterfaceId": existing})
    assert [(leg["Attachment"]["DeviceIndex"], leg["SubnetId"]) for leg in found] == [(0, subnet.id), (1, other.id)], found
    assert [leg["Attachment"]["DeleteOnTermination"] for leg in found] == [True, False] and found[1]["NetworkInterfaceId"] == existing, found


@behaviour(ITEM)
def deletion_with_the_instance_can_be_chosen(cloud):
    """DeleteOnTermination of a new interface is what the launch says, for the primary too, and that is what happens."""
    subnet = cloud.subnet()
    items = [{"DeviceIndex": index, "SubnetId": subnet.id, "DeleteOnTermination": index == 1} for index in (0, 1)]
    instance, found = legs(cloud, *items)
    assert [leg["Attachment"]["DeleteOnTermination"] for leg in found] == [False, True], found
    kept, gone = (leg["NetworkInterfaceId"] for leg in found)
    cloud.leftovers.note("interface", kept)
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    cloud.until_state(instance, "terminated")
    cloud.until_available(kept), cloud.until_gone(gone)


@behaviour(ITEM)
def existing_interfaces_are_not_for_deletion(cloud):
    """DeleteOnTermination true is only for new interfaces."""
    interface = cloud.interface_id(cloud.subnet())
    no_launch(cloud, COMBINATION, {"DeviceIndex": 0, "NetworkInterfaceId": interface, "DeleteOnTermination": True})
    assert cloud.described(interface)["Status"] == "available"


@behaviour(RUN)
def interfaces_and_a_subnet_are_refused(cloud):
    """Interfaces and a subnet, groups or an address of the instance cannot be given together."""
    subnet = cloud.subnet()
    item = {"DeviceIndex": 0, "SubnetId": subnet.id}
    for more in ({"SubnetId": subnet.id}, {"SecurityGroupIds": [cloud.default_group(subnet.vpc)]}, {"PrivateIpAddress": subnet.address(20)}):
        no_launch(cloud, COMBINATION, item, **more)
    assert not cloud.found(subnet)


@behaviour(ITEM)
def a_primary_is_needed(cloud):
    """Interfaces without one at device index 0 are refused."""
    subnet = cloud.subnet()
    no_launch(cloud, COMBINATION, {"DeviceIndex": 1, "SubnetId": subnet.id})
    assert not cloud.found(subnet)


@behaviour(ITEM)
def a_device_index_is_needed(cloud):
    """Each interface of a launch needs a device index."""
    subnet = cloud.subnet()
    no_launch(cloud, [*COMBINATION, "MissingParameter"], {"SubnetId": subnet.id})
    assert not cloud.found(subnet)


@behaviour(ITEM)
def device_indices_differ(cloud):
    """Two interfaces of a launch cannot have one device index."""
    subnet = cloud.subnet()
    no_launch(cloud, COMBINATION, *({"DeviceIndex": index, "SubnetId": subnet.id} for index in (0, 1, 1)))
    assert not cloud.found(subnet)


@behaviour(ITEM, ENI)
def one_zone_is_needed(cloud):
    """The interfaces of a launch are in one zone."""
    first, second = cloud.subnet(zone=0), cloud.subnet(zone=1)
    no_launch(cloud, COMBINATION, {"DeviceIndex": 0, "SubnetId": first.id}, {"DeviceIndex": 1, "SubnetId": second.id})
    assert not cloud.found(first) and not cloud.found(second)


@behaviour(ITEM)
def one_interface_is_for_one_instance(cloud):
    """An existing interface, or an address, cannot be given for several instances."""
    subnet = cloud.subnet()
    interface = cloud.interface_id(subnet, PrivateIpAddress=subnet.address(31))
    for item in ({"DeviceIndex": 0, "NetworkInterfaceId": interface}, {"DeviceIndex": 0, "SubnetId": subnet.id, "PrivateIpAddress": subnet.address(30)}):
        no_launch(cloud, COMBINATION, item, MinCount=2, MaxCount=2)
    assert cloud.found(subnet) == [interface]


@behaviour(ERRORS)
def an_interface_in_use_is_refused(cloud):
    """A launch with an interface that is attached is InvalidNetworkInterface.InUse."""
    primary = cloud.primary(cloud.running(cloud.subnet()))["NetworkInterfaceId"]
    no_launch(cloud, "InvalidNetworkInterface.InUse", {"DeviceIndex": 0, "NetworkInterfaceId": primary})


@behaviour(ERRORS)
def an_unknown_interface_is_refused(cloud):
    """A launch with an interface that does not exist is InvalidNetworkInterfaceID.NotFound."""
    no_launch(cloud, "InvalidNetworkInterfaceID.NotFound", {"DeviceIndex": 0, "NetworkInterfaceId": "eni-0123456789abcdef0"})


@behaviour(guide("AvailableIpPerENI"), ERRORS)
def the_limit_of_the_type_is_kept(cloud):
    """A launch with more interfaces than the type allows is AttachmentLimitExceeded or InvalidParameterValue, and leaves nothing."""
    subnet, kind = cloud.subnet(), cloud.kind()
    items = [{"DeviceIndex": index, "SubnetId": subnet.id} for index in range(cloud.kinds[kind][0] + 1)]
    no_launch(cloud, ["AttachmentLimitExceeded", "InvalidParameterValue"], *items, InstanceType=kind)
    assert not cloud.found(subnet)


@behaviour(ITEM)
def secondaries_can_be_launched(cloud):
    """SecondaryPrivateIpAddressCount gives the interface of a launch so many addresses more."""
    subnet = cloud.subnet()
    _, [leg] = legs(cloud, {"DeviceIndex": 0, "SubnetId": subnet.id, "SecondaryPrivateIpAddressCount": 1})
    assert len(secondaries(leg)) == 1, leg


@behaviour(guide("AvailableIpPerENI"), ERRORS)
def too_many_secondaries_are_refused(cloud):
    """A launch with more addresses than the type allows is refused, and leaves nothing."""
    subnet, kind = cloud.subnet(), cloud.kind()
    codes = ["InvalidInterface.IpAddressLimitExceeded", "PrivateIpAddressLimitExceeded", "InvalidParameterValue"]
    no_launch(cloud, codes, {"DeviceIndex": 0, "SubnetId": subnet.id, "SecondaryPrivateIpAddressCount": cloud.kinds[kind][1]}, InstanceType=kind)
    assert not cloud.found(subnet)


@behaviour(api("TagSpecification"), RUN)
def interfaces_can_be_tagged(cloud):
    """TagSpecification for network-interface tags the interfaces that a launch makes, and not the instance."""
    instance = cloud.running(cloud.subnet(), TagSpecifications=tags(Name="leg"))
    primary = cloud.described(cloud.primary(instance)["NetworkInterfaceId"])
    assert primary["TagSet"] == [{"Key": "Name", "Value": "leg"}] and not cloud.instance(instance).get("Tags"), primary


@behaviour(ITEM, ADDRESSING)
def a_public_address_can_be_asked_for(cloud):
    """With AssociatePublicIpAddress the primary interface has a public address, which is Amazon's and not allocated."""
    subnet = cloud.subnet(vpc=cloud.outside)
    instance, [leg] = legs(cloud, {"DeviceIndex": 0, "SubnetId": subnet.id, "AssociatePublicIpAddress": True})
    association = cloud.described(leg["NetworkInterfaceId"])["Association"]
    assert association["PublicIp"] == leg["Association"]["PublicIp"] == cloud.instance(instance)["PublicIpAddress"], (association, leg)
    assert association["IpOwnerId"] == "amazon" and "AllocationId" not in association, association


@behaviour(ITEM, ADDRESSING)
def there_is_no_public_address_by_default(cloud):
    """In a subnet that is not a default subnet, an instance has no public address unless it is asked for."""
    found = cloud.instance(cloud.running(cloud.subnet(vpc=cloud.outside)))
    assert not found.get("PublicIpAddress") and "Association" not in found["NetworkInterfaces"][0], found


@behaviour(api("ModifySubnetAttribute"), ADDRESSING)
def a_subnet_can_give_public_addresses(cloud):
    """With MapPublicIpOnLaunch of the subnet an instance has a public address, unless the launch says otherwise."""
    subnet = cloud.subnet(vpc=cloud.outside)
    cloud.ec2.modify_subnet_attribute(SubnetId=subnet.id, MapPublicIpOnLaunch={"Value": True})
    assert cloud.instance(cloud.running(subnet)).get("PublicIpAddress")
    _, [leg] = legs(cloud, {"DeviceIndex": 0, "SubnetId": subnet.id, "AssociatePublicIpAddress": False})
    assert "Association" not in leg, leg


@behaviour(ITEM)
def a_public_address_is_for_one_interface(cloud):
    """AssociatePublicIpAddress is refused with more than one interface, and with an existing one."""
    subnet = cloud.subnet(vpc=cloud.outside)
    first = {"DeviceIndex": 0, "SubnetId": subnet.id, "AssociatePublicIpAddress": True}
    no_launch(cloud, COMBINATION, first, {"DeviceIndex": 1, "SubnetId": subnet.id})
    existing = cloud.interface_id(subnet)
    no_launch(cloud, COMBINATION, {"DeviceIndex": 0, "NetworkInterfaceId": existing, "AssociatePublicIpAddress": True})
    assert cloud.found(subnet) == [existing]


@behaviour(ADDRESSING)
def a_public_address_is_given_back_by_stopping(cloud):
    """Amazon's public address goes when the instance is stopped, and another comes when it is started; the private one stays."""
    subnet = cloud.subnet(vpc=cloud.outside)
    instance, [leg] = legs(cloud, {"DeviceIndex": 0, "SubnetId": subnet.id, "AssociatePublicIpAddress": True})
    cloud.ec2.stop_instances(InstanceIds=[instance])
    stopped = cloud.until_state(instance, "stopped")
    assert not stopped.get("PublicIpAddress") and stopped["PrivateIpAddress"] == leg["PrivateIpAddress"], stopped
    assert "Association" not in cloud.described(leg["NetworkInterfaceId"])
    cloud.ec2.start_instances(InstanceIds=[instance])
    assert cloud.until_state(instance, "running").get("PublicIpAddress")


@behaviour(api("DescribeInstances"))
def instances_are_found_by_their_interfaces(cloud):
    """DescribeInstances has filters for the interfaces of an instance."""
    subnet = cloud.subnet()
    instance = cloud.running(subnet)
    leg = cloud.primary(instance)
    for name, value in (
        ("network-interface.network-interface-id", leg["NetworkInterfaceId"]),
        ("network-interface.subnet-id", subnet.id),
        ("network-interface.addresses.private-ip-address", leg["PrivateIpAddress"]),
        ("network-interface.attachment.attachment-id", leg["Attachment"]["AttachmentId"]),
    ):
        asked = [{"Name": name, "Values": [value]}, {"Name": "vpc-id", "Values": [subnet.vpc]}]
        found = [found["InstanceId"] for reservation in cloud.ec2.describe_instances(Filters=asked)["Reservations"] for found in reservation["Instances"]]
        assert found == [instance], (name, found)


@behaviour(RUN, ERRORS)
def a_dry_launch_is_checked(cloud):
    """A launch that is only tried answers DryRunOperation if it would succeed, and the refusal if it would not; it makes nothing."""
    subnet = cloud.subnet()
    asked = {"ImageId": cloud.image, "InstanceType": cloud.kind(), "MinCount": 1, "MaxCount": 1, "DryRun": True}
    taken = cloud.found(subnet)
    refused("DryRunOperation", cloud.ec2.run_instances, status=412, SubnetId=subnet.id, **asked)
    refused("InvalidSubnetID.NotFound", cloud.ec2.run_instances, SubnetId="subnet-0badcafe", **asked)
    refused("InvalidParameterValue", cloud.ec2.run_instances, SubnetId=subnet.id, **{**asked, "MinCount": 2})
    assert cloud.found(subnet) == taken


@behaviour(api("StopInstances"), api("Instance"))
def a_stopped_instance_says_since_when(cloud):
    """The reason of the last transition of an instance that somebody stopped has the moment in it."""
    reason = cloud.instance(cloud.stopped(cloud.subnet()))["StateTransitionReason"]
    assert re.fullmatch(r"User initiated \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT\)", reason), reason


@behaviour(api("PrivateDnsNameOptionsRequest"), guide("hostname-types"))
def an_instance_may_be_called_after_its_id(cloud):
    """With the host name type resource-name the private name of an instance begins with its id; otherwise with its address."""
    subnet = cloud.subnet()
    for kind in ["resource-name", "ip-name"]:
        found = cloud.instance(cloud.running(subnet, PrivateDnsNameOptions={"HostnameType": kind}))
        expected = found["InstanceId"] if kind == "resource-name" else "ip-" + found["PrivateIpAddress"].replace(".", "-")
        assert found["PrivateDnsName"].split(".")[0] == expected, found["PrivateDnsName"]
        assert found["PrivateDnsNameOptions"]["HostnameType"] == kind, found["PrivateDnsNameOptions"]


@behaviour(ERRORS)
def every_unknown_instance_is_named(cloud):
    """Of several unknown instances all are named, in the order asked; of one, that one."""
    unknown = ["i-0badcafe", "i-00badbad"]
    refused("InvalidInstanceID.NotFound", cloud.ec2.describe_instances, ", ".join(unknown), "do not exist", InstanceIds=unknown)
    refused("InvalidInstanceID.NotFound", cloud.ec2.describe_instances, "'i-0badcafe' does not exist", InstanceIds=unknown[:1])
