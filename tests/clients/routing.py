"""Route tables and internet gateways, from a new VPC to none, as Terraform makes and unmakes them."""

from cloud import check, refused


def table(cloud, vpc, **more):
    return cloud.ec2.create_route_table(VpcId=vpc, **more)["RouteTable"]["RouteTableId"]


def shown(cloud, table):
    [found] = cloud.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    return found


def routes(cloud, table):
    return {route["DestinationCidrBlock"]: route for route in shown(cloud, table)["Routes"]}


def main_of(cloud, vpc):
    found = cloud.ec2.describe_route_tables(Filters=[{"Name": "association.main", "Values": ["true"]}, {"Name": "vpc-id", "Values": [vpc]}])
    [main] = found["RouteTables"]
    return main


@check
def a_gateway_is_attached_to_one_vpc_and_has_to_be_let_go(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    tags = [{"ResourceType": "internet-gateway", "Tags": [{"Key": "Name", "Value": "way out"}]}]
    made = ec2.create_internet_gateway(TagSpecifications=tags)["InternetGateway"]
    gateway = made["InternetGatewayId"]
    assert made["Attachments"] == [] and made["Tags"] == tags[0]["Tags"], made
    ec2.get_waiter("internet_gateway_exists").wait(InternetGatewayIds=[gateway])
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    for name, value in [("attachment.vpc-id", vpc), ("internet-gateway-id", gateway), ("tag:Name", "way out")]:
        listed = ec2.describe_internet_gateways(Filters=[{"Name": name, "Values": [value]}])["InternetGateways"]
        assert gateway in [found["InternetGatewayId"] for found in listed], name
    [found] = ec2.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"]
    assert found["Attachments"] == [{"VpcId": vpc, "State": "available"}], found
    other = cloud.vpc()
    refused("Resource.AlreadyAssociated", ec2.attach_internet_gateway, gateway, InternetGatewayId=gateway, VpcId=other)
    second = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    refused("InvalidParameterValue", ec2.attach_internet_gateway, f"{vpc} already has an internet gateway", InternetGatewayId=second, VpcId=vpc)
    refused("Gateway.NotAttached", ec2.detach_internet_gateway, second, InternetGatewayId=second, VpcId=vpc)
    refused("DependencyViolation", ec2.delete_internet_gateway, gateway, InternetGatewayId=gateway)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    for done in [gateway, second]:
        ec2.delete_internet_gateway(InternetGatewayId=done)
        refused("InvalidInternetGatewayID.NotFound", ec2.describe_internet_gateways, done, InternetGatewayIds=[done])


@check
def a_mapped_address_holds_the_gateway(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    interface = cloud.interface(cloud.subnet(vpc=vpc))
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    association = ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=interface)["AssociationId"]
    refused("DependencyViolation", ec2.detach_internet_gateway, "public address", InternetGatewayId=gateway, VpcId=vpc)
    ec2.disassociate_address(AssociationId=association)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


@check
def routes_are_made_replaced_and_deleted(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    subnet = cloud.subnet(vpc=vpc)
    one = table(cloud, vpc)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    out = {"RouteTableId": one, "DestinationCidrBlock": "0.0.0.0/0"}
    # What EC2 says of a gateway that leads nowhere for this VPC.
    refused("InvalidParameterValue", ec2.create_route, gateway, **out, GatewayId=gateway)
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert ec2.create_route(**out, GatewayId=gateway)["Return"] is True
    expected = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway, "Origin": "CreateRoute", "State": "active"}
    assert routes(cloud, one)["0.0.0.0/0"] == expected, routes(cloud, one)
    local = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}
    assert routes(cloud, one)["10.0.0.0/16"] == local
    refused("RouteAlreadyExists", ec2.create_route, "0.0.0.0/0", **out, GatewayId=gateway)
    [found] = ec2.describe_route_tables(Filters=[{"Name": "route.gateway-id", "Values": [gateway]}])["RouteTables"]
    assert found["RouteTableId"] == one, found

    interface, instance = cloud.interface(subnet), cloud.running(subnet)
    ec2.replace_route(**out, NetworkInterfaceId=interface)
    replaced = routes(cloud, one)["0.0.0.0/0"]
    assert replaced["NetworkInterfaceId"] == interface and replaced["State"] == "blackhole" and "GatewayId" not in replaced, replaced
    # The Kubernetes controllers lead routes to instances, and find them by the instance.
    ec2.replace_route(**out, InstanceId=instance)
    [primary] = cloud.instance(instance)["NetworkInterfaces"]
    led = routes(cloud, one)["0.0.0.0/0"]
    assert (led["InstanceId"], led["NetworkInterfaceId"], led["State"]) == (instance, primary["NetworkInterfaceId"], "active"), led
    ec2.delete_route(**out)
    assert list(routes(cloud, one)) == ["10.0.0.0/16"]
    refused("InvalidRoute.NotFound", ec2.delete_route, "0.0.0.0/0", **out)
    refused("InvalidParameterValue", ec2.replace_route, "no route defined for '0.0.0.0/0'", "Use CreateRoute", **out, GatewayId=gateway)
    refused("InvalidParameterValue", ec2.delete_route, RouteTableId=one, DestinationCidrBlock="10.0.0.0/16")


@check
def a_subnet_has_one_table_and_falls_back_to_the_main_one(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    subnet = cloud.subnet(vpc=vpc)
    one, two = table(cloud, vpc), table(cloud, vpc)
    made = ec2.associate_route_table(RouteTableId=one, SubnetId=subnet)
    association = made["AssociationId"]
    assert made["AssociationState"]["State"] == "associated", made
    [shown_there] = shown(cloud, one)["Associations"]
    assert (shown_there["SubnetId"], shown_there["Main"], shown_there["RouteTableAssociationId"]) == (subnet, False, association), shown_there
    for name, value in [("association.subnet-id", subnet), ("association.route-table-association-id", association)]:
        [found] = ec2.describe_route_tables(Filters=[{"Name": name, "Values": [value]}])["RouteTables"]
        assert found["RouteTableId"] == one, name
    assert ec2.associate_route_table(RouteTableId=one, SubnetId=subnet)["AssociationId"] == association, "it is there already"
    refused("Resource.AlreadyAssociated", ec2.associate_route_table, f"{two} conflicts", RouteTableId=two, SubnetId=subnet)
    refused("DependencyViolation", ec2.delete_route_table, one, RouteTableId=one)
    moved = ec2.replace_route_table_association(AssociationId=association, RouteTableId=two)
    assert moved["NewAssociationId"] != association and shown(cloud, one)["Associations"] == [], moved
    refused("InvalidAssociationID.NotFound", ec2.disassociate_route_table, association, AssociationId=association)
    ec2.disassociate_route_table(AssociationId=moved["NewAssociationId"])
    for done in [one, two]:
        ec2.delete_route_table(RouteTableId=done)
        refused("InvalidRouteTableID.NotFound", ec2.delete_route_table, done, RouteTableId=done)


@check
def another_table_becomes_the_main_one(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    before, one = main_of(cloud, vpc), table(cloud, vpc)
    [association] = before["Associations"]
    assert association["Main"] is True and "SubnetId" not in association, association
    refused("InvalidParameterValue", ec2.disassociate_route_table, "main", AssociationId=association["RouteTableAssociationId"])
    new = ec2.replace_route_table_association(AssociationId=association["RouteTableAssociationId"], RouteTableId=one)["NewAssociationId"]
    after = main_of(cloud, vpc)
    assert after["RouteTableId"] == one and after["Associations"][0]["RouteTableAssociationId"] == new, after
    refused("DependencyViolation", ec2.delete_route_table, one, RouteTableId=one)
    ec2.delete_route_table(RouteTableId=before["RouteTableId"])
