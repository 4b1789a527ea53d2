"""DeleteNetworkInterface."""

from attaching import pair
from behaviour import CNI, ERRORS, api, behaviour, guide
from cloud import refused

DELETE = api("DeleteNetworkInterface")
IN_USE = ["InvalidParameterValue", "InvalidNetworkInterface.InUse"]


@behaviour(DELETE)
def a_free_interface_is_deleted(cloud):
    """An interface that is not attached can be deleted, and is not there any more."""
    subnet = cloud.subnet()
    interface = cloud.interface_id(subnet)
    cloud.ec2.delete_network_interface(NetworkInterfaceId=interface)
    cloud.until_gone(interface)


@behaviour(DELETE, CNI)
def an_attached_interface_is_refused(cloud):
    """An interface has to be detached before it can be deleted."""
    interface, instance = pair(cloud)
    cloud.attach(interface, instance)
    refused(IN_USE, cloud.ec2.delete_network_interface, NetworkInterfaceId=interface)
    cloud.until_attached(interface)
    refused(IN_USE, cloud.ec2.delete_network_interface, NetworkInterfaceId=interface)
    assert cloud.described(interface)["Attachment"]["InstanceId"] == instance


@behaviour(DELETE)
def the_primary_is_refused(cloud):
    """The primary interface of an instance cannot be deleted, whether the instance runs or is stopped."""
    instance = cloud.running(cloud.subnet())
    primary = cloud.primary(instance)["NetworkInterfaceId"]
    refused(IN_USE, cloud.ec2.delete_network_interface, NetworkInterfaceId=primary)
    cloud.ec2.stop_instances(InstanceIds=[instance])
    cloud.until_state(instance, "stopped")
    refused(IN_USE, cloud.ec2.delete_network_interface, NetworkInterfaceId=primary)


@behaviour(ERRORS, CNI)
def an_unknown_interface_is_refused(cloud):
    """An interface that does not exist is InvalidNetworkInterfaceID.NotFound, and the message has its id in quotes."""
    nobody = "eni-0123456789abcdef0"
    refused("InvalidNetworkInterfaceID.NotFound", cloud.ec2.delete_network_interface, f"'{nobody}'", NetworkInterfaceId=nobody)


@behaviour(ERRORS)
def deleting_twice_is_refused(cloud):
    """The second deletion is InvalidNetworkInterfaceID.NotFound."""
    interface = cloud.interface_id(cloud.subnet())
    cloud.ec2.delete_network_interface(NetworkInterfaceId=interface)
    cloud.until_gone(interface)
    refused("InvalidNetworkInterfaceID.NotFound", cloud.ec2.delete_network_interface, NetworkInterfaceId=interface)


@behaviour(ERRORS)
def a_malformed_id_is_refused(cloud):
    """What is no interface id is InvalidNetworkInterfaceId.Malformed."""
    refused("InvalidNetworkInterfaceId.Malformed", cloud.ec2.delete_network_interface, NetworkInterfaceId="eni-1")


@behaviour(guide("using-eni"), DELETE)
def the_address_is_free_again(cloud):
    """The address of a deleted interface can be given to another."""
    subnet = cloud.subnet()
    made = cloud.interface(subnet)
    cloud.ec2.delete_network_interface(NetworkInterfaceId=made["NetworkInterfaceId"])
    cloud.until_gone(made["NetworkInterfaceId"])
    assert cloud.interface(subnet, PrivateIpAddress=made["PrivateIpAddress"])["PrivateIpAddress"] == made["PrivateIpAddress"]


@behaviour(guide("Using_Tags"))
def the_tags_go_with_it(cloud):
    """DescribeTags does not list the tags of a deleted interface."""
    interface = cloud.interface_id(cloud.subnet())
    cloud.ec2.create_tags(Resources=[interface], Tags=[{"Key": "Name", "Value": "gone"}])
    cloud.ec2.delete_network_interface(NetworkInterfaceId=interface)
    cloud.until_gone(interface)
    assert not cloud.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [interface]}])["Tags"]
