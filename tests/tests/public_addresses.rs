//! Public addresses over an instance's life: what comes and goes with it, and what stays.

use multihome_tests::System;

/// An instance that runs, whose primary interface has a public address of the cloud's.
async fn running(system: &System, subnet: &str) -> String {
    let parameters = [
        ("ImageId", "ami-00000001"),
        ("InstanceType", "m1.xlarge"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("NetworkInterface.1.DeviceIndex", "0"),
        ("NetworkInterface.1.SubnetId", subnet),
        ("NetworkInterface.1.AssociatePublicIpAddress", "true"),
    ];
    let reply = system.call("RunInstances", &parameters).await;
    let instance = reply.first("instanceId").expect("the reply says").to_owned();
    system.until_instance(&instance, "running").await;
    instance
}

async fn public(system: &System, instance: &str) -> Option<String> {
    system.call("DescribeInstances", &[("InstanceId.1", instance)]).await.first("ipAddress").map(str::to_owned)
}

async fn owner(system: &System, instance: &str) -> Option<String> {
    system.call("DescribeInstances", &[("InstanceId.1", instance)]).await.first("ipOwnerId").map(str::to_owned)
}

async fn state(system: &System, action: &str, instance: &str, state: &str) {
    system.call(action, &[("InstanceId.1", instance)]).await;
    system.until_instance(instance, state).await;
}

/// Opens the VPC of a subnet to the internet.
async fn open(system: &System, subnet: &str) {
    let vpc = system.call("DescribeSubnets", &[("SubnetId.1", subnet)]).await.first("vpcId").expect("the reply says").to_owned();
    let gateway = system.call("CreateInternetGateway", &[]).await.first("internetGatewayId").expect("the reply says").to_owned();
    system.call("AttachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &vpc)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clouds_address_goes_with_the_stop_and_another_comes_with_the_start() {
    let system = System::start_with(&["--public-addresses=203.0.113.8/30", "--start-public-addresses=203.0.113.8/30"]).await;
    let subnet = system.subnet().await;
    let instance = running(&system, &subnet).await;
    let first = public(&system, &instance).await.unwrap();
    state(&system, "StopInstances", &instance, "stopped").await;
    assert_eq!(public(&system, &instance).await, None);
    // It is free: of two there are, one account can have both now, and then there is none to start with.
    let both = [system.call("AllocateAddress", &[]).await, system.call("AllocateAddress", &[]).await];
    assert!(both.iter().any(|reply| reply.first("publicIp") == Some(&*first)));
    assert_eq!(system.refused("StartInstances", &[("InstanceId.1", &instance)]).await, "InsufficientAddressCapacity");
    assert_eq!(system.instance_state(&instance).await, "stopped");
    system.call("ReleaseAddress", &[("AllocationId", both[0].first("allocationId").unwrap())]).await;
    state(&system, "StartInstances", &instance, "running").await;
    assert_eq!(public(&system, &instance).await.as_deref(), both[0].first("publicIp"));
    state(&system, "TerminateInstances", &instance, "terminated").await;
    system.call("AllocateAddress", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_with_two_interfaces_is_not_given_another_address() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let instance = running(&system, &subnet).await;
    let interface = system.interface(&subnet).await;
    system.attach(&interface, &instance, 1).await;
    system.until_interface(&interface, "in-use/attached").await;
    assert!(public(&system, &instance).await.is_some());
    state(&system, "StopInstances", &instance, "stopped").await;
    state(&system, "StartInstances", &instance, "running").await;
    assert_eq!(public(&system, &instance).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_elastic_address_stays_over_a_stop_and_is_left_by_an_interface_that_is_deleted() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    open(&system, &subnet).await;
    let instance = running(&system, &subnet).await;
    let elastic = system.call("AllocateAddress", &[]).await;
    let (id, address) = (elastic.first("allocationId").unwrap(), elastic.first("publicIp"));
    system.call("AssociateAddress", &[("AllocationId", id), ("InstanceId", &instance)]).await;
    assert_eq!(public(&system, &instance).await.as_deref(), address);
    state(&system, "StopInstances", &instance, "stopped").await;
    state(&system, "StartInstances", &instance, "running").await;
    assert_eq!(public(&system, &instance).await.as_deref(), address);
    assert_eq!(owner(&system, &instance).await.as_deref(), Some("000000000000"));
    state(&system, "TerminateInstances", &instance, "terminated").await;
    let left = system.call("DescribeAddresses", &[("AllocationId.1", id)]).await;
    assert_eq!((left.first("publicIp"), left.first("associationId"), left.first("networkInterfaceId")), (address, None, None));
    system.call("ReleaseAddress", &[("AllocationId", id)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interface_that_survives_keeps_its_elastic_address_and_shows_its_instance_only_while_attached() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    open(&system, &subnet).await;
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    let elastic = system.call("AllocateAddress", &[]).await;
    let id = elastic.first("allocationId").unwrap();
    system.call("AssociateAddress", &[("AllocationId", id), ("NetworkInterfaceId", &interface)]).await;
    let on = || async { system.call("DescribeAddresses", &[("AllocationId.1", id)]).await.first("instanceId").map(str::to_owned) };
    assert_eq!(on().await, None);
    system.attach(&interface, &instance, 1).await;
    assert_eq!(on().await.as_deref(), Some(&*instance));
    state(&system, "TerminateInstances", &instance, "terminated").await;
    let left = system.call("DescribeAddresses", &[("AllocationId.1", id)]).await;
    assert_eq!((left.first("instanceId"), left.first("networkInterfaceId")), (None, Some(&*interface)));
}
