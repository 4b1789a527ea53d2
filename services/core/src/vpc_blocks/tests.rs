use multihome_types::{AccountId, Destination, Generation, Route, RouteOrigin, RouteTarget, Timestamp};

use super::*;
use crate::{transition::sample, vpc::local_route};

fn code<T>(result: Result<T, Refusal>) -> String {
    result.err().map(|refusal| refusal.code.into_owned()).unwrap_or_default()
}

fn blocks(texts: &[&str]) -> Vec<Cidr> {
    texts.iter().map(|text| sample::the(text)).collect()
}

/// With a local route, and one to an interface.
fn table(destination: &str) -> RouteTable {
    let through = Route {
        destination: sample::the::<Destination>(destination),
        target: RouteTarget::Interface(sample::id(9)),
        origin: RouteOrigin::CreateRoute,
        ..local_route(Cidr::everything())
    };
    RouteTable {
        id: sample::id(1),
        account: AccountId::default(),
        region: sample::the("region"),
        vpc: sample::id(1),
        main: None,
        subnets: Vec::new(),
        routes: vec![local_route(sample::the::<Cidr>("10.0.0.0/16")), through],
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

#[test]
fn a_further_block_is_of_the_first_ones_range_and_beside_all_others() {
    let vpc = sample::id(1);
    for (present, new, expected) in [
        (&["10.0.0.0/16"][..], "10.1.0.0/16", ""),
        (&["10.0.0.0/16"], "100.64.0.0/16", ""),
        (&["10.0.0.0/16"], "203.0.113.0/24", ""),
        (&["10.0.0.0/16"], "172.16.0.0/16", "InvalidVpc.Range"),
        (&["10.0.0.0/16"], "192.168.0.0/16", "InvalidVpc.Range"),
        (&["10.0.0.0/16"], "198.19.0.0/16", "InvalidVpc.Range"),
        (&["198.19.0.0/24"], "198.19.1.0/24", "InvalidVpc.Range"),
        (&["172.31.0.0/16"], "172.30.0.0/16", ""),
        (&["172.31.0.0/16"], "172.32.0.0/16", ""),
        (&["100.64.0.0/16"], "10.0.0.0/16", "InvalidVpc.Range"),
        (&["100.64.0.0/16", "100.65.0.0/16"], "100.66.0.0/16", ""),
        (&["10.0.0.0/16"], "10.2.0.0/15", "InvalidVpc.Range"),
        (&["10.0.0.0/16"], "10.0.128.0/20", "CidrConflict"),
        (&["10.0.0.0/24"], "10.0.0.0/16", "CidrConflict"),
        (&["10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16"], "10.5.0.0/16", "CidrLimitExceeded"),
    ] {
        assert_eq!(code(admit_block(vpc, &blocks(present), sample::the(new), &[])), expected, "{new} beside {present:?}");
    }
}

#[test]
fn a_further_block_takes_no_routes_traffic_away() {
    let check = |destination: &str| code(admit_block(sample::id(1), &blocks(&["10.0.0.0/16"]), sample::the("10.9.0.0/16"), &[table(destination)]));
    assert_eq!(check("10.9.0.0/16"), "CidrConflict");
    assert_eq!(check("10.9.7.0/24"), "CidrConflict");
    // A wider route still has whatever is not in the block.
    assert_eq!((check("10.8.0.0/15"), check("0.0.0.0/0"), check("::/0")), (String::new(), String::new(), String::new()));
}

#[test]
fn vpcs_are_given_ipv6_blocks_out_of_one_range() {
    let range: Ipv6Cidr = IPV6_RANGE.parse().unwrap();
    for bits in [0, 1, 0xff_ffff, 0x100_0000, u128::MAX] {
        let block = ipv6_block(bits);
        assert!(block.prefix() == 56 && range.contains_block(block), "{block}");
    }
    assert_eq!((ipv6_block(1).to_string(), ipv6_block(0x100_0001)), ("fd4d:6d68:0:100::/56".to_owned(), ipv6_block(1)));
    assert_eq!((code(admit_ipv6_block(sample::id(1), 4)), code(admit_ipv6_block(sample::id(1), 5))), (String::new(), "CidrLimitExceeded".to_owned()));
}

#[test]
fn a_block_goes_when_it_is_not_the_first_and_nobody_lies_in_it() {
    let (id, subnet) = (sample::id(1), sample::id(2));
    for (is_first, inside, expected) in [
        (false, None, ""),
        (true, None, "OperationNotPermitted"),
        (true, Some(subnet), "OperationNotPermitted"),
        (false, Some(subnet), "InvalidCidr.InUse"),
    ] {
        assert_eq!(code(admit_block_removal(id, is_first, inside)), expected);
    }
}

#[test]
fn a_subnet_has_one_ipv6_block_of_its_vpc() {
    let of_vpc: [Ipv6Cidr; 2] = ["fd00:1::/56", "fd00:2::/56"].map(sample::the);
    let siblings = [sample::the("fd00:1:0:1::/64")];
    for (new, expected) in [
        ("fd00:1::/64", ""),
        ("fd00:2:0:ff::/64", ""),
        ("fd00:1:0:1::/64", "InvalidSubnet.Conflict"),
        ("fd00:1::/56", "InvalidSubnet.Range"),
        ("fd00:1:0:100::/64", "InvalidSubnet.Range"),
        ("fd00:3::/64", "InvalidSubnet.Range"),
    ] {
        assert_eq!(code(check_subnet_ipv6_block(sample::the(new), &of_vpc, siblings)), expected, "{new}");
    }
    assert_eq!(
        (code(admit_subnet_block(sample::id(1), false)), code(admit_subnet_block(sample::id(1), true)).as_str()),
        (String::new(), "CidrLimitExceeded")
    );
    let removal = |assigns| code(admit_subnet_block_removal(sample::id(1), assigns));
    assert_eq!([removal(false), removal(true)], ["", "OperationNotPermitted"]);
}
