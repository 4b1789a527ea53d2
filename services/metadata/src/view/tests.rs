//! Who is behind an address, and what changes of it, with two VPCs that have the same addresses.

use multihome_core::metadata::Entry;
use multihome_types::AttachmentState;

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
