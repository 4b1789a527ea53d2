use multihome_types::{AccountId, Generation, Timestamp};

use super::*;
use crate::transition::sample;

fn code<T>(result: Result<T, Refusal>) -> String {
    result.err().map(|refusal| refusal.code.into_owned()).unwrap_or_default()
}

/// Of one VPC, and without subnets.
fn acl(is_default: bool, ipv6: bool) -> NetworkAcl {
    NetworkAcl {
        id: sample::id(1),
        account: AccountId::default(),
        region: sample::the("region"),
        vpc: sample::id(2),
        is_default,
        entries: first_entries(is_default, ipv6),
        subnets: Vec::new(),
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

fn asked<'a>(number: i32, protocol: &'a str) -> EntryAsked<'a> {
    EntryAsked { number, protocol, action: "allow", cidr: Some(Cidr::everything()), ..EntryAsked::default() }
}

fn entry(number: i32) -> NetworkAclEntry {
    check_entry(&asked(number, "-1")).unwrap()
}

#[test]
fn an_acl_ends_with_a_denial_and_the_default_one_is_open_before() {
    let summary = |is_default, ipv6| {
        let entries = first_entries(is_default, ipv6).into_iter();
        let texts = entries.map(|entry| format!("{} {} {} {}", if entry.egress { "out" } else { "in" }, entry.number, entry.action, entry.peer));
        texts.collect::<Vec<_>>()
    };
    let default = ["out 100 allow 0.0.0.0/0", "out 32767 deny 0.0.0.0/0", "in 100 allow 0.0.0.0/0", "in 32767 deny 0.0.0.0/0"];
    assert_eq!(summary(true, false), default);
    assert_eq!(summary(false, false), ["out 32767 deny 0.0.0.0/0", "in 32767 deny 0.0.0.0/0"]);
    let half = ["out 100 allow 0.0.0.0/0", "out 101 allow ::/0", "out 32767 deny 0.0.0.0/0", "out 32768 deny ::/0"];
    assert_eq!(summary(true, true)[..4], half);
}

#[test]
fn an_acl_learns_of_ipv6_once_and_loses_nothing() {
    let numbers = |acl: &NetworkAcl| ipv6_entries(acl).into_iter().map(|entry| (entry.egress, entry.number)).collect::<Vec<_>>();
    assert_eq!(numbers(&acl(true, false)), [(true, 101), (true, 32_768), (false, 101), (false, 32_768)]);
    assert_eq!(numbers(&acl(false, false)), [(true, 32_768), (false, 32_768)]);
    assert_eq!(numbers(&acl(true, true)), []);
    let mut taken = acl(true, false);
    taken.entries.push(entry(101));
    assert_eq!(numbers(&taken), [(true, 101), (true, 32_768), (false, 32_768)]);
}

#[test]
fn an_entry_says_what_its_protocol_has_and_nothing_else() {
    let full = EntryAsked { icmp_type: Some(8), icmp_code: Some(-1), from_port: Some(80), to_port: Some(443), ..asked(1, "") };
    let v6 = Ipv6Cidr::everything();
    let (ports, icmp) = (Some(PortRange { from: 80, to: 443 }), Some(IcmpTypeCode { kind: 8, code: -1 }));
    for (protocol, ipv6, expected) in [
        ("6", false, (6, ports, None)),
        ("UDP", false, (17, ports, None)),
        ("icmp", false, (1, None, icmp)),
        ("58", false, (58, None, None)),
        ("58", true, (58, None, icmp)),
        ("-1", false, (-1, None, None)),
        ("0", false, (0, None, None)),
        ("47", true, (47, None, None)),
    ] {
        let blocks = if ipv6 { (None, Some(v6)) } else { (full.cidr, None) };
        let entry = check_entry(&EntryAsked { protocol, cidr: blocks.0, ipv6_cidr: blocks.1, ..full }).unwrap();
        assert_eq!((entry.protocol, entry.ports, entry.icmp), expected, "{protocol}");
    }
}

#[test]
fn what_is_missing_or_out_of_range_is_refused() {
    let good = EntryAsked { from_port: Some(22), to_port: Some(22), ..asked(1, "6") };
    for (wrong, expected) in [
        (good, ""),
        (EntryAsked { number: 0, ..good }, "InvalidParameterValue"),
        (EntryAsked { number: 32_766, ..good }, ""),
        (EntryAsked { number: 32_767, ..good }, "InvalidParameterValue"),
        (EntryAsked { number: -1, ..good }, "InvalidParameterValue"),
        (EntryAsked { protocol: "256", ..good }, "InvalidParameterValue"),
        (EntryAsked { protocol: "", ..good }, "InvalidParameterValue"),
        (EntryAsked { action: "Allow", ..good }, "InvalidParameterValue"),
        (EntryAsked { cidr: None, ..good }, "MissingParameter"),
        (EntryAsked { ipv6_cidr: Some(Ipv6Cidr::everything()), ..good }, "InvalidParameterCombination"),
        (EntryAsked { from_port: None, ..good }, "InvalidParameterValue"),
        (EntryAsked { from_port: Some(23), ..good }, "InvalidParameterValue"),
        (EntryAsked { to_port: Some(65_536), ..good }, "InvalidParameterValue"),
        (EntryAsked { protocol: "1", icmp_type: Some(8), ..good }, "MissingParameter"),
        (EntryAsked { protocol: "1", icmp_type: Some(256), icmp_code: Some(0), ..good }, "InvalidParameterValue"),
    ] {
        assert_eq!(code(check_entry(&wrong)), expected, "{wrong:?}");
    }
}

#[test]
fn a_number_names_one_entry_each_way() {
    let acl = acl(true, false);
    assert_eq!(code(admit_new_entry(&acl, &entry(100), 20)), "NetworkAclEntryAlreadyExists");
    assert_eq!(code(admit_new_entry(&acl, &entry(99), 20)), "");
    assert_eq!(code(admit_replaced_entry(&acl, &entry(100), 20)), "");
    assert_eq!(code(admit_replaced_entry(&acl, &entry(99), 20)), "InvalidNetworkAclEntry.NotFound");
    assert_eq!(admit_deleted_entry(&acl, true, 100).map(|entry| entry.egress), Ok(true));
    assert_eq!(code(admit_deleted_entry(&acl, false, 99)), "InvalidNetworkAclEntry.NotFound");
    assert_eq!(code(admit_deleted_entry(&acl, false, 32_767)), "InvalidParameterValue", "the last entry is not the user's");
}

#[test]
fn entries_are_counted_each_way_and_each_version_apart() {
    let mut acl = acl(false, false);
    acl.entries.extend((1..20).map(entry));
    assert_eq!(code(admit_new_entry(&acl, &entry(20), 20)), "NetworkAclEntryLimitExceeded");
    assert_eq!(code(admit_replaced_entry(&acl, &entry(19), 20)), "");
    assert_eq!(code(admit_new_entry(&acl, &NetworkAclEntry { egress: true, ..entry(20) }, 20)), "");
    let ipv6 = |number| NetworkAclEntry { peer: Ipv6Cidr::everything().into(), ..entry(number) };
    assert_eq!(code(admit_new_entry(&acl, &ipv6(20), 20)), "");
    acl.entries.extend((20..40).map(ipv6));
    assert_eq!(code(admit_replaced_entry(&acl, &ipv6(19), 20)), "NetworkAclEntryLimitExceeded");
}

#[test]
fn an_acl_goes_when_no_subnet_has_it_and_no_vpc_needs_it() {
    let (free, default) = (acl(false, false), acl(true, false));
    let used = NetworkAcl { subnets: vec![(sample::id(1), sample::id(1))], ..free.clone() };
    let words = admit_delete(&used).unwrap_err().message;
    assert!(words.ends_with(&format!("It is still used by: {}", used.subnets[0].1)), "{words}");
    assert_eq!([&free, &used, &default].map(|acl| code(admit_delete(acl))), ["", "DependencyViolation", "InvalidParameterValue"]);
}

#[test]
fn an_association_moves_within_its_vpc() {
    let from = acl(true, false);
    let beside = NetworkAcl { id: sample::id(7), ..from.clone() };
    let elsewhere = NetworkAcl { vpc: sample::id(8), ..beside.clone() };
    let association = sample::id(1);
    assert_eq!(admit_replacement((association, &from), &beside), Ok(true));
    assert_eq!(admit_replacement((association, &from), &from), Ok(false));
    assert_eq!(code(admit_replacement((association, &from), &elsewhere)), "InvalidParameterValue");
}
