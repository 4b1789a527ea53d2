use proptest::prelude::*;

use super::{Problem, read};
use crate::sample;

fn problem(document: &str) -> Problem {
    *read(document.as_bytes()).unwrap_err().problem
}

/// The seed's example with one text in place of another.
fn mutated(from: &str, to: &str) -> String {
    let text = String::from_utf8(sample::seed().to_bytes()).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

proptest! {
    #[test]
    fn what_was_written_is_read_back(document in sample::documents()) {
        let bytes = document.to_bytes();
        let again = read(&bytes).unwrap();
        prop_assert_eq!(&again, &document);
        prop_assert_eq!(again.to_bytes(), bytes);
    }

    #[test]
    fn damaged_documents_never_stop_the_reader(place in 0usize..4000, byte in any::<u8>(), len in 0usize..5000) {
        let mut bytes = sample::seed().to_bytes();
        let place = place % bytes.len();
        bytes[place] = byte;
        bytes.truncate(len.max(1));
        let _ = read(&bytes);
    }

    #[test]
    fn other_content_has_another_hash(first in sample::documents(), second in sample::documents()) {
        let mut first = first;
        (first.version, first.applied) = (second.version.clone(), second.applied.clone());
        let same = first == second;
        prop_assert_eq!(first.content() == second.content(), same);
    }
}

#[test]
fn elements_of_other_versions_are_skipped() {
    let expected = sample::seed();
    for (from, to) in [
        ("<configuration>", "<future deep=\"1\"><vpcs><vpc/></vpcs></future><configuration>"),
        ("<property name=\"clusters\">", "<property name=\"publicGateway\"><value>10.0.0.1</value></property><property name=\"clusters\">"),
        ("<privateIp>", "<vlan>7</vlan><privateIp>"),
        ("<ingressRules>", "<rules><value>-P 6 -p 22-22  -s 0.0.0.0/0</value></rules><ingressRules>"),
        ("<dhcpOptionSets/>", "<!-- none --> <dhcpOptionSets><other/></dhcpOptionSets>\n"),
        ("<value>10.111.1.1</value>", "<value><![CDATA[10.111.1.1]]></value>"),
        ("<value>10.111.1.1</value>", "<value>1&#48;.11&#x31;.1.1</value>"),
    ] {
        assert_eq!(read(mutated(from, to).as_bytes()).unwrap(), expected, "{to}");
    }
}

#[test]
fn what_is_missing_is_named_with_its_place() {
    for (from, to, message) in [
        ("<macAddress>d0:0d:a2:f1:51:a8</macAddress><privateIp>172.31.2.226</privateIp><vpc>", "<vpc>", "instance i-1b5c4503 has no macAddress"),
        ("<attachmentId>eni-attach-e98cf499</attachmentId>", "", "networkInterface eni-a2f151a8 has no attachmentId"),
        ("<gatewayId>local</gatewayId>", "", "route has no target"),
        ("<subnet name=\"subnet-893ca466\">", "<subnet>", "subnet has no name"),
        ("<property name=\"mode\"><value>VPCMIDO</value></property>", "", "configuration has no mode"),
        ("<value>VPCMIDO</value>", "<value>EDGE</value>", "bad mode: 'EDGE' is not VPCMIDO"),
        ("<deviceIndex>0<", "<deviceIndex>-1<", "bad deviceIndex: invalid digit found in string"),
        ("<ownerId>000994694045<", "<ownerId>994694045<", "bad ownerId: '994694045' is not an account number of 12 digits"),
        ("<vpc>vpc-3b1fdc87<", "<vpc>&vpc;<", "the entity '&vpc;' is not known"),
        ("<vpc>vpc-3b1fdc87<", "<vpc><b>vpc-3b1fdc87</b><", "an element <b> stands where there should be text"),
        ("<network-data", "<!DOCTYPE x [<!ENTITY a \"b\">]><network-data", "a document type declaration is not accepted"),
        ("</network-data>", "</network-data><network-data/>", "there is something beside the root element"),
    ] {
        let document = mutated(from, to);
        assert_eq!(problem(&document).to_string(), message);
    }
    let error = read(mutated("<deviceIndex>0<", "<deviceIndex>x<").as_bytes()).unwrap_err();
    let place = mutated("<deviceIndex>0<", "<deviceIndex>x<").find("<deviceIndex>").unwrap();
    assert!((place as u64..place as u64 + 40).contains(&error.position), "{error}");
}

#[test]
fn a_configuration_that_consumers_refuse_is_refused() {
    let property = |name: &str, value: &str| format!("<property name=\"{name}\"><value>{value}</value></property>");
    for (name, value) in [
        ("mode", "VPCMIDO"),
        ("enabledCLCIp", "10.111.1.1"),
        ("instanceDNSDomain", "eucalyptus.internal"),
        ("instanceDNSServers", "10.111.1.1"),
        ("enabledCCIp", "10.111.1.2"),
        ("macPrefix", "d0:0d"),
    ] {
        let good = property(name, value);
        let mut bad = vec![String::new(), format!("<property name=\"{name}\"/>"), property(name, "")];
        if value.contains("10.") {
            bad.push(property(name, "0.0.0.0"));
        }
        for bad in bad {
            let problem = problem(&mutated(&good, &bad)).to_string();
            assert!(problem.contains(name), "{bad}: {problem}");
        }
    }
    // Of the instance, then of its interface.
    let text = String::from_utf8(sample::seed().to_bytes()).unwrap();
    let address = "<privateIp>172.31.2.226<";
    let places: Vec<usize> = text.match_indices(address).map(|(place, _)| place).collect();
    assert_eq!(places.len(), 2);
    for place in places {
        let document = format!("{}<privateIp>0.0.0.0<{}", &text[..place], &text[place + address.len()..]);
        assert_eq!(problem(&document).to_string(), "bad privateIp: '0.0.0.0' is not the address of a host");
    }
}

#[test]
fn what_is_no_document_is_refused() {
    assert!(matches!(problem(""), Problem::Unfinished));
    assert!(matches!(problem("network-data"), Problem::OutsideRoot));
    assert!(matches!(problem("<other/>"), Problem::Root(name) if name == "other"));
    assert!(matches!(problem("<network-data version='1'>"), Problem::Unfinished | Problem::Malformed(_)));
    assert!(matches!(problem("<network-data version='1'></vpcs>"), Problem::Malformed(_)));
    assert!(matches!(problem("<network-data version='1'/>"), Problem::Missing { field: "configuration", .. }));
    assert!(read(b"\xff\xfe<network-data/>").is_err());
}
