//! What tests ask of the EC2 endpoint again and again.

use multihome::client::{ClientError, Reply};

use crate::{System, until};

impl System {
    /// A call that must succeed.
    pub async fn call(&self, action: &str, parameters: &[(&str, &str)]) -> Reply {
        self.client.call(action, parameters).await.unwrap_or_else(|why| panic!("{action} {parameters:?}: {why}"))
    }

    /// A call that must be refused; its code.
    pub async fn refused(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        match self.client.call(action, parameters).await {
            Err(ClientError::Refused { code, .. }) => code,
            Err(why) => panic!("{action} {parameters:?}: {why}"),
            Ok(reply) => panic!("{action} {parameters:?} was not refused: {}", reply.text()),
        }
    }

    async fn id(&self, action: &str, parameters: &[(&str, &str)], element: &str) -> String {
        let reply = self.call(action, parameters).await;
        reply.first(element).unwrap_or_else(|| panic!("{action}: no {element} in {}", reply.text())).to_owned()
    }

    /// A VPC and a subnet in zone a; the subnet's id.
    pub async fn subnet(&self) -> String {
        self.subnet_of("10.0.1.0/24").await
    }

    /// A VPC of 10.0.0.0/16 and a subnet of this block in zone a.
    pub async fn subnet_of(&self, cidr: &str) -> String {
        let vpc = self.id("CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "vpcId").await;
        self.id("CreateSubnet", &[("VpcId", &vpc), ("CidrBlock", cidr), ("AvailabilityZone", "us-east-1a")], "subnetId").await
    }

    pub async fn interface(&self, subnet: &str) -> String {
        self.id("CreateNetworkInterface", &[("SubnetId", subnet)], "networkInterfaceId").await
    }

    /// An instance of a type that may have four interfaces, just launched.
    pub async fn launch(&self, subnet: &str) -> String {
        let parameters = [("ImageId", "ami-00000001"), ("InstanceType", "m1.xlarge"), ("MinCount", "1"), ("MaxCount", "1"), ("SubnetId", subnet)];
        self.id("RunInstances", &parameters, "instanceId").await
    }

    /// An instance that runs.
    pub async fn running(&self, subnet: &str) -> String {
        let instance = self.launch(subnet).await;
        self.until_instance(&instance, "running").await;
        instance
    }

    pub async fn attach(&self, interface: &str, instance: &str, index: u8) -> String {
        let index = index.to_string();
        let parameters = [("NetworkInterfaceId", interface), ("InstanceId", instance), ("DeviceIndex", &index)];
        self.id("AttachNetworkInterface", &parameters, "attachmentId").await
    }

    /// The interface's status and, while it is attached, its attachment's.
    pub async fn status(&self, interface: &str) -> String {
        let reply = self.call("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", interface)]).await;
        let attachment = reply.first("attachment").and_then(|inside| {
            let from = inside.find("<status>")? + "<status>".len();
            Some(inside[from..].split('<').next()?.to_owned())
        });
        let rest = reply.text().split("</attachment>").last().unwrap_or_default();
        let own = if attachment.is_some() { rest } else { reply.text() };
        let status = own.split("<status>").nth(1).and_then(|tail| tail.split('<').next()).unwrap_or("absent");
        match attachment {
            Some(attachment) => format!("{status}/{attachment}"),
            None => status.to_owned(),
        }
    }

    pub async fn until_interface(&self, interface: &str, wanted: &str) {
        until(&format!("{interface} is {wanted}"), || async {
            let seen = self.status(interface).await;
            if seen == wanted { Ok(()) } else { Err(seen) }
        })
        .await;
    }

    pub async fn instance_state(&self, instance: &str) -> String {
        let reply = self.call("DescribeInstances", &[("InstanceId.1", instance)]).await;
        let state = reply.first("instanceState").and_then(|inside| Some(inside.split("<name>").nth(1)?.split('<').next()?.to_owned()));
        state.unwrap_or_else(|| "absent".to_owned())
    }

    pub async fn until_instance(&self, instance: &str, wanted: &str) {
        until(&format!("{instance} is {wanted}"), || async {
            let seen = self.instance_state(instance).await;
            if seen == wanted { Ok(()) } else { Err(seen) }
        })
        .await;
    }
}
