//! Who is behind an address, and what changes of it, with two VPCs that have the same addresses.

use multihome_core::metadata::Entry;
use multihome_types::{Architecture, AttachmentState, Instance, InstanceAttributes, MetadataOptions, MetadataTokens};

use super::*;
use crate::samples::{self, of};

fn text(views: &Views, instance: &str, path: &str) -> Option<String> {
    let tree = views.tree(of(instance))?;
    match tree.get(path)? {
        Entry::Text(text) | Entry::Json(text) => Some(text.to_owned()),
        Entry::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}

#[test]
fn equal_addresses_in_two_vpcs_are_two_instances() {
    let views = samples::views();
    assert_eq!(views.at(of("vpc-00000001"), of("10.0.1.5")), Some(of("i-00000001")));
    assert_eq!(views.at(of("vpc-00000002"), of("10.0.1.5")), Some(of("i-00000002")));
    assert_eq!(views.at(of("vpc-00000003"), of("10.0.1.5")), None);
    assert_eq!(text(&views, "i-00000001", "meta-data/instance-id").as_deref(), Some("i-00000001"));
    assert_eq!(text(&views, "i-00000002", "meta-data/instance-id").as_deref(), Some("i-00000002"));
}

#[test]
fn an_interface_of_another_vpc_is_found_there_and_told_of_as_that_ones() {
    let views = samples::views();
    let far = samples::interface("00000009", "00000002", "10.0.1.9", Some(("i-00000001", 1)));
    let (near, mac) = (samples::interface("00000001", "00000001", "10.0.1.5", None).mac, far.mac);
    views.take(samples::interfaces(vec![far]));
    assert_eq!(views.at(of("vpc-00000002"), of("10.0.1.9")), Some(of("i-00000001")));
    assert_eq!(views.at(of("vpc-00000001"), of("10.0.1.9")), None, "it speaks in its own VPC only");
    assert_eq!(views.at(of("vpc-00000002"), of("10.0.1.5")), Some(of("i-00000002")), "its neighbours are who they were");
    for (mac, digits) in [(near, "00000001"), (mac, "00000002")] {
        let at = |name: &str| text(&views, "i-00000001", &format!("meta-data/network/interfaces/macs/{mac}/{name}"));
        for (name, kind) in [("vpc-id", "vpc"), ("subnet-id", "subnet"), ("security-group-ids", "sg")] {
            assert_eq!(at(name), Some(format!("{kind}-{digits}")), "{mac}/{name}");
        }
    }
    let mut detaching = samples::interface("00000009", "00000002", "10.0.1.9", Some(("i-00000001", 1)));
    detaching.attachment.as_mut().unwrap().state = AttachmentState::Detaching;
    views.take(samples::interfaces(vec![detaching]));
    assert_eq!(views.at(of("vpc-00000002"), of("10.0.1.9")), None);
}

#[test]
fn an_interface_is_told_of_from_attaching_until_detaching() {
    let views = samples::views();
    let macs = "meta-data/network/interfaces/macs/";
    let listed = || text(&views, "i-00000001", macs).unwrap().lines().count();
    assert_eq!(listed(), 1);
    for (state, expected) in [(AttachmentState::Attaching, 2), (AttachmentState::Attached, 2), (AttachmentState::Detaching, 1)] {
        let mut second = samples::interface("00000009", "00000001", "10.0.1.9", Some(("i-00000001", 1)));
        second.attachment.as_mut().unwrap().state = state;
        views.take(samples::interfaces(vec![second]));
        assert_eq!(listed(), expected, "{state}");
        let source = views.at(of("vpc-00000001"), of("10.0.1.9"));
        assert_eq!(source, (expected == 2).then(|| of("i-00000001")), "{state}");
    }
}

#[test]
fn an_address_goes_with_its_interface() {
    let views = samples::views();
    let moving = |instance| samples::interfaces(vec![samples::interface("00000009", "00000001", "10.0.1.9", Some((instance, 1)))]);
    views.take(samples::instances(vec![samples::instance("i-00000003", "00000001")]));
    for instance in ["i-00000001", "i-00000003", "i-00000001"] {
        views.take(moving(instance));
        assert_eq!(views.at(of("vpc-00000001"), of("10.0.1.9")), Some(of(instance)));
    }
    let gone = Rows { interfaces: crate::rows::Read { found: vec![], gone: vec![of("eni-00000009")] }, ..Rows::default() };
    views.take(gone);
    assert_eq!(views.at(of("vpc-00000001"), of("10.0.1.9")), None);
}

#[test]
fn a_terminated_instance_is_nobody() {
    let views = samples::views();
    views.take(Rows { instances: crate::rows::Read { found: vec![], gone: vec![of("i-00000001")] }, ..Rows::default() });
    assert!(!views.has(of("i-00000001")) && views.tree(of("i-00000001")).is_none());
}

#[test]
fn an_instance_is_told_what_its_row_says_and_what_its_options_allow() {
    let views = samples::views();
    let shown = |path: &str| text(&views, "i-00000001", path);
    assert_eq!((shown("meta-data/tags/instance/Name"), shown("meta-data/public-keys/")), (None, None));
    let key = "ssh-ed25519 AAAA mine".to_owned();
    let attributes = InstanceAttributes {
        metadata: MetadataOptions { tags: true, ..MetadataOptions::default() },
        architecture: Architecture::Arm64,
        public_key: Some(key.clone()),
        ..InstanceAttributes::default()
    };
    let row = samples::instance("i-00000001", "00000001");
    let told = Instance { attributes, key_name: Some("mine".to_owned()), user_data: Some("IyEv\nYmluL3No\r\nCg==\n".to_owned()), ..row.clone() };
    views.take(samples::instances(vec![told]));
    assert_eq!(shown("meta-data/tags/instance/Name").as_deref(), Some("front door"));
    assert_eq!((shown("meta-data/public-keys/").as_deref(), shown("meta-data/public-keys/0/openssh-key")), (Some("0=mine"), Some(key)));
    assert_eq!(shown("user-data").as_deref(), Some("#!/bin/sh\n"), "however its lines were broken");
    assert!(shown("dynamic/instance-identity/document").unwrap().contains("\"architecture\" : \"arm64\""));
    views.take(samples::instances(vec![row]));
    assert_eq!((shown("meta-data/tags/"), shown("meta-data/public-keys/")), (None, None));
}

#[test]
fn options_are_those_of_the_row() {
    let views = samples::views();
    let with = |metadata| {
        let attributes = InstanceAttributes { metadata, ..InstanceAttributes::default() };
        views.take(samples::instances(vec![Instance { attributes, ..samples::instance("i-00000001", "00000001") }]));
        views.options(of("i-00000001")).unwrap()
    };
    let usual = MetadataOptions::default();
    assert_eq!(with(usual), Options { enabled: true, token_required: false, hop_limit: 1 });
    assert!(with(MetadataOptions { tokens: MetadataTokens::Required, ..usual }).token_required);
    assert!(!with(MetadataOptions { endpoint: false, ..usual }).enabled);
    assert_eq!(with(MetadataOptions { hop_limit: 64, ..usual }).hop_limit, 64);
}

#[test]
fn secondary_addresses_and_prefixes_are_told_of_and_speak_for_their_instance() {
    let views = samples::views();
    let mut first = samples::interface("00000001", "00000001", "10.0.1.5", Some(("i-00000001", 0)));
    let mac = first.mac;
    let at = |name: &str| text(&views, "i-00000001", &format!("meta-data/network/interfaces/macs/{mac}/{name}"));
    assert_eq!((at("local-ipv4s").as_deref(), at("ipv4-prefix")), (Some("10.0.1.5"), None));
    first.assigned.addresses = vec![of("10.0.1.3"), of("10.0.1.8")];
    first.assigned.prefixes = vec![of("10.0.1.16/28"), of("10.0.1.64/28")];
    first.assigned.ipv6_addresses = vec![of("2001:db8::5"), of("2001:db8::6")];
    first.assigned.ipv6_prefixes = vec![of("2001:db8:0:0:1::/80")];
    let public = multihome_types::ElasticAddress {
        id: of("eipalloc-00000001"),
        account: first.account,
        region: first.region,
        address: of("203.0.113.7"),
        automatic: false,
        association: Some(multihome_types::AddressAssociation { id: of("eipassoc-00000001"), interface: first.id, private_address: of("10.0.1.8") }),
        created: first.created,
        generation: first.generation,
    };
    first.public = vec![public];
    views.take(samples::interfaces(vec![first.clone()]));
    assert_eq!(at("local-ipv4s").as_deref(), Some("10.0.1.5\n10.0.1.3\n10.0.1.8"));
    assert_eq!(at("ipv4-prefix").as_deref(), Some("10.0.1.16/28\n10.0.1.64/28"));
    assert_eq!((at("ipv6s").as_deref(), at("ipv6-prefix").as_deref()), (Some("2001:db8::5\n2001:db8::6"), Some("2001:db8:0:0:1::/80")));
    assert_eq!((at("public-ipv4s").as_deref(), at("ipv4-associations/203.0.113.7").as_deref()), (Some("203.0.113.7"), Some("10.0.1.8")));
    // What leads to a secondary address is not the instance's own.
    assert_eq!(text(&views, "i-00000001", "meta-data/public-ipv4"), None);
    for source in ["10.0.1.5", "10.0.1.3", "10.0.1.8", "10.0.1.16", "10.0.1.79"] {
        assert_eq!(views.at(of("vpc-00000001"), of(source)), Some(of("i-00000001")), "{source}");
    }
    first.assigned = multihome_types::Assigned::default();
    first.public = vec![];
    views.take(samples::interfaces(vec![first]));
    assert_eq!((at("local-ipv4s").as_deref(), at("ipv4-prefix"), at("public-ipv4s")), (Some("10.0.1.5"), None, None));
    assert_eq!((at("ipv6s"), at("ipv6-prefix")), (None, None));
    for source in ["10.0.1.3", "10.0.1.16"] {
        assert_eq!(views.at(of("vpc-00000001"), of(source)), None, "{source}");
    }
}

#[test]
fn an_address_that_moves_is_its_new_holders_whichever_is_told_of_first() {
    let views = samples::views();
    views.take(samples::instances(vec![samples::instance("i-00000003", "00000001")]));
    let with = |digits: &str, address: &str, instance: &str, secondary: bool| {
        let mut interface = samples::interface(digits, "00000001", address, Some((instance, 0)));
        interface.assigned.addresses.extend(secondary.then(|| of::<Address>("10.0.1.99")));
        interface
    };
    let (old, new) = (with("00000001", "10.0.1.5", "i-00000001", true), with("00000003", "10.0.1.6", "i-00000003", true));
    let (left, bare) = (with("00000001", "10.0.1.5", "i-00000001", false), with("00000003", "10.0.1.6", "i-00000003", false));
    for order in [[left.clone(), new.clone()], [new.clone(), left.clone()]] {
        views.take(samples::interfaces(vec![old.clone(), bare.clone()]));
        assert_eq!(views.at(of("vpc-00000001"), of("10.0.1.99")), Some(of("i-00000001")));
        views.take(samples::interfaces(order.to_vec()));
        assert_eq!(views.at(of("vpc-00000001"), of("10.0.1.99")), Some(of("i-00000003")));
    }
}
