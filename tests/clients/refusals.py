"""The codes, and the words, that CNI plug-ins, Terraform and others branch on."""

from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from cloud import check, refused

NONE = "0badcafe"


@check
def what_does_not_exist_has_a_code_of_its_own(cloud):
    ec2, subnet = cloud.ec2, cloud.subnet()
    interface, instance = cloud.interface(subnet), cloud.running(subnet)
    eni, words = f"eni-{NONE}", f"The networkInterface ID 'eni-{NONE}' does not exist"
    # amazon-vpc-cni-k8s cuts the id out of the quotes.
    refused("InvalidNetworkInterfaceID.NotFound", ec2.describe_network_interfaces, words, NetworkInterfaceIds=[interface, eni])
    refused("InvalidNetworkInterfaceID.NotFound", ec2.delete_network_interface, words, NetworkInterfaceId=eni)
    refused("InvalidNetworkInterfaceID.NotFound", ec2.attach_network_interface, words, NetworkInterfaceId=eni, InstanceId=instance, DeviceIndex=1)
    modified = {"NetworkInterfaceId": eni, "SourceDestCheck": {"Value": True}}
    refused("InvalidNetworkInterfaceID.NotFound", ec2.modify_network_interface_attribute, words, **modified)
    refused("InvalidInstanceID.NotFound", ec2.attach_network_interface, NetworkInterfaceId=interface, InstanceId=f"i-{NONE}", DeviceIndex=1)
    refused("InvalidInstanceID.NotFound", ec2.describe_instances, f"i-{NONE}", InstanceIds=[f"i-{NONE}"])
    refused("InvalidInstanceID.NotFound", ec2.terminate_instances, f"The instance ID 'i-{NONE}' does not exist", InstanceIds=[f"i-{NONE}"])
    several = [f"i-{NONE}", instance, "i-00000000"]
    refused("InvalidInstanceID.NotFound", ec2.terminate_instances, f"The instance IDs 'i-{NONE}, i-00000000' do not exist", InstanceIds=several)
    refused("InvalidAttachmentID.NotFound", ec2.detach_network_interface, AttachmentId=f"eni-attach-{NONE}")
    refused("InvalidSubnetID.NotFound", ec2.create_network_interface, SubnetId=f"subnet-{NONE}")
    refused("InvalidVpcID.NotFound", ec2.create_subnet, VpcId=f"vpc-{NONE}", CidrBlock="10.0.0.0/24")
    refused("InvalidRouteTableID.NotFound", ec2.describe_route_tables, RouteTableIds=[f"rtb-{NONE}"])
    missing = {"SubnetId": subnet, "Groups": [f"sg-{NONE}"]}
    refused("InvalidGroup.NotFound", ec2.create_network_interface, **missing)


@check
def a_malformed_id_is_not_a_missing_one(cloud):
    ec2 = cloud.ec2
    refused("InvalidNetworkInterfaceId.Malformed", ec2.describe_network_interfaces, NetworkInterfaceIds=["eni-xyz"])
    refused("InvalidNetworkInterfaceAttachmentId.Malformed", ec2.detach_network_interface, AttachmentId="eni-attach-1")
    refused("InvalidInstanceID.Malformed", ec2.describe_instances, InstanceIds=["server-1"])
    refused("OperationNotPermitted", ec2.detach_network_interface, "ela-attach", AttachmentId="ela-attach-0badcafe")
    long = f"eni-{'0' * 9}{NONE}"
    refused("InvalidNetworkInterfaceID.NotFound", ec2.describe_network_interfaces, long, NetworkInterfaceIds=[long])


@check
def attach_and_detach_are_refused_as_ec2_refuses_them(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    subnet = cloud.subnet(vpc=vpc)
    instance, interface, other = cloud.running(subnet), cloud.interface(subnet), cloud.interface(subnet)
    attachment = cloud.attach(interface, instance, 1)
    attach = {"NetworkInterfaceId": other, "InstanceId": instance}
    # Cilium and amazon-vpc-cni-k8s look for these words and try the next index.
    words = f"Instance '{instance}' already has an interface attached at device index '1'."
    refused("InvalidParameterValue", ec2.attach_network_interface, words, **attach, DeviceIndex=1)
    refused("InvalidParameterValue", ec2.attach_network_interface, **attach, DeviceIndex=32)
    refused("InvalidParameterValue", ec2.attach_network_interface, **attach, DeviceIndex=2, NetworkCardIndex=1)
    taken = {"NetworkInterfaceId": interface, "InstanceId": instance, "DeviceIndex": 2}
    refused("InvalidNetworkInterface.InUse", ec2.attach_network_interface, **taken)
    far = cloud.interface(cloud.subnet("10.0.2.0/24", "us-east-1b", vpc))
    refused("InvalidParameterCombination", ec2.attach_network_interface, "zone", NetworkInterfaceId=far, InstanceId=instance, DeviceIndex=2)
    adapter = cloud.interface(subnet, InterfaceType="efa")
    refused("AttachmentLimitExceeded", ec2.attach_network_interface, "EFA", NetworkInterfaceId=adapter, InstanceId=instance, DeviceIndex=2)
    [primary] = [leg for leg in cloud.instance(instance)["NetworkInterfaces"] if leg["Attachment"]["DeviceIndex"] == 0]
    refused("OperationNotPermitted", ec2.detach_network_interface, "device index 0", AttachmentId=primary["Attachment"]["AttachmentId"])
    cloud.until_attached(interface)
    ec2.detach_network_interface(AttachmentId=attachment)
    cloud.until_available(interface)
    refused("InvalidAttachmentID.NotFound", ec2.detach_network_interface, AttachmentId=attachment)


@check
def a_pending_instance_takes_nothing_and_gives_nothing(cloud):
    subnet = cloud.subnet()
    interface = cloud.interface(subnet)
    with cloud.stalled("one", "launch"):
        instance = cloud.launch(subnet)
        attach = {"NetworkInterfaceId": interface, "InstanceId": instance, "DeviceIndex": 1}
        refused("IncorrectState", cloud.ec2.attach_network_interface, "is not 'running' or 'stopped'", **attach)
    cloud.until_state(instance, "running")
    cloud.ec2.terminate_instances(InstanceIds=[instance])
    cloud.until_state(instance, "terminated")
    refused("IncorrectState", cloud.ec2.attach_network_interface, **attach)


@check
def addresses_are_never_wrong_and_never_given_twice(cloud):
    ec2, subnet = cloud.ec2, cloud.subnet("10.0.1.0/28")
    for reserved in ["10.0.1.0", "10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.1.15"]:
        refused("InvalidParameterValue", ec2.create_network_interface, SubnetId=subnet, PrivateIpAddress=reserved)
    refused("InvalidParameterValue", ec2.create_network_interface, SubnetId=subnet, PrivateIpAddress="10.0.2.9")
    ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress="10.0.1.9")
    refused("InvalidIPAddress.InUse", ec2.create_network_interface, "10.0.1.9", SubnetId=subnet, PrivateIpAddress="10.0.1.9")

    def create(_):
        try:
            return ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["PrivateIpAddress"]
        except ClientError as why:
            return why.response["Error"]["Code"]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(create, range(16)))
    addresses = [answer for answer in answers if answer.startswith("10.0.1.")]
    assert sorted(addresses) == sorted(f"10.0.1.{last}" for last in range(4, 15) if last != 9), answers
    assert answers.count("InsufficientFreeAddressesInSubnet") == 6, answers


@check
def a_vpc_and_its_subnets_fit(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    refused("InvalidVpc.Range", ec2.create_vpc, CidrBlock="10.0.0.0/8")
    refused("InvalidSubnet.Range", ec2.create_subnet, VpcId=vpc, CidrBlock="10.1.0.0/24")
    cloud.subnet("10.0.4.0/22", vpc=vpc)
    refused("InvalidSubnet.Conflict", ec2.create_subnet, VpcId=vpc, CidrBlock="10.0.5.0/24")
    ec2.create_security_group(GroupName="one", Description="one", VpcId=vpc)
    for name in ["one", "One "]:
        refused("InvalidGroup.Duplicate", ec2.create_security_group, GroupName=name, Description="one", VpcId=vpc)


@check
def what_is_not_understood_is_refused_by_name(cloud):
    ec2 = cloud.ec2
    # Terraform accepts just these words for operations an endpoint does not have.
    words = "The action DescribeSpotPriceHistory is not valid for this web service."
    refused("InvalidAction", ec2.describe_spot_price_history, words)
    subnet = cloud.subnet()
    refused("UnsupportedOperation", ec2.create_network_interface, "EnablePrimaryIpv6", SubnetId=subnet, EnablePrimaryIpv6=True)
    ec2.create_network_interface(SubnetId=subnet, EnablePrimaryIpv6=False)


@check
def every_parameter_of_the_model_is_known(cloud):
    """Each is asked for by itself, and nothing is to be done: it may be refused for anything but for being unknown."""
    model = cloud.ec2.meta.service_model
    actions = [action for action in model.operation_names if cloud.refusal(action, DryRun="true")[0] != "InvalidAction"]
    assert len(actions) > 100, actions
    unknown = []
    for action in actions:
        whole = model.operation_model(action).input_shape
        # Those that know of no dry run name an interface, and there is none called x.
        dry = {"DryRun": "true"} if "DryRun" in whole.members else {}
        shapes = dict(leaves(whole))
        for name, shape in shapes.items():
            asked = {**dry, name: a_value(shape)}
            code, words = cloud.refusal(action, **asked)
            # What has to be there is looked for first, and may keep what is deeper from being seen.
            while code == "MissingParameter" and (missing := words.split()[-1]) not in asked:
                asked[missing] = a_value(shapes[missing]) if missing in shapes else "x"
                code, words = cloud.refusal(action, **asked)
            if code == "UnknownParameter":
                unknown.append(f"{action}: {words}")
    assert not unknown, unknown


def leaves(shape, before="", above=()):
    """The names on the wire of all that has a value, and the shapes of those; of lists, the first item's."""
    for name, member in (shape.members.items() if shape else ()):
        wire = member.serialization.get("queryName") or upper(member.serialization.get("name", name))
        path = f"{before}{wire}"
        if member.type_name == "list":
            path, member = f"{path}.1", member.member
        if member.type_name != "structure":
            yield path, member
        elif member.name not in above:
            yield from leaves(member, f"{path}.", (*above, member.name))


def upper(name):
    return name[0].upper() + name[1:]


def a_value(shape):
    numbers = {"integer": "7", "long": "7", "float": "1", "double": "1"}
    others = {"boolean": "true", "timestamp": "2020-01-01T00:00:00Z"}
    return {**numbers, **others}.get(shape.type_name) or (getattr(shape, "enum", None) or ["x"])[0]
