//! A reset of an embedded run: clusters and metadata follow, and what is under way about things that are gone does no harm.

use std::{pin::Pin, sync::Arc};

use multihome_api::{Clusters, Embedded};
use multihome_runtime::Failure;
use multihome_tests::{System, until};
use multihome_types::{Region, Zone};

/// This system has all its clusters.
struct NoMore;

impl Clusters for NoMore {
    fn open(&self, _: Region, _: Zone) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + '_>> {
        Box::pin(async { Ok(()) })
    }
}

async fn reset(system: &System) -> usize {
    let embedded = Embedded::new(false, Arc::new(NoMore));
    embedded.reset(&system.store, Some("000000000000".parse().expect("an account"))).await.expect("a reset")
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_an_account_goes_and_the_system_goes_on() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    let attachment = system.attach(&interface, &instance, 1).await;
    system.until_interface(&interface, "in-use/attached").await;
    assert_eq!(system.metadata(&instance, "latest/meta-data/instance-id").await.0, 200);
    // One more that is under way when it happens.
    let under_way = system.interface(&subnet).await;
    let stepper = system.cluster("one").hold().await.expect("the cluster is held");
    system.attach(&under_way, &instance, 2).await;

    assert!(reset(&system).await > 5);
    assert_eq!(system.refused("DescribeInstances", &[("InstanceId.1", &instance)]).await, "InvalidInstanceID.NotFound");
    assert_eq!(system.refused("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await, "InvalidAttachmentID.NotFound");
    stepper.release().await.expect("the cluster is released");
    until("the cluster has nothing any more", || async {
        let state = system.cluster("one").state();
        if (state.instances, state.attachments) == (0, 0) { Ok(()) } else { Err(format!("{state:?}")) }
    })
    .await;
    until("the instance is forgotten", || async {
        match system.metadata(&instance, "latest/meta-data/instance-id").await {
            (404, _) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;

    // The same again, from the beginning.
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    system.attach(&interface, &instance, 1).await;
    system.until_interface(&interface, "in-use/attached").await;
    system.until_quiet().await;
}
