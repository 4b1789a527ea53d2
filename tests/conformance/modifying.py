"""ModifyNetworkInterfaceAttribute and ResetNetworkInterfaceAttribute."""

from attaching import pair
from behaviour import CLOUD_PROVIDER, CNI, ERRORS, api, behaviour, guide, vpc_guide
from cloud import refused

MODIFY, RESET = api("ModifyNetworkInterfaceAttribute"), api("ResetNetworkInterfaceAttribute")
NOBODY = "eni-0123456789abcdef0"


def modify(cloud, interface, **more):
    cloud.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, **more)
    return cloud.described(interface)


@behaviour(MODIFY)
def the_description_can_be_changed(cloud):
    """Description replaces the description, and can be empty."""
    interface = cloud.interface_id(cloud.subnet(), Description="before")
    assert modify(cloud, interface, Description={"Value": "after"})["Description"] == "after"
    assert modify(cloud, interface, Description={"Value": ""})["Description"] == ""


@behaviour(MODIFY, CLOUD_PROVIDER)
def the_check_can_be_changed(cloud):
    """SourceDestCheck can be turned off and on."""
    interface = cloud.interface_id(cloud.subnet())
    assert modify(cloud, interface, SourceDestCheck={"Value": False})["SourceDestCheck"] is False
    assert modify(cloud, interface, SourceDestCheck={"Value": True})["SourceDestCheck"] is True


@behaviour(MODIFY)
def groups_are_replaced(cloud):
    """Groups replaces all groups of the interface."""
    first, second, third = (cloud.group() for _ in range(3))
    interface = cloud.interface_id(cloud.subnet(), Groups=[first])
    found = modify(cloud, interface, Groups=[second, third])
    assert sorted(group["GroupId"] for group in found["Groups"]) == sorted([second, third]), found


@behaviour(MODIFY, guide("changing-security-group"))
def groups_of_the_primary_are_the_instances(cloud):
    """The groups of the primary interface are shown as the groups of the instance."""
    instance, group = cloud.running(cloud.subnet()), cloud.group()
    modify(cloud, cloud.primary(instance)["NetworkInterfaceId"], Groups=[group])
    assert [found["GroupId"] for found in cloud.instance(instance)["SecurityGroups"]] == [group]


@behaviour(api("Instance"), MODIFY)
def the_check_of_the_primary_is_the_instances(cloud):
    """SourceDestCheck of the primary interface is shown as that of the instance."""
    instance = cloud.running(cloud.subnet())
    modify(cloud, cloud.primary(instance)["NetworkInterfaceId"], SourceDestCheck={"Value": False})
    assert cloud.instance(instance)["SourceDestCheck"] is False


@behaviour(vpc_guide("amazon-vpc-limits"), ERRORS)
def six_groups_are_too_many(cloud):
    """More than five groups are SecurityGroupsPerInterfaceLimitExceeded, and the interface keeps those it has."""
    interface = cloud.interface_id(cloud.subnet())
    before = cloud.described(interface)["Groups"]
    groups = [cloud.group() for _ in range(6)]
    refused("SecurityGroupsPerInterfaceLimitExceeded", cloud.ec2.modify_network_interface_attribute, NetworkInterfaceId=interface, Groups=groups)
    assert cloud.described(interface)["Groups"] == before


@behaviour(ERRORS, MODIFY)
def a_group_of_another_vpc_is_refused(cloud):
    """An interface cannot be put into a group of another VPC."""
    interface, group = cloud.interface_id(cloud.subnet()), cloud.group(cloud.new_vpc())
    codes = ["InvalidParameter", "InvalidParameterValue", "InvalidGroup.NotFound"]
    refused(codes, cloud.ec2.modify_network_interface_attribute, NetworkInterfaceId=interface, Groups=[group])


@behaviour(ERRORS)
def an_unknown_group_is_refused(cloud):
    """A group that does not exist is InvalidGroup.NotFound or InvalidSecurityGroupID.NotFound."""
    interface = cloud.interface_id(cloud.subnet())
    codes = ["InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound"]
    refused(codes, cloud.ec2.modify_network_interface_attribute, NetworkInterfaceId=interface, Groups=["sg-0123456789abcdef0"])


@behaviour(MODIFY)
def two_attributes_are_refused(cloud):
    """Only one attribute can be changed at a time, and of two none is."""
    interface = cloud.interface_id(cloud.subnet())
    both = {"NetworkInterfaceId": interface, "Description": {"Value": "changed"}, "SourceDestCheck": {"Value": False}}
    refused(["InvalidParameterCombination", "InvalidParameterValue"], cloud.ec2.modify_network_interface_attribute, **both)
    found = cloud.described(interface)
    assert found["Description"] == "" and found["SourceDestCheck"] is True, found


@behaviour(MODIFY, ERRORS)
def no_attribute_is_refused(cloud):
    """An attribute has to be given."""
    interface = cloud.interface_id(cloud.subnet())
    codes = ["MissingParameter", "InvalidParameterCombination", "InvalidParameterValue"]
    refused(codes, cloud.ec2.modify_network_interface_attribute, NetworkInterfaceId=interface)


@behaviour(ERRORS)
def an_unknown_interface_is_refused(cloud):
    """An interface that does not exist is InvalidNetworkInterfaceID.NotFound."""
    asked = {"NetworkInterfaceId": NOBODY, "Description": {"Value": "nobody"}}
    refused("InvalidNetworkInterfaceID.NotFound", cloud.ec2.modify_network_interface_attribute, **asked)


@behaviour(api("NetworkInterfaceAttachmentChanges"), CNI)
def deletion_with_the_instance_can_be_turned_on(cloud):
    """With DeleteOnTermination of its attachment true, an interface is deleted when its instance is terminated."""
    interface, instance = pair(cloud)
    attachment = cloud.attached(interface, instance)["Attachment"]["AttachmentId"]
    found = modify(cloud, interface, Attachment={"AttachmentId": attachment, "DeleteOnTermination": True})
    assert found["Attachment"]["DeleteOnTermination"] is True, found
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    cloud.until_state(instance, "terminated")
    cloud.until_gone(interface)


@behaviour(api("NetworkInterfaceAttachmentChanges"))
def deletion_with_the_instance_can_be_turned_off(cloud):
    """With DeleteOnTermination false, the primary interface outlives its instance."""
    instance = cloud.running(cloud.subnet())
    primary = cloud.primary(instance)
    interface, attachment = primary["NetworkInterfaceId"], primary["Attachment"]["AttachmentId"]
    cloud.leftovers.note("interface", interface)
    found = modify(cloud, interface, Attachment={"AttachmentId": attachment, "DeleteOnTermination": False})
    assert found["Attachment"]["DeleteOnTermination"] is False, found
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    cloud.until_state(instance, "terminated")
    assert "Attachment" not in cloud.until_available(interface)


@behaviour(ERRORS, MODIFY)
def an_attachment_that_is_not_its_own_is_refused(cloud):
    """An attachment that does not exist, or is another interface's, cannot be changed through this one."""
    interface, instance = pair(cloud)
    cloud.attached(interface, instance)
    primary = cloud.primary(instance)["Attachment"]["AttachmentId"]
    for attachment in ("eni-attach-0123456789abcdef0", primary):
        asked = {"NetworkInterfaceId": interface, "Attachment": {"AttachmentId": attachment, "DeleteOnTermination": True}}
        refused(["InvalidAttachmentID.NotFound", "InvalidParameterValue"], cloud.ec2.modify_network_interface_attribute, **asked)
    assert cloud.described(interface)["Attachment"]["DeleteOnTermination"] is False


@behaviour(api("NetworkInterfaceAttachmentChanges"))
def the_attachment_is_required(cloud):
    """DeleteOnTermination cannot be changed without the id of the attachment."""
    interface, instance = pair(cloud)
    cloud.attached(interface, instance)
    asked = {"NetworkInterfaceId": interface, "Attachment": {"DeleteOnTermination": True}}
    refused(["MissingParameter", "InvalidParameterCombination", "InvalidParameterValue"], cloud.ec2.modify_network_interface_attribute, **asked)


@behaviour(RESET)
def the_check_can_be_reset(cloud):
    """ResetNetworkInterfaceAttribute sets SourceDestCheck to true."""
    interface = cloud.interface_id(cloud.subnet())
    modify(cloud, interface, SourceDestCheck={"Value": False})
    cloud.ec2.reset_network_interface_attribute(NetworkInterfaceId=interface, SourceDestCheck="true")
    assert cloud.described(interface)["SourceDestCheck"] is True


@behaviour(RESET, ERRORS)
def nothing_of_an_unknown_interface_is_reset(cloud):
    """ResetNetworkInterfaceAttribute of an interface that does not exist is InvalidNetworkInterfaceID.NotFound."""
    refused("InvalidNetworkInterfaceID.NotFound", cloud.ec2.reset_network_interface_attribute, NetworkInterfaceId=NOBODY, SourceDestCheck="true")


@behaviour(api("CreateTags"))
def tags_can_be_put_on_and_taken_off(cloud):
    """CreateTags puts tags on an interface and replaces values, and DeleteTags takes them off."""
    interface = cloud.interface_id(cloud.subnet())
    cloud.ec2.create_tags(Resources=[interface], Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    cloud.ec2.create_tags(Resources=[interface], Tags=[{"Key": "a", "Value": "3"}])
    assert sorted((tag["Key"], tag["Value"]) for tag in cloud.described(interface)["TagSet"]) == [("a", "3"), ("b", "2")]
    cloud.ec2.delete_tags(Resources=[interface], Tags=[{"Key": "a"}, {"Key": "b", "Value": "other"}])
    assert [(tag["Key"], tag["Value"]) for tag in cloud.described(interface)["TagSet"]] == [("b", "2")]
