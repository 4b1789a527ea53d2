"""An EC2 endpoint as behaviours see it: clients, things to try it on, and a way to expect a refusal.

Nothing here knows what is behind the endpoint. Zones, images and instance types are what it says there are. Everything a behaviour
makes is noted and taken away after it (see leftovers.py).
"""

import ipaddress
import time
from argparse import Namespace
from dataclasses import dataclass

import boto3
from behaviour import NotSupported, Skipped
from botocore.config import Config
from botocore.exceptions import ClientError
from leftovers import Leftovers

# How an endpoint says that it does not have something.
UNSUPPORTED = {"InvalidAction", "UnsupportedOperation", "UnknownParameter", "NotImplemented", "UnknownOperationException"}

# Interfaces and addresses per interface of small types, should the endpoint not tell.
# Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AvailableIpPerENI.html
KINDS = {"t3.nano": (2, 2), "t3.micro": (2, 2), "t3.small": (3, 4), "t3.medium": (3, 6), "m5.large": (3, 10), "t3.xlarge": (4, 15), "c5.xlarge": (4, 15)}

# Subnets are cut from a VPC in pieces of this size.
PIECE = 26


@dataclass(frozen=True)
class Subnet:
    id: str
    vpc: str
    zone: str
    block: ipaddress.IPv4Network

    def address(self, place):
        """The address at this place, from the end if it is negative."""
        return str(self.block[place])


class Cloud:
    def __init__(self, options):
        self.options = options
        self.ec2 = self.client(options.key, options.secret)
        self.leftovers = Leftovers(self.ec2, options.patience)
        # What behaviours share stays until the end of the run.
        self.shared = Leftovers(self.ec2, options.patience)
        self.memory = {}
        self.pieces = {}
        self.others = []

    def tidy(self):
        """Takes away what a behaviour made. Answers what could not be."""
        # Another account may have attached what is this one's.
        return [left for cloud in (*self.others, self) for left in cloud.leftovers.take_away()]

    def close(self):
        """Takes away what all behaviours shared."""
        return [left for cloud in (*self.others, self) for left in cloud.shared.take_away()]

    def client(self, key, secret):
        # Throttled requests are sent again; a request that EC2 would refuse must leave this machine as it was asked for.
        config = Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=5, read_timeout=60, parameter_validation=False)
        session = boto3.session.Session(aws_access_key_id=key, aws_secret_access_key=secret, region_name=self.options.region)
        return session.client("ec2", endpoint_url=self.options.endpoint, config=config)

    def once(self, name, make):
        """What `make` answered the first time, also when that was a failure."""
        if name not in self.memory:
            mine, self.leftovers = self.leftovers, self.shared
            try:
                self.memory[name] = (make(), None)
            except Exception as why:
                self.memory[name] = (None, why)
            finally:
                self.leftovers = mine
        made, why = self.memory[name]
        if why:
            raise why
        return made

    # What the endpoint has.

    @property
    def other(self):
        """The same endpoint as another account sees it."""
        if not self.options.second_key:
            raise Skipped("it needs another account: --second-key and --second-secret")
        if not self.others:
            self.others = [Cloud(Namespace(**{**vars(self.options), "key": self.options.second_key, "secret": self.options.second_secret}))]
        return self.others[0]

    @property
    def zones(self):
        def look():
            found = self.ec2.describe_availability_zones(Filters=[{"Name": "state", "Values": ["available"]}])["AvailabilityZones"]
            names = sorted(zone["ZoneName"] for zone in found if zone.get("ZoneType", "availability-zone") == "availability-zone")
            assert len(names) > 1, f"two availability zones are needed, and there are {names}"
            return names

        return self.once("zones", look)

    @property
    def image(self):
        return self.once("image", self._image)

    def _image(self):
        wanted = [{"Name": "architecture", "Values": ["x86_64"]}, {"Name": "state", "Values": ["available"]}]
        linux = {"Name": "name", "Values": ["al2023-ami-2023*"]}
        for asked in ({"Owners": ["amazon"], "Filters": [*wanted, linux]}, {"Filters": wanted, "MaxResults": 50}):
            try:
                found = [image["ImageId"] for image in self.ec2.describe_images(**asked)["Images"] if image["ImageId"].startswith("ami-")]
            except ClientError:
                continue
            if found:
                return min(found)
        if self.options.image:
            return self.options.image
        raise NotSupported("DescribeImages finds no image to launch, and none is given with --image")

    @property
    def kinds(self):
        return self.once("kinds", self._kinds)

    def _kinds(self):
        known = dict(KINDS)
        for kind in KINDS:
            try:
                [told] = self.ec2.describe_instance_types(InstanceTypes=[kind])["InstanceTypes"]
                network = told["NetworkInfo"]
                known[kind] = (network["MaximumNetworkInterfaces"], network["Ipv4AddressesPerInterface"])
            except (ClientError, KeyError, ValueError):
                pass
        return known

    def kind(self, interfaces=2, addresses=2):
        """The smallest instance type that takes so many interfaces, with so many addresses each."""
        for kind, (most, each) in self.kinds.items():
            if most >= interfaces and each >= addresses:
                return kind
        raise NotSupported(f"no instance type with {interfaces} interfaces of {addresses} addresses is known")

    # Things to try it on.

    @property
    def vpc(self):
        """The VPC of the run."""
        return self.once("vpc", lambda: self.new_vpc("10.64.0.0/16"))

    def new_vpc(self, block="10.80.0.0/16", **more):
        vpc = self.ec2.create_vpc(CidrBlock=block, **more)["Vpc"]["VpcId"]
        self.leftovers.note("vpc", vpc)
        self.pieces[vpc] = ipaddress.ip_network(block).subnets(new_prefix=PIECE)
        self.until(f"{vpc} is available", lambda: self.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0], lambda found: found["State"] == "available")
        return vpc

    @property
    def outside(self):
        """The VPC of the run, with an internet gateway."""
        self.once("gateway", lambda: self.gateway(self.vpc))
        return self.vpc

    def gateway(self, vpc):
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.leftovers.note("gateway", gateway, vpc)
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        return gateway

    def subnet(self, prefix=PIECE, zone=0, vpc=None, **more):
        """In the VPC of the run if no other is given; `zone` is which of the zones."""
        vpc = vpc or self.vpc
        block = next(next(self.pieces[vpc]).subnets(new_prefix=prefix))
        made = self.ec2.create_subnet(VpcId=vpc, CidrBlock=str(block), AvailabilityZone=self.zones[zone], **more)["Subnet"]
        self.leftovers.note("subnet", made["SubnetId"])
        return Subnet(made["SubnetId"], vpc, self.zones[zone], block)

    @property
    def dual_vpc(self):
        """A VPC with an IPv6 block, and the block."""
        return self.once("vpc with IPv6", self._dual_vpc)

    def _dual_vpc(self):
        vpc = self.new_vpc("10.65.0.0/16", AmazonProvidedIpv6CidrBlock=True)

        def look():
            [found] = self.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
            return found.get("Ipv6CidrBlockAssociationSet", [])

        [block] = self.until(f"{vpc} has an IPv6 block", look, lambda found: found and found[0]["Ipv6CidrBlockState"]["State"] == "associated")
        whole = ipaddress.ip_network(block["Ipv6CidrBlock"])
        return vpc, whole.subnets(new_prefix=64)

    def dual_subnet(self, **more):
        """A subnet with an IPv6 block besides its other; see `wide_block`."""
        vpc, blocks = self.dual_vpc
        return self.subnet(vpc=vpc, Ipv6CidrBlock=str(next(blocks)), **more)

    def wide_block(self, subnet):
        [found] = self.ec2.describe_subnets(SubnetIds=[subnet.id])["Subnets"]
        [block] = found["Ipv6CidrBlockAssociationSet"]
        return ipaddress.ip_network(block["Ipv6CidrBlock"])

    def group(self, vpc=None):
        name = f"conformance-{time.time_ns()}"
        group = self.ec2.create_security_group(GroupName=name, Description="conformance", VpcId=vpc or self.vpc)["GroupId"]
        self.leftovers.note("group", group)
        return group

    def default_group(self, vpc):
        wanted = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
        [group] = self.ec2.describe_security_groups(Filters=wanted)["SecurityGroups"]
        return group["GroupId"]

    def interface(self, subnet, **more):
        """A new interface, as CreateNetworkInterface answers it."""
        made = self.ec2.create_network_interface(SubnetId=subnet.id, **more)["NetworkInterface"]
        self.leftovers.note("interface", made["NetworkInterfaceId"])
        return made

    def interface_id(self, subnet, **more):
        return self.interface(subnet, **more)["NetworkInterfaceId"]

    def run(self, **more):
        """Instances, as RunInstances answers them."""
        asked = {"ImageId": self.image, "InstanceType": self.kind(), "MinCount": 1, "MaxCount": 1, **more}
        made = self.ec2.run_instances(**asked)["Instances"]
        for instance in made:
            self.leftovers.note("instance", instance["InstanceId"])
        return made

    def launch(self, subnet, **more):
        [instance] = self.run(SubnetId=subnet.id, **more)
        return instance["InstanceId"]

    def running(self, subnet, **more):
        instance = self.launch(subnet, **more)
        self.until_state(instance, "running")
        return instance

    def stopped(self, subnet, **more):
        instance = self.running(subnet, **more)
        self.ec2.stop_instances(InstanceIds=[instance])
        self.until_state(instance, "stopped")
        return instance

    def terminated(self, subnet, **more):
        instance = self.running(subnet, **more)
        self.ec2.terminate_instances(InstanceIds=[instance])
        self.until_state(instance, "terminated")
        return instance

    def attach(self, interface, instance, index=1, **more):
        asked = {"NetworkInterfaceId": interface, "InstanceId": instance, "DeviceIndex": index, **more}
        return self.ec2.attach_network_interface(**asked)["AttachmentId"]

    def attached(self, interface, instance, index=1):
        """Attaches, waits, and answers the interface."""
        self.attach(interface, instance, index)
        return self.until_attached(interface)

    def elastic(self, **more):
        """An elastic address, as AllocateAddress answers it."""
        made = self.ec2.allocate_address(Domain="vpc", **more)
        self.leftovers.note("address", made["AllocationId"])
        return made

    # What there is now.

    def described(self, interface):
        [found] = self.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
        return found

    def instance(self, instance):
        [reservation] = self.ec2.describe_instances(InstanceIds=[instance])["Reservations"]
        [found] = reservation["Instances"]
        return found

    def primary(self, instance):
        """The interface at device index 0, as the instance shows it."""
        return next(found for found in self.instance(instance)["NetworkInterfaces"] if found["Attachment"]["DeviceIndex"] == 0)

    def found(self, subnet, *filters):
        """The ids of the interfaces of a subnet that these filters, (name, value, …) each, find."""
        asked = [("subnet-id", subnet.id), *filters]
        asked = [{"Name": name, "Values": list(values)} for name, *values in asked]
        pages = self.ec2.get_paginator("describe_network_interfaces").paginate(Filters=asked)
        return sorted(found["NetworkInterfaceId"] for page in pages for found in page["NetworkInterfaces"])

    def free_addresses(self, subnet):
        [found] = self.ec2.describe_subnets(SubnetIds=[subnet.id])["Subnets"]
        return found["AvailableIpAddressCount"]

    def account(self):
        return self.once("account", lambda: self.interface(self.subnet())["OwnerId"])

    # Waiting.

    def until(self, what, look, holds, seconds=None):
        """Looks until it holds; says what was seen last when it does not in time."""
        deadline = time.monotonic() + (seconds or self.options.patience)
        pause = 0.02
        while True:
            seen = look()
            if holds(seen):
                return seen
            assert time.monotonic() < deadline, f"{what}: not within {seconds or self.options.patience} s; last seen: {seen}"
            time.sleep(pause)
            pause = min(pause * 1.2, 2)

    def until_attached(self, interface):
        return self.until(f"{interface} is attached", lambda: self.described(interface), lambda found: found.get("Attachment", {}).get("Status") == "attached")

    def until_available(self, interface):
        return self.until(f"{interface} is available", lambda: self.described(interface), lambda found: found["Status"] == "available")

    def until_state(self, instance, state):
        return self.until(f"{instance} is {state}", lambda: self.instance(instance), lambda found: found["State"]["Name"] == state)

    def until_gone(self, interface):
        def look():
            try:
                return self.described(interface)
            except ClientError as why:
                if why.response["Error"]["Code"] == "InvalidNetworkInterfaceID.NotFound":
                    return None
                raise

        self.until(f"{interface} is deleted", look, lambda found: found is None)


def refused(codes, call, *words, status=None, **parameters):
    """Makes a call that must be refused with this code, or one of these, and with these words in its message; answers the message.

    Several codes are for what EC2 leaves open: two pages that differ, or a code that is documented for the parameter and not for the
    operation.
    """
    codes = [codes] if isinstance(codes, str) else codes
    try:
        reply = call(**parameters)
    except ClientError as why:
        error, answer = why.response["Error"], why.response["ResponseMetadata"]
        if error["Code"] in UNSUPPORTED and error["Code"] not in codes:
            raise
        assert error["Code"] in codes, f"expected {' or '.join(codes)}, got {error['Code']}: {error['Message']}"
        for word in words:
            assert word in error["Message"], f"no {word!r} in the message of {error['Code']}: {error['Message']}"
        expected = status or 400
        assert answer["HTTPStatusCode"] == expected, f"{error['Code']} has the status {answer['HTTPStatusCode']} instead of {expected}"
        return error["Message"]
    reply.pop("ResponseMetadata", None)
    raise AssertionError(f"expected {' or '.join(codes)}, and it was done: {reply}")


def secondaries(interface):
    return [address["PrivateIpAddress"] for address in interface["PrivateIpAddresses"] if not address["Primary"]]
