"""What a reply may look like: botocore's own model of EC2 and STS, walked along the raw XML.

An SDK reads only what it knows and forgives the rest, so a wrong element goes unnoticed until somebody needs it. Here every element
has to be known to the model at its place, has to have its type, and has to be absent when there is nothing to say; what the model
requires has to be there, and so does what real clients read without asking whether it is there. Errors have an envelope of their own.
"""

import functools
import re
import xml.etree.ElementTree as tree

import botocore.session

NAMESPACES = {"ec2": "http://ec2.amazonaws.com/doc/2016-11-15/", "sts": "https://sts.amazonaws.com/doc/2011-06-15/"}

SCALARS = {
    "integer": re.compile(r"-?(0|[1-9]\d*)"),
    "long": re.compile(r"-?(0|[1-9]\d*)"),
    "float": re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?"),
    "double": re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?"),
    "boolean": re.compile(r"true|false"),
    "timestamp": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z"),
    "blob": re.compile(r"[A-Za-z0-9+/\s]+={0,2}"),
}
LIMITS = {"integer": 2**31, "long": 2**63}

# Texts that EC2 shows also when they are empty, and the attribute that has no value.
MAY_BE_EMPTY = {
    ("AttributeValue", "Value"),
    ("Instance", "PrivateDnsName"),
    ("Instance", "PublicDnsName"),
    ("Instance", "StateTransitionReason"),
    ("InstanceNetworkInterface", "Description"),
    ("InstanceNetworkInterfaceAssociation", "PublicDnsName"),
    ("NetworkInterface", "Description"),
    ("NetworkInterfaceAssociation", "PublicDnsName"),
    ("Placement", "GroupName"),
    ("Tag", "Value"),
    ("TagDescription", "Value"),
}
STRUCTURES_THAT_MAY_BE_EMPTY = {"AttributeValue"}

# What EC2 answers at these places, as clients have recorded it, and its model does not list.
BEYOND_THE_MODEL = {
    "DescribeInstanceTypes/instanceTypeSet/item/processorInfo/supportedFeatures/item": "metal-compatibility",
    "DescribeInternetGateways/internetGatewaySet/item/attachmentSet/item/state": "available",
    "DescribeNetworkInterfaces/networkInterfaceSet/item/interfaceType": "nat_gateway",
}

# EC2 has no such operation; it is Eucalyptus's.
OF_EUCALYPTUS = {"ModifyInstanceTypeAttribute"}

# What the model leaves open and clients take for granted: they index into these, or wait for them.
ALWAYS = {
    "Address": "AllocationId Domain NetworkBorderGroup PublicIp PublicIpv4Pool",
    "AvailabilityZone": "OptInStatus RegionName State ZoneId ZoneName ZoneType",
    "DhcpOptions": "DhcpConfigurations DhcpOptionsId OwnerId",
    "GroupIdentifier": "GroupId GroupName",
    "Image": "Architecture ImageId OwnerId RootDeviceType State",
    "Instance": "AmiLaunchIndex Architecture ImageId InstanceId InstanceType LaunchTime Monitoring Placement RootDeviceType State",
    "InstanceNetworkInterface": "Attachment Groups MacAddress NetworkInterfaceId OwnerId PrivateIpAddress PrivateIpAddresses SourceDestCheck Status"
    " SubnetId VpcId",
    "InstanceNetworkInterfaceAttachment": "AttachTime AttachmentId DeleteOnTermination DeviceIndex NetworkCardIndex Status",
    "InstanceState": "Code Name",
    "InstanceStateChange": "CurrentState InstanceId PreviousState",
    "InstanceStatus": "AvailabilityZone InstanceId InstanceState InstanceStatus SystemStatus",
    "InstanceTypeInfo": "BareMetal BurstablePerformanceSupported InstanceType NetworkInfo VCpuInfo",
    "InternetGateway": "Attachments InternetGatewayId OwnerId",
    "InternetGatewayAttachment": "State VpcId",
    "KeyPairInfo": "KeyFingerprint KeyName KeyPairId KeyType",
    "NatGateway": "ConnectivityType CreateTime NatGatewayAddresses NatGatewayId State SubnetId VpcId",
    "NetworkAcl": "Associations Entries IsDefault NetworkAclId OwnerId VpcId",
    "NetworkAclAssociation": "NetworkAclAssociationId NetworkAclId SubnetId",
    "NetworkAclEntry": "Egress Protocol RuleAction RuleNumber",
    "NetworkInfo": "DefaultNetworkCardIndex Ipv4AddressesPerInterface MaximumNetworkCards MaximumNetworkInterfaces NetworkCards",
    "NetworkInterface": "AvailabilityZone Description Groups InterfaceType MacAddress NetworkInterfaceId OwnerId PrivateIpAddress PrivateIpAddresses"
    " RequesterManaged SourceDestCheck Status SubnetId VpcId",
    "NetworkInterfaceAttachment": "AttachTime AttachmentId DeleteOnTermination DeviceIndex Status",
    "NetworkInterfacePrivateIpAddress": "Primary PrivateIpAddress",
    "Region": "Endpoint OptInStatus RegionName",
    "Reservation": "Instances OwnerId ReservationId",
    "Route": "Origin State",
    "RouteTable": "Associations OwnerId RouteTableId Routes VpcId",
    "RouteTableAssociation": "AssociationState Main RouteTableAssociationId RouteTableId",
    "SecurityGroup": "Description GroupId GroupName IpPermissions IpPermissionsEgress OwnerId SecurityGroupArn VpcId",
    "SecurityGroupForVpc": "Description GroupId GroupName OwnerId PrimaryVpcId",
    "SecurityGroupRule": "FromPort GroupId GroupOwnerId IpProtocol IsEgress SecurityGroupRuleId ToPort",
    "Subnet": "AssignIpv6AddressOnCreation AvailabilityZone AvailabilityZoneId AvailableIpAddressCount CidrBlock DefaultForAz MapPublicIpOnLaunch"
    " OwnerId State SubnetArn SubnetId VpcId",
    "Tag": "Key Value",
    "TagDescription": "Key ResourceId ResourceType Value",
    "Vpc": "CidrBlock CidrBlockAssociationSet DhcpOptionsId InstanceTenancy IsDefault OwnerId State VpcId",
}


@functools.cache
def model(service):
    return botocore.session.get_session().get_service_model(service)


def faults(service, action, status, body):
    """What is wrong with a reply, a line for each fault."""
    try:
        root = tree.fromstring(body)
    except tree.ParseError as why:
        return [f"{action}: not XML: {why}"]
    found = []
    if status >= 400:
        error(service, action, root, found)
    else:
        reply(service, action, root, found)
    return found


def reply(service, action, root, found):
    namespace = NAMESPACES[service]
    if root.tag != f"{{{namespace}}}{action}Response":
        found.append(f"{action}: the root is {root.tag}")
    for element in root.iter():
        if not element.tag.startswith(f"{{{namespace}}}"):
            found.append(f"{action}: {element.tag} is of another namespace")
        element.tag = local(element)
        if element.attrib:
            found.append(f"{action}: {element.tag} has attributes: {element.attrib}")
    request_id = root.find("requestId" if service == "ec2" else "ResponseMetadata/RequestId")
    if request_id is None or not request_id.text:
        found.append(f"{action}: no request id")
    elif service == "ec2":
        root.remove(request_id)
    if action in model(service).operation_names:
        shape = model(service).operation_model(action).output_shape
        place = root if service == "ec2" else root.find(shape.serialization["resultWrapper"])
        if shape is None:
            # EC2 writes `return` where its model has nothing.
            written = {(element.tag, element.text) for element in place} - {("return", "true")}
            found.extend(f"{action}/{tag}: not in the model, which has no reply ({text!r})" for tag, text in written)
        elif place is None:
            found.append(f"{action}: no {shape.serialization['resultWrapper']}")
        else:
            structure(shape, place, action, found)
    elif action not in OF_EUCALYPTUS:
        found.append(f"{action}: answered, and no operation of {service}")


def local(element):
    return element.tag.rsplit("}", 1)[-1]


def error(service, action, root, found):
    """EC2 has had <Response><Errors><Error> and RequestID since its first year; the other services have another envelope."""
    names = [local(element) for element in root.iter()]
    expected = {
        "ec2": ["Response", "Errors", "Error", "Code", "Message", "RequestID"],
        "sts": ["ErrorResponse", "Error", "Type", "Code", "Message", "RequestId"],
    }[service]
    if names != expected:
        found.append(f"{action}: an error in the envelope {names}")
    for element in root.iter():
        if local(element) in ("Code", "Message", "RequestID", "RequestId") and not (element.text or "").strip():
            found.append(f"{action}: an error with an empty {local(element)}")
    codes = [element.text or "" for element in root.iter() if local(element) == "Code"]
    found.extend(f"{action}: {code!r} is not a code" for code in codes if not re.fullmatch(r"[A-Za-z][A-Za-z0-9.]*", code))


def structure(shape, element, path, found):
    if (element.text or "").strip():
        found.append(f"{path}: text in a structure: {element.text!r}")
    known = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
    seen = set()
    for child in element:
        if child.tag not in known:
            found.append(f"{path}/{child.tag}: not in the model of {shape.name}")
            continue
        name, member = known[child.tag]
        if name in seen and not member.serialization.get("flattened"):
            found.append(f"{path}/{child.tag}: twice")
        seen.add(name)
        value(member, child, f"{path}/{child.tag}", found, may_be_empty=(shape.name, name) in MAY_BE_EMPTY)
    if not len(element) and shape.name not in STRUCTURES_THAT_MAY_BE_EMPTY and "/" in path:
        found.append(f"{path}: an empty {shape.name}; what is not there has no element")
    for name in [*shape.required_members, *ALWAYS.get(shape.name, "").split()]:
        if name not in seen:
            found.append(f"{path}: no {shape.members[name].serialization.get('name', name)}, which every {shape.name} has")


def value(shape, element, path, found, may_be_empty=False):
    if shape.type_name == "structure":
        return structure(shape, element, path, found)
    if shape.type_name == "list":
        return items(shape, element, path, found)
    text = element.text or ""
    if len(element):
        found.append(f"{path}: elements in a {shape.type_name}: {[child.tag for child in element]}")
    elif not text:
        if not may_be_empty:
            found.append(f"{path}: empty; what is not there has no element")
    elif shape.type_name == "string":
        if shape.enum and text not in shape.enum and BEYOND_THE_MODEL.get(re.sub(r"\[\d+]", "", path)) != text:
            found.append(f"{path}: {text!r} is no {shape.name}: {shape.enum[:12]}")
    elif not SCALARS[shape.type_name].fullmatch(text):
        found.append(f"{path}: {text!r} is no {shape.type_name}")
    elif shape.type_name in LIMITS and not -LIMITS[shape.type_name] <= int(text) < LIMITS[shape.type_name]:
        found.append(f"{path}: {text} is too large for {shape.type_name}")


def items(shape, element, path, found):
    if (element.text or "").strip():
        found.append(f"{path}: text in a list: {element.text!r}")
    name = shape.member.serialization.get("name", "member")
    for at, child in enumerate(element):
        if child.tag != name:
            found.append(f"{path}/{child.tag}: an item of this list is called {name}")
        else:
            value(shape.member, child, f"{path}/{name}[{at}]", found)
