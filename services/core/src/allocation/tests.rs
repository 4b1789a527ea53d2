use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::transition::sample::the;

fn code(answer: Result<(), Refusal>) -> String {
    answer.map_or_else(|refusal| refusal.to_string(), |()| "good".to_owned())
}

#[test]
fn the_first_four_and_the_last_address_are_reserved() {
    let cidr: Cidr = the("10.0.0.0/28");
    let good: Vec<String> =
        (0..16).filter_map(|offset| cidr.nth(offset)).filter(|address| check_address(cidr, *address).is_ok()).map(|a| a.to_string()).collect();
    assert_eq!((good.len(), good[0].as_str(), good[10].as_str()), (11, "10.0.0.4", "10.0.0.14"));
    assert_eq!(code(check_address(cidr, the("10.0.0.3"))), "InvalidParameterValue: Address is in subnet's reserved address range");
    assert_eq!(code(check_address(cidr, the("10.0.0.15"))), "InvalidParameterValue: Address is in subnet's reserved address range");
    assert_eq!(code(check_address(cidr, the("10.0.0.16"))), "InvalidParameterValue: Address does not fall within the subnet's address range");
}

#[test]
fn counts_leave_the_reserved_five_out() {
    assert_eq!(usable_count(the("10.0.0.0/28")), 11);
    assert_eq!(usable_count(the("10.0.0.0/16")), 65_531);
    assert_eq!(available_count(the("10.0.0.0/24"), 1), 250);
    assert_eq!(available_count(the("10.0.0.0/28"), 12), 0);
    // Too small for any, though no subnet is.
    for tiny in ["10.0.0.0/30", "10.0.0.0/32"] {
        assert_eq!((usable_count(the(tiny)), candidates(the(tiny), 7).count()), (0, 0), "{tiny}");
    }
}

#[test]
fn a_full_subnet_is_refused_as_ec2_does() {
    let cidr = the("10.0.0.0/28");
    let refusal = first_free(cidr, 1, |_| true).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "InsufficientFreeAddressesInSubnet: The specified subnet does not have enough free addresses to satisfy the request."
    );
    let last: Address = the("10.0.0.9");
    assert_eq!(first_free(cidr, 99, |address| address != last).unwrap(), last);
}

#[test]
fn a_vpc_is_between_16_and_28_and_nowhere_special() {
    for good in ["10.0.0.0/16", "172.31.0.0/16", "192.168.1.0/28", "100.64.0.0/20", "223.255.255.0/24", "169.253.0.0/16"] {
        assert_eq!(code(check_vpc_block(the(good))), "good", "{good}");
    }
    assert_eq!(code(check_vpc_block(the("10.0.0.0/8"))), "InvalidVpc.Range: The CIDR '10.0.0.0/8' is invalid.");
    for bad in ["0.0.0.0/0", "10.0.0.0/15", "10.0.0.0/29", "0.1.0.0/16", "127.0.0.0/24", "169.254.0.0/16", "169.254.169.0/24", "239.0.0.0/16"] {
        assert!(check_vpc_block(the(bad)).is_err(), "{bad}");
    }
}

#[test]
fn a_subnet_is_inside_its_vpc_and_beside_its_siblings() {
    let vpc: Cidr = the("10.0.0.0/16");
    let siblings: [Cidr; 2] = [the("10.0.1.0/24"), the("10.0.2.0/23")];
    let of_vpc = [vpc, the("100.64.0.0/16")];
    let check = |cidr: &str| code(check_subnet_block(the(cidr), &of_vpc, siblings));
    assert_eq!(check("100.64.7.0/24"), "good");
    assert_eq!(check("10.0.0.0/24"), "good");
    assert_eq!(check("10.1.0.0/24"), "InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid.");
    assert_eq!(check("10.0.0.0/29"), "InvalidSubnet.Range: The CIDR '10.0.0.0/29' is invalid.");
    assert_eq!(check("10.0.0.0/15"), "InvalidSubnet.Range: The CIDR '10.0.0.0/15' is invalid.");
    for conflicting in ["10.0.1.0/24", "10.0.1.16/28", "10.0.0.0/22", "10.0.3.0/24", "10.0.0.0/16"] {
        assert_eq!(check(conflicting), format!("InvalidSubnet.Conflict: The CIDR '{conflicting}' conflicts with another subnet"));
    }
    assert_eq!(code(check_subnet_block(vpc, &of_vpc, [])), "good");
}

#[test]
fn walks_of_different_bits_differ_and_of_the_same_do_not() {
    let cidr: Cidr = the("10.0.0.0/24");
    let order = |number: u64| candidates(cidr, number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).take(8).collect::<Vec<_>>();
    let orders: HashSet<Vec<Address>> = (1..=32).map(order).collect();
    assert_eq!(orders.len(), 32);
    assert_eq!(order(5), order(5));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_walk_yields_every_usable_address_exactly_once(prefix in 16u8..=28, network: u32, bits: u64) {
        let cidr: Cidr = the(&format!("{}/{prefix}", std::net::Ipv4Addr::from(network)));
        let walked: Vec<Address> = candidates(cidr, bits).collect();
        prop_assert_eq!(walked.len() as u64, usable_count(cidr));
        prop_assert!(walked.iter().all(|address| check_address(cidr, *address).is_ok()));
        prop_assert_eq!(walked.iter().collect::<HashSet<_>>().len(), walked.len());
    }

    #[test]
    fn an_address_is_allowed_exactly_if_a_walk_yields_it(prefix in 24u8..=28, offset in 0u64..300, bits: u64) {
        let cidr: Cidr = the(&format!("10.0.0.0/{prefix}"));
        let address = the::<Cidr>("10.0.0.0/16").nth(offset).unwrap();
        prop_assert_eq!(check_address(cidr, address).is_ok(), candidates(cidr, bits).any(|candidate| candidate == address));
    }
}
