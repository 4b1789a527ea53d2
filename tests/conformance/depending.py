"""What cannot be deleted because of an interface, and can be after it."""

from behaviour import ERRORS, TERRAFORM, api, behaviour, vpc_guide
from cloud import refused

GROUP, SUBNET, VPC = api("DeleteSecurityGroup"), api("DeleteSubnet"), api("DeleteVpc")
IN_USE = ["DependencyViolation", "InvalidGroup.InUse"]


@behaviour(GROUP, TERRAFORM)
def a_group_of_an_interface_stays(cloud):
    """A security group that an interface is in cannot be deleted, and can be when the interface is deleted."""
    group = cloud.group()
    interface = cloud.interface_id(cloud.subnet(), Groups=[group])
    refused(IN_USE, cloud.ec2.delete_security_group, GroupId=group)
    cloud.ec2.delete_network_interface(NetworkInterfaceId=interface)
    cloud.until_gone(interface)
    cloud.ec2.delete_security_group(GroupId=group)
    refused("InvalidGroup.NotFound", cloud.ec2.describe_security_groups, GroupIds=[group])


@behaviour(GROUP, api("ModifyNetworkInterfaceAttribute"))
def a_group_that_was_replaced_can_go(cloud):
    """A security group can be deleted when its interface is in another."""
    first, second = cloud.group(), cloud.group()
    interface = cloud.interface_id(cloud.subnet(), Groups=[first])
    cloud.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[second])
    cloud.ec2.delete_security_group(GroupId=first)
    refused(IN_USE, cloud.ec2.delete_security_group, GroupId=second)


@behaviour(GROUP)
def a_group_of_an_instance_stays(cloud):
    """A security group of an instance cannot be deleted, running or stopped, and can be after the termination."""
    group = cloud.group()
    instance = cloud.running(cloud.subnet(), SecurityGroupIds=[group])
    refused(IN_USE, cloud.ec2.delete_security_group, GroupId=group)
    cloud.ec2.stop_instances(InstanceIds=[instance])
    cloud.until_state(instance, "stopped")
    refused(IN_USE, cloud.ec2.delete_security_group, GroupId=group)
    primary = cloud.primary(instance)["NetworkInterfaceId"]
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    cloud.until_state(instance, "terminated")
    cloud.until_gone(primary)
    cloud.ec2.delete_security_group(GroupId=group)


@behaviour(vpc_guide("default-security-group"), ERRORS)
def the_default_group_stays(cloud):
    """The default group of a VPC cannot be deleted: CannotDelete."""
    refused("CannotDelete", cloud.ec2.delete_security_group, GroupId=cloud.default_group(cloud.vpc))


@behaviour(SUBNET, ERRORS, TERRAFORM)
def a_subnet_with_an_interface_stays(cloud):
    """A subnet with an interface is DependencyViolation, and can be deleted when the interface is."""
    subnet = cloud.subnet()
    interface = cloud.interface_id(subnet)
    refused("DependencyViolation", cloud.ec2.delete_subnet, subnet.id, SubnetId=subnet.id)
    assert cloud.described(interface)["SubnetId"] == subnet.id
    cloud.ec2.delete_network_interface(NetworkInterfaceId=interface)
    cloud.until_gone(interface)
    cloud.ec2.delete_subnet(SubnetId=subnet.id)
    refused("InvalidSubnetID.NotFound", cloud.ec2.describe_subnets, SubnetIds=[subnet.id])


@behaviour(SUBNET)
def a_subnet_with_an_instance_stays(cloud):
    """A subnet with an instance cannot be deleted, and can be after the termination."""
    subnet = cloud.subnet()
    instance = cloud.running(subnet)
    refused("DependencyViolation", cloud.ec2.delete_subnet, SubnetId=subnet.id)
    primary = cloud.primary(instance)["NetworkInterfaceId"]
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    cloud.until_state(instance, "terminated")
    cloud.until_gone(primary)
    cloud.ec2.delete_subnet(SubnetId=subnet.id)


@behaviour(SUBNET)
def a_subnet_with_an_attached_interface_stays(cloud):
    """A subnet cannot be deleted while one of its interfaces is attached to an instance of another subnet."""
    subnet, instance = cloud.subnet(), cloud.running(cloud.subnet())
    cloud.attached(cloud.interface_id(subnet), instance)
    refused("DependencyViolation", cloud.ec2.delete_subnet, SubnetId=subnet.id)


@behaviour(VPC, ERRORS)
def a_vpc_with_a_subnet_stays(cloud):
    """A VPC with a subnet is DependencyViolation, and can be deleted without."""
    vpc = cloud.new_vpc()
    subnet = cloud.subnet(vpc=vpc)
    refused("DependencyViolation", cloud.ec2.delete_vpc, VpcId=vpc)
    cloud.ec2.delete_subnet(SubnetId=subnet.id)
    cloud.ec2.delete_vpc(VpcId=vpc)
    refused("InvalidVpcID.NotFound", cloud.ec2.describe_vpcs, VpcIds=[vpc])


@behaviour(VPC, ERRORS)
def a_vpc_with_a_gateway_stays(cloud):
    """A VPC with an internet gateway cannot be deleted, and can be when the gateway is detached."""
    vpc = cloud.new_vpc()
    gateway = cloud.gateway(vpc)
    refused("DependencyViolation", cloud.ec2.delete_vpc, VpcId=vpc)
    cloud.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    cloud.ec2.delete_vpc(VpcId=vpc)


@behaviour(api("DetachInternetGateway"), ERRORS)
def a_gateway_with_public_addresses_stays(cloud):
    """An internet gateway cannot be detached while an interface of the VPC has an elastic address."""
    vpc = cloud.new_vpc()
    gateway = cloud.gateway(vpc)
    interface, elastic = cloud.interface_id(cloud.subnet(vpc=vpc)), cloud.elastic()
    association = cloud.ec2.associate_address(AllocationId=elastic["AllocationId"], NetworkInterfaceId=interface)["AssociationId"]
    refused("DependencyViolation", cloud.ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=vpc)
    cloud.ec2.disassociate_address(AssociationId=association)
    cloud.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


@behaviour(api("TerminateInstances"), VPC)
def everything_can_be_taken_down(cloud):
    """In the order of what hangs on what, nothing is left of a VPC with an instance with two interfaces, a group and a route."""
    vpc = cloud.new_vpc()
    subnet, group = cloud.subnet(vpc=vpc), cloud.group(vpc)
    interface, instance = cloud.interface_id(subnet, Groups=[group]), cloud.running(subnet)
    attachment = cloud.attached(interface, instance)["Attachment"]["AttachmentId"]
    primary = cloud.primary(instance)["NetworkInterfaceId"]
    table = cloud.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    cloud.ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.0.2.0/24", NetworkInterfaceId=interface)
    cloud.ec2.detach_network_interface(AttachmentId=attachment)
    cloud.until_available(interface)
    cloud.ec2.delete_network_interface(NetworkInterfaceId=interface)
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    cloud.until_state(instance, "terminated")
    cloud.until_gone(primary)
    cloud.ec2.delete_route_table(RouteTableId=table)
    cloud.ec2.delete_security_group(GroupId=group)
    cloud.ec2.delete_subnet(SubnetId=subnet.id)
    cloud.ec2.delete_vpc(VpcId=vpc)
    refused("InvalidVpcID.NotFound", cloud.ec2.describe_vpcs, VpcIds=[vpc])
