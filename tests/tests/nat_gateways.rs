//! A NAT gateway that is asked for over HTTP: set up, in the document of every cluster, on the way of a route, and gone again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use multihome::document;
use multihome_broadcast::{Document, read};
use multihome_messages::{Stream, Subject};
use multihome_tests::{System, until};

async fn sent(system: &System, cluster: &str) -> Result<Document, String> {
    let kept = system.bus.last(&Stream::BROADCASTS, &Subject::Broadcast(cluster.parse().unwrap())).await.map_err(|why| why.to_string())?;
    let kept = system.bus.whole(kept.ok_or("nothing was sent")?).await.map_err(|why| why.to_string())?;
    read(&document(&kept).unwrap()).map_err(|why| why.to_string())
}

/// The state of the route to 0.0.0.0/0.
async fn route(system: &System, table: &str) -> String {
    let reply = system.call("DescribeRouteTables", &[("RouteTableId.1", table)]).await;
    let text = reply.text();
    let at = text.find("0.0.0.0/0").unwrap_or_else(|| panic!("no such route in {text}"));
    text[at..].split("<state>").nth(1).unwrap().split('<').next().unwrap().to_owned()
}

async fn until_gateway(system: &System, id: &str, state: &str) -> multihome::client::Reply {
    until(&format!("{id} is {state}"), || async {
        let reply = system.call("DescribeNatGateways", &[("NatGatewayId.1", id)]).await;
        if reply.first("state") == Some(state) { Ok(reply) } else { Err(reply.text().to_owned()) }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nat_gateway_is_in_every_document_while_it_serves_and_its_route_follows_it() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let vpc = system.call("DescribeSubnets", &[("SubnetId.1", &subnet)]).await.first("vpcId").unwrap().to_owned();
    let internet = system.call("CreateInternetGateway", &[]).await.first("internetGatewayId").unwrap().to_owned();
    system.call("AttachInternetGateway", &[("InternetGatewayId", &internet), ("VpcId", &vpc)]).await;
    let address = system.call("AllocateAddress", &[]).await;
    let (allocation, public) = (address.first("allocationId").unwrap(), address.first("publicIp").unwrap());
    let table = system.call("CreateRouteTable", &[("VpcId", &vpc)]).await.first("routeTableId").unwrap().to_owned();
    let made = system.call("CreateNatGateway", &[("SubnetId", subnet.as_str()), ("AllocationId", allocation)]).await;
    assert_eq!(made.first("state"), Some("pending"));
    let id = made.first("natGatewayId").unwrap();
    system.call("CreateRoute", &[("RouteTableId", table.as_str()), ("DestinationCidrBlock", "0.0.0.0/0"), ("NatGatewayId", id)]).await;

    let available = until_gateway(&system, id, "available").await;
    let interface = system.call("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", available.first("networkInterfaceId").unwrap())]).await;
    for cluster in ["one", "two"] {
        let listed = until(&format!("{cluster} is told of {id} and of the route through it"), || async {
            let document = sent(&system, cluster).await?;
            let listed = document.vpcs.iter().find(|listed| listed.id.to_string() == vpc).ok_or("its VPC is not listed")?;
            let through = listed.route_tables.iter().flat_map(|table| &table.routes).any(|route| route.target.to_string() == id);
            let gateway = listed.nat_gateways.first().filter(|_| through);
            gateway.cloned().ok_or_else(|| format!("{listed:?}"))
        })
        .await;
        assert_eq!((listed.id.to_string().as_str(), listed.vpc.to_string(), listed.subnet.to_string()), (id, vpc.clone(), subnet.clone()));
        assert_eq!(listed.mac.unwrap().to_string(), interface.first("macAddress").unwrap());
        assert_eq!(listed.private_address.to_string(), interface.first("privateIpAddress").unwrap());
        assert_eq!(listed.public_address.unwrap().to_string(), public);
    }
    until("the route is active", || async {
        let state = route(&system, &table).await;
        if state == "active" { Ok(()) } else { Err(state) }
    })
    .await;

    system.call("DeleteNatGateway", &[("NatGatewayId", id)]).await;
    until_gateway(&system, id, "deleted").await;
    // Its routes turned before it gave anything back.
    assert_eq!(route(&system, &table).await, "blackhole");
    until("no document has it any more", || async {
        let document = sent(&system, "one").await?;
        let left = document.vpcs.iter().flat_map(|vpc| &vpc.nat_gateways).count();
        if left == 0 { Ok(()) } else { Err(format!("{left} are listed")) }
    })
    .await;
    system.call("ReleaseAddress", &[("AllocationId", allocation)]).await;
}
