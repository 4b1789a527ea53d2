"""Interfaces between accounts: nothing is shared but by permission."""

import re

from behaviour import ERRORS, api, behaviour, guide
from cloud import refused

CREATE, DELETE = api("CreateNetworkInterfacePermission"), api("DeleteNetworkInterfacePermission")
PERMISSION, ENI = api("NetworkInterfacePermission"), guide("using-eni")
NOT_THEIRS = ["InvalidNetworkInterfaceID.NotFound", "OperationNotPermitted", "UnauthorizedOperation", "AuthFailure"]


def permit(cloud, interface, permission="INSTANCE-ATTACH"):
    asked = {"NetworkInterfaceId": interface, "AwsAccountId": cloud.other.account(), "Permission": permission}
    made = cloud.ec2.create_network_interface_permission(**asked)["InterfacePermission"]
    cloud.leftovers.note("permission", made["NetworkInterfacePermissionId"])
    return made


def theirs(cloud, **more):
    """A running instance of the other account."""
    return cloud.other.running(cloud.other.subnet(), **more)


@behaviour(ERRORS)
def an_interface_is_not_seen_by_others(cloud):
    """For another account an interface does not exist: neither by its id nor by a filter nor in the list."""
    interface, ec2 = cloud.interface_id(cloud.subnet()), cloud.other.ec2
    refused("InvalidNetworkInterfaceID.NotFound", ec2.describe_network_interfaces, NetworkInterfaceIds=[interface])
    assert not ec2.describe_network_interfaces(Filters=[{"Name": "network-interface-id", "Values": [interface]}])["NetworkInterfaces"]
    pages = ec2.get_paginator("describe_network_interfaces").paginate()
    assert all(found["NetworkInterfaceId"] != interface for page in pages for found in page["NetworkInterfaces"])


@behaviour(ERRORS)
def an_interface_is_not_changed_by_others(cloud):
    """Another account can neither change nor delete an interface."""
    interface, ec2 = cloud.interface_id(cloud.subnet()), cloud.other.ec2
    refused("InvalidNetworkInterfaceID.NotFound", ec2.delete_network_interface, NetworkInterfaceId=interface)
    refused("InvalidNetworkInterfaceID.NotFound", ec2.modify_network_interface_attribute, NetworkInterfaceId=interface, Description={"Value": "mine"})
    assert cloud.described(interface)["Description"] == ""


@behaviour(ERRORS)
def a_subnet_is_not_used_by_others(cloud):
    """Another account cannot make an interface in a subnet that was not shared with it."""
    subnet = cloud.subnet()
    refused("InvalidSubnetID.NotFound", cloud.other.ec2.create_network_interface, SubnetId=subnet.id)
    assert not cloud.found(subnet)


@behaviour(ERRORS)
def a_group_is_not_used_by_others(cloud):
    """Another account cannot put an interface into a security group that is not its own."""
    group, subnet = cloud.group(), cloud.other.subnet()
    codes = ["InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound"]
    refused(codes, cloud.other.ec2.create_network_interface, SubnetId=subnet.id, Groups=[group])


@behaviour(ENI, CREATE)
def an_interface_is_not_attached_by_others(cloud):
    """Without a permission another account cannot attach an interface to its instance."""
    interface, instance = cloud.interface_id(cloud.subnet()), theirs(cloud)
    refused_with_any(cloud.other.ec2.attach_network_interface, NetworkInterfaceId=interface, InstanceId=instance, DeviceIndex=1)
    assert cloud.described(interface)["Status"] == "available"


@behaviour(ERRORS)
def a_client_token_is_of_its_account(cloud):
    """The same ClientToken of another account is another one."""
    first, second = cloud.subnet(), cloud.other.subnet()
    token = f"shared-{first.id}"
    assert cloud.interface_id(first, ClientToken=token) != cloud.other.interface_id(second, ClientToken=token)


@behaviour(CREATE, PERMISSION)
def a_permission_is_granted(cloud):
    """CreateNetworkInterfacePermission answers the permission, eni-perm-, with interface, account and kind, and it becomes granted."""
    interface = cloud.interface_id(cloud.subnet())
    made = permit(cloud, interface)
    assert re.fullmatch(r"eni-perm-([0-9a-f]{8}|[0-9a-f]{17})", made["NetworkInterfacePermissionId"]), made
    expected = (interface, cloud.other.account(), "INSTANCE-ATTACH")
    assert (made["NetworkInterfaceId"], made["AwsAccountId"], made["Permission"]) == expected and made["PermissionState"]["State"] in ("pending", "granted"), made

    def look():
        asked = {"NetworkInterfacePermissionIds": [made["NetworkInterfacePermissionId"]]}
        [found] = cloud.ec2.describe_network_interface_permissions(**asked)["NetworkInterfacePermissions"]
        return found["PermissionState"]["State"]

    cloud.until("the permission is granted", look, lambda state: state == "granted")


@behaviour(api("DescribeNetworkInterfacePermissions"))
def permissions_are_found_by_filters(cloud):
    """DescribeNetworkInterfacePermissions finds permissions by id, interface, account and kind."""
    interface = cloud.interface_id(cloud.subnet())
    made = permit(cloud, interface)
    permit(cloud, cloud.interface_id(cloud.subnet()))
    prefix = "network-interface-permission"
    for pairs in (
        [(f"{prefix}.network-interface-permission-id", made["NetworkInterfacePermissionId"])],
        [(f"{prefix}.network-interface-id", interface)],
        [(f"{prefix}.network-interface-id", interface), (f"{prefix}.aws-account-id", cloud.other.account()), (f"{prefix}.permission", "INSTANCE-ATTACH")],
    ):
        asked = [{"Name": name, "Values": [value]} for name, value in pairs]
        found = cloud.ec2.describe_network_interface_permissions(Filters=asked)["NetworkInterfacePermissions"]
        assert [item["NetworkInterfacePermissionId"] for item in found] == [made["NetworkInterfacePermissionId"]], (pairs, found)


@behaviour(CREATE, ENI)
def a_permitted_account_attaches(cloud):
    """With INSTANCE-ATTACH another account attaches the interface to its instance, whose owner the attachment shows."""
    interface, instance = cloud.interface_id(cloud.subnet()), theirs(cloud)
    permit(cloud, interface)
    cloud.other.attach(interface, instance)
    found = cloud.until_attached(interface)
    assert found["Attachment"]["InstanceId"] == instance and found["Attachment"]["InstanceOwnerId"] == cloud.other.account(), found
    assert found["OwnerId"] == cloud.account() != cloud.other.account(), found


@behaviour(DELETE)
def a_deleted_permission_permits_nothing(cloud):
    """After DeleteNetworkInterfacePermission the other account cannot attach the interface."""
    interface, instance = cloud.interface_id(cloud.subnet()), theirs(cloud)
    permission = permit(cloud, interface)["NetworkInterfacePermissionId"]
    cloud.ec2.delete_network_interface_permission(NetworkInterfacePermissionId=permission)
    refused_with_any(cloud.other.ec2.attach_network_interface, NetworkInterfaceId=interface, InstanceId=instance, DeviceIndex=1)


@behaviour(DELETE)
def a_permission_in_use_is_deleted_by_force(cloud):
    """A permission by which an interface is attached is deleted with Force only."""
    interface, instance = cloud.interface_id(cloud.subnet()), theirs(cloud)
    permission = permit(cloud, interface)["NetworkInterfacePermissionId"]
    cloud.other.attach(interface, instance)
    cloud.until_attached(interface)
    refused_with_any(cloud.ec2.delete_network_interface_permission, NetworkInterfacePermissionId=permission)
    cloud.ec2.delete_network_interface_permission(NetworkInterfacePermissionId=permission, Force=True)


@behaviour(ERRORS, CREATE)
def a_permission_for_an_unknown_interface_is_refused(cloud):
    """A permission for an interface that does not exist is InvalidNetworkInterfaceID.NotFound."""
    asked = {"NetworkInterfaceId": "eni-0123456789abcdef0", "AwsAccountId": "111122223333", "Permission": "INSTANCE-ATTACH"}
    refused("InvalidNetworkInterfaceID.NotFound", cloud.ec2.create_network_interface_permission, **asked)


@behaviour(CREATE)
def permissions_are_of_two_kinds(cloud):
    """The permissions are INSTANCE-ATTACH and EIP-ASSOCIATE, and one has to be named."""
    asked = {"NetworkInterfaceId": cloud.interface_id(cloud.subnet()), "AwsAccountId": "111122223333"}
    refused(["InvalidParameterValue", "InvalidParameter"], cloud.ec2.create_network_interface_permission, **asked, Permission="EVERYTHING")
    refused("MissingParameter", cloud.ec2.create_network_interface_permission, **asked)


def refused_with_any(call, **parameters):
    """EC2 documents that it is refused, and not with which code."""
    status = {"UnauthorizedOperation": 403}
    try:
        call(**parameters)
    except call.__self__.exceptions.ClientError as why:
        code = why.response["Error"]["Code"]
        if code in ("InvalidAction", "UnsupportedOperation"):
            raise
        assert code in NOT_THEIRS and why.response["ResponseMetadata"]["HTTPStatusCode"] == status.get(code, 400), why
        return
    raise AssertionError("it was done")
