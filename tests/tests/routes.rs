//! A route through an interface is active while its instance runs, and says which instance that is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use multihome_tests::{System, until};

/// The state, instance and target of the route to 192.168.0.0/16.
async fn route(system: &System, table: &str) -> (String, Option<String>) {
    let reply = system.call("DescribeRouteTables", &[("RouteTableId.1", table)]).await;
    let text = reply.text();
    let at = text.find("192.168.0.0/16").unwrap_or_else(|| panic!("no such route in {text}"));
    let from = text[..at].rfind("<item>").unwrap();
    let item = &text[from..at + text[at..].find("</item>").unwrap()];
    let inside = |name: &str| item.split(&format!("<{name}>")).nth(1).map(|tail| tail.split('<').next().unwrap().to_owned());
    (inside("state").unwrap(), inside("instanceId"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_follows_its_interface_from_instance_to_instance() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let vpc = system.call("DescribeSubnets", &[("SubnetId.1", &subnet)]).await.first("vpcId").unwrap().to_owned();
    let table = system.call("CreateRouteTable", &[("VpcId", &vpc)]).await.first("routeTableId").unwrap().to_owned();
    let (first, second) = (system.running(&subnet).await, system.running(&subnet).await);
    let interface = system.interface(&subnet).await;
    let create = [("RouteTableId", table.as_str()), ("DestinationCidrBlock", "192.168.0.0/16"), ("NetworkInterfaceId", &interface)];
    system.call("CreateRoute", &create).await;
    assert_eq!(route(&system, &table).await, ("blackhole".to_owned(), None));

    let becomes = |state: &'static str, instance: Option<String>| {
        let (system, table) = (&system, &table);
        async move {
            until(&format!("the route is {state} through {instance:?}"), || async {
                let seen = route(system, table).await;
                if seen == (state.to_owned(), instance.clone()) { Ok(()) } else { Err(format!("{seen:?}")) }
            })
            .await;
        }
    };
    let attachment = system.attach(&interface, &first, 1).await;
    becomes("active", Some(first.clone())).await;
    system.until_interface(&interface, "in-use/attached").await;
    system.call("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await;
    becomes("blackhole", None).await;
    system.until_interface(&interface, "available").await;
    system.attach(&interface, &second, 1).await;
    becomes("active", Some(second.clone())).await;
    system.call("StopInstances", &[("InstanceId.1", &second)]).await;
    becomes("blackhole", Some(second.clone())).await;
    system.until_instance(&second, "stopped").await;
    system.call("StartInstances", &[("InstanceId.1", &second)]).await;
    becomes("active", Some(second)).await;
}
