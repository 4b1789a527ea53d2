"""Interfaces that another account may attach to its own instances, and what of an interface is asked one attribute at a time."""

from cloud import SOON, check, refused

OTHER = "222222222222"


@check
def an_attribute_of_an_interface_is_asked_for_and_reset(cloud):
    ec2, subnet = cloud.ec2, cloud.subnet()
    interface, instance = cloud.interface(subnet, Description="for pods"), cloud.running(subnet)
    attachment = cloud.attach(interface, instance)
    cloud.until_attached(interface)

    def asked(name):
        reply = ec2.describe_network_interface_attribute(NetworkInterfaceId=interface, Attribute=name)
        assert reply["NetworkInterfaceId"] == interface, reply
        return {key: value for key, value in reply.items() if key not in ("NetworkInterfaceId", "ResponseMetadata")}

    assert asked("description") == {"Description": {"Value": "for pods"}}
    assert [group["GroupName"] for group in asked("groupSet")["Groups"]] == ["default"]
    shown = asked("attachment")["Attachment"]
    assert (shown["AttachmentId"], shown["InstanceId"], shown["DeviceIndex"], shown["Status"]) == (attachment, instance, 1, "attached"), shown
    ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, SourceDestCheck={"Value": False})
    assert asked("sourceDestCheck") == {"SourceDestCheck": {"Value": False}}
    ec2.reset_network_interface_attribute(NetworkInterfaceId=interface, SourceDestCheck="true")
    assert asked("sourceDestCheck") == {"SourceDestCheck": {"Value": True}}
    refused("InvalidNetworkInterfaceID.NotFound", ec2.describe_network_interface_attribute, NetworkInterfaceId="eni-0badcafe", Attribute="description")


@check
def another_account_attaches_what_it_was_allowed_to(cloud):
    ec2, other = cloud.ec2, cloud.client(key=OTHER)
    interface = cloud.interface(cloud.subnet())
    vpc = other.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = other.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/24", AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
    launched = other.run_instances(ImageId="ami-00000001", InstanceType="m1.large", MinCount=1, MaxCount=1, SubnetId=subnet)
    instance = launched["Instances"][0]["InstanceId"]
    other.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig=SOON)
    attach = {"NetworkInterfaceId": interface, "InstanceId": instance, "DeviceIndex": 1}
    refused("InvalidNetworkInterfaceID.NotFound", other.attach_network_interface, **attach)
    asked = {"NetworkInterfaceId": interface, "AwsAccountId": OTHER, "Permission": "INSTANCE-ATTACH"}
    made = ec2.create_network_interface_permission(**asked)["InterfacePermission"]
    permission = made["NetworkInterfacePermissionId"]
    assert {name: made[name] for name in asked} == asked and made["PermissionState"]["State"] in ("pending", "granted"), made
    for filters in [{"network-interface-permission.aws-account-id": OTHER}, {"network-interface-permission.network-interface-id": interface}]:
        named = [{"Name": name, "Values": [value]} for name, value in filters.items()]
        found = ec2.describe_network_interface_permissions(Filters=named)["NetworkInterfacePermissions"]
        assert permission in [one["NetworkInterfacePermissionId"] for one in found], filters
    attachment = other.attach_network_interface(**attach)["AttachmentId"]
    attached = cloud.until_attached(interface)["Attachment"]
    assert attached["InstanceOwnerId"] == OTHER, attached
    refused("OperationNotPermitted", ec2.delete_network_interface_permission, NetworkInterfacePermissionId=permission)
    other.detach_network_interface(AttachmentId=attachment)
    cloud.until_available(interface)
    assert ec2.delete_network_interface_permission(NetworkInterfacePermissionId=permission)["Return"] is True
    refused("InvalidPermissionID.NotFound", ec2.describe_network_interface_permissions, NetworkInterfacePermissionIds=[permission])
    refused("InvalidNetworkInterfaceID.NotFound", other.attach_network_interface, **attach)
