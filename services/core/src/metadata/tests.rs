//! The tree of an instance with two interfaces, and of one that has nothing it need not have.

use super::*;

fn of<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn interface(digits: &str, index: u8, addresses: &[&str]) -> GuestInterface {
    let id: InterfaceId = of(&format!("eni-{digits}"));
    GuestInterface {
        id,
        account: of("000000000001"),
        mac: Mac::of(id, multihome_types::MacPrefix::default()),
        device_index: DeviceIndex(index),
        addresses: addresses.iter().map(|address| of(address)).collect(),
        prefixes: vec![],
        ipv6_addresses: vec![],
        ipv6_prefixes: vec![],
        subnet: of("subnet-00000001"),
        subnet_cidr: of("10.0.1.0/24"),
        subnet_ipv6_cidrs: vec![],
        vpc: of("vpc-00000001"),
        vpc_cidrs: vec![of("10.0.0.0/16"), of("10.1.0.0/16")],
        vpc_ipv6_cidrs: vec![],
        groups: vec![(of("sg-00000001"), "default".into()), (of("sg-00000002"), "web servers".into())],
        public: vec![],
    }
}

fn guest() -> Guest {
    Guest {
        id: of("i-00000001"),
        account: of("000000000001"),
        region: of("us-east-1"),
        zone: of("us-east-1a"),
        image: of("ami-00000001"),
        instance_type: "m1.large".into(),
        architecture: "x86_64".into(),
        reservation: of("r-00000001"),
        launch_index: 0,
        hostname_type: HostnameType::IpName,
        launched_at: Timestamp(1_795_559_400_042),
        key: None,
        user_data: None,
        tags: None,
        interfaces: vec![interface("00000001", 0, &["10.0.1.5"])],
    }
}

fn text(tree: &Tree, path: &str) -> Option<String> {
    match tree.get(path)? {
        Entry::Text(text) | Entry::Json(text) => Some(text.to_owned()),
        Entry::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// Everything that a client sees which fetches whatever it is shown, by path.
fn crawl(tree: &Tree, directory: &str, seen: &mut BTreeMap<String, String>) {
    let listing = text(tree, directory).unwrap_or_else(|| panic!("{directory} is listed and is not there"));
    for line in listing.lines() {
        if let Some((place, _)) = line.split_once('=') {
            let key = format!("{directory}{place}/openssh-key");
            seen.insert(key.clone(), text(tree, &key).unwrap_or_else(|| panic!("{key} is listed and is not there")));
        } else if line.ends_with('/') {
            crawl(tree, &format!("{directory}{line}"), seen);
        } else {
            let path = format!("{directory}{line}");
            seen.insert(path.clone(), text(tree, &path).unwrap_or_else(|| panic!("{path} is listed and is not there")));
        }
    }
}

#[test]
fn whatever_is_listed_can_be_fetched_and_the_other_way_round() {
    let mut full = guest();
    full.key = Some(("my key".into(), "ssh-ed25519 AAAA my key\n".into()));
    full.user_data = Some(b"#!/bin/sh\n".to_vec());
    full.tags = Some(vec![("Name".into(), "front door".into()), ("a/b".into(), "hidden".into()), ("..".into(), "up".into())]);
    full.interfaces.push(interface("00000002", 1, &["10.0.1.6", "10.0.1.7"]));
    full.interfaces[1].public = vec![GuestAssociation { public: of("203.0.113.9"), private: of("10.0.1.6"), name: Some("ec2-203-0-113-9".into()) }];
    for guest in [guest(), full] {
        let tree = Tree::of(&guest);
        let mut seen = BTreeMap::new();
        crawl(&tree, "meta-data/", &mut seen);
        crawl(&tree, "dynamic/", &mut seen);
        if guest.user_data.is_some() {
            seen.insert("user-data".into(), text(&tree, "user-data").unwrap());
        }
        let leaves: Vec<String> = tree.paths().filter(|path| !path.ends_with('/')).collect();
        assert_eq!(seen.keys().cloned().collect::<Vec<_>>(), leaves);
    }
}

#[test]
fn the_keys_that_clients_ask_for_have_ec2s_values() {
    let mut guest = guest();
    guest.key = Some(("mine".into(), "ssh-ed25519 AAAA mine\n".into()));
    guest.interfaces.push(interface("00000002", 1, &["10.0.1.6", "10.0.1.7"]));
    guest.interfaces[1].public = vec![GuestAssociation { public: of("203.0.113.9"), private: of("10.0.1.7"), name: None }];
    let tree = Tree::of(&guest);
    for (path, expected) in [
        ("", "dynamic/\nmeta-data/"),
        ("meta-data/instance-id", "i-00000001"),
        ("meta-data/ami-id", "ami-00000001"),
        ("meta-data/hostname", "ip-10-0-1-5.ec2.internal"),
        ("meta-data/local-ipv4", "10.0.1.5"),
        ("meta-data/mac", "d0:0d:00:00:00:01"),
        ("meta-data/placement/", "availability-zone\navailability-zone-id\nregion"),
        ("meta-data/placement/availability-zone", "us-east-1a"),
        ("meta-data/placement/availability-zone-id", "use1-az1"),
        ("meta-data/security-groups", "default\nweb servers"),
        ("meta-data/public-keys/", "0=mine"),
        ("meta-data/public-keys/0/openssh-key", "ssh-ed25519 AAAA mine"),
        ("meta-data/public-keys/0/", "openssh-key"),
        ("meta-data/network/interfaces/macs/", "d0:0d:00:00:00:01/\nd0:0d:00:00:00:02/"),
        ("meta-data/network/interfaces/macs", "d0:0d:00:00:00:01/\nd0:0d:00:00:00:02/"),
        ("meta-data/network/interfaces/macs/d0:0d:00:00:00:02/device-number", "1"),
        ("meta-data/network/interfaces/macs/d0:0d:00:00:00:02/local-ipv4s", "10.0.1.6\n10.0.1.7"),
        ("meta-data/network/interfaces/macs/d0:0d:00:00:00:02/subnet-ipv4-cidr-block", "10.0.1.0/24"),
        ("meta-data/network/interfaces/macs/d0:0d:00:00:00:02/vpc-ipv4-cidr-block", "10.0.0.0/16"),
        ("meta-data/network/interfaces/macs/d0:0d:00:00:00:02/vpc-ipv4-cidr-blocks", "10.0.0.0/16\n10.1.0.0/16"),
        ("meta-data/network/interfaces/macs/d0:0d:00:00:00:02/security-group-ids", "sg-00000001\nsg-00000002"),
        ("meta-data/network/interfaces/macs/d0:0d:00:00:00:02/public-ipv4s", "203.0.113.9"),
        ("meta-data/network/interfaces/macs/d0:0d:00:00:00:02/ipv4-associations/", "203.0.113.9"),
        ("meta-data/network/interfaces/macs/d0:0d:00:00:00:02/ipv4-associations/203.0.113.9", "10.0.1.7"),
    ] {
        assert_eq!(text(&tree, path).as_deref(), Some(expected), "{path}");
    }
    assert!(text(&tree, "meta-data/").unwrap().lines().any(|line| line == "public-keys/"));
}

#[test]
fn what_there_is_none_of_is_absent() {
    let tree = Tree::of(&guest());
    for path in [
        "user-data",
        "meta-data/public-ipv4",
        "meta-data/public-hostname",
        "meta-data/public-keys/",
        "meta-data/tags/",
        "meta-data/network/interfaces/macs/d0:0d:00:00:00:01/public-ipv4s",
        "meta-data/network/interfaces/macs/d0:0d:00:00:00:01/ipv6s",
        "meta-data/network/interfaces/macs/d0:0d:00:00:00:02/",
        "meta-data/instance-id/",
        "meta-data//instance-id",
        "meta-data/../meta-data/instance-id",
        "nothing",
    ] {
        assert_eq!(tree.get(path), None, "{path}");
    }
}

#[test]
fn the_identity_document_is_json_of_this_instance() {
    let document = text(&Tree::of(&guest()), "dynamic/instance-identity/document").unwrap();
    assert!(document.starts_with("{\n  \"accountId\" : \"000000000001\",\n"), "{document}");
    for member in [
        "\"instanceId\" : \"i-00000001\"",
        "\"region\" : \"us-east-1\"",
        "\"privateIp\" : \"10.0.1.5\"",
        "\"pendingTime\" : \"2026-11-24T22:30:00Z\"",
        "\"kernelId\" : null",
    ] {
        assert!(document.contains(member), "{member} is not in {document}");
    }
}

#[test]
fn a_host_is_called_after_its_address_or_its_instance() {
    for (hostname_type, expected) in [(HostnameType::IpName, "ip-10-0-1-5.ec2.internal"), (HostnameType::ResourceName, "i-00000001.ec2.internal")] {
        let tree = Tree::of(&Guest { hostname_type, ..guest() });
        for path in ["meta-data/hostname", "meta-data/local-hostname"] {
            assert_eq!(text(&tree, path).as_deref(), Some(expected), "{path}");
        }
    }
}
