//! The tour: the main job from end to end over the real HTTP endpoint, each step with its time. It leaves nothing running.

use std::{
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Context;
use multihome_messages::{Stream, Subject, header};
use multihome_runtime::Bus;
use multihome_types::ClusterName;

use super::UpArgs;
use crate::{
    broadcast::document,
    client::{Client, Reply},
    clusters::ClusterSpec,
};

/// Shows people around.
pub struct Guide {
    client: Client,
    address: SocketAddr,
    region: String,
    zone: String,
    cluster: Option<ClusterName>,
    bus: Bus,
    nats_port: u16,
    state: PathBuf,
    key: String,
    own_key: bool,
}

/// How long a transition may take before the tour gives up.
const PATIENCE: Duration = Duration::from_secs(30);

struct Step(Instant);

impl Step {
    fn begin() -> Self {
        Self(Instant::now())
    }

    fn done(&self, what: &str) {
        println!("  {:>6.0} ms  {what}", self.0.elapsed().as_secs_f64() * 1000.0);
    }
}

impl Guide {
    pub fn new(address: SocketAddr, args: &UpArgs, first: Option<&ClusterSpec>, bus: &Bus) -> anyhow::Result<Self> {
        let region = first.map_or_else(|| "us-east-1".to_owned(), |spec| spec.region().to_string());
        let zone = first.map_or_else(|| "us-east-1a".to_owned(), |spec| spec.zone().to_string());
        let given = args.api.credentials.as_ref().is_some_and(|hidden| hidden.0 != super::DEFAULT_CREDENTIALS) || args.api.credentials_file.is_some();
        let (key, secret) = args.api.first_key().map_err(anyhow::Error::msg)?.context("no credentials were given")?;
        Ok(Self {
            client: Client::new(format!("127.0.0.1:{}", address.port()), &key, &secret, &region),
            address,
            region,
            zone,
            cluster: first.map(ClusterSpec::name),
            bus: bus.clone(),
            nats_port: args.nats_port,
            state: args.state.clone(),
            own_key: !given,
            key,
        })
    }

    pub async fn tour(&self) -> anyhow::Result<()> {
        println!("\nA short tour (skip it with --no-tour):");
        let (vpc, subnet) = self.network().await?;
        let step = Step::begin();
        let reply = self.client.call("CreateNetworkInterface", &[("SubnetId", &subnet), ("Description", "tour")]).await?;
        let interface = text(&reply, "networkInterfaceId")?;
        step.done(&format!("{interface} is {} with address {}", text(&reply, "status")?, text(&reply, "privateIpAddress")?));

        let step = Step::begin();
        let run = [("ImageId", "ami-00000001"), ("InstanceType", "m1.large"), ("MinCount", "1"), ("MaxCount", "1"), ("SubnetId", &subnet)];
        let instance = text(&self.client.call("RunInstances", &run).await?, "instanceId")?;
        self.until("DescribeInstances", ("InstanceId.1", &instance), "name", "running").await?;
        step.done(&format!("{instance} is running: its cluster reported it"));

        let step = Step::begin();
        let attach = [("NetworkInterfaceId", interface.as_str()), ("InstanceId", &instance), ("DeviceIndex", "1")];
        let attachment = text(&self.client.call("AttachNetworkInterface", &attach).await?, "attachmentId")?;
        step.done(&format!("{attachment} is attaching"));
        self.attached(&interface).await?;
        step.done("… and attached: the cluster applied the broadcast, the poll found the attachment id");
        self.show_broadcast(&attachment).await?;

        let step = Step::begin();
        self.client.call("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await?;
        step.done(&format!("{attachment} is detaching"));
        self.until("DescribeNetworkInterfaces", ("NetworkInterfaceId.1", &interface), "status", "available").await?;
        step.done(&format!("{interface} is available again, with its address"));

        let step = Step::begin();
        self.client.call("DeleteNetworkInterface", &[("NetworkInterfaceId", &interface)]).await?;
        self.client.call("TerminateInstances", &[("InstanceId.1", &instance)]).await?;
        self.until("DescribeInstances", ("InstanceId.1", &instance), "name", "terminated").await?;
        step.done(&format!("{interface} is deleted and {instance} terminated; {vpc} and {subnet} stay for you"));
        Ok(())
    }

    async fn network(&self) -> anyhow::Result<(String, String)> {
        let step = Step::begin();
        let vpc = text(&self.client.call("CreateVpc", &[("CidrBlock", "10.0.0.0/16")]).await?, "vpcId")?;
        step.done(&format!("{vpc} is a VPC of 10.0.0.0/16"));
        let step = Step::begin();
        let subnet = [("VpcId", vpc.as_str()), ("CidrBlock", "10.0.1.0/24"), ("AvailabilityZone", &self.zone)];
        let subnet = text(&self.client.call("CreateSubnet", &subnet).await?, "subnetId")?;
        step.done(&format!("{subnet} is a subnet of 10.0.1.0/24 in {}", self.zone));
        Ok((vpc, subnet))
    }

    async fn attached(&self, interface: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let reply = self.client.call("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", interface)]).await?;
            if reply.all("status").any(|status| status == "attached") {
                return Ok(());
            }
            anyhow::ensure!(Instant::now() < deadline, "{interface} is still not attached after {PATIENCE:?}");
            // As an SDK's waiter does, only quicker.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Asks until the first element `name` of the answer is `wanted`.
    async fn until(&self, action: &str, which: (&str, &str), name: &str, wanted: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let reply = self.client.call(action, &[which]).await?;
            let found = reply.first(name).unwrap_or("absent");
            if found == wanted {
                return Ok(());
            }
            anyhow::ensure!(Instant::now() < deadline, "{} is still {found} and not {wanted} after {PATIENCE:?}", which.1);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn show_broadcast(&self, attachment: &str) -> anyhow::Result<()> {
        let Some(cluster) = self.cluster else { return Ok(()) };
        let kept = self.bus.last(&Stream::BROADCASTS, &Subject::Broadcast(cluster)).await?.context("there is no broadcast")?;
        let xml = String::from_utf8(document(&kept)?)?;
        let revision = kept.headers.get(header::REVISION).map_or("?", async_nats::HeaderValue::as_str);
        let version = kept.headers.get(header::VERSION).map_or("?", async_nats::HeaderValue::as_str);
        println!("             the broadcast that carried it to cluster {cluster} (version {version}, revision {revision}, {} bytes):", xml.len());
        let listed = format!("<attachmentId>{attachment}</attachmentId>");
        let at = xml.find(&listed).context("the last broadcast does not list the attachment")?;
        let from = xml[..at].rfind("<networkInterface ").unwrap_or(at);
        let to = xml[at..].find("</networkInterface>").map_or(xml.len(), |end| at + end + "</networkInterface>".len());
        println!("             {}", &xml[from..to]);
        Ok(())
    }

    /// What to paste into another terminal.
    pub fn print_lines(&self) {
        let secret = if self.own_key { "test" } else { "<its secret>" };
        println!(
            "\nIn another terminal:\n\
             \n  export AWS_ENDPOINT_URL=http://127.0.0.1:{port} AWS_DEFAULT_REGION={region} AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}\
             \n  VPC=$(aws ec2 create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId --output text)\
             \n  SUBNET=$(aws ec2 create-subnet --vpc-id $VPC --cidr-block 10.0.1.0/24 --availability-zone {zone} --query Subnet.SubnetId --output text)\
             \n  INSTANCE=$(aws ec2 run-instances --image-id ami-00000001 --instance-type m1.large --subnet-id $SUBNET --query 'Instances[0].InstanceId' --output text)\
             \n  aws ec2 wait instance-running --instance-ids $INSTANCE\
             \n  ENI=$(aws ec2 create-network-interface --subnet-id $SUBNET --query NetworkInterface.NetworkInterfaceId --output text)\
             \n  ATTACHMENT=$(aws ec2 attach-network-interface --network-interface-id $ENI --instance-id $INSTANCE --device-index 1 --query AttachmentId --output text)\
             \n  aws ec2 describe-network-interfaces --network-interface-ids $ENI --query 'NetworkInterfaces[0].[Status,Attachment.Status]' --output text\
             \n  aws ec2 detach-network-interface --attachment-id $ATTACHMENT\
             \n  aws ec2 wait network-interface-available --network-interface-ids $ENI\
             \n\n  nats --server nats://127.0.0.1:{nats} request vpc.request.attach \"{{\\\"interface\\\":\\\"$ENI\\\",\\\"instance\\\":\\\"$INSTANCE\\\",\\\"device_index\\\":1}}\"\
             \n  nats --server nats://127.0.0.1:{nats} sub 'vpc.broadcast.>'\
             \n  {program} explain $ENI --state {state} --nats nats://127.0.0.1:{nats}\
             \n  {program} broadcast show {cluster} --pretty --nats nats://127.0.0.1:{nats}",
            program = std::env::args().next().unwrap_or_else(|| "multihome".to_owned()),
            state = self.state.display(),
            cluster = self.cluster.map_or_else(|| "one".to_owned(), |cluster| cluster.to_string()),
            port = self.address.port(),
            region = self.region,
            key = self.key,
            zone = self.zone,
            nats = self.nats_port,
        );
    }
}

fn text(reply: &Reply, name: &str) -> anyhow::Result<String> {
    reply.first(name).map(str::to_owned).with_context(|| format!("the reply has no {name}"))
}
