//! The main job over the real endpoint, with a cluster that the test steps: nothing becomes true before the cluster did it.

use multihome_tests::{PATIENCE, System, until};
use multihome_types::AttachmentId;

#[tokio::test(flavor = "multi_thread")]
async fn an_interface_is_attached_when_the_cluster_reports_it_and_not_before() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    assert_eq!(system.status(&interface).await, "available");

    let stepper = system.cluster("one").hold().await.unwrap();
    let attachment = system.attach(&interface, &instance, 1).await;
    let id: AttachmentId = attachment.parse().unwrap();
    until("the cluster has been told to attach", || async {
        let pending = stepper.pending().await.unwrap();
        if pending.len() == 1 { Ok(()) } else { Err(format!("{pending:?}")) }
    })
    .await;
    // It is under way in the cluster, and everybody says so.
    assert_eq!(system.status(&interface).await, "in-use/attaching");

    stepper.complete_next(id, PATIENCE).await.unwrap();
    system.until_interface(&interface, "in-use/attached").await;

    system.call("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await;
    assert_eq!(system.status(&interface).await, "in-use/detaching");
    until("the cluster has been told to detach", || async {
        let pending = stepper.pending().await.unwrap();
        if pending.len() == 1 { Ok(()) } else { Err(format!("{pending:?}")) }
    })
    .await;
    assert_eq!(system.status(&interface).await, "in-use/detaching");
    stepper.complete_next(id, PATIENCE).await.unwrap();
    system.until_interface(&interface, "available").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detached_interface_keeps_its_address_and_can_go_elsewhere() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let (first, second) = (system.running(&subnet).await, system.running(&subnet).await);
    let interface = system.interface(&subnet).await;
    let address = |reply: &multihome::client::Reply| reply.first("privateIpAddress").map(str::to_owned);
    let before = address(&system.call("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", &interface)]).await);

    let attachment = system.attach(&interface, &first, 1).await;
    system.until_interface(&interface, "in-use/attached").await;
    system.call("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await;
    system.until_interface(&interface, "available").await;
    let again = system.attach(&interface, &second, 1).await;
    assert_ne!(attachment, again, "every attachment has an id of its own");
    system.until_interface(&interface, "in-use/attached").await;
    assert_eq!(address(&system.call("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", &interface)]).await), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_can_be_attached_to_or_detached_from_a_pending_instance() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let interface = system.interface(&subnet).await;
    let _held = system.cluster("one").hold().await.unwrap();
    let instance = system.launch(&subnet).await;
    assert_eq!(system.instance_state(&instance).await, "pending");

    let attach = [("NetworkInterfaceId", interface.as_str()), ("InstanceId", &instance), ("DeviceIndex", "1")];
    assert_eq!(system.refused("AttachNetworkInterface", &attach).await, "IncorrectState");
    assert_eq!(system.status(&interface).await, "available");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_instance_takes_and_gives_interfaces_at_once() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    system.call("StopInstances", &[("InstanceId.1", &instance)]).await;
    system.until_instance(&instance, "stopped").await;

    let attachment = system.attach(&interface, &instance, 1).await;
    assert_eq!(system.status(&interface).await, "in-use/attached");
    system.call("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await;
    assert_eq!(system.status(&interface).await, "available");

    // What is attached while it is stopped is there when it runs again.
    system.attach(&interface, &instance, 1).await;
    system.call("StartInstances", &[("InstanceId.1", &instance)]).await;
    system.until_instance(&instance, "running").await;
    until("the cluster has both interfaces", || async {
        let state = system.cluster("one").state();
        if state.attachments == 2 { Ok(()) } else { Err(format!("{state:?}")) }
    })
    .await;
    assert_eq!(system.status(&interface).await, "in-use/attached");
}

#[tokio::test(flavor = "multi_thread")]
async fn terminating_releases_what_was_attached_and_deletes_what_was_marked() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let (kept, marked) = (system.interface(&subnet).await, system.interface(&subnet).await);
    system.attach(&kept, &instance, 1).await;
    let attachment = system.attach(&marked, &instance, 2).await;
    let modify = [("NetworkInterfaceId", marked.as_str()), ("Attachment.AttachmentId", &attachment), ("Attachment.DeleteOnTermination", "true")];
    system.call("ModifyNetworkInterfaceAttribute", &modify).await;
    system.until_interface(&kept, "in-use/attached").await;
    system.until_interface(&marked, "in-use/attached").await;

    system.call("TerminateInstances", &[("InstanceId.1", &instance)]).await;
    system.until_instance(&instance, "terminated").await;
    assert_eq!(system.status(&kept).await, "available");
    let gone = system.refused("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", &marked)]).await;
    assert_eq!(gone, "InvalidNetworkInterfaceID.NotFound");
    // The primary went too, and every address but the kept one's is free again.
    let subnets = system.call("DescribeSubnets", &[("SubnetId.1", &subnet)]).await;
    assert_eq!(subnets.first("availableIpAddressCount"), Some("250"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_stops_while_it_attaches_has_the_interface_in_its_configuration() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let (coming, going) = (system.interface(&subnet).await, system.interface(&subnet).await);
    let leaving = system.attach(&going, &instance, 2).await;
    system.until_interface(&going, "in-use/attached").await;

    let stepper = system.cluster("one").hold().await.unwrap();
    system.attach(&coming, &instance, 1).await;
    system.call("DetachNetworkInterface", &[("AttachmentId", &leaving)]).await;
    system.call("StopInstances", &[("InstanceId.1", &instance)]).await;
    assert_eq!(system.status(&coming).await, "in-use/attaching");
    stepper.release().await.unwrap();
    system.until_instance(&instance, "stopped").await;
    // Eucalyptus left both where they were for ever.
    assert_eq!(system.status(&coming).await, "in-use/attached");
    assert_eq!(system.status(&going).await, "available");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_interface_cannot_be_detached() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let reply = system.call("DescribeInstances", &[("InstanceId.1", &instance)]).await;
    let attachment = reply.first("attachmentId").unwrap().to_owned();
    assert_eq!(system.refused("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await, "OperationNotPermitted");
    let forced = [("AttachmentId", attachment.as_str()), ("Force", "true")];
    assert_eq!(system.refused("DetachNetworkInterface", &forced).await, "OperationNotPermitted");
}
