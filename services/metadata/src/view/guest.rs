//! From rows to what an instance is told.

use base64::{Engine, prelude::BASE64_STANDARD};
use multihome_core::{
    host_names::public_name,
    metadata::{Guest, GuestAssociation, GuestInterface},
};
use multihome_types::{Address, ElasticAddress, Instance, InstanceId, Interface, MetadataOptions, MetadataTokens, Region};

use super::{Options, Resident, View};

pub(super) fn options(instance: &Instance) -> Options {
    let MetadataOptions { tokens, hop_limit, endpoint, ipv6: _, tags: _ } = instance.attributes.metadata;
    let token_required = match tokens {
        MetadataTokens::Optional => false,
        MetadataTokens::Required => true,
    };
    // One hop is what a packet needs to get anywhere.
    Options { enabled: endpoint, token_required, hop_limit: u32::try_from(hop_limit).unwrap_or(1).max(1) }
}

/// The addresses from which an interface's instance speaks: those in its prefixes too.
pub(super) fn sources(interface: &Interface) -> impl Iterator<Item = Address> {
    let in_prefixes = interface.assigned.prefixes.iter().flat_map(|prefix| (0..prefix.size()).filter_map(|offset| prefix.nth(offset)));
    interface.addresses().chain(in_prefixes)
}

fn association(named: bool, region: Region, public: &ElasticAddress) -> Option<GuestAssociation> {
    let name = named.then(|| public_name(public.address, region));
    Some(GuestAssociation { public: public.address, private: public.association?.private_address, name })
}

/// Some clients break the lines of what they encode.
fn decoded(user_data: &str) -> Vec<u8> {
    let encoded: Vec<u8> = user_data.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64_STANDARD.decode(encoded).unwrap_or_else(|_| user_data.as_bytes().to_vec())
}

impl View {
    pub(super) fn guest(&self, id: InstanceId) -> Option<Guest> {
        let Resident { instance, tags } = self.instances.get(&id)?;
        let interfaces = self.on.get(&id).into_iter().flatten().filter_map(|id| self.interface(self.interfaces.get(id)?)).collect();
        let user_data = instance.user_data.as_deref().map(decoded);
        let key = instance.key_name.clone().zip(instance.attributes.public_key.clone());
        Some(Guest {
            id,
            account: instance.account,
            region: instance.region,
            zone: instance.zone,
            image: instance.image,
            instance_type: instance.instance_type.clone(),
            architecture: instance.attributes.architecture.to_string(),
            reservation: instance.reservation,
            launch_index: instance.launch_index,
            hostname_type: instance.attributes.hostname.hostname_type,
            launched_at: instance.launched_at,
            key,
            user_data,
            tags: instance.attributes.metadata.tags.then(|| tags.clone()),
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
            addresses: interface.addresses().collect(),
            prefixes: interface.assigned.prefixes.clone(),
            ipv6_addresses: interface.assigned.ipv6_addresses.clone(),
            ipv6_prefixes: interface.assigned.ipv6_prefixes.clone(),
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
