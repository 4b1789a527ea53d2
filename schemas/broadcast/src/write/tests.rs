use multihome_types::Timestamp;

use crate::{AppliedVersion, Dialect, read, sample};

const NAT_GATEWAY: &str = include_str!("../../golden/nat-gateway.xml");
const NAT_GATEWAY_43: &str = include_str!("../../golden/nat-gateway-4.3.xml");
const SEED: &str = include_str!("../../golden/seed.xml");
const EMPTY: &str = include_str!("../../golden/empty.xml");

fn written(document: &crate::Document) -> String {
    String::from_utf8(document.to_bytes()).unwrap()
}

#[test]
fn the_seeds_example_is_written_byte_for_byte() {
    let document = sample::seed();
    assert_eq!(written(&document), SEED.trim_end());
    assert_eq!(read(SEED.as_bytes()).unwrap(), document);
}

#[test]
fn the_seeds_nat_gateway_is_written_byte_for_byte() {
    let document = sample::nat_gateway();
    assert_eq!(written(&document), NAT_GATEWAY.trim_end());
    assert_eq!(read(NAT_GATEWAY.as_bytes()).unwrap(), document);
    let gateway = "<natGateways><natGateway name=\"nat-99528bb072b83cf9f\"><ownerId>000476990416</ownerId><macAddress>d0:0d:0f:bb:04:f4</macAddress>\
        <publicIp>10.116.132.146</publicIp><privateIp>10.10.10.8</privateIp><vpc>vpc-7377904f</vpc><subnet>subnet-3e787e00</subnet></natGateway>\
        </natGateways><internetGateways><value>igw-993ae7e7</value></internetGateways>";
    assert!(NAT_GATEWAY.contains(gateway));
}

#[test]
fn consumers_of_4_3_get_the_text_of_rules_too() {
    let mut document = sample::nat_gateway();
    document.dialect = Dialect::V43;
    document.version = document.content().version();
    assert_eq!(written(&document), NAT_GATEWAY_43.trim_end());
    let rules = "<rules><value>-P 6 -p 22-22  -s 0.0.0.0/0</value><value>-P 1 -t 8:-1  -s 10.0.0.0/8</value></rules><ingressRules>";
    assert!(NAT_GATEWAY_43.contains(rules));
    assert_eq!(read(NAT_GATEWAY_43.as_bytes()).unwrap(), crate::Document { dialect: Dialect::V44, ..document });
}

#[test]
fn the_elements_of_the_seeds_instance_have_the_seeds_order() {
    let instance = "<instance name=\"i-1b5c4503\"><ownerId>000994694045</ownerId><macAddress>d0:0d:a2:f1:51:a8</macAddress>\
        <privateIp>172.31.2.226</privateIp><vpc>vpc-3b1fdc87</vpc><subnet>subnet-893ca466</subnet><networkInterfaces>\
        <networkInterface name=\"eni-a2f151a8\"><ownerId>000994694045</ownerId><deviceIndex>0</deviceIndex>\
        <attachmentId>eni-attach-e98cf499</attachmentId><macAddress>d0:0d:a2:f1:51:a8</macAddress><privateIp>172.31.2.226</privateIp>\
        <sourceDestCheck>true</sourceDestCheck><vpc>vpc-3b1fdc87</vpc><subnet>subnet-893ca466</subnet>\
        <securityGroups><value>sg-6300851f</value></securityGroups></networkInterface></networkInterfaces>\
        <securityGroups><value>sg-6300851f</value></securityGroups></instance>";
    assert!(SEED.contains(instance));
}

#[test]
fn a_list_without_entries_is_an_empty_wrapper() {
    let mut document = sample::seed();
    document.configuration.clusters[0].nodes.clear();
    document.vpcs[0].subnets.clear();
    document.vpcs[0].route_tables[0].routes.clear();
    document.instances[0].interfaces.clear();
    document.instances[0].groups.clear();
    document.security_groups[0].ingress.clear();
    document.version = "00000000".into();
    assert_eq!(written(&document), EMPTY.trim_end());
    assert_eq!(read(EMPTY.as_bytes()).unwrap(), document);

    document.configuration.clusters.clear();
    (document.vpcs, document.instances, document.security_groups) = (vec![], vec![], vec![]);
    let text = written(&document);
    assert!(text.ends_with(
        "<property name=\"clusters\"/></configuration><vpcs/><instances/><dhcpOptionSets/><internetGateways/><securityGroups/></network-data>"
    ));
}

#[test]
fn the_applied_version_stands_beside_the_version_and_changes_no_content() {
    let mut document = sample::seed();
    let content = document.content();
    document.applied = Some(AppliedVersion { version: "0badcafe".into(), time: Timestamp(1_795_559_400_042) });
    let head = format!("<network-data version=\"{}\" applied-version=\"0badcafe\" applied-time=\"2026-11-24T22:30:00Z\">", content.version());
    assert!(written(&document).contains(&head));
    assert_eq!(document.content(), content);
}

#[test]
fn the_version_of_the_seeds_example_is_the_same_everywhere() {
    assert_eq!(sample::seed().content().to_string(), "0b8ff0e582a14507");
}

#[test]
fn hostile_text_stays_text() {
    let mut document = sample::seed();
    document.configuration.dns_domain = "</value></property><vpcs><!-- ]]>&\u{0}\u{8}\"'\r\n".into();
    document.version = "\"><x a='\n".into();
    let read = read(&document.to_bytes()).unwrap();
    assert_eq!(read.configuration.dns_domain, "</value></property><vpcs><!-- ]]>&\"'\r\n");
    assert_eq!((read.version, read.vpcs), (document.version, document.vpcs));
}
