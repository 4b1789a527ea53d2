//! Rows for the tests of this crate's rules: one account, one VPC, cluster `one` in zone `zone-a`.

use std::fmt::Debug;

use multihome_types::*;

/// Parses what a test wrote by hand.
pub fn the<T: std::str::FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub fn id<T: ResourceId>(number: u128) -> T {
    T::from_bits(number, IdLength::Short)
}

pub fn account() -> AccountId {
    the("000994694045")
}

pub fn stranger() -> AccountId {
    the("111111111111")
}

/// In `state` since 1,000 by change 10; a transitional one ends at 121,000.
pub fn attachment(index: u8, state: AttachmentState) -> Attachment {
    Attachment {
        id: id(u128::from(index) + 0x100),
        account: account(),
        region: the("region"),
        interface: id(u128::from(index)),
        instance: id(1),
        instance_account: account(),
        cluster: the("one"),
        device_index: DeviceIndex(index),
        state,
        delete_on_termination: false,
        attached_at: Timestamp(1000),
        since: Timestamp(1000),
        deadline: (state != AttachmentState::Attached).then_some(Timestamp(121_000)),
        reason: None,
        change: ChangeId(10),
        generation: Generation(1),
    }
}

/// In `state` since 1,000 by change 10; a transitional one ends at 301,000.
pub fn instance(state: InstanceState) -> Instance {
    let steady = matches!(state, InstanceState::Running | InstanceState::Stopped | InstanceState::Terminated);
    Instance {
        id: id(1),
        account: account(),
        region: the("region"),
        zone: the("zone-a"),
        cluster: the("one"),
        node: the("node-1"),
        reservation: id(1),
        launch_index: 0,
        image: id(1),
        instance_type: "m1.small".to_owned(),
        key_name: None,
        user_data: None,
        client_token: None,
        attributes: multihome_types::InstanceAttributes::default(),
        vpc: id(1),
        subnet: id(1),
        state,
        reason: None,
        launched_at: Timestamp(1000),
        since: Timestamp(1000),
        deadline: (!steady).then_some(Timestamp(301_000)),
        change: ChangeId(10),
        generation: Generation(1),
    }
}

pub fn interface(number: u8) -> Interface {
    Interface {
        id: id(u128::from(number)),
        account: account(),
        region: the("region"),
        zone: the("zone-a"),
        vpc: id(1),
        subnet: id(1),
        kind: InterfaceKind::Interface,
        mac: Mac::of(id(u128::from(number)), MacPrefix::default()),
        address: Address([10, 0, 0, 10 + number].into()),
        description: String::new(),
        source_dest_check: true,
        groups: vec![id(1)],
        attachment: None,
        assigned: multihome_types::Assigned::default(),
        public: Vec::new(),
        automatic_public_address: false,
        created: Timestamp(0),
        generation: Generation(1),
    }
}

/// `10.0.<number>.0/24` of `vpc-00000001`, in zone `zone-a`.
pub fn subnet(number: u8) -> Subnet {
    Subnet {
        id: id(u128::from(number)),
        account: account(),
        region: the("region"),
        zone: the("zone-a"),
        vpc: id(1),
        cidr: the(&format!("10.0.{number}.0/24")),
        ipv6: None,
        default_for_zone: false,
        attributes: SubnetAttributes::default(),
        created: Timestamp(0),
        generation: Generation(1),
    }
}

/// A group of `vpc-00000001`; number 1 is its default group.
pub fn group(number: u8) -> Group {
    Group {
        id: id(u128::from(number)),
        account: account(),
        region: the("region"),
        vpc: id(1),
        name: if number == 1 { "default".to_owned() } else { format!("group-{number}") },
        description: String::new(),
        rules: Vec::new(),
        created: Timestamp(0),
        generation: Generation(1),
    }
}

pub fn cluster(name: &str, zone: &str, nodes: &[&str]) -> Cluster {
    Cluster {
        name: the(name),
        region: the("region"),
        zone: the(zone),
        address: the("10.111.1.1"),
        nodes: nodes.iter().copied().map(the).collect(),
        applied: None,
        reported_at: None,
        generation: Generation(1),
    }
}
