//! What holds for every request, however it was written, and whoever wrote it.

use proptest::{collection::vec, prelude::*, sample::select};

use super::MAX_PARAMETERS;
use crate::{Ec2Error, Operation, Parameters};

/// Parts that names are made of: real ones, so that some requests are nearly right, and what parsers stumble over.
const PARTS: &[&str] = &[
    "Filter",
    "Name",
    "Value",
    "InstanceId",
    "SubnetId",
    "CidrBlock",
    "TagSpecification",
    "Tag",
    "Key",
    "ResourceType",
    "NetworkInterface",
    "DeviceIndex",
    "PrivateIpAddresses",
    "IpPermissions",
    "IpRanges",
    "CidrIp",
    "FromPort",
    "DryRun",
    "MaxResults",
    "NextToken",
    "ClientToken",
    "1",
    "2",
    "0",
    "01",
    "4096",
    "4097",
    "18446744073709551616",
    "-1",
    "",
    ".",
    "%2E",
    "é",
    "%ff",
    "\u{0}",
    "%00",
    "+",
    "X-Amz-Date",
    "Action",
];

const VALUES: &[&str] = &[
    "",
    "true",
    "TRUE",
    "maybe",
    "0",
    "-1",
    "65536",
    "4294967296",
    "9223372036854775808",
    "1e3",
    "10.0.0.0/16",
    "a b",
    "a+b",
    "%",
    "%4",
    "%zz",
    "%00",
    "%1b",
    "%7f",
    "%ff%fe",
    "%ef%bf%bf",
    "\u{202e}",
    "é",
    "=",
    "<&>",
    "*",
    "subnet-00000001",
];

fn pair() -> impl Strategy<Value = String> {
    (vec(select(PARTS), 1..6), select(VALUES)).prop_map(|(parts, value)| format!("{}={value}", parts.join(".")))
}

fn decode(query: &str, body: &[u8]) -> Result<Operation, Ec2Error> {
    Operation::decode(&Parameters::parse(query, body)?)
}

/// An answer that a client can read: one of its own mistakes, short, and well-formed whatever it repeats.
fn check(error: &Ec2Error) {
    assert!((400..500).contains(&error.status()), "{error}");
    assert!(error.message.len() < 2_000, "{} bytes", error.message.len());
    let document = error.to_xml("r");
    assert!(
        document.chars().all(|character| matches!(character, '\n' | '\t') || !character.is_control() || ('\u{7f}'..'\u{a0}').contains(&character)),
        "{document:?}"
    );
    assert_eq!(document.matches('<').count(), 13, "{document}");
}

proptest! {
    #[test]
    fn any_text_and_any_bytes_are_answered(query in ".{0,200}", body in vec(any::<u8>(), 0..400)) {
        if let Err(error) = decode(&query, &body) {
            check(&error);
        }
    }

    #[test]
    fn nearly_good_requests_are_done_or_refused(action in select(Operation::ACTIONS), pairs in vec(pair(), 0..12)) {
        let body = format!("Action={action}&Version=2016-11-15&{}", pairs.join("&"));
        match decode("", body.as_bytes()) {
            Ok(operation) => prop_assert_eq!(operation.action(), action),
            Err(error) => check(&error),
        }
    }

    /// Neither the order of parameters nor where they stand means anything.
    #[test]
    fn the_order_of_parameters_does_not_matter(
        action in select(Operation::ACTIONS),
        (pairs, shuffled) in vec(pair(), 0..8).prop_flat_map(|pairs| (Just(pairs.clone()), Just(pairs).prop_shuffle())),
        at in 0usize..8,
    ) {
        let head = format!("Action={action}&Version=2016-11-15");
        let ordered = decode("", format!("{head}&{}", pairs.join("&")).as_bytes());
        let (query, body) = shuffled.split_at(at.min(shuffled.len()));
        let divided = decode(&query.join("&"), format!("{}&{head}", body.join("&")).as_bytes());
        match (ordered, divided) {
            (Ok(one), Ok(other)) => prop_assert_eq!(one, other),
            (one, other) => prop_assert_eq!(one.map_err(|error| error.status()).is_ok(), other.map_err(|error| error.status()).is_ok()),
        }
    }

    /// A gap in a list is no item, and items come in the order of their numbers.
    #[test]
    fn a_list_is_what_its_numbers_say(numbers in proptest::collection::btree_set(1..=MAX_PARAMETERS, 1..40), shuffle in any::<u64>()) {
        let mut pairs: Vec<String> = numbers.iter().map(|number| format!("InstanceId.{number}=i-{number}")).collect();
        let middle = usize::try_from(shuffle % pairs.len() as u64).unwrap();
        pairs.rotate_left(middle);
        let Ok(Operation::DescribeInstances(request)) = decode("", format!("Action=DescribeInstances&Version=1&{}", pairs.join("&")).as_bytes()) else {
            panic!("not decoded")
        };
        prop_assert_eq!(request.instance_ids, numbers.iter().map(|number| format!("i-{number}")).collect::<Vec<_>>());
    }

    /// However a name is encoded, it may occur once.
    #[test]
    fn a_second_value_is_refused(place in 0usize..10, in_query: bool) {
        let name = "InstanceId";
        let encoded = format!("{}%{:02x}{}", &name[..place], name.as_bytes()[place], &name[place + 1..]);
        let body = format!("Action=DescribeInstances&Version=1&InstanceId.1=i-1{}", if in_query { String::new() } else { format!("&{encoded}.1=i-2") });
        let query = if in_query { format!("{encoded}%2e1=i-1") } else { String::new() };
        let error = decode(&query, body.as_bytes()).unwrap_err();
        prop_assert!(error.code == "InvalidParameterValue" && error.message.contains("more than once"), "{error}");
    }

    /// Whatever one writes a thousand times is refused or done, and no error repeats it.
    #[test]
    fn thousands_of_parameters_are_answered(parts in vec(select(PARTS), 0..5), value in select(VALUES), count in 1usize..6_000) {
        let before = parts.join(".");
        let body: String = (1..=count).map(|number| format!("{before}.{number}={value}&")).collect();
        match decode("", format!("Action=DescribeInstances&Version=1&{body}").as_bytes()) {
            Ok(_) => prop_assert!(count <= MAX_PARAMETERS),
            Err(error) => check(&error),
        }
    }
}
