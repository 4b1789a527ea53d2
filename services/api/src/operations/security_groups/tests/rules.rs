//! Rules: given, taken away, changed, listed.

use multihome_ec2::security_group_rule::{
    AuthorizeSecurityGroupEgress, AuthorizeSecurityGroupIngress, AuthorizeSecurityGroupReply, DescribeSecurityGroupRules, ModifySecurityGroupRules,
    RevokeSecurityGroupEgress, RevokeSecurityGroupIngress, RevokeSecurityGroupReply, SecurityGroupRule, SecurityGroupRuleDescription,
    SecurityGroupRuleRequest, SecurityGroupRuleUpdate, UpdateSecurityGroupRuleDescriptionsIngress,
};
use multihome_entities::tag;

use super::*;
use crate::fault::Fault;

pub(super) async fn allow(api: &Api, group: &str, permissions: Vec<IpPermission>) -> Result<AuthorizeSecurityGroupReply, Fault> {
    let request =
        AuthorizeSecurityGroupIngress { group_id: Some(group.to_owned()), ip_permissions: permissions, ..AuthorizeSecurityGroupIngress::default() };
    authorize_security_group_ingress(api, &call(), request).await
}

pub(super) async fn revoke(api: &Api, group: &str, permissions: Vec<IpPermission>) -> Result<RevokeSecurityGroupReply, Fault> {
    let request =
        RevokeSecurityGroupIngress { group_id: Some(group.to_owned()), ip_permissions: permissions, ..RevokeSecurityGroupIngress::default() };
    revoke_security_group_ingress(api, &call(), request).await
}

async fn rules_of(api: &Api, group: &str) -> Vec<SecurityGroupRule> {
    let request = DescribeSecurityGroupRules { filters: vec![filter("group-id", &[group])], ..DescribeSecurityGroupRules::default() };
    describe_security_group_rules(api, &call(), request).await.unwrap().rules
}

async fn ground(api: &Api) -> (String, String) {
    let vpc = testing::vpc(api).await;
    let group = group(api, &vpc, "web").await;
    (vpc, group)
}

#[tokio::test]
async fn rules_that_are_authorized_are_shown_everywhere() {
    let api = testing::api().await;
    let (_, web) = ground(&api).await;
    let ranges = vec![Ipv6Range { description: Some("all of IPv6".to_owned()), cidr_ipv6: "2001:DB8::1/32".to_owned() }];
    let request = AuthorizeSecurityGroupIngress {
        group_id: Some(web.clone()),
        ip_permissions: vec![IpPermission { ipv6_ranges: ranges, ..permission("tcp", Some((22, 22)), &["10.0.0.7/8"]) }, from_group("-1", &web)],
        tag_specifications: tagged("security-group-rule", &[("Name", "ssh")]),
        ..AuthorizeSecurityGroupIngress::default()
    };
    let reply = authorize_security_group_ingress(&api, &call(), request).await.unwrap();
    assert_eq!((reply.done, reply.rules.len()), (true, 3));
    let [ipv4, ipv6, from_web] = &*reply.rules else { panic!() };
    assert_eq!((ipv4.cidr_ipv4.as_deref(), ipv4.from_port, ipv4.to_port), (Some("10.0.0.0/8"), 22, 22));
    assert_eq!((ipv6.cidr_ipv6.as_deref(), ipv6.description.as_deref()), (Some("2001:db8::/32"), Some("all of IPv6")));
    assert_eq!((from_web.ip_protocol.as_str(), from_web.from_port, from_web.is_egress), ("-1", -1, false));
    assert_eq!(from_web.referenced_group_info.as_ref().map(|peer| &peer.group_id), Some(&web));
    let mut listed = rules_of(&api, &web).await;
    listed.retain(|rule| !rule.is_egress);
    let mut made = reply.rules.clone();
    made.sort_by(|one, other| one.security_group_rule_id.cmp(&other.security_group_rule_id));
    assert_eq!(listed, made);
    let shown = describe(&api, &web).await;
    let ssh = shown.ip_permissions.iter().find(|one| one.ip_protocol.as_deref() == Some("tcp")).unwrap();
    assert_eq!((ssh.ip_ranges.len(), ssh.ipv6_ranges[0].description.as_deref()), (1, Some("all of IPv6")));
    assert_eq!(log_of(&api, &web).await, ["created", "authorized"]);
    let tagged = DescribeSecurityGroupRules { filters: vec![filter("tag:Name", &["ssh"])], ..DescribeSecurityGroupRules::default() };
    assert_eq!(describe_security_group_rules(&api, &call(), tagged).await.unwrap().rules.len(), 3);
}

#[tokio::test]
async fn a_rule_that_is_there_is_refused_and_nothing_of_the_request_is_done() {
    let api = testing::api().await;
    let (_, web) = ground(&api).await;
    allow(&api, &web, vec![permission("tcp", Some((80, 80)), &["10.0.0.0/8"])]).await.unwrap();
    let again = allow(&api, &web, vec![permission("tcp", Some((81, 81)), &["10.0.0.0/8"]), permission("6", Some((80, 80)), &["10.9.9.9/8"])]).await;
    let Err(Fault::Refused(error)) = again else { panic!("{again:?}") };
    assert_eq!(error.message, "the specified rule \"peer: 10.0.0.0/8, TCP, from port: 80, to port: 80, ALLOW\" already exists");
    assert_eq!(rules_of(&api, &web).await.len(), 2);
    let outward = AuthorizeSecurityGroupEgress {
        group_id: Some(web.clone()),
        ip_permissions: vec![permission("tcp", Some((80, 80)), &["10.0.0.0/8"])],
        ..AuthorizeSecurityGroupEgress::default()
    };
    let made = authorize_security_group_egress(&api, &call(), outward).await.unwrap();
    assert!(made.rules[0].is_egress);
}

#[tokio::test]
async fn what_cannot_be_a_rule_is_refused_with_its_code() {
    let api = testing::api().await;
    let (vpc, web) = ground(&api).await;
    let elsewhere = group(&api, &testing::vpc(&api).await, "web").await;
    let pair = |pair: UserIdGroupPair| IpPermission { groups: vec![pair], ..permission("-1", None, &[]) };
    let prefix = multihome_ec2::security_group::PrefixListId { description: None, prefix_list_id: "pl-1".to_owned() };
    let described = |text: &str| IpPermission {
        ip_ranges: vec![IpRange { description: Some(text.to_owned()), cidr_ip: "10.0.0.0/8".to_owned() }],
        ..permission("-1", None, &[])
    };
    for (permission, expected) in [
        (permission("tcp", None, &["10.0.0.0/8"]), "InvalidParameterValue"),
        (permission("tcp", Some((-1, -1)), &["10.0.0.0/8"]), "InvalidParameterValue"),
        (permission("esp", None, &["10.0.0.0/8"]), "InvalidParameterValue"),
        (permission("-1", None, &["10.0.0.0/33"]), "InvalidParameterValue"),
        (permission("-1", None, &["10.0.0.0/8", "10.0.0.1/8"]), "InvalidParameterValue"),
        (permission("-1", None, &[]), "InvalidPermission.Malformed"),
        (described("a<b"), "InvalidParameterValue"),
        (IpPermission { prefix_list_ids: vec![prefix], ..permission("-1", None, &[]) }, "UnsupportedOperation"),
        (from_group("-1", "sg-00000000"), "InvalidGroup.NotFound"),
        (from_group("-1", "sg-1"), "InvalidGroupId.Malformed"),
        (from_group("-1", &elsewhere), "InvalidGroup.NotFound"),
        (pair(UserIdGroupPair::default()), "MissingParameter"),
        (pair(UserIdGroupPair { group_name: Some("web".to_owned()), ..UserIdGroupPair::default() }), "VPCIdNotSpecified"),
        (
            pair(UserIdGroupPair { group_id: Some(web.clone()), user_id: Some("000000000002".to_owned()), ..UserIdGroupPair::default() }),
            "InvalidGroup.NotFound",
        ),
        (
            pair(UserIdGroupPair { group_id: Some(web.clone()), user_id: Some("x".to_owned()), ..UserIdGroupPair::default() }),
            "InvalidUserID.Malformed",
        ),
        (
            pair(UserIdGroupPair { group_id: Some(web.clone()), vpc_id: Some("vpc-00000000".to_owned()), ..UserIdGroupPair::default() }),
            "UnsupportedOperation",
        ),
    ] {
        assert_eq!(code(allow(&api, &web, vec![permission.clone()]).await), expected, "{permission:?}");
    }
    assert_eq!(code(allow(&api, &web, vec![]).await), "MissingParameter");
    assert_eq!(code(allow(&api, "sg-00000000", vec![permission("-1", None, &["10.0.0.0/8"])]).await), "InvalidGroup.NotFound");
    let here = pair(UserIdGroupPair { group_id: Some(web.clone()), vpc_id: Some(vpc), ..UserIdGroupPair::default() });
    assert_eq!(allow(&api, &web, vec![here]).await.unwrap().rules.len(), 1);
}

#[tokio::test]
async fn one_rule_may_be_given_without_permissions_and_a_group_by_name() {
    let api = testing::api().await;
    let (vpc, web) = ground(&api).await;
    let one = AuthorizeSecurityGroupIngress {
        group_id: Some(web.clone()),
        ip_protocol: Some("icmp".to_owned()),
        from_port: Some(8),
        to_port: Some(-1),
        cidr_ip: Some("0.0.0.0/0".to_owned()),
        ..AuthorizeSecurityGroupIngress::default()
    };
    assert_eq!(authorize_security_group_ingress(&api, &call(), one.clone()).await.unwrap().rules[0].ip_protocol, "icmp");
    let both = AuthorizeSecurityGroupIngress { ip_permissions: vec![from_group("-1", &web)], ..one.clone() };
    assert_eq!(code(authorize_security_group_ingress(&api, &call(), both).await), "InvalidParameterCombination");
    let outward = AuthorizeSecurityGroupEgress { group_id: Some(web.clone()), cidr_ip: one.cidr_ip, ..AuthorizeSecurityGroupEgress::default() };
    assert_eq!(code(authorize_security_group_egress(&api, &call(), outward).await), "UnsupportedOperation");
    make_default(&api, &vpc).await;
    let by_name = AuthorizeSecurityGroupIngress {
        group_name: Some("web".to_owned()),
        source_security_group_name: Some("default".to_owned()),
        ..AuthorizeSecurityGroupIngress::default()
    };
    let made = authorize_security_group_ingress(&api, &call(), by_name).await.unwrap().rules;
    let shown: Vec<_> = made.iter().map(|rule| (rule.ip_protocol.as_str(), rule.from_port, rule.to_port)).collect();
    assert_eq!(shown, [("tcp", 0, 65_535), ("udp", 0, 65_535), ("icmp", -1, -1)]);
}

#[tokio::test]
async fn a_group_has_sixty_rules_each_way() {
    let api = testing::api().await;
    let (_, web) = ground(&api).await;
    let many = |from: i32, to: i32| (from..to).map(|port| permission("tcp", Some((port, port)), &["10.0.0.0/8"])).collect::<Vec<_>>();
    assert_eq!(code(allow(&api, &web, many(0, 61)).await), "RulesPerSecurityGroupLimitExceeded");
    allow(&api, &web, many(0, 60)).await.unwrap();
    assert_eq!(code(allow(&api, &web, many(60, 61)).await), "RulesPerSecurityGroupLimitExceeded");
}

#[tokio::test]
async fn rules_are_revoked_by_what_they_allow_and_by_id() {
    let api = testing::api().await;
    let (vpc, web) = ground(&api).await;
    let request = AuthorizeSecurityGroupIngress {
        group_id: Some(web.clone()),
        ip_permissions: vec![permission("tcp", Some((80, 81)), &["10.0.0.0/8", "11.0.0.0/8"])],
        tag_specifications: tagged("security-group-rule", &[("Name", "x")]),
        ..AuthorizeSecurityGroupIngress::default()
    };
    let made = authorize_security_group_ingress(&api, &call(), request).await.unwrap().rules;
    let unknown = vec![permission("tcp", Some((80, 81)), &["10.0.0.0/8", "12.0.0.0/8"])];
    assert_eq!(code(revoke(&api, &web, unknown.clone()).await), "InvalidPermission.NotFound");
    // As Terraform takes away what a new group comes with.
    let everything = RevokeSecurityGroupEgress {
        group_id: Some(web.clone()),
        ip_permissions: vec![permission("-1", Some((0, 0)), &["0.0.0.0/0"])],
        ..Default::default()
    };
    assert_eq!(revoke_security_group_egress(&api, &call(), everything).await.unwrap().revoked.len(), 1);
    let by_id = |id: &str| RevokeSecurityGroupIngress { group_id: Some(web.clone()), rule_ids: vec![id.to_owned()], ..Default::default() };
    let outward =
        RevokeSecurityGroupEgress { group_id: Some(web.clone()), rule_ids: vec![made[1].security_group_rule_id.clone()], ..Default::default() };
    assert_eq!(code(revoke_security_group_egress(&api, &call(), outward).await), "InvalidSecurityGroupRuleId.NotFound");
    let revoked = revoke_security_group_ingress(&api, &call(), by_id(&made[1].security_group_rule_id)).await.unwrap();
    assert_eq!((revoked.revoked[0].cidr_ipv4.as_deref(), revoked.unknown), (Some("11.0.0.0/8"), None));
    assert_eq!(
        code(revoke_security_group_ingress(&api, &call(), by_id(&made[1].security_group_rule_id)).await),
        "InvalidSecurityGroupRuleId.NotFound"
    );
    make_default(&api, &vpc).await;
    let revoked = revoke(&api, &web, unknown.clone()).await.unwrap();
    assert_eq!((revoked.revoked.len(), revoked.unknown.unwrap()[0].ip_ranges[0].cidr_ip.as_str()), (1, "12.0.0.0/8"));
    assert_eq!(revoke(&api, &web, unknown).await.unwrap().revoked, []);
    assert_eq!(rules_of(&api, &web).await, []);
    assert_eq!(tag::Entity::find().all(api.store.reader()).await.unwrap(), []);
    assert_eq!(log_of(&api, &web).await, ["created", "authorized", "revoked", "revoked", "revoked"]);
}

#[tokio::test]
async fn rules_change_in_place() {
    let api = testing::api().await;
    let (_, web) = ground(&api).await;
    let permissions = vec![permission("tcp", Some((80, 80)), &["10.0.0.0/8", "11.0.0.0/8"])];
    let made = allow(&api, &web, permissions).await.unwrap().rules;
    let update = |rule: usize, cidr: &str| SecurityGroupRuleUpdate {
        security_group_rule_id: made[rule].security_group_rule_id.clone(),
        rule: Some(SecurityGroupRuleRequest {
            ip_protocol: Some("tcp".to_owned()),
            from_port: Some(80),
            to_port: Some(80),
            cidr_ipv4: Some(cidr.to_owned()),
            description: Some("new".to_owned()),
            ..SecurityGroupRuleRequest::default()
        }),
    };
    let modify = |updates: Vec<SecurityGroupRuleUpdate>| {
        let request = ModifySecurityGroupRules { group_id: web.clone(), updates, dry_run: false };
        async { modify_security_group_rules(&api, &call(), request).await }
    };
    assert_eq!(code(modify(vec![update(0, "11.0.0.0/8")]).await), "InvalidPermission.Duplicate");
    assert_eq!(code(modify(vec![]).await), "MissingParameter");
    let none = SecurityGroupRuleUpdate { rule: None, ..update(0, "") };
    assert_eq!(code(modify(vec![none]).await), "MissingParameter");
    modify(vec![update(0, "11.0.0.0/8"), update(1, "10.0.0.0/8")]).await.unwrap();
    let find = async |rule: usize| {
        let shown = rules_of(&api, &web).await.into_iter().find(|shown| shown.security_group_rule_id == made[rule].security_group_rule_id);
        let shown = shown.unwrap();
        (shown.cidr_ipv4.unwrap(), shown.description)
    };
    assert_eq!(find(0).await, ("11.0.0.0/8".to_owned(), Some("new".to_owned())));
    assert_eq!(find(1).await, ("10.0.0.0/8".to_owned(), Some("new".to_owned())));
    let describe = UpdateSecurityGroupRuleDescriptionsIngress {
        group_id: Some(web.clone()),
        ip_permissions: vec![permission("tcp", Some((80, 80)), &["11.0.0.0/8"])],
        descriptions: vec![SecurityGroupRuleDescription {
            security_group_rule_id: made[1].security_group_rule_id.clone(),
            description: Some("ten".to_owned()),
        }],
        ..UpdateSecurityGroupRuleDescriptionsIngress::default()
    };
    update_security_group_rule_descriptions_ingress(&api, &call(), describe).await.unwrap();
    assert_eq!((find(0).await.1, find(1).await.1), (None, Some("ten".to_owned())));
    let unknown = UpdateSecurityGroupRuleDescriptionsIngress {
        group_id: Some(web.clone()),
        ip_permissions: vec![permission("tcp", Some((80, 80)), &["12.0.0.0/8"])],
        ..UpdateSecurityGroupRuleDescriptionsIngress::default()
    };
    assert_eq!(code(update_security_group_rule_descriptions_ingress(&api, &call(), unknown).await), "InvalidPermission.NotFound");
    assert_eq!(log_of(&api, &web).await, ["created", "authorized", "modified", "described"]);
}

#[tokio::test]
async fn rules_are_listed_by_id_and_in_pages() {
    let api = testing::api().await;
    let (_, web) = ground(&api).await;
    let made = allow(&api, &web, (1..8).map(|port| permission("tcp", Some((port, port)), &["10.0.0.0/8"])).collect()).await.unwrap().rules;
    let first = DescribeSecurityGroupRules { filters: vec![filter("group-id", &[&web])], max_results: Some(5), ..Default::default() };
    let page = describe_security_group_rules(&api, &call(), first.clone()).await.unwrap();
    let next = DescribeSecurityGroupRules { next_token: page.next_token.clone(), ..first };
    let rest = describe_security_group_rules(&api, &call(), next).await.unwrap();
    assert_eq!((page.rules.len(), rest.rules.len(), rest.next_token), (5, 3, None));
    let by_id = DescribeSecurityGroupRules { rule_ids: vec![made[0].security_group_rule_id.clone()], ..Default::default() };
    assert_eq!(describe_security_group_rules(&api, &call(), by_id.clone()).await.unwrap().rules, [made[0].clone()]);
    assert_eq!(code(describe_security_group_rules(&api, &call_of("000000000002"), by_id).await), "InvalidSecurityGroupRuleId.NotFound");
    let malformed = DescribeSecurityGroupRules { rule_ids: vec!["10.0.0.0/8".to_owned()], ..Default::default() };
    assert_eq!(code(describe_security_group_rules(&api, &call(), malformed).await), "InvalidSecurityGroupRuleId.Malformed");
}
