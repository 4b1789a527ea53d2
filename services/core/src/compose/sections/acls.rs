//! Network ACLs: each way by number, and without what the document cannot say.

use multihome_broadcast as broadcast;
use multihome_types::{NetworkAcl, NetworkAclEntry};

use crate::compose::{EntryKey, Omission};

pub(super) fn element(acl: &NetworkAcl, omissions: &mut Vec<Omission>) -> broadcast::NetworkAcl {
    let mut entries = |egress: bool| {
        let mut said = Vec::with_capacity(acl.entries.len());
        for one in acl.entries.iter().filter(|entry| entry.egress == egress) {
            match entry(one) {
                Ok(one) => said.push(one),
                Err(why) => omissions.push(why(EntryKey::of(acl.id, one))),
            }
        }
        said.sort_by_key(|entry| entry.number);
        said
    };
    let (ingress, egress) = (entries(false), entries(true));
    broadcast::NetworkAcl { id: acl.id, owner: acl.account, ingress, egress }
}

fn entry(entry: &NetworkAclEntry) -> Result<broadcast::AclEntry, fn(EntryKey) -> Omission> {
    // Only the last entries about IPv6 have numbers that are not one of the document's.
    let (Some(cidr), Ok(number)) = (entry.peer.ipv4(), u16::try_from(entry.number)) else { return Err(Omission::EntryAboutIpv6) };
    if entry.protocol == 0 {
        return Err(Omission::EntryAboutProtocol0);
    }
    Ok(broadcast::AclEntry {
        number,
        protocol: entry.protocol,
        action: entry.action,
        cidr,
        icmp_code: entry.icmp.map(|icmp| icmp.code),
        icmp_type: entry.icmp.map(|icmp| icmp.kind),
        from_port: entry.ports.map(|ports| ports.from),
        to_port: entry.ports.map(|ports| ports.to),
    })
}
