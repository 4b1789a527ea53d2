"""Elastic addresses: to an interface, to an instance, from one to the other, and back to the pool."""

from cloud import check, refused


def gateway(cloud, vpc):
    """Public addresses need a way out of the VPC."""
    made = cloud.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    cloud.ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=vpc)
    return made


def allocate(cloud, **more):
    return cloud.ec2.allocate_address(Domain="vpc", **more)


def shown(cloud, allocation):
    [found] = cloud.ec2.describe_addresses(AllocationIds=[allocation])["Addresses"]
    return found


@check
def an_address_is_allocated_shown_and_released(cloud):
    ec2 = cloud.ec2
    tags = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "Name", "Value": "front door"}]}]
    made = allocate(cloud, TagSpecifications=tags)
    assert made["Domain"] == "vpc" and made["AllocationId"].startswith("eipalloc-") and made["PublicIp"], made
    found = shown(cloud, made["AllocationId"])
    assert found["PublicIp"] == made["PublicIp"] and found["Tags"] == tags[0]["Tags"], found
    for absent in ["AssociationId", "InstanceId", "NetworkInterfaceId", "PrivateIpAddress"]:
        assert absent not in found, found
    [same] = ec2.describe_addresses(PublicIps=[made["PublicIp"]])["Addresses"]
    assert same == found
    for name, value in [("allocation-id", made["AllocationId"]), ("public-ip", made["PublicIp"]), ("tag:Name", "front*")]:
        listed = ec2.describe_addresses(Filters=[{"Name": name, "Values": [value]}])["Addresses"]
        assert made["AllocationId"] in [address["AllocationId"] for address in listed], name
    attributes = ec2.describe_addresses_attribute(AllocationIds=[made["AllocationId"]], Attribute="domain-name")["Addresses"]
    assert attributes == [], "nobody has given it a name, and Terraform takes an empty list for that"
    ec2.release_address(AllocationId=made["AllocationId"])
    refused("InvalidAllocationID.NotFound", ec2.release_address, made["AllocationId"], AllocationId=made["AllocationId"])
    refused("InvalidAllocationID.NotFound", ec2.describe_addresses, AllocationIds=[made["AllocationId"]])
    refused("InvalidAddress.NotFound", ec2.describe_addresses, made["PublicIp"], PublicIps=[made["PublicIp"]])


@check
def an_address_follows_its_interface(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    subnet = cloud.subnet(vpc=vpc)
    interface, instance = cloud.interface(subnet), cloud.running(subnet)
    address = allocate(cloud)
    allocation = address["AllocationId"]
    refused("Gateway.NotAttached", ec2.associate_address, AllocationId=allocation, NetworkInterfaceId=interface)
    gateway(cloud, vpc)
    words = "You must specify an allocation id when mapping an address to a VPC instance"
    refused("InvalidParameterCombination", ec2.associate_address, words, PublicIp=address["PublicIp"], InstanceId=instance)
    association = ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=interface)["AssociationId"]
    on_interface = cloud.described(interface)
    expected = {"PublicIp": address["PublicIp"], "AllocationId": allocation, "AssociationId": association}
    assert {name: on_interface["Association"][name] for name in expected} == expected, on_interface
    assert on_interface["PrivateIpAddresses"][0]["Association"]["PublicIp"] == address["PublicIp"], on_interface
    found = shown(cloud, allocation)
    expected = {"AssociationId": association, "NetworkInterfaceId": interface, "PrivateIpAddress": on_interface["PrivateIpAddress"]}
    assert {name: found[name] for name in expected} == expected and found["NetworkInterfaceOwnerId"] == on_interface["OwnerId"], found
    assert "InstanceId" not in found, found

    attachment = cloud.attach(interface, instance)
    cloud.until_attached(interface)
    assert shown(cloud, allocation)["InstanceId"] == instance
    refused("InvalidIPAddress.InUse", ec2.release_address, AllocationId=allocation)
    other = cloud.interface(subnet)
    refused("Resource.AlreadyAssociated", ec2.associate_address, allocation, AllocationId=allocation, NetworkInterfaceId=other)
    moved = ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=other, AllowReassociation=True)["AssociationId"]
    assert moved != association and "Association" not in cloud.described(interface), "the address has left the first interface"
    refused("InvalidAssociationID.NotFound", ec2.disassociate_address, association, AssociationId=association)

    ec2.disassociate_address(AssociationId=moved)
    assert "Association" not in cloud.described(other) and "AssociationId" not in shown(cloud, allocation)
    ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=interface)
    ec2.detach_network_interface(AttachmentId=attachment)
    cloud.until_available(interface)
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    assert "AssociationId" not in shown(cloud, allocation), "the association is gone with its interface"
    ec2.release_address(AllocationId=allocation)


@check
def an_address_is_given_to_an_instance(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    subnet = cloud.subnet(vpc=vpc)
    gateway(cloud, vpc)
    instance, address = cloud.running(subnet), allocate(cloud)
    association = ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=instance)["AssociationId"]
    found = cloud.instance(instance)
    [primary] = found["NetworkInterfaces"]
    assert found["PublicIpAddress"] == address["PublicIp"] == primary["Association"]["PublicIp"], found
    assert shown(cloud, address["AllocationId"])["NetworkInterfaceId"] == primary["NetworkInterfaceId"]
    ec2.disassociate_address(AssociationId=association)
    assert "PublicIpAddress" not in cloud.instance(instance)
    ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=instance)
    ec2.terminate_instances(InstanceIds=[instance])
    cloud.until_state(instance, "terminated")
    assert "AssociationId" not in shown(cloud, address["AllocationId"]), "an elastic address outlives its instance"
    ec2.release_address(AllocationId=address["AllocationId"])
