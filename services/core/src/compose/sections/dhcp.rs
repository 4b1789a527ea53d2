//! DHCP option sets: those of the listed VPCs.

use std::collections::BTreeSet;

use multihome_broadcast::{self as broadcast, FragmentHash, write_dhcp_option_set};
use multihome_types::{DhcpOption, DhcpOptions, DhcpOptionsId};

use super::{Frame, append};
use crate::dhcp_options::PROVIDED_DNS;

pub(in crate::compose) fn dhcp_option_sets(out: &mut Vec<u8>, frame: &Frame<'_>) -> Vec<FragmentHash> {
    let vpcs = frame.vpcs.iter().filter_map(|id| frame.world.vpc(*id));
    let listed: BTreeSet<DhcpOptionsId> = vpcs.filter_map(|vpc| vpc.dhcp_options).filter(|id| frame.fits(*id)).collect();
    let sets = listed.into_iter().filter_map(|id| frame.world.dhcp_options(id));
    append(out, sets.map(|set| element(frame, set)), write_dhcp_option_set)
}

fn element(frame: &Frame<'_>, set: &DhcpOptions) -> broadcast::DhcpOptionSet {
    let options = set.options.iter().map(|(option, values)| (option.to_string(), told(frame, *option, values)));
    broadcast::DhcpOptionSet { id: set.id, owner: set.account, options: options.collect() }
}

/// The word for the resolver that comes with a VPC means nothing to a cluster: it is told the servers of instances instead.
fn told(frame: &Frame<'_>, option: DhcpOption, values: &[String]) -> Vec<String> {
    let is_word = |value: &String| option == DhcpOption::DomainNameServers && value == PROVIDED_DNS;
    let meant = |value: &String| match is_word(value) {
        true => frame.dns_servers().iter().map(ToString::to_string).collect(),
        false => vec![value.clone()],
    };
    values.iter().flat_map(meant).collect()
}
