//! Creating and describing interfaces over HTTP.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use multihome::client::Client;
use multihome_runtime::Failure;

use crate::{
    Plan,
    deployment::{Deployment, text},
    figure::{Figure, Target},
    load::{Run, closed_loop, milliseconds},
};

pub const TOGETHER: usize = 32;

/// Where the interfaces went, and which they are.
pub struct Subnet {
    ids: Arc<Vec<String>>,
    /// With those that were there before.
    existing: usize,
}

/// Makes a VPC with one subnet of this block.
pub async fn subnet(client: &Client, cidr: &str) -> Result<String, Failure> {
    let vpc = text(&client.call("CreateVpc", &[("CidrBlock", cidr)]).await?, "vpcId")?;
    let parameters = [("VpcId", vpc.as_str()), ("CidrBlock", cidr), ("AvailabilityZone", "us-east-1a")];
    text(&client.call("CreateSubnet", &parameters).await?, "subnetId")
}

/// Creates interfaces until there are as many as the plan wants.
pub async fn create(deployment: &Deployment, plan: Plan, before: usize) -> Result<(Vec<Figure>, Subnet), Failure> {
    let subnet = Arc::new(subnet(&deployment.client, "10.0.0.0/16").await?);
    let ids = Arc::new(Mutex::new(Vec::with_capacity(plan.interfaces)));
    let call = {
        let (client, ids) = (deployment.client.clone(), Arc::clone(&ids));
        move |_| {
            let (client, subnet, ids) = (client.clone(), Arc::clone(&subnet), Arc::clone(&ids));
            async move {
                let reply = client.call("CreateNetworkInterface", &[("SubnetId", &subnet)]).await?;
                ids.lock().unwrap_or_else(PoisonError::into_inner).push(text(&reply, "networkInterfaceId")?);
                Ok(())
            }
        }
    };
    let created = || ids.lock().unwrap_or_else(PoisonError::into_inner).len();
    let (mut alone, mut together): (Vec<Run>, Vec<Run>) = (Vec::new(), Vec::new());
    for left in (1..=plan.runs).rev() {
        eprintln!("CreateNetworkInterface: 1 client and {TOGETHER} clients, {left} to go");
        alone.push(closed_loop(deployment, 1, plan.creates_alone, call.clone()).await?);
        let calls = (plan.interfaces - before - created() - (left - 1) * plan.creates_alone) / left;
        together.push(closed_loop(deployment, TOGETHER, calls, call.clone()).await?);
    }
    let existing = before + created();
    let how = "from sending a signed request to having its answer";
    let figures = vec![
        Figure { interfaces: existing, ..Figure::rate("CreateNetworkInterface", how, 1, &alone) },
        Figure {
            interfaces: existing,
            targets: vec![Target::at_least("value", 3_000.0), Target::at_most("p99", 25.0)],
            ..Figure::rate("CreateNetworkInterface", how, TOGETHER, &together)
        },
    ];
    let ids = std::mem::take(&mut *ids.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((figures, Subnet { ids: Arc::new(ids), existing }))
}

/// Describes single interfaces by id, and all of them in pages.
pub async fn describe(deployment: &Deployment, plan: Plan, subnet: &Subnet) -> Result<Vec<Figure>, Failure> {
    let call = {
        let (client, ids) = (deployment.client.clone(), Arc::clone(&subnet.ids));
        move |number: usize| {
            let (client, ids) = (client.clone(), Arc::clone(&ids));
            async move {
                // A stride that meets all of them in an order that is nobody's.
                let id = &ids[number * 7_919 % ids.len()];
                let reply = client.call("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", id)]).await?;
                if reply.first("networkInterfaceId") == Some(id) { Ok(()) } else { Err(format!("{id} is not what was described").into()) }
            }
        }
    };
    let (mut alone, mut together, mut pages) = (Vec::new(), Vec::new(), Vec::new());
    for left in (1..=plan.runs).rev() {
        eprintln!("DescribeNetworkInterfaces: 1 client, {TOGETHER} clients, pages, {left} to go");
        alone.push(closed_loop(deployment, 1, plan.reads_alone, call.clone()).await?);
        together.push(closed_loop(deployment, TOGETHER, plan.reads_together, call.clone()).await?);
        pages.push(vec![in_pages(&deployment.client, subnet.existing).await?, in_pages(&deployment.client, subnet.existing).await?]);
    }
    let how = "from sending a signed request to having its answer";
    let interfaces = subnet.existing;
    Ok(vec![
        Figure { interfaces, ..Figure::rate("DescribeNetworkInterfaces by id", how, 1, &alone) },
        Figure {
            interfaces,
            targets: vec![Target::at_least("value", 10_000.0)],
            ..Figure::rate("DescribeNetworkInterfaces by id", how, TOGETHER, &together)
        },
        Figure {
            interfaces,
            targets: vec![Target::at_most("value", 150.0)],
            ..Figure::time("DescribeNetworkInterfaces, all in pages of 1,000", "from the first request to the last page", &pages)
        },
    ])
}

/// How long it takes to list everything; and everything must be there, once.
async fn in_pages(client: &Client, existing: usize) -> Result<f64, Failure> {
    let mut token: Option<String> = None;
    let mut listed = 0;
    let begun = Instant::now();
    loop {
        let mut parameters = vec![("MaxResults", "1000")];
        parameters.extend(token.as_deref().map(|token| ("NextToken", token)));
        let reply = client.call("DescribeNetworkInterfaces", &parameters).await?;
        listed += reply.text().matches("<networkInterfaceId>").count();
        token = reply.first("nextToken").map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    let took = milliseconds(begun);
    if listed == existing { Ok(took) } else { Err(format!("{listed} interfaces were listed in pages, and there are {existing}").into()) }
}
