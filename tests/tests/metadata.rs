//! What instances are told about themselves follows what happens to them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::{Duration, Instant};

use multihome_metadata::MetadataArgs;
use multihome_runtime::Tasks;
use multihome_tests::{Nats, Service, System, until};

const MACS: &str = "latest/meta-data/network/interfaces/macs/";

async fn until_told(system: &System, instance: &str, path: &str, wanted: impl Fn(u16, &str) -> bool) {
    until(&format!("{path} of {instance} is as it should be"), || async {
        let (status, body) = system.metadata(instance, path).await;
        if wanted(status, &body) { Ok(()) } else { Err(format!("{status} {body}")) }
    })
    .await;
}

/// How long after the reply to a change an instance may be told what was so before.
const SOON: Duration = Duration::from_secs(1);

/// To be called with the reply to a change in hand.
async fn soon_told(system: &System, instance: &str, path: &str, wanted: impl Fn(u16, &str) -> bool) {
    let begun = Instant::now();
    until_told(system, instance, path, wanted).await;
    let taken = begun.elapsed();
    assert!(taken < SOON, "{path} of {instance} is as it should be after {taken:?}");
}

async fn described(system: &System, interface: &str, name: &str) -> String {
    system.call("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", interface)]).await.first(name).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interface_is_told_of_before_it_is_attached_and_no_longer_when_it_is_detaching() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    until_told(&system, &instance, "latest/meta-data/instance-id", |status, body| status == 200 && body == instance).await;
    assert_eq!(system.metadata(&instance, MACS).await.1.lines().count(), 1);

    // The cluster makes nothing real meanwhile.
    let stepper = system.cluster("one").hold().await.unwrap();
    let interface = system.interface(&subnet).await;
    let attachment = system.attach(&interface, &instance, 1).await;
    let directory = format!("{MACS}{}/", described(&system, &interface, "macAddress").await);
    soon_told(&system, &instance, &format!("{directory}interface-id"), |_, body| body == interface).await;
    assert_eq!(system.status(&interface).await, "in-use/attaching");
    assert_eq!(system.metadata(&instance, &format!("{directory}device-number")).await, (200, "1".to_owned()));
    let address = described(&system, &interface, "privateIpAddress").await;
    assert_eq!(system.metadata(&instance, &format!("{directory}local-ipv4s")).await, (200, address));
    stepper.release().await.unwrap();
    system.until_interface(&interface, "in-use/attached").await;

    let stepper = system.cluster("one").hold().await.unwrap();
    system.call("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await;
    soon_told(&system, &instance, &directory, |status, _| status == 404).await;
    assert_eq!(system.status(&interface).await, "in-use/detaching", "it is still in the instance");
    stepper.release().await.unwrap();
    system.until_interface(&interface, "available").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_address_is_told_of_while_it_leads_somewhere() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let vpc = system.call("DescribeSubnets", &[("SubnetId.1", &subnet)]).await.first("vpcId").unwrap().to_owned();
    let gateway = system.call("CreateInternetGateway", &[]).await.first("internetGatewayId").unwrap().to_owned();
    system.call("AttachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &vpc)]).await;
    let instance = system.running(&subnet).await;
    let allocated = system.call("AllocateAddress", &[("Domain", "vpc")]).await;
    let (allocation, public) = (allocated.first("allocationId").unwrap().to_owned(), allocated.first("publicIp").unwrap().to_owned());
    until_told(&system, &instance, "latest/meta-data/local-ipv4", |status, _| status == 200).await;
    assert_eq!(system.metadata(&instance, "latest/meta-data/public-ipv4").await.0, 404);
    let associated = system.call("AssociateAddress", &[("AllocationId", &allocation), ("InstanceId", &instance)]).await;
    soon_told(&system, &instance, "latest/meta-data/public-ipv4", |_, body| body == public).await;
    system.call("DisassociateAddress", &[("AssociationId", associated.first("associationId").unwrap())]).await;
    soon_told(&system, &instance, "latest/meta-data/public-ipv4", |status, _| status == 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn options_and_tags_are_followed() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let path = "latest/meta-data/instance-id";
    until_told(&system, &instance, path, |status, _| status == 200).await;
    let set = async |name: &str, value: &str| {
        system.call("ModifyInstanceMetadataOptions", &[("InstanceId", &instance), (name, value)]).await;
    };
    set("HttpTokens", "required").await;
    soon_told(&system, &instance, path, |status, _| status == 401).await;
    let token = system.token(&instance).await;
    assert_eq!(system.metadata_with(&instance, path, &token).await, (200, instance.clone()));
    set("HttpEndpoint", "disabled").await;
    soon_told(&system, &instance, path, |status, _| status == 403).await;
    set("HttpEndpoint", "enabled").await;
    set("HttpTokens", "optional").await;
    set("InstanceMetadataTags", "enabled").await;
    soon_told(&system, &instance, path, |status, _| status == 200).await;
    let tag = "latest/meta-data/tags/instance/Name";
    for value in ["front", "back"] {
        system.call("CreateTags", &[("ResourceId.1", &instance), ("Tag.1.Key", "Name"), ("Tag.1.Value", value)]).await;
        soon_told(&system, &instance, tag, |_, body| body == value).await;
    }
    system.call("DeleteTags", &[("ResourceId.1", &instance), ("Tag.1.Key", "Name")]).await;
    soon_told(&system, &instance, tag, |status, _| status == 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_and_secondary_addresses_are_followed() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    until_told(&system, &instance, "latest/meta-data/mac", |status, _| status == 200).await;
    let directory = format!("{MACS}{}/", system.metadata(&instance, "latest/meta-data/mac").await.1);
    let interface = system.metadata(&instance, &format!("{directory}interface-id")).await.1;
    let vpc = system.metadata(&instance, &format!("{directory}vpc-id")).await.1;
    let told = format!("{directory}local-ipv4s");
    let before = system.metadata(&instance, &told).await.1;

    let assigned = system.call("AssignPrivateIpAddresses", &[("NetworkInterfaceId", &interface), ("SecondaryPrivateIpAddressCount", "1")]).await;
    let second = assigned.first("privateIpAddress").unwrap().to_owned();
    soon_told(&system, &instance, &told, |_, body| body == format!("{before}\n{second}")).await;
    system.call("UnassignPrivateIpAddresses", &[("NetworkInterfaceId", &interface), ("PrivateIpAddress.1", &second)]).await;
    soon_told(&system, &instance, &told, |_, body| body == before).await;

    let group = [("GroupName", "front"), ("GroupDescription", "of the front"), ("VpcId", &*vpc)];
    let group = system.call("CreateSecurityGroup", &group).await.first("groupId").unwrap().to_owned();
    system.call("ModifyNetworkInterfaceAttribute", &[("NetworkInterfaceId", &interface), ("SecurityGroupId.1", &group)]).await;
    soon_told(&system, &instance, &format!("{directory}security-group-ids"), |_, body| body == group).await;
    soon_told(&system, &instance, "latest/meta-data/security-groups", |_, body| body == "front").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_whose_events_are_lost_are_followed() {
    let mut system = System::start().await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    // One whose bus no event ever reaches.
    let silence = Nats::start().await;
    let mut deaf = Tasks::new();
    let args = MetadataArgs {
        metadata_listen: ([127, 0, 0, 1], 0).into(),
        metadata_vpcs: vec![],
        metadata_secret_file: Some(system.nats.folder().join("metadata-secret")),
        metadata_rate: 0,
        metadata_connections: 100,
        metadata_connections_per_guest: 10,
    };
    let bus = silence.bus("deaf").await;
    system.metadata = multihome_metadata::start(&mut deaf, bus, system.database.open().await, args).await.unwrap();
    system.call("ModifyInstanceMetadataOptions", &[("InstanceId", &instance), ("InstanceMetadataTags", "enabled")]).await;
    for value in ["front", "back"] {
        system.call("CreateTags", &[("ResourceId.1", &instance), ("Tag.1.Key", "Name"), ("Tag.1.Value", value)]).await;
        soon_told(&system, &instance, "latest/meta-data/tags/instance/Name", |_, body| body == value).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_starts_again_knows_everything_and_takes_the_tokens_that_it_or_another_gave() {
    let mut system = System::start().await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let token = system.token(&instance).await;
    assert_eq!(system.metadata_with(&instance, "latest/meta-data/instance-id", &token).await, (200, instance.clone()));
    let (replica, there) = system.replica(Service::Metadata).await;
    let here = std::mem::replace(&mut system.metadata, there.unwrap());
    assert_eq!(system.metadata_with(&instance, "latest/meta-data/instance-id", &token).await, (200, instance.clone()));
    system.metadata = here;
    drop(replica);
    system.kill(Service::Metadata);
    let interface = system.interface(&subnet).await;
    system.attach(&interface, &instance, 2).await;
    system.until_interface(&interface, "in-use/attached").await;
    system.run(Service::Metadata).await;
    assert_eq!(system.metadata_with(&instance, "latest/meta-data/instance-id", &token).await, (200, instance.clone()));
    assert_eq!(system.metadata(&instance, MACS).await.1.lines().count(), 2);

    system.call("TerminateInstances", &[("InstanceId.1", &instance)]).await;
    system.until_instance(&instance, "terminated").await;
    until_told(&system, &instance, "latest/meta-data/instance-id", |status, _| status == 404).await;
}
