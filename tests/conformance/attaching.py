"""AttachNetworkInterface, and how instances show what is attached to them."""

import re
from datetime import datetime, timedelta, timezone

from behaviour import CILIUM, CNI, ERRORS, MULTI_VPC, TERRAFORM, api, behaviour, guide
from botocore.exceptions import ClientError
from cloud import refused

ATTACH, SHOWN, CHANGE = api("AttachNetworkInterface"), api("NetworkInterfaceAttachment"), api("NetworkInterfaceAttachmentChanges")
ENI, LIMITS, CARDS = guide("using-eni"), guide("AvailableIpPerENI"), guide("eni-network-cards")
ORDER = ["attaching", "attached"]


def pair(cloud, **more):
    """A free interface and a running instance in one subnet."""
    subnet = cloud.subnet()
    return cloud.interface_id(subnet), cloud.running(subnet, **more)


def asked(interface, instance, index=1, **more):
    return {"NetworkInterfaceId": interface, "InstanceId": instance, "DeviceIndex": index, **more}


@behaviour(ATTACH)
def an_attachment_has_an_id(cloud):
    """The reply has the id of the attachment, eni-attach- with 8 or 17 digits, which the interface shows too."""
    interface, instance = pair(cloud)
    attachment = cloud.attach(interface, instance)
    assert re.fullmatch(r"eni-attach-([0-9a-f]{8}|[0-9a-f]{17})", attachment), attachment
    assert cloud.described(interface)["Attachment"]["AttachmentId"] == attachment


@behaviour(SHOWN, TERRAFORM)
def attaching_comes_before_attached(cloud):
    """An attachment to a running instance is attaching first, and then attached."""
    interface, instance = pair(cloud)
    cloud.attach(interface, instance)
    seen = []

    def look():
        status = cloud.described(interface).get("Attachment", {}).get("Status")
        if seen[-1:] != [status]:
            seen.append(status)
        return seen

    cloud.until(f"{interface} is attached", look, lambda seen: seen[-1] == "attached")
    assert seen == ORDER, seen


@behaviour(SHOWN)
def an_attached_interface_is_in_use(cloud):
    """The status of the interface is in-use as soon as there is an attachment, whatever the status of that."""
    interface, instance = pair(cloud)
    cloud.attach(interface, instance)
    while True:
        found = cloud.described(interface)
        assert found["Status"] == "in-use", found
        if found["Attachment"]["Status"] == "attached":
            break


@behaviour(SHOWN)
def an_attachment_tells_everything(cloud):
    """An attachment shows instance, owner of the instance, device index, network card, time, and whether it ends with the instance."""
    interface, instance = pair(cloud)
    before = datetime.now(timezone.utc)
    found = cloud.attached(interface, instance)
    shown, owner = found["Attachment"], found["OwnerId"]
    assert (shown["InstanceId"], shown["InstanceOwnerId"], shown["DeviceIndex"], shown["NetworkCardIndex"]) == (instance, owner, 1, 0), shown
    assert shown["DeleteOnTermination"] is False and abs(shown["AttachTime"] - before) < timedelta(minutes=5), (shown, before)


@behaviour(ENI, CHANGE)
def an_attached_interface_outlives_its_instance(cloud):
    """An interface that was attached by AttachNetworkInterface is not deleted with the instance, but available again."""
    interface, instance = pair(cloud)
    assert cloud.attached(interface, instance)["Attachment"]["DeleteOnTermination"] is False
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    cloud.until_state(instance, "terminated")
    assert "Attachment" not in cloud.until_available(interface)


@behaviour(CNI, api("Instance"))
def the_instance_shows_what_is_attached(cloud):
    """DescribeInstances shows the interface with its attachment, and clients find a free device index there."""
    interface, instance = pair(cloud)
    found = cloud.attached(interface, instance)
    shown = {item["NetworkInterfaceId"]: item for item in cloud.instance(instance)["NetworkInterfaces"]}
    assert len(shown) == 2, shown
    item = shown[interface]
    assert (item["Attachment"]["AttachmentId"], item["Attachment"]["DeviceIndex"]) == (found["Attachment"]["AttachmentId"], 1), item
    same = ["MacAddress", "PrivateIpAddress", "SubnetId", "VpcId", "OwnerId", "SourceDestCheck", "InterfaceType", "Description"]
    assert [item[name] for name in same] == [found[name] for name in same] and item["Status"] == "in-use", (item, found)


@behaviour(ATTACH)
def the_instance_keeps_its_primary(cloud):
    """What is attached later changes neither the address of the instance nor its subnet nor its groups."""
    subnet, other = cloud.subnet(), cloud.subnet()
    instance = cloud.running(subnet)
    before = cloud.instance(instance)
    cloud.attached(cloud.interface_id(other, Groups=[cloud.group()]), instance)
    after = cloud.instance(instance)
    same = ["PrivateIpAddress", "SubnetId", "SecurityGroups"]
    assert [before[name] for name in same] == [after[name] for name in same], (before, after)


@behaviour(ENI)
def another_subnet_of_the_zone_is_fine(cloud):
    """An interface of another subnet can be attached, if the subnet is in the same zone."""
    instance = cloud.running(cloud.subnet())
    assert cloud.attached(cloud.interface_id(cloud.subnet()), instance)["Attachment"]["InstanceId"] == instance


@behaviour(ENI, ERRORS)
def another_zone_is_refused(cloud):
    """Interface and instance have to be in the same zone."""
    instance, interface = cloud.running(cloud.subnet(zone=0)), cloud.interface_id(cloud.subnet(zone=1))
    refused(["InvalidParameterCombination", "InvalidParameterValue"], cloud.ec2.attach_network_interface, **asked(interface, instance))
    assert cloud.described(interface)["Status"] == "available"


@behaviour(MULTI_VPC)
def another_vpc_of_the_zone_is_fine(cloud):
    """An interface of another VPC can be attached, if its subnet is in the same zone: since October 2023."""
    instance, interface = cloud.running(cloud.subnet()), cloud.interface_id(cloud.subnet(vpc=cloud.new_vpc()))
    assert cloud.attached(interface, instance)["Attachment"]["InstanceId"] == instance


@behaviour(ERRORS, CILIUM)
def an_index_in_use_is_refused(cloud):
    """A device index that is taken is InvalidParameterValue, and clients look for words of its message to try the next."""
    subnet = cloud.subnet()
    instance = cloud.running(subnet, InstanceType=cloud.kind(interfaces=3))
    cloud.attach(cloud.interface_id(subnet), instance, 1)
    words = f"Instance '{instance}' already has an interface attached at device index '1'"
    refused("InvalidParameterValue", cloud.ec2.attach_network_interface, words, **asked(cloud.interface_id(subnet), instance, 1))


@behaviour(ERRORS, ATTACH)
def the_primary_index_is_in_use(cloud):
    """Device index 0 is the primary interface's, from the launch on."""
    interface, instance = pair(cloud)
    refused("InvalidParameterValue", cloud.ec2.attach_network_interface, **asked(interface, instance, 0))


@behaviour(ATTACH)
def indices_need_not_be_in_order(cloud):
    """Any free device index will do, not only the next."""
    subnet = cloud.subnet()
    instance = cloud.running(subnet, InstanceType=cloud.kind(interfaces=3))
    for index in (2, 1):
        cloud.attached(cloud.interface_id(subnet), instance, index)
    assert sorted(item["Attachment"]["DeviceIndex"] for item in cloud.instance(instance)["NetworkInterfaces"]) == [0, 1, 2]


@behaviour(ATTACH)
def a_negative_index_is_refused(cloud):
    """A device index is not negative."""
    interface, instance = pair(cloud)
    refused("InvalidParameterValue", cloud.ec2.attach_network_interface, **asked(interface, instance, -1))


@behaviour(LIMITS, ERRORS)
def the_limit_of_the_type_is_kept(cloud):
    """An instance has as many interfaces as its type allows: one more is AttachmentLimitExceeded."""
    subnet, kind = cloud.subnet(), cloud.kind()
    instance, most = cloud.running(subnet, InstanceType=kind), cloud.kinds[kind][0]
    for index in range(1, most):
        cloud.attach(cloud.interface_id(subnet), instance, index)
    one_more = cloud.interface_id(subnet)
    refused("AttachmentLimitExceeded", cloud.ec2.attach_network_interface, **asked(one_more, instance, most))
    assert cloud.described(one_more)["Status"] == "available"


@behaviour(LIMITS, api("NetworkInfo"))
def the_limit_is_described(cloud):
    """DescribeInstanceTypes tells how many interfaces a type allows, and how many addresses each."""
    [told] = cloud.ec2.describe_instance_types(InstanceTypes=["m5.large"])["InstanceTypes"]
    network = told["NetworkInfo"]
    assert (network["MaximumNetworkInterfaces"], network["Ipv4AddressesPerInterface"], network["Ipv6AddressesPerInterface"]) == (3, 10, 10), network
    assert network["NetworkCards"][network["DefaultNetworkCardIndex"]]["MaximumNetworkInterfaces"] == 3 and network["MaximumNetworkCards"] == 1, network


@behaviour(ERRORS)
def an_interface_in_use_is_refused(cloud):
    """An interface that is attached to an instance cannot be attached to another: InvalidNetworkInterface.InUse."""
    interface, instance = pair(cloud)
    other = cloud.running(cloud.subnet())
    cloud.attach(interface, instance)
    refused("InvalidNetworkInterface.InUse", cloud.ec2.attach_network_interface, **asked(interface, other))
    assert cloud.until_attached(interface)["Attachment"]["InstanceId"] == instance


@behaviour(ERRORS)
def attaching_again_is_refused(cloud):
    """An interface cannot be attached to the instance that has it, at another index either."""
    subnet = cloud.subnet()
    interface, instance = cloud.interface_id(subnet), cloud.running(subnet, InstanceType=cloud.kind(interfaces=3))
    cloud.attached(interface, instance)
    refused("InvalidNetworkInterface.InUse", cloud.ec2.attach_network_interface, **asked(interface, instance, 2))


@behaviour(ENI)
def the_primary_of_another_is_refused(cloud):
    """The primary interface of an instance cannot be attached to another."""
    subnet = cloud.subnet()
    first, second = cloud.running(subnet), cloud.running(subnet)
    refused("InvalidNetworkInterface.InUse", cloud.ec2.attach_network_interface, **asked(cloud.primary(first)["NetworkInterfaceId"], second))


@behaviour(ENI)
def a_stopped_instance_takes_an_interface(cloud):
    """An interface can be attached to a stopped instance, and is there when it is started."""
    subnet = cloud.subnet()
    interface, instance = cloud.interface_id(subnet), cloud.stopped(subnet)
    cloud.attached(interface, instance)
    cloud.ec2.start_instances(InstanceIds=[instance])
    cloud.until_state(instance, "running")
    found = cloud.until_attached(interface)
    assert found["Attachment"]["InstanceId"] == instance and len(cloud.instance(instance)["NetworkInterfaces"]) == 2, found


@behaviour(ENI)
def stopping_keeps_what_is_attached(cloud):
    """An instance keeps its interfaces and their addresses while it is stopped."""
    interface, instance = pair(cloud)
    before = cloud.attached(interface, instance)
    cloud.ec2.stop_instances(InstanceIds=[instance])
    cloud.until_state(instance, "stopped")
    after = cloud.described(interface)
    same = ["PrivateIpAddress", "MacAddress", "Status"]
    assert [before[name] for name in same] == [after[name] for name in same], (before, after)
    assert after["Attachment"]["AttachmentId"] == before["Attachment"]["AttachmentId"] and after["Attachment"]["Status"] == "attached", after


@behaviour(ENI, ERRORS)
def a_pending_instance_takes_nothing(cloud):
    """An interface is attached to a running or a stopped instance: while it is pending, the answer is IncorrectState."""
    subnet = cloud.subnet()
    interface = cloud.interface_id(subnet)
    instance = cloud.launch(subnet)
    try:
        cloud.attach(interface, instance)
    except ClientError as why:
        assert why.response["Error"]["Code"] in ("IncorrectState", "IncorrectInstanceState"), why
        assert cloud.described(interface)["Status"] == "available"
    else:
        # It was quick, and then it is not pending any more.
        assert cloud.instance(instance)["State"]["Name"] == "running"


@behaviour(ENI, ERRORS)
def a_terminated_instance_takes_nothing(cloud):
    """An interface cannot be attached to a terminated instance."""
    subnet = cloud.subnet()
    interface, instance = cloud.interface_id(subnet), cloud.terminated(subnet)
    codes = ["IncorrectState", "IncorrectInstanceState", "InvalidInstanceID.NotFound"]
    refused(codes, cloud.ec2.attach_network_interface, **asked(interface, instance))
    assert cloud.described(interface)["Status"] == "available"


@behaviour(ATTACH, CARDS)
def the_network_card_is_answered(cloud):
    """The first network card can be named, and the reply says which it is."""
    interface, instance = pair(cloud)
    reply = cloud.ec2.attach_network_interface(**asked(interface, instance, NetworkCardIndex=0))
    assert reply.get("NetworkCardIndex") == 0 and cloud.until_attached(interface)["Attachment"]["NetworkCardIndex"] == 0, reply


@behaviour(ATTACH, CARDS)
def a_missing_network_card_is_refused(cloud):
    """A network card that the type does not have cannot be attached to."""
    interface, instance = pair(cloud)
    codes = ["InvalidParameterValue", "InvalidParameterCombination"]
    refused(codes, cloud.ec2.attach_network_interface, **asked(interface, instance, NetworkCardIndex=7))
    assert cloud.described(interface)["Status"] == "available"


@behaviour(ERRORS, CNI)
def an_unknown_interface_is_refused(cloud):
    """An interface that does not exist is InvalidNetworkInterfaceID.NotFound."""
    instance = cloud.running(cloud.subnet())
    refused("InvalidNetworkInterfaceID.NotFound", cloud.ec2.attach_network_interface, **asked("eni-0123456789abcdef0", instance))


@behaviour(ERRORS)
def an_unknown_instance_is_refused(cloud):
    """An instance that does not exist is InvalidInstanceID.NotFound."""
    interface = cloud.interface_id(cloud.subnet())
    refused("InvalidInstanceID.NotFound", cloud.ec2.attach_network_interface, **asked(interface, "i-0123456789abcdef0"))


@behaviour(ERRORS)
def malformed_ids_are_refused(cloud):
    """What is no id of its kind is refused as malformed."""
    interface = cloud.interface_id(cloud.subnet())
    refused("InvalidNetworkInterfaceId.Malformed", cloud.ec2.attach_network_interface, **asked("eni-1", "i-0123456789abcdef0"))
    refused("InvalidInstanceID.Malformed", cloud.ec2.attach_network_interface, **asked(interface, "instance"))


@behaviour(ATTACH, ERRORS)
def everything_is_required(cloud):
    """Interface, instance and device index are required: MissingParameter."""
    whole = asked("eni-0123456789abcdef0", "i-0123456789abcdef0")
    for name in whole:
        refused("MissingParameter", cloud.ec2.attach_network_interface, **{other: value for other, value in whole.items() if other != name})


@behaviour(ENI)
def an_interface_moves_between_instances(cloud):
    """What was detached from an instance can be attached to another, with the address, the MAC address and the groups it had."""
    subnet, group = cloud.subnet(), cloud.group()
    interface = cloud.interface_id(subnet, Groups=[group])
    first, second = cloud.running(subnet), cloud.running(subnet)
    before = cloud.attached(interface, first)
    cloud.ec2.detach_network_interface(AttachmentId=before["Attachment"]["AttachmentId"])
    cloud.until_available(interface)
    after = cloud.attached(interface, second)
    same = ["PrivateIpAddress", "MacAddress", "Groups"]
    assert [before[name] for name in same] == [after[name] for name in same], (before, after)
    assert after["Attachment"]["AttachmentId"] != before["Attachment"]["AttachmentId"] and after["Attachment"]["InstanceId"] == second, after
