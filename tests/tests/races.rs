//! What happens when everybody asks at once: nothing twice, nothing over a limit.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use futures_util::future::join_all;
use multihome_entities::attachment;
use multihome_tests::{Service, System};
use sea_orm::{EntityTrait, PaginatorTrait};

fn codes(results: &[Result<String, String>]) -> Vec<&str> {
    let mut codes: Vec<&str> = results.iter().filter_map(|result| result.as_ref().err().map(String::as_str)).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

async fn try_attach(system: &System, interface: &str, instance: &str, index: usize) -> Result<String, String> {
    let index = index.to_string();
    let parameters = [("NetworkInterfaceId", interface), ("InstanceId", instance), ("DeviceIndex", &index)];
    match system.client.call("AttachNetworkInterface", &parameters).await {
        Ok(reply) => Ok(reply.first("attachmentId").unwrap().to_owned()),
        Err(multihome::client::ClientError::Refused { code, .. }) => Err(code),
        Err(why) => panic!("{why}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_interface_is_attached_once() {
    let system = System::start().await;
    let (_second, _) = system.replica(Service::Attachment).await;
    let subnet = system.subnet().await;
    let (a, b) = (system.running(&subnet).await, system.running(&subnet).await);
    let interface = system.interface(&subnet).await;
    let attempts = (1..=8).flat_map(|round| [(&a, round % 3 + 1), (&b, round % 3 + 1)]);
    let results = join_all(attempts.map(|(instance, index)| try_attach(&system, &interface, instance, index))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert_eq!(codes(&results), ["InvalidNetworkInterface.InUse"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_index_is_given_once() {
    let system = System::start().await;
    let (_second, _) = system.replica(Service::Attachment).await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let interfaces = join_all((0..12).map(|_| system.interface(&subnet))).await;
    let results = join_all(interfaces.iter().map(|interface| try_attach(&system, interface, &instance, 1))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert_eq!(codes(&results), ["InvalidParameterValue"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_interface_limit_holds_under_any_concurrency() {
    let system = System::start().await;
    let (_second, _) = system.replica(Service::Attachment).await;
    let subnet = system.subnet().await;
    // m1.xlarge: four interfaces, the primary is one of them.
    let instance = system.running(&subnet).await;
    let interfaces = join_all((0..16).map(|_| system.interface(&subnet))).await;
    let results = join_all(interfaces.iter().enumerate().map(|(at, interface)| try_attach(&system, interface, &instance, at + 1))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3, "{results:?}");
    assert_eq!(codes(&results), ["AttachmentLimitExceeded"]);
    assert_eq!(attachment::Entity::find().count(system.store.reader()).await.unwrap(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_subnet_hands_out_each_address_once_and_then_refuses() {
    let system = System::start().await;
    let (_second, other) = system.replica(Service::Api).await;
    let other = multihome::client::Client::new(other.unwrap().to_string(), "test", "test", "us-east-1");
    let subnet = system.subnet_of("10.0.1.0/28").await;
    let in_subnet = [("SubnetId", subnet.as_str())];
    let creates = join_all((0..40).map(|round| {
        let client = if round % 2 == 0 { &system.client } else { &other };
        client.call("CreateNetworkInterface", &in_subnet)
    }));
    let mut addresses = BTreeSet::new();
    let mut refusals = Vec::new();
    for result in creates.await {
        match result {
            Ok(reply) => assert!(addresses.insert(reply.first("privateIpAddress").unwrap().to_owned()), "handed out twice"),
            Err(why) => refusals.push(why.to_string()),
        }
    }
    let expected: BTreeSet<String> = (4..15).map(|last| format!("10.0.1.{last}")).collect();
    assert_eq!(addresses, expected, "all but the five reserved ones");
    assert_eq!(refusals.len(), 29);
    assert!(refusals.iter().all(|why| why.starts_with("InsufficientFreeAddressesInSubnet")), "{refusals:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn attach_and_delete_of_one_interface_never_both_succeed() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    for _ in 0..10 {
        let interface = system.interface(&subnet).await;
        let this = [("NetworkInterfaceId", interface.as_str())];
        let (attached, deleted) = tokio::join!(try_attach(&system, &interface, &instance, 1), system.client.call("DeleteNetworkInterface", &this));
        assert!(attached.is_ok() != deleted.is_ok(), "{attached:?} {:?}", deleted.map(|reply| reply.text().to_owned()));
        if let Ok(attachment) = attached {
            system.until_interface(&interface, "in-use/attached").await;
            system.call("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await;
            system.until_interface(&interface, "available").await;
        }
    }
}
