"""DetachNetworkInterface."""

from concurrent.futures import ThreadPoolExecutor

from attaching import pair
from behaviour import CNI, ERRORS, TERRAFORM, api, behaviour, guide
from botocore.exceptions import ClientError
from cloud import refused

DETACH, SHOWN, ENI = api("DetachNetworkInterface"), api("NetworkInterfaceAttachment"), guide("using-eni")


def attached(cloud):
    interface, instance = pair(cloud)
    return interface, instance, cloud.attached(interface, instance)["Attachment"]["AttachmentId"]


@behaviour(DETACH, CNI)
def a_detached_interface_is_available(cloud):
    """After DetachNetworkInterface the interface becomes available, without an attachment, and the instance does not show it."""
    interface, instance, attachment = attached(cloud)
    cloud.ec2.detach_network_interface(AttachmentId=attachment)
    assert "Attachment" not in cloud.until_available(interface)
    assert [item["Attachment"]["DeviceIndex"] for item in cloud.instance(instance)["NetworkInterfaces"]] == [0]


@behaviour(SHOWN, TERRAFORM)
def detaching_comes_before_available(cloud):
    """While it is detached from a running instance, the attachment is detaching and the interface in-use."""
    interface, _, attachment = attached(cloud)
    cloud.ec2.detach_network_interface(AttachmentId=attachment)
    seen = []

    def look():
        found = cloud.described(interface)
        state = (found["Status"], found.get("Attachment", {}).get("Status"))
        if seen[-1:] != [state]:
            seen.append(state)
        return seen

    cloud.until(f"{interface} is available", look, lambda seen: seen[-1][0] == "available")
    assert seen == [("in-use", "detaching"), ("available", None)], seen


@behaviour(DETACH)
def what_belongs_to_the_interface_stays(cloud):
    """A detached interface keeps its address, its MAC address, its groups and its description."""
    interface, _, attachment = attached(cloud)
    before = cloud.described(interface)
    cloud.ec2.detach_network_interface(AttachmentId=attachment)
    after = cloud.until_available(interface)
    same = ["PrivateIpAddress", "MacAddress", "Groups", "Description", "SourceDestCheck", "SubnetId"]
    assert [before[name] for name in same] == [after[name] for name in same], (before, after)


@behaviour(ENI, ERRORS)
def the_primary_stays(cloud):
    """The primary interface cannot be detached: OperationNotPermitted."""
    primary = cloud.primary(cloud.running(cloud.subnet()))
    refused("OperationNotPermitted", cloud.ec2.detach_network_interface, AttachmentId=primary["Attachment"]["AttachmentId"])
    assert cloud.described(primary["NetworkInterfaceId"])["Attachment"]["Status"] == "attached"


@behaviour(ENI, ERRORS)
def the_primary_stays_by_force_too(cloud):
    """Force does not detach the primary interface either."""
    primary = cloud.primary(cloud.running(cloud.subnet()))
    refused("OperationNotPermitted", cloud.ec2.detach_network_interface, AttachmentId=primary["Attachment"]["AttachmentId"], Force=True)


@behaviour(ENI, ERRORS)
def the_primary_of_a_stopped_instance_stays(cloud):
    """The primary interface cannot be detached from a stopped instance either."""
    primary = cloud.primary(cloud.stopped(cloud.subnet()))
    refused("OperationNotPermitted", cloud.ec2.detach_network_interface, AttachmentId=primary["Attachment"]["AttachmentId"])


@behaviour(DETACH, TERRAFORM)
def force_detaches(cloud):
    """With Force the interface becomes available too; some clients always send it."""
    interface, _, attachment = attached(cloud)
    cloud.ec2.detach_network_interface(AttachmentId=attachment, Force=True)
    assert "Attachment" not in cloud.until_available(interface)


@behaviour(ENI)
def a_stopped_instance_lets_go(cloud):
    """A secondary interface can be detached from a stopped instance."""
    interface, instance, attachment = attached(cloud)
    cloud.ec2.stop_instances(InstanceIds=[instance])
    cloud.until_state(instance, "stopped")
    cloud.ec2.detach_network_interface(AttachmentId=attachment)
    assert "Attachment" not in cloud.until_available(interface)


@behaviour(DETACH)
def the_index_is_free_again(cloud):
    """After an interface was detached, another can be attached at its device index."""
    interface, instance, attachment = attached(cloud)
    cloud.ec2.detach_network_interface(AttachmentId=attachment)
    cloud.until_available(interface)
    assert cloud.attached(cloud.interface_id(cloud.subnet()), instance, 1)["Attachment"]["DeviceIndex"] == 1


@behaviour(ERRORS, TERRAFORM)
def an_unknown_attachment_is_refused(cloud):
    """An attachment that does not exist is InvalidAttachmentID.NotFound."""
    refused("InvalidAttachmentID.NotFound", cloud.ec2.detach_network_interface, AttachmentId="eni-attach-0123456789abcdef0")


@behaviour(ERRORS)
def a_malformed_attachment_is_refused(cloud):
    """What is no id of an attachment is InvalidNetworkInterfaceAttachmentId.Malformed."""
    refused("InvalidNetworkInterfaceAttachmentId.Malformed", cloud.ec2.detach_network_interface, AttachmentId="attachment")


@behaviour(ERRORS, TERRAFORM)
def detaching_what_is_gone_is_refused(cloud):
    """After the detachment, the attachment is InvalidAttachmentID.NotFound."""
    interface, _, attachment = attached(cloud)
    cloud.ec2.detach_network_interface(AttachmentId=attachment)
    cloud.until_available(interface)
    refused("InvalidAttachmentID.NotFound", cloud.ec2.detach_network_interface, AttachmentId=attachment)


@behaviour(DETACH, TERRAFORM)
def racing_detachments_detach_once(cloud):
    """Detachments at once leave the interface available, and none of them fails but for an attachment that is going or gone."""
    interface, _, attachment = attached(cloud)

    def detach(_):
        try:
            cloud.ec2.detach_network_interface(AttachmentId=attachment)
            return "done"
        except ClientError as why:
            return why.response["Error"]["Code"]

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(detach, range(4)))
    assert "done" in answers and set(answers) <= {"done", "InvalidAttachmentID.NotFound", "IncorrectState"}, answers
    assert "Attachment" not in cloud.until_available(interface)


@behaviour(DETACH, ERRORS)
def an_attachment_is_required(cloud):
    """Without an attachment the answer is MissingParameter."""
    refused("MissingParameter", cloud.ec2.detach_network_interface, Force=True)
