"""What instances' own software makes of the metadata: cloud-init's EC2 data source and the package ec2-metadata, unchanged.

Both are pointed at an instance's eyes, `multihome metadata <instance> --serve`: cloud-init by its setting `metadata_urls`, and
ec2-metadata, which knows only 169.254.169.254, through the same as an HTTP proxy.
"""

import contextlib
import inspect
import re
import subprocess
import tempfile

import ec2_metadata
import urllib3
from cloudinit import distros, helpers
from cloudinit.sources.DataSourceEc2 import DataSourceEc2, convert_ec2_metadata_network_config

from cloud import check

# Takes fifteen interfaces: eight, and one more while it runs.
TYPE = "m5.16xlarge"
# How many interfaces an instance has before one more is attached.
COUNTS = [1, 2, 8]


@contextlib.contextmanager
def eyes(cloud, instance):
    """The address at which requests are answered as if the instance had made them."""
    look = [cloud.program, "metadata", instance, "--serve", "127.0.0.1:0", "--metadata-listen", cloud.metadata, "--state", cloud.state]
    front = subprocess.Popen(look, stdout=subprocess.PIPE, text=True)
    try:
        said = front.stdout.readline()
        yield re.search(r"http://[0-9.]+:[0-9]+", said).group()
    finally:
        front.terminate()
        front.wait(20)


class CloudInit:
    """One boot of cloud-init; as on a machine of AWS it asks for tokens, elsewhere it does not."""

    def __init__(self, address, platform):
        with tempfile.TemporaryDirectory() as folder:
            paths = helpers.Paths({"cloud_dir": folder, "run_dir": folder, "templates_dir": folder})
            settings = {"datasource": {"Ec2": {"metadata_urls": [address], "strict_id": "false", "max_wait": 10, "timeout": 5}}}
            source = DataSourceEc2(settings, distros.fetch("debian")("debian", {}, paths), paths)
            # What it reads in the machine's DMI tables, which are not those of an instance here.
            source._cloud_name = platform
            crawled = source.crawl_metadata()
        assert crawled, "the crawl failed"
        self.metadata, self.user_data, self.dynamic = crawled["meta-data"], crawled["user-data"], crawled.get("dynamic")
        self.macs = self.metadata["network"]["interfaces"]["macs"]

    def network(self, described):
        """The network configuration for a machine that has these interfaces, by the names the kernel gave them."""
        names = {interface["MacAddress"]: f"eth{interface['Attachment']['DeviceIndex']}" for interface in described}
        return convert_ec2_metadata_network_config(self.metadata["network"], macs_to_nics=names, fallback_nic="eth0")["ethernets"]


def on(cloud, instance):
    """Its interfaces as EC2 describes them, in the order of their device indices."""
    return sorted(cloud.instance(instance)["NetworkInterfaces"], key=lambda interface: interface["Attachment"]["DeviceIndex"])


def configured(cloud, instance, subnet_cidr, boot):
    """Checks what a boot made of the interfaces that the instance has."""
    described = on(cloud, instance)
    assert set(boot.macs) == {interface["MacAddress"] for interface in described}, boot.macs.keys()
    network = boot.network(described)
    assert len(network) == len(described), network
    for interface in described:
        index, told = interface["Attachment"]["DeviceIndex"], boot.macs[interface["MacAddress"]]
        addresses = [address["PrivateIpAddress"] for address in interface["PrivateIpAddresses"]]
        assert told["interface-id"] == interface["NetworkInterfaceId"] and told["device-number"] == str(index), told
        assert told["local-ipv4s"] in (addresses, addresses[0]) and told["subnet-ipv4-cidr-block"] == subnet_cidr, told
        assert told["vpc-id"] == interface["VpcId"] and told["subnet-id"] == interface["SubnetId"], told
        made = network[f"eth{index}"]
        assert made["dhcp4"] is True and made["match"] == {"macaddress": interface["MacAddress"]}, made
        length = subnet_cidr.split("/")[1]
        assert made.get("addresses", []) == sorted(f"{address}/{length}" for address in addresses[1:]), made
        if len(described) > 1:
            assert made["dhcp4-overrides"] == {"route-metric": 100 * (index + 1)}, made


def everything(thing):
    """Every property of an object of ec2-metadata, which asks for it."""
    kind = type(thing)
    names = [name for name, member in inspect.getmembers(kind) if isinstance(member, property) or type(member).__name__ == "cached_property"]
    assert len(names) > 10, names
    return {name: getattr(thing, name) for name in names}


def launched(cloud, subnet, interfaces):
    legs = [{"DeviceIndex": index, "SubnetId": subnet} for index in range(interfaces)]
    run = cloud.ec2.run_instances(ImageId="ami-00000001", InstanceType=TYPE, MinCount=1, MaxCount=1, NetworkInterfaces=legs)
    instance = run["Instances"][0]["InstanceId"]
    cloud.until_state(instance, "running")
    for leg in on(cloud, instance):
        cloud.until_attached(leg["NetworkInterfaceId"])
    return instance


@check
def cloud_init_configures_one_two_and_eight_interfaces_before_and_after_a_hot_attach(cloud):
    subnet = cloud.subnet("10.0.8.0/22")
    for interfaces in COUNTS:
        instance = launched(cloud, subnet, interfaces)
        with eyes(cloud, instance) as address:
            for platform in ["unknown", "aws"]:
                before = CloudInit(address, platform)
                assert before.metadata["instance-id"] == instance and before.user_data in (b"", "", None), before.metadata
                configured(cloud, instance, "10.0.8.0/22", before)
            more = cloud.interface(subnet)
            cloud.attach(more, instance, interfaces)
            cloud.until_attached(more)
            after = CloudInit(address, "aws")
            assert len(after.macs) == interfaces + 1, after.macs
            configured(cloud, instance, "10.0.8.0/22", after)
            identity = after.dynamic["instance-identity"]["document"]
            assert (identity["instanceId"], identity["availabilityZone"]) == (instance, "us-east-1a"), identity
        cloud.ec2.terminate_instances(InstanceIds=[instance])


@check
def ec2_metadata_reads_every_property_of_one_two_and_eight_interfaces(cloud):
    subnet = cloud.subnet("10.0.8.0/22")
    for interfaces in COUNTS:
        instance = launched(cloud, subnet, interfaces)
        with eyes(cloud, instance) as address:
            for count in [interfaces, interfaces + 1]:
                if count > interfaces:
                    more = cloud.interface(subnet)
                    cloud.attach(more, instance, interfaces)
                    cloud.until_attached(more)
                read_all(cloud, instance, ec2_metadata.EC2Metadata(pool_manager=urllib3.ProxyManager(address)))
        cloud.ec2.terminate_instances(InstanceIds=[instance])


def read_all(cloud, instance, client):
    described, legs = cloud.instance(instance), on(cloud, instance)
    read = everything(client) if tags_are_told(cloud, instance) else without_tags(client)
    assert read["instance_id"] == instance and read["instance_type"] == TYPE and read["region"] == "us-east-1", read
    assert read["availability_zone"] == described["Placement"]["AvailabilityZone"], read
    assert (read["private_ipv4"], read["private_hostname"]) == (described["PrivateIpAddress"], described["PrivateDnsName"]), read
    assert read["mac"] == legs[0]["MacAddress"] and read["account_id"] == legs[0]["OwnerId"], read
    assert read["instance_action"] == "none" and read["domain"] == "amazonaws.com", read
    assert read["public_ipv4"] == described.get("PublicIpAddress"), read
    assert (read["public_hostname"] or "") == described["PublicDnsName"], read
    assert set(read["network_interfaces"]) == {leg["MacAddress"] for leg in legs}, read
    for leg in legs:
        told = everything(read["network_interfaces"][leg["MacAddress"]])
        assert told["interface_id"] == leg["NetworkInterfaceId"] and told["device_number"] == leg["Attachment"]["DeviceIndex"], told
        assert told["private_ipv4s"] == [address["PrivateIpAddress"] for address in leg["PrivateIpAddresses"]], told
        assert told["security_group_ids"] == [group["GroupId"] for group in leg["Groups"]], told
        assert (told["vpc_id"], told["subnet_id"], told["owner_id"]) == (leg["VpcId"], leg["SubnetId"], leg["OwnerId"]), told
        assert told["subnet_ipv4_cidr_block"] == "10.0.8.0/22" and told["vpc_ipv4_cidr_blocks"] == ["10.0.0.0/16"], told
        public = {address["PrivateIpAddress"]: address["Association"] for address in leg["PrivateIpAddresses"] if "Association" in address}
        assert told["public_ipv4s"] == [association["PublicIp"] for association in public.values()], told
        assert told["ipv4_associations"] == {association["PublicIp"]: [private] for private, association in public.items()}, told
        names = [association["PublicDnsName"] for association in public.values()]
        assert told["public_hostname"] == (names[0] if names else None), told
    return read


@check
def ec2_metadata_reads_public_addresses_while_they_lead_to_the_instance(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    instance = launched(cloud, cloud.subnet("10.0.8.0/22", vpc=vpc), 2)
    first, second = on(cloud, instance)
    # One is reached by name, and one by an address besides its own.
    assigned = ec2.assign_private_ip_addresses(NetworkInterfaceId=second["NetworkInterfaceId"], SecondaryPrivateIpAddressCount=1)
    [further] = (address["PrivateIpAddress"] for address in assigned["AssignedPrivateIpAddresses"])
    kept = [ec2.allocate_address(Domain="vpc") for _ in range(2)]
    places = [(first, first["PrivateIpAddress"]), (second, further)]
    held = [
        ec2.associate_address(AllocationId=address["AllocationId"], NetworkInterfaceId=leg["NetworkInterfaceId"], PrivateIpAddress=private)["AssociationId"]
        for address, (leg, private) in zip(kept, places, strict=True)
    ]
    with eyes(cloud, instance) as address:

        def client():
            return ec2_metadata.EC2Metadata(pool_manager=urllib3.ProxyManager(address))

        def publics():
            legs = client().network_interfaces
            return [legs[leg["MacAddress"]].public_ipv4s for leg in [first, second]]

        def becomes(wanted):
            cloud.until(f"the public addresses are {wanted}", lambda: ((seen := publics()) == wanted, seen))

        becomes([[address["PublicIp"]] for address in kept])
        read = read_all(cloud, instance, client())
        assert read["public_ipv4"] == kept[0]["PublicIp"] and read["public_hostname"].startswith("ec2-"), read
        ec2.disassociate_address(AssociationId=held[0])
        becomes([[], [kept[1]["PublicIp"]]])
        assert read_all(cloud, instance, client())["public_ipv4"] is None
    ec2.terminate_instances(InstanceIds=[instance])


def tags_are_told(cloud, instance):
    return cloud.instance(instance).get("MetadataOptions", {}).get("InstanceMetadataTags") == "enabled"


def without_tags(client):
    """Tags are not there unless the instance's options say so, and then the client's property fails, on EC2 as well."""

    class Reader(type(client)):
        tags = None

    client.__class__ = Reader
    return everything(client)


@check
def options_and_tags_are_followed(cloud):
    ec2, subnet = cloud.ec2, cloud.subnet()
    instance = launched(cloud, subnet, 1)
    ec2.create_tags(Resources=[instance], Tags=[{"Key": "Name", "Value": "front"}])
    with eyes(cloud, instance) as address:
        plain = urllib3.PoolManager()

        def status():
            return plain.request("GET", f"{address}/latest/meta-data/instance-id").status

        def becomes(wanted):
            cloud.until(f"a request without a token is answered {wanted}", lambda: (status() == wanted, status()))

        assert status() == 200
        changed = ec2.modify_instance_metadata_options(InstanceId=instance, HttpTokens="required", InstanceMetadataTags="enabled")
        options = changed["InstanceMetadataOptions"]
        assert (options["HttpTokens"], options["InstanceMetadataTags"], options["State"]) == ("required", "enabled", "pending"), options
        becomes(401)
        assert tags_are_told(cloud, instance)
        told = ec2_metadata.EC2Metadata(pool_manager=urllib3.ProxyManager(address))
        assert told.instance_id == instance and dict(told.tags) == {"Name": "front"}, dict(told.tags)
        ec2.modify_instance_metadata_options(InstanceId=instance, HttpEndpoint="disabled")
        becomes(403)
