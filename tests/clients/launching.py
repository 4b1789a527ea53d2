"""RunInstances with interfaces of its own, and what an instance type allows."""

import re
import urllib.request

from cloud import SOON, check, refused
from signatures import answer, signed


def run(cloud, **parameters):
    return cloud.ec2.run_instances(ImageId="ami-00000001", InstanceType="m1.xlarge", **{"MinCount": 1, "MaxCount": 1, **parameters})


@check
def a_launch_makes_interfaces_and_takes_existing_ones(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    subnet = cloud.subnet(vpc=vpc)
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    existing = cloud.interface(subnet, PrivateIpAddress="10.0.1.78")
    launched = run(
        cloud,
        NetworkInterfaces=[
            {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [group], "PrivateIpAddress": "10.0.1.77", "Description": "front"},
            {"DeviceIndex": 1, "NetworkInterfaceId": existing},
            {"DeviceIndex": 2, "SubnetId": subnet, "DeleteOnTermination": False},
        ],
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "three legs"}]}],
    )
    instance = launched["Instances"][0]["InstanceId"]
    assert launched["ReservationId"].startswith("r-"), launched
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig=SOON)
    found = cloud.instance(instance)
    legs = {leg["Attachment"]["DeviceIndex"]: leg for leg in found["NetworkInterfaces"]}
    assert sorted(legs) == [0, 1, 2], legs
    assert legs[0]["PrivateIpAddress"] == found["PrivateIpAddress"] == "10.0.1.77" and legs[0]["Description"] == "front", legs
    assert legs[1]["NetworkInterfaceId"] == existing, legs
    assert [legs[index]["Attachment"]["DeleteOnTermination"] for index in range(3)] == [True, False, False], legs
    assert [leg["Attachment"]["Status"] for leg in legs.values()] == ["attached"] * 3, legs
    assert [group["GroupId"] for group in found["SecurityGroups"]] == [group] and found["Tags"] == [{"Key": "Name", "Value": "three legs"}], found
    made = legs[2]["NetworkInterfaceId"]
    ec2.terminate_instances(InstanceIds=[instance])
    cloud.until_state(instance, "terminated")
    cloud.until_available(existing), cloud.until_available(made)
    refused("InvalidNetworkInterfaceID.NotFound", ec2.describe_network_interfaces, NetworkInterfaceIds=[legs[0]["NetworkInterfaceId"]])


@check
def a_launch_without_interfaces_makes_the_primary(cloud):
    subnet = cloud.subnet()
    launched = run(cloud, SubnetId=subnet, MinCount=2, MaxCount=3)["Instances"]
    assert len(launched) == 3 and {instance["State"]["Name"] for instance in launched} == {"pending"}, launched
    ids = [instance["InstanceId"] for instance in launched]
    cloud.ec2.get_waiter("instance_running").wait(InstanceIds=ids, WaiterConfig=SOON)
    for instance in map(cloud.instance, ids):
        [primary] = instance["NetworkInterfaces"]
        assert primary["Attachment"]["DeviceIndex"] == 0 and primary["Attachment"]["DeleteOnTermination"] is True, primary
        assert primary["PrivateIpAddress"] == instance["PrivateIpAddress"] and instance["SubnetId"] == subnet, instance
    assert len({instance["PrivateIpAddress"] for instance in map(cloud.instance, ids)}) == 3


@check
def a_launch_that_cannot_be_is_refused_whole(cloud):
    subnet, elsewhere = cloud.subnet(), cloud.subnet(zone="us-east-1b")
    interface = cloud.interface(subnet)
    both = [{"DeviceIndex": 0, "NetworkInterfaceId": interface}]
    refused("InvalidParameterCombination", cloud.ec2.run_instances, **asked(NetworkInterfaces=both, SubnetId=subnet))
    refused("InvalidParameterValue", cloud.ec2.run_instances, **asked(NetworkInterfaces=both, MaxCount=2))
    secondary_alone = [{"DeviceIndex": 1, "SubnetId": subnet}]
    refused("InvalidParameterCombination", cloud.ec2.run_instances, **asked(NetworkInterfaces=secondary_alone))
    twice = [{"DeviceIndex": 0, "SubnetId": subnet}, {"DeviceIndex": 1, "SubnetId": subnet}, {"DeviceIndex": 1, "SubnetId": subnet}]
    refused("InvalidParameterValue", cloud.ec2.run_instances, **asked(NetworkInterfaces=twice))
    two_zones = [{"DeviceIndex": 0, "SubnetId": subnet}, {"DeviceIndex": 1, "SubnetId": elsewhere}]
    refused("InvalidParameterCombination", cloud.ec2.run_instances, **asked(NetworkInterfaces=two_zones))
    five = [{"DeviceIndex": index, "SubnetId": subnet} for index in range(5)]
    refused("AttachmentLimitExceeded", cloud.ec2.run_instances, "Interface count 5 exceeds the limit for m1.xlarge", **asked(NetworkInterfaces=five))
    refused("InvalidParameterValue", cloud.ec2.run_instances, **asked(SubnetId=subnet, InstanceType="z9.huge"))
    in_it = cloud.ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": [subnet, elsewhere]}])["NetworkInterfaces"]
    assert [found["NetworkInterfaceId"] for found in in_it] == [interface] and in_it[0]["Status"] == "available", in_it


def asked(**parameters):
    return {"ImageId": "ami-00000001", "InstanceType": "m1.xlarge", "MinCount": 1, "MaxCount": 1, **parameters}


@check
def the_limit_of_a_type_is_described_and_enforced(cloud):
    [described] = cloud.ec2.describe_instance_types(InstanceTypes=["m1.small"])["InstanceTypes"]
    network = described["NetworkInfo"]
    assert network["MaximumNetworkInterfaces"] == 2 and network["MaximumNetworkCards"] == 1 and network["Ipv4AddressesPerInterface"] == 4, network
    subnet = cloud.subnet()
    instance = cloud.running(subnet, "m1.small")
    first, second = cloud.interface(subnet), cloud.interface(subnet)
    cloud.attach(first, instance, 1)
    refused(
        "AttachmentLimitExceeded",
        cloud.ec2.attach_network_interface,
        "Interface count 3 exceeds the limit for m1.small",
        NetworkInterfaceId=second,
        InstanceId=instance,
        DeviceIndex=2,
    )
    assert cloud.described(second)["Status"] == "available"


@check
def types_are_offered_where_they_can_be_launched(cloud):
    ec2 = cloud.ec2
    whole = ec2.describe_instance_type_offerings()["InstanceTypeOfferings"]
    assert {found["LocationType"] for found in whole} == {"region"} and {found["Location"] for found in whole} == {"us-east-1"}, whole[:3]
    types = {found["InstanceType"] for page in ec2.get_paginator("describe_instance_types").paginate() for found in page["InstanceTypes"]}
    assert {found["InstanceType"] for found in whole} == types
    one = [{"Name": "instance-type", "Values": ["m1.small"]}, {"Name": "location", "Values": ["us-east-1a"]}]
    [zone] = ec2.describe_instance_type_offerings(LocationType="availability-zone", Filters=one)["InstanceTypeOfferings"]
    assert zone == {"InstanceType": "m1.small", "LocationType": "availability-zone", "Location": "us-east-1a"}, zone


@check
def an_operator_changes_a_type(cloud):
    def modify(parameters):
        body = f"Action=ModifyInstanceTypeAttribute&Version=2016-11-15&Name=t1.micro&{parameters}".encode()
        body, headers = signed(cloud, body=body)
        status, text = answer(urllib.request.Request(cloud.endpoint, data=body, headers=headers))
        assert status == 200, text
        return re.findall("<networkInterfaces>(.*?)</networkInterfaces>", text)

    def limit():
        [described] = cloud.ec2.describe_instance_types(InstanceTypes=["t1.micro"])["InstanceTypes"]
        return described["NetworkInfo"]["MaximumNetworkInterfaces"]

    assert limit() == 2
    try:
        assert modify("NetworkInterfaces=7") == ["7", "2"] and limit() == 7
    finally:
        assert modify("Reset=true") == ["2", "7"] and limit() == 2
