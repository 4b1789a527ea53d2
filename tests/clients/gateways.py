"""NAT gateways with the waiters of SDKs, as Terraform and Ansible make and delete them."""

from cloud import SOON, check, refused


def waited(cloud, name, gateway):
    cloud.ec2.get_waiter(name).wait(NatGatewayIds=[gateway], WaiterConfig=SOON)
    [found] = cloud.ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"]
    return found


def until_route(cloud, table, state):
    def look():
        [found] = cloud.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
        [through] = [route for route in found["Routes"] if route["DestinationCidrBlock"] == "0.0.0.0/0"]
        return through["State"] == state, through

    cloud.until(f"the route is {state}", look)


@check
def a_nat_gateway_comes_and_goes_and_its_route_with_it(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    subnet = cloud.subnet(vpc=vpc)
    internet = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")
    tags = [{"ResourceType": "natgateway", "Tags": [{"Key": "Name", "Value": "way out"}]}]
    made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address["AllocationId"], TagSpecifications=tags)["NatGateway"]
    gateway = made["NatGatewayId"]
    assert (made["State"], made["ConnectivityType"], made["Tags"]) == ("pending", "public", tags[0]["Tags"]), made
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway)

    found = waited(cloud, "nat_gateway_available", gateway)
    [own] = found["NatGatewayAddresses"]
    assert (own["PublicIp"], own["AllocationId"]) == (address["PublicIp"], address["AllocationId"]), own
    interface = cloud.described(own["NetworkInterfaceId"])
    assert (interface["InterfaceType"], interface["RequesterManaged"], interface["Status"]) == ("nat_gateway", True, "in-use"), interface
    assert interface["Association"]["PublicIp"] == address["PublicIp"], interface
    until_route(cloud, table, "active")
    refused("OperationNotPermitted", ec2.detach_network_interface, AttachmentId=interface["Attachment"]["AttachmentId"])
    refused("InvalidParameterValue", ec2.delete_network_interface, NetworkInterfaceId=own["NetworkInterfaceId"])
    refused("AuthFailure", ec2.disassociate_address, AssociationId=interface["Association"]["AssociationId"])
    refused("AuthFailure", ec2.release_address, "You do not have permission", AllocationId=address["AllocationId"])

    ec2.delete_nat_gateway(NatGatewayId=gateway)
    gone = waited(cloud, "nat_gateway_deleted", gateway)
    assert gone["State"] == "deleted" and gone["DeleteTime"] >= gone["CreateTime"], gone
    until_route(cloud, table, "blackhole")
    refused("InvalidNetworkInterfaceID.NotFound", ec2.describe_network_interfaces, NetworkInterfaceIds=[own["NetworkInterfaceId"]])
    ec2.release_address(AllocationId=address["AllocationId"])


@check
def a_nat_gateway_that_cannot_be_says_why(cloud):
    ec2 = cloud.ec2
    subnet = cloud.subnet()
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]

    def failed():
        [found] = ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"]
        return found["State"] == "failed" and found["FailureCode"] == "Gateway.NotAttached", found

    cloud.until("it has failed", failed)
    refused("NatGatewayNotFound", ec2.delete_nat_gateway, NatGatewayId="nat-00000000")
    ec2.release_address(AllocationId=address)
