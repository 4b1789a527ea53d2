"""Requests that are sent twice, and requests that are only asked about."""

from concurrent.futures import ThreadPoolExecutor

from cloud import check, refused


@check
def the_same_client_token_makes_one_interface(cloud):
    ec2, subnet = cloud.ec2, cloud.subnet()
    asked = {"SubnetId": subnet, "Description": "once", "ClientToken": f"token-{subnet}"}
    first = ec2.create_network_interface(**asked)
    again = ec2.create_network_interface(**asked)
    assert first["NetworkInterface"]["NetworkInterfaceId"] == again["NetworkInterface"]["NetworkInterfaceId"], again
    assert first["ClientToken"] == again["ClientToken"] == asked["ClientToken"]
    refused("IdempotentParameterMismatch", ec2.create_network_interface, **{**asked, "Description": "twice"})
    with ThreadPoolExecutor(8) as threads:
        racing = {**asked, "ClientToken": f"race-{subnet}"}
        made = list(threads.map(lambda _: ec2.create_network_interface(**racing)["NetworkInterface"]["NetworkInterfaceId"], range(8)))
    assert len(set(made)) == 1, made
    there = ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": [subnet]}])["NetworkInterfaces"]
    assert len(there) == 2, there


@check
def the_same_client_token_launches_once(cloud):
    ec2, subnet = cloud.ec2, cloud.subnet()
    asked = {"ImageId": "ami-00000001", "InstanceType": "m1.small", "MinCount": 2, "MaxCount": 2, "SubnetId": subnet, "ClientToken": f"run-{subnet}"}
    first, again = ec2.run_instances(**asked), ec2.run_instances(**asked)
    ids = [[instance["InstanceId"] for instance in run["Instances"]] for run in (first, again)]
    assert len(ids[0]) == 2 and sorted(ids[0]) == sorted(ids[1]) and first["ReservationId"] == again["ReservationId"], ids
    refused("IdempotentParameterMismatch", ec2.run_instances, **{**asked, "InstanceType": "m1.large"})
    there = ec2.describe_instances(Filters=[{"Name": "subnet-id", "Values": [subnet]}])["Reservations"]
    assert sum(len(reservation["Instances"]) for reservation in there) == 2, there


@check
def a_dry_run_is_answered_and_does_nothing(cloud):
    ec2, subnet = cloud.ec2, cloud.subnet()
    interface = cloud.interface(subnet)
    words = "Request would have succeeded, but DryRun flag is set."
    refused("DryRunOperation", ec2.create_network_interface, words, status=412, SubnetId=subnet, DryRun=True)
    refused("DryRunOperation", ec2.delete_network_interface, words, status=412, NetworkInterfaceId=interface, DryRun=True)
    refused("DryRunOperation", ec2.describe_vpcs, words, status=412, DryRun=True)
    there = ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": [subnet]}])["NetworkInterfaces"]
    assert [found["NetworkInterfaceId"] for found in there] == [interface], there
