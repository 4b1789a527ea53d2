//! Replies as clients must be able to read them.

use multihome_types::Timestamp;
use serde::Serialize;

use crate::{
    Moment, Return, Tag, encode_reply,
    instance::{InstanceState, InstanceStateChange, InstanceStateChanges, Reservation, RunInstances, StopInstances},
    network_interface::{
        AttachNetworkInterface, AttachNetworkInterfaceReply, DescribeNetworkInterfaces, DescribeNetworkInterfacesReply, DetachNetworkInterface,
        GroupIdentifier, NetworkInterface, NetworkInterfaceAttachment, PrivateIpAddress,
    },
};

/// The children of the root, after `requestId`.
fn body(document: &str, action: &str) -> String {
    let start = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{action}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
         <requestId>7a62c49f</requestId>"
    );
    let rest = document.strip_prefix(&start).unwrap_or_else(|| panic!("{document}"));
    rest.strip_suffix(&format!("</{action}Response>")).unwrap().to_owned()
}

fn described(interface: NetworkInterface) -> String {
    let reply = DescribeNetworkInterfacesReply { network_interfaces: vec![interface], next_token: None };
    body(&encode_reply::<DescribeNetworkInterfaces>(&reply, "7a62c49f").unwrap(), "DescribeNetworkInterfaces")
}

fn interface() -> NetworkInterface {
    NetworkInterface {
        attachment: Some(NetworkInterfaceAttachment {
            attach_time: Moment(Timestamp(1_795_559_400_042)),
            attachment_id: "eni-attach-e98cf499".into(),
            delete_on_termination: true,
            device_index: 0,
            network_card_index: 0,
            instance_id: Some("i-1b5c4503".into()),
            instance_owner_id: "000994694045".into(),
            status: "attached".into(),
        }),
        availability_zone: "one".into(),
        description: "Primary network interface".into(),
        groups: vec![GroupIdentifier { group_id: "sg-6300851f".into(), group_name: "default".into() }],
        interface_type: "interface".into(),
        mac_address: "d0:0d:a2:f1:51:a8".into(),
        network_interface_id: "eni-a2f151a8".into(),
        owner_id: "000994694045".into(),
        private_ip_address: "172.31.2.226".into(),
        private_ip_addresses: vec![PrivateIpAddress { primary: true, private_ip_address: "172.31.2.226".into(), ..Default::default() }],
        source_dest_check: true,
        status: "in-use".into(),
        subnet_id: "subnet-893ca466".into(),
        tags: vec![Tag { key: "a".into(), value: "b".into() }],
        vpc_id: "vpc-3b1fdc87".into(),
        ..Default::default()
    }
}

#[test]
fn an_interface_is_written_in_the_order_of_the_model() {
    assert_eq!(
        described(interface()),
        "<networkInterfaceSet><item><attachment><attachTime>2026-11-24T22:30:00.042Z</attachTime><attachmentId>eni-attach-e98cf499\
         </attachmentId><deleteOnTermination>true</deleteOnTermination><deviceIndex>0</deviceIndex><networkCardIndex>0\
         </networkCardIndex><instanceId>i-1b5c4503</instanceId><instanceOwnerId>000994694045</instanceOwnerId><status>attached\
         </status></attachment><availabilityZone>one</availabilityZone><description>Primary network interface</description><groupSet>\
         <item><groupId>sg-6300851f</groupId><groupName>default</groupName></item></groupSet><interfaceType>interface\
         </interfaceType><ipv6AddressesSet/><macAddress>d0:0d:a2:f1:51:a8</macAddress><networkInterfaceId>eni-a2f151a8\
         </networkInterfaceId><ownerId>000994694045</ownerId><privateIpAddress>172.31.2.226</privateIpAddress>\
         <privateIpAddressesSet><item><primary>true</primary><privateIpAddress>172.31.2.226</privateIpAddress></item>\
         </privateIpAddressesSet><requesterManaged>false</requesterManaged><sourceDestCheck>true</sourceDestCheck><status>in-use\
         </status><subnetId>subnet-893ca466</subnetId><tagSet><item><key>a</key><value>b</value></item></tagSet><vpcId>vpc-3b1fdc87\
         </vpcId><operator><managed>false</managed></operator></item></networkInterfaceSet>"
    );
}

#[test]
fn absent_is_left_out_and_empty_is_an_empty_element() {
    let written = described(NetworkInterface::default());
    for absent in ["attachment", "association", "privateDnsName", "ipv4PrefixSet"] {
        assert!(!written.contains(absent), "{written}");
    }
    for empty in ["<tagSet/>", "<groupSet/>", "<privateIpAddressesSet/>", "<description/>"] {
        assert!(written.contains(empty), "{written}");
    }
    let written = described(NetworkInterface { ipv4_prefixes: Some(Vec::new()), ..Default::default() });
    assert!(written.contains("<ipv4PrefixSet/>"), "{written}");
}

#[test]
fn a_page_ends_with_its_token() {
    let reply = DescribeNetworkInterfacesReply { network_interfaces: Vec::new(), next_token: Some("more".into()) };
    assert_eq!(
        body(&encode_reply::<DescribeNetworkInterfaces>(&reply, "7a62c49f").unwrap(), "DescribeNetworkInterfaces"),
        "<networkInterfaceSet/><nextToken>more</nextToken>"
    );
}

#[test]
fn short_replies() {
    assert_eq!(body(&encode_reply::<DetachNetworkInterface>(&Return::DONE, "7a62c49f").unwrap(), "DetachNetworkInterface"), "<return>true</return>");
    let reply = AttachNetworkInterfaceReply { attachment_id: "eni-attach-e98cf499".into(), network_card_index: 0 };
    assert_eq!(
        body(&encode_reply::<AttachNetworkInterface>(&reply, "7a62c49f").unwrap(), "AttachNetworkInterface"),
        "<attachmentId>eni-attach-e98cf499</attachmentId><networkCardIndex>0</networkCardIndex>"
    );
    let reply = InstanceStateChanges {
        instances: vec![InstanceStateChange {
            instance_id: "i-1b5c4503".into(),
            current_state: InstanceState { code: 64, name: "stopping".into() },
            previous_state: InstanceState { code: 16, name: "running".into() },
        }],
    };
    assert_eq!(
        body(&encode_reply::<StopInstances>(&reply, "7a62c49f").unwrap(), "StopInstances"),
        "<instancesSet><item><instanceId>i-1b5c4503</instanceId><currentState><code>64</code><name>stopping</name></currentState>\
         <previousState><code>16</code><name>running</name></previousState></item></instancesSet>"
    );
    let reply = Reservation { reservation_id: "r-1".into(), owner_id: "1".into(), ..Default::default() };
    assert_eq!(
        body(&encode_reply::<RunInstances>(&reply, "7a62c49f").unwrap(), "RunInstances"),
        "<reservationId>r-1</reservationId><ownerId>1</ownerId><groupSet/><instancesSet/>"
    );
}

#[test]
fn no_text_makes_a_document_ill_formed() {
    for (text, written) in [
        ("<a> & ]]>", "&lt;a&gt; &amp; ]]&gt;"),
        ("a\tb\nc\rd", "a\tb\nc&#13;d"),
        ("\0\u{1}\u{b}\u{1f}x\u{7f}", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}x\u{7f}"),
        ("\u{fffe}\u{ffff}\u{fffd}", "\u{fffd}\u{fffd}\u{fffd}"),
        ("\u{feff}ﬀ ümläut 漢 𝄞", "\u{feff}ﬀ ümläut 漢 𝄞"),
        ("\"'", "\"'"),
    ] {
        let interface = NetworkInterface { description: text.into(), ..Default::default() };
        let expected = format!("<description>{written}</description>");
        assert!(described(interface).contains(&expected), "{text:?}");
    }
    let document = encode_reply::<DetachNetworkInterface>(&Return::DONE, "<&>").unwrap();
    assert!(document.contains("<requestId>&lt;&amp;&gt;</requestId>"), "{document}");
}

#[test]
fn shapes_without_names_are_refused() {
    #[derive(Serialize)]
    struct Reply<T> {
        field: T,
    }
    fn refused<T: Serialize>(field: T) -> bool {
        super::encode("X", "1", &Reply { field }).is_err()
    }
    assert!(refused((1, 2)));
    assert!(refused(()));
    assert!(refused(std::collections::BTreeMap::from([("a", 1)])));
    assert!(refused(Result::<u8, u8>::Ok(1)));
    assert!(!refused(vec!["a"]));
}
