"""The main job, as a CNI plug-in or a Terraform provider does it with boto3."""

from cloud import SOON, check, refused


@check
def an_interface_goes_on_an_instance_and_comes_back(cloud):
    ec2 = cloud.ec2
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]
    assert vpc["State"] in ("pending", "available") and vpc["CidrBlock"] == "10.20.0.0/16", vpc
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.20.3.0/28", AvailabilityZone="us-east-1b")["Subnet"]
    assert subnet["AvailableIpAddressCount"] == 11 and subnet["AvailabilityZone"] == "us-east-1b", subnet
    group = ec2.create_security_group(GroupName="pods", Description="of pods", VpcId=vpc["VpcId"])["GroupId"]

    created = ec2.create_network_interface(SubnetId=subnet["SubnetId"], Description="for pods", Groups=[group])["NetworkInterface"]
    interface = created["NetworkInterfaceId"]
    assert created["Groups"] == [{"GroupId": group, "GroupName": "pods"}], created
    assert created["Description"] == "for pods" and created["SourceDestCheck"] is True and created["VpcId"] == vpc["VpcId"]
    assert created["PrivateIpAddresses"] == [{**created["PrivateIpAddresses"][0], "Primary": True, "PrivateIpAddress": created["PrivateIpAddress"]}]
    assert created["PrivateIpAddress"].startswith("10.20.3.") and 4 <= int(created["PrivateIpAddress"].split(".")[3]) <= 14, created
    assert created["MacAddress"] == "d0:0d:" + ":".join(interface[4:12][at : at + 2] for at in range(0, 8, 2)), created
    assert "Attachment" not in created, created
    ec2.get_waiter("network_interface_available").wait(NetworkInterfaceIds=[interface], WaiterConfig=SOON)
    [now] = ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"]
    assert now["AvailableIpAddressCount"] == 10, now

    with cloud.stalled("two", "launch"):
        instance = cloud.launch(subnet["SubnetId"])
        assert cloud.instance(instance)["State"]["Name"] == "pending"
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig=SOON)

    with cloud.stalled("two", "attach"):
        attachment = cloud.attach(interface, instance, 1)
        attaching = cloud.described(interface)
    assert attaching["Status"] == "in-use" and attaching["Attachment"]["Status"] == "attaching", attaching
    attached = cloud.until_attached(interface)
    expected = {"AttachmentId": attachment, "InstanceId": instance, "DeviceIndex": 1, "NetworkCardIndex": 0, "DeleteOnTermination": False}
    assert {name: attached["Attachment"][name] for name in expected} == expected, attached
    assert attached["Attachment"]["InstanceOwnerId"] == attached["OwnerId"] and attached["Status"] == "in-use", attached
    on_it = {found["Attachment"]["DeviceIndex"]: found for found in cloud.instance(instance)["NetworkInterfaces"]}
    assert on_it[1]["NetworkInterfaceId"] == interface and on_it[1]["Attachment"]["Status"] == "attached", on_it
    refused("InvalidParameterValue", ec2.delete_network_interface, "in use", NetworkInterfaceId=interface)

    with cloud.stalled("two", "detach"):
        ec2.detach_network_interface(AttachmentId=attachment)
        detaching = cloud.described(interface)
    assert detaching["Attachment"]["Status"] == "detaching" and detaching["Status"] == "in-use", detaching
    ec2.get_waiter("network_interface_available").wait(NetworkInterfaceIds=[interface], WaiterConfig=SOON)
    back = cloud.described(interface)
    assert "Attachment" not in back, back
    for kept in ["PrivateIpAddress", "MacAddress", "Groups", "Description"]:
        assert back[kept] == created[kept], kept

    ec2.delete_network_interface(NetworkInterfaceId=interface)
    refused("InvalidNetworkInterfaceID.NotFound", ec2.describe_network_interfaces, NetworkInterfaceIds=[interface])
    [change] = ec2.terminate_instances(InstanceIds=[instance])["TerminatingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("running", "shutting-down"), change
    ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance], WaiterConfig=SOON)
    [now] = ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"]
    assert now["AvailableIpAddressCount"] == 11, "the addresses of the interface and of the instance's own are free again"


@check
def what_goes_with_the_instance_is_the_attachments_to_say(cloud):
    subnet = cloud.subnet()
    goes, stays = cloud.interface(subnet), cloud.interface(subnet)
    instance = cloud.running(subnet)
    attachments = [cloud.attach(goes, instance, 1), cloud.attach(stays, instance, 2)]
    cloud.until_attached(goes), cloud.until_attached(stays)
    cloud.ec2.modify_network_interface_attribute(
        NetworkInterfaceId=goes, Attachment={"AttachmentId": attachments[0], "DeleteOnTermination": True}
    )
    assert cloud.described(goes)["Attachment"]["DeleteOnTermination"] is True
    assert cloud.described(stays)["Attachment"]["DeleteOnTermination"] is False
    own = [found["NetworkInterfaceId"] for found in cloud.instance(instance)["NetworkInterfaces"] if found["Attachment"]["DeviceIndex"] == 0]
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    cloud.until_state(instance, "terminated")
    cloud.until_available(stays)
    for gone in [goes, *own]:
        refused("InvalidNetworkInterfaceID.NotFound", cloud.ec2.describe_network_interfaces, gone, NetworkInterfaceIds=[gone])


@check
def an_interface_is_modified_one_attribute_at_a_time(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    subnet = cloud.subnet(vpc=vpc)
    groups = [ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ["one", "two"]]
    interface = cloud.interface(subnet)
    assert [group["GroupName"] for group in cloud.described(interface)["Groups"]] == ["default"]
    ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Description={"Value": "renamed"})
    ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, SourceDestCheck={"Value": False})
    ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=groups)
    found = cloud.described(interface)
    assert (found["Description"], found["SourceDestCheck"]) == ("renamed", False), found
    assert sorted(group["GroupId"] for group in found["Groups"]) == sorted(groups), found
    refused(
        "InvalidParameterCombination",
        ec2.modify_network_interface_attribute,
        NetworkInterfaceId=interface,
        Description={"Value": "again"},
        SourceDestCheck={"Value": True},
    )
    assert cloud.described(interface)["Description"] == "renamed", "a refused request changes nothing"


@check
def a_stopped_instance_takes_and_gives_interfaces_at_once(cloud):
    subnet = cloud.subnet()
    instance, interface = cloud.running(subnet), cloud.interface(subnet)
    cloud.ec2.stop_instances(InstanceIds=[instance])
    cloud.ec2.get_waiter("instance_stopped").wait(InstanceIds=[instance], WaiterConfig=SOON)
    attachment = cloud.attach(interface, instance, 1)
    assert cloud.described(interface)["Attachment"]["Status"] == "attached", "nothing has to be plugged in"
    cloud.ec2.detach_network_interface(AttachmentId=attachment)
    assert cloud.described(interface)["Status"] == "available"
    cloud.attach(interface, instance, 2)
    [change] = cloud.ec2.start_instances(InstanceIds=[instance])["StartingInstances"]
    assert change["PreviousState"]["Name"] == "stopped" and change["CurrentState"]["Name"] == "pending", change
    cloud.until_state(instance, "running")
    assert cloud.until_attached(interface)["Attachment"]["DeviceIndex"] == 2


@check
def a_route_through_an_interface_follows_its_instance(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    subnet = cloud.subnet(vpc=vpc)
    interface = cloud.interface(subnet)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    assert ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", NetworkInterfaceId=interface)["Return"] is True

    def route():
        [found] = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
        routes = {route["DestinationCidrBlock"]: route for route in found["Routes"]}
        assert routes["10.0.0.0/16"]["GatewayId"] == "local", routes
        return routes["192.168.0.0/16"]

    assert route()["State"] == "blackhole" and route()["NetworkInterfaceId"] == interface, route()
    instance = cloud.running(subnet)
    attachment = cloud.attach(interface, instance)
    cloud.until_attached(interface)
    active = cloud.until("the route is active", lambda: (route() if route()["State"] == "active" else None, route()))
    assert active["InstanceId"] == instance, active
    ec2.detach_network_interface(AttachmentId=attachment)
    cloud.until_available(interface)
    lost = cloud.until("the route is a blackhole", lambda: (route() if route()["State"] == "blackhole" else None, route()))
    assert "InstanceId" not in lost, lost
