use super::*;

fn code<T>(result: Result<T, Refusal>) -> String {
    result.err().map(|refusal| refusal.code.into_owned()).unwrap_or_default()
}

fn peer(text: &str) -> RulePeer {
    if text.contains(':') {
        RulePeer::Ipv6Cidr(text.parse().unwrap())
    } else if text.starts_with("sg-") {
        RulePeer::Group { id: text.parse().unwrap(), account: AccountId::default() }
    } else {
        RulePeer::Cidr(text.parse().unwrap())
    }
}

fn tcp(port: i32, from: &str) -> Permission {
    Permission { egress: false, protocol: 6, from_port: Some(port), to_port: Some(port), peer: peer(from) }
}

fn rules(permissions: &[Permission]) -> Vec<GroupRule> {
    let with_id = |(number, permission): (usize, &Permission)| {
        RuleAsked { permission: *permission, description: None }.with_id(format!("sgr-{number:08x}").parse().unwrap())
    };
    permissions.iter().enumerate().map(with_id).collect()
}

#[test]
fn protocols_have_names_and_numbers() {
    for (text, number, shown) in [
        ("tcp", 6, "tcp"),
        ("TCP", 6, "tcp"),
        ("6", 6, "tcp"),
        ("udp", 17, "udp"),
        ("1", 1, "icmp"),
        ("58", 58, "icmpv6"),
        ("50", 50, "50"),
        ("-1", -1, "-1"),
    ] {
        assert_eq!(parse_protocol(Some(text)), Ok(number), "{text}");
        assert_eq!(protocol_name(number), shown);
    }
    for text in ["esp", "256", "-2", "all", "6 "] {
        let refusal = parse_protocol(Some(text)).unwrap_err();
        assert_eq!(refusal.message, format!("Invalid value '{text}' for IP protocol. Unknown protocol."));
    }
    assert!(parse_protocol(None).unwrap_err().message.starts_with("Invalid value 'null' for protocol."));
}

#[test]
fn ports_are_checked_by_protocol() {
    let ok = |protocol, from, to, expected| assert_eq!(check_ports(protocol, from, to), Ok(expected), "{protocol} {from:?} {to:?}");
    ok(6, Some(0), Some(65_535), (Some(0), Some(65_535)));
    ok(17, Some(53), Some(53), (Some(53), Some(53)));
    ok(1, Some(8), Some(-1), (Some(8), Some(-1)));
    ok(1, Some(-1), Some(-1), (Some(-1), Some(-1)));
    ok(58, None, None, (Some(-1), Some(-1)));
    ok(-1, Some(0), Some(0), (None, None));
    ok(50, Some(3), None, (None, None));
    for (protocol, from, to, words) in [
        (6, Some(1), None, "Must specify both from and to ports with TCP/UDP."),
        (6, Some(-1), Some(-1), "TCP/UDP (from) port (-1) out of range"),
        (17, Some(1), Some(65_536), "TCP/UDP (to) port (65536) out of range"),
        (6, Some(2), Some(1), "greater"),
        (1, None, None, "Must specify both from and to ports with ICMP."),
        (58, Some(1), None, "Must specify both from and to ports with ICMP."),
        (1, Some(256), Some(0), "ICMP type (256) out of range"),
        (1, Some(0), Some(65_535), "ICMP code (65535) out of range"),
        (1, Some(-1), Some(0), "ICMP code (0)"),
    ] {
        let refusal = check_ports(protocol, from, to).unwrap_err();
        assert!(refusal.code == "InvalidParameterValue" && refusal.message.contains(words), "{refusal}");
    }
}

#[test]
fn a_description_is_printable_and_short() {
    assert_eq!(check_description(Some("web (front) #1".into())), Ok(Some("web (front) #1".into())));
    assert_eq!((check_description(Some(String::new())), check_description(None)), (Ok(None), Ok(None)));
    for text in ["a".repeat(256), "caf\u{e9}".to_owned(), "a<b".to_owned(), "a\nb".to_owned()] {
        assert!(check_description(Some(text)).unwrap_err().message.starts_with("Invalid rule description."));
    }
}

#[test]
fn what_is_there_already_is_said_in_ec2s_words() {
    let icmp = Permission { protocol: 1, from_port: Some(8), to_port: Some(-1), ..tcp(0, "0.0.0.0/0") };
    let all = Permission { protocol: -1, from_port: None, to_port: None, ..tcp(0, "sg-00000001") };
    let esp = Permission { protocol: 50, ..all };
    for (permission, words) in [
        (tcp(22, "203.0.113.1/32"), "peer: 203.0.113.1/32, TCP, from port: 22, to port: 22, ALLOW"),
        (icmp, "peer: 0.0.0.0/0, ICMP, type: 8, code: ALL, ALLOW"),
        (all, "peer: sg-00000001, ALL, ALLOW"),
        (esp, "peer: sg-00000001, 50, ALLOW"),
        (tcp(80, "::/0"), "peer: ::/0, TCP, from port: 80, to port: 80, ALLOW"),
    ] {
        let refusal = admit_authorize(&rules(&[permission]), &[permission], 60).unwrap_err();
        assert_eq!(refusal.to_string(), format!("InvalidPermission.Duplicate: the specified rule \"{words}\" already exists"));
    }
    assert_eq!(admit_authorize(&rules(&[tcp(22, "10.0.0.0/8")]), &[Permission { egress: true, ..tcp(22, "10.0.0.0/8") }], 60), Ok(()));
    assert_eq!(code(admit_authorize(&[], &[icmp, icmp], 60)), "InvalidParameterValue");
}

#[test]
fn rules_are_counted_by_direction_and_family_and_groups_in_both() {
    let present = rules(&[tcp(1, "10.0.0.0/8"), tcp(2, "10.0.0.0/8")]);
    let exceeded = "RulesPerSecurityGroupLimitExceeded";
    assert_eq!(code(admit_authorize(&present, &[tcp(3, "10.0.0.0/8")], 2)), exceeded);
    assert_eq!(code(admit_authorize(&present, &[tcp(3, "sg-00000001")], 2)), exceeded);
    assert_eq!(admit_authorize(&present, &[tcp(3, "::/0"), tcp(4, "::/0")], 2), Ok(()));
    assert_eq!(code(admit_authorize(&present, &[tcp(3, "::/0"), tcp(4, "::/0"), tcp(5, "::/0")], 2)), exceeded);
    assert_eq!(admit_authorize(&present, &[Permission { egress: true, ..tcp(1, "10.0.0.0/8") }], 2), Ok(()));
}

#[test]
fn a_peer_is_a_group_of_the_same_account_and_network() {
    let group = crate::world::sample::group("sg-00000001", "vpc-00000001", Vec::new());
    let here = PeerFacts { account: group.account, region: group.region, vpc: group.vpc };
    let elsewhere = PeerFacts { vpc: "vpc-00000002".parse().unwrap(), ..here };
    let known = BTreeMap::from([("sg-00000002".parse().unwrap(), here), ("sg-00000003".parse().unwrap(), elsewhere)]);
    let asked = |id: &str, account| Permission { peer: RulePeer::Group { id: id.parse().unwrap(), account }, ..tcp(1, "10.0.0.0/8") };
    assert_eq!(check_peers(&group, &[asked("sg-00000002", group.account), tcp(1, "10.0.0.0/8")], &known), Ok(()));
    let words = |permission| check_peers(&group, &[permission], &known).unwrap_err().to_string();
    assert_eq!(words(asked("sg-00000004", group.account)), "InvalidGroup.NotFound: The security group 'sg-00000004' does not exist");
    assert_eq!(words(asked("sg-00000002", AccountId::default())), "InvalidGroup.NotFound: The security group 'sg-00000002' does not exist");
    assert!(words(asked("sg-00000003", group.account)).ends_with("different networks."));
}

#[test]
fn rules_are_found_by_what_they_allow_and_by_id() {
    let present = rules(&[tcp(1, "10.0.0.0/8"), Permission { egress: true, ..tcp(2, "10.0.0.0/8") }]);
    let (found, unknown) = select(&present, &[tcp(1, "10.0.0.0/8"), tcp(2, "10.0.0.0/8"), tcp(1, "10.0.0.0/9")]);
    assert_eq!((found, unknown), (BTreeSet::from([present[0].id]), vec![tcp(2, "10.0.0.0/8"), tcp(1, "10.0.0.0/9")]));
    assert_eq!(select_by_id(&present, true, &[present[1].id]), Ok(BTreeSet::from([present[1].id])));
    assert_eq!(code(select_by_id(&present, false, &[present[1].id])), "InvalidSecurityGroupRuleId.NotFound");
    assert_eq!(admit_revoke(true, &[tcp(9, "10.0.0.0/8")]), Ok(()));
    assert_eq!(code(admit_revoke(false, &[tcp(9, "10.0.0.0/8")])), "InvalidPermission.NotFound");
    assert_eq!(admit_revoke(false, &[]), Ok(()));
}

#[test]
fn a_changed_rule_keeps_its_direction_and_kind_and_does_not_become_another() {
    let present = rules(&[tcp(1, "10.0.0.0/8"), tcp(2, "10.0.0.0/8"), tcp(1, "::/0")]);
    let change = |rule: usize, to: Permission| RuleChange {
        id: present[rule].id,
        protocol: to.protocol,
        from_port: to.from_port,
        to_port: to.to_port,
        peer: to.peer,
        description: Some("new".into()),
    };
    let changed = admit_modify(&present, &[change(0, tcp(3, "11.0.0.0/8"))]).unwrap();
    assert_eq!((Permission::of(&changed[0]), changed[0].description.as_deref()), (tcp(3, "11.0.0.0/8"), Some("new")));
    let swapped = admit_modify(&present, &[change(0, tcp(2, "10.0.0.0/8")), change(1, tcp(1, "10.0.0.0/8"))]);
    assert!(swapped.is_ok(), "{swapped:?}");
    assert!(admit_modify(&present, &[change(0, tcp(1, "10.0.0.0/8"))]).is_ok(), "only the description changes");
    assert_eq!(code(admit_modify(&present, &[change(0, tcp(2, "10.0.0.0/8"))])), "InvalidPermission.Duplicate");
    let same = [change(0, tcp(9, "10.0.0.0/8")), change(1, tcp(9, "10.0.0.0/8"))];
    assert_eq!(code(admit_modify(&present, &same)), "InvalidParameterValue");
    assert_eq!(code(admit_modify(&present, &[same[0].clone(), same[0].clone()])), "InvalidParameterValue");
    let unknown = RuleChange { id: "sgr-ffffffff".parse().unwrap(), ..same[0].clone() };
    assert_eq!(code(admit_modify(&present, &[unknown])), "InvalidSecurityGroupRuleId.NotFound");
    let refusal = admit_modify(&present, &[change(0, tcp(1, "::/0"))]).unwrap_err();
    assert!(refusal.message.ends_with("You may not specify CidrIpv6 for an existing IPv4 CIDR rule."), "{refusal}");
}
