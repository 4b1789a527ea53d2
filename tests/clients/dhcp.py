"""Sets of DHCP options, and which VPC hands out which."""

from cloud import check, refused


def options_of(cloud, vpc):
    return cloud.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["DhcpOptionsId"]


@check
def a_set_of_options_is_made_given_to_a_vpc_and_taken_away(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    asked = [{"Key": "domain-name", "Values": ["example.com"]}, {"Key": "domain-name-servers", "Values": ["10.0.0.5", "10.0.0.6"]}]
    tags = [{"ResourceType": "dhcp-options", "Tags": [{"Key": "Name", "Value": "ours"}]}]
    made = ec2.create_dhcp_options(DhcpConfigurations=asked, TagSpecifications=tags)["DhcpOptions"]
    ours = made["DhcpOptionsId"]
    shown = {found["Key"]: [value["Value"] for value in found["Values"]] for found in made["DhcpConfigurations"]}
    assert shown == {one["Key"]: one["Values"] for one in asked} and made["Tags"] == tags[0]["Tags"], made
    for name, value in [("key", "domain-name"), ("value", "example.com"), ("tag:Name", "ours"), ("dhcp-options-id", ours)]:
        found = ec2.describe_dhcp_options(Filters=[{"Name": name, "Values": [value]}])["DhcpOptions"]
        assert ours in [one["DhcpOptionsId"] for one in found], name
    ec2.associate_dhcp_options(DhcpOptionsId=ours, VpcId=vpc)
    assert options_of(cloud, vpc) == ours
    refused("DependencyViolation", ec2.delete_dhcp_options, ours, DhcpOptionsId=ours)
    # The name that takes a VPC's options away.
    ec2.associate_dhcp_options(DhcpOptionsId="default", VpcId=vpc)
    assert options_of(cloud, vpc) == "default"
    ec2.delete_dhcp_options(DhcpOptionsId=ours)
    refused("InvalidDhcpOptionID.NotFound", ec2.describe_dhcp_options, ours, DhcpOptionsIds=[ours])
    refused("InvalidDhcpOptionID.NotFound", ec2.associate_dhcp_options, ours, DhcpOptionsId=ours, VpcId=vpc)
