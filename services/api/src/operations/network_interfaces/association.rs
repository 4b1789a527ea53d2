//! The public address of an interface or of one of its private addresses, as replies show it.

use multihome_core::{automatic, host_names::public_name};
use multihome_ec2::network_interface::NetworkInterfaceAssociation;
use multihome_types::{Address, ElasticAddress, Interface};

use super::Surroundings;

impl Surroundings {
    /// What leads to a private address, if anything does.
    pub(in crate::operations) fn association_of(&self, interface: &Interface, private: Address) -> Option<NetworkInterfaceAssociation> {
        let public = interface.public_of(private)?;
        Some(NetworkInterfaceAssociation {
            allocation_id: (!public.automatic).then(|| public.id.to_string()),
            association_id: public.association.filter(|_| !public.automatic).map(|association| association.id.to_string()),
            ip_owner_id: owner(public),
            public_dns_name: if self.names_hosts_of(interface) { public_name(public.address, interface.region) } else { String::new() },
            public_ip: public.address.to_string(),
        })
    }
}

fn owner(public: &ElasticAddress) -> String {
    if public.automatic { automatic::OWNER.to_owned() } else { public.account.to_string() }
}
