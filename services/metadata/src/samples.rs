//! Rows for tests: two VPCs with the same blocks and addresses, and an instance in each.

use std::{fmt::Debug, str::FromStr};

use multihome_types::{
    Attachment, AttachmentState, ChangeId, DeviceIndex, Generation, Instance, InstanceState, Interface, InterfaceKind, Mac, MacPrefix, Subnet,
    Timestamp, Vpc,
};

use crate::{
    rows::{Read, Rows, VpcFacts},
    view::{Resident, Views},
};

pub(crate) fn of<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn views() -> Views {
    let views = Views::default();
    for digits in ["00000001", "00000002"] {
        let vpc = vpc(digits);
        views.take(Rows {
            vpcs: Read { found: vec![(vpc.id, VpcFacts { vpc, blocks: vec![], ipv6_blocks: vec![] })], gone: vec![] },
            subnets: Read { found: vec![subnet(digits)], gone: vec![] },
            groups: Read { found: vec![(of(&format!("sg-{digits}")), "default".to_owned())], gone: vec![] },
            ..Rows::default()
        });
        views.take(instances(vec![instance(&format!("i-{digits}"), digits)]));
        views.take(interfaces(vec![interface(digits, digits, "10.0.1.5", Some((&format!("i-{digits}"), 0)))]));
    }
    views
}

pub(crate) fn instances(found: Vec<Instance>) -> Rows {
    let found = found.into_iter().map(|instance| Resident { instance, tags: vec![("Name".to_owned(), "front door".to_owned())] }).collect();
    Rows { instances: Read { found, gone: vec![] }, ..Rows::default() }
}

pub(crate) fn interfaces(found: Vec<Interface>) -> Rows {
    Rows { interfaces: Read { found, gone: vec![] }, ..Rows::default() }
}

fn vpc(digits: &str) -> Vpc {
    Vpc {
        id: of(&format!("vpc-{digits}")),
        account: of("000000000001"),
        region: of("us-east-1"),
        cidr: of("10.0.0.0/16"),
        is_default: false,
        dns_support: true,
        dns_hostnames: true,
        network_address_usage_metrics: false,
        dhcp_options: None,
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

fn subnet(digits: &str) -> Subnet {
    Subnet {
        id: of(&format!("subnet-{digits}")),
        account: of("000000000001"),
        region: of("us-east-1"),
        zone: of("us-east-1a"),
        vpc: of(&format!("vpc-{digits}")),
        cidr: of("10.0.1.0/24"),
        ipv6: None,
        default_for_zone: false,
        attributes: multihome_types::SubnetAttributes::default(),
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

pub(crate) fn instance(id: &str, vpc: &str) -> Instance {
    Instance {
        id: of(id),
        account: of("000000000001"),
        region: of("us-east-1"),
        zone: of("us-east-1a"),
        cluster: of("one"),
        node: of("10.111.1.11"),
        reservation: of("r-00000001"),
        launch_index: 0,
        image: of("ami-00000001"),
        instance_type: "m1.large".to_owned(),
        key_name: None,
        user_data: Some("IyEvYmluL3NoCg==".to_owned()),
        client_token: None,
        attributes: multihome_types::InstanceAttributes::default(),
        vpc: of(&format!("vpc-{vpc}")),
        subnet: of(&format!("subnet-{vpc}")),
        state: InstanceState::Running,
        reason: None,
        launched_at: Timestamp(0),
        since: Timestamp(0),
        deadline: None,
        change: ChangeId(1),
        generation: Generation::FIRST,
    }
}

pub(crate) fn interface(digits: &str, vpc: &str, address: &str, on: Option<(&str, u8)>) -> Interface {
    let id = of(&format!("eni-{digits}"));
    let attachment = on.map(|(instance, device_index)| Attachment {
        id: of(&format!("eni-attach-{digits}")),
        account: of("000000000001"),
        region: of("us-east-1"),
        interface: id,
        instance: of(instance),
        instance_account: of("000000000001"),
        cluster: of("one"),
        device_index: DeviceIndex(device_index),
        state: AttachmentState::Attached,
        delete_on_termination: false,
        attached_at: Timestamp(0),
        since: Timestamp(0),
        deadline: None,
        reason: None,
        change: ChangeId(1),
        generation: Generation::FIRST,
    });
    Interface {
        id,
        account: of("000000000001"),
        region: of("us-east-1"),
        zone: of("us-east-1a"),
        vpc: of(&format!("vpc-{vpc}")),
        subnet: of(&format!("subnet-{vpc}")),
        kind: InterfaceKind::Interface,
        mac: Mac::of(id, MacPrefix::default()),
        address: of(address),
        description: String::new(),
        source_dest_check: true,
        groups: vec![of(&format!("sg-{vpc}"))],
        assigned: multihome_types::Assigned::default(),
        public: vec![],
        automatic_public_address: false,
        attachment,
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}
