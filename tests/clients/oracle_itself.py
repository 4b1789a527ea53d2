"""The oracle notices what it is there to notice: replies that are wrong in one way each, made by hand."""

from cloud import check
import oracle

TAG = "<item><key>k</key><resourceId>vpc-1</resourceId><resourceType>vpc</resourceType><value/></item>"
ZONES = (
    "<availabilityZoneInfo><item><optInStatus>opted-in</optInStatus><regionName>r</regionName><zoneState>available</zoneState>"
    "<zoneId>1</zoneId><zoneName>a</zoneName><zoneType>availability-zone</zoneType></item></availabilityZoneInfo>"
)


def reply(action, inner, root=None, namespace=oracle.NAMESPACES["ec2"], request_id="<requestId>1</requestId>"):
    root = root or f"{action}Response"
    return f'<{root} xmlns="{namespace}">{request_id}{inner}</{root}>'


def faults(action, inner, **more):
    return oracle.faults("ec2", action, 200, reply(action, inner, **more))


def one(action, inner, *words, **more):
    found = faults(action, inner, **more)
    assert len(found) == 1 and all(word in found[0] for word in words), f"expected one fault with {words}, found {found}"


@check
def what_is_right_has_no_fault(_):
    assert faults("DescribeTags", f"<tagSet>{TAG}</tagSet><nextToken>x</nextToken>") == []
    assert faults("DescribeTags", "<tagSet/>") == []
    assert faults("DescribeAvailabilityZones", ZONES) == []
    assert faults("DeleteVpc", "<return>true</return>") == []


@check
def a_wrong_reply_is_noticed(_):
    tags = f"<tagSet>{TAG}</tagSet>"
    one("DescribeTags", f"{tags}<colour>red</colour>", "DescribeTags/colour", "not in the model")
    one("DescribeTags", tags.replace("<value/>", "<value/><colour/>"), "tagSet/item[0]/colour", "not in the model")
    one("DescribeTags", tags.replace("item>", "member>"), "tagSet/member", "called item")
    one("DescribeTags", tags.replace("<value/>", "<value/><value/>"), "value: twice")
    one("DescribeTags", tags.replace("<key>k</key>", ""), "no key")
    one("DescribeTags", tags.replace(">k<", "><"), "key: empty")
    one("DescribeTags", tags.replace(">k<", "><b>k</b><"), "key: elements in a string")
    one("DescribeTags", tags.replace(">vpc<", ">Vpc<"), "'Vpc' is no ResourceType")
    one("DescribeTags", f"{tags}<nextToken/>", "nextToken: empty")
    one("DescribeTags", tags, "root", root="DescribeTagsReply")
    one("DescribeTags", tags, "no request id", request_id="")
    one("DescribeTags", tags.replace("<tagSet>", '<tagSet kind="x">'), "attributes")
    one("DescribeTags", tags.replace("<tagSet>", "<tagSet>text"), "text in a list")
    one("DescribeTags", tags.replace("<item>", "<item>text"), "text in a structure")
    one("DescribeVpcAttribute", "<vpcId>vpc-1</vpcId><enableDnsSupport><value>yes</value></enableDnsSupport>", "'yes' is no boolean")
    one("DescribeVpcAttribute", "<vpcId>vpc-1</vpcId><enableDnsSupport/>", "an empty AttributeBooleanValue")
    attribute = "<attributeName>vpc-max-security-groups-per-interface</attributeName><attributeValueSet/>"
    one("DescribeAccountAttributes", f"<accountAttributeSet><item>{attribute}<when>now</when></item></accountAttributeSet>", "item[0]/when")
    one("GetConsoleOutput", "<timestamp>2026-01-01 00:00:00</timestamp>", "'2026-01-01 00:00:00' is no timestamp")
    one("AssignPrivateIpAddresses", "<assignedIpv4PrefixSet><item/></assignedIpv4PrefixSet>", "item[0]: an empty Ipv4PrefixSpecification")
    one("DeleteKeyPair", "<return>maybe</return>", "'maybe' is no boolean")
    one("GetCapacityReservationUsage", "<totalInstanceCount>1.5</totalInstanceCount>", "'1.5' is no integer")
    one("GetCapacityReservationUsage", f"<totalInstanceCount>{2**31}</totalInstanceCount>", "too large for integer")
    one("DeleteVpc", "<return>false</return>", "return")
    one("DeleteVpc", "<vpcId>vpc-1</vpcId>", "vpcId", "not in the model")
    other = "http://ec2.amazonaws.com/doc/2010-01-01/"
    assert len(faults("DescribeTags", tags, namespace=other)) > 1, "another namespace"


@check
def a_wrong_error_is_noticed(_):
    right = "<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>no</Message></Error></Errors><RequestID>1</RequestID></Response>"
    assert oracle.faults("ec2", "DescribeVpcs", 400, right) == []
    for before, after in [
        ("RequestID", "RequestId"),
        ("<Message>no</Message>", ""),
        (">no<", "> <"),
        ("InvalidVpcID.NotFound", "not found"),
        ("Response", "ErrorResponse"),
        ("</Response>", ""),
    ]:
        assert len(oracle.faults("ec2", "DescribeVpcs", 400, right.replace(before, after))) == 1, (before, after)
