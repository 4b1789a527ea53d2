"""DescribeNetworkInterfaces without what each filter finds, and DescribeNetworkInterfaceAttribute."""

from behaviour import CNI, ERRORS, FILTERING, PAGES, TERRAFORM, TERRAFORM_FIND, api, behaviour
from cloud import refused
from creating import tags

DESCRIBE, ATTRIBUTE, SHOWN = api("DescribeNetworkInterfaces"), api("DescribeNetworkInterfaceAttribute"), api("NetworkInterface")
NOBODY = "eni-0123456789abcdef0"


def several(cloud, subnet, count, **more):
    return sorted(cloud.interface_id(subnet, **more) for _ in range(count))


@behaviour(DESCRIBE)
def everything_is_described_by_default(cloud):
    """Without ids and filters, all interfaces of the account are described."""
    made = several(cloud, cloud.subnet(), 3)
    pages = cloud.ec2.get_paginator("describe_network_interfaces").paginate(PaginationConfig={"PageSize": 1000})
    found = [interface["NetworkInterfaceId"] for page in pages for interface in page["NetworkInterfaces"]]
    assert set(made) <= set(found) and len(found) == len(set(found)), found


@behaviour(DESCRIBE)
def ids_are_described(cloud):
    """With ids, these interfaces are described and no others."""
    made = several(cloud, cloud.subnet(), 3)
    found = cloud.ec2.describe_network_interfaces(NetworkInterfaceIds=made[:2])["NetworkInterfaces"]
    assert sorted(interface["NetworkInterfaceId"] for interface in found) == made[:2], found


@behaviour(DESCRIBE)
def an_id_given_twice_is_described_once(cloud):
    """An id that is repeated in the request is not repeated in the reply."""
    made = cloud.interface_id(cloud.subnet())
    assert len(cloud.ec2.describe_network_interfaces(NetworkInterfaceIds=[made, made])["NetworkInterfaces"]) == 1


@behaviour(DESCRIBE, FILTERING)
def ids_and_filters_go_together(cloud):
    """Of the ids, those are described that the filters find."""
    subnet = cloud.subnet()
    first, second = cloud.interface_id(subnet, Description="first"), cloud.interface_id(subnet, Description="second")
    asked = {"NetworkInterfaceIds": [first, second], "Filters": [{"Name": "description", "Values": ["second"]}]}
    [found] = cloud.ec2.describe_network_interfaces(**asked)["NetworkInterfaces"]
    assert found["NetworkInterfaceId"] == second, found


@behaviour(ERRORS, CNI)
def an_unknown_id_is_refused(cloud):
    """An interface that does not exist is InvalidNetworkInterfaceID.NotFound; clients take its id out of the quotes of the message."""
    words = f"The networkInterface ID '{NOBODY}' does not exist"
    refused("InvalidNetworkInterfaceID.NotFound", cloud.ec2.describe_network_interfaces, words, NetworkInterfaceIds=[NOBODY])


@behaviour(ERRORS, CNI)
def an_unknown_id_among_others_is_refused(cloud):
    """One unknown id refuses the whole request, and is the one that the message names."""
    made = cloud.interface_id(cloud.subnet())
    refused("InvalidNetworkInterfaceID.NotFound", cloud.ec2.describe_network_interfaces, f"'{NOBODY}'", NetworkInterfaceIds=[made, NOBODY])


@behaviour(ERRORS)
def a_malformed_id_is_refused(cloud):
    """What is no interface id is InvalidNetworkInterfaceId.Malformed."""
    for text in ("eni-1", "vpc-0123456789abcdef0", "eni-xyzxyzxy", "interface"):
        refused("InvalidNetworkInterfaceId.Malformed", cloud.ec2.describe_network_interfaces, NetworkInterfaceIds=[text])


@behaviour(DESCRIBE)
def a_deleted_interface_is_not_described(cloud):
    """What is deleted is in no list and has no description."""
    subnet = cloud.subnet()
    made = cloud.interface_id(subnet)
    cloud.ec2.delete_network_interface(NetworkInterfaceId=made)
    assert not cloud.found(subnet)
    refused("InvalidNetworkInterfaceID.NotFound", cloud.ec2.describe_network_interfaces, NetworkInterfaceIds=[made])


@behaviour(CNI, TERRAFORM)
def what_is_not_there_is_left_out(cloud):
    """An interface that is neither attached nor associated has no Attachment and no Association: clients test for their absence."""
    found = cloud.described(cloud.interface_id(cloud.subnet()))
    assert "Attachment" not in found and "Association" not in found, found
    assert all("Association" not in address for address in found["PrivateIpAddresses"]), found


@behaviour(PAGES)
def no_token_without_more(cloud):
    """A reply that is complete has no NextToken."""
    subnet = cloud.subnet()
    several(cloud, subnet, 6)
    for more in ({}, {"MaxResults": 6}, {"MaxResults": 100}):
        reply = cloud.ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": [subnet.id]}], **more)
        assert len(reply["NetworkInterfaces"]) == 6 and not reply.get("NextToken"), reply


@behaviour(PAGES, DESCRIBE)
def pages_are_as_large_as_asked_for(cloud):
    """With MaxResults, pages have that many interfaces, and NextToken leads to the next until all were shown once."""
    subnet = cloud.subnet()
    made = several(cloud, subnet, 12)
    sizes, seen = [], []
    for page in pages(cloud, subnet):
        sizes.append(len(page))
        seen += page
    assert sizes == [5, 5, 2] and sorted(seen) == made, (sizes, seen)


@behaviour(PAGES, TERRAFORM_FIND)
def pages_are_stable(cloud):
    """Interfaces that come and go between two pages do not make another one appear twice or not at all."""
    subnet = cloud.subnet()
    made = several(cloud, subnet, 12)
    seen = []
    for page in pages(cloud, subnet):
        if not seen:
            cloud.ec2.delete_network_interface(NetworkInterfaceId=page[0])
            several(cloud, subnet, 2)
        seen += page
    assert len(seen) == len(set(seen)) and set(made) <= set(seen), (made, seen)


@behaviour(DESCRIBE, ERRORS)
def pages_have_limits(cloud):
    """MaxResults is from 5 to 1000."""
    for size in (0, 4, 1001):
        refused(["InvalidParameterValue", "InvalidMaxResults"], cloud.ec2.describe_network_interfaces, MaxResults=size)


@behaviour(DESCRIBE)
def ids_are_not_paged(cloud):
    """MaxResults cannot be given with ids: InvalidParameterCombination."""
    made = cloud.interface_id(cloud.subnet())
    refused("InvalidParameterCombination", cloud.ec2.describe_network_interfaces, NetworkInterfaceIds=[made], MaxResults=5)


@behaviour(ERRORS)
def an_invented_token_is_refused(cloud):
    """A NextToken that EC2 did not give is refused."""
    codes = ["InvalidNextToken", "InvalidPaginationToken", "InvalidParameterValue"]
    refused(codes, cloud.ec2.describe_network_interfaces, NextToken="invented", MaxResults=5)


@behaviour(FILTERING, ERRORS)
def an_unknown_filter_is_refused(cloud):
    """A filter that there is not is InvalidParameterValue, and the message names it."""
    refused("InvalidParameterValue", cloud.ec2.describe_network_interfaces, "colour", Filters=[{"Name": "colour", "Values": ["red"]}])


@behaviour(FILTERING)
def values_of_a_filter_are_alternatives(cloud):
    """Of several values of one filter, one has to match."""
    subnet = cloud.subnet()
    first, second = cloud.interface_id(subnet, Description="red"), cloud.interface_id(subnet, Description="green")
    cloud.interface(subnet, Description="blue")
    assert cloud.found(subnet, ("description", "red", "green", "white")) == sorted([first, second])


@behaviour(FILTERING)
def filters_are_requirements(cloud):
    """Of several filters, all have to match."""
    subnet = cloud.subnet()
    cloud.interface(subnet, Description="red", TagSpecifications=tags(size="small"))
    cloud.interface(subnet, Description="blue", TagSpecifications=tags(size="large"))
    wanted = cloud.interface_id(subnet, Description="red", TagSpecifications=tags(size="large"))
    assert cloud.found(subnet, ("description", "red"), ("tag:size", "large")) == [wanted]


@behaviour(FILTERING, TERRAFORM)
def a_star_stands_for_any_text(cloud):
    """An asterisk in a filter's value matches zero or more characters."""
    subnet = cloud.subnet()
    found = {text: cloud.interface_id(subnet, Description=text) for text in ("AWS Lambda VPC ENI", "AWS Lambda VPC ENI-f-12", "my AWS Lambda VPC ENI")}
    first, second, third = found.values()
    assert cloud.found(subnet, ("description", "AWS Lambda VPC ENI*")) == sorted([first, second])
    assert cloud.found(subnet, ("description", "*ENI")) == sorted([first, third])


@behaviour(FILTERING)
def a_question_mark_stands_for_one_character(cloud):
    """A question mark in a filter's value matches one character, no more and no fewer."""
    subnet = cloud.subnet()
    wanted = sorted(cloud.interface_id(subnet, Description=text) for text in ("leg-1", "leg-2"))
    for text in ("leg-", "leg-10"):
        cloud.interface(subnet, Description=text)
    assert cloud.found(subnet, ("description", "leg-?")) == wanted


@behaviour(FILTERING)
def wildcards_can_be_escaped(cloud):
    """After a backslash, an asterisk or a question mark stands for itself."""
    subnet = cloud.subnet()
    star, _, question = (cloud.interface_id(subnet, Description=text) for text in ("a*c", "abc", "a?c"))
    assert cloud.found(subnet, ("description", r"a\*c")) == [star]
    assert cloud.found(subnet, ("description", r"a\?c")) == [question]


@behaviour(FILTERING)
def values_are_case_sensitive(cloud):
    """A filter's value has to have the case of what it finds."""
    subnet = cloud.subnet()
    wanted = cloud.interface_id(subnet, Description="Web")
    assert cloud.found(subnet, ("description", "Web")) == [wanted] and not cloud.found(subnet, ("description", "web"))


@behaviour(FILTERING)
def values_are_whole(cloud):
    """A filter's value is the whole text, not a part of it."""
    subnet = cloud.subnet()
    cloud.interface(subnet, Description="web server")
    assert not cloud.found(subnet, ("description", "web")) and not cloud.found(subnet, ("description", "server"))


@behaviour(FILTERING, ERRORS)
def too_many_values_are_refused(cloud):
    """A filter has 200 values at most: more are FilterLimitExceeded."""
    values = [f"text-{number}" for number in range(201)]
    refused("FilterLimitExceeded", cloud.ec2.describe_network_interfaces, Filters=[{"Name": "description", "Values": values}])


@behaviour(DESCRIBE)
def nothing_found_is_no_error(cloud):
    """Filters that nothing matches are answered with an empty list."""
    assert cloud.found(cloud.subnet()) == []


@behaviour(ATTRIBUTE)
def the_attribute_description_is_told(cloud):
    """DescribeNetworkInterfaceAttribute with description answers the id and the description."""
    made = cloud.interface_id(cloud.subnet(), Description="told")
    assert attribute(cloud, made, "description") == {"NetworkInterfaceId": made, "Description": {"Value": "told"}}


@behaviour(ATTRIBUTE)
def the_attribute_groups_is_told(cloud):
    """DescribeNetworkInterfaceAttribute with groupSet answers the id and the groups."""
    group = cloud.group()
    made = cloud.interface_id(cloud.subnet(), Groups=[group])
    reply = attribute(cloud, made, "groupSet")
    assert [found["GroupId"] for found in reply["Groups"]] == [group] and reply["NetworkInterfaceId"] == made, reply


@behaviour(ATTRIBUTE)
def the_attribute_check_is_told(cloud):
    """DescribeNetworkInterfaceAttribute with sourceDestCheck answers the id and the check."""
    made = cloud.interface_id(cloud.subnet())
    assert attribute(cloud, made, "sourceDestCheck") == {"NetworkInterfaceId": made, "SourceDestCheck": {"Value": True}}


@behaviour(ATTRIBUTE)
def the_attribute_attachment_is_told(cloud):
    """DescribeNetworkInterfaceAttribute with attachment answers the attachment, and leaves it out when there is none."""
    subnet = cloud.subnet()
    made = cloud.interface_id(subnet)
    assert attribute(cloud, made, "attachment") == {"NetworkInterfaceId": made}
    attached = cloud.attached(made, cloud.running(subnet))
    told = attribute(cloud, made, "attachment")["Attachment"]
    assert told["AttachmentId"] == attached["Attachment"]["AttachmentId"] and told["Status"] == "attached", told


@behaviour(ATTRIBUTE, ERRORS)
def an_attribute_of_nothing_is_refused(cloud):
    """DescribeNetworkInterfaceAttribute of an interface that does not exist is InvalidNetworkInterfaceID.NotFound."""
    refused("InvalidNetworkInterfaceID.NotFound", cloud.ec2.describe_network_interface_attribute, NetworkInterfaceId=NOBODY, Attribute="description")


@behaviour(ATTRIBUTE, ERRORS)
def an_unknown_attribute_is_refused(cloud):
    """An attribute that interfaces do not have is InvalidParameterValue; none at all is MissingParameter or InvalidParameterCombination."""
    made = cloud.interface_id(cloud.subnet())
    refused("InvalidParameterValue", cloud.ec2.describe_network_interface_attribute, NetworkInterfaceId=made, Attribute="colour")
    refused(["MissingParameter", "InvalidParameterCombination"], cloud.ec2.describe_network_interface_attribute, NetworkInterfaceId=made)


def attribute(cloud, interface, name):
    reply = cloud.ec2.describe_network_interface_attribute(NetworkInterfaceId=interface, Attribute=name)
    # Nothing and an empty list are one thing for clients.
    return {name: value for name, value in reply.items() if name != "ResponseMetadata" and value != []}


def pages(cloud, subnet):
    asked = {"Filters": [{"Name": "subnet-id", "Values": [subnet.id]}], "MaxResults": 5}
    token = {}
    while True:
        reply = cloud.ec2.describe_network_interfaces(**asked, **token)
        yield [found["NetworkInterfaceId"] for found in reply["NetworkInterfaces"]]
        if not reply.get("NextToken"):
            return
        token = {"NextToken": reply["NextToken"]}
