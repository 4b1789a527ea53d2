//! `network-data.xsd` with a validator that nobody here wrote: it takes every golden document, and refuses what consumers would.

use std::{
    io::Write,
    process::{Command, Stdio},
};

const NAT_GATEWAY: &str = include_str!("../golden/nat-gateway.xml");

/// What `xmllint` says against the document; nothing if it is valid.
fn faults(document: &str) -> Option<String> {
    let program = std::env::var("MULTIHOME_TEST_XMLLINT").unwrap_or_else(|_| "xmllint".to_owned());
    let mut validator = Command::new(&program)
        .args(["--noout", "--nonet", "--schema", concat!(env!("CARGO_MANIFEST_DIR"), "/network-data.xsd"), "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|why| panic!("{program} cannot be started ({why}): install libxml2-utils, or use scripts/test"));
    // It reads all of it before it says anything.
    validator.stdin.take().expect("it was piped").write_all(document.as_bytes()).expect("it reads");
    let output = validator.wait_with_output().expect("it ends");
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn every_golden_document_is_valid() {
    for (name, document) in [
        ("seed.xml", include_str!("../golden/seed.xml")),
        ("nat-gateway.xml", NAT_GATEWAY),
        ("nat-gateway-4.3.xml", include_str!("../golden/nat-gateway-4.3.xml")),
    ] {
        assert_eq!(faults(document), None, "{name}");
    }
}

#[test]
fn more_than_six_gateways_are_valid_because_consumers_of_4_4_take_them() {
    let (start, end) = (NAT_GATEWAY.find("<gateway>").unwrap(), NAT_GATEWAY.find("</gateway>").unwrap() + "</gateway>".len());
    let seven = NAT_GATEWAY[start..end].repeat(7);
    assert_eq!(faults(&NAT_GATEWAY.replacen(&NAT_GATEWAY[start..end], &seven, 1)), None);
}

#[test]
fn what_consumers_refuse_or_misread_is_not_valid() {
    for (from, to, why) in [
        ("<network-data version=\"d4c0421c\">", "<network-data version=\"d4c0421c0\">", "a version of nine digits"),
        (
            "</networkInterfaces><securityGroups><value>sg-6300851f</value></securityGroups>",
            "</networkInterfaces><securityGroups/>",
            "an instance without a group",
        ),
        ("<protocol>6</protocol><action>allow", "<protocol>0</protocol><action>allow", "an ACL entry with protocol 0"),
        ("<rule><protocol>6</protocol>", "<rule><protocol>0</protocol>", "a rule with protocol 0"),
        ("<privateIp>172.31.2.226<", "<privateIp>0.0.0.0<", "an instance with the address 0.0.0.0"),
        (
            "</macAddress><privateIp>172.31.2.226</privateIp><publicIp",
            "</macAddress><privateIp>000.00.0.0</privateIp><publicIp",
            "an interface with the address 0.0.0.0",
        ),
        ("<privateIp>10.10.10.8<", "<privateIp>0.0.0.0<", "a NAT gateway with the address 0.0.0.0"),
        ("<entry number=\"95\">", "<entry number=\"90\">", "two entries with one number"),
        ("<entry number=\"95\">", "<entry number=\"0\">", "an entry without a number"),
        ("<natGatewayId>nat-99528bb072b83cf9f<", "<natGatewayId>nat-99528bb072b83cf90<", "a route to a gateway that is not listed"),
        ("<networkInterfaceId>eni-a2f151a8<", "<networkInterfaceId>eni-a2f151a9<", "a route to an interface that is not listed"),
        ("<routeTable>rtb-0d6760e5<", "<routeTable>rtb-0d6760e6<", "a table that is not listed"),
        ("<networkAcl>acl-1a2b3c4d<", "<networkAcl>acl-1a2b3c4e<", "an ACL that is not listed"),
        ("<dhcpOptionSet>dopt-f6703e05<", "<dhcpOptionSet>dopt-f6703e06<", "an option set that is not listed"),
        ("<internetGateways><value>igw-993ae7e7<", "<internetGateways><value>igw-993ae7e8<", "a gateway that is not listed"),
        ("<groupId>sg-6300851f<", "<groupId>sg-63008520<", "a rule to a group that is not listed"),
        ("<instanceIds><value>i-1b5c4503<", "<instanceIds><value>i-1b5c4504<", "an instance on a node that is not listed"),
        (
            "<value>eucalyptus.internal</value></property><property name=\"domain-name-servers\">",
            "<value>%s</value></property><property name=\"domain-name-servers\">",
            "a percent sign",
        ),
        ("<networkInterface name=\"eni-a2f151a8\">", "<networkInterface name=\"eni-a2f151a80\">", "an id of nine digits"),
        ("<attachmentId>eni-attach-e98cf499<", "<attachmentId>eni-e98cf499<", "an attachment with an interface's id"),
        ("<vpcs>", "<vpcs><vpc name=\"vpc-7377904f\"/>", "a VPC without an owner"),
        ("<deviceIndex>0<", "<deviceIndex>-1<", "a negative device index"),
    ] {
        assert!(NAT_GATEWAY.contains(from), "{why}: the golden document has no {from}");
        assert!(faults(&NAT_GATEWAY.replacen(from, to, 1)).is_some(), "{why} is valid");
    }
}
