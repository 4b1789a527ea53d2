//! What clusters are told, as they are told it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use futures_util::{FutureExt, StreamExt};
use multihome_messages::{Stream, Subject, header};
use multihome_runtime::bus::Kept;
use multihome_tests::{PATIENCE, Service, System, until};

async fn kept(system: &System, cluster: &str) -> Option<Kept> {
    system.bus.last(&Stream::BROADCASTS, &Subject::Broadcast(cluster.parse().unwrap())).await.unwrap()
}

fn said<'a>(kept: &'a Kept, name: &str) -> Option<&'a str> {
    kept.headers.get(name).map(async_nats::HeaderValue::as_str)
}

async fn document(system: &System, cluster: &str) -> String {
    let kept = kept(system, cluster).await.expect("a broadcast");
    String::from_utf8(multihome::document(&kept).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_carries_the_attachment_until_it_is_detached() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    let attachment = system.attach(&interface, &instance, 1).await;
    system.until_interface(&interface, "in-use/attached").await;
    let listed = format!("<attachmentId>{attachment}</attachmentId>");
    for cluster in ["one", "two"] {
        until("the document lists the attachment", || async {
            let xml = document(&system, cluster).await;
            if xml.contains(&listed) { Ok(()) } else { Err(xml) }
        })
        .await;
    }
    let stepper = system.cluster("one").hold().await.unwrap();
    system.call("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await;
    // It leaves the document at once; that is how the cluster learns that it has to go.
    until("the document no longer lists it", || async {
        let xml = document(&system, "one").await;
        if xml.contains(&listed) { Err(xml) } else { Ok(()) }
    })
    .await;
    assert_eq!(system.status(&interface).await, "in-use/detaching");
    stepper.release().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_sent_again_with_the_applied_version_once_the_cluster_has_applied_it() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    system.running(&subnet).await;
    until("version and applied version agree", || async {
        let kept = kept(&system, "one").await.ok_or("nothing")?;
        let (version, applied) = (said(&kept, header::VERSION), said(&kept, header::APPLIED));
        let xml = String::from_utf8(multihome::document(&kept).unwrap()).unwrap();
        let attributes = format!("version=\"{}\" applied-version=\"{}\"", version.unwrap_or_default(), applied.unwrap_or_default());
        if version.is_some() && version == applied && xml.contains(&attributes) { Ok(()) } else { Err("not yet") }
    })
    .await;
}

/// What a validator that nobody here wrote has against a document.
fn faults(document: &str) -> Option<String> {
    let program = std::env::var("MULTIHOME_TEST_XMLLINT").unwrap_or_else(|_| "xmllint".to_owned());
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("document.xml");
    std::fs::write(&file, document).unwrap();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/broadcast/network-data.xsd");
    let output = std::process::Command::new(&program).args(["--noout", "--nonet", "--schema", schema]).arg(&file).output();
    let output = output.unwrap_or_else(|why| panic!("{program} cannot be started ({why}): install libxml2-utils, or use scripts/test"));
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A NAT gateway, an ACL, DHCP options, and a rule about another group: one of everything else that a document says. Answers what it says of them.
async fn everything_else(system: &System, vpc: &str, subnet: &str) -> Vec<String> {
    let allocation = system.call("AllocateAddress", &[("Domain", "vpc")]).await.first("allocationId").unwrap().to_owned();
    let made = system.call("CreateNatGateway", &[("SubnetId", subnet), ("AllocationId", &allocation)]).await;
    let gateway = made.first("natGatewayId").unwrap().to_owned();
    let acl = system.call("CreateNetworkAcl", &[("VpcId", vpc)]).await.first("networkAclId").unwrap().to_owned();
    let rule = [("RuleAction", "deny"), ("CidrBlock", "10.8.0.0/16")];
    let web = [("RuleNumber", "90"), ("Protocol", "6"), ("Egress", "false"), ("PortRange.From", "80"), ("PortRange.To", "443")];
    let ping = [("RuleNumber", "91"), ("Protocol", "1"), ("Egress", "true"), ("Icmp.Type", "8"), ("Icmp.Code", "-1")];
    for entry in [web, ping] {
        system.call("CreateNetworkAclEntry", &[&[("NetworkAclId", &*acl)], rule.as_slice(), entry.as_slice()].concat()).await;
    }
    let options = [("DhcpConfiguration.1.Key", "domain-name"), ("DhcpConfiguration.1.Value.1", "example.com")];
    let options = system.call("CreateDhcpOptions", &options).await.first("dhcpOptionsId").unwrap().to_owned();
    system.call("AssociateDhcpOptions", &[("DhcpOptionsId", &options), ("VpcId", vpc)]).await;
    let other = [("GroupName", "other"), ("GroupDescription", "Somebody else"), ("VpcId", vpc)];
    let other = system.call("CreateSecurityGroup", &other).await.first("groupId").unwrap().to_owned();
    let interface = system.interface(subnet).await;
    let used = system.call("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", &interface)]).await.first("groupId").unwrap().to_owned();
    let ports = [("IpPermissions.1.IpProtocol", "tcp"), ("IpPermissions.1.FromPort", "22"), ("IpPermissions.1.ToPort", "22")];
    let about = [("GroupId", &*used), ("IpPermissions.1.Groups.1.GroupId", &*other)];
    system.call("AuthorizeSecurityGroupIngress", &[ports.as_slice(), about.as_slice()].concat()).await;
    until("the NAT gateway is available", || async {
        let reply = system.call("DescribeNatGateways", &[("NatGatewayId.1", &gateway)]).await;
        if reply.first("state") == Some("available") { Ok(()) } else { Err(reply.text().to_owned()) }
    })
    .await;
    vec![
        format!("<natGateway name=\"{gateway}\">"),
        format!("<networkAcl name=\"{acl}\">"),
        "<icmpCode>-1</icmpCode><icmpType>8</icmpType>".to_owned(),
        "<portRangeFrom>80</portRangeFrom><portRangeTo>443</portRangeTo>".to_owned(),
        format!("<dhcpOptionSet>{options}</dhcpOptionSet>"),
        format!("<dhcpOptionSet name=\"{options}\">"),
        format!("<groupId>{other}</groupId>"),
        format!("<securityGroup name=\"{other}\">"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_document_on_the_way_of_an_interface_is_valid() {
    let system = System::start().await;
    let mut documents = system.bus.client().subscribe("vpc.broadcast.*").await.unwrap();
    system.bus.flush().await;
    let subnet = system.subnet().await;
    let vpc = system.call("DescribeSubnets", &[("SubnetId.1", &subnet)]).await.first("vpcId").unwrap().to_owned();
    let gateway = system.call("CreateInternetGateway", &[]).await.first("internetGatewayId").unwrap().to_owned();
    system.call("AttachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &vpc)]).await;
    let table = system.call("CreateRouteTable", &[("VpcId", &vpc)]).await.first("routeTableId").unwrap().to_owned();
    let instance = system.running(&subnet).await;
    let mut words = everything_else(&system, &vpc, &subnet).await;
    let interface = system.interface(&subnet).await;
    for (destination, name, target) in [("0.0.0.0/0", "GatewayId", &gateway), ("10.9.0.0/16", "NetworkInterfaceId", &interface)] {
        system.call("CreateRoute", &[("RouteTableId", &table), ("DestinationCidrBlock", destination), (name, target)]).await;
    }
    let allocation = system.call("AllocateAddress", &[("Domain", "vpc")]).await.first("allocationId").unwrap().to_owned();
    system.call("AssociateAddress", &[("AllocationId", &allocation), ("NetworkInterfaceId", &interface)]).await;
    let attachment = system.attach(&interface, &instance, 1).await;
    system.until_interface(&interface, "in-use/attached").await;
    system.call("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await;
    system.until_interface(&interface, "available").await;
    system.call("TerminateInstances", &[("InstanceId.1", &instance)]).await;
    system.until_instance(&instance, "terminated").await;
    system.until_quiet().await;
    system.bus.flush().await;

    words.extend([attachment, "<publicIp>".to_owned(), format!("<gatewayId>{gateway}</gatewayId>")]);
    let mut seen = 0;
    while let Some(Some(message)) = documents.next().now_or_never() {
        let kept = Kept { sequence: 0, headers: message.headers.unwrap_or_default(), body: message.payload };
        let document = String::from_utf8(multihome::document(&kept).unwrap()).unwrap();
        assert_eq!(faults(&document), None, "{document}");
        words.retain(|word| !document.contains(word));
        seen += 1;
    }
    assert!(seen >= 6 && words.is_empty(), "{seen} documents, none with {words:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_instance_keeps_its_network_and_loses_its_place() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let stepper = system.cluster("one").hold().await.unwrap();
    let placed = format!("<value>{instance}</value>");
    let described = format!("<instance name=\"{instance}\">");
    let xml = document(&system, "one").await;
    assert!(xml.contains(&placed) && xml.contains(&described), "{xml}");
    system.call("StopInstances", &[("InstanceId.1", &instance)]).await;
    until("the instance has lost its place", || async {
        let xml = document(&system, "one").await;
        if !xml.contains(&placed) && xml.contains(&described) { Ok(()) } else { Err(xml) }
    })
    .await;
    stepper.release().await.unwrap();
    system.until_instance(&instance, "stopped").await;
    until("a stopped instance is not described at all", || async {
        let xml = document(&system, "one").await;
        if xml.contains(&described) { Err(xml) } else { Ok(()) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_broadcasters_never_go_back_in_time() {
    let system = System::start().await;
    let (_second, _) = system.replica(Service::Broadcaster).await;
    let (_third, _) = system.replica(Service::Broadcaster).await;
    // What the stream took: a plain subscriber also sees what it refused.
    let stream = system.bus.jetstream().get_stream(Stream::BROADCASTS.name).await.unwrap();
    let every = async_nats::jetstream::consumer::pull::OrderedConfig { filter_subject: "vpc.broadcast.one".to_owned(), ..Default::default() };
    let mut documents = stream.create_consumer(every).await.unwrap().messages().await.unwrap();
    let mut revisions = Vec::new();
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    for round in 0..10 {
        let interface = system.interface(&subnet).await;
        let attachment = system.attach(&interface, &instance, round % 3 + 1).await;
        system.until_interface(&interface, "in-use/attached").await;
        system.call("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await;
        system.until_interface(&interface, "available").await;
        let told = said(&kept(&system, "one").await.unwrap(), header::REVISION).unwrap().parse::<i64>().unwrap();
        while revisions.last().is_none_or(|last| *last < told) {
            let message = tokio::time::timeout(PATIENCE, documents.next()).await.expect("the kept document comes").unwrap().unwrap();
            revisions.push(message.headers.as_ref().unwrap().get(header::REVISION).unwrap().as_str().parse::<i64>().unwrap());
        }
    }
    assert!(revisions.len() >= 10, "{revisions:?}");
    assert!(revisions.is_sorted(), "{revisions:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_world_is_not_sent_again() {
    let system = System::start_with(&["--poll-interval=50ms", "--resend-interval=10m"]).await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    system.until_quiet().await;
    let mut documents = system.bus.client().subscribe("vpc.broadcast.one").await.unwrap();
    system.bus.flush().await;
    // An interface that is attached to nothing, a tag: changes that no cluster needs to hear of.
    let interface = system.interface(&subnet).await;
    system.call("CreateTags", &[("ResourceId.1", &interface), ("Tag.1.Key", "Name"), ("Tag.1.Value", "x")]).await;
    system.call("StopInstances", &[("InstanceId.1", &instance)]).await;
    system.until_instance(&instance, "stopped").await;
    system.until_quiet().await;
    system.bus.flush().await;
    let mut sent = 0;
    while let Some(Some(_)) = documents.next().now_or_never() {
        sent += 1;
    }
    // Placement gone, then the instance gone, each with its applied version: not one document for each change.
    assert!((1..=4).contains(&sent), "{sent}");
}
