"""Accounts: who somebody is, and what of others they see."""

import subprocess

from botocore.exceptions import ClientError

from cloud import SOON, check, refused


@check
def whoever_calls_is_told_who_they_are(cloud):
    identity = cloud.client(service="sts").get_caller_identity()
    assert identity["Account"] == identity["UserId"] == "000000000000", identity
    assert identity["Arn"] == "arn:aws:iam::000000000000:root", identity
    assert identity["ResponseMetadata"]["RequestId"], identity


@check
def sts_refuses_in_its_own_words(cloud):
    refused("InvalidClientTokenId", cloud.client(key="AKIANOBODY", service="sts").get_caller_identity, "token", status=403)
    refused("SignatureDoesNotMatch", cloud.client(secret="guess", service="sts").get_caller_identity, "does not match", status=403)
    refused("InvalidAction", cloud.client(service="sts").get_session_token, "GetSessionToken")


@check
def a_number_is_a_key_in_any_region_of_ec2(cloud):
    far = cloud.client(key="123456789012", region="eu-west-1")
    assert cloud.client(key="123456789012", region="eu-west-1", service="sts").get_caller_identity()["Account"] == "123456789012"
    zones = far.describe_availability_zones()["AvailabilityZones"]
    assert [zone["ZoneName"] for zone in zones] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"], zones
    regions = [region["RegionName"] for region in far.describe_regions()["Regions"]]
    assert {"us-east-1", "eu-west-1", "sa-east-1"} <= set(regions) and len(regions) > 30, regions
    vpc = far.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]
    assert vpc["OwnerId"] == "123456789012", vpc
    subnet = far.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.0.1.0/24", AvailabilityZone="eu-west-1b")["Subnet"]["SubnetId"]
    run = far.run_instances(ImageId="ami-00000001", InstanceType="m1.small", MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"]
    far.get_waiter("instance_running").wait(InstanceIds=[run[0]["InstanceId"]], WaiterConfig=SOON)
    for elsewhere in [cloud.client(key="123456789012"), cloud.client(key="210987654321", region="eu-west-1")]:
        refused("InvalidVpcID.NotFound", elsewhere.describe_vpcs, VpcIds=[vpc["VpcId"]])


@check
def a_number_needs_the_secret_that_everybody_has(cloud):
    refused("SignatureDoesNotMatch", cloud.client(key="123456789012", secret="guess").describe_vpcs, status=403)
    refused("AuthFailure", cloud.client(key="12345678901").describe_vpcs, status=401)


@check
def keys_are_made_and_taken_back_while_everything_runs(cloud):
    account = multihome(cloud, "account", "create", "--name", "a team").strip()
    assert f"{account}  " in multihome(cloud, "account", "list") and "a team" in multihome(cloud, "account", "list")
    lines = dict(line.removeprefix("export ").split("=", 1) for line in multihome(cloud, "key", "create", account).splitlines())
    key, secret = lines["AWS_ACCESS_KEY_ID"], lines["AWS_SECRET_ACCESS_KEY"]
    team = cloud.client(key=key, secret=secret, service="sts")
    assert team.get_caller_identity()["Account"] == account
    listed = multihome(cloud, "key", "list", "--account", account)
    assert key in listed and "active" in listed and secret not in listed, listed
    for command in ["disable", "delete"]:
        multihome(cloud, "key", command, key)
        cloud.until(f"the key is refused after {command}", lambda: refusal_of(team), seconds=1)
        if command == "disable":
            multihome(cloud, "key", "enable", key)
            assert team.get_caller_identity()["Account"] == account
    multihome(cloud, "account", "delete", account)
    assert account not in multihome(cloud, "account", "list")


def refusal_of(sts):
    try:
        return None, sts.get_caller_identity()["Account"]
    except ClientError as why:
        return why.response["Error"]["Code"], why


def multihome(cloud, *arguments):
    ran = subprocess.run([cloud.program, *arguments, "--state", cloud.state], capture_output=True, text=True, timeout=30)
    assert ran.returncode == 0, ran
    return ran.stdout
