//! `network/interfaces/macs/<mac>/`: one interface.

use super::{Guest, GuestInterface, Tree};
use crate::host_names::private_name;

pub(super) fn put(tree: &mut Tree, guest: &Guest, interface: &GuestInterface) {
    let key = |name: &str| format!("network/interfaces/macs/{}/{name}", interface.mac);
    tree.put(&key("device-number"), interface.device_index.to_string());
    tree.put(&key("interface-id"), interface.id.to_string());
    tree.put(&key("mac"), interface.mac.to_string());
    tree.put(&key("owner-id"), interface.account.to_string());
    tree.put(&key("subnet-id"), interface.subnet.to_string());
    tree.put(&key("subnet-ipv4-cidr-block"), interface.subnet_cidr.to_string());
    tree.put(&key("vpc-id"), interface.vpc.to_string());
    // Absent means "classic" to clients.
    tree.put_lines(&key("vpc-ipv4-cidr-block"), interface.vpc_cidrs.first());
    tree.put_lines(&key("vpc-ipv4-cidr-blocks"), &interface.vpc_cidrs);
    tree.put_lines(&key("vpc-ipv6-cidr-blocks"), &interface.vpc_ipv6_cidrs);
    tree.put_lines(&key("subnet-ipv6-cidr-blocks"), &interface.subnet_ipv6_cidrs);
    tree.put_lines(&key("local-ipv4s"), &interface.addresses);
    tree.put_lines(&key("ipv6s"), &interface.ipv6_addresses);
    tree.put_lines(&key("ipv4-prefix"), &interface.prefixes);
    tree.put_lines(&key("ipv6-prefix"), &interface.ipv6_prefixes);
    if let Some(address) = interface.addresses.first() {
        tree.put(&key("local-hostname"), private_name(*address, guest.region));
    }
    tree.put_lines(&key("security-groups"), interface.groups.iter().map(|(_, name)| name));
    tree.put_lines(&key("security-group-ids"), interface.groups.iter().map(|(id, _)| id));
    tree.put_lines(&key("public-ipv4s"), interface.public.iter().map(|association| association.public));
    tree.put_lines(&key("public-hostname"), interface.public.iter().find_map(|association| association.name.as_ref()));
    for association in &interface.public {
        tree.put(&key(&format!("ipv4-associations/{}", association.public)), association.private.to_string());
    }
}
