"""Describe calls: filters, tags, pages."""

from cloud import check, refused


def ids(reply):
    return {found["NetworkInterfaceId"] for found in reply["NetworkInterfaces"]}


@check
def filters_find_what_they_name_and_nothing_else(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    subnet, other = cloud.subnet(vpc=vpc), cloud.subnet("10.0.2.0/24", "us-east-1b", vpc=vpc)
    group = ec2.create_security_group(GroupName="some", Description="some", VpcId=vpc)["GroupId"]
    grouped = cloud.interface(subnet, Groups=[group], PrivateIpAddress="10.0.1.50", Description="pod")
    plain = cloud.interface(subnet, Description="AWS Lambda VPC ENI-one")
    away = cloud.interface(other, TagSpecifications=[{"ResourceType": "network-interface", "Tags": [{"Key": "owner", "Value": "cni"}]}])
    instance = cloud.running(subnet)
    attachment = cloud.attach(plain, instance, 3)
    attached = cloud.until_attached(plain)

    def found(**filters):
        asked = [{"Name": name.replace("_", "-").replace("--", "."), "Values": values} for name, values in filters.items()]
        asked.append({"Name": "vpc-id", "Values": [vpc]})
        return ids(ec2.describe_network_interfaces(Filters=asked)) - own

    own = {leg["NetworkInterfaceId"] for leg in cloud.instance(instance)["NetworkInterfaces"]} - {plain}
    assert len(own) == 1, own
    assert found() == {plain, grouped, away}
    assert found(subnet_id=[other]) == {away} == found(availability_zone=["us-east-1b"])
    assert found(status=["available"]) == {grouped, away} and found(status=["in-use"]) == {plain}
    assert found(description=["AWS Lambda VPC ENI*"]) == {plain} and found(description=["p?d"]) == {grouped}
    assert found(group_id=[group]) == {grouped} == found(group_name=["some"])
    assert found(private_ip_address=["10.0.1.50"]) == {grouped} == found(addresses__private_ip_address=["10.0.1.50"])
    assert found(mac_address=[attached["MacAddress"]]) == {plain} == found(attachment__attachment_id=[attachment])
    assert found(attachment__instance_id=[instance]) == {plain} == found(attachment__device_index=["3"])
    assert found(attachment__status=["attached"]) == {plain} and found(attachment__status=["attaching"]) == set()
    assert found(network_interface_id=[plain, away]) == {plain, away}
    assert found(network_interface_id=[plain, away], status=["available"]) == {away}, "every filter has to match"
    assert found(tag_key=["owner"]) == {away}
    tagged = ec2.describe_network_interfaces(Filters=[{"Name": "tag:owner", "Values": ["cni", "x"]}, {"Name": "vpc-id", "Values": [vpc]}])
    assert ids(tagged) == {away} and tagged["NetworkInterfaces"][0]["TagSet"] == [{"Key": "owner", "Value": "cni"}], tagged
    colour = [{"Name": "colour", "Values": ["red"]}]
    refused("InvalidParameterValue", ec2.describe_network_interfaces, "The filter 'colour' is invalid", Filters=colour)


@check
def tags_are_on_what_was_tagged(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    subnet = cloud.subnet(vpc=vpc)
    interface = cloud.interface(subnet)
    ec2.create_tags(Resources=[vpc, subnet, interface], Tags=[{"Key": "team", "Value": "net & <ops>"}])
    expected = [{"Key": "team", "Value": "net & <ops>"}]
    assert cloud.described(interface)["TagSet"] == expected
    assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"] == expected
    assert ec2.describe_subnets(Filters=[{"Name": "tag:team", "Values": ["net*"]}, {"Name": "vpc-id", "Values": [vpc]}])["Subnets"][0]["Tags"] == expected
    reserved = [{"Key": "aws:mine", "Value": ""}]
    refused("InvalidParameterValue", ec2.create_tags, Resources=[vpc], Tags=reserved)


@check
def pages_are_complete_and_overlap_nowhere(cloud):
    ec2, subnet = cloud.ec2, cloud.subnet()
    created = {cloud.interface(subnet) for _ in range(12)}
    mine = [{"Name": "subnet-id", "Values": [subnet]}]
    paginator = ec2.get_paginator("describe_network_interfaces")
    pages = list(paginator.paginate(Filters=mine, PaginationConfig={"PageSize": 5}))
    listed = [found["NetworkInterfaceId"] for page in pages for found in page["NetworkInterfaces"]]
    assert [len(page["NetworkInterfaces"]) for page in pages] == [5, 5, 2] and len(listed) == 12 and set(listed) == created, listed
    assert "NextToken" not in pages[-1], "the last page has no token"
    first = paginator.paginate(Filters=mine, PaginationConfig={"PageSize": 5, "MaxItems": 7}).build_full_result()
    assert len(first["NetworkInterfaces"]) == 7 and first["NextToken"], first
    whole = ec2.describe_network_interfaces(Filters=mine)
    assert ids(whole) == created and "NextToken" not in whole
    token = pages[0]["NextToken"]
    refused("InvalidNextToken", ec2.describe_network_interfaces, NextToken=token, MaxResults=5, Filters=[{"Name": "vpc-id", "Values": ["vpc-1"]}])
    refused("InvalidNextToken", ec2.describe_network_interfaces, NextToken="bm9uc2Vuc2U", MaxResults=5)
    refused("InvalidParameterValue", ec2.describe_network_interfaces, MaxResults=1001)
    refused("InvalidParameterCombination", ec2.describe_network_interfaces, MaxResults=5, NetworkInterfaceIds=[listed[0]])


@check
def other_paginators_come_to_an_end(cloud):
    subnet = cloud.subnet()
    cloud.running(subnet)
    for operation, of in [
        ("describe_instances", "Reservations"),
        ("describe_vpcs", "Vpcs"),
        ("describe_subnets", "Subnets"),
        ("describe_security_groups", "SecurityGroups"),
        ("describe_route_tables", "RouteTables"),
        ("describe_instance_types", "InstanceTypes"),
    ]:
        paged = cloud.ec2.get_paginator(operation).paginate(PaginationConfig={"PageSize": 5}).build_full_result()[of]
        whole = getattr(cloud.ec2, operation)()[of]
        if of == "Reservations":
            # Instances are what is counted for a page, so a reservation may be in two.
            paged, whole = ([instance for found in some for instance in found["Instances"]] for some in (paged, whole))
        assert paged and len(paged) == len(whole), f"{operation}: {len(paged)} in pages, {len(whole)} at once"


@check
def a_new_vpc_has_what_clients_look_for(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    [group] = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}, {"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    assert group["IpPermissionsEgress"][0]["IpProtocol"] == "-1" and group["IpPermissionsEgress"][0]["IpRanges"][0]["CidrIp"] == "0.0.0.0/0", group
    [table] = ec2.describe_route_tables(Filters=[{"Name": "association.main", "Values": ["true"]}, {"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    assert [(route["GatewayId"], route["State"]) for route in table["Routes"]] == [("local", "active")], table
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert [zone["ZoneName"] for zone in zones] == ["us-east-1a", "us-east-1b", "us-east-1c"] and {zone["State"] for zone in zones} == {"available"}, zones
