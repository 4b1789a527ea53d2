"""Key pairs, images, and what users ask and change of instances, as Terraform and Ansible do on every refresh."""

import re

from cloud import SOON, check, refused

PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDLlmgjs+XNipUQIkfcjYNCv8aHUXHvPiIHeVNZn+dFI somebody"


def attribute(cloud, instance, name):
    return cloud.ec2.describe_instance_attribute(InstanceId=instance, Attribute=name)[f"{name[0].upper()}{name[1:]}"]


@check
def a_key_pair_is_made_imported_and_used(cloud):
    ec2, tags = cloud.ec2, [{"ResourceType": "key-pair", "Tags": [{"Key": "team", "Value": "net"}]}]
    made = ec2.create_key_pair(KeyName="made", KeyType="ed25519", TagSpecifications=tags)
    assert re.fullmatch(r"-----BEGIN OPENSSH PRIVATE KEY-----\n.*\n-----END OPENSSH PRIVATE KEY-----\n?", made["KeyMaterial"], re.DOTALL), made.keys()
    ec2.get_waiter("key_pair_exists").wait(KeyNames=["made"])
    refused("InvalidKeyPair.Duplicate", ec2.create_key_pair, "made", KeyName="made")
    imported = ec2.import_key_pair(KeyName="imported", PublicKeyMaterial=PUBLIC)
    found = {key["KeyName"]: key for key in ec2.describe_key_pairs(KeyNames=["made", "imported"], IncludePublicKey=True)["KeyPairs"]}
    assert found["made"]["KeyFingerprint"] == made["KeyFingerprint"] and found["made"]["Tags"] == tags[0]["Tags"], found
    assert found["imported"]["KeyPairId"] == imported["KeyPairId"] and found["imported"]["KeyType"] == "ed25519", found
    assert found["imported"]["PublicKey"].split()[:2] == PUBLIC.split()[:2], found
    [by_tag] = ec2.describe_key_pairs(Filters=[{"Name": "tag:team", "Values": ["net"]}, {"Name": "key-name", "Values": ["made"]}])["KeyPairs"]
    assert by_tag["KeyPairId"] == made["KeyPairId"] and "PublicKey" not in by_tag, by_tag
    launch = {"ImageId": "ami-00000001", "InstanceType": "m1.small", "MinCount": 1, "MaxCount": 1, "SubnetId": cloud.subnet()}
    [instance] = ec2.run_instances(**launch, KeyName="imported")["Instances"]
    assert instance["KeyName"] == "imported" == cloud.instance(instance["InstanceId"])["KeyName"]
    for name in ["made", "imported"]:
        ec2.delete_key_pair(KeyName=name)
    refused("InvalidKeyPair.NotFound", ec2.run_instances, "imported", **launch, KeyName="imported")
    refused("InvalidKeyPair.NotFound", ec2.describe_key_pairs, "made", KeyNames=["made"])


@check
def images_are_described_registered_and_given_up(cloud):
    ec2 = cloud.ec2
    [known] = ec2.describe_images(ImageIds=["ami-00000001"])["Images"]
    assert known["State"] == "available" and known["RootDeviceName"].startswith("/dev/"), known
    assert "ami-00000001" in [image["ImageId"] for image in ec2.describe_images(Owners=["amazon"])["Images"]]
    image = ec2.register_image(Name="ours", Architecture="arm64", RootDeviceName="/dev/xvda", VirtualizationType="hvm")["ImageId"]
    ec2.get_waiter("image_available").wait(ImageIds=[image], WaiterConfig=SOON)
    [ours] = ec2.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": ["ou?s"]}])["Images"]
    assert (ours["ImageId"], ours["Architecture"], ours["Public"]) == (image, "arm64", False), ours
    launch = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "SubnetId": cloud.subnet()}
    refused("InvalidParameterValue", ec2.run_instances, "arm64", InstanceType="m5.large", **launch)
    ec2.deregister_image(ImageId=image)
    refused("InvalidAMIID.NotFound", ec2.run_instances, image, InstanceType="m6g.large", **launch)
    refused("InvalidAMIID.NotFound", ec2.describe_images, image, ImageIds=[image])


@check
def an_instance_tells_how_it_is(cloud):
    ec2, subnet = cloud.ec2, cloud.subnet()
    instance = cloud.launch(subnet, "m1.small")
    [pending] = ec2.describe_instance_status(InstanceIds=[instance], IncludeAllInstances=True)["InstanceStatuses"]
    assert pending["InstanceState"]["Name"] in ("pending", "running"), pending
    for waiter in ["instance_exists", "instance_status_ok", "system_status_ok"]:
        ec2.get_waiter(waiter).wait(InstanceIds=[instance], WaiterConfig=SOON)
    [status] = ec2.describe_instance_status(InstanceIds=[instance])["InstanceStatuses"]
    assert status["InstanceStatus"]["Status"] == status["SystemStatus"]["Status"] == "ok", status
    ec2.reboot_instances(InstanceIds=[instance])
    cloud.until_state(instance, "running")
    [watched] = ec2.monitor_instances(InstanceIds=[instance])["InstanceMonitorings"]
    assert watched["Monitoring"]["State"] in ("pending", "enabled"), watched
    ec2.unmonitor_instances(InstanceIds=[instance])
    assert cloud.instance(instance)["Monitoring"]["State"] in ("disabling", "disabled")
    ec2.stop_instances(InstanceIds=[instance])
    cloud.until_state(instance, "stopped")
    assert ec2.describe_instance_status(InstanceIds=[instance])["InstanceStatuses"] == [], "only what runs, unless all are asked for"


@check
def attributes_of_an_instance_are_read_and_changed(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    subnet = cloud.subnet(vpc=vpc)
    instance = cloud.running(subnet, "t3.small")
    assert attribute(cloud, instance, "instanceType") == {"Value": "t3.small"} and attribute(cloud, instance, "userData") == {}
    for name in ["disableApiStop", "disableApiTermination", "ebsOptimized"]:
        assert attribute(cloud, instance, name) == {"Value": False}, name
    assert attribute(cloud, instance, "instanceInitiatedShutdownBehavior") == {"Value": "stop"}

    # The Kubernetes controllers switch this off before they lead routes to the instance.
    ec2.modify_instance_attribute(InstanceId=instance, SourceDestCheck={"Value": False})
    found = cloud.instance(instance)
    assert found["SourceDestCheck"] is False is found["NetworkInterfaces"][0]["SourceDestCheck"], found
    ec2.reset_instance_attribute(InstanceId=instance, Attribute="sourceDestCheck")
    assert attribute(cloud, instance, "sourceDestCheck") == {"Value": True}
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    ec2.modify_instance_attribute(InstanceId=instance, Groups=[group])
    listed = ec2.describe_instance_attribute(InstanceId=instance, Attribute="groupSet")["Groups"]
    assert listed == [{"GroupId": group, "GroupName": "web"}] or listed == [{"GroupId": group}], listed
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": True})
    refused("OperationNotPermitted", ec2.terminate_instances, instance, InstanceIds=[instance])
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})
    refused("IncorrectInstanceState", ec2.modify_instance_attribute, InstanceId=instance, InstanceType={"Value": "t3.medium"})
    ec2.stop_instances(InstanceIds=[instance])
    cloud.until_state(instance, "stopped")
    ec2.modify_instance_attribute(InstanceId=instance, InstanceType={"Value": "t3.medium"})
    ec2.modify_instance_attribute(InstanceId=instance, UserData={"Value": b"#!/bin/sh\n"})
    assert cloud.instance(instance)["InstanceType"] == "t3.medium" and attribute(cloud, instance, "userData")["Value"], "both are changed"
    ec2.terminate_instances(InstanceIds=[instance])
    cloud.until_state(instance, "terminated")


@check
def what_surrounds_an_instance_is_asked_for(cloud):
    ec2 = cloud.ec2
    instance = cloud.running(cloud.subnet(), "t3.small")
    credits = ec2.describe_instance_credit_specifications(InstanceIds=[instance])["InstanceCreditSpecifications"]
    assert credits == [{"InstanceId": instance, "CpuCredits": "unlimited"}], credits
    wanted = [{"InstanceId": instance, "CpuCredits": "standard"}]
    changed = ec2.modify_instance_credit_specification(InstanceCreditSpecifications=wanted)
    assert changed["SuccessfulInstanceCreditSpecifications"] == [{"InstanceId": instance}], changed
    assert changed["UnsuccessfulInstanceCreditSpecifications"] == [], changed
    assert ec2.describe_instance_credit_specifications(InstanceIds=[instance])["InstanceCreditSpecifications"] == wanted
    of_it = [{"Name": "attachment.instance-id", "Values": [instance]}]
    assert ec2.describe_volumes(Filters=of_it)["Volumes"] == []
    of_it = [{"Name": "instance-id", "Values": [instance]}]
    assert ec2.describe_iam_instance_profile_associations(Filters=of_it)["IamInstanceProfileAssociations"] == []
