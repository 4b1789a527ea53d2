//! From rows to what an instance is told.

use base64::{Engine, prelude::BASE64_STANDARD};
use multihome_core::{
    host_names::public_name,
    metadata::{Guest, GuestAssociation, GuestInterface},
};
use multihome_types::{Address, ElasticAddress, Instance, InstanceId, Interface, Region};

use super::{Options, Resident, View};

pub(super) fn options(_instance: &Instance) -> Options {
    Options { enabled: true, token_required: false, hop_limit: 1 }
}

/// The addresses from which an interface's instance speaks, the primary first.
pub(super) fn addresses(interface: &Interface) -> Vec<Address> {
    vec![interface.address]
}

fn association(named: bool, region: Region, public: &ElasticAddress) -> Option<GuestAssociation> {
    let name = named.then(|| public_name(public.address, region));
    Some(GuestAssociation { public: public.address, private: public.association?.private_address, name })
}

impl View {
    pub(super) fn guest(&self, id: InstanceId) -> Option<Guest> {
        let Resident { instance, tags } = self.instances.get(&id)?;
        let interfaces = self.on.get(&id).into_iter().flatten().filter_map(|id| self.interface(self.interfaces.get(id)?)).collect();
        let user_data = instance.user_data.as_ref().map(|text| BASE64_STANDARD.decode(text).unwrap_or_else(|_| text.clone().into_bytes()));
        let _ = tags;
        Some(Guest {
            id,
            account: instance.account,
            region: instance.region,
            zone: instance.zone,
            image: instance.image,
            instance_type: instance.instance_type.clone(),
            architecture: "x86_64".to_owned(),
            reservation: instance.reservation,
            launch_index: instance.launch_index,
            launched_at: instance.launched_at,
            key: None,
            user_data,
            tags: None,
            interfaces,
        })
    }

    /// `None`: its subnet or VPC is not known yet, and comes with the next look.
    fn interface(&self, interface: &Interface) -> Option<GuestInterface> {
        let (subnet, vpc) = (self.subnets.get(&interface.subnet)?, self.vpcs.get(&interface.vpc)?);
        let attachment = interface.attachment.as_ref()?;
        Some(GuestInterface {
            id: interface.id,
            account: interface.account,
            mac: interface.mac,
            device_index: attachment.device_index,
            addresses: addresses(interface),
            prefixes: Vec::new(),
            ipv6_addresses: Vec::new(),
            ipv6_prefixes: Vec::new(),
            subnet: subnet.id,
            subnet_cidr: subnet.cidr,
            subnet_ipv6_cidrs: subnet.ipv6.iter().map(|block| block.cidr).collect(),
            vpc: interface.vpc,
            vpc_cidrs: std::iter::once(vpc.vpc.cidr).chain(vpc.blocks.iter().copied()).collect(),
            vpc_ipv6_cidrs: vpc.ipv6_blocks.clone(),
            groups: interface.groups.iter().map(|id| (*id, self.groups.get(id).cloned().unwrap_or_default())).collect(),
            public: interface.public.iter().filter_map(|public| association(vpc.vpc.dns_hostnames, interface.region, public)).collect(),
        })
    }
}
