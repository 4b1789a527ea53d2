"""Security groups, tags, and what clients ask about an account, as Terraform, Ansible and the cloud controller do."""

from cloud import check, refused

ALL = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def tcp(port, *cidrs, **more):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr} for cidr in cidrs], **more}


def group(cloud, vpc, name):
    return cloud.ec2.create_security_group(GroupName=name, Description=f"of {name}", VpcId=vpc)["GroupId"]


def shown(cloud, group):
    [found] = cloud.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return found


@check
def rules_come_and_go_by_what_they_allow_and_by_id(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    web, other = group(cloud, vpc, "web"), group(cloud, vpc, "other")
    ec2.revoke_security_group_egress(GroupId=web, IpPermissions=ALL)
    assert shown(cloud, web)["IpPermissionsEgress"] == []
    asked = [
        tcp(443, "10.0.0.0/8", "192.168.0.0/16", Ipv6Ranges=[{"CidrIpv6": "2001:db8::/32", "Description": "six"}]),
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": other, "Description": "neighbours"}]},
    ]
    tags = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "Name", "Value": "front"}]}]
    made = ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=asked, TagSpecifications=tags)
    rules = made["SecurityGroupRules"]
    assert made["Return"] is True and len(rules) == 4, made
    assert all(rule["GroupId"] == web and not rule["IsEgress"] and rule["Tags"] == tags[0]["Tags"] for rule in rules), rules
    [six] = [rule for rule in rules if "CidrIpv6" in rule]
    assert (six["CidrIpv6"], six["Description"], six["FromPort"], six["IpProtocol"]) == ("2001:db8::/32", "six", 443, "tcp"), six
    [peer] = [rule for rule in rules if "ReferencedGroupInfo" in rule]
    assert (peer["ReferencedGroupInfo"]["GroupId"], peer["FromPort"], peer["ToPort"]) == (other, -1, -1), peer

    permissions = {found["IpProtocol"]: found for found in shown(cloud, web)["IpPermissions"]}
    assert [found["CidrIp"] for found in permissions["tcp"]["IpRanges"]].count("10.0.0.0/8") == 1, permissions
    assert len(permissions["tcp"]["IpRanges"]) == 2 and len(permissions["tcp"]["Ipv6Ranges"]) == 1, permissions
    assert "FromPort" not in permissions["-1"] and permissions["-1"]["UserIdGroupPairs"][0]["GroupId"] == other, permissions

    refused("InvalidPermission.Duplicate", ec2.authorize_security_group_ingress, "already exists", GroupId=web, IpPermissions=asked[:1])
    refused("InvalidPermission.NotFound", ec2.revoke_security_group_ingress, GroupId=web, IpPermissions=[tcp(80, "10.0.0.0/8")])
    refused("DependencyViolation", ec2.delete_security_group, other, GroupId=other)

    new = {"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "CidrIpv6": "2001:db8::/48", "Description": "narrow"}
    ec2.modify_security_group_rules(GroupId=web, SecurityGroupRules=[{"SecurityGroupRuleId": six["SecurityGroupRuleId"], "SecurityGroupRule": new}])
    [now] = ec2.describe_security_group_rules(SecurityGroupRuleIds=[six["SecurityGroupRuleId"]])["SecurityGroupRules"]
    assert {name: now[name] for name in new} == new and now["Tags"] == tags[0]["Tags"], now
    ec2.update_security_group_rule_descriptions_ingress(
        GroupId=web, SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": peer["SecurityGroupRuleId"], "Description": "friends"}]
    )
    listed = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [web]}])["SecurityGroupRules"]
    assert {rule["Description"] for rule in listed if "Description" in rule} == {"narrow", "friends"}, listed

    ids = [rule["SecurityGroupRuleId"] for rule in rules]
    gone = ec2.revoke_security_group_ingress(GroupId=web, SecurityGroupRuleIds=ids)["RevokedSecurityGroupRules"]
    assert {rule["SecurityGroupRuleId"] for rule in gone} == set(ids), gone
    refused("InvalidSecurityGroupRuleId.NotFound", ec2.describe_security_group_rules, SecurityGroupRuleIds=ids[:1])
    for_vpc = ec2.get_security_groups_for_vpc(VpcId=vpc)["SecurityGroupForVpcs"]
    assert {found["GroupId"] for found in for_vpc} > {web, other} and all(found["PrimaryVpcId"] == vpc for found in for_vpc), for_vpc
    for done in [other, web]:
        assert ec2.delete_security_group(GroupId=done)["GroupId"] == done
        refused("InvalidGroup.NotFound", ec2.describe_security_groups, done, GroupIds=[done])


@check
def egress_rules_are_made_and_described(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    web = group(cloud, vpc, "web")
    ec2.revoke_security_group_egress(GroupId=web, IpPermissions=ALL)
    ping = {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    made = ec2.authorize_security_group_egress(GroupId=web, IpPermissions=[tcp(443, "10.0.0.0/8"), ping])
    assert [rule["IsEgress"] for rule in made["SecurityGroupRules"]] == [True, True], made
    ec2.update_security_group_rule_descriptions_egress(
        GroupId=web, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "out"}]}]
    )
    out = {found["IpProtocol"]: found for found in shown(cloud, web)["IpPermissionsEgress"]}
    assert out["tcp"]["IpRanges"] == [{"CidrIp": "10.0.0.0/8", "Description": "out"}], out
    assert (out["icmp"]["FromPort"], out["icmp"]["ToPort"]) == (8, -1) and shown(cloud, web)["IpPermissions"] == [], out


@check
def a_group_goes_when_no_interface_is_in_it(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    web = group(cloud, vpc, "web")
    interface = cloud.interface(cloud.subnet(vpc=vpc), Groups=[web])
    refused("DependencyViolation", ec2.delete_security_group, web, GroupId=web)
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.delete_security_group(GroupId=web)
    [default] = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    assert default["GroupName"] == "default", default
    refused("CannotDelete", ec2.delete_security_group, default["GroupId"], GroupId=default["GroupId"])


@check
def tags_are_found_and_taken_away(cloud):
    ec2, vpc = cloud.ec2, cloud.vpc()
    subnet = cloud.subnet(vpc=vpc)
    tags = [{"Key": "Name", "Value": "one"}, {"Key": "empty", "Value": ""}, {"Key": "owner", "Value": "cni"}]
    ec2.create_tags(Resources=[vpc, subnet], Tags=tags)

    def found(*resources):
        pages = ec2.get_paginator("describe_tags").paginate(
            Filters=[{"Name": "resource-id", "Values": list(resources)}], PaginationConfig={"PageSize": 5}
        )
        return [(tag["ResourceType"], tag["Key"], tag["Value"]) for page in pages for tag in page["Tags"]]

    assert sorted(found(vpc, subnet)) == sorted((kind, tag["Key"], tag["Value"]) for kind in ["vpc", "subnet"] for tag in tags)
    ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "two"}, {"Key": "empty"}, {"Key": "absent"}])
    assert found(vpc) == [("vpc", "Name", "one"), ("vpc", "owner", "cni")]
    ec2.delete_tags(Resources=[vpc, subnet])
    assert found(vpc, subnet) == []
    refused("InvalidVpcID.NotFound", ec2.delete_tags, Resources=["vpc-00000000"])


@check
def a_client_learns_where_it_is(cloud):
    ec2 = cloud.ec2
    regions = {region["RegionName"]: region for region in ec2.describe_regions()["Regions"]}
    assert regions["us-east-1"]["OptInStatus"] == "opt-in-not-required", regions
    refused("InvalidParameterValue", ec2.describe_regions, "moon-1", RegionNames=["moon-1"])
    attributes = {found["AttributeName"]: found["AttributeValues"] for found in ec2.describe_account_attributes()["AccountAttributes"]}
    assert attributes["supported-platforms"] == [{"AttributeValue": "VPC"}], attributes
    assert attributes["vpc-max-security-groups-per-interface"] == [{"AttributeValue": "5"}], attributes
