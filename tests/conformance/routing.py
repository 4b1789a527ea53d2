"""Routes that lead to interfaces."""

from attaching import pair
from behaviour import CLOUD_PROVIDER, ERRORS, api, behaviour, vpc_guide
from cloud import refused

CREATE, REPLACE, ROUTE = api("CreateRoute"), api("ReplaceRoute"), api("Route")
FAR = "192.0.2.0/24"


def table(cloud, vpc=None):
    made = cloud.ec2.create_route_table(VpcId=vpc or cloud.vpc)["RouteTable"]["RouteTableId"]
    cloud.leftovers.note("table", made)
    return made


def lead(cloud, **target):
    """A table with a route to this target."""
    made = table(cloud)
    cloud.ec2.create_route(RouteTableId=made, DestinationCidrBlock=FAR, **target)
    return made


def route(cloud, made):
    [found] = cloud.ec2.describe_route_tables(RouteTableIds=[made])["RouteTables"]
    return next(item for item in found["Routes"] if item.get("DestinationCidrBlock") == FAR)


def until(cloud, made, state):
    return cloud.until(f"the route is {state}", lambda: route(cloud, made), lambda found: found["State"] == state)


@behaviour(ROUTE)
def a_route_to_a_free_interface_is_a_blackhole(cloud):
    """A route to an interface that is attached to nothing is shown as blackhole, without an instance."""
    interface = cloud.interface_id(cloud.subnet())
    found = until(cloud, lead(cloud, NetworkInterfaceId=interface), "blackhole")
    assert found["NetworkInterfaceId"] == interface and "InstanceId" not in found and found["Origin"] == "CreateRoute", found


@behaviour(ROUTE, CLOUD_PROVIDER)
def a_route_to_an_attached_interface_is_active(cloud):
    """A route to an interface of a running instance is active, and shows the instance and its owner, which clients look for."""
    interface, instance = pair(cloud)
    owner = cloud.attached(interface, instance)["OwnerId"]
    found = until(cloud, lead(cloud, NetworkInterfaceId=interface), "active")
    assert (found["NetworkInterfaceId"], found["InstanceId"], found["InstanceOwnerId"]) == (interface, instance, owner), found


@behaviour(CREATE, CLOUD_PROVIDER)
def an_instance_stands_for_its_interface(cloud):
    """A route to an instance with one interface leads to that interface."""
    instance = cloud.running(cloud.subnet())
    found = route(cloud, lead(cloud, InstanceId=instance))
    assert (found["InstanceId"], found["NetworkInterfaceId"]) == (instance, cloud.primary(instance)["NetworkInterfaceId"]), found


@behaviour(CREATE, ERRORS)
def an_instance_with_two_interfaces_does_not(cloud):
    """A route to an instance with more than one interface is InvalidInstanceID: the interface has to be named."""
    interface, instance = pair(cloud)
    cloud.attached(interface, instance)
    refused("InvalidInstanceID", cloud.ec2.create_route, RouteTableId=table(cloud), DestinationCidrBlock=FAR, InstanceId=instance)


@behaviour(ROUTE)
def a_route_becomes_active_with_the_attachment(cloud):
    """A blackhole becomes active when the interface is attached, and a blackhole again when it is detached."""
    interface, instance = pair(cloud)
    made = lead(cloud, NetworkInterfaceId=interface)
    until(cloud, made, "blackhole")
    attachment = cloud.attached(interface, instance)["Attachment"]["AttachmentId"]
    assert until(cloud, made, "active")["InstanceId"] == instance
    cloud.ec2.detach_network_interface(AttachmentId=attachment)
    assert "InstanceId" not in until(cloud, made, "blackhole")


@behaviour(ROUTE, vpc_guide("route-table-options"))
def a_terminated_instance_leaves_a_blackhole(cloud):
    """A route to the primary interface of an instance that was terminated is a blackhole, and still there."""
    instance = cloud.running(cloud.subnet())
    made = lead(cloud, InstanceId=instance)
    until(cloud, made, "active")
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    until(cloud, made, "blackhole")


@behaviour(ROUTE, api("DeleteNetworkInterface"))
def a_deleted_interface_leaves_a_blackhole(cloud):
    """Deleting an interface does not delete the routes to it."""
    interface = cloud.interface_id(cloud.subnet())
    made = lead(cloud, NetworkInterfaceId=interface)
    cloud.ec2.delete_network_interface(NetworkInterfaceId=interface)
    cloud.until_gone(interface)
    until(cloud, made, "blackhole")


@behaviour(REPLACE)
def a_route_can_be_led_to_another_interface(cloud):
    """ReplaceRoute leads a route to another interface."""
    subnet = cloud.subnet()
    made, second = lead(cloud, NetworkInterfaceId=cloud.interface_id(subnet)), cloud.interface_id(subnet)
    cloud.ec2.replace_route(RouteTableId=made, DestinationCidrBlock=FAR, NetworkInterfaceId=second)
    assert route(cloud, made)["NetworkInterfaceId"] == second


@behaviour(ERRORS)
def an_unknown_interface_is_refused(cloud):
    """A route to an interface that does not exist is InvalidNetworkInterfaceID.NotFound."""
    asked = {"RouteTableId": table(cloud), "DestinationCidrBlock": FAR, "NetworkInterfaceId": "eni-0123456789abcdef0"}
    refused("InvalidNetworkInterfaceID.NotFound", cloud.ec2.create_route, **asked)


@behaviour(CREATE, ERRORS)
def an_interface_of_another_vpc_is_refused(cloud):
    """A route leads to an interface of the table's VPC."""
    interface = cloud.interface_id(cloud.subnet(vpc=cloud.new_vpc()))
    asked = {"RouteTableId": table(cloud), "DestinationCidrBlock": FAR, "NetworkInterfaceId": interface}
    refused(["InvalidParameterValue", "InvalidParameterCombination"], cloud.ec2.create_route, **asked)


@behaviour(ERRORS)
def one_route_for_a_destination(cloud):
    """A second route for a destination is RouteAlreadyExists."""
    interface = cloud.interface_id(cloud.subnet())
    made = lead(cloud, NetworkInterfaceId=interface)
    refused("RouteAlreadyExists", cloud.ec2.create_route, RouteTableId=made, DestinationCidrBlock=FAR, NetworkInterfaceId=interface)


@behaviour(api("DescribeRouteTables"), CLOUD_PROVIDER)
def tables_are_found_by_their_instances(cloud):
    """DescribeRouteTables finds tables by the instance that a route leads to."""
    instance = cloud.running(cloud.subnet())
    made = lead(cloud, InstanceId=instance)
    asked = [{"Name": "route.instance-id", "Values": [instance]}]
    assert [found["RouteTableId"] for found in cloud.ec2.describe_route_tables(Filters=asked)["RouteTables"]] == [made]
