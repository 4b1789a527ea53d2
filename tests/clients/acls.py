"""Network ACLs: the default one of a VPC, entries by number, and which subnet has which."""

from cloud import check, refused


def default_of(cloud, vpc):
    found = cloud.ec2.describe_network_acls(Filters=[{"Name": "default", "Values": ["true"]}, {"Name": "vpc-id", "Values": [vpc]}])
    [default] = found["NetworkAcls"]
    return default


def acl(cloud, vpc, **more):
    return cloud.ec2.create_network_acl(VpcId=vpc, **more)["NetworkAcl"]["NetworkAclId"]


def entries(cloud, acl):
    [found] = cloud.ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
    return {(entry["Egress"], entry["RuleNumber"]): entry for entry in found["Entries"]}


@check
def a_new_vpc_lets_everything_pass(cloud):
    default = default_of(cloud, cloud.vpc())
    assert default["IsDefault"] is True and default["Associations"] == [], default
    rules = {(entry["Egress"], entry["RuleNumber"]): (entry["RuleAction"], entry["Protocol"], entry["CidrBlock"]) for entry in default["Entries"]}
    for egress in [False, True]:
        assert rules.pop((egress, 100)) == ("allow", "-1", "0.0.0.0/0") and rules.pop((egress, 32767)) == ("deny", "-1", "0.0.0.0/0")
    assert rules == {}, rules
    refused("InvalidParameterValue", cloud.ec2.delete_network_acl, default["NetworkAclId"], NetworkAclId=default["NetworkAclId"])


@check
def entries_are_made_replaced_and_deleted_by_their_numbers(cloud):
    ec2, tags = cloud.ec2, [{"ResourceType": "network-acl", "Tags": [{"Key": "Name", "Value": "edge"}]}]
    edge = acl(cloud, cloud.vpc(), TagSpecifications=tags)
    assert sorted(entries(cloud, edge)) == [(False, 32767), (True, 32767)], "a new one lets nothing pass"
    https = {"NetworkAclId": edge, "RuleNumber": 110, "Protocol": "6", "CidrBlock": "10.0.0.0/8", "Egress": False, "PortRange": {"From": 443, "To": 444}}
    ec2.create_network_acl_entry(**https, RuleAction="allow")
    made = entries(cloud, edge)[False, 110]
    assert made == {**{name: value for name, value in https.items() if name != "NetworkAclId"}, "RuleAction": "allow"}, made
    refused("NetworkAclEntryAlreadyExists", ec2.create_network_acl_entry, "110", **https, RuleAction="deny")
    ping = {"Type": 8, "Code": -1}
    ec2.create_network_acl_entry(
        NetworkAclId=edge, RuleNumber=120, Protocol="1", CidrBlock="0.0.0.0/0", Egress=True, RuleAction="allow", IcmpTypeCode=ping
    )
    out = entries(cloud, edge)[True, 120]
    assert out["IcmpTypeCode"] == ping and out["Protocol"] == "1", out
    ec2.replace_network_acl_entry(**https, RuleAction="deny")
    assert entries(cloud, edge)[False, 110]["RuleAction"] == "deny"
    for name, value in [("entry.rule-number", "110"), ("entry.port-range.from", "443"), ("tag:Name", "edge"), ("network-acl-id", edge)]:
        found = ec2.describe_network_acls(Filters=[{"Name": name, "Values": [value]}, {"Name": "network-acl-id", "Values": [edge]}])["NetworkAcls"]
        assert [one["NetworkAclId"] for one in found] == [edge], name
    ec2.delete_network_acl_entry(NetworkAclId=edge, RuleNumber=110, Egress=False)
    assert (False, 110) not in entries(cloud, edge) and (True, 120) in entries(cloud, edge)
    refused("InvalidNetworkAclEntry.NotFound", ec2.delete_network_acl_entry, NetworkAclId=edge, RuleNumber=110, Egress=False)
    ec2.delete_network_acl(NetworkAclId=edge)
    refused("InvalidNetworkAclID.NotFound", ec2.describe_network_acls, edge, NetworkAclIds=[edge])


@check
def a_subnet_is_moved_from_acl_to_acl(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    subnet, edge = cloud.subnet(vpc=vpc), acl(cloud, vpc)
    [association] = default_of(cloud, vpc)["Associations"]
    assert association["SubnetId"] == subnet, association
    moved = ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=edge)["NewAssociationId"]
    [found] = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])["NetworkAcls"]
    expected = [{"NetworkAclAssociationId": moved, "NetworkAclId": edge, "SubnetId": subnet}]
    assert found["NetworkAclId"] == edge and found["Associations"] == expected, found
    assert default_of(cloud, vpc)["Associations"] == []
    refused("DependencyViolation", ec2.delete_network_acl, edge, NetworkAclId=edge)
    again = {"AssociationId": association["NetworkAclAssociationId"], "NetworkAclId": edge}
    refused("InvalidAssociationID.NotFound", ec2.replace_network_acl_association, again["AssociationId"], **again)
    ec2.replace_network_acl_association(AssociationId=moved, NetworkAclId=default_of(cloud, vpc)["NetworkAclId"])
    ec2.delete_network_acl(NetworkAclId=edge)
